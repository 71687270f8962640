import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { ConnectorsHere } from "../gateway/connectors-world.ts";
import { OPERATOR, type Running, startGateway } from "../gateway/world.ts";
import { prasasti } from "../operations/prasasti.ts";

describe("connectors at the command line", function () {
  this.timeout(120_000);
  let running: Running;
  let here: ConnectorsHere;
  let data: string;
  let url: string;
  before(async () => {
    running = await startGateway(undefined, { integrations: () => here?.integrations });
    here = await ConnectorsHere.open(running);
    url = await running.app.listen({ host: "127.0.0.1", port: 0 });
    // where the operator's token lies
    data = await mkdtemp(join(tmpdir(), "prasasti-operator-"));
    await mkdir(join(data, "keys"));
    await writeFile(join(data, "keys", "operator.token"), OPERATOR);
  });
  after(async () => {
    await here.close();
    await running.remove();
    await rm(data, { recursive: true });
  });
  const connect = (...args: string[]) => prasasti(["connect", ...args, "--data", data, "--url", url]);

  it("show what there is, read it, and tell the sum of it; the exit code says whether somebody must look", async () => {
    await here.write("no;amount\n1;10\n2;20\n");
    const listed = await connect("list");
    expect([listed.exit, listed.err]).to.deep.equal([0, ""]);
    expect(listed.out).to.match(/sp2d +waiting/);
    expect((await connect("test", "sp2d")).out).to.contain("no (text), amount (text)");
    const dry = await connect("run", "sp2d", "--dry-run");
    expect(dry.out).to.contain("nothing was kept").and.to.contain("2 not decided");
    const read = await connect("run", "sp2d", "--lang", "id");
    expect([read.exit, read.err]).to.deep.equal([0, ""]);
    expect(read.out).to.contain("2 dibaca = 2 baru + 0 sudah ada + 0 digabung + 0 disisihkan");
    await here.write("no;amount\n1;10\n2;20\nbad;30\n");
    const again = await connect("run", "sp2d", "--json");
    expect(again.exit).to.equal(4);
    expect(JSON.parse(again.out)).to.include({ state: "done", read: 3, unchanged: 2, setAside: 1 });
    expect((await connect("list")).exit).to.equal(4);
  });

  it("show rows that were set aside and why, retry and drop them", async () => {
    const dead = await connect("dead", "sp2d");
    expect(dead.exit).to.equal(4);
    expect(dead.out).to.contain("test amount: bad").and.to.contain("line 4");
    const [{ id }] = JSON.parse((await connect("dead", "sp2d", "--json")).out).letters;
    expect((await connect("dead", "sp2d", "--retry", id)).out).to.contain("1 read = 0 new");
    expect(
      (await connect("dead", "sp2d", "--drop", id, "--reason", "diketik dua kali", "--lang", "id")).out,
    ).to.contain("1 dilepas");
    expect((await connect("dead", "sp2d")).out).to.contain("Nothing was set aside.");
  });

  it("pause and resume, read captures again, accept changed columns", async () => {
    expect((await connect("pause", "sp2d", "--reason", "pemeliharaan")).out).to.contain("paused: pemeliharaan");
    const refused = await connect("run", "sp2d", "--lang", "id");
    expect([refused.exit, refused.err]).to.satisfy(
      ([exit, err]: [number, string]) => exit === 1 && err.includes("Konektor sedang dijeda."),
    );
    expect((await connect("resume", "sp2d")).exit).to.equal(0);
    expect((await connect("backfill", "sp2d", "--from-captures")).out).to.contain("5 read = 0 new + 4 known");
    await here.write("nomor;amount\n1;10\n2;20\n");
    expect((await connect("run", "sp2d")).exit).to.equal(4);
    const contract = await connect("contract", "sp2d");
    expect(contract.exit).to.equal(4);
    expect(contract.out).to.contain("a column is missing: no");
    const accepted = await connect("contract", "sp2d", "--accept", "all");
    expect(accepted.exit, accepted.err).to.equal(0);
    expect(accepted.out).to.contain("2 read = 0 new + 2 known");
    const shown = await connect("show", "sp2d", "--lang", "id");
    expect(shown.out)
      .to.contain("SP2D of SIMDA")
      .and.to.match(/dibaca +baru/);
  });

  it("name what is not there, and what the verb needs", async () => {
    const none = await connect("show", "absent");
    expect([none.exit, none.err]).to.satisfy(
      ([exit, err]: [number, string]) => exit === 1 && err.includes("There is no connector of that name."),
    );
    expect((await connect("pause", "sp2d")).exit).to.equal(2);
    expect((await prasasti(["connect", "run", "--help"])).out).to.contain("Exit codes:");
  });
});
