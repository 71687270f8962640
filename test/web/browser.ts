import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Browser, type BrowserContext, type CDPSession, chromium, type Page } from "playwright-core";

/** Chromium with a virtual authenticator. Where it is missing tests say so and skip; in CI as root it must be there. */

const program = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) =>
  existsSync(path),
);
const must = process.env.CI === "true" && process.getuid?.() === 0;

/** Skips the suite that calls it where there is no browser. */
export function needsBrowser(suite: Mocha.Context): void {
  if (program !== undefined || must) return;
  console.log("    Chromium is missing: pages are not looked at. Debian package chromium. / Chromium tidak ada.");
  suite.skip();
}

export async function openBrowser(): Promise<{ browser: Browser; context: BrowserContext }> {
  const browser = await chromium.launch({ executablePath: program!, args: ["--no-sandbox"] });
  return { browser, context: await browser.newContext({ locale: "en-GB" }) };
}

/** Gives the page an authenticator that holds passkeys and says yes; `of` another page: with the same passkeys. */
export async function withAuthenticator(page: Page, of?: { devtools: CDPSession; authenticatorId: string }) {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("WebAuthn.enable");
  const { authenticatorId } = await devtools.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  if (of !== undefined) {
    const { credentials } = await of.devtools.send("WebAuthn.getCredentials", { authenticatorId: of.authenticatorId });
    for (const credential of credentials)
      await devtools.send("WebAuthn.addCredential", { authenticatorId, credential });
  }
  return { devtools, authenticatorId };
}

/** What axe finds against people who see, hear or move otherwise. The page's own policy is set aside for it. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  await page.addScriptTag({ path: fileURLToPath(import.meta.resolve("axe-core/axe.min.js")) });
  return page.evaluate(async () => {
    type Axe = { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
    const { axe } = globalThis as unknown as { axe: Axe };
    return (await axe.run()).violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
  });
}
