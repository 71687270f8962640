import { readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { parse, stringify } from "yaml";
import { diffPlans } from "../../../migration/plan/diff.ts";
import { assertGates, planState } from "../../../migration/plan/plan-state.ts";
import {
  approvalsOf,
  approvePlan,
  readSealed,
  SEALED,
  type Sealed,
  sealPlan,
  staleParts,
} from "../../../migration/plan/seal.ts";
import { signOff } from "../../../migration/plan/sign-off.ts";
import type { SigningKey } from "../../../server/cli/key-file.ts";
import { idOf } from "../../../server/domain/entries/entry.ts";
import { Fault } from "../../../server/domain/fault.ts";
import { addressOfKey, newSecret } from "../../../server/ledger/signatures.ts";
import { aFolder, aMap, PLAN, put } from "./folder.ts";

const NOW = new Date("2026-03-01T08:00:00Z");
const later = (days: number) => new Date(NOW.getTime() + days * 86_400_000);

function aKey(holder: string, secret = newSecret()): SigningKey {
  return { name: holder.toLowerCase(), holder, holderId: idOf(holder), address: addressOfKey(secret), secret };
}
const SEKDA = aKey("H-SEKDA");
const INSPEKTUR = aKey("H-INSPEKTUR");

async function refusal(work: Promise<unknown>): Promise<Fault> {
  try {
    await work;
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

const edit = async (folder: string, from: string | RegExp, to: string) => {
  const path = join(folder, "waves.yaml");
  const text = await readFile(path, "utf8");
  expect(text.replace(from, to), "the edit changes the plan").not.to.equal(text);
  await writeFile(path, text.replace(from, to));
};

describe("a sealed plan", () => {
  it("has one hash however it is written: comments, order of fields, blanks, JSON, line ends, contacts", async () => {
    const hashes = new Set<string>();
    const reordered = (value: unknown): unknown =>
      typeof value !== "object" || value === null
        ? value
        : Array.isArray(value)
          ? value.map(reordered)
          : Object.fromEntries(
              Object.entries(value)
                .reverse()
                .map(([name, part]) => [name, reordered(part)]),
            );
    const texts = [
      PLAN,
      PLAN.replace("# a plan, with comments", "# another comment\n\n"),
      PLAN.replaceAll("\n", "\r\n"),
      stringify(reordered(parse(PLAN))),
      JSON.stringify(parse(PLAN)),
      PLAN.replaceAll("+62 811-0000-001", "+62 812-9999-999"),
    ];
    for (const text of texts) {
      await using folder = await aFolder({ "waves.yaml": text });
      hashes.add((await sealPlan(folder.path, NOW)).sealed.hash);
    }
    expect([...hashes]).to.have.length(1);
    await using other = await aFolder({ "waves.yaml": PLAN.replace("deadline: 14d", "deadline: 15d") });
    hashes.add((await sealPlan(other.path, NOW)).sealed.hash);
    expect([...hashes]).to.have.length(2);
  });

  it("holds no contact", async () => {
    await using folder = await aFolder();
    await sealPlan(folder.path, NOW);
    expect(await readFile(join(folder.path, SEALED), "utf8")).not.to.include("811");
  });

  it("is not made of a plan with errors, and of one with warnings it is", async () => {
    await using folder = await aFolder();
    await edit(folder.path, "    requireLessons: true\n", "");
    await sealPlan(folder.path, NOW);
    await edit(folder.path, "baseline: 40, ", "");
    const fault = await refusal(sealPlan(folder.path, NOW));
    expect(fault.code).to.equal("plan-faults");
  });

  it("is not made where a table of a dataset is not there", async () => {
    await using folder = await aFolder();
    await edit(folder.path, "table: kontrak", "table: kontrak2025");
    expect((await refusal(sealPlan(folder.path, NOW))).code).to.equal("table-missing");
  });

  it("sealed again without a change keeps its signatures, with one puts them aside", async () => {
    await using folder = await aFolder();
    const { sealed } = await sealPlan(folder.path, NOW);
    await approvePlan(folder.path, SEKDA, NOW);
    expect((await sealPlan(folder.path, later(1))).sealed.signatures).to.have.length(1);
    await edit(folder.path, "target: 1", "target: 2");
    const { sealed: next, fresh } = await sealPlan(folder.path, later(1));
    expect([fresh, next.signatures]).to.deep.equal([true, []]);
    expect(await readdir(join(folder.path, ".migrate/sealed"))).to.deep.equal([`${sealed.hash}.json`]);
  });

  it("a dry run writes nothing", async () => {
    await using folder = await aFolder();
    await sealPlan(folder.path, NOW, { dryRun: true });
    expect(await readSealed(folder.path)).to.equal(undefined);
  });
});

describe("approval of a plan", () => {
  it("takes two different people with two different keys", async () => {
    await using folder = await aFolder();
    expect((await refusal(approvePlan(folder.path, SEKDA, NOW))).code).to.equal("plan-unsealed");
    await sealPlan(folder.path, NOW);
    await approvePlan(folder.path, SEKDA, NOW);
    // again, and with another key of his: still one person
    await approvePlan(folder.path, SEKDA, NOW);
    await approvePlan(folder.path, aKey("H-SEKDA"), NOW);
    expect(approvalsOf((await readSealed(folder.path))!).valid).to.have.length(1);
    // one key for two people
    expect((await refusal(approvePlan(folder.path, aKey("H-INSPEKTUR", SEKDA.secret), NOW))).code).to.equal(
      "same-person",
    );
    expect((await refusal(approvePlan(folder.path, aKey("H-UKPBJ"), NOW))).code).to.equal("not-an-approver");
    const sealed = await approvePlan(folder.path, INSPEKTUR, NOW);
    expect(approvalsOf(sealed).valid.map(({ office }) => office)).to.deep.equal(["Sekretaris Daerah", "Inspektur"]);
  });

  it("counts no signature that was changed, moved from another plan, or is of somebody else's key", async () => {
    await using folder = await aFolder();
    await sealPlan(folder.path, NOW);
    await approvePlan(folder.path, SEKDA, NOW);
    const sealed = await approvePlan(folder.path, INSPEKTUR, NOW);
    const [first, second] = sealed.signatures as [Sealed["signatures"][0], Sealed["signatures"][0]];
    const count = (signatures: Sealed["signatures"]) => approvalsOf({ ...sealed, signatures }).valid.length;
    expect(count([first, second])).to.equal(2);
    expect(count([first, { ...second, at: second.at + 1 }])).to.equal(1);
    expect(count([first, { ...second, address: first.address }])).to.equal(1);
    expect(count([first, { ...first, holder: second.holder }])).to.equal(1);
    expect(count([first, first])).to.equal(1);
    await using other = await aFolder({ "waves.yaml": PLAN.replace("target: 1", "target: 3") });
    const moved = (await sealPlan(other.path, NOW)).sealed;
    expect(approvalsOf({ ...moved, signatures: [first, second] })).to.deep.equal({ valid: [], wrong: [first, second] });
  });

  it("is refused, and says of what, once anything changed", async () => {
    await using folder = await aFolder();
    await sealPlan(folder.path, NOW);
    await edit(folder.path, "2026-03-20T20:00", "2026-03-19T20:00");
    const fault = await refusal(approvePlan(folder.path, SEKDA, NOW));
    expect(fault.code).to.equal("plan-stale");
    expect(fault.words.en).to.include("wave W2, window, start: 2026-03-20T20:00 → 2026-03-19T20:00");
    expect(fault.words.id).to.include("gelombang W2");
  });

  it("is refused where the sealed file was changed", async () => {
    await using folder = await aFolder();
    await sealPlan(folder.path, NOW);
    const path = join(folder.path, SEALED);
    await writeFile(path, (await readFile(path, "utf8")).replace("14d", "99d"));
    expect((await refusal(approvePlan(folder.path, SEKDA, NOW))).code).to.equal("sealed-changed");
    expect((await refusal(planState(folder.path))).code).to.equal("sealed-changed");
  });
});

describe("a stale plan", () => {
  const changes: [what: string, change: (folder: string) => Promise<void>, told: RegExp][] = [
    [
      "plan",
      (folder) => edit(folder, "rejectsMaxPercent: 0.5", "rejectsMaxPercent: 5"),
      /wave W0, goNoGo, rejectsMaxPercent: 0.5 → 5/,
    ],
    ["map", (folder) => edit2(folder, "maps/kontrak.yaml", "as: money", "as: text"), /maps\/kontrak.yaml/],
    ["map", (folder) => rm(join(folder, "maps/kontrak.yaml")), /maps\/kontrak.yaml is gone/],
    [
      "decisions",
      (folder) => put(folder, "decisions/supplier.ndjson", '{"a":1}\n'),
      /decisions\/supplier.ndjson is new/,
    ],
    ["decisions", (folder) => put(folder, "decisions/process.ndjson", '{"merge":"b"}\n'), /decisions\/process.ndjson/],
    ["source", (folder) => put(folder, "data/arsip.csv", "kd,kd_satker,nilai,baru\n7,100,500,x\n"), /source arsip/],
  ];
  const edit2 = async (folder: string, name: string, from: string, to: string) =>
    writeFile(join(folder, name), (await readFile(join(folder, name), "utf8")).replace(from, to));

  for (const [what, change, told] of changes) {
    it(`names a changed ${what}: ${told.source}`, async () => {
      await using folder = await aFolder({ "decisions/process.ndjson": '{"merge":"a"}\n' });
      await sealPlan(folder.path, NOW);
      expect(await staleParts(folder.path, { sources: true })).to.deep.equal([]);
      await change(folder.path);
      const stale = await staleParts(folder.path, { sources: true });
      expect(stale.map((each) => each.what)).to.include(what);
      expect(stale.map(({ words }) => words.en).join("\n")).to.match(told);
      expect((await refusal(assertGates(folder.path, "W0", { now: NOW }))).code).to.equal("plan-stale");
    });
  }

  it("is none by blanks and comments in maps, order of fields in decisions, line ends, rows that came in meanwhile", async () => {
    await using folder = await aFolder({ "decisions/process.ndjson": '{"a":1,"b":2}\n' });
    await sealPlan(folder.path, NOW);
    await put(
      folder.path,
      "maps/kontrak.yaml",
      `# a comment\n\n${await readFile(join(folder.path, "maps/kontrak.yaml"), "utf8")}`,
    );
    await put(folder.path, "decisions/process.ndjson", '{ "b": 2, "a": 1 }\r\n\r\n');
    await put(folder.path, "decisions/suppliers.ndjson", '{"registered":1}\n');
    await put(folder.path, "data/arsip.csv", "kd,kd_satker,nilai\n7,100,500\n8,100,600\n");
    expect(await staleParts(folder.path, { sources: true })).to.deep.equal([]);
  });
});

describe("the difference of two plans", () => {
  const plan = (text = PLAN) => parse(text) as unknown;
  const told = (after: string) => diffPlans(plan(), plan(after)).map(({ words }) => words.en);

  it("is told in the plan's words, and what it voids", () => {
    expect(told(PLAN)).to.deep.equal([]);
    expect(told(PLAN.replace("tier: A", "tier: B"))).to.deep.equal(["wave W1, tier: A → B"]);
    expect(told(PLAN.replace("currency: IDR", "currency: USD"))).to.deep.equal(["currency: IDR → USD"]);
    expect(told(PLAN.replace("holder: H-KADIS-PU", "holder: H-BARU"))).to.deep.equal([
      "agency ID-77-PU, head, holder: H-KADIS-PU → H-BARU",
    ]);
    expect(told(PLAN.replace(/\n {2}- { id: ID-77-PU.*/, ""))).to.deep.equal(["agency ID-77-PU: removed"]);
    expect(told(PLAN.replace("datasets: [kontrak, arsip]", "datasets: [kontrak]"))).to.deep.equal([
      'wave W2, datasets: ["kontrak","arsip"] → ["kontrak"]',
    ]);
    const [change] = diffPlans(plan(), plan(PLAN.replace("data/arsip.csv", "data/baru.csv")));
    expect(change).to.deep.include({
      path: "/sources/arsip/path",
      voids: ["seal", "approval", "rehearsal", "sign-off", "backup"],
    });
    expect(change!.words.id).to.equal("sumber arsip, path: data/arsip.csv → data/baru.csv");
  });

  it("sees a change of order alone", () => {
    const swapped = plan() as { agencies: unknown[] };
    swapped.agencies.reverse();
    expect(diffPlans(plan(), swapped).map(({ path }) => path)).to.deep.equal(["/agencies"]);
  });
});

describe("gates of a wave", () => {
  const gateOf = async (folder: string, wave: string, gate: string, now = NOW) =>
    (await planState(folder, { now })).waves
      .find((each) => each.wave === wave)!
      .gates.filter((each) => each.gate === gate);

  async function ready(folder: string): Promise<string> {
    await sealPlan(folder, NOW);
    await approvePlan(folder, SEKDA, NOW);
    const { hash } = await approvePlan(folder, INSPEKTUR, NOW);
    await put(folder, ".migrate/profile/spse.json", "{}");
    await signOff(folder, "spse", aKey("H-LPSE"), NOW);
    const { createBackup } = await import("../../../migration/plan/backup.ts");
    const { readPlan } = await import("../../../migration/plan/read-plan.ts");
    const plan = await readPlan(folder);
    for (const wave of plan.waves.slice(0, 2)) await createBackup(folder, plan, wave, ["spse"], { now: NOW });
    for (const wave of ["W0", "W1"]) await rehearsed(folder, wave, hash);
    return hash;
  }
  const rehearsed = (folder: string, wave: string, planHash: string, more = {}) =>
    put(
      folder,
      `.migrate/rehearsal/${wave}.json`,
      JSON.stringify({ wave, planHash, finished: NOW.toISOString(), passed: true, ...more }),
    );

  it("are shut one by one until each is met, then the wave may run", async () => {
    await using folder = await aFolder();
    const shut = async () =>
      (await planState(folder.path, { now: NOW })).waves[0]!.gates.filter(({ met }) => !met).map(({ gate }) => gate);
    expect(await shut()).to.deep.equal(["seal", "approval", "fresh", "sign-off", "backup", "rehearsal"]);
    const fault = await refusal(assertGates(folder.path, "W0", { now: NOW }));
    expect(fault.code).to.equal("gate-shut");
    expect(fault.words.en).to.include("never rehearsed");
    await ready(folder.path);
    expect(await shut()).to.deep.equal([]);
    expect((await assertGates(folder.path, "W0", { now: NOW })).hash).to.match(/^0x[0-9a-f]{64}$/);
    expect((await assertGates(folder.path, "W1", { now: NOW })).waves[1]!.ready).to.equal(true);
    expect((await refusal(assertGates(folder.path, "W9", { now: NOW }))).code).to.equal("wave-unknown");
  });

  it("may be left out by whoever opens them himself", async () => {
    await using folder = await aFolder();
    await ready(folder.path);
    await rm(join(folder.path, ".migrate/rehearsal"), { recursive: true });
    expect((await refusal(assertGates(folder.path, "W0", { now: NOW }))).code).to.equal("gate-shut");
    await assertGates(folder.path, "W0", { now: NOW, besides: ["rehearsal"] });
  });

  it("shut again: by age, by a new profile, by a touched backup, by another plan's rehearsal", async () => {
    await using folder = await aFolder();
    await ready(folder.path);
    expect((await gateOf(folder.path, "W0", "backup", later(2.9)))[0]!.met).to.equal(true);
    expect((await gateOf(folder.path, "W0", "backup", later(3.1)))[0]!.met).to.equal(false);
    expect((await gateOf(folder.path, "W0", "rehearsal", later(6.9)))[0]!.met).to.equal(true);
    expect((await gateOf(folder.path, "W0", "rehearsal", later(7.1)))[0]!.met).to.equal(false);
    const state = async (gate: string) => (await gateOf(folder.path, "W0", gate))[0]!;
    await rehearsed(folder.path, "W0", `0x${"00".repeat(32)}`);
    expect((await state("rehearsal")).words.en).to.include("another plan");
    await rehearsed(folder.path, "W0", (await readSealed(folder.path))!.hash, { etaErrorPercent: 31 });
    expect((await state("rehearsal")).words.en).to.include("31 %");
    await put(folder.path, ".migrate/profile/spse.json", '{"new":1}');
    expect((await state("sign-off")).words.en).to.include("profiled again");
    await writeFile(join(folder.path, ".migrate/backup/W0/spse/data/spse/kontrak.json"), "[]");
    expect((await state("backup")).met).to.equal(false);
  });

  it("take the sign-off of the owner alone", async () => {
    await using folder = await aFolder();
    expect((await refusal(signOff(folder.path, "spse", aKey("H-LPSE"), NOW))).code).to.equal("profile-missing");
    await put(folder.path, ".migrate/profile/spse.json", "{}");
    expect((await refusal(signOff(folder.path, "spse", aKey("H-ARSIP"), NOW))).code).to.equal("not-the-owner");
    expect((await refusal(signOff(folder.path, "sipd", aKey("H-LPSE"), NOW))).code).to.equal("source-unknown");
    const { signature } = await signOff(folder.path, "spse", aKey("H-LPSE"), NOW);
    expect((await gateOf(folder.path, "W0", "sign-off"))[0]!.met).to.equal(true);
    const path = join(folder.path, "sign-off/spse.json");
    const flipped = `${signature.slice(0, 10)}${signature[10] === "0" ? "1" : "0"}${signature.slice(11)}`;
    await writeFile(path, (await readFile(path, "utf8")).replace(signature, flipped));
    expect((await gateOf(folder.path, "W0", "sign-off"))[0]!.met).to.equal(false);
    // of one source for another
    await put(folder.path, ".migrate/profile/arsip.json", "{}");
    await rename(path, join(folder.path, "sign-off/arsip.json"));
    expect((await gateOf(folder.path, "W2", "sign-off")).every(({ met }) => !met)).to.equal(true);
  });

  it("hold the next wave until the pilot's lessons are written and done", async () => {
    await using folder = await aFolder();
    const lessons = async () => (await gateOf(folder.path, "W2", "lessons"))[0]!;
    expect((await lessons()).words.en).to.equal("W1: no lessons are written");
    const write = (done: boolean, text = "rows of BAP come twice") =>
      put(
        folder.path,
        "lessons/W1.yaml",
        `wave: W1\nwritten: 2026-03-17\nlessons:\n  - { text: ${text}, action: dedupe by key, owner: Kepala LPSE, done: ${done} }\n`,
      );
    await write(false);
    expect((await lessons()).words.en).to.equal("W1: 1 actions are not done");
    await write(true, "TODO");
    expect((await lessons()).met).to.equal(false);
    await write(true);
    expect((await lessons()).met).to.equal(true);
  });

  it("say nothing good of a plan that cannot be read", async () => {
    await using folder = await aFolder({ "waves.yaml": "waves: [" });
    expect(await planState(folder.path)).to.deep.equal({ stale: [], waves: [] });
    await using second = await aFolder({ "maps/kontrak.yaml": aMap("kontrak", "") });
    expect((await planState(second.path)).waves).not.to.deep.equal([]);
  });
});
