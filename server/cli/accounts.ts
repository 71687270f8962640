import { readFile } from "node:fs/promises";
import { Command } from "commander";
import { SCOPES } from "../domain/accounts.ts";
import { Exit, print, run, say, strict, table, Usage } from "./terminal.ts";
import { asEither, clientOf, type EitherOptions as Options } from "./who-asks.ts";

type Account = { id: string; kind: string; state: string; changed: { at: number; reason: string } };
type Machine = { id: string; kind: string; name: string; scopes: string[]; used?: number; revoked?: number };

const help = `
Who asks: a registrar with --as KEY, or the operator by the token in keys/operator.token of the data folder (--data).
Exit codes: 0 done, 1 refused or yours to fix, 2 usage, 75 try again.`;

/** `accounts`: who may sign in at this gateway. */
export function accountsCommand(): Command {
  const command = strict(new Command("accounts").description("Who may sign in here: invite, list, state."));
  command.addCommand(
    common(new Command("invite"))
      .description("Invite a person: prints a link, good once and for seven days. Give it to the person himself.")
      .argument("[name]", "the person's name, as it will be shown")
      .option("--email <address>")
      .option("--nip <number>", "employee number of a civil servant, 18 digits")
      .option("--account <id>", "a new link for an account that is there, whose password was lost")
      .option("--forget", "with --account: the second factors were lost too")
      .option("--reason <words>", "why, for the access log; without personal data", "invited on the command line")
      .action((name: string | undefined, options: Options & Invitation) =>
        run(options.lang, () => invite(name, options)),
      ),
  );
  command.addCommand(
    common(new Command("list"))
      .description("List accounts, without names.")
      .action((options: Options) => run(options.lang, () => list(options))),
  );
  command.addCommand(
    common(new Command("state"))
      .description("Lock an account, close that of one who left, or open it again. Its sessions end at once.")
      .argument("<id>", "the account")
      .argument("<state>", "active, locked or left")
      .requiredOption("--reason <words>", "why, for the access log; without personal data")
      .action((id: string, state: string, options: Options & { reason: string }) =>
        run(options.lang, async () => {
          const client = await signedIn(options);
          const account = await client.post<Account>(`/api/v1/accounts/${id}/state`, { state, reason: options.reason });
          return show(account, options, () => `${account.id}  ${account.state}`);
        }),
      ),
  );
  return command;
}

/** `clients`: machines and sites that may ask for tokens. */
export function clientsCommand(): Command {
  const command = strict(
    new Command("clients").description("Machines and sites with tokens: add, list, renew, revoke."),
  );
  command.addCommand(
    common(new Command("add"))
      .description(
        "Add a machine (with scopes) or a site (with addresses to go back to). A secret is printed this once.",
      )
      .argument("<kind>", "machine or site")
      .argument("<name>", "what you call it")
      .option("--scope <scope...>", `of a machine: ${SCOPES.join(", ")}`, [])
      .option("--redirect <address...>", "of a site: where its people go back to", [])
      .option("--key <file>", "its public key, P-256, as JWK; needed for a site, better than a secret for a machine")
      .action((kind: string, name: string, options: Options & { scope: string[]; redirect: string[]; key?: string }) =>
        run(options.lang, async () => {
          const { scope: scopes, redirect: redirectUris, key } = options;
          const jwk = key === undefined ? {} : { jwk: await keyIn(key) };
          return given(options, "/api/v1/clients", { kind, name, scopes, redirectUris, ...jwk });
        }),
      ),
  );
  command.addCommand(
    common(new Command("list"))
      .description("List clients, and when each last got a token.")
      .action((options: Options) =>
        run(options.lang, async () => {
          const { clients } = await (await signedIn(options)).get<{ clients: Machine[] }>("/api/v1/clients");
          return show(clients, options, () =>
            table(
              options.lang === "id"
                ? ["id", "jenis", "nama", "cakupan", "terakhir dipakai"]
                : ["id", "kind", "name", "scopes", "last used"],
              clients.map(({ id, kind, name, scopes, used, revoked }) => [
                id,
                kind,
                name,
                scopes.join(" "),
                revoked === undefined ? timeText(used) : say({ en: "revoked", id: "dicabut" }, options.lang),
              ]),
            ),
          );
        }),
      ),
  );
  command.addCommand(
    common(new Command("renew"))
      .description("Give a client a new secret or key; the one before goes on for a day.")
      .argument("<id>", "the client")
      .option("--key <file>", "its new public key as JWK; without it a secret is made and printed this once")
      .option("--overlap <seconds>", "how long the one before goes on", "86400")
      .action((id: string, options: Options & { key?: string; overlap: string }) =>
        run(options.lang, async () => {
          const jwk = options.key === undefined ? {} : { jwk: await keyIn(options.key) };
          return given(options, `/api/v1/clients/${id}/proofs`, { overlap: Number(options.overlap), ...jwk });
        }),
      ),
  );
  command.addCommand(
    common(new Command("revoke"))
      .description("End a client at once, with every token that it has.")
      .argument("<id>", "the client")
      .action((id: string, options: Options) =>
        run(options.lang, async () => {
          const client = await (await signedIn(options)).remove<Machine>(`/api/v1/clients/${id}`);
          return show(client, options, () => `${client.id}  ${say({ en: "revoked", id: "dicabut" }, options.lang)}`);
        }),
      ),
  );
  return command;
}

type Invitation = { email?: string; nip?: string; account?: string; forget?: true; reason: string };

async function invite(name: string | undefined, options: Options & Invitation): Promise<number> {
  const { email, nip, account, forget, reason } = options;
  if ((name === undefined) === (account === undefined))
    throw new Usage({
      en: "Give the name of a new person, or --account of one who is there.",
      id: "Sebutkan nama orang baru, atau --account milik orang yang sudah ada.",
    });
  const client = await signedIn(options);
  const body =
    account === undefined
      ? { displayName: name, ...(email ? { email } : {}), ...(nip ? { nip } : {}), reason }
      : { account, ...(forget ? { forget: "secondFactors" } : {}), reason };
  type Invited = { account: string; link: string; expires: number };
  const invited = await client.post<Invited>("/api/v1/accounts/invitations", body);
  return show(invited, options, () => `${invited.account}\n${invited.link}`);
}

async function list(options: Options): Promise<number> {
  const client = await signedIn(options);
  const accounts: Account[] = [];
  for (let after = ""; ; ) {
    type Page = { accounts: Account[]; next?: string };
    const page = await client.get<Page>(`/api/v1/accounts?limit=200${after && `&after=${after}`}`);
    accounts.push(...page.accounts);
    if (page.next === undefined) break;
    after = page.next;
  }
  return show(accounts, options, () =>
    table(
      options.lang === "id" ? ["akun", "jenis", "keadaan", "sejak"] : ["account", "kind", "state", "since"],
      accounts.map(({ id, kind, state, changed }) => [id, kind, state, timeText(changed.at)]),
    ),
  );
}

async function given(options: Options, address: string, body: object): Promise<number> {
  const answer = await (await signedIn(options)).post<{ client: Machine; secret?: string }>(address, body);
  return show(answer, options, () => [answer.client.id, answer.secret].filter(Boolean).join("\n"));
}

function show(value: unknown, { json }: Options, inWords: () => string): number {
  print(json ? JSON.stringify(value, null, 2) : inWords());
  return Exit.done;
}

const timeText = (time: number | undefined) => (time === undefined ? "" : new Date(time * 1000).toISOString());

const signedIn = (options: Options) => clientOf(options, 5_000);

async function keyIn(file: string): Promise<unknown> {
  try {
    const { kty, crv, x, y, kid } = JSON.parse(await readFile(file, "utf8")) as Record<string, string>;
    return { kty, crv, x, y, ...(kid === undefined ? {} : { kid }) };
  } catch {
    throw new Usage({ en: `${file} is no JWK.`, id: `${file} bukan JWK.` }, Exit.yours);
  }
}

function common(command: Command): Command {
  return asEither(strict(command)).addHelpText("after", help);
}
