import { Command } from "commander";
import type { Able, Answer } from "../actions/may.ts";
import { Exit, type Language, paint, print, run, say, strict } from "./terminal.ts";
import { asSomebody, signedInTo } from "./who-asks.ts";

type Options = { as: string; keys: string; url: string; lang: Language; json?: true } & Question;
type Question = {
  ocid?: string;
  contract?: string;
  award?: string;
  agency?: string;
  role?: string;
  holder?: string;
  entity?: string;
};

const verbs = `
  record KIND            an entry of that kind: --ocid, --contract, --award; --agency for a new process; --role
  approve|refuse|ask ID  what waits for a second signature
  grant ROLE             an office: --agency, --holder (its id in the register)
  use PERMISSION         what docs/reference/roles.md lists: --agency, --entity
Exit codes: 0 you may, 1 you may not, 2 usage, 75 try again.`;

/** `can`: may I, and if not why not, and who can. */
export function canCommand(): Command {
  return asSomebody(strict(new Command("can")))
    .description("May I do something; if not why not, and who can?")
    .argument("<verb>", "record, approve, refuse, ask, grant or use")
    .argument("<what>", "a kind of entry, id of a submission, role or permission")
    .option("--ocid <ocid>", "the process")
    .option("--contract <id>", "the contract")
    .option("--award <id>", "the award")
    .option("--agency <id>", "the agency, such as ID-PRS-DPUPR")
    .option("--entity <id>", "the supplier")
    .option("--role <role>", "in which capacity")
    .option("--holder <id>", "whom a grant is about")
    .addHelpText("after", verbs)
    .action((verb: string, what: string, options: Options) => run(options.lang, () => can(verb, what, options)));
}

const named: Readonly<Record<string, string>> = { record: "kind", grant: "role", use: "permission" };

async function can(verb: string, what: string, options: Options): Promise<number> {
  const { lang, json, ocid, contract, award, agency, entity, role, holder } = options;
  const { client } = await signedInTo(options);
  const asked = { ocid, contractId: contract, awardId: award, agency, entity, role, holder, act: verb };
  const all = { ...asked, [named[verb] ?? "submission"]: what };
  const query = new URLSearchParams(Object.entries(all).flatMap(([name, value]) => (value ? [[name, value]] : [])));
  const answer = await client.get<Answer>(`/api/v1/me/can?${query}`);
  if (json) print(JSON.stringify(answer, null, 2));
  else tell(answer, lang);
  return answer.may ? Exit.done : Exit.yours;
}

function tell({ may, because, rule, who, with: beside }: Answer, lang: Language): void {
  const mark = may ? paint("green", "✓") : paint("red", "✗");
  print(`${mark} ${because[lang]}${rule === undefined ? "" : paint("dim", ` (${rule})`)}`);
  if (!may) list(say({ en: "Who can", id: "Yang dapat" }, lang), who, lang);
  for (const { words, who: others } of beside)
    list(`${say({ en: "Signs too", id: "Ikut menandatangani" }, lang)}, ${words[lang]}`, others, lang);
}

function list(title: string, who: readonly Able[], lang: Language): void {
  const nobody = say({ en: "nobody at this moment", id: "tidak ada saat ini" }, lang);
  print(`${title}:${who.length === 0 ? ` ${nobody}` : ""}`);
  for (const { words, holders } of who) print(`  ${words[lang]}  ${paint("dim", holders.join(" "))}`);
}
