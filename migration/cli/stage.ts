import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Command, Option } from "commander";
import { parse } from "csv-parse/sync";
import {
  complain,
  Exit,
  type Language,
  languageOption,
  Progress,
  print,
  say,
  strict,
  type Text,
  table,
  Usage,
} from "../../server/cli/terminal.ts";
import { utf8 } from "../../server/domain/entries/words.ts";
import { Fault } from "../../server/domain/fault.ts";
import { readPlan } from "../plan/read-plan.ts";
import { inOrder } from "../plan/scope.ts";
import { REASONS, type ReasonCode } from "../row.ts";
import { type Cluster, type Decision, Decisions } from "../stage/decisions.ts";
import { writeWhole } from "../stage/lot.ts";
import { rejectCell, verifyRejectFile } from "../stage/reject-file.ts";
import { readStage, type Staged, type StageResult, stage, stageFolder } from "../stage/stage.ts";
import { lastAttempt, MIGRATE, openWave } from "../stage/wave-input.ts";
import { lockWave } from "../wave-lock.ts";
import { conclude, Ended } from "./exits.ts";

// `migrate stage` and `migrate dedupe …`: from sources to lots, and what people decide on the way.

type Common = { folder: string; lang: Language; json?: true };

export function stageCommands(): Command[] {
  return [stageCommand(), rejectsCommand(), dedupeCommand()];
}

function common(command: Command): Command {
  return strict(command)
    .option("--folder <dir>", "the folder of waves.yaml / folder waves.yaml", ".")
    .option("--json", "print JSON / cetak JSON")
    .addOption(languageOption());
}

function work(language: Language, verb: () => Promise<number>): Promise<void> {
  return conclude(language, async () => {
    try {
      return await verb();
    } catch (error) {
      throw (error as NodeJS.ErrnoException).code === "ENOSPC" ? diskFull(error) : error;
    }
  });
}

function diskFull(cause: unknown): Fault {
  return new Fault(
    "disk-full",
    {
      explanation: { en: "The disk is full.", id: "Penyimpanan penuh." },
      remedy: {
        en: "Nothing was staged. Make room and run the same command again.",
        id: "Tidak ada yang disiapkan. Kosongkan ruang lalu jalankan perintah yang sama lagi.",
      },
    },
    { cause },
  );
}

// ---- stage

type StageOptions = Common & { attempt?: number; dryRun?: true; withPersonal?: true; delimiter: ";" | "," };

function stageCommand(): Command {
  return common(new Command("stage"))
    .description("Make the lots of a wave from its sources. / Menyusun lot sebuah gelombang dari sumbernya.")
    .argument("<wave>", "id of the wave / id gelombang")
    .option("--attempt <number>", "which attempt; the last one where left out / percobaan ke berapa", Number)
    .option("--dry-run", "show what it would give, keep nothing / tampilkan hasilnya tanpa menyimpan")
    .option(
      "--with-personal",
      "reject files show personal data: for whoever corrects the source / tampilkan data pribadi",
    )
    .addOption(new Option("--delimiter <sign>", "of reject files / pemisah kolom").choices([";", ","]).default(";"))
    .addHelpText("after", STAGE_HELP)
    .action((wave: string, options: StageOptions) => work(options.lang, () => runStage(wave, options)));
}

const STAGE_HELP = `
What it does / Yang dilakukan
  Reads every dataset of the wave to its proven end, maps its rows, applies the quality rules, decides duplicates by the
  rules of the plan and by what people decided, lays what several rows say of a process over each other, and writes lots:
  ${MIGRATE}/stage/WAVE/ATTEMPT/{stage.json, lots/, fates.tsv}. Nothing is sent to the ledger. The same sources and decisions
  give the same lots, byte for byte, so it can be run again at any time.
  Membaca semua dataset gelombang sampai akhir yang terbukti, memetakan, memeriksa mutu, memutuskan duplikat, menyusun lot.
  Tidak ada yang dikirim ke buku besar; sumber dan keputusan yang sama selalu menghasilkan lot yang sama.

What becomes of a row / Nasib setiap baris
  read = migrated + rejected + merged + excluded, exactly, in rows and in each column of money; else nothing is staged.
  Every row has a line in fates.tsv. Rejected rows stand in ${MIGRATE}/rejects/WAVE/DATASET.csv with code, reason, column and
  the raw row (personal data masked), beside a SHA-256. Correct them in the source, not in that file, and stage again. Rows
  whose parent was rejected are held: they are released when the parent arrives.
  dibaca = dimigrasi + ditolak + digabung + dikecualikan. Betulkan baris yang ditolak di sumbernya, lalu siapkan lagi.

Who decides / Siapa memutuskan
  Same keys with other content, and equal rows without a rule, are decided by people: migrate dedupe review, dedupe apply.

Exit codes / Kode keluar
  0 staged, and the account closes   2 usage   3 a rule of the plan stops the wave, or the account does not close
  4 duplicates are undecided         5 the plan is wrong   7 a source ended early or the disk is full: run it again
`;

async function runStage(wave: string, options: StageOptions): Promise<number> {
  const { folder, lang, json, attempt, dryRun, delimiter, withPersonal = false } = options;
  if (attempt !== undefined && !(Number.isSafeInteger(attempt) && attempt > 0)) {
    throw new Usage({ en: "--attempt is a number from 1.", id: "--attempt adalah angka mulai 1." });
  }
  const result = await stageWave(folder, wave, { attempt, csv: { delimiter, withPersonal }, lang }, dryRun === true);
  await keepClusters(folder, wave, result.clusters);
  if (json)
    print(JSON.stringify({ ...result.staged, clusters: result.clusters.length, blocked: result.blocked }, null, 2));
  else showStage(result, lang, dryRun === true);
  if (!result.blocked) return Exit.done;
  complain(say(UNDECIDED, lang));
  return Ended.undecided;
}

const UNDECIDED: Text = {
  en: "Undecided duplicates block this wave; nothing was staged. See them with: prasasti migrate dedupe review",
  id: "Duplikat yang belum diputuskan menahan gelombang ini; tidak ada yang disiapkan. Lihat: prasasti migrate dedupe review",
};

/** Stages a wave, in the project or (to see what it gives) in a folder that is gone afterwards. */
async function stageWave(
  folder: string,
  wave: string,
  {
    attempt,
    csv,
    lang,
  }: { attempt?: number | undefined; csv: { delimiter: ";" | ","; withPersonal: boolean }; lang: Language },
  elsewhere: boolean,
): Promise<StageResult> {
  const away = elsewhere ? await mkdtemp(path.join(tmpdir(), "prasasti-stage-")) : undefined;
  const progress = new Progress();
  try {
    const { input, close } = await openWave(folder, wave, { attempt, elsewhere: away, csv });
    let unlock: (() => Promise<void>) | undefined;
    try {
      if (!elsewhere) unlock = await lockWave(path.join(folder, MIGRATE), wave);
      const onProgress = (dataset: string, rows: number) => {
        progress.show(`${wave} ${dataset} ${rows.toLocaleString(lang === "id" ? "id-ID" : "en-GB")}`);
      };
      return await stage({ ...input, onProgress });
    } finally {
      await unlock?.();
      await close();
    }
  } finally {
    progress.end();
    if (away !== undefined) await rm(away, { recursive: true, force: true });
  }
}

function showStage({ staged, clusters, stale }: StageResult, lang: Language, dryRun: boolean): void {
  const of = (en: string, id: string) => say({ en, id }, lang);
  const count = (value: number) => value.toLocaleString(lang === "id" ? "id-ID" : "en-GB");
  const heads = [
    of("dataset", "dataset"),
    ...[of("read", "dibaca"), of("migrated", "dimigrasi"), of("rejected", "ditolak")],
    ...[of("merged", "digabung"), of("excluded", "dikecualikan"), of("held", "ditahan")],
  ];
  print(
    `${staged.wave}, ${of("attempt", "percobaan")} ${staged.attempt}${dryRun ? of(" (nothing kept)", " (tidak disimpan)") : ""}`,
  );
  const line = (
    name: string,
    from: { read: number; migrated: number; rejected: number; merged: number; excluded: number; held: number },
  ) => [name, ...[from.read, from.migrated, from.rejected, from.merged, from.excluded, from.held].map(count)];
  const rows = staged.balances.map((balance) =>
    line(balance.dataset, {
      ...{ read: balance.read.rows, migrated: balance.migrated.rows, rejected: balance.rejected.rows },
      ...{ merged: balance.merged.rows, excluded: balance.excluded.rows, held: balance.held },
    }),
  );
  print(table(heads, [...rows, line(of("all", "semua"), staged.counts)], [1, 2, 3, 4, 5, 6]));
  const money = staged.balances.flatMap((balance) =>
    balance.money.map(({ column, currency }, at) => [
      `${balance.dataset} ${column} (${currency})`,
      ...[balance.read, balance.migrated, balance.rejected, balance.merged, balance.excluded].map((tally) =>
        amountText(tally.money[at]!, lang),
      ),
    ]),
  );
  if (money.length > 0) print(`\n${table([of("money", "uang"), ...heads.slice(1, 6)], money, [1, 2, 3, 4, 5])}`);
  const reasons = Object.entries(staged.reasons).map(([name, rows]) => {
    const [fate = "", ...rest] = name.split(" ");
    const reason = REASONS[rest.join(" ") as ReasonCode];
    return [fate, reason === undefined ? rest.join(" ") : reason[lang], count(rows)];
  });
  if (reasons.length > 0)
    print(`\n${table([of("fate", "nasib"), of("reason", "alasan"), of("rows", "baris")], reasons, [2])}`);
  const lots = new Map<string, { lots: number; rows: number }>();
  for (const lot of staged.lots) {
    const name = `${lot.entity}, ${of("tier", "tingkat")} ${lot.tier}${lot.currency === "" ? "" : `, ${lot.currency}`}`;
    const sum = lots.get(name) ?? { lots: 0, rows: 0 };
    lots.set(name, { lots: sum.lots + 1, rows: sum.rows + lot.rows });
  }
  const lotRows = [...lots].map(([name, sum]) => [name, count(sum.lots), count(sum.rows)]);
  if (lotRows.length > 0) print(`\n${table([of("lots", "lot"), "", of("rows", "baris")], lotRows, [1, 2])}`);
  for (const [rule, broken] of Object.entries(staged.warnings))
    print(`${of("warning", "peringatan")} ${rule}: ${count(broken)}`);
  if (staged.withheld > 0) {
    print(
      of(
        `${count(staged.withheld)} texts with personal data are withheld from public bodies.`,
        `${count(staged.withheld)} teks berisi data pribadi tidak ditampilkan.`,
      ),
    );
  }
  const open = clusters.filter(({ blocks }) => !blocks).length;
  if (open > 0)
    print(
      of(
        `${count(open)} possible duplicates that stop nothing wait for review: migrate dedupe review`,
        `${count(open)} kemungkinan duplikat menunggu ditinjau: migrate dedupe review`,
      ),
    );
  if (stale > 0)
    print(
      of(
        `${count(stale)} decisions are stale: their rows say something else now.`,
        `${count(stale)} keputusan usang: isi barisnya sudah berubah.`,
      ),
    );
}

/** Minor units as a decimal amount with groups of three. */
function amountText(minor: string, lang: Language): string {
  const digits = minor.padStart(3, "0");
  const [group, point] = lang === "id" ? [".", ","] : [",", "."];
  return `${digits.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, group)}${point}${digits.slice(-2)}`;
}

function rejectsCommand(): Command {
  return common(new Command("rejects"))
    .description("Check that the reject files of a wave are as they were written. / Periksa keutuhan berkas penolakan.")
    .argument("<wave>", "id of the wave / id gelombang")
    .option("--attempt <number>", "the last one where left out / terakhir bila kosong", Number)
    .addHelpText(
      "after",
      `
Compares each file of ${MIGRATE}/rejects/WAVE with the SHA-256 that the stage kept of it: rows are put right in their source, and a
file that was edited is no evidence. / Membandingkan tiap berkas dengan SHA-256 saat ditulis.
Exit codes: 0 all are intact; 8 one was edited.`,
    )
    .action((wave: string, options: Common & { attempt?: number }) =>
      work(options.lang, () => checkRejects(wave, options)),
    );
}

// ---- dedupe

type DedupeOptions = Common & { wave?: string };

function dedupeCommand(): Command {
  const dedupe = common(new Command("dedupe"))
    .description(
      "Find what may be one thing, and record what people decide. / Mencari duplikat dan mencatat keputusan.",
    )
    .option("--wave <id>", "only this wave; all where left out / hanya gelombang ini")
    .addHelpText("after", DEDUPE_HELP)
    .action((options: DedupeOptions) => work(options.lang, () => findDuplicates(options)));
  dedupe.addCommand(
    common(new Command("review"))
      .description("Print what is undecided, and write it as an editable table. / Tampilkan yang belum diputuskan.")
      .argument("[entity]", "supplier, process, payment, record, agency; all where left out / semua bila kosong")
      .addHelpText(
        "after",
        `
Writes ${MIGRATE}/dedupe/ENTITY.csv. In the column \`decision\` of a cluster put \`same\`, \`different\` or \`reject\` on any of its
rows, or \`keep\` on the row that stays; a reason in \`why\`. Then: prasasti migrate dedupe apply ${MIGRATE}/dedupe/ENTITY.csv --by HOLDER
Isi kolom \`decision\`: \`same\`, \`different\`, \`reject\`, atau \`keep\` pada baris yang dipertahankan; alasan di \`why\`. Lalu jalankan apply.
Exit codes: 0 nothing is undecided, 4 something is.`,
      )
      .action((entity: string | undefined, _: unknown, command: Command) => {
        const options = command.optsWithGlobals<Common>();
        return work(options.lang, () => review(entity, options));
      }),
  );
  dedupe.addCommand(
    common(new Command("apply"))
      .description("Record the decisions of an edited table. / Catat keputusan dari tabel yang sudah diisi.")
      .argument("<file>", "the table that `dedupe review` wrote / tabel dari `dedupe review`")
      .requiredOption("--by <holder>", "who decided: a holder or an office / siapa yang memutuskan")
      .option("--dry-run", "show what would be recorded / tampilkan tanpa mencatat")
      .addHelpText(
        "after",
        `
Adds to decisions/ENTITY.ndjson who decided what, when and why; nothing there is ever changed. The same decisions over the
same data give the same result. Where rows say something else later, the decision is stale and asked for again.
Menambah decisions/ENTITY.ndjson. Keputusan menjadi usang bila isi barisnya berubah.
Exit codes: 0 recorded, 1 the table is not as it was written, 8 the data have moved on.`,
      )
      .action((file: string, _: unknown, command: Command) => {
        const options = command.optsWithGlobals<Common & { by: string; dryRun?: true }>();
        return work(options.lang, () => apply(file, options));
      }),
  );
  return dedupe;
}

const DEDUPE_HELP = `
What it does / Yang dilakukan
  Reads the datasets as \`stage\` does and keeps nothing of them: rows that say the same again, the same key with other
  content, suppliers by NPWP core, NIB and fingerprint of their names, across datasets and systems. What a rule of the plan
  decides is decided; the rest stands in ${MIGRATE}/dedupe/ENTITY.json with evidence and score. Nothing is merged without a
  rule of the plan or a person.
  Tidak ada yang digabung tanpa aturan rencana atau keputusan orang.

Exit codes / Kode keluar: 0 all is decided; 4 something is undecided; 5 the plan is wrong
`;

async function findDuplicates({ folder, wave, lang, json }: DedupeOptions): Promise<number> {
  const plan = await readPlan(folder);
  const waves = wave === undefined ? inOrder(plan.waves).map(({ id }) => id) : [wave];
  const all: Cluster[] = [];
  let stale = 0;
  for (const id of waves) {
    const result = await stageWave(folder, id, { csv: { delimiter: ";", withPersonal: false }, lang }, true);
    await keepClusters(folder, id, result.clusters);
    all.push(...result.clusters);
    stale += result.stale;
  }
  if (json) print(JSON.stringify({ undecided: all.length, stale, clusters: all }, null, 2));
  else showClusters(all, lang);
  return all.length === 0 ? Exit.done : Ended.undecided;
}

/** What was found in a wave, by entity: what `review` shows. */
type Kept = { readonly waves: Record<string, Cluster[]> };

async function keepClusters(folder: string, wave: string, clusters: readonly Cluster[]): Promise<void> {
  const place = path.join(folder, MIGRATE, "dedupe");
  await mkdir(place, { recursive: true });
  const entities = new Set([...clusters.map(({ entity }) => entity), ...(await keptEntities(folder))]);
  for (const entity of entities) {
    const kept = await readKept(folder, entity);
    kept.waves[wave] = clusters.filter((cluster) => cluster.entity === entity);
    await writeWhole(path.join(place, `${entity}.json`), utf8(`${JSON.stringify(kept, null, 1)}\n`));
  }
}

async function keptEntities(folder: string): Promise<string[]> {
  const names = await readdir(path.join(folder, MIGRATE, "dedupe")).catch(() => []);
  return names
    .filter((name) => name.endsWith(".json"))
    .map((name) => name.slice(0, -5))
    .sort();
}

async function readKept(folder: string, entity: string): Promise<Kept> {
  const text = await readFile(path.join(folder, MIGRATE, "dedupe", `${entity}.json`), "utf8").catch(() => undefined);
  return text === undefined ? { waves: {} } : (JSON.parse(text) as Kept);
}

/** What is undecided of an entity, each cluster once, without what was decided since. */
async function openClusters(folder: string, entity: string): Promise<Cluster[]> {
  const { waves } = await readKept(folder, entity);
  const decisions = await Decisions.open(path.join(folder, "decisions"), entity);
  const byId = new Map(Object.values(waves).flatMap((clusters) => clusters.map((cluster) => [cluster.id, cluster])));
  return [...byId.values()]
    .filter(({ id, seen }) => {
      const decision = decisions.about(id, seen);
      return decision === undefined || decision === "stale";
    })
    .sort((a, b) => Number(b.blocks) - Number(a.blocks) || b.score - a.score || (a.id < b.id ? -1 : 1));
}

function showClusters(clusters: readonly Cluster[], lang: Language): void {
  const of = (en: string, id: string) => say({ en, id }, lang);
  const rows = clusters.slice(0, 100).flatMap((cluster) =>
    cluster.members.map((member, at) => [
      at === 0 ? cluster.id : "",
      at === 0 ? `${cluster.rule}${cluster.blocks ? " !" : ""}${cluster.stale ? of(" (stale)", " (usang)") : ""}` : "",
      at === 0 ? cluster.score.toFixed(2) : "",
      Object.entries(member.says)
        .map(([name, value]) => `${name}: ${value}`)
        .join("; ")
        .slice(0, 90),
      member.from[0] === undefined ? "" : `${member.from[0].dataset} ${member.from[0].at}`,
    ]),
  );
  if (rows.length === 0) {
    print(of("Nothing is undecided.", "Tidak ada yang belum diputuskan."));
    return;
  }
  print(
    table(
      [of("cluster", "klaster"), of("rule", "aturan"), of("score", "nilai"), of("says", "isi"), of("from", "asal")],
      rows,
      [2],
    ),
  );
  if (clusters.length > 100) print(of(`… and ${clusters.length - 100} more`, `… dan ${clusters.length - 100} lagi`));
}

const REVIEW_COLUMNS = [
  "cluster",
  "entity",
  "rule",
  "blocks",
  "score",
  "evidence",
  "member",
  "says",
  "from",
  "decision",
  "why",
];

async function review(only: string | undefined, { folder, lang, json }: Common): Promise<number> {
  const entities = only === undefined ? await keptEntities(folder) : [only];
  const all: Cluster[] = [];
  for (const entity of entities) {
    const clusters = await openClusters(folder, entity);
    all.push(...clusters);
    const lines = clusters.flatMap((cluster) =>
      cluster.members.map((member, at) => [
        ...[
          cluster.id,
          entity,
          cluster.rule,
          cluster.blocks ? "1" : "",
          cluster.score.toFixed(2),
          cluster.evidence.join("; "),
        ],
        String(at + 1),
        Object.entries(member.says)
          .map(([name, value]) => `${name}: ${value}`)
          .join("; "),
        member.from.map(({ dataset, at: place }) => `${dataset} ${place}`).join("; "),
        ...["", ""],
      ]),
    );
    const text = [REVIEW_COLUMNS, ...lines]
      .map((cells) => cells.map((cell) => rejectCell(cell)).join(";"))
      .join("\r\n");
    await mkdir(path.join(folder, MIGRATE, "dedupe"), { recursive: true });
    await writeWhole(path.join(folder, MIGRATE, "dedupe", `${entity}.csv`), utf8(`\ufeff${text}\r\n`));
  }
  if (json) print(JSON.stringify(all, null, 2));
  else {
    showClusters(all, lang);
    for (const entity of entities) print(path.join(folder, MIGRATE, "dedupe", `${entity}.csv`));
  }
  return all.length === 0 ? Exit.done : Ended.undecided;
}

async function apply(
  file: string,
  { folder, by, lang, json, dryRun }: Common & { by: string; dryRun?: true },
): Promise<number> {
  const rows = readReview(file, await readFile(file, "utf8"));
  const decided = new Map<string, { entity: string; words: Set<string>; keep: number[]; why: string }>();
  for (const [index, row] of rows.entries()) {
    const word = (row.decision ?? "").trim().toLowerCase();
    if (word === "") continue;
    if (!["same", "different", "keep", "reject"].includes(word)) {
      const line = index + 2;
      throw new Usage(
        {
          en: `${file}, line ${line}: ${word} is no decision.`,
          id: `${file}, baris ${line}: ${word} bukan keputusan.`,
        },
        Exit.yours,
      );
    }
    const found = decided.get(row.cluster!) ?? { entity: row.entity!, words: new Set(), keep: [], why: "" };
    found.words.add(word === "keep" ? "same" : word);
    if (word === "keep") found.keep.push(Number(row.member));
    found.why ||= (row.why ?? "").trim();
    decided.set(row.cluster!, found);
  }
  const at = new Date().toISOString();
  const made = new Map<string, Decision[]>();
  for (const [id, { entity, words, keep, why }] of decided) {
    const cluster = (await openClusters(folder, entity)).find((each) => each.id === id);
    if (cluster === undefined) {
      complain(
        say(
          {
            en: `${id}: not open; stage again and review what is.`,
            id: `${id}: tidak terbuka; siapkan lagi lalu tinjau.`,
          },
          lang,
        ),
      );
      return Ended.stale;
    }
    if (words.size > 1 || keep.length > 1) {
      throw new Usage(
        {
          en: `${file}: ${id} has decisions that contradict each other.`,
          id: `${file}: keputusan ${id} saling bertentangan.`,
        },
        Exit.yours,
      );
    }
    const stays = keep[0] === undefined ? {} : { keep: cluster.members[keep[0] - 1]?.key ?? "" };
    if (stays.keep === "") {
      throw new Usage(
        { en: `${file}: ${id} has no member ${keep[0]}.`, id: `${file}: ${id} tidak memiliki anggota ${keep[0]}.` },
        Exit.yours,
      );
    }
    const [verdict = "same"] = words as Set<Decision["verdict"]>;
    const keys = cluster.members.map(({ key }) => key);
    const decision: Decision = { cluster: id, verdict, keys, ...stays, seen: cluster.seen, by, at, why };
    made.set(entity, [...(made.get(entity) ?? []), decision]);
  }
  let count = 0;
  for (const [entity, decisions] of made) {
    count += decisions.length;
    if (!dryRun) await (await Decisions.open(path.join(folder, "decisions"), entity)).add(decisions);
  }
  if (json) print(JSON.stringify({ recorded: dryRun ? 0 : count, decisions: Object.fromEntries(made) }, null, 2));
  else
    print(
      say(
        {
          en: `${count} decisions${dryRun ? " (not recorded)" : " recorded"}.`,
          id: `${count} keputusan${dryRun ? " (tidak dicatat)" : " dicatat"}.`,
        },
        lang,
      ),
    );
  return Exit.done;
}

/** The rows of an edited table, by column. Spreadsheets write it with the delimiter of their country. */
function readReview(file: string, text: string): Record<string, string>[] {
  const head = text.slice(0, Math.max(0, text.indexOf("\n")));
  const delimiter = [";", ",", "\t"].find((sign) => head.split(sign).length >= REVIEW_COLUMNS.length) ?? ";";
  let rows: Record<string, string>[];
  try {
    rows = parse(text, { bom: true, columns: true, skip_empty_lines: true, delimiter }) as Record<string, string>[];
  } catch (error) {
    const told = (error as Error).message;
    throw new Usage({ en: `${file} is no table: ${told}`, id: `${file} bukan tabel: ${told}` }, Exit.yours);
  }
  const missing = REVIEW_COLUMNS.filter((name) => !head.includes(name));
  if (missing.length === 0) return rows;
  const names = missing.join(", ");
  throw new Usage(
    { en: `${file}: columns are missing: ${names}.`, id: `${file}: kolom tidak ada: ${names}.` },
    Exit.yours,
  );
}

async function checkRejects(
  wave: string,
  { folder, attempt, lang, json }: Common & { attempt?: number },
): Promise<number> {
  const own = stageFolder(path.join(folder, MIGRATE), wave, attempt ?? (await lastAttempt(folder, wave)));
  const { rejects }: Staged = await readStage(own);
  for (const { file, sha256 } of rejects)
    await verifyRejectFile(path.join(folder, MIGRATE, "rejects", wave, file), sha256);
  if (json) print(JSON.stringify({ wave, files: rejects.length, intact: true }));
  else
    print(
      say(
        {
          en: `${rejects.length} reject files are as they were written.`,
          id: `${rejects.length} berkas penolakan utuh.`,
        },
        lang,
      ),
    );
  return Exit.done;
}
