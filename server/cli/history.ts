import { Command } from "commander";
import type { History } from "../actions/tell-history.ts";
import { idOf } from "../domain/entries/entry.ts";
import { Kind, TERM_NAMES } from "../domain/entries/kinds.ts";
import {
  kindInWords,
  marksInWords,
  relationInWords,
  roleInWords,
  termsInWords,
  timeInWords,
} from "../domain/entries/telling.ts";
import type { Hex } from "../domain/entries/words.ts";
import type { SignedEntryRow } from "../domain/projection/project-block.ts";
import { HOLDERS } from "../sandbox/people.ts";
import { Client } from "./client.ts";
import { Register } from "./register.ts";
import {
  Exit,
  type Language,
  languageOption,
  paint,
  print,
  run,
  say,
  strict,
  table,
  Usage,
  urlOption,
} from "./terminal.ts";

type Options = { url: string; lang: Language; json?: true; asKnown?: string };
type Told = Omit<History, "lines"> & { history: History["lines"] };

/** `history`: what changed in a process, who signed it in which office, and when. */
export function historyCommand(): Command {
  return strict(new Command("history"))
    .description(
      "What changed in a process, by whom, in which office, when; semula and menjadi of amendments, both truths of corrections, and what stands out.",
    )
    .argument("<ocid>", "the process")
    .option("--as-known <moment>", "as it was recorded by a day (its end) or a date-time")
    .addOption(urlOption())
    .option("--json", "print the entries as JSON")
    .addOption(languageOption())
    .addHelpText("after", "\nExit codes: 0 shown, 1 unknown process, 2 usage, 75 try again.")
    .action((ocid: string, options: Options) => run(options.lang, () => history(ocid, options)));
}

async function history(ocid: string, { url, lang, json, asKnown }: Options): Promise<number> {
  const client = new Client(url, { language: lang, patience: 5_000 });
  const register = await Register.open(client);
  const all = await register.history(ocid);
  if (all.length === 0) throw unknownProcess(ocid);
  const query = asKnown === undefined ? "" : `?asKnown=${encodeURIComponent(asKnown)}`;
  const told = await client.get<Told>(`/api/v1/records/${encodeURIComponent(ocid)}/history${query}`);
  const rows = all.slice(0, told.history.length);
  if (json) {
    const { corrections, amendments, standing } = told;
    print(JSON.stringify({ ocid, history: rows, corrections, amendments, standing }, null, 2));
    return Exit.done;
  }
  print(`${paint("bold", ocid)}  ${register.nameOf(rows[0]!.agency)}`);
  const head =
    lang === "id"
      ? ["no.", "kapan", "selang", "apa", "kontrak", "perubahan", "ditandatangani oleh"]
      : ["no.", "when", "after", "what", "contract", "change", "signed by"];
  const byLeaf = new Map(rows.map((row) => [row.leaf, row]));
  const lines = rows.map((row, index) => [
    String(row.assigned.processSequence),
    timeInWords(row.assigned.timeMs, lang),
    told.history[index]?.delay?.words[lang] ?? "",
    kindInWords(row.kind, lang),
    row.contractId || row.awardId,
    [
      changeInWords(row, byLeaf.get(row.refersTo), lang),
      quoted(told.history[index]?.remark),
      waveInWords(told.history[index]?.wave, lang),
    ]
      .filter(Boolean)
      .join(" · "),
    row.signers.map(({ holder, capacity }) => `${holderName(holder)} (${roleInWords(capacity, lang)})`).join(" + "),
  ]);
  print(table(head, lines, [0]));
  printAmendments(told, lang);
  printCorrections(told, lang);
  printStanding(told, lang);
  return Exit.done;
}

/** Which wave of legacy records brought it, and what stands of it; who took it back, by which act. */
function waveInWords(wave: History["lines"][number]["wave"], lang: Language): string {
  if (wave === undefined) return "";
  const { words, withdrawn, standing } = wave;
  const by = { en: "by act", id: "dengan perbuatan" };
  const back =
    withdrawn && `${withdrawn.words[lang]}, ${withdrawn.at}, ${say(by, lang)} ${withdrawn.leaf.slice(0, 10)}…`;
  const text = back === undefined ? words[lang] : `${words[lang]} (${back})`;
  return standing === "inForce" ? text : paint("yellow", text);
}

/** Free text, on one line and without what would steer a terminal. */
const quoted = (remark: string | undefined) =>
  remark === undefined ? "" : `“${remark.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ")}”`;
const since = { en: "since no.", id: "sejak no." };

function printAmendments({ amendments }: Told, lang: Language): void {
  for (const { sequence, contractId, terms, correctedBy } of amendments) {
    const title = say({ en: "Amendment", id: "Adendum" }, lang);
    const corrected = say({ en: "corrected by no.", id: "diralat oleh no." }, lang);
    const note = correctedBy === undefined ? "" : ` (${corrected} ${correctedBy.sequence})`;
    print(`\n${paint("bold", `${title} no. ${sequence}, ${contractId}`)}${note}`);
    const head = lang === "id" ? ["", "semula", "menjadi", "selisih"] : ["", "before", "after", "difference"];
    const rows = terms.map(({ words, told: { before, after, difference } }) =>
      [words, before, after, difference].map((text) => text?.[lang] ?? ""),
    );
    print(table(head, rows, [1, 2]));
  }
}

function printCorrections({ corrections }: Told, lang: Language): void {
  for (const { truths, differences, subject } of corrections) {
    const [first, ...others] = truths.map(({ sequence }) => sequence);
    const text = { en: "corrected by no.", id: "diralat oleh no." };
    print(`\n${paint("bold", `No. ${first}, ${subject}`)} ${say(text, lang)} ${others.join(", ")}`);
    const head =
      lang === "id" ? ["", "yang tercatat", "yang benar", "sejak"] : ["", "was recorded", "is right", "since"];
    const rows = differences.map((each) => [
      each.words[lang],
      each.recorded[lang],
      each.right[lang],
      `no. ${each.since.sequence}`,
    ]);
    print(table(head, rows, [1, 2]));
  }
}

/** What is paid above the value in red; every other mark, with who should act. */
function printStanding({ standing }: Told, lang: Language): void {
  for (const { contractId, excess, marks } of standing) {
    print(`\n${paint("bold", contractId)}`);
    if (excess !== undefined)
      print(paint("red", `${excess.words[lang]}, ${since[lang]} ${excess.since.sequence}. ${excess.act[lang]}`));
    for (const { mark, words, since: first, times, act } of marks) {
      if (mark === "paidAboveValue" && excess !== undefined) continue;
      const count = times > 1 ? ` (${times}×)` : "";
      print(
        `${paint("yellow", words[lang])}${count}, ${since[lang]} ${first.sequence}. ${act?.[lang] ?? ""}`.trimEnd(),
      );
    }
  }
}

export function unknownProcess(ocid: string): Usage {
  return new Usage({ en: `There is no process ${ocid}.`, id: `Tidak ada proses ${ocid}.` }, Exit.yours);
}

/** The terms in words and the entry that is named; of a correction, only what it changes, both truths side by side. */
function changeInWords(row: SignedEntryRow, named: SignedEntryRow | undefined, lang: Language): string {
  const corrected = row.kind === Kind.correction ? named : undefined;
  const kind = corrected?.kind ?? row.kind;
  const marks = marksInWords(row.assigned.exceptions, lang);
  const noted = marks.length > 0 ? [paint("yellow", marks.join(", "))] : [];
  const of = named === undefined ? [] : [relationInWords(row.kind, named.assigned.processSequence, lang)];
  if (corrected === undefined) {
    const terms = termsInWords(kind, row.terms, lang).map(([name, value]) => `${name} ${value}`);
    return [...of, ...terms, ...noted].join(" · ");
  }
  const before = new Map(termsInWords(kind, corrected.terms, lang));
  const changed = termsInWords(kind, row.terms, lang)
    .filter(([name, value]) => before.get(name) !== value)
    .map(([name, value]) => `${name} ${before.get(name) ?? "–"} → ${value}`);
  const ids = TERM_NAMES.filter(
    (name) => String(row.terms[name] ?? "").startsWith("0x") && row.terms[name] !== corrected.terms[name],
  );
  return [...of, ...changed, ...ids, ...noted].join(" · ");
}

const invented = new Map<Hex, string>(HOLDERS.map(({ id }) => [idOf(id), id]));

/** Text ids of people are not on the ledger; those of the sandbox are known here. */
function holderName(holder: Hex): string {
  return invented.get(holder) ?? `${holder.slice(0, 10)}…`;
}
