import { readFileSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import https from "node:https";
import net, { type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { expect } from "chai";
import fc from "fast-check";
import { type Handler, json, publisher } from "./fault-server.ts";
import { leftOver, readFeed } from "./reading.ts";

const rows = [
  { kd: 1, nama: "satu" },
  { kd: 2, nama: "dua" },
];
const whole = JSON.stringify(rows);

/** What reading one answer of this publisher ends with. */
async function answered(handler: Handler, settings: object = {}, options: Parameters<typeof readFeed>[1] = {}) {
  await using source = await publisher(handler);
  const told = await readFeed({ engine: "isb", url: `${source.url}/isb/x`, ...settings }, options);
  return { ...told, asked: source.asked, code: told.fault?.code, retry: told.fault?.retry };
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe("faults of feeds", () => {
  afterEach(async () => {
    expect(await leftOver(), "answers that nobody removed").to.deep.equal([]);
  });

  for (const [what, code, again, handler, settings] of [
    ["500", "feed-server", true, (_, response) => response.writeHead(500).end(whole)],
    ["503", "feed-server", true, (_, response) => response.writeHead(503).end()],
    ["429", "feed-busy", true, (_, response) => response.writeHead(429).end()],
    ["400", "feed-refused", false, (_, response) => response.writeHead(400).end(whole)],
    ["401", "feed-denied", false, (_, response) => response.writeHead(401).end()],
    ["403", "feed-denied", false, (_, response) => response.writeHead(403).end()],
    ["404", "feed-refused", false, (_, response) => response.writeHead(404).end()],
    ["304 that nobody asked for", "feed-refused", false, (_, response) => response.writeHead(304).end()],
    ["206", "feed-refused", false, (_, response) => response.writeHead(206).end(whole)],
    ["JSON that ends too early", "feed-cut", true, (_, response) => json(response, whole.slice(0, -1))],
    ["JSON that ends inside a row", "feed-cut", true, (_, response) => json(response, whole.slice(0, 20))],
    [
      "a connection reset in the middle",
      "feed-cut",
      true,
      async (_, response, socket) => {
        response.writeHead(200, { "content-type": "application/json", "content-length": "1000" });
        response.write(whole.slice(0, 20));
        await wait(20);
        socket.resetAndDestroy();
      },
    ],
    [
      "fewer bytes than promised",
      "feed-cut",
      true,
      (_, response, socket) => {
        response.writeHead(200, { "content-type": "application/json", "content-length": "1000" });
        response.write(whole);
        setTimeout(() => socket.end(), 20);
      },
    ],
    [
      "a chunked answer without its end",
      "feed-cut",
      true,
      (_, response, socket) => {
        response.writeHead(200, { "content-type": "application/json" });
        response.write(whole);
        setTimeout(() => socket.end(), 20);
      },
    ],
    ["a connection closed without an answer", "feed-cut", true, (_, _response, socket) => void socket.destroy()],
    [
      "gzip that ends too early",
      "feed-cut",
      true,
      (_, response) => {
        response.writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" });
        response.end(gzipSync(whole).subarray(0, 30));
      },
    ],
    [
      "what says it is gzip and is not",
      "feed-cut",
      true,
      (_, response) => json(response, whole, { "content-encoding": "gzip" }),
    ],
    [
      "a packing that nobody knows",
      "feed-type",
      false,
      (_, response) => json(response, whole, { "content-encoding": "rot13" }),
    ],
    [
      "a page for people, with 200",
      "feed-html",
      true,
      (_, response) => {
        response.writeHead(200, { "content-type": "text/html; charset=utf-8" });
        response.end("<!doctype html><html><head><title>Sedang\u202e dalam\nperbaikan</title></head></html>");
      },
    ],
    [
      "a page for people that calls itself JSON",
      "feed-html",
      true,
      (_, response) => json(response, "\n <html><body><h1>Maaf, terjadi error pada aplikasi SPSE.</h1></body></html>"),
    ],
    [
      "another kind of content",
      "feed-type",
      false,
      (_, response) => {
        response.writeHead(200, { "content-type": "application/pdf" });
        response.end("%PDF-1.7");
      },
    ],
    [
      "JSON that calls itself a page",
      "feed-type",
      false,
      (_, response) => {
        response.writeHead(200, { "content-type": "text/html" });
        response.end(whole);
      },
    ],
    ["text that is no JSON", "feed-not-json", false, (_, response) => json(response, "Data tidak ditemukan")],
    [
      "JSON with something behind it",
      "feed-not-json",
      false,
      (_, response) => json(response, `${whole}<br>Fatal error`),
    ],
    [
      "an object in place of an array",
      "feed-shape",
      false,
      (_, response) => json(response, { message: "Unauthorized key" }),
    ],
    ["a number in place of an array", "feed-shape", false, (_, response) => json(response, "42")],
    [
      "UTF-16",
      "feed-not-json",
      false,
      (_, response) => {
        response.writeHead(200, { "content-type": "application/json" });
        response.end(Buffer.from(whole, "utf16le"));
      },
    ],
    [
      "an answer larger than declared",
      "feed-too-large",
      false,
      (_, response) => json(response, whole),
      { limits: { answerBytes: 20 } },
    ],
    ["an answer that never begins", "feed-timeout", true, () => {}, { limits: { firstByte: 0.1 } }],
    [
      "an answer that stands still",
      "feed-timeout",
      true,
      (_, response) => {
        response.writeHead(200, { "content-type": "application/json" });
        response.write(whole.slice(0, 10));
      },
      { limits: { idle: 0.1 } },
    ],
    [
      "an answer that drips",
      "feed-timeout",
      true,
      (_, response) => {
        response.writeHead(200, { "content-type": "application/json" });
        const drip = setInterval(() => response.write(" "), 20);
        response.on("close", () => clearInterval(drip));
      },
      { limits: { idle: 1, whole: 0.2 } },
    ],
    [
      "headers without end",
      "feed-protocol",
      false,
      (_, _response, socket) => {
        socket.write("HTTP/1.1 200 OK\r\n");
        const more = setInterval(() => socket.write(`x-${"a".repeat(1000)}: b\r\n`), 1);
        socket.on("close", () => clearInterval(more));
        socket.on("error", () => {});
      },
    ],
    ["what is no HTTP", "feed-protocol", false, (_, _response, socket) => void socket.end("SSH-2.0-OpenSSH_9.6\r\n")],
    [
      "a redirect to another host",
      "feed-redirect",
      false,
      (_, response) => response.writeHead(302, { location: "http://169.254.169.254/latest/meta-data" }).end(),
    ],
    [
      "a redirect to another port",
      "feed-redirect",
      false,
      (_, response) => response.writeHead(301, { location: "http://127.0.0.1:1/" }).end(),
    ],
    [
      "a redirect to a file",
      "feed-redirect",
      false,
      (_, response) => response.writeHead(302, { location: "file:///etc/passwd" }).end(),
    ],
    [
      "redirects in a circle",
      "feed-redirect",
      false,
      (_, response) => response.writeHead(302, { location: "/isb/x" }).end(),
    ],
    [
      "a redirect to nowhere",
      "feed-redirect",
      false,
      (_, response) => response.writeHead(302, { location: "http://[" }).end(),
    ],
  ] as [string, string, boolean, Handler, object?][])
    it(`names ${what}: ${code}${again ? ", to be tried again" : ""}`, async () => {
      const { code: found, retry, fault, rows: read, asked } = await answered(handler, settings);
      expect(found).to.equal(code);
      expect(retry !== undefined).to.equal(again);
      expect(read).to.deep.equal([]);
      // one question and one answer: trying again is the run's affair
      expect(asked).to.have.length(what === "redirects in a circle" ? 6 : 1);
      for (const words of [fault!.explanation, fault!.remedy]) {
        expect(words.en).not.to.equal(words.id);
        for (const text of [words.en, words.id]) expect(text).to.match(/^[^\p{Cc}\p{Cf}]{10,400}$/u);
      }
    });

  it("says the title of a page for people", async () => {
    const { fault } = await answered((_, response) => {
      response.writeHead(200, { "content-type": "text/html" });
      response.end("<!doctype html><title>Situs sedang\ndalam perbaikan</title>");
    });
    expect(fault!.explanation.id).to.contain("“Situs sedang dalam perbaikan”");
  });

  it("takes JSON under another content type where that is declared, and what is packed", async () => {
    for (const [headers, content] of [
      [{ "content-type": "text/html; charset=utf-8" }, whole],
      [{ "content-type": "application/vnd.api+json", "content-encoding": "gzip" }, gzipSync(whole)],
      [{ "content-encoding": "br" }, brotliCompressSync(whole)],
      [{ "content-type": "application/json", "content-encoding": "identity" }, `\ufeff${whole}`],
    ] as const) {
      const told = await answered((_, response) => void response.writeHead(200, headers).end(content), {
        contentTypes: ["text/html"],
      });
      expect(told.code).to.equal(undefined);
      expect(told.values).to.deep.equal([
        ["1", "satu"],
        ["2", "dua"],
      ]);
    }
  });

  it("names a host that is not there, a port where nobody listens, a connection that does not come about", async () => {
    const nobody = await readFeed({ engine: "isb", url: "http://127.0.0.1:1/x" });
    expect(nobody.fault).to.deep.include({ code: "feed-unreachable", retry: {} });
    const nowhere = await readFeed({ engine: "isb", url: "http://no-such-host.invalid/x" });
    expect(nowhere.fault).to.include({ code: "feed-unreachable" });
    // it takes the connection and says nothing: there is no TLS
    const silent = net.createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const { port } = silent.address() as AddressInfo;
    const late = await readFeed({ engine: "isb", url: `https://127.0.0.1:${port}/x`, limits: { connect: 0.1 } });
    silent.close();
    expect(late.fault).to.include({ code: "feed-timeout" });
    expect(late.fault!.explanation.en).to.contain("no connection within 0.1 s");
  });

  it("waits as long as the source asks, in seconds or until a time by its own clock; a wait too long ends the run", async () => {
    const date = "Tue, 10 Mar 2020 03:00:00 GMT";
    for (const [status, asked, retry] of [
      [429, "7", { after: 7_000 }],
      [503, "Tue, 10 Mar 2020 03:00:30 GMT", { after: 30_000 }],
      [429, "Tue, 10 Mar 2020 02:00:00 GMT", { after: 0 }],
      [429, "soon", {}],
      [429, "86400", undefined],
    ] as const) {
      const told = await answered(
        (_, response) => void response.writeHead(status, { "retry-after": asked, date }).end(),
      );
      expect(told.retry, asked).to.deep.equal(retry);
    }
  });

  it("trusts no certificate that it cannot check, nor one for another name, whatever the environment says", async () => {
    const file = (name: string) => fileURLToPath(new URL(name, import.meta.url));
    const server = https.createServer(
      { key: readFileSync(file("publisher-key.pem")), cert: readFileSync(file("publisher-cert.pem")) },
      (_, response) => json(response, whole),
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";
    try {
      const caFile = file("publisher-cert.pem");
      const unknown = await readFeed({ engine: "isb", url: `https://127.0.0.1:${port}/x` });
      expect(unknown.fault).to.include({ code: "feed-tls", retry: undefined });
      const other = await readFeed({ engine: "isb", url: `https://localhost:${port}/x`, caFile });
      expect(other.fault).to.include({ code: "feed-tls" });
      const known = await readFeed({ engine: "isb", url: `https://127.0.0.1:${port}/x`, caFile });
      expect(known.values).to.have.length(2);
      const missing = await readFeed({ engine: "isb", url: `https://127.0.0.1:${port}/x`, caFile: "no.pem" });
      expect(missing.fault).to.include({ code: "feed-setting" });
    } finally {
      if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
      else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before;
      server.closeAllConnections();
      server.close();
    }
  });

  it("refuses what unpacks to far more than it is, without filling the disk", async function () {
    this.timeout(20_000);
    const bomb = gzipSync(Buffer.concat([Buffer.from("["), Buffer.alloc(256 << 20, 0x20), Buffer.from("]")]));
    expect(bomb.length).to.be.below(1 << 20);
    const { code, fault } = await answered((_, response) => {
      response.writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" });
      response.end(bomb);
    });
    expect(code).to.equal("feed-too-large");
    expect(Number(/more than (\d+) bytes/.exec(fault!.explanation.en)![1])).to.be.below(64 << 20);
  });

  it("stops an answer without end, and a run whose answers together are too many", async () => {
    const endless = await answered(
      (_, response) => {
        response.writeHead(200, { "content-type": "application/json" });
        const more = () => {
          while (!response.destroyed && response.write(`${" ".repeat(65_536)}`));
        };
        response.on("drain", more);
        more();
      },
      { limits: { answerBytes: 4 << 20 } },
    );
    expect(endless.code).to.equal("feed-too-large");
    await using source = await publisher((_, response) => json(response, whole));
    const parts = await readFeed({
      engine: "isb",
      url: `${source.url}/{year}`,
      parameters: { year: [1, 2, 3, 4, 5] },
      limits: { runBytes: 2 * whole.length },
    });
    expect(parts.fault).to.include({ code: "feed-too-large" });
    expect(parts.rows).to.have.length(4);
    const pages = await readFeed({
      engine: "isb",
      url: `${source.url}/{year}`,
      parameters: { year: [1, 2, 3, 4, 5] },
      limits: { pages: 3 },
    });
    expect(pages.fault).to.include({ code: "feed-too-large" });
    expect(pages.rows).to.have.length(6);
  });

  it("stops where the pages go round in a circle, and keeps what it has read", async () => {
    const settings = { engine: "inaproc", limit: 2 };
    const page = (cursor: string, from: number) => ({
      data: [{ kd: from }, { kd: from + 1 }],
      meta: { has_more: true, cursor },
    });
    const cases: Record<string, [string, (cursor: string | undefined, call: number) => unknown]> = {
      "the same cursor again": ["leads back", (_, call) => page("a", 10 * call)],
      "an earlier cursor": ["leads back", (cursor, call) => page(cursor === "a" ? "b" : "a", 10 * call)],
      "the same rows under new cursors": ["has the same rows", (_, call) => page(`c${call}`, 1)],
      "pages without rows": [
        "without a row",
        (_, call) => ({ data: [], meta: { has_more: true, cursor: `c${call}` } }),
      ],
    };
    for (const [what, [words, answer]] of Object.entries(cases)) {
      let call = 0;
      await using api = await publisher(({ query }, response) => json(response, answer(query.cursor, call++)));
      const { fault, rows: read } = await readFeed({ ...settings, url: api.url });
      expect(fault, what).to.include({ code: "feed-loop", retry: undefined });
      expect(fault!.explanation.en).to.contain(words);
      expect(api.asked.length, what).to.be.below(5);
      expect(read.length, what).to.be.below(5);
    }
    // DataTables that ignores `start` gives its first page for ever
    await using spse = await publisher(({ path }, response) => {
      if (path === "/lelang") {
        response.writeHead(200, { "content-type": "text/html" });
        response.end("<script>authenticityToken = '0123456789abcdef'</script>");
      } else json(response, { draw: 1, recordsTotal: 2147483647, recordsFiltered: 2147483647, data: [["1"], ["2"]] });
    });
    const table = await readFeed({ engine: "spse", url: `${spse.url}/dt/lelang`, length: 2 });
    expect(table.fault).to.include({ code: "feed-loop" });
    expect(table.rows).to.have.length(2);
  });

  it("goes for the next page to declared hosts only, and gives secrets to none but the first", async () => {
    const release = (id: number) => [{ ocid: `ocds-x-${id}`, id: String(id) }];
    await using other = await publisher((_, response) => json(response, { releases: release(2) }));
    let link = "";
    await using api = await publisher((_, response) => json(response, { releases: release(1), links: { next: link } }));
    const settings = { engine: "ocds-api", url: `${api.url}/releases`, tokenEnv: "OCDS_TOKEN" };
    const env = { OCDS_TOKEN: "s3cret-token" };
    const hosts = [new URL(other.url).host];

    link = `${other.url}/page/2`;
    const strayed = await readFeed(settings, { env });
    expect(strayed.fault).to.include({ code: "feed-redirect" });
    expect(other.asked).to.deep.equal([]);

    const declared = await readFeed({ ...settings, hosts }, { env });
    expect(declared.fault).to.equal(undefined);
    expect(declared.rows).to.have.length(2);
    expect(api.asked.at(-1)!.headers.authorization).to.equal("Bearer s3cret-token");
    expect(other.asked[0]!.headers).not.to.have.property("authorization");

    for (const bad of [`http://user:pass@${hosts[0]}/`, "javascript:alert(1)", "http://169.254.169.254/", "http://["]) {
      link = bad;
      expect((await readFeed({ ...settings, hosts }, { env })).fault, bad).to.include({ code: "feed-redirect" });
    }
  });

  it("follows a redirect on the same host, with its secrets; a form is not sent on", async () => {
    const { code, values, asked } = await answered(
      ({ path }, response) =>
        path === "/isb/x" ? void response.writeHead(307, { location: "../baru?x=1" }).end() : json(response, whole),
      { tokenEnv: "ISB_TOKEN" },
      { env: { ISB_TOKEN: "s3cret-token" } },
    );
    expect(code).to.equal(undefined);
    expect(values).to.have.length(2);
    expect(asked.map(({ path, headers }) => [path, headers.authorization])).to.deep.equal([
      ["/isb/x", "Bearer s3cret-token"],
      ["/baru", "Bearer s3cret-token"],
    ]);
    await using spse = await publisher(({ path }, response) => {
      if (path !== "/lelang") return void response.writeHead(302, { location: "/masuk" }).end();
      response.writeHead(200, { "content-type": "text/html" });
      response.end("<script>authenticityToken = '0123456789abcdef'</script>");
    });
    const table = await readFeed({ engine: "spse", url: `${spse.url}/dt/lelang` });
    expect(table.fault).to.include({ code: "feed-redirect" });
  });

  it("tells no secret: of the address, of headers, of a session, or what the source echoes of them", async () => {
    const env = { ISB_KEY: "key/with+signs", API_KEY: "abcd-1234-efgh" };
    const settings = {
      engine: "json-api",
      url: "",
      headers: { "X-Api-Key": "{env:API_KEY}" },
      query: { token: "written-by-mistake" },
    };
    await using api = await publisher(({ path, headers }, response) => {
      if (path.endsWith("/ok")) return json(response, whole);
      if (path.endsWith("/echo"))
        return json(response, { error: { message: `no access for ${headers["x-api-key"]}` } });
      if (path.endsWith("/html")) {
        response.writeHead(200, { "content-type": "text/html" });
        return void response.end(`<title>${headers["x-api-key"]} 5e0d0c0e-aaaa-4bbb-8ccc-1234567890ab</title>`);
      }
      response
        .writeHead(path.endsWith("/no") ? 403 : 302, { location: `http://${headers["x-api-key"]}.example/` })
        .end();
    });
    for (const [path, code] of [
      ["ok", undefined],
      ["echo", "feed-refused"],
      ["html", "feed-html"],
      ["no", "feed-denied"],
      ["away", "feed-redirect"],
    ] as const) {
      const told = await readFeed({ ...settings, url: `${api.url}/{env:ISB_KEY}/${path}` }, { env });
      expect(told.fault?.code).to.equal(code);
      expect(api.asked.at(-1)!.headers["x-api-key"]).to.equal("abcd-1234-efgh");
      expect(api.asked.at(-1)!.path).to.contain("/key%2Fwith%2Bsigns/");
      const { fault, from, cursors, notes } = told;
      const all = JSON.stringify({
        from,
        cursors,
        notes,
        words: fault?.words,
        message: fault?.message,
        stack: fault?.stack,
      });
      for (const secret of ["key/with", "key%2Fwith", "abcd-1234", "written-by-mistake", "5e0d0c0e"])
        expect(all, path).not.to.contain(secret);
      expect(fault?.cause).to.equal(undefined);
    }
  });

  it("refuses to send a secret unencrypted, and settings that are not complete, before it asks anybody", async () => {
    const env = { KEY: "s3cret-key", LINES: "a\r\nb: c" };
    for (const [settings, words] of [
      [{ url: "http://lpse.invalid/x", tokenEnv: "KEY" }, "unencrypted"],
      [{ url: "http://lpse.invalid/{env:KEY}" }, "unencrypted"],
      [{ url: "https://lpse.invalid/x", tokenEnv: "OTHER" }, "OTHER is not set"],
      [{ url: "https://lpse.invalid/x", tokenEnv: "LINES" }, "line ends"],
      [{ url: "https://lpse.invalid/{year}" }, "{year}"],
      [{ url: "https://lpse.invalid/{table}" }, "{table}"],
      [{ url: "https://lpse.invalid/{year}", parameters: { year: "../admin" } }, "cannot stand for"],
    ] as const) {
      const { fault } = await readFeed({ engine: "isb", ...settings }, { env });
      expect(fault, words).to.include({ code: "feed-setting" });
      expect(fault!.explanation.en).to.contain(words);
    }
    // the network is trusted: it goes as far as looking for the host
    const plain = await readFeed(
      { engine: "isb", url: "http://lpse.invalid/x", tokenEnv: "KEY", plainHttp: true },
      { env },
    );
    expect(plain.fault).to.include({ code: "feed-unreachable" });
    const strange = await readFeed({ engine: "isb", url: "https://lpse.invalid/x" }, { cursor: "17" });
    expect(strange.fault).to.include({ code: "feed-cursor" });
  });

  it("reads the rows around one that is broken: names twice, bytes that are no text, another length", async () => {
    const content = Buffer.concat([
      Buffer.from('[{"kd":1,"kd":2},{"kd":"caf'),
      Buffer.from([0xe9]),
      Buffer.from('"},{"kd":"=1+1"},{"kd":"<b>x</b>\\u202e"},7,{"kd":"\\u0000"}]'),
    ]);
    const { rows: read, code } = await answered((_, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      response.end(content);
    });
    expect(code).to.equal(undefined);
    expect(read.map(({ faults, values }) => faults?.map((one) => one.code).join() ?? values[0])).to.deep.equal([
      "name-twice",
      "undecodable",
      "=1+1",
      "<b>x</b>\u202e",
      "ragged",
      "nul",
    ]);
  });

  it("ends at once when it is told to", async () => {
    const stop = new AbortController();
    await using source = await publisher(() => void stop.abort(new Error("paused")));
    const error = await readFeed({ engine: "isb", url: source.url }, { signal: stop.signal }).catch((thrown) => thrown);
    expect(error.message).to.equal("paused");
  });

  it("whatever comes, it is rows or a fault with words: nothing else, and never rows that nobody sent", async function () {
    this.timeout(60_000);
    const page = JSON.stringify({
      success: true,
      data: [
        { kd: 12345678901234567890n.toString(), nilai: 1.5, l: [1, { a: "}" }] },
        { kd: "\u202e", nilai: null },
      ],
      meta: { has_more: false, cursor: null },
    });
    let content: Buffer = Buffer.alloc(0);
    await using api = await publisher((_, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      response.end(content);
    });
    const edit = fc.record({
      at: fc.nat(page.length),
      length: fc.nat(6),
      bytes: fc.oneof(
        fc.uint8Array({ maxLength: 4 }),
        fc.constantFrom("{", "}", "[", "]", '"', ",", ":", "\\", "null", "<html>").map((text) => Buffer.from(text)),
      ),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { maxLength: 3 }), async (edits) => {
        content = Buffer.from(page);
        for (const { at, length, bytes } of edits)
          content = Buffer.concat([content.subarray(0, at), bytes, content.subarray(at + length)]);
        const { fault, rows: read } = await readFeed({ engine: "inaproc", url: api.url, limit: 5 });
        if (fault !== undefined) {
          expect(fault.words.en).not.to.equal("");
          return;
        }
        // what was read without a fault is what any other reader of JSON finds, row by row
        if (content.length === 0) {
          expect(read).to.deep.equal([]);
          return;
        }
        const text = content.toString().replace(/^\ufeff/, "");
        const found = JSON.parse(text.replace(/\p{Cc}/gu, " ")) as { data: unknown[] | null };
        expect(read).to.have.length(found.data?.length ?? 0);
      }),
      { numRuns: 500 },
    );
  });

  it("removes answers that a process has left when it died, and those of none that lives", async () => {
    // no process has this number
    const left = path.join(tmpdir(), "prasasti-feed-999999999-abcdef");
    const used = path.join(tmpdir(), `prasasti-feed-${process.ppid}-abcdef`);
    for (const folder of [left, used]) await mkdir(folder);
    await answered((_, response) => json(response, whole));
    const still = [await leftOver(999_999_999), await leftOver(process.ppid)];
    await rm(used, { recursive: true });
    expect(still).to.deep.equal([[], [path.basename(used)]]);
  });
});
