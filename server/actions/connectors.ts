import type { AlarmTold, ConnectorTest, ConnectorTold, Contract, DeadLetter, Run } from "../domain/connectors.ts";
import { ProblemError } from "../domain/problems.ts";
import { admits, PERMISSIONS, type PermissionName } from "../domain/roles.ts";
import type { Access } from "./access-log.ts";
import { assertPublicWords, who } from "./disclosures.ts";
import { isOperator, type Myself } from "./sessions.ts";

type Needs = {
  now(): number;
  /** asks the integrations by the name of a call. @throws ProblemError integrations-off */
  call<T>(name: string, args?: unknown): Promise<T>;
  /** writes into the access log */
  log(deed: Pick<Access, "act" | "outcome" | "what"> & Partial<Access>): Promise<unknown>;
};

/** What may be asked of connectors. Everything is about jobs of connectors.yaml, by their ids. */
export type Connectors = {
  list(me: Myself): Promise<ConnectorTold[]>;
  one(me: Myself, job: string): Promise<ConnectorTold>;
  runs(me: Myself, job: string, limit: number, before?: number): Promise<Run[]>;
  oneRun(me: Myself, job: string, number: number): Promise<Run>;
  letters(
    me: Myself,
    asked: { job?: string; state?: DeadLetter["state"] | "all"; after?: string; limit: number },
  ): Promise<{ letters: DeadLetter[]; next?: string }>;
  contract(me: Myself, job: string): Promise<{ contract?: Contract; alarms: AlarmTold[] }>;
  test(me: Myself, job: string): Promise<ConnectorTest>;
  run(me: Myself, job: string, how: { dry?: true; backfill?: "source" | "captures" }): Promise<Run>;
  pause(me: Myself, job: string, reason: string): Promise<ConnectorTold>;
  resume(me: Myself, job: string): Promise<ConnectorTold>;
  retry(me: Myself, job: string, letters: readonly string[] | "all"): Promise<Run>;
  drop(me: Myself, job: string, letters: readonly string[], reason: string): Promise<DeadLetter[]>;
  accept(me: Myself, job: string, alarms: readonly number[] | "all"): Promise<{ accepted: AlarmTold[]; run?: Run }>;
};

/**
 * The use cases of connectors: who may is asked here, for the operator has no office. What somebody does with one stands
 * in the access log before it is done.
 * @throws ProblemError not-allowed, personal-data, integrations-off, and what the integrations answer
 */
export function connectorActions({ now, call, log }: Needs): Connectors {
  const admit = (me: Myself, permission: PermissionName) => {
    if (!isOperator(me) && !admits(PERMISSIONS[permission].who, me)) throw new ProblemError("not-allowed");
  };
  const looking = <T>(me: Myself, name: string, args?: unknown): Promise<T> => {
    admit(me, "connectors.read");
    return call<T>(name, args);
  };
  const doing = async <T, A extends { job: string }>(me: Myself, deed: string, name: string, args: A): Promise<T> => {
    admit(me, "connectors.operate");
    await log({ ...who(me, now()), act: "operate-connector", outcome: "done", what: `${deed} ${args.job}` });
    return call<T>(name, args);
  };
  const given = (reason: string) => {
    assertPublicWords("reason", reason);
    return reason;
  };
  return {
    list: (me) => looking(me, "connectors.list"),
    one: (me, job) => looking(me, "connectors.one", { job }),
    runs: (me, job, limit, before) => looking(me, "connectors.runs", { job, limit, before }),
    oneRun: (me, job, number) => looking(me, "connectors.oneRun", { job, number }),
    letters: (me, asked) => looking(me, "connectors.letters", asked),
    contract: (me, job) => looking(me, "connectors.contract", { job }),
    test: (me, job) => doing(me, "test", "connectors.test", { job }),
    run: (me, job, { dry, backfill }) =>
      backfill === undefined
        ? doing(me, "run", "connectors.start", { job, ...(dry === undefined ? {} : { dry }) })
        : doing(me, "backfill", "connectors.backfill", { job, ...(backfill === "captures" ? { captures: true } : {}) }),
    pause: (me, job, reason) => doing(me, "pause", "connectors.pause", { job, reason: given(reason) }),
    resume: (me, job) => doing(me, "resume", "connectors.resume", { job }),
    retry: (me, job, letters) => doing(me, "retry", "connectors.retry", { job, letters }),
    drop: (me, job, letters, reason) => doing(me, "drop", "connectors.drop", { job, letters, reason: given(reason) }),
    accept: (me, job, alarms) => doing(me, "accept", "connectors.accept", { job, alarms }),
  };
}
