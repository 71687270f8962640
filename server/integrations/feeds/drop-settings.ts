import { z } from "zod";
import { sourceSettings } from "../../../migration/sources/settings.ts";

const [csv, xlsx, json, jsonl, ocds] = sourceSettings.options;
const form = z.discriminatedUnion("engine", [
  csv.omit({ path: true }),
  xlsx.omit({ path: true }),
  json.omit({ path: true }),
  jsonl.omit({ path: true }),
  ocds.omit({ path: true }),
]);

/** A folder into which people or programs put files, as `connectors.yaml` declares it under `sources`. */
export const dropSettings = z.strictObject({
  engine: z.literal("drop"),
  folder: z.string().min(1).describe("where files are put; relative to the folder of connectors.yaml"),
  names: z
    .string()
    .regex(/^[^/\\]+$/, "a-file-name")
    .describe("which files, as *.csv or sp2d-*.xlsx; others are left alone"),
  as: form.describe("how such a file is read"),
  still: z
    .number()
    .min(0)
    .max(3_600)
    .default(5)
    .describe("seconds for which a file must not change before it is taken: it may still be being written"),
  maxBytes: z
    .int()
    .min(1)
    .default(512 * 2 ** 20)
    .describe("largest file that is taken"),
});

export type DropSettings = z.output<typeof dropSettings>;
