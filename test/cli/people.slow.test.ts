import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { Gateway, prasasti as run, type Temporary, temporaryFolder } from "../operations/prasasti.ts";

describe("people at the command line", function () {
  this.timeout(60_000);
  let folder: Temporary;
  let gateway: Gateway;
  const data = () => join(folder.path, "data");
  before(async () => {
    folder = await temporaryFolder();
    gateway = await Gateway.start(data());
  });
  after(async () => {
    await gateway.stop();
    await folder[Symbol.asyncDispose]();
  });
  const settings = () => ({ PRASASTI_HOME: folder.path });
  const prasasti = (...args: string[]) => run(args, { ...settings(), PRASASTI_URL: gateway.url });

  it("the operator invites and locks at the gateway that has his data folder open, wherever it listens", async () => {
    const operator = (...args: string[]) => run([...args, "--data", data()], settings());
    const invited = await operator("accounts", "invite", "Sri Wahyuni", "--json");
    expect(invited.exit, invited.err).to.equal(0);
    const { account, link } = JSON.parse(invited.out);
    expect(link).to.match(new RegExp(`^${gateway.url}/invitation\\?token=`));
    expect((await operator("accounts", "state", account, "locked", "--reason", "uji")).out).to.contain("locked");
    expect((await operator("accounts", "list")).out).to.match(new RegExp(`${account} +person +locked`));
    const wrong = await operator("accounts", "invite", "Budi", "--nip", "12", "--lang", "id");
    expect([wrong.exit, wrong.err]).to.satisfy(
      ([exit, err]: [number, string]) => exit === 1 && err.includes("/nip: String tidak valid: harus sesuai pola"),
    );
    const nowhere = await run(["accounts", "list", "--data", join(folder.path, "none"), "--lang", "id"], settings());
    expect(nowhere.exit).to.equal(1);
    expect(nowhere.err).to.contain("Sebutkan folder data gateway dengan --data");
  });

  it("what waits is found, asked about, refused to who may not, approved once, and told again when repeated", async () => {
    const path = join(folder.path, "spk.json");
    const spk = {
      ...{ ocid: "ocds-213czf-dpupr-orang", agency: "ID-PRS-DPUPR", contract: "SPK-1", code: "spk" },
      ...{ value: "400.000.000", supplier: "ID-PRS-S-0001", on: new Date().toISOString() },
    };
    await writeFile(path, JSON.stringify({ contract: spk }));
    const sent = await prasasti("submit", path, "--as", "sandbox:ppk-pu", "--yes", "--json");
    expect(sent.exit, sent.err).to.equal(1);
    const id = JSON.parse(sent.out).id as string;
    const as = (who: string, ...args: string[]) => prasasti(...args, "--as", `sandbox:${who}`);
    expect((await as("pa-pu", "tasks", "--lang", "id")).out)
      .to.contain("SETUJUI")
      .and.to.contain(id);
    expect((await as("pa-kes", "tasks")).out).to.equal("Nothing waits for you.\n");
    const [own, stranger] = [await as("ppk-pu", "can", "approve", id), await as("pa-kes", "review", id)];
    expect([own.exit, stranger.exit]).to.deep.equal([1, 1]);
    expect(own.out).to.contain("(same-person)").and.to.contain("Who can:");
    expect(stranger.err).to.contain("none that your office could make or approve");
    expect((await as("pa-pu", "can", "approve", id)).exit).to.equal(0);
    expect((await as("ppk-pu", "approve", id, "--yes")).exit).to.equal(1);
    expect((await as("pa-pu", "ask", id, "Mengapa tidak lelang?")).exit).to.equal(0);
    expect((await as("ppk-pu", "tasks")).out).to.contain("“Mengapa tidak lelang?”");
    expect((await as("ppk-pu", "answer", id, "Lelang gagal dua kali.")).exit).to.equal(0);
    expect((await as("pa-pu", "approve", id)).exit, "nobody at a keyboard to say yes").to.equal(2);
    const approved = await as("pa-pu", "approve", id, "--yes");
    expect(approved.exit, approved.err + approved.out).to.equal(0);
    expect(approved.out).to.contain("recorded: contract ocds-213czf-dpupr-orang-1");
    const again = await as("pa-pu", "approve", id, "--yes");
    expect([again.exit, again.err]).to.deep.equal([0, ""]);
    expect(again.out).to.contain("recorded: contract ocds-213czf-dpupr-orang-1");
    const late = await as("pa-pu", "refuse", id, "--reason", "salah orang", "--lang", "id");
    expect([late.exit, late.err]).to.satisfy(
      ([exit, err]: [number, string]) => exit === 1 && err.includes("tidak menunggu tanda tangan kedua"),
    );
  });
});
