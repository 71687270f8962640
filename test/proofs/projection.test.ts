import { expect } from "chai";
import { idOf } from "../../server/domain/entries/entry.ts";
import { fromHex, type Hex, NO_ID, toHex } from "../../server/domain/entries/words.ts";
import { leafKey, nodeKey, projectBlock } from "../../server/domain/projection/project-block.ts";
import type { RegisterEvent } from "../../server/domain/projection/register-event.ts";
import { LogFrontier } from "../../server/domain/proofs/log.ts";

/** Projects blocks of these events, ten seconds apart, from nothing; gives all rows and what was set aside. */
async function projected(...blocks: RegisterEvent[][]) {
  const all = new Map<string, unknown>();
  const poison = [];
  for (const [i, events] of blocks.entries()) {
    const block = { number: i + 1, hash: idOf(`block ${i + 1}`), time: 1_000 + 10 * i };
    const get = async <T>(key: string) => all.get(key) as T | undefined;
    const done = await projectBlock(block, events, { get, vetoDelay: 0 });
    for (const [key, value] of done.rows) all.set(key, value);
    poison.push(...done.poison);
  }
  return { rows: all, poison };
}

const ruleSet = (name: string): RegisterEvent => ({ type: "ruleSet", leaf: idOf(name) });
const rootOf = (...names: string[]): Hex => {
  const log = new LogFrontier();
  for (const name of names) log.append(fromHex(idOf(name)));
  return toHex(log.root());
};

describe("what a block leaves for proofs", () => {
  it("is the place of each leaf and every subtree that it completes, of leaves that cannot be read as well", async () => {
    const unreadable: RegisterEvent = { type: "unreadable", leaf: idOf("b"), reason: "other version" };
    const { rows } = await projected([ruleSet("a"), unreadable], [ruleSet("c")]);
    expect(["a", "b", "c"].map((name) => rows.get(leafKey(idOf(name))))).to.deep.equal([0, 1, 2]);
    expect([0, 1, 2].map((index) => rows.get(nodeKey(0, index)))).to.deep.equal(["a", "b", "c"].map(idOf));
    expect(rows.get(nodeKey(1, 0))).to.equal(rootOf("a", "b"));
    expect([...rows.keys()].filter((key) => key.startsWith("node/"))).to.have.length(4);
  });

  it("keeps of a checkpoint the first block that told it, and of an agency's the last", async () => {
    const agency = idOf("ID-DPU");
    const checkpoint: RegisterEvent = { type: "checkpoint", size: 1, root: rootOf("a") };
    const ofAgency: RegisterEvent = { type: "agencyCheckpoint", agency, count: 0, head: NO_ID, size: 1 };
    const { rows, poison } = await projected([ruleSet("a"), checkpoint, ofAgency], [checkpoint, ofAgency]);
    expect(poison).to.deep.equal([]);
    expect(rows.get("checkpoint/000000000000001")).to.deep.equal({ size: 1, root: rootOf("a"), time: 1_000, block: 1 });
    expect(rows.get(`agency-checkpoint/${agency}/000000000000000`)).to.include({ size: 1, time: 1_010, block: 2 });
    expect(rows.get("register")).to.deep.include({ seen: rootOf("a"), seenSize: 1 });
  });

  it("raises an alarm where the ledger tells of entries that are not here", async () => {
    const agency = idOf("ID-DPU");
    const { rows, poison } = await projected([
      ruleSet("a"),
      { type: "agencyCheckpoint", agency, count: 1, head: idOf("a"), size: 1 },
      { type: "checkpoint", size: 1, root: idOf("another") },
    ]);
    expect(poison.map(({ index }) => index)).to.deep.equal([1, 2]);
    expect([...rows.keys()].filter((key) => /checkpoint\//.test(key))).to.deep.equal([]);
  });
});
