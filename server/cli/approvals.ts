import { Command } from "commander";
import { sha256 } from "#hash";
import type { Review } from "../actions/review.ts";
import type { Task } from "../actions/tasks.ts";
import {
  type Approval,
  approvalHash,
  type Entry,
  entryHash,
  signedDigest,
  type TermsText,
  termsFromText,
} from "../domain/entries/entry.ts";
import { Exception } from "../domain/entries/kinds.ts";
import { kindInWords, termsInWords, timeInWords } from "../domain/entries/telling.ts";
import { type Hex, toHex, utf8 } from "../domain/entries/words.ts";
import { sign } from "../ledger/signatures.ts";
import { type Client, Refusal } from "./client.ts";
import type { Register, Told } from "./register.ts";
import { accept } from "./seen.ts";
import { collect, exceptionBit, signable, stateInWords, toldInWords } from "./submit.ts";
import { confirm, Exit, type Language, paint, print, run, say, strict, type Text, table, Usage } from "./terminal.ts";
import { asSomebody, type SomebodyOptions, signedInTo } from "./who-asks.ts";

const exits = "\nExit codes: 0 done, 1 yours to fix, 2 usage, 3 another history than before, 75 try again.";

/** `tasks`, `review`, `approve`, `refuse`, `ask`, `answer`: the work of those who sign second, and of who is asked. */
export function approvalCommands(): Command[] {
  const command = (name: string, description: string) =>
    asSomebody(strict(new Command(name)).description(description)).addHelpText("after", exits);
  return [
    command(
      "tasks",
      "What waits for you: drafts to sign, entries to approve, questions, what you must sign again.",
    ).action((options: SomebodyOptions) => run(options.lang, () => tasks(options))),
    command("review", "What you would approve: terms, what would change, documents, what was said.")
      .argument("<id>", "id of a submission (0x…)")
      .action((id: string, options: SomebodyOptions) => run(options.lang, () => review(id, options))),
    command("approve", "Look at an entry that waits for a second signature, and sign it.")
      .argument("<id>", "id of a submission (0x…)")
      .option("--exception <name>", `what you sign as exception: ${signable().join(", ")}`, collect, [])
      .option("--yes", "do not ask before signing")
      .action((id: string, options: SomebodyOptions & { exception: string[]; yes?: true }) =>
        run(options.lang, () => approve(id, options)),
      ),
    command("refuse", "Send back to its maker what waits for your approval.")
      .argument("<id>", "id of a submission (0x…)")
      .requiredOption("--reason <words>", "its maker reads it; no personal data")
      .action((id: string, options: SomebodyOptions & { reason: string }) =>
        run(options.lang, () => refuse(id, options)),
      ),
    command("ask", "Ask its maker about what waits for your approval.")
      .argument("<id>", "id of a submission (0x…)")
      .argument("<words>", "the question; no personal data")
      .action((id: string, text: string, options: SomebodyOptions) =>
        run(options.lang, () => talk("ask", id, text, options)),
      ),
    command("answer", "Answer what you were asked about your own entry.")
      .argument("<id>", "id of a submission (0x…)")
      .argument("<words>", "the answer; no personal data")
      .action((id: string, text: string, options: SomebodyOptions) =>
        run(options.lang, () => talk("answer", id, text, options)),
      ),
  ];
}

async function tasks(options: SomebodyOptions): Promise<number> {
  const { lang, json } = options;
  const { client } = await signedInTo(options);
  const found = await client.get<{ tasks: Task[]; total: number }>("/api/v1/tasks?limit=200");
  if (json) print(JSON.stringify(found, null, 2));
  else if (found.total === 0) print(say({ en: "Nothing waits for you.", id: "Tidak ada yang menunggu Anda." }, lang));
  else {
    for (const {
      task,
      words,
      kindWords,
      ocid,
      contractId,
      reminder,
      reminderWords,
      submission,
      draft,
      expires,
    } of found.tasks) {
      const colour = reminder === "overdue" ? "red" : reminder === "due" ? "yellow" : "dim";
      const subject = [ocid, contractId].filter((each) => each !== "").join("  ");
      print(`${paint("bold", say(taskWords[task], lang))}  ${kindWords[lang]}  ${subject}`);
      const until =
        expires === undefined
          ? ""
          : `  ${say({ en: "until", id: "sampai" }, lang)} ${timeInWords(expires * 1000, lang)}`;
      print(`  ${words[lang]}`);
      print(`  ${paint(colour, reminderWords[lang])}${paint("dim", `${until}  ${submission ?? draft}`)}`);
    }
    const more = found.total - found.tasks.length;
    if (more > 0) print(`… ${more}`);
  }
  return Exit.done;
}

const taskWords: Record<Task["task"], Text> = {
  sign: { en: "SIGN", id: "TANDA TANGANI" },
  approve: { en: "APPROVE", id: "SETUJUI" },
  answer: { en: "ANSWER", id: "JAWAB" },
  signAgain: { en: "SIGN AGAIN", id: "TANDA TANGANI LAGI" },
};

const idOfSubmission = (id: string): Hex => {
  if (!/^0x[0-9a-f]{64}$/i.test(id))
    throw new Usage({ en: `${id} is no id of a submission.`, id: `${id} bukan id pengajuan.` });
  return id.toLowerCase() as Hex;
};

async function reviewOf(id: Hex, client: Client): Promise<Review> {
  const found = await client.find<Review>(`/api/v1/submissions/${id}/review`);
  if (found !== undefined) return found;
  throw new Usage(
    {
      en: "There is no such submission, or it is none that your office could make or approve.",
      id: "Pengajuan itu tidak ada, atau bukan yang dapat dibuat atau disetujui jabatan Anda.",
    },
    Exit.yours,
  );
}

/**
 * The entry and body of a review, proven to be what the submission's id stands for: whatever else the gateway says of
 * it, this is what was signed.
 */
function entryIn(id: Hex, { entry: given, body }: Review): Entry {
  const { terms, ...rest } = given as Omit<Entry, "terms"> & { terms: TermsText };
  const entry: Entry = { ...rest, terms: termsFromText(terms) };
  const isWhole = toHex(entryHash(entry)) === id && toHex(sha256(utf8(body))) === entry.digest;
  if (!isWhole) {
    throw new Usage(
      {
        en: "What the gateway shows is not what this submission's id stands for. Sign nothing there, and tell an auditor.",
        id: "Yang ditunjukkan gateway bukan yang dimaksud id pengajuan ini. Jangan menandatangani apa pun, dan beri tahu pemeriksa.",
      },
      Exit.otherHistory,
    );
  }
  return entry;
}

async function review(given: string, options: SomebodyOptions): Promise<number> {
  const id = idOfSubmission(given);
  const { register, client } = await signedInTo(options);
  const shown = await reviewOf(id, client);
  const entry = entryIn(id, shown);
  if (options.json) print(JSON.stringify(shown, null, 2));
  else show(id, entry, shown, register, options.lang);
  return Exit.done;
}

/** The entry in our own words; what stands around it, as the gateway tells it. */
function show(id: Hex, entry: Entry, shown: Review, register: Register, lang: Language): void {
  const { terms } = shown.entry as { terms: TermsText };
  const subject = [entry.ocid, entry.awardId, entry.contractId].filter((each) => each !== "").join("  ");
  print(`${paint("bold", kindInWords(entry.kind, lang))}  ${subject}  ${register.nameOf(entry.agency)}`);
  for (const [name, value] of termsInWords(entry.kind, terms, lang)) print(`  ${name}: ${value}`);
  for (const term of ["party", "issuer", "payer"] as const) {
    const organisation = entry.terms[term];
    if (organisation !== undefined) print(`  ${say(organisations[term], lang)}: ${register.nameOf(organisation)}`);
  }
  const { submission, differences, documents, second, exceptions, refusal, moved, talk } = shown;
  print(
    paint(
      "dim",
      `  id ${id}  ${stateInWords(submission.state, lang)}  ${say({ en: "signature good until", id: "tanda tangan berlaku sampai" }, lang)} ${timeInWords(entry.expires * 1000, lang)}`,
    ),
  );
  if (differences.length > 0) {
    print(say({ en: "In the record, as the gateway tells:", id: "Dalam rekaman, menurut gateway:" }, lang));
    const text = (value: unknown) => (value === undefined ? "–" : JSON.stringify(value));
    print(
      table(
        [
          say({ en: "field", id: "bidang" }, lang),
          say({ en: "before", id: "semula" }, lang),
          say({ en: "after", id: "menjadi" }, lang),
        ],
        differences.map(({ path, before, after }) => [path, text(before), text(after)]),
      ),
    );
  }
  for (const { sha256: hash, title = "", stored } of documents) {
    const kept = stored
      ? say({ en: "kept here", id: "tersimpan di sini" }, lang)
      : say({ en: "not kept here", id: "tidak tersimpan di sini" }, lang);
    print(`  ${say({ en: "document", id: "dokumen" }, lang)} ${title} ${hash} (${kept})`);
  }
  if (second.length > 0)
    print(`${say({ en: "Signs too", id: "Ikut menandatangani" }, lang)}: ${second.map(({ role }) => role).join(", ")}`);
  if (exceptions.length > 0)
    print(
      paint(
        "yellow",
        `${say({ en: "Exceptions to be signed by name", id: "Pengecualian yang ditandatangani dengan nama" }, lang)}: ${exceptions.join(", ")}`,
      ),
    );
  for (const { at, by, act, text } of talk)
    print(`  ${timeInWords(at * 1000, lang)}  ${say(saidWords[act], lang)}  ${by.slice(0, 10)}…  “${text}”`);
  if (moved !== undefined) {
    print(paint("yellow", moved.words[lang]));
    for (const { kind, release } of moved.since) print(`  ${kind}  ${release}`);
  }
  if (refusal !== undefined)
    print(
      `${paint("red", "✗")} ${refusal.title[lang]} ${paint("dim", `(${refusal.rule})`)}\n  → ${refusal.help[lang]}`,
    );
}

const organisations = {
  party: { en: "supplier", id: "penyedia" },
  issuer: { en: "paid by", id: "dibayar oleh" },
  payer: { en: "payer", id: "pembayar" },
} as const;
const saidWords = {
  sentBack: { en: "sent back", id: "dikembalikan" },
  asked: { en: "asked", id: "bertanya" },
  answered: { en: "answered", id: "menjawab" },
} as const;

async function approve(given: string, options: SomebodyOptions & { exception: string[]; yes?: true }): Promise<number> {
  const id = idOfSubmission(given);
  const { lang, json } = options;
  const { register, client, key } = await signedInTo(options);
  // who signs, signs what he saw of the register
  const seen = await register.seen();
  const shown = await reviewOf(id, client);
  const entry = entryIn(id, shown);
  if (!json) show(id, entry, shown, register, lang);
  const mask = options.exception.reduce((bits, name) => bits | exceptionBit(name), 0);
  const { approval: place, why, moved } = shown;
  if (shown.submission.state === "final") {
    const told = await client.get<Told>(`/api/v1/submissions/${id}`);
    print(json ? JSON.stringify(told) : toldInWords(told, entry.terms.currency, lang));
    return Exit.done;
  }
  if (place === undefined) {
    const { title, help } = why ?? notWaiting;
    throw new Usage({ en: `${title.en} ${help.en}`, id: `${title.id} ${help.id}` }, Exit.yours);
  }
  if (moved !== undefined) throw new Usage(moved.words, Exit.yours);
  const missing = shown.exceptions.filter((name) => (mask & Exception[name]) === 0);
  if (missing.length > 0) {
    const flags = missing.map((name) => `--exception ${name}`).join(" ");
    throw new Usage(
      {
        en: `It passes only with what you sign by name: ${flags}. Nothing was signed.`,
        id: `Hanya lolos bila Anda menandatanganinya dengan nama: ${flags}. Tidak ada yang ditandatangani.`,
      },
      Exit.yours,
    );
  }
  if (
    !options.yes &&
    !(await confirm({ en: `Sign it as ${key.name}?`, id: `Tanda tangani sebagai ${key.name}?` }, lang))
  ) {
    throw new Usage({
      en: "Nothing was signed. (--yes signs without asking.)",
      id: "Tidak ada yang ditandatangani. (--yes tanpa bertanya.)",
    });
  }
  const { capacity } = place.approval;
  const approval: Approval = { holder: key.holderId, capacity, exceptions: mask, seen, expires: entry.expires };
  const signature = toHex(sign(signedDigest(register.separator, approvalHash(entryHash(entry), approval)), key.secret));
  const posted = { approval, up: place.up, signature };
  const told = await client
    .post<Told>(`/api/v1/submissions/${id}/approve?wait=20000`, posted)
    .catch((error: unknown) => {
      // a refusal of the ledger tells of the submission besides
      if (error instanceof Refusal && typeof error.problem.more.state === "string")
        return error.problem.more as unknown as Told;
      throw error;
    });
  print(json ? JSON.stringify(told) : toldInWords(told, entry.terms.currency, lang));
  if (told.checkpoint !== undefined) await accept(register, told.checkpoint);
  if (told.state === "final") return Exit.done;
  return told.state === "queued" || told.state === "included" ? Exit.tryAgain : Exit.yours;
}

const notWaiting = {
  title: { en: "It does not wait for you.", id: "Tidak menunggu Anda." },
  help: { en: "Look at its state: prasasti status.", id: "Lihat keadaannya: prasasti status." },
};

async function refuse(given: string, options: SomebodyOptions & { reason: string }): Promise<number> {
  const { client } = await signedInTo(options);
  const told = await client.post<Told>(`/api/v1/submissions/${idOfSubmission(given)}/refuse`, {
    reason: options.reason,
  });
  print(options.json ? JSON.stringify(told) : toldInWords(told, undefined, options.lang));
  return Exit.done;
}

async function talk(what: "ask" | "answer", given: string, text: string, options: SomebodyOptions): Promise<number> {
  const { client } = await signedInTo(options);
  const said = await client.post(`/api/v1/submissions/${idOfSubmission(given)}/${what}`, { text });
  print(
    options.json
      ? JSON.stringify(said)
      : say({ en: "Kept; the other finds it.", id: "Disimpan; pihak lain akan melihatnya." }, options.lang),
  );
  return Exit.done;
}
