import { mkdir, readFile } from "node:fs/promises";
import path from "node:path";
import * as z from "zod";
import type { SigningKey } from "../../server/cli/key-file.ts";
import { ActCode } from "../../server/domain/entries/act.ts";
import { idOf } from "../../server/domain/entries/entry.ts";
import { Role } from "../../server/domain/entries/kinds.ts";
import { fromHex, type Hex, NO_ID, toHex, utf8 } from "../../server/domain/entries/words.ts";
import { Fault } from "../../server/domain/fault.ts";
import { actDigest, anAct, encodeAct } from "../../server/ledger/acts.ts";
import { sign } from "../../server/ledger/signatures.ts";
import { writeWhole } from "../stage/lot.ts";
import type { Register } from "./register.ts";
import type { WaveAccount } from "./wave-account.ts";

/** Suppliers that a registrar is to bring into the register, each by an act of his; names are public. */
export type SuppliersFile = {
  format: "prasasti-wave-suppliers";
  version: 1;
  register: Hex;
  /** seconds UTC */
  expires: number;
  suppliers: { id: string; name: string; signature?: Hex | undefined }[];
  /** who signs: any registrar */
  holder?: Hex | undefined;
};

const schema = z.strictObject({
  format: z.literal("prasasti-wave-suppliers"),
  version: z.literal(1),
  register: z.string(),
  expires: z.int(),
  suppliers: z.array(z.strictObject({ id: z.string(), name: z.string(), signature: z.string().optional() })),
  holder: z.string().optional(),
});

const DAY = 86_400;
/** Acts that go out together. */
const TOGETHER = 60;

/** Those of them that the register does not know yet. */
export async function unknownSuppliers<T extends { id: string }>(
  register: Register,
  suppliers: readonly T[],
): Promise<T[]> {
  const unknown: T[] = [];
  for (const supplier of suppliers)
    if ((await register.text("Authority", "isEntity", [idOf(supplier.id)])) !== "true") unknown.push(supplier);
  return unknown;
}

export async function makeSuppliersFile(
  register: Register,
  place: string,
  suppliers: readonly { id: string; name: string }[],
): Promise<SuppliersFile> {
  const file: SuppliersFile = {
    ...{ format: "prasasti-wave-suppliers", version: 1, register: toHex(register.separator) },
    ...{ expires: (await register.now()) + 14 * DAY, suppliers: suppliers.map(({ id, name }) => ({ id, name })) },
  };
  await writeSuppliersFile(place, file);
  return file;
}

export async function writeSuppliersFile(place: string, file: SuppliersFile): Promise<void> {
  await mkdir(path.dirname(place), { recursive: true });
  await writeWhole(place, utf8(`${JSON.stringify(file, null, 1)}\n`));
}

export async function readSuppliersFile(place: string): Promise<SuppliersFile | undefined> {
  try {
    const parsed = schema.safeParse(JSON.parse(await readFile(place, "utf8")));
    return parsed.success ? (parsed.data as SuppliersFile) : undefined;
  } catch {
    return undefined;
  }
}

/** Signs all of it with a registrar's key. */
export function signSuppliers(file: SuppliersFile, register: Register, key: SigningKey): void {
  file.holder = key.holderId;
  for (const supplier of file.suppliers)
    supplier.signature = toHex(sign(actDigest(register.separator, actOn(file, supplier)), key.secret));
}

/**
 * Registers what is signed; what is in the register already is passed over, so it can be repeated.
 * @throws Fault not-signed, ledger-refused
 */
export async function sendSuppliers(file: SuppliersFile, register: Register, account: WaveAccount): Promise<number> {
  const missing = await unknownSuppliers(register, file.suppliers);
  for (let from = 0; from < missing.length; from += TOGETHER)
    await account.send(
      missing.slice(from, from + TOGETHER).map((supplier) => {
        if (supplier.signature === undefined || file.holder === undefined) throw notSigned();
        const signature = {
          ...{ holder: file.holder, role: Role.registrar, agency: NO_ID, signature: fromHex(supplier.signature) },
        };
        const data = encodeAct(actOn(file, supplier), [signature], bodyOf(supplier));
        return { to: "Authority" as const, data, gas: 1_000_000 };
      }),
    );
  return missing.length;
}

function actOn(file: SuppliersFile, supplier: { id: string; name: string }) {
  const given = { code: ActCode.registerEntity, maker: file.holder ?? NO_ID, agency: idOf(supplier.id) };
  return anAct({ ...given, expires: file.expires }, bodyOf(supplier));
}

function bodyOf({ id, name }: { id: string; name: string }): string {
  return JSON.stringify({ id, name });
}

function notSigned(): Fault {
  return new Fault("not-signed", {
    explanation: {
      en: "Suppliers wait for the registrar's signature.",
      id: "Penyedia menunggu tanda tangan petugas pendaftaran.",
    },
    remedy: {
      en: "Have the file signed with `prasasti migrate acts sign FILE --key KEY`, then run this again.",
      id: "Minta berkasnya ditandatangani dengan `prasasti migrate acts sign BERKAS --key KUNCI`, lalu jalankan lagi.",
    },
  });
}
