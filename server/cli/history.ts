import { Command } from "commander";
import { idOf } from "../domain/entries/entry.ts";
import { Kind, TERM_NAMES } from "../domain/entries/kinds.ts";
import {
  kindInWords,
  marksInWords,
  moneyInWords,
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

type Options = { url: string; lang: Language; json?: true };

/** `history`: what changed in a process, who signed it in which office, and when. */
export function historyCommand(): Command {
  return strict(new Command("history"))
    .description("What changed in a process, by whom, in which office, when.")
    .argument("<ocid>", "the process")
    .addOption(urlOption())
    .option("--json", "print the entries as JSON")
    .addOption(languageOption())
    .addHelpText("after", "\nExit codes: 0 shown, 1 unknown process, 2 usage, 75 try again.")
    .action((ocid: string, options: Options) => run(options.lang, () => history(ocid, options)));
}

async function history(ocid: string, { url, lang, json }: Options): Promise<number> {
  const register = await Register.open(new Client(url, { language: lang, patience: 5_000 }));
  const rows = await register.history(ocid);
  if (rows.length === 0) throw unknownProcess(ocid);
  if (json) {
    print(JSON.stringify({ ocid, history: rows }, null, 2));
    return Exit.done;
  }
  print(`${paint("bold", ocid)}  ${register.nameOf(rows[0]!.agency)}`);
  const head =
    lang === "id"
      ? ["no.", "kapan", "apa", "kontrak", "perubahan", "ditandatangani oleh"]
      : ["no.", "when", "what", "contract", "change", "signed by"];
  const byLeaf = new Map(rows.map((row) => [row.leaf, row]));
  const lines = rows.map((row) => [
    String(row.assigned.processSequence),
    timeInWords(row.assigned.timeMs, lang),
    kindInWords(row.kind, lang),
    row.contractId || row.awardId,
    changeInWords(row, byLeaf.get(row.refersTo), lang),
    row.signers.map(({ holder, capacity }) => `${holderName(holder)} (${roleInWords(capacity, lang)})`).join(" + "),
  ]);
  print(table(head, lines, [0]));
  const excess = rows.filter((row) => BigInt(row.excess) > 0n).at(-1);
  if (excess) {
    const text = {
      en: "Paid above the contract's value after entry",
      id: "Dibayar melebihi nilai kontrak setelah entri",
    };
    print(
      paint(
        "red",
        `${say(text, lang)} ${excess.assigned.processSequence}: ${moneyInWords(excess.excess, String(excess.terms.currency ?? "IDR"))}`,
      ),
    );
  }
  return Exit.done;
}

export function unknownProcess(ocid: string): Usage {
  return new Usage({ en: `There is no process ${ocid}.`, id: `Tidak ada proses ${ocid}.` }, Exit.yours);
}

/** The terms in words and the entry that is named; of a correction, only what it changes, both truths side by side. */
function changeInWords(row: SignedEntryRow, named: SignedEntryRow | undefined, lang: Language): string {
  const corrected = row.kind === Kind.correction ? named : undefined;
  const kind = corrected?.kind ?? row.kind;
  const of = say({ en: "of no.", id: "atas no." }, lang);
  const which = named === undefined ? [] : [`${of} ${named.assigned.processSequence}`];
  const marks = marksInWords(row.assigned.exceptions, lang);
  const noted = marks.length > 0 ? [paint("yellow", marks.join(", "))] : [];
  if (corrected === undefined) {
    const said = termsInWords(kind, row.terms, lang).map(([name, value]) => `${name} ${value}`);
    return [...which, ...said, ...noted].join(" · ");
  }
  const before = new Map(termsInWords(kind, corrected.terms, lang));
  const changed = termsInWords(kind, row.terms, lang)
    .filter(([name, value]) => before.get(name) !== value)
    .map(([name, value]) => `${name} ${before.get(name) ?? "–"} → ${value}`);
  const ids = TERM_NAMES.filter(
    (name) => String(row.terms[name] ?? "").startsWith("0x") && row.terms[name] !== corrected.terms[name],
  );
  return [...which, ...changed, ...ids, ...noted].join(" · ");
}

const invented = new Map<Hex, string>(HOLDERS.map(({ id }) => [idOf(id), id]));

/** Text ids of people are not on the ledger; those of the sandbox are known here. */
function holderName(holder: Hex): string {
  return invented.get(holder) ?? `${holder.slice(0, 10)}…`;
}
