import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { Session, SignedIn } from "../actions/sessions.ts";
import type { PasswordAnswer, SecondFactor } from "../actions/sign-in.ts";
import { ownOrigins } from "../domain/accounts.ts";
import { ProblemError } from "../domain/problems.ts";
import { myself, sessionFields } from "./answers.ts";
import type { App } from "./app.ts";
import { csrfOf, dropCookie, type SessionsGateway, sessionProblems, tokenOf } from "./sessions.ts";

/** What asks: its network, and the browser where it was here before. */
export type From = { network: string; browser?: string | undefined };

export type SignInGateway = Pick<SessionsGateway, "whoIs" | "signOut"> & {
  origin(): string;
  signInWithPassword(asked: { name: string; password: string }, from: From): Promise<PasswordAnswer>;
  showSecondFactor(ticket: string, shown: SecondFactor): Promise<SignedIn>;
  passkeyChallenge(): Promise<object>;
  signInWithPasskey(response: unknown): Promise<SignedIn>;
  stepUp(token: string, shown: SecondFactor): Promise<number>;
  listSessions(token: string): Promise<(Session & { id: string; seen: number; current: boolean })[]>;
  endSession(token: string, id: string): Promise<void>;
  endAllSessions(token: string): Promise<number>;
  rememberBrowser(account: string): Promise<string>;
};

const text = (most: number) => z.string().min(1).max(most);
export const nameText = text(200).describe("the name to sign in with");
export const passwordText = text(256);
export const passkeyResponse = z
  .looseObject({ id: text(1_500), rawId: text(1_500), type: z.literal("public-key"), response: z.looseObject({}) })
  .describe("as `PublicKeyCredential.toJSON()` gives it");
const shownFactor = z
  .union([
    z.strictObject({ code: z.string().regex(/^\d{6}$/) }),
    z.strictObject({ recoveryCode: text(40) }),
    z.strictObject({ passkey: passkeyResponse }),
  ])
  .describe("one of: a one-time code, a recovery code, a passkey's answer to a challenge");
const keep = z
  .enum(["bearer", "cookie"])
  .default("bearer")
  .describe("`cookie`: for browsers; the token is in a cookie that no script reads");
const signedIn = z.object({
  token: z.string().optional().describe("with `keep: bearer`"),
  csrf: z.string().optional().describe("with `keep: cookie`: the header x-prasasti-csrf of what changes something"),
  expires: z.int(),
  me: myself,
});
const BROWSER_SECONDS = 180 * 86_400;

export async function signInRoutes(app: App, gateway: SignInGateway): Promise<void> {
  app.addHook("onSend", async (_request, reply) => {
    reply.header("cache-control", "no-store");
  });
  const security = [{ bearer: [] }];
  app.post(
    "/api/v1/sessions/password",
    {
      config: { permission: "sessions.open" },
      schema: {
        tags: ["Accounts"],
        summary: "Sign in with name and password: a session, or a ticket to show a second factor with",
        description:
          "A name that nobody has, a wrong password and a closed account are answered alike, after the same work. Wrong attempts cost longer and longer waits, counted by person and network: nobody is locked out by others.",
        body: z.strictObject({ name: nameText, password: passwordText, keep }),
        response: {
          201: signedIn,
          202: z
            .object({ ticket: z.string(), methods: z.array(z.enum(["code", "passkey", "recoveryCode"])) })
            .describe("the password was right; a second factor is next, within five minutes"),
        },
        problems: ["sign-in-wrong", "sign-in-slowed", "too-many-sign-ins", "csrf", "cookie-needs-https"],
      },
    },
    async (request, reply) => {
      const { keep: how, ...asked } = request.body;
      requireOwnPage(request, gateway.origin());
      if (how === "cookie") requireCookie(request);
      const answer = await gateway.signInWithPassword(asked, fromOf(request));
      if (!("signedIn" in answer)) return reply.code(202).send(answer);
      return reply.code(201).send((await given(answer.signedIn, how, request, reply)) as never);
    },
  );
  app.post(
    "/api/v1/sessions/second-factor",
    {
      config: { permission: "sessions.open" },
      schema: {
        tags: ["Accounts"],
        summary: "Go on after the password with a second factor",
        body: z.strictObject({ ticket: text(1_000), shown: shownFactor, keep }),
        response: { 201: signedIn },
        problems: [
          ...["ticket-expired", "second-factor-wrong", "sign-in-slowed", "passkey-refused"],
          ...["account-closed", "csrf", "cookie-needs-https"],
        ] as const,
      },
    },
    async (request, reply) => {
      const { ticket, shown, keep: how } = request.body;
      requireOwnPage(request, gateway.origin());
      if (how === "cookie") requireCookie(request);
      const opened = await gateway.showSecondFactor(ticket, shown);
      return reply.code(201).send((await given(opened, how, request, reply)) as never);
    },
  );
  app.post(
    "/api/v1/sessions/passkey-challenges",
    {
      config: { permission: "sessions.open" },
      schema: {
        tags: ["Accounts"],
        summary: "A challenge for a passkey, good once and for five minutes",
        response: {
          201: z
            .looseObject({ challenge: z.string() })
            .describe("what `navigator.credentials.get` takes as `publicKey`"),
        },
      },
    },
    async (_request, reply) => reply.code(201).send((await gateway.passkeyChallenge()) as never),
  );
  app.post(
    "/api/v1/sessions/passkey",
    {
      config: { permission: "sessions.open" },
      schema: {
        tags: ["Accounts"],
        summary: "Sign in with a passkey, which counts as both factors",
        body: z.strictObject({ response: passkeyResponse, keep }),
        response: { 201: signedIn },
        problems: ["passkey-refused", "account-closed", "csrf", "cookie-needs-https"],
      },
    },
    async (request, reply) => {
      const { response, keep: how } = request.body;
      requireOwnPage(request, gateway.origin());
      if (how === "cookie") requireCookie(request);
      const opened = await gateway.signInWithPasskey(response);
      return reply.code(201).send((await given(opened, how, request, reply)) as never);
    },
  );
  app.post(
    "/api/v1/sessions/current/step-up",
    {
      config: { permission: "accounts.own" },
      schema: {
        tags: ["Accounts"],
        summary: "Show a second factor once more, for what needs one not older than five minutes",
        body: z.strictObject({ shown: shownFactor }),
        security,
        response: { 200: z.object({ secondFactor: z.int() }) },
        problems: [
          ...sessionProblems,
          ...(["not-allowed", "second-factor-wrong", "sign-in-slowed", "passkey-refused", "csrf"] as const),
        ],
      },
    },
    async (request) => ({ secondFactor: await gateway.stepUp(needed(request), request.body.shown) }),
  );
  app.get(
    "/api/v1/me/sessions",
    {
      config: { permission: "accounts.own" },
      schema: {
        tags: ["Accounts"],
        summary: "Where I am signed in",
        security,
        response: {
          200: z.object({
            sessions: z.array(
              z.object({
                ...sessionFields,
                id: z.string().describe("to end it by; opens nothing"),
                seen: z.int().describe("when somebody was last here with it, to the minute"),
                current: z.boolean(),
              }),
            ),
          }),
        },
        problems: [...sessionProblems, "not-allowed"],
      },
    },
    async (request) => ({ sessions: await gateway.listSessions(needed(request)) }),
  );
  app.delete(
    "/api/v1/me/sessions",
    {
      config: { permission: "accounts.own" },
      schema: {
        tags: ["Accounts"],
        summary: "Sign out everywhere, here too",
        security,
        response: { 200: z.object({ ended: z.int() }) },
        problems: [...sessionProblems, "not-allowed", "csrf"],
      },
    },
    async (request, reply) => {
      const ended = await gateway.endAllSessions(needed(request));
      dropCookie(request, reply);
      return { ended };
    },
  );
  app.delete(
    "/api/v1/me/sessions/:id",
    {
      config: { permission: "accounts.own" },
      schema: {
        tags: ["Accounts"],
        summary: "Sign out at one place",
        params: z.object({
          id: z
            .string()
            .regex(/^0x[0-9a-f]{64}$/)
            .meta({ examples: [`0x${"00".repeat(32)}`] }),
        }),
        security,
        response: { 204: z.undefined().describe("signed out there") },
        problems: [...sessionProblems, "not-allowed", "not-found", "csrf"],
      },
    },
    async (request, reply) => {
      await gateway.endSession(needed(request), request.params.id);
      return reply.code(204).send();
    },
  );

  async function given(opened: SignedIn, how: "bearer" | "cookie", request: FastifyRequest, reply: FastifyReply) {
    if (how === "bearer") return opened;
    await keepCookie(opened, request, reply, gateway);
    const { token, ...rest } = opened;
    return { ...rest, csrf: csrfOf(token) };
  }
}

/** The token of a request that must have one. @throws ProblemError unauthenticated, csrf */
export function needed(request: FastifyRequest): string {
  const token = tokenOf(request);
  if (token === undefined) throw new ProblemError("unauthenticated");
  return token;
}

/**
 * Signing in from a page of somebody else would put the person into a stranger's account: browsers say where a request
 * comes from, and only our own page may.
 * @throws ProblemError csrf
 */
export function requireOwnPage(request: FastifyRequest, origin: string): void {
  const { origin: from, "sec-fetch-site": site } = request.headers;
  const foreign = from !== undefined && !ownOrigins(origin).includes(from);
  if (foreign || (site !== undefined && site !== "same-origin" && site !== "none"))
    throw new ProblemError("csrf", {
      en: `Our own page is at ${origin}.`,
      id: `Halaman kami sendiri ada di ${origin}.`,
    });
}

/** @throws ProblemError cookie-needs-https */
export function requireCookie(request: FastifyRequest): void {
  if (request.sessionCookie === undefined) throw new ProblemError("cookie-needs-https");
}

/** Sets the session's cookie, always a new one, and lets the browser be known again. */
export async function keepCookie(
  { token, me }: SignedIn,
  request: FastifyRequest,
  reply: FastifyReply,
  gateway: Pick<SignInGateway, "rememberBrowser">,
): Promise<void> {
  const name = request.sessionCookie!;
  const options = { httpOnly: true, secure: name.startsWith("__Host-"), sameSite: "lax", path: "/" } as const;
  reply.setCookie(name, token, options);
  const known = `${name}-browser`;
  if (me.account !== undefined && request.cookies[known] === undefined)
    reply.setCookie(known, await gateway.rememberBrowser(me.account.id), { ...options, maxAge: BROWSER_SECONDS });
}

export function fromOf(request: FastifyRequest): From {
  const browser = request.sessionCookie && request.cookies[`${request.sessionCookie}-browser`];
  return { network: networkOf(request.ip), browser };
}

/** The first 24 bits of an IPv4 address, the first 64 of an IPv6 one: one household or office. */
function networkOf(ip: string): string {
  const four = ip.replace(/^::ffff:/, "");
  if (/^\d+\.\d+\.\d+\.\d+$/.test(four)) return four.split(".").slice(0, 3).join(".");
  const [head = "", tail] = ip.split("::");
  const groups = [head, tail ?? ""].map((part) => part.split(":").filter(Boolean));
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - groups[0]!.length - groups[1]!.length }, () => "0");
  return [...groups[0]!, ...zeros, ...groups[1]!].slice(0, 4).join(":");
}
