import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { ownAccount } from "../actions/own-account.ts";
import type { SignedIn } from "../actions/sessions.ts";
import { requireStepUp } from "../actions/sessions.ts";
import { ProblemError, type Words } from "../domain/problems.ts";
import { words } from "./answers.ts";
import type { App } from "./app.ts";
import { myselfOf } from "./guard.ts";
import { dropCookie, type SessionsGateway, sessionProblems, tokenOf } from "./sessions.ts";
import { keepCookie, needed, requireCookie, type SignInGateway } from "./sign-in.ts";
import { OWN_PATH, signInFault } from "./sign-in-pages.ts";

type Errand = { returnTo: string; link?: string; invitation?: string; stepUp?: boolean };
type Cookie = { name: string; value: string; seconds: number };
export type IssuersGateway = Pick<SessionsGateway, "signOut"> &
  Pick<SignInGateway, "rememberBrowser"> & {
    origin(): string;
    issuers(): { id: string; name: Words; issuer: string; state: "unknown" | "up" | "down"; reason?: Words }[];
    beginElsewhere(issuer: string, errand: Errand): Promise<{ location: string; cookie: Cookie }>;
    finishElsewhere(
      issuer: string,
      query: URLSearchParams,
      cookie: (name: string) => string | undefined,
    ): Promise<{ signedIn: SignedIn | undefined; returnTo: string }>;
    loggedOutElsewhere(issuer: string, token: string): Promise<void>;
    /** where the browser goes to sign out at the issuer too */
    endSessionElsewhere(issuer: string): Promise<string | undefined>;
    jwks(): { keys: object[] };
  };

const issuerParam = z.object({ issuer: z.string().max(32).describe("its id in the settings of this gateway") });
const ownPath = z.string().max(1_000).regex(OWN_PATH).describe("where to go on: a path of this gateway");
const invitation = z
  .string()
  .max(200)
  .optional()
  .describe("the secret of an invitation that is answered with this sign-in");

const beginProblems = ["unknown-issuer", "issuer-unavailable", "cookie-needs-https"] as const;
const finishProblems = [
  "unknown-issuer",
  "issuer-unavailable",
  "sign-in-not-begun-here",
  "sign-in-used",
  "sign-in-denied",
  "sign-in-code-refused",
  "sign-in-token-refused",
  "no-account",
  "account-closed",
  "sign-in-linked",
  "invitation-invalid",
] as const;

/** Signing in, and out, through other issuers. */
export async function issuerRoutes(app: App, gateway: IssuersGateway): Promise<void> {
  app.addHook("onSend", async (_request, reply) => {
    reply.header("cache-control", "no-store").header("referrer-policy", "no-referrer");
  });
  const nameOf = (name: string) => (gateway.origin().startsWith("https:") ? `__Host-${name}` : name);
  // Lax: the browser comes back from the issuer by a link, and must have it then
  const remember = (reply: FastifyReply, { name, value, seconds }: Cookie) => {
    const secure = nameOf(name) !== name;
    reply.setCookie(nameOf(name), value, { path: "/", httpOnly: true, secure, sameSite: "lax", maxAge: seconds });
  };

  app.get(
    "/api/v1/sign-in/issuers",
    {
      config: { permission: "sessions.open" },
      schema: {
        tags: ["Work"],
        summary: "Through which issuers one can sign in, and whether they answer",
        response: {
          200: z.object({
            issuers: z.array(
              z.object({
                id: z.string(),
                name: words,
                issuer: z.url(),
                state: z.enum(["unknown", "up", "down"]).describe("as it was when it was last asked"),
                reason: words.optional().describe("why it is down"),
                signIn: z.string().describe("where a browser goes to sign in"),
              }),
            ),
          }),
        },
      },
    },
    async () => ({ issuers: gateway.issuers().map((each) => ({ ...each, signIn: `/sign-in/${each.id}` })) }),
  );
  app.get(
    "/sign-in/:issuer",
    {
      config: { permission: "sessions.open" },
      schema: {
        tags: ["Work"],
        summary: "Sign in through an issuer: sends the browser there",
        description:
          "OpenID Connect, authorization code with PKCE. The browser keeps a sealed cookie for ten minutes, and only with it can come back.",
        params: issuerParam,
        querystring: z.strictObject({
          return_to: ownPath.default("/"),
          invitation,
          step_up: z.literal("1").optional().describe("show a second factor there now"),
        }),
        response: { 303: z.undefined().describe("to the issuer") },
        problems: beginProblems,
      },
    },
    (request, reply) =>
      forPeople(request, reply, gateway, async () => {
        requireCookie(request);
        const { return_to: returnTo, invitation: answered, step_up: stepUp } = request.query;
        const { location, cookie } = await gateway.beginElsewhere(request.params.issuer, {
          returnTo,
          ...(answered === undefined ? {} : { invitation: answered }),
          ...(stepUp === undefined ? {} : { stepUp: true }),
        });
        remember(reply, cookie);
        return reply.redirect(location, 303);
      }),
  );
  app.post(
    "/api/v1/sign-in/issuers/:issuer/links",
    {
      config: { permission: "accounts.own" },
      schema: {
        tags: ["Work"],
        summary: "Link a sign-in of an issuer to the account that is signed in",
        description:
          "Needs a second factor of the last five minutes. The browser goes on to `location`; what signs in there opens this account from then on.",
        params: issuerParam,
        body: z.strictObject({ returnTo: ownPath.default("/") }),
        security: [{ bearer: [] }],
        response: { 200: z.object({ location: z.url() }) },
        problems: [
          ...(["unknown-issuer", "issuer-unavailable"] as const),
          ...sessionProblems,
          ...(["csrf", "step-up-needed", "not-allowed"] as const),
        ],
      },
    },
    async (request, reply) => {
      const me = myselfOf(request);
      const link = ownAccount(me);
      requireStepUp(me, Math.floor(Date.now() / 1000));
      const errand = { returnTo: request.body.returnTo, link };
      const { location, cookie } = await gateway.beginElsewhere(request.params.issuer, errand);
      remember(reply, cookie);
      return { location };
    },
  );
  app.get(
    "/sign-in/:issuer/callback",
    {
      config: { permission: "sessions.open" },
      schema: {
        tags: ["Work"],
        summary: "Where an issuer sends the browser back to",
        description: "Opens a session, which the browser keeps as a cookie, and goes on to where it was to return.",
        params: issuerParam,
        querystring: z.looseObject({
          code: z.string().optional(),
          state: z.string().optional(),
          iss: z.string().optional(),
        }),
        response: { 303: z.undefined().describe("signed in, and on") },
        problems: finishProblems,
      },
    },
    (request, reply) =>
      forPeople(request, reply, gateway, async () => {
        // as it came: what stands twice in it must not be one of the two
        const query = new URLSearchParams(request.url.split("?")[1] ?? "");
        const { signedIn, returnTo } = await gateway.finishElsewhere(
          request.params.issuer,
          query,
          (name) => request.cookies[nameOf(name)],
        );
        if (signedIn !== undefined) {
          // the session that this browser had until now ends: nobody who knew it goes on with the new one
          const before = tokenOf(request);
          if (before !== undefined) await gateway.signOut(before);
          await keepCookie(signedIn, request, reply, gateway);
        }
        return reply.redirect(returnTo, 303);
      }),
  );
  app.post(
    "/api/v1/sign-in/sign-out",
    {
      config: { permission: "sessions.tell" },
      schema: {
        tags: ["Work"],
        summary: "Sign out here, and learn where to sign out at the issuer too",
        security: [{ bearer: [] }],
        response: {
          200: z.object({
            endSession: z.url().nullable().describe("the issuer's page for it; null where there is none"),
          }),
        },
        problems: [...sessionProblems, "csrf"],
      },
    },
    async (request, reply) => {
      const { session } = myselfOf(request);
      await gateway.signOut(needed(request));
      dropCookie(request, reply);
      const elsewhere = session.method === "oidc" && session.issuer !== undefined;
      return { endSession: (elsewhere && (await gateway.endSessionElsewhere(session.issuer!))) || null };
    },
  );
  await app.register(async (scope) => backChannel(scope as App, gateway));
  app.get(
    "/.well-known/prasasti-jwks.json",
    {
      config: { permission: "sessions.open" },
      schema: {
        tags: ["Work"],
        summary: "The public keys by which issuers know this gateway as their client (private_key_jwt)",
        response: { 200: z.object({ keys: z.array(z.looseObject({ kty: z.string(), kid: z.string() })) }) },
      },
    },
    async () => gateway.jwks() as never,
  );
}

/** Who came by a link reads a page and not JSON. */
async function forPeople<T>(
  request: FastifyRequest,
  reply: FastifyReply,
  gateway: IssuersGateway,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ProblemError) || !/\btext\/html\b/.test(request.headers.accept ?? "")) throw error;
    return (await signInFault(request, reply, gateway.issuers(), error)) as T;
  }
}

/** A logout token comes as a form: here alone, where no cookie says who it is. */
async function backChannel(app: App, gateway: IssuersGateway): Promise<void> {
  app.addContentTypeParser("application/x-www-form-urlencoded", { parseAs: "string" }, (_request, body, done) => {
    done(null, Object.fromEntries(new URLSearchParams(body as string)));
  });
  app.post(
    "/sign-in/:issuer/backchannel-logout",
    {
      config: { permission: "sessions.open" },
      schema: {
        tags: ["Work"],
        summary: "An issuer tells that somebody signed out there (OpenID Connect Back-Channel Logout 1.0)",
        consumes: ["application/x-www-form-urlencoded"],
        params: issuerParam,
        body: z.looseObject({ logout_token: z.string().max(16_384) }),
        response: { 204: z.undefined().describe("the sessions that it meant have ended") },
        problems: ["unknown-issuer", "issuer-unavailable", "logout-token-refused"],
      },
    },
    async (request, reply) => {
      await gateway.loggedOutElsewhere(request.params.issuer, request.body.logout_token);
      return reply.code(204).send();
    },
  );
}
