import { BrowserProvider, type Eip1193Provider, type JsonRpcSigner } from "ethers";
import { createHardhatRuntimeEnvironment } from "hardhat/hre";
import { type Artifact, compile } from "../../scripts/compile.ts";

/** The contracts as the source says now, compiled once. */
export async function artifacts(): Promise<Record<string, Artifact>> {
  return compile().artifacts;
}

export type TestChain = { provider: BrowserProvider; signer: JsonRpcSigner; request: Eip1193Provider["request"] };

/** A fresh engine that mines each transaction at once. */
export async function startChain(): Promise<TestChain> {
  const hre = await createHardhatRuntimeEnvironment({
    networks: {
      test: {
        type: "edr-simulated",
        chainType: "l1",
        chainId: 777,
        hardfork: "london",
        allowBlocksWithSameTimestamp: true,
        blockGasLimit: 1_000_000_000,
        gasPrice: 0,
        initialBaseFeePerGas: 0,
      },
    },
  });
  const connection = await hre.network.create("test");
  const provider = new BrowserProvider(connection.provider as Eip1193Provider, undefined, { cacheTimeout: -1 });
  return {
    provider,
    signer: await provider.getSigner(),
    request: (call) => connection.provider.request(call as never),
  };
}
