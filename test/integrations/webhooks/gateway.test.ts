import { expect } from "chai";
import { idOf } from "../../../server/domain/entries/entry.ts";
import type { Integrations } from "../../../server/integrations/integrations.ts";
import { emptyConnectors } from "../../../server/integrations/settings.ts";
import { openIntegrations } from "../../../server/open-integrations.ts";
import { OPERATOR, posted, type Running, signedIn, startGateway, until } from "../../gateway/world.ts";
import { Receiver } from "./receiver.ts";

describe("webhooks of a gateway", function () {
  this.timeout(120_000);
  let running: Running;
  let integrations: Integrations | undefined;
  let receiver: Receiver;
  before(async () => {
    running = await startGateway(undefined, { integrations: () => integrations });
    integrations = await openIntegrations(running.services, emptyConnectors(running.folder));
    receiver = new Receiver();
    await receiver.open();
  });
  after(async () => {
    await integrations?.close();
    await receiver.close();
    await running.remove();
  });
  const ask = async (method: "GET" | "POST" | "DELETE", url: string, token: string | undefined, payload?: object) => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const response = await running.app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) });
    return {
      status: response.statusCode,
      body: response.body === "" ? undefined : response.json(),
      headers: response.headers,
    };
  };
  const record = async () => {
    const { services, app } = running;
    const { payload } = posted(services.separator, services.register().seen);
    const response = await app.inject({ method: "POST", url: "/api/v1/submissions?wait=9000", payload });
    expect(response.json().state).to.be.oneOf(["included", "final"]);
    return payload.entry.ocid;
  };

  it("bring what the feed of events tells, the same bytes, to a person who subscribed", async () => {
    const token = await signedIn(running);
    const made = await ask("POST", "/api/v1/webhooks", token, {
      url: receiver.url,
      agency: "ID-PRS-DPUPR",
      kinds: ["contract"],
    });
    expect(made.status, JSON.stringify(made.body)).to.equal(201);
    expect(made.headers["cache-control"]).to.equal("no-store");
    expect(made.body.secret).to.match(/^whsec_/);
    const ocid = await record();
    await until("it arrived", () => receiver.got.length === 1);
    const event = JSON.parse(receiver.got[0]!.body);
    expect(event).to.include({ event: "entry", kind: "contract", ocid, agency: idOf("ID-PRS-DPUPR") });
    const { body: page } = await ask("GET", `/api/v1/events?after=${event.sequence - 1}&limit=1`, undefined);
    expect(receiver.got[0]!.body).to.equal(JSON.stringify(page.events[0]));
    const { body: told } = await ask("GET", `/api/v1/webhooks/${made.body.subscription.id}`, token);
    expect(told).to.include({ state: "active", delivered: 1 });
    expect(JSON.stringify(told)).not.to.include(made.body.secret);
  });

  it("publish the keys that sign, for everybody", async () => {
    const { status, body } = await ask("GET", "/.well-known/prasasti-webhook-keys.json", undefined);
    expect(status).to.equal(200);
    expect(body.keys).to.have.length(1);
    const { body: turned } = await ask("POST", "/api/v1/webhooks/keys", OPERATOR);
    expect(turned.keys).to.have.length(2);
    expect(turned.keys[1].kid).to.equal(body.keys[0].kid);
  });

  it("are each person's own; the operator sees all", async () => {
    const [one, other] = [await signedIn(running), await signedIn(running, "bend-dik", "H-PRS-BEND-DIK")];
    const { body: mine } = await ask("GET", "/api/v1/webhooks", one);
    const { id } = mine.subscriptions[0];
    expect((await ask("GET", "/api/v1/webhooks", other)).body.subscriptions).to.deep.equal([]);
    for (const [method, path] of [
      ["GET", ""],
      ["POST", "/pause"],
      ["POST", "/secret"],
      ["POST", "/ping"],
      ["DELETE", ""],
      ["GET", "/dead-letters"],
    ] as const)
      expect((await ask(method, `/api/v1/webhooks/${id}${path}`, other)).status, path).to.equal(404);
    expect((await ask("GET", "/api/v1/webhooks", undefined)).status).to.equal(401);
    expect((await ask("GET", "/api/v1/webhooks", OPERATOR)).body.subscriptions).to.have.length(1);
    expect((await ask("POST", "/api/v1/webhooks/keys", one)).status).to.equal(403);
  });

  it("pause, go on, change their secret, ping and end", async () => {
    const token = await signedIn(running);
    const { id } = (await ask("GET", "/api/v1/webhooks", token)).body.subscriptions[0];
    const at = `/api/v1/webhooks/${id}`;
    expect((await ask("POST", `${at}/pause`, token)).body.state).to.equal("paused");
    expect((await ask("POST", `${at}/resume`, token)).body.state).to.equal("active");
    expect((await ask("POST", `${at}/secret`, token)).body.secret).to.match(/^whsec_/);
    expect((await ask("POST", `${at}/ping`, token)).body).to.deep.equal({ arrived: true });
    receiver.faults.push({ status: 410 });
    await record();
    await until("alarm", async () => (await ask("GET", "/health/ready", undefined)).body.alarms.length === 1);
    const { alarms } = (await ask("GET", "/health/ready", undefined)).body;
    expect(alarms[0]).to.include({ kind: "webhook", what: id });
    expect((await ask("DELETE", at, token)).status).to.equal(204);
    expect((await ask("GET", at, token)).status).to.equal(404);
    expect((await ask("GET", "/health/ready", undefined)).body.alarms).to.deep.equal([]);
  });

  it("are refused for addresses inside, unknown kinds and fields", async () => {
    const token = await signedIn(running);
    for (const payload of [
      { url: "https://169.254.169.254/latest" },
      { url: "https://10.0.0.1/" },
      { url: "http://example.go.id/" },
      { url: receiver.url, kinds: ["nothing"] },
      { url: receiver.url, secret: "mine" },
      { url: receiver.url, after: -1 },
    ])
      expect((await ask("POST", "/api/v1/webhooks", token, payload)).status, JSON.stringify(payload)).to.equal(400);
  });

  it("go on by themselves after their thread died", async () => {
    const token = await signedIn(running);
    const { body } = await ask("POST", "/api/v1/webhooks", token, { url: receiver.url });
    await integrations!.close();
    const before = receiver.got.length;
    const ocid = await record();
    integrations = await openIntegrations(running.services, emptyConnectors(running.folder));
    await until("it arrived", () => receiver.got.slice(before).some((got) => got.body.includes(ocid)));
    await ask("DELETE", `/api/v1/webhooks/${body.subscription.id}`, token);
  });
});
