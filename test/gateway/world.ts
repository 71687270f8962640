import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { sha256 } from "#hash";
import type { NetworkSettings } from "../../server/chain/network.ts";
import {
  type Approval,
  approvalHash,
  type Entry,
  entryHash,
  idOf,
  signedDigest,
  signInHash,
  type Terms,
  termsToText,
} from "../../server/domain/entries/entry.ts";
import { Kind, Role } from "../../server/domain/entries/kinds.ts";
import { type Hex, NO_ID, toHex, utf8 } from "../../server/domain/entries/words.ts";
import { canonicalJson } from "../../server/domain/json.ts";
import { type GatewayOptions, gatewayOver } from "../../server/gateway/gateway.ts";
import { type AppOptions, buildApp } from "../../server/http/app.ts";
import { routes } from "../../server/http/routes.ts";
import { sign } from "../../server/ledger/signatures.ts";
import { bootstrapSandbox, sandboxChoices, seedId } from "../../server/sandbox/bootstrap.ts";
import { POST_PU_1, SANDBOX_CHAIN_ID, sandboxSecret, secretOf } from "../../server/sandbox/people.ts";
import { openServices, type Services } from "../../server/services.ts";

/** The real gateway on a real embedded chain with the sandbox's people, spoken to through `inject`. */

/** The operator's token of every tested gateway. */
export const OPERATOR = "o".repeat(43);
export const STEM = "ocds-213czf-dpupr";
/** where passkeys may sign */
const PAGE = "http://localhost:8080";
const DAY = 86_400;
export const now = () => Math.floor(Date.now() / 1000);

type Tested = Awaited<ReturnType<typeof buildApp>>;
/** `remove` also deletes its folder. */
export type Running = {
  services: Services;
  app: Tested;
  folder: string;
  close(): Promise<void>;
  remove(): Promise<void>;
};

export async function startGateway(
  folder?: string,
  {
    network,
    certifyEvery,
    anchorEvery,
    ...options
  }: Partial<AppOptions> &
    Partial<GatewayOptions> & { certifyEvery?: number; anchorEvery?: number; network?: NetworkSettings } = {},
): Promise<Running> {
  const data = folder ?? (await mkdtemp(path.join(tmpdir(), "prasasti-test-")));
  const services = await openServices({
    data,
    chainId: SANDBOX_CHAIN_ID,
    choices: sandboxChoices(),
    network,
    ...(certifyEvery === undefined ? {} : { certifyEvery }),
    ...(anchorEvery === undefined ? {} : { anchorEvery }),
  });
  await bootstrapSandbox(services, [PAGE]);
  const gateway = gatewayOver(services, { mode: "sandbox", operatorToken: OPERATOR, ...options });
  // every answer of every test is held against its description
  const app = await buildApp({
    routes: (scope) => routes(scope, gateway),
    checkAnswers: true,
    answered: services.metrics.answered.bind(services.metrics),
    ...options,
  });
  await app.ready();
  const close = async () => {
    await app.close();
    await services.close();
  };
  const remove = async () => {
    await close();
    await rm(data, { recursive: true });
  };
  return { services, app, folder: data, close, remove };
}

export type Choices = Partial<Omit<Entry, "terms">> & {
  by?: string;
  terms?: Terms;
  body?: Record<string, unknown>;
  approvals?: { by: string; expires?: number }[];
  up?: number;
};

/** A contract of 100 million rupiah by the sandbox's PPK, signed, as it is posted. Changed by what is chosen. */
export function posted(separator: Uint8Array, seen: Hex, choices: Choices = {}) {
  const { by = "H-PRS-PPK-PU", body, approvals = [], up = 0, terms, ...fields } = choices;
  const text = body === undefined ? new Uint8Array() : utf8(canonicalJson(body));
  const entry: Entry = {
    commandId: seedId("test", Math.random()),
    maker: idOf(by),
    capacity: Role.officer,
    ocid: `${STEM}-t${Math.random().toString(36).slice(2)}`,
    contractId: "K-1",
    awardId: "",
    agency: idOf("ID-PRS-DPUPR"),
    kind: Kind.contract,
    basis: NO_ID,
    seen,
    digest: toHex(sha256(text)),
    refersTo: NO_ID,
    expires: now() + DAY,
    ...fields,
    terms: terms ?? contractTerms(),
  };
  const hash = entryHash(entry);
  return {
    id: toHex(hash),
    payload: {
      entry: { ...entry, terms: termsToText(entry.terms) },
      ...(body === undefined ? {} : { body }),
      signature: toHex(sign(signedDigest(separator, hash), secretOf(by))),
      approvals: approvals.map((a) => approve(separator, hash, seen, a.by, a.expires)),
      up,
      stemLength: STEM.length,
    },
  };
}

export function contractTerms(value = 100_000_000_00n): Terms {
  return { code: 2, currency: "IDR", value, officer: idOf(POST_PU_1), party: idOf("ID-PRS-S-0001"), on: now() - DAY };
}

export function approve(separator: Uint8Array, hash: Uint8Array, seen: Hex, by: string, expires = now() + DAY) {
  const approval: Approval = { holder: idOf(by), capacity: Role.approver, exceptions: 0, seen, expires };
  const signature = toHex(sign(signedDigest(separator, approvalHash(hash, approval)), secretOf(by)));
  return { approval, up: 0, signature };
}

/** Waits for a moment of the clock that signatures and sessions go by, in seconds UTC. */
export async function atSecond(time: number): Promise<void> {
  while (now() < time) await pause(Math.max(1, time * 1000 - Date.now()));
}

/** Waits for what happens beside the test; fails where it does not within ten seconds. */
export async function until(what: string, happened: () => boolean | Promise<boolean>): Promise<void> {
  const giveUp = performance.now() + 10_000;
  while (!(await happened())) {
    if (performance.now() > giveUp) throw new Error(`waited in vain: ${what}`);
    await pause(10);
  }
}

/** A bearer token of a sandbox person. */
export async function signedIn({ app, services }: Running, key = "ppk-pu", holder = "H-PRS-PPK-PU"): Promise<string> {
  const { nonce, origin } = (await app.inject({ method: "POST", url: "/api/v1/sessions/challenges" })).json();
  const signIn = { origin, holder: idOf(holder), nonce, issued: now(), expires: now() + 3600 };
  const signature = toHex(sign(signedDigest(services.separator, signInHash(signIn)), sandboxSecret(key)));
  const answer = await app.inject({ method: "POST", url: "/api/v1/sessions", payload: { signIn, signature } });
  return answer.json().token;
}
