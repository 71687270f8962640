import type { Account, Personal } from "../domain/accounts.ts";
import { isNib, npwpCore } from "../domain/accounts.ts";
import { Role } from "../domain/entries/kinds.ts";
import type { Hex } from "../domain/entries/words.ts";
import { ProblemError } from "../domain/problems.ts";
import type { AgencyView } from "../domain/projection/project-block.ts";
import { covers, holds, type Lineage } from "../domain/sealing/readers.ts";
import type { Access } from "./access-log.ts";
import { assertPublicWords, who } from "./disclosures.ts";
import { requireKeeper } from "./invite-account.ts";
import { type Myself, personOf, requireStepUp } from "./sessions.ts";

type Needs = {
  now(): number;
  get(id: string): Promise<Account | undefined>;
  log(access: Access): Promise<void>;
};

const DAY = 86_400;
/** A letter of assignment is for a piece of work; a longer one is given anew. */
const READING_DAYS = 366;
const MANDATE_DAYS = 5 * 366;

/**
 * Locks an account, closes that of a person who left, or opens it again. All its sessions end at once.
 * @throws ProblemError not-allowed, step-up-needed, account-unknown, account-state, personal-data
 */
export async function changeAccountState(
  me: Myself,
  id: string,
  { state, reason }: { state: "active" | "locked" | "left"; reason: string },
  needs: Needs & { setState(id: string, state: "active" | "locked" | "left", reason: string): Promise<Account> },
): Promise<Account> {
  requireKeeper(me, needs.now());
  const account = await other(me, id, needs);
  // an invitation that nobody answered is not opened by hand
  if (account.state === "invited" && state === "active")
    throw new ProblemError("account-state", "", { from: account.state, to: state });
  assertPublicWords("reason", reason);
  await note(me, "change-account", id, reason, [], needs);
  return needs.setState(id, state, reason);
}

/**
 * Lets somebody act for a supplier until a day, by a letter. Several people may act for one supplier. A shorter `until`
 * of the same letter ends it.
 * @throws ProblemError not-allowed, step-up-needed, account-unknown, unknown-supplier, business-number, period-wrong
 */
export async function giveMandate(
  me: Myself,
  id: string,
  asked: {
    entity: Hex;
    nib?: string | undefined;
    npwp?: string | undefined;
    from?: number | undefined;
    until: number;
    letter: Hex;
  },
  needs: Needs & {
    agency(id: Hex): Promise<AgencyView | undefined>;
    addMandate(id: string, mandate: Account["entities"][number]): Promise<Account>;
  },
): Promise<Account> {
  const now = needs.now();
  if (!holds(me.offices, Role.registrar)) throw new ProblemError("not-allowed");
  requireStepUp(me, now);
  await other(me, id, needs);
  const { entity, nib, npwp, letter } = asked;
  const core = npwp === undefined ? undefined : npwpCore(npwp);
  if (nib !== undefined && !isNib(nib)) throw new ProblemError("business-number", "NIB", { field: "nib" });
  if (npwp !== undefined && core === undefined) throw new ProblemError("business-number", "NPWP", { field: "npwp" });
  if (nib === undefined && core === undefined) throw new ProblemError("business-number", "NIB, NPWP", { field: "nib" });
  const view = await needs.agency(entity);
  if (view?.kind !== "supplier") throw new ProblemError("unknown-supplier");
  assertOwnNumbers(view, nib, core);
  const period = periodOf(asked, now, MANDATE_DAYS);
  await note(me, "change-account", id, `mandate ${letter}`, [], needs);
  return needs.addMandate(id, {
    ...{ entity, ...period, letter },
    ...(nib === undefined ? {} : { nib }),
    ...(core === undefined ? {} : { npwpCore: core }),
  });
}

/** Where the register knows the numbers of a supplier, others are not his. */
function assertOwnNumbers({ details }: AgencyView, nib: string | undefined, core: string | undefined): void {
  const { identifier, additionalIdentifiers } = details as { identifier?: unknown; additionalIdentifiers?: unknown };
  for (const each of [identifier, additionalIdentifiers].flat()) {
    const { scheme, id } = (each ?? {}) as { scheme?: unknown; id?: unknown };
    const known = String(id ?? "");
    if (scheme === "ID-NIB" && nib !== undefined && known !== nib)
      throw new ProblemError("business-number", "NIB", { field: "nib" });
    if (scheme === "ID-NPWP" && core !== undefined && npwpCore(known) !== core)
      throw new ProblemError("business-number", "NPWP", { field: "npwp" });
  }
}

/**
 * Lets an auditor's account read what is sealed of one agency, for the time of his assignment; it ends by itself. The
 * head of the agency gives it, or an overseer, and nobody to himself. A shorter `until` of the same letter ends it.
 * @throws ProblemError not-allowed, step-up-needed, account-unknown, unknown-agency, period-wrong
 */
export async function giveReading(
  me: Myself,
  id: string,
  asked: { agency: Hex; from?: number | undefined; until: number; letter: Hex },
  needs: Needs & {
    lineage(agency: Hex): Promise<Lineage>;
    addReading(id: string, grant: Account["reading"][number]): Promise<Account>;
  },
): Promise<Account> {
  const now = needs.now();
  const lineage = await needs.lineage(asked.agency);
  if (!holds(me.offices, Role.head, Role.overseer)) throw new ProblemError("not-allowed");
  if (lineage.length === 0) throw new ProblemError("unknown-agency");
  // an overseer's office stands at no agency: it is for the whole register
  if (!holds(me.offices, Role.overseer) && !covers(me.offices, lineage, HEADS)) throw new ProblemError("not-allowed");
  requireStepUp(me, now);
  const account = await other(me, id, needs);
  if (account.holder !== undefined && account.holder === me.session.holder) throw new ProblemError("not-allowed");
  const { agency, letter } = asked;
  const period = periodOf(asked, now, READING_DAYS);
  await note(me, "grant-reading", id, `assignment ${letter}`, [agency], needs);
  return needs.addReading(id, { agency, ...period, letter, by: personOf(me) });
}

const HEADS: ReadonlySet<number> = new Set([Role.head]);

/** What registrars see of an account; each look at the name of a person stands in the log. @throws ProblemError not-allowed, account-unknown */
export async function tellAccount(
  me: Myself,
  id: string,
  needs: Needs & { personal(id: string): Promise<Personal | undefined> },
): Promise<Account & { displayName?: string }> {
  const registrar = holds(me.offices, Role.registrar);
  if (!registrar) requireKeeper(me, needs.now());
  const account = await needs.get(id);
  if (account === undefined) throw new ProblemError("account-unknown");
  if (!registrar) return account;
  await note(me, "read-account", id, "", [], needs);
  const personal = await needs.personal(id);
  return personal === undefined ? account : { ...account, displayName: personal.displayName };
}

/** Accounts in the order of their ids, without names. @throws ProblemError not-allowed */
export async function listAccounts(
  me: Myself,
  after: string | undefined,
  limit: number,
  needs: { now(): number; list(after: string | undefined, limit: number): Promise<Account[]> },
): Promise<{ accounts: Account[]; next?: string }> {
  if (!holds(me.offices, Role.registrar)) requireKeeper(me, needs.now());
  const found = await needs.list(after, limit + 1);
  const accounts = found.slice(0, limit);
  return { accounts, ...(found.length > limit ? { next: accounts.at(-1)!.id } : {}) };
}

/** Nobody decides of himself. */
async function other(me: Myself, id: string, needs: Pick<Needs, "get">): Promise<Account> {
  const account = await needs.get(id);
  if (account === undefined || account.state === "erased") throw new ProblemError("account-unknown");
  if (account.id === me.account?.id) throw new ProblemError("not-allowed");
  return account;
}

function periodOf({ from, until }: { from?: number | undefined; until: number }, now: number, days: number) {
  const begins = from ?? now;
  if (until <= begins || until - begins > days * DAY)
    throw new ProblemError("period-wrong", "", { from: begins, until, days });
  return { from: begins, until };
}

function note(
  me: Myself,
  act: "change-account" | "grant-reading" | "read-account",
  concerns: string,
  purpose: string,
  [agency]: Hex[],
  needs: Needs,
): Promise<void> {
  return needs.log({
    ...who(me, needs.now()),
    ...{ act, outcome: "done", subjects: [], places: [], concerns, purpose },
    ...(agency === undefined ? {} : { agency }),
  });
}
