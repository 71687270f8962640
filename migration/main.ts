import { Command } from "commander";
import { loadCommands } from "./cli/load.ts";
import { mapCommands } from "./cli/map.ts";
import { planCommands } from "./cli/plan.ts";
import { profileCommands } from "./cli/profile.ts";
import { stageCommands } from "./cli/stage.ts";

/** `prasasti migrate`: legacy contracts onto the register, in waves that can be undone. */
export function migrateCommand(): Command {
  const command = new Command("migrate")
    .description(
      "Legacy contracts onto the register, in waves that can be undone. / Kontrak lama ke register, per gelombang.",
    )
    .addHelpText("after", GUIDE);
  for (const verbs of [planCommands, profileCommands, mapCommands, stageCommands, loadCommands])
    for (const verb of verbs()) command.addCommand(verb);
  return command;
}

const GUIDE = `
The way of a migration; each verb's --help is the guide to it:
  init → inventory → profile → assess → map check → clean → dedupe → plan lint → plan seal → plan approve
  → backup create → stage → rehearse → run → verify → close → activate → finalise, or rollback → replan

Exit codes: 0 what the verb promises was done and checked; 1 yours to fix; 2 usage; 3 a blocking check; 4 undecided
duplicates; 5 the plan; 6 a gate; 7 stopped, can go on; 8 stale; 9 another writer; 10 a difference; 11 no-go;
12 blocked; 75 try again.`;
