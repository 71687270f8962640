// The verbs that bring a wave onto the ledger and back: run, verify, activate, roll back, and what belongs to them.

import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Command, Option } from "commander";
import { sha256 } from "#hash";
import { openKey } from "../../server/cli/key.ts";
import { defaultKeyFolder, KeyFault, type SigningKey } from "../../server/cli/key-file.ts";
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
  table,
  Usage,
} from "../../server/cli/terminal.ts";
import { ActCode } from "../../server/domain/entries/act.ts";
import { type Hex, toHex, utf8 } from "../../server/domain/entries/words.ts";
import { Fault } from "../../server/domain/fault.ts";
import type { Words } from "../../server/domain/problems.ts";
import { checkRowProof, proveRows, type RowProof, reportFolder } from "../load/certificate.ts";
import { Control } from "../load/control.ts";
import { checkStage, hashOfLots, type Job, journalFolder } from "../load/job.ts";
import { Journal } from "../load/journal.ts";
import { criteriaOf, keepStayed, nextAttempt, openJob, toolFolder } from "../load/open-job.ts";
import { promoteProcess } from "../load/promote-process.ts";
import { rebuildJournal } from "../load/rebuild-journal.ts";
import { Register } from "../load/register.ts";
import { readSuppliersFile, signSuppliers, writeSuppliersFile } from "../load/register-suppliers.ts";
import { rehearseWave } from "../load/rehearse-wave.ts";
import { writeReverseDelta } from "../load/reverse-delta.ts";
import { type Hands, type RunEnd, runWave, type Tell } from "../load/run-wave.ts";
import { pickSamples, signSamples, writeSamples } from "../load/samples.ts";
import { cellsOf, type Verdict, verifyRolledBack, verifyWave } from "../load/verify-wave.ts";
import { readSignFile, signFile, waitsFor, writeSignFile } from "../load/wave-act.ts";
import { historyOfWave, waveOnChain } from "../load/wave-on-chain.ts";
import { lastProgress, writeReport } from "../load/wave-report.ts";
import { activateWave, closeWave, finaliseWave, planRollback, rollBackWave } from "../load/wave-stages.ts";
import { assertGates } from "../plan/plan-state.ts";
import { clockText, windowsAt } from "../plan/time.ts";
import { type StagedLot, writeWhole } from "../stage/lot.ts";
import { stage } from "../stage/stage.ts";
import { openWave } from "../stage/wave-input.ts";
import { conclude, Ended } from "./exits.ts";

type Options = {
  folder: string;
  rpc?: string;
  rpcToken?: string;
  ledger?: string;
  chainId?: string;
  confirmations?: string;
  gasPrice?: string;
  account?: string;
  key?: string[];
  keys: string;
  attempt?: string;
  lang: Language;
  json?: true;
  dryRun?: true;
};

const HELP = `
Progress goes to standard error: for people where standard output is a terminal, else (and with --json) a line of JSON for
each event. Standard output holds the result alone.
Exit codes: 0 done and checked, 1 yours to fix, 2 usage, 6 a gate is shut, 7 stopped and can go on (or waits for
signatures), 8 plan or stage changed, 9 another machine holds the lease, 10 a difference, 11 no-go, 12 blocked,
75 the ledger does not answer: try again.`;

/** The verbs of this part, for `prasasti migrate`. */
export function loadCommands(): Command[] {
  return [
    rehearse(),
    runVerb(),
    order("pause", { paused: true }, "Stop a running load after what is under way; `run` or `resume` goes on."),
    order("panic", { panic: true }, "Stop a running load at once; what was sent is looked up when it goes on."),
    throttle(),
    resume(),
    verify(),
    close(),
    samples(),
    activate(),
    finalise(),
    rollback(),
    replan(),
    promote(),
    acts(),
    status(),
    report(),
    journal(),
    doctor(),
  ];
}

function verb(name: string, en: string, id: string, guide: string): Command {
  return strict(new Command(name))
    .description(`${en} / ${id}`)
    .option("--folder <dir>", "the project folder, with waves.yaml", ".")
    .option("--attempt <n>", "another attempt than the one under way")
    .option("--json", "print JSON on standard output, progress as lines of JSON on standard error")
    .addOption(languageOption())
    .addHelpText("after", `${guide.trimEnd()}\n${HELP}`);
}

function reaching(command: Command): Command {
  return command
    .addOption(new Option("--rpc <urls>", "JSON-RPC of the ledger's nodes, comma between").env("PRASASTI_RPC"))
    .addOption(
      new Option(
        "--rpc-token <file>",
        "token of the embedded chain's JSON-RPC (keys/rpc.token of its data folder)",
      ).env("PRASASTI_RPC_TOKEN_FILE"),
    )
    .addOption(new Option("--ledger <address>", "the Ledger; not needed for the embedded chain").env("PRASASTI_LEDGER"))
    .addOption(new Option("--chain-id <n>", "pinned at the first contact").env("PRASASTI_CHAIN_ID"))
    .option("--confirmations <n>", "blocks on top of one that counts (embedded chain: 0)");
}

function signing(command: Command): Command {
  return reaching(command)
    .option("--key <key...>", "keys that sign what waits for their holders: name, path or sandbox:NAME")
    .option("--keys <folder>", "where keys lie", defaultKeyFolder())
    .option("--account <file>", "key file of the account that sends; one is made where none is named")
    .option("--gas-price <wei>", "where the chain asks for fees", "0");
}

async function reach(options: Options): Promise<Register> {
  const { rpc, rpcToken, ledger, chainId, confirmations } = options;
  if (rpc === undefined)
    throw new Usage({
      en: "Where is the ledger? Name its JSON-RPC with --rpc or PRASASTI_RPC; a gateway offers one when PRASASTI_RPC_PORT is set.",
      id: "Di mana buku besarnya? Sebutkan JSON-RPC-nya dengan --rpc atau PRASASTI_RPC; gateway menyediakannya bila PRASASTI_RPC_PORT diisi.",
    });
  const token =
    rpcToken === undefined
      ? undefined
      : await readFile(rpcToken, "utf8").catch((error: NodeJS.ErrnoException) => {
          throw new Usage({ en: `${rpcToken}: ${error.code}`, id: `${rpcToken}: ${error.code}` }, Exit.yours);
        });
  const folder = toolFolder(options.folder);
  await mkdir(folder, { recursive: true });
  return Register.reach(
    {
      rpc: rpc.split(",").map((each) => each.trim()),
      token: token?.trim(),
      ledger: ledger?.toLowerCase() as Hex | undefined,
      chainId: numberOf(chainId),
      // whoever keeps the embedded chain vouches for each of its blocks
      confirmations: numberOf(confirmations) ?? (token === undefined ? undefined : 0),
    },
    folder,
  );
}

function numberOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,15}$/.test(text))
    throw new Usage({ en: `${text} is no whole number.`, id: `${text} bukan bilangan bulat.` });
  return Number(text);
}

async function keysOf({ key = [], keys, lang }: Options): Promise<SigningKey[]> {
  const opened: SigningKey[] = [];
  for (const name of key) opened.push(await openKey(name, keys, lang));
  return opened;
}

const jobOf = async (options: Options, wave: string) => openJob(options.folder, wave, numberOf(options.attempt));

/** Stages a wave from its sources into another folder, without a trace in the project. */
async function stageAgain(
  project: string,
  wave: string,
  attempt: number,
  elsewhere: string,
  cutOver?: number,
): Promise<{ id: Hex; folder: string; lots: readonly StagedLot[] }> {
  const { input, close: closeSources } = await openWave(project, wave, { attempt, elsewhere });
  try {
    const { staged, blocked } = await stage(cutOver === undefined ? input : { ...input, cutOver });
    if (blocked)
      throw new Fault("stale", {
        explanation: {
          en: `The sources of ${wave} hold duplicates now that nobody has decided.`,
          id: `Sumber ${wave} kini memuat duplikat yang belum diputuskan.`,
        },
        remedy: { en: "See them: prasasti migrate dedupe review", id: "Lihat: prasasti migrate dedupe review" },
      });
    return { id: staged.id, folder: input.folder, lots: staged.lots };
  } finally {
    await closeSources();
  }
}

/** Opens what a verb works with, and closes it again. */
async function withHands(
  options: Options,
  wave: string,
  doing: (opened: Awaited<ReturnType<typeof jobOf>>, hands: Hands) => Promise<number>,
): Promise<number> {
  const opened = await jobOf(options, wave);
  const keys = await keysOf(options);
  const register = await reach(options);
  const teller = new Teller(options, opened.job);
  try {
    return await doing(opened, {
      ...{ register, keys, tell: teller.tell, gasPrice: numberOf(options.gasPrice) ?? 0, account: options.account },
    });
  } finally {
    teller.end();
    await register.close();
  }
}

/**
 * Says what happens, on standard error. Where standard output is a terminal: a line for each stage, and beneath it, where
 * standard error is one too, a line that is written over. With --json, or where standard output is a file or a pipe: a
 * line of JSON for each event.
 */
class Teller {
  readonly #progress = new Progress();
  readonly #json: boolean;
  readonly #lang: Language;
  readonly #job: Job;
  #kept = 0;
  #stage = "";

  constructor({ json, lang }: Options, job: Job) {
    this.#json = json === true || !process.stdout.isTTY;
    this.#lang = lang;
    this.#job = job;
  }

  readonly tell: Tell = (event, values = {}) => {
    const { wave, attempt, folder } = this.#job;
    const now = Date.now();
    const passes = event === "rows" || event === "checking" || event === "verifying";
    const whole = values.rows === values.of && event === "rows";
    const isDue = !passes || whole || now - this.#kept > 1_000;
    if (passes && isDue) this.#kept = now;
    if (event === "rows" && isDue) {
      const place = path.join(folder, "status", `${wave}.json`);
      void mkdir(path.dirname(place), { recursive: true })
        .then(() => writeWhole(place, utf8(JSON.stringify({ at: now, ...values }))))
        .catch(() => {});
    }
    if (this.#json) {
      if (isDue)
        complain(JSON.stringify({ at: new Date(now).toISOString(), wave, attempt, event, ...values }, bigints));
      return;
    }
    const line = lineOf(wave, attempt, event, values, this.#lang);
    // what is under way is written over; what is done, or begins, stays
    if (passes && !whole && process.stderr.isTTY) return this.#progress.show(line);
    if (passes && this.#stage === event && !whole) return;
    this.#stage = event;
    this.#progress.end();
    if (line !== "") complain(line);
  };

  end(): void {
    this.#progress.end();
  }
}

function bigints(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}

const both = (en: string, id: string): Words => ({ en, id });

/** What an event says to a person; empty where it is for machines alone. */
function lineOf(wave: string, attempt: number, event: string, values: Record<string, unknown>, lang: Language): string {
  if (event === "rows") return rowsLine(wave, attempt, values, lang);
  const count = (name: string) => Number(values[name] ?? 0).toLocaleString("en-US");
  const says = values.says as Words | undefined;
  const lines: Record<string, Words> = {
    checking: both(`checking lots ${count("done")}/${count("of")}`, `memeriksa lot ${count("done")}/${count("of")}`),
    suppliers: both(
      `suppliers: ${count("known")} registered, ${count("missing")} to register`,
      `penyedia: ${count("known")} terdaftar, ${count("missing")} akan didaftarkan`,
    ),
    lots: both(
      `${values.agency}: ${count("accepted")}/${count("of")} lots accepted`,
      `${values.agency}: ${count("accepted")}/${count("of")} lot diterima`,
    ),
    act: says ?? both(String(values.act), String(values.act)),
    finished: both(
      `is ${values.state} already, ${count("rows")} rows`,
      `sudah ${values.state}, ${count("rows")} baris`,
    ),
    afresh: both(
      `nothing of this attempt is on the ledger: begun afresh; ${count("acts")} files of acts set aside`,
      `percobaan ini belum ada di buku besar: dimulai ulang; ${count("acts")} berkas perbuatan disisihkan`,
    ),
    trouble: both(`! ${values.what}`, `! ${values.what}`),
    verifying: both(`${count("rows")} rows compared`, `${count("rows")} baris dibandingkan`),
    rehearsing: both(`rehearsing: ${values.step}`, `gladi: ${values.step}`),
    ended: both("", ""),
  };
  const found = lines[event] ?? both(event, event);
  return found.en === "" ? "" : `${wave}  ${say(found, lang)}`;
}

function rowsLine(wave: string, attempt: number, values: Record<string, unknown>, lang: Language): string {
  const count = (name: string) => Number(values[name] ?? 0).toLocaleString("en-US");
  const {
    rows,
    of,
    fill,
    eta,
    refused,
    waitsFor: waits,
  } = values as Record<string, number> & {
    waitsFor?: string;
  };
  const percent = of ? ((100 * rows!) / of).toFixed(1) : "100";
  const left = eta === undefined ? "–" : `${Math.floor(eta / 60)}m${String(Math.floor(eta % 60)).padStart(2, "0")}s`;
  const [attemptWord, rowsWord, full, no, safe] =
    lang === "id"
      ? ["percobaan", "baris", "rantai", "ditolak", "aman dihentikan"]
      : ["attempt", "rows", "chain", "refused", "resume-safe"];
  const parts = [
    `${wave} ${attemptWord} ${attempt}`,
    `${rowsWord} ${count("rows")}/${count("of")} ${percent}%`,
    `${count("rate")}/s`,
    `${full} ${Math.round(100 * (fill ?? 0))}%`,
    `ETA ${left}`,
    // whatever happens to this process, `run` goes on from here
    safe,
    ...(refused ? [`${no} ${refused}`] : []),
    ...(waits === undefined ? [] : [`! ${waits}`]),
  ];
  return parts.join("  ");
}

function tellEnd(end: RunEnd, { lang, json }: Options, wave: string, zone?: string): number {
  if (json) print(JSON.stringify({ wave, ...end }, bigints));
  if (end.end === "loaded") {
    if (!json)
      print(
        `${paint("green", "✓")} ${say(
          end.finished
            ? {
                en: `${wave}: ${end.loaded} rows are on the ledger; nothing was left to do.`,
                id: `${wave}: ${end.loaded} baris sudah di buku besar; tidak ada yang tersisa.`,
              }
            : {
                en: `${wave}: ${end.loaded} rows are on the ledger, and nothing counts yet. Next: prasasti migrate verify ${wave}`,
                id: `${wave}: ${end.loaded} baris sudah di buku besar, dan belum ada yang berlaku. Berikutnya: prasasti migrate verify ${wave}`,
              },
          lang,
        )}`,
      );
    return Exit.done;
  }
  if (end.end === "stopped") {
    const why = {
      paused: both("paused", "dijeda"),
      panic: both("panic", "darurat"),
      over: both("its window has ended", "jendelanya berakhir"),
    }[end.why];
    const more = end.why === "over" ? afterWindow(end.next, zone) : both("", "");
    if (!json)
      print(
        say(
          {
            en: `${wave} stopped (${why.en}) with ${end.loaded} rows loaded; \`run\` goes on there.${more.en}`,
            id: `${wave} berhenti (${why.id}) dengan ${end.loaded} baris termuat; \`run\` melanjutkan dari sana.${more.id}`,
          },
          lang,
        ),
      );
    return Ended.stopped;
  }
  if (end.end === "waiting") {
    if (!json) tellWaiting(end.files, lang);
    return Ended.stopped;
  }
  if (!json)
    print(
      say(
        {
          en: `${wave} cannot be closed: the ledger refused ${end.refused} rows, listed with reasons in ${end.file}. Roll back, \`replan\`, and stage again: they are rejects then.`,
          id: `${wave} tidak dapat ditutup: buku besar menolak ${end.refused} baris, terdaftar dengan alasannya di ${end.file}. Tarik kembali, \`replan\`, dan siapkan ulang: baris itu menjadi tolakan.`,
        },
        lang,
      ),
    );
  return Ended.held;
}

function tellWaiting(files: readonly { file: string; for: Words[] }[], lang: Language): void {
  for (const { file, for: people } of files) {
    const who = people.map((each) => say(each, lang)).join(", ");
    print(say({ en: `${file}: waits for ${who}`, id: `${file}: menunggu ${who}` }, lang));
  }
  print(
    say(
      {
        en: "Have each signed with `prasasti migrate acts sign FILE --key KEY` on its holder's machine, put it back, and run the same command again.",
        id: "Minta tiap berkas ditandatangani dengan `prasasti migrate acts sign BERKAS --key KUNCI` di mesin pemegangnya, kembalikan, lalu jalankan perintah yang sama.",
      },
      lang,
    ),
  );
}

// ---- the verbs

function rehearse(): Command {
  return verb(
    "rehearse",
    "Go the whole way of a wave on a throw-away chain",
    "Gladi satu gelombang pada rantai sementara",
    `
What it does: deploys a register on a chain of its own, with keys made here; loads the wave, verifies it, brings it into
force, rolls it back, verifies that, and loads it again. The ledger is not touched. What it measured goes into
.migrate/rehearsal/WAVE.json, which opens the gate of \`run\`.
It needs: a sealed plan and a staged wave.
What can go wrong: the ledger refuses rows. They are listed in .migrate/refused; stage again and they are rejects.
Who decides: the owner of the wave.`,
  )
    .argument("<wave>")
    .action((wave: string, options: Options) =>
      conclude(options.lang, async () => {
        const { job } = await jobOf(options, wave);
        const teller = new Teller(options, job);
        const away = await mkdtemp(path.join(tmpdir(), "prasasti-restage-"));
        const now = Math.floor(Date.now() / 1000) - 60;
        const cutOver = Math.min(job.cutOver, now);
        const restaged = async (attempt: number): Promise<Job> => {
          const staged = await stageAgain(options.folder, wave, attempt, path.join(away, String(attempt)), cutOver);
          return { ...job, attempt, cutOver, id: staged.id, stage: { folder: staged.folder, lots: staged.lots } };
        };
        // a cut-over that is still to come is no date that the ledger of today takes
        const first = job.cutOver > now ? await restaged(job.attempt) : job;
        const evidence = await rehearseWave(first, hashOfLots(job.stage.lots), teller.tell, () =>
          restaged(job.attempt + 1),
        ).finally(async () => {
          teller.end();
          await rm(away, { recursive: true, force: true });
        });
        if (options.json) print(JSON.stringify(evidence));
        else {
          print(
            table(
              ["step", "s", ""],
              evidence.steps.map(({ step, seconds, said }) => [step, seconds.toFixed(1), said]),
              [1],
            ),
          );
          for (const [network, seconds] of Object.entries(evidence.foreseen)) print(`ETA ${network}: ${seconds} s`);
          print(evidence.passed ? paint("green", "✓ passed / lulus") : paint("red", "✗ failed / gagal"));
        }
        return evidence.passed ? Exit.done : 6;
      }),
    );
}

const RUN_GUIDE = `
What it does: opens the wave on the ledger, has the agencies consent and their heads sign the lots, registers suppliers,
has the lots accepted and loads the rows. Whatever is done already is not done again: run it as often as you like.
It needs: a sealed and approved plan, a backup that was restored, a rehearsal, the window; the heads' signatures, here by
--key or on their own machines through the files in acts/.
What can go wrong: it is killed, the nodes stop, the disk is full: run it again. Another machine holds the lease (9): see
--take-over. The ledger refuses rows (12): see the file that it names.
Who decides: the owner of the wave; the heads of the agencies by signing.`;

function runVerb(): Command {
  return signing(verb("run", "Load a wave onto the ledger", "Memuat satu gelombang ke buku besar", RUN_GUIDE))
    .argument("<wave>")
    .option("--take-over", "take the lease from a machine that will never go on; the lead head signs it")
    .option("--dry-run", "look at gates, stage and ledger, and change nothing")
    .action((wave: string, options: Options & { takeOver?: true }) =>
      conclude(options.lang, () => runNow(wave, options)),
    );
}

async function runNow(wave: string, options: Options & { takeOver?: true }): Promise<number> {
  await assertGates(options.folder, wave);
  return withHands(options, wave, async ({ job }, hands) => {
    const now = Date.now();
    if (windowsAt(job.window, now).open === undefined) throw outsideWindow(job, now);
    if (options.dryRun) {
      await checkStage(job);
      const there = await waveOnChain(hands.register, job.id);
      const said = { wave, lots: job.stage.lots.length, state: there?.state ?? "not open", loaded: there?.loaded ?? 0 };
      print(
        options.json
          ? JSON.stringify(said)
          : Object.entries(said)
              .map(([name, value]) => `${name} ${value}`)
              .join("  "),
      );
      return Exit.done;
    }
    const end = await runWave(job, hands, { takeOver: options.takeOver === true });
    return tellEnd(end, options, wave, job.window.zone);
  });
}

function outsideWindow({ wave, window }: Job, now: number): Fault {
  const { next } = windowsAt(window, now);
  const [start, end] = [next ?? window].flatMap((each) =>
    [each.start, each.end].map((at) => clockText(at, window.zone)),
  );
  return new Fault("gate-shut", {
    explanation:
      next === undefined
        ? { en: `The last window of ${wave} has ended.`, id: `Jendela terakhir ${wave} sudah berakhir.` }
        : {
            en: `${wave} has no window now; the next is from ${start} to ${end}.`,
            id: `${wave} tidak punya jendela sekarang; berikutnya dari ${start} sampai ${end}.`,
          },
    remedy: NO_WINDOW,
  });
}

const NO_WINDOW: Words = {
  en: "Where it is not open on the ledger yet: change the window in the plan, seal and approve it. An open wave keeps the windows of its sealed plan: wait for the next, or roll it back and replan.",
  id: "Bila belum dibuka di buku besar: ubah jendela dalam rencana, segel dan setujui. Gelombang yang terbuka memakai jendela dari rencana yang disegel: tunggu jendela berikutnya, atau tarik kembali dan rencanakan ulang.",
};

/** What follows a run that its window has ended. */
function afterWindow(next: { start: number; end: number } | undefined, zone: string | undefined): Words {
  if (next === undefined)
    return {
      en: ` The sealed plan has no further window. ${NO_WINDOW.en}`,
      id: ` Rencana yang disegel tidak punya jendela lagi. ${NO_WINDOW.id}`,
    };
  const [start, end] = [next.start, next.end].map((at) => clockText(at, zone));
  return { en: ` The next window is from ${start} to ${end}.`, id: ` Jendela berikutnya dari ${start} sampai ${end}.` };
}

function resume(): Command {
  return signing(
    verb("resume", "Go on with a wave that was stopped", "Melanjutkan gelombang yang dihentikan", RUN_GUIDE),
  )
    .argument("<wave>")
    .action((wave: string, options: Options) => conclude(options.lang, () => runNow(wave, options)));
}

function order(name: string, orders: { paused?: boolean; panic?: boolean }, en: string): Command {
  return verb(
    name,
    en,
    name === "pause" ? "Hentikan pemuatan setelah yang sedang berjalan selesai." : "Hentikan pemuatan seketika.",
    "\nIt is an order in a file of the project: the running process reads it five times a second.\nWho decides: anybody who can write the project folder.",
  )
    .argument("<wave>")
    .action((wave: string, options: Options) =>
      conclude(options.lang, async () => {
        const given = await new Control(toolFolder(options.folder), wave).give(orders);
        print(
          options.json ? JSON.stringify(given) : say({ en: `${wave}: ${name}`, id: `${wave}: ${name}` }, options.lang),
        );
        return Exit.done;
      }),
    );
}

function throttle(): Command {
  return verb(
    "throttle",
    "Load at most so many rows a second",
    "Memuat paling banyak sekian baris per detik",
    "\n`off` lifts it. It holds for the run that is under way.",
  )
    .argument("<wave>")
    .argument("<rate>", "such as 200/s, or off")
    .action((wave: string, rate: string, options: Options) =>
      conclude(options.lang, async () => {
        const found = /^(\d{1,7})(\/s)?$/.exec(rate);
        if (!found && rate !== "off")
          throw new Usage({
            en: "The rate is a number such as 200/s, or off.",
            id: "Laju berupa angka seperti 200/s, atau off.",
          });
        const control = new Control(toolFolder(options.folder), wave);
        const given = await control.give({ rowsASecond: found ? Math.max(1, Number(found[1])) : undefined } as never);
        print(options.json ? JSON.stringify(given) : `${wave}: ${rate}`);
        return Exit.done;
      }),
    );
}

function verify(): Command {
  return reaching(
    verb(
      "verify",
      "Compare all of a wave with what the ledger holds",
      "Membandingkan seluruh gelombang dengan isi buku besar",
      `
What it does: reads the sources again and stages them elsewhere; compares counts, sums, every byte of each row of tiers A and B both ways, bodies off the chain against
their digests, and the roots of tier C. What differs is looked at a second time before it is told. --proof KEY writes the
proof of one record or process and checks it against the certificate; with --certificate FILE it needs no ledger.
--reverse, after a rollback, makes the reverse delta anew from the ledger and compares its SHA-256 with that in the act:
whoever applies the file to the old system knows by it that nothing was added or left out. --rolled-back shows that nothing
of the wave counts.
It needs: the stage and the ledger.
Who decides: nobody; it only reads. Exit 10 names each difference.`,
    ),
  )
    .argument("<wave>")
    .option("--staged", "take the stage as it is, and do not read the sources again")
    .option("--rolled-back", "show that nothing of it counts any more, and that all of it is still there")
    .option("--reverse", "compare the reverse delta with what its rollback put on the chain")
    .option("--proof <key>", "an ocid or key")
    .option("--certificate <file>", "with --proof: a certificate, offline")
    .action(
      (
        wave: string,
        options: Options & { staged?: true; rolledBack?: true; reverse?: true; proof?: string; certificate?: string },
      ) =>
        conclude(options.lang, async () => {
          if (options.proof !== undefined) return proof(wave, options.proof, options);
          return withHands({ ...options, keys: defaultKeyFolder() }, wave, async ({ job }, hands) => {
            if (options.reverse) return reverse(job, hands, options);
            if (options.rolledBack)
              return tellVerdict(job, await verifyRolledBack(job, hands.register, hands.tell), options);
            const away = await mkdtemp(path.join(tmpdir(), "prasasti-restage-"));
            try {
              const again = options.staged ? undefined : () => stageAgain(options.folder, wave, job.attempt, away);
              return await tellVerdict(job, await verifyWave(job, hands.register, hands.tell, again), options);
            } finally {
              await rm(away, { recursive: true, force: true });
            }
          });
        }),
    );
}

async function tellVerdict(job: Job, verdict: Verdict, { json, lang }: Options): Promise<number> {
  const folder = reportFolder(job);
  await mkdir(folder, { recursive: true });
  await writeWhole(
    path.join(folder, "verdict.json"),
    utf8(JSON.stringify({ at: new Date().toISOString(), ...verdict }, bigints)),
  );
  if (json) print(JSON.stringify(verdict, bigints));
  else {
    const heads = ["agency", "entity", "tier", "staged", "ledger", "cur", "value", "ledger", "paid", "ledger", ""];
    print(table(heads, verdict.lines.map(cellsOf), [3, 4, 6, 7, 8, 9]));
    for (const { what, place, words } of verdict.differences.slice(0, 50))
      print(`${paint("red", "✗")} ${what} ${place}: ${say(words, lang)}`);
    if (verdict.differences.length > 50) print(`… ${verdict.differences.length}: ${path.join(folder, "verdict.json")}`);
    const rate = Math.round(verdict.rows / Math.max(0.001, verdict.seconds));
    if (verdict.differences.length === 0)
      print(
        `${paint("green", "✓")} ${say({ en: `${verdict.rows} rows and all roots are equal (${rate} rows a second)`, id: `${verdict.rows} baris dan semua akar sama (${rate} baris per detik)` }, lang)}`,
      );
  }
  return verdict.differences.length === 0 ? Exit.done : Ended.mismatch;
}

async function proof(wave: string, wanted: string, options: Options & { certificate?: string }): Promise<number> {
  const { job } = await jobOf(options, wave);
  const folder = reportFolder(job);
  const proofs = await proveRows(job, wanted);
  const place = options.certificate ?? path.join(folder, "certificate.json");
  const certificate = await readFile(place);
  const all = path.join(path.dirname(place), "certificate-lots.all.json");
  const lots = existsSync(all) ? (JSON.parse(await readFile(all, "utf8")) as never) : [];
  let wrong = 0;
  const told: (RowProof & { verdict: string })[] = [];
  for (const each of proofs) {
    const fault = checkRowProof(each, certificate, lots);
    if (fault !== undefined) wrong++;
    told.push({ ...each, verdict: fault ?? "verified" });
  }
  if (options.json) print(JSON.stringify(told));
  else
    for (const { key, lot, from, verdict } of told)
      print(
        `${verdict === "verified" ? paint("green", "✓") : paint("red", "✗")} ${key}  ${verdict}  lot ${lot.key.slice(0, 12)}…  ${from.map(({ dataset, at }) => `${dataset} ${at}`).join(", ")}`,
      );
  return wrong === 0 ? Exit.done : Ended.mismatch;
}

async function reverse(job: Job, hands: Hands, { json, lang }: Options): Promise<number> {
  const wave = await waveOnChain(hands.register, job.id);
  const history = wave === undefined ? undefined : await historyOfWave(hands.register, wave.number);
  const rolled = history?.acts.find(({ act }) => act.code === ActCode.rollBackWave);
  if (wave === undefined || history === undefined || rolled === undefined)
    throw new Usage({ en: `${job.wave} was not rolled back.`, id: `${job.wave} belum ditarik kembali.` }, Exit.yours);
  // what lies there may have been edited since: it is looked at before it is written anew
  const there = await readFile(path.join(reportFolder(job), `reverse-delta.${job.reverseDelta}`)).catch(
    () => undefined,
  );
  const found = there === undefined ? undefined : toHex(sha256(there));
  const delta = await writeReverseDelta(job, hands.register, wave, history.openedAt, rolled.block);
  if (found !== undefined && found !== delta.sha256)
    complain(
      say(
        {
          en: `${delta.file} was edited: its SHA-256 was ${found}. It is written anew.`,
          id: `${delta.file} telah disunting: SHA-256-nya ${found}. Ditulis ulang.`,
        },
        lang,
      ),
    );
  const same = delta.sha256 === rolled.act.key && (found === undefined || found === delta.sha256);
  if (json)
    print(
      JSON.stringify({
        ...{ same, expected: rolled.act.key, found: delta.sha256, edits: delta.edits.length },
        ...{ file: delta.file, lossy: delta.lossy },
      }),
    );
  else
    print(
      same
        ? `${paint("green", "✓")} ${say({ en: `${delta.edits.length} facts; the delta is the one on the chain: ${delta.file}`, id: `${delta.edits.length} fakta; delta sama dengan yang di rantai: ${delta.file}` }, lang)}`
        : `${paint("red", "✗")} ${delta.sha256} ≠ ${rolled.act.key}`,
    );
  return same ? Exit.done : Ended.mismatch;
}

function close(): Command {
  return signing(
    verb(
      "close",
      "Verify a loaded wave, and close it with its certificate",
      "Memverifikasi gelombang yang dimuat dan menutupnya dengan sertifikat",
      `
What it does: compares all of it, writes the migration certificate (.migrate/reports), and anchors it by the act that the
lead agency's head signs. A closed wave takes no more rows, and does not count yet.
Who decides: the head of the lead agency.`,
    ),
  )
    .argument("<wave>")
    .action((wave: string, options: Options) =>
      conclude(options.lang, () =>
        withHands(options, wave, async ({ job }, hands) => {
          const end = await closeWave(job, hands);
          if (end.end === "waiting") return tellEnd(end, options, wave);
          if (options.json) print(JSON.stringify(end, bigints));
          else
            print(
              `${paint("green", "✓")} ${wave} closed / ditutup  ${path.join(reportFolder(job), "certificate.json")}`,
            );
          return Exit.done;
        }),
      ),
    );
}

function samples(): Command {
  return verb(
    "samples",
    "Pick rows for people to compare with the old system, and sign what they found",
    "Memilih baris untuk dibandingkan orang dengan sistem lama, dan menandatangani hasilnya",
    `
What it does: picks rows of the stage by the sealed plan's hash, so that nobody chooses them, spread over agencies,
entities and datasets, and writes samples/WAVE-ATTEMPT.csv: where each stands in the old system, and what its record says.
Whoever knows the old system opens both, and fills in \`same\` with y or n (t for tidak) and \`why\`. With --as KEY each line
that is filled in is signed, into samples/WAVE-ATTEMPT.ndjson. Several people may share the table, or sign it again.
It needs: a staged wave; to sign, a key. No ledger.
What can go wrong: a cell other than these two was changed: the line is named, and nothing is signed. \`activate\` checks
each signature, and the signer's key in the register: a changed line, or one that says n, stops it (11).
Who decides: people of the source's owner. How many must sign is in the plan: goNoGo.samplesSigned.`,
  )
    .argument("<wave>")
    .option("--count <n>", "rows to pick; as many as the plan wants signed where left out")
    .option("--as <key>", "sign the lines that are filled in: name, path or sandbox:NAME")
    .option("--keys <folder>", "where keys lie", defaultKeyFolder())
    .option("--dry-run", "show the rows, and write nothing")
    .action((wave: string, options: Options & { count?: string; as?: string }) =>
      conclude(options.lang, async () => {
        const { job, plan } = await jobOf(options, wave);
        if (options.as !== undefined) {
          const key = await openKey(options.as, options.keys, options.lang);
          const end = await signSamples(job, key, new Date());
          if (options.json) print(JSON.stringify(end));
          else {
            const { signed, open, differ, file } = end;
            for (const each of differ) print(`${paint("red", "✗")} ${each}`);
            print(
              say(
                {
                  en: `${signed} rows are signed by ${key.holder}, ${differ.length} of them as different; ${open} are not filled in. ${file}`,
                  id: `${signed} baris ditandatangani ${key.holder}, ${differ.length} di antaranya berbeda; ${open} belum diisi. ${file}`,
                },
                options.lang,
              ),
            );
          }
          return end.differ.length === 0 ? Exit.done : 11;
        }
        const wanted = plan.waves.find(({ id }) => id === wave)!.goNoGo.samplesSigned;
        const count = Math.min(10_000, numberOf(options.count) ?? wanted);
        const { samples: picked, file } = options.dryRun
          ? { samples: await pickSamples(job, count), file: undefined }
          : await writeSamples(job, count);
        if (options.json) print(JSON.stringify({ file, samples: picked }));
        else {
          if (file === undefined)
            print(
              table(
                ["no", "key", "where"],
                picked.map(({ no, key, where }) => [String(no), key, where]),
                [0],
              ),
            );
          print(
            say(
              {
                en: `${picked.length} rows${file === undefined ? "" : ` in ${file}: fill in same (y or n) and why, then sign with --as KEY`}`,
                id: `${picked.length} baris${file === undefined ? "" : ` di ${file}: isi same (y atau n/t) dan why, lalu tandatangani dengan --as KUNCI`}`,
              },
              options.lang,
            ),
          );
        }
        return Exit.done;
      }),
    );
}

function activate(): Command {
  return signing(
    verb(
      "activate",
      "Bring a closed wave into force",
      "Memberlakukan gelombang yang sudah ditutup",
      `
What it does: looks at the criteria of go and no-go of the sealed plan, closes the wave if it is not closed yet, and sends
the act that the lead head and an overseer sign. From then on its records count.
What can go wrong: a criterion is not met (11); a wave that must be in force before is not.
Who decides: the lead head and the overseer: two people, at least one with a key of his own.`,
    ),
  )
    .argument("<wave>")
    .option("--dry-run", "show how the criteria stand")
    .action((wave: string, options: Options) =>
      conclude(options.lang, () =>
        withHands(options, wave, async (opened, hands) => {
          const { job } = opened;
          if (options.dryRun) {
            const criteria = await criteriaOf(opened, hands.register, 0);
            for (const { name, met, words } of criteria)
              print(`${met ? "✓" : "✗"} ${name}: ${say(words, options.lang)}`);
            return criteria.every(({ met }) => met) ? Exit.done : Ended.noGo;
          }
          const closed = await closeWave(job, hands);
          if (closed.end === "waiting") return tellEnd(closed, options, wave);
          const criteria = await criteriaOf(opened, hands.register, closed.verdict?.differences.length ?? 0);
          const end = await activateWave(job, hands, criteria);
          if (end.end === "waiting") return tellEnd(end, options, wave);
          const until = new Date(end.until * 1000).toISOString();
          if (options.json) print(JSON.stringify({ wave, state: "active", until }));
          else
            print(
              `${paint("green", "✓")} ${say({ en: `${wave} is in force; it can be rolled back, and not be made final, until ${until}`, id: `${wave} berlaku; dapat ditarik kembali, dan belum dapat difinalkan, sampai ${until}` }, options.lang)}`,
            );
          return Exit.done;
        }),
      ),
    );
}

function finalise(): Command {
  return signing(
    verb(
      "finalise",
      "Make a wave final after its grace",
      "Memfinalkan gelombang setelah masa tenggang",
      "\nIt can never be rolled back afterwards: only correcting entries are possible.\nWho decides: the lead head and an overseer.",
    ),
  )
    .argument("<wave>")
    .action((wave: string, options: Options) =>
      conclude(options.lang, () =>
        withHands(options, wave, async ({ job }, hands) => {
          const end = await finaliseWave(job, hands);
          if (end.end === "waiting") return tellEnd(end, options, wave);
          print(options.json ? JSON.stringify({ wave, state: "final" }) : `${paint("green", "✓")} ${wave} final`);
          return Exit.done;
        }),
      ),
    );
}

function rollback(): Command {
  return signing(
    verb(
      "rollback",
      "Take a wave back in one transaction",
      "Menarik kembali satu gelombang dalam satu transaksi",
      `
What it does: writes what people signed on its processes since as a reverse delta for the old system (SQL or CSV, as the
plan says: rollback.reverseDelta; its SHA-256 goes onto the chain). Each fact is shown with the column that held the like
there, by the wave's maps; where there is none the delta is lossy, and --accept-lossy must say so. Then it sends the act that the lead head and an overseer sign. Nothing is erased: all of it stays
visible as history and counts for nothing. Then it is verified.
What can go wrong: entries or payments since (12), waves that build on it (12), it is final (12), the delta is lossy (12).
See --plan first; afterwards \`verify --reverse\` shows that the delta's file is the one whose hash is on the chain.
Who decides: the lead head and an overseer.`,
    ),
  )
    .argument("<wave>")
    .option("--plan", "show what would be undone, and change nothing")
    .option("--accept-lossy", "accept that the old system has no column for some of it; the act records this")
    .option("--dry-run", "the same as --plan")
    .action((wave: string, options: Options & { plan?: true; acceptLossy?: true }) =>
      conclude(options.lang, () =>
        withHands(options, wave, async ({ job }, hands) => {
          if (options.plan || options.dryRun) {
            const plan = await planRollback(job, hands);
            if (options.json) print(JSON.stringify(plan, bigints));
            else {
              const { state, rows, natives, touched, payments, dependants, detaches } = plan;
              print(
                table(
                  ["state", "records", "entries since", "on processes", "payments", "dependants", "edited"],
                  [
                    [
                      state,
                      String(rows),
                      String(natives),
                      String(touched),
                      String(payments),
                      String(dependants),
                      detaches ? "detach" : "block",
                    ],
                  ],
                  [1, 2, 3, 4, 5],
                ),
              );
              const none = say({ en: "no column", id: "tanpa kolom" }, options.lang);
              for (const { ocid, kind, field, value, legacy } of plan.delta.edits)
                print(`  ${ocid}  ${kind}  ${field} ${value}  → ${legacy === "" ? none : legacy}`);
              const lost = Object.keys(plan.delta.lossy);
              if (lost.length > 0)
                print(
                  `${paint("yellow", "!")} ${say({ en: `lossy: the old system has no column for ${lost.join(", ")}; to roll back, say --accept-lossy`, id: `tidak lengkap: sistem lama tidak punya kolom untuk ${lost.join(", ")}; untuk menarik kembali, nyatakan --accept-lossy` }, options.lang)}`,
                );
              for (const blocker of plan.blockers) print(`${paint("red", "✗")} ${say(blocker, options.lang)}`);
              print(plan.delta.file);
            }
            return plan.blockers.length === 0 ? Exit.done : Ended.held;
          }
          const end = await rollBackWave(job, hands, { acceptLossy: options.acceptLossy === true });
          if (end.end === "waiting") return tellEnd(end, options, wave);
          if (options.json) print(JSON.stringify(end, bigints));
          else
            print(
              `${paint("green", "✓")} ${say({ en: `${wave} is rolled back. Next attempt: prasasti migrate replan ${wave}`, id: `${wave} ditarik kembali. Percobaan berikutnya: prasasti migrate replan ${wave}` }, options.lang)}`,
            );
          return end.verdict.differences.length === 0 ? Exit.done : Ended.mismatch;
        }),
      ),
    );
}

function replan(): Command {
  return signing(
    verb(
      "replan",
      "Begin the next attempt at a wave",
      "Memulai percobaan berikutnya atas satu gelombang",
      `
What it does: gives the wave another id on the ledger; its records keep their ids, so that history shows the first as
withdrawn and the next in its place. What stayed in force, as people had signed on it, is written among the decisions: the
plan is sealed and approved anew then. Stage and rehearse again afterwards.
It needs: the attempt before was rolled back, or never opened.`,
    ),
  )
    .argument("<wave>")
    .option("--dry-run", "say what it would do")
    .action((wave: string, options: Options) =>
      conclude(options.lang, () =>
        withHands(options, wave, async ({ job }, hands) => {
          const there = await waveOnChain(hands.register, job.id);
          if (there !== undefined && there.state !== "rolledBack")
            throw new Fault("rollback-blocked", {
              explanation: {
                en: `Attempt ${job.attempt} at ${wave} is ${there.state}.`,
                id: `Percobaan ${job.attempt} atas ${wave} berkeadaan ${there.state}.`,
              },
              remedy: { en: "Roll it back first.", id: "Tarik kembali dahulu." },
            });
          if (there !== undefined && there.natives > 0 && !options.dryRun) {
            const { openedAt } = await historyOfWave(hands.register, there.number);
            const { edits } = await writeReverseDelta(job, hands.register, there, openedAt);
            await keepStayed(job, new Set(edits.map(({ ocid }) => ocid)));
          }
          const next = options.dryRun ? job.attempt + 1 : await nextAttempt(options.folder, wave);
          print(
            options.json
              ? JSON.stringify({ wave, attempt: next })
              : say(
                  {
                    en: `${wave}: attempt ${next}. Seal and approve the plan where \`gates\` says that it is stale; stage the wave, rehearse it, run it.`,
                    id: `${wave}: percobaan ${next}. Segel dan setujui rencana bila \`gates\` menyebutnya usang; siapkan gelombang, gladi, jalankan.`,
                  },
                  options.lang,
                ),
          );
          return Exit.done;
        }),
      ),
    );
}

function promote(): Command {
  return signing(
    verb(
      "promote",
      "Bring an archived process onto the ledger",
      "Mengangkat satu proses arsip ke buku besar",
      "\nWhat it does: submits the rows of a process of tier C with their proofs, so that people can sign entries on it.\nIt needs: the wave is in force. Again it changes nothing.",
    ),
  )
    .argument("<wave>")
    .argument("<ocid>")
    .action((wave: string, ocid: string, options: Options) =>
      conclude(options.lang, () =>
        withHands(options, wave, async ({ job }, hands) => {
          const end = await promoteProcess(job, hands, ocid);
          print(options.json ? JSON.stringify(end) : `${paint("green", "✓")} ${ocid}: ${end.recorded} + ${end.known}`);
          return Exit.done;
        }),
      ),
    );
}

function acts(): Command {
  const command = strict(new Command("acts")).description(
    "Acts of waves that wait for signatures: show, sign, send. / Perbuatan gelombang yang menunggu tanda tangan.",
  );
  const of = (name: string, en: string, id: string) =>
    signing(
      verb(name, en, id, "\nThe register is asked whether the office counts; nothing is signed where it does not."),
    ).argument("<file>");
  command.addCommand(
    of(
      "show",
      "Say in words what a file does and who has signed",
      "Menjelaskan isi berkas dan siapa yang sudah menandatangani",
    ).action((file: string, options: Options) =>
      conclude(options.lang, async () => {
        const suppliers = await readSuppliersFile(file);
        if (suppliers !== undefined) {
          for (const { id, name, signature } of suppliers.suppliers)
            print(`${signature === undefined ? "·" : "✓"} ${id}  ${name}`);
          return Exit.done;
        }
        const found = await readSignFile(file);
        if (options.json) print(JSON.stringify(found));
        else {
          print(say(found.says, options.lang));
          for (const { holderText, signature } of found.slots)
            print(`${signature === undefined ? "·" : "✓"} ${holderText ?? "?"}`);
        }
        return Exit.done;
      }),
    ),
  );
  command.addCommand(
    of(
      "sign",
      "Say what a file does, and sign it with your key",
      "Menjelaskan isi berkas dan menandatanganinya",
    ).action((file: string, options: Options) =>
      conclude(options.lang, async () => {
        const register = await reach(options);
        try {
          const keys = await keysOf(options);
          const suppliers = await readSuppliersFile(file);
          if (suppliers !== undefined) {
            if (keys[0] === undefined) throw new KeyFault("Name your key with --key.", "Sebutkan kunci dengan --key.");
            signSuppliers(suppliers, register, keys[0]);
            await writeSuppliersFile(file, suppliers);
            return Exit.done;
          }
          const found = await readSignFile(file);
          if (!options.json) print(say(found.says, options.lang));
          let signed = 0;
          for (const key of keys) if (await signFile(found, register, key)) signed++;
          if (signed === 0)
            throw new KeyFault(
              `Nothing here waits for ${keys.map(({ holder }) => holder).join(", ") || "nobody: name your key with --key"}.`,
              `Tidak ada yang menunggu ${keys.map(({ holder }) => holder).join(", ") || "siapa pun: sebutkan kunci dengan --key"}.`,
            );
          await writeSignFile(file, found);
          const waits = waitsFor(found);
          print(
            options.json
              ? JSON.stringify({ file, waits })
              : waits.length === 0
                ? paint("green", "✓")
                : say(
                    {
                      en: `waits for ${waits.map(({ en }) => en).join(", ")}`,
                      id: `menunggu ${waits.map(({ id }) => id).join(", ")}`,
                    },
                    options.lang,
                  ),
          );
          return Exit.done;
        } finally {
          await register.close();
        }
      }),
    ),
  );
  return command;
}

function status(): Command {
  return reaching(
    verb(
      "status",
      "How a wave stands",
      "Keadaan satu gelombang",
      "\nReads the ledger, and what a run that is under way wrote last.",
    ),
  )
    .argument("<wave>")
    .action((wave: string, options: Options) =>
      conclude(options.lang, () =>
        withHands({ ...options, keys: defaultKeyFolder() }, wave, async ({ job }, { register }) => {
          const there = await waveOnChain(register, job.id);
          const progress = await lastProgress(job.folder, wave);
          const said = {
            wave,
            attempt: job.attempt,
            id: job.id,
            counts: job.counts,
            ledger: there ?? null,
            progress: progress ?? null,
          };
          if (options.json) print(JSON.stringify(said, bigints));
          else {
            const { read, migrated, rejected, merged, excluded } = job.counts;
            print(
              `${wave}  ${say({ en: "attempt", id: "percobaan" }, options.lang)} ${job.attempt}  ${there?.state ?? say({ en: "not open", id: "belum dibuka" }, options.lang)}`,
            );
            print(`  ${read} = ${migrated} + ${rejected} + ${merged} + ${excluded}`);
            if (there !== undefined)
              print(
                `  ${there.loaded}/${there.expected} rows  ${there.lots}/${job.stage.lots.length} lots  epoch ${there.epoch}  natives ${there.natives}`,
              );
            if (progress !== undefined) print(`  ${lineOf(wave, job.attempt, "rows", progress, options.lang)}`);
          }
          return Exit.done;
        }),
      ),
    );
}

function report(): Command {
  return reaching(
    verb(
      "report",
      "Write the report of a wave",
      "Menulis laporan satu gelombang",
      "\nAs JSON and as a page that needs nothing else, in .migrate/reports.",
    ),
  )
    .argument("<wave>")
    .action((wave: string, options: Options) =>
      conclude(options.lang, () =>
        withHands({ ...options, keys: defaultKeyFolder() }, wave, async ({ job }, { register }) => {
          const { report: written, json, html } = await writeReport(job, register, options.lang);
          print(options.json ? JSON.stringify(written) : `${html}\n${json}`);
          return written.conserved ? Exit.done : Ended.mismatch;
        }),
      ),
    );
}

function journal(): Command {
  const command = strict(new Command("journal")).description("The journal of a wave. / Jurnal gelombang.");
  command.addCommand(
    signing(
      verb(
        "rebuild",
        "Read how far a wave is from the chain alone",
        "Membaca kemajuan gelombang dari rantai saja",
        "\nWhat it does: sets the journal aside, and begins one that says what stands on the ledger: the wave, its lots, its rows.\nNothing is sent. `run` goes on from it.",
      ),
    )
      .argument("<wave>")
      .action((wave: string, options: Options) =>
        conclude(options.lang, () =>
          withHands(options, wave, async ({ job }, hands) => {
            const end = await rebuildJournal(job, hands);
            print(
              options.json
                ? JSON.stringify(end)
                : `${paint("green", "✓")} ${wave}: ${end.lots} lots, ${end.rows} rows${end.aside === undefined ? "" : `; ${end.aside}`}`,
            );
            return Exit.done;
          }),
        ),
      ),
  );
  return command;
}

function doctor(): Command {
  return reaching(
    verb(
      "doctor",
      "Look at what loading needs",
      "Memeriksa yang diperlukan untuk memuat",
      "\nDisk, clock, ledger, journal, stage. Changes nothing.",
    ),
  )
    .argument("<wave>")
    .action((wave: string, options: Options) =>
      conclude(options.lang, async () => {
        const checks: { name: string; ok: boolean; said: string }[] = [];
        const check = async (name: string, look: () => Promise<string>) => {
          try {
            checks.push({ name, ok: true, said: await look() });
          } catch (error) {
            const said =
              error instanceof Fault
                ? error.words[options.lang]
                : error instanceof Usage
                  ? say(error.text, options.lang)
                  : String(error);
            checks.push({ name, ok: false, said });
          }
        };
        await check("disk", async () => {
          const { bavail, bsize } = await statfs(options.folder);
          if (bavail * bsize < 256 * 1024 * 1024) throw new Error(`${Math.round((bavail * bsize) / 1e6)} MB free`);
          return `${Math.round((bavail * bsize) / 1e9)} GB free`;
        });
        let job: Job | undefined;
        await check("plan and stage", async () => {
          ({ job } = await jobOf(options, wave));
          await checkStage(job);
          return `${job.stage.lots.length} lots, ${job.counts.read} rows`;
        });
        await check("ledger", async () => {
          const register = await reach(options);
          try {
            const now = await register.now();
            const off = Math.round(Date.now() / 1000 - now);
            const trouble = register.chain.troubles()[0];
            if (trouble !== undefined) throw trouble;
            return `chain ${register.chainId}, block ${await register.height()}, ${off} s ago, ledger ${register.places.Ledger}`;
          } finally {
            await register.close();
          }
        });
        await check("journal", async () => {
          if (job === undefined || !existsSync(journalFolder(job))) return "none yet";
          const opened = await Journal.open(journalFolder(job));
          try {
            await opened.head();
            const cursor = await opened.cursor();
            return cursor === undefined ? "begun" : `${cursor.loaded} rows up to block ${cursor.block}`;
          } finally {
            await opened.close();
          }
        });
        if (options.json) print(JSON.stringify(checks));
        else
          for (const { name, ok, said } of checks)
            print(`${ok ? paint("green", "✓") : paint("red", "✗")} ${name}: ${said}`);
        return checks.every(({ ok }) => ok) ? Exit.done : Exit.yours;
      }),
    );
}
