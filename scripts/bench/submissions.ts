import http from "node:http";
import { type Domain, domainSeparator, idOf, type Terms } from "../../server/domain/entries/entry.ts";
import { ImplementationCode, Kind, Role } from "../../server/domain/entries/kinds.ts";
import { type Hex, NO_ID } from "../../server/domain/entries/words.ts";
import { seedId } from "../../server/sandbox/bootstrap.ts";
import { contractTerms, posted, STEM } from "../../test/gateway/world.ts";
import { machine, withGateway } from "./gateway.ts";

/**
 * Individually signed entries with 2 KB bodies through the HTTP API until final, client and gateway on one machine:
 * contracts, each a process of its own, and then what happens in them: SPMK, progress, two payments. All entries are
 * signed before the clock starts; what counts is what the register holds afterwards, not what was answered.
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
    const of = (values: number[], share: number) =>
      values.sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))]!.toFixed(0);
    let faulty = false;
    /** Sends lists of payloads, each list in its order, and prints what came of it. */
    const run = async (what: string, lists: readonly string[][]) => {
      const before = (await ledger()).entries;
      const times: number[] = [];
      let failed = 0;
      let next = 0;
      const start = performance.now();
      await Promise.all(
        Array.from({ length: clients }, async () => {
          while (next < lists.length) {
            for (const payload of lists[next++]!) {
              const sent = performance.now();
              if ((await post(payload)) !== 201) failed++;
              times.push(performance.now() - sent);
            }
          }
        }),
      );
      const seconds = (performance.now() - start) / 1000;
      const recorded = (await ledger()).entries - before;
      const rate = (recorded / seconds).toFixed(0);
      console.log(`| ${what} | ${rate}/s, p50 ${of(times, 0.5)} ms, p99 ${of(times, 0.99)} ms |`);
      console.log(`| recorded of them | ${recorded} of ${times.length}, ${failed} not answered 201 |`);
      faulty ||= recorded !== times.length;
    };

    await post(signed(separator, NO_ID, -1, aContract())); // the first checkpoint, which all others name
    const { seen } = await ledger();
    process.stderr.write(`signing ${count * 2} entries …\n`);
    const made = (number: number, ...drafts: Draft[]) => drafts.map((draft) => signed(separator, seen, number, draft));

    const alone: number[] = [];
    for (let number = 0; number < 100; number++) {
      const [payload] = made(number, aContract());
      const start = performance.now();
      await post(payload!);
      alone.push(performance.now() - start);
    }
    const contracts = Array.from({ length: count }, (_, i) => made(100 + i, aContract()));
    const lives = Array.from({ length: Math.floor(count / 4) }, (_, i) =>
      made(100 + i, aStart(), aProgress(), aPayment(`${i}-1`), aPayment(`${i}-2`)),
    );
    console.log(machine());
    console.log("|---|---|");
    console.log(`| one at a time, until final | p50 ${of(alone, 0.5)} ms, p99 ${of(alone, 0.99)} ms |`);
    await run(`${clients} clients, ${count} contracts, each a new process`, contracts);
    await run(`${clients} clients, SPMK, progress and two payments of ${lives.length} of them`, lives);
    agent.destroy();
    if (faulty) process.exitCode = 1;
  });
}

type Draft = { kind: number; by: Signer; terms: Terms; name: string };
type Signer = { holder: string; capacity: number };

const officer: Signer = { holder: "H-PRS-PPK-PU", capacity: Role.officer };
const treasurer: Signer = { holder: "H-PRS-BUD", capacity: Role.treasurer };
const yesterday = Math.floor(Date.now() / 1000) - 86_400;
const currency = "IDR";
const issuer = idOf("ID-PRS-TIRTARAYA");

const aContract = (): Draft => ({
  kind: Kind.contract,
  by: officer,
  name: "contract",
  terms: { ...contractTerms(50_000_000_00n), party: idOf("ID-PRS-S-0002") },
});
const aStart = (): Draft => ({
  kind: Kind.implementation,
  by: officer,
  name: "spmk",
  terms: { code: ImplementationCode.spmk, on: yesterday },
});
const aProgress = (): Draft => ({
  kind: Kind.implementation,
  by: officer,
  name: "progress",
  terms: { code: ImplementationCode.progress, currency, amount: 20_000_000_00n, on: yesterday },
});
const aPayment = (number: string): Draft => ({
  kind: Kind.payment,
  by: treasurer,
  name: number,
  terms: {
    currency,
    amount: 10_000_000_00n,
    documentTotal: 10_000_000_00n,
    issuer,
    documentKey: idOf(number),
    on: yesterday,
  },
});

/** A posted entry of the process with this number. */
export function signed(separator: Uint8Array, seen: Hex, number: number, draft: Draft = aContract()): string {
  const { kind, by, terms, name } = draft;
  const { payload } = posted(separator, seen, {
    commandId: seedId("bench", number, name),
    by: by.holder,
    capacity: by.capacity,
    kind,
    ocid: `${STEM}-bench-${number}`,
    terms,
    body: { contracts: [{ id: "K-1", title: `Paket ${number}`, description: "x".repeat(1_950) }] },
  });
  return JSON.stringify({ ...payload, stemLength: kind === Kind.contract ? STEM.length : 0 });
}
