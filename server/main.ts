import { Command, CommanderError } from "commander";
import { ocdsCommand } from "./cli/ocds.ts";
import { serveCommand } from "./cli/serve.ts";

const program = new Command("prasasti")
  .description("A register of government contracts that nobody can rewrite unseen. / Register kontrak pemerintah.")
  .exitOverride();
for (const command of [serveCommand(), ocdsCommand()]) program.addCommand(command.exitOverride());

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  // commander ends usage errors with 1; ours is 2, and help is no error
  process.exit(error.exitCode === 0 ? 0 : 2);
}
