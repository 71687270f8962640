import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import net, { type AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { json, publisher } from "./fault-server.ts";
import { readFeed } from "./reading.ts";

const file = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** A proxy on this machine that leads every name to `port`, and says who was asked for. */
async function proxyTo(port: () => number) {
  const asked: string[] = [];
  const server = http.createServer((request, response) => {
    asked.push(request.url!);
    const { pathname } = new URL(request.url!);
    request.pipe(
      http.request({ port: port(), path: pathname, method: request.method, headers: request.headers }, (answer) => {
        response.writeHead(answer.statusCode!, answer.headers);
        answer.pipe(response);
      }),
    );
  });
  server.on("connect", (request, socket) => {
    asked.push(`CONNECT ${request.url}`);
    const through = net.connect(port(), "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      through.pipe(socket).pipe(through);
    });
    for (const end of [socket, through]) end.on("error", () => through.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    asked,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

describe("feeds behind a proxy", () => {
  it("go through it where the environment names one, and past it where it says so", async () => {
    await using source = await publisher((_, response) => json(response, [{ kd: 1 }]));
    await using proxy = await proxyTo(() => source.port);
    const through = await readFeed({ engine: "isb", url: "http://isb.invalid/x" }, { env: { HTTP_PROXY: proxy.url } });
    expect(through.fault).to.equal(undefined);
    expect(through.values).to.deep.equal([["1"]]);
    expect(proxy.asked).to.deep.equal(["http://isb.invalid/x"]);
    const past = await readFeed(
      { engine: "isb", url: `${source.url}/x` },
      { env: { HTTP_PROXY: proxy.url, NO_PROXY: "127.0.0.1" } },
    );
    expect(past.values).to.deep.equal([["1"]]);
    expect(proxy.asked).to.have.length(1);
  });

  it("check certificates through it as well", async () => {
    const server = https.createServer(
      { key: readFileSync(file("publisher-key.pem")), cert: readFileSync(file("publisher-cert.pem")) },
      (_, response) => json(response, [{ kd: 1 }]),
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    await using proxy = await proxyTo(() => port);
    const env = { HTTPS_PROXY: proxy.url };
    const settings = { engine: "isb", url: `https://127.0.0.1:${port}/x` };
    try {
      const unknown = await readFeed(settings, { env });
      expect(unknown.fault).to.include({ code: "feed-tls" });
      const known = await readFeed({ ...settings, caFile: file("publisher-cert.pem") }, { env });
      expect(known.values).to.deep.equal([["1"]]);
      expect(proxy.asked).to.deep.equal([`CONNECT 127.0.0.1:${port}`, `CONNECT 127.0.0.1:${port}`]);
      const nobody = await readFeed(settings, { env: { HTTPS_PROXY: "http://127.0.0.1:1" } });
      expect(nobody.fault?.retry).to.deep.equal({});
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
