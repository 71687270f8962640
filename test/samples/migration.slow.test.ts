// The way of real feeds onto the ledger in four waves, as an operator goes it: each verb in a process of its own, against
// a gateway over its JSON-RPC. docs/tutorial/19-four-waves.md tells it; its recorded parts are written here when
// UPDATE_TUTORIAL=1, and compared otherwise.

import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { parse } from "yaml";
import { initProject } from "../../migration/plan/init-project.ts";
import type { Plan } from "../../migration/plan/schema.ts";
import { REASONS, type ReasonCode } from "../../migration/row.ts";
import { Decisions } from "../../migration/stage/decisions.ts";
import { checkBalance } from "../../migration/stage/fates.ts";
import { readLot } from "../../migration/stage/lot.ts";
import { readStage, type Staged, stage } from "../../migration/stage/stage.ts";
import { openWave } from "../../migration/stage/wave-input.ts";
import { type RpcServer, serveRpc } from "../../server/chain/rpc.ts";
import { ActCode, officeKey } from "../../server/domain/entries/act.ts";
import { idOf } from "../../server/domain/entries/entry.ts";
import { AmendmentMask, Kind, Role } from "../../server/domain/entries/kinds.ts";
import { type Hex, NO_ID } from "../../server/domain/entries/words.ts";
import { unpackEntry } from "../../server/ledger/codec.ts";
import { type ActSigner, sendAct } from "../../server/sandbox/bootstrap.ts";
import { posted, type Running, startGateway } from "../gateway/world.ts";
import { describeWithLegacy, LEGACY, legacyFacts } from "../migration/samples.ts";
import { prasasti, type Temporary, temporaryFolder } from "../operations/prasasti.ts";
import {
  type Attempts,
  accountsOf,
  filledPage,
  leftOutOf,
  lotsTable,
  markdown,
  moneyTable,
  reasonsTable,
  rowsTable,
} from "./four-waves-page.ts";

const PAGE = new URL("../../docs/tutorial/19-four-waves.md", import.meta.url);
const PLAN_ID = "kab-bandung-2026";
const REGENCY = "ID-PRS-TIRTARAYA";
const ARCHIVE = "ID-ARSIP";
const STEM = "ocds-213czf-lama-bdg";
const HEAD = "H-PRS-SEKDA";
const OVERSEER = "H-PRS-INSPEKTUR";
const OWNER = "H-PRS-POKJA";
const SIGN = ["--key", "sandbox:sekda", "sandbox:inspektur", "sandbox:pendaftar"];
const DAY = 86_400_000;

const registrar: ActSigner = { id: "H-PRS-PENDAFTAR", role: Role.registrar };
const head: ActSigner = { id: HEAD, role: Role.head, agency: idOf(REGENCY) };

/** What only people know of a plan, filled in; the tier of the main wave is changed, so that all three are shown. */
function filledIn(text: string, code: string): string {
  let stems = 0;
  const lead = /\{ id: "(ID-[^"]+)"/.exec(text)![1]!;
  const regency = `  - { id: "${REGENCY}", name: "ada", codes: ["${code}"], stem: "TODO", head: { holder: "${HEAD}" } }`;
  return text
    .replace(/^agencies:$/m, (line) => `${line}\n${regency}`)
    .replace(/^id: .*$/m, `id: ${PLAN_ID}`)
    .replace(/stem: "TODO[^"]*"/g, () => `stem: "${STEM}${String(++stems).padStart(2, "0")}"`)
    .replace(/head: \{ holder: "TODO[^"]*"/g, `parent: "${REGENCY}", head: { holder: "${HEAD}"`)
    .replace(/"TODO id of the agency that keeps[^"]*"/, `"${ARCHIVE}"`)
    .replace(/lead: "TODO[^"]*"/g, `lead: "${lead}"`)
    .replace(/(first approver \([^"]*", holder: )"TODO[^"]*"/, `$1"${HEAD}"`)
    .replace(/(second approver \([^"]*", holder: )"TODO[^"]*"/, `$1"${OVERSEER}"`)
    .replace(/(overseer: \{ office: "[^"]*", holder: )"TODO[^"]*"/g, `$1"${OVERSEER}"`)
    .replace(/holder: "TODO holder of the deputy[^"]*"/g, 'holder: "H-PRS-BUD"')
    .replace(/holder: "TODO[^"]*"/g, `holder: "${OWNER}"`)
    .replace(/deadline: "TODO[^"]*"/, `deadline: "${new Date(Date.now() + 300 * DAY).toISOString().slice(0, 10)}"`)
    .replace(/(id: W2\n[\s\S]*?tier: )A/, "$1B")
    .replace(/"TODO (\d{4}-[^"]*)"/g, '"$1"')
    .replace(/"TODO[^"]*"/g, '"ada"');
}

/** Puts the window of one wave around this moment, those before it before, those after it after. */
function withWindowsAround(text: string, waves: readonly string[], now: string): string {
  const local = (days: number) => {
    const at = Date.now() + days * DAY + 7 * 3_600_000 - 1_200_000;
    return [at, at + 20 * 3_600_000].map((each) => new Date(each).toISOString().slice(0, 16));
  };
  let wave = "";
  return text
    .split("\n")
    .map((line) => {
      wave = /^ {2}- id: (W\d+)$/.exec(line)?.[1] ?? wave;
      const [start, end] = local(2 * (waves.indexOf(wave) - waves.indexOf(now)));
      return line.replace(/window: \{ start: "[^"]*", end: "[^"]*"/, `window: { start: "${start}", end: "${end}"`);
    })
    .join("\n");
}

/** A table of decisions with an answer for each cluster: they were looked at, and are different things. */
function decided(text: string): string {
  const seen = new Set<string>();
  return text
    .split(/\r?\n/)
    .map((line, index) => {
      const cluster = line.split(";")[0]!;
      if (index === 0 || line === "" || seen.has(cluster)) return line;
      seen.add(cluster);
      return line.replace(/;;$/, ";different;diperiksa dengan berkasnya");
    })
    .join("\r\n");
}

describeWithLegacy("the real feeds onto the ledger in four waves", () => {
  let running: Running;
  let rpc: RpcServer;
  let temporary: Temporary;
  let folder: string;
  let settings: Record<string, string>;
  let waves: string[];
  let edited: string[];
  const parts: Record<string, string> = {};
  const plan = async () => parse(await readFile(path.join(folder, "waves.yaml"), "utf8")) as Plan;

  before(async function () {
    this.timeout(60_000);
    temporary = await temporaryFolder();
    folder = path.join(temporary.path, "migrasi");
    const feeds = (await readdir(LEGACY)).filter((name) => /^(isb-lkpp-kab|lpse-winners)/.test(name));
    expect(feeds.length, `feeds in ${LEGACY}`).to.be.greaterThan(1);
    for (const name of feeds)
      await cp(path.join(LEGACY, name), path.join(folder, "data", /^isb/.test(name) ? "isb" : "lpse"), {
        recursive: true,
      });
    running = await startGateway();
    const token = "t".repeat(43);
    rpc = await serveRpc(running.services.embedded!, { token, port: 0 });
    const tokenFile = path.join(temporary.path, "rpc.token");
    await writeFile(tokenFile, token);
    settings = { PRASASTI_RPC: rpc.url, PRASASTI_RPC_TOKEN_FILE: tokenFile };
  });
  after(async () => {
    await rpc?.close();
    await running?.remove();
    await temporary?.[Symbol.asyncDispose]();
  });

  /** Runs a verb as the operator does; fails where it does not end as expected. @returns what it printed */
  async function migrate(words: string, { exit = 0, more = [] as string[] } = {}): Promise<string> {
    const told = await prasasti(["migrate", ...words.split(" "), "--folder", folder, ...more], settings);
    expect(told.exit, `prasasti migrate ${words}\n${told.out}${told.err.slice(-3_000)}`).to.equal(exit);
    return told.out;
  }

  /**
   * What stands on the page of a run: the command, and of what it printed the lines that are the same every day and tell
   * of no row: no time, no hash, no number of a package or contract, no line of a table in which nothing happened.
   */
  function shown(words: string, out: string): string {
    const lines = out
      .replaceAll(`${folder}/`, "")
      .replaceAll(folder, ".")
      .replace(/0x[0-9a-f]{64}/g, "0x…")
      .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "…")
      .replace(/(ocds-[a-z0-9]+-lama-[a-z0-9]+)-\S+/g, "$1-…")
      .replace(/"id":"\d[^"]*"/g, '"id":"…"')
      .replace(/\d+( rows)? a second/g, "…$1 a second")
      .replace(
        /^(step|up again|up|verify|close and bring into force|roll back) +(?:[\d.]+|s)(?= |$)/gm,
        (_, step) => `${step.padEnd(28)}…`,
      )
      .replace(/^(ETA .*): \d+ s$/gm, "$1: … s")
      .split("\n")
      .map((line) => line.trimEnd())
      .filter((line) => !/ 0 +0 +0 +[\d,]+ +0$| 0\.00 +0\.00 +0\.00 +[\d,.]+$/.test(line));
    return `$ prasasti migrate ${words}\n${lines.join("\n").trimEnd()}`;
  }

  /** What the feeds call the government as a whole. */
  async function codeOfRegency(): Promise<string> {
    const place = path.join(folder, "data", "isb");
    for (const name of await readdir(place)) {
      const [, code] = /"kd_klpd": ?"([^"]+)"/.exec(await readFile(path.join(place, name), "utf8")) ?? [];
      if (code !== undefined) return code;
    }
    throw new Error("no feed says whose it is");
  }

  const fenced = (...blocks: string[]) => `\`\`\`\n${blocks.join("\n\n")}\n\`\`\``;

  /** What a wave taught, written down, as the gate of the next asks. */
  async function lessons(wave: string): Promise<void> {
    await mkdir(path.join(folder, "lessons"), { recursive: true });
    const today = new Date().toISOString().slice(0, 10);
    await writeFile(
      path.join(folder, "lessons", `${wave}.yaml`),
      `wave: ${wave}\nwritten: ${today}\nlessons:\n  - { text: ada, action: ada, owner: LPSE, done: true }\n`,
    );
  }

  /** The contracts of a staged wave by their places, as they are opened on the ledger. */
  async function openingsOf(wave: string, attempt = 1): Promise<{ ocid: string; contractId: string }[]> {
    const place = path.join(folder, ".migrate", "stage", wave, String(attempt));
    const found: { ocid: string; contractId: string }[] = [];
    for (const lot of (await readStage(place)).lots)
      for (const { item } of await readLot(place, lot)) {
        const { ocid, contractId } = unpackEntry(item).entry;
        if (contractId !== "") found.push({ ocid, contractId });
      }
    return found;
  }

  type HistoryRow = {
    kind: string;
    wave?: { number: number; imported: boolean; standing: string; withdrawn?: object };
  };

  /** Entry by entry, who brought it and whether it counts. */
  async function historyTable(ocid: string): Promise<string> {
    const { history } = (await ask(`records/${ocid}/history`)) as { history: HistoryRow[] };
    const { waves: all } = (await ask("migration/waves?limit=200")) as { waves: { number: number; id: string }[] };
    const names = new Map<string, string>();
    for (const [wave, attempt] of [
      ["W1", 1],
      ["W1", 2],
    ] as const)
      names.set((await stagedOf(wave, attempt)).id, `${wave}, attempt ${attempt}`);
    const nameOf = (number: number) => names.get(all.find((each) => each.number === number)!.id)!;
    const rows = history.map(({ kind, wave }, index) => {
      const by = wave === undefined || !wave.imported ? "people, in the register" : nameOf(wave.number);
      return [String(index + 1), kind, by, wave?.withdrawn === undefined ? "counts" : "withdrawn with its wave"];
    });
    return markdown(["no.", "entry", "brought by", "today"], rows, [0]);
  }

  /** How many things nobody has decided, by what was found. */
  async function undecidedTable(place: string): Promise<string> {
    const rows: string[][] = [];
    for (const name of (await readdir(place)).filter((each) => each.endsWith(".json")).sort()) {
      const { waves: found } = JSON.parse(await readFile(path.join(place, name), "utf8")) as {
        waves: Record<string, { id: string; rule: string; blocks: boolean }[]>;
      };
      const clusters = [
        ...new Map(
          Object.values(found)
            .flat()
            .map((each) => [each.id, each]),
        ).values(),
      ];
      for (const rule of new Set(clusters.map((each) => each.rule))) {
        const some = clusters.filter((each) => each.rule === rule);
        rows.push([name.slice(0, -5), `\`${rule}\``, String(some.length), some[0]!.blocks ? "yes" : "no"]);
      }
    }
    return markdown(["what", "found", "groups", "stops the wave"], rows, [2]);
  }

  async function sign(choices: Parameters<typeof posted>[2]): Promise<void> {
    const { separator, register } = running.services;
    const { payload } = posted(separator, register().seen, choices);
    const answer = await running.app.inject({ method: "POST", url: "/api/v1/submissions?wait=9000", payload });
    expect(answer.json(), answer.payload).to.include({ state: "final" });
  }

  async function stagedOf(wave: string, attempt = 1): Promise<Staged> {
    return readStage(path.join(folder, ".migrate", "stage", wave, String(attempt)));
  }

  /** A feed in a project of its own, from files to lots. @returns what became of its rows, for a table */
  async function stagedAlone(name: string): Promise<string[]> {
    const own = path.join(temporary.path, name);
    await cp(path.join(LEGACY, name), path.join(own, "data"), { recursive: true });
    const { unmapped, unread, agencies, datasets } = await initProject(own, { env: {} });
    expect(unread, name).to.deep.equal([]);
    const file = path.join(own, "waves.yaml");
    await writeFile(file, filledIn(await readFile(file, "utf8"), "-"));
    const read = new Map<string, number>();
    const ends = { migrated: 0, merged: 0, rejected: 0 };
    const leftOut = new Map<string, number>();
    const reasons = new Set<string>();
    const plan = parse(await readFile(file, "utf8")) as Plan;
    for (const { id } of plan.waves) {
      const staged = await stagedHere(own, id);
      for (const balance of staged.balances) {
        checkBalance(balance);
        read.set(balance.table, balance.read.rows);
        for (const end of ["migrated", "merged", "rejected"] as const) ends[end] += balance[end].rows;
        for (const reason of Object.keys(balance.reasons))
          if (reason.startsWith("rejected ")) reasons.add(reason.slice("rejected ".length));
        leftOut.set(balance.table, Math.max(leftOut.get(balance.table) ?? 0, leftOutOf(balance.reasons)));
      }
    }
    const all = [...read.values()].reduce((sum, rows) => sum + rows, 0);
    const out = [...leftOut.values()].reduce((sum, rows) => sum + rows, 0);
    expect(ends.migrated + ends.merged + ends.rejected + out, name).to.equal(all);
    const counts = [datasets + unmapped.length, unmapped.length, all, agencies, plan.waves.length];
    const told = [...counts, ends.migrated, ends.merged, out, ends.rejected].map((each) =>
      each.toLocaleString("en-GB"),
    );
    return [...told, [...reasons].map((code) => REASONS[code as ReasonCode].en).join("; ")];
  }

  /** Stages a wave of a project; what nobody decided is different, as far as it can be. */
  async function stagedHere(own: string, wave: string): Promise<Staged> {
    for (const again of [false, true]) {
      const { input, close } = await openWave(own, wave);
      try {
        const { staged, blocked, clusters } = await stage(input);
        if (!blocked) return staged;
        expect(again, `${own} ${wave} is undecided still`).to.equal(false);
        for (const { entity, id, members, seen } of clusters) {
          const decisions = await Decisions.open(path.join(own, "decisions"), entity);
          const keys = members.map(({ key }) => key);
          await decisions.add([{ cluster: id, verdict: "different", keys, seen, by: OWNER, at: "", why: "" }]);
        }
      } finally {
        await close();
      }
    }
    throw new Error("never");
  }

  /** The waves as the register tells them. */
  async function wavesTable(): Promise<string> {
    const { waves: all } = (await ask("migration/waves?limit=200")) as {
      waves: {
        id: string;
        state: string;
        lots: number;
        loaded: number;
        natives: number;
        certificate: { read: number; migrated: number; rejected: number; merged: number; excluded: number };
      }[];
    };
    const names = new Map<string, string>();
    for (const wave of waves)
      for (const attempt of [1, 2])
        if (existsSync(path.join(folder, ".migrate", "stage", wave, String(attempt), "stage.json")))
          names.set((await stagedOf(wave, attempt)).id, `${wave}, attempt ${attempt}`);
    const rows = all.map(({ id, state, lots, loaded, natives, certificate }) => {
      const { read, migrated, merged, excluded, rejected } = certificate;
      const counts = [lots, loaded, natives, read, migrated, merged, excluded, rejected];
      return [names.get(id)!, state, ...counts.map((value) => value.toLocaleString("en-GB"))];
    });
    const heads = ["wave", "state", "lots", "entries", "signed since", "rows read", "migrated", "merged"];
    return markdown([...heads, "of other waves", "rejected"], rows, [2, 3, 4, 5, 6, 7, 8, 9]);
  }

  const ask = async (url: string) => (await running.app.inject({ url: `/api/v1/${url}` })).json();
  const stateOf = async (wave: string, attempt = 1): Promise<string> => {
    const { waves: all } = (await ask("migration/waves?limit=200")) as { waves: { id: string; state: string }[] };
    const { id } = await stagedOf(wave, attempt);
    return all.find((each) => each.id === id)?.state ?? "not open";
  };

  /** Everything that opens the gates of a wave, with the window moved to now. */
  async function prepare(wave: string): Promise<void> {
    const file = path.join(folder, "waves.yaml");
    await writeFile(file, withWindowsAround(await readFile(file, "utf8"), waves, wave));
    await approve();
    await migrate(`backup create ${wave}`);
  }

  async function approve(): Promise<void> {
    await migrate("plan seal");
    for (const key of ["sekda", "inspektur"]) await migrate(`plan approve --as sandbox:${key}`);
  }

  /** Stage, rehearsal, loading, samples and activation of the attempt that is under way; what each printed. */
  async function bring(wave: string, attempt = 1) {
    const staged = await migrate(`stage ${wave}`);
    const rehearsed = await migrate(`rehearse ${wave}`);
    const ran = await migrate(`run ${wave}`, { more: SIGN });
    const samples = await migrate(`samples ${wave}`);
    // somebody had both screens open, and found the same on each
    const table = path.join(folder, "samples", `${wave}-${attempt}.csv`);
    await writeFile(table, (await readFile(table, "utf8")).replaceAll(";;\r\n", ";y;\r\n"));
    const signed = await migrate(`samples ${wave} --as sandbox:pokja`);
    const active = await migrate(`activate ${wave}`, { more: SIGN });
    return { staged, rehearsed, ran, samples, signed, active };
  }

  it("makes a first plan of the files alone, and asks for what only people know", async () => {
    const out = await prasasti(["migrate", "init", folder], settings);
    expect(out.exit, out.err).to.equal(0);
    const open = await migrate("plan lint", { exit: 5 });
    const questions = open.split("\n").filter((line) => /\btodo\b/.test(line)).length;
    expect(questions).to.be.greaterThan(10);
    const file = path.join(folder, "waves.yaml");
    const first = await readFile(file, "utf8");
    await writeFile(file, filledIn(first, await codeOfRegency()));
    waves = (await plan()).waves.map(({ id }) => id);
    expect((await plan()).waves.map(({ tier }) => tier)).to.deep.equal(["C", "A", "B", "C"]);
    await writeFile(file, withWindowsAround(await readFile(file, "utf8"), waves, "W0"));
    parts.plan = fenced(
      shown("init .", out.out),
      `$ prasasti migrate plan lint\n… ${questions} questions, each with its line and column`,
      shown("plan lint", await migrate("plan lint")),
    );
  }).timeout(300_000);

  it("has every agency of the plan in the register, with a stem for its records", async () => {
    const { agencies } = await plan();
    for (const { id, name, stem } of agencies) {
      if (id === REGENCY) continue;
      const agency = idOf(id);
      const body = JSON.stringify({ id, name });
      const registers = { code: ActCode.registerAgency, agency, holder: idOf(REGENCY) };
      await sendAct(running.services, [registrar], registers, agency, body);
      await sendAct(running.services, [registrar], { code: ActCode.addStem, agency, role: 2 }, agency, stem);
    }
    for (const { id, stem } of agencies.slice(1))
      expect(await running.services.projection.get(`stem/${stem}`), id).to.be.an("object");
  }).timeout(300_000);

  it("knows the sources: maps, profile, findings, and the signature of who owns them", async () => {
    await migrate("map check --all");
    await migrate("profile");
    const { blocked, checks } = JSON.parse(await migrate("assess --json")) as {
      blocked: boolean;
      checks: { id: string; verdict: string; title: { en: string }; found: unknown[] }[];
    };
    expect(blocked).to.equal(false);
    parts.assess = markdown(
      ["check", "what it found", "places", "verdict"],
      checks
        .filter(({ found }) => found.length > 0)
        .map(({ id, title, found, verdict }) => [id, title.en, String(found.length), verdict]),
      [2],
    );
    for (const source of Object.keys((await plan()).sources))
      await migrate(`plan sign-off ${source} --as sandbox:pokja`);
  }).timeout(300_000);

  it("merges nothing that neither a rule of the plan nor a person decides", async () => {
    await migrate("dedupe", { exit: 4 });
    await migrate("dedupe review", { exit: 4 });
    const place = path.join(folder, ".migrate", "dedupe");
    parts.undecided = await undecidedTable(place);
    for (const name of (await readdir(place)).filter((each) => each.endsWith(".csv"))) {
      const file = path.join(place, name);
      await writeFile(file, decided(await readFile(file, "utf8")));
      await migrate(`dedupe apply ${file} --by ${OWNER}`);
    }
  }).timeout(300_000);

  it("brings the reference and the suppliers into force as roots of an archive", async () => {
    await prepare("W0");
    const told = await bring("W0");
    parts.w0 = fenced(shown("run W0 …", told.ran), shown("activate W0 …", told.active));
    expect(await stateOf("W0")).to.equal("active");
  }).timeout(300_000);

  it("brings the pilot whole onto the ledger, and people sign on two of its processes", async () => {
    await lessons("W0");
    await prepare("W1");
    const told = await bring("W1");
    parts.w1 = fenced(
      shown("rehearse W1", told.rehearsed),
      shown("run W1 …", told.ran),
      shown("samples W1", told.samples),
      shown("samples W1 --as sandbox:pokja", told.signed),
      shown("activate W1 …", told.active),
    );
    expect(await stateOf("W1")).to.equal("active");
    const pilot = (await plan()).waves[1]!.scope.agencies[0]!;
    const agency = idOf(pilot);
    const [clerk, officer] = ["H-PRS-PP-PU", "H-PRS-PPK-PU"];
    const post = idOf("POST-PERCONTOHAN");
    for (const [holder, role, at] of [
      [clerk, Role.procurement, NO_ID],
      [officer, Role.officer, post],
    ] as const) {
      const office = { holder: idOf(holder), agency, role, post: at };
      const subject = officeKey(office.holder, agency, role, at);
      await sendAct(running.services, [head], { code: ActCode.grant, ...office }, subject);
    }
    const contracts = await openingsOf("W1");
    const viewOf = async ({ ocid, contractId }: { ocid: string; contractId: string }) => {
      const view = (await ask(`processes/${ocid}`)) as {
        contracts: Record<string, { status: string; termsHead: Hex }>;
      };
      return view.contracts[contractId]!;
    };
    const states = await Promise.all(contracts.map(viewOf));
    const second = contracts[states.findIndex(({ status }) => status === "active")]!;
    expect(second, "a contract of the pilot that still runs").to.be.an("object");
    const first = contracts.find(({ ocid }) => ocid !== second.ocid)!;
    edited = [first.ocid, second.ocid];
    await sign({
      ...{ by: clerk, maker: idOf(clerk), capacity: Role.procurement, kind: Kind.note, agency, ocid: first.ocid },
      ...{ contractId: "", terms: {}, body: { remarks: [{ text: "Berkas asli sudah diperiksa" }] } },
    });
    await sign({
      ...{ by: officer, maker: idOf(officer), capacity: Role.officer, kind: Kind.amendment, agency },
      ...{ ...second, basis: (await viewOf(second)).termsHead },
      terms: { code: AmendmentMask.administrative, officer: post, on: Math.floor(Date.now() / DAY) * 86_400 },
      body: { contracts: [{ id: second.contractId, amendments: [{ id: "ppk", description: "PPK ditetapkan" }] }] },
    });
  }).timeout(300_000);

  it("takes the pilot back: what was signed since stays, the rest gives its place to the next attempt", async () => {
    const foreseen = await migrate("rollback W1 --plan");
    // nobody loses by the way what the old system has no column for
    await migrate("rollback W1", { exit: 12, more: SIGN });
    const told = await migrate("rollback W1 --accept-lossy", { more: SIGN });
    const shows = await migrate("verify W1 --rolled-back");
    const reverse = await migrate("verify W1 --reverse");
    parts.rollback = fenced(
      shown("rollback W1 --plan", foreseen),
      shown("rollback W1 --accept-lossy …", told),
      shown("verify W1 --rolled-back", shows),
      shown("verify W1 --reverse", reverse),
    );
    expect(await stateOf("W1")).to.equal("rolledBack");
    await migrate("replan W1");
    // what stays is a decision of the plan now, so it is sealed and signed anew
    await migrate("run W1", { exit: 8, more: SIGN });
    await approve();
    const again = await bring("W1", 2);
    await migrate("rejects W1");
    parts.again = fenced(shown("stage W1", again.staged), shown("activate W1 …", again.active));
    expect(await stateOf("W1", 2)).to.equal("active");
    // a place that was given up is taken again, and shows both; one where people signed stays as it was
    const given = (await openingsOf("W1", 2)).find(({ ocid }) => !edited.includes(ocid))!.ocid;
    const reasons = (await stagedOf("W1", 2)).reasons;
    expect(Object.keys(reasons).filter((reason) => reason.startsWith("rejected"))).to.deep.equal(["rejected refused"]);
    parts.history = [
      `A process on which people had signed:\n\n${await historyTable(edited[1]!)}`,
      `A process on which nobody had:\n\n${await historyTable(given)}`,
    ].join("\n\n");
  }).timeout(300_000);

  it("brings the rest of the regency with bodies kept beside the chain", async () => {
    await lessons("W1");
    await prepare("W2");
    const told = await bring("W2");
    parts.w2 = fenced(shown("run W2 …", told.ran), shown("activate W2 …", told.active));
    expect(await stateOf("W2")).to.equal("active");
  }).timeout(300_000);

  it("brings the archive, takes it back with nothing signed on it, and brings it again", async () => {
    await lessons("W2");
    await prepare("W3");
    await bring("W3");
    await migrate("rollback W3", { more: SIGN });
    expect(await stateOf("W3")).to.equal("rolledBack");
    await migrate("replan W3");
    const told = await bring("W3", 2);
    parts.w3 = fenced(shown("activate W3 …", told.active));
    expect(await stateOf("W3", 2)).to.equal("active");
  }).timeout(300_000);

  it("accounts for every row and rupiah of every table over all waves, as FACTS.json counts them", async () => {
    const attempts: Attempts = [
      { name: "W0", staged: await stagedOf("W0") },
      { name: "W1 kept", staged: await stagedOf("W1", 2), kept: true },
      { name: "W1", staged: await stagedOf("W1", 2) },
      { name: "W2", staged: await stagedOf("W2") },
      { name: "W3", staged: await stagedOf("W3", 2) },
    ];
    for (const { staged } of attempts) for (const balance of staged.balances) checkBalance(balance);
    const accounts = accountsOf(attempts);
    const facts = legacyFacts();
    for (const { table, columns, read, migrated, merged, rejected, leftOut } of accounts) {
      const rows = migrated.reduce((sum, each) => sum + each.rows, 0);
      expect(rows + merged.rows + rejected.rows + leftOut, table).to.equal(read.rows);
      const fact = Object.entries(facts).find(([name]) => path.basename(name).replace(/\.\w+$/, "") === table)?.[1];
      expect(fact?.rows, table).to.equal(read.rows);
      expect(merged.rows, table).to.equal(fact?.duplicate_rows_ignoring_load_stamps ?? 0);
      for (const [at, column] of columns.entries()) {
        const sum = migrated.reduce((all, { money }) => all + money[at]!, 0n);
        expect(sum + merged.money[at]! + rejected.money[at]!, `${table} ${column}`).to.equal(read.money[at]);
      }
    }
    // what the pilot's first attempt left in force is what its second had to leave
    const stayed = new Set(edited);
    const place = path.join(folder, ".migrate", "stage", "W1", "1");
    const from = new Set<string>();
    for (const lot of (await readStage(place)).lots)
      for (const row of await readLot(place, lot))
        if (stayed.has(unpackEntry(row.item).entry.ocid))
          for (const at of row.from) from.add(`${at.dataset} ${at.row}`);
    expect(accounts.reduce((sum, { migrated }) => sum + migrated[1]!.rows, 0)).to.equal(from.size);

    parts.rows = rowsTable(accounts, attempts);
    parts.money = moneyTable(accounts, attempts);
    parts.lots = lotsTable(attempts);
    parts.merged = reasonsTable(attempts, "merged");
    parts.rejected = reasonsTable(attempts, "rejected");
    parts.waves = await wavesTable();
  }).timeout(300_000);

  it("stages the other feeds of the samples as well, or says of which no map of ours can", async () => {
    const others = (await readdir(LEGACY, { withFileTypes: true })).filter(
      (each) => each.isDirectory() && !/^(isb-lkpp-kab|lpse-winners)/.test(each.name),
    );
    const rows: string[][] = [];
    for (const { name } of others) rows.push([`\`${name}\``, ...(await stagedAlone(name))]);
    parts.others = markdown(
      [
        "folder",
        "tables",
        "without a map",
        "rows",
        "agencies",
        "waves",
        "migrated",
        "merged",
        "left out",
        "rejected",
        "why",
      ],
      rows,
      [1, 2, 3, 4, 5, 6, 7, 8, 9],
    );
  }).timeout(300_000);

  it("is told in the tutorial as it went today", async function () {
    const text = await filledPage(PAGE, parts);
    const digest = createHash("sha256").update(JSON.stringify(legacyFacts())).digest("hex").slice(0, 16);
    const known = /<!-- of the samples ([0-9a-f]+) -->/.exec(text)?.[1];
    if (process.env.UPDATE_TUTORIAL === "1")
      return writeFile(PAGE, text.replace(/<!-- of the samples [^>]*-->/, `<!-- of the samples ${digest} -->`));
    if (known !== digest) {
      process.stderr.write("not compared with the tutorial, which was recorded from other samples\n");
      return this.skip();
    }
    expect(text, "record it again with UPDATE_TUTORIAL=1").to.equal(await readFile(PAGE, "utf8"));
  }).timeout(300_000);
});
