import { expect } from "chai";
import { idOf } from "../../../server/domain/entries/entry.ts";
import { paymentIdOf } from "../../../server/domain/payments/matched-payment.ts";
import { POST_PU_1 } from "../../../server/sandbox/people.ts";
import { signedIn } from "../../gateway/world.ts";
import { prasasti as run } from "../../operations/prasasti.ts";
import { anSp2d, openWorld, type World } from "./world.ts";

const ocid = (name: string) => `ocds-213czf-dpupr-bend-${name}`;

describe("payments as a treasurer works with them", function () {
  this.timeout(120_000);
  let world: World;
  let bud: string;
  let officer: string;
  let school: string;

  before(async () => {
    world = await openWorld();
    bud = await signedIn(world.running, "bud", "H-PRS-BUD");
    officer = await signedIn(world.running);
    school = await signedIn(world.running, "bend-dik", "H-PRS-BEND-DIK");
    for (const name of ["g1", "g2", "g3"])
      await world.record("ppk-pu", [
        {
          contract: {
            ...{ ocid: ocid(name), agency: "ID-PRS-DPUPR", contract: `SPK-${name}`, code: "spk", value: "12.000.000" },
            ...{ supplier: "ID-PRS-S-0001", post: POST_PU_1, on: "2026-11-02", details: { title: `Drainase ${name}` } },
          },
        },
      ]);
    await world.keep(...documents());
  });
  after(() => world.close());

  const payee = () => ({ name: world.register.nameOf(idOf("ID-PRS-S-0001")) });
  const documents = () => [
    anSp2d({ number: "1/SP2D/2026", gross: "1200000000", payee: payee(), purpose: "Pembayaran Drainase" }),
    anSp2d({ number: "2/SP2D/2026", gross: "900000000", payee: payee(), purpose: "Belanja Drainase g1 dan lain-lain" }),
    anSp2d({
      number: "3/SP2D/2026",
      gross: "500000000",
      payee: { name: "Budi", person: "digest" },
      purpose: "Honor narasumber",
      agency: idOf("ID-PRS-DISDIK"),
    }),
  ];
  const idAt = (at: number) =>
    paymentIdOf(documents().map((each, n) => ({ ...each, number: `${n + 1}/SP2D/2026` }))[at]!.key);
  const ask = (method: "GET" | "POST", url: string, token: string, payload?: object) =>
    world.running.app.inject({
      ...{ method, url: `/api/v1/payments${url}`, headers: { authorization: `Bearer ${token}` } },
      ...(payload === undefined ? {} : { payload }),
    });
  const prasasti = (...args: string[]) =>
    run(["payments", ...args, "--as", "sandbox:bud"], {
      PRASASTI_URL: world.url,
      PRASASTI_HOME: process.env.PRASASTI_HOME!,
    });

  it("shows a treasury's payments to who answers for it, an office's to that office, and to nobody else", async () => {
    const all = (await ask("GET", "", bud)).json();
    expect(all.payments).to.have.length(3);
    expect(all.payments.find(({ id }: { id: string }) => id === idAt(2))).not.to.have.property("payee");
    const own = (await ask("GET", "", officer)).json();
    expect(own.payments.map(({ number }: { number: string }) => number)).to.deep.equal(["1/SP2D/2026", "2/SP2D/2026"]);
    expect((await ask("GET", `/${idAt(2)}`, officer)).statusCode).to.equal(404);
    expect((await ask("GET", `/${idAt(0)}`, school)).statusCode).to.equal(404);
    expect((await ask("GET", "/queue", bud)).json().payments.length).to.be.greaterThan(0);
    expect((await world.running.app.inject({ url: "/api/v1/payments" })).statusCode).to.equal(401);
  });

  it("lets nobody but the treasurer decide, and says which contracts there are to decide upon", async () => {
    const shares = [{ ocid: ocid("g1"), contractId: "SPK-g1" }];
    for (const token of [officer, school]) {
      const refused = await ask("POST", `/${idAt(0)}/decisions`, token, { act: "accept", shares });
      expect(refused.statusCode).to.be.oneOf([403, 404]);
    }
    const found = (await ask("GET", "/contracts?text=drainase%20g2", bud)).json().contracts;
    expect(found.map((each: { ocid: string }) => each.ocid)).to.deep.equal([ocid("g2")]);
    const wrong = await ask("POST", `/${idAt(0)}/decisions`, bud, {
      act: "accept",
      shares: [{ ocid: ocid("g9"), contractId: "SPK" }],
    });
    expect(wrong.json().type).to.contain("payment-shares");
    const named = await ask("POST", `/${idAt(0)}/decisions`, bud, { act: "notContract", note: "NIK 3273010101800001" });
    expect(named.json().type).to.contain("personal-data");
  });

  it("is worked from the command line: queue, show, accept, split, undo, sign", async () => {
    const queue = await prasasti("queue");
    expect(queue.exit, queue.err).to.equal(0);
    expect(queue.out).to.contain("1/SP2D/2026");
    const shown = await prasasti("show", idAt(0).slice(0, 10), "--lang", "id");
    expect(shown.out).to.contain("dibayar atas nama");
    expect((await prasasti("accept", idAt(0), ocid("g1"), "SPK-g1", "--note", "sesuai BAP")).exit).to.equal(0);
    const undone = await prasasti("undo", idAt(0), "1");
    expect(undone.exit, undone.err).to.equal(0);
    expect((await prasasti("accept", idAt(0), ocid("g2"), "SPK-g2")).exit).to.equal(0);
    const split = await prasasti("split", idAt(1), `${ocid("g1")}/SPK-g1=6.000.000`, `${ocid("g3")}/SPK-g3=3.000.000`);
    expect(split.exit, split.err).to.equal(0);
    const signed = await prasasti("sign", "--yes");
    expect(signed.exit, signed.err + signed.out).to.equal(0);
    expect(signed.out).to.contain("3 recorded, signed with 1 signature");
    await world.tell();
    const nothing = await prasasti("sign", "--yes");
    expect(nothing.out).to.contain("Nothing is proposed");
    const told = (await ask("GET", `/${idAt(1)}`, bud)).json();
    expect(told.state).to.equal("recorded");
    expect(told.shares.map(({ state }: { state: string }) => state)).to.deep.equal(["recorded", "recorded"]);
    const late = await prasasti("undo", idAt(1), "1");
    expect(late.exit).to.equal(1);
    expect(late.err).to.contain("The ledger has this payment already");
    expect((await ask("POST", "/match", bud, {})).json().judged).to.equal(0);
  });
});
