import { digitsIn, isNik, isNip, looksLikeNpwp } from "./personal-numbers.ts";
import { type Around, claimsSeal, type Leaf } from "./seal.ts";

/**
 * Which fields of OCDS hold what concerns a person and nobody else: the one table of what is sealed by default.
 * Public are names of officials acting in office and of suppliers; contacts and addresses of public bodies; the address
 * and tax number of a supplier that is a legal entity (docs/decisions/0010-what-is-sealed.md).
 */

/** What a private field holds. */
export type PrivateData = "nik" | "npwp" | "nip" | "bankAccount" | "address" | "contact" | "birth" | "name";

/** What the registry knows of an organisation that a body names. */
export type Known = (id: string) => { kind: "agency" | "supplier"; name: string } | undefined;

/** `publicBody`: private but for public bodies; `entity`: also public for legal entities; `nobody`: always private. */
type Unless = "publicBody" | "entity" | "nobody";

/** Below an organisation. */
const OF_ORGANISATION: Readonly<Record<string, readonly [PrivateData, Unless]>> = {
  "contactPoint/name": ["contact", "publicBody"],
  "contactPoint/email": ["contact", "publicBody"],
  "contactPoint/telephone": ["contact", "publicBody"],
  "contactPoint/faxNumber": ["contact", "publicBody"],
  "address/streetAddress": ["address", "entity"],
  "address/postalCode": ["address", "entity"],
};

/** Below a person that an organisation or contract names. */
const OF_PERSON: Readonly<Record<string, PrivateData>> = {
  "identifier/id": "nik",
  "additionalIdentifiers/id": "nik",
  "address/streetAddress": "address",
  "address/locality": "address",
  "address/postalCode": "address",
  "contactPoint/email": "contact",
  "contactPoint/telephone": "contact",
  "contactPoint/faxNumber": "contact",
  email: "contact",
  telephone: "contact",
  faxNumber: "contact",
  birthDate: "birth",
};

const PERSONS: ReadonlySet<string> = new Set(["persons", "beneficialOwners", "person"]);
/** Names of fields that refer to an organisation, and whether that is a public body by the field's meaning. */
const ORGANISATIONS: Readonly<Record<string, boolean>> = {
  parties: false,
  buyer: true,
  buyers: true,
  procuringEntity: true,
  payer: true,
  sourceParty: true,
  tenderers: false,
  suppliers: false,
  payee: false,
  guarantor: false,
  signatories: false,
};
const PUBLIC_ROLES: ReadonlySet<string> = new Set([
  "buyer",
  "procuringEntity",
  "payer",
  "funder",
  "processContactPoint",
  "reviewBody",
]);
/** A legal form in a name; UD and Toko are not among them: behind these stands a person. */
const LEGAL_FORM =
  /(?:^|[\s.,(/])(?:PT|CV|Fa|Firma|Koperasi|Kop|KSU|Yayasan|Perkumpulan|Perum|Perumda|Perseroda|Persero|BUMD|BUMDes|KSO|Universitas|Ltd|Limited|Inc|LLC|LLP|GmbH|Lda|Corp|S\.?A|S\.?L|S\.?A\.?S)(?=$|[\s.,)/])/i;

/** The organisation and the person whose field it is, as far as the body tells. */
export type Subject = { party: string | undefined; person: string | undefined };

/** Whose field a place is: the innermost organisation and person around it. */
export function subjectAround(around: readonly Around[]): Subject {
  const party = around.findLast(({ name, id }) => id !== undefined && Object.hasOwn(ORGANISATIONS, name));
  const person = around.findLast(({ name, id }) => id !== undefined && PERSONS.has(name));
  return { party: party?.id, person: person?.id };
}

/** A subject's name in the register: `party`, or `party#person`; undefined where the place tells of neither. */
export function subjectName({ party, person }: Subject): string | undefined {
  if (person === undefined) return party;
  return `${party ?? ""}#${person}`;
}

/** What of a person a place holds that must be sealed; undefined where it is public, empty or sealed already. */
export function privateData(leaf: Leaf, known: Known): PrivateData | undefined {
  const data = fieldOf(leaf, known);
  return data === "public" ? undefined : data;
}

/**
 * The same, telling apart what the table knows to be public, such as the telephone of a public body, from what it does
 * not know at all.
 */
export function fieldOf({ value, name, around }: Leaf, known: Known): PrivateData | "public" | undefined {
  if (value === null || value === "" || claimsSeal(value) || typeof value === "boolean") return undefined;
  const names = [...around.slice(1).map((each) => each.name), name];
  const personAt = around.findLastIndex((each) => PERSONS.has(each.name));
  const organisationAt = around.findLastIndex((each) => Object.hasOwn(ORGANISATIONS, each.name));
  const organisation = organisationAt < 0 ? undefined : around[organisationAt];
  const below = (at: number) => names.slice(at).join("/");

  if (personAt > organisationAt) {
    const tail = below(personAt);
    if (Object.hasOwn(OF_PERSON, tail)) return OF_PERSON[tail];
    if (tail === "name" && around[personAt]!.name === "beneficialOwners") return "name";
  } else if (organisation !== undefined) {
    const tail = below(organisationAt);
    if (Object.hasOwn(OF_ORGANISATION, tail)) {
      const [data, unless] = OF_ORGANISATION[tail]!;
      return isPublic(organisation, unless, known) ? "public" : data;
    }
    if (tail === "identifier/id" || tail === "additionalIdentifiers/id") {
      const data = identity(around.at(-1)!.object.scheme, String(value));
      return data === "npwp" && isPublic(organisation, "entity", known) ? "public" : data;
    }
  }
  const data = byName(names, String(value));
  if (data === "npwp" && organisation !== undefined && isPublic(organisation, "entity", known)) return "public";
  return data;
}

function isPublic({ name, object, id }: Around, unless: Unless, known: Known): boolean {
  if (unless === "nobody") return false;
  const registered = id === undefined ? undefined : known(id);
  if (registered?.kind === "agency") return true;
  const roles = Array.isArray(object.roles) ? object.roles : [];
  // what the registry knows as a supplier does not become a public body by saying so
  if (registered === undefined && (ORGANISATIONS[name] || roles.some((role) => PUBLIC_ROLES.has(role)))) return true;
  if (unless === "publicBody") return false;
  const { legalName } = (object.identifier ?? {}) as { legalName?: unknown };
  return [registered?.name, object.name, legalName].some((text) => typeof text === "string" && LEGAL_FORM.test(text));
}

/** What an identifier is, by its scheme or by its form. */
function identity(scheme: unknown, value: string): PrivateData | undefined {
  const words = typeof scheme === "string" ? wordsOf(scheme) : [];
  if (words.some((word) => word === "nik" || word === "ktp")) return "nik";
  if (words.includes("nip")) return "nip";
  if (words.some((word) => word.startsWith("npwp"))) return "npwp";
  const plain = value.replace(/[\s.-]/g, "");
  return isNik(plain) ? "nik" : isNip(plain) ? "nip" : looksLikeNpwp(value) ? "npwp" : undefined;
}

/** What a field of any other name holds, by the words in it: `nik`, `npwp_penyedia`, `noRekening`, `bankAccount/number`. */
function byName(names: readonly string[], value: string): PrivateData | undefined {
  const words = wordsOf(names.at(-1)!);
  const has = (...any: string[]) => any.some((word) => words.includes(word));
  const digits = digitsIn(value);
  if (has("nik", "ktp") && digits >= 8) return "nik";
  if (words.some((word) => /^npwp\d*$/.test(word)) && /[1-9]/.test(value)) return "npwp";
  if (has("nip") && digits >= 8) return "nip";
  if (has("birth", "lahir")) return "birth";
  const account = names.slice(-2).flatMap(wordsOf);
  const isAccount = account.some((word) => /^(rekening|rek|norek|account|accounts|iban|bankaccount)$/.test(word));
  const isCode = account.some((word) => /^(kode|kd|code|classification|chart|mak)$/.test(word));
  if (isAccount && !isCode) {
    if (digits >= 6 && !/[a-z]{4}/i.test(value)) return "bankAccount";
    if (has("holder", "pemilik", "owner")) return "bankAccount";
  }
  return undefined;
}

/** Names are few and come again in every body. */
const knownWords = new Map<string, readonly string[]>();

/** `npwp16_penyedia`, `noRekening` and `ID-NPWP` as their words. */
function wordsOf(name: string): readonly string[] {
  const known = knownWords.get(name);
  if (known !== undefined) return known;
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "");
  // what strangers send must not fill the memory
  if (knownWords.size < 2_000 && name.length < 60) knownWords.set(name, words);
  return words;
}
