import { expect } from "chai";
import { compose } from "../../server/domain/entries/compose.ts";
import { idOf, type Terms } from "../../server/domain/entries/entry.ts";
import { Kind, type KindName, type TermName } from "../../server/domain/entries/kinds.ts";
import { PLACES } from "../../server/domain/entries/places.ts";
import { NO_ID, utf8 } from "../../server/domain/entries/words.ts";
import { afterEntry, type RecordedEntry } from "../../server/domain/projection/process-view.ts";

/** What the rules saw stands at one place of the release, and a body that claims the place is not heard. */

const [agency, party] = [idOf("ID-A"), idOf("ID-S")];
const names = new Map([
  [agency, { id: "ID-A", name: "Dinas" }],
  [party, { id: "ID-S", name: "PT Batu" }],
]);
const DAY = 1_790_000_000;
const codes: Partial<Record<KindName, number>> = { award: 4, implementation: 4, guarantee: 21, status: 2 };

function anEntry(kind: KindName, terms: Terms, body: object | undefined, sequence: number): RecordedEntry {
  return {
    leaf: idOf(`leaf ${sequence}`),
    hash: NO_ID,
    kind: Kind[kind],
    ocid: "ocds-213czf-a-1",
    contractId: Kind[kind] <= Kind.award && kind !== "opening" ? "" : "K",
    awardId: kind === "award" ? "A" : "",
    agency,
    terms,
    refersTo: NO_ID,
    body: body === undefined ? new Uint8Array() : utf8(JSON.stringify(body)),
    assigned: { ...assigned, processSequence: sequence, registerSequence: sequence },
    excess: 0n,
    signers: [],
    commandId: NO_ID,
    maker: NO_ID,
    capacity: 2,
    digest: NO_ID,
  };
}
const assigned = {
  registerSequence: 1,
  processSequence: 1,
  agencySequence: 1,
  timeMs: DAY * 1000,
  previousProcess: NO_ID,
  previousAgency: NO_ID,
  wave: 0,
  signers: NO_ID,
  exceptions: 0,
};
const allTerms = (kind: KindName): Terms => ({
  code: codes[kind] ?? 1,
  currency: "IDR",
  value: 101n,
  scopeValue: 101n,
  amount: 102n,
  advance: 103n,
  recovered: 104n,
  withheld: 105n,
  released: 106n,
  documentTotal: 102n,
  issuer: agency,
  documentKey: NO_ID,
  party,
  officer: NO_ID,
  on: DAY,
  until: DAY + 60,
});
/** What of a term is published at its place. */
const published: Partial<Record<TermName, unknown>> = {
  value: { amount: 1.01, currency: "IDR" },
  amount: { amount: 1.02, currency: "IDR" },
  advance: { amount: 1.03, currency: "IDR" },
  recovered: { amount: 1.04, currency: "IDR" },
  withheld: { amount: 1.05, currency: "IDR" },
  released: { amount: 1.06, currency: "IDR" },
  issuer: "ID-A",
  party: "ID-S",
  on: "2026-09-21T14:13:20Z",
  until: "2026-09-21T14:14:20Z",
};
const publishedCode: Partial<Record<KindName, string>> = {
  award: "cancelled",
  guarantee: "posted",
  return: "returned",
  hold: "held",
  status: "terminated",
};
const at = (value: unknown, pointer: string): unknown =>
  pointer
    .slice(1)
    .split("/")
    .reduce<unknown>((inner, step) => (inner as Record<string, unknown> | undefined)?.[step], value);
/** A body that says something else at a place. */
function claiming(pointer: string, ids: Record<string, string>): object {
  const [top, ...steps] = pointer.slice(1).split("/");
  const wrong = steps.at(-1) === "id" ? "ID-X" : /Date|date/.test(steps.at(-1)!) ? "2001-01-01T00:00:00Z" : "active";
  const money = { amount: 777, currency: "USD" };
  const last = /value|amount|accepted|certified|advance|recovered|withheld|released/.test(steps.at(-1)!)
    ? money
    : wrong;
  const inner = steps.reduceRight<unknown>(
    (value, step, index) =>
      step === "0"
        ? [index === 0 ? { ...(value as object), id: ids[top!] } : { id: "1", name: "X", ...(value as object) }]
        : { [step]: value },
    last,
  );
  return { [top!]: inner };
}

describe("places of terms", () => {
  for (const [kind, places] of Object.entries(PLACES) as [KindName, Record<string, string>][]) {
    const begins = kind === "contract" || kind === "opening" || Kind[kind] <= Kind.award;
    const before = begins
      ? undefined
      : afterEntry(undefined, anEntry("contract", { ...allTerms("contract"), code: 2 }, undefined, 1));
    const balances = {
      status: 2,
      firstValue: 101n,
      scopeValue: 101n,
      certified: 0n,
      advance: 0n,
      recovered: 0n,
      withheld: 0n,
      released: 0n,
      paid: 0n,
      accepted: 0n,
      on: DAY,
    };
    const release = (body?: object) =>
      compose(
        before,
        { ...anEntry(kind, allTerms(kind), body, begins ? 1 : 2), ...(kind === "opening" ? { balances } : {}) },
        (id) => names.get(id),
      );
    for (const [term, pointer] of Object.entries(places) as [TermName, string][]) {
      const comesBack = kind === "return" && term === "amount";
      const known = comesBack ? { amount: -1.02, currency: "IDR" } : published[term];
      const expected = term === "code" ? publishedCode[kind] : known;
      it(`${kind}: ${term} is published at ${pointer}, whatever its body says there`, () => {
        expect(at(release().release, pointer)).to.deep.equal(expected);
        const said = release(claiming(pointer, { awards: kind === "award" ? "A" : "K", contracts: "K" }));
        expect(at(said.release, pointer), "with a body that claims it").to.deep.equal(expected);
        expect(said.faults).to.not.deep.equal([]);
      });
    }
  }
});
