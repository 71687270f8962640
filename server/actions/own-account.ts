import { type Account, isPasswordWeak, type Personal } from "../domain/accounts.ts";
import type { SignIn } from "../domain/entries/entry.ts";
import type { PostedSignature } from "../domain/entries/signature.ts";
import type { Hex } from "../domain/entries/words.ts";
import { ProblemError, type Words } from "../domain/problems.ts";
import type { Person } from "../domain/pseudonym.ts";
import type { Storage } from "../domain/storage.ts";
import { type Access, type AccessTold, isSame } from "./access-log.ts";
import { who } from "./disclosures.ts";
import {
  checkSignIn,
  endSessions,
  listSessions,
  type Myself,
  requireStepUp,
  type SignInNeeds,
  steppedUp,
} from "./sessions.ts";
import type { SubjectRequest } from "./subject-requests.ts";

/** Who has no second factor yet adds one soon after he signed in, in seconds. */
const FRESH_SECONDS = 900;

type Factors = { totp: boolean; passkeys: unknown[]; recoveryCodes: number };
type Needs = {
  now(): number;
  state: Storage;
  secondFactors(id: string): Promise<Factors>;
};

/** The account of a person who is signed in. @throws ProblemError not-allowed */
export function ownAccount(me: Myself): string {
  if (me.account?.kind !== "person") throw new ProblemError("not-allowed");
  return me.account.id;
}

/**
 * Before somebody changes how he signs in: his second factor was shown just now; who has none signed in just now.
 * @throws ProblemError not-allowed, step-up-needed, sign-in-again
 */
async function requireOneself(me: Myself, needs: Needs): Promise<string> {
  const id = ownAccount(me);
  const { totp, passkeys } = await needs.secondFactors(id);
  if (totp || passkeys.length > 0) requireStepUp(me, needs.now());
  else if (me.session.issued + FRESH_SECONDS < needs.now()) throw new ProblemError("sign-in-again");
  return id;
}

/** A new secret for one-time codes; it counts once a code of it was shown. */
export async function offerOneTimeCodes(
  me: Myself,
  needs: Needs & {
    personal(id: string): Promise<Personal | undefined>;
    offerTotp(id: string, name: string): Promise<{ secret: string; uri: string; expires: number }>;
  },
): Promise<{ secret: string; uri: string; expires: number }> {
  const id = await requireOneself(me, needs);
  return needs.offerTotp(id, (await needs.personal(id))?.loginName ?? id);
}

/** @returns recovery codes, told this once. @throws ProblemError not-allowed, step-up-needed, sign-in-again, second-factor-wrong */
export async function confirmOneTimeCodes(
  me: Myself,
  token: string,
  code: string,
  needs: Needs & { confirmTotp(id: string, code: string): Promise<string[] | undefined> },
): Promise<string[]> {
  const id = await requireOneself(me, needs);
  const codes = await needs.confirmTotp(id, code);
  if (codes === undefined) throw new ProblemError("second-factor-wrong");
  await steppedUp(token, needs.now(), needs);
  return codes;
}

/** @throws ProblemError not-allowed, step-up-needed */
export async function renewRecoveryCodes(
  me: Myself,
  needs: Needs & { renewRecoveryCodes(id: string): Promise<string[]> },
): Promise<string[]> {
  const id = ownAccount(me);
  requireStepUp(me, needs.now());
  return needs.renewRecoveryCodes(id);
}

export async function offerPasskey<Offer>(
  me: Myself,
  needs: Needs & {
    personal(id: string): Promise<Personal | undefined>;
    passkeyOffer(id: string, name: string): Promise<Offer>;
  },
): Promise<Offer> {
  const id = await requireOneself(me, needs);
  return needs.passkeyOffer(id, (await needs.personal(id))?.loginName ?? id);
}

/** @throws ProblemError not-allowed, step-up-needed, sign-in-again, passkey-refused */
export async function addPasskey<Key>(
  me: Myself,
  token: string,
  { response, label }: { response: unknown; label: string },
  needs: Needs & { addPasskey(id: string, response: unknown, label: string): Promise<Key> },
): Promise<Key> {
  const id = await requireOneself(me, needs);
  const passkey = await needs.addPasskey(id, response, label);
  await steppedUp(token, needs.now(), needs);
  return passkey;
}

/** @throws ProblemError not-allowed, step-up-needed, not-found */
export async function removePasskey(
  me: Myself,
  passkey: string,
  needs: Needs & { removePasskey(id: string, passkey: string): Promise<void> },
): Promise<void> {
  const id = ownAccount(me);
  requireStepUp(me, needs.now());
  await needs.removePasskey(id, passkey);
}

/**
 * Changes the password; every other session ends.
 * @throws ProblemError not-allowed, step-up-needed, sign-in-again, password-weak
 */
export async function changePassword(
  me: Myself,
  token: string,
  password: string,
  needs: Needs & {
    personal(id: string): Promise<Personal | undefined>;
    setPassword(id: string, password: string): Promise<void>;
  },
): Promise<void> {
  const id = await requireOneself(me, needs);
  if (isPasswordWeak(password, (await needs.personal(id))?.loginName ?? "")) throw new ProblemError("password-weak");
  await needs.setPassword(id, password);
  await endSessions(id, needs, token);
}

/**
 * Shows that this person has the keys of a holder of the register, by signing as for a sign-in. From then on his offices
 * count in this account, and a session of that key ends with the account.
 * @throws ProblemError not-allowed, holder-linked and those of `signIn`
 */
export async function linkHolder(
  me: Myself,
  token: string,
  signed: SignIn,
  signature: PostedSignature,
  needs: SignInNeeds & { setHolder(id: string, holder: Hex): Promise<Account> },
): Promise<void> {
  const id = ownAccount(me);
  await checkSignIn(signed, signature, needs);
  await needs.setHolder(id, signed.holder);
  await steppedUp(token, needs.now(), needs);
}

/** Everything that is kept of a person here, to be read by him and by machines. Times in seconds UTC. */
export async function tellMyData(
  me: Myself,
  needs: Needs & {
    get(id: string): Promise<Account | undefined>;
    personal(id: string): Promise<Personal | undefined>;
    describe(id: string): Promise<object>;
    /** the rows of the access log that somebody is in */
    accessRows(is: (person: Person) => boolean): Promise<AccessTold[]>;
  },
) {
  const id = ownAccount(me);
  const account = (await needs.get(id))!;
  const accessed = await needs.accessRows((person) => isSame(person, { account: id, holder: account.holder }));
  const requests: SubjectRequest[] = [];
  for await (const { value } of needs.state.range<SubjectRequest>("subject-request/"))
    if (value.filedBy === id || value.filedBy === account.holder) requests.push(value);
  return {
    account,
    personal: (await needs.personal(id)) ?? {},
    signIn: await needs.describe(id),
    sessions: await listSessions(id, needs),
    ...(me.holder === undefined ? {} : { register: { holder: me.holder, offices: me.offices } }),
    accessLog: accessed,
    requests,
    stays: stays(account),
  };
}

/** Puts right what is said of the person. @throws ProblemError not-allowed */
export async function correctMyData(
  me: Myself,
  change: Partial<Omit<Personal, "loginName">>,
  needs: {
    setPersonal(id: string, change: Partial<Personal>): Promise<Account>;
    personal(id: string): Promise<Personal | undefined>;
  },
): Promise<Personal> {
  const id = ownAccount(me);
  await needs.setPersonal(id, change);
  return (await needs.personal(id))!;
}

/**
 * Destroys what names the person, every way to sign in, and the signing keys that the gateway keeps for him. What stays, and why, is told.
 * @throws ProblemError not-allowed, step-up-needed, sign-in-again
 */
export async function eraseMe(
  me: Myself,
  needs: Needs & {
    get(id: string): Promise<Account | undefined>;
    erase(id: string, reason: string, also: readonly string[]): Promise<Account>;
    credentialRows(id: string): Promise<string[]>;
    keptKeys: {
      of(person: { holder?: Hex | undefined; account: string }): Promise<{ holder: Hex; address: Hex }[]>;
      forget(holder: Hex, address: Hex): Promise<void>;
    };
    log(access: Access): Promise<void>;
  },
): Promise<{ account: string; erased: number; stays: Stay[] }> {
  const id = await requireOneself(me, needs);
  const account = (await needs.get(id))!;
  const at = needs.now();
  // the log first: what cannot be undone is never done unseen
  await needs.log({
    ...who(me, at),
    ...{
      act: "erase-account",
      outcome: "done",
      subjects: [],
      places: [],
      concerns: id,
      purpose: "asked by the person",
    },
  });
  // first, so that an erasure that was cut short is asked for again
  for (const { holder, address } of await needs.keptKeys.of({ holder: account.holder, account: id }))
    await needs.keptKeys.forget(holder, address);
  await needs.erase(id, "asked by the person", await needs.credentialRows(id));
  return { account: id, erased: at, stays: stays(account) };
}

type Stay = { what: Words; why: Words };

function stays({ id, holder }: Account): Stay[] {
  return [
    {
      what: {
        en: `The pseudonym ${id} in the access log, with times and acts, without a name.`,
        id: `Nama samaran ${id} dalam log akses, beserta waktu dan tindakan, tanpa nama.`,
      },
      why: {
        en: "Who read sealed data stays accountable, and a row taken out would break the log (Law 27/2022, article 15; PP 71/2019).",
        id: "Pembacaan data tersegel tetap dapat dipertanggungjawabkan, dan baris yang dicabut merusak log (UU 27/2022 pasal 15; PP 71/2019).",
      },
    },
    ...(holder === undefined
      ? []
      : [
          {
            what: {
              en: "Acts that you signed in an office, with the id of your holder, in the register.",
              id: "Tindakan yang Anda tanda tangani dalam jabatan, dengan pengenal pemegang Anda, dalam register.",
            },
            why: {
              en: "They are state records of public spending; the register holds an id and keys, no name.",
              id: "Itu arsip negara tentang belanja publik; register memuat pengenal dan kunci, tanpa nama.",
            },
          },
        ]),
  ];
}
