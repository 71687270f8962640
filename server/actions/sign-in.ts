import { type Account, LOCAL } from "../domain/accounts.ts";
import { ProblemError } from "../domain/problems.ts";
import { type Myself, openSession, type SessionNeeds, type SignedIn, steppedUp } from "./sessions.ts";

/** What a person shows besides a password: one of these. `passkey` as `navigator.credentials.get` gives it. */
export type SecondFactor = { code: string } | { recoveryCode: string } | { passkey: unknown };

/** What a right password leads to: a session, or a question for the second factor that the account has. */
export type PasswordAnswer =
  | { signedIn: SignedIn }
  | { ticket: string; methods: ("code" | "passkey" | "recoveryCode")[] };

type Pace = { free: number; most: number };
type Needs = SessionNeeds & {
  byLink(issuer: string, subject: string): Promise<Account | undefined>;
  localSubject(name: string): string;
  checkPassword(id: string | undefined, password: string): Promise<boolean>;
  knowsBrowser(id: string, secret: string): Promise<boolean>;
  secondFactors(id: string): Promise<{ totp: boolean; passkeys: unknown[]; recoveryCodes: number }>;
  ticket(id: string): Promise<string>;
  accountOfTicket(ticket: string): Promise<string | undefined>;
  useTotp(id: string, code: string): Promise<boolean>;
  useRecoveryCode(id: string, code: string): Promise<boolean>;
  usePasskey(response: unknown): Promise<string>;
  /** counts an attempt as failed until `passed`; the seconds to wait, or 0 */
  attempt(purses: Record<string, Pace>, now: number): number;
  passed(purses: Record<string, Pace>): void;
};

/** Wrong passwords of one person from one network, or from a browser that is known as his own. */
const NEAR: Pace = { free: 5, most: 900 };
/** Wrong passwords of one person from everywhere: slower for all who are strangers, and never for long. */
const FAR: Pace = { free: 50, most: 30 };
/** Wrong second factors: who comes so far knows the password. */
const SECOND: Pace = { free: 5, most: 900 };

/**
 * Signs in with a name and a password. A name that nobody has, an account that is closed and a wrong password are
 * answered alike, after the same work.
 * @param from the network that asks, and the secret of the browser where it was here before
 * @throws ProblemError sign-in-wrong, sign-in-slowed, too-many-sign-ins
 */
export async function signInWithPassword(
  { name, password }: { name: string; password: string },
  from: { network: string; browser?: string | undefined },
  needs: Needs,
): Promise<PasswordAnswer> {
  const subject = needs.localSubject(name);
  const account = await needs.byLink(LOCAL, subject);
  const known = account && from.browser !== undefined && (await needs.knowsBrowser(account.id, from.browser));
  const purses: Record<string, Pace> = known
    ? { [`browser ${from.browser}`]: NEAR }
    : { [`${subject} ${from.network}`]: NEAR, [subject]: FAR };
  slow(purses, needs);
  const active = account?.state === "active" ? account.id : undefined;
  if (!(await needs.checkPassword(active, password))) throw new ProblemError("sign-in-wrong");
  needs.passed(purses);
  const { totp, passkeys, recoveryCodes } = await needs.secondFactors(active!);
  if (!totp && passkeys.length === 0)
    return { signedIn: await openSession({ account: active!, method: "password", issuer: LOCAL }, needs) };
  return {
    ticket: await needs.ticket(active!),
    methods: [
      ...(totp ? (["code"] as const) : []),
      ...(passkeys.length > 0 ? (["passkey"] as const) : []),
      ...(recoveryCodes > 0 ? (["recoveryCode"] as const) : []),
    ],
  };
}

/**
 * Goes on after a right password, with a second factor.
 * @throws ProblemError ticket-expired, second-factor-wrong, sign-in-slowed, passkey-refused, account-closed
 */
export async function showSecondFactor(ticket: string, shown: SecondFactor, needs: Needs): Promise<SignedIn> {
  const account = await needs.accountOfTicket(ticket);
  if (account === undefined) throw new ProblemError("ticket-expired");
  await check(account, shown, needs);
  return openSession({ account, method: "password", issuer: LOCAL, secondFactor: needs.now() }, needs);
}

/**
 * Signs in with a passkey alone: the device holds the key and has checked who uses it, which is two factors.
 * @throws ProblemError passkey-refused, account-closed
 */
export async function signInWithPasskey(response: unknown, needs: Needs): Promise<SignedIn> {
  const account = await needs.usePasskey(response);
  return openSession({ account, method: "passkey", issuer: LOCAL, secondFactor: needs.now() }, needs);
}

/**
 * Shows a second factor once more, for what needs a fresh one.
 * @throws ProblemError not-allowed where there is no account, second-factor-wrong, sign-in-slowed, passkey-refused
 */
export async function stepUp(me: Myself, token: string, shown: SecondFactor, needs: Needs): Promise<number> {
  if (me.account?.kind !== "person") throw new ProblemError("not-allowed");
  await check(me.account.id, shown, needs);
  const now = needs.now();
  await steppedUp(token, now, needs);
  await needs.told(me, "step-up");
  return now;
}

async function check(account: string, shown: SecondFactor, needs: Needs): Promise<void> {
  if ("passkey" in shown) {
    // nothing to guess: a wrong one costs nobody else anything
    if ((await needs.usePasskey(shown.passkey)) !== account) throw new ProblemError("passkey-refused");
    return;
  }
  const purses = { [`second ${account}`]: SECOND };
  slow(purses, needs);
  const right =
    "code" in shown
      ? await needs.useTotp(account, shown.code)
      : await needs.useRecoveryCode(account, shown.recoveryCode);
  if (!right) throw new ProblemError("second-factor-wrong");
  needs.passed(purses);
}

function slow(purses: Record<string, Pace>, needs: Pick<Needs, "attempt" | "now">): void {
  const seconds = needs.attempt(purses, needs.now());
  if (seconds > 0) throw new ProblemError("sign-in-slowed", "", { seconds });
}
