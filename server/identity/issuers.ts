import { createPublicKey, type KeyObject } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import {
  calculateJwkThumbprint,
  createRemoteJWKSet,
  EncryptJWT,
  errors,
  exportJWK,
  type JWK,
  type JWTPayload,
  type JWTVerifyGetKey,
  customFetch as joseFetch,
  jwtDecrypt,
  jwtVerify,
} from "jose";
import * as oidc from "openid-client";
import { ProblemError, type Words } from "../domain/problems.ts";
import { type IssuerSettings, isSafeAddress, p256Key } from "./settings.ts";

/**
 * Sign-in through other OpenID Connect issuers: this gateway is their relying party, by the authorization code flow with
 * PKCE (OpenID Connect Core 1.0, RFC 7636, RFC 9207, RFC 9700). Which issuers there are is settled before anything is
 * fetched; what an issuer does not answer within its time is told, and nobody waits longer for it.
 */

/** What an issuer may take for one answer, in seconds, and how long its answer may be, in bytes. */
const ANSWER_SECONDS = 5;
const ANSWER_BYTES = 512 * 1024;
/** How long what an issuer says of itself is believed, and how long it is left alone after it did not answer. */
const KNOWN_SECONDS = 3_600;
const ALONE_SECONDS = 10;
/** How long a person may take at the issuer, in seconds. */
const FLOW_SECONDS = 600;
/** For a fresh second factor, and for a plain sign-in: how long ago he may have signed in there. */
const FRESH_SECONDS = 300;
const SIGNED_IN_SECONDS = 43_200;
/** Old enough for any clock that is let be off, young enough to be no replay. */
const TOKEN_AGE_SECONDS = 300;
const LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout";

/** What a sign-in was begun for; travels in a sealed cookie of the browser that began it. */
export type Errand = {
  /** where the person goes on, a path of this gateway */
  returnTo: string;
  /** the account that the sign-in is to be linked to */
  link?: string;
  /** an invitation that is accepted with it */
  invitation?: string;
  /** a second factor is to be shown now */
  stepUp?: boolean;
};
/** Who somebody is, as an issuer vouches. `secondFactor`: when he showed one there, seconds UTC. */
export type Vouched = {
  issuer: string;
  subject: string;
  sid?: string;
  secondFactor?: number;
  claims: { name?: string; email?: string; nip?: string; supplier?: string };
  /** his entry in a directory of the settings */
  directory?: { id: string; entry: string };
  errand: Errand;
};
export type IssuerView = { id: string; name: Words; issuer: string; state: "unknown" | "up" | "down"; reason?: Words };
/** What the browser is to keep until it comes back. */
export type FlowCookie = { name: string; value: string; seconds: number };

type Known = { configuration: oidc.Configuration; keys: JWTVerifyGetKey };

export class Issuers {
  readonly #relations: ReadonlyMap<string, Relation>;
  readonly #redirect: (id: string) => string;
  readonly #home: () => string;
  /** of this process: a restart forgets who is on his way */
  readonly #seal = crypto.getRandomValues(new Uint8Array(32));
  /** states that came back and logout tokens that were heard, until they expire */
  readonly #used = new Map<string, number>();
  readonly jwks: { keys: JWK[] };

  private constructor(relations: Relation[], origin: () => string, jwks: { keys: JWK[] }) {
    this.#relations = new Map(relations.map((each) => [each.settings.id, each]));
    this.#redirect = (id) => `${origin()}/sign-in/${id}/callback`;
    this.#home = () => `${origin()}/`;
    this.jwks = jwks;
  }

  static readonly none = new Issuers([], () => "", { keys: [] });

  /**
   * @param origin the gateway's own, as people reach it
   * @param ownKey PEM of the gateway's own P-256 key; asked where an issuer has no other way to know its client
   */
  static async over(
    settings: readonly IssuerSettings[],
    origin: () => string,
    ownKey: () => Promise<string>,
  ): Promise<Issuers> {
    const relations: Relation[] = [];
    const jwks = new Map<string, JWK>();
    for (const each of settings) {
      const { authentication } = each;
      let client: Client = { secret: "" };
      if (authentication === "own key" || "key" in authentication) {
        const key = authentication === "own key" ? p256Key(await ownKey())! : authentication.key;
        const jwk = await publicJwk(key);
        jwks.set(jwk.kid!, jwk);
        client = { key, kid: jwk.kid! };
      } else client = authentication;
      relations.push(new Relation(each, client));
    }
    return new Issuers(relations, origin, { keys: [...jwks.values()] });
  }

  list(): IssuerView[] {
    return [...this.#relations.values()].map((relation) => relation.view());
  }

  /** Asks every issuer that has not been asked in the last minute; resolves within the time limit. */
  async examine(now: number): Promise<IssuerView[]> {
    await Promise.allSettled([...this.#relations.values()].map((relation) => relation.known(now, 60)));
    return this.list();
  }

  /** Where the browser goes to sign in, and what it keeps. @throws ProblemError unknown-issuer, issuer-unavailable */
  async begin(id: string, errand: Errand, now: number): Promise<{ location: string; cookie: FlowCookie }> {
    const relation = this.#relation(id);
    const { configuration } = await relation.known(now);
    const [state, nonce, verifier] = [oidc.randomState(), oidc.randomNonce(), oidc.randomPKCECodeVerifier()];
    const { scopes, secondFactor } = relation.settings;
    const location = oidc.buildAuthorizationUrl(configuration, {
      response_type: "code",
      redirect_uri: this.#redirect(id),
      scope: scopes.join(" "),
      state,
      nonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
      // an issuer that is asked for an age says when the person signed in there
      max_age: String(errand.stepUp ? FRESH_SECONDS : SIGNED_IN_SECONDS),
      ...(errand.stepUp ? { prompt: "login" } : {}),
      ...(errand.stepUp && secondFactor.acr.length > 0 ? { acr_values: secondFactor.acr.join(" ") } : {}),
    });
    const value = await new EncryptJWT({ state, nonce, verifier, errand })
      .setProtectedHeader({ alg: "dir", enc: "A256GCM" })
      .setAudience(id)
      .setExpirationTime(now + FLOW_SECONDS)
      .encrypt(this.#seal);
    return { location: location.href, cookie: { name: flowCookie(state), value, seconds: FLOW_SECONDS } };
  }

  /**
   * What an issuer sent the browser back with, made good: the code is exchanged and the id token checked.
   * @param query of the address that the browser came to
   * @param cookie what the browser kept, by name
   * @throws ProblemError unknown-issuer, issuer-unavailable, sign-in-not-begun-here, sign-in-used, sign-in-denied,
   * sign-in-code-refused, sign-in-token-refused
   */
  async finish(
    id: string,
    query: URLSearchParams,
    cookie: (name: string) => string | undefined,
    now: number,
  ): Promise<Vouched> {
    const relation = this.#relation(id);
    const flow = await this.#flow(id, query.get("state") ?? "", cookie, now);
    if (!this.#first(flow.state, now)) throw new ProblemError("sign-in-used");
    const { configuration, keys } = await relation.known(now);
    const address = new URL(`${this.#redirect(id)}?${query}`);
    const tokens = await oidc
      .authorizationCodeGrant(configuration, address, {
        pkceCodeVerifier: flow.verifier,
        expectedState: flow.state,
        expectedNonce: flow.nonce,
        idTokenExpected: true,
        ...(flow.errand.stepUp ? { maxAge: FRESH_SECONDS } : {}),
      })
      .catch((error: unknown) => {
        throw relation.problemOf(error, now);
      });
    const claims = await relation.verified(tokens.id_token!, keys, now).catch(async (error: unknown) => {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw relation.problemOf(error, now);
      // keys were fetched less than a second ago, and the token is signed by one that is newer still
      await pause(KEYS_REST);
      return relation.verified(tokens.id_token!, keys, now).catch((again: unknown) => {
        throw relation.problemOf(again, now);
      });
    });
    return { ...relation.vouched(claims), errand: flow.errand };
  }

  /**
   * An issuer tells that somebody left (OpenID Connect Back-Channel Logout 1.0, 2.6).
   * @throws ProblemError unknown-issuer, issuer-unavailable, logout-token-refused
   */
  async loggedOut(id: string, token: string, now: number): Promise<{ issuer: string; subject?: string; sid?: string }> {
    const relation = this.#relation(id);
    const { keys } = await relation.known(now);
    let heard: JWTPayload;
    try {
      heard = await relation.verified(token, keys, now);
    } catch (error) {
      throw new ProblemError("logout-token-refused", "", { check: checkOf(error) });
    }
    const { sub, sid, jti, events, nonce } = heard;
    const refused = (check: string) => new ProblemError("logout-token-refused", "", { check });
    if (nonce !== undefined) throw refused("nonce");
    if (!isRecord(events) || !isRecord(events[LOGOUT_EVENT])) throw refused("events");
    if (typeof jti !== "string") throw refused("jti");
    if (sub === undefined && typeof sid !== "string") throw refused("sub");
    if (!this.#first(`${id} ${jti}`, now)) throw refused("jti");
    return {
      issuer: relation.settings.issuer,
      ...(sub === undefined ? {} : { subject: sub }),
      ...(typeof sid === "string" ? { sid } : {}),
    };
  }

  /** Where the browser goes to sign out at the issuer too; undefined where it does not offer that, or is not reached. */
  async endSession(issuer: string, now: number): Promise<string | undefined> {
    const relation = [...this.#relations.values()].find(({ settings }) => settings.issuer === issuer);
    const known = await relation?.known(now).catch(() => undefined);
    if (known?.configuration.serverMetadata().end_session_endpoint === undefined) return undefined;
    return oidc.buildEndSessionUrl(known.configuration, { post_logout_redirect_uri: this.#home() }).href;
  }

  #relation(id: string): Relation {
    const relation = this.#relations.get(id);
    if (relation === undefined) throw new ProblemError("unknown-issuer", "", { issuer: id });
    return relation;
  }

  async #flow(id: string, state: string, cookie: (name: string) => string | undefined, now: number): Promise<Flow> {
    try {
      const { payload } = await jwtDecrypt<Flow>(cookie(flowCookie(state)) ?? "", this.#seal, {
        audience: id,
        currentDate: new Date(now * 1000),
      });
      if (payload.state === state) return payload;
    } catch (error) {
      if (!(error instanceof errors.JOSEError)) throw error;
    }
    throw new ProblemError("sign-in-not-begun-here");
  }

  /** Whether this is heard for the first time; it is remembered for longer than it could be good. */
  #first(what: string, now: number): boolean {
    if (this.#used.has(what)) return false;
    // all for the same time, so the oldest stand first
    for (const [old, until] of this.#used)
      if (until <= now) this.#used.delete(old);
      else break;
    this.#used.set(what, now + FLOW_SECONDS);
    return true;
  }
}

type Flow = { state: string; nonce: string; verifier: string; errand: Errand };
type Client = { key: KeyObject; kid: string } | { secret: string };

/** Keys of an issuer are asked for at once where a token names one that is not known, but once in so many milliseconds. */
const KEYS_REST = 1_000;

/** One issuer, and what is known of it. */
class Relation {
  readonly settings: IssuerSettings;
  readonly #client: Client;
  #known: { at: number; what: Promise<Known> } | undefined;
  #down: { at: number; reason: Words } | undefined;
  #up = false;

  constructor(settings: IssuerSettings, client: Client) {
    this.settings = settings;
    this.#client = client;
  }

  view(): IssuerView {
    const { id, name, issuer } = this.settings;
    const state = this.#down ? "down" : this.#up ? "up" : "unknown";
    return { id, name, issuer, state, ...(this.#down ? { reason: this.#down.reason } : {}) };
  }

  /** What it says of itself, no older than so many seconds. @throws ProblemError issuer-unavailable */
  known(now: number, age = KNOWN_SECONDS): Promise<Known> {
    if (this.#down && now < this.#down.at + ALONE_SECONDS) return Promise.reject(this.#unavailable(this.#down.reason));
    if (this.#known === undefined || this.#known.at + age <= now) this.#known = { at: now, what: this.#ask(now) };
    return this.#known.what;
  }

  async #ask(now: number): Promise<Known> {
    try {
      const found = await this.#discover();
      this.#up = true;
      this.#down = undefined;
      return found;
    } catch (error) {
      throw this.#lost(error, now);
    }
  }

  #lost(error: unknown, now: number): ProblemError {
    this.#known = undefined;
    this.#up = false;
    this.#down = { at: now, reason: reasonOf(error) };
    return this.#unavailable(this.#down.reason);
  }

  async #discover(): Promise<Known> {
    const { issuer, clientId, algorithms, clockSkewSeconds } = this.settings;
    const local = issuer.startsWith("http:");
    const execute = local ? [oidc.allowInsecureRequests] : [];
    const found = await oidc.discovery(new URL(issuer), clientId, undefined, oidc.None(), {
      timeout: ANSWER_SECONDS,
      execute,
      [oidc.customFetch]: boundedFetch,
    });
    const { supportsPKCE: _, ...metadata } = found.serverMetadata();
    for (const name of ["authorization_endpoint", "token_endpoint", "jwks_uri", "end_session_endpoint"] as const) {
      const address = metadata[name];
      if (address === undefined && name === "end_session_endpoint") continue;
      if (address === undefined || !isSafeAddress(address) || (!local && !address.startsWith("https:")))
        throw new WrongIssuer({
          en: `its ${name} is missing or not https`,
          id: `${name}-nya tidak ada atau bukan https`,
        });
    }
    // OpenID Connect Discovery: RS256 is the default
    const offered = metadata.id_token_signing_alg_values_supported ?? ["RS256"];
    const allowed = algorithms.filter((each) => offered.includes(each));
    if (allowed.length === 0)
      throw new WrongIssuer({
        en: `it signs with ${offered.join(", ")}; allowed are ${algorithms.join(", ")}`,
        id: `ia menandatangani dengan ${offered.join(", ")}; yang diizinkan ${algorithms.join(", ")}`,
      });
    const narrowed = { ...metadata, id_token_signing_alg_values_supported: allowed };
    const configuration = new oidc.Configuration(
      narrowed,
      clientId,
      { [oidc.clockTolerance]: clockSkewSeconds },
      await this.#authentication(metadata.token_endpoint_auth_methods_supported),
    );
    configuration.timeout = ANSWER_SECONDS;
    configuration[oidc.customFetch] = boundedFetch;
    if (local) oidc.allowInsecureRequests(configuration);
    const keys = createRemoteJWKSet(new URL(metadata.jwks_uri!), {
      timeoutDuration: ANSWER_SECONDS * 1000,
      cooldownDuration: KEYS_REST,
      cacheMaxAge: KNOWN_SECONDS * 1000,
      [joseFetch]: boundedFetch as typeof fetch,
    });
    return { configuration, keys };
  }

  async #authentication(supported: string[] | undefined): Promise<oidc.ClientAuth> {
    if ("secret" in this.#client) {
      const { secret } = this.#client;
      const basic = supported === undefined || supported.includes("client_secret_basic");
      return basic ? oidc.ClientSecretBasic(secret) : oidc.ClientSecretPost(secret);
    }
    const { key, kid } = this.#client;
    const algorithm = { name: "ECDSA", namedCurve: "P-256" };
    return oidc.PrivateKeyJwt({ key: key.toCryptoKey(algorithm, false, ["sign"]), kid });
  }

  /** The claims of a token that this issuer signed for us, in its time. */
  async verified(token: string, keys: JWTVerifyGetKey, now: number): Promise<JWTPayload> {
    const { issuer, clientId, algorithms, clockSkewSeconds } = this.settings;
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      audience: clientId,
      algorithms: [...algorithms],
      clockTolerance: clockSkewSeconds,
      currentDate: new Date(now * 1000),
      requiredClaims: ["iss", "aud", "iat"],
      maxTokenAge: TOKEN_AGE_SECONDS,
    });
    // whom it was issued to, where several may hear it
    if (payload.azp !== undefined && payload.azp !== clientId)
      throw new errors.JWTClaimValidationFailed("another party", payload, "azp", "check_failed");
    return payload;
  }

  vouched(claims: JWTPayload): Omit<Vouched, "errand"> {
    const { issuer, claims: named, secondFactor, directory } = this.settings;
    const text = (name: string | undefined) => {
      const value = name === undefined ? undefined : claims[name];
      return typeof value === "string" && value.length <= 400 ? value : undefined;
    };
    const { acr, amr, auth_time: at, sid } = claims;
    const shown =
      (typeof acr === "string" && secondFactor.acr.includes(acr)) ||
      (Array.isArray(amr) && amr.some((each) => secondFactor.amr.includes(each)));
    const kept = Object.entries({
      name: text(named.name),
      email: text(named.email),
      nip: text(named.nip),
      supplier: text(named.supplier),
    }).filter(([, value]) => value !== undefined);
    const entry = text(named.directory);
    return {
      issuer,
      subject: claims.sub!,
      claims: Object.fromEntries(kept),
      ...(typeof sid === "string" ? { sid } : {}),
      // without its moment it may be hours old
      ...(shown && typeof at === "number" ? { secondFactor: at } : {}),
      ...(directory !== undefined && entry !== undefined ? { directory: { id: directory, entry } } : {}),
    };
  }

  /** What went wrong on the way back from the issuer, for the person; an error of ours is thrown on as it is. */
  problemOf(error: unknown, now: number): unknown {
    const { id } = this.settings;
    if (error instanceof oidc.AuthorizationResponseError)
      return new ProblemError("sign-in-denied", "", { issuer: id, error: plain(error.error) });
    if (error instanceof oidc.ResponseBodyError)
      return new ProblemError("sign-in-code-refused", "", { issuer: id, error: plain(error.error) });
    if (isSilence(error)) return this.#lost(error, now);
    if (
      error instanceof errors.JOSEError ||
      error instanceof oidc.ClientError ||
      error instanceof oidc.WWWAuthenticateChallengeError
    )
      return new ProblemError("sign-in-token-refused", "", { issuer: id, check: checkOf(error) });
    return error;
  }

  #unavailable(reason: Words): ProblemError {
    return new ProblemError("issuer-unavailable", reason, { issuer: this.settings.id });
  }
}

/** An issuer that answers, but not as one that can be relied on. */
class WrongIssuer extends Error {
  readonly words: Words;
  constructor(words: Words) {
    super(words.en);
    this.words = words;
  }
}

/** Of the flow's state, so that two pages of one browser do not meet; the name tells nothing that helps. */
function flowCookie(state: string): string {
  return `prasasti-flow-${/^[A-Za-z0-9_-]{16,}$/.test(state) ? state.slice(0, 16) : "none"}`;
}

async function publicJwk(key: KeyObject): Promise<JWK> {
  const jwk = await exportJWK(createPublicKey(key));
  return { ...jwk, kid: await calculateJwkThumbprint(jwk), alg: "ES256", use: "sig" };
}

/** Which check a token failed, in one word: a claim, `algorithm`, `signature`, `key`, or `format`. */
function checkOf(error: unknown): string {
  if (error instanceof errors.JWTClaimValidationFailed || error instanceof errors.JWTExpired) return error.claim;
  if (error instanceof errors.JOSEAlgNotAllowed) return "algorithm";
  if (error instanceof errors.JWSSignatureVerificationFailed) return "signature";
  if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) return "key";
  // openid-client says in the cause of the cause what it saw
  let found: unknown = error;
  while (found instanceof Error) found = found.cause;
  const { claim, header, attribute } = isRecord(found) ? found : {};
  if (typeof claim === "string") return claim;
  if (typeof attribute === "string") return attribute;
  if (isRecord(header)) return "algorithm";
  return "format";
}

function isSilence(error: unknown): boolean {
  const { code, name, cause } = error as { code?: string; name?: string; cause?: unknown };
  if (error instanceof errors.JWKSTimeout || code === "OAUTH_TIMEOUT" || name === "TimeoutError") return true;
  if (error instanceof TypeError && error.message === "fetch failed") return true;
  if (code === "OAUTH_RESPONSE_IS_NOT_CONFORM" || code === "OAUTH_RESPONSE_IS_NOT_JSON") return true;
  if (error instanceof errors.JOSEError && code === "ERR_JOSE_GENERIC") return true;
  return cause instanceof Error && cause !== error && isSilence(cause);
}

/** Why an issuer cannot be used now; never what it wrote itself. */
function reasonOf(error: unknown): Words {
  for (let each: unknown = error; each instanceof Error; each = each.cause) {
    if (each instanceof WrongIssuer) return each.words;
    const { code, name, cause } = each as { code?: string; name: string; cause?: unknown };
    if (name === "TimeoutError" || code === "OAUTH_TIMEOUT" || code === "ERR_JWKS_TIMEOUT")
      return { en: `no answer within ${ANSWER_SECONDS} seconds`, id: `tidak menjawab dalam ${ANSWER_SECONDS} detik` };
    if (isRecord(cause) && cause.attribute === "issuer")
      return { en: "it says that it is another issuer", id: "ia menyebut diri penerbit lain" };
    if (code !== undefined && /^(E[A-Z]+|CERT_[A-Z_]+|[A-Z_]*CERT[A-Z_]*|ERR_TLS[A-Z_]*)$/.test(code))
      return { en: code, id: code };
  }
  return { en: "what it answers is not an issuer's", id: "jawabannya bukan jawaban penerbit" };
}

/** `fetch` that follows nobody elsewhere and reads no more than an issuer has to say. */
async function boundedFetch(url: string, options: RequestInit): Promise<Response> {
  const response = await fetch(url, { ...options, redirect: "manual" });
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > ANSWER_BYTES)
      throw new WrongIssuer({ en: "its answer is too long", id: "jawabannya terlalu panjang" });
    chunks.push(chunk);
  }
  const { status, statusText, headers } = response;
  const empty = status === 204 || status === 205 || status === 304;
  return new Response(empty ? null : Buffer.concat(chunks), { status, statusText, headers });
}

/** An error code of RFC 6749; another text is not repeated. */
function plain(error: string): string {
  return /^[a-z_]{1,40}$/.test(error) ? error : "other";
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
