import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openEmbedded } from "../../server/chain/embedded.ts";
import { openNetwork } from "../../server/chain/network.ts";
import { behavesLikeAChain, type Subject } from "./behaviour.ts";
import { ExternalNode } from "./external-nodes.ts";

const keys: Subject["keys"] = [new Uint8Array(32).fill(5), new Uint8Array(32).fill(6)];

behavesLikeAChain("the embedded chain", async () => {
  const folder = await mkdtemp(join(tmpdir(), "prasasti-chain-"));
  const chain = await openEmbedded({ folder, chainId: 7355 });
  await chain.ready();
  const dispose = async () => {
    await chain.close();
    await rm(folder, { recursive: true });
  };
  return { chain, keys, dispose };
});

async function onANode(prepare: (node: ExternalNode) => Promise<unknown>): Promise<Subject> {
  const chainId = 7356;
  const node = await ExternalNode.start(chainId);
  await prepare(node);
  const folder = await mkdtemp(join(tmpdir(), "prasasti-chain-"));
  const begin = async () => ({ founder: `0x${"1".repeat(40)}`, salt: `0x${"2".repeat(64)}`, charter: "", from: 0 });
  const chain = await openNetwork({ folder, urls: [node.url], chainId, begin });
  await chain.ready();
  const dispose = async () => {
    await chain.close();
    await node.kill();
    await rm(folder, { recursive: true });
  };
  return { chain, keys, dispose };
}

behavesLikeAChain("a node that mines each transaction at once", () => onANode(async () => {}));

behavesLikeAChain("a node that mines every 50 ms", () =>
  onANode(async (node) => {
    await node.request("evm_setAutomine", false);
    await node.request("evm_setIntervalMining", 50);
  }),
);
