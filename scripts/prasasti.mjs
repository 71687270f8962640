#!/usr/bin/env node
// `npx prasasti …`: the command line, under Node 24.
import path from "node:path";
import { prepare, root, run } from "./node.mjs";

// a migration makes much short-lived garbage out of millions of rows; left to itself V8 keeps 200 MB of it
const options = process.argv[2] === "migrate" ? ["--max-semi-space-size=8", "--heap-growing-percent=90"] : [];

await run(await prepare(), [...options, path.join(root, "server", "main.ts"), ...process.argv.slice(2)]);
