// Acts on holders, agencies and offices as the command line makes them: told in words, signed, passed on half-signed, sent.

import { readFile, writeFile } from "node:fs/promises";
import { Command } from "commander";
import * as z from "zod/mini";
import { type Act, ActCode, bodyTextOf, isBodyOf, subjectOfAct } from "../domain/entries/act.ts";
import { idOf, MAX_BODY } from "../domain/entries/entry.ts";
import { Role } from "../domain/entries/kinds.ts";
import { roleInWords } from "../domain/entries/telling.ts";
import { actRowsInWords } from "../domain/entries/telling-acts.ts";
import { fromHex, type Hex, NO_ID, toHex } from "../domain/entries/words.ts";
import { actDigest, anAct } from "../ledger/acts.ts";
import { recover, sign } from "../ledger/signatures.ts";
import { Client } from "./client.ts";
import { openKey } from "./key.ts";
import { defaultKeyFolder, type SigningKey } from "./key-file.ts";
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
  type Text,
  Usage,
  urlOption,
} from "./terminal.ts";

export type ActOptions = { url: string; keys: string; lang: Language; json?: true };
/** With whom, and how, an act is signed. */
export type SignOptions = ActOptions & {
  as: string;
  secondKey?: string;
  newKey?: string;
  out?: string;
  expiresDays?: string;
};

/** A place for a signature, in the order that the ledger reads them. */
export type Slot = {
  role: number;
  agency: Hex;
  /** whose it must be; undefined: of any overseer */
  holder?: Hex | undefined;
  /** the new key that agrees to be enrolled */
  address?: string | undefined;
  signature?: Hex | undefined;
};

/** An act with the places for its signatures; `texts` are ids in plain text, shown only where they hash to what is signed. */
type ActFile = {
  format: "prasasti-act";
  version: 1;
  register: Hex;
  act: Act;
  body: string;
  slots: Slot[];
  texts: string[];
  /** it was read from a file of prasasti migrate, which has places for offices that are looked up when it is signed */
  ofWave?: true;
};

const hex = (bytes: number) => z.string().check(z.regex(new RegExp(`^0x[0-9a-f]{${2 * bytes}}$`)));
const whole = z.number().check(z.int(), z.gte(0));
const actFileSchema = z.strictObject({
  format: z.literal("prasasti-act"),
  version: z.literal(1),
  register: hex(32),
  act: z.strictObject({
    ...{ code: whole, maker: hex(32), holder: hex(32), agency: hex(32), role: whole, post: hex(32), key: hex(32) },
    ...{ custody: whole, from: whole, until: whole, digest: hex(32), previous: hex(32), expires: whole },
  }),
  body: z.string().check(z.maxLength(MAX_BODY)),
  slots: z
    .array(
      z.strictObject({
        role: whole,
        agency: hex(32),
        holder: z.optional(hex(32)),
        address: z.optional(hex(20)),
        signature: z.optional(hex(65)),
      }),
    )
    .check(z.minLength(1), z.maxLength(4)),
  texts: z.array(z.string().check(z.maxLength(200))).check(z.maxLength(50)),
});

export function openRegister({ url, lang }: ActOptions): Promise<Register> {
  return Register.open(new Client(url, { language: lang }));
}

/** Options of every verb that signs an act. */
export function signing(command: Command): Command {
  return reading(command)
    .requiredOption("--as <key>", "your key: name, path, or sandbox:NAME")
    .option("--second-key <key>", "the overseer's key, where it lies here too")
    .option("--out <file>", "write the act, signed by the keys given, to be signed and sent by others")
    .option("--expires-days <n>", "days in which it can be sent, up to 31", "7")
    .option("--keys <folder>", "where keys lie", defaultKeyFolder());
}

export function reading(command: Command): Command {
  return strict(command)
    .addOption(urlOption())
    .option("--json", "print JSON")
    .addOption(languageOption())
    .addHelpText("after", "\nExit codes: 0 done, 1 refused or yours to fix, 2 usage, 75 try again.");
}

/** `act sign` and `act send`: for those who sign an act that others began. */
export function actCommand(): Command {
  const command = strict(new Command("act")).description(
    "Acts that others began: show, sign, send. / Perbuatan yang dimulai orang lain: lihat, tanda tangani, kirim.",
  );
  command.addCommand(
    reading(new Command("show"))
      .description("Say in words what an act file does, and who has signed.")
      .argument("<file>")
      .action((file: string, options: ActOptions) =>
        run(options.lang, async () => {
          const found = await readActFile(file);
          announce(found, await openRegister(options), options);
          return Exit.done;
        }),
      ),
  );
  command.addCommand(
    reading(new Command("sign"))
      .description("Say in words what an act does, and sign it with your key; the file then holds your signature.")
      .argument("<file>")
      .requiredOption("--as <key>", "your key: name, path, or sandbox:NAME")
      .option("--keys <folder>", "where keys lie", defaultKeyFolder())
      .action((file: string, options: ActOptions & { as: string }) =>
        run(options.lang, async () => {
          const [found, register] = [await readActFile(file), await openRegister(options)];
          if (found.ofWave)
            throw usage(
              `${file} was made by prasasti migrate: sign it with \`prasasti migrate acts sign\`, which knows where the office is held.`,
              `${file} dibuat oleh prasasti migrate: tanda tangani dengan \`prasasti migrate acts sign\`, yang tahu di mana jabatannya dipegang.`,
            );
          sameRegister(found, register);
          announce(found, register, options);
          await signAct(found, register, await openKey(options.as, options.keys, options.lang));
          await writeActFile(file, found);
          return tellWaiting(found, file, options);
        }),
      ),
  );
  command.addCommand(
    reading(new Command("send"))
      .description("Send an act that everybody has signed.")
      .argument("<file>")
      .action((file: string, options: ActOptions) =>
        run(options.lang, async () => {
          const [found, register] = [await readActFile(file), await openRegister(options)];
          sameRegister(found, register);
          announce(found, register, options);
          return sendAct(found, register, options);
        }),
      ),
  );
  return command;
}

/** Makes an act, says what it does, signs it with the keys at hand, and sends it or writes it for others. */
export async function perform(
  register: Register,
  maker: SigningKey,
  given: Partial<Act> & { code: number },
  body: string,
  slots: readonly Slot[],
  texts: readonly string[],
  options: SignOptions,
): Promise<number> {
  const days = Number(options.expiresDays ?? 7);
  if (!(days > 0 && days <= 31))
    throw usage("--expires-days is a number up to 31.", "--expires-days adalah angka sampai 31.");
  const act = anAct(
    { maker: maker.holderId, expires: Math.floor(Date.now() / 1000 + days * 86_400) - 60, ...given },
    body,
  );
  const subject = subjectOfAct(act);
  const { leaf } = await register.client.get<{ leaf: Hex }>(`/api/v1/authority/last/${subject}`);
  const file: ActFile = {
    ...{ format: "prasasti-act", version: 1, register: toHex(register.separator) },
    act: { ...act, previous: leaf },
    body,
    slots: slots.map((slot) => ({ ...slot })),
    texts: [...new Set([maker.holder, ...texts])],
  };
  announce(file, register, options);
  await signAct(file, register, maker);
  for (const name of [options.secondKey, options.newKey])
    if (name !== undefined) await signAct(file, register, await openKey(name, options.keys, options.lang));
  if (options.out !== undefined) {
    await writeActFile(options.out, file);
    return tellWaiting(file, options.out, options);
  }
  return sendAct(file, register, options);
}

async function signAct(file: ActFile, register: Register, key: SigningKey): Promise<void> {
  const fits = ({ holder, address, signature }: Slot) =>
    signature === undefined &&
    (address === undefined || address === key.address) &&
    (holder === undefined || holder === key.holderId);
  const slot = file.slots.find(fits);
  if (slot === undefined)
    throw usage(
      `The key ${key.name} of ${key.holder} has nothing to sign here: the act waits for ${waiting(file, "en") || "nobody"}.`,
      `Kunci ${key.name} milik ${key.holder} tidak ada yang ditandatanganinya: perbuatan ini menunggu ${waiting(file, "id") || "tidak seorang pun"}.`,
      Exit.yours,
    );
  if (slot.holder === undefined && !(await register.holds(key, slot.role)))
    throw usage(
      `${key.holder} is no ${roleInWords(slot.role, "en")} now: the act still waits for one. Nothing was signed.`,
      `${key.holder} sekarang bukan ${roleInWords(slot.role, "id")}: perbuatan ini masih menunggunya. Tidak ada yang ditandatangani.`,
      Exit.yours,
    );
  slot.holder = key.holderId;
  slot.signature = toHex(sign(actDigest(register.separator, file.act), key.secret));
  if (!file.texts.includes(key.holder)) file.texts.push(key.holder);
}

async function sendAct(file: ActFile, register: Register, { json, lang }: ActOptions): Promise<number> {
  if (file.slots.some(({ signature }) => signature === undefined))
    throw usage(
      `Nothing was sent: the signature of ${waiting(file, "en")} is missing. Give --second-key or --new-key, or write it with --out for others to sign.`,
      `Tidak ada yang dikirim: tanda tangan ${waiting(file, "id")} belum ada. Beri --second-key atau --new-key, atau tulis dengan --out agar ditandatangani orang lain.`,
      Exit.yours,
    );
  const signatures = file.slots.map(({ holder, role, agency, signature }) => ({ holder, role, agency, signature }));
  const { block } = await register.client.post<{ block: number }>("/api/v1/acts", {
    act: file.act,
    signatures,
    body: file.body,
  });
  const { leaf } = await register.client.get<{ leaf: Hex }>(`/api/v1/authority/last/${subjectOfAct(file.act)}`);
  if (json) print(JSON.stringify({ act: file.act, body: file.body, block, leaf }));
  else print(`${paint("green", "✓")} ${say({ en: "recorded", id: "tercatat" }, lang)}  ${paint("dim", leaf)}`);
  return Exit.done;
}

function tellWaiting(file: ActFile, path: string, { json, lang }: ActOptions): number {
  const left = waiting(file, lang);
  if (json) print(JSON.stringify({ file: path, waits: left === "" ? [] : left.split(", ") }));
  else if (left === "")
    print(
      say(
        {
          en: `${path}: all have signed; prasasti act send ${path}`,
          id: `${path}: semua sudah menandatangani; prasasti act send ${path}`,
        },
        lang,
      ),
    );
  else print(say({ en: `${path}: waits for ${left}`, id: `${path}: menunggu ${left}` }, lang));
  return Exit.done;
}

function waiting({ slots, texts }: ActFile, lang: Language): string {
  return slots
    .filter(({ signature }) => signature === undefined)
    .map(({ role, holder, address }) =>
      address !== undefined
        ? say({ en: `the new key ${address}`, id: `kunci baru ${address}` }, lang)
        : role === 0 && holder !== undefined
          ? textOfId(holder, texts)
          : roleInWords(role, lang),
    )
    .join(", ");
}

function textOfId(id: Hex, texts: readonly string[]): string {
  return texts.find((text) => idOf(text) === id) ?? id;
}

/** Says in words what is signed; nothing of it comes from a text that does not hash to it. */
function announce(file: ActFile, register: Register, { lang, json }: ActOptions): void {
  if (json) return;
  const { act, body, texts } = file;
  print(paint("bold", say(titles[act.code] ?? { en: `act ${act.code}`, id: `perbuatan ${act.code}` }, lang)));
  const person = (id: Hex) => textOfId(id, texts);
  const named = (id: Hex) => {
    const known = register.organisation(id);
    return known === undefined ? person(id) : `${known.name} (${known.id})`;
  };
  for (const [name, value] of actRowsInWords(act, body, named, lang)) print(`  ${name}: ${value}`);
  print(`  ${say({ en: "says", id: "memuat" }, lang)}: ${body}`);
  for (const { holder, role, signature } of file.slots)
    if (signature !== undefined && holder !== undefined) {
      const key = recover(actDigest(register.separator, act), fromHex(signature));
      const as = role === 0 ? "" : `, ${roleInWords(role, lang)}`;
      print(
        `  ${say({ en: "signed", id: "ditandatangani" }, lang)}: ${person(holder)}${as} ${paint("dim", key ?? "?")}`,
      );
    }
}

const titles: Record<number, Text> = {
  [ActCode.enrol]: { en: "Enrol a holder", id: "Mendaftarkan pemegang" },
  [ActCode.addKey]: { en: "Add a key", id: "Menambah kunci" },
  [ActCode.revokeKey]: { en: "Revoke a key", id: "Mencabut kunci" },
  [ActCode.replaceKey]: { en: "Replace a lost key", id: "Mengganti kunci yang hilang" },
  [ActCode.registerAgency]: { en: "Register an agency", id: "Mendaftarkan instansi" },
  [ActCode.registerEntity]: { en: "Register a supplier", id: "Mendaftarkan penyedia" },
  [ActCode.addStem]: { en: "Add a stem of ocids", id: "Menambah awalan ocid" },
  [ActCode.grant]: { en: "Grant an office", id: "Memberi jabatan" },
  [ActCode.revoke]: { en: "End an office", id: "Mengakhiri jabatan" },
  [ActCode.veto]: { en: "Veto a grant", id: "Memveto pemberian jabatan" },
  [ActCode.suspend]: { en: "Suspend an office", id: "Membekukan jabatan" },
  [ActCode.resume]: { en: "Resume an office", id: "Memulihkan jabatan" },
  [ActCode.delegate]: { en: "Delegate one's own office", id: "Melimpahkan jabatan sendiri" },
  [ActCode.handOver]: { en: "Hand over everything at once (mutasi)", id: "Serah terima sekaligus (mutasi)" },
  [ActCode.openWave]: { en: "Open a wave of legacy records", id: "Membuka gelombang data lama" },
  [ActCode.consentToWave]: { en: "Agree to a wave of legacy records", id: "Menyetujui gelombang data lama" },
  [ActCode.leaseWave]: { en: "Hand a wave to another writer", id: "Mengalihkan penulisan gelombang" },
  [ActCode.closeWave]: { en: "Close a wave of legacy records", id: "Menutup gelombang data lama" },
  [ActCode.activateWave]: { en: "Put a wave of legacy records in force", id: "Memberlakukan gelombang data lama" },
  [ActCode.rollBackWave]: { en: "Roll back a wave of legacy records", id: "Menarik kembali gelombang data lama" },
  [ActCode.finaliseWave]: { en: "Make a wave of legacy records final", id: "Memfinalkan gelombang data lama" },
};

function sameRegister({ register }: ActFile, { separator }: Register): void {
  if (register !== toHex(separator))
    throw usage(
      "This act is for another register: its signatures count nowhere else.",
      "Perbuatan ini untuk register lain: tanda tangannya tidak berlaku di tempat lain.",
      Exit.yours,
    );
}

async function readActFile(path: string): Promise<ActFile> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? "JSON";
    throw usage(`${path} cannot be read (${reason}).`, `${path} tidak terbaca (${reason}).`, Exit.yours);
  }
  const given = value as { format?: unknown } | null;
  const ofWave = given?.format === "prasasti-wave-act";
  const parsed = actFileSchema.safeParse(ofWave ? fromWaveFile(value) : value);
  const whole = parsed.success && isBodyOf(parsed.data.act as Act, parsed.data.body);
  if (!whole)
    throw usage(
      `${path} is not an act, or was changed: its body is not what is signed.`,
      `${path} bukan berkas perbuatan, atau telah diubah: isinya bukan yang ditandatangani.`,
      Exit.yours,
    );
  return { ...(parsed.data as ActFile), ...(ofWave ? { ofWave } : {}) };
}

/** An act as prasasti migrate writes it, in the form of this file; what is wrong in it the form says. */
function fromWaveFile(value: unknown): unknown {
  type Place = { holderText?: string; places?: Hex[]; agency?: Hex };
  const { says: _, ...file } = value as { says: unknown; act: Act; body: Hex; slots: Place[] };
  const { act, body, slots } = file;
  try {
    return {
      ...{ ...file, format: "prasasti-act", body: bodyTextOf(act, fromHex(body)) },
      slots: slots.map(({ holderText: __, places: [nearest = NO_ID] = [], ...slot }) => ({ agency: nearest, ...slot })),
      texts: slots.flatMap(({ holderText = [] }) => holderText),
    };
  } catch {
    return undefined;
  }
}

function writeActFile(path: string, file: ActFile): Promise<void> {
  return writeFile(path, `${JSON.stringify(file, null, 2)}\n`);
}

export function usage(en: string, id: string, exit: number = Exit.usage): Usage {
  return new Usage({ en, id }, exit);
}

/** The slot of an overseer, whoever he is. */
export const overseerSlot: Slot = { role: Role.overseer, agency: NO_ID };
