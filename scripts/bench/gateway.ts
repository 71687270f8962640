import { cpus, totalmem } from "node:os";
import { type Domain, domainSeparator } from "../../server/domain/entries/entry.ts";
import { type Hex, NO_ID } from "../../server/domain/entries/words.ts";
import { Gateway, temporaryFolder } from "../../test/operations/prasasti.ts";
import { signed } from "./entries.ts";
import type { Load } from "./load.ts";

/** An empty register in a process of its own, ready to be written to: its first checkpoint, which signers name, is there. */
export class Register {
  readonly gateway: Gateway;
  readonly separator: Uint8Array;
  readonly seen: Hex;

  private constructor(gateway: Gateway, separator: Uint8Array, seen: Hex) {
    this.gateway = gateway;
    this.separator = separator;
    this.seen = seen;
  }

  static async over(gateway: Gateway, load: Load): Promise<Register> {
    const told = await ledgerOf(gateway.url);
    const separator = domainSeparator(told.domain);
    if (told.seen !== NO_ID) return new Register(gateway, separator, told.seen);
    await load.ask(`${gateway.url}/api/v1/submissions?wait=60000`, signed(separator, NO_ID, -1));
    return new Register(gateway, separator, (await ledgerOf(gateway.url)).seen);
  }

  get url(): string {
    return this.gateway.url;
  }

  /** What the register holds: what was answered counts for nothing here. */
  async entries(): Promise<number> {
    return (await ledgerOf(this.url)).entries;
  }
}

async function ledgerOf(url: string) {
  return (await (await fetch(`${url}/api/v1/ledger`)).json()) as { domain: Domain; seen: Hex; entries: number };
}

/** A register for as long as `run` takes, with the gateway's `settings`. */
export async function withRegister(
  load: Load,
  run: (register: Register) => Promise<void>,
  settings: Record<string, string> = {},
): Promise<void> {
  await using folder = await temporaryFolder();
  await using gateway = await Gateway.start(folder.path, undefined, settings);
  await run(await Register.over(gateway, load));
  await gateway.stop();
}

/** The first rows of every table: figures mean little without the machine. */
export function machine(): string {
  const cores = `${cpus().length} × ${cpus()[0]?.model.trim()}`;
  return `| ${cores}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Node ${process.version} | measured |\n|---|---|`;
}
