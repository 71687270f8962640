// What this person's machine has seen of a register. Who signs, signs a checkpoint that he saw (DESIGN 5.3); before, the
// gateway must prove that what it shows now begins with what it showed before.

import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { checkpointDigest } from "../domain/entries/entry.ts";
import { fromHex, type Hex, NO_ID } from "../domain/entries/words.ts";
import type { Words } from "../domain/problems.ts";
import { isConsistent } from "../domain/proofs/log.ts";
import { recover } from "../ledger/signatures.ts";
import { type Client, Refusal } from "./client.ts";
import { Exit, Usage } from "./terminal.ts";

/** A checkpoint as the operator signed it; `time` in seconds UTC. */
export type SignedCheckpoint = { size: number; root: Hex; time: number; operator: Hex; signature: Hex };

/** The register as its checkpoints are judged: which one it is, and whom to ask for proofs. */
type Asked = { client: Client; separator: Uint8Array; salt: Hex };

/** Where this person's machine remembers what it has seen and sent. */
export function home(): string {
  return process.env.PRASASTI_HOME ?? join(homedir(), ".prasasti");
}

const fileOf = (salt: Hex) => join(home(), "seen", `${salt.slice(2, 18)}.json`);

/**
 * The checkpoint to sign as seen: the one that the ledger stored last, once it is proven to be part of the newest log,
 * and that log to begin with what this machine saw last. NO_ID before there is any.
 * @throws Usage with exit code 3 where that is not proven; Refusal, Unavailable
 */
export async function seenOf(register: Asked): Promise<Hex> {
  const { client } = register;
  // the stored one first: the newest is then never older
  const { seen, seenSize } = await client.get<{ seen: Hex; seenSize: number }>("/api/v1/ledger");
  const { newest } = await client.get<{ newest?: SignedCheckpoint }>("/api/v1/checkpoints?limit=1");
  if (newest === undefined) {
    const known = await knownOf(register.salt);
    if (known !== undefined) throw await otherHistory(register.salt, known, { size: 0, root: NO_ID });
    return NO_ID;
  }
  await accept(register, newest);
  if (seen !== NO_ID && !(await isProven(client, { size: seenSize, root: seen }, newest)))
    throw await otherHistory(register.salt, newest, { size: seenSize, root: seen });
  return seen;
}

/**
 * Remembers a checkpoint, if the operator signed it and it goes on from the one seen last. The operator is the one first
 * met.
 * @throws Usage with exit code 3 otherwise; Refusal, Unavailable
 */
export async function accept({ client, separator, salt }: Asked, shown: SignedCheckpoint): Promise<void> {
  const { size, root, time, operator, signature } = shown;
  if (recover(checkpointDigest(separator, size, root, time), fromHex(signature)) !== operator) {
    throw new Usage(
      {
        en: "The checkpoint's signature is not the operator's. Sign nothing there.",
        id: "Tanda tangan checkpoint bukan milik operator. Jangan menandatangani apa pun di sana.",
      },
      Exit.otherHistory,
    );
  }
  const known = await knownOf(salt);
  if (known !== undefined && known.operator !== operator) {
    throw new Usage(
      {
        en: `Another operator signs than before (${known.operator}, now ${operator}). Sign nothing there; ask who runs the register. If it is right, delete ${fileOf(salt)}.`,
        id: `Operator yang menandatangani berbeda dari sebelumnya (${known.operator}, kini ${operator}). Jangan menandatangani apa pun di sana; tanyakan siapa pengelola register. Bila memang benar, hapus ${fileOf(salt)}.`,
      },
      Exit.otherHistory,
    );
  }
  if (known !== undefined) {
    // what was asked before another process here saw more may come after it
    const [earlier, later] = known.size <= size ? [known, shown] : [shown, known];
    if (!(await isProven(client, earlier, later))) throw await otherHistory(salt, known, shown);
    if (later === known) return;
  }
  await keep(fileOf(salt), shown);
}

type Head = { size: number; root: Hex };

/** Whether the gateway can prove that the log of `later` begins with that of `earlier`. */
async function isProven(client: Client, earlier: Head, later: Head): Promise<boolean> {
  if (earlier.size >= later.size) return isConsistent(earlier, later, []);
  const query = `first=${earlier.size}&second=${later.size}`;
  try {
    const proof = await client.get<{ consistencyPath: Hex[] }>(`/api/v1/proofs/consistency?${query}`);
    return isConsistent(earlier, later, proof.consistencyPath);
  } catch (error) {
    // it answers that it has no such proof; a gateway in trouble has not answered yet
    if (error instanceof Refusal && error.problem.status < 500) return false;
    throw error;
  }
}

async function knownOf(salt: Hex): Promise<SignedCheckpoint | undefined> {
  try {
    return JSON.parse(await readFile(fileOf(salt), "utf8")) as SignedCheckpoint;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    if (!(error instanceof SyntaxError)) throw error;
    throw new Usage(
      {
        en: `${fileOf(salt)}, which keeps what this machine saw of the register, is damaged. Restore it from a backup; without one delete it, and compare the register with what others saw.`,
        id: `${fileOf(salt)}, yang menyimpan apa yang pernah dilihat komputer ini dari register, rusak. Pulihkan dari cadangan; bila tidak ada, hapus, lalu bandingkan register dengan yang dilihat pihak lain.`,
      },
      Exit.yours,
    );
  }
}

async function keep(file: string, content: object): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const fresh = `${file}.${process.pid}.new`;
  await writeFile(fresh, `${JSON.stringify(content)}\n`);
  await rename(fresh, file);
}

/** Both checkpoints are kept: each signed by the operator, they show together what was done. */
async function otherHistory(salt: Hex, known: Head, shown: Head): Promise<Usage> {
  const file = fileOf(salt);
  const conflict = file.replace(/json$/, "conflict.json");
  await keep(conflict, { known, shown });
  const words: Words = {
    en: `THIS REGISTER SHOWS ANOTHER HISTORY THAN BEFORE. Sign nothing there.
  seen here before: size ${known.size}, root ${known.root}
  shown now:        size ${shown.size}, root ${shown.root}
  The gateway cannot prove that the one goes on from the other: the log was rewritten, or put back from a backup and gone another way. Keep ${conflict} and give it to an auditor. Only once it is explained: delete ${file} to begin with what is shown now.`,
    id: `REGISTER INI MENUNJUKKAN RIWAYAT YANG LAIN DARI SEBELUMNYA. Jangan menandatangani apa pun di sana.
  pernah terlihat di sini: ukuran ${known.size}, root ${known.root}
  ditunjukkan sekarang:    ukuran ${shown.size}, root ${shown.root}
  Gateway tidak dapat membuktikan bahwa yang satu melanjutkan yang lain: log telah ditulis ulang, atau dipulihkan dari cadangan lalu berlanjut ke arah lain. Simpan ${conflict} dan serahkan kepada pemeriksa. Hanya setelah ada penjelasan: hapus ${file} untuk memulai dari yang ditunjukkan sekarang.`,
  };
  return new Usage(words, Exit.otherHistory);
}
