import { readFileSync } from "node:fs";
import { expect } from "chai";
import { type Cluster, Decisions } from "../../../migration/stage/decisions.ts";
import type { StageResult } from "../../../migration/stage/stage.ts";
import { type Cells, contracts, dataset, firm, Project, payments, rupiah } from "./world.ts";

const sp2d = (no: string, nilai: string, more: Cells = {}): Cells => ({
  no_sp2d: no,
  satker: "11",
  nilai,
  uraian: "Termin",
  dimuat: "1",
  ...more,
});
const COLUMNS = ["no_sp2d", "satker", "nilai", "uraian", "dimuat"];
const money = [rupiah("nilai", COLUMNS)];
const paid = (rows: Cells[], rules: Parameters<typeof dataset>[3] = {}, id = "sp2d") =>
  dataset(id, rows, payments, { money, ...rules });

describe("duplicates", () => {
  let project: Project;
  beforeEach(() => {
    project = new Project();
  });
  afterEach(() => project.close());

  async function decide(
    { clusters }: StageResult,
    verdict: "same" | "different" | "reject",
    keep?: number,
  ): Promise<void> {
    for (const { entity, id, members, seen } of clusters as Cluster[]) {
      const decisions = await Decisions.open(project.at("decisions"), entity);
      const keys = members.map(({ key }) => key);
      const stays = keep === undefined ? {} : { keep: keys[keep]! };
      await decisions.add([
        { cluster: id, verdict, keys, ...stays, seen, by: "Kepala LPSE", at: "2026-01-02T00:00:00Z", why: "" },
      ]);
    }
  }

  it("are not merged without a rule or a person: equal rows block the wave, and leave no stage", async () => {
    const result = await project.stage([paid([sp2d("1", "10"), sp2d("1", "10")])]);
    expect(result.blocked).to.equal(true);
    expect(result.clusters.map(({ rule, blocks }) => [rule, blocks])).to.deep.equal([["exact-row", true]]);
    expect(result.staged.reasons).to.deep.equal({ "rejected duplicate": 2 });
    expect(() => readFileSync(`${project.stageFolder()}/stage.json`)).to.throw();
  });

  it("are merged into the first by a rule of the plan: equal rows, and rows that differ in load stamps alone", async () => {
    const rows = [...Array.from({ length: 24 }, (_, at) => sp2d("1", "10.50", { dimuat: `${at}` })), sp2d("2", "1")];
    const rules = { rules: { same: "ignoring-load-stamps" as const, ignored: new Set([4]) } };
    const result = await project.stage([paid(rows, rules)]);
    expect(result.staged.counts).to.deep.include({ read: 25, migrated: 2, merged: 23, rejected: 0 });
    expect(result.staged.balances[0]!.merged.money).to.deep.equal([String(23 * 1050)]);
    expect((await project.rows(result)).length).to.equal(2);
    // without the stamp the rule for equal rows does not reach them
    const strict = await project.stage([paid(rows, { rules: { same: "exact-row" } })]);
    expect([strict.blocked, strict.clusters[0]!.rule]).to.deep.equal([true, "key-differs"]);
  });

  it("of one key with other content follow the plan's choice: the first, or the newest by a column", async () => {
    const rows = [sp2d("1", "10", { dimuat: "2" }), sp2d("1", "30", { dimuat: "9" }), sp2d("1", "20", { dimuat: "5" })];
    const value = async (keep: "first" | { newest: number }) => {
      const result = await project.stage([paid(rows, { rules: { same: "exact-row", key: [0], keep } })]);
      expect(result.staged.counts).to.deep.include({ migrated: 1, merged: 2 });
      return result.staged.lots[0]!.value;
    };
    expect(await value("first")).to.equal("1000");
    expect(await value({ newest: 4 })).to.equal("3000");
    expect(project.fates().map(([, , , fate, rule]) => `${fate} ${rule}`)).to.include("merged key, newest by dimuat");
  });

  it("of one key with other content wait for a person, whose decision is replayed and goes stale with its rows", async () => {
    const rows = [sp2d("1", "10"), sp2d("1", "30"), sp2d("2", "5")];
    const first = await project.stage([paid(rows)]);
    expect([first.blocked, first.clusters[0]!.members.length]).to.deep.equal([true, 2]);
    expect(first.clusters[0]!.members.map(({ says }) => says.nilai)).to.deep.equal(["10", "30"]);
    await decide(first, "same", 1);
    const second = await project.stage([paid(rows)]);
    expect([second.blocked, second.staged.counts.merged, second.staged.lots[0]!.value]).to.deep.equal([
      false,
      1,
      "3500",
    ]);
    const bytes = project.lotBytes();
    // the same rows in another order, with others between them
    await project.stage([paid([rows[1]!, rows[2]!, rows[0]!])]);
    expect(Object.keys(project.lotBytes())).to.deep.equal(Object.keys(bytes));
    expect((await project.stage([paid([rows[1]!, rows[2]!, rows[0]!])])).staged.lots[0]!.root).to.equal(
      second.staged.lots[0]!.root,
    );
    const changed = await project.stage([paid([rows[0]!, sp2d("1", "31"), rows[2]!])]);
    expect([changed.blocked, changed.clusters.length]).to.deep.equal([true, 1]);
  });

  it("are told as stale where a decided pair got a third member", async () => {
    const columns = { rules: { same: "exact-row" as const } };
    const name = (npwp: string, penyedia: string, at: number): Cells => ({
      kd_paket: `P${at}`,
      satker: "11",
      nilai: "1",
      penyedia,
      npwp,
      versi: "0",
    });
    const rows = [name("012345674", "CV Maju", 1), name("012345674", "PT Mundur", 2)];
    const data = (more: Cells[] = []) => dataset("kontrak", [...rows, ...more], contracts, columns);
    const first = await project.stage([data()], { supplierRules: [] });
    expect(first.clusters.filter(({ blocks }) => blocks).map(({ rule }) => rule)).to.deep.equal(["key-differs"]);
    await decide(first, "same");
    expect((await project.stage([data()], { supplierRules: [] })).blocked).to.equal(false);
    const third = await project.stage([data([name("012345674", "UD Samping", 3)])], { supplierRules: [] });
    expect([third.blocked, third.stale]).to.deep.equal([true, 1]);
  });

  it("are kept apart, or left out, where a person says so", async () => {
    const rows = [sp2d("1", "10"), sp2d("1", "30"), sp2d("2", "5")];
    await decide(await project.stage([paid(rows)]), "different");
    const apart = await project.stage([paid(rows)]);
    expect(apart.staged.counts).to.deep.include({ migrated: 3, merged: 0 });
    expect(new Set((await project.rows(apart)).map(({ key }) => key)).size).to.equal(3);
    project.close();
    project = new Project();
    await decide(await project.stage([paid(rows)]), "reject");
    const out = await project.stage([paid(rows)]);
    expect([out.blocked, out.staged.counts.rejected, out.staged.counts.migrated]).to.deep.equal([false, 2, 1]);
    expect(project.rejects("sp2d")).to.contain("Kepala LPSE");
  });

  it("across two systems are the same key's, and wait for a person too", async () => {
    const result = await project.stage([paid([sp2d("1", "10")], {}, "simda"), paid([sp2d("1", "11")], {}, "sipd")]);
    expect([result.blocked, result.clusters[0]!.members.map(({ from }) => from[0]!.dataset)]).to.deep.equal([
      true,
      ["simda", "sipd"],
    ]);
    await decide(result, "same", 0);
    const decided = await project.stage([paid([sp2d("1", "10")], {}, "simda"), paid([sp2d("1", "11")], {}, "sipd")]);
    expect(decided.staged.balances.map(({ migrated, merged }) => [migrated.rows, merged.rows])).to.deep.equal([
      [1, 0],
      [0, 1],
    ]);
  });

  it("of a contract's value at one version block; the same value told twice, and one document named twice, do not", async () => {
    const row = (nilai: string, more: Cells = {}): Cells => ({
      kd_paket: "P1",
      satker: "11",
      nilai,
      penyedia: "PT Batu",
      npwp: "012345674",
      versi: "0",
      ket: "a",
      ...more,
    });
    const data = (...rows: Cells[]) => dataset("kontrak", rows, contracts, { rules: { same: "exact-row" } });
    expect((await project.stage([data(row("10"), row("11", { ket: "b" }))])).clusters[0]!.rule).to.equal("key-differs");
    const twice = await project.stage([data(row("10"), row("10", { ket: "b" }))]);
    expect([twice.blocked, twice.staged.counts.migrated]).to.deep.equal([false, 2]);
  });
});

describe("suppliers", () => {
  let project: Project;
  beforeEach(() => {
    project = new Project();
  });
  afterEach(() => project.close());

  type Firm = [name: string, core?: string, more?: { person?: boolean; nib?: string; key?: string }];
  const firms = (id: string, list: Firm[]) =>
    dataset(
      id,
      list.map(([name, core], at) => ({ no: `${at}`, name, core: core ?? null })),
      ({ no }) => {
        const [name, core, { person = false, nib, key } = {}] = list[Number(no)]!;
        const made = firm(name, core);
        return [{ ...made, person, key: key ?? made.key, ...(nib === undefined ? {} : { nib }) }];
      },
    );
  const idsOf = async (result: StageResult) =>
    (await project.rows(result)).map(
      ({ body }) => JSON.parse(new TextDecoder().decode(body)) as { id: string; name: string },
    );

  it("with one NPWP core are one, however they are spelled, and get one running number that tells nothing of it", async () => {
    const result = await project.stage([
      firms("oss", [
        ["PT Maju Jaya", "012345674"],
        ["MAJU JAYA, PT", "012345674"],
        ["PT. Maju  Jaya Tbk", "012345674"],
        ["CV Lain", "098765432"],
      ]),
    ]);
    expect(await idsOf(result)).to.deep.equal([
      { id: "ID-PNY-000001", name: "MAJU JAYA, PT" },
      { id: "ID-PNY-000002", name: "CV Lain" },
    ]);
    expect(result.staged.counts).to.deep.include({ read: 4, migrated: 2, merged: 2 });
    const lot = readFileSync(`${project.stageFolder()}/${result.staged.lots[0]!.file}`, "latin1");
    expect(lot).to.not.contain("012345674").and.not.contain("12345674");
  });

  it("of one name are one where only one of them has a number; with two numbers a person is asked, and nothing stops", async () => {
    const one = await project.stage([firms("a", [["CV Sahabat", "012345674"], ["Sahabat CV"]])]);
    expect((await idsOf(one)).length).to.equal(1);
    project.close();
    project = new Project();
    const two = await project.stage([
      firms("a", [
        ["CV Sahabat", "012345674"],
        ["CV Sahabat", "098765432"],
      ]),
    ]);
    expect([(await idsOf(two)).length, two.blocked, two.staged.unreviewed, two.clusters[0]!.rule]).to.deep.equal([
      2,
      false,
      1,
      "name-fingerprint",
    ]);
  });

  it("that are people are never one by their name, and a NIB unites what names do not", async () => {
    const result = await project.stage(
      [
        firms("a", [
          ["Budi", undefined, { person: true, key: "person:1" }],
          ["Budi", undefined, { person: true, key: "person:2" }],
          ["PT Satu", "012345674", { nib: "9120" }],
          ["PT Dua", "098765432", { nib: "9120" }],
        ]),
      ],
      { supplierRules: ["npwp-core", "name-fingerprint", "nib", "key"] },
    );
    expect((await idsOf(result)).length).to.equal(3);
  });

  it("whose number carries many names are not merged by a rule: a number that all use is nobody's", async () => {
    const many: Firm[] = ["Alfa", "Beta", "Gamma", "Delta"].map((name) => [`CV ${name}`, "012345674"]);
    const result = await project.stage([firms("a", many)]);
    expect([result.blocked, result.clusters.map(({ rule, blocks }) => [rule, blocks])]).to.deep.equal([
      true,
      [["key-differs", true]],
    ]);
    const [cluster] = result.clusters;
    const decisions = await Decisions.open(project.at("decisions"), "supplier");
    const keys = cluster!.members.map(({ key }) => key);
    await decisions.add([
      { cluster: cluster!.id, verdict: "different", keys, seen: cluster!.seen, by: "x", at: "", why: "" },
    ]);
    const decided = await project.stage([firms("a", many)]);
    expect([decided.blocked, (await idsOf(decided)).length]).to.deep.equal([false, 4]);
  });

  it("keep their ids over runs, attempts and waves, and a later wave brings only those that are new", async () => {
    const first = await project.stage(
      [
        firms("a", [
          ["PT Satu", "012345674"],
          ["PT Dua", "098765432"],
        ]),
      ],
      { wave: "W0" },
    );
    const before = await idsOf(first);
    const again = await project.stage(
      [
        firms("a", [
          ["PT Nol", "000000019"],
          ["PT Satu", "012345674"],
          ["PT Dua", "098765432"],
        ]),
      ],
      { wave: "W0", attempt: 2 },
    );
    expect((await idsOf(again)).filter(({ name }) => name !== "PT Nol")).to.deep.equal(before);
    const row: Cells = { kd_paket: "P1", satker: "11", nilai: "1", penyedia: "PT SATU", npwp: "012345674", versi: "0" };
    const later = await project.stage(
      [dataset("kontrak", [row, { ...row, kd_paket: "P2", penyedia: "PT Tiga", npwp: "055555550" }], contracts)],
      { wave: "W1" },
    );
    // the name is that under which the register knows it
    expect(later.staged.suppliers).to.deep.equal([
      { id: "ID-PNY-000001", name: "PT Satu" },
      { id: "ID-PNY-000004", name: "PT Tiga" },
    ]);
    expect(later.staged.lots.filter(({ entity }) => entity === "supplier").map(({ rows }) => rows)).to.deep.equal([1]);
  });

  it("that another wave is to bring hold the contracts that name them, until it has", async () => {
    const row: Cells = { kd_paket: "P1", satker: "11", nilai: "1", penyedia: "PT Satu", npwp: "012345674", versi: "0" };
    const data = dataset("kontrak", [row], contracts);
    const onlyProcesses = {
      wave: "W1",
      leavesOut: ({ entity }: { entity?: string | undefined }) =>
        entity === "supplier" ? "out-of-scope: W0" : undefined,
    };
    const held = await project.stage([data], onlyProcesses);
    expect(held.staged.counts).to.deep.include({ migrated: 0, rejected: 1, held: 1 });
    await project.stage([data], {
      wave: "W0",
      leavesOut: ({ entity }) => (entity === "supplier" ? undefined : "out-of-scope: W1"),
    });
    const released = await project.stage([data], onlyProcesses);
    expect(released.staged.counts).to.deep.include({ migrated: 1, rejected: 0, held: 0 });
  });
});
