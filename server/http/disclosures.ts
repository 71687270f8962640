import { z } from "zod";
import type { AccessFilter, AccessProof, AccessTold } from "../actions/access-log.ts";
import type { ReadDisclosure } from "../actions/disclosures.ts";
import type { Myself } from "../actions/sessions.ts";
import type { RequestKind, SubjectRequest } from "../actions/subject-requests.ts";
import type { Hex } from "../domain/entries/words.ts";
import { instantOf } from "../domain/ocds/dates.ts";
import { accessLog, accessProof, disclosures, subjectRequest } from "./answers.ts";
import type { App } from "./app.ts";
import { myselfOf } from "./guard.ts";
import {
  accessProofQuery,
  accessQuery,
  disclosureQuery,
  ocidParam,
  postedDecision,
  postedRequest,
  requestParam,
} from "./schemas.ts";
import { sessionProblems } from "./sessions.ts";

export type DisclosuresGateway = {
  readDisclosures(
    me: Myself,
    ocid: string,
    asked: { purpose: string; digest?: Hex | undefined },
  ): Promise<ReadDisclosure[]>;
  accessLog(
    me: Myself,
    from: number,
    limit: number,
    filter: AccessFilter,
  ): Promise<{ rows: AccessTold[]; next?: number }>;
  proveAccess(me: Myself, row: number): Promise<AccessProof>;
  fileRequest(
    me: Myself,
    request: { subject: string; kind: RequestKind; reason: string; received?: number | undefined },
  ): Promise<SubjectRequest>;
  decideRequest(me: Myself, id: number, decision: { grant: boolean; reason: string }): Promise<SubjectRequest>;
  listRequests(me: Myself): Promise<SubjectRequest[]>;
};

const security = [{ bearer: [] }];

export async function disclosureRoutes(app: App, gateway: DisclosuresGateway): Promise<void> {
  app.addHook("onSend", async (_request, reply) => {
    reply.header("cache-control", "no-store");
  });
  app.post(
    "/api/v1/records/:ocid/disclosures",
    {
      config: { permission: "disclosures.read" },
      schema: {
        tags: ["Sealed data"],
        summary: "What opens the sealed values of a process, for those who may read it",
        description:
          "For auditors and officers of the agency and of those above it whose office covers it, and for a supplier what is his own. Each reading stands in the access log, with its purpose, before it is answered; so this is a POST. With `digest` only that value: 410 where it was erased, 451 where its subject's data are restricted. Whoever has salt, ocid, path and value can check them against the digest in any release.",
        params: ocidParam,
        body: disclosureQuery,
        security,
        response: { 200: disclosures },
        problems: [...sessionProblems, "not-found", "not-a-reader", "erased", "subject-restricted", "personal-data"],
      },
    },
    async (request) => {
      const me = myselfOf(request);
      const asked = request.body as { purpose: string; digest?: Hex };
      return { disclosures: await gateway.readDisclosures(me, request.params.ocid, asked) } as never;
    },
  );
  app.get(
    "/api/v1/access-log",
    {
      config: { permission: "access-log.read" },
      schema: {
        tags: ["Sealed data"],
        summary: "Who did what with what is not public, when, where and what for",
        description:
          "Overseers and registrars see all of it, auditors and heads what concerns their agency and those below, a supplier who read what is his, everybody what he did himself and what was done to his account. Rows are only added, and each holds the hash of the one before. People stand in it under pseudonyms; `by` says who it was while that is kept. A page may hold fewer rows than `limit`, or none, and still have a `next`.",
        querystring: accessQuery,
        security,
        response: { 200: accessLog },
        problems: sessionProblems,
      },
    },
    async (request) => {
      const { from, limit, since, until, ...filter } = request.query;
      const second = (moment: string | undefined) => moment && Math.ceil(instantOf(moment)! / 1000);
      const asked = { ...filter, since: second(since), until: second(until) } as AccessFilter;
      return gateway.accessLog(myselfOf(request), from, limit, asked) as never;
    },
  );
  app.get(
    "/api/v1/access-log/proof",
    {
      config: { permission: "access-log.read" },
      schema: {
        tags: ["Sealed data"],
        summary: "That a row of the access log is as it was anchored in the register",
        description:
          "An audit path from the row to the head that was anchored, and the anchor's own inclusion in the register's log (formats section 11). Rows are anchored once a day: 404 for newer ones.",
        querystring: accessProofQuery,
        security,
        response: { 200: accessProof },
        problems: [...sessionProblems, "not-found", "not-anchored", "log-altered"],
      },
    },
    async (request) => gateway.proveAccess(myselfOf(request), request.query.row) as never,
  );
  app.get(
    "/api/v1/subject-requests",
    {
      config: { permission: "requests.list" },
      schema: {
        tags: ["Sealed data"],
        summary: "What people and entities asked about their data, and what became of it",
        security,
        response: { 200: z.object({ requests: z.array(subjectRequest) }) },
        problems: [...sessionProblems, "not-allowed"],
      },
    },
    async (request) => ({ requests: await gateway.listRequests(myselfOf(request)) }) as never,
  );
  app.post(
    "/api/v1/subject-requests",
    {
      config: { permission: "requests.file" },
      schema: {
        tags: ["Sealed data"],
        summary: "Enter a request: access, correction, erasure, restriction or its lifting",
        description:
          "By a registrar, head or overseer who received it, or by a supplier for himself. It is due three days after it came (Law 27/2022).",
        body: postedRequest,
        security,
        response: { 201: subjectRequest },
        problems: [...sessionProblems, "not-allowed", "not-found", "personal-data"],
      },
    },
    async (request, reply) => {
      const me = myselfOf(request);
      return reply.code(201).send((await gateway.fileRequest(me, request.body)) as never);
    },
  );
  app.post(
    "/api/v1/subject-requests/:id/decision",
    {
      config: { permission: "requests.decide" },
      schema: {
        tags: ["Sealed data"],
        summary: "Grant or refuse a request, and do what it asks",
        description:
          "By a registrar, or a head whose office covers all that is kept of the subject. Granting an erasure destroys the subject's key: nothing under it can be read here again, and every proof stays as it was; another person than who filed it must decide. A restriction keeps the data and gives none of it out.",
        params: requestParam,
        body: postedDecision,
        security,
        response: { 200: subjectRequest },
        problems: [
          ...sessionProblems,
          "not-allowed",
          "not-found",
          "request-decided",
          "same-person-decides",
          "personal-data",
        ],
      },
    },
    async (request) => {
      const me = myselfOf(request);
      const { decision, reason } = request.body;
      return gateway.decideRequest(me, Number(request.params.id), { grant: decision === "grant", reason }) as never;
    },
  );
}
