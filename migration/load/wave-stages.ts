import { ActCode } from "../../server/domain/entries/act.ts";
import type { WaveStateName } from "../../server/domain/entries/kinds.ts";
import { type Hex, utf8 } from "../../server/domain/entries/words.ts";
import { Fault } from "../../server/domain/fault.ts";
import { canonicalJson } from "../../server/domain/json.ts";
import type { Words } from "../../server/domain/problems.ts";
import { failpoint } from "../../server/failpoint.ts";
import { packCounts } from "../../server/ledger/waves.ts";
import { type Certificate, writeCertificate } from "./certificate.ts";
import { type Job, journalFolder, Lease, leaseHeld } from "./job.ts";
import { Journal } from "./journal.ts";
import { type ReverseDelta, writeReverseDelta } from "./reverse-delta.ts";
import { type Hands, performAct, type RunEnd } from "./run-wave.ts";
import { type Verdict, verifyRolledBack, verifyWave } from "./verify-wave.ts";
import { accountKey, WaveAccount } from "./wave-account.ts";
import { makeAct } from "./wave-act.ts";
import { historyOfWave, type WaveOnChain, waveOnChain } from "./wave-on-chain.ts";

// What follows once a wave is loaded: it is closed with its certificate, comes into force, is rolled back, becomes final.
// Each step looks first whether it is done, so it can be repeated after an interruption.

type Waiting = Extract<RunEnd, { end: "waiting" }>;

/** A criterion of go or no-go, as it stands. */
export type Criterion = { name: string; met: boolean; words: Words };

/** Closes a loaded wave: compares all of it, writes its certificate, and anchors that by the lead head's act. */
export async function closeWave(
  job: Job,
  hands: Hands,
  restage?: Parameters<typeof verifyWave>[3],
): Promise<Waiting | { end: "closed"; certificate: Certificate | undefined; verdict: Verdict | undefined }> {
  const { register, tell } = hands;
  const wave = await settled(job, hands);
  if (wave.state !== "open") return { end: "closed", certificate: undefined, verdict: undefined };
  const verdict = await verifyWave(job, register, tell, restage);
  failpoint("wave-verified");
  if (verdict.differences.length > 0) throw mismatch(job, verdict);
  const { certificate, bytes } = await writeCertificate(job, register, wave, verdict);
  const { read, rejected, merged, excluded } = job.counts;
  const waiting = await withAccount(job, hands, (account) =>
    performAct(job, { ...hands, account }, "close", async () => {
      return makeAct(
        register,
        {
          ...{ code: ActCode.closeWave, agency: job.lead.agency, post: job.id, key: wave.lotsHash },
          ...{ from: wave.epoch, until: wave.rows, holder: packCounts({ read, rejected, merged, excluded }) },
        },
        {
          ...{ by: job.lead.by, body: bytes },
          says: {
            en: `Close wave ${job.wave} (attempt ${job.attempt}): ${read} source rows read, ${job.counts.migrated} migrated, ${rejected} rejected, ${merged} merged, ${excluded} excluded; ${wave.rows} records in ${wave.lots} lots.`,
            id: `Menutup gelombang ${job.wave} (percobaan ${job.attempt}): ${read} baris dibaca, ${job.counts.migrated} dimigrasikan, ${rejected} ditolak, ${merged} digabung, ${excluded} dikecualikan; ${wave.rows} catatan dalam ${wave.lots} lot.`,
          },
        },
      );
    }),
  );
  failpoint("wave-closed");
  return waiting ?? { end: "closed", certificate, verdict };
}

/** Brings a closed wave into force: the lead head and an overseer sign. @throws Fault no-go */
export async function activateWave(
  job: Job,
  hands: Hands,
  criteria: readonly Criterion[],
): Promise<Waiting | { end: "active"; until: number }> {
  const wave = await settled(job, hands);
  if (wave.state === "active" || wave.state === "final") return { end: "active", until: wave.activatedAt + wave.grace };
  const failed = criteria.filter(({ met }) => !met);
  if (failed.length > 0) throw noGo(job, failed);
  const waiting = await twoPeople(
    job,
    hands,
    "activate",
    ActCode.activateWave,
    {},
    {
      en: `Bring wave ${job.wave} into force: from now on its ${wave.rows} records count, and its processes can be worked on.`,
      id: `Memberlakukan gelombang ${job.wave}: sejak ini ${wave.rows} catatannya berlaku dan prosesnya dapat dikerjakan.`,
    },
  );
  failpoint("wave-activated");
  if (waiting !== undefined) return waiting;
  const now = (await waveOnChain(hands.register, job.id))!;
  return { end: "active", until: now.activatedAt + now.grace };
}

/** Makes a wave final, after its grace: it cannot be rolled back any more. */
export async function finaliseWave(job: Job, hands: Hands): Promise<Waiting | { end: "final" }> {
  const wave = await settled(job, hands);
  if (wave.state === "final") return { end: "final" };
  const waiting = await twoPeople(
    job,
    hands,
    "finalise",
    ActCode.finaliseWave,
    {},
    {
      en: `Make wave ${job.wave} final: it can never be rolled back, only corrected entry by entry.`,
      id: `Memfinalkan gelombang ${job.wave}: tidak dapat ditarik kembali, hanya dikoreksi entri demi entri.`,
    },
  );
  failpoint("wave-finalised");
  return waiting ?? { end: "final" };
}

/** What rolling back would undo, and what stands in its way. */
export type RollbackPlan = {
  state: WaveStateName;
  rows: number;
  natives: number;
  touched: number;
  payments: number;
  dependants: number;
  detaches: boolean;
  /** seconds UTC; undefined while it is not active */
  until: number | undefined;
  blockers: Words[];
  delta: ReverseDelta;
};

/** Looks at what a rollback would do; writes nothing but the reverse delta's files. */
export async function planRollback(job: Job, hands: Pick<Hands, "register">): Promise<RollbackPlan> {
  const wave = await expectWave(job, hands);
  const { openedAt } = await historyOfWave(hands.register, wave.number);
  const delta = await writeReverseDelta(job, hands.register, wave, openedAt);
  const blockers: Words[] = [];
  if (wave.state === "final")
    blockers.push({
      en: "it is final: only correcting entries are possible",
      id: "sudah final: hanya entri koreksi yang mungkin",
    });
  if (wave.state === "rolledBack") blockers.push({ en: "it is rolled back already", id: "sudah ditarik kembali" });
  if (wave.dependants > 0)
    blockers.push({
      en: `${wave.dependants} other waves build on it: roll those back first`,
      id: `${wave.dependants} gelombang lain bergantung padanya: tarik yang itu dahulu`,
    });
  if (wave.payments > 0)
    blockers.push({
      en: `${wave.payments} payments were recorded on its processes: they are never taken back`,
      id: `${wave.payments} pembayaran sudah tercatat pada prosesnya: tidak pernah ditarik kembali`,
    });
  if (wave.natives > 0 && !wave.detaches)
    blockers.push({
      en: `${wave.natives} entries were signed on ${wave.touched} of its processes, and the plan says block`,
      id: `${wave.natives} entri ditandatangani pada ${wave.touched} prosesnya, dan rencana berkata block`,
    });
  const { state, rows, natives, touched, payments, dependants, detaches, activatedAt, grace } = wave;
  const until = activatedAt === 0 ? undefined : activatedAt + grace;
  return { state, rows, natives, touched, payments, dependants, detaches, until, blockers, delta };
}

/**
 * Rolls a wave back in one transaction, by the lead head and an overseer. What people signed on its processes since is
 * written first as a reverse delta for the old system; its SHA-256 goes onto the chain, in the act, whose body names what
 * the old system has no column for.
 * @param acceptLossy that this is lost to the old system is known, and accepted by who signs
 * @throws Fault rollback-blocked, rollback-lossy
 */
export async function rollBackWave(
  job: Job,
  hands: Hands,
  { acceptLossy = false } = {},
): Promise<Waiting | { end: "rolledBack"; delta: ReverseDelta | undefined; verdict: Verdict }> {
  const before = await settled(job, hands);
  let delta: ReverseDelta | undefined;
  if (before.state !== "rolledBack") {
    const plan = await planRollback(job, hands);
    if (plan.blockers.length > 0) throw blocked(job, plan.blockers);
    delta = plan.delta;
    const { sha256, form, lossy, edits } = delta;
    const lost = Object.keys(lossy);
    if (lost.length > 0 && !acceptLossy) throw loses(job, delta);
    const body = utf8(
      edits.length === 0
        ? "{}"
        : canonicalJson({ reverseDelta: { sha256, form, facts: edits.length, lossy, acceptedLossy: lost.length > 0 } }),
    );
    const [loss, hilang] =
      lost.length === 0
        ? ["", ""]
        : [
            ` The old system has no column for ${lost.join(", ")}: the signers accept that it loses them.`,
            ` Sistem lama tidak punya kolom untuk ${lost.join(", ")}: para penanda tangan menerima bahwa itu hilang di sana.`,
          ];
    failpoint("rollback-delta");
    const waiting = await twoPeople(
      job,
      hands,
      "roll-back",
      ActCode.rollBackWave,
      { key: sha256 },
      {
        en: `Roll wave ${job.wave} (attempt ${job.attempt}) back: none of its ${before.rows} records counts any more${plan.natives > 0 ? `, but ${plan.touched} processes with ${plan.natives} entries signed since stay` : ""}. Nothing is erased. Reverse delta: SHA-256 ${sha256}.${loss}`,
        id: `Menarik kembali gelombang ${job.wave} (percobaan ${job.attempt}): ${before.rows} catatannya tidak berlaku lagi${plan.natives > 0 ? `, kecuali ${plan.touched} proses dengan ${plan.natives} entri baru yang tetap` : ""}. Tidak ada yang dihapus. Delta balik: SHA-256 ${sha256}.${hilang}`,
      },
      body,
    );
    if (waiting !== undefined) return waiting;
    failpoint("rollback-sent");
  }
  const verdict = await verifyRolledBack(job, hands.register, hands.tell);
  failpoint("rollback-done");
  return { end: "rolledBack", delta, verdict };
}

async function twoPeople(
  job: Job,
  hands: Hands,
  name: string,
  code: number,
  more: { key?: Hex },
  says: Words,
  body?: Uint8Array,
): Promise<Waiting | undefined> {
  const given = { code, agency: job.lead.agency, post: job.id, ...more };
  return withAccount(job, hands, (account) =>
    performAct(job, { ...hands, account }, name, () =>
      makeAct(hands.register, given, { by: job.lead.by, says, ...(body === undefined ? {} : { body }) }),
    ),
  );
}

/** With the account of the wave, whose journal nobody else has open meanwhile. */
export async function withAccount<T>(
  job: Job,
  hands: Hands,
  work: (account: WaveAccount, journal: Journal) => Promise<T>,
): Promise<T> {
  const { register, gasPrice = 0 } = hands;
  const journal = await Journal.open(journalFolder(job));
  try {
    const secret = await accountKey(job.folder, job.wave, job.attempt, hands.account);
    return await work(new WaveAccount({ register, outbox: journal, secret, gasPrice }), journal);
  } finally {
    await journal.close();
  }
}

/** The wave as it is when all that was sent of it has come to its end. */
async function settled(job: Job, hands: Hands): Promise<WaveOnChain> {
  await withAccount(job, hands, (account) => account.settle());
  return expectWave(job, hands);
}

/** @throws Fault not-opened, lease-held */
async function expectWave(job: Job, { register }: Pick<Hands, "register">): Promise<WaveOnChain> {
  const wave = await waveOnChain(register, job.id);
  if (wave === undefined)
    throw new Fault("not-opened", {
      explanation: {
        en: `Attempt ${job.attempt} at ${job.wave} is not open on this ledger.`,
        id: `Percobaan ${job.attempt} atas ${job.wave} belum dibuka di buku besar ini.`,
      },
      remedy: { en: "Run it first: prasasti migrate run WAVE", id: "Jalankan dahulu: prasasti migrate run GELOMBANG" },
    });
  if (wave.state === "open") {
    const epoch = await new Lease(job).epoch();
    if (epoch !== undefined && epoch !== wave.epoch) throw leaseHeld(job.wave, wave.epoch);
  }
  return wave;
}

function mismatch({ wave }: Job, { differences }: Verdict): Fault {
  const first = differences.slice(0, 5);
  const list = (language: "en" | "id") => first.map(({ place, words }) => `${place}: ${words[language]}`).join("; ");
  return new Fault("mismatch", {
    explanation: {
      en: `${wave} is not closed: ${differences.length} differences. ${list("en")}.`,
      id: `${wave} tidak ditutup: ${differences.length} perbedaan. ${list("id")}.`,
    },
    remedy: {
      en: "See all with `prasasti migrate verify WAVE`; run again, or roll back and replan.",
      id: "Lihat semuanya dengan `prasasti migrate verify GELOMBANG`; jalankan lagi, atau tarik kembali dan rencanakan ulang.",
    },
  });
}

function noGo({ wave }: Job, failed: readonly Criterion[]): Fault {
  const list = (language: "en" | "id") => failed.map(({ name, words }) => `${name}: ${words[language]}`).join("; ");
  return new Fault("no-go", {
    explanation: { en: `No go for ${wave}: ${list("en")}.`, id: `${wave} belum boleh diberlakukan: ${list("id")}.` },
    remedy: {
      en: "Put it right and verify again, or roll back and replan. The criteria are the sealed plan's.",
      id: "Perbaiki lalu verifikasi lagi, atau tarik kembali dan rencanakan ulang. Kriterianya dari rencana yang disegel.",
    },
  });
}

function loses({ wave }: Job, { lossy, file }: ReverseDelta): Fault {
  const list = Object.entries(lossy)
    .map(([field, count]) => `${field} (${count})`)
    .join(", ");
  return new Fault("rollback-lossy", {
    explanation: {
      en: `${wave} is not rolled back: the reverse delta is lossy. The old system has no column for ${list}; see ${file}.`,
      id: `${wave} tidak ditarik kembali: delta balik tidak lengkap bagi sistem lama. Tidak ada kolom untuk ${list}; lihat ${file}.`,
    },
    remedy: {
      en: "Where that may be lost to the old system, say so with --accept-lossy: it is recorded in the act. Here nothing is erased.",
      id: "Bila itu boleh hilang di sistem lama, nyatakan dengan --accept-lossy: tercatat dalam perbuatannya. Di sini tidak ada yang dihapus.",
    },
  });
}

function blocked({ wave }: Job, blockers: readonly Words[]): Fault {
  return new Fault("rollback-blocked", {
    explanation: {
      en: `${wave} cannot be rolled back: ${blockers.map(({ en }) => en).join("; ")}.`,
      id: `${wave} tidak dapat ditarik kembali: ${blockers.map(({ id }) => id).join("; ")}.`,
    },
    remedy: {
      en: "See `prasasti migrate rollback WAVE --plan`. Nothing was changed.",
      id: "Lihat `prasasti migrate rollback GELOMBANG --plan`. Tidak ada yang diubah.",
    },
  });
}
