import { setTimeout as pause } from "node:timers/promises";
import type { FastifyInstance } from "fastify";
import { sha256 } from "#hash";
import {
  approvalHash,
  type Entry,
  entryHash,
  idOf,
  packBalances,
  signedDigest,
  termsFromText,
  termsToText,
} from "../domain/entries/entry.ts";
import { KIND_RULES, Kind, Role } from "../domain/entries/kinds.ts";
import { leafPreimage } from "../domain/entries/leaf.ts";
import { type Hex, NO_ID, toHex, utf8 } from "../domain/entries/words.ts";
import { canonicalJson } from "../domain/json.ts";
import { basisOf, type ProcessView } from "../domain/projection/process-view.ts";
import type { SignedEntryRow } from "../domain/projection/project-block.ts";
import { sign } from "../ledger/signatures.ts";
import { seedId } from "./bootstrap.ts";
import { ordinaryLives } from "./families.ts";
import { Books, type Life } from "./life.ts";
import { secretOf } from "./people.ts";
import { storyLives } from "./stories.ts";

type Answer = { status: number; body: unknown };
/** Asks the gateway over HTTP. */
export type Ask = (method: "GET" | "POST", path: string, body?: unknown) => Promise<Answer>;

/** Asks an application in this process, without a socket. */
export function askOf(app: Pick<FastifyInstance, "inject">): Ask {
  return async (method, path, body) => {
    const payload = body === undefined ? {} : { payload: body as object };
    const response = await app.inject({ method, url: encodeURI(path), ...payload });
    return { status: response.statusCode, body: response.json() };
  };
}

const DAY = 86_400;
/** Lives that are recorded side by side: enough to fill blocks, few enough to leave others their turn. */
const SIDE_BY_SIDE = 64;

export type Seeding = {
  /** `stories`: only those that the tutorial tells */
  only?: "stories";
  signal?: AbortSignal;
  /** @param done steps that are recorded or refused as they should be */
  onProgress?: (done: number, total: number) => void;
  onRefusal?: (told: ToldRefusal) => void;
};

/** The lives of the sandbox, the stories first. The same ones in every register; only dates move with `today`. */
export function sandboxLives(today: number, only?: "stories"): Life[] {
  const books = new Books();
  const stories = storyLives(today, books);
  return only === "stories" ? stories : [...stories, ...ordinaryLives(today, books)];
}

/** What the ledger answered to a step that it was meant to refuse. */
export type ToldRefusal = { ocid: string; step: number; submission: Hex; rule: string };

/**
 * Records the sandbox's contracts through the API, signed with the published keys, as anybody could. Command ids follow
 * from the lives, so an interrupted seed goes on where it stopped, and what is recorded is not recorded again.
 * @throws Error naming the lives that could not go on, after all others are recorded
 */
export async function seedSandbox(ask: Ask, separator: Uint8Array, seeding: Seeding = {}): Promise<void> {
  const { only, signal, onProgress, onRefusal } = seeding;
  const lives = sandboxLives(await firstDay(ask), only);
  const total = lives.reduce((sum, { steps }) => sum + steps.length, 0);
  const faults: unknown[] = [];
  let done = 0;
  const advance = (steps: number) => {
    done += steps;
    onProgress?.(done, total);
  };
  advance(0);
  const live = (life: Life) => recordLife(ask, separator, life, { advance, signal, onRefusal });
  const waiting = lives.values();
  // the first alone: once there is a checkpoint, all others name it as seen
  await live(waiting.next().value!);
  const worker = async () => {
    for (const life of waiting) {
      if (signal?.aborted) return;
      await live(life).catch((error: unknown) => faults.push(error));
    }
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, worker));
  if (faults.length > 0 && !signal?.aborted) throw new AggregateError(faults, String(faults[0]));
}

/** The day that all others are counted from: that of the register's first checkpoint, at midnight UTC. */
export async function firstDay(ask: Ask): Promise<number> {
  const { checkpoints } = (await ask("GET", "/api/v1/checkpoints?limit=1")).body as {
    checkpoints: { time: number }[];
  };
  const first = checkpoints[0]?.time ?? Math.floor(Date.now() / 1000);
  return first - (first % DAY);
}

async function recordLife(
  ask: Ask,
  separator: Uint8Array,
  life: Life,
  {
    advance,
    signal,
    onRefusal,
  }: Pick<Seeding, "onRefusal"> & {
    advance: (steps: number) => void;
    signal: AbortSignal | undefined;
  },
): Promise<void> {
  const { ocid, steps } = life;
  const leaves = new Map<number, Hex>();
  const commands = new Map(steps.map((_, index) => [seedId(ocid, index), index]));
  for (const { commandId, leaf } of await historyOf(ask, ocid)) {
    const index = commands.get(commandId);
    if (index !== undefined) leaves.set(index, leaf);
  }
  // what was refused left nothing behind; the step after it is always recorded
  const from = Math.max(-1, ...leaves.keys()) + 1;
  if (from > 0) advance(from);
  for (let index = from; index < steps.length; index++) {
    if (signal?.aborted) return;
    const step = steps[index]!;
    const posted = await signed(ask, separator, life, index, leaves);
    const { status, body } = await settled(ask, await ask("POST", "/api/v1/submissions?wait=60000", posted));
    const { id, recorded, type } = body as { id: Hex; recorded?: { leaf: Hex }; type?: string };
    const rule = type?.replace("/problems/", "");
    if (status !== (step.refused === undefined ? 201 : 422) || rule !== step.refused)
      throw new Error(`sandbox: step ${index} (${step.kind}) of ${ocid}: ${status} ${JSON.stringify(body)}`);
    if (recorded === undefined) onRefusal?.({ ocid, step: index, submission: id, rule: step.refused! });
    else leaves.set(index, recorded.leaf);
    advance(1);
  }
}

/** The fate of what an interrupted seed had sent already: it went out again by itself when the gateway started. */
async function settled(ask: Ask, answer: Answer): Promise<Answer> {
  const { type, values } = answer.body as { type?: string; values?: { submission: Hex } };
  if (type !== "/problems/key-reused") return answer;
  for (;;) {
    const { body } = await ask("GET", `/api/v1/submissions/${values!.submission}`);
    const { state, refusal } = body as { state: string; refusal?: { rule: string } };
    if (state === "final") return { status: 201, body };
    if (refusal !== undefined) return { status: 422, body: { ...(body as object), type: `/problems/${refusal.rule}` } };
    await pause(20);
  }
}

/** A step as it is posted: placed on what is recorded now, signed by its maker and those who approve. */
async function signed(
  ask: Ask,
  separator: Uint8Array,
  { ocid, stem, agency, steps }: Life,
  index: number,
  leaves: ReadonlyMap<number, Hex>,
): Promise<object> {
  const step = steps[index]!;
  const { seen } = (await ask("GET", "/api/v1/ledger")).body as { seen: Hex };
  const found = index === 0 ? undefined : await ask("GET", `/api/v1/processes/${ocid}`);
  const view = found?.status === 200 ? (found.body as ProcessView) : undefined;
  const names = typeof step.names === "number" ? leaves.get(step.names)! : NO_ID;
  const basis = basisOf({ ...step, kind: Kind[step.kind], refersTo: names }, view);
  const refersTo = step.names === "basis" ? basis : names;
  const named = KIND_RULES[step.kind].preimage === "leaf" && refersTo !== NO_ID;
  const old = named ? (await historyOf(ask, ocid)).find(({ leaf }) => leaf === refersTo)! : undefined;
  const now = Math.floor(Date.now() / 1000);
  const expires = now + 20 * DAY;
  const entry: Entry = {
    commandId: seedId(ocid, index),
    maker: idOf(step.by),
    capacity: step.capacity,
    ocid,
    contractId: step.contractId,
    awardId: step.awardId,
    agency: idOf(agency),
    kind: Kind[step.kind],
    basis,
    seen,
    digest: toHex(sha256(step.body === undefined ? new Uint8Array() : utf8(canonicalJson(step.body)))),
    terms: step.terms,
    refersTo,
    expires,
  };
  const hash = entryHash(entry);
  const signatureOf = (by: string, struct: Uint8Array) => toHex(sign(signedDigest(separator, struct), secretOf(by)));
  // by the day, and a little early: the block comes after the signature, perhaps after midnight
  const midnight = now + 120 - ((now + 120) % DAY);
  const isLate = (step.terms.on ?? now) + 30 * DAY <= midnight;
  const late = isLate && step.whenLate !== undefined ? [{ by: step.whenLate, exceptions: 0 }] : [];
  const approvals = (step.approvals.length > 0 ? step.approvals : late).map(({ by, exceptions }) => {
    const approval = { holder: idOf(by), capacity: Role.approver, exceptions, seen, expires };
    return { approval, up: 0, signature: signatureOf(by, approvalHash(hash, approval)) };
  });
  return {
    entry: { ...entry, terms: termsToText(entry.terms) },
    ...(step.body === undefined ? {} : { body: step.body }),
    signature: signatureOf(step.by, hash),
    approvals,
    up: step.up,
    stemLength: view === undefined ? stem.length : 0,
    ...(step.balances === undefined ? {} : { preimage: toHex(packBalances(step.balances, step.terms.currency!)) }),
    ...(old === undefined
      ? {}
      : { preimage: toHex(leafPreimage({ ...old, terms: termsFromText(old.terms) }, old.assigned)) }),
  };
}

async function historyOf(ask: Ask, ocid: string): Promise<SignedEntryRow[]> {
  const { status, body } = await ask("GET", `/api/v1/processes/${ocid}/history`);
  return status === 200 ? (body as { history: SignedEntryRow[] }).history : [];
}
