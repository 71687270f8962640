import { expect } from "chai";
import { openWorld, type World } from "./world.ts";

const YAML = `
apiVersion: prasasti/connectors/v1
sources:
  payments: { engine: csv, path: "in/*.csv", encoding: utf-8, delimiter: ";" }
jobs:
  - { id: sp2d, source: payments, sink: payments }
`;

describe("jobs of connectors.yaml", () => {
  let world: World;
  beforeEach(async () => {
    world = await openWorld(YAML);
  });
  afterEach(() => world.close());

  it("read every file of a source, keep it raw, and count every row once", async () => {
    await world.write("in/a.csv", "no;amount\n1;10\n2;20\n");
    await world.write("in/b.csv", "no;amount\n2;20\n3;30\n");
    const run = await world.jobs.run("sp2d", "asked");
    expect(run).to.include({
      state: "done",
      answers: 2,
      fresh: 2,
      read: 4,
      drafted: 3,
      unchanged: 1,
      setAside: 0,
      undecided: 0,
    });
    const again = await world.jobs.run("sp2d", "asked");
    expect(again).to.include({ state: "done", answers: 2, fresh: 0, read: 4, drafted: 0, unchanged: 4 });
  });
});
