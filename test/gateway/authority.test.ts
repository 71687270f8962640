import { expect } from "chai";
import { type Act, ActCode, officeKey, subjectOfAct } from "../../server/domain/entries/act.ts";
import { actRefusals } from "../../server/domain/entries/act-refusals.ts";
import { idOf } from "../../server/domain/entries/entry.ts";
import { Role } from "../../server/domain/entries/kinds.ts";
import { type Hex, NO_ID, toHex, utf8 } from "../../server/domain/entries/words.ts";
import { actDigest, anAct, handOverBody } from "../../server/ledger/acts.ts";
import { interfaceOf } from "../../server/ledger/deploy.ts";
import { sign } from "../../server/ledger/signatures.ts";
import { decideInSandbox } from "../../server/sandbox/bootstrap.ts";
import { secretOf } from "../../server/sandbox/people.ts";
import { atSecond, now, posted, type Running, startGateway } from "./world.ts";

/** Who could do what on a day, as the gateway tells it from acts that were sent through it. */

describe("authority", function () {
  this.timeout(120_000);
  let running: Running;
  const [agency, region] = [idOf("ID-PRS-DPUPR"), idOf("ID-PRS-TIRTARAYA")];
  const post = idOf("POST-TEST");
  const [old, next, deputy] = ["H-PRS-PPK-KES", "H-PRS-PPK-KEU", "H-PRS-PPK-DIK"];
  const about = { agency, role: Role.officer, post };
  const asOf: Record<string, number> = {};
  before(async () => {
    running = await startGateway(undefined, { rateLimit: 1_000_000 });
    const until = now() + 86_400;
    // moments of the register have a second each, so that what was true between two acts can be asked for
    const act = async (name: string, ...given: Parameters<typeof send>) => {
      const { status, body } = await send(...given);
      if (status !== 201) throw new Error(`${name}: ${body.detail}`);
      asOf[name] = now();
      await atSecond(now() + 2);
      asOf[`after ${name}`] = now() - 1;
    };
    const head: Signer = ["H-PRS-SEKDA", Role.head, region];
    const letter = '{"letter":"SK 821/7/2026"}';
    await atSecond(now() + 1);
    asOf.before = now() - 1;
    await act("grant", [head], { ...about, code: ActCode.grant, holder: idOf(old) }, letter);
    await act("delegate", [[old, Role.officer, agency]], {
      ...about,
      code: ActCode.delegate,
      holder: idOf(deputy),
      until,
    });
    await act("suspend", [head], { ...about, code: ActCode.suspend, holder: idOf(old) });
    await act("resume", [head], { ...about, code: ActCode.resume, holder: idOf(old) });
    const list = handOverBody([{ role: Role.officer, post }], { letter: "SK 821/9/2026" });
    const both: Signer[] = [head, ["H-PRS-INSPEKTUR", Role.overseer, NO_ID]];
    // the officer of another agency keeps what he has there
    await act("handOver", both, { code: ActCode.handOver, holder: idOf(old), key: idOf(next), agency }, list);
  });
  after(() => running.remove());

  type Signer = [string, number, Hex];
  const get = async (path: string) => {
    const response = await running.app.inject({ url: `/api/v1/authority${path}` });
    return { status: response.statusCode, body: response.json() };
  };
  async function send(signers: Signer[], given: Partial<Act> & { code: number }, body = "{}") {
    const act = anAct({ maker: idOf(signers[0]![0]), expires: now() + 3_600, ...given }, body);
    const last = await get(`/last/${subjectOfAct(act)}`);
    const whole = { ...act, previous: last.body.leaf as Hex };
    const digest = actDigest(running.services.separator, whole);
    const signatures = signers.map(([id, role, at]) => ({
      ...{ holder: idOf(id), role, agency: at },
      signature: toHex(sign(digest, secretOf(id))),
    }));
    const payload = { act: whole, signatures, body };
    const response = await running.app.inject({ method: "POST", url: "/api/v1/acts", payload });
    return { status: response.statusCode, body: response.json() };
  }
  const instant = (name: string) => encodeURIComponent(new Date(asOf[name]! * 1000).toISOString());
  const officersAt = async (name: string) => {
    const { body } = await get(`?at=${instant(name)}&agency=ID-PRS-DPUPR&role=officer`);
    return (body.offices as Told[]).filter((office) => office.post === post);
  };
  type Told = {
    holder: Hex;
    post: Hex;
    state: string;
    principal?: Hex;
    ended?: number;
    granted: { act: string; leaf: Hex; by: { holder: Hex; role: number }[]; letter: { reference?: string } };
    before: { act: string }[];
    since: { act: string; ofPrincipal?: true }[];
  };
  const holders = (found: Told[]) => found.map(({ holder, state }) => [holder, state]);

  it("is nobody's before the grant", async () => {
    expect(await officersAt("before")).to.deep.equal([]);
  });
  it("tells by which grant, given by whom, on which letter, and what came of it since", async () => {
    const [found, ...more] = await officersAt("after grant");
    expect(more).to.deep.equal([]);
    expect(found).to.deep.include({ holder: idOf(old), state: "inForce", before: [] });
    expect(found!.granted).to.deep.include({ act: "grant" });
    expect(found!.granted.letter.reference).to.equal("SK 821/7/2026");
    expect(found!.granted.by.map(({ holder, role }) => [holder, role])).to.deep.equal([
      [idOf("H-PRS-SEKDA"), Role.head],
    ]);
    expect(found!.since.map(({ act }) => act)).to.deep.equal(["suspend", "resume", "handOver"]);
    expect(found!.ended).to.be.within(asOf.handOver! - 2, asOf.handOver!);
  });
  it("tells a delegate with his principal, and that both stopped with the suspension, he for good", async () => {
    expect(holders(await officersAt("after delegate"))).to.deep.equal([
      [idOf(old), "inForce"],
      [idOf(deputy), "inForce"],
    ]);
    const delegate = (await officersAt("after delegate"))[1]!;
    expect(delegate.principal).to.equal(idOf(old));
    expect(delegate.since).to.have.length(1);
    expect(delegate.since[0]).to.include({ act: "suspend", ofPrincipal: true });
    expect(holders(await officersAt("after suspend"))).to.deep.equal([[idOf(old), "suspended"]]);
    expect(holders(await officersAt("after resume"))).to.deep.equal([[idOf(old), "inForce"]]);
  });
  it("tells of the successor after a hand-over, and of the former no more", async () => {
    const found = await officersAt("after handOver");
    expect(holders(found)).to.deep.equal([[idOf(next), "inForce"]]);
    expect(found[0]!.granted.by).to.have.length(2);
    expect(found[0]!.granted.letter.reference).to.equal("SK 821/9/2026");
  });
  it("of a whole day is everybody who could at some moment of it", async () => {
    const dayOf = (name: string) => new Date(asOf[name]! * 1000 + 7 * 3_600_000).toISOString().slice(0, 10);
    const day = dayOf("grant");
    const { body } = await get(`?at=${day}&agency=ID-PRS-DPUPR&role=officer`);
    const found = (body.offices as Told[]).filter((office) => office.post === post);
    // midnight may come between the acts
    const then = [[old], dayOf("delegate") === day ? [deputy] : [], dayOf("handOver") === day ? [next] : []].flat();
    expect(holders(found)).to.deep.equal(then.map((who) => [idOf(who), "inForce"]));
  });
  it("finds those above an agency whose office covers it, and by holder", async () => {
    const { body } = await get("?agency=ID-PRS-DPUPR&role=head");
    expect(holders(body.offices)).to.deep.equal([[idOf("H-PRS-SEKDA"), "inForce"]]);
    const own = await get(`?holder=${next}&agency=ID-PRS-DPUPR`);
    expect(own.body.offices).to.have.length(1);
    expect((await get("?holder=H-NOBODY")).body.offices).to.deep.equal([]);
  });
  it("comes in pages that leave nothing out", async () => {
    const whole = (await get("?limit=500")).body.offices as Told[];
    const paged: Told[] = [];
    for (let path: string | undefined = "?limit=7"; path !== undefined; ) {
      const { body } = await get(path);
      paged.push(...body.offices);
      path = body.links && new URL(body.links.next).search;
    }
    expect(whole.length).to.be.greaterThan(40);
    expect(paged).to.deep.equal(whole);
    const merged = (await get("?agency=ID-PRS-DPUPR&limit=500")).body.offices as Told[];
    const first = (await get("?agency=ID-PRS-DPUPR&limit=3")).body;
    const rest = (await get(new URL(first.links.next).search.replace("limit=3", "limit=500"))).body;
    expect([...first.offices, ...rest.offices]).to.deep.equal(merged);
  });
  it("is refused for a moment to come, for what is none, and for a cursor that no page gave", async () => {
    expect((await get("?at=2100-01-01")).body.type).to.equal("/problems/moment-in-future");
    expect((await get("?at=yesterday")).status).to.equal(400);
    expect((await get("?role=king")).status).to.equal(400);
    expect((await get("?cursor=abc")).body.type).to.equal("/problems/invalid-cursor");
  });
  it("tells the whole life of one office", async () => {
    const { body } = await get(`/offices/${officeKey(idOf(deputy), agency, Role.officer, post)}`);
    expect(body.terms).to.have.length(1);
    expect(body.terms[0].turns.map(({ act }: { act: string }) => act)).to.deep.equal(["suspend"]);
    expect((await get(`/offices/${idOf("none")}`)).status).to.equal(404);
  });
  it("lists holders, page by page", async () => {
    const first = (await get("/holders?limit=5")).body;
    expect(first.holders).to.have.length(5);
    const second = (await get(new URL(first.links.next).search.replace("?", "/holders?"))).body;
    expect(second.holders[0].id > first.holders[4].id).to.equal(true);
  });
  it("is what counts: the former holder's signature is refused, the successor's is not", async () => {
    const terms = {
      code: 2,
      currency: "IDR",
      value: 1_000_00n,
      officer: post,
      party: idOf("ID-PRS-S-0001"),
      on: now() - 86_400,
    };
    const submit = async (by: string) => {
      const { payload } = posted(running.services.separator, running.services.register().seen, {
        by,
        maker: idOf(by),
        terms,
      });
      return (await running.app.inject({ method: "POST", url: "/api/v1/submissions?wait=9000", payload })).json();
    };
    expect((await submit(old)).type).to.equal("/problems/office-ended");
    expect((await submit(deputy)).type).to.equal("/problems/delegation-ended");
    expect((await submit(next)).state).to.equal("final");
  });
  it("says in words why an act is refused, every error of the contract", async () => {
    const self: Signer = [next, Role.officer, agency];
    const given = { ...about, code: ActCode.delegate, holder: idOf(next), until: now() + 60 };
    const { status, body } = await send([self], given);
    expect([status, body.type]).to.deep.equal([422, "/problems/act-refused"]);
    expect(body.detail).to.contain("AuthoritySamePerson").and.to.contain("Two people are needed");
    const errors = interfaceOf("Authority")
      .fragments.filter((fragment) => fragment.type === "error")
      .map((fragment) => (fragment as unknown as { name: string }).name)
      .filter((name) => name.startsWith("Authority"));
    expect(Object.keys(actRefusals)).to.include.members(errors);
  });
  it("is not relayed where its text holds somebody's number, which would be public for ever", async () => {
    const self: Signer = [next, Role.officer, agency];
    const given = { ...about, code: ActCode.delegate, holder: idOf(next), until: now() + 60 };
    const { status, body } = await send([self], given, '{"reference":"SK 12 a.n. NIK 3204121708850001"}');
    expect([status, body.type]).to.deep.equal([422, "/problems/personal-data"]);
    expect(JSON.stringify(body)).to.contain("/reference").and.not.to.contain("3204121708850001");
  });
  it("that the council gave in an emergency raises an alarm while it runs, in health, figures and history", async () => {
    const glass = [idOf(old), agency, Role.approver, NO_ID, now() + 86_400, utf8('{"reason":"flood"}')];
    const data = interfaceOf("Authority").encodeFunctionData("breakGlass", glass) as Hex;
    await decideInSandbox(running.services, running.services.deployment.addresses.Authority, data);
    await running.services.projected();
    const health = async () => (await running.app.inject({ url: "/health/ready" })).json().alarms;
    const [alarm, ...more] = await health();
    expect(more).to.deep.equal([]);
    expect(alarm.kind).to.equal("breakGlass");
    expect(alarm.detail).to.contain("the council broke the glass").and.to.contain(idOf(old));
    const figures = async () => (await running.app.inject({ url: "/metrics" })).body;
    expect(await figures()).to.contain("\nprasasti_break_glass_offices 1\n");
    const { body } = await get(`?holder=${old}&role=approver`);
    expect(body.offices.find((office: Told) => office.granted.leaf === alarm.what).granted).to.include({
      act: "breakGlass",
    });
    const ended = await send([["H-PRS-SEKDA", Role.head, region]], {
      ...{ code: ActCode.revoke, holder: idOf(old), agency, role: Role.approver },
    });
    expect(ended.status).to.equal(201);
    await atSecond(now() + 1);
    expect(await health()).to.deep.equal([]);
    expect(await figures()).to.contain("\nprasasti_break_glass_offices 0\n");
  });
});
