import { expect } from "chai";
import { json, publisher } from "./fault-server.ts";
import { readFeed } from "./reading.ts";

const token = { INAPROC_TOKEN: "jwt-abcdefgh.ijkl" };

/** `count` rows from number `from` on. */
const rowsFrom = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => ({ kd_tender: from + index, nama_paket: `Paket ${from + index}` }));

const TOKEN_PAGE = "<html><script>d.authenticityToken = 'tok3ntok3n1';</script></html>";

describe("feeds over HTTP", () => {
  it("ISB: takes the array of each year and agency as it stands, digits and fractions whole", async () => {
    await using isb = await publisher(({ path }, response) =>
      path.includes("2024")
        ? json(response, '[{"kd":12345678901234567890,"nilai":127730448.84,"pagu":1e9,"kosong":null,"l":[1, 2.50]}]')
        : json(response, '[{"kd":2,"nilai":0.10,"baru":"x"}]'),
    );
    const { values, columns, from, fault } = await readFeed(
      {
        engine: "isb",
        url: `${isb.url}/isb-2/api/{env:ISB_KEY}/json/740/{table}/tipe/4:4/parameter/{year}:{kd_klpd}`,
        parameters: { year: [2024, 2025], kd_klpd: "D107" },
      },
      { table: "SPSE-TenderEkontrak-Kontrak", env: { ISB_KEY: "0d5c1c8e-aaaa-4bbb-8ccc-1234567890ab" } },
    );
    expect(fault).to.equal(undefined);
    expect(isb.asked.map(({ path }) => path)).to.deep.equal([
      "/isb-2/api/0d5c1c8e-aaaa-4bbb-8ccc-1234567890ab/json/740/SPSE-TenderEkontrak-Kontrak/tipe/4:4/parameter/2024:D107",
      "/isb-2/api/0d5c1c8e-aaaa-4bbb-8ccc-1234567890ab/json/740/SPSE-TenderEkontrak-Kontrak/tipe/4:4/parameter/2025:D107",
    ]);
    expect(values).to.deep.equal([
      ["12345678901234567890", "127730448.84", "1e9", null, "[1, 2.50]"],
      ["2", "0.10", "x"],
    ]);
    // a column that only one of them has is told, not guessed
    expect(columns).to.deep.equal([
      ["kd", "nilai", "pagu", "kosong", "l"],
      ["kd", "nilai", "baru"],
    ]);
    expect(from[0]).to.equal(
      `GET ${isb.url}/isb-2/api/***/json/740/SPSE-TenderEkontrak-Kontrak/tipe/4:4/parameter/2024:D107`,
    );
  });

  it("ISB: an answer of 0 bytes is no rows, with a note or an alarm as declared; an empty array is only no rows", async () => {
    await using isb = await publisher(({ path }, response) => {
      response.writeHead(path === "/204" ? 204 : 200, { "content-type": "application/json" });
      response.end(path === "/array" ? " [ ] " : "");
    });
    for (const [path, empty, notes] of [
      ["/zero", "alarm", [{ code: "feed-empty", alarm: true }]],
      ["/zero", "note", [{ code: "feed-empty", alarm: false }]],
      ["/204", "note", [{ code: "feed-empty", alarm: false }]],
      ["/array", "alarm", []],
    ] as const) {
      const told = await readFeed({ engine: "isb", url: `${isb.url}${path}`, empty });
      expect(told.fault).to.equal(undefined);
      expect(told.from).to.have.length(1);
      expect(told.rows).to.deep.equal([]);
      expect(told.notes.map(({ code, alarm }) => ({ code, alarm }))).to.deep.equal(notes);
    }
  });

  it("INAPROC: follows the cursor with the bearer token to the end, and goes on from where it was stopped", async () => {
    const answers: Record<string, unknown> = {
      "": { success: true, data: rowsFrom(1, 2), meta: { cursor: "dua/+", has_more: true, limit: 2 } },
      "dua/+": { success: true, data: rowsFrom(3, 2), meta: { cursor: "tiga", has_more: true, limit: 2 } },
      tiga: { success: true, data: null, meta: { cursor: "tiga", has_more: false, limit: 2 } },
    };
    await using inaproc = await publisher(({ query }, response) => json(response, answers[query.cursor ?? ""]));
    const settings = {
      engine: "inaproc",
      url: `${inaproc.url}/api/v1/{table}`,
      parameters: { kode_klpd: "K34", tahun: 2024 },
      tokenEnv: "INAPROC_TOKEN",
      limit: 2,
    };
    const table = "tender/pengumuman";
    const whole = await readFeed(settings, { table, env: token });
    expect(whole.fault).to.equal(undefined);
    expect(whole.values.map(([key]) => key)).to.deep.equal(["1", "2", "3", "4"]);
    expect(inaproc.asked[0]).to.deep.include({ path: "/api/v1/tender/pengumuman" });
    expect(inaproc.asked.map(({ query }) => query)).to.deep.equal([
      { kode_klpd: "K34", tahun: "2024", limit: "2" },
      { kode_klpd: "K34", tahun: "2024", limit: "2", cursor: "dua/+" },
      { kode_klpd: "K34", tahun: "2024", limit: "2", cursor: "tiga" },
    ]);
    expect(inaproc.asked.every(({ headers }) => headers.authorization === "Bearer jwt-abcdefgh.ijkl")).to.equal(true);
    expect(JSON.stringify(whole)).not.to.contain("jwt-abcdefgh");

    const part = await readFeed(settings, { table, env: token, most: 1 });
    const rest = await readFeed(settings, { table, env: token, cursor: part.cursors[0]! });
    expect([...part.values, ...rest.values]).to.deep.equal(whole.values);
    // a run that has ended begins again
    inaproc.asked.length = 0;
    await readFeed(settings, { table, env: token, cursor: whole.cursors.at(-1)!, most: 1 });
    expect(inaproc.asked[0]!.query).not.to.have.property("cursor");
    // and places of another year mean nothing here
    inaproc.asked.length = 0;
    const other = { ...settings, parameters: { kode_klpd: "K34", tahun: 2025 } };
    await readFeed(other, { table, env: token, cursor: part.cursors[0]!, most: 1 });
    expect(inaproc.asked[0]!.query).to.deep.equal({ kode_klpd: "K34", tahun: "2025", limit: "2" });
  });

  it("INAPROC legacy: one plain array", async () => {
    await using inaproc = await publisher((_, response) => json(response, rowsFrom(1, 3)));
    const { values } = await readFeed(
      { engine: "inaproc", url: `${inaproc.url}/api/legacy/{table}`, legacy: true, parameters: { tahun: 2023 } },
      { table: "rup/master-satker" },
    );
    expect(values).to.have.length(3);
    expect(inaproc.asked.map(({ query }) => query)).to.deep.equal([{ tahun: "2023" }]);
  });

  it("INAPROC: a refusal with 200, and an answer that does not say how it goes on, are faults", async () => {
    const answers: Record<string, unknown> = {
      "/refused": { success: false, data: {}, error: { code: "1004", message: "Permintaan tidak valid" } },
      "/no-cursor": { success: true, data: rowsFrom(1, 2), meta: { has_more: true } },
      "/nothing": { success: true, data: rowsFrom(1, 2) },
      "/short": { success: true, data: rowsFrom(1, 1) },
      "/odd": { success: true, data: rowsFrom(1, 1), meta: { has_more: "mungkin", cursor: "x" } },
      "/object": { success: true, data: { jumlah: 5 } },
      "/twice": '{"data":[],"meta":{"has_more":false},"meta":{"has_more":true,"cursor":"x"}}',
    };
    await using inaproc = await publisher(({ path }, response) => json(response, answers[path]));
    const codes: Record<string, string | undefined> = {};
    for (const path of Object.keys(answers)) {
      const { fault } = await readFeed({ engine: "inaproc", url: `${inaproc.url}${path}`, limit: 2 });
      codes[path] = fault?.code;
      if (path === "/refused") expect(fault?.explanation.id).to.contain("1004 Permintaan tidak valid");
    }
    expect(codes).to.deep.equal({
      "/refused": "feed-refused",
      "/no-cursor": "feed-shape",
      "/nothing": "feed-shape",
      "/short": undefined,
      "/odd": "feed-shape",
      "/object": "feed-shape",
      "/twice": "feed-shape",
    });
  });

  it("SPSE: asks with the session and token of the page, by start and length, until there are no more rows", async () => {
    const all = Array.from({ length: 7 }, (_, index) => [
      String(index),
      `Paket ${index} <span>Tender Ulang</span>`,
      null,
    ]);
    let sessions = 0;
    await using spse = await publisher(({ path, body, headers }, response) => {
      if (path === "/kota/lelang") {
        sessions++;
        response.writeHead(200, {
          "content-type": "text/html",
          "set-cookie": ["SPSE_SESSION=abc123def; Path=/; HttpOnly", "other=1"],
        });
        response.end(`<html><script>d.authenticityToken = 'tok3ntok3n${sessions}';</script></html>`);
        return;
      }
      const form = new URLSearchParams(body);
      if (
        form.get("authenticityToken") !== `tok3ntok3n${sessions}` ||
        headers.cookie !== "SPSE_SESSION=abc123def; other=1"
      ) {
        response.writeHead(403).end();
        return;
      }
      const start = Number(form.get("start"));
      json(response, {
        draw: form.get("draw"),
        recordsTotal: 2147483647,
        recordsFiltered: 2147483647,
        data: all.slice(start, start + Number(form.get("length"))),
      });
      // sessions end in the middle
      if (start === 3) sessions++;
    });
    const settings = { engine: "spse", url: `${spse.url}/kota/dt/{table}`, length: 3, form: { kategoriId: 0 } };
    const { values, columns, from, fault } = await readFeed(settings, { table: "lelang" });
    expect(fault).to.equal(undefined);
    expect(values.map(([code]) => code)).to.deep.equal(["0", "1", "2", "3", "4", "5", "6"]);
    expect(columns[0]).to.deep.equal(["1", "2", "3"]);
    expect(values[0]).to.deep.equal(["0", "Paket 0 <span>Tender Ulang</span>", null]);
    expect(from[1]).to.equal(`POST ${spse.url}/kota/dt/lelang draw=1 kategoriId=0 length=3 start=3`);
    expect(sessions).to.equal(3);
    const asked = spse.asked.filter(({ method }) => method === "POST");
    expect(asked[0]!.headers).to.include({ "x-requested-with": "XMLHttpRequest", referer: `${spse.url}/kota/lelang` });
    expect(JSON.stringify(from)).not.to.contain("tok3n");
  });

  it("SPSE: which list its rows are of is told by the address, where no table is named", async () => {
    await using spse = await publisher(({ path }, response) => {
      if (path === "/kota/lelang") return void response.writeHead(200, { "content-type": "text/html" }).end(TOKEN_PAGE);
      json(response, { recordsFiltered: 1, data: [["1", "Paket"]] });
    });
    const { tables, fault } = await readFeed({ engine: "spse", url: `${spse.url}/kota/dt/lelang` });
    expect([fault, tables]).to.deep.equal([undefined, ["lelang"]]);
  });

  it("SPSE: stops at the number of rows that it tells; rows that it speaks of and does not give are an alarm", async () => {
    for (const [filtered, given, notes] of [
      [4, 4, []],
      [9, 4, ["feed-short"]],
    ] as const) {
      await using spse = await publisher(({ path, body }, response) => {
        if (path === "/lelang") {
          response.writeHead(200, { "content-type": "text/html" });
          response.end('<form><input type="hidden" name="authenticityToken" value="0123456789abcdef"/></form>');
          return;
        }
        const start = Number(new URLSearchParams(body).get("start"));
        const data = [0, 1, 2, 3].slice(start, Math.min(start + 2, given)).map((code) => [code, "x"]);
        json(response, { draw: 1, recordsTotal: 2147483647, recordsFiltered: filtered, data });
      });
      const told = await readFeed({ engine: "spse", url: `${spse.url}/dt/lelang`, length: 2 });
      expect(told.fault).to.equal(undefined);
      expect(told.values).to.have.length(4);
      expect(told.notes.map(({ code, alarm }) => (alarm ? code : ""))).to.deep.equal(notes);
    }
  });

  it("SiRUP and others: rows at a declared place, by page, offset, cursor or link", async () => {
    const all = rowsFrom(1, 5);
    await using other = await publisher(({ path, query }, response) => {
      const size = 2;
      if (path === "/page") {
        const page = Number(query.page);
        json(response, { pages: 3, items: all.slice((page - 1) * size, page * size) });
      } else if (path === "/endless") {
        const page = Number(query.p);
        json(response, { items: all.slice(page * size, (page + 1) * size) });
      } else if (path === "/offset") {
        const offset = Number(query.iDisplayStart);
        json(response, { iTotalDisplayRecords: 5, aaData: all.slice(offset, offset + Number(query.iDisplayLength)) });
      } else if (path === "/link") {
        const at = Number(query.at ?? 0);
        const next = at + size < all.length ? `link?at=${at + size}` : null;
        json(response, { result: { rows: all.slice(at, at + size) }, next });
      } else json(response, { next: query.after === undefined ? 7 : null, rows: query.after === undefined ? all : [] });
    });
    for (const settings of [
      { url: "/page", pointer: "/items", paging: { by: "page", pages: "/pages" } },
      { url: "/endless", pointer: "/items", paging: { by: "page", parameter: "p", first: 0 } },
      {
        engine: "sirup",
        url: "/offset",
        pointer: "/aaData",
        paging: {
          by: "offset",
          parameter: "iDisplayStart",
          total: "/iTotalDisplayRecords",
          size: { parameter: "iDisplayLength", value: 2 },
        },
      },
      { url: "/link", pointer: "/result/rows", paging: { by: "link", pointer: "/next" } },
      { url: "/after", pointer: "/rows", paging: { by: "cursor", parameter: "after", pointer: "/next" } },
    ]) {
      const { values, fault } = await readFeed({ engine: "json-api", ...settings, url: `${other.url}${settings.url}` });
      expect(fault, settings.url).to.equal(undefined);
      expect(
        values.map(([key]) => key),
        settings.url,
      ).to.deep.equal(["1", "2", "3", "4", "5"]);
    }
  });

  it("OCDS: follows links.next over packages of releases and of records, each release once and as it stands", async () => {
    const release = (id: number) => ({
      ocid: `ocds-x-${id}`,
      id: `${id}`,
      date: "2025-01-01T00:00:00Z",
      tag: ["tender"],
    });
    await using api = await publisher(({ path, query }, response) => {
      const page = Number(query.page ?? 1);
      const records = path === "/records";
      const list = [2 * page - 1, 2 * page].map(release);
      json(response, {
        uri: `${api.url}${path}?page=${page}`,
        version: "1.1",
        publishedDate: "2025-01-02T00:00:00Z",
        publisher: { name: "Kabupaten" },
        extensions: [],
        ...(records ? { records: list.map((one) => ({ ocid: one.ocid, releases: [one] })) } : { releases: list }),
        links: page < 3 ? { next: `${api.url}${path}?page=${page + 1}` } : {},
      });
    });
    for (const path of ["/releases", "/records"]) {
      const told = await readFeed({ engine: "ocds-api", url: `${api.url}${path}`, publisher: "Kabupaten" });
      expect(told.fault).to.equal(undefined);
      expect(told.notes).to.deep.equal([]);
      expect(told.columns[0]).to.deep.equal(["ocid", "id", "date", "tag", "release"]);
      expect(told.values.map(([ocid]) => ocid)).to.deep.equal([1, 2, 3, 4, 5, 6].map((id) => `ocds-x-${id}`));
      expect(JSON.parse(told.values[0]![4]!)).to.deep.equal(release(1));
    }
    const other = await readFeed({ engine: "ocds-api", url: `${api.url}/releases`, publisher: "Kota" });
    expect(other.fault).to.include({ code: "feed-package" });
    expect(other.rows).to.deep.equal([]);
  });

  it("OCDS: tells what a package leaves unsaid; another version, two lists or none are faults", async () => {
    const packages: Record<string, unknown> = {
      "/bare": { releases: [] },
      "/old": { uri: "x", publishedDate: "2016-01-01T00:00:00Z", publisher: { name: "x" }, releases: [] },
      "/new": { version: "2.0", releases: [] },
      "/both": { version: "1.1", releases: [], records: [] },
      "/none": { version: "1.1", message: "Not a package" },
    };
    await using api = await publisher(({ path }, response) => json(response, packages[path]));
    const found: Record<string, unknown> = {};
    for (const path of Object.keys(packages)) {
      const { fault, notes } = await readFeed({ engine: "ocds-api", url: `${api.url}${path}` });
      found[path] = fault?.code ?? notes.map(({ words }) => words.en);
    }
    expect(found).to.deep.equal({
      "/bare": ["The package does not tell /uri, /version, /publishedDate, /publisher/name."],
      "/old": ["The package does not tell /version."],
      "/new": "feed-package",
      "/both": "feed-shape",
      "/none": "feed-shape",
    });
  });

  it("asks for what has changed by the clock of the source, with the overlap, however wrong that clock is", async () => {
    const dates = ["Tue, 10 Mar 2026 03:00:00 GMT", "Tue, 10 Mar 2026 03:00:09 GMT", "Wed, 11 Mar 2026 03:00:00 GMT"];
    let call = 0;
    await using api = await publisher(
      ({ query }, response) => {
        const page = Number(query.page ?? 1);
        const date = dates[Math.min(call++, 2)]!;
        json(response, { pages: 2, rows: rowsFrom(10 * call, 1), page }, { date });
      },
      { date: false },
    );
    const settings = {
      engine: "json-api",
      url: api.url,
      pointer: "/rows",
      paging: { by: "page", pages: "/pages" },
      since: { parameter: "changed_since" },
    };
    const overlap = 3_600_000;
    const now = Date.parse("2026-03-10T05:30:00Z");
    const first = await readFeed(settings, { overlap, now });
    expect(api.asked.map(({ query }) => query.changed_since)).to.deep.equal([undefined, undefined]);
    expect(first.notes.map(({ code }) => code)).to.deep.equal(["clock-skew"]);
    expect(first.notes[0]!.words.en).to.contain("150 minutes behind");
    api.asked.length = 0;
    const second = await readFeed(settings, { overlap, now, cursor: first.cursors.at(-1)! });
    // from when the first run began, not from when it ended
    expect(api.asked.map(({ query }) => query.changed_since)).to.deep.equal([
      "2026-03-10T02:00:00Z",
      "2026-03-10T02:00:00Z",
    ]);
    // stopped between two pages, the window stays what it was
    api.asked.length = 0;
    await readFeed(settings, { overlap, now, cursor: second.cursors[0]! });
    expect(api.asked.map(({ query }) => [query.page, query.changed_since])).to.deep.equal([
      ["2", "2026-03-10T02:00:00Z"],
    ]);
    api.asked.length = 0;
    await readFeed(settings, { overlap, now, cursor: second.cursors[1]!, most: 1 });
    expect(api.asked[0]!.query.changed_since).to.equal("2026-03-11T02:00:00Z");
  });

  it("a source that does not tell its time keeps its window open", async () => {
    await using api = await publisher((_, response) => json(response, rowsFrom(1, 1)), { date: false });
    const settings = {
      engine: "json-api",
      url: api.url,
      since: { parameter: "since", format: "date", first: "2026-01-05" },
    };
    const first = await readFeed(settings, { overlap: 86_400_000 });
    const second = await readFeed(settings, { overlap: 86_400_000, cursor: first.cursors[0]! });
    expect(api.asked.map(({ query }) => query.since)).to.deep.equal(["2026-01-04", "2026-01-04"]);
    expect(second.notes.map(({ code }) => code)).to.deep.equal(["clock-untold"]);
  });

  it("`current` and `previous` are fiscal years as Jakarta counts them", async () => {
    await using api = await publisher((_, response) => json(response, rowsFrom(1, 1)));
    const settings = { engine: "isb", url: `${api.url}/{year}`, parameters: { year: ["previous", "current"] } };
    await readFeed(settings, { now: Date.parse("2026-12-31T17:00:00Z") });
    expect(api.asked.map(({ path }) => path)).to.deep.equal(["/2026", "/2027"]);
  });

  it("a token that will end soon, and years that bring the same rows, are alarms", async () => {
    const until = (days: number) => {
      const exp = Math.floor(Date.now() / 1_000) + days * 86_400;
      return `e30.${Buffer.from(JSON.stringify({ exp })).toString("base64url")}.c2ln`;
    };
    await using api = await publisher(({ query }, response) =>
      json(response, rowsFrom(query.tahun === "2025" ? 9 : 1, 2)),
    );
    const settings = {
      engine: "inaproc",
      url: `${api.url}/api/legacy/x`,
      legacy: true,
      tokenEnv: "TOKEN",
      parameters: { tahun: [2023, 2024, 2025] },
    };
    const told = await readFeed(settings, { env: { TOKEN: until(3) } });
    expect(told.notes.map(({ code, alarm }) => alarm && code)).to.deep.equal(["token-ends", "feed-same"]);
    expect(told.notes[1]!.words.en).to.contain("tahun=2024").and.to.contain("tahun=2023");
    const later = await readFeed({ ...settings, parameters: {} }, { env: { TOKEN: until(60) } });
    expect(later.notes).to.deep.equal([]);
    expect((await readFeed({ ...settings, parameters: {} }, { env: { TOKEN: "opaque-token" } })).notes).to.deep.equal(
      [],
    );
  });
});
