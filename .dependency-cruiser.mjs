// Who may import whom: the arrows of DESIGN section 4, each said as what a folder may reach. Held by
// test/house/imports.test.ts; types count as imports.

/** @param may paths that the files of `from` may import; everything else of the kind `what` is refused */
const only = (name, comment, from, may, what = "^(server|migration|web|scripts|test)/") => ({
  name,
  comment,
  severity: "error",
  from: { path: from },
  to: { path: what, pathNot: may },
});

const outside = { dependencyTypes: ["core", "npm", "npm-dev", "npm-optional", "npm-peer", "npm-no-pkg", "npm-unknown"] };

/** Folders below the actions: each knows the domain and itself. */
const parts = ["ledger", "chain", "store", "identity", "integrations", "workers"];

export default {
  forbidden: [
    only("domain", "domain is pure: it imports itself only", "^server/domain/", ["^server/domain/"]),
    {
      name: "domain-outside",
      comment: "domain runs in a page too: zod/mini, canonicalize and noble, nothing of Node",
      severity: "error",
      from: { path: "^server/domain/", pathNot: "^server/domain/hash-node\\.ts$" },
      to: { ...outside, pathNot: ["^node_modules/(zod/mini|canonicalize|@noble)/"] },
    },
    {
      name: "hash-node-outside",
      comment: "the one file of domain that knows Node hashes, and does nothing else with it",
      severity: "error",
      from: { path: "^server/domain/hash-node\\.ts$" },
      to: { ...outside, pathNot: ["^(node:)?crypto$", "^node_modules/hash-wasm/"] },
    },
    only("actions", "actions import domain; what else they need comes in as an argument", "^server/actions/", [
      "^server/(actions|domain)/",
      "^server/failpoint\\.ts$",
    ]),
    {
      name: "actions-outside",
      comment: "actions reach no package and nothing of Node",
      severity: "error",
      from: { path: "^server/actions/" },
      to: outside,
    },
    ...parts.map((part) =>
      only(part, `${part} imports domain and itself, never its neighbours or http`, `^server/${part}/`, [
        `^server/(${part}|domain)/`,
        "^server/failpoint\\.ts$",
        ...(part === "ledger" ? ["^server/chain/chain\\.ts$"] : []),
      ]),
    ),
    only("http", "routes call actions", "^server/http/", ["^server/(http|actions|domain)/", "^server/failpoint\\.ts$"]),
    only("migration", "migration writes through the ledger, not through the gateway", "^migration/", [
      "^migration/",
      "^server/(domain|ledger|chain)/",
      "^server/cli/(terminal|key|key-file)\\.ts$",
      "^server/failpoint\\.ts$",
      "^server/cli/(terminal|key|key-file)\\.ts$",
    ]),
    only("web", "pages share the domain with the server", "^web/", ["^web/", "^server/domain/"]),
    only("leaf", "failpoint.ts is a leaf", "^server/failpoint\\.ts$", []),
    {
      name: "product",
      comment: "the product imports neither scripts nor tests",
      severity: "error",
      from: { path: "^(server|migration|web)/" },
      to: { path: "^(scripts|test)/" },
    },
    {
      name: "development-packages",
      comment: "what runs at an agency is installed there: no development packages",
      severity: "error",
      from: { path: "^(server|migration)/" },
      to: { dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown"], dependencyTypesNot: ["type-only"] },
    },
    {
      name: "cycle",
      comment: "two files that import each other are one idea: put it in one file",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "unresolved",
      comment: "an import that leads nowhere would slip past every rule above",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      conditionNames: ["node", "import", "default", "types"],
      exportsFields: ["exports"],
      extensions: [".ts", ".mjs", ".js", ".json"],
    },
  },
};
