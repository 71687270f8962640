import http from "node:http";
import { type Domain, domainSeparator, idOf } from "../../server/domain/entries/entry.ts";
import { type Hex, NO_ID } from "../../server/domain/entries/words.ts";
import { seedId } from "../../server/sandbox/bootstrap.ts";
import { contractTerms, posted, STEM } from "../../test/gateway/world.ts";
import { machine, withGateway } from "./gateway.ts";

/**
 * Individually signed contracts with 2 KB bodies through the HTTP API until final, client and gateway on one machine.
 * All entries are signed before the clock starts; what counts is what the register holds afterwards, not what was answered.
 */
export async function submissions({ count, clients }: { count: number; clients: number }): Promise<void> {
  await withGateway(async (url) => {
    const ledger = async () =>
      (await (await fetch(`${url}/api/v1/ledger`)).json()) as { domain: Domain; seen: Hex; entries: number };
    const { domain } = await ledger();
    const separator = domainSeparator(domain);
    const agent = new http.Agent({ keepAlive: true, maxSockets: clients });
    const post = (payload: string) =>
      new Promise<number>((resolve, reject) => {
        const request = http.request(
          `${url}/api/v1/submissions?wait=60000`,
          { method: "POST", agent, headers: { "content-type": "application/json" } },
          (response) => {
            response.resume().on("end", () => resolve(response.statusCode ?? 0));
          },
        );
        request.on("error", reject).end(payload);
      });

    await post(signed(separator, NO_ID, -1)); // the first checkpoint, which all others name
    const { seen } = await ledger();
    process.stderr.write(`signing ${count} entries …\n`);
    const prepare = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, i) => signed(separator, seen, from + i));

    const alone: number[] = [];
    for (const payload of prepare(0, 100)) {
      const start = performance.now();
      await post(payload);
      alone.push(performance.now() - start);
    }
    const payloads = prepare(100, 100 + count);
    const before = (await ledger()).entries;
    const times: number[] = [];
    let failed = 0;
    let next = 0;
    const start = performance.now();
    await Promise.all(
      Array.from({ length: clients }, async () => {
        while (next < payloads.length) {
          const payload = payloads[next++]!;
          const sent = performance.now();
          if ((await post(payload)) !== 201) failed++;
          times.push(performance.now() - sent);
        }
      }),
    );
    const seconds = (performance.now() - start) / 1000;
    const recorded = (await ledger()).entries - before;
    const of = (values: number[], share: number) =>
      values.sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))]!.toFixed(0);
    console.log(machine());
    console.log("|---|---|");
    console.log(`| one at a time, until final | p50 ${of(alone, 0.5)} ms, p99 ${of(alone, 0.99)} ms |`);
    console.log(
      `| ${clients} clients, ${count} contracts, one signature, 2 KB bodies | ${(recorded / seconds).toFixed(0)}/s, p50 ${of(times, 0.5)} ms, p99 ${of(times, 0.99)} ms |`,
    );
    console.log(`| in the register afterwards | ${recorded} of ${count}, ${failed} not answered 201 |`);
    agent.destroy();
    if (recorded !== count) process.exitCode = 1;
  });
}

/** A posted contract of a process of its own. */
export function signed(separator: Uint8Array, seen: Hex, number: number): string {
  const { payload } = posted(separator, seen, {
    commandId: seedId("bench", number),
    ocid: `${STEM}-bench-${number}`,
    terms: { ...contractTerms(50_000_000_00n), party: idOf("ID-PRS-S-0002") },
    body: { contracts: [{ id: "K-1", title: `Paket ${number}`, description: "x".repeat(1_950) }] },
  });
  return JSON.stringify(payload);
}
