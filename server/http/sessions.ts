import type { FastifyRequest } from "fastify";
import { z } from "zod";
import type { Myself, SignedIn } from "../actions/sessions.ts";
import type { Scope } from "../domain/accounts.ts";
import type { SignIn } from "../domain/entries/entry.ts";
import type { Hex } from "../domain/entries/words.ts";
import { ProblemError } from "../domain/problems.ts";
import { myself } from "./answers.ts";
import type { App } from "./app.ts";
import { myselfOf } from "./guard.ts";
import { id, postedSignIn } from "./schemas.ts";

export type SessionsGateway = {
  challenge(): { nonce: Hex; origin: string; expires: number; domain: unknown };
  signIn(signIn: SignIn, signature: Hex): Promise<SignedIn>;
  whoIs(token: string | undefined, scope?: Scope | "any"): Promise<Myself>;
  signOut(token: string): Promise<void>;
};

/** The bearer token of a request; undefined where it has none, or something else. */
export function tokenOf(request: FastifyRequest): string | undefined {
  return /^Bearer ([A-Za-z0-9_-]{43})$/i.exec(request.headers.authorization ?? "")?.[1];
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
          "At most twelve hours. The clock of the signer may be five minutes off. The session ends with its time, with DELETE /api/v1/sessions/current, and when the key that signed is revoked.",
        body: postedSignIn,
        response: { 201: z.object({ token: z.string(), expires: z.int(), me: myself }) },
        problems: signInProblems,
      },
    },
    async (request, reply) => {
      const { signIn, signature } = request.body;
      return reply.code(201).send(await gateway.signIn(signIn as SignIn, signature as Hex));
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
        problems: sessionProblems,
      },
    },
    async (request) => myselfOf(request),
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
        problems: ["unauthenticated"],
      },
    },
    async (request, reply) => {
      const token = tokenOf(request);
      if (token === undefined) throw new ProblemError("unauthenticated");
      await gateway.signOut(token);
      return reply.code(204).send();
    },
  );
}
