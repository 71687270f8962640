import { createReadStream, readFileSync } from "node:fs";
import { basename } from "node:path";
import { Command, Option } from "commander";
import iconv from "iconv-lite";
import { type JsonResult, parseJson } from "../domain/json.ts";
import { check } from "../domain/ocds/check.ts";
import { isObject } from "../domain/ocds/check-fields.ts";
import { MergeFault, type MergeOptions, merge } from "../domain/ocds/merge.ts";
import { type ExtensionName, extensionAt } from "../domain/ocds/schema.ts";
import { complain, type Language, languageOption, paint, print, strict } from "./terminal.ts";

/** A fault as the command line shows it, whichever part of the domain found it. */
interface Fault {
  readonly pointer: string;
  readonly rule: string;
  readonly level: string;
  readonly message: string;
  readonly messageId: string;
}

interface ReadOptions {
  readonly encoding: "utf8" | "latin1";
  readonly lang: Language;
}

const maxBytes = 1024 * 1024 * 1024;

/** `ocds check` and `ocds merge`: our reading of OCDS for files, without a server. Exit codes: 0 fine, 1 faults found, 2 usage. */
export function ocdsCommand(): Command {
  const checking = new Command("check")
    .description("Check a release, record or package against OCDS 1.1.5 and our own rules.")
    .argument("<file>", "JSON file, or - for standard input")
    .option("--json", "print {valid, faults} as JSON")
    .addOption(encodingOption())
    .addOption(languageOption().default("en"))
    .addHelpText("after", "\nExit codes: 0 valid, 1 not valid, 2 usage.")
    .action((file: string, options: ReadOptions & { json?: true }) => {
      const bytes = readBytes(file);
      if (bytes) process.exitCode = checkFile(file, bytes, options);
    });
  const merging = new Command("merge")
    .description("Merge the releases of a process into its record: compiled and versioned release.")
    .argument("[file]", "JSON file, or - for standard input", "-")
    .option("--jsonl", "each line is a list of releases; prints one {compiledRelease, versionedRelease} a line")
    .addOption(
      new Option("--ocds <version>", "merge rules; a package without version has those of 1.0").choices(["1.0", "1.1"]),
    )
    .addOption(encodingOption())
    .addOption(languageOption().default("en"))
    .addHelpText(
      "after",
      '\nWith --jsonl, a line that cannot be merged becomes {"fault": …}.\nExit codes: 0 merged, 1 faults found, 2 usage.',
    )
    .action(async (file: string, options: ReadOptions & { jsonl?: true; ocds?: "1.0" | "1.1" }) => {
      if (options.jsonl) process.exitCode = await mergeLines(file, options.ocds);
      else {
        const bytes = readBytes(file);
        if (bytes) process.exitCode = mergeFile(file, bytes, options);
      }
    });
  const command = strict(new Command("ocds")).description("Check and merge Open Contracting data (OCDS 1.1.5).");
  for (const part of [checking, merging]) command.addCommand(strict(part));
  return command;
}

function encodingOption(): Option {
  return new Option("--encoding <name>", "of the file").choices(["utf8", "latin1"]).default("utf8");
}

// ---- check

const labels = {
  en: {
    valid: "valid OCDS 1.1",
    invalid: "not valid OCDS 1.1",
    errors: (count: number) => `${count} ${count === 1 ? "fault" : "faults"} against the standard`,
    rules: (count: number) => `${count} against our own rules`,
    error: "error",
    rule: "rule",
    more: (count: number) => `... and ${count} more of this rule (all with --json)`,
    latin1: "If it is ISO-8859-1, read it with --encoding latin1.",
  },
  id: {
    valid: "OCDS 1.1 yang sah",
    invalid: "bukan OCDS 1.1 yang sah",
    errors: (count: number) => `${count} kesalahan terhadap standar`,
    rules: (count: number) => `${count} terhadap aturan kami`,
    error: "salah",
    rule: "aturan",
    more: (count: number) => `... dan ${count} lagi dari aturan ini (lengkap dengan --json)`,
    latin1: "Bila berupa ISO-8859-1, baca dengan --encoding latin1.",
  },
} as const;

/** More of one rule than this are counted, not listed. */
const listedPerRule = 8;

function checkFile(file: string, bytes: Uint8Array, { json, encoding, lang }: ReadOptions & { json?: true }): 0 | 1 {
  const parsed = parse(bytes, encoding);
  const { valid, faults } = parsed.ok
    ? check(parsed.value, parsed)
    : { valid: false, faults: jsonFaults(parsed, encoding) };
  if (json) {
    print(JSON.stringify({ valid, faults }, null, 1));
    return valid ? 0 : 1;
  }
  const text = labels[lang];
  const errors = faults.filter(({ level }) => level === "error").length;
  const counts = [errors ? text.errors(errors) : "", faults.length > errors ? text.rules(faults.length - errors) : ""];
  const verdict = valid ? paint("green", `✓ ${text.valid}`) : paint("red", `✗ ${text.invalid}`);
  const lines = [
    `${verdict}  ${nameOf(file)}${counts.some(Boolean) ? `  (${counts.filter(Boolean).join(", ")})` : ""}`,
  ];
  for (const level of ["error", "rule"] as const) {
    for (const [rule, found] of Map.groupBy(
      faults.filter((fault) => fault.level === level),
      (fault) => fault.rule,
    )) {
      const label = level === "error" ? paint("red", text.error) : paint("yellow", text.rule);
      lines.push("", `${label}  ${paint("bold", rule)}  × ${found.length}`);
      for (const fault of found.slice(0, listedPerRule))
        lines.push(`  ${lang === "id" ? fault.messageId : fault.message}`);
      if (found.length > listedPerRule) lines.push(paint("dim", `  ${text.more(found.length - listedPerRule)}`));
    }
  }
  print(lines.join("\n"));
  return valid ? 0 : 1;
}

// ---- merge

function mergeFile(
  file: string,
  bytes: Uint8Array,
  { encoding, lang, ocds }: ReadOptions & { ocds?: "1.0" | "1.1" },
): 0 | 1 {
  const parsed = parse(bytes, encoding);
  if (!parsed.ok) return refuse(file, jsonFaults(parsed, encoding), lang);
  try {
    const { releases, options } = releasesOf(parsed.value, ocds);
    const records = [...Map.groupBy(releases, (release) => (isObject(release) ? release.ocid : undefined))].map(
      ([ocid, own]) => ({ ocid, releases: own, ...merge(own, options) }),
    );
    print(JSON.stringify(records.length === 1 ? records[0] : records, null, 2));
    return 0;
  } catch (error) {
    return refuse(file, [mergeFault(error)], lang);
  }
}

/** One line out for each line in, whatever it holds, so that the two can be read side by side. */
async function mergeLines(file: string, ocds: "1.0" | "1.1" | undefined): Promise<0 | 1 | 2> {
  let exitCode: 0 | 1 = 0;
  let out = "";
  try {
    for await (const line of linesOf(file)) {
      const { text, failed } = mergeLine(line, ocds);
      if (failed) exitCode = 1;
      out += `${text}\n`;
      if (out.length > 1 << 20) {
        await written(out);
        out = "";
      }
    }
  } catch (error) {
    return unreadable(file, error);
  }
  await written(out);
  return exitCode;
}

function mergeLine(line: Uint8Array, ocds: "1.0" | "1.1" | undefined): { text: string; failed: boolean } {
  const parsed = parseJson(line);
  if (!parsed.ok) return { text: JSON.stringify({ fault: parsed.faults[0] }), failed: true };
  try {
    const { releases, options } = releasesOf(parsed.value, ocds);
    return { text: JSON.stringify(merge(releases, options)), failed: false };
  } catch (error) {
    return { text: JSON.stringify({ fault: mergeFault(error) }), failed: true };
  }
}

/** The releases of a list, a release, a package or a record, and the merge rules that its version and extensions ask for. */
function releasesOf(value: unknown, ocds: "1.0" | "1.1" | undefined): { releases: unknown[]; options: MergeOptions } {
  if (Array.isArray(value)) return { releases: value, options: { version: ocds } };
  if (!isObject(value)) throw new MergeFault("release-not-object", "");
  const isPackage = !Object.hasOwn(value, "ocid");
  const addresses = Array.isArray(value.extensions) ? value.extensions : [];
  const extensions = addresses.map(extensionAt).filter((name): name is ExtensionName => name !== undefined);
  const isOld = isPackage && (value.version === undefined || value.version === "1.0");
  const options: MergeOptions = { extensions, version: ocds ?? (isOld ? "1.0" : "1.1") };
  if (Array.isArray(value.records)) {
    const records = value.records.flatMap((record, index) => embeddedReleases(record, `/records/${index}`));
    return { releases: records, options };
  }
  return { releases: Array.isArray(value.releases) ? embeddedReleases(value, "") : [value], options };
}

function embeddedReleases(owner: unknown, pointer: string): unknown[] {
  const releases = isObject(owner) && Array.isArray(owner.releases) ? owner.releases : [];
  const linked = releases.findIndex(
    (release) => isObject(release) && release.url !== undefined && release.id === undefined,
  );
  if (linked !== -1) throw new MergeFault("release-linked", `${pointer}/releases/${linked}`);
  return releases;
}

function mergeFault(error: unknown): Fault {
  if (!(error instanceof MergeFault)) throw error;
  const { rule, pointer, message, messageId } = error;
  return { pointer, rule, level: "error", message, messageId };
}

// ---- reading and writing

function parse(bytes: Uint8Array, encoding: ReadOptions["encoding"]): JsonResult {
  const utf8 = encoding === "latin1" ? new TextEncoder().encode(iconv.decode(Buffer.from(bytes), "latin1")) : bytes;
  return parseJson(utf8, { maxBytes });
}

function jsonFaults(parsed: Extract<JsonResult, { ok: false }>, encoding: ReadOptions["encoding"]): Fault[] {
  return parsed.faults.map((fault) => {
    const remedy = fault.rule === "encoding" && encoding === "utf8";
    return {
      ...fault,
      level: "error",
      message: remedy ? `${fault.message} ${labels.en.latin1}` : fault.message,
      messageId: remedy ? `${fault.messageId} ${labels.id.latin1}` : fault.messageId,
    };
  });
}

function readBytes(file: string): Uint8Array | undefined {
  try {
    return readFileSync(file === "-" ? 0 : file);
  } catch (error) {
    process.exitCode = unreadable(file, error);
    return undefined;
  }
}

/** Splits at line feeds only, on bytes: each line is decoded and judged by itself. */
async function* linesOf(file: string): AsyncGenerator<Uint8Array> {
  const input: AsyncIterable<Buffer> =
    file === "-" ? process.stdin : createReadStream(file, { highWaterMark: 1 << 20 });
  let parts: Buffer[] = [];
  for await (const chunk of input) {
    let start = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      yield Buffer.concat([...parts, chunk.subarray(start, end)]);
      parts = [];
      start = end + 1;
    }
    if (start < chunk.length) parts.push(chunk.subarray(start));
  }
  if (parts.length) yield Buffer.concat(parts);
}

function written(text: string): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.write(text, () => resolve());
  });
}

function refuse(file: string, faults: readonly Fault[], lang: Language): 1 {
  for (const fault of faults) {
    complain(`${nameOf(file)}: ${fault.rule}: ${lang === "id" ? fault.messageId : fault.message}`);
  }
  return 1;
}

function unreadable(file: string, error: unknown): 2 {
  const reason = error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
  complain(`Cannot read ${file === "-" ? "standard input" : file}: ${reason}. Tidak dapat dibaca.`);
  return 2;
}

function nameOf(file: string): string {
  return file === "-" ? "stdin" : basename(file);
}
