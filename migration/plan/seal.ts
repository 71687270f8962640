// A sealed plan: what two people signed, and whether it is still what they signed.

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import * as z from "zod";
import { sha256 } from "#hash";
import type { SigningKey } from "../../server/cli/key-file.ts";
import { type Hex, toHex, utf8 } from "../../server/domain/entries/words.ts";
import { Fault } from "../../server/domain/fault.ts";
import { canonicalJson } from "../../server/domain/json.ts";
import type { Words } from "../../server/domain/problems.ts";
import { openSource } from "../sources/open-source.ts";
import { diffPlans, type PlanChange } from "./diff.ts";
import { lintPlan } from "./lint.ts";
import { readMapFacts } from "./map-facts.ts";
import { readPlan, readPlanText } from "./read-plan.ts";
import { type Plan, planSchema } from "./schema.ts";
import { isSigned, signStatement } from "./statement.ts";

export const SEALED = "waves.sealed.json";

const hash = z.custom<Hex>((value) => typeof value === "string" && /^0x[0-9a-f]{64}$/.test(value));
const partsSchema = z.strictObject({
  /** what the map says with the codes it uses, by its path */
  maps: z.record(z.string(), hash),
  /** what people decided, by file */
  decisions: z.record(z.string(), hash),
  /** tables and columns that the datasets of a source read */
  sources: z.record(z.string(), hash),
});
const sealedSchema = z.strictObject({
  format: z.literal("prasasti-waves"),
  version: z.literal(1),
  hash,
  sealed: z.string(),
  plan: z.record(z.string(), z.unknown()),
  parts: partsSchema,
  signatures: z.array(
    z.strictObject({
      holder: z.string(),
      office: z.string(),
      address: z.custom<Hex>((value) => typeof value === "string" && /^0x[0-9a-f]{40}$/.test(value)),
      at: z.int(),
      signature: z.custom<Hex>((value) => typeof value === "string" && /^0x[0-9a-f]{130}$/.test(value)),
    }),
  ),
});

type Parts = z.infer<typeof partsSchema>;
export type Sealed = z.infer<typeof sealedSchema>;
/** What is no longer as it was sealed. */
export type Stale = {
  readonly what: "plan" | "map" | "decisions" | "source";
  readonly name: string;
  readonly words: Words;
};

/** A plan as it is hashed: without contacts, which are personal data and may change at any time. */
export function withoutContacts(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutContacts);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => name !== "contact")
      .map(([name, part]) => [name, withoutContacts(part)]),
  );
}

function hashOf(plan: unknown, parts: Parts): Hex {
  return toHex(sha256(utf8(canonicalJson({ format: "prasasti-waves", version: 1, plan, parts }))));
}

/**
 * Seals the plan of a folder. Sealing what is sealed already changes nothing and keeps the signatures; sealing something
 * else puts the former aside and voids its approvals.
 * @throws Fault `plan-faults` where the lint names an error; SourceFault where a source cannot be reached
 */
export async function sealPlan(
  folder: string,
  now: Date,
  { dryRun = false } = {},
): Promise<{ sealed: Sealed; fresh: boolean }> {
  const { plan, faults } = await lintPlan(folder);
  const errors = faults.filter(({ level }) => level === "error");
  if (plan === undefined || errors.length > 0) throw unsealable(errors.length);
  const { value } = await readPlanText(folder);
  const content = withoutContacts(value) as Record<string, unknown>;
  const parts: Parts = {
    maps: await mapDigests(folder, plan),
    decisions: await decisionDigests(folder),
    sources: await sourceFingerprints(folder, plan),
  };
  const hash = hashOf(content, parts);
  const former = await readSealed(folder);
  if (former?.hash === hash) return { sealed: former, fresh: false };
  if (former && !dryRun) {
    await mkdir(join(folder, ".migrate/sealed"), { recursive: true });
    await writeFile(join(folder, ".migrate/sealed", `${former.hash}.json`), `${JSON.stringify(former, null, 2)}\n`);
  }
  const sealed: Sealed = {
    ...{ format: "prasasti-waves", version: 1, hash, sealed: now.toISOString(), plan: content, parts, signatures: [] },
  };
  if (!dryRun) await writeSealed(folder, sealed);
  return { sealed, fresh: true };
}

/** The sealed plan, its own hash checked; undefined where none is sealed. @throws Fault `sealed-changed` */
export async function readSealed(folder: string): Promise<Sealed | undefined> {
  let text: string;
  try {
    text = await readFile(join(folder, SEALED), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  const sealed = sealedSchema.safeParse(parsed(text)).data;
  if (!sealed || sealed.hash !== hashOf(sealed.plan, sealed.parts)) throw tampered();
  return sealed;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function writeSealed(folder: string, sealed: Sealed): Promise<void> {
  // a crash leaves the former file whole
  const next = join(folder, `${SEALED}.next`);
  await writeFile(next, `${JSON.stringify(sealed, null, 2)}\n`, { flush: true });
  await rename(next, join(folder, SEALED));
}

/**
 * Signs the sealed plan. Signing twice changes nothing.
 * @throws Fault `plan-unsealed`, `plan-stale`, `not-an-approver`, `same-person`
 */
export async function approvePlan(
  folder: string,
  key: SigningKey,
  now: Date,
  { dryRun = false } = {},
): Promise<Sealed> {
  const sealed = await readSealed(folder);
  if (!sealed) throw unsealed();
  const stale = await staleParts(folder);
  if (stale.length > 0) throw staleFault(stale);
  const plan = await readPlan(folder);
  const approver = plan.approvers.find(({ holder }) => holder === key.holder);
  if (!approver) throw notAnApprover(key.holder, plan);
  const { valid } = approvalsOf(sealed);
  const same = valid.find(({ holder, address }) => holder === key.holder || address === key.address);
  if (same?.holder === key.holder) return sealed;
  if (same) throw oneKey(same.holder);
  const signature = signStatement({ says: "plan", plan: plan.id, hash: sealed.hash }, key, now);
  const next = { ...sealed, signatures: [...valid, { ...signature, office: approver.office }] };
  if (!dryRun) await writeSealed(folder, next);
  return next;
}

export type Approval = Sealed["signatures"][number];

/**
 * The signatures of a sealed plan that hold: made by the key they name, over this hash, by different people that the
 * plan names, with different keys. `wrong` are the others. Whether a key is its holder's is asked of the register, when
 * the wave is opened there.
 */
export function approvalsOf({ plan, hash, signatures }: Sealed): { valid: Approval[]; wrong: Approval[] } {
  const { id, approvers } = plan as Pick<Plan, "id" | "approvers">;
  const [valid, wrong]: [Approval[], Approval[]] = [[], []];
  for (const signature of signatures) {
    const named = approvers.some(({ holder }) => holder === signature.holder);
    const other = valid.every(({ holder, address }) => holder !== signature.holder && address !== signature.address);
    const holds = named && other && isSigned({ says: "plan", plan: id, hash }, signature);
    (holds ? valid : wrong).push(signature);
  }
  return { valid, wrong };
}

/** What changed since the plan was sealed; empty where nothing is sealed. `sources`: look into them too, which opens them. */
export async function staleParts(folder: string, { sources = false } = {}): Promise<Stale[]> {
  const sealed = await readSealed(folder);
  if (!sealed) return [];
  const { value, syntax, file } = await readPlanText(folder);
  const stale: Stale[] = [];
  const changed = (what: Stale["what"], name: string, en: string, id: string) =>
    stale.push({ what, name, words: { en, id } });
  if (syntax.length > 0) {
    changed("plan", file, "the plan can no longer be read", "rencana tidak dapat dibaca lagi");
    return stale;
  }
  for (const { words } of changesOf(sealed, value)) stale.push({ what: "plan", name: file, words });
  const compare = (what: "map" | "decisions" | "source", before: Record<string, Hex>, now: Record<string, Hex>) => {
    for (const name of new Set([...Object.keys(before), ...Object.keys(now)])) {
      if (before[name] === now[name]) continue;
      if (before[name] === undefined) changed(what, name, `${name} is new`, `${name} baru`);
      else if (now[name] === undefined) changed(what, name, `${name} is gone`, `${name} hilang`);
      else changed(what, name, ...CHANGED[what](name));
    }
  };
  const { data: plan } = planSchema.safeParse(sealed.plan);
  if (plan === undefined) {
    changed("plan", SEALED, "it was sealed by another version of this program", "disegel oleh versi lain program ini");
    return stale;
  }
  compare("map", sealed.parts.maps, await mapDigests(folder, plan));
  compare("decisions", sealed.parts.decisions, await decisionDigests(folder));
  if (sources) compare("source", sealed.parts.sources, await sourceFingerprints(folder, plan));
  return stale;
}

const CHANGED = {
  map: (name: string) => [`the map ${name} says something else`, `peta ${name} berisi lain`],
  decisions: (name: string) => [`the decisions in ${name} are others`, `keputusan dalam ${name} berbeda`],
  source: (name: string) => [
    `tables or columns of source ${name} are others`,
    `tabel atau kolom sumber ${name} berbeda`,
  ],
} as const satisfies Record<string, (name: string) => readonly [string, string]>;

function changesOf(sealed: Sealed, value: unknown): PlanChange[] {
  return diffPlans(sealed.plan, withoutContacts(value));
}

// ---- parts

/** A map that is missing or wrong has no digest. */
async function mapDigests(folder: string, { datasets }: Plan): Promise<Record<string, Hex>> {
  const digests: Record<string, Hex> = {};
  for (const { map } of datasets) {
    const facts = await readMapFacts(folder, map);
    if (facts && "digest" in facts) digests[map] = facts.digest;
  }
  return digests;
}

/** As what suppliers were first registered: it follows from the decisions, and grows with each wave that is staged. */
const GROWING = "suppliers.ndjson";

/** Of every file of decisions: what its lines say, in their order. */
async function decisionDigests(folder: string): Promise<Record<string, Hex>> {
  const names = await readdir(join(folder, "decisions")).catch(() => []);
  const digests: Record<string, Hex> = {};
  for (const name of names.filter((each) => each.endsWith(".ndjson") && each !== GROWING).sort()) {
    const digest = createHash("sha256");
    for await (const line of createInterface({
      input: createReadStream(join(folder, "decisions", name)),
      crlfDelay: Infinity,
    })) {
      if (line.trim() === "") continue;
      const value = parsed(line);
      digest.update(value === undefined ? line : canonicalJson(value)).update("\n");
    }
    digests[`decisions/${name}`] = `0x${digest.digest("hex")}`;
  }
  return digests;
}

/** What the datasets of each source read: names, types and keys of their tables. */
async function sourceFingerprints(folder: string, { sources, datasets }: Plan): Promise<Record<string, Hex>> {
  const prints: Record<string, Hex> = {};
  for (const [name, settings] of Object.entries(sources)) {
    const used = new Set(datasets.filter((each) => each.source === name).map(({ table }) => table));
    if (used.size === 0) continue;
    const source = await openSource(settings, folder, { name });
    try {
      const tables = (await source.tables())
        .filter((table) => used.has(table.name))
        .map(({ name, columns, key }) => ({
          name,
          columns: columns.map(({ name, type }) => ({ name, type })),
          key: [...key],
        }))
        .sort((a, b) => (a.name < b.name ? -1 : 1));
      const missing = [...used].find((table) => !tables.some(({ name }) => name === table));
      if (missing !== undefined) throw tableMissing(name, missing);
      prints[name] = toHex(sha256(utf8(canonicalJson(tables))));
    } finally {
      await source.close();
    }
  }
  return prints;
}

// ---- faults

function unsealable(count: number): Fault {
  return new Fault("plan-faults", {
    explanation: {
      en: `The plan has ${count} faults and cannot be sealed.`,
      id: `Rencana punya ${count} kesalahan dan tidak dapat disegel.`,
    },
    remedy: { en: "See them with: prasasti migrate plan lint", id: "Lihat dengan: prasasti migrate plan lint" },
  });
}

function tampered(): Fault {
  return new Fault("sealed-changed", {
    explanation: {
      en: `${SEALED} was changed after it was sealed: its content does not have the hash it names.`,
      id: `${SEALED} diubah setelah disegel: isinya tidak sesuai hash yang disebutnya.`,
    },
    remedy: {
      en: "Fetch the file that was signed, or seal and have it approved again.",
      id: "Ambil berkas yang ditandatangani, atau segel dan mintakan persetujuan lagi.",
    },
  });
}

function unsealed(): Fault {
  return new Fault("plan-unsealed", {
    explanation: { en: "No plan is sealed here.", id: "Belum ada rencana yang disegel di sini." },
    remedy: { en: "Seal it with: prasasti migrate plan seal", id: "Segel dengan: prasasti migrate plan seal" },
  });
}

/** Exit code 8. */
export function staleFault(stale: readonly Stale[]): Fault {
  const list = (language: "en" | "id") => stale.map(({ words }) => words[language]).join("; ");
  return new Fault("plan-stale", {
    explanation: {
      en: `The sealed plan is stale: ${list("en")}.`,
      id: `Rencana yang disegel sudah usang: ${list("id")}.`,
    },
    remedy: {
      en: "Undo the change, or seal and have it approved again: approvals and rehearsals of before are void.",
      id: "Batalkan perubahannya, atau segel dan mintakan persetujuan lagi: persetujuan dan gladi sebelumnya batal.",
    },
  });
}

function notAnApprover(holder: string, { approvers }: Plan): Fault {
  const who = approvers.map(({ office, holder }) => `${office} (${holder})`).join(", ");
  return new Fault("not-an-approver", {
    explanation: { en: `${holder} is no approver of this plan.`, id: `${holder} bukan penyetuju rencana ini.` },
    remedy: { en: `It is signed by: ${who}.`, id: `Penandatangannya: ${who}.` },
  });
}

function oneKey(holder: string): Fault {
  return new Fault("same-person", {
    explanation: {
      en: `That key has signed already, as ${holder}.`,
      id: `Kunci itu sudah menandatangani, sebagai ${holder}.`,
    },
    remedy: {
      en: "A second person signs with a key of his own.",
      id: "Orang kedua menandatangani dengan kuncinya sendiri.",
    },
  });
}

function tableMissing(source: string, table: string): Fault {
  return new Fault("table-missing", {
    explanation: { en: `Source ${source} has no table ${table}.`, id: `Sumber ${source} tidak punya tabel ${table}.` },
    remedy: { en: "Correct `table` of the dataset.", id: "Betulkan `table` pada dataset." },
  });
}
