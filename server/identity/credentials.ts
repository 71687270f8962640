import { createHmac, randomBytes } from "node:crypto";
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from "@simplewebauthn/server";
import { Secret, TOTP } from "otpauth";
import { ownOrigins } from "../domain/accounts.ts";
import { fromHex, type Hex, toHex } from "../domain/entries/words.ts";
import { ProblemError } from "../domain/problems.ts";
import type { AccountStorage, Accounts, Sealing } from "./accounts.ts";
import { Challenges } from "./challenges.ts";
import type { Passwords } from "./passwords.ts";

/** Loaded when somebody uses a passkey: a start should not wait for it. */
const webauthn = () => import("@simplewebauthn/server");

/** A public key that a person's device keeps, and what is told of it. Times in seconds UTC. */
export type Passkey = { id: string; label: string; since: number; used?: number };
type PasskeyRow = Passkey & { publicKey: string; counter: number; transports?: string[] };

/**
 * How an account signs in here. The secret of one-time codes is sealed under the account's key; passwords are argon2id,
 * recovery codes and known browsers keyed hashes.
 */
type Row = {
  password?: string;
  totp?: { sealed: string; since: number; step: number };
  /** shown, and not confirmed by a code yet */
  offered?: { sealed: string; until: number };
  recovery?: string[];
  passkeys?: PasskeyRow[];
  browsers?: string[];
};

type Needs = {
  state: AccountStorage;
  sealing: Sealing;
  accounts: Accounts;
  passwords: Passwords;
  now(): number;
  /** the gateway's own origin, as people reach it */
  origin(): string;
};

const STEP = 30;
const OFFER_SECONDS = 900;
const CODES = 10;
const MOST_PASSKEYS = 10;
const MOST_BROWSERS = 10;
const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/** ES256 and RS256: naming them also keeps the package from trying algorithms that Node calls experimental. */
const ALGORITHMS = [-7, -257];

/** Passwords, one-time codes, passkeys and recovery codes of local accounts; each change on the disk when it resolves. */
export class Credentials {
  readonly #needs: Needs;
  readonly #challenges = new Challenges();
  /** changes one after the other: a code that is used twice at the same moment counts once */
  #last: Promise<unknown> = Promise.resolve();

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  /**
   * What a new password writes, to be put with the change that it belongs to. What the account has besides stays; `fresh`
   * takes it away, for who lost it.
   */
  async withPassword(
    id: string,
    password: string,
    fresh = false,
  ): Promise<{ rows: { key: string; value: unknown }[]; remove: string[] }> {
    const hash = await this.#needs.passwords.hash(password);
    const before = await this.#row(id);
    const value: Row = { ...(fresh ? {} : before), password: hash, browsers: [] };
    const remove = fresh ? (before.passkeys ?? []).map((each) => passkeyRow(each.id)) : [];
    return { rows: [{ key: credentialsRow(id), value }], remove };
  }

  /** Replaces the password; known browsers are known no more. */
  async setPassword(id: string, password: string): Promise<void> {
    const hash = await this.#needs.passwords.hash(password);
    await this.#change(id, (row) => ({ row: { ...row, password: hash, browsers: [] }, value: undefined }));
  }

  /** Whether it is the account's password; takes as long where there is no such account. */
  async checkPassword(id: string | undefined, password: string): Promise<boolean> {
    const { password: hash } = id === undefined ? {} : await this.#row(id);
    const right = await this.#needs.passwords.verify(password, hash);
    if (right && this.#needs.passwords.isOutdated(hash!)) {
      const renewed = await this.#needs.passwords.hash(password);
      await this.#change(id!, (row) => ({
        row: row.password === hash ? { ...row, password: renewed } : row,
        value: 0,
      }));
    }
    return right;
  }

  /** What an account can show besides a password. */
  async secondFactors(id: string): Promise<{ totp: boolean; passkeys: Passkey[]; recoveryCodes: number }> {
    const { totp, passkeys = [], recovery = [] } = await this.#row(id);
    return { totp: totp !== undefined, passkeys: passkeys.map(told), recoveryCodes: recovery.length };
  }

  /** Everything that is kept of how an account signs in, without a secret. */
  async describe(id: string) {
    const { password, totp, passkeys = [], recovery = [], browsers = [] } = await this.#row(id);
    return {
      password: password === undefined ? undefined : "argon2id",
      ...(totp === undefined ? {} : { oneTimeCodes: { since: totp.since } }),
      passkeys: passkeys.map(told),
      recoveryCodes: recovery.length,
      knownBrowsers: browsers.length,
    };
  }

  /** A new secret for one-time codes, good once a code of it was shown. */
  async offerTotp(id: string, name: string): Promise<{ secret: string; uri: string; expires: number }> {
    const secret = new Secret({ size: 20 });
    const sealed = await this.#needs.accounts.sealFor(id, secret.base32, "one-time codes");
    if (sealed === undefined) throw new ProblemError("account-unknown");
    const until = this.#needs.now() + OFFER_SECONDS;
    await this.#change(id, (row) => ({ row: { ...row, offered: { sealed, until } }, value: undefined }));
    return { secret: secret.base32, uri: totpOf(secret, name).toString(), expires: until };
  }

  /** Takes the offered secret, once a code shows that the person has it. @returns recovery codes; undefined for a wrong code */
  async confirmTotp(id: string, code: string): Promise<string[] | undefined> {
    const { offered } = await this.#row(id);
    const now = this.#needs.now();
    if (offered === undefined || offered.until <= now) return undefined;
    const step = await this.#stepOf(id, offered.sealed, code);
    if (step === undefined) return undefined;
    const codes = newCodes();
    return this.#change(id, ({ offered: _, ...row }) => ({
      row: {
        ...row,
        totp: { sealed: offered.sealed, since: now, step },
        recovery: codes.map((each) => this.#hash(each)),
      },
      value: codes,
    }));
  }

  async removeTotp(id: string): Promise<void> {
    await this.#change(id, ({ totp: _, ...row }) => ({ row, value: undefined }));
  }

  /** Whether it is a code of the last half minute or so that was not used before; it is used then. */
  async useTotp(id: string, code: string): Promise<boolean> {
    const { totp } = await this.#row(id);
    const step = totp && (await this.#stepOf(id, totp.sealed, code));
    if (step === undefined) return false;
    return this.#change(id, (row) => {
      if (row.totp?.sealed !== totp!.sealed || step <= row.totp.step) return { row, value: false };
      return { row: { ...row, totp: { ...row.totp, step } }, value: true };
    });
  }

  /** Whether it is a recovery code that is left; it is used then. */
  async useRecoveryCode(id: string, code: string): Promise<boolean> {
    const hash = this.#hash(code.toUpperCase().replace(/[^A-Z2-7]/g, ""));
    return this.#change(id, (row) => {
      const left = (row.recovery ?? []).filter((each) => each !== hash);
      const used = left.length < (row.recovery?.length ?? 0);
      return { row: used ? { ...row, recovery: left } : row, value: used };
    });
  }

  /** New recovery codes in place of those before, told once. */
  renewRecoveryCodes(id: string): Promise<string[]> {
    const codes = newCodes();
    return this.#change(id, (row) => ({
      row: { ...row, recovery: codes.map((code) => this.#hash(code)) },
      value: codes,
    }));
  }

  /** What `navigator.credentials.create` takes, to add a passkey. */
  async passkeyOffer(id: string, name: string) {
    const { passkeys = [] } = await this.#row(id);
    return (await webauthn()).generateRegistrationOptions({
      rpName: "Prasasti",
      rpID: this.#rpId(),
      userName: name,
      userID: new Uint8Array(Buffer.from(id)),
      challenge: this.#challenge(),
      attestationType: "none",
      excludeCredentials: passkeys.map((each) => ({ id: each.id })),
      authenticatorSelection: { residentKey: "required", userVerification: "required" },
      supportedAlgorithmIDs: ALGORITHMS,
    });
  }

  /** Adds the passkey that a device made. @throws ProblemError passkey-refused */
  async addPasskey(id: string, response: RegistrationResponseJSON, label: string): Promise<Passkey> {
    const { verifyRegistrationResponse } = await webauthn();
    const checked = await verifyRegistrationResponse({
      response,
      ...this.#expected(),
      supportedAlgorithmIDs: ALGORITHMS,
    }).catch(() => undefined);
    if (checked?.verified !== true) throw new ProblemError("passkey-refused");
    const { credential } = checked.registrationInfo;
    const passkey: PasskeyRow = {
      ...{ id: credential.id, label, since: this.#needs.now(), counter: credential.counter },
      publicKey: Buffer.from(credential.publicKey).toString("base64url"),
    };
    const index = passkeyRow(passkey.id);
    return this.#alone(async () => {
      const row = await this.#row(id);
      const known = row.passkeys ?? [];
      if (known.length >= MOST_PASSKEYS || (await this.#needs.state.get(index)) !== undefined)
        throw new ProblemError("passkey-refused");
      const value: Row = { ...row, passkeys: [...known, passkey] };
      const rows = [
        { key: credentialsRow(id), value },
        { key: index, value: id },
      ];
      await this.#needs.state.put(rows, { sync: true });
      return told(passkey);
    });
  }

  /** Takes a passkey away. @throws ProblemError not-found */
  removePasskey(id: string, passkey: string): Promise<void> {
    return this.#alone(async () => {
      const row = await this.#row(id);
      const left = (row.passkeys ?? []).filter((each) => each.id !== passkey);
      if (left.length === (row.passkeys ?? []).length) throw new ProblemError("not-found");
      const rows = [{ key: credentialsRow(id), value: { ...row, passkeys: left } }];
      await this.#needs.state.put(rows, { sync: true, remove: [passkeyRow(passkey)] });
    });
  }

  /** What `navigator.credentials.get` takes. It names no passkey, so it tells nothing of any account. */
  async passkeyChallenge() {
    return (await webauthn()).generateAuthenticationOptions({
      rpID: this.#rpId(),
      challenge: this.#challenge(),
      userVerification: "required",
    });
  }

  /**
   * The account whose passkey signed a challenge of ours, at our address, after its device checked who holds it.
   * @throws ProblemError passkey-refused, without saying why
   */
  async usePasskey(response: AuthenticationResponseJSON): Promise<string> {
    const id = await this.#needs.state.get<string>(passkeyRow(response.id));
    const passkey = id && (await this.#row(id)).passkeys?.find((each) => each.id === response.id);
    if (!id || !passkey) throw new ProblemError("passkey-refused");
    const { verifyAuthenticationResponse } = await webauthn();
    const checked = await verifyAuthenticationResponse({
      response,
      ...this.#expected(),
      credential: {
        ...{ id: passkey.id, counter: passkey.counter },
        publicKey: new Uint8Array(Buffer.from(passkey.publicKey, "base64url")),
      },
    }).catch(() => undefined);
    if (checked?.verified !== true) throw new ProblemError("passkey-refused");
    const { newCounter } = checked.authenticationInfo;
    return this.#change(id, (row) => {
      const passkeys = row.passkeys?.map((each) =>
        each.id === passkey.id ? { ...each, counter: newCounter, used: this.#needs.now() } : each,
      );
      return { row: { ...row, passkeys: passkeys ?? [] }, value: id };
    });
  }

  /** A secret for the browser that signed in, by which it is known again. */
  async rememberBrowser(id: string): Promise<string> {
    const secret = randomBytes(32).toString("base64url");
    return this.#change(id, (row) => ({
      row: { ...row, browsers: [this.#hash(secret), ...(row.browsers ?? [])].slice(0, MOST_BROWSERS) },
      value: secret,
    }));
  }

  async knowsBrowser(id: string, secret: string): Promise<boolean> {
    return (await this.#row(id)).browsers?.includes(this.#hash(secret)) ?? false;
  }

  /** That the password was right, for who shows a second factor next; good for five minutes, and until it changes. */
  async ticket(id: string): Promise<string> {
    const { password = "" } = await this.#row(id);
    const text = JSON.stringify({ id, at: this.#needs.now(), password: this.#hash(password) });
    return Buffer.from(
      this.#needs.sealing.seal(this.#needs.sealing.key, Buffer.from(text), "ticket"),
      "base64",
    ).toString("base64url");
  }

  /** Whose ticket it is. */
  async accountOf(ticket: string): Promise<string | undefined> {
    const sealed = Buffer.from(ticket, "base64url").toString("base64");
    const plain = this.#needs.sealing.open(this.#needs.sealing.key, sealed, "ticket");
    if (plain === undefined) return undefined;
    const { id, at, password } = JSON.parse(Buffer.from(plain).toString()) as Record<"id" | "password", string> & {
      at: number;
    };
    if (at + TICKET_SECONDS <= this.#needs.now()) return undefined;
    return this.#hash((await this.#row(id)).password ?? "") === password ? id : undefined;
  }

  /** The rows to remove when an account is erased. */
  async rowsOf(id: string): Promise<string[]> {
    const { passkeys = [] } = await this.#row(id);
    return [credentialsRow(id), ...passkeys.map((each) => passkeyRow(each.id))];
  }

  #expected() {
    return {
      expectedChallenge: (challenge: string) => this.#takeChallenge(challenge),
      expectedOrigin: ownOrigins(this.#needs.origin()),
      expectedRPID: this.#rpId(),
      requireUserVerification: true,
    };
  }

  #rpId(): string {
    return new URL(ownOrigins(this.#needs.origin()).at(-1)!).hostname;
  }

  #challenge(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(fromHex(this.#challenges.issue(this.#needs.now()).nonce));
  }

  #takeChallenge(text: string): boolean {
    const bytes = Buffer.from(text, "base64url");
    if (bytes.length !== 32) return false;
    const nonce: Hex = toHex(bytes);
    const now = this.#needs.now();
    return this.#challenges.judge(nonce, now) === "fresh" && this.#challenges.use(nonce, now);
  }

  /** The half minute that a code is of: this one, the last or the next. */
  async #stepOf(id: string, sealed: string, code: string): Promise<number | undefined> {
    const base32 = await this.#needs.accounts.openFor(id, sealed, "one-time codes");
    if (base32 === undefined) return undefined;
    const now = this.#needs.now();
    const delta = totpOf(Secret.fromBase32(base32), "").validate({ token: code, timestamp: now * 1000, window: 1 });
    // 0 is right too
    return delta === null ? undefined : Math.floor(now / STEP) + delta;
  }

  #hash(text: string): string {
    return createHmac("sha256", this.#needs.sealing.key).update(`credential ${text}`).digest("base64url");
  }

  async #row(id: string): Promise<Row> {
    return (await this.#needs.state.get<Row>(credentialsRow(id))) ?? {};
  }

  #change<T>(id: string, work: (row: Row) => { row: Row; value: T }): Promise<T> {
    return this.#alone(async () => {
      const before = await this.#row(id);
      const { row, value } = work(before);
      if (row !== before) await this.#needs.state.put([{ key: credentialsRow(id), value: row }], { sync: true });
      return value;
    });
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => {});
    return done;
  }
}

const TICKET_SECONDS = 300;
const credentialsRow = (id: string) => `account-credentials/${id}`;
const passkeyRow = (id: string) => `account-passkey/${id}`;
const told = ({ id, label, since, used }: PasskeyRow): Passkey => ({
  ...{ id, label, since },
  ...(used === undefined ? {} : { used }),
});

function totpOf(secret: Secret, label: string): TOTP {
  return new TOTP({ issuer: "Prasasti", label, algorithm: "SHA1", digits: 6, period: STEP, secret });
}

/** Ten times 60 random bits, as twelve letters and digits. */
function newCodes(): string[] {
  return Array.from({ length: CODES }, () => Array.from(randomBytes(12), (byte) => BASE32[byte % 32]).join(""));
}
