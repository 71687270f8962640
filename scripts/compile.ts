import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** Compiles the contracts as hardhat.config.ts says; warnings are errors. Same source, same bytes: results are kept by hash. */

export type Artifact = { abi: object[]; bytecode: string; deployedBytecode: string; source: string };
export type Compiled = { compiler: string; settings: object; sourceHash: string; artifacts: Record<string, Artifact> };

export const SETTINGS = {
  evmVersion: "london",
  viaIR: true,
  optimizer: { enabled: true, runs: 1000 },
  metadata: { bytecodeHash: "none" },
};

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);

function solidityFiles(folder: string): string[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".sol"))
    .map((name) => `${folder}/${name.replaceAll("\\", "/")}`)
    .sort();
}

/**
 * @param folders of Solidity files, relative to the project
 * @param fresh compiles even where the result of the same source is kept
 * @throws Error with the compiler's own words
 */
export function compile(folders = ["contracts"], { fresh = false } = {}): Compiled {
  const names = [...folders.flatMap(solidityFiles), "@openzeppelin/contracts/access/manager/AccessManager.sol"];
  const read = (name: string) =>
    readFileSync(path.join(root, name.startsWith("@") ? "node_modules" : "", name), "utf8");
  const sources = Object.fromEntries(names.map((name) => [name, { content: read(name) }]));
  const version = (require("solc/package.json") as { version: string }).version;
  const sourceHash = createHash("sha256")
    .update(JSON.stringify([version, SETTINGS, sources]))
    .digest("hex");
  const cache = path.join(root, "node_modules", ".cache", "prasasti");
  const kept = path.join(cache, `${sourceHash}.json`);
  if (!fresh && existsSync(kept)) return JSON.parse(readFileSync(kept, "utf8")) as Compiled;

  const solc = require("solc") as { version(): string; compile(input: string, callbacks: object): string };
  const outputSelection = { "*": { "*": ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"] } };
  const output = JSON.parse(
    solc.compile(JSON.stringify({ language: "Solidity", sources, settings: { ...SETTINGS, outputSelection } }), {
      import: (name: string) => ({ contents: read(name) }),
    }),
  ) as {
    errors?: { formattedMessage: string; sourceLocation?: { file: string } }[];
    contracts: Record<
      string,
      Record<string, { abi: object[]; evm: Record<"bytecode" | "deployedBytecode", { object: string }> }>
    >;
  };
  const faults = (output.errors ?? []).filter((e) => !e.sourceLocation?.file.startsWith("@"));
  if (faults.length > 0) throw new Error(faults.map((e) => e.formattedMessage).join("\n"));
  const artifacts: Record<string, Artifact> = {};
  for (const [source, contracts] of Object.entries(output.contracts)) {
    for (const [name, { abi, evm }] of Object.entries(contracts)) {
      if (evm.bytecode.object === "") continue;
      artifacts[name] = {
        abi,
        bytecode: `0x${evm.bytecode.object}`,
        deployedBytecode: `0x${evm.deployedBytecode.object}`,
        source,
      };
    }
  }
  const compiled = { compiler: solc.version(), settings: SETTINGS, sourceHash, artifacts };
  mkdirSync(cache, { recursive: true });
  writeFileSync(kept, JSON.stringify(compiled));
  return compiled;
}
