import { createHash, createHmac, randomBytes } from "node:crypto";
import {
  type Account,
  type AccountState,
  LOCAL,
  type Mandate,
  mayBecome,
  type Personal,
  type ReadingGrant,
} from "../domain/accounts.ts";
import type { Hex } from "../domain/entries/words.ts";
import { ProblemError } from "../domain/problems.ts";
import type { Storage } from "../domain/storage.ts";

/** AES-256-GCM under keys that follow from the vault's master key; `place` binds a text to its row. */
export type Sealing = {
  key: Uint8Array;
  seal(key: Uint8Array, plain: Uint8Array, place: string): string;
  open(key: Uint8Array, text: string, place: string): Uint8Array | undefined;
};

/** Storage that can also rewrite the files under a prefix, so that what was deleted there is in none of them. */
export type AccountStorage = Storage & { compact(prefix: string): Promise<void> };

/** `ended` is told of an account that may sign in no more, before `setState` or `erase` resolves: it ends the sessions. */
type Needs = { state: AccountStorage; sealing: Sealing; now(): number; ended(account: string): Promise<void> };

type PrivateRow = { key: string; personal: string };
type InvitationRow = { account: string; expires: number; by: string; forget?: "secondFactors" };

/** How long an invitation can be answered, in seconds. */
const INVITATION_SECONDS = 7 * 86_400;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/**
 * The accounts of this gateway, each change on the disk when it resolves.
 *
 * | row | holds |
 * |---|---|
 * | `account/{id}` | the account, without anything that names a person |
 * | `account-private/{id}` | a key of its own, sealed, and under it the personal part; erasure destroys it |
 * | `account-link/{hash}` | which account a sign-in (issuer, subject) belongs to: one at most |
 * | `account-holder/{holder}` | which account has a holder's keys: one at most |
 * | `account-invitation/{hash}` | an open invitation, under the hash of what its link says |
 */
export class Accounts {
  readonly #needs: Needs;
  /** changes one after the other: two links of one sign-in, two answers to one invitation must not meet */
  #last: Promise<unknown> = Promise.resolve();

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  async get(id: string): Promise<Account | undefined> {
    return this.#needs.state.get<Account>(row(id));
  }

  /** The account that this sign-in belongs to. */
  async byLink(issuer: string, subject: string): Promise<Account | undefined> {
    const id = await this.#needs.state.get<string>(linkRow(issuer, subject));
    return id === undefined ? undefined : this.get(id);
  }

  async byHolder(holder: Hex): Promise<Account | undefined> {
    const id = await this.#needs.state.get<string>(`account-holder/${holder}`);
    return id === undefined ? undefined : this.get(id);
  }

  /** In the order of their ids, after `after`. */
  async list(after: string | undefined, limit: number): Promise<Account[]> {
    const options = { limit, ...(after === undefined ? {} : { after }) };
    return Array.fromAsync(this.#needs.state.range<Account>("account/", options), ({ value }) => value);
  }

  /** A new account: nobody can sign in to it until an invitation is answered or a sign-in is linked. */
  create(kind: Account["kind"], personal: Personal, reason: string): Promise<Account> {
    return this.#alone(async () => {
      const now = this.#needs.now();
      const id = newId();
      const account: Account = {
        ...{ id, kind, state: "invited", changed: { at: now, reason } },
        ...{ entities: [], links: [], reading: [], created: now },
      };
      const key = randomBytes(32);
      const privateRow = {
        key: this.#needs.sealing.seal(this.#needs.sealing.key, key, `${id} key`),
        personal: this.#sealPersonal(key, id, personal),
      };
      await this.#put([
        { key: row(id), value: account },
        { key: privateRowOf(id), value: privateRow },
      ]);
      return account;
    });
  }

  /**
   * Adds a way to sign in.
   * @throws ProblemError account-unknown, sign-in-linked where it belongs to another account
   */
  link(id: string, issuer: string, subject: string): Promise<Account> {
    return this.#change(id, async (account) => {
      const other = await this.#needs.state.get<string>(linkRow(issuer, subject));
      if (other === id) return { account };
      if (other !== undefined) throw new ProblemError("sign-in-linked");
      const links = [...account.links, { issuer, subject, since: this.#needs.now() }];
      return { account: { ...account, links }, rows: [{ key: linkRow(issuer, subject), value: id }] };
    });
  }

  /** Takes a way to sign in away; one that is not there is gone already. @throws ProblemError account-unknown */
  unlink(id: string, issuer: string, subject: string): Promise<Account> {
    return this.#change(id, async (account) => {
      const links = account.links.filter((link) => link.issuer !== issuer || link.subject !== subject);
      const remove = links.length < account.links.length ? [linkRow(issuer, subject)] : [];
      return { account: { ...account, links }, remove };
    });
  }

  /** The holder whose keys this person has; he must have shown that by signing. @throws ProblemError account-unknown, holder-linked */
  setHolder(id: string, holder: Hex): Promise<Account> {
    return this.#change(id, async (account) => {
      const other = await this.#needs.state.get<string>(`account-holder/${holder}`);
      if ((other !== undefined && other !== id) || (account.holder !== undefined && account.holder !== holder))
        throw new ProblemError("holder-linked");
      return { account: { ...account, holder }, rows: [{ key: `account-holder/${holder}`, value: id }] };
    });
  }

  /**
   * Whether somebody may sign in. One that may no more has no session left when this resolves.
   * @param reason words without personal data
   * @throws ProblemError account-unknown, account-state where no account goes from its state to that one
   */
  async setState(id: string, state: Exclude<AccountState, "erased" | "invited">, reason: string): Promise<Account> {
    const account = await this.#change(id, async (before) => {
      if (before.state === state) return { account: before };
      if (!mayBecome(before.state, state))
        throw new ProblemError("account-state", "", { from: before.state, to: state });
      return { account: { ...before, state, changed: { at: this.#needs.now(), reason } } };
    });
    if (state !== "active") await this.#needs.ended(id);
    return account;
  }

  /** Adds a mandate; one of the same letter for the same entity is replaced. @throws ProblemError account-unknown */
  addMandate(id: string, mandate: Mandate): Promise<Account> {
    return this.#change(id, async (account) => {
      const others = account.entities.filter(
        ({ entity, letter }) => entity !== mandate.entity || letter !== mandate.letter,
      );
      return { account: { ...account, entities: [...others, mandate] } };
    });
  }

  /** Adds a reading grant; one of the same letter for the same agency is replaced. @throws ProblemError account-unknown */
  addReading(id: string, grant: ReadingGrant): Promise<Account> {
    return this.#change(id, async (account) => {
      const others = account.reading.filter(({ agency, letter }) => agency !== grant.agency || letter !== grant.letter);
      return { account: { ...account, reading: [...others, grant] } };
    });
  }

  /** Undefined where it was erased. */
  async personal(id: string): Promise<Personal | undefined> {
    const key = await this.#keyOf(id);
    const found = key && (await this.#needs.state.get<PrivateRow>(privateRowOf(id)));
    const plain = found && this.#needs.sealing.open(key!, found.personal, `${id} personal`);
    return plain === undefined ? undefined : (JSON.parse(Buffer.from(plain).toString()) as Personal);
  }

  /** @throws ProblemError account-unknown */
  setPersonal(id: string, change: Partial<Personal>): Promise<Account> {
    return this.#change(id, async (account) => {
      const [key, personal] = [await this.#keyOf(id), await this.personal(id)];
      if (key === undefined || personal === undefined) throw new ProblemError("account-unknown");
      const found = (await this.#needs.state.get<PrivateRow>(privateRowOf(id)))!;
      const value = { ...found, personal: this.#sealPersonal(key, id, { ...personal, ...change }) };
      return { account, rows: [{ key: privateRowOf(id), value }] };
    });
  }

  /** Seals something else of a person under his key, so that it is destroyed with it; undefined where he was erased. */
  async sealFor(id: string, text: string, place: string): Promise<string | undefined> {
    const key = await this.#keyOf(id);
    return key && this.#needs.sealing.seal(key, Buffer.from(text), `${id} ${place}`);
  }

  async openFor(id: string, sealed: string, place: string): Promise<string | undefined> {
    const key = await this.#keyOf(id);
    const plain = key && this.#needs.sealing.open(key, sealed, `${id} ${place}`);
    return plain && Buffer.from(plain).toString();
  }

  /**
   * Destroys the personal part, every sign-in and what else is given under `remove`, and rewrites the files that held
   * them. The account's id stays, for what the logs say of it. @throws ProblemError account-unknown
   */
  async erase(id: string, reason: string, also: readonly string[]): Promise<Account> {
    const account = await this.#change(id, async (before) => {
      const invitations: string[] = [];
      for await (const { key, value } of this.#needs.state.range<InvitationRow>("account-invitation/"))
        if (value.account === id) invitations.push(key);
      const remove = [
        privateRowOf(id),
        ...before.links.map(({ issuer, subject }) => linkRow(issuer, subject)),
        ...(before.holder === undefined ? [] : [`account-holder/${before.holder}`]),
        ...invitations,
        ...also,
      ];
      const { holder: _, ...rest } = before;
      const changed = { at: this.#needs.now(), reason };
      return { account: { ...rest, state: "erased", changed, links: [], entities: [], reading: [] }, remove };
    });
    await this.#needs.ended(id);
    await this.#needs.state.compact("account");
    return account;
  }

  /**
   * A link's secret with which a person answers once, until `expires`; earlier ones of the account are good no more.
   * Only its hash is kept. `forget`: answering it also takes second factors away, for who lost them.
   */
  invite(id: string, by: string, forget?: "secondFactors"): Promise<{ secret: string; expires: number }> {
    return this.#alone(async () => {
      const secret = randomBytes(32).toString("base64url");
      const [now, remove] = [this.#needs.now(), [] as string[]];
      for await (const { key, value } of this.#needs.state.range<InvitationRow>("account-invitation/"))
        if (value.account === id || value.expires <= now) remove.push(key);
      const expires = now + INVITATION_SECONDS;
      const value: InvitationRow = { account: id, expires, by, ...(forget === undefined ? {} : { forget }) };
      await this.#put([{ key: invitationRow(secret), value }], remove);
      return { secret, expires };
    });
  }

  /** Whom an invitation is for; undefined for one that is unknown, used, expired or of an account that is closed. */
  async invited(secret: string): Promise<{ account: Account; forget?: "secondFactors" } | undefined> {
    const found = await this.#needs.state.get<InvitationRow>(invitationRow(secret));
    if (found === undefined || found.expires <= this.#needs.now()) return undefined;
    const account = await this.get(found.account);
    if (account?.state !== "invited" && account?.state !== "active") return undefined;
    return { account, ...(found.forget === undefined ? {} : { forget: found.forget }) };
  }

  /**
   * Answers an invitation: the account becomes active with this sign-in, and the link is good no more, all at once.
   * @param more rows of the same batch: credentials that come with it
   * @throws ProblemError invitation-invalid, sign-in-linked
   */
  async redeem(
    secret: string,
    { issuer, subject }: { issuer: string; subject: string },
    personal: Partial<Personal> = {},
    more: { rows?: { key: string; value: unknown }[]; remove?: string[] } = {},
  ): Promise<Account> {
    const asked = await this.invited(secret);
    if (asked === undefined) throw new ProblemError("invitation-invalid");
    return this.#change(asked.account.id, async (account) => {
      // of two at once, one wins
      const { id } = account;
      if ((await this.invited(secret)) === undefined) throw new ProblemError("invitation-invalid");
      const key = linkRow(issuer, subject);
      const other = await this.#needs.state.get<string>(key);
      if (other !== undefined && other !== id) throw new ProblemError("sign-in-linked");
      // a person has one name to sign in with here: a new one takes the place of the old
      const replaced = account.links.filter(
        (link) => link.issuer === issuer && (issuer === LOCAL || link.subject === subject),
      );
      const links = [
        ...account.links.filter((link) => !replaced.includes(link)),
        { issuer, subject, since: this.#needs.now() },
      ];
      const rows = [{ key, value: id }, ...(more.rows ?? [])];
      const known = await this.personal(id);
      const accountKey = await this.#keyOf(id);
      if (known !== undefined && accountKey !== undefined && Object.keys(personal).length > 0) {
        const found = (await this.#needs.state.get<PrivateRow>(privateRowOf(id)))!;
        const value = { ...found, personal: this.#sealPersonal(accountKey, id, { ...known, ...personal }) };
        rows.push({ key: privateRowOf(id), value: value as never });
      }
      const remove = [
        invitationRow(secret),
        ...replaced.filter((link) => link.subject !== subject).map((link) => linkRow(link.issuer, link.subject)),
        ...(more.remove ?? []),
      ];
      const changed =
        account.state === "active" ? account.changed : { at: this.#needs.now(), reason: "invitation answered" };
      return { account: { ...account, state: "active", links, changed }, rows, remove };
    });
  }

  /** The subject of a sign-in with a name kept here: a keyed hash, so that rows tell no name. */
  localSubject(name: string): string {
    const normal = name.normalize("NFKC").trim().toLowerCase();
    return createHmac("sha256", this.#needs.sealing.key).update(`name ${normal}`).digest("base64url");
  }

  async #keyOf(id: string): Promise<Uint8Array | undefined> {
    const found = await this.#needs.state.get<PrivateRow>(privateRowOf(id));
    return found && this.#needs.sealing.open(this.#needs.sealing.key, found.key, `${id} key`);
  }

  #sealPersonal(key: Uint8Array, id: string, personal: Personal): string {
    return this.#needs.sealing.seal(key, Buffer.from(JSON.stringify(personal)), `${id} personal`);
  }

  #change(
    id: string,
    work: (
      account: Account,
    ) => Promise<{ account: Account; rows?: { key: string; value: unknown }[]; remove?: string[] }>,
  ): Promise<Account> {
    return this.#alone(async () => {
      const before = await this.get(id);
      if (before === undefined || before.state === "erased") throw new ProblemError("account-unknown");
      const { account, rows = [], remove = [] } = await work(before);
      if (account !== before || rows.length > 0 || remove.length > 0)
        await this.#put([{ key: row(id), value: account }, ...rows], remove);
      return account;
    });
  }

  #put(rows: { key: string; value: unknown }[], remove: string[] = []): Promise<void> {
    return this.#needs.state.put(rows, { sync: true, remove });
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => {});
    return done;
  }
}

const row = (id: string) => `account/${id}`;
const privateRowOf = (id: string) => `account-private/${id}`;
const hashOf = (text: string) => createHash("sha256").update(text).digest("hex");
const linkRow = (issuer: string, subject: string) => `account-link/${hashOf(JSON.stringify([issuer, subject]))}`;
const invitationRow = (secret: string) => `account-invitation/${hashOf(secret)}`;

function newId(): string {
  return `A-${Array.from(randomBytes(16), (byte) => ALPHABET[byte % 32]).join("")}`;
}
