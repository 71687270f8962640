// The shape of `waves.yaml`. What a field means stands here once: types, checks and the published JSON Schema come of it.
// Rules between fields are in `lint.ts`.

import * as z from "zod";
import { sourceSettings } from "../sources/settings.ts";

/** Writes down beside a field what its reader needs to know; editors show it. */
const said = <T extends z.ZodType>(text: string, schema: T): T => schema.meta({ description: text }) as T;

const line = z.string().trim().min(1).max(500);
const paragraph = z.string().trim().min(1).max(4000);
const key = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/);
const holder = said("id of a person as enrolled in the register", z.string().min(1).max(200));
const zone = said("IANA zone, such as Asia/Jakarta (WIB), Asia/Makassar (WITA), Asia/Jayapura (WIT)", z.string());
const relative = said("path inside the folder of waves.yaml", z.string().min(1).max(1000));
const moment = said("2026-03-02T20:00, in the plan's zone unless it ends in an offset such as +07:00", z.string());
const day = said("a date, 2026-03-02", z.string());
const percent = z.number();
const decimal = said('an amount as text, such as "1500000.00"', z.string().regex(/^\d{1,30}(\.\d{1,2})?$/));
const duration = said("a whole number and its unit: 90m, 72h, 14d, 2w", z.string().regex(/^\d{1,6}[mhdw]$/));

/** Personal data: they stay in the file, are left out of its hash and of every report, and never reach the chain. */
const contact = said(
  "personal data: kept in this file alone, never hashed, reported or sent to the chain",
  z.strictObject({ name: line.optional(), phone: line.optional(), email: line.optional() }),
);
const person = z.strictObject({
  office: said("the office (jabatan) that answers for it", line),
  holder,
  contact: contact.optional(),
});

const agency = z.strictObject({
  id: said("id of the agency as registered", z.string().min(1).max(200)),
  name: line,
  parent: z.string().min(1).max(200).optional(),
  codes: said("what the legacy systems call it; text, so quote what looks like a number", z.array(z.string().min(1))),
  stem: said("the ocid stem of this agency that is reserved for waves", z.string().min(1).max(200)),
  head: z.strictObject({ holder, office: line.optional(), contact: contact.optional() }),
});

const dataset = z.strictObject({
  id: key,
  source: key,
  table: said("table, sheet or file of the source, as `migrate inventory` names it", z.string().min(1)),
  map: relative,
  order: said("rank in which what datasets say of one process is laid over each other; later ranks win", z.int()),
});

const quality = z.strictObject({
  id: key,
  on: said("a dataset", key),
  check: said("such as: nilai_kontrak > 0", line),
  level: z.enum(["fail", "warn"]),
  onRow: said("what becomes of a row that breaks a rule of level fail", z.enum(["reject", "stop"])).optional(),
  maxPercent: said("of the rows may break it before the wave is stopped", percent).optional(),
  text: said("why the rule is there, for the report", line).optional(),
});

const DEDUPE_RULES = ["exact-row", "ignoring-load-stamps", "key", "npwp-core", "nib", "name-fingerprint"] as const;
const dedupe = z.strictObject({
  on: said("an entity (supplier, agency, process, payment, record) or a dataset", key),
  rules: said("rules that merge without a person", z.array(z.enum(DEDUPE_RULES))),
  ignore: said(
    "columns that do not count; for ignoring-load-stamps those that profile shows as load stamps where left out",
    z.array(line),
  ).optional(),
  key: said("columns that make two rows the same thing", z.array(line)).optional(),
  keep: said(
    "which of the rows of one key stays; a person decides where left out",
    z.union([z.literal("first"), z.strictObject({ newest: said("a column, by its text", line) })]),
  ).optional(),
  decisions: said("what people decided; decisions/<on>.ndjson where left out", relative).optional(),
});

export const ENTITIES = ["agency", "supplier", "process", "payment", "record"] as const;

const wave = z.strictObject({
  id: key,
  name: line.optional(),
  after: said("waves that must be active before", z.array(key)),
  pilot: z.boolean().optional(),
  tier: said(
    "of processes: A whole on chain; B terms and digest on chain; C root of a lot on chain. Other records are C",
    z.enum(["A", "B", "C"]),
  ),
  datasets: z.array(key).optional(),
  entities: said("all datasets that give these, instead of or beside `datasets`", z.array(z.enum(ENTITIES))).optional(),
  scope: z.strictObject({
    agencies: said('ids of agencies, or "*" for all', z.union([z.literal("*"), z.array(z.string()).min(1)])),
    except: said('agencies left out of "*"', z.array(z.string())).optional(),
    years: said("budget years; all where left out", z.array(z.int().min(1945).max(2200))).optional(),
    keys: said("single processes of a pilot, by their key in the source", z.array(z.string())).optional(),
  }),
  lead: said("agency whose head opens, closes and activates the wave", z.string()),
  overseer: said("second person at activation and rollback, from the inspectorate or personnel office", person),
  owner: person,
  deputy: person,
  window: z.strictObject({
    start: moment,
    end: moment,
    zone: zone.optional(),
    overrun: said(
      "at the end of the window the run stops at a lot's border and can go on in the next",
      z.enum(["pause"]),
    ),
    further: said(
      "windows after the first, in their order, in which a run that its end has paused goes on; what is sealed is what an open wave has",
      z.array(z.strictObject({ start: moment, end: moment })).max(60),
    ).optional(),
  }),
  cutOver: said("from when the new system leads; the window's start where left out", moment).optional(),
  backup: z.strictObject({
    restoreTest: said("a backup that was never restored is none", z.literal("required")),
    maxAgeDays: z.int(),
  }),
  rehearsal: z.strictObject({
    maxAgeDays: z.int(),
    maxEtaErrorPercent: percent.optional(),
  }),
  approvals: z.strictObject({ activate: z.int().min(2).max(4), rollback: z.int().min(2).max(4) }).optional(),
  goNoGo: z.strictObject({
    rejectsMaxPercent: percent,
    mismatchesMax: z.int().min(0),
    unreviewedDuplicatesMax: z.int().min(0),
    controlTotalsDelta: decimal,
    samplesSigned: said("rows that people compare with the old system and sign", z.int().min(0)),
  }),
  rollback: z.strictObject({
    trigger: said("what makes the owner roll back, one sentence each", z.array(line).min(1)),
    deadline: said("after activation; until then it can be rolled back, then it can be made final", duration),
    edited: said(
      "records edited since: block refuses the rollback, detach keeps them with a correcting entry",
      z.enum(["block", "detach"]),
    ),
    reverseDelta: said("form in which edits go back to the old system", z.enum(["sql", "csv"])),
    contact: contact.optional(),
  }),
  communication: z
    .array(
      z.strictObject({
        when: said("start, end or cutOver of the window, minus or plus a duration: start-7d", z.string()),
        audience: line,
        channel: line,
        text: paragraph,
      }),
    )
    .optional(),
  training: z.array(z.strictObject({ role: line, material: line, doneBy: day })).optional(),
  requireLessons: said(
    "lessons/<wave>.yaml of each wave of `after` must be there before this one",
    z.boolean(),
  ).optional(),
});

/** `waves.yaml`. */
export const planSchema = z.strictObject({
  apiVersion: z.literal("prasasti/migration/v1"),
  id: said("of this migration; never changed once a wave is open", z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/)),
  name: line,
  currency: said("ISO 4217", z.string().regex(/^[A-Z]{3}$/)),
  timezone: zone,
  deadline: said("day on which the old systems are to be silent", day),
  policy: z
    .strictObject({ ruleSet: said("rule set of the register that holds for what is migrated", line) })
    .optional(),
  approvers: said(
    "who signs the sealed plan: at least two different people",
    z.array(z.strictObject({ office: line, holder, contact: contact.optional() })).min(2),
  ),
  sources: z.record(key, sourceSettings),
  signOff: said(
    "who owns each source and signs that its profile is known to him",
    z.array(z.strictObject({ source: key, office: line, holder, contact: contact.optional() })),
  ),
  agencies: z.array(agency),
  datasets: z.array(dataset),
  quality: z.array(quality).optional(),
  dedupe: z.array(dedupe).optional(),
  waves: z.array(wave).min(1),
  goals: z.array(
    z.strictObject({
      id: key,
      metric: line,
      baseline: said("measured before; a goal without one cannot be judged", z.number()),
      target: z.number(),
      unit: line.optional(),
    }),
  ),
  risks: z.array(
    z.strictObject({
      id: key,
      text: paragraph,
      likelihood: z.int().min(1).max(5),
      impact: z.int().min(1).max(5),
      mitigation: paragraph,
      owner: said("an office", line),
    }),
  ),
  budget: z.strictObject({
    currency: z.string().regex(/^[A-Z]{3}$/),
    items: z.array(z.strictObject({ name: line, amount: decimal })),
  }),
});

export type Plan = z.infer<typeof planSchema>;
export type Wave = Plan["waves"][number];
export type Agency = Plan["agencies"][number];
export type Dataset = Plan["datasets"][number];
export type Entity = (typeof ENTITIES)[number];

/** The published JSON Schema (docs/reference/waves.schema.json), so that editors complete and check while one types. */
export function planJsonSchema(): Record<string, unknown> {
  return {
    ...z.toJSONSchema(planSchema, { io: "input" }),
    title: "waves.yaml of prasasti migrate",
  };
}
