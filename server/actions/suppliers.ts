import type { Hex } from "../domain/entries/words.ts";
import { ProblemError } from "../domain/problems.ts";
import type { Work } from "../domain/registry/kbli-fit.ts";
import { admits, PERMISSIONS, type PermissionName } from "../domain/roles.ts";
import type { Access } from "./access-log.ts";
import { assertPublicWords, who } from "./disclosures.ts";
import { isOperator, type Myself, personOf } from "./sessions.ts";

/** What is asked of a supplier before something is signed; `on` as `YYYY-MM-DD`. */
type SupplierQuestion = {
  supplier?: Hex | undefined;
  nib?: string | undefined;
  npwp?: string | undefined;
  name?: string | undefined;
  on?: string | undefined;
  work?: Work | undefined;
  refresh?: boolean | undefined;
};
type LinkState = "proposed" | "accepted" | "refused" | "undone";
type LinkVerdict = "accept" | "refuse" | "undo" | "reopen";
type AskedLink = { kind: "nib" | "same"; supplier: Hex; with: string; reason: string };

type Told = Record<string, unknown>;
type Needs = {
  now(): number;
  /** asks the integrations by the name of a call. @throws ProblemError integrations-off */
  call<T>(name: string, args?: unknown): Promise<T>;
  /** writes into the access log */
  log(deed: Pick<Access, "act" | "outcome" | "what"> & Partial<Access>): Promise<unknown>;
};

/** The registry of suppliers: who may look, bring files, and decide which numbers are whose. */
export type SupplierActions = {
  check(me: Myself, question: SupplierQuestion): Promise<Told>;
  tell(me: Myself, supplier: Hex): Promise<Told>;
  known(me: Myself, nib: string, at: number | undefined): Promise<Told>;
  lists(me: Myself): Promise<Told[]>;
  load(
    me: Myself,
    file: { kind: "oss" | "blacklist"; name: string; asOf?: string | undefined; bytes: Uint8Array },
  ): Promise<Told>;
  links(me: Myself, state: LinkState | undefined, after: string | undefined, limit: number): Promise<Told[]>;
  propose(me: Myself, link: AskedLink): Promise<Told>;
  decide(
    me: Myself,
    id: string,
    decision: { verdict: LinkVerdict; reason: string; from?: string | undefined },
  ): Promise<Told>;
};

/**
 * The use cases of the registry. Numbers of persons are asked with and never told. Links are decided by a person with an
 * office: the operator has none.
 * @throws ProblemError not-allowed, personal-data, integrations-off, and what the integrations answer
 */
export function supplierActions({ now, call, log }: Needs): SupplierActions {
  const admit = (me: Myself, permission: PermissionName, operator: boolean) => {
    if (operator && isOperator(me)) return;
    if (!admits(PERMISSIONS[permission].who, me)) throw new ProblemError("not-allowed");
  };
  const looking = <T>(me: Myself, name: string, args?: unknown): Promise<T> => {
    admit(me, "suppliers.read", true);
    return call<T>(name, args);
  };
  const by = (me: Myself) => (isOperator(me) ? "operator" : personOf(me));
  return {
    async check(me, question) {
      admit(me, "suppliers.read", true);
      // asking OSS anew costs its operator something: it is written down who had it done
      if (question.refresh) await log({ ...who(me, now()), act: "ask-registry", outcome: "done", what: "refresh" });
      return call("registry.check", given(question));
    },
    tell: (me, supplier) => looking(me, "registry.supplier", { supplier }),
    known: (me, nib, at) => looking(me, "registry.known", { nib, ...(at === undefined ? {} : { at }) }),
    lists: (me) => looking(me, "registry.lists"),
    async load(me, { kind, name, asOf, bytes }) {
      admit(me, "suppliers.load", true);
      assertPublicWords("name", name);
      await log({ ...who(me, now()), act: "ask-registry", outcome: "done", what: `load ${kind}` });
      return call("registry.load", { kind, name, by: by(me), bytes, ...(asOf === undefined ? {} : { asOf }) });
    },
    links: (me, state, after, limit) => looking(me, "registry.links", given({ state, after, limit })),
    async propose(me, link) {
      admit(me, "suppliers.propose", false);
      assertPublicWords("reason", link.reason);
      await log({ ...who(me, now()), act: "decide-link", outcome: "done", what: `propose ${link.kind}` });
      return call("registry.propose", { ...link, by: by(me) });
    },
    async decide(me, id, { verdict, reason, from }) {
      admit(me, "suppliers.link", false);
      assertPublicWords("reason", reason);
      await log({ ...who(me, now()), act: "decide-link", outcome: "done", what: `${verdict} ${id}` });
      return call("registry.decide", { id, verdict, reason, by: by(me), ...(from === undefined ? {} : { from }) });
    },
  };
}

/** Without what is not there. */
function given(asked: object): object {
  return Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
}
