// Nodes in processes of their own, for tests. None outlives the block that it was made in: `await using`.

import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("external-node.ts", import.meta.url));

/** A Hardhat node that mines by itself: each transaction at once, until it is told otherwise. */
export class ExternalNode {
  readonly #process: ChildProcess;
  readonly url: string;

  private constructor(child: ChildProcess, url: string) {
    this.#process = child;
    this.url = url;
  }

  /** @param port 0 takes a free one */
  static start(chainId: number, port = 0, { genesisTime = Math.floor(Date.now() / 1000) } = {}): Promise<ExternalNode> {
    return ExternalNode.#run("hardhat", port, chainId, genesisTime);
  }

  /** Another node, for what it answers: it passes everything on. */
  static doorTo(url: string, port = 0): Promise<ExternalNode> {
    return ExternalNode.#run("door", port, url);
  }

  static async #run(kind: string, port: number, ...rest: (string | number)[]): Promise<ExternalNode> {
    const child = spawn(process.execPath, [program, kind, String(port), ...rest.map(String)], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, HARDHAT_DISABLE_TELEMETRY: "true" },
      timeout: 300_000,
      killSignal: "SIGKILL",
    });
    const url = await new Promise<string>((resolve, reject) => {
      let output = "";
      child.stdout!.setEncoding("utf8").on("data", (text: string) => {
        output += text;
        const address = /http:\/\/\S+/.exec(output)?.[0];
        if (address !== undefined) resolve(address);
      });
      child.once("exit", () => reject(new Error(`the node ended before it listened: ${output}`)));
    });
    return new ExternalNode(child, url);
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  async request<T>(method: string, ...params: unknown[]): Promise<T> {
    const response = await fetch(this.url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
    });
    const { result, error } = (await response.json()) as { result: T; error?: { message: string } };
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result;
  }

  async height(): Promise<number> {
    return Number(await this.request<string>("eth_blockNumber"));
  }

  /** Makes it stand still without ending, as one whose machine hangs; and go on. */
  pause(): void {
    this.#process.kill("SIGSTOP");
  }

  resume(): void {
    this.#process.kill("SIGCONT");
  }

  /** Ends it as a power cut would: it forgets everything. */
  async kill(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = new Promise((resolve) => this.#process.once("exit", resolve));
    this.#process.kill("SIGKILL");
    await ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}
