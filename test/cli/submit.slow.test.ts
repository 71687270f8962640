import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { atSecond, now, type Running, startGateway, until } from "../gateway/world.ts";
import { prasasti as run } from "../operations/prasasti.ts";

describe("the command line against a running gateway", function () {
  this.timeout(60_000);
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

  const settings = () => ({ PRASASTI_URL: url, PRASASTI_HOME: home, PRASASTI_PASSPHRASE: "satu dua tiga empat" });
  const prasasti = (...args: string[]) => run(args, settings());

  async function file(name: string, ...forms: object[]): Promise<string> {
    const path = join(home, name);
    await writeFile(path, forms.map((form) => JSON.stringify(form)).join("\n"));
    return path;
  }

  const entries = () => running.services.register().entries;
  const spk = (number: number, more = {}) => ({
    contract: {
      ocid: `ocds-213czf-dinkes-cli-${number}`,
      agency: "ID-PRS-DINKES",
      contract: `SPK-${number}`,
      code: "spk",
      value: "150.000.000,25",
      supplier: "ID-PRS-S-0003",
      post: "POST-DINKES-PPK-1",
      on: new Date().toISOString(),
      details: { title: "Alat kesehatan" },
      ...more,
    },
  });

  it("records a contract, says so in words, and prints the first answer when it is repeated", async () => {
    const path = await file("one.json", spk(1));
    const first = await prasasti("submit", path, "--as", "sandbox:ppk-kes", "--yes");
    expect(first.exit, first.err).to.equal(0);
    expect(first.out).to.contain("Rp 150.000.000,25").and.to.contain("ocds-213czf-dinkes-cli-1-1");
    const count = entries();
    const again = await prasasti("submit", path, "--as", "sandbox:ppk-kes", "--yes", "--json");
    expect(again.exit).to.equal(0);
    expect(first.out).to.contain(JSON.parse(again.out).recorded.leaf);
    expect(entries()).to.equal(count);
  });

  it("ends without a word where nobody reads on; what was to be recorded is recorded all the same", async () => {
    const path = await file("unread.json", spk(11), spk(12), spk(13));
    const count = entries();
    const submit = ["submit", path, "--as", "sandbox:ppk-kes", "--yes"];
    for (const args of [
      submit,
      ["history", "ocds-213czf-dinkes-cli-11"],
      ["doctor"],
      ["--help"],
      ["ocds", "check", path],
    ]) {
      const { exit, err } = await run(args, settings(), { unread: true });
      expect(err, args[0]).not.to.contain("EPIPE");
      if (args[0] !== "ocds" && args[0] !== "doctor") expect(exit, `${args[0]} ${err}`).to.equal(0);
    }
    expect(entries()).to.equal(count + 3);
  });

  const release = (more: object = {}) => ({
    ocid: "ocds-213czf-dpupr-cli-9",
    id: "rilis-1",
    date: "2026-10-01T00:00:00Z",
    tag: ["tender", "award", "contract"],
    initiationType: "tender",
    language: "id",
    parties: [
      { id: "ID-PRS-DPUPR", name: "Dinas PUPR", roles: ["buyer"] },
      { id: "ID-PRS-S-0001", name: "PT Bangun", roles: ["supplier"] },
      { id: "PESERTA-2", name: "CV Lain", roles: ["tenderer"] },
    ],
    buyer: { id: "ID-PRS-DPUPR", name: "Dinas PUPR" },
    tender: { id: "T-9", title: "Jembatan Kali Asri", tenderers: [{ id: "PESERTA-2", name: "CV Lain" }] },
    awards: [
      {
        id: "A-9",
        value: { amount: 982451653000000, currency: "IDR" },
        suppliers: [{ id: "ID-PRS-S-0001", name: "PT Bangun" }],
      },
    ],
    contracts: [
      {
        id: "K-9",
        awardID: "A-9",
        status: "active",
        value: { amount: 982451653000000, currency: "IDR" },
        implementation: {
          transactions: [{ id: "SP2D-9", date: "2026-09-30T00:00:00Z", value: { amount: 0.01, currency: "IDR" } }],
        },
      },
    ],
    ...more,
  });
  const people = ["sandbox:pokja", "sandbox:ppk-pu", "sandbox:bud"].flatMap((key) => ["--as", key]);
  const signed = [...people, "--approve", "sandbox:pa-pu", "--yes"];

  it("splits a release into entries that each office signs, reads back every sen, and finds nothing new in it again", async () => {
    const path = await file("release.json", release());
    const first = await prasasti("submit", path, ...signed);
    expect([first.exit, first.err], first.out).to.deep.equal([0, ""]);
    const { out } = await prasasti("record", "ocds-213czf-dpupr-cli-9");
    const { compiledRelease } = JSON.parse(out).records[0];
    expect(compiledRelease.contracts[0].value).to.deep.equal({ amount: 982451653000000, currency: "IDR" });
    expect(compiledRelease.contracts[0].implementation.transactions[0].value.amount).to.equal(0.01);
    expect(compiledRelease.parties.find(({ id }: { id: string }) => id === "PESERTA-2").roles).to.deep.equal([
      "tenderer",
    ]);
    const count = entries();
    const again = await prasasti("submit", path, ...signed, "--lang", "id");
    expect([again.exit, entries()]).to.deep.equal([0, count]);
    expect(again.out).to.contain("Tidak ada yang baru");
  });

  it("lets each of several people sign what his office may, in any order, and names his own post in a contract", async () => {
    const path = await file("swapped.json", release({ ocid: "ocds-213czf-dpupr-cli-12" }));
    const swapped = ["sandbox:bud", "sandbox:ppk-pu", "sandbox:pokja"].flatMap((key) => ["--as", key]);
    const { exit, err } = await prasasti("submit", path, ...swapped, "--approve", "sandbox:pa-pu", "--yes");
    expect([exit, err]).to.deep.equal([0, ""]);
    const { post: _, ...form } = spk(913).contract;
    const without = await file("post.json", { contract: form });
    const own = await prasasti("submit", without, "--as", "sandbox:ppk-kes", "--yes");
    expect([own.exit, own.err], own.out).to.deep.equal([0, ""]);
  });

  it("refuses a line that is not UTF-8, and a step of a contract that is not there, by name", async () => {
    const path = join(home, "latin1.jsonl");
    const line = (title: string) => `${JSON.stringify(spk(914, { details: { title } }))}\n`;
    await writeFile(path, Buffer.concat([Buffer.from(line("a")), Buffer.from(line("caf\u00e9"), "latin1")]));
    const latin = await prasasti("submit", path, "--as", "sandbox:ppk-kes", "--yes");
    expect([latin.exit, latin.out]).to.deep.equal([1, ""]);
    expect(latin.err).to.contain("2: ").and.to.contain("UTF-8");
    const of = { ocid: "ocds-213czf-dinkes-cli-nowhere", agency: "ID-PRS-DINKES", contract: "K", on: "2026-10-31" };
    const early = await file("early.json", { implementation: { ...of, code: "spmk" } });
    const { exit, err } = await prasasti("submit", early, "--as", "sandbox:ppk-kes", "--yes");
    expect(exit).to.equal(1);
    expect(err).to.contain("There is no contract K");
    const empty = await prasasti("submit", await file("empty.json", []), "--as", "sandbox:ppk-kes", "--yes");
    expect([empty.exit, empty.err]).to.deep.equal([
      1,
      `${join(home, "empty.json")} holds nothing to record: no release, no short form.\n`,
    ]);
    const foreign = await file("foreign.json", spk(15, { agency: "ID-NOWHERE" }));
    const unknown = await prasasti("submit", foreign, "--as", "sandbox:ppk-kes", "--yes");
    expect(unknown.exit).to.equal(1);
    expect(unknown.err).to.contain("is not registered here");
  });

  it("refuses a faulty release with place, rule and remedy, and records its neighbours only when told to", async () => {
    const broken = release({ ocid: "ocds-213czf-dpupr-cli-10", buyer: { id: "ID-NOBODY", name: "?" } });
    const good = release({ ocid: "ocds-213czf-dpupr-cli-11" });
    const path = await file("package.json", {
      uri: "https://example.org/p.json",
      version: "1.1",
      releases: [broken, good],
    });
    const count = entries();
    const all = await prasasti("submit", path, ...signed);
    expect([all.exit, entries()]).to.deep.equal([1, count]);
    expect(all.err).to.contain("/releases/0").and.to.contain("/buyer/id").and.to.contain("reference-unresolved");
    const some = await prasasti("submit", path, ...signed, "--partial");
    expect(some.exit).to.equal(1);
    expect(entries()).to.be.greaterThan(count);
    expect((await prasasti("record", "ocds-213czf-dpupr-cli-10")).exit).to.equal(1);
    expect((await prasasti("record", "ocds-213czf-dpupr-cli-11")).exit).to.equal(0);
  });

  it("sends the steps of a contract's life in order, each on the one before", async () => {
    const of = { ocid: "ocds-213czf-dinkes-cli-2", contract: "SPK-2", on: new Date().toISOString() };
    const life = [
      spk(2),
      { implementation: { ...of, code: "spmk" } },
      { implementation: { ...of, code: "progress", amount: "100000000" } },
      { certificate: { ...of, amount: "100.000.000", number: "BAP-1" } },
      { status: { ...of, code: "completed" } },
    ];
    const { exit, err } = await prasasti(
      "submit",
      await file("life.jsonl", ...life),
      "--as",
      "sandbox:ppk-kes",
      "--yes",
    );
    expect(exit, err).to.equal(0);
    const paid = { payment: { ...of, amount: "100.000.000", number: "SP2D-1", issuer: "ID-PRS-TIRTARAYA" } };
    expect((await prasasti("submit", await file("pay.json", paid), "--as", "sandbox:bud", "--yes")).exit).to.equal(0);
    const status = await prasasti("status", "ocds-213czf-dinkes-cli-2", "--lang", "id");
    expect(status.out).to.contain("selesai").and.to.contain("Rp 100.000.000");
    const history = await prasasti("history", "ocds-213czf-dinkes-cli-2", "--lang", "id");
    expect(history.out).to.contain("H-PRS-BUD (bendahara/BUD)").and.to.contain("berita acara pembayaran");
    const record = await prasasti("record", "ocds-213czf-dinkes-cli-2");
    expect(JSON.parse(record.out).records[0].compiledRelease.contracts[0].status).to.equal("terminated");
  });

  it("corrects what was recorded wrongly, with the approver's signature", async () => {
    const wrong = spk(3, { value: "15.000.000" });
    await prasasti("submit", await file("wrong.json", wrong), "--as", "sandbox:ppk-kes", "--yes");
    const { agency: _, details: __, ...terms } = spk(3).contract;
    const path = await file("right.json", { correction: { ...terms, of: "contract", corrects: 1 } });
    const alone = await prasasti("submit", path, "--as", "sandbox:ppk-kes", "--yes");
    expect(alone.exit).to.equal(1);
    expect(alone.out).to.contain("second-needed");
    // the approver comes a second later at the earliest: a new entry would have another time in it
    await atSecond(now() + 1);
    const both = await prasasti("submit", path, "--as", "sandbox:ppk-kes", "--approve", "sandbox:pa-kes", "--yes");
    expect(both.exit, both.err + both.out).to.equal(0);
    const history = await prasasti("history", "ocds-213czf-dinkes-cli-3");
    expect(history.out).to.contain("value Rp 15.000.000 → Rp 150.000.000,25");
    expect(history.out).to.contain("corrected by no. 2").and.to.contain("is right");
    const ocid = "ocds-213czf-dinkes-cli-3";
    const { date } = JSON.parse((await prasasti("record", ocid)).out).records[0].releases[0];
    const recorded = JSON.parse((await prasasti("record", ocid, "--as-known", date)).out).records[0];
    expect(recorded.compiledRelease.contracts[0].value.amount).to.equal(15_000_000);
    const before = await prasasti("record", ocid, "--as-of", "2001-01-01");
    expect(before.exit, before.err).to.equal(1);
    expect(before.err).to.contain("There was nothing of it at that moment");
  });

  it("records every kind of entry by its short form, and tells them in words and in OCDS", async () => {
    const [ocid, contract] = ["ocds-213czf-dinkes-cli-30", "SPK-30"];
    const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
    const spmk = { ocid, contract, code: "spmk", on: inDays(0) };
    const guarantee = { ocid, contract, number: "JP-1", amount: "7.500.000", until: inDays(200), on: inDays(0) };
    const paid = { ocid, contract, amount: "60.000.000", number: "SP2D-30", issuer: "ID-PRS-TIRTARAYA", on: inDays(0) };
    const accepted = { ocid, contract, code: "progress", amount: "60.000.000", on: inDays(0) };
    const steps: [by: string, form: object, approver?: string][] = [
      ["ppk-kes", spk(30)],
      ["direktur-3", { countersignature: { ocid, contract } }],
      ["ppk-kes", { implementation: spmk }],
      ["ppk-kes", { guarantee: { ...guarantee, code: "performance.posted" } }],
      ["ppk-kes", { guarantee: { ...guarantee, code: "performance.reduced", amount: "5.000.000", entry: 4 } }],
      ["ppk-kes", { implementation: accepted }],
      ["inspektur", { hold: { ocid, contract, code: "held", on: inDays(0), remark: "Pemeriksaan fisik" } }],
      ["bud", { payment: paid }],
      ["inspektur", { hold: { ocid, contract, code: "lifted", on: inDays(0) } }],
      ["bud", { return: { ...paid, code: "paidBack", amount: "10.000.000", number: "STS-1", entry: 8 } }],
      ["bpk", { note: { ocid, entry: 8, remark: "Dibayar saat ditangguhkan" } }],
      ["ppk-kes", { implementation: { ocid, contract, code: "mc0", on: inDays(0) } }],
      ["ppk-kes", { withdrawal: { ocid, entry: 12, remark: "Salah\u001b[31mpaket" } }, "pa-kes"],
      ["bpk", { note: { ocid, remark: "Catatan keliru" } }],
      ["bpk", { withdrawal: { ocid, entry: 14, remark: "Bukan proses ini" } }, "pa-kes"],
      ["bud", { return: { ocid, contract, code: "voided", amount: "50.000.000", on: inDays(0), entry: 8 } }],
      ["bpk", { withdrawal: { ocid, entry: 11, remark: "Catatan untuk paket lain" } }, "pa-kes"],
    ];
    for (const [index, [by, form, approver]] of steps.entries()) {
      const approve = approver === undefined ? [] : ["--approve", `sandbox:${approver}`];
      const path = await file("kind.json", form);
      const { exit, out, err } = await prasasti("submit", path, "--as", `sandbox:${by}`, ...approve, "--yes");
      expect(exit, `${index + 1} ${JSON.stringify(form)} ${out}${err}`).to.equal(0);
    }
    const { out } = await prasasti("history", ocid, "--lang", "id");
    for (const words of ["tanda tangan penyedia", "jaminan pelaksanaan dikurangi", "inspektorat", "setor kembali"]) {
      expect(out).to.contain(words);
    }
    for (const remark of [
      "“Pemeriksaan fisik”",
      "“Dibayar saat ditangguhkan”",
      "“Salah [31mpaket”",
      "“Catatan keliru”",
      "“Bukan proses ini”",
    ])
      expect(out).to.contain(remark);
    const record = JSON.parse((await prasasti("record", ocid)).out).records[0].compiledRelease;
    const [told] = record.contracts;
    expect(told).to.deep.include({ status: "active", signedBySupplier: true });
    expect(told.holds).to.have.length(1);
    expect(told.holds[0]).to.deep.include({ id: "overseer", status: "lifted" });
    expect(told.guarantees[0]).to.deep.include({ status: "reduced", value: { amount: 5_000_000, currency: "IDR" } });
    const sums = told.implementation.transactions.map(({ value }: { value: { amount: number } }) => value.amount);
    expect(sums).to.deep.equal([60_000_000, -10_000_000, -50_000_000]);
    expect(record.remarks.map(({ text }: { text: string }) => text)).to.include.members(["Salah\u001b[31mpaket"]);
    expect(record.withdrawals[0].id).to.equal(`${ocid}-12`);
    const remarked = record.remarks.find(({ id }: { id: string }) => id === `${ocid}-11`);
    expect(remarked, "a note that was taken back says so").to.deep.include({ withdrawn: true });
    const checked = await prasasti(
      "ocds",
      "check",
      await file("record.json", JSON.parse((await prasasti("record", ocid)).out)),
    );
    expect(checked.exit, checked.out + checked.err).to.equal(0);
  });

  it("signs once for many with --bundle, approvals too, and anew only for what builds on them", async () => {
    // by itself, so that there is a checkpoint to have seen
    const begun = await prasasti("submit", await file("begun.json", spk(299)), "--as", "sandbox:ppk-kes", "--yes");
    expect(begun.exit, begun.out + begun.err).to.equal(0);
    const large = { value: "250.000.000" };
    const contracts = Array.from({ length: 12 }, (_, i) => spk(300 + i, large));
    const spmk = ({ contract: { ocid, contract, on } }: ReturnType<typeof spk>) => ({
      implementation: { ocid, contract, code: "spmk", on },
    });
    const path = await file("bundle.json", ...contracts, ...contracts.slice(0, 3).map(spmk));
    const before = entries();
    const signers = ["--as", "sandbox:ppk-kes", "--approve", "sandbox:pa-kes"];
    const { exit, out, err } = await prasasti("submit", path, ...signers, "--bundle", "--yes");
    expect(exit, out + err).to.equal(0);
    // the approver signs for each entry too, in a bundle of his own
    expect(out).to.contain("12 entries signed in 2 bundle(s).").and.to.contain("3 entries signed in 2 bundle(s).");
    expect(out).to.contain("15 of 15 recorded.");
    const again = await prasasti("submit", path, ...signers, "--bundle", "--yes");
    expect(again.exit, again.out + again.err).to.equal(0);
    expect(entries()).to.equal(before + 15);

    const { ocid, contract } = contracts[0]!.contract;
    const payments = Array.from({ length: 5 }, (_, i) => ({
      payment: {
        ...{ ocid, contract, amount: "1.000.000", number: `SP2D-B-${i}`, issuer: "ID-PRS-TIRTARAYA" },
        on: new Date().toISOString(),
      },
    }));
    const paid = await prasasti(
      ...["submit", await file("paid.json", ...payments), "--as", "sandbox:bud", "--bundle", "--yes", "--lang", "id"],
    );
    expect(paid.exit, paid.out + paid.err).to.equal(0);
    expect(paid.out).to.contain("5 entri ditandatangani dalam 1 paket.");
  });

  it("with --bundle begins a register whose first entry is one of several", async () => {
    const empty = await startGateway();
    try {
      const at = { ...settings(), PRASASTI_URL: await empty.app.listen({ host: "127.0.0.1", port: 0 }) };
      const path = await file("empty.json", spk(401), spk(402), spk(403));
      const { exit, out, err } = await run(["submit", path, "--as", "sandbox:ppk-kes", "--bundle", "--yes"], at);
      expect(exit, out + err).to.equal(0);
      expect(out).to.contain("3 entries signed in 1 bundle(s).");
    } finally {
      await empty.remove();
    }
  });

  it("explains a refusal in the language asked for, records nothing, and exits 1", async () => {
    const count = entries();
    const path = await file("dear.json", spk(4, { value: "250.000.000" }));
    const { exit, out } = await prasasti("submit", path, "--as", "sandbox:bud", "--yes", "--lang", "id");
    expect(exit).to.equal(1);
    expect(out).to.contain("ditolak").and.to.contain("no-office").and.to.contain("→");
    expect(entries()).to.equal(count);
  });

  it("shows a refusal before the key signs, with its values in words", async () => {
    const count = entries();
    const started = await prasasti(
      "submit",
      await file("spk-early.json", spk(900)),
      "--as",
      "sandbox:ppk-kes",
      "--yes",
    );
    expect(started.exit, started.err).to.equal(0);
    const { ocid, contract } = spk(900).contract;
    const on = new Date().toISOString();
    const path = await file("early.json", { certificate: { ocid, contract, amount: "5", number: "BAP-1", on } });
    const { exit, out } = await prasasti("submit", path, "--as", "sandbox:ppk-kes", "--yes", "--lang", "id");
    expect(exit).to.equal(1);
    expect(out).to.contain("invalid-transition").and.to.contain("keadaan: belum berjalan");
    expect(out).to.contain("Tidak ada yang ditandatangani.");
    expect(entries()).to.equal(count + 1);
  });

  it("goes on after being killed, doubling nothing, whatever the order of the lines", async () => {
    const many = Array.from({ length: 300 }, (_, index) => spk(1000 + index));
    const path = await file("many.jsonl", ...many);
    const count = entries();
    const stop = new AbortController();
    const killed = run(["submit", path, "--as", "sandbox:ppk-kes", "--yes"], settings(), { kill: stop.signal });
    await until("twenty are recorded", () => entries() >= count + 20);
    stop.abort();
    expect((await killed).signal).to.equal("SIGKILL");
    await file("many.jsonl", ...many.reverse());
    const { exit, out, err } = await prasasti("submit", path, "--as", "sandbox:ppk-kes", "--yes");
    expect(exit, err).to.equal(0);
    expect(out).to.contain("300 of 300 recorded");
    expect(entries()).to.equal(count + 300);
  });

  it("names the place and the rule of what cannot be read, and sends nothing", async () => {
    const count = entries();
    const path = await file(
      "bad.jsonl",
      spk(5),
      spk(6, { value: "1.5" }),
      spk(7, { value: "1.50O" }),
      spk(8, { code: "spkk" }),
    );
    const { exit, err } = await prasasti("submit", path, "--as", "sandbox:ppk-kes", "--yes");
    expect(exit).to.equal(1);
    expect(err).to.contain("3 /contract/value").and.to.contain("4 /contract/code: must be one of receipt, spk");
    expect(entries()).to.equal(count);
  });

  it("exits 2 for wrong usage, and 75 where no gateway answers", async () => {
    expect((await prasasti("submit")).exit).to.equal(2);
    expect(
      (await prasasti("submit", join(home, "one.json"), "--as", "sandbox:ppk-kes")).exit,
      "no terminal, no --yes",
    ).to.equal(2);
    const gone = await prasasti("status", "ocds-213czf-dinkes-cli-1", "--url", "http://127.0.0.1:1", "--lang", "id");
    expect(gone.exit).to.equal(75);
    expect(gone.err).to.contain("tidak akan tercatat dua kali");
  });

  it("notices a register whose history is shorter than the one it showed before", async () => {
    const folder = join(home, "seen");
    const path = join(folder, `${running.services.deployment.salt.slice(2, 18)}.json`);
    const known = JSON.parse(await readFile(path, "utf8"));
    await writeFile(path, JSON.stringify({ ...known, size: known.size + 1_000_000 }));
    const { exit, err } = await prasasti("submit", join(home, "one.json"), "--as", "sandbox:ppk-kes", "--yes");
    expect(exit).to.equal(3);
    expect(err).to.contain("SHOWS ANOTHER HISTORY THAN BEFORE");
    await writeFile(path, JSON.stringify(known));
  });

  it("makes keys that only their owner can read, and opens them with the passphrase alone", async () => {
    const keys = ["--keys", join(home, "keys")];
    const made = await prasasti("key", "new", "saya", "--holder", "H-X", ...keys, "--json");
    expect(made.exit, made.err).to.equal(0);
    const { file: path, address } = JSON.parse(made.out);
    expect((await stat(path)).mode & 0o777).to.equal(0o600);
    expect(await readFile(path, "utf8")).not.to.contain("plain");
    expect((await prasasti("key", "new", "saya", "--holder", "H-X", ...keys)).exit, "never overwritten").to.equal(1);
    expect((await prasasti("key", "list", ...keys)).out).to.contain(address);
    // its holder is enrolled nowhere: it opens and signs, and the ledger refuses
    const fresh = await file("stranger.json", spk(901));
    const stranger = await prasasti("submit", fresh, "--as", "saya", ...keys, "--yes");
    expect(stranger.out).to.contain("unknown-holder");
  });
});
