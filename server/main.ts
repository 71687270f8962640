import { Command, CommanderError } from "commander";

// Whoever reads what we print, such as `head`, may have seen enough: that is no fault. A verb that only shows ends with
// him; one that changes something works on to its end, and its exit code tells.
const changing = new Set([
  ...["serve", "submit", "council", "key", "keys", "rebuild", "holder", "agency", "office", "act", "accounts"],
  ...["clients", "identity", "approve", "refuse", "ask", "answer", "migrate", "registry", "webhooks", "connect"],
  ...["payments", "export", "reconcile", "requests"],
]);
for (const stream of [process.stdout, process.stderr])
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    if (stream === process.stdout && !changing.has(process.argv[2] ?? "")) process.exit();
  });

const program = new Command("prasasti")
  .description("A register of government contracts that nobody can rewrite unseen. / Register kontrak pemerintah.")
  .exitOverride();
// Only the verb that is asked for is loaded, else all: what the gateway alone needs takes longer to load than most verbs
// take to run.
const verbs: [names: string[], load: () => Promise<Command[]>][] = [
  [["serve"], async () => [(await import("./cli/serve.ts")).serveCommand()]],
  [["key"], async () => [(await import("./cli/key.ts")).keyCommand()]],
  [["keys"], async () => [(await import("./cli/keys.ts")).keysCommand()]],
  [["submit"], async () => [(await import("./cli/submit.ts")).submitCommand()]],
  [
    ["tasks", "review", "approve", "refuse", "ask", "answer"],
    async () => (await import("./cli/approvals.ts")).approvalCommands(),
  ],
  [["can"], async () => [(await import("./cli/can.ts")).canCommand()]],
  [["status"], async () => [(await import("./cli/status.ts")).statusCommand()]],
  [["record"], async () => [(await import("./cli/record.ts")).recordCommand()]],
  [["history"], async () => [(await import("./cli/history.ts")).historyCommand()]],
  [
    ["contract", "certificate"],
    async () => {
      const { contractCommand, certificateCommand } = await import("./cli/contracts.ts");
      return [contractCommand(), certificateCommand()];
    },
  ],
  [["requests"], async () => [(await import("./cli/requests.ts")).requestsCommand()]],
  [["ocds"], async () => [(await import("./cli/ocds.ts")).ocdsCommand()]],
  [["rebuild"], async () => [(await import("./cli/rebuild.ts")).rebuildCommand()]],
  [["doctor"], async () => [(await import("./cli/doctor.ts")).doctorCommand()]],
  [
    ["holder", "agency", "office"],
    async () => {
      const { holderCommand, agencyCommand, officeCommand } = await import("./cli/offices.ts");
      return [holderCommand(), agencyCommand(), officeCommand()];
    },
  ],
  [["act"], async () => [(await import("./cli/acts.ts")).actCommand()]],
  [["council"], async () => [(await import("./cli/council.ts")).councilCommand()]],
  [["sign-in"], async () => [(await import("./cli/sign-in.ts")).signInCommand()]],
  [
    ["accounts", "clients"],
    async () => {
      const { accountsCommand, clientsCommand } = await import("./cli/accounts.ts");
      return [accountsCommand(), clientsCommand()];
    },
  ],
  [["identity"], async () => [(await import("./cli/identity.ts")).identityCommand()]],
  [["payments"], async () => [(await import("./cli/payments.ts")).paymentsCommand()]],
  [["reconcile"], async () => [(await import("./cli/reconcile.ts")).reconcileCommand()]],
  [["connect"], async () => [(await import("./cli/connect.ts")).connectCommand()]],
  [["export"], async () => [(await import("./cli/export.ts")).exportCommand()]],
  [["registry"], async () => [(await import("./cli/registry.ts")).registryCommand()]],
  [["webhooks"], async () => [(await import("./cli/webhooks.ts")).webhooksCommand()]],
  [["migrate"], async () => [(await import("../migration/main.ts")).migrateCommand()]],
];
const asked = verbs.filter(([names]) => names.includes(process.argv[2] ?? ""));
for (const [, load] of asked.length > 0 ? asked : verbs)
  for (const command of await load()) program.addCommand(command.exitOverride());

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  // commander ends usage errors with 1; ours is 2, and help is no error
  process.exit(error.exitCode === 0 ? 0 : 2);
}
