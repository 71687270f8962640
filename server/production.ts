import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { getAddress } from "ethers";
import { z } from "zod";
import { Journal } from "./chain/journal.ts";
import { addressOf } from "./chain/transaction.ts";
import { fromHex } from "./domain/entries/words.ts";
import { parseJson } from "./domain/json.ts";
import type { Words } from "./domain/problems.ts";
import type { Charter } from "./ledger/charter.ts";
import { SANDBOX_CHAIN_ID, sandboxKeyNames, sandboxSecret } from "./sandbox/people.ts";

/** What a real register must not be started with, and how its council is read. */

const EXAMPLE_PREFIX = "ocds-213czf";
const FEWEST_MEMBERS = 3;

const seconds = z
  .int()
  .min(0)
  .max(365 * 86_400);
const councilSchema = z.strictObject({
  members: z.array(z.string()).max(100),
  threshold: z.int().min(0).max(100),
  councilDelay: seconds,
  vetoDelay: seconds,
  policyDelay: seconds,
});

const fault = (name: string, en: string, id: string): Words => ({ en: `${name}: ${en}`, id: `${name}: ${id}` });

/** Reads the council file and adds to `faults` what is wrong with its form. */
export async function readCouncil(file: string | undefined, faults: Words[]): Promise<Charter | undefined> {
  const say = (en: string, id: string) => {
    faults.push(fault("PRASASTI_COUNCIL", en, id));
    return undefined;
  };
  if (file === undefined)
    return say(
      "name the file of the council: members, threshold, delays (docs/how-to/start-production.md).",
      "sebutkan berkas dewan: anggota, ambang, jeda (docs/how-to/start-production.md).",
    );
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return say(`${file} cannot be read (${code}).`, `${file} tidak dapat dibaca (${code}).`);
  }
  const json = parseJson(bytes, { maxDepth: 8 });
  if (!json.ok) return say(`${file}: ${json.faults[0]?.message}`, `${file}: ${json.faults[0]?.messageId}`);
  const parsed = councilSchema.safeParse(json.value);
  if (!parsed.success) {
    for (const { path: place, message } of parsed.error.issues)
      say(`${file}: /${place.join("/")}: ${message}.`, `${file}: /${place.join("/")}: nilai tidak sah.`);
    return undefined;
  }
  const { members, ...rest } = parsed.data;
  const council: string[] = [];
  for (const [index, member] of members.entries()) {
    const address = addressIn(member);
    if (address !== undefined) council.push(address);
    else
      say(
        `${file}: /members/${index}: not an address, or its checksum is wrong.`,
        `${file}: /members/${index}: bukan alamat, atau checksum-nya salah.`,
      );
  }
  return council.length < members.length ? undefined : { council, ...rest };
}

/** In lower case; undefined where it is none, or its mixed case has a typing error in it. */
function addressIn(text: string): string | undefined {
  try {
    const address = getAddress(text).toLowerCase();
    return /^0x0{40}$/.test(address) || !text.startsWith("0x") ? undefined : address;
  } catch {
    return undefined;
  }
}

/** Everything that makes this unsafe as a real register: settings, council, and what the data folder holds already. */
export async function productionFaults(given: {
  data: string;
  council: Charter | undefined;
  ocidPrefix: string | undefined;
  chainId: number | undefined;
  /** Was the setting given at all? One that was and could not be read is named already. */
  given(name: "PRASASTI_OCID_PREFIX" | "PRASASTI_CHAIN_ID"): boolean;
}): Promise<Words[]> {
  const { data, council, ocidPrefix, chainId } = given;
  const faults: Words[] = [];
  const say = (name: string, en: string, id: string) => faults.push(fault(name, en, id));

  if (ocidPrefix === EXAMPLE_PREFIX || !given.given("PRASASTI_OCID_PREFIX"))
    say(
      "PRASASTI_OCID_PREFIX",
      `${ocidPrefix === undefined ? "missing" : `${EXAMPLE_PREFIX} is the standard's example`}; ask the Open Contracting Partnership for a prefix of your own.`,
      `${ocidPrefix === undefined ? "belum diisi" : `${EXAMPLE_PREFIX} adalah contoh dari standar`}; mintalah awalan sendiri kepada Open Contracting Partnership.`,
    );
  if (chainId === SANDBOX_CHAIN_ID)
    say(
      "PRASASTI_CHAIN_ID",
      `${SANDBOX_CHAIN_ID} is the sandbox's; choose another number.`,
      `${SANDBOX_CHAIN_ID} milik sandbox; pilih angka lain.`,
    );
  else if (!given.given("PRASASTI_CHAIN_ID"))
    say("PRASASTI_CHAIN_ID", "missing; choose a number of your own.", "belum diisi; pilih angka sendiri.");

  const published = new Map(sandboxKeyNames().map((name) => [addressOf(sandboxSecret(name)), name]));
  if (council !== undefined) faults.push(...councilFaults(council, published));
  faults.push(...(await keyFaults(path.join(data, "keys"), published)), ...(await chainFaults(data)));
  return faults;
}

function councilFaults(council: Charter, published: ReadonlyMap<string, string>): Words[] {
  const faults: Words[] = [];
  const say = (en: string, id: string) => faults.push(fault("PRASASTI_COUNCIL", en, id));
  const members = new Set(council.council);
  for (const member of members)
    if (published.has(member))
      say(
        `${member} is the published sandbox key ${published.get(member)}: everybody can sign with it.`,
        `${member} adalah kunci sandbox umum ${published.get(member)}: siapa pun dapat menandatangani dengannya.`,
      );
  if (members.size < council.council.length) say("a member is named twice.", "ada anggota yang disebut dua kali.");
  if (members.size < FEWEST_MEMBERS)
    say(
      `${members.size} members; at least ${FEWEST_MEMBERS}, so that the loss of one key does not end the register.`,
      `${members.size} anggota; paling sedikit ${FEWEST_MEMBERS}, agar hilangnya satu kunci tidak mengakhiri register.`,
    );
  if (council.threshold < 2)
    say(
      `threshold ${council.threshold}; at least 2, so that nobody decides alone.`,
      `ambang ${council.threshold}; paling sedikit 2, agar tidak ada yang memutuskan sendiri.`,
    );
  if (council.threshold > members.size)
    say(
      `threshold ${council.threshold} of ${members.size} members can never be reached.`,
      `ambang ${council.threshold} dari ${members.size} anggota tidak akan pernah tercapai.`,
    );
  for (const name of ["councilDelay", "vetoDelay"] as const)
    if (council[name] === 0)
      say(
        `${name} is zero: nobody could step in before a decision takes effect.`,
        `${name} nol: tidak ada yang sempat mencegah sebelum keputusan berlaku.`,
      );
  return faults;
}

/** Keys and tokens of the gateway that are published, easily guessed, or open to other users. */
async function keyFaults(folder: string, published: ReadonlyMap<string, string>): Promise<Words[]> {
  const faults: Words[] = [];
  const names = await readdir(folder).catch(() => [] as string[]);
  for (const name of names.filter((each) => /\.(key|token)$/.test(each)).sort()) {
    const file = path.join(folder, name);
    const say = (en: string, id: string) => faults.push(fault(file, en, id));
    const text = (await readFile(file, "utf8").catch(() => "")).trim();
    if (name.endsWith(".token")) {
      if (text.length < 32)
        say(
          "a token this short is guessed; delete it, a start makes a new one.",
          "token sependek ini mudah ditebak; hapus, nanti dibuat yang baru.",
        );
    } else {
      const sandbox = publishedName(text, published);
      if (sandbox !== undefined)
        say(
          `this is ${sandbox}, which everybody can sign with; begin with an empty data folder.`,
          `ini ${sandbox}, siapa pun dapat menandatangani dengannya; mulai dengan folder data kosong.`,
        );
    }
    if (process.platform !== "win32" && ((await stat(file)).mode & 0o077) !== 0)
      say("other users can read it; chmod 600.", "pengguna lain dapat membacanya; chmod 600.");
  }
  return faults;
}

function publishedName(text: string, published: ReadonlyMap<string, string>): string | undefined {
  if (!/^0x[0-9a-f]{64}$/.test(text)) return undefined;
  // test keys of every tutorial: one byte repeated, or a small number
  if (/^0x(..)\1{31}$/.test(text) || /^0x0{48}/.test(text)) return "a guessable key / kunci yang mudah ditebak";
  const name = published.get(addressOf(fromHex(text)));
  return name && `the sandbox key / kunci sandbox ${name}`;
}

/** A data folder whose chain is the sandbox's. Whatever else is wrong with the journal is told when it is opened. */
async function chainFaults(data: string): Promise<Words[]> {
  const journal = await Journal.openExisting(path.join(data, "chain")).catch(() => undefined);
  if (journal === undefined) return [];
  const { chainId } = journal.header;
  await journal.close();
  if (chainId !== SANDBOX_CHAIN_ID) return [];
  return [
    fault(
      "PRASASTI_DATA",
      `${path.resolve(data)} holds a sandbox; a real register begins in an empty folder.`,
      `${path.resolve(data)} berisi sandbox; register sungguhan mulai di folder kosong.`,
    ),
  ];
}
