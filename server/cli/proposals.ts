import { type Command, Option } from "commander";
import type { Draft } from "../domain/entries/draft.ts";
import { idOf } from "../domain/entries/entry.ts";
import { Kind, type KindName } from "../domain/entries/kinds.ts";
import { MAX_BUNDLE } from "../domain/entries/signature.ts";
import { kindInWords, termsInWords } from "../domain/entries/telling.ts";
import type { Hex } from "../domain/entries/words.ts";
import type { Words } from "../domain/problems.ts";
import { draftFromText, inDependencyOrder, PROPOSAL_KINDS, type Proposal } from "../domain/proposals/proposal.ts";
import { Client } from "./client.ts";
import type { Line } from "./drafts.ts";
import { openKey } from "./key.ts";
import { defaultKeyFolder, type SigningKey } from "./key-file.ts";
import { Register } from "./register.ts";
import { announce, collect, exceptionBit, report, sendAll } from "./submit.ts";
import {
  confirm,
  Exit,
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

// What connected systems propose, for the people who sign it: lists, one signature over many, declining.

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
  kind?: string;
  entry?: string;
  job?: string;
  ocid?: string;
  limit: number;
  waiting?: true;
  matched?: true;
};
type Told = Proposal & { waitsFor: string[] };

const ROOT = "/api/v1/connectors/proposals";

/** Adds the verbs of proposals to `connect`. */
export function addProposalVerbs(connect: Command): void {
  const verb = (name: string, description: string) =>
    strict(connect.command(name))
      .description(description)
      .requiredOption("--as <key>", "your key: name, path, or sandbox:NAME", collect, [])
      .option("--keys <folder>", "where keys lie", defaultKeyFolder())
      .addOption(urlOption())
      .option("--json", "print JSON")
      .addOption(languageOption());
  const chosen = (command: Command) =>
    command
      .option("--agency <id>", "of this agency alone")
      .addOption(new Option("--kind <kind>", "of this kind alone").choices([...PROPOSAL_KINDS]))
      .option("--entry <kinds>", "kinds of entries, with commas between them: award,contract")
      .option("--job <connector>", "that this connector led to")
      .option("--ocid <ocid>", "of this process alone")
      .addOption(
        new Option("--limit <number>", `how many, at most ${MAX_BUNDLE}`).argParser(Number).default(MAX_BUNDLE),
      );
  chosen(verb("proposals", "What connected systems propose to record. / Usulan pencatatan dari sistem terhubung."))
    .option("--waiting", "instead: packages of which something cannot be proposed yet, and why")
    .option("--matched", "instead: processes recorded by hand that were matched to their source")
    .addHelpText("after", "\nExit codes: 0 done, 1 yours to fix, 2 usage, 75 try again.")
    .action((options: Options) => run(options.lang, () => list(options)));
  chosen(verb("sign", "Sign what is proposed, in one act. / Tanda tangani usulan dalam satu tindakan."))
    .option("--approve <key>", "a second signature, where it lies here too; may be repeated", collect, [])
    .option("--exception <name>", "what the approver signs as exception", collect, [])
    .option("--yes", "do not ask before signing")
    .addHelpText("after", signHelp)
    .action((options: Options) => run(options.lang, () => sign(options)));
  verb("decline", "Decline a proposal: the same is not proposed again. / Tolak usulan: tidak diusulkan lagi.")
    .argument("<proposal>", "its id")
    .requiredOption("--reason <words>", "why; kept, so without personal data")
    .addHelpText("after", "\nExit codes: 0 done, 1 yours to fix, 2 usage, 75 try again.")
    .action((id: string, options: Options & { reason: string }) => run(options.lang, () => decline(id, options)));
  verb(
    "supplier",
    "Say which registered supplier the sources mean. / Sebutkan penyedia terdaftar yang dimaksud sumber.",
  )
    .argument("<key>", "as `connect proposals --waiting` tells it")
    .argument("<supplier>", "id of the registered supplier")
    .addHelpText("after", "\nExit codes: 0 done, 1 yours to fix, 2 usage, 75 try again.")
    .action((key: string, supplier: string, options: Options) =>
      run(options.lang, () => nameSupplier(key, supplier, options)),
    );
}

const signHelp = `
Shows the list as you sign it, takes it, and signs once over all that can be signed at the same time: of each process the
next entry, then what builds on it. What you may not sign, or what waits for something else, is left to others. What is
refused is given back. Repeating is safe.
Exit codes: 0 all recorded and checked, 1 yours to fix, 2 usage, 3 the register shows another history than it showed to
this machine before, 75 try again (nothing doubles).`;

async function open({
  as,
  keys,
  url,
  lang,
}: Options): Promise<{ register: Register; makers: [SigningKey, ...SigningKey[]] }> {
  const makers: SigningKey[] = [];
  for (const name of as) makers.push(await openKey(name, keys, lang));
  const register = await Register.open(new Client(url, { language: lang }));
  return { register, makers: makers as [SigningKey, ...SigningKey[]] };
}

/** The gateway as this person is signed in to it. */
async function clientOf(register: Register, key: SigningKey, lang: Language): Promise<Client> {
  return new Client(register.client.url, { language: lang, token: await register.tokenOf(key) });
}

async function proposalsFor(
  register: Register,
  key: SigningKey,
  options: Options,
): Promise<{ proposals: Told[]; total: number }> {
  const { agency, kind, entry, job, ocid, limit } = options;
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_BUNDLE)
    throw new Usage({
      en: `--limit is a whole number from 1 to ${MAX_BUNDLE}.`,
      id: `--limit adalah bilangan bulat 1 sampai ${MAX_BUNDLE}.`,
    });
  const asked = {
    kind,
    entry,
    job,
    ocid,
    limit: String(limit),
    agency: agency === undefined ? undefined : agency.startsWith("0x") ? agency : idOf(agency),
  };
  const query = new URLSearchParams(
    Object.entries(asked).filter((pair): pair is [string, string] => pair[1] !== undefined),
  );
  return (await clientOf(register, key, options.lang)).get(`${ROOT}?${query}`);
}

async function list(options: Options): Promise<number> {
  const { lang, json } = options;
  const { register, makers } = await open(options);
  const [key] = makers;
  if (options.waiting || options.matched) {
    const what = options.waiting ? "waiting" : "matched";
    const found = await (await clientOf(register, key, options.lang)).get<Record<string, unknown>>(
      `${ROOT}/${what}?limit=1000`,
    );
    if (json) {
      print(JSON.stringify(found));
      return Exit.done;
    }
    for (const { ocid, waits = [], how } of found[what] as {
      ocid: string;
      waits?: { words: Words; supplier?: { key: string } }[];
      how?: Words;
    }[]) {
      print(paint("bold", ocid));
      for (const { words, supplier } of waits)
        print(`  ${words[lang]}${supplier === undefined ? "" : ` (${supplier.key})`}`);
      if (how !== undefined) print(`  ${how[lang]}`);
    }
    print(say({ en: `${found.total} in all.`, id: `${found.total} seluruhnya.` }, lang));
    return Exit.done;
  }
  const { proposals, total } = await proposalsFor(register, key, options);
  if (json) print(JSON.stringify({ proposals, total }));
  else {
    for (const each of proposals) tell(each, lang);
    print(
      say({ en: `${proposals.length} of ${total} proposals.`, id: `${proposals.length} dari ${total} usulan.` }, lang),
    );
  }
  return Exit.done;
}

/** A proposal as a person reads it: what would be signed, why, and from where. */
function tell({ id, ocid, drafts, reason, sources, waitsFor }: Told, lang: Language): void {
  for (const { kind, contractId, awardId, terms } of drafts) {
    const subject = [ocid, contractId || awardId].filter((each) => each !== "").join("  ");
    print(`${paint("bold", kindInWords(Kind[kind], lang))}  ${subject}  ${paint("dim", id)}`);
    const said = termsInWords(Kind[kind], terms, lang).map(([name, value]) => `${name}: ${value}`);
    if (said.length > 0) print(`  ${said.join("; ")}`);
  }
  print(`  ${reason[lang]}`);
  const from = sources.slice(0, 3).map(({ connector, at }) => `${connector} (${at})`);
  if (from.length > 0) print(paint("dim", `  ${say({ en: "from", id: "dari" }, lang)} ${from.join(", ")}`));
  if (waitsFor.length > 0)
    print(
      paint(
        "yellow",
        `  ${say({ en: `waits for ${waitsFor.length} earlier`, id: `menunggu ${waitsFor.length} yang terdahulu` }, lang)}`,
      ),
    );
}

async function sign(options: Options): Promise<number> {
  const { lang, json, keys } = options;
  const { register, makers } = await open(options);
  const approvers: SigningKey[] = [];
  for (const name of options.approve) approvers.push(await openKey(name, keys, lang));
  const exceptions = options.exception.reduce((mask, name) => mask | exceptionBit(name), 0);
  await register.seen();
  if (!json && register.mode === "sandbox")
    print(
      paint(
        "yellow",
        say({ en: "SANDBOX: nothing here is real.", id: "SANDBOX: tidak ada yang nyata di sini." }, lang),
      ),
    );
  const byKey: { key: SigningKey; proposals: Told[] }[] = [];
  const claimed = new Set<string>();
  for (const key of makers) {
    const { proposals } = await proposalsFor(register, key, options);
    const own: Told[] = [];
    for (const each of proposals) {
      if (claimed.has(each.id) || !(await register.maySign(each.drafts[0]!.kind as KindName, each.agency, key)))
        continue;
      claimed.add(each.id);
      own.push(each);
    }
    byKey.push({ key, proposals: own });
  }
  // what waits for something that nobody of these signs is left alone
  for (let dropped = true; dropped; ) {
    dropped = false;
    for (const group of byKey)
      group.proposals = group.proposals.filter(({ id, waitsFor }) => {
        if (waitsFor.every((before) => claimed.has(before))) return true;
        claimed.delete(id);
        dropped = true;
        return false;
      });
  }
  const chosen = inDependencyOrder(byKey.flatMap(({ proposals }) => proposals));
  if (chosen.length === 0) {
    print(say(nothing, lang));
    return Exit.done;
  }
  const lines: (Line & { id: string })[] = [];
  for (const [index, each] of chosen.entries()) {
    const draft = await withPost(draftFromText(each.drafts[0]!), register, makers);
    lines.push({
      id: each.id,
      place: `${index + 1}. ${kindInWords(Kind[draft.kind], lang)} ${draft.ocid}`,
      draft,
      copy: 0,
      release: draft.ocid,
      disclosures: [],
    });
  }
  if (!json) {
    for (const each of chosen) tell(each, lang);
    announce(register, lines, [...makers, ...approvers], lang);
  }
  if (!options.yes && !(await confirm({ en: "Sign and send?", id: "Tanda tangani dan kirim?" }, lang)))
    throw new Usage({
      en: "Nothing was signed. (--yes signs without asking.)",
      id: "Tidak ada yang ditandatangani. (--yes tanpa bertanya.)",
    });
  const taken = new Map<string, SigningKey>();
  // who signs what another one waits for takes it first
  for (const { key, proposals } of takingOrder(byKey, chosen)) {
    const ids = proposals.map(({ id }) => id);
    await (await clientOf(register, key, lang)).post(`${ROOT}/take`, { ids, drafts: false });
    for (const id of ids) taken.set(id, key);
  }
  const outcomes = await sendAll(register, lines, makers, approvers, exceptions, {
    ...(json ? { json } : {}),
    lang,
    bundle: true,
  });
  const idAt = new Map(lines.map(({ place, id }) => [place, id]));
  const sent = new Set<string>();
  for (const { place, told } of outcomes) if (told !== undefined && !GONE.has(told.state)) sent.add(idAt.get(place)!);
  for (const { key } of byKey) {
    const back = [...taken].filter(([id, by]) => by === key && !sent.has(id)).map(([id]) => id);
    if (back.length > 0) await (await clientOf(register, key, lang)).send(`${ROOT}/release`, { ids: back });
  }
  return report(register, outcomes, { ...(json ? { json } : {}), lang });
}

/** States in which nothing comes of a submission any more. */
const GONE: ReadonlySet<string> = new Set(["refused", "expired", "cancelled"]);

const nothing: Text = {
  en: "Nothing to sign: no open proposal that your offices may sign, and that waits for nothing else.",
  id: "Tidak ada yang ditandatangani: tidak ada usulan terbuka sesuai jabatan Anda yang tidak menunggu hal lain.",
};

/** Runs of the list by who takes them, so that nothing is taken before what it waits for. */
function takingOrder(byKey: readonly { key: SigningKey; proposals: readonly Told[] }[], ordered: readonly Told[]) {
  const owner = new Map(byKey.flatMap(({ key, proposals }) => proposals.map(({ id }) => [id, key] as const)));
  const level = new Map<string, number>();
  for (const { id, after = [] } of ordered) {
    const own = owner.get(id);
    level.set(
      id,
      Math.max(
        0,
        ...after.map((before) => (level.get(before) ?? 0) + (owner.has(before) && owner.get(before) !== own ? 1 : 0)),
      ),
    );
  }
  const runs: { key: SigningKey; proposals: Told[] }[] = [];
  for (const depth of [...new Set(level.values())].sort((a, b) => a - b))
    for (const { key } of byKey) {
      const proposals = ordered.filter(({ id }) => owner.get(id) === key && level.get(id) === depth);
      if (proposals.length > 0) runs.push({ key, proposals });
    }
  return runs;
}

/** New contracts name a post: that of whoever signs, where the proposal says none. */
async function withPost(draft: Draft, register: Register, makers: readonly SigningKey[]): Promise<Draft> {
  const { kind, terms, agency } = draft;
  if (terms.officer !== undefined || agency === undefined || (kind !== "contract" && kind !== "opening")) return draft;
  const post = await register.postOf(makers, agency as Hex);

  return post === undefined ? draft : { ...draft, terms: { ...terms, officer: post } };
}

async function decline(id: string, options: Options & { reason: string }): Promise<number> {
  const { register, makers } = await open(options);
  const dropped = await (await clientOf(register, makers[0], options.lang)).post<Proposal>(`${ROOT}/${id}/drop`, {
    reason: options.reason,
  });
  if (options.json) print(JSON.stringify(dropped));
  else print(say({ en: `Declined: ${id}.`, id: `Ditolak: ${id}.` }, options.lang));
  return Exit.done;
}

async function nameSupplier(key: string, supplier: string, options: Options): Promise<number> {
  const { register, makers } = await open(options);
  await (await clientOf(register, makers[0], options.lang)).send(`${ROOT}/suppliers`, { key, supplier });
  print(
    say({ en: `${key} is ${supplier} from now on.`, id: `${key} adalah ${supplier} mulai sekarang.` }, options.lang),
  );
  return Exit.done;
}
