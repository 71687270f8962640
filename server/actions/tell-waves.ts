import { sha256 } from "#hash";
import { ActCode } from "../domain/entries/act.ts";
import { isAway } from "../domain/entries/compose.ts";
import { MAX_BODY } from "../domain/entries/entry.ts";
import { actInWords } from "../domain/entries/telling-acts.ts";
import { type Hex, toHex, utf8 } from "../domain/entries/words.ts";
import { canonicalJson, optional } from "../domain/json.ts";
import { ProblemError, type Words } from "../domain/problems.ts";
import { ordered } from "../domain/projection/ordered.ts";
import { awayKey, type EntryRow, entryOf } from "../domain/projection/project-block.ts";
import {
  certificateKey,
  LOTS,
  type LotRow,
  standingOf,
  WAVES,
  type WaveAct,
  type WaveView,
  waveKey,
} from "../domain/projection/waves.ts";
import type { Storage } from "../domain/storage.ts";
import { assertNothingPersonal } from "./judge-body.ts";

/** A wave as readers are told: where it stands, what it holds, who acted on it. Amounts in minor units as text. */
export type WaveTold = Omit<WaveView, "sums" | "cutOver" | "acts" | "certificate"> & {
  /** what it brought counts now */
  inForce: boolean;
  sums: { currency: string; value: string; paid: string }[];
  /** seconds UTC */
  cutOver: { agency: Hex; earliest: number; latest: number }[];
  acts: (WaveAct & { words: Words })[];
  certificate?: WaveView["certificate"] & { migrated: number };
};

type Needs = Pick<Storage, "get" | "range">;

/** Waves by their numbers, from one on. */
export async function listWaves(from: number, limit: number, { range }: Pick<Needs, "range">): Promise<WaveTold[]> {
  const rows = range<WaveView>(WAVES, { after: ordered(from - 1), limit });
  return Array.fromAsync(rows, ({ value }) => told(value));
}

/** One wave, with what its certificate says; undefined where there is none of that number. */
export async function tellWave(
  number: number,
  { get }: Pick<Needs, "get">,
): Promise<(WaveTold & { certificateText?: string }) | undefined> {
  const wave = await get<WaveView>(waveKey(number));
  if (wave === undefined) return undefined;
  return { ...told(wave), ...optional("certificateText", await get<string>(certificateKey(number))) };
}

/** Lots of a wave in the order in which they were accepted, each with its number in it. */
export async function listLots(
  wave: number,
  from: number,
  limit: number,
  { get, range }: Needs,
): Promise<{ lots: (LotRow & { number: number })[]; total: number } | undefined> {
  const view = await get<WaveView>(waveKey(wave));
  if (view === undefined) return undefined;
  const prefix = `${LOTS}${ordered(wave)}/`;
  const lots = await Array.fromAsync(range<LotRow>(prefix, { after: ordered(from - 1), limit }), ({ key, value }) => ({
    number: Number(key.slice(prefix.length)),
    ...value,
  }));
  return { lots, total: view.lots };
}

function told({ sums, cutOver, acts, certificate, ...wave }: WaveView): WaveTold {
  return {
    ...wave,
    inForce: standingOf({ wave: wave.number }, { ...wave }) === "inForce",
    sums: Object.entries(sums).map(([currency, sum]) => ({ currency, ...sum })),
    cutOver: Object.entries(cutOver).map(([agency, [earliest, latest]]) => ({
      agency: agency as Hex,
      earliest,
      latest,
    })),
    acts: acts.map((act) => {
      const code = ActCode[act.act as keyof typeof ActCode];
      return { ...act, words: { en: actInWords({ code }, "en"), id: actInWords({ code }, "id") } };
    }),
    ...optional("certificate", certificate && { ...certificate, migrated: migratedOf(certificate) }),
  };
}

/** What was neither rejected nor merged nor excluded was migrated. */
function migratedOf({ read, rejected, merged, excluded }: NonNullable<WaveView["certificate"]>): number {
  return read - rejected - merged - excluded;
}

// ---- bodies that waves keep off the chain (tier B)

/** Row of `state`: such a body that was brought here, as canonical text. */
export function bodyKey(digest: Hex): string {
  return `body/${digest}`;
}

/** The entry with its body, where that is off the chain and was brought here. */
export async function withBody(row: EntryRow, get: Storage["get"]): Promise<EntryRow> {
  if (!isAway({ ...row, body: utf8(row.body) })) return row;
  const body = await get<string>(bodyKey(row.digest));
  return body === undefined ? row : { ...row, body };
}

/**
 * Keeps a body that a wave kept off the chain; on the disk when it resolves. The digest that was signed says whether it is
 * the right one, so it does not matter who brings it.
 * @throws ProblemError body-not-wanted, digest-mismatch, body-over-limit, personal-data
 */
export async function bringBody(
  digest: Hex,
  body: Record<string, unknown>,
  { get, state }: Pick<Needs, "get"> & { state: Storage },
): Promise<void> {
  const sequence = await get<string>(awayKey(digest));
  const row = sequence === undefined ? undefined : await get<EntryRow>(`entry/${sequence}`);
  if (row === undefined) throw new ProblemError("body-not-wanted");
  const text = canonicalJson(body);
  const bytes = utf8(text);
  if (bytes.length > MAX_BODY) throw new ProblemError("body-over-limit", "", { bytes: bytes.length, limit: MAX_BODY });
  const found = toHex(sha256(bytes));
  if (found !== digest) throw new ProblemError("digest-mismatch", "", { signed: digest, found });
  await assertNothingPersonal({ entry: entryOf(row), body: bytes, preimage: new Uint8Array() }, body, { read: get });
  await state.put([{ key: bodyKey(digest), value: text }], { sync: true });
}
