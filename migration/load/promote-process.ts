import { toHex } from "../../server/domain/entries/words.ts";
import { Fault } from "../../server/domain/fault.ts";
import { codeOf } from "../../server/domain/problems.ts";
import { packBatch, packRow, unpackEntry } from "../../server/ledger/codec.ts";
import { interfaceOf } from "../../server/ledger/deploy.ts";
import { readLot } from "../stage/lot.ts";
import { LotTree } from "../stage/merkle.ts";
import type { Job } from "./job.ts";
import { commandIn, waveIn } from "./load-rows.ts";
import { type Hands, refusalInWords } from "./run-wave.ts";
import { waveOnChain } from "./wave-on-chain.ts";
import { withAccount } from "./wave-stages.ts";

/**
 * Brings an archived process onto the ledger, row by row with its proofs, so that people can work on it: before its first
 * native entry. Rows that are there already change nothing. @throws Fault no-such-row, row-refused
 */
export async function promoteProcess(
  job: Job,
  hands: Hands,
  ocid: string,
): Promise<{ recorded: number; known: number }> {
  const { register } = hands;
  const wave = await waveOnChain(register, job.id);
  const rows: { command: string; hash: string; item: Uint8Array; key: string }[] = [];
  for (const lot of job.stage.lots) {
    if (lot.tier !== "C" || lot.entity !== "process") continue;
    const all = await readLot(job.stage.folder, lot);
    let tree: LotTree | undefined;
    for (const [index, { key, hash, item }] of all.entries()) {
      const { entry } = unpackEntry(item);
      if (entry.ocid !== ocid) continue;
      tree ??= new LotTree(all.map((row) => row.hash));
      const packed = packRow(wave?.number ?? 0, lot.key, tree.proof(index), item);
      rows.push({ command: entry.commandId, hash: toHex(hash), item: packed, key });
    }
  }
  if (rows.length === 0 || wave === undefined)
    throw new Fault("no-such-row", {
      explanation: {
        en: `The archive of ${job.wave} has no process ${ocid}.`,
        id: `Arsip ${job.wave} tidak memuat proses ${ocid}.`,
      },
      remedy: { en: "Check the ocid and the wave.", id: "Periksa ocid dan gelombangnya." },
    });
  const submit = interfaceOf("Ledger").encodeFunctionData("submit", [packBatch(rows.map(({ item }) => item))]);
  const from = (await register.height()) + 1;
  await withAccount(job, hands, (account) =>
    account.send([{ to: "Ledger", data: submit as `0x${string}`, gas: 1_000_000 + 600_000 * rows.length }]),
  );
  const wanted = new Set(rows.map(({ command }) => command));
  const events = interfaceOf("Ledger");
  const [RECORDED, REFUSED] = ["EntryRecorded", "Refused"].map((name) => events.getEvent(name)!.topicHash);
  let recorded = 0;
  for await (const page of register.logs("Ledger", [[RECORDED!, REFUSED!]], from, await register.height()))
    for (const { topics, data } of page) {
      if (topics[0] === RECORDED) {
        if (waveIn(data) === wave.number && wanted.has(commandIn(data))) recorded++;
        continue;
      }
      const row = rows.find(({ hash }) => hash === topics[1]);
      if (row === undefined) continue;
      const number = (word: number) => BigInt(toHex(data, word * 32, (word + 1) * 32));
      const code = Number(number(0));
      if (code === codeOf("duplicate-command")) continue;
      const says = refusalInWords({
        ...{ lot: 0, row: 0, key: row.key, hash: row.hash as `0x${string}`, code },
        ...{ a: String(number(1)), b: String(number(2)) },
      });
      throw new Fault("row-refused", {
        explanation: { en: `${row.key}: ${says.en}`, id: `${row.key}: ${says.id}` },
        remedy: { en: "Nothing else of it was changed.", id: "Selain itu tidak ada yang berubah." },
      });
    }
  return { recorded, known: rows.length - recorded };
}
