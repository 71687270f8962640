import { termsFromText } from "../domain/entries/entry.ts";
import { leafPreimage } from "../domain/entries/leaf.ts";
import { type Hex, toHex } from "../domain/entries/words.ts";
import { ProblemError } from "../domain/problems.ts";
import { ordered } from "../domain/projection/ordered.ts";
import type {
  AgencyCheckpointRow,
  AgencyView,
  RegisterView,
  SignedEntryRow,
} from "../domain/projection/project-block.ts";
import type { NumberedEntry } from "../domain/proofs/completeness.ts";
import {
  type AgencyCheckpoint,
  agencyCheckpointIn,
  type EventProof,
  proveEvent,
  readAgencyCheckpoint,
} from "../domain/proofs/receipts.ts";
import type { Storage } from "../domain/storage.ts";
import type { BlockNeeds, BlockVoucher, ProvenBlock } from "./prove.ts";

type Rows = Pick<Storage, "get" | "range">;

/**
 * That an agency had so many entries, the last of which has the leaf `head`, when the ledger told so in this block; a
 * list of them that ends in that leaf is complete up to the block's time. `newer`: entries recorded since.
 */
export type Certificate = AgencyCheckpoint & { block: ProvenBlock; newer: number; event: EventProof } & BlockVoucher;

/**
 * The agency's newest certificate, or the one that shows `count` entries.
 * @throws ProblemError unknown-agency, no-certificate
 */
export async function certificateOf(
  agency: Hex,
  count: number | undefined,
  needs: Rows & BlockNeeds,
): Promise<Certificate> {
  const row = await certifiedRow(agency, count, needs);
  const told = await needs.block(row.block);
  const event =
    told &&
    proveEvent(told, (log) => {
      const found = readAgencyCheckpoint(log, needs.ledger);
      return found?.agency === agency && found.count === row.count;
    });
  const proven = event && agencyCheckpointIn(event, needs.ledger);
  // the row was made of this very block
  if (event === undefined || proven === undefined) throw new Error(`block ${row.block} lacks the agency's checkpoint`);
  const { number, hash } = proven.block;
  const newer = (await lastNumber(agency, needs)) - row.count;
  return { ...proven, newer, event, ...needs.vouch(number, hash) };
}

/** An entry in an agency's list. `ocid` and the number in its process name the release. */
export type ListedEntry = NumberedEntry & { leaf: Hex; ocid: string; processSequence: number; timeMs: number };

/**
 * Entries of an agency by their consecutive number, from `from` on, up to what the certificate for `count` shows.
 * @throws ProblemError unknown-agency, no-certificate
 */
export async function numberedEntries(
  agency: Hex,
  count: number | undefined,
  from: number,
  limit: number,
  needs: Rows,
): Promise<{ entries: ListedEntry[]; count: number }> {
  const row = await certifiedRow(agency, count, needs);
  const entries: ListedEntry[] = [];
  const wanted = Math.max(0, Math.min(limit, row.count - from + 1));
  if (wanted === 0) return { entries, count: row.count };
  for await (const { value } of needs.range<string>(`numbered/${agency}/`, {
    after: ordered(from - 1),
    limit: wanted,
  })) {
    const entry = await needs.get<SignedEntryRow>(`entry/${value}`);
    if (entry === undefined) throw new Error(`entry ${value} of agency ${agency} is not there`);
    const { leaf, ocid, assigned, terms } = entry;
    const preimage = toHex(leafPreimage({ ...entry, terms: termsFromText(terms) }, assigned));
    const { agencySequence, processSequence, timeMs } = assigned;
    entries.push({ number: agencySequence, leaf, preimage, ocid, processSequence, timeMs });
  }
  return { entries, count: row.count };
}

/** A certificate this young, in seconds, is not asked of the chain again: each costs a block. */
const FRESH = 10;
/** On demand, in a minute, for all agencies together. */
const MOST = 30;

type DemandNeeds = Rows &
  BlockNeeds & {
    /** seconds since 1970 UTC */
    now(): number;
    /** has the ledger tell checkpoints of these agencies and of the log; resolves when they are projected */
    checkpoint(agencies: readonly Hex[]): Promise<void>;
  };

/** Certificates that anybody may ask for: many who ask at once cost one block, and all together at most so many a minute. */
export class CertificatesOnDemand {
  readonly #needs: DemandNeeds;
  readonly #asking = new Map<Hex, Promise<Certificate>>();
  #lately: number[] = [];

  constructor(needs: DemandNeeds) {
    this.#needs = needs;
  }

  /** @throws ProblemError unknown-agency, too-many-requests */
  ask(agency: Hex): Promise<Certificate> {
    const under = this.#asking.get(agency);
    if (under !== undefined) return under;
    const asked = this.#ask(agency).finally(() => this.#asking.delete(agency));
    this.#asking.set(agency, asked);
    return asked;
  }

  async #ask(agency: Hex): Promise<Certificate> {
    await checkAgency(agency, this.#needs);
    const row = await checkpointOf(agency, undefined, this.#needs);
    const now = this.#needs.now();
    if (row === undefined || now - row.time >= FRESH) {
      this.#lately = this.#lately.filter((time) => now - time < 60);
      if (this.#lately.length >= MOST) throw new ProblemError("too-many-requests");
      this.#lately.push(now);
      await this.#needs.checkpoint([agency]);
    }
    return certificateOf(agency, undefined, this.#needs);
  }
}

/** Agencies that a block of checkpoints holds at most. */
const IN_A_BLOCK = 50;

/**
 * Has the ledger tell checkpoints of every agency with entries since its last one, and of the log where acts have come
 * since. Where nothing is new, nothing is sent.
 */
export async function certifyAgencies(
  needs: Rows & Pick<DemandNeeds, "checkpoint"> & { register(): Pick<RegisterView, "log" | "checkpoint"> },
): Promise<void> {
  const behind: Hex[] = [];
  for await (const { value } of needs.range<AgencyView>("agency/")) {
    if (value.kind !== "agency") continue;
    const last = await lastNumber(value.id, needs);
    if (last > 0 && (await checkpointOf(value.id, undefined, needs))?.count !== last) behind.push(value.id);
  }
  for (let at = 0; at < behind.length; at += IN_A_BLOCK) await needs.checkpoint(behind.slice(at, at + IN_A_BLOCK));
  const { log, checkpoint } = needs.register();
  if (log.size !== (checkpoint?.size ?? 0)) await needs.checkpoint([]);
}

async function checkAgency(agency: Hex, { get }: Rows): Promise<void> {
  if ((await get<AgencyView>(`agency/${agency}`))?.kind !== "agency")
    throw new ProblemError("unknown-agency", "", { agency });
}

/** What a certificate stands on. @throws ProblemError unknown-agency, no-certificate */
async function certifiedRow(agency: Hex, count: number | undefined, needs: Rows): Promise<AgencyCheckpointRow> {
  const row = await checkpointOf(agency, count, needs);
  if (row !== undefined) return row;
  await checkAgency(agency, needs);
  throw new ProblemError("no-certificate", "", { agency, ...(count === undefined ? {} : { count }) });
}

/** Where the ledger told of that many entries; without a number, the last time that it told. */
async function checkpointOf(
  agency: Hex,
  count: number | undefined,
  { get, range }: Rows,
): Promise<AgencyCheckpointRow | undefined> {
  const prefix = `agency-checkpoint/${agency}/`;
  if (count !== undefined) return get(`${prefix}${ordered(count)}`);
  for await (const { value } of range<AgencyCheckpointRow>(prefix, { reverse: true, limit: 1 })) return value;
}

/** How many entries the agency has: the number of its last one. */
async function lastNumber(agency: Hex, { range }: Rows): Promise<number> {
  const prefix = `numbered/${agency}/`;
  for await (const { key } of range(prefix, { reverse: true, limit: 1 })) return Number(key.slice(prefix.length));
  return 0;
}
