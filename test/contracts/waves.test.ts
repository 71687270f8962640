import { expect } from "chai";
import { keccak256 } from "ethers";
import { ActCode, officeKey } from "../../server/domain/entries/act.ts";
import { idOf } from "../../server/domain/entries/entry.ts";
import { Exception, Kind, Role, Tier, WaveState } from "../../server/domain/entries/kinds.ts";
import { fromHex, type Hex, NO_ID, utf8 } from "../../server/domain/entries/words.ts";
import { packEntry, packRow } from "../../server/ledger/codec.ts";
import { chainLots, encodeWaveAct, packCounts, readWaveLog } from "../../server/ledger/waves.ts";
import { Code } from "./codes.ts";
import { balancesOf, PLAN, treeOf, WAVE_STEM, Waves } from "./waves-world.ts";
import { agency, type Outcome, parent, revertOf, STEM, supplier, World } from "./world.ts";

const codesOf = (outcomes: Outcome[]) =>
  outcomes.filter(({ recorded, refused }) => recorded ?? refused).map(({ refused }) => refused?.code ?? Code.Accepted);

describe("Waves", () => {
  let world: World;
  let waves: Waves;
  const W = (name = "W1", attempt = 1) => waves.id(name, attempt);

  before(async () => {
    world = await World.build();
    waves = new Waves(world);
    await waves.settle();
  });

  /** What a test does is undone after it. */
  const apart = (name: string, test: () => Promise<void>) =>
    it(name, () => {
      waves = new Waves(world);
      return world.undone(test);
    });
  const paying = (ocid: string, contractId: string, number: string) => ({
    by: world.people.treasurer!,
    kind: Kind.payment,
    ocid,
    contractId,
    up: 0,
    terms: {
      currency: "IDR",
      amount: 5_00n,
      documentTotal: 5_00n,
      issuer: parent,
      documentKey: idOf(number),
      on: 1_700_000_000,
    },
  });
  const noting = (ocid: string, contractId: string) => ({
    by: world.people.officer!,
    kind: Kind.note,
    ocid,
    contractId,
  });
  const remark = (ocid: string) => ({
    ...noting(ocid, ""),
    by: world.people.pokja!,
    capacity: Role.procurement,
  });

  describe("a wave from its opening to its end", () => {
    apart("brings rows that count once it is active, with who signed for them", async () => {
      const rows = [waves.row(W(), "1"), waves.row(W(), "2")];
      await waves.open(W());
      const lot = await waves.lot(W(), "lot 1", rows);
      const receipt = await waves.accept(lot);
      const told = readWaveLog({ topics: receipt.logs[0]!.topics, data: fromHex(receipt.logs[0]!.data as Hex) });
      expect(told).to.deep.include({ type: "lot", wave: 1, lot });
      const outcomes = await waves.load(W(), lot, rows);
      expect(codesOf(outcomes)).to.deep.equal([Code.Accepted, Code.Accepted]);
      const [first] = outcomes.map(({ recorded }) => recorded!);
      expect(first!.assigned).to.include({ wave: 1, processSequence: 1, exceptions: Exception.imported });
      const office = await world.lastAct(officeKey(world.people.head!.holder, parent, Role.head, NO_ID));
      expect(first!.signers).to.deep.equal([
        { holder: world.people.head!.holder, capacity: Role.head, custody: 2, office, exceptions: 0, seen: NO_ID },
      ]);
      expect(told?.signers.map(({ holder, office: its }) => [holder, its])).to.deep.equal([
        [world.people.head!.holder, office],
      ]);

      // not in force: nobody signs on it yet
      expect((await world.submit(remark(`${WAVE_STEM}-1`))).refused).to.include({ code: Code.WaveNotInForce });
      await waves.close(W());
      await waves.activate(W());
      expect(await waves.wave(W())).to.include({ state: BigInt(WaveState.active), natives: 0n });
      expect((await world.submit(remark(`${WAVE_STEM}-1`))).recorded?.assigned).to.include({
        wave: 1,
        processSequence: 2,
      });
      expect(await waves.wave(W())).to.include({ natives: 1n, touched: 1n, payments: 0n });
    });

    apart("carries the balances into the contract: what was paid before is known", async () => {
      await waves.bring(W(), [waves.row(W(), "1", { balances: balancesOf({ paid: 90_00n }) })]);
      const key = keccak256(`${idOf(`${WAVE_STEM}-1`)}${"0".repeat(63)}1`);
      const found = await world.contract("Ledger").getFunction("contractOf")(key, idOf("K-1"));
      expect(found.toObject()).to.include({ paid: 90_00n, value: 110_00n, firstValue: 100_00n, status: 2n });
    });

    apart("is final after its grace, and then never rolled back", async () => {
      await waves.bring(W(), [waves.row(W(), "1")], { grace: 1000 });
      const finalise = () => waves.act({ code: ActCode.finaliseWave, post: W() });
      expect((await revertOf(finalise()))?.name).to.equal("WavesGraceRuns");
      await world.pass(1000);
      await finalise();
      expect((await revertOf(waves.rollBack(W())))?.name).to.equal("WavesState");
      expect((await world.submit(remark(`${WAVE_STEM}-1`))).recorded).to.not.equal(undefined);
    });

    apart("brings sections before the contract too, whatever their dates and amounts", async () => {
      const at = { ocid: `${WAVE_STEM}-9`, contractId: "" };
      const money = { currency: "IDR", value: 900_000_000_00n };
      const rows = [
        waves.row(W(), "p", { ...at, kind: Kind.planning, terms: { code: 1, ...money } }),
        waves.row(W(), "t", { ...at, kind: Kind.tender, terms: { code: 1, ...money, on: 1_400_000_000 } }),
        waves.row(W(), "a", {
          ...at,
          kind: Kind.award,
          awardId: "A",
          terms: { code: 1, ...money, party: supplier, on: 1_400_000_000 },
        }),
        waves.row(W(), "k", { ocid: at.ocid, awardId: "A" }),
      ];
      await waves.open(W());
      const lot = await waves.lot(W(), "lot 1", rows);
      await waves.accept(lot);
      const outcomes = await waves.load(W(), lot, rows);
      expect(codesOf(outcomes)).to.deep.equal([1, 1, 1, 1]);
      for (const { recorded } of outcomes) expect(recorded!.assigned.exceptions).to.equal(Exception.imported);
    });
  });

  describe("rolling back", () => {
    apart("takes one write, and what the wave brought no longer counts", async () => {
      await waves.bring(W(), [waves.row(W(), "1"), waves.row(W(), "2")]);
      await waves.rollBack(W());
      expect(await waves.wave(W())).to.include({ state: BigInt(WaveState.rolledBack) });
      expect((await world.submit(remark(`${WAVE_STEM}-1`))).refused).to.include({ code: Code.WaveNotInForce });
      expect((await revertOf(waves.rollBack(W())))?.name).to.equal("WavesState");
    });

    apart("is refused once people have signed on its processes", async () => {
      await waves.bring(W(), [waves.row(W(), "1")]);
      await world.record(remark(`${WAVE_STEM}-1`));
      expect(await revertOf(waves.rollBack(W()))).to.deep.equal({ name: "WavesNativeEntries", args: [1n, 1n, 0n] });
    });

    apart("with detach leaves those processes in force, and no others", async () => {
      await waves.bring(W(), [waves.row(W(), "1"), waves.row(W(), "2")], { detaches: true });
      await world.record(remark(`${WAVE_STEM}-1`));
      await waves.rollBack(W());
      expect((await world.submit(remark(`${WAVE_STEM}-1`))).recorded).to.not.equal(undefined);
      expect((await world.submit(remark(`${WAVE_STEM}-2`))).refused).to.include({ code: Code.WaveNotInForce });
      // the next attempt brings the other, and leaves the one that stayed
      const again = [waves.row(W("W1", 2), "1"), waves.row(W("W1", 2), "2")];
      await waves.open(W("W1", 2));
      const lot = await waves.lot(W("W1", 2), "lot 1", again);
      await waves.accept(lot);
      expect(codesOf(await waves.load(W("W1", 2), lot, again))).to.deep.equal([Code.WaveOverlap, Code.Accepted]);
    });

    apart("is never done where somebody paid, not even with detach", async () => {
      await waves.bring(W(), [waves.row(W(), "1")], { detaches: true });
      await world.record(paying(`${WAVE_STEM}-1`, "K-1", "SP2D-1"));
      expect(await revertOf(waves.rollBack(W()))).to.deep.equal({ name: "WavesNativeEntries", args: [1n, 1n, 1n] });
    });

    apart("waits for the waves that stand on it", async () => {
      await waves.bring(W("W0"), [waves.row(W("W0"), "0")]);
      await waves.bring(W("W1"), [waves.row(W("W1"), "1")], { after: [W("W0")] });
      expect(await revertOf(waves.rollBack(W("W0")))).to.deep.equal({ name: "WavesDependants", args: [1n, 1n] });
      await waves.rollBack(W("W1"));
      await waves.rollBack(W("W0"));
      expect((await revertOf(waves.open(W("W2"), { after: [W("W0")] })))?.name).to.equal("WavesPrerequisite");
    });

    apart("leaves the place to the next attempt, whose numbers go on", async () => {
      const rows = (attempt: number) => [
        waves.row(W("W1", attempt), "p", { ocid: `${WAVE_STEM}-1`, contractId: "" }),
        waves.row(W("W1", attempt), "1"),
      ];
      await waves.bring(W(), rows(1));
      await waves.rollBack(W());
      await waves.open(W("W1", 2));
      const lot = await waves.lot(W("W1", 2), "lot 1", rows(2));
      await waves.accept(lot);
      const [opened, contract] = await waves.load(W("W1", 2), lot, rows(2));
      expect(opened!.recorded!.assigned).to.include({ wave: 2, processSequence: 3 });
      expect(contract!.recorded!.assigned).to.include({ wave: 2, processSequence: 4, agencySequence: 4 });
    });

    apart("ends a wave that never came into force", async () => {
      await waves.open(W());
      await waves.rollBack(W());
      expect(
        (await revertOf(waves.lot(W(), "lot", [waves.row(W(), "1")]).then((lot) => waves.accept(lot))))?.name,
      ).to.equal("WavesState");
    });
  });

  describe("an archive (tier C)", () => {
    apart("has nothing but its root on the chain, and gives up a row by proof once it is in force, once", async () => {
      const rows = ["1", "2", "3", "4", "5"].map((key) => waves.row(W(), key));
      await waves.open(W());
      const lot = await waves.lot(W(), "lot 1", rows, { tier: Tier.archive });
      await waves.accept(lot);
      expect(codesOf(await waves.load(W(), lot, rows, [2]))).to.deep.equal([Code.WaveNotInForce]);
      await waves.close(W());
      await waves.activate(W());
      expect(codesOf(await waves.load(W(), lot, rows, [2]))).to.deep.equal([Code.Accepted]);
      expect(codesOf(await waves.load(W(), lot, rows, [2]))).to.deep.equal([Code.DuplicateCommand]);
      expect(await waves.wave(W())).to.include({ rows: 5n, expected: 0n, promoted: 1n });
      // a native entry in the same batch as the row that it stands on
      const [row] = await waves.items(W(), lot.lotKey, rows, [4]);
      const native = packEntry((await world.item(remark(`${WAVE_STEM}-5`))).item);
      expect(codesOf(await world.send([row!, native]))).to.deep.equal([1, 1]);
      await waves.act({ code: ActCode.finaliseWave, post: W() });
      expect(codesOf(await waves.load(W(), lot, rows, [0]))).to.deep.equal([Code.Accepted]);
    });

    apart("gives up nothing after it was rolled back", async () => {
      const rows = [waves.row(W(), "1"), waves.row(W(), "2")];
      const lot = await waves.bring(W(), rows, { tier: Tier.archive });
      await waves.rollBack(W());
      expect(codesOf(await waves.load(W(), lot, rows, [0]))).to.deep.equal([Code.WaveNotInForce]);
    });
  });

  describe("lots", () => {
    apart("are accepted once: the same again changes nothing, another content under the key is refused", async () => {
      const rows = [waves.row(W(), "1")];
      await waves.open(W());
      const lot = await waves.lot(W(), "lot 1", rows);
      await waves.accept(lot);
      const before = await waves.wave(W());
      expect((await waves.accept(lot)).logs).to.have.length(0);
      expect(await waves.wave(W())).to.deep.equal(before);
      for (const other of [{ value: 1n }, { root: idOf("x") }, { rows: 2 }, { tier: Tier.terms }, { cutOver: 5 }]) {
        expect((await revertOf(waves.accept({ ...lot, ...other })))?.name, Object.keys(other)[0]).to.equal(
          "WavesLotDiffers",
        );
      }
      // who writes, and until when, is no content
      await waves.act({ code: ActCode.leaseWave, post: W(), from: 2 });
      expect((await waves.accept({ ...lot, epoch: 2 })).logs).to.have.length(0);
    });

    apart("of a former writer are refused", async () => {
      const rows = [waves.row(W(), "1")];
      await waves.open(W());
      const lot = await waves.lot(W(), "lot 1", rows);
      await waves.act({ code: ActCode.leaseWave, post: W(), from: 2 });
      expect(await revertOf(waves.accept(lot))).to.deep.equal({ name: "WavesStaleEpoch", args: [2n, 1n] });
      expect((await revertOf(waves.act({ code: ActCode.leaseWave, post: W(), from: 2 })))?.name).to.equal(
        "WavesStaleEpoch",
      );
    });

    apart("are signed with a checkpoint that was stored in the last month, and taken over by now", async () => {
      await waves.open(W());
      const of = (key: string, given = {}) => waves.lot(W(), key, [waves.row(W(), key)], given);
      const before = world.seen;
      await world.pass(2 * 86_400);
      await world.checkpoint();
      expect(world.seen).to.not.equal(before);
      await waves.accept(await of("1", { seen: before }));
      await waves.accept(await of("2", { cutOver: (await world.now()) - 1 }));
      const stored = Number(await world.contract("Ledger").getFunction("seenAt")(before));
      const onTheDay = stored + 31 * 86_400;
      const last = await of("6", { seen: before, expires: onTheDay });
      await world.at(onTheDay);
      await waves.accept(last);
      await world.pass(1);
      expect((await revertOf(of("3", { seen: before }).then((lot) => waves.accept(lot))))?.name).to.equal(
        "WavesSeenTooOld",
      );
      // the newest counts whatever its age
      await world.pass(30 * 86_400);
      await waves.accept(await of("4"));
      const now = (await world.now()) + 10;
      await world.at(now);
      await waves.accept(await of("5", { cutOver: now, expires: now }));
      world.seen = before;
    });

    apart("are refused where anything about them is wrong", async () => {
      await waves.open(W());
      const rows = [waves.row(W(), "1")];
      const lot = await waves.lot(W(), "lot 1", rows);
      const now = await world.now();
      const wrong: [string, object][] = [
        ["WavesUnknown", { wave: idOf("no wave") }],
        ["WavesExpired", { expires: now - 1 }],
        ["WavesExpiresTooFar", { expires: now + 40 * 86_400 }],
        ["WavesTier", { tier: 4 }],
        ["WavesTier", { tier: 0 }],
        ["WavesLotEmpty", { rows: 0 }],
        ["WavesLotEmpty", { root: NO_ID }],
        ["WavesCurrency", { currency: "idr" }],
        ["WavesCurrency", { currency: "" }],
        ["WavesCurrency", { currency: "IDRX" }],
        ["WavesCurrency", { currency: "", value: 0n }],
        ["WavesCurrency", { currency: "", paid: 0n }],
        ["WavesCurrency", { currency: "@DR", paid: 0n }],
        ["WavesCurrency", { currency: "ID[", value: 0n }],
        ["WavesCutOverInFuture", { cutOver: now + 1000 }],
        ["WavesUnknownSeen", { seen: idOf("nothing") }],
        ["WavesNoConsent", { agency: idOf("ID-LAIN") }],
      ];
      for (const [name, fields] of wrong)
        expect((await revertOf(waves.accept({ ...lot, ...fields })))?.name, name).to.equal(name);
      const { stranger, officer, director } = world.people;
      for (const who of [stranger!, officer!, director!])
        expect((await revertOf(waves.accept(lot, who)))?.name, who.name).to.equal("WavesBadSignature");
      expect((await revertOf(waves.accept(lot, officer!, agency, Role.officer)))?.name).to.equal("WavesWrongCapacity");
      expect((await revertOf(waves.accept(lot, world.people.head!, agency)))?.name).to.equal("WavesBadSignature");
      expect(await waves.wave(W())).to.include({ lots: 0n, rows: 0n });
    });
  });

  describe("rows", () => {
    apart("are recorded once, whoever sends them and however often", async () => {
      const rows = [waves.row(W(), "1"), waves.row(W(), "2")];
      await waves.open(W());
      const lot = await waves.lot(W(), "lot 1", rows);
      await waves.accept(lot);
      expect(codesOf(await waves.load(W(), lot, rows, [0, 0]))).to.deep.equal([Code.Accepted, Code.DuplicateCommand]);
      expect(codesOf(await waves.load(W(), lot, rows))).to.deep.equal([Code.DuplicateCommand, Code.Accepted]);
      expect(await waves.wave(W())).to.include({ expected: 2n, loaded: 2n });
    });

    apart("are refused one by one where something about them is wrong, and the others land", async () => {
      await waves.open(W());
      const other = idOf("other holder");
      const good = waves.row(W(), "1");
      const rows = [
        good,
        waves.row(W(), "2", { entry: { maker: other } }),
        waves.row(W(), "3", { entry: { capacity: Role.officer } }),
        waves.row(W(), "4", { entry: { agency: parent } }),
        waves.row(W(), "5", { entry: { expires: 5 } }),
        waves.row(W(), "6", { entry: { seen: idOf("x") } }),
        waves.row(W(), "7", { ocid: `${STEM}-7` }),
        waves.row(W(), "8", { kind: Kind.note, contractId: "", terms: {} }),
        waves.row(W(), "9", { terms: { ...good.entry.terms, party: idOf("nobody") }, value: 0n }),
      ];
      const lot = await waves.lot(W(), "lot 1", rows, { value: 900_000n, paid: 900_000n });
      await waves.accept(lot);
      expect(codesOf(await waves.load(W(), lot, rows))).to.deep.equal([
        Code.Accepted,
        Code.RowDiffers,
        Code.WrongCapacity,
        Code.StemOfAnother,
        Code.RowDiffers,
        Code.RowDiffers,
        Code.UnknownStem,
        Code.UnknownKind,
        Code.UnknownParty,
      ]);
      // unknown waves and lots, a proof of another row
      const number = await waves.number(W());
      const { proofs } = treeOf(rows.map(({ hash }) => hash));
      const with_ = (wave: number, key: Hex, index: number, of = 0) =>
        world.send([packRow(wave, key, proofs[index]!, waves.row(W(), `n${of}`).packed)]);
      expect(codesOf(await with_(9, lot.lotKey, 0))).to.deep.equal([Code.UnknownWave]);
      expect(codesOf(await with_(number, idOf("no lot"), 0))).to.deep.equal([Code.UnknownLot]);
      expect(codesOf(await with_(number, lot.lotKey, 0))).to.deep.equal([Code.RowProof]);
      expect(codesOf(await with_(0, lot.lotKey, 0))).to.deep.equal([Code.Malformed]);
    });

    apart("cannot take a process that was signed here, nor begin one there", async () => {
      const native = `${STEM}-77`;
      await world.record({ by: world.people.pokja!, kind: Kind.tender, ocid: native, terms: { code: 1 } });
      await waves.open(W());
      const rows = [waves.row(W(), "1", { ocid: native }), waves.row(W(), "2")];
      const lot = await waves.lot(W(), "lot 1", rows);
      await waves.accept(lot);
      expect(codesOf(await waves.load(W(), lot, rows))).to.deep.equal([Code.WaveOverlap, Code.Accepted]);
      const tender = { by: world.people.pokja!, kind: Kind.tender, terms: { code: 1 }, stemLength: WAVE_STEM.length };
      expect((await world.submit({ ...tender, ocid: `${WAVE_STEM}-new` })).refused).to.include({
        code: Code.UnknownStem,
      });
    });

    apart("of which nothing was paid, and that are worth nothing, have a currency all the same", async () => {
      await waves.open(W());
      const unpaid = balancesOf({ paid: 0n });
      for (const [key, rows] of [
        ["unpaid", [waves.row(W(), "1", { balances: unpaid })]],
        ["worthless", [waves.row(W(), "2", { value: 0n })]],
        ["neither", [waves.row(W(), "3", { value: 0n, balances: unpaid })]],
      ] as const) {
        const lot = await waves.lot(W(), key, rows);
        await waves.accept(lot);
        expect(codesOf(await waves.load(W(), lot, rows)), key).to.deep.equal([Code.Accepted]);
      }
      const bare = await waves.lot(W(), "no currency", [waves.row(W(), "4", { value: 0n, balances: unpaid })], {
        currency: "",
      });
      await waves.accept(bare);
      expect(
        codesOf(await waves.load(W(), bare, [waves.row(W(), "4", { value: 0n, balances: unpaid })])),
      ).to.deep.equal([Code.Accepted]);
    });

    apart("must add up to what the head signed, or the lot never becomes whole", async () => {
      const rows = [waves.row(W(), "1"), waves.row(W(), "2")];
      await waves.open(W());
      const lot = await waves.lot(W(), "lot 1", rows, { value: 221_00n });
      await waves.accept(lot);
      expect(codesOf(await waves.load(W(), lot, rows))).to.deep.equal([Code.Accepted, Code.LotSums]);
      expect(await revertOf(waves.close(W()))).to.deep.equal({ name: "WavesRowsMissing", args: [2n, 1n] });
    });

    apart("are bare of signatures: what nobody checks does not travel with them", async () => {
      const row = waves.row(W(), "1");
      await waves.open(W());
      const lot = await waves.lot(W(), "lot 1", [row]);
      await waves.accept(lot);
      const number = await waves.number(W());
      // one byte of signature after the terms: type 0, length 1
      const { preimage } = { preimage: 4 + 18 * 32 };
      const bodyBytes = 4 + utf8('{"title":"1"}').length;
      const at = row.packed.length - bodyBytes - preimage - 4;
      const packed = Uint8Array.of(...row.packed.subarray(0, at), 0, 0, 1, 7, ...row.packed.subarray(at + 3));
      expect(codesOf(await world.send([packRow(number, lot.lotKey, [], packed)]))).to.deep.equal([Code.Malformed]);
      expect(codesOf(await world.send([packRow(number, lot.lotKey, [], row.packed)]))).to.deep.equal([Code.Accepted]);
    });
  });

  describe("acts", () => {
    apart("take the people they take, and no others", async () => {
      await waves.open(W());
      const { stranger, officer, overseer, head, registrar } = world.people;
      const close = {
        code: ActCode.closeWave,
        post: W(),
        from: 1,
        holder: packCounts({ read: 0, rejected: 0, merged: 0, excluded: 0 }),
      };
      for (const by of [stranger!, officer!, registrar!])
        expect((await revertOf(waves.act(close, { by })))?.name, by.name).to.equal("WavesBadSignature");
      await waves.act(close);
      const activate = { code: ActCode.activateWave, post: W() };
      expect((await revertOf(waves.act(activate, { second: head!, secondRole: Role.overseer })))?.name).to.equal(
        "WavesSamePerson",
      );
      expect((await revertOf(waves.act(activate, { second: officer! })))?.name).to.equal("WavesBadSignature");
      expect((await revertOf(waves.act(activate, { second: overseer!, secondRole: Role.head })))?.name).to.equal(
        "WavesWrongCapacity",
      );
      const { act, signatures } = await waves.signed(activate);
      const alone = encodeWaveAct(act, signatures.slice(0, 1), new Uint8Array());
      expect(await revertOf(waves.relay(alone))).to.deep.equal({ name: "WavesSignatures", args: [1n, 2n] });
      await waves.act(activate);
      // single use: what was signed on the state before does not count after it
      expect((await revertOf(waves.relay(encodeWaveAct(act, signatures, new Uint8Array()))))?.name).to.equal(
        "WavesStaleAct",
      );
    });

    apart("count for a month at most, on what they sign, by whom they say", async () => {
      const now = await world.now();
      const opening = { code: ActCode.openWave, post: W(), key: PLAN };
      const at = (expires: number) => waves.act({ ...opening, expires });
      await world.at(now + 10);
      expect((await revertOf(at(now + 9)))?.name).to.equal("WavesExpired");
      await world.at(now + 20);
      expect((await revertOf(at(now + 21 + 31 * 86_400)))?.name).to.equal("WavesExpiresTooFar");
      await world.at(now + 30);
      await world.undone(() => at(now + 30));
      await world.at(now + 40);
      await world.undone(() => at(now + 40 + 31 * 86_400));
      const { act, signatures } = await waves.signed(opening);
      expect((await revertOf(waves.relay(encodeWaveAct(act, signatures, new Uint8Array(32)))))?.name).to.equal(
        "WavesWrongBody",
      );
      const { officer, head } = world.people;
      const others = await waves.signed({ ...opening, maker: officer!.holder });
      expect(await revertOf(waves.relay(encodeWaveAct(others.act, others.signatures, new Uint8Array())))).to.deep.equal(
        {
          ...{ name: "WavesBadSignature", args: [officer!.holder, BigInt(Code.UnknownHolder)] },
        },
      );
      expect((await revertOf(waves.act({ ...opening, previous: idOf("another") })))?.name).to.equal("WavesStaleAct");
      const receipt = await waves.act(opening);
      const told = readWaveLog({ topics: receipt.logs[0]!.topics, data: fromHex(receipt.logs[0]!.data as Hex) });
      expect(told).to.deep.include({ type: "waveAct", wave: 1 });
      expect(told!.signers.map(({ holder }) => holder)).to.deep.equal([head!.holder]);
      expect(await waves.view("lastAct", W())).to.equal(told!.leaf);
      expect(await waves.wave(W())).to.include({ id: W(), plan: PLAN, agency: parent, epoch: 1n, detaches: false });
    });

    apart("of the lead agency are signed for it alone", async () => {
      await waves.open(W());
      const { leaseWave, closeWave, activateWave, rollBackWave, finaliseWave } = ActCode;
      for (const code of [leaseWave, closeWave, activateWave, rollBackWave, finaliseWave])
        expect(await revertOf(waves.act({ code, post: W(), from: 2, agency })), String(code)).to.deep.equal({
          ...{ name: "WavesAgencyDiffers", args: [parent, agency] },
        });
    });

    apart("keep the order of a wave's life", async () => {
      const { openWave, consentToWave, activateWave, finaliseWave, closeWave, leaseWave } = ActCode;
      const counts = packCounts({ read: 0, rejected: 0, merged: 0, excluded: 0 });
      const on = (code: number, more = {}) => waves.act({ code, post: W(), ...more });
      expect((await revertOf(on(activateWave)))?.name).to.equal("WavesUnknown");
      await waves.open(W());
      expect((await revertOf(on(openWave, { key: PLAN })))?.name).to.equal("WavesKnown");
      expect((await revertOf(on(activateWave)))?.name).to.equal("WavesState");
      expect((await revertOf(on(finaliseWave)))?.name).to.equal("WavesState");
      expect((await revertOf(on(consentToWave, { key: idOf("other"), agency })))?.name).to.equal("WavesPlanDiffers");
      expect((await revertOf(on(29)))?.name).to.equal("WavesUnknownAct");
      expect((await revertOf(on(37)))?.name).to.equal("WavesUnknownAct");
      expect((await revertOf(on(closeWave, { from: 2, holder: counts })))?.name).to.equal("WavesStaleEpoch");
      await on(closeWave, { from: 1, holder: counts });
      for (const code of [leaseWave, closeWave])
        expect((await revertOf(on(code, { from: 2, holder: counts })))?.name).to.equal("WavesState");
      expect((await revertOf(on(consentToWave, { key: PLAN, agency })))?.name).to.equal("WavesState");
      await on(activateWave);
      expect((await revertOf(on(activateWave)))?.name).to.equal("WavesState");
    });

    apart(
      "close with the lots in the order in which they came, of all tiers, and every count in its place",
      async () => {
        await waves.open(W());
        const lots = [];
        for (const [key, tier] of [
          ["1", Tier.whole],
          ["2", Tier.archive],
          ["3", Tier.terms],
        ] as const) {
          const rows = [waves.row(W(), key), waves.row(W(), `${key}b`)];
          const lot = await waves.lot(W(), key, rows, { tier });
          await waves.accept(lot);
          if (tier !== Tier.archive) await waves.load(W(), lot, rows);
          lots.push(lot);
        }
        expect(await waves.wave(W())).to.include({ lots: 3n, rows: 6n, expected: 4n, loaded: 4n });
        const counts = (read: number, rejected: number, merged: number, excluded: number) => ({
          holder: packCounts({ read, rejected, merged, excluded }),
        });
        const wrong: [string, object][] = [
          ["WavesLotsDiffer", { key: chainLots([...lots].reverse()) }],
          ["WavesNotConserved", counts(3, 0, 4, 0)],
          ["WavesNotConserved", counts(3, 4, 0, 0)],
          ["WavesNotConserved", counts(3, 0, 0, 4)],
          ["WavesNotConserved", counts(6, 1, 2, 3)],
          ["WavesRowsDiffer", { until: 4 }],
        ];
        for (const [name, fields] of wrong) expect((await revertOf(waves.close(W(), fields)))?.name).to.equal(name);
        await waves.close(W(), counts(7, 1, 2, 3));
      },
    );

    apart("close with the numbers of what was loaded", async () => {
      const rows = [waves.row(W(), "1"), waves.row(W(), "2")];
      await waves.open(W());
      const lot = await waves.lot(W(), "lot 1", rows);
      await waves.accept(lot);
      expect((await revertOf(waves.close(W())))?.name).to.equal("WavesRowsMissing");
      await waves.load(W(), lot, rows);
      const wrong: [string, object][] = [
        ["WavesRowsDiffer", { until: 3 }],
        ["WavesLotsDiffer", { key: idOf("x") }],
        ["WavesNotConserved", { holder: packCounts({ read: 3, rejected: 2, merged: 2, excluded: 0 }) }],
        ["WavesNotConserved", { holder: packCounts({ read: 3, rejected: 1, merged: 1, excluded: 1 }) }],
      ];
      for (const [name, fields] of wrong) expect((await revertOf(waves.close(W(), fields)))?.name).to.equal(name);
      expect((await waves.wave(W())).lotsHash).to.equal(chainLots([lot]));
      await waves.close(W());
    });

    apart("activate only after what must come before", async () => {
      await waves.bring(W("W0"), [waves.row(W("W0"), "0")]);
      await waves.open(W("W1"), { after: [W("W0")] });
      await waves.close(W("W1"), { holder: packCounts({ read: 0, rejected: 0, merged: 0, excluded: 0 }) });
      await waves.activate(W("W1"));
      await waves.open(W("W2"));
      await waves.open(W("W3"), { after: [W("W2"), W("W1")] });
      await waves.close(W("W3"), { holder: packCounts({ read: 0, rejected: 0, merged: 0, excluded: 0 }) });
      expect(await revertOf(waves.activate(W("W3")))).to.deep.equal({
        name: "WavesPrerequisite",
        args: [W("W2"), BigInt(WaveState.open)],
      });
    });

    it("nobody but the ledger counts rows and entries", async () => {
      const direct = world.contract("Waves");
      const row = [1, idOf("lot"), NO_ID, NO_ID, NO_ID, 0, 0, 0, false];
      expect((await revertOf(direct.getFunction("admit")(row, [])))?.name).to.equal("WavesNotLedger");
      expect((await revertOf(direct.getFunction("touch")(1, true, true)))?.name).to.equal("WavesNotLedger");
    });
  });
});
