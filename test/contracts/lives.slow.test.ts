import { expect } from "chai";
import { type Contract, ContractFactory, Interface } from "ethers";
import fc from "fast-check";
import { hashText, presentOf, type Terms } from "../../server/domain/entries/entry.ts";
import { Kind, Role, TERM_NAMES } from "../../server/domain/entries/kinds.ts";
import { type Hex, NO_ID, toHex } from "../../server/domain/entries/words.ts";
import { artifacts, startChain } from "./compile.ts";
import { type Act, actFrom, documentOf, draws, Life, type Policy, UNIT } from "./lives.ts";

/** Rules against the same rules written a second time, over lives of contracts that are drawn at random. */

const NOW = 1_800_000_000;
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
  awardForms: fc.constant([3]),
  threshold: fc.constantFrom(20n * UNIT, 10n * UNIT, 0n),
  second: fc.constantFrom(Role.approver, Role.approver, Role.supplier, 11),
  bound: fc.boolean(),
});
const key = (text: string) => (text === "" ? NO_ID : toHex(hashText(text)));
const letters = (currency = "") => [...currency].reduce((all, each) => all * 256n + BigInt(each.charCodeAt(0)), 0n);

type Image = Record<string, bigint | number | string>;

/** Terms as words of an image, each name with `prefix` before it. */
function words(terms: Terms, prefix = ""): Image {
  const named = (name: string) => (prefix === "" ? name : `${prefix}${name[0]!.toUpperCase()}${name.slice(1)}`);
  const image: Image = { [named("present")]: presentOf(terms), [named("currency")]: key(terms.currency ?? "") };
  for (const name of TERM_NAMES) if (terms[name] !== undefined && name !== "currency") image[named(name)] = terms[name];
  return image;
}

/** What the ledger would show to Rules of this act. */
function imageOf(act: Act, life: Life, policy: Policy): Image {
  const { terms, contractId, awardId, balances } = act;
  const named = act.names === undefined ? undefined : life.entries[act.names];
  const subject = named?.kind ?? act.kind;
  const contract = life.contracts.get(contractId);
  const award = life.awards.get(contract?.awardId || awardId);
  const sums = life.sumsOf(contractId);
  const approver = act.approver || act.parent ? 1 << Role.approver : 0;
  const had: Image =
    balances === undefined
      ? {}
      : {
          ...{ oldCode: balances.status, oldCurrency: key(terms.currency ?? ""), oldValue: balances.firstValue },
          ...{ oldScopeValue: balances.scopeValue, oldAmount: balances.certified, oldAdvance: balances.advance },
          ...{ oldRecovered: balances.recovered, oldWithheld: balances.withheld, oldReleased: balances.released },
          ...{ oldDocumentTotal: balances.paid, oldOn: balances.on, oldUntil: balances.accepted },
        };
  return {
    ...{ kind: act.kind, capacity: act.capacity, contractId: key(contractId), awardId: key(awardId), time: NOW },
    ...{ refersTo: named === undefined ? NO_ID : id(1), processSequence: life.count + 1 },
    ...words(terms),
    ...(named && { oldKind: named.kind, ...words(named.terms, "old") }),
    ...had,
    ...{ currencyLetters: letters(terms.currency), signedExceptions: approver === 0 ? 0 : act.exceptions },
    approvals: approver | (act.parent ? 1 << 11 : 0) | (act.supplier ? 1 << Role.supplier : 0),
    ...{ capBps: policy.capBps, threshold: policy.threshold, second: policy.second },
    ...{ awardForms: policy.awardForms.reduce((mask, form) => mask | (1 << form), 0) },
    ...{ certificatesBound: policy.bound ? 1 : 0 },
    partyKnown: terms.party !== undefined && parties.includes(terms.party) ? 1 : 0,
    documentKnownTotal: subject === Kind.payment ? (life.totals.get(documentOf(terms)) ?? 0n) : 0n,
    documentUsed: subject === Kind.payment ? life.usedOf(documentOf(terms)) : 0n,
    oldDocumentUsed: subject === Kind.payment && named ? life.usedOf(documentOf(named.terms)) : 0n,
    numberUsed: subject === Kind.certificate && life.hasNumber(contractId, terms.documentKey) ? 1 : 0,
    ...{ planningStatus: life.planning, tenderStatus: life.tender },
    ...(award && {
      ...{ awardStatus: award.status, awardCurrency: letters(award.currency), awardValue: award.value },
      ...{ awardAgreed: life.agreedOf(contract?.awardId || awardId), awardParty: award.party ?? NO_ID },
    }),
    ...(contract && {
      ...{ status: contract.status, previousStatus: contract.closedFrom || contract.balances?.status || 0 },
      ...{ form: contract.form, scopeReduced: contract.scopeReduced ? 1 : 0 },
      ...{ contractCurrency: letters(contract.currency), contractOn: contract.on },
      ...{ balanceOn: contract.balances?.on ?? 0, contractParty: contract.party ?? NO_ID },
      ...{ firstValue: life.firstValueOf(contractId), presentValue: contract.value, presentScope: contract.scope },
      ...{ accepted: contract.accepted, certified: sums.certified, paid: life.paidOf(contractId) },
      ...{ advanced: sums.advance, recoveredTotal: sums.recovered },
      ...{ withheldTotal: sums.withheld, releasedTotal: sums.released },
    }),
  };
}

/** The state after an accepted act, as Rules must have answered it. */
function stateAfter(act: Act, life: Life, old: Terms | undefined, subject: number): Record<string, bigint> {
  const { contractId, terms } = act;
  const state: Record<string, bigint> = { planningStatus: BigInt(life.planning), tenderStatus: BigInt(life.tender) };
  const contract = life.contracts.get(contractId);
  const awardId = contract?.awardId || act.awardId;
  const award = life.awards.get(awardId);
  if (award !== undefined) {
    Object.assign(state, { awardStatus: BigInt(award.status), awardValue: award.value });
    state.awardAgreed = life.agreedOf(awardId);
  }
  if (subject === Kind.payment) {
    state.documentUsed = life.usedOf(documentOf(terms));
    if (old !== undefined && documentOf(old) !== documentOf(terms))
      state.oldDocumentUsed = life.usedOf(documentOf(old));
  }
  if (contract === undefined) return state;
  const sums = life.sumsOf(contractId);
  const paid = life.paidOf(contractId);
  return {
    ...state,
    ...{ status: BigInt(contract.status), scopeReduced: contract.scopeReduced ? 1n : 0n, accepted: contract.accepted },
    ...{ firstValue: life.firstValueOf(contractId), presentValue: contract.value, presentScope: contract.scope },
    ...{ certified: sums.certified, advanced: sums.advance, recoveredTotal: sums.recovered },
    ...{ withheldTotal: sums.withheld, releasedTotal: sums.released, paid },
    excess: paid > contract.value ? paid - contract.value : 0n,
  };
}

const plain = (value: unknown) => JSON.stringify(value, (_, each) => (typeof each === "bigint" ? String(each) : each));

describe("Rules beside the same rules written a second time", () => {
  let step: (image: Image) => Promise<Record<string, bigint>>;

  before(async () => {
    const { signer } = await startChain();
    const artifact = (await artifacts()).Rules!;
    const rules = (await new ContractFactory(artifact.abi, artifact.bytecode, signer).deploy()) as Contract;
    const components = new Interface(artifact.abi).getFunction("step")!.inputs[0]!.components!;
    step = async (image) => {
      const values = components.map(({ name, type }) => image[name] ?? (type === "bytes32" ? NO_ID : 0n));
      return (await rules.getFunction("step").staticCall(values)).toObject();
    };
  });

  it("decides every act of a random life alike, with the same sums, status and marks", async () => {
    const seen = new Map<string, number>();
    let steps = 0;
    await fc.assert(
      fc.asyncProperty(policies, fc.array(draws, { minLength: 20, maxLength: 60 }), async (policy, drawn) => {
        const life = new Life(parties);
        const told: string[] = [];
        for (const draw of drawn) {
          const act = actFrom(draw, life, names, NOW);
          const verdict = life.judge(act, policy, NOW);
          const outcome = await step(imageOf(act, life, policy));
          const said = Number(outcome.code);
          told.push(`${plain(act)} -> ${said}; reasons: ${[...verdict.reasons]}`);
          const story = told.join("\n");
          steps++;
          const tally = `${verdict.subject}${act.kind === Kind.correction ? " corrected" : ""}: ${said}`;
          seen.set(tally, (seen.get(tally) ?? 0) + 1);
          if (said !== 1) {
            expect(verdict.codes, story).to.include(said);
            continue;
          }
          expect([...verdict.reasons], story).to.deep.equal([]);
          const old = act.names === undefined ? undefined : life.entries[act.names]!.terms;
          verdict.accept();
          expect(Number(outcome.exceptions), story).to.equal(verdict.exceptions);
          const after = stateAfter(act, life, old, verdict.subject);
          expect(Object.fromEntries(Object.keys(after).map((name) => [name, outcome[name]])), story).to.deep.equal(
            after,
          );
        }
      }),
      { numRuns: 130, ...(process.env.SEED ? { seed: Number(process.env.SEED) } : {}) },
    );
    if (process.env.SHOW) console.log(steps, [...seen].sort());
    // every kind lived and was corrected, so the test has tested something
    for (const kind of [1, 2, 3, 4, 5, 7, 9, 11, 12]) {
      expect(seen.get(`${kind}: 1`), `accepted of kind ${kind}`).to.be.greaterThan(5);
      expect(seen.get(`${kind} corrected: 1`), `corrected of kind ${kind}`).to.be.greaterThan(0);
    }
    expect(steps).to.be.greaterThan(3_000);
  }).timeout(120_000);
});
