import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { cpus, tmpdir, totalmem } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../../server/main.ts", import.meta.url));

/** A gateway in a process of its own over an empty register, for as long as `run` takes. */
export async function withGateway(run: (url: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), "prasasti-bench-"));
  const child = spawn(process.execPath, [main, "serve", "--data", folder, "--port", "0", "--empty"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  try {
    await run(
      await new Promise<string>((resolve, reject) => {
        let log = "";
        child.stderr.on("data", (part: Buffer) => {
          log += part;
          const found = /http:\/\/127\.0\.0\.1:\d+/.exec(log);
          if (found !== null) resolve(found[0]);
        });
        child.on("exit", () => reject(new Error(`the gateway did not start: ${log}`)));
      }),
    );
  } finally {
    const ended = new Promise((resolve) => child.on("exit", resolve));
    child.kill("SIGTERM");
    await ended;
    await rm(folder, { recursive: true });
  }
}

/** The first row of every table: figures mean little without it. */
export function machine(): string {
  return `| machine | ${cpus().length} × ${cpus()[0]?.model.trim()}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Node ${process.version} |`;
}
