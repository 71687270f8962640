import { readFileSync } from "node:fs";
import { expect } from "chai";
import {
  assess,
  CHECKS,
  checksTable,
  isBlocked,
  type PlanFacts,
  standardRules,
} from "../../../migration/profile/assess.ts";
import { dependencyOrder, inventory } from "../../../migration/profile/inventory.ts";
import { Links } from "../../../migration/profile/links.ts";
import { profile } from "../../../migration/profile/profile.ts";
import type { QualityRule } from "../../../migration/profile/quality.ts";
import type { Source } from "../../../migration/row.ts";
import { type Given, sourceOf } from "./rows.ts";

async function assessed(sources: readonly Source[], plan: PlanFacts = {}, rules: readonly QualityRule[] = []) {
  const links = new Links();
  try {
    const profiles = [];
    for (const source of sources) {
      const tables = await source.tables();
      for (const table of tables) {
        const names = table.columns.map(({ name }) => name);
        const own = rules.filter(({ check }) => names.some((name) => check.startsWith(name)));
        profiles.push(
          await profile(source, table, {
            rules: [...own, ...standardRules(names)],
            links: links.keeper(source.name, table, tables),
          }),
        );
      }
    }
    return assess({ inventory: await inventory(sources), profiles, ...links.compare(), plan });
  } finally {
    links.close();
  }
}

const clean: Record<string, Given> = {
  pengumuman: {
    columns: ["kd_tender", "nama_paket", "pagu", "hps", "kd_satker"],
    rows: [
      ["1", "Jalan A", "200", "150", "S1"],
      ["2", "Jalan B", "210", "160", "S1"],
    ],
  },
  sppbj: {
    columns: ["kd_tender", "no_sppbj", "harga_final"],
    rows: [
      ["1", "S/1", "140"],
      ["2", "S/2", "141"],
    ],
  },
  kontrak: {
    columns: [
      "kd_tender",
      "no_kontrak",
      "nilai_kontrak",
      "tgl_kontrak_awal",
      "tgl_kontrak_akhir",
      "npwp_penyedia",
      "nama_penyedia",
    ],
    rows: [
      ["1", "K/1", "140", "2025-01-01", "2025-06-30", "01.601.315.3-051.000", "PT Satu"],
      ["2", "K/2", "141", "2025-01-02", "2025-06-30", "02.944.328.0-009.000", "PT Dua"],
    ],
    key: ["kd_tender"],
  },
  bap: {
    columns: ["kd_tender", "no_kontrak", "no_bap", "besar_pembayaran"],
    rows: [
      ["1", "K/1", "B/1", "140"],
      ["2", "K/2", "B/2", "141"],
    ],
  },
};

/** For each check, rows in which it finds something. */
const dirty: Record<
  string,
  { tables: Record<string, Given>; plan?: PlanFacts; rules?: QualityRule[]; others?: Record<string, Given> }
> = {
  "MIG-A001": {
    tables: {
      t: {
        columns: ["nama", "nilai"],
        rows: [
          [null, "1"],
          [null, "2"],
          ["x", "3"],
        ],
      },
    },
  },
  "MIG-A002": {
    tables: {
      t: {
        columns: ["id", "x"],
        key: ["id"],
        rows: [
          ["1", "a"],
          ["1", "b"],
        ],
      },
    },
  },
  "MIG-A003": {
    tables: {
      t: {
        columns: ["kd_tender", "x"],
        rows: [
          ["1", "a"],
          ["1", "b"],
        ],
      },
    },
  },
  "MIG-A004": {
    tables: {
      t: {
        columns: ["kd_tender", "x"],
        rows: [
          ["1", "a"],
          ["2", "a"],
          ["-", "b"],
        ],
      },
    },
  },
  "MIG-A005": {
    tables: {
      bap: {
        columns: ["no_bap", "besar_pembayaran", "_event_date"],
        rows: [
          ["B1", "10", "a"],
          ["B1", "10", "b"],
        ],
      },
    },
  },
  "MIG-A006": {
    tables: {
      t: {
        columns: ["a", "_inserted_date"],
        rows: [
          ["1", "x"],
          ["1", "y"],
        ],
      },
    },
  },
  "MIG-A007": {
    tables: {
      t: {
        columns: ["kd_tender", "no_kontrak"],
        rows: [
          ["1", "K"],
          ["2", "K"],
        ],
      },
    },
  },
  "MIG-A008": {
    tables: {
      t: {
        columns: ["no_sp2d", "no_kontrak", "nilai"],
        rows: [
          ["D", "K1", "1"],
          ["D", "K2", "1"],
        ],
      },
    },
  },
  "MIG-A010": { tables: { t: { columns: ["a"], rows: [["1"]], faults: { 1: [{ code: "undecodable" }] } } } },
  "MIG-A011": { tables: { t: { columns: ["a"], rows: [["CafÃ©"]] } } },
  "MIG-A012": { tables: { t: { columns: ["a"], rows: [["x\u0007"]] } } },
  "MIG-A013": { tables: { t: { columns: ["a"], rows: [["<b>x</b>"]] } } },
  "MIG-A014": { tables: { t: { columns: ["a"], rows: [["x "]] } } },
  "MIG-A015": { tables: { t: { columns: ["a"], rows: [["=cmd|' /C calc'!A0"]] } } },
  "MIG-A016": { tables: { t: { columns: ["a"], rows: [["1"]], faults: { 1: [{ code: "ragged" }] } } } },
  "MIG-A020": { tables: { t: { columns: ["npwp"], rows: [["3,20414E+15"]] } } },
  "MIG-A021": { tables: { t: { columns: ["npwp"], rows: [["01.601.315.4-051.000"]] } } },
  "MIG-A022": { tables: { t: { columns: ["npwp"], rows: [["0000000000000000"]] } } },
  "MIG-A023": { tables: { t: { columns: ["npwp"], rows: [[null], ["01.601.315.3-051.000"]] } } },
  "MIG-A024": {
    tables: {
      t: {
        columns: ["npwp_penyedia", "nama_penyedia"],
        rows: [
          ["016013153051000", "A B"],
          ["016013153051000", "AB"],
        ],
      },
    },
  },
  "MIG-A025": {
    tables: {
      t: {
        columns: ["npwp_penyedia", "nama_penyedia"],
        rows: [
          ["016013153051000", "PT AB"],
          ["029443280009000", "AB"],
        ],
      },
    },
  },
  "MIG-A030": { tables: { t: { columns: ["tgl"], rows: [["2025-01-01T17:00:00Z"]] } } },
  "MIG-A031": {
    tables: {
      t: { columns: ["tgl"], rows: [["2025-02-30"], ["2025-02-03"], ["2025-02-04"], ["2025-02-05"], ["2025-02-06"]] },
    },
  },
  "MIG-A032": {
    tables: {
      t: { columns: ["tgl"], rows: [["1909-02-03"]] },
      u: { columns: ["kd_x", "tahun_anggaran"], rows: [["1", "0"]] },
    },
  },
  "MIG-A033": { tables: { t: { columns: ["tgl_mulai", "tgl_selesai"], rows: [["2025-02-03", "2025-02-02"]] } } },
  "MIG-A034": { tables: { t: { columns: ["tgl"], rows: [["2025-02-03"], ["04-02-2025"]] } } },
  "MIG-A035": { tables: { t: { columns: ["tgl"], rows: [["2025-01-01T00:00:00Z"]] } } },
  "MIG-A040": { tables: { t: { columns: ["nilai"], rows: [["1.5"]] } } },
  "MIG-A041": { tables: { t: { columns: ["nilai"], rows: [["1.999999"]] } } },
  "MIG-A042": { tables: { t: { columns: ["nilai"], rows: [["1.500"]] } } },
  "MIG-A043": { tables: { t: { columns: ["nilai"], rows: [["-1"]] } } },
  "MIG-A044": { tables: { t: { columns: ["hps"], rows: [["3,8 Jt"]] } } },
  "MIG-A045": {
    tables: { t: { columns: ["nilai"], rows: [...Array.from({ length: 50 }, (_, at) => [String(1000 + at)]), ["1"]] } },
  },
  "MIG-A046": {
    tables: {
      a: { columns: ["kd_tender", "no_sppbj", "harga_final"], rows: [["1", "S", "10"]] },
      k: { columns: ["kd_tender", "no_kontrak", "nilai_kontrak"], rows: [["1", "K", "100"]] },
    },
  },
  "MIG-A047": { tables: { t: { columns: ["hasil_lelang", "hps"], rows: [["11", "10"]] } } },
  "MIG-A048": {
    tables: {
      a: { columns: ["kd_tender", "no_sppbj", "harga_final"], rows: [["1", "S", "10.4"]] },
      k: { columns: ["kd_tender", "no_kontrak", "nilai_kontrak"], rows: [["1", "K", "10"]] },
    },
  },
  "MIG-A050": { tables: { ...clean, sppbj: { ...clean.sppbj!, rows: [["1", "S/1", "140"]] } } },
  "MIG-A051": { tables: { ...clean, kontrak: { ...clean.kontrak!, rows: [...clean.kontrak!.rows].slice(0, 1) } } },
  "MIG-A052": { tables: { ...clean, bap: { ...clean.bap!, rows: [["3", "K", "B", "1"]] } } },
  "MIG-A053": { tables: { ...clean, bap: { ...clean.bap!, rows: [["1", "K", "B", "1"]] } } },
  "MIG-A054": {
    tables: { ...clean, pengumuman: { ...clean.pengumuman!, rows: [...clean.pengumuman!.rows].slice(0, 1) } },
  },
  "MIG-A055": {
    tables: {
      t: { columns: ["id", "ke"], rows: [["1", "9"]], references: [{ columns: ["ke"], table: "u", to: ["id"] }] },
      u: { columns: ["id"], rows: [["1"]] },
    },
  },
  "MIG-A060": { tables: clean, plan: { agencies: ["S2"] } },
  "MIG-A061": { tables: { t: { columns: ["mak"], rows: [["5.2.2.03.05"], ["5.1.02.02.08.0009"]] } } },
  "MIG-A062": { tables: { t: { columns: ["kd_rup"], rows: [["1;2"]] } } },
  "MIG-A070": { tables: { t: { columns: ["ket"], rows: [["an. NIK 3204141811690019 ya"]] } } },
  "MIG-A071": { tables: { t: { columns: ["alamat_penyedia"], rows: [["Jl. X"]] } } },
  "MIG-A080": { tables: { t: { columns: ["a"], rows: [] } } },
  "MIG-A081": {
    tables: {
      "k-2024": { columns: ["a", "b"], rows: [["1", "2"]] },
      "k-2025": { columns: ["b", "a"], rows: [["1", "2"]] },
    },
  },
  "MIG-A082": {
    tables: {
      "k-2024": { columns: ["a", "b"], rows: [["1", "2"]] },
      "k-2025": { columns: ["a", "c"], rows: [["1", "2"]] },
    },
  },
  "MIG-A083": {
    tables: {
      t: { columns: ["id"], rows: [["1"]], references: [{ columns: ["id"], table: "u", to: ["id"] }] },
      u: { columns: ["id"], rows: [["1"]], references: [{ columns: ["id"], table: "t", to: ["id"] }] },
    },
  },
  "MIG-A084": { tables: clean, plan: { datasets: new Map([["uji/hilang", "d1"]]) } },
  "MIG-A090": {
    tables: clean,
    rules: [{ id: "Q1", check: "harga_final > 140", level: "fail", onRow: "reject", maxPercent: 10 }],
  },
  "MIG-A091": { tables: clean, rules: [{ id: "Q1", check: "harga_final > 140", level: "warn", maxPercent: 10 }] },
};

describe("named checks before migration", () => {
  it("pass where nothing is wrong", async () => {
    const results = await assessed([sourceOf(clean)], {
      agencies: ["S1"],
      datasets: new Map([["uji/kontrak", "kontrak"]]),
    });
    const open = results.filter(({ verdict }) => verdict === "open").map(({ id, found }) => [id, found]);
    // that there are columns with personal data is no fault
    expect(open.map(([id]) => id)).to.deep.equal(["MIG-A071"]);
    expect(isBlocked(results)).to.equal(false);
  });

  it("are each tried below", () => expect(Object.keys(dirty)).to.deep.equal(Object.keys(CHECKS)));

  for (const [id, { tables, plan, rules }] of Object.entries(dirty))
    it(`${id} finds: ${CHECKS[id]?.title.en}`, async () => {
      const results = await assessed([sourceOf(tables)], plan, rules);
      const result = results.find((each) => each.id === id)!;
      expect(result.verdict).to.equal("open");
      for (const { table, count, says } of result.found) {
        expect(table).to.not.equal("");
        expect(count).to.be.greaterThan(0);
        expect(says.en).to.not.equal("");
      }
      expect(isBlocked(results)).to.equal(
        results.some(({ severity, verdict }) => severity === "block" && verdict === "open"),
      );
      if (result.severity === "block") expect(isBlocked(results)).to.equal(true);
    });

  it("are settled by the rule of the plan that answers them", async () => {
    const { tables } = dirty["MIG-A005"]!;
    const datasets = new Map([["uji/bap", "bap"]]);
    const verdict = async (rule: string) => {
      const results = await assessed([sourceOf(tables)], { datasets, dedupe: new Map([["bap", [rule]]]) });
      return ["MIG-A005", "MIG-A006"].map((id) => results.find((each) => each.id === id)!.verdict);
    };
    expect(await verdict("ignoring-load-stamps")).to.deep.equal(["settled", "settled"]);
    // the rows differ in their stamp: a rule for equal rows does not take them out
    expect(await verdict("exact-row")).to.deep.equal(["open", "open"]);
  });

  it("tell a file that can be read in the declared encoding but was written in another", async () => {
    const tables = (ket: string) => [sourceOf({ t: { columns: ["ket"], rows: [[ket]] } })];
    const proposal = {
      ...{ source: "uji", table: "t", declared: { encoding: "windows-1252", delimiter: "," } },
      encoding: { value: "utf-8", sure: true, why: { en: "all of them UTF-8", id: "semuanya UTF-8" } },
      delimiter: { value: ",", sure: true, why: { en: "", id: "" } },
    };
    const verdict = async (ket: string) => {
      const sources = tables(ket);
      const profiles = [await profile(sources[0]!, "t")];
      const found = assess({
        inventory: await inventory(sources, { proposals: [proposal] }),
        profiles,
        links: [],
        awards: [],
        plan: {},
      });
      return found.find(({ id }) => id === "MIG-A010")!.verdict;
    };
    expect(await verdict("kafe")).to.equal("passed");
    expect(await verdict("kafÃ©")).to.equal("open");
  });

  it("say that a file of no bytes is an empty feed, and nothing else of it", async () => {
    const results = await assessed([sourceOf({ t: { columns: [], rows: [], bytes: 0 } })]);
    expect(
      results.filter(({ verdict }) => verdict === "open").map(({ id, found }) => [id, found[0]!.says.en]),
    ).to.deep.equal([["MIG-A080", "0 bytes"]]);
  });

  it("say where amounts are counted twice, in rupiah", async () => {
    const [found] = (await assessed([sourceOf(dirty["MIG-A005"]!.tables)])).find(({ id }) => id === "MIG-A005")!.found;
    expect(found!.says.id).to.equal("Rp 20 apa adanya, Rp 10 tanpa 1 baris yang terkirim ulang");
  });

  it("have ids, and words in two languages", () => {
    for (const [id, { title, looks, remedy }] of Object.entries(CHECKS)) {
      expect(id).to.match(/^MIG-A\d{3}$/);
      for (const words of [title, looks, remedy]) {
        expect(words.en.length).to.be.greaterThan(3);
        expect(words.id).to.not.equal(words.en);
      }
    }
    expect(Object.keys(CHECKS)).to.deep.equal(Object.keys(CHECKS).toSorted());
  });

  it("are listed in the reference as they are", () => {
    const page = readFileSync(new URL("../../../docs/reference/migration-checks.md", import.meta.url), "utf8");
    expect(page).to.include(checksTable());
  });
});

describe("the inventory of sources", () => {
  it("counts by reading what a source does not count, and marks columns that concern persons", async () => {
    const found = await inventory([
      sourceOf({
        t: {
          columns: ["id", "nip_ppk"],
          rows: [
            ["1", "x"],
            ["2", "y"],
          ],
          bytes: 20,
        },
      }),
    ]);
    expect(found.tables[0]).to.include({ source: "uji", table: "t", rows: 2, rowsBy: "scan", bytes: 20 });
    expect(found.tables[0]!.columns.map(({ personal }) => personal)).to.deep.equal([null, "nip"]);
    const quick = await inventory([sourceOf({ t: { columns: ["id"], rows: [["1"]] } })], { count: false });
    expect(quick.tables[0]).to.include({ rows: null, rowsBy: "nobody" });
  });

  it("puts each table after those that it refers to, and names circles and what is not there", () => {
    const table = (name: string, ...to: string[]) => ({
      name,
      references: to.map((each) => ({ columns: ["x"], table: each, to: ["x"] })),
    });
    const found = dependencyOrder([
      table("bayar", "kontrak", "bank"),
      table("kontrak", "satker", "rekanan", "kontrak"),
      table("rekanan", "cabang"),
      table("cabang", "rekanan"),
      table("satker"),
    ]);
    expect(found.cycles).to.deep.equal([["rekanan", "cabang"]]);
    expect(found.dangling).to.deep.equal([{ table: "bayar", to: "bank" }]);
    expect(found.order).to.deep.equal(["satker", "rekanan", "cabang", "kontrak", "bayar"]);
  });

  it("orders a chain of many thousand tables", () => {
    const many = 20_000;
    const { order } = dependencyOrder(
      Array.from({ length: many }, (_, at) => ({
        name: `t${at}`,
        references: at + 1 < many ? [{ columns: ["x"], table: `t${at + 1}`, to: ["x"] }] : [],
      })),
    );
    expect([order[0], order.at(-1)]).to.deep.equal([`t${many - 1}`, "t0"]);
  });
});
