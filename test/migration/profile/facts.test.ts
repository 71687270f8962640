import { expect } from "chai";
import type { ColumnProfile } from "../../../migration/profile/column.ts";
import { Links } from "../../../migration/profile/links.ts";
import { profile, type TableProfile } from "../../../migration/profile/profile.ts";
import { openSource } from "../../../migration/sources/open-source.ts";
import { sourceSettings } from "../../../migration/sources/settings.ts";
import { describeWithLegacySamples } from "./legacy-samples.ts";

/** Every figure of FACTS.json by its name, from a profile; a name that is not here fails the test. */
const figures: Record<string, (profile: TableProfile, key: string | undefined) => unknown> = {
  rows: ({ rows }) => rows,
  key: (_, key) => key,
  distinct_key: ({ keys }) => keys[0]!.distinct,
  exact_duplicate_rows: ({ repeated }) => repeated,
  duplicate_rows_ignoring_load_stamps: ({ reloaded }) => reloaded,
  no_kontrak_null_or_empty: (it) => nothing(column(it, "no_kontrak")),
  no_kontrak_placeholder: (it) => column(it, "no_kontrak").placeholders + column(it, "no_kontrak").zeros,
  no_kontrak_outer_or_double_space: (it) => column(it, "no_kontrak").odd.spaces ?? 0,
  no_kontrak_used_by_several_packages: (it) => pair(it, "number-used-again"),
  versi_addendum: (it) => counts(it, "versi_addendum"),
  anggota_kso_filled: (it) => it.rows - nothing(column(it, "anggota_kso")),
  nilai_kontrak_null: (it) => nothing(column(it, "nilai_kontrak")),
  nilai_kontrak_fractional: (it) => column(it, "nilai_kontrak").number?.fractional ?? 0,
  besar_pembayaran_sum_raw: (it) => Number(sums(it, "besar_pembayaran").raw),
  besar_pembayaran_sum_after_exact_dedupe: (it) => Number(sums(it, "besar_pembayaran").withoutReloaded),
  npwp_with_several_spellings: (it) => pair(it, "spellings-of-npwp"),
  normalised_name_with_several_npwp: (it) => pair(it, "npwps-of-name"),
  // listings of SPSE: rows without names, columns by their place
  distinct_code: ({ keys }) => keys[0]!.distinct,
  columns: ({ rows, columns }) => ({ [columns.length]: rows }),
  value_text_not_yet: (it) => most(it, "11", "Nilai Kontrak belum dibuat"),
  value_text_rupiah: (it) => column(it, "11").number?.forms.rupiah,
  html_in_name: (it) => column(it, "2").odd.html ?? 0,
  hps_dot_decimal: (it) => shapes(it, "5", /9\.9/),
  agency_null: (it) => column(it, "3").nulls,
  multi_year: (it) => shapes(it, "9", /A 9999,/),
  year_null: (it) => shapes(it, "9", / A a$/),
};
const npwpNames = /^npwp(?:16)?_(?:16_)?(?:penyedia|pemenang)(?:_16)?$/;

const column = ({ columns }: TableProfile, name: string): ColumnProfile => {
  const found = columns.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no column ${name}`);
  return found;
};
const nothing = ({ nulls, empties }: ColumnProfile) => nulls + empties;
const sums = ({ sums }: TableProfile, name: string) => sums.find((each) => each.column === name)!;
/** of the older of two columns of tax numbers */
const pair = ({ pairs }: TableProfile, name: string) =>
  pairs.find((each) => each.name === name && !/16/.test(each.of + each.with))!.several;
const shapes = (it: TableProfile, name: string, shape: RegExp) =>
  column(it, name)
    .patterns.values.filter(({ value }) => shape.test(value))
    .reduce((sum, { count }) => sum + count, 0);
const most = (it: TableProfile, name: string, wanted: string) =>
  column(it, name).top.values.find(({ value }) => value === wanted)?.count ?? 0;
/** How often each value stands, nothing as `None`. */
const counts = (it: TableProfile, name: string): Record<string, number> => {
  const { top, nulls, distinct } = column(it, name);
  expect(top.values.length).to.equal(distinct.count);
  return {
    ...Object.fromEntries(top.values.map(({ value, count }) => [value, count])),
    ...(nulls === 0 ? {} : { None: nulls }),
  };
};

function settingsOf(file: string): unknown {
  const path = file;
  if (file.endsWith(".xlsx")) return { engine: "xlsx", path };
  if (file.endsWith(".csv")) return { engine: "csv", path, encoding: "utf-8", delimiter: "," };
  return { engine: "json", path, ...(file.startsWith("spse4") ? { pointer: "/data" } : {}) };
}

describeWithLegacySamples("the profile of real feeds", (folder, facts) => {
  const links = new Links();
  const profiles = new Map<string, TableProfile>();
  after(() => links.close());

  const files = Object.entries(facts).filter(([name]) => !name.startsWith("_"));

  for (const [file, wanted] of files) {
    it(`says of ${file} what was counted by other means`, async () => {
      const source = await openSource(sourceSettings.parse(settingsOf(file)), folder);
      try {
        const tables = await source.tables();
        // workbooks of these feeds hold a sheet about themselves
        const table = tables.find(({ name }) => !/metadata/i.test(name))!;
        const key = wanted.key as string | undefined;
        const own = file.startsWith("isb-lkpp-kab") ? links.keeper(source.name, table, tables) : undefined;
        const found = await profile(source, table, { ...(key ? { key: [key] } : {}), ...(own ? { links: own } : {}) });
        profiles.set(file, found);
        const told = Object.fromEntries(
          Object.keys(wanted).map((name) => {
            if (npwpNames.test(name)) return [name, column(found, name).identifiers];
            const figure = figures[name];
            if (figure === undefined) throw new Error(`no figure is called ${name}`);
            return [name, figure(found, key)];
          }),
        );
        expect(told).to.deep.equal(wanted);
      } finally {
        await source.close();
      }
    });
  }

  it("finds what of each stage lacks the stage before", function () {
    const stages: Record<string, string> = {
      pengumuman: "announcement",
      selesai: "result",
      sppbj: "award",
      kontrak: "contract",
      spmk: "order",
      bapbast: "acceptance",
    };
    const wanted = facts._links_bandung_nontender as Record<string, unknown> | undefined;
    if (wanted === undefined) return this.skip();
    const found = links.compare().links.filter(({ by }) => by === "kd_nontender");
    const told = Object.fromEntries(
      Object.keys(wanted).map((name) => {
        if (name === "packages")
          return [
            name,
            Object.fromEntries(
              Object.entries(stages).map(([stage, ours]) => [
                stage,
                found.find(({ from }) => from.stage === ours)?.keys,
              ]),
            ),
          ];
        const [from, to] = name.split("_without_") as [string, string];
        const link = found.find((each) => each.from.stage === stages[from] && each.to.stage === stages[to]);
        return [name, link?.without];
      }),
    );
    expect(told).to.deep.equal(wanted);
  });
});
