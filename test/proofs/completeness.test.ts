import { expect } from "chai";
import { sha256 } from "#hash";
import { type Entry, idOf } from "../../server/domain/entries/entry.ts";
import { type Assigned, leafPreimage } from "../../server/domain/entries/leaf.ts";
import { type Hex, NO_ID, toHex } from "../../server/domain/entries/words.ts";
import { type AgencyClaim, listFault, type NumberedEntry } from "../../server/domain/proofs/completeness.ts";

const agency = idOf("ID-DPU");

/** A list of so many entries as a ledger would number and chain them, and its agency's checkpoint. */
function list(count: number, by = agency): { claim: AgencyClaim; entries: NumberedEntry[] } {
  const entries: NumberedEntry[] = [];
  let head: Hex = NO_ID;
  for (let number = 1; number <= count; number++) {
    const entry: Entry = {
      ...{ commandId: idOf(`command ${number}`), maker: idOf("officer"), capacity: 2, ocid: `ocds-1-${number}` },
      ...{ contractId: "", awardId: "", agency: by, kind: 16, basis: NO_ID, seen: NO_ID, digest: NO_ID },
      ...{ terms: {}, refersTo: NO_ID, expires: 0 },
    };
    const assigned: Assigned = {
      ...{ registerSequence: number * 2, processSequence: 1, agencySequence: number, timeMs: 0 },
      ...{ previousProcess: NO_ID, previousAgency: head, wave: 0, signers: NO_ID, exceptions: 0 },
    };
    const preimage = leafPreimage(entry, assigned);
    head = toHex(sha256(preimage));
    entries.push({ number, preimage: toHex(preimage) });
  }
  return { claim: { agency: by, count, head }, entries };
}

describe("a list of an agency's entries against its checkpoint", () => {
  const { claim, entries } = list(9);

  it("is complete where it holds them all in order", () => {
    expect(listFault(claim, entries)).to.equal(undefined);
    expect(listFault({ agency, count: 0, head: NO_ID }, [])).to.equal(undefined);
  });

  it("is seen to lack any one of them, whether a gap is left or the others are numbered anew", () => {
    for (let left = 0; left < entries.length; left++) {
      const others = entries.toSpliced(left, 1);
      expect(listFault(claim, others)).to.deep.equal({ number: left + 1, rule: "missing" });
      const renumbered = others.map(({ preimage }, i) => ({ number: i + 1, preimage }));
      expect(listFault(claim, renumbered)?.number).to.equal(left + 1);
    }
  });

  it("is seen to hold what is none of them, or twice, or in another order, or more", () => {
    const more = list(10).entries;
    expect(listFault(claim, more)).to.deep.equal({ number: 10, rule: "surplus" });
    expect(listFault(claim, entries.toSpliced(3, 0, entries[2]!))).to.deep.equal({ number: 4, rule: "surplus" });
    expect(listFault(claim, [entries[1]!, entries[0]!])).to.deep.equal({ number: 1, rule: "missing" });
    const foreign = list(9, idOf("ID-OTHER")).entries;
    expect(listFault(claim, entries.with(4, foreign[4]!))).to.deep.equal({ number: 5, rule: "not-an-entry" });
  });

  it("is seen to be altered in any byte of any entry", () => {
    for (const [i, { number, preimage }] of entries.entries())
      for (let at = 2; at < preimage.length; at += 37) {
        const changed = `${preimage.slice(0, at)}${preimage[at] === "0" ? "1" : "0"}${preimage.slice(at + 1)}` as Hex;
        const fault = listFault(claim, entries.with(i, { number, preimage: changed }));
        // the entry itself, or the one after it that names its leaf
        expect([number, number + 1, claim.count], `digit ${at} of ${number}`).to.include(fault?.number);
      }
    for (const bad of ["0x", 7, null, entries[0]!.preimage.slice(0, -2), `${entries[0]!.preimage}00`])
      expect(listFault(claim, [{ number: 1, preimage: bad as Hex }])).to.deep.equal({
        number: 1,
        rule: "not-an-entry",
      });
  });

  it("is of this checkpoint alone: a list that ends elsewhere has another head", () => {
    expect(listFault({ ...claim, head: idOf("another") }, entries)).to.deep.equal({ number: 9, rule: "other-head" });
    expect(listFault({ ...claim, count: 8 }, entries.slice(0, 8))).to.deep.equal({ number: 8, rule: "other-head" });
  });
});
