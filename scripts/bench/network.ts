import { readFileSync } from "node:fs";
import { SANDBOX_CHAIN_ID } from "../../server/sandbox/people.ts";
import { Clique, geth } from "../../test/chain/clique.ts";
import { signed } from "./entries.ts";
import { machine, type Register, withRegister } from "./gateway.ts";
import { inWords, Load } from "./load.ts";

/** What three validators seal in a second on two cores is a fifth of it: gas is not what bounds them. */
const GAS_LIMIT = 1_000_000_000;

/**
 * Contracts of 2 KB, each signed for itself and a process of its own, on three validators of go-ethereum with Clique, a
 * block a second; client, gateway and validators on one machine. First clients who each wait until an entry is final:
 * by far the most of that time is the blocks that must follow. Then clients who go on once an entry is acknowledged, as
 * a system does that records in bulk. What counts is what the register holds afterwards.
 */
export async function network({ count, clients }: { count: number; clients: number }): Promise<void> {
  if (geth === undefined) {
    console.log(
      "| network of three validators | not measured: PRASASTI_GETH does not name go-ethereum 1.13's program |",
    );
    return;
  }
  await using clique = await Clique.start(SANDBOX_CHAIN_ID, 3, GAS_LIMIT);
  const load = new Load(clients);
  const settings = { PRASASTI_CHAIN: "network", PRASASTI_NODES: clique.urls.join() };
  await withRegister(
    load,
    async (register) => {
      const many = (from: number) =>
        Array.from({ length: count }, (_, i) => signed(register.separator, register.seen, from + i));
      process.stderr.write(`signing ${count * 2} entries …\n`);
      const [waiting, going] = [many(1_000_000), many(2_000_000)];
      console.log(machine());
      await row(`${clients} clients, contracts, each waits until it is final`, register, async () => {
        const address = `${register.url}/api/v1/submissions?wait=60000`;
        return inWords(
          await load.run(waiting.map((payload) => [async () => (await load.ask(address, payload)) === 201])),
        );
      });
      await row(`${clients} clients, contracts, each goes on when it is acknowledged`, register, async () => {
        const [before, started] = [await register.entries(), performance.now()];
        const seconds = () => (performance.now() - started) / 1000;
        const address = `${register.url}/api/v1/submissions?wait=`;
        const figures = await load.run(
          going.map((payload) => [async () => (await load.ask(`${address}0`, payload)) === 202]),
        );
        const recorded = await reached(register, before + count);
        const rate = (count / seconds()).toFixed(0);
        // a second time round each is only told what became of it
        const last = await load.ask(`${address}60000`, going.at(-1));
        const final = last === 201 ? `the last final after ${seconds().toFixed(1)} s` : `the last answered ${last}`;
        return `acknowledged ${inWords(figures)}; recorded ${recorded ? `${rate}/s` : "NOT ALL"}; ${final}`;
      });
    },
    settings,
  );
  load.close();

  /** What was measured beside what it left in the register: each of the entries, once. */
  async function row(what: string, register: Register, measure: () => Promise<string>): Promise<void> {
    const before = await register.entries();
    const validators = clique.validators.map(({ pid }) => pid);
    const spent = [secondsOf([register.gateway.pid]), secondsOf(validators)] as const;
    const words = await measure();
    const missing = count - ((await register.entries()) - before);
    const each = (seconds: number) => ((seconds * 1000) / count).toFixed(1);
    const cost = `CPU an entry: gateway ${each(secondsOf([register.gateway.pid]) - spent[0])} ms, validators ${each(secondsOf(validators) - spent[1])} ms`;
    console.log(
      `| ${what} | ${words}; ${missing === 0 ? `all ${count} recorded once` : `${missing} MISSING`}; ${cost} |`,
    );
    if (missing !== 0 || /FAILED|NOT ALL/.test(words)) process.exitCode = 1;
  }
}

/** Waits until the register holds so many entries; false where nothing comes any more. */
async function reached(register: Register, entries: number): Promise<boolean> {
  let [now, moved] = [await register.entries(), performance.now()];
  while (now < entries && performance.now() - moved < 30_000) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    const next = await register.entries();
    if (next > now) [now, moved] = [next, performance.now()];
  }
  return now === entries;
}

/** Processor time that processes have taken until now: on a machine that others use too it tells more than the rate. */
function secondsOf(pids: readonly number[]): number {
  // fields 14 and 15 of proc(5), in hundredths of a second; the name before them may have spaces
  const ticks = pids.map((pid) =>
    readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /, "")
      .split(" "),
  );
  return ticks.reduce((sum, fields) => sum + Number(fields[11]) + Number(fields[12]), 0) / 100;
}
