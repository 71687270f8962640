import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

/** How a program ended: the signal that killed it, or its exit code; and what it wrote. */
type Ended = { signal: string | null; code: number | null; out: string };

/** Runs a program of a test to its end, or until it dies at a failpoint (`place`, or `place:TIMES`) as by a power cut. */
export async function runProgram(program: URL, args: readonly string[], failpoint?: string): Promise<Ended> {
  const env = { ...process.env, ...(failpoint === undefined ? {} : { PRASASTI_FAILPOINT: failpoint }) };
  const child = spawn(process.execPath, [fileURLToPath(program), ...args], {
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [out, [code, signal]] = await Promise.all([
    text(child.stdout),
    once(child, "close") as Promise<[number | null, string | null]>,
  ]);
  return { signal, code, out };
}
