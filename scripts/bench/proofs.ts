import { createHash } from "node:crypto";
import { proveCheckpoint, proveConsistency, proveInclusion } from "../../server/actions/prove.ts";
import { toHex } from "../../server/domain/entries/words.ts";
import { leafKey, nodeKey, type RegisterView } from "../../server/domain/projection/project-block.ts";
import { isConsistent, LogFrontier, rootOfPath } from "../../server/domain/proofs/log.ts";
import { checkpointIn } from "../../server/domain/proofs/receipts.ts";
import { Table } from "../../server/store/store.ts";
import { posted, startGateway } from "../../test/gateway/world.ts";
import { temporaryFolder } from "../../test/operations/prasasti.ts";
import { machine } from "./gateway.ts";

/**
 * Proofs in a log of `count` leaves, read from a database as the gateway keeps it, and of a checkpoint in a block full of
 * entries: made, checked, and how long they are. Leaves of the long log are invented; the block is a real one.
 */
export async function proofs({ count }: { count: number }): Promise<void> {
  console.log(machine());
  await ofTheLog(count);
  await ofABlock();
}

const TIMES = 500;

/** Median and 99th percentile of how long `work` takes at places at random, and the processor time of each. */
async function timed(places: number, work: (place: number) => Promise<void>): Promise<string> {
  const times: number[] = [];
  const before = process.cpuUsage();
  for (let i = 0; i < TIMES; i++) {
    const place = Math.floor(Math.random() * places);
    const start = performance.now();
    await work(place);
    times.push(performance.now() - start);
  }
  const { user, system } = process.cpuUsage(before);
  const of = (share: number) => times[Math.floor(TIMES * share)]!.toFixed(2);
  times.sort((a, b) => a - b);
  return `p50 ${of(0.5)} ms, p99 ${of(0.99)} ms, processor ${((user + system) / 1_000 / TIMES).toFixed(2)} ms`;
}

async function ofTheLog(count: number): Promise<void> {
  await using folder = await temporaryFolder();
  const table = await Table.open(folder.path);
  try {
    const log = new LogFrontier();
    const start = performance.now();
    while (log.size < count) {
      const rows: { key: string; value: unknown }[] = [];
      for (let i = 0; i < 500 && log.size < count; i++) {
        const leaf = createHash("sha256").update(`${log.size}`).digest();
        rows.push({ key: leafKey(toHex(leaf)), value: log.size });
        log.append(leaf, (height, index, hash) => rows.push({ key: nodeKey(height, index), value: toHex(hash) }));
      }
      await table.put(rows);
    }
    const each = ((performance.now() - start) / count) * 1_000;
    console.log(`| rows of a leaf and its nodes, kept in batches of 500 leaves | ${each.toFixed(0)} µs a leaf |`);
    const register = { log: { size: count, roots: [] }, checkpoint: { size: count, root: toHex(log.root()) } };
    const needs = {
      get: <T>(key: string) => table.get<T>(key),
      register: () => register as unknown as Pick<RegisterView, "log" | "checkpoint">,
    };
    let [longest, proven] = [0, 0];
    const inclusion = await timed(count, async (index) => {
      const { leaf, size, root, auditPath } = await proveInclusion({ index }, undefined, needs);
      if (rootOfPath(leaf, index, size, auditPath) !== root) throw new Error(`leaf ${index} is not proven`);
      longest = Math.max(longest, auditPath.length);
      proven++;
    });
    console.log(
      `| a leaf in a log of ${count}, made and checked | ${inclusion}; at most ${longest * 32} bytes of hashes |`,
    );
    longest = 0;
    const consistency = await timed(count, async (first) => {
      const proof = await proveConsistency(first, undefined, needs);
      if (!isConsistent(proof.first, proof.second, proof.consistencyPath)) throw new Error(`${first} is not proven`);
      longest = Math.max(longest, proof.consistencyPath.length);
      proven++;
    });
    console.log(`| two sizes of it, made and checked | ${consistency}; at most ${longest * 32} bytes of hashes |`);
    console.log(`| of these, proven | ${proven} of ${2 * TIMES} |`);
  } finally {
    await table.close();
  }
}

async function ofABlock(): Promise<void> {
  const running = await startGateway();
  try {
    const { services, app } = running;
    const body = { contracts: [{ id: "K-1", title: "x".repeat(2_000) }] };
    const post = () => {
      const { payload } = posted(services.separator, services.register().seen, { body });
      return app.inject({ method: "POST", url: "/api/v1/submissions?wait=60000", payload });
    };
    await post(); // the first checkpoint, which all others name
    await Promise.all(Array.from({ length: 600 }, post));
    const needs = {
      get: <T>(key: string) => services.projection.get<T>(key),
      ledger: services.deployment.addresses.Ledger,
      block: services.block,
      vouch: services.vouch,
    };
    const events = new Map<number, number>();
    for await (const { number, logs } of services.chain.blocks(1)) events.set(number, logs.length);
    const blocks: { size: number; events: number }[] = [];
    for await (const { value } of services.projection.range<{ size: number; block: number }>("checkpoint/"))
      blocks.push({ size: value.size, events: events.get(value.block)! });
    blocks.sort((one, other) => one.events - other.events);
    for (const { size, events: held } of [blocks[0]!, blocks.at(-1)!]) {
      let bytes = 0;
      const spread = await timed(1, async () => {
        const { event } = await proveCheckpoint(size, needs);
        if (checkpointIn(event, needs.ledger)?.size !== size) throw new Error(`checkpoint ${size} is not proven`);
        bytes = [event.header, ...event.nodes].reduce((sum, hex) => sum + hex.length / 2 - 1, 0);
      });
      console.log(`| its checkpoint in a block of ${held} events, made and checked | ${spread}; ${bytes} bytes |`);
    }
  } finally {
    await running.remove();
  }
}
