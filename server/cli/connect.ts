import { setTimeout as pause } from "node:timers/promises";
import { Command, Option } from "commander";
import type {
  AlarmTold,
  ConnectorTest,
  ConnectorTold,
  Contract,
  DeadLetter,
  Run,
  RunState,
} from "../domain/connectors.ts";
import type { Client } from "./client.ts";
import { addInit } from "./connect-init.ts";
import { operatorOf } from "./operator.ts";
import { addProposalVerbs } from "./proposals.ts";
import {
  Exit,
  type Language,
  Progress,
  paint,
  print,
  run,
  say,
  strict,
  type Text,
  table,
  wholeNumber,
} from "./terminal.ts";
import { asOperator, type OperatorOptions as Options } from "./who-asks.ts";

const ROOT = "/api/v1/connectors";
const EXITS = `\nExit codes: 0 done, 1 yours to fix, 2 usage, ${Exit.look} done, and something waits for a person (rows set aside, an alarm), 75 try again: the source does not answer.`;

/** `connect`: the connectors of a gateway, asked over HTTP as its operator. */
export function connectCommand(): Command {
  const command = strict(new Command("connect"))
    .description(
      "What is read from other systems: jobs of connectors.yaml. / Yang dibaca dari sistem lain: pekerjaan dalam connectors.yaml.",
    )
    .addHelpText(
      "after",
      `
Examples / Contoh:
  prasasti connect init berkas/                   write connectors.yaml from a folder of your files
  prasasti connect list                           where each connector stands
  prasasti connect test sp2d                      look at the source, keep nothing
  prasasti connect run sp2d --dry-run             read all, keep nothing
  prasasti connect run sp2d                       read what is new, and wait for the end
  prasasti connect backfill sp2d --from-captures  take again what was captured, without the source
  prasasti connect dead sp2d                      rows that were set aside, and why
  prasasti connect dead sp2d --retry all          take them once more
  prasasti connect contract sp2d --accept all     accept changed columns

Run it where the data folder is, as the operator. How to write connectors.yaml: docs/how-to/connect-systems.md.`,
    );
  const verb = (name: string, description: string) =>
    asOperator(strict(command.command(name)).description(description));
  const job = ["<connector>", "its id in connectors.yaml"] as const;

  addInit(
    verb("init", "Write a first connectors.yaml from your files. / Tulis connectors.yaml awal dari berkas Anda."),
  );

  verb("list", "Where each connector stands. / Keadaan setiap konektor.")
    .addHelpText("after", EXITS)
    .action((options: Options) => run(options.lang, () => list(options)));
  verb("show", "One connector and its last runs. / Satu konektor dan pembacaan terakhirnya.")
    .argument(...job)
    .addOption(new Option("--runs <number>", "how many runs").argParser(wholeNumber).default(10))
    .addHelpText("after", EXITS)
    .action((id: string, options: Options & { runs: number }) => run(options.lang, () => show(id, options)));
  verb("test", "Look at the beginning of what the source gives; keep nothing. / Lihat awal isi sumber tanpa menyimpan.")
    .argument(...job)
    .addHelpText("after", "\nExit codes: 0 it can be read, 1 yours to fix, 2 usage, 75 try again.")
    .action((id: string, options: Options) => run(options.lang, () => test(id, options)));
  verb("run", "Read what is new, and wait for the end. / Baca yang baru, tunggu sampai selesai.")
    .argument(...job)
    .option("--dry-run", "read all and keep nothing")
    .option("--no-wait", "do not wait for the end")
    .addHelpText("after", EXITS)
    .action((id: string, options: RunOptions) =>
      run(options.lang, () => start(id, options.dryRun ? { dry: true } : {}, options)),
    );
  verb("backfill", "Read from the beginning again. / Baca ulang dari awal.")
    .argument(...job)
    .option("--from-captures", "from what was captured; the source is not asked")
    .option("--no-wait", "do not wait for the end")
    .addHelpText("after", EXITS)
    .action((id: string, options: RunOptions & { fromCaptures?: true }) =>
      run(options.lang, () => start(id, { backfill: options.fromCaptures ? "captures" : "source" }, options)),
    );
  verb("pause", "Stop a connector until it is resumed. / Jeda konektor sampai dilanjutkan.")
    .argument(...job)
    .requiredOption("--reason <words>", "why; kept, so without personal data")
    .addHelpText("after", "\nExit codes: 0 done, 1 yours to fix, 2 usage, 75 try again.")
    .action((id: string, options: Options & { reason: string }) =>
      run(options.lang, () => change(id, "pause", { reason: options.reason }, options)),
    );
  verb("resume", "Let a connector go on. / Lanjutkan konektor.")
    .argument(...job)
    .addHelpText("after", "\nExit codes: 0 done, 1 yours to fix, 2 usage, 75 try again.")
    .action((id: string, options: Options) => run(options.lang, () => change(id, "resume", undefined, options)));
  verb("dead", "Rows that were set aside: list, retry, drop. / Baris yang disisihkan: daftar, coba lagi, lepas.")
    .argument(...job)
    .addOption(new Option("--state <state>", "which").choices(["open", "taken", "dropped", "all"]).default("open"))
    .addOption(new Option("--limit <number>", "how many").argParser(wholeNumber).default(50))
    .option("--retry <ids...>", 'take these once more, or "all"')
    .option("--drop <ids...>", "give these up; needs --reason")
    .option("--reason <words>", "why they are given up; kept, so without personal data")
    .option("--no-wait", "do not wait for the end of a retry")
    .addHelpText("after", EXITS)
    .action((id: string, options: DeadOptions) => run(options.lang, () => dead(id, options)));
  verb("manual", "Entries that people typed although a source has them. / Entri yang diketik padahal sumbernya ada.")
    .option("--agency <id>", "of one agency, by its id as registered")
    .addOption(new Option("--state <state>", "which").choices(["waiting", "reconciled", "differs"]))
    .addHelpText("after", "\nExit codes: 0 shown, 1 yours to fix, 2 usage, 75 try again.")
    .action((options: Options & { agency?: string; state?: string }) => run(options.lang, () => manual(options)));
  verb("contract", "The columns that a connector expects, and what drifted. / Kolom yang diharapkan dan perubahannya.")
    .argument(...job)
    .option("--accept <alarms...>", 'accept these alarms as the new contract, or "all"')
    .option("--no-wait", "do not wait for the rows that waited")
    .addHelpText("after", EXITS)
    .action((id: string, options: ContractOptions) => run(options.lang, () => contract(id, options)));
  addProposalVerbs(command);
  return command;
}

type RunOptions = Options & { wait: boolean; dryRun?: true };
type DeadOptions = Options & {
  state: string;
  limit: number;
  retry?: string[];
  drop?: string[];
  reason?: string;
  wait: boolean;
};
type ContractOptions = Options & { accept?: string[]; wait: boolean };

const gatewayOf = (options: Options) => operatorOf(options, 90_000);
const of = (id: string) => `${ROOT}/${encodeURIComponent(id)}`;
const printJson = (value: unknown) => print(JSON.stringify(value, null, 2));
const utc = (at: number | undefined) =>
  at === undefined ? "" : new Date(at).toISOString().slice(0, 16).replace("T", " ");

const states: Record<RunState, Text> = {
  running: { en: "running", id: "berjalan" },
  done: { en: "done", id: "selesai" },
  failed: { en: "failed", id: "gagal" },
  interrupted: { en: "interrupted", id: "terputus" },
  cutOff: { en: "cut off", id: "dihentikan" },
  stopped: { en: "stopped", id: "dijeda" },
};
const standings: Record<ConnectorTold["state"], Text> = {
  idle: { en: "waiting", id: "menunggu" },
  running: { en: "running", id: "berjalan" },
  paused: { en: "paused", id: "dijeda" },
};
const good = (state: RunState) => (state === "done" ? "green" : state === "running" ? "yellow" : "red");

const FIGURES: Record<"read" | "drafted" | "unchanged" | "merged" | "setAside", Text> = {
  read: { en: "read", id: "dibaca" },
  drafted: { en: "new", id: "baru" },
  unchanged: { en: "known", id: "sudah ada" },
  merged: { en: "merged", id: "digabung" },
  setAside: { en: "set aside", id: "disisihkan" },
};
const figures = Object.keys(FIGURES) as (keyof typeof FIGURES)[];
const headOf = (lang: Language) => figures.map((name) => say(FIGURES[name], lang));

async function list(options: Options): Promise<number> {
  const client = await gatewayOf(options);
  const { connectors } = await client.get<{ connectors: ConnectorTold[] }>(ROOT);
  const waits = connectors.some(({ openLetters, openAlarms }) => openLetters + openAlarms > 0);
  if (options.json) printJson({ connectors });
  else if (connectors.length === 0)
    print(
      say(
        {
          en: "No connectors. Write connectors.yaml (prasasti connect init FOLDER does it from your files), name it with PRASASTI_CONNECTORS and start the gateway anew.",
          id: "Tidak ada konektor. Tulis connectors.yaml (prasasti connect init FOLDER membuatnya dari berkas Anda), sebutkan dengan PRASASTI_CONNECTORS, lalu mulai ulang gateway.",
        },
        options.lang,
      ),
    );
  else {
    const { lang } = options;
    const head = ["", say({ en: "state", id: "keadaan" }, lang), say({ en: "last run", id: "terakhir" }, lang)];
    const rows = connectors.map(({ id, state, lastRun, openAlarms, openLetters, next }) => [
      paint("bold", id),
      say(standings[state], lang),
      lastRun === undefined ? "" : paint(good(lastRun.state), say(states[lastRun.state], lang)),
      ...figures.map((name) => (lastRun === undefined ? "" : String(lastRun[name]))),
      openLetters > 0 ? paint("yellow", String(openLetters)) : "0",
      openAlarms > 0 ? paint("red", String(openAlarms)) : "0",
      utc(next),
    ]);
    const more = [
      say({ en: "dead letters", id: "surat mati" }, lang),
      say({ en: "alarms", id: "peringatan" }, lang),
      say({ en: "next (UTC)", id: "berikutnya (UTC)" }, lang),
    ];
    print(table([...head, ...headOf(lang), ...more], rows, [3, 4, 5, 6, 7, 8, 9]));
  }
  return waits ? Exit.look : Exit.done;
}

async function show(id: string, options: Options & { runs: number }): Promise<number> {
  const client = await gatewayOf(options);
  const told = await client.get<ConnectorTold>(of(id));
  const { runs } = await client.get<{ runs: Run[] }>(`${of(id)}/runs?limit=${Math.min(options.runs, 200)}`);
  if (options.json) printJson({ ...told, history: runs });
  else {
    describe(told, options.lang);
    printRuns(runs, options.lang);
  }
  return told.openLetters + told.openAlarms > 0 ? Exit.look : Exit.done;
}

function describe(told: ConnectorTold, lang: Language): void {
  const { id, name, engine, source, table: from, map, sink, schedule, contract: mode, state, paused, next } = told;
  print(`${paint("bold", id)}  ${name === id ? "" : name}`);
  print(`  ${engine} ${source}${from ? ` / ${from}` : ""}${map ? ` → ${map}` : ""} → ${sink}`);
  const when = schedule ?? say({ en: "only when asked", id: "hanya bila diminta" }, lang);
  print(
    `  ${when}${next === undefined ? "" : `, ${say({ en: "next", id: "berikutnya" }, lang)} ${utc(next)} UTC`}; contract: ${mode}`,
  );
  print(`  ${say(standings[state], lang)}${paused ? `: ${paused.reason}` : ""}`);
  const waits = {
    en: `${told.openLetters} dead letters, ${told.openAlarms} alarms`,
    id: `${told.openLetters} surat mati, ${told.openAlarms} peringatan`,
  };
  print(`  ${say(waits, lang)}`);
}

function printRuns(runs: readonly Run[], lang: Language): void {
  if (runs.length === 0) return;
  const head = ["#", "UTC", "", ...headOf(lang), "s"];
  const rows = runs.map((each) => [
    String(each.number),
    utc(each.startedAt),
    paint(good(each.state), say(states[each.state], lang)),
    ...figures.map((name) => String(each[name])),
    each.endedAt === undefined ? "" : ((each.endedAt - each.startedAt) / 1000).toFixed(1),
  ]);
  print(table(head, rows, [0, 3, 4, 5, 6, 7, 8]));
  for (const { number, fault } of runs) if (fault) print(`  ${number}: ${say(fault.words, lang)}`);
}

async function test(id: string, options: Options): Promise<number> {
  const client = await gatewayOf(options);
  const told = await client.post<ConnectorTest>(`${of(id)}/test`, {});
  const { lang } = options;
  if (options.json) printJson(told);
  else {
    const { ok, fault, columns, rows, drift, map } = told;
    const head = ok
      ? paint("green", say({ en: "can be read", id: "dapat dibaca" }, lang))
      : paint("red", say({ en: "cannot be read as it stands", id: "belum dapat dibaca" }, lang));
    print(`${paint("bold", id)}  ${head}`);
    if (fault) for (const words of [fault.words, fault.remedy]) if (words) print(`  ${say(words, lang)}`);
    if (columns.length > 0) {
      print(
        `  ${say({ en: `columns, by the first ${rows} rows`, id: `kolom, menurut ${rows} baris pertama` }, lang)}:`,
      );
      print(`  ${columns.map(({ name, type }) => (type ? `${name} (${type})` : name)).join(", ")}`);
    }
    for (const words of drift) print(`  ${paint("yellow", "!")} ${say(words, lang)}`);
    if (map) {
      const made = {
        en: `map ${map.id}: ${map.mapped} rows can be taken, ${map.refused} cannot`,
        id: `peta ${map.id}: ${map.mapped} baris dapat diambil, ${map.refused} tidak`,
      };
      print(`  ${say(made, lang)}`);
      for (const { code, column, rows: many } of map.wrong) print(`    ${code}${column ? ` ${column}` : ""}: ${many}`);
      for (const words of map.faults) print(`  ${paint("red", "✗")} ${say(words, lang)}`);
    }
  }
  if (told.ok) return Exit.done;
  return told.fault?.retry ? Exit.tryAgain : Exit.yours;
}

async function start(id: string, body: object, options: RunOptions): Promise<number> {
  const client = await gatewayOf(options);
  const begun = await client.post<Run>(`${of(id)}/runs`, body);
  return ended(client, begun, options);
}

/** Waits for the end of a run, unless it was asked not to, and tells of it. */
async function ended(client: Client, begun: Run, options: RunOptions | DeadOptions | ContractOptions): Promise<number> {
  const progress = new Progress();
  let now = begun;
  for (let wait = 100; options.wait && now.state === "running"; wait = Math.min(wait * 1.5, 2_000)) {
    progress.show(`${now.job}: ${now.read} ${say(FIGURES.read, options.lang)} …`);
    await pause(wait);
    now = await client.get<Run>(`${of(now.job)}/runs/${now.number}`);
  }
  progress.end();
  if (options.json) printJson(now);
  else tell(now, options.lang);
  if (now.state === "running") return Exit.done;
  if (now.state !== "done") return now.fault && !now.fault.retry ? Exit.yours : Exit.tryAgain;
  return now.setAside + now.alarms + now.damaged > 0 ? Exit.look : Exit.done;
}

/** What came of a run; its totals as the sum that they are. */
function tell(now: Run, lang: Language): void {
  const { job, number, state, fault, dry, answers, damaged, undecided, carried, alarms, passed } = now;
  const how = dry ? say({ en: ", dry run: nothing was kept", id: ", uji coba: tidak ada yang disimpan" }, lang) : "";
  print(`${paint("bold", job)} #${number}  ${paint(good(state), say(states[state], lang))}${how}`);
  const sum = figures.slice(1).map((name) => `${now[name]} ${say(FIGURES[name], lang)}`);
  if (undecided > 0) sum.push(`${undecided} ${say({ en: "not decided", id: "belum diputuskan" }, lang)}`);
  const before = carried > 0 ? ` + ${carried} ${say({ en: "of before", id: "dari sebelumnya" }, lang)}` : "";
  print(`  ${now.read} ${say(FIGURES.read, lang)}${before} = ${sum.join(" + ")}`);
  const more = {
    en: `${answers} answers, ${now.fresh} of them new`,
    id: `${answers} jawaban, ${now.fresh} di antaranya baru`,
  };
  print(paint("dim", `  ${say(more, lang)}`));
  if (passed > 0)
    print(
      paint("dim", `  ${say({ en: `${passed} older rows passed over`, id: `${passed} baris lama dilewati` }, lang)}`),
    );
  if (damaged > 0)
    print(
      `  ${paint("yellow", "!")} ${say({ en: `${damaged} answers could not be read`, id: `${damaged} jawaban tidak terbaca` }, lang)}`,
    );
  if (now.setAside > 0)
    print(
      `  ${say({ en: "Why rows were set aside", id: "Sebab baris disisihkan" }, lang)}: prasasti connect dead ${job}`,
    );
  if (alarms > 0) print(`  ${say({ en: "What changed", id: "Yang berubah" }, lang)}: prasasti connect contract ${job}`);
  if (fault)
    for (const words of [fault.words, fault.remedy]) if (words) print(`  ${paint("red", "✗")} ${say(words, lang)}`);
}

async function change(
  id: string,
  what: "pause" | "resume",
  body: object | undefined,
  options: Options,
): Promise<number> {
  const client = await gatewayOf(options);
  const told = await client.post<ConnectorTold>(`${of(id)}/${what}`, body ?? {});
  if (options.json) printJson(told);
  else describe(told, options.lang);
  return Exit.done;
}

async function dead(id: string, options: DeadOptions): Promise<number> {
  const client = await gatewayOf(options);
  const { lang } = options;
  if (options.retry) {
    const letters = options.retry.includes("all") ? "all" : options.retry;
    return ended(client, await client.post<Run>(`${of(id)}/dead-letters/retry`, { letters }), options);
  }
  if (options.drop) {
    const body = { letters: options.drop, reason: options.reason ?? "" };
    const { letters } = await client.post<{ letters: DeadLetter[] }>(`${of(id)}/dead-letters/drop`, body);
    if (options.json) printJson({ letters });
    else print(say({ en: `${letters.length} given up`, id: `${letters.length} dilepas` }, lang));
    return Exit.done;
  }
  const letters: DeadLetter[] = [];
  let next: string | undefined;
  do {
    const limit = Math.min(200, options.limit - letters.length);
    const from = next === undefined ? "" : `&after=${next}`;
    const page = await client.get<{ letters: DeadLetter[]; next?: string }>(
      `${of(id)}/dead-letters?state=${options.state}&limit=${limit}${from}`,
    );
    letters.push(...page.letters);
    next = page.next;
  } while (next !== undefined && letters.length < options.limit);
  if (options.json) printJson({ letters, ...(next === undefined ? {} : { next }) });
  else if (letters.length === 0) print(say({ en: "Nothing was set aside.", id: "Tidak ada yang disisihkan." }, lang));
  else {
    const head = [
      "",
      say({ en: "where", id: "letak" }, lang),
      say({ en: "rows", id: "baris" }, lang),
      say({ en: "why", id: "sebab" }, lang),
      say({ en: "times", id: "kali" }, lang),
      say({ en: "last (UTC)", id: "terakhir (UTC)" }, lang),
    ];
    const rows = letters.map((each) => [
      each.id,
      each.at,
      String(each.rows),
      `${each.code}${each.column ? ` ${each.column}` : ""}: ${say(each.words, lang)}`.slice(0, 100),
      String(each.times),
      utc(each.lastAt),
    ]);
    print(table(head, rows, [2, 4]));
    if (next !== undefined) print(say({ en: "There are more: --limit", id: "Masih ada lagi: --limit" }, lang));
  }
  return letters.some(({ state }) => state === "open") ? Exit.look : Exit.done;
}

async function contract(id: string, options: ContractOptions): Promise<number> {
  const client = await gatewayOf(options);
  const { lang } = options;
  if (options.accept) {
    const alarms = options.accept.includes("all") ? "all" : options.accept.map(wholeNumber);
    const { accepted, run: again } = await client.post<{ accepted: AlarmTold[]; run?: Run }>(`${of(id)}/contract`, {
      alarms,
    });
    if (!options.json)
      for (const { number, words } of accepted) print(`${paint("green", "✓")} ${number}: ${say(words, lang)}`);
    else if (again === undefined) printJson({ accepted });
    return again === undefined ? Exit.done : ended(client, again, options);
  }
  const told = await client.get<{ contract?: Contract; alarms: AlarmTold[] }>(`${of(id)}/contract`);
  if (options.json) printJson(told);
  else if (told.contract === undefined)
    print(
      say(
        {
          en: "No contract yet: the first whole run freezes it.",
          id: "Belum ada kontrak: pembacaan utuh pertama menetapkannya.",
        },
        lang,
      ),
    );
  else {
    const { frozenAt, tables, volumes } = told.contract;
    const head = {
      en: `frozen ${utc(frozenAt)} UTC; rows of the last runs: ${volumes.join(", ")}`,
      id: `ditetapkan ${utc(frozenAt)} UTC; baris pada pembacaan terakhir: ${volumes.join(", ")}`,
    };
    print(say(head, lang));
    for (const columns of Object.values(tables)) {
      const rows = Object.entries(columns).map(([name, { type, declared, always }]) => [
        name,
        declared === undefined || declared === "text" ? type : declared,
        always ? "" : say({ en: "at times", id: "kadang-kadang" }, lang),
      ]);
      print(table([say({ en: "column", id: "kolom" }, lang), say({ en: "holds", id: "berisi" }, lang), ""], rows));
    }
    for (const { number, words, stops, times } of told.alarms) {
      const waits = stops ? say({ en: ", rows wait", id: ", baris menunggu" }, lang) : "";
      print(`${paint("red", "!")} ${number}: ${say(words, lang)} (${times}×${waits})`);
    }
  }
  return told.alarms.length > 0 ? Exit.look : Exit.done;
}

const MANUAL: Readonly<Record<string, Text>> = {
  waiting: { en: "waits for its source", id: "menunggu sumbernya" },
  reconciled: { en: "its source says the same", id: "sumbernya sama" },
  differs: { en: "its source says otherwise", id: "sumbernya berbeda" },
};

async function manual({ agency, state, ...options }: Options & { agency?: string; state?: string }): Promise<number> {
  const { lang, json } = options;
  const query = new URLSearchParams({
    limit: "1000",
    ...(agency === undefined ? {} : { agency }),
    ...(state === undefined ? {} : { state }),
  });
  type Entry = {
    ocid: string;
    kind: string;
    sequence: number;
    on?: string;
    amount?: string;
    jobs: string[];
    state: string;
  };
  const client = await gatewayOf(options);
  const told = await client.get<{ entries: Entry[]; counts: Record<string, number> }>(
    `/api/v1/manual-entries?${query}`,
  );
  if (json) print(JSON.stringify(told, null, 2));
  else {
    const head =
      lang === "id"
        ? ["proses", "no.", "jenis", "tanggal", "sen", "konektor", "keadaan"]
        : ["process", "no.", "kind", "day", "minor units", "connectors", "state"];
    const rows = told.entries.map(({ ocid, sequence, kind, on = "", amount = "", jobs, state: stands }) => [
      ...[ocid, String(sequence), kind, on, amount, jobs.join(", "), say(MANUAL[stands]!, lang)],
    ]);
    print(table(head, rows, [1, 4]));
    print(
      Object.entries(told.counts)
        .map(([each, count]) => `${count} ${say(MANUAL[each]!, lang)}`)
        .join(" · "),
    );
  }
  return Exit.done;
}
