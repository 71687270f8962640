// Plain Node-20 JavaScript without dependencies: which Node runs us, and is everything installed?
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const modules = path.join(root, "node_modules");
const stampFile = path.join(modules, ".prasasti-stamp");
const NEEDED = 24;

export const say = (text) => process.stderr.write(`${text}\n`);

/** Stops with a message in both languages. 75 means: try again later. */
export function stop(code, english, indonesian) {
  say(`\nprasasti: ${english}\n          ${indonesian}`);
  process.exit(code);
}

const major = (version) => Number(/^v?(\d+)/.exec(version)?.[1] ?? 0);

/** npm's own program file, so that npm can be run under the Node of our choice, without a shell. */
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
  return stop(
    1,
    "npm was not found. Start with `npm start`, or install npm.",
    "npm tidak ditemukan. Mulai dengan `npm start`, atau pasang npm.",
  );
}

/** Node >= 24: the user's own, else the one that came with the install. */
export function node24() {
  if (major(process.version) >= NEEDED) return process.execPath;
  const installed = path.join(modules, "node", "bin", "node");
  return existsSync(installed) ? installed : undefined;
}

/** Before the first install: npm brings a Node 24 of its own, because the engine's native part is left out under an older one. */
function fetchNode24() {
  say("Node 24 is needed and is being fetched … / Node 24 diperlukan dan sedang diambil …");
  const run = spawnSync(
    process.execPath,
    [npmProgram(), "exec", "--yes", `--package=node@${NEEDED}`, "--", "node", "-p", "process.execPath"],
    {
      cwd: root,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  const found = run.stdout?.trim().split("\n").at(-1);
  if (run.status !== 0 || !found || !existsSync(found)) {
    stop(
      75,
      `Node ${NEEDED} could not be fetched for ${process.platform}-${process.arch}. Install Node ${NEEDED} yourself, then start again.`,
      `Node ${NEEDED} tidak dapat diambil untuk ${process.platform}-${process.arch}. Pasang Node ${NEEDED} sendiri, lalu mulai lagi.`,
    );
  }
  return found;
}

/** What an install depends on: the lock file, the platform, the Node that ran npm. */
export function stampOf(lock, nodeVersion) {
  return `${createHash("sha256").update(lock).digest("hex")} ${process.platform}-${process.arch} node${major(nodeVersion)}\n`;
}

function currentStamp() {
  return stampOf(readFileSync(path.join(root, "package-lock.json")), `v${NEEDED}`);
}

export function isInstalled() {
  return existsSync(stampFile) && readFileSync(stampFile, "utf8") === currentStamp() && node24() !== undefined;
}

/** The engine's native part loads in this installation. */
function engineLoads(node) {
  return (
    spawnSync(node, ["--input-type=module", "-e", "await import('@nomicfoundation/edr')"], {
      cwd: root,
      stdio: "ignore",
    }).status === 0
  );
}

function install(node) {
  say("Installing … / Memasang …");
  const run = spawnSync(node, [npmProgram(), "ci", "--no-fund", "--no-audit", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", 2, 2],
    env: { ...process.env, PATH: `${path.dirname(node)}${path.delimiter}${process.env.PATH}` },
  });
  if (run.status !== 0) {
    stop(
      75,
      "The install failed; the lines above say why. Check the network, then start again.",
      "Pemasangan gagal; baris di atas menyebutkan sebabnya. Periksa jaringan, lalu mulai lagi.",
    );
  }
}

/** Installs what is missing and returns the Node to run with. */
export function prepare({ checkEngine = false } = {}) {
  let node = node24();
  if (!isInstalled()) {
    install(node ?? fetchNode24());
    node =
      node24() ??
      stop(
        1,
        `there is no package of Node ${NEEDED} for ${process.platform}-${process.arch}. Install Node ${NEEDED} and start again.`,
        `tidak ada paket Node ${NEEDED} untuk ${process.platform}-${process.arch}. Pasang Node ${NEEDED} lalu mulai lagi.`,
      );
    checkEngine = true;
  }
  if (checkEngine && !engineLoads(node)) {
    say("The chain engine does not load; installing once more … / Mesin rantai tidak termuat; memasang sekali lagi …");
    install(node);
    if (!engineLoads(node)) {
      stop(
        1,
        `the chain engine has no package for ${process.platform}-${process.arch} (glibc or musl Linux, macOS and Windows on x64 and arm64 have one). Use one of these.`,
        `mesin rantai tidak punya paket untuk ${process.platform}-${process.arch}. Pakai Linux, macOS atau Windows pada x64 atau arm64.`,
      );
    }
  }
  writeFileSync(stampFile, currentStamp());
  return node;
}

/** Runs a program of ours under that Node, passes signals on, and ends as it ends. */
export function run(node, args, env = {}) {
  const child = spawn(node, args, {
    cwd: process.cwd(),
    stdio: "inherit",
    env: { ...process.env, ...env, PATH: `${path.dirname(node)}${path.delimiter}${process.env.PATH}` },
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code, signal) => process.exit(code ?? (signal === null ? 1 : 128 + 15)));
}

if (process.argv[1] === fileURLToPath(import.meta.url) && process.argv[2] === "prepare") prepare({ checkEngine: true });
