import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Document, isAlias, isMap, isNode, isScalar, LineCounter, type Node, parseDocument } from "yaml";
import { Fault } from "../../server/domain/fault.ts";
import { type Plan, planSchema } from "./schema.ts";

export type Path = readonly (string | number)[];
/** From 1, the column in characters. */
type Position = { readonly line: number; readonly column: number };

/** Why the text is not YAML, in the parser's words. */
type SyntaxFault = Position & { readonly text: string };

/** `waves.yaml` as text and as values with their places. */
export type PlanText = {
  readonly file: string;
  readonly text: string;
  readonly value: unknown;
  readonly syntax: readonly SyntaxFault[];
  /** Where a value stands; of what is not there, where it should stand. `name`: the field's name instead of its value. */
  position(path: Path, name?: "name"): Position;
};

const NAMES = ["waves.yaml", "waves.yml", "waves.json"];
const MAX_BYTES = 4 * 1024 * 1024;

/** The plan file of a folder, read as YAML 1.2 (JSON is a part of it). @throws Fault `plan-missing`, `plan-large` */
export async function readPlanText(folder: string): Promise<PlanText> {
  for (const file of NAMES) {
    const size = await stat(join(folder, file)).then(
      ({ size }) => size,
      () => undefined,
    );
    if (size === undefined) continue;
    if (size > MAX_BYTES) throw tooLarge(file);
    return parsePlanText(file, await readFile(join(folder, file), "utf8"));
  }
  throw new Fault("plan-missing", {
    explanation: { en: `There is no waves.yaml in ${folder}.`, id: `Tidak ada waves.yaml di ${folder}.` },
    remedy: {
      en: "Name the folder with --folder, or make one with: prasasti migrate init",
      id: "Sebutkan foldernya dengan --folder, atau buat dengan: prasasti migrate init",
    },
  });
}

export function parsePlanText(file: string, text: string): PlanText {
  const lines = new LineCounter();
  // YAML 1.2: `no` and 2026-03-02 stay text, and nothing is merged in by `<<`
  const document = parseDocument(text, {
    lineCounter: lines,
    version: "1.2",
    prettyErrors: false,
    uniqueKeys: true,
    logLevel: "error",
  });
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const syntax = document.errors.map((error) => ({ ...at(error.pos[0]), text: error.message }));
  let value: unknown;
  if (syntax.length === 0) {
    try {
      value = document.toJS({ maxAliasCount: 50 });
      // throws for what contains itself by an alias
      JSON.stringify(value);
    } catch (error) {
      value = undefined;
      syntax.push({ line: 1, column: 1, text: (error as Error).message });
    }
  }
  return { file, text, value, syntax, position: (path, name) => at(offsetOf(document, path, name)) };
}

/** The deepest node on the way to `path`, or the name of its last step. */
function offsetOf(document: Document.Parsed, path: Path, name?: "name"): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const [depth, step] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => (isScalar(key) ? String(key.value) : String(key)) === String(step));
      if (!pair) return offset;
      const last = depth === path.length - 1;
      const nameAt = startOf(pair.key) ?? offset;
      node = pair.value;
      // what stands below is named by its field, which is where one looks for a block
      offset = last && name === undefined && isScalar(node) ? (startOf(node) ?? nameAt) : nameAt;
    } else {
      node =
        isNode(node) && "get" in node
          ? (node as Node & { get(key: unknown, keep: true): unknown }).get(step, true)
          : undefined;
      if (node === undefined) return offset;
      offset = startOf(node) ?? offset;
    }
  }
  return offset;
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}

/** A plan whose shape is right; the rules between its fields are those of `lintPlan`. @throws Fault `plan-wrong` */
export async function readPlan(folder: string): Promise<Plan> {
  const { file, value, syntax, position } = await readPlanText(folder);
  const parsed = syntax.length > 0 ? undefined : planSchema.safeParse(value);
  if (parsed?.success) return parsed.data;
  const issue = parsed?.error.issues[0];
  const { line, column } = issue ? position(issue.path as Path) : syntax[0]!;
  throw new Fault("plan-wrong", {
    explanation: {
      en: `${file}, line ${line}, column ${column}: ${issue?.message ?? syntax[0]!.text}.`,
      id: `${file}, baris ${line}, kolom ${column}: ${issue?.message ?? syntax[0]!.text}.`,
    },
    remedy: {
      en: "See all that is wrong with: prasasti migrate plan lint",
      id: "Lihat semua kesalahannya dengan: prasasti migrate plan lint",
    },
  });
}

function tooLarge(file: string): Fault {
  return new Fault("plan-large", {
    explanation: { en: `${file} is larger than 4 MiB.`, id: `${file} lebih besar dari 4 MiB.` },
    remedy: {
      en: "A plan holds settings, not rows: keep lists of keys short, or use several migrations.",
      id: "Rencana memuat pengaturan, bukan baris data: pendekkan daftar kunci, atau pakai beberapa migrasi.",
    },
  });
}
