// A process of its own, to be killed: opens the chain in the folder given, submits block after block, and writes a line
// "number hash" for each block that it was told of.

import { writeSync } from "node:fs";
import { openEmbedded } from "../../server/chain/embedded.ts";
import { addressOf, signTransaction } from "../../server/chain/transaction.ts";

const [folder, count] = process.argv.slice(2);
const chainId = 7357;
const key = new Uint8Array(32).fill(9);
const sender = addressOf(key);
const chain = await openEmbedded({ folder: folder!, chainId });
await chain.ready();
chain.follow({ block: ({ number, hash }) => void writeSync(1, `${number} ${hash}\n`), takenBack() {} });
let nonce = await chain.nonce(sender);
for (let i = 0; i < Number(count); i++) {
  const fields = { chainId, nonce: nonce++, gas: 100_000, to: sender, data: Uint8Array.of(i) };
  await chain.submit([signTransaction(fields, key).raw]);
}
await chain.close();
