import { z } from "zod";
import type { PostedDraft, ToldDraft } from "../actions/drafts.ts";
import type { Answer, Question } from "../actions/may.ts";
import type { Review } from "../actions/review.ts";
import type { Myself } from "../actions/sessions.ts";
import type { Submission } from "../actions/submissions.ts";
import type { PostedEntry } from "../actions/submit-entry.ts";
import type { Said } from "../actions/talk.ts";
import type { Task } from "../actions/tasks.ts";
import type { Hex } from "../domain/entries/words.ts";
import { canAnswer, draft, review, saidAnswer, submission, tasks } from "./answers.ts";
import type { App } from "./app.ts";
import { myselfOf } from "./guard.ts";
import { writable } from "./register.ts";
import {
  changedDraft,
  draftParam,
  handedDraft,
  idParam,
  limitQuery,
  postedDraft,
  postedReason,
  postedText,
  questionBody,
  questionQuery,
  signedDraft,
  versionQuery,
  wait,
} from "./schemas.ts";
import { sessionProblems } from "./sessions.ts";
import { answer, type SubmissionsGateway, submissionAnswers, told } from "./submissions.ts";

/** Drafts, inbox, review and what is said about what waits. */
export type WorkGateway = SubmissionsGateway & {
  may(me: Myself, question: Question): Promise<Answer>;
  tasks(me: Myself, limit: number): Promise<{ tasks: Task[]; total: number }>;
  review(me: Myself, id: Hex): Promise<Review>;
  sendBack(me: Myself, id: Hex, reason: string): Promise<Submission>;
  ask(me: Myself, id: Hex, text: string): Promise<Said>;
  answer(me: Myself, id: Hex, text: string): Promise<Said>;
  drafts: {
    make(me: Myself, posted: PostedDraft): Promise<ToldDraft>;
    list(me: Myself, limit: number): Promise<ToldDraft[]>;
    read(me: Myself, id: string): Promise<ToldDraft>;
    change(me: Myself, id: string, version: number, posted: PostedDraft): Promise<ToldDraft>;
    hand(me: Myself, id: string, version: number, to: Hex | undefined): Promise<ToldDraft>;
    remove(me: Myself, id: string, version: number): Promise<void>;
    sign(me: Myself, id: string, signed: PostedEntry, wait: number): Promise<Submission>;
  };
};

const security = [{ bearer: [] }];
const contentProblems = ["not-in-force", "personal-data", "body-over-limit", "disclosure-mismatch", "erased"] as const;
const draftProblems = [...sessionProblems, "not-found", "not-allowed"] as const;

export async function workRoutes(
  app: App,
  gateway: WorkGateway,
  absolute: (request: { protocol: string; host: string }, path: string) => string,
): Promise<void> {
  app.addHook("onSend", async (_request, reply) => {
    reply.header("cache-control", "no-store");
  });
  const asked = {
    tags: ["Work"],
    summary: "Whether I may do something; if not why not, and who can",
    description:
      "`act`: record an entry of a kind on an ocid, contract or award, or at an agency; approve, refuse or ask about a submission; grant an office; use a permission. By the offices that are in force now, those that cover from above and the contract's post included; nobody approves his own act, nor through a delegate. Holders are named by their public ids.",
    security,
    response: { 200: canAnswer },
    problems: [...sessionProblems, "not-found"] as const,
  };
  app.get(
    "/api/v1/me/can",
    { config: { permission: "me.can" }, schema: { ...asked, querystring: questionQuery } },
    async (request) => gateway.may(myselfOf(request), request.query as Question) as never,
  );
  app.post(
    "/api/v1/me/can",
    {
      config: { permission: "me.can" },
      schema: { ...asked, summary: "The same of an entry with its terms: the rules are asked too", body: questionBody },
    },
    async (request) => gateway.may(myselfOf(request), request.body as Question) as never,
  );
  app.get(
    "/api/v1/tasks",
    {
      config: { permission: "tasks.read" },
      schema: {
        tags: ["Work"],
        summary: "What waits for me: drafts to sign, entries to approve, questions, what I must sign again",
        description:
          "Longest waiting first. `reminder` says what is due and overdue by its age. What has expired, or whose record has moved on, says so and what to do.",
        querystring: limitQuery,
        security,
        response: { 200: tasks },
        problems: sessionProblems,
      },
    },
    async (request) => {
      const { tasks: found, total } = await gateway.tasks(myselfOf(request), request.query.limit);
      const link = ({ draft: made, submission: of }: Task) =>
        absolute(request, made === undefined ? `/api/v1/submissions/${of}/review` : `/api/v1/drafts/${made}`);
      return { tasks: found.map((task) => ({ ...task, link: link(task) })), total } as never;
    },
  );
  app.get(
    "/api/v1/submissions/:id/review",
    {
      config: { permission: "submissions.review" },
      schema: {
        tags: ["Work"],
        summary: "What is to be approved, as it is signed: terms in words, differences, documents, typed data",
        description:
          "For its maker and for those whose office could make or approve such an entry there. `approval` is what you would sign: compute its hash yourself. Where the record has moved on, `moved` has the entries since, and the maker signs again.",
        params: idParam,
        security,
        response: { 200: review },
        problems: [...sessionProblems, "not-found"],
      },
    },
    async (request) => {
      const { moved, ...rest } = await gateway.review(myselfOf(request), request.params.id as Hex);
      const address = (ocid: string, release: string) =>
        absolute(request, `/api/v1/releases/${encodeURIComponent(ocid)}/${encodeURIComponent(release)}`);
      const { ocid } = rest.submission;
      const since = moved?.since.map((each) => ({ ...each, release: address(ocid, each.release) }));
      return { ...rest, ...(moved === undefined ? {} : { moved: { ...moved, since } }) } as never;
    },
  );
  app.post(
    "/api/v1/submissions/:id/refuse",
    {
      config: { permission: "submissions.refuse" },
      schema: {
        tags: ["Work"],
        summary: "Send back to its maker what waits for my approval, with a reason",
        description:
          "It goes back: nobody approves it here any more, and the same signature does not go out again. Its maker sees who, when and why, and signs anew.",
        params: idParam,
        body: postedReason,
        security,
        response: { 200: submission },
        problems: [...sessionProblems, "step-up-needed", "not-found", "not-allowed", "not-waiting", "personal-data"],
      },
    },
    async (request) =>
      told(gateway, await gateway.sendBack(myselfOf(request), request.params.id as Hex, request.body.reason)),
  );
  for (const [what, permission, summary] of [
    ["ask", "submissions.ask", "Ask its maker about what waits for my approval"],
    ["answer", "submissions.answer", "Answer what was asked about my entry"],
  ] as const) {
    app.post(
      `/api/v1/submissions/:id/${what}`,
      {
        config: { permission },
        schema: {
          tags: ["Work"],
          summary,
          params: idParam,
          body: postedText,
          security,
          response: { 201: saidAnswer },
          problems: [...sessionProblems, "not-found", "not-allowed", "not-waiting", "personal-data"],
        },
      },
      async (request, reply) =>
        reply.code(201).send(await gateway[what](myselfOf(request), request.params.id as Hex, request.body.text)),
    );
  }

  app.post(
    "/api/v1/drafts",
    {
      config: { permission: "drafts.write" },
      schema: {
        tags: ["Work"],
        summary: "Keep an entry that nobody has signed yet",
        description:
          "For people of the agency whose office could make such an entry. Never public, never on the chain. The body holds nothing personal in clear: sealed values stand there, as in a submission.",
        body: postedDraft,
        security,
        response: { 201: draft },
        problems: [...sessionProblems, "not-allowed", ...contentProblems],
      },
    },
    async (request, reply) => {
      const made = await gateway.drafts.make(myselfOf(request), request.body as PostedDraft);
      return reply
        .code(201)
        .header("location", `/api/v1/drafts/${made.id}`)
        .send(made as never);
    },
  );
  app.get(
    "/api/v1/drafts",
    {
      config: { permission: "drafts.read" },
      schema: {
        tags: ["Work"],
        summary: "Drafts of my agency that my office could sign or approve, newest first",
        querystring: limitQuery,
        security,
        response: { 200: z.object({ drafts: z.array(draft) }) },
        problems: sessionProblems,
      },
    },
    async (request) => ({ drafts: await gateway.drafts.list(myselfOf(request), request.query.limit) }) as never,
  );
  app.get(
    "/api/v1/drafts/:id",
    {
      config: { permission: "drafts.read" },
      schema: {
        tags: ["Work"],
        summary: "A draft, and where it stands",
        params: draftParam,
        security,
        response: { 200: draft },
        problems: [...sessionProblems, "not-found"],
      },
    },
    async (request) => (await gateway.drafts.read(myselfOf(request), request.params.id)) as never,
  );
  app.put(
    "/api/v1/drafts/:id",
    {
      config: { permission: "drafts.write" },
      schema: {
        tags: ["Work"],
        summary: "Put another content in the place of what a draft says",
        params: draftParam,
        body: changedDraft,
        security,
        response: { 200: draft },
        problems: [...draftProblems, "draft-changed", "draft-signed", ...contentProblems],
      },
    },
    async (request) => {
      const { version, ...posted } = request.body;
      const { id } = request.params;
      return (await gateway.drafts.change(myselfOf(request), id, version, posted as PostedDraft)) as never;
    },
  );
  app.delete(
    "/api/v1/drafts/:id",
    {
      config: { permission: "drafts.write" },
      schema: {
        tags: ["Work"],
        summary: "Throw a draft away",
        params: draftParam,
        querystring: versionQuery,
        security,
        response: { 204: z.undefined().describe("gone") },
        problems: [...draftProblems, "draft-changed", "draft-signed"],
      },
    },
    async (request, reply) => {
      await gateway.drafts.remove(myselfOf(request), request.params.id, request.query.version);
      return reply.code(204).send();
    },
  );
  app.post(
    "/api/v1/drafts/:id/handing",
    {
      config: { permission: "drafts.write" },
      schema: {
        tags: ["Work"],
        summary: "Hand a draft on to be signed: it waits for a signature, and stands in an inbox",
        params: draftParam,
        body: handedDraft,
        security,
        response: { 200: draft },
        problems: [...draftProblems, "draft-changed", "draft-signed"],
      },
    },
    async (request) => {
      const { version, to } = request.body;
      return (await gateway.drafts.hand(myselfOf(request), request.params.id, version, to as Hex | undefined)) as never;
    },
  );
  app.post(
    "/api/v1/drafts/:id/signature",
    {
      config: { permission: "drafts.write" },
      schema: {
        tags: ["Work"],
        summary: "Sign a draft: it becomes a submission",
        description:
          "The entry as it was signed, under the draft's `commandId`: it must be what the draft says. One draft becomes one submission, whoever signs it and however often it is sent.",
        params: draftParam,
        body: signedDraft,
        querystring: wait,
        security,
        response: submissionAnswers,
        problems: [
          ...draftProblems,
          "draft-changed",
          "draft-signed",
          "draft-differs",
          "digest-mismatch",
          "key-reused",
          "not-replaceable",
          "body-not-publishable",
          ...contentProblems,
          "not-ready",
        ],
      },
    },
    async (request, reply) => {
      writable(gateway);
      const signed = request.body as PostedEntry;
      const given = await gateway.drafts.sign(myselfOf(request), request.params.id, signed, request.query.wait);
      const at = reply.header("location", `/api/v1/submissions/${given.id}`);
      return answer(gateway, given, request, at, signed.entry.terms.currency as string | undefined);
    },
  );
}
