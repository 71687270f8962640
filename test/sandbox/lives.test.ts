import { expect } from "chai";
import { AmendmentMask, ContractForm, type KindName } from "../../server/domain/entries/kinds.ts";
import type { Life, Step } from "../../server/sandbox/life.ts";
import { AGENCIES, HOLDERS, OFFICES, SUPPLIERS, sandboxKeyNames } from "../../server/sandbox/people.ts";
import { sandboxLives } from "../../server/sandbox/seed.ts";

const { receipt, spk, agreement, order, swakelola } = ContractForm;
const DAY = 86_400;
const day = (text: string) => Date.parse(`${text}T00:00:00Z`) / 1000;
const lives = sandboxLives(day("2026-11-26"));
const stepsOf = (kind: KindName, all: readonly Life[] = lives): Step[] =>
  all.flatMap(({ steps }) => steps.filter((step) => step.kind === kind && step.refused === undefined));

/** A life with every date, in terms and in text, as days from the day that it is told on. */
function timeless({ steps, ...life }: Life, today: number): unknown {
  const days = (_: string, value: unknown): unknown => {
    if (typeof value === "bigint") return String(value);
    if (typeof value !== "string" || !/^\d{4}-\d{2}-\d{2}T/.test(value)) return value;
    return `day ${(Date.parse(value) / 1000 - today) / DAY}`;
  };
  const told = steps.map((step) => {
    const { on, until, ...terms } = step.terms;
    const relative = [on, until].map((date) => (date === undefined ? undefined : (date - today) / DAY));
    // an opening signs the hash of its balances, and they have a date
    const balances = step.balances && { ...step.balances, on: (step.balances.on - today) / DAY };
    return { ...step, balances, terms: step.balances ? { ...terms, documentKey: "" } : terms, relative };
  });
  return JSON.parse(JSON.stringify({ ...life, steps: told }, days));
}

describe("the lives of the sandbox", () => {
  it("are the same whenever they are told: only dates move with the day", () => {
    const other = day("2031-02-03");
    expect(sandboxLives(other).map((life) => timeless(life, other))).to.deep.equal(
      lives.map((life) => timeless(life, day("2026-11-26"))),
    );
  });

  it("begin with the stories, so that those are the same with the others or without", () => {
    const stories = sandboxLives(day("2026-11-26"), "stories");
    expect(lives.slice(0, stories.length)).to.deep.equal(stories);
  });

  it("are two hundred contracts and more, each of its own process, kind and number", () => {
    const contracts = [...stepsOf("contract"), ...stepsOf("opening")];
    expect(contracts.length).to.be.within(200, 300);
    expect(new Set(contracts.map(({ contractId }) => contractId)).size).to.equal(contracts.length);
    expect(new Set(lives.map(({ ocid }) => ocid)).size).to.equal(lives.length);
    const forms = new Set(contracts.map(({ terms }) => terms.code));
    expect([...forms]).to.include.members([receipt, spk, agreement, order, swakelola]);
    expect(new Set(lives.map(({ agency }) => agency)).size).to.equal(8);
  });

  it("are bought by every method, and amended for every reason", () => {
    const method = ({ body }: Step) => (body?.tender as Record<string, unknown> | undefined)?.procurementMethodDetails;
    expect(new Set(stepsOf("tender").map(method))).to.include.all.keys(
      ...["Tender", "Tender Cepat", "Seleksi", "Pengadaan Langsung", "Penunjukan Langsung", "E-Purchasing"],
    );
    const reasons = stepsOf("amendment").reduce((mask, { terms }) => mask | terms.code!, 0);
    expect(reasons).to.equal(Object.values(AmendmentMask).reduce((mask, bit) => mask | bit, 0));
  });

  it("end with what is recorded, so that what was refused is not sent again after an interruption", () => {
    for (const { ocid, steps } of lives) expect(steps.at(-1)!.refused, ocid).to.equal(undefined);
  });

  it("are signed by people who are there, with keys that everybody knows", () => {
    const known = new Set(HOLDERS.map(({ id }) => id));
    for (const { steps } of lives)
      for (const { by, approvals } of steps) expect(known).to.include.all.keys(by, ...approvals.map((a) => a.by));
    expect(new Set(sandboxKeyNames()).size).to.equal(sandboxKeyNames().length);
    const places = new Set([...AGENCIES, ...SUPPLIERS].map(({ id }) => id));
    for (const { holder, agency } of OFFICES)
      expect([known.has(holder), places.has(agency!)]).to.deep.equal([true, true]);
  });
});
