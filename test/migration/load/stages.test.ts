import { readFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { sha256 } from "#hash";
import { checkRowProof, proveRows, type RowProof, reportFolder } from "../../../migration/load/certificate.ts";
import { foundRegister } from "../../../migration/load/found-register.ts";
import { actPlace, hashOfLots } from "../../../migration/load/job.ts";
import { promoteProcess } from "../../../migration/load/promote-process.ts";
import { rehearseWave } from "../../../migration/load/rehearse-wave.ts";
import { runWave } from "../../../migration/load/run-wave.ts";
import { verifyWave } from "../../../migration/load/verify-wave.ts";
import { WaveAccount } from "../../../migration/load/wave-account.ts";
import { historyOfWave, waveOnChain } from "../../../migration/load/wave-on-chain.ts";
import {
  activateWave,
  closeWave,
  finaliseWave,
  planRollback,
  rollBackWave,
} from "../../../migration/load/wave-stages.ts";
import { type Entry, entryHash, idOf, signedDigest } from "../../../server/domain/entries/entry.ts";
import { Kind, Role } from "../../../server/domain/entries/kinds.ts";
import { type Hex, NO_ID, toHex, utf8 } from "../../../server/domain/entries/words.ts";
import { Fault } from "../../../server/domain/fault.ts";
import { packBatch, packEntry } from "../../../server/ledger/codec.ts";
import { interfaceOf } from "../../../server/ledger/deploy.ts";
import { newSecret, sign } from "../../../server/ledger/signatures.ts";
import { AGENCIES, openWorld, stageJob } from "./world.ts";

const silent = () => {};
const codeOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
  } catch (error) {
    if (error instanceof Fault) return error.code;
    throw error;
  }
  return "";
};

/** An officer's remark on a contract, signed as the gateway would have it. */
async function signNote(
  { register, keyOf }: Pick<Awaited<ReturnType<typeof foundRegister>>, "register" | "keyOf">,
  { ocid, contractId, text }: { ocid: string; contractId: string; text: string },
): Promise<void> {
  const key = keyOf("ppk-dishub-uji");
  const body = utf8(text);
  const [seen] = (await register.view("Ledger", "newestSeen")) as [Hex];
  const entry: Entry = {
    ...{ commandId: idOf(text + ocid), maker: key.holderId, capacity: Role.officer, ocid, contractId, awardId: "" },
    ...{ agency: idOf("ID-UJI-DISHUB"), kind: Kind.note, basis: NO_ID, seen, digest: toHex(sha256(body)), terms: {} },
    ...{ refersTo: NO_ID, expires: (await register.now()) + 86_400 },
  };
  const signature = sign(signedDigest(register.separator, entryHash(entry)), key.secret);
  const item = packEntry({ entry, up: 0, stemLength: 0, signature, approvals: [], preimage: new Uint8Array(), body });
  const data = interfaceOf("Ledger").encodeFunctionData("submit", [packBatch([item])]);
  const account = new WaveAccount({
    ...{ register, secret: newSecret(), gasPrice: 0 },
    outbox: { keep: async () => {}, kept: async () => [], setAside: async () => {} },
  });
  await account.send([{ to: "Ledger", data: data as Hex }]);
}

const withTerms = (entry: Entry, terms: Entry["terms"]): Entry => ({ ...entry, terms: { ...entry.terms, ...terms } });

describe("a wave once it is loaded", () => {
  let world: Awaited<ReturnType<typeof openWorld>>;
  let hands: Parameters<typeof runWave>[1];
  before(async () => {
    world = await openWorld();
    hands = { register: world.register, keys: world.keys, tell: silent };
  });
  after(() => world.close());

  it("is closed with its certificate, comes into force, and each step again changes nothing", async () => {
    const job = await stageJob(world.folder, { wave: "S1", processes: 12 });
    await runWave(job, hands);
    const closed = await closeWave(job, hands);
    expect(closed.end).to.equal("closed");
    expect((await closeWave(job, hands)).end).to.equal("closed");
    expect((await activateWave(job, hands, [])).end).to.equal("active");
    expect((await activateWave(job, hands, [])).end).to.equal("active");
    expect((await waveOnChain(world.register, job.id))!.state).to.equal("active");
    expect(await runWave(job, hands)).to.deep.equal({ end: "loaded", loaded: 48, finished: true });
    expect(await codeOf(finaliseWave(job, hands))).to.equal("ledger-refused");
  });

  it("shows any row against its certificate, offline, and not one that was changed", async () => {
    const job = await stageJob(world.folder, { wave: "S2", tier: "C", processes: 40 });
    await runWave(job, hands);
    await closeWave(job, hands);
    const certificate = await readFile(path.join(reportFolder(job), "certificate.json"));
    const [proof] = (await proveRows(job, "SP2D-ID-UJI-DISHUB-7")) as [RowProof];
    expect(checkRowProof(proof, certificate, [])).to.equal(undefined);
    expect(checkRowProof({ ...proof, body: proof.body!.replace("350000", "350001") }, certificate, [])).to.match(
      /content/,
    );
    const other = Buffer.from(certificate.toString().replace('"attempt":1', '"attempt":2'));
    expect(checkRowProof(proof, other, [])).to.match(/certificate/);
    expect(await codeOf(proveRows(job, "SP2D-0"))).to.equal("no-such-row");
  });

  it("is rolled back in one transaction, and shown to count for nothing while all of it is still there", async () => {
    const job = await stageJob(world.folder, { wave: "S3", tier: "C", processes: 12 });
    await runWave(job, hands);
    const plan = await planRollback(job, hands);
    expect(plan.blockers).to.deep.equal([]);
    const before = await world.register.height();
    const rolled = await rollBackWave(job, hands);
    expect((await world.register.height()) - before).to.equal(1);
    expect(rolled.end === "rolledBack" && rolled.verdict.differences).to.deep.equal([]);
    expect((await rollBackWave(job, hands)).end).to.equal("rolledBack");
    expect(await codeOf(runWave(job, hands))).to.equal("rolled-back");
  });

  it("keeps what people signed since where the plan says detach, blocks where it says block, and hands it back", async () => {
    const officer = {
      holder: "ppk-dishub-uji",
      agency: "ID-UJI-DISHUB",
      role: Role.officer,
      post: "ppk-ID-UJI-DISHUB",
    };
    const founded = await foundRegister(world.chain, { agencies: AGENCIES, offices: [officer] });
    const own = { register: founded.register, keys: founded.keys, tell: silent };
    for (const detaches of [false, true]) {
      const wave = detaches ? "D2" : "D1";
      const job = await stageJob(world.folder, { wave, processes: 6, detaches, tier: "A", agencies: [AGENCIES[0]] });
      await runWave(job, own);
      await closeWave(job, own);
      await activateWave(job, own, []);
      const ocid = `ocds-uji-lama-dishub-${wave}-000003`;
      await signNote(founded, { ocid, contractId: "K-3", text: '{"description":"Catatan, =uji"}' });
      const plan = await planRollback(job, own);
      expect([plan.natives, plan.touched, plan.payments]).to.deep.equal([1, 1, 0]);
      expect(plan.delta.edits.map(({ ocid: of, kind, field }) => [of, kind, field])).to.deep.equal([
        [ocid, "note", "body"],
      ]);
      expect(plan.delta.file).to.match(/reverse-delta\.sql$/);
      expect(await readFile(plan.delta.file, "utf8"))
        .to.contain("kontrak line 4")
        .and.contain("INSERT");
      const csv = (await planRollback({ ...job, reverseDelta: "csv" }, own)).delta;
      expect(csv.file).to.match(/reverse-delta\.csv$/);
      expect(csv.sha256).not.to.equal(plan.delta.sha256);
      // a remark has no column in the old system, whatever its maps say
      expect(plan.delta.lossy).to.deep.equal({ "note.body": 1 });
      const mapped = { ...job, legacyColumns: { kontrak: { "note.body": "catatan" } } };
      const { delta } = await planRollback(mapped, own);
      expect([delta.lossy, delta.edits[0]!.legacy]).to.deep.equal([{}, "kontrak catatan"]);
      if (!detaches) {
        expect(await codeOf(rollBackWave(job, own))).to.equal("rollback-blocked");
        continue;
      }
      expect(await codeOf(rollBackWave(job, own))).to.equal("rollback-lossy");
      const rolled = await rollBackWave(job, own, { acceptLossy: true });
      expect(rolled.end === "rolledBack" && rolled.verdict.differences).to.deep.equal([]);
      const act = JSON.parse(await readFile(actPlace(job, "roll-back"), "utf8")) as { body: string };
      expect(JSON.parse(Buffer.from(act.body.slice(2), "hex").toString())).to.deep.equal({
        reverseDelta: {
          ...{ sha256: plan.delta.sha256, form: "sql", facts: 1, lossy: { "note.body": 1 }, acceptedLossy: true },
        },
      });
      const { number } = (await waveOnChain(founded.register, job.id))!;
      expect(await founded.register.text("Waves", "standing", [number])).to.equal("2");
      const { acts } = await historyOfWave(founded.register, number);
      expect(acts.at(-1)!.act.key).to.equal(plan.delta.sha256);
      // the next attempt takes the places that were given up, and finds the one that stayed
      const next = await stageJob(world.folder, { wave, attempt: 2, processes: 6, detaches, agencies: [AGENCIES[0]] });
      const end = await runWave(next, own);
      expect(end).to.include({ end: "refused", refused: 2 });
    }
  });

  it("promotes an archived process by its proofs, once", async () => {
    const job = await stageJob(world.folder, { wave: "P1", processes: 3, tier: "A", archived: true });
    await runWave(job, hands);
    expect((await waveOnChain(world.register, job.id))!.loaded).to.equal(0);
    await closeWave(job, hands);
    await activateWave(job, hands, []);
    const ocid = "ocds-uji-lama-dpupr-P1-000002";
    expect(await promoteProcess(job, hands, ocid)).to.deep.equal({ recorded: 2, known: 0 });
    expect(await promoteProcess(job, hands, ocid)).to.deep.equal({ recorded: 0, known: 2 });
    expect((await waveOnChain(world.register, job.id))!.promoted).to.equal(2);
    expect(await codeOf(promoteProcess(job, hands, "ocds-uji-tidak-ada"))).to.equal("no-such-row");
    const { differences, promoted } = await verifyWave(job, world.register, silent);
    expect([differences, promoted]).to.deep.equal([[], 2]);
  });

  it("waits in files for people who are not here, and goes on when they have signed", async () => {
    const job = await stageJob(world.folder, { wave: "S4", tier: "C", processes: 4 });
    const some = world.keys.filter(({ holder }) => !/dpupr|pengawas/.test(holder));
    const end = await runWave(job, { ...hands, keys: some });
    expect(end.end).to.equal("waiting");
    if (end.end !== "waiting") return;
    expect(end.files.map(({ file }) => path.basename(file))).to.deep.equal(["S4-1-consent-id-uji-dpupr.json"]);
    const { readSignFile, signFile, writeSignFile } = await import("../../../migration/load/wave-act.ts");
    const file = await readSignFile(end.files[0]!.file);
    expect(await signFile(file, world.register, world.keyOf("kepala-dpupr-uji"))).to.equal(true);
    await writeSignFile(end.files[0]!.file, file);
    const next = await runWave(job, { ...hands, keys: some });
    expect(next.end === "waiting" && next.files.map(({ file: place }) => path.basename(place))).to.deep.equal([
      "S4-1-lots-id-uji-dpupr.json",
    ]);
    expect((await runWave(job, hands)).end).to.equal("loaded");
  });

  it("names each row and field in which ledger and stage differ", async () => {
    const job = await stageJob(world.folder, { wave: "S5", processes: 6 });
    await runWave(job, hands);
    const other = await stageJob(world.folder, {
      ...{ wave: "S5", processes: 6, project: path.join(world.folder, "elsewhere") },
    });
    expect((await verifyWave(other, world.register, silent)).differences).to.deep.equal([]);
    const changed = await stageJob(world.folder, {
      ...{ wave: "S5", processes: 6, project: path.join(world.folder, "changed") },
      change: (entry, number) =>
        number === 3 && entry.terms.value ? withTerms(entry, { on: entry.terms.on! - 86_400 }) : entry,
    });
    const named = (await verifyWave(changed, world.register, silent)).differences.map(
      ({ what, place }) => `${what} ${place}`,
    );
    expect(named).to.deep.equal([
      ...["lot-differs lot 0 root", "lot-differs lot 1 root"],
      ...[
        "field ocds-uji-lama-dishub-S5-000003|2 contract terms.on",
        "field ocds-uji-lama-dpupr-S5-000003|2 contract terms.on",
      ],
    ]);
    const fewer = { ...other, stage: { ...other.stage, lots: other.stage.lots.slice(1) } };
    const { differences } = await verifyWave(fewer, world.register, silent);
    expect(new Set(differences.map(({ what }) => what))).to.deep.equal(new Set(["lot-extra", "row-extra", "count"]));
  });

  it("is rehearsed on a chain of its own: up, verify, roll back, verify, up", async () => {
    const job = await stageJob(world.folder, { wave: "S6", processes: 10 });
    const evidence = await rehearseWave(job, hashOfLots(job.stage.lots), silent);
    expect(evidence.steps.map(({ step, said }) => `${step}: ${said.split(",")[0]}`)).to.deep.equal([
      ...["up: 40 rows", "verify: 40 rows and all roots are equal", "close and bring into force: active"],
      ...["roll back: rolledBack", "up again: 40 rows"],
    ]);
    expect(evidence.passed).to.equal(true);
    expect(await waveOnChain(world.register, job.id)).to.equal(undefined);
  });

  it("fails its rehearsal where the ledger refuses a row, and says which and why", async () => {
    const job = await stageJob(world.folder, {
      ...{ wave: "S7", processes: 4 },
      change: (entry, number) =>
        number === 2 && entry.contractId !== "" ? { ...entry, terms: { ...entry.terms, party: entry.agency } } : entry,
    });
    const evidence = await rehearseWave(job, hashOfLots(job.stage.lots), silent);
    expect(evidence.passed).to.equal(false);
    const refused = (await readFile(evidence.refused!, "utf8")).trim().split("\n");
    expect(refused).to.have.length(2);
    expect(JSON.parse(refused[0]!)).to.deep.include({
      key: "ocds-uji-lama-dishub-S7-000002|2 contract",
      reason: "refused",
    });
  });
});
