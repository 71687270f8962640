import { mkdir, readFile } from "node:fs/promises";
import path from "node:path";
import { sha256 } from "#hash";
import { entryHash, MAX_BODY, readBalances } from "../../server/domain/entries/entry.ts";
import { type Hex, readUint, toHex, utf8, WORD } from "../../server/domain/entries/words.ts";
import { Fault } from "../../server/domain/fault.ts";
import { canonicalJson } from "../../server/domain/json.ts";
import { failpoint } from "../../server/failpoint.ts";
import { unpackEntry } from "../../server/ledger/codec.ts";
import { type LotRow, readLot, recordHash, type StagedLot, writeWhole } from "../stage/lot.ts";
import { isInLot, LotTree } from "../stage/merkle.ts";
import type { Job } from "./job.ts";
import type { Register } from "./register.ts";
import { decimal } from "./run-wave.ts";
import type { Verdict } from "./verify-wave.ts";
import type { WaveOnChain } from "./wave-on-chain.ts";

/** Sums of one agency, year and currency; amounts as decimal text, `year` empty where a record tells none. */
type Sum = { agency: string; year: string; currency: string; rows: number; value: string; paid: string };

type LotInCertificate = Pick<
  StagedLot,
  "key" | "root" | "rows" | "tier" | "agencyId" | "entity" | "currency" | "value" | "paid"
>;

/** What a part of the certificate is that is too large to stand in it: a file beside it, by its digest. */
type Elsewhere = { file: string; sha256: Hex; count: number };

/**
 * What was taken over in a wave, as its head signs it when it is closed; the ledger keeps it. Any row can be shown to be
 * part of it later, against the old system's dump, without asking anybody.
 */
export type Certificate = {
  format: "prasasti-migration-certificate";
  version: 1;
  plan: { id: string; hash: Hex };
  wave: string;
  attempt: number;
  id: Hex;
  register: { chainId: number; ledger: Hex; wave: number };
  lead: Hex;
  /** seconds UTC */
  cutOver: number;
  counts: Job["counts"];
  reasons: Readonly<Record<string, number>>;
  approvals: readonly { office: string; holder: string }[];
  rows: number;
  lotsHash: Hex;
  verified: { block: number; rows: number; differences: number };
  sums: Sum[] | Elsewhere;
  lots: LotInCertificate[] | Elsewhere;
};

/** Builds the certificate of a wave that was verified, and writes it, and what stands beside it, into `reports`. */
export async function writeCertificate(
  job: Job,
  register: Register,
  wave: WaveOnChain,
  verdict: Verdict,
): Promise<{ certificate: Certificate; bytes: Uint8Array; file: string }> {
  const folder = reportFolder(job);
  await mkdir(folder, { recursive: true });
  const lots = job.stage.lots.map(({ key, root, rows, tier, agencyId, entity, currency, value, paid }) => ({
    ...{ key, root, rows, tier, agencyId, entity, currency, value, paid },
  }));
  const sums = await sumsOf(job);
  const certificate: Certificate = {
    ...{ format: "prasasti-migration-certificate", version: 1, plan: job.plan, wave: job.wave, attempt: job.attempt },
    ...{ id: job.id, register: { chainId: register.chainId, ledger: register.places.Ledger, wave: wave.number } },
    ...{ lead: job.lead.agency, cutOver: job.cutOver, counts: job.counts, reasons: job.reasons },
    ...{ approvals: job.approvals ?? [], rows: wave.rows, lotsHash: wave.lotsHash, sums, lots },
    verified: { block: verdict.block, rows: verdict.rows, differences: verdict.differences.length },
  };
  // the largest part goes first, until the rest fits into the act that carries it
  for (const part of ["lots", "sums"] as const) {
    if (canonical(certificate).length <= MAX_BODY) break;
    const bytes = utf8(canonicalJson(certificate[part] as never));
    const file = `certificate-${part}.json`;
    await writeWhole(path.join(folder, file), bytes);
    const { length } = certificate[part] as unknown[];
    Object.assign(certificate, { [part]: { file, sha256: toHex(sha256(bytes)), count: length } satisfies Elsewhere });
  }
  const bytes = canonical(certificate);
  const file = path.join(folder, "certificate.json");
  await writeWhole(file, bytes);
  await writeWhole(path.join(folder, "certificate-lots.all.json"), utf8(canonicalJson(lots as never)));
  failpoint("wave-certified");
  return { certificate, bytes, file };
}

export function reportFolder({ folder, wave, attempt }: Pick<Job, "folder" | "wave" | "attempt">): string {
  return path.join(folder, "reports", `${wave}-${attempt}`);
}

function canonical(certificate: Certificate): Uint8Array {
  return utf8(canonicalJson(certificate as never));
}

/** Sums by agency, year of the contract's date, and currency; of records that are no entries by their lot. */
async function sumsOf({ stage }: Job): Promise<Sum[]> {
  const sums = new Map<string, { rows: number; value: bigint; paid: bigint }>();
  const add = (agency: string, year: string, currency: string, rows: number, value: bigint, paid: bigint) => {
    const key = [agency, year, currency].join("\t");
    const sum = sums.get(key) ?? { rows: 0, value: 0n, paid: 0n };
    sums.set(key, { rows: sum.rows + rows, value: sum.value + value, paid: sum.paid + paid });
  };
  for (const lot of stage.lots) {
    if (lot.entity !== "process") {
      add(lot.agencyId, "", lot.currency, lot.rows, BigInt(lot.value), BigInt(lot.paid));
      continue;
    }
    for (const { item } of await readLot(stage.folder, lot)) {
      const { entry, preimage } = unpackEntry(item);
      const { value, currency = "", on } = entry.terms;
      const opens = entry.contractId !== "" && preimage.length > 0;
      const year = on === undefined ? "" : String(new Date(on * 1000).getUTCFullYear());
      add(
        lot.agencyId,
        year,
        opens ? currency : "",
        1,
        opens ? (value ?? 0n) : 0n,
        opens ? readBalances(preimage).paid : 0n,
      );
    }
  }
  return [...sums]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, { rows, value, paid }]) => {
      const [agency, year, currency] = key.split("\t") as [string, string, string];
      return { agency, year, currency, rows, value: decimal(value), paid: decimal(paid) };
    });
}

/** That a row stands in a certificate: all that is needed to check it without a ledger, a stage or us. */
export type RowProof = {
  format: "prasasti-row-proof";
  version: 1;
  wave: Hex;
  certificate: Hex;
  lot: { key: Hex; root: Hex };
  key: string;
  entity: string;
  /** 0x bytes of the packed entry; absent of a record that is none */
  item?: Hex;
  /** canonical JSON of the record, or of the entry's body where it is kept off the chain */
  body?: string;
  hash: Hex;
  proof: Hex[];
  from: LotRow["from"];
};

/** The proofs of the rows with a key: of one row, or of all rows of a process by its ocid. @throws Fault no-such-row */
export async function proveRows(job: Job, wanted: string): Promise<RowProof[]> {
  const certificate = toHex(sha256(await readFile(path.join(reportFolder(job), "certificate.json"))));
  const proofs: RowProof[] = [];
  for (const lot of job.stage.lots) {
    const rows = await readLot(job.stage.folder, lot);
    let tree: LotTree | undefined;
    for (const [index, { key, hash, item, body, from }] of rows.entries()) {
      const mine =
        key === wanted || key.startsWith(`${wanted}|`) || key.startsWith(`${wanted}\u0000`) || isOf(item, wanted);
      if (!mine) continue;
      tree ??= new LotTree(rows.map((row) => row.hash));
      proofs.push({
        ...{ format: "prasasti-row-proof", version: 1, wave: job.id, certificate, key, entity: lot.entity },
        ...(item.length > 0 ? { item: toHex(item) } : {}),
        ...(body.length > 0 ? { body: Buffer.from(body).toString() } : {}),
        ...{ lot: { key: lot.key, root: lot.root }, hash: toHex(hash), proof: tree.proof(index), from },
      });
    }
  }
  if (proofs.length > 0) return proofs;
  throw new Fault("no-such-row", {
    explanation: {
      en: `The wave ${job.wave} has no row ${wanted}.`,
      id: `Gelombang ${job.wave} tidak mempunyai baris ${wanted}.`,
    },
    remedy: {
      en: "Give an ocid, or a key as the reject and stage files spell it.",
      id: "Beri ocid, atau kunci seperti tertulis dalam berkas tolakan dan penyiapan.",
    },
  });
}

function isOf(item: Uint8Array, ocid: string): boolean {
  return item.length > 0 && unpackEntry(item).entry.ocid === ocid;
}

/** Checks a proof against a certificate, offline. @returns what is wrong, or nothing */
export function checkRowProof(
  proof: RowProof,
  certificate: Uint8Array,
  lots: readonly LotInCertificate[],
): string | undefined {
  if (toHex(sha256(certificate)) !== proof.certificate) return "the certificate is another one";
  const said = JSON.parse(Buffer.from(certificate).toString()) as Certificate;
  if (said.id !== proof.wave) return "the certificate is of another wave";
  if (!Array.isArray(said.lots) && toHex(sha256(utf8(canonicalJson(lots as never)))) !== said.lots.sha256)
    return "the list of lots is not that of the certificate";
  const listed = (Array.isArray(said.lots) ? said.lots : lots).find(({ key }) => key === proof.lot.key);
  if (listed === undefined || listed.root !== proof.lot.root) return "the certificate has no such lot";
  const bytes = proof.item === undefined ? undefined : Buffer.from(proof.item.slice(2), "hex");
  const own =
    bytes === undefined
      ? recordHash(proof.entity as never, proof.key, utf8(proof.body ?? ""))
      : entryHash(unpackEntry(bytes).entry);
  if (toHex(own) !== proof.hash) return "the content is not that of the row's hash";
  if (bytes !== undefined && proof.body !== undefined) {
    const digest = toHex(sha256(utf8(proof.body)));
    if (unpackEntry(bytes).entry.digest !== digest) return "the body is not that of the row's digest";
  }
  return isInLot(proof.lot.root, own, proof.proof) ? undefined : "the row is not in the lot";
}

/** The certificate that a wave was closed with, as the ledger keeps it. */
export function countsOf(word: Hex): Job["counts"] {
  const bytes = Buffer.from(word.slice(2), "hex");
  const at = (place: number) => Number(readUint(bytes, place * (WORD / 4), WORD / 4));
  const [read, rejected, merged, excluded] = [at(0), at(1), at(2), at(3)];
  return { read, rejected, merged, excluded, migrated: read - rejected - merged - excluded };
}
