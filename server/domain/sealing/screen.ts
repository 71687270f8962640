import type { Place, Words } from "../problems.ts";
import { digitsIn, isNik, isNip, isNpwp } from "./personal-numbers.ts";
import { fieldOf, type Known, type PrivateData } from "./private-fields.ts";
import { claimsSeal, isSealed, type Leaf, leavesOf } from "./seal.ts";

/**
 * The screen before anything is signed or kept: what is written on the chain stays for ever, so a text that looks like
 * somebody's number, account or contact is refused, wherever it stands. It knows forms, not truth: a private fact told
 * in words passes it, which docs/explanation/data-protection.md says.
 */

export type ScreenRule = "nik" | "npwp" | "nip" | "bank-account" | "mobile" | "email" | "private-field" | "sealed-form";
export type Found = { pointer: string; rule: ScreenRule; data?: PrivateData };

/** A label that says what the number after it is; none of these is a person's. */
const OTHER_NUMBER =
  /(?:\b(?:SP2D|SPM|SPP|SPD|NTPN|NTB|STAN|billing|kode\s*bayar|virtual\s*account|VA|RUP|SiRUP|tender|paket|kontrak|invoice|faktur|resi|KBLI|MAK|DIPA|NOP|NIB|NITKU|ISBN|IMEI|serial|seri)\b|(?<![a-z])kode\s*rekening)[^0-9A-Za-z]{0,3}(?:(?:no|nomor|number|nomer|kode|id)\b\.?[^0-9A-Za-z]{0,3}){0,2}$/i;
/** A label that says whose number follows. */
const PERSON_LABEL = /(?:nik|ktp|npwp|nip)\W{0,3}$/i;
const NPWP_LABEL = /npwp(?:\s*16|\s*15)?\s*(?:\W{0,3}(?:no|nomor|number)\b)?\W{0,4}$/i;
const PHONE_LABEL =
  /(?:\b(?:hp|wa|whatsapp|telp|tlp|telepon|ponsel|handphone|phone|mobile|kontak|hubungi|cp)\b)[^0-9+]{0,12}$/i;
const PERSONAL_MAIL =
  /[\w.+-]+@(?:gmail|googlemail|yahoo|ymail|rocketmail|hotmail|outlook|live|msn|icloud|me|aol|protonmail|proton|zoho)\.[a-z.]{2,10}\b/i;

const PLAIN = /^[ -~]*$/;
/** Runs of digits with single separators between them. */
const RUN = /\d(?:[ .\-\u2010-\u2015]?\d){9,40}/g;
const FORMATTED_NPWP = /(?<![\d.])\d{2}\.\d{3}\.\d{3}\.\d[-.]\d{3}\.\d{3}(?![\d])(?!\.\d)/g;
/** The account words, but not the chart of accounts ("kode rekening", "rekening belanja"). */
const ACCOUNT =
  /(?<!kode\s)(?<!kd\s)(?<![a-z])(?:(?:no(?:mor|\.)?\s*)?(?:rekening|norek|rek\.|rek(?=\s*[:\d]))|a\/?c\s*(?:no|:)|account\s*(?:no|number|#|:)|bank\s+(?!garansi|guarantee)(?:[a-z][a-z.&]*\s+){0,4}?(?=\d))/gi;
/** In each of them. */
const ACCOUNT_WORD = /rek|a\/?c|bank/i;
const ACCOUNT_NUMBER = /(?<![\d/.])\d(?:[ .-]?\d){7,19}(?![\d/])/g;
/** Far enough for "rekening BRI Cabang Tirtaraya a.n. Budi Santoso no. 0012-01-...". */
const ACCOUNT_REACH = 60;
/** No name has so many digits in a row, whatever they are: a NIK with a slip of the pen is a NIK still. */
const LONG_NUMBER = /(?<!\d)\d(?:[ .\-\u2010-\u2015]?\d){14,17}(?!\d)/;
const LONG_DATE = /^(?:\d{1,2}[-. ]\d{1,2}[-. ]\d{4}|\d{4}[-. ]\d{1,2}[-. ]\d{1,2}|(?:19|20)\d{6})$/;
/** A budget account of Permendagri 13 or 90: digits of one to four places after points. */
const BUDGET_CODE = /^[4-9](?:\.\d{1,4}){2,}$/;

const NONE: ReadonlySet<ScreenRule> = new Set();

/**
 * Which rules a text breaks.
 * @param isOpen the text stands where contacts or a tax number are public: these are not looked for
 */
export function rulesIn(given: string, isOpen = false): ReadonlySet<ScreenRule> {
  const isMail = !isOpen && given.includes("@") && PERSONAL_MAIL.test(given);
  // digits of other scripts and invisible signs between digits are no disguise
  const text = PLAIN.test(given) ? given : given.normalize("NFKC").replace(/[\u200b-\u200f\u2060\ufeff\u00ad]/g, "");
  const digits = digitsIn(text);
  if (digits < 8 && !isMail) return NONE;
  const found = new Set<ScreenRule>(isMail ? ["email"] : []);
  if (digits < 8) return found;

  // what a form cannot do without is looked for first: most texts have none of it
  if (digits >= 15 && text.includes("."))
    for (const [written] of text.matchAll(FORMATTED_NPWP)) if (/[1-9]/.test(written.slice(0, 10))) found.add("npwp");
  if (digits >= 10) for (const run of text.matchAll(RUN)) judgeRun(text, run[0], run.index, found);
  for (const { 0: word, index } of ACCOUNT_WORD.test(text) ? text.matchAll(ACCOUNT) : []) {
    const from = index + word.length;
    const reach = text.slice(from, from + ACCOUNT_REACH);
    for (const { 0: number, index: at } of reach.matchAll(ACCOUNT_NUMBER)) {
      const before = text.slice(Math.max(0, from + at - 30), from + at);
      if (LONG_DATE.test(number) || BUDGET_CODE.test(number)) continue;
      if (/(?:rp\.?|idr)\s*$/i.test(before) || OTHER_NUMBER.test(before)) continue;
      // points for thousands: an amount, unless zeros lead
      if (/^[1-9]\d{0,2}(?:\.\d{3})+$/.test(number)) continue;
      found.add("bank-account");
    }
  }
  if (isOpen) for (const rule of ["npwp", "mobile"] as const) found.delete(rule);
  return found;
}

/** Which rules the name of a person or an organisation breaks. */
export function rulesInName(name: string): ReadonlySet<ScreenRule> {
  const found = rulesIn(name);
  if (found.size > 0 || digitsIn(name) < 15 || !LONG_NUMBER.test(name.normalize("NFKC"))) return found;
  return new Set(["nik"]);
}

function judgeRun(text: string, run: string, index: number, found: Set<ScreenRule>): void {
  // shorter than any number but a phone's, and that begins otherwise: most ids are such
  if (run.length < 15 && !/^[06]|\s/.test(run)) return;
  const before = text.slice(Math.max(0, index - 32), index);
  const previous = before.at(-1) ?? "";
  const next = text[index + run.length] ?? "";
  const labelled = PERSON_LABEL.test(before);
  // a part of a longer name, such as a hash or a document's number, is no number of its own
  if (!labelled && (/[0-9A-Za-z_]/.test(previous) || /[0-9A-Za-z_]/.test(next))) return;
  if (!labelled && OTHER_NUMBER.test(before)) return;
  const inDocumentNumber = previous === "/" || next === "/";
  for (const { digits, at } of partsOf(run)) {
    if (digits.length === 16 && isNik(digits)) found.add("nik");
    else if (digits.length === 18 && isNip(digits)) found.add("nip");
    else if (digits.length === 16 && digits[0] === "0" && isNpwp(digits)) found.add("npwp");
    else if ((digits.length === 15 || digits.length === 16) && at === 0 && NPWP_LABEL.test(before)) {
      if (/[1-9]/.test(digits)) found.add("npwp");
    } else if (!inDocumentNumber && /^08[1-9]\d{7,10}$/.test(digits)) found.add("mobile");
    else if (!inDocumentNumber && at === 0 && /^628[1-9]\d{7,10}$/.test(digits))
      if (previous === "+" || PHONE_LABEL.test(before)) found.add("mobile");
  }
}

/** What the parts of a run give together, from each on: another number may stand just before or behind, after a blank. */
function partsOf(run: string): { digits: string; at: number }[] {
  const groups = run.split(" ").map((group) => group.replace(/\D/g, ""));
  const parts: { digits: string; at: number }[] = [];
  for (const at of groups.keys()) {
    let digits = "";
    for (const group of groups.slice(at)) {
      digits += group;
      if (digits.length > 18) break;
      if (digits.length >= 10) parts.push({ digits, at });
    }
  }
  return parts;
}

/** Where numbers are names of something else. */
const NOT_TEXT: ReadonlySet<string> = new Set(["date", "digest", "amount", "quantity", "documentNumber", "sourceID"]);
/** Names of persons and organisations. */
const NAMES: ReadonlySet<string> = new Set(["name", "legalName"]);
export const isNotText = (name: string) => NOT_TEXT.has(name) || /Date$/.test(name);

function* inLeaf(leaf: Leaf, known: Known): Generator<Found> {
  const { value, name, pointer } = leaf;
  if (claimsSeal(value)) {
    if (!isSealed(value)) yield { pointer, rule: "sealed-form" };
    // an id names its entry, also in paths: sealed, it would name nothing
    else if (name === "id" && leaf.path.length >= 2 && leaf.path.at(-2) === value)
      yield { pointer, rule: "sealed-form" };
    return;
  }
  const data = fieldOf(leaf, known);
  if (data !== undefined && data !== "public") {
    yield { pointer, rule: "private-field", data };
    return;
  }
  if (typeof value === "string" && !isNotText(name)) {
    const rules = NAMES.has(name) && data === undefined ? rulesInName(value) : rulesIn(value, data === "public");
    for (const rule of rules) yield { pointer, rule };
  } else if (typeof value === "number" && Number.isSafeInteger(value) && !isNotText(name) && isNik(String(value))) {
    yield { pointer, rule: "nik" };
  }
}

/** Everything in a body that may not be public. A field's name is looked at too, and told by the object it is in. */
export function screenBody(body: unknown, known: Known): Found[] {
  const found: Found[] = [];
  const judged = new Map<string, boolean>();
  for (const leaf of leavesOf(body)) {
    found.push(...inLeaf(leaf, known));
    for (const [at, step] of leaf.path.entries()) {
      if (typeof step !== "string" || step.length < 10 || judged.has(step)) continue;
      const steps = leaf.pointer.split("/");
      // ids of entries are values, and looked at as such
      const isId = leaf.around.some(({ id }) => id === step);
      const rules = isId ? [] : [...rulesIn(step)];
      judged.set(step, rules.length > 0);
      for (const rule of rules) found.push({ pointer: steps.slice(0, at + 1).join("/"), rule });
    }
  }
  // a name that may not be public is not repeated in the places below it
  const told = ({ pointer, ...rest }: Found): Found => {
    const steps = pointer.split("/");
    const secret = steps.findIndex((step) => judged.get(step));
    return { ...rest, pointer: secret < 0 ? pointer : steps.slice(0, secret).join("/") };
  };
  return found.map(told);
}

/** Which rules the texts of an entry's terms break: `name` is their field. */
export function screenTexts(texts: Readonly<Record<string, string>>): Found[] {
  const found: Found[] = [];
  for (const name of Object.keys(texts))
    for (const rule of rulesIn(texts[name]!)) found.push({ pointer: `/${name}`, rule });
  return found;
}

/** What a private field holds, in words. */
export const holds: Readonly<Record<PrivateData, readonly [en: string, id: string]>> = {
  nik: ["an identity number", "nomor identitas"],
  npwp: ["a person's tax number", "NPWP orang"],
  nip: ["a civil servant's number", "NIP"],
  bankAccount: ["a bank account", "rekening bank"],
  address: ["a private address", "alamat pribadi"],
  contact: ["a person's contact", "kontak seseorang"],
  birth: ["a date of birth", "tanggal lahir"],
  name: ["the name of a private person", "nama orang pribadi"],
};

/** What a text seems to hold, in words. */
export const looksLike: Readonly<
  Record<Exclude<ScreenRule, "private-field" | "sealed-form">, readonly [string, string]>
> = {
  nik: ["an identity number (NIK)", "NIK"],
  npwp: ["a tax number (NPWP)", "NPWP"],
  nip: ["a civil servant's number (NIP)", "NIP"],
  "bank-account": ["a bank account number", "nomor rekening bank"],
  mobile: ["a mobile phone number", "nomor ponsel"],
  email: ["a private e-mail address", "alamat surel pribadi"],
};

/** What was found, as a problem tells it: where and by which rule, never the value. */
export function screenPlaces(found: readonly Found[]): Place[] {
  return found.map(({ pointer, rule, data }) => ({ pointer, rule, message: messageOf(rule, data) }));
}

function messageOf(rule: ScreenRule, data: PrivateData | undefined): Words {
  if (rule === "sealed-form")
    return {
      en: "This is no sealed value: it is sealed:sha256: and 64 hexadecimal digits, and never the id of an entry in a list.",
      id: "Ini bukan nilai tersegel: bentuknya sealed:sha256: dan 64 digit heksadesimal, dan tidak boleh menjadi id butir sebuah larik.",
    };
  if (rule === "private-field") {
    const [en, id] = holds[data ?? "contact"];
    return {
      en: `This field holds ${en}. Seal it, or leave it out.`,
      id: `Bidang ini memuat ${id}. Segel, atau hilangkan.`,
    };
  }
  const [en, id] = looksLike[rule];
  return {
    en: `This text holds what looks like ${en}. Leave it out, or put it into a field of its own and seal it.`,
    id: `Teks ini memuat yang tampak seperti ${id}. Hilangkan, atau taruh di bidang tersendiri lalu segel.`,
  };
}
