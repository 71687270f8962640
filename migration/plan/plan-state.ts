import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import * as z from "zod";
import type { Hex } from "../../server/domain/entries/words.ts";
import { Fault } from "../../server/domain/fault.ts";
import type { Words } from "../../server/domain/problems.ts";
import { backupState } from "./backup.ts";
import { lintPlan } from "./lint.ts";
import { readMapFacts } from "./map-facts.ts";
import type { Plan, Wave } from "./schema.ts";
import { inOrder } from "./scope.ts";
import { approvalsOf, readSealed, type Stale, staleParts } from "./seal.ts";
import { type SignOffState, signOffState } from "./sign-off.ts";

/** What must be so before a wave runs. */
export type GateName = "lint" | "seal" | "approval" | "fresh" | "sign-off" | "backup" | "rehearsal" | "lessons";
/** `words`: how it stands. `remedy`: what opens a gate that is shut. `until`: RFC 3339, when an open one shuts by age. */
type Gate = {
  readonly gate: GateName;
  readonly met: boolean;
  readonly words: Words;
  readonly remedy?: Words;
  readonly until?: string;
};
type WaveState = { readonly wave: string; readonly gates: readonly Gate[]; readonly ready: boolean };
export type PlanState = {
  readonly plan?: string;
  readonly hash?: Hex;
  readonly stale: readonly Stale[];
  /** in the order in which they may run */
  readonly waves: readonly WaveState[];
};

/**
 * How the gates of every wave stand. Reads files only, and changes nothing; whether a source's tables are still those of
 * the seal is looked at with `sources`, which opens them.
 */
export async function planState(folder: string, { now = new Date(), sources = false } = {}): Promise<PlanState> {
  const { plan, faults } = await lintPlan(folder);
  const errors = faults.filter(({ level }) => level === "error").length;
  if (plan === undefined) {
    const waves: WaveState[] = [];
    return { stale: [], waves };
  }
  const sealed = await readSealed(folder);
  const stale = sealed ? await staleParts(folder, { sources }) : [];
  const { valid } = sealed ? approvalsOf(sealed) : { valid: [] };
  const common: Gate[] = [
    gate(
      "lint",
      errors === 0,
      said(`${errors} faults`, `${errors} kesalahan`),
      said("Put right what `plan lint` names.", "Perbaiki yang disebut `plan lint`."),
    ),
    gate(
      "seal",
      sealed !== undefined,
      sealed
        ? said(
            `sealed ${sealed.sealed.slice(0, 10)}, ${sealed.hash.slice(0, 10)}…`,
            `disegel ${sealed.sealed.slice(0, 10)}, ${sealed.hash.slice(0, 10)}…`,
          )
        : said("not sealed", "belum disegel"),
      said("Seal it with `plan seal`.", "Segel dengan `plan seal`."),
    ),
    gate(
      "approval",
      valid.length >= 2,
      valid.length === 0
        ? said("nobody has signed", "belum ada yang menandatangani")
        : both(valid.map(({ office }) => office).join(", ")),
      said("Two approvers sign with `plan approve`.", "Dua penyetuju menandatangani dengan `plan approve`."),
    ),
    gate(
      "fresh",
      sealed !== undefined && stale.length === 0,
      stale.length === 0
        ? said("nothing changed since", "tidak ada yang berubah sejak itu")
        : { en: stale.map(({ words }) => words.en).join("; "), id: stale.map(({ words }) => words.id).join("; ") },
      said("Undo the change, or seal and approve again.", "Batalkan perubahan, atau segel dan setujui lagi."),
    ),
  ];
  const waves: WaveState[] = [];
  for (const wave of inOrder(plan.waves)) {
    const gates = [
      ...common,
      ...(await signOffs(folder, plan, wave)),
      await backupGate(folder, plan, wave, now),
      await rehearsalGate(folder, wave, sealed?.hash, now),
      ...(wave.requireLessons ? await lessonsGates(folder, plan, wave) : []),
    ];
    waves.push({ wave: wave.id, gates, ready: gates.every(({ met }) => met) });
  }
  return { plan: plan.id, ...(sealed ? { hash: sealed.hash } : {}), stale, waves };
}

/**
 * Before a wave runs. @throws Fault `plan-stale` (exit 8) where something changed after the seal, `gate-shut` (exit 6)
 * where a gate is not met; `besides` are gates that the caller opens himself, as a rehearsal does its own
 */
export async function assertGates(
  folder: string,
  wave: string,
  { now = new Date(), besides = [] as readonly GateName[] } = {},
): Promise<PlanState> {
  const state = await planState(folder, { now, sources: true });
  if (state.stale.length > 0) {
    const { staleFault } = await import("./seal.ts");
    throw staleFault(state.stale);
  }
  const gates = state.waves.find((each) => each.wave === wave)?.gates;
  if (gates === undefined) throw noWave(wave, state);
  const shut = gates.filter(({ gate, met }) => !met && !besides.includes(gate));
  if (shut.length > 0) throw gateShut(wave, shut);
  return state;
}

// ---- one gate each

function gate(gate: GateName, met: boolean, words: Words, remedy: Words, until?: number): Gate {
  return {
    ...{ gate, met, words },
    ...(met ? {} : { remedy }),
    ...(met && until !== undefined ? { until: new Date(until).toISOString() } : {}),
  };
}

const said = (en: string, id: string): Words => ({ en, id });
const both = (text: string): Words => ({ en: text, id: text });
const DAY = 86_400_000;

/** Sources that a wave reads. */
export async function sourcesOf(folder: string, plan: Plan, { datasets = [], entities = [] }: Wave): Promise<string[]> {
  const found = new Set<string>();
  for (const { id, source, map } of plan.datasets) {
    if (datasets.includes(id)) found.add(source);
    else if (entities.length > 0) {
      const facts = await readMapFacts(folder, map);
      if (facts && "entities" in facts && facts.entities.some((entity) => entities.includes(entity))) found.add(source);
    }
  }
  return [...found];
}

const SIGN_OFF: Readonly<Record<SignOffState, Words>> = {
  signed: said("signed by its owner", "ditandatangani pemiliknya"),
  unsigned: said("its owner has not signed", "pemiliknya belum menandatangani"),
  "profile-missing": said("never profiled", "belum diprofilkan"),
  "profile-changed": said(
    "profiled again after its owner signed",
    "diprofilkan lagi setelah pemiliknya menandatangani",
  ),
  wrong: said("the signature is not its owner's, or was changed", "tanda tangannya bukan dari pemiliknya, atau diubah"),
};

async function signOffs(folder: string, plan: Plan, wave: Wave): Promise<Gate[]> {
  const gates: Gate[] = [];
  for (const source of await sourcesOf(folder, plan, wave)) {
    const state = await signOffState(folder, plan, source);
    const { en, id } = SIGN_OFF[state];
    gates.push(
      gate(
        "sign-off",
        state === "signed",
        said(`${source}: ${en}`, `${source}: ${id}`),
        said(
          `Its owner signs with \`plan sign-off ${source}\`.`,
          `Pemiliknya menandatangani dengan \`plan sign-off ${source}\`.`,
        ),
      ),
    );
  }
  return gates;
}

async function backupGate(folder: string, plan: Plan, wave: Wave, now: Date): Promise<Gate> {
  const remedy = said(`Make one with \`backup create ${wave.id}\`.`, `Buat dengan \`backup create ${wave.id}\`.`);
  const state = await backupState(folder, wave.id);
  if (!("taken" in state)) return gate("backup", false, state.words, remedy);
  const missing = (await sourcesOf(folder, plan, wave)).filter((source) => !state.sources.includes(source));
  if (missing.length > 0)
    return gate("backup", false, said(`without ${missing.join(", ")}`, `tanpa ${missing.join(", ")}`), remedy);
  const until = state.taken.getTime() + wave.backup.maxAgeDays * DAY;
  const date = state.taken.toISOString().slice(0, 16);
  if (now.getTime() > until) {
    return gate(
      "backup",
      false,
      said(
        `of ${date}, older than ${wave.backup.maxAgeDays} days`,
        `dari ${date}, lebih tua dari ${wave.backup.maxAgeDays} hari`,
      ),
      remedy,
    );
  }
  return gate(
    "backup",
    true,
    said(`of ${date}, restored and compared`, `dari ${date}, dipulihkan dan dibandingkan`),
    remedy,
    until,
  );
}

/** What a rehearsal leaves in `.migrate/rehearsal/<wave>.json`; it may say more. */
const rehearsalSchema = z.looseObject({
  wave: z.string(),
  planHash: z.string(),
  finished: z.iso.datetime(),
  passed: z.boolean(),
  etaErrorPercent: z.number().optional(),
});

async function rehearsalGate(folder: string, wave: Wave, hash: Hex | undefined, now: Date): Promise<Gate> {
  const remedy = said(`Rehearse with \`rehearse ${wave.id}\`.`, `Gladi dengan \`rehearse ${wave.id}\`.`);
  const shut = (en: string, id: string) => gate("rehearsal", false, said(en, id), remedy);
  let found: z.infer<typeof rehearsalSchema> | undefined;
  try {
    found = rehearsalSchema.safeParse(
      JSON.parse(await readFile(join(folder, `.migrate/rehearsal/${wave.id}.json`), "utf8")),
    ).data;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return shut("never rehearsed", "belum pernah digladi");
  }
  if (found?.wave !== wave.id) return shut("its record cannot be read", "catatannya tidak dapat dibaca");
  if (!found.passed) return shut("failed", "gagal");
  if (found.planHash !== hash)
    return shut("of another plan than the sealed one", "dari rencana lain, bukan yang disegel");
  const { maxAgeDays, maxEtaErrorPercent } = wave.rehearsal;
  const until = Date.parse(found.finished) + maxAgeDays * DAY;
  if (now.getTime() > until) return shut(`older than ${maxAgeDays} days`, `lebih tua dari ${maxAgeDays} hari`);
  const error = found.etaErrorPercent;
  if (maxEtaErrorPercent !== undefined && error !== undefined && error > maxEtaErrorPercent) {
    return shut(
      `its time was foreseen ${error} % wrong, ${maxEtaErrorPercent} % are allowed`,
      `waktunya meleset ${error} %, batasnya ${maxEtaErrorPercent} %`,
    );
  }
  return gate(
    "rehearsal",
    true,
    said(`passed ${found.finished.slice(0, 16)}`, `lulus ${found.finished.slice(0, 16)}`),
    remedy,
    until,
  );
}

/** `lessons/<wave>.yaml`: what a wave taught, and who does what about it before the next. */
const lessonsSchema = z.strictObject({
  wave: z.string(),
  written: z.string(),
  lessons: z
    .array(
      z.strictObject({
        text: z.string().min(1),
        action: z.string().min(1),
        owner: z.string().min(1),
        done: z.boolean(),
      }),
    )
    .min(1),
});

async function lessonsGates(folder: string, plan: Plan, wave: Wave): Promise<Gate[]> {
  const gates: Gate[] = [];
  for (const id of wave.after.filter((each) => plan.waves.some((other) => other.id === each))) {
    const file = `lessons/${id}.yaml`;
    const shut = (en: string, indonesian: string) =>
      gates.push(
        gate(
          "lessons",
          false,
          said(`${id}: ${en}`, `${id}: ${indonesian}`),
          said(
            `Write ${file}: wave, written, lessons with text, action, owner, done.`,
            `Tulis ${file}: wave, written, lessons dengan text, action, owner, done.`,
          ),
        ),
      );
    const text = await readFile(join(folder, file), "utf8").catch(() => undefined);
    if (text === undefined) {
      shut("no lessons are written", "pelajaran belum ditulis");
      continue;
    }
    let value: unknown;
    try {
      value = parse(text);
    } catch {
      value = undefined;
    }
    const found = lessonsSchema.safeParse(value).data;
    if (found?.wave !== id || /\bTODO\b/.test(text)) shut("its lessons are not whole", "pelajarannya belum lengkap");
    else {
      const open = found.lessons.filter(({ done }) => !done);
      if (open.length > 0) shut(`${open.length} actions are not done`, `${open.length} tindakan belum selesai`);
      else
        gates.push(
          gate(
            "lessons",
            true,
            said(`${id}: ${found.lessons.length} lessons`, `${id}: ${found.lessons.length} pelajaran`),
            both(""),
          ),
        );
    }
  }
  return gates;
}

function noWave(wave: string, { waves }: PlanState): Fault {
  const list = waves.map((each) => each.wave).join(", ");
  return new Fault("wave-unknown", {
    explanation: { en: `There is no wave ${wave}.`, id: `Tidak ada gelombang ${wave}.` },
    remedy: list
      ? { en: `Waves: ${list}.`, id: `Gelombang: ${list}.` }
      : {
          en: "See what is wrong with the plan: prasasti migrate plan lint",
          id: "Lihat kesalahan rencana: prasasti migrate plan lint",
        },
  });
}

function gateShut(wave: string, shut: readonly Gate[]): Fault {
  const list = (language: "en" | "id") =>
    shut
      .map(({ gate, words, remedy }) => `${gate}: ${words[language]}. ${remedy?.[language] ?? ""}`.trim())
      .join("\n  ");
  return new Fault("gate-shut", {
    explanation: {
      en: `Wave ${wave} may not run yet:\n  ${list("en")}\n`,
      id: `Gelombang ${wave} belum boleh berjalan:\n  ${list("id")}\n`,
    },
    remedy: {
      en: "See all gates with: prasasti migrate gates",
      id: "Lihat semua gerbang dengan: prasasti migrate gates",
    },
  });
}
