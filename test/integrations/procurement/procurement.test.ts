import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { idOf } from "../../../server/domain/entries/entry.ts";
import { Kind } from "../../../server/domain/entries/kinds.ts";
import type { Hex } from "../../../server/domain/entries/words.ts";
import { aPackage, batchOf, type PackageChoices, type Row, SATKER, SETS, type SetName } from "./feeds.ts";
import { AGENCY, FoldedBook, inShort, NOW, openWorld, POST, STEM, supplier, termsOf, type World } from "./world.ts";

const OFFICER = idOf("H-UJI-PPK");
const bap = (number: string | null, on: string, amount: string) => ({ number, bast: `BAST ${number}`, on, amount });

describe("rows of procurement feeds become proposals", function () {
  this.timeout(30_000);
  let world: World;
  beforeEach(async () => {
    world = await openWorld();
  });
  afterEach(() => world.close());

  const book = () => world.book as FoldedBook;
  async function feedAll(choices: PackageChoices, sets: readonly SetName[] = SETS): Promise<void> {
    const rows = aPackage(choices);
    for (const set of sets) if (rows[set].length > 0) await world.feed(set, rows[set]);
  }
  const whole: PackageChoices = {
    addenda: [{ version: "1", value: "160000000", on: "2026-04-20" }],
    baps: [bap("B/1", "2026-05-01", "50000000"), bap("B/2", "2026-06-01", "110000000")],
  };
  const ocid = `${STEM}-70000001`;

  it("proposes a package's life in its natural order, each entry after what it needs, with its sources", async () => {
    await feedAll(whole);
    const all = await world.open();
    expect(inShort(all)).to.deep.equal([
      ...[
        "new planning 1",
        "new tender 1",
        "new award 1",
        "new contract 7",
        "new implementation 1",
        "amendment amendment 2",
      ],
      ...["new implementation 6", "new certificate", "new implementation 6", "new certificate"],
    ]);
    for (const [index, { after = [] }] of all.entries()) {
      if (index > 0) expect(all.slice(0, index).map(({ id }) => id)).to.include.members([...after]);
      expect(after).to.have.length(index === 0 ? 0 : 1);
    }
    const [, , award, contract, start, amendment, , first, , second] = all;
    expect(termsOf(award)).to.include({ value: 150_000_000_00n, party: idOf("ID-UJI-S-1") });
    expect(termsOf(contract)).to.include({
      value: 150_000_000_00n,
      officer: POST,
      on: Date.parse("2026-03-22") / 1000,
    });
    expect(termsOf(start)).to.include({ on: Date.parse("2026-03-23") / 1000 });
    expect(termsOf(amendment)).to.include({ value: 160_000_000_00n, scopeValue: 160_000_000_00n });
    expect([termsOf(first).amount, termsOf(second).amount]).to.deep.equal([50_000_000_00n, 110_000_000_00n]);
    expect(contract!.sources.map(({ connector }) => connector)).to.include.members(["contract", "spmk"]);
    expect(contract!.reason).to.have.keys("en", "id");
    expect(all.every(({ ocid: of, agency }) => of === ocid && agency === AGENCY.hex)).to.equal(true);
  });

  it("plans what feeds that follow each other tell once: when it is quiet, or somebody asks", async () => {
    await feedAll(whole);
    const usual = inShort(await world.open());
    const quiet = 200;
    const later = await openWorld(undefined, undefined, undefined, undefined, quiet);
    try {
      const rows = aPackage(whole);
      const [last, ...others] = SETS.toReversed();
      for (const set of others.toReversed()) await later.feed(set, rows[set]);
      expect(await later.open()).to.deep.equal([]);
      // another feed is being read: what has ended waits for it too
      await later.sink.take(batchOf(last!, rows[last!]));
      await sleep(2 * quiet);
      expect(await later.open()).to.deep.equal([]);
      await later.sink.finish(last!);
      expect(await later.open()).to.deep.equal([]);
      await later.sink.planned();
      expect(inShort(await later.open())).to.deep.equal(usual);
      expect(await later.open({ states: ["dropped"] }), "planned once").to.deep.equal([]);
      const [announced] = SETS;
      await later.feed(announced, aPackage({ key: "70000002" })[announced]);
      while ((await later.open()).length <= usual.length) await sleep(20);
    } finally {
      await later.close();
    }
  });

  it("proposes nothing more once all of it is recorded, nor when every feed is read again", async () => {
    await feedAll(whole);
    await world.recordAll();
    expect(await world.open()).to.deep.equal([]);
    const rows = aPackage(whole);
    for (const set of SETS) {
      const { drafted, unchanged } = await world.feed(set, rows[set]);
      expect([drafted, unchanged], set).to.deep.equal([0, rows[set].length]);
    }
    expect(await world.open()).to.deep.equal([]);
    const { view } = (await book().process(ocid))!;
    expect(view.contracts["70000001-1"]).to.include({
      value: "16000000000",
      certified: "16000000000",
      accepted: "16000000000",
      status: "active",
    });
  });

  it("comes to the same proposals in whatever order the feeds are read, and from all of them at once", async () => {
    await feedAll(whole);
    const ids = async (of: World) => (await of.open()).map(({ id }) => id).sort();
    const expected = await ids(world);
    for (const order of [SETS.toReversed(), ["bap", "contract", "announcement", "spmk", "sppbj", "result"] as const]) {
      const other = await openWorld();
      const rows = aPackage(whole);
      for (const set of order) await other.feed(set, rows[set]);
      expect(await ids(other), order.join()).to.deep.equal(expected);
      await other.close();
    }
    const together = await openWorld();
    const rows = aPackage(whole);
    await Promise.all(SETS.map((set) => together.feed(set, rows[set])));
    expect(await ids(together)).to.deep.equal(expected);
    await together.close();
  });

  it("counts a certificate that is sent again and again once, whatever load stamp it carries", async () => {
    const rows = aPackage({ ...whole, baps: [bap("B/1", "2026-05-01", "50000000.25")] });
    const again = Array.from({ length: 24 }, (_, n) => ({ ...rows.bap[0]!, _inserted_date: `2026-09-${n + 1}` }));
    for (const set of SETS.slice(0, 5)) await world.feed(set, rows[set]);
    expect(await world.feed("bap", again)).to.deep.include({ drafted: 1, unchanged: 0, merged: 23 });
    const certificates = (await world.open()).filter(({ drafts }) => drafts[0]!.kind === "certificate");
    expect(certificates.map((each) => termsOf(each).amount)).to.deep.equal([50_000_000_25n]);
  });

  it("links by the package's key: two packages of one contract number are two processes", async () => {
    await feedAll({ key: "70000001" });
    await feedAll({ key: "70000002", title: "Lain" });
    expect(new Set((await world.open()).map(({ ocid: of }) => of))).to.deep.equal(new Set([ocid, `${STEM}-70000002`]));
  });

  describe("a package of several contracts", () => {
    const of = (number: string, value: string, more: PackageChoices = {}): PackageChoices => ({
      number,
      price: value,
      baps: [bap(`B/${number}`, "2026-05-01", value)],
      ...more,
    });
    const both = [of("K/1", "150000000"), of("K/2", "90000000", { supplier: "PT Uji Sentosa", start: "2026-03-01" })];
    const feedBoth = async (into: World, choices: readonly PackageChoices[], sets: readonly SetName[] = SETS) => {
      const rows = choices.map((each) => aPackage(each));
      for (const set of sets)
        await into.feed(
          set,
          rows.flatMap((each) => each[set]),
        );
    };
    const contracts = async () => Object.values((await book().process(ocid))!.view.contracts);

    for (const [what, choices] of [
      ["of two winners", both],
      ["of one winner", both.map(({ supplier: _, ...rest }) => rest)],
    ] as const)
      it(`${what} has each with its letter, its order to begin and its certificates`, async () => {
        await feedBoth(world, choices);
        const ids = (await world.open()).map(({ id }) => id).sort();
        const other = await openWorld();
        await feedBoth(other, choices.toReversed(), SETS.toReversed());
        expect((await other.open()).map(({ id }) => id).sort()).to.deep.equal(ids);
        await other.close();
        await world.recordAll();
        expect(await world.open()).to.deep.equal([]);
        const told = (await contracts()).map(({ id, value, certified, party }) => [id, value, certified, party]);
        expect(told.sort()).to.deep.equal([
          ["70000001-1", "9000000000", "9000000000", idOf(what === "of two winners" ? "ID-UJI-S-2" : "ID-UJI-S-1")],
          ["70000001-2", "15000000000", "15000000000", idOf("ID-UJI-S-1")],
        ]);
        await feedBoth(world, choices);
        expect(await world.open()).to.deep.equal([]);
        // the next run brings one of them alone, with an addendum
        const addenda = [{ version: "1", value: "160000000", on: "2026-06-20", number: "ADD/1" }];
        await feedBoth(world, [{ ...choices[0]!, addenda }], ["contract"]);
        expect(inShort(await world.open())).to.deep.equal(["amendment amendment 2"]);
        await world.recordAll();
        expect((await contracts()).map(({ value }) => value).sort()).to.deep.equal(["16000000000", "9000000000"]);
        expect(await world.open()).to.deep.equal([]);
      });

    it("keeps the one that is recorded what it is, when another comes that was signed before", async () => {
      await feedBoth(world, [both[0]!]);
      await world.recordAll();
      await feedBoth(world, [both[1]!]);
      await world.recordAll();
      expect(await world.open()).to.deep.equal([]);
      expect((await contracts()).map(({ id, value }) => [id, value]).sort()).to.deep.equal([
        ["70000001-1", "15000000000"],
        ["70000001-2", "9000000000"],
      ]);
    });

    it("is of one, where the number of its letter was put right", async () => {
      await feedBoth(world, [both[0]!]);
      await world.recordAll();
      const put = (row: Row): Row => ({ ...row, no_sppbj: "SPPBJ/1 (betul)" });
      const rows = aPackage(both[0]!);
      for (const set of ["contract", "bap"] as const) await world.feed(set, rows[set].map(put));
      await world.recordAll();
      expect((await contracts()).map(({ id, certified }) => [id, certified])).to.deep.equal([
        ["70000001-1", "15000000000"],
      ]);
    });

    it("tells apart receipts of one number and day by who was paid", async () => {
      const receipt = (nama_penyedia: string, nilai_realisasi: string): Row => ({
        ...{ kd_nontender_pct: "80000001", kd_satker_str: SATKER, nama_satker: "Dinas Uji", nama_paket: "Makan rapat" },
        ...{ kd_rup_paket: "51000009", pagu: "30000000", jenis_realisasi: "Kuitansi", no_realisasi: "Kwitansi Rapat" },
        ...{ tgl_realisasi: "2026-08-13T00:00:00.000000Z", nilai_realisasi, nama_penyedia, npwp_penyedia: null },
      });
      const rows = [receipt("CV Sumber Uji", "5525000"), receipt("PT Uji Sentosa", "14235000")];
      await world.feed("realization", rows);
      await world.recordAll();
      const { view } = (await book().process(`${STEM}-80000001`))!;
      expect(
        Object.values(view.contracts)
          .map(({ value }) => value)
          .sort(),
      ).to.deep.equal(["1423500000", "552500000"]);
      await world.feed("realization", rows.toReversed());
      expect(await world.open()).to.deep.equal([]);
    });
  });

  it("keeps plans (RUP) as attributes: several on one package, one for several", async () => {
    const plan = (id: string, nama: string): Row => ({
      id_satker: "1.03.0.00.0.00.01.0000",
      id,
      nama,
      total_pagu: "90000000",
      motode_str: "Pengadaan Langsung",
      last_update_time: "1767225600000",
      kegiatan: "Kegiatan",
    });
    await world.feed("sirup", [plan("51000001", "Satu"), plan("51000002", "Dua")]);
    expect(await world.open()).to.deep.equal([]);
    await feedAll({ key: "70000001", rup: "51000001;51000002" }, ["announcement"]);
    await feedAll({ key: "70000002", rup: "51000001" }, ["announcement"]);
    const plannings = (await world.open()).filter(({ drafts }) => drafts[0]!.kind === "planning");
    const budgets = plannings.map(
      ({ drafts }) => (drafts[0]!.body!.planning as { budget: { projectID: string } }).budget.projectID,
    );
    expect(budgets).to.deep.equal(["51000001; 51000002", "51000001"]);
    expect(plannings.map((each) => termsOf(each).value)).to.deep.equal([160_000_000_00n, 160_000_000_00n]);
    // a row for each plan and account says all of them, whatever their order
    const [row] = aPackage({ key: "70000003" }).announcement;
    const rows = [
      { ...row!, kd_rup: "51000001", mak: "5.1.02" },
      { ...row!, kd_rup: "51000002", mak: "5.1.03" },
    ];
    await world.feed("announcement", rows);
    const several = (await world.open()).find(({ ocid: of }) => of.endsWith("70000003"))!;
    const { budget } = several.drafts[0]!.body!.planning as { budget: { projectID: string; id: string } };
    expect(budget.projectID.split("; ").sort()).to.deep.equal(["51000001", "51000002"]);
    expect(budget.id.split("; ").sort()).to.deep.equal(["5.1.02", "5.1.03"]);
    await world.feed("announcement", rows.toReversed());
    expect((await world.open()).find(({ ocid: of }) => of.endsWith("70000003"))!.id).to.equal(several.id);
    // what a plan says anew reaches every package that names it
    await world.recordAll();
    await world.feed("sirup", [{ ...plan("51000001", "Satu, diubah"), last_update_time: "1770000000000" }]);
    const changed = await world.open();
    expect(inShort(changed)).to.include("amendment planning 2");
    expect(changed.some(({ ocid: of }) => of.endsWith("70000002"))).to.equal(true);
  });

  it("waits for suppliers that nobody has registered, says which, and goes on when they are", async () => {
    await feedAll({ ...whole, supplier: "CV Belum Ada" });
    expect(inShort(await world.open())).to.deep.equal(["new planning 1", "new tender 1"]);
    const { waiting } = await world.sink.waiting({});
    expect(waiting[0]!.waits[0]).to.deep.include({ code: "supplier-unregistered" });
    expect(waiting[0]!.waits[0]!.words.en).to.contain("CV Belum Ada");
    book().register(supplier("ID-UJI-S-9", "Belum Ada, CV"));
    await world.sink.onLedger([]);
    expect(inShort(await world.open())).to.have.length(10);
    expect((await world.sink.waiting({})).total).to.equal(0);
  });

  it("takes nobody for another: two firms of one name wait until a person says which", async () => {
    book().register(supplier("ID-UJI-S-7", "CV Kembar"), supplier("ID-UJI-S-8", "C.V. KEMBAR"));
    await feedAll({ supplier: "CV Kembar" });
    expect(inShort(await world.open())).to.not.include("new award 1");
    const { waiting } = await world.sink.waiting({});
    await world.sink.nameSupplier({ key: waiting[0]!.waits[0]!.supplier!.key, id: "ID-UJI-S-8", by: OFFICER });
    const award = (await world.open()).find(({ drafts }) => drafts[0]!.kind === "award");
    expect(termsOf(award).party).to.equal(idOf("ID-UJI-S-8"));
    // CV and PT of one name are two firms
    await feedAll({ key: "70000003", supplier: "PT Sumber Uji" });
    expect((await world.sink.waiting({})).total).to.equal(1);
  });

  describe("differences against what is recorded", () => {
    beforeEach(async () => {
      await feedAll(whole);
      await world.recordAll();
    });

    it("a newer version is an amendment", async () => {
      await feedAll(
        { ...whole, addenda: [...whole.addenda!, { version: "2", value: "164000000", on: "2026-07-01" }] },
        ["contract"],
      );
      const [only, ...more] = await world.open();
      expect(more).to.deep.equal([]);
      expect(only).to.include({ kind: "amendment" });
      expect(termsOf(only)).to.include({ value: 164_000_000_00n });
      expect(only!.reason.en).to.contain("160.000.000").and.to.contain("164.000.000");
      await world.recordAll();
      expect(await world.open()).to.deep.equal([]);
    });

    it("the same version with another value is a correction that names both", async () => {
      await feedAll({ ...whole, addenda: [{ version: "1", value: "161000000", on: "2026-04-20" }] }, ["contract"]);
      const [only, ...more] = await world.open();
      expect(more).to.deep.equal([]);
      expect(only).to.include({ kind: "correction" });
      const { view } = (await book().process(ocid))!;
      const named = Object.values(view.entries).find(({ sequence }) => sequence === only!.drafts[0]!.names);
      expect(named!.kind).to.equal(Kind.amendment);
      expect(only!.reason.id).to.contain("tercatat Rp 160.000.000").and.to.contain("menurut sumber Rp 161.000.000");
      await world.recordAll();
      expect(await world.open()).to.deep.equal([]);
      expect((await book().process(ocid))!.view.contracts["70000001-1"]!.value).to.equal("16100000000");
    });

    it("a certificate with another amount is corrected, not certified twice", async () => {
      await feedAll({ ...whole, baps: [bap("B/1", "2026-05-01", "49000000"), bap("B/2", "2026-06-01", "110000000")] }, [
        "bap",
      ]);
      const [only, ...more] = await world.open();
      expect([only!.kind, more.length]).to.deep.equal(["correction", 0]);
      expect(termsOf(only).amount).to.equal(49_000_000_00n);
      await world.recordAll();
      expect((await book().process(ocid))!.view.contracts["70000001-1"]!.certified).to.equal("15900000000");
      expect(await world.open()).to.deep.equal([]);
    });

    it("another winner is corrected in the award, then in its contract, with both names, and back again", async () => {
      for (const [name, other, id] of [
        ["PT Uji Sentosa", "CV Sumber Uji", "ID-UJI-S-2"],
        ["CV Sumber Uji", "PT Uji Sentosa", "ID-UJI-S-1"],
      ] as const) {
        await feedAll({ ...whole, supplier: name }, ["result", "sppbj", "contract"]);
        const [award, contract, ...more] = await world.open();
        expect(more).to.deep.equal([]);
        expect(contract!.after).to.deep.equal([award!.id]);
        for (const each of [award!, contract!]) {
          expect(each).to.include({ kind: "correction" });
          expect(each.reason.en).to.contain(name).and.to.contain(`${other} is recorded`);
          expect(termsOf(each).party).to.equal(idOf(id));
        }
        expect([award!.drafts[0]!.contractId, contract!.drafts[0]!.contractId]).to.deep.equal(["", "70000001-1"]);
        await world.recordAll();
        expect(await world.open()).to.deep.equal([]);
        const { view } = (await book().process(ocid))!;
        expect([view.awards["70000001-1"]!.party, view.contracts["70000001-1"]!.party]).to.deep.equal([
          idOf(id),
          idOf(id),
        ]);
      }
    });

    it("a contract that comes after its award was another's is recorded with the supplier that it names", async () => {
      await feedAll({ key: "70000002" }, ["result"]);
      await world.recordAll();
      await feedAll({ key: "70000002", supplier: "PT Uji Sentosa" }, ["contract"]);
      expect(inShort(await world.open())).to.include.members(["correction correction 1", "new contract 7"]);
      await world.recordAll();
      expect(await world.open()).to.deep.equal([]);
      const { view } = (await book().process(`${STEM}-70000002`))!;
      expect(view.contracts["70000002-1"]!.party).to.equal(idOf("ID-UJI-S-2"));
    });

    it("an older feed that has not heard of the newest addendum proposes nothing", async () => {
      const old = await openWorld(world.book as FoldedBook);
      const rows = aPackage({ ...whole, addenda: [] });
      for (const set of SETS) await old.feed(set, rows[set]);
      expect(inShort(await old.open())).to.deep.equal([]);
      await old.close();
    });

    it("a status that no act leads to waits for people, with both states; a tender that is called off is cancelled", async () => {
      await feedAll({ ...whole, status: "Kontrak Dibatalkan" }, ["contract", "bap"]);
      expect(await world.open()).to.deep.equal([]);
      const [wait] = (await world.sink.waiting({})).waiting[0]!.waits;
      expect(wait!.code).to.equal("status-differs");
      expect(wait!.words.en).to.contain("recorded as active, the sources say cancelled");
      const [row] = aPackage({ key: "70000009" }).announcement;
      await world.feed("announcement", [row!]);
      await world.recordAll();
      await world.feed("announcement", [{ ...row!, status_nontender: "Batal" }]);
      expect(inShort(await world.open())).to.deep.equal(["amendment tender 4"]);
      await world.recordAll();
      expect((await book().process(`${STEM}-70000009`))!.view.tender!.cancelled).to.equal(true);
      expect(await world.open()).to.deep.equal([]);
    });

    it("words say what is recorded, also where the newest entry did not speak of it", async () => {
      const [row] = aPackage({ key: "70000008" }).announcement;
      await world.feed("announcement", [row!]);
      await world.recordAll();
      await world.feed("announcement", [{ ...row!, nama_paket: "Nama baru" }]);
      await world.recordAll();
      await world.feed("announcement", [{ ...row!, nama_paket: "Nama baru", hps: "154000000" }]);
      const [tender] = await world.open();
      expect(tender!.reason.id).to.contain("tercatat Rp 155.000.000, menurut sumber Rp 154.000.000");
    });

    it("another status of the tender is an update, and a completed contract is completed", async () => {
      await feedAll({ ...whole, status: "Kontrak Selesai" }, ["contract", "bap"]);
      expect(inShort(await world.open())).to.deep.equal(["new status 2"]);
      expect((await world.open())[0]!.reason.id).to.match(/Tercatat .+, menurut sumber .+\.$/);
      await world.recordAll();
      expect((await book().process(ocid))!.view.contracts["70000001-1"]!.status).to.equal("completed");
      expect(await world.open()).to.deep.equal([]);
    });
  });

  it("raises an award to what was contracted on it, where the contract is rounded up", async () => {
    await feedAll({ price: "149999999.60", value: "150000000" });
    const award = (await world.open()).find(({ drafts }) => drafts[0]!.kind === "award");
    expect(termsOf(award).value).to.equal(150_000_000_00n);
    await world.recordAll();
    expect(await world.open()).to.deep.equal([]);
  });

  it("opens a contract in mid-life where nobody has its first version, with what had come by then", async () => {
    const rows = aPackage(whole);
    await world.feed("sppbj", rows.sppbj);
    await world.feed("contract", rows.contract.slice(1));
    const opening = (await world.open()).find(({ drafts }) => drafts[0]!.kind === "opening");
    expect(opening!.drafts[0]!.balances).to.include({ firstValue: "16000000000", certified: "0" });
    await world.recordAll();
    await world.feed("bap", rows.bap);
    expect(inShort(await world.open())).to.deep.equal([
      "new implementation 6",
      "new certificate",
      "new implementation 6",
      "new certificate",
    ]);
    await world.recordAll();
    expect(await world.open()).to.deep.equal([]);
  });

  it("opens what was paid before it was recorded with the amount that was paid", async () => {
    const bought: Row = {
      kd_satker_str: "1.03.0.00.0.00.01.0000",
      nama_satker: "Dinas Uji",
      kd_nontender_pct: "80000001",
      kd_rup_paket: "51000001",
      nama_paket: "ATK",
      pagu: "5000000",
      jenis_realisasi: "Kwitansi",
      no_realisasi: "K-1",
      tgl_realisasi: "2026-02-03T00:00:00Z",
      nilai_realisasi: "4500000",
      nama_penyedia: "CV Sumber Uji",
      npwp_penyedia: null,
    };
    await world.feed("pct", [bought, { ...bought, no_realisasi: "K-2", nilai_realisasi: "400000" }]);
    const openings = (await world.open()).filter(({ drafts }) => drafts[0]!.kind === "opening");
    expect(openings.map(({ drafts }) => drafts[0]!.balances!.paid)).to.have.members(["450000000", "40000000"]);
    await world.recordAll();
    expect(await world.open()).to.deep.equal([]);
  });

  it("sets rows aside by name and lets the others go on", async () => {
    const good = aPackage({ key: "70000001" }).contract[0]!;
    const result = await world.feed("contract", [
      good,
      { ...good, kd_nontender: null },
      { ...good, kd_nontender: "70000004", kd_satker_str: "9.99", kd_satker: null },
      { ...good, kd_nontender: "70000005", nilai_kontrak: "Rp satu juta" },
      { ...good, kd_nontender: "70000006", tgl_kontrak: "31 Pebruari" },
      { ...good, kd_nontender: "3204110101900001" },
    ]);
    expect(result.drafted).to.equal(1);
    expect(result.setAside.map(({ row, code }) => [row, code])).to.deep.equal([
      ...[
        [2, "key-missing"],
        [3, "agency-unknown"],
        [4, "money-unreadable"],
        [5, "date-unreadable"],
      ],
      [6, "personal"],
    ]);
    for (const { words } of result.setAside) expect(words).to.have.keys("en", "id");
    const strange = await world.feed("strange", [{ a: "1" }]);
    expect(strange.setAside[0]).to.include({ code: "connector-map" });
  });

  it("keeps no personal data of a row: it stands in no proposal, nor in the store", async () => {
    const row = aPackage({ key: "70000001" }).contract[0]!;
    await world.feed("sppbj", aPackage({}).sppbj);
    const nik = "3204110101900001";
    await world.feed("contract", [
      {
        ...row,
        lingkup_pekerjaan: `Pelaksana NIK ${nik}`,
        no_rek_bank: "0012-01-000777-30-1",
        nip_ppk: "197803252006042011",
      },
    ]);
    let everything = "";
    for await (const { key, value } of world.storage.range("")) everything += key + JSON.stringify(value);
    for (const secret of [nik, "0012-01-000777-30-1", "197803252006042011"]) expect(everything).to.not.contain(secret);
    expect(everything).to.contain("602/7/SPK/2026");
  });

  it("lets what lies in the future wait for its day", async () => {
    const rows = aPackage({ start: "2026-11-20" });
    for (const set of ["announcement", "result", "sppbj", "contract"] as const) await world.feed(set, rows[set]);
    expect(inShort(await world.open())).to.not.include("new contract 7");
    expect((await world.sink.waiting({})).total).to.equal(1);
  });

  it("tells apart certificates that use one number again", async () => {
    await feedAll({
      ...whole,
      baps: [bap("01/BAP", "2026-05-01", "50000000"), { ...bap("01/BAP", "2026-06-01", "60000000"), bast: "BAST 2" }],
    });
    const keys = (await world.open())
      .filter(({ drafts }) => drafts[0]!.kind === "certificate")
      .map((each) => termsOf(each).documentKey);
    expect(new Set(keys).size).to.equal(2);
    await world.recordAll();
    expect(await world.open()).to.deep.equal([]);
  });

  it("goes on with a process that a wave brought under its own stem, and doubles nothing", async () => {
    await feedAll({ ...whole, baps: [] });
    const waved = new FoldedBook([...book().known]);
    for (const { drafts } of await world.open()) {
      const text = JSON.parse(JSON.stringify(drafts[0]).replaceAll(ocid, "ocds-uji-dinas-lama-70000001"));
      waved.record(text);
    }
    const later = await openWorld(waved);
    const rows = aPackage(whole);
    for (const set of SETS) await later.feed(set, rows[set]);
    const all = await later.open();
    expect(new Set(all.map(({ ocid: of }) => of))).to.deep.equal(new Set(["ocds-uji-dinas-lama-70000001"]));
    expect(inShort(all)).to.deep.equal([
      "new implementation 6",
      "new certificate",
      "new implementation 6",
      "new certificate",
    ]);
    await later.close();
  });

  it("recognises what was recorded by hand before its source came, by number, supplier and value", async () => {
    const by = (kind: string, more: object) => ({
      ...{
        kind,
        ocid: "ocds-uji-dinas-manual-1",
        contractId: "602/7/SPK/2026",
        awardId: "",
        agency: AGENCY.hex,
        source: {},
      },
      ...more,
    });
    const on = Date.parse("2026-03-22") / 1000;
    book().record(
      by("contract", {
        terms: { code: 2, currency: "IDR", value: "15000000000", officer: POST, party: idOf("ID-UJI-S-1"), on },
      }) as never,
    );
    await world.sink.onLedger(["ocds-uji-dinas-manual-1"]);
    await feedAll({ ...whole, addenda: [], value: "150000000" });
    const all = await world.open();
    expect(new Set(all.map(({ ocid: of }) => of))).to.deep.equal(new Set(["ocds-uji-dinas-manual-1"]));
    expect(all.every(({ drafts }) => drafts[0]!.kind !== "contract" && drafts[0]!.kind !== "award")).to.equal(true);
    expect(all[0]!.reason.en).to.contain("matched to source");
    expect((await world.sink.matched({})).matched[0]).to.include({ ocid: "ocds-uji-dinas-manual-1" });
    await world.recordAll();
    expect(await world.open()).to.deep.equal([]);
    const { view } = (await book().process("ocds-uji-dinas-manual-1"))!;
    expect(Object.keys(view.contracts)).to.deep.equal(["602/7/SPK/2026"]);
  });

  it("replaces open proposals by newer ones, and leaves those that somebody has taken", async () => {
    await feedAll({}, ["announcement"]);
    const [planning, tender] = await world.open();
    await world.proposals.take([planning!.id], OFFICER);
    await world.feed("announcement", [{ ...aPackage({}).announcement[0]!, pagu: "170000000", hps: "156000000" }]);
    const states = async (id: string) => (await world.proposals.get(id))!.state;
    expect([await states(planning!.id), await states(tender!.id)]).to.deep.equal(["taken", "dropped"]);
    expect(inShort(await world.open())).to.deep.equal(["new planning 1", "new tender 1"]);
    expect((await world.proposals.get(tender!.id))!.dropped!.why.en).to.contain("something else");
  });

  it("does not propose again what somebody declined, until it says something else", async () => {
    await feedAll({}, ["announcement"]);
    const [planning] = await world.open();
    await world.proposals.drop(planning!.id, OFFICER, { en: "not ours", id: "bukan milik kami" });
    await feedAll({}, ["announcement"]);
    expect(inShort(await world.open())).to.deep.equal(["new tender 1"]);
    await world.feed("announcement", [{ ...aPackage({}).announcement[0]!, pagu: "170000000" }]);
    expect(inShort(await world.open())).to.include("new planning 1");
  });

  it("takes only what is open, and with it what it waits for", async () => {
    await feedAll({}, ["announcement"]);
    const [planning, tender] = await world.open();
    const code = (work: Promise<unknown>) =>
      work.then(
        () => "done",
        (error: { code: string }) => error.code,
      );
    expect(await code(world.proposals.take([tender!.id], OFFICER))).to.equal("proposal-waits");
    expect((await world.proposals.take([tender!.id, planning!.id], OFFICER)).map(({ id }) => id)).to.deep.equal([
      planning!.id,
      tender!.id,
    ]);
    expect(await code(world.proposals.take([planning!.id], idOf("H-LAIN") as Hex))).to.equal("proposal-not-open");
    expect(await code(world.proposals.take([planning!.id], OFFICER))).to.equal("done");
    await world.proposals.release([planning!.id, tender!.id], OFFICER);
    expect(await world.open()).to.have.length(2);
    expect(await code(world.proposals.take(["f".repeat(32)], OFFICER))).to.equal("not-found");
  });

  it("lists page by page, in the order of signing, each once", async () => {
    for (let key = 0; key < 40; key++)
      await world.sink.take(batchOf("announcement", aPackage({ key: `7000${100 + key}` }).announcement));
    await world.sink.finish("announcement");
    const whole = await world.open();
    const pages: string[] = [];
    for (let after: string | undefined; ; ) {
      const { proposals, total } = await world.proposals.list({ limit: 7, after });
      expect(total).to.equal(80);
      pages.push(...proposals.map(({ id }) => id));
      if (proposals.length < 7) break;
      after = proposals.at(-1)!.id;
    }
    expect(pages).to.deep.equal(whole.map(({ id }) => id));
    expect((await world.proposals.list({ limit: 7, entries: ["tender"] })).total).to.equal(40);
  });

  it("tells in a dry run what would become of rows, and keeps nothing", async () => {
    const rows = aPackage({});
    expect(await world.sink.preview(batchOf("contract", rows.contract))).to.deep.include({ drafted: 1 });
    for await (const { key } of world.storage.range("")) expect.fail(key);
    expect(NOW).to.be.greaterThan(0);
  });
});
