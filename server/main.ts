import { Command, CommanderError } from "commander";
import { accountsCommand, clientsCommand } from "./cli/accounts.ts";
import { actCommand } from "./cli/acts.ts";
import { councilCommand } from "./cli/council.ts";
import { doctorCommand } from "./cli/doctor.ts";
import { historyCommand } from "./cli/history.ts";
import { keyCommand } from "./cli/key.ts";
import { ocdsCommand } from "./cli/ocds.ts";
import { agencyCommand, holderCommand, officeCommand } from "./cli/offices.ts";
import { rebuildCommand } from "./cli/rebuild.ts";
import { recordCommand } from "./cli/record.ts";
import { serveCommand } from "./cli/serve.ts";
import { signInCommand } from "./cli/sign-in.ts";
import { statusCommand } from "./cli/status.ts";
import { submitCommand } from "./cli/submit.ts";

// Whoever reads what we print, such as `head`, may have seen enough: that is no fault. A verb that only shows ends with
// him; one that changes something works on to its end, and its exit code tells.
const changing = new Set([
  ...["serve", "submit", "council", "key", "rebuild", "holder", "agency", "office", "act", "accounts", "clients"],
]);
for (const stream of [process.stdout, process.stderr])
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    if (stream === process.stdout && !changing.has(process.argv[2] ?? "")) process.exit();
  });

const program = new Command("prasasti")
  .description("A register of government contracts that nobody can rewrite unseen. / Register kontrak pemerintah.")
  .exitOverride();
const commands = [
  serveCommand(),
  keyCommand(),
  submitCommand(),
  statusCommand(),
  recordCommand(),
  historyCommand(),
  ocdsCommand(),
  rebuildCommand(),
  doctorCommand(),
  holderCommand(),
  agencyCommand(),
  officeCommand(),
  actCommand(),
  councilCommand(),
  signInCommand(),
  accountsCommand(),
  clientsCommand(),
];
for (const command of commands) program.addCommand(command.exitOverride());

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  // commander ends usage errors with 1; ours is 2, and help is no error
  process.exit(error.exitCode === 0 ? 0 : 2);
}
