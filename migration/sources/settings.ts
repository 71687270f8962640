import { z } from "zod";

const path = z.string().min(1).describe("a file, or a pattern with * and **, relative to the plan's folder");
const dsnEnv = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/)
  .describe("the name of the environment variable that holds the address with user and password");
const columns = z.array(z.string().min(1)).min(1);
const encoding = z.string().min(1);

/**
 * How a source is reached and read, as a plan declares it under `sources`. Nothing is guessed: what a file does not say
 * of itself stands here. `sniff` proposes encoding and delimiter of a CSV file.
 */
export const sourceSettings = z.discriminatedUnion("engine", [
  z.strictObject({
    engine: z.literal("csv"),
    path,
    encoding: encoding.describe(
      "utf-8, utf-16le, utf-16be, windows-1252, iso-8859-1, us-ascii or another single-byte one",
    ),
    delimiter: z.enum([",", ";", "\t", "|"]),
    quote: z.enum(['"', "'", ""]).default('"').describe("empty: quotation marks mean nothing"),
    columns: columns.optional().describe("names of the columns of a file without a header line"),
    nulls: z.array(z.string().min(1)).optional().describe("unquoted texts that stand for no value, as NULL or \\N"),
  }),
  z.strictObject({
    engine: z.literal("xlsx"),
    path,
    textColumns: z
      .array(z.string().min(1))
      .default([])
      .describe("identifiers: a number of more than 15 digits is damage"),
    headerRow: z
      .union([z.int().min(1), z.record(z.string(), z.int().min(1))])
      .optional()
      .describe("row of the column names, of all sheets or by sheet; the first row that is not empty unless said"),
    merged: z
      .enum(["reject", "fill"])
      .default("reject")
      .describe("rows that share a merged cell: reject, or repeat its value"),
    maxBytes: z
      .int()
      .min(1)
      .default(4 * 2 ** 30)
      .describe("largest unpacked part of the file, in bytes"),
  }),
  z.strictObject({
    engine: z.literal("json"),
    path,
    pointer: z
      .string()
      .regex(/^(\/.*)?$/)
      .optional()
      .describe("where the rows are, as /results; the whole document unless said"),
    columns: columns.optional(),
  }),
  z.strictObject({ engine: z.literal("jsonl"), path, columns: columns.optional() }),
  z.strictObject({ engine: z.literal("ocds"), path }),
  z.strictObject({
    engine: z.literal("postgres"),
    dsnEnv,
    schemas: z.array(z.string().min(1)).optional(),
    timezone: z.string().min(1).default("UTC").describe("zone in which times with a zone are written"),
    encoding: encoding.optional().describe("what the bytes are where the database itself does not know (SQL_ASCII)"),
  }),
  z.strictObject({
    engine: z.literal("pgdump"),
    path: z.string().min(1),
    schemas: z.array(z.string().min(1)).optional(),
    timezone: z.string().min(1).default("UTC"),
    encoding: encoding.optional(),
  }),
  z.strictObject({ engine: z.literal("camt053"), path }).describe("bank statements of ISO 20022, camt.053"),
  z
    .strictObject({ engine: z.literal("mt940"), path, encoding: encoding.default("utf-8") })
    .describe("bank statements of SWIFT, MT940"),
  z.strictObject({
    engine: z.literal("sqlserver"),
    dsnEnv,
    database: z.string().min(1).max(128).optional().describe("where it is not a part of the address"),
    schemas: z.array(z.string().min(1)).optional(),
    tables: z
      .array(z.string().min(1))
      .min(1)
      .optional()
      .describe("those alone; a database of an agency has hundreds, each of which is counted"),
    encrypt: z.boolean().default(true),
    trustServerCertificate: z
      .boolean()
      .default(false)
      .describe("true takes any certificate: only where nobody else can be on the wire"),
  }),
  z.strictObject({ engine: z.literal("mysql"), dsnEnv, timezone: z.string().min(1).default("+00:00") }),
]);

export type SourceSettings = z.infer<typeof sourceSettings>;
export type SettingsOf<E extends SourceSettings["engine"]> = Extract<SourceSettings, { engine: E }>;
