import { expect } from "chai";
import fc from "fast-check";
import { ActCode } from "../../server/domain/entries/act.ts";
import { hashText, hashWords, idOf, packBalances } from "../../server/domain/entries/entry.ts";
import { KIND_RULES, Kind, kindName, Role } from "../../server/domain/entries/kinds.ts";
import { leafPreimage } from "../../server/domain/entries/leaf.ts";
import { type Hex, NO_ID, toHex } from "../../server/domain/entries/words.ts";
import { judge, letters, type Verdict } from "../../server/domain/lifecycle/rules.ts";
import type { ContractState, ProcessView, SectionView } from "../../server/domain/projection/process-view.ts";
import type { Recorded } from "../../server/ledger/codec.ts";
import { Code } from "./codes.ts";
import { actFrom, Documents, type Drawn, draws, Life, type Names, UNIT, withBasis } from "./lives.ts";
import {
  agency,
  type EntryChoices,
  type Outcome,
  type Person,
  parent,
  person,
  post,
  STEM,
  supplier,
  World,
} from "./world.ts";

/**
 * Whole lives through the ledger: what it records or refuses, the projection's fold of its events, and what the rules
 * before signing foresaw. The locks that entries sign are the fold's.
 */

const states: readonly ContractState[] = [
  ...(["pending", "active", "completed", "stopped", "broken", "closed", "cancelled", "recordedInError"] as const),
];
const DAY = 86_400;
const otherPost = idOf("ppk-2");
const secondSupplier = idOf("ID-PT-KEDUA");
const RULES = { capBps: 1_000n, awardForms: 1 << 3, second: Role.approver, certificatesBound: true };
const sectionOf = (view: SectionView | undefined) =>
  view === undefined || view.withdrawn ? 0n : view.cancelled ? 7n : 2n;

/** One process in the ledger, and what the fold and the rules before signing make of it. */
class Process {
  readonly life: Life;
  readonly names: Names;
  readonly #world: World;
  readonly #records = new Map<Hex, Recorded>();

  constructor(world: World, ocid: string, documents: Documents) {
    this.#world = world;
    this.life = new Life(ocid, agency, documents);
    this.names = {
      parties: [...Array(6).fill(supplier), secondSupplier, idOf("ID-PT-NONE")],
      posts: [post, otherPost],
      payers: [parent, agency],
      issuers: [parent, agency],
      keys: [1, 2, 3, 4].map((n) => idOf(`${ocid} ${n}`)),
    };
  }

  get view(): ProcessView | undefined {
    return this.life.view;
  }

  /** Who holds the office in which the act is signed, and how far above the agency. */
  #signer({ kind, capacity, contractId, terms, refersTo }: Drawn): { by: Person; up: number } {
    const { people: p } = this.#world;
    const was = this.#records.get(refersTo)?.entry.terms.officer;
    const present = this.view?.contracts[contractId];
    const named = terms.officer !== undefined && !(kind === Kind.correction && terms.officer === was);
    const holds = named || contractId === "" ? terms.officer : present?.post;
    const officer = holds === otherPost ? p.officer2! : p.officer!;
    const by: Record<number, Person> = {
      [Role.procurement]: p.pokja!,
      [Role.treasurer]: p.treasurer!,
      [Role.supplier]: present?.party === secondSupplier ? p.director2! : p.director!,
      [Role.overseer]: p.overseer!,
      [Role.head]: p.head!,
      [Role.approver]: p.approver!,
      [Role.registrar]: p.registrar!,
    };
    const paidFrom = terms.issuer ?? present?.payer ?? agency;
    const fromAbove = capacity === Role.head || (capacity === Role.treasurer && paidFrom === agency);
    return { by: by[capacity] ?? officer, up: fromAbove ? 1 : 0 };
  }

  /** Sends the act; what is recorded goes into the fold. */
  async go(drawn: Drawn): Promise<{ outcome: Outcome; verdict: Verdict; act: Drawn }> {
    const { people: p } = this.#world;
    const { approvals, ...act } = withBasis(drawn, this.life);
    const situation = this.life.situation(act);
    const { kind, contractId, awardId, capacity, terms, basis, refersTo, balances } = act;
    const was = this.#records.get(refersTo);
    const bringsOld = KIND_RULES[kindName(kind) ?? "note"].preimage === "leaf" && was !== undefined;
    const { exceptions } = approvals;
    const choices: EntryChoices = {
      ...{ ...this.#signer(drawn), kind, ocid: this.life.ocid, contractId, awardId, capacity, terms, basis, refersTo },
      approvals: [
        ...(approvals.approver ? [{ by: p.approver!, exceptions }] : []),
        ...(approvals.parentApprover ? [{ by: p.kabApprover!, up: 1, exceptions }] : []),
      ],
      ...(bringsOld && { preimage: leafPreimage(was.entry, was.assigned) }),
      ...(balances && { preimage: packBalances(balances, terms.currency ?? "") }),
    };
    const now = await this.#world.now();
    await this.#world.at(now);
    const { currency = terms.currency } = situation.contract ?? {};
    const policy = { ...RULES, threshold: currency === "IDR" ? 20n * UNIT : 0n };
    const partyKnown = terms.party === supplier || terms.party === secondSupplier;
    const signed = { approver: approvals.approver, parentApprover: approvals.parentApprover, supplier: false };
    const given = { ...signed, exceptions: signed.approver || signed.parentApprover ? exceptions : 0 };
    const verdict = judge(situation, act, { now, policy, partyKnown, approvals: given });
    const outcome = await this.#world.submit(choices);
    const { recorded } = outcome;
    if (recorded !== undefined && verdict.refusal === undefined) {
      this.#records.set(recorded.leaf, recorded);
      const { leaf, assigned, excess, signers } = recorded;
      this.life.accept(drawn, verdict, { leaf, assigned, excess, signers });
      expect(assigned.exceptions).to.equal(verdict.exceptions);
      expect(excess).to.equal(verdict.excess);
    }
    return { outcome, verdict, act: drawn };
  }

  /** What the ledger says of the process and of all that the act touched, beside what the fold says. */
  async compare(act: Drawn): Promise<void> {
    const ledger = this.#world.contract("Ledger");
    const read = async (name: string, ...of: Hex[]) => (await ledger.getFunction(name)(...of)).toObject();
    const key = idOf(this.life.ocid);
    const view = this.view!;
    expect(await read("processOf", key)).to.include({
      ...{ head: view.head, agency: view.agency, count: BigInt(view.count), agreements: BigInt(view.dependants) },
      ...{ planning: sectionOf(view.planning), planningHead: view.planning?.head ?? NO_ID },
      ...{ tender: sectionOf(view.tender), tenderHead: view.tender?.head ?? NO_ID },
    });
    const awardId = act.awardId || view.contracts[act.contractId]?.awardId || "";
    const award = view.awards[awardId];
    if (award !== undefined) {
      const { head, value, party = NO_ID, agreed, contracts } = award;
      expect(await read("awardOf", key, idOf(awardId))).to.include({
        ...{ head, status: sectionOf(award), value: BigInt(value), party },
        ...{ agreed: BigInt(agreed), contracts: BigInt(contracts) },
        ...(award.withdrawn ? {} : { currency: letters(award.currency) }),
      });
    }
    if (act.kind === Kind.payment) {
      const { document } = this.life.situation(act);
      const { issuer, documentKey } = act.terms;
      expect(await read("documentOf", issuer!, documentKey!)).to.deep.equal(document);
    }
    const c = view.contracts[act.contractId];
    if (c === undefined) return;
    const amounts = ["value", "firstValue", "scopeValue", "accepted", "certified"] as const;
    const more = ["advance", "recovered", "withheld", "released", "paid"] as const;
    const state = await read("contractOf", key, idOf(c.id));
    const ends = Object.values(c.holds).map(({ until }) => (until === undefined ? (1n << 64n) - 1n : BigInt(until)));
    expect(state).to.include({
      ...{ status: BigInt(states.indexOf(c.status) + 1), form: BigInt(c.form), currency: letters(c.currency) },
      previous: c.previous === undefined ? 0n : BigInt(states.indexOf(c.previous) + 1),
      ...{ scopeReduced: c.scopeReduced ? 1n : 0n, supplierSigned: c.supplierSigned ? 1n : 0n },
      heldUntil: ends.reduce((latest, each) => (each > latest ? each : latest), 0n),
      ...{ terms: c.termsHead, execution: c.executionHead, on: BigInt(c.on ?? 0), balanceOn: BigInt(c.balanceOn ?? 0) },
      ...{ post: c.post ?? NO_ID, party: c.party ?? NO_ID, payer: c.payer ?? NO_ID },
      awardKey: c.awardId === undefined ? NO_ID : toHex(hashWords(key, hashText(c.awardId))),
      ...Object.fromEntries([...amounts, ...more].map((name) => [name, BigInt(c[name])])),
    });
    for (const [posting, { type, amount, until }] of Object.entries(c.guarantees)) {
      const [itsType, itsAmount, itsEnd] = await ledger.getFunction("guaranteeOf")(posting);
      expect([itsType, itsAmount, itsEnd]).to.deep.equal([BigInt(type), BigInt(amount), BigInt(until)]);
    }
    const over = state.paid > state.value ? state.paid - state.value : 0n;
    expect(c.excess).to.equal(String(over));
  }
}

const plain = (value: unknown) => JSON.stringify(value, (_, each) => (typeof each === "bigint" ? String(each) : each));

/** What the ledger finds of signatures and offices, which the rules before signing do not look at. */
const OF_SIGNERS: ReadonlySet<number> = new Set([Code.NoOffice, Code.OfficeEnded, Code.NotCovering, Code.SamePerson]);

describe("The projection's fold and the rules before signing beside the ledger", () => {
  it("have the same verdicts, amounts, status, parties and heads at every entry of a random life", async () => {
    const world = await World.build();
    const { people: p } = world;
    const id = '{"id":"ID-PT-KEDUA","name":"PT Kedua"}';
    const registrar: [World["people"][string], number] = [p.registrar!, Role.registrar];
    await world.act(registrar, { code: ActCode.registerEntity, agency: secondSupplier }, [], id);
    p.director2 = person("director2");
    await world.enrol(p.director2);
    const office = { holder: p.director2.holder, agency: secondSupplier, role: Role.supplier };
    await world.act(registrar, { code: ActCode.grant, ...office });
    let processes = 0;
    let judged = 0;
    const recorded = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(fc.array(draws, { minLength: 20, maxLength: 50 }), async (drawn) => {
        const documents = new Documents();
        const one = new Process(world, `${STEM}-f${++processes}`, documents);
        const told: string[] = [];
        for (const draw of drawn) {
          await world.pass([0, 0, 0, 0, 0, 0, 1, 9, 20, 31][draw.days]! * DAY);
          const now = await world.now();
          const act = actFrom(draw, one.life, one.names, now);
          // nobody has the post of a contract that is not there
          const { contractId, kind } = act;
          if (kindName(kind) === undefined) continue;
          if (kind > Kind.contract && contractId !== "" && one.view?.contracts[contractId] === undefined) continue;
          const { outcome, verdict } = await one.go(act);
          told.push(
            `${plain(act)} -> ${plain(outcome.refused) ?? "recorded"}; foreseen ${plain(verdict.refusal) ?? "recorded"}`,
          );
          const story = told.join("\n");
          if (outcome.refused !== undefined) {
            const { code, a, b } = outcome.refused;
            if (OF_SIGNERS.has(code)) continue;
            judged++;
            expect({ code, a, b }, story).to.deep.equal(verdict.refusal);
            continue;
          }
          judged++;
          expect(verdict.refusal, story).to.equal(undefined);
          const of = kindName(one.view!.entries[outcome.recorded!.leaf]!.kind)!;
          const name = kind === Kind.correction ? `correction of ${of}` : of;
          recorded.set(name, (recorded.get(name) ?? 0) + 1);
          await one.compare(act).catch((error: Error) => {
            throw new Error(`${error.message}\n${plain((error as { expected?: unknown }).expected)}\n${story}`);
          });
        }
      }),
      {
        numRuns: Number(globalThis.process.env.LEDGER_LIVES ?? 24),
        endOnFailure: true,
        seed: Number(globalThis.process.env.SEED ?? 1945),
      },
    );
    if (globalThis.process.env.SHOW) console.log(judged, recorded);
    for (const kind of ["opening", "planning", "tender", "award", "contract", "amendment", "implementation", "payment"])
      expect(recorded.get(kind), kind).to.be.greaterThan(2);
    for (const kind of ["status", "guarantee", "hold", "note", "return", "withdrawal"])
      expect(recorded.get(kind), kind).to.be.greaterThan(0);
    for (const kind of ["opening", "award", "contract", "payment"])
      expect(recorded.get(`correction of ${kind}`), kind).to.be.greaterThan(1);
  }).timeout(300_000);
});
