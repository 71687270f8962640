import { createPublicKey, verify } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect } from "chai";
import {
  AbiCoder,
  concat,
  decodeRlp,
  getBytes,
  hexlify,
  keccak256,
  recoverAddress,
  sha256,
  TypedDataEncoder,
  toBeHex,
  toUtf8Bytes,
  Wallet,
  ZeroHash,
} from "ethers";
import { ActCode } from "../../server/domain/entries/act.ts";
import { presentOf, termsFromText } from "../../server/domain/entries/entry.ts";
import { Role, TERM_NAMES, termsRule } from "../../server/domain/entries/kinds.ts";
import { fromHex, type Hex } from "../../server/domain/entries/words.ts";
import { listFault } from "../../server/domain/proofs/completeness.ts";
import { isConsistent, rootOfPath } from "../../server/domain/proofs/log.ts";
import { agencyCheckpointIn, checkpointIn, type EventProof } from "../../server/domain/proofs/receipts.ts";
import { unpackEntry } from "../../server/ledger/codec.ts";
import { interfaceOf } from "../../server/ledger/deploy.ts";
import { WAVE_STEM, Waves } from "../contracts/waves-world.ts";
import { agency, World } from "../contracts/world.ts";
import { walked } from "../proofs/patricia.ts";
import { WrittenTree } from "../proofs/rfc6962.ts";

/** The published vectors against ethers, against RFC 6962 as it is written, and against a deployed ledger. */

type Signed = { structHash: Hex; digest: Hex; signer: string; signature: Hex };
type Signer = { holder: Hex; capacity: number; custody: number; office: Hex; exceptions: number; seen: Hex };
type Leaf = { leafPreimage: Hex; leaf: Hex };
type EntryVector = Signed &
  Leaf & {
    kind: string;
    entry: Record<string, unknown> & { terms: Record<string, string | number> };
    body: string;
    approvals: (Signed & { approval: Record<string, unknown> })[];
    preimage: Hex;
    item: Hex;
    signers: Signer[];
    assigned: Record<string, number | Hex>;
  };
const vectors = JSON.parse(readFileSync(new URL("../../docs/reference/vectors.json", import.meta.url), "utf8")) as {
  time: number;
  domain: { chainId: number; verifyingContract: Hex; salt: Hex; separator: Hex };
  types: Record<string, { type: string; hash: Hex }>;
  keys: Record<string, { secret: Hex; address: Hex; holder: Hex }>;
  entries: EntryVector[];
  cancel: Signed & Leaf & { cancel: object; item: Hex; registerSequence: number; timeMs: number; custody: number };
  act: Signed &
    Leaf & { act: object; body: string; callData: Hex; registerSequence: number; timeMs: number; signers: Signer[] };
  lot: Signed &
    Leaf & {
      wave: { plan: string; wave: string; attempt: number; id: Hex; number: number };
      lot: Record<string, string | number> & { lotKey: Hex; root: Hex };
      callData: Hex;
      lots: Hex;
      rows: (Pick<EntryVector, "entry" | "body" | "item"> & { away: boolean; hash: Hex; proof: Hex[] })[];
      registerSequence: number;
      timeMs: number;
      signers: Signer[];
    };
  signIn: Signed & { signIn: object };
  passkey: Omit<Signed, "signer"> & {
    origin: string;
    rpId: string;
    rpIdHash: Hex;
    publicKey: Hex;
    address: Hex;
    cancel: object;
    challenge: string;
    clientDataJSON: string;
    derSignature: Hex;
    posted: Record<"x" | "y" | "r" | "s" | "authenticatorData" | "clientDataJSON", Hex>;
    item: Hex;
  };
  bundle: Signed & {
    bundle: { root: Hex; count: number; capacity: number; expires: number };
    passkey: Record<"x" | "y" | "r" | "s" | "authenticatorData" | "clientDataJSON", Hex>;
    leaves: { leaf: Hex; index: number; proof: Hex[]; signature: Hex; passkeySignature: Hex }[];
  };
  checkpoint: Omit<Signed, "structHash"> & { checkpoint: object };
  log: {
    leaves: Hex[];
    roots: Hex[];
    inclusion: { index: number; size: number; auditPath: Hex[] }[];
    consistency: { first: number; second: number; consistencyPath: Hex[] }[];
  };
  blockProofs: {
    block: { number: number; hash: Hex; parentHash: Hex; time: number };
    ledger: Hex;
    checkpoint: { checkpoint: { size: number; root: Hex }; event: EventProof };
    certificate: {
      claim: { agency: Hex; count: number; head: Hex; size: number };
      event: EventProof;
      entries: { number: number; preimage: Hex }[];
    };
    voucher: Omit<Signed, "structHash">;
  };
  sealed: { ocid: string; path: (string | number)[]; salt: Hex; value: unknown; canonical: string; sealed: string }[];
};

const { separator, ...domain } = vectors.domain;
const ethersDomain = { name: "Prasasti", version: "1", ...domain };

/** Fields of the first type in an EIP-712 type text. */
function fieldsOf(name: string) {
  const [, fields] = new RegExp(`^${name}\\(([^)]*)\\)`).exec(vectors.types[name]!.type)!;
  return fields!.split(",").map((field) => {
    const [type, label] = field.split(" ");
    return { type: type!, name: label! };
  });
}
const references: Record<string, string[]> = { Entry: ["Terms"], Approval: ["Entry", "Terms"] };
const encoderOf = (name: string) =>
  TypedDataEncoder.from(Object.fromEntries([name, ...(references[name] ?? [])].map((part) => [part, fieldsOf(part)])));

/** All fields of Terms, absent ones as zero. */
function fullTerms(terms: Record<string, string | number>) {
  const zero = (type: string) => (type === "string" ? "" : type === "bytes32" ? ZeroHash : 0);
  const present = TERM_NAMES.reduce((mask, name, bit) => (terms[name] === undefined ? mask : mask | (1 << bit)), 0);
  return Object.fromEntries(
    fieldsOf("Terms").map(({ name, type }) => [name, name === "present" ? present : (terms[name] ?? zero(type))]),
  );
}
const messageOf = ({ entry }: EntryVector) => ({ ...entry, terms: fullTerms(entry.terms) });

/** The struct hash, the digest and the signature of a message, as ethers has them. */
function checkSigned(name: string, message: object, { structHash, digest, signer, signature }: Signed): void {
  const encoder = encoderOf(name);
  expect(encoder.hashStruct(name, message)).to.equal(structHash);
  expect(keccak256(concat(["0x1901", separator, structHash]))).to.equal(digest);
  const { secret, address } = vectors.keys[signer]!;
  expect(recoverAddress(digest, signature).toLowerCase()).to.equal(address);
  expect(new Wallet(secret).signingKey.sign(digest).serialized).to.equal(signature);
}

const word = (value: number | string) => (typeof value === "number" ? toBeHex(value, 32) : value);
const header = (type: number) => `0x0001${type.toString(16).padStart(2, "0")}${"00".repeat(29)}`;
const chained = (signers: Signer[]) =>
  signers.reduce<string>(
    (chain, s) =>
      keccak256(concat([chain, s.holder, word(s.capacity), word(s.custody), s.office, word(s.exceptions), s.seen])),
    ZeroHash,
  );

describe("published vectors", () => {
  it("sealed values are the SHA-256 of their canonical array, whose texts are those of JSON", () => {
    expect(vectors.sealed).to.have.length(4);
    for (const { ocid, path, salt, value, canonical, sealed } of vectors.sealed) {
      expect(JSON.parse(canonical)).to.deep.equal([salt, ocid, path, value]);
      expect(canonical).to.equal(JSON.stringify([salt, ocid, path, value]));
      expect(sealed).to.equal(`sealed:sha256:${sha256(toUtf8Bytes(canonical)).slice(2)}`);
    }
  });

  it("have the types and the domain that ethers computes", () => {
    expect(TypedDataEncoder.hashDomain(ethersDomain)).to.equal(separator);
    expect(Object.keys(vectors.types).sort()).to.deep.equal([
      "Act",
      "Approval",
      "Block",
      "Bundle",
      "Cancel",
      "Checkpoint",
      "Entry",
      "Lot",
      "SignIn",
      "Terms",
    ]);
    for (const [name, { type, hash }] of Object.entries(vectors.types)) {
      expect(encoderOf(name).encodeType(name), name).to.equal(type);
      expect(keccak256(toUtf8Bytes(type)), name).to.equal(hash);
    }
  });

  it("have keys whose addresses and holders ethers computes", () => {
    for (const [name, { secret, address, holder }] of Object.entries(vectors.keys)) {
      expect(new Wallet(secret).address.toLowerCase()).to.equal(address);
      expect(keccak256(toUtf8Bytes(name))).to.equal(holder);
    }
  });

  it("cover every kind once", () => {
    expect(vectors.entries.map(({ entry }) => Number(entry.kind)).sort((a, b) => a - b)).to.deep.equal(
      Array.from({ length: 17 }, (_, i) => i + 1),
    );
  });

  it("carry the terms of their kinds", () => {
    for (const { kind, entry } of vectors.entries) {
      if (kind === "correction") continue; // has those of the kind that it corrects
      const present = presentOf(termsFromText(entry.terms));
      const { required, allowed } = termsRule(entry.kind as 1, Number(entry.terms.code), entry.contractId !== "");
      expect(present & required, `${kind}: required`).to.equal(required);
      expect(present & ~allowed, `${kind}: surplus`).to.equal(0);
    }
  });

  for (const vector of vectors.entries)
    it(`${vector.kind}: hashes, signatures, item and leaf`, () => {
      const message = messageOf(vector);
      checkSigned("Entry", message, vector);
      for (const given of vector.approvals) checkSigned("Approval", { ...given.approval, entry: message }, given);
      expect(sha256(toUtf8Bytes(vector.body))).to.equal(vector.entry.digest);
      const item = unpackEntry(fromHex(vector.item));
      expect(item.entry).to.deep.equal({ ...vector.entry, terms: termsFromText(vector.entry.terms) });
      expect(item.approvals.map(({ approval }) => approval)).to.deep.equal(vector.approvals.map((a) => a.approval));
      expect(item.body).to.deep.equal(toUtf8Bytes(vector.body));
      expect(item.preimage).to.deep.equal(fromHex(vector.preimage));
      const a = vector.assigned;
      expect(chained(vector.signers)).to.equal(a.signers);
      const assigned = [
        a.registerSequence!,
        a.processSequence!,
        a.agencySequence!,
        a.timeMs!,
        a.previousProcess!,
        a.previousAgency!,
        a.wave!,
        a.signers!,
        a.exceptions!,
      ];
      const encoder = encoderOf("Entry");
      const preimage = concat([
        header(1),
        encoder.encodeData("Entry", message),
        encoder.encodeData("Terms", message.terms),
        ...assigned.map(word),
      ]);
      expect(preimage).to.equal(vector.leafPreimage);
      expect(sha256(preimage)).to.equal(vector.leaf);
    });

  it("cancel, act, sign-in and checkpoint: hashes, signatures and leaves", () => {
    const { cancel, act, signIn, checkpoint } = vectors;
    checkSigned("Cancel", cancel.cancel, cancel);
    checkSigned("Act", act.act, act);
    checkSigned("SignIn", signIn.signIn, signIn);
    const structHash = encoderOf("Checkpoint").hashStruct("Checkpoint", checkpoint.checkpoint) as Hex;
    checkSigned("Checkpoint", checkpoint.checkpoint, { ...checkpoint, structHash });
    const data = encoderOf("Cancel").encodeData("Cancel", cancel.cancel);
    const cancelLeaf = concat([
      header(5),
      `0x${data.slice(66)}`, // without the type hash
      ...[cancel.registerSequence, cancel.timeMs, ZeroHash, cancel.custody].map(word),
    ]);
    expect(cancelLeaf).to.equal(cancel.leafPreimage);
    expect(sha256(cancelLeaf)).to.equal(cancel.leaf);
    const actLeaf = concat([
      header(2),
      encoderOf("Act").encodeData("Act", act.act),
      ...[act.registerSequence, act.timeMs, chained(act.signers)].map(word),
    ]);
    expect(actLeaf).to.equal(act.leafPreimage);
    expect(sha256(actLeaf)).to.equal(act.leaf);
  });

  it("lot: its wave's id, hash and leaf, the tree over its rows, and how a row travels", () => {
    const { wave, lot, rows, lots, ...v } = vectors.lot;
    expect(keccak256(toUtf8Bytes(`${wave.plan}/${wave.wave}/${wave.attempt}`))).to.equal(wave.id);
    expect(lot.wave).to.equal(wave.id);
    checkSigned("Lot", lot, v);
    const leaf = concat([
      header(4),
      encoderOf("Lot").encodeData("Lot", lot),
      ...[v.registerSequence, v.timeMs, chained(v.signers)].map(word),
    ]);
    expect(leaf).to.equal(v.leafPreimage);
    expect(sha256(leaf)).to.equal(v.leaf);
    expect(keccak256(concat([ZeroHash, lot.lotKey, lot.root]))).to.equal(lots);
    const pair = (a: string, b: string) => keccak256(a < b ? concat([a, b]) : concat([b, a]));
    for (const { entry, body, away, hash, proof, item } of rows) {
      const message = { ...entry, terms: fullTerms(entry.terms) };
      expect(encoderOf("Entry").hashStruct("Entry", message)).to.equal(hash);
      expect(sha256(toUtf8Bytes(body))).to.equal(entry.digest);
      expect(proof.reduce<string>(pair, keccak256(keccak256(hash)))).to.equal(lot.root);
      const before = concat(["0x04", toBeHex(wave.number, 4), lot.lotKey, toBeHex(proof.length, 1), ...proof]);
      expect(item.startsWith(before)).to.equal(true);
      const inner = fromHex(`0x${item.slice(before.length)}`);
      expect(unpackEntry(inner).entry).to.deep.equal({ ...entry, terms: termsFromText(entry.terms) });
      // has: contractId, preimage, and the body or its digest
      expect(inner[5]).to.equal(4 | 16 | (away ? 64 : 32));
      expect(item.endsWith(away ? String(entry.digest).slice(2) : hexlify(toUtf8Bytes(body)).slice(2))).to.equal(true);
    }
    expect(rows.map(({ away }) => away)).to.deep.equal([false, false, true]);
  });

  it("passkey: its address, its challenge, what it signed and how that travels", () => {
    const { posted, ...v } = vectors.passkey;
    expect(sha256(toUtf8Bytes(v.rpId))).to.equal(v.rpIdHash);
    expect(v.publicKey).to.equal(
      `0x3059301306072a8648ce3d020106082a8648ce3d03010703420004${posted.x.slice(2)}${posted.y.slice(2)}`,
    );
    const tag = hexlify(toUtf8Bytes("prasasti passkey v1"));
    expect(`0x${keccak256(concat([tag, v.rpIdHash, posted.x, posted.y])).slice(26)}`).to.equal(v.address);
    expect(encoderOf("Cancel").hashStruct("Cancel", v.cancel)).to.equal(v.structHash);
    expect(keccak256(concat(["0x1901", separator, v.structHash]))).to.equal(v.digest);
    expect(Buffer.from(v.digest.slice(2), "hex").toString("base64url")).to.equal(v.challenge);
    expect(hexlify(toUtf8Bytes(v.clientDataJSON))).to.equal(posted.clientDataJSON);
    expect(JSON.parse(v.clientDataJSON)).to.deep.equal({
      ...{ type: "webauthn.get", challenge: v.challenge, origin: v.origin, crossOrigin: false },
    });
    const key = createPublicKey({ key: Buffer.from(v.publicKey.slice(2), "hex"), format: "der", type: "spki" });
    const message = getBytes(concat([posted.authenticatorData, sha256(posted.clientDataJSON)]));
    expect(verify("sha256", message, key, getBytes(v.derSignature))).to.equal(true);
    const raw = getBytes(concat([posted.r, posted.s]));
    expect(verify("sha256", message, { key, dsaEncoding: "ieee-p1363" }, raw)).to.equal(true);
    const length = toBeHex((posted.authenticatorData.length - 2) / 2, 2);
    const { x, y, r, s, authenticatorData, clientDataJSON } = posted;
    expect(concat([x, y, r, s, length, authenticatorData, clientDataJSON])).to.equal(v.signature);
    const size = toBeHex((v.signature.length - 2) / 2, 2);
    const { target, holder, expires } = v.cancel as { target: Hex; holder: Hex; expires: number };
    expect(concat(["0x02", target, holder, toBeHex(expires, 8), "0x02", size, v.signature])).to.equal(v.item);
  });

  it("bundle: its tree is that of RFC 6962, and each place in it travels with its proof", () => {
    const { bundle, leaves, passkey } = vectors.bundle;
    checkSigned("Bundle", bundle, vectors.bundle);
    const hashes = leaves.map(({ leaf }) => sha256(concat(["0x00", leaf])));
    const rootOf = (part: string[]): string => {
      if (part.length === 1) return part[0]!;
      const k = 2 ** Math.ceil(Math.log2(part.length) - 1);
      return sha256(concat(["0x01", rootOf(part.slice(0, k)), rootOf(part.slice(k))]));
    };
    expect(rootOf(hashes)).to.equal(bundle.root);
    expect(leaves.length).to.equal(bundle.count);
    const data = passkey.authenticatorData;
    const { x, y, r, s, clientDataJSON } = passkey;
    const own = concat([x, y, r, s, toBeHex((data.length - 2) / 2, 2), data, clientDataJSON]);
    for (const { index, proof, signature, passkeySignature } of leaves) {
      expect(rootOfPath(hashes[index] as Hex, index, bundle.count, proof)).to.equal(bundle.root);
      const place = concat([
        ...[bundle.root, toBeHex(bundle.count, 2), toBeHex(bundle.capacity, 1), toBeHex(bundle.expires, 8)],
        ...[toBeHex(index, 2), toBeHex(proof.length, 1), ...proof],
      ]);
      expect(concat([place, vectors.bundle.signature])).to.equal(signature);
      expect(concat([place, own])).to.equal(passkeySignature);
    }
  });

  it("have the roots that RFC 6962 defines, of 0 to 8 leaves", () => {
    const { leaves, roots } = vectors.log;
    // section 2.1: the hash of a list splits at the largest power of two smaller than its length
    const rootOf = (part: string[]): string => {
      if (part.length === 0) return sha256("0x");
      if (part.length === 1) return part[0]!;
      const k = 2 ** Math.floor(Math.log2(part.length - 1));
      return sha256(concat(["0x01", rootOf(part.slice(0, k)), rootOf(part.slice(k))]));
    };
    expect(leaves).to.deep.equal(vectors.entries.slice(0, 8).map(({ leaf }) => leaf));
    expect(roots).to.deep.equal(Array.from({ length: 9 }, (_, size) => rootOf(leaves.slice(0, size))));
  });

  it("have the audit and consistency paths that RFC 6962 defines, which our own checks take and no others", () => {
    const { leaves, roots, inclusion, consistency } = vectors.log;
    const written = new WrittenTree((index) => Buffer.from(fromHex(leaves[index]!)));
    expect(inclusion).to.have.length(1 + 6 + 7 + 8);
    for (const { index, size, auditPath } of inclusion) {
      expect(auditPath).to.deep.equal(written.path(index, 0, size).map((hash) => hexlify(hash)));
      expect(rootOfPath(leaves[index]!, index, size, auditPath)).to.equal(roots[size]);
      expect(rootOfPath(leaves[(index + 1) % 8]!, index, size, auditPath)).to.not.equal(roots[size]);
    }
    expect(consistency).to.have.length(2 + 7 + 8 + 9);
    for (const { first, second, consistencyPath } of consistency) {
      const [one, two] = [first, second].map((size) => ({ size, root: roots[size]! }));
      if (first > 0) expect(consistencyPath).to.deep.equal(written.proof(first, second).map((hash) => hexlify(hash)));
      expect(isConsistent(one!, two!, consistencyPath)).to.equal(true);
      expect(isConsistent({ ...one!, root: leaves[7]! }, two!, consistencyPath)).to.equal(false);
    }
  });

  it("have events in a block that ethers finds there, vouched for by the operator, and a list that is complete", () => {
    const { block, ledger, checkpoint, certificate, voucher } = vectors.blockProofs;
    for (const [name, { event }, values] of [
      ["Checkpoint", checkpoint, Object.values(checkpoint.checkpoint)],
      ["AgencyCheckpoint", certificate, Object.values(certificate.claim)],
    ] as const) {
      const { blockHash, receipt } = walked(event);
      expect(blockHash).to.equal(block.hash);
      const [, , , logs] = decodeRlp(receipt) as unknown as [string, string, string, [string, string[], string][]];
      const [address, topics, data] = logs[event.log]!;
      expect(address).to.equal(ledger);
      const told = interfaceOf("Ledger").parseLog({ topics, data })!;
      expect(told.name).to.equal(name);
      expect(told.args.map((value) => (typeof value === "bigint" ? Number(value) : value))).to.deep.equal(values);
    }
    expect(checkpointIn(checkpoint.event, ledger)).to.deep.equal({ ...checkpoint.checkpoint, block });
    expect(agencyCheckpointIn(certificate.event, ledger)).to.deep.equal({ ...certificate.claim, block });
    const structHash = encoderOf("Block").hashStruct("Block", block) as Hex;
    checkSigned("Block", block, { ...voucher, structHash });

    const { claim, entries } = certificate;
    const words = entries.map(({ preimage }) => preimage.slice(2).match(/.{64}/g)!);
    const heads = [ZeroHash, ...entries.map(({ preimage }) => sha256(preimage))];
    for (const [i, { number }] of entries.entries()) {
      expect([number, Number(`0x${words[i]![37]}`)]).to.deep.equal([i + 1, i + 1]);
      expect(`0x${words[i]![8]}`).to.equal(claim.agency);
      expect(`0x${words[i]![40]}`).to.equal(heads[i]);
    }
    expect(heads.at(-1)).to.equal(claim.head);
    expect(listFault(claim, entries)).to.equal(undefined);
    expect(listFault(claim, entries.toSpliced(1, 1))).to.deep.equal({ number: 2, rule: "missing" });
  });

  describe("at a deployed ledger", () => {
    let world: World;
    before(async function () {
      this.timeout(120_000);
      world = await World.build();
    });

    it("belong to its domain", async () => {
      expect(world.addresses.Ledger).to.equal(domain.verifyingContract);
      expect(await world.contract("Ledger").getFunction("domainSeparator")()).to.equal(separator);
      for (const [name, { address, holder }] of Object.entries(vectors.keys))
        if (name !== "operator") expect(world.people[name]).to.include({ address, holder });
    });

    it("are accepted where they name no leaf; the others are answered with their struct hash", async () => {
      await world.at(vectors.time);
      const outcomes = await world.send(vectors.entries.map(({ item }) => fromHex(item)));
      const told = vectors.entries.map(({ kind, structHash }, i) => {
        const { recorded, refused } = outcomes[i]!;
        if (refused !== undefined) expect(refused.hash, kind).to.equal(structHash);
        return `${kind}: ${recorded === undefined ? refused!.code : "recorded"}`;
      });
      expect(told).to.deep.equal([
        ...["planning", "tender", "award", "contract", "implementation", "payment", "opening"].map(
          (kind) => `${kind}: recorded`,
        ),
        ...["amendment: 19", "correction: 78", "certificate: 19", "status: 19"],
        ...["countersignature: 19", "guarantee: recorded", "return: 79", "hold: recorded", "note: recorded"],
        "withdrawal: 79",
      ]);
    });

    it("the cancel is accepted and its leaf is made as that of the vector", async () => {
      await world.at(vectors.time + 1);
      const from = await world.chain.provider.getBlockNumber();
      await world.send([fromHex(vectors.cancel.item)]);
      const [log] = await world.chain.provider.getLogs({ fromBlock: from + 1, address: world.addresses.Ledger });
      const { name, args } = interfaceOf("Ledger").parseLog(log!)!;
      expect(name).to.equal("Cancelled");
      const types = ["bytes32", "bytes32", "bytes32", "uint256", "uint256", "uint256", "bytes32", "uint256"];
      const given = [header(5), args.target, args.holder, args.expires, args.registerSequence, args.timeMs];
      const made = AbiCoder.defaultAbiCoder().encode(types, [...given, ZeroHash, args.custody]);
      expect(sha256(made)).to.equal(args.leaf);
      expect(made.slice(0, 2 + 4 * 64)).to.equal(vectors.cancel.leafPreimage.slice(0, 2 + 4 * 64));
    });

    it("the lot is accepted with the words of the vector, and so are its rows", async () => {
      const { registrar } = world.people;
      const waves = new Waves(world);
      const stem = { code: ActCode.addStem, agency, role: 2 };
      await world.act([registrar!, Role.registrar], stem, [], WAVE_STEM);
      await waves.open(vectors.lot.wave.id);
      expect(await waves.number(vectors.lot.wave.id)).to.equal(vectors.lot.wave.number);
      const { logs } = await waves.relay(vectors.lot.callData);
      const { args } = interfaceOf("Waves").parseLog(logs[0]!)!;
      expect(concat(args.words)).to.equal(`0x${vectors.lot.leafPreimage.slice(2 + 64, 2 + 64 + 14 * 64)}`);
      const outcomes = await world.send(vectors.lot.rows.map(({ item }) => fromHex(item)));
      expect(outcomes.map(({ recorded }) => recorded?.entry.ocid)).to.deep.equal(
        vectors.lot.rows.map(({ entry }) => entry.ocid),
      );
      expect((await waves.wave(vectors.lot.wave.id)).lotsHash).to.equal(vectors.lot.lots);
    });

    it("the act is accepted, with the words of the vector", async () => {
      await world.at(vectors.time + 2);
      const [log] = await world.relay(vectors.act.callData);
      const { args } = interfaceOf("Authority").parseLog(log!)!;
      expect(concat(args.words)).to.equal(`0x${vectors.act.leafPreimage.slice(2 + 64, 2 + 64 + 14 * 64)}`);
    });
  });
});
