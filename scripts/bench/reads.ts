import { type Domain, domainSeparator } from "../../server/domain/entries/entry.ts";
import { type Hex, NO_ID } from "../../server/domain/entries/words.ts";
import { machine, withGateway } from "./gateway.ts";
import { signed } from "./submissions.ts";

type Package = { releases: unknown[]; links?: { next?: string } };

/**
 * Pages of releases over HTTP from a register of `count` contracts: the first and the last page of what a filter gives,
 * each asked fifty times, and a crawl of everything.
 */
export async function reads({ count }: { count: number }): Promise<void> {
  await withGateway(async (url) => {
    const post = (payload: string) =>
      fetch(`${url}/api/v1/submissions?wait=60000`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: payload,
      }).then((response) => response.arrayBuffer());
    const ledger = async () =>
      (await (await fetch(`${url}/api/v1/ledger`)).json()) as { domain: Domain; seen: Hex; entries: number };
    const separator = domainSeparator((await ledger()).domain);
    await post(signed(separator, NO_ID, -1)); // the first checkpoint, which all others name
    const { seen } = await ledger();
    for (let from = 0; from < count; from += 200)
      await Promise.all(
        Array.from({ length: Math.min(200, count - from) }, (_, i) => post(signed(separator, seen, from + i))),
      );
    const { entries } = await ledger();
    console.log(machine());
    console.log("|---|---|");
    console.log(`| releases in the register | ${entries} |`);

    const page = async (address: string) => (await (await fetch(address)).json()) as Package;
    const median = async (address: string) => {
      const times: number[] = [];
      for (let i = 0; i < 50; i++) {
        const start = performance.now();
        await (await fetch(address)).arrayBuffer();
        times.push(performance.now() - start);
      }
      return times.sort((a, b) => a - b)[25]!;
    };
    for (const query of [
      "limit=100",
      "limit=100&agency=ID-PRS-DPUPR",
      "limit=100&supplier=ID-PRS-S-0002&agency=ID-PRS-DPUPR&tag=contract",
      "limit=100&since=2020-01-01T00:00:00Z",
    ]) {
      const first = `${url}/api/v1/releases?${query}`;
      let [last, found] = [first, 0];
      const start = performance.now();
      for (let next: string | undefined = first; next !== undefined; ) {
        const { releases, links }: Package = await page(next);
        found += releases.length;
        if (releases.length === 100) last = next;
        next = links?.next;
      }
      const crawl = (performance.now() - start) / 1000;
      const [one, end] = [await median(first), await median(last)];
      console.log(
        `| ${query} | first page ${one.toFixed(1)} ms, last full page ${end.toFixed(1)} ms (${(end / one).toFixed(2)} ×); all ${found} in ${crawl.toFixed(1)} s |`,
      );
      if (found !== entries) process.exitCode = 1;
    }
  });
}
