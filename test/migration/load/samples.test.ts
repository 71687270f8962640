import { readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import type { Job } from "../../../migration/load/job.ts";
import { pickSamples, signedSamples, signSamples, writeSamples } from "../../../migration/load/samples.ts";
import { readLot } from "../../../migration/stage/lot.ts";
import type { SigningKey } from "../../../server/cli/key-file.ts";
import { toHex } from "../../../server/domain/entries/words.ts";
import { Fault } from "../../../server/domain/fault.ts";
import { addressOfKey, newSecret } from "../../../server/ledger/signatures.ts";
import { openWorld, stageJob } from "./world.ts";

const NOW = new Date("2026-03-16T08:00:00Z");

async function refusal(work: Promise<unknown>): Promise<Fault> {
  try {
    await work;
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("samples that people compare with the old system", () => {
  let world: Awaited<ReturnType<typeof openWorld>>;
  let job: Job;
  let head: SigningKey;
  let count = 0;
  before(async () => {
    world = await openWorld();
    head = world.keyOf("kepala-dishub-uji");
  });
  after(() => world.close());
  beforeEach(async () => {
    job = await stageJob(world.folder, { processes: 20, project: path.join(world.folder, `samples-${++count}`) });
  });

  const file = (ending: string) => path.join(job.project, "samples", `W1-1.${ending}`);
  /** As a spreadsheet saves it: with commas, the last two columns filled in. */
  async function fill(verdictOf: (no: number) => string, change = (line: string) => line): Promise<void> {
    const [first, ...rest] = (await readFile(file("csv"), "utf8")).trim().split("\r\n");
    const lines = rest.map((line, at) => change(line.replace(/;;$/, `;${verdictOf(at + 1)};`)));
    await writeFile(file("csv"), `${[first, ...lines].join("\r\n")}\r\n`);
  }

  it("are picked by the plan's hash alone, from every agency, and more of them begin with the same", async () => {
    const [few, many] = [await pickSamples(job, 6), await pickSamples(job, 30)];
    expect(many.slice(0, 6)).to.deep.equal(few);
    expect(await pickSamples(job, 6)).to.deep.equal(few);
    expect(new Set(many.map(({ row }) => row)).size).to.equal(30);
    expect(few.filter(({ key }) => key.includes("dishub")).length).to.equal(3);
    const other = { ...job, plan: { ...job.plan, hash: `0x${"33".repeat(32)}` as const } };
    expect((await pickSamples(other, 6)).map(({ row }) => row)).not.to.deep.equal(few.map(({ row }) => row));
    expect((await pickSamples(job, 1_000)).length).to.equal(80);
  });

  it("say in words what the record will say, and where it stands in the old system", async () => {
    const all = await pickSamples(job, 80);
    const contract = all.find(({ key }) => key === "process: ocds-uji-lama-dishub-W1-000004|2 contract")!;
    expect(contract).to.deep.include({
      ...{ where: "kontrak line 5", record: "opening K-4", title: "Kontrak uji 4", supplier: "CV Sumber Uji" },
      ...{ value: "IDR 4000000.00", paid: "IDR 1000000.00" },
    });
    expect(contract.dates).to.match(/^on \d{4}-\d\d-\d\d$/);
    const rows = (await Promise.all(job.stage.lots.map((lot) => readLot(job.stage.folder, lot)))).flat();
    expect(rows.map(({ hash }) => toHex(hash))).to.include(contract.row);
    const archived = await stageJob(world.folder, { tier: "C", project: path.join(world.folder, `archive-${count}`) });
    expect((await pickSamples(archived, 1))[0]!.title).to.match(/^amount: \d+; number: SP2D-/);
  });

  it("count once they are signed by somebody whom the register knows, and only once a row", async () => {
    await writeSamples(job, 8);
    expect(await signedSamples(job, world.register)).to.equal(0);
    await fill((no) => (no <= 5 ? "y" : no === 6 ? "Ya" : ""));
    expect(await signSamples(job, head, NOW)).to.deep.include({ signed: 6, open: 2, differ: [] });
    expect(await signSamples(job, head, NOW)).to.deep.include({ signed: 6 });
    expect((await readFile(file("ndjson"), "utf8")).trim().split("\n")).to.have.length(6);
    await signSamples(job, world.keyOf("kepala-dpupr-uji"), NOW);
    expect(await signedSamples(job, world.register)).to.equal(6);
    expect((await refusal(writeSamples(job, 8))).code).to.equal("samples-begun");
  });

  it("stop where somebody signs that a row differs, until the same person takes it back", async () => {
    const { samples } = await writeSamples(job, 4);
    await fill((no) => (no === 3 ? "t" : "y"));
    expect((await signSamples(job, head, NOW)).differ).to.deep.equal([samples[2]!.key]);
    const fault = await refusal(signedSamples(job, world.register));
    expect([fault.code, fault.words.en]).to.satisfy(
      ([code, text]: [string, string]) => code === "sample-differs" && text.includes(samples[2]!.key),
    );
    const text = await readFile(file("csv"), "utf8");
    await writeFile(file("csv"), text.replace(/;t;/, ";y;"));
    await signSamples(job, world.keyOf("kepala-dpupr-uji"), NOW);
    expect((await refusal(signedSamples(job, world.register))).code).to.equal("sample-differs");
    await signSamples(job, head, new Date(NOW.getTime() + 60_000));
    expect(await signedSamples(job, world.register)).to.equal(4);
  });

  it("F21: are not signed where another cell of the table was changed, and the line is named", async () => {
    await writeSamples(job, 4);
    await fill(
      () => "y",
      (line) => (line.startsWith("2;") ? line.replace(/IDR (\d)|uji/, "x$1") : line),
    );
    const fault = await refusal(signSamples(job, head, NOW));
    expect([fault.code, fault.words.en]).to.satisfy(
      ([code, text]: [string, string]) => code === "samples-edited" && / 2: /.test(text),
    );
    await writeFile(file("csv"), (await readFile(file("csv"), "utf8")).replaceAll(";y;", ";mungkin;"));
    expect((await refusal(signSamples(job, head, NOW))).words.en).to.contain("same");
  });

  it("F21: name each signed line that was changed, is another's, of another attempt or row, or by a key nobody knows", async () => {
    await writeSamples(job, 3);
    await fill((no) => (no === 2 ? "t" : "y"));
    await signSamples(job, head, NOW);
    const lines = (await readFile(file("ndjson"), "utf8")).trim().split("\n");
    const said = async (...changed: string[]) => {
      await writeFile(file("ndjson"), `${changed.join("\n")}\n`);
      const { code, words } = await refusal(signedSamples(job, world.register));
      return code === "samples-altered" ? words.en : code;
    };
    const [one, two, three] = lines as [string, string, string];
    expect(await said(one, two.replace('"same":false', '"same":true'), three)).to.match(/line 2: it was changed/);
    expect(await said(one, three.replace("kepala-dishub-uji", "kepala-dpupr-uji"))).to.match(/line 2: it was changed/);
    expect(await said(one, "{", three)).to.match(/line 2: it cannot be read/);
    const other = await stageJob(world.folder, { attempt: 2, project: job.project });
    const moved = { ...other, attempt: 1, id: other.id };
    await rm(file("ndjson"));
    await writeFile(file("ndjson"), `${one}\n`);
    expect((await refusal(signedSamples(moved, world.register))).words.en).to.match(/line 1: it is of another attempt/);
    const secret = newSecret();
    await rm(file("ndjson"));
    await signSamples(job, { ...head, secret, address: addressOfKey(secret) }, NOW);
    expect((await refusal(signedSamples(job, world.register))).words.en).to.match(/does not know this key as kepala/);
    await rm(file("ndjson"));
    const fewer = { ...job, stage: { ...job.stage, lots: [] } };
    await signSamples(job, head, NOW);
    expect((await refusal(signedSamples(fewer, world.register))).words.en).to.match(
      /line 1: the stage has no such row/,
    );
  });
});
