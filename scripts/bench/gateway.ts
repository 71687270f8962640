import { cpus, totalmem } from "node:os";
import { Gateway, temporaryFolder } from "../../test/operations/prasasti.ts";

/** A gateway in a process of its own over an empty register, for as long as `run` takes. */
export async function withGateway(run: (url: string) => Promise<void>): Promise<void> {
  await using folder = await temporaryFolder();
  await using gateway = await Gateway.start(folder.path);
  await run(gateway.url);
  await gateway.stop();
}

/** The first row of every table: figures mean little without it. */
export function machine(): string {
  return `| machine | ${cpus().length} × ${cpus()[0]?.model.trim()}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Node ${process.version} |`;
}
