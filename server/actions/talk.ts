import type { Hex } from "../domain/entries/words.ts";
import { ProblemError, type Words } from "../domain/problems.ts";
import { ordered } from "../domain/projection/ordered.ts";
import type { Storage } from "../domain/storage.ts";
import { approverOf, concerns, type Met, type MetNeeds, meetSubmission } from "./approvals.ts";
import { assertPublicWords } from "./disclosures.ts";
import { holderOf, type Myself } from "./sessions.ts";
import { ASKED, type Refused, SENT_BACK, type Submission, type Submissions, stateAt } from "./submissions.ts";

/** Something that was said of a submission: who, when, what. Rows are only added; `at` in seconds UTC. */
export type Said = { sequence: number; at: number; by: Hex; act: "sentBack" | "asked" | "answered"; text: string };

type Needs = MetNeeds & {
  state: Storage;
  sendBack: Submissions["sendBack"];
};

const rowsOf = (id: Hex) => `talk/${id}/`;

/** What was said of a submission, in its order. */
export function talkOf(id: Hex, state: Pick<Storage, "range">): Promise<Said[]> {
  return Array.fromAsync(state.range<Said>(rowsOf(id)), ({ value }) => value);
}

async function next(id: Hex, said: Omit<Said, "sequence">, state: Storage): Promise<{ key: string; value: Said }> {
  const sequence = ((await talkOf(id, state)).at(-1)?.sequence ?? 0) + 1;
  return { key: `${rowsOf(id)}${ordered(sequence)}`, value: { sequence, ...said } };
}

/**
 * Sends back what waits for somebody's approval, with a reason that its maker sees. It can't be approved here any more:
 * its maker signs anew.
 * @throws ProblemError not-found, not-allowed, not-waiting, personal-data
 */
export async function sendBack(me: Myself, id: Hex, reason: string, needs: Needs): Promise<Submission> {
  assertPublicWords("reason", reason);
  const met = await asApprover(me, id, needs);
  const at = needs.now();
  const row = await next(id, { at, by: holderOf(me), act: "sentBack", text: reason }, needs.state);
  return needs.sendBack(met.submission.id, holderOf(me), sentBack, at, [row]);
}

/** A refusal by a person, in the place of one by a rule. */
const sentBack: Refused = {
  rule: SENT_BACK,
  code: 0,
  title: {
    en: "A person who could approve it has sent it back.",
    id: "Pejabat yang dapat menyetujui telah mengembalikannya.",
  },
  help: {
    en: "Its maker reads the reason, and signs anew what should be recorded.",
    id: "Pembuatnya membaca alasan, lalu menandatangani lagi yang seharusnya dicatat.",
  },
  values: {},
};

/** Asks the maker; what waits goes on waiting. @throws ProblemError not-found, not-allowed, not-waiting, personal-data */
export async function ask(me: Myself, id: Hex, text: string, needs: Needs): Promise<Said> {
  assertPublicWords("text", text);
  const { submission } = await asApprover(me, id, needs);
  const by = holderOf(me);
  const row = await next(id, { at: needs.now(), by, act: "asked", text }, needs.state);
  const asked = { key: `${ASKED}${submission.maker}/${id}`, value: { id, at: row.value.at, by } };
  await needs.state.put([row, asked], { sync: true });
  return row.value;
}

/** The maker answers. @throws ProblemError not-found, not-allowed, not-waiting, personal-data */
export async function answer(me: Myself, id: Hex, text: string, needs: Needs): Promise<Said> {
  assertPublicWords("text", text);
  const submission = await needs.submission(id);
  const asked = `${ASKED}${holderOf(me)}/${id}`;
  if (submission === undefined) throw new ProblemError("not-found");
  if (submission.maker !== holderOf(me)) throw new ProblemError("not-allowed", notTheMaker);
  const state = stateAt(submission, needs.now());
  if (state !== "awaitingApproval") throw new ProblemError("not-waiting", "", { state });
  const row = await next(id, { at: needs.now(), by: holderOf(me), act: "answered", text }, needs.state);
  await needs.state.put([row], { sync: true, remove: [asked] });
  return row.value;
}

const notTheMaker: Words = { en: "Only its maker answers.", id: "Hanya pembuatnya yang menjawab." };

/** What waits, for one who could approve it. */
async function asApprover(me: Myself, id: Hex, needs: Needs): Promise<Met> {
  const met = await meetSubmission(id, needs);
  const state = stateAt(met.submission, needs.now());
  const could = approverOf(holderOf(me), met);
  // of what waits no more, who could approve it has perhaps approved it
  const waits = state === "awaitingApproval";
  if (waits ? "refusal" in could : !concerns(me, met)) throw new ProblemError("not-allowed", notAnApprover);
  if (state !== "awaitingApproval") throw new ProblemError("not-waiting", "", { state });
  return met;
}

const notAnApprover: Words = {
  en: "Only who could approve it sends it back or asks; nobody does with his own act.",
  id: "Hanya yang dapat menyetujui boleh mengembalikan atau bertanya; tidak untuk perbuatan sendiri.",
};
