// `npm start` and `npm test`: installs what is missing, then runs under Node 24. Works from Node 20 on.
import path from "node:path";
import { prepare, root, run, say } from "./node.mjs";

const [verb, ...args] = process.argv.slice(2);
const mocha = path.join(root, "node_modules", "mocha", "bin", "mocha.js");

if (verb === "serve") {
  run(prepare({ checkEngine: true }), [path.join(root, "server", "main.ts"), "serve", ...args]);
} else if (verb === "test") {
  const node = prepare({ checkEngine: true });
  process.chdir(root);
  const fast = args.includes("--fast");
  const rest = args.filter((arg) => arg !== "--fast");
  if (!process.env.PRASASTI_SAMPLES) {
    say(
      "PRASASTI_SAMPLES is not set: tests with official and real samples are skipped and say so. / PRASASTI_SAMPLES kosong: uji dengan contoh resmi dilewati.",
    );
  }
  run(node, [mocha, "--fail-zero", ...(fast ? ["--ignore", "test/**/*.slow.test.ts"] : []), ...rest]);
} else {
  say("usage: node scripts/start.mjs serve [--data DIR] [--port N] [--empty] | test [--fast] [mocha options]");
  process.exit(2);
}
