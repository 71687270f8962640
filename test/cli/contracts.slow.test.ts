import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { BANK_FILE, certifiedContract, RequestsHere } from "../gateway/requests-world.ts";
import { now, type Running, startGateway } from "../gateway/world.ts";
import { prasasti as run } from "../operations/prasasti.ts";

/** Cards, certificates and payment requests as people call them, and rules shown before a key signs. */

describe("contracts on the command line", function () {
  this.timeout(120_000);
  let running: Running;
  let here: RequestsHere | undefined;
  let url: string;
  let home: string;
  let ocid: string;
  before(async () => {
    running = await startGateway(undefined, { integrations: () => here?.integrations, listensOn: () => url });
    here = await RequestsHere.open(running);
    url = await running.app.listen({ host: "127.0.0.1", port: 0 });
    home = await mkdtemp(join(tmpdir(), "prasasti-cli-"));
    ocid = await certifiedContract(running);
  });
  after(async () => {
    await here?.close();
    await running.remove();
    await rm(home, { recursive: true });
  });
  const prasasti = (...args: string[]) => run(args, { PRASASTI_URL: url, PRASASTI_HOME: home });
  const file = async (name: string, text: string) => {
    await writeFile(join(home, name), text);
    return join(home, name);
  };
  const today = () => new Date((now() + 7 * 3600) * 1000).toISOString().slice(0, 10);

  it("show a card in words, print it, list it, and know no contract that is not there", async () => {
    const card = await prasasti("contract", "card", ocid, "K-1", "--lang", "id");
    expect(card.exit, card.err).to.equal(0);
    expect(card.out).to.contain("Rp 10.000.000").and.to.contain("membayar yang sudah disahkan");
    const page = join(home, "card.html");
    expect((await prasasti("contract", "card", ocid, "K-1", "--format", "html", "--out", page)).exit).to.equal(0);
    expect(await readFile(page, "utf8")).to.match(/^<!doctype html>/);
    expect((await prasasti("contract", "card", ocid, "K-1", "--format", "csv")).out).to.contain("Certificates");
    expect(JSON.parse((await prasasti("contract", "card", ocid, "K-1", "--json")).out)).to.include({ ocid });
    expect((await prasasti("contract", "card", ocid, "K-9")).exit).to.equal(1);
    expect((await prasasti("contract", "guarantees", "--agency", "ID-PRS-DPUPR")).out).to.contain("None.");
  });

  it("work out a certificate whose draft is submitted as it is, and stop one that goes beyond the work", async () => {
    await prasasti(
      ...[
        "submit",
        await file(
          "work.json",
          JSON.stringify({
            implementation: { ocid, contract: "K-1", code: "progress", amount: "30.000.000,00", on: today() },
          }),
        ),
      ],
      ...["--as", "sandbox:ppk-pu", "--yes"],
    );
    const draft = join(home, "bap.json");
    const made = await prasasti(
      "certificate",
      "calculate",
      ocid,
      "K-1",
      "--on",
      today(),
      "--number",
      "BAP-2",
      "--draft",
      draft,
    );
    expect(made.exit, made.err).to.equal(0);
    expect(made.out).to.contain("Rp 20.000.000").and.to.contain("net, to be paid");
    const beyond = JSON.parse(await readFile(draft, "utf8"));
    beyond.certificate.amount = "45000000.00";
    const stopped = await prasasti(
      "submit",
      await file("beyond.json", JSON.stringify(beyond)),
      "--as",
      "sandbox:ppk-pu",
      "--yes",
      "--lang",
      "id",
    );
    expect(stopped.exit).to.equal(1);
    expect(stopped.out).to.contain("menghentikan: Dengan ini Rp 55.000.000 disahkan; yang diterima Rp 30.000.000.");
    expect(stopped.out + stopped.err)
      .to.contain("certifiedAboveAccepted")
      .and.to.contain("Tidak ada yang ditandatangani");
    const recorded = await prasasti("submit", draft, "--as", "sandbox:ppk-pu", "--yes");
    expect(recorded.exit, recorded.out + recorded.err).to.equal(0);
    for (const bad of [
      ["--on", "30-02-2026"],
      ["--on", today(), "--amount", "1.5.5"],
    ])
      expect((await prasasti("certificate", "calculate", ocid, "K-1", ...bad)).exit).to.equal(2);
  });

  it("ask for payment by a file, and read the bank's answer", async () => {
    const as = ["--as", "sandbox:ppk-pu"];
    const prepared = await prasasti("requests", "prepare", ocid, ...as);
    expect(prepared.exit, prepared.err).to.equal(0);
    expect(prepared.out).to.contain("BAP-1").and.to.contain("BAP-2");
    const lines = BANK_FILE.map(({ party, bank, account }) => `${party};${bank};'${account};`);
    const accounts = await file("rekening.csv", `\ufeffparty;bank;account;holder\r\n${lines.join("\r\n")}\r\n`);
    const hand = ["requests", "hand-over", "--agency", "ID-PRS-DPUPR", "--accounts", accounts, "--execute-on", today()];
    const handed = await prasasti(...hand, ...as, "--lang", "id");
    expect(handed.exit, handed.err).to.equal(0);
    expect(handed.out).to.contain("2 permintaan, Rp 30.000.000");
    const [sent] = await here!.files();
    expect(sent).to.contain("<CtrlSum>30000000.00</CtrlSum>");
    const id = /<MsgId>([^<]+)</.exec(sent!)![1]!;
    const answer = `<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt><GrpHdr><MsgId>B</MsgId></GrpHdr><OrgnlGrpInfAndSts><OrgnlMsgId>${id}</OrgnlMsgId><GrpSts>ACCP</GrpSts></OrgnlGrpInfAndSts></CstmrPmtStsRpt></Document>`;
    const read = await prasasti(
      "requests",
      "acknowledge",
      await file("jawaban.xml", answer),
      "--agency",
      "ID-PRS-DPUPR",
      ...as,
    );
    expect(read.out, read.err).to.contain("2 request(s) changed");
    expect((await prasasti("requests", "list", "--agency", "ID-PRS-DPUPR", ...as)).out).to.contain("acknowledged");
    expect((await prasasti("requests", "list", "--agency", "ID-PRS-DPUPR", "--files", ...as)).out).to.contain(id);
    // nothing is left to go, and a broken bank file is told by its line
    expect((await prasasti(...hand, ...as)).out).to.contain("Nothing was handed over");
    const broken = await file("rusak.csv", "party,bank,account\nID-PRS-DPUPR,110,\n");
    const told = await prasasti(
      "requests",
      "hand-over",
      "--agency",
      "ID-PRS-DPUPR",
      "--accounts",
      broken,
      "--execute-on",
      today(),
      ...as,
    );
    expect(told.exit).to.equal(2);
    expect(told.err).to.contain("row 2");
  });
});
