import { decodeRlp, encodeRlp, keccak256, toBeArray } from "ethers";
import type { EventProof } from "../../server/domain/proofs/receipts.ts";

/**
 * What a header's tree of receipts holds under a place: walked as Ethereum's wiki describes it ("Merkle Patricia Trie"),
 * with ethers for RLP and keccak and on text, so that it shares nothing with what makes the proofs.
 */
export function walked({ header, transaction, nodes }: EventProof): { blockHash: string; receipt: string } {
  const fields = decodeRlp(header) as string[];
  let want = fields[5]!;
  let key = encodeRlp(transaction === 0 ? "0x" : toBeArray(transaction)).slice(2);
  for (const node of nodes) {
    if (keccak256(node) !== want) throw new Error("not the node that its parent names");
    const items = decodeRlp(node) as string[];
    if (items.length === 17) {
      want = items[Number.parseInt(key[0]!, 16)]!;
      key = key.slice(1);
      continue;
    }
    const encoded = items[0]!.slice(2);
    const steps = encoded.slice("13".includes(encoded[0]!) ? 1 : 2);
    if (!key.startsWith(steps)) throw new Error("another key");
    key = key.slice(steps.length);
    want = items[1]!;
    if ("23".includes(encoded[0]!)) {
      if (key !== "" || node !== nodes.at(-1)) throw new Error("not at the end");
      return { blockHash: keccak256(header), receipt: want };
    }
  }
  throw new Error("no receipt");
}
