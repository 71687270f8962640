import { compose } from "../domain/entries/compose.ts";
import {
  type Approval,
  approvalHash,
  BALANCES_BYTES,
  type Domain,
  entryHash,
  readBalances,
  signedDigest,
  type TermsText,
  TYPES,
  termsMessage,
  termsToText,
} from "../domain/entries/entry.ts";
import { foresee } from "../domain/entries/foresee.ts";
import { type ExceptionName, Kind, kindName, marksIn, type RoleName, roleName } from "../domain/entries/kinds.ts";
import { kindInWords, termInWords, termValueInWords } from "../domain/entries/telling.ts";
import { type Hex, textOf, toHex } from "../domain/entries/words.ts";
import { subjectOf } from "../domain/lifecycle/rules.ts";
import { PARENT_APPROVER } from "../domain/lifecycle/situation.ts";
import { isObject, type Json } from "../domain/ocds/check-fields.ts";
import { difference } from "../domain/ocds/difference.ts";
import { OUR_EXTENSIONS } from "../domain/ocds/own-extension.ts";
import { explainRefusal, ProblemError, type Words } from "../domain/problems.ts";
import { type AgencyView, registryFor } from "../domain/projection/project-block.ts";
import type { Storage } from "../domain/storage.ts";
import {
  approverOf,
  approversOf,
  concerns,
  hasMoved,
  type Met,
  type MetNeeds,
  meetSubmission,
  SIGNABLE_EXCEPTIONS,
} from "./approvals.ts";
import type { DocumentRow } from "./documents.ts";
import type { Incumbent } from "./office-book.ts";
import { holderOf, type Myself } from "./sessions.ts";
import { type Submission, stateAt } from "./submissions.ts";
import { type Said, talkOf } from "./talk.ts";

/** A field that the entry would change in the published record; `path`: JSON pointer, entries of lists by their id. */
type FieldChange = { path: string; before?: unknown; after: unknown };

/** What is to be approved, as it is shown; all that is signed stands in `entry`, `body` and `approval.typedData`. */
export type Review = {
  submission: Submission;
  /** the entry with its amounts as text, and the canonical text of the body whose SHA-256 is its digest */
  entry: Record<string, unknown>;
  body: string;
  words: {
    kind: Words;
    agency: string;
    terms: { term: string; words: Words; value: Words; before?: Words }[];
  };
  differences: FieldChange[];
  documents: { sha256: string; title?: string; url?: string; stored: boolean }[];
  second: { role: RoleName; above?: true }[];
  exceptions: ExceptionName[];
  /** what the rules would refuse though all signed, as they stand now */
  refusal?: { rule: string; title: Words; help: Words };
  /** the record has moved on since its maker signed: he signs again */
  moved?: { signed: Hex; present: Hex; since: { sequence: number; kind: string; release: string }[]; words: Words };
  approvers: Incumbent[];
  /** what the asker would sign; none where he could not approve, and then why not */
  approval?: { approval: Approval; up: number; typedData: Record<string, unknown>; digest: Hex };
  why?: { rule: string; title: Words; help: Words };
  talk: Said[];
};

type Needs = MetNeeds & {
  state: Storage;
  domain: Domain & { name: string; version: string };
  separator: Uint8Array;
  /** the checkpoint that signers name today */
  seen(): Hex;
  /** the record of a process with its compiled release */
  record(ocid: string): Promise<Record<string, unknown> | undefined>;
};

const both = (say: (language: "en" | "id") => string): Words => ({ en: say("en"), id: say("id") });

/**
 * A submission as one who is concerned sees it: its maker, and those who could make or approve such an entry there.
 * @throws ProblemError not-found, also where it does not concern the asker
 */
export async function review(me: Myself, id: Hex, needs: Needs): Promise<Review> {
  const met = await meetSubmission(id, needs);
  if (!concerns(me, met)) throw new ProblemError("not-found");
  const { submission, item, situation, act, second, exceptions, refusal, present, now } = met;
  const { entry } = item;
  const view = await needs.process(entry.ocid);
  const subject = subjectOf(situation, act);
  const terms = termsToText(entry.terms);
  const organisations = new Map<string, string>();
  for (const each of [entry.agency, entry.terms.party, entry.terms.issuer, entry.terms.payer]) {
    const known = each === undefined ? undefined : await needs.read<AgencyView>(`agency/${each}`);
    if (typeof known?.details.name === "string") organisations.set(known.id, known.details.name);
  }
  const told = (name: string, given: TermsText): Words => {
    const organisation = organisations.get(String(given[name]));
    return both((language) => organisation ?? termValueInWords(subject, name, given, language));
  };
  const before = presentTerms(met);
  const could = me.session.holder === undefined ? undefined : approverOf(holderOf(me), met);
  const since = Object.entries(view?.entries ?? {})
    .filter(([, { sequence }]) => sequence > (view?.entries[entry.basis]?.sequence ?? 0))
    .map(([, { kind, sequence }]) => ({
      sequence,
      kind: kindName(kind) ?? String(kind),
      release: `${entry.ocid}-${sequence}`,
    }));
  return {
    submission: { ...submission, state: stateAt(submission, now) },
    entry: { ...entry, terms },
    body: textOf(item.body),
    words: {
      kind: both((language) => kindInWords(entry.kind, language)),
      agency: organisations.get(entry.agency) ?? entry.agency,
      terms: Object.keys(terms).map((term) => ({
        term,
        words: both((language) => termInWords(term, language)),
        value: told(term, terms),
        ...(before?.[term] === undefined ? {} : { before: told(term, { currency: terms.currency ?? "", ...before }) }),
      })),
    },
    differences: await differences(met, needs),
    documents: await documentsIn(textOf(item.body), needs.state),
    second: second.map((role) =>
      role === PARENT_APPROVER ? { role: "approver" as const, above: true as const } : { role: roleName(role) },
    ),
    exceptions: marksIn(exceptions & SIGNABLE_EXCEPTIONS),
    ...(refusal === undefined ? {} : { refusal: explained(refusal) }),
    ...(hasMoved(met) ? { moved: { signed: entry.basis, present, since, words: movedWords } } : {}),
    approvers: approversOf(met),
    ...(could !== undefined && "refusal" in could ? { why: explained(could.refusal) } : {}),
    ...(could !== undefined && "office" in could ? { approval: toSign(holderOf(me), could, met, needs) } : {}),
    talk: await talkOf(id, needs.state),
  };
}

const movedWords: Words = {
  en: "The record has moved on since it was signed: the ledger would refuse it. Its maker looks at what changed and signs again.",
  id: "Catatan telah berubah sejak ditandatangani: ledger akan menolaknya. Pembuatnya memeriksa perubahan lalu menandatangani lagi.",
};

function explained(refusal: Parameters<typeof explainRefusal>[0]): { rule: string; title: Words; help: Words } {
  const { name, kind } = explainRefusal(refusal);
  return { rule: name, title: kind.title, help: kind.help };
}

/** The approval that somebody would sign, as a wallet shows it, and the digest that it signs. */
function toSign(
  holder: Hex,
  { capacity, up }: { capacity: number; up: number },
  { item: { entry }, exceptions }: Met,
  { domain, separator, seen }: Needs,
): NonNullable<Review["approval"]> {
  const approval: Approval = {
    ...{ holder, capacity, exceptions: exceptions & SIGNABLE_EXCEPTIONS, seen: seen(), expires: entry.expires },
  };
  const typedData = {
    domain,
    types: { Approval: TYPES.Approval, Entry: TYPES.Entry, Terms: TYPES.Terms },
    primaryType: "Approval",
    message: { entry: { ...entry, terms: termsMessage(entry.terms) }, ...approval },
  };
  return { approval, up, typedData, digest: toHex(signedDigest(separator, approvalHash(entryHash(entry), approval))) };
}

/** The terms that the entry's own would take the place of: of what it corrects, or of the contract as it stands. */
function presentTerms({ situation: { named, contract }, act }: Met): TermsText | undefined {
  if (act.kind === Kind.correction && named !== undefined) return termsToText(named.terms);
  if (act.kind !== Kind.amendment || contract === undefined) return undefined;
  return { value: String(contract.value), scopeValue: String(contract.scopeValue) };
}

/** What would change in the record, field by field. */
async function differences({ item }: Met, { process, read, record }: Needs): Promise<FieldChange[]> {
  const { entry, body, preimage } = item;
  const view = await process(entry.ocid);
  const opens = entry.kind === Kind.opening && preimage.length === BALANCES_BYTES;
  const next = foresee({ ...entry, body, ...(opens ? { balances: readBalances(preimage) } : {}) }, view);
  const { release } = compose(view, next, await registryFor(next, view, read));
  const compiled = ((await record(entry.ocid))?.compiledRelease ?? {}) as Json;
  // what the ledger will assign says nothing of the contract
  const { id: _, date: __, tag: ___, ...said } = release;
  const added = difference(compiled, said, OUR_EXTENSIONS) ?? {};
  const changes: FieldChange[] = [];
  collect(added, compiled, "", changes);
  return changes;
}

function collect(added: unknown, before: unknown, path: string, changes: FieldChange[]): void {
  const step = (name: string) => `${path}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
  if (isObject(added)) {
    const old = isObject(before) ? before : {};
    for (const [name, value] of Object.entries(added)) collect(value, old[name], step(name), changes);
  } else if (Array.isArray(added) && added.every((each) => isObject(each) && typeof each.id === "string")) {
    const old = Array.isArray(before) ? before : [];
    for (const each of added as Json[]) {
      const same = old.find((other) => isObject(other) && other.id === each.id);
      collect(same === undefined ? each : { ...each, id: undefined }, same, step(String(each.id)), changes);
    }
  } else if (added !== undefined) {
    changes.push({ path, ...(before === undefined ? {} : { before }), after: added });
  }
}

/** Documents that the body names, and whether this gateway keeps them. */
async function documentsIn(body: string, state: Pick<Storage, "get">): Promise<Review["documents"]> {
  const found = new Map<string, { title?: string; url?: string }>();
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) for (const each of value) visit(each);
    else if (isObject(value)) {
      const text = JSON.stringify({ url: value.url, id: value.id, sha256: value.sha256 });
      const [hash] = /(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])/.exec(text) ?? [];
      const { title, url } = value;
      if (hash !== undefined)
        found.set(hash, {
          ...(typeof title === "string" ? { title } : {}),
          ...(typeof url === "string" ? { url } : {}),
        });
      for (const each of Object.values(value)) visit(each);
    }
  };
  if (body !== "") visit(JSON.parse(body));
  return Promise.all(
    [...found].map(async ([sha256, named]) => ({
      ...{ sha256, ...named, stored: (await state.get<DocumentRow>(`document/${sha256}`)) !== undefined },
    })),
  );
}
