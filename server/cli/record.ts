import { Command } from "commander";
import { Client } from "./client.ts";
import { unknownProcess } from "./history.ts";
import { Exit, type Language, languageOption, print, run, strict, urlOption } from "./terminal.ts";

type Options = { url: string; lang: Language; versioned?: true };

/** `record`: the OCDS record of a process, as JSON. */
export function recordCommand(): Command {
  return strict(new Command("record"))
    .description("The OCDS record package of a process: its compiled release, or with --versioned every value it had.")
    .argument("<ocid>", "the process")
    .option("--versioned", "the versioned release alone")
    .addOption(urlOption())
    .addOption(languageOption())
    .addHelpText("after", "\nExit codes: 0 printed, 1 unknown process, 2 usage, 75 try again.")
    .action((ocid: string, options: Options) => run(options.lang, () => record(ocid, options)));
}

type RecordPackage = { records: { versionedRelease?: unknown }[] };

async function record(ocid: string, { url, lang, versioned }: Options): Promise<number> {
  const client = new Client(url, { language: lang, patience: 5_000 });
  const found = await client.find<RecordPackage>(`/api/v1/records/${encodeURIComponent(ocid)}`);
  if (found === undefined) throw unknownProcess(ocid);
  print(JSON.stringify(versioned ? found.records[0]?.versionedRelease : found, null, 2));
  return Exit.done;
}
