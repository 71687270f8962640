import { expect } from "chai";
import { parseConnectors } from "../../../server/integrations/settings.ts";
import { openWorld, type World } from "../connect/world.ts";
import { json, publisher } from "./fault-server.ts";

const rowsFrom = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => ({ kd: from + index, nama: `Paket ${from + index}` }));

describe("runs over feeds", function (this: Mocha.Suite) {
  this.timeout(20_000);
  let world: World | undefined;
  afterEach(async () => {
    await world?.close();
    world = undefined;
  });

  /** A job `tender` over an INAPROC publisher on this machine. */
  async function jobOver(url: string, more = "") {
    world = await openWorld(
      `
apiVersion: prasasti/connectors/v1
sources:
  inaproc: { engine: inaproc, url: "${url}/api/v1/{table}", tokenEnv: TOKEN, limit: 2, parameters: { tahun: 2025 } ${more} }
jobs:
  - id: tender
    source: inaproc
    table: tender/pengumuman
    sink: procurement
    retry: { attempts: 3, first: 1s, most: 1s }
    rate: { requests: 1000, per: 1s }
`,
      { env: { TOKEN: "s3cret-token" } },
    );
    return world;
  }

  it("a source that fails is asked again from where it has come, as late as it asks; the second run brings nothing new", async () => {
    const pages: Record<string, unknown> = {
      "": { data: rowsFrom(1, 2), meta: { has_more: true, cursor: "b" } },
      b: { data: rowsFrom(3, 2), meta: { has_more: true, cursor: "c" } },
      c: { data: rowsFrom(5, 1), meta: { has_more: false, cursor: null } },
    };
    const faults = ["500", undefined, "429", "cut", undefined];
    const times: number[] = [];
    await using api = await publisher(({ query }, response) => {
      times.push(performance.now());
      const page = pages[query.cursor ?? ""];
      const fault = faults.shift();
      if (fault === "500") response.writeHead(500).end();
      else if (fault === "429") response.writeHead(429, { "retry-after": "2" }).end();
      else if (fault === "cut") json(response, JSON.stringify(page).slice(0, -5));
      else json(response, page);
    });
    const { jobs, sink } = await jobOver(api.url);
    const run = await jobs.run("tender", "asked");
    expect(run.fault).to.equal(undefined);
    expect(run).to.include({ state: "done", answers: 3, fresh: 3, read: 5, drafted: 5, setAside: 0 });
    expect(api.asked.map(({ query }) => query.cursor ?? "")).to.deep.equal(["", "", "b", "b", "b", "c"]);
    expect(times[3]! - times[2]!).to.be.at.least(1_990);
    expect(await sink.count("tender")).to.equal(5);
    api.asked.length = 0;
    const again = await jobs.run("tender", "asked");
    expect(again).to.include({ state: "done", answers: 3, fresh: 0, read: 5, drafted: 0, unchanged: 5 });
    expect(api.asked.map(({ query }) => query.cursor ?? "")).to.deep.equal(["", "b", "c"]);
  });

  it("a token that is refused fails the run at once, with what to do, and without the token", async () => {
    await using api = await publisher((_, response) => void response.writeHead(401).end());
    const { jobs } = await jobOver(api.url);
    const run = await jobs.run("tender", "asked");
    expect(run).to.include({ state: "failed", answers: 0, tries: 1 });
    expect(run.fault).to.include({ code: "feed-denied" });
    expect(run.fault!.remedy!.id).to.contain("token");
    expect(JSON.stringify(run)).not.to.contain("s3cret");
    expect(api.asked).to.have.length(1);
  });

  it("a run that stopped between two pages goes on behind the page that was kept", async () => {
    let broken = true;
    await using api = await publisher(({ query }, response) => {
      if (query.cursor === "b" && broken) response.writeHead(404).end();
      else if (query.cursor === "b") json(response, { data: rowsFrom(3, 2), meta: { has_more: false } });
      else json(response, { data: rowsFrom(1, 2), meta: { has_more: true, cursor: "b" } });
    });
    const { jobs } = await jobOver(api.url);
    const first = await jobs.run("tender", "asked");
    expect(first).to.include({ state: "failed", answers: 1, read: 2, drafted: 2 });
    broken = false;
    api.asked.length = 0;
    const second = await jobs.run("tender", "asked");
    expect(second).to.include({ state: "done", answers: 1, read: 2, drafted: 2 });
    expect(api.asked.map(({ query }) => query.cursor)).to.deep.equal(["b"]);
  });

  it("an answer of 0 bytes is an alarm that ends when the source gives rows again, or a note where that was declared", async () => {
    let empty = true;
    await using isb = await publisher((_, response) => json(response, empty ? "" : rowsFrom(1, 2)));
    for (const [declared, alarms] of [
      ["alarm", 1],
      ["note", 0],
    ] as const) {
      empty = true;
      world = await openWorld(`
apiVersion: prasasti/connectors/v1
sources:
  isb: { engine: isb, url: "${isb.url}/isb", empty: ${declared} }
jobs:
  - { id: bast, source: isb, sink: procurement, contract: off, rate: { requests: 1000, per: 1s } }
`);
      const open = async () => (await world!.jobs.calls["connectors.contract"]({ job: "bast" })).alarms;
      const run = await world.jobs.run("bast", "asked");
      expect(run).to.include({ state: "done", answers: 1, bytes: 0, read: 0, alarms });
      expect(run.notes?.map(({ code }) => code)).to.deep.equal(alarms ? undefined : ["feed-empty"]);
      expect(await open()).to.have.length(alarms);
      if (alarms) expect((await open())[0]!.words.id).to.contain("0 byte: tanpa baris");
      // told once, however often it happens
      expect((await world.jobs.run("bast", "asked")).alarms).to.equal(0);
      expect(await open()).to.have.length(alarms);
      empty = false;
      expect(await world.jobs.run("bast", "asked")).to.include({ state: "done", read: 2, drafted: 2, alarms: 0 });
      expect(await open()).to.have.length(0);
      await world.close();
      world = undefined;
    }
  });

  it("settings: names of secrets may stand in the file, secrets may not; nor users, hosts or fields in the address", () => {
    const faults = (source: string) => {
      const read = parseConnectors(
        `apiVersion: prasasti/connectors/v1\nsources:\n  s: { ${source} }\n`,
        "connectors.yaml",
      );
      return "faults" in read ? read.faults.map(({ en, line }) => `${line}: ${en}`) : [];
    };
    const isb = 'engine: isb, url: "https://isb.example/{env:KEY}/{year}"';
    expect(faults(`${isb}, query: { token: "{env:TOKEN}" }, headers: { X-Api-Key: "{env:KEY}" }`)).to.deep.equal([]);
    for (const wrong of [
      `${isb}, query: { token: abcdef }`,
      `${isb}, tokenEnv: "abc def"`,
      'engine: isb, url: "https://user:pass@isb.example/x"',
      'engine: isb, url: "https://{env:HOST}/x"',
      'engine: isb, url: "file:///etc/passwd"',
      `${isb}, hosts: ["https://other.example/"]`,
      `${isb}, paging: { by: none }`,
      `${isb}, limits: { connect: 0 }`,
      'engine: json-api, url: "https://x.example/", pointer: data',
      'engine: drop, folder: in, names: "../*.csv", as: { engine: csv, encoding: utf-8, delimiter: ";" }',
      'engine: drop, folder: in, names: "*.sql", as: { engine: pgdump }',
    ]) {
      expect(faults(wrong), wrong).to.have.length.at.least(1);
      expect(faults(wrong)[0]).to.match(/^3: /);
    }
  });
});
