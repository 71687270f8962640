import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { type Running, startGateway } from "../gateway/world.ts";
import { prasasti as run } from "../operations/prasasti.ts";

type Told = { id: string; state: string; place: string; replaces?: string };

describe("what waits for a second signature, on the command line", function () {
  this.timeout(60_000);
  let running: Running;
  let url: string;
  let home: string;
  before(async () => {
    running = await startGateway(undefined, { listensOn: () => url });
    url = await running.app.listen({ host: "127.0.0.1", port: 0 });
    home = await mkdtemp(join(tmpdir(), "prasasti-cli-"));
  });
  after(async () => {
    await running.remove();
    await rm(home, { recursive: true });
  });
  const prasasti = (...args: string[]) => run(args, { PRASASTI_URL: url, PRASASTI_HOME: home });
  const entries = () => running.services.register().entries;
  const contract = (number: number, value: string) => ({
    contract: {
      ...{ ocid: `ocds-213czf-dinkes-two-${number}`, agency: "ID-PRS-DINKES", contract: `SPK-${number}`, code: "spk" },
      ...{ value, supplier: "ID-PRS-S-0003", post: "POST-DINKES-PPK-1", on: new Date().toISOString() },
    },
  });
  /** Sends a file as the officer; what the gateway tells of each of its lines. */
  async function submit(path: string, ...more: string[]): Promise<Told[]> {
    const { out, err } = await prasasti("submit", path, "--as", "sandbox:ppk-kes", "--yes", "--json", ...more);
    expect(err).to.equal("");
    return out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
  }
  async function file(name: string, ...forms: object[]): Promise<string> {
    const path = join(home, name);
    await writeFile(path, forms.map((form) => JSON.stringify(form)).join("\n"));
    return path;
  }
  const byApprover = async (...args: string[]) => {
    const { exit, out, err } = await prasasti(...args, "--as", "sandbox:pa-kes");
    expect(exit, `${args.join(" ")}\n${out}${err}`).to.equal(0);
    return out;
  };

  it("is listed, shown, asked about, answered, and approved by what is shown", async () => {
    const [sent] = await submit(await file("large.json", contract(1, "250.000.000")));
    expect(sent!.state).to.equal("awaitingApproval");
    const { id } = sent!;
    expect(await byApprover("tasks"))
      .to.contain("APPROVE")
      .and.to.contain(id);
    expect(await byApprover("review", id, "--lang", "id")).to.contain("Rp 250.000.000");
    await byApprover("ask", id, "Volume berapa?");
    expect((await prasasti("tasks", "--as", "sandbox:ppk-kes")).out).to.contain("ANSWER");
    expect((await prasasti("answer", id, "Sepuluh unit", "--as", "sandbox:ppk-kes")).exit).to.equal(0);
    const before = entries();
    const told = await byApprover("approve", id, "--yes");
    expect(told).to.contain("“Sepuluh unit”").and.to.contain("recorded");
    expect(entries()).to.equal(before + 1);
    expect(await byApprover("tasks")).to.contain("Nothing waits for you.");
    expect(await byApprover("approve", id, "--yes"), "told again").to.contain("recorded");
    expect(entries(), "once").to.equal(before + 1);
  });

  for (const bundle of [[], ["--bundle"]])
    it(`is signed anew by --again where it was sent back; what still waits keeps its signatures ${bundle}`, async () => {
      const n = 10 + bundle.length * 10;
      const path = await file(`two-${n}.jsonl`, contract(n, "300.000.000"), contract(n + 1, "400.000.000"));
      const inOrder = (told: Told[]) => told.toSorted((a, b) => a.place.localeCompare(b.place));
      const [back, waits] = inOrder(await submit(path, ...bundle));
      await byApprover("refuse", back!.id, "--reason", "Nilai keliru");
      const repeated = await prasasti("submit", path, "--as", "sandbox:ppk-kes", "--yes", ...bundle);
      expect(repeated.exit).to.equal(1);
      expect(repeated.out).to.contain("--again");
      const again = inOrder(await submit(path, "--again", ...bundle));
      expect(again.map(({ state }) => state)).to.deep.equal(["awaitingApproval", "awaitingApproval"]);
      expect(again[0]!.id).not.to.equal(back!.id);
      expect(again[0]!.replaces).to.equal(back!.id);
      expect(again[1]!.id, "what still waits").to.equal(waits!.id);
      const both = await submit(path, "--again", "--approve", "sandbox:pa-kes", ...bundle);
      expect(both.map(({ state }) => state)).to.deep.equal(["final", "final"]);
    });

  it("is signed anew by --again where the record has moved on, and not approved before", async () => {
    const base = contract(30, "250.000.000");
    await submit(await file("base.json", base), "--approve", "sandbox:pa-kes");
    const { ocid, contract: id, on } = base.contract;
    const amendment = (value: string) => ({
      amendment: { ocid, contract: id, code: ["scope"], value, scopeValue: value, on, remark: "Tambahan" },
    });
    const path = await file("amendment.json", amendment("265.000.000"));
    const [old] = await submit(path);
    expect(old!.state, "without its approver").to.equal("awaitingApproval");
    const other = await file("other.json", amendment("255.000.000"));
    expect((await submit(other, "--approve", "sandbox:pa-kes"))[0]!.state).to.equal("final");
    expect((await prasasti("approve", old!.id, "--yes", "--as", "sandbox:pa-kes")).exit).to.equal(1);
    expect((await prasasti("tasks", "--as", "sandbox:ppk-kes")).out).to.contain("SIGN AGAIN");
    const [anew] = await submit(path, "--again");
    expect(anew).to.include({ state: "awaitingApproval", replaces: old!.id });
    expect(await byApprover("approve", anew!.id, "--yes")).to.contain("recorded");
  });
});
