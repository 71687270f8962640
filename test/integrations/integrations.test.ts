import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import type { ConnectorTold, Run } from "../../server/domain/connectors.ts";
import type { Words } from "../../server/domain/problems.ts";
import { Integrations } from "../../server/integrations/integrations.ts";
import { parseConnectors } from "../../server/integrations/settings.ts";
import type { Measure, Question } from "../../server/integrations/thread.ts";
import { until } from "../gateway/world.ts";

const YAML = `
apiVersion: prasasti/connectors/v1
sources: { payments: { engine: csv, path: "in/*.csv", encoding: utf-8, delimiter: ";" } }
jobs:
  - { id: sp2d, source: payments, sink: payments }
  - { id: nobody, source: payments, sink: registry }
`;

describe("the thread of the integrations", function () {
  this.timeout(60_000);
  let folder: string;
  let integrations: Integrations;
  const crashes: Words[] = [];
  const measures: Measure[] = [];
  // there is an entry before the thread has opened its parts
  let size = 1;
  /** what the register would answer */
  const answer = async (question: Question) => {
    if (question.about === "size") return size;
    if (question.about === "touched")
      return question.position < size
        ? { ocids: [`ocds-${question.position + 1}`], next: question.position + 1 }
        : undefined;
    throw new Error(question.about);
  };

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "prasasti-thread-"));
    await mkdir(path.join(folder, "in"));
    await mkdir(path.join(folder, "data"));
    await writeFile(path.join(folder, "in", "a.csv"), "no;amount\n1;10\n2;20\n");
    const read = parseConnectors(YAML, "connectors.yaml");
    if ("faults" in read) throw new Error(JSON.stringify(read.faults));
    integrations = Integrations.start({
      folder: path.join(folder, "data"),
      connectors: { file: "connectors.yaml", folder, settings: read.settings },
      secret: Buffer.alloc(32, 1),
      answer,
      size: () => size,
      follow: () => () => {},
      measure: (measure) => measures.push(measure),
      onCrash: (fault) => crashes.push(fault),
      program: new URL("plain-worker.ts", import.meta.url),
    });
  });
  after(async () => {
    await integrations.close();
    await rm(folder, { recursive: true, force: true });
  });

  const ended = async (job: string) => {
    await until(`${job} has run`, async () => {
      const { state } = await integrations.call<ConnectorTold>("connectors.one", { job });
      return state === "idle";
    });
    return (await integrations.call<Run[]>("connectors.runs", { job, limit: 1 }))[0]!;
  };

  it("answers calls by name, runs jobs, and tells their figures", async () => {
    await integrations.call("connectors.start", { job: "sp2d" });
    expect(await ended("sp2d")).to.include({ state: "done", read: 2, drafted: 2 });
    expect(measures).to.deep.include({ of: "rows", job: "sp2d", outcome: "drafted", count: 2 });
  });

  it("says by its code what a caller did wrong, and what nothing here can do", async () => {
    const code = (name: string, args: object) =>
      integrations.call(name, args).catch((error: { code?: string; message: string }) => error.code ?? error.message);
    expect(await code("connectors.one", { job: "absent" })).to.equal("unknown-connector");
    expect(await code("connectors.nothing", {})).to.include("connectors.nothing");
    await integrations.call("connectors.start", { job: "nobody" });
    expect((await ended("nobody")).fault).to.include({ code: "sink-absent" });
  });

  it("asks the register, and tells its parts which processes were touched, each once, also before they were opened", async () => {
    expect(await integrations.call("plain.size")).to.equal(1);
    await until("the parts were told", async () => (await integrations.call<string[]>("plain.told")).length === 1);
    size = 3;
    await until("the parts were told", async () => (await integrations.call<string[]>("plain.told")).length === 3);
    expect(await integrations.call("plain.told")).to.deep.equal(["ocds-1", "ocds-2", "ocds-3"]);
  });

  it("is started again when it dies, with an alarm; what it kept is there, what waited is refused", async () => {
    const waiting = integrations.call("plain.die").catch((error: { code: string }) => error.code);
    expect(await waiting).to.equal("integrations-stopped");
    expect(crashes).to.have.length(1);
    expect(crashes[0]!.id).to.include("Integrasi berhenti");
    // asked at once: waits until it is back
    expect(await integrations.call("plain.kept", { job: "sp2d" })).to.equal(2);
    expect(integrations.troubles()).to.deep.equal([]);
    expect(await integrations.call("plain.told")).to.deep.equal([]);
  });
});
