import { fileURLToPath } from "node:url";
import { defineConfig } from "hardhat/config";

export default defineConfig({
  paths: { sources: "./contracts" },
  solidity: {
    version: "0.8.37",
    path: fileURLToPath(import.meta.resolve("solc/soljson.js")),
    settings: {
      evmVersion: "london",
      viaIR: true,
      optimizer: { enabled: true, runs: 1000 },
      metadata: { bytecodeHash: "none" },
    },
  },
});
