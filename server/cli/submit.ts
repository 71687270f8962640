import { Command } from "commander";
import type { Draft } from "../domain/entries/draft.ts";
import { termsToText } from "../domain/entries/entry.ts";
import { ContractStatus, Exception, Kind } from "../domain/entries/kinds.ts";
import { refusalFrom, valuesInBoth } from "../domain/entries/refusals.ts";
import {
  dayInWords,
  kindInWords,
  marksInWords,
  moneyInWords,
  termsInWords,
  timeInWords,
} from "../domain/entries/telling.ts";
import { isObject, type Json } from "../domain/ocds/check-fields.ts";
import type { Finding } from "../domain/rules/finding.ts";
import { holds } from "../domain/sealing/screen.ts";
import { pathText } from "../domain/sealing/seal.ts";
import { Client, Refusal, Unavailable } from "./client.ts";
import { draftsOf, type Line, readValues } from "./drafts.ts";
import { openKey } from "./key.ts";
import { defaultKeyFolder, type SigningKey } from "./key-file.ts";
import { type Prepared, Register, type Told } from "./register.ts";
import type { SealedPlace } from "./seal-drafts.ts";
import { accept } from "./seen.ts";
import { SHORT_KINDS } from "./short-form.ts";
import {
  complain,
  confirm,
  Exit,
  explain,
  type Language,
  languageOption,
  paint,
  print,
  run,
  say,
  strict,
  type Text,
  Usage,
  urlOption,
} from "./terminal.ts";

type Options = {
  as: string[];
  approve: string[];
  exception: string[];
  keys: string;
  url: string;
  lang: Language;
  json?: true;
  yes?: true;
  agency?: string;
  post?: string;
  partial?: true;
  anew?: true;
  bundle?: true;
  again?: true;
};

/** `skipped`: not sent, because an earlier entry of its process is not recorded. */
export type Outcome = { place: string; currency?: string | undefined; told?: Told; fault?: unknown; skipped?: true };

/** `submit`: signs entries with a key of this machine, sends them, and says what became of each. */
export function submitCommand(): Command {
  return strict(new Command("submit"))
    .description("Sign and record OCDS releases or entries: one, a list, a package, or JSON lines. Repeating is safe.")
    .argument("<file>", "JSON or JSON lines, or - for standard input")
    .requiredOption(
      "--as <key>",
      "your key: name, path, or sandbox:NAME; of several each signs what his office may",
      collect,
    )
    .option("--approve <key>", "a second signature, where it lies here too; may be repeated", collect, [])
    .option("--exception <name>", `what the approver signs as exception: ${signable().join(", ")}`, collect, [])
    .option("--keys <folder>", "where keys lie", defaultKeyFolder())
    .addOption(urlOption())
    .option("--agency <id>", "of a new process whose release names no buyer")
    .option("--post <id>", "the officer's post that new contracts name; default: your own")
    .option("--partial", "record the releases that hold, though others do not")
    .option("--anew", "a sealed value where an earlier one was erased is another one")
    .option("--bundle", "sign once for up to 256 entries, instead of each by itself")
    .option("--again", "sign anew what was sent back to you, has expired or whose record has moved on")
    .option("--json", "print one JSON object a line, the gateway's answer to each")
    .option("--yes", "do not ask before signing")
    .addOption(languageOption())
    .addHelpText("after", help)
    .action((file: string, options: Options) => run(options.lang, () => submit(file, options)));
}

const help = `
OCDS releases, packages and records are split into entries: what they add to what is recorded, in the order of their
dates. A process or contract that is already under way begins here by an opening, which an approver must sign too.
A short form is one object whose only field is the kind (${SHORT_KINDS.join(", ")}):
  {"payment": {"ocid": "ocds-213czf-dpupr-saluran-2026-07", "contract": "07/SPK/DPUPR/2026",
               "amount": "1.250.000,50", "number": "SP2D-77/2026", "issuer": "ID-PRS-TIRTARAYA", "on": "2026-11-20"}}
Fields: ocid; contract, award; agency (new processes); stem, where the agency's longest is not meant;
  code (by name, such as spk, progress, completed; for amendments a list such as ["scope", "time"]);
  value, scopeValue, amount, advance, recovered, withheld, released, total (Rp 1.250.000,50 or 1250000.50), currency;
  number (of the document), issuer, supplier, post, payer (ids); on, until (2026-11-24);
  details (an object: what else its OCDS section says);
  for an opening: status, balanceOn (the day of the balances), firstValue, scopeValue, accepted, certified, advance,
  recovered, withheld, released, paid: what had come before;
  for a correction: of (the kind), corrects (the entry's number in its process), and every term as it should have been;
  entry: that number of the payment that a return is of, of what a withdrawal takes back, of the guarantee's posting;
  remark: the reason, or what a note says.
A guarantee's code is its type and what is done, such as performance.posted or advance.reduced; a return's is returned,
paidBack, contraEntry or voided; a hold's is held or lifted.
Entries of one process are recorded in the order of the file.
With --bundle a key signs once over all that it can sign at the same time: of each process the next entry, or payments in
a row; what builds on them is signed when they are recorded.
What concerns a person alone (NIK, NPWP and NIP, private addresses and contacts, bank accounts) is sealed: only a digest
becomes public, what opens it goes to the vault, and you are shown which fields. Text that looks like such data is
refused. A bank account stands in details, such as {"bankAccount": {"number": "...", "holder": "..."}}.
Exit codes: 0 all recorded and checked, 1 yours to fix, 2 usage, 3 the register shows another history than it showed to
this machine before (nothing is signed there any more), 75 try again (nothing doubles).`;

export function collect(value: string, before: string[] = []): string[] {
  return [...before, value];
}

/** Exceptions that an approver can sign; the others are the ledger's own marks. */
export function signable(): string[] {
  return Object.entries(Exception)
    .filter(([, bit]) => bit < 256)
    .map(([name]) => name);
}

async function submit(file: string, options: Options): Promise<number> {
  const { lang } = options;
  const values = readValues(file, lang);
  if (values === undefined) return Exit.yours;
  const exceptions = options.exception.reduce((mask, name) => mask | exceptionBit(name), 0);
  const [as, ...more] = options.as as [string, ...string[]];
  const makers: [SigningKey, ...SigningKey[]] = [await openKey(as, options.keys, lang)];
  for (const name of more) makers.push(await openKey(name, options.keys, lang));
  const approvers: SigningKey[] = [];
  for (const name of options.approve) approvers.push(await openKey(name, options.keys, lang));
  const register = await Register.open(new Client(options.url, { language: lang }));
  // before anything is shown: who signs, signs what he saw of the register
  await register.seen();
  if (!options.json && register.mode === "sandbox") print(paint("yellow", say(sandboxMark, lang)));
  const { lines, faulty, releases, sealed } = await draftsOf(values, register, makers, options);
  if (faulty > 0 && !options.partial) {
    complain(say(nothingSigned(faulty), lang));
    return Exit.yours;
  }
  if (lines.length === 0 && releases === 0 && faulty === 0) {
    complain(say(nothingThere(file), lang));
    return Exit.yours;
  }
  if (lines.length === 0) {
    if (faulty === 0) print(say(nothingNew(releases), lang));
    return faulty > 0 ? Exit.yours : Exit.done;
  }
  if (!options.json) {
    announce(register, lines, [...makers, ...approvers], lang);
    announceSealed(sealed, lang);
    await announceFindings(register, lines, lang);
  }
  if (!options.yes && !(await confirm({ en: "Sign and send?", id: "Tanda tangani dan kirim?" }, lang))) {
    throw new Usage({
      en: "Nothing was signed. (--yes signs without asking.)",
      id: "Tidak ada yang ditandatangani. (--yes tanpa bertanya.)",
    });
  }
  const outcomes = await sendAll(register, lines, makers, approvers, exceptions, options);
  const exit = await report(register, outcomes, options);
  return exit === Exit.done && faulty > 0 ? Exit.yours : exit;
}

const nothingSigned = (faulty: number): Text => ({
  en: `Nothing was signed: ${faulty} cannot be recorded. (--partial records the others.)`,
  id: `Tidak ada yang ditandatangani: ${faulty} tidak dapat dicatat. (--partial mencatat sisanya.)`,
});

const nothingThere = (file: string): Text => ({
  en: `${file} holds nothing to record: no release, no short form.`,
  id: `${file} tidak memuat apa pun untuk dicatat: tidak ada rilis atau bentuk singkat.`,
});

const nothingNew = (releases: number): Text => ({
  en: `Nothing new: all that ${releases} release(s) say is recorded.`,
  id: `Tidak ada yang baru: seluruh isi ${releases} rilis sudah tercatat.`,
});

const sandboxMark = { en: "SANDBOX: nothing here is real.", id: "SANDBOX: tidak ada yang nyata di sini." };

export function exceptionBit(name: string): number {
  if (!signable().includes(name)) {
    throw new Usage({
      en: `There is no exception ${name}: ${signable().join(", ")}.`,
      id: `Tidak ada pengecualian ${name}: ${signable().join(", ")}.`,
    });
  }
  return Exception[name as keyof typeof Exception];
}

/** Says in words what will be signed: a few entries in full, many by kind and sum. */
export function announce(
  register: Register,
  lines: readonly Line[],
  signers: readonly SigningKey[],
  lang: Language,
): void {
  const who = signers.map(({ name, holder }) => `${name} (${holder})`).join(" + ");
  print(`${say({ en: "You sign as", id: "Anda menandatangani sebagai" }, lang)} ${paint("bold", who)}:`);
  if (lines.length <= FEW) {
    for (const { draft } of lines) {
      const subject = [draft.ocid, draft.awardId, draft.contractId].filter((id) => id !== "").join("  ");
      print(`  ${paint("bold", kindInWords(Kind[draft.kind], lang))}  ${subject}`);
      for (const [name, value] of [
        ...termsInWords(Kind[draft.kind], termsToText(draft.terms), lang),
        ...balancesInWords(draft, lang),
        ...organisationsInWords(register, draft, lang),
      ]) {
        print(`    ${name}: ${value}`);
      }
      const said = saidIn(draft.body);
      if (said.length > 0) print(`    ${say({ en: "says too", id: "memuat juga" }, lang)}: ${said.join(", ")}`);
    }
    return;
  }
  for (const [kind, group] of Map.groupBy(lines, ({ draft }) => draft.kind)) {
    const sums = new Map<string, bigint>();
    for (const { draft } of group) {
      const { currency, value, amount } = draft.terms;
      if (currency) sums.set(currency, (sums.get(currency) ?? 0n) + (amount ?? value ?? 0n));
    }
    const money = [...sums].map(([currency, sum]) => moneyInWords(sum, currency)).join(", ");
    print(`  ${String(group.length).padStart(7)} × ${kindInWords(Kind[kind], lang)}  ${money}`);
  }
}

/** Says which fields are sealed: only a digest of them becomes public. */
function announceSealed(sealed: readonly SealedPlace[], lang: Language): void {
  if (sealed.length === 0) return;
  print(say({ en: "Sealed, not public:", id: "Disegel, tidak terbuka:" }, lang));
  const paths = new Set(sealed.map(({ path, data }) => `  ${pathText(path)} (${holds[data][lang === "id" ? 1 : 0]})`));
  for (const line of [...paths].slice(0, FEW)) print(line);
  if (paths.size > FEW) print(`  … ${paths.size - FEW}`);
}

/** Says what the dated rules find, of a few entries that can be asked about now: the first of each process. */
async function announceFindings(register: Register, lines: readonly Line[], lang: Language): Promise<void> {
  if (lines.length > FEW) return;
  for (const [line] of Map.groupBy(lines, ({ draft }) => draft.ocid).values())
    if (line !== undefined) for (const each of await register.findings(line.draft)) print(findingInWords(each, lang));
}

const levels = { refuse: ["stops", "menghentikan"], warn: ["look at", "periksa"], info: ["note", "catatan"] } as const;
const colours = { refuse: "red", warn: "yellow", info: "dim" } as const;

/** A finding on a terminal: what was found, what to do, by which rule. */
export function findingInWords({ level, words, remedy, regulation, assurance, rule }: Finding, lang: Language): string {
  const unsure = assurance === "law" ? "" : say({ en: ", to be confirmed", id: ", perlu dipastikan" }, lang);
  const lead = paint(colours[level], `${levels[level][lang === "id" ? 1 : 0]}: ${words[lang]}`);
  const act = level === "info" ? "" : `\n    → ${remedy[lang]}`;
  return `  ${lead} ${paint("dim", `(${rule}; ${regulation}${unsure})`)}${act}`;
}

/** Up to how many entries are shown one by one. */
const FEW = 12;

/** Suppliers, payers and documents by the names that people know. */
function organisationsInWords(register: Register, { terms, source }: Draft, lang: Language): [string, string][] {
  const shown: [string, string][] = [];
  for (const [term, name] of [
    ["party", { en: "supplier", id: "penyedia" }],
    ["issuer", { en: "paid by", id: "dibayar oleh" }],
    ["payer", { en: "payer", id: "pembayar" }],
  ] as const) {
    const id = terms[term];
    const known = id === undefined ? undefined : register.organisation(id);
    if (id !== undefined) shown.push([say(name, lang), known === undefined ? id : `${known.name} (${known.id})`]);
  }
  // what a short form says by text, and the ledger holds as a hash
  const [form] = Object.values(source);
  for (const [name, text] of [
    ["number", { en: "document", id: "dokumen" }],
    ["post", { en: "post", id: "pos jabatan" }],
    ["corrects", { en: "corrects entry", id: "meralat entri" }],
    ["entry", { en: "of entry", id: "atas entri" }],
    ["remark", { en: "remark", id: "catatan" }],
  ] as const) {
    if (isObject(form) && form[name] !== undefined) shown.push([say(text, lang), String(form[name])]);
  }
  return shown;
}

/** What an opening says had come before. */
function balancesInWords({ balances, terms }: Draft, lang: Language): [string, string][] {
  if (balances === undefined) return [];
  const { status, on, ...amounts } = balances;
  const state = Object.entries(ContractStatus).find(([, code]) => code === status)?.[0] ?? String(status);
  const money = Object.entries(amounts)
    .filter(([, amount]) => amount > 0n)
    .map(([name, amount]): [string, string] => [name, moneyInWords(amount, terms.currency ?? "IDR")]);
  return [
    [say({ en: "balance on", id: "saldo per" }, lang), dayInWords(on * 1000, lang)],
    [say({ en: "status then", id: "status saat itu" }, lang), state],
    ...money,
  ];
}

/** Which fields a body says beside the terms. */
function saidIn(body: Json | undefined): string[] {
  return Object.entries(body ?? {}).flatMap(([name, value]) => {
    const section = Array.isArray(value) && value.length === 1 ? value[0] : value;
    const own = ["planning", "tender", "awards", "contracts"].includes(name) && isObject(section);
    return own ? Object.keys(section).filter((key) => key !== "id") : name === "sourceRelease" ? [] : [name];
  });
}

/** How many processes are worked on at once; entries of one process go one after the other. */
const WIDTH = 24;

/** Runs over many, some at a time. */
async function inParallel<T>(many: readonly T[], work: (each: T) => Promise<void>): Promise<void> {
  const left = many.values();
  const worker = async () => {
    for (const each of left) await work(each);
  };
  await Promise.all(Array.from({ length: Math.min(WIDTH, many.length) }, worker));
}

export async function sendAll(
  register: Register,
  lines: readonly Line[],
  makers: readonly [SigningKey, ...SigningKey[]],
  approvers: readonly SigningKey[],
  exceptions: number,
  { json, lang, bundle, again }: Pick<Options, "json" | "lang" | "bundle" | "again">,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const progress = progressLine(lines.length, lang);
  let unreachable = false;
  /** Processes of which an entry is not recorded: what else its release says waits for it. */
  const broken = new Set<string>();
  const isOver = ({ place, draft, release }: Line): boolean => {
    if (unreachable) return true;
    const skipped = release !== undefined && broken.has(draft.ocid);
    if (skipped) outcomes.push({ place, skipped });
    return skipped;
  };
  /** What `work` says became of a line; undefined where it is not said yet. */
  const attempt = async <T extends object>({ place, draft }: Line, work: () => Promise<Told | T>) => {
    const outcome: Outcome = { place, currency: draft.terms.currency };
    try {
      const result = await work();
      if (!("state" in result)) return result;
      outcome.told = result;
    } catch (error) {
      outcome.fault = error;
      if (error instanceof Unavailable) unreachable = true;
      else if (!(error instanceof Refusal || error instanceof Usage)) throw error;
    }
    outcomes.push(outcome);
    if (outcome.told?.state !== "final") broken.add(draft.ocid);
    if (json) print(JSON.stringify({ place, ...(outcome.told ?? { error: String(outcome.fault) }) }));
    progress(outcomes.length, outcomes.filter(({ told }) => told?.state !== "final").length);
    return undefined;
  };
  // of a few entries they were shown before the question
  const found = (place: string) => (findings: readonly Finding[]) => {
    if (json || lines.length <= FEW) return;
    for (const each of findings) if (each.level !== "info") complain(`${place}${findingInWords(each, lang)}`);
  };
  const optionsOf = ({ place, copy, disclosures }: Line) => ({
    ...{ reference: String(copy), exceptions, disclosures, again },
    onFindings: found(place),
  });
  const processes = [...Map.groupBy(lines, ({ draft }) => draft.ocid).values()];
  if (!bundle) {
    await inParallel(processes, async (group) => {
      for (const line of group)
        if (!isOver(line)) await attempt(line, () => register.submit(line.draft, makers, approvers, optionsOf(line)));
    });
  }
  while (bundle && processes.some(({ length }) => length > 0)) {
    // of each process what is signed on the same state: its next entry, or payments in a row
    const round = processes.filter(({ length }) => length > 0).map((group) => group.splice(0, paymentsIn(group) || 1));
    const ready: { line: Line; prepared: Prepared }[] = [];
    await inParallel(round.flat(), async (line) => {
      if (isOver(line)) return;
      const prepared = await attempt(line, () => register.prepare(line.draft, makers, approvers, optionsOf(line)));
      if (prepared !== undefined) ready.push({ line, prepared });
    });
    const together = ready.map(({ prepared }) => prepared);
    const { bundles, signatureOf } = await register.signTogether(together);
    if (!json && bundles > 0) print(paint("dim", say(signedOnce(together.length, bundles), lang)));
    await inParallel([...Map.groupBy(ready, ({ line }) => line.draft.ocid).values()], async (some) => {
      const order = (line: Line) => lines.indexOf(line);
      for (const { line, prepared } of some.sort((a, b) => order(a.line) - order(b.line)))
        if (!isOver(line)) await attempt(line, () => register.send(prepared, signatureOf));
    });
  }
  if (process.stderr.isTTY && lines.length > 3) process.stderr.write("\r\u001b[K");
  return outcomes;
}

/** How many payments a list begins with: they say nothing of each other, so all can be signed at once. */
function paymentsIn(lines: readonly Line[]): number {
  const other = lines.findIndex(({ draft }) => draft.kind !== "payment");
  return other < 0 ? lines.length : other;
}

const signedOnce = (entries: number, bundles: number): Text => ({
  en: `${entries} entries signed in ${bundles} bundle(s).`,
  id: `${entries} entri ditandatangani dalam ${bundles} paket.`,
});

/** One line on a terminal: done, rate, not recorded, time left. */
function progressLine(total: number, lang: Language): (done: number, failed: number) => void {
  if (!process.stderr.isTTY || total <= 3) return () => {};
  const started = performance.now();
  let shown = 0;
  return (done, failed) => {
    const now = performance.now();
    if (now - shown < 100 && done < total) return;
    shown = now;
    const rate = done / Math.max(0.001, (now - started) / 1000);
    const left = Math.ceil((total - done) / rate);
    const text =
      lang === "id"
        ? `${done} dari ${total} · ${rate.toFixed(0)}/dtk · ${failed} tidak tercatat · sisa ${left} dtk · aman diulang`
        : `${done} of ${total} · ${rate.toFixed(0)}/s · ${failed} not recorded · ${left} s left · safe to repeat`;
    process.stderr.write(`\r\u001b[K${text}`);
  };
}

/** Prints what became of each and checks the newest checkpoint. @returns the exit code */
export async function report(
  register: Register,
  outcomes: readonly Outcome[],
  { json, lang }: Pick<Options, "json" | "lang">,
): Promise<number> {
  let exit: number = Exit.done;
  const worst = (code: number) => {
    if (exit !== Exit.tryAgain && code !== Exit.done) exit = code;
  };
  const skipped = outcomes.filter((each) => each.skipped).length;
  if (skipped > 0) {
    complain(say(notSent(skipped), lang));
    worst(Exit.yours);
  }
  for (const { place, currency, told, fault, skipped } of outcomes) {
    if (skipped) continue;
    if (told === undefined) {
      if (outcomes.length > 1) complain(`${place}:`);
      worst(explain(fault, lang));
      continue;
    }
    const underWay = told.state === "queued" || told.state === "included";
    worst(told.state === "final" ? Exit.done : underWay ? Exit.tryAgain : Exit.yours);
    if (!json && (outcomes.length <= 3 || told.state !== "final"))
      print(toldInWords(told, currency, lang, outcomes.length > 1 ? place : ""));
  }
  const recorded = outcomes.flatMap(({ told }) => (told?.state === "final" ? [told] : []));
  if (!json && outcomes.length > 3) {
    print(
      say(
        {
          en: `${recorded.length} of ${outcomes.length} recorded.`,
          id: `${recorded.length} dari ${outcomes.length} tercatat.`,
        },
        lang,
      ),
    );
  }
  const newest = recorded.flatMap(({ checkpoint }) => checkpoint ?? []).sort((a, b) => b.size - a.size)[0];
  if (newest !== undefined) {
    await accept(register, newest);
    if (!json) {
      const text = { en: "Checkpoint checked and kept", id: "Checkpoint diperiksa dan disimpan" };
      print(paint("dim", `${say(text, lang)}: ${newest.size} · ${newest.root}`));
      print(paint("dim", say(operatorSigned, lang)));
    }
  }
  return exit;
}

const notSent = (count: number): Text => ({
  en: `${count} not sent: an earlier entry of their process is not recorded. Repeat when it is.`,
  id: `${count} tidak dikirim: entri terdahulu prosesnya belum tercatat. Ulangi setelah tercatat.`,
});

const operatorSigned = {
  en: "Finality not proven: operator-signed. Keep this checkpoint outside the operator's reach.",
  id: "Finalitas belum terbukti: ditandatangani operator. Simpan checkpoint ini di luar jangkauan operator.",
};

/** Where a submission stands, in a few lines. */
export function toldInWords(told: Told, currency: string | undefined, lang: Language, place = ""): string {
  const lead = place ? `${place}  ` : "";
  const kind = kindInWords(told.kind, lang);
  if (told.state === "final" && told.recorded) {
    const { registerSequence, processSequence, timeMs, excess, exceptions, leaf } = told.recorded;
    const lines = [
      `${paint("green", "✓")} ${lead}${say({ en: "recorded", id: "tercatat" }, lang)}: ${kind} ${paint("bold", `${told.ocid}-${processSequence}`)}  ${say({ en: "register no.", id: "no. register" }, lang)} ${registerSequence}  ${timeInWords(timeMs, lang)}`,
      paint("dim", `  ${say({ en: "leaf", id: "daun" }, lang)} ${leaf}`),
    ];
    const marks = marksInWords(exceptions, lang);
    if (marks.length > 0)
      lines.push(paint("yellow", `  ${say({ en: "marked", id: "ditandai" }, lang)}: ${marks.join(", ")}`));
    if (BigInt(excess) > 0n) {
      lines.push(
        paint(
          "red",
          `  ${say({ en: "paid above the contract's value by", id: "dibayar melebihi nilai kontrak sebesar" }, lang)} ${moneyInWords(excess, currency ?? "IDR")}`,
        ),
      );
    }
    return lines.join("\n");
  }
  const mark = told.state === "refused" ? paint("red", "✗") : paint("yellow", "…");
  const lines = [`${mark} ${lead}${kind} ${told.ocid}: ${stateInWords(told.state, lang)}`];
  if (told.refusal) {
    lines.push(`  ${say(told.refusal.title, lang)} ${paint("dim", `(${told.refusal.rule})`)}`);
    const values = told.refusal.detail ?? valuesInBoth(refusalFrom(told.refusal), currency);
    if (values.en !== "") lines.push(paint("dim", `    ${say(values, lang)}`));
    lines.push(`  → ${say(told.refusal.help, lang)}`);
  } else lines.push(`  ${say(told.waitsFor, lang)} → ${say(told.next, lang)}`);
  if (told.sentBack !== undefined || told.state === "expired") lines.push(`  → ${say(again, lang)}`);
  const unsigned = { en: "Nothing was signed.", id: "Tidak ada yang ditandatangani." };
  lines.push(told.unsigned ? `  ${say(unsigned, lang)}` : paint("dim", `  id ${told.id}`));
  return lines.join("\n");
}

const again = {
  en: "prasasti tasks shows why; prasasti submit --again signs it anew.",
  id: "prasasti tasks menunjukkan sebabnya; prasasti submit --again menandatanganinya lagi.",
};

export function stateInWords(state: Told["state"], lang: Language): string {
  const words = {
    awaitingApproval: ["waits for a second signature", "menunggu tanda tangan kedua"],
    queued: ["queued", "dalam antrean"],
    included: ["in a block, not final yet", "dalam blok, belum final"],
    final: ["recorded", "tercatat"],
    refused: ["refused", "ditolak"],
    expired: ["its signature has ended", "masa tanda tangannya berakhir"],
    cancelled: ["taken back", "ditarik kembali"],
  } as const;
  return words[state][lang === "id" ? 1 : 0];
}
