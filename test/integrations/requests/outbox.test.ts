import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { NO_ID } from "../../../server/domain/entries/words.ts";
import type { Deduction } from "../../../server/domain/payments/payment-document.ts";
import type { PaymentRequest } from "../../../server/domain/payments/payment-request.ts";
import { AGENCY, at, JUTA, leafOf, OCID } from "../../rules/lives.ts";
import { runProgram } from "../killed-process.ts";
import {
  AGENCY_ACCOUNT,
  accounts,
  certified,
  closeWorld,
  openWorld,
  SUPPLIER_ACCOUNT,
  visible,
  type World,
} from "./world.ts";

/** Payment requests from the register to the treasury's folder and back, handed over exactly once. */

const hand = { agency: AGENCY, accounts, executeOn: "2026-03-02" };
const states = (requests: readonly PaymentRequest[]) => requests.map(({ state }) => state);
const pain002 = (
  original: string,
  group: string,
  items: [string, string, string?][] = [],
  at = "2026-03-02T09:00:00+07:00",
) =>
  new TextEncoder().encode(`<?xml version="1.0"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt>
<GrpHdr><MsgId>B-1</MsgId><CreDtTm>${at}</CreDtTm></GrpHdr>
<OrgnlGrpInfAndSts><OrgnlMsgId>${original}</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId><GrpSts>${group}</GrpSts></OrgnlGrpInfAndSts>
<OrgnlPmtInfAndSts><OrgnlPmtInfId>${original}</OrgnlPmtInfId>${items
    .map(
      ([id, status, reason]) =>
        `<TxInfAndSts><OrgnlEndToEndId>${id}</OrgnlEndToEndId><TxSts>${status}</TxSts>${reason === undefined ? "" : `<StsRsnInf><Rsn><Cd>${reason}</Cd></Rsn><AddtlInf>Rekening 1234567890 tutup</AddtlInf></StsRsnInf>`}</TxInfAndSts>`,
    )
    .join("")}</OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>`);

describe("payment requests", function () {
  this.timeout(20_000);
  let world: World;
  const opened = async (...amounts: bigint[]) => {
    world = await openWorld(certified(...amounts));
    await world.outbox.prepare(OCID);
    return world.outbox;
  };
  const list = async () =>
    (await world.outbox.list()).requests.sort((a, b) => a.certificate.sequence - b.certificate.sequence);
  afterEach(async () => {
    if (world !== undefined) await closeWorld(world);
    world = undefined as never;
  });

  it("come of certificates in force, each once, net of what is withheld; preparing again changes nothing", async () => {
    const outbox = await opened(100n * JUTA, 200n * JUTA);
    const first = await list();
    expect(first.map(({ payable, transfer, state }) => [payable, transfer, state])).to.deep.equal([
      [String(95n * JUTA), String(95n * JUTA), "prepared"],
      [String(190n * JUTA), String(190n * JUTA), "prepared"],
    ]);
    expect(first[0]!.certificate).to.include({ number: "BAP/4", on: "2026-02-02" });
    world.clock.now += 1_000_000;
    expect(await outbox.prepare(OCID)).to.have.deep.members(first);
  });

  it("are paid net of taxes that the treasurer takes, and of nothing that leaves nothing", async () => {
    const outbox = await opened(111n * JUTA);
    const [{ id }] = (await list()) as [PaymentRequest];
    const tax = (amount: bigint): Deduction[] => [{ kind: "PPN", name: "PPN", amount: String(amount) }];
    await outbox.prepare(OCID, [{ id, deductions: tax(10n * JUTA) }]);
    expect((await list())[0]!.transfer).to.equal(String(111n * JUTA - 555_000_000n - 10n * JUTA));
    const refused = await outbox.prepare(OCID, [{ id, deductions: tax(200n * JUTA) }]).catch((error) => error);
    expect(refused).to.include({ code: "invalid-request" });
    const unknown = await outbox.prepare(OCID, [{ id: "none" }]).catch((error) => error);
    expect(unknown).to.include({ code: "not-found" });
  });

  it("go out once, and no account stays in what we keep", async () => {
    const outbox = await opened(100n * JUTA, 200n * JUTA);
    const { file, left } = await outbox.handOver(hand);
    expect(left).to.deep.equal([]);
    expect(file).to.include({ state: "handedOver", sum: String(285n * JUTA) });
    const [[name, content]] = Object.entries(await visible(world)) as [[string, string]];
    expect(name).to.equal(`${file!.messageId}.xml`);
    expect(content).to.contain(SUPPLIER_ACCOUNT).and.to.contain("<CtrlSum>285000000.00</CtrlSum>");
    expect(states(await list())).to.deep.equal(["handedOver", "handedOver"]);
    expect(await outbox.handOver(hand)).to.deep.equal({ left: [], more: 0 });
    const rows: string[] = [];
    for await (const row of world.storage.range("")) rows.push(JSON.stringify(row));
    for (const secret of [SUPPLIER_ACCOUNT, AGENCY_ACCOUNT, AGENCY_ACCOUNT.replace(/\D/g, "")])
      expect(rows.filter((row) => row.includes(secret))).to.deep.equal([]);
  });

  it("that cannot go are left with their reason, and the others go", async () => {
    world = await openWorld(certified(100n * JUTA, 200n * JUTA + 20n), { decimals: 0 });
    await world.outbox.prepare(OCID);
    const [whole, sen] = (await list()) as [PaymentRequest, PaymentRequest];
    const { file, left } = await world.outbox.handOver({ ...hand, ids: [whole.id, sen.id, "none"] });
    expect(file!.requests).to.deep.equal([whole.id]);
    expect(left.map(({ id, code }) => [id, code])).to.have.deep.members([
      ["none", "unknown"],
      [sen.id, "has-sen"],
    ]);
    const [content] = Object.values(await visible(world));
    expect(content).to.contain('<InstdAmt Ccy="IDR">95000000</InstdAmt>');
    for (const [wrong, code] of [
      [accounts.slice(0, 1), "no-account"],
      [[...accounts, accounts[1]!], "two-accounts"],
      [[accounts[0]!, { ...accounts[1]!, account: "no digits" }], "bad-account"],
      [[accounts[0]!, { ...accounts[1]!, bank: "?" }], "bad-account"],
    ] as const)
      expect((await world.outbox.handOver({ ...hand, accounts: wrong })).left.map((each) => each.code)).to.deep.equal([
        code,
      ]);
    const noDebtor = await world.outbox.handOver({ ...hand, accounts: accounts.slice(1) }).catch((error) => error);
    expect(noDebtor).to.include({ code: "invalid-request" });
    const noRoute = await world.outbox.handOver({ ...hand, agency: leafOf(9) }).catch((error) => error);
    expect(noRoute).to.include({ code: "invalid-request" });
  });

  it("say when a payee's account is another one than last time", async () => {
    const outbox = await opened(100n * JUTA);
    await outbox.handOver(hand);
    world.life.certified({ amount: 50n * JUTA }, "2026-02-03");
    await outbox.prepare(OCID);
    await outbox.handOver({ ...hand, accounts: [accounts[0]!, { ...accounts[1]!, account: "99887700112" }] });
    const [, second] = await list();
    expect(second!.notes[0]!.en).to.match(/another one than last time/);
  });

  it("are acknowledged, rejected with reasons, and asked for again under another name", async () => {
    const outbox = await opened(100n * JUTA, 200n * JUTA);
    const { file } = await outbox.handOver(hand);
    const [one, two] = (await list()) as [PaymentRequest, PaymentRequest];
    const report = pain002(file!.messageId, "PART", [
      [one.endToEndId, "ACSC"],
      [two.endToEndId, "RJCT", "AC04"],
      ["SOMEBODY-ELSE", "RJCT"],
    ]);
    const read = await outbox.acknowledge(report);
    expect(read).to.include({ applied: 2 });
    expect(read.faults.map(({ code }) => code)).to.deep.equal(["unknown-payment"]);
    expect(await outbox.acknowledge(report)).to.deep.equal(read);
    const after = await list();
    expect(states(after)).to.deep.equal(["acknowledged", "rejected"]);
    expect(after[1]!.answer!.reasons).to.deep.equal([{ code: "AC04", text: "Rekening … tutup" }]);
    await outbox.prepare(OCID, [{ id: two.id, again: true }]);
    const again = await outbox.handOver(hand);
    expect(again.file!.requests).to.deep.equal([two.id]);
    expect((await list())[1]!.endToEndId).to.equal(`${two.endToEndId}-2`);
    // the bank's late word on the first attempt is of the first file, and changes nothing of the second
    const late = await outbox.acknowledge(
      pain002(file!.messageId, "PART", [[two.endToEndId, "RJCT"]], "2026-03-03T00:00:00Z"),
    );
    expect(late.applied).to.equal(0);
    expect(states(await list())).to.deep.equal(["acknowledged", "handedOver"]);
  });

  it("take a group's answer for all, keep it against an older one, and leave unknown messages aside", async () => {
    const outbox = await opened(100n * JUTA, 200n * JUTA);
    const { file } = await outbox.handOver(hand);
    expect(await outbox.acknowledge(pain002("NOT-OURS", "RJCT"))).to.deep.include({ applied: 0 });
    expect((await outbox.acknowledge(pain002(file!.messageId, "PDNG", [], "2026-03-02T01:00:00Z"))).applied).to.equal(
      2,
    );
    expect(states(await list())).to.deep.equal(["handedOver", "handedOver"]);
    await outbox.acknowledge(pain002(file!.messageId, "ACCP", [], "2026-03-02T03:00:00Z"));
    expect(states(await list())).to.deep.equal(["acknowledged", "acknowledged"]);
    const older = await outbox.acknowledge(pain002(file!.messageId, "RJCT", [], "2026-03-02T02:00:00Z"));
    expect(older.faults.map(({ code }) => code)).to.deep.equal(["older", "older"]);
    expect(states(await list())).to.deep.equal(["acknowledged", "acknowledged"]);
  });

  const pay = (amount: bigint) =>
    world.life.add({
      kind: "payment",
      terms: {
        ...{ currency: "IDR", amount, documentTotal: amount, issuer: AGENCY },
        ...{ documentKey: NO_ID, on: at("2026-03-03") },
      },
    });
  const giveBack = (sequence: number, amount: bigint) =>
    world.life.add({
      kind: "return",
      refersTo: leafOf(sequence),
      terms: {
        ...{ code: 1, currency: "IDR", amount, issuer: AGENCY, documentTotal: amount },
        ...{ documentKey: NO_ID, on: at("2026-03-04") },
      },
    });
  const paid = async () => (await list()).map(({ state, paid }) => [state, paid]);

  it("are paid by the SP2D that the ledger has, each payment once, and open again when it comes back", async () => {
    const outbox = await opened(100n * JUTA, 100n * JUTA);
    await outbox.handOver(hand);
    pay(95n * JUTA);
    await outbox.refresh(OCID);
    expect(states(await list())).to.deep.equal(["paid", "handedOver"]);
    expect((await list())[0]!.payments).to.have.length(1);
    expect((await list())[0]!.payments[0]).to.include({ sequence: 6, amount: String(95n * JUTA) });
    await outbox.refresh(OCID);
    expect(states(await list())).to.deep.equal(["paid", "handedOver"]);
    giveBack(6, 95n * JUTA);
    await outbox.refresh(OCID);
    expect(states(await list())).to.deep.equal(["handedOver", "handedOver"]);
    expect((await list())[0]!.notes[0]!.en).to.contain("came back");
  });

  it("are paid in parts, are handed over no more once a part is paid, and open again by what comes back", async () => {
    const outbox = await opened(100n * JUTA);
    pay(30n * JUTA);
    await outbox.refresh(OCID);
    expect(await paid()).to.deep.equal([["partlyPaid", String(30n * JUTA)]]);
    const [{ id }] = (await list()) as [PaymentRequest];
    const { file, left } = await outbox.handOver({ ...hand, ids: [id] });
    expect(file).to.equal(undefined);
    expect(left.map(({ code }) => code)).to.deep.equal(["not-prepared"]);
    pay(65n * JUTA);
    await outbox.refresh(OCID);
    expect(await paid()).to.deep.equal([["paid", String(95n * JUTA)]]);
    giveBack(6, 5n * JUTA);
    await outbox.refresh(OCID);
    expect(await paid()).to.deep.equal([["partlyPaid", String(90n * JUTA)]]);
  });

  it("are paid together by one SP2D, and by exact payments before partial ones", async () => {
    const outbox = await opened(100n * JUTA, 200n * JUTA, 40n * JUTA);
    pay(290n * JUTA);
    pay(38n * JUTA);
    await outbox.refresh(OCID);
    expect(await paid()).to.deep.equal([
      ["paid", String(95n * JUTA)],
      ["paid", String(190n * JUTA)],
      ["paid", String(38n * JUTA)],
    ]);
    expect((await list())[1]!.payments).to.have.length(1);
  });

  it("with taxes taken are paid by the gross SP2D in parts, or by the net that somebody recorded; sen are rounding", async () => {
    const outbox = await opened(100n * JUTA, 200n * JUTA + 40n);
    const [{ id }] = (await list()) as [PaymentRequest];
    const deductions: Deduction[] = [{ kind: "PPN", name: "PPN", amount: String(10n * JUTA) }];
    await outbox.prepare(OCID, [{ id, deductions }]);
    for (const amount of [50n * JUTA, 45n * JUTA, 190n * JUTA]) pay(amount);
    await outbox.refresh(OCID);
    expect(await paid()).to.deep.equal([
      ["paid", String(95n * JUTA)],
      ["paid", String(190n * JUTA)],
    ]);
    for (const sequence of [6, 7]) giveBack(sequence, sequence === 6 ? 50n * JUTA : 45n * JUTA);
    pay(85n * JUTA);
    await outbox.refresh(OCID);
    expect((await paid())[0]).to.deep.equal(["paid", String(85n * JUTA)]);
  });

  it("follow a corrected certificate while nobody outside knows, and are marked afterwards", async () => {
    const outbox = await opened(100n * JUTA, 200n * JUTA);
    const [one] = (await list()) as [PaymentRequest];
    await outbox.handOver({ ...hand, ids: [one.id] });
    const correct = (sequence: number, amount: bigint) =>
      world.life.add({
        kind: "correction",
        refersTo: leafOf(sequence),
        terms: { currency: "IDR", amount, documentKey: NO_ID, on: at("2026-02-02") },
      });
    correct(4, 90n * JUTA);
    correct(5, 180n * JUTA);
    await outbox.refresh(OCID);
    const [went, stayed] = (await list()) as [PaymentRequest, PaymentRequest];
    expect(went).to.include({ payable: String(95n * JUTA), state: "handedOver" });
    expect(went.notes).to.have.length(1);
    expect(stayed).to.include({ payable: String(180n * JUTA), state: "prepared" });
  });
});

describe("a hand-over that is killed", function () {
  this.timeout(120_000);
  const PROGRAM = new URL("hand-over-process.ts", import.meta.url);
  const runs = (folder: string, failpoint?: string) => runProgram(PROGRAM, [folder], failpoint);
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "prasasti-killed-"));
  });
  afterEach(() => rm(folder, { recursive: true }));
  const out = () => ({ out: path.join(folder, "out") });

  /** What a receiver took before, by message id; files that it takes are gone from the folder. */
  const take = async (taken: Map<string, string>) => {
    for (const [name, content] of Object.entries(await visible(out()))) {
      const id = /<MsgId>([^<]+)</.exec(content)![1]!;
      if (taken.has(id)) expect(content, "the same message id with another content").to.equal(taken.get(id));
      taken.set(id, content);
      await rename(path.join(folder, "out", name), path.join(folder, name));
    }
  };

  for (const [place, before] of [
    ["request-intended", 0],
    ["request-written", 0],
    ["request-noted", 0],
    ["request-renamed", 1],
    ["request-recorded", 1],
  ] as const)
    it(`at ${place}, hands over each request once and loses none`, async () => {
      const taken = new Map<string, string>();
      expect((await runs(folder, place)).signal).to.equal("SIGKILL");
      expect(Object.keys(await visible(out()))).to.have.length(before);
      // the treasury fetches while we are down
      await take(taken);
      expect((await runs(folder)).signal).to.equal(null);
      await take(taken);
      expect((await runs(folder)).signal).to.equal(null);
      await take(taken);
      const payments = [...taken.values()].flatMap((content) =>
        [...content.matchAll(/<EndToEndId>([^<]+)</g)].map(([, id]) => id),
      );
      expect(payments).to.have.length(2);
      expect(new Set(payments).size).to.equal(2);
      const [sum] = [...taken.values()].map((content) => /<CtrlSum>([^<]+)</.exec(content)![1]);
      expect(sum).to.equal("285000000.00");
    });

  it("twice in a row, at different places, still hands over once", async () => {
    const taken = new Map<string, string>();
    await runs(folder, "request-written");
    await take(taken);
    await runs(folder, "request-noted");
    await take(taken);
    // it recovers what was noted as written, and has nothing left to hand over
    const { out: said } = await runs(folder);
    expect(JSON.parse(said)).to.deep.include({ recovered: { finished: 1, undone: 0 }, left: [] });
    await take(taken);
    expect(taken.size).to.equal(1);
  });

  it("with a half-written file beside its place, writes it anew", async () => {
    await runs(folder, "request-intended");
    const world = await openWorld(certified(), { folder });
    const [file] = await world.outbox.files();
    await world.storage.close();
    await mkdir(path.join(folder, "out", ".prasasti"), { recursive: true });
    await writeFile(path.join(folder, "out", ".prasasti", file!.name), "<half");
    await runs(folder);
    const [content] = Object.values(await visible(out()));
    expect(content).to.match(/<\/Document>\n$/);
    expect(await readFile(path.join(folder, "out", ".prasasti", file!.name)).catch(() => "gone")).to.equal("gone");
  });
});
