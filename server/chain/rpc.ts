import { createHash, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { ChainFault, RpcFailure, TransactionRefused } from "./chain.ts";
import { callGas, type EmbeddedChain } from "./embedded.ts";
import { fromHex, readFields } from "./transaction.ts";

export type RpcServer = { url: string; close(): Promise<void> };

/**
 * Ethereum's JSON-RPC to the embedded chain, for other programs on this machine: on 127.0.0.1 only, for whoever has the
 * bearer token, and only the methods below. What it answers is journalled; a transaction sent through it is in a
 * journalled block when its hash is answered. `port` 0 takes a free one. Throws as `listen` does (port in use).
 */
export async function serveRpc(
  chain: Pick<EmbeddedChain, "ready" | "request" | "submit">,
  options: { token: string; port: number },
): Promise<RpcServer> {
  if (options.token.length < 16) throw new RangeError("the token of the JSON-RPC must have at least 16 characters");
  const expected = digest(`Bearer ${options.token}`);
  let state: "starting" | "ready" | ChainFault = "starting";
  chain.ready().then(
    () => {
      state = "ready";
    },
    (fault) => {
      state = fault;
    },
  );

  const answer = async (call: unknown): Promise<Answer> => {
    const {
      id,
      method,
      params = [],
    } = (typeof call === "object" && call !== null ? call : {}) as Record<string, unknown>;
    if ((typeof id !== "number" && typeof id !== "string") || typeof method !== "string")
      return failure(null, invalidRequest, "a call needs an id and a method");
    if (!Array.isArray(params)) return failure(id, invalidParams, "params must be a list");
    if (!methods.has(method))
      return failure(id, methodNotFound, `the method ${method.slice(0, 60)} is not offered here`);
    if (state === "starting")
      return failure(id, unavailable, "the journal is being replayed; try again", { code: "starting" });
    if (state instanceof ChainFault) return failureOf(id, state);
    try {
      return { jsonrpc: "2.0", id, result: await run(chain, method, params) };
    } catch (error) {
      return failureOf(id, error);
    }
  };

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const given = digest(request.headers.authorization ?? "");
    if (!timingSafeEqual(given, expected)) return send(response, 401, failure(null, refused, "bearer token needed"));
    if (request.method !== "POST") return send(response, 405, failure(null, invalidRequest, "POST a JSON-RPC call"));
    const body = await bodyOf(request);
    if (body === undefined) return send(response, 413, failure(null, invalidRequest, `at most ${maxBody} bytes`));
    let calls: unknown;
    try {
      calls = JSON.parse(body);
    } catch {
      return send(response, 400, failure(null, parseError, "not JSON"));
    }
    if (!Array.isArray(calls)) return send(response, 200, await answer(calls));
    if (calls.length === 0 || calls.length > maxBatch)
      return send(response, 400, failure(null, invalidRequest, `a batch has 1 to ${maxBatch} calls`));
    const answers: Answer[] = [];
    for (const call of calls) answers.push(await answer(call));
    return send(response, 200, answers);
  };

  const server = createServer((request, response) => {
    // a client that goes away in the middle is no matter of ours
    serve(request, response).catch(() => response.destroy());
  });
  server.requestTimeout = 30_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(options.port, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** All that is offered: reading, and sending what somebody else signed. */
const methods: ReadonlySet<string> = new Set([
  "eth_blockNumber",
  "eth_call",
  "eth_chainId",
  "eth_gasPrice",
  "eth_getBlockByHash",
  "eth_getBlockByNumber",
  "eth_getCode",
  "eth_getLogs",
  "eth_getStorageAt",
  "eth_getTransactionByHash",
  "eth_getTransactionCount",
  "eth_getTransactionReceipt",
  "eth_sendRawTransaction",
  "net_version",
  "prasasti_submit",
  "web3_clientVersion",
]);

/** Room for a transaction of 2 MB in hexadecimal. */
const maxBody = 4_200_000;
const maxBatch = 100;

// JSON-RPC 2.0, section 5.1, and EIP-1474.
const parseError = -32700;
const invalidRequest = -32600;
const methodNotFound = -32601;
const invalidParams = -32602;
const internalError = -32603;
const refused = -32000;
const unavailable = -32002;

type Id = string | number | null;
type Answer =
  | { jsonrpc: "2.0"; id: Id; result: unknown }
  | { jsonrpc: "2.0"; id: Id; error: { code: number; message: string; data?: unknown } };

async function run(
  chain: Pick<EmbeddedChain, "request" | "submit">,
  method: string,
  params: unknown[],
): Promise<unknown> {
  if (method === "eth_sendRawTransaction") {
    const raw = bytesOf(params[0]);
    const [inclusion] = await chain.submit([raw]);
    return inclusion!.transactionHash;
  }
  // where they stand comes with the answer: who sends much need not read blocks back
  if (method === "prasasti_submit") return chain.submit(params.map(bytesOf));
  if (method === "eth_call") return chain.request(method, [limited(params[0]), ...params.slice(1)]);
  return chain.request(method, params);
}

/** The bytes of a transaction that is not so dear that running it could exhaust the memory of the engine. */
function bytesOf(param: unknown): Uint8Array {
  let raw: Uint8Array;
  let gas: number;
  try {
    raw = fromHex(`${param}`);
    gas = readFields(raw).gas;
  } catch (cause) {
    throw new RpcFailure(invalidParams, "not a signed transaction in hexadecimal", undefined, { cause });
  }
  if (gas > Number(callGas)) throw new TransactionRefused("too-much-gas", 0, `at most ${Number(callGas)} gas`);
  return raw;
}

function limited(call: unknown): unknown {
  if (typeof call !== "object" || call === null) return call;
  const gas = "gas" in call && typeof call.gas === "string" ? Number(call.gas) : Number.NaN;
  return gas <= Number(callGas) ? call : { ...call, gas: callGas };
}

function failureOf(id: Id, error: unknown): Answer {
  if (error instanceof RpcFailure) return failure(id, error.code, error.message, error.data);
  if (error instanceof TransactionRefused) return failure(id, refused, error.message, { code: error.code });
  if (error instanceof ChainFault) return failure(id, unavailable, error.message, { code: error.code });
  return failure(id, internalError, "internal error");
}

function failure(id: Id, code: number, message: string, data?: unknown): Answer {
  return { jsonrpc: "2.0", id, error: data === undefined ? { code, message } : { code, message, data } };
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

/** The body as text, or nothing if it is too long. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    // what is too long is read to its end, so that the client hears why, but not kept
    if (size <= maxBody) parts.push(part);
    else if (size > 4 * maxBody) throw new RangeError("body without end");
    else parts.length = 0;
  }
  return size > maxBody ? undefined : Buffer.concat(parts).toString();
}

function send(response: ServerResponse, status: number, answer: Answer | Answer[]): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(answer));
}
