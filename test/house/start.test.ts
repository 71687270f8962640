import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";

const scripts = fileURLToPath(new URL("../../scripts", import.meta.url));

/** Stands for npm, without a network: writes down how it was called and installs what the plan says. */
const NPM = `
const { appendFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } = require("node:fs");
const path = require("node:path");
const plan = JSON.parse(readFileSync(path.join(__dirname, "plan.json"), "utf8"));
const verb = process.argv[2];
appendFileSync(path.join(__dirname, "calls"), verb + "\\n");
if (verb === "exec") {
  if (plan.exec === "fails") process.exit(1);
  console.log("some notice\\n" + process.execPath);
} else {
  if (plan.ci?.error) { console.error(plan.ci.error); process.exit(1); }
  if (plan.ci?.hangs) { writeFileSync(path.join(__dirname, "hanging"), ""); setInterval(() => {}, 1000); return; }
  rmSync("node_modules", { recursive: true, force: true });
  const put = (name, text) => { mkdirSync(path.dirname(name), { recursive: true }); writeFileSync(name, text); };
  const engine = (plan.engine ?? ["loads"]).shift() ?? "loads";
  writeFileSync(path.join(__dirname, "plan.json"), JSON.stringify(plan));
  put("node_modules/@nomicfoundation/edr/package.json", '{"type":"module","exports":"./index.js"}');
  put("node_modules/@nomicfoundation/edr/index.js", engine === "loads" ? "" : "throw new Error('no native part')");
  put("node_modules/mocha/package.json", "{}");
  put("node_modules/mocha/bin/mocha.js", "console.log('mocha ' + process.argv.slice(2).join(' '));");
  if (plan.node !== "absent") {
    put("node_modules/node/package.json", '{"version":"24.0.0"}');
    mkdirSync("node_modules/node/bin");
    symlinkSync(process.execPath, "node_modules/node/bin/node");
  }
  put("node_modules/.package-lock.json", readFileSync("package-lock.json", "utf8"));
}
`;

/** Makes this process look like Node 20 to the script: only `process.version` is asked. */
const LOOK_LIKE_20 = `data:text/javascript,Object.defineProperty(process,"version",{value:"v20.20.0"})`;

const SERVER = `
process.on("SIGTERM", () => { console.log("goodbye"); process.exit(7); });
console.log(process.argv.slice(2).join(" "));
if (process.argv.includes("wait")) setInterval(() => {}, 1000);
if (process.argv.includes("fail")) process.exit(75);
if (process.argv.includes("die")) process.kill(process.pid, "SIGKILL");
`;

type Plan = {
  exec?: "fails";
  node?: "absent";
  engine?: ("loads" | "fails")[];
  ci?: { error?: string; hangs?: true };
};

describe("the start script", function () {
  this.timeout(30_000);
  let base: string;
  let project: string;

  before(function () {
    if (process.platform === "win32") this.skip();
  });
  beforeEach(() => {
    base = mkdtempSync(path.join(tmpdir(), "prasasti start "));
    project = path.join(base, "a checkout");
    cpSync(scripts, path.join(project, "scripts"), {
      recursive: true,
      filter: (name) => !name.includes(`${path.sep}bench`),
    });
    mkdirSync(path.join(project, "server"));
    writeFileSync(path.join(project, "server", "main.ts"), SERVER);
    writeFileSync(path.join(project, "package.json"), '{"type":"module"}');
    lock({ "": {}, "node_modules/mocha": { version: "11.0.0" } });
    mkdirSync(path.join(base, "npm"));
    writeFileSync(path.join(base, "npm", "npm-cli.js"), NPM);
    plan({});
  });
  afterEach(() => rmSync(base, { recursive: true, force: true }));

  const lock = (packages: object) =>
    writeFileSync(path.join(project, "package-lock.json"), JSON.stringify({ packages }));
  const plan = (how: Plan) => writeFileSync(path.join(base, "npm", "plan.json"), JSON.stringify(how));
  /** What npm was asked since last time. */
  const asked = () => {
    const file = path.join(base, "npm", "calls");
    const calls = existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
    rmSync(file, { force: true });
    return calls;
  };

  function launch(args: string[], { node20 = false, script = "start.mjs" } = {}): ChildProcess {
    const { CI: _, ...env } = process.env;
    return spawn(process.execPath, [...(node20 ? ["--import", LOOK_LIKE_20] : []), `scripts/${script}`, ...args], {
      cwd: project,
      env: { ...env, npm_execpath: path.join(base, "npm", "npm-cli.js") },
      stdio: ["ignore", "pipe", "pipe"],
    });
  }
  async function ended(child: ChildProcess) {
    let out = "";
    let err = "";
    child.stdout?.on("data", (chunk) => {
      out += chunk;
    });
    child.stderr?.on("data", (chunk) => {
      err += chunk;
    });
    const [code] = (await once(child, "close")) as [number | null];
    return { code, out: out.trim(), err };
  }
  const start = (args: string[], how: { node20?: boolean; script?: string } = {}) => ended(launch(args, how));

  it("installs once, then starts without npm", async () => {
    const first = await start(["serve", "--port", "0"]);
    expect(first, first.err).to.include({ code: 0, out: "serve --port 0" });
    expect(asked()).to.deep.equal(["ci"]);
    expect((await start(["serve"])).code).to.equal(0);
    expect(asked()).to.deep.equal([]);
  });

  it("fetches a Node 24 where the user's is older, and later uses the installed one", async () => {
    expect(await start(["serve"], { node20: true })).to.include({ code: 0, out: "serve" });
    expect(asked()).to.deep.equal(["exec", "ci"]);
    expect((await start(["serve"], { node20: true })).code).to.equal(0);
    expect(asked()).to.deep.equal([]);
  });

  it("runs under the fetched Node where the package of Node has none for the platform", async () => {
    plan({ node: "absent" });
    expect(await start(["serve"], { node20: true })).to.include({ code: 0, out: "serve" });
  });

  it("says try again (75) when no Node 24 can be fetched", async () => {
    plan({ exec: "fails" });
    const { code, err } = await start(["serve"], { node20: true });
    expect(code).to.equal(75);
    expect(err).to.include("Node 24 could not be fetched").and.include("tidak dapat diambil");
  });

  it("installs again when the lock file changed", async () => {
    await start(["serve"]);
    lock({ "": {}, "node_modules/mocha": { version: "11.0.1" } });
    expect((await start(["serve"])).code).to.equal(0);
    expect(asked()).to.deep.equal(["ci", "ci"]);
  });

  it("takes over an install made by hand, but not one of another lock file", async () => {
    await start(["serve"]);
    rmSync(path.join(project, "node_modules", ".prasasti-stamp"));
    await start(["serve"]);
    expect(asked()).to.deep.equal(["ci"]);
    rmSync(path.join(project, "node_modules", ".prasasti-stamp"));
    lock({ "": {}, "node_modules/mocha": { version: "11.0.1" } });
    await start(["serve"]);
    expect(asked()).to.deep.equal(["ci"]);
  });

  it("installs once more when the engine does not load", async () => {
    plan({ engine: ["fails", "loads"] });
    expect((await start(["serve"])).code).to.equal(0);
    expect(asked()).to.deep.equal(["ci", "ci"]);
    rmSync(path.join(project, "node_modules", "@nomicfoundation"), { recursive: true });
    expect((await start(["serve"])).code).to.equal(0);
    expect(asked()).to.deep.equal(["ci"]);
  });

  it("names the platform when the engine has no package for it, and leaves no stamp", async () => {
    plan({ engine: ["fails", "fails"] });
    const { code, err } = await start(["serve"]);
    expect(code).to.equal(1);
    expect(err).to.include(`${process.platform}-${process.arch}`).and.include("mesin rantai tidak punya paket");
    expect(existsSync(path.join(project, "node_modules", ".prasasti-stamp"))).to.equal(false);
  });

  it("tells a network that fails (75) from an install that can't work (1)", async () => {
    plan({ ci: { error: "npm error code ENOTFOUND" } });
    expect((await start(["serve"])).code).to.equal(75);
    plan({ ci: { error: "npm error code EUSAGE" } });
    const { code, err } = await start(["serve"]);
    expect(code).to.equal(1);
    expect(err).to.include("npm error code EUSAGE");
  });

  it("passes a signal on, waits for the farewell and ends as the program ended", async () => {
    const child = launch(["serve", "wait"]);
    const result = ended(child);
    await once(child.stdout!, "data");
    child.kill("SIGTERM");
    expect(await result).to.include({ code: 7, out: "serve wait\ngoodbye" });
  });

  it("stops an install that is asked to stop", async () => {
    plan({ ci: { hangs: true } });
    const child = launch(["serve"]);
    const result = ended(child);
    while (!existsSync(path.join(base, "npm", "hanging"))) await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill("SIGTERM");
    expect((await result).code).to.equal(143);
  });

  it("ends as the program ends: its code, or 128 and the signal that killed it", async () => {
    expect((await start(["serve", "fail"])).code).to.equal(75);
    expect((await start(["serve", "die"])).code).to.equal(137);
  });

  it("runs the command line of `npx prasasti` the same way", async () => {
    expect(await start(["key", "new"], { script: "prasasti.mjs" })).to.include({ code: 0, out: "key new" });
  });

  it("runs all tests, the fast ones, or those that are named", async () => {
    const mocha = async (...args: string[]) => (await start(["test", ...args])).out;
    expect(await mocha()).to.equal("mocha --fail-zero");
    expect(await mocha("--fast")).to.equal("mocha --fail-zero --ignore test/**/*.slow.test.ts");
    expect(await mocha("--grep", "holds")).to.equal("mocha --fail-zero --grep holds");
    mkdirSync(path.join(project, "test", "house"), { recursive: true });
    expect(await mocha("test/house")).to.match(/^mocha --fail-zero --no-config .* test\/house\/\*\*\/\*\.test\.ts$/);
  });

  it("answers a command it does not know with usage (2)", async () => {
    const { code, err } = await start(["dance"]);
    expect(code).to.equal(2);
    expect(err).to.include("usage:");
    expect(asked()).to.deep.equal([]);
  });
});
