// What registrars and heads do: people, agencies, offices. Each verb makes one act.

import { Command, Option } from "commander";
import type { OfficeThen } from "../actions/tell-authority.ts";
import { type Act, ActCode, officeKey } from "../domain/entries/act.ts";
import { idOf } from "../domain/entries/entry.ts";
import { Custody, Role, type RoleName } from "../domain/entries/kinds.ts";
import { roleInWords, timeInWords } from "../domain/entries/telling.ts";
import { type Hex, NO_ID } from "../domain/entries/words.ts";
import { instantOf } from "../domain/ocds/dates.ts";
import { type Done, inForce } from "../domain/projection/offices.ts";
import type { HolderView, OfficeView } from "../domain/projection/project-block.ts";
import { handOverBody, keyWord } from "../ledger/acts.ts";
import {
  type ActOptions,
  openRegister,
  overseerSlot,
  perform,
  reading,
  type SignOptions,
  type Slot,
  signing,
  usage,
} from "./acts.ts";
import { openKey } from "./key.ts";
import type { SigningKey } from "./key-file.ts";
import type { Register } from "./register.ts";
import { Exit, type Language, paint, print, run, say, strict, table } from "./terminal.ts";

type Placed = { agency?: string; post?: string };
type Dated = { from?: string; until?: string; subtree?: true; letter?: string };
type NewKey = { newKey?: string; holder?: string; address?: string; custody: string };

const roleArgument = "what it is: procurement, officer, approver, treasurer, supplier, auditor, head";
const idOfAgency = (text: string): Hex => (/^0x[0-9a-f]{64}$/.test(text) ? (text as Hex) : idOf(text));

// ---- people

export function holderCommand(): Command {
  const command = strict(new Command("holder")).description(
    "People and machines that sign: enrol, keys, list. / Pemegang: pendaftaran dan kunci.",
  );
  const withNewKey = (verb: Command) =>
    signing(verb)
      .option("--new-key <key>", "the new key, where it lies here: it signs too")
      .option("--holder <id>", "whose it is, where the key lies elsewhere")
      .option("--address <address>", "the new key's address, where it lies elsewhere")
      .addOption(new Option("--custody <kind>", "who keeps it").choices(Object.keys(Custody)).default("wallet"));
  command.addCommand(
    withNewKey(new Command("enrol"))
      .description("Enrol a holder with his first key, as registrar.")
      .action((options: SignOptions & NewKey) => run(options.lang, () => keyAct(ActCode.enrol, options))),
  );
  command.addCommand(
    withNewKey(new Command("add-key"))
      .description("Add a key: one's own with a key of one's own; as registrar with an overseer, after the delay.")
      .action((options: SignOptions & NewKey) => run(options.lang, () => keyAct(ActCode.addKey, options))),
  );
  command.addCommand(
    withNewKey(new Command("replace-key"))
      .description("Replace a lost key, as registrar with an overseer: the old one is dead at once, the new one waits.")
      .requiredOption("--old <address>", "the lost key's address")
      .action((options: SignOptions & NewKey & { old: string }) =>
        run(options.lang, () => keyAct(ActCode.replaceKey, options, addressOf(options.old))),
      ),
  );
  command.addCommand(
    signing(new Command("revoke-key"))
      .description("Revoke a key at once: one's own, or any as registrar. Within the delay it vetoes a new key.")
      .argument("<holder>")
      .argument("<address>")
      .action((holder: string, address: string, options: SignOptions) =>
        run(options.lang, async () => {
          const [maker, register] = [
            await openKey(options.as, options.keys, options.lang),
            await openRegister(options),
          ];
          const own = maker.holderId === idOf(holder);
          const slot = { role: own ? 0 : Role.registrar, agency: NO_ID, holder: maker.holderId };
          const given = { code: ActCode.revokeKey, holder: idOf(holder), key: keyWord(addressOf(address)) };
          return perform(register, maker, given, "{}", [slot], [holder], options);
        }),
      ),
  );
  command.addCommand(
    reading(new Command("list"))
      .description("Every holder with his keys.")
      .action((options: ActOptions) => run(options.lang, () => listHolders(options))),
  );
  command.addCommand(
    reading(new Command("show"))
      .description("A holder's keys and offices.")
      .argument("<holder>")
      .action((holder: string, options: ActOptions) => run(options.lang, () => showHolder(holder, options))),
  );
  return command;
}

async function keyAct(code: number, options: SignOptions & NewKey, old?: Hex): Promise<number> {
  const [maker, register] = [await openKey(options.as, options.keys, options.lang), await openRegister(options)];
  const key = options.newKey === undefined ? undefined : await openKey(options.newKey, options.keys, options.lang);
  const holder = options.holder ?? key?.holder;
  const address = options.address === undefined ? key?.address : addressOf(options.address);
  if (holder === undefined || address === undefined)
    throw usage(
      "Give the new key with --new-key, or --holder and --address where it lies elsewhere.",
      "Beri kunci baru dengan --new-key, atau --holder dan --address bila ada di tempat lain.",
    );
  const own = code === ActCode.addKey && maker.holderId === idOf(holder);
  const first: Slot = { role: own ? 0 : Role.registrar, agency: NO_ID, holder: maker.holderId };
  const agrees: Slot = { role: 0, agency: NO_ID, holder: idOf(holder), address };
  const slots = code === ActCode.enrol || own ? [first, agrees] : [first, overseerSlot, agrees];
  const given = {
    ...{ code, holder: idOf(holder), key: keyWord(address), custody: Custody[options.custody as keyof typeof Custody] },
    ...(old === undefined ? {} : { post: keyWord(old) }),
  };
  return perform(register, maker, given, "{}", slots, [holder], options);
}

async function listHolders({ json, ...options }: ActOptions): Promise<number> {
  const { client } = await openRegister(options);
  const all: HolderView[] = [];
  type Page = { holders: HolderView[]; links?: { next?: string } };
  for (let path: string | undefined = "/api/v1/authority/holders?limit=500"; path !== undefined; ) {
    const { holders, links }: Page = await client.get<Page>(path);
    all.push(...holders);
    path = pathOf(links?.next);
  }
  if (json) print(JSON.stringify(all));
  else
    print(
      table(
        options.lang === "id" ? ["pemegang", "kunci"] : ["holder", "keys"],
        all.map(({ id, keys }) => [
          id,
          keys
            .filter(({ revoked }) => !revoked)
            .map(({ address }) => address)
            .join(" "),
        ]),
      ),
    );
  return Exit.done;
}

/** The address of a next page as a path of the gateway that was asked, whatever it calls itself. */
function pathOf(next: string | undefined): string | undefined {
  if (next === undefined) return undefined;
  const { pathname, search } = new URL(next);
  return `${pathname}${search}`;
}

async function showHolder(holder: string, { json, lang, ...options }: ActOptions): Promise<number> {
  const register = await openRegister({ lang, ...options });
  const found = await register.client.get<{ holder: HolderView; offices: OfficeView[] }>(
    `/api/v1/authority/holders/${idOfAgency(holder)}`,
  );
  if (json) print(JSON.stringify(found));
  else {
    for (const { address, custody, from, revoked } of found.holder.keys) {
      const kept = Object.entries(Custody).find(([, code]) => code === custody)?.[0] ?? String(custody);
      const state = revoked
        ? say({ en: "revoked", id: "dicabut" }, lang)
        : say(
            {
              en: `counts from ${timeInWords(from * 1000, lang)}`,
              id: `berlaku sejak ${timeInWords(from * 1000, lang)}`,
            },
            lang,
          );
      print(`${address}  ${kept}  ${state}`);
    }
    const now = Math.floor(Date.now() / 1000);
    for (const office of found.offices)
      print(`${inForce(office, now) ? paint("green", "●") : "○"} ${officeInWords(office, register, lang)}`);
  }
  return Exit.done;
}

// ---- agencies

export function agencyCommand(): Command {
  const command = strict(new Command("agency")).description(
    "Agencies and suppliers: register, stems, list. / Instansi dan penyedia.",
  );
  command.addCommand(
    signing(new Command("register"))
      .description("Register an agency, or a supplier, as registrar.")
      .argument("<id>", "the id that releases give it")
      .requiredOption("--name <name>", "its public name")
      .option("--parent <id>", "the one that it stands below")
      .option("--supplier", "it is a supplier, not an agency")
      .action((id: string, options: SignOptions & { name: string; parent?: string; supplier?: true }) =>
        run(options.lang, async () => {
          const { name, parent, supplier } = options;
          const given = {
            ...{ code: supplier ? ActCode.registerEntity : ActCode.registerAgency, agency: idOf(id) },
            ...(parent === undefined ? {} : { holder: idOfAgency(parent) }),
          };
          return asRegistrar(given, JSON.stringify({ id, name }), [id, ...(parent ? [parent] : [])], options);
        }),
      ),
  );
  command.addCommand(
    signing(new Command("add-stem"))
      .description("Let the ocids of an agency begin with this text, as registrar.")
      .argument("<id>", "the agency")
      .argument("<stem>", "such as ocds-213czf-dpupr")
      .option("--waves", "reserved for records taken over from older systems")
      .action((id: string, stem: string, options: SignOptions & { waves?: true }) =>
        run(options.lang, () =>
          asRegistrar(
            { code: ActCode.addStem, agency: idOfAgency(id), role: options.waves ? 2 : 1 },
            stem,
            [id],
            options,
          ),
        ),
      ),
  );
  command.addCommand(
    reading(new Command("list"))
      .description("Every agency and supplier.")
      .action((options: ActOptions) =>
        run(options.lang, async () => {
          const { client } = await openRegister(options);
          type Row = { id: Hex; kind: string; details: { id?: string; name?: string }; stems?: string[] };
          const { agencies } = await client.get<{ agencies: Row[] }>("/api/v1/authority/agencies");
          if (options.json) print(JSON.stringify(agencies));
          else
            print(
              table(
                options.lang === "id" ? ["id", "nama", "jenis", "awalan"] : ["id", "name", "kind", "stems"],
                agencies.map(({ id, kind, details, stems = [] }) => [
                  details.id ?? id,
                  details.name ?? "",
                  kind,
                  stems.join(" "),
                ]),
              ),
            );
          return Exit.done;
        }),
      ),
  );
  return command;
}

async function asRegistrar(
  given: Partial<Act> & { code: number },
  body: string,
  texts: string[],
  options: SignOptions,
) {
  const [maker, register] = [await openKey(options.as, options.keys, options.lang), await openRegister(options)];
  const slot = { role: Role.registrar, agency: NO_ID, holder: maker.holderId };
  return perform(register, maker, given, body, [slot], texts, options);
}

// ---- offices

export function officeCommand(): Command {
  const command = strict(new Command("office")).description(
    "Offices: grant, revoke, suspend, resume, delegate, hand over, veto, list, show. / Jabatan.",
  );
  const placed = (verb: Command) =>
    verb
      .argument("<holder>", "whose office it is")
      .argument("<role>", roleArgument)
      .option("--agency <id>", "the agency, or of a supplier's office the supplier")
      .option("--post <text>", "the post that contracts name, of officers");
  const dated = (verb: Command) =>
    verb
      .option("--from <moment>", "a day (its beginning), or a date-time; otherwise at once")
      .option("--until <moment>", "a day (its end), or a date-time")
      .option("--subtree", "covers the agencies below too")
      .option("--letter <text>", "number of the letter; public, never personal data");
  command.addCommand(
    dated(placed(signing(new Command("grant"))))
      .description(
        "Grant an office, as head (heads and suppliers: as registrar); approver, treasurer, head with an overseer.",
      )
      .action((holder: string, role: string, options: SignOptions & Placed & Dated) =>
        run(options.lang, () => grant(holder, role, options)),
      ),
  );
  for (const [name, code, what] of [
    ["revoke", ActCode.revoke, "End an office at once, as head or registrar; a delegation also as its principal."],
    ["suspend", ActCode.suspend, "Suspend an office: it counts for nothing until resumed, and delegations of it end."],
    ["resume", ActCode.resume, "Resume a suspended office; never one's own."],
    ["veto", ActCode.veto, "Veto a grant that is not yet in force, as registrar."],
  ] as const)
    command.addCommand(
      placed(signing(new Command(name)))
        .description(what)
        .option("--letter <text>", "number of the letter; public, never personal data")
        .action((holder: string, role: string, options: SignOptions & Placed & Dated) =>
          run(options.lang, () => change(code, holder, role, options)),
        ),
    );
  command.addCommand(
    dated(placed(signing(new Command("delegate"))))
      .description("Let another holder act in your own office until a day. He can't pass it on.")
      .action((holder: string, role: string, options: SignOptions & Placed & Dated) =>
        run(options.lang, () => delegate(holder, role, options)),
      ),
  );
  command.addCommand(
    signing(new Command("hand-over"))
      .description(
        "Mutasi: end all that a holder has at an agency and grant it to his successor, in one act with an overseer.",
      )
      .argument("<from>", "who leaves")
      .argument("<to>", "who follows")
      .requiredOption("--agency <id>", "the agency")
      .option("--letter <text>", "number of the letter; public, never personal data")
      .action((from: string, to: string, options: SignOptions & { agency: string; letter?: string }) =>
        run(options.lang, () => handOver(from, to, options)),
      ),
  );
  command.addCommand(
    reading(new Command("list"))
      .description("Who could do what: now, or at a day or date-time, by which grant and on which letter.")
      .option("--at <moment>", "a day, or a date-time with its offset")
      .option("--agency <id>", "offices that counted for this agency")
      .option("--holder <id>", "offices of this holder")
      .option("--role <role>", roleArgument)
      .action((options: ActOptions & ListOptions) => run(options.lang, () => listOffices(options))),
  );
  command.addCommand(
    placed(reading(new Command("show")))
      .description("The whole life of one office: every term, and every act on it.")
      .action((holder: string, role: string, options: ActOptions & Placed) =>
        run(options.lang, () => showOffice(holder, role, options)),
      ),
  );
  return command;
}

function officeOf(holder: string, role: string, { agency, post }: Placed) {
  if (!(role in Role)) throw usage(`There is no office ${role}.`, `Tidak ada jabatan ${role}.`);
  const code = Role[role as RoleName];
  const everywhere = code === Role.registrar || code === Role.overseer;
  if (agency === undefined && !everywhere) throw usage("--agency is missing.", "--agency belum diisi.");
  return {
    ...{ holder: idOfAgency(holder), role: code, agency: agency === undefined ? NO_ID : idOfAgency(agency) },
    post: post === undefined ? NO_ID : idOfAgency(post),
  };
}

const textsOf = (holder: string, { agency, post }: Placed) =>
  [holder, agency, post].filter((each) => each !== undefined);
const bodyOf = ({ letter }: Dated) => JSON.stringify(letter === undefined ? {} : { letter });
const takesTwo = (role: number) => role === Role.approver || role === Role.treasurer || role === Role.head;

async function grant(holder: string, role: string, options: SignOptions & Placed & Dated): Promise<number> {
  const [maker, register] = [await openKey(options.as, options.keys, options.lang), await openRegister(options)];
  const office = officeOf(holder, role, options);
  const byRegistrar = office.role === Role.head || office.role === Role.supplier;
  const first = byRegistrar ? registrarSlot(maker) : await headSlot(maker, office.agency, register);
  const given = { code: ActCode.grant, ...office, ...termOf(options) };
  const slots = takesTwo(office.role) ? [first, overseerSlot] : [first];
  return perform(register, maker, given, bodyOf(options), slots, textsOf(holder, options), options);
}

async function change(code: number, holder: string, role: string, options: SignOptions & Placed & Dated) {
  const [maker, register] = [await openKey(options.as, options.keys, options.lang), await openRegister(options)];
  const office = officeOf(holder, role, options);
  const { offices } = await officesOf(office.holder, register);
  const key = officeKey(office.holder, office.agency, office.role, office.post);
  const principal = offices.find((each) => each.office === key)?.principal;
  const slot =
    code === ActCode.revoke && principal === maker.holderId
      ? { role: 0, agency: NO_ID, holder: maker.holderId }
      : code === ActCode.veto
        ? registrarSlot(maker)
        : await registrarOrHeadSlot(maker, office.agency, register);
  return perform(register, maker, { code, ...office }, bodyOf(options), [slot], textsOf(holder, options), options);
}

async function delegate(holder: string, role: string, options: SignOptions & Placed & Dated): Promise<number> {
  const [maker, register] = [await openKey(options.as, options.keys, options.lang), await openRegister(options)];
  if (options.until === undefined) throw usage("A delegation needs --until.", "Pelimpahan memerlukan --until.");
  const office = officeOf(holder, role, options);
  const slot = { role: office.role, agency: office.agency, holder: maker.holderId };
  const given = { code: ActCode.delegate, ...office, ...termOf(options) };
  return perform(register, maker, given, bodyOf(options), [slot], textsOf(holder, options), options);
}

async function handOver(from: string, to: string, options: SignOptions & { agency: string; letter?: string }) {
  const [maker, register] = [await openKey(options.as, options.keys, options.lang), await openRegister(options)];
  const agency = idOfAgency(options.agency);
  const { offices } = await officesOf(idOfAgency(from), register);
  const now = Math.floor(Date.now() / 1000);
  const held = offices
    .filter((office) => office.agency === agency && (office.until === 0 || office.until > now))
    .sort((a, b) => a.place - b.place);
  if (held.length === 0)
    throw usage(
      `${from} has no office at ${options.agency}.`,
      `${from} tidak punya jabatan di ${options.agency}.`,
      Exit.yours,
    );
  const named = held.some(({ role }) => role === Role.head || role === Role.supplier);
  const first = named ? registrarSlot(maker) : await registrarOrHeadSlot(maker, agency, register);
  const body = handOverBody(held, options.letter === undefined ? {} : { letter: options.letter });
  const given = { code: ActCode.handOver, holder: idOfAgency(from), key: idOfAgency(to), agency };
  return perform(register, maker, given, body, [first, overseerSlot], [from, to, options.agency], options);
}

async function officesOf(holder: Hex, { client }: Register): Promise<{ offices: OfficeView[] }> {
  return (await client.find<{ offices: OfficeView[] }>(`/api/v1/authority/holders/${holder}`)) ?? { offices: [] };
}

function registrarSlot({ holderId }: SigningKey): Slot {
  return { role: Role.registrar, agency: NO_ID, holder: holderId };
}

/** As head of the agency or of the nearest one above that covers it; where he is none, the ledger says so. */
async function headSlot(maker: SigningKey, agency: Hex, register: Register): Promise<Slot> {
  const place = (await register.headOf(maker, agency)) ?? agency;
  return { role: Role.head, agency: place, holder: maker.holderId };
}

async function registrarOrHeadSlot(maker: SigningKey, agency: Hex, register: Register): Promise<Slot> {
  const { offices } = await officesOf(maker.holderId, register);
  const now = Math.floor(Date.now() / 1000);
  const registrar = offices.some((office) => office.role === Role.registrar && inForce(office, now));
  return registrar ? registrarSlot(maker) : headSlot(maker, agency, register);
}

function termOf({ from, until, subtree }: Dated): Pick<Act, "from" | "until" | "custody"> {
  return {
    from: from === undefined ? 0 : secondOf(from, false),
    until: until === undefined ? 0 : secondOf(until, true),
    custody: subtree ? 1 : 0,
  };
}

/** Seconds UTC of a day's beginning, or end, in western Indonesia, or of a date-time. */
function secondOf(text: string, end: boolean): number {
  const day = /^\d{4}-\d{2}-\d{2}$/.test(text);
  const instant = instantOf(day ? `${text}T00:00:00+07:00` : text);
  if (instant === undefined)
    throw usage(
      `${text} is no day, such as 2026-12-31, and no date-time with its offset.`,
      `${text} bukan hari, seperti 2026-12-31, dan bukan tanggal-waktu dengan zonanya.`,
    );
  return Math.floor(instant / 1000) + (day && end ? 86_400 : 0);
}

function addressOf(text: string): Hex {
  const address = text.toLowerCase();
  if (!/^0x[0-9a-f]{40}$/.test(address)) throw usage(`${text} is no address of a key.`, `${text} bukan alamat kunci.`);
  return address as Hex;
}

// ---- telling

type ListOptions = { at?: string; agency?: string; holder?: string; role?: string };

async function listOffices({ json, lang, url, keys, ...filter }: ActOptions & ListOptions): Promise<number> {
  const register = await openRegister({ lang, url, keys });
  const query = new URLSearchParams({ limit: "500" });
  for (const name of ["at", "agency", "holder", "role"] as const)
    if (filter[name] !== undefined) query.set(name, filter[name]);
  type Page = { offices: OfficeThen[]; links?: { next?: string } };
  const all: OfficeThen[] = [];
  for (let path: string | undefined = `/api/v1/authority?${query}`; path !== undefined; ) {
    const { offices, links }: Page = await register.client.get<Page>(path);
    all.push(...offices);
    path = pathOf(links?.next);
  }
  if (json) {
    print(JSON.stringify(all));
    return Exit.done;
  }
  if (all.length === 0) print(say({ en: "Nobody.", id: "Tidak seorang pun." }, lang));
  for (const office of all) {
    const mark = office.state === "suspended" ? paint("yellow", "‖") : paint("green", "●");
    print(`${mark} ${office.holder}  ${officeInWords(office, register, lang)}`);
    print(`    ${doneInWords(office.granted, lang)}`);
    for (const done of [...office.before, ...office.since]) print(`    ${doneInWords(done, lang)}`);
  }
  return Exit.done;
}

async function showOffice(holder: string, role: string, { json, lang, url, keys, ...placed }: ActOptions & Placed) {
  const register = await openRegister({ lang, url, keys });
  const office = officeOf(holder, role, placed);
  const key = officeKey(office.holder, office.agency, office.role, office.post);
  const found = await register.client.get<{ terms: OfficeView[] }>(`/api/v1/authority/offices/${key}`);
  if (json) print(JSON.stringify(found));
  else
    for (const term of found.terms) {
      print(officeInWords(term, register, lang));
      for (const done of [term.granted, ...term.turns]) print(`    ${doneInWords(done, lang)}`);
    }
  return Exit.done;
}

type Shown = Pick<OfficeView, "agency" | "role" | "post" | "from" | "until" | "principal">;

function officeInWords(
  { agency, role, post, from, until, principal }: Shown,
  register: Register,
  lang: Language,
): string {
  const at = agency === NO_ID ? "" : ` ${lang === "id" ? "pada" : "of"} ${register.nameOf(agency)}`;
  const of = post === NO_ID ? "" : ` ${paint("dim", post.slice(0, 10))}`;
  const end = until === 0 ? "" : ` ${lang === "id" ? "sampai" : "until"} ${timeInWords(until * 1000, lang)}`;
  const stead = principal === undefined ? "" : ` ${lang === "id" ? "mewakili" : "for"} ${principal.slice(0, 10)}…`;
  return `${roleInWords(role, lang)}${at}${of}${stead}, ${lang === "id" ? "sejak" : "from"} ${timeInWords(from * 1000, lang)}${end}`;
}

function doneInWords({ act, at, by, letter, leaf, ofPrincipal }: Done, lang: Language): string {
  const who = by.map(
    ({ holder, role }) => `${holder.slice(0, 10)}…${role === 0 ? "" : ` (${roleInWords(role, lang)})`}`,
  );
  const by_ = who.length === 0 ? say({ en: "the council", id: "dewan" }, lang) : who.join(" + ");
  const principal = ofPrincipal ? say({ en: ", of the principal", id: ", atas pemberi limpahan" }, lang) : "";
  const name = say(doneWords[act] ?? { en: act, id: act }, lang);
  const on = letter.reference === undefined ? "" : `, ${letter.reference}`;
  return `${timeInWords(at * 1000, lang)}  ${name}${principal}  ${by_}${on}  ${paint("dim", leaf)}`;
}

const doneWords: Partial<Record<Done["act"], { en: string; id: string }>> = {
  grant: { en: "granted", id: "diberikan" },
  delegate: { en: "delegated", id: "dilimpahkan" },
  handOver: { en: "handed over", id: "diserahterimakan" },
  appoint: { en: "appointed", id: "diangkat dewan" },
  breakGlass: { en: "GRANTED IN AN EMERGENCY", id: "DIBERIKAN DALAM KEADAAN DARURAT" },
  revoke: { en: "revoked", id: "diakhiri" },
  veto: { en: "vetoed", id: "diveto" },
  dismiss: { en: "dismissed", id: "diberhentikan" },
  suspend: { en: "suspended", id: "dibekukan" },
  resume: { en: "resumed", id: "dipulihkan" },
};
