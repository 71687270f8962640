import type { PaperName, PaperOf } from "../../../migration/mapping/mapped.ts";
import { levelNumber } from "../../domain/payments/payment-key.ts";
import type { Storage } from "../../domain/storage.ts";
import type { Papers, Said } from "./assemble-document.ts";

/** A paper, or a source's id of one: what rows said of it, and which papers are made of it. */
type Folder = {
  readonly rows: Record<string, Kept>;
  /** folders that this one is a part of: of an SPM its SP2D, of an id the paper that has it */
  users: string[];
  /** folders of the source's ids of this paper */
  ids?: string[];
};

type Kept = Said & { readonly hash: string };

/** What a row says, addressed: `row` is the row's name within its paper, the same whenever it is sent again. */
export type Statement = { readonly of: PaperOf; readonly row: string; readonly said: Said; readonly hash: string };

export type Laid = "new" | "same";

/** Where papers of one group are kept: numbers of papers are unique within a group and a year. */
const folderKey = (group: string, paper: PaperName, year: number | undefined, name: string) =>
  `fin/paper/${group}/${paper}/${year ?? "-"}/${name}`;

const READ_AT_ONCE = 128;

/**
 * What source rows say of papers, by paper: tables arrive in any order, and each paper waits for the others that it
 * names. What changed is marked in the same write (`fin/dirty/…`), so that a crash between a row and its document loses
 * neither.
 */
export class PaperBook {
  readonly #storage: Storage;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  /** Lays statements down, in one write; tells of each whether it said anything new. */
  async lay(group: string, statements: readonly Statement[]): Promise<Laid[]> {
    const folders = new Map<string, Folder>();
    const addressed = statements.map((statement) => {
      const { of, said } = statement;
      const key = keyOf(group, of);
      const links: [part: string, whole: string][] = [];
      if (said.facts.entity === "paper") {
        const { spm, spp, contract, id, number } = said.facts;
        const link = (paper: PaperName, name: string | undefined) => {
          if (name !== undefined) links.push([folderKey(group, paper, of.year, `n:${levelNumber(name)}`), key]);
        };
        if (of.paper === "SP2D" || of.paper === "receipt") link("SPM", spm?.number);
        if (of.paper !== "SPP" && of.paper !== "contract") link("SPP", spp?.number);
        if (of.paper !== "contract") link("contract", contract);
        if (id !== undefined && number !== undefined) links.push([folderKey(group, of.paper, of.year, `i:${id}`), key]);
      }
      return { statement, key, links };
    });
    await this.#load(
      addressed.map(({ key }) => key),
      folders,
    );
    // what was said before has its links already
    const isSame = addressed.map(({ statement: { row, hash }, key }) => folders.get(key)!.rows[row]?.hash === hash);
    await this.#load(
      addressed.flatMap(({ links }, at) => (isSame[at] ? [] : links.map(([part]) => part))),
      folders,
    );
    const dirty = new Set<string>();
    const changed = new Set<string>();
    const laid = addressed.map(({ statement: { row, said, hash }, key, links }, at): Laid => {
      if (isSame[at]) return "same";
      const folder = folders.get(key)!;
      for (const [part, whole] of links) {
        const found = folders.get(part)!;
        if (found.users.includes(whole)) continue;
        found.users.push(whole);
        changed.add(part);
        if (part.includes("/i:")) {
          const owner = folders.get(whole)!;
          owner.ids = [...(owner.ids ?? []), part];
          changed.add(whole);
        }
      }
      folder.rows[row] = { ...said, hash };
      changed.add(key);
      dirty.add(key);
      return "new";
    });
    const rows = [
      ...[...changed].map((key) => ({ key, value: folders.get(key)! })),
      ...[...dirty].map((key) => ({ key: `fin/dirty/${key.slice("fin/paper/".length)}`, value: 0 })),
    ];
    if (rows.length > 0) await this.#storage.put(rows, { sync: true });
    return laid;
  }

  /** What `lay` would tell of statements. */
  async known(group: string, statements: readonly Statement[]): Promise<Laid[]> {
    const folders = new Map<string, Folder>();
    const keys = statements.map(({ of }) => keyOf(group, of));
    await this.#load(keys, folders);
    return statements.map(({ row, hash }, at) => (folders.get(keys[at]!)!.rows[row]?.hash === hash ? "same" : "new"));
  }

  /** Takes out what a job said of papers of a kind and does not say any more. */
  async forget(
    group: string,
    kind: PaperName,
    job: string,
    isKept: (paper: string, row: string) => boolean,
  ): Promise<void> {
    let writes: { key: string; value: unknown }[] = [];
    const flush = async () => {
      if (writes.length > 0) await this.#storage.put(writes, { sync: true });
      writes = [];
    };
    for await (const { key, value } of this.#storage.range<Folder>(`fin/paper/${group}/${kind}/`)) {
      const lost = Object.keys(value.rows).filter((row) => value.rows[row]!.job === job && !isKept(key, row));
      if (lost.length === 0) continue;
      for (const row of lost) delete value.rows[row];
      writes.push({ key, value }, { key: `fin/dirty/${key.slice("fin/paper/".length)}`, value: 0 });
      if (writes.length >= 1_000) await flush();
    }
    await flush();
  }

  /** Payments whose papers changed, some at a time, with the marks to take away once they are made again. */
  async *dirty(group: string): AsyncGenerator<{ wholes: string[]; marks: string[]; papers: Map<string, Papers> }> {
    for (;;) {
      const marks: string[] = [];
      for await (const { key } of this.#storage.range(`fin/dirty/${group}/`, { limit: 512 })) marks.push(key);
      if (marks.length === 0) return;
      const wholes = new Set<string>();
      let next = marks.map((mark) => `fin/paper/${mark.slice("fin/dirty/".length)}`);
      const seen = new Set(next);
      const folders = new Map<string, Folder>();
      while (next.length > 0) {
        await this.#load(
          next.filter((key) => !isWhole(key)),
          folders,
        );
        for (const key of next) if (isWhole(key)) wholes.add(key);
        next = next.flatMap((key) => folders.get(key)?.users ?? []).filter((key) => !seen.has(key) && seen.add(key));
      }
      yield { wholes: [...wholes], marks, papers: await this.#papers(group, [...wholes], folders) };
    }
  }

  /** Everything that is said of these payments and of the papers behind them. */
  async #papers(group: string, wholes: readonly string[], folders: Map<string, Folder>): Promise<Map<string, Papers>> {
    const load = async (keys: readonly string[]) => {
      await this.#load(keys, folders);
      await this.#load(
        keys.flatMap((key) => folders.get(key)?.ids ?? []),
        folders,
      );
    };
    const said = (keys: readonly string[]) =>
      keys.flatMap((key) => [key, ...(folders.get(key)?.ids ?? [])]).flatMap((key) => rowsOf(folders.get(key)));
    const linked = (from: readonly Said[], paper: "SPM" | "SPP" | "contract", year: string) => {
      const names = from.flatMap(({ facts }) => {
        if (facts.entity !== "paper") return [];
        if (paper === "contract") return facts.contract ?? [];
        return (paper === "SPM" ? facts.spm?.number : facts.spp?.number) ?? [];
      });
      return [...new Set(names.map((name) => `fin/paper/${group}/${paper}/${year}/n:${levelNumber(name)}`))];
    };
    await load(wholes);
    const found = wholes.map((key) => ({ key, year: yearIn(key), own: said([key]) }));
    await load(found.flatMap(({ own, year }) => linked(own, "SPM", year)));
    const withSpm = found.map((each) => ({ ...each, spm: said(linked(each.own, "SPM", each.year)) }));
    await load(withSpm.flatMap(({ own, spm, year }) => linked([...own, ...spm], "SPP", year)));
    const withSpp = withSpm.map((each) => ({
      ...each,
      spp: said(linked([...each.own, ...each.spm], "SPP", each.year)),
    }));
    await load(withSpp.flatMap(({ own, spm, spp, year }) => linked([...own, ...spm, ...spp], "contract", year)));
    return new Map(
      withSpp.map(({ key, year, own, spm, spp }) => [
        key,
        { own, spm, spp, contract: said(linked([...own, ...spm, ...spp], "contract", year)) },
      ]),
    );
  }

  async #load(keys: readonly string[], into: Map<string, Folder>): Promise<void> {
    const wanted = [...new Set(keys)].filter((key) => !into.has(key));
    for (let at = 0; at < wanted.length; at += READ_AT_ONCE)
      await Promise.all(
        wanted.slice(at, at + READ_AT_ONCE).map(async (key) => {
          into.set(key, (await this.#storage.get<Folder>(key)) ?? { rows: {}, users: [] });
        }),
      );
  }
}

function keyOf(group: string, { paper, year, number, id }: PaperOf): string {
  return folderKey(group, paper, year, number === undefined ? `i:${id}` : `n:${levelNumber(number)}`);
}

/** Where a statement lies. */
export function paperKey(group: string, of: PaperOf): string {
  return keyOf(group, of);
}

/** The paper of a payment itself, by its number. */
function isWhole(key: string): boolean {
  return /^fin\/paper\/[^/]+\/(?:SP2D|receipt)\/[^/]+\/n:/.test(key);
}

function yearIn(key: string): string {
  return key.split("/")[4]!;
}

function rowsOf(folder: Folder | undefined): Said[] {
  if (folder === undefined) return [];
  return Object.keys(folder.rows)
    .sort()
    .map((row) => folder.rows[row]!);
}
