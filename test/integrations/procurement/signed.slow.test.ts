import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import type { ContractView, ProcessView } from "../../../server/domain/projection/process-view.ts";
import type { Proposal } from "../../../server/domain/proposals/proposal.ts";
import { Gateway, prasasti as run, type Temporary, temporaryFolder } from "../../operations/prasasti.ts";
import { aPackage, day, type PackageChoices, type Row, SATKER, SETS, type SetName } from "./feeds.ts";

// A gateway of its own, its thread of integrations, the command line, and the ledger that judges.

const SUPPLIER = "CV Sumber Batu Mandiri (contoh)";
const OTHER = "PT Tirta Karya Utama (contoh)";
const today = new Date().toISOString().slice(0, 10);
const YAML = `
apiVersion: prasasti/connectors/v1
agencies: [{ id: ID-PRS-DPUPR, codes: ["${SATKER}"], stem: ocds-213czf-dpupr }]
sources: { feeds: { engine: json, path: "in/*.json" } }
jobs:
${SETS.map((set) => `  - { id: ${set}, source: feeds, table: ${set}, sink: procurement, map: isb-nontender-${set} }`).join("\n")}
`;

describe("proposals signed on a ledger", function () {
  this.timeout(300_000);
  let folder: Temporary;
  let gateway: Gateway;
  const at = (name: string) => path.join(folder.path, name);
  const settings = () => ({ PRASASTI_CONNECTORS: at("connectors.yaml") });

  before(async () => {
    folder = await temporaryFolder();
    await mkdir(at("in"));
    await writeFile(at("connectors.yaml"), YAML);
    await feed(packages());
    gateway = await Gateway.start(at("data"), undefined, settings());
  });
  after(async () => {
    await gateway.stop();
    await folder[Symbol.asyncDispose]();
  });

  /** Long ago, of late, rounded up, in several certificates, and ended. */
  function packages(): PackageChoices[] {
    const of = (key: string, more: PackageChoices): PackageChoices => ({
      key,
      supplier: SUPPLIER,
      number: `602/${key}/SPK`,
      ...more,
    });
    return [
      of("70000001", {
        start: "2026-03-02",
        baps: [
          { number: "B/1", bast: "S/1", on: "2026-05-01", amount: "50000000" },
          { number: "B/2", bast: "S/2", on: "2026-06-01", amount: "100000000" },
        ],
      }),
      of("70000002", { start: day(today, -60), price: "149999999.60", value: "150000000" }),
      of("70000003", {
        start: "2026-02-02",
        status: "Kontrak Selesai",
        baps: [{ number: "B/9", bast: "S/9", on: "2026-04-01", amount: "150000000" }],
      }),
      of("70000004", { start: "2026-01-05", addenda: [{ version: "1", value: "160000000", on: "2026-03-20" }] }),
    ];
  }
  async function feed(choices: readonly PackageChoices[]): Promise<void> {
    const sets = Object.fromEntries(SETS.map((set) => [set, [] as Row[]])) as Record<SetName, Row[]>;
    for (const each of choices)
      for (const [set, rows] of Object.entries(aPackage(each))) sets[set as SetName].push(...rows);
    for (const [set, rows] of Object.entries(sets)) await writeFile(at(`in/${set}.json`), JSON.stringify(rows));
  }

  const prasasti = (...args: string[]) => run(args, { PRASASTI_URL: gateway.url, PRASASTI_HOME: folder.path });
  const PEOPLE = ["--as", "sandbox:pp-pu", "--as", "sandbox:ppk-pu"];
  /** Runs all connectors; what became of their rows together. */
  async function readAll(
    sets: readonly SetName[] = SETS,
  ): Promise<{ drafted: number; unchanged: number; read: number }> {
    const sum = { read: 0, drafted: 0, unchanged: 0 };
    for (const set of sets) {
      const { exit, out, err } = await run(["connect", "run", set, "--data", at("data"), "--json"], {
        PRASASTI_HOME: folder.path,
      });
      expect(exit, `${set} ${out} ${err}`).to.be.oneOf([0, 4]);
      const told = JSON.parse(out);
      expect(told.read, set).to.equal(told.drafted + told.unchanged + told.merged + told.setAside);
      for (const name of ["read", "drafted", "unchanged"] as const) sum[name] += told[name];
    }
    return sum;
  }
  async function open(): Promise<Proposal[]> {
    const { exit, out, err } = await prasasti("connect", "proposals", "--as", "sandbox:ppk-pu", "--json");
    expect(exit, err).to.equal(0);
    return JSON.parse(out).proposals;
  }
  const sign = (...more: string[]) =>
    prasasti("connect", "sign", ...PEOPLE, "--approve", "sandbox:pa-pu", "--yes", ...more);
  /** Signs until nothing is open; what the last list said. */
  async function signAll(): Promise<void> {
    for (let round = 0; (await open()).length > 0; round++) {
      expect(round, "proposals are left").to.be.lessThan(6);
      const { exit, out, err } = await sign();
      expect(exit, out + err).to.equal(0);
      // the gateway tells its integrations a moment later
      for (let waited = 0; waited < 50; waited++) {
        const { proposals } = JSON.parse(
          (await prasasti("connect", "proposals", "--as", "sandbox:ppk-pu", "--json")).out,
        );
        if (proposals.every(({ madeAt }: Proposal) => madeAt > 0)) break;
      }
    }
  }

  async function contractsOf(key: string): Promise<ProcessView["contracts"]> {
    const answer = await fetch(`${gateway.url}/api/v1/processes/ocds-213czf-dpupr-${key}`);
    return ((await answer.json()) as ProcessView).contracts;
  }
  const contract = async (key: string): Promise<ContractView> => (await contractsOf(key))[`${key}-1`]!;

  it("shows a list as its officer reads it, signs it in few bundles, and records it in order", async () => {
    expect((await readAll()).drafted).to.equal(4 * 5 + 1 + 3);
    const list = await prasasti("connect", "proposals", "--as", "sandbox:ppk-pu", "--lang", "id");
    expect(list.out).to.contain("Belum tercatat: kontrak, menurut sumber.").and.to.contain("Rp 150.000.000");
    const first = await sign("--lang", "id");
    expect(first.exit, first.out + first.err).to.equal(0);
    expect(first.out).to.contain("tercatat.");
    await signAll();
    expect(await contract("70000001")).to.include({
      status: "active",
      certified: "15000000000",
      accepted: "15000000000",
    });
    expect(await contract("70000002")).to.include({ value: "15000000000" });
    expect(await contract("70000003")).to.include({ status: "completed", certified: "15000000000" });
    expect(await contract("70000004")).to.include({ firstValue: "15000000000", value: "16000000000" });
  });

  it("finds nothing new when every feed is read once more", async () => {
    const { read, drafted, unchanged } = await readAll();
    expect([drafted, unchanged]).to.deep.equal([0, read]);
    expect(await open()).to.deep.equal([]);
  });

  it("makes an amendment of an addendum, and a correction of another value, which the ledger takes", async () => {
    const [first, second, third, fourth] = packages();
    await feed([
      { ...first!, addenda: [{ version: "1", value: "155000000", on: "2026-06-10" }] },
      second!,
      third!,
      { ...fourth!, addenda: [{ version: "1", value: "159000000", on: "2026-03-20" }] },
    ]);
    await readAll(["contract"]);
    const proposed = await open();
    expect(proposed.map(({ kind, ocid }) => `${kind} ${ocid.slice(-1)}`).sort()).to.deep.equal([
      "amendment 1",
      "correction 4",
    ]);
    await signAll();
    expect(await contract("70000004")).to.include({ firstValue: "15000000000", value: "15900000000" });
    expect(await contract("70000001")).to.include({ firstValue: "15000000000", value: "15500000000" });
    expect((await readAll()).drafted).to.equal(0);
    expect(await open()).to.deep.equal([]);
  });

  it("takes another winner in award and contract, and a second contract of a package", async () => {
    const one: PackageChoices = { key: "70000006", supplier: SUPPLIER, number: "602/6/SPK", start: "2026-05-04" };
    const baps = [{ number: "B/6", bast: "S/6", on: "2026-07-01", amount: "90000000" }];
    const second: PackageChoices = { ...one, supplier: OTHER, number: "602/6B/SPK", price: "90000000", baps };
    await feed([...packages(), one]);
    await readAll();
    await signAll();
    await feed([...packages(), { ...one, supplier: OTHER }, second]);
    await readAll();
    await signAll();
    const contracts = Object.values(await contractsOf("70000006"));
    expect(contracts.map(({ value, certified }) => [value, certified]).sort()).to.deep.equal([
      ["15000000000", "0"],
      ["9000000000", "9000000000"],
    ]);
    const [party, ...others] = new Set(contracts.map((each) => each.party));
    expect([typeof party, others]).to.deep.equal(["string", []]);
    expect((await readAll()).drafted).to.equal(0);
    expect(await open()).to.deep.equal([]);
  });

  it("declines with a reason, which stays with the proposal; to another agency it does not exist", async () => {
    await feed([...packages(), { key: "70000005", supplier: SUPPLIER, start: "2026-05-04" }]);
    await readAll(["announcement"]);
    const [planning] = await open();
    const declined = await prasasti(
      "connect",
      "decline",
      planning!.id,
      "--as",
      "sandbox:pp-pu",
      "--reason",
      "paket dibatalkan",
    );
    expect(declined.exit, declined.err).to.equal(0);
    const strange = await prasasti("connect", "decline", planning!.id, "--as", "sandbox:ppk-kes", "--reason", "coba");
    expect(strange.exit).to.equal(1);
    const others = await prasasti("connect", "proposals", "--as", "sandbox:ppk-kes", "--json");
    expect(JSON.parse(others.out)).to.deep.equal({ proposals: [], total: 0 });
  });
});

describe("a gateway that dies between rows and proposals", function () {
  this.timeout(300_000);
  for (const place of ["procurement-kept", "procurement-planned", "procurement-proposed"]) {
    it(`${place}: goes on, with the proposals that it would have made, each once`, async () => {
      await using folder = await temporaryFolder();
      const at = (name: string) => path.join(folder.path, name);
      await mkdir(at("in"));
      await writeFile(at("connectors.yaml"), YAML);
      const rows = aPackage({ supplier: SUPPLIER, key: "70000001" });
      for (const set of SETS) await writeFile(at(`in/${set}.json`), JSON.stringify(rows[set]));
      const settings = { PRASASTI_CONNECTORS: at("connectors.yaml") };
      const dying = await Gateway.start(at("data"), place, settings);
      await run(["connect", "run", "contract", "--data", at("data"), "--no-wait"], { PRASASTI_HOME: folder.path });
      expect(await dying.ended).to.equal("SIGKILL");
      const gateway = await Gateway.start(at("data"), undefined, settings);
      try {
        const env = { PRASASTI_URL: gateway.url, PRASASTI_HOME: folder.path };
        for (const set of ["contract", "sppbj"] as const) {
          // the run that was cut off goes on by itself
          let ended = await run(["connect", "run", set, "--data", at("data")], env);
          for (let tries = 0; ended.err.includes("connector-busy") && tries < 20; tries++)
            ended = await run(["connect", "run", set, "--data", at("data")], env);
          expect(ended.exit, ended.err).to.be.oneOf([0, 4]);
        }
        const { out } = await run(["connect", "proposals", "--as", "sandbox:ppk-pu", "--json"], env);
        const { proposals } = JSON.parse(out) as { proposals: Proposal[] };
        expect(proposals.map(({ drafts }) => drafts[0]!.kind)).to.deep.equal(["tender", "award", "contract", "status"]);
      } finally {
        await gateway.stop();
      }
    });
  }
});
