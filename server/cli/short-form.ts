// The short form: one small JSON object an entry, in the words of the people who write it.
//   {"payment": {"ocid": "…", "contract": "07/SPK/2026", "amount": "1.250.000,50", "number": "SP2D-12/2026", …}}

import { keccak256 } from "#hash";
import { bodyOf } from "../domain/entries/body.ts";
import type { Draft } from "../domain/entries/draft.ts";
import {
  type Balances,
  documentKeyOf,
  idOf,
  isName,
  MAX_AMOUNT,
  MAX_TEXT,
  packBalances,
  type Terms,
} from "../domain/entries/entry.ts";
import {
  AmendmentMask,
  CODES_OF,
  ContractStatus,
  KIND_RULES,
  Kind,
  type KindName,
  ReturnCode,
  StageCode,
} from "../domain/entries/kinds.ts";
import { type Hex, toHex } from "../domain/entries/words.ts";
import { isObject, type Json } from "../domain/ocds/check-fields.ts";
import { instantOf } from "../domain/ocds/dates.ts";
import { MoneyFault, toMinor } from "../domain/ocds/money.ts";
import type { Text } from "./terminal.ts";

/** What is wrong with a short form, and where. */
export class DraftFault extends Error {
  readonly pointer: string;
  readonly text: Text;
  constructor(pointer: string, text: Text) {
    super(`${pointer}: ${text.en}`);
    this.pointer = pointer;
    this.text = text;
  }
}

/** The kinds that a short form may name: all of them. */
export const SHORT_KINDS = Object.keys(Kind) as readonly KindName[];

const amounts = {
  value: "value",
  scopeValue: "scopeValue",
  amount: "amount",
  advance: "advance",
  recovered: "recovered",
  withheld: "withheld",
  released: "released",
  total: "documentTotal",
} as const;
const ids = { issuer: "issuer", number: "documentKey", supplier: "party", post: "officer", payer: "payer" } as const;
/** Balances of an opening; what is not given is nothing, or the value. */
const balanceNames = ["accepted", "certified", "advance", "recovered", "withheld", "released", "paid"] as const;
const known = new Set([
  ...["ocid", "contract", "award", "agency", "stem", "code", "currency", "on", "until", "details", "corrects", "of"],
  ...["entry", "remark"],
  ...Object.keys(amounts),
  ...Object.keys(ids),
  ...["status", "firstValue", "balanceOn", ...balanceNames],
]);

/** Whether a JSON value looks like a short form: one field, named like a kind. */
export function isShortForm(value: unknown): value is Record<string, Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const names = Object.keys(value);
  return names.length === 1 && (SHORT_KINDS as readonly string[]).includes(names[0]!);
}

/** Reads a short form. @throws DraftFault */
export function readShortForm(form: Record<string, Record<string, unknown>>): Draft {
  const kind = Object.keys(form)[0] as KindName;
  const fields: unknown = form[kind];
  if (!isObject(fields)) throw new DraftFault(`/${kind}`, { en: "must be an object", id: "harus berupa objek" });
  const at = (name: string) => `/${kind}/${name}`;
  for (const name of Object.keys(fields)) {
    if (known.has(name)) continue;
    const list = [...known].join(", ");
    throw new DraftFault(at(name), {
      en: `unknown field; there are ${list}`,
      id: `kolom tidak dikenal; yang ada: ${list}`,
    });
  }
  const text = (name: string): string => {
    const value = fields[name] ?? "";
    if (typeof value === "string") return value;
    throw new DraftFault(at(name), { en: "must be text", id: "harus berupa teks" });
  };
  /** An id that the ledger has room for. */
  const name = (field: string): string => {
    const value = text(field);
    if (isName(value)) return value;
    throw new DraftFault(at(field), {
      en: `must have at most ${MAX_TEXT} bytes, no # and no control characters`,
      id: `paling banyak ${MAX_TEXT} byte, tanpa # dan tanpa karakter kendali`,
    });
  };
  const ocid = name("ocid");
  if (!ocid) throw new DraftFault(at("ocid"), { en: "is needed", id: "wajib ada" });

  // a correction says with `of` which kind it corrects, so that its code can be read
  const subject = kind === "correction" ? (text("of") as KindName) : kind;
  if (kind === "correction" && (!Object.hasOwn(Kind, subject) || typeof fields.corrects !== "number")) {
    throw new DraftFault(at("corrects"), {
      en: 'a correction needs "of" (the kind it corrects) and "corrects" (the number of the entry in its process)',
      id: 'ralat memerlukan "of" (jenis yang diralat) dan "corrects" (nomor entri dalam prosesnya)',
    });
  }
  const names = kind === "correction" ? (fields.corrects as number) : readEntryNumber(kind, fields.entry, at("entry"));
  const terms: Terms = {};
  const code = readCode(subject, fields.code, at("code"));
  if (code !== undefined) terms.code = code;
  const currency = text("currency") || "IDR";
  const balances = kind === "opening" && fields.contract !== undefined ? readBalances(fields, currency, at) : undefined;
  for (const [name, term] of Object.entries(amounts)) {
    // of an opening, all amounts but the value are balances
    if (fields[name] === undefined || (kind === "opening" && name !== "value")) continue;
    terms[term] = readAmount(fields[name], currency, at(name));
    terms.currency = currency;
  }
  // a document that pays one contract only is its own total; a void is of the payment's document
  const hasDocument = subject === "payment" || (subject === "return" && code !== ReturnCode.voided);
  if (hasDocument && terms.amount !== undefined) terms.documentTotal ??= terms.amount;
  for (const [name, term] of Object.entries(ids)) if (fields[name] !== undefined) terms[term] = anId(text(name));
  const number = text("number").trim();
  if (fields.number !== undefined) {
    if (number === "") throw new DraftFault(at("number"), { en: "is empty", id: "kosong" });
    terms.documentKey = documentKeyOf(number);
  }
  for (const name of ["on", "until"] as const) {
    if (fields[name] !== undefined) terms[name] = readDay(text(name), at(name));
  }
  if (balances !== undefined) {
    terms.on ??= 0; // the day of signing is not known
    terms.documentKey = toHex(keccak256(packBalances(balances, currency)));
  }
  const { details } = fields;
  if (details !== undefined && !isObject(details)) {
    throw new DraftFault(at("details"), { en: "must be an object", id: "harus berupa objek" });
  }
  const place = { contractId: name("contract"), awardId: name("award") };
  const remark = text("remark").trim();
  const body = bodyOf(
    { kind: Kind[subject], ...place },
    withNumber(subject, details ?? {}, number),
    remark === "" ? {} : { remarks: [{ text: remark }] },
  );
  return {
    kind,
    ocid,
    ...place,
    terms,
    source: form,
    ...(fields.agency === undefined ? {} : { agency: anId(text("agency")) }),
    ...(fields.stem === undefined ? {} : { stem: text("stem") }),
    ...(body === undefined ? {} : { body }),
    ...(balances === undefined ? {} : { balances }),
    ...(names === undefined ? {} : { names }),
  };
}

/** The number in its process of the entry that this one names, where its kind names one. */
function readEntryNumber(kind: KindName, value: unknown, pointer: string): number | undefined {
  // the supplier signs the terms as they stand: which entry that is follows
  const { refersTo, preimage, basis } = KIND_RULES[kind];
  const needed = refersTo === "required" && !(preimage === "none" && basis === "terms");
  if (value === undefined && !needed) return undefined;
  if (Number.isSafeInteger(value) && refersTo !== "never") return value as number;
  if (refersTo === "never") {
    throw new DraftFault(pointer, { en: "names no other entry", id: "tidak menunjuk entri lain" });
  }
  throw new DraftFault(pointer, {
    en: "is needed: the number in its process of the entry that is meant; `prasasti history` lists them",
    id: "wajib ada: nomor entri yang dimaksud dalam prosesnya; lihat `prasasti history`",
  });
}

/** The number of a document stands in what is published: terms hold only its hash. */
function withNumber(kind: KindName, details: Json, number: string): Json {
  if (number === "") return details;
  if (kind === "guarantee") {
    const [first, ...more] = Array.isArray(details.guarantees) ? details.guarantees : [];
    return { ...details, guarantees: [{ ...(isObject(first) ? first : {}), documentNumber: number }, ...more] };
  }
  const pays = kind === "payment" || kind === "return";
  const list = pays ? "transactions" : kind === "certificate" ? "milestones" : undefined;
  if (list === undefined) return details;
  const implementation = isObject(details.implementation) ? details.implementation : {};
  const [first, ...more] = Array.isArray(implementation[list]) ? implementation[list] : [];
  const documented = [{ ...(isObject(first) ? first : {}), documentNumber: number }, ...more];
  return { ...details, implementation: { ...implementation, [list]: documented } };
}

/** What had come before an opening. */
function readBalances(fields: Record<string, unknown>, currency: string, at: (name: string) => string): Balances {
  const amount = (name: string, otherwise: unknown = 0) => readAmount(fields[name] ?? otherwise, currency, at(name));
  if (typeof fields.balanceOn !== "string") {
    throw new DraftFault(at("balanceOn"), {
      en: "an opening needs the day of its balances; write 2026-11-24",
      id: "saldo awal memerlukan tanggal saldonya; tulis 2026-11-24",
    });
  }
  return {
    status: oneOf(ContractStatus, fields.status, at("status")),
    firstValue: amount("firstValue", fields.value),
    scopeValue: amount("scopeValue", fields.firstValue ?? fields.value),
    accepted: amount("accepted"),
    certified: amount("certified"),
    advance: amount("advance"),
    recovered: amount("recovered"),
    withheld: amount("withheld"),
    released: amount("released"),
    paid: amount("paid"),
    on: readDay(fields.balanceOn, at("balanceOn")),
  };
}

function anId(text: string): Hex {
  return /^0x[0-9a-f]{64}$/.test(text) ? (text as Hex) : idOf(text);
}

/** A code by name; for amendments a list of names. New sections may leave it out. */
function readCode(kind: KindName, value: unknown, pointer: string): number | undefined {
  if (kind === "amendment") {
    const names = Array.isArray(value) ? value : [value];
    let mask = 0;
    for (const name of names) mask |= oneOf(AmendmentMask, name, pointer);
    return mask;
  }
  const list = CODES_OF[kind];
  if (list === undefined) return undefined;
  if (value === undefined && list === StageCode) return StageCode.new;
  return oneOf(list, value, pointer);
}

function oneOf(list: Readonly<Record<string, number>>, name: unknown, pointer: string): number {
  const code = typeof name === "string" && Object.hasOwn(list, name) ? list[name] : undefined;
  if (code !== undefined) return code;
  const names = Object.keys(list).join(", ");
  throw new DraftFault(pointer, { en: `must be one of ${names}`, id: `harus salah satu dari ${names}` });
}

/**
 * An amount in minor units. Text as people write it here, `1.250.000,50` with points for thousands and a comma for
 * sen, or plain `1250000.50`; a number as OCDS has it. What could be read in two ways is refused.
 */
export function readAmount(value: unknown, currency: string, pointer: string): bigint {
  const minor = minorOf(value, currency, pointer);
  if (minor <= MAX_AMOUNT) return minor;
  throw new DraftFault(pointer, { en: "is more than the ledger can hold", id: "melebihi yang dapat dimuat register" });
}

function minorOf(value: unknown, currency: string, pointer: string): bigint {
  try {
    if (typeof value === "number") return toMinor(value, currency);
    if (typeof value === "string") {
      // three digits after a comma or a single point may mean thousands, so as decimals they take other lengths
      const match =
        /^(\d{1,3}(?:\.\d{3})+|\d+)(?:,(\d{1,2}|\d{4,}))?$/.exec(value.trim()) ??
        /^(\d+)\.(\d{1,2}|\d{4,})$/.exec(value.trim());
      if (match) return exact(match[1]!.replaceAll(".", ""), match[2] ?? "", currency);
    }
  } catch (error) {
    if (!(error instanceof MoneyFault)) throw error;
    throw new DraftFault(pointer, { en: error.message, id: `jumlah tidak dapat dibaca dalam ${currency}` });
  }
  throw new DraftFault(pointer, {
    en: "is no amount; write 1.250.000,50 or 1250000.50",
    id: "bukan jumlah uang; tulis 1.250.000,50 atau 1250000.50",
  });
}

/** Whole and fraction digits as minor units, without passing through a floating-point number. */
function exact(whole: string, fraction: string, currency: string): bigint {
  const one = toMinor(1, currency);
  const exponent = String(one).length - 1;
  if (/[1-9]/.test(fraction.slice(exponent))) {
    throw new MoneyFault("amount-precision", `${currency} has ${exponent} digits after the point.`);
  }
  return BigInt(whole) * one + BigInt(fraction.slice(0, exponent).padEnd(exponent, "0") || "0");
}

/** Seconds UTC. A plain day begins at midnight in western Indonesia. */
function readDay(text: string, pointer: string): number {
  const instant = instantOf(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00+07:00` : text);
  if (instant !== undefined && instant >= 0) return Math.floor(instant / 1000);
  throw new DraftFault(pointer, { en: "is no day; write 2026-11-24", id: "bukan tanggal; tulis 2026-11-24" });
}
