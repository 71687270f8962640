import { mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { openFeed } from "../../../server/integrations/connect/open-feed.ts";
import { FeedFault } from "../../../server/integrations/feeds/feed-fault.ts";
import { parseConnectors } from "../../../server/integrations/settings.ts";
import { openWorld } from "../connect/world.ts";

const yaml = (more = "still: 0.05") => `
apiVersion: prasasti/connectors/v1
sources:
  bank: { engine: drop, folder: masuk, names: "*.csv", as: { engine: csv, encoding: utf-8, delimiter: ";" }, ${more} }
jobs:
  - { id: bank, source: bank, sink: bank }
`;

describe("files that are dropped into a folder", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "prasasti-drop-"));
    await mkdir(path.join(folder, "masuk"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const put = (name: string, text: string) => writeFile(path.join(folder, "masuk", name), text);
  const names = async (of = ".") => {
    const found = await readdir(path.join(folder, "masuk", of)).catch(() => []);
    return found.map((name) => name.replace(/^[0-9a-f]{32}-/, "")).sort();
  };

  /** One reading of the folder, as a run does it; `each` sees every file before it counts as kept. */
  async function taken(more?: string, each: (from: string) => Promise<void> = async () => {}) {
    const read = parseConnectors(yaml(more), "connectors.yaml");
    if ("faults" in read) throw new Error(read.faults.map(({ en }) => en).join());
    const feed = await openFeed(read.settings.sources.bank!, folder, {});
    const found: [string, (string | null)[][]][] = [];
    let code: string | undefined;
    const signal = new AbortController().signal;
    const asked = { table: undefined, cursor: undefined, overlap: 0, window: undefined, signal, pace: async () => {} };
    try {
      for await (const answer of feed.answers(asked)) {
        const { file } = answer.content as { file: string };
        const rows: (string | null)[][] = [];
        for await (const batch of feed.read({ table: answer.table, file, mediaType: answer.mediaType }))
          rows.push(...batch.rows.map(({ values }) => [...values]));
        found.push([answer.from, rows]);
        await each(answer.from);
        await answer.kept?.();
      }
    } catch (error) {
      if (!(error instanceof FeedFault)) throw error;
      code = error.code;
    }
    await feed.close();
    return { found, code };
  }

  it("are taken each once by their content, in the order of their names, and moved, never deleted", async () => {
    await put("B.CSV", "no;nilai\n2;20\n");
    await put("a.csv", "no;nilai\n1;10\n");
    await put("catatan.txt", "x");
    expect((await taken()).found).to.deep.equal([
      ["B.CSV", [["2", "20"]]],
      ["a.csv", [["1", "10"]]],
    ]);
    expect(await names()).to.deep.equal(["again", "catatan.txt", "taken"]);
    expect(await names("taken")).to.deep.equal(["B.CSV", "a.csv"]);
    // the same content under another name, and another content under the same name
    await put("salinan.csv", "no;nilai\n1;10\n");
    await put("a.csv", "no;nilai\n3;30\n");
    expect((await taken()).found).to.deep.equal([["a.csv", [["3", "30"]]]]);
    expect(await names("again")).to.deep.equal(["salinan.csv"]);
    await put("salinan.csv", "no;nilai\n1;10\n");
    expect((await taken()).found).to.deep.equal([]);
    expect(await names("again")).to.deep.equal(["(2) salinan.csv", "salinan.csv"]);
    expect(await names()).to.deep.equal(["again", "catatan.txt", "taken"]);
    const [one] = await readdir(path.join(folder, "masuk/taken"));
    expect(await readFile(path.join(folder, "masuk/taken", one!), "utf8")).to.match(/^no;nilai/);
  });

  it("wait while they are still written, or called as programs call what they write", async () => {
    await put("a.csv", "no;nilai\n1;");
    for (const name of [".b.csv", "c.csv.part", "~$d.csv", "e.csv~", "f.tmp"]) await put(name, "no;nilai\n9;90\n");
    let writing = true;
    const written = (async () => {
      for (let length = 1; writing; length++) await put("a.csv", `no;nilai\n1;${"1".repeat(length)}`);
    })();
    const first = await taken();
    writing = false;
    await written;
    expect(first.found).to.deep.equal([]);
    await put("a.csv", "no;nilai\n1;10\n");
    expect((await taken()).found).to.deep.equal([["a.csv", [["1", "10"]]]]);
    await rename(path.join(folder, "masuk/c.csv.part"), path.join(folder, "masuk/c.csv"));
    expect((await taken()).found).to.have.length(1);
  });

  it("links, folders and what lies deeper are left alone", async () => {
    await writeFile(path.join(folder, "rahasia.csv"), "no;nilai\n1;10\n");
    await symlink(path.join(folder, "rahasia.csv"), path.join(folder, "masuk/link.csv"));
    await mkdir(path.join(folder, "masuk/dir.csv"));
    await put("dir.csv/a.csv", "no;nilai\n1;10\n");
    expect(await taken()).to.deep.equal({ found: [], code: undefined });
    expect(await names()).to.deep.equal(["dir.csv", "link.csv"]);
  });

  it("one that is too large stays and is named; it does not stop the others", async () => {
    await put("a.csv", "no;nilai\n");
    await truncate(path.join(folder, "masuk/a.csv"), 2_000);
    await put("b.csv", "no;nilai\n1;10\n");
    const { found, code } = await taken("still: 0, maxBytes: 1000");
    expect(found.map(([name]) => name)).to.deep.equal(["b.csv"]);
    expect(code).to.equal("feed-too-large");
    expect(await names()).to.deep.equal(["a.csv", "again", "taken"]);
  });

  it("a folder that is not there, or where nothing can be moved, is said before anything is taken", async () => {
    await rm(path.join(folder, "masuk"), { recursive: true });
    expect(await taken()).to.deep.equal({ found: [], code: "feed-unreachable" });
    await mkdir(path.join(folder, "masuk"));
    await put("a.csv", "no;nilai\n1;10\n");
    await put("taken", "no folder");
    expect(await taken()).to.deep.equal({ found: [], code: "feed-setting" });
  });

  it("one whose taking was cut off is taken again; one that its owner takes away is no fault", async () => {
    await put("a.csv", "no;nilai\n1;10\n");
    const cut = await taken(undefined, async () => Promise.reject(new Error("cut"))).catch((error) => error.message);
    expect(cut).to.equal("cut");
    expect(await names()).to.deep.equal(["a.csv", "again", "taken"]);
    const gone = await taken(undefined, () => rm(path.join(folder, "masuk/a.csv")));
    expect(gone).to.deep.equal({ found: [["a.csv", [["1", "10"]]]], code: undefined });
  });

  it("are a source of jobs like any other", async () => {
    const world = await openWorld(yaml("still: 0"));
    try {
      await world.write("masuk/a.csv", "no;nilai\n1;10\n2;20\n");
      // a dry run leaves everything where it is
      expect(await world.jobs.run("bank", "asked", { dry: true })).to.include({ state: "done", answers: 1, read: 2 });
      expect(await world.jobs.run("bank", "asked")).to.include({ state: "done", answers: 1, read: 2, drafted: 2 });
      expect(await world.jobs.run("bank", "asked")).to.include({ state: "done", answers: 0, read: 0 });
      await world.write("masuk/b.csv", "no;nilai\n2;20\n3;30\n");
      expect(await world.jobs.run("bank", "asked")).to.include({ state: "done", read: 2, drafted: 1, unchanged: 1 });
    } finally {
      await world.close();
    }
  });
});
