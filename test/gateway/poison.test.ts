import { expect } from "chai";
import type { Block } from "../../server/chain/chain.ts";
import { projectBlock } from "../../server/domain/projection/project-block.ts";
import { readEvents } from "../../server/ledger/events.ts";
import { posted, type Running, startGateway } from "./world.ts";

describe("an event that can't be read", () => {
  let running: Running;
  before(async () => {
    running = await startGateway();
    for (let i = 0; i < 4; i++) {
      const { payload } = posted(running.services.separator, running.services.register().seen);
      await running.app.inject({ method: "POST", url: "/api/v1/submissions?wait=9000", payload });
    }
  });
  after(() => running.remove());

  it("is set aside with its reason, still counts in the log, and the others flow", async () => {
    const { chain, deployment, register } = running.services;
    const rows = new Map<string, unknown>();
    let broken = 0;
    for await (const block of chain.blocks(1)) {
      const logs = block.logs.map((log) => {
        // the third entry's bytes are cut: as if a contract had logged what no version of ours can read
        const isEntry = log.address === deployment.addresses.Ledger && log.topics.length === 4;
        return isEntry && ++broken === 3 ? { ...log, data: log.data.subarray(0, 200) } : log;
      });
      const events = readEvents(logs as Block["logs"], deployment.addresses);
      const result = await projectBlock(block, events, {
        get: async <T>(key: string) => rows.get(key) as T | undefined,
        vetoDelay: 0,
      });
      for (const [key, value] of result.rows) rows.set(key, value);
    }
    expect(broken).to.equal(4);
    const poison = [...rows].filter(([key]) => key.startsWith("poison/"));
    expect(poison).to.have.length(1);
    expect((poison[0]![1] as { reason: string }).reason).to.not.equal("");
    const own = rows.get("register") as ReturnType<typeof register>;
    expect(own.checkpoint).to.deep.equal(register().checkpoint);
    expect([...rows.keys()].filter((key) => key.startsWith("by/all/"))).to.have.length(3);
  });

  it("raises an alarm in health, and stops no page", async () => {
    const { projection } = running.services;
    await projection.put([{ key: "poison/000000000000009/000000000000001", value: { reason: "byte 7: cut" } }]);
    const { alarms, ready } = (await running.app.inject({ url: "/health/ready" })).json();
    expect([ready, alarms]).to.deep.equal([
      true,
      [{ kind: "poison", what: "poison/000000000000009/000000000000001", detail: "byte 7: cut" }],
    ]);
    for (const url of ["releases", "records", "entries", "ocids", "checkpoints"])
      expect((await running.app.inject({ url: `/api/v1/${url}` })).statusCode).to.equal(200);
  });
});
