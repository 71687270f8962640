// Validators of go-ethereum 1.13 with Clique in processes of their own, for tests and benchmarks.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { encryptKeystoreJsonSync, SigningKey } from "ethers";
import { addressOf, toHex } from "../../server/chain/transaction.ts";

/**
 * The program, where PRASASTI_GETH names it:
 * `go install -ldflags=-checklinkname=0 github.com/ethereum/go-ethereum/cmd/geth@v1.13.15`.
 */
export const geth = process.env.PRASASTI_GETH;

const forks = [
  "homestead",
  "eip150",
  "eip155",
  "eip158",
  "byzantium",
  "constantinople",
  "petersburg",
  "istanbul",
  "berlin",
];

/** A network of validators on this machine that know each other: a block a second, no fees. */
export class Clique {
  readonly validators: readonly Validator[];
  readonly #folder: string;

  private constructor(folder: string, validators: readonly Validator[]) {
    this.#folder = folder;
    this.validators = validators;
  }

  /** @param gasLimit of each block; what it is worth in entries: docs/reference/contracts.md */
  static async start(chainId: number, count = 1, gasLimit = 100_000_000): Promise<Clique> {
    const folder = mkdtempSync(join(tmpdir(), "prasasti-clique-"));
    const keys = Array.from({ length: count }, (_, index) => new Uint8Array(32).fill(3 + index));
    // Clique reads its first signers in ascending order
    const signers = keys.map((key) => addressOf(key).slice(2)).sort();
    const genesis = {
      config: {
        chainId,
        ...Object.fromEntries(forks.map((fork) => [`${fork}Block`, 0])),
        clique: { period: 1, epoch: 30_000 },
      },
      difficulty: "0x1",
      gasLimit: `0x${gasLimit.toString(16)}`,
      extraData: `0x${"0".repeat(64)}${signers.join("")}${"0".repeat(130)}`,
      alloc: {},
    };
    const ports: [http: number, peers: number][] = [];
    for (let index = 0; index < count; index++) ports.push([await freePort(), await freePort()]);
    const peers = keys.map(
      (key, index) => `enode://${new SigningKey(key).publicKey.slice(4)}@127.0.0.1:${ports[index]![1]}`,
    );
    const validators = keys.map((key, index) => {
      const own = join(folder, `${index + 1}`);
      const address = addressOf(key);
      mkdirSync(join(own, "keystore"), { recursive: true });
      writeFileSync(join(own, "genesis.json"), JSON.stringify(genesis));
      const account = { address, privateKey: toHex(key) };
      const scrypt = { scrypt: { N: 1024, r: 8, p: 1 } };
      writeFileSync(join(own, "keystore", "sealer"), encryptKeystoreJsonSync(account, "p", scrypt));
      writeFileSync(join(own, "password"), "p");
      const others = JSON.stringify(peers.filter((_, other) => other !== index));
      const listen = `127.0.0.1:${ports[index]![1]}`;
      writeFileSync(join(own, "node.toml"), `[Node.P2P]\nListenAddr = "${listen}"\nStaticNodes = ${others}\n`);
      const [http] = ports[index]!;
      return new Validator(own, http, [
        ...["--config", join(own, "node.toml"), "--datadir", own, "--password", join(own, "password")],
        ...["--nodekeyhex", toHex(key).slice(2), "--miner.etherbase", address, "--unlock", address],
        ...["--networkid", `${chainId}`, "--miner.gaslimit", `${gasLimit}`, "--http.port", `${http}`],
        ...["--syncmode", "full", "--state.scheme", "hash", "--cache", "128", "--nodiscover", "--nat", "none"],
        ...["--ipcdisable", "--authrpc.port", "0", "--allow-insecure-unlock", "--mine", "--miner.gasprice", "0"],
        ...["--http", "--http.addr", "127.0.0.1", "--http.api", "eth,net,web3,clique"],
      ]);
    });
    const network = new Clique(folder, validators);
    try {
      await Promise.all(validators.map((validator) => validator.start()));
    } catch (error) {
      await network[Symbol.asyncDispose]();
      throw error;
    }
    return network;
  }

  get urls(): string[] {
    return this.validators.map(({ url }) => url);
  }

  /** Ends all of it and deletes its data. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.validators.map((validator) => validator.kill()));
    rmSync(this.#folder, { recursive: true });
  }
}

/** One of them; its data outlives a kill. */
class Validator {
  readonly url: string;
  readonly #folder: string;
  readonly #flags: readonly string[];
  #process: ChildProcess | undefined;

  constructor(folder: string, port: number, flags: readonly string[]) {
    this.url = `http://127.0.0.1:${port}`;
    this.#folder = folder;
    this.#flags = flags;
    const { status, stderr } = spawnSync(
      geth!,
      ["init", "--state.scheme", "hash", "--datadir", folder, join(folder, "genesis.json")],
      { encoding: "utf8" },
    );
    if (status !== 0) throw new Error(`the genesis block was not made: ${stderr}`);
  }

  get pid(): number {
    return this.#process!.pid!;
  }

  /** Resolves when it answers. */
  async start(): Promise<void> {
    const child = spawn(geth!, this.#flags, { stdio: "ignore", timeout: 600_000, killSignal: "SIGKILL" });
    this.#process = child;
    for (let tries = 0; ; tries++) {
      const answers = await fetch(this.url).then(
        () => true,
        () => false,
      );
      if (answers) return;
      if (child.exitCode !== null || tries > 300) throw new Error(`the node in ${this.#folder} does not answer`);
      await pause(100);
    }
  }

  /** Ends it as a power cut would. */
  async kill(): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
