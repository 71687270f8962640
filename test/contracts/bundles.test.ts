import { expect } from "chai";
import { type PasskeyChoices, SoftPasskey } from "../../scripts/soft-passkey.ts";
import { ActCode } from "../../server/domain/entries/act.ts";
import {
  approvalHash,
  type Bundle,
  bundleHash,
  type Cancel,
  cancelHash,
  entryHash,
  idOf,
  signedDigest,
} from "../../server/domain/entries/entry.ts";
import { Custody, Kind, Role } from "../../server/domain/entries/kinds.ts";
import {
  bundleOver,
  type PostedBundle,
  type PostedSignature,
  readPosted,
} from "../../server/domain/entries/signature.ts";
import { type Hex, NO_ID, toHex } from "../../server/domain/entries/words.ts";
import { actDigest, encodeAct, keyWord } from "../../server/ledger/acts.ts";
import { type EntryItem, packBatch, packCancel, packEntry } from "../../server/ledger/codec.ts";
import { interfaceOf } from "../../server/ledger/deploy.ts";
import { sign } from "../../server/ledger/signatures.ts";
import { Code } from "./codes.ts";
import { agency, type EntryChoices, type Person, post, revertOf, STEM, World } from "./world.ts";

/** Passkeys and bundles at the ledger: under entries, approvals, cancels and acts. */

const ORIGIN = "https://pengadaan.example.go.id";
const RP = "example.go.id";
const DAY = 86_400;

describe("the ledger, signed to by passkeys and in bundles", () => {
  let world: World;
  let p: World["people"];
  const officers = new SoftPasskey("officer", RP, ORIGIN);
  const approvers = new SoftPasskey("approver", RP, ORIGIN);
  let registrar: [Person, number];

  before(async function () {
    this.timeout(120_000);
    world = await World.build();
    p = world.people;
    registrar = [p.registrar!, Role.registrar];
    await world.decide("Authority", "setOrigin", [ORIGIN, RP, true]);
    await world.addPasskey(p.officer!, officers);
    await world.addPasskey(p.approver!, approvers);
  });

  const digestOf = (hash: Uint8Array) => signedDigest(world.separator, hash);
  const note = async (choices: Partial<EntryChoices> = {}): Promise<EntryItem> =>
    (await world.item({ by: p.officer!, kind: Kind.note, contractId: "", post, ...choices } as EntryChoices)).item;
  /** Contracts of processes of their own, each acceptable by itself. */
  const contracts = async (count: number, choices: Partial<EntryChoices> = {}): Promise<EntryItem[]> => {
    const now = await world.now();
    const terms = {
      code: 2,
      currency: "IDR",
      value: 100_000_00n,
      officer: post,
      party: idOf("ID-PT-BATU"),
      on: now - DAY,
    };
    const items: EntryItem[] = [];
    for (let i = 0; i < count; i++)
      items.push(
        (await world.item({ by: p.officer!, kind: Kind.contract, ocid: `${STEM}-p${++made}`, terms, ...choices })).item,
      );
    return items;
  };
  let made = 0;
  const signedBy = (item: EntryItem, key: SoftPasskey, choices: PasskeyChoices = {}): EntryItem => ({
    ...item,
    signature: readPosted(key.sign(digestOf(entryHash(item.entry)), choices), 0),
  });
  /** 1, or the code of the refusal. */
  const codes = async (items: EntryItem[]): Promise<number[]> =>
    (await world.send(items.map(packEntry))).map(({ recorded, refused }) => (recorded ? 1 : refused!.code));
  const codeOf = async (item: EntryItem) => (await codes([item]))[0];
  type Signs = (digest: Uint8Array) => PostedSignature;
  const byKey =
    (who: Person): Signs =>
    (digest) =>
      toHex(sign(digest, who.key));
  const byPasskey =
    (key: SoftPasskey): Signs =>
    (digest) =>
      key.sign(digest);

  /** The signatures of a bundle over hashes, changed by what is chosen. */
  async function bundle(
    hashes: Uint8Array[],
    signs: Signs,
    choices: Partial<Bundle> & { signedAs?: Partial<Bundle> } = {},
  ): Promise<{ hash: Hex; signatures: PostedBundle[] }> {
    const { root, count, proofs } = await bundleOver(hashes);
    const { signedAs, ...changed } = choices;
    const stated = { root, count, capacity: Role.officer as number, expires: (await world.now()) + DAY, ...changed };
    const hash = bundleHash({ ...stated, ...signedAs });
    const signature = signs(digestOf(hash)) as PostedBundle["signature"];
    const signatures = proofs.map((proof, index) => ({ type: "bundle" as const, ...stated, index, proof, signature }));
    return { hash: toHex(hash), signatures };
  }
  async function bundled(items: EntryItem[], signs: Signs, choices: Parameters<typeof bundle>[2] = {}) {
    const { signatures } = await bundle(
      items.map(({ entry }) => entryHash(entry)),
      signs,
      choices,
    );
    return items.map((item, i) => ({ ...item, signature: readPosted(signatures[i]!, Role.officer) }));
  }

  describe("a passkey", () => {
    it("signs an entry, and its leaf tells the custody of the passkey", async () => {
      const [item] = await contracts(1);
      const [outcome] = await world.send([packEntry(signedBy(item!, officers))]);
      expect(outcome!.recorded?.signers[0]).to.include({ custody: Custody.passkey, capacity: Role.officer });
    });

    it("approves, and so does one for an entry that another passkey signed", async () => {
      const [item] = await contracts(1, { approvals: [{ by: p.approver! }] });
      const { approval, up } = item!.approvals[0]!;
      const digest = digestOf(approvalHash(entryHash(item!.entry), approval));
      const approvals = [{ approval, up, signature: readPosted(approvers.sign(digest), 0) }];
      const [outcome] = await world.send([packEntry(signedBy({ ...item!, approvals }, officers))]);
      expect(outcome!.recorded?.signers.map(({ custody }) => custody)).to.deep.equal([
        Custody.passkey,
        Custody.passkey,
      ]);
    });

    it("takes its own signature back before it counted", async () => {
      const [item] = await contracts(1);
      const cancel: Cancel = {
        target: toHex(entryHash(item!.entry)),
        holder: p.officer!.holder,
        expires: (await world.now()) + DAY,
      };
      const signature = readPosted(officers.sign(digestOf(cancelHash(cancel))), 0);
      await world.send([packCancel({ cancel, signature })]);
      expect(await codeOf(signedBy(item!, officers))).to.equal(Code.CancelledBefore);
    });

    it("signs acts: a holder adds a second key with his passkey alone", async () => {
      const second = new SoftPasskey("the officer's second", RP, ORIGIN);
      const given = { code: ActCode.addKey, holder: p.officer!.holder, key: keyWord(second.address), custody: 1 };
      const act = await world.prepareAct(p.officer!, given, "{}");
      const signatures = [officers, second].map((key) => ({
        ...{ holder: p.officer!.holder, role: 0, agency: NO_ID },
        signature: readPosted(key.sign(actDigest(world.separator, act)), 0),
      }));
      await world.relay(encodeAct(act, signatures, "{}"));
      const [item] = await contracts(1);
      expect(await codeOf(signedBy(item!, second))).to.equal(Code.Accepted);
    });

    it("is not enrolled without its own agreement, verified, on an admitted page", async () => {
      const key = new SoftPasskey("not enrolled", RP, ORIGIN);
      const refusal = async (choices: PasskeyChoices, as: SoftPasskey = key) => {
        const given = { code: ActCode.addKey, holder: p.officer!.holder, key: keyWord(key.address), custody: 1 };
        const act = await world.prepareAct(p.officer!, given, "{}");
        const digest = actDigest(world.separator, act);
        const own = [sign(digest, p.officer!.key), readPosted(as.sign(digest, choices), 0)];
        const signatures = own.map((signature) => ({ holder: p.officer!.holder, role: 0, agency: NO_ID, signature }));
        const { name, args } = (await revertOf(world.relay(encodeAct(act, signatures, "{}"))))!;
        return [name, Number(args[1])];
      };
      const bad = "AuthorityBadSignature";
      expect(await refusal({ flags: 1 })).to.deep.equal([bad, Code.PasskeyUser]);
      expect(await refusal({ origin: "https://evil.example" })).to.deep.equal([bad, Code.PasskeyOrigin]);
      expect(await refusal({ highS: true })).to.deep.equal([bad, Code.BadSignature]);
      // the passkey of somebody else agrees to nothing in its place
      expect(await refusal({}, approvers)).to.deep.equal([bad, Code.BadSignature]);
    });

    it("is refused by name for what it did not do as it must", async () => {
      const [item] = await contracts(1);
      const other = digestOf(entryHash((await contracts(1))[0]!.entry));
      const refused = (choices: PasskeyChoices, key = officers) => codeOf(signedBy(item!, key, choices));
      expect(await refused({ flags: 0x01 })).to.equal(Code.PasskeyUser);
      expect(await refused({ origin: `${ORIGIN}.evil.example` })).to.equal(Code.PasskeyOrigin);
      expect(await refused({ origin: "http://localhost:8080" })).to.equal(Code.PasskeyOrigin);
      // the same page, the key bound to another domain: that is another key, and the page is not admitted for it
      expect(await refused({ rpId: "go.id" })).to.equal(Code.PasskeyOrigin);
      expect(await refused({ highS: true })).to.equal(Code.BadSignature);
      expect(await refused({ type: "webauthn.create" })).to.equal(Code.PasskeyClientData);
      expect(await codeOf({ ...item!, signature: readPosted(officers.sign(other), 0) })).to.equal(
        Code.PasskeyChallenge,
      );
      expect(await refused({}, approvers)).to.equal(Code.BadSignature);
      expect(await refused({}, new SoftPasskey("nobody's", RP, ORIGIN))).to.equal(Code.BadSignature);
      expect(await codeOf({ ...item!, signature: Uint8Array.of(2, 1, 2, 3) })).to.equal(Code.SignatureMalformed);
      for (const type of [0, 5, 255])
        expect(await codeOf({ ...item!, signature: Uint8Array.of(type, 1, 2) }), `${type}`).to.equal(
          Code.SignatureType,
        );
      expect(await refused({})).to.equal(Code.Accepted);
    });

    it("counts no more once it is revoked, nor on a page that the council admits no longer", () =>
      world.undone(async () => {
        const [first, second] = await contracts(2);
        await world.decide("Authority", "setOrigin", [ORIGIN, RP, false]);
        expect(await codeOf(signedBy(first!, officers))).to.equal(Code.PasskeyOrigin);
        await world.decide("Authority", "setOrigin", [ORIGIN, RP, true]);
        expect(await codeOf(signedBy(first!, officers))).to.equal(Code.Accepted);
        await world.act(registrar, {
          code: ActCode.revokeKey,
          holder: p.officer!.holder,
          key: keyWord(officers.address),
        });
        expect(await codeOf(signedBy(second!, officers))).to.equal(Code.KeyRevoked);
      }));

    it("of a former holder of the office signs nothing more", () =>
      world.undone(async () => {
        const [item] = await contracts(1);
        const office = { holder: p.officer!.holder, agency, role: Role.officer, post };
        await world.act([p.head!, Role.head, idOf("ID-KAB")], { code: ActCode.revoke, ...office });
        expect(await codeOf(signedBy(item!, officers))).to.equal(Code.OfficeEnded);
        const [bundledItem] = await bundled([item!], byPasskey(officers));
        expect(await codeOf(bundledItem!)).to.equal(Code.OfficeEnded);
      }));

    it("is a decision of the council, and a leaf of the log that holds the page's address", async () => {
      const from = (await world.chain.provider.getBlockNumber()) + 1;
      await world.decide("Authority", "setOrigin", ["https://lain.example", "lain.example", true]);
      const logs = await world.chain.provider.getLogs({ fromBlock: from, address: world.addresses.Authority });
      const { args } = interfaceOf("Authority").parseLog(logs.at(-1)!)!;
      expect([Number(args.words[1]), args.words[7]]).to.deep.equal([
        ActCode.decided,
        keyWord(world.addresses.Authority),
      ]);
      const told = interfaceOf("Authority").decodeFunctionData("setOrigin", args.body);
      expect([...told]).to.deep.equal(["https://lain.example", "lain.example", true]);
    });
  });

  for (const [sort, signs] of [
    ["secp256k1", () => byKey(p.officer!)],
    ["a passkey", () => byPasskey(officers)],
  ] as const)
    describe(`a bundle signed by ${sort}`, () => {
      for (const count of [1, 2, 3, 7, 8])
        it(`of ${count} stands for each of them`, async () => {
          const items = await bundled(await contracts(count), signs());
          expect(await codes(items)).to.deep.equal(Array(count).fill(1));
        });

      it("is refused by name where it is not what was signed", async () => {
        const [one, two, three] = await contracts(3);
        const hashes = [one!, two!, three!].map(({ entry }) => entryHash(entry));
        const now = await world.now();
        const refused = async (choices: Parameters<typeof bundle>[2], change: (s: PostedBundle) => PostedBundle) => {
          const { signatures } = await bundle(hashes, signs(), choices);
          return codeOf({ ...one!, signature: readPosted(change(signatures[0]!), Role.officer) });
        };
        const same = (s: PostedBundle) => s;
        expect(await refused({ expires: now - 1 }, same)).to.equal(Code.BundleExpired);
        expect(await refused({ expires: now + 40 * DAY }, same)).to.equal(Code.ExpiresTooFar);
        expect(await refused({ capacity: Role.approver }, same)).to.equal(Code.BundleCapacity);
        // who says that it was signed in this capacity shows another bundle, which nobody signed
        const otherwise = await refused({ signedAs: { capacity: Role.approver } }, same);
        expect([Code.BadSignature, Code.PasskeyChallenge]).to.include(otherwise);
        for (const index of [1, 2]) expect(await refused({}, (s) => ({ ...s, index }))).to.equal(Code.BundleProof);
        for (const index of [3, 4, 65_535])
          expect(await refused({}, (s) => ({ ...s, index }))).to.equal(Code.BundleProof);
        expect(await refused({}, (s) => ({ ...s, proof: s.proof.slice(1) }))).to.equal(Code.BundleProof);
        expect(await refused({}, (s) => ({ ...s, proof: [...s.proof, NO_ID] }))).to.equal(Code.BundleProof);
        expect(await refused({}, (s) => ({ ...s, proof: [...s.proof].reverse() }))).to.equal(Code.BundleProof);
        expect(await refused({ count: 0 }, same)).to.equal(Code.BundleSize);
        expect(await refused({ count: 257 }, same)).to.equal(Code.BundleSize);
        // of 256 places, two are no proof
        expect(await refused({ count: 256 }, same)).to.equal(Code.BundleProof);
        expect(await refused({}, same)).to.equal(Code.Accepted);
      });

      it("takes a node of its tree for no leaf", async () => {
        const items = await contracts(4);
        const { root, proofs } = await bundleOver(items.map(({ entry }) => entryHash(entry)));
        // the tree of two whose leaves are the nodes of that of four
        const fake: PostedBundle = {
          ...{ type: "bundle", root, count: 2, capacity: Role.officer, expires: (await world.now()) + DAY, index: 0 },
          proof: [proofs[0]![1]!],
          signature: "0x",
        };
        const hash = bundleHash({ ...fake, capacity: Role.officer });
        const signature = signs()(digestOf(hash)) as PostedBundle["signature"];
        const shown = readPosted({ ...fake, signature }, Role.officer);
        expect(await codeOf({ ...items[0]!, signature: shown })).to.equal(Code.BundleProof);
      });

      it("that was taken back stands for none of them any more", async () => {
        const items = await contracts(3);
        const { hash, signatures } = await bundle(
          items.map(({ entry }) => entryHash(entry)),
          signs(),
        );
        const shown = items.map((item, i) => ({ ...item, signature: readPosted(signatures[i]!, Role.officer) }));
        expect(await codeOf(shown[0]!)).to.equal(Code.Accepted);
        const cancel: Cancel = { target: hash, holder: p.officer!.holder, expires: (await world.now()) + DAY };
        const taken = readPosted(signs()(digestOf(cancelHash(cancel))), 0);
        await world.send([packCancel({ cancel, signature: taken })]);
        const [outcome] = await world.send([packEntry(shown[1]!)]);
        expect(outcome!.refused).to.include({ code: Code.CancelledBefore, a: BigInt(hash) });
      });

      it("stands for no cancel and no act", async () => {
        const cancel: Cancel = { target: idOf("x"), holder: p.officer!.holder, expires: (await world.now()) + DAY };
        const { signatures } = await bundle([cancelHash(cancel)], signs());
        const [outcome] = await world.send([packCancel({ cancel, signature: readPosted(signatures[0]!, 0) })]);
        expect(outcome!.refused?.code).to.equal(Code.SignatureType);
        const act = await world.prepareAct(
          p.officer!,
          { code: ActCode.revokeKey, holder: p.officer!.holder, key: keyWord(p.officer!.address) },
          "{}",
        );
        const own = { holder: p.officer!.holder, role: 0, agency: NO_ID, signature: readPosted(signatures[0]!, 0) };
        const { name, args } = (await revertOf(world.relay(encodeAct(act, [own], "{}"))))!;
        expect([name, Number(args[1])]).to.deep.equal(["AuthorityBadSignature", Code.SignatureType]);
      });
    });

  it("an approver signs many approvals in one bundle, and it is good for no entry", async () => {
    const items = await contracts(3, { approvals: [{ by: p.approver! }] });
    const hashes = items.map(({ entry, approvals }) => approvalHash(entryHash(entry), approvals[0]!.approval));
    const { signatures } = await bundle(hashes, byPasskey(approvers), { capacity: Role.approver });
    const approved = items.map((item, i) => ({
      ...item,
      approvals: [{ ...item.approvals[0]!, signature: readPosted(signatures[i]!, Role.approver) }],
    }));
    expect(await codes(approved)).to.deep.equal([1, 1, 1]);
    const asMaker = await note({ by: p.approver!, capacity: Role.approver, ocid: items[0]!.entry.ocid, terms: {} });
    const shown = readPosted(signatures[0]!, Role.approver);
    expect(await codeOf({ ...asMaker, signature: shown })).to.equal(Code.BundleProof);
  });

  it("one passkey's signature over 256 entries is verified once, and remembered", async function () {
    this.timeout(60_000);
    const items = await bundled(await contracts(256), byPasskey(officers));
    const send = async (some: EntryItem[]) => {
      const { outcomes, gas } = await world.sendMeasured(some.map(packEntry));
      expect(outcomes.every(({ recorded }) => recorded !== undefined)).to.equal(true);
      return Number(gas) / some.length;
    };
    const first = await send(items.slice(0, 1));
    const second = await send(items.slice(1, 2));
    // 255,000 of P-256, 44,000 of remembering it
    expect(first - second).to.be.within(270_000, 340_000);
    for (let from = 2; from < 256; from += 64) await send(items.slice(from, from + 64));
  });

  it("nobody outside the register makes it remember a bundle", async () => {
    const [item] = await bundled(await contracts(1), byPasskey(new SoftPasskey("nobody's", RP, ORIGIN)));
    const gas = async () => {
      const data = interfaceOf("Ledger").encodeFunctionData("submit", [packBatch([packEntry(item!)])]);
      const sent = await world.chain.signer.sendTransaction({
        to: world.addresses.Ledger,
        data,
        gasLimit: 5_000_000,
      });
      return Number((await sent.wait())!.gasUsed);
    };
    const [first, again] = [await gas(), await gas()];
    expect(first).to.equal(again);
    expect(first).to.be.greaterThan(250_000);
  });

  it("where two sign, one of the keys must not be kept by the gateway, passkeys in bundles included", () =>
    world.undone(async () => {
      const [ofOfficer, ofApprover] = [new SoftPasskey("kept", RP, ORIGIN), new SoftPasskey("kept too", RP, ORIGIN)];
      await world.addPasskey(p.officer!, ofOfficer, {}, Custody.gateway);
      await world.addPasskey(p.approver!, ofApprover, {}, Custody.gateway);
      const items = await contracts(1, { approvals: [{ by: p.approver! }] });
      const { approval } = items[0]!.approvals[0]!;
      const hash = approvalHash(entryHash(items[0]!.entry), approval);
      const approvedBy = async (key: SoftPasskey) => {
        const { signatures } = await bundle([hash], byPasskey(key), { capacity: Role.approver });
        const approvals = [{ approval, up: 0, signature: readPosted(signatures[0]!, Role.approver) }];
        return (await bundled([{ ...items[0]!, approvals }], byPasskey(ofOfficer)))[0]!;
      };
      expect(await codeOf(await approvedBy(ofApprover))).to.equal(Code.OnlyGatewayKeys);
      expect(await codeOf(await approvedBy(approvers))).to.equal(Code.Accepted);
    }));
});
