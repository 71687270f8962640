// What package.json's scripts call: installs what is missing, then runs under Node 24. Works from Node 20 on.
import { statSync } from "node:fs";
import path from "node:path";
import { prepare, root, run, say } from "./node.mjs";

const USAGE = `usage: node scripts/start.mjs <what>
  serve [options]             the gateway; npm start -- --help lists its options
  test [--fast] [mocha args]  all tests, those in *.slow.test.ts left out with --fast, or the files you name
  run <script.ts> [args]      a script of this project
  prepare                     only install`;

const [what, ...args] = process.argv.slice(2);
const inRoot = (...names) => path.join(root, ...names);

switch (what) {
  case "serve":
    await run(await prepare({ engine: true }), [inRoot("server", "main.ts"), "serve", ...args]);
    break;
  case "test":
    await test();
    break;
  case "run":
    if (!args[0]) usage();
    await run(await prepare({ tools: true }), [path.resolve(args[0]), ...args.slice(1)]);
    break;
  case "prepare":
    await prepare({ engine: true, tools: true });
    break;
  default:
    usage();
}

async function test() {
  const fast = args.includes("--fast");
  const rest = args.filter((arg) => arg !== "--fast");
  const node = await prepare({ engine: true, tools: true });
  process.chdir(root);
  // tests start the command line hundreds of times: what it loads is compiled once
  process.env.NODE_COMPILE_CACHE ??= inRoot("node_modules", ".cache", "compiled");
  if (!process.env.PRASASTI_SAMPLES) {
    say("PRASASTI_SAMPLES is not set: tests that need official and real samples are skipped.");
    say("PRASASTI_SAMPLES kosong: uji yang memerlukan contoh resmi dan nyata dilewati.");
  }
  if (fast) say("Fast: tests in *.slow.test.ts are left out. / Cepat: uji *.slow.test.ts tidak dijalankan.");
  // mocha adds the files named to those of its configuration; who names some wants only those
  const isFolder = (arg) => statSync(arg, { throwIfNoEntry: false })?.isDirectory() && arg.includes("/");
  const files = rest.map((arg) => (isFolder(arg) ? path.posix.join(arg, "**", "*.test.ts") : arg));
  const named = files.some((arg) => !arg.startsWith("-") && (arg.endsWith(".ts") || arg.includes("*")));
  await run(node, [
    inRoot("node_modules", "mocha", "bin", "mocha.js"),
    "--fail-zero",
    ...(process.env.CI ? ["--forbid-only"] : []),
    ...(named ? ["--no-config", "--timeout", "120000"] : []),
    ...(fast ? ["--ignore", "test/**/*.slow.test.ts"] : []),
    ...files,
  ]);
}

function usage() {
  say(USAGE);
  process.exit(2);
}
