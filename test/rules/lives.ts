import { idOf, type Terms } from "../../server/domain/entries/entry.ts";
import { Kind } from "../../server/domain/entries/kinds.ts";
import { type Hex, NO_ID, toHex } from "../../server/domain/entries/words.ts";
import type { Json } from "../../server/domain/ocds/check-fields.ts";
import { afterEntry, type ProcessView } from "../../server/domain/projection/process-view.ts";
import { type Day, startOf, type Zone } from "../../server/domain/rules/civil-days.ts";
import type { SpecialConditions } from "../../server/domain/rules/conditions.ts";
import { type ContractStory, storyOf } from "../../server/domain/rules/contract-story.ts";
import { type JudgedAct, judgeAct } from "../../server/domain/rules/judge-act.ts";

/** A contract's life as the ledger would leave it, folded by the product's own fold from entries that are built here. */

export const JUTA = 1_000_000_00n;
export const AGENCY = idOf("ID-A");
export const SUPPLIER = idOf("ID-S");
export const OCID = "ocds-213czf-a-1";
export const CONTRACT = "K-1";

export const at = (day: Day, zone: Zone = "WIB") => startOf(day, zone);

export type Said = {
  kind: keyof typeof Kind;
  terms: Terms;
  contractId?: string;
  awardId?: string;
  refersTo?: Hex;
};

/** The leaf of the nth entry of a life, from 1. */
export const leafOf = (sequence: number): Hex => toHex(new Uint8Array(32).fill(sequence));

export class Life {
  view: ProcessView | undefined;
  conditions: SpecialConditions | undefined;
  tender: Json = {};
  #deductions: Json[] = [];

  /** Records an entry. */
  add({ kind, terms, contractId = CONTRACT, awardId = "", refersTo = NO_ID }: Said): this {
    const sequence = (this.view?.count ?? 0) + 1;
    const ofProcess = kind === "tender" || kind === "planning" || kind === "award";
    this.view = afterEntry(this.view, {
      ...{ leaf: leafOf(sequence), kind: Kind[kind], ocid: OCID, contractId: ofProcess ? "" : contractId, awardId },
      ...{ agency: AGENCY, terms, refersTo, excess: 0n, signers: [], commandId: NO_ID, maker: NO_ID, capacity: 2 },
      ...{ digest: NO_ID, hash: NO_ID, body: new Uint8Array() },
      assigned: {
        ...{ registerSequence: sequence, processSequence: sequence, agencySequence: sequence, timeMs: sequence * 1000 },
        ...{ processHead: NO_ID, agencyHead: NO_ID, wave: 0, exceptions: 0 },
      } as never,
    });
    return this;
  }

  /** A contract of so much, of a year, that has begun. */
  contract(value: bigint, on: Day, until: Day, more: Partial<Terms> = {}): this {
    const terms = { code: 3, currency: "IDR", value, on: at(on), until: at(until), party: SUPPLIER, officer: NO_ID };
    return this.add({ kind: "contract", terms: { ...terms, ...more } }).add({
      kind: "implementation",
      terms: { code: 1, on: at(on) },
    });
  }

  accepted(amount: bigint, on: Day, code = 4): this {
    return this.add({ kind: "implementation", terms: { code, currency: "IDR", amount, on: at(on) } });
  }

  /** `kept`: of what is withheld, how the certificate's lines tell it apart. */
  certified(terms: Terms, on: Day, kept: { retention?: bigint; fine?: bigint } = {}): this {
    const deductions = Object.entries(kept).map(([type, amount]) => ({
      type,
      amount: { amount: Number(amount) / 100, currency: "IDR" },
    }));
    if (deductions.length > 0) this.#deductions.push({ id: `m${this.#deductions.length}`, deductions });
    return this.add({
      kind: "certificate",
      terms: { currency: "IDR", amount: 0n, documentKey: NO_ID, on: at(on), ...terms },
    });
  }

  guarantee(type: number, amount: bigint, on: Day, until: Day): this {
    const terms = { code: type * 10 + 1, currency: "IDR", amount, documentKey: NO_ID, on: at(on), until: at(until) };
    return this.add({ kind: "guarantee", terms });
  }

  amended(code: number, on: Day, terms: Terms = {}): this {
    return this.add({ kind: "amendment", terms: { code, on: at(on), ...terms } });
  }

  get compiled(): Json {
    const conditions = this.conditions === undefined ? {} : { specialConditions: this.conditions };
    return {
      tender: this.tender,
      contracts: [{ id: CONTRACT, ...conditions, implementation: { milestones: this.#deductions } }],
    };
  }

  story(today: Day = "2026-06-01"): ContractStory {
    return storyOf(this.view!, CONTRACT, this.compiled, today)!;
  }

  /** Rules found in an act, as `level rule`, and the findings themselves. */
  judge(kind: keyof typeof Kind, terms: Terms, more: Partial<JudgedAct> & { now?: Day; refersTo?: Hex } = {}) {
    const { now = "2026-06-01", refersTo = NO_ID, ...rest } = more;
    const act = { kind: Kind[kind], contractId: CONTRACT, awardId: "", refersTo, terms };
    return judgeAct({
      ...{ act, process: this.view, compiled: this.compiled, capBps: 1_000n, certificatesBound: true },
      nowMs: (at(now) + 12 * 3600) * 1000,
      ...rest,
    });
  }
}

export const named = (findings: readonly { level: string; rule: string }[]) =>
  findings.map(({ level, rule }) => `${level} ${rule}`);
