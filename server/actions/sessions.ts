import { sha256 } from "#hash";
import type { SignIn } from "../domain/entries/entry.ts";
import type { PostedSignature } from "../domain/entries/signature.ts";
import { type Hex, toHex, utf8 } from "../domain/entries/words.ts";
import { ProblemError } from "../domain/problems.ts";
import { inForce } from "../domain/projection/offices.ts";
import type { HolderView, OfficeView } from "../domain/projection/project-block.ts";
import type { Storage } from "../domain/storage.ts";

/** A session lives at most this long, in seconds; who works longer signs in again. */
const SESSION_SECONDS = 12 * 3600;
/** How far the clock of the signer may be from ours, in seconds. */
const CLOCK_SECONDS = 300;

/** Who is signed in, by which key; times in seconds UTC. The token itself is nowhere. */
type Session = { holder: Hex; key: Hex; custody: number; issued: number; expires: number };

/** What a signed-in person sees of himself. */
export type Myself = { session: Session; holder: HolderView; offices: (OfficeView & { inForce: boolean })[] };

type Holders = { holder(id: Hex): Promise<{ holder: HolderView; offices: OfficeView[] } | undefined> };
type Needs = Holders & {
  now(): number;
  /** the gateway's own origin, as people reach it */
  origin(): string;
  judgeNonce(nonce: Hex, now: number): "fresh" | "unknown" | "expired" | "used";
  useNonce(nonce: Hex, now: number): boolean;
  /** the address whose key signed for this register, undefined where it is no signature */
  signer(signIn: SignIn, signature: PostedSignature): Promise<Hex | undefined>;
  newToken(): string;
  state: Storage;
};

/**
 * Gives a bearer token for a signed SignIn. Only the token's hash is kept.
 * @throws ProblemError sign-in-other-origin, sign-in-clock, sign-in-expired, sign-in-too-long, sign-in-unknown-nonce,
 * sign-in-nonce-expired, sign-in-nonce-used, sign-in-bad-signature, sign-in-unknown-holder, sign-in-foreign-key,
 * sign-in-key-revoked
 */
export async function signIn(
  signed: SignIn,
  signature: PostedSignature,
  needs: Needs,
): Promise<{ token: string; expires: number; me: Myself }> {
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
  // last, so that a mistake above does not cost the nonce; of two at once, one wins
  if (!needs.useNonce(signed.nonce, now)) throw new ProblemError("sign-in-nonce-used");

  const token = needs.newToken();
  const { holder, issued, expires } = signed;
  const session: Session = { holder, key, custody: own.custody, issued, expires };
  const ended: string[] = [];
  for await (const row of needs.state.range<Session>("session/")) if (row.value.expires <= now) ended.push(row.key);
  await needs.state.put([{ key: rowOf(token), value: session }], { sync: true, remove: ended });
  return { token, expires, me: tell(session, found, now) };
}

/**
 * Who holds this token, now: a session ends with its time, and with the key that opened it.
 * @throws ProblemError unauthenticated, session-expired, session-key-revoked
 */
export async function whoIs(
  token: string | undefined,
  { now, holder, state }: Pick<Needs, "now" | "holder" | "state">,
): Promise<Myself> {
  const session = token === undefined ? undefined : await state.get<Session>(rowOf(token));
  if (session === undefined) throw new ProblemError("unauthenticated");
  if (session.expires <= now()) throw new ProblemError("session-expired", "", { expired: session.expires });
  const found = await holder(session.holder);
  const own = found?.holder.keys.find(({ address }) => address === session.key);
  if (found === undefined || own === undefined || own.revoked)
    throw new ProblemError("session-key-revoked", "", { key: session.key });
  return tell(session, found, now());
}

/** Ends the session of this token; one that is not there is ended already. */
export async function signOut(token: string, { state }: Pick<Needs, "state">): Promise<void> {
  await state.put([], { sync: true, remove: [rowOf(token)] });
}

function tell(session: Session, { holder, offices }: { holder: HolderView; offices: OfficeView[] }, now: number) {
  return { session, holder, offices: offices.map((office) => ({ ...office, inForce: inForce(office, now) })) };
}

/** The row of a token: its hash, so that who reads the database can't sign in with it. */
function rowOf(token: string): string {
  return `session/${toHex(sha256(utf8(token)))}`;
}
