import { readFileSync } from "node:fs";
import { expect } from "chai";
import { apiPage } from "../../scripts/api-page.ts";
import { ActCode, officeKey } from "../../server/domain/entries/act.ts";
import { cancelHash, idOf, signedDigest, signInHash, termsFromText } from "../../server/domain/entries/entry.ts";
import { Kind, Role, Tier } from "../../server/domain/entries/kinds.ts";
import { fromHex, type Hex, toHex } from "../../server/domain/entries/words.ts";
import { gatewayProblems } from "../../server/domain/problems.ts";
import type { ClosingDocument } from "../../server/domain/reconciliation/closing.ts";
import { PERMISSIONS } from "../../server/domain/roles.ts";
import { sealedForm } from "../../server/domain/sealing/seal.ts";
import type { Foreign } from "../../server/gateway/foreign.ts";
import { examples, problemsOf, type RouteSeen } from "../../server/http/openapi.ts";
import { anAct, keyWord } from "../../server/ledger/acts.ts";
import { sign } from "../../server/ledger/signatures.ts";
import { seedId } from "../../server/sandbox/bootstrap.ts";
import { POST_PU_1, sandboxSecret, secretOf } from "../../server/sandbox/people.ts";
import type { LyingIssuer } from "../identity/issuers.ts";
import { NOBODY, someOthers, tourOfOthers } from "../identity/others.ts";
import { tour } from "../identity/tour.ts";
import { invited, PASSWORD, person, personWithCodes } from "../identity/world.ts";
import { CONNECTOR_ROUTES, ConnectorsHere, connectorUrl } from "./connectors-world.ts";
import { PAYMENT_ROUTES, PaymentsHere } from "./payments-world.ts";
import { PROPOSAL_ROUTES, ProposalsHere, proposalUrl } from "./proposals-world.ts";
import { RECONCILIATION_ROUTES, ReconciliationHere, reconciliationUrl, signClosing } from "./reconciliation-world.ts";
import { RegistryHere } from "./registry-world.ts";
import { certifiedContract, REQUEST_ROUTES, RequestsHere, requestAsked } from "./requests-world.ts";
import { WavesHere } from "./waves-world.ts";
import { approve, contractTerms, now, OPERATOR, posted, type Running, signedIn, startGateway } from "./world.ts";

/** A public key of P-256. */
const siteKey = {
  ...{ kty: "EC", crv: "P-256" },
  x: "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
  y: "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
};

type Operation = {
  summary?: string;
  tags?: string[];
  parameters?: { name: string; in: string; schema: object }[];
  requestBody?: { content: Record<string, object> };
  responses: Record<string, { description: string; content?: Record<string, { schema?: object; example?: object }> }>;
};

describe("the description of the API", function () {
  this.timeout(60_000);
  let running: Running;
  let connectors: ConnectorsHere | RequestsHere | ProposalsHere | PaymentsHere | ReconciliationHere | undefined;
  let registry: RegistryHere | undefined;
  let foreign: Foreign;
  let issuer: LyingIssuer;
  let paths: Record<string, Record<string, Operation>>;
  before(async () => {
    ({ foreign, issuer } = await someOthers());
    running = await startGateway(undefined, {
      foreign,
      integrations: () => connectors?.integrations ?? registry?.integrations,
    });
    paths = (await running.app.inject({ url: "/api/v1/openapi.json" })).json().paths;
  });
  after(async () => {
    await running.remove();
    await issuer.stop();
  });

  const templated = (url: string) => url.replaceAll(/:([a-z0-9]+)/gi, "{$1}");
  const routes = (): RouteSeen[] =>
    running.app.routesSeen.filter(({ method, schema }) => method !== "HEAD" && !(schema as { hide?: boolean }).hide);
  const operations = (): [RouteSeen, Operation][] =>
    routes().map((route) => [route, paths[templated(route.url)]?.[route.method.toLowerCase()] as Operation]);

  it("is OpenAPI 3.1, and has every route but the pages for people and the preflight of browsers", () => {
    for (const [{ method, url }, operation] of operations()) expect(operation, `${method} ${url}`).to.be.an("object");
    const hidden = running.app.routesSeen.filter(({ schema }) => (schema as { hide?: boolean }).hide);
    expect(new Set(hidden.map(({ url }) => url.replace(/^\/docs.*/, "/docs")))).to.deep.equal(
      new Set([
        ...["/", "/docs", "*"],
        ...["/sign-in", "/sign-in/passkeys.js", "/sign-in/second-factor", "/invitation", "/account", "/account/:act"],
        ...["/oidc/interaction/:uid", "/oidc/*", "/sign", "/work"],
      ]),
    );
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((m) => `${m} ${path}`),
    );
    expect(described).to.have.length(operations().length);
    expect(described.length).to.be.greaterThan(25);
  });

  it("is what the page of all routes says; else write it again: npm run examples", async () => {
    const document = (await running.app.inject({ url: "/api/v1/openapi.json" })).json();
    const page = readFileSync(new URL("../../docs/reference/api.md", import.meta.url), "utf8");
    expect(page).to.equal(apiPage(document));
  });

  it("says of each route what it is for, what it takes, and what it answers, problems with examples included", () => {
    for (const [{ method, url, schema }, operation] of operations()) {
      const what = `${method} ${url}`;
      expect(operation.summary, what).to.match(/^[A-Z]/);
      expect(operation.tags, what).to.have.length(1);
      const successes = Object.keys(operation.responses).filter((status) => status < "304");
      expect(successes, what).to.not.have.length(0);
      for (const status of successes) {
        const { content, description } = operation.responses[status]!;
        expect(description, what).to.not.equal("");
        if (status !== "204" && status !== "303")
          expect(Object.values(content!)[0]!.schema, `${what} ${status}`).to.be.an("object");
      }
      for (const code of problemsOf(schema)) {
        const response = operation.responses[gatewayProblems[code].status];
        expect(response?.description, `${what} ${code}`).to.include(`${code}:`);
        expect(response?.content?.["application/problem+json"]?.example, what).to.include.keys("type", "remedy");
      }
      const inPath = [...url.matchAll(/:([a-z0-9]+)/gi)].map(([, name]) => name);
      const named = (operation.parameters ?? []).filter((parameter) => parameter.in === "path").map(({ name }) => name);
      expect(named, what).to.deep.equal(inPath);
      if (schema.body) expect(operation.requestBody?.content, what).to.be.an("object");
    }
  });

  it("shows a request and an answer of each route, recorded from a sandbox and as its schema has it", () => {
    type Schema = { safeParse(value: unknown): { success: boolean; error?: unknown }; safeEncode?: unknown };
    let shown = 0;
    for (const [{ method, url, schema }, operation] of operations()) {
      const what = `${method} ${url}`;
      const [status, success] = Object.entries(operation.responses).find(([key]) => key < "304")!;
      const content = success.content?.["application/json"];
      if (schema.body && !schema.consumes && url !== "/api/v1/acts") {
        const request = (operation.requestBody!.content["application/json"] as { example?: unknown }).example;
        const parsed = (schema.body as Schema).safeParse(request);
        expect(parsed.success, `${what} ${parsed.error}`).to.equal(true);
        shown++;
      }
      // an act needs its signers, and this description is its own example; a document is no JSON, whatever its type
      if (content === undefined || ["/api/v1/acts", "/api/v1/openapi.json"].includes(url)) continue;
      if (["/api/v1/documents/:sha256", "/api/v1/exports/:name"].includes(url)) continue;
      // what answers with several types has a schema for each
      const answer = (schema.response as Record<string, Schema & { content?: Record<string, { schema: Schema }> }>)[
        status
      ]!;
      const parsed = (answer.content?.["application/json"]?.schema ?? answer).safeParse(content.example);
      expect(parsed.success, `${what} ${parsed.error}`).to.equal(true);
      shown++;
    }
    expect(shown).to.be.greaterThan(25);
    const known = new Set(routes().map(({ method, url }) => `${method} ${url}`));
    expect(
      Object.keys(examples).filter((route) => !known.has(route)),
      "examples of routes that are gone",
    ).to.deep.equal([]);
    expect(JSON.stringify(examples).length).to.be.lessThan(150_000);
  });

  it("names no problem that the catalogue lacks, and every one of the catalogue somewhere", () => {
    const named = new Set(routes().flatMap(({ schema }) => problemsOf(schema)));
    // of an address or a method that is none, no route can tell
    const elsewhere = ["not-found", "method-not-allowed"];
    expect(
      Object.keys(gatewayProblems).filter((code) => !named.has(code as never) && !elsewhere.includes(code)),
    ).to.deep.equal([]);
  });

  /** Drafts and approvals, each answer once. */
  async function askOfWork(
    ask: (
      method: "GET" | "POST" | "PUT" | "DELETE",
      url: string,
      headers?: Record<string, string>,
      body?: unknown,
    ) => Promise<{ json(): Record<string, string> }>,
  ): Promise<void> {
    const as = async (key: string, holder: string) => ({
      authorization: `Bearer ${await signedIn(running, key, holder)}`,
    });
    const maker = await as("ppk-pu", "H-PRS-PPK-PU");
    const approver = await as("pa-pu", "H-PRS-PA-PU");
    const other = await as("ppk-kes", "H-PRS-PPK-KES");
    const separator = running.services.separator;
    const { seen } = running.services.register();
    const waiting = async () => {
      const made = posted(separator, seen, { terms: contractTerms(250_000_000_00n) });
      await ask("POST", "/api/v1/submissions?wait=9000", {}, made.payload);
      return made;
    };
    const personal = "rekening BRI 0012345678";
    const { id, payload } = await waiting();
    const url = `/api/v1/submissions/${id}`;
    const none = `/api/v1/submissions/${seedId("none")}`;
    for (const headers of [{}, approver]) await ask("GET", "/api/v1/tasks", headers);
    await ask("GET", "/api/v1/tasks?limit=0", approver);
    for (const headers of [{}, approver, other]) await ask("GET", `${url}/review`, headers);
    for (const query of [`act=approve&submission=${id}`, "act=record", `act=ask&submission=${seedId("none")}`])
      await ask("GET", `/api/v1/me/can?${query}`, approver);
    await ask("GET", "/api/v1/me/can?act=record&kind=note");
    for (const question of [{ act: "record", kind: "contract", agency: "ID-PRS-DPUPR" }, { act: "grant" }])
      await ask("POST", "/api/v1/me/can", maker, question);
    await ask("POST", "/api/v1/me/can", {}, { act: "use", permission: "tasks.read" });
    await ask("POST", "/api/v1/me/can", maker, { act: "ask", submission: seedId("none") });
    for (const [what, by, given] of [
      ["ask", approver, "text"],
      ["answer", maker, "text"],
      ["refuse", approver, "reason"],
    ] as const) {
      await ask("POST", `${url}/${what}`, {}, { [given]: "mengapa begitu" });
      await ask("POST", `${none}/${what}`, by, { [given]: "mengapa begitu" });
      await ask("POST", `${url}/${what}`, by, { [given]: personal });
      await ask("POST", `${url}/${what}`, by, { [given]: "mengapa begitu" });
    }
    for (const [what, by, given] of [
      ["ask", approver, "text"],
      ["answer", maker, "text"],
      ["refuse", approver, "reason"],
    ] as const)
      await ask("POST", `${url}/${what}`, by, { [given]: "mengapa begitu" });
    await ask("POST", `${url}/approve`, {}, approve(separator, fromHex(id), seen, "H-PRS-PA-PU"));
    await ask("POST", "/api/v1/submissions?wait=0", {}, { ...payload, replaces: seedId("none") });

    const { kind, ocid, contractId, awardId, agency, terms } = payload.entry;
    const entry = { kind, ocid: `${ocid}-d`, contractId, awardId, agency, terms };
    const drafts = "/api/v1/drafts";
    await ask("POST", drafts, {}, { entry });
    await ask("POST", drafts, maker, { entry, note: personal });
    const draft = (await ask("POST", drafts, maker, { entry })).json() as never as { id: string; commandId: string };
    for (const headers of [{}, maker]) await ask("GET", drafts, headers);
    await ask("GET", `${drafts}?limit=0`, maker);
    const at = `${drafts}/${draft.id}`;
    const nowhere = `${drafts}/D-ABCDEFGHIJKLMNOP`;
    const of = (version: number, more = {}) => ({ version, entry, ...more });
    for (const [place, headers] of [
      [at, {}],
      [nowhere, maker],
      [at, maker],
    ] as const) {
      await ask("GET", place, headers);
      await ask("PUT", place, headers, of(1));
      await ask("POST", `${place}/handing`, headers, { version: 2 });
    }
    await ask("PUT", at, maker, of(9));
    await ask("POST", `${at}/handing`, maker, { version: 9 });
    await ask("PUT", at, maker, of(3, { note: personal }));
    for (const [place, headers] of [
      [at, {}],
      [nowhere, maker],
    ] as const) {
      await ask("DELETE", `${place}?version=3`, headers);
      await ask("POST", `${place}/signature`, headers, payload);
    }
    await ask("DELETE", `${at}?version=9`, maker);
    await ask("DELETE", `${at}?version=0`, maker);
    const sign = (given: object) => posted(separator, seen, { ...payload.entry, ...given } as never).payload;
    const whole = { ...entry, terms: termsFromText(terms), commandId: draft.commandId as never };
    await ask("POST", `${at}/signature`, maker, sign({ ...whole, ocid: `${ocid}-e` }));
    await ask("POST", `${at}/signature?wait=9000`, maker, sign(whole));
    const right = { ...of(3) };
    await ask("PUT", at, maker, right);
    await ask("POST", `${at}/handing`, maker, { version: 3 });
    await ask("DELETE", `${at}?version=3`, maker);
    await ask("POST", `${at}/signature`, maker, sign({ ...whole, expires: payload.entry.expires - 1 }));
    const gone = (await ask("POST", drafts, maker, { entry })).json() as never as { id: string };
    await ask("DELETE", `${drafts}/${gone.id}?version=1`, maker);
  }

  /** A job over a file in which one row is wrong: each route as nobody, of no job, of one that is paused, and as it is meant. */
  async function askOfConnectors(
    ask: (
      method: "GET" | "POST",
      url: string,
      headers?: Record<string, string>,
      body?: unknown,
    ) => Promise<{ json(): { letters: { id: string }[] } }>,
  ): Promise<void> {
    const here = await ConnectorsHere.open(running);
    connectors = here;
    const operator = { authorization: `Bearer ${OPERATOR}` };
    await here.write("no;amount\n1;10\nbad;20\n");
    for (const { route, payload, letter } of CONNECTOR_ROUTES) {
      const method = route.split(" ")[0] as "GET";
      const url = connectorUrl(route);
      await ask(method, url, {}, payload);
      await ask(method, url.replace("sp2d", "absent"), operator, payload);
      await ask(method, url.replace("sp2d", "Not+A+Job"), operator, payload);
      const { letters } = (await ask("GET", "/api/v1/connectors/sp2d/dead-letters", operator)).json();
      if (route.endsWith("/contract")) await here.write("nomor;amount\n1;10\n");
      if (route.startsWith("GET") && route.endsWith("/contract")) {
        await ask("POST", "/api/v1/connectors/sp2d/runs", operator, {});
        await here.ended();
      }
      await ask(method, url, operator, letter ? { ...payload, letters: [letters[0]!.id] } : payload);
      await here.ended();
      if (JSON.stringify(payload ?? {}).includes('"reason"'))
        await ask(method, url, operator, { ...payload, reason: "rekening BRI 0012345678" });
      if (!route.endsWith("/pause")) continue;
      for (const each of ["POST /api/v1/connectors/:job/runs", "POST /api/v1/connectors/:job/dead-letters/retry"])
        await ask("POST", connectorUrl(each), operator, CONNECTOR_ROUTES.find((one) => one.route === each)!.payload);
    }
    await here.close();
    connectors = undefined;
  }

  /** A contract's card and calculator; what is asked for its payment, as nobody, wrongly, and as it is meant. */
  async function askOfContracts(
    ask: (
      method: "GET" | "POST",
      url: string,
      headers?: Record<string, string>,
      body?: unknown,
    ) => Promise<{ json(): { file: { messageId: string } } }>,
  ): Promise<void> {
    const ocid = await certifiedContract(running);
    const contract = `/api/v1/processes/${ocid}/contracts/K-1`;
    for (const form of ["card", "card.html", "card.csv"]) {
      await ask("GET", `${contract}/${form}`);
      await ask("GET", `${contract.replace("K-1", "K-9")}/${form}`);
      await ask("GET", `/api/v1/processes/${ocid}/contracts/${"x".repeat(400)}/${form}`);
    }
    const certificate = { purpose: "work", on: "2026-11-30" };
    await ask("POST", `${contract}/certificate`, {}, certificate);
    await ask("POST", `${contract}/certificate`, {}, { ...certificate, on: "2026-02-30" });
    await ask("POST", `${contract.replace("K-1", "K-9")}/certificate`, {}, certificate);
    await ask("GET", "/api/v1/guarantees");
    await ask("GET", "/api/v1/guarantees?within=soon");
    const here = await RequestsHere.open(running);
    connectors = here;
    const officer = { authorization: `Bearer ${await signedIn(running)}` };
    let message = "NONE";
    for (const route of REQUEST_ROUTES) {
      const { url, payload, headers } = requestAsked(route, "ID-PRS-DPUPR", ocid, message);
      const method = route.split(" ")[0] as "GET";
      await ask(method, url, { ...headers }, payload);
      await ask(method, url.replace(/\?.*/, "?agency="), { ...officer, ...headers }, payload ? "{}" : undefined);
      const answer = await ask(method, url, { ...officer, ...headers }, payload);
      if (route.endsWith("/hand-over")) message = answer.json().file.messageId;
    }
    await ask("POST", "/api/v1/payment-requests/prepare", officer, { ocid: "ocds-213czf-dpupr-none" });
    const broken = requestAsked(REQUEST_ROUTES[4], "ID-PRS-DPUPR", ocid);
    await ask("POST", broken.url, { ...officer, ...broken.headers }, "<x/>");
    await here.close();
    connectors = undefined;
  }

  /** Proposals of two packages: each route as nobody, as somebody of another agency, of none, and as it is meant. */
  async function askOfProposals(
    ask: (
      method: "GET" | "POST",
      url: string,
      headers?: Record<string, string>,
      body?: unknown,
    ) => Promise<{ json(): { proposals: { id: string }[] } }>,
  ): Promise<void> {
    const as = async (key: string, holder: string) => ({
      authorization: `Bearer ${await signedIn(running, key, holder)}`,
    });
    const official = await as("pp-pu", "H-PRS-PP-PU");
    const supplier = await as("direktur-2", "H-PRS-DIR-2");
    const treasurer = await as("bend-dik", "H-PRS-BEND-DIK");
    for (const { route, payload } of PROPOSAL_ROUTES)
      await ask(route.split(" ")[0] as "GET", proposalUrl(route), official, payload?.([]));
    const here = await ProposalsHere.open(running);
    connectors = here;
    await here.read(running);
    const list = async () =>
      (await ask("GET", "/api/v1/connectors/proposals", official)).json().proposals.map(({ id }) => id);
    const [planning, tender] = await list();
    for (const { route, payload } of PROPOSAL_ROUTES) {
      const method = route.split(" ")[0] as "GET";
      const own = route.endsWith("/release") ? [planning!] : await list();
      for (const headers of [{}, supplier, treasurer])
        await ask(method, proposalUrl(route, own), headers, payload?.(own));
      await ask(method, proposalUrl(route), official, payload?.([]));
      await ask(
        method,
        proposalUrl(route, ["Bukan+Usulan"]),
        official,
        payload === undefined ? undefined : { strange: 1 },
      );
      await ask(method, `${proposalUrl(route, own)}?strange=1`, official, payload?.(own));
      await ask(method, proposalUrl(route, own), official, payload?.(own));
      if (route.endsWith("/take")) {
        await ask(method, proposalUrl(route), await as("pokja", "H-PRS-POKJA"), { ids: [planning] });
      }
      if (route.endsWith("/release"))
        await ask("POST", "/api/v1/connectors/proposals/take", official, { ids: [tender] });
    }
    const nobody = { key: "name:TIDAK DIKENAL", supplier: "ID-TIDAK-ADA" };
    await ask("POST", "/api/v1/connectors/proposals/suppliers", official, nobody);
    const dropped = `/api/v1/connectors/proposals/${planning}/drop`;
    await ask("POST", dropped, official, { reason: "paket dibatalkan" });
    await ask("POST", `/api/v1/connectors/proposals/${tender}/drop`, official, { reason: "rekening BRI 0012345678" });
    await ask("POST", "/api/v1/connectors/proposals/take", official, { ids: [planning] });
    await here.close();
    connectors = undefined;
  }

  /** Payments of a register: each route as nobody, as somebody of another office, wrongly, and as it is meant. */
  async function askOfPayments(
    ask: (method: "GET" | "POST", url: string, headers?: Record<string, string>, body?: unknown) => Promise<unknown>,
  ): Promise<void> {
    const as = async (key: string, holder: string) => ({
      authorization: `Bearer ${await signedIn(running, key, holder)}`,
    });
    const treasurer = await as("bud", "H-PRS-BUD");
    const here = await PaymentsHere.open(running);
    connectors = here;
    await here.read(treasurer);
    const ids = await here.ids(treasurer);
    for (const { route } of PAYMENT_ROUTES) {
      const method = route.split(" ")[0] as "GET";
      const { url, payload } = here.asked(route, ids);
      const absent = here.asked(route);
      await ask(method, url, {}, payload);
      await ask(method, absent.url, treasurer, absent.payload);
      await ask(method, `${url}${url.includes("?") ? "&" : "?"}limit=0`, treasurer, payload);
      await ask(method, url, treasurer, payload);
    }
    const decisions = `/api/v1/payments/${ids.id}/decisions`;
    await ask("POST", decisions, treasurer, { act: "undo", of: 9 });
    await ask("POST", decisions, treasurer, { act: "accept", shares: [{ ocid: "none", contractId: "K-1" }] });
    await ask("POST", `/api/v1/payments/${ids.certain}/decisions`, treasurer, { act: "notContract" });
    const { url, payload } = here.asked("POST /api/v1/payments/proposals/take", ids);
    await ask("POST", url, treasurer, payload);
    await here.close();
    connectors = undefined;
  }

  /** A month of the regency: each route without integrations, as nobody, wrongly, and as it is meant; closed twice. */
  async function askOfReconciliation(
    ask: (
      method: "GET" | "POST" | "PUT",
      url: string,
      headers?: Record<string, string>,
      body?: unknown,
    ) => Promise<{ json(): { document: ClosingDocument } }>,
  ): Promise<void> {
    const treasurer = { authorization: `Bearer ${await signedIn(running, "bud", "H-PRS-BUD")}` };
    for (const { route, payload } of RECONCILIATION_ROUTES)
      await ask(route.split(" ")[0] as "GET", reconciliationUrl(route), treasurer, payload);
    const here = await ReconciliationHere.open(running);
    connectors = here;
    let proposed: ClosingDocument | undefined;
    for (const { route, payload } of RECONCILIATION_ROUTES) {
      const method = route.split(" ")[0] as "GET";
      const isSigned = method === ("PUT" as string) && route.endsWith("/closing");
      const url = reconciliationUrl(route);
      await ask(method, url, {}, payload);
      await ask(method, reconciliationUrl(route, "ID-PRS-TIRTARAYA", "20x0"), treasurer, payload);
      await ask(method, reconciliationUrl(route, "%E0%A4%A"), treasurer, payload);
      await ask(method, reconciliationUrl(route, "x".repeat(300)), treasurer, payload);
      if (isSigned) {
        await ask(method, url, treasurer, payload);
        const forged = { ...proposed!, number: 7 };
        await ask(method, url, treasurer, signClosing(running, forged, "bud", "H-PRS-BUD"));
        await ask(method, url, treasurer, signClosing(running, proposed!, "bud", "H-PRS-BUD"));
        await ask("POST", url, treasurer, { act: "close" });
        continue;
      }
      const answer = await ask(method, url, treasurer, payload);
      if (!route.startsWith("POST")) continue;
      proposed = answer.json().document;
      await ask(method, url, treasurer, { ...payload, reason: "rekening BRI 0012345678" });
    }
    connectors = undefined;
    await here.close();
  }

  /** Webhooks and the registry: each with what is right, without signing in, with what is not there, and with what is wrong. */
  async function askOfRegistry(
    ask: (method: "GET", url: string, headers?: Record<string, string>, body?: unknown) => Promise<{ json(): never }>,
  ): Promise<void> {
    const here = await RegistryHere.open(running);
    registry = here;
    const { authorization: _, ...json } = { authorization: "", "content-type": "application/json" };
    await here.tour(async ({ route, url, payload }, headers) => {
      const method = route.split(" ")[0] as "GET";
      const bytes = Buffer.isBuffer(payload);
      await ask(method, url, bytes ? { "content-type": "application/octet-stream" } : {}, payload);
      if (payload !== undefined && !bytes) await ask(method, url, { ...headers, ...json }, { unknown: true });
      await ask(method, `${url}${url.includes("?") ? "&" : "?"}unknown=1`, headers, payload);
      await ask(
        method,
        url
          .replace(/hook_[0-9a-f]{24}/, `hook_${"0".repeat(24)}`)
          .replace(/links\/[0-9a-f]{24}/, `links/${"0".repeat(24)}`),
        headers,
        payload,
      );
      await ask(
        method,
        url
          .replace(/hook_[0-9a-f]{24}/, "x")
          .replace(/links\/[0-9a-f]{24}/, "links/x")
          .replace(/nib\/\d+/, "nib/x"),
        headers,
        payload,
      );
      if (JSON.stringify(payload ?? {}).includes('"reason"'))
        await ask(method, url, headers, { ...payload, reason: "rekening BRI 0012345678" });
      if (bytes) await ask(method, url.replace(/name=[^&]+/, "name=rekening+BRI+0012345678"), headers, payload);
      return (await ask(method, url, headers, payload)) as never;
    });
    registry = undefined;
    await here.close();
  }

  /** Waves, their lots, a body off the chain, and what does not count yet. */
  async function askOfWaves(
    ask: (
      method: "GET" | "POST" | "PUT",
      url: string,
      headers?: Record<string, string>,
      body?: unknown,
    ) => Promise<unknown>,
  ): Promise<void> {
    const waves = new WavesHere(running);
    const wave = waves.id("W1");
    const personal = { contracts: [{ id: "K-2", title: "rekening BRI 0012345678" }] };
    const rows = [waves.row(wave, "1", { away: true }), waves.row(wave, "2", { away: true, body: personal })];
    await waves.bring(wave, rows, { tier: Tier.terms, waits: true });
    for (const place of ["", "?limit=0", "/1", "/999", "/1/lots", "/1/lots?limit=0", "/999/lots"])
      await ask("GET", `/api/v1/migration/waves${place}`);
    const [body, other] = rows.map(({ entry }) => `/api/v1/migration/bodies/${entry.digest}`);
    await ask("GET", body!);
    await ask("PUT", `/api/v1/migration/bodies/${seedId("none")}`, {}, {});
    await ask("PUT", body!, {}, {});
    await ask("PUT", other!, {}, personal);
    await ask("PUT", body!, {}, JSON.parse(rows[0]!.body));
    await ask("GET", body!);
    await ask("GET", `/api/v1/records/${rows[0]!.entry.ocid}`);
    const maker = { authorization: `Bearer ${await signedIn(running)}` };
    const { ocid, agency } = rows[0]!.entry;
    const entry = { kind: Kind.note, ocid, contractId: "K-1", awardId: "", agency, terms: {} };
    await ask("POST", "/api/v1/drafts", maker, { entry });
  }

  /** Reads, refusals, requests and erasure of what is sealed. */
  async function askOfSealed(
    ask: (
      method: "GET" | "POST",
      url: string,
      headers?: Record<string, string>,
      body?: unknown,
    ) => Promise<{ json(): Record<string, unknown> }>,
  ): Promise<void> {
    const as = async (key: string, holder: string) => ({
      authorization: `Bearer ${await signedIn(running, key, holder)}`,
    });
    const [officer, other, registrar, head] = [
      await as("ppk-pu", "H-PRS-PPK-PU"),
      await as("ppk-kes", "H-PRS-PPK-KES"),
      await as("pendaftar", "H-PRS-PENDAFTAR"),
      await as("sekda", "H-PRS-SEKDA"),
    ];
    const ocid = "ocds-213czf-dpupr-tersegel";
    const account = {
      path: ["contracts", "K-1", "bankAccount"],
      salt: `0x${"12".repeat(16)}` as const,
      value: "0012345678",
    };
    const bankAccount = sealedForm(ocid, account);
    const { payload } = posted(running.services.separator, running.services.register().seen, {
      ocid,
      body: { contracts: [{ id: "K-1", bankAccount }] },
    });
    const subject = "ID-PRS-S-0002";
    await ask("POST", "/api/v1/submissions?wait=9000", {}, { ...payload, disclosures: [{ ...account, subject }] });
    const url = `/api/v1/records/${ocid}/disclosures`;
    const one = { purpose: "pemeriksaan uji", digest: `0x${bankAccount.slice(-64)}` };
    const personal = "pemilik rekening BRI 0012345678";
    const requests = "/api/v1/subject-requests";
    const file = async (kind: string) => {
      const made = await ask("POST", requests, registrar, { subject, kind, reason: "surat permohonan" });
      return `${requests}/${made.json().id}/decision`;
    };
    const grant = { decision: "grant", reason: "sesuai telaah" };
    for (const headers of [officer, other, {}]) await ask("POST", url, headers, one);
    await ask("POST", "/api/v1/records/none/disclosures", officer, one);
    await ask("POST", url, officer, { purpose: personal });
    await ask("POST", await file("restriction"), head, grant);
    await ask("POST", url, officer, one);
    const [erasure, access] = [await file("erasure"), await file("access")];
    await ask("POST", access, head, { ...grant, reason: personal });
    await ask("POST", requests, registrar, { subject, kind: "access", reason: personal });
    for (const headers of [{}, other, registrar, head, head]) await ask("POST", erasure, headers, grant);
    await ask("POST", `${requests}/999/decision`, head, grant);
    await ask("POST", url, officer, one);
    for (const headers of [{}, other])
      await ask("POST", requests, headers, { subject, kind: "access", reason: "surat permohonan" });
    await ask("POST", requests, registrar, { subject: "nobody", kind: "access", reason: "surat permohonan" });
    await ask("POST", requests, registrar, {
      subject: "ID-PRS-S-0001",
      kind: "access",
      reason: "rekening BRI 0012345678",
    });
    for (const headers of [registrar, other, {}]) await ask("GET", requests, headers);
    for (const headers of [registrar, other, {}]) await ask("GET", "/api/v1/access-log", headers);
    await ask("GET", "/api/v1/access-log?limit=0", registrar);

    const text = { "content-type": "text/plain" };
    const restricted = "/api/v1/documents?restricted=ID-PRS-DPUPR";
    const kept = await ask("POST", restricted, { ...officer, ...text }, "terbatas");
    const document = `/api/v1/documents/${kept.json().sha256}`;
    await ask("POST", "/api/v1/documents", { ...officer, ...text }, "terbuka");
    await ask("POST", restricted, { ...officer, ...text }, "terbuka");
    await ask("POST", "/api/v1/documents?restricted=nobody", { ...officer, ...text }, "x");
    await ask("POST", `${restricted}&subject=3273121701850024`, { ...officer, ...text }, "y");
    for (const headers of [{}, other]) await ask("GET", document, { ...headers, "x-purpose": "pemeriksaan uji" });
    await ask("GET", document, { ...officer, "x-purpose": personal });
    const own = (kind: string) => ({ subject: `document:${kept.json().sha256}`, kind, reason: "surat permohonan" });
    for (const kind of ["restriction", "erasure"]) {
      const made = await ask("POST", requests, registrar, own(kind));
      await ask("POST", `${requests}/${made.json().id}/decision`, head, grant);
      await ask("GET", document, { ...officer, "x-purpose": "pemeriksaan uji" });
    }
    await ask("POST", restricted, { ...officer, ...text }, "terbatas");
  }

  /** Keys that the gateway keeps, and proofs of the access log. */
  async function askOfKeys(
    ask: (
      method: "GET" | "POST" | "DELETE",
      url: string,
      headers?: Record<string, string>,
      body?: unknown,
    ) => Promise<{ json(): Record<string, unknown> }>,
  ): Promise<void> {
    const as = async (key: string, holder: string) => ({
      authorization: `Bearer ${await signedIn(running, key, holder)}`,
    });
    const officer = await as("ppk-pu", "H-PRS-PPK-PU");
    await running.services.anchor();
    const registrar = await as("pendaftar", "H-PRS-PENDAFTAR");
    const rows = running.services.accessLog.rows;
    for (const row of ["1", "x", String(rows), "99999"])
      for (const headers of [registrar, {}]) await ask("GET", `/api/v1/access-log/proof?row=${row}`, headers);

    const keys = "/api/v1/keys";
    for (const body of [{}, { holder: "x" }])
      for (const headers of [officer, {}]) await ask("POST", keys, headers, body);
    for (const headers of [officer, {}]) await ask("GET", keys, headers);
    const [made] = await running.services.keptKeys.of({ holder: idOf("H-PRS-PPK-PU") });
    const one = `${keys}/${made!.address}`;
    const holder = idOf("H-PRS-PPK-PU");
    const previous = await running.services.projection.get<Hex>(`last/${holder}`);
    const act = anAct(
      {
        ...{ code: ActCode.addKey, maker: holder, holder, key: keyWord(made!.address), custody: 5 },
        ...{ previous: previous!, expires: now() + 600 },
      },
      "{}",
    );
    const content = { type: "act", act, body: "{}" };
    for (const url of [`${one}/signatures/preview`, `${one}/signatures`]) {
      for (const body of [{ ...content, body: "[]" }, {}, content, content]) await ask("POST", url, officer, body);
      await ask("POST", url, {}, content);
      await ask("POST", url.replace(made!.address, `0x${"0".repeat(40)}`), officer, content);
    }
    await ask("DELETE", one);
    await ask("DELETE", `${one}?anyway=x`, officer);
    for (const _ of [1, 2]) await ask("DELETE", one, officer);
    for (let made = 0; made < 9; made++) await ask("POST", keys, officer, {});
  }

  /** Everything that issuers and directories of others offer, with success and without. */
  async function askOfOthers(
    ask: (
      method: "GET" | "POST",
      url: string,
      headers?: Record<string, string>,
      body?: unknown,
    ) => Promise<{ json(): Record<string, never>; payload: string }>,
  ): Promise<void> {
    const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
    await tourOfOthers(running, async (method, _route, url, body, token) => {
      const response = await ask(method as "GET", url, token === undefined ? {} : bearer(token), body);
      return response.payload === "" ? undefined : response.json();
    });
    const { token } = await person(running);
    const cookie = { cookie: `prasasti=${token}` };
    const links = (id: string) => `/api/v1/sign-in/issuers/${id}/links`;
    await ask("POST", links("siasn"), {}, { returnTo: "/" });
    await ask("POST", links("siasn"), bearer(token), { returnTo: "/" });
    await ask("POST", links("siasn"), bearer(token), { returnTo: "//evil.example" });
    await ask("POST", links("none"), bearer((await personWithCodes(running)).token), { returnTo: "/" });
    await ask("POST", "/api/v1/sign-in/sign-out");
    await ask("POST", "/api/v1/sign-in/sign-out", cookie);
    for (const url of [
      "/sign-in/siasn",
      "/sign-in/siasn?return_to=//evil",
      "/sign-in/siasn/callback?state=x",
      "/sign-in/none",
      "/sign-in/none/callback",
    ])
      await ask("GET", url);
    const form = { "content-type": "application/x-www-form-urlencoded" };
    for (const id of ["siasn", "none"]) await ask("POST", `/sign-in/${id}/backchannel-logout`, form, "logout_token=x");
    await ask("POST", "/sign-in/siasn/backchannel-logout", form, `logout_token=${"x".repeat(300_000)}`);
    for (const [method, url, body] of [
      ["GET", "/api/v1/identity/directories"],
      ["GET", "/api/v1/identity/syncs"],
      ["GET", "/api/v1/identity/syncs?limit=0"],
      ["GET", "/api/v1/identity/moves"],
      ["POST", "/api/v1/identity/directories/none/syncs", {}],
      ["POST", "/api/v1/identity/directories/none/links", { account: NOBODY, login: "x" }],
      ["POST", `/api/v1/identity/moves/${NOBODY}/confirm`],
      ["POST", "/api/v1/identity/moves/x/confirm"],
    ] as const)
      for (const headers of [{}, bearer(token), bearer(OPERATOR)]) await ask(method, url, headers, body);
  }

  /** Everything that the built-in sign-in offers, with success and, where it is short, without. */
  async function askOfAccounts(
    ask: (
      method: "GET" | "POST" | "PATCH" | "DELETE",
      url: string,
      headers?: Record<string, string>,
      body?: unknown,
    ) => Promise<{ json(): Record<string, never>; payload: string }>,
  ): Promise<void> {
    const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
    const asked = new Map<string, { method: "GET" | "POST" | "PATCH" | "DELETE"; url: string; body?: object }>();
    await tour(running, async (method, route, url, body, token) => {
      asked.set(`${method} ${route}`, { method, url, ...(body === undefined ? {} : { body }) });
      const response = await ask(method, url, token === undefined ? {} : bearer(token), body);
      return response.payload === "" ? undefined : response.json();
    });
    // the same once more: without a token, by who may not, and by a registrar for what is gone meanwhile
    const { token: stranger } = await person(running);
    const machine = await ask("POST", "/api/v1/clients", bearer(OPERATOR), {
      ...{ kind: "machine", name: "mesin uji", scopes: ["requests.read"] },
    });
    const { client, secret } = machine.json() as unknown as { client: { id: string }; secret: string };
    const given = await running.app.inject({
      method: "POST",
      url: "/oidc/token",
      headers: {
        "content-type": "application/x-www-form-urlencoded",
        authorization: `Basic ${Buffer.from(`${client.id}:${secret}`).toString("base64")}`,
      },
      payload: "grant_type=client_credentials&scope=requests.read",
    });
    const registrar = await signedIn(running, "pendaftar", "H-PRS-PENDAFTAR");
    const head = await signedIn(running, "sekda", "H-PRS-SEKDA");
    for (const { method, url, body } of asked.values()) {
      if (method === "DELETE" && url === "/api/v1/me/sessions") continue;
      for (const token of [registrar, head, given.json().access_token, stranger])
        await ask(method, url, bearer(token), body);
      await ask(method, url, {}, body);
      await ask(method, url, { origin: "https://other.example" }, body);
    }
    // a machine has none of these
    const kept = `/api/v1/keys/0x${"0".repeat(40)}`;
    for (const [method, url, body] of [
      ["GET", "/api/v1/access-log"],
      ["GET", "/api/v1/access-log/proof?row=1"],
      ["GET", "/api/v1/keys"],
      ["POST", "/api/v1/keys", {}],
      ["DELETE", kept],
      ["POST", `${kept}/signatures/preview`, { type: "bundle", entries: [], expires: 0 }],
      [
        "POST",
        `${kept}/signatures/preview`,
        { type: "cancel", cancel: { target: seedId("x"), holder: seedId("y"), expires: 1 } },
      ],
    ] as const)
      await ask(method, url, bearer(given.json().access_token), body);
    const { account } = await person(running);
    const until = 1;
    const letter = seedId("letter");
    const mandate = { entity: "ID-PRS-S-0001", nib: "8120012345678", until, letter };
    await ask("POST", `/api/v1/accounts/${account}/mandates`, bearer(registrar), mandate);
    await ask("POST", `/api/v1/accounts/${account}/reading`, bearer(head), { agency: "ID-PRS-DPUPR", until, letter });
    for (const list of ["accounts", "clients"]) await ask("GET", `/api/v1/${list}?limit=0`, bearer(registrar));
    await ask("POST", "/api/v1/accounts/invitations", bearer(registrar), {
      ...{ displayName: "X", reason: "NIK 3273121701850024" },
    });
    await ask("POST", `/api/v1/accounts/${account}/state`, bearer(registrar), {
      ...{ state: "locked", reason: "NIK 3273121701850024" },
    });
    await ask("POST", "/api/v1/clients", bearer(registrar), { kind: "site", name: "tanpa kunci" });
    const other = await ask("POST", "/api/v1/clients", bearer(registrar), {
      ...{ kind: "site", name: "situs", redirectUris: ["https://situs.example/"], jwk: siteKey },
    });
    const site = other.json() as unknown as { client: { id: string } };
    await ask("POST", `/api/v1/clients/${site.client.id}/proofs`, bearer(registrar), {});
    for (const method of ["DELETE", "GET"] as const)
      await ask(method, "/api/v1/me/sessions", bearer(given.json().access_token));
    await ask("DELETE", "/api/v1/me/sessions");
    const gone = "A-AAAAAAAAAAAAAAAA";
    await ask("GET", `/api/v1/accounts/${gone}/person`, bearer(registrar));
    const renewal = { reason: "kata sandi hilang" };
    await ask("POST", "/api/v1/accounts/invitations", bearer(registrar), { ...renewal, account: gone });
    const invitation = await ask("POST", "/api/v1/accounts/invitations", bearer(OPERATOR), { ...renewal, account });
    const { link } = invitation.json() as unknown as { link: string };
    const { name } = await person(running);
    const token = new URL(link).searchParams.get("token");
    await ask("POST", "/api/v1/accounts/invitations/answers", {}, { token, name, password: PASSWORD });
    const state = `/api/v1/accounts/${account}/state`;
    await ask("POST", state, bearer(registrar), { state: "left", reason: "pindah tugas" });
    await ask("POST", "/api/v1/accounts/invitations", bearer(registrar), { ...renewal, account });
    const { account: fresh } = await invited(running);
    await ask("POST", `/api/v1/accounts/${fresh}/state`, bearer(registrar), { state: "active", reason: "terburu" });
    await ask("DELETE", "/api/v1/clients/x", bearer(registrar));
    await ask("DELETE", "/api/v1/clients/C-00000000000000000000", bearer(registrar));
    // the stranger has erased himself above
    const { token: plain } = await person(running);
    await ask("POST", "/api/v1/me/password", bearer(plain), { password: "pendek" });
    await ask("DELETE", "/api/v1/me/sessions/x", bearer(plain));
    const codes = await personWithCodes(running);
    await ask("DELETE", "/api/v1/me/passkeys/none", bearer(codes.token));
    await ask("DELETE", `/api/v1/me/passkeys/${"x".repeat(1_600)}`, bearer(codes.token));
    for (const each of [plain, codes.token])
      await ask("POST", "/api/v1/me/holder", bearer(each), await signedFor("bud"));
  }

  const signedFor = async (key: string) => {
    const { nonce, origin } = (await running.app.inject({ method: "POST", url: "/api/v1/sessions/challenges" })).json();
    const signIn = { origin, holder: idOf("H-PRS-BUD"), nonce, issued: now(), expires: now() + 60 };
    return {
      signIn,
      signature: toHex(sign(signedDigest(running.services.separator, signInHash(signIn)), sandboxSecret(key))),
    };
  };

  it("has an answer for every status that it describes: each was seen, or needs what a test can't stage here", async () => {
    const token = await signedIn(running);
    const authorization = { authorization: `Bearer ${token}` };
    const json = { "content-type": "application/json" };
    const plain = posted(running.services.separator, running.services.register().seen);
    const seen = new Set<string>();
    const ask = async (
      method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE",
      url: string,
      headers: Record<string, string> = {},
      body?: unknown,
    ): Promise<Awaited<ReturnType<typeof running.app.inject>>> => {
      const response = await running.app.inject({
        method,
        url,
        headers,
        ...(body === undefined ? {} : { payload: body as object }),
      });
      const fitting = routes().filter((one) => {
        const pattern = new RegExp(`^${one.url.replaceAll(".", "\\.").replaceAll(/:[a-z0-9]+/gi, "[^/]+")}$`);
        return one.method === method && pattern.test(url.split("?")[0]!);
      });
      // as the router does: a name goes before what stands for any
      const open = ({ url: of }: RouteSeen) => of.split("/:").length;
      const [route] = fitting.toSorted((a, b) => open(a) - open(b));
      expect(route, url).to.not.equal(undefined);
      const status = String(response.statusCode);
      seen.add(`${method} ${route!.url} ${status}`);
      const operation = paths[templated(route!.url)]![method.toLowerCase()]!;
      expect(Object.keys(operation.responses), `${method} ${url} ${response.payload.slice(0, 200)}`).to.include(status);
      const { etag } = response.headers;
      if (method === "GET" && status === "200" && typeof etag === "string" && !("if-none-match" in headers))
        await ask(method, url, { ...headers, "if-none-match": `${etag}, *` });
      return response;
    };
    const { ocid } = plain.payload.entry;
    const again = posted(running.services.separator, running.services.register().seen, {
      commandId: plain.payload.entry.commandId,
    });
    seen.add("GET /api/v1/proofs/consistency 404"); // proofs.test.ts: before the first checkpoint
    const { seen: _, digest: __, expires: ___, ...unsigned } = plain.payload.entry;
    await ask("POST", "/api/v1/checks", json, { entry: unsigned });
    await ask("POST", "/api/v1/submissions?wait=9000", json, plain.payload);
    const { payload, id } = posted(running.services.separator, running.services.register().seen, {
      terms: contractTerms(250_000_000_00n),
    });
    await ask("POST", "/api/v1/submissions?wait=9000", json, payload);
    await ask("POST", "/api/v1/submissions", json, again.payload);
    await ask("POST", "/api/v1/submissions", { ...json, "if-match": `"${seedId("x")}"` }, plain.payload);
    await ask("POST", "/api/v1/submissions", json, { ...plain.payload, body: { other: 1 } });
    const approval = {
      approval: { ...payload.entry, holder: payload.entry.maker, exceptions: 0 },
      signature: payload.signature,
    };
    const wrong = {
      approval: {
        holder: approval.approval.holder,
        capacity: 3,
        exceptions: 0,
        seen: payload.entry.seen,
        expires: payload.entry.expires,
      },
      signature: payload.signature,
    };
    await ask("POST", `/api/v1/submissions/${id}/approve?wait=9000`, json, wrong);
    await ask("POST", `/api/v1/submissions/${seedId("none")}/approve`, json, wrong);
    await ask("POST", `/api/v1/submissions/${plain.id}/approve`, json, wrong);
    const right = approve(running.services.separator, fromHex(id), payload.entry.seen, "H-PRS-PA-PU");
    await ask("POST", `/api/v1/submissions/${id}/approve?wait=0`, json, right);
    const cancel = { target: plain.id, holder: payload.entry.maker, expires: payload.entry.expires };
    await ask("POST", "/api/v1/cancels?wait=9000", json, { cancel, signature: payload.signature });
    await ask("POST", "/api/v1/cancels?wait=9000", json, {
      cancel: { ...cancel, target: seedId("x") },
      signature: payload.signature,
    });
    const own = { ...cancel, target: seedId("y") };
    const digest = signedDigest(running.services.separator, cancelHash(own));
    const signature = toHex(sign(digest, secretOf("H-PRS-PPK-PU")));
    await ask("POST", "/api/v1/cancels?wait=0", json, { cancel: own, signature });
    for (const url of [plain.id, seedId("none")]) await ask("GET", `/api/v1/submissions/${url}`);
    for (const url of [`${ocid}`, "none", `${ocid}/history`, "none/history"]) {
      await ask("GET", `/api/v1/processes/${url}`);
      await ask("GET", `/api/v1/records/${url}`);
    }
    for (const url of [`${ocid}/${ocid}-1`, "none/none-1"]) await ask("GET", `/api/v1/releases/${url}`);
    for (const list of ["releases", "records", "ocids"])
      for (const query of ["", "?cursor=x", "?limit=0"]) await ask("GET", `/api/v1/${list}${query}`);
    for (const list of ["entries", "checkpoints"])
      for (const query of ["", "?limit=0"]) await ask("GET", `/api/v1/${list}${query}`);
    for (const query of ["index=0", "", `leaf=${seedId("none")}`, "index=0&size=9999"])
      await ask("GET", `/api/v1/proofs/inclusion?${query}`);
    for (const query of ["first=1", "", "first=9999"]) await ask("GET", `/api/v1/proofs/consistency?${query}`);
    await running.services.checkpoint([]);
    const { size } = running.services.register().log;
    for (const at of [size, 0, "x"]) await ask("GET", `/api/v1/proofs/checkpoint/${at}`);
    for (const agency of ["ID-PRS-DPUPR", "none", "x".repeat(300)]) {
      await ask("POST", `/api/v1/certificates/agencies/${agency}`);
      await ask("GET", `/api/v1/certificates/agencies/${agency}`);
      await ask("GET", `/api/v1/certificates/agencies/${agency}/entries`);
    }
    for (const file of ["extension.json", "none.json"]) await ask("GET", `/api/v1/extensions/prasasti/${file}`);
    for (const query of ["", "?lang=x"]) await ask("GET", `/api/v1/publication-policy${query}`);
    for (const query of ["", "?at=2999-01-01", "?role=x", "/holders", "/holders?cursor=x"])
      await ask("GET", `/api/v1/authority${query}`);
    const officer = [plain.payload.entry.maker, plain.payload.entry.agency, Role.officer, idOf(POST_PU_1)] as const;
    for (const office of [officeKey(...officer), seedId("none")])
      await ask("GET", `/api/v1/authority/offices/${office}`);
    for (const one of ["holders", "last"])
      for (const subject of [plain.payload.entry.maker, seedId("none"), "x"])
        await ask("GET", `/api/v1/authority/${one}/${subject}`);
    for (const url of [
      "/api/v1/authority/agencies",
      "/api/v1/ledger",
      "/health/live",
      "/health/ready",
      "/api/v1/openapi.json",
    ])
      await ask("GET", url);
    for (const moment of ["2020-01-01", "2999-01-01", "x"]) {
      await ask("GET", `/api/v1/records/${ocid}?asOf=${moment}`);
      await ask("GET", `/api/v1/records/${ocid}/history?asKnown=${moment}`);
    }
    await ask("GET", `/api/v1/records/${ocid}/history`);
    for (const query of ["", "?after=x"]) await ask("GET", `/api/v1/events${query}`);
    await ask("GET", "/api/v1/signing-page");
    await ask("GET", "/metrics");
    seen.add("GET /metrics 401"); // metrics.test.ts, where a token is set
    for (const code of ["key-reused", "none"]) await ask("GET", `/problems/${code}`);
    const stored = await ask("POST", "/api/v1/documents", { ...authorization, "content-type": "text/plain" }, "x");
    await ask("POST", "/api/v1/documents", { ...authorization, "content-type": "text/plain" }, "x");
    await ask("POST", "/api/v1/documents", { "content-type": "text/plain" }, "x");
    await ask("POST", "/api/v1/documents", { authorization: `Bearer ${OPERATOR}`, "content-type": "text/plain" }, "x");
    const { sha256 } = stored.json();
    await ask("GET", `/api/v1/documents/${sha256}`);
    await ask("GET", `/api/v1/documents/${sha256}`, { "if-none-match": `"${sha256}"` });
    for (const name of ["0".repeat(64), "x"]) await ask("GET", `/api/v1/documents/${name}`);
    await askOfSealed(ask);
    await askOfKeys(ask);
    await askOfAccounts(ask);
    await askOfOthers(ask);
    await ask("POST", "/api/v1/sessions/challenges");
    await ask("POST", "/api/v1/sessions", json, {
      signIn: { origin: "x", holder: seedId("h"), nonce: seedId("n"), issued: 0, expires: 0 },
      signature: payload.signature,
    });
    seen.add("POST /api/v1/sessions 201"); // by signedIn
    await ask("GET", "/api/v1/sessions/current", authorization);
    await ask("GET", "/api/v1/sessions/current");
    await ask("DELETE", "/api/v1/sessions/current", authorization);
    await ask("DELETE", "/api/v1/sessions/current");
    await ask("POST", "/api/v1/acts", json, {
      act: {
        ...{ code: 1, maker: seedId("m"), holder: seedId("h"), agency: seedId("a"), role: 0, post: seedId("p") },
        ...{ key: seedId("k"), custody: 0, from: 0, until: 0, digest: seedId("d"), previous: seedId("v"), expires: 0 },
      },
      signatures: [{ holder: seedId("m"), role: 9, agency: seedId("a"), signature: payload.signature }],
      body: "{}",
    });
    seen.add("POST /api/v1/acts 201"); // every act of the sandbox's beginning
    await askOfWork(ask as never);
    await askOfConnectors(ask as never);
    await askOfContracts(ask as never);
    // payment-requests.test.ts, by bodies of many megabytes
    for (const route of ["hand-over", "acknowledgements"]) seen.add(`POST /api/v1/payment-requests/${route} 413`);
    await askOfProposals(ask as never);
    await askOfPayments(ask as never);
    await askOfReconciliation(ask as never);
    await askOfRegistry(ask as never);
    for (const query of ["contracts", "contracts?from=x", "nothing"]) await ask("GET", `/api/v1/exports/${query}`);
    await ask("GET", "/api/v1/exports");
    // test/integrations/connect/jobs.test.ts: while it runs
    seen.add("POST /api/v1/connectors/:job/contract 409");
    // a closed account, a machine without the scope: accounts.test.ts
    for (const { method, url, permission } of routes())
      if (permission !== undefined && !["public", "signature"].includes(PERMISSIONS[permission].who as string))
        seen.add(`${method} ${url} 403`);
    for (const { method, url, schema, permission } of routes().filter(({ schema: { body } }) => body !== undefined)) {
      const address = url
        .replace(":issuer", "siasn")
        .replace(":id", url.includes("requests") ? "1" : seedId("q"))
        .replace(":ocid", "none");
      const own = permission !== undefined && PERMISSIONS[permission].who === "account";
      const fresh = { authorization: `Bearer ${own ? (await person(running)).token : await signedIn(running)}` };
      if (schema.consumes === undefined) await ask(method as "POST", address, { ...json, ...fresh }, "{");
      await ask(method as "POST", address, { ...fresh, "content-type": "text/weird" }, "x");
      if (schema.consumes === undefined)
        await ask(method as "POST", address, { ...json, ...fresh }, "x".repeat(300_000));
    }
    // test/identity: closed accounts, cookies, codes that are wrong, a machine without the scope
    for (const one of [
      ...["POST /api/v1/sessions 401", "POST /api/v1/sessions/passkey 401", "POST /api/v1/sessions/password 422"],
      ...["POST /api/v1/sessions/second-factor 422", "DELETE /api/v1/sessions/current 403"],
    ])
      seen.add(one);
    // test/identity/sign-in.test.ts, sync.test.ts: other issuers and a directory that answer
    for (const one of [
      ...["303", "401", "403", "409", "422"].map((status) => `GET /sign-in/:issuer/callback ${status}`),
      ...["GET /sign-in/:issuer 422", "POST /sign-in/:issuer/backchannel-logout 204"],
      ...["204", "409"].map((status) => `POST /api/v1/identity/directories/:directory/links ${status}`),
      "POST /api/v1/identity/directories/:directory/syncs 409",
      "POST /api/v1/identity/moves/:account/confirm 204",
    ])
      seen.add(one);
    seen.add("POST /api/v1/submissions 410"); // sealed.test.ts: what was erased is brought once more
    seen.add("POST /api/v1/registry/files 413"); // test/integrations/registry/gateway.test.ts
    seen.add("POST /api/v1/documents 413"); // documents.test.ts, with a smaller limit
    // kept-keys.test.ts: keys in force, revoked, of somebody new
    for (const each of ["GET /api/v1/keys 409", "POST /api/v1/keys 422", "DELETE /api/v1/keys/:address 409"])
      seen.add(each);
    for (const url of ["/signatures", "/signatures/preview"]) seen.add(`POST /api/v1/keys/:address${url} 409`);
    for (const status of ["201", "202"]) seen.add(`POST /api/v1/cancels ${status}`); // bad-input.test.ts
    // sealed.test.ts: what was erased is brought once more
    for (const route of ["POST /api/v1/drafts", "PUT /api/v1/drafts/:id", "POST /api/v1/drafts/:id/signature"])
      seen.add(`${route} 410`);
    // approvals.test.ts: a draft that needs no second signature, and one that is changed as it is signed
    for (const status of ["201", "412"]) seen.add(`POST /api/v1/drafts/:id/signature ${status}`);
    await askOfWaves(ask);
    const long = "x".repeat(400);
    for (const { url } of routes().filter((one) => one.method === "GET" && one.url.includes(":")))
      for (const headers of [{} as Record<string, string>, { authorization: `Bearer ${await signedIn(running)}` }])
        await ask("GET", url.replaceAll(/:[a-z0-9]+/gi, long), headers);

    // not staged: the limit (limits.test.ts), our own faults, a gateway that is still starting
    const elsewhere = new Set(["429", "500", "503"]);
    const missing = operations().flatMap(([{ method, url }, { responses }]) =>
      Object.keys(responses)
        .filter((status) => !elsewhere.has(status) && !seen.has(`${method} ${url} ${status}`))
        .map((status) => `${method} ${url} ${status}`),
    );
    expect(missing).to.deep.equal([]);
  });
});
