import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openEmbedded } from "../../server/chain/embedded.ts";
import { behavesLikeAChain } from "./behaviour.ts";

behavesLikeAChain("the embedded chain", async () => {
  const folder = await mkdtemp(join(tmpdir(), "prasasti-chain-"));
  const chain = await openEmbedded({ folder, chainId: 7355 });
  await chain.ready();
  const dispose = async () => {
    await chain.close();
    await rm(folder, { recursive: true });
  };
  return { chain, keys: [new Uint8Array(32).fill(5), new Uint8Array(32).fill(6)], dispose };
});
