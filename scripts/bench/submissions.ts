import http from "node:http";
import { sha256 } from "#hash";
import {
  type Domain,
  domainSeparator,
  type Entry,
  entryHash,
  idOf,
  signedDigest,
  termsToText,
} from "../../server/domain/entries/entry.ts";
import { Kind, Role } from "../../server/domain/entries/kinds.ts";
import { type Hex, NO_ID, toHex, utf8 } from "../../server/domain/entries/words.ts";
import { canonicalJson } from "../../server/domain/json.ts";
import { sign } from "../../server/ledger/signatures.ts";
import { seedId } from "../../server/sandbox/bootstrap.ts";
import { HOLDERS, POST_PU_1, sandboxSecret } from "../../server/sandbox/people.ts";
import { machine, withGateway } from "./gateway.ts";

const STEM = "ocds-213czf-dpupr";

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

const officer = HOLDERS.find(({ id }) => id === "H-PRS-PPK-PU")!;
const key = sandboxSecret(officer.key);

/** A posted contract of a process of its own. */
export function signed(separator: Uint8Array, seen: Hex, number: number): string {
  const body = { contracts: [{ id: "K-1", title: `Paket ${number}`, description: "x".repeat(1_950) }] };
  const now = Math.floor(Date.now() / 1000);
  const entry: Entry = {
    commandId: seedId("bench", number),
    maker: idOf(officer.id),
    capacity: Role.officer,
    ocid: `${STEM}-bench-${number}`,
    contractId: "K-1",
    awardId: "",
    agency: idOf("ID-PRS-DPUPR"),
    kind: Kind.contract,
    basis: NO_ID,
    seen,
    digest: toHex(sha256(utf8(canonicalJson(body)))),
    terms: {
      code: 2,
      currency: "IDR",
      value: 50_000_000_00n,
      officer: idOf(POST_PU_1),
      party: idOf("ID-PRS-S-0002"),
      on: now - 86_400,
    },
    refersTo: NO_ID,
    expires: now + 86_400,
  };
  const signature = toHex(sign(signedDigest(separator, entryHash(entry)), key));
  return JSON.stringify({
    entry: { ...entry, terms: termsToText(entry.terms) },
    body,
    signature,
    stemLength: STEM.length,
  });
}
