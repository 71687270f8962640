import { randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { Command, Option } from "commander";
import { EXPORTS, type ExportName } from "../actions/export-tables.ts";
import { problemIn, Refusal, Unavailable } from "./client.ts";
import { complain, Exit, type Language, languageOption, run, say, strict, Usage, urlOption } from "./terminal.ts";

type Options = {
  url: string;
  lang: Language;
  format: "csv" | "xlsx";
  agency?: string;
  from?: string;
  until?: string;
  out?: string;
};

/** `export`: a table for people, into a file. */
export function exportCommand(): Command {
  return strict(new Command("export"))
    .description(
      "Contracts, payments, exceptions or suppliers as a table for Excel. / Kontrak, pembayaran, pengecualian, atau penyedia sebagai tabel untuk Excel.",
    )
    .argument("<table>", EXPORTS.join(", "))
    .addOption(new Option("--format <form>", "of the file").choices(["csv", "xlsx"]).default("xlsx"))
    .option("--agency <id>", "of this agency and those below it, by its id as registered")
    .option("--from <day>", "first day, YYYY-MM-DD")
    .option("--until <day>", "last day, YYYY-MM-DD")
    .option("--out <file>", "where it is written, - for standard output; TABLE.FORMAT unless said")
    .addOption(urlOption())
    .addOption(languageOption())
    .addHelpText(
      "after",
      `
In Indonesian a CSV has semicolons, decimal commas and days as 31/12/2025; in English commas, points, 2025-12-31.
A file is there whole or not at all. For programs there are OCDS and NDJSON: /api/v1/releases, /api/v1/records.

Exit codes: 0 written, 1 yours to fix, 2 usage, 75 try again.`,
    )
    .action((table: string, options: Options) => run(options.lang, () => write(table, options)));
}

async function write(table: string, options: Options): Promise<number> {
  if (!EXPORTS.includes(table as ExportName))
    throw new Usage({
      en: `There is no table ${table}: ${EXPORTS.join(", ")}.`,
      id: `Tidak ada tabel ${table}: ${EXPORTS.join(", ")}.`,
    });
  const { url, lang, format, agency, from, until, out = `${table}.${format}` } = options;
  const query = new URLSearchParams(
    Object.entries({ format, lang, agency, from, until }).filter(
      (each): each is [string, string] => each[1] !== undefined,
    ),
  );
  const cut = (error: unknown): never => {
    const code = (error as { cause?: { code?: string } }).cause?.code ?? (error as { code?: string }).code ?? "";
    throw new Unavailable({ en: `The table broke off (${code}).`, id: `Tabel terputus (${code}).` });
  };
  const response = await fetch(`${url.replace(/\/+$/, "")}/api/v1/exports/${table}?${query}`, {
    headers: { "accept-language": lang },
  }).catch(cut);
  if (!response.ok) {
    const answer = {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      text: await response.text(),
    };
    throw new Refusal(problemIn(answer));
  }
  const content = Readable.fromWeb(response.body as never);
  if (out === "-") {
    await pipeline(content, process.stdout, { end: false }).catch(cut);
    return Exit.done;
  }
  // whoever opens it finds all of it
  const unfinished = `${out}.${randomUUID().slice(0, 8)}.part`;
  try {
    await pipeline(content, createWriteStream(unfinished)).catch(cut);
    await rename(unfinished, out);
  } finally {
    await rm(unfinished, { force: true });
  }
  complain(say({ en: `${out} is written.`, id: `${out} sudah ditulis.` }, lang));
  return Exit.done;
}
