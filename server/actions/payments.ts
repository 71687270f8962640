import type { Hex } from "../domain/entries/words.ts";
import type {
  DecisionAct,
  PaymentState,
  ToldCandidate,
  ToldPayment,
  ToldReturn,
} from "../domain/payments/matched-payment.ts";
import { ProblemError } from "../domain/problems.ts";
import type { Proposal } from "../domain/proposals/proposal.ts";
import { allows, PERMISSIONS, type PermissionName } from "../domain/roles.ts";
import type { Access } from "./access-log.ts";
import { assertPublicWords, who } from "./disclosures.ts";
import type { Offices } from "./office-book.ts";
import { holderOf, type Myself } from "./sessions.ts";

type Needs = {
  now(): number;
  offices(): Promise<Offices>;
  /** asks the integrations by the name of a call. @throws ProblemError integrations-off */
  call<T>(name: string, args?: unknown): Promise<T>;
  /** writes into the access log */
  log(deed: Pick<Access, "act" | "outcome" | "what"> & Partial<Access>): Promise<unknown>;
};

type PaymentDecision = {
  act: DecisionAct;
  shares?: { ocid: string; contractId: string; amount?: string | undefined }[] | undefined;
  of?: number | undefined;
  note?: string | undefined;
};
type Asked = { state?: PaymentState | undefined; after?: string | undefined; limit: number };
/** Whose payments somebody may see: of whole treasuries, and of the budgets of offices. */
type Places = { issuers: Hex[]; agencies: Hex[] };

/** What may be asked about payments and the contracts that they are of. */
export type Payments = {
  list(me: Myself, only: "all" | "queue", asked: Asked): Promise<{ payments: ToldPayment[]; next?: string }>;
  show(me: Myself, id: string): Promise<ToldPayment>;
  contracts(me: Myself, text: string, limit: number): Promise<ToldCandidate[]>;
  returns(me: Myself): Promise<ToldReturn[]>;
  decide(me: Myself, id: string, decision: PaymentDecision): Promise<ToldPayment>;
  match(me: Myself): Promise<Record<string, number>>;
  proposals(me: Myself, asked: { after?: string; limit: number }): Promise<{ proposals: Proposal[]; total: number }>;
  take(me: Myself, ids: string[]): Promise<Proposal[]>;
  giveBack(me: Myself, ids: string[]): Promise<void>;
};

/**
 * The use cases of payments. A treasurer sees and decides what his treasury issued; who answers for an office's budget
 * sees what was paid from it; nobody else learns that there is a payment. Who was shown payments stands in the access log
 * before he is.
 * @throws ProblemError not-allowed, not-found, personal-data, integrations-off, and what the integrations answer
 */
export function paymentActions({ now, offices, call, log }: Needs): Payments {
  const mayAt = async (me: Myself, permission: PermissionName) => {
    const { tree } = await offices();
    return (agency: Hex) => allows(PERMISSIONS[permission].who, me.offices, { agency }, tree);
  };
  const placesOf = async (me: Myself, permission: PermissionName): Promise<Places> => {
    if (!allows(PERMISSIONS[permission].who, me.offices)) throw new ProblemError("not-allowed");
    const [known, isMine] = await Promise.all([call<Places>("payments.places"), mayAt(me, permission)]);
    return { issuers: known.issuers.filter(isMine), agencies: known.agencies.filter(isMine) };
  };
  const read = (me: Myself, what: string) => log({ ...who(me, now()), act: "read-payments", outcome: "given", what });
  const done = (me: Myself, act: Access["act"], what: string) => log({ ...who(me, now()), act, outcome: "done", what });
  /** The payment, if it is for the asker: else there is none. */
  const mine = async (me: Myself, id: string, permission: PermissionName): Promise<ToldPayment> => {
    if (!allows(PERMISSIONS[permission].who, me.offices)) throw new ProblemError("not-allowed");
    const [found, isMine] = await Promise.all([call<ToldPayment>("payments.show", { id }), mayAt(me, permission)]);
    const isBudget = permission === "payments.read" && found.agency !== undefined && isMine(found.agency);
    if (!isMine(found.issuer) && !isBudget) throw new ProblemError("not-found");
    return found;
  };
  /** Proposals that are for the asker. */
  const ofMine = async (me: Myself, ids: string[]): Promise<void> => {
    const { issuers } = await placesOf(me, "payments.decide");
    const found = await call<(Proposal | undefined)[]>("payments.proposalsOf", { ids });
    if (found.some((each) => each === undefined || !issuers.includes(each.agency))) throw new ProblemError("not-found");
  };
  return {
    async list(me, only, { state, after, limit }) {
      const places = await placesOf(me, "payments.read");
      const states = state === undefined ? {} : { states: [state] };
      const asked = { only, ...places, ...states, limit, ...(after === undefined ? {} : { after }) };
      const found = await call<{ payments: ToldPayment[]; next?: string }>("payments.list", asked);
      if (found.payments.length > 0) await read(me, `${found.payments.length} of a list`);
      return found;
    },
    async show(me, id) {
      const found = await mine(me, id, "payments.read");
      await read(me, id);
      return found;
    },
    async contracts(me, text, limit) {
      await placesOf(me, "payments.read");
      return call("payments.contracts", { text, limit });
    },
    async returns(me) {
      const { issuers } = await placesOf(me, "payments.read");
      const found = await call<ToldReturn[]>("payments.returns", { issuers });
      if (found.length > 0) await read(me, `${found.length} returns`);
      return found;
    },
    async decide(me, id, decision) {
      await mine(me, id, "payments.decide");
      if (decision.note !== undefined) assertPublicWords("note", decision.note);
      await done(me, "decide-payment", `${decision.act} ${id}`);
      return call("payments.decide", { ...decision, id, by: holderOf(me) });
    },
    async match(me) {
      await placesOf(me, "payments.decide");
      return call("payments.run");
    },
    async proposals(me, { after, limit }) {
      const { issuers } = await placesOf(me, "payments.decide");
      const asked = { issuers, limit, ...(after === undefined ? {} : { after }) };
      const found = await call<{ proposals: Proposal[]; total: number }>("payments.proposals", asked);
      if (found.proposals.length > 0) await read(me, `${found.proposals.length} proposals`);
      return found;
    },
    async take(me, ids) {
      await ofMine(me, ids);
      await done(me, "take-proposal", `${ids.length} of a list`);
      return call("payments.take", { ids, by: holderOf(me) });
    },
    async giveBack(me, ids) {
      await ofMine(me, ids);
      await done(me, "release-proposal", `${ids.length} of a list`);
      await call("payments.giveBack", { ids, by: holderOf(me) });
    },
  };
}
