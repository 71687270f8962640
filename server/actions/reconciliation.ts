import { type PostedSignature, readPosted, type Signed } from "../domain/entries/signature.ts";
import type { Hex } from "../domain/entries/words.ts";
import { type Language, ProblemError, type Refusal } from "../domain/problems.ts";
import type { HolderView } from "../domain/projection/project-block.ts";
import type { SpendingPlan } from "../domain/reconciliation/absorption.ts";
import {
  actOf,
  type ClosingAct,
  type ClosingDocument,
  closingHash,
  type KeptClosing,
} from "../domain/reconciliation/closing.ts";
import { admits, PERMISSIONS, type PermissionName } from "../domain/roles.ts";
import type { Access } from "./access-log.ts";
import { assertPublicWords, who } from "./disclosures.ts";
import type { Offices } from "./office-book.ts";
import { holderOf, type Myself } from "./sessions.ts";

export type ReportFormat = "json" | "html" | "csv" | "xlsx";
/** A report as it is handed out, with its media type. */
export type HandedReport = { readonly type: string; readonly content: string | Uint8Array };
/** `alone`: without the agencies below it. */
type ReportAsked = { agency: Hex; alone: boolean; format: ReportFormat; language: Language };
/** What is to be signed: the document, and the typed act that names its digest. */
export type ClosingProposal = { document: ClosingDocument; act: ClosingAct };

type Needs = {
  /** seconds UTC */
  now(): number;
  call<T>(name: string, args?: unknown): Promise<T>;
  offices(): Promise<Offices>;
  holder(id: Hex): Promise<{ holder: HolderView } | undefined>;
  /** whose key signed a struct hash; capacity 0 */
  signerOf(hash: Uint8Array, signature: Uint8Array): Promise<Signed | Refusal>;
  log(deed: Pick<Access, "act" | "outcome" | "what"> & Partial<Access>): Promise<unknown>;
};

export type ReconciliationActions = {
  report(me: Myself, asked: ReportAsked & { period: string }): Promise<HandedReport>;
  yearEnd(me: Myself, asked: ReportAsked & { on: string }): Promise<HandedReport>;
  absorption(me: Myself, asked: ReportAsked & { year: number }): Promise<HandedReport>;
  closings(me: Myself, agency: Hex): Promise<KeptClosing[]>;
  propose(
    me: Myself,
    asked: { agency: Hex; month: string; act: ClosingDocument["act"]; reason?: string },
  ): Promise<ClosingProposal>;
  sign(
    me: Myself,
    agency: Hex,
    signed: { document: ClosingDocument; act: ClosingAct; signature: PostedSignature },
  ): Promise<KeptClosing>;
  keepPlan(me: Myself, plan: SpendingPlan): Promise<SpendingPlan>;
};

/** How far the clock of who signs may be from ours, and how old what he signs may be; seconds. */
const CLOCK = 300;
const FRESH = 3_600;

/**
 * Reconciliation for those whose office covers the agency. A month is closed and opened again by a treasurer's own key.
 * @throws ProblemError not-allowed, integrations-off, personal-data, closing-signature, and what the integrations answer
 */
export function reconciliationActions(needs: Needs): ReconciliationActions {
  const { now, call, log } = needs;
  const admit = async (me: Myself, permission: PermissionName, agency: Hex) => {
    const { tree } = await needs.offices();
    if (!admits(PERMISSIONS[permission].who, me, { agency }, tree)) throw new ProblemError("not-allowed");
  };
  const reading = async <T>(me: Myself, name: string, asked: { agency: Hex }, what: string): Promise<T> => {
    const { agency } = asked;
    await admit(me, "reconciliation.read", agency);
    await log({ ...who(me, now()), act: "read-payments", outcome: "given", agency, what });
    return call<T>(name, asked);
  };
  return {
    report: (me, asked) => reading(me, "reconciliation.report", asked, `reconciliation ${asked.period}`),
    yearEnd: (me, asked) => reading(me, "reconciliation.yearEnd", asked, `obligations ${asked.on}`),
    absorption: (me, asked) => reading(me, "reconciliation.absorption", asked, `absorption ${asked.year}`),
    closings: (me, agency) => reading(me, "reconciliation.closings", { agency }, "closings"),
    async propose(me, asked) {
      await admit(me, "reconciliation.close", asked.agency);
      if (asked.reason !== undefined) assertPublicWords("reason", asked.reason);
      const document = await call<ClosingDocument>("reconciliation.propose", asked);
      return { document, act: actOf(document, holderOf(me), now()) };
    },
    async sign(me, agency, { document, act, signature }) {
      await admit(me, "reconciliation.close", agency);
      if (document.hex !== agency) throw new ProblemError("closing-changed");
      if (document.reason !== undefined) assertPublicWords("reason", document.reason);
      const key = await keyOf(me, document, act, signature);
      const what = `${document.act} ${document.agency} ${document.month}`;
      await log({ ...who(me, now()), act: "close-month", outcome: "done", what, agency });
      return call<KeptClosing>("reconciliation.keep", { document, act, signature, key });
    },
    async keepPlan(me, plan) {
      await admit(me, "reconciliation.close", plan.agency);
      await log({
        ...who(me, now()),
        act: "close-month",
        outcome: "done",
        what: `plan ${plan.year}`,
        agency: plan.agency,
      });
      return call<SpendingPlan>("reconciliation.plan", plan);
    },
  };

  /** The key in force of the holder who is signed in, by which exactly this was signed just now. */
  async function keyOf(me: Myself, document: ClosingDocument, act: ClosingAct, posted: PostedSignature): Promise<Hex> {
    const holder = holderOf(me);
    const expected = actOf(document, holder, act.issued);
    const made = Date.parse(document.at) / 1000;
    const isNow = Math.abs(now() - act.issued) <= CLOCK && Math.abs(now() - made) <= FRESH;
    if (!isNow || (Object.keys(expected) as (keyof ClosingAct)[]).some((name) => act[name] !== expected[name]))
      throw new ProblemError("closing-signature");
    const signed = await needs.signerOf(closingHash(act), readPosted(posted, 0));
    const own = (await needs.holder(holder))?.holder.keys ?? [];
    const key = "code" in signed ? undefined : own.find(({ address }) => address === signed.key);
    if (key === undefined || key.revoked || key.from > now()) throw new ProblemError("closing-signature");
    return key.address as Hex;
  }
}
