import { expect } from "chai";
import { idOf } from "../../../server/domain/entries/entry.ts";
import type { Hex } from "../../../server/domain/entries/words.ts";
import type { Proposal } from "../../../server/domain/proposals/proposal.ts";
import type { ManualEntry, ManualState } from "../../../server/integrations/manual/manual-entries.ts";
import { openManual } from "../../../server/integrations/manual/manual-part.ts";
import type { PartNeeds } from "../../../server/integrations/part.ts";
import { parseConnectors } from "../../../server/integrations/settings.ts";
import { aPackage, SATKER, SETS, type SetName } from "../procurement/feeds.ts";
import { AGENCY, type FoldedBook, NOW, openWorld, POST, STEM, type World } from "../procurement/world.ts";

const OCID = `${STEM}-manual-1`;
const on = Date.parse("2026-03-22") / 1_000;

describe("entries that people typed although a connected system has them", function () {
  this.timeout(30_000);
  let world: World;
  let call: <T>(name: string, args?: unknown) => Promise<T>;
  let told: (ocids: readonly string[]) => Promise<void>;
  let documents: { gross: string; currency: string; source: object }[] = [];
  let close: () => Promise<void>;
  const book = () => world.book as FoldedBook;
  const open = async (
    jobs = "[{ id: contracts, source: files, sink: procurement }, { id: sp2d, source: files, sink: payments }]",
  ) => {
    const read = parseConnectors(
      `apiVersion: prasasti/connectors/v1
sources: { files: { engine: csv, path: "*.csv", encoding: utf-8, delimiter: ";" } }
agencies: [{ id: ${AGENCY.id}, codes: ["${SATKER}"], stem: ${STEM} }]
jobs: ${jobs}`,
      "connectors.yaml",
    );
    if ("faults" in read) throw new Error(JSON.stringify(read.faults));
    const part = await openManual({
      storage: world.storage,
      connectors: { file: "connectors.yaml", folder: world.folder, settings: read.settings },
      book: book(),
      now: () => NOW,
      call: (async (name: string, { ocid }: { ocid: string }) =>
        name === "proposals.sourceOf" ? world.sink.sourceOf(ocid) : documents) as PartNeeds["call"],
    } as unknown as PartNeeds);
    call = <T>(name: string, args: unknown = {}) => part.calls[name]!(args) as Promise<T>;
    told = (ocids) => part.onLedger!(ocids);
    close = part.close;
  };
  beforeEach(async () => {
    documents = [];
    world = await openWorld();
    await open();
  });
  afterEach(async () => {
    await close();
    await world.close();
  });
  const list = (asked: object = {}) =>
    call<{ entries: ManualEntry[]; counts: Record<ManualState, number> }>("manual.list", asked);
  const short = async (asked?: object) => (await list(asked)).entries.map(({ kind, state }) => `${kind} ${state}`);
  const byHand = (kind: string, terms: object, ocid = OCID) =>
    book().record({
      kind,
      ocid,
      contractId: "602/7/SPK/2026",
      awardId: "",
      agency: AGENCY.hex,
      source: {},
      terms,
    } as never);
  const contract = (value = "15000000000", ocid?: string) =>
    byHand("contract", { code: 2, currency: "IDR", value, officer: POST, party: idOf("ID-UJI-S-1"), on }, ocid);
  const feed = async (choices: Parameters<typeof aPackage>[0], sets: readonly SetName[] = SETS) => {
    const rows = aPackage(choices);
    for (const set of sets) await world.feed(set, rows[set]);
  };
  const payment = {
    currency: "IDR",
    amount: "5000000000",
    documentTotal: "5000000000",
    issuer: AGENCY.hex,
    documentKey: idOf("SP2D-1"),
    on,
  };

  it("are marked, with the connectors that should have brought them", async () => {
    contract();
    byHand("payment", payment);
    byHand("note", {});
    await told([OCID]);
    await told([OCID]);
    const { entries, counts } = await list();
    expect(counts).to.deep.equal({ waiting: 2, reconciled: 0, differs: 0 });
    expect(entries.map(({ kind, jobs, amount, on: day }) => [kind, jobs, amount, day])).to.have.deep.members([
      ["contract", ["contracts"], "15000000000", "2026-03-22"],
      ["payment", ["sp2d"], "5000000000", "2026-03-22"],
    ]);
    expect(await short({ agencies: [idOf("ID-LAIN")] })).to.deep.equal([]);
  });

  it("are reconciled when their source comes and says the same", async () => {
    // as an officer types it who has the contract before him
    const other = await openWorld();
    for (const set of SETS) await other.feed(set, aPackage({})[set]);
    const proposed = (await other.open()).find(({ drafts }) => drafts[0]!.kind === "contract")!;
    await other.close();
    byHand("contract", proposed.drafts[0]!.terms);
    await told([OCID]);
    expect(await short()).to.deep.equal(["contract waiting"]);
    await world.sink.onLedger([OCID]);
    await feed({});
    const { entries } = await list();
    const [found] = entries;
    expect(found, JSON.stringify(entries)).to.include({ kind: "contract", state: "reconciled" });
    expect(found!.source!.how.id).to.match(/\S/);
    expect(found!.source!.place).to.include.keys("connector", "capture", "at");
  });

  it("differ where their source would correct them", async () => {
    contract();
    await told([OCID]);
    await world.sink.onLedger([OCID]);
    await feed({});
    expect(await short()).to.deep.equal(["contract differs"]);
    await world.recordAll();
    expect(await short()).to.deep.equal(["contract reconciled"]);
  });

  it("differ where their source comes and says otherwise", async () => {
    contract();
    byHand("payment", payment);
    await told([OCID]);
    expect(await short()).to.deep.equal(["contract waiting", "payment waiting"]);
    documents = [{ gross: "5000000001", currency: "IDR", source: { connector: "sp2d", capture: "c", at: "row 1" } }];
    expect(await short({ state: "differs" })).to.deep.equal(["payment differs"]);
    // put right in its source
    documents = [{ gross: "5000000000", currency: "IDR", source: { connector: "sp2d", capture: "c", at: "row 1" } }];
    expect(await short({ state: "reconciled" })).to.deep.equal(["payment reconciled"]);
  });

  it("are none where a proposal was signed, also where the proposal came to be known later", async () => {
    await feed({});
    const recorded: Proposal[] = await world.recordAll();
    await told([...new Set(recorded.map(({ ocid }) => ocid))]);
    expect(recorded.length).to.be.greaterThan(3);
    expect(await short()).to.deep.equal([]);
  });

  it("are none of agencies and kinds that no connector covers", async () => {
    await close();
    await open("[{ id: sp2d, source: files, sink: payments }]");
    contract();
    byHand("payment", payment);
    await told([OCID]);
    expect(await short()).to.deep.equal(["payment waiting"]);
    await close();
    await open("[]");
    contract("1000000000", `${STEM}-manual-2`);
    await told([`${STEM}-manual-2`]);
    expect(await short({ agencies: [AGENCY.hex as Hex] })).to.deep.equal(["payment waiting"]);
  });
});
