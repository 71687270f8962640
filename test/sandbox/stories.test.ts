import { readFile } from "node:fs/promises";
import { expect } from "chai";
import { tutorialPages } from "../../scripts/tutorial.ts";
import { AmendmentMask, Exception, Kind, ReturnCode, StatusCode } from "../../server/domain/entries/kinds.ts";
import { check } from "../../server/domain/ocds/check.ts";
import type { ContractView, ProcessView } from "../../server/domain/projection/process-view.ts";
import type { EntryRow } from "../../server/domain/projection/project-block.ts";
import { type Ask, askOf, sandboxLives, seedSandbox, type ToldRefusal } from "../../server/sandbox/seed.ts";
import { STORY_LINKS } from "../../server/sandbox/stories.ts";
import { type Running, startGateway } from "../gateway/world.ts";

/** any day: what is asked of the lives here has no dates */
const TODAY = 20_000 * 86_400;
const folder = new URL("../../docs/tutorial/", import.meta.url);

describe("the stories of the sandbox", function () {
  this.timeout(120_000);
  let running: Running;
  let ask: Ask;
  const refusals: ToldRefusal[] = [];
  let entries: EntryRow[];
  let contracts: ContractView[];
  const seed = (through: Ask = ask) =>
    seedSandbox(through, running.services.separator, {
      only: "stories",
      onRefusal: (told) => refusals.push(told),
    });

  before(async () => {
    running = await startGateway();
    ask = askOf(running.app);
    // once interrupted, and then to the end
    let asked = 0;
    const interrupted = await seed((...request) =>
      ++asked > 400 ? Promise.reject(new Error("interrupted")) : ask(...request),
    ).then(
      () => "done",
      (error: Error) => error.message,
    );
    expect(interrupted).to.include("interrupted");
    expect(running.services.register().entries).to.be.within(20, 250);
    await seed();
    entries = await everyEntry();
    const views = await Promise.all(
      STORY_LINKS.map(async ({ ocid }) => (await ask("GET", `/api/v1/processes/${ocid}`)).body as ProcessView),
    );
    contracts = views.flatMap((view) => Object.values(view.contracts));
  });
  after(() => running.remove());

  async function everyEntry(): Promise<EntryRow[]> {
    const all: EntryRow[] = [];
    for (;;) {
      const from = (all.at(-1)?.assigned.registerSequence ?? 0) + 1;
      const { body } = await ask("GET", `/api/v1/entries?from=${from}&limit=200`);
      const page = (body as { entries: EntryRow[] }).entries;
      if (page.length === 0) return all;
      all.push(...page);
    }
  }
  const lives = () => sandboxLives(TODAY, "stories");
  const marked = (mark: number) => entries.filter(({ assigned }) => assigned.exceptions & mark);

  it("are recorded once each, in their order, whatever interrupted them", async () => {
    const expected = lives().flatMap(({ ocid, steps }) =>
      steps
        .filter(({ refused }) => refused === undefined)
        .map(({ kind }, index) => `${ocid} ${index + 1} ${Kind[kind]}`),
    );
    const found = entries.map(({ ocid, assigned, kind }) => `${ocid} ${assigned.processSequence} ${kind}`);
    expect(found).to.have.members(expected).and.have.length(expected.length);
    const before = refusals.length;
    await seed();
    expect(refusals.length, "nothing is sent again").to.equal(before);
    expect(running.services.register().entries).to.equal(entries.length);
  });

  it("are refused where they should be, each by its rule", () => {
    const rules = lives().flatMap(({ steps }) => steps.flatMap(({ refused }) => refused ?? []));
    expect(new Set(rules)).to.have.all.keys(
      ...["accepted-above-value", "accepted-falls", "award-exceeded", "award-needed", "certified-above-accepted"],
      ...["date-in-future", "document-exceeded", "document-total-differs", "guarantee-differs", "has-dependants"],
      ...["invalid-transition", "no-office", "not-held", "nothing-to-sign", "number-used", "on-hold"],
      ...["price-change-unmarked", "recovered-above-advance", "remainder-exceeded", "same-person", "scope-above-cap"],
    );
    for (const { ocid, step, rule } of refusals)
      expect(lives().find((life) => life.ocid === ocid)!.steps[step]!.refused).to.equal(rule);
  });

  it("show every kind of entry, state and return, every reason to amend, and each kind of mark that a life can earn", () => {
    const codesOf = (kind: number) => entries.filter((row) => row.kind === kind).map(({ terms }) => terms.code);
    expect([...new Set(entries.map(({ kind }) => kind))]).to.have.members(Object.values(Kind));
    expect(contracts.map(({ status }) => status)).to.include.members([
      "active",
      "completed",
      "closed",
      "cancelled",
      "recordedInError",
    ] as const);
    expect(codesOf(Kind.return)).to.include.members(Object.values(ReturnCode));
    const { stopped, broken, reopened, closed, cancelled } = StatusCode;
    expect(codesOf(Kind.status)).to.include.members([stopped, broken, reopened, closed, cancelled]);
    const reasons = entries
      .filter(({ kind }) => kind === Kind.amendment)
      .reduce((mask, { terms }) => mask | Number(terms.code), 0);
    expect(reasons).to.equal(Object.values(AmendmentMask).reduce((mask, bit) => mask | bit, 0));
    for (const mark of [
      ...["late", "paidAboveValue", "paidWhileHeld", "raisesFirstValue", "imported", "beforeOpening"],
      "acceptedAboveValue",
    ] as const)
      expect(marked(Exception[mark]), mark).to.not.have.length(0);
  });

  it("show one overpayment, of 10 % in sen, and none else", () => {
    const over = contracts.filter(({ excess }) => excess !== "0");
    expect(over.map(({ id, excess }) => [id, excess])).to.deep.equal([["07/SPK/DPUPR/2026", "1487500005"]]);
  });

  it("pay what is certified: no other contract is paid more than is due", () => {
    for (const c of contracts.filter(({ excess, balanceOn }) => excess === "0" && balanceOn === undefined)) {
      const [certified, advance, recovered, withheld, released, paid] = (
        ["certified", "advance", "recovered", "withheld", "released", "paid"] as const
      ).map((name) => BigInt(c[name]));
      expect(paid! <= certified! + advance! - recovered! - withheld! + released!, c.id).to.equal(true);
    }
  });

  it("are published without a fault", async () => {
    for (const { ocid } of STORY_LINKS) {
      const { body } = await ask("GET", `/api/v1/records/${ocid}`);
      const { faults } = check(body as Record<string, unknown>);
      expect(
        faults.filter(({ level }) => level === "error"),
        ocid,
      ).to.deep.equal([]);
      const unknown = faults.filter(({ rule }) => rule === "unknown-field" || rule === "extension-unknown");
      expect(unknown, ocid).to.deep.equal([]);
      const { body: told } = await ask("GET", `/api/v1/records/${ocid}/history`);
      for (const line of (told as { history: { faults: unknown[] }[] }).history) expect(line.faults).to.deep.equal([]);
    }
  });

  it("are told in the tutorial as they are recorded today", async () => {
    const pages = await tutorialPages(ask, refusals);
    expect(pages.size).to.equal(STORY_LINKS.length + 1);
    for (const [name, text] of pages)
      expect(text, `${name}: run scripts/tutorial.ts`).to.equal(await readFile(new URL(name, folder), "utf8"));
    const index = pages.get("README.md")!;
    for (const { page } of STORY_LINKS) expect(index.split(`(${page}.md)`), page).to.have.length.of.at.least(3);
  });

  it("name rules in the tutorial that the register explains", async () => {
    for (const name of [...STORY_LINKS.map(({ page }) => `${page}.md`), "README.md"]) {
      const text = await readFile(new URL(name, folder), "utf8");
      for (const [, rule] of text.matchAll(/`([a-z]+(?:-[a-z]+)+)`/g))
        expect((await ask("GET", `/problems/${rule}`)).status, `${name}: ${rule}`).to.equal(200);
    }
  });
});
