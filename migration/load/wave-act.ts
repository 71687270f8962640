import { readFile } from "node:fs/promises";
import path from "node:path";
import * as z from "zod";
import { sha256 } from "#hash";
import type { SigningKey } from "../../server/cli/key-file.ts";
import { type Act, ActCode, subjectOfAct } from "../../server/domain/entries/act.ts";
import { bundleHash, idOf, signedDigest } from "../../server/domain/entries/entry.ts";
import { Role } from "../../server/domain/entries/kinds.ts";
import { bundleOver, MAX_BUNDLE, readPosted } from "../../server/domain/entries/signature.ts";
import { fromHex, type Hex, NO_ID, toHex, utf8 } from "../../server/domain/entries/words.ts";
import { Fault } from "../../server/domain/fault.ts";
import type { Words } from "../../server/domain/problems.ts";
import type { Lot } from "../../server/domain/projection/waves.ts";
import { failpoint } from "../../server/failpoint.ts";
import { type ActSignature, actDigest, anAct } from "../../server/ledger/acts.ts";
import { sign } from "../../server/ledger/signatures.ts";
import { encodeLot, encodeWaveAct, lotHash } from "../../server/ledger/waves.ts";
import { writeWhole } from "../stage/lot.ts";
import type { Register } from "./register.ts";
import type { WaveCall } from "./wave-account.ts";

// Acts on a wave, and the lots of an agency, as files that wait for the signatures of people: on this machine, or carried
// to theirs and back.

/** A place for a signature. `places`: agencies at which his office may be held, the nearest first. */
type Slot = {
  role: number;
  /** whose it must be; undefined: of any overseer */
  holder?: Hex | undefined;
  holderText?: string | undefined;
  places: Hex[];
  agency?: Hex | undefined;
  signature?: Hex | undefined;
};

/** An act on a wave with the places for its signatures. `says` is what it does, in words, for who signs it. */
export type ActFile = {
  format: "prasasti-wave-act";
  version: 1;
  register: Hex;
  says: Words;
  act: Act;
  /** 0x bytes */
  body: Hex;
  slots: Slot[];
};

/** Lots of one agency that its head signs at once: a signature over each 256 of them. Amounts in minor units. */
export type LotsFile = {
  format: "prasasti-wave-lots";
  version: 1;
  register: Hex;
  says: Words;
  lots: (Omit<Lot, "value" | "paid"> & { value: string; paid: string })[];
  slots: [Slot];
  /** by hand of the slot's holder, one for each 256 lots in their order */
  bundles: { root: Hex; count: number; expires: number; signature: Hex }[];
};
export type SignFile = ActFile | LotsFile;

const hex = (bytes: number) => z.string().regex(new RegExp(`^0x[0-9a-f]{${2 * bytes}}$`)) as unknown as z.ZodType<Hex>;
const bytes = z.string().regex(/^0x([0-9a-f]{2})*$/) as unknown as z.ZodType<Hex>;
const whole = z.int().min(0);
const words = z.strictObject({ en: z.string(), id: z.string() });
const slot = z.strictObject({
  role: whole,
  holder: hex(32).optional(),
  holderText: z.string().max(200).optional(),
  places: z.array(hex(32)).max(20),
  agency: hex(32).optional(),
  signature: bytes.optional(),
});
const head = { version: z.literal(1), register: hex(32), says: words };
const actFile = z.strictObject({
  format: z.literal("prasasti-wave-act"),
  ...head,
  act: z.strictObject({
    ...{ code: whole, maker: hex(32), holder: hex(32), agency: hex(32), role: whole, post: hex(32), key: hex(32) },
    ...{ custody: whole, from: whole, until: whole, digest: hex(32), previous: hex(32), expires: whole },
  }),
  body: bytes,
  slots: z.array(slot).min(1).max(2),
});
const lotsFile = z.strictObject({
  format: z.literal("prasasti-wave-lots"),
  ...head,
  lots: z.array(
    z.strictObject({
      ...{ wave: hex(32), epoch: whole, agency: hex(32), lotKey: hex(32), tier: whole, root: hex(32), rows: whole },
      ...{ currency: z.string().max(3), value: z.string(), paid: z.string(), cutOver: whole, seen: hex(32) },
      expires: whole,
    }),
  ),
  slots: z.tuple([slot]),
  bundles: z.array(z.strictObject({ root: hex(32), count: whole, expires: whole, signature: bytes })),
});

const DAY = 86_400;
/** Days in which it can be sent; the ledger takes no more than 31. */
const GOOD_FOR = 14;

export type Signatory = { id: string; places: readonly Hex[] };

/** An act on a wave, not signed yet. @param signers the head who makes it, and for two people nobody else: any overseer */
export async function makeAct(
  register: Register,
  given: Partial<Act> & { code: number; post: Hex; agency: Hex },
  options: { by: Signatory; body?: Uint8Array; says: Words },
): Promise<ActFile> {
  const { by, body = utf8("{}"), says } = options;
  const maker = idOf(by.id);
  const expires = (await register.now()) + GOOD_FOR * DAY;
  const act: Act = { ...anAct({ maker, expires, ...given }, ""), digest: toHex(sha256(body)) };
  const previous = (await register.text("Waves", "lastAct", [subjectOfAct(act)])) as Hex;
  const slots: Slot[] = [{ role: Role.head, holder: maker, holderText: by.id, places: [...by.places] }];
  if (act.code >= ActCode.activateWave) slots.push({ role: Role.overseer, places: [NO_ID] });
  return {
    ...{ format: "prasasti-wave-act", version: 1, register: toHex(register.separator), says },
    ...{ act: { ...act, previous }, body: toHex(body), slots },
  };
}

/** The lots of one agency, not signed yet; the checkpoint that their head is to have seen is the newest. */
export async function makeLots(
  register: Register,
  lots: readonly Omit<Lot, "seen" | "expires">[],
  options: { by: Signatory; says: Words },
): Promise<LotsFile> {
  const [seen] = (await register.view("Ledger", "newestSeen")) as [string];
  const expires = (await register.now()) + GOOD_FOR * DAY;
  const { by, says } = options;
  return {
    ...{ format: "prasasti-wave-lots", version: 1, register: toHex(register.separator), says },
    lots: lots.map((lot) => ({
      ...lot,
      ...{ value: String(lot.value), paid: String(lot.paid), seen: seen.toLowerCase() as Hex, expires },
    })),
    slots: [{ role: Role.head, holder: idOf(by.id), holderText: by.id, places: [...by.places] }],
    bundles: [],
  };
}

/** Signs what waits for this key's holder. @returns false where nothing does @throws Fault no-office */
export async function signFile(file: SignFile, register: Register, key: SigningKey): Promise<boolean> {
  sameRegister(file, register);
  const free = file.slots.filter(({ signature }) => signature === undefined);
  const waiting =
    free.find(({ holder }) => holder === key.holderId) ??
    // whoever has signed as head is no second person
    (file.slots.some(({ holder }) => holder === key.holderId)
      ? undefined
      : free.find(({ holder }) => holder === undefined));
  if (waiting === undefined) return false;
  const digest =
    file.format === "prasasti-wave-act"
      ? actDigest(register.separator, file.act)
      : signedDigest(register.separator, bundleHash(await bundleOfLots(file.lots.slice(0, MAX_BUNDLE))));
  const signature = sign(digest, key.secret);
  waiting.agency = await placeOf(register, waiting, key, digest, signature);
  waiting.holder = key.holderId;
  waiting.holderText = key.holder;
  waiting.signature = toHex(signature);
  if (file.format === "prasasti-wave-lots") {
    file.bundles = [];
    for (let from = 0; from < file.lots.length; from += MAX_BUNDLE) {
      const { root, count, expires, capacity } = await bundleOfLots(file.lots.slice(from, from + MAX_BUNDLE));
      const own = sign(signedDigest(register.separator, bundleHash({ root, count, capacity, expires })), key.secret);
      file.bundles.push({ root, count, expires, signature: toHex(own) });
    }
  }
  return true;
}

/** Who has not signed yet, in words; empty when all have. */
export function waitsFor({ slots }: SignFile): Words[] {
  return slots
    .filter(({ signature }) => signature === undefined)
    .map(({ role, holderText }) => {
      const [en, id] = role === Role.head ? ["the head", "kepala"] : ["an overseer", "pengawas"];
      const who = holderText === undefined ? "" : ` ${holderText}`;
      return { en: `${en}${who}`, id: `${id}${who}` };
    });
}

/** The call that a signed act makes. @throws Fault not-signed */
export function callOfAct(file: ActFile): WaveCall {
  if (waitsFor(file).length > 0) throw notSigned(file);
  const signatures: ActSignature[] = file.slots.map(({ holder, role, agency, signature }) => ({
    ...{ holder: holder!, role, agency: agency!, signature: fromHex(signature!) },
  }));
  return { to: "Waves", data: encodeWaveAct(file.act, signatures, fromHex(file.body)) };
}

/** The calls by which the ledger accepts signed lots, each with its lot. @throws Fault not-signed */
export async function callsOfLots(file: LotsFile): Promise<{ lot: Lot; call: WaveCall }[]> {
  if (waitsFor(file).length > 0) throw notSigned(file);
  const [by] = file.slots;
  const calls: { lot: Lot; call: WaveCall }[] = [];
  for (let from = 0; from < file.lots.length; from += MAX_BUNDLE) {
    const some = file.lots.slice(from, from + MAX_BUNDLE);
    const { proofs, root, count, expires } = await bundleOfLots(some);
    const { signature } = file.bundles[from / MAX_BUNDLE]!;
    for (const [index, text] of some.entries()) {
      const posted = { type: "bundle" as const, root, count, expires, index, proof: proofs[index]!, signature };
      const own = { holder: by.holder!, role: Role.head, agency: by.agency!, signature: readPosted(posted, Role.head) };
      const lot = lotOf(text);
      calls.push({ lot, call: { to: "Waves", data: encodeLot(lot, own) } });
    }
  }
  return calls;
}

function lotOf(text: LotsFile["lots"][number]): Lot {
  return { ...text, value: BigInt(text.value), paid: BigInt(text.paid) };
}

async function bundleOfLots(lots: LotsFile["lots"]) {
  const bundle = await bundleOver(lots.map((lot) => lotHash(lotOf(lot))));
  return { ...bundle, capacity: Role.head as number, expires: Math.min(...lots.map(({ expires }) => expires)) };
}

/** At which agency the office is held that a signature counts by: the ledger itself is asked. */
async function placeOf(
  register: Register,
  { role, places }: Slot,
  { holderId, holder }: SigningKey,
  digest: Uint8Array,
  signature: Uint8Array,
): Promise<Hex> {
  const [r, s, v] = [toHex(signature, 0, 32), toHex(signature, 32, 64), signature[64]!];
  const covered = places[0] ?? NO_ID;
  for (const place of places) {
    const values = [toHex(digest), holderId, role, place, NO_ID, 0, covered, covered, r, s, v];
    const [code] = await register.view("Authority", "authorize", values);
    if (Number(code) === 1) return place;
  }
  const [en, id] = role === Role.head ? ["head", "kepala"] : ["overseer", "pengawas"];
  throw new Fault("no-office", {
    explanation: {
      en: `The register knows no office as ${en} that ${holder} holds now, by this key, for what is signed.`,
      id: `Register tidak mengenal jabatan ${id} yang kini dipegang ${holder} dengan kunci ini untuk yang ditandatangani.`,
    },
    remedy: {
      en: "Nothing was signed. See `prasasti office list`; correct the head in waves.yaml, or take his key.",
      id: "Tidak ada yang ditandatangani. Lihat `prasasti office list`; perbaiki kepala di waves.yaml, atau pakai kuncinya.",
    },
  });
}

/** Reads a file of `acts`. @throws Fault act-unreadable */
export async function readSignFile(place: string): Promise<SignFile> {
  let found: unknown;
  try {
    found = JSON.parse(await readFile(place, "utf8"));
  } catch (cause) {
    throw unreadable(place, (cause as NodeJS.ErrnoException).code ?? "JSON", cause);
  }
  const lots = (found as { format?: unknown } | null)?.format === "prasasti-wave-lots";
  const parsed = lots ? lotsFile.safeParse(found) : actFile.safeParse(found);
  if (!parsed.success) throw unreadable(place, z.prettifyError(parsed.error).split("\n")[0]!);
  const file = parsed.data as SignFile;
  if (file.format === "prasasti-wave-act" && file.act.digest !== toHex(sha256(fromHex(file.body))))
    throw unreadable(place, "its body is not what is signed");
  return file;
}

export async function writeSignFile(place: string, file: SignFile): Promise<void> {
  const { mkdir } = await import("node:fs/promises");
  await mkdir(path.dirname(place), { recursive: true });
  await writeWhole(place, utf8(`${JSON.stringify(file, null, 2)}\n`));
  failpoint("act-made");
}

function sameRegister({ register: named }: SignFile, register: Register): void {
  if (named === toHex(register.separator)) return;
  throw new Fault("other-register", {
    explanation: {
      en: "This act is for another register: its signatures count nowhere else.",
      id: "Perbuatan ini untuk register lain: tanda tangannya tidak berlaku di tempat lain.",
    },
    remedy: { en: "Nothing was signed or sent.", id: "Tidak ada yang ditandatangani atau dikirim." },
  });
}

function notSigned(file: SignFile): Fault {
  const waits = waitsFor(file);
  return new Fault("not-signed", {
    explanation: {
      en: `The signature of ${waits.map(({ en }) => en).join(" and ")} is missing.`,
      id: `Tanda tangan ${waits.map(({ id }) => id).join(" dan ")} belum ada.`,
    },
    remedy: {
      en: "Have it signed with `prasasti migrate acts sign FILE --key KEY`, then run this again.",
      id: "Minta ditandatangani dengan `prasasti migrate acts sign BERKAS --key KUNCI`, lalu jalankan lagi.",
    },
  });
}

function unreadable(place: string, found: string, cause?: unknown): Fault {
  return new Fault(
    "act-unreadable",
    {
      explanation: {
        en: `${place} is no act of a wave, or was changed (${found}).`,
        id: `${place} bukan perbuatan gelombang, atau telah diubah (${found}).`,
      },
      remedy: {
        en: "Delete it and run the verb again: it is made anew.",
        id: "Hapus lalu jalankan lagi: dibuat ulang.",
      },
    },
    { cause },
  );
}
