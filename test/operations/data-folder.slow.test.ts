import { createHash } from "node:crypto";
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { Level } from "level";
import { Fault } from "../../server/domain/fault.ts";
import { sandboxChoices } from "../../server/sandbox/bootstrap.ts";
import { SANDBOX_CHAIN_ID } from "../../server/sandbox/people.ts";
import { openForReading } from "../../server/services.ts";
import { DataFolder, lockOf } from "../../server/store/data-folder.ts";
import { stateHashOf, Table } from "../../server/store/store.ts";
import { CarefulClient, registerOf } from "../crash/careful-client.ts";
import { until } from "../gateway/world.ts";
import { Gateway, prasasti } from "./prasasti.ts";

type Line = { name: string; level: string; text: { en: string; id: string }; remedy?: { en: string; id: string } };

/** SHA-256 of all that a folder holds, but for the lock: names and contents. */
async function fingerprint(folder: string): Promise<string> {
  const hash = createHash("sha256");
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const file of files
    .filter((each) => each.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort())
    if (!file.startsWith(join(folder, "lock"))) hash.update(`${file}\0`).update(await readFile(file));
  return hash.digest("hex");
}

describe("the data folder", function () {
  this.timeout(60_000);
  let home = "";
  let data = "";
  let gateway: Gateway | undefined;

  const copy = async (name: string) => {
    const to = join(home, name);
    await cp(data, to, { recursive: true });
    return to;
  };
  const doctor = async (folder: string, settings: Record<string, string> = {}) => {
    const { exit, out, err } = await prasasti(["doctor", "--data", folder, "--port", "0", "--json"], settings);
    expect(err).to.equal("");
    const { ok, checks } = JSON.parse(out) as { ok: boolean; checks: Line[] };
    expect(exit).to.equal(ok ? 0 : 1);
    for (const { level, text, remedy } of checks) {
      expect(text.en).not.to.equal("");
      expect(text.id).not.to.equal("");
      if (level === "warn") expect(remedy, text.en).not.to.equal(undefined);
    }
    return { ok, checks, line: (name: string) => checks.find((each) => each.name === name) };
  };

  before(async () => {
    home = await mkdtemp(join(tmpdir(), "prasasti-folder-"));
    data = join(home, "data");
    gateway = await Gateway.start(data);
    // the integrations' thread has its rows open too once it answers
    expect((await prasasti(["connect", "list", "--data", data])).exit).to.equal(0);
  });
  after(async () => {
    await gateway?.stop();
    await rm(home, { recursive: true, force: true });
  });

  it("is in use by one process: a second gateway, rebuild and doctor say by whom, and change nothing", async () => {
    const before = await fingerprint(data);
    for (const verb of ["serve", "rebuild"]) {
      const { exit, out, err } = await prasasti([verb, "--data", data, ...(verb === "serve" ? ["--port", "0"] : [])]);
      expect(exit, verb).to.equal(1);
      expect(out + err).to.contain(`in use by another process ${gateway!.pid} (${gateway!.url})`);
    }
    expect((await prasasti(["serve", "--data", data])).err).to.contain("sedang dipakai proses lain");
    const { ok, line } = await doctor(data);
    expect(ok).to.equal(true);
    expect(line("lock")?.text.en).to.contain(`running process (${gateway!.pid})`);
    expect(line("ready")?.text.en).to.contain("takes writes");
    expect(await fingerprint(data)).to.equal(before);
  });

  it("is free at once after kill -9", async () => {
    gateway!.kill();
    await gateway!.ended;
    gateway = await Gateway.start(data);
    await gateway.stop();
    gateway = undefined;
  });

  it("has a format: another one is named, in both languages, and nothing is touched", async () => {
    for (const found of ["2", "x".repeat(10_000)]) {
      const other = await copy("format");
      await writeFile(join(other, "FORMAT"), found);
      const before = await fingerprint(other);
      for (const verb of ["serve", "rebuild"]) {
        const { exit, err } = await prasasti([verb, "--data", other]);
        expect(exit, found).to.equal(1);
        expect(err).to.contain(`has format "${found.slice(0, 20)}"`);
      }
      expect((await doctor(other)).line("format")?.level).to.equal("fault");
      expect(await fingerprint(other)).to.equal(before);
      await rm(other, { recursive: true });
    }
  });

  it("is never made in a folder of something else, nor by rebuild or doctor", async () => {
    const foreign = join(home, "foreign");
    await mkdir(foreign);
    await writeFile(join(foreign, "letter.txt"), "private");
    expect((await prasasti(["serve", "--data", foreign])).err).to.contain("is no data folder of Prasasti");
    expect(await readdir(foreign)).to.deep.equal(["letter.txt"]);
    const absent = join(home, "absent");
    expect((await prasasti(["rebuild", "--data", absent, "--lang", "id"])).err).to.contain("Tidak ada folder data");
    expect((await doctor(absent)).line("data")?.level).to.equal("warn");
    const place = await prasasti(["serve", "--data", join(foreign, "letter.txt", "x")]);
    expect(place.exit).to.equal(1);
    expect(place.err).to.contain("cannot be used (ENOTDIR)").and.to.contain("tidak dapat dipakai");
    expect(await readdir(home)).not.to.include("absent");
  });

  it("takes over a folder from before there were formats", async () => {
    const old = await copy("old");
    await rm(join(old, "FORMAT"));
    await rm(join(old, "lock"), { recursive: true });
    const folder = await DataFolder.open(old, { existing: true });
    expect(await readFile(join(old, "FORMAT"), "utf8")).to.equal("1\n");
    expect(await lockOf(old).catch((error: Fault) => error.code)).to.equal("data-locked");
    await folder.close();
    await (await lockOf(old)).close();
  });

  it("is examined by doctor without being changed", async () => {
    const before = await fingerprint(data);
    const { ok, checks, line } = await doctor(data);
    expect(ok, JSON.stringify(checks.filter(({ level }) => level !== "ok"))).to.equal(true);
    expect(checks.map(({ name }) => name)).to.include.members(
      "node engine secp256k1 settings format disk keys lock journal engine-version head checksums projection poison submissions".split(
        " ",
      ),
    );
    expect(line("journal")?.text.en).to.contain("prasasti-chain/2, chain 3101945, london, genesis 0x");
    expect(await fingerprint(data)).to.equal(before);
    const text = await prasasti(["doctor", "--data", data, "--port", "0", "--lang", "id"]);
    expect(text.out).to.contain("✓ baik").and.to.contain("checksum semua");
  });

  it("shows doctor what is wrong with it, and what to do", async () => {
    const ill = await copy("ill");
    await chmod(join(ill, "keys", "relay.key"), 0o644);
    const journal = new Level<string, Uint8Array>(join(ill, "chain", "journal"), { valueEncoding: "view" });
    const record = new Uint8Array((await journal.get("block/0000000007"))!);
    record[record.length - 3]! ^= 1;
    await journal.put("block/0000000007", record);
    await journal.close();
    const projection = await Table.open(join(ill, "projection"));
    await projection.put([{ key: "poison/0000000003/0000000001", value: { reason: "odd" } }]);
    await projection.close();
    const state = await Table.open(join(ill, "state"));
    await state.put([{ key: "queue/0000000001", value: "0x" }]);
    await state.close();
    const { ok, line } = await doctor(ill, { PRASASTI_PORT: "x" });
    expect(ok).to.equal(false);
    expect(line("keys")?.text.en).to.contain("keys/relay.key");
    expect(line("checksums")?.text.en).to.contain("Block 7");
    expect(line("poison")?.text.en).to.contain("block 3, event 1");
    expect(line("submissions")?.level).to.equal("warn");
    // a projection without its chain: what it shows stands nowhere
    await rm(join(ill, "chain"), { recursive: true });
    expect((await doctor(ill)).line("journal")?.text.en).to.contain("no journal");
  });

  it("is rebuilt by the drill, which shows what was altered and puts it right", async () => {
    const good = await stateHashOf(join(data, "projection"));
    const whole = await prasasti(["rebuild", "--data", data, "--verify"]);
    expect(whole.exit, whole.err).to.equal(0);
    expect(whole.out).to.contain("equal to the projection before").and.to.contain(good).and.to.contain("no gaps");

    const altered = await copy("altered");
    const table = await Table.open(join(altered, "projection"));
    let key = "";
    for await (const row of table.range<{ id: string }>("agency/")) {
      key = row.key;
      await table.put([{ key, value: { ...row.value, id: "0x" } }]);
      break;
    }
    await table.close();
    const drill = await prasasti(["rebuild", "--data", altered, "--verify", "--lang", "id"]);
    expect(drill.exit).to.equal(1);
    expect(drill.out).to.contain("berbeda").and.to.contain(`baris ${key}`);
    expect(await stateHashOf(join(altered, "projection"))).to.equal(good);
    const again = await prasasti(["rebuild", "--data", altered, "--verify", "--json"]);
    expect(JSON.parse(again.out)).to.deep.include({ ok: true, gaps: [], poison: 0, hash: good });
  });

  it("with a chain older than its projection is refused by the gateway and by the drill; a rebuild follows the chain", async () => {
    const restored = await copy("restored");
    const table = await Table.open(join(restored, "projection"));
    const register = (await table.get<{ block: number; blockHash: string }>("register"))!;
    await table.put([{ key: "register", value: { ...register, block: register.block + 3 } }]);
    await table.close();
    for (const verb of [
      ["serve", "--port", "0"],
      ["rebuild", "--verify"],
    ]) {
      const { exit, err } = await prasasti([...verb, "--data", restored]);
      expect(exit).to.equal(1);
      expect(err)
        .to.contain(`knows a block ${register.block + 3}`)
        .and.to.contain("prasasti rebuild");
    }
    expect((await doctor(restored)).line("projection")?.level).to.equal("fault");
    expect((await prasasti(["rebuild", "--data", restored])).exit).to.equal(0);
    expect((await prasasti(["rebuild", "--data", restored, "--verify"])).exit).to.equal(0);
  });

  it("whose projection lost rows, or cannot be read, is refused and not shown as whole; a rebuild puts it right", async () => {
    const holed = await copy("holed");
    const projection = join(holed, "projection");
    const serve = () => prasasti(["serve", "--data", holed, "--port", "0"]);
    const table = await Table.open(projection);
    for await (const key of table.keys("act/", { limit: 1 })) await table.put([], { remove: [key] });
    await table.close();
    const { exit, err } = await serve();
    expect(exit).to.equal(1);
    expect(err)
      .to.contain("The projection is damaged")
      .and.to.contain("act/")
      .and.to.contain("Jalankan prasasti rebuild");
    expect((await doctor(holed)).line("projection")?.text.en).to.contain("is damaged");
    expect((await prasasti(["rebuild", "--data", holed])).exit).to.equal(0);

    for (const name of await readdir(projection)) if (name.startsWith("MANIFEST")) await rm(join(projection, name));
    expect((await serve()).err)
      .to.contain("The projection is damaged")
      .and.to.contain("prasasti rebuild");
    expect((await prasasti(["rebuild", "--data", holed])).exit).to.equal(0);
    await using gateway = await Gateway.start(holed);
    await gateway.stop();
  });

  it("has no gaps, whatever characters its ocids hold", async () => {
    const odd = await copy("odd");
    await using gateway = await Gateway.start(odd);
    const client = new CarefulClient(await registerOf(gateway.url), "a/b c-e\u0301");
    client.prepare(1);
    expect(await client.sendOpen(gateway.url)).to.equal("all acknowledged");
    await gateway.stop();
    const { exit, out } = await prasasti(["rebuild", "--data", odd]);
    expect(out).to.contain("no gaps");
    expect(exit).to.equal(0);
  });

  it("with a chain put back from an older backup starts after a rebuild, and sends again what was acknowledged since", async () => {
    const restored = await copy("older-chain");
    /** What it printed. */
    const withGateway = async (work: (gateway: Gateway) => Promise<void>): Promise<string> => {
      await using gateway = await Gateway.start(restored);
      await work(gateway);
      await gateway.stop();
      return gateway.output();
    };
    // the first checkpoint comes with the first entry; signers name it from then on
    await withGateway(async ({ url }) => {
      const first = new CarefulClient(await registerOf(url), "awal");
      first.prepare(1);
      await first.sendOpen(url);
    });
    const backup = join(home, "older-chain-backup");
    await cp(join(restored, "chain"), backup, { recursive: true });
    let client: CarefulClient | undefined;
    await withGateway(async ({ url }) => {
      client = new CarefulClient(await registerOf(url), "sesudah");
      client.prepare(5);
      // one a block, so that the writer is well past what the backup knows
      expect(await client.sendOpen(url, 1)).to.equal("all acknowledged");
    });
    await rm(join(restored, "chain"), { recursive: true });
    await cp(backup, join(restored, "chain"), { recursive: true });
    expect((await prasasti(["serve", "--data", restored, "--port", "0"])).err).to.contain("prasasti rebuild");
    expect((await prasasti(["rebuild", "--data", restored])).exit).to.equal(0);
    const told = await withGateway(async ({ url }) => {
      for (const { hash } of client!.prepared) {
        const submission = async () =>
          (await (await fetch(`${url}/api/v1/submissions/${hash}`)).json()) as { state: string };
        await until("it is settled", async () => (await submission()).state !== "queued");
        expect(await submission()).to.include({ state: "final" });
      }
    });
    expect(told)
      .to.contain("set aside (nonce")
      .and.to.contain("5 acknowledged submissions are no longer in the chain")
      .and.to.contain("5 pengajuan");
    // then it is settled: the next start has nothing to say
    expect(await withGateway(async () => {})).not.to.match(/^!/m);
  });

  it("whose projection is behind is equal to itself, and the drill says how far", async () => {
    const behind = await copy("behind");
    const killed = await prasasti(["rebuild", "--data", behind], { PRASASTI_FAILPOINT: "rebuilding:20" });
    expect(killed.signal).to.equal("SIGKILL");
    expect((await doctor(behind)).line("projection")?.level).to.equal("warn");
    const drill = await prasasti(["rebuild", "--data", behind, "--verify"]);
    expect(drill.exit, drill.err).to.equal(0);
    expect(drill.out).to.match(/equal to the projection before, at block 19; it was \d+ blocks behind/);
  });

  it("can be read while history is replayed; writes wait for its end", async () => {
    const services = await openForReading({ data, chainId: SANDBOX_CHAIN_ID, choices: sandboxChoices() });
    try {
      expect(services.register().acts).to.be.greaterThan(0);
      expect(services.writable()).to.equal(false);
      expect(services.faults[0]!.en).to.contain("replayed");
      expect(services.faults[0]!.id).to.contain("diputar ulang");
      await services.start();
      expect(services.writable()).to.equal(true);
      expect(services.faults).to.deep.equal([]);
    } finally {
      await services.close();
    }
  });

  it("names a key of the operator that is lost, another's or no key, and never makes or takes another", async () => {
    const file = (folder: string) => join(folder, "keys", "operator.key");
    const key = await readFile(file(data), "utf8");
    const without = await copy("no-operator");
    await rm(file(without));
    const serve = () => prasasti(["serve", "--data", without, "--port", "0", "--empty"]);
    const lost = await serve();
    expect(lost.exit).to.equal(1);
    expect(lost.err)
      .to.match(/operator's key 0x[0-9a-f]{40} is lost/)
      .and.to.contain("Pulihkan keys/operator.key");
    expect(await readdir(join(without, "keys"))).not.to.include("operator.key");
    expect((await doctor(without)).line("operator")?.text.id).to.contain("hilang");

    await writeFile(file(without), await readFile(join(data, "keys", "relay.key")));
    expect((await serve()).err)
      .to.contain("is not the key of the operator")
      .and.to.contain("bukan kunci operator");
    for (const garbage of ["zz", "", `0x${"00".repeat(32)}`]) {
      await writeFile(file(without), garbage);
      const { exit, err } = await serve();
      expect(exit, garbage).to.equal(1);
      expect(err)
        .to.contain(`${file(without)} does not hold a key`)
        .and.to.contain("Restore keys/operator.key");
    }

    await writeFile(file(without), await readFile(join(data, "keys", "relay.key")), { mode: 0o600 });
    expect((await doctor(without)).line("operator")?.text.en).to.contain("is not the key of the operator");
    await writeFile(join(without, "keys", "relay.key"), "zz");
    const told = (await doctor(without)).checks.map(({ text }) => text.en);
    expect(told.join("\n")).to.contain("relay.key does not hold a key");
    await writeFile(join(without, "keys", "relay.key"), await readFile(join(data, "keys", "relay.key")));
    // a folder whose state does not know the operator yet, or was lost too
    await rm(join(without, "state"), { recursive: true });
    await rm(file(without));
    expect((await serve()).err).to.contain("operator's key is lost");
    await writeFile(file(without), key);
    const again = await Gateway.start(without);
    await again.stop();
  });

  it("names a deployer's key that is lost before the register is deployed", async () => {
    const begun = join(home, "begun");
    const cut = await Gateway.start(begun, "journalled:2").catch((error: Error) => error.message);
    expect(cut).to.contain("SIGKILL");
    await rm(join(begun, "keys", "deployer.key"));
    const { exit, err } = await prasasti(["serve", "--data", begun, "--port", "0"]);
    expect(exit).to.equal(1);
    expect(err)
      .to.match(/register by 0x[0-9a-f]{40} is unfinished/)
      .and.to.contain("Pulihkan keys/deployer.key");
  });

  it("is served from wherever the command is called", async () => {
    const elsewhere = await mkdtemp(join(home, "elsewhere-"));
    await using gateway = await Gateway.start(await copy("served"), undefined, {}, elsewhere);
    await gateway.stop();
    expect(await readdir(elsewhere)).to.deep.equal([]);
  });

  it("opens no second time within a process either, and says so by a code", async () => {
    const folder = await DataFolder.open(data);
    const second = await DataFolder.open(data).catch((error: unknown) => error);
    expect(second).to.be.instanceOf(Fault);
    expect((second as Fault).code).to.equal("data-locked");
    await folder.close();
    await (await DataFolder.open(data)).close();
  });
});
