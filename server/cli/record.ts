import { Command } from "commander";
import { Client } from "./client.ts";
import { unknownProcess } from "./history.ts";
import { Exit, type Language, languageOption, print, run, strict, urlOption } from "./terminal.ts";

type Options = { url: string; lang: Language; versioned?: true; asOf?: string; asKnown?: string };

/** `record`: the OCDS record of a process, as JSON. */
export function recordCommand(): Command {
  return strict(new Command("record"))
    .description("The OCDS record package of a process: its compiled release, or with --versioned every value it had.")
    .argument("<ocid>", "the process")
    .option("--versioned", "the versioned release alone")
    .option("--as-of <moment>", "what was in force at a day (its end) or a date-time")
    .option("--as-known <moment>", "what was recorded by a day (its end) or a date-time")
    .addOption(urlOption())
    .addOption(languageOption())
    .addHelpText("after", "\nExit codes: 0 printed, 1 unknown process, 2 usage, 75 try again.")
    .action((ocid: string, options: Options) => run(options.lang, () => record(ocid, options)));
}

type RecordPackage = { records: { versionedRelease?: unknown }[] };

async function record(ocid: string, { url, lang, versioned, asOf, asKnown }: Options): Promise<number> {
  const client = new Client(url, { language: lang, patience: 5_000 });
  const moments = Object.entries({ asOf, asKnown }).flatMap(([name, moment]) =>
    moment === undefined ? [] : [`${name}=${encodeURIComponent(moment)}`],
  );
  const query = moments.length === 0 ? "" : `?${moments.join("&")}`;
  const found = await client.find<RecordPackage>(`/api/v1/records/${encodeURIComponent(ocid)}${query}`);
  if (found === undefined) throw unknownProcess(ocid);
  print(JSON.stringify(versioned ? found.records[0]?.versionedRelease : found, null, 2));
  return Exit.done;
}
