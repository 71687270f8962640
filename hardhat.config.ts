import { fileURLToPath } from "node:url";
import { defineConfig } from "hardhat/config";
import { SETTINGS } from "./scripts/compile.ts";

// For tools that want a Hardhat project (slither and the like). Nothing of ours runs through it: `npm run generate`
// compiles with the same compiler and settings.
export default defineConfig({
  paths: { sources: "./contracts" },
  solidity: {
    version: "0.8.37",
    path: fileURLToPath(import.meta.resolve("solc/soljson.js")),
    settings: SETTINGS,
  },
});
