import { Command } from "commander";
import { type Domain, domainSeparator, type SignIn, signedDigest, signInHash } from "../domain/entries/entry.ts";
import { type Hex, toHex } from "../domain/entries/words.ts";
import { sign } from "../ledger/signatures.ts";
import { Client } from "./client.ts";
import { openKey } from "./key.ts";
import { defaultKeyFolder } from "./key-file.ts";
import { Exit, type Language, languageOption, print, run, strict, urlOption } from "./terminal.ts";

type Options = { as: string; keys: string; url: string; lang: Language; json?: true };

/** `sign-in`: a bearer token for a key of the register, for what asks the API itself. */
export function signInCommand(): Command {
  return strict(new Command("sign-in"))
    .description("Sign in with your key and print a bearer token, good for twelve hours at most.")
    .requiredOption("--as <key>", "name or path of your key file, or sandbox:NAME")
    .option("--keys <folder>", "where keys lie", defaultKeyFolder())
    .addOption(urlOption())
    .option("--json", "print JSON")
    .addOption(languageOption())
    .addHelpText(
      "after",
      "\nWho has the token is you: keep it out of logs and shell histories. Exit codes: 0 signed in, 1 refused, 2 usage, 75 try again.",
    )
    .action((options: Options) =>
      run(options.lang, async () => {
        const { token, expires } = await tokenOf(options);
        print(options.json ? JSON.stringify({ token, expires }) : token);
        return Exit.done;
      }),
    );
}

const HOURS = 12;

/** Signs in with a key. @throws KeyFault, Refusal, Unavailable */
export async function tokenOf({ as, keys, url, lang }: Options): Promise<{ token: string; expires: number }> {
  const client = new Client(url, { language: lang, patience: 5_000 });
  const key = await openKey(as, keys, lang);
  type Challenge = { nonce: Hex; origin: string; domain: Domain };
  const { nonce, origin, domain } = await client.post<Challenge>("/api/v1/sessions/challenges", {});
  const issued = Math.floor(Date.now() / 1000);
  const signIn: SignIn = { origin, holder: key.holderId, nonce, issued, expires: issued + HOURS * 3600 };
  const signature = toHex(sign(signedDigest(domainSeparator(domain), signInHash(signIn)), key.secret));
  return client.post("/api/v1/sessions", { signIn, signature });
}
