import { sha256 } from "#hash";
import type { Account, Mandate, ReadingGrant, Scope } from "../domain/accounts.ts";
import type { SignIn } from "../domain/entries/entry.ts";
import type { PostedSignature } from "../domain/entries/signature.ts";
import { type Hex, toHex, utf8 } from "../domain/entries/words.ts";
import { ProblemError } from "../domain/problems.ts";
import { inForce } from "../domain/projection/offices.ts";
import type { HolderView, OfficeView } from "../domain/projection/project-block.ts";
import type { Storage } from "../domain/storage.ts";

/** A session lives at most this long, in seconds; who works longer signs in again. */
const SESSION_SECONDS = 12 * 3600;
/** A person who asks nothing for so long is signed out; who signed in with a key of his own at a machine is not. */
const IDLE_SECONDS = 3600;
/** How long a second factor that was shown counts for what needs one, in seconds. */
const STEP_UP_SECONDS = 300;
/** How far the clock of the signer may be from ours, in seconds. */
const CLOCK_SECONDS = 300;
/** When somebody was last here is written down once in so many seconds. */
const SEEN_SECONDS = 60;

export type SignInMethod = "key" | "password" | "passkey" | "oidc" | "machine";

/** Who is signed in, and how; times in seconds UTC. The token itself is nowhere. */
export type Session = {
  account?: string;
  /** of a session that was opened with a key of the register: its holder, the key, who keeps it */
  holder?: Hex;
  key?: Hex;
  custody?: number;
  method: SignInMethod;
  issuer?: string;
  issued: number;
  expires: number;
  /** when a second factor, or a key of the register, was last shown */
  secondFactor?: number;
  /** of a machine: what it may do */
  scopes?: string[];
};

type InForce<T> = T & { inForce: boolean };

/** What somebody who is signed in sees of himself. A grant to read counts only with a second factor. */
export type Myself = {
  session: Session;
  holder?: HolderView;
  offices: InForce<OfficeView>[];
  account?: Pick<Account, "id" | "kind"> & { entities: InForce<Mandate>[]; reading: InForce<ReadingGrant>[] };
};

type Found = { holder: HolderView; offices: OfficeView[] };
export type SessionNeeds = {
  now(): number;
  state: Storage;
  holder(id: Hex): Promise<Found | undefined>;
  account(id: string): Promise<Account | undefined>;
  /** the account that has a holder's keys */
  accountOf(holder: Hex): Promise<Account | undefined>;
  newToken(): string;
  /** writes into the access log that somebody signed in, out, or showed a second factor; on the disk when it resolves */
  told(me: Myself, act: "sign-in" | "sign-out" | "step-up"): Promise<void>;
  /** whether it is the token in the data folder, with which the operator invites the first people */
  isOperator(token: string): boolean;
};
export type SignInNeeds = SessionNeeds & {
  /** the gateway's own origin, as people reach it */
  origin(): string;
  judgeNonce(nonce: Hex, now: number): "fresh" | "unknown" | "expired" | "used";
  useNonce(nonce: Hex, now: number): boolean;
  /** the address whose key signed for this register, undefined where it is no signature */
  signer(signIn: SignIn, signature: PostedSignature): Promise<Hex | undefined>;
};

/**
 * Gives a bearer token for a signed SignIn. Only the token's hash is kept.
 * @throws ProblemError sign-in-other-origin, sign-in-clock, sign-in-expired, sign-in-too-long, sign-in-unknown-nonce,
 * sign-in-nonce-expired, sign-in-nonce-used, sign-in-bad-signature, sign-in-unknown-holder, sign-in-foreign-key,
 * sign-in-key-revoked, account-closed
 */
export async function signIn(signed: SignIn, signature: PostedSignature, needs: SignInNeeds): Promise<SignedIn> {
  const { key, custody, account } = await checkSignIn(signed, signature, needs);
  const { holder, issued, expires } = signed;
  return keep(
    {
      ...(account === undefined ? {} : { account: account.id }),
      // the signer's clock may run ahead of ours: what he showed counts from now at the latest
      ...{ holder, key, custody, method: "key", issued, expires, secondFactor: Math.min(issued, needs.now()) },
    },
    needs,
  );
}

/**
 * Whether a SignIn is for here and now, and signed with a key of its holder that counts. Its nonce is used.
 * @throws ProblemError as `signIn`
 */
export async function checkSignIn(
  signed: SignIn,
  signature: PostedSignature,
  needs: SignInNeeds,
): Promise<{ key: Hex; custody: number; account: Account | undefined }> {
  const now = needs.now();
  const origin = needs.origin();
  if (signed.origin !== origin)
    throw new ProblemError("sign-in-other-origin", "", { signed: signed.origin, expected: origin });
  if (Math.abs(signed.issued - now) > CLOCK_SECONDS)
    throw new ProblemError("sign-in-clock", "", { issued: signed.issued, now, tolerance: CLOCK_SECONDS });
  if (signed.expires <= now) throw new ProblemError("sign-in-expired", "", { expires: signed.expires, now });
  if (signed.expires - signed.issued > SESSION_SECONDS)
    throw new ProblemError("sign-in-too-long", "", { seconds: signed.expires - signed.issued, limit: SESSION_SECONDS });
  const nonce = needs.judgeNonce(signed.nonce, now);
  if (nonce === "used") throw new ProblemError("sign-in-nonce-used");
  if (nonce === "expired") throw new ProblemError("sign-in-nonce-expired");
  if (nonce === "unknown") throw new ProblemError("sign-in-unknown-nonce");
  const key = await needs.signer(signed, signature);
  if (key === undefined) throw new ProblemError("sign-in-bad-signature");
  const found = await needs.holder(signed.holder);
  if (found === undefined) throw new ProblemError("sign-in-unknown-holder", "", { holder: signed.holder });
  const own = found.holder.keys.find(({ address }) => address === key);
  // a key that others gave him is his only after the delay for a veto
  if (own === undefined || own.from > now) throw new ProblemError("sign-in-foreign-key", "", { holder: signed.holder });
  if (own.revoked) throw new ProblemError("sign-in-key-revoked", "", { key });
  const account = await needs.accountOf(signed.holder);
  if (account !== undefined && account.state !== "active") throw new ProblemError("account-closed");
  // last, so that a mistake above does not cost the nonce; of two at once, one wins
  if (!needs.useNonce(signed.nonce, now)) throw new ProblemError("sign-in-nonce-used");
  return { key, custody: own.custody, account };
}

/**
 * Opens a session of an account whose sign-in was checked by whoever calls this, with a token that was never used.
 * @throws ProblemError account-closed
 */
export async function openSession(
  opened: {
    account: string;
    method: Exclude<SignInMethod, "key">;
    issuer?: string | undefined;
    secondFactor?: number | undefined;
  },
  needs: SessionNeeds,
): Promise<SignedIn> {
  const issued = needs.now();
  const { account, method, issuer, secondFactor } = opened;
  const session: Session = {
    ...{ account, method, issued, expires: issued + SESSION_SECONDS },
    ...(issuer === undefined ? {} : { issuer }),
    ...(secondFactor === undefined ? {} : { secondFactor }),
  };
  return keep(session, needs);
}

/** Makes a token that a machine was given a session of its account. @throws ProblemError account-closed */
export async function openMachineSession(
  token: string,
  { account, scopes, expires }: { account: string; scopes: string[]; expires: number },
  needs: SessionNeeds,
): Promise<void> {
  await keep({ account, method: "machine", issued: needs.now(), expires, scopes }, needs, token);
}

export type SignedIn = { token: string; expires: number; me: Myself };

async function keep(session: Session, needs: SessionNeeds, token = needs.newToken()): Promise<SignedIn> {
  const me = await tell(session, needs);
  const row = rowOf(token);
  const index = session.account === undefined ? [] : [{ key: indexOf(session.account, row), value: session.issued }];
  await needs.state.put([{ key: row, value: session }, ...index], { sync: true });
  // who was locked while this was written has no session either
  await tell(session, needs).catch(async (error: unknown) => {
    await end([row], needs.state);
    throw error;
  });
  await needs.told(me, "sign-in");
  return { token, expires: session.expires, me };
}

/**
 * Who holds this token, now. A session ends with its time, when nobody asked anything for an hour, with the key that
 * opened it, and with its account.
 * @param scope what a machine needs for this; `any`: nothing, `people`: no machine has it
 * @throws ProblemError unauthenticated, session-expired, session-key-revoked, account-closed, scope-missing,
 * second-factor-needed
 */
export async function whoIs(
  token: string | undefined,
  needs: SessionNeeds,
  scope: Scope | "any" = "people",
): Promise<Myself> {
  if (token === undefined) throw new ProblemError("unauthenticated");
  const row = rowOf(token);
  const session = await needs.state.get<Session>(row);
  if (session === undefined) {
    if (!needs.isOperator(token)) throw new ProblemError("unauthenticated");
    const me = operator(needs.now());
    requireScope(me, scope);
    return me;
  }
  const now = needs.now();
  if (session.expires <= now) throw new ProblemError("session-expired", "", { expired: session.expires });
  if (session.method !== "key" && session.method !== "machine") {
    const seen = (await needs.state.get<number>(seenOf(row))) ?? session.issued;
    if (seen + IDLE_SECONDS <= now) throw new ProblemError("session-expired", "", { idle: now - seen });
    // not waited for: losing it costs a minute of an hour
    if (seen + SEEN_SECONDS <= now) void needs.state.put([{ key: seenOf(row), value: now }]).catch(() => {});
  }
  const secondFactor = (await needs.state.get<number>(factorOf(row))) ?? session.secondFactor;
  const me = await tell(secondFactor === undefined ? session : { ...session, secondFactor }, needs);
  requireScope(me, scope);
  return me;
}

/** A machine does what it was made for and nothing else; a person opens nothing sealed by a password alone. */
function requireScope({ session: { method, scopes = [], secondFactor } }: Myself, scope: Scope | "any"): void {
  if (method === "machine") {
    if (scope !== "any" && !scopes.includes(scope)) throw new ProblemError("scope-missing", scope, { scope });
  } else if (scope === "sealed.read" && secondFactor === undefined) throw new ProblemError("second-factor-needed");
}

/** Ends the session of this token; one that is not there is ended already. */
export async function signOut(token: string, { state }: Pick<SessionNeeds, "state">): Promise<void> {
  await end([rowOf(token)], state);
}

/** One's own sessions, by ids that open nothing. `seen`: to the minute. */
export async function listSessions(
  account: string,
  { state, now }: Pick<SessionNeeds, "state" | "now">,
): Promise<(Session & { id: string; seen: number })[]> {
  const found: (Session & { id: string; seen: number })[] = [];
  for (const row of await rowsOf(account, state)) {
    const session = await state.get<Session>(row);
    if (session === undefined || session.expires <= now()) continue;
    const seen = (await state.get<number>(seenOf(row))) ?? session.issued;
    found.push({ id: row.slice(ROWS.length), ...session, seen });
  }
  return found.sort((a, b) => b.issued - a.issued);
}

/** The id of a token's session, as `listSessions` tells it. */
export function sessionId(token: string): string {
  return rowOf(token).slice(ROWS.length);
}

/** Ends one of an account's own sessions. @throws ProblemError not-found */
export async function endSession(account: string, id: string, { state }: Pick<SessionNeeds, "state">): Promise<void> {
  const row = `${ROWS}${id}`;
  if ((await state.get<Session>(row))?.account !== account) throw new ProblemError("not-found");
  await end([row], state);
}

/** Signs an account out everywhere, but for the session of a token. @returns how many sessions ended */
export async function endSessions(
  account: string,
  { state }: Pick<SessionNeeds, "state">,
  exceptToken?: string,
): Promise<number> {
  const except = exceptToken && rowOf(exceptToken);
  const rows = (await rowsOf(account, state)).filter((row) => row !== except);
  await end(rows, state);
  return rows.length;
}

/** Whose deed it is: the holder, or the account of one who has no keys in the register. @throws ProblemError not-allowed */
export function personOf({ session: { holder, account } }: Myself): string {
  const person = holder ?? account;
  if (person === undefined) throw new ProblemError("not-allowed");
  return person;
}

/** The holder whose keys somebody has: who signs in the register. @throws ProblemError not-allowed where he has none */
export function holderOf({ session: { holder } }: Myself): Hex {
  if (holder === undefined) throw new ProblemError("not-allowed", noKeys);
  return holder;
}

const noKeys = {
  en: "This account has no keys in the register: nobody signs with it.",
  id: "Akun ini tidak memiliki kunci dalam register: tidak ada yang menandatangani dengannya.",
};

/** Drops the sessions whose time is over. */
export async function sweepSessions({ state, now }: Pick<SessionNeeds, "state" | "now">): Promise<void> {
  const ended: string[] = [];
  for await (const { key, value } of state.range<Session>(ROWS)) if (value.expires <= now()) ended.push(key);
  if (ended.length > 0) await end(ended, state);
}

/**
 * Before what must not be done by somebody who found a desk open: a second factor, or a key of the register, was shown
 * in the last five minutes.
 * @throws ProblemError step-up-needed
 */
export function requireStepUp({ session: { secondFactor } }: Pick<Myself, "session">, now: number): void {
  if (secondFactor === undefined || secondFactor + STEP_UP_SECONDS < now)
    throw new ProblemError("step-up-needed", "", { seconds: STEP_UP_SECONDS });
}

/**
 * Writes down that a second factor was shown in this session. @throws ProblemError unauthenticated where it ended
 * meanwhile
 */
export async function steppedUp(token: string, at: number, { state }: Pick<SessionNeeds, "state">): Promise<void> {
  const row = rowOf(token);
  const session = await state.get<Session>(row);
  if (session === undefined) throw new ProblemError("unauthenticated");
  // the factor of a session has a row of its own, so that writing it never brings an ended session back
  await state.put([{ key: factorOf(row), value: at }], { sync: true });
}

/**
 * Uses up the second factor that was shown last: what takes it next takes another. Not to be called twice at once.
 * @throws ProblemError unauthenticated, step-up-needed
 */
export async function useStepUp(token: string, { state, now }: Pick<SessionNeeds, "state" | "now">): Promise<void> {
  const row = rowOf(token);
  const session = await state.get<Session>(row);
  if (session === undefined) throw new ProblemError("unauthenticated");
  const secondFactor = (await state.get<number>(factorOf(row))) ?? session.secondFactor ?? 0;
  requireStepUp({ session: { ...session, secondFactor } }, now());
  await state.put([{ key: factorOf(row), value: 0 }], { sync: true });
}

async function end(rows: readonly string[], state: Storage): Promise<void> {
  const remove: string[] = [];
  for (const row of rows) {
    const session = await state.get<Session>(row);
    if (session?.account !== undefined) remove.push(indexOf(session.account, row));
    remove.push(row, seenOf(row), factorOf(row));
  }
  await state.put([], { sync: true, remove });
}

async function rowsOf(account: string, state: Storage): Promise<string[]> {
  const prefix = `session-of/${account}/`;
  return Array.fromAsync(state.range(prefix), ({ key }) => `${ROWS}${key.slice(prefix.length)}`);
}

/** @throws ProblemError account-closed, session-key-revoked */
async function tell(session: Session, needs: SessionNeeds): Promise<Myself> {
  const now = needs.now();
  const account = session.account === undefined ? undefined : await needs.account(session.account);
  if (session.account !== undefined && account?.state !== "active") throw new ProblemError("account-closed");
  const holder = session.holder ?? account?.holder;
  const found = holder === undefined ? undefined : await needs.holder(holder);
  if (session.key !== undefined) {
    const own = found?.holder.keys.find(({ address }) => address === session.key);
    if (own === undefined || own.revoked) throw new ProblemError("session-key-revoked", "", { key: session.key });
  }
  const lasts = ({ from, until }: { from: number; until: number }) => from <= now && (until === 0 || now < until);
  // a machine shows with each token that it has its key
  const strong = session.secondFactor !== undefined || session.method === "machine";
  return {
    session: holder === undefined ? session : { ...session, holder },
    ...(found === undefined ? {} : { holder: found.holder }),
    offices: (found?.offices ?? []).map((office) => ({ ...office, inForce: inForce(office, now) })),
    ...(account === undefined
      ? {}
      : {
          account: {
            id: account.id,
            kind: account.kind,
            entities: account.entities.map((each) => ({ ...each, inForce: lasts(each) })),
            reading: account.reading.map((each) => ({ ...each, inForce: strong && lasts(each) })),
          },
        }),
  };
}

/** Who has the data folder in his hands. He invites and locks, and looks after connectors; he signs no entry and reads nothing sealed. */
function operator(now: number): Myself {
  const session: Session = {
    ...{ method: "machine", issued: now, expires: now + STEP_UP_SECONDS, secondFactor: now },
    scopes: ["accounts.manage", "connectors.manage"],
  };
  return { session, offices: [] };
}

/** Whether it is the operator, who is nobody's account. */
export function isOperator({ session: { method, account } }: Myself): boolean {
  return method === "machine" && account === undefined;
}

const ROWS = "session/";
/** The row of a token: its hash, so that who reads the database can't sign in with it. */
function rowOf(token: string): string {
  return `${ROWS}${toHex(sha256(utf8(token)))}`;
}
const indexOf = (account: string, row: string) => `session-of/${account}/${row.slice(ROWS.length)}`;
const seenOf = (row: string) => `session-seen/${row.slice(ROWS.length)}`;
const factorOf = (row: string) => `session-factor/${row.slice(ROWS.length)}`;
