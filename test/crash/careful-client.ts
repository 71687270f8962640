// A client that remembers what it was told, and the oracle that compares it with what a gateway holds.

import { type Domain, domainSeparator } from "../../server/domain/entries/entry.ts";
import type { Hex } from "../../server/domain/entries/words.ts";
import { seedId } from "../../server/sandbox/bootstrap.ts";
import { contractTerms, posted, STEM } from "../gateway/world.ts";

export type Register = { seen: Hex; separator: Uint8Array };

/** A submission whose bytes are made once and sent as often as it takes. */
type Prepared = { readonly commandId: Hex; readonly maker: Hex; readonly hash: Hex; readonly text: string };
type Acknowledged = { leaf: Hex; registerSequence: number };

/**
 * Sends signed contracts, each opening its own process, and writes down each acknowledgement. What a kill left
 * unanswered stays in `open` and is sent again, byte for byte.
 */
export class CarefulClient {
  readonly prepared: Prepared[] = [];
  readonly acknowledged = new Map<Hex, Acknowledged>();
  readonly #register: Register;
  readonly #name: string;

  constructor(register: Register, name: string) {
    this.#register = register;
    this.#name = name;
  }

  /** Signs `count` more submissions. */
  prepare(count: number): void {
    for (let made = 0; made < count; made++) this.prepared.push(this.#contract(this.prepared.length + 1));
  }

  get open(): Prepared[] {
    return this.prepared.filter(({ commandId }) => !this.acknowledged.has(commandId));
  }

  /** Sends everything unanswered, `width` at a time, until all is acknowledged or the gateway is gone. */
  async sendOpen(url: string, width = 8): Promise<"all acknowledged" | "gateway gone"> {
    const rest = this.open.values();
    let gone = false;
    const worker = async () => {
      for (const prepared of rest) {
        if (gone) return;
        let response: Response;
        let answer: { state: string; recorded?: Acknowledged };
        try {
          response = await fetch(`${url}/api/v1/submissions?wait=20000`, {
            method: "POST",
            headers: { "content-type": "application/json" },
            body: prepared.text,
          });
          answer = (await response.json()) as typeof answer;
        } catch {
          gone = true;
          return;
        }
        if (response.status !== 201 || !answer.recorded) {
          throw new Error(`not recorded: ${response.status} ${JSON.stringify(answer)}`);
        }
        const { leaf, registerSequence } = answer.recorded;
        this.acknowledged.set(prepared.commandId, { leaf, registerSequence });
      }
    };
    await Promise.all(Array.from({ length: width }, worker));
    return gone ? "gateway gone" : "all acknowledged";
  }

  #contract(index: number): Prepared {
    const number = `${String(index).padStart(4, "0")}/SPK/${this.#name}/2026`;
    const { id, payload } = posted(this.#register.separator, this.#register.seen, {
      commandId: seedId("crash", this.#name, index),
      ocid: `${STEM}-${this.#name}-${index}`,
      contractId: number,
      terms: contractTerms(50_000_000_00n + BigInt(index)),
      body: { contracts: [{ id: number, title: `Pengadaan alat kesehatan ${number}` }] },
    });
    const { commandId, maker } = payload.entry;
    return { commandId, maker, hash: id, text: JSON.stringify(payload) };
  }
}

type EntryRow = { commandId: Hex; maker: Hex; hash: Hex; leaf: Hex; assigned: { registerSequence: number } };

/** All entries of the register, page by page. */
async function allEntries(url: string): Promise<EntryRow[]> {
  const rows: EntryRow[] = [];
  for (let next: string | undefined = `${url}/api/v1/entries?from=1&limit=200`; next; ) {
    const page = (await (await fetch(next)).json()) as { entries: EntryRow[]; links?: { next: string } };
    rows.push(...page.entries);
    next = page.links?.next;
  }
  return rows;
}

/** What is wrong: acknowledged entries that are missing, changed or there twice; entries that nobody sent. */
export async function faultsOf(client: CarefulClient, url: string): Promise<string[]> {
  const faults: string[] = [];
  const found = Map.groupBy(await allEntries(url), ({ maker, commandId }) => `${maker} ${commandId}`);
  for (const { maker, commandId, hash } of client.prepared) {
    const rows = found.get(`${maker} ${commandId}`) ?? [];
    found.delete(`${maker} ${commandId}`);
    const told = client.acknowledged.get(commandId);
    if (rows.length > 1) faults.push(`${commandId} is there ${rows.length} times`);
    if (told === undefined) continue;
    if (rows.length === 0) faults.push(`${commandId} was acknowledged and is not there`);
    else if (rows[0]!.leaf !== told.leaf || rows[0]!.assigned.registerSequence !== told.registerSequence) {
      faults.push(`${commandId} was acknowledged as another entry`);
    } else if (rows[0]!.hash !== hash) faults.push(`${commandId} is not what was signed`);
  }
  for (const key of found.keys()) faults.push(`${key} was never sent`);
  return faults;
}

/** What signers need of a running gateway. */
export async function registerOf(url: string): Promise<Register> {
  const ledger = (await (await fetch(`${url}/api/v1/ledger`)).json()) as { seen: Hex; domain: Domain };
  return { seen: ledger.seen, separator: domainSeparator(ledger.domain) };
}

/** Numbers in [0, 1) that follow from a seed (mulberry32), so that a failing run can be repeated. */
export function numbersFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
