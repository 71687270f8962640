import { createHash } from "node:crypto";
import { mkdir, readFile, stat } from "node:fs/promises";
import { hostname } from "node:os";
import path from "node:path";
import { sha256 } from "#hash";
import { type Hex, toHex, utf8 } from "../../server/domain/entries/words.ts";
import { Fault } from "../../server/domain/fault.ts";
import type { Windows } from "../plan/time.ts";
import { type StagedLot, writeWhole } from "../stage/lot.ts";
import type { LegacyColumns } from "./legacy-columns.ts";
import type { Signatory } from "./wave-act.ts";

type JobAgency = { id: string; agency: Hex; name: string; stem: string; by: Signatory };

/** An attempt at a wave, as its sealed plan and its stage have it: all that loading, closing and rolling back go by. */
export type Job = {
  /** folder of waves.yaml; acts lie in `acts` there */
  project: string;
  /** the tool's own, `.migrate` */
  folder: string;
  plan: { id: string; hash: Hex };
  wave: string;
  attempt: number;
  id: Hex;
  lead: JobAgency;
  /** every agency that has lots, and who signs for it */
  agencies: readonly JobAgency[];
  /** ids on the ledger of the waves that must be in force before */
  after: readonly Hex[];
  detaches: boolean;
  /** seconds after activation in which it can be rolled back */
  grace: number;
  window: Windows;
  /** seconds UTC */
  cutOver: number;
  stage: { folder: string; lots: readonly StagedLot[] };
  /** suppliers that the contracts of the wave name, to be registered before */
  suppliers: readonly { id: string; name: string }[];
  /** source rows */
  counts: { read: number; migrated: number; rejected: number; merged: number; excluded: number };
  /** rejects by reason */
  reasons: Readonly<Record<string, number>>;
  reverseDelta: "sql" | "csv";
  /** what of the entries signed since has a column in the old system; nothing where left out */
  legacyColumns?: LegacyColumns;
  /** who signed the sealed plan */
  approvals?: readonly { office: string; holder: string }[];
};

/** One hash over the lots as they are staged: another stage is another attempt. */
export function hashOfLots(lots: readonly StagedLot[]): Hex {
  return toHex(sha256(utf8(lots.map(({ key, root, sha256: own }) => `${key} ${root} ${own}`).join("\n"))));
}

/** Where the journal of an attempt lies. */
export function journalFolder({ folder, wave, attempt }: Pick<Job, "folder" | "wave" | "attempt">): string {
  return path.join(folder, "journal", `${wave}-${attempt}`);
}

export function actPlace({ project, wave, attempt }: Job, name: string): string {
  return path.join(project, "acts", `${wave}-${attempt}-${name}.json`);
}

/**
 * Makes sure that each file of the stage is what its list says. @throws Fault lot-altered
 * @param onDone told of each file
 */
export async function checkStage({ stage }: Job, onDone: (done: number) => void = () => {}): Promise<void> {
  for (const [index, lot] of stage.lots.entries()) {
    const place = path.join(stage.folder, lot.file);
    const bytes = await readFile(place).catch((error: NodeJS.ErrnoException) => {
      throw altered(place, error.code ?? error.message);
    });
    const found = `0x${createHash("sha256").update(bytes).digest("hex")}`;
    if (found !== lot.sha256) throw altered(place, `SHA-256 ${found}`);
    onDone(index + 1);
  }
}

function altered(place: string, found: string): Fault {
  return new Fault("lot-altered", {
    explanation: {
      en: `${place} is not the lot that was staged (${found}).`,
      id: `${place} bukan lot yang disiapkan (${found}).`,
    },
    remedy: {
      en: "Nothing was sent. Stage the wave again; the same sources and decisions give the same lots.",
      id: "Tidak ada yang dikirim. Siapkan ulang gelombangnya; sumber dan keputusan yang sama menghasilkan lot yang sama.",
    },
  });
}

/** Which epoch of the wave's lease this machine writes under; kept beside the journal, so that one can be lost alone. */
export class Lease {
  readonly #file: string;

  constructor({ folder, wave, attempt }: Pick<Job, "folder" | "wave" | "attempt">) {
    this.#file = path.join(folder, "lease", `${wave}-${attempt}.json`);
  }

  /** The epoch that was taken here; undefined where none was, "elsewhere" in a copy of the folder. */
  async epoch(): Promise<number | undefined | "elsewhere"> {
    try {
      const { epoch, machine } = JSON.parse(await readFile(this.#file, "utf8")) as { epoch: number; machine: string };
      return machine === (await this.#machine()) ? epoch : "elsewhere";
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  }

  async take(epoch: number): Promise<void> {
    await mkdir(path.dirname(this.#file), { recursive: true });
    await writeWhole(this.#file, utf8(JSON.stringify({ epoch, machine: await this.#machine() })));
  }

  /** A copied folder, on this machine or another, is another place. */
  async #machine(): Promise<string> {
    await mkdir(path.dirname(this.#file), { recursive: true });
    const { ino, dev } = await stat(path.dirname(this.#file), { bigint: true });
    const id = await readFile("/etc/machine-id", "utf8").catch(() => "");
    return createHash("sha256").update(`${hostname()} ${id.trim()} ${dev} ${ino}`).digest("hex").slice(0, 32);
  }
}

/** Another machine, or another copy of the folder, writes this wave. */
export function leaseHeld(wave: string, epoch: number): Fault {
  return new Fault("lease-held", {
    explanation: {
      en: `The lease of ${wave} (epoch ${epoch}) was taken by another machine, or by another copy of this folder.`,
      id: `Hak memuat ${wave} (epoch ${epoch}) dipegang mesin lain, atau salinan lain dari folder ini.`,
    },
    remedy: {
      en: "Let that one go on. Where it never will: `prasasti migrate run WAVE --take-over`, which the lead head signs.",
      id: "Biarkan yang itu melanjutkan. Bila tidak mungkin: `prasasti migrate run GELOMBANG --take-over`, ditandatangani kepala instansi utama.",
    },
  });
}
