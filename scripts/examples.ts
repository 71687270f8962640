// Records the examples of the API reference from a real sandbox, and lists its routes: `npm run examples`.
// Ids, times and signatures differ from run to run, so `npm run generate` does not compare them:
// test/gateway/openapi.test.ts holds each example against its schema, examples.slow.test.ts against a recording of today.

import { writeFile } from "node:fs/promises";
import { ActCode, officeKey } from "../server/domain/entries/act.ts";
import { cancelHash, idOf, signedDigest, signInHash, termsToText } from "../server/domain/entries/entry.ts";
import { Custody, Kind, Role, Tier } from "../server/domain/entries/kinds.ts";
import { fromHex, type Hex, NO_ID, toHex } from "../server/domain/entries/words.ts";
import type { ClosingDocument } from "../server/domain/reconciliation/closing.ts";
import { sealedForm } from "../server/domain/sealing/seal.ts";
import type { SubjectDisclosure } from "../server/domain/sealing/seal-fields.ts";
import { anAct, keyWord } from "../server/ledger/acts.ts";
import { sign } from "../server/ledger/signatures.ts";
import { seedId } from "../server/sandbox/bootstrap.ts";
import { POST_PU_1, sandboxSecret } from "../server/sandbox/people.ts";
import { askOf, seedSandbox } from "../server/sandbox/seed.ts";
import { CONNECTOR_ROUTES, ConnectorsHere, connectorUrl } from "../test/gateway/connectors-world.ts";
import { PAYMENT_ROUTES, PaymentsHere } from "../test/gateway/payments-world.ts";
import { PROPOSAL_ROUTES, ProposalsHere, proposalUrl } from "../test/gateway/proposals-world.ts";
import {
  RECONCILIATION_ROUTES,
  ReconciliationHere,
  reconciliationUrl,
  signClosing,
} from "../test/gateway/reconciliation-world.ts";
import { RegistryHere } from "../test/gateway/registry-world.ts";
import { certifiedContract, REQUEST_ROUTES, RequestsHere, requestAsked } from "../test/gateway/requests-world.ts";
import { WavesHere } from "../test/gateway/waves-world.ts";
import { approve, contractTerms, now, OPERATOR, posted, signedIn, startGateway } from "../test/gateway/world.ts";
import { NOBODY, someOthers, tourOfOthers } from "../test/identity/others.ts";
import { type Ask, tour } from "../test/identity/tour.ts";
import { apiPage } from "./api-page.ts";
import { rolesPage } from "./roles-page.ts";

type Example = { request?: unknown; response?: unknown };
const ROAD = "ocds-213czf-dpupr-jalan-2026-01";

/** One of each list, or of what stands by ids, is enough to show its shape; of a proof it is not. */
function shortened(value: unknown, depth = 0): unknown {
  if (Array.isArray(value) && value.every((item) => /^0x/.test(String(item)))) return value;
  if (Array.isArray(value)) return value.slice(0, 1).map((item) => shortened(item, depth + 1));
  if (typeof value !== "object" || value === null) return value;
  const named = Object.entries(value).filter(([name]) => name !== "versionedRelease");
  const entries = named.every(([name]) => /^0x/.test(name)) ? named.slice(0, 1) : named;
  return Object.fromEntries(entries.map(([name, item]) => [name, shortened(item, depth + 1)]));
}

/** A bank account that is sealed in the first example and opened in another. */
const account: SubjectDisclosure = {
  path: ["contracts", "K-1", "bankAccount", "number"],
  salt: "0x6f1c0a4be2d94e0f8a3a4e1c5b7d9f20",
  value: "0012345678901",
  subject: "ID-PRS-S-0001",
};
/** The examples by method and path, as a sandbox that was just seeded gives them. */
export async function recordExamples(): Promise<Record<string, Example>> {
  const examples: Record<string, Example> = {};
  const { foreign, issuer } = await someOthers();
  let connectors: ConnectorsHere | RequestsHere | ProposalsHere | PaymentsHere | ReconciliationHere | undefined;
  let registry: RegistryHere | undefined;
  let last: unknown;
  const running = await startGateway(undefined, {
    foreign,
    integrations: () => connectors?.integrations ?? registry?.integrations,
  });
  const taken: string[] = [];
  const { app, services } = running;

  async function ask(
    route: string,
    url: string,
    request?: object,
    headers: Record<string, string> = {},
  ): Promise<void> {
    const method = route.split(" ")[0] as "GET";
    const response = await app.inject({ method, url, headers, ...(request === undefined ? {} : { payload: request }) });
    if (response.statusCode >= 300) throw new Error(`${route}: ${response.statusCode} ${response.payload}`);
    const json = /^application\/json/.test(String(response.headers["content-type"]));
    last = json ? response.json() : {};
    examples[route] = {
      ...(request === undefined || Buffer.isBuffer(request) ? {} : { request }),
      ...(json ? { response: shortened(response.json()) } : {}),
    };
  }

  /** A job over a file in which one row is wrong, and columns that change. */
  async function askOfConnectors(): Promise<void> {
    const here = await ConnectorsHere.open(running);
    connectors = here;
    const operator = { authorization: `Bearer ${OPERATOR}` };
    await here.write("no;amount\n1;10\nbad;20\n");
    for (const { route, payload, letter } of CONNECTOR_ROUTES) {
      if (route === "GET /api/v1/connectors/:job/contract") {
        await here.write("nomor;amount\n1;10\n");
        await app.inject({
          ...{ method: "POST", url: "/api/v1/connectors/sp2d/runs", headers: operator },
          payload: {},
        });
        await here.ended();
      }
      const { letters } = (await app.inject({ url: "/api/v1/connectors/sp2d/dead-letters", headers: operator })).json();
      const body = letter ? { ...payload, letters: [letters[0].id] } : payload;
      await ask(route, connectorUrl(route), body, operator);
      await here.ended();
    }
    connectors = undefined;
    await here.close();
  }

  /** A contract on one page, a certificate worked out, and what is asked for its payment. */
  async function askOfContracts(officer: { authorization: string }): Promise<void> {
    const ocid = await certifiedContract(running);
    const route = "/api/v1/processes/:ocid/contracts/:contract";
    const contract = `/api/v1/processes/${ocid}/contracts/K-1`;
    await ask(`GET ${route}/card`, `${contract}/card`);
    await ask(`POST ${route}/certificate`, `${contract}/certificate`, { purpose: "work", on: "2026-11-30" });
    await ask("GET /api/v1/guarantees", "/api/v1/guarantees?agency=ID-PRS-DPUPR");
    const here = await RequestsHere.open(running);
    connectors = here;
    let message = "";
    for (const each of REQUEST_ROUTES) {
      const { url, payload, headers = {} } = requestAsked(each, "ID-PRS-DPUPR", ocid, message);
      const body = typeof payload === "string" ? Buffer.from(payload) : payload;
      await ask(each, url, body, { ...officer, ...headers });
      const { file } = (examples[each]?.response ?? {}) as { file?: { messageId: string } };
      message ||= file?.messageId ?? "";
    }
    connectors = undefined;
    await here.close();
  }

  /** Webhooks, and the registry of suppliers. */
  async function askOfRegistry(): Promise<void> {
    const here = await RegistryHere.open(running);
    registry = here;
    await here.tour(async ({ route, url, payload }, headers) => {
      await ask(route, url, payload, headers);
      return { json: () => last };
    });
    registry = undefined;
    await here.close();
  }

  /** What two feeds propose of two packages. */
  async function askOfProposals(): Promise<void> {
    const here = await ProposalsHere.open(running);
    connectors = here;
    await here.read(running);
    const official = { authorization: `Bearer ${await signedIn(running, "pp-pu", "H-PRS-PP-PU")}` };
    for (const { route, payload } of PROPOSAL_ROUTES) {
      const listed = await app.inject({ url: "/api/v1/connectors/proposals", headers: official });
      const ids = listed.json().proposals.map(({ id }: { id: string }) => id);
      // what was taken in the step before is given back
      const own = route.endsWith("/release") ? taken : ids;
      if (route.endsWith("/take")) taken.push(ids[0]);
      await ask(route, proposalUrl(route, own), payload?.(own), official);
    }
    connectors = undefined;
    await here.close();
  }

  /** A register of SP2D: what matching proposes of it, and what a treasurer decides. */
  async function askOfPayments(): Promise<void> {
    const here = await PaymentsHere.open(running);
    connectors = here;
    const treasurer = { authorization: `Bearer ${await signedIn(running, "bud", "H-PRS-BUD")}` };
    await here.read(treasurer);
    const ids = await here.ids(treasurer);
    for (const { route } of PAYMENT_ROUTES) {
      const { url, payload } = here.asked(route, ids);
      await ask(route, url, payload, treasurer);
    }
    connectors = undefined;
    await here.close();
  }

  /** A month of the regency, closed. */
  async function askOfReconciliation(): Promise<void> {
    const here = await ReconciliationHere.open(running);
    connectors = here;
    const treasurer = { authorization: `Bearer ${await signedIn(running, "bud", "H-PRS-BUD")}` };
    for (const { route, payload } of RECONCILIATION_ROUTES) {
      const { document } = last as { document?: ClosingDocument };
      const isSigned = route.startsWith("PUT") && route.endsWith("/closing");
      const body = isSigned ? signClosing(running, document!, "bud", "H-PRS-BUD") : payload;
      await ask(route, reconciliationUrl(route), body, treasurer);
    }
    connectors = undefined;
    await here.close();
  }

  /** A draft on its way to a submission, and what is done with one that waits. */
  async function askOfWork(maker: { authorization: string }): Promise<void> {
    const approver = { authorization: `Bearer ${await signedIn(running, "pa-pu", "H-PRS-PA-PU")}` };
    const entry = {
      ...{ kind: Kind.contract, ocid: "ocds-213czf-dpupr-contoh-konsep", contractId: "K-1", awardId: "" },
      ...{ agency: idOf("ID-PRS-DPUPR"), refersTo: NO_ID, terms: termsToText(contractTerms(250_000_000_00n)) },
    };
    const body = { contracts: [{ id: "K-1", title: "Pemeliharaan jalan" }] };
    await ask("POST /api/v1/drafts", "/api/v1/drafts", { entry, body, note: "mohon diperiksa" }, maker);
    const { id, commandId } = (await app.inject({ url: "/api/v1/drafts", headers: maker })).json().drafts[0];
    const draft = `/api/v1/drafts/${id}`;
    await ask("PUT /api/v1/drafts/:id", draft, { version: 1, entry, body }, maker);
    await ask("POST /api/v1/drafts/:id/handing", `${draft}/handing`, { version: 2, to: idOf("H-PRS-PPK-PU") }, maker);
    await ask("GET /api/v1/drafts", "/api/v1/drafts", undefined, maker);
    const made = posted(services.separator, services.register().seen, {
      ...entry,
      ...{ commandId, body, terms: contractTerms(250_000_000_00n) },
    });
    const { body: _, ...signedEntry } = made.payload as typeof made.payload & { body?: unknown };
    await ask("POST /api/v1/drafts/:id/signature", `${draft}/signature?wait=9000`, signedEntry, maker);
    await ask("GET /api/v1/drafts/:id", draft, undefined, maker);
    await ask("GET /api/v1/tasks", "/api/v1/tasks", undefined, approver);
    const submission = `/api/v1/submissions/${made.id}`;
    const text = { text: "Mengapa nilainya bulat?" };
    await ask("POST /api/v1/submissions/:id/ask", `${submission}/ask`, text, approver);
    await ask("POST /api/v1/submissions/:id/answer", `${submission}/answer`, { text: "Sesuai HPS." }, maker);
    await ask("GET /api/v1/submissions/:id/review", `${submission}/review`, undefined, approver);
    await ask("GET /api/v1/me/can", `/api/v1/me/can?act=approve&submission=${made.id}`, undefined, approver);
    const question = { act: "record", kind: "contract", agency: "ID-PRS-DPUPR" };
    await ask("POST /api/v1/me/can", "/api/v1/me/can", question, maker);
    const reason = { reason: "Lampiran belum lengkap." };
    await ask("POST /api/v1/submissions/:id/refuse", `${submission}/refuse`, reason, approver);
  }

  await seedSandbox(askOf(app), services.separator, { only: "stories" });
  const { seen } = services.register();
  const make = (value?: bigint) => {
    const ocid = `ocds-213czf-dpupr-contoh-${value ?? 1}`;
    const bankAccount = { number: sealedForm(ocid, account) };
    const { id, payload } = posted(services.separator, seen, {
      ocid,
      terms: contractTerms(value),
      body: { contracts: [{ id: "K-1", title: "Pemeliharaan jalan", bankAccount }] },
    });
    return { id, payload: { ...payload, disclosures: [account] } };
  };
  const signed = (hash: Uint8Array, key: string) =>
    toHex(sign(signedDigest(services.separator, hash), sandboxSecret(key)));

  const small = make();
  const large = make(250_000_000_00n);
  const { seen: _, digest: __, expires: ___, ...unsigned } = large.payload.entry;
  await ask("POST /api/v1/checks", "/api/v1/checks", { entry: unsigned });
  await ask("POST /api/v1/submissions", "/api/v1/submissions?wait=9000", small.payload);
  await ask("GET /api/v1/submissions/:id", `/api/v1/submissions/${small.id}`);
  await app.inject({ method: "POST", url: "/api/v1/submissions?wait=9000", payload: large.payload });
  const second = approve(services.separator, fromHex(large.id), seen, "H-PRS-PA-PU");
  await ask("POST /api/v1/submissions/:id/approve", `/api/v1/submissions/${large.id}/approve?wait=9000`, second);
  const cancel = { target: seedId("an entry that is not sent"), holder: idOf("H-PRS-PPK-PU"), expires: now() + 600 };
  await ask("POST /api/v1/cancels", "/api/v1/cancels?wait=9000", {
    cancel,
    signature: signed(cancelHash(cancel), "ppk-pu"),
  });

  await ask("POST /api/v1/sessions/challenges", "/api/v1/sessions/challenges");
  const { nonce, origin } = (await app.inject({ method: "POST", url: "/api/v1/sessions/challenges" })).json();
  const signIn = { origin, holder: idOf("H-PRS-PPK-PU"), nonce: nonce as Hex, issued: now(), expires: now() + 3600 };
  await ask("POST /api/v1/sessions", "/api/v1/sessions", { signIn, signature: signed(signInHash(signIn), "ppk-pu") });
  const authorization = `Bearer ${await signedIn(running)}`;
  await ask("GET /api/v1/sessions/current", "/api/v1/sessions/current", undefined, { authorization });
  await ask("POST /api/v1/documents", "/api/v1/documents", Buffer.from("Berita acara\n"), {
    authorization,
    "content-type": "text/plain",
  });
  await ask(
    "POST /api/v1/records/:ocid/disclosures",
    "/api/v1/records/ocds-213czf-dpupr-contoh-1/disclosures",
    { purpose: "pemeriksaan kontrak tahun 2026" },
    { authorization },
  );
  await askOfWork({ authorization });
  const registrar = { authorization: `Bearer ${await signedIn(running, "pendaftar", "H-PRS-PENDAFTAR")}` };
  const head = { authorization: `Bearer ${await signedIn(running, "sekda", "H-PRS-SEKDA")}` };
  const request = { subject: "ID-PRS-S-0001", kind: "erasure", reason: "surat permohonan 12/2026" };
  await ask("POST /api/v1/subject-requests", "/api/v1/subject-requests", request, registrar);
  const decision = { decision: "grant", reason: "retensi berakhir" };
  await ask("POST /api/v1/subject-requests/:id/decision", "/api/v1/subject-requests/1/decision", decision, head);
  await ask("GET /api/v1/subject-requests", "/api/v1/subject-requests", undefined, registrar);
  await ask("GET /api/v1/access-log", "/api/v1/access-log", undefined, registrar);
  await services.anchor();
  await ask("GET /api/v1/access-log/proof", "/api/v1/access-log/proof?row=1", undefined, registrar);

  const holder = idOf("H-PRS-PPK-PU");
  await ask("POST /api/v1/keys", "/api/v1/keys", {}, { authorization });
  await ask("GET /api/v1/keys", "/api/v1/keys", undefined, { authorization });
  const [kept] = await services.keptKeys.of({ holder });
  const previous = (await services.projection.get<Hex>(`last/${holder}`))!;
  const enrolment = { code: ActCode.addKey, holder, key: keyWord(kept!.address), custody: Custody.gateway, previous };
  const act = anAct({ ...enrolment, maker: holder, expires: now() + 86_400 }, "{}");
  const content = { type: "act", act, body: "{}" };
  const signatures = `/api/v1/keys/${kept!.address}/signatures`;
  await ask("POST /api/v1/keys/:address/signatures/preview", `${signatures}/preview`, content, { authorization });
  await ask("POST /api/v1/keys/:address/signatures", signatures, content, { authorization });
  await ask("DELETE /api/v1/keys/:address", `/api/v1/keys/${kept!.address}`, undefined, { authorization });
  // GET is asked for what this makes
  await app.inject({ method: "POST", url: "/api/v1/certificates/agencies/ID-PRS-DPUPR" });
  // what stands for a secret is shown as one, and none is real
  const show: Ask = async (method, route, url, body, token) => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const response = await app.inject({ method, url, headers, ...(body === undefined ? {} : { payload: body }) });
    if (response.statusCode >= 300) throw new Error(`${method} ${url}: ${response.statusCode} ${response.payload}`);
    const answer = response.payload === "" ? undefined : response.json();
    // of a route that is asked twice, the first that is not about a next step
    if (response.statusCode !== 202 && examples[`${method} ${route}`] === undefined)
      examples[`${method} ${route}`] = {
        ...(body === undefined ? {} : { request: body }),
        ...(answer === undefined ? {} : { response: shortened(answer) }),
      };
    return answer;
  };
  await askOfConnectors();
  await askOfContracts({ authorization: `Bearer ${await signedIn(running)}` });
  await askOfRegistry();
  await askOfProposals();
  await askOfPayments();
  await askOfReconciliation();
  await tour(running, show);
  await tourOfOthers(running, show);
  // needs a directory that answers: test/identity/sync.test.ts
  examples["POST /api/v1/identity/directories/:directory/links"] = {
    request: { account: NOBODY, login: "siti.aminah" },
  };
  const waves = new WavesHere(running, "contoh");
  const wave = waves.id("W1");
  const row = waves.row(wave, "2019-07", { away: true });
  await waves.bring(wave, [row], { tier: Tier.terms });
  const body = `/api/v1/migration/bodies/${row.entry.digest}`;
  await ask("PUT /api/v1/migration/bodies/:digest", body, JSON.parse(row.body));
  await ask("GET /api/v1/migration/bodies/:digest", body);
  for (const [route, url] of [
    ["/api/v1/migration/waves"],
    ["/api/v1/migration/waves/:number", "/api/v1/migration/waves/1"],
    ["/api/v1/migration/waves/:number/lots", "/api/v1/migration/waves/1/lots"],
    ["/health/live"],
    ["/health/ready"],
    ["/problems/:code", "/problems/key-reused"],
    ["/api/v1/ledger"],
    ["/api/v1/signing-page"],
    ["/api/v1/entries"],
    ["/api/v1/checkpoints"],
    ["/api/v1/proofs/inclusion", `/api/v1/proofs/inclusion?ocid=${ROAD}&sequence=1`],
    ["/api/v1/proofs/consistency", "/api/v1/proofs/consistency?first=100"],
    ["/api/v1/proofs/checkpoint/:size", `/api/v1/proofs/checkpoint/${services.register().checkpoint!.size}`],
    ["/api/v1/certificates/agencies/:agency", "/api/v1/certificates/agencies/ID-PRS-DPUPR"],
    ["/api/v1/certificates/agencies/:agency/entries", "/api/v1/certificates/agencies/ID-PRS-DPUPR/entries?limit=1"],
    ["/api/v1/processes/:ocid", `/api/v1/processes/${ROAD}`],
    ["/api/v1/processes/:ocid/history", `/api/v1/processes/${ROAD}/history`],
    ["/api/v1/records/:ocid/history", `/api/v1/records/${ROAD}/history`],
    ["/api/v1/authority", "/api/v1/authority?agency=ID-PRS-DPUPR&role=officer&limit=2"],
    [
      "/api/v1/authority/offices/:id",
      `/api/v1/authority/offices/${officeKey(idOf("H-PRS-PPK-PU"), idOf("ID-PRS-DPUPR"), Role.officer, idOf(POST_PU_1))}`,
    ],
    ["/api/v1/authority/holders", "/api/v1/authority/holders?limit=1"],
    ["/api/v1/authority/agencies"],
    ["/api/v1/authority/holders/:id", `/api/v1/authority/holders/${idOf("H-PRS-PPK-PU")}`],
    ["/api/v1/authority/last/:id", `/api/v1/authority/last/${idOf("H-PRS-PPK-PU")}`],
    ["/api/v1/releases"],
    ["/api/v1/events", "/api/v1/events?kind=payment&limit=1"],
    ["/api/v1/releases/:ocid/:id", `/api/v1/releases/${ROAD}/${ROAD}-1`],
    ["/api/v1/records", "/api/v1/records?limit=1"],
    ["/api/v1/records/:ocid", `/api/v1/records/${ROAD}?releases=linked`],
    ["/api/v1/ocids"],
    ["/api/v1/exports"],
    ["/api/v1/exports/:name", "/api/v1/exports/contracts"],
    ["/api/v1/extensions/prasasti/:file", "/api/v1/extensions/prasasti/extension.json"],
  ] as const)
    await ask(`GET ${route}`, url ?? route);

  await running.remove();
  await issuer.stop();
  const text = JSON.stringify(examples)
    .replaceAll(issuer.url, "https://sso.example")
    .replaceAll(encodeURIComponent(issuer.url), encodeURIComponent("https://sso.example"))
    .replace(/(state|nonce|code_challenge)=[A-Za-z0-9_-]{43}/g, `$1=${"x".repeat(43)}`)
    .replaceAll("http://localhost:80", "http://127.0.0.1:8080")
    // a token is shown as one, not as a real one
    .replace(/"(token|secret)":"[^"]+"/g, (_, name) => `"${name}":"${"x".repeat(43)}"`)
    .replace(/token=[A-Za-z0-9_-]{43}/g, `token=${"x".repeat(43)}`)
    .replace(/secret=[A-Z2-7]+/g, `secret=${"X".repeat(32)}`);
  return JSON.parse(text);
}

if (import.meta.main) {
  const text = JSON.stringify(await recordExamples(), null, 1);
  await writeFile(new URL("../server/http/examples.json", import.meta.url), `${text}\n`);
  const running = await startGateway();
  const document = (await running.app.inject("/api/v1/openapi.json")).json();
  await writeFile(new URL("../docs/reference/roles.md", import.meta.url), rolesPage(running.app.routesSeen));
  await running.remove();
  await writeFile(new URL("../docs/reference/api.md", import.meta.url), apiPage(document));
}
