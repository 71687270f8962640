import { Command } from "commander";
import { logFaultWords } from "../actions/access-log.ts";
import { readRegisterFile } from "../chain/network.ts";
import { networkSettings } from "../config.ts";
import { type Rebuilt, rebuild } from "../rebuild.ts";
import { DataFolder } from "../store/data-folder.ts";
import { dataOption, Exit, type Language, languageOption, Progress, paint, print, run, strict } from "./terminal.ts";

type Options = { data: string; verify?: boolean; json?: true; lang: Language };

/** `rebuild`: the read side made anew from the chain, and with `--verify` the drill that shows nothing hangs on it. */
export function rebuildCommand(): Command {
  return strict(new Command("rebuild"))
    .description("Delete the projection and make it anew from the chain. / Hapus proyeksi dan buat ulang dari rantai.")
    .option("--verify", "the drill: compare one state hash of what was there with what comes out")
    .option("--json", "print the result as JSON")
    .addOption(dataOption())
    .addOption(languageOption())
    .addHelpText(
      "after",
      "\nThe gateway must be stopped. Interrupting it does no harm: run it again, or just start the gateway.\nExit codes: 0 rebuilt (with --verify: and equal), 1 it differs, or a fault is named, 2 usage.",
    )
    .action((options: Options) => run(options.lang, () => work(options)));
}

async function work({ data, verify = false, json, lang }: Options): Promise<number> {
  const started = performance.now();
  const folder = await DataFolder.open(data, { existing: true });
  const progress = new Progress();
  try {
    // what reaches the nodes is in the settings; the journal needs none of them
    const onNetwork = (await readRegisterFile(folder.of("chain"))) !== undefined;
    const network = onNetwork ? networkSettings(process.env) : undefined;
    const result = await rebuild(folder, {
      verify,
      network,
      onProgress: (done, total) =>
        progress.show(lang === "id" ? `blok ${done} dari ${total}` : `block ${done} of ${total}`),
    });
    const seconds = (performance.now() - started) / 1000;
    progress.end();
    const sound =
      result.gaps.length === 0 &&
      (result.drill === undefined || result.drill.before === result.drill.after) &&
      result.access?.fault === undefined;
    if (json) print(JSON.stringify({ ok: sound, seconds, ...result }, null, 2));
    else report(result, seconds, lang);
    return sound ? Exit.done : Exit.yours;
  } finally {
    progress.end();
    await folder.close();
  }
}

function report(
  { blocks, entries, acts, leaves, gaps, poison, hash, drill, access }: Rebuilt,
  seconds: number,
  lang: Language,
) {
  const id = lang === "id";
  const good = paint("green", "✓");
  const bad = paint("red", "✗");
  const time = seconds.toFixed(1);
  print(
    id
      ? `${good} dibuat ulang dari ${blocks} blok dalam ${time} s: ${entries} entri, ${acts} tindakan, ${leaves} daun`
      : `${good} rebuilt from ${blocks} blocks in ${time} s: ${entries} entries, ${acts} acts, ${leaves} leaves`,
  );
  if (gaps.length === 0) print(id ? `${good} tanpa celah` : `${good} no gaps`);
  else for (const gap of gaps) print(`${bad} ${id ? "hilang" : "missing"}: ${gap}`);
  if (poison > 0)
    print(
      id
        ? `! ${poison} peristiwa disisihkan: lihat prasasti doctor`
        : `! ${poison} events set aside: see prasasti doctor`,
    );
  if (access?.fault !== undefined) print(`${bad} ${logFaultWords(access.fault)[lang]}`);
  else if (access !== undefined)
    print(
      id
        ? `${good} log akses utuh: ${access.rows} baris, ${access.anchored} dijangkarkan dalam rantai`
        : `${good} the access log is whole: ${access.rows} rows, ${access.anchored} anchored in the chain`,
    );
  print(`  ${id ? "hash keadaan" : "state hash"} ${hash}`);
  if (drill === undefined) return;
  const { block, before, after, differences } = drill;
  if (before === after) {
    const behind = blocks - block;
    const late = behind === 0 ? "" : id ? `; tertinggal ${behind} blok` : `; it was ${behind} blocks behind`;
    print(
      `${good} ${id ? `sama dengan proyeksi sebelumnya pada blok ${block}` : `equal to the projection before, at block ${block}`}${late}`,
    );
    return;
  }
  print(
    `${bad} ${id ? `berbeda dari proyeksi sebelumnya pada blok ${block}` : `differs from the projection before, at block ${block}`}`,
  );
  print(`  ${id ? "sebelum" : "before"} ${before}`);
  print(`  ${id ? "sesudah" : "after "} ${after}`);
  for (const key of differences) print(`  ${id ? "baris" : "row"} ${key}`);
  print(
    id
      ? "  Rantai adalah sumbernya: yang baru berlaku. Yang lama telah diubah atau ditulis oleh versi lain."
      : "  The chain is the source: the new one stands. The old one was altered, or written by another version.",
  );
}
