import { Command } from "commander";
import type { Words } from "../domain/problems.ts";
import { Exit, paint, print, run, say, strict, table, wholeNumber } from "./terminal.ts";
import { asEither, clientOf, type EitherOptions as Options } from "./who-asks.ts";

type Told = {
  id: string;
  url: string;
  by: string;
  state: "active" | "failing" | "paused";
  filter: { agency?: string; ocid?: string; kinds?: string[] };
  position: number;
  since: number;
  delivered: number;
  deadLetters: number;
  lastDelivered?: string;
  trying?: { sequence: number; attempts: number; since: string; next?: string; reason: Words };
  paused?: { by: string; at: string; reason: Words };
};
type Letter = { sequence: number; event: string; attempts: number; passed: boolean; status?: number; reason: Words };
type Outcome = { arrived: boolean; status?: number; reason?: Words };

const ROOT = "/api/v1/webhooks";
const EXITS = "\nExit codes: 0 done, 1 refused or yours to fix, 2 usage, 75 try again.";
const STATES: Readonly<Record<Told["state"], Words>> = {
  active: { en: "active", id: "aktif" },
  failing: { en: "failing", id: "gagal, dicoba lagi" },
  paused: { en: "paused", id: "dijeda" },
};

/** `webhooks`: events of the register, sent to an address. */
export function webhooksCommand(): Command {
  const command = strict(new Command("webhooks"))
    .description("Events sent to an address, signed. / Peristiwa dikirim ke suatu alamat, bertanda tangan.")
    .addHelpText(
      "after",
      `
Who asks: a person of the register with --as KEY, for his own; or the operator by the token of the data folder, for all.
Siapa: orang dalam register dengan --as KEY untuk miliknya; atau pengelola dengan token folder data untuk semua.

  prasasti webhooks add https://anggaran.go.id/hooks --kinds payment,return   from now on
  prasasti webhooks add https://anggaran.go.id/hooks --after 0                all since the first
  prasasti webhooks dead hook_… --resend 4711                                 send one again

How a receiver checks what comes: docs/how-to/receive-webhooks.md.`,
    );
  const verb = (name: string, description: string, exits = EXITS) =>
    asEither(strict(command.command(name)).description(description)).addHelpText("after", exits);
  const id = ["<subscription>", "its id, hook_…"] as const;
  const pinged = `\nExit codes: 0 it arrived, 1 refused or yours to fix, 2 usage, ${Exit.look} it did not arrive, 75 try again.`;

  verb("list", "Where each subscription stands. / Keadaan setiap langganan.").action((options: Options) =>
    run(options.lang, () => list(options)),
  );
  verb("add", "Subscribe; prints the secret, this once. / Berlangganan; rahasia ditampilkan sekali ini.")
    .argument("<url>", "where events are sent, https")
    .option("--agency <id>", "only of this agency, by its id as registered")
    .option("--ocid <ocid>", "only of this process")
    .option("--kinds <names>", "only these, with commas between: payment,return,contract", (text) => text.split(","))
    .option("--after <number>", "events after this number too; from now on where left out", wholeNumber)
    .action((url: string, options: Options & Asked) => run(options.lang, () => add(url, options)));
  verb("show", "One subscription. / Satu langganan.")
    .argument(...id)
    .action((hook: string, options: Options) =>
      run(options.lang, async () => show(await (await signedIn(options)).get<Told>(`${ROOT}/${hook}`), options)),
    );
  for (const [name, description] of [
    ["pause", "Send nothing until it is resumed. / Jeda sampai dilanjutkan."],
    ["resume", "Go on, and try at once what did not arrive. / Lanjutkan, dan coba segera yang belum sampai."],
  ] as const)
    verb(name, description)
      .argument(...id)
      .action((hook: string, options: Options) =>
        run(options.lang, async () =>
          show(await (await signedIn(options)).post<Told>(`${ROOT}/${hook}/${name}`, {}), options),
        ),
      );
  verb("remove", "End a subscription and forget it. / Akhiri dan hapus langganan.")
    .argument(...id)
    .action((hook: string, options: Options) =>
      run(options.lang, async () => {
        await (await signedIn(options)).discard(`${ROOT}/${hook}`);
        return Exit.done;
      }),
    );
  verb("rotate", "A new secret, shown this once; the old one signs a day longer. / Rahasia baru, ditampilkan sekali.")
    .argument(...id)
    .action((hook: string, options: Options) =>
      run(options.lang, async () => {
        const made = await (await signedIn(options)).post<{ secret: string; oldUntil: string }>(
          `${ROOT}/${hook}/secret`,
          {},
        );
        print(options.json ? JSON.stringify(made) : made.secret);
        return Exit.done;
      }),
    );
  verb("ping", "Send a signed ping now. / Kirim ping bertanda tangan sekarang.", pinged)
    .argument(...id)
    .action((hook: string, options: Options) =>
      run(options.lang, async () =>
        outcome(await (await signedIn(options)).post<Outcome>(`${ROOT}/${hook}/ping`, {}), options),
      ),
    );
  verb("dead", "Events that did not arrive: list, send again, leave out. / Peristiwa yang tidak sampai.", pinged)
    .argument(...id)
    .option("--resend <number>", "send this one again", wholeNumber)
    .option("--drop <number>", "leave this one out for good; what it holds up goes on", wholeNumber)
    .action((hook: string, options: Options & { resend?: number; drop?: number }) =>
      run(options.lang, () => dead(hook, options)),
    );
  verb("rotate-key", "A new key of the register; the one before signs a week longer. / Kunci baru register.").action(
    (options: Options) =>
      run(options.lang, async () => {
        const made = await (await signedIn(options)).post<{ keys: { kid: string; whpk: string; until?: string }[] }>(
          `${ROOT}/keys`,
          {},
        );
        print(
          options.json
            ? JSON.stringify(made)
            : made.keys.map(({ kid, whpk, until = "" }) => `${kid}  ${whpk}  ${until}`).join("\n"),
        );
        return Exit.done;
      }),
  );
  return command;
}

type Asked = { agency?: string; ocid?: string; kinds?: string[]; after?: number };

const signedIn = (options: Options) => clientOf(options, 30_000);

async function add(url: string, { agency, ocid, kinds, after, ...options }: Options & Asked): Promise<number> {
  const asked = {
    url,
    ...(agency === undefined ? {} : { agency }),
    ...(ocid === undefined ? {} : { ocid }),
    ...(kinds === undefined ? {} : { kinds }),
    ...(after === undefined ? {} : { after }),
  };
  const made = await (await signedIn(options)).post<{ subscription: Told; secret: string }>(ROOT, asked);
  if (options.json) print(JSON.stringify(made));
  else {
    print(`${made.subscription.id}`);
    print(made.secret);
  }
  return Exit.done;
}

async function list(options: Options): Promise<number> {
  const { lang } = options;
  const { subscriptions } = await (await signedIn(options)).get<{ subscriptions: Told[] }>(ROOT);
  if (options.json) print(JSON.stringify(subscriptions, null, 2));
  else if (subscriptions.length === 0)
    print(say({ en: "There are no subscriptions.", id: "Belum ada langganan." }, lang));
  else {
    const head =
      lang === "id"
        ? ["langganan", "keadaan", "sampai", "terkirim", "tertinggal", "alamat"]
        : ["subscription", "state", "up to", "delivered", "dead", "address"];
    const rows = subscriptions.map(({ id, state, position, delivered, deadLetters, url }) => [
      ...[id, STATES[state][lang], String(position), String(delivered), String(deadLetters), url],
    ]);
    print(table(head, rows, [2, 3, 4]));
  }
  return Exit.done;
}

function show(told: Told, { json, lang }: Options): number {
  if (json) {
    print(JSON.stringify(told, null, 2));
    return Exit.done;
  }
  const { id, url, by, state, position, since, delivered, deadLetters, trying, paused, filter, lastDelivered } = told;
  print(`${paint("bold", id)}  ${STATES[state][lang]}  ${url}`);
  const only = Object.entries(filter).map(([name, value]) => `${name} ${[value].flat().join(",")}`);
  const lines: [Words, string][] = [
    [{ en: "by", id: "oleh" }, by],
    [{ en: "only", id: "hanya" }, only.join(" · ") || "–"],
    [{ en: "done with", id: "selesai sampai" }, `${position} (${since} …)`],
    [{ en: "delivered", id: "terkirim" }, `${delivered}${lastDelivered === undefined ? "" : `, ${lastDelivered}`}`],
    [{ en: "dead letters", id: "tertinggal" }, String(deadLetters)],
  ];
  if (trying !== undefined)
    lines.push([
      { en: "tries", id: "mencoba" },
      `${trying.sequence} · ${trying.attempts}× · ${trying.reason[lang]}${trying.next === undefined ? "" : ` · ${trying.next}`}`,
    ]);
  if (paused !== undefined) lines.push([{ en: "paused", id: "dijeda" }, `${paused.at} · ${paused.reason[lang]}`]);
  print(
    table(
      ["", ""],
      lines.map(([what, value]) => [what[lang], value]),
    ),
  );
  return Exit.done;
}

async function dead(
  hook: string,
  { resend, drop, ...options }: Options & { resend?: number; drop?: number },
): Promise<number> {
  const client = await signedIn(options);
  const letters = `${ROOT}/${hook}/dead-letters`;
  if (resend !== undefined) return outcome(await client.post<Outcome>(`${letters}/${resend}`, {}), options);
  if (drop !== undefined) {
    await client.discard(`${letters}/${drop}`);
    return Exit.done;
  }
  const found: Letter[] = [];
  for (let after = 0; ; after = found.at(-1)!.sequence) {
    const page = await client.get<{ letters: Letter[] }>(`${letters}?limit=200&after=${after}`);
    found.push(...page.letters);
    if (page.letters.length < 200) break;
  }
  if (options.json) print(JSON.stringify(found, null, 2));
  else {
    const { lang } = options;
    const head =
      lang === "id"
        ? ["nomor", "peristiwa", "percobaan", "menahan", "sebab"]
        : ["number", "event", "attempts", "holds up", "why"];
    const yes = lang === "id" ? "ya" : "yes";
    const rows = found.map(({ sequence, event, attempts, passed, status, reason }) => [
      ...[
        String(sequence),
        event,
        String(attempts),
        passed ? "" : yes,
        `${reason[lang]}${status === undefined ? "" : ` (${status})`}`,
      ],
    ]);
    print(table(head, rows, [0, 2]));
  }
  return Exit.done;
}

function outcome(told: Outcome, { json, lang }: Options): number {
  if (json) print(JSON.stringify(told));
  else if (told.arrived) print(say({ en: "It arrived.", id: "Sampai." }, lang));
  else print(`${told.reason?.[lang] ?? ""}${told.status === undefined ? "" : ` (${told.status})`}`);
  return told.arrived ? Exit.done : Exit.look;
}
