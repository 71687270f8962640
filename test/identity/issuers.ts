import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { exportJWK, type JWK } from "jose";
import Provider, { type ClientMetadata, type Configuration } from "oidc-provider";

/** Issuers of other people: a certified one with settings of its own, and one that says whatever a test makes it say. */

const listen = (server: Server, port = 0) =>
  new Promise<number>((resolve) =>
    server.listen(port, "127.0.0.1", () => resolve((server.address() as { port: number }).port)),
  );

async function privateJwk(kid: string, alg: "ES256" | "RS256"): Promise<JWK> {
  const { privateKey } =
    alg === "ES256"
      ? generateKeyPairSync("ec", { namedCurve: "P-256" })
      : generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { ...(await exportJWK(privateKey)), kid, alg, use: "sig" };
}

/** What one person has at the second issuer. */
type Person = { sub: string; amr?: string[]; [claim: string]: unknown };

/** `oidc-provider` on a port of its own, with its own keys. Its sign-in page asks nothing: `person` signs in. */
export class SecondIssuer {
  readonly url: string;
  person: Person = { sub: "orang-1" };
  readonly #server: Server;
  readonly #settings: Configuration;
  #provider: Provider;

  private constructor(url: string, server: Server, settings: Configuration) {
    this.url = url;
    this.#server = server;
    this.#settings = settings;
    this.#provider = this.#made(settings);
    server.on("request", (request, response) => void this.#answer(request, response));
  }

  static async start(client: ClientMetadata, alg: "ES256" | "RS256" = "ES256"): Promise<SecondIssuer> {
    const server = createServer();
    const url = `http://127.0.0.1:${await listen(server)}`;
    return new SecondIssuer(url, server, {
      clients: [client],
      jwks: { keys: [await privateJwk("first", alg)] } as never,
      cookies: { keys: ["a key of the tests"] },
      pkce: { required: () => true },
      claims: {
        openid: ["sub", "amr"],
        profile: ["name", "nip", "ldap_id"],
      } as never,
      conformIdTokenClaims: false,
      scopes: ["openid", "profile"],
      features: {
        devInteractions: { enabled: false },
        backchannelLogout: { enabled: true },
        rpInitiatedLogout: { enabled: true },
      },
      clientAuthMethods: ["private_key_jwt", "client_secret_basic"],
      // it would call nobody on this machine
      fetch: (url, options) => fetch(url, { ...options, dispatcher: undefined } as RequestInit),
      ttl: { AccessToken: 300, AuthorizationCode: 60, IdToken: 300, Interaction: 300, Session: 3_600, Grant: 3_600 },
      enabledJWA: { idTokenSigningAlgValues: ["ES256", "RS256"], clientAuthSigningAlgValues: ["ES256"] } as never,
    });
  }

  #made(settings: Configuration): Provider {
    const provider = new Provider(this.url, {
      ...settings,
      interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
      findAccount: (_context, sub) => ({
        accountId: sub,
        claims: () => ({ ...this.person, sub }),
      }),
      async loadExistingGrant(context) {
        const grant = new context.oidc.provider.Grant({
          clientId: context.oidc.client!.clientId,
          accountId: context.oidc.session!.accountId!,
        });
        grant.addOIDCScope("openid profile");
        await grant.save();
        return grant;
      },
    } as Configuration);
    return provider;
  }

  /** Other keys from now on, and none of the old. */
  async rotate(alg: "ES256" | "RS256" = "ES256"): Promise<void> {
    this.#provider = this.#made({ ...this.#settings, jwks: { keys: [await privateJwk("second", alg)] } as never });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!request.url!.startsWith("/interaction/")) return void this.#provider.callback()(request, response);
    const { sub, amr } = this.person;
    await this.#provider.interactionFinished(
      request,
      response,
      { login: { accountId: sub, ...(amr === undefined ? {} : { amr }) } },
      { mergeWithLastSubmission: false },
    );
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** A browser at other people's sites: follows them, keeps their cookies, and stops before it comes to `until`. */
export class Browser {
  readonly #cookies = new Map<string, string>();

  async #ask(address: string, form?: URLSearchParams): Promise<Response> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const posted = form === undefined ? {} : { method: "POST", body: form };
    const answer = await fetch(address, { redirect: "manual", headers: { cookie }, ...posted });
    for (const each of answer.headers.getSetCookie()) {
      const [pair] = each.split(";");
      const at = pair!.indexOf("=");
      this.#cookies.set(pair!.slice(0, at), pair!.slice(at + 1));
    }
    return answer;
  }

  /** A page of theirs, or what comes of a form that is sent to it. */
  async read(address: string, form?: URLSearchParams): Promise<string> {
    return (await this.#ask(address, form)).text();
  }

  async follow(from: string, until: string): Promise<string> {
    let address = from;
    for (let hops = 0; hops < 10; hops++) {
      if (address.startsWith(until)) return address;
      const answer = await this.#ask(address);
      const next = answer.headers.get("location");
      if (next === null) throw new Error(`${address}: ${answer.status} ${(await answer.text()).slice(0, 400)}`);
      address = new URL(next, address).href;
    }
    throw new Error(`never came to ${until}`);
  }
}

/** An issuer whose every answer a test chooses. */
export class LyingIssuer {
  readonly url: string;
  readonly #server: Server;
  readonly keys: Record<"ES256" | "RS256", { privateKey: KeyObject; publicKey: KeyObject }>;
  /** what the token endpoint answers next */
  idToken = "";
  /** changes of what it says of itself */
  about: Record<string, unknown> = {};
  jwks: JWK[] = [];
  /** `silent`: takes connections and answers nothing */
  mood: "answering" | "silent" | "raving" = "answering";
  readonly asked: string[] = [];

  private constructor(url: string, server: Server) {
    this.url = url;
    this.#server = server;
    this.keys = {
      ES256: generateKeyPairSync("ec", { namedCurve: "P-256" }),
      RS256: generateKeyPairSync("rsa", { modulusLength: 2048 }),
    };
    server.on("request", (request, response) => this.#answer(request, response));
  }

  static async start(): Promise<LyingIssuer> {
    const server = createServer();
    const made = new LyingIssuer(`http://127.0.0.1:${await listen(server)}`, server);
    for (const alg of ["ES256", "RS256"] as const)
      made.jwks.push({ ...(await exportJWK(made.keys[alg].publicKey)), kid: alg, alg, use: "sig" });
    return made;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    request.resume();
    const path = request.url!.split("?")[0]!;
    this.asked.push(path);
    if (this.mood === "silent") return;
    const say = (body: unknown) => response.setHeader("content-type", "application/json").end(JSON.stringify(body));
    if (this.mood === "raving") {
      response.setHeader("content-type", "application/json").write('{"issuer":"');
      const more = setInterval(() => response.write("a".repeat(65_536)), 5);
      response.on("close", () => clearInterval(more));
    } else if (path === "/.well-known/openid-configuration")
      say({
        issuer: this.url,
        authorization_endpoint: `${this.url}/authorize`,
        token_endpoint: `${this.url}/token`,
        jwks_uri: `${this.url}/jwks`,
        response_types_supported: ["code"],
        subject_types_supported: ["public"],
        id_token_signing_alg_values_supported: ["ES256", "RS256", "HS256", "none"],
        authorization_response_iss_parameter_supported: true,
        ...this.about,
      });
    else if (path === "/jwks") say({ keys: this.jwks });
    else if (path === "/token")
      say({ access_token: "x", token_type: "Bearer", expires_in: 60, id_token: this.idToken });
    else response.writeHead(404).end();
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
