import type { Words } from "../../server/domain/problems.ts";
import type { PersonalClass } from "../mapping/mapped.ts";
import { classOfColumn } from "../mapping/personal.ts";
import type { Column, Source, Table } from "../row.ts";
import { type Stage, stageOf } from "./stage-of.ts";

type InventoryTable = {
  readonly source: string;
  readonly table: string;
  readonly stage: Stage;
  readonly columns: readonly (Column & { readonly personal: PersonalClass | null })[];
  readonly key: readonly string[];
  readonly references: Table["references"];
  /** exact; null where nobody counted */
  readonly rows: number | null;
  readonly rowsBy: "source" | "scan" | "nobody";
  readonly bytes: number | null;
  readonly owner: string | null;
  readonly notes: readonly Words[];
};

/** What a delimited file seems to be, with how sure that is, beside what the plan declares; the plan decides. */
export type FileProposal = {
  readonly source: string;
  readonly table: string;
  readonly declared: { readonly encoding: string; readonly delimiter: string };
  readonly encoding: { readonly value: string; readonly sure: boolean; readonly why: Words };
  readonly delimiter: { readonly value: string; readonly sure: boolean; readonly why: Words };
};

export type Inventory = {
  readonly tables: readonly InventoryTable[];
  /** tables by source and name, each after those that its references point to */
  readonly order: readonly (readonly [source: string, table: string])[];
  /** tables that point to each other in a circle, which no order can satisfy */
  readonly cycles: readonly (readonly string[])[];
  /** references to tables that their source does not have */
  readonly dangling: readonly { readonly source: string; readonly table: string; readonly to: string }[];
  readonly proposals: readonly FileProposal[];
};

export type InventoryOptions = {
  /** count by reading what the source does not count itself; default true */
  readonly count?: boolean;
  readonly progress?: (source: string, table: string, rows: number) => void;
  readonly proposals?: readonly FileProposal[];
};

/** Lists what the sources hold. Throws what a source throws: half a list is none. */
export async function inventory(
  sources: readonly Source[],
  { count = true, progress, proposals = [] }: InventoryOptions = {},
): Promise<Inventory> {
  const tables: InventoryTable[] = [];
  const order: [string, string][] = [];
  const cycles: string[][] = [];
  const dangling: { source: string; table: string; to: string }[] = [];
  for (const source of sources) {
    const found = await source.tables();
    for (const table of found) {
      const counted = table.rows ?? (count ? await countRows(source, table, progress) : undefined);
      tables.push({
        source: source.name,
        table: table.name,
        stage: stageOf(table.columns.map(({ name }) => name)),
        columns: table.columns.map((column) => ({ ...column, personal: classOfColumn(column.name) ?? null })),
        key: table.key,
        references: table.references,
        rows: counted ?? null,
        rowsBy: table.rows !== undefined ? "source" : counted !== undefined ? "scan" : "nobody",
        bytes: table.bytes ?? null,
        owner: table.owner ?? null,
        notes: table.notes ?? [],
      });
    }
    const sorted = dependencyOrder(found);
    order.push(...sorted.order.map((name): [string, string] => [source.name, name]));
    cycles.push(...sorted.cycles);
    dangling.push(...sorted.dangling.map((each) => ({ source: source.name, ...each })));
  }
  return { tables, order, cycles, dangling, proposals };
}

async function countRows(source: Source, table: Table, progress: InventoryOptions["progress"]): Promise<number> {
  const rows = source.rows(table.name);
  let count = 0;
  for (;;) {
    const next = await rows.next();
    if (next.done) return next.value.rows;
    count += next.value.length;
    progress?.(source.name, table.name, count);
  }
}

/**
 * Tables so that each stands after those that it refers to (Tarjan's strongly connected components, without recursion:
 * a schema may be deep). What refers to itself is no cycle; several that refer to each other stand side by side.
 */
export function dependencyOrder(tables: readonly Pick<Table, "name" | "references">[]): {
  order: string[];
  cycles: string[][];
  dangling: { table: string; to: string }[];
} {
  const byName = new Map(tables.map((table) => [table.name, table]));
  const order: string[] = [];
  const cycles: string[][] = [];
  const dangling = tables.flatMap(({ name, references }) =>
    references.filter(({ table }) => !byName.has(table)).map(({ table }) => ({ table: name, to: table })),
  );
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const open: string[] = [];
  const isOpen = new Set<string>();
  const targets = (name: string) =>
    byName
      .get(name)!
      .references.map(({ table }) => table)
      .filter((table) => byName.has(table));

  for (const { name: root } of tables) {
    if (index.has(root)) continue;
    const work: { name: string; next: number; to: string[] }[] = [{ name: root, next: 0, to: targets(root) }];
    while (work.length > 0) {
      const step = work.at(-1)!;
      const { name } = step;
      if (step.next === 0 && !index.has(name)) {
        index.set(name, index.size);
        low.set(name, index.get(name)!);
        open.push(name);
        isOpen.add(name);
      }
      const target = step.to[step.next++];
      if (target !== undefined) {
        if (!index.has(target)) work.push({ name: target, next: 0, to: targets(target) });
        else if (isOpen.has(target)) low.set(name, Math.min(low.get(name)!, index.get(target)!));
        continue;
      }
      work.pop();
      const above = work.at(-1);
      if (above !== undefined) low.set(above.name, Math.min(low.get(above.name)!, low.get(name)!));
      if (low.get(name) !== index.get(name)) continue;
      const circle: string[] = [];
      let member: string;
      do {
        member = open.pop()!;
        isOpen.delete(member);
        circle.unshift(member);
      } while (member !== name);
      order.push(...circle);
      if (circle.length > 1) cycles.push(circle);
    }
  }
  return { order, cycles, dangling };
}
