import { aContract, aPayment, aProgress, aStart, type Draft, signed } from "./entries.ts";
import { machine, withRegister } from "./gateway.ts";
import { inWords, Load } from "./load.ts";

/**
 * Submissions through the HTTP API until final, client and gateway on one machine: one at a time; contracts with one and
 * with two signatures, each a process of its own; and what happens in contracts. All entries are signed before the clock
 * starts; what counts is what the register holds afterwards, not what was answered.
 */
export async function submissions({ count, clients }: { count: number; clients: number }): Promise<void> {
  const load = new Load(clients);
  await withRegister(load, async (register) => {
    const { separator, seen } = register;
    const address = `${register.url}/api/v1/submissions?wait=60000`;
    let before = await register.entries();
    const row = async (what: string, by: Load, lists: readonly string[][]) => {
      const tasks = lists.map((payloads) =>
        payloads.map((payload) => async () => (await by.ask(address, payload)) === 201),
      );
      const figures = await by.run(tasks);
      const now = await register.entries();
      const missing = figures.count - (now - before);
      before = now;
      console.log(`| ${what} | ${inWords(figures)}${missing === 0 ? "" : `; ${missing} MISSING`} |`);
      if (figures.failed > 0 || missing !== 0) process.exitCode = 1;
    };
    const made = (number: number, ...drafts: Draft[]) => drafts.map((draft) => signed(separator, seen, number, draft));
    const many = (from: number, draft: Draft) => Array.from({ length: count }, (_, i) => made(from + i, draft));

    process.stderr.write(`signing ${count * 3} entries …\n`);
    const alone = Array.from({ length: 200 }, (_, i) => made(i, aContract()));
    const contracts = many(1_000_000, aContract());
    const approved = many(2_000_000, aContract(250_000_000_00n, "H-PRS-PA-PU"));
    const lives = Array.from({ length: Math.floor(count / 4) }, (_, i) =>
      made(1_000_000 + i, aStart(), aProgress(), aPayment(`${i}-1`), aPayment(`${i}-2`)),
    );
    console.log(machine());
    await row("one at a time, until final", new Load(1), alone);
    await row(`${clients} clients, contracts, each a new process`, load, contracts);
    await row(`${clients} clients, the same with two signatures`, load, approved);
    await row(`${clients} clients, SPMK, progress and two payments of each`, load, lives);
  });
  load.close();
}
