import { expect } from "chai";
import { Exception, Kind } from "../../server/domain/entries/kinds.ts";
import type { ProcessView } from "../../server/domain/projection/process-view.ts";
import { type Ask, askOf, seedSandbox } from "../../server/sandbox/seed.ts";
import { type Running, startGateway } from "../gateway/world.ts";

describe("the sandbox", function () {
  this.timeout(60_000);
  let running: Running;
  let ask: Ask;
  const seed = () => seedSandbox(ask, running.services.separator);

  before(async () => {
    running = await startGateway();
    ask = askOf(running.app);
  });
  after(() => running.remove());

  it("goes on where it was interrupted, and records nothing twice", async () => {
    let asked = 0;
    const interrupted = seedSandbox(
      (...request) => (++asked > 40 ? Promise.reject(new Error("interrupted")) : ask(...request)),
      running.services.separator,
    );
    expect(
      await interrupted.then(
        () => "done",
        (error: Error) => error.message,
      ),
    ).to.equal("interrupted");
    const before = running.services.register().entries;
    expect(before).to.be.greaterThan(3);
    await seed();
    const after = running.services.register().entries;
    expect(after).to.be.greaterThan(before);
    await seed();
    expect(running.services.register().entries).to.equal(after);
  });

  it("shows contracts at many stages, an excess, an amendment and a correction", async () => {
    const { ocids } = (await ask("GET", "/api/v1/ocids")).body as { ocids: string[] };
    expect(ocids.length).to.be.within(10, 20);
    const views = await Promise.all(
      ocids.map(async (ocid) => (await ask("GET", `/api/v1/processes/${ocid}`)).body as ProcessView),
    );
    const contracts = views.flatMap((view) => Object.values(view.contracts));
    expect(new Set(contracts.map(({ status }) => status))).to.include.all.keys("pending", "active", "completed");
    const over = contracts.filter(({ excess }) => excess !== "0");
    expect(over).to.have.length(1);
    expect(over[0]!.exceptions & Exception.paidAboveValue).not.to.equal(0);
    const kinds = views.flatMap(({ entries }) => Object.values(entries));
    expect(kinds.some(({ kind }) => kind === Kind.amendment)).to.equal(true);
    expect(
      kinds.some(({ by }) => by !== undefined),
      "a corrected entry",
    ).to.equal(true);
  });
});
