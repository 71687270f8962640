import { expect } from "chai";
import { openSource } from "../../../migration/sources/open-source.ts";
import { sourceSettings } from "../../../migration/sources/settings.ts";
import { sniff } from "../../../migration/sources/sniff.ts";
import { describeWithLegacy, LEGACY, legacyFacts } from "../samples.ts";
import { read } from "./reading.ts";

describeWithLegacy("sources over real legacy records", function (this: Mocha.Suite) {
  this.timeout(30_000);
  const facts = Object.entries(legacyFacts()).filter(([name]) => !name.startsWith("_"));

  it("knows every file that was counted", () => {
    expect(facts.length).to.be.at.least(20);
  });

  for (const [file, { rows: expected, key, distinct_key: distinct }] of facts)
    it(`reads every row of ${file}, and none twice`, async () => {
      const engine = file.endsWith(".csv") ? "csv" : file.endsWith(".xlsx") ? "xlsx" : "json";
      const settings = {
        csv: { encoding: "utf-8", delimiter: "," },
        json: /dt[_-]/.test(file) ? { pointer: "/data" } : {},
        xlsx: { textColumns: ["npwp_penyedia", "npwp_16_penyedia", "npwp16_penyedia"] },
      }[engine];
      const source = await openSource(sourceSettings.parse({ engine, path: file, ...settings }), LEGACY);
      const [table] = await source.tables();
      const { rows, scan } = await read(source, table!.name);
      expect(rows).to.have.length(expected as number);
      expect(scan.rows).to.equal(expected);
      expect(rows.filter(({ faults }) => faults)).to.deep.equal([]);
      if (table!.rows !== undefined) expect(table!.rows).to.equal(expected);
      if (key === undefined) return;
      const column = table!.columns.findIndex(({ name }) => name === key);
      expect(new Set(rows.map(({ values }) => values[column])).size).to.equal(distinct);
      // a second reading proves the same
      expect((await read(source, table!.name)).scan).to.deep.equal(scan);
    });

  it("proposes of the delimited file what it is", async () => {
    const csv = facts.find(([name]) => name.endsWith(".csv"))!;
    const found = await sniff(`${LEGACY}/${csv[0]}`);
    expect([found.delimiter.value, found.delimiter.sure, found.encoding.value]).to.deep.equal([",", true, "utf-8"]);
    expect(found).to.include({ rows: csv[1].rows, ragged: 0, undecodable: 0 });
  });
});
