import type { Hex } from "../domain/entries/words.ts";
import { ProblemError, type Words } from "../domain/problems.ts";
import { keyPart, ordered } from "../domain/projection/ordered.ts";
import { type CheckpointRow, leafKey, nodeKey, type RegisterView } from "../domain/projection/project-block.ts";
import { auditPath, consistencyPath, type ReadNode, rootAt } from "../domain/proofs/log.ts";
import {
  type Checkpoint,
  checkpointIn,
  type EventProof,
  type ProvableBlock,
  proveEvent,
  readCheckpoint,
} from "../domain/proofs/receipts.ts";

/** What proofs of the log are made of. */
type LogNeeds = {
  get<T>(key: string): Promise<T | undefined>;
  register(): Pick<RegisterView, "log" | "checkpoint">;
};

/** What proofs of what a block holds are made of. */
export type BlockNeeds = {
  get<T>(key: string): Promise<T | undefined>;
  /** address of the ledger */
  ledger: Hex;
  /** the block of that number, as the chain keeps it */
  block(number: number): Promise<ProvableBlock | undefined>;
  /** what speaks for the block beside its own hash */
  vouch(number: number, hash: Hex): BlockVoucher;
};

/** The operator's signature on a block, and what it is worth: a chain that cannot prove finality says so. */
export type BlockVoucher = {
  finality: { proven: boolean; by: Finality; words: Words };
  operator: Hex;
  signature: Hex;
};

/** Who stands for a block: the operator alone, the blocks after it, or validators. */
type Finality = "operator" | "depth" | "validators";

/** Which leaf is meant: by its hash, its place in the log from 0, or as an entry's. */
export type AskedLeaf = { leaf: Hex } | { index: number } | { ocid: string; sequence: number };

export type InclusionProof = Checkpoint & { leaf: Hex; index: number; auditPath: Hex[] };
export type ConsistencyProof = { first: Checkpoint; second: Checkpoint; consistencyPath: Hex[] };

/**
 * Proves that a leaf stands in the log of that size, in the newest checkpoint where none is named.
 * @throws ProblemError unknown-leaf, unknown-checkpoint, size-beyond-log, leaf-beyond-size
 */
export async function proveInclusion(
  asked: AskedLeaf,
  size: number | undefined,
  needs: LogNeeds,
): Promise<InclusionProof> {
  const read = reader(needs);
  const { log } = needs.register();
  const index = await indexOf(asked, needs);
  if (index === undefined || index >= log.size) throw new ProblemError("unknown-leaf");
  const at = sizeOr(size, needs);
  if (index >= at) throw new ProblemError("leaf-beyond-size", "", { index, size: at });
  const [leaf, root, path] = await Promise.all([read(0, index), rootAt(at, read), auditPath(index, at, read)]);
  return { leaf, index, size: at, root, auditPath: path };
}

/**
 * Proves that the log of size `second`, the newest checkpoint where none is named, begins with the log of size `first`.
 * @throws ProblemError unknown-checkpoint, size-beyond-log, sizes-reversed
 */
export async function proveConsistency(
  first: number,
  second: number | undefined,
  needs: LogNeeds,
): Promise<ConsistencyProof> {
  const read = reader(needs);
  const to = sizeOr(second, needs);
  if (first > to) {
    const present = needs.register().log.size;
    if (first > present) throw new ProblemError("size-beyond-log", "", { size: first, present });
    throw new ProblemError("sizes-reversed", "", { first, second: to });
  }
  const [one, two, path] = await Promise.all([rootAt(first, read), rootAt(to, read), consistencyPath(first, to, read)]);
  return { first: { size: first, root: one }, second: { size: to, root: two }, consistencyPath: path };
}

/** That the ledger told a checkpoint, in a block which is vouched for. `time` is the block's, in seconds UTC. */
export type CheckpointProof = {
  checkpoint: CheckpointRow;
  block: ProvenBlock;
  event: EventProof;
} & BlockVoucher;

/** The block in which an event stands. */
export type ProvenBlock = { number: number; hash: Hex; parentHash: Hex; time: number };

/**
 * Proves by its block that the ledger told the checkpoint of that size.
 * @throws ProblemError unknown-checkpoint
 */
export async function proveCheckpoint(size: number, needs: BlockNeeds): Promise<CheckpointProof> {
  const checkpoint = await needs.get<CheckpointRow>(`checkpoint/${ordered(size)}`);
  if (checkpoint === undefined) throw new ProblemError("unknown-checkpoint", "", { size });
  const told = await needs.block(checkpoint.block);
  const event = told && proveEvent(told, (log) => readCheckpoint(log, needs.ledger)?.size === size);
  const block = event && checkpointIn(event, needs.ledger)?.block;
  // the row was made of this very block
  if (event === undefined || block === undefined) throw new Error(`block ${checkpoint.block} lacks checkpoint ${size}`);
  return { checkpoint, block, event, ...needs.vouch(block.number, block.hash) };
}

export const finalityWords: Record<Finality, Words> = {
  operator: {
    en: "finality not proven: operator-signed",
    id: "finalitas tidak terbukti: ditandatangani operator",
  },
  depth: {
    en: "finality not proven: confirmed by the blocks after it, and operator-signed",
    id: "finalitas tidak terbukti: dikonfirmasi blok sesudahnya dan ditandatangani operator",
  },
  validators: {
    en: "the seals of the validators stand in the header's extra data: check them against the validators you know",
    id: "segel para validator ada di extra data header: periksa terhadap validator yang Anda kenal",
  },
};

function reader({ get }: LogNeeds): ReadNode {
  return async (height, index) => {
    const node = await get<Hex>(nodeKey(height, index));
    if (node === undefined) throw new Error(`the log lacks node ${index} of height ${height}`);
    return node;
  };
}

async function indexOf(asked: AskedLeaf, { get }: LogNeeds): Promise<number | undefined> {
  if ("index" in asked) return asked.index;
  if ("leaf" in asked) return get<number>(leafKey(asked.leaf));
  // the register counts its leaves from 1
  const sequence = await get<string>(`of/${keyPart(asked.ocid)}/${ordered(asked.sequence)}`);
  return sequence === undefined ? undefined : Number(sequence) - 1;
}

/** The size that is asked for, or that of the newest checkpoint. */
function sizeOr(size: number | undefined, { register }: LogNeeds): number {
  const { log, checkpoint } = register();
  const wanted = size ?? checkpoint?.size;
  if (wanted === undefined) throw new ProblemError("unknown-checkpoint");
  if (wanted > log.size) throw new ProblemError("size-beyond-log", "", { size: wanted, present: log.size });
  return wanted;
}
