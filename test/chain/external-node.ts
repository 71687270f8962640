// A node in a process of its own; it prints its address. It mines by itself and knows nothing of a gateway.
// `external-node.ts hardhat <port> <chain id> <genesis time>`: a Hardhat node.
// `external-node.ts door <port> <url>`: passes everything on to another node.

import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { createHardhatRuntimeEnvironment } from "hardhat/hre";

const [kind, port, ...rest] = process.argv.slice(2) as [string, string, ...string[]];
console.log(await (kind === "door" ? door(rest[0]!) : hardhat(Number(rest[0]), Number(rest[1]))));

async function hardhat(chainId: number, genesisTime: number): Promise<string> {
  const networks = {
    external: {
      type: "edr-simulated" as const,
      chainType: "l1" as const,
      chainId,
      hardfork: "london",
      accounts: [],
      gasPrice: 0,
      initialBaseFeePerGas: 0,
      blockGasLimit: 1_000_000_000,
      allowBlocksWithSameTimestamp: true,
      throwOnTransactionFailures: false,
      initialDate: new Date(genesisTime * 1000),
      mining: { auto: true, interval: 0, mempool: { order: "fifo" as const } },
    },
  };
  const hre = await createHardhatRuntimeEnvironment({ networks }, {}, import.meta.dirname);
  const server = await hre.network.createServer("external", "127.0.0.1", Number(port));
  const listening = await server.listen();
  return `http://${listening.address}:${listening.port}`;
}

async function door(to: string): Promise<string> {
  const server = createServer((incoming, answer) => {
    const { method, headers } = incoming;
    const onward = request(to, { method: method!, headers }, (given) => given.pipe(answer));
    onward.on("error", () => answer.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(Number(port), "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
