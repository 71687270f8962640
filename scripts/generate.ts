import { existsSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { compile } from "./compile.ts";
import { vectors } from "./vectors.ts";

/**
 * Writes the files that follow from others: ABI and bytecode of the contracts, and reference pages.
 * `--check` writes nothing and fails where a file differs: what is reviewed is what is deployed.
 * `--fresh` compiles again instead of taking what was kept of the same source.
 */

type Files = Record<string, string>;

/** Each source of generated files, by the name it has in messages. Add a function here and CI compares its files. */
const generators: Record<string, () => Files | Promise<Files>> = {
  contracts,
  vectors: () => vectors(root),
};

// ---- contracts

const DEPLOYED = ["AccessManager", "Authority", "Council", "Ledger", "Policy", "Rules"];
/** EIP-170: a contract of more bytes can't be deployed. */
const CODE_LIMIT = 24_576;

function contracts(): Files {
  const { compiler, settings, sourceHash, artifacts } = compile(undefined, { fresh });
  const files: Files = {};
  const rows = ["| contract | bytes of code | room below 24,576 |", "|---|---|---|"];
  for (const contractName of DEPLOYED) {
    const artifact = artifacts[contractName];
    if (artifact === undefined) throw new Error(`There is no contract ${contractName}.`);
    const size = (artifact.deployedBytecode.length - 2) / 2;
    if (size > CODE_LIMIT)
      throw new Error(`${contractName} has ${size} bytes of code; the limit is ${CODE_LIMIT}. Split it (DESIGN 5).`);
    rows.push(`| ${contractName} | ${size.toLocaleString("en")} | ${(CODE_LIMIT - size).toLocaleString("en")} |`);
    const { abi, bytecode, deployedBytecode } = artifact;
    const content = { contractName, compiler, settings, sourceHash, abi, bytecode, deployedBytecode };
    files[`server/ledger/generated/${contractName}.json`] = `${JSON.stringify(content, null, 1)}\n`;
  }
  const page = "docs/reference/contracts.md";
  const sizes = `# Contracts\n\nSizes: written by \`npm run generate\`; compiler ${compiler}.\n\n${rows.join("\n")}\n`;
  files[page] = `${sizes}${measured(readFileSync(path.join(root, page), "utf8"))}`;
  return files;
}

/** What a test measures on an engine and keeps: the page from its heading "Gas" on. */
function measured(page: string): string {
  const at = page.indexOf("\n## Gas");
  return at < 0 ? "" : page.slice(at);
}

// ---- writing and comparing

const options = process.argv.slice(2);
const unknown = options.filter((option) => !["--check", "--fresh"].includes(option));
if (unknown.length > 0) {
  console.error(`unknown: ${unknown.join(" ")}\nusage: npm run generate -- [--check] [--fresh]`);
  process.exit(2);
}
const check = options.includes("--check");
const fresh = options.includes("--fresh");
const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

let different = 0;
for (const [source, generator] of Object.entries(generators)) {
  for (const [name, content] of Object.entries(await generator())) {
    const file = path.join(root, name);
    if (existsSync(file) && readFileSync(file, "utf8") === content) continue;
    different++;
    if (check) {
      console.error(`${name} is not what ${source} gives now. Run: npm run generate`);
      continue;
    }
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, content);
    console.log(`wrote ${name}`);
  }
}
if (different === 0) console.log("Generated files are as their sources say.");
if (check && different > 0) process.exit(1);
