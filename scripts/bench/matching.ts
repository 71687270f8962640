import { spawnSync } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "../../test/operations/prasasti.ts";
import { machine } from "./gateway.ts";

/** As a service with 400 MB would run it: without a limit V8 lets garbage lie that nobody is short of. */
const LIMITS = ["--max-old-space-size=340", "--max-semi-space-size=8"];

/**
 * `count` payments of an invented year against half as many contracts, read from files as a store would give them: how
 * long matching takes, what it costs, and what became of each class of fault. In a process that does nothing else.
 */
export async function matching({ count }: { count: number }): Promise<void> {
  console.log(machine());
  await using folder = await temporaryFolder();
  const program = fileURLToPath(new URL("matching-step.ts", import.meta.url));
  const seed = String(Math.floor(Math.random() * 2 ** 31));
  for (const step of ["write", "match", "compare"]) {
    const args = [...(step === "match" ? LIMITS : []), program, step, seed, String(count), path.resolve(folder.path)];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { maxBuffer: 1 << 26 });
    if (status !== 0) throw new Error(String(stderr));
    process.stdout.write(stdout);
  }
}
