import { Command } from "commander";
import { vaultKeyFile } from "../config.ts";
import { DataFolder } from "../store/data-folder.ts";
import { rotateMaster } from "../store/safe.ts";
import { dataOption, Exit, type Language, languageOption, paint, print, run, strict, Usage } from "./terminal.ts";

type Options = { data: string; lang: Language; to?: string };

/** `keys`: the keys that the gateway keeps. */
export function keysCommand(): Command {
  const command = strict(new Command("keys")).description(
    "The keys that the gateway keeps; those of your own are `prasasti key`. / Kunci yang disimpan gateway.",
  );
  command.addCommand(
    strict(new Command("rotate"))
      .description(
        "Put another master key in the place of the present one: all that is under it is sealed anew. / Ganti kunci induk.",
      )
      .option("--to <file>", "file of the new key, made where it is not there; needed with PRASASTI_VAULT_KEY_FILE")
      .addOption(dataOption())
      .addOption(languageOption())
      .addHelpText(
        "after",
        "\nThe gateway must be stopped. Interrupted, run it again: the former key is needed until this says that it is done.\nBackups of `vault` from before open with the former key alone.\nExit codes: 0 done, 1 a fault is named, 2 usage.",
      )
      .action((options: Options) => run(options.lang, () => rotate(options))),
  );
  return command;
}

async function rotate({ data, lang, to }: Options): Promise<number> {
  const masterFile = vaultKeyFile(process.env);
  if ((masterFile === undefined) !== (to === undefined)) throw new Usage(to === undefined ? needed : own);
  const folder = await DataFolder.open(data, { existing: true });
  try {
    const count = await rotateMaster(folder, masterFile === undefined ? {} : { masterFile, to: to! });
    const good = paint("green", "✓");
    print(
      lang === "id"
        ? `${good} kunci induk diganti: ${count} amplop disegel ulang`
        : `${good} the master key is another one: ${count} envelopes were sealed anew`,
    );
    if (to !== undefined)
      print(
        lang === "id"
          ? `  Isi PRASASTI_VAULT_KEY_FILE dengan ${to}. Kunci lama hanya diperlukan untuk cadangan lama.`
          : `  Set PRASASTI_VAULT_KEY_FILE to ${to}. The former key is needed for older backups only.`,
      );
    return Exit.done;
  } finally {
    await folder.close();
  }
}

const needed = {
  en: "PRASASTI_VAULT_KEY_FILE names the present key: name the file of the new one with --to.",
  id: "PRASASTI_VAULT_KEY_FILE menyebut kunci sekarang: sebutkan berkas kunci baru dengan --to.",
};
const own = {
  en: "The master key is the data folder's own and stays there: leave --to out.",
  id: "Kunci induk berada di folder data dan tetap di sana: jangan pakai --to.",
};
