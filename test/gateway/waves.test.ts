import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { expect } from "chai";
import { sha256 } from "#hash";
import { ActCode } from "../../server/domain/entries/act.ts";
import { actRefusals } from "../../server/domain/entries/act-refusals.ts";
import { idOf } from "../../server/domain/entries/entry.ts";
import { Kind, Role } from "../../server/domain/entries/kinds.ts";
import { fromHex, type Hex, NO_ID, toHex, utf8 } from "../../server/domain/entries/words.ts";
import { auditPath } from "../../server/domain/proofs/log.ts";
import { interfaceOf } from "../../server/ledger/deploy.ts";
import { checkRows, Follower } from "../../server/ledger/follower.ts";
import { openingBody } from "../../server/ledger/waves.ts";
import { Table } from "../../server/store/store.ts";
import { prasasti } from "../operations/prasasti.ts";
import { LAMA, PU, WavesHere } from "./waves-world.ts";
import { posted, type Running, signedIn, startGateway } from "./world.ts";

type Listed = { releases: { ocid: string; id: string }[]; links?: { next?: string; prev?: string } };

describe("waves at the gateway", function () {
  this.timeout(120_000);
  let running: Running;
  let waves: WavesHere;
  let plans = 0;
  before(async () => {
    running = await startGateway();
  });
  after(() => running.remove());
  beforeEach(() => {
    waves = new WavesHere(running, `plan ${++plans}`);
  });

  const get = async (url: string, headers = {}) => {
    const answer = await running.app.inject({ url, headers });
    const body = /json/.test(String(answer.headers["content-type"])) ? answer.json() : answer.payload;
    return { status: answer.statusCode, body, total: Number(answer.headers["x-total-count"]) };
  };
  /** All pages, forwards, and backwards from the end. */
  const listed = async (query = "", limit = 3) => {
    const pages: Listed["releases"] = [];
    const back: Listed["releases"] = [];
    let last: Listed | undefined;
    for (let url: string | undefined = `/api/v1/releases?limit=${limit}${query}`; url !== undefined; ) {
      last = (await get(url)).body as Listed;
      pages.push(...last.releases);
      url = last.links?.next;
    }
    back.unshift(...(last?.releases ?? []));
    for (let url = last?.links?.prev; url !== undefined; ) {
      const page = (await get(url)).body as Listed;
      back.unshift(...page.releases);
      url = page.links?.prev;
    }
    expect(back, "backwards").to.deep.equal(pages);
    return pages.map(({ id }) => id);
  };
  const ocids = async () => {
    const { body, total } = await get("/api/v1/ocids?limit=1000");
    expect(total).to.equal(body.ocids.length);
    return body.ocids as string[];
  };
  const submit = async (choices: Parameters<typeof posted>[2]) => {
    const { payload } = posted(running.services.separator, running.services.register().seen, choices);
    return (await running.app.inject({ method: "POST", url: "/api/v1/submissions?wait=9000", payload })).json();
  };
  /** A remark by procurement on a process. */
  const remark = (ocid: string) => ({
    ...{ by: "H-PRS-PP-PU", maker: idOf("H-PRS-PP-PU"), capacity: Role.procurement, kind: Kind.note },
    ...{ ocid, contractId: "", terms: {}, agency: PU, body: { remarks: [{ text: "catatan" }] } },
  });
  const k = (name: string) => `${LAMA}-${plans}-${name}`;
  const rowsOf = (wave: Hex, ...names: string[]) =>
    names.map((name) => waves.row(wave, `${plans}-${name}`, { ocid: k(name), contractId: `K-${name}` }));

  describe("a process that a wave brought", () => {
    it("counts for nothing before its wave does, and everywhere once it does", async () => {
      const wave = waves.id("W1");
      await submit({});
      const before = { releases: await listed(), ocids: await ocids() };
      await waves.bring(wave, rowsOf(wave, "a", "b", "c", "d"), { waits: true });
      expect(await listed()).to.deep.equal(before.releases);
      expect(await ocids()).to.deep.equal(before.ocids);
      for (const query of ["", "&agency=ID-PRS-DPUPR", "&supplier=ID-PRS-S-0001", "&tag=contract"]) {
        const { body, total } = await get(`/api/v1/releases?limit=200${query}`);
        expect(total, query).to.equal(body.releases.length);
        expect(
          body.releases.map(({ ocid }: { ocid: string }) => ocid).filter((id: string) => id === k("a")),
        ).to.have.length(0);
      }
      const record = await get(`/api/v1/records/${k("a")}`);
      expect([record.status, record.body.type]).to.deep.equal([404, "/problems/not-in-force"]);
      expect(record.body.values).to.deep.equal({ wave: await waves.number(wave), standing: "waiting" });
      expect((await get(`/api/v1/processes/${k("a")}`)).body.standing).to.equal("waiting");
      const [line] = (await get(`/api/v1/records/${k("a")}/history`)).body.history;
      expect(line.wave).to.include({ imported: true, standing: "waiting" });
      expect(line.wave).to.not.have.property("withdrawn");
      const one = await get(`/api/v1/releases/${k("a")}/${k("a")}-1`);
      expect([one.status, one.body.standing]).to.deep.equal([200, "waiting"]);

      await submit({});
      const meanwhile = await listed();
      await waves.activate(wave);
      const after = await listed();
      // what stood there stays where it was: a reader who goes on by his cursor meets the wave
      expect(after.slice(0, meanwhile.length)).to.deep.equal(meanwhile);
      expect(after.slice(meanwhile.length)).to.deep.equal(["a", "b", "c", "d"].map((name) => `${k(name)}-1`));
      expect(await ocids()).to.have.length(before.ocids.length + 5);
      const native = (await submit({})).id as string;
      expect((await listed()).at(-1)).to.contain("ocds-213czf-dpupr-t");
      expect(native).to.be.a("string");
      for (const query of ["", "&agency=ID-PRS-DPUPR", "&supplier=ID-PRS-S-0001", "&tag=contract"]) {
        const { body, total } = await get(`/api/v1/releases?limit=200${query}`);
        expect(total, query).to.equal(body.releases.length);
        const all = await listed(query);
        expect(all, query).to.deep.equal(body.releases.map(({ id }: { id: string }) => id));
        expect(all, query).to.include(`${k("b")}-1`);
      }
      const filtered = await listed("&agency=ID-PRS-DPUPR&supplier=ID-PRS-S-0001&tag=contract", 2);
      expect(filtered).to.include(`${k("d")}-1`);
    });

    it("says on its record that it was taken over, when, and by which plan", async () => {
      const wave = waves.id("W1");
      await waves.bring(wave, rowsOf(wave, "a"));
      const { records } = (await get(`/api/v1/records/${k("a")}`)).body;
      const { compiledRelease } = records[0];
      expect(compiledRelease.migration).to.deep.include({
        wave: await waves.number(wave),
        plan: idOf("plan of a gateway test"),
        cutOver: "2023-11-15T22:13:20Z",
      });
      expect(compiledRelease.migration.migratedAt).to.equal(compiledRelease.date);
      expect(compiledRelease.contracts[0]).to.include({ title: `Lama ${plans}-a` });
      // when the older system said it stands beside when it was recorded here
      const old = waves.row(wave, `${plans}-old`, {
        ocid: k("old"),
        contractId: "K-old",
        body: {
          contracts: [{ id: "K-old", title: "Lama" }],
          sourceRelease: { id: "spse-1", date: "2019-07-01T00:00:00Z" },
        },
      });
      const next = waves.id("W2");
      await waves.bring(next, [old]);
      const [line] = (await get(`/api/v1/records/${k("old")}/history`)).body.history;
      expect(line.wave).to.include({ legacyAt: "2019-07-01T00:00:00Z", migratedAt: line.date, imported: true });
      const files = (await get("/api/v1/extensions/prasasti/release-schema.json")).body;
      expect(files.properties.migration.properties).to.have.keys(
        "wave",
        "plan",
        "cutOver",
        "migratedAt",
        "bodyUnavailable",
      );
    });

    it("is gone from all that counts when its wave is rolled back; its history says who took it back, when, by which act", async () => {
      const wave = waves.id("W1");
      const before = { releases: await listed(), ocids: await ocids() };
      await waves.bring(wave, rowsOf(wave, "a", "b"), { waits: true });
      // moments of the chain are seconds
      const aMomentOn = async () => {
        const moment = new Date().toISOString();
        await pause(1_100);
        return moment;
      };
      const waiting = await aMomentOn();
      await waves.activate(wave);
      const moment = await aMomentOn();
      await waves.rollBack(wave);
      expect(await listed()).to.deep.equal(before.releases);
      expect(await ocids()).to.deep.equal(before.ocids);
      expect((await get(`/api/v1/records/${k("a")}`)).body.values.standing).to.equal("takenBack");

      const [line] = (await get(`/api/v1/records/${k("a")}/history`)).body.history;
      const told = (await get(`/api/v1/migration/waves/${await waves.number(wave)}`)).body;
      const act = told.acts.at(-1);
      expect(act.act).to.equal("rollBackWave");
      expect(line.wave.standing).to.equal("takenBack");
      expect(line.wave.withdrawn).to.deep.include({
        leaf: act.leaf,
        signers: [idOf("H-PRS-SEKDA"), idOf("H-PRS-INSPEKTUR")],
      });
      expect(line.wave.withdrawn.words.en).to.equal("withdrawn by wave rollback");
      expect(Date.parse(line.wave.withdrawn.at)).to.equal(act.at);
      // what was taken back is in the log for ever
      const proof = await get(`/api/v1/proofs/inclusion?ocid=${k("a")}&sequence=1`);
      expect(proof.status).to.equal(200);
      const { history } = (await get(`/api/v1/processes/${k("a")}/history`)).body;
      expect(proof.body.leaf).to.equal(history[0].leaf);
      // as known before it came into force, it waited
      const early = await get(`/api/v1/records/${k("a")}?asKnown=${waiting}`);
      expect([early.body.type, early.body.values.standing]).to.deep.equal(["/problems/not-in-force", "waiting"]);
      const { history: earlier } = (await get(`/api/v1/records/${k("a")}/history?asKnown=${waiting}`)).body;
      expect(earlier[0].wave.standing).to.equal("waiting");
      expect(await listed(`&asKnown=${waiting}`)).to.deep.equal(before.releases);
      // and as known then, it counted
      const then = (await get(`/api/v1/records/${k("a")}?asKnown=${moment}`)).body;
      expect(then.records[0].releases).to.have.length(1);
      expect(await listed(`&asKnown=${moment}`)).to.include(`${k("a")}-1`);
      expect((await get(`/api/v1/records/${k("a")}/history?asKnown=${moment}`)).body.history[0].wave.standing).to.equal(
        "inForce",
      );
    });

    it("begins anew in the next attempt: nothing of the former one leaks into it", async () => {
      const [first, second] = [waves.id("W1", 1), waves.id("W1", 2)];
      const at = k("a");
      const row = (wave: Hex, title: string) =>
        waves.row(wave, `${plans}-a`, {
          ocid: at,
          contractId: "K-a",
          body: { contracts: [{ id: "K-a", title, description: wave === first ? "percobaan pertama" : undefined }] },
        });
      await waves.bring(first, [row(first, "Salah")]);
      await waves.rollBack(first);
      await waves.bring(second, [row(second, "Benar")], { waits: true });
      expect((await get(`/api/v1/records/${at}`)).status).to.equal(404);
      await waves.activate(second);
      const { records } = (await get(`/api/v1/records/${at}`)).body;
      expect(records[0].releases.map(({ id }: { id: string }) => id)).to.deep.equal([`${at}-2`]);
      expect(records[0].compiledRelease.contracts).to.have.length(1);
      expect(records[0].compiledRelease.contracts[0]).to.include({ title: "Benar" });
      expect(JSON.stringify(records[0])).to.not.contain("percobaan pertama");
      const { history } = (await get(`/api/v1/records/${at}/history`)).body;
      expect(history.map(({ wave }: { wave: { standing: string } }) => wave.standing)).to.deep.equal([
        "takenBack",
        "inForce",
      ]);
      expect(history[1].changes.map(({ before }: { before?: unknown }) => before)).to.satisfy((all: unknown[]) =>
        all.every((each) => each === undefined),
      );
      expect((await ocids()).filter((each) => each === at)).to.have.length(1);
      expect((await listed()).filter((id) => id.startsWith(`${at}-`))).to.deep.equal([`${at}-2`]);
      expect((await get(`/api/v1/releases/${at}/${at}-1`)).body.standing).to.equal("takenBack");
      expect((await get(`/api/v1/releases/${at}/${at}-2`)).body).to.not.have.property("standing");
    });

    it("stays where people signed on it, when a wave that detaches is rolled back; the others go", async () => {
      const wave = waves.id("W1");
      const before = { releases: await listed(), ocids: await ocids() };
      await waves.bring(wave, rowsOf(wave, "a", "b", "c"), { detaches: true });
      expect((await submit(remark(k("b")))).state).to.equal("final");
      expect((await submit(remark(k("b")))).state).to.equal("final");
      await waves.rollBack(wave);
      expect(await ocids()).to.deep.equal([...before.ocids, k("b")].sort());
      expect(await listed()).to.deep.equal([...before.releases, ...[1, 2, 3].map((n) => `${k("b")}-${n}`)]);
      for (const query of ["", "&agency=ID-PRS-DPUPR", "&supplier=ID-PRS-S-0001"]) {
        const { body, total } = await get(`/api/v1/releases?limit=200${query}`);
        expect(total, query).to.equal(body.releases.length);
      }
      expect((await get(`/api/v1/records/${k("b")}`)).body.records[0].releases).to.have.length(3);
      expect((await get(`/api/v1/records/${k("a")}`)).status).to.equal(404);
      expect((await submit(remark(k("b")))).state).to.equal("final");
      expect(await listed()).to.include(`${k("b")}-4`);
    });
  });

  describe("what people sign on it", () => {
    const check = async (ocid: string) => {
      const entry = { ...remark(ocid), awardId: "" };
      const { by: _, body: __, ...rest } = entry;
      const answer = await running.app.inject({ method: "POST", url: "/api/v1/checks", payload: { entry: rest } });
      return answer.json();
    };
    it("is judged before it is signed as the ledger judges it, in every state of the wave", async () => {
      const token = await signedIn(running, "pp-pu", "H-PRS-PP-PU");
      const headers = { authorization: `Bearer ${token}` };
      const expectBoth = async (what: string, ocid: string) => {
        const told = await check(ocid);
        const can = await running.app.inject({
          ...{ url: `/api/v1/me/can?act=record&kind=note&role=procurement&ocid=${ocid}`, headers },
        });
        const answer = await submit(remark(ocid));
        if (answer.state === "final") {
          expect([told.verdict, can.json().may], what).to.deep.equal(["acceptable", true]);
          return "acceptable";
        }
        expect(answer.type, what).to.equal(`/problems/${told.refusal?.rule}`);
        expect(answer.refusal.values, what).to.deep.equal(told.refusal.values);
        expect(can.json(), what).to.include({ may: false, rule: told.refusal.rule });
        return told.refusal.rule;
      };
      const wave = waves.id("W1");
      await waves.open(wave);
      const rows = rowsOf(wave, "a", "b");
      expect(await expectBoth("nothing yet", k("a"))).to.equal("unknown-process");
      const lot = await waves.lot(wave, "lot 1", rows);
      await waves.load(wave, lot, rows);
      expect(await expectBoth("open", k("a"))).to.equal("wave-not-in-force");
      await waves.close(wave);
      expect(await expectBoth("closed", k("a"))).to.equal("wave-not-in-force");
      await waves.activate(wave);
      expect(await expectBoth("active", k("a"))).to.equal("acceptable");
      await waves.act({ code: ActCode.finaliseWave, post: wave });
      expect(await expectBoth("final", k("a"))).to.equal("acceptable");
      const back = waves.id("W2");
      await waves.bring(back, rowsOf(back, "c"));
      await waves.rollBack(back);
      expect(await expectBoth("rolled back", k("c"))).to.equal("wave-not-in-force");
      const parts = waves.id("W3");
      await waves.bring(parts, rowsOf(parts, "d", "e"), { detaches: true });
      expect(await expectBoth("before it is detached", k("d"))).to.equal("acceptable");
      await waves.rollBack(parts);
      expect(await expectBoth("detached, signed on", k("d"))).to.equal("acceptable");
      expect(await expectBoth("detached, untouched", k("e"))).to.equal("wave-not-in-force");
      const again = waves.id("W3", 2);
      await waves.bring(again, rowsOf(again, "e"));
      expect(await expectBoth("brought again", k("e"))).to.equal("acceptable");
    });

    it("changes the contract that the wave brought, as its balances left it", async () => {
      const wave = waves.id("W1");
      await waves.bring(wave, rowsOf(wave, "a"));
      const view = (await get(`/api/v1/processes/${k("a")}`)).body;
      expect(view.contracts["K-a"]).to.include({ paid: "4000", value: "11000", firstValue: "10000" });
      const payment = await submit({
        ...{ by: "H-PRS-BUD", maker: idOf("H-PRS-BUD"), capacity: Role.treasurer, kind: Kind.payment, ocid: k("a") },
        ...{ contractId: "K-a", agency: PU },
        terms: {
          ...{ currency: "IDR", amount: 5_00n, documentTotal: 5_00n, issuer: idOf("ID-PRS-TIRTARAYA") },
          ...{ documentKey: idOf(`SP2D ${plans}`), on: 1_790_000_000 },
        },
      });
      expect(payment.state, JSON.stringify(payment)).to.equal("final");
      const { records } = (await get(`/api/v1/records/${k("a")}`)).body;
      expect(records[0].releases).to.have.length(2);
      expect(records[0].compiledRelease.migration.wave).to.equal(await waves.number(wave));
      expect(records[0].releases[1]).to.not.have.property("migration");
      const refused = await waves.act({ code: ActCode.rollBackWave, post: wave }, utf8("{}"));
      expect(refused.body.detail).to.contain("WavesNativeEntries").and.to.contain(actRefusals.WavesNativeEntries!.en);
    });

    it("cannot be drafted while the process does not count, nor begun under a stem of waves", async () => {
      const wave = waves.id("W1");
      await waves.bring(wave, rowsOf(wave, "a"), { waits: true });
      const headers = { authorization: `Bearer ${await signedIn(running, "pp-pu", "H-PRS-PP-PU")}` };
      const entry = { kind: Kind.note, ocid: k("a"), contractId: "", awardId: "", agency: PU, terms: {} };
      const made = await running.app.inject({ method: "POST", url: "/api/v1/drafts", headers, payload: { entry } });
      expect(made.json().type).to.equal("/problems/not-in-force");
      const begun = { ...posted(running.services.separator, NO_ID).payload.entry, ocid: `${LAMA}-sendiri` };
      const { seen: _, digest: __, expires: ___, maker: ____, commandId: _____, ...unsigned } = begun;
      const told = await running.app.inject({ method: "POST", url: "/api/v1/checks", payload: { entry: unsigned } });
      expect(told.json().refusal.rule).to.equal("unknown-stem");
      expect((await submit({ ocid: `${LAMA}-sendiri` })).type).to.equal("/problems/unknown-stem");
    });
  });

  describe("a body that a wave kept off the chain", () => {
    it("is a mark, not a fault: terms count, and the release is whole once somebody brings it", async () => {
      const wave = waves.id("W1");
      const [plain] = rowsOf(wave, "b");
      const away = waves.row(wave, `${plans}-a`, { ocid: k("a"), contractId: "K-a", away: true });
      const rows = [away, plain!];
      await waves.bring(wave, rows, { tier: 2 });
      const hash = await running.services.projection.stateHash();
      const { digest } = away.entry;
      const record = async () => (await get(`/api/v1/records/${k("a")}`)).body.records[0];
      const bare = (await record()).compiledRelease;
      expect(bare.migration.bodyUnavailable).to.equal(true);
      expect(bare.contracts[0]).to.include({ id: "K-a", status: "active" }).and.to.not.have.property("title");
      expect((await get(`/api/v1/migration/waves/${await waves.number(wave)}`)).body).to.include({
        loaded: 2,
        away: 1,
      });
      const line = async () => (await get(`/api/v1/records/${k("a")}/history`)).body.history[0];
      expect((await line()).faults).to.deep.equal([]);
      expect((await line()).wave.bodyUnavailable).to.equal(true);
      expect((await get(`/api/v1/migration/bodies/${digest}`)).status).to.equal(404);

      const put = (of: string, payload: object) =>
        running.app.inject({ method: "PUT", url: `/api/v1/migration/bodies/${of}`, payload });
      const body = JSON.parse(away.body);
      expect((await put(plain!.entry.digest, JSON.parse(plain!.body))).json().type).to.equal(
        "/problems/body-not-wanted",
      );
      expect((await put(digest, { ...body, more: 1 })).json().type).to.equal("/problems/digest-mismatch");
      expect((await put(digest, body)).statusCode).to.equal(204);
      expect((await put(digest, body)).statusCode).to.equal(204);
      expect((await get(`/api/v1/migration/bodies/${digest}`)).body).to.deep.equal(body);

      const whole = await record();
      expect(whole.compiledRelease.contracts[0]).to.include({ title: `Lama ${plans}-a` });
      expect(whole.releases[0].contracts[0]).to.include({ title: `Lama ${plans}-a` });
      expect(whole.compiledRelease.migration).to.not.have.property("bodyUnavailable");
      const { releases } = (await get(`/api/v1/releases/${k("a")}/${k("a")}-1`)).body;
      expect(releases[0]).to.deep.equal(whole.releases[0]);
      const page = (await get("/api/v1/releases?limit=200")).body.releases;
      expect(page.find(({ id }: { id: string }) => id === `${k("a")}-1`)).to.deep.equal(whole.releases[0]);
      expect((await line()).wave).to.not.have.property("bodyUnavailable");
      expect((await line()).changes.some(({ path }: { path: string }) => path.endsWith("/title"))).to.equal(true);
      const { history } = (await get(`/api/v1/processes/${k("a")}/history`)).body;
      expect(toHex(sha256(utf8(history[0].body)))).to.equal(digest);
      // what follows from the chain is the same with and without it
      expect(await running.services.projection.stateHash()).to.equal(hash);
    });

    it("is refused where it holds personal data in clear", async () => {
      const wave = waves.id("W1");
      const body = { contracts: [{ id: "K-a", title: "Lama", description: "NIK 3204110506780001" }] };
      const row = waves.row(wave, `${plans}-a`, { ocid: k("a"), contractId: "K-a", away: true, body });
      await waves.bring(wave, [row], { tier: 2 });
      const answer = await running.app.inject({
        ...{ method: "PUT", url: `/api/v1/migration/bodies/${row.entry.digest}`, payload: body },
      });
      expect(answer.json().type).to.equal("/problems/personal-data");
    });
  });

  describe("acts", () => {
    it("every error of Waves has words in both languages", () => {
      const errors = interfaceOf("Waves")
        .fragments.filter((fragment) => fragment.type === "error")
        .map((fragment) => (fragment as unknown as { name: string }).name)
        .filter((name) => name.startsWith("Waves"));
      expect(errors.length).to.be.greaterThan(30);
      for (const error of errors)
        for (const language of ["en", "id"] as const) expect(actRefusals[error]?.[language], error).to.be.a("string");
    });

    it("are relayed as Waves takes them, and refused without being sent, in its own words", async () => {
      const wave = waves.id("W1");
      await waves.open(wave);
      const height = running.services.chain.height();
      const close = { code: ActCode.closeWave, post: wave, from: 1 };
      const head: [string, number, Hex] = ["H-PRS-SEKDA", Role.head, idOf("ID-PRS-TIRTARAYA")];
      const overseer: [string, number, Hex] = ["H-PRS-INSPEKTUR", Role.overseer, NO_ID];
      const refused: Record<string, Parameters<WavesHere["act"]>> = {
        WavesExpired: [{ ...close, expires: 5 }],
        WavesExpiresTooFar: [{ ...close, expires: 4_000_000_000 }],
        WavesStaleAct: [{ ...close, previous: idOf("another") }],
        WavesUnknownAct: [{ ...close, code: 37 }],
        WavesBadSignature: [close, utf8("{}"), [["H-PRS-SEKDA", Role.head, PU]]],
        WavesWrongCapacity: [close, utf8("{}"), [["H-PRS-SEKDA", 0, NO_ID]]],
        WavesSignatures: [close, utf8("{}"), [head, overseer]],
        WavesRowsDiffer: [{ ...close, until: 7 }],
        WavesNotConserved: [{ ...close, holder: `0x${"0".repeat(31)}1${"0".repeat(32)}` }],
        WavesState: [{ code: ActCode.activateWave, post: wave }],
        WavesKnown: [{ code: ActCode.openWave, post: wave, key: PU }],
        WavesUnknown: [{ ...close, post: idOf("no wave") }],
        WavesPlanDiffers: [{ code: ActCode.consentToWave, post: wave, key: PU }],
      };
      for (const [error, values] of Object.entries(refused)) {
        const { status, body } = await waves.act(...values);
        expect([status, body.type], error).to.deep.equal([422, "/problems/act-refused"]);
        expect(body.detail).to.contain(error).and.to.contain(actRefusals[error]!.en);
      }
      const payload = await waves.posted(close, utf8("{}"));
      const wrong = await running.app.inject({
        method: "POST",
        url: "/api/v1/acts",
        payload: { ...payload, body: "{ }" },
      });
      expect(wrong.json().detail).to.contain("WavesWrongBody");
      const opening = await waves.posted({ code: ActCode.openWave, post: waves.id("W9"), key: PU });
      const noIds = await running.app.inject({
        method: "POST",
        url: "/api/v1/acts",
        payload: { ...opening, body: "{}" },
      });
      expect(noIds.json().type).to.equal("/problems/invalid-request");
      expect(running.services.chain.height(), "blocks").to.equal(height);
    });

    it("are leaves of the log, in the list of acts, in the events, in the figures", async () => {
      const [before, wave] = [waves.id("W0"), waves.id("W1")];
      const after = running.services.register().events;
      await waves.open(before);
      await waves.open(wave, { after: [before] });
      const [row] = rowsOf(wave, "a");
      const lot = await waves.lot(wave, "lot 1", [row!]);
      await waves.load(wave, lot, [row!]);
      await waves.close(wave, '{"migrated":1}');
      const number = await waves.number(wave);
      const { body } = await get(`/api/v1/migration/waves/${number}`);
      expect(body).to.deep.include({
        ...{ number, id: wave, state: "closed", inForce: false, after: [before], lots: 1, rows: 1, loaded: 1 },
        ...{ sums: [{ currency: "IDR", value: "11000", paid: "4000" }], certificateText: '{"migrated":1}' },
        certificate: {
          ...{ read: 7, rejected: 1, merged: 2, excluded: 3, migrated: 1 },
          digest: toHex(sha256(utf8('{"migrated":1}'))),
        },
      });
      expect(body.acts.map(({ act }: { act: string }) => act)).to.deep.equal([
        "openWave",
        "consentToWave",
        "closeWave",
      ]);
      const lots = await get(`/api/v1/migration/waves/${number}/lots`);
      expect(lots.total).to.equal(1);
      expect(lots.body.lots[0]).to.include({ number: 1, lotKey: lot.lotKey, rows: 1, value: "11000", tier: 1 });
      await running.services.checkpoint([]);
      for (const leaf of [...body.acts.map((each: { leaf: Hex }) => each.leaf), lots.body.lots[0].leaf]) {
        const proof = (await get(`/api/v1/proofs/inclusion?leaf=${leaf}`)).body;
        const read = (height: number, index: number) =>
          running.services.projection.get<Hex>(
            `node/${String(height).padStart(2, "0")}/${String(index).padStart(15, "0")}`,
          );
        expect(proof.auditPath).to.deep.equal(await auditPath(proof.index, proof.size, read as never));
      }
      const last = await get(`/api/v1/authority/last/${wave}`);
      expect(last.body.leaf).to.equal(body.acts.at(-1).leaf);
      const told = (await get(`/api/v1/events?after=${after}&limit=1000&kind=wave,lot`)).body.events;
      expect(told.map(({ event, kind }: { event: string; kind?: string }) => kind ?? event)).to.deep.equal([
        ...["openWave", "consentToWave", "openWave", "consentToWave", "lot", "closeWave"],
      ]);
      expect((await get(`/api/v1/events?after=${after}&kind=closeWave`)).body.events[0]).to.include({ wave: number });
      const figures = (await get("/metrics")).body as string;
      expect(figures).to.match(/prasasti_waves\{state="closed"\} [1-9]/);
      expect((await get("/")).body).to.contain("/api/v1/migration/waves");
      expect((await get("/api/v1/migration/waves/999")).status).to.equal(404);
      expect((await get("/api/v1/migration/waves?limit=1")).body.links.next).to.contain("from=2");
      expect(fromHex(wave)).to.have.length(32);
    });

    it("are shown and sent by the command line, whichever tool wrote the file", async () => {
      const url = await running.app.listen({ host: "127.0.0.1", port: 0 });
      const folder = await mkdtemp(join(tmpdir(), "prasasti-acts-"));
      const run = (...args: string[]) => prasasti(args, { PRASASTI_URL: url, PRASASTI_HOME: folder });
      const [before, wave] = [waves.id("W0"), waves.id("W1")];
      await waves.open(before);
      const { act, signatures } = await waves.posted(
        { code: ActCode.openWave, post: wave, key: PU },
        openingBody([before]),
      );
      const register = toHex(running.services.separator);
      const [own, theirs] = ["own.json", "theirs.json"].map((name) => join(folder, name)) as [string, string];
      const file = { format: "prasasti-act", version: 1, register, act, body: before, slots: signatures, texts: [] };
      await writeFile(own, JSON.stringify(file));
      const { texts: _, ...rest } = file;
      const slots = signatures.map((slot) => ({ ...slot, places: [slot.agency], holderText: "H-PRS-SEKDA" }));
      const says = { en: "", id: "" };
      await writeFile(theirs, JSON.stringify({ ...rest, format: "prasasti-wave-act", slots, says }));
      for (const path of [own, theirs]) {
        const { exit, out } = await run("act", "show", path);
        expect(exit, out).to.equal(0);
        expect(out).to.contain("Open a wave of legacy records").and.to.contain(`only after the wave: ${before}`);
      }
      expect((await run("act", "sign", theirs, "--as", "sandbox:sekda")).err).to.contain("prasasti migrate acts sign");
      const changed = JSON.stringify({ ...file, body: wave });
      await writeFile(own, changed);
      expect((await run("act", "show", own)).err).to.contain("was changed");
      expect((await run("act", "send", theirs)).exit).to.equal(0);
      expect((await get(`/api/v1/migration/waves/${await waves.number(wave)}`)).body.after).to.deep.equal([before]);
      const back = waves.id("W2");
      await waves.bring(back, rowsOf(back, "b"));
      await waves.rollBack(back);
      const told = await run("history", k("b"));
      expect(told.out).to.contain("withdrawn by wave rollback");
      expect((await run("status", k("b"))).out).to.contain("counts for nothing");
      expect((await run("record", k("b"))).err).to.contain("not in force");
      await rm(folder, { recursive: true });
    });

    it("a projection made anew is the same, with or without bodies that were brought; a start finds it whole", async () => {
      const { chain, deployment, projection, register, state } = running.services;
      await checkRows(register(), (prefix) => projection.count(prefix));
      expect((await Array.fromAsync(state.range("body/"))).length).to.be.greaterThan(0);
      const folder = await mkdtemp(join(tmpdir(), "prasasti-rebuilt-"));
      const table = await Table.open(folder);
      const follower = await Follower.over(table, deployment.addresses, 0);
      for await (const _ of follower.catchUp(chain.blocks(1))) void _;
      expect(await projection.differences(table, 5)).to.deep.equal([]);
      expect(await table.stateHash()).to.equal(await projection.stateHash());
      await table.close();
      await rm(folder, { recursive: true });
    });
  });
});
