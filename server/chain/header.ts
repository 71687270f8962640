import { keccak256 } from "#hash";
import { encodeRlp, fromNumber } from "../domain/proofs/rlp.ts";
import { ChainFault } from "./chain.ts";
import { fromHex, toHex } from "./transaction.ts";

/** The fields of a block as Ethereum's JSON-RPC names them; from `baseFeePerGas` on they came with later forks. */
export type RpcHeader = Record<(typeof bytes)[number] | (typeof numbers)[number] | "hash", string> &
  Partial<Record<(typeof later)[number], string>>;

const bytes = [
  "parentHash",
  "sha3Uncles",
  "miner",
  "stateRoot",
  "transactionsRoot",
  "receiptsRoot",
  "logsBloom",
  "extraData",
  "mixHash",
  "nonce",
] as const;
const numbers = ["difficulty", "number", "gasLimit", "gasUsed", "timestamp"] as const;
const later = [
  "baseFeePerGas",
  "withdrawalsRoot",
  "blobGasUsed",
  "excessBlobGas",
  "parentBeaconBlockRoot",
  "requestsHash",
] as const;
/** In the order in which a header holds them (yellow paper section 4.3; later ones as their EIPs add them). */
const order = [...bytes.slice(0, 7), ...numbers, ...bytes.slice(7), ...later] as const;
const isNumber: ReadonlySet<string> = new Set([...numbers, "baseFeePerGas", "blobGasUsed", "excessBlobGas"]);

/**
 * The RLP of a block's header. Its keccak256 is the block's hash, so a proof that ends in the header ends in the block.
 * @throws ChainFault engine-failed where the fields do not have that hash
 */
export function encodeHeader(block: RpcHeader): Uint8Array {
  const fields = order.flatMap((name) => {
    const value = block[name];
    // a fork that did not come yet leaves its fields out
    if (value === undefined || value === null) return [];
    return [isNumber.has(name) ? fromNumber(BigInt(value)) : fromHex(value)];
  });
  const header = encodeRlp(fields);
  const found = toHex(keccak256(header));
  if (found !== block.hash)
    throw new ChainFault("engine-failed", { found: `the header of block ${Number(block.number)} has hash ${found}` });
  return header;
}
