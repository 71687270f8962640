import { expect } from "chai";
import { Kind } from "../../server/domain/entries/kinds.ts";
import { packEntry } from "../../server/ledger/codec.ts";
import { post, STEM, World } from "./world.ts";

describe("one second of one process", () => {
  it("holds a thousand entries; the next waits and its command is not used up", async function () {
    this.timeout(120_000);
    const world = await World.build();
    const by = world.people.officer!;
    const on = (await world.now()) - 86_400;
    const ocid = `${STEM}-busy`;
    const terms = { code: 6, currency: "IDR", value: 100n, officer: post, on };
    const items = [packEntry((await world.item({ by, kind: Kind.contract, ocid, terms })).item)];
    for (let i = 0; i < 1_000; i++)
      items.push(packEntry((await world.item({ by, kind: Kind.implementation, ocid, terms: { code: 9, on } })).item));
    const time = (await world.now()) + 100;
    await world.at(time);
    const outcomes = await world.send(items);
    expect(outcomes.slice(0, 1_000).every((outcome) => outcome.recorded !== undefined)).to.equal(true);
    expect(outcomes[999]!.recorded!.assigned.timeMs).to.equal(time * 1000 + 999);
    expect(outcomes[1_000]!.refused).to.include({ code: 22 });
    await world.at(time + 1);
    const [later] = await world.send([items[1_000]!]);
    expect(later!.recorded!.assigned.timeMs).to.equal((time + 1) * 1000);
  });
});
