import { gatewayProblems } from "../domain/problems.ts";
import { type AccountsGateway, accountRoutes } from "./accounts.ts";
import type { App } from "./app.ts";
import { languageOf } from "./app.ts";
import { type AuthorityGateway, authorityRoutes } from "./authority.ts";
import { type ConnectorsGateway, connectorRoutes } from "./connectors.ts";
import { type ContractsGateway, contractRoutes } from "./contracts.ts";
import { type DirectoriesGateway, directoryRoutes } from "./directories.ts";
import { type DisclosuresGateway, disclosureRoutes } from "./disclosures.ts";
import { type DocumentsGateway, documentRoutes } from "./documents.ts";
import { type EventsGateway, eventRoutes } from "./events.ts";
import { type ExportsGateway, exportRoutes } from "./exports.ts";
import { guardRoutes } from "./guard.ts";
import { type IssuersGateway, issuerRoutes } from "./issuers.ts";
import { type KeysGateway, keyRoutes } from "./keys.ts";
import { type ManualEntriesGateway, manualEntryRoutes } from "./manual-entries.ts";
import { type MetricsGateway, metricsRoutes } from "./metrics.ts";
import { pageRoutes } from "./pages.ts";
import { type PaymentRequestsGateway, paymentRequestRoutes } from "./payment-requests.ts";
import { type PaymentsGateway, paymentRoutes } from "./payments.ts";
import { type ProofsGateway, proofRoutes } from "./proofs.ts";
import { type ProposalsGateway, proposalRoutes } from "./proposals.ts";
import { type PublicationGateway, publicationRoutes } from "./publication.ts";
import { type ReconciliationGateway, reconciliationRoutes } from "./reconciliation.ts";
import { type RegisterGateway, registerRoutes } from "./register.ts";
import { type SessionsGateway, sessionCookieFor, sessionRoutes, shownToken, tokenOf } from "./sessions.ts";
import { type SignInGateway, signInRoutes } from "./sign-in.ts";
import { openIdRoutes, type PagesGateway, signInPages } from "./sign-in-pages.ts";
import { type SubmissionsGateway, submissionRoutes } from "./submissions.ts";
import { type SuppliersGateway, supplierRoutes } from "./suppliers.ts";
import { type WavesGateway, waveRoutes } from "./waves.ts";
import { type WebhooksGateway, webhookRoutes } from "./webhooks.ts";
import { type WorkGateway, workRoutes } from "./work.ts";

/** What the routes ask of the gateway; gateway.ts gives it. */
export type Gateway = RegisterGateway &
  AuthorityGateway &
  WorkGateway &
  SubmissionsGateway &
  PublicationGateway &
  ProofsGateway &
  SessionsGateway &
  SignInGateway &
  AccountsGateway &
  PagesGateway &
  IssuersGateway &
  DirectoriesGateway &
  ConnectorsGateway &
  SuppliersGateway &
  ManualEntriesGateway &
  ExportsGateway &
  WebhooksGateway &
  PaymentsGateway &
  ReconciliationGateway &
  DocumentsGateway &
  EventsGateway &
  MetricsGateway &
  KeysGateway &
  WavesGateway &
  ProposalsGateway &
  PaymentRequestsGateway &
  DisclosuresGateway & {
    contracts: ContractsGateway;
    /** writes into the access log that somebody was refused; `what`: the route and the problem */
    refused(token: string | undefined, what: string): Promise<void>;
    /** the configured public origin; undefined: addresses are those that the reader used */
    publicOrigin(): string | undefined;
    /** the origin that people sign in to */
    origin(): string;
    home(language: "en" | "id", origin: string): Promise<string>;
  };

export async function routes(app: App, gateway: Gateway): Promise<void> {
  app.decorateRequest("sessionCookie", undefined);
  app.addHook("onRequest", async (request) => {
    request.sessionCookie = sessionCookieFor(gateway.origin(), request.ip);
  });
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
  // who is refused stands in the access log before he is told; unless what refused him wrote it down itself
  app.addHook("onSend", async (request, _reply, payload) => {
    const { problem } = request;
    if (problem !== undefined && problem !== "not-a-reader" && gatewayProblems[problem].status === 403)
      await gateway.refused(shownToken(request), `${request.method} ${request.routeOptions.url} ${problem}`);
    return payload;
  });
  // each group in a scope of its own: documents read bytes where the others read JSON
  await app.register(async (scope) => registerRoutes(scope as App, gateway, absolute));
  await app.register(async (scope) => authorityRoutes(scope as App, gateway, absolute));
  await app.register(async (scope) => submissionRoutes(scope as App, gateway));
  await app.register(async (scope) => publicationRoutes(scope as App, gateway, absolute));
  await app.register(async (scope) => contractRoutes(scope as App, gateway.contracts, absolute));
  await app.register(async (scope) => paymentRequestRoutes(scope as App, gateway, absolute));
  await app.register(async (scope) => exportRoutes(scope as App, gateway));
  await app.register(async (scope) => proofRoutes(scope as App, gateway, absolute));
  await app.register(async (scope) => waveRoutes(scope as App, gateway, absolute));
  await app.register(async (scope) => eventRoutes(scope as App, gateway));
  await app.register(async (scope) => metricsRoutes(scope as App, gateway));
  await app.register(async (scope) => sessionRoutes(scope as App, gateway));
  await app.register(async (scope) => signInRoutes(scope as App, gateway));
  await app.register(async (scope) => accountRoutes(scope as App, gateway, absolute));
  await app.register(async (scope) => signInPages(scope as App, gateway));
  await app.register(async (scope) => pageRoutes(scope as App, absolute));
  await app.register(async (scope) => openIdRoutes(scope as App, gateway));
  await app.register(async (scope) => issuerRoutes(scope as App, gateway));
  await app.register(async (scope) => directoryRoutes(scope as App, gateway));
  await app.register(async (scope) => connectorRoutes(scope as App, gateway));
  await app.register(async (scope) => proposalRoutes(scope as App, gateway));
  await app.register(async (scope) => manualEntryRoutes(scope as App, gateway));
  await app.register(async (scope) => supplierRoutes(scope as App, gateway));
  await app.register(async (scope) => webhookRoutes(scope as App, gateway));
  await app.register(async (scope) => paymentRoutes(scope as App, gateway));
  await app.register(async (scope) => reconciliationRoutes(scope as App, gateway));
  await app.register(async (scope) => disclosureRoutes(scope as App, gateway));
  await app.register(async (scope) => keyRoutes(scope as App, gateway));
  await app.register(async (scope) => workRoutes(scope as App, gateway, absolute));
  await app.register(async (scope) => documentRoutes(scope as App, gateway, absolute));
}
