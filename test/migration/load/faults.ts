// Loaders that are killed, and what must come of it all the same.

import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { type Founded, foundRegister } from "../../../migration/load/found-register.ts";
import type { Job } from "../../../migration/load/job.ts";
import { waveIn } from "../../../migration/load/load-rows.ts";
import type { Register } from "../../../migration/load/register.ts";
import { itemIn } from "../../../migration/load/verify-wave.ts";
import { historyOfWave, waveOnChain } from "../../../migration/load/wave-on-chain.ts";
import { type RpcServer, serveRpc } from "../../../server/chain/rpc.ts";
import { type Hex, toHex } from "../../../server/domain/entries/words.ts";
import { interfaceOf } from "../../../server/ledger/deploy.ts";
import type { Task } from "./loader-process.ts";
import { AGENCIES, openWorld } from "./world.ts";

const program = fileURLToPath(new URL("loader-process.ts", import.meta.url));
const TOKEN = "a token of the tests, long enough";

/** A chain with its JSON-RPC, on which registers are founded one after the other. */
export class Ground {
  readonly world: Awaited<ReturnType<typeof openWorld>>;
  readonly rpc: RpcServer;

  private constructor(world: Awaited<ReturnType<typeof openWorld>>, rpc: RpcServer) {
    this.world = world;
    this.rpc = rpc;
  }

  static async open(): Promise<Ground> {
    const world = await openWorld();
    return new Ground(world, await serveRpc(world.chain, { token: TOKEN, port: 0 }));
  }

  another(): Promise<Founded> {
    return foundRegister(this.world.chain, { agencies: AGENCIES });
  }

  async close(): Promise<void> {
    await this.rpc.close();
    await this.world.close();
  }

  async task(
    job: Job,
    { register, keys }: Founded,
    steps: Task["steps"],
    { rpc = this.rpc.url, groupBytes }: { rpc?: string; groupBytes?: number } = {},
  ): Promise<string> {
    const task: Task = {
      ...{ job, rpc, token: TOKEN, ledger: register.places.Ledger, steps },
      ...(groupBytes === undefined ? {} : { groupBytes }),
      keys: keys.map((key) => ({ ...key, secret: toHex(key.secret) })),
    };
    await mkdir(job.project, { recursive: true });
    const file = path.join(job.project, `task-${steps.join("-")}.json`);
    await writeFile(file, JSON.stringify(task));
    return file;
  }
}

export type Ended = {
  signal: NodeJS.Signals | null;
  code: number | null;
  said: Record<string, unknown>[];
  error: string;
};

/** Runs a loader to its end, or until it is killed. */
export function runLoader(
  task: string,
  env: Record<string, string> = {},
  onStart?: (child: ChildProcess) => void,
): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [program, task], {
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [output, error] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      error += text;
    });
    onStart?.(child);
    child.once("close", (code, signal) => {
      const said = output.split("\n").filter((line) => line.startsWith("{") && line.endsWith("}"));
      resolve({ code, signal, error, said: said.map((line) => JSON.parse(line) as Record<string, unknown>) });
    });
  });
}

/** What stands on the ledger of a wave, whoever brought it in however many tries: the oracle of every fault. */
export async function standsOf(register: Register, id: Hex): Promise<Record<string, unknown>> {
  const wave = await waveOnChain(register, id);
  if (wave === undefined) return { state: "none" };
  const history = await historyOfWave(register, wave.number);
  const items: string[] = [];
  const topic = interfaceOf("Ledger").getEvent("EntryRecorded")!.topicHash;
  for await (const page of register.logs("Ledger", [topic], history.openedAt, await register.height()))
    for (const { data } of page)
      if (waveIn(data) === wave.number) items.push(createHash("sha256").update(itemIn(data)).digest("hex"));
  const { state, rows, expected, loaded, lots, lotsHash, epoch, natives } = wave;
  return {
    ...{ state, rows, expected, loaded, lots, lotsHash, epoch, natives },
    entries: items.length,
    content: createHash("sha256").update(items.sort().join("\n")).digest("hex"),
    acts: history.acts.map(({ act }) => act.code),
    accepted: history.lots.map(({ lot }) => `${lot.lotKey} ${lot.root} ${lot.value} ${lot.paid}`),
    counts: history.acts.find(({ act }) => act.code === 33)?.act.holder,
  };
}

type Call = { id: number; method: string; params: unknown[] };
type Answer = { id: number; result?: unknown; error?: unknown };
/** What a door does with a call: passes it on (undefined), or answers itself; "hang": takes it, and never answers. */
export type Trick = (call: Call, pass: () => Promise<Answer>) => Promise<Answer | "hang" | undefined>;

/** A node in front of the real one, which is not to be trusted. */
export async function door(
  to: string,
  trick: Trick,
  isBusy = () => false,
): Promise<{ url: string; close(): Promise<void> }> {
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const parts: Buffer[] = [];
    for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
    const given = JSON.parse(Buffer.concat(parts).toString()) as Call | Call[];
    if (isBusy()) {
      response.writeHead(429, { "retry-after": "0.1" }).end("later");
      return;
    }
    const answers: Answer[] = [];
    for (const call of [given].flat()) {
      const pass = async () => {
        const headers = { "content-type": "application/json", authorization: request.headers.authorization ?? "" };
        const onward = await fetch(to, { method: "POST", headers, body: JSON.stringify(call) });
        return (await onward.json()) as Answer;
      };
      const answer = (await trick(call, pass)) ?? (await pass());
      if (answer === "hang") return;
      answers.push(answer);
    }
    response
      .writeHead(200, { "content-type": "application/json" })
      .end(JSON.stringify(Array.isArray(given) ? answers : answers[0]));
  };
  const server: Server = createServer(
    (request, response) => void serve(request, response).catch(() => response.destroy()),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
