import type { Account, Scope } from "../domain/accounts.ts";
import { ProblemError } from "../domain/problems.ts";
import type { Access } from "./access-log.ts";
import { assertPublicWords, who } from "./disclosures.ts";
import { requireKeeper } from "./invite-account.ts";
import type { Myself } from "./sessions.ts";

type Client = { id: string; kind: "machine" | "site"; account?: string };
type Asked<Jwk> = {
  kind: "machine" | "site";
  name: string;
  scopes: Scope[];
  redirectUris: string[];
  jwk?: Jwk | undefined;
};
type Needs = { now(): number; log(access: Access): Promise<void> };
type Given<C> = { client: C; secret?: string };

/**
 * Lets a program ask for tokens: a machine with an account and scopes of its own, or a site whose people sign in here.
 * @throws ProblemError not-allowed, step-up-needed, personal-data, client-shape
 */
export async function addClient<Jwk, C extends Client>(
  me: Myself,
  { jwk, ...asked }: Asked<Jwk>,
  needs: Needs & {
    create(kind: "machine", personal: { displayName: string }, reason: string): Promise<Account>;
    setState(id: string, state: "active", reason: string): Promise<Account>;
    add(client: Omit<Asked<Jwk>, "jwk"> & { account?: string; by: string }, jwk: Jwk | undefined): Promise<Given<C>>;
  },
): Promise<Given<C>> {
  requireKeeper(me, needs.now());
  assertPublicWords("name", asked.name);
  const { kind, scopes, redirectUris } = asked;
  // a site proves itself by its key alone, and people go back to it; a machine has nowhere to go back to
  const right =
    kind === "site" ? jwk !== undefined && redirectUris.length > 0 && scopes.length === 0 : redirectUris.length === 0;
  if (!right) throw new ProblemError("client-shape");
  let account: string | undefined;
  if (kind === "machine") {
    account = (await needs.create("machine", { displayName: asked.name }, "a client")).id;
    await needs.setState(account, "active", "a client");
  }
  const by = me.account?.id ?? me.session.holder ?? "operator";
  const given = await needs.add({ ...asked, ...(account === undefined ? {} : { account }), by }, jwk);
  await note(me, given.client.id, "added", needs);
  return given;
}

/**
 * Gives a client a new secret or key; the one before goes on for `overlap` seconds.
 * @throws ProblemError not-allowed, step-up-needed, client-unknown, client-shape
 */
export async function rotateClient<Jwk, C extends Client>(
  me: Myself,
  id: string,
  { jwk, overlap }: { jwk?: Jwk | undefined; overlap: number },
  needs: Needs & {
    client(id: string): Promise<C | undefined>;
    rotate(id: string, jwk: Jwk | undefined, overlap: number): Promise<Given<C>>;
  },
): Promise<Given<C>> {
  requireKeeper(me, needs.now());
  if ((await needs.client(id))?.kind === "site" && jwk === undefined) throw new ProblemError("client-shape");
  const given = await needs.rotate(id, jwk, overlap);
  await note(me, id, "new proof", needs);
  return given;
}

/** Ends a client at once, with every token that it has. @throws ProblemError not-allowed, step-up-needed, client-unknown */
export async function revokeClient<C extends Client>(
  me: Myself,
  id: string,
  needs: Needs & {
    revoke(id: string): Promise<C>;
    setState(id: string, state: "left", reason: string): Promise<Account>;
  },
): Promise<C> {
  requireKeeper(me, needs.now());
  const client = await needs.revoke(id);
  if (client.account !== undefined) await needs.setState(client.account, "left", "the client was revoked");
  await note(me, id, "revoked", needs);
  return client;
}

function note(me: Myself, concerns: string, purpose: string, { now, log }: Needs): Promise<void> {
  return log({ ...who(me, now()), act: "change-client", outcome: "done", subjects: [], places: [], concerns, purpose });
}
