import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { ProblemError } from "../domain/problems.ts";
import type { AccountStorage, Sealing } from "./accounts.ts";

/** A public key of P-256 as RFC 7517 writes it. */
export type PublicJwk = { kty: "EC"; crv: "P-256"; x: string; y: string; kid?: string };

/** What a client shows itself by: a secret, of which only a keyed hash is kept, or the public key of its signatures. */
type Proof = { id: string; since: number; until?: number } & ({ hash: string } | { jwk: PublicJwk });

/**
 * A program that asks for tokens. `machine`: works by itself, with an account and scopes of its own. `site`: a web
 * application whose people sign in here. Times in seconds UTC.
 */
export type OidcClient = {
  id: string;
  kind: "machine" | "site";
  name: string;
  account?: string;
  scopes: string[];
  redirectUris: string[];
  proofs: Proof[];
  created: number;
  by: string;
  revoked?: number;
};

/** A client as it is shown: its proofs without hash or key. */
export type ToldClient = Omit<OidcClient, "proofs"> & {
  proofs: { id: string; kind: "secret" | "key"; since: number; until?: number }[];
  used?: number;
};

type Needs = { state: AccountStorage; sealing: Sealing; now(): number };
const MOST_PROOFS = 5;
const USED_SECONDS = 60;

/** The clients of this gateway, each change on the disk when it resolves. */
export class Clients {
  readonly #needs: Needs;
  #last: Promise<unknown> = Promise.resolve();

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  async get(id: string): Promise<OidcClient | undefined> {
    return this.#needs.state.get<OidcClient>(row(id));
  }

  async list(): Promise<ToldClient[]> {
    const found = await Array.fromAsync(this.#needs.state.range<OidcClient>("client/"), ({ value }) => value);
    return Promise.all(found.map((client) => this.tell(client)));
  }

  async tell({ proofs, ...client }: OidcClient): Promise<ToldClient> {
    const used = await this.#needs.state.get<number>(`client-used/${client.id}`);
    return {
      ...client,
      proofs: proofs.map((proof) => ({
        ...{ id: proof.id, kind: "hash" in proof ? ("secret" as const) : ("key" as const), since: proof.since },
        ...(proof.until === undefined ? {} : { until: proof.until }),
      })),
      ...(used === undefined ? {} : { used }),
    };
  }

  /** @returns the client, and its secret where it has no key of its own: told this once */
  add(
    client: Pick<OidcClient, "kind" | "name" | "scopes" | "redirectUris" | "by"> & { account?: string },
    jwk: PublicJwk | undefined,
  ): Promise<{ client: OidcClient; secret?: string }> {
    return this.#alone(async () => {
      const { proof, secret } = this.#proof(jwk);
      const id = `C-${randomBytes(10).toString("hex").toUpperCase()}`;
      const value: OidcClient = { id, ...client, proofs: [proof], created: this.#needs.now() };
      await this.#put(value);
      return { client: value, ...(secret === undefined ? {} : { secret }) };
    });
  }

  /** A new proof; those before go on for so many seconds, so that nothing stands still. @throws ProblemError client-unknown */
  rotate(id: string, jwk: PublicJwk | undefined, overlap: number): Promise<{ client: OidcClient; secret?: string }> {
    return this.#alone(async () => {
      const client = await this.get(id);
      if (client === undefined || client.revoked !== undefined) throw new ProblemError("client-unknown");
      const now = this.#needs.now();
      const { proof, secret } = this.#proof(jwk);
      const before = client.proofs
        .filter(({ until }) => until === undefined || until > now)
        .map((each) => ({ ...each, until: Math.min(each.until ?? Number.POSITIVE_INFINITY, now + overlap) }))
        .slice(-(MOST_PROOFS - 1));
      const value: OidcClient = { ...client, proofs: [...before, proof] };
      await this.#put(value);
      return { client: value, ...(secret === undefined ? {} : { secret }) };
    });
  }

  /** @throws ProblemError client-unknown */
  revoke(id: string): Promise<OidcClient> {
    return this.#alone(async () => {
      const client = await this.get(id);
      if (client === undefined) throw new ProblemError("client-unknown");
      const value: OidcClient = { ...client, proofs: [], revoked: client.revoked ?? this.#needs.now() };
      await this.#put(value);
      return value;
    });
  }

  /** Whether it is a secret of this client that counts now. */
  async isSecret(id: string, secret: string): Promise<boolean> {
    const hash = Buffer.from(this.#hash(secret));
    return (await this.#current(id)).some((proof) => "hash" in proof && timingSafeEqual(Buffer.from(proof.hash), hash));
  }

  /** Writes down that a client was here: to the minute, and not at the cost of waiting for the disk. */
  async used(id: string): Promise<void> {
    const key = `client-used/${id}`;
    const now = this.#needs.now();
    if (((await this.#needs.state.get<number>(key)) ?? 0) + USED_SECONDS <= now)
      await this.#needs.state.put([{ key, value: now }]);
  }

  /** What the OpenID provider knows a client by; undefined for one that is unknown or revoked. */
  async metadata(id: string): Promise<Record<string, unknown> | undefined> {
    const client = await this.get(id);
    if (client === undefined || client.revoked !== undefined) return undefined;
    const proofs = await this.#current(id);
    const keys = proofs.flatMap((proof) =>
      "jwk" in proof ? [{ ...proof.jwk, kid: proof.jwk.kid ?? proof.id, use: "sig", alg: "ES256" }] : [],
    );
    const newest = proofs.at(-1);
    const byKey = newest === undefined || "jwk" in newest;
    const machine = client.kind === "machine";
    return {
      client_id: id,
      client_name: client.name,
      redirect_uris: client.redirectUris,
      grant_types: [machine ? "client_credentials" : "authorization_code"],
      response_types: machine ? [] : ["code"],
      scope: machine ? client.scopes.join(" ") : "openid profile email",
      id_token_signed_response_alg: "ES256",
      ...(byKey
        ? { token_endpoint_auth_method: "private_key_jwt", token_endpoint_auth_signing_alg: "ES256", jwks: { keys } }
        : // the provider asks for a secret here, and compares by `isSecret`
          { token_endpoint_auth_method: "client_secret_basic", client_secret: "kept as a hash" }),
    };
  }

  async #current(id: string): Promise<Proof[]> {
    const now = this.#needs.now();
    return ((await this.get(id))?.proofs ?? []).filter(({ until }) => until === undefined || until > now);
  }

  #proof(jwk: PublicJwk | undefined): { proof: Proof; secret?: string } {
    const since = this.#needs.now();
    if (jwk !== undefined) {
      const thumbprint = createHash("sha256")
        .update(JSON.stringify({ crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y }))
        .digest("base64url");
      return { proof: { id: thumbprint, since, jwk } };
    }
    const secret = randomBytes(32).toString("base64url");
    return { proof: { id: randomBytes(6).toString("hex"), since, hash: this.#hash(secret) }, secret };
  }

  #hash(secret: string): string {
    return createHmac("sha256", this.#needs.sealing.key).update(`client secret ${secret}`).digest("base64url");
  }

  #put(client: OidcClient): Promise<void> {
    return this.#needs.state.put([{ key: row(client.id), value: client }], { sync: true });
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => {});
    return done;
  }
}

const row = (id: string) => `client/${id}`;
