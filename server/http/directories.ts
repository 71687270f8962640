import { z } from "zod";
import type { Myself } from "../actions/sessions.ts";
import type { Move, Sync } from "../actions/sync-directory.ts";
import { ACCOUNT_ID } from "../domain/accounts.ts";
import type { Words } from "../domain/problems.ts";
import { words } from "./answers.ts";
import type { App } from "./app.ts";
import { myselfOf } from "./guard.ts";
import { limitQuery } from "./schemas.ts";
import { sessionProblems } from "./sessions.ts";

export type DirectoriesGateway = {
  directories(me: Myself): { id: string; name: Words }[];
  syncDirectory(me: Myself, id: string, asked: { dryRun?: boolean; confirm?: number }): Promise<Sync>;
  syncs(me: Myself, limit: number): Promise<Sync[]>;
  moves(me: Myself): Promise<Move[]>;
  confirmMove(me: Myself, account: string): Promise<void>;
  linkEntry(me: Myself, directory: string, account: string, login: string): Promise<void>;
};

const account = z.string().regex(ACCOUNT_ID).describe("an account of this gateway");
const directoryParam = z.object({ directory: z.string().max(32).describe("its id in the settings of this gateway") });
const milliseconds = z.int().describe("milliseconds UTC");
const sync = z.object({
  directory: z.string(),
  at: milliseconds,
  ended: milliseconds.optional(),
  dryRun: z.boolean(),
  outcome: z
    .enum(["begun", "done", "stopped", "failed"])
    .describe("stopped: too many would have left; failed: not read whole. Neither changed anything"),
  read: z.int().describe("people in the directory"),
  linked: z.int().describe("accounts that are linked to it and were not closed"),
  left: z.array(z.object({ account, why: z.enum(["absent", "disabled"]) })),
  moved: z.array(z.object({ account, from: z.string(), to: z.string() })).describe("to another department"),
  returned: z.array(account).describe("closed as having left, and in the directory again"),
  withoutAccount: z.int().describe("people in the directory whom nobody invited"),
  reason: words.optional(),
});
const move = z.object({
  account,
  directory: z.string(),
  from: z.string(),
  to: z.string(),
  at: milliseconds,
  held: z.boolean().describe("locked until it is confirmed"),
});
const security = [{ bearer: [] }];
const problems = [...sessionProblems, "not-allowed"] as const;

/** What directories of people say, carried over to accounts: for registrars and the operator. */
export async function directoryRoutes(app: App, gateway: DirectoriesGateway): Promise<void> {
  app.addHook("onSend", async (_request, reply) => {
    reply.header("cache-control", "no-store");
  });
  app.get(
    "/api/v1/identity/directories",
    {
      config: { permission: "accounts.manage" },
      schema: {
        tags: ["Work"],
        summary: "The directories of people that this gateway reads",
        security,
        response: { 200: z.object({ directories: z.array(z.object({ id: z.string(), name: words })) }) },
        problems,
      },
    },
    async (request) => ({ directories: gateway.directories(myselfOf(request)) }),
  );
  app.post(
    "/api/v1/identity/directories/:directory/syncs",
    {
      config: { permission: "accounts.manage" },
      schema: {
        tags: ["Work"],
        summary: "Carry over who left and who moved, now",
        description:
          "Who left can sign in no more when this answers. A sync that would close more than a fifth of the accounts, and more than five, changes nothing and says so; `confirm` with the exact number lets it go on. The limits are those of the settings.",
        params: directoryParam,
        body: z.strictObject({
          dryRun: z.boolean().default(false),
          confirm: z.int().min(0).max(10_000_000).optional(),
        }),
        security,
        response: { 200: sync },
        problems: [...problems, "csrf", "step-up-needed", "unknown-directory", "sync-running"],
      },
    },
    async (request) => {
      const { dryRun, confirm } = request.body;
      const asked = { dryRun, ...(confirm === undefined ? {} : { confirm }) };
      return gateway.syncDirectory(myselfOf(request), request.params.directory, asked);
    },
  );
  app.get(
    "/api/v1/identity/syncs",
    {
      config: { permission: "accounts.manage" },
      schema: {
        tags: ["Work"],
        summary: "The journal of syncs, newest first",
        querystring: limitQuery,
        security,
        response: { 200: z.object({ syncs: z.array(sync) }) },
        problems,
      },
    },
    async (request) => ({
      syncs: await gateway.syncs(myselfOf(request), request.query.limit),
    }),
  );
  app.get(
    "/api/v1/identity/moves",
    {
      config: { permission: "accounts.manage" },
      schema: {
        tags: ["Work"],
        summary: "Who moved to another department, and whose offices wait to be seen to",
        security,
        response: { 200: z.object({ moves: z.array(move) }) },
        problems,
      },
    },
    async (request) => ({ moves: await gateway.moves(myselfOf(request)) }),
  );
  app.post(
    "/api/v1/identity/moves/:account/confirm",
    {
      config: { permission: "accounts.manage" },
      schema: {
        tags: ["Work"],
        summary: "Say that the offices of somebody who moved were seen to",
        description: "Opens his account again where the settings hold it meanwhile.",
        params: z.object({ account }),
        security,
        response: { 204: z.undefined().describe("it waits no more") },
        problems: [...problems, "csrf", "step-up-needed", "unknown-move"],
      },
    },
    async (request, reply) => {
      await gateway.confirmMove(myselfOf(request), request.params.account);
      return reply.code(204).send();
    },
  );
  app.post(
    "/api/v1/identity/directories/:directory/links",
    {
      config: { permission: "accounts.manage" },
      schema: {
        tags: ["Work"],
        summary: "Link somebody's entry in a directory to his account",
        params: directoryParam,
        body: z.strictObject({
          account,
          login: z.string().min(1).max(256).describe("his login name in the directory"),
        }),
        security,
        response: { 204: z.undefined().describe("linked") },
        problems: [
          ...problems,
          ...([
            "csrf",
            "step-up-needed",
            "unknown-directory",
            "directory-unavailable",
            "unknown-entry",
            "account-unknown",
          ] as const),
          "sign-in-linked",
        ],
      },
    },
    async (request, reply) => {
      const me = myselfOf(request);
      await gateway.linkEntry(me, request.params.directory, request.body.account, request.body.login);
      return reply.code(204).send();
    },
  );
}
