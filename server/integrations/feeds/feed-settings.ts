import { z } from "zod";

const variable = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "a-variable");
const pointer = z.string().regex(/^(\/.*)?$/, "a-pointer");
const seconds = z.number().positive().max(86_400);
const scalar = z.union([z.string().min(1), z.int()]);
const bytes = z.int().min(1);
const size = z.strictObject({ parameter: z.string().min(1), value: z.int().min(1).max(100_000) });

const limits = z.strictObject({
  connect: seconds.default(10).describe("seconds until there is a connection"),
  firstByte: seconds.default(120).describe("seconds until an answer begins: ISB builds it first"),
  idle: seconds.default(30).describe("seconds between two pieces of an answer"),
  whole: seconds.default(900).describe("seconds until an answer is whole"),
  answerBytes: bytes.default(512 * 2 ** 20).describe("largest answer, unpacked"),
  runBytes: bytes.default(8 * 2 ** 30).describe("all answers of one run, unpacked"),
  pages: z.int().min(1).default(100_000).describe("most answers of one run"),
});

const common = {
  url: z
    .string()
    .regex(/^https?:\/\/[^/?#{}@\s]+(?:[/?][^\s#]*)?$/, "an-address")
    .describe(
      "{name} stands for a parameter, {table} for the job's table, {env:NAME} for a secret; none of them in the host",
    ),
  parameters: z
    .record(z.string().regex(/^[a-z_][a-z0-9_]*$/i), z.union([scalar, z.array(scalar).min(1).max(200)]))
    .default({})
    .describe("what {name} stands for; of a list each in turn; `current` and `previous` mean years"),
  query: z
    .record(z.string().min(1), scalar)
    .default({})
    .describe("further parameters of the query, which may hold {env:NAME}"),
  headers: z
    .record(z.string().regex(/^[A-Za-z0-9-]+$/), z.string().min(1))
    .default({})
    .describe("further headers, which may hold {env:NAME}"),
  tokenEnv: variable.optional().describe("the name of the variable that holds the bearer token"),
  hosts: z
    .array(z.string().regex(/^[^/?#{}@\s]+$/, "a-host"))
    .default([])
    .describe("further hosts to which next pages may lead"),
  plainHttp: z.boolean().default(false).describe("secrets may travel unencrypted, inside a network that is trusted"),
  caFile: z.string().min(1).optional().describe("certificates (PEM) to trust besides those of the system"),
  contentTypes: z.array(z.string().min(1)).default([]).describe("further content types under which JSON is taken"),
  empty: z.enum(["alarm", "note"]).default("alarm").describe("what an answer of 0 bytes is, besides no rows"),
  since: z
    .strictObject({
      parameter: z.string().min(1),
      format: z.enum(["date", "date-time", "epoch", "epoch-ms"]).default("date-time"),
      first: z
        .string()
        .regex(/^\d{4}-\d{2}-\d{2}$/, "a-day")
        .optional()
        .describe("the day (UTC) from which the first run asks; from the beginning unless said"),
    })
    .optional()
    .describe("asks only for what has changed, by the clock of the source itself, with the job's overlap"),
  limits: limits.prefault({}),
};

const paging = z.discriminatedUnion("by", [
  z.strictObject({ by: z.literal("none") }),
  z.strictObject({
    by: z.literal("link"),
    pointer: pointer.default("/links/next").describe("where the address of the next page is"),
  }),
  z.strictObject({
    by: z.literal("cursor"),
    parameter: z.string().min(1).default("cursor"),
    pointer: pointer.describe("where the next cursor is"),
    more: pointer.optional().describe("where it says whether there is more"),
    size: size.optional(),
  }),
  z.strictObject({
    by: z.literal("page"),
    parameter: z.string().min(1).default("page"),
    first: z.int().min(0).default(1),
    pages: pointer.optional().describe("where the number of pages is"),
    size: size.optional(),
  }),
  z.strictObject({
    by: z.literal("offset"),
    parameter: z.string().min(1).default("offset"),
    total: pointer.optional().describe("where the number of all rows is"),
    size,
  }),
]);

const json = {
  ...common,
  pointer: pointer.default("").describe("where the rows are, as /data; the whole answer unless said"),
  columns: z.array(z.string().min(1)).min(1).optional(),
  paging: paging.prefault({ by: "none" }),
};

/**
 * How a feed over HTTP is reached and read, as `connectors.yaml` declares it under `sources`. Nothing is guessed: what an
 * answer does not say of itself stands here. Each `engine` is what its publisher is known to send.
 */
export const feedSettings = z.discriminatedUnion("engine", [
  z.strictObject({ engine: z.literal("isb"), ...common }).describe("LKPP data bus: one plain array an address"),
  z
    .strictObject({
      engine: z.literal("inaproc"),
      ...common,
      limit: z.int().min(1).max(10_000).default(1_000).describe("rows of a page"),
      legacy: z.boolean().default(false).describe("/api/legacy: all rows in one plain array"),
    })
    .describe("data.inaproc.id: rows in `data`, `meta.cursor` and `meta.has_more`"),
  z
    .strictObject({
      engine: z.literal("spse"),
      ...common,
      page: z
        .string()
        .regex(/^\/[^\s#]*$/)
        .optional()
        .describe("path of the page that gives session and token; /lelang in place of /dt/… unless said"),
      method: z.enum(["POST", "GET"]).default("POST"),
      form: z.record(z.string().min(1), scalar).default({}).describe("further fields, as kategoriId or tahun"),
      length: z.int().min(1).max(10_000).default(250).describe("rows of a page"),
    })
    .describe("public tables of SPSE (DataTables): rows without names, their columns are 1, 2, 3 …"),
  z.strictObject({ engine: z.literal("sirup"), ...json }).describe("SiRUP: JSON of the general procurement plan"),
  z
    .strictObject({
      engine: z.literal("ocds-api"),
      ...common,
      publisher: z.string().min(1).optional().describe("`publisher.name` that each package must carry"),
      paging: paging.prefault({ by: "link" }),
    })
    .describe("OCDS release or record packages, paged by `links.next` unless said"),
  z.strictObject({ engine: z.literal("json-api"), ...json }).describe("JSON of any other publisher"),
]);

export type FeedSettings = z.output<typeof feedSettings>;
export type Paging = z.output<typeof paging>;
export type Limits = z.output<typeof limits>;
