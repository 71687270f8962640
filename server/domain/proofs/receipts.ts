import { keccak256 } from "#hash";
import { hashText } from "../entries/entry.ts";
import { fromHex, type Hex, readNumber, toHex, WORD } from "../entries/words.ts";
import { decodeRlp, encodeRlp, fromNumber, type Rlp, toBytes, toList, toNumber } from "./rlp.ts";

// What a block's header proves of its transactions' results: receipts stand in a Merkle-Patricia tree (yellow paper,
// appendix D) under the RLP of their place, and the header holds its root. Every receipt is longer than 32 bytes, so no
// node of this tree ever stands inside another one, and no key begins with another key.

type Log = { address: string; topics: readonly string[]; data: Uint8Array };

/** What of a block its proofs are made of; every engine's blocks have it. Hashes and addresses are 0x text. */
export type ProvableBlock = {
  /** RLP */
  header: Uint8Array;
  /** all of them, in order; `type` as in EIP-2718, 0 for a legacy transaction */
  transactions: readonly { hash: string; type: number; ok: boolean; gasUsed: number }[];
  /** of all transactions, in order */
  logs: readonly (Log & { transactionHash: string })[];
};

/** That an event is in a block. All but the places is RLP, as 0x text. */
export type EventProof = {
  /** the block's header; its keccak256 is the block's hash */
  header: Hex;
  /** place of the transaction in its block, from 0 */
  transaction: number;
  /** nodes of the tree of receipts, from the root that the header names to the receipt */
  nodes: Hex[];
  /** place of the event in the receipt, from 0 */
  log: number;
};

/** An event, and the block that it is in. `time` in seconds UTC. */
type ProvenEvent = { block: { number: number; hash: Hex; parentHash: Hex; time: number }; log: Log };

/** Proves the first event of the block that is the one sought; undefined where none is. */
export function proveEvent(block: ProvableBlock, isSought: (log: Log) => boolean): EventProof | undefined {
  const sought = block.logs.find(isSought);
  const transaction = block.transactions.findIndex(({ hash }) => hash === sought?.transactionHash);
  if (sought === undefined || transaction < 0) return undefined;
  const logsOf = Map.groupBy(block.logs, ({ transactionHash }) => transactionHash);
  let cumulativeGas = 0;
  const items = block.transactions.map(({ hash, type, ok, gasUsed }, place) => {
    cumulativeGas += gasUsed;
    return { path: pathOf(place), value: encodeReceipt(type, ok, cumulativeGas, logsOf.get(hash) ?? []) };
  });
  const nodes: Hex[] = [];
  build(items, 0, pathOf(transaction), nodes);
  const log = logsOf.get(sought.transactionHash)!.indexOf(sought);
  return { header: toHex(block.header), transaction, nodes: nodes.reverse(), log };
}

/** The event that the proof shows, and the block; undefined where it shows nothing. Who vouches for the block is another question. */
export function readEventProof(proof: EventProof): ProvenEvent | undefined {
  if (!isEventProof(proof)) return undefined;
  const { header, transaction, nodes, log } = proof;
  try {
    const bytes = fromHex(header);
    const fields = toList(decodeRlp(bytes));
    const receipt = valueAt(toBytes(fields[RECEIPTS_ROOT], 32), pathOf(transaction), nodes);
    // a receipt of another type than 0 is its type and then its RLP
    const [, , , logs] = toList(decodeRlp(receipt[0]! < 0xc0 ? receipt.subarray(1) : receipt));
    const [address, topics, data] = toList(toList(logs)[log]);
    return {
      block: {
        number: toNumber(fields[NUMBER]),
        hash: toHex(keccak256(bytes)),
        parentHash: toHex(toBytes(fields[PARENT_HASH], 32)),
        time: toNumber(fields[TIME]),
      },
      log: {
        address: toHex(toBytes(address, 20)),
        topics: toList(topics).map((topic) => toHex(toBytes(topic, 32))),
        data: toBytes(data),
      },
    };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Of this shape at all: it comes from a stranger. */
function isEventProof(proof: EventProof): boolean {
  const { header, transaction, nodes, log } = proof;
  const texts = Array.isArray(nodes) && [header, ...nodes].every((text) => typeof text === "string");
  return texts && [transaction, log].every(Number.isSafeInteger);
}

/** Places in a header of what is read here. */
const [PARENT_HASH, RECEIPTS_ROOT, NUMBER, TIME] = [0, 5, 8, 11];

const CHECKPOINT = toHex(hashText("Checkpoint(uint64,bytes32)"));
const AGENCY_CHECKPOINT = toHex(hashText("AgencyCheckpoint(bytes32,uint64,bytes32,uint64)"));

/** The log had `size` leaves and this root. */
export type Checkpoint = { size: number; root: Hex };

/** When the log had `size` leaves, the agency had `count` entries, the last of which has the leaf `head`. */
export type AgencyCheckpoint = { agency: Hex; count: number; head: Hex; size: number };

/** What the ledger at this address tells by a log, if it is a checkpoint. */
export function readCheckpoint({ address, topics, data }: Log, ledger: Hex): Checkpoint | undefined {
  if (address !== ledger || topics[0] !== CHECKPOINT || data.length !== 2 * WORD) return undefined;
  return { size: uint64(data, 0), root: toHex(data, WORD) };
}

/** What the ledger at this address tells by a log, if it is an agency's checkpoint. */
export function readAgencyCheckpoint({ address, topics, data }: Log, ledger: Hex): AgencyCheckpoint | undefined {
  if (address !== ledger || topics[0] !== AGENCY_CHECKPOINT || data.length !== 3 * WORD) return undefined;
  return {
    agency: topics[1] as Hex,
    count: uint64(data, 0),
    head: toHex(data, WORD, 2 * WORD),
    size: uint64(data, 2 * WORD),
  };
}

type In<T> = T & { block: ProvenEvent["block"] };

/** The checkpoint of the ledger at this address that a proof shows, if it shows one. */
export function checkpointIn(proof: EventProof, ledger: Hex): In<Checkpoint> | undefined {
  return told(proof, ledger, readCheckpoint);
}

/** The agency's checkpoint of the ledger at this address that a proof shows, if it shows one. */
export function agencyCheckpointIn(proof: EventProof, ledger: Hex): In<AgencyCheckpoint> | undefined {
  return told(proof, ledger, readAgencyCheckpoint);
}

function told<T>(
  proof: EventProof,
  ledger: Hex,
  read: (log: Log, ledger: Hex) => T | undefined,
): (T & { block: ProvenEvent["block"] }) | undefined {
  const proven = readEventProof(proof);
  const found = proven && read(proven.log, ledger);
  return found && { ...found, block: proven.block };
}

/** A uint64 in its word: what a register counts stays far below 2^48. */
function uint64(data: Uint8Array, at: number): number {
  return readNumber(data, at + WORD - 6, 6);
}

/**
 * A receipt as the tree holds it (EIP-2718 and EIP-658).
 * @param cumulativeGas of the transaction and of those before it in the block
 */
function encodeReceipt(type: number, ok: boolean, cumulativeGas: number, logs: readonly Log[]): Uint8Array {
  const body = encodeRlp([
    fromNumber(ok ? 1 : 0),
    fromNumber(cumulativeGas),
    bloomOf(logs),
    logs.map(({ address, topics, data }) => [fromHex(address), topics.map(fromHex), data]),
  ]);
  if (type === 0) return body;
  const typed = new Uint8Array(body.length + 1);
  typed[0] = type;
  typed.set(body, 1);
  return typed;
}

/** Three of 2,048 bits for each address and topic (yellow paper, section 4.3.1). */
function bloomOf(logs: readonly Log[]): Uint8Array {
  const bloom = new Uint8Array(256);
  for (const item of new Set(logs.flatMap(({ address, topics }) => [address, ...topics]))) {
    const hash = keccak256(fromHex(item));
    for (const at of [0, 2, 4]) {
      const bit = readNumber(hash, at, 2) % 2048;
      bloom[255 - Math.floor(bit / 8)]! |= 1 << (bit % 8);
    }
  }
  return bloom;
}

type Item = { path: readonly number[]; value: Uint8Array };

/** The node over items that share the first `depth` steps; nodes on the way to `wanted` are added to `found`, lowest first. */
function build(items: readonly Item[], depth: number, wanted: readonly number[] | undefined, found: Hex[]): Uint8Array {
  const [first] = items as [Item];
  let node: Rlp;
  if (items.length === 1) node = [compact(first.path.slice(depth), true), first.value];
  else {
    let shared = depth;
    while (items.every(({ path }) => path[shared] === first.path[shared])) shared++;
    if (shared > depth) {
      node = [compact(first.path.slice(depth, shared), false), build(items, shared, wanted, found)];
    } else {
      const branch: Uint8Array[] = Array(17).fill(new Uint8Array());
      for (const [step, below] of Map.groupBy(items, ({ path }) => path[depth]!))
        branch[step] = build(below, depth + 1, wanted?.[depth] === step ? wanted : undefined, found);
      node = branch;
    }
  }
  const bytes = encodeRlp(node);
  if (wanted !== undefined) found.push(toHex(bytes));
  return keccak256(bytes);
}

/** What the tree with that root holds under a key. @throws RangeError where the nodes do not lead there */
function valueAt(root: Uint8Array, path: readonly number[], nodes: readonly Hex[]): Uint8Array {
  let expected = root;
  let depth = 0;
  for (const [index, text] of nodes.entries()) {
    const bytes = fromHex(text);
    if (toHex(keccak256(bytes)) !== toHex(expected)) throw new RangeError("proof: node of another tree");
    const node = toList(decodeRlp(bytes));
    if (node.length === 17) {
      expected = toBytes(node[path[depth++]!], 32);
      continue;
    }
    const { steps, leaf } = expand(toBytes(node[0]));
    if (node.length !== 2 || steps.some((step, i) => path[depth + i] !== step))
      throw new RangeError("proof: other key");
    depth += steps.length;
    if (!leaf) {
      expected = toBytes(node[1], 32);
      continue;
    }
    if (depth !== path.length || index !== nodes.length - 1) throw new RangeError("proof: other length");
    return toBytes(node[1]);
  }
  throw new RangeError("proof: ends before the receipt");
}

/** Half-bytes of the key of a place. @throws RangeError for what is no place */
function pathOf(place: number): number[] {
  return halves(encodeRlp(fromNumber(place)));
}

function halves(bytes: Uint8Array): number[] {
  return Array.from(bytes).flatMap((byte) => [byte >> 4, byte & 15]);
}

/** Half-bytes in bytes, with a mark for leaves and for an odd count (yellow paper, appendix C). */
function compact(steps: readonly number[], leaf: boolean): Uint8Array {
  const odd = steps.length % 2 === 1;
  const flag = (leaf ? 2 : 0) + (odd ? 1 : 0);
  const all = odd ? [flag, ...steps] : [flag, 0, ...steps];
  return Uint8Array.from({ length: all.length / 2 }, (_, i) => all[2 * i]! * 16 + all[2 * i + 1]!);
}

function expand(bytes: Uint8Array): { steps: number[]; leaf: boolean } {
  const [flag = 4, ...rest] = halves(bytes);
  if (flag > 3 || (flag % 2 === 0 && rest[0] !== 0)) throw new RangeError("proof: not a node");
  return { steps: flag % 2 === 1 ? rest : rest.slice(1), leaf: flag >= 2 };
}
