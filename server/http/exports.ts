import type { Readable } from "node:stream";
import { z } from "zod";
import { EXPORT_COLUMNS, EXPORTS, type ExportFilter, type ExportName } from "../actions/export-tables.ts";
import { type Language, ProblemError } from "../domain/problems.ts";
import { words } from "./answers.ts";
import { type App, languageOf } from "./app.ts";
import { day, organisationText } from "./schemas.ts";

/** How a table is written; what is absent is as the language has it. */
export type ExportForm = {
  format: "csv" | "xlsx";
  language: Language;
  delimiter?: "," | ";" | undefined;
  decimal?: "." | "," | undefined;
  dates?: "iso" | "local" | undefined;
};
export type ExportsGateway = {
  /** the bytes of a table as they are made, and how many entries the register had when it began */
  exportTable(name: ExportName, filter: ExportFilter, form: ExportForm): { content: Readable; entries: number };
};

const TYPES = {
  csv: "text/csv; charset=utf-8",
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
} as const;
/** Tables that are made at the same time: each reads all of the register. */
const MOST = 4;

/** Tables for people, made of what the register publishes. */
export async function exportRoutes(app: App, { exportTable }: ExportsGateway): Promise<void> {
  let open = 0;
  app.get(
    "/api/v1/exports",
    {
      config: { permission: "register.read" },
      schema: {
        tags: ["OCDS"],
        summary: "The tables that can be had, and what their columns mean",
        response: {
          200: z.object({
            exports: z.array(
              z.object({
                name: z.enum(EXPORTS),
                columns: z.array(
                  z.object({
                    name: z.string(),
                    kind: z.enum(["text", "money", "date", "count"]),
                    title: words,
                    about: words,
                  }),
                ),
              }),
            ),
          }),
        },
      },
    },
    async () => ({ exports: EXPORTS.map((name) => ({ name, columns: [...EXPORT_COLUMNS[name]] })) }),
  );
  app.get(
    "/api/v1/exports/:name",
    {
      config: { permission: "register.read" },
      // a workbook is packed already; a table is sent as it is made
      compress: false,
      schema: {
        tags: ["OCDS"],
        summary: "A table for people: contracts, payments, exceptions or suppliers, as CSV or XLSX",
        description: `Of an agency with those below it and of a period: of contracts and suppliers by the day of signing, of payments by the day they cleared, of exceptions by the day of recording. Written while it is read, so it needs no memory however long it is; a transfer that breaks off is not whole. Cells that a program would run are written as text. In Indonesian: semicolons, decimal commas, days as 31/12/2025; in English: commas, decimal points, days as 2025-12-31. A workbook has a second sheet that explains the columns. At most ${MOST} are made at a time.`,
        params: z.object({ name: z.enum(EXPORTS) }),
        querystring: z.strictObject({
          format: z.enum(["csv", "xlsx"]).default("csv"),
          agency: organisationText.optional(),
          from: day.optional().describe("first day, YYYY-MM-DD"),
          until: day.optional().describe("last day, YYYY-MM-DD"),
          lang: z.enum(["en", "id"]).optional().describe("of headings and words; else by Accept-Language"),
          delimiter: z.enum([",", ";"]).optional().describe("of CSV"),
          decimal: z.enum([".", ","]).optional().describe("of CSV"),
          dates: z.enum(["iso", "local"]).optional().describe("of CSV: 2025-12-31 or 31/12/2025"),
        }),
        response: {
          200: {
            description: "the table",
            content: {
              "text/csv": { schema: z.unknown() },
              [TYPES.xlsx]: { schema: z.unknown() },
            },
          },
        },
        problems: ["exports-busy"],
      },
    },
    async (request, reply) => {
      const { format, lang, agency, from, until, delimiter, decimal, dates } = request.query;
      const { name } = request.params;
      if (delimiter === "," && decimal === ",")
        throw new ProblemError("invalid-request", {
          en: "delimiter and decimal are both a comma: a cell would become two.",
          id: "delimiter dan decimal sama-sama koma: satu sel menjadi dua.",
        });
      if (open >= MOST) throw new ProblemError("exports-busy");
      const language = lang ?? languageOf(request);
      const form = { format, language, delimiter, decimal, dates };
      const { content, entries } = exportTable(name, { agency, from, until }, form);
      open++;
      content.once("close", () => {
        open--;
      });
      const span = [from, until].filter(Boolean).join("_");
      return reply
        .type(TYPES[format])
        .header("vary", "accept-language")
        .header("cache-control", "no-store")
        .header("x-register-entries", entries)
        .header(
          "content-disposition",
          `attachment; filename="prasasti-${name}${span === "" ? "" : `-${span}`}.${format}"`,
        )
        .send(content as never) as never;
    },
  );
}
