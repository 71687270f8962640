// Everything that can be said against a plan before anybody signs it, each with its place.

import { existsSync } from "node:fs";
import { isAbsolute, join, normalize } from "node:path";
import type { $ZodIssue } from "zod/v4/core";
import type { Language, Words } from "../../server/domain/problems.ts";
import { looksLike, screenTexts } from "../../server/domain/sealing/screen.ts";
import { SECRET_IN_FILE, secretsIn } from "../mapping/placed-yaml.ts";
import { readCheck } from "../profile/check.ts";
import { sourceFiles } from "../sources/source-files.ts";
import { type AgencyFigures, readFigures } from "./figures.ts";
import { type MapFacts, readMapFacts } from "./map-facts.ts";
import { type Path, type PlanText, readPlanText } from "./read-plan.ts";
import { PLAN_RULES, type PlanRule } from "./rules.ts";
import { ENTITIES, type Plan, planSchema, type Wave } from "./schema.ts";
import { agenciesOf, inOrder } from "./scope.ts";
import { instantIn, isZone, secondsOf, type TimeFault } from "./time.ts";

/** Something against a plan. `path` is a JSON Pointer; line and column count from 1. */
export type PlanFault = {
  readonly code: PlanRule;
  readonly level: "error" | "warning";
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly path: string;
  readonly message: Words;
  readonly remedy: Words;
};

/** `plan` only where nothing stands against its shape. It may be sealed where no fault is an error. */
export type Linted = { readonly plan?: Plan; readonly faults: readonly PlanFault[] };

/** Reads and judges the plan of a folder. @throws Fault where there is no plan file */
export async function lintPlan(folder: string): Promise<Linted> {
  const text = await readPlanText(folder);
  return new Lint(text, folder).run();
}

/** Above this many open contracts a pilot is no longer small: each is watched by people. */
export const PILOT_OPEN_CONTRACTS = 50;

// what a plan with faults in its shape still is
type Partly<T> = T extends readonly (infer E)[]
  ? (Partly<E> | undefined)[]
  : T extends object
    ? { [K in keyof T]?: Partly<T[K]> }
    : T;
type Loose = Partly<Plan>;
type LooseWave = Partly<Wave>;

const both = (text: string): Words => ({ en: text, id: text });
const words = (en: string, id: string): Words => ({ en, id });

class Lint {
  readonly #text: PlanText;
  readonly #folder: string;
  readonly #faults: PlanFault[] = [];
  /** paths at which something is said already; a TODO is not also of the wrong shape */
  readonly #todo = new Set<string>();

  constructor(text: PlanText, folder: string) {
    this.#text = text;
    this.#folder = folder;
  }

  async run(): Promise<Linted> {
    const { syntax, value } = this.#text;
    for (const { line, column, text } of syntax) this.#push("syntax", { line, column }, "", both(text));
    this.#secrets();
    if (syntax.length > 0) return { faults: this.#sorted() };
    this.#todos(value, []);
    const parsed = planSchema.safeParse(value);
    if (!parsed.success) for (const issue of parsed.error.issues) this.#shape(issue);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return { faults: this.#sorted() };
    const plan: Loose = parsed.success ? (parsed.data as Loose) : pruned(value, parsed.error.issues);
    const zone = this.#zones(plan);
    this.#people(plan);
    this.#agencies(plan);
    this.#numbers(plan);
    this.#prose(plan, []);
    this.#order(plan);
    this.#windows(plan, zone);
    this.#scopes(plan);
    await this.#files(plan);
    const maps = await this.#maps(plan);
    this.#datasets(plan, maps);
    this.#balances(plan, maps);
    this.#pilots(plan, await readFigures(this.#folder));
    return parsed.success ? { plan: parsed.data, faults: this.#sorted() } : { faults: this.#sorted() };
  }

  #sorted(): PlanFault[] {
    return this.#faults.sort((a, b) => a.line - b.line || a.column - b.column || (a.code < b.code ? -1 : 1));
  }

  #push(code: PlanRule, place: { line: number; column: number }, path: string, message: Words): void {
    const { level, remedy } = PLAN_RULES[code];
    this.#faults.push({ code, level, file: this.#text.file, ...place, path, message, remedy });
  }

  #say(code: PlanRule, path: Path, message: Words, name?: "name"): void {
    if (this.#todo.has(pointer(path))) return;
    this.#push(code, this.#text.position(path, name), pointer(path), message);
  }

  // ---- text and shape

  /** Secrets are looked for in the text, so that one in a comment is found too. */
  #secrets(): void {
    for (const place of secretsIn(this.#text.text)) this.#push("secret-in-file", place, "", SECRET_IN_FILE);
  }

  #todos(value: unknown, path: Path): void {
    if (typeof value === "string" && /^TODO\b/.test(value)) {
      const question = value.replace(/^TODO:?\s*/, "");
      this.#say("todo", path, words(`still to be written: ${question}`, `masih harus ditulis: ${question}`));
      this.#todo.add(pointer(path));
    } else if (typeof value === "object" && value !== null) {
      for (const [name, part] of Object.entries(value)) {
        this.#todos(part, [...path, Array.isArray(value) ? Number(name) : name]);
      }
    }
  }

  #shape(issue: $ZodIssue): void {
    const path = issue.path as Path;
    const field = path.findLast((step) => typeof step === "string") ?? "plan";
    const found = valueAt(this.#text.value, path);
    if (issue.code === "unrecognized_keys") {
      for (const name of issue.keys) {
        this.#say(
          "unknown-field",
          [...path, name],
          words(`${name} is no field here`, `${name} bukan bidang di sini`),
          "name",
        );
      }
    } else if (found === undefined) {
      this.#say(
        MISSING_CODES[field] ?? "missing",
        path,
        MISSING[field] ?? words(`${field} is missing`, `${field} tidak ada`),
      );
    } else if (
      issue.code === "invalid_type" &&
      issue.expected === "string" &&
      (typeof found === "number" || typeof found === "boolean")
    ) {
      this.#say(
        "not-text",
        path,
        words(
          `${field} is a ${typeof found}, not text`,
          `${field} berupa ${typeof found === "number" ? "angka" : "ya/tidak"}, bukan teks`,
        ),
      );
    } else if (field === "dsnEnv") {
      this.#say(
        "env-name",
        path,
        words("this is not the name of an environment variable", "ini bukan nama variabel lingkungan"),
      );
    } else {
      this.#say("wrong-shape", path, expected(issue, field), issue.code === "invalid_key" ? "name" : undefined);
    }
  }

  // ---- who

  #people(plan: Loose): void {
    const heads = new Map(plan.agencies?.map((agency) => [agency?.id, agency?.head?.holder]));
    for (const [i, wave] of plan.waves?.entries() ?? []) {
      if (!wave) continue;
      const at: Path = ["waves", i];
      const { owner, deputy, overseer, lead } = wave;
      if (owner?.holder !== undefined && owner.holder === deputy?.holder) {
        this.#say(
          "deputy-is-owner",
          [...at, "deputy", "holder"],
          words(`owner and deputy of ${wave.id} are one person`, `pemilik dan wakil ${wave.id} satu orang`),
        );
      }
      if (lead !== undefined && !heads.has(lead)) {
        this.#say("agency-unknown", [...at, "lead"], words(`there is no agency ${lead}`, `tidak ada instansi ${lead}`));
      } else if (lead !== undefined && overseer?.holder !== undefined && heads.get(lead) === overseer.holder) {
        this.#say(
          "overseer-is-head",
          [...at, "overseer", "holder"],
          words(
            `${overseer.holder} heads ${lead} and would be the second approver too`,
            `${overseer.holder} memimpin ${lead} dan akan menjadi penyetuju kedua juga`,
          ),
        );
      }
    }
    this.#twice(plan.approvers, "holder", ["approvers"], "approver-twice", (holder) =>
      words(`${holder} is named twice`, `${holder} disebut dua kali`),
    );
    const sources = new Set(Object.keys(plan.sources ?? {}));
    for (const [i, owner] of plan.signOff?.entries() ?? []) {
      if (owner?.source !== undefined && !sources.has(owner.source))
        this.#sourceUnknown(["signOff", i, "source"], owner.source);
    }
    const signed = new Set(plan.signOff?.map((owner) => owner?.source));
    for (const name of sources) {
      if (!signed.has(name)) {
        this.#say(
          "sign-off-missing",
          ["sources", name],
          words(`nobody is named who signs for source ${name}`, `tidak ada yang disebut menandatangani sumber ${name}`),
          "name",
        );
      }
    }
  }

  #sourceUnknown(path: Path, name: string): void {
    this.#say("source-unknown", path, words(`there is no source ${name}`, `tidak ada sumber ${name}`));
  }

  #twice<T extends object>(
    list: readonly (T | undefined)[] | undefined,
    field: keyof T & string,
    at: Path,
    code: PlanRule,
    message: (value: string) => Words,
  ): void {
    const seen = new Set<unknown>();
    for (const [i, item] of list?.entries() ?? []) {
      const value = item?.[field];
      if (value === undefined) continue;
      if (seen.has(value)) this.#say(code, [...at, i, field], message(String(value)));
      seen.add(value);
    }
  }

  #agencies(plan: Loose): void {
    const codes = new Map<string, string>();
    const stems: string[] = [];
    for (const [i, agency] of plan.agencies?.entries() ?? []) {
      if (!agency) continue;
      const at: Path = ["agencies", i];
      const name = agency.id ?? agency.name ?? String(i + 1);
      if (agency.codes?.length === 0) {
        this.#say(
          "agency-without-codes",
          [...at, "codes"],
          words(`${name} has no legacy code`, `${name} tidak punya kode lama`),
        );
      }
      for (const [k, code] of agency.codes?.entries() ?? []) {
        const other = code === undefined ? undefined : codes.get(code);
        if (other !== undefined) {
          this.#say(
            "code-twice",
            [...at, "codes", k],
            words(`${code} is a code of ${other} already`, `${code} sudah menjadi kode ${other}`),
          );
        } else if (code !== undefined) codes.set(code, name);
      }
      const { stem } = agency;
      if (stem === undefined) continue;
      const clash = stems.find(
        (other) => other === stem || other.startsWith(`${stem}-`) || stem.startsWith(`${other}-`),
      );
      if (clash !== undefined && !/^TODO\b/.test(stem)) {
        this.#say(
          "stem-twice",
          [...at, "stem"],
          words(`${stem} clashes with the stem ${clash}`, `${stem} bertabrakan dengan stem ${clash}`),
        );
      }
      stems.push(stem);
    }
    this.#twice(plan.agencies, "id", ["agencies"], "id-twice", twiceWords("agency", "instansi"));
    for (const [i, agency] of plan.agencies?.entries() ?? []) {
      const parent = agency?.parent;
      if (parent !== undefined && !plan.agencies!.some((other) => other?.id === parent)) {
        this.#say(
          "agency-unknown",
          ["agencies", i, "parent"],
          words(`there is no agency ${parent}`, `tidak ada instansi ${parent}`),
        );
      }
    }
  }

  // ---- figures

  #numbers(plan: Loose): void {
    const percent = (value: number | undefined, path: Path) => {
      if (value !== undefined && (value < 0 || value > 100)) {
        this.#say("percent-range", path, words(`${value} is no percentage`, `${value} bukan persentase`));
      }
    };
    for (const [i, wave] of plan.waves?.entries() ?? []) {
      percent(wave?.goNoGo?.rejectsMaxPercent, ["waves", i, "goNoGo", "rejectsMaxPercent"]);
      percent(wave?.rehearsal?.maxEtaErrorPercent, ["waves", i, "rehearsal", "maxEtaErrorPercent"]);
      for (const gate of ["backup", "rehearsal"] as const) {
        const days = wave?.[gate]?.maxAgeDays;
        if (days !== undefined && (days < 1 || days > 366)) {
          this.#say(
            "number-range",
            ["waves", i, gate, "maxAgeDays"],
            words("it is valid for 1 to 366 days", "berlaku 1 sampai 366 hari"),
          );
        }
      }
    }
    for (const [i, rule] of plan.quality?.entries() ?? []) percent(rule?.maxPercent, ["quality", i, "maxPercent"]);
    for (const [i, goal] of plan.goals?.entries() ?? []) {
      if (goal?.baseline !== undefined && goal.baseline === goal.target) {
        this.#say(
          "goal-equals-baseline",
          ["goals", i, "target"],
          words(
            `${goal.id}: the target is what is there already`,
            `${goal.id}: sasarannya sama dengan keadaan sekarang`,
          ),
        );
      }
    }
    this.#twice(plan.goals, "id", ["goals"], "id-twice", twiceWords("goal", "sasaran"));
    this.#twice(plan.risks, "id", ["risks"], "id-twice", twiceWords("risk", "risiko"));
    this.#twice(plan.quality, "id", ["quality"], "id-twice", twiceWords("rule", "aturan"));
    this.#twice(plan.datasets, "id", ["datasets"], "id-twice", twiceWords("dataset", "dataset"));
    this.#twice(plan.waves, "id", ["waves"], "id-twice", twiceWords("wave", "gelombang"));
  }

  // ---- what will be published

  #prose(value: unknown, path: Path): void {
    if (typeof value === "string") {
      const field = path.findLast((step) => typeof step === "string");
      const kind = PROSE.has(String(field)) ? personalIn(value) : undefined;
      if (kind) this.#say("personal-data", path, words(`this looks like ${kind.en}`, `ini tampak seperti ${kind.id}`));
    } else if (typeof value === "object" && value !== null) {
      for (const [name, part] of Object.entries(value)) {
        if (name !== "contact") this.#prose(part, [...path, Array.isArray(value) ? Number(name) : name]);
      }
    }
  }

  // ---- order and time

  #order(plan: Loose): void {
    const waves = known(plan);
    const ids = new Set(waves.map(({ wave }) => wave.id));
    for (const { wave, at } of waves) {
      for (const [k, id] of wave.after?.entries() ?? []) {
        if (id !== undefined && !ids.has(id)) {
          this.#say("wave-unknown", [...at, "after", k], words(`there is no wave ${id}`, `tidak ada gelombang ${id}`));
        }
      }
    }
    const circle = circleIn(waves.map(({ wave }) => ({ id: wave.id, after: after(wave).filter((id) => ids.has(id)) })));
    if (circle) {
      const { at, wave } = waves.find(({ wave }) => wave.id === circle[0])!;
      const way = [...circle, circle[0]].join(" → ");
      this.#say(
        "wave-cycle",
        [...at, "after", after(wave).indexOf(circle[1] ?? circle[0]!)],
        words(`waves wait for each other: ${way}`, `gelombang saling menunggu: ${way}`),
      );
    }
    for (const { wave, at } of waves) {
      for (const [k, { when }] of wave.communication?.map((item) => ({ when: item?.when })).entries() ?? []) {
        if (when !== undefined && !/^(start|end|cutOver)([-+]\d{1,6}[mhdw])?$/.test(when)) {
          this.#say(
            "when-unreadable",
            [...at, "communication", k, "when"],
            words(`${when} names no moment of the wave`, `${when} tidak menyebut saat dalam gelombang`),
          );
        }
      }
      if (
        wave.requireLessons !== true &&
        after(wave).some((id) => waves.some((other) => other.wave.id === id && other.wave.pilot))
      ) {
        this.#say(
          "lessons-not-required",
          at,
          words(
            `${wave.id} follows a pilot and requires no lessons of it`,
            `${wave.id} mengikuti percontohan dan tidak mensyaratkan pelajarannya`,
          ),
        );
      }
    }
  }

  /** The plan's zone, where it is one. */
  #zones(plan: Loose): string | undefined {
    const check = (zone: string | undefined, path: Path) => {
      if (zone === undefined) return undefined;
      if (isZone(zone)) return zone;
      this.#say(
        "zone-unknown",
        path,
        words(`${zone} is no zone of the IANA database`, `${zone} bukan zona dari basis data IANA`),
      );
      return undefined;
    };
    for (const [name, source] of Object.entries(plan.sources ?? {})) {
      if (source && "timezone" in source) check(source.timezone, ["sources", name, "timezone"]);
    }
    for (const [i, wave] of plan.waves?.entries() ?? []) check(wave?.window?.zone, ["waves", i, "window", "zone"]);
    return check(plan.timezone, ["timezone"]);
  }

  #instant(text: string | undefined, zone: string | undefined, path: Path): number | undefined {
    if (text === undefined || zone === undefined || !isZone(zone) || this.#todo.has(pointer(path))) return undefined;
    const instant = instantIn(text, zone);
    if (typeof instant === "number") return instant;
    const { code, en, id } = TIME_FAULTS[instant];
    this.#say(code, path, words(`${text}: ${en} ${zone}`, `${text}: ${id} ${zone}`));
    return undefined;
  }

  #windows(plan: Loose, zone: string | undefined): void {
    const deadline = this.#instant(plan.deadline, zone, ["deadline"]);
    const windows = known(plan).map(({ wave, at }) => {
      const own = wave.window?.zone ?? zone;
      const start = this.#instant(wave.window?.start, own, [...at, "window", "start"]);
      const end = this.#instant(wave.window?.end, own, [...at, "window", "end"]);
      this.#instant(wave.cutOver, own, [...at, "cutOver"]);
      for (const [k, item] of wave.training?.entries() ?? []) {
        const done = this.#instant(item?.doneBy, own, [...at, "training", k, "doneBy"]);
        if (done !== undefined && start !== undefined && done > start) {
          this.#say(
            "training-late",
            [...at, "training", k, "doneBy"],
            words(
              `training of ${item?.role} ends after the window has started`,
              `pelatihan ${item?.role} selesai setelah jendela dimulai`,
            ),
          );
        }
      }
      if (start !== undefined && end !== undefined && end <= start) {
        this.#say(
          "window-empty",
          [...at, "window", "end"],
          words(`the window of ${wave.id} ends before it starts`, `jendela ${wave.id} berakhir sebelum dimulai`),
        );
      }
      let before = end;
      for (const [k, item] of wave.window?.further?.entries() ?? []) {
        const path = [...at, "window", "further", k];
        const from = this.#instant(item?.start, own, [...path, "start"]);
        const to = this.#instant(item?.end, own, [...path, "end"]);
        if (from === undefined || to === undefined) continue;
        if (to <= from || (before !== undefined && from < before)) {
          this.#say(
            "window-empty",
            [...path, "start"],
            words(
              `a further window of ${wave.id} ends before it starts, or starts before the one before it has ended`,
              `jendela tambahan ${wave.id} berakhir sebelum dimulai, atau dimulai sebelum yang sebelumnya berakhir`,
            ),
          );
        }
        before = to;
      }
      if (deadline !== undefined && end !== undefined) {
        // the whole day of the deadline is still in time
        const last = deadline + 86_400_000;
        const { deadline: grace } = wave.rollback ?? {};
        if (end > last) {
          this.#say(
            "window-after-deadline",
            [...at, "window", "end"],
            words(
              `${wave.id} ends after the deadline ${plan.deadline}`,
              `${wave.id} berakhir setelah tenggat ${plan.deadline}`,
            ),
          );
        } else if (
          grace !== undefined &&
          !this.#todo.has(pointer([...at, "rollback", "deadline"])) &&
          end + secondsOf(grace) * 1000 > last
        ) {
          this.#say(
            "rollback-after-deadline",
            [...at, "rollback", "deadline"],
            words(
              `${wave.id} could still be rolled back after the deadline ${plan.deadline}`,
              `${wave.id} masih dapat dibatalkan setelah tenggat ${plan.deadline}`,
            ),
          );
        }
      }
      return { wave, at, start, end };
    });
    for (const { wave, at, start } of windows) {
      for (const id of after(wave)) {
        const before = windows.find((other) => other.wave.id === id);
        if (before?.end !== undefined && start !== undefined && start < before.end && id !== wave.id) {
          this.#say(
            "wave-too-early",
            [...at, "window", "start"],
            words(`${wave.id} starts before ${id} has ended`, `${wave.id} dimulai sebelum ${id} berakhir`),
          );
        }
      }
    }
    this.#overlaps(plan, windows);
  }

  #overlaps(plan: Loose, windows: readonly (Known & { start: number | undefined; end: number | undefined })[]): void {
    for (const [i, later] of windows.entries()) {
      for (const earlier of windows.slice(0, i)) {
        if (
          later.start === undefined ||
          later.end === undefined ||
          earlier.start === undefined ||
          earlier.end === undefined
        )
          continue;
        if (later.start >= earlier.end || earlier.start >= later.end) continue;
        // said as wave-too-early already
        if (after(later.wave).includes(earlier.wave.id) || after(earlier.wave).includes(later.wave.id)) continue;
        const mine = agenciesIn(plan, later.wave);
        const shared = agenciesIn(plan, earlier.wave).filter((id) => mine.includes(id));
        if (shared.length === 0) continue;
        const some = shared.length > 3 ? `${shared.slice(0, 3).join(", ")}, …` : shared.join(", ");
        this.#say(
          "windows-overlap",
          [...later.at, "window", "start"],
          words(
            `the windows of ${earlier.wave.id} and ${later.wave.id} overlap for ${some}`,
            `jendela ${earlier.wave.id} dan ${later.wave.id} bertumpukan untuk ${some}`,
          ),
        );
      }
    }
  }

  // ---- what is migrated

  #scopes(plan: Loose): void {
    const ids = new Set(plan.agencies?.map((agency) => agency?.id));
    const waved = new Set<string>();
    for (const { wave, at } of known(plan)) {
      for (const part of ["agencies", "except"] as const) {
        const list = wave.scope?.[part];
        for (const [k, id] of Array.isArray(list) ? list.entries() : []) {
          if (id !== undefined && !ids.has(id)) {
            this.#say(
              "agency-unknown",
              [...at, "scope", part, k],
              words(`there is no agency ${id}`, `tidak ada instansi ${id}`),
            );
          }
        }
      }
      for (const id of agenciesIn(plan, wave)) waved.add(id);
    }
    for (const [i, agency] of plan.agencies?.entries() ?? []) {
      if (agency?.id !== undefined && !waved.has(agency.id)) {
        this.#say(
          "agency-without-wave",
          ["agencies", i, "id"],
          words(`${agency.id} is in the scope of no wave`, `${agency.id} tidak masuk lingkup gelombang mana pun`),
        );
      }
    }
  }

  async #files(plan: Loose): Promise<void> {
    const used = new Set(plan.datasets?.map((dataset) => dataset?.source));
    for (const [name, source] of Object.entries(plan.sources ?? {})) {
      if (!source) continue;
      if (!used.has(name)) {
        this.#say(
          "source-unused",
          ["sources", name],
          words(`no dataset reads source ${name}`, `tidak ada dataset yang membaca sumber ${name}`),
          "name",
        );
      }
      if (!("path" in source) || source.path === undefined) continue;
      const at: Path = ["sources", name, "path"];
      if (isOutside(source.path)) this.#outside(at, source.path);
      else if (!(await anyFile(this.#folder, { engine: source.engine, path: source.path }))) {
        this.#say(
          "file-missing",
          at,
          words(`no file matches ${source.path}`, `tidak ada berkas yang cocok dengan ${source.path}`),
        );
      }
    }
    for (const [i, { decisions }] of plan.dedupe?.map((rule) => ({ decisions: rule?.decisions })).entries() ?? []) {
      if (decisions !== undefined && isOutside(decisions)) this.#outside(["dedupe", i, "decisions"], decisions);
    }
  }

  #outside(at: Path, path: string): void {
    this.#say("path-outside", at, words(`${path} leads out of the folder`, `${path} mengarah keluar dari folder`));
  }

  async #maps(plan: Loose): Promise<Map<string, MapFacts>> {
    const found = new Map<string, MapFacts>();
    for (const [i, dataset] of plan.datasets?.entries() ?? []) {
      const map = dataset?.map;
      const at: Path = ["datasets", i, "map"];
      if (map === undefined || this.#todo.has(pointer(at))) continue;
      if (isOutside(map)) {
        this.#outside(at, map);
        continue;
      }
      const facts = found.get(map) ?? (await readMapFacts(this.#folder, map));
      if (facts === undefined) this.#say("map-missing", at, words(`there is no ${map}`, `tidak ada ${map}`));
      else if ("wrong" in facts)
        this.#say("map-wrong", at, words(`${map}: ${facts.wrong.en}`, `${map}: ${facts.wrong.id}`));
      else found.set(map, facts);
    }
    return found;
  }

  #datasets(plan: Loose, maps: ReadonlyMap<string, MapFacts>): void {
    const sources = new Set(Object.keys(plan.sources ?? {}));
    const datasets = new Map(plan.datasets?.map((dataset) => [dataset?.id, dataset]));
    const waves = known(plan);
    for (const { wave, at } of waves) {
      if ((wave.datasets?.length ?? 0) === 0 && (wave.entities?.length ?? 0) === 0) {
        this.#say("wave-empty", at, words(`${wave.id} migrates nothing`, `${wave.id} tidak memindahkan apa pun`));
      }
      for (const [k, id] of wave.datasets?.entries() ?? []) {
        if (id !== undefined && !datasets.has(id)) this.#datasetUnknown([...at, "datasets", k], id);
      }
    }
    for (const [i, dataset] of plan.datasets?.entries() ?? []) {
      if (!dataset?.id) continue;
      const { id, source, map } = dataset;
      if (source !== undefined && !sources.has(source)) this.#sourceUnknown(["datasets", i, "source"], source);
      const entities = map === undefined ? undefined : maps.get(map)?.entities;
      const readers = waves.filter(({ wave }) => reads(wave, id, entities));
      // a map that cannot be read says nothing of its entities
      const unsure = entities === undefined && waves.some(({ wave }) => (wave.entities?.length ?? 0) > 0);
      if (readers.length === 0 && !unsure) {
        this.#say(
          "dataset-in-no-wave",
          ["datasets", i, "id"],
          words(`no wave migrates ${id}`, `tidak ada gelombang yang memindahkan ${id}`),
        );
      }
      for (const [k, later] of readers.entries()) {
        // `entities` takes a part of a dataset before `datasets` takes the rest: no doubt which
        const same = (other: Known) => names(other.wave, id) === names(later.wave, id);
        const earlier = readers.slice(0, k).find((other) => same(other) && collide(plan, other.wave, later.wave));
        if (!earlier) continue;
        const named = later.wave.datasets?.indexOf(id) ?? -1;
        const path: Path = named < 0 ? [...later.at, "entities"] : [...later.at, "datasets", named];
        this.#say(
          "dataset-in-two-waves",
          path,
          words(
            `rows of ${id} would be in ${earlier.wave.id} and in ${later.wave.id}`,
            `baris ${id} akan ada di ${earlier.wave.id} dan di ${later.wave.id}`,
          ),
        );
      }
    }
    for (const [i, rule] of plan.quality?.entries() ?? []) {
      if (rule?.on !== undefined && !datasets.has(rule.on)) this.#ruleOnUnknown(["quality", i, "on"], rule.on);
      const check = typeof rule?.check === "string" ? readCheck(rule.check) : undefined;
      if (check?.ok === false) this.#say("rule-unreadable", ["quality", i, "check"], check.fault.words);
    }
    for (const [i, rule] of plan.dedupe?.entries() ?? []) {
      const on = rule?.on;
      if (on !== undefined && !datasets.has(on) && !(ENTITIES as readonly string[]).includes(on))
        this.#ruleOnUnknown(["dedupe", i, "on"], on);
    }
  }

  #datasetUnknown(path: Path, id: string): void {
    this.#say("dataset-unknown", path, words(`there is no dataset ${id}`, `tidak ada dataset ${id}`));
  }

  #ruleOnUnknown(path: Path, on: string): void {
    this.#say("rule-on-unknown", path, words(`${on} is no dataset`, `${on} bukan dataset`));
  }

  /** Payments of before go to the chain as a root alone: the contracts must carry what was paid. */
  #balances(plan: Loose, maps: ReadonlyMap<string, MapFacts>): void {
    const facts = (id: string | undefined) => {
      const map = plan.datasets?.find((dataset) => dataset?.id === id)?.map;
      return map === undefined ? undefined : maps.get(map);
    };
    const all = known(plan);
    for (const { wave, at } of all) {
      const payments = (plan.datasets ?? []).filter((dataset) => {
        const found = facts(dataset?.id);
        return dataset?.id && found?.entities.includes("payment") && reads(wave, dataset.id, found.entities);
      });
      if (payments.length === 0) continue;
      // what this wave and those it builds on say of processes
      const reach = new Set([wave.id, ...reachable(all, wave.id)]);
      const processes = (plan.datasets ?? []).filter((dataset) => {
        const found = facts(dataset?.id);
        return (
          dataset?.id &&
          found?.entities.includes("process") &&
          all.some((other) => reach.has(other.wave.id) && reads(other.wave, dataset.id!, found.entities))
        );
      });
      if (processes.length > 0 && !processes.some((dataset) => facts(dataset?.id)?.paid)) {
        const named = wave.datasets?.indexOf(payments[0]!.id!) ?? -1;
        const path: Path = named < 0 ? [...at, "entities"] : [...at, "datasets", named];
        this.#say(
          "payments-without-balances",
          path,
          words(
            `${payments[0]!.id} are payments, and no map of their contracts says what was paid`,
            `${payments[0]!.id} adalah pembayaran, dan tidak ada peta kontraknya yang menyebut jumlah terbayar`,
          ),
        );
      }
    }
  }

  #pilots(plan: Loose, figures: ReadonlyMap<string, AgencyFigures> | undefined): void {
    const waves = known(plan);
    if ((plan.agencies?.length ?? 0) > 1 && waves.length > 1 && !waves.some(({ wave }) => wave.pilot)) {
      this.#say("no-pilot", ["waves"], words("no wave is a pilot", "tidak ada gelombang percontohan"), "name");
    }
    for (const { wave, at } of waves) {
      if (!wave.pilot || wave.scope?.keys !== undefined || !figures) continue;
      const open = agenciesIn(plan, wave).reduce((sum, id) => sum + (figures.get(id)?.open ?? 0), 0);
      if (open > PILOT_OPEN_CONTRACTS) {
        this.#say(
          "pilot-open-contracts",
          [...at, "scope", "agencies"],
          words(`the pilot has ${open} open contracts`, `percontohan ini punya ${open} kontrak berjalan`),
        );
      }
    }
  }
}

// ---- what several checks ask

type KnownWave = LooseWave & { id: string };
type Known = { wave: KnownWave; at: Path };

/** Waves that have an id, with their places. */
function known(plan: Loose): Known[] {
  return (plan.waves ?? []).flatMap((wave, i) =>
    wave?.id === undefined ? [] : [{ wave: wave as KnownWave, at: ["waves", i] }],
  );
}

const after = ({ after = [] }: LooseWave): string[] => after.filter((id) => id !== undefined);

function reads({ datasets = [], entities = [] }: LooseWave, dataset: string, given: readonly string[] = []): boolean {
  return datasets.includes(dataset) || entities.some((entity) => entity !== undefined && given.includes(entity));
}

const names = ({ datasets = [] }: LooseWave, dataset: string) => datasets.includes(dataset);

function agenciesIn(plan: Loose, { scope }: LooseWave): string[] {
  if (scope?.agencies === undefined) return [];
  const ids = (plan.agencies ?? []).flatMap((agency) => (agency?.id === undefined ? [] : [agency]));
  return agenciesOf({ agencies: ids } as unknown as Plan, { scope } as unknown as Wave);
}

/** Whether a row could be meant by both: both name its agency, or both say "all", in the same years. */
function collide(plan: Loose, a: LooseWave, b: LooseWave): boolean {
  const [one, other] = [a.scope, b.scope];
  if (one?.agencies === undefined || other?.agencies === undefined) return false;
  // "*" beside names, or single processes before the rest, is the rest
  if ((one.agencies === "*") !== (other.agencies === "*") || (one.keys === undefined) !== (other.keys === undefined))
    return false;
  const mine = agenciesIn(plan, b);
  if (!agenciesIn(plan, a).some((id) => mine.includes(id))) return false;
  if (one.keys && other.keys && !one.keys.some((key) => other.keys!.includes(key))) return false;
  return one.years === undefined || other.years === undefined || one.years.some((year) => other.years!.includes(year));
}

/** Ids of the waves that come before, directly or through others. */
function reachable(waves: readonly Known[], from: string, seen = new Set<string>()): Set<string> {
  for (const id of waves.filter(({ wave }) => wave.id === from).flatMap(({ wave }) => after(wave))) {
    if (seen.has(id)) continue;
    seen.add(id);
    reachable(waves, id, seen);
  }
  return seen;
}

/** The waves of one circle, in its order; undefined where there is none. */
function circleIn(waves: readonly { id: string; after: readonly string[] }[]): string[] | undefined {
  const sorted = inOrder(waves);
  const done = new Set<string>();
  const stuck = sorted.find(({ id, after }) => {
    const free = after.every((each) => done.has(each));
    if (free) done.add(id);
    return !free;
  });
  if (!stuck) return undefined;
  const way: string[] = [stuck.id];
  for (;;) {
    const next = waves.find(({ id }) => id === way.at(-1))!.after.find((id) => !done.has(id))!;
    const at = way.indexOf(next);
    if (at >= 0) return way.slice(at);
    way.push(next);
  }
}

function twiceWords(en: string, id: string): (value: string) => Words {
  return (value) => words(`there is another ${en} ${value}`, `ada ${id} lain bernama ${value}`);
}

const TIME_FAULTS = {
  "not-a-time": { code: "time-unreadable", en: "no date or time of", id: "bukan tanggal atau waktu di" },
  "no-such-zone": { code: "zone-unknown", en: "no such zone:", id: "tidak ada zona:" },
  gap: { code: "time-gap", en: "no clock ever shows it in", id: "tidak pernah ditunjukkan jam di" },
  twice: { code: "time-twice", en: "clocks show it twice in", id: "ditunjukkan jam dua kali di" },
  "offset-differs": { code: "offset-differs", en: "that is not the offset of", id: "itu bukan selisih waktu" },
} as const satisfies Record<TimeFault, { code: PlanRule; en: string; id: string }>;

const MISSING_CODES: Readonly<Record<string, PlanRule>> = {
  stem: "agency-without-stem",
  codes: "agency-without-codes",
};

/** What is lost where a field is not there. */
const MISSING: Readonly<Record<string, Words>> = {
  owner: words("nobody owns this wave", "gelombang ini tidak punya pemilik"),
  deputy: words("nobody stands in for the owner", "tidak ada wakil pemilik"),
  overseer: words("nobody is named as second person at activation", "tidak ada orang kedua pada pengaktifan"),
  rollback: words("there is no way back (rollback)", "tidak ada jalan kembali (rollback)"),
  window: words("there is no window in which it runs", "tidak ada jendela waktu pelaksanaan"),
  backup: words("there is no backup gate", "tidak ada gerbang cadangan"),
  rehearsal: words("there is no rehearsal gate", "tidak ada gerbang gladi"),
  goNoGo: words("there are no go/no-go thresholds", "tidak ada ambang lanjut/tidak"),
  baseline: words("the goal has no baseline", "sasaran ini tanpa nilai awal"),
  stem: words("the agency has no stem reserved for waves", "instansi ini tidak punya stem untuk gelombang"),
  codes: words("the agency has no legacy codes", "instansi ini tidak punya kode lama"),
};

const FORMATS: readonly [pattern: RegExp, words: Words][] = [
  [/\[mhdw\]/, words("a whole number and m, h, d or w: 72h, 14d", "bilangan bulat dan m, h, d atau w: 72h, 14d")],
  [
    /\\d\{1,30\}/,
    words(
      'an amount as text with at most two decimals: "1500000.00"',
      'jumlah sebagai teks dengan paling banyak dua desimal: "1500000.00"',
    ),
  ],
  [/\[A-Z\]\{3\}/, words("three capitals of ISO 4217: IDR", "tiga huruf besar ISO 4217: IDR")],
  [/\[a-z0-9\]\[a-z0-9-\]/, words("small letters, digits and hyphens", "huruf kecil, angka dan tanda hubung")],
  [
    /\[A-Za-z0-9\]/,
    words(
      "letters, digits, dot, underscore and hyphen, at most 63",
      "huruf, angka, titik, garis bawah dan tanda hubung, paling banyak 63",
    ),
  ],
];

function expected(issue: $ZodIssue, field: string): Words {
  const takes = (en: string, id: string) => words(`${field} takes ${en}`, `${field} berisi ${id}`);
  switch (issue.code) {
    case "invalid_type": {
      const [en, id] = TYPES[issue.expected] ?? [issue.expected, issue.expected];
      return takes(en, id);
    }
    case "invalid_value": {
      const list = issue.values.map(String).join(", ");
      return takes(
        issue.values.length === 1 ? list : `one of ${list}`,
        issue.values.length === 1 ? list : `salah satu dari ${list}`,
      );
    }
    case "too_small":
      return takes(`at least ${issue.minimum}`, `paling sedikit ${issue.minimum}`);
    case "too_big":
      return takes(`at most ${issue.maximum}`, `paling banyak ${issue.maximum}`);
    case "invalid_format": {
      const format = FORMATS.find(([pattern]) => pattern.test(issue.pattern ?? ""))?.[1];
      return format ? takes(format.en, format.id) : takes("another form", "bentuk lain");
    }
    case "invalid_union":
      return field === "engine"
        ? takes(
            "one of json, jsonl, csv, xlsx, ocds, pgdump, postgres, mysql",
            "salah satu dari json, jsonl, csv, xlsx, ocds, pgdump, postgres, mysql",
          )
        : takes('a list of ids, or "*"', 'daftar id, atau "*"');
    case "invalid_key":
      return words(
        `${field} cannot be a name: letters, digits, dot, underscore and hyphen`,
        `${field} tidak dapat menjadi nama: huruf, angka, titik, garis bawah dan tanda hubung`,
      );
    default:
      return takes(issue.message, issue.message);
  }
}

const TYPES: Readonly<Record<string, [string, string]>> = {
  string: ["text", "teks"],
  number: ["a number", "angka"],
  int: ["a whole number", "bilangan bulat"],
  boolean: ["true or false", "true atau false"],
  array: ["a list", "daftar"],
  object: ["fields of its own", "bidang-bidang di dalamnya"],
  record: ["names with fields of their own", "nama-nama dengan bidang di dalamnya"],
};

// ---- personal data

/** Fields whose text people will read outside the team. */
const PROSE = new Set([
  "name",
  "text",
  "office",
  "owner",
  "mitigation",
  "trigger",
  "audience",
  "channel",
  "role",
  "material",
  "metric",
  "check",
  "unit",
]);

function personalIn(text: string): Words | undefined {
  const rule = screenTexts({ text })[0]?.rule;
  if (rule === undefined || rule === "private-field" || rule === "sealed-form") return undefined;
  const [en, id] = looksLike[rule];
  return { en, id };
}

// ---- values and files

function pointer(path: Path): string {
  return path.map((step) => `/${String(step).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (at, step) => (typeof at === "object" && at !== null ? (at as Record<string, unknown>)[step] : undefined),
    value,
  );
}

/** A copy without what has a fault of its own, so that the rest can be judged too. */
function pruned(value: object, issues: readonly $ZodIssue[]): Loose {
  const copy = structuredClone(value);
  for (const { path, code } of issues) {
    if (path.length === 0 || code === "unrecognized_keys") continue;
    const parent = valueAt(copy, path.slice(0, -1) as Path);
    if (typeof parent === "object" && parent !== null) Reflect.set(parent, path.at(-1)!, undefined);
  }
  return copy as Loose;
}

function isOutside(path: string): boolean {
  const straight = path.replaceAll("\\", "/");
  return isAbsolute(straight) || /^[A-Za-z]:/.test(straight) || normalize(straight).split("/")[0] === "..";
}

async function anyFile(folder: string, source: { engine?: string | undefined; path: string }): Promise<boolean> {
  // a dump may be a folder
  if (source.engine === "pgdump") return existsSync(join(folder, source.path));
  return sourceFiles(folder, source.path).then(
    () => true,
    () => false,
  );
}

/** A fault as a compiler tells it: place, code, what is wrong, what to do. */
export function tellFault({ file, line, column, level, code, message, remedy }: PlanFault, language: Language): string {
  const grade = { error: { en: "error", id: "salah" }, warning: { en: "warning", id: "peringatan" } }[level][language];
  return `${file}:${line}:${column}: ${grade} ${code}: ${message[language]}\n    → ${remedy[language]}`;
}
