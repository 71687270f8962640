import type { Command } from "commander";
import { Client } from "./client.ts";
import { openKey } from "./key.ts";
import { defaultKeyFolder, type SigningKey } from "./key-file.ts";
import { operatorOf, operatorUrlOption } from "./operator.ts";
import { Register } from "./register.ts";
import { tokenOf } from "./sign-in.ts";
import { dataOption, type Language, LOCAL, languageOption, urlOption } from "./terminal.ts";

// In whose name a verb asks the gateway: the options that say it, and the client that does it.

type Common = { lang: Language; json?: true };
export type SomebodyOptions = Common & { as: string; keys: string; url: string };
export type OperatorOptions = Common & { data: string; url?: string };
export type EitherOptions = Common & { as?: string; keys: string; data: string; url?: string };

/** The options of a verb that a person of the register asks with his key. */
export function asSomebody(command: Command): Command {
  return command
    .requiredOption("--as <key>", "your key: name, path, or sandbox:NAME")
    .option("--keys <folder>", "where keys lie", defaultKeyFolder())
    .addOption(urlOption())
    .option("--json", "print JSON")
    .addOption(languageOption());
}

/** A register opened by somebody who is signed in to its gateway with his own key. */
export async function signedInTo({
  as: name,
  keys,
  url,
  lang,
}: SomebodyOptions): Promise<{ register: Register; client: Client; key: SigningKey }> {
  const key = await openKey(name, keys, lang);
  const register = await Register.open(new Client(url, { language: lang }));
  const token = await register.tokenOf(key);
  return { register, client: new Client(url, { language: lang, token }), key };
}

/** The options of a verb that is asked where the data folder is. */
export function asOperator(command: Command): Command {
  return command
    .addOption(dataOption())
    .addOption(operatorUrlOption())
    .option("--json", "print JSON")
    .addOption(languageOption());
}

/** The options of a verb that a person asks with his key, or without one the operator. */
export function asEither(command: Command): Command {
  return command
    .option("--as <key>", "name or path of your key file, or sandbox:NAME")
    .option("--keys <folder>", "where keys lie", defaultKeyFolder())
    .addOption(dataOption())
    .addOption(operatorUrlOption(`; with --as ${LOCAL}`))
    .option("--json", "print JSON")
    .addOption(languageOption());
}

/** @param patience milliseconds */
export async function clientOf({ as, url, ...options }: EitherOptions, patience: number): Promise<Client> {
  if (as === undefined) return operatorOf({ ...options, url }, patience);
  const address = url ?? LOCAL;
  const { token } = await tokenOf({ ...options, as, url: address });
  return new Client(address, { token, language: options.lang, patience });
}
