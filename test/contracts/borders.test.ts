import { expect } from "chai";
import { ActCode } from "../../server/domain/entries/act.ts";
import { approvalHash, cancelHash, entryHash, idOf, signedDigest } from "../../server/domain/entries/entry.ts";
import { Custody, Kind, Role } from "../../server/domain/entries/kinds.ts";
import { type Hex, NO_ID, toHex } from "../../server/domain/entries/words.ts";
import { keyWord } from "../../server/ledger/acts.ts";
import { packCancel, packEntry } from "../../server/ledger/codec.ts";
import { interfaceOf } from "../../server/ledger/deploy.ts";
import { sign } from "../../server/ledger/signatures.ts";
import { Code } from "./codes.ts";
import { agency, type EntryChoices, type Person, parent, person, post, STEM, supplier, World } from "./world.ts";

/** What the Ledger checks around the rules, on both sides of its border: ends, checkpoints, cancels, keys, offices, sizes. */

const DAY = 86_400;
const MONTH = 31 * DAY;

describe("Ledger, at its borders", () => {
  let world: World;
  let p: World["people"];
  let snapshot: unknown;
  let processes = 0;
  before(async function () {
    this.timeout(120_000);
    world = await World.build();
    p = world.people;
  });
  beforeEach(async () => {
    world.seen = NO_ID;
    snapshot = await world.chain.request({ method: "evm_snapshot", params: [] });
  });
  afterEach(async () => {
    await world.chain.request({ method: "evm_revert", params: [snapshot] });
  });

  const aContract = async (given: Partial<EntryChoices> = {}): Promise<EntryChoices> => ({
    by: p.officer!,
    kind: Kind.contract,
    ocid: `${STEM}-${++processes}`,
    terms: {
      code: 2,
      currency: "IDR",
      value: 100_000_000_00n,
      officer: post,
      party: supplier,
      on: (await world.now()) - DAY,
    },
    ...given,
  });
  /** The code of a packed item, at that very second where one is given; 1 where it is recorded. */
  const codeOf = async (item: Uint8Array, time?: number): Promise<number> => {
    if (time !== undefined) await world.at(time);
    const [outcome] = await world.send([item]);
    return outcome!.refused?.code ?? Code.Accepted;
  };
  const submitted = async (given: Partial<EntryChoices> = {}, time?: number): Promise<number> =>
    codeOf(packEntry((await world.item(await aContract(given))).item), time);

  describe("an end", () => {
    it("of an entry is its last second, at most 31 days ahead", async () => {
      const time = (await world.now()) + 100;
      expect(await submitted({ expires: time }, time)).to.equal(Code.Accepted);
      expect(await submitted({ expires: time }, time + 1)).to.equal(Code.Expired);
      expect(await submitted({ expires: time + 2 + MONTH }, time + 2)).to.equal(Code.Accepted);
      expect(await submitted({ expires: time + 4 + MONTH }, time + 3)).to.equal(Code.ExpiresTooFar);
    });
    it("of an approval likewise", async () => {
      const time = (await world.now()) + 100;
      const approved = (expires: number) => ({ expires: time + 9, approvals: [{ by: p.approver!, expires }] });
      expect(await submitted(approved(time), time)).to.equal(Code.Accepted);
      expect(await submitted(approved(time), time + 1)).to.equal(Code.Expired);
      expect(await submitted(approved(time + 2 + MONTH), time + 2)).to.equal(Code.Accepted);
      expect(await submitted(approved(time + 4 + MONTH), time + 3)).to.equal(Code.ExpiresTooFar);
    });
  });

  describe("the checkpoint that was seen", () => {
    it("is none before the first one, and one of those stored after it", async () => {
      expect(await submitted({ seen: NO_ID })).to.equal(Code.Accepted);
      await world.checkpoint();
      expect(await submitted({ seen: NO_ID })).to.equal(Code.UnknownSeen);
      expect(await submitted({ seen: world.seen })).to.equal(Code.Accepted);
      expect(await submitted({ approvals: [{ by: p.approver!, seen: idOf("x") }] })).to.equal(Code.UnknownSeen);
    });
    it("is the first of a day: a later one of that day is not stored", async () => {
      const { root } = await world.checkpoint();
      await submitted();
      const later = await world.checkpoint();
      expect(later.root).to.not.equal(root);
      expect(world.seen).to.equal(root);
      expect(await submitted({ seen: later.root })).to.equal(Code.UnknownSeen);
    });
    it("counts for 31 days once there is a newer one, to the second", async () => {
      await world.checkpoint();
      const old = world.seen;
      const stored = await world.now();
      await submitted();
      await world.pass(DAY);
      await world.checkpoint();
      const time = stored + MONTH;
      await world.at(time - 60);
      await world.checkpoint();
      expect(await submitted({ seen: old }, time)).to.equal(Code.Accepted);
      expect(await submitted({ seen: old }, time + 1)).to.equal(Code.SeenTooOld);
      expect(await submitted({ approvals: [{ by: p.approver!, seen: old }] }, time + 2)).to.equal(Code.SeenTooOld);
    });
  });

  describe("a cancel", () => {
    type Choices = { by: Person; target: Hex; expires?: number; holder?: Hex };
    const aCancel = async ({ by, target, expires, holder = by.holder }: Choices): Promise<Uint8Array> => {
      const cancel = { target, holder, expires: expires ?? (await world.now()) + DAY };
      return packCancel({ cancel, signature: sign(signedDigest(world.separator, cancelHash(cancel)), by.key) });
    };
    const cancelled = async (choices: Choices, time?: number) => codeOf(await aCancel(choices), time);

    it("is a leaf of the log", async () => {
      const [size] = await world.contract("Ledger").getFunction("log")();
      expect(await cancelled({ by: p.officer!, target: idOf("x") })).to.equal(Code.Accepted);
      expect((await world.contract("Ledger").getFunction("log")())[0]).to.equal(size + 1n);
    });
    it("stops its own signature only: another's cancel of the same entry does nothing", async () => {
      const { item, hash } = await world.item(await aContract());
      expect(await cancelled({ by: p.officer2!, target: hash })).to.equal(Code.Accepted);
      await world.undone(async () => expect(await codeOf(packEntry(item))).to.equal(Code.Accepted));
      expect(await cancelled({ by: p.officer!, target: hash })).to.equal(Code.Accepted);
      expect(await codeOf(packEntry(item))).to.equal(Code.CancelledBefore);
    });
    it("of an approval stops what it approved, until somebody else approves", async () => {
      const choices = await aContract({ approvals: [{ by: p.approver! }] });
      const { item } = await world.item(choices);
      const { approval } = item.approvals[0]!;
      const target = toHex(approvalHash(entryHash(item.entry), approval));
      expect(await cancelled({ by: p.approver!, target })).to.equal(Code.Accepted);
      expect(await codeOf(packEntry(item))).to.equal(Code.CancelledBefore);
      expect(await submitted({ ...choices, approvals: [{ by: p.kabApprover!, up: 1 }] })).to.equal(Code.Accepted);
    });
    it("after its entry changes nothing: what is recorded stays", async () => {
      const { item, hash } = await world.item(await aContract());
      expect(await codeOf(packEntry(item))).to.equal(Code.Accepted);
      expect(await cancelled({ by: p.officer!, target: hash })).to.equal(Code.Accepted);
      expect(await codeOf(packEntry(item))).to.equal(Code.DuplicateCommand);
    });
    it("counts once", async () => {
      expect(await cancelled({ by: p.officer!, target: idOf("x") })).to.equal(Code.Accepted);
      expect(await cancelled({ by: p.officer!, target: idOf("x") })).to.equal(Code.DuplicateCommand);
    });
    it("is signed by its holder, with a key that counts, before its end", async () => {
      const target = idOf("x");
      expect(await cancelled({ by: p.officer2!, holder: p.officer!.holder, target })).to.equal(Code.BadSignature);
      expect(await cancelled({ by: person("nobody"), target })).to.equal(Code.UnknownHolder);
      const time = (await world.now()) + 100;
      expect(await cancelled({ by: p.officer!, target, expires: time - 1 }, time)).to.equal(Code.Expired);
      expect(await cancelled({ by: p.officer!, target, expires: time + 2 + MONTH }, time + 1)).to.equal(
        Code.ExpiresTooFar,
      );
      expect(await cancelled({ by: p.officer!, target, expires: time + 2 + MONTH }, time + 2)).to.equal(Code.Accepted);
      expect(await cancelled({ by: p.approver!, target, expires: time + 3 }, time + 3)).to.equal(Code.Accepted);
      await world.act([p.pokja!, 0], {
        code: ActCode.revokeKey,
        holder: p.pokja!.holder,
        key: keyWord(p.pokja!.address),
      });
      expect(await cancelled({ by: p.pokja!, target })).to.equal(Code.KeyRevoked);
    });
    it("is refused by name where its bytes are cut, too many or of another signature", async () => {
      const bytes = await aCancel({ by: p.officer!, target: idOf("x") });
      expect(await codeOf(bytes.subarray(0, -1))).to.equal(Code.Malformed);
      expect(await codeOf(Uint8Array.from([...bytes, 0]))).to.equal(Code.Malformed);
      const other = (type: number) => codeOf(bytes.with(73, type));
      expect(await other(0)).to.equal(Code.SignatureType);
      expect(await other(2), "a key's signature as a passkey's").to.equal(Code.SignatureMalformed);
      expect(await other(5)).to.equal(Code.SignatureType);
    });
  });

  describe("keys and offices", () => {
    const keptOfficer = person("kept officer");
    const keptApprover = person("kept approver");
    beforeEach(async () => {
      await world.enrol(keptOfficer, Custody.gateway);
      await world.enrol(keptApprover, Custody.gateway);
      await world.grant(keptOfficer, Role.officer, agency, { post });
      await world.grant(keptApprover, Role.approver, agency);
    });

    it("that the gateway keeps sign alone where one signature is enough, never two where two sign", async () => {
      expect(await submitted({ by: keptOfficer })).to.equal(Code.Accepted);
      expect(await submitted({ by: keptOfficer, approvals: [{ by: keptApprover }] })).to.equal(Code.OnlyGatewayKeys);
      expect(await submitted({ by: keptOfficer, approvals: [{ by: p.approver! }] })).to.equal(Code.Accepted);
      expect(await submitted({ approvals: [{ by: keptApprover }] })).to.equal(Code.Accepted);
      expect(
        await submitted({ by: keptOfficer, approvals: [{ by: keptApprover }, { by: p.kabApprover!, up: 1 }] }),
      ).to.equal(Code.Accepted);
    });
    it("are those of the second in which the entry is accepted", async () => {
      const now = await world.now();
      await world.grant(p.pokja!, Role.officer, agency, { post, from: now + 1000, until: now + 2000 });
      const by = p.pokja!;
      expect(await submitted({ by }, now + 999)).to.equal(Code.OfficeNotYet);
      expect(await submitted({ by }, now + 1000)).to.equal(Code.Accepted);
      expect(await submitted({ by }, now + 1999)).to.equal(Code.Accepted);
      expect(await submitted({ by }, now + 2000)).to.equal(Code.OfficeEnded);
    });
    it("of a revoked key count no more, whatever it signed before", async () => {
      const { item } = await world.item(await aContract());
      const key = keyWord(p.officer!.address);
      await world.act([p.officer!, 0], { code: ActCode.revokeKey, holder: p.officer!.holder, key });
      expect(await codeOf(packEntry(item))).to.equal(Code.KeyRevoked);
    });
    it("of a treasurer cover the contract's agency or its payer", async () => {
      const [registrar, head] = [p.registrar!, p.head!];
      for (const id of ["ID-LAIN", "ID-BAYAR"])
        await world.act([registrar, Role.registrar], {
          code: ActCode.registerAgency,
          agency: idOf(id),
          holder: parent,
        });
      await world.act([head, Role.head, parent], grantTreasurer("ID-BAYAR"), [[p.overseer!, Role.overseer]]);
      const { terms } = await aContract();
      const payment = (ocid: string): Partial<EntryChoices> => ({
        by: p.officer2!,
        kind: Kind.payment,
        ocid,
        terms: {
          currency: "IDR",
          amount: 1n,
          documentTotal: 1n,
          issuer: idOf("ID-BAYAR"),
          documentKey: idOf(ocid),
          on: terms!.on!,
        },
      });
      expect(await submitted({ ocid: `${STEM}-p1`, terms: { ...terms, payer: idOf("ID-BAYAR") } })).to.equal(
        Code.Accepted,
      );
      expect(await submitted({ ocid: `${STEM}-p2`, terms: { ...terms, payer: idOf("ID-LAIN") } })).to.equal(
        Code.Accepted,
      );
      expect(await submitted(payment(`${STEM}-p1`))).to.equal(Code.Accepted);
      expect(await submitted(payment(`${STEM}-p2`))).to.equal(Code.NotCovering);
    });
    const grantTreasurer = (at: string) => ({
      code: ActCode.grant,
      holder: p.officer2!.holder,
      role: Role.treasurer,
      agency: idOf(at),
    });
    it("of one agency do not reach a process of another", async () => {
      const ocid = `${STEM}-mine`;
      expect(await submitted({ ocid })).to.equal(Code.Accepted);
      expect(await submitted({ ocid, contractId: "K-2", agency: parent })).to.equal(Code.WrongAgency);
    });
    it("sign with one of the four types of signature that there are", async () => {
      const { item } = await world.item(await aContract());
      const bytes = packEntry(item);
      const at = bytes.length - 65 - 1 - 3; // before the signature: type and length; after it: no approvals
      expect([...bytes.subarray(at, at + 3)]).to.deep.equal([1, 0, 65]);
      for (const type of [0, 5, 255]) expect(await codeOf(bytes.with(at, type))).to.equal(Code.SignatureType);
      for (const type of [2, 3, 4]) expect(await codeOf(bytes.with(at, type))).to.equal(Code.SignatureMalformed);
    });
  });

  describe("the bytes of an item", () => {
    /** where `has` stands, and the bit of a preimage in it */
    const HAS = 5;
    const PREIMAGE = 16;
    const packed = async (given: Partial<EntryChoices> = {}) =>
      packEntry((await world.item(await aContract(given))).item);

    it("have no bits without a meaning", async () => {
      for (const bit of [64, 128]) {
        const bytes = await packed();
        bytes[HAS]! |= bit;
        expect(await codeOf(bytes)).to.equal(Code.Malformed);
      }
    });
    it("bring no preimage where nobody looks at it, not even an empty one", async () => {
      expect(await submitted({ preimage: new Uint8Array(50_000) })).to.equal(Code.Malformed);
      const bytes = Uint8Array.from([...(await packed()), 0, 0, 0, 0]);
      bytes[HAS]! |= PREIMAGE;
      expect(await codeOf(bytes)).to.equal(Code.Malformed);
    });
    it("say one entry, however they say that a field is zero: it counts once", async () => {
      const choices = await aContract({ commandId: idOf("one") });
      const bytes = await packed(choices);
      const WORD = 32;
      const at = 6 + 4 * WORD + 8;
      const longer = Uint8Array.from([...bytes.subarray(0, at), ...new Uint8Array(WORD), ...bytes.subarray(at)]);
      longer[HAS]! |= 1; // a basis, of zero
      const [first, second] = await world.send([longer, bytes]);
      expect(first!.recorded!.entry.basis).to.equal(NO_ID);
      expect(second!.refused!.code).to.equal(Code.DuplicateCommand);
    });
    it("cannot take a batch down with lengths that lie", async () => {
      const bytes = await packed();
      const liars = [0, 1, 2].map((field) => {
        const at = bytes.length - [1 + 65 + 2, 1, 0][field]!;
        const liar = Uint8Array.from([...bytes.subarray(0, at), 0xff, 0xff, 0xff, 0xff, ...bytes.subarray(at)]);
        liar[HAS]! |= field === 2 ? 32 : 0;
        return liar;
      });
      const outcomes = await world.send([...liars, bytes]);
      expect(outcomes.slice(0, 3).every(({ refused }) => refused !== undefined)).to.equal(true);
      expect(outcomes[3]!.recorded).to.not.equal(undefined);
    });
    it("hold texts of UTF-8, so that every reader reads what was hashed", async () => {
      const as = async (bytes: number[]): Promise<number> => {
        const whole = await packed({ contractId: "#".repeat(bytes.length) });
        const at = whole.findIndex(
          (_, i) => bytes.every((_, j) => whole[i + j] === 0x23) && whole[i - 1] === bytes.length,
        );
        whole.set(bytes, at);
        return codeOf(whole);
      };
      const wrong = {
        "a lone continuation": [0x41, 0x80],
        "a lead without continuation": [0xc3, 0x41],
        "a lead at the end": [0x41, 0xe2, 0x82],
        "a longer form than needed": [0xc1, 0x81],
        "one of three bytes": [0xe0, 0x9f, 0xbf],
        "one of four": [0xf0, 0x8f, 0xbf, 0xbf],
        "half a surrogate pair": [0xed, 0xa0, 0x80],
        "beyond U+10FFFF": [0xf4, 0x90, 0x80, 0x80],
        "a lead beyond them": [0xf5, 0x80, 0x80, 0x80],
        "a byte that no text has": [...Array(40).fill(0x41), 0xff],
      };
      for (const [name, bytes] of Object.entries(wrong)) expect(await as(bytes), name).to.equal(Code.Malformed);
      // a changed text was not signed, so a right one gets as far as its signature
      for (const text of ["é", "€", "퟿", "\ue000", "😀", "\u{10ffff}", "kontrak ke-2 → ÿ", "\ufeffx"]) {
        expect(await as([...new TextEncoder().encode(text)]), text).to.equal(Code.BadSignature);
        const { recorded } = await world.submit(await aContract({ contractId: text }));
        expect(recorded?.entry.contractId).to.equal(text);
      }
    });
    it("of no kind are refused by that, whoever signed", async () => {
      const by = p.stranger!;
      for (const kind of [0, 18, 255]) expect(await submitted({ kind, by })).to.equal(Code.UnknownKind);
    });
    it("are judged without what the item before them left behind", async () => {
      const ocid = `${STEM}-left`;
      const spmk = {
        by: p.officer!,
        kind: Kind.implementation,
        ocid,
        terms: { code: 1, on: (await world.now()) - DAY },
      };
      const award = {
        ...{ by: p.officer!, kind: Kind.award, capacity: Role.officer, ocid, awardId: "A-1" },
        terms: { code: 1, currency: "IDR", value: 1n, party: supplier },
      };
      expect(await submitted({ ocid })).to.equal(Code.Accepted);
      const items = await Promise.all([spmk, award].map((each) => world.item(each)));
      const [first, second] = await world.send(items.map(({ item }) => packEntry(item)));
      expect(first!.recorded).to.not.equal(undefined);
      expect(second!.refused?.code, "an SPPBJ names the officer's post").to.equal(Code.NoOffice);
      expect(
        await codeOf(packEntry((await world.item({ ...award, terms: { ...award.terms, officer: post } })).item)),
      ).to.equal(Code.Accepted);
    });
  });

  describe("an ocid", () => {
    it("begins with a whole stem of its agency, a hyphen and something after it", async () => {
      expect(await submitted({ ocid: `${STEM}-x`, stemLength: 0 })).to.equal(Code.UnknownStem);
      expect(await submitted({ ocid: STEM })).to.equal(Code.UnknownStem);
      expect(await submitted({ ocid: `${STEM}-` })).to.equal(Code.UnknownStem);
      expect(await submitted({ ocid: `${STEM}-x`, stemLength: STEM.length - 4 })).to.equal(Code.UnknownStem);
      expect(await submitted({ ocid: `${STEM}-x`, stemLength: 255 })).to.equal(Code.UnknownStem);
      expect(await submitted({ ocid: `-${STEM}`, stemLength: 0 })).to.equal(Code.UnknownStem);
      expect(await submitted({ ocid: `${STEM}-x` })).to.equal(Code.Accepted);
    });
    it("may begin with either of two stems", async () => {
      const other = "ocds-213czf-dpu2";
      await world.act([p.registrar!, Role.registrar], { code: ActCode.addStem, agency, role: 1 }, [], other);
      expect(await submitted({ ocid: `${other}-x`, stemLength: other.length })).to.equal(Code.Accepted);
      expect(await submitted({ ocid: `${other}-y`, stemLength: STEM.length })).to.equal(Code.UnknownStem);
      expect(await submitted({ ocid: `${STEM}-y` })).to.equal(Code.Accepted);
    });
  });

  describe("sizes", () => {
    it("of texts: 200 bytes, in ocid, contract and award", async () => {
      const text = (length: number) => "x".repeat(length);
      expect(await submitted({ contractId: text(200) })).to.equal(Code.Accepted);
      expect(await submitted({ contractId: text(201) })).to.equal(Code.TextTooLong);
      expect(await submitted({ contractId: text(255) })).to.equal(Code.TextTooLong);
      expect(await submitted({ ocid: `${STEM}-${text(199 - STEM.length)}` })).to.equal(Code.Accepted);
      expect(await submitted({ ocid: `${STEM}-${text(200 - STEM.length)}` })).to.equal(Code.TextTooLong);
      const award = { by: p.pokja!, kind: Kind.award, contractId: "" };
      const ocid = `${STEM}-a`;
      expect(await submitted({ ocid })).to.equal(Code.Accepted);
      const terms = { code: 1, currency: "IDR", value: 1n, party: supplier };
      expect(await submitted({ ...award, ocid, awardId: text(201), terms })).to.equal(Code.TextTooLong);
      expect(await submitted({ ...award, ocid, awardId: text(200), terms })).to.equal(Code.Accepted);
    });
    it("of the body: 98,304 bytes", async () => {
      expect(await submitted({ body: "x".repeat(98_304) })).to.equal(Code.Accepted);
      expect(await submitted({ body: "x".repeat(98_305) })).to.equal(Code.BodyTooLarge);
    });
    it("of the approvals: four", async () => {
      for (const who of [p.pokja!, p.treasurer!]) await world.grant(who, Role.approver, agency);
      const four = [{ by: p.approver! }, { by: p.pokja! }, { by: p.treasurer! }, { by: p.kabApprover!, up: 1 }];
      expect(await submitted({ approvals: four })).to.equal(Code.Accepted);
    });
  });

  it("tells an agency's count and newest entry, as a checkpoint of that agency", async () => {
    const { recorded } = (await world.send([packEntry((await world.item(await aContract())).item)]))[0]!;
    const receipt = await (await world.contract("Ledger").getFunction("checkpointAgency")(agency)).wait();
    const { args } = interfaceOf("Ledger").parseLog(receipt.logs[0])!;
    const [size] = await world.contract("Ledger").getFunction("log")();
    expect([args.agency, args.count, args.head, args.size]).to.deep.equal([agency, 1n, recorded!.leaf, size]);
  });
});
