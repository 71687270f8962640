import fc from "fast-check";
import { keccak256 } from "#hash";
import { type Balances, idOf, packBalances, type Terms, termsFromText } from "../../server/domain/entries/entry.ts";
import {
  ACCEPTING_CODES,
  CORRECTABLE,
  type ContractStatusName,
  GuaranteeAction,
  GuaranteeType,
  HoldCode,
  KIND_RULES,
  Kind,
  kindName,
  Role,
  type RoleName,
  TERM_NAMES,
} from "../../server/domain/entries/kinds.ts";
import { type Hex, NO_ID, toHex } from "../../server/domain/entries/words.ts";
import { type Outcome, subjectOf } from "../../server/domain/lifecycle/rules.ts";
import {
  type Act,
  type Approvals,
  type Document,
  documentsOf,
  NO_DOCUMENT,
  type Situation,
} from "../../server/domain/lifecycle/situation.ts";
import {
  afterEntry,
  basisOf,
  type EntryView,
  type ProcessView,
  type RecordedEntry,
  situationOf,
} from "../../server/domain/projection/process-view.ts";

/** Lives of contracts at random: acts that fit where a process stands, or nearly. */

const DAY = 86_400;
const MAX = (1n << 128n) - 1n;
/** 10 million rupiah in sen: small multiples of it meet the borders of cap, award and threshold exactly. */
export const UNIT = 10_000_000_00n;

/** An act with who signs it besides, and of a correction the capacity of the entry it names. */
export type Drawn = Act & { approvals: Approvals };

/** Payment documents of a register: several contracts may share one. */
export class Documents {
  readonly #rows = new Map<string, Document>();

  /** Those that an act names. */
  of(situation: Situation, act: Act): Pick<Situation, "document" | "formerDocument"> {
    const named = documentsOf(subjectOf(situation, act), act, situation);
    const row = (name = "") => this.#rows.get(name) ?? NO_DOCUMENT;
    return { document: row(named?.own), formerDocument: row(named?.former) };
  }

  keep(after: Situation, act: Act): void {
    const named = documentsOf(subjectOf(after, act), act, after);
    if (named === undefined) return;
    if (named.former !== named.own) this.#rows.set(named.former, after.formerDocument);
    this.#rows.set(named.own, after.document);
  }
}

/** One process as its entries leave it. */
export class Life {
  view: ProcessView | undefined;
  readonly ocid: string;
  readonly agency: Hex;
  readonly documents: Documents;
  #leaves = 0;

  constructor(ocid: string, agency: Hex, documents: Documents) {
    this.ocid = ocid;
    this.agency = agency;
    this.documents = documents;
  }

  situation(act: Act): Situation {
    const bare = situationOf(this.view, act);
    return { ...bare, ...this.documents.of(bare, act) };
  }

  /** The life goes on by the fold of the projection. */
  accept(act: Drawn, { after, exceptions, excess }: Outcome, given: Partial<RecordedEntry> = {}): void {
    this.documents.keep(after, act);
    const leaf = given.leaf ?? idOf(`${this.ocid} ${++this.#leaves}`);
    const processSequence = (this.view?.count ?? 0) + 1;
    const assigned = { processSequence, timeMs: processSequence, wave: 0, exceptions } as RecordedEntry["assigned"];
    const supplier = { capacity: Role.supplier } as RecordedEntry["signers"][number];
    const signers = [{ capacity: act.capacity } as typeof supplier, ...(act.approvals.supplier ? [supplier] : [])];
    const signed = { commandId: leaf, maker: NO_ID, digest: NO_ID, hash: leaf, body: new Uint8Array() };
    this.view = afterEntry(this.view, {
      ...{ ...act, ...signed, leaf, assigned, signers, excess },
      ...given,
    });
  }
}

// ---- acts at random

/** Numbers from which an act is made once it is known where the life stands, so that most acts could be accepted. */
export type Draw = {
  what: number;
  which: number;
  amounts: number[];
  choice: number;
  code: number;
  signs: number;
  /** mostly none of what follows: one thing about the act is wrong */
  wrong: number;
  days: number;
};

const nat = (max: number) => fc.nat({ max });
export const draws: fc.Arbitrary<Draw> = fc.record({
  what: nat(159),
  which: nat(7),
  amounts: fc.array(nat(29), { minLength: 8, maxLength: 8 }),
  choice: nat(63),
  code: nat(255),
  signs: nat(63),
  wrong: nat(127),
  days: nat(9),
});

/** Ids that acts may name. */
export type Names = {
  parties: readonly Hex[];
  posts: readonly Hex[];
  payers: readonly Hex[];
  issuers: readonly Hex[];
  keys: readonly Hex[];
};

const statusOf = (life: Life, id: string): ContractStatusName | undefined => life.view?.contracts[id]?.status;
const IDR = "IDR";

/** An act that fits where the life stands, or nearly. */
export function actFrom(draw: Draw, life: Life, names: Names, now: number): Drawn {
  return spoilt(fittingAct(draw, life, names, now), draw, names, now);
}

function fittingAct(draw: Draw, life: Life, names: Names, now: number): Drawn {
  const { which, choice, code, what } = draw;
  const { view } = life;
  let at = 0;
  // mostly whole units up to 12, now and then one sen beside them, and hardly ever all that 128 bits hold
  const amount = () => {
    const n = draw.amounts[at++ % draw.amounts.length]!;
    return n < 24 ? BigInt(n % 13) * UNIT : n < 26 ? BigInt(n) * UNIT : n < 28 ? 11n * UNIT + 1n : n < 29 ? 1n : MAX;
  };
  const small = () => amount() / 8n;
  const capped = (of: bigint) => (of > MAX ? MAX : of);
  const pick = <T>(list: readonly T[], shift = 0): T => list[(choice >> shift) % list.length]!;
  const maybe = <T>(isSo: boolean, fields: T): T | Record<string, never> => (isSo ? fields : {});
  const on = now - [1, 1, 1, 2, 3, 20, 29, 45][which]! * DAY;
  const contracts = ["K-1", "K-2", "K-3"];
  const contractId = contracts[which % 3]!;
  const drawnAward = pick(["", "A-1", "A-2"]);
  const awardId = view?.awards[drawnAward] !== undefined || code > 240 ? drawnAward : "";
  const known = view?.contracts[contractId];
  const status = known?.status;
  const [officer, party, payer] = [pick(names.posts, 1), pick(names.parties, 2), pick(names.payers, 3)];
  const approvals: Approvals = {
    approver: (draw.signs & 3) !== 0,
    parentApprover: (draw.signs & 12) === 12,
    supplier: (draw.signs & 12) === 8,
    exceptions: (draw.signs & 16) !== 0 ? 31 : (draw.signs & 32) !== 0 ? 1 << (choice % 5) : 0,
  };
  const made = (kind: number, terms: Terms, more: Partial<Act> = {}): Drawn => {
    const role = KIND_RULES[kindName(kind)!].roles[0] ?? Role.officer;
    const ids = { contractId: kind > Kind.award ? contractId : "", awardId: "", refersTo: NO_ID, basis: NO_ID };
    return { kind, ocid: life.ocid, agency: life.agency, ...ids, capacity: role, terms, approvals, ...more };
  };
  /** the entries that stand, of some kinds */
  const standing = (...kinds: number[]): [Hex, EntryView][] =>
    (Object.entries(view?.entries ?? {}) as [Hex, EntryView][]).filter(
      ([, { kind, by }]) => by === undefined && (kinds.length === 0 || kinds.includes(kind)),
    );
  const oneOf = <T>(list: readonly T[]): T | undefined => list[(code * 8 + which) % list.length];
  const placeOf = ({ kind, of = "", award = "" }: EntryView) => ({
    contractId: kind === Kind.award || (kind === Kind.note && award !== "") ? "" : of,
    awardId: award,
  });

  if ((view === undefined && choice % 8 === 0) || (what === 158 && choice < 8))
    return made(Kind.opening, { on, officer }, { contractId: "" });
  if (what < 26 && view !== undefined) {
    const [leaf, entry] = oneOf(standing(...CORRECTABLE))! ?? oneOf(standing()) ?? [];
    if (leaf !== undefined && entry !== undefined) return correctionOf(leaf, entry);
  }
  if (what < 30) {
    const section = what < 28 ? Kind.planning : Kind.tender;
    const stands = section === Kind.planning ? view?.planning : view?.tender;
    const isNew = stands === undefined || stands.withdrawn === true;
    const step = isNew && choice !== 1 ? 1 : code > 240 ? 4 : 2 + (code % 2);
    return made(section, { code: step, ...maybe(choice % 2 === 0, { currency: IDR, value: amount() }) });
  }
  if (what < 38) {
    const id = drawnAward || "A-1";
    const stands = view?.awards[id];
    const step = stands !== undefined && !stands.withdrawn ? (code > 235 ? 4 : 2 + (code % 2)) : 1;
    const terms: Terms =
      step === 4
        ? { code: step }
        : { code: step, currency: IDR, value: capped(2n * amount()), ...maybe(choice % 3 === 0, { party }) };
    return made(Kind.award, terms, { awardId: id });
  }
  if (what < 46 && view !== undefined) {
    const of = oneOf([{ contractId, awardId: "" }, { contractId: "", awardId: drawnAward }, placeOf({} as EntryView)])!;
    const role = 1 + (code % 9);
    const target = choice % 2 === 0 ? oneOf(Object.entries(view.entries) as [Hex, EntryView][]) : undefined;
    const place = target === undefined ? of : placeOf(target[1]);
    const terms = { ...maybe(choice % 3 === 0, { on }), ...maybe(place.contractId === "", { officer }) };
    return made(Kind.note, terms, { ...place, capacity: role, refersTo: target?.[0] ?? NO_ID });
  }
  if (what < 56 && view !== undefined) {
    const heads = [view.planning?.head, view.tender?.head, ...Object.values(view.awards).map(({ head }) => head)];
    const works = Object.values(view.contracts).map(({ executionHead }) => executionHead);
    const likely = [...heads, ...works].filter((leaf) => leaf !== undefined && view.entries[leaf]?.by === undefined);
    const notes = standing(Kind.note, Kind.implementation).map(([leaf]) => leaf);
    const leaf = choice % 8 === 0 ? oneOf(standing())?.[0] : choice % 3 === 0 ? oneOf(notes) : oneOf(likely as Hex[]);
    const target = leaf && view.entries[leaf];
    if (leaf !== undefined && target !== undefined) {
      const roles = KIND_RULES[kindName(target.kind)!].roles;
      const capacity = target.kind === Kind.note ? (target.capacity ?? 0) : (roles[0] ?? Role.officer);
      return made(Kind.withdrawal, {}, { ...placeOf(target), refersTo: leaf, capacity });
    }
  }
  // now and then an id that is in use
  if ((known === undefined && what < 157) || (what === 159 && code < 64)) {
    const form = [2, 2, 2, 3, 3, 6, 7, 4][code % 8]!;
    if (what % 3 > 0) {
      const terms = { code: form, currency: IDR, value: amount(), officer, on, ...maybe(code % 3 === 0, { payer }) };
      return made(Kind.contract, { ...terms, ...maybe(form !== 6, { party }) }, { awardId });
    }
    const balances: Balances = {
      ...{ status: 1 + (code % 7), firstValue: amount(), scopeValue: amount(), certified: small(), advance: small() },
      ...{ recovered: small(), withheld: small(), released: small(), paid: small(), accepted: amount() },
      on: [now - 2 * DAY, now - DAY, 0, now - 30 * DAY][choice % 4]!,
    };
    const terms: Terms = { currency: IDR, value: amount(), officer, on: which === 0 ? 0 : on - 300 * DAY };
    Object.assign(terms, maybe(code % 2 === 0, { code: form }), maybe(choice % 2 === 0, { party }));
    const documentKey = toHex(keccak256(packBalances(balances, IDR)));
    return made(Kind.opening, { ...terms, documentKey }, { contractId, awardId, balances });
  }
  const active = contracts.filter((id) => /active|completed|stopped|broken/.test(statusOf(life, id) ?? ""));
  const onActive = active[which % active.length] ?? contractId;
  if (what < 64) {
    const reasons = 1 + (code % 255);
    const [value, scopeValue] = code % 3 === 0 ? [amount(), amount()] : [10n * UNIT + small(), 10n * UNIT + small()];
    const money = { currency: IDR, value, scopeValue: choice % 2 === 0 ? value : scopeValue };
    const terms: Terms = {
      code: reasons,
      on,
      ...maybe(choice % 4 !== 0, money),
      ...maybe(code % 5 === 0, { officer }),
    };
    return made(Kind.amendment, { ...terms, ...maybe(code % 7 === 0, { payer }) });
  }
  if (what < 76) {
    const step = status === "pending" ? [1, 1, 2, 4, 9][code % 5]! : [4, 4, 4, 5, 6, 7, 8, 9, 1, 3][code % 10]!;
    const accepted = code % 2 === 0 ? BigInt(known?.accepted ?? 0) + small() : amount();
    const terms = { code: step, on, ...maybe(ACCEPTING_CODES.has(step), { currency: IDR, amount: capped(accepted) }) };
    return made(Kind.implementation, terms);
  }
  if (what < 88) {
    const terms: Terms = { currency: IDR, amount: small(), documentKey: pick(names.keys, 1), on };
    const parts = { advance: small(), recovered: small() / 2n, withheld: small(), released: small() / 2n };
    for (const [bit, name] of (["advance", "recovered", "withheld", "released"] as const).entries()) {
      if ((code >> (2 * bit)) % 4 === 0) terms[name] = parts[name];
    }
    const guarantees = Object.keys(view?.contracts[onActive]?.guarantees ?? {}) as Hex[];
    const refersTo = choice % 3 === 0 ? (oneOf(guarantees) ?? NO_ID) : NO_ID;
    return made(Kind.certificate, terms, { contractId: onActive, refersTo });
  }
  if (what < 102) {
    const documentTotal = amount();
    const share = code % 3 === 0 ? documentTotal : small();
    const document = { issuer: pick(names.issuers, 1), documentKey: pick(names.keys, 2) };
    return made(Kind.payment, { currency: IDR, amount: share, documentTotal, ...document, on });
  }
  if (what < 114 && view !== undefined) {
    const payments = standing(Kind.payment);
    const [leaf, paid] = oneOf(choice % 16 === 0 ? standing() : payments) ?? [];
    if (leaf !== undefined && paid !== undefined && placeOf(paid).contractId !== "") {
      const was = termsFromText(paid.terms);
      const share = [small(), was.amount ?? UNIT, (was.amount ?? UNIT) / 2n, small()][code % 4]!;
      const step = 1 + (choice % 4);
      const { issuer = NO_ID, documentKey = NO_ID, documentTotal = 0n } = was;
      const voids = { issuer, documentKey, documentTotal };
      const own = { issuer: pick(names.issuers, 1), documentKey: pick(names.keys, 2), documentTotal: amount() };
      const document = step === 4 ? voids : code % 5 === 0 ? { ...own, documentTotal: share } : own;
      const terms = { code: step, currency: IDR, amount: share, ...document, on };
      return made(Kind.return, terms, { ...placeOf(paid), refersTo: leaf });
    }
  }
  if (what < 128) {
    const held = Object.entries(known?.guarantees ?? {}) as [Hex, { type: number; amount: string; until: number }][];
    const [posting, present] = (choice % 4 === 0 ? undefined : oneOf(held)) ?? [];
    const documentKey = pick(names.keys, 1);
    if (posting === undefined || present === undefined) {
      const type = choice % 2 === 0 ? GuaranteeType.yearEnd : 1 + (code % 6);
      const terms = {
        code: type * 10 + 1,
        currency: IDR,
        amount: small(),
        documentKey,
        on,
        until: now + which * 20 * DAY,
      };
      return made(Kind.guarantee, terms);
    }
    const action = 2 + (code % 4);
    const whole = BigInt(present.amount);
    const isPart = action === GuaranteeAction.reduced || action === GuaranteeAction.called;
    const share = isPart ? [small(), whole / 2n, whole][choice % 3]! : which === 7 ? small() : whole;
    const until = action === GuaranteeAction.extended ? present.until + (choice % 5) * 10 * DAY : present.until;
    const type = code > 245 ? 1 + (choice % 6) : present.type;
    const terms = {
      code: type * 10 + action,
      currency: IDR,
      amount: share,
      documentKey,
      on,
      until: which === 6 ? now : until,
    };
    return made(Kind.guarantee, terms, { refersTo: posting });
  }
  if (what < 138) {
    const capacity = pick([Role.officer, Role.treasurer, Role.overseer, Role.head]);
    const name = Object.keys(Role)[capacity - 1] as RoleName;
    const lifts = known?.holds[name] !== undefined && code % 3 > 0;
    const terms: Terms = { code: lifts || code % 9 === 0 ? HoldCode.lifted : HoldCode.held, on };
    if (terms.code === HoldCode.held && choice % 3 > 0) terms.until = now + (which - 1) * 9 * DAY;
    if (capacity === Role.treasurer && choice % 2 === 0) terms.issuer = pick(names.issuers);
    return made(Kind.hold, terms, { capacity });
  }
  if (what < 144) {
    const refersTo = code > 230 ? (oneOf(standing())?.[0] ?? NO_ID) : (known?.termsHead ?? NO_ID);
    return made(Kind.countersignature, maybe(choice % 2 === 0, { on }), { refersTo });
  }
  const next = { pending: [1, 1, 7, 8], active: [2, 3, 4, 2], completed: [5, 5, 6, 5] } as const;
  const more = { stopped: [5, 6, 5, 5], broken: [5, 5, 6, 5] } as const;
  const usual = { ...next, ...more }[status as "active"] ?? [6, 6, 6, 1];
  return made(Kind.status, { code: code > 230 ? code % 10 : usual[code % 4]!, on });

  /** One or two terms of it were wrong. */
  function correctionOf(leaf: Hex, entry: EntryView): Drawn {
    const terms = termsFromText(entry.terms);
    for (const turn of [choice, code, choice + code]) {
      const wrong = Object.keys(terms)[turn % Object.keys(terms).length] as keyof Terms;
      if (wrong === "on") terms.on = on;
      else if (wrong === "until") terms.until = Math.max(1, (terms.until ?? 0) + (which - 3) * DAY);
      else if (wrong === "party") terms.party = pick(names.parties, 3);
      else if (wrong === "officer") terms.officer = pick(names.posts, 3);
      else if (wrong === "payer") terms.payer = pick(names.payers, 4);
      else if (wrong === "issuer") terms.issuer = pick(names.issuers, 3);
      else if (wrong === "documentKey" && entry.kind !== Kind.opening) terms.documentKey = pick(names.keys, 2);
      else if (wrong === "code" && (entry.kind === Kind.contract || entry.kind === Kind.amendment)) {
        terms.code = 1 + (code % 7);
      } else if (typeof terms[wrong] === "bigint") {
        const other = code % 2 === 0 ? amount() : (terms[wrong] as bigint) / 2n;
        Object.assign(terms, { [wrong]: other });
      }
    }
    if (entry.kind === Kind.payment && choice % 3 === 0) terms.code = 1;
    if (entry.kind === Kind.contract && terms.code === 6) delete terms.party;
    if (entry.kind === Kind.contract && terms.code !== 6) terms.party ??= party;
    const capacity = KIND_RULES[kindName(entry.kind)!].roles[0] ?? Role.officer;
    return made(Kind.correction, terms, { ...placeOf(entry), capacity, refersTo: leaf });
  }
}

/** The same act with one thing about it that is hardly ever right; most draws leave it as it is. */
function spoilt(act: Drawn, { wrong, code, choice, which }: Draw, names: Names, now: number): Drawn {
  const terms = { ...act.terms };
  const present = Object.keys(terms) as (keyof Terms)[];
  const values: Required<Terms> = {
    ...{
      code: code * 1_000,
      currency: "USD",
      value: UNIT,
      scopeValue: MAX,
      amount: MAX,
      advance: MAX,
      recovered: UNIT,
    },
    ...{ withheld: UNIT, released: MAX, documentTotal: 0n, issuer: names.issuers[0]!, documentKey: names.keys[0]! },
    ...{ party: idOf("nobody"), officer: names.posts[0]!, payer: names.payers[0]!, on: now, until: now },
  };
  const set = (name: keyof Terms) => Object.assign(terms, { [name]: values[name] });
  switch (wrong) {
    case 0:
      delete terms[present[code % present.length]!];
      break;
    case 1:
      set(TERM_NAMES[code % TERM_NAMES.length]!);
      break;
    case 2:
      return { ...act, capacity: code % 12 };
    case 3:
      return { ...act, contractId: act.contractId === "" ? "K-1" : "" };
    case 4:
      return { ...act, awardId: act.awardId === "" ? "A-1" : "" };
    case 5:
      terms.on = now + which;
      break;
    case 6:
      terms.until = 253_402_300_799 + (choice % 2);
      break;
    case 7:
      terms.until = Math.max(1, (terms.on ?? now) - (choice % 2));
      break;
    case 8:
      return { ...act, kind: [18, 0, 255, 17][which % 4]! };
    case 9:
      if (terms.currency !== undefined) set("currency");
      break;
    case 10:
      if (present.length > 0) set(present[code % present.length]!);
      break;
    case 11:
      if (terms.code !== undefined) terms.code = code;
      break;
    case 12:
      if (terms.on !== undefined) terms.on = now - 30 * DAY - (choice % 2);
      break;
  }
  return { ...act, terms };
}

/** The lock that an act signs where nothing came between. */
export function withBasis(act: Drawn, { view }: Life): Drawn {
  return { ...act, basis: basisOf(act, view) };
}
