import { type Account, isPasswordWeak, LOCAL, type Personal } from "../domain/accounts.ts";
import { Role } from "../domain/entries/kinds.ts";
import { ProblemError } from "../domain/problems.ts";
import { holds } from "../domain/sealing/readers.ts";
import type { Access } from "./access-log.ts";
import { assertPublicWords, who } from "./disclosures.ts";
import { isOperator, type Myself, requireStepUp } from "./sessions.ts";

/** Who keeps accounts: registrars, and the operator for the first of them. @throws ProblemError not-allowed, step-up-needed */
export function requireKeeper(me: Myself, now: number): void {
  if (isOperator(me)) return;
  if (!holds(me.offices, Role.registrar)) throw new ProblemError("not-allowed");
  requireStepUp(me, now);
}

type Invited = {
  account: string;
  /** the secret of the link, told this once */
  secret: string;
  expires: number;
};

/**
 * Invites a person: a new account, or one that is there, whose link or password was lost. `forget` also takes the second
 * factors away that the person lost. The earlier link is good no more.
 * @throws ProblemError not-allowed, step-up-needed, personal-data, account-unknown, account-state
 */
export async function inviteAccount(
  me: Myself,
  asked: { personal?: Personal | undefined; account?: string | undefined; forget?: "secondFactors"; reason: string },
  needs: {
    now(): number;
    get(id: string): Promise<Account | undefined>;
    create(kind: "person", personal: Personal, reason: string): Promise<Account>;
    invite(id: string, by: string, forget?: "secondFactors"): Promise<{ secret: string; expires: number }>;
    endSessions(account: string): Promise<unknown>;
    log(access: Access): Promise<void>;
  },
): Promise<Invited> {
  const now = needs.now();
  requireKeeper(me, now);
  assertPublicWords("reason", asked.reason);
  const account =
    asked.account === undefined
      ? await needs.create("person", asked.personal!, "invited")
      : await needs.get(asked.account);
  if (account === undefined || account.kind !== "person") throw new ProblemError("account-unknown");
  // nobody gives himself a new password past the one he should know
  if (account.id === me.account?.id) throw new ProblemError("not-allowed");
  if (account.state !== "invited" && account.state !== "active")
    throw new ProblemError("account-state", "", { from: account.state, to: "active" });
  await needs.log({
    ...who(me, now),
    ...{ act: "invite", outcome: "done", subjects: [], places: [], concerns: account.id, purpose: asked.reason },
  });
  const { secret, expires } = await needs.invite(
    account.id,
    me.account?.id ?? me.session.holder ?? "operator",
    asked.forget,
  );
  // whoever lost what he signs in with may have lost it to somebody
  if (asked.forget !== undefined) await needs.endSessions(account.id);
  return { account: account.id, secret, expires };
}

/**
 * Answers an invitation with a name and a password of one's own. Every link that is no good, for whatever reason, is
 * answered alike.
 * @throws ProblemError invitation-invalid, password-weak, sign-in-linked
 */
export async function answerInvitation(
  { secret, name, password }: { secret: string; name: string; password: string },
  needs: {
    invited(secret: string): Promise<{ account: Account; forget?: "secondFactors" } | undefined>;
    redeem(
      secret: string,
      link: { issuer: string; subject: string },
      personal: Partial<Personal>,
      more: { rows: { key: string; value: unknown }[]; remove: string[] },
    ): Promise<Account>;
    withPassword(
      id: string,
      password: string,
      fresh: boolean,
    ): Promise<{ rows: { key: string; value: unknown }[]; remove: string[] }>;
    localSubject(name: string): string;
    endSessions(account: string): Promise<unknown>;
  },
): Promise<Account> {
  const invited = await needs.invited(secret);
  if (invited === undefined) throw new ProblemError("invitation-invalid");
  if (isPasswordWeak(password, name)) throw new ProblemError("password-weak");
  const { id } = invited.account;
  const credentials = await needs.withPassword(id, password, invited.forget !== undefined);
  const link = { issuer: LOCAL, subject: needs.localSubject(name) };
  const account = await needs.redeem(secret, link, { loginName: name }, credentials);
  // sessions of a password that is no more
  await needs.endSessions(id);
  return account;
}
