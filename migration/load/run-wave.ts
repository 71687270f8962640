import { existsSync } from "node:fs";
import { mkdir, readdir, rename, statfs } from "node:fs/promises";
import path from "node:path";
import type { SigningKey } from "../../server/cli/key-file.ts";
import { ActCode, actWords, officeKey } from "../../server/domain/entries/act.ts";
import { hashWords } from "../../server/domain/entries/entry.ts";
import { Role, Tier } from "../../server/domain/entries/kinds.ts";
import { valuesInBoth } from "../../server/domain/entries/refusals.ts";
import { NO_ID, textOf, toHex, utf8, WORD } from "../../server/domain/entries/words.ts";
import { Fault } from "../../server/domain/fault.ts";
import { explainRefusal, type Words } from "../../server/domain/problems.ts";
import type { Lot } from "../../server/domain/projection/waves.ts";
import { failpoint } from "../../server/failpoint.ts";
import { packRow } from "../../server/ledger/codec.ts";
import { openingBody } from "../../server/ledger/waves.ts";
import { windowsAt } from "../plan/time.ts";
import { type LotRow, readLot, type StagedLot, writeWhole } from "../stage/lot.ts";
import { LotTree } from "../stage/merkle.ts";
import { lockWave } from "../wave-lock.ts";
import { Control } from "./control.ts";
import { actPlace, checkStage, hashOfLots, type Job, journalFolder, Lease, leaseHeld } from "./job.ts";
import { Journal, type RefusedRow, unwritable } from "./journal.ts";
import { type LoadOptions, type LoadRow, loadedSince, loadRows, type Pace } from "./load-rows.ts";
import { rememberRefused } from "./refused-records.ts";
import type { Register } from "./register.ts";
import {
  makeSuppliersFile,
  readSuppliersFile,
  sendSuppliers,
  signSuppliers,
  unknownSuppliers,
  writeSuppliersFile,
} from "./register-suppliers.ts";
import { accountKey, WaveAccount } from "./wave-account.ts";
import {
  type ActFile,
  callOfAct,
  callsOfLots,
  type LotsFile,
  makeAct,
  makeLots,
  readSignFile,
  signFile,
  waitsFor,
  writeSignFile,
} from "./wave-act.ts";
import { historyOfWave, lotOnChain, type WaveOnChain, waveOnChain } from "./wave-on-chain.ts";
import { WindowClock } from "./window-clock.ts";

/** What is told while a wave is worked on: a name and its values, for a line on a terminal or as NDJSON. */
export type Tell = (event: string, values?: Record<string, unknown>) => void;

/** What working on a wave needs beside its job. */
export type Hands = {
  register: Register;
  /** keys that lie here; each signs what waits for its holder */
  keys: readonly SigningKey[];
  tell: Tell;
  /** wei */
  gasPrice?: number;
  /** key file of the account that sends; one is made where none is named */
  account?: string | undefined;
  /** milliseconds UTC; the machine's clock where left out */
  now?: () => number;
};

/** Why a run ended. `waiting`: files that people have to sign first. */
export type RunEnd =
  | { end: "loaded"; loaded: number; finished: boolean }
  /** `next`: the window in which it can go on, in milliseconds UTC; none where the sealed plan has no further one */
  | { end: "stopped"; why: "paused" | "panic"; loaded: number }
  | { end: "stopped"; why: "over"; loaded: number; next: { start: number; end: number } | undefined }
  | { end: "waiting"; files: { file: string; for: Words[] }[] }
  | { end: "refused"; refused: number; file: string };

/** What loading is given where it should not find it by the kind of chain: see `LoadOptions`. */
type RunOptions = { takeOver?: boolean } & Pick<LoadOptions, "ahead" | "groupBytes" | "stuckAfter">;

/** Bytes of free disk below which nothing is sent. */
const LEAST_DISK = 16 * 1024 * 1024;
/** Lots that the ledger accepts in one go. */
const LOTS_TOGETHER = 40;

/**
 * Brings a wave onto the ledger, from wherever it stands: opened, consented, its suppliers registered, its lots signed
 * and accepted, its rows loaded. What is done already is not done again, so it can be stopped anywhere and repeated.
 * @param takeOver takes the wave's lease from a machine that will never go on
 * @throws Fault stale, lease-held, lot-altered, disk-full, ledger-refused
 */
export async function runWave(job: Job, hands: Hands, options: RunOptions = {}): Promise<RunEnd> {
  const { register, tell } = hands;
  failpoint("wave-gated");
  await enoughDisk(job.folder);
  const unlock = await lockWave(job.folder, job.wave);
  let journal: Journal | undefined;
  try {
    journal = await Journal.open(journalFolder(job));
    return await new Run(job, hands, journal, options).go();
  } finally {
    await journal?.close();
    await unlock();
    tell("ended", { height: await register.height().catch(() => 0) });
  }
}

class Run {
  readonly #job: Job;
  readonly #hands: Hands;
  readonly #journal: Journal;
  readonly #options: RunOptions;
  readonly #lease: Lease;
  readonly #control: Control;
  #account!: WaveAccount;

  constructor(job: Job, hands: Hands, journal: Journal, options: RunOptions) {
    this.#job = job;
    this.#hands = hands;
    this.#journal = journal;
    this.#options = options;
    this.#lease = new Lease(job);
    this.#control = new Control(job.folder, job.wave);
  }

  async go(): Promise<RunEnd> {
    const { register, tell } = this.#hands;
    const { wave, attempt, id, plan, stage } = this.#job;
    await this.#control.clear();
    const lots = hashOfLots(stage.lots);
    const head = await this.#journal.head();
    const isOther = head !== undefined && (head.waveId !== id || head.planHash !== plan.hash || head.lots !== lots);
    const secret = await accountKey(this.#job.folder, wave, attempt, this.#hands.account);
    const { gasPrice = 0 } = this.#hands;
    const onTrouble = (what: string) => tell("trouble", { what });
    const { stuckAfter } = this.#options;
    this.#account = new WaveAccount({
      ...{ register, outbox: this.#journal, secret, gasPrice, stuckAfter, onTrouble },
    });
    if (isOther) {
      // what was sent before comes to its end first: only then is it known that nothing of it is on the ledger
      await this.#account.settle();
      for (const each of new Set([head.waveId, id]))
        if ((await waveOnChain(register, each)) !== undefined)
          throw stale(head.planHash === plan.hash ? "stage" : "plan");
      const aside = await setActsAside(this.#job);
      await this.#journal.tell("begun-afresh", { planHash: head.planHash, lots: head.lots });
      tell("afresh", { acts: aside });
    }
    if (head === undefined || isOther) {
      await checkStage(this.#job, (done) => tell("checking", { done, of: stage.lots.length }));
      const { address: sender } = this.#account;
      await this.#journal.begin({ wave, attempt, waveId: id, planHash: plan.hash, lots, sender });
    }
    failpoint("wave-staged");
    await this.#account.settle();
    const before = await waveOnChain(register, id);
    if (before !== undefined && before.plan !== plan.hash) throw stale("plan");
    if (before?.state === "rolledBack") throw rolledBack(wave, attempt);
    if (before !== undefined && before.state !== "open") {
      tell("finished", { state: before.state, rows: before.rows });
      return { end: "loaded", loaded: before.loaded, finished: true };
    }
    const opened = before === undefined ? await this.#open() : await this.#hold(before);
    if ("end" in opened) return opened;
    failpoint("wave-opened");
    for (const step of [() => this.#consents(), () => this.#suppliers(), () => this.#lots(opened)]) {
      const waiting = await step();
      if (waiting !== undefined) return waiting;
    }
    return this.#rows(opened);
  }

  async #open(): Promise<WaveOnChain | RunEnd> {
    const { register } = this.#hands;
    const { id, plan, lead, after, detaches, grace, wave, attempt } = this.#job;
    const waiting = await this.#perform("open", () =>
      makeAct(
        register,
        { code: ActCode.openWave, agency: lead.agency, post: id, key: plan.hash, until: grace, role: detaches ? 1 : 0 },
        {
          by: lead.by,
          body: openingBody(after),
          says: {
            en: `Open wave ${wave} (attempt ${attempt}) of plan ${plan.id}; it can be rolled back for ${grace} s after activation; processes with entries signed since ${detaches ? "stay when it is rolled back" : "block its rollback"}.`,
            id: `Membuka gelombang ${wave} (percobaan ${attempt}) dari rencana ${plan.id}; dapat ditarik kembali selama ${grace} detik setelah diaktifkan; proses yang sudah mendapat entri baru ${detaches ? "tetap berlaku saat ditarik" : "menghalangi penarikan"}.`,
          },
        },
      ),
    );
    if (waiting !== undefined) return waiting;
    const opened = (await waveOnChain(register, id))!;
    await this.#lease.take(opened.epoch);
    await this.#journal.tell("opened", { number: opened.number });
    return opened;
  }

  /** Makes sure that this machine is the one that writes the wave. */
  async #hold(wave: WaveOnChain): Promise<WaveOnChain | RunEnd> {
    const epoch = await this.#lease.epoch();
    if (epoch === wave.epoch) return wave;
    // killed between the opening and the note of it: the journal knows whose opening it was
    if (epoch === undefined && wave.epoch === 1 && (await this.#openedHere(wave))) {
      await this.#lease.take(1);
      return wave;
    }
    if (this.#options.takeOver !== true) throw leaseHeld(this.#job.wave, wave.epoch);
    const { register } = this.#hands;
    const { id, lead } = this.#job;
    const next = wave.epoch + 1;
    const waiting = await this.#perform(`lease-${next}`, () =>
      makeAct(
        register,
        { code: ActCode.leaseWave, agency: lead.agency, post: id, from: next },
        {
          by: lead.by,
          says: {
            en: `Another machine takes over loading ${this.#job.wave}: lots signed for epoch ${wave.epoch} and not sent yet are refused from now on.`,
            id: `Mesin lain mengambil alih pemuatan ${this.#job.wave}: lot yang ditandatangani untuk epoch ${wave.epoch} dan belum dikirim ditolak mulai sekarang.`,
          },
        },
      ),
    );
    if (waiting !== undefined) return waiting;
    await this.#lease.take(next);
    await this.#journal.tell("lease-taken", { epoch: next });
    return (await waveOnChain(register, id))!;
  }

  /** Whether the account of this folder sent the opening. */
  async #openedHere(wave: WaveOnChain): Promise<boolean> {
    const { register } = this.#hands;
    const { openedAt } = await historyOfWave(register, wave.number);
    const block = (await register.chain.request("eth_getBlockByNumber", [`0x${openedAt.toString(16)}`, true])) as {
      transactions: { from: string }[];
    };
    return block.transactions.some(({ from }) => from.toLowerCase() === this.#account.address);
  }

  async #consents(): Promise<RunEnd | undefined> {
    const { register } = this.#hands;
    const { id, plan, lead, agencies, wave } = this.#job;
    const waiting: { file: string; for: Words[] }[] = [];
    for (const { agency, id: text, by } of agencies) {
      if (agency === lead.agency || (await this.#journal.flag(`consent/${agency}`))) continue;
      const name = `consent-${slug(text)}`;
      const subject = toHex(hashWords(id, agency));
      if (BigInt(await register.text("Waves", "lastAct", [subject])) === 0n) {
        const end = await this.#perform(name, () =>
          makeAct(
            register,
            { code: ActCode.consentToWave, agency, post: id, key: plan.hash },
            {
              by,
              says: {
                en: `${text} lets its records be taken over by wave ${wave} of plan ${plan.id}.`,
                id: `${text} menyetujui datanya diambil alih oleh gelombang ${wave} dari rencana ${plan.id}.`,
              },
            },
          ),
        );
        if (end?.end === "waiting") {
          waiting.push(...end.files);
          continue;
        }
      }
      await this.#journal.raise(`consent/${agency}`);
    }
    if (waiting.length > 0) return { end: "waiting", files: waiting };
    failpoint("wave-consented");
    return undefined;
  }

  async #suppliers(): Promise<RunEnd | undefined> {
    if (await this.#journal.flag("suppliers")) return undefined;
    const { register, keys, tell } = this.#hands;
    const missing = await unknownSuppliers(register, this.#job.suppliers);
    tell("suppliers", { known: this.#job.suppliers.length - missing.length, missing: missing.length });
    if (missing.length > 0) {
      const place = actPlace(this.#job, "suppliers");
      const kept = await readSuppliersFile(place);
      const covers =
        kept !== undefined &&
        kept.register === toHex(register.separator) &&
        kept.expires > (await register.now()) &&
        missing.every(({ id, name }) => kept.suppliers.some((one) => one.id === id && one.name === name));
      const file = covers ? kept : await makeSuppliersFile(register, place, missing);
      if (file.suppliers.some(({ signature }) => signature === undefined)) {
        const registrar = await registrarAmong(register, keys);
        if (registrar === undefined)
          return {
            end: "waiting",
            files: [{ file: place, for: [{ en: "a registrar", id: "petugas pendaftaran" }] }],
          };
        signSuppliers(file, register, registrar);
        await writeSuppliersFile(place, file);
      }
      await sendSuppliers(file, register, this.#account);
    }
    await this.#journal.raise("suppliers");
    failpoint("wave-registered");
    return undefined;
  }

  async #lots(wave: WaveOnChain): Promise<RunEnd | undefined> {
    if (await this.#journal.flag("lots")) return undefined;
    const { register, tell } = this.#hands;
    const { agencies, stage } = this.#job;
    const waiting: { file: string; for: Words[] }[] = [];
    for (const agency of agencies) {
      const missing: StagedLot[] = [];
      for (const lot of stage.lots)
        if (lot.agency === agency.agency && (await lotOnChain(register, wave.number, lot.key)) === undefined)
          missing.push(lot);
      if (missing.length === 0) continue;
      const place = actPlace(this.#job, `lots-${slug(agency.id)}`);
      const file = await this.#signedLots(place, agency, missing, wave);
      if (waitsFor(file).length > 0) {
        waiting.push({ file: place, for: waitsFor(file) });
        continue;
      }
      failpoint("wave-lots-signed");
      const wanted = new Set(missing.map(({ key }) => key));
      const calls = (await callsOfLots(file)).filter(({ lot }) => wanted.has(lot.lotKey));
      for (let from = 0; from < calls.length; from += LOTS_TOGETHER) {
        await this.#account.send(calls.slice(from, from + LOTS_TOGETHER).map(({ call }) => call));
        tell("lots", { agency: agency.id, accepted: Math.min(calls.length, from + LOTS_TOGETHER), of: calls.length });
        failpoint("wave-lot-accepted");
      }
    }
    if (waiting.length > 0) return { end: "waiting", files: waiting };
    const now = (await waveOnChain(register, this.#job.id))!;
    if (now.lots !== stage.lots.length) throw stale("stage");
    await this.#journal.raise("lots");
    await this.#journal.tell("lots-accepted", { lots: now.lots, rows: now.rows });
    failpoint("wave-lots-accepted");
    return undefined;
  }

  async #signedLots(
    place: string,
    agency: Job["agencies"][number],
    missing: readonly StagedLot[],
    wave: WaveOnChain,
  ): Promise<LotsFile> {
    const { register, keys } = this.#hands;
    const kept = existsSync(place) ? await readSignFile(place) : undefined;
    const keys_ = new Map(kept?.format === "prasasti-wave-lots" ? kept.lots.map((lot) => [lot.lotKey, lot]) : []);
    const now = await register.now();
    const usable = missing.every((lot) => {
      const known = keys_.get(lot.key);
      return known?.root === lot.root && known.epoch === wave.epoch && known.expires > now + 60;
    });
    let file: LotsFile;
    if (usable && kept?.format === "prasasti-wave-lots") file = kept;
    else {
      file = await makeLots(
        register,
        missing.map((lot) => lotOf(lot, this.#job, wave.epoch)),
        {
          by: agency.by,
          says: sumsInWords(agency, missing),
        },
      );
    }
    for (const key of keys) await signFile(file, register, key).catch(ignoreNoOffice);
    await writeSignFile(place, file);
    return file;
  }

  async #rows(wave: WaveOnChain): Promise<RunEnd> {
    const { register, tell } = this.#hands;
    const { stage, window } = this.#job;
    const lots = stage.lots.filter(({ tier }) => tier !== "C");
    const total = lots.reduce((sum, { rows }) => sum + rows, 0);
    const history = (await this.#journal.flag("opened-at")) ?? (await this.#noteOpening(wave));
    let seen = performance.now();
    let epoch = wave.epoch;
    const started = performance.now();
    let first = -1;
    const { now: clockNow = Date.now } = this.#hands;
    const clock = new WindowClock((windowsAt(window, clockNow()).open ?? window).end, clockNow);
    const load = () =>
      loadRows({
        ...{ register, journal: this.#journal, wave: wave.number, secret: this.#account.secret },
        ...{ gasPrice: this.#hands.gasPrice ?? 0, control: this.#control, openedAt: Number(history) },
        ...this.#options,
        rowsFrom: (lot, row) => rowsOf(stage.folder, lots, wave.number, lot, row),
        isOver: () => clock.isOver(),
        check: async () => {
          if (performance.now() - seen < 5_000) return;
          seen = performance.now();
          clock.see(1000 * (await register.now()));
          await enoughDisk(this.#job.folder);
          epoch = (await waveOnChain(register, this.#job.id))!.epoch;
          // a paused process that wakes after another took over writes nothing more
          if (epoch !== wave.epoch) throw leaseHeld(this.#job.wave, epoch);
        },
        onPace: (pace: Pace) => {
          if (first < 0) first = pace.rows;
          const seconds = (performance.now() - started) / 1000;
          const rate = seconds > 0 ? (pace.rows - first) / seconds : 0;
          tell("rows", {
            ...pace,
            of: total,
            rate: Math.round(rate),
            eta: rate > 0 ? (total - pace.rows) / rate : undefined,
          });
        },
        onTrouble: (what) => tell("trouble", { what }),
      });
    let end = await load();
    if (end.why === "done" && end.cursor.refused === 0) {
      const { loaded, expected } = (await waveOnChain(register, this.#job.id))!;
      if (loaded !== expected) {
        // a node told of rows that are not there: all of it is looked at anew, once
        tell("trouble", { what: `the ledger counts ${loaded} of ${expected} rows` });
        await this.#journal.forget();
        end = await load();
      }
    }
    failpoint("wave-loaded");
    if (end.why !== "done") {
      await this.#journal.tell("stopped", { why: end.why });
      const { loaded } = end.cursor;
      if (end.why !== "over") return { end: "stopped", why: end.why, loaded };
      return { end: "stopped", why: "over", loaded, next: windowsAt(window, clock.latest).next };
    }
    // whatever nodes said of receipts: what the ledger's own counters say is what is loaded
    const now = (await waveOnChain(register, this.#job.id))!;
    if (end.cursor.refused > 0) {
      const file = await this.#writeRefused(lots);
      return { end: "refused", refused: end.cursor.refused, file };
    }
    if (now.loaded !== now.expected) {
      const there = await loadedSince(register, wave.number, Number(history));
      await this.#journal.forget();
      throw new Fault("rows-missing", {
        explanation: {
          en: `The ledger counts ${now.loaded} of ${now.expected} rows, its events ${there.size}: a node told of rows that are not there.`,
          id: `Buku besar menghitung ${now.loaded} dari ${now.expected} baris, peristiwanya ${there.size}: ada node yang memberitakan baris yang tidak ada.`,
        },
        remedy: {
          en: "Name other nodes with --rpc and run this again: only what is missing is sent.",
          id: "Sebutkan node lain dengan --rpc lalu jalankan lagi: hanya yang kurang yang dikirim.",
        },
      });
    }
    await this.#journal.tell("loaded", { rows: now.loaded });
    return { end: "loaded", loaded: now.loaded, finished: false };
  }

  async #noteOpening(wave: WaveOnChain): Promise<string> {
    const { openedAt } = await historyOfWave(this.#hands.register, wave.number);
    await this.#journal.raise("opened-at", String(openedAt));
    return String(openedAt);
  }

  /** Rows that the ledger refused, in its words, with their source: rejects of the next attempt. */
  async #writeRefused(lots: readonly StagedLot[]): Promise<string> {
    const { folder, wave, attempt, stage } = this.#job;
    const place = path.join(folder, "refused", `${wave}-${attempt}.ndjson`);
    const lines: string[] = [];
    const codes: { key: string; code: string }[] = [];
    let rows: { lot: number; rows: LotRow[] } | undefined;
    for await (const refused of this.#journal.refused()) {
      if (rows?.lot !== refused.lot) rows = { lot: refused.lot, rows: await readLot(stage.folder, lots[refused.lot]!) };
      const { key, from } = rows.rows[refused.row]!;
      const { code, a, b } = refused;
      const { name } = explainRefusal({ code, a: BigInt(a), b: BigInt(b) });
      codes.push({ key, code: name });
      lines.push(JSON.stringify({ key, reason: "refused", code: name, says: refusalInWords(refused), from }));
    }
    await mkdir(path.dirname(place), { recursive: true });
    await writeWhole(place, utf8(lines.map((line) => `${line}\n`).join("")));
    await rememberRefused(this.#job.project, codes);
    return place;
  }

  /** Makes an act, or takes up its file; signs it with the keys at hand; sends it when all have signed. */
  #perform(name: string, make: () => Promise<ActFile>): Promise<RunEnd | undefined> {
    return performAct(this.#job, { ...this.#hands, account: this.#account }, name, make);
  }
}

/**
 * Makes an act, or takes up the file in which it waits; signs it with the keys at hand, and sends it once all have
 * signed. @returns what it waits for
 */
export async function performAct(
  job: Job,
  hands: { register: Register; keys: readonly SigningKey[]; tell: Tell; account: WaveAccount },
  name: string,
  make: () => Promise<ActFile>,
): Promise<Extract<RunEnd, { end: "waiting" }> | undefined> {
  const { register, keys, tell, account } = hands;
  const place = actPlace(job, name);
  const kept = existsSync(place) ? await readSignFile(place) : undefined;
  const fresh = await make();
  const file = kept?.format === "prasasti-wave-act" && (await isUsable(kept, fresh, register)) ? kept : fresh;
  for (const key of keys) await signFile(file, register, key).catch(ignoreNoOffice);
  await writeSignFile(place, file);
  const waits = waitsFor(file);
  if (waits.length > 0) return { end: "waiting", files: [{ file: place, for: waits }] };
  failpoint("act-sent");
  await account.send([callOfAct(file)]);
  failpoint("act-recorded");
  tell("act", { act: name, says: file.says });
  return undefined;
}

/** Puts away acts and lots that were made for an attempt of which nothing came onto the ledger. @returns how many */
async function setActsAside({ project, wave, attempt }: Job): Promise<number> {
  const folder = path.join(project, "acts");
  const own = (await readdir(folder).catch(() => [])).filter((name) => name.startsWith(`${wave}-${attempt}-`));
  const aside = path.join(folder, "set-aside", new Date().toISOString().replaceAll(/[:.]/g, "-"));
  if (own.length > 0) await mkdir(aside, { recursive: true });
  for (const name of own) await rename(path.join(folder, name), path.join(aside, name));
  return own.length;
}

/** Whether signatures under a kept act still count for what is to be done now. */
async function isUsable(kept: ActFile, fresh: ActFile, register: Register): Promise<boolean> {
  const said = ({ act, register: named, body }: ActFile) =>
    [toHex(actWords({ ...act, expires: 0 })), named, body].join(" ");
  return said(kept) === said(fresh) && kept.act.expires > (await register.now()) + 60;
}

/** A key that lies here without an office for what is signed is another's matter. */
function ignoreNoOffice(error: unknown): void {
  if (!(error instanceof Fault) || error.code !== "no-office") throw error;
}

async function registrarAmong(register: Register, keys: readonly SigningKey[]): Promise<SigningKey | undefined> {
  for (const key of keys)
    if (BigInt(await register.lastAct(officeKey(key.holderId, NO_ID, Role.registrar, NO_ID))) !== 0n) return key;
  return undefined;
}

/** Rows of lots of tiers A and B, from a place on, as they travel. */
async function* rowsOf(
  folder: string,
  lots: readonly StagedLot[],
  wave: number,
  fromLot: number,
  fromRow: number,
): AsyncGenerator<LoadRow> {
  for (let lot = fromLot; lot < lots.length; lot++) {
    const { key } = lots[lot]!;
    const rows = await readLot(folder, lots[lot]!);
    const tree = new LotTree(rows.map(({ hash }) => hash));
    for (let row = lot === fromLot ? fromRow : 0; row < rows.length; row++) {
      const { key: name, hash, item } = rows[row]!;
      const commandId = toHex(item, HEADER, HEADER + WORD);
      const packed = packRow(wave, key, tree.proof(row), item);
      yield { lot, row, key: name, process: ocidIn(item), commandId, hash: toHex(hash), item: packed };
    }
  }
}

/** Bytes of a packed entry before its command id: type, kind, capacity, up, length of the stem, presence. */
const HEADER = 6;

/** The ocid of a packed entry: behind its ids, and those of basis and reference where it has them. */
function ocidIn(item: Uint8Array): string {
  const has = item[HEADER - 1]!;
  const at = HEADER + 4 * WORD + 8 + (has & 1 ? WORD : 0) + (has & 2 ? WORD : 0);
  return textOf(item.subarray(at + 1, at + 1 + item[at]!));
}

const TIERS = { A: Tier.whole, B: Tier.terms, C: Tier.archive } as const;

function lotOf(lot: StagedLot, job: Job, epoch: number): Omit<Lot, "seen" | "expires"> {
  return {
    ...{ wave: job.id, epoch, agency: lot.agency, lotKey: lot.key, tier: TIERS[lot.tier], root: lot.root },
    ...{ rows: lot.rows, currency: lot.currency, value: BigInt(lot.value), paid: BigInt(lot.paid) },
    cutOver: job.cutOver,
  };
}

/** What a head signs with his lots, in words. */
function sumsInWords({ name }: { name: string }, lots: readonly StagedLot[]): Words {
  const rows = lots.reduce((sum, lot) => sum + lot.rows, 0);
  const sums = new Map<string, { value: bigint; paid: bigint }>();
  for (const { currency, value, paid } of lots) {
    if (currency === "") continue;
    const sum = sums.get(currency) ?? { value: 0n, paid: 0n };
    sums.set(currency, { value: sum.value + BigInt(value), paid: sum.paid + BigInt(paid) });
  }
  const money = [...sums].map(([currency, { value, paid }]) => ({
    currency,
    value: decimal(value),
    paid: decimal(paid),
  }));
  return {
    en: `${name}: ${lots.length} lots with ${rows} records${money.map((m) => `; ${m.currency} ${m.value}, of it paid before ${m.paid}`).join("")}. Its head says that these are its records as they stood at the cut-over.`,
    id: `${name}: ${lots.length} lot berisi ${rows} catatan${money.map((m) => `; ${m.currency} ${m.value}, sudah dibayar ${m.paid}`).join("")}. Kepala instansi menyatakan bahwa inilah catatannya pada saat peralihan.`,
  };
}

/** Minor units as a decimal text with two places. */
export function decimal(minor: bigint): string {
  const text = String(minor < 0n ? -minor : minor).padStart(3, "0");
  return `${minor < 0n ? "-" : ""}${text.slice(0, -2)}.${text.slice(-2)}`;
}

/** Why the ledger refused a row, with its rule, values and remedy. */
export function refusalInWords({ code, a, b }: RefusedRow): Words {
  if (code === 0)
    return { en: "The ledger could not take it at all.", id: "Buku besar sama sekali tidak dapat menerimanya." };
  const refusal = { code, a: BigInt(a), b: BigInt(b) };
  const { kind } = explainRefusal(refusal);
  const values = valuesInBoth(refusal, undefined);
  const text = (language: "en" | "id") =>
    [kind.title[language], values[language], kind.help[language]].filter((part) => part !== "").join(" ");
  return { en: text("en"), id: text("id") };
}

function slug(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
}

async function enoughDisk(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < LEAST_DISK) throw unwritable(folder, new Error("no space left on device"));
}

export function stale(what: "plan" | "stage"): Fault {
  const [en, id] = what === "plan" ? ["plan", "rencana"] : ["stage", "hasil penyiapan"];
  return new Fault("stale", {
    explanation: {
      en: `The ${en} is not the one that this attempt began with.`,
      id: `${id[0]!.toUpperCase()}${id.slice(1)} bukan lagi yang dipakai saat percobaan ini dimulai.`,
    },
    remedy: {
      en: "Put it back as it was, or roll the attempt back and make the next one with `prasasti migrate replan WAVE`.",
      id: "Kembalikan seperti semula, atau tarik percobaan ini dan buat yang berikutnya dengan `prasasti migrate replan GELOMBANG`.",
    },
  });
}

function rolledBack(wave: string, attempt: number): Fault {
  return new Fault("rolled-back", {
    explanation: {
      en: `Attempt ${attempt} at ${wave} was rolled back.`,
      id: `Percobaan ${attempt} atas ${wave} sudah ditarik kembali.`,
    },
    remedy: {
      en: "Make the next attempt with `prasasti migrate replan WAVE`.",
      id: "Buat percobaan berikutnya dengan `prasasti migrate replan GELOMBANG`.",
    },
  });
}
