import { expect } from "chai";
import { recoverAddress, TypedDataEncoder, Wallet } from "ethers";
import fc from "fast-check";
import { sha256 } from "#hash";
import {
  type Approval,
  approvalHash,
  cancelHash,
  domainSeparator,
  type Entry,
  entryHash,
  idOf,
  signedDigest,
  signInHash,
  type Terms,
  TYPES,
  termsMessage,
} from "../../server/domain/entries/entry.ts";
import { TERM_NAMES } from "../../server/domain/entries/kinds.ts";
import { fromHex, type Hex, NO_ID, toHex, utf8 } from "../../server/domain/entries/words.ts";
import { LogFrontier } from "../../server/domain/proofs/log.ts";
import { CodecFault, type EntryItem, packEntry, unpackEntry } from "../../server/ledger/codec.ts";
import { addressOfKey, recover, sign } from "../../server/ledger/signatures.ts";

/** Our own hashing and packing against ethers, and against themselves read back. */

const domain = { chainId: 777, verifyingContract: `0x${"ab".repeat(20)}` as Hex, salt: `0x${"5a".repeat(32)}` as Hex };
const ethersDomain = { name: "Prasasti", version: "1", ...domain };
const { Entry: EntryFields, Terms: TermsFields, Approval: ApprovalFields, Cancel, SignIn } = TYPES;

const id = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => toHex(bytes));
const amount = fc.bigInt({ min: 0n, max: (1n << 128n) - 1n });
const time = fc.integer({ min: 0, max: 2 ** 40 });
const text = fc.string({ unit: "binary", maxLength: 40 });
const terms: fc.Arbitrary<Terms> = fc.record(
  Object.fromEntries(
    TERM_NAMES.map((name) => [
      name,
      name === "code"
        ? fc.integer({ min: 0, max: 2 ** 32 - 1 })
        : name === "currency"
          ? fc.constantFrom("IDR", "USD")
          : name === "on" || name === "until"
            ? time
            : ["issuer", "documentKey", "party", "officer", "payer"].includes(name)
              ? id
              : amount,
    ]),
  ),
  { requiredKeys: [] },
) as fc.Arbitrary<Terms>;
const u8 = fc.integer({ min: 0, max: 255 });
const entry: fc.Arbitrary<Entry> = fc.record({
  commandId: id,
  maker: id,
  capacity: u8,
  ocid: text.filter((t) => t !== ""),
  contractId: text,
  awardId: text,
  agency: id,
  kind: u8,
  basis: fc.oneof(id, fc.constant(NO_ID)),
  seen: id,
  digest: id,
  terms,
  refersTo: fc.oneof(id, fc.constant(NO_ID)),
  expires: time,
});
const approval: fc.Arbitrary<Approval> = fc.record({
  holder: id,
  capacity: u8,
  exceptions: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  seen: id,
  expires: time,
});
const signature = fc.uint8Array({ minLength: 65, maxLength: 65 });

describe("what is signed", () => {
  it("has the domain separator that ethers computes", () => {
    expect(toHex(domainSeparator(domain))).to.equal(TypedDataEncoder.hashDomain(ethersDomain));
  });

  it("hashes entries as ethers does", () => {
    fc.assert(
      fc.property(entry, (value) => {
        const message = { ...value, terms: termsMessage(value.terms) };
        const digest = signedDigest(domainSeparator(domain), entryHash(value));
        expect(toHex(digest)).to.equal(
          TypedDataEncoder.hash(ethersDomain, { Entry: EntryFields, Terms: TermsFields }, message),
        );
      }),
      { numRuns: 150 },
    );
  });

  it("hashes approvals, cancels and sign-ins as ethers does", () => {
    fc.assert(
      fc.property(entry, approval, text, (value, given, origin) => {
        const types = { Approval: ApprovalFields, Entry: EntryFields, Terms: TermsFields };
        const message = { ...given, entry: { ...value, terms: termsMessage(value.terms) } };
        expect(toHex(approvalHash(entryHash(value), given))).to.equal(
          TypedDataEncoder.hashStruct("Approval", types, message),
        );
        const cancel = { target: given.holder, holder: given.seen, expires: given.expires };
        expect(toHex(cancelHash(cancel))).to.equal(TypedDataEncoder.hashStruct("Cancel", { Cancel }, cancel));
        const signIn = { origin, holder: given.holder, nonce: given.seen, issued: 1, expires: given.expires };
        expect(toHex(signInHash(signIn))).to.equal(TypedDataEncoder.hashStruct("SignIn", { SignIn }, signIn));
      }),
      { numRuns: 50 },
    );
  });

  it("signs so that ethers recovers the signer, and refuses the other form of a signature", () => {
    const key = new Uint8Array(32).fill(7);
    const digest = sha256(utf8("x"));
    const bytes = sign(digest, key);
    expect(addressOfKey(key)).to.equal(new Wallet(toHex(key)).address.toLowerCase());
    expect(recoverAddress(toHex(digest), toHex(bytes)).toLowerCase()).to.equal(addressOfKey(key));
    expect(recover(digest, bytes)).to.equal(addressOfKey(key));
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
    const high = bytes.slice();
    const s = order - BigInt(toHex(bytes, 32, 64));
    high.set(fromHex(`0x${s.toString(16).padStart(64, "0")}`), 32);
    high[64] = bytes[64] === 27 ? 28 : 27;
    expect(recover(digest, high)).to.equal(undefined);
  });
});

describe("the packed item", () => {
  const item: fc.Arbitrary<EntryItem> = fc.record({
    entry,
    up: u8,
    stemLength: u8,
    signature,
    approvals: fc.array(fc.record({ approval, up: u8, signature }), { maxLength: 4 }),
    preimage: fc.uint8Array({ maxLength: 50 }),
    body: fc.uint8Array({ maxLength: 200 }),
  });

  it("gives back what was packed", () => {
    fc.assert(
      fc.property(item, (given) => {
        const value = { ...given, entry: { ...given.entry, digest: toHex(sha256(given.body)) } };
        expect(unpackEntry(packEntry(value))).to.deep.equal(value);
      }),
      { numRuns: 150 },
    );
  });

  it("is refused where it has bits without a meaning or letters that are no currency: what they say would be lost", () => {
    const id = idOf("x");
    const entry = {
      ...{ commandId: id, maker: id, capacity: 1, ocid: "o", contractId: "", awardId: "", agency: id, kind: 5 },
      ...{ basis: NO_ID, seen: id, digest: toHex(sha256(new Uint8Array())), refersTo: NO_ID, expires: 1 },
      terms: { currency: "IDR" },
    };
    const none = new Uint8Array();
    const bytes = packEntry({
      ...{ entry, up: 0, stemLength: 1, signature: new Uint8Array(65), approvals: [] },
      ...{ preimage: none, body: none },
    });
    expect(unpackEntry(bytes).entry).to.deep.equal(entry);
    const [present, letters] = [144, 148];
    for (const [place, byte] of [
      [5, 64],
      [present, 1],
      [letters, 0x69],
      [letters, 0xff],
    ] as const)
      expect(() => unpackEntry(bytes.with(place, byte)), `${place}: ${byte}`).to.throw(CodecFault);
  });

  it("is refused by name, never by accident, whatever bytes come", () => {
    const total = (bytes: Uint8Array) => {
      try {
        unpackEntry(bytes);
      } catch (error) {
        expect(error).to.be.instanceOf(CodecFault);
      }
    };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), total));
    fc.assert(
      fc.property(item, fc.nat(), u8, (given, place, byte) => {
        const bytes = packEntry(given);
        bytes[place % bytes.length] = byte;
        total(bytes);
        total(bytes.subarray(0, place % bytes.length));
      }),
    );
  });
});

describe("the log", () => {
  it("has the root that RFC 6962 defines, at every size to 300", () => {
    const leaves = Array.from({ length: 300 }, (_, i) => sha256(Uint8Array.of(i >> 8, i & 255)));
    // the definition: split at the largest power of two below n
    const root = (part: Uint8Array[]): Uint8Array => {
      if (part.length === 0) return sha256(new Uint8Array());
      if (part.length === 1) return part[0]!;
      let split = 1;
      while (split * 2 < part.length) split *= 2;
      return sha256(Uint8Array.of(1, ...root(part.slice(0, split)), ...root(part.slice(split))));
    };
    const log = new LogFrontier();
    for (let size = 0; size <= 300; size++) {
      if (size % 7 === 0 || size < 20)
        expect(toHex(log.root()), `size ${size}`).to.equal(toHex(root(leaves.slice(0, size))));
      if (size < 300) log.append(leaves[size]!);
    }
  });
});
