import { readdirSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import type { SupplierFragment } from "../../../migration/mapping/mapped.ts";
import { openSource } from "../../../migration/sources/open-source.ts";
import { type SourceSettings, sourceSettings } from "../../../migration/sources/settings.ts";
import { nameFingerprint } from "../../../server/domain/company-name.ts";
import { check } from "../../../server/domain/ocds/check.ts";
import { describeWithLegacy, LEGACY, legacyFacts } from "../../migration/samples.ts";
import { AGENCY, FoldedBook, openWorld, STEM, supplier, type World } from "./world.ts";

// Every real feed through the sink, again and again: nothing is lost, and nothing is proposed that is recorded.

type Feed = { file: string; settings: SourceSettings };
type Sum = { read: number; drafted: number; unchanged: number; merged: number; setAside: number };

function feeds(): Feed[] {
  const found: Feed[] = [];
  for (const folder of readdirSync(LEGACY, { withFileTypes: true })) {
    if (!folder.isDirectory()) continue;
    for (const name of readdirSync(path.join(LEGACY, folder.name)).sort()) {
      const file = `${folder.name}/${name}`;
      const engine = { ".json": "json", ".csv": "csv", ".xlsx": "xlsx" }[path.extname(name)];
      if (engine === undefined) continue;
      const more = /dt/.test(folder.name)
        ? { pointer: "/data" }
        : engine === "csv"
          ? { encoding: "utf-8", delimiter: "," }
          : {};
      found.push({ file, settings: sourceSettings.parse({ engine, path: file, ...more }) });
    }
  }
  return found;
}

describeWithLegacy("the real procurement feeds", function (this: Mocha.Suite) {
  this.timeout(600_000);
  let world: World;
  let book: FoldedBook;
  const all = feeds();

  before(async () => {
    book = new FoldedBook([AGENCY]);
    const agency = { id: AGENCY.id, codes: [], stem: STEM };
    // one agency for all, whatever the sources call it
    world = await openWorld(book, [agency], Date.now, () => AGENCY.id);
  });
  after(() => world.close());

  /** Reads all feeds once, with what became of the rows of each table. */
  async function run(): Promise<Map<string, Sum>> {
    const sums = new Map<string, Sum>();
    for (const { file, settings } of all) {
      const source = await openSource(settings, LEGACY);
      for (const table of await source.tables()) {
        if (/metadata/i.test(table.name)) continue;
        const sum = { read: 0, drafted: 0, unchanged: 0, merged: 0, setAside: 0 };
        const columns = table.columns.map(({ name }) => name);
        for await (const rows of source.rows(table.name)) {
          const taken = await world.sink.take({ job: file, table: table.name, capture: file, columns, rows });
          sum.read += rows.length;
          for (const name of ["drafted", "unchanged", "merged"] as const) sum[name] += taken[name];
          sum.setAside += taken.setAside.length;
          for (const { words, code } of taken.setAside) expect(words.id, code).to.be.a("string").that.is.not.empty;
        }
        sums.set(`${file} ${table.name}`, sum);
      }
      await source.close();
      await world.sink.finish(file);
    }
    return sums;
  }

  function conserved(sums: ReadonlyMap<string, Sum>): void {
    expect(sums.size).to.be.at.least(25);
    for (const [table, { read, drafted, unchanged, merged, setAside }] of sums)
      expect(drafted + unchanged + merged + setAside, table).to.equal(read);
  }

  it("keep every row, find every one that is sent twice, and set aside by name what cannot be read", async () => {
    const sums = await run();
    conserved(sums);
    for (const [name, facts] of Object.entries(legacyFacts())) {
      const own = [...sums].filter(([table]) => table.startsWith(`${name} `)).map(([, sum]) => sum);
      if (own.length === 0) continue;
      expect(
        own.reduce((sum, { read }) => sum + read, 0),
        name,
      ).to.equal(facts.rows);
      const again = (facts.duplicate_rows_ignoring_load_stamps ?? 0) as number;
      expect(
        own.reduce((sum, { merged }) => sum + merged, 0),
        name,
      ).to.be.at.least(again);
    }
    const bap = [...sums].find(([table]) => table.includes("4BAPBAST"))![1];
    expect(bap).to.deep.include({ drafted: 176, merged: 184 });
  });

  it("propose what is not recorded, and nothing more once it is; certificates are counted once", async () => {
    const names = new Map<string, string>();
    for await (const { value } of world.storage.range<{ fragment: SupplierFragment }>("proc/supplier/")) {
      const { name } = value.fragment;
      if (!names.has(nameFingerprint(name))) names.set(nameFingerprint(name), name);
    }
    book.register(...[...names.values()].map((name, at) => supplier(`ID-UJI-S-${at}`, name)));
    await world.sink.onLedger([]);
    expect((await world.recordAll()).length).to.be.greaterThan(5_000);
    expect(await world.open()).to.deep.equal([]);
    let certified = 0n;
    for (const { view } of book.processes.values())
      for (const contract of Object.values(view.contracts)) certified += BigInt(contract.certified);
    expect(certified).to.equal(15_598_183_753_32n);
    for (const [ocid, { releases }] of book.processes)
      for (const release of releases)
        expect(
          check(release).faults.filter(({ level }) => level === "error"),
          ocid,
        ).to.deep.equal([]);
  });

  it("bring nothing new when they are read again", async () => {
    const sums = await run();
    conserved(sums);
    for (const [table, { drafted }] of sums) expect(drafted, table).to.equal(0);
    expect(await world.open()).to.deep.equal([]);
  });
});
