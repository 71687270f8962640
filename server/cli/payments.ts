import { Command, type Command as Commander, Option } from "commander";
import { dayInWords, moneyInWords } from "../domain/entries/telling.ts";
import {
  PAYMENT_STATES,
  type ToldCandidate,
  type ToldPayment,
  type ToldReturn,
} from "../domain/payments/matched-payment.ts";
import { draftFromText, type Proposal } from "../domain/proposals/proposal.ts";
import type { Client } from "./client.ts";
import type { Prepared } from "./register.ts";
import { readAmount } from "./short-form.ts";
import {
  complain,
  confirm,
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
import { asSomebody, type SomebodyOptions as Options, signedInTo } from "./who-asks.ts";

const ROOT = "/api/v1/payments";
const exits = "\nExit codes: 0 done, 1 yours to fix, 2 usage, 3 another history than before, 75 try again.";

/** `payments`: payments from finance systems, the contracts that they are of, and what a treasurer decides and signs. */
export function paymentsCommand(): Command {
  const command = strict(new Command("payments"))
    .description("Payments from finance systems and their contracts. / Pembayaran dari sistem keuangan dan kontraknya.")
    .addHelpText(
      "after",
      `
Examples / Contoh:
  prasasti payments queue --as bud                       what waits for you, with reasons
  prasasti payments show 3f2a… --as bud                  one payment, its candidates and their evidence
  prasasti payments accept 3f2a… ocds-…-7 SPK-7 --as bud it is of this contract
  prasasti payments split 3f2a… ocds-…-7/SPK-7=1.500.000 ocds-…-8/SPK-8=500.000 --as bud
  prasasti payments reject 3f2a… ocds-…-7 SPK-7 --as bud it is not of this one
  prasasti payments not-contract 3f2a… --as bud          it needs no contract
  prasasti payments undo 3f2a… 1 --as bud                take back the first decision
  prasasti payments sign --as bud                        sign what is proposed, in one act`,
    );
  const verb = (name: string, description: string): Commander =>
    asSomebody(strict(command.command(name)).description(description)).addHelpText("after", exits);
  const note = ["--note <words>", "why; kept for ever, so without personal data"] as const;
  const limit = new Option("--limit <number>", "how many").argParser(wholeNumber).default(50);

  verb("list", "Payments by day, with their contracts. / Pembayaran menurut hari dan kontraknya.")
    .addOption(new Option("--state <state>", "which").choices([...PAYMENT_STATES]))
    .addOption(limit)
    .action((options: ListOptions) => run(options.lang, () => list("", options)));
  verb("queue", "What waits for a person, and why. / Yang menunggu orang, dan sebabnya.")
    .addOption(limit)
    .action((options: ListOptions) => run(options.lang, () => list("/queue", options)));
  verb("show", "One payment: candidates, evidence, decisions. / Satu pembayaran: kandidat, bukti, keputusan.")
    .argument("<payment>", "its id, or the beginning of it")
    .action((id: string, options: Options) => run(options.lang, () => show(id, options)));
  verb("contracts", "Look for a contract by words. / Cari kontrak menurut kata.")
    .argument("<words...>", "of its number, title or supplier")
    .action((words: string[], options: Options) => run(options.lang, () => contracts(words.join(" "), options)));
  verb("returns", "Money that came back. / Uang yang kembali.").action((options: Options) =>
    run(options.lang, () => returns(options)),
  );
  for (const act of ["accept", "reject"] as const)
    verb(
      act,
      act === "accept"
        ? "It is of this contract. / Milik kontrak ini."
        : "It is not of this contract. / Bukan milik kontrak ini.",
    )
      .argument("<payment>", "its id, or the beginning of it")
      .argument("<ocid>", "the process")
      .argument("<contract>", "the contract")
      .option(...note)
      .action((id: string, ocid: string, contractId: string, options: NoteOptions) =>
        run(options.lang, () => decide(id, { act, shares: [{ ocid, contractId }] }, options)),
      );
  verb("split", "It is of several contracts. / Milik beberapa kontrak.")
    .argument("<payment>", "its id, or the beginning of it")
    .argument("<share...>", "OCID/CONTRACT=AMOUNT")
    .option(...note)
    .action((id: string, shares: string[], options: NoteOptions) =>
      run(options.lang, () => split(id, shares, options)),
    );
  verb("not-contract", "It needs no contract. / Tidak memerlukan kontrak.")
    .argument("<payment>", "its id, or the beginning of it")
    .option(...note)
    .action((id: string, options: NoteOptions) => run(options.lang, () => decide(id, { act: "notContract" }, options)));
  verb("undo", "Take a decision back. / Tarik kembali sebuah keputusan.")
    .argument("<payment>", "its id, or the beginning of it")
    .argument("<decision>", "its number", wholeNumber)
    .option(...note)
    .action((id: string, of: number, options: NoteOptions) =>
      run(options.lang, () => decide(id, { act: "undo", of }, options)),
    );
  verb("match", "Match what came since the last time, now. / Cocokkan yang baru datang, sekarang.").action(
    (options: Options) => run(options.lang, () => match(options)),
  );
  verb("sign", "Sign what is proposed, up to 256 in one act. / Tandatangani usulan, hingga 256 sekaligus.")
    .option("--yes", "do not ask before signing")
    .addOption(new Option("--limit <number>", "how many at most").argParser(wholeNumber).default(256))
    .action((options: SignOptions) => run(options.lang, () => sign(options)));
  return command;
}

type ListOptions = Options & { state?: string; limit: number };
type NoteOptions = Options & { note?: string };
type SignOptions = Options & { yes?: true; limit: number };

async function list(path: string, options: ListOptions): Promise<number> {
  const { client } = await signedInTo(options);
  const { lang, json, state, limit } = options;
  const query = new URLSearchParams({ limit: String(Math.min(limit, 200)), ...(state === undefined ? {} : { state }) });
  const { payments, next } = await client.get<{ payments: ToldPayment[]; next?: string }>(`${ROOT}${path}?${query}`);
  if (json) {
    for (const payment of payments) print(JSON.stringify(payment));
    return Exit.done;
  }
  const { returns: back = [] } =
    path === "/queue" ? await client.get<{ returns: ToldReturn[] }>(`${ROOT}/returns`) : {};
  const waiting = back.filter((each) => each.state === "waiting");
  if (payments.length + waiting.length === 0) print(say({ en: "Nothing.", id: "Tidak ada." }, lang));
  for (const payment of payments) line(payment, lang);
  for (const each of waiting) returnLine(each, lang);
  if (next !== undefined) print(paint("dim", say({ en: "… and more (--limit)", id: "… masih ada (--limit)" }, lang)));
  return Exit.done;
}

const toDecide = {
  en: "The treasurer says of which contract it is (accept, split, reject), or that it needs none (not-contract).",
  id: "Bendahara menyatakan kontraknya (accept, split, reject), atau bahwa tidak perlu kontrak (not-contract).",
};
const actWords: Readonly<Record<ToldPayment["decisions"][number]["act"], Text>> = {
  accept: { en: "accepted", id: "diterima" },
  reject: { en: "not of", id: "bukan milik" },
  split: { en: "shared out", id: "dibagi" },
  notContract: { en: "needs no contract", id: "bukan kontrak" },
  undo: { en: "undone", id: "dibatalkan" },
};
const partWords: Readonly<Record<ToldPayment["bank"][number]["part"], Text>> = {
  paid: { en: "paid", id: "dibayarkan" },
  deduction: { en: "a deduction, passed on to the state", id: "potongan, disetor ke kas negara" },
  takenBack: { en: "taken back", id: "kembali" },
};
const kindWords: Readonly<Record<ToldReturn["document"]["kind"], Text>> = {
  returned: { en: "came back (retur)", id: "retur" },
  paidBack: { en: "paid back (setor kembali)", id: "setor kembali" },
  contraEntry: { en: "contra entry (kontra pos)", id: "kontra pos" },
  voided: { en: "void (batal)", id: "batal" },
};
const returnWords: Readonly<Record<ToldReturn["state"], Text>> = {
  proposed: { en: "proposed", id: "diusulkan" },
  taken: { en: "being signed", id: "sedang ditandatangani" },
  declined: { en: "declined", id: "ditolak" },
  recorded: { en: "recorded", id: "tercatat" },
  waiting: { en: "waits", id: "menunggu" },
};
const stateWords: Readonly<Record<ToldPayment["state"], Text>> = {
  certain: { en: "certain", id: "pasti" },
  doubtful: { en: "doubtful", id: "meragukan" },
  none: { en: "no contract found", id: "tanpa kontrak" },
  accepted: { en: "accepted", id: "diterima" },
  notContract: { en: "needs no contract", id: "bukan kontrak" },
  recorded: { en: "recorded", id: "tercatat" },
};

function line(payment: ToldPayment, lang: Language): void {
  const { id, number, on, gross, currency, payee, state, shares, reasons } = payment;
  const mark = payment.inQueue ? paint("yellow", "!") : state === "recorded" ? paint("green", "✓") : " ";
  const money = moneyInWords(BigInt(gross), currency);
  print(
    `${mark} ${paint("bold", id.slice(0, 12))}  ${on}  ${number}  ${money}  ${payee ?? "-"}  ${paint("dim", say(stateWords[state], lang))}`,
  );
  for (const share of shares) {
    print(`    ${share.ocid}  ${share.contractId}  ${moneyInWords(BigInt(share.amount), currency)}`);
    for (const { words, remedy } of share.exceptions) print(`      ${paint("yellow", words[lang])} ${remedy[lang]}`);
  }
  for (const { words } of payment.inQueue ? reasons : []) print(`    ${paint("yellow", words[lang])}`);
  if (state === "doubtful") print(`    → ${say(toDecide, lang)}`);
}

async function show(id: string, options: Options): Promise<number> {
  const { client } = await signedInTo(options);
  const { lang, json } = options;
  const payment = await find(id, client);
  if (json) print(JSON.stringify(payment, null, 2));
  else tell(payment, lang);
  return Exit.done;
}

function tell(payment: ToldPayment, lang: Language): void {
  line(payment, lang);
  print(`    ${payment.purpose}`);
  for (const { evidence = [] } of payment.shares) evidenceLines(evidence, lang);
  for (const candidate of payment.candidates) candidateLine(candidate, lang);
  for (const { on, accountName, amount, part } of payment.bank)
    print(`  bank ${on} ${accountName} ${moneyInWords(amount, payment.currency)} ${say(partWords[part], lang)}`);
  for (const { number, act, at, note, shares = [], of } of payment.decisions) {
    const what = [
      say(actWords[act], lang),
      of === undefined ? "" : `#${of}`,
      ...shares.map(({ ocid, contractId }) => `${ocid}/${contractId}`),
    ].filter((each) => each !== "");
    print(
      `  ${say({ en: "decision", id: "keputusan" }, lang)} #${number} ${dayInWords(at, lang)}: ${what.join(" ")} ${note ?? ""}`,
    );
  }
}

function candidateLine(
  { ocid, contractId, title, number, supplier, value, currency, bits, evidence }: ToldCandidate,
  lang: Language,
): void {
  const named = [number, title, supplier].filter((each) => each !== undefined).join(" · ");
  print(
    `  ${paint("bold", `${ocid}  ${contractId}`)}  ${named}  ${moneyInWords(BigInt(value), currency)}  ${bits >= 0 ? "+" : ""}${bits}`,
  );
  evidenceLines(evidence, lang);
}

function evidenceLines(evidence: ToldCandidate["evidence"], lang: Language): void {
  for (const each of evidence)
    print(
      `      ${(each.bits >= 0 ? `+${each.bits.toFixed(1)}` : each.bits.toFixed(1)).padStart(6)}  ${each.words[lang]}`,
    );
}

async function contracts(text: string, options: Options): Promise<number> {
  const { client } = await signedInTo(options);
  const query = new URLSearchParams({ text });
  const { contracts: found } = await client.get<{ contracts: ToldCandidate[] }>(`${ROOT}/contracts?${query}`);
  if (options.json) for (const each of found) print(JSON.stringify(each));
  else for (const each of found) candidateLine(each, options.lang);
  return Exit.done;
}

async function returns(options: Options): Promise<number> {
  const { client } = await signedInTo(options);
  const { returns: found } = await client.get<{ returns: ToldReturn[] }>(`${ROOT}/returns`);
  const { lang } = options;
  if (options.json) for (const each of found) print(JSON.stringify(each));
  else for (const each of found) returnLine(each, lang);
  return Exit.done;
}

function returnLine({ document, state, reason }: ToldReturn, lang: Language): void {
  print(
    `${document.on}  ${document.number}  ${say(kindWords[document.kind], lang)}  ${document.of}  ${moneyInWords(BigInt(document.amount), document.currency)}  ${say(returnWords[state], lang)}  ${reason?.[lang] ?? ""}`,
  );
}

/** A payment by its id, or by enough of its beginning among what waits. */
async function find(id: string, client: Client): Promise<ToldPayment> {
  if (/^[0-9a-f]{32}$/.test(id)) return client.get<ToldPayment>(`${ROOT}/${id}`);
  const found: ToldPayment[] = [];
  for (const path of ["/queue", ""]) {
    const { payments } = await client.get<{ payments: ToldPayment[] }>(`${ROOT}${path}?limit=200`);
    found.push(...payments.filter((each) => each.id.startsWith(id) && !found.some((other) => other.id === each.id)));
  }
  if (found.length === 1) return found[0]!;
  throw new Usage(
    found.length === 0
      ? {
          en: `No payment begins with ${id}; give the whole id.`,
          id: `Tidak ada pembayaran berawalan ${id}; tulis id lengkapnya.`,
        }
      : { en: `Several payments begin with ${id}.`, id: `Beberapa pembayaran berawalan ${id}.` },
    Exit.yours,
  );
}

async function decide(id: string, decision: object, options: NoteOptions): Promise<number> {
  const { client } = await signedInTo(options);
  const payment = await find(id, client);
  const { note, lang } = options;
  const told = await client.post<ToldPayment>(`${ROOT}/${payment.id}/decisions`, {
    ...decision,
    ...(note === undefined ? {} : { note }),
  });
  if (options.json) print(JSON.stringify(told, null, 2));
  else tell(told, lang);
  return Exit.done;
}

async function split(id: string, texts: readonly string[], options: NoteOptions): Promise<number> {
  const { client } = await signedInTo(options);
  const payment = await find(id, client);
  const shares = texts.map((text) => {
    // a contract's id may have slashes and equals signs of its own; an ocid has neither, an amount no equals sign
    const [, ocid, contractId, amount] = /^([^/]+)\/(.+)=([^=]+)$/.exec(text) ?? [];
    if (ocid === undefined || contractId === undefined || amount === undefined)
      throw new Usage({ en: `${text}: write OCID/CONTRACT=AMOUNT.`, id: `${text}: tulis OCID/KONTRAK=JUMLAH.` });
    return { ocid, contractId, amount: String(readAmount(amount, payment.currency, text)) };
  });
  return decide(payment.id, { act: "split", shares }, options);
}

async function match(options: Options): Promise<number> {
  const { client } = await signedInTo(options);
  const counts = await client.post<Record<string, number>>(`${ROOT}/match`, {});
  if (options.json) print(JSON.stringify(counts));
  else print(table(Object.keys(counts), [Object.values(counts).map(String)]));
  return Exit.done;
}

/** Takes what is proposed, asks the rules, and signs it in as few acts as there are bundles. */
async function sign(options: SignOptions): Promise<number> {
  const { register, client, key } = await signedInTo(options);
  const { lang, json } = options;
  await register.seen();
  const asked = `${ROOT}/proposals?limit=${Math.min(options.limit, 256)}`;
  const { proposals, total } = await client.get<{ proposals: Proposal[]; total: number }>(asked);
  if (proposals.length === 0) {
    if (!json) print(say({ en: "Nothing is proposed.", id: "Tidak ada usulan." }, lang));
    return Exit.done;
  }
  if (!json) announce(proposals, total, lang);
  if (!options.yes && !(await confirm({ en: "Sign and send?", id: "Tanda tangani dan kirim?" }, lang)))
    throw new Usage({
      en: "Nothing was signed. (--yes signs without asking.)",
      id: "Tidak ada yang ditandatangani. (--yes tanpa bertanya.)",
    });
  const ids = proposals.map(({ id }) => id);
  const { proposals: taken } = await client.post<{ proposals: Proposal[] }>(`${ROOT}/proposals/take`, { ids });
  const prepared: { id: string; entry: Prepared }[] = [];
  const refused: string[] = [];
  for (const { id, drafts } of taken)
    for (const text of drafts) {
      const found = await register.prepare(draftFromText(text), [key], [], { reference: "" });
      if ("posted" in found) prepared.push({ id, entry: found });
      // sent before: its first answer is as good
      else if (found.state === "refused") {
        refused.push(id);
        complain(`${text.ocid} ${text.contractId}: ${found.refusal?.title[lang] ?? found.state}`);
      }
    }
  const { bundles, signatureOf } = await register.signTogether(prepared.map(({ entry }) => entry));
  let done = 0;
  for (const { id, entry } of prepared) {
    const told = await register.send(entry, signatureOf);
    if (told.state === "final" || told.state === "included" || told.state === "queued") done++;
    else {
      refused.push(id);
      complain(`${entry.entry.ocid} ${entry.entry.contractId}: ${told.refusal?.title[lang] ?? told.state}`);
    }
    if (json) print(JSON.stringify(told));
  }
  if (refused.length > 0) await client.post(`${ROOT}/proposals/give-back`, { ids: [...new Set(refused)] });
  const text = {
    en: `${done} recorded, signed with ${bundles} signature(s)${refused.length > 0 ? `; ${refused.length} not` : ""}.`,
    id: `${done} tercatat, ditandatangani dengan ${bundles} tanda tangan${refused.length > 0 ? `; ${refused.length} tidak` : ""}.`,
  };
  if (!json) print(say(text, lang));
  return refused.length > 0 ? Exit.yours : Exit.done;
}

/** Says what will be signed: each, or of many the sums. */
function announce(proposals: readonly Proposal[], total: number, lang: Language): void {
  const sums = new Map<string, bigint>();
  for (const { kind, drafts, reason, ocid } of proposals) {
    const { currency, amount } = drafts[0]?.terms ?? {};
    const money = BigInt(amount ?? 0) * (kind === "return" ? -1n : 1n);
    sums.set(String(currency), (sums.get(String(currency)) ?? 0n) + money);
    if (proposals.length <= 12)
      print(`  ${ocid}  ${drafts[0]?.contractId}  ${moneyInWords(money, String(currency))}  ${reason[lang]}`);
  }
  const money = [...sums].map(([currency, sum]) => moneyInWords(sum, currency)).join(", ");
  const text = {
    en: `${proposals.length} of ${total} proposals, ${money}.`,
    id: `${proposals.length} dari ${total} usulan, ${money}.`,
  };
  print(say(text, lang));
}
