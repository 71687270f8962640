import { z } from "zod";
import { expectPast, spanOf } from "../actions/moments.ts";
import type { AuthorityQuery, OfficeThen } from "../actions/tell-authority.ts";
import type { Hex } from "../domain/entries/words.ts";
import { ProblemError } from "../domain/problems.ts";
import type { HolderView, OfficeView } from "../domain/projection/project-block.ts";
import { authorityAnswer, holder, links, officeTerm } from "./answers.ts";
import type { App } from "./app.ts";
import { found } from "./register.ts";
import { authorityQuery, holdersQuery, idParam } from "./schemas.ts";

export type AuthorityGateway = {
  authority(
    query: Omit<AuthorityQuery, "agency" | "holder"> & { agency?: string | undefined; holder?: string | undefined },
    cursor: string | undefined,
    limit: number,
  ): Promise<{ offices: OfficeThen[]; next?: string }>;
  office(key: Hex): Promise<OfficeView[] | undefined>;
  holders(cursor: string | undefined, limit: number): Promise<{ holders: HolderView[]; next?: string }>;
  /** of the register: milliseconds UTC, never before its newest block */
  now(): number;
};

export async function authorityRoutes(
  app: App,
  gateway: AuthorityGateway,
  absolute: (request: { protocol: string; host: string }, path: string) => string,
): Promise<void> {
  const nextOf = (request: { protocol: string; host: string; url: string }, next: string | undefined) => {
    if (next === undefined) return {};
    const url = new URL(absolute(request, request.url));
    url.searchParams.set("cursor", next);
    return { links: { next: url.href } };
  };
  app.get(
    "/api/v1/authority",
    {
      config: { permission: "register.read" },
      schema: {
        tags: ["Register"],
        summary: "Who could do what on a day: by which grant, given by whom, on which letter",
        description:
          "Offices that were in force, or suspended, at some moment of `at`: a day in western Indonesia, or an instant; without it, now. Worked out from the acts as they were effective then: `before` is what had happened to the office by the end of `at`, `since` what happened later, `ended` when it ended in fact. `agency` finds the offices that counted for it then, those above it whose office covers it included. What the gateway answers is a convenience; the acts are leaves of the log.",
        querystring: authorityQuery,
        response: { 200: authorityAnswer },
        problems: ["moment-in-future", "invalid-cursor"],
      },
    },
    async (request) => {
      const { at, cursor, limit, ...filter } = request.query;
      const now = gateway.now();
      const span = at === undefined ? { from: now, until: now } : spanOf(at, now);
      if (span === undefined) throw new ProblemError("invalid-request", "at");
      expectPast("at", span.until, now);
      const [from, until] = [span.from, span.until].map((moment) => Math.floor(moment / 1000)) as [number, number];
      const { offices, next } = await gateway.authority({ ...filter, from, until }, cursor, limit);
      return { from, until, offices, ...nextOf(request, next) };
    },
  );
  app.get(
    "/api/v1/authority/offices/:id",
    {
      config: { permission: "register.read" },
      schema: {
        tags: ["Register"],
        summary: "The whole life of one office: every term, and every act on it",
        params: idParam,
        response: { 200: z.object({ office: idParam.shape.id, terms: z.array(officeTerm) }) },
        problems: ["not-found"],
      },
    },
    async (request) => {
      const { id } = request.params;
      return { office: id, terms: found(await gateway.office(id as Hex)) };
    },
  );
  app.get(
    "/api/v1/authority/holders",
    {
      config: { permission: "register.read" },
      schema: {
        tags: ["Register"],
        summary: "Holders and their keys, by id",
        querystring: holdersQuery,
        response: { 200: z.object({ holders: z.array(holder), links: links.optional() }) },
        problems: ["invalid-cursor"],
      },
    },
    async (request) => {
      const { cursor, limit } = request.query;
      const { holders, next } = await gateway.holders(cursor, limit);
      return { holders, ...nextOf(request, next) };
    },
  );
}
