import { z } from "zod";
import type { SupplierActions } from "../actions/suppliers.ts";
import { finding, words } from "./answers.ts";
import type { App } from "./app.ts";
import { asking, type NamesOrganisations, reason, security, unstored } from "./connected.ts";
import { myselfOf } from "./guard.ts";
import { day, number, id as organisation, whole } from "./schemas.ts";

export type SuppliersGateway = NamesOrganisations & { suppliers: SupplierActions };

const nib = z
  .string()
  .regex(/^\d{13}$/)
  .describe("13 digits");
const record = z
  .object({
    nib,
    ossId: z.string().optional(),
    name: z.string(),
    issuedOn: day.optional(),
    changedOn: day.optional(),
    validUntil: day.optional(),
    form: z.string().optional(),
    person: z.boolean().describe("a natural person trades under this name"),
    scale: z.enum(["micro", "small", "medium", "large"]).optional(),
    isSmall: z.boolean().optional(),
    npwpCore: z.string().optional().describe("of an organisation: nine digits"),
    npwpValid: z.boolean().optional(),
    activities: z.array(z.object({ kbli: z.string(), edition: z.int().optional(), title: z.string().optional() })),
    branches: z.array(z.object({ npwpBranch: z.string(), name: z.string().optional() })),
  })
  .describe("what OSS says of the business; its people are left out");
const written = z.object({
  value: z.string(),
  first: z.string(),
  last: z.string(),
  count: z.int(),
  source: z.object({ connector: z.string(), capture: z.string(), at: z.string() }),
});
const supplier = z.object({
  supplier: organisation,
  id: z.string().optional(),
  registeredName: z.string().optional(),
  names: z.array(written),
  npwpCores: z.array(written),
  branches: z.array(written),
  nibs: z.array(written),
  wrongNumbers: z.int(),
  hasPersonNumber: z.boolean().describe("a number of a person was written for it; it is shown to nobody"),
  accepted: z.array(z.object({ nib: z.string(), from: z.string().optional() })),
  same: z.array(z.string()).describe("registered suppliers that a person found to be the same"),
});
const decision = z.object({ by: z.string(), at: z.int(), reason: z.string() });
const STATES = ["proposed", "accepted", "refused", "undone"] as const;
const linkId = z.string().regex(/^[0-9a-f]{24}$/);
const link = z.object({
  id: linkId,
  kind: z.enum(["nib", "same"]),
  supplier: organisation,
  with: z.string().describe("a NIB, or the id of the other supplier"),
  evidence: z.array(z.object({ kind: z.string(), weight: z.int(), words })),
  state: z.enum(STATES),
  proposedAt: z.int(),
  from: z.string().optional(),
  decided: decision.optional(),
  undone: decision.optional(),
});
const answered = z.object({
  nib,
  at: z.int().describe("milliseconds UTC"),
  source: z.enum(["oss", "file"]),
  outcome: z.enum(["found", "missing"]),
  code: z.int(),
  record: record.optional(),
  sha256: z.string().describe("of the answer's bytes, which lie sealed"),
  by: z.string().optional(),
  file: z.string().optional(),
});
const list = z.object({
  name: z.string(),
  asOf: day,
  at: z.int(),
  by: z.string(),
  sha256: z.string(),
  read: z.int(),
  sanctions: z.int(),
  unread: z.array(z.object({ at: z.string(), code: z.string(), words })),
});
const checked = z.object({
  on: day,
  supplier: supplier.optional(),
  candidates: z.array(z.string()).optional().describe("registered suppliers to which the numbers or the name lead"),
  numbers: z.array(z.object({ given: z.string(), kind: z.string(), valid: z.boolean(), person: z.boolean(), words })),
  nib: z.union([
    z.object({
      outcome: z.literal("found"),
      record,
      form: z.string().optional(),
      scale: words.optional(),
      at: z.string(),
      source: z.enum(["oss", "file"]),
      sha256: z.string(),
      stale: z.boolean(),
    }),
    z.object({ outcome: z.literal("missing"), nib, at: z.string(), sha256: z.string() }),
    z.object({ outcome: z.enum(["unasked", "unavailable"]), words }),
  ]),
  lists: z.array(z.object({ name: z.string(), asOf: day, sanctions: z.int() })),
  findings: z.array(finding),
});
const loaded = z.object({
  kind: z.enum(["oss", "blacklist"]),
  sha256: z.string(),
  read: z.int(),
  taken: z.int(),
  unchanged: z.int(),
  setAside: z.array(z.object({ at: z.string(), code: z.string(), words })),
  list: list.optional(),
});
const ROOT = "/api/v1/registry";
const tags = ["Suppliers"];
/** Largest file that is brought, in bytes. */
const MOST = 64 * 1024 * 1024;

/** The registry of suppliers: OSS, numbers, lines of business, blacklists, and which of them are whose. */
export async function supplierRoutes(app: App, { suppliers, organisationId }: SuppliersGateway): Promise<void> {
  unstored(app);
  const read = { config: { permission: "suppliers.read" } } as const;
  app.post(
    `${ROOT}/checks`,
    {
      ...read,
      schema: {
        tags,
        summary: "What to know of a supplier before an award or contract is signed",
        description:
          "By its id in the register, its NIB, its NPWP or its name; what is given together must belong together. Warnings only: nothing here refuses. What is not known is said as not known. A number of a person is asked with and never told.",
        body: z.strictObject({
          supplier: z.string().min(1).max(200).optional().describe("id as registered"),
          nib: z.string().max(40).optional(),
          npwp: z.string().max(40).optional(),
          name: z.string().max(300).optional(),
          on: day.optional().describe("day of the award or contract; today unless said"),
          work: z
            .strictObject({
              category: z.enum(["works", "goods", "services", "consultingServices"]).optional(),
              title: z.string().max(2_000).optional(),
            })
            .optional()
            .describe("what is to be done, for the lines of business"),
          refresh: z.boolean().optional().describe("ask OSS even where its answer is current"),
        }),
        security,
        response: { 200: checked },
        problems: [...asking, "csrf"],
      },
    },
    async (request) => {
      const { supplier: named, ...question } = request.body;
      const of = named === undefined ? undefined : organisationId(named);
      return (await suppliers.check(myselfOf(request), { ...question, supplier: of })) as never;
    },
  );
  app.get(
    `${ROOT}/suppliers/:id`,
    {
      ...read,
      schema: {
        tags,
        summary: "A supplier: its names and numbers as sources wrote them, and its links",
        params: z.object({ id: z.string().min(1).max(200).describe("id as registered") }),
        security,
        response: { 200: supplier.extend({ links: z.array(link) }) },
        problems: asking,
      },
    },
    async (request) => (await suppliers.tell(myselfOf(request), organisationId(request.params.id))) as never,
  );
  app.get(
    `${ROOT}/nib/:nib`,
    {
      ...read,
      schema: {
        tags,
        summary: "What was known of a NIB at a moment, and all recorded answers",
        params: z.object({ nib }),
        querystring: z.strictObject({ at: whole(0, 999_999_999_999_999).optional().describe("milliseconds UTC") }),
        security,
        response: { 200: z.object({ known: answered.optional(), answers: z.array(answered) }) },
        problems: asking,
      },
    },
    async (request) => (await suppliers.known(myselfOf(request), request.params.nib, request.query.at)) as never,
  );
  app.get(
    `${ROOT}/lists`,
    {
      ...read,
      schema: {
        tags,
        summary: "Blacklists that were loaded, the newest first",
        security,
        response: { 200: z.object({ lists: z.array(list) }) },
        problems: asking,
      },
    },
    async (request) => ({ lists: await suppliers.lists(myselfOf(request)) }) as never,
  );
  app.get(
    `${ROOT}/links`,
    {
      ...read,
      schema: {
        tags,
        summary: "Links between suppliers and their numbers: proposed, decided, taken back",
        querystring: z.strictObject({
          state: z.enum(STATES).optional(),
          after: linkId.optional().describe("id of the last one that was told"),
          limit: number(1, 1_000, 100),
        }),
        security,
        response: { 200: z.object({ links: z.array(link) }) },
        problems: asking,
      },
    },
    async (request) => {
      const { state, after, limit } = request.query;
      return { links: await suppliers.links(myselfOf(request), state, after, limit) } as never;
    },
  );
  app.post(
    `${ROOT}/links`,
    {
      config: { permission: "suppliers.propose" },
      schema: {
        tags,
        summary: "Propose a link by hand; it waits for a decision like any other",
        body: z.strictObject({
          kind: z.enum(["nib", "same"]),
          supplier: z.string().min(1).max(200).describe("id as registered"),
          with: z.string().min(1).max(200).describe("a NIB, or the other supplier's id as registered"),
          reason,
        }),
        security,
        response: { 200: link },
        problems: [...asking, "csrf", "personal-data"],
      },
    },
    async (request) => {
      const { kind, supplier: of, with: other, reason: why } = request.body;
      const asked = {
        ...{ kind, supplier: organisationId(of), reason: why },
        with: kind === "same" ? organisationId(other) : other,
      };
      return (await suppliers.propose(myselfOf(request), asked)) as never;
    },
  );
  app.post(
    `${ROOT}/links/:id`,
    {
      config: { permission: "suppliers.link" },
      schema: {
        tags,
        summary: "Decide a link, or take a decision back",
        params: z.object({ id: linkId }),
        body: z.strictObject({
          verdict: z.enum(["accept", "refuse", "undo", "reopen"]),
          reason,
          from: day.optional().describe("of a NIB: from which day it counts"),
        }),
        security,
        response: { 200: link },
        problems: [...asking, "csrf", "not-found", "personal-data"],
      },
    },
    async (request) => (await suppliers.decide(myselfOf(request), request.params.id, request.body)) as never,
  );
  await app.register(async (scope) => {
    // a body is bytes here, and says so
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("application/octet-stream", { parseAs: "buffer" }, (_request, body, done) =>
      done(null, body),
    );
    (scope as App).post(
      `${ROOT}/files`,
      {
        config: { permission: "suppliers.load" },
        bodyLimit: MOST,
        schema: {
          tags,
          summary: "Bring an OSS answer or a blacklist as a file: JSON, CSV or XLSX",
          description:
            "The raw bytes. Each record is taken or set aside with its place and reason; the same file again changes nothing. The file is kept sealed; persons in it are not taken over.",
          querystring: z.strictObject({
            kind: z.enum(["oss", "blacklist"]),
            name: z.string().min(1).max(200).describe("name of the list, or of the file"),
            asOf: day.optional().describe("the day that it is of; today unless said"),
          }),
          consumes: ["application/octet-stream"],
          body: z.any().describe("the raw bytes"),
          security,
          response: { 200: loaded },
          problems: [...asking, "csrf", "personal-data"],
        },
      },
      async (request) => {
        const bytes = (request.body as Buffer | undefined) ?? new Uint8Array();
        return (await suppliers.load(myselfOf(request), { ...request.query, bytes })) as never;
      },
    );
  });
}
