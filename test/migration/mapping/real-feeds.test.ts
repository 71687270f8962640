import { readdirSync } from "node:fs";
import { expect } from "chai";
import { checkMap } from "../../../migration/mapping/check-map.ts";
import { compileMap } from "../../../migration/mapping/compile-map.ts";
import { isPlaceholder, npwpOf } from "../../../migration/mapping/functions.ts";
import { ourMaps, suggestMaps } from "../../../migration/mapping/suggest-maps.ts";
import { openSource } from "../../../migration/sources/open-source.ts";
import { type SourceSettings, sourceSettings } from "../../../migration/sources/settings.ts";
import { UNRECORDABLE } from "../../../server/domain/entries/split.ts";
import { check } from "../../../server/domain/ocds/check.ts";
import { OUR_EXTENSIONS } from "../../../server/domain/ocds/own-extension.ts";
import { describeWithLegacySamples } from "../profile/legacy-samples.ts";

function settingsOf(file: string): SourceSettings | undefined {
  if (file.endsWith(".csv"))
    return sourceSettings.parse({ engine: "csv", path: file, encoding: "utf-8", delimiter: "," });
  if (file.endsWith(".xlsx")) return sourceSettings.parse({ engine: "xlsx", path: file });
  if (file.endsWith(".json"))
    return sourceSettings.parse({ engine: "json", path: file, ...(/spse4/.test(file) ? { pointer: "/data" } : {}) });
  return undefined;
}

describeWithLegacySamples("real legacy feeds through our maps", (folder, facts) => {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.includes("/") && settingsOf(file) !== undefined)
    .sort();

  it("are there", () => expect(files.length).to.be.greaterThan(15));

  for (const file of files)
    it(`${file}: every row is mapped, or rejected for a cell that is empty indeed`, async () => {
      const source = await openSource(settingsOf(file)!, folder);
      try {
        const tables = await source.tables();
        const table = tables.find(({ columns }) => suggestMaps(columns, file).length > 0)!;
        expect(table, "a map for it").to.not.equal(undefined);
        const [best] = suggestMaps(table.columns, file);
        expect(best!.covers, `columns that ${best!.map} leaves over`).to.equal(1);
        const map = ourMaps().find((each) => each.file === best!.map)!;
        expect(checkMap(map, table.columns).unmapped).to.deep.equal([]);
        const run = compileMap(map, table.columns, { secret: "of a test" });
        const names = table.columns.map(({ name }) => name);
        const numbers = names.flatMap((name, index) => (/^npwp/.test(name) ? [{ name, index }] : []));
        const classes: Record<string, Record<string, number>> = {};
        let rows = 0;
        let rejected = 0;
        let certified = 0n;
        for await (const batch of source.rows(table.name))
          for (const row of batch) {
            rows++;
            const { fragments, faults, private: cells } = run(row);
            if (faults.length > 0) rejected++;
            for (const { code, column } of faults) {
              expect(["value-missing", "key-missing"], `${row.at} ${column}`).to.include(code);
              const cell = row.values[names.indexOf(column!)] ?? "";
              expect(cell === "" || isPlaceholder(cell), `${row.at} ${column} ${code}`).to.equal(true);
            }
            const all = JSON.stringify(fragments);
            for (const { name, index } of numbers) {
              const number = npwpOf(row.values[index] ?? null);
              classes[name] ??= {};
              classes[name][number.class] = (classes[name][number.class] ?? 0) + 1;
              const isPerson = fragments.some((each) => each.entity === "supplier" && each.person);
              if (number.digits.length >= 13 && (number.nik || isPerson)) {
                expect(all.includes(number.digits), `${row.at} ${name}: a person's number`).to.equal(false);
                if (number.core !== undefined)
                  expect(all.includes(number.core), `${row.at} ${name}: its core`).to.equal(false);
                expect(cells.some((each) => each.column === name)).to.equal(true);
              }
            }
            for (const fragment of fragments) {
              if (fragment.entity !== "process") continue;
              for (const facts of Object.values(fragment.contracts ?? {}))
                for (const { kind, amount } of facts.documents ?? [])
                  if (kind === "certificate") certified += BigInt(amount);
              const release = {
                ocid: "ocds-tirta-1",
                id: "1",
                date: "2026-01-01T00:00:00Z",
                tag: ["tender"],
                initiationType: "tender",
                ...fragment.release,
              };
              const wrong = check(release, { extensions: [...OUR_EXTENSIONS] }).faults.filter(
                ({ level, rule }) => level === "error" || (UNRECORDABLE.has(rule) && rule !== "reference-unresolved"),
              );
              expect(wrong, row.at).to.deep.equal([]);
            }
          }
        expect(rejected, "rejected rows").to.be.below(3 + rows / 10);
        const known = facts[file] ?? {};
        expect(rows).to.equal(known.rows);
        for (const { name } of numbers)
          if (known[name] !== undefined) expect(classes[name], name).to.deep.equal(known[name]);
        if (rejected === 0 && typeof known.besar_pembayaran_sum_raw === "number") {
          expect(certified).to.equal(BigInt(Math.round(known.besar_pembayaran_sum_raw * 100)));
        }
      } finally {
        await source.close();
      }
    });
});
