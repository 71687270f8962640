import { createHash } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { Myself, SignedIn } from "../actions/sessions.ts";
import type { Scope } from "../domain/accounts.ts";
import type { SignIn } from "../domain/entries/entry.ts";
import type { PostedSignature } from "../domain/entries/signature.ts";
import type { Hex } from "../domain/entries/words.ts";
import { ProblemError } from "../domain/problems.ts";
import { myself } from "./answers.ts";
import type { App } from "./app.ts";
import { myselfOf } from "./guard.ts";
import { id, postedSignIn } from "./schemas.ts";

export type SessionsGateway = {
  challenge(): { nonce: Hex; origin: string; expires: number; domain: unknown };
  signIn(signIn: SignIn, signature: PostedSignature): Promise<SignedIn>;
  whoIs(token: string | undefined, scope?: Scope | "any"): Promise<Myself>;
  signOut(token: string): Promise<void>;
};

declare module "fastify" {
  interface FastifyRequest {
    /** name of the cookie that holds a session here; undefined where none may: plain http from another machine */
    sessionCookie: string | undefined;
  }
}

const TOKEN = /^[A-Za-z0-9_-]{43}$/;
const SAFE: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * The token of a request: the bearer's, else the cookie's. A browser sends cookies with what other pages ask of it, so
 * what changes something shows `csrf` besides, which only our own pages can know.
 * @param csrf where it does not come as the header x-prasasti-csrf
 * @returns undefined where it has none, or something else
 * @throws ProblemError csrf
 */
export function tokenOf(request: FastifyRequest, csrf?: string): string | undefined {
  const token = shownToken(request);
  if (token === undefined || request.headers.authorization !== undefined || SAFE.has(request.method)) return token;
  if ((csrf ?? request.headers["x-prasasti-csrf"]) !== csrfOf(token)) throw new ProblemError("csrf");
  return token;
}

/** The token that came with a request, whoever made the browser send it: to say in whose name, and for no deed. */
export function shownToken(request: FastifyRequest): string | undefined {
  const { authorization } = request.headers;
  if (authorization !== undefined) return /^Bearer ([A-Za-z0-9_-]{43})$/i.exec(authorization)?.[1];
  const token = request.sessionCookie && request.cookies[request.sessionCookie];
  return token !== undefined && TOKEN.test(token) ? token : undefined;
}

/** Follows from the token, and tells nothing of it. */
export function csrfOf(token: string): string {
  return createHash("sha256").update(`prasasti csrf ${token}`).digest("base64url");
}

/** The cookie of sessions, where the gateway is reached at `origin`. Over plain http only this machine itself gets one. */
export function sessionCookieFor(origin: string, ip: string): string | undefined {
  if (origin.startsWith("https:")) return "__Host-prasasti";
  return /^(127\.|::1$|::ffff:127\.)/.test(ip) ? "prasasti" : undefined;
}

const signInProblems = [
  "sign-in-other-origin",
  "sign-in-clock",
  "sign-in-expired",
  "sign-in-too-long",
  "sign-in-unknown-nonce",
  "sign-in-nonce-expired",
  "sign-in-nonce-used",
  "sign-in-bad-signature",
  "sign-in-unknown-holder",
  "sign-in-foreign-key",
  "sign-in-key-revoked",
  "account-closed",
] as const;
export const sessionProblems = [
  "unauthenticated",
  "session-expired",
  "session-key-revoked",
  "account-closed",
  "scope-missing",
  "second-factor-needed",
] as const;
const bearer = [{ bearer: [] }];

export async function sessionRoutes(app: App, gateway: SessionsGateway): Promise<void> {
  app.addHook("onSend", async (_request, reply) => {
    reply.header("cache-control", "no-store");
  });
  app.post(
    "/api/v1/sessions/challenges",
    {
      config: { permission: "sessions.open" },
      schema: {
        tags: ["Work"],
        summary: "A nonce to sign in with, good once and for five minutes",
        response: {
          201: z.object({
            nonce: id,
            origin: z.string().describe("sign this origin, and no other"),
            expires: z.int(),
            domain: z.record(z.string(), z.unknown()).describe("the EIP-712 domain to sign under"),
          }),
        },
      },
    },
    async (_request, reply) => reply.code(201).send(gateway.challenge() as never),
  );
  app.post(
    "/api/v1/sessions",
    {
      config: { permission: "sessions.open" },
      schema: {
        tags: ["Work"],
        summary: "Sign in: a bearer token for a signed SignIn(origin, holder, nonce, issued, expires)",
        description:
          "At most twelve hours. The clock of the signer may be five minutes off. A passkey signs the SignIn's digest as its challenge. The session ends with its time, with DELETE /api/v1/sessions/current, and when the key that signed is revoked.",
        body: postedSignIn,
        response: { 201: z.object({ token: z.string(), expires: z.int(), me: myself }) },
        problems: signInProblems,
      },
    },
    async (request, reply) => {
      const { signIn, signature } = request.body;
      return reply.code(201).send(await gateway.signIn(signIn as SignIn, signature as PostedSignature));
    },
  );
  app.get(
    "/api/v1/sessions/current",
    {
      config: { permission: "sessions.tell" },
      schema: {
        tags: ["Work"],
        summary: "Who I am: holder, keys and who keeps them, offices",
        security: bearer,
        response: { 200: myself },
        problems: ["unauthenticated", "session-expired", "session-key-revoked", "account-closed"],
      },
    },
    async (request) => {
      const me = myselfOf(request);
      const cookie = request.headers.authorization === undefined;
      return cookie ? { ...me, session: { ...me.session, csrf: csrfOf(tokenOf(request)!) } } : me;
    },
  );
  app.delete(
    "/api/v1/sessions/current",
    {
      config: { permission: "sessions.open" },
      schema: {
        tags: ["Work"],
        summary: "Sign out",
        security: bearer,
        response: { 204: z.undefined().describe("signed out") },
        problems: ["unauthenticated", "csrf"],
      },
    },
    async (request, reply) => {
      const token = tokenOf(request);
      if (token === undefined) throw new ProblemError("unauthenticated");
      await gateway.signOut(token);
      dropCookie(request, reply);
      return reply.code(204).send();
    },
  );
}

/** Takes the session's cookie from the browser. */
export function dropCookie(request: FastifyRequest, reply: FastifyReply): void {
  const name = request.sessionCookie;
  if (name !== undefined && request.cookies[name] !== undefined)
    reply.clearCookie(name, { httpOnly: true, secure: name.startsWith("__Host-"), sameSite: "lax", path: "/" });
}
