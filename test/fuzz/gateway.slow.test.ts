import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { brotliDecompressSync, gunzipSync, gzipSync } from "node:zlib";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect } from "chai";
import fc from "fast-check";
import { gatewayProblems, ledgerProblems } from "../../server/domain/problems.ts";
import { examples } from "../../server/http/openapi.ts";
import { seedId } from "../../server/sandbox/bootstrap.ts";
import { PaymentsHere } from "../gateway/payments-world.ts";
import {
  approve,
  contractTerms,
  now,
  OPERATOR,
  posted,
  type Running,
  signedIn,
  startGateway,
  until,
} from "../gateway/world.ts";
import type { LyingIssuer } from "../identity/issuers.ts";
import { NOBODY, someOthers } from "../identity/others.ts";
import { invited, personWithCodes } from "../identity/world.ts";
import { badText, changed, cut, cuts, edits, jsonText, junk, settings, Tally, valuesOf } from "./mutate.ts";

type Parameter = { in: string; name: string; required?: boolean; schema: object };
type Operation = {
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { schema?: object }> };
  responses: Record<string, { content?: Record<string, unknown> }>;
};
type Answer = { statusCode: number; headers: Record<string, unknown>; payload: string };

const PEOPLE = {
  ppk: ["ppk-pu", "H-PRS-PPK-PU"],
  auditor: ["bpk", "H-PRS-BPK"],
  registrar: ["pendaftar", "H-PRS-PENDAFTAR"],
  head: ["sekda", "H-PRS-SEKDA"],
  treasurer: ["bud", "H-PRS-BUD"],
} as const;
/** The sandbox's people by their keys, who has the operator's token, and a person with an account and no office. */
type Person = keyof typeof PEOPLE | "operator" | "withAccount";

describe("every operation of the API under bad input", function () {
  this.timeout(300_000);
  const tally = new Tally();
  const tokens: Partial<Record<Person, string>> = {};
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: false });
  let running: Running;
  let payments: PaymentsHere | undefined;
  let paths: Record<string, Record<string, Operation>>;
  let ocid: string;
  let submission: string;
  let account: string;
  let payment: string;
  let issuer: LyingIssuer;

  before(async () => {
    const others = await someOthers();
    issuer = others.issuer;
    running = await startGateway(undefined, {
      maxDocument: 100_000,
      foreign: others.foreign,
      integrations: () => payments?.integrations,
    });
    payments = await PaymentsHere.open(running);
    const treasurer = { authorization: `Bearer ${await signedIn(running, "bud", "H-PRS-BUD")}` };
    await payments.read(treasurer);
    payment = (await payments.ids(treasurer)).id;
    const document = (await running.app.inject({ url: "/api/v1/openapi.json" })).json();
    paths = document.paths;
    ajv.addSchema(document, "api");
    // something stands in the register already, and something waits for a second signature
    const sent = async (status: number, choices = {}) => {
      const { payload, id } = posted(running.services.separator, running.services.register().seen, choices);
      const answer = await running.app.inject({ method: "POST", url: "/api/v1/submissions?wait=9000", payload });
      expect(answer.statusCode, answer.payload).to.equal(status);
      return { ocid: payload.entry.ocid, id };
    };
    ({ ocid } = await sent(201));
    submission = (await sent(202, { terms: contractTerms(250_000_000_00n) })).id;
    ({ account } = await invited(running));
    await signAllIn();
  });
  after(async () => {
    tally.tell("gateway");
    await payments?.close();
    await running.remove();
    await issuer.stop();
  });

  async function signAllIn(): Promise<void> {
    for (const [name, [key, holder]] of Object.entries(PEOPLE))
      tokens[name as Person] = await signedIn(running, key, holder);
    tokens.operator = OPERATOR;
    tokens.withAccount = (await personWithCodes(running)).token;
  }

  /** What a good request to an operation has for its body. */
  function goodBody(path: string): unknown {
    const { separator } = running.services;
    const { seen } = running.services.register();
    const { payload, id } = posted(separator, seen, { body: { contracts: [{ id: "K-1", description: "jalan" }] } });
    const { seen: _, digest: __, expires: ___, ...unsigned } = payload.entry;
    const { holder, expires, capacity } = approve(separator, Buffer.alloc(32), seen, "H-PRS-PA-PU").approval;
    const act = { code: 1, role: 0, custody: 0, from: 0, until: 0, expires: now() + 60 };
    const ids = ["maker", "holder", "agency", "post", "key", "digest", "previous"];
    const own: Record<string, unknown> = {
      "/api/v1/submissions": payload,
      // beside what the register holds already
      "/api/v1/checks": { entry: { ...unsigned, ocid, contractId: "K-2" } },
      "/api/v1/submissions/{id}/approve": approve(separator, Buffer.alloc(32), seen, "H-PRS-PA-PU"),
      "/api/v1/cancels": { cancel: { target: id, holder, expires }, signature: payload.signature },
      "/api/v1/acts": {
        act: { ...act, ...Object.fromEntries(ids.map((name) => [name, seedId(name)])) },
        signatures: [{ holder, role: capacity, agency: seedId("a"), signature: payload.signature }],
        body: "{}",
      },
    };
    const recorded = ["POST", "PUT", "PATCH"].map(
      (method) => examples[`${method} ${path.replaceAll(/{(\w+)}/g, ":$1")}`],
    );
    return own[path] ?? recorded.find((each) => each?.request !== undefined)?.request ?? {};
  }

  /** What of a good request stands in its address. */
  function goodParameter({ name }: Parameter, path: string): string {
    if (name === "ocid") return ocid;
    if (name === "id" && path.includes("releases")) return `${ocid}-1`;
    if (name === "id" && path.includes("requests")) return "1";
    if (name === "id" && path.includes("submissions")) return submission;
    if (name === "id" && path.includes("accounts")) return account;
    if (name === "id" && path.includes("payments")) return payment;
    const own: Record<string, string> = {
      issuer: "siasn",
      directory: "ad",
      account: NOBODY,
      address: `0x${"0".repeat(40)}`,
      code: "key-reused",
      file: "extension.json",
      size: "1",
      agency: "ID-PRS-DPUPR",
      sha256: "0".repeat(64),
      first: "0",
      wait: "0",
      job: "sp2d",
      contract: "K-1",
      name: "contracts",
      ...{ year: "2026", month: "2026-11", period: "2026-11", number: "1" },
    };
    return own[name] ?? (name === "id" ? running.services.register().seen : "1");
  }

  /** Parts of one request, as a seed chooses them; what is valid depends on the register, so it is put in later. */
  function requestsTo(operation: Operation) {
    const parameters = operation.parameters ?? [];
    const [body] = Object.values(operation.requestBody?.content ?? {});
    const wild = (parameter: Parameter): fc.Arbitrary<string | undefined> =>
      fc.oneof(
        { weight: 12, arbitrary: fc.constant(undefined) },
        // a good wait would only be waited for
        ...(parameter.name === "wait"
          ? []
          : [{ weight: 3, arbitrary: valuesOf(parameter.schema).map((value) => String(value)) }]),
        { weight: 3, arbitrary: badText.filter((text) => parameter.name !== "wait" || !/^[0-9]+$/.test(text)) },
      );
    return fc.record({
      values: fc.tuple(...parameters.map(wild)),
      leaveOut: fc.boolean(),
      more: fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: badText }),
      twice: fc.boolean(),
      raw: fc.oneof(
        { weight: 9, arbitrary: fc.constant("") },
        {
          weight: 1,
          arbitrary: fc.constantFrom("%", "%zz", "%c0%af", "/..", "/%2e%2e/%2e%2e", ";a=b", "//", "?a", "#b"),
        },
      ),
      headers: fc.oneof(
        { weight: 3, arbitrary: fc.constant({}) },
        {
          weight: 2,
          arbitrary: fc.record(
            {
              "accept-language": fc.constantFrom("id", "en", "id-ID,en;q=0.5", "*", ",;=", "x".repeat(4000)),
              accept: fc.constantFrom("application/json", "*/*", "image/png", ",,;q=", ""),
              authorization: fc.constantFrom("Bearer", "Bearer x", `Bearer ${"A".repeat(43)}`, "Basic Og==", "\u00ff"),
              "idempotency-key": fc.constantFrom("", "x", seedId("other")),
              "if-match": fc.constantFrom("*", '""', 'W/"x"', seedId("other"), "\u00e9"),
              "if-none-match": fc.constantFrom("*", '""', 'W/"x"', ",,,"),
              "x-purpose": fc.constantFrom("", "pemeriksaan uji", "x".repeat(600), "rekening BRI 0012345678", "\u0007"),
              "last-event-id": fc.constantFrom("", "-1", "1", "x", "999999999999999", "1e3"),
              "accept-encoding": fc.constantFrom("gzip", "br", "x", "gzip;q=0", "identity;q=0, *;q=0"),
              host: fc.constantFrom("a", 'a"<b>', "[::1]:80", "a/../b", "x".repeat(300)),
              "x-forwarded-for": fc.constantFrom("127.0.0.1", "x"),
              range: fc.constantFrom("bytes=0-", "bytes=5-1"),
            },
            { requiredKeys: [] },
          ),
        },
      ) as fc.Arbitrary<Record<string, string>>,
      as: fc.constantFrom<(Person | undefined)[]>(
        undefined,
        ...(Object.keys(PEOPLE) as Person[]),
        "operator",
        "withAccount",
      ),
      body: fc.oneof(
        { weight: 2, arbitrary: fc.constant({ how: "good" as const }) },
        { weight: 5, arbitrary: edits.map((list) => ({ how: "edited" as const, list })) },
        { weight: 2, arbitrary: cuts.map((list) => ({ how: "cut" as const, list })) },
        { weight: 2, arbitrary: valuesOf(body?.schema ?? {}).map((value) => ({ how: "generated" as const, value })) },
        { weight: 1, arbitrary: junk.map((value) => ({ how: "generated" as const, value })) },
        { weight: 1, arbitrary: fc.constantFrom("gzip", "huge", "nothing", "form").map((how) => ({ how })) },
      ),
    });
  }
  type Request = ReturnType<typeof requestsTo> extends fc.Arbitrary<infer T> ? T : never;

  /** Every byte that is not plain becomes its percent form, halves of surrogate pairs too. */
  function escaped(text: string): string {
    return Array.from(Buffer.from(text, "utf8"), (byte) =>
      /[A-Za-z0-9_-]/.test(String.fromCharCode(byte))
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).padStart(2, "0")}`,
    ).join("");
  }

  function addressOf(path: string, { parameters = [] }: Operation, request: Request): string {
    const query: string[] = [];
    let address = path;
    for (const [index, parameter] of parameters.entries()) {
      const value = request.values[index];
      if (parameter.in === "path")
        address = address.replace(`{${parameter.name}}`, escaped(value ?? goodParameter(parameter, path)));
      if (parameter.in !== "query") continue;
      const given = value ?? (parameter.required && !request.leaveOut ? goodParameter(parameter, path) : undefined);
      if (given !== undefined) query.push(`${parameter.name}=${escaped(given)}`);
    }
    if (request.twice && query.length > 0) query.push(query[0]!);
    if (request.more !== undefined) query.push(`${escaped(request.more)}=${escaped(request.more)}`);
    return `${address}${request.raw}${query.length > 0 ? `?${query.join("&")}` : ""}`;
  }

  function bodyOf(path: string, operation: Operation, { body }: Request) {
    if (operation.requestBody === undefined) return {};
    const [type] = Object.keys(operation.requestBody.content);
    const good = Buffer.from(jsonText(goodBody(path)));
    const json = { "content-type": type! };
    switch (body.how) {
      case "good":
        return { payload: good, headers: json };
      case "edited":
        return { payload: Buffer.from(jsonText(changed(goodBody(path), body.list))), headers: json };
      case "cut":
        return { payload: Buffer.from(cut(good, body.list)), headers: json };
      case "generated":
        return { payload: Buffer.from(jsonText(body.value)), headers: json };
      case "gzip":
        return { payload: gzipSync(good), headers: { ...json, "content-encoding": "gzip" } };
      case "huge":
        return { payload: Buffer.from(jsonText({ a: "x".repeat(300_000) })), headers: json };
      case "form":
        return { payload: Buffer.from("a=b"), headers: { "content-type": "application/x-www-form-urlencoded" } };
      default:
        return { payload: Buffer.alloc(0), headers: json };
    }
  }

  /** All that could be half written: what this gateway keeps, and what the register holds. */
  async function everything(): Promise<string[]> {
    const rows: string[] = [];
    for await (const { key, value } of running.services.state.range("")) {
      // who was refused is kept, and when he was here last, and how far the chain got: a refused act stands in a block
      // that records nothing
      if (!/^(access|session-seen|followed|outbox)/.test(key)) rows.push(`${key} ${JSON.stringify(value)}`);
    }
    const { entries, log } = running.services.register();
    return [`${entries} ${log.size}`, ...rows];
  }

  /** The operation that an address reaches, however it is dressed. */
  function reached(method: string, address: string): [string, Operation] | undefined {
    let { pathname } = new URL(address, "http://a");
    if (pathname.length > 1) pathname = pathname.replace(/\/$/, "");
    // as the router does: a name goes before what stands for any
    const open = ([path]: [string, unknown]) => path.split("/{").length;
    for (const [path, methods] of Object.entries(paths).toSorted((a, b) => open(a) - open(b))) {
      const pattern = new RegExp(`^${path.replaceAll(".", "\\.").replaceAll(/{\w+}/g, "[^/]+")}$`);
      const operation = methods[method.toLowerCase()];
      if (operation !== undefined && pattern.test(pathname)) return [path, operation];
    }
    return undefined;
  }

  /** An answer as its reader has it. */
  function unpacked({ statusCode, headers, rawPayload }: Omit<Answer, "payload"> & { rawPayload: Buffer }): Answer {
    const packed = { gzip: gunzipSync, br: brotliDecompressSync }[String(headers["content-encoding"])];
    return { statusCode, headers, payload: (packed?.(rawPayload) ?? rawPayload).toString() };
  }

  /** The pages for people, which no description has. */
  const isPage = (address: string) => {
    const { pathname } = new URL(address, "http://a");
    return running.app.routesSeen.some(
      ({ url, schema }) =>
        (schema as { hide?: boolean }).hide === true &&
        url !== "*" &&
        new RegExp(`^${url.replaceAll(".", "\\.").replaceAll("*", ".*").replaceAll(/:\w+/g, "[^/]+")}/?$`).test(
          pathname,
        ),
    );
  };

  function expectDescribed(method: string, address: string, answer: Answer, language: "en" | "id"): void {
    const { statusCode, headers, payload } = answer;
    const what = `${method} ${address}: ${statusCode} ${payload.slice(0, 300)}`;
    // the directory does not answer here
    if (statusCode === 503 && address.includes("/directories/ad/")) expect(payload).to.include("directory-unavailable");
    else expect(statusCode, what).to.be.below(500);
    expect(payload, what).to.not.match(/node_modules|file:\/\/|\.ts[:"]|\n\s+at |ZodError|TypeError|RangeError/);
    expect(payload, what).to.not.include(running.folder);
    const type = String(headers["content-type"] ?? "").split(";")[0]!;
    const [path, operation] = reached(method, address) ?? [];
    const described = operation?.responses[statusCode];
    if (operation !== undefined) expect(described, `undescribed: ${what}`).to.not.equal(undefined);
    else if (isPage(address)) return;
    else expect(statusCode, what).to.be.within(400, 499);
    if (statusCode >= 400) {
      expect(type, what).to.equal("application/problem+json");
      const problem = JSON.parse(payload);
      const code = problem.type.replace("/problems/", "");
      const own =
        gatewayProblems[code as "internal"] ?? Object.values(ledgerProblems).find(([name]) => name === code)?.[1];
      expect(own, what).to.be.an("object");
      expect(problem.title, what).to.equal(own.title[language]);
      expect(problem.remedy, what).to.equal(own.help[language]);
      expect(problem, what).to.include({ status: statusCode }).and.to.include.keys("detail", "retryable", "instance");
    }
    if (path === undefined || [204, 303, 304].includes(statusCode)) return;
    const pointer = (text: string) => text.replaceAll("~", "~0").replaceAll("/", "~1");
    // a document is given out with the type that it was brought with
    const content = Object.keys(described!.content ?? {});
    expect(content.length, `no shape: ${what}`).to.be.greaterThan(0);
    if (path === "/api/v1/documents/{sha256}" && statusCode === 200) return;
    expect(content, what).to.include(type);
    const place = `api#/paths/${pointer(path)}/${method.toLowerCase()}/responses/${statusCode}/content/${pointer(type)}/schema`;
    const check = ajv.getSchema(encodeURI(place));
    expect(check, place).to.be.a("function");
    const value = /json$/.test(type) ? JSON.parse(payload) : payload;
    expect(check!(value), `${what}: ${JSON.stringify(check!.errors)}`).to.equal(true);
  }

  const idle = () =>
    until("nothing is under way", async () => {
      for await (const _ of running.services.state.range("queue/")) return false;
      for await (const { value } of running.services.state.range<{ submission?: { state: string } }>("submission/"))
        if (value.submission?.state === "included") return false;
      return true;
    });

  it("answers as it is described, never with a fault of its own, tells nothing internal, and keeps nothing of what it refuses", async () => {
    const all = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => [method.toUpperCase(), path, operation] as const),
    );
    expect(all.length).to.be.greaterThan(40);
    const accepted = new Map<string, number>();
    const heap = () => {
      setFlagsFromString("--expose-gc");
      runInNewContext("gc")();
      return process.memoryUsage().heapUsed;
    };
    const before = heap();
    for (const [method, path, operation] of all) {
      const inputs = (operation.parameters?.length ?? 0) + (operation.requestBody === undefined ? 0 : 8);
      const each = fc.asyncProperty(requestsTo(operation), async (request) => {
        const address = addressOf(path, operation, request);
        const { payload, headers } = bodyOf(path, operation, request);
        const token = request.as && { authorization: `Bearer ${tokens[request.as]}` };
        const all = { ...token, ...request.headers, ...headers };
        const reads = method === "GET";
        const stood = reads ? [] : await everything();
        const ask = { method, url: address, headers: all, ...(payload === undefined ? {} : { payload }) };
        const answer = unpacked((await running.app.inject(ask as never)) as never);
        tally.add(`${method} ${path}`);
        const language = /^id/.test(request.headers["accept-language"] ?? "") ? "id" : "en";
        expectDescribed(method, address, answer, language);
        if (answer.statusCode < 300) accepted.set(path, (accepted.get(path) ?? 0) + 1);
        if (reads) return;
        // the ledger's refusal is the fate of a submission that was kept
        const isProblem = /json/.test(String(answer.headers["content-type"]));
        const kept = answer.statusCode < 400 || (isProblem && JSON.parse(answer.payload).state === "refused");
        if (kept) await idle();
        else {
          const stands = await everything();
          const what = `${method} ${address}: ${answer.payload.slice(0, 200)}`;
          expect(
            stands
              .filter((row) => !stood.includes(row))
              .join("\n")
              .slice(0, 800),
            what,
          ).to.equal("");
          expect(stands.length, what).to.equal(stood.length);
        }
        // what ends a session, or a person's account with it
        if (answer.statusCode < 300 && (method === "DELETE" || /sign-out|\/me\//.test(path))) await signAllIn();
      });
      await fc.assert(each, { ...settings(20 + 10 * inputs), endOnFailure: true });
    }
    // good requests are among them, or the bad ones would say little
    for (const path of ["/api/v1/submissions", "/api/v1/checks", "/api/v1/releases", "/api/v1/records/{ocid}"])
      expect(accepted.get(path) ?? 0, `accepted at ${path}`).to.be.greaterThan(0);
    expect(heap() - before, "what it keeps of requests").to.be.below(64 * 2 ** 20);
  });
});
