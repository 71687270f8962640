import { readFileSync } from "node:fs";
import { Command } from "commander";
import { type Domain, domainSeparator, idOf } from "../domain/entries/entry.ts";
import { Custody, Role } from "../domain/entries/kinds.ts";
import { NO_ID, toHex } from "../domain/entries/words.ts";
import { appointmentDigest, keyWord } from "../ledger/acts.ts";
import { addressOfKey, newSecret, sign } from "../ledger/signatures.ts";
import { HOLDERS, sandboxSecret } from "../sandbox/people.ts";
import { Client } from "./client.ts";
import {
  defaultKeyFolder,
  KeyFault,
  type KeyFile,
  listKeyFiles,
  openKeyFile,
  readKeyFile,
  type SigningKey,
  writeKeyFile,
} from "./key-file.ts";
import {
  askSecret,
  Exit,
  type Language,
  languageOption,
  paint,
  print,
  run,
  say,
  strict,
  table,
  Usage,
  urlOption,
} from "./terminal.ts";

type Options = { keys: string; lang: Language; json?: true };

/** `key new`, `key show`, `key list`: the keys with which this person or machine signs. */
export function keyCommand(): Command {
  const make = withCommon(new Command("new"))
    .description(
      "Make a new key for a holder. The registrar enrols its address; the key itself never leaves this file.",
    )
    .argument("<name>", "what you call it: small letters, digits, dots, hyphens")
    .requiredOption("--holder <id>", "your holder id, as the registrar assigned it, such as H-PRS-PPK-PU")
    .option("--plain", "no passphrase: only the folder's permissions protect it (sandbox and machines)")
    .addHelpText("after", passphraseHelp)
    .action((name: string, options: Options & { holder: string; plain?: true }) =>
      run(options.lang, () => newKey(name, options)),
    );
  const show = withCommon(new Command("show"))
    .description("Show a key's holder and address; never the key.")
    .argument("<name>", "name, path of a key file, or sandbox:NAME")
    .action((name: string, options: Options) => run(options.lang, () => showKey(name, options)));
  const list = withCommon(new Command("list"))
    .description("List the keys of the folder.")
    .option("--sandbox", "the published keys of the sandbox instead")
    .action((options: Options & { sandbox?: true }) => run(options.lang, () => listKeys(options)));
  const consent = withCommon(new Command("consent"))
    .description("Agree to be appointed by the council: prints your key's signature for `council propose … appoint`.")
    .argument("<name>", "name or path of your key file")
    .requiredOption("--role <role>", "registrar or overseer")
    .option("--custody <kind>", `who keeps the key: ${Object.keys(Custody).join(", ")}`, "wallet")
    .addOption(urlOption())
    .addHelpText("after", passphraseHelp)
    .action((name: string, options: Options & Consent) => run(options.lang, () => consentOf(name, options)));
  const command = strict(new Command("key").description("Keys for signing: new, show, list, consent."));
  for (const part of [make, show, list, consent]) command.addCommand(strict(part));
  return command;
}

type Consent = { role: string; custody: string; url: string };

/** An appointment counts only with the signature of the key that it enrols. */
async function consentOf(name: string, { keys, lang, json, role, custody, url }: Options & Consent): Promise<number> {
  if ((role !== "registrar" && role !== "overseer") || !(custody in Custody)) {
    throw new Usage({
      en: `--role is registrar or overseer; --custody one of ${Object.keys(Custody).join(", ")}.`,
      id: `--role adalah registrar atau overseer; --custody salah satu dari ${Object.keys(Custody).join(", ")}.`,
    });
  }
  const { domain } = await new Client(url, { language: lang }).get<{ domain: Domain }>("/api/v1/ledger");
  const { holderId, address, secret } = await openKey(name, keys, lang);
  const appointment = {
    holder: holderId,
    role: Role[role],
    key: keyWord(address),
    custody: Custody[custody as keyof typeof Custody],
    until: 0,
    previous: NO_ID,
  };
  const signature = toHex(sign(appointmentDigest(domainSeparator(domain), appointment, "{}"), secret));
  print(json ? JSON.stringify({ address, signature }) : signature);
  return Exit.done;
}

const passphraseHelp = `
The passphrase is asked for, or taken from PRASASTI_PASSPHRASE or the file that PRASASTI_PASSPHRASE_FILE names.
Exit codes: 0 done, 1 yours to fix, 2 usage.`;

function withCommon(command: Command): Command {
  return command
    .option("--keys <folder>", "where keys lie", defaultKeyFolder())
    .option("--json", "print JSON")
    .addOption(languageOption());
}

/** A key by name, by path, or `sandbox:NAME` for one of the published ones. @throws KeyFault */
export async function openKey(name: string, folder: string, language: Language): Promise<SigningKey> {
  if (name.startsWith("sandbox:")) return sandboxKey(name.slice("sandbox:".length));
  const file = await readKeyFile(folder, name);
  return openKeyFile(file, () =>
    passphrase(say({ en: `Passphrase of ${file.name}`, id: `Frasa sandi ${file.name}` }, language)),
  );
}

/** The published key of an invented person. */
export function sandboxKey(name: string): SigningKey {
  const holder = HOLDERS.find(({ key }) => key === name);
  if (!holder) {
    const known = HOLDERS.map(({ key }) => key).join(", ");
    throw new KeyFault(
      `There is no sandbox key ${name}; there are ${known}.`,
      `Tidak ada kunci sandbox ${name}; yang ada: ${known}.`,
    );
  }
  const secret = sandboxSecret(name);
  return {
    name: `sandbox:${name}`,
    holder: holder.id,
    holderId: idOf(holder.id),
    address: addressOfKey(secret),
    secret,
  };
}

async function newKey(name: string, options: Options & { holder: string; plain?: true }): Promise<number> {
  if (!/^[a-z0-9][a-z0-9._-]{0,63}$/.test(name)) {
    throw new Usage({
      en: `"${name}" cannot be a key's name: use small letters, digits, dots, hyphens.`,
      id: `"${name}" tidak dapat menjadi nama kunci: pakai huruf kecil, angka, titik, tanda hubung.`,
    });
  }
  const secret = newSecret();
  const key = { name, holder: options.holder, holderId: idOf(options.holder), address: addressOfKey(secret), secret };
  const word = options.plain ? undefined : await newPassphrase(options.lang);
  const path = await writeKeyFile(options.keys, key, word, new Date());
  if (options.json) print(JSON.stringify({ ...shown(key), file: path }, null, 2));
  else {
    print(
      `${paint("green", "✓")} ${say({ en: "New key", id: "Kunci baru" }, options.lang)} ${paint("bold", name)}  ${path}`,
    );
    describe(key, options.lang);
    print(
      say(
        {
          en: "Give the address to your registrar. There is no copy of this key: back the file up.",
          id: "Serahkan alamat ini kepada petugas pendaftaran. Kunci ini tidak ada salinannya: cadangkan berkasnya.",
        },
        options.lang,
      ),
    );
  }
  return Exit.done;
}

async function showKey(name: string, options: Options): Promise<number> {
  const key = name.startsWith("sandbox:")
    ? await openKey(name, options.keys, options.lang)
    : await readKeyFile(options.keys, name);
  if (options.json) print(JSON.stringify(shown(key), null, 2));
  else {
    print(paint("bold", key.name));
    describe(key, options.lang);
  }
  return Exit.done;
}

async function listKeys(options: Options & { sandbox?: true }): Promise<number> {
  const keys: (SigningKey | KeyFile)[] = options.sandbox
    ? HOLDERS.map(({ key }) => sandboxKey(key))
    : await listKeyFiles(options.keys);
  if (options.json) print(JSON.stringify(keys.map(shown), null, 2));
  else if (keys.length === 0) {
    print(say({ en: `No keys in ${options.keys}.`, id: `Tidak ada kunci di ${options.keys}.` }, options.lang));
  } else {
    const head =
      options.lang === "id" ? ["nama", "pemegang", "alamat", "simpan"] : ["name", "holder", "address", "kept"];
    print(
      table(
        head,
        keys.map((key) => [key.name, key.holder, key.address, say(keptAs(key), options.lang)]),
      ),
    );
  }
  return Exit.done;
}

function keptAs(key: SigningKey | KeyFile) {
  if (key.name.startsWith("sandbox:")) return { en: "published", id: "diumumkan" };
  return "sealed" in key && key.sealed ? { en: "passphrase", id: "frasa sandi" } : { en: "plain", id: "polos" };
}

function describe(key: SigningKey | KeyFile, language: Language): void {
  print(`  ${say({ en: "holder ", id: "pemegang" }, language)}  ${key.holder}  ${paint("dim", key.holderId)}`);
  print(`  ${say({ en: "address", id: "alamat  " }, language)}  ${key.address}`);
}

function shown({ name, holder, holderId, address }: SigningKey | KeyFile) {
  return { name, holder, holderId, address };
}

function passphraseFromEnvironment(): string | undefined {
  const { PRASASTI_PASSPHRASE: word, PRASASTI_PASSPHRASE_FILE: path } = process.env;
  return word ?? (path === undefined ? undefined : readFileSync(path, "utf8").replace(/\r?\n$/, ""));
}

async function passphrase(question: string): Promise<string> {
  return passphraseFromEnvironment() ?? askSecret(question);
}

async function newPassphrase(language: Language): Promise<string> {
  const given = passphraseFromEnvironment();
  const word = given ?? (await askSecret(say({ en: "New passphrase", id: "Frasa sandi baru" }, language)));
  if (word.length < 10) {
    throw new Usage({
      en: "A passphrase has at least 10 characters. Several words are best.",
      id: "Frasa sandi paling sedikit 10 karakter. Sebaiknya beberapa kata.",
    });
  }
  if (given === undefined && (await askSecret(say({ en: "Again", id: "Ulangi" }, language))) !== word) {
    throw new Usage({ en: "The two differ; nothing was made.", id: "Keduanya berbeda; tidak ada yang dibuat." });
  }
  return word;
}
