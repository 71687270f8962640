import { Command } from "commander";
import { readConfig } from "../config.ts";
import { type Check, examine } from "../doctor.ts";
import { Exit, type Language, languageOption, paint, print, run, strict } from "./terminal.ts";

type Options = { data?: string; port?: string; host?: string; json?: true; lang: Language };

/** `doctor`: how a data folder and this machine are, one line a matter; changes nothing. */
export function doctorCommand(): Command {
  return strict(new Command("doctor"))
    .description(
      "Report on this machine and a data folder; changes nothing. / Laporan kesehatan; tidak mengubah apa pun.",
    )
    .option("--data <dir>", "the data folder (default: PRASASTI_DATA, or data)")
    .option("--port <number>", "port that the gateway is to use (default: PRASASTI_PORT, or 8080)")
    .option("--json", "print {ok, checks} as JSON")
    .addOption(languageOption())
    .addHelpText("after", "\nExit codes: 0 no fault (warnings are none), 1 a fault is named, 2 usage.")
    .action((options: Options) => run(options.lang, () => work(options)));
}

async function work({ json, lang, ...flags }: Options): Promise<number> {
  const checks: Check[] = [];
  const show = (check: Check) => {
    checks.push(check);
    if (!json) printCheck(check, lang);
  };
  const settings = await readConfig(process.env, flags).catch((error: Error) => error);
  await examine(settings, { data: flags.data ?? (process.env.PRASASTI_DATA || "data") }, show);
  const ok = checks.every(({ level }) => level !== "fault");
  if (json) print(JSON.stringify({ ok, checks }, null, 2));
  return ok ? Exit.done : Exit.yours;
}

const marks = { ok: ["green", "✓"], warn: ["yellow", "!"], fault: ["red", "✗"] } as const;
const words = {
  ok: { en: "ok", id: "baik" },
  warn: { en: "warning", id: "peringatan" },
  fault: { en: "fault", id: "salah" },
};

function printCheck({ level, text, remedy }: Check, lang: Language): void {
  const [colour, mark] = marks[level];
  print(`${paint(colour, `${mark} ${words[level][lang].padEnd(lang === "id" ? 10 : 7)}`)}  ${text[lang]}`);
  if (remedy) print(`${" ".repeat(lang === "id" ? 14 : 11)}${paint("dim", `→ ${remedy[lang]}`)}`);
}
