import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect } from "chai";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { type Act, ActCode } from "../../server/domain/entries/act.ts";
import { type Domain, domainSeparator, idOf, signedDigest, signInHash } from "../../server/domain/entries/entry.ts";
import { type Hex, NO_ID, toHex } from "../../server/domain/entries/words.ts";
import { actDigest, anAct, keyWord } from "../../server/ledger/acts.ts";
import { sign } from "../../server/ledger/signatures.ts";
import { sandboxSecret } from "../../server/sandbox/people.ts";
import { contractTerms, now, posted, STEM } from "../gateway/world.ts";
import { Gateway, temporaryFolder } from "../operations/prasasti.ts";
import { accessibilityFaults, needsBrowser, openBrowser, withAuthenticator } from "./browser.ts";

/**
 * A contract above the threshold from its maker's signature to final, with two people: the approver is invited, signs in
 * with a password, makes a passkey, has it enrolled, finds the contract in the inbox, and approves with the passkey on
 * the signing page. A real gateway process, a real browser.
 */

const PASSWORD = "empat kata yang sangat jarang";
const holder = idOf("H-PRS-PA-PU");

describe("an approver in a browser", function () {
  this.timeout(120_000);
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let gateway: Gateway;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let origin = "";
  let domain: Domain;
  let passkeys: Awaited<ReturnType<typeof withAuthenticator>>;
  let passkey = "";
  const complaints: string[] = [];

  // biome-ignore lint/suspicious/noExplicitAny: answers are looked at field by field
  type Told = any;
  const api = async (path: string, body?: unknown, token?: string): Promise<Told> => {
    const response = await fetch(`${origin}${path}`, {
      headers: {
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
    return text === "" ? undefined : JSON.parse(text);
  };
  const ledger = () => api("/api/v1/ledger") as Promise<{ domain: Domain & Told; seen: Hex }>;
  /** Waits for a page to be what it becomes; its complaints count. */
  const opened = (of: Page) => {
    of.on("pageerror", (error) => complaints.push(error.message));
    return of;
  };

  before(async function () {
    needsBrowser(this);
    folder = await temporaryFolder();
    const port = await freePort();
    origin = `http://localhost:${port}`;
    const flags = ["--empty", "--port", String(port)];
    gateway = await Gateway.start(folder.path, undefined, { PRASASTI_ORIGIN: origin }, process.cwd(), flags);
    ({ browser, context } = await openBrowser());
    page = opened(await context.newPage());
    domain = (await ledger()).domain;
  });
  after(async () => {
    await browser?.close();
    await gateway?.stop();
    await folder?.[Symbol.asyncDispose]();
  });

  it("takes an invitation and signs in", async () => {
    const operator = readFileSync(join(folder.path, "keys", "operator.token"), "utf8").trim();
    const invitation = { displayName: "Bambang W.", email: "pa@contoh.go.id", reason: "penyetuju" };
    const { link } = await api("/api/v1/accounts/invitations", invitation, operator);
    await page.goto(link);
    await page.fill("input[name=name]", "pa-pu");
    await page.fill("input[name=password]", PASSWORD);
    await page.fill("input[name=again]", PASSWORD);
    await page.click("form button");
    await page.waitForURL(/sign-in/);
    await page.fill("input[name=name]", "pa-pu");
    await page.fill("input[name=password]", PASSWORD);
    await page.click("form button");
    await page.waitForURL(/account/);
    expect(await page.textContent("body")).to.include("My account");
  });

  it("shows by a signature that he is the holder whom the register knows", async () => {
    const { token } = await api("/api/v1/sessions/password", { name: "pa-pu", password: PASSWORD });
    const { nonce } = await api("/api/v1/sessions/challenges", {});
    const signIn = { origin, holder, nonce, issued: now(), expires: now() + 600 };
    const digest = signedDigest(domainSeparator(domain), signInHash(signIn));
    const me = await api(
      "/api/v1/me/holder",
      { signIn, signature: toHex(sign(digest, sandboxSecret("pa-pu"))) },
      token,
    );
    expect(me.session.holder).to.equal(holder);
  });

  it("makes a passkey, and signs with it the act that enrols it", async () => {
    passkeys = await withAuthenticator(page);
    await page.goto(`${origin}/sign#passkey`);
    await page.fill("#name", "PA");
    await page.click("#make");
    const made = JSON.parse((await page.textContent("#made"))!);
    passkey = made.address;
    const body = "{}";
    const { leaf } = await lastActOn(holder);
    const act: Act = anAct(
      {
        ...{ code: ActCode.addKey, maker: holder, holder, key: keyWord(passkey), custody: 1, previous: leaf },
        expires: now() + 3_600,
      },
      body,
    );
    await page.click("nav button:nth-child(1)");
    const typedData = { domain, types: {}, primaryType: "Act", message: act };
    await page.fill("#request", JSON.stringify({ typedData, body: {} }));
    await page.click("#read");
    await page.click("#passkey");
    await page.waitForSelector("#done");
    const { signature } = JSON.parse((await page.textContent("#signature"))!);
    const own = toHex(sign(actDigest(domainSeparator(domain), act), sandboxSecret("pa-pu")));
    const by = (which: unknown) => ({ holder, role: 0, agency: NO_ID, signature: which });
    await api("/api/v1/acts", { act, signatures: [by(own), by(signature)], body });
    const { holder: known } = await api(`/api/v1/authority/holders/${holder}`);
    expect(known.keys.map(({ address }: { address: string }) => address)).to.include(passkey);
  });

  it("finds the contract in the inbox, sees on the signing page what it is, and approves it", async () => {
    const { seen } = await ledger();
    const body = { contracts: [{ id: "K-1", title: "Jembatan Kali Progo" }] };
    const entry = posted(domainSeparator(domain), seen, {
      ...{ ocid: `${STEM}-jembatan-1`, terms: contractTerms(250_000_000_00n), body },
    });
    const waiting = await api("/api/v1/submissions?wait=20000", entry.payload);
    expect(waiting.state).to.equal("awaitingApproval");

    await page.goto(`${origin}/work`);
    await page.click("ul.tasks a");
    await page.waitForSelector("#approve");
    expect(await page.textContent("#words")).to.include("Rp 250.000.000");
    const popup = context.waitForEvent("page");
    await page.click("#approve");
    const signing = opened(await popup);
    await withAuthenticator(signing, passkeys);
    await signing.waitForSelector("#words");
    const words = (await signing.textContent("#words"))!;
    for (const part of ["Approve: contract", "Rp 250.000.000", `${STEM}-jembatan-1`, "K-1"])
      expect(words).to.include(part);
    expect(await signing.textContent("pre")).to.include("Jembatan Kali Progo");
    await signing.click("#passkey");
    await signing.waitForSelector("#give");
    await signing.click("#give");
    await page.waitForSelector("#done, #fault");
    expect(await page.textContent("#outcome")).to.match(/Approved/);
    const settled = await api(`/api/v1/submissions/${waiting.id}`);
    expect(settled.state).to.equal("final");
    await page.goto(`${origin}/work`);
    await page.waitForSelector("#none");
  });

  it("can be used by everybody, in both languages, and nothing complains", async () => {
    await passkeys.devtools.send("Page.setBypassCSP", { enabled: true });
    await page.reload();
    for (const language of ["en", "id"]) {
      await page.waitForSelector("#none");
      if ((await page.getAttribute("html", "lang")) !== language) await page.click("header button");
      await page.waitForSelector("#none");
      expect(await accessibilityFaults(page)).to.deep.equal([]);
    }
    expect(complaints).to.deep.equal([]);
  });

  it("is told where he must sign in when the session has ended", async () => {
    await context.clearCookies();
    await page.goto(`${origin}/work`);
    await page.waitForSelector("a.button");
    expect(await page.getAttribute("a.button", "href")).to.equal("/sign-in?next=%2Fwork");
  });

  async function lastActOn(subject: Hex): Promise<{ leaf: Hex }> {
    return api(`/api/v1/authority/last/${subject}`);
  }
});

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
