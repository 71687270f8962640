import { Command } from "commander";
import type { Move, Sync } from "../actions/sync-directory.ts";
import { operatorOf } from "./operator.ts";
import {
  Exit,
  type Language,
  paint,
  print,
  run,
  say,
  strict,
  type Text,
  table,
  Usage,
  wholeNumber,
} from "./terminal.ts";
import { asOperator, type OperatorOptions as Options } from "./who-asks.ts";

type SyncOptions = Options & { dryRun?: true; confirm?: number };

/** `identity`: what the directories of an agency say, carried over to accounts; run where the data folder is. */
export function identityCommand(): Command {
  const command = strict(new Command("identity")).description(
    "People of an LDAP directory or Active Directory: who left, who moved. / Orang di direktori LDAP atau Active Directory.",
  );
  const verb = (name: string, description: string) =>
    asOperator(strict(command.command(name)).description(description));
  verb("sync", "Carry over who left and who moved. / Terapkan yang keluar dan yang pindah.")
    .argument("[directory]", "its id in the settings; all where none is named")
    .option("--dry-run", "say what would be done, and do nothing")
    .option("--confirm <number>", "let exactly so many accounts be closed", wholeNumber)
    .addHelpText(
      "after",
      `\nExit codes: 0 done, 1 yours to fix, 2 usage, ${Exit.look} stopped: too many would be closed (see --confirm), 75 the directory was not read whole, try again.`,
    )
    .action((directory: string | undefined, options: SyncOptions) => run(options.lang, () => sync(directory, options)));
  verb("syncs", "The last syncs. / Sinkronisasi terakhir.")
    .addHelpText("after", "\nExit codes: 0 shown, 1 yours to fix, 2 usage, 75 try again.")
    .action((options: Options) => run(options.lang, () => syncs(options)));
  verb("moves", "Who moved, and whose offices wait to be seen to. / Mutasi yang menunggu ditangani.")
    .addHelpText("after", "\nExit codes: 0 shown, 1 yours to fix, 2 usage, 75 try again.")
    .action((options: Options) => run(options.lang, () => moves(options)));
  verb("confirm-move", "Say that the offices of somebody who moved were seen to. / Nyatakan mutasi sudah ditangani.")
    .argument("<account>", "the account, A-…")
    .addHelpText("after", "\nExit codes: 0 done, 1 yours to fix, 2 usage, 75 try again.")
    .action((account: string, options: Options) => run(options.lang, () => confirmMove(account, options)));
  verb("link", "Link somebody's entry in a directory to his account. / Tautkan entri direktori ke akun.")
    .argument("<directory>", "its id in the settings")
    .argument("<account>", "the account, A-…")
    .argument("<login>", "his login name in the directory")
    .addHelpText("after", "\nExit codes: 0 done, 1 yours to fix, 2 usage, 75 try again.")
    .action((directory: string, account: string, login: string, options: Options) =>
      run(options.lang, () => link(directory, account, login, options)),
    );
  return command;
}

/** A directory is read whole while we wait. */
const gatewayOf = (options: Options) => operatorOf(options, 120_000);

async function sync(named: string | undefined, options: SyncOptions): Promise<number> {
  const client = await gatewayOf(options);
  const ids =
    named === undefined
      ? (await client.get<{ directories: { id: string }[] }>("/api/v1/identity/directories")).directories.map(
          ({ id }) => id,
        )
      : [named];
  if (ids.length === 0)
    throw new Usage({ en: "No directory is configured.", id: "Tidak ada direktori yang dikonfigurasi." }, Exit.yours);
  if (options.confirm !== undefined && ids.length > 1)
    throw new Usage({ en: "--confirm needs one directory.", id: "--confirm memerlukan satu direktori." });
  const asked = {
    dryRun: options.dryRun ?? false,
    ...(options.confirm === undefined ? {} : { confirm: options.confirm }),
  };
  const done: Sync[] = [];
  for (const id of ids)
    done.push(await client.post<Sync>(`/api/v1/identity/directories/${encodeURIComponent(id)}/syncs`, asked));
  if (options.json) print(JSON.stringify({ syncs: done }, null, 2));
  else for (const each of done) describe(each, options.lang);
  if (done.some(({ outcome }) => outcome === "stopped")) return Exit.look;
  return done.some(({ outcome }) => outcome === "failed") ? Exit.tryAgain : Exit.done;
}

const outcomes: Record<Sync["outcome"], Text> = {
  begun: { en: "not ended", id: "belum selesai" },
  done: { en: "done", id: "selesai" },
  stopped: { en: "stopped", id: "dihentikan" },
  failed: { en: "failed", id: "gagal" },
};

function outcomeOf({ outcome, dryRun }: Sync, lang: Language): string {
  const dry = dryRun
    ? say({ en: ", dry run: nothing was changed", id: ", uji coba: tidak ada yang diubah" }, lang)
    : "";
  return `${paint(outcome === "done" ? "green" : "red", say(outcomes[outcome], lang))}${dry}`;
}

function describe(each: Sync, lang: Language): void {
  print(`${paint("bold", each.directory)}  ${outcomeOf(each, lang)}`);
  if (each.reason) print(`  ${say(each.reason, lang)}`);
  const { read, linked, withoutAccount } = each;
  const counts = {
    en: `${read} people read, ${linked} accounts linked, ${withoutAccount} people without an account`,
    id: `${read} orang terbaca, ${linked} akun tertaut, ${withoutAccount} orang tanpa akun`,
  };
  print(paint("dim", `  ${say(counts, lang)}`));
  const left = { en: "left", id: "keluar" };
  const why = { absent: { en: "absent", id: "tidak ada" }, disabled: { en: "disabled", id: "dinonaktifkan" } };
  for (const { account, why: because } of each.left)
    print(`  ${say(left, lang)}  ${account}  ${say(why[because], lang)}`);
  for (const { account, from, to } of each.moved)
    print(`  ${say({ en: "moved", id: "pindah" }, lang)}  ${account}  ${from} → ${to}`);
  for (const account of each.returned)
    print(
      `  ${say({ en: "returned; open the account if it is right", id: "kembali; buka akunnya bila benar" }, lang)}  ${account}`,
    );
}

async function syncs(options: Options): Promise<number> {
  const client = await gatewayOf(options);
  const { syncs: told } = await client.get<{ syncs: Sync[] }>("/api/v1/identity/syncs");
  if (options.json) print(JSON.stringify({ syncs: told }, null, 2));
  else {
    const head = ["UTC", "", "", "left", "moved"];
    const rows = told.map((each) => [
      new Date(each.at).toISOString().slice(0, 19),
      each.directory,
      outcomeOf(each, options.lang),
      String(each.left.length),
      String(each.moved.length),
    ]);
    print(table(head, rows, [3, 4]));
  }
  return Exit.done;
}

async function moves(options: Options): Promise<number> {
  const client = await gatewayOf(options);
  const { moves: told } = await client.get<{ moves: Move[] }>("/api/v1/identity/moves");
  if (options.json) print(JSON.stringify({ moves: told }, null, 2));
  else
    for (const { account, from, to, held } of told)
      print(
        `${account}  ${from} → ${to}${held ? `  ${paint("red", say({ en: "held", id: "ditahan" }, options.lang))}` : ""}`,
      );
  return Exit.done;
}

async function confirmMove(account: string, options: Options): Promise<number> {
  const client = await gatewayOf(options);
  await client.send(`/api/v1/identity/moves/${encodeURIComponent(account)}/confirm`);
  return Exit.done;
}

async function link(directory: string, account: string, login: string, options: Options): Promise<number> {
  const client = await gatewayOf(options);
  await client.send(`/api/v1/identity/directories/${encodeURIComponent(directory)}/links`, { account, login });
  return Exit.done;
}
