import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { openSource } from "../../../migration/sources/open-source.ts";
import { sourceSettings } from "../../../migration/sources/settings.ts";
import { describeWithLegacy, LEGACY, legacyFacts } from "../../migration/samples.ts";
import { read } from "../../migration/sources/reading.ts";
import { describeWithSamples, sampleFiles, samplePath } from "../../ocds/samples.ts";
import { json, publisher } from "./fault-server.ts";
import { readFeed } from "./reading.ts";

/** Columns and rows of a file as the migration reads it. */
async function asFile(settings: object, folder: string) {
  const source = await openSource(sourceSettings.parse(settings), folder);
  const [table] = await source.tables();
  return { columns: table!.columns.map(({ name }) => name), rows: (await read(source, table!.name)).rows };
}

describeWithLegacy("real legacy records, sent as their publishers send them", function (this: Mocha.Suite) {
  this.timeout(30_000);
  const facts = Object.entries(legacyFacts()).filter(([name]) => name.endsWith(".json"));

  it("knows every feed that was counted", () => {
    expect(facts.length).to.be.at.least(15);
  });

  for (const [file, { rows: expected }] of facts)
    it(`gives the same rows of ${file} as the file itself`, async () => {
      const bytes = readFileSync(path.join(LEGACY, file));
      const isTable = /dt[_-]/.test(file);
      const fromFile = await asFile({ engine: "json", path: file, ...(isTable ? { pointer: "/data" } : {}) }, LEGACY);
      expect(fromFile.rows).to.have.length(expected as number);
      await using source = await publisher(({ path: asked, body }, response) => {
        if (asked === "/lelang") {
          response.writeHead(200, { "content-type": "text/html", "set-cookie": "SPSE_SESSION=abcdef" });
          response.end("<script>d.authenticityToken = '0123456789abcdef';</script>");
        } else if (asked.startsWith("/dt/")) {
          const form = new URLSearchParams(body);
          const from = Number(form.get("start"));
          const { data } = JSON.parse(bytes.toString()) as { data: unknown[][] };
          const page = data.slice(from, from + Number(form.get("length")));
          json(response, { draw: "1", recordsTotal: 2147483647, recordsFiltered: 2147483647, data: page });
        } else {
          response.writeHead(200, { "content-type": "application/json" });
          response.end(bytes);
        }
      });
      const engine = isTable ? "spse" : file.startsWith("sirup") ? "sirup" : "isb";
      const told = await readFeed({ engine, url: `${source.url}/${isTable ? "dt/lelang" : "feed"}` });
      expect(told.fault).to.equal(undefined);
      expect(told.notes).to.deep.equal([]);
      expect(told.values).to.deep.equal(fromFile.rows.map(({ values }) => values));
      for (const columns of told.columns) expect(columns).to.deep.equal(fromFile.columns);
      // in one answer also the places are the same
      if (!isTable) expect(told.rows).to.deep.equal(fromFile.rows);
    });
});

describeWithSamples("real OCDS packages, sent by a publisher", function (this: Mocha.Suite) {
  this.timeout(60_000);

  it("gives the same rows as the files themselves, or says what is wrong", async () => {
    let packages = 0;
    for (const file of sampleFiles("real")) {
      const bytes = readFileSync(samplePath(file));
      const content = JSON.parse(bytes.toString());
      await using source = await publisher((_, response) => json(response, bytes.toString()));
      const told = await readFeed({ engine: "ocds-api", url: source.url, paging: { by: "none" } });
      if (!Array.isArray(content.releases) && !Array.isArray(content.records)) {
        expect(told.fault, file).to.include({ code: "feed-shape" });
        continue;
      }
      packages++;
      expect(told.fault, file).to.equal(undefined);
      const { rows } = await asFile({ engine: "ocds", path: file }, samplePath("."));
      expect(told.rows, file).to.deep.equal(rows);
    }
    expect(packages).to.be.at.least(3);
  });
});
