import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { isSealed, sealedIn } from "../../server/domain/sealing/seal.ts";
import { type Running, signedIn, startGateway } from "../gateway/world.ts";
import { prasasti as run } from "../operations/prasasti.ts";

const NIK = "3273121701850024";
const ACCOUNT = "0012345678901";

describe("prasasti submit with what concerns a person", function () {
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

  const submit = (file: string, as: string, ...more: string[]) =>
    run(["submit", file, "--as", as, "--yes", ...more], { PRASASTI_URL: url, PRASASTI_HOME: home });
  async function file(name: string, content: object): Promise<string> {
    const path = join(home, name);
    await writeFile(path, JSON.stringify(content));
    return path;
  }
  const entries = () => running.services.register().entries;
  const spk = (number: number, details: object, more = {}) => ({
    contract: {
      ocid: `ocds-213czf-dinkes-segel-${number}`,
      agency: "ID-PRS-DINKES",
      contract: `SPK-${number}`,
      code: "spk",
      value: "150.000.000",
      supplier: "ID-PRS-S-0003",
      post: "POST-DINKES-PPK-1",
      on: "2026-11-20",
      details,
      ...more,
    },
  });
  const opened = async (ocid: string) => {
    const token = await signedIn(running, "bpk", "H-PRS-BPK");
    const response = await running.app.inject({
      method: "POST",
      url: `/api/v1/records/${ocid}/disclosures`,
      headers: { authorization: `Bearer ${token}` },
      payload: { purpose: "pemeriksaan uji" },
    });
    return response.json().disclosures as { state: string; value: string; subject: string; path: string[] }[];
  };
  const recordOf = async (ocid: string) =>
    (await running.app.inject({ url: `/api/v1/records/${ocid}` })).json().records[0];

  it("seals the fields of the table, tells which, and brings what opens them to the vault", async () => {
    const path = await file("one.json", spk(1, { title: "Obat", bankAccount: { number: ACCOUNT, holder: "Tono" } }));
    const { exit, out, err } = await submit(path, "sandbox:ppk-kes");
    expect(exit, err).to.equal(0);
    expect(out).to.contain("Sealed, not public:").and.to.contain("contracts/SPK-1/bankAccount/number (a bank account)");
    expect(out + err).to.not.contain(ACCOUNT);
    const { compiledRelease } = await recordOf("ocds-213czf-dinkes-segel-1");
    expect(isSealed(compiledRelease.contracts[0].bankAccount.number)).to.equal(true);
    const found = await opened("ocds-213czf-dinkes-segel-1");
    expect(found.map(({ value, subject }) => [value, subject])).to.have.deep.members([
      [ACCOUNT, "ID-PRS-S-0003"],
      ["Tono", "ID-PRS-S-0003"],
    ]);
  });

  it("sent again, from another machine too, is the same command: nothing doubles", async () => {
    const form = spk(2, { bankAccount: { number: ACCOUNT } });
    const first = await submit(await file("two.json", form), "sandbox:ppk-kes", "--json");
    expect(first.exit, first.err).to.equal(0);
    const count = entries();
    const elsewhere = await mkdtemp(join(tmpdir(), "prasasti-cli-"));
    const again = await run(["submit", join(home, "two.json"), "--as", "sandbox:ppk-kes", "--yes", "--json"], {
      PRASASTI_URL: url,
      PRASASTI_HOME: elsewhere,
    });
    await rm(elsewhere, { recursive: true });
    expect(again.exit, again.err).to.equal(0);
    expect(JSON.parse(again.out).recorded.leaf).to.equal(JSON.parse(first.out).recorded.leaf);
    expect(entries()).to.equal(count);
  });

  it("waits for its second signature as the very entry that was sealed", async () => {
    const form = spk(3, { bankAccount: { number: ACCOUNT } }, { value: "250.000.000" });
    const path = await file("three.json", form);
    const first = await submit(path, "sandbox:ppk-kes", "--json");
    expect(JSON.parse(first.out).state, first.err).to.equal("awaitingApproval");
    const count = entries();
    const second = await submit(path, "sandbox:ppk-kes", "--approve", "sandbox:pa-kes", "--json");
    expect([JSON.parse(second.out).id, JSON.parse(second.out).state], second.err).to.deep.equal([
      JSON.parse(first.out).id,
      "final",
    ]);
    expect(entries()).to.equal(count + 1);
    expect((await opened("ocds-213czf-dinkes-segel-3")).map(({ value }) => value)).to.deep.equal([ACCOUNT]);
  });

  it("knows from the lines before it whose the account of an amendment is; the file sent again doubles nothing", async () => {
    const ocid = "ocds-213czf-dinkes-segel-4";
    const { post: _, agency, ...contract } = spk(4, { bankAccount: { number: ACCOUNT } }).contract;
    const terms = {
      ocid,
      contract: "SPK-4",
      code: ["administrative"],
      value: "150.000.000",
      scopeValue: "150.000.000",
    };
    const amendment = (number: string, on: string) => ({ ...terms, on, details: { bankAccount: { number } } });
    const lines = [
      { planning: { ocid, agency, value: "150.000.000" } },
      { contract },
      { amendment: amendment("0099999999999", "2026-11-21") },
      { amendment: amendment(ACCOUNT, "2026-11-22") },
    ];
    const path = await file("four.json", lines);
    const people = ["sandbox:ppk-kes", "--as", "sandbox:pokja", "--approve", "sandbox:pa-kes"] as const;
    const first = await submit(path, ...people);
    expect(first.exit, first.err).to.equal(0);
    expect((await opened(ocid)).map(({ value, subject }) => [value, subject])).to.deep.include.members([
      [ACCOUNT, "ID-PRS-S-0003"],
      ["0099999999999", "ID-PRS-S-0003"],
    ]);
    const count = entries();
    const again = await submit(path, ...people);
    expect([again.exit, entries()], again.err).to.deep.equal([0, count]);
  });

  it("records nothing where an erased value cannot be compared, unless it is said to be another", async () => {
    const path = await file("erased.json", spk(6, { bankAccount: { number: ACCOUNT } }, { supplier: "ID-PRS-S-0002" }));
    expect((await submit(path, "sandbox:ppk-kes")).exit).to.equal(0);
    const ask = async (key: string, holder: string, url: string, payload: object) => {
      const authorization = `Bearer ${await signedIn(running, key, holder)}`;
      const answer = await running.app.inject({ method: "POST", url, headers: { authorization }, payload });
      expect(answer.statusCode, answer.body).to.be.lessThan(300);
      return answer.json();
    };
    const erasure = { subject: "ID-PRS-S-0002", kind: "erasure", reason: "surat permohonan uji" };
    const { id } = await ask("pendaftar", "H-PRS-PENDAFTAR", "/api/v1/subject-requests", erasure);
    const decision = { decision: "grant", reason: "masa simpan berakhir" };
    await ask("sekda", "H-PRS-SEKDA", `/api/v1/subject-requests/${id}/decision`, decision);
    const count = entries();
    const again = await submit(path, "sandbox:ppk-kes");
    expect(again.exit, again.err + again.out).to.equal(1);
    expect(again.err).to.contain("--anew").and.to.not.contain(ACCOUNT);
    expect(entries()).to.equal(count);
  });

  it("seals releases before they are split; sent again, or by a colleague, they record nothing", async () => {
    const buyer = { id: "ID-PRS-DPUPR", name: "Dinas PUPR" };
    const release = {
      ocid: "ocds-213czf-dpupr-segel-9",
      id: "r-1",
      date: "2026-11-20T00:00:00Z",
      tag: ["tender"],
      initiationType: "tender",
      language: "id",
      buyer,
      parties: [
        { ...buyer, roles: ["buyer"], contactPoint: { email: "dpupr@tirtaraya.example" } },
        {
          id: "X-7",
          name: "Tono Samaran",
          roles: ["tenderer"],
          identifier: { scheme: "ID-NIK", id: NIK },
          contactPoint: { telephone: "0812 3456 7890" },
        },
      ],
      tender: { id: "T-1", title: "Jembatan", tenderers: [{ id: "X-7", name: "Tono Samaran" }] },
    };
    const path = await file("release.json", release);
    const { exit, out, err } = await submit(path, "sandbox:pokja");
    expect(exit, err).to.equal(0);
    expect(out).to.contain("parties/X-7/identifier/id (an identity number)");
    const record = await recordOf(release.ocid);
    expect(sealedIn(record.compiledRelease)).to.have.length(2);
    expect(JSON.stringify(record)).to.contain("dpupr@tirtaraya.example").and.not.to.contain(NIK);
    expect((await opened(release.ocid)).map(({ value, subject }) => [value, subject])).to.have.deep.members([
      [NIK, "X-7"],
      ["0812 3456 7890", "X-7"],
    ]);
    const count = entries();
    for (const as of ["sandbox:pokja", "sandbox:ppk-pu"]) {
      const again = await submit(path, as);
      expect(again.out, again.err).to.contain("Nothing new");
    }
    expect(entries()).to.equal(count);
  });

  it("refuses before signing a text that holds such data, names the place and not the value", async () => {
    const count = entries();
    for (const [details, pointer] of [
      [{ title: `Honor Tono NIK ${NIK}` }, "/contracts/0/title"],
      [{ description: `rekening BRI ${ACCOUNT}` }, "/contracts/0/description"],
    ] as const) {
      const { exit, err, out } = await submit(await file("text.json", spk(5, details)), "sandbox:ppk-kes");
      expect(exit).to.equal(1);
      expect(err).to.contain(pointer);
      for (const secret of [NIK, ACCOUNT]) expect(out + err).to.not.contain(secret);
    }
    expect(entries()).to.equal(count);
  });
});
