import { Readable } from "node:stream";
import { z } from "zod";
import { type DocumentRow, MEDIA_TYPES } from "../actions/documents.ts";
import { personOf } from "../actions/sessions.ts";
import { ProblemError } from "../domain/problems.ts";
import { documentAnswer } from "./answers.ts";
import type { App } from "./app.ts";
import { myselfOf } from "./guard.ts";
import { documentQuery } from "./schemas.ts";
import { sessionProblems, tokenOf } from "./sessions.ts";

export type DocumentsGateway = {
  keepDocument(
    bytes: Readable,
    declared: string | undefined,
    by: string,
    restricted: { agency: string; subject?: string | undefined } | undefined,
  ): Promise<{ document: DocumentRow; isNew: boolean }>;
  readDocument(
    hash: string,
    token: string | undefined,
    purpose: string | undefined,
  ): Promise<{ document: DocumentRow; content: Readable }>;
  maxDocument: number;
};

const sha256Param = z.object({
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, "64 lower-case hexadecimal digits")
    .meta({ examples: ["e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"] }),
});

export async function documentRoutes(
  app: App,
  gateway: DocumentsGateway,
  absolute: (request: { protocol: string; host: string }, path: string) => string,
): Promise<void> {
  // here a body is bytes, whatever it says it is; it is never held in memory
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", (_request, payload, done) => done(null, payload));

  app.post(
    "/api/v1/documents",
    {
      config: { permission: "documents.keep" },
      // before a byte of the body is read
      onRequest: async (request) => {
        if (Number(request.headers["content-length"] ?? 0) > gateway.maxDocument)
          throw new ProblemError("too-large", "", { limit: gateway.maxDocument });
      },
      bodyLimit: gateway.maxDocument,
      schema: {
        tags: ["Work"],
        summary: "Store a document under its SHA-256",
        description: `The raw bytes, with one of these types: ${MEDIA_TYPES.join(", ")}. At most ${gateway.maxDocument} bytes. The same bytes again give the first answer. With \`restricted\`, the id of an agency, they are kept encrypted and given only to its auditors and officers, those of agencies above it, and the supplier who is the \`subject\`; once the subject's key is destroyed, nobody can read them here.`,
        querystring: documentQuery,
        consumes: [...MEDIA_TYPES],
        body: z.any().describe("the raw bytes"),
        security: [{ bearer: [] }],
        response: { 200: documentAnswer.describe("was there already"), 201: documentAnswer.describe("stored") },
        problems: [...sessionProblems, "document-public", "erased", "personal-data"],
      },
    },
    async (request, reply) => {
      const { restricted, subject } = request.query;
      // no body at all is an empty document
      const bytes = (request.body ?? request.raw) as Readable;
      const declared = request.headers["content-type"];
      const { document, isNew } = await gateway.keepDocument(
        bytes,
        declared,
        personOf(myselfOf(request)),
        restricted === undefined ? undefined : { agency: restricted, subject },
      );
      const path = `/api/v1/documents/${document.sha256}`;
      return reply
        .code(isNew ? 201 : 200)
        .header("location", path)
        .send({ ...document, url: absolute(request, path) });
    },
  );
  app.get(
    "/api/v1/documents/:sha256",
    {
      config: { permission: "documents.read" },
      // the tag is that of these bytes
      compress: false,
      schema: {
        tags: ["Work"],
        summary: "A document; hashed again before it is sent",
        description:
          "A restricted one needs a bearer token and the header X-Purpose, which the access log keeps; it is never cached.",
        params: sha256Param,
        headers: z.looseObject({
          "x-purpose": z.string().max(500).optional().describe("what a restricted document is read for"),
        }),
        response: {
          200: {
            description: "the bytes, under the type that they were declared with",
            content: Object.fromEntries(MEDIA_TYPES.map((type) => [type, { schema: z.unknown() }])),
          },
          304: z.undefined().describe("you have it"),
        },
        problems: [
          "not-found",
          "document-altered",
          ...sessionProblems,
          "not-a-reader",
          "erased",
          "subject-restricted",
          "personal-data",
        ],
      },
    },
    async (request, reply) => {
      const { sha256 } = request.params;
      const { document, content } = await gateway.readDocument(
        sha256,
        tokenOf(request),
        request.headers["x-purpose"] as string | undefined,
      );
      const etag = `"${sha256}"`;
      reply
        .header("etag", etag)
        .header("cache-control", document.restricted ? "private, no-store" : "public, max-age=31536000, immutable")
        .header("x-content-type-options", "nosniff")
        .header("content-disposition", `attachment; filename="${sha256}"`);
      if (request.headers["if-none-match"]?.split(/\s*,\s*/).includes(etag)) {
        content.destroy();
        return reply.code(304).send();
      }
      reply.header("content-length", document.size).type(document.mediaType);
      if (request.method !== "HEAD") return reply.send(content as never);
      content.destroy();
      return reply.send(Readable.from([]) as never);
    },
  );
}
