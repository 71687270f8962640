import { createServer as createHttp, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { createServer as createHttps } from "node:https";
import type { AddressInfo } from "node:net";

/** What came in, as it came. */
export type Got = { id: string; headers: IncomingMessage["headers"]; body: string };
type Fault =
  | { status: number; headers?: Record<string, string> }
  | "hang"
  | "close"
  | "half"
  | "slow"
  | "book"
  | ((request: IncomingMessage, response: ServerResponse) => void);

/** A receiver on this machine that answers 204, or does what a test has put in its queue. */
export class Receiver {
  readonly got: Got[] = [];
  /** for the next requests, one each */
  readonly faults: Fault[] = [];
  /** for all requests, while it is set */
  always: Fault | undefined;
  readonly #server;
  readonly #scheme: string;

  constructor(tls?: { key: string; cert: string }) {
    const listener: RequestListener = (request, response) => void this.#take(request, response);
    this.#server = tls === undefined ? createHttp(listener) : createHttps(tls, listener);
    this.#scheme = tls === undefined ? "http" : "https";
  }

  async open(port = 0): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(port, "127.0.0.1", resolve));
    return this.url;
  }

  get url(): string {
    return `${this.#scheme}://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hooks`;
  }

  get sequences(): number[] {
    return this.got.map(({ body }) => (JSON.parse(body) as { sequence: number }).sequence);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = "";
    for await (const chunk of request.setEncoding("utf8")) body += chunk;
    this.got.push({ id: String(request.headers["webhook-id"]), headers: request.headers, body });
    const fault = this.faults.shift() ?? this.always;
    if (fault === undefined) response.writeHead(204).end();
    else if (typeof fault === "function") fault(request, response);
    else if (fault === "close") request.socket.destroy();
    else if (fault === "slow") setTimeout(() => response.writeHead(204).end(), 150);
    else if (fault === "half") {
      response.writeHead(200, { "content-length": "1000" }).write("half of it");
      setTimeout(() => request.socket.destroy(), 20);
    } else if (fault === "book") {
      response.writeHead(200);
      response.on("error", () => {});
      const page = "x".repeat(65_536);
      const go = () => {
        while (!response.destroyed && response.write(page));
      };
      response.on("drain", go);
      go();
    } else if (fault !== "hang") response.writeHead(fault.status, fault.headers).end("no");
  }
}
