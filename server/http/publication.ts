import { z } from "zod";
import { expectPast, momentOf } from "../actions/moments.ts";
import type { Moments, Page, ReleaseFilter } from "../actions/publish.ts";
import { instantOf } from "../domain/ocds/dates.ts";
import { ownExtensionFiles } from "../domain/ocds/own-extension.ts";
import { ProblemError } from "../domain/problems.ts";
import type { Standing } from "../domain/projection/waves.ts";
import { links, recordPackage, releasePackage } from "./answers.ts";
import type { App } from "./app.ts";
import { publicationPolicy } from "./publication-policy.ts";
import { found } from "./register.ts";
import { language, ocidParam, ocidsQuery, recordQuery, recordsQuery, releasesQuery } from "./schemas.ts";

type Release = Record<string, unknown>;
type Absolute = (request: { protocol: string; host: string }, path: string) => string;

export type PublicationGateway = {
  releases(
    filter: Omit<ReleaseFilter, "agency" | "supplier"> & { agency?: string | undefined; supplier?: string | undefined },
    cursor: string | undefined,
    limit: number,
  ): Promise<Page<Release>>;
  ocids(cursor: string | undefined, limit: number): Promise<Page<string>>;
  release(ocid: string, id: string): Promise<{ release: Release; standing: Standing } | undefined>;
  record(ocid: string, moments?: Moments, linkTo?: (ocid: string, id: string) => string): Promise<Release | undefined>;
  /** of the register: milliseconds UTC, never before its newest block */
  now(): number;
  /** the moment of the last change of these releases, or of the register */
  lastChange(releases: readonly Release[]): string;
  publisher(): { name: string };
};

const EXTENSIONS = "/api/v1/extensions/prasasti";
/** What guarantees are in OCDS is said by its own extension; ours adds their status. */
const GUARANTEES =
  "https://raw.githubusercontent.com/open-contracting-extensions/ocds_guarantees_extension/master/extension.json";

export async function publicationRoutes(app: App, gateway: PublicationGateway, absolute: Absolute): Promise<void> {
  type Request = { protocol: string; host: string; url: string };
  /** What every package says of itself. `publishedDate`: the last change of its contents, so that an old page stays as it was. */
  const head = (request: Request, releases: readonly Release[]) => ({
    uri: absolute(request, request.url),
    version: "1.1" as const,
    extensions: [GUARANTEES, absolute(request, `${EXTENSIONS}/extension.json`)],
    publishedDate: gateway.lastChange(releases),
    publisher: gateway.publisher(),
    license: "https://creativecommons.org/licenses/by/4.0/",
    publicationPolicy: absolute(request, "/api/v1/publication-policy"),
  });
  const linksOf = (request: Request, { next, prev }: Page<unknown>) => {
    const to = (cursor: string) => {
      const url = new URL(absolute(request, request.url));
      url.searchParams.set("cursor", cursor);
      return url.href;
    };
    if (next === undefined && prev === undefined) return {};
    return { links: { ...(next ? { next: to(next) } : {}), ...(prev ? { prev: to(prev) } : {}) } };
  };
  const momentsIn = ({ asOf, asKnown }: { asOf?: string | undefined; asKnown?: string | undefined }): Moments => ({
    asOf: asOf === undefined ? undefined : momentOf(asOf, gateway.now()),
    asKnown: asKnown === undefined ? undefined : momentOf(asKnown, gateway.now()),
  });
  const releasePath = (ocid: string, id: string) =>
    `/api/v1/releases/${encodeURIComponent(ocid)}/${encodeURIComponent(id)}`;

  app.get(
    "/api/v1/releases",
    {
      config: { permission: "register.read" },
      schema: {
        tags: ["OCDS"],
        summary: "Release packages, oldest first",
        description:
          "Of processes in force, in the order of the register, page after page by `links.next`; a page never changes once it is full, unless a wave of legacy records is rolled back. What a wave brought stands where it came into force, so who goes on by his cursor meets it. `since` (included) and `until` (not included) speak of the release date, which is when the ledger recorded the entry. Filters can be combined; X-Total-Count is given where at most one of agency, supplier and tag is asked and no date. `supplier` finds the awards to that supplier and all that happens in its contracts. A search that finds nothing gives a package without releases, which is the one case where OCDS's schema is not met.",
        querystring: releasesQuery,
        response: { 200: releasePackage },
        problems: ["invalid-cursor", "moment-in-future"],
      },
    },
    async (request, reply) => {
      const { cursor, limit, since, until, agency, supplier, tag } = request.query;
      const { asKnown } = momentsIn(request.query);
      expectPast("asKnown", asKnown, gateway.now());
      // what was recorded by a moment is what was released before the next millisecond
      const before = [instantOf(until), asKnown === undefined ? undefined : asKnown + 1].filter(
        (each) => each !== undefined,
      );
      const moments = { since: instantOf(since), until: before.length === 0 ? undefined : Math.min(...before) };
      const page = await gateway.releases({ ...moments, agency, supplier, tag, asKnown }, cursor, limit);
      if (page.total !== undefined) reply.header("x-total-count", page.total);
      return { ...head(request, page.items), ...linksOf(request, page), releases: page.items } as never;
    },
  );
  app.get(
    "/api/v1/releases/:ocid/:id",
    {
      config: { permission: "register.read" },
      schema: {
        tags: ["OCDS"],
        summary: "One release in its package",
        description:
          "Whatever stands of its process: where that does not count, `standing` beside the releases says `waiting` or `takenBack`.",
        params: ocidParam.extend({
          id: z
            .string()
            .min(1)
            .max(240)
            .meta({ examples: ["ocds-213czf-dpupr-jalan-2026-01-1"] }),
        }),
        response: { 200: releasePackage },
        problems: ["not-found"],
      },
    },
    async (request) => {
      const { release, standing } = found(await gateway.release(request.params.ocid, request.params.id));
      // beside what the standard has: what was published has its address for ever, but need not count
      const counts = standing === "inForce" ? {} : { standing };
      return { ...head(request, [release]), releases: [release], ...counts } as never;
    },
  );
  app.get(
    "/api/v1/records",
    {
      config: { permission: "register.read" },
      schema: {
        tags: ["OCDS"],
        summary: "Record packages by ocid",
        querystring: recordsQuery,
        response: { 200: recordPackage },
        problems: ["invalid-cursor"],
      },
    },
    async (request, reply) => {
      const { cursor, limit } = request.query;
      const { items, total, ...page } = await gateway.ocids(cursor, limit);
      const records = (await Promise.all(items.map((ocid) => gateway.record(ocid)))).filter(
        (record) => record !== undefined,
      );
      if (total !== undefined) reply.header("x-total-count", total);
      const releases = records.flatMap((record) => record.releases as Release[]);
      return { ...head(request, releases), ...linksOf(request, { items, ...page }), records } as never;
    },
  );
  app.get(
    "/api/v1/records/:ocid",
    {
      config: { permission: "register.read" },
      schema: {
        tags: ["OCDS"],
        summary: "The record of one process: its releases (embedded or linked), compiled and versioned",
        description:
          "`asKnown`: what the register said at that moment: exactly the entries recorded by then. `asOf`: what was in force at that business moment, corrected by all that is known (with `asKnown`: by all that was known then); `releases` are those that count, as they were published, while `compiledRelease` and `versionedRelease` say what is true of that moment. docs/reference/http.md says which day counts for which entry.",
        params: ocidParam,
        querystring: recordQuery,
        response: { 200: recordPackage },
        problems: ["not-found", "not-in-force", "moment-in-future", "nothing-then"],
      },
    },
    async (request) => {
      // the fragment names the release inside its package
      const linkTo = (ocid: string, id: string) =>
        `${absolute(request, releasePath(ocid, id))}#${encodeURIComponent(id)}`;
      const linked = request.query.releases === "linked";
      const record: Release = found(
        await gateway.record(request.params.ocid, momentsIn(request.query), linked ? linkTo : undefined),
      );
      const releases = record.releases as { url?: string; date: string }[];
      const packages = releases.flatMap(({ url }) => (url === undefined ? [] : [url.slice(0, url.indexOf("#"))]));
      return {
        ...head(request, releases),
        ...(packages.length > 0 ? { packages } : {}),
        records: [record],
      } as never;
    },
  );
  app.get(
    "/api/v1/ocids",
    {
      config: { permission: "register.read" },
      schema: {
        tags: ["OCDS"],
        summary: "The ocids of all processes in force",
        querystring: ocidsQuery,
        response: { 200: z.object({ ocids: z.array(z.string()), links: links.optional() }) },
        problems: ["invalid-cursor"],
      },
    },
    async (request, reply) => {
      const page = await gateway.ocids(request.query.cursor, request.query.limit);
      reply.header("x-total-count", page.total);
      return { ocids: page.items, ...linksOf(request, page) };
    },
  );
  app.get(
    "/api/v1/extensions/prasasti/:file",
    {
      config: { permission: "register.read" },
      schema: {
        tags: ["OCDS"],
        summary: "Our OCDS extension: what our releases have beyond the standard",
        params: z.object({
          file: z
            .string()
            .max(60)
            .meta({ examples: ["extension.json"] }),
        }),
        response: { 200: z.looseObject({}) },
        problems: ["not-found"],
      },
    },
    async (request) => {
      const files = ownExtensionFiles((file) => absolute(request, `${EXTENSIONS}/${file}`));
      const { file } = request.params;
      if (!Object.hasOwn(files, file)) throw new ProblemError("not-found");
      return files[file] as Record<string, unknown>;
    },
  );
  app.get(
    "/api/v1/publication-policy",
    {
      config: { permission: "register.read" },
      schema: {
        tags: ["OCDS"],
        summary: "What is published, under which licence, and what is not",
        querystring: language,
        response: { 200: { description: "a page", content: { "text/html": { schema: z.string() } } } },
      },
    },
    async (_request, reply) => reply.type("text/html; charset=utf-8").send(publicationPolicy()),
  );
}
