import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { expect } from "chai";
import { encryptKeystoreJsonSync } from "ethers";
import { openNetwork } from "../../server/chain/network.ts";
import { addressOf, signTransaction, toHex } from "../../server/chain/transaction.ts";
import { behavesLikeAChain, type Subject } from "./behaviour.ts";

/**
 * The same on go-ethereum 1.13 with Clique, an engine of real validators, where PRASASTI_GETH names its program:
 * `go install -ldflags=-checklinkname=0 github.com/ethereum/go-ethereum/cmd/geth@v1.13.15`.
 */
const geth = process.env.PRASASTI_GETH;
const chainId = 20261;
const sealer = new Uint8Array(32).fill(3);

/** One signer, a block a second, no fees; its data outlives a kill. */
class Clique {
  readonly folder = mkdtempSync(join(tmpdir(), "prasasti-clique-"));
  readonly #address = addressOf(sealer);
  #process: ChildProcess | undefined;
  #port = 0;

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async start(): Promise<void> {
    const [folder, address] = [this.folder, this.#address];
    if (this.#port === 0) {
      this.#port = await freePort();
      const forks = [
        "homestead",
        "eip150",
        "eip155",
        "eip158",
        "byzantium",
        "constantinople",
        "petersburg",
        "istanbul",
      ];
      const config = Object.fromEntries([...forks, "berlin"].map((fork) => [`${fork}Block`, 0]));
      const genesis = {
        config: { chainId, ...config, clique: { period: 1, epoch: 30_000 } },
        difficulty: "0x1",
        gasLimit: "0x5f5e100",
        extraData: `0x${"0".repeat(64)}${address.slice(2)}${"0".repeat(130)}`,
        alloc: {},
      };
      writeFileSync(join(folder, "genesis.json"), JSON.stringify(genesis));
      mkdirSync(join(folder, "keystore"));
      const account = { address, privateKey: toHex(sealer) };
      const scrypt = { scrypt: { N: 1024, r: 8, p: 1 } };
      writeFileSync(join(folder, "keystore", "sealer"), encryptKeystoreJsonSync(account, "p", scrypt));
      writeFileSync(join(folder, "pw"), "p");
      spawnSync(geth!, ["init", "--state.scheme", "hash", "--datadir", folder, join(folder, "genesis.json")]);
    }
    const flags = `--networkid ${chainId} --syncmode full --state.scheme hash --nodiscover --nat none --ipcdisable
      --port 0 --authrpc.port 0 --http --http.addr 127.0.0.1 --http.port ${this.#port} --http.api eth,net,web3,clique
      --mine --miner.etherbase ${address} --unlock ${address} --allow-insecure-unlock --miner.gaslimit 100000000
      --miner.gasprice 0 --cache 128`;
    this.#process = spawn(geth!, [...flags.split(/\s+/), "--password", join(folder, "pw"), "--datadir", folder], {
      stdio: "ignore",
      timeout: 300_000,
      killSignal: "SIGKILL",
    });
    for (let tries = 0; ; tries++) {
      const answers = await fetch(this.url).then(
        () => true,
        () => false,
      );
      if (answers) return;
      if (tries > 300) throw new Error("the node does not answer");
      await pause(100);
    }
  }

  async kill(): Promise<void> {
    const ended = new Promise((resolve) => this.#process!.once("exit", resolve));
    this.#process!.kill("SIGKILL");
    await ended;
  }

  async remove(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true });
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

async function onClique(): Promise<Subject & { node: Clique }> {
  const node = new Clique();
  await node.start();
  const folder = mkdtempSync(join(tmpdir(), "prasasti-network-"));
  const begin = async () => ({ founder: addressOf(sealer), salt: `0x${"2".repeat(64)}`, charter: "", from: 0 });
  const chain = await openNetwork({ folder, urls: [node.url], chainId, begin });
  await chain.ready();
  const dispose = async () => {
    await chain.close();
    await node.remove();
    rmSync(folder, { recursive: true });
  };
  return { node, chain, keys: [new Uint8Array(32).fill(5), new Uint8Array(32).fill(6)], dispose };
}

if (geth === undefined) {
  describe("go-ethereum with Clique", () => {
    it("is tried where PRASASTI_GETH names its program", function () {
      console.log("    PRASASTI_GETH is not set: the chain is not tried on go-ethereum.");
      this.skip();
    });
  });
} else {
  behavesLikeAChain("go-ethereum with Clique", onClique);

  describe("go-ethereum with Clique", function () {
    this.timeout(120_000);

    it("tells its signers, and what was sent is included once through a kill of the node", async () => {
      const { node, chain, keys, dispose } = await onClique();
      try {
        expect(chain.confirmations).to.equal(2);
        const to = `0x${"c".repeat(40)}`;
        const raws = Array.from(
          { length: 60 },
          (_, nonce) => signTransaction({ chainId, nonce, gas: 50_000, to, data: Uint8Array.of(nonce) }, keys[0]).raw,
        );
        const sent = Promise.all(raws.map((raw) => chain.submit([raw])));
        await pause(300);
        await node.kill();
        await node.start();
        const inclusions = (await sent).flat();
        expect(inclusions.every(({ ok }) => ok)).to.equal(true);
        expect(await chain.nonce(addressOf(keys[0]))).to.equal(raws.length);
      } finally {
        await dispose();
      }
    });
  });
}
