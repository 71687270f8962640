import type { Hex } from "../domain/entries/words.ts";
import type { InTree } from "../domain/lifecycle/offices.ts";
import type { Deduction } from "../domain/payments/payment-document.ts";
import type {
  BankAccount,
  LeftRequest,
  PaymentRequest,
  ReadReport,
  RequestFile,
  RequestState,
} from "../domain/payments/payment-request.ts";
import { ProblemError } from "../domain/problems.ts";
import { admits, PERMISSIONS, type PermissionName } from "../domain/roles.ts";
import type { Day } from "../domain/rules/civil-days.ts";
import type { Access } from "./access-log.ts";
import { who } from "./disclosures.ts";
import type { Myself } from "./sessions.ts";

type Needs = {
  now(): number;
  /** asks the integrations by the name of a call. @throws ProblemError integrations-off */
  call<T>(name: string, args?: unknown): Promise<T>;
  /** agencies by id, for offices that cover those below */
  tree(): Promise<InTree>;
  agencyOf(ocid: string): Promise<Hex | undefined>;
  /** writes into the access log */
  log(deed: Pick<Access, "act" | "outcome" | "what"> & Partial<Access>): Promise<unknown>;
};

type Page = { after?: string | undefined; limit: number };
type Change = { id: string; deductions?: Deduction[] | undefined; again?: boolean | undefined };

/** What may be asked of payment requests. They ask a treasury to pay; nothing here moves money. */
export type PaymentRequests = {
  list(
    me: Myself,
    asked: { agency: Hex; state?: RequestState | undefined; ocid?: string | undefined } & Page,
  ): Promise<{ requests: PaymentRequest[]; next?: string }>;
  files(me: Myself, agency: Hex): Promise<{ files: RequestFile[] }>;
  prepare(me: Myself, ocid: string, changes: readonly Change[]): Promise<{ requests: PaymentRequest[] }>;
  handOver(
    me: Myself,
    asked: { agency: Hex; ids?: string[] | undefined; accounts: BankAccount[]; executeOn: Day },
  ): Promise<{ file?: RequestFile; left: LeftRequest[]; more: number }>;
  acknowledge(me: Myself, agency: Hex, content: Uint8Array): Promise<ReadReport>;
};

/**
 * The use cases of payment requests: who may is asked for the agency whose they are; what somebody does stands in the
 * access log before it is done, without any account.
 * @throws ProblemError not-allowed, not-found, integrations-off, and what the integrations answer
 */
export function paymentRequestActions({ now, call, tree, agencyOf, log }: Needs): PaymentRequests {
  const admit = async (me: Myself, permission: PermissionName, agency: Hex) => {
    if (!admits(PERMISSIONS[permission].who, me, { agency }, await tree())) throw new ProblemError("not-allowed");
  };
  const doing = async (me: Myself, agency: Hex, what: string) => {
    await admit(me, "payment-requests.operate", agency);
    await log({ ...who(me, now()), act: "request-payments", outcome: "done", agency, what });
  };
  return {
    async list(me, asked) {
      await admit(me, "payment-requests.read", asked.agency);
      return call("requests.list", asked);
    },
    async files(me, agency) {
      await admit(me, "payment-requests.read", agency);
      return call("requests.files", { agency });
    },
    async prepare(me, ocid, changes) {
      const agency = await agencyOf(ocid);
      if (agency === undefined) throw new ProblemError("not-found");
      await doing(me, agency, "prepare");
      return call("requests.prepare", { ocid, changes });
    },
    async handOver(me, asked) {
      await doing(me, asked.agency, "hand over");
      return call("requests.handOver", asked);
    },
    async acknowledge(me, agency, content) {
      await doing(me, agency, "acknowledge");
      return call("requests.acknowledge", { agency, content });
    },
  };
}
