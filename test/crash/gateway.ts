// A real gateway in a process of its own, to be killed; a client that remembers what it was told; and the oracle.

import { type ChildProcess, spawn } from "node:child_process";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { sha256 } from "#hash";
import {
  type Domain,
  domainSeparator,
  type Entry,
  entryHash,
  idOf,
  signedDigest,
  termsToText,
} from "../../server/domain/entries/entry.ts";
import { ContractForm, Kind, Role } from "../../server/domain/entries/kinds.ts";
import { type Hex, NO_ID, toHex, utf8 } from "../../server/domain/entries/words.ts";
import { canonicalJson } from "../../server/domain/json.ts";
import { sign } from "../../server/ledger/signatures.ts";
import { POST_KES, sandboxSecret } from "../../server/sandbox/people.ts";

const main = fileURLToPath(new URL("../../server/main.ts", import.meta.url));

/** The environment without what a developer may have set for himself. */
function cleanEnvironment(): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("PRASASTI_")));
}

export type Ended = { exit: number | null; signal: NodeJS.Signals | null; out: string; err: string };

/** Runs `prasasti …` to its end. */
export function prasasti(args: string[], settings: Record<string, string> = {}): Promise<Ended> {
  const env = { ...cleanEnvironment(), LANG: "C", ...settings };
  const child = spawn(process.execPath, [main, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
  let [out, err] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    err += text;
  });
  return new Promise((resolve) => child.once("close", (exit, signal) => resolve({ exit, signal, out, err })));
}

/** A gateway process over a data folder. */
export class Gateway {
  readonly #process: ChildProcess;
  readonly url: string;
  /** Resolves with the signal that ended it, if any. */
  readonly ended: Promise<NodeJS.Signals | null>;

  /** What it printed so far. */
  readonly output: () => string;

  private constructor(child: ChildProcess, url: string, ended: Promise<NodeJS.Signals | null>, output: () => string) {
    this.#process = child;
    this.url = url;
    this.ended = ended;
    this.output = output;
  }

  /** Starts it; rejects with the process's output where it ends before it takes writes. */
  static async start(data: string, failpoint?: string, settings: Record<string, string> = {}): Promise<Gateway> {
    const child = spawn(process.execPath, [main, "serve", "--data", data, "--port", "0", "--empty"], {
      env: { ...cleanEnvironment(), ...settings, ...(failpoint ? { PRASASTI_FAILPOINT: failpoint } : {}) },
      stdio: ["ignore", "ignore", "pipe"],
    });
    const ended = new Promise<NodeJS.Signals | null>((resolve) =>
      child.once("exit", (_code, signal) => resolve(signal)),
    );
    let output = "";
    const url = await new Promise<string>((resolve, reject) => {
      child.stderr!.setEncoding("utf8").on("data", (text: string) => {
        output += text;
        const address = /http:\/\/127\.0\.0\.1:\d+/.exec(output)?.[0];
        if (address) resolve(address);
      });
      void ended.then((signal) => reject(new Error(`the gateway ended before it listened (${signal}): ${output}`)));
    });
    return new Gateway(child, url, ended, () => output);
  }

  get pid(): number {
    return this.#process.pid!;
  }

  kill(): void {
    this.#process.kill("SIGKILL");
  }

  /** Ends it in order; rejects where it was killed or hangs. */
  async stop(): Promise<void> {
    this.#process.kill("SIGTERM");
    const signal = await Promise.race([this.ended, pause(20_000, "hangs" as const, { ref: false })]);
    if (signal !== null) throw new Error(`the gateway did not end in order: ${signal}`);
  }
}

/** A fresh folder beside others; `remove` deletes it. */
export async function temporaryFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), "prasasti-crash-"));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

export async function copyOf(folder: string): Promise<{ path: string; remove(): Promise<void> }> {
  const copy = await temporaryFolder();
  await cp(folder, copy.path, { recursive: true });
  return copy;
}

export type Register = { seen: Hex; separator: Uint8Array };

/** A submission whose bytes are made once and sent as often as it takes. */
type Prepared = { readonly commandId: Hex; readonly maker: Hex; readonly hash: Hex; readonly text: string };
type Acknowledged = { leaf: Hex; registerSequence: number };

/**
 * Sends signed contracts, each opening its own process, and writes down each acknowledgement. What a kill left
 * unanswered stays in `open` and is sent again, byte for byte.
 */
export class CarefulClient {
  readonly prepared: Prepared[] = [];
  readonly acknowledged = new Map<Hex, Acknowledged>();
  readonly #register: Register;
  readonly #name: string;

  constructor(register: Register, name: string) {
    this.#register = register;
    this.#name = name;
  }

  /** Signs `count` more submissions. */
  prepare(count: number): void {
    for (let made = 0; made < count; made++) this.prepared.push(this.#contract(this.prepared.length + 1));
  }

  get open(): Prepared[] {
    return this.prepared.filter(({ commandId }) => !this.acknowledged.has(commandId));
  }

  /** Sends everything unanswered, `width` at a time, until all is acknowledged or the gateway is gone. */
  async sendOpen(url: string, width = 8): Promise<"all acknowledged" | "gateway gone"> {
    const rest = this.open.values();
    let gone = false;
    const worker = async () => {
      for (const prepared of rest) {
        if (gone) return;
        let response: Response;
        let answer: { state: string; recorded?: Acknowledged };
        try {
          response = await fetch(`${url}/api/v1/submissions?wait=20000`, {
            method: "POST",
            headers: { "content-type": "application/json" },
            body: prepared.text,
          });
          answer = (await response.json()) as typeof answer;
        } catch {
          gone = true;
          return;
        }
        if (response.status !== 201 || !answer.recorded) {
          throw new Error(`not recorded: ${response.status} ${JSON.stringify(answer)}`);
        }
        const { leaf, registerSequence } = answer.recorded;
        this.acknowledged.set(prepared.commandId, { leaf, registerSequence });
      }
    };
    await Promise.all(Array.from({ length: width }, worker));
    return gone ? "gateway gone" : "all acknowledged";
  }

  #contract(index: number): Prepared {
    const number = `${String(index).padStart(4, "0")}/SPK/${this.#name}/2026`;
    const now = Math.floor(Date.now() / 1000);
    const body = { contracts: [{ id: number, title: `Pengadaan alat kesehatan ${number}` }] };
    const entry: Entry = {
      commandId: toHex(sha256(utf8(`crash ${this.#name} ${index}`))),
      maker: idOf("H-PRS-PPK-KES"),
      capacity: Role.officer,
      ocid: `ocds-213czf-dinkes-${this.#name}-${index}`,
      contractId: number,
      awardId: "",
      agency: idOf("ID-PRS-DINKES"),
      kind: Kind.contract,
      basis: NO_ID,
      seen: this.#register.seen,
      digest: toHex(sha256(utf8(canonicalJson(body)))),
      terms: {
        code: ContractForm.spk,
        currency: "IDR",
        value: 50_000_000_00n + BigInt(index),
        officer: idOf(POST_KES),
        party: idOf("ID-PRS-S-0003"),
        on: now - 86_400,
        until: now + 30 * 86_400,
      },
      refersTo: NO_ID,
      expires: now + 20 * 86_400,
    };
    const hash = entryHash(entry);
    const text = JSON.stringify({
      entry: { ...entry, terms: termsToText(entry.terms) },
      body,
      signature: toHex(sign(signedDigest(this.#register.separator, hash), sandboxSecret("ppk-kes"))),
      approvals: [],
      up: 0,
      stemLength: "ocds-213czf-dinkes".length,
    });
    return { commandId: entry.commandId, maker: entry.maker, hash: toHex(hash), text };
  }
}

type EntryRow = { commandId: Hex; maker: Hex; hash: Hex; leaf: Hex; assigned: { registerSequence: number } };

/** All entries of the register, page by page. */
async function allEntries(url: string): Promise<EntryRow[]> {
  const rows: EntryRow[] = [];
  for (let next: string | undefined = `${url}/api/v1/entries?from=1&limit=200`; next; ) {
    const page = (await (await fetch(next)).json()) as { entries: EntryRow[]; links?: { next: string } };
    rows.push(...page.entries);
    next = page.links?.next;
  }
  return rows;
}

/** What is wrong: acknowledged entries that are missing, changed or there twice; entries that nobody sent. */
export async function faultsOf(client: CarefulClient, url: string): Promise<string[]> {
  const faults: string[] = [];
  const found = Map.groupBy(await allEntries(url), ({ maker, commandId }) => `${maker} ${commandId}`);
  for (const { maker, commandId, hash } of client.prepared) {
    const rows = found.get(`${maker} ${commandId}`) ?? [];
    found.delete(`${maker} ${commandId}`);
    const told = client.acknowledged.get(commandId);
    if (rows.length > 1) faults.push(`${commandId} is there ${rows.length} times`);
    if (told === undefined) continue;
    if (rows.length === 0) faults.push(`${commandId} was acknowledged and is not there`);
    else if (rows[0]!.leaf !== told.leaf || rows[0]!.assigned.registerSequence !== told.registerSequence) {
      faults.push(`${commandId} was acknowledged as another entry`);
    } else if (rows[0]!.hash !== hash) faults.push(`${commandId} is not what was signed`);
  }
  for (const key of found.keys()) faults.push(`${key} was never sent`);
  return faults;
}

/** What signers need of a running gateway. */
export async function registerOf(url: string): Promise<Register> {
  const ledger = (await (await fetch(`${url}/api/v1/ledger`)).json()) as { seen: Hex; domain: Domain };
  return { seen: ledger.seen, separator: domainSeparator(ledger.domain) };
}
