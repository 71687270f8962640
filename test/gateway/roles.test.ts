import { readFileSync } from "node:fs";
import { expect } from "chai";
import Fastify from "fastify";
import { rolesPage } from "../../scripts/roles-page.ts";
import { ActCode } from "../../server/domain/entries/act.ts";
import { entryHash, idOf, termsFromText } from "../../server/domain/entries/entry.ts";
import { Custody, Kind, Role, type RoleName } from "../../server/domain/entries/kinds.ts";
import { type Hex, NO_ID, toHex } from "../../server/domain/entries/words.ts";
import type { AgencyView, OfficeView } from "../../server/domain/projection/project-block.ts";
import { allows, PERMISSIONS, type Permission } from "../../server/domain/roles.ts";
import { sealedForm } from "../../server/domain/sealing/seal.ts";
import { guardRoutes } from "../../server/http/guard.ts";
import type { RouteSeen } from "../../server/http/openapi.ts";
import { anAct, keyWord } from "../../server/ledger/acts.ts";
import { seedId } from "../../server/sandbox/bootstrap.ts";
import { POST_DIK, POST_KES, POST_PJN, POST_PU_1 } from "../../server/sandbox/people.ts";
import type { LyingIssuer } from "../identity/issuers.ts";
import { NOBODY, someOthers, tourOfOthers } from "../identity/others.ts";
import { tour } from "../identity/tour.ts";
import { invited } from "../identity/world.ts";
import { CONNECTOR_ROUTES, connectorUrl } from "./connectors-world.ts";
import { PAYMENT_ROUTES } from "./payments-world.ts";
import { PROPOSAL_ROUTES, proposalUrl } from "./proposals-world.ts";
import { RECONCILIATION_ROUTES, reconciliationUrl, unsigned } from "./reconciliation-world.ts";
import { REGISTRY_ROUTES } from "./registry-world.ts";
import { REQUEST_ROUTES, requestAsked } from "./requests-world.ts";
import { contractTerms, now, OPERATOR, posted, type Running, signedIn, startGateway } from "./world.ts";

// Every role at every route, at its own agency and at another's, against the one table (domain/roles.ts).

/** Each role with somebody who has that office and no other, an agency that it covers, and one that it does not. */
const PEOPLE: Record<RoleName, { key: string; holder: string; own: PlaceName; other: PlaceName }> = {
  procurement: { key: "pp-pu", holder: "H-PRS-PP-PU", own: "pu", other: "kes" },
  officer: { key: "ppk-pu", holder: "H-PRS-PPK-PU", own: "pu", other: "kes" },
  approver: { key: "pa-pu", holder: "H-PRS-PA-PU", own: "pu", other: "kes" },
  treasurer: { key: "bend-dik", holder: "H-PRS-BEND-DIK", own: "dik", other: "kes" },
  supplier: { key: "direktur-2", holder: "H-PRS-DIR-2", own: "pu", other: "kes" },
  auditor: { key: "bpk", holder: "H-PRS-BPK", own: "pu", other: "pjn" },
  overseer: { key: "inspektur", holder: "H-PRS-INSPEKTUR", own: "pu", other: "pjn" },
  head: { key: "sekda", holder: "H-PRS-SEKDA", own: "pu", other: "pjn" },
  registrar: { key: "pendaftar", holder: "H-PRS-PENDAFTAR", own: "pu", other: "pjn" },
};

const PLACES = {
  pu: {
    agency: "ID-PRS-DPUPR",
    stem: "ocds-213czf-dpupr",
    officer: "H-PRS-PPK-PU",
    key: "ppk-pu",
    post: POST_PU_1,
    party: "ID-PRS-S-0002",
  },
  kes: {
    agency: "ID-PRS-DINKES",
    stem: "ocds-213czf-dinkes",
    officer: "H-PRS-PPK-KES",
    key: "ppk-kes",
    post: POST_KES,
    party: "ID-PRS-S-0003",
  },
  dik: {
    agency: "ID-PRS-DISDIK",
    stem: "ocds-213czf-disdik",
    officer: "H-PRS-PPK-DIK",
    key: "ppk-dik",
    post: POST_DIK,
    party: "ID-PRS-S-0003",
  },
  pjn: {
    agency: "ID-PRS-PJN",
    stem: "ocds-213czf-pjn",
    officer: "H-PRS-PPK-PJN",
    key: "ppk-pjn",
    post: POST_PJN,
    party: "ID-PRS-S-0003",
  },
} as const;
type PlaceName = keyof typeof PLACES;
/** `instead`: a token of the same person, of a session that the request ends. */
type Request = { url: string; payload?: object | string; headers?: Record<string, string>; instead?: string };

const SALT = `0x${"12".repeat(16)}` as const;

describe("roles", function () {
  this.timeout(120_000);
  let running: Running;
  let issuer: LyingIssuer;
  const tokens = new Map<string, string>();
  const recorded = {} as Record<PlaceName, string>;
  let tree: (id: Hex) => AgencyView | undefined;

  before(async () => {
    const others = await someOthers();
    issuer = others.issuer;
    running = await startGateway(undefined, { foreign: others.foreign });
    const people = [
      ...Object.values(PEOPLE),
      ...Object.values(PLACES).map(({ key, officer }) => ({ key, holder: officer })),
    ];
    for (const { key, holder } of people) if (!tokens.has(key)) tokens.set(key, await signedIn(running, key, holder));
    for (const name of Object.keys(PLACES) as PlaceName[]) recorded[name] = (await submit(name, 100_000_000_00n)).ocid;
    const agencies = new Map<Hex, AgencyView>();
    for await (const { value } of running.services.projection.range<AgencyView>("agency/"))
      agencies.set(value.id, value);
    tree = (id) => agencies.get(id);
  });
  after(async () => {
    await running.remove();
    await issuer.stop();
  });

  const bearer = (key: string) => ({ authorization: `Bearer ${tokens.get(key)}` });

  /** A contract of a place's officer: recorded below the threshold, waiting for an approver above it. */
  async function submit(name: PlaceName, value: bigint): Promise<{ id: Hex; ocid: string }> {
    const { agency, stem, officer, post, party } = PLACES[name];
    const terms = { ...contractTerms(value), officer: idOf(post), party: idOf(party) };
    const ocid = `${stem}-r${Math.random().toString(36).slice(2)}`;
    const { seen } = running.services.register();
    // something sealed of the supplier's, so that there is something to read and to ask about
    const account = { path: ["contracts", "K-1", "bankAccount"], salt: SALT, value: "0012345678", subject: party };
    const body = { contracts: [{ id: "K-1", bankAccount: sealedForm(ocid, account) }] };
    const { payload } = posted(running.services.separator, seen, {
      body,
      by: officer,
      agency: idOf(agency),
      ocid,
      terms,
    });
    const { entry, ...rest } = payload;
    const url = "/api/v1/submissions?wait=9000";
    const answer = await running.app.inject({
      method: "POST",
      url,
      payload: { ...rest, entry, stemLength: stem.length, disclosures: [account] },
    });
    expect(answer.statusCode, answer.payload).to.be.lessThan(300);
    return { id: toHex(entryHash({ ...entry, terms: termsFromText(entry.terms) })), ocid };
  }
  const waiting = async (name: PlaceName) => (await submit(name, 250_000_000_00n)).id;

  const note = (name: PlaceName) => ({
    entry: {
      ...{ kind: Kind.note, ocid: recorded[name], contractId: "K-1", awardId: "", terms: {} },
      agency: idOf(PLACES[name].agency),
    },
  });
  async function draft(name: PlaceName): Promise<string> {
    const { key } = PLACES[name];
    const answer = await running.app.inject({
      ...{ method: "POST", url: "/api/v1/drafts", headers: bearer(key), payload: note(name) },
    });
    expect(answer.statusCode, answer.payload).to.equal(201);
    return answer.json().id;
  }
  /** Something filed that waits for a decision. */
  async function request(): Promise<number> {
    const payload = { subject: "ID-PRS-S-0002", kind: "access", reason: "surat permohonan" };
    const url = "/api/v1/subject-requests";
    return (await running.app.inject({ method: "POST", url, headers: bearer("pendaftar"), payload })).json().id;
  }

  /** A key that the gateway keeps for somebody, with what it may sign before it is enrolled. */
  async function keptKey(holder: string) {
    const { key } = [...Object.values(PEOPLE)].find((each) => each.holder === holder)!;
    const made = await running.app.inject({
      ...{ method: "POST", url: "/api/v1/keys", headers: bearer(key), payload: {} },
    });
    expect(made.statusCode, made.payload).to.equal(201);
    const { address } = made.json();
    const id = idOf(holder);
    const enrolment = { code: ActCode.addKey, holder: id, key: keyWord(address), custody: Custody.gateway };
    const act = anAct({ ...enrolment, maker: id, expires: now() + 600 }, "{}");
    return { url: `/api/v1/keys/${address}`, content: { type: "act", act, body: "{}" } };
  }
  const kept = new Map<string, ReturnType<typeof keptKey>>();
  function oneKey(holder: string) {
    if (!kept.has(holder)) kept.set(holder, keptKey(holder));
    return kept.get(holder)!;
  }
  async function client(): Promise<string> {
    const payload = { kind: "machine", name: "mesin uji", scopes: ["requests.read"] };
    const headers = { authorization: `Bearer ${OPERATOR}` };
    return (await running.app.inject({ method: "POST", url: "/api/v1/clients", headers, payload })).json().client.id;
  }
  const period = () => ({ until: now() + 86_400, letter: seedId("letter") });
  const reason = "uji peran";

  /** How each route that somebody must be let into is asked, about something of that place. */
  const asked: Record<string, (name: PlaceName, holder: string) => Request | Promise<Request>> = {
    "GET /api/v1/sessions/current": () => ({ url: "/api/v1/sessions/current" }),
    "POST /api/v1/records/:ocid/disclosures": (name) => ({
      url: `/api/v1/records/${recorded[name]}/disclosures`,
      payload: { purpose: "pemeriksaan uji" },
    }),
    "GET /api/v1/access-log": () => ({ url: "/api/v1/access-log" }),
    "GET /api/v1/subject-requests": () => ({ url: "/api/v1/subject-requests" }),
    "POST /api/v1/subject-requests": () => ({
      url: "/api/v1/subject-requests",
      payload: { subject: "ID-PRS-S-0002", kind: "access", reason: "surat permohonan" },
    }),
    "POST /api/v1/subject-requests/:id/decision": async () => ({
      url: `/api/v1/subject-requests/${await request()}/decision`,
      payload: { decision: "refuse", reason: "sudah dijawab" },
    }),
    "POST /api/v1/documents": () => ({
      ...{ url: "/api/v1/documents", payload: "isi", headers: { "content-type": "text/plain" } },
    }),
    "POST /api/v1/sign-in/sign-out": async (_, holder) => {
      const { key } = Object.values(PEOPLE).find((each) => each.holder === holder)!;
      // of a session of its own: the others go on
      const token = await signedIn(running, key, holder);
      return { url: "/api/v1/sign-in/sign-out", instead: token };
    },
    "GET /api/v1/keys": () => ({ url: "/api/v1/keys" }),
    "POST /api/v1/keys": () => ({ url: "/api/v1/keys", payload: {} }),
    "DELETE /api/v1/keys/:address": async (_, holder) => ({ url: (await keptKey(holder)).url }),
    "POST /api/v1/keys/:address/signatures/preview": async (_, holder) => {
      const { url, content } = await oneKey(holder);
      return { url: `${url}/signatures/preview`, payload: content };
    },
    // another body than the act names: who gets so far may sign with it
    "POST /api/v1/keys/:address/signatures": async (_, holder) => {
      const { url, content } = await oneKey(holder);
      return { url: `${url}/signatures`, payload: { ...content, body: "[]" } };
    },
    "POST /api/v1/accounts/invitations": () => ({
      ...{ url: "/api/v1/accounts/invitations", payload: { displayName: "Sri", reason } },
    }),
    "GET /api/v1/accounts": () => ({ url: "/api/v1/accounts" }),
    "GET /api/v1/accounts/:id/person": async () => ({
      url: `/api/v1/accounts/${(await invited(running)).account}/person`,
    }),
    "POST /api/v1/accounts/:id/state": async () => ({
      url: `/api/v1/accounts/${(await invited(running)).account}/state`,
      payload: { state: "locked", reason },
    }),
    "POST /api/v1/accounts/:id/mandates": async () => ({
      url: `/api/v1/accounts/${(await invited(running)).account}/mandates`,
      payload: { entity: "ID-PRS-S-0001", nib: "8120012345678", ...period() },
    }),
    "POST /api/v1/accounts/:id/reading": async (name) => ({
      url: `/api/v1/accounts/${(await invited(running)).account}/reading`,
      payload: { agency: PLACES[name].agency, ...period() },
    }),
    "GET /api/v1/clients": () => ({ url: "/api/v1/clients" }),
    "POST /api/v1/clients": () => ({
      url: "/api/v1/clients",
      payload: { kind: "machine", name: "mesin", scopes: ["requests.read"] },
    }),
    "POST /api/v1/clients/:id/proofs": async () => ({ url: `/api/v1/clients/${await client()}/proofs`, payload: {} }),
    "DELETE /api/v1/clients/:id": async () => ({ url: `/api/v1/clients/${await client()}` }),
    "POST /api/v1/signing-keys": () => ({ url: "/api/v1/signing-keys" }),
    "GET /api/v1/identity/directories": () => ({ url: "/api/v1/identity/directories" }),
    "POST /api/v1/identity/directories/:directory/syncs": () => ({
      ...{ url: "/api/v1/identity/directories/ad/syncs", payload: { dryRun: true } },
    }),
    "GET /api/v1/identity/syncs": () => ({ url: "/api/v1/identity/syncs" }),
    "GET /api/v1/identity/moves": () => ({ url: "/api/v1/identity/moves" }),
    "POST /api/v1/identity/moves/:account/confirm": () => ({ url: `/api/v1/identity/moves/${NOBODY}/confirm` }),
    "POST /api/v1/identity/directories/:directory/links": () => ({
      url: "/api/v1/identity/directories/ad/links",
      payload: { account: NOBODY, login: "siti" },
    }),
    // of what the asker did himself
    "GET /api/v1/access-log/proof": async (_, holder) => {
      await running.services.anchor();
      const { key } = Object.values(PEOPLE).find((each) => each.holder === holder)!;
      const url = "/api/v1/access-log";
      const { rows } = (await running.app.inject({ url: `${url}?limit=500`, headers: bearer(key) })).json();
      const own = rows.find(({ by }: { by?: { holder: string } }) => by?.holder === idOf(holder));
      return { url: `${url}/proof?row=${own.sequence}` };
    },
    "GET /api/v1/me/can": () => ({ url: "/api/v1/me/can?act=use&permission=tasks.read" }),
    "POST /api/v1/me/can": () => ({ url: "/api/v1/me/can", payload: { act: "use", permission: "tasks.read" } }),
    "GET /api/v1/tasks": () => ({ url: "/api/v1/tasks" }),
    "GET /api/v1/submissions/:id/review": async (name) => ({
      url: `/api/v1/submissions/${await waiting(name)}/review`,
    }),
    "POST /api/v1/submissions/:id/refuse": async (name) => ({
      ...{ url: `/api/v1/submissions/${await waiting(name)}/refuse`, payload: { reason: "belum lengkap" } },
    }),
    "POST /api/v1/submissions/:id/ask": async (name) => ({
      ...{ url: `/api/v1/submissions/${await waiting(name)}/ask`, payload: { text: "mengapa begitu?" } },
    }),
    "POST /api/v1/submissions/:id/answer": async (name) => ({
      ...{ url: `/api/v1/submissions/${await waiting(name)}/answer`, payload: { text: "karena begitu" } },
    }),
    "POST /api/v1/drafts": (name) => ({ url: "/api/v1/drafts", payload: note(name) }),
    "GET /api/v1/drafts": () => ({ url: "/api/v1/drafts" }),
    "GET /api/v1/drafts/:id": async (name) => ({ url: `/api/v1/drafts/${await draft(name)}` }),
    "PUT /api/v1/drafts/:id": async (name) => ({
      ...{ url: `/api/v1/drafts/${await draft(name)}`, payload: { ...note(name), version: 1 } },
    }),
    "DELETE /api/v1/drafts/:id": async (name) => ({ url: `/api/v1/drafts/${await draft(name)}?version=1` }),
    "POST /api/v1/drafts/:id/handing": async (name) => ({
      ...{ url: `/api/v1/drafts/${await draft(name)}/handing`, payload: { version: 1 } },
    }),
    // by himself, and not what the draft says: who gets so far may sign it
    "POST /api/v1/drafts/:id/signature": async (name, by) => {
      const { payload } = posted(running.services.separator, seedId("s"), { ocid: recorded[name], by });
      const { body: _, ...rest } = payload as typeof payload & { body?: unknown };
      return { url: `/api/v1/drafts/${await draft(name)}/signature`, payload: rest };
    },
  };
  for (const { route, payload } of CONNECTOR_ROUTES)
    asked[route] = () => ({ url: connectorUrl(route), ...(payload === undefined ? {} : { payload }) });
  for (const route of REQUEST_ROUTES) asked[route] = (name) => requestAsked(route, PLACES[name].agency, recorded[name]);
  for (const { route, url = route.split(" ")[1]!, ...more } of REGISTRY_ROUTES) asked[route] = () => ({ url, ...more });
  for (const { route, payload } of PROPOSAL_ROUTES)
    asked[route] = () => ({ url: proposalUrl(route), ...(payload === undefined ? {} : { payload: payload([]) }) });
  const NONE = "0".repeat(32);
  for (const { route, payload } of PAYMENT_ROUTES)
    asked[route] = () => {
      const url = route.split(" ")[1]!.replace(":id", NONE);
      const body = payload?.({ ocid: "x", proposal: NONE });
      return { url: url.endsWith("/contracts") ? `${url}?text=jalan` : url, ...(body && { payload: body }) };
    };
  asked["GET /api/v1/manual-entries"] = () => ({ url: "/api/v1/manual-entries" });
  const CLOSES = "PUT /api/v1/reconciliation/:agency/:month/closing";
  for (const { route, payload } of RECONCILIATION_ROUTES)
    asked[route] = (name) => {
      const { agency } = PLACES[name];
      const body = route === CLOSES ? unsigned(agency) : payload;
      return { url: reconciliationUrl(route, agency), ...(body === undefined ? {} : { payload: body }) };
    };
  /** What the sample lacks, so that who is let in is told so. */
  const ELSE: Record<string, RegExp> = {
    "POST /api/v1/drafts/:id/signature": /^422 /,
    "POST /api/v1/keys/:address/signatures": /^422 .*kept-key-content/,
    // the directory does not answer, and nobody moved
    "POST /api/v1/identity/directories/:directory/links": /^503 .*directory-unavailable/,
    "POST /api/v1/identity/moves/:account/confirm": /^404 .*unknown-move/,
  };
  // no integrations run here
  const off = [
    ...CONNECTOR_ROUTES,
    ...REGISTRY_ROUTES,
    ...PROPOSAL_ROUTES,
    ...PAYMENT_ROUTES,
    ...RECONCILIATION_ROUTES,
  ];
  const names = [...off.map((each) => each.route), ...REQUEST_ROUTES, "GET /api/v1/manual-entries"];
  for (const route of names) ELSE[route] = /^503 .*integrations-off/;
  ELSE[CLOSES] = /^422 .*closing-signature/;
  /** Whatever is listed there is what the asker may see: the list itself is for whoever is signed in. */
  const LISTS = new Set(["GET /api/v1/drafts", "GET /api/v1/access-log", "GET /api/v1/access-log/proof"]);
  /** What is asked of no place in particular. */
  const PLACELESS = new Set([
    "access-log.read",
    "requests.list",
    "requests.file",
    "requests.decide",
    "connectors.read",
    "connectors.operate",
    "suppliers.read",
    "suppliers.propose",
    "suppliers.load",
    "suppliers.link",
    // of which agencies somebody sees them is asked in proposals.test.ts
    "proposals.read",
    "proposals.take",
    // test/integrations/payments/treasurer.test.ts
    "payments.read",
    "payments.decide",
  ]);

  type Verdict = "in" | "sign in first" | "no";
  async function verdict(
    route: string,
    { url, payload, headers = {}, instead }: Request,
    key: string | undefined,
  ): Promise<[Verdict, string]> {
    const method = route.split(" ")[0] as "GET";
    const own = instead === undefined ? bearer(key ?? "") : { authorization: `Bearer ${instead}` };
    const given = { ...headers, ...(key === undefined ? {} : own) };
    const { statusCode, payload: text } = await running.app.inject({
      ...{ method, url, headers: given },
      ...(payload === undefined ? {} : { payload }),
    });
    const told: Verdict =
      statusCode === 401
        ? "sign in first"
        : statusCode === 403 || (statusCode === 404 && HIDDEN.test(url))
          ? "no"
          : "in";
    return [told, `${statusCode} ${text.slice(0, 300)}`];
  }
  const HIDDEN = /\/(drafts\/|submissions\/0x[0-9a-f]+\/review)/;

  const routeOf = ({ method, url }: RouteSeen) => `${method} ${url}`;
  const whoIn = ({ permission }: RouteSeen) => PERMISSIONS[permission!].who;
  const known = () =>
    running.app.routesSeen.filter(({ method, permission }) => method !== "HEAD" && permission !== undefined);
  /** Of what is one's own account's; what it takes is asked by the whole tour, whom it does not let in here. */
  const own = () => known().filter((route) => whoIn(route) === "account");
  const guarded = () =>
    known().filter((route) => !["public", "signature", "operator", "account"].includes(whoIn(route) as string));

  it("know every route that is there, and each names a permission of the table", () => {
    const nameless = running.app.routesSeen.filter(({ permission }) => permission === undefined);
    expect(new Set(nameless.map(({ url }) => url.replace(/^\/docs.*/, "/docs")))).to.deep.equal(
      new Set(["/docs", "*"]),
    );
    expect(new Set(guarded().map(routeOf))).to.deep.equal(new Set(Object.keys(asked)));
    expect(own().length).to.be.greaterThan(15);
    const used = new Set(running.app.routesSeen.map(({ permission }) => permission));
    expect(
      Object.keys(PERMISSIONS).filter((name) => !used.has(name as never)),
      "permissions of no route",
    ).to.deep.equal([]);
  });

  it("a route that names none does not come into being", async () => {
    const app = Fastify();
    guardRoutes(app as never, { whoIs: () => Promise.reject(new Error("nobody")), seconds: now });
    expect(() => app.get("/forgotten", async () => "x")).to.throw("names no permission");
    await app.close();
  });

  it("everybody is let into what is public or comes with a signature of its own, signed in or not", async () => {
    const open = known().filter(
      (route) => whoIn(route) !== "account" && !guarded().some((each) => each.permission === route.permission),
    );
    expect(open.length).to.be.greaterThan(30);
    const fill: Record<string, string> = {
      ":ocid": recorded.pu,
      ":sha256": "ab".repeat(32),
      ":agency": "ID-PRS-DPUPR",
      ":file": "extension.json",
      ":size": "1",
      ":code": "key-reused",
    };
    for (const { method, url } of open) {
      // a stream stays open
      if (url === "/api/v1/events" || (method === "DELETE" && url === "/api/v1/sessions/current")) continue;
      const address = url.replace(
        /:\w+/g,
        (name) => fill[name] ?? (url.includes("releases") ? `${recorded.pu}-1` : seedId("x")),
      );
      for (const key of [undefined, "ppk-pu"]) {
        const [told, answer] = await verdict(
          `${method} ${url}`,
          { url: address, ...(method === "POST" ? { payload: {} } : {}) },
          key,
        );
        expect(told, `${method} ${address}: ${answer}`).to.equal("in");
      }
    }
  });

  it("nobody without a session is let into the others", async () => {
    for (const { method, url } of guarded()) {
      const route = `${method} ${url}`;
      const [told, answer] = await verdict(route, await asked[route]!("pu", "H-PRS-PPK-PU"), undefined);
      expect(told, `${route}: ${answer}`).to.equal("sign in first");
    }
    for (const route of own()) {
      const [told, answer] = await verdict(routeOf(route), { url: filled(route.url), payload: {} }, undefined);
      expect(told, `${routeOf(route)}: ${answer}`).to.equal("sign in first");
    }
  });

  const filled = (url: string) => url.replace(":issuer", "siasn").replaceAll(/:\w+/g, "x");

  it("who has no account is let into nothing that is one's own account's, whatever his offices", async () => {
    for (const { key } of Object.values(PEOPLE))
      for (const route of own()) {
        const [told, answer] = await verdict(routeOf(route), { url: filled(route.url), payload: {} }, key);
        expect(told, `${routeOf(route)} as ${key}: ${answer}`).to.equal("no");
      }
  });

  it("who has one is let into all of that, with no office at all", async () => {
    const done = new Set<string>();
    const ask = async (method: string, route: string, url: string, body?: object, token?: string) => {
      const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
      const payload = body === undefined ? {} : { payload: body };
      const response = await running.app.inject({ method: method as "GET", url, headers, ...payload });
      if (response.statusCode < 300) done.add(`${method} ${route}`);
      return response.payload === "" ? undefined : response.json();
    };
    await tour(running, ask);
    await tourOfOthers(running, ask);
    expect([...done]).to.include.members(own().map(routeOf));
  });

  it("the operator is let into the keeping of accounts and connectors, and into nothing else that takes signing in", async () => {
    for (const route of guarded()) {
      const { scope }: Permission = PERMISSIONS[route.permission!];
      // what ends a session has none of his to end
      if (routeOf(route) === "POST /api/v1/sign-in/sign-out") continue;
      const request = await asked[routeOf(route)]!("pu", "H-PRS-PPK-PU");
      const [told, answer] = await verdict(routeOf(route), { ...request, instead: OPERATOR }, "operator");
      const may = scope === "any" || scope === "accounts.manage" || scope === "connectors.manage";
      expect(told, `${routeOf(route)}: ${answer}`).to.equal(may ? "in" : "no");
      if (may) expect(answer, routeOf(route)).to.match(ELSE[routeOf(route)] ?? /^20/);
    }
    for (const route of own()) {
      const request = { url: filled(route.url), payload: {}, instead: OPERATOR };
      const [told, answer] = await verdict(routeOf(route), request, "operator");
      expect(told, `${routeOf(route)}: ${answer}`).to.equal("no");
    }
  });

  for (const [role, { key, holder, own, other }] of Object.entries(PEOPLE))
    it(`${role}: each route lets in exactly whom the table does, at the own agency and at another`, async () => {
      const offices = (
        await Array.fromAsync(
          running.services.projection.range<OfficeView>(`office/${idOf(holder)}/`),
          ({ value }) => value,
        )
      ).map((office) => ({ ...office, inForce: true }));
      expect(new Set(offices.map((office) => office.role)), "one office alone").to.deep.equal(
        new Set([Role[role as RoleName]]),
      );
      for (const { method, url, permission } of guarded()) {
        const route = `${method} ${url}`;
        const { who }: Permission = PERMISSIONS[permission!];
        for (const name of [own, other]) {
          const { agency, party, officer } = PLACES[name];
          const place = PLACELESS.has(permission!) ? undefined : { agency: idOf(agency), entity: idOf(party) };
          // the rule set here asks for an approver: a supplier sends back only what waits for a supplier
          const asksApprover = ["submissions.refuse", "submissions.ask"].includes(permission!) && role === "supplier";
          const may = who === "maker" ? officer === holder : !asksApprover && allows(who, offices, place, tree);
          const [told, answer] = await verdict(route, await asked[route]!(name, holder), key);
          expect(told, `${route} at ${name}: ${answer}`).to.equal(may || LISTS.has(route) ? "in" : "no");
          if (told === "in") expect(answer, `${route} at ${name}`).to.match(ELSE[route] ?? /^20/);
        }
      }
    });

  it("stand in the reference, with every route; else write it again: npm run examples", () => {
    const page = readFileSync(new URL("../../docs/reference/roles.md", import.meta.url), "utf8");
    expect(page).to.equal(rolesPage(running.app.routesSeen));
  });

  it("what nobody named is nobody's: a permission that needs an office is not had without one", () => {
    for (const [name, { who }] of Object.entries(PERMISSIONS) as [string, Permission][])
      if (typeof who !== "string") expect(allows(who, []), name).to.equal(false);
    const past = {
      holder: NO_ID,
      agency: NO_ID,
      role: Role.registrar,
      post: NO_ID,
      from: 0,
      until: 1,
      subtree: false,
      leaf: NO_ID,
    };
    expect(allows(PERMISSIONS["requests.decide"].who, [{ ...past, inForce: false }])).to.equal(false);
    expect(allows(PERMISSIONS["requests.decide"].who, [{ ...past, inForce: true, suspended: true }])).to.equal(false);
  });
});
