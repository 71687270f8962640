import { readFileSync } from "node:fs";
import { expect } from "chai";
import { ContractFactory, Interface } from "ethers";
import fc from "fast-check";
import { compile } from "../../scripts/compile.ts";
import { hashText, presentOf, type Terms } from "../../server/domain/entries/entry.ts";
import { Kind, kindName, Role, TERM_NAMES } from "../../server/domain/entries/kinds.ts";
import {
  fromHex,
  type Hex,
  NO_ID,
  readUint,
  toHex,
  WORD,
  writeHex,
  writeUint,
} from "../../server/domain/entries/words.ts";
import { heldUntil, letters, step, subjectOf, type Verdict } from "../../server/domain/lifecycle/rules.ts";
import {
  documentsOf,
  type Facts,
  FOR_EVER,
  PARENT_APPROVER,
  type Situation,
} from "../../server/domain/lifecycle/situation.ts";
import { Code } from "./codes.ts";
import { artifacts, startChain, type TestChain } from "./compile.ts";
import { actFrom, Documents, type Draw, type Drawn, draws, Life, UNIT, withBasis } from "./lives.ts";

/**
 * The rules in contract code and those that are looked at before signing, over lives of contracts that are drawn at
 * random: every verdict, its two values, marks, excess and the whole state after it must be the same.
 *
 * LIVES=50000 for a longer run, SEED=… for other lives than these, SHOW=1 for what was seen.
 */

const NOW = 1_800_000_000;
const DAY = 86_400;
const id = (n: number) => `0x${n.toString(16).padStart(64, "0")}` as Hex;
const parties = [id(0xa1), id(0xa2)];
const names = {
  parties: [...Array(7).fill(parties[0]), parties[1]!, id(0xa3)],
  posts: [id(0xb1), id(0xb2)],
  payers: [id(0xc1)],
  issuers: [id(0xd1), id(0xd2)],
  keys: [id(0xe1), id(0xe2), id(0xe3), id(0xe4)],
};
const policies = fc.record({
  capBps: fc.constantFrom(1_000n, 1_000n, 0n, 10_000n),
  awardForms: fc.constant(1 << 3),
  threshold: fc.constantFrom(20n * UNIT, 10n * UNIT, 0n),
  second: fc.constantFrom(Role.approver, Role.approver, Role.supplier, PARENT_APPROVER),
  certificatesBound: fc.boolean(),
});
const lives = fc.tuple(policies, fc.array(draws, { minLength: 12, maxLength: 30 }));

const key = (text: string) => (text === "" ? NO_ID : toHex(hashText(text)));
const word = (until: number) => (until === FOR_EVER ? (1n << 64n) - 1n : BigInt(until));
const LANES = [Role.officer, Role.treasurer, Role.overseer, Role.head];
const lanes = (holds: Readonly<Record<number, number>> = {}) =>
  LANES.reduce((all, capacity, lane) => all | (word(holds[capacity] ?? 0) << BigInt(64 * lane)), 0n);

/** Kinds whose old entry travels with them. */
const BRINGS_OLD: ReadonlySet<number> = new Set([Kind.correction, Kind.return, Kind.withdrawal, Kind.note]);

type Image = Record<string, bigint | number | string>;

/** Terms as words of an image, each name with `prefix` before it. */
function words(terms: Terms, prefix = ""): Image {
  const named = (name: string) => (prefix === "" ? name : `${prefix}${name[0]!.toUpperCase()}${name.slice(1)}`);
  const image: Image = {
    [named("present")]: presentOf(terms),
    [named("currency")]: toHex(hashText(terms.currency ?? "")),
  };
  for (const name of TERM_NAMES) if (terms[name] !== undefined && name !== "currency") image[named(name)] = terms[name];
  return image;
}

/** What the ledger would show to Rules of this act. */
function imageOf(act: Drawn, situation: Situation, { now, policy, partyKnown }: Facts): Image {
  const { terms, contractId, awardId, balances, approvals } = act;
  const { named, contract, award, payment, guarantee, document, formerDocument } = situation;
  const bringsOld = BRINGS_OLD.has(act.kind);
  const approver = approvals.approver || approvals.parentApprover;
  const had: Image =
    balances === undefined
      ? {}
      : {
          ...{
            oldCode: balances.status,
            oldCurrency: toHex(hashText(terms.currency ?? "")),
            oldValue: balances.firstValue,
          },
          ...{ oldScopeValue: balances.scopeValue, oldAmount: balances.certified, oldAdvance: balances.advance },
          ...{ oldRecovered: balances.recovered, oldWithheld: balances.withheld, oldReleased: balances.released },
          ...{ oldDocumentTotal: balances.paid, oldOn: balances.on, oldUntil: balances.accepted },
        };
  return {
    ...{ kind: act.kind, capacity: act.capacity, contractId: key(contractId), awardId: key(awardId), time: now },
    ...{ refersTo: act.refersTo, basis: act.basis, processSequence: situation.count + 1 },
    ...words(terms),
    ...(named && bringsOld && { oldKind: named.kind, oldCapacity: named.capacity, ...words(named.terms, "old") }),
    ...had,
    ...{ currencyLetters: letters(terms.currency), signedExceptions: approver ? approvals.exceptions : 0 },
    approvals:
      (approver ? 1 << Role.approver : 0) |
      (approvals.parentApprover ? 1 << PARENT_APPROVER : 0) |
      (approvals.supplier ? 1 << Role.supplier : 0) |
      (approvals.found ? 1 << Role.head : 0),
    ...{ capBps: policy.capBps, threshold: policy.threshold, second: policy.second, awardForms: policy.awardForms },
    ...{ certificatesBound: policy.certificatesBound ? 1 : 0, partyKnown: partyKnown ? 1 : 0 },
    ...{ documentKnownTotal: document.total, documentUsed: document.used, oldDocumentUsed: formerDocument.used },
    ...{ numberUsed: situation.numberUsed ? 1 : 0, agreements: situation.awards },
    opened: situation.opened ? 1 : 0,
    ...{ planningStatus: situation.planning.status, tenderStatus: situation.tender.status },
    ...{ returned: payment?.returned ?? named?.returned ?? 0n, paymentAmount: payment?.terms.amount ?? 0n },
    ...(guarantee && {
      guaranteeType: guarantee.type,
      guaranteeAmount: guarantee.amount,
      guaranteeUntil: guarantee.until,
    }),
    ...(award && {
      ...{ awardStatus: award.status, awardCurrency: letters(award.currency), awardValue: award.value },
      ...{ awardAgreed: award.agreed, awardParty: award.party ?? NO_ID, awardContracts: award.contracts },
    }),
    ...(contract && {
      ...{ status: contract.status, previousStatus: contract.previousStatus, form: contract.form },
      ...{
        held: word(heldUntil(contract, now)),
        holds: lanes(contract.holds),
        scopeReduced: contract.scopeReduced ? 1 : 0,
      },
      ...{ contractCurrency: letters(contract.currency), contractOn: contract.on, balanceOn: contract.balanceOn },
      ...{ contractParty: contract.party ?? NO_ID, supplierSigned: contract.supplierSigned ? 1 : 0 },
      ...{ firstValue: contract.firstValue, presentValue: contract.value, presentScope: contract.scopeValue },
      ...{ accepted: contract.accepted, certified: contract.certified, paid: contract.paid },
      ...{ advanced: contract.advance, recoveredTotal: contract.recovered },
      ...{ withheldTotal: contract.withheld, releasedTotal: contract.released },
    }),
  };
}

/** The verdict as Rules must answer it: a code with its values, or the state after the entry. */
function answerOf(verdict: Verdict, act: Drawn, subject: number): Record<string, bigint> {
  if (verdict.refusal !== undefined) {
    const { code, a, b } = verdict.refusal;
    return { code: BigInt(code), a, b };
  }
  const { after, exceptions, excess } = verdict;
  const { planning, tender, award, contract, document, formerDocument, payment, guarantee } = after;
  const number = (value: boolean) => (value ? 1n : 0n);
  const answer: Record<string, bigint> = {
    ...{ code: 1n, exceptions: BigInt(exceptions), excess, agreements: BigInt(after.awards) },
    ...{ planningStatus: BigInt(planning.status), tenderStatus: BigInt(tender.status) },
    ...{ awardStatus: BigInt(award?.status ?? 0), awardValue: award?.value ?? 0n, awardAgreed: award?.agreed ?? 0n },
    awardContracts: BigInt(award?.contracts ?? 0),
    ...(contract && {
      ...{ status: BigInt(contract.status), previousStatus: BigInt(contract.previousStatus) },
      ...{ scopeReduced: number(contract.scopeReduced), supplierSigned: number(contract.supplierSigned) },
      ...{ firstValue: contract.firstValue, presentValue: contract.value, presentScope: contract.scopeValue },
      ...{ accepted: contract.accepted, certified: contract.certified, paid: contract.paid },
      ...{ advanced: contract.advance, recoveredTotal: contract.recovered },
      ...{ withheldTotal: contract.withheld, releasedTotal: contract.released },
    }),
  };
  const documents = documentsOf(subject, act, after);
  if (documents !== undefined) {
    answer.documentUsed = document.used;
    if (documents.former !== documents.own) answer.oldDocumentUsed = formerDocument.used;
    if (subject === Kind.return) answer.returned = payment?.returned ?? 0n;
  }
  if (subject === Kind.hold) answer.holds = lanes(contract?.holds);
  if (subject === Kind.guarantee && act.kind !== Kind.withdrawal) {
    answer.guaranteeAmount = guarantee!.amount;
    answer.guaranteeUntil = BigInt(guarantee!.until);
  }
  return answer;
}

const plain = (value: unknown) => JSON.stringify(value, (_, each) => (typeof each === "bigint" ? String(each) : each));

/** A question to Rules with the answer that is expected, and how it came to be. */
type Asked = { image: Image; expected: Record<string, bigint>; told: string; subject: number; act: Drawn };

/** As a head brings it with a lot: nobody else signs, and hardly ever it is in another capacity. */
function asRow(act: Drawn, { wrong }: Draw): Drawn {
  const approvals = { approver: false, parentApprover: false, supplier: false, exceptions: 0, found: true } as const;
  return { ...act, approvals, capacity: wrong === 2 ? act.capacity : Role.head };
}

/** Lives two processes that pay from the same documents, by the rules before signing. */
function live(policy: Facts["policy"], drawn: readonly Draw[]): Asked[] {
  const documents = new Documents();
  const [one, other] = ["o-1", "o-2"].map((ocid) => new Life(ocid, id(1), documents)) as [Life, Life];
  let now = NOW;
  return drawn.flatMap((draw) => {
    now += [0, 0, 0, 0, 1, 3, 9, 20, 31, 70][draw.days]! * DAY;
    const life = draw.choice % 5 === 4 ? other : one;
    const own = withBasis(actFrom(draw, life, names, now), life);
    // of what a wave may bring, every other act comes as a row of a lot
    const act = own.kind <= Kind.award && draw.signs % 2 === 0 ? asRow(own, draw) : own;
    const situation = life.situation(act);
    // the ledger lets nobody name an entry of another contract, nor of none
    const { named } = situation;
    const elsewhere = named?.contractId !== act.contractId || named.awardId !== act.awardId;
    if (BRINGS_OLD.has(act.kind) && act.refersTo !== NO_ID && elsewhere) return [];
    const { party } = act.terms;
    const approver = act.approvals.approver || act.approvals.parentApprover;
    const approvals = { ...act.approvals, exceptions: approver ? act.approvals.exceptions : 0 };
    const facts = { now, policy, approvals, partyKnown: party !== undefined && parties.includes(party) };
    const verdict = step(situation, act, facts);
    const subject = subjectOf(situation, act);
    const image = imageOf(act, situation, facts);
    const expected = answerOf(verdict, act, subject);
    if (verdict.refusal === undefined) life.accept(act, verdict);
    return [{ image, expected, subject, act, told: `${life.ocid} ${plain({ ...act, now })} -> ${plain(expected)}` }];
  });
}

describe("Rules beside the rules before signing", () => {
  let ask: (images: Image[]) => Promise<Record<string, bigint>[]>;

  before(async function () {
    this.timeout(240_000);
    const chain = await startChain();
    const { Rules } = await artifacts();
    const { Many } = compile(["test/contracts/solidity"]).artifacts;
    ask = await asker(chain, Rules!, Many!);
  });

  it("decide every act of thousands of random lives alike, to the last value", async function () {
    this.timeout(1_200_000);
    const seen = new Map<string, number>();
    const codes = new Map<number, number>();
    const count = (tally: string) => seen.set(tally, (seen.get(tally) ?? 0) + 1);
    let steps = 0;
    const numRuns = Number(process.env.LIVES ?? 5_000);
    await fc.assert(
      fc.asyncProperty(lives, async ([policy, drawn]) => {
        const asked = live(policy, drawn);
        const answers = await ask(asked.map(({ image }) => image));
        for (const [place, { expected, subject, act }] of asked.entries()) {
          const answer = answers[place]!;
          const found = Object.fromEntries(Object.keys(expected).map((name) => [name, answer[name]]));
          if (plain(found) !== plain(expected)) {
            const story = asked.slice(0, place + 1).map(({ told }) => told);
            throw new Error(
              `${story.join("\n")}\nRules: ${plain(found)}\ndomain: ${plain(expected)}\n${plain(policy)}`,
            );
          }
          const code = Number(expected.code);
          steps++;
          codes.set(code, (codes.get(code) ?? 0) + 1);
          const of = `${kindName(subject) ?? subject}`;
          if (code === 1) count(subject === act.kind ? of : `${kindName(act.kind)} of ${of}`);
          if (code === 1 && act.approvals.found) count(`row of ${of}`);
          if (code !== 1 && act.approvals.found) count(`row refused: ${code}`);
        }
      }),
      { numRuns, seed: Number(process.env.SEED ?? 1945) },
    );
    if (process.env.SHOW)
      console.log(
        numRuns,
        steps,
        [...codes].sort(([a], [b]) => a - b),
        [...seen].sort(),
      );
    // every kind lived, was corrected and withdrawn where it may be, and every code of Rules was met
    for (const name of Object.keys(Kind)) {
      if (name !== "correction" && name !== "withdrawal") expect(seen.get(name), name).to.be.greaterThan(20);
    }
    for (const name of ["opening", "planning", "tender", "award"])
      expect(seen.get(`row of ${name}`), `row of ${name}`).to.be.greaterThan(20);
    for (const name of ["planning", "tender", "award", "opening", "contract", "amendment", "implementation"])
      expect(seen.get(`correction of ${name}`), name).to.be.greaterThan(5);
    for (const name of ["guarantee", "certificate", "payment", "return"])
      expect(seen.get(`correction of ${name}`), name).to.be.greaterThan(5);
    for (const name of ["planning", "tender", "award", "implementation", "note"])
      expect(seen.get(`withdrawal of ${name}`), name).to.be.greaterThan(0);
    for (const name of codesOfRules()) expect(codes.get(Code[name]), name).to.be.greaterThan(0);
  });
});

/** What no act that the ledger lets through leads to; the ledger's own tests meet it. */
const ELSEWHERE = new Set(["UnknownKind"]);

function codesOfRules(): (keyof typeof Code)[] {
  const source = readFileSync(new URL("../../contracts/Rules.sol", import.meta.url), "utf8");
  const found = new Set([...source.matchAll(/\bCode\.(\w+)/g)].map(([, name]) => name!));
  expect(found.size).to.be.greaterThan(35);
  return [...found].filter((name) => !ELSEWHERE.has(name)) as (keyof typeof Code)[];
}

type Artifact = { abi: object[]; bytecode: string };

/** Puts many images to Rules in one call. */
async function asker({ signer, request }: TestChain, rules: Artifact, many: Artifact) {
  const deployed = async ({ abi, bytecode }: Artifact) =>
    (await (await new ContractFactory(abi, bytecode, signer).deploy()).getAddress()) as Hex;
  const [rulesAt, manyAt] = [await deployed(rules), await deployed(many)];
  const abi = new Interface(rules.abi as never);
  const { inputs, outputs, selector } = abi.getFunction("step")!;
  const [questions, answers] = [inputs[0]!.components!, outputs[0]!.components!];
  const at = new Map(questions.map(({ name }, place) => [name, place * WORD]));
  const size = questions.length * WORD;
  const answerSize = answers.length * WORD;
  return async (images: Image[]): Promise<Record<string, bigint>[]> => {
    const data = new Uint8Array(4 * WORD + images.length * size);
    writeHex(data, 12, rulesAt, 20);
    writeUint(data, WORD, size, WORD);
    writeUint(data, 2 * WORD, answerSize, WORD);
    writeHex(data, 3 * WORD, selector, 4);
    for (const [place, image] of images.entries()) {
      const start = 4 * WORD + place * size;
      for (const [name, value] of Object.entries(image)) {
        const where = at.get(name);
        if (where === undefined) throw new Error(`an image has no ${name}`);
        if (typeof value === "string") writeHex(data, start + where, value, WORD);
        else writeUint(data, start + where, value, WORD);
      }
    }
    const call = { to: manyAt, data: toHex(data), gas: "0x3b9aca00" };
    const result = fromHex((await request({ method: "eth_call", params: [call, "latest"] })) as string);
    return images.map((_, place) =>
      Object.fromEntries(
        answers.map(({ name }, word) => [name, readUint(result, place * answerSize + word * WORD, WORD)]),
      ),
    );
  };
}
