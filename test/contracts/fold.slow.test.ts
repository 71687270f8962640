import { expect } from "chai";
import fc from "fast-check";
import { keccak256 } from "#hash";
import { ActCode } from "../../server/domain/entries/act.ts";
import { hashText, hashWords, idOf, packBalances } from "../../server/domain/entries/entry.ts";
import { Kind, Role } from "../../server/domain/entries/kinds.ts";
import { leafPreimage } from "../../server/domain/entries/leaf.ts";
import { type Hex, NO_ID, toHex } from "../../server/domain/entries/words.ts";
import {
  afterEntry,
  basisOf,
  type ContractState,
  type ProcessView,
  type SectionView,
} from "../../server/domain/projection/process-view.ts";
import type { Recorded } from "../../server/ledger/codec.ts";
import { type Act, actFrom, documentOf, draws, Life, type Names, UNIT } from "./lives.ts";
import { agency, type EntryChoices, type Outcome, parent, post, STEM, supplier, World } from "./world.ts";

/**
 * Three who must agree about every accepted entry of a random life: the ledger's state, the projection's fold of its
 * events, and the rules written a second time. The locks that entries sign are the fold's.
 */

const states: readonly ContractState[] = [
  ...(["pending", "active", "completed", "stopped", "broken", "closed", "cancelled", "recordedInError"] as const),
];
const otherPost = idOf("ppk-2");
const secondSupplier = idOf("ID-PT-KEDUA");
const RULES = { capBps: 1_000n, awardForms: [3], second: Role.approver, bound: true };
const letters = (currency: string) => [...currency].reduce((all, each) => all * 256n + BigInt(each.charCodeAt(0)), 0n);
const sectionOf = (view: SectionView | undefined) => (view === undefined ? 0n : view.cancelled ? 7n : 2n);

/** One process in the ledger, and what the fold and the second rules make of it. */
class Process {
  readonly ocid: string;
  readonly life = new Life([supplier, secondSupplier]);
  readonly names: Names;
  readonly #world: World;
  /** the newest record of each entry of the life */
  readonly #records: Recorded[] = [];
  view: ProcessView | undefined;

  constructor(world: World, ocid: string) {
    this.#world = world;
    this.ocid = ocid;
    this.names = {
      parties: [...Array(6).fill(supplier), secondSupplier, idOf("ID-PT-NONE")],
      posts: [post, otherPost],
      payers: [parent, agency],
      issuers: [parent, agency],
      keys: [1, 2, 3, 4].map((n) => idOf(`${ocid} ${n}`)),
    };
  }

  #choices(act: Act, subject: number): EntryChoices {
    const { people: p } = this.#world;
    const { kind, contractId, awardId, capacity, balances } = act;
    const terms = { ...act.terms };
    const currency = terms.currency ?? "";
    const was = act.names === undefined ? undefined : this.#records[act.names];
    if (balances !== undefined) terms.documentKey = toHex(keccak256(packBalances(balances, currency)));
    const present = this.life.contracts.get(contractId)?.post;
    const named = terms.officer !== undefined && terms.officer !== was?.entry.terms.officer;
    const holds = named || contractId === "" ? terms.officer : present;
    const officer = holds === otherPost ? p.officer2! : p.officer!;
    const by = { [Role.procurement]: p.pokja!, [Role.treasurer]: p.treasurer! }[capacity] ?? officer;
    const exceptions = act.exceptions;
    return {
      ...{ by, kind, ocid: this.ocid, contractId, awardId, capacity, terms },
      basis: basisOf({ kind, contractId, awardId }, this.view, subject),
      refersTo: was?.leaf ?? NO_ID,
      up: capacity === Role.treasurer && terms.issuer === agency ? 1 : 0,
      approvals: [
        ...(act.approver ? [{ by: p.approver!, exceptions }] : []),
        ...(act.parent ? [{ by: p.kabApprover!, up: 1, exceptions }] : []),
      ],
      ...(was && { preimage: leafPreimage(was.entry, was.assigned) }),
      ...(balances && { preimage: packBalances(balances, currency) }),
    };
  }

  /** Sends the act; what is recorded goes into the fold and the life. */
  async go(act: Act): Promise<{ outcome: Outcome; reasons: number[] }> {
    const now = await this.#world.now();
    const currency = this.life.contracts.get(act.contractId)?.currency ?? act.terms.currency;
    const threshold = currency === "USD" ? 0n : 20n * UNIT;
    const verdict = this.life.judge(act, { ...RULES, threshold }, now);
    const choices = this.#choices(act, verdict.subject);
    act.terms = choices.terms!;
    const outcome = await this.#world.submit(choices);
    const { recorded } = outcome;
    if (recorded !== undefined && verdict.reasons.size === 0) {
      verdict.accept();
      if (act.names === undefined) this.#records.push(recorded);
      else this.#records[act.names] = recorded;
      const { entry, leaf, assigned, excess, signers, body } = recorded;
      const { balances } = act;
      const folded = { ...entry, leaf, assigned, excess, signers, body, hash: NO_ID, ...(balances && { balances }) };
      this.view = afterEntry(this.view, folded);
      expect(assigned.exceptions).to.equal(verdict.exceptions);
    }
    return { outcome, reasons: verdict.codes };
  }

  /** What the ledger says of the process and of all that the act touched, beside what the fold and the life say. */
  async compare(act: Act): Promise<void> {
    const ledger = this.#world.contract("Ledger");
    const read = async (name: string, ...of: Hex[]) => (await ledger.getFunction(name)(...of)).toObject();
    const key = idOf(this.ocid);
    const view = this.view!;
    expect(await read("processOf", key)).to.include({
      ...{ head: view.head, agency: view.agency, count: BigInt(view.count) },
      ...{ planning: sectionOf(view.planning), planningHead: view.planning?.head ?? NO_ID },
      ...{ tender: sectionOf(view.tender), tenderHead: view.tender?.head ?? NO_ID },
    });
    const awardId = act.awardId || view.contracts[act.contractId]?.awardId || "";
    const award = view.awards[awardId];
    if (award !== undefined) {
      expect(await read("awardOf", key, idOf(awardId))).to.include({
        ...{ head: award.head, status: sectionOf(award), currency: letters(award.currency) },
        ...{ value: BigInt(award.value), party: award.party ?? NO_ID, agreed: this.life.agreedOf(awardId) },
      });
    }
    if (act.terms.documentTotal !== undefined) {
      const document = documentOf(act.terms);
      expect(await read("documentOf", act.terms.issuer!, act.terms.documentKey!)).to.deep.equal({
        ...{ total: this.life.totals.get(document) ?? 0n, used: this.life.usedOf(document) },
      });
    }
    const c = view.contracts[act.contractId];
    if (c === undefined) return;
    const amounts = ["value", "firstValue", "scopeValue", "accepted", "certified"] as const;
    const more = ["advance", "recovered", "withheld", "released", "paid"] as const;
    const state = await read("contractOf", key, idOf(c.id));
    expect(state).to.include({
      ...{ status: BigInt(states.indexOf(c.status) + 1), form: BigInt(c.form), currency: letters(c.currency) },
      ...{ terms: c.termsHead, execution: c.executionHead, on: BigInt(c.on ?? 0), balanceOn: BigInt(c.balanceOn ?? 0) },
      ...{ post: c.post ?? NO_ID, party: c.party ?? NO_ID, payer: c.payer ?? NO_ID },
      awardKey: c.awardId === undefined ? NO_ID : toHex(hashWords(key, hashText(c.awardId))),
      ...Object.fromEntries([...amounts, ...more].map((name) => [name, BigInt(c[name])])),
    });
    const over = state.paid > state.value ? state.paid - state.value : 0n;
    expect(c.excess).to.equal(String(over));
  }
}

const plain = (value: unknown) => JSON.stringify(value, (_, each) => (typeof each === "bigint" ? String(each) : each));

describe("The projection's fold beside the ledger", () => {
  it("has the same amounts, status, parties and heads after every entry of a random life", async () => {
    const world = await World.build();
    const id = '{"id":"ID-PT-KEDUA","name":"PT Kedua"}';
    const registrar: [World["people"][string], number] = [world.people.registrar!, Role.registrar];
    await world.act(registrar, { code: ActCode.registerEntity, agency: secondSupplier }, [], id);
    let processes = 0;
    const recorded = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(fc.array(draws, { minLength: 20, maxLength: 50 }), async (drawn) => {
        const process = new Process(world, `${STEM}-f${++processes}`);
        const told: string[] = [];
        for (const draw of drawn) {
          const act = actFrom(draw, process.life, process.names, await world.now());
          // only what may begin a process, as the ledger asks before the rules do
          const begins = act.kind === Kind.opening || (act.kind >= Kind.planning && act.kind <= Kind.contract);
          if (process.life.count === 0 && (!begins || act.kind === Kind.award)) continue;
          // nobody has the post of a contract that is not there
          if (act.kind > Kind.contract && act.contractId !== "" && !process.life.contracts.has(act.contractId))
            continue;
          const { outcome, reasons } = await process.go(act);
          told.push(`${plain(act)} -> ${plain(outcome.refused) ?? "recorded"}`);
          const story = told.join("\n");
          if (outcome.refused !== undefined) {
            expect(reasons, story).to.include(outcome.refused.code);
            continue;
          }
          expect(reasons, story).to.deep.equal([]);
          const name = `${act.kind === Kind.correction ? "correction of " : ""}${process.life.entries[act.names ?? process.life.entries.length - 1]!.kind}`;
          recorded.set(name, (recorded.get(name) ?? 0) + 1);
          await process.compare(act).catch((error: Error) => {
            throw new Error(`${error.message}\n${plain((error as { expected?: unknown }).expected)}\n${story}`);
          });
        }
      }),
      {
        numRuns: 30,
        endOnFailure: true,
        ...(globalThis.process.env.SEED ? { seed: Number(globalThis.process.env.SEED) } : {}),
      },
    );
    if (globalThis.process.env.SHOW) console.log(recorded);
    for (const kind of [1, 2, 3, 4, 5, 7, 9, 12, 15])
      expect(recorded.get(`${kind}`), `kind ${kind}`).to.be.greaterThan(2);
    for (const kind of [1, 4, 5, 12]) expect(recorded.get(`correction of ${kind}`), `of ${kind}`).to.be.greaterThan(1);
  }).timeout(120_000);
});
