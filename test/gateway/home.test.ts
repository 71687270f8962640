import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { commands } from "../../server/http/home.ts";
import { askOf, seedSandbox } from "../../server/sandbox/seed.ts";
import { STORY_LINKS } from "../../server/sandbox/stories.ts";
import { type Running, startGateway } from "./world.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

describe("the first page", function () {
  this.timeout(60_000);
  let running: Running;
  let origin: string;
  before(async () => {
    running = await startGateway();
    origin = await running.app.listen({ host: "127.0.0.1", port: 0 });
  });
  after(() => running.remove());
  const page = async (query = "", headers: Record<string, string> = {}) =>
    (await fetch(`${origin}/${query}`, { headers })).text();
  const plain = (text: string) => text.replaceAll("&quot;", '"').replaceAll("&#39;", "'").replaceAll("&amp;", "&");
  const shown = async () =>
    [...(await page("?lang=en")).matchAll(/<pre><code>([^<]+)<\/code>/g)].map(([, command]) => plain(command!));

  /** Runs a line as a person's shell would, with our own command in the place of npx. */
  const run = (command: string) =>
    new Promise<{ exit: number | null; out: string }>((resolve) => {
      const line = command.replace("npx prasasti", `"${process.execPath}" server/main.ts`);
      const shell = spawn("sh", ["-c", line], { cwd: root });
      let out = "";
      shell.stdout.on("data", (chunk) => {
        out += chunk;
      });
      shell.on("close", (exit) => resolve({ exit, out }));
    });

  for (const state of ["empty", "seeded"]) {
    it(`shows five things to try, and each works as it stands, in a register that is ${state}`, async () => {
      if (state === "seeded") await seedSandbox(askOf(running.app), running.services.separator, { only: "stories" });
      const told = [...(await page()).matchAll(/<li><a href="[^"]+\/history">/g)];
      expect(told).to.have.length(state === "seeded" ? STORY_LINKS.length : 0);
      const tries = await shown();
      expect(tries).to.have.length(5);
      for (const command of tries.filter((each) => each.startsWith("curl"))) {
        const { status, body } = await fetch(/'(.+)'$/.exec(command)![1]!).then(async (response) => ({
          status: response.status,
          body: (await response.json()) as object,
        }));
        expect([status, Object.keys(body).length > 0], command).to.deep.equal([200, true]);
      }
      const [submit] = tries.filter((each) => each.includes("submit"));
      for (const _ of ["first", "again"]) {
        const { exit, out } = await run(submit!);
        expect(exit, out).to.equal(0);
      }
      expect((await fetch(`${origin}/api/v1/records/ocds-213czf-dpupr-coba-1`)).status).to.equal(200);
    });
  }

  it("speaks the reader's language, or the one that he asks for, and loads nothing from elsewhere", async () => {
    expect(await page("", { "accept-language": "id-ID,id;q=0.9" })).to.include("Lima hal untuk dicoba");
    expect(await page("", { "accept-language": "de" })).to.include("Five things to try");
    expect(await page("?lang=id", { "accept-language": "en" })).to.include('<html lang="id">');
    expect(await page()).to.not.match(/(src|href)="(https?:)?\/\//);
    for (const [, path] of (await page()).matchAll(/href="(\/[^"]*)"/g))
      expect((await fetch(origin + plain(path!))).status, path).to.equal(200);
  });

  it("has something to try in production too, where nobody's key is published", () => {
    const tries = commands("https://register.example", "production", "ocds-abcdef-x#<>");
    expect(tries).to.have.length(5);
    expect(JSON.stringify(tries)).to.not.include("sandbox:").and.not.include("#<>");
  });
});
