import { readFileSync } from "node:fs";
import { expect } from "chai";
import { readLot } from "../../../migration/stage/lot.ts";
import { isInLot, LotTree } from "../../../migration/stage/merkle.ts";
import { readStage } from "../../../migration/stage/stage.ts";
import { entryHash, idOf, readBalances } from "../../../server/domain/entries/entry.ts";
import { Kind } from "../../../server/domain/entries/kinds.ts";
import { toHex } from "../../../server/domain/entries/words.ts";
import { unpackEntry } from "../../../server/ledger/codec.ts";
import {
  agencies,
  announcements,
  type Cells,
  CUT_OVER,
  contracts,
  dataset,
  minutes,
  Project,
  payments,
  rupiah,
} from "./world.ts";

const paket = (number: number, satker = "11"): Cells => ({
  kd_paket: `P${number}`,
  satker,
  judul: `Jalan ${number}`,
  pagu: "1000000.50",
});
const kontrak = (number: number, more: Cells = {}): Cells => ({
  ...{ kd_paket: `P${number}`, satker: "11", nilai: "900000.25", penyedia: "PT Batu", npwp: "012345674", versi: "0" },
  ...more,
});
const bap = (number: number, no: string, besar: string, more: Cells = {}): Cells => ({
  ...{ kd_paket: `P${number}`, satker: "11", no_bap: no, besar, dimuat: "2025-09-01" },
  ...more,
});

const packages = (...rows: Cells[]) =>
  dataset("paket", rows, announcements, {
    order: 10,
    money: [rupiah("pagu", ["kd_paket", "satker", "judul", "pagu"])],
  });
const signed = (...rows: Cells[]) =>
  dataset("kontrak", rows, contracts, {
    order: 40,
    money: [rupiah("nilai", Object.keys(rows[0] ?? {}))],
    rules: { same: "exact-row" },
  });
const certified = (...rows: Cells[]) =>
  dataset("bap", rows, minutes, {
    order: 60,
    money: [rupiah("besar", Object.keys(rows[0] ?? {}))],
    rules: { same: "ignoring-load-stamps", ignored: new Set([Object.keys(rows[0] ?? {}).indexOf("dimuat")]) },
  });
const paid = (...rows: Cells[]) =>
  dataset("sp2d", rows, payments, { order: 70, money: [rupiah("nilai", Object.keys(rows[0] ?? {}))] });
const sp2d = (no: string, nilai: string, more: Cells = {}): Cells => ({
  no_sp2d: no,
  satker: "11",
  nilai,
  uraian: "Termin 1",
  tanggal: "2025-05-01",
  kontrak: null,
  ...more,
});

describe("staging a wave", () => {
  let project: Project;
  beforeEach(() => {
    project = new Project();
  });
  afterEach(() => project.close());

  it("lays what several datasets say of a process over each other: openings in mid-life, with balances", async () => {
    const result = await project.stage([
      packages(paket(1)),
      signed(kontrak(1), kontrak(1, { versi: "1", nilai: "950000.75" })),
      certified(bap(1, "BAP-1", "300000"), bap(1, "BAP-2", "200000.10")),
    ]);
    const { counts, lots } = result.staged;
    expect(counts).to.deep.equal({ read: 5, migrated: 5, rejected: 0, merged: 0, excluded: 0, held: 0 });
    const [suppliers, processes] = lots;
    expect([suppliers!.entity, suppliers!.tier, processes!.entity, processes!.tier]).to.deep.equal([
      "supplier",
      "C",
      "process",
      "A",
    ]);
    const rows = await readLot(project.stageFolder(), processes!);
    const items = rows.map(({ item }) => unpackEntry(Uint8Array.of(...item)).entry);
    expect(items.map(({ kind }) => kind)).to.deep.equal([Kind.tender, Kind.award, Kind.opening]);
    const opening = items[2]!;
    expect(opening).to.deep.include({
      ocid: "ocds-lama-dishub-P1",
      contractId: "P1-1",
      maker: idOf("kadishub"),
      capacity: 8,
      expires: 0,
    });
    expect(opening.terms).to.deep.include({ currency: "IDR", value: 950_000_75n });
    const balances = readBalances(unpackEntry(Uint8Array.of(...rows[2]!.item)).preimage);
    expect(balances).to.deep.include({
      firstValue: 900_000_25n,
      scopeValue: 950_000_75n,
      certified: 500_000_10n,
      accepted: 500_000_10n,
      paid: 0n,
      on: CUT_OVER,
    });
    expect([processes!.value, processes!.paid, processes!.currency]).to.deep.equal(["95000075", "0", "IDR"]);
    // what is proven on the ledger is the entry's own hash
    expect(toHex(rows[2]!.hash)).to.equal(toHex(entryHash(opening)));
    const tree = new LotTree(rows.map(({ hash }) => hash));
    expect(isInLot(processes!.root, rows[2]!.hash, tree.proof(2))).to.equal(true);
    // each row of the lot says from where it is
    expect(rows[2]!.from.map(({ dataset, row }) => `${dataset} ${row}`)).to.deep.equal([
      "kontrak 1",
      "kontrak 2",
      "bap 1",
      "bap 2",
    ]);
    expect(result.staged.suppliers).to.deep.equal([{ id: "ID-PNY-000001", name: "PT Batu" }]);
  });

  it("gives the same lots, byte for byte, whatever the batches, the order of the datasets, and restarts", async () => {
    const data = (batch: number, turned: boolean) => {
      const rows = Array.from({ length: 60 }, (_, at) => at);
      const all = [
        dataset(
          "paket",
          rows.map((at) => paket(at, at % 3 ? "11" : "12")),
          announcements,
          { batch, order: 10 },
        ),
        dataset(
          "kontrak",
          rows.map((at) => kontrak(at, { satker: at % 3 ? "11" : "12", penyedia: `CV Nomor ${at % 7}`, npwp: null })),
          contracts,
          { batch, order: 40 },
        ),
        dataset(
          "sp2d",
          rows.map((at) => sp2d(`S${at}`, `${at}.50`)),
          payments,
          { batch, order: 70 },
        ),
      ];
      return turned ? all.reverse() : all;
    };
    const first = await project.stage(data(1000, false));
    const bytes = project.lotBytes();
    const stage = readFileSync(`${project.stageFolder()}/stage.json`, "utf8");
    expect(first.staged.lots.length).to.equal(4);
    await project.stage(data(7, true));
    expect(project.lotBytes()).to.deep.equal(bytes);
    await project.stage(data(1, false));
    expect(project.lotBytes()).to.deep.equal(bytes);
    expect(readFileSync(`${project.stageFolder()}/stage.json`, "utf8")).to.equal(stage);
    // another project, which has registered nobody yet, comes to the same ids
    const other = new Project();
    await other.stage(data(13, true));
    expect(other.lotBytes()).to.deep.equal(bytes);
    other.close();
  });

  it("stops in the middle and leaves no stage; run again it is as if nothing had happened", async () => {
    const rows = Array.from({ length: 20 }, (_, at) => paket(at));
    const whole = dataset("paket", rows, announcements);
    await project.stage([whole]);
    const bytes = project.lotBytes();
    async function* broken() {
      yield (await whole.rows().next()).value as never;
      throw new Error("the server went away");
    }
    const error = await project.stage([{ ...whole, rows: broken as never }]).catch((fault: Error) => fault);
    expect(error).to.be.instanceOf(Error);
    expect(await readStage(project.stageFolder()).catch(({ code }) => code)).to.equal("not-staged");
    await project.stage([whole]);
    expect(project.lotBytes()).to.deep.equal(bytes);
  });

  it("takes no scan for whole that ended before its proven count", async () => {
    const whole = dataset("paket", [paket(1), paket(2)], announcements);
    async function* cut() {
      const scan = whole.rows();
      const { value } = await scan.next();
      yield (value as never[]).slice(0, 1);
      return { rows: 2, last: "2", sha256: "0" };
    }
    const error = await project.stage([{ ...whole, rows: cut as never }]).catch((fault) => fault);
    expect(error.code).to.equal("source-ended-early");
  });

  it("keeps bodies of tier B off the chain: the item says their digest, the lot keeps them", async () => {
    const made = async (tier: "A" | "B") => {
      const result = await project.stage([packages(paket(1))], { tier });
      return (await project.rows(result))[0]!;
    };
    const [whole, terms] = [await made("A"), await made("B")];
    expect(toHex(whole.hash)).to.equal(toHex(terms.hash));
    expect(whole.body.length).to.equal(0);
    expect(new TextDecoder().decode(terms.body)).to.contain("Jalan 1");
    expect(Buffer.from(terms.item).includes("Jalan 1")).to.equal(false);
    expect(Buffer.from(whole.item).includes("Jalan 1")).to.equal(true);
  });

  it("closes the account in rows and in money, each column by itself", async () => {
    const { staged } = await project
      .stage(
        [
          packages(paket(1), paket(2, "99"), paket(3, "12"), { ...paket(4), pagu: "abc" }),
          certified(bap(1, "B1", "10.25"), bap(1, "B1", "10.25", { dimuat: "2025-09-02" })),
          signed(kontrak(1)),
        ],
        { leavesOut: ({ agency }) => (agency === "ID-DINKES" ? "scope of W1" : undefined) },
      )
      .catch((error) => {
        throw error;
      });
    const [paketBook, bapBook] = staged.balances;
    expect(paketBook!.read).to.deep.equal({ rows: 4, money: ["300000150"] });
    expect([
      paketBook!.unreadable,
      paketBook!.migrated.rows,
      paketBook!.rejected.rows,
      paketBook!.excluded.rows,
    ]).to.deep.equal([1, 1, 2, 1]);
    expect(paketBook!.rejected.money).to.deep.equal(["100000050"]);
    expect(paketBook!.reasons).to.include({ "rejected agency-unknown": 1, "excluded scope of W1": 1 });
    expect([bapBook!.read.money, bapBook!.migrated.money, bapBook!.merged.money]).to.deep.equal([
      ["2050"],
      ["1025"],
      ["1025"],
    ]);
    expect(bapBook!.reasons).to.deep.equal({ "merged ignoring-load-stamps": 1 });
    // every row has one line
    const lines = project.fates();
    expect(lines.length).to.equal(staged.counts.read);
    expect(new Set(lines.map(([dataset, row]) => `${dataset} ${row}`)).size).to.equal(lines.length);
    expect(lines.find(([dataset, row]) => dataset === "bap" && row === "2")).to.deep.equal([
      "bap",
      "2",
      "line 3",
      "merged",
      "ignoring-load-stamps",
      "",
      "bap 1",
    ]);
  });

  it("rejects one poisoned row with code and place, and its neighbours load", async () => {
    const poison: [Cells, string, string][] = [
      [sp2d("p1", "9".repeat(40)), "money-overflow", "nilai"],
      [sp2d("p2", "10", { uraian: "a\u0000b" }), "nul", "uraian"],
      [sp2d("p3", "10", { uraian: "x".repeat(5_000_000) }), "too-long", "uraian"],
      [sp2d("p4", "10", { tanggal: "2025-02-30" }), "date-unreadable", "tanggal"],
      [sp2d("p5", "-10"), "money-negative", "nilai"],
      [sp2d("p6", "10", { uraian: "setengah \ud83d" }), "undecodable", "uraian"],
      [sp2d("=cmd|' /C calc'!A0", "x"), "money-unreadable", "nilai"],
      [sp2d("", "10"), "key-missing", ""],
    ];
    const fine = [
      sp2d("ok-1", "1.05", { uraian: "emoji 🚧 dan \u202eterbalik" }),
      sp2d("ok-2", "2", { uraian: "=1+1" }),
      sp2d("ok-3", "3", { uraian: "ﷺ é ñ 漢" }),
    ];
    const rows = poison.flatMap(([cells], at) => [cells, ...(at < fine.length ? [fine[at]!] : [])]);
    const result = await project.stage([paid(...rows)]);
    expect(result.staged.counts).to.deep.include({ read: rows.length, migrated: fine.length, rejected: poison.length });
    const lines = project.fates().filter(([, , , fate]) => fate === "rejected");
    expect(lines.map(([, , , , code, column]) => [code, column])).to.have.deep.members(
      poison.map(([, code, column]) => [code, column]),
    );
    const texts = (await project.rows(result)).map(({ body }) => new TextDecoder().decode(body));
    expect(texts.join("\n")).to.contain("🚧").and.contain("=1+1").and.contain("漢");
    const csv = project.rejects("sp2d");
    expect(csv.startsWith("\ufeffsource;table;position;code;")).to.equal(true);
    expect(csv).to.contain("'=cmd|").and.not.contain(";=cmd");
    expect(csv.length).to.be.lessThan(100_000);
  });

  it("holds what belongs to a rejected row, and releases it when that arrives", async () => {
    const broken = kontrak(1, { nilai: "sembilan" });
    const datasets = (row: Cells) => [
      packages(paket(1)),
      signed(row),
      certified(bap(1, "B1", "10")),
      paid(sp2d("S1", "5", { kontrak: "P1-1" }), sp2d("S2", "6")),
    ];
    const first = await project.stage(datasets(broken));
    expect(first.staged.counts).to.deep.include({ read: 5, migrated: 2, rejected: 3, held: 2 });
    expect(first.staged.reasons).to.deep.equal({ "rejected money-unreadable": 1, "rejected parent-missing": 2 });
    expect(project.rejects("bap")).to.contain("parent-missing").and.contain("induknya ditolak");
    // the process itself goes on without its contract
    expect((await project.rows(first)).map(({ key }) => key.split("\t")[1])).to.include("2 tender");
    const second = await project.stage(datasets(kontrak(1)));
    expect(second.staged.counts).to.deep.include({ read: 5, migrated: 5, rejected: 0, held: 0 });
  });

  it("turns what the ledger refused in a rehearsal into rejects, and nothing else", async () => {
    const datasets = [packages(paket(1), paket(2)), signed(kontrak(1), kontrak(2))];
    const before = await project.stage(datasets);
    const refused = (await project.rows(before)).find(({ key }) => key.includes("P1\t4 opening"))!.key;
    const { staged } = await project.stage(datasets, { refused: new Map([[refused, "id-in-use"]]) });
    expect(staged.counts).to.deep.include({ read: 4, migrated: 3, rejected: 1 });
    expect(staged.reasons).to.deep.equal({ "rejected refused": 1 });
    expect(project.rejects("kontrak")).to.contain("id-in-use");
  });

  it("rejects a key that thousands of rows share: it is a placeholder, and memory stays bounded", async () => {
    const rows = [...Array.from({ length: 20_050 }, (_, at) => ({ ...paket(0), judul: `${at}` })), paket(1)];
    const { staged } = await project.stage([packages(...rows)]);
    expect(staged.counts).to.deep.include({ read: 20_051, migrated: 1, rejected: 20_050 });
    expect(staged.reasons).to.deep.equal({ "rejected key-missing": 20_050 });
  }).timeout(60_000);

  it("keeps a process in one lot, cuts lots at 4,096 rows, and gives each agency its own", async () => {
    const rows = Array.from({ length: 4200 }, (_, at) =>
      sp2d(`S${String(at).padStart(5, "0")}`, "1", { satker: at === 17 ? "12" : "11" }),
    );
    const packs = Array.from({ length: 1400 }, (_, at) => at + 1);
    const result = await project.stage([
      packages(...packs.map((at) => paket(at))),
      signed(...packs.map((at) => kontrak(at))),
      paid(...rows),
    ]);
    const told = result.staged.lots.map(({ entity, agencyId, rows }) => `${entity} ${agencyId} ${rows}`);
    // 3 rows a process: 1,365 whole processes fill the first lot
    expect(told).to.deep.equal([
      ...["supplier ID-DISHUB 1", "process ID-DISHUB 4095", "process ID-DISHUB 105"],
      ...["payment ID-DINKES 1", "payment ID-DISHUB 4096", "payment ID-DISHUB 103"],
    ]);
    expect(new Set(result.staged.lots.map(({ key }) => key)).size).to.equal(6);
    expect(result.staged.lots.map(({ value }) => value)).to.deep.equal([
      "0",
      String(1365 * 900_000_25),
      String(35 * 900_000_25),
      "100",
      "409600",
      "10300",
    ]);
    for (const { agency, head, agencyId } of result.staged.lots) {
      expect(agency).to.equal(idOf(agencyId));
      expect(head).to.equal(agencies.find(({ id }) => id === agencyId)!.head.holder);
    }
  }).timeout(60_000);

  it("notices a lot whose file was changed", async () => {
    const { staged } = await project.stage([paid(sp2d("S1", "1"))]);
    const { writeFileSync } = await import("node:fs");
    const place = `${project.stageFolder()}/${staged.lots[0]!.file}`;
    const bytes = readFileSync(place);
    bytes[bytes.length - 30]! ^= 1;
    writeFileSync(place, bytes);
    expect(await readLot(project.stageFolder(), staged.lots[0]!).catch(({ code }) => code)).to.equal("lot-altered");
  });

  it("withholds personal data from public bodies and masks it in reject files", async () => {
    const rows = [
      { ...paket(1), judul: "Konsultan NIK 3204010101800001 untuk survei" },
      { ...paket(2, "99"), judul: "NIK 3204010101800001" },
    ];
    const result = await project.stage([packages(...rows)]);
    expect(result.staged.withheld).to.equal(1);
    const [row] = await project.rows(result);
    expect(Buffer.from(row!.item).toString("latin1")).to.not.contain("3204010101800001");
    expect(project.rejects("paket")).to.contain("agency-unknown").and.not.contain("3204010101800001");
    await project.stage([packages(...rows)], { csv: { withPersonal: true, delimiter: "," } });
    expect(project.rejects("paket")).to.contain("3204010101800001").and.contain("source,table,position");
  });
});
