// Measures the embedded chain on this machine: `node test/chain/measure.ts [blocks]`. Not a test.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { openEmbedded } from "../../server/chain/embedded.ts";
import { addressOf, signTransaction } from "../../server/chain/transaction.ts";

const blocks = Number(process.argv[2] ?? 1000);
const chainId = 7358;
const key = new Uint8Array(32).fill(9);
const to = addressOf(key);
const folder = await mkdtemp(join(tmpdir(), "prasasti-measure-"));
const megabytes = () => Math.round(process.memoryUsage.rss() / 1e6);
const quantile = (values: number[], q: number) => values.toSorted((a, b) => a - b)[Math.floor(values.length * q)]!;

const opening = performance.now();
const chain = await openEmbedded({ folder, chainId });
await chain.ready();
console.log(`new chain ready in ${(performance.now() - opening).toFixed(0)} ms, ${megabytes()} MB`);

let nonce = 0;
for (const size of [100, 20_000, 200_000]) {
  const count = size > 100_000 ? Math.ceil(blocks / 10) : blocks;
  const data = new Uint8Array(size).fill(3);
  const gap = monitorEventLoopDelay({ resolution: 1 });
  const latencies: number[] = [];
  const signing: number[] = [];
  const before = megabytes();
  gap.enable();
  const start = performance.now();
  for (let i = 0; i < count; i++) {
    const from = performance.now();
    const { raw } = signTransaction({ chainId, nonce: nonce++, gas: 10_000_000, to, data }, key);
    const sent = performance.now();
    await chain.submit([raw]);
    signing.push(sent - from);
    latencies.push(performance.now() - sent);
  }
  const seconds = (performance.now() - start) / 1000;
  gap.disable();
  const ms = (value: number) => `${value.toFixed(2)} ms`;
  console.log(
    `${size} bytes: ${(count / seconds).toFixed(0)} blocks/s, submit to journalled p50 ${ms(quantile(latencies, 0.5))} ` +
      `p99 ${ms(quantile(latencies, 0.99))}, signing ${ms(quantile(signing, 0.5))}, longest gap of the main thread ` +
      `${ms(gap.max / 1e6)}, memory +${megabytes() - before} MB`,
  );
}
const times = new Map<number, number>();
for await (const { time } of chain.blocks(1)) times.set(time, (times.get(time) ?? 0) + 1);
console.log(`most blocks in one second: ${Math.max(...times.values())}`);
const height = chain.height();
await chain.close();

const reopening = performance.now();
const again = await openEmbedded({ folder, chainId });
const opened = performance.now();
let read = 0;
for await (const _ of again.blocks(1)) read++;
const readDone = performance.now();
await again.ready();
const done = performance.now();
console.log(
  `${height} blocks: first read after ${(opened - reopening).toFixed(0)} ms, ${read} read in ${(readDone - opened).toFixed(0)} ms ` +
    `during replay, all replayed and equal after ${(done - reopening).toFixed(0)} ms (${(height / ((done - reopening) / 1000)).toFixed(0)} blocks/s)`,
);
await again.close();
await rm(folder, { recursive: true });
