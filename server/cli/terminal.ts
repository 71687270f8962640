// What the verbs share in talking to a person: language, colours, tables, exit codes, questions.

import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { styleText } from "node:util";
import { type Command, InvalidArgumentError, Option } from "commander";
import { ConfigFault, Fault } from "../domain/fault.ts";
import type { Language, Words } from "../domain/problems.ts";
import { Refusal, Unavailable } from "./client.ts";
import { KeyFault } from "./key-file.ts";

export type { Language };

/**
 * Exit codes of every verb; `otherHistory`: the register cannot prove that it goes on from what it showed before; `look`:
 * it was done, and something waits for a person.
 */
export const Exit = { done: 0, yours: 1, usage: 2, otherHistory: 3, look: 4, tryAgain: 75 } as const;

/** A text in both languages; `say` chooses. */
export type Text = Words;

export function say(text: Text, language: Language): string {
  return text[language];
}

/** Something that the person at the keyboard can put right. */
export class Usage extends Error {
  readonly text: Text;
  readonly exit: number;
  constructor(text: Text, exit: number = Exit.usage) {
    super(text.en);
    this.text = text;
    this.exit = exit;
  }
}

export function languageOption(): Option {
  return new Option("--lang <code>", "language of messages").choices(["id", "en"]).default(preferredLanguage());
}

/** Where a gateway of this machine is, unless told otherwise. */
export const LOCAL = "http://127.0.0.1:8080";

export function urlOption(): Option {
  return new Option("--url <address>", "the gateway").env("PRASASTI_URL").default(LOCAL);
}

export function dataOption(): Option {
  return new Option("--data <dir>", "the data folder").env("PRASASTI_DATA").default("data");
}

function preferredLanguage(): Language {
  return /^id/i.test(process.env.LC_ALL ?? process.env.LC_MESSAGES ?? process.env.LANG ?? "") ? "id" : "en";
}

type Style = Parameters<typeof styleText>[0];

/** Styled where standard output is a terminal that wants it. */
export function paint(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

export function print(text = ""): void {
  process.stdout.write(`${text}\n`);
}

export function complain(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Columns padded to their widest cell; numbers (`right`) stand at the right. Colours do not count as width. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[] = [],
): string {
  const width = head.map((title, column) => Math.max(...[title, ...rows.map((row) => row[column] ?? "")].map(visible)));
  const line = (cells: readonly string[], style?: Style) =>
    cells
      .map((cell, column) => {
        const gap = " ".repeat(width[column]! - visible(cell));
        const styled = style ? paint(style, cell) : cell;
        return right.includes(column) ? gap + styled : styled + gap;
      })
      .join("  ")
      .trimEnd();
  return [line(head, "dim"), ...rows.map((row) => line(row))].join("\n");
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: terminal colours begin with the escape character
const colours = /\u001b\[[0-9;]*m/g;

function visible(text: string): number {
  return text.replace(colours, "").length;
}

/** One line that is written over and over, where standard error is a terminal; elsewhere nothing. */
export class Progress {
  #shown = 0;
  show(text: string): void {
    // ten times a second is as much as anybody reads
    if (!process.stderr.isTTY || performance.now() - this.#shown < 100) return;
    this.#shown = performance.now();
    // a line that wraps cannot be written over
    const { columns = 80 } = process.stderr;
    const line = text.length < columns ? text : `${text.slice(0, columns - 2)}…`;
    process.stderr.write(`\r${line}\u001b[K`);
  }
  end(): void {
    if (this.#shown > 0) process.stderr.write("\r\u001b[K");
    this.#shown = 0;
  }
}

/** Asks without showing what is typed. */
export async function askSecret(question: string): Promise<string> {
  if (!process.stdin.isTTY)
    throw new Usage({ en: `${question}: no terminal to ask at.`, id: `${question}: tidak ada terminal.` });
  process.stderr.write(`${question}: `);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: process.stdin, output: silent, terminal: true });
  try {
    return await reader.question("");
  } finally {
    reader.close();
    process.stderr.write("\n");
  }
}

/** Asks for a yes; without a terminal the answer is no. */
export async function confirm(question: Text, language: Language): Promise<boolean> {
  if (!process.stdin.isTTY) return false;
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const hint = language === "id" ? "[y/t]" : "[y/n]";
    return /^y(a|es)?$/i.test((await reader.question(`${say(question, language)} ${hint} `)).trim());
  } finally {
    reader.close();
  }
}

/** Runs a verb's work: prints what went wrong in the chosen language and sets the exit code. */
export async function run(language: Language, work: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await work();
  } catch (error) {
    process.exitCode = explain(error, language);
  }
}

/** Prints an error; returns the exit code that it means. Unknown errors are thrown on. */
export function explain(error: unknown, language: Language): number {
  if (error instanceof Usage) {
    const mark = error.exit === Exit.otherHistory ? `${paint("red", "✗")} ` : "";
    complain(mark + say(error.text, language));
    return error.exit;
  }
  if (error instanceof KeyFault) {
    complain(language === "id" ? error.indonesian : error.english);
    return Exit.yours;
  }
  if (error instanceof Fault) {
    complain(error.words[language]);
    return Exit.yours;
  }
  if (error instanceof ConfigFault) {
    for (const fault of error.faults) complain(fault[language]);
    return Exit.yours;
  }
  if (error instanceof Refusal) {
    complain(refusalText(error));
    return error.problem.status >= 500 ? Exit.tryAgain : Exit.yours;
  }
  if (error instanceof Unavailable) {
    complain(say(error.words, language));
    complain(
      say(
        {
          en: "Nothing is lost: run the same command again, it never records twice.",
          id: "Tidak ada yang hilang: jalankan perintah yang sama lagi, tidak akan tercatat dua kali.",
        },
        language,
      ),
    );
    return Exit.tryAgain;
  }
  throw error;
}

/** The gateway was asked in the person's language, so its words are in it. */
function refusalText({ problem: { type, title, detail, more } }: Refusal): string {
  const code = type.startsWith("/problems/") ? paint("dim", ` (${type.slice("/problems/".length)})`) : "";
  const remedy = typeof more.remedy === "string" ? more.remedy : "";
  return [`${paint("red", "✗")} ${title}${code}`, detail, remedy].filter(Boolean).join("\n  ");
}

/** An option's value from 0. */
export function wholeNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError("a whole number is needed / perlu bilangan bulat");
  return Number(text);
}

/** Usage faults end with exit code 2, as documented; help and version with 0. */
export function strict(command: Command): Command {
  return command.exitOverride((error) => process.exit(error.exitCode === 0 ? Exit.done : Exit.usage));
}
