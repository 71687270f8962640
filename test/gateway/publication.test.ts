import AjvDraft04 from "ajv-draft-04";
import formats from "ajv-formats";
import { expect } from "chai";
import { Kind } from "../../server/domain/entries/kinds.ts";
import { check } from "../../server/domain/ocds/check.ts";
import { extensionAt } from "../../server/domain/ocds/schema.ts";
import { askOf, seedSandbox } from "../../server/sandbox/seed.ts";
import { describeWithSamples, sample } from "../ocds/samples.ts";
import { contractTerms, posted, type Running, STEM, startGateway } from "./world.ts";

// biome-ignore lint/suspicious/noExplicitAny: packages are read as any reader would
type Package = any;

const ROAD = "ocds-213czf-dpupr-jalan-2026-01";

describe("what is published", function () {
  this.timeout(60_000);
  let running: Running;
  before(async () => {
    running = await startGateway();
    await seedSandbox(askOf(running.app), running.services.separator, { only: "stories" });
  });
  after(() => running.remove());

  const get = async (url: string, headers: Record<string, string> = {}) => {
    const response = await running.app.inject({ url, headers });
    return {
      status: response.statusCode,
      headers: response.headers,
      body: response.body ? response.json() : undefined,
    };
  };
  const read = async (url: string): Promise<Package> => {
    const { status, body } = await get(url);
    expect(status, `${url} ${JSON.stringify(body).slice(0, 200)}`).to.equal(200);
    return body;
  };
  /** Every package from here on by its links. */
  async function* pages(url: string, way: "next" | "prev" = "next"): AsyncGenerator<Package> {
    for (let next: string | undefined = url; next !== undefined; ) {
      const page: Package = await read(next);
      yield page;
      next = page.links?.[way];
    }
  }
  const idsOf = async (url: string, way?: "next" | "prev"): Promise<string[]> => {
    const ids: string[] = [];
    for await (const { releases } of pages(url, way)) ids.push(...releases.map(({ id }: { id: string }) => id));
    return ids;
  };
  const everyPackage = async (): Promise<Package[]> => {
    const packages: Package[] = [];
    for await (const page of pages("/api/v1/releases?limit=7")) packages.push(page);
    for await (const page of pages("/api/v1/records?limit=3")) packages.push(page);
    for (const ocid of (await read("/api/v1/ocids")).ocids.map(encodeURIComponent)) {
      packages.push(await read(`/api/v1/records/${ocid}`), await read(`/api/v1/records/${ocid}?releases=linked`));
      packages.push(await read(`/api/v1/releases/${ocid}/${ocid}-1`));
    }
    return packages;
  };

  it("passes our own check without an error, and without a field that nobody declared", async () => {
    const packages = await everyPackage();
    expect(packages.length).to.be.greaterThan(40);
    const faults = packages.flatMap((one) => check(one).faults);
    expect(faults.filter(({ level }) => level === "error")).to.deep.equal([]);
    expect(faults.filter(({ rule }) => rule === "unknown-field" || rule === "extension-unknown")).to.deep.equal([]);
  });

  describeWithSamples("and the official schemas", () => {
    it("in every package", async () => {
      const Ajv = AjvDraft04.default;
      const ajv = new Ajv({ strict: false, allErrors: true });
      formats.default(ajv);
      const at = (name: string) => `schema/1.1.5/${name}.json`;
      for (const name of ["release-schema", "versioned-release-validation-schema", "record-package-schema"])
        if (name !== "record-package-schema") ajv.addSchema(sample(at(name)));
      const releasesValid = ajv.compile(sample(at("release-package-schema")));
      const recordsValid = ajv.compile(sample(at("record-package-schema")));
      for (const one of await everyPackage()) {
        const valid = one.records === undefined ? releasesValid : recordsValid;
        expect(valid(one), `${one.uri} ${JSON.stringify(valid.errors?.slice(0, 3))}`).to.equal(true);
      }
    });
  });

  it("says in every package under which licence, by which policy, with which extensions: each address of ours answers", async () => {
    const { license, publicationPolicy, extensions, publisher, publishedDate, releases } =
      await read("/api/v1/releases?limit=5");
    expect(license).to.match(/^https:/);
    expect(publisher.name).to.include("sandbox");
    expect(publishedDate).to.equal(releases.at(-1).date);
    expect(extensions.map(extensionAt)).to.deep.equal(["guarantees", "prasasti"]);
    const own = extensions[1];
    const extension = await read(own);
    for (const file of extension.schemas) await read(own.replace("extension.json", file));
    const schema = await read(own.replace("extension.json", "release-schema.json"));
    expect(schema.definitions.Milestone.properties.certified).to.deep.include({ $ref: "#/definitions/Value" });
    const ofTransactions = ["documentNumber", "sourceID", "exceptions", "returns", "returnType"];
    expect(schema.definitions.Transaction.properties).to.have.all.keys(ofTransactions);
    expect(schema.definitions.Contract.properties.holds).to.deep.include({ items: { $ref: "#/definitions/Hold" } });
    expect(schema.properties.sourceRelease.properties).to.have.all.keys("id", "date", "digest", "complete");
    const policy = await running.app.inject({ url: publicationPolicy });
    expect(policy.body).to.include("Kebijakan publikasi").and.include("Licence");
    expect(policy.headers["content-type"]).to.equal("text/html; charset=utf-8");
  });

  it("gives a follower of links every release once, forwards and back, with absolute links and the total", async () => {
    const { headers } = await get("/api/v1/releases");
    const forward = await idsOf("/api/v1/releases?limit=9");
    expect(forward).to.have.length(Number(headers["x-total-count"]));
    expect(new Set(forward).size).to.equal(forward.length);
    let last = "/api/v1/releases?limit=9";
    for await (const page of pages(last)) last = page.uri;
    const back: string[] = [];
    for await (const { releases } of pages(last, "prev")) back.unshift(...releases.map((r: { id: string }) => r.id));
    expect(back).to.deep.equal(forward);
    expect((await read("/api/v1/releases?limit=9")).links.next).to.match(
      /^http:\/\/localhost(:\d+)?\/api\/v1\/releases\?/,
    );
  });

  it("gives what one filter or several ask for, and a total only where it is true", async () => {
    const all: Package[] = [];
    for await (const { releases } of pages("/api/v1/releases?limit=200")) all.push(...releases);
    const expectSame = async (query: string, keep: (release: Package) => boolean, counted: boolean) => {
      const wanted = all.filter(keep).map(({ id }) => id);
      expect(wanted, query).to.not.have.length(0);
      const { headers } = await get(`/api/v1/releases?limit=2&${query}`);
      expect(await idsOf(`/api/v1/releases?limit=2&${query}`), query).to.deep.equal(wanted);
      expect(headers["x-total-count"], query).to.equal(counted ? String(wanted.length) : undefined);
    };
    const byAgency = ({ buyer }: Package) => buyer.id === "ID-PRS-DPUPR";
    const isPayment = ({ tag }: Package) => tag.includes("implementationUpdate");
    await expectSame("agency=ID-PRS-DPUPR", byAgency, true);
    await expectSame("tag=implementationUpdate", isPayment, true);
    await expectSame(
      "agency=ID-PRS-DPUPR&tag=implementationUpdate",
      (release) => byAgency(release) && isPayment(release),
      false,
    );
    const supplied = await idsOf("/api/v1/releases?supplier=ID-PRS-S-0002");
    expect(supplied).to.not.have.length(0);
    await expectSame(
      "supplier=ID-PRS-S-0002&agency=ID-PRS-DPUPR&tag=contract",
      ({ id, tag }) => supplied.includes(id) && tag.includes("contract"),
      false,
    );
    const dates = all.map(({ date }) => date).sort();
    const middle = dates[Math.floor(all.length / 2)];
    await expectSame(`since=${middle}`, ({ date }) => date >= middle, false);
    await expectSame(`until=${middle}`, ({ date }) => date < middle, false);
    const some = dates[1];
    await expectSame(`since=${some}&until=${middle}`, ({ date }) => date >= some && date < middle, false);
    const local = encodeURIComponent(`${new Date(Date.parse(middle) + 7 * 3600_000).toISOString().slice(0, -1)}+07:00`);
    await expectSame(`since=${local}`, ({ date }) => date >= middle, false);
    const none = await get("/api/v1/releases?agency=nobody");
    expect([none.status, none.body.releases, none.headers["x-total-count"]]).to.deep.equal([200, [], "0"]);
    expect((await read("/api/v1/releases?since=2099-01-01T00:00:00Z")).releases).to.deep.equal([]);
  });

  it("links each release of a record to the package that has it", async () => {
    const [record] = (await read(`/api/v1/records/${ROAD}?releases=linked`)).records;
    const [embedded] = (await read(`/api/v1/records/${ROAD}`)).records;
    expect(record.compiledRelease).to.deep.equal(embedded.compiledRelease);
    const found: unknown[] = [];
    for (const { url, date, tag } of record.releases) {
      const [address, id] = url.split("#");
      const release = (await read(address)).releases.find((one: { id: string }) => one.id === decodeURIComponent(id));
      expect(release).to.deep.include({ date, tag });
      found.push(release);
    }
    expect(found).to.deep.equal(embedded.releases);
  });

  it("pages ocids and records the same way", async () => {
    const ocids: string[] = [];
    for await (const page of pages("/api/v1/ocids?limit=5")) ocids.push(...page.ocids);
    const { headers } = await get("/api/v1/ocids");
    expect(ocids).to.have.length(Number(headers["x-total-count"]));
    const recorded: string[] = [];
    for await (const page of pages("/api/v1/records?limit=5"))
      recorded.push(...page.records.map(({ ocid }: { ocid: string }) => ocid));
    expect(recorded).to.deep.equal(ocids);
  });

  it("refuses a cursor that it did not write, and a filter that it does not know", async () => {
    const cursor = (text: string) => Buffer.from(text).toString("base64url");
    for (const text of ["x", ">1", ">-00000000000001", "?000000000000001", ">0000000000000001", ""]) {
      const { status, body } = await get(`/api/v1/releases?cursor=${cursor(text)}`);
      expect([status, body.type], text).to.be.deep.oneOf([
        [400, "/problems/invalid-cursor"],
        [400, "/problems/invalid-request"],
      ]);
    }
    expect((await get(`/api/v1/ocids?cursor=${cursor(">\u0000")}`)).body.type).to.equal("/problems/invalid-cursor");
    for (const query of [
      "agncy=x",
      "since=2026-01-01",
      "since=yesterday",
      "tag=paid",
      "limit=0",
      "limit=1e2",
      "limit=",
    ])
      expect((await get(`/api/v1/releases?${query}`)).status, query).to.equal(400);
  });

  it("tells the history of a record in words: what changed, who signed it, in which office", async () => {
    const { history } = await read(`/api/v1/records/${ROAD}/history`);
    const amendment = history.find(({ kind }: { kind: string }) => kind === "amendment");
    expect(amendment.words.id).to.match(
      /^adendum .*Rp .*Ditandatangani oleh PPK pada Dinas Pekerjaan Umum.* \+ PA\/KPA pada/,
    );
    expect(amendment.words.en).to.match(/^amendment .*Signed by officer of Dinas.* \+ approver of/);
    const value = amendment.changes.find(({ path }: { path: string }) =>
      /^\/contracts\/[^/].*\/value\/amount$/.test(path),
    );
    expect(value.before).to.be.a("number").and.lessThan(value.after);
    expect(amendment.signers.map(({ role }: { role: number }) => role)).to.deep.equal([2, 3]);
    expect((await read(amendment.release)).releases[0].tag).to.deep.equal(["contractAmendment"]);
    expect((await get("/api/v1/records/none/history")).status).to.equal(404);
  });

  it("answers 304 to who has the page already, until it changes", async () => {
    const url = `/api/v1/records/${ROAD}`;
    const { headers } = await get(url);
    const { etag } = headers as { etag: string };
    const again = await get(url, { "if-none-match": `"x", ${etag}` });
    expect([again.status, again.body, again.headers.etag]).to.deep.equal([304, undefined, etag]);
    const packed = await get(url, { "if-none-match": etag, "accept-encoding": "gzip" });
    expect(packed.status).to.equal(304);
    expect((await get(url, { "if-none-match": '"other"' })).status).to.equal(200);
    // a full page stays what it is while others are written behind it
    const page = "/api/v1/releases?limit=3";
    const before = (await get(page)).headers.etag;
    const { payload } = posted(running.services.separator, running.services.register().seen);
    await running.app.inject({ method: "POST", url: "/api/v1/submissions?wait=9000", payload });
    expect((await get(page)).headers.etag).to.equal(before);
  });

  it("may be read from any other site's page, and only read", async () => {
    const { headers } = await get("/api/v1/releases", { origin: "https://elsewhere.example" });
    expect(headers["access-control-allow-origin"]).to.equal("*");
    expect(headers["access-control-expose-headers"]).to.include("x-total-count");
    const preflight = await running.app.inject({
      method: "OPTIONS",
      url: "/api/v1/submissions",
      headers: { origin: "https://elsewhere.example", "access-control-request-method": "POST" },
    });
    expect(preflight.headers["access-control-allow-methods"]).to.equal("GET, HEAD");
  });

  describe("is never stopped by one broken item", () => {
    it("a release that is lost, a record that can't be merged", async () => {
      const { projection } = running.services;
      const wanted = await idsOf("/api/v1/releases?limit=4");
      const rows: { key: string; value: { release: Record<string, unknown> } }[] = [];
      for await (const row of projection.range<{ release: Record<string, unknown> }>(`release/${ROAD}/`))
        rows.push(row);
      const [lost, odd] = [rows[1]!, rows[2]!];
      await projection.put(
        [{ key: odd.key, value: { ...odd.value, release: { ...odd.value.release, parties: { a: { b: 1 } } } } }],
        {
          remove: [lost.key],
        },
      );
      const found = await idsOf("/api/v1/releases?limit=4");
      expect(found).to.deep.equal(wanted.filter((id) => id !== lost.value.release.id));
      const record = (await read(`/api/v1/records/${ROAD}`)).records[0];
      expect(record).to.include.keys("ocid", "releases").and.not.include.keys("compiledRelease");
      await read("/api/v1/records?limit=100");
      expect((await read(`/api/v1/records/${ROAD}/history`)).history).to.have.length(rows.length);
      await projection.put([lost, odd]);
    });
  });

  it("keeps processes apart whose ocids look like each other's rows", async () => {
    const record = async (ocid: string) => {
      const { payload } = posted(running.services.separator, running.services.register().seen, {
        ocid,
        kind: Kind.contract,
        terms: contractTerms(),
      });
      const { statusCode } = await running.app.inject({
        method: "POST",
        url: "/api/v1/submissions?wait=9000",
        payload,
      });
      expect(statusCode).to.equal(201);
    };
    const [plain, nested, odd] = [`${STEM}-k`, `${STEM}-k/000000000000001`, `${STEM}-k 🏗 %2F..`];
    for (const ocid of [plain, nested, odd]) await record(ocid);
    for (const ocid of [plain, nested, odd]) {
      const { records } = await read(`/api/v1/records/${encodeURIComponent(ocid)}?releases=linked`);
      expect(records[0].releases).to.have.length(1);
      expect((await read(records[0].releases[0].url.split("#")[0])).releases[0].ocid).to.equal(ocid);
      expect(check({ ...(await read("/api/v1/records?limit=1")), records }).valid).to.equal(true);
    }
    const { ocids } = await read("/api/v1/ocids?limit=1000");
    expect(ocids).to.include.members([plain, nested, odd]);
  });
});
