import { Command } from "commander";

/** `prasasti migrate`: legacy contracts onto the ledger, in waves that can be undone. */
export async function migrateCommand(): Promise<Command> {
  const command = new Command("migrate").description(
    "Legacy contracts onto the register, in waves that can be undone. / Data kontrak lama ke register, per gelombang.",
  );
  return command;
}
