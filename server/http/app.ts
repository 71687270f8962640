import compress from "@fastify/compress";
import cors from "@fastify/cors";
import helmet from "@fastify/helmet";
import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import fastify, { type FastifyError, type FastifyInstance, type FastifyRequest } from "fastify";
import {
  hasZodFastifySchemaValidationErrors,
  jsonSchemaTransform,
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from "fastify-type-provider-zod";
import { parseJson } from "../domain/json.ts";
import { type GatewayProblem, gatewayProblems, type Language, type Place, ProblemError } from "../domain/problems.ts";

/** The gateway's HTTP shell: strict JSON in, problems out, the description of the API. Routes come from `routes`. */
export async function buildApp(options: {
  routes(app: App): Promise<void>;
  logger?: boolean;
  maxBody?: number;
}): Promise<FastifyInstance> {
  const app = fastify({
    logger: options.logger ? { redact: ["req.headers.authorization", "req.headers.cookie"] } : false,
    bodyLimit: options.maxBody ?? 256 * 1024,
    genReqId: () => crypto.randomUUID(),
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 600 },
    // an address that cannot be decoded is a bad request like any other
    frameworkErrors: (error, request, reply) => {
      void answer(reply, request, new ProblemError("invalid-request", error.message));
    },
  }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);

  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "buffer" }, (_request, body, done) => {
    const parsed = parseJson(body as Buffer, { maxDepth: 64 });
    if (parsed.ok) return done(null, parsed.value);
    const places = parsed.faults.map(({ pointer, rule, message }) => ({ pointer, rule, message }));
    done(new ProblemError("invalid-json", places[0]?.message ?? "", {}, places));
  });

  await app.register(helmet, {
    contentSecurityPolicy: { directives: { "upgrade-insecure-requests": null } },
    strictTransportSecurity: false,
  });
  await app.register(cors, {
    origin: true,
    methods: ["GET", "HEAD"],
    exposedHeaders: ["x-total-count", "link", "etag"],
  });
  await app.register(compress, { threshold: 2048 });
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Prasasti",
        version: "1",
        description: "A register of government contracts that nobody can rewrite unseen.",
      },
    },
    transform: jsonSchemaTransform,
  });
  await app.register(swaggerUi, { routePrefix: "/docs" });

  app.setErrorHandler((error: FastifyError | ProblemError, request, reply) => answer(reply, request, error));
  const methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"] as const;
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split("?")[0]!;
    const allowed = methods.filter(
      (method) => app.findRoute({ url: path, method }) !== null || matches(app, method, path),
    );
    if (allowed.length === 0) return answer(reply, request, new ProblemError("not-found"));
    return answer(reply.header("allow", allowed.join(", ")), request, new ProblemError("method-not-allowed"));
  });

  await options.routes(app);
  app.get("/api/v1/openapi.json", { schema: { hide: true } }, async () => app.swagger());
  return app;
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

function languageOf(request: FastifyRequest): Language {
  return /^\s*id\b/i.test(request.headers["accept-language"] ?? "") ? "id" : "en";
}

type Reply = {
  code(status: number): Reply;
  header(name: string, value: string): Reply;
  type(type: string): Reply;
  send(body: unknown): unknown;
};

/** RFC 9457: what is wrong, where, by which rule, and what to do; nothing internal. */
function answer(reply: unknown, request: FastifyRequest, error: unknown): unknown {
  const { code, detail, values, places } = problemOf(error, request);
  const { status, title, help, retryable } = gatewayProblems[code];
  const language = languageOf(request);
  const r = (reply as Reply).code(status).type("application/problem+json");
  if (status === 429 || status === 503) r.header("retry-after", "1");
  return r.send(
    JSON.stringify({
      type: `/problems/${code}`,
      title: title[language],
      status,
      detail,
      remedy: help[language],
      retryable,
      ...(places.length > 0 ? { faults: places } : {}),
      ...(Object.keys(values).length > 0 ? { values } : {}),
      instance: request.id,
    }),
  );
}

function problemOf(
  error: unknown,
  request: FastifyRequest,
): {
  code: GatewayProblem;
  detail: string;
  values: Record<string, unknown>;
  places: readonly Place[];
} {
  const plain = (code: GatewayProblem, detail = "", places: readonly Place[] = []) => ({
    code,
    detail,
    values: {},
    places,
  });
  if (error instanceof ProblemError)
    return { code: error.code, detail: error.message, values: error.values, places: error.places };
  if (hasZodFastifySchemaValidationErrors(error)) {
    const places = error.validation.map(({ instancePath, keyword, message }) => ({
      pointer: instancePath,
      rule: keyword,
      message: message ?? "",
    }));
    return plain(
      "invalid-request",
      places[0] === undefined ? "" : `${places[0].pointer}: ${places[0].message}`,
      places,
    );
  }
  const { code, statusCode } = error as { code?: string; statusCode?: number };
  if (code === "FST_ERR_CTP_BODY_TOO_LARGE") return plain("too-large");
  if (code === "FST_ERR_CTP_INVALID_MEDIA_TYPE") return plain("unsupported-media-type");
  if (code?.startsWith("FST_ERR_CTP")) return plain("invalid-json", "The body is empty or its length is wrong.");
  if (statusCode === 429) return plain("too-many-requests");
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) return plain("invalid-request");
  request.log.error({ err: error }, "request failed");
  return plain("internal");
}
