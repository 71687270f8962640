import { sha256 } from "#hash";
import { preimageOf } from "../domain/entries/draft.ts";
import { KIND_RULES, Kind, Role } from "../domain/entries/kinds.ts";
import { type Hex, NO_ID, toHex, utf8 } from "../domain/entries/words.ts";
import { placesFrom } from "../domain/lifecycle/offices.ts";
import { ProblemError, type Words } from "../domain/problems.ts";
import type { SignedEntryRow } from "../domain/projection/project-block.ts";
import {
  type DraftText,
  draftFromText,
  type Proposal,
  type ProposalKind,
  type ProposalState,
} from "../domain/proposals/proposal.ts";
import { admits, allows, type Need, PERMISSIONS } from "../domain/roles.ts";
import type { Access } from "./access-log.ts";
import { assertPublicWords, who } from "./disclosures.ts";
import { draftId, type PostedDraft, type ToldDraft } from "./drafts.ts";
import type { Offices } from "./office-book.ts";
import { holderOf, type Myself } from "./sessions.ts";

/** A proposal with those that must be recorded before and are not. */
type ToldProposal = Proposal & { readonly waitsFor: readonly string[] };

/** What somebody asks for. `agency` by id of 32 bytes; `entry`: kinds of entries by name. */
type AskedProposals = {
  agency?: Hex | undefined;
  state?: ProposalState | undefined;
  kind?: ProposalKind | undefined;
  entry?: readonly string[] | undefined;
  ocid?: string | undefined;
  job?: string | undefined;
  after?: string | undefined;
  limit: number;
};

/** A package of which something cannot be proposed yet, and why. */
type Waiting = {
  ocid: string;
  agency: string;
  waits: { code: string; words: Words; supplier?: { key: string; name?: string } }[];
};
/** A process that somebody recorded by hand, recognised in what its source brought later. */
type Matched = { ocid: string; agency: string; how: Words; at: number };

/** What became of one proposal that somebody takes: a draft of his own, or why there is none. */
type Taken = { id: string; draft?: ToldDraft; problem?: { code: string; detail: Words } };

export type ProposalActions = {
  list(me: Myself, asked: AskedProposals): Promise<{ proposals: ToldProposal[]; total: number }>;
  show(me: Myself, id: string): Promise<ToldProposal>;
  take(me: Myself, ids: readonly string[], makesDrafts: boolean): Promise<Taken[]>;
  release(me: Myself, ids: readonly string[]): Promise<void>;
  drop(me: Myself, id: string, reason: string): Promise<Proposal>;
  waiting(me: Myself, limit: number): Promise<{ waiting: Waiting[]; total: number }>;
  matched(me: Myself, limit: number): Promise<{ matched: Matched[]; total: number }>;
  nameSupplier(me: Myself, key: string, supplier: string): Promise<void>;
};

type Needs = {
  now(): number;
  /** asks the integrations by the name of a call. @throws ProblemError integrations-off */
  call<T>(name: string, args?: unknown): Promise<T>;
  offices(): Promise<Offices>;
  log(deed: Pick<Access, "act" | "outcome" | "what"> & Partial<Access>): Promise<unknown>;
  /** the entries of a process, oldest first */
  history(ocid: string): Promise<readonly SignedEntryRow[]>;
  draft(id: string): Promise<ToldDraft | undefined>;
  /** keeps a draft under this id, to be signed under this command */
  makeDraft(me: Myself, posted: PostedDraft, under: { id: string; commandId: Hex }): Promise<ToldDraft>;
};

/**
 * The use cases of proposals. Who reads or takes one holds an office that makes or approves such entries at its agency,
 * or above it; to others it does not exist. What is taken becomes a draft of his, which he signs as any other.
 * @throws ProblemError not-found, not-allowed, proposal-not-open, proposal-waits, personal-data, integrations-off
 */
export function proposalActions(needs: Needs): ProposalActions {
  const { call, now, log } = needs;
  type Permission = "proposals.read" | "proposals.take";

  /** Who has no such office anywhere learns nothing, not even that there are integrations. */
  function admit(me: Myself, permission: Permission): void {
    if (!admits(PERMISSIONS[permission].who, me)) throw new ProblemError("not-allowed");
  }

  async function agenciesOf(me: Myself, permission: Permission): Promise<{ id: string; hex: Hex }[]> {
    admit(me, permission);
    const { tree } = await needs.offices();
    const all = await call<{ id: string; hex: Hex }[]>("proposals.agencies");
    return all.filter(({ hex }) => allows(PERMISSIONS[permission].who, me.offices, { agency: hex }, tree));
  }

  /** Who makes what is drafted, at its agency; of a correction, whoever makes some kind of entry there. */
  async function mayTake(me: Myself, { agency, drafts }: Proposal): Promise<boolean> {
    const { tree } = await needs.offices();
    return drafts.every(({ kind }) => {
      const { roles } = KIND_RULES[kind];
      const makers: Need[] =
        roles.length === 0 ? [...PERMISSIONS["proposals.take"].who] : [{ roles, scope: "covering" }];
      return allows(makers, me.offices, { agency }, tree);
    });
  }

  async function find(me: Myself, id: string, permission: Permission = "proposals.read"): Promise<ToldProposal> {
    admit(me, permission);
    const found = await call<ToldProposal>("proposals.show", { id });
    const { tree } = await needs.offices();
    if (!allows(PERMISSIONS["proposals.read"].who, me.offices, { agency: found.agency }, tree))
      throw new ProblemError("not-found");
    return found;
  }

  return {
    async list(me, { agency, state, kind, job, entry, ...rest }) {
      const agencies = (await agenciesOf(me, "proposals.read")).map(({ hex }) => hex);
      if (agency !== undefined && !agencies.includes(agency)) return { proposals: [], total: 0 };
      const one = <T>(value: T | undefined) => (value === undefined ? undefined : [value]);
      const asked = {
        agencies: one(agency) ?? agencies,
        states: one(state),
        kinds: one(kind),
        jobs: one(job),
        entries: entry,
      };
      return call("proposals.list", { ...rest, ...asked });
    },
    show: (me, id) => find(me, id),
    async take(me, ids, makesDrafts) {
      const by = holderOf(me);
      for (const id of ids)
        if (!(await mayTake(me, await find(me, id, "proposals.take")))) throw new ProblemError("not-allowed");
      await log({ ...who(me, now()), act: "take-proposal", outcome: "done", what: `${ids.length} of a list` });
      const proposals = await call<Proposal[]>("proposals.take", { ids, by });
      if (!makesDrafts) return proposals.map(({ id }) => ({ id }));
      const taken: Taken[] = [];
      for (const proposal of proposals) {
        try {
          taken.push({ id: proposal.id, draft: await draftOf(me, proposal) });
        } catch (error) {
          if (!(error instanceof ProblemError)) throw error;
          await call("proposals.release", { ids: [proposal.id], by });
          taken.push({ id: proposal.id, problem: { code: error.code, detail: error.detail } });
        }
      }
      return taken;
    },
    async release(me, ids) {
      const by = holderOf(me);
      for (const id of ids) await find(me, id, "proposals.take");
      await log({ ...who(me, now()), act: "release-proposal", outcome: "done", what: `${ids.length} of a list` });
      await call("proposals.release", { ids, by });
    },
    async drop(me, id, reason) {
      const by = holderOf(me);
      assertPublicWords("reason", reason);
      if (!(await mayTake(me, await find(me, id, "proposals.take")))) throw new ProblemError("not-allowed");
      await log({ ...who(me, now()), act: "drop-proposal", outcome: "done", what: id });
      return call("proposals.drop", { id, by, why: { en: reason, id: reason } });
    },
    async waiting(me, limit) {
      const agencies = (await agenciesOf(me, "proposals.read")).map(({ id }) => id);
      return call("proposals.waiting", { agencies, limit });
    },
    async matched(me, limit) {
      const agencies = (await agenciesOf(me, "proposals.read")).map(({ id }) => id);
      return call("proposals.matched", { agencies, limit });
    },
    async nameSupplier(me, key, supplier) {
      const by = holderOf(me);
      if ((await agenciesOf(me, "proposals.take")).length === 0) throw new ProblemError("not-allowed");
      await log({ ...who(me, now()), act: "name-supplier", outcome: "done", what: supplier });
      await call("proposals.nameSupplier", { key, id: supplier, by });
    },
  };

  /** The draft of a proposal: made once, however often it is taken by the same person. */
  async function draftOf(me: Myself, { id, drafts }: Proposal): Promise<ToldDraft> {
    const [said] = drafts;
    if (said === undefined) throw new ProblemError("not-found");
    const under = idsOf(id, holderOf(me));
    const known = await needs.draft(under.id);
    if (known !== undefined) return known;
    const draft = await withPost(me, said);
    const named = draft.names === undefined ? undefined : await namedBy(draft);
    const preimage = preimageOf(draftFromText(draft), named);
    const { kind, ocid, contractId, awardId, agency = NO_ID } = draft;
    return needs.makeDraft(
      me,
      {
        entry: {
          ...{ kind: Kind[kind], ocid, contractId, awardId, agency, terms: draft.terms },
          refersTo: named?.leaf ?? NO_ID,
        },
        ...(draft.body === undefined ? {} : { body: draft.body }),
        ...(preimage === undefined ? {} : { preimage }),
      },
      under,
    );
  }

  async function namedBy({ ocid, names }: DraftText): Promise<SignedEntryRow> {
    const found = (await needs.history(ocid)).find(({ assigned }) => assigned.processSequence === names);
    if (found === undefined) throw new ProblemError("not-found");
    return found;
  }

  /** New contracts name a post; where the proposal says none it is that of whoever takes it. */
  async function withPost(me: Myself, draft: DraftText): Promise<DraftText> {
    const { kind, terms, agency = NO_ID } = draft;
    const names = kind === "contract" || kind === "opening" || kind === "award";
    if (!names || terms.officer !== undefined) return draft;
    const { tree } = await needs.offices();
    for (const { place } of placesFrom(agency, tree)) {
      const own = me.offices.find(
        (office) => office.inForce && office.role === Role.officer && office.agency === place,
      );
      if (own !== undefined) return own.post === NO_ID ? draft : { ...draft, terms: { ...terms, officer: own.post } };
    }
    return draft;
  }
}

/** Ids that follow from the proposal and who takes it: repeated, it is the same draft under the same command. */
function idsOf(proposal: string, holder: Hex): { id: string; commandId: Hex } {
  const digest = sha256(utf8(JSON.stringify(["prasasti proposal 1", proposal, holder])));
  return { id: draftId(digest.subarray(0, 16)), commandId: toHex(digest) };
}
