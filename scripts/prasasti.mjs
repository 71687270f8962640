#!/usr/bin/env node
// `npx prasasti …`: the command line, under Node 24.
import path from "node:path";
import { prepare, root, run } from "./node.mjs";

await run(await prepare(), [path.join(root, "server", "main.ts"), ...process.argv.slice(2)]);
