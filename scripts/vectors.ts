import { readFileSync } from "node:fs";
import { getCreateAddress } from "ethers";
import { keccak256, sha256 } from "#hash";
import { ActCode, actStructHash, actWords } from "../server/domain/entries/act.ts";
import {
  type Approval,
  approvalHash,
  blockDigest,
  bundleHash,
  cancelHash,
  checkpointDigest,
  domainSeparator,
  type Entry,
  entryHash,
  hashText,
  hashWords,
  idOf,
  signedDigest,
  signInHash,
  type Terms,
  termsToText,
} from "../server/domain/entries/entry.ts";
import { Custody, Kind, type KindName, Role, Tier } from "../server/domain/entries/kinds.ts";
import { type Assigned, chainSigners, leafPreimage, type Signer } from "../server/domain/entries/leaf.ts";
import {
  bundleOver,
  bytesOf,
  challengeOf,
  type PostedPasskey,
  readPosted,
  rpIdHashOf,
} from "../server/domain/entries/signature.ts";
import { fromHex, type Hex, NO_ID, textOf, toHex, utf8 } from "../server/domain/entries/words.ts";
import { canonicalJson } from "../server/domain/json.ts";
import type { Lot } from "../server/domain/projection/waves.ts";
import { auditPath, consistencyPath, LogFrontier, type ReadNode } from "../server/domain/proofs/log.ts";
import { proveEvent } from "../server/domain/proofs/receipts.ts";
import { encodeRlp, fromNumber } from "../server/domain/proofs/rlp.ts";
import { type Disclosure, sealedForm } from "../server/domain/sealing/seal.ts";
import { actDigest, anAct, encodeAct } from "../server/ledger/acts.ts";
import { packCancel, packEntry, packRow, type SignedApproval } from "../server/ledger/codec.ts";
import { interfaceOf } from "../server/ledger/deploy.ts";
import { addressOfKey, sign } from "../server/ledger/signatures.ts";
import { chainLots, encodeLot, lotDigest, lotHash, lotWords, waveIdOf } from "../server/ledger/waves.ts";
import { SoftPasskey } from "./soft-passkey.ts";

/**
 * docs/reference/vectors.json: what another implementation of docs/reference/formats.md must give, byte for byte. All of
 * it follows from the names and numbers here. Keys are published; the domain is that of a ledger which the first account
 * of a fresh test engine deploys, so that a test can send the items to one.
 */

const TIME = 1_900_000_000;
const HOUR = 3_600;
const STEM = "ocds-213czf-dpu";
const domain = {
  chainId: 777,
  verifyingContract: getCreateAddress({
    from: "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
    nonce: 6,
  }).toLowerCase() as Hex,
  salt: `0x${"5a".repeat(32)}` as Hex,
};
const separator = domainSeparator(domain);
const agency = idOf("ID-DPU");
const parent = idOf("ID-KAB");
const supplier = idOf("ID-PT-BATU");
const post = idOf("ppk-1");

const people = ["officer", "approver", "pokja", "treasurer", "director", "registrar", "head", "operator"] as const;
type Name = (typeof people)[number];
const secretOf = (name: Name) => sha256(utf8(`sandbox ${name}`));
const roleOf = {
  officer: Role.officer,
  approver: Role.approver,
  pokja: Role.procurement,
  treasurer: Role.treasurer,
  director: Role.supplier,
} as const;
const signature = (digest: Uint8Array, by: Name) => sign(digest, secretOf(by));
/** What is signed, and by whom: struct hash, digest and signature. */
const signed = (structHash: Uint8Array, by: Name) => {
  const digest = signedDigest(separator, structHash);
  return { structHash: toHex(structHash), digest: toHex(digest), signer: by, signature: toHex(signature(digest, by)) };
};

type Sample = {
  by: keyof typeof roleOf;
  terms?: Terms;
  body?: string;
  approved?: { by: keyof typeof roleOf; exceptions?: number };
  preimage?: Uint8Array;
} & Partial<Omit<Entry, "terms">>;

/** The balances of the opening: 18 words shaped like Terms after their type. */
const balances = (): Uint8Array => {
  const words: bigint[] = Array(18).fill(0n);
  [words[1], words[3], words[4], words[5], words[10]] = [
    2n,
    90_000_000_00n,
    90_000_000_00n,
    40_000_000_00n,
    30_000_000_00n,
  ];
  [words[16], words[17]] = [BigInt(TIME - 30 * HOUR), 50_000_000_00n];
  words[2] = BigInt(toHex(hashText("IDR")));
  return Buffer.concat(words.map((word) => Buffer.from(word.toString(16).padStart(64, "0"), "hex")));
};

/** One entry of each kind. What names a leaf names an invented one: a ledger answers it with its struct hash. */
const samples: Record<KindName, () => Sample> = {
  planning: () => ({
    by: "pokja",
    contractId: "",
    terms: { code: 1 },
    body: '{"planning":{"rationale":"Jalan desa"}}',
  }),
  tender: () => ({ by: "pokja", contractId: "", terms: { code: 1 }, body: '{"tender":{"title":"Peningkatan jalan"}}' }),
  award: () => ({
    by: "pokja",
    contractId: "",
    awardId: "A-1",
    terms: { code: 1, currency: "IDR", value: 150_000_000_00n, party: supplier, on: TIME - HOUR },
  }),
  contract: () => ({
    by: "officer",
    terms: {
      code: 2,
      currency: "IDR",
      value: 250_000_000_00n,
      party: supplier,
      officer: post,
      on: TIME - HOUR,
      until: TIME + 90 * 24 * HOUR,
    },
    body: '{"contracts":[{"id":"K-1","title":"Peningkatan jalan «Désa»"}]}',
    approved: { by: "approver" },
  }),
  implementation: () => ({ by: "officer", terms: { code: 1, on: TIME - HOUR } }),
  payment: () => ({
    by: "treasurer",
    terms: {
      currency: "IDR",
      amount: 982_451_653_000_000_00n,
      documentTotal: 982_451_653_000_000_00n,
      issuer: parent,
      documentKey: idOf("SP2D-1"),
      on: TIME - HOUR,
    },
  }),
  opening: () => ({
    by: "officer",
    ocid: `${STEM}-2`,
    terms: {
      code: 2,
      currency: "IDR",
      value: 90_000_000_00n,
      documentKey: toHex(hashWords(...words(balances()))),
      party: supplier,
      officer: post,
      on: TIME - 400 * 24 * HOUR,
    },
    approved: { by: "approver" },
    preimage: balances(),
  }),
  amendment: () => ({
    by: "officer",
    basis: idOf("the contract's terms"),
    terms: {
      code: 6,
      currency: "IDR",
      value: 280_000_000_00n,
      scopeValue: 280_000_000_00n,
      on: TIME,
      until: TIME + HOUR,
    },
    approved: { by: "approver", exceptions: 1 },
  }),
  correction: () => ({
    by: "treasurer",
    basis: idOf("the contract's terms"),
    refersTo: toHex(sha256(new Uint8Array(1_408))),
    preimage: new Uint8Array(1_408),
    terms: {
      currency: "IDR",
      amount: 1n,
      documentTotal: (1n << 128n) - 1n,
      issuer: parent,
      documentKey: idOf("SP2D-1"),
      on: TIME,
    },
    approved: { by: "approver" },
  }),
  certificate: () => ({
    by: "officer",
    basis: idOf("the contract's execution"),
    terms: {
      currency: "IDR",
      amount: 60_000_000_00n,
      advance: 5n,
      recovered: 4n,
      withheld: 3n,
      released: 2n,
      documentKey: idOf("BAP-1"),
      on: TIME,
    },
  }),
  status: () => ({ by: "officer", basis: idOf("the contract's terms"), terms: { code: 2, on: TIME } }),
  countersignature: () => ({
    by: "director",
    basis: idOf("the contract's terms"),
    refersTo: idOf("the contract's terms"),
    terms: { on: TIME },
  }),
  guarantee: () => ({
    by: "officer",
    terms: { code: 21, currency: "IDR", amount: 1n, documentKey: idOf("G-1"), on: TIME, until: TIME + HOUR },
  }),
  return: () => ({
    by: "treasurer",
    refersTo: idOf("the payment"),
    terms: {
      code: 1,
      currency: "IDR",
      amount: 1n,
      issuer: parent,
      documentKey: idOf("R-1"),
      documentTotal: 1n,
      on: TIME,
    },
  }),
  hold: () => ({ by: "officer", terms: { code: 1, on: TIME, until: TIME + HOUR } }),
  note: () => ({ by: "officer", body: '{"remarks":[{"text":"bukti"}]}' }),
  withdrawal: () => ({ by: "officer", refersTo: idOf("the note"), approved: { by: "approver" } }),
};

function words(bytes: Uint8Array): Hex[] {
  return Array.from({ length: bytes.length / 32 }, (_, i) => toHex(bytes, i * 32, i * 32 + 32));
}

function entryVector(name: KindName, index: number) {
  const { by, terms = {}, body = "", approved, preimage = new Uint8Array(), ...fields } = samples[name]();
  const entry: Entry = {
    commandId: idOf(`command ${name}`),
    maker: idOf(by),
    capacity: roleOf[by],
    ocid: `${STEM}-1`,
    contractId: "K-1",
    awardId: "",
    agency,
    kind: Kind[name],
    basis: NO_ID,
    seen: NO_ID,
    refersTo: NO_ID,
    expires: TIME + HOUR,
    ...fields,
    digest: toHex(sha256(utf8(body))),
    terms,
  };
  const structHash = entryHash(entry);
  const approvals: SignedApproval[] = [];
  const approvalVectors = [];
  if (approved !== undefined) {
    const approval: Approval = {
      holder: idOf(approved.by),
      capacity: roleOf[approved.by],
      exceptions: approved.exceptions ?? 0,
      seen: NO_ID,
      expires: TIME + 2 * HOUR,
    };
    const hash = approvalHash(structHash, approval);
    approvals.push({ approval, up: 0, signature: signature(signedDigest(separator, hash), approved.by) });
    approvalVectors.push({ approval, ...signed(hash, approved.by) });
  }
  const makers = signature(signedDigest(separator, structHash), by);
  const item = { entry, up: 0, stemLength: STEM.length, signature: makers, approvals, preimage, body: utf8(body) };
  // a leaf as a ledger might have assigned it
  const signers: Signer[] = [entry, ...approvals.map(({ approval }) => approval)].map((who) => {
    const holder = "maker" in who ? who.maker : who.holder;
    const exceptions = "maker" in who ? 0 : who.exceptions;
    return {
      holder,
      capacity: who.capacity,
      custody: Custody.wallet,
      office: hashed(holder),
      exceptions,
      seen: who.seen,
    };
  });
  const assigned: Assigned = {
    registerSequence: 100 + index,
    processSequence: 1 + index,
    agencySequence: 40 + index,
    timeMs: TIME * 1000 + index,
    previousProcess: index === 0 ? NO_ID : hashed(agency),
    previousAgency: hashed(parent),
    wave: 0,
    signers: toHex(chainSigners(signers)),
    exceptions: approved?.exceptions ?? 0,
  };
  const leaf = leafPreimage(entry, assigned);
  return {
    kind: name,
    entry: { ...entry, terms: termsToText(terms) },
    body,
    ...signed(structHash, by),
    approvals: approvalVectors,
    preimage: toHex(preimage),
    item: toHex(packEntry(item)),
    signers,
    assigned,
    leafPreimage: toHex(leaf),
    leaf: toHex(sha256(leaf)),
  };
}

const hashed = (id: Hex): Hex => toHex(hashWords(id));

function cancelVector() {
  const cancel = { target: idOf("an approval"), holder: idOf("officer"), expires: TIME + HOUR };
  const hash = cancelHash(cancel);
  const bytes = signature(signedDigest(separator, hash), "officer");
  const [registerSequence, timeMs, custody] = [7, TIME * 1000, Custody.wallet];
  const leaf = leafOf(5, cancel.target, cancel.holder, cancel.expires, registerSequence, timeMs, NO_ID, custody);
  const item = toHex(packCancel({ cancel, signature: bytes }));
  return { cancel, ...signed(hash, "officer"), item, registerSequence, timeMs, custody, ...leaf };
}

const passkey = new SoftPasskey("officer", "example.go.id", "https://pengadaan.example.go.id");

/** The signature of a passkey: as a browser gives it, as it is posted, and as it travels. */
function passkeyVector() {
  const cancel = { target: idOf("an entry"), holder: idOf("officer"), expires: TIME + HOUR };
  const structHash = cancelHash(cancel);
  const digest = signedDigest(separator, structHash);
  const { origin, rpId, publicKey, address } = passkey;
  const asserted = passkey.assertion(digest);
  const posted = passkey.sign(digest);
  return {
    ...{ origin, rpId, rpIdHash: rpIdHashOf(rpId), publicKey: toHex(publicKey), address },
    ...{ cancel, structHash: toHex(structHash), digest: toHex(digest), challenge: challengeOf(digest) },
    clientDataJSON: textOf(asserted.clientDataJSON),
    derSignature: toHex(asserted.signature),
    posted,
    signature: toHex(bytesOf(readPosted(posted, 0))),
    item: toHex(packCancel({ cancel, signature: readPosted(posted, 0) })),
  };
}

/** One signature over all entries of the officer, by either sort of key. */
async function bundleVector(entries: readonly ReturnType<typeof entryVector>[]) {
  const own = entries.filter(({ signer }) => signer === "officer");
  const leaves = own.map(({ structHash }) => structHash);
  const { root, count, proofs } = await bundleOver(leaves.map(fromHex));
  const bundle = { root, count, capacity: Role.officer, expires: TIME + HOUR };
  const structHash = bundleHash(bundle);
  const digest = signedDigest(separator, structHash);
  const place = (index: number, by: PostedPasskey | Hex) => {
    const shown = { type: "bundle" as const, ...bundle, index, proof: proofs[index]!, signature: by };
    return toHex(bytesOf(readPosted(shown, Role.officer)));
  };
  return {
    bundle,
    ...signed(structHash, "officer"),
    passkey: passkey.sign(digest),
    leaves: leaves.map((leaf, index) => ({
      leaf,
      index,
      proof: proofs[index]!,
      signature: place(index, toHex(signature(digest, "officer"))),
      passkeySignature: place(index, passkey.sign(digest)),
    })),
  };
}

function actVector() {
  const body = '{"id":"ID-BARU","name":"Dinas Baru"}';
  const given = { code: ActCode.registerAgency, agency: idOf("ID-BARU"), holder: parent };
  const act = anAct({ maker: idOf("registrar"), expires: TIME + HOUR, ...given }, body);
  const office = hashed(act.maker);
  const signers: Signer[] = [
    { holder: act.maker, capacity: Role.registrar, custody: Custody.wallet, office, exceptions: 0, seen: NO_ID },
  ];
  const word = toHex(chainSigners(signers));
  const [registerSequence, timeMs] = [8, TIME * 1000];
  const own = signature(actDigest(separator, act), "registrar");
  const callData = encodeAct(act, [{ holder: act.maker, role: Role.registrar, agency: NO_ID, signature: own }], body);
  const leaf = leafOf(2, ...words(actWords(act)), registerSequence, timeMs, word);
  return {
    act,
    body,
    ...signed(actStructHash(act), "registrar"),
    callData,
    registerSequence,
    timeMs,
    signers,
    ...leaf,
  };
}

const WAVE_STEM = "ocds-213czf-lama-dpu";

/** A lot of three rows; the body of the last stays off the chain. */
function lotVector() {
  const wave = { plan: "plan-1", wave: "W1", attempt: 1 };
  const id = waveIdOf(wave.plan, wave.wave, wave.attempt);
  const number = 1;
  const made = [1, 2, 3].map((index) => {
    const body = `{"contracts":[{"id":"K-${index}","title":"Lama ${index}"}]}`;
    const preimage = balances();
    const documentKey = toHex(hashWords(...words(preimage)));
    const terms = { code: 2, currency: "IDR", value: 90_000_000_00n, documentKey, party: supplier, on: 0 };
    const entry: Entry = {
      ...{ commandId: idOf(`row ${index}`), maker: idOf("head"), capacity: Role.head, ocid: `${WAVE_STEM}-${index}` },
      ...{ contractId: `K-${index}`, awardId: "", agency, kind: Kind.opening, basis: NO_ID, seen: NO_ID },
      ...{ digest: toHex(sha256(utf8(body))), terms, refersTo: NO_ID, expires: 0 },
    };
    const away = index === 3;
    const bare = { entry, up: 0, stemLength: WAVE_STEM.length, signature: new Uint8Array(), approvals: [], preimage };
    return { entry, body, away, packed: packEntry({ ...bare, body: away ? new Uint8Array() : utf8(body) }) };
  });
  const { root, proofs } = lotTree(made.map(({ entry }) => entryHash(entry)));
  const lot: Lot = {
    ...{
      wave: id,
      epoch: 1,
      agency,
      lotKey: idOf("lot 1"),
      tier: Tier.terms,
      root,
      rows: made.length,
      currency: "IDR",
    },
    ...{ value: 270_000_000_00n, paid: 90_000_000_00n, cutOver: TIME - HOUR, seen: NO_ID, expires: TIME + HOUR },
  };
  const own = signature(lotDigest(separator, lot), "head");
  const by = { holder: idOf("head"), role: Role.head, agency: parent };
  const [office, registerSequence, timeMs] = [hashed(by.holder), 9, TIME * 1000];
  const signers: Signer[] = [
    { holder: by.holder, capacity: Role.head, custody: Custody.wallet, office, exceptions: 0, seen: NO_ID },
  ];
  return {
    ...{ wave: { ...wave, id, number }, lot: { ...lot, value: String(lot.value), paid: String(lot.paid) } },
    ...signed(lotHash(lot), "head"),
    callData: encodeLot(lot, { ...by, signature: own }),
    lots: chainLots([lot]),
    rows: made.map(({ entry, body, away, packed }, index) => ({
      entry: { ...entry, terms: termsToText(entry.terms) },
      ...{ body, away, hash: toHex(entryHash(entry)), proof: proofs[index]! },
      item: toHex(packRow(number, lot.lotKey, proofs[index]!, packed)),
    })),
    ...{ registerSequence, timeMs, signers },
    ...leafOf(4, ...words(lotWords(lot)), registerSequence, timeMs, toHex(chainSigners(signers))),
  };
}

/** The tree over the rows of a lot, and the path of each row, its sibling first. */
function lotTree(hashes: readonly Uint8Array[]): { root: Hex; proofs: Hex[][] } {
  const hash = (...parts: Uint8Array[]) => keccak256(Buffer.concat(parts));
  const proofs: Hex[][] = hashes.map(() => []);
  let level = hashes.map((each, row) => ({ node: hash(hash(each)), rows: [row] }));
  while (level.length > 1) {
    const next: typeof level = [];
    for (let at = 0; at < level.length; at += 2) {
      const [a, b] = [level[at]!, level[at + 1]];
      if (b === undefined) next.push(a);
      else {
        for (const row of a.rows) proofs[row]!.push(toHex(b.node));
        for (const row of b.rows) proofs[row]!.push(toHex(a.node));
        const [first, second] = Buffer.compare(a.node, b.node) < 0 ? [a, b] : [b, a];
        next.push({ node: hash(first.node, second.node), rows: [...a.rows, ...b.rows] });
      }
    }
    level = next;
  }
  return { root: toHex(level[0]!.node), proofs };
}

/** The leaf of those words after its header. */
function leafOf(type: number, ...content: (Hex | number)[]): { leafPreimage: Hex; leaf: Hex } {
  const header = `0001${type.toString(16).padStart(2, "0")}${"00".repeat(29)}`;
  const bytes = Buffer.concat([
    Buffer.from(header, "hex"),
    ...content.map((word) =>
      Buffer.from(typeof word === "number" ? word.toString(16).padStart(64, "0") : word.slice(2), "hex"),
    ),
  ]);
  return { leafPreimage: toHex(bytes), leaf: toHex(sha256(bytes)) };
}

/** Types as the formats page states them, so that page and code can't part. */
function typesOf(page: string): Record<string, { type: string; hash: Hex }> {
  const section = page.slice(page.indexOf("## 3."), page.indexOf("## 4."));
  const texts = new Map([...section.matchAll(/^(\w+)\(.*\)$/gm)].map(([text, name]) => [name!, text]));
  const parts: Record<string, string[]> = { Entry: ["Terms"], Approval: ["Entry", "Terms"] };
  return Object.fromEntries(
    [...texts].map(([name, text]) => {
      const type = [text, ...(parts[name] ?? []).map((part) => texts.get(part)!)].join("");
      return [name, { type, hash: toHex(hashText(type)) }];
    }),
  );
}

/** Proofs in a log of 8 leaves: of every leaf, and that it begins with each smaller log. */
async function logVector(leaves: readonly Hex[]) {
  const log = new LogFrontier();
  const roots = [toHex(log.root())];
  const nodes = new Map<string, Hex>();
  for (const leaf of leaves) {
    log.append(fromHex(leaf), (height, index, hash) => nodes.set(`${height}/${index}`, toHex(hash)));
    roots.push(toHex(log.root()));
  }
  const read: ReadNode = async (height, index) => nodes.get(`${height}/${index}`)!;
  const inclusion = [];
  const consistency = [];
  for (const size of [1, 6, 7, 8]) {
    for (let index = 0; index < size; index++)
      inclusion.push({ index, size, auditPath: await auditPath(index, size, read) });
    for (let first = 0; first <= size; first++)
      consistency.push({ first, second: size, consistencyPath: await consistencyPath(first, size, read) });
  }
  return { leaves, roots, inclusion, consistency };
}

/** Three entries of one agency, and the block in which the ledger told its checkpoint and that of a log. */
function agencyVector() {
  const entries: { number: number; preimage: Hex }[] = [];
  let head: Hex = NO_ID;
  for (const number of [1, 2, 3]) {
    const { by, terms = {} } = samples.note();
    const entry: Entry = {
      ...{ commandId: idOf(`listed ${number}`), maker: idOf(by), capacity: roleOf[by], ocid: `${STEM}-${number}` },
      ...{ contractId: "", awardId: "", agency, kind: Kind.note, basis: NO_ID, seen: NO_ID, refersTo: NO_ID },
      ...{ expires: TIME + HOUR, digest: toHex(sha256(new Uint8Array())), terms },
    };
    const preimage = leafPreimage(entry, {
      ...{ registerSequence: 10 * number, processSequence: 1, agencySequence: number, timeMs: TIME * 1000 },
      ...{ previousProcess: NO_ID, previousAgency: head, wave: 0, signers: hashed(entry.maker), exceptions: 0 },
    });
    entries.push({ number, preimage: toHex(preimage) });
    head = toHex(sha256(preimage));
  }
  const claim = { agency, count: entries.length, head, size: 31 };
  const checkpoint = { size: 31, root: idOf("root of 31") };
  const ledger = domain.verifyingContract;
  const abi = interfaceOf("Ledger");
  const log = (transactionHash: string, name: string, values: unknown[]) => {
    const { topics, data } = abi.encodeEventLog(name, values);
    return { transactionHash, address: ledger, topics, data: fromHex(data) };
  };
  const logs = [
    log("1", "Refused", [idOf("an entry"), 19, 1n, 2n]),
    log("1", "Refused", [idOf("another"), 20, 3n, 4n]),
    log("2", "AgencyCheckpoint", [claim.agency, claim.count, claim.head, claim.size]),
    log("3", "Checkpoint", [checkpoint.size, checkpoint.root]),
  ];
  const transactions = ["0", "1", "2", "3"].map((hash, i) => ({ hash, type: 0, ok: i > 0, gasUsed: 21_000 + i }));
  // a header is made after its tree of receipts, and no header is needed to make that
  const provable = { header: new Uint8Array(), transactions, logs };
  const unsealed = proveEvent(provable, () => true)!;
  const fields: (Hex | "0x")[] = Array(16).fill("0x");
  fields[0] = idOf("parent block");
  fields[5] = toHex(keccak256(fromHex(unsealed.nodes[0]!)));
  fields[8] = "0x0102";
  fields[11] = toHex(fromNumber(TIME));
  const header = encodeRlp(fields.map((field) => fromHex(field)));
  const prove = (name: "Checkpoint" | "AgencyCheckpoint") =>
    proveEvent({ ...provable, header }, ({ topics }) => topics[0] === abi.getEvent(name)!.topicHash)!;
  const block = { number: 258, hash: toHex(keccak256(header)), parentHash: idOf("parent block"), time: TIME };
  const digest = blockDigest(separator, block.number, block.hash);
  return {
    block,
    ledger,
    checkpoint: { checkpoint, event: prove("Checkpoint") },
    certificate: { claim, event: prove("AgencyCheckpoint"), entries },
    voucher: { digest: toHex(digest), signer: "operator", signature: toHex(signature(digest, "operator")) },
  };
}

/** @param root folder of the project */
export async function vectors(root: string): Promise<Record<string, string>> {
  const signIn = {
    origin: "https://register.example",
    holder: idOf("officer"),
    nonce: idOf("nonce"),
    issued: TIME,
    expires: TIME + HOUR,
  };
  const checkpoint = { size: 8, root: idOf("root"), time: TIME };
  const checkpointBytes = checkpointDigest(separator, checkpoint.size, checkpoint.root, checkpoint.time);
  const entries = (Object.keys(samples) as KindName[]).map(entryVector);
  const content = {
    about:
      "Test vectors of formats.md, version 1, written by `npm run generate`. The keys are published: use them nowhere.",
    time: TIME,
    domain: { ...domain, separator: toHex(separator) },
    types: typesOf(readFileSync(`${root}/docs/reference/formats.md`, "utf8")),
    keys: Object.fromEntries(
      people.map((name) => [
        name,
        { secret: toHex(secretOf(name)), address: addressOfKey(secretOf(name)), holder: idOf(name) },
      ]),
    ),
    entries,
    cancel: cancelVector(),
    act: actVector(),
    lot: lotVector(),
    signIn: { signIn, ...signed(signInHash(signIn), "officer") },
    passkey: passkeyVector(),
    bundle: await bundleVector(entries),
    checkpoint: {
      checkpoint,
      digest: toHex(checkpointBytes),
      signer: "operator",
      signature: toHex(signature(checkpointBytes, "operator")),
    },
    log: await logVector(entries.slice(0, 8).map(({ leaf }) => leaf)),
    blockProofs: agencyVector(),
    sealed: sealedVectors(),
  };
  return { "docs/reference/vectors.json": `${JSON.stringify(content, null, 1)}\n` };
}

/** Values of each type, a path with a position, salts of either length, and what JSON must escape. */
function sealedVectors() {
  const ocid = "ocds-213czf-dpu-1";
  const disclosures: Disclosure[] = [
    {
      path: ["parties", "ID-PT-BATU", "contactPoint", "email"],
      salt: `0x${"01".repeat(16)}`,
      value: "siti@batu.example",
    },
    {
      path: ["parties", "ID-PT-BATU", "additionalIdentifiers", 0, "id"],
      salt: `0x${"02".repeat(32)}`,
      value: 1234567890,
    },
    { path: ["contracts", "SPK/07", "bankAccount", "verified"], salt: `0x${"03".repeat(20)}`, value: true },
    { path: ["contracts", "SPK/07", 'x"\u00e9\n'], salt: `0x${"04".repeat(16)}`, value: "\u20ac \\ \u0007" },
  ];
  return disclosures.map((disclosure) => ({
    ocid,
    ...disclosure,
    canonical: canonicalJson([disclosure.salt, ocid, disclosure.path, disclosure.value]),
    sealed: sealedForm(ocid, disclosure),
  }));
}
