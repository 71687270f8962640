import { createHash, createHmac, generateKeyPairSync, randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type Provider from "oidc-provider";
import type { Adapter, AdapterPayload, Configuration } from "oidc-provider";
import { type Account, type Personal, SCOPES } from "../domain/accounts.ts";
import type { AccountStorage, Sealing } from "./accounts.ts";
import type { Clients } from "./clients.ts";

/** Where the provider stands under the gateway's origin; issuer and discovery follow from it. */
const MOUNT = "/oidc";
const DAY = 86_400;
/** A signing key signs for so long; then a new one does, and the old one stays in the JWKS as long again. */
const KEY_SECONDS = 90 * DAY;
/** A token of a machine lives so long. */
const MACHINE_SECONDS = 600;

type Needs = {
  state: AccountStorage;
  sealing: Sealing;
  clients: Clients;
  account(id: string): Promise<Account | undefined>;
  personal(id: string): Promise<Personal | undefined>;
  /** a token that a machine was given: from now on a session of its account */
  machine(token: string, opened: { account: string; scopes: string[]; expires: number }): Promise<void>;
  now(): number;
  /** the gateway's own origin, as people reach it */
  origin(): string;
  /** the page for a person whose request can't go on: a name and words of the standard, nothing of ours */
  errorPage(error: string, description: string): string;
};

type KeyRow = { kid: string; sealed: string; from: number };
type StoredRow = {
  sealed: string;
  expires?: number;
  uid?: string;
  grant?: string;
  account?: string;
  consumed?: number;
};
/** What a person is asked to agree to. */
export type Interaction = { uid: string; client: string; redirect: string; scopes: string[] };

/**
 * The built-in OpenID provider, for a machine with none: code with PKCE for sites, client credentials for machines. Its
 * people are the accounts of this gateway; its pages ask the gateway's own session who is there.
 *
 * | row of `state` | holds |
 * |---|---|
 * | `oidc/{model}/{hash}` | a code, token, grant or interaction, sealed; the hash of what its bearer shows |
 * | `oidc-uid/…`, `oidc-grant/…`, `oidc-of/…` | the same by interaction, by grant and by account |
 * | `oidc-keys` | the signing keys, sealed, newest first |
 */
export class OpenIdProvider {
  readonly #needs: Needs;
  #made: { origin: string; until: number; provider: Provider } | undefined;
  #making: Promise<Provider> | undefined;

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  /** Answers a request below `MOUNT`. */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const provider = await this.#provider();
    const { host, protocol } = new URL(this.#needs.origin());
    // addresses are those of our own origin, whatever a client or a proxy wrote there
    request.headers.host = host;
    request.headers["x-forwarded-proto"] = protocol.slice(0, -1);
    delete request.headers["x-forwarded-host"];
    Object.assign(request, { originalUrl: request.url });
    request.url = request.url!.slice(MOUNT.length) || "/";
    await provider.callback()(request, response);
  }

  /** What this browser is asked; undefined where it began nothing, or too long ago. */
  async interaction(request: IncomingMessage, response: ServerResponse): Promise<Interaction | undefined> {
    const provider = await this.#provider();
    try {
      const { uid, params } = await provider.interactionDetails(request, response);
      const client = await provider.Client.find(String(params.client_id));
      if (client === undefined) return undefined;
      return {
        ...{ uid, client: client.clientName ?? client.clientId, redirect: String(params.redirect_uri) },
        scopes: String(params.scope ?? "").split(" "),
      };
    } catch {
      return undefined;
    }
  }

  /** Ends what the browser was asked: the account agrees, or nobody does. @returns where the browser goes on */
  async finish(request: IncomingMessage, response: ServerResponse, account: string | undefined): Promise<string> {
    const provider = await this.#provider();
    if (account === undefined)
      return provider.interactionResult(
        request,
        response,
        { error: "access_denied" },
        { mergeWithLastSubmission: false },
      );
    const { params } = await provider.interactionDetails(request, response);
    const grant = new provider.Grant({ accountId: account, clientId: String(params.client_id) });
    grant.addOIDCScope(String(params.scope ?? "openid"));
    const grantId = await grant.save();
    const result = { login: { accountId: account, remember: false }, consent: { grantId } };
    return provider.interactionResult(request, response, result, { mergeWithLastSubmission: false });
  }

  /** Drops what an account was given: nothing that it agreed to goes on. */
  async forget(account: string): Promise<void> {
    const remove: string[] = [];
    for await (const { key, value } of this.#needs.state.range<string>(`oidc-of/${account}/`)) remove.push(key, value);
    if (remove.length > 0) await this.#needs.state.put([], { sync: true, remove });
  }

  /** A new signing key at once; the old ones still check what they signed. */
  async rotateKeys(): Promise<void> {
    await this.#keys(true);
    this.#made = undefined;
  }

  async #provider(): Promise<Provider> {
    const [origin, now] = [this.#needs.origin(), this.#needs.now()];
    if (this.#made?.origin === origin && this.#made.until > now) return this.#made.provider;
    this.#making ??= this.#make(origin).finally(() => {
      this.#making = undefined;
    });
    return this.#making;
  }

  async #make(origin: string): Promise<Provider> {
    const needs = this.#needs;
    const keys = await this.#keys(false);
    const cookieKey = createHmac("sha256", needs.sealing.key).update("oidc cookies").digest("base64url");
    const cookie = {
      signed: true,
      httpOnly: true,
      sameSite: "lax",
      path: "/",
      secure: origin.startsWith("https:"),
    } as const;
    const configuration: Configuration = {
      adapter: (model: string) => adapterOf(model, needs),
      jwks: { keys: keys.map(({ jwk }) => jwk) as never },
      cookies: {
        keys: [cookieKey],
        short: cookie,
        long: cookie,
        names: { session: "prasasti_oidc", interaction: "prasasti_oidc_step", resume: "prasasti_oidc_resume" },
      },
      claims: { openid: ["sub"], profile: ["name"], email: ["email"] },
      scopes: ["openid", "profile", "email", ...SCOPES],
      responseTypes: ["code"],
      clientAuthMethods: ["private_key_jwt", "client_secret_basic"],
      clientDefaults: {
        id_token_signed_response_alg: "ES256",
        response_types: ["code"],
        grant_types: ["authorization_code"],
      },
      enabledJWA: { clientAuthSigningAlgValues: ["ES256"], idTokenSigningAlgValues: ["ES256"] },
      pkce: { required: () => true },
      features: {
        devInteractions: { enabled: false },
        clientCredentials: { enabled: true },
        revocation: { enabled: true },
        rpInitiatedLogout: { enabled: false },
      },
      // who signed out here is asked again there: its own session is good for one round
      ttl: {
        AccessToken: 600,
        AuthorizationCode: 60,
        ClientCredentials: MACHINE_SECONDS,
        Grant: 600,
        IdToken: 600,
        Interaction: 900,
        Session: 60,
      },
      interactions: { url: (_ctx, { uid }) => `${MOUNT}/interaction/${uid}` },
      findAccount: async (_ctx, id) => {
        if ((await needs.account(id))?.state !== "active") return undefined;
        return {
          accountId: id,
          claims: async () => {
            const { displayName, email } = (await needs.personal(id)) ?? {};
            return { sub: id, ...(displayName ? { name: displayName } : {}), ...(email ? { email } : {}) };
          },
        };
      },
      renderError: async (ctx, { error, error_description = "" }) => {
        ctx.type = "html";
        ctx.body = needs.errorPage(error, error_description);
      },
    };
    // loaded when somebody asks it something: a start should not wait for it
    const { default: OidcProvider } = await import("oidc-provider");
    const provider = new OidcProvider(`${origin}${MOUNT}`, configuration);
    provider.proxy = true;
    const { Client } = provider;
    Object.assign((Client as unknown as { prototype: object }).prototype, {
      compareClientSecret(this: { clientId: string }, secret: string) {
        return needs.clients.isSecret(this.clientId, secret);
      },
    });
    this.#made = { origin, until: keys[0]!.from + KEY_SECONDS, provider };
    return provider;
  }

  /** Newest first. */
  async #keys(renew: boolean): Promise<{ jwk: object; from: number }[]> {
    const { state, sealing } = this.#needs;
    const now = this.#needs.now();
    const known = (await state.get<KeyRow[]>("oidc-keys")) ?? [];
    let rows = known.filter(({ from }) => from + 2 * KEY_SECONDS > now);
    if (renew || rows.length === 0 || rows[0]!.from + KEY_SECONDS <= now) {
      const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
      const kid = randomBytes(12).toString("base64url");
      const jwk = { ...privateKey.export({ format: "jwk" }), kid, alg: "ES256", use: "sig" };
      rows = [
        { kid, sealed: sealing.seal(sealing.key, Buffer.from(JSON.stringify(jwk)), `key ${kid}`), from: now },
        ...rows,
      ];
      await state.put([{ key: "oidc-keys", value: rows }], { sync: true });
    }
    return rows.flatMap(({ kid, sealed, from }) => {
      const plain = sealing.open(sealing.key, sealed, `key ${kid}`);
      return plain === undefined ? [] : [{ jwk: JSON.parse(Buffer.from(plain).toString()) as object, from }];
    });
  }
}

/** Drops what has expired. */
export async function sweepOpenId(state: AccountStorage, now: number): Promise<void> {
  const remove: string[] = [];
  for await (const { key, value } of state.range<StoredRow>("oidc/"))
    if (value.expires !== undefined && value.expires <= now) remove.push(key, ...indexesOf(key, value));
  if (remove.length > 0) await state.put([], { remove });
}

/** Keeps what the provider gives out: on the disk before it is told, sealed, under a hash of what its bearer shows. */
function adapterOf(model: string, needs: Needs): Adapter {
  const { state, sealing, clients } = needs;
  const rowOf = (id: string) => `oidc/${model}/${createHash("sha256").update(id).digest("hex")}`;
  const read = async (key: string): Promise<AdapterPayload | undefined> => {
    const row = await state.get<StoredRow>(key);
    if (row === undefined || (row.expires !== undefined && row.expires <= needs.now())) return undefined;
    const plain = sealing.open(sealing.key, row.sealed, key);
    if (plain === undefined) return undefined;
    const payload = JSON.parse(Buffer.from(plain).toString()) as AdapterPayload;
    return row.consumed === undefined ? payload : { ...payload, consumed: row.consumed };
  };
  const drop = async (key: string) => {
    const row = await state.get<StoredRow>(key);
    if (row !== undefined) await state.put([], { sync: true, remove: [key, ...indexesOf(key, row)] });
  };
  return {
    async upsert(id, payload, expiresIn = 0) {
      const expires = needs.now() + expiresIn;
      if (model === "ClientCredentials") {
        const client = await clients.get(String(payload.clientId));
        if (client?.account === undefined || client.revoked !== undefined) throw new Error("no such machine");
        const scopes = String(payload.scope ?? "")
          .split(" ")
          .filter(Boolean);
        await needs.machine(id, { account: client.account, scopes, expires });
        return clients.used(client.id);
      }
      const key = rowOf(id);
      const row: StoredRow = {
        sealed: sealing.seal(sealing.key, Buffer.from(JSON.stringify(payload)), key),
        ...(expiresIn ? { expires } : {}),
        ...(payload.uid === undefined ? {} : { uid: payload.uid }),
        ...(payload.grantId === undefined ? {} : { grant: payload.grantId }),
        ...(payload.accountId === undefined ? {} : { account: payload.accountId }),
      };
      const indexes = indexesOf(key, row).map((index) => ({ key: index, value: key }));
      await state.put([{ key, value: row }, ...indexes], { sync: true });
    },
    async find(id) {
      if (model === "Client") return (await clients.metadata(id)) as AdapterPayload | undefined;
      return read(rowOf(id));
    },
    async findByUid(uid) {
      const key = await state.get<string>(`oidc-uid/${model}/${uid}`);
      return key === undefined ? undefined : read(key);
    },
    async findByUserCode() {
      return undefined;
    },
    async consume(id) {
      const row = await state.get<StoredRow>(rowOf(id));
      if (row !== undefined)
        await state.put([{ key: rowOf(id), value: { ...row, consumed: needs.now() } }], { sync: true });
    },
    async destroy(id) {
      await drop(rowOf(id));
    },
    async revokeByGrantId(grant) {
      for await (const { value } of state.range<string>(`oidc-grant/${grant}/${model}/`)) await drop(value);
    },
  };
}

function indexesOf(key: string, { uid, grant, account }: StoredRow): string[] {
  const [, model, hash] = key.split("/");
  return [
    ...(uid === undefined ? [] : [`oidc-uid/${model}/${uid}`]),
    ...(grant === undefined ? [] : [`oidc-grant/${grant}/${model}/${hash}`]),
    ...(account === undefined ? [] : [`oidc-of/${account}/${model}/${hash}`]),
  ];
}
