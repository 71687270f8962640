// Records the examples of the API reference from a real sandbox, and lists its routes: `npm run examples`.
// Ids, times and signatures differ from run to run, so `npm run generate` does not compare them:
// test/gateway/openapi.test.ts holds each example against its schema, examples.slow.test.ts against a recording of today.

import { writeFile } from "node:fs/promises";
import { officeKey } from "../server/domain/entries/act.ts";
import { cancelHash, idOf, signedDigest, signInHash } from "../server/domain/entries/entry.ts";
import { Role } from "../server/domain/entries/kinds.ts";
import { fromHex, type Hex, toHex } from "../server/domain/entries/words.ts";
import { sealedForm } from "../server/domain/sealing/seal.ts";
import type { SubjectDisclosure } from "../server/domain/sealing/seal-fields.ts";
import { sign } from "../server/ledger/signatures.ts";
import { seedId } from "../server/sandbox/bootstrap.ts";
import { POST_PU_1, sandboxSecret } from "../server/sandbox/people.ts";
import { askOf, seedSandbox } from "../server/sandbox/seed.ts";
import { approve, contractTerms, now, posted, signedIn, startGateway } from "../test/gateway/world.ts";
import { tour } from "../test/identity/tour.ts";
import { apiPage } from "./api-page.ts";

type Example = { request?: unknown; response?: unknown };
const ROAD = "ocds-213czf-dpupr-jalan-2026-01";

/** One of each list is enough to show its shape; of a proof it is not. */
function shortened(value: unknown, depth = 0): unknown {
  if (Array.isArray(value) && value.every((item) => /^0x/.test(String(item)))) return value;
  if (Array.isArray(value)) return value.slice(0, 1).map((item) => shortened(item, depth + 1));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([name]) => name !== "versionedRelease");
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
  const running = await startGateway();
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
    examples[route] = {
      ...(request === undefined || Buffer.isBuffer(request) ? {} : { request }),
      ...(json ? { response: shortened(response.json()) } : {}),
    };
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
  const registrar = { authorization: `Bearer ${await signedIn(running, "pendaftar", "H-PRS-PENDAFTAR")}` };
  const head = { authorization: `Bearer ${await signedIn(running, "sekda", "H-PRS-SEKDA")}` };
  const request = { subject: "ID-PRS-S-0001", kind: "erasure", reason: "surat permohonan 12/2026" };
  await ask("POST /api/v1/subject-requests", "/api/v1/subject-requests", request, registrar);
  const decision = { decision: "grant", reason: "retensi berakhir" };
  await ask("POST /api/v1/subject-requests/:id/decision", "/api/v1/subject-requests/1/decision", decision, head);
  await ask("GET /api/v1/subject-requests", "/api/v1/subject-requests", undefined, registrar);
  await ask("GET /api/v1/access-log", "/api/v1/access-log", undefined, registrar);
  await ask("POST /api/v1/certificates/agencies/:agency", "/api/v1/certificates/agencies/ID-PRS-DPUPR");
  // what stands for a secret is shown as one, and none is real
  await tour(running, async (method, route, url, body, token) => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const response = await app.inject({ method, url, headers, ...(body === undefined ? {} : { payload: body }) });
    if (response.statusCode >= 300) throw new Error(`${method} ${url}: ${response.statusCode} ${response.payload}`);
    const answer = response.payload === "" ? undefined : response.json();
    // of a route that is asked twice, the last that is not about a next step
    if (response.statusCode !== 202)
      examples[`${method} ${route}`] = {
        ...(body === undefined ? {} : { request: body }),
        ...(answer === undefined ? {} : { response: shortened(answer) }),
      };
    return answer;
  });
  for (const [route, url] of [
    ["/health/live"],
    ["/health/ready"],
    ["/problems/:code", "/problems/key-reused"],
    ["/api/v1/ledger"],
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
    ["/api/v1/extensions/prasasti/:file", "/api/v1/extensions/prasasti/extension.json"],
  ] as const)
    await ask(`GET ${route}`, url ?? route);

  await running.remove();
  const text = JSON.stringify(examples)
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
  await running.remove();
  await writeFile(new URL("../docs/reference/api.md", import.meta.url), apiPage(document));
}
