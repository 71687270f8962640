import { mkdirSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { nameFingerprint } from "../../server/domain/company-name.ts";
import { idOf, isName } from "../../server/domain/entries/entry.ts";
import type { Organisation } from "../../server/domain/entries/split.ts";
import { type Hex, textOf, utf8 } from "../../server/domain/entries/words.ts";
import { Fault } from "../../server/domain/fault.ts";
import { canonicalJson } from "../../server/domain/json.ts";
import type { Json } from "../../server/domain/ocds/check-fields.ts";
import { moneyIn, type Part } from "../mapping/lay-over.ts";
import type { Fragment, Mapped, PaymentFragment, ProcessFragment } from "../mapping/mapped.ts";
import type { ReasonCode, Scan, SourceRow } from "../row.ts";
import { type Cluster, Decisions } from "./decisions.ts";
import { type AccountedRow, type Balance, type Cause, Fates, type MoneyColumn } from "./fates.ts";
import { foldProcess } from "./fold-process.ts";
import { type LotEntity, type Position, recordHash, type StagedLot, type Tier, waveId, writeWhole } from "./lot.ts";
import { LotWriter } from "./lot-writer.ts";
import type { RejectSettings } from "./reject-file.ts";
import { judgeRows, type Row, type RowRules, signatureOf } from "./row-duplicates.ts";
import { byteOrder, type Kept, SortedRuns, textOfKey } from "./sorted-runs.ts";
import type { SupplierRegister } from "./supplier-register.ts";
import { Suppliers, sharedKey } from "./suppliers.ts";

// From rows of many sources to the lots of a wave, with nothing lost on the way.

/** What a quality rule found in a row; `stops`: the whole wave, not the row alone. */
type Finding = {
  readonly rule: string;
  readonly level: "fail" | "warn";
  readonly stops?: boolean;
  readonly column?: string | undefined;
  readonly found?: string | undefined;
};

/** A column of money, and how its cells are read: minor units, undefined for what is no amount. */
export type MoneyReader = MoneyColumn & { readonly index: number; read(text: string): bigint | undefined };

export type StageDataset = {
  readonly id: string;
  /** name of its source in the plan */
  readonly source: string;
  readonly table: string;
  readonly order: number;
  readonly columns: readonly string[];
  rows(): AsyncGenerator<readonly SourceRow[], Scan>;
  map(row: SourceRow): Mapped;
  readonly money: readonly MoneyReader[];
  readonly rules: RowRules;
  judge?(row: SourceRow): readonly Finding[];
  /** the budget year of a row, where it tells one */
  year?(row: SourceRow): number | undefined;
};

type StageAgency = {
  readonly id: string;
  readonly name: string;
  readonly codes: readonly string[];
  readonly stem: string;
  readonly head: { readonly holder: string };
};

/** What is known of a fragment when it is asked whether this wave takes it. */
type Claim = {
  readonly dataset: string;
  /** undefined: a row that cannot be read so far that one could tell */
  readonly entity?: LotEntity | undefined;
  readonly agency?: string | undefined;
  readonly year?: number | undefined;
  readonly key?: string | undefined;
};

export type StageInput = {
  readonly plan: string;
  readonly wave: string;
  /** from 1 */
  readonly attempt: number;
  readonly tier: Tier;
  /** seconds UTC */
  readonly cutOver: number;
  /** id of the agency that answers for what belongs to none */
  readonly lead: string;
  readonly agencies: readonly StageAgency[];
  readonly datasets: readonly StageDataset[];
  /** undefined: taken; else the rule that leaves it out */
  leavesOut(claim: Claim): string | undefined;
  readonly supplierRules: readonly string[];
  /** records that the ledger has refused in a rehearsal: key → its code */
  readonly refused?: ReadonlyMap<string, string>;
  readonly register: SupplierRegister;
  /** of the project: what people decided */
  readonly decisions: string;
  /** of this attempt, and of its reject files */
  readonly folder: string;
  readonly rejects: string;
  readonly csv?: RejectSettings;
  /** to see what it would give: no supplier gets an id for good */
  readonly dry?: boolean;
  onProgress?(dataset: string, rows: number): void;
};

type Counts = {
  read: number;
  migrated: number;
  rejected: number;
  merged: number;
  excluded: number;
  held: number;
};

/** A stage: what a wave brings, and the account of all rows that were read for it. */
export type Staged = {
  readonly format: "prasasti-stage";
  readonly version: 1;
  readonly plan: string;
  readonly wave: string;
  readonly attempt: number;
  /** the wave's id on the ledger */
  readonly id: Hex;
  readonly cutOver: number;
  readonly lots: readonly StagedLot[];
  readonly counts: Counts;
  /** rows by fate and reason over all datasets */
  readonly reasons: Readonly<Record<string, number>>;
  readonly balances: readonly Balance[];
  readonly rejects: readonly {
    readonly dataset: string;
    readonly file: string;
    readonly rows: number;
    readonly sha256: string;
  }[];
  /** suppliers that contracts and awards name: the register must know them before */
  readonly suppliers: readonly { readonly id: string; readonly name: string }[];
  /** the proven end of each scan */
  readonly scans: Readonly<Record<string, Scan>>;
  /** rows that break a rule of level warn, by rule, and processes whose rows say different things, by what differs */
  readonly warnings: Readonly<Record<string, number>>;
  /** texts left out of public bodies, as they hold personal data */
  readonly withheld: number;
  /** duplicates that nobody has looked at, and that stop nothing */
  readonly unreviewed: number;
};

/** `clusters`: what may be one and is undecided; those that block leave no stage behind. */
export type StageResult = {
  readonly staged: Staged;
  readonly clusters: readonly Cluster[];
  readonly stale: number;
  readonly blocked: boolean;
};

const MAX_CELL = 32_768;
const MAX_KEY = 1_000;
/** So many rows of one process are no process: its key is a placeholder. */
const MAX_PARTS = 20_000;
const RANK: readonly LotEntity[] = ["process", "payment", "record", "supplier", "agency"];
const HEADER = 9;
const NUL = "\u0000";
const PRIVATE = 0x1f;

const STAGE_FILE = "stage.json";

/**
 * Stages a wave. The same sources and decisions give the same lots, byte for byte. `stage.json` is written last, and only
 * where nothing is left undecided that blocks.
 * @throws Fault where a source ends too early, a rule stops the wave, or the account does not close
 */
export async function stage(input: StageInput): Promise<StageResult> {
  const work = new Stage(input);
  try {
    return await work.run();
  } catch (error) {
    work.abandon();
    throw error;
  } finally {
    work.clear();
  }
}

/** The stage of an attempt. @throws Fault `not-staged` */
export async function readStage(folder: string): Promise<Staged> {
  const place = path.join(folder, STAGE_FILE);
  const text = await readFile(place, "utf8").catch((cause) => {
    throw new Fault(
      "not-staged",
      {
        explanation: {
          en: `There is no ${place}: this wave is not staged.`,
          id: `Tidak ada ${place}: gelombang ini belum disiapkan.`,
        },
        remedy: { en: "Stage it: prasasti migrate stage WAVE", id: "Siapkan dengan: prasasti migrate stage WAVE" },
      },
      { cause },
    );
  });
  return JSON.parse(text) as Staged;
}

/** Where an attempt is staged, below `.migrate`. */
export function stageFolder(migrate: string, wave: string, attempt: number): string {
  return path.join(migrate, "stage", wave, String(attempt));
}

const NO_CELLS: ReadonlySet<string> = new Set();
const NO_MONEY: readonly undefined[] = [];
const amountIn = (text: string) => (text === "" ? undefined : BigInt(text));

/** A row as it was kept: what few need of it is read when it is asked for. */
class KeptRow implements AccountedRow, Row {
  readonly account: number;
  readonly dataset: string;
  readonly row: number;
  readonly at: string;
  readonly money: readonly (bigint | undefined)[];
  readonly isPrimary: boolean;
  /** place, money, private cells, then what is told of its kind */
  readonly meta: readonly string[];
  /** what was made of it */
  readonly rest: Buffer;
  readonly #raw: Buffer;
  #values: readonly (string | null)[] | undefined;

  constructor(bytes: Buffer, datasets: readonly StageDataset[]) {
    const last = bytes.lastIndexOf(0);
    const before = bytes.lastIndexOf(0, last - 1);
    this.account = bytes.readUInt16BE(0);
    const { id, money } = datasets[this.account]!;
    this.dataset = id;
    this.isPrimary = bytes[2] === 1;
    this.row = bytes.readUIntBE(3, 6);
    this.meta = bytes.toString("utf8", HEADER, before).split(NUL);
    this.at = this.meta[0]!;
    this.money = money.length === 0 ? NO_MONEY : this.meta[1]!.split(",").map(amountIn);
    this.#raw = bytes.subarray(before + 1, last);
    this.rest = bytes.subarray(last + 1);
  }

  get values(): readonly (string | null)[] {
    this.#values ??= JSON.parse(textOf(this.#raw)) as (string | null)[];
    return this.#values;
  }

  get private(): ReadonlySet<string> {
    const cells = this.meta[2]!;
    return cells === "" ? NO_CELLS : new Set(cells.split(String.fromCharCode(PRIVATE)));
  }
}

type ProcessPart = Part & KeptRow & { fragment: ProcessFragment };

/** A record that is no entry: payment, agency, anything else. */
class Archived extends KeptRow {
  readonly entity: LotEntity;

  constructor(bytes: Buffer, datasets: readonly StageDataset[], entity: LotEntity) {
    super(bytes, datasets);
    this.entity = entity;
  }
  get key(): string {
    return this.meta[3]!;
  }
  get value(): string {
    return this.meta[4]!;
  }
  get currency(): string {
    return this.meta[5]!;
  }
  get contract(): string {
    return this.meta[6]!;
  }
}

class Stage {
  readonly #input: StageInput;
  readonly #id: Hex;
  readonly #fates: Fates;
  readonly #processes: SortedRuns;
  readonly #archive: SortedRuns;
  readonly #supplierRows: SortedRuns;
  readonly #agencyOf = new Map<string, StageAgency>();
  readonly #byId: ReadonlyMap<string, StageAgency>;
  readonly #organisations = new Map<string, Organisation>();
  readonly #clusters: Cluster[] = [];
  readonly #decisions = new Map<LotEntity, Decisions>();
  readonly #scans: Record<string, Scan> = {};
  readonly #warnings = new Map<string, number>();
  readonly #named = new Map<string, string>();
  /** rows whose first fragment was migrated, a bit each, by dataset */
  readonly #moved: Uint8Array[] = [];
  /** processes and contracts of which something was rejected */
  readonly #missing = new Set<string>();
  #suppliers!: Suppliers;
  #lots!: LotWriter;
  #withheld = 0;
  #blocked = false;

  constructor(input: StageInput) {
    this.#input = input;
    const { folder, rejects, datasets, agencies } = input;
    rmSync(folder, { recursive: true, force: true });
    rmSync(rejects, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    this.#id = waveId(input.plan, input.wave, input.attempt);
    const accounts = datasets.map(({ id, source, table, columns, money }) => ({
      ...{ dataset: id, source, table, columns },
      money: money.map(({ column, currency }) => ({ column, currency })),
    }));
    this.#fates = new Fates(folder, rejects, accounts, input.csv);
    const runs = (name: string) => new SortedRuns(path.join(folder, "runs", name));
    this.#processes = runs("process");
    this.#archive = runs("archive");
    this.#supplierRows = runs("supplier");
    this.#byId = new Map(agencies.map((agency) => [agency.id, agency]));
    for (const agency of agencies) {
      this.#organisations.set(idOf(agency.id), { id: agency.id, name: agency.name, kind: "agency" });
      for (const code of [agency.id, ...agency.codes]) this.#agencyOf.set(code, agency);
    }
  }

  async run(): Promise<StageResult> {
    const { decisions, supplierRules, register, wave, folder, datasets } = this.#input;
    for (const entity of RANK) this.#decisions.set(entity, await Decisions.open(decisions, entity));
    this.#suppliers = new Suppliers(supplierRules, this.#decisions.get("supplier")!);
    for (const account of datasets.keys()) await this.#read(account);
    this.#suppliers.resolve(register, wave);
    this.#clusters.push(...this.#suppliers.clusters);
    this.#blocked ||= this.#suppliers.clusters.some(({ blocks }) => blocks);
    this.#lots = new LotWriter(folder, {
      wave: this.#id,
      headOf: (agency) => this.#byId.get(agency)!.head.holder,
      tierOf: (entity) => (entity === "process" ? this.#input.tier : "C"),
    });
    await this.#stageSuppliers();
    await this.#stageProcesses();
    await this.#stageArchive();
    await this.#lots.flush();
    const { balances, rejects } = await this.#fates.close();
    const staged = this.#told(balances, rejects);
    const stale = this.#clusters.filter((cluster) => cluster.stale).length;
    const result = { staged, clusters: this.#clusters, stale, blocked: this.#blocked };
    if (this.#blocked) return result;
    if (!this.#input.dry) await register.keep();
    await writeWhole(path.join(folder, STAGE_FILE), utf8(`${JSON.stringify(staged, null, 1)}\n`));
    return result;
  }

  abandon(): void {
    this.#fates.abandon();
  }

  clear(): void {
    for (const runs of [this.#processes, this.#archive, this.#supplierRows]) runs.close();
    rmSync(path.join(this.#input.folder, "runs"), { recursive: true, force: true });
  }

  #told(balances: Balance[], rejects: Staged["rejects"]): Staged {
    const { plan, wave, attempt, cutOver } = this.#input;
    const counts: Counts = { read: 0, migrated: 0, rejected: 0, merged: 0, excluded: 0, held: 0 };
    const reasons: Record<string, number> = {};
    for (const balance of balances) {
      for (const fate of ["read", "migrated", "rejected", "merged", "excluded"] as const)
        counts[fate] += balance[fate].rows;
      counts.held += balance.held;
      for (const [reason, rows] of Object.entries(balance.reasons)) reasons[reason] = (reasons[reason] ?? 0) + rows;
    }
    const suppliers = [...this.#named].map(([id, name]) => ({ id, name })).sort((a, b) => (a.id < b.id ? -1 : 1));
    return {
      ...{ format: "prasasti-stage", version: 1, plan, wave, attempt, id: this.#id, cutOver },
      ...{ lots: this.#lots.lots, counts, reasons, balances, rejects, suppliers, scans: this.#scans },
      warnings: Object.fromEntries([...this.#warnings].sort()),
      withheld: this.#withheld,
      unreviewed: this.#clusters.filter(({ blocks }) => !blocks).length,
    };
  }

  // ---- reading

  async #read(account: number): Promise<void> {
    const dataset = this.#input.datasets[account]!;
    const scan = dataset.rows();
    let count = 0;
    for (;;) {
      const { value, done } = await scan.next();
      if (done) {
        if (value.rows !== count) throw endsEarly(dataset, count, value.rows);
        this.#scans[dataset.id] = value;
        return;
      }
      for (const row of value) this.#row(dataset, account, row);
      count += value.length;
      this.#input.onProgress?.(dataset.id, count);
    }
  }

  #row(dataset: StageDataset, account: number, row: SourceRow): undefined {
    const money: (bigint | undefined)[] = [];
    let unreadable = 0;
    for (const reader of dataset.money) {
      const text = row.values[reader.index];
      const amount = text === null || text === undefined || text === "" ? undefined : reader.read(text);
      if (amount === undefined && text !== null && text !== undefined && text !== "") unreadable++;
      money.push(amount);
    }
    const accounted: AccountedRow = { account, row: row.row, at: row.at, money };
    this.#fates.read(accounted, unreadable);
    const refuse = (code: ReasonCode, column?: string, found?: string, cells?: ReadonlySet<string>): undefined => {
      // whose row this is nobody can tell, so one wave answers for it
      const rule = this.#input.leavesOut({ dataset: dataset.id });
      if (rule !== undefined) this.#fates.excluded(accounted, rule);
      else this.#fates.rejected(accounted, { code, column, found, values: row.values, private: cells });
    };
    const fault = row.faults?.[0] ?? poisonIn(dataset.columns, row.values);
    if (fault !== undefined) return refuse(fault.code, fault.column, fault.found);
    const mapped = dataset.map(row);
    const [wrong] = mapped.faults;
    const cells = mapped.private.length === 0 ? undefined : new Set(mapped.private.map(({ column }) => column));
    if (wrong !== undefined) return refuse(wrong.code, wrong.column, wrong.found, cells);
    if (mapped.fragments.length === 0) {
      this.#fates.excluded(accounted, "the map takes nothing of it");
      return;
    }

    const year = dataset.year?.(row);
    const taken: { fragment: Fragment; agency: StageAgency | undefined }[] = [];
    let left = "";
    for (const fragment of mapped.fragments) {
      const { entity } = fragment;
      const code = "agency" in fragment ? (fragment.agency ?? "") : "";
      const agency = this.#agencyOf.get(code);
      // lists name agencies that have nothing to migrate: those stand with the agency that leads the wave
      if (agency === undefined && (entity === "process" || (entity === "payment" && code !== ""))) {
        return refuse("agency-unknown", undefined, code, cells);
      }
      const key = entity === "process" ? fragment.key : undefined;
      const rule = this.#input.leavesOut({ dataset: dataset.id, entity, agency: agency?.id, year, key });
      if (rule === undefined) taken.push({ fragment, agency });
      else left = rule;
    }
    // a supplier or an agency is what a row is about only where it is about nothing else; else it is only mentioned
    const about = taken.filter(({ fragment }) => !isMention(fragment));
    const mentions = about.length === 0 && mapped.fragments.some((fragment) => !isMention(fragment));
    if (taken.length === 0 || mentions) this.#fates.excluded(accounted, left);
    else if (this.#isRefused(dataset, accounted, row, about, cells)) return;
    const rank = ({ fragment }: (typeof taken)[number]) => RANK.indexOf(fragment.entity);
    const first = mentions ? undefined : taken.toSorted((a, b) => rank(a) - rank(b))[0];
    for (const each of taken) this.#keep(dataset, accounted, row, cells, each.fragment, each.agency, each === first);
  }

  /** Rejects a row of this wave that breaks a rule of the plan, or whose key is none. */
  #isRefused(
    dataset: StageDataset,
    accounted: AccountedRow,
    row: SourceRow,
    about: readonly { fragment: Fragment }[],
    cells: ReadonlySet<string> | undefined,
  ): boolean {
    const refuse = (code: ReasonCode, column?: string, found?: string): true => {
      this.#fates.rejected(accounted, { code, column, found, values: row.values, private: cells });
      return true;
    };
    for (const finding of dataset.judge?.(row) ?? []) {
      if (finding.level === "warn") this.#warnings.set(finding.rule, (this.#warnings.get(finding.rule) ?? 0) + 1);
      else if (finding.stops) throw stopped(dataset, row, finding);
      else return refuse("rule", finding.column, `${finding.rule} ${finding.found ?? ""}`.trim());
    }
    for (const { fragment } of about) {
      const { key, entity } = fragment;
      const isFit = entity === "process" ? isName(key) : !CONTROL.test(key);
      if (key === "" || !isFit) return refuse("key-missing", undefined, key);
      if (key.length > MAX_KEY) return refuse("too-long", undefined, "key");
    }
    return false;
  }

  #keep(
    dataset: StageDataset,
    accounted: AccountedRow,
    row: SourceRow,
    cells: ReadonlySet<string> | undefined,
    fragment: Fragment,
    agency: StageAgency | undefined,
    isPrimary: boolean,
  ): void {
    const from: Position = { dataset: dataset.id, row: row.row, at: row.at };
    const place = `${String(dataset.order).padStart(8, "0")}\t${dataset.id}\t${String(row.row).padStart(12, "0")}`;
    if (fragment.entity === "supplier") {
      this.#suppliers.add(fragment, from);
      if (isPrimary)
        this.#supplierRows.add(
          byteOrder(`${fragment.key}\t${place}`),
          ...packed(
            accounted,
            true,
            [row.at, moneyText(accounted), cellsText(cells), fragment.key, fragment.name],
            row,
            "",
          ),
        );
      return;
    }
    if (fragment.entity === "process") {
      const meta = [row.at, moneyText(accounted), cellsText(cells)];
      this.#processes.add(
        byteOrder(`${agency!.id}\t${fragment.key}\t${place}`),
        ...packed(accounted, isPrimary, meta, row, JSON.stringify(fragment)),
      );
      return;
    }
    const owner = agency?.id ?? this.#input.lead;
    const [value = "0", currency = ""] =
      "value" in fragment && fragment.value !== undefined ? [fragment.value, fragment.currency] : [];
    const record: Json = fragment.entity === "agency" ? agencyRecord(fragment, this.#agencyOf) : fragment.record;
    const contract = (fragment as PaymentFragment).contract ?? "";
    const meta = [row.at, moneyText(accounted), cellsText(cells), fragment.key, value, currency, contract];
    this.#archive.add(
      byteOrder(`${owner}\t${fragment.entity}\t${fragment.key}\t${place}`),
      ...packed(accounted, isPrimary, meta, row, canonicalJson(record)),
    );
  }

  #unpack(bytes: Buffer): KeptRow {
    return new KeptRow(bytes, this.#input.datasets);
  }

  // ---- fates of what was kept

  #rulesOf = (account: number): RowRules => this.#input.datasets[account]!.rules;

  #migrated(row: KeptRow, into: string): void {
    if (!row.isPrimary) return;
    this.#fates.migrated(row, into);
    let bits = this.#moved[row.account];
    const at = row.row >> 3;
    if (bits === undefined || at >= bits.length) {
      const larger = new Uint8Array(Math.max(at + 1, (bits?.length ?? 512) * 2));
      if (bits !== undefined) larger.set(bits);
      bits = larger;
      this.#moved[row.account] = bits;
    }
    bits[at]! |= 1 << (row.row & 7);
  }

  /** Whether the row of a further fragment was migrated by its first one. */
  #isMoved({ account, row }: KeptRow): boolean {
    return ((this.#moved[account]?.[row >> 3] ?? 0) & (1 << (row & 7))) !== 0;
  }

  #rejectKept(row: KeptRow, cause: Omit<Cause, "values" | "private">): void {
    if (row.isPrimary) this.#fates.rejected(row, { ...cause, values: row.values, private: row.private });
  }

  #undecided<R extends KeptRow>(found: readonly { rows: R[]; cluster: Cluster }[]): void {
    for (const { rows, cluster } of found) {
      this.#clusters.push(cluster);
      this.#blocked = true;
      const code = cluster.rule === "exact-row" ? "duplicate" : "key-differs";
      for (const row of rows) this.#rejectKept(row, { code, found: cluster.id });
    }
  }

  #leftOut(found: readonly { rows: readonly KeptRow[]; by: string }[]): void {
    for (const { rows, by } of found) for (const row of rows) this.#rejectKept(row, { code: "key-differs", found: by });
  }

  // ---- suppliers

  async #stageSuppliers(): Promise<void> {
    const { lead, register, wave } = this.#input;
    const first = new Map<string, KeptRow>();
    const staged = new Map<string, { name: string; record: Json; from: Position[] }>();
    for (const { key, supplier, from } of this.#suppliers.all()) {
      this.#organisations.set(idOf(supplier.id), { id: supplier.id, name: supplier.name, kind: "supplier" });
      // a supplier that an earlier wave brought is there
      if (register.waveOf(supplier.id) !== wave) continue;
      const known = staged.get(supplier.id);
      if (known !== undefined) known.from.push(...from);
      else if (!this.#suppliers.undecided.has(key)) {
        const { id, name, form, person } = supplier;
        staged.set(id, {
          name,
          record: { id, name, ...(form === undefined ? {} : { form }), ...(person ? { person } : {}) },
          from: [...from],
        });
      }
    }
    for (const { bytes } of this.#supplierRows.read()) {
      const row = this.#unpack(Buffer.from(bytes));
      const key = row.meta[3]!;
      const supplier = this.#suppliers.of(key, row.meta[4]);
      if (supplier === undefined || this.#suppliers.undecided.has(key)) {
        this.#rejectKept(row, { code: "key-differs", found: "several names on one number" });
        continue;
      }
      const before = first.get(supplier.id);
      if (before === undefined) {
        first.set(supplier.id, row);
        this.#migrated(row, supplier.id);
        continue;
      }
      const rules = this.#rulesOf(row.account);
      const isSame =
        before.account === row.account &&
        signatureOf(before.values, rules.ignored) === signatureOf(row.values, rules.ignored);
      const rule = (isSame ? rules.same : undefined) ?? this.#suppliers.reason(key) ?? this.#suppliers.rule(key);
      if (rule === undefined) {
        this.#blocked = true;
        this.#rejectKept(row, { code: "duplicate", found: supplier.id });
      } else this.#fates.merged(row, supplier.id, rule);
    }
    await this.#lots.begin(lead, "supplier");
    for (const [id, { record, from }] of [...staged].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const body = utf8(canonicalJson(record));
      const hash = recordHash("supplier", id, body);
      const full = this.#lots.add({ key: id, hash, item: NONE, body, from: positions(from) }, id, "", 0n, 0n);
      if (full !== undefined) await full;
    }
    await this.#lots.flush();
  }

  // ---- processes

  async #stageProcesses(): Promise<void> {
    let group: ProcessPart[] = [];
    let name = "";
    let isHot = false;
    for (const kept of this.#processes.read()) {
      const end = kept.key.indexOf("\t", kept.key.indexOf("\t") + 1);
      const own = kept.key.slice(0, end);
      if (own !== name) {
        if (group.length > 0) await this.#stageProcess(group);
        group = [];
        name = own;
        isHot = false;
      }
      const part = this.#partOf(kept);
      if (isHot) this.#rejectKept(part, { code: "key-missing", found: part.fragment.key });
      else group.push(part);
      if (group.length > MAX_PARTS) {
        for (const each of group) this.#rejectKept(each, { code: "key-missing", found: each.fragment.key });
        group = [];
        isHot = true;
      }
    }
    if (group.length > 0) await this.#stageProcess(group);
    await this.#lots.flush();
  }

  #partOf({ bytes }: Kept): ProcessPart {
    const row = this.#unpack(Buffer.from(bytes));
    const fragment = JSON.parse(textOf(row.rest)) as ProcessFragment;
    const { order, rules } = this.#input.datasets[row.account]!;
    const from = { dataset: row.dataset, row: row.row, at: row.at };
    return Object.assign(row, { order, from, fragment, signature: signatureOf(row.values, rules.ignored) });
  }

  async #stageProcess(group: readonly ProcessPart[]): Promise<void> {
    const { tier, cutOver, refused } = this.#input;
    const agency = this.#agencyOf.get(group[0]!.fragment.agency)!;
    const {
      kept,
      merged,
      undecided,
      refused: out,
    } = judgeRows(group, "process", this.#rulesOf, this.#decisions.get("process")!, {
      truthOf: valueIn,
    });
    this.#undecided(undecided);
    this.#leftOut(out);
    const rejectedKeys = new Set<string>();
    for (const part of [...undecided, ...out].flatMap(({ rows }) => rows)) rejectedKeys.add(part.fragment.key);
    for (const { row, into, rule } of merged)
      if (row.isPrimary) this.#fates.merged(row, `${into.dataset} ${into.row}`, rule);
    if (kept.length === 0) return this.#isMissing(rejectedKeys, []);
    const folded = foldProcess(kept, {
      ...{ wave: this.#id, tier, cutOver },
      agency: { id: agency.id, name: agency.name, stem: agency.stem, head: agency.head.holder },
      supplier: (key, name) => {
        const found = this.#suppliers.undecided.has(key) ? undefined : this.#suppliers.of(key, name);
        if (found !== undefined) return found;
        const { register } = this.#input;
        const registered = register.supplierOf(sharedKey(key, nameFingerprint(name ?? ""))) ?? register.supplierOf(key);
        if (registered !== undefined) this.#organisations.set(idOf(registered.id), { ...registered, kind: "supplier" });
        return registered;
      },
      legacyAgency: (code) => this.#agencyOf.get(code),
      organisation: (id) => this.#organisations.get(id),
      ...(refused === undefined ? {} : { wasRefused: (key: string) => refused.get(key) }),
    });
    const rejected = new Set(folded.rejected.map(({ part }) => part));
    for (const { part, code, found, held } of folded.rejected) this.#rejectKept(part, { code, found, held });
    for (const part of kept) if (!rejected.has(part)) this.#migrated(part, folded.ocid);
    this.#isMissing(rejectedKeys, [...rejected]);
    this.#withheld += folded.withheld;
    for (const note of folded.notes) this.#warnings.set(note, (this.#warnings.get(note) ?? 0) + 1);
    for (const [id, supplier] of folded.suppliers) this.#named.set(id, supplier);
    for (const { contract, transaction, part } of folded.transactions) {
      if (rejected.has(part)) continue;
      const { value, currency } = moneyIn(transaction) ?? { value: 0n, currency: "" };
      const key = [folded.ocid, contract, String(transaction.id)].join("/");
      const meta = [part.at, moneyText(part), cellsText(part.private), key, String(value), currency, ""];
      const record = canonicalJson({ ...transaction, contract, ocid: folded.ocid });
      const place = `${String(part.order).padStart(8, "0")}\t${part.dataset}\t${String(part.row).padStart(12, "0")}`;
      this.#archive.add(
        byteOrder(`${agency.id}\tpayment\t${key.split(CONTROL).join(" ")}\t${place}`),
        ...packed(part, false, meta, part, record),
      );
    }
    // a lot has one currency: that of the process's first contract, or of what money it tells
    const currency =
      folded.entries.find(({ value }) => value > 0n)?.currency ??
      folded.entries.find((entry) => entry.currency !== "")?.currency ??
      "";
    const inOrder = folded.entries
      .map((entry) => ({ entry, at: byteOrder(entry.key) }))
      .sort((a, b) => (a.at < b.at ? -1 : 1));
    await this.#lots.begin(agency.id, "process");
    for (const { entry } of inOrder) {
      const own = entry.value > 0n || entry.paid > 0n ? entry.currency : currency;
      const full = this.#lots.add(entry, folded.ocid, own, entry.value, entry.paid);
      if (full !== undefined) await full;
    }
  }

  /** Remembers what payments may be waiting for. */
  #isMissing(keys: ReadonlySet<string>, parts: readonly ProcessPart[]): void {
    for (const key of keys) this.#missing.add(key);
    for (const { fragment } of parts) {
      const contracts = Object.keys(fragment.contracts ?? {});
      for (const name of contracts.length === 0 ? [fragment.key] : contracts) this.#missing.add(name);
    }
  }

  // ---- other records

  async #stageArchive(): Promise<void> {
    let group: Archived[] = [];
    let name = "";
    for (const { key, bytes } of this.#archive.read()) {
      // agency, entity, key: what follows is the place of the row
      const end = key.length - placeLength(key);
      if (end !== name.length || !key.startsWith(name)) {
        const full = this.#stageRecord(group);
        if (full !== undefined) await full;
        const [agency, entity] = key.split("\t", 2) as [string, LotEntity];
        if (!name.startsWith(`${agency}\t${entity}\t`)) await this.#lots.begin(textOfKey(agency), entity);
        group = [];
        name = key.slice(0, end);
      }
      group.push(this.#archived(key, this.#held(bytes, group.length)));
    }
    const full = this.#stageRecord(group);
    if (full !== undefined) await full;
    await this.#lots.flush();
  }

  readonly #holding: Buffer[] = [];

  /** A copy that outlives the next read, in memory that is used again for the next group. */
  #held(bytes: Buffer, index: number): Buffer {
    let place = this.#holding[index];
    if (place === undefined || place.length < bytes.length) {
      place = Buffer.allocUnsafeSlow(Math.max(4096, bytes.length * 2));
      // a key with very many rows shall not keep its memory
      if (index < 64) this.#holding[index] = place;
    }
    bytes.copy(place);
    return place.subarray(0, bytes.length);
  }

  #archived(key: string, bytes: Buffer): Archived {
    const from = key.indexOf("\t") + 1;
    return new Archived(bytes, this.#input.datasets, key.slice(from, key.indexOf("\t", from)) as LotEntity);
  }

  #stageRecord(group: readonly Archived[]): Promise<void> | undefined {
    let kept = group.filter((row) => this.#mayStage(row));
    if (kept.length === 0) return undefined;
    const { entity } = kept[0]!;
    if (kept.length > 1) {
      const judged = judgeRows(kept, entity, this.#rulesOf, this.#decisions.get(entity)!, { alone: true });
      this.#undecided(judged.undecided);
      this.#leftOut(judged.refused);
      for (const { row, into, rule } of judged.merged)
        if (row.isPrimary) this.#fates.merged(row, `${into.dataset} ${into.row}`, rule);
      kept = judged.kept;
    }
    let full: Promise<void> | undefined;
    for (const [at, row] of kept.entries()) {
      // decided to be different things under one key: told apart by their number
      const key = at === 0 ? row.key : `${row.key}\t${at + 1}`;
      this.#migrated(row, key);
      const hash = recordHash(entity, key, row.rest);
      const from = [{ dataset: row.dataset, row: row.row, at: row.at }];
      const waits = this.#lots.add(
        { key, hash, item: NONE, body: row.rest, from },
        key,
        row.currency,
        BigInt(row.value),
        0n,
      );
      full = waits ?? full;
    }
    return full;
  }

  /** Whether a record may be staged now: its row was not decided elsewhere, and what it belongs to is there. */
  #mayStage(row: Archived): boolean {
    if (!row.isPrimary) return this.#isMoved(row);
    if (row.contract === "" || !this.#missing.has(row.contract)) return true;
    this.#rejectKept(row, { code: "parent-missing", found: row.contract, held: true });
    return false;
  }
}

const NONE = new Uint8Array();
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
const CONTROL = /[\u0000-\u001f]/;
const PLACE_PARTS = 3;

/** Characters of a key's end that tell the place of the row: order, dataset, number. */
function placeLength(key: string): number {
  let at = key.length;
  for (let part = 0; part < PLACE_PARTS; part++) at = key.lastIndexOf("\t", at - 1);
  return key.length - at;
}

const head = Buffer.alloc(HEADER);

/** A row with what is made of it, to be kept: header; texts, raw row and content, with zeros between them. */
function packed(
  { account, row }: AccountedRow,
  isPrimary: boolean,
  meta: readonly string[],
  { values }: { values: readonly (string | null)[] },
  content: string,
): [Buffer, string] {
  head.writeUInt16BE(account, 0);
  head[2] = isPrimary ? 1 : 0;
  head.writeUIntBE(row, 3, 6);
  return [head, `${meta.join(NUL)}${NUL}${JSON.stringify(values)}${NUL}${content}`];
}

function moneyText({ money }: AccountedRow): string {
  return money.length === 0 ? "" : money.map((amount) => amount ?? "").join(",");
}

function cellsText(cells: ReadonlySet<string> | undefined): string {
  return cells === undefined || cells.size === 0 ? "" : [...cells].join(String.fromCharCode(PRIVATE));
}

/** At most so many places are told of one record. */
function positions(from: readonly Position[]): Position[] {
  return from.slice(0, 8);
}

function isMention({ entity }: Fragment): boolean {
  return entity === "supplier" || entity === "agency";
}

/** What one row says of a contract's value at one version. */
function valueIn({ fragment: { contracts = {} } }: ProcessPart): { about: string; says: string } | undefined {
  const told = Object.entries(contracts).filter(([, { value }]) => value !== undefined);
  if (told.length === 0) return undefined;
  const about = told.map(([id, { version = 0 }]) => [id, version]);
  return { about: JSON.stringify(about), says: JSON.stringify(told.map(([, { value }]) => value)) };
}

function agencyRecord(
  { key, name, parent, codes }: Fragment & { entity: "agency" },
  known: ReadonlyMap<string, StageAgency>,
): Json {
  const id = [key, ...codes].map((code) => known.get(code)?.id).find((found) => found !== undefined);
  return {
    ...(id === undefined ? {} : { id }),
    key,
    name,
    ...(parent === undefined ? {} : { parent }),
    codes: [...codes],
  };
}

/** What no record can hold, wherever it stands. */
function poisonIn(
  columns: readonly string[],
  values: readonly (string | null)[],
): { code: ReasonCode; column?: string; found?: string } | undefined {
  for (let at = 0; at < values.length; at++) {
    const text = values[at];
    if (text === null || text === undefined) continue;
    const column = columns[at] === undefined ? {} : { column: columns[at] };
    if (text.length > MAX_CELL) return { code: "too-long", ...column, found: `${text.length}` };
    if (text.includes(NUL)) return { code: "nul", ...column };
    if (!text.isWellFormed()) return { code: "undecodable", ...column };
  }
  return undefined;
}

function endsEarly({ id, table }: StageDataset, rows: number, proven: number): Fault {
  return new Fault("source-ended-early", {
    explanation: {
      en: `${id} (${table}): the source says ${proven} rows, ${rows} came.`,
      id: `${id} (${table}): sumber menyatakan ${proven} baris, yang datang ${rows}.`,
    },
    remedy: {
      en: "Nothing was staged. Check the source, and stage again.",
      id: "Tidak ada yang disiapkan. Periksa sumbernya, lalu siapkan lagi.",
    },
  });
}

function stopped({ id }: StageDataset, { at }: SourceRow, { rule }: Finding): Fault {
  return new Fault("rule-stops", {
    explanation: {
      en: `${id}, ${at}: rule ${rule} of the plan stops the wave.`,
      id: `${id}, ${at}: aturan ${rule} dari rencana menghentikan gelombang.`,
    },
    remedy: {
      en: "Put the row right in its source, or let the rule reject rows (onRow: reject).",
      id: "Betulkan barisnya di sumber, atau ubah aturan agar menolak baris (onRow: reject).",
    },
  });
}
