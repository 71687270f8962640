import { spawnSync } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { MEMORY } from "../../server/integrations/thread.ts";
import { temporaryFolder } from "../../test/operations/prasasti.ts";
import { machine } from "./gateway.ts";

const { maxYoungGenerationSizeMb, maxOldGenerationSizeMb } = MEMORY;
/** What is measured runs alone in a process, with the memory that the integrations' thread is given. */
const LIMITS = [
  `--max-semi-space-size=${maxYoungGenerationSizeMb / 3}`,
  `--max-old-space-size=${maxOldGenerationSizeMb}`,
];

/** Steps of a program, one after the other, each in a process of its own that ends with the folder's path. */
async function inTurn(program: string, steps: readonly (readonly string[])[]): Promise<void> {
  console.log(machine());
  await using folder = await temporaryFolder();
  const file = fileURLToPath(new URL(program, import.meta.url));
  for (const step of steps) {
    const args = [...LIMITS, file, ...step, path.resolve(folder.path)];
    const { status, signal } = spawnSync(process.execPath, args, { stdio: "inherit" });
    if (status !== 0) throw new Error(`${program} ${step.join(" ")} ended with ${signal ?? status}`);
  }
}

const anySeed = () => String(Math.floor(Math.random() * 2 ** 31));

/**
 * `count` payments of an invented year against half as many contracts, read from files as a store would give them: how
 * long matching takes, what it costs, and what became of each class of fault.
 */
export async function matching({ count }: { count: number }): Promise<void> {
  const seed = anySeed();
  await inTurn(
    "matching-step.ts",
    ["write", "match", "compare"].map((step) => [step, seed, String(count)]),
  );
}

/**
 * How many rows a second `count` rows of feeds become proposals: six sets at the same time, one after the other as the
 * gateway reads them, and where somebody waits for the proposals of each.
 */
export async function feeds({ count }: { count: number }): Promise<void> {
  await inTurn(
    "feeds-step.ts",
    ["together", "inTurn", "apart"].map((how) => [how, "1", String(count)]),
  );
}

/** A month of one treasury with `count` lines: a payment in the ledger, an SP2D and a bank line each. */
export async function reconcile({ count }: { count: number }): Promise<void> {
  await inTurn(
    "reconcile-step.ts",
    ["take", "read"].map((step) => [step, String(count)]),
  );
}

/** How many rows a second `count` rows of finance systems become payment documents. */
export async function payments({ count }: { count: number }): Promise<void> {
  await inTurn(
    "payments-step.ts",
    ["bank", "simda"].map((system) => [system, String(count)]),
  );
}
