import { expect } from "chai";
import fc from "fast-check";
import { compose } from "../../server/domain/entries/compose.ts";
import { idOf, type Terms } from "../../server/domain/entries/entry.ts";
import { Kind } from "../../server/domain/entries/kinds.ts";
import type { Party } from "../../server/domain/entries/parties.ts";
import { NO_ID, utf8 } from "../../server/domain/entries/words.ts";
import { check } from "../../server/domain/ocds/check.ts";
import { merge } from "../../server/domain/ocds/merge.ts";
import { afterEntry, type ProcessView, type RecordedEntry } from "../../server/domain/projection/process-view.ts";

/** From an entry to its OCDS release, whatever its body holds. */

const agency = idOf("ID-A");
const party = idOf("ID-S");
const names = new Map<string, Party>([
  [agency, { id: "ID-A", name: "Dinas" }],
  [party, { id: "ID-S", name: "PT Batu" }],
]);
const registry = (id: string) => names.get(id);
const DAY = 1_790_000_000;
let leaves = 0;

function anEntry(kind: number, terms: Terms, given: Partial<RecordedEntry> = {}, sequence = 1): RecordedEntry {
  const leaf = idOf(`leaf ${++leaves}`);
  return {
    leaf,
    hash: leaf,
    kind,
    ocid: "ocds-213czf-a-1",
    contractId: kind > Kind.award ? "K/1" : "",
    awardId: kind === Kind.award ? "A" : "",
    agency,
    terms,
    refersTo: NO_ID,
    assigned: {
      registerSequence: sequence,
      processSequence: sequence,
      agencySequence: sequence,
      timeMs: DAY * 1000 + sequence - 1,
      previousProcess: NO_ID,
      previousAgency: NO_ID,
      wave: 0,
      signers: NO_ID,
      exceptions: 0,
    },
    excess: 0n,
    signers: [],
    commandId: leaf,
    maker: idOf("maker"),
    capacity: 2,
    digest: NO_ID,
    body: new Uint8Array(),
    ...given,
  };
}
const idr = { currency: "IDR" };
const contract = (body?: object) =>
  anEntry(
    Kind.contract,
    { code: 2, ...idr, value: 982_451_653_000_000_00n, officer: NO_ID, party, on: DAY },
    body === undefined ? {} : { body: utf8(JSON.stringify(body)) },
  );

/** A whole life, one entry after the other. */
function life(entries: ((sequence: number) => RecordedEntry)[]) {
  let view: ProcessView | undefined;
  const releases = entries.map((make, i) => {
    const entry = make(i + 1);
    const { release, faults, after } = compose(view, entry, registry);
    expect(faults).to.deep.equal([]);
    view = after;
    return release;
  });
  return {
    releases,
    view: view!,
    record: merge(releases, { extensions: [] }).compiledRelease as Record<string, never>,
  };
}

describe("compose", () => {
  it("says what the terms say, to the last sen", () => {
    const { release, faults } = compose(undefined, contract({ contracts: [{ id: "K/1", title: "Jalan" }] }), registry);
    expect(faults).to.deep.equal([]);
    expect(release).to.deep.include({ id: "ocds-213czf-a-1-1", tag: ["contract"], date: "2026-09-21T14:13:20.000Z" });
    expect(release.contracts).to.deep.equal([
      {
        id: "K/1",
        title: "Jalan",
        awardID: "K/1",
        status: "pending",
        value: { amount: 982451653000000, currency: "IDR" },
        dateSigned: "2026-09-21T14:13:20Z",
      },
    ]);
  });

  it("gives the body no way to say another value than the rules saw", () => {
    const { release, faults } = compose(
      undefined,
      contract({ contracts: [{ id: "K/1", value: { amount: 1, currency: "IDR" }, status: "active" }] }),
      registry,
    );
    expect(faults.map(({ rule }) => rule)).to.include("body-says-terms");
    expect((release.contracts as { value: object; status: string }[])[0]).to.deep.include({
      status: "pending",
      value: { amount: 982451653000000, currency: "IDR" },
    });
  });

  it("names an amount that no JSON number holds exactly, and lets the body say no other", () => {
    const entry = { ...contract({ contracts: [{ id: "K/1", value: { amount: 1, currency: "IDR" } }] }) };
    entry.terms = { ...entry.terms, value: 982_451_653_000_000_01n };
    const { release, faults } = compose(undefined, entry, registry);
    expect(faults.map(({ rule }) => rule)).to.include("amount-inexact");
    expect((release.contracts as object[])[0]).to.not.have.property("value");
  });

  for (const [title, body] of [
    ["is not JSON", utf8("{")],
    ["is another section's", utf8('{"tender":{"id":"x"}}')],
    ["is another contract's", utf8('{"contracts":[{"id":"other"}]}')],
    ["breaks the standard", utf8('{"contracts":[{"id":"K/1","items":"none"}]}')],
  ] as const) {
    it(`leaves out a body that ${title}, by name, and keeps the terms`, () => {
      const { release, faults } = compose(undefined, anEntry(Kind.contract, contract().terms, { body }), registry);
      expect(faults).to.have.length.greaterThan(0);
      expect(release).to.deep.equal(compose(undefined, { ...contract(), body: new Uint8Array() }, registry).release);
    });
  }

  it("leads through a life whose record holds what the ledger holds", () => {
    const at =
      (kind: number, terms: Terms, given: Partial<RecordedEntry> = {}) =>
      (sequence: number) =>
        anEntry(kind, terms, given, sequence);
    const { releases, record } = life([
      at(Kind.planning, { code: 1, ...idr, value: 120_00n }),
      at(Kind.tender, { code: 1, ...idr, value: 110_00n }),
      at(Kind.award, { code: 1, ...idr, value: 100_00n, party, on: DAY }),
      at(Kind.contract, { code: 3, ...idr, value: 100_00n, officer: NO_ID, party, on: DAY }, { awardId: "A" }),
      at(Kind.implementation, { code: 1, on: DAY }),
      at(Kind.amendment, { code: 2, ...idr, value: 108_00n, scopeValue: 108_00n, on: DAY, until: DAY + 9 }),
      at(Kind.payment, { ...idr, amount: 30_00n, documentTotal: 30_00n, issuer: agency, documentKey: NO_ID, on: DAY }),
      at(Kind.status, { code: 2, on: DAY }),
    ]);
    for (const release of releases)
      expect(check(release).faults.filter(({ level }) => level === "error")).to.deep.equal([]);
    expect(releases.map(({ tag }) => (tag as string[])[0])).to.deep.equal([
      "planning",
      "tender",
      "award",
      "contract",
      "implementation",
      "contractAmendment",
      "implementationUpdate",
      "contractTermination",
    ]);
    const [compiled] = record.contracts as unknown as Record<string, unknown>[];
    expect(compiled).to.deep.include({ status: "terminated", awardID: "A", value: { amount: 108, currency: "IDR" } });
    expect(compiled!.amendments).to.deep.equal([
      {
        id: "ocds-213czf-a-1-6",
        date: "2026-09-21T14:13:20Z",
        amendsReleaseID: "ocds-213czf-a-1-4",
        releaseID: "ocds-213czf-a-1-6",
      },
    ]);
    expect(record.parties).to.deep.equal([
      { id: "ID-A", name: "Dinas", roles: ["buyer", "procuringEntity", "payer"] },
      { id: "ID-S", name: "PT Batu", roles: ["supplier", "payee"] },
    ]);
  });

  it("corrects a payment in place: the record has the right amount once", () => {
    const wrong = anEntry(
      Kind.payment,
      { ...idr, amount: 9_00n, documentTotal: 9_00n, issuer: agency, documentKey: NO_ID, on: DAY },
      {},
      2,
    );
    const { record } = life([
      () => contract(),
      () => wrong,
      () => anEntry(Kind.correction, { ...wrong.terms, amount: 6_00n }, { refersTo: wrong.leaf }, 3),
    ]);
    const [compiled] = record.contracts as unknown as {
      implementation: { transactions: { id: string; value: { amount: number } }[] };
    }[];
    expect(compiled!.implementation.transactions.map(({ id, value }) => [id, value.amount])).to.deep.equal([
      ["ocds-213czf-a-1-2", 6],
    ]);
  });

  it("gives a valid release for any bytes and any terms", () => {
    const amount = fc.bigInt({ min: 0n, max: (1n << 128n) - 1n });
    const json = fc.json().map((text) => utf8(text.toWellFormed()));
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      json,
      fc.json().map((text) => utf8(`{"contracts":[{"id":"K/1","x":${text.toWellFormed()}}]}`)),
    );
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 17 }),
        fc.integer({ min: 0, max: 300 }),
        amount,
        fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
        bytes,
        fc.boolean(),
        (kind, code, value, until, body, first) => {
          const terms: Terms = {
            code,
            currency: "IDR",
            value,
            scopeValue: value,
            amount: value,
            party,
            issuer: agency,
            on: DAY,
            until: Number(until),
          };
          const before = first ? undefined : afterEntry(undefined, contract());
          const { release } = compose(before, anEntry(kind, terms, { body }, first ? 1 : 2), registry);
          expect(check(release).faults.filter(({ level }) => level === "error")).to.deep.equal([]);
        },
      ),
      { numRuns: 400 },
    );
  });
});
