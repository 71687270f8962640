import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { type Running, startGateway } from "../gateway/world.ts";
import { prasasti as run } from "../operations/prasasti.ts";

describe("people and offices on the command line", function () {
  this.timeout(120_000);
  let running: Running;
  let url: string;
  let home: string;
  before(async () => {
    running = await startGateway();
    url = await running.app.listen({ host: "127.0.0.1", port: 0 });
    home = await mkdtemp(join(tmpdir(), "prasasti-cli-"));
  });
  after(async () => {
    await running.remove();
    await rm(home, { recursive: true });
  });
  const prasasti = (...args: string[]) => run(args, { PRASASTI_URL: url, PRASASTI_HOME: home, PRASASTI_KEYS: home });
  const done = async (...args: string[]) => {
    const { exit, out, err } = await prasasti(...args);
    expect(exit, `${args.join(" ")}\n${out}${err}`).to.equal(0);
    return out;
  };
  const office = ["officer", "--agency", "ID-PRS-DPUPR", "--post", "POS-BARU"];

  it("enrol with a key that lies elsewhere, grant, delegate, hand over with a second signature, and tell of all of it", async () => {
    const act = join(home, "act.json");
    await done("key", "new", "baru", "--holder", "H-BARU", "--plain");
    const { address } = JSON.parse(await done("key", "show", "baru", "--json"));
    const enrol = ["--holder", "H-BARU", "--address", address, "--as", "sandbox:pendaftar", "--out", act];
    expect(await done("holder", "enrol", ...enrol)).to.contain(`waits for the new key ${address}`);
    expect((await prasasti("act", "send", act)).exit, "not before the new key agrees").to.equal(1);
    await done("act", "sign", act, "--as", "baru");
    await done("act", "send", act);
    expect((await prasasti("act", "send", act)).err, "once").to.contain("AuthorityStaleAct");
    expect(JSON.parse(await done("holder", "list", "--json")).length).to.be.greaterThan(30);

    const told = await done("office", "grant", "H-BARU", ...office, "--letter", "SK 1/2026", "--as", "sandbox:sekda");
    for (const word of ["Grant an office", "H-BARU", "ID-PRS-DPUPR", "POS-BARU", "SK 1/2026"])
      expect(told).to.contain(word);
    const until = ["--until", "2099-12-31", "--as", "baru"];
    await done("office", "delegate", "H-PRS-PPK2-PU", ...office, ...until, "--lang", "id");
    await done("office", "suspend", "H-BARU", ...office, "--as", "sandbox:sekda");
    await done("office", "resume", "H-BARU", ...office, "--as", "sandbox:sekda");
    expect(await done("office", "show", "H-PRS-PPK2-PU", ...office)).to.contain("suspended, of the principal");

    const mutasi = ["H-BARU", "H-PRS-PPK3-PU", "--agency", "ID-PRS-DPUPR", "--as", "sandbox:sekda"];
    const missing = await prasasti("office", "hand-over", ...mutasi);
    expect([missing.exit, missing.err]).to.satisfy(
      ([exit, err]: [number, string]) => exit === 1 && /overseer/.test(err),
    );
    await done("office", "hand-over", ...mutasi, "--out", act);
    const wrong = await prasasti("act", "sign", act, "--as", "sandbox:bpk");
    expect([wrong.exit, wrong.err]).to.satisfy(
      ([exit, err]: [number, string]) => exit === 1 && /no overseer/.test(err),
    );
    const whole = await readFile(act, "utf8");
    await writeFile(act, whole.replace('\\"role\\":2', '\\"role\\":1'));
    expect((await prasasti("act", "show", act)).err, "changed on its way").to.contain("was changed");
    await writeFile(act, whole);
    expect(await done("act", "sign", act, "--as", "sandbox:inspektur")).to.contain("Hand over everything at once");
    await done("act", "send", act);
    const list = JSON.parse(await done("office", "list", "--agency", "ID-PRS-DPUPR", "--role", "officer", "--json"));
    const { post } = JSON.parse(await readFile(act, "utf8")).body.match(/"post":"(?<post>0x[0-9a-f]{64})"/).groups;
    const holders = list.filter((each: { post: string }) => each.post === post);
    expect(holders).to.have.length(1);
    expect(holders[0].granted.act).to.equal("handOver");
    expect((await prasasti("office", "hand-over", ...mutasi)).exit, "nothing left").to.equal(1);
  });
  it("give a key, replace a lost one, and veto it", async () => {
    for (const name of ["satu", "dua", "tiga"]) await done("key", "new", name, "--holder", "H-KUNCI", "--plain");
    const addresses = await Promise.all(
      ["satu", "dua", "tiga"].map(async (name) => JSON.parse(await done("key", "show", name, "--json")).address),
    );
    await done("holder", "enrol", "--new-key", "satu", "--as", "sandbox:pendaftar");
    await done("holder", "add-key", "--new-key", "dua", "--as", "satu");
    const replaced = ["--old", addresses[0], "--new-key", "tiga", "--as", "sandbox:pendaftar"];
    await done("holder", "replace-key", ...replaced, "--second-key", "sandbox:inspektur");
    await done("holder", "revoke-key", "H-KUNCI", addresses[2], "--as", "sandbox:pendaftar");
    const { holder } = JSON.parse(await done("holder", "show", "H-KUNCI", "--json"));
    const revoked = addresses.map(
      (each) => holder.keys.find((key: { address: string }) => key.address === each).revoked,
    );
    expect(revoked).to.deep.equal([true, false, true]);
  });
  it("register an agency and its stem; wrong words are refused before anything is signed", async () => {
    await done(
      "agency",
      "register",
      "ID-BARU",
      "--name",
      "Dinas Baru",
      "--parent",
      "ID-PRS-TIRTARAYA",
      "--as",
      "sandbox:pendaftar",
    );
    await done("agency", "add-stem", "ID-BARU", "ocds-213czf-baru", "--as", "sandbox:pendaftar");
    expect(await done("agency", "list"))
      .to.contain("Dinas Baru")
      .and.to.contain("ocds-213czf-baru");
    const grant = ["office", "grant", "H-PRS-POKJA"];
    for (const wrong of [
      ["raja", "--agency", "ID-BARU"],
      ["officer"],
      ["officer", "--agency", "ID-BARU", "--until", "besok"],
      ["officer", "--agency", "ID-BARU", "--expires-days", "99"],
    ])
      expect((await prasasti(...grant, ...wrong, "--as", "sandbox:sekda")).exit, wrong.join(" ")).to.equal(2);
    const none = await prasasti(...grant, "auditor", "--agency", "ID-BARU", "--as", "sandbox:bpk");
    expect([none.exit, none.err]).to.satisfy(
      ([exit, err]: [number, string]) => exit === 1 && /AuthorityNoOffice/.test(err),
    );
  });
});
