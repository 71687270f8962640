import { expect } from "chai";
import { idOf } from "../../../server/domain/entries/entry.ts";
import type { Hex } from "../../../server/domain/entries/words.ts";
import { paymentIdOf } from "../../../server/domain/payments/matched-payment.ts";
import type { Part } from "../../../server/integrations/part.ts";
import { LAMA, WavesHere } from "../../gateway/waves-world.ts";
import { until } from "../../gateway/world.ts";
import { anSp2d, openReconciliationOf, openWorld, TREASURY, type World } from "./world.ts";

const SETTINGS = "apiVersion: prasasti/connectors/v1\nsources: {}\njobs: []\n";

describe("payments of contracts that a wave brings and takes back", function () {
  this.timeout(120_000);
  let world: World;
  let part: Part;
  let waves: WavesHere;

  before(async () => {
    world = await openWorld();
    waves = new WavesHere(world.running);
    part = await openReconciliationOf(world, SETTINGS);
  });
  after(async () => {
    await part?.close();
    await world.close();
  });

  const open = async () => (await world.proposals.list({ limit: 256, states: ["open"] })).proposals;
  const ask = async (name: string, args: object) => {
    const { content } = (await part.calls[name]!({
      ...{ agency: TREASURY, format: "json", language: "en", ...args },
    })) as { content: string };
    return JSON.parse(content);
  };
  const causes = async () => {
    const [rupiah] = (await ask("reconciliation.report", { period: "2026-11" })).currencies;
    return rupiah.causes.map(({ cause, amount }: { cause: string; amount: string }) => [cause, amount]);
  };
  const obligations = async () => (await ask("reconciliation.yearEnd", { on: "2026-12-31" })).open.length;

  it("are matched while the wave is in force, and looked at again once it is rolled back", async () => {
    const wave = waves.id("W1");
    const names = ["satu", "dua"];
    const rows = names.map((name) =>
      waves.row(wave, name, {
        contractId: `027/${name}/SPK/LAMA/2023`,
        body: { contracts: [{ id: `027/${name}/SPK/LAMA/2023`, title: `Jalan lama ${name}` }] },
      }),
    );
    const payee = { name: world.register.nameOf(idOf("ID-PRS-S-0001")) };
    const [one, two] = names.map((name, at) =>
      anSp2d({
        gross: String(3000 + at),
        payee,
        purpose: `Pelunasan Jalan lama ${name} SPK 027/${name}/SPK/LAMA/2023`,
      }),
    ) as [ReturnType<typeof anSp2d>, ReturnType<typeof anSp2d>];
    await waves.bring(wave, rows, { waits: true });
    await world.tell();
    await world.keep(one, two);
    expect(await open(), "before it is in force").to.deep.equal([]);
    expect(await obligations()).to.equal(0);

    await waves.activate(wave);
    await world.tell();
    expect((await open()).map(({ ocid }) => ocid).sort()).to.deep.equal(names.map((name) => `${LAMA}-${name}`).sort());
    expect(await obligations()).to.equal(2);
    expect(await causes()).to.deep.include(["notInLedger", "-6001"]);
    await world.payments.decide(paymentIdOf(two.key), idOf("H-PRS-BUD") as Hex, {
      act: "accept",
      shares: [{ ocid: `${LAMA}-dua`, contractId: "027/dua/SPK/LAMA/2023" }],
    });

    await waves.rollBack(wave);
    await world.tell();
    expect(await open(), "after it was taken back").to.deep.equal([]);
    expect(await obligations()).to.equal(0);
    const told = await world.payments.show(paymentIdOf(one.key));
    expect(told.state).to.be.oneOf(["none", "doubtful"]);
    const decided = await world.payments.show(paymentIdOf(two.key));
    expect(decided).to.include({ state: "doubtful", inQueue: true });
    expect(decided.reasons.map(({ code }) => code)).to.include("contractGone");
    expect((await causes()).map(([cause]: [string]) => cause)).to.not.include("notInLedger");

    // brought once more by another attempt, all of it counts again
    const again = waves.id("W1", 2);
    await waves.bring(
      again,
      names.map((name) =>
        waves.row(again, name, {
          contractId: `027/${name}/SPK/LAMA/2023`,
          body: { contracts: [{ id: `027/${name}/SPK/LAMA/2023`, title: `Jalan lama ${name}` }] },
        }),
      ),
    );
    await until("the projection to follow", async () => (await world.book.size()) > 0);
    await world.tell();
    expect((await open()).length).to.equal(2);
    expect(await obligations()).to.equal(2);
  });
});
