import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Level } from "level";
import { Fault } from "../server/domain/fault.ts";

/**
 * Keeps two processes of a machine from the same wave: one that stages it anew would take the lots from under one that
 * loads them. The operating system holds the lock, so that it ends with the process whatever ends it.
 * @returns gives it back
 * @throws Fault lease-held
 */
export async function lockWave(migrateFolder: string, wave: string): Promise<() => Promise<void>> {
  const place = join(migrateFolder, "locks", wave);
  await mkdir(place, { recursive: true });
  const lock = new Level(place);
  try {
    await lock.open();
  } catch (error) {
    if ((error as { cause?: { code?: string } }).cause?.code !== "LEVEL_LOCKED") throw error;
    throw new Fault(
      "lease-held",
      {
        explanation: {
          en: `${wave} is being staged or loaded by another process of this machine.`,
          id: `${wave} sedang disiapkan atau dimuat proses lain di mesin ini.`,
        },
        remedy: {
          en: "Wait for it, or stop a run with `prasasti migrate pause`.",
          id: "Tunggu, atau hentikan pemuatannya dengan `prasasti migrate pause`.",
        },
      },
      { cause: error },
    );
  }
  return () => lock.close();
}
