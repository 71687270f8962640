import { createHash } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { recoverAddress, Wallet } from "ethers";
import type { Browser, CDPSession, Page } from "playwright-core";
import { pages } from "../../scripts/web.ts";
import {
  domainSeparator,
  type Entry,
  entryHash,
  idOf,
  signedDigest,
  TYPES,
  termsMessage,
} from "../../server/domain/entries/entry.ts";
import { Kind, Role } from "../../server/domain/entries/kinds.ts";
import { bundleOver, passkeyAddress } from "../../server/domain/entries/signature.ts";
import { type Hex, NO_ID, toHex, utf8 } from "../../server/domain/entries/words.ts";
import { canonicalJson } from "../../server/domain/json.ts";
import { accessibilityFaults, needsBrowser, openBrowser, withAuthenticator } from "./browser.ts";

/** The signing page in Chromium, with a virtual authenticator: what it shows, what it signs, and what it will not. */

const body = { contracts: [{ id: "K-1", title: "Peningkatan Jalan Desa Sukamaju" }] };
const domain = {
  name: "Prasasti",
  version: "1",
  chainId: 777,
  verifyingContract: `0x${"ab".repeat(20)}` as Hex,
  salt: `0x${"5a".repeat(32)}` as Hex,
};
const entry: Entry = {
  commandId: idOf("page"),
  maker: idOf("H-1"),
  capacity: Role.officer,
  ocid: "ocds-213czf-jalan-1",
  contractId: "K-1",
  awardId: "",
  agency: idOf("ID-PRS-DPUPR"),
  kind: Kind.contract,
  basis: NO_ID,
  seen: idOf("seen"),
  digest: toHex(createHash("sha256").update(canonicalJson(body)).digest()),
  terms: { code: 2, currency: "IDR", value: 125_000_000_00n, officer: idOf("P-1"), on: 1_790_000_000 },
  refersTo: NO_ID,
  expires: 1_795_000_000,
};
const message = { ...entry, terms: termsMessage(entry.terms) };
const request = {
  typedData: { domain, types: { Entry: TYPES.Entry, Terms: TYPES.Terms }, primaryType: "Entry", message },
  body,
  names: { [entry.agency]: "ID-PRS-DPUPR", [entry.maker]: "not the maker" },
};
const digest = toHex(signedDigest(domainSeparator(domain), entryHash(entry)));

describe("the signing page", function () {
  this.timeout(60_000);
  let server: Server;
  let browser: Browser;
  let page: Page;
  let devtools: CDPSession;
  let url = "";
  const complaints: string[] = [];

  before(async function () {
    needsBrowser(this);
    const { sign: html } = await pages();
    server = createServer((_, response) => response.setHeader("content-type", "text/html").end(html)).listen(
      0,
      "127.0.0.1",
    );
    await new Promise((resolve) => server.once("listening", resolve));
    url = `http://localhost:${(server.address() as AddressInfo).port}/`;
    const opened = await openBrowser();
    browser = opened.browser;
    page = await opened.context.newPage();
    page.on("console", (said) => said.type() === "error" && complaints.push(said.text()));
    page.on("pageerror", (error) => complaints.push(error.message));
    devtools = (await withAuthenticator(page)).devtools;
    await page.goto(url);
  });
  after(async () => {
    await browser?.close();
    server?.close();
  });

  const ask = async (given: unknown) => {
    await page.fill("#request", typeof given === "string" ? given : JSON.stringify(given));
    await page.click("#read");
    await page.waitForSelector("#words, #fault");
  };
  const made = async () =>
    JSON.parse((await page.textContent("#made", { timeout: 5_000 })) ?? "") as Record<string, Hex>;

  it("says in words what is signed, and works out the digest itself", async () => {
    await ask(request);
    const words = (await page.textContent("#words"))!;
    for (const part of [
      "Record: contract",
      entry.ocid,
      "Rp 125.000.000",
      "ID-PRS-DPUPR",
      entry.basis === NO_ID ? "–" : "",
    ])
      expect(words).to.include(part);
    // a name that does not hash to the id is not believed
    expect(words).not.to.include("not the maker");
    expect(await page.textContent("#digest")).to.equal(digest);
  });

  const terms = message.terms;
  const wrong: [string, unknown, RegExp][] = [
    ["text that is no JSON", "{", /no JSON/],
    [
      "a request of another kind of register",
      { ...request, typedData: { ...request.typedData, domain: { ...domain, name: "Permit" } } },
      /something else/,
    ],
    [
      "a type that it does not know",
      { ...request, typedData: { ...request.typedData, primaryType: "Permit" } },
      /only/,
    ],
    [
      "a term that is not said but has a value",
      { ...request, typedData: { ...request.typedData, message: { ...message, terms: { ...terms, amount: "5" } } } },
      /terms\.amount/,
    ],
    ["a body that is not the signed one", { ...request, body: { contracts: [] } }, /not the one/],
    [
      "a field that is malformed",
      { ...request, typedData: { ...request.typedData, message: { ...message, maker: "0x12" } } },
      /malformed/,
    ],
  ];
  for (const [what, given, why] of wrong)
    it(`shows nothing of ${what}`, async () => {
      await ask(given);
      expect(await page.textContent("#fault")).to.match(why);
      expect(await page.$("#words")).to.equal(null);
      expect(await page.$("#passkey")).to.equal(null);
    });

  it("does not sign the digest of a body that it was not given", async () => {
    await ask(request.typedData);
    expect(await page.$("#words")).not.to.equal(null);
    expect(await page.$("#passkey")).to.equal(null);
  });

  describe("of a bundle", () => {
    const other = { ...entry, commandId: idOf("other") };
    const item = (each: typeof entry) => ({
      ...request,
      typedData: { ...request.typedData, message: { ...each, terms: termsMessage(each.terms) } },
    });
    const bundled = async (...entries: (typeof entry)[]) => {
      const { root, count } = await bundleOver([entryHash(entry), entryHash(other)]);
      const bundle = { root, count, capacity: entry.capacity, expires: entry.expires };
      const typedData = { domain, types: { Bundle: TYPES.Bundle }, primaryType: "Bundle", message: bundle };
      return { typedData, items: entries.map(item) };
    };

    it("shows each of what it holds", async () => {
      await ask(await bundled(entry, other));
      await page.waitForSelector("#words");
      expect(await page.textContent("#words"))
        .to.match(/: 2/)
        .and.to.include(other.commandId);
      expect(await page.$("#passkey")).not.to.equal(null);
    });

    it("and nothing where one is missing, or another stands in its place", async () => {
      for (const given of [[entry], [entry, entry], [other, entry], [entry, { ...other, capacity: Role.approver }]]) {
        await ask(await bundled(...given));
        await page.waitForSelector("#fault");
        expect(await page.$("#words")).to.equal(null);
      }
    });
  });

  it("makes a passkey, whose address follows from its public key", async () => {
    await page.click("nav button:nth-child(2)");
    await page.fill("#name", "PPK");
    await page.click("#make");
    const { address, x, y, rpIdHash } = await made();
    expect(rpIdHash).to.equal(toHex(createHash("sha256").update(utf8("localhost")).digest()));
    expect(address).to.equal(passkeyAddress(rpIdHash!, x!, y!));
  });

  it("signs the digest with it; the key is found by its address", async () => {
    await page.click("nav button:nth-child(1)");
    await ask(request);
    await page.click("#passkey");
    await page.waitForSelector("#done");
    const told = JSON.parse((await page.textContent("#signature"))!);
    expect(told.digest).to.equal(digest);
    expect(told.holder).to.equal(entry.maker);
    const client = JSON.parse(Buffer.from(told.signature.clientDataJSON.slice(2), "hex").toString());
    expect(client).to.include({
      type: "webauthn.get",
      challenge: Buffer.from(digest.slice(2), "hex").toString("base64url"),
    });
    expect(client.origin).to.equal(url.slice(0, -1));
    const half = 0x7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8n;
    expect(BigInt(told.signature.s) <= half).to.equal(true);
  });

  it("refuses a passkey that is none of the person's keys", async () => {
    await page.fill("#addresses", `0x${"11".repeat(20)}`);
    await page.click("#passkey");
    await page.waitForSelector("#fault");
    expect(await page.textContent("#fault")).to.match(/none of these keys/);
  });

  it("hands the same to a browser wallet, which signs the same digest", async () => {
    const wallet = Wallet.createRandom();
    // a wallet shows and hashes the typed data by itself, as ethers does here
    await page.exposeFunction("walletSigns", async (text: string) => {
      const { domain: of, types, message: shown } = JSON.parse(text);
      expect(types.EIP712Domain.map(({ name }: { name: string }) => name)).to.include("salt");
      delete types.EIP712Domain;
      return wallet.signTypedData(of, types, shown);
    });
    await page.evaluate((account) => {
      const { walletSigns } = globalThis as unknown as { walletSigns(text: string): Promise<string> };
      const provider = {
        request: async ({ method, params }: { method: string; params?: string[] }) =>
          method === "eth_requestAccounts" ? [account] : walletSigns(params![1]!),
      };
      const detail = { info: { uuid: "1", name: "Dompet" }, provider };
      const page = globalThis as unknown as EventTarget;
      page.addEventListener("eip6963:requestProvider", () =>
        page.dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail })),
      );
    }, wallet.address);
    await ask(request);
    await page.click("#wallet");
    await page.waitForSelector("#done");
    const { signature } = JSON.parse((await page.textContent("#signature"))!);
    expect(recoverAddress(digest, signature)).to.equal(wallet.address);
  });

  it("asks nobody anything: it has no connection to make, and its own rules forbid any", async () => {
    const tried = await page.evaluate(() =>
      fetch("/").then(
        () => "fetched",
        () => "forbidden",
      ),
    );
    expect(tried).to.equal("forbidden");
    complaints.splice(
      0,
      complaints.length,
      ...complaints.filter((text) => !/Content Security Policy|Failed to fetch/.test(text)),
    );
  });

  it("speaks both languages and can be read by everybody", async () => {
    for (const language of ["en", "id"]) {
      await ask(request);
      await devtools.send("Page.setBypassCSP", { enabled: true });
      await page.reload();
      if ((await page.getAttribute("html", "lang")) !== language) await page.click("header button");
      await ask(request);
      expect(await accessibilityFaults(page)).to.deep.equal([]);
    }
    expect(complaints).to.deep.equal([]);
  });
});
