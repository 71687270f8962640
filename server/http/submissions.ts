import type { FastifyReply, FastifyRequest } from "fastify";
import type { PostedApproval } from "../actions/approve-entry.ts";
import type { Checked, UnsignedEntry } from "../actions/check-entry.ts";
import type { Submission } from "../actions/submissions.ts";
import { confirmedWords, stateAt, stateWords } from "../actions/submissions.ts";
import type { PostedEntry } from "../actions/submit-entry.ts";
import type { Cancel } from "../domain/entries/entry.ts";
import { refusalFrom, valuesInWords } from "../domain/entries/refusals.ts";
import type { PostedSignature } from "../domain/entries/signature.ts";
import type { Hex } from "../domain/entries/words.ts";
import { ProblemError } from "../domain/problems.ts";
import { failpoint } from "../failpoint.ts";
import { checked, submission } from "./answers.ts";
import { type App, languageOf } from "./app.ts";
import { found, type RegisterGateway, writable } from "./register.ts";
import { idParam, postedCancel, postedEntry, signedApproval, unsignedEntry, wait } from "./schemas.ts";

export type SubmissionsGateway = Pick<RegisterGateway, "ready" | "signedCheckpoint"> & {
  check(unsigned: UnsignedEntry): Promise<Checked>;
  /** How many blocks stand on a final one, where the network proves no finality; 0 on a chain that keeps its blocks. */
  confirmations(): number;
  /** the clock that signatures go by, in seconds UTC */
  seconds(): number;
  /** @param ifMatch the basis that the client believes in, to be compared before anything is queued */
  submit(posted: PostedEntry, wait: number, ifMatch: Hex | undefined): Promise<Submission>;
  approve(id: Hex, approval: PostedApproval, wait: number): Promise<Submission>;
  submission(id: Hex): Promise<Submission | undefined>;
  cancel(cancel: Cancel, signature: PostedSignature, wait: number): Promise<Submission>;
};

/** A submission as it is told: its row, what it waits for and what comes next, and once recorded the signed checkpoint. */
export function told(gateway: SubmissionsGateway, kept: Submission) {
  const given = { ...kept, state: stateAt(kept, gateway.seconds()) };
  const depth = gateway.confirmations();
  const { waitsFor, next } = given.state === "final" && depth > 0 ? confirmedWords(depth) : stateWords[given.state];
  const checkpoint = given.state === "final" ? gateway.signedCheckpoint() : undefined;
  return { ...given, waitsFor, next, ...(checkpoint ? { checkpoint } : {}) } as never;
}

/** What became of it; a refusal of the ledger is a problem (RFC 9457) that tells of the submission besides. */
export function answer(
  gateway: SubmissionsGateway,
  given: Submission,
  request: FastifyRequest,
  reply: FastifyReply,
  currency?: string,
) {
  const { state, refusal } = given;
  reply.code(state === "final" ? 201 : state === "refused" ? 422 : 202);
  if (state !== "refused" || refusal === undefined) return reply.send(told(gateway, given));
  const language = languageOf(request);
  const problem = {
    type: `/problems/${refusal.rule}`,
    title: refusal.title[language],
    status: 422,
    detail: valuesInWords(refusalFrom(refusal), currency, language),
    remedy: refusal.help[language],
    retryable: false,
    instance: request.id,
  };
  return reply.type("application/problem+json").send({ ...problem, ...(told(gateway, given) as object) } as never);
}
const otherKey = {
  en: "The header Idempotency-Key is not the entry's commandId.",
  id: "Header Idempotency-Key bukan commandId entri itu.",
};
const otherBasis = {
  en: "The header If-Match is not the entry's basis.",
  id: "Header If-Match bukan basis entri itu.",
};
export const submissionAnswers = {
  201: submission.describe("recorded, with the operator's signed checkpoint"),
  202: submission.describe("kept and on its way, or waiting for a second signature"),
  422: submission.describe("refused by the ledger: `refusal` has the rule, its values and the remedy"),
};

export async function submissionRoutes(app: App, gateway: SubmissionsGateway): Promise<void> {
  app.addHook("onResponse", async ({ method }) => {
    if (method === "POST") failpoint("answered");
  });
  app.post(
    "/api/v1/submissions",
    {
      config: { permission: "entries.submit" },
      schema: {
        tags: ["Work"],
        summary: "Submit a signed entry; waits up to `wait` milliseconds for its fate",
        description:
          "Safe to repeat: the same command gives the first answer. One that waits in vain (it expired, its record moved on, or it was sent back) is signed anew under the same command, with `replaces`. Idempotency-Key, if given, must be the entry's commandId. If-Match, if given, must be the entry's basis; where the record has moved on, the answer is 412 with what changed, and nothing is queued. A body that holds personal data in clear is refused with each place; sealed values stand there instead, and `disclosures` brings what opens them to the vault. One without a disclosure is taken too: whoever sealed it may keep that himself.",
        body: postedEntry,
        querystring: wait,
        response: submissionAnswers,
        problems: [
          "key-reused",
          "basis-mismatch",
          "basis-moved",
          "digest-mismatch",
          "body-over-limit",
          "personal-data",
          "disclosure-mismatch",
          "erased",
          "body-not-publishable",
          "not-replaceable",
          "not-ready",
        ],
      },
    },
    async (request, reply) => {
      writable(gateway);
      const { commandId, basis } = request.body.entry;
      const key = request.headers["idempotency-key"];
      if (key !== undefined && key !== commandId)
        throw new ProblemError("invalid-request", otherKey, {}, [
          { pointer: "/entry/commandId", rule: "idempotency-key", message: otherKey },
        ]);
      const ifMatch = request.headers["if-match"]?.replace(/^"(.*)"$/, "$1");
      if (ifMatch !== undefined && ifMatch !== basis)
        throw new ProblemError("basis-mismatch", otherBasis, { ifMatch, signed: basis });
      const given = await gateway.submit(request.body as PostedEntry, request.query.wait, ifMatch as Hex | undefined);
      const at = reply.header("location", `/api/v1/submissions/${given.id}`);
      return answer(gateway, given, request, at, request.body.entry.terms.currency);
    },
  );
  app.post(
    "/api/v1/checks",
    {
      config: { permission: "entries.check" },
      schema: {
        tags: ["Work"],
        summary: "What the rules say of an entry before anybody signs it",
        description:
          "Nothing is kept or sent. The verdict holds as the process stands now, if everybody who is named signs; with `maker` his office is judged too, and with `body` the body. Signatures are not looked at, and the ledger remains the judge. `makers` are those who could make it now. Without `basis` the present one is taken; the answer names it. With `maker` and `commandId` a command that was sent before, and not refused, is named instead of being judged once more. A refusal that is `certain` stays one, whatever happens meanwhile.",
        body: unsignedEntry,
        response: { 200: checked },
      },
    },
    async (request) => (await gateway.check(request.body as UnsignedEntry)) as never,
  );
  app.get(
    "/api/v1/submissions/:id",
    {
      config: { permission: "submissions.read" },
      schema: {
        tags: ["Work"],
        summary: "Where a submission stands",
        params: idParam,
        response: { 200: submission },
        problems: ["not-found"],
      },
    },
    async (request) => told(gateway, found(await gateway.submission(request.params.id as Hex))),
  );
  app.post(
    "/api/v1/submissions/:id/approve",
    {
      config: { permission: "entries.approve" },
      schema: {
        tags: ["Work"],
        summary: "Add a second signature",
        description:
          "Never by who made it, nor by or for somebody in whose name it is signed already: refused with the ledger's code before it is sent. What a person sent back, or what has expired, its maker signs again first.",
        params: idParam,
        body: signedApproval,
        querystring: wait,
        response: submissionAnswers,
        problems: ["not-found", "sent-back", "approval-under-way", "not-ready"],
      },
    },
    async (request, reply) => {
      writable(gateway);
      const approval = request.body as PostedApproval;
      const given = await gateway.approve(request.params.id as Hex, approval, request.query.wait);
      return answer(gateway, given, request, reply);
    },
  );
  app.post(
    "/api/v1/cancels",
    {
      config: { permission: "entries.cancel" },
      schema: {
        tags: ["Work"],
        summary: "Take back one's own signature before it counts",
        description:
          "`target` is the hash of one's own entry (its submission's id), approval or bundle. The cancel is a submission itself; its `kind` is 0.",
        body: postedCancel,
        querystring: wait,
        response: submissionAnswers,
        problems: ["not-cancellable", "not-ready"],
      },
    },
    async (request, reply) => {
      writable(gateway);
      const { cancel, signature } = request.body;
      const given = await gateway.cancel(cancel as Cancel, signature as PostedSignature, request.query.wait);
      return answer(gateway, given, request, reply.header("location", `/api/v1/submissions/${given.id}`));
    },
  );
}
