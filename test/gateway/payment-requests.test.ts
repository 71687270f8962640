import { expect } from "chai";
import {
  BANK_FILE,
  bearerOf,
  certifiedContract,
  REQUEST_ROUTES,
  RequestsHere,
  requestAsked,
} from "./requests-world.ts";
import { OPERATOR, type Running, startGateway } from "./world.ts";

/** Payment requests through the API: the real thread, a real folder, offices of the sandbox. */

describe("payment requests of an agency", function () {
  this.timeout(60_000);
  let running: Running;
  let here: RequestsHere | undefined;
  let ocid: string;
  before(async () => {
    running = await startGateway(undefined, { integrations: () => here?.integrations });
    here = await RequestsHere.open(running);
    ocid = await certifiedContract(running);
  });
  after(async () => {
    await here?.close();
    await running.remove();
  });
  const ask = async (route: string, headers: Record<string, string>, answered?: string) => {
    const asked = requestAsked(route, "ID-PRS-DPUPR", ocid, answered);
    const answer = await running.app.inject({
      ...{ method: route.split(" ")[0] as "GET", url: asked.url, headers: { ...headers, ...asked.headers } },
      ...(asked.payload === undefined ? {} : { payload: asked.payload }),
    });
    return { status: answer.statusCode, text: answer.payload, json: () => answer.json() };
  };
  const [PREPARE, HAND_OVER, LIST, FILES, ACKNOWLEDGE] = REQUEST_ROUTES;

  it("go from the certificate to the treasury's folder and back, and no account is told or kept", async () => {
    const officer = await bearerOf(running);
    const prepared = (await ask(PREPARE, officer)).json().requests;
    expect(
      prepared.map(({ state, payable, certificate }: never) => [
        state,
        payable,
        (certificate as { number: string }).number,
      ]),
    ).to.deep.equal([["prepared", "1000000000", "BAP-1"]]);
    const handed = (await ask(HAND_OVER, officer)).json();
    expect(handed.left).to.deep.equal([]);
    const [file] = await here!.files();
    expect(file).to.contain(`<MsgId>${handed.file.messageId}</MsgId>`).and.to.contain("<Id>0012345678901</Id>");
    expect((await ask(ACKNOWLEDGE, officer, handed.file.messageId)).json()).to.include({ applied: 1 });
    const listed = await ask(LIST, officer);
    expect(listed.json().requests[0]).to.include({ state: "acknowledged", transfer: "1000000000" });
    const files = await ask(FILES, officer);
    expect(files.json().files[0]).to.include({ state: "handedOver", sum: "1000000000" });
    const log = await running.app.inject({ url: "/api/v1/access-log?limit=100", headers: officer });
    expect(log.payload).to.contain("hand over");
    for (const text of [listed.text, files.text, log.payload, JSON.stringify(handed)])
      for (const { account } of BANK_FILE) expect(text).to.not.contain(account);
  });

  it("are of their agency: others see none, and take no answer for it", async () => {
    const other = await bearerOf(running, "ppk-kes", "H-PRS-PPK-KES");
    for (const route of REQUEST_ROUTES) expect((await ask(route, other)).status, route).to.equal(403);
    for (const route of REQUEST_ROUTES) expect((await ask(route, {})).status, route).to.equal(401);
    for (const route of REQUEST_ROUTES)
      expect((await ask(route, { authorization: `Bearer ${OPERATOR}` })).status, route).to.equal(403);
  });

  it("tell what is wrong with a bank file or an answer without what stands in it", async () => {
    const headers = await bearerOf(running);
    const post = (url: string, payload: object | string, type = "application/json") =>
      running.app.inject({
        method: "POST",
        url: `/api/v1/payment-requests${url}`,
        headers: { ...headers, "content-type": type },
        payload,
      });
    const long = "9".repeat(101);
    const bad = await post("/hand-over", {
      agency: "ID-PRS-DPUPR",
      executeOn: "2026-11-30",
      accounts: [{ party: "x", account: long, bank: "1" }],
    });
    expect(bad.statusCode).to.equal(400);
    expect(bad.payload).to.not.contain("99999");
    const doctype = await post(
      "/acknowledgements?agency=ID-PRS-DPUPR",
      '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>',
      "application/xml",
    );
    expect(doctype.json()).to.include({ type: "/problems/acknowledgement-unreadable", status: 422 });
    expect(
      (await post("/acknowledgements?agency=ID-PRS-DPUPR", "x".repeat(17 * 1024 * 1024), "application/xml")).statusCode,
    ).to.equal(413);
    expect((await post("/hand-over", "x".repeat(9 * 1024 * 1024))).statusCode).to.equal(413);
    const none = await post("/prepare", { ocid: "ocds-213czf-dpupr-none" });
    expect(none.statusCode).to.equal(404);
  });
});
