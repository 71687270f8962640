import path from "node:path";
import { Command, Option } from "commander";
import type { Words } from "../domain/problems.ts";
import { givenFile } from "./given-file.ts";
import { Exit, type Language, paint, print, run, say, strict, table, Usage } from "./terminal.ts";
import { asEither, clientOf, type EitherOptions as Options } from "./who-asks.ts";

type Finding = { rule: string; level: "warn" | "info"; words: Words; remedy: Words; regulation: string };
type Checked = {
  on: string;
  supplier?: {
    supplier: string;
    id?: string;
    registeredName?: string;
    names: { value: string }[];
    accepted: { nib: string }[];
  };
  candidates?: string[];
  numbers: { given: string; kind: string; valid: boolean; words: Words }[];
  nib: {
    outcome: string;
    words?: Words;
    at?: string;
    stale?: boolean;
    form?: string;
    scale?: Words;
    record?: { nib: string; name: string; issuedOn?: string; activities: { kbli: string; title?: string }[] };
  };
  findings: Finding[];
};
type Loaded = { read: number; taken: number; unchanged: number; setAside: { at: string; words: Words }[] };
type Link = { id: string; kind: string; supplier: string; with: string; state: string; evidence: { words: Words }[] };

const ROOT = "/api/v1/registry";
const STATES = ["proposed", "accepted", "refused", "undone"];

/** `registry`: what is known of suppliers. */
export function registryCommand(): Command {
  const command = strict(new Command("registry"))
    .description(
      "Suppliers: NIB, numbers, lines of business, blacklists. / Penyedia: NIB, nomor, bidang usaha, daftar hitam.",
    )
    .addHelpText(
      "after",
      `
Examples / Contoh:
  prasasti registry check --nib 9120001234567 --on 2026-03-01 --title "Rekonstruksi Jalan" --category works
  prasasti registry check ID-PRS-S-0001 --as ppk
  prasasti registry load blacklist.xlsx --kind blacklist --name LKPP --as-of 2026-02-28
  prasasti registry load nib.json --kind oss
  prasasti registry link                                           what waits for a decision
  prasasti registry link accept 1f0c… --reason "akta dibandingkan" --as registrar

Who asks: a person of the register with --as KEY, or the operator by the token of the data folder; links are decided
by a registrar alone.`,
    );
  const verb = (name: string, description: string, exits: string) =>
    asEither(strict(command.command(name)).description(description)).addHelpText("after", exits);

  verb(
    "check",
    "What to know before an award or contract is signed. / Yang perlu diketahui sebelum penetapan atau kontrak.",
    `\nExit codes: 0 nothing stands out, 1 refused or yours to fix, 2 usage, ${Exit.look} there are warnings, 75 try again.`,
  )
    .argument("[supplier]", "its id as registered")
    .option("--nib <number>", "13 digits")
    .option("--npwp <number>", "15 or 16 digits")
    .option("--name <name>", "name of the business")
    .option("--on <day>", "day of the award or contract, YYYY-MM-DD; today unless said")
    .option("--title <words>", "what is to be done, for the lines of business")
    .addOption(new Option("--category <name>", "of OCDS").choices(["works", "goods", "services", "consultingServices"]))
    .option("--refresh", "ask OSS even where its answer is current")
    .action((supplier: string | undefined, options: Options & Question) =>
      run(options.lang, () => check(supplier, options)),
    );
  verb(
    "load",
    "Bring an OSS answer or a blacklist: JSON, CSV or XLSX. / Bawa jawaban OSS atau daftar hitam.",
    `\nExit codes: 0 all was taken, 1 refused or yours to fix, 2 usage, ${Exit.look} records were set aside, 75 try again.`,
  )
    .argument("<file>", "the file")
    .addOption(new Option("--kind <kind>", "what it is").choices(["oss", "blacklist"]).makeOptionMandatory())
    .option("--name <name>", "name of the list; of the file unless said")
    .option("--as-of <day>", "the day that it is of, YYYY-MM-DD; today unless said")
    .action((file: string, options: Options & { kind: string; name?: string; asOf?: string }) =>
      run(options.lang, () => load(file, options)),
    );
  verb(
    "link",
    "Which numbers and suppliers belong together: list, propose, accept, refuse, undo, reopen. / Tautan penyedia.",
    "\nExit codes: 0 done, 1 refused or yours to fix, 2 usage, 75 try again.",
  )
    .argument("[verdict]", "accept, refuse, undo, reopen, or propose; without it, they are listed")
    .argument("[link]", "id of the link; to propose: the supplier's id as registered")
    .addOption(new Option("--state <state>", "which are listed").choices([...STATES, "all"]).default("proposed"))
    .option("--reason <words>", "why; kept for ever, so without personal data")
    .option("--from <day>", "of a NIB: from which day it counts, YYYY-MM-DD")
    .option("--nib <number>", "to propose: the NIB")
    .option("--same <supplier>", "to propose: the id of the other supplier")
    .action((verdict: string | undefined, id: string | undefined, options: Options & Deciding) =>
      run(options.lang, () => link(verdict, id, options)),
    );
  return command;
}

type Question = {
  nib?: string;
  npwp?: string;
  name?: string;
  on?: string;
  title?: string;
  category?: string;
  refresh?: true;
};
type Deciding = { state: string; reason?: string; from?: string; nib?: string; same?: string };

const signedIn = (options: Options) => clientOf(options, 120_000);

async function check(supplier: string | undefined, options: Options & Question): Promise<number> {
  const { nib, npwp, name, on, title, category, refresh, lang, json } = options;
  if (supplier === undefined && nib === undefined && npwp === undefined && name === undefined)
    throw new Usage({
      en: "Name a supplier, or give --nib, --npwp or --name.",
      id: "Sebutkan penyedia, atau --nib, --npwp, atau --name.",
    });
  const work =
    title === undefined && category === undefined
      ? undefined
      : { ...(title && { title }), ...(category && { category }) };
  const asked = Object.fromEntries(
    Object.entries({ supplier, nib, npwp, name, on, work, refresh }).filter(([, value]) => value !== undefined),
  );
  const told = await (await signedIn(options)).post<Checked>(`${ROOT}/checks`, asked);
  const warned = told.findings.some(({ level }) => level === "warn");
  if (json) print(JSON.stringify(told, null, 2));
  else showCheck(told, lang);
  return warned ? Exit.look : Exit.done;
}

function showCheck({ on, supplier, candidates, numbers, nib, findings }: Checked, lang: Language): void {
  const name = supplier?.registeredName ?? supplier?.names[0]?.value ?? nib.record?.name ?? "";
  print(`${paint("bold", name)}  ${supplier?.id ?? ""}  ${on}`.trim());
  for (const { given, words, valid } of numbers)
    print(`${valid ? " " : paint("red", "✗")} ${given.toUpperCase()}: ${words[lang]}`);
  const { record } = nib;
  if (record !== undefined) {
    const facts = [record.nib, record.name, nib.form, nib.scale?.[lang], record.issuedOn].filter(Boolean);
    print(`  OSS ${nib.at?.slice(0, 10)}: ${facts.join(" · ")}`);
    for (const { kbli, title = "" } of record.activities.slice(0, 12)) print(`    ${kbli}  ${title}`);
  } else print(`  OSS: ${nib.words?.[lang] ?? say({ en: "no such NIB", id: "NIB tidak ada" }, lang)}`);
  for (const other of candidates ?? []) print(`  ? ${other}`);
  for (const { level, words, remedy, regulation } of findings) {
    print(`${level === "warn" ? paint("yellow", "!") : "·"} ${words[lang]}`);
    print(paint("dim", `    ${remedy[lang]} (${regulation})`));
  }
}

async function load(file: string, options: Options & { kind: string; name?: string; asOf?: string }): Promise<number> {
  const { kind, name = path.basename(file), asOf, lang, json } = options;
  const bytes = await givenFile(file);
  const query = new URLSearchParams({ kind, name, ...(asOf === undefined ? {} : { asOf }) });
  const told = await (await signedIn(options)).upload<Loaded>(`${ROOT}/files?${query}`, bytes);
  if (json) print(JSON.stringify(told, null, 2));
  else {
    const { read, taken, unchanged, setAside } = told;
    print(
      say(
        {
          en: `${read} read = ${taken} taken + ${unchanged} unchanged + ${setAside.length} set aside`,
          id: `${read} dibaca = ${taken} diambil + ${unchanged} tetap + ${setAside.length} disisihkan`,
        },
        lang,
      ),
    );
    for (const { at, words } of setAside.slice(0, 50)) print(`  ${at}: ${words[lang]}`);
  }
  return told.setAside.length > 0 ? Exit.look : Exit.done;
}

async function link(verdict: string | undefined, id: string | undefined, options: Options & Deciding): Promise<number> {
  const { state, reason, from, nib, same, lang, json } = options;
  const client = await signedIn(options);
  if (verdict === undefined) {
    const { links } = await client.get<{ links: Link[] }>(
      `${ROOT}/links?limit=1000${state === "all" ? "" : `&state=${state}`}`,
    );
    if (json) print(JSON.stringify(links, null, 2));
    else {
      const head =
        lang === "id"
          ? ["tautan", "jenis", "penyedia", "dengan", "keadaan", "bukti"]
          : ["link", "kind", "supplier", "with", "state", "evidence"];
      print(
        table(
          head,
          links.map((each) => [
            each.id,
            each.kind,
            short(each.supplier),
            short(each.with),
            each.state,
            each.evidence.map(({ words }) => words[lang]).join("; "),
          ]),
        ),
      );
    }
    return Exit.done;
  }
  if (id === undefined || reason === undefined || !["accept", "refuse", "undo", "reopen", "propose"].includes(verdict))
    throw new Usage({
      en: "Say accept, refuse, undo, reopen or propose, then the link or supplier, and --reason.",
      id: "Sebutkan accept, refuse, undo, reopen, atau propose, lalu tautan atau penyedia, dan --reason.",
    });
  const decided =
    verdict === "propose"
      ? await client.post<Link>(`${ROOT}/links`, {
          kind: nib === undefined ? "same" : "nib",
          supplier: id,
          with: nib ?? same ?? "",
          reason,
        })
      : await client.post<Link>(`${ROOT}/links/${id}`, { verdict, reason, ...(from === undefined ? {} : { from }) });
  print(json ? JSON.stringify(decided) : `${decided.id}  ${decided.state}`);
  return Exit.done;
}

const short = (text: string) => (text.startsWith("0x") ? `${text.slice(0, 10)}…` : text);
