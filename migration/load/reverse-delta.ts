import { mkdir } from "node:fs/promises";
import path from "node:path";
import { sha256 } from "#hash";
import { termsToText } from "../../server/domain/entries/entry.ts";
import { AMOUNT_TERMS, Kind, type KindName } from "../../server/domain/entries/kinds.ts";
import { type Hex, textOf, toHex, utf8 } from "../../server/domain/entries/words.ts";
import { csvCell } from "../../server/domain/report/csv-cell.ts";
import { readRecorded, unpackEntry } from "../../server/ledger/codec.ts";
import { interfaceOf } from "../../server/ledger/deploy.ts";
import { type Position, readLot, writeWhole } from "../stage/lot.ts";
import { reportFolder } from "./certificate.ts";
import type { Job } from "./job.ts";
import { waveIn } from "./load-rows.ts";
import type { Register } from "./register.ts";
import { decimal } from "./run-wave.ts";
import { isNative, itemIn } from "./verify-wave.ts";
import type { WaveOnChain } from "./wave-on-chain.ts";

/** One fact that people recorded on a migrated process since it came into force. Amounts in decimal text. */
type Edit = {
  ocid: string;
  contract: string;
  award: string;
  kind: string;
  entry: Hex;
  /** RFC 3339 */
  recorded: string;
  field: string;
  value: string;
  /** dataset and column of the old system that held the like; empty where it has none: applying the delta loses it */
  legacy: string;
};

/** A reverse delta in the form that the plan asks for; `sha256` of its file: what a rollback puts on the chain. */
export type ReverseDelta = {
  edits: Edit[];
  form: "csv" | "sql";
  file: string;
  sha256: Hex;
  /** what the old system has no column for, by kind and field, with how often it occurs */
  lossy: Record<string, number>;
  sources: Record<string, readonly Position[]>;
};

const RECORDED = interfaceOf("Ledger").getEvent("EntryRecorded")!.topicHash;
const kinds = new Map<number, string>(Object.entries(Kind).map(([name, code]) => [code, name as KindName]));
const amounts = new Set<string>(AMOUNT_TERMS);
const COLUMNS = [
  "ocid",
  "contract",
  "award",
  "kind",
  "entry",
  "recorded",
  "field",
  "value",
  "legacy",
  "source",
] as const;

/**
 * Writes what people signed on the processes of a wave since, for the old system: as CSV, or as SQL that fills one table
 * from which its administrators apply it. Every term of an entry is a line, and what only its body says is one in JSON;
 * `legacy` names the column that held the like, `source` the rows from which the process came. The same entries always
 * give the same bytes.
 */
export async function writeReverseDelta(
  job: Job,
  register: Register,
  wave: WaveOnChain,
  openedAt: number,
  upTo?: number,
): Promise<ReverseDelta> {
  const edits: Omit<Edit, "legacy">[] = [];
  if (wave.natives > 0)
    for await (const page of register.logs("Ledger", [RECORDED], openedAt, upTo ?? (await register.height())))
      for (const { topics, data } of page) {
        if (waveIn(data) !== wave.number || !isNative(itemIn(data))) continue;
        const { entry, body, leaf, assigned } = readRecorded(topics, data);
        const base = {
          ...{ ocid: entry.ocid, contract: entry.contractId, award: entry.awardId },
          ...{ kind: kinds.get(entry.kind) ?? String(entry.kind), entry: leaf },
          recorded: new Date(assigned.timeMs).toISOString(),
        };
        for (const [field, value] of Object.entries(termsToText(entry.terms)))
          edits.push({ ...base, field, value: amounts.has(field) ? decimal(BigInt(value)) : dated(field, value) });
        if (body.length > 0) edits.push({ ...base, field: "body", value: textOf(body) });
      }
  const sources = await sourcesOf(job, new Set(edits.map(({ ocid }) => ocid)));
  const lines = edits.map((edit) => {
    const from = sources[edit.ocid] ?? [];
    const column = (dataset: string) => job.legacyColumns?.[dataset]?.[`${edit.kind}.${edit.field}`];
    const legacy = [...new Set(from.map(({ dataset }) => dataset))].find((dataset) => column(dataset) !== undefined);
    return {
      ...edit,
      legacy: legacy === undefined ? "" : `${legacy} ${column(legacy)}`,
      source: from.map(({ dataset, at }) => `${dataset} ${at}`).join("; "),
    };
  });
  const lossy: Record<string, number> = {};
  for (const { kind, field, legacy } of lines)
    if (legacy === "") lossy[`${kind}.${field}`] = (lossy[`${kind}.${field}`] ?? 0) + 1;
  const form = job.reverseDelta;
  const text =
    form === "csv"
      ? [COLUMNS.join(","), ...lines.map((line) => COLUMNS.map((name) => csvCell(line[name])).join(","))]
          .map((line) => `${line}\r\n`)
          .join("")
      : [
          `-- ${job.plan.id} ${job.wave} attempt ${job.attempt}`,
          "BEGIN;",
          `CREATE TABLE IF NOT EXISTS prasasti_reverse_delta (${COLUMNS.map((name) => `${name} TEXT NOT NULL`).join(", ")});`,
          ...lines.map(
            (line) =>
              `INSERT INTO prasasti_reverse_delta VALUES (${COLUMNS.map((name) => quoted(line[name])).join(", ")});`,
          ),
          "COMMIT;",
          "",
        ].join("\n");
  const bytes = utf8(text);
  const folder = reportFolder(job);
  await mkdir(folder, { recursive: true });
  const file = path.join(folder, `reverse-delta.${form}`);
  await writeWhole(file, bytes);
  const told = lines.map(({ source: _, ...edit }) => edit);
  return { edits: told, form, file, sha256: toHex(sha256(bytes)), lossy, sources };
}

function dated(field: string, value: string | number): string {
  return field === "on" || field === "until" ? new Date(Number(value) * 1000).toISOString() : String(value);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''").replaceAll("\u0000", "")}'`;
}

/** The source rows from which processes came. */
async function sourcesOf({ stage }: Job, ocids: ReadonlySet<string>): Promise<Record<string, Position[]>> {
  const found: Record<string, Position[]> = {};
  if (ocids.size === 0) return found;

  for (const lot of stage.lots) {
    if (lot.entity !== "process") continue;
    for (const { item, from } of await readLot(stage.folder, lot)) {
      if (item.length === 0) continue;
      const { ocid } = unpackEntry(item).entry;
      if (ocids.has(ocid)) found[ocid] = [...(found[ocid] ?? []), ...from];
    }
  }
  for (const [ocid, all] of Object.entries(found))
    found[ocid] = [...new Map(all.map((each) => [`${each.dataset} ${each.row}`, each])).values()];
  return found;
}
