import type { App } from "./app.ts";
import { languageOf } from "./app.ts";
import { type DisclosuresGateway, disclosureRoutes } from "./disclosures.ts";
import { type DocumentsGateway, documentRoutes } from "./documents.ts";
import { type EventsGateway, eventRoutes } from "./events.ts";
import { guardRoutes } from "./guard.ts";
import { type MetricsGateway, metricsRoutes } from "./metrics.ts";
import { type ProofsGateway, proofRoutes } from "./proofs.ts";
import { type PublicationGateway, publicationRoutes } from "./publication.ts";
import { type RegisterGateway, registerRoutes } from "./register.ts";
import { type SessionsGateway, sessionRoutes, tokenOf } from "./sessions.ts";
import { type SubmissionsGateway, submissionRoutes } from "./submissions.ts";
import { type WorkGateway, workRoutes } from "./work.ts";

/** What the routes ask of the gateway; gateway.ts gives it. */
export type Gateway = RegisterGateway &
  WorkGateway &
  SubmissionsGateway &
  PublicationGateway &
  ProofsGateway &
  SessionsGateway &
  DocumentsGateway &
  EventsGateway &
  MetricsGateway &
  DisclosuresGateway & {
    /** the configured public origin; undefined: addresses are those that the reader used */
    publicOrigin(): string | undefined;
    /** the origin that people sign in to */
    origin(): string;
    home(language: "en" | "id", origin: string): Promise<string>;
  };

export async function routes(app: App, gateway: Gateway): Promise<void> {
  guardRoutes(app, { whoIs: (request, scope) => gateway.whoIs(tokenOf(request), scope), seconds: gateway.seconds });
  const absolute = (request: { protocol: string; host: string }, path: string) => {
    // a Host header is whatever a client wrote into it
    const own = /^[A-Za-z0-9.-]+(:[0-9]{1,5})?$|^\[[0-9a-fA-F:]+\](:[0-9]{1,5})?$/.test(request.host);
    return `${gateway.publicOrigin() ?? (own ? `${request.protocol}://${request.host}` : gateway.origin())}${path}`;
  };
  app.get("/", { config: { permission: "service.read" }, schema: { hide: true } }, async (request, reply) => {
    const asked = (request.query as { lang?: unknown }).lang;
    const language = asked === "id" || asked === "en" ? asked : languageOf(request);
    return reply
      .type("text/html; charset=utf-8")
      .header("vary", "accept-language")
      .send(await gateway.home(language, absolute(request, "")));
  });
  // each group in a scope of its own: documents read bytes where the others read JSON
  await app.register(async (scope) => registerRoutes(scope as App, gateway, absolute));
  await app.register(async (scope) => submissionRoutes(scope as App, gateway));
  await app.register(async (scope) => publicationRoutes(scope as App, gateway, absolute));
  await app.register(async (scope) => proofRoutes(scope as App, gateway, absolute));
  await app.register(async (scope) => eventRoutes(scope as App, gateway));
  await app.register(async (scope) => metricsRoutes(scope as App, gateway));
  await app.register(async (scope) => sessionRoutes(scope as App, gateway));
  await app.register(async (scope) => disclosureRoutes(scope as App, gateway));
  await app.register(async (scope) => workRoutes(scope as App, gateway, absolute));
  await app.register(async (scope) => documentRoutes(scope as App, gateway, absolute));
}
