import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect } from "chai";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { type Act, ActCode } from "../../server/domain/entries/act.ts";
import {
  type Domain,
  domainSeparator,
  idOf,
  signedDigest,
  signInHash,
  termsToText,
} from "../../server/domain/entries/entry.ts";
import { Kind } from "../../server/domain/entries/kinds.ts";
import { type Hex, NO_ID, toHex } from "../../server/domain/entries/words.ts";
import { actDigest, anAct, keyWord } from "../../server/ledger/acts.ts";
import { sign } from "../../server/ledger/signatures.ts";
import { sandboxSecret } from "../../server/sandbox/people.ts";
import { contractTerms, now, STEM } from "../gateway/world.ts";
import { Gateway, temporaryFolder } from "../operations/prasasti.ts";
import { accessibilityFaults, needsBrowser, openBrowser, withAuthenticator } from "./browser.ts";

/**
 * A contract above the threshold from draft to final, with two people and their passkeys. Both are invited, sign in with a
 * password, show which holder they are, make a passkey and sign the act that enrols it. The officer finds the draft in
 * the inbox and signs it, the approver finds what the officer signed and approves it, both on the signing page. A real
 * gateway process, a real browser.
 */

const PASSWORD = "empat kata yang sangat jarang";

describe("an officer and an approver in a browser", function () {
  this.timeout(120_000);
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let gateway: Gateway;
  let browser: Browser;
  let origin = "";
  let domain: Domain;
  type Person = { name: string; holder: Hex; secret: Uint8Array; context: BrowserContext; page: Page; token: string };
  let officer: Person & { passkeys: Passkeys };
  let approver: Person & { passkeys: Passkeys };
  const complaints: string[] = [];

  type Passkeys = Awaited<ReturnType<typeof withAuthenticator>>;
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
    ({ browser } = await openBrowser());
    domain = (await api("/api/v1/ledger")).domain;
  });
  after(async () => {
    await browser?.close();
    await gateway?.stop();
    await folder?.[Symbol.asyncDispose]();
  });

  /** Comes by an invitation, in a browser window of his own, and shows by a signature whom the register knows him as. */
  async function come(name: string, holderId: string, key: string): Promise<Person> {
    const operator = readFileSync(join(folder.path, "keys", "operator.token"), "utf8").trim();
    const invitation = { displayName: name, email: `${name}@contoh.go.id`, reason: "pegawai baru" };
    const { link } = await api("/api/v1/accounts/invitations", invitation, operator);
    const context = await browser.newContext({ locale: "en-GB" });
    const page = opened(await context.newPage());
    await page.goto(link);
    await page.fill("input[name=name]", name);
    await page.fill("input[name=password]", PASSWORD);
    await page.fill("input[name=again]", PASSWORD);
    await page.click("form button");
    await page.waitForURL(/sign-in/);
    await page.fill("input[name=name]", name);
    await page.fill("input[name=password]", PASSWORD);
    await page.click("form button");
    await page.waitForURL(/account/);
    expect(await page.textContent("body")).to.include("My account");

    const [holder, secret] = [idOf(holderId), sandboxSecret(key)];
    const { token } = await api("/api/v1/sessions/password", { name, password: PASSWORD });
    const { nonce } = await api("/api/v1/sessions/challenges", {});
    const signIn = { origin, holder, nonce, issued: now(), expires: now() + 600 };
    const digest = signedDigest(domainSeparator(domain), signInHash(signIn));
    const me = await api("/api/v1/me/holder", { signIn, signature: toHex(sign(digest, secret)) }, token);
    expect(me.session.holder).to.equal(holder);
    return { name, holder, secret, context, page, token };
  }

  /** Makes a passkey, and signs with it the act that enrols it. */
  async function enrol({ name, holder, secret, page }: Person): Promise<Passkeys> {
    const passkeys = await withAuthenticator(page);
    await page.goto(`${origin}/sign#passkey`);
    await page.fill("#name", name);
    await page.click("#make");
    const { address } = JSON.parse((await page.textContent("#made"))!);
    const { leaf: previous } = await api(`/api/v1/authority/last/${holder}`);
    const act: Act = anAct(
      {
        ...{ code: ActCode.addKey, maker: holder, holder, key: keyWord(address), custody: 1, previous },
        expires: now() + 3_600,
      },
      "{}",
    );
    await page.click("nav button:nth-child(1)");
    await page.fill(
      "#request",
      JSON.stringify({ typedData: { domain, types: {}, primaryType: "Act", message: act }, body: {} }),
    );
    await page.click("#read");
    await page.click("#passkey");
    await page.waitForSelector("#done");
    const { signature } = JSON.parse((await page.textContent("#signature"))!);
    const own = toHex(sign(actDigest(domainSeparator(domain), act), secret));
    const by = (which: unknown) => ({ holder, role: 0, agency: NO_ID, signature: which });
    await api("/api/v1/acts", { act, signatures: [by(own), by(signature)], body: "{}" });
    const { holder: known } = await api(`/api/v1/authority/holders/${holder}`);
    expect(known.keys.map((each: { address: string }) => each.address)).to.include(address);
    return passkeys;
  }

  /** Opens the first task, signs it on the signing page with the passkey, and tells what that page showed. */
  async function signTask(
    { page, context, passkeys }: typeof officer,
    button: string,
  ): Promise<{ words: string; body: string }> {
    await page.goto(`${origin}/work`);
    await page.click("ul.tasks a");
    await page.waitForSelector(button);
    expect(await page.textContent("#words")).to.include("Rp 250.000.000");
    const popup = context.waitForEvent("page");
    await page.click(button);
    const signing = opened(await popup);
    await withAuthenticator(signing, passkeys);
    await signing.waitForSelector("#words");
    const shown = { words: (await signing.textContent("#words"))!, body: (await signing.textContent("pre"))! };
    await signing.click("#passkey");
    await signing.waitForSelector("#give");
    // the page closes under the click, which then tells that it is gone
    const given = signing.click("#give").catch((error) => {
      if (!signing.isClosed()) throw error;
    });
    await Promise.all([signing.waitForEvent("close"), given]);
    await page.waitForSelector("#done, #fault");
    return shown;
  }

  it("come by invitation, each with a passkey that the register knows", async () => {
    const [first, second] = [await come("ppk", "H-PRS-PPK-PU", "ppk-pu"), await come("pa", "H-PRS-PA-PU", "pa-pu")];
    officer = { ...first, passkeys: await enrol(first) };
    approver = { ...second, passkeys: await enrol(second) };
  });

  const ocid = `${STEM}-jembatan-1`;
  const parts = ["Rp 250.000.000", ocid, "K-1"];
  let draft = "";

  it("the officer finds the draft in the inbox, sees on the signing page what it is, and signs it", async () => {
    const entry = {
      ...{ kind: Kind.contract, ocid, contractId: "K-1", awardId: "", agency: idOf("ID-PRS-DPUPR"), refersTo: NO_ID },
      terms: termsToText(contractTerms(250_000_000_00n)),
    };
    const body = { contracts: [{ id: "K-1", title: "Jembatan Kali Progo" }] };
    const made = await api("/api/v1/drafts", { entry, body }, officer.token);
    await api(`/api/v1/drafts/${made.id}/handing`, { version: made.version }, officer.token);
    draft = made.id;
    const { words, body: shown } = await signTask(officer, "#sign");
    for (const part of ["Record: contract", ...parts]) expect(words).to.include(part);
    expect(shown).to.include("Jembatan Kali Progo");
    expect(await officer.page.textContent("#outcome")).to.match(/Signed/);
    expect((await api(`/api/v1/drafts/${draft}`, undefined, officer.token)).state).to.equal("awaitingApproval");
  });

  it("the approver finds what waits, sees the same, and approves it; then it is final", async () => {
    const { words, body } = await signTask(approver, "#approve");
    for (const part of ["Approve: contract", ...parts]) expect(words).to.include(part);
    expect(body).to.include("Jembatan Kali Progo");
    expect(await approver.page.textContent("#outcome")).to.match(/Approved/);
    expect((await api(`/api/v1/drafts/${draft}`, undefined, officer.token)).state).to.equal("final");
    await approver.page.goto(`${origin}/work`);
    await approver.page.waitForSelector("#none");
  });

  it("can be used by everybody, in both languages, and nothing complains", async () => {
    const { page, passkeys } = approver;
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

  it("are told where they must sign in when the session has ended", async () => {
    const { page, context } = approver;
    await context.clearCookies();
    await page.goto(`${origin}/work`);
    await page.waitForSelector("a.button");
    expect(await page.getAttribute("a.button", "href")).to.equal("/sign-in?next=%2Fwork");
  });
});

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
