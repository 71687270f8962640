import { type ExceptionName, marksIn, type RoleName, roleName } from "../domain/entries/kinds.ts";
import { durationInWords, kindInWords } from "../domain/entries/telling.ts";
import type { Hex } from "../domain/entries/words.ts";
import { PARENT_APPROVER } from "../domain/lifecycle/situation.ts";
import type { Words } from "../domain/problems.ts";
import type { Storage } from "../domain/storage.ts";
import { approverOf, hasMoved, type MetNeeds, meetSubmission, SIGNABLE_EXCEPTIONS } from "./approvals.ts";
import { draftsToSign } from "./drafts.ts";
import type { Myself } from "./sessions.ts";
import { ASKED, type Awaiting, RETURNED, type Submissions, stateAt } from "./submissions.ts";
import { talkOf } from "./talk.ts";

/** After how many days something that waits is due, and overdue. */
export type Reminders = { dueDays: number; overdueDays: number };
type Reminder = "none" | "due" | "overdue";

/**
 * Something that waits for somebody: to sign a draft; to approve; to answer; to sign once more what was sent back, has
 * expired or lost its basis. Times in seconds UTC.
 */
export type Task = {
  task: "sign" | "approve" | "answer" | "signAgain";
  /** why, and what to do */
  words: Words;
  draft?: string;
  submission?: Hex;
  kind: number;
  kindWords: Words;
  ocid: string;
  contractId: string;
  agency: Hex;
  since: number;
  reminder: Reminder;
  reminderWords: Words;
  /** until when the maker's signature is good */
  expires?: number;
  expired?: true;
  moved?: true;
  second?: { role: RoleName; above?: true }[];
  exceptions?: ExceptionName[];
};

type Needs = MetNeeds & {
  state: Storage;
  awaiting: Submissions["awaiting"];
  drafts: Parameters<typeof draftsToSign>[1];
  reminders: Reminders;
};

const DAY = 86_400;

function reminderAt(since: number, now: number, { dueDays, overdueDays }: Reminders): Reminder {
  const age = now - since;
  return age >= overdueDays * DAY ? "overdue" : age >= dueDays * DAY ? "due" : "none";
}

const both = (say: (language: "en" | "id") => string): Words => ({ en: say("en"), id: say("id") });

/** What waits for somebody, longest waiting first; at most `limit`, and how many there are. */
export async function tasksOf(me: Myself, limit: number, needs: Needs): Promise<{ tasks: Task[]; total: number }> {
  const now = needs.now();
  const found: Task[] = [];
  const add = (task: Omit<Task, "kindWords" | "reminder" | "reminderWords">) => {
    const waits = both((language) => durationInWords((now - task.since) * 1000, language));
    found.push({
      ...task,
      kindWords: both((language) => kindInWords(task.kind, language)),
      reminder: reminderAt(task.since, now, needs.reminders),
      reminderWords: { en: `waits for ${waits.en}`, id: `menunggu ${waits.id}` },
    });
  };
  for (const { id, entry, handed } of await draftsToSign(me, needs.drafts)) {
    const { kind, ocid, contractId, agency } = entry;
    add({ task: "sign", draft: id, kind, ocid, contractId, agency, since: handed!.at, words: words.sign });
  }
  const holder = me.session.holder;
  if (holder !== undefined) {
    for await (const waiting of needs.awaiting()) await addAwaiting(waiting, holder, add, needs);
    await addLeftWith(RETURNED, holder, "signAgain", add, needs);
    await addLeftWith(ASKED, holder, "answer", add, needs);
  }
  found.sort((a, b) => a.since - b.since);
  return { tasks: found.slice(0, limit), total: found.length };
}

type Add = (task: Omit<Task, "kindWords" | "reminder" | "reminderWords">) => void;

/** What waits for a second signature: to approve it, or, where it waits in vain, to sign it again. */
async function addAwaiting({ id, since, maker }: Awaiting, holder: Hex, add: Add, needs: Needs): Promise<void> {
  const met = await meetSubmission(id, needs);
  const { submission, second, exceptions, now, item } = met;
  const { kind, ocid, contractId, agency, expires } = item.entry;
  const expired = stateAt(submission, now) === "expired";
  const moved = hasMoved(met);
  const task = {
    ...{ submission: id, kind, ocid, contractId, agency, since, expires },
    ...(expired ? { expired: true as const } : {}),
    ...(moved ? { moved: true as const } : {}),
  };
  if (maker === holder) {
    if (expired || moved) add({ ...task, task: "signAgain", words: expired ? words.expired : words.moved });
    return;
  }
  if (!("office" in approverOf(holder, met))) return;
  add({
    ...task,
    task: "approve",
    words: expired ? words.expiredThere : moved ? words.movedThere : words.approve,
    second: second.map((role) =>
      role === PARENT_APPROVER ? { role: "approver" as const, above: true as const } : { role: roleName(role) },
    ),
    exceptions: marksIn(exceptions & SIGNABLE_EXCEPTIONS),
  });
}

/** What others left with a maker: sent back to him, or asked. */
async function addLeftWith(
  rows: string,
  holder: Hex,
  task: "signAgain" | "answer",
  add: Add,
  needs: Needs,
): Promise<void> {
  for await (const { value } of needs.state.range<{ id: Hex; at: number }>(`${rows}${holder}/`)) {
    const kept = await needs.unpacked(value.id);
    if (kept === undefined) continue;
    const { submission, item } = kept;
    // a question about what has its fate by now needs no answer
    if (task === "answer" && stateAt(submission, needs.now()) !== "awaitingApproval") continue;
    const { kind, ocid, contractId, agency } = item.entry;
    const said = (await talkOf(value.id, needs.state)).findLast(({ act }) => act !== "answered")?.text ?? "";
    const { en, id } = task === "answer" ? words.answer : words.sentBack;
    add({
      ...{ task, submission: value.id, kind, ocid, contractId, agency, since: value.at },
      words: { en: `${en} “${said}”`, id: `${id} “${said}”` },
    });
  }
}

const words = {
  sign: {
    en: "A draft was handed on to be signed: look at it, then sign or change it.",
    id: "Sebuah konsep diteruskan untuk ditandatangani: periksa, lalu tanda tangani atau ubah.",
  },
  approve: {
    en: "The rules ask for a second signature, and your office can give it: review it, then approve, send back or ask.",
    id: "Aturan meminta tanda tangan kedua dan jabatan Anda dapat memberikannya: tinjau, lalu setujui, kembalikan, atau tanyakan.",
  },
  expired: {
    en: "Your signature ended before a second was added. Sign it again under the same command.",
    id: "Masa tanda tangan Anda berakhir sebelum ada yang kedua. Tanda tangani lagi dengan perintah yang sama.",
  },
  expiredThere: {
    en: "Its maker's signature has ended: there is nothing to approve until he signs again.",
    id: "Masa tanda tangan pembuatnya berakhir: belum ada yang dapat disetujui sampai ia menandatangani lagi.",
  },
  moved: {
    en: "The record has moved on since you signed. Look at what changed, then sign it again under the same command.",
    id: "Catatan telah berubah sejak Anda menandatangani. Periksa perubahannya, lalu tanda tangani lagi dengan perintah yang sama.",
  },
  movedThere: {
    en: "The record has moved on since it was signed: there is nothing to approve until its maker signs again.",
    id: "Catatan telah berubah sejak ditandatangani: belum ada yang dapat disetujui sampai pembuatnya menandatangani lagi.",
  },
  sentBack: { en: "It was sent back to you:", id: "Dikembalikan kepada Anda:" },
  answer: { en: "You were asked:", id: "Anda ditanya:" },
} as const satisfies Record<string, Words>;
