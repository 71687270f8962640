// Plain Node-20 JavaScript without dependencies: which Node runs us, and is everything installed?
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const modules = path.join(root, "node_modules");
const stampFile = path.join(modules, ".prasasti-stamp");
const platform = `${process.platform}-${process.arch}`;
const NEEDED = 24;

export const say = (text) => process.stderr.write(`${text}\n`);

/** Stops with a message in both languages. Code 1: something to mend; 75: try again later. */
function stop(code, english, indonesian) {
  say(`\nprasasti: ${english}\n          ${indonesian}`);
  process.exit(code);
}

const major = (version) => Number(/^v?(\d+)/.exec(version)?.[1] ?? 0);

// ---- Node

/** npm's own program file: npm is run by the Node of our choice, never through a shell or a .cmd file. */
function npmProgram() {
  const given = process.env.npm_execpath;
  if (given?.endsWith("npm-cli.js") && existsSync(given)) return given;
  const beside = path.dirname(realpathSync(process.execPath));
  for (const place of [
    "../lib/node_modules/npm/bin/npm-cli.js",
    "node_modules/npm/bin/npm-cli.js",
    "../share/nodejs/npm/bin/npm-cli.js",
  ]) {
    const file = path.resolve(beside, place);
    if (existsSync(file)) return file;
  }
  // a Node that came without npm: the npm of the command line
  for (const folder of (process.env.PATH ?? "").split(path.delimiter)) {
    const file = path.join(folder, "npm");
    if (existsSync(file) && realpathSync(file).endsWith("npm-cli.js")) return realpathSync(file);
  }
  return stop(
    1,
    "npm was not found. Start with `npm start`, or install npm.",
    "npm tidak ditemukan. Mulai dengan `npm start`, atau pasang npm.",
  );
}

/** Node >= 24 at hand: the user's own, else the one that came with the install. */
function nodeAtHand() {
  if (major(process.version) >= NEEDED) return process.execPath;
  const installed = path.join(modules, "node", "bin", process.platform === "win32" ? "node.exe" : "node");
  return existsSync(installed) ? installed : undefined;
}

/** npm can bring a Node 24 of its own; slower than one at hand, so this is for a first start. */
function fetchNode() {
  say(`Node ${NEEDED} is needed and is being fetched … / Node ${NEEDED} diperlukan dan sedang diambil …`);
  const question = ["exec", "--yes", `--package=node@${NEEDED}`, "--", "node", "-p", "process.execPath"];
  const run = spawnSync(process.execPath, [npmProgram(), ...question], {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  const found = run.stdout?.trim().split("\n").at(-1);
  if (run.status === 0 && found && existsSync(found)) return found;
  return stop(
    75,
    `Node ${NEEDED} could not be fetched for ${platform}. Check the network and start again, or install Node ${NEEDED} yourself.`,
    `Node ${NEEDED} tidak dapat diambil untuk ${platform}. Periksa jaringan lalu mulai lagi, atau pasang Node ${NEEDED} sendiri.`,
  );
}

/** Node for an install: one that runs, and on Windows not the file that the install replaces. */
function nodeForInstall() {
  const node = nodeAtHand();
  if (node === process.execPath) return node;
  const runs = node && process.platform !== "win32" && spawnSync(node, ["--version"]).status === 0;
  return runs ? node : fetchNode();
}

// ---- what is installed

/** What an install depends on: the lock file, the platform, the Node that runs it. */
function stampFor(node) {
  const lock = createHash("sha256").update(readFileSync(path.join(root, "package-lock.json")));
  const version =
    node === process.execPath
      ? process.version
      : JSON.parse(readFileSync(path.join(modules, "node", "package.json"), "utf8")).version;
  return `${lock.digest("hex")} ${platform} node${major(version)}\n`;
}

/** Somebody ran `npm ci` by hand: npm's note of what it installed has everything that our lock file wants. */
function installedByHand() {
  const packagesOf = (file) => JSON.parse(readFileSync(file, "utf8")).packages;
  const note = path.join(modules, ".package-lock.json");
  if (!existsSync(note)) return false;
  const have = packagesOf(note);
  return Object.entries(packagesOf(path.join(root, "package-lock.json"))).every(
    ([name, { version, optional, dev, devOptional }]) =>
      name === "" || optional || dev || devOptional || have[name]?.version === version,
  );
}

/** "yes", "no", or "unproven" where nobody left a stamp. */
function installed(node) {
  try {
    if (node === undefined) return "no";
    if (existsSync(stampFile)) return readFileSync(stampFile, "utf8") === stampFor(node) ? "yes" : "no";
    return installedByHand() ? "unproven" : "no";
  } catch {
    return "no"; // a note that can't be read proves nothing
  }
}

/** The engine's native part loads. npm leaves it out, without a word, when it runs under an older Node. */
function engineLoads(node) {
  const load = ["--input-type=module", "-e", "await import('@nomicfoundation/edr')"];
  return spawnSync(node, load, { cwd: root, stdio: "ignore" }).status === 0;
}

const NETWORK =
  /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ERR_SOCKET_TIMEOUT|E5\d\d)\b/;

async function install(node) {
  say("Installing, usually under a minute … / Memasang, biasanya kurang dari semenit …");
  rmSync(stampFile, { force: true });
  const child = spawn(node, [npmProgram(), "ci", "--no-fund", "--no-audit", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", process.stderr, "pipe"],
    env: withNodeFirst(node),
  });
  let faults = "";
  child.stderr.on("data", (chunk) => {
    faults += chunk;
    process.stderr.write(chunk);
  });
  const code = await ending(child);
  if (code === 0) return;
  // stopped by a signal: somebody wants us gone, and no advice
  if (code > 128) process.exit(code);
  if (NETWORK.test(faults)) {
    stop(
      75,
      "the install could not reach the package host. Check the network, then start again.",
      "pemasangan tidak dapat menjangkau penyedia paket. Periksa jaringan, lalu mulai lagi.",
    );
  }
  stop(
    1,
    "the install failed; npm's lines above say why. If they don't help, delete the folder node_modules and start again.",
    "pemasangan gagal; baris npm di atas menyebut sebabnya. Bila tidak jelas, hapus folder node_modules lalu mulai lagi.",
  );
}

/**
 * Installs what is missing and returns the Node to run with.
 * `engine`: also see that the chain engine loads. `tools`: the development tools are needed too.
 */
export async function prepare({ engine = false, tools = false } = {}) {
  let node = nodeAtHand();
  const state = installed(node);
  const toolsMissing = tools && !existsSync(path.join(modules, "mocha", "package.json"));
  let fresh = false;
  const reinstall = async () => {
    const installer = nodeForInstall();
    await install(installer);
    node = nodeAtHand() ?? installer;
    fresh = true;
  };
  if (state === "no" || toolsMissing) await reinstall();
  if ((engine || fresh || state === "unproven") && !engineLoads(node)) {
    say("The chain engine does not load: installing again … / Mesin rantai tidak termuat: memasang lagi …");
    await reinstall();
    if (!engineLoads(node)) {
      stop(
        1,
        `the chain engine has no package for ${platform} with this system's C library. It has for Linux and macOS on x64 and arm64, and for Windows on x64: use one of these.`,
        `mesin rantai tidak punya paket untuk ${platform} dengan pustaka C sistem ini. Tersedia untuk Linux dan macOS (x64, arm64) serta Windows (x64): pakailah salah satunya.`,
      );
    }
  }
  // without a Node 24 in node_modules there is nothing to stamp: the next start looks again
  if ((fresh || state === "unproven") && nodeAtHand() === node) writeFileSync(stampFile, stampFor(node));
  return node;
}

// ---- running

function withNodeFirst(node) {
  return { ...process.env, PATH: `${path.dirname(node)}${path.delimiter}${process.env.PATH ?? ""}` };
}

/** Resolves to the child's exit code, 128 + n if signal n ended it. Signals that reach us reach the child, once each. */
function ending(child) {
  const listeners = ["SIGINT", "SIGTERM", "SIGHUP"].map((signal) => {
    let passed = false;
    const listener = () => {
      // Ctrl+C in a terminal reaches the whole group already; a second one would cut the child's farewell short
      if (passed || (signal === "SIGINT" && process.stdin.isTTY)) return;
      passed = true;
      child.kill(signal);
    };
    process.on(signal, listener);
    return [signal, listener];
  });
  return new Promise((resolve) => {
    const done = (code) => {
      for (const [signal, listener] of listeners) process.off(signal, listener);
      resolve(code);
    };
    child.once("error", (error) => {
      say(`prasasti: ${error.message}`);
      done(1);
    });
    child.once("close", (code, signal) => done(code ?? 128 + (constants.signals[signal] ?? 0)));
  });
}

/** Runs a program of ours under that Node and ends as it ends. */
export async function run(node, args) {
  process.exit(await ending(spawn(node, args, { stdio: "inherit", env: withNodeFirst(node) })));
}
