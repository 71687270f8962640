import { expect } from "chai";
import { ConnectorsHere } from "./connectors-world.ts";
import { OPERATOR, type Running, signedIn, startGateway } from "./world.ts";

describe("connectors over HTTP", function () {
  this.timeout(60_000);
  let running: Running;
  let here: ConnectorsHere;
  const tokens: Record<string, string> = { operator: OPERATOR };

  before(async () => {
    running = await startGateway(undefined, { integrations: () => here?.integrations });
    here = await ConnectorsHere.open(running);
    await here.write("no;amount\n1;10\nbad;20\n");
    tokens.treasurer = await signedIn(running, "bend-dik", "H-PRS-BEND-DIK");
    tokens.registrar = await signedIn(running, "pendaftar", "H-PRS-PENDAFTAR");
    tokens.supplier = await signedIn(running, "direktur-2", "H-PRS-DIR-2");
  });
  after(async () => {
    await here.close();
    await running.remove();
  });

  const ask = async (who: string, method: "GET" | "POST", url: string, payload?: object) =>
    running.app.inject({
      ...{ method, url: `/api/v1/connectors${url}`, headers: { authorization: `Bearer ${tokens[who]}` } },
      ...(payload === undefined ? {} : { payload }),
    });
  const ended = () => here.ended();

  it("are told to those who pay, buy and audit, and to the operator; others learn nothing", async () => {
    for (const who of ["operator", "treasurer", "registrar"]) {
      const { connectors } = (await ask(who, "GET", "")).json();
      expect(connectors[0]).to.include({
        id: "sp2d",
        name: "SP2D of SIMDA",
        state: "idle",
        schedule: "02:30 Asia/Jakarta",
      });
    }
    expect((await ask("supplier", "GET", "")).statusCode).to.equal(403);
    expect((await running.app.inject({ url: "/api/v1/connectors" })).statusCode).to.equal(401);
  });

  it("are run by the operator and registrars alone, which the access log keeps", async () => {
    expect((await ask("treasurer", "POST", "/sp2d/runs", {})).statusCode).to.equal(403);
    const begun = await ask("operator", "POST", "/sp2d/runs", {});
    expect(begun.statusCode, begun.payload).to.equal(202);
    expect(begun.headers.location).to.equal("/api/v1/connectors/sp2d/runs/1");
    const told = await ended();
    expect(told.lastRun).to.include({ number: 1, state: "done", read: 2, drafted: 1, setAside: 1, undecided: 0 });
    expect(told.openLetters).to.equal(1);
    const rows = await Array.fromAsync(running.services.accessLog.from(1));
    expect(rows.map(({ act, what }) => `${act} ${what}`)).to.include("operate-connector run sp2d");
    expect((await ask("treasurer", "GET", "/sp2d/runs/1")).json()).to.include({ read: 2 });
    expect((await ask("treasurer", "GET", "/sp2d/runs")).json().runs).to.have.length(1);
  });

  it("show what was set aside and why, retry it, and give it up with a reason", async () => {
    const { letters } = (await ask("treasurer", "GET", "/sp2d/dead-letters")).json();
    expect(letters).to.have.length(1);
    expect(letters[0]).to.deep.include({ code: "test", words: { en: "bad", id: "buruk" }, state: "open" });
    expect((await ask("operator", "POST", "/sp2d/dead-letters/retry", { letters: "all" })).statusCode).to.equal(202);
    expect((await ended()).lastRun).to.include({ reason: "retry", read: 1, setAside: 1 });
    const drop = (reason: string) =>
      ask("registrar", "POST", "/sp2d/dead-letters/drop", { letters: [letters[0].id], reason });
    expect((await drop("NIK 3171020101900001")).json().type).to.equal("/problems/personal-data");
    expect((await drop("typed twice")).json().letters[0]).to.include({ state: "dropped", reason: "typed twice" });
    expect((await ended()).openLetters).to.equal(0);
  });

  it("are paused and resumed, tested, and read again from what was captured", async () => {
    const paused = await ask("operator", "POST", "/sp2d/pause", { reason: "SIMDA is being moved" });
    expect(paused.json()).to.deep.include({ state: "paused" });
    expect((await ask("operator", "POST", "/sp2d/runs", {})).json().type).to.equal("/problems/connector-paused");
    expect((await ask("operator", "POST", "/sp2d/resume", {})).json().state).to.equal("idle");
    expect((await ask("operator", "POST", "/sp2d/test", {})).json()).to.deep.include({ ok: true, rows: 2 });
    const again = await ask("operator", "POST", "/sp2d/runs", { backfill: "captures" });
    expect(again.statusCode).to.equal(202);
    expect((await ended()).lastRun).to.include({ reason: "captures", read: 2, unchanged: 1 });
  });

  it("show the contract, and take a changed one where it is accepted", async () => {
    await here.write("nomor;amount\n1;10\n2;20\n");
    await ask("operator", "POST", "/sp2d/runs", {});
    expect((await ended()).openAlarms).to.equal(2);
    const { contract, alarms } = (await ask("treasurer", "GET", "/sp2d/contract")).json();
    expect(Object.keys(contract.tables[""])).to.deep.equal(["no", "amount"]);
    expect(alarms.map(({ kind }: { kind: string }) => kind)).to.have.members(["missing", "new"]);
    expect((await ask("operator", "POST", "/sp2d/contract", { alarms: [9] })).json().type).to.equal(
      "/problems/unknown-alarm",
    );
    const accepted = (await ask("operator", "POST", "/sp2d/contract", { alarms: "all" })).json();
    expect(accepted.accepted).to.have.length(2);
    expect(accepted.run.reason).to.equal("retry");
    expect((await ended()).lastRun).to.include({ read: 2, drafted: 1, unchanged: 1 });
  });

  it("name what there is not, in both languages", async () => {
    const url = "/api/v1/connectors/absent";
    const headers = { authorization: `Bearer ${OPERATOR}`, "accept-language": "id" };
    const { type, title } = (await running.app.inject({ url, headers })).json();
    expect(type).to.equal("/problems/unknown-connector");
    expect(title).to.include("konektor");
  });

  it("are counted in the metrics of the process", async () => {
    const text = await running.services.metrics.text();
    expect(text).to.match(/prasasti_connector_rows_total\{job="sp2d",outcome="drafted"\} [1-9]/);
    expect(text).to.include("prasasti_connector_dead_letters");
  });
});

describe("a gateway without integrations", function () {
  this.timeout(60_000);
  it("says so, and what to do", async () => {
    const running = await startGateway();
    const headers = { authorization: `Bearer ${OPERATOR}` };
    const answer = await running.app.inject({ url: "/api/v1/connectors", headers });
    expect(answer.statusCode).to.equal(503);
    expect(answer.json().type).to.equal("/problems/integrations-off");
    await running.remove();
  });
});
