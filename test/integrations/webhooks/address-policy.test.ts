import { expect } from "chai";
import type { ProblemError } from "../../../server/domain/problems.ts";
import { Addresses, type Resolve } from "../../../server/integrations/webhooks/address-policy.ts";
import { Line } from "../../../server/integrations/webhooks/post-event.ts";
import { Receiver } from "./receiver.ts";

const resolvesTo =
  (...answers: string[][]): Resolve =>
  (_, callback) => {
    const found = answers.length > 1 ? answers.shift()! : answers[0]!;
    callback(
      null,
      found.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
    );
  };

describe("addresses of receivers", () => {
  const production = new Addresses({});
  const refuses = (addresses: Addresses, url: string) => {
    let code: string | undefined;
    try {
      addresses.accept(url);
    } catch (error) {
      code = (error as ProblemError).code;
    }
    expect(code, url).to.equal("invalid-request");
  };

  it("are public ones over https", () => {
    expect(production.accept("https://example.go.id/hooks?a=1")).to.equal("https://example.go.id/hooks?a=1");
    expect(production.accept("https://[2400:cb00::1]:8443/")).to.equal("https://[2400:cb00::1]:8443/");
    refuses(production, "http://example.go.id/hooks");
    refuses(production, "ftp://example.go.id/");
    refuses(production, "https://user:secret@example.go.id/");
    refuses(production, "https://example.go.id/#part");
    refuses(production, "not a url");
    refuses(production, `https://example.go.id/${"a".repeat(2_048)}`);
  });

  it("are none of this machine, of the agency's inside, of clouds' own services, however they are written", () => {
    const inside = [
      ...["127.0.0.1", "127.1", "0x7f000001", "2130706433", "0177.0.0.1", "localhost", "0.0.0.0", "10.1.2.3"],
      ...["172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "224.0.0.1", "255.255.255.255", "198.18.0.1"],
      ...[
        "localhost.",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:a9fe:a9fe]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
      ],
      ...["[fe80::1]", "[fc00::1]", "[fd12:3456::1]", "[ff02::1]", "[2001:db8::1]"],
    ];
    for (const host of inside) refuses(production, `https://${host}/`);
  });

  it("may be this machine over plain http in the sandbox alone, and networks that the operator named", () => {
    const sandbox = new Addresses({ loopback: true });
    expect(sandbox.accept("http://127.0.0.1:9000/")).to.equal("http://127.0.0.1:9000/");
    expect(sandbox.accept("http://localhost:9000/")).to.equal("http://localhost:9000/");
    refuses(sandbox, "http://10.0.0.1/");
    refuses(sandbox, "http://example.go.id/");
    const agency = new Addresses({ inside: ["10.20.0.0/16", "keuangan.local"] });
    expect(agency.accept("https://10.20.3.4/")).to.equal("https://10.20.3.4/");
    refuses(agency, "https://10.21.0.1/");
    refuses(agency, "http://10.20.3.4/");
  });

  it("are looked at again for every connection: a name that turns inside reaches nothing", async () => {
    const receiver = new Receiver();
    const { port } = new URL(await receiver.open());
    try {
      const rebound = new Addresses({ loopback: false }, resolvesTo(["127.0.0.1"]));
      const url = `https://rebound.example:${port}/hooks`;
      expect(rebound.accept(url)).to.equal(url);
      const line = new Line(rebound);
      expect(await line.post(url, {}, "{}")).to.include({ code: "address" });
      line.close();
      const mixed = new Line(new Addresses({}, resolvesTo(["93.184.216.34", "10.0.0.1"])));
      expect(await mixed.post(url, {}, "{}")).to.include({ code: "address" });
      mixed.close();
      // accepted while the operator allowed it, and no longer
      const tightened = new Line(new Addresses({}));
      expect(await tightened.post(`http://127.0.0.1:${port}/`, {}, "{}")).to.include({ code: "address" });
      tightened.close();
      expect(receiver.got).to.deep.equal([]);
      const named = new Line(new Addresses({ inside: ["inside.example"] }, resolvesTo(["127.0.0.1"])));
      expect(await named.post(`http://inside.example:${port}/`, { "webhook-id": "a" }, "{}")).to.equal(undefined);
      named.close();
    } finally {
      await receiver.close();
    }
  });

  it("say in one word why nothing was reached", async () => {
    const dark: Resolve = (name, callback) =>
      callback(Object.assign(new Error(`no ${name}`), { code: "ENOTFOUND" }), []);
    const line = new Line(new Addresses({}, dark));
    expect(await line.post("https://nowhere.example/", {}, "{}")).to.include({ kind: "unreachable", code: "name" });
    line.close();
    const closed = new Receiver();
    const url = await closed.open();
    await closed.close();
    const refused = new Line(new Addresses({ loopback: true }));
    expect(await refused.post(url, {}, "{}")).to.include({ kind: "unreachable", code: "connect" });
    refused.close();
  });
});
