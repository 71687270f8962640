import { sha256 } from "#hash";
import type { Account, Personal } from "../domain/accounts.ts";
import { toHex, utf8 } from "../domain/entries/words.ts";
import { ProblemError } from "../domain/problems.ts";
import type { Storage } from "../domain/storage.ts";
import { endSession, listSessions, openSession, type SessionNeeds, type SignedIn, sessionId } from "./sessions.ts";

/** Whom another issuer vouches for, and what he came for. `secondFactor`: when he showed one there, seconds UTC. */
type Vouched = {
  issuer: string;
  subject: string;
  sid?: string;
  secondFactor?: number;
  claims: { name?: string; email?: string; nip?: string; supplier?: string };
  directory?: { id: string; entry: string };
  errand: { returnTo: string; link?: string; invitation?: string };
};

type Needs = {
  sessions: SessionNeeds;
  accounts: {
    get(id: string): Promise<Account | undefined>;
    byLink(issuer: string, subject: string): Promise<Account | undefined>;
    link(id: string, issuer: string, subject: string): Promise<Account>;
    redeem(secret: string, link: { issuer: string; subject: string }): Promise<Account>;
    personal(id: string): Promise<Personal | undefined>;
    setPersonal(id: string, change: Partial<Personal>): Promise<Account>;
    sealFor(id: string, text: string, place: string): Promise<string | undefined>;
    openFor(id: string, sealed: string, place: string): Promise<string | undefined>;
  };
  /** as which issuer the entries of a directory are linked */
  linkOf(directory: string): string;
};

type IssuerSession = { account: string; session: string; expires: number };
const SESSIONS = "issuer-session/";
const hashOf = (...parts: string[]) => toHex(sha256(utf8(JSON.stringify(parts))));
const sidRow = (issuer: string, sid: string) => `${SESSIONS}${hashOf(issuer, sid)}`;
const supplierRow = (account: string, issuer: string) => `account-supplier/${account}/${hashOf(issuer)}`;

/**
 * Opens a session of the account that the sign-in belongs to; one that belongs to none opens nothing, and makes no
 * account. A sign-in that was begun to be linked, or to answer an invitation, does that.
 * @returns no session where an account that is signed in already was given another way in
 * @throws ProblemError no-account, account-closed, sign-in-linked, invitation-invalid
 */
export async function signInElsewhere(
  { issuer, subject, sid, secondFactor, claims, directory, errand }: Vouched,
  needs: Needs,
): Promise<SignedIn | undefined> {
  const { accounts, sessions, linkOf } = needs;
  const link = { issuer, subject };
  const account =
    errand.invitation !== undefined
      ? await accounts.redeem(errand.invitation, link)
      : errand.link !== undefined
        ? await linked(errand.link, link, accounts)
        : await accounts.byLink(issuer, subject);
  if (account === undefined) throw new ProblemError("no-account");
  if (account.state !== "active") throw new ProblemError("account-closed");
  const entry = directory && { issuer: linkOf(directory.id), subject: directory.entry.toLowerCase() };
  const known = entry && account.links.some((each) => each.issuer === entry.issuer && each.subject === entry.subject);
  if (entry !== undefined && !known) await accounts.link(account.id, entry.issuer, entry.subject);
  await keepClaims(account.id, issuer, claims, needs);
  if (errand.link !== undefined) return undefined;
  const opened = await openSession({ account: account.id, method: "oidc", issuer, secondFactor }, sessions);
  if (sid !== undefined) {
    const value: IssuerSession = { account: account.id, session: sessionId(opened.token), expires: opened.expires };
    await sessions.state.put([{ key: sidRow(issuer, sid), value }], { sync: true });
  }
  return opened;
}

/**
 * Ends what an issuer says is ended: one session of its own by `sid`, else all sessions that it opened for somebody.
 * @returns how many sessions ended
 */
export async function signedOutElsewhere(
  { issuer, subject, sid }: { issuer: string; subject?: string; sid?: string },
  { accounts, sessions }: Pick<Needs, "accounts" | "sessions">,
): Promise<number> {
  const account = subject === undefined ? undefined : await accounts.byLink(issuer, subject);
  if (sid === undefined) {
    if (account === undefined) return 0;
    const own = (await listSessions(account.id, sessions)).filter((session) => session.issuer === issuer);
    for (const { id } of own) await endSession(account.id, id, sessions);
    return own.length;
  }
  const row = await sessions.state.get<IssuerSession>(sidRow(issuer, sid));
  if (row === undefined || (subject !== undefined && account?.id !== row.account)) return 0;
  await sessions.state.put([], { sync: true, remove: [sidRow(issuer, sid)] });
  return endSession(row.account, row.session, sessions).then(
    () => 1,
    (error: unknown) => {
      // it had ended already
      if (error instanceof ProblemError && error.code === "not-found") return 0;
      throw error;
    },
  );
}

/** Forgets which sessions were opened by whom where their time is over. */
export async function sweepIssuerSessions({ state, now }: { state: Storage; now(): number }): Promise<void> {
  const remove: string[] = [];
  for await (const { key, value } of state.range<IssuerSession>(SESSIONS)) if (value.expires <= now()) remove.push(key);
  if (remove.length > 0) await state.put([], { remove });
}

async function linked(
  id: string,
  { issuer, subject }: { issuer: string; subject: string },
  accounts: Needs["accounts"],
): Promise<Account> {
  // who was closed while he was at the issuer gets no new way in
  if ((await accounts.get(id))?.state !== "active") throw new ProblemError("account-closed");
  return accounts.link(id, issuer, subject);
}

/** What the issuer says of the person is sealed with the rest of what is known of him; nothing is taken away. */
async function keepClaims(
  id: string,
  issuer: string,
  { name, email, nip, supplier }: Vouched["claims"],
  { accounts, sessions: { state } }: Needs,
): Promise<void> {
  const known = await accounts.personal(id);
  const told = Object.entries({
    displayName: name,
    email,
    // Nomor Induk Pegawai: 18 digits (BKN)
    nip: nip !== undefined && /^\d{18}$/.test(nip) ? nip : undefined,
  }).filter(([field, value]) => value !== undefined && known?.[field as keyof Personal] !== value);
  if (told.length > 0) await accounts.setPersonal(id, Object.fromEntries(told));
  if (supplier === undefined) return;
  const key = supplierRow(id, issuer);
  const before = await state.get<string>(key);
  if (before !== undefined && (await accounts.openFor(id, before, "supplier")) === supplier) return;
  const value = await accounts.sealFor(id, supplier, "supplier");
  if (value !== undefined) await state.put([{ key, value }], { sync: true });
}
