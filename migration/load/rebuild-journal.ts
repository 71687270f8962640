import { addressOf } from "../../server/chain/transaction.ts";
import { failpoint } from "../../server/failpoint.ts";
import { hashOfLots, type Job, journalFolder, Lease } from "./job.ts";
import { Journal, setJournalAside } from "./journal.ts";
import { loadedSince } from "./load-rows.ts";
import { type Hands, stale } from "./run-wave.ts";
import { accountKey } from "./wave-account.ts";
import { historyOfWave, waveOnChain } from "./wave-on-chain.ts";

/**
 * Begins a journal from the chain alone: which wave, which lots, which rows stand there. The old one is set aside. Where
 * the rows are is read again at the next run; nothing is sent here.
 * @throws Fault stale where the ledger's wave is of another plan or of other lots
 */
export async function rebuildJournal(
  job: Job,
  hands: Hands,
): Promise<{ aside?: string; lots: number; rows: number; openedAt: number }> {
  const { register, tell } = hands;
  const folder = journalFolder(job);
  const wave = await waveOnChain(register, job.id);
  const history = wave === undefined ? undefined : await historyOfWave(register, wave.number);
  if (wave !== undefined && wave.plan !== job.plan.hash) throw stale("plan");
  const staged = new Map(job.stage.lots.map(({ key, root }) => [key, root]));
  for (const { lot } of history?.lots ?? []) if (staged.get(lot.lotKey) !== lot.root) throw stale("stage");
  const rows = wave === undefined ? 0 : (await loadedSince(register, wave.number, history!.openedAt)).size;
  tell("rebuilding", { lots: history?.lots.length ?? 0, rows });
  const aside = await setJournalAside(folder);
  failpoint("rebuild-aside");
  const journal = await Journal.open(folder);
  try {
    const secret = await accountKey(job.folder, job.wave, job.attempt, hands.account);
    await journal.begin({
      ...{ wave: job.wave, attempt: job.attempt, waveId: job.id, planHash: job.plan.hash },
      ...{ lots: hashOfLots(job.stage.lots), sender: addressOf(secret) },
    });
    failpoint("rebuild-begun");
    await journal.tell("rebuilt", {
      lots: history?.lots.length ?? 0,
      rows,
      epoch: (await new Lease(job).epoch()) ?? 0,
    });
    failpoint("rebuild-done");
  } finally {
    await journal.close();
  }
  return {
    ...(aside === undefined ? {} : { aside }),
    lots: history?.lots.length ?? 0,
    rows,
    openedAt: history?.openedAt ?? 0,
  };
}
