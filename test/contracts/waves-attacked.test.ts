import { expect } from "chai";
import { JsonRpcSigner, keccak256, TypedDataEncoder } from "ethers";
import { SoftPasskey } from "../../scripts/soft-passkey.ts";
import { ActCode } from "../../server/domain/entries/act.ts";
import { bundleHash, cancelHash, idOf, signedDigest, type Terms } from "../../server/domain/entries/entry.ts";
import { Custody, Exception, Kind, Role, Tier, WaveState } from "../../server/domain/entries/kinds.ts";
import { leafPreimage } from "../../server/domain/entries/leaf.ts";
import { bundleOver, type PostedBundle, readPosted } from "../../server/domain/entries/signature.ts";
import { fromHex, type Hex, NO_ID, toHex, utf8 } from "../../server/domain/entries/words.ts";
import type { Lot } from "../../server/domain/projection/waves.ts";
import { actDigest } from "../../server/ledger/acts.ts";
import { packCancel, packEntry, packRow, type Recorded } from "../../server/ledger/codec.ts";
import { sign } from "../../server/ledger/signatures.ts";
import { encodeWaveAct, lotDigest, lotHash, packCounts } from "../../server/ledger/waves.ts";
import { Code } from "./codes.ts";
import { balancesOf, PLAN, type Row, treeOf, WAVE_STEM, Waves } from "./waves-world.ts";
import {
  agency,
  type EntryChoices,
  type Outcome,
  type Person,
  parent,
  person,
  post,
  revertOf,
  STEM,
  supplier,
  World,
} from "./world.ts";

/** What people with offices, and those without, may try with waves, lots and rows: each fails, and says why. */

const DAY = 86_400;
const ACT_FIELDS =
  "uint16 code,bytes32 maker,bytes32 holder,bytes32 agency,uint8 role,bytes32 post,bytes32 key,uint8 custody,uint64 from,uint64 until,bytes32 digest,bytes32 previous,uint64 expires";
const NOTHING = packCounts({ read: 0, rejected: 0, merged: 0, excluded: 0 });
const codesOf = (outcomes: Outcome[]) =>
  outcomes.filter(({ recorded, refused }) => recorded ?? refused).map(({ refused }) => refused?.code ?? Code.Accepted);

describe("Waves, attacked", () => {
  let world: World;
  let waves: Waves;
  let p: World["people"];
  const W = (name = "W1", attempt = 1) => waves.id(name, attempt);
  const X = `${WAVE_STEM}-1`;

  before(async function () {
    this.timeout(120_000);
    world = await World.build();
    p = world.people;
    waves = new Waves(world);
    await waves.settle();
  });

  /** What a test does is undone after it. */
  const apart = (name: string, test: () => Promise<void>) =>
    it(name, () => {
      waves = new Waves(world);
      return world.undone(test);
    });
  const codeOf = async (choices: EntryChoices) => (await world.submit(choices)).refused?.code ?? Code.Accepted;
  const remark = (ocid = X): EntryChoices => ({
    ...{ by: p.pokja!, kind: Kind.note, capacity: Role.procurement, ocid, contractId: "" },
  });
  /** The key under which the state of a process is kept that a wave brought. */
  const incarnation = async (wave: Hex, ocid = X) =>
    keccak256(`${idOf(ocid)}${(await waves.number(wave)).toString(16).padStart(64, "0")}`) as Hex;
  const contractIn = async (wave: Hex, contractId: string, ocid = X) =>
    (
      await world.contract("Ledger").getFunction("contractOf")(await incarnation(wave, ocid), idOf(contractId))
    ).toObject();
  const processOf = async (key: Hex) => (await world.contract("Ledger").getFunction("processOf")(key)).toObject();
  const naming = ({ leaf, entry, assigned }: Recorded): Partial<EntryChoices> => ({
    ...{ refersTo: leaf, preimage: leafPreimage(entry, assigned), ocid: entry.ocid },
    ...{ contractId: entry.contractId, awardId: entry.awardId },
  });
  const approvals = () => [{ by: p.approver! }];
  /** A correction of an imported opening of a contract: in whose capacity, with which terms. */
  const correcting = async (was: Recorded, terms: Terms, more: Partial<EntryChoices> = {}): Promise<EntryChoices> => ({
    ...{ by: p.officer!, kind: Kind.correction, capacity: Role.officer, ...naming(was) },
    basis: (await contractIn(W(), was.entry.contractId, was.entry.ocid)).terms as Hex,
    ...{ terms: { ...was.entry.terms, ...terms }, approvals: approvals() },
    ...more,
  });
  /** Opened, with one lot of these rows; neither loaded nor closed. */
  const lotOf = async (rows: readonly Row[], given: Partial<Lot> = {}, wave = W()): Promise<Lot> => {
    await waves.open(wave);
    const lot = await waves.lot(wave, "lot 1", rows, given);
    await waves.accept(lot);
    return lot;
  };
  const recordedOf = async (wave: Hex, lot: Lot, rows: readonly Row[]): Promise<Recorded[]> => {
    const outcomes = await waves.load(wave, lot, rows);
    expect(codesOf(outcomes)).to.deep.equal(rows.map(() => Code.Accepted));
    return outcomes.flatMap(({ recorded }) => recorded ?? []);
  };

  describe("whoever sends a row", () => {
    apart("cannot keep its body to himself: only tier B leaves bodies off the chain", async () => {
      const whole = waves.row(W(), "1");
      const bare = waves.row(W(), "1", { away: true });
      expect(bare.hash, "the same is signed").to.equal(whole.hash);
      const lot = await lotOf([whole]);
      expect(codesOf(await waves.load(W(), lot, [bare]))).to.deep.equal([Code.RowDiffers]);
      expect(codesOf(await waves.load(W(), lot, [whole]))).to.deep.equal([Code.Accepted]);
    });
    apart("nor that of a row which he has promoted", async () => {
      const lot = await waves.bring(W(), [waves.row(W(), "1")], { tier: Tier.archive });
      expect(codesOf(await waves.load(W(), lot, [waves.row(W(), "1", { away: true })]))).to.deep.equal([
        Code.RowDiffers,
      ]);
      expect(codesOf(await waves.load(W(), lot, [waves.row(W(), "1")]))).to.deep.equal([Code.Accepted]);
    });
    apart("leaves it away in tier B, and may bring it", async () => {
      const rows = [waves.row(W(), "1", { away: true }), waves.row(W(), "2")];
      const [away, here] = await recordedOf(W(), await lotOf(rows, { tier: Tier.terms }), rows);
      expect(away!.body).to.have.length(0);
      expect(away!.entry.digest).to.equal(rows[0]!.entry.digest);
      expect(here!.body).to.have.length.above(0);
    });
    apart("chooses their order: nothing that a lot holds is shut out by what came first", async () => {
      const at = { ocid: X, contractId: "" };
      const money = { currency: "IDR", value: 900_00n };
      const rows = [
        waves.row(W(), "k", { ocid: X, contractId: "K-1", awardId: "A" }),
        waves.row(W(), "a", { ...at, kind: Kind.award, awardId: "A", terms: { code: 1, ...money, party: supplier } }),
        waves.row(W(), "t", { ...at, kind: Kind.tender, terms: { code: 1 } }),
        waves.row(W(), "p", { ...at, kind: Kind.planning, terms: { code: 1 } }),
        waves.row(W(), "o", at),
      ];
      const lot = await lotOf(rows);
      expect(codesOf(await waves.load(W(), lot, rows, [4, 3, 2, 1, 0]))).to.deep.equal([1, 1, 1, 1, 1]);
      await waves.close(W());
      await waves.rollBack(W());
      const other = waves.id("W1", 2);
      const same = [
        waves.row(other, "k", { ocid: X, contractId: "K-1", awardId: "A" }),
        waves.row(other, "a", { ...at, kind: Kind.award, awardId: "A", terms: { code: 1, ...money, party: supplier } }),
        waves.row(other, "t", { ...at, kind: Kind.tender, terms: { code: 1 } }),
        waves.row(other, "p", { ...at, kind: Kind.planning, terms: { code: 1 } }),
        waves.row(other, "o", at),
      ];
      const second = await lotOf(same, {}, other);
      // a contract waits for its award; everything else lands as it comes
      expect(codesOf(await waves.load(other, second, same))).to.deep.equal([Code.UnknownAward, 1, 1, 1, 1]);
      expect(codesOf(await waves.load(other, second, same, [0]))).to.deep.equal([1]);
      await waves.close(other);
    });
    apart("cannot pass a node of the tree off as a row, and a row may lie 255 deep", async () => {
      const row = waves.row(W(), "1");
      let root = keccak256(keccak256(row.hash)) as Hex;
      const proof: Hex[] = [];
      for (let depth = 0; depth < 255; depth++) {
        const sibling = keccak256(utf8(`sibling ${depth}`)) as Hex;
        proof.push(sibling);
        root = keccak256(root < sibling ? `${root}${sibling.slice(2)}` : `${sibling}${root.slice(2)}`) as Hex;
      }
      await lotOf([row], { root });
      const number = await waves.number(W());
      const send = async (...proofs: Hex[][]) =>
        codesOf(await world.send(proofs.map((each) => packRow(number, idOf("lot 1"), each, row.packed))));
      expect(await send(proof.slice(1), proof.slice(0, -1), [], proof)).to.deep.equal([
        ...[Code.RowProof, Code.RowProof, Code.RowProof, Code.Accepted],
      ]);
      // asked as the ledger asks: neither a node nor the hash of one is a leaf
      const rows = ["2", "3", "4", "5"].map((key) => waves.row(W(), key));
      const tree = treeOf(rows.map(({ hash }) => hash));
      await waves.accept(await waves.lot(W(), "lot 2", rows));
      const { Ledger } = world.addresses;
      await world.chain.request({ method: "hardhat_impersonateAccount", params: [Ledger] });
      const asLedger = world.contract("Waves", new JsonRpcSigner(world.chain.provider, Ledger));
      const node = tree.proofs[0]![1]!;
      const leaf = keccak256(keccak256(rows[0]!.hash)) as Hex;
      const { maker } = rows[0]!.entry;
      for (const hash of [node, keccak256(node), leaf, keccak256(rows[0]!.hash), tree.root]) {
        for (const path of [[], tree.proofs[0]!, tree.proofs[0]!.slice(1), [tree.proofs[2]![1]!]]) {
          const asked = [number, idOf("lot 2"), hash, agency, maker, 0, 0, 0, false];
          const { code } = await asLedger.getFunction("admit").staticCall(asked, path);
          expect(code).to.equal(BigInt(Code.RowProof));
        }
      }
    });
  });

  describe("a head who signs a lot", () => {
    apart("of more rows than he says takes nobody's batch with it", async () => {
      const bare = (key: string) => waves.row(W(), key, { contractId: "", ocid: `${WAVE_STEM}-${key}` });
      const rows = ["1", "2", "3"].map(bare);
      const lot = await lotOf(rows, { rows: 2 });
      const items = await waves.items(W(), lot.lotKey, rows);
      const native = packEntry(
        (await world.item({ by: p.pokja!, kind: Kind.tender, contractId: "", terms: { code: 1 } })).item,
      );
      expect(codesOf(await world.send([...items, native]))).to.deep.equal([1, 1, Code.LotSums, 1]);
      expect(await waves.wave(W())).to.include({ expected: 2n, loaded: 2n });
      expect(await waves.view("lotOf", await waves.number(W()), lot.lotKey)).to.deep.include(0n);
    });
    apart("of an archive brings no more rows, nor more money, than he says", async () => {
      const rows = ["1", "2", "3"].map((key) => waves.row(W(), key));
      const lot = await waves.bring(W(), rows, { tier: Tier.archive, rows: 2, value: 200_00n, paid: 80_00n });
      // 110.00 of 200.00, then 110.00 of the 90.00 that are left
      expect(codesOf(await waves.load(W(), lot, rows))).to.deep.equal([Code.Accepted, Code.LotSums, Code.LotSums]);
      expect(await waves.wave(W())).to.include({ promoted: 1n, expected: 0n, loaded: 0n });
    });
    apart("who says too little paid, or another currency, never gets it whole", async () => {
      const rows = [waves.row(W(), "1"), waves.row(W(), "2")];
      const lot = await lotOf(rows, { paid: 79_99n });
      expect(codesOf(await waves.load(W(), lot, rows))).to.deep.equal([Code.Accepted, Code.LotSums]);
      const dollars = await waves.lot(W(), "lot 2", [waves.row(W(), "3")], { currency: "USD" });
      await waves.accept(dollars);
      expect(codesOf(await waves.load(W(), dollars, [waves.row(W(), "3")]))).to.deep.equal([Code.CurrencyDiffers]);
      const nothing = { value: 0n, paid: 0n, currency: "" };
      const bare = await waves.lot(W(), "lot 3", [waves.row(W(), "4")], nothing);
      await waves.accept(bare);
      expect(codesOf(await waves.load(W(), bare, [waves.row(W(), "4")]))).to.deep.equal([Code.CurrencyDiffers]);
    });
    apart("with a row of another lot in it is left with a lot that never becomes whole", async () => {
      const [shared, own] = [waves.row(W(), "1"), waves.row(W(), "2")];
      const first = await lotOf([shared]);
      const second = await waves.lot(W(), "lot 2", [shared, own]);
      await waves.accept(second);
      await waves.load(W(), first, [shared]);
      expect(codesOf(await waves.load(W(), second, [shared, own]))).to.deep.equal([Code.DuplicateCommand, 1]);
      expect(await revertOf(waves.close(W()))).to.deep.equal({ name: "WavesRowsMissing", args: [3n, 2n] });
    });
    apart("adds none to a wave that is closed, not even with a row more", async () => {
      await waves.bring(W(), [waves.row(W(), "1")]);
      const late = await waves.lot(W(), "lot 2", [waves.row(W(), "2")]);
      expect((await revertOf(waves.accept(late)))?.name).to.equal("WavesState");
    });
    apart("may use a row's command id himself, and so harms his own lot alone; nobody else can", async () => {
      const rows = [waves.row(W(), "1"), waves.row(W(), "2")];
      const [one, two] = rows.map(({ entry }) => entry.commandId);
      const native = `${STEM}-9`;
      await world.record({ by: p.pokja!, kind: Kind.tender, ocid: native, contractId: "", terms: { code: 1 } });
      const note = { kind: Kind.note, ocid: native, contractId: "" };
      await world.record({ ...note, by: p.pokja!, capacity: Role.procurement, commandId: one! });
      await world.record({ ...note, by: p.head!, capacity: Role.head, up: 1, commandId: two! });
      const lot = await lotOf(rows);
      expect(codesOf(await waves.load(W(), lot, rows))).to.deep.equal([Code.Accepted, Code.DuplicateCommand]);
    });
    apart(
      "cannot sign for the agency of another tree, nor for none, nor an agency's own head for its parent",
      async () => {
        const other = idOf("ID-LAIN");
        await world.act([p.registrar!, Role.registrar], { code: ActCode.registerAgency, agency: other }, []);
        const chief = person("chief");
        await world.enrol(chief);
        await world.grant(chief, Role.head, other, { custody: 1 });
        await waves.open(W());
        const lot = await waves.lot(W(), "lot 1", [waves.row(W(), "1")]);
        expect(await revertOf(waves.accept(lot, chief, other))).to.deep.equal({
          ...{ name: "WavesBadSignature", args: [chief.holder, BigInt(Code.NotCovering)] },
        });
        const opening = { code: ActCode.openWave, post: W("W2"), key: PLAN };
        expect((await revertOf(waves.act({ ...opening, agency: NO_ID }, { by: chief, at: other })))?.name).to.equal(
          "WavesAgencyDiffers",
        );
        const consent = { code: ActCode.consentToWave, post: W(), key: PLAN, agency: NO_ID };
        expect((await revertOf(waves.act(consent, { by: chief, at: other })))?.name).to.equal("WavesAgencyDiffers");
        const small = person("small");
        await world.enrol(small);
        await world.grant(small, Role.head, agency);
        expect((await revertOf(waves.act(opening, { by: small, at: agency })))?.name).to.equal("WavesBadSignature");
        await waves.act({ ...opening, agency }, { by: small, at: agency });
        // and so leads a wave of his own agency only
        expect((await waves.wave(W("W2"))).agency).to.equal(agency);
        expect((await revertOf(waves.act({ code: ActCode.leaseWave, post: W("W2"), from: 2 })))?.name).to.equal(
          "WavesAgencyDiffers",
        );
      },
    );
  });

  describe("one head alone", () => {
    apart(
      "does not keep another's wave from being rolled back: a wave stands on it only once it is in force",
      async () => {
        await waves.bring(W("W0"), [waves.row(W("W0"), "0")]);
        await waves.open(W("W1"), { after: [W("W0"), W("W0")] });
        await waves.close(W("W1"), { holder: NOTHING });
        await waves.rollBack(W("W0"));
        expect(await revertOf(waves.activate(W("W1")))).to.deep.equal({
          ...{ name: "WavesPrerequisite", args: [W("W0"), BigInt(WaveState.rolledBack)] },
        });
        await waves.rollBack(W("W1"));
        expect(await waves.wave(W("W0"))).to.include({ dependants: 0n });
      },
    );
    apart("named twice it stands on it twice, and leaves it twice", async () => {
      await waves.bring(W("W0"), [waves.row(W("W0"), "0")]);
      await waves.open(W("W1"), { after: [W("W0"), W("W0")] });
      await waves.close(W("W1"), { holder: NOTHING });
      await waves.activate(W("W1"));
      expect(await revertOf(waves.rollBack(W("W0")))).to.deep.equal({ name: "WavesDependants", args: [1n, 2n] });
      await waves.rollBack(W("W1"));
      await waves.rollBack(W("W0"));
    });
    apart("opens no wave after itself, nor after one that nobody knows", async () => {
      for (const before of [W("W1"), W("nobody's")])
        expect(await revertOf(waves.open(W("W1"), { after: [before] }))).to.deep.equal({
          ...{ name: "WavesUnknown", args: [before] },
        });
      const odd = { code: ActCode.openWave, post: W(), key: PLAN };
      expect((await revertOf(waves.act(odd, { body: new Uint8Array(33) })))?.name).to.equal("WavesWrongBody");
      expect((await revertOf(waves.act({ ...odd, key: NO_ID })))?.name).to.equal("WavesUnknown");
      expect((await revertOf(waves.act({ ...odd, post: NO_ID })))?.name).to.equal("WavesUnknown");
    });
    apart("makes a grace without end, which overflows nothing", async () => {
      await waves.open(W(), { grace: 0 });
      const forEver = { code: ActCode.openWave, post: W("W2"), key: PLAN, until: (1n << 64n) - 1n };
      await waves.act(forEver as never);
      await waves.close(W("W2"), { holder: NOTHING });
      await waves.activate(W("W2"));
      const [name, [until]] = await revertOf(waves.act({ code: ActCode.finaliseWave, post: W("W2") })).then(
        (error) => [error?.name, error?.args as bigint[]] as const,
      );
      expect(name).to.equal("WavesGraceRuns");
      expect(until! > (1n << 64n) - 1n).to.equal(true);
      await waves.rollBack(W("W2"));
    });
    apart("may consent after a lease, and signs lots for the present writer only", async () => {
      await waves.act({ code: ActCode.openWave, post: W(), key: PLAN });
      const rows = [waves.row(W(), "1")];
      expect((await revertOf(waves.lot(W(), "l", rows).then((lot) => waves.accept(lot))))?.name).to.equal(
        "WavesNoConsent",
      );
      await waves.act({ code: ActCode.leaseWave, post: W(), from: 2 });
      await waves.act({ code: ActCode.consentToWave, post: W(), key: PLAN, agency });
      const lot = await waves.lot(W(), "lot 1", rows);
      for (const epoch of [1, 3])
        expect(await revertOf(waves.accept({ ...lot, epoch }))).to.deep.equal({
          ...{ name: "WavesStaleEpoch", args: [2n, BigInt(epoch)] },
        });
      await waves.accept(lot);
      // rows of an accepted lot are anybody's to send, whatever the epoch is by now
      await waves.act({ code: ActCode.leaseWave, post: W(), from: 3 });
      expect(codesOf(await waves.load(W(), lot, rows))).to.deep.equal([Code.Accepted]);
      await waves.close(W());
    });
  });

  describe("two people", () => {
    apart("are not one: an overseer is neither the first head nor whom that one acts for", async () => {
      await waves.open(W());
      const deputy = person("deputy");
      await world.enrol(deputy);
      const until = (await world.now()) + 10 * DAY;
      // the overseer is a head as well, and lets a deputy act for him
      await world.act(
        [p.registrar!, Role.registrar],
        { code: ActCode.grant, holder: p.overseer!.holder, agency: parent, role: Role.head, custody: 1 },
        [[await secondOverseer(), Role.overseer]],
      );
      await world.act([p.overseer!, Role.head, parent], {
        ...{ code: ActCode.delegate, holder: deputy.holder, agency: parent, role: Role.head, until, custody: 1 },
      });
      await waves.close(W(), { holder: NOTHING });
      const activate = { code: ActCode.activateWave, post: W() };
      expect(await revertOf(waves.act(activate, { by: deputy }))).to.deep.equal({
        ...{ name: "WavesSamePerson", args: [p.overseer!.holder] },
      });
      expect(await revertOf(waves.act(activate, { by: p.overseer! }))).to.deep.equal({
        ...{ name: "WavesSamePerson", args: [p.overseer!.holder] },
      });
      await waves.act(activate, { by: deputy, second: person("overseer two") });
    });
    apart("sign with one key at least that the gateway does not keep; and one key kept by it is told", async () => {
      const [kept, watched] = [person("kept"), person("watched")];
      await world.enrol(kept, Custody.gateway);
      await world.grant(kept, Role.head, parent, { custody: 1 });
      await world.appoint(watched, Role.overseer, { custody: Custody.gateway });
      await waves.open(W());
      const rows = [waves.row(W(), "1", { entry: { maker: kept.holder } })];
      const lot = await waves.lot(W(), "lot 1", rows);
      await waves.accept(lot, kept);
      const [recorded] = await recordedOf(W(), lot, rows);
      expect(recorded!.signers[0]).to.include({ holder: kept.holder, custody: Custody.gateway });
      await waves.close(W());
      const activate = { code: ActCode.activateWave, post: W() };
      expect((await revertOf(waves.act(activate, { by: kept, second: watched })))?.name).to.equal(
        "WavesOnlyGatewayKeys",
      );
      await waves.act(activate, { by: kept });
      await waves.act({ code: ActCode.rollBackWave, post: W() }, { second: watched });
    });
    apart("are not named by a signature more, or one less", async () => {
      await waves.open(W());
      await waves.close(W(), { holder: NOTHING });
      const { act, signatures } = await waves.signed({ code: ActCode.activateWave, post: W() });
      for (const some of [[], signatures.slice(0, 1), [...signatures, signatures[1]!]])
        expect((await revertOf(waves.relay(encodeWaveAct(act, some, new Uint8Array()))))?.name).to.equal(
          "WavesSignatures",
        );
      const swapped = encodeWaveAct(act, [signatures[1]!, signatures[0]!], new Uint8Array());
      expect((await revertOf(waves.relay(swapped)))?.name).to.equal("WavesBadSignature");
    });

    /** Who oversees what concerns the overseer himself. */
    async function secondOverseer(): Promise<Person> {
      const two = person("overseer two");
      await world.appoint(two, Role.overseer);
      return two;
    }
  });

  describe("bundles and passkeys", () => {
    const key = new SoftPasskey("head", "example.go.id", "https://pengadaan.example.go.id");
    type Signs = (digest: Uint8Array) => PostedBundle["signature"];
    const byKey: Signs = (digest) => toHex(sign(digest, p.head!.key));
    const byPasskey: Signs = (digest) => key.sign(digest);

    async function bundle(hashes: Uint8Array[], signs: Signs, capacity: number = Role.head) {
      const { root, count, proofs } = await bundleOver(hashes);
      const stated = { root, count, capacity, expires: (await world.now()) + DAY };
      const hash = bundleHash(stated);
      const signature = signs(signedDigest(world.separator, hash));
      const each = proofs.map((proof, index) =>
        readPosted({ type: "bundle", ...stated, index, proof, signature }, capacity),
      );
      const as = (at: number) => ({
        ...{ holder: p.head!.holder, role: Role.head, agency: parent, signature: each[at]! },
      });
      return { hash: toHex(hash), as };
    }
    const lotsOf = async (count: number): Promise<{ lots: Lot[]; rows: Row[] }> => {
      const rows = Array.from({ length: count }, (_, i) => waves.row(W(), `${i}`));
      return { rows, lots: await Promise.all(rows.map((row, i) => waves.lot(W(), `lot ${i}`, [row]))) };
    };
    const cancelling = async (target: Hex, by = p.head!) => {
      const cancel = { target, holder: by.holder, expires: (await world.now()) + DAY };
      await world.send([
        packCancel({ cancel, signature: sign(signedDigest(world.separator, cancelHash(cancel)), by.key) }),
      ]);
    };

    apart("sign many lots at once, with a key or a passkey, in a head's capacity only", async () => {
      await world.decide("Authority", "setOrigin", [key.origin, key.rpId, true]);
      await world.addPasskey(p.head!, key);
      await waves.open(W());
      const { lots, rows } = await lotsOf(5);
      const hashes = lots.map(lotHash);
      const wrong = await bundle(hashes, byKey, Role.officer);
      expect(await revertOf(waves.acceptWith(lots[0]!, wrong.as(0)))).to.deep.equal({
        ...{ name: "WavesBadSignature", args: [p.head!.holder, BigInt(Code.BundleCapacity)] },
      });
      const [ofKey, ofPasskey] = [await bundle(hashes, byKey), await bundle(hashes, byPasskey)];
      expect(await revertOf(waves.acceptWith(lots[0]!, ofKey.as(1)))).to.deep.equal({
        ...{ name: "WavesBadSignature", args: [p.head!.holder, BigInt(Code.BundleProof)] },
      });
      await waves.acceptWith(lots[0]!, ofKey.as(0));
      await waves.acceptWith(lots[1]!, ofPasskey.as(1));
      await waves.acceptWith(lots[2]!, ofPasskey.as(2));
      await waves.acceptWith(lots[3]!, {
        ...{ holder: p.head!.holder, role: Role.head, agency: parent },
        signature: readPosted(key.sign(lotDigest(world.separator, lots[3]!)), 0),
      });
      const custody = [];
      for (const [i, lot] of lots.slice(0, 4).entries()) {
        const [recorded] = await recordedOf(W(), lot, [rows[i]!]);
        custody.push(recorded!.signers[0]!.custody);
      }
      expect(custody).to.deep.equal([2, 1, 1, 1]);
      await waves.close(W());
      // and a passkey signs acts
      const { act, signatures } = await waves.signed({ code: ActCode.activateWave, post: W() });
      const own = { ...signatures[0]!, signature: readPosted(key.sign(actDigest(world.separator, act)), 0) };
      await waves.relay(encodeWaveAct(act, [own, signatures[1]!], new Uint8Array()));
      expect(await waves.wave(W())).to.include({ state: BigInt(WaveState.active) });
    });
    apart("stand under no act: who signs one sees it", async () => {
      await waves.open(W());
      await waves.close(W(), { holder: NOTHING });
      const { act, signatures } = await waves.signed({ code: ActCode.activateWave, post: W() });
      const { as } = await bundle([structHashOf(act), new Uint8Array(32)], byKey);
      const call = encodeWaveAct(act, [as(0), signatures[1]!], new Uint8Array());
      expect(await revertOf(waves.relay(call))).to.deep.equal({
        ...{ name: "WavesBadSignature", args: [p.head!.holder, BigInt(Code.SignatureType)] },
      });
      await waves.relay(encodeWaveAct(act, signatures, new Uint8Array()));
    });
    apart("are taken back: a lot, a bundle of lots, a row, an act", async () => {
      await waves.open(W());
      const { lots, rows } = await lotsOf(4);
      const { hash, as } = await bundle(lots.map(lotHash), byKey);
      await waves.acceptWith(lots[0]!, as(0));
      await cancelling(toHex(lotHash(lots[1]!)));
      expect((await revertOf(waves.acceptWith(lots[1]!, as(1))))?.name).to.equal("WavesCancelled");
      expect((await revertOf(waves.accept(lots[1]!)))?.name).to.equal("WavesCancelled");
      await cancelling(hash, p.overseer!); // another's word on it means nothing
      await waves.acceptWith(lots[2]!, as(2));
      await cancelling(hash);
      expect((await revertOf(waves.acceptWith(lots[3]!, as(3))))?.args[0]).to.equal(hash);
      await waves.accept(lots[3]!); // signed by itself it counts
      await cancelling(rows[2]!.hash);
      expect(codesOf(await waves.load(W(), lots[0]!, [rows[0]!]))).to.deep.equal([Code.Accepted]);
      expect(codesOf(await waves.load(W(), lots[2]!, [rows[2]!]))).to.deep.equal([Code.CancelledBefore]);
      const { act, signatures, body } = await waves.signed({ code: ActCode.rollBackWave, post: W() });
      await cancelling(toHex(structHashOf(act)));
      expect((await revertOf(waves.relay(encodeWaveAct(act, signatures, body))))?.name).to.equal("WavesCancelled");
    });

    /** hashStruct(Act), by ethers. */
    function structHashOf(act: object): Uint8Array {
      const fields = ACT_FIELDS.split(",").map((field) => field.split(" ") as [string, string]);
      const types = { Act: fields.map(([type, name]) => ({ type, name })) };
      return fromHex(TypedDataEncoder.hashStruct("Act", types, act) as Hex);
    }
  });

  describe("what another wave brought before", () => {
    /** X with a planning, an award and a contract, taken back and brought again. */
    const twice = async () => {
      const at = { ocid: X, contractId: "" };
      const award = { code: 1, currency: "IDR", value: 900_00n, party: supplier };
      const rowsOf = (wave: Hex) => [
        waves.row(wave, "p", { ...at, kind: Kind.planning, terms: { code: 1 } }),
        waves.row(wave, "a", { ...at, kind: Kind.award, awardId: "A", terms: award }),
        waves.row(wave, "k", { ocid: X, contractId: "K-1", awardId: "A" }),
      ];
      const bring = async (wave: Hex) => {
        const rows = rowsOf(wave);
        const lot = await lotOf(rows, {}, wave);
        const recorded = await recordedOf(wave, lot, rows);
        await waves.close(wave);
        await waves.activate(wave);
        return recorded;
      };
      const former = await bring(W("W1", 1));
      await waves.rollBack(W("W1", 1));
      const present = await bring(W("W1", 2));
      return { former, present };
    };
    apart("is not there to be corrected, withdrawn or remarked on through the next", async () => {
      const { former, present } = await twice();
      const [planning, , contract] = former;
      const basis = (await contractIn(W("W1", 2), "K-1")).terms as Hex;
      expect(basis).to.equal(present[2]!.leaf);
      const correction = (was: Recorded): EntryChoices => ({
        ...{ by: p.officer!, kind: Kind.correction, capacity: Role.officer, basis, approvals: approvals() },
        ...{ ...naming(was), terms: { ...was.entry.terms, officer: post, value: 1_00n } },
      });
      const withdrawal = (was: Recorded): EntryChoices => ({
        ...{ by: p.pokja!, kind: Kind.withdrawal, capacity: Role.procurement, approvals: approvals() },
        ...{ ...naming(was), basis: present[0]!.leaf, terms: {} },
      });
      const note = (was: Recorded): EntryChoices => ({ ...remark(), ...naming(was) });
      for (const choices of [correction(contract!), withdrawal(planning!), note(planning!)])
        expect((await world.submit(choices)).refused).to.include({
          ...{ code: Code.UnknownReference, a: BigInt(choices.refersTo!) },
        });
      const before = await contractIn(W("W1", 2), "K-1");
      expect(before.value).to.equal(110_00n);
      await world.record(correction(present[2]!));
      expect((await contractIn(W("W1", 2), "K-1")).value).to.equal(1_00n);
      expect((await contractIn(W("W1", 1), "K-1")).value).to.equal(110_00n);
    });
    apart("has numbers of its own; process and agency go on without a gap", async () => {
      const { former, present } = await twice();
      expect([...former, ...present].map(({ assigned }) => assigned.processSequence)).to.deep.equal([1, 2, 3, 4, 5, 6]);
      const process = await processOf(idOf(X));
      expect(process).to.include({ count: 6n, wave: 2n, head: present[2]!.leaf });
      const native = await world.record({
        by: p.pokja!,
        kind: Kind.tender,
        ocid: `${STEM}-5`,
        contractId: "",
        terms: { code: 1 },
      });
      expect(native.assigned).to.include({ agencySequence: 7, previousAgency: present[2]!.leaf });
      const first = await world.record(remark());
      expect(first.assigned).to.include({ agencySequence: 8, processSequence: 7, wave: 2 });
      // the award holds what this wave's contract took of it, not the other's too
      const award = await world.contract("Ledger").getFunction("awardOf")(await incarnation(W("W1", 2)), idOf("A"));
      expect(award.toObject()).to.include({ agreed: 100_00n, contracts: 1n });
    });
    apart("leaves a document's sum as it is: paid once, in whichever process", async () => {
      await waves.bring(W(), [waves.row(W(), "1")]);
      const now = await world.now();
      const contract = { code: 2, currency: "IDR", value: 100_00n, officer: post, party: supplier, on: now - DAY };
      await world.record({ by: p.officer!, kind: Kind.contract, ocid: `${STEM}-3`, terms: contract });
      const paid = (ocid: string): EntryChoices => ({
        ...{ by: p.treasurer!, kind: Kind.payment, ocid },
        terms: {
          ...{ currency: "IDR", amount: 60_00n, documentTotal: 100_00n, issuer: parent, documentKey: idOf("SP2D-7") },
          on: now - DAY,
        },
      });
      await world.record(paid(`${STEM}-3`));
      expect(await codeOf(paid(X))).to.equal(Code.DocumentExceeded);
      const { recorded } = await world.submit({ ...paid(X), terms: { ...paid(X).terms, amount: 40_00n } });
      expect(recorded).to.include({ excess: 0n });
      expect((await contractIn(W(), "K-1")).paid).to.equal(80_00n);
    });
  });

  describe("a process that a wave brought", () => {
    apart("is opened once, whatever stands on it by then", async () => {
      const at = { ocid: X, contractId: "" };
      const rows = [
        waves.row(W(), "o1", at),
        waves.row(W(), "o2", { ...at, entry: { commandId: idOf("another") } }),
        waves.row(W(), "k", { ocid: X, contractId: "K-1" }),
      ];
      const lot = await waves.bring(W(), rows, { tier: Tier.archive });
      expect(codesOf(await waves.load(W(), lot, rows, [2]))).to.deep.equal([1]);
      await world.record(remark());
      expect(codesOf(await waves.load(W(), lot, rows, [0, 1]))).to.deep.equal([1, Code.IdInUse]);
      expect(await processOf(await incarnation(W()))).to.include({ opened: true, touched: true, agreements: 1n });
    });
    apart("brings a cancelled tender as it is: begun, then cancelled", async () => {
      const at = { ocid: X, contractId: "" };
      const rows = [
        waves.row(W(), "t", { ...at, kind: Kind.tender, terms: { code: 1 } }),
        waves.row(W(), "t2", { ...at, kind: Kind.tender, terms: { code: 4 } }),
        waves.row(W(), "k", { ...at, kind: Kind.tender, terms: { code: 2 }, entry: { basis: idOf("x") } }),
      ];
      const lot = await lotOf(rows);
      expect(codesOf(await waves.load(W(), lot, rows, [1, 0, 1, 2]))).to.deep.equal([
        ...[Code.InvalidTransition, 1, 1, Code.InvalidTransition],
      ]);
      expect(await processOf(await incarnation(W()))).to.include({ tender: 7n });
    });
    apart("is not overtaken by a row that comes after people have signed on it", async () => {
      const at = { ocid: X, contractId: "" };
      const rows = [
        waves.row(W(), "t", { ...at, kind: Kind.tender, terms: { code: 1 } }),
        waves.row(W(), "t2", { ...at, kind: Kind.tender, terms: { code: 4 } }),
        waves.row(W(), "p", { ...at, kind: Kind.planning, terms: { code: 1 } }),
      ];
      const lot = await waves.bring(W(), rows, { tier: Tier.archive });
      const [tender] = (await waves.load(W(), lot, rows, [0])).flatMap(({ recorded }) => recorded ?? []);
      await world.undone(async () => {
        expect(codesOf(await waves.load(W(), lot, rows, [1]))).to.deep.equal([1]);
      });
      await world.record({
        ...{ by: p.pokja!, kind: Kind.tender, ocid: X, contractId: "", terms: { code: 2 }, basis: tender!.leaf },
      });
      expect(codesOf(await waves.load(W(), lot, rows, [1, 2]))).to.deep.equal([Code.StaleBasis, 1]);
    });
    apart("is corrected by whoever may sign what is corrected, never by the head who brought it", async () => {
      const rows = [waves.row(W(), "1")];
      const lot = await lotOf(rows);
      const [opening] = await recordedOf(W(), lot, rows);
      // not in force: nobody corrects it
      expect(await codeOf(await correcting(opening!, { officer: post }))).to.equal(Code.WaveNotInForce);
      await waves.close(W());
      await waves.activate(W());
      expect(
        await codeOf(await correcting(opening!, { value: 90_00n }, { by: p.head!, capacity: Role.head, up: 1 })),
      ).to.equal(Code.WrongCapacity);
      expect(await codeOf(await correcting(opening!, { value: 90_00n })), "nobody has the post yet").to.equal(
        Code.NoOffice,
      );
      expect(await codeOf(await correcting(opening!, { officer: post }, { approvals: [] }))).to.equal(
        Code.SecondNeeded,
      );
      const corrected = await world.record(await correcting(opening!, { officer: post, value: 90_00n }));
      expect(corrected.assigned).to.include({ wave: 1 });
      expect(await contractIn(W(), "K-1")).to.include({ value: 90_00n, paid: 40_00n, firstValue: 100_00n, post });
      // from there on it is the post's; its balances stand as they were found
      const other = { ...corrected.entry.terms, documentKey: idOf("other balances") };
      expect(await codeOf(await correcting(corrected, other))).to.equal(Code.WrongPreimage);
      await world.record(await correcting(corrected, { value: 95_00n }));
      const balances = balancesOf();
      expect(await contractIn(W(), "K-1")).to.include({ value: 95_00n, paid: balances.paid });
    });
    apart(
      "lets its sections be withdrawn where nothing stands on them, and its payments be returned and corrected",
      async () => {
        const at = { ocid: X, contractId: "" };
        const award = { code: 1, currency: "IDR", value: 900_00n, party: supplier };
        const rows = [
          waves.row(W(), "p", { ...at, kind: Kind.planning, terms: { code: 1 } }),
          waves.row(W(), "a", { ...at, kind: Kind.award, awardId: "A", terms: award }),
          waves.row(W(), "k", {
            ocid: X,
            contractId: "K-1",
            balances: balancesOf({ on: (await world.now()) - 10 * DAY }),
          }),
        ];
        const lot = await lotOf(rows);
        const [planning, itsAward, contract] = await recordedOf(W(), lot, rows);
        await waves.close(W());
        await waves.activate(W());
        const withdrawing = (was: Recorded): EntryChoices => ({
          ...{ by: p.pokja!, kind: Kind.withdrawal, capacity: Role.procurement, approvals: approvals(), terms: {} },
          ...{ ...naming(was), basis: was.leaf },
        });
        expect(await codeOf(withdrawing(planning!))).to.equal(Code.HasDependants);
        await world.record(withdrawing(itsAward!));
        expect(await codeOf(withdrawing(planning!)), "the contract stands on it").to.equal(Code.HasDependants);
        await world.record(await correcting(contract!, { officer: post }));
        const now = await world.now();
        const document = { documentTotal: 30_00n, issuer: parent, documentKey: idOf("SP2D-1") };
        const pays = (on: number): EntryChoices => ({
          ...{ by: p.treasurer!, kind: Kind.payment, ocid: X, contractId: "K-1" },
          terms: { currency: "IDR", amount: 10_00n, ...document, on },
        });
        const early = await world.record(pays(now - 20 * DAY));
        expect(early.assigned.exceptions & Exception.beforeOpening).to.equal(Exception.beforeOpening);
        expect((await contractIn(W(), "K-1")).paid).to.equal(40_00n);
        const late = await world.record(pays(now - DAY));
        expect((await contractIn(W(), "K-1")).paid).to.equal(50_00n);
        const back = { code: 1, currency: "IDR", amount: 4_00n, documentTotal: 4_00n, issuer: parent };
        await world.record({
          ...{
            by: p.treasurer!,
            kind: Kind.return,
            ...naming(late),
            terms: { ...back, documentKey: idOf("R-1"), on: now },
          },
        });
        expect((await contractIn(W(), "K-1")).paid).to.equal(46_00n);
        await world.record(
          await correcting(early, { code: 1 }, { by: p.treasurer!, capacity: Role.treasurer, approvals: approvals() }),
        );
        expect((await contractIn(W(), "K-1")).paid).to.equal(56_00n);
        expect(await revertOf(waves.rollBack(W()))).to.deep.equal({ name: "WavesNativeEntries", args: [1n, 6n, 2n] });
      },
    );
    apart("keeps the numbers of its certificates and guarantees to itself", async () => {
      const withPost = (wave: Hex) => {
        const { terms } = waves.row(wave, "1").entry;
        return waves.row(wave, "1", { terms: { ...terms, officer: post } });
      };
      const guarantee = async (): Promise<EntryChoices> => {
        const now = await world.now();
        const terms = {
          code: 21,
          currency: "IDR",
          amount: 5_00n,
          documentKey: idOf("JAM-1"),
          on: now,
          until: now + DAY,
        };
        return { by: p.officer!, kind: Kind.guarantee, ocid: X, contractId: "K-1", terms };
      };
      await waves.bring(W("W1", 1), [withPost(W("W1", 1))], { detaches: true });
      await world.record(await guarantee());
      expect(await codeOf(await guarantee())).to.equal(Code.NumberUsed);
      await waves.rollBack(W("W1", 1));
      // touched, so it stays: the same number is still used there
      expect(await codeOf(await guarantee())).to.equal(Code.NumberUsed);
    });
  });

  describe("an agency that another succeeds", () => {
    apart(
      "lets its archive be promoted and its wave be ended by the successor's people; it opens nothing new",
      async () => {
        const [registrar, overseer] = [p.registrar!, p.overseer!];
        const rows = [waves.row(W(), "1"), waves.row(W(), "2")];
        const lot = await waves.bring(W(), rows, { tier: Tier.archive });
        const next = idOf("ID-PENERUS");
        await world.act(
          [registrar, Role.registrar],
          { code: ActCode.registerAgency, agency: next, holder: parent },
          [],
        );
        await world.act([registrar, Role.registrar], { code: ActCode.succeed, agency, holder: next }, [
          [overseer, Role.overseer],
        ]);
        expect(codesOf(await waves.load(W(), lot, rows, [0]))).to.deep.equal([Code.Accepted]);
        const tender = { by: p.pokja!, kind: Kind.tender, ocid: `${STEM}-new`, contractId: "", terms: { code: 1 } };
        expect(await codeOf(tender)).to.equal(Code.UnknownStem);
        const chief = person("chief of the successor");
        await world.enrol(chief);
        await world.grant(chief, Role.head, next);
        // and a wave that was under way goes on
        await waves.act({ code: ActCode.openWave, post: W("W2"), key: PLAN, agency }, { by: chief, at: next });
        const more = [waves.row(W("W2"), "3", { entry: { maker: chief.holder } })];
        const second = await waves.lot(W("W2"), "lot 1", more);
        await waves.accept(second, chief, next);
        expect(codesOf(await waves.load(W("W2"), second, more))).to.deep.equal([Code.Accepted]);
        await waves.act({ code: ActCode.rollBackWave, post: W("W2"), agency }, { by: chief, at: next });
      },
    );
  });
});
