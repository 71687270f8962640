import type { Hex } from "./entries/words.ts";
import { isLuhn } from "./sealing/personal-numbers.ts";

/**
 * Accounts of the people and machines that sign in at a gateway. An account says who may knock; what somebody may do
 * follows from the offices that the ledger gives to the holder whose keys he has.
 */

export type AccountState = "invited" | "active" | "locked" | "left" | "erased";

/** One way to sign in: who vouches, and what he calls the person. */
type SignInLink = { issuer: string; subject: string; since: number };

/** That somebody acts for a supplier, by a letter of which only the SHA-256 is kept; `until` is not within. */
export type Mandate = { entity: Hex; nib?: string; npwpCore?: string; from: number; until: number; letter: Hex };

/** That somebody may read what is sealed of one agency, for a time, by a letter of assignment. */
export type ReadingGrant = { agency: Hex; from: number; until: number; letter: Hex; by?: string };

/** All times are seconds UTC. Nothing in it names a person: that part is sealed (`Personal`). */
export type Account = {
  /** `A-` and 16 letters of base32: all of a person that stands in logs */
  id: string;
  kind: "person" | "machine";
  state: AccountState;
  /** since when, and why, in words without personal data */
  changed: { at: number; reason: string };
  /** the register's holder whose keys this person has, as he showed by signing */
  holder?: Hex;
  entities: Mandate[];
  links: SignInLink[];
  reading: ReadingGrant[];
  created: number;
};

/** What is known of the person, each by his own or the registrar's word. */
export type Personal = { displayName: string; loginName?: string; email?: string; nip?: string };

/**
 * The origins of one gateway's own pages: the one that it is reached at, and where that is this very machine over plain
 * http, its name too. Browsers bind passkeys to names only.
 */
export function ownOrigins(origin: string): [string, ...string[]] {
  const { protocol, hostname, port } = new URL(origin);
  return protocol === "http:" && hostname === "127.0.0.1" ? [origin, `http://localhost:${port}`] : [origin];
}

/** The issuer of sign-ins with a password or passkey kept here; the subject is a keyed hash of the name to sign in with. */
export const LOCAL = "local";

const successors: Record<AccountState, readonly AccountState[]> = {
  invited: ["active", "locked", "left", "erased"],
  active: ["locked", "left", "erased"],
  locked: ["active", "left", "erased"],
  // who comes back signs in again as he was
  left: ["active", "locked", "erased"],
  erased: [],
};

export function mayBecome(from: AccountState, to: AccountState): boolean {
  return successors[from].includes(to);
}

/** What a machine can be allowed. `people`: what none is; `accounts.manage`, `connectors.manage`: the operator alone. */
export type Scope = (typeof SCOPES)[number] | "accounts.manage" | "connectors.manage" | "people";
export const SCOPES = ["documents.keep", "sealed.read", "access-log.read", "requests.read"] as const;

export const ACCOUNT_ID = /^A-[A-Z2-7]{16}$/;

/** Nomor Induk Berusaha: 13 digits (OSS). */
export function isNib(text: string): boolean {
  return /^\d{13}$/.test(text);
}

/**
 * The core of a taxpayer number: nine digits, the last a check digit (Luhn), which stays the same over branches and over
 * the change from 15 to 16 digits. Takes the core alone, 15 digits with or without points, or 16 that begin with 0.
 * @returns undefined for what is none: then it may be the number of a person, which is not asked for here
 */
export function npwpCore(text: string): string | undefined {
  const digits = text.replace(/[.\s-]/g, "");
  const core = /^0\d{15}$/.test(digits)
    ? digits.slice(1, 10)
    : /^\d{9}(\d{6})?$/.test(digits)
      ? digits.slice(0, 9)
      : "";
  return core !== "" && /[1-9]/.test(core) && isLuhn(core) ? core : undefined;
}

/** Passwords that everybody tries first, beyond those that say the same thing over and over. */
const COMMON =
  /^(password|passw0rd|qwerty|asdf|admin|indonesia|prasasti|rahasia|bismillah|sayang|jakarta|merdeka)[\d!@#$.]*$/i;
const PASSWORD_LEAST = 12;

/**
 * Whether a password can be guessed by who knows nothing but its owner's name. Length counts; no rule asks for signs and
 * digits (NIST SP 800-63B, section 5.1.1.2).
 */
export function isPasswordWeak(password: string, name: string): boolean {
  const lower = password.toLowerCase();
  const own = name.toLowerCase().split("@")[0]!;
  const running = `${"0123456789".repeat(30)} ${"abcdefghijklmnopqrstuvwxyz".repeat(11)}`;
  return (
    [...password].length < PASSWORD_LEAST ||
    new Set(lower).size < 5 ||
    COMMON.test(lower) ||
    running.includes(lower) ||
    (own.length >= 4 && lower.replaceAll(own, "").length < 6)
  );
}
