import { expect } from "chai";
import { type Balances, idOf, type Terms } from "../../server/domain/entries/entry.ts";
import { Kind } from "../../server/domain/entries/kinds.ts";
import { type Hex, NO_ID } from "../../server/domain/entries/words.ts";
import { afterEntry, type ProcessView, type RecordedEntry } from "../../server/domain/projection/process-view.ts";

/** The fold of corrections, case by case; test/contracts/fold.slow.test.ts holds all of it against the ledger. */

const [A, B, PPK1, PPK2] = ["A", "B", "ppk-1", "ppk-2"].map(idOf) as [Hex, Hex, Hex, Hex];
const money = (value: bigint): Terms => ({ currency: "IDR", value });
type Given = { kind: number; terms: Terms; of?: "contract" | "award"; names?: number; balances?: Balances };

/** The view after these entries; `names` is the place of the entry that a correction names. */
function after(...entries: Given[]): ProcessView {
  let view: ProcessView | undefined;
  for (const [i, { kind, terms, of, names, balances }] of entries.entries()) {
    const assigned = { processSequence: i + 1, timeMs: i, exceptions: 0, wave: 0 } as RecordedEntry["assigned"];
    const ids = { contractId: of === "contract" ? "K" : "", awardId: of === "award" ? "W" : "" };
    const refersTo = names === undefined ? NO_ID : idOf(`leaf ${names}`);
    const fixed = { ocid: "o", agency: NO_ID, excess: 0n, signers: [], body: new Uint8Array() };
    const signed = { commandId: NO_ID, maker: NO_ID, capacity: 2, digest: NO_ID, hash: NO_ID };
    const entry = { ...fixed, ...signed, ...ids, kind, terms, refersTo, assigned, leaf: idOf(`leaf ${i}`) };
    view = afterEntry(view, { ...entry, ...(balances && { balances }) });
  }
  return view!;
}
const correction = (names: number, terms: Terms, of?: "contract" | "award"): Given => ({
  ...{ kind: Kind.correction, names, terms },
  ...(of && { of }),
});
const contract = (terms: Terms = {}): Given => ({
  ...{ kind: Kind.contract, of: "contract" },
  terms: { code: 2, ...money(100n), officer: PPK1, party: A, on: 1_000, ...terms },
});

describe("A correction, folded", () => {
  it("of an award moves what was updated since by as much as it corrects", () => {
    const award = (code: number, value: bigint, party = A): Given => ({
      ...{ kind: Kind.award, of: "award", terms: { code, ...money(value), party } },
    });
    const view = after(award(1, 100n), award(2, 150n, B), correction(0, award(1, 110n).terms, "award"));
    expect(view.awards.W).to.include({ value: "160", party: B, cancelled: false });
  });
  it("of a planning or tender does not bring back what was cancelled since", () => {
    for (const [name, kind] of [
      ["planning", Kind.planning],
      ["tender", Kind.tender],
    ] as const) {
      const said = { kind, terms: { code: 1 } };
      expect(after(said, { kind, terms: { code: 4 } }, correction(0, { code: 1 }))[name]?.cancelled).to.equal(true);
    }
  });
  it("of a contract sets form and day, and what an amendment changed since only where it was wrong", () => {
    const amended: Given = { kind: Kind.amendment, of: "contract", terms: { code: 1, on: 2_000, officer: PPK2 } };
    const corrected = (terms: Terms) => after(contract(), amended, correction(0, contract(terms).terms, "contract"));
    expect(corrected({ code: 1, on: 900 }).contracts.K).to.include({ form: 1, on: 900, post: PPK2, party: A });
    expect(corrected({ officer: B }).contracts.K!.post).to.equal(B);
  });
  it("of a contract to swakelola takes the supplier away", () => {
    const { party: _, ...terms } = contract({ code: 6 }).terms;
    expect(after(contract(), correction(0, terms, "contract")).contracts.K).to.not.have.property("party");
  });
  it("an opening without a balance date has no payment in its balance", () => {
    const nothing = { certified: 0n, advance: 0n, recovered: 0n, withheld: 0n, released: 0n, paid: 0n, accepted: 0n };
    const balances = { status: 2, firstValue: 1n, scopeValue: 1n, on: 0, ...nothing };
    const opening: Given = { kind: Kind.opening, of: "contract", terms: { ...money(1n), on: 0 }, balances };
    const payment: Given = { kind: Kind.payment, of: "contract", terms: { currency: "IDR", amount: 7n, on: 0 } };
    expect(after(opening, payment).contracts.K!.paid).to.equal("7");
  });
});
