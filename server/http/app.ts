import { createHash } from "node:crypto";
import compress from "@fastify/compress";
import cookie from "@fastify/cookie";
import cors from "@fastify/cors";
import helmet from "@fastify/helmet";
import rateLimit from "@fastify/rate-limit";
import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type FastifyServerOptions,
} from "fastify";
import {
  hasZodFastifySchemaValidationErrors,
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from "fastify-type-provider-zod";
import { z } from "zod";
import { parseJson } from "../domain/json.ts";
import { type GatewayProblem, gatewayProblems, type Language, ProblemError } from "../domain/problems.ts";
import { collectRoutes, type RouteSeen, TAGS, transform, transformObject } from "./openapi.ts";
import { ruleWords } from "./rule-words.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** why it was not done, once that is answered */
    problem: GatewayProblem | undefined;
  }
}

export type AppOptions = {
  routes(app: App): Promise<void>;
  logger?: FastifyServerOptions["logger"];
  maxBody?: number;
  /** requests a minute from one address, 0 without limit; this machine itself is not counted */
  rateLimit?: number;
  /** how many proxies stand before it */
  proxies?: number;
  /** told of every answer; `route` is the pattern of its route, `seconds` from the first byte asked to the last sent */
  answered?(method: string, route: string | undefined, status: number, seconds: number): void;
  /** every answer is held against its description, and one that differs is a 500: for tests */
  checkAnswers?: boolean;
};

/** Signing in is dear (a signature is recovered) and rare: a tighter limit a minute, for a whole office behind one address. */
const SIGN_INS = 3_000;
const isSignIn = ({ method, url }: { method: string; url: string }) =>
  method === "POST" && /^\/(api\/v1\/(sessions|accounts\/invitations)|sign-in|invitation|oidc)\b/.test(url);
const methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"] as const;
const LOOPBACK = /^(127\.|::1$|::ffff:127\.)/;

/** The gateway's HTTP shell: strict JSON in, problems out, the description of the API. Routes come from `routes`. */
export async function buildApp(options: AppOptions): Promise<FastifyInstance & { routesSeen: RouteSeen[] }> {
  const { rateLimit: most = 0, proxies = 0, checkAnswers = false } = options;
  const app = fastify({
    logger: loggerOf(options.logger),
    bodyLimit: options.maxBody ?? 256 * 1024,
    trustProxy: proxies === 0 ? false : (_address: string, hop: number) => hop < proxies,
    // who sends a byte a minute does not hold a connection for ever
    requestTimeout: 300_000,
    genReqId: () => crypto.randomUUID(),
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 2_400 },
    // an address that cannot be decoded is a bad request like any other
    frameworkErrors: (error, request, reply) => {
      void answer(reply, request, new ProblemError("invalid-request", error.message));
    },
    // not even HTTP: the connection ends, with a problem where one can still be written
    clientErrorHandler: (error, socket) => {
      if (socket.destroyed || !socket.writable) return;
      const code = (error as { code?: string }).code;
      const status = code === "HPE_HEADER_OVERFLOW" ? "431 Request Header Fields Too Large" : "400 Bad Request";
      const problem = JSON.stringify(
        problemBody(new ProblemError("invalid-request", "This is not a request of HTTP/1.1."), "en"),
      );
      socket.end(
        `HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-type: application/problem+json\r\ncontent-length: ${Buffer.byteLength(problem)}\r\n\r\n${problem}`,
      );
    },
  }).withTypeProvider<ZodTypeProvider>();
  const routesSeen = collectRoutes(app);
  app.decorateRequest("problem", undefined);
  app.addHook("onResponse", async (request, reply) => {
    const route = request.is404 ? undefined : request.routeOptions.url;
    options.answered?.(request.method, route, reply.statusCode, reply.elapsedTime / 1000);
  });
  app.setValidatorCompiler(validatorCompiler);
  // descriptions of answers are for readers; holding each answer against them would cost more than making it
  app.setSerializerCompiler(
    checkAnswers
      ? (route) => {
          const check = serializerCompiler(route as never);
          return (data) => {
            const text = JSON.stringify(data);
            check(text === undefined ? undefined : JSON.parse(text));
            return text;
          };
        }
      : () => (data) => JSON.stringify(data),
  );

  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "buffer" }, (_request, body, done) => {
    const parsed = parseJson(body as Buffer, { maxDepth: 64 });
    if (parsed.ok) return done(null, parsed.value);
    const places = parsed.faults.map(({ pointer, rule, message, messageId }) => ({
      pointer,
      rule,
      message: { en: message, id: messageId },
    }));
    done(new ProblemError("invalid-json", places[0]?.message, {}, places));
  });

  await app.register(helmet, {
    contentSecurityPolicy: { directives: { "upgrade-insecure-requests": null } },
    strictTransportSecurity: false,
    // everything public here may be read from everywhere
    crossOriginResourcePolicy: { policy: "cross-origin" },
  });
  await app.register(cors, {
    origin: "*",
    methods: ["GET", "HEAD"],
    allowedHeaders: ["accept", "accept-language", "if-none-match"],
    exposedHeaders: ["x-total-count", "etag", "retry-after"],
    strictPreflight: false,
  });
  if (most > 0) {
    await app.register(rateLimit, {
      global: true,
      max: (request) => (isSignIn(request) ? Math.min(SIGN_INS, most) : most),
      // two purses: who reads much can still sign in
      keyGenerator: (request) => `${isSignIn(request) ? "sign-in " : ""}${request.ip}`,
      timeWindow: 60_000,
      cache: 20_000,
      allowList: (request) => LOOPBACK.test(request.ip),
    });
  }
  await app.register(cookie);
  app.addHook("onSend", revalidate);
  // what comes in is read as it comes: a packed body could be a thousand times what it seems
  await app.register(compress, { threshold: 2048, globalDecompression: false });
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Prasasti",
        version: "1",
        description: `A register of government contracts that nobody can rewrite unseen. Reading needs no key and no registration. From one address at most ${most === 0 ? "any number of" : most} requests a minute are answered (${SIGN_INS} for signing in); beyond, 429 with Retry-After. Every problem is application/problem+json (RFC 9457) with place, rule and remedy, in Indonesian or English by Accept-Language. Public reads carry an ETag: If-None-Match spares the transfer.`,
        license: { name: "Apache-2.0", identifier: "Apache-2.0" },
      },
      tags: TAGS,
      components: { securitySchemes: { bearer: { type: "http", scheme: "bearer" } } },
    },
    transform,
    transformObject,
  });
  await app.register(swaggerUi, {
    routePrefix: "/docs",
    theme: { title: "Prasasti: API" },
    uiConfig: { layout: "BaseLayout", docExpansion: "list" },
  });

  app.setErrorHandler((error: FastifyError | ProblemError, request, reply) => answer(reply, request, error));
  const limit = most > 0 ? app.rateLimit() : undefined;
  // before the body is looked at: what stands at an address does not depend on what is sent there
  app.addHook("onRequest", async function (request, reply) {
    if (!request.is404) return;
    await limit?.call(this, request as never, reply as never);
    const path = request.url.split("?")[0]!;
    const allowed = methods.filter(
      (method) => app.findRoute({ url: path, method }) !== null || matches(app, method, path),
    );
    if (allowed.length === 0) throw new ProblemError("not-found");
    reply.header("allow", allowed.join(", "));
    throw new ProblemError("method-not-allowed");
  });
  app.setNotFoundHandler((request, reply) => answer(reply, request, new ProblemError("not-found")));

  await options.routes(app);
  app.get(
    "/api/v1/openapi.json",
    {
      config: { permission: "service.read" },
      schema: {
        tags: ["Service"],
        summary: "This description",
        response: { 200: z.looseObject({ openapi: z.string(), paths: z.looseObject({}) }) },
      },
    },
    async () => app.swagger() as never,
  );
  return Object.assign(app as unknown as FastifyInstance, { routesSeen });
}

/** Paths and states only: no header, so no token, and no query, which may name persons, is ever logged. */
function loggerOf(logger: AppOptions["logger"]): FastifyServerOptions["logger"] {
  if (!logger) return false;
  const req = ({ method, url, ip }: FastifyRequest) => ({ method, url: url.split("?")[0], remoteAddress: ip });
  return { ...(logger === true ? {} : logger), serializers: { req: req as never } };
}

/** A weak tag of what is sent, and 304 for who has it: the same contents may travel compressed or not. */
async function revalidate(request: FastifyRequest, reply: FastifyReply, payload: unknown): Promise<unknown> {
  const { method, url } = request;
  if ((method !== "GET" && method !== "HEAD") || reply.statusCode !== 200) return payload;
  if (typeof payload !== "string" || reply.hasHeader("etag") || /^\/(health|metrics)\b/.test(url)) return payload;
  if (request.headers.authorization !== undefined) return payload;
  const tag = `W/"${createHash("sha256").update(payload).digest("base64url").slice(0, 27)}"`;
  reply.header("etag", tag);
  const asked = request.headers["if-none-match"];
  if (asked === undefined) return payload;
  const has = asked.split(",").some((one) => one.trim().replace(/^W\//, "") === tag.slice(2) || one.trim() === "*");
  if (!has) return payload;
  reply.code(304).removeHeader("content-type").removeHeader("content-length");
  return "";
}

export type App = FastifyInstance<
  import("http").Server,
  import("http").IncomingMessage,
  import("http").ServerResponse,
  import("fastify").FastifyBaseLogger,
  ZodTypeProvider
>;

function matches(app: FastifyInstance, method: string, path: string): boolean {
  return app.hasRoute({ method: method as "GET", url: path });
}

/** The first language that the reader names, of the two that we have. */
export function languageOf(request: FastifyRequest): Language {
  return /^\s*id\b/i.test(request.headers["accept-language"] ?? "") ? "id" : "en";
}

type Reply = {
  code(status: number): Reply;
  header(name: string, value: string): Reply;
  hasHeader(name: string): boolean;
  type(type: string): Reply;
  send(body: unknown): unknown;
};

/** RFC 9457: what is wrong, where, by which rule, and what to do; nothing internal. */
function answer(reply: unknown, request: FastifyRequest, error: unknown): unknown {
  const problem = problemOf(error, request);
  request.problem = problem.code;
  const { status } = gatewayProblems[problem.code];
  const r = (reply as Reply).code(status).type("application/problem+json");
  // the limit says itself how long
  const { seconds = 1 } = problem.values as { seconds?: number };
  if ((status === 429 || status === 503) && !r.hasHeader("retry-after")) r.header("retry-after", String(seconds));
  // who is answered before he said all is not listened to any longer
  const { "content-length": length = "0", "transfer-encoding": encoding } = request.headers;
  if (!request.raw.complete && (length !== "0" || encoding !== undefined)) r.header("connection", "close");
  if (status === 401) r.header("www-authenticate", 'Bearer realm="prasasti"');
  return r.send(JSON.stringify({ ...problemBody(problem, languageOf(request)), instance: request.id }));
}

function problemBody({ code, detail, values, places }: ProblemError, language: Language) {
  const { status, title, help, retryable } = gatewayProblems[code];
  const faults = places.map(({ message, ...place }) => ({ ...place, message: message[language] }));
  return {
    type: `/problems/${code}`,
    title: title[language],
    status,
    detail: detail[language],
    remedy: help[language],
    retryable,
    ...(faults.length > 0 ? { faults } : {}),
    ...(Object.keys(values).length > 0 ? { values } : {}),
  };
}

function problemOf(error: unknown, request: FastifyRequest): ProblemError {
  if (error instanceof ProblemError) return error;
  if (hasZodFastifySchemaValidationErrors(error)) {
    const places = error.validation.map((found) => ({
      pointer: found.instancePath,
      rule: found.keyword,
      message: ruleWords(found),
    }));
    const [{ pointer, message }] = places as [(typeof places)[number]];
    const detail = { en: `${pointer}: ${message.en}`, id: `${pointer}: ${message.id}` };
    return new ProblemError("invalid-request", detail, {}, places);
  }
  const { code, statusCode } = error as { code?: string; statusCode?: number };
  if (code === "FST_ERR_CTP_BODY_TOO_LARGE") return new ProblemError("too-large");
  if (code === "FST_ERR_CTP_INVALID_MEDIA_TYPE") return new ProblemError("unsupported-media-type");
  if (code?.startsWith("FST_ERR_CTP")) return new ProblemError("invalid-json", emptyBody);
  if (statusCode === 429) return new ProblemError("too-many-requests");
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) return new ProblemError("invalid-request");
  request.log.error({ err: error }, "request failed");
  return new ProblemError("internal");
}

const emptyBody = {
  en: "The body is empty or its length is wrong.",
  id: "Isi kosong atau panjangnya salah.",
};
