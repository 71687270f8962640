import type { Hex } from "../domain/entries/words.ts";
import { ProblemError, type Words } from "../domain/problems.ts";
import { admits, PERMISSIONS } from "../domain/roles.ts";
import type { Access } from "./access-log.ts";
import { who } from "./disclosures.ts";
import { isOperator, type Myself, personOf } from "./sessions.ts";

/** What somebody asks to be told, and where. */
type AskedSubscription = {
  url: string;
  agency?: Hex | undefined;
  ocid?: string | undefined;
  kinds?: readonly string[] | undefined;
  /** events after this number; by default those from now on */
  after?: number | "now" | undefined;
};

type Told = Record<string, unknown>;
type Needs = {
  now(): number;
  /** asks the integrations by the name of a call. @throws ProblemError integrations-off */
  call<T>(name: string, args?: unknown): Promise<T>;
  /** writes into the access log */
  log(deed: Pick<Access, "act" | "outcome" | "what"> & Partial<Access>): Promise<unknown>;
};

/** Subscriptions to events: each sees and changes his own, the operator all. */
export type WebhookActions = {
  subscribe(me: Myself, asked: AskedSubscription): Promise<{ subscription: Told; secret: string }>;
  list(me: Myself): Promise<Told[]>;
  get(me: Myself, id: string): Promise<Told>;
  change(me: Myself, id: string, what: "pause" | "resume"): Promise<Told>;
  remove(me: Myself, id: string): Promise<void>;
  rotateSecret(me: Myself, id: string): Promise<{ secret: string; oldUntil: string }>;
  ping(me: Myself, id: string): Promise<{ arrived: boolean; code?: string; status?: number; reason?: Words }>;
  deadLetters(me: Myself, id: string, after: number, limit: number): Promise<Told[]>;
  resend(me: Myself, id: string, sequence: number): Promise<{ arrived: boolean; reason?: Words }>;
  drop(me: Myself, id: string, sequence: number): Promise<void>;
  keys(): Promise<Told[]>;
  rotateKey(me: Myself): Promise<Told[]>;
};

/**
 * The use cases of webhooks. What changes one stands in the access log before it is done; no address of a receiver and
 * no secret does.
 * @throws ProblemError not-allowed, not-found, integrations-off, and what the integrations answer
 */
export function webhookActions({ now, call, log }: Needs): WebhookActions {
  const of = (me: Myself) => (isOperator(me) ? {} : { of: personOf(me) });
  const deed = (me: Myself, what: string) => log({ ...who(me, now()), act: "change-webhook", outcome: "done", what });
  const doing = async <T>(me: Myself, what: string, id: string, more: object = {}): Promise<T> => {
    // whose it is not learns nothing, and no deed of his is written down
    await call("webhooks.get", { id, ...of(me) });
    await deed(me, `${what} ${id}`);
    return call<T>(`webhooks.${what}`, { id, ...of(me), ...more });
  };
  return {
    async subscribe(me, { url, after, agency, ocid, kinds }) {
      const by = isOperator(me) ? "operator" : personOf(me);
      const filter = {
        ...(agency === undefined ? {} : { agency }),
        ...(ocid === undefined ? {} : { ocid }),
        ...(kinds === undefined ? {} : { kinds }),
      };
      await deed(me, "subscribe");
      return call("webhooks.subscribe", { by, url, filter, ...(after === undefined ? {} : { after }) });
    },
    list: (me) => call("webhooks.list", of(me)),
    get: (me, id) => call("webhooks.get", { id, ...of(me) }),
    change: (me, id, what) => doing(me, what, id),
    remove: (me, id) => doing(me, "remove", id),
    rotateSecret: (me, id) => doing(me, "rotateSecret", id),
    ping: (me, id) => doing(me, "ping", id),
    deadLetters: (me, id, after, limit) => call("webhooks.deadLetters", { id, ...of(me), after, limit }),
    resend: (me, id, sequence) => doing(me, "resend", id, { sequence }),
    drop: (me, id, sequence) => doing(me, "drop", id, { sequence }),
    keys: () => call("webhooks.keys"),
    async rotateKey(me) {
      if (!isOperator(me) && !admits(PERMISSIONS["connectors.operate"].who, me)) throw new ProblemError("not-allowed");
      await deed(me, "rotateKey");
      return call("webhooks.rotateKey");
    },
  };
}
