import { readFileSync } from "node:fs";
import type { FastifyInstance, FastifySchema } from "fastify";
import { jsonSchemaTransform } from "fastify-type-provider-zod";
import { type GatewayProblem, gatewayProblems } from "../domain/problems.ts";
import type { PermissionName } from "../domain/roles.ts";

declare module "fastify" {
  interface FastifySchema {
    /** Problems of this route besides those that its shape implies (see `problemsOf`). */
    problems?: readonly GatewayProblem[];
  }
}

export const TAGS = [
  { name: "OCDS", description: "Releases and records of the Open Contracting Data Standard 1.1, for everybody." },
  { name: "Register", description: "What the ledger holds: entries, checkpoints, who holds which office." },
  { name: "Payment requests", description: "What an agency asks its treasury to pay. Nothing here moves money." },
  { name: "Proofs", description: "What can be checked without trusting this gateway, by docs/reference/formats.md." },
  { name: "Work", description: "Signing in, submitting, approving, documents." },
  { name: "Accounts", description: "The built-in sign-in: accounts, second factors, sessions, machines, my data." },
  { name: "Sealed data", description: "What is sealed: reading it, who read it, and what its subjects ask." },
  { name: "Webhooks", description: "Events brought to whoever subscribed, signed." },
  { name: "Suppliers", description: "What is known of suppliers: NIB, numbers, lines of business, blacklists." },
  { name: "Reconciliation", description: "Ledger, SP2D and bank held together; closing of months; absorption." },
  { name: "Service", description: "Whether the gateway works." },
];

/** Every problem that a route can answer with: those that follow from its shape, and its own. */
export function problemsOf({ params, querystring, body, consumes, problems = [] }: FastifySchema): GatewayProblem[] {
  // what names its types takes bytes; every other body is JSON
  const json = body && consumes === undefined;
  return [
    ...(params || querystring || json ? (["invalid-request"] as const) : []),
    ...(json ? (["invalid-json"] as const) : []),
    ...(body ? (["too-large", "unsupported-media-type"] as const) : []),
    ...problems,
    "too-many-requests",
    "internal",
  ];
}

const PROBLEMS = "x-problems";

/** Requests and answers as a sandbox gave them, by method and path; scripts/examples.ts writes them. */
export const examples = JSON.parse(readFileSync(new URL("./examples.json", import.meta.url), "utf8")) as Record<
  string,
  { request?: object; response?: object }
>;

/** A route's schema on its way into the OpenAPI page; problems travel as a mark until all is together. */
export const transform: typeof jsonSchemaTransform = (document) => {
  const { problems: _, ...rest } = document.schema ?? {};
  const { schema, url } = jsonSchemaTransform({ ...document, schema: rest } as typeof document);
  return { schema: { ...schema, [PROBLEMS]: problemsOf(document.schema ?? {}) } as FastifySchema, url };
};

type Content = Record<string, { schema?: unknown; example?: unknown }>;
type Operation = {
  requestBody?: { content: Content };
  responses: Record<string, { description: string; content?: Content }>;
} & Record<string, unknown>;
type Document = {
  paths: Record<string, Record<string, Operation>>;
  components?: { schemas?: Record<string, unknown> };
};

const problemSchema = {
  type: "object",
  description:
    "RFC 9457: what is wrong, where, by which rule, and what to do. Titles and remedies follow Accept-Language.",
  required: ["type", "title", "status", "detail", "remedy", "retryable", "instance"],
  properties: {
    type: { type: "string", description: "names the problem; the address tells of it in both languages" },
    title: { type: "string" },
    status: { type: "integer" },
    detail: { type: "string" },
    remedy: { type: "string" },
    retryable: { type: "boolean", description: "the same request can succeed later" },
    faults: {
      type: "array",
      items: {
        type: "object",
        required: ["pointer", "rule", "message"],
        properties: { pointer: { type: "string" }, rule: { type: "string" }, message: { type: "string" } },
      },
    },
    values: { type: "object", additionalProperties: true },
    instance: { type: "string", description: "the request's id, for questions" },
  },
};

/** Routes that answer as another does: one example is enough. */
const ALIKE: Record<string, string> = {
  "POST /api/v1/certificates/agencies/:agency": "GET /api/v1/certificates/agencies/:agency",
};

/** Writes problems and examples to their places. */
export function transformObject(given: { openapiObject?: unknown; swaggerObject?: unknown }): object {
  const document = given.openapiObject as Document;
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const codes = operation[PROBLEMS] as GatewayProblem[] | undefined;
      for (const code of new Set(codes)) {
        const { status } = gatewayProblems[code];
        const before = operation.responses[status];
        const description = [before?.description, `${code}: ${gatewayProblems[code].title.en}`]
          .filter((text) => text && text !== "Default Response")
          .join(" ");
        const problem = { schema: { $ref: "#/components/schemas/Problem" }, example: exampleOf(code) };
        const content = { "application/problem+json": problem, ...before?.content };
        operation.responses[status] = { ...before, description, content };
      }
      // whoever may read without a token may ask whether what he has still holds (`revalidate` in app.ts)
      const free = [(operation.security ?? [{}]) as object[]].flat().some((scheme) => Object.keys(scheme).length === 0);
      // what is made while it is sent has no tag
      const untagged = /^\/(health|metrics)\b|^\/api\/v1\/exports\/\{/.test(path);
      const readable = operation.responses["200"] !== undefined && !untagged;
      if (method === "get" && free && readable)
        operation.responses["304"] ??= { description: "unchanged since the ETag that If-None-Match names" };
      // a refusal of the ledger is a problem too, that tells of its submission besides
      for (const [status, answer] of Object.entries(operation.responses)) {
        const { "application/json": plain, ...content } = answer.content ?? {};
        if (status < "400" || plain === undefined) continue;
        const other = content["application/problem+json"]?.schema;
        const schema = other === undefined ? plain.schema : { anyOf: [other, plain.schema] };
        answer.content = { ...content, "application/problem+json": { ...content["application/problem+json"], schema } };
      }
      const route = `${method.toUpperCase()} ${path.replaceAll(/{(\w+)}/g, ":$1")}`;
      const { request, response } = examples[ALIKE[route] ?? route] ?? {};
      const asked = operation.requestBody?.content["application/json"];
      if (asked && request) asked.example = request;
      const success = Object.keys(operation.responses).find((status) => status < "300");
      const answered = success && operation.responses[success]?.content?.["application/json"];
      if (answered && response) answered.example = response;
      delete operation[PROBLEMS];
    }
  }
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, Problem: problemSchema },
  };
  return document;
}

function exampleOf(code: GatewayProblem): object {
  const { status, title, help, retryable } = gatewayProblems[code];
  const instance = "8e2f6a52-0b1c-4c9d-9f43-5a2d6f0f7e11";
  return { type: `/problems/${code}`, title: title.en, status, detail: "", remedy: help.en, retryable, instance };
}

export type RouteSeen = {
  method: string;
  url: string;
  schema: FastifySchema;
  /** of domain/roles.ts; undefined only for what a plugin registers: the pages of /docs and preflights */
  permission: PermissionName | undefined;
};

/** Every route that is registered from now on, for whoever wants to know whether all are described. */
export function collectRoutes(app: FastifyInstance): RouteSeen[] {
  const seen: RouteSeen[] = [];
  app.addHook("onRoute", ({ method, url, schema = {}, config }) => {
    for (const each of [method].flat()) seen.push({ method: each, url, schema, permission: config?.permission });
  });
  return seen;
}
