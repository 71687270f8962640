import { keccak256 } from "#hash";
import { remembered } from "../remembered.ts";
import { AMOUNT_TERMS, ID_TERMS, TERM_NAMES } from "./kinds.ts";
import { type Hex, NO_ID, readUint, toHex, utf8, WORD, writeHex, writeUint } from "./words.ts";

// What people sign: EIP-712 types, hashes and digests (docs/reference/formats.md section 3).

/** Terms that are present; an absent one is zero for the hash. Amounts in minor units, times in seconds UTC. */
export type Terms = {
  code?: number;
  currency?: string;
  value?: bigint;
  scopeValue?: bigint;
  amount?: bigint;
  advance?: bigint;
  recovered?: bigint;
  withheld?: bigint;
  released?: bigint;
  documentTotal?: bigint;
  issuer?: Hex;
  documentKey?: Hex;
  party?: Hex;
  officer?: Hex;
  payer?: Hex;
  on?: number;
  until?: number;
};

export type Entry = {
  commandId: Hex;
  maker: Hex;
  capacity: number;
  ocid: string;
  contractId: string;
  awardId: string;
  agency: Hex;
  kind: number;
  basis: Hex;
  seen: Hex;
  digest: Hex;
  terms: Terms;
  refersTo: Hex;
  expires: number;
};

export type Approval = { holder: Hex; capacity: number; exceptions: number; seen: Hex; expires: number };
export type Cancel = { target: Hex; holder: Hex; expires: number };
/** One signature over many entries or approvals of one capacity: `root` of the tree over their hashes. */
export type Bundle = { root: Hex; count: number; capacity: number; expires: number };
export type SignIn = { origin: string; holder: Hex; nonce: Hex; issued: number; expires: number };
export type Domain = { chainId: number; verifyingContract: Hex; salt: Hex };

/** What the ledger takes at most, as contracts/Ledger.sol has it: bytes of a body and of a text, approvals of an item. */
export const MAX_BODY = 98_304;
export const MAX_TEXT = 200;
export const MAX_APPROVALS = 4;
/** The largest amount, in minor units. */
export const MAX_AMOUNT = (1n << 128n) - 1n;

/** What has "#" in it can't be linked to, and what can't be seen can't be compared. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
export const NAME = /^[^#\u0000-\u001f\u007f-\u009f]*$/;

/** Whether a text can stand in the register as an ocid, or as the id of a contract or an award. */
export function isName(text: string): boolean {
  return text.isWellFormed() && NAME.test(text) && utf8(text).length <= MAX_TEXT;
}

const TERMS =
  "Terms(uint32 present,uint32 code,string currency,uint128 value,uint128 scopeValue,uint128 amount,uint128 advance,uint128 recovered,uint128 withheld,uint128 released,uint128 documentTotal,bytes32 issuer,bytes32 documentKey,bytes32 party,bytes32 officer,bytes32 payer,uint64 on,uint64 until)";
const ENTRY =
  "Entry(bytes32 commandId,bytes32 maker,uint8 capacity,string ocid,string contractId,string awardId,bytes32 agency,uint8 kind,bytes32 basis,bytes32 seen,bytes32 digest,Terms terms,bytes32 refersTo,uint64 expires)";
const APPROVAL = "Approval(Entry entry,bytes32 holder,uint8 capacity,uint32 exceptions,bytes32 seen,uint64 expires)";
const CANCEL = "Cancel(bytes32 target,bytes32 holder,uint64 expires)";
const BUNDLE = "Bundle(bytes32 root,uint16 count,uint8 capacity,uint64 expires)";
const SIGN_IN = "SignIn(string origin,bytes32 holder,bytes32 nonce,uint64 issued,uint64 expires)";
const CHECKPOINT = "Checkpoint(uint64 size,bytes32 root,uint64 time)";
const BLOCK = "Block(uint64 number,bytes32 hash)";
const DOMAIN = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract,bytes32 salt)";

/** keccak256 of the UTF-8 bytes of a text: a type's hash, a string's EIP-712 word, the id of a text id. */
export function hashText(text: string): Uint8Array {
  return keccak256(utf8(text));
}

/** The 32-byte id of a holder's, agency's, supplier's or post's text id. */
export function idOf(text: string): Hex {
  return toHex(hashText(text));
}

/**
 * The key of a document by its number, so that one document is one however it is typed: compatibility forms (NFKC),
 * small letters as capitals, every dash as a hyphen, blanks in a row as one and none at the ends.
 */
export const documentKeyOf = remembered((number: string): Hex => {
  const one = number
    .normalize("NFKC")
    .replace(/[\u2010-\u2015\u2212]/g, "-")
    .replace(/\s+/g, " ")
    .trim();
  return idOf(one.toUpperCase());
});

const typeHash = {
  terms: hashText(TERMS),
  entry: hashText(ENTRY + TERMS),
  approval: hashText(APPROVAL + ENTRY + TERMS),
  cancel: hashText(CANCEL),
  bundle: hashText(BUNDLE),
  signIn: hashText(SIGN_IN),
  checkpoint: hashText(CHECKPOINT),
  block: hashText(BLOCK),
};
const EMPTY_TEXT = hashText("");

/** The `present` mask of terms. */
export function presentOf(terms: Terms): number {
  let mask = 0;
  for (let bit = 0; bit < TERM_NAMES.length; bit++) if (terms[TERM_NAMES[bit]!] !== undefined) mask |= 1 << bit;
  return mask;
}

const isId = new Set<string>(ID_TERMS);
const isAmount = new Set<string>(AMOUNT_TERMS);

/** Terms as plain JSON: amounts as decimal text. */
export type TermsText = Record<string, string | number>;

export function termsToText(terms: Terms): TermsText {
  return Object.fromEntries(
    Object.entries(terms).map(([name, value]) => [name, typeof value === "bigint" ? String(value) : value]),
  );
}

/** @throws SyntaxError for an amount that is no whole number */
export function termsFromText(text: TermsText): Terms {
  return Object.fromEntries(
    Object.entries(text).map(([name, value]) => [name, isAmount.has(name) ? BigInt(value) : value]),
  ) as Terms;
}

/** Writes the 19 EIP-712 words of terms at `at`. @throws RangeError for a value that has no such word */
function writeTerms(out: Uint8Array, at: number, terms: Terms): void {
  out.set(typeHash.terms, at);
  writeUint(out, at + WORD, presentOf(terms), WORD);
  for (let bit = 0; bit < TERM_NAMES.length; bit++) {
    const name = TERM_NAMES[bit]!;
    const place = at + (bit + 2) * WORD;
    const value = terms[name];
    if (name === "currency") out.set(value === undefined ? EMPTY_TEXT : hashText(value as string), place);
    else if (value === undefined) continue;
    else if (isId.has(name)) writeHex(out, place, value as Hex, WORD);
    else writeUint(out, place, value as bigint | number, WORD);
  }
}

/** What had come before an opening: amounts in minor units, `on` the balance date in seconds UTC. */
export type Balances = {
  /** the contract's status at that date */
  status: number;
  firstValue: bigint;
  scopeValue: bigint;
  certified: bigint;
  advance: bigint;
  recovered: bigint;
  withheld: bigint;
  released: bigint;
  paid: bigint;
  accepted: bigint;
  on: number;
};

/** The same as plain JSON: amounts as decimal text. */
export type BalancesText = Record<keyof Balances, string | number>;

export function balancesToText(balances: Balances): BalancesText {
  const text = Object.entries(balances).map(([name, value]) => [
    name,
    typeof value === "bigint" ? String(value) : value,
  ]);
  return Object.fromEntries(text) as BalancesText;
}

/** @throws SyntaxError for an amount that is no whole number */
export function balancesFromText(text: BalancesText): Balances {
  const read = Object.entries(text).map(([name, value]) => [name, typeof value === "string" ? BigInt(value) : value]);
  return Object.fromEntries(read) as Balances;
}

/** Which word of the 18 holds each balance (docs/reference/formats.md section 5); the others are zero. */
const balanceWords: Readonly<Record<keyof Balances, number>> = {
  status: 1,
  firstValue: 3,
  scopeValue: 4,
  certified: 5,
  advance: 6,
  recovered: 7,
  withheld: 8,
  released: 9,
  paid: 10,
  on: 16,
  accepted: 17,
};
const CURRENCY_WORD = 2;
export const BALANCES_BYTES = 18 * WORD;

/** The words of an opening's balances; their keccak256 is its `documentKey`. */
export function packBalances(balances: Balances, currency: string): Uint8Array {
  const out = new Uint8Array(BALANCES_BYTES);
  out.set(hashText(currency), CURRENCY_WORD * WORD);
  for (const [name, word] of Object.entries(balanceWords)) {
    writeUint(out, word * WORD, balances[name as keyof Balances], WORD);
  }
  return out;
}

export function readBalances(words: Uint8Array): Balances {
  const value = (name: keyof Balances) => readUint(words, balanceWords[name] * WORD, WORD);
  return {
    status: Number(value("status")),
    firstValue: value("firstValue"),
    scopeValue: value("scopeValue"),
    certified: value("certified"),
    advance: value("advance"),
    recovered: value("recovered"),
    withheld: value("withheld"),
    released: value("released"),
    paid: value("paid"),
    accepted: value("accepted"),
    on: Number(value("on")),
  };
}

/** The 15 + 19 EIP-712 words of an entry, as the leaf holds them. */
export function entryWords(entry: Entry): Uint8Array {
  const out = new Uint8Array(34 * WORD);
  writeTerms(out, 15 * WORD, entry.terms);
  out.set(typeHash.entry, 0);
  writeHex(out, WORD, entry.commandId, WORD);
  writeHex(out, 2 * WORD, entry.maker, WORD);
  writeUint(out, 3 * WORD, entry.capacity, WORD);
  out.set(hashText(entry.ocid), 4 * WORD);
  out.set(hashText(entry.contractId), 5 * WORD);
  out.set(hashText(entry.awardId), 6 * WORD);
  writeHex(out, 7 * WORD, entry.agency, WORD);
  writeUint(out, 8 * WORD, entry.kind, WORD);
  writeHex(out, 9 * WORD, entry.basis, WORD);
  writeHex(out, 10 * WORD, entry.seen, WORD);
  writeHex(out, 11 * WORD, entry.digest, WORD);
  out.set(keccak256(out.subarray(15 * WORD, 34 * WORD)), 12 * WORD);
  writeHex(out, 13 * WORD, entry.refersTo, WORD);
  writeUint(out, 14 * WORD, entry.expires, WORD);
  return out;
}

/** hashStruct(Entry): what refusals and approvals name. */
export function entryHash(entry: Entry): Uint8Array {
  return keccak256(entryWords(entry).subarray(0, 15 * WORD));
}

/** hashStruct(Approval) of the entry with that hash. */
export function approvalHash(entry: Uint8Array, approval: Approval): Uint8Array {
  return hashWords(
    typeHash.approval,
    entry,
    approval.holder,
    approval.capacity,
    approval.exceptions,
    approval.seen,
    approval.expires,
  );
}

export function cancelHash(cancel: Cancel): Uint8Array {
  return hashWords(typeHash.cancel, cancel.target, cancel.holder, cancel.expires);
}

export function bundleHash({ root, count, capacity, expires }: Bundle): Uint8Array {
  return hashWords(typeHash.bundle, root, count, capacity, expires);
}

export function signInHash(signIn: SignIn): Uint8Array {
  return hashWords(
    typeHash.signIn,
    hashText(signIn.origin),
    signIn.holder,
    signIn.nonce,
    signIn.issued,
    signIn.expires,
  );
}

/** keccak256 of EIP-712 words: bytes as they are, 0x text as an id, numbers big-endian. */
export function hashWords(...words: (Uint8Array | Hex | number | bigint)[]): Uint8Array {
  const out = new Uint8Array(words.length * WORD);
  for (const [i, word] of words.entries()) {
    if (typeof word === "string") writeHex(out, i * WORD, word, WORD);
    else if (typeof word === "object") out.set(word, i * WORD);
    else writeUint(out, i * WORD, word, WORD);
  }
  return keccak256(out);
}

export function domainSeparator(domain: Domain): Uint8Array {
  const address = new Uint8Array(WORD);
  writeHex(address, 12, domain.verifyingContract, 20);
  return hashWords(hashText(DOMAIN), hashText("Prasasti"), hashText("1"), domain.chainId, address, domain.salt);
}

/** The digest that is signed: keccak256(0x1901 ‖ domain separator ‖ struct hash). */
export function signedDigest(separator: Uint8Array, structHash: Uint8Array): Uint8Array {
  const out = new Uint8Array(66);
  out.set([0x19, 0x01]);
  out.set(separator, 2);
  out.set(structHash, 34);
  return keccak256(out);
}

/** The digest that the operator signs of a checkpoint; `time` of its block in seconds UTC. */
export function checkpointDigest(separator: Uint8Array, size: number, root: Hex, time: number): Uint8Array {
  return signedDigest(separator, hashWords(typeHash.checkpoint, size, root, time));
}

/** The digest that the operator signs of a block, on a chain where nobody else vouches for it. */
export function blockDigest(separator: Uint8Array, number: number, hash: Hex): Uint8Array {
  return signedDigest(separator, hashWords(typeHash.block, number, hash));
}

type Field = { name: string; type: string };
function fieldsOf(type: string): Field[] {
  return type
    .slice(type.indexOf("(") + 1, -1)
    .split(",")
    .map((field) => {
      const [kind, name] = field.split(" ") as [string, string];
      return { name, type: kind };
    });
}

/** Fields of each signed type, as `eth_signTypedData_v4` and ethers take them. */
export const TYPES = {
  Terms: fieldsOf(TERMS),
  Entry: fieldsOf(ENTRY),
  Approval: fieldsOf(APPROVAL),
  Cancel: fieldsOf(CANCEL),
  Bundle: fieldsOf(BUNDLE),
  SignIn: fieldsOf(SIGN_IN),
};

/** All fields of Terms with zeros for those that are absent: the message that a wallet shows. */
export function termsMessage(terms: Terms): Record<string, string | number> {
  const message: Record<string, string | number> = { present: presentOf(terms) };
  for (const name of TERM_NAMES) {
    const value = terms[name];
    message[name] =
      value === undefined
        ? name === "currency"
          ? ""
          : isId.has(name)
            ? NO_ID
            : 0
        : typeof value === "bigint"
          ? String(value)
          : value;
  }
  return message;
}
