import { Command } from "commander";
import { type Kind, kindName, Role } from "../domain/entries/kinds.ts";
import { Client } from "./client.ts";
import { Exit, type Language, languageOption, paint, print, run, strict, table, urlOption } from "./terminal.ts";

/** `prasasti status`, `record`, `history`: what anybody may read, as a person reads it or as JSON. */

type Flags = { url: string; lang: Language; json?: boolean };
type Submission = {
  id: string;
  ocid: string;
  kind: number;
  state: string;
  timeline: { state: string; at: number }[];
  waitsFor: Record<Language, string>;
  next: Record<Language, string>;
  refusal?: {
    rule: string;
    title: Record<Language, string>;
    help: Record<Language, string>;
    values: Record<string, string>;
  };
};
type Process = {
  ocid: string;
  contracts: Record<
    string,
    {
      status: string;
      currency: string;
      value: string;
      accepted: string;
      certified: string;
      paid: string;
      excess: string;
    }
  >;
};
type Entry = {
  kind: number;
  contractId: string;
  awardId: string;
  terms: Record<string, string | number>;
  assigned: { registerSequence: number; timeMs: number; exceptions: number };
  signers: { holder: string; capacity: number }[];
};

const words = {
  contract: { en: "contract", id: "kontrak" },
  status: { en: "status", id: "status" },
  value: { en: "value", id: "nilai" },
  certified: { en: "certified", id: "disertifikasi" },
  paid: { en: "paid", id: "dibayar" },
  excess: { en: "excess", id: "kelebihan" },
  entry: { en: "entry", id: "entri" },
  time: { en: "recorded", id: "dicatat" },
  kind: { en: "what", id: "apa" },
  signers: { en: "signed by", id: "ditandatangani" },
};

const roleNames = new Map(Object.entries(Role).map(([name, value]) => [value as number, name]));

function verb(
  name: string,
  argument: string,
  english: string,
  work: (client: Client, given: string, flags: Flags) => Promise<number>,
) {
  return strict(new Command(name))
    .description(english)
    .argument(argument)
    .addOption(urlOption())
    .addOption(languageOption())
    .option("--json", "print JSON")
    .action((given: string, flags: Flags) =>
      run(flags.lang, () => work(new Client(flags.url, { language: flags.lang }), given, flags)),
    );
}

/** Times in Western Indonesian Time, as the offices read them. */
function time(milliseconds: number, language: Language): string {
  return new Intl.DateTimeFormat(language === "id" ? "id-ID" : "en-GB", {
    dateStyle: "medium",
    timeStyle: "medium",
    timeZone: "Asia/Jakarta",
  }).format(milliseconds);
}

/** Minor units of two decimals, exactly. */
function money(minor: string, currency: string, language: Language): string {
  const [, whole = "0", cents = "00"] = /^(\d*?)(\d{1,2})$/.exec(minor.padStart(3, "0")) ?? [];
  const grouped = BigInt(whole || "0").toLocaleString(language === "id" ? "id-ID" : "en-GB");
  return `${currency} ${grouped}${language === "id" ? "," : "."}${cents}`;
}

export function statusCommand(): Command {
  return verb(
    "status",
    "<id>",
    "where a submission (0x…) or a process (ocid) stands",
    async (client, given, { lang, json }) => {
      if (!given.startsWith("0x")) {
        const process = await client.get<Process>(`/api/v1/processes/${encodeURIComponent(given)}`);
        if (json) print(JSON.stringify(process));
        else {
          const head = (["contract", "status", "value", "certified", "paid", "excess"] as const).map(
            (word) => words[word][lang],
          );
          const rows = Object.entries(process.contracts).map(([id, c]) => {
            const amount = (minor: string) => money(minor, c.currency, lang);
            return [
              id,
              c.status,
              amount(c.value),
              amount(c.certified),
              amount(c.paid),
              c.excess === "0" ? "" : paint("red", amount(c.excess)),
            ];
          });
          print(table(head, rows, [2, 3, 4, 5]));
        }
        return Exit.done;
      }
      const submission = await client.get<Submission>(`/api/v1/submissions/${given}`);
      if (json) print(JSON.stringify(submission));
      else {
        for (const { state, at } of submission.timeline) print(`${time(at * 1000, lang)}  ${state}`);
        print(`${submission.waitsFor[lang]} ${submission.next[lang]}`);
        const { refusal } = submission;
        if (refusal !== undefined) print(`${paint("red", refusal.rule)}: ${refusal.title[lang]} ${refusal.help[lang]}`);
      }
      return submission.state === "refused" ? Exit.yours : Exit.done;
    },
  );
}

export function recordCommand(): Command {
  return verb("record", "<ocid>", "the OCDS record of a process, as JSON", async (client, ocid) => {
    print(JSON.stringify(await client.get(`/api/v1/records/${encodeURIComponent(ocid)}`), null, 2));
    return Exit.done;
  });
}

export function historyCommand(): Command {
  return verb(
    "history",
    "<ocid>",
    "every entry of a process: when, what, signed by whom in which office",
    async (client, ocid, { lang, json }) => {
      const { history } = await client.get<{ history: Entry[] }>(
        `/api/v1/processes/${encodeURIComponent(ocid)}/history`,
      );
      if (json) {
        print(JSON.stringify(history));
        return Exit.done;
      }
      const head = (["entry", "time", "kind", "value", "signers"] as const).map((word) => words[word][lang]);
      const rows = history.map(({ kind, contractId, awardId, terms, assigned, signers }) => {
        const amount = terms.amount ?? terms.value;
        return [
          String(assigned.registerSequence),
          time(assigned.timeMs, lang),
          `${kindName(kind as Kind) ?? kind} ${contractId || awardId}`.trim(),
          amount === undefined ? "" : money(String(amount), String(terms.currency ?? ""), lang),
          signers.map(({ holder, capacity }) => `${roleNames.get(capacity)} ${holder.slice(0, 10)}`).join(", "),
        ];
      });
      print(table(head, rows, [0, 3]));
      return Exit.done;
    },
  );
}
