import { expect } from "chai";
import { keccak256, sha256 } from "#hash";
import { ActCode } from "../../server/domain/entries/act.ts";
import { type Entry, entryHash, hashText, hashWords, idOf, packBalances } from "../../server/domain/entries/entry.ts";
import { KIND_RULES, Kind, kindName, Role } from "../../server/domain/entries/kinds.ts";
import { leafPreimage } from "../../server/domain/entries/leaf.ts";
import { type Hex, NO_ID, toHex, utf8, WORD, writeHex, writeUint } from "../../server/domain/entries/words.ts";
import { judge, letters, type Verdict } from "../../server/domain/lifecycle/rules.ts";
import {
  type ContractState,
  incarnation,
  type ProcessView,
  type SectionView,
  situationOf,
} from "../../server/domain/projection/process-view.ts";
import { packEntry, type Recorded } from "../../server/ledger/codec.ts";
import { type Documents, type Drawn, Life, type Names, UNIT, withBasis } from "./lives.ts";
import { type Row, WAVE_STEM } from "./waves-world.ts";
import {
  agency,
  type EntryChoices,
  type Outcome,
  type Person,
  parent,
  person,
  post,
  type Signer,
  supplier,
  type World,
} from "./world.ts";

/** A process in the ledger beside the projection's fold of its events and what the rules before signing foresee. */

const states: readonly ContractState[] = [
  ...(["pending", "active", "completed", "stopped", "broken", "closed", "cancelled", "recordedInError"] as const),
];
const otherPost = idOf("ppk-2");
const secondSupplier = idOf("ID-PT-KEDUA");
const RULES = { capBps: 1_000n, awardForms: 1 << 3, second: Role.approver, certificatesBound: true };
const sectionOf = (view: SectionView | undefined) =>
  view === undefined || view.withdrawn ? 0n : view.cancelled ? 7n : 2n;

const isKnown = (party: Hex | undefined) => party === supplier || party === secondSupplier;
const NOBODY = { approver: false, parentApprover: false, supplier: false, exceptions: 0 };
/** Rows are held against no rule set. */
const ANY_POLICY = { capBps: 0n, awardForms: 0, threshold: 0n, second: Role.approver, certificatesBound: true };
const flat = ({ entry, ...rest }: Recorded) => ({ ...entry, ...rest, hash: toHex(entryHash(entry)) });

/** A row of a lot that records an act as found. `bodyOf` where it has a body, off the chain. */
export function rowOf(drawn: Drawn, commandId: Hex, maker: Hex, bodyOf = ""): { row: Row; act: Drawn } {
  const { kind, ocid, contractId, awardId, terms, balances, refersTo } = drawn;
  const entry: Entry = {
    ...{ commandId, maker, capacity: drawn.capacity, ocid, contractId, awardId, agency, kind, terms, refersTo },
    ...{ basis: NO_ID, seen: NO_ID, expires: 0, digest: toHex(sha256(utf8(bodyOf))) },
  };
  const packed = packEntry({
    ...{ entry, up: 0, stemLength: WAVE_STEM.length, signature: new Uint8Array(), approvals: [] },
    preimage: balances === undefined ? new Uint8Array() : packBalances(balances, terms.currency ?? ""),
    body: new Uint8Array(),
  });
  const value = kind === Kind.opening ? (terms.value ?? 0n) : 0n;
  const row: Row = { entry, packed, hash: toHex(entryHash(entry)), value, paid: balances?.paid ?? 0n };
  return { row, act: { ...drawn, basis: NO_ID, approvals: { ...NOBODY, found: true } } };
}

/** The supplier and the director whom lives name beside the world's own. */
export async function settleLives(world: World): Promise<void> {
  const { people: p } = world;
  const registrar: Signer = [p.registrar!, Role.registrar];
  const named = '{"id":"ID-PT-KEDUA","name":"PT Kedua"}';
  await world.act(registrar, { code: ActCode.registerEntity, agency: secondSupplier }, [], named);
  p.director2 = person("director2");
  await world.enrol(p.director2);
  const office = { holder: p.director2.holder, agency: secondSupplier, role: Role.supplier };
  await world.act(registrar, { code: ActCode.grant, ...office });
}

/** Where the ledger keeps the state of a process that a wave brought. */
function stateKeyOf(process: Hex, wave = 0): Hex {
  if (wave === 0) return process;
  const words = new Uint8Array(2 * WORD);
  writeHex(words, 0, process, WORD);
  writeUint(words, WORD, wave, WORD);
  return toHex(keccak256(words));
}

/** One process in the ledger, and what the fold and the rules before signing make of it. */
export class Process {
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

  /** What the rules foresee of a row that a wave brings now. */
  foresee(act: Drawn, wave: number, now: number): Verdict {
    const situation = situationOf(incarnation(this.view, wave), act);
    const partyKnown = isKnown(act.terms.party);
    return judge(situation, act, { now, policy: ANY_POLICY, partyKnown, approvals: act.approvals });
  }

  /** What the ledger recorded of a row goes into the fold. */
  follow(act: Drawn, verdict: Verdict, recorded: Recorded): void {
    expect(verdict.refusal).to.equal(undefined);
    if (verdict.refusal !== undefined) return;
    this.#records.set(recorded.leaf, recorded);
    const { leaf, assigned, excess, signers, commandId, maker, digest, hash } = flat(recorded);
    this.life.accept(act, verdict, { leaf, assigned, excess, signers, commandId, maker, digest, hash });
    expect(assigned.exceptions).to.equal(verdict.exceptions);
    expect(excess).to.equal(verdict.excess);
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
    const partyKnown = isKnown(terms.party);
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
  async compare(act: Pick<Drawn, "kind" | "awardId" | "contractId" | "terms">, view = this.view!): Promise<void> {
    const ledger = this.#world.contract("Ledger");
    const read = async (name: string, ...of: Hex[]) => (await ledger.getFunction(name)(...of)).toObject();
    const process = idOf(this.life.ocid);
    const key = stateKeyOf(process, view.wave);
    const { head, agency: its, count } = view;
    const wave = BigInt(view.wave ?? 0);
    if (view === this.view)
      expect(await read("processOf", process)).to.include({ head, agency: its, count: BigInt(count), wave });
    expect(await read("processOf", key)).to.include({
      agreements: BigInt(view.dependants),
      touched: view.touched === true,
      opened: Object.values(view.entries).some(({ kind, of }) => kind === Kind.opening && of === undefined),
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
      const { document } = this.life.situation(act as Drawn);
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
