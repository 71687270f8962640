import { expect } from "chai";
import { type Contract, ContractFactory, Interface } from "ethers";
import { Code } from "./codes.ts";
import { artifacts, startChain } from "./compile.ts";

/**
 * Images as Rules takes them: the entry, the facts and the state before, each built from a valid one of its kind. Rules
 * is pure, so a case is one image and the code or state that must come out.
 */

export const IDR = 0x494452n;
export const USD = 0x555344n;
export const DAY = 86_400n;
export const NOW = 1_800_000_000n;
export const id = (n: number) => `0x${n.toString(16).padStart(64, "0")}`;
export const [OCID, CONTRACT, AWARD, PARTY, OTHER_PARTY, POST, KEY, ISSUER] = [1, 2, 3, 4, 5, 6, 7, 8].map(id);
const keccakIdr = id(0x49);
export const APPROVER = 1n << 3n;
export const SUPPLIER = 1n << 5n;
export const PARENT = 1n << 11n;

export type Image = Record<string, bigint | number | string>;
export type Outcome = Record<string, bigint>;

export const bit = {
  code: 1n << 0n,
  currency: 1n << 1n,
  value: 1n << 2n,
  scopeValue: 1n << 3n,
  amount: 1n << 4n,
  advance: 1n << 5n,
  recovered: 1n << 6n,
  withheld: 1n << 7n,
  released: 1n << 8n,
  documentTotal: 1n << 9n,
  issuer: 1n << 10n,
  documentKey: 1n << 11n,
  party: 1n << 12n,
  officer: 1n << 13n,
  payer: 1n << 14n,
  on: 1n << 15n,
  until: 1n << 16n,
};
const termNames = Object.keys(bit) as (keyof typeof bit)[];

export type Terms = Partial<Record<keyof typeof bit, bigint | number | string>>;

/** An entry's terms: `present` follows from the names given; the currency is IDR unless said otherwise. */
export function terms(given: Terms): Image {
  const image: Image = { present: 0n };
  for (const name of termNames) {
    const value = given[name];
    if (value === undefined) continue;
    image.present = (image.present as bigint) | bit[name];
    if (name === "currency") {
      image.currency = keccakIdr;
      image.currencyLetters = value as bigint;
    } else image[name] = value;
  }
  return image;
}

/** The words of the entry that a correction, return, withdrawal or note names. */
export function old(kind: number, image: Image): Image {
  const result: Image = { oldKind: kind, refersTo: id(9) };
  for (const name of ["present", ...termNames]) {
    if (image[name] !== undefined) result[`old${name[0]!.toUpperCase()}${name.slice(1)}`] = image[name];
  }
  return result;
}

/** What `image` corrects: an entry of `kind` that was `was`; signed by an approver. */
export const correct = (image: Image, kind: number, was: Image, given: Image = {}): Image => ({
  ...image,
  ...old(kind, was),
  kind: 8,
  approvals: APPROVER,
  ...given,
});

const policy: Image = {
  capBps: 1_000,
  awardForms: 1n << 3n,
  threshold: 200_000_000_00n,
  second: 3,
  certificatesBound: 1,
};
export const base: Image = { ...policy, time: NOW, process: OCID!, processSequence: 5 };

export const aContract = (given: Image = {}): Image => ({
  ...base,
  kind: 5,
  capacity: 2,
  contractId: CONTRACT!,
  partyKnown: 1,
  ...terms({ code: 2, currency: IDR, value: 100_000_000_00n, officer: POST!, party: PARTY!, on: NOW - DAY }),
  ...given,
});

/** A contract of 100 million rupiah in its life: active, nothing certified or paid. */
export const live: Image = {
  ...base,
  contractId: CONTRACT!,
  status: 2,
  form: 2,
  contractCurrency: IDR,
  contractOn: NOW - 10n * DAY,
  contractParty: PARTY!,
  firstValue: 100_000_000_00n,
  presentValue: 100_000_000_00n,
  presentScope: 100_000_000_00n,
};
export const anAmendment = (value: bigint, scopeValue: bigint, given: Image = {}): Image => ({
  ...live,
  kind: 7,
  capacity: 2,
  ...terms({ code: 2, currency: IDR, value, scopeValue, on: NOW - DAY }),
  ...given,
});
export const aCertificate = (given: Terms, state: Image = {}): Image => ({
  ...live,
  accepted: 100_000_000_00n,
  kind: 11,
  capacity: 2,
  ...terms({ currency: IDR, amount: 10_000_000_00n, documentKey: KEY!, on: NOW - DAY, ...given }),
  ...state,
});
export const aPayment = (given: Terms = {}, state: Image = {}): Image => ({
  ...live,
  kind: 12,
  capacity: 4,
  ...terms({
    currency: IDR,
    amount: 10_000_000_00n,
    documentTotal: 10_000_000_00n,
    issuer: ISSUER!,
    documentKey: KEY!,
    on: NOW - DAY,
    ...given,
  }),
  ...state,
});
export const aStatus = (code: number, state: Image = {}): Image => ({
  ...live,
  kind: 15,
  capacity: 2,
  ...terms({ code, on: NOW - DAY }),
  ...state,
});
export const anImplementation = (code: number, amount?: bigint, state: Image = {}): Image => ({
  ...live,
  kind: 9,
  capacity: 2,
  ...terms({ code, on: NOW - DAY, ...(amount === undefined ? {} : { currency: IDR, amount }) }),
  ...state,
});
export const aSection = (kind: 2 | 3, code: number, given: Image = {}): Image => ({
  ...base,
  kind,
  capacity: 1,
  ...terms({ code, currency: IDR, value: 5n }),
  ...given,
});
export const anAward = (code: number, given: Image = {}): Image => ({
  ...base,
  kind: 4,
  capacity: 1,
  awardId: AWARD!,
  partyKnown: 1,
  ...terms(code === 4 ? { code } : { code, currency: IDR, value: 100_000_000_00n, party: PARTY! }),
  ...given,
});
export const awarded: Image = {
  awardId: AWARD!,
  awardStatus: 2,
  awardCurrency: IDR,
  awardValue: 100_000_000_00n,
  awardParty: PARTY!,
};
export const anOpening = (given: Image = {}): Image => ({
  ...base,
  kind: 1,
  capacity: 2,
  contractId: CONTRACT!,
  approvals: APPROVER,
  partyKnown: 1,
  ...terms({ currency: IDR, value: 110_000_000_00n, documentKey: KEY!, on: NOW - 400n * DAY, party: PARTY! }),
  oldCurrency: keccakIdr,
  oldCode: 2,
  oldValue: 100_000_000_00n,
  oldScopeValue: 110_000_000_00n,
  oldAmount: 50_000_000_00n,
  oldDocumentTotal: 45_000_000_00n,
  oldOn: NOW - 30n * DAY,
  oldUntil: 60_000_000_00n,
  ...given,
});

/** Cases of Rules, on an engine of their own; `rules.fields` and `rules.step` are there once the tests run. */
export function casesOfRules() {
  const rules = { fields: [] as string[], step: async (_: Image): Promise<Outcome> => ({}) };

  before(async () => {
    const { signer } = await startChain();
    const artifact = (await artifacts()).Rules!;
    const contract = (await new ContractFactory(artifact.abi, artifact.bytecode, signer).deploy()) as Contract;
    const components = new Interface(artifact.abi).getFunction("step")!.inputs[0]!.components!;
    const fields = components.map((component) => component.name);
    const zero = components.map((component) => (component.type === "bytes32" ? id(0) : 0n));
    rules.fields = fields;
    rules.step = async (image) => {
      const words = fields.map((name, index) => image[name] ?? zero[index]);
      const unknown = Object.keys(image).filter((name) => !fields.includes(name));
      if (unknown.length > 0) throw new Error(`no such field: ${unknown}`);
      const result = await contract.getFunction("step").staticCall(words);
      return result.toObject();
    };
  });

  const accepts = (title: string, image: () => Image, after: Record<string, bigint> = {}) =>
    it(`accepts ${title}`, async () => {
      const outcome = await rules.step(image());
      expect(outcome.code, `code (a ${outcome.a}, b ${outcome.b})`).to.equal(1n);
      for (const [name, value] of Object.entries(after)) expect(outcome[name], name).to.equal(value);
    });
  const refuses = (
    title: string,
    code: keyof typeof Code,
    image: () => Image,
    ...values: (bigint | number | string)[]
  ) =>
    it(`refuses ${title}: ${code}`, async () => {
      const outcome = await rules.step(image());
      expect(outcome.code).to.equal(BigInt(Code[code]));
      for (const [index, value] of values.entries()) expect(outcome[["a", "b"][index]!]).to.equal(BigInt(value));
    });
  return { rules, accepts, refuses };
}
