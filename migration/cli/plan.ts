// The verbs of a plan: init, plan …, backup …, gates. What each does, needs and decides is in its --help.

import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { Command } from "commander";
import { stringify } from "yaml";
import { openKey } from "../../server/cli/key.ts";
import { defaultKeyFolder } from "../../server/cli/key-file.ts";
import {
  complain,
  Exit,
  type Language,
  languageOption,
  Progress,
  paint,
  print,
  say,
  strict,
  type Text,
  table,
  Usage,
} from "../../server/cli/terminal.ts";
import { type BackupStep, createBackup, verifyBackup } from "../plan/backup.ts";
import { buildWaves, writeWaves } from "../plan/build.ts";
import { diffPlans, type VoidGate } from "../plan/diff.ts";
import { initProject } from "../plan/init-project.ts";
import { lintPlan, tellFault } from "../plan/lint.ts";
import { planState, sourcesOf } from "../plan/plan-state.ts";
import { parsePlanText, readPlan, readPlanText } from "../plan/read-plan.ts";
import { planJsonSchema } from "../plan/schema.ts";
import { approvalsOf, approvePlan, readSealed, SEALED, sealPlan, withoutContacts } from "../plan/seal.ts";
import { signOff } from "../plan/sign-off.ts";
import { conclude, Ended } from "./exits.ts";

type Options = { folder: string; lang: Language; json?: true; dryRun?: true };
type Signing = Options & { as: string; keys: string };

const good = (text: Text, language: Language) => print(`${paint("green", "✓")} ${say(text, language)}`);
const showJson = (value: unknown) => print(JSON.stringify(value, null, 2));

export function planCommands(): Command[] {
  return [initCommand(), planCommand(), backupCommand(), gatesCommand()];
}

function common(command: Command, dryRun = false): Command {
  const made = strict(command)
    .option("--folder <dir>", "the project folder, with waves.yaml", ".")
    .option("--json", "print JSON")
    .addOption(languageOption());
  return dryRun ? made.option("--dry-run", "check everything, write nothing") : made;
}

function signing(command: Command): Command {
  return common(command, true)
    .requiredOption("--as <key>", "your key: its name, its file, or sandbox:NAME")
    .option("--keys <folder>", "where keys lie", defaultKeyFolder());
}

// ---- init

function initCommand(): Command {
  return strict(new Command("init"))
    .description("Write a first plan from what can be found out. / Tulis rencana awal dari yang dapat ditemukan.")
    .argument("<folder>", "the project folder; exports lie in it, such as in data/")
    .option("--dsn-env <names...>", "variables that hold addresses of databases (default: all that end in _DSN)")
    .option("--stem-prefix <prefix>", "your ocid prefix: stems reserved for waves are made of it")
    .option("--dry-run", "print the plan, write nothing")
    .option("--json", "print JSON")
    .addOption(languageOption())
    .addHelpText(
      "after",
      `
Does      Looks for json, jsonl, csv, xlsx and dump files below the folder and for databases in the environment, finds
          the map that fits each table, the agencies that have rows, and proposes waves: reference, pilot, rest, archive.
          Writes waves.yaml with comments, and maps/. What only people know is marked TODO; "plan lint" names each.
Needs     Exports in the folder, or SPSE_DSN=postgres://user:password@host/name and the like. Every row is read once or twice.
Can fail  A file that cannot be read is left out and named in a comment. A wrong guess of an encoding or delimiter is
          visible in the plan: correct it there.
Decides   Nobody: it is a proposal. Owners, windows and approvers are for people.
Exit      0 written, 1 there is a plan already or nothing to read, 2 usage.`,
    )
    .action((folder: string, options: Options & { dsnEnv?: string[]; stemPrefix?: string }) =>
      conclude(options.lang, () => init(folder, options)),
    );
}

async function init(
  folder: string,
  { lang, json, dryRun, dsnEnv, stemPrefix }: Options & { dsnEnv?: string[]; stemPrefix?: string },
): Promise<number> {
  const options = { ...(dsnEnv ? { dsnEnv } : {}), ...(stemPrefix === undefined ? {} : { stemPrefix }) };
  if (dryRun) {
    await withMirror(folder, async (mirror) => {
      const result = await initProject(mirror, options);
      const text = await readFile(join(mirror, "waves.yaml"), "utf8");
      if (json) showJson({ ...result, text });
      else print(text);
    });
    return Exit.done;
  }
  const result = await initProject(folder, options);
  if (json) showJson(result);
  else {
    const { sources, datasets, agencies, unmapped, unread } = result;
    good(
      {
        en: `${join(folder, "waves.yaml")}: ${sources} sources, ${datasets} datasets, ${agencies} agencies`,
        id: `${join(folder, "waves.yaml")}: ${sources} sumber, ${datasets} dataset, ${agencies} instansi`,
      },
      lang,
    );
    for (const name of unmapped)
      print(`  ${say({ en: `no map fits ${name}`, id: `tidak ada peta yang cocok untuk ${name}` }, lang)}`);
    for (const { source, why } of unread)
      print(`  ${say({ en: `${source} was left out: ${why}`, id: `${source} dilewati: ${why}` }, lang)}`);
    print(
      `  ${say({ en: "Next: prasasti migrate plan lint", id: "Berikutnya: prasasti migrate plan lint" }, lang)} --folder ${folder}`,
    );
  }
  return Exit.done;
}

/** A folder that shows the files of another and takes what is written. */
async function withMirror(folder: string, verb: (mirror: string) => Promise<void>): Promise<void> {
  const outer = await mkdtemp(join(tmpdir(), "prasasti-init-"));
  const mirror = join(outer, basename(resolve(folder)));
  try {
    await mkdir(mirror);
    for (const name of await readdir(folder))
      if (!["maps", ".migrate"].includes(name)) await symlink(resolve(folder, name), join(mirror, name));
    await verb(mirror);
  } finally {
    await rm(outer, { recursive: true, force: true });
  }
}

// ---- plan

function planCommand(): Command {
  const command = strict(new Command("plan")).description(
    "The plan: build, lint, diff, seal, approve, sign-off. / Rencana migrasi.",
  );
  const build = common(new Command("build"))
    .description("Propose waves from dependencies and figures. / Usulkan gelombang dari ketergantungan dan angka.")
    .option("--write", "put them into waves.yaml; owners and windows of waves with the same id stay")
    .addHelpText(
      "after",
      `
Does      Reads every row as the maps read it and counts by agency: processes, contracts, those that still run, rows that
          are refused. Proposes reference → pilot → rest → archive, and says why; names the three best pilots.
Needs     sources, agencies and datasets of waves.yaml in order, and the sources reachable.
Decides   The project lead: a proposal knows figures, not people.
Exit      0 proposed, 2 usage, 5 sources, agencies or datasets of the plan have faults.`,
    )
    .action((options: Options & { write?: true }) => conclude(options.lang, () => planBuild(options)));
  const lint = common(new Command("lint"))
    .description(
      "Name everything that is wrong with the plan, with line and column. / Sebutkan semua kesalahan rencana.",
    )
    .addHelpText(
      "after",
      `
Does      Reads waves.yaml, its maps and the names of its files; touches no source. Each fault has a code, a place and a
          remedy. TODO markers are faults: a plan with open questions is not sealed.
Decides   Nobody: errors are errors. Warnings can be lived with and do not hinder the seal.
Exit      0 no error (warnings may be shown), 2 usage, 5 errors.`,
    )
    .action((options: Options) => conclude(options.lang, () => planLint(options)));
  const diff = common(new Command("diff"))
    .description("Tell what changed between two plans. / Ceritakan perubahan antara dua rencana.")
    .argument("[before]", `a waves.yaml or ${SEALED}; the sealed plan where left out`)
    .argument("[after]", "a waves.yaml; the one of the folder where left out")
    .addHelpText(
      "after",
      `
Does      Compares what two plans say; comments, blanks, the order of fields and contacts do not count. Says which gates
          become void: seal, approvals, rehearsal, and sign-off or backup where a source is concerned.
Exit      0 compared, whether or not they differ, 2 usage, 5 a plan cannot be read.`,
    )
    .action((before: string | undefined, after: string | undefined, options: Options) =>
      conclude(options.lang, () => planDiff(before, after, options)),
    );
  const seal = common(new Command("seal"), true)
    .description("Seal the plan by its hash, ready to be signed. / Segel rencana dengan hash-nya, siap ditandatangani.")
    .addHelpText(
      "after",
      `
Does      Lints; opens every source and takes the fingerprint of the tables that are read; hashes plan, maps, decisions and
          fingerprints; writes ${SEALED}. Sealing again without a change keeps the signatures; with one, the
          former seal goes to .migrate/sealed and its approvals and rehearsals are void.
Needs     A plan without errors, decisions of doubles made, sources reachable.
Can fail  A table that a dataset names is not there; a source cannot be reached.
Decides   The owner of the migration: from here on every change is visible.
Exit      0 sealed, 2 usage, 5 the plan has errors.`,
    )
    .action((options: Options) => conclude(options.lang, () => planSeal(options)));
  const approve = signing(new Command("approve"))
    .description(
      "Sign the sealed plan, as one of two people. / Tanda tangani rencana tersegel, salah satu dari dua orang.",
    )
    .addHelpText(
      "after",
      `
Does      Checks that nothing changed since the seal, then signs its hash with your key. Two different people whom the plan
          names, with two different keys, make it approved. That a key is its holder's is checked against the register
          when a wave opens there.
Decides   You. Read the plan first: prasasti migrate plan diff, and the report of the rehearsal.
Exit      0 signed, 1 you are no approver or the key signed already, 2 usage, 6 nothing is sealed, 8 stale: it is named what.`,
    )
    .action((options: Signing) => conclude(options.lang, () => planApprove(options)));
  const sign = signing(new Command("sign-off"))
    .description("Sign for a source that is yours: its profile is known. / Tanda tangani sumber milik Anda.")
    .argument("<source>", "a source of the plan")
    .addHelpText(
      "after",
      `
Does      Signs the SHA-256 of the source's profile (.migrate/profile/<source>.json) into sign-off/<source>.json.
Needs     A profile; you are the owner that the plan names under signOff.
Decides   The owner of the source, who answers for what stands in it. A new profile voids the signature.
Exit      0 signed, 1 you do not own it, 2 usage, 5 no such source, 6 there is no profile.`,
    )
    .action((source: string, options: Signing) => conclude(options.lang, () => planSignOff(source, options)));
  const schema = strict(new Command("schema"))
    .description("Print the JSON Schema of waves.yaml, for editors. / Cetak JSON Schema dari waves.yaml.")
    .action(() => showJson(planJsonSchema()));
  for (const part of [build, lint, diff, seal, approve, sign, schema]) command.addCommand(part);
  return command;
}

async function planBuild({ folder, lang, json, write }: Options & { write?: true }): Promise<number> {
  const built = await buildWaves(folder);
  if (write) await writeWaves(folder, built.waves);
  if (json) showJson(built);
  else {
    for (const { why, ...wave } of built.waves) {
      for (const text of why) print(paint("dim", `# ${say(text, lang)}`));
      print(stringify([wave], { lineWidth: 0 }).trimEnd());
    }
    print();
    print(say({ en: "Pilots, the best first:", id: "Percontohan, terbaik lebih dahulu:" }, lang));
    const head =
      lang === "id"
        ? ["instansi", "proses", "kontrak", "berjalan", "ditolak"]
        : ["agency", "processes", "contracts", "open", "refused"];
    const rows = built.pilots
      .slice(0, 10)
      .map(({ agency: { agency, processes, contracts, open, faults } }) => [
        agency,
        ...[processes, contracts, open, faults].map(String),
      ]);
    print(table(head, rows, [1, 2, 3, 4]));
    if (write) good({ en: "waves.yaml has these waves now.", id: "waves.yaml kini memuat gelombang ini." }, lang);
  }
  return Exit.done;
}

async function planLint({ folder, lang, json }: Options): Promise<number> {
  const { faults } = await lintPlan(folder);
  const errors = faults.filter(({ level }) => level === "error").length;
  if (json) showJson({ ok: errors === 0, faults });
  else {
    for (const fault of faults) print(tellFault(fault, lang));
    const warnings = faults.length - errors;
    if (errors === 0)
      good(
        { en: `the plan can be sealed (${warnings} warnings)`, id: `rencana dapat disegel (${warnings} peringatan)` },
        lang,
      );
    else
      complain(
        `${paint("red", "✗")} ${say({ en: `${errors} errors, ${warnings} warnings`, id: `${errors} kesalahan, ${warnings} peringatan` }, lang)}`,
      );
  }
  return errors === 0 ? Exit.done : 5;
}

/** The content of a plan file, of a sealed one, or of those of the folder. */
async function contentOf(path: string): Promise<unknown> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => undefined,
  );
  if (isFolder === undefined) throw new Usage({ en: `There is no ${path}.`, id: `Tidak ada ${path}.` });
  const { value, syntax, file } = isFolder
    ? await readPlanText(path)
    : parsePlanText(path, await readFile(path, "utf8"));
  if (syntax.length > 0)
    throw new Usage(
      { en: `${file} cannot be read: ${syntax[0]!.text}`, id: `${file} tidak dapat dibaca: ${syntax[0]!.text}` },
      5,
    );
  const sealed = value as { format?: string; plan?: unknown };
  return withoutContacts(sealed?.format === "prasasti-waves" ? sealed.plan : value);
}

const VOIDS: Readonly<Record<VoidGate, Text>> = {
  seal: { en: "seal", id: "segel" },
  approval: { en: "approvals", id: "persetujuan" },
  rehearsal: { en: "rehearsals", id: "gladi" },
  "sign-off": { en: "sign-off of the source", id: "tanda tangan pemilik sumber" },
  backup: { en: "backup of the source", id: "cadangan sumber" },
};

async function planDiff(
  before: string | undefined,
  after: string | undefined,
  { folder, lang, json }: Options,
): Promise<number> {
  if (before === undefined && !(await readSealed(folder))) {
    throw new Usage({
      en: "Nothing is sealed here: name two plans.",
      id: "Belum ada yang disegel: sebutkan dua rencana.",
    });
  }
  const changes = diffPlans(await contentOf(before ?? join(folder, SEALED)), await contentOf(after ?? folder));
  const voids = [...new Set(changes.flatMap((change) => change.voids))];
  if (json) showJson({ changes, voids });
  else {
    for (const { words } of changes) print(`  ${say(words, lang)}`);
    if (changes.length === 0) good({ en: "both say the same", id: "keduanya berisi sama" }, lang);
    else print(`${say({ en: "Void:", id: "Batal:" }, lang)} ${voids.map((gate) => say(VOIDS[gate], lang)).join(", ")}`);
  }
  return Exit.done;
}

async function planSeal({ folder, lang, json, dryRun }: Options): Promise<number> {
  const { sealed, fresh } = await sealPlan(folder, new Date(), { dryRun: dryRun === true });
  if (json) showJson(sealed);
  else {
    const { hash, parts } = sealed;
    good(
      fresh
        ? {
            en: `${dryRun ? "would be sealed" : "sealed"}: ${hash}`,
            id: `${dryRun ? "akan disegel" : "disegel"}: ${hash}`,
          }
        : { en: `sealed already, nothing changed: ${hash}`, id: `sudah disegel, tidak ada perubahan: ${hash}` },
      lang,
    );
    const [maps, decisions, sources] = [parts.maps, parts.decisions, parts.sources].map(
      (part) => Object.keys(part).length,
    );
    print(
      `  ${say({ en: `${maps} maps, ${decisions} files of decisions, ${sources} sources`, id: `${maps} peta, ${decisions} berkas keputusan, ${sources} sumber` }, lang)}`,
    );
  }
  return Exit.done;
}

async function planApprove({ folder, lang, json, as, keys, dryRun }: Signing): Promise<number> {
  const key = await openKey(as, keys, lang);
  const sealed = await approvePlan(folder, key, new Date(), { dryRun: dryRun === true });
  const { valid } = approvalsOf(sealed);
  if (json) showJson({ hash: sealed.hash, approved: valid.length >= 2, approvals: valid });
  else {
    for (const { office, holder } of valid)
      good({ en: `${office} (${holder}) has signed`, id: `${office} (${holder}) telah menandatangani` }, lang);
    print(
      valid.length >= 2
        ? `  ${say({ en: `approved: ${sealed.hash}`, id: `disetujui: ${sealed.hash}` }, lang)}`
        : `  ${say({ en: "one more person has to sign", id: "satu orang lagi harus menandatangani" }, lang)}`,
    );
  }
  return Exit.done;
}

async function planSignOff(source: string, { folder, lang, json, as, keys, dryRun }: Signing): Promise<number> {
  const signed = await signOff(folder, source, await openKey(as, keys, lang), new Date(), { dryRun: dryRun === true });
  if (json) showJson(signed);
  else
    good(
      {
        en: `${signed.office} has signed for ${source}, profile ${signed.profile}`,
        id: `${signed.office} menandatangani ${source}, profil ${signed.profile}`,
      },
      lang,
    );
  return Exit.done;
}

// ---- backup

function backupCommand(): Command {
  const command = strict(new Command("backup")).description(
    "Backups before a wave, restored and compared. / Cadangan yang diuji pulih.",
  );
  const create = common(new Command("create"), true)
    .description("Back up the sources of a wave, restore them, compare every table. / Cadangkan, pulihkan, bandingkan.")
    .argument("<wave>", "a wave of the plan")
    .addHelpText(
      "after",
      `
Does      Files: a copy with SHA-256 of each, read again from the copy. Databases: pg_dump or mariadb-dump, restored into a
          server of our own that is thrown away, rows and SHA-256 of every table compared with the source.
          Evidence for the gate: .migrate/backup/<wave>.json. A former backup stays until the new one is whole.
Needs     Room in .migrate/backup; pg_dump, initdb (postgresql) or mariadb-dump, mariadbd (mariadb-server) for databases;
          the source frozen, or the comparison says that somebody wrote meanwhile.
Can fail  Disk full: stops, leaves nothing half-done, keeps the former one. Run the same command again.
Decides   The owner of the wave, by running it in the window before "run".
Exit      0 restored and compared, 2 usage, 5 no such wave, 6 it differs, 7 no room: run again.`,
    )
    .action((wave: string, options: Options) => conclude(options.lang, () => backupCreate(wave, options)));
  const verify = common(new Command("verify"))
    .description("Read a backup again and name what was changed. / Baca ulang cadangan dan sebutkan yang berubah.")
    .argument("<wave>", "a wave of the plan")
    .addHelpText(
      "after",
      `
Does      Hashes every file of the backup and compares it with the evidence; names files that were changed, are gone, or
          do not belong to it.
Exit      0 all as it was, 2 usage, 6 there is none, or it was changed: it is named what.`,
    )
    .action((wave: string, options: Options) => conclude(options.lang, () => backupVerify(wave, options)));
  for (const part of [create, verify]) command.addCommand(part);
  return command;
}

const STEPS: Readonly<Record<BackupStep["step"], Text>> = {
  copy: { en: "copying", id: "menyalin" },
  dump: { en: "dumping", id: "mencadangkan" },
  restore: { en: "restoring", id: "memulihkan" },
  compare: { en: "comparing", id: "membandingkan" },
};

async function backupCreate(id: string, { folder, lang, json, dryRun }: Options): Promise<number> {
  const plan = await readPlan(folder);
  const wave = plan.waves.find((each) => each.id === id);
  if (!wave) throw new Usage({ en: `There is no wave ${id}.`, id: `Tidak ada gelombang ${id}.` }, 5);
  const sources = await sourcesOf(folder, plan, wave);
  if (dryRun) {
    if (json) showJson({ wave: id, sources });
    else print(`${say({ en: "Would be backed up:", id: "Akan dicadangkan:" }, lang)} ${sources.join(", ")}`);
    return Exit.done;
  }
  const progress = new Progress();
  const evidence = await createBackup(folder, plan, wave, sources, {
    say: ({ source, step }) => progress.show(`${source}: ${say(STEPS[step], lang)}`),
  }).finally(() => progress.end());
  if (json) showJson(evidence);
  else {
    const head =
      lang === "id" ? ["sumber", "mesin", "tabel", "baris", "byte"] : ["source", "engine", "tables", "rows", "bytes"];
    const sum = (list: readonly number[]) => String(list.reduce((total, each) => total + each, 0));
    const rows = evidence.sources.map(({ source, engine, files, tables }) => [
      source,
      engine,
      String(tables.length),
      sum(tables.map((each) => each.rows)),
      sum(files.map(({ bytes }) => bytes)),
    ]);
    print(table(head, rows, [2, 3, 4]));
    good(
      {
        en: `restored and compared in ${evidence.seconds} s`,
        id: `dipulihkan dan dibandingkan dalam ${evidence.seconds} detik`,
      },
      lang,
    );
  }
  return Exit.done;
}

async function backupVerify(wave: string, { folder, lang, json }: Options): Promise<number> {
  const { evidence, faults } = await verifyBackup(folder, wave);
  if (json) showJson({ ok: faults.length === 0, taken: evidence.taken, faults });
  else if (faults.length === 0)
    good({ en: `the backup of ${evidence.taken} is as it was`, id: `cadangan ${evidence.taken} seperti semula` }, lang);
  else for (const { words } of faults) complain(`${paint("red", "✗")} ${say(words, lang)}`);
  return faults.length === 0 ? Exit.done : 6;
}

// ---- gates

function gatesCommand(): Command {
  return common(new Command("gates"))
    .description("How the gates of every wave stand, and what opens them. / Keadaan gerbang tiap gelombang.")
    .argument("[wave]", "one wave; all where left out")
    .option("--sources", "also open the sources: are their tables those of the seal?")
    .addHelpText(
      "after",
      `
Does      Shows for each wave: lint, seal, approval, fresh (nothing changed), sign-off of sources, backup, rehearsal, lessons.
          Reads files only, and changes nothing.
Exit      0 every gate of the wave asked for is open, 2 usage, 5 no such wave, 6 one is shut, 8 stale.`,
    )
    .action((wave: string | undefined, options: Options & { sources?: true }) =>
      conclude(options.lang, () => gates(wave, options)),
    );
}

async function gates(
  wave: string | undefined,
  { folder, lang, json, sources }: Options & { sources?: true },
): Promise<number> {
  const state = await planState(folder, { sources: sources === true });
  const waves = state.waves.filter((each) => wave === undefined || each.wave === wave);
  if (json) showJson({ ...state, waves });
  if (state.plan === undefined) {
    if (!json)
      complain(
        say(
          {
            en: "The plan cannot be read as one: prasasti migrate plan lint",
            id: "Rencana belum utuh: prasasti migrate plan lint",
          },
          lang,
        ),
      );
    return Ended.plan;
  }
  if (waves.length === 0) throw new Usage({ en: `There is no wave ${wave}.`, id: `Tidak ada gelombang ${wave}.` }, 5);
  if (!json) {
    for (const { wave, gates, ready } of waves) {
      print(
        `${paint("bold", wave)}  ${ready ? paint("green", say({ en: "ready", id: "siap" }, lang)) : paint("yellow", say({ en: "not yet", id: "belum" }, lang))}`,
      );
      for (const { gate, met, words, remedy, until } of gates) {
        print(
          `  ${met ? paint("green", "✓") : paint("red", "✗")} ${gate.padEnd(9)} ${say(words, lang)}${until ? paint("dim", `  → ${until.slice(0, 16)}`) : ""}`,
        );
        if (remedy) print(`              ${paint("dim", `→ ${say(remedy, lang)}`)}`);
      }
    }
  }
  if (state.stale.length > 0) return Ended.stale;
  return waves.every(({ ready }) => ready) ? Exit.done : 6;
}
