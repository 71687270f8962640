import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { sha256 } from "#hash";
import { entryHash } from "../../server/domain/entries/entry.ts";
import { Kind, Role } from "../../server/domain/entries/kinds.ts";
import { type Hex, readNumber, toHex, WORD } from "../../server/domain/entries/words.ts";
import type { Words } from "../../server/domain/problems.ts";
import type { LotAccepted } from "../../server/domain/projection/waves.ts";
import { unpackEntry } from "../../server/ledger/codec.ts";
import { interfaceOf } from "../../server/ledger/deploy.ts";
import { chainLots } from "../../server/ledger/waves.ts";
import { type LotRow, readLot, recordHash, type StagedLot } from "../stage/lot.ts";
import type { Job } from "./job.ts";
import { commandIn, waveIn } from "./load-rows.ts";
import type { Register } from "./register.ts";
import { decimal, type Tell } from "./run-wave.ts";
import { historyOfWave, waveOnChain } from "./wave-on-chain.ts";

/** Where stage and ledger differ; `place` names the row, lot or count. */
type Difference = {
  what:
    | "source-differs"
    | "row-missing"
    | "row-extra"
    | "row-twice"
    | "field"
    | "body"
    | "lot-missing"
    | "lot-extra"
    | "lot-differs"
    | "count"
    | "standing";
  place: string;
  words: Words;
};

/** One line of the comparison: an agency and a currency. Amounts in minor units. */
export type VerifiedLine = {
  agency: string;
  entity: string;
  tier: string;
  currency: string;
  rows: number;
  onLedger: number;
  value: bigint;
  ledgerValue: bigint;
  paid: bigint;
  ledgerPaid: bigint;
};

export type Verdict = {
  lines: VerifiedLine[];
  differences: Difference[];
  rows: number;
  natives: number;
  promoted: number;
  lotsHash: Hex;
  block: number;
  seconds: number;
};

const RECORDED = interfaceOf("Ledger").getEvent("EntryRecorded")!.topicHash;
/** Differences that are named one by one. */
const MOST_NAMED = 10_000;

/**
 * Compares what was staged with what the ledger holds, both ways: every byte of each row of tiers A and B against its
 * event, bodies kept off the chain against their digests, every record of tier C against its lot's root, sums and counts.
 * What differs is looked at again once the chain has moved on, and told only if it differs still.
 * @param restage reads the sources again and gives the lots that they make now; undefined: the stage is taken as it is
 */
export async function verifyWave(
  job: Job,
  register: Register,
  tell: Tell,
  restage?: () => Promise<{ folder: string; lots: readonly StagedLot[] }>,
): Promise<Verdict> {
  const started = performance.now();
  const fromSource = restage === undefined ? [] : await compareStages(job, await restage());
  const first = await pass(job, register, tell);
  let differences = first.differences;
  if (differences.length > 0) {
    // rows in flight, or a node that had not caught up: what is truly wrong is wrong again
    const { confirmations } = register.chain;
    const until = (await register.height()) + confirmations;
    for (let waited = 0; waited < 60 && (await register.height()) < until; waited++) await sleep(500);
    await sleep(1_000);
    const second = await pass(job, register, tell);
    const again = new Set(second.differences.map(keyOf));
    differences = second.differences.filter((each) => again.has(keyOf(each)) && hasSame(first.differences, each));
    Object.assign(first, { ...second, differences });
  }
  const seconds = (performance.now() - started) / 1000;
  return { ...first, differences: [...fromSource, ...differences], seconds };
}

const keyOf = ({ what, place }: Difference): string => `${what} ${place}`;
function hasSame(differences: readonly Difference[], one: Difference): boolean {
  return differences.some((each) => keyOf(each) === keyOf(one));
}

async function pass(job: Job, register: Register, tell: Tell): Promise<Omit<Verdict, "seconds">> {
  const differences: Difference[] = [];
  const differ = (what: Difference["what"], place: string, en: string, id: string) => {
    if (differences.length < MOST_NAMED) differences.push({ what, place, words: { en, id } });
  };
  const wave = await waveOnChain(register, job.id);
  const block = await register.height();
  if (wave === undefined) {
    differ("count", job.wave, "the wave was never opened on this ledger", "gelombang ini tidak pernah dibuka");
    return { lines: [], differences, rows: 0, natives: 0, promoted: 0, lotsHash: "0x", block };
  }
  const history = await historyOfWave(register, wave.number);
  compareLots(job, history.lots, differ);
  const chained = chainLots(history.lots.map(({ lot }) => lot));
  if (chained !== wave.lotsHash)
    differ(
      "count",
      "lots",
      `events of lots chain to ${chained}, the ledger keeps ${wave.lotsHash}`,
      `rantai lot ${chained}, buku besar mencatat ${wave.lotsHash}`,
    );

  // staged rows that carry an entry, in the order in which they were loaded
  const staged = stagedRows(job, wave.promoted > 0);
  const waiting = new Map<string, { row: LotRow; lot: StagedLot }>();
  const done = new Set<string>();
  const perLot = new Map<Hex, number>();
  let exhausted = false;
  let rows = 0;
  let natives = 0;
  let promoted = 0;
  let seen = 0;
  const find = async (command: Hex) => {
    const known = waiting.get(command);
    if (known !== undefined) {
      waiting.delete(command);
      return known;
    }
    while (!exhausted) {
      const next = await staged.next();
      if (next.done === true) {
        exhausted = true;
        return undefined;
      }
      const own = toHex(next.value.row.item, HEADER, HEADER + WORD);
      if (own === command) return next.value;
      waiting.set(own, next.value);
    }
    return undefined;
  };
  for await (const page of register.logs("Ledger", [RECORDED], history.openedAt, block)) {
    for (const { data } of page) {
      if (waveIn(data) !== wave.number) continue;
      const item = itemIn(data);
      if (isNative(item)) {
        natives++;
        continue;
      }
      const command = commandIn(data);
      const found = await find(command);
      if (found === undefined) {
        const known = done.has(command);
        differ(
          known ? "row-twice" : "row-extra",
          command,
          known ? "the ledger tells this row twice" : "the ledger holds a row that the stage does not",
          known
            ? "buku besar memuat baris ini dua kali"
            : "buku besar memuat baris yang tidak ada dalam hasil penyiapan",
        );
        continue;
      }
      if (found.lot.tier === "C") promoted++;
      else rows++;
      perLot.set(found.lot.key, (perLot.get(found.lot.key) ?? 0) + 1);
      if (Buffer.compare(item, found.row.item) !== 0) nameFields(found.row, item, differ);
      if (++seen % 20_000 === 0) tell("verifying", { rows: seen });
    }
  }
  while (!exhausted) await find("0x");
  for (const { row, lot } of waiting.values())
    if (lot.tier !== "C")
      differ("row-missing", row.key, "staged, but not on the ledger", "disiapkan, tetapi tidak ada di buku besar");
  const expected = job.stage.lots.reduce((sum, { tier, rows: own }) => sum + (tier === "C" ? 0 : own), 0);
  for (const [name, ours, theirs] of [
    ["rows of tiers A and B", expected, rows],
    ["rows that the ledger counts as loaded", expected, wave.loaded],
    ["all rows of lots", job.stage.lots.reduce((sum, { rows: own }) => sum + own, 0), wave.rows],
  ] as const)
    if (ours !== theirs)
      differ("count", name, `staged ${ours}, on the ledger ${theirs}`, `disiapkan ${ours}, di buku besar ${theirs}`);
  await checkArchive(job, differ);
  const lines = linesOf(job, history.lots, perLot);
  return { lines, differences, rows, natives, promoted, lotsHash: wave.lotsHash, block };
}

type Differ = (what: Difference["what"], place: string, en: string, id: string) => void;

function compareLots({ stage }: Job, accepted: readonly LotAccepted[], differ: Differ): void {
  const byKey = new Map(accepted.map(({ lot }) => [lot.lotKey, lot]));
  for (const lot of stage.lots) {
    const own = byKey.get(lot.key);
    byKey.delete(lot.key);
    if (own === undefined) {
      differ("lot-missing", `lot ${lot.number}`, "staged, but not accepted", "disiapkan, tetapi belum diterima");
      continue;
    }
    const pairs: [string, unknown, unknown][] = [
      ["root", lot.root, own.root],
      ["rows", lot.rows, own.rows],
      ["value", lot.value, String(own.value)],
      ["paid", lot.paid, String(own.paid)],
      ["currency", lot.currency, own.currency],
      ["agency", lot.agency, own.agency],
    ];
    for (const [name, ours, theirs] of pairs)
      if (ours !== theirs)
        differ(
          "lot-differs",
          `lot ${lot.number} ${name}`,
          `staged ${ours}, on the ledger ${theirs}`,
          `disiapkan ${ours}, di buku besar ${theirs}`,
        );
  }
  for (const key of byKey.keys())
    differ(
      "lot-extra",
      key,
      "a lot on the ledger that the stage does not know",
      "lot di buku besar yang tidak ada dalam hasil penyiapan",
    );
}

/** Rows with an entry, tiers A and B first as they were loaded, and those of C behind them. */
async function* stagedRows({ stage }: Job, promoted: boolean): AsyncGenerator<{ row: LotRow; lot: StagedLot }> {
  // only what was promoted of an archive has an event
  const archived = stage.lots.filter(({ tier, entity }) => promoted && tier === "C" && entity === "process");
  const lots = [...stage.lots.filter(({ tier }) => tier !== "C"), ...archived];
  for (const lot of lots)
    for (const row of await readLot(stage.folder, lot)) if (row.item.length > 0) yield { row, lot };
}

/** What is not on the chain itself: records of tier C against their hashes, bodies of tier B against their digests. */
async function checkArchive({ stage }: Job, differ: Differ): Promise<void> {
  for (const lot of stage.lots) {
    if (lot.tier === "A") continue;
    for (const row of await readLot(stage.folder, lot)) {
      if (row.item.length === 0) {
        if (Buffer.compare(recordHash(lot.entity, row.key, row.body), row.hash) !== 0)
          differ(
            "body",
            row.key,
            "the record is not the one in the lot's root",
            "catatan bukan yang ada dalam akar lot",
          );
      } else if (lot.tier === "B" && row.body.length > 0) {
        const digest = createHash("sha256").update(row.body).digest();
        if (digest.compare(row.item.subarray(row.item.length - WORD)) !== 0)
          differ(
            "body",
            row.key,
            "the body kept off the chain is not that of its digest",
            "isi di luar rantai tidak cocok dengan digest-nya",
          );
      } else if (lot.tier === "C" && Buffer.compare(entryHash(unpackEntry(row.item).entry), row.hash) !== 0)
        differ("field", row.key, "the entry is not the one in the lot's root", "entri bukan yang ada dalam akar lot");
    }
  }
}

/** The fields in which two forms of a row differ. */
function nameFields(row: LotRow, item: Uint8Array, differ: Differ): void {
  const [ours, theirs] = [unpackEntry(row.item), unpackEntry(item)].map(
    ({ entry: { terms, ...entry }, body, preimage }) =>
      ({
        ...entry,
        ...Object.fromEntries(Object.entries(terms).map(([name, value]) => [`terms.${name}`, value])),
        ...{ body: toHex(sha256(body)), balances: toHex(sha256(preimage)) },
      }) as Record<string, unknown>,
  ) as [Record<string, unknown>, Record<string, unknown>];
  for (const name of new Set([...Object.keys(ours), ...Object.keys(theirs)]))
    if (ours[name] !== theirs[name])
      differ(
        "field",
        `${row.key} ${name}`,
        `staged ${ours[name]}, on the ledger ${theirs[name]}`,
        `disiapkan ${ours[name]}, di buku besar ${theirs[name]}`,
      );
}

/** Where the lots of the sources as they are now differ from those that were staged, row by row. */
async function compareStages(job: Job, now: { folder: string; lots: readonly StagedLot[] }): Promise<Difference[]> {
  const differences: Difference[] = [];
  const fresh = new Map(now.lots.map((lot) => [lot.key, lot]));
  for (const lot of job.stage.lots) {
    const other = fresh.get(lot.key);
    fresh.delete(lot.key);
    if (other?.root === lot.root) continue;
    const ours = new Map((await readLot(job.stage.folder, lot)).map(({ key, hash }) => [key, toHex(hash)]));
    const theirs = other === undefined ? [] : await readLot(now.folder, other);
    for (const { key, hash } of theirs) {
      const own = ours.get(key);
      ours.delete(key);
      if (own !== toHex(hash)) differences.push(sourceDiffers(key, own === undefined ? "new" : "changed"));
    }
    for (const key of ours.keys()) differences.push(sourceDiffers(key, "gone"));
  }
  for (const lot of fresh.values())
    for (const { key } of await readLot(now.folder, lot)) differences.push(sourceDiffers(key, "new"));
  return differences.slice(0, MOST_NAMED);
}

function sourceDiffers(key: string, how: "new" | "changed" | "gone"): Difference {
  const words = {
    new: { en: "the source has it now, the stage did not", id: "kini ada di sumber, tidak ada saat disiapkan" },
    changed: { en: "the source says something else now", id: "sumber kini mengatakan hal lain" },
    gone: { en: "the source has it no more", id: "sudah tidak ada di sumber" },
  }[how];
  return { what: "source-differs", place: key, words };
}

function linesOf({ stage }: Job, accepted: readonly LotAccepted[], perLot: ReadonlyMap<Hex, number>): VerifiedLine[] {
  const lines = new Map<string, VerifiedLine>();
  const byKey = new Map(accepted.map(({ lot }) => [lot.lotKey, lot]));
  for (const lot of stage.lots) {
    const name = [lot.agencyId, lot.entity, lot.tier, lot.currency].join("\t");
    const { agencyId: agency, entity, tier, currency } = lot;
    const empty = { agency, entity, tier, currency, rows: 0, onLedger: 0 };
    const line = lines.get(name) ?? { ...empty, value: 0n, ledgerValue: 0n, paid: 0n, ledgerPaid: 0n };
    const own = byKey.get(lot.key);
    line.rows += lot.rows;
    line.onLedger += tier === "C" ? (own?.rows ?? 0) : (perLot.get(lot.key) ?? 0);
    line.value += BigInt(lot.value);
    line.paid += BigInt(lot.paid);
    line.ledgerValue += own?.value ?? 0n;
    line.ledgerPaid += own?.paid ?? 0n;
    lines.set(name, line);
  }
  return [...lines.values()];
}

/**
 * Proves of a wave that was rolled back that nothing of it counts, and that all of it is still there to be seen: its
 * lots with their roots, and its rows.
 */
export async function verifyRolledBack(job: Job, register: Register, tell: Tell): Promise<Verdict> {
  const verdict = await verifyWave(job, register, tell);
  const wave = await waveOnChain(register, job.id);
  const differ = (en: string, id: string) =>
    verdict.differences.push({ what: "standing", place: job.wave, words: { en, id } });
  if (wave?.state !== "rolledBack")
    differ(`the wave is ${wave?.state ?? "not there"}`, `keadaan gelombang ${wave?.state ?? "tidak ada"}`);
  else {
    // 3: nothing of it counts; 2: processes with entries signed since then stay
    const standing = Number(await register.text("Waves", "standing", [wave.number]));
    const allowed = wave.detaches && wave.touched > 0 ? 2 : wave.detaches ? [2, 3] : 3;
    if (![allowed].flat().includes(standing)) differ(`its standing is ${standing}`, `kedudukannya ${standing}`);
  }
  return verdict;
}

/** Bytes of a packed entry before its command id. */
const HEADER = 6;

/** The packed entry in an EntryRecorded event. */
export function itemIn(data: Uint8Array): Uint8Array {
  const offset = readNumber(data, 12 * WORD - 6, 6);
  const length = readNumber(data, offset + WORD - 6, 6);
  return data.subarray(offset + WORD, offset + WORD + length);
}

/** Whether people signed it here: only rows of lots are openings and sections that a head answers for. */
export function isNative(item: Uint8Array): boolean {
  return item[2] !== Role.head || item[1]! > Kind.award;
}

/** Lines of a verdict as text cells for a table. */
export function cellsOf(line: VerifiedLine): string[] {
  const { agency, entity, tier, currency, rows, onLedger, value, ledgerValue } = line;
  const same = rows === onLedger && value === ledgerValue && line.paid === line.ledgerPaid;
  return [
    ...[agency, entity, tier, String(rows), String(onLedger), currency, decimal(value), decimal(ledgerValue)],
    ...[decimal(line.paid), decimal(line.ledgerPaid), same ? "✓" : "✗"],
  ];
}
