import { setTimeout as pause } from "node:timers/promises";
import AjvDraft04 from "ajv-draft-04";
import formats from "ajv-formats";
import { expect } from "chai";
import { check } from "../../server/domain/ocds/check.ts";
import type { EntryRow } from "../../server/domain/projection/project-block.ts";
import { seedId } from "../../server/sandbox/bootstrap.ts";
import { sandboxLives } from "../../server/sandbox/seed.ts";
import { describeWithSamples, sample } from "../ocds/samples.ts";
import { Gateway, type Temporary, temporaryFolder } from "../operations/prasasti.ts";

// biome-ignore lint/suspicious/noExplicitAny: packages are read as any reader would
type Package = any;

describe("the whole sandbox", function () {
  this.timeout(300_000);
  let folder: Temporary;
  let gateway: Gateway;
  let entries: EntryRow[];
  const start = () => Gateway.start(folder.path, undefined, {}, undefined, []);
  const json = async (path: string): Promise<Package> => (await fetch(`${gateway.url}${path}`)).json();
  const recorded = async (): Promise<number> => (await json("/api/v1/ledger")).entries;
  const filling = async () => (await (await fetch(`${gateway.url}/`)).text()).includes("<progress");

  /** Waits as long as a loaded machine may need. */
  async function until(what: string, happened: () => boolean | Promise<boolean>): Promise<void> {
    const giveUp = performance.now() + 240_000;
    while (!(await happened())) {
      if (performance.now() > giveUp) throw new Error(`waited in vain: ${what}`);
      await pause(50);
    }
  }
  async function everyEntry(): Promise<EntryRow[]> {
    const all: EntryRow[] = [];
    for (let page: EntryRow[]; ; all.push(...page)) {
      const from = (all.at(-1)?.assigned.registerSequence ?? 0) + 1;
      page = (await json(`/api/v1/entries?from=${from}&limit=200`)).entries;
      if (page.length === 0) return all;
    }
  }
  async function* pages(url: string): AsyncGenerator<Package> {
    for (let next: string | undefined = url; next !== undefined; ) {
      const page: Package = await (await fetch(next)).json();
      yield page;
      next = page.links?.next;
    }
  }

  before(async () => {
    folder = await temporaryFolder();
    gateway = await start();
    // it answers, and says how far it is, while it is filled
    await until("it is being filled", filling);
    await until("a part is recorded", async () => (await recorded()) > 400);
    gateway.kill();
    await gateway.ended;
    gateway = await start();
    await until("it is filled", () => gateway.output().includes("The sandbox "));
    expect(gateway.output()).to.include("The sandbox is filled");
    entries = await everyEntry();
  });
  after(async () => {
    await gateway?.[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  it("is the same set, each entry once and in its order, after a kill in the middle", () => {
    const found = new Map<string, string[]>();
    for (const { ocid, commandId } of entries) found.set(ocid, [...(found.get(ocid) ?? []), commandId]);
    const lives = sandboxLives(20_000 * 86_400);
    expect(found.size).to.equal(lives.length);
    for (const { ocid, steps } of lives) {
      const expected = steps.flatMap(({ refused }, index) => (refused === undefined ? [seedId(ocid, index)] : []));
      expect(found.get(ocid), ocid).to.deep.equal(expected);
    }
  });

  it("publishes two hundred contracts and more, at every stage, bought by every method", async () => {
    const compiled: Package[] = [];
    for await (const { records } of pages(`${gateway.url}/api/v1/records?limit=100`))
      compiled.push(...records.map((record: Package) => record.compiledRelease));
    const contracts = compiled.flatMap((release) => release.contracts ?? []);
    expect(contracts.length).to.be.within(200, 300);
    expect(contracts.map(({ status }) => status)).to.include.members(["pending", "active", "terminated", "cancelled"]);
    expect(compiled.map(({ tender }) => tender?.procurementMethodDetails)).to.include.members([
      ...["Tender", "Tender Cepat", "Seleksi", "Pengadaan Langsung", "Penunjukan Langsung", "E-Purchasing"],
    ]);
    const group = compiled.flatMap(({ parties }) => parties).find(({ id }) => id === "ID-PRS-KSO-01");
    expect(group.roles).to.include.members(["supplier", "payee"]);
    const owed = (contract: Package): number =>
      (contract.implementation?.transactions ?? []).reduce((sum: number, { value }: Package) => sum + value.amount, 0) -
      contract.value.amount;
    const over = contracts.filter((contract) => owed(contract) > 1e-6);
    expect(over.map(({ id }) => id)).to.deep.equal(["07/SPK/DPUPR/2026"]);
    const held = contracts.flatMap(({ holds }) => holds ?? []);
    expect(held.map(({ id, status }) => `${id} ${status}`)).to.have.members(["overseer lifted", "treasurer lifted"]);
    const called = contracts.flatMap(({ guarantees }) => guarantees ?? []).filter(({ status }) => status === "called");
    expect(called).to.have.length(2);
  });

  it("records nothing more when it starts again", async () => {
    await gateway.stop();
    gateway = await start();
    await until("it has looked at all lives", async () => !(await filling()));
    expect(await recorded()).to.equal(entries.length);
    expect(gateway.output()).to.not.include("could not be filled");
  });

  it("is published without an error or a field that nobody declared", async () => {
    for (const list of ["releases", "records"])
      for await (const page of pages(`${gateway.url}/api/v1/${list}?limit=100`)) {
        const { faults } = check(page);
        const bad = faults.filter(({ level, rule }) => level === "error" || rule === "unknown-field");
        expect(bad, page.uri).to.deep.equal([]);
      }
  });

  describeWithSamples("by the official schemas", () => {
    it("is valid in every package", async () => {
      const Ajv = AjvDraft04.default;
      const ajv = new Ajv({ strict: false, allErrors: true });
      formats.default(ajv);
      const at = (name: string) => `schema/1.1.5/${name}.json`;
      ajv.addSchema(sample(at("release-schema")));
      ajv.addSchema(sample(at("versioned-release-validation-schema")));
      for (const list of ["releases", "records"]) {
        const valid = ajv.compile(sample(at(`${list.slice(0, -1)}-package-schema`)));
        for await (const page of pages(`${gateway.url}/api/v1/${list}?limit=100`))
          expect(valid(page), `${page.uri} ${JSON.stringify(valid.errors?.slice(0, 3))}`).to.equal(true);
      }
    });
  });
});
