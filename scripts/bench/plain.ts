import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chownSync, existsSync, readdirSync } from "node:fs";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "../../test/operations/prasasti.ts";
import { inWords, Load } from "./load.ts";

/**
 * The price of proof: what the plainest service does with the same 2 KB bodies, the same client and the same machine:
 * HTTP, one INSERT into PostgreSQL with fsync, the answer; and a row by its id. Nothing is signed, checked or chained.
 */
export async function plain({ count, clients }: { count: number; clients: number }): Promise<void> {
  const tools = toolsOf("/usr/lib/postgresql");
  if (tools === undefined) {
    console.log("| plain PostgreSQL service | not measured: PostgreSQL is not installed (Debian package postgresql) |");
    return;
  }
  await using folder = await temporaryFolder();
  const root = process.getuid?.() === 0;
  // PostgreSQL does not run as root
  if (root) chownSync(folder.path, 65_534, 65_534);
  const run = (tool: string, ...args: string[]) => {
    const command = [`${tools}/${tool}`, ...args];
    execFileSync(root ? "runuser" : command[0]!, root ? ["-u", "nobody", "--", ...command] : command.slice(1), {
      stdio: ["ignore", "ignore", "inherit"],
    });
  };
  const port = await freePort();
  const data = `${folder.path}/d`;
  run("initdb", "-D", data, "-A", "trust", "-U", "app", "-E", "UTF8");
  const options = `-p ${port} -k ${folder.path} -c listen_addresses=127.0.0.1`;
  run("pg_ctl", "-D", data, "-w", "-l", `${folder.path}/log`, "-o", options, "start");
  let service: ChildProcess | undefined;
  try {
    service = spawn(process.execPath, [fileURLToPath(new URL("plain-service.ts", import.meta.url)), String(port)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const url = await new Promise<string>((resolve, reject) => {
      service!.stdout!.once("data", (line: Buffer) => resolve(String(line).trim()));
      service!.once("exit", (code) => reject(new Error(`the plain service ended with ${code}`)));
    });
    const body = "x".repeat(2_048);
    const post = (by: Load) => async () => (await by.ask(url, JSON.stringify({ body }))) === 201;
    const row = (what: string, figures: string) => console.log(`| plain PostgreSQL service, ${what} | ${figures} |`);
    const [one, many] = [new Load(1), new Load(clients)];
    row("one at a time", inWords(await one.run(Array.from({ length: 1_000 }, () => [post(one)]))));
    row(`${clients} clients`, inWords(await many.run(Array.from({ length: count * 4 }, () => [post(many)]))));
    const get = (i: number) => async () => (await many.ask(`${url}/${1 + ((i * 7_919) % count)}`)) === 200;
    row("row by id", inWords(await many.run(Array.from({ length: 20_000 }, (_, i) => [get(i)]))));
    one.close();
    many.close();
  } finally {
    service?.kill();
    run("pg_ctl", "-D", data, "-m", "fast", "stop");
  }
}

/** The newest version's programs. */
function toolsOf(folder: string): string | undefined {
  if (!existsSync(folder)) return undefined;
  const [newest] = readdirSync(folder).sort((a, b) => Number(b) - Number(a));
  return newest === undefined ? undefined : `${folder}/${newest}/bin`;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
