import { Command } from "commander";
import { moneyInWords, stateInWords, timeInWords } from "../domain/entries/telling.ts";
import type { ProcessView } from "../domain/projection/process-view.ts";
import type { Standing } from "../domain/projection/waves.ts";
import { Client } from "./client.ts";
import { unknownProcess } from "./history.ts";
import { Register, type Told } from "./register.ts";
import { toldInWords } from "./submit.ts";
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

/** `status`: where a submission stands, or how the contracts of a process stand. */
export function statusCommand(): Command {
  return strict(new Command("status"))
    .description("Where a submission stands (by its id), or how a process stands (by its ocid).")
    .argument("<id>", "id of a submission (0x…), or an ocid")
    .addOption(urlOption())
    .option("--json", "print JSON")
    .addOption(languageOption())
    .addHelpText("after", "\nExit codes: 0 shown, 1 unknown, 2 usage, 75 try again.")
    .action((id: string, options: Options) => run(options.lang, () => status(id, options)));
}

async function status(id: string, { url, lang, json }: Options): Promise<number> {
  const client = new Client(url, { language: lang, patience: 5_000 });
  if (/^0x[0-9a-f]{64}$/i.test(id)) {
    const told = await client.find<Told>(`/api/v1/submissions/${id.toLowerCase()}`);
    if (told === undefined) {
      throw new Usage(
        { en: "This gateway knows no such submission.", id: "Gateway ini tidak mengenal pengajuan itu." },
        Exit.yours,
      );
    }
    print(json ? JSON.stringify(told, null, 2) : toldInWords(told, undefined, lang));
    return Exit.done;
  }
  const register = await Register.open(client);
  const view = await register.process(id);
  if (view === undefined) throw unknownProcess(id);
  if (json) print(JSON.stringify(view, null, 2));
  else describe(register, view, lang);
  return Exit.done;
}

const rows = [
  ["firstValue", { en: "first value", id: "nilai awal" }],
  ["value", { en: "value", id: "nilai" }],
  ["accepted", { en: "accepted", id: "diterima" }],
  ["certified", { en: "certified", id: "BAP" }],
  ["paid", { en: "paid", id: "dibayar" }],
  ["excess", { en: "excess", id: "kelebihan" }],
] as const;

const notInForce = {
  waiting: { en: "counts for nothing yet: it came with wave", id: "belum berlaku: dibawa gelombang" },
  takenBack: { en: "counts for nothing: taken back with wave", id: "tidak berlaku: ditarik bersama gelombang" },
};

function describe(register: Register, view: ProcessView & { standing?: Standing }, lang: Language): void {
  print(`${paint("bold", view.ocid)}  ${register.nameOf(view.agency)}`);
  const entries = say({ en: "entries, the last", id: "entri, terakhir" }, lang);
  print(paint("dim", `${view.count} ${entries} ${timeInWords(view.lastTimeMs, lang)}`));
  const { waiting, takenBack } = notInForce;
  if (view.standing === "waiting") print(paint("yellow", `${say(waiting, lang)} ${view.wave}`));
  if (view.standing === "takenBack") print(paint("yellow", `${say(takenBack, lang)} ${view.wave}`));
  const contracts = Object.values(view.contracts);
  if (contracts.length === 0) return;
  const head = [say({ en: "contract", id: "kontrak" }, lang), "status", ...rows.map(([, text]) => say(text, lang))];
  const lines = contracts.map((contract) => [
    contract.id,
    stateInWords(contract.status, lang),
    ...rows.map(([name]) => {
      const text = moneyInWords(contract[name], contract.currency);
      return name === "excess" && contract.excess !== "0" ? paint("red", text) : text;
    }),
  ]);
  print(table(head, lines, [2, 3, 4, 5, 6, 7]));
}
