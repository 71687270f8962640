// Payment requests: what an agency asks its treasury to pay. No money is moved from here.

import { Command, Option } from "commander";
import { parse } from "csv-parse/sync";
import { moneyInWords } from "../domain/entries/telling.ts";
import {
  type BankAccount,
  type LeftRequest,
  type PaymentRequest,
  REQUEST_STATES,
  type ReadReport,
  type RequestFile,
  type RequestState,
} from "../domain/payments/payment-request.ts";
import { isDay } from "../domain/rules/civil-days.ts";
import { givenFile } from "./given-file.ts";
import { complain, Exit, paint, print, run, say, strict, table, Usage } from "./terminal.ts";
import { asSomebody, type SomebodyOptions as Options, signedInTo } from "./who-asks.ts";

const help = `
A request asks the treasury to pay what a certificate (BAP) lets be paid; it goes out as a file (pain.001, CSV or fixed
width, as connectors.yaml says) and its answer (pain.002) is read back. Nothing here moves money.
The bank file is CSV with the columns party, bank, account and holder: registered id (of each payee, and of the agency
itself), BIC or clearing code, account number, name as the bank knows it. Accounts go into the file that is handed over
and are kept nowhere else.
Exit codes: 0 done, 1 yours to fix (some were left), 2 usage, 75 try again.`;

/** `requests`: list, prepare, hand-over, acknowledge. */
export function requestsCommand(): Command {
  const command = strict(
    new Command("requests").description("Payment requests to the treasury. / Permintaan pembayaran."),
  ).addHelpText("after", help);
  const add = (name: string, description: string) => {
    const verb = asSomebody(strict(new Command(name)).description(description));
    command.addCommand(verb);
    return verb;
  };
  add("list", "Requests of an agency, and where each stands.")
    .requiredOption("--agency <id>", "such as ID-PRS-DPUPR")
    .addOption(new Option("--state <state>", "only these").choices([...REQUEST_STATES]))
    .option("--files", "the files instead")
    .action((options: Options & { agency: string; state?: RequestState; files?: true }) =>
      run(options.lang, () => list(options)),
    );
  add("prepare", "Prepare what a process lets be paid: one request for each certificate in force.")
    .argument("<ocid>", "the process")
    .option("--again <id...>", "ask once more for what the bank rejected", [])
    .action((ocid: string, options: Options & { again: string[] }) => run(options.lang, () => prepare(ocid, options)));
  add("hand-over", "Hand over prepared requests as one file, exactly once.")
    .requiredOption("--agency <id>", "such as ID-PRS-DPUPR")
    .requiredOption("--accounts <file>", "the bank file")
    .requiredOption("--execute-on <day>", "when the treasury is asked to pay, such as 2026-11-24")
    .option("--id <id...>", "only these requests")
    .action((options: HandOverOptions) => run(options.lang, () => handOver(options)));
  add("acknowledge", "Take the bank's answer to a file (pain.002).")
    .argument("<file>", "the answer")
    .requiredOption("--agency <id>", "whose file it answers")
    .action((file: string, options: Options & { agency: string }) =>
      run(options.lang, () => acknowledge(file, options)),
    );
  return command;
}

const ROOT = "/api/v1/payment-requests";

async function list(options: Options & { agency: string; state?: RequestState; files?: true }): Promise<number> {
  const { agency, state, files, json, lang } = options;
  const { client } = await signedInTo(options);
  const query = new URLSearchParams({ agency, ...(state === undefined || files ? {} : { state }) });
  if (files) {
    const { files: found } = await client.get<{ files: RequestFile[] }>(`${ROOT}/files?${query}`);
    if (json) print(JSON.stringify(found, null, 2));
    else
      print(
        table(
          lang === "id" ? ["berkas", "jumlah", "nilai", "keadaan"] : ["file", "requests", "sum", "state"],
          found.map(({ name, requests, sum, currency, state: at }) => [
            name,
            String(requests.length),
            moneyInWords(sum, currency),
            at,
          ]),
          [1, 2],
        ),
      );
    return Exit.done;
  }
  const found: PaymentRequest[] = [];
  let path: string | undefined = `${ROOT}?${query}&limit=1000`;
  while (path !== undefined) {
    type Page = { requests: PaymentRequest[]; links?: { next: string } };
    const page: Page = await client.get<Page>(path);
    found.push(...page.requests);
    const next = page.links?.next;
    path = next === undefined ? undefined : new URL(next).pathname + new URL(next).search;
  }
  show(found, options);
  return Exit.done;
}

function show(requests: readonly PaymentRequest[], { json, lang }: Options): void {
  if (json) {
    print(JSON.stringify(requests, null, 2));
    return;
  }
  if (requests.length === 0) print(say({ en: "None.", id: "Tidak ada." }, lang));
  else
    print(
      table(
        lang === "id"
          ? ["id", "keadaan", "nilai", "dibayar", "penyedia", "kontrak", "berita acara"]
          : ["id", "state", "transfer", "paid", "payee", "contract", "certificate"],
        requests.map(({ id, state, transfer, paid, currency, payee, contractId, certificate }) => [
          ...[id, stateNames[state][lang === "id" ? 1 : 0], moneyInWords(transfer, currency)],
          ...[moneyInWords(paid, currency), payee.name, contractId],
          certificate.number ?? String(certificate.sequence),
        ]),
        [2, 3],
      ),
    );
  for (const { id, notes, answer } of requests) {
    for (const note of notes) complain(paint("yellow", `${id}: ${note[lang]}`));
    for (const { code = "", text = "" } of answer?.status === "RJCT" ? answer.reasons : [])
      complain(paint("yellow", `${id}: ${code} ${text}`));
  }
}

const stateNames: Readonly<Record<RequestState, readonly [en: string, id: string]>> = {
  prepared: ["prepared", "disiapkan"],
  handingOver: ["handing over", "sedang diserahkan"],
  handedOver: ["handed over", "diserahkan"],
  acknowledged: ["acknowledged", "diterima bank"],
  rejected: ["rejected", "ditolak bank"],
  partlyPaid: ["partly paid", "dibayar sebagian"],
  paid: ["paid", "dibayar"],
  dropped: ["dropped", "dilepas"],
};

async function prepare(ocid: string, options: Options & { again: string[] }): Promise<number> {
  const { client } = await signedInTo(options);
  const changes = options.again.map((id) => ({ id, again: true }));
  const { requests } = await client.post<{ requests: PaymentRequest[] }>(`${ROOT}/prepare`, { ocid, changes });
  show(requests, options);
  return Exit.done;
}

type HandOverOptions = Options & { agency: string; accounts: string; executeOn: string; id?: string[] };

async function handOver(options: HandOverOptions): Promise<number> {
  const { agency, executeOn, id: ids, json, lang } = options;
  if (!isDay(executeOn))
    throw new Usage({
      en: `${executeOn} is no day; write 2026-11-24.`,
      id: `${executeOn} bukan tanggal; tulis 2026-11-24.`,
    });
  const accounts = bankFile((await givenFile(options.accounts)).toString(), options.accounts);
  const { client } = await signedInTo(options);
  const asked = { agency, accounts, executeOn, ...(ids === undefined ? {} : { ids }) };
  type Handed = { file?: RequestFile; left: LeftRequest[]; more: number };
  const { file, left, more } = await client.post<Handed>(`${ROOT}/hand-over`, asked);
  if (json) print(JSON.stringify({ file, left }, null, 2));
  else if (file === undefined) print(say({ en: "Nothing was handed over.", id: "Tidak ada yang diserahkan." }, lang));
  else {
    const sum = moneyInWords(file.sum, file.currency);
    print(
      say(
        {
          en: `Handed over: ${file.name}, ${file.requests.length} request(s), ${sum}. The treasury's bank decides.`,
          id: `Diserahkan: ${file.name}, ${file.requests.length} permintaan, ${sum}. Bank kas daerah yang memutuskan.`,
        },
        lang,
      ),
    );
  }
  for (const { id, words } of left) complain(`${id}: ${words[lang]}`);
  if (more > 0)
    complain(
      say({ en: `${more} wait for another file: repeat.`, id: `${more} menunggu berkas berikutnya: ulangi.` }, lang),
    );
  return left.length > 0 ? Exit.yours : Exit.done;
}

/** The lines of a bank file; what is wrong is told by its line, never by what stands there. @throws Usage */
export function bankFile(text: string, name: string): BankAccount[] {
  const delimiter = (text.split("\n", 1)[0] ?? "").includes(";") ? ";" : ",";
  let rows: Record<string, string>[];
  try {
    rows = parse(text, { bom: true, columns: true, delimiter, trim: true, skip_empty_lines: true });
  } catch (error) {
    const { lines } = error as { lines?: number };
    throw new Usage({
      en: `${name} is no CSV with a header, from line ${lines ?? 1}.`,
      id: `${name} bukan CSV dengan kepala kolom, mulai baris ${lines ?? 1}.`,
    });
  }
  return rows.map(({ party = "", bank = "", account = "", holder = "" }, index) => {
    if (party !== "" && bank !== "" && account !== "") {
      // a spreadsheet keeps the zeros of a number by an apostrophe
      return { party, bank, account: account.replace(/^'/, ""), ...(holder === "" ? {} : { holder }) };
    }
    throw new Usage({
      en: `${name}, row ${index + 2}: party, bank and account are needed.`,
      id: `${name}, baris ${index + 2}: party, bank, dan account wajib ada.`,
    });
  });
}

async function acknowledge(file: string, options: Options & { agency: string }): Promise<number> {
  const { agency, json, lang } = options;
  const content = (await givenFile(file)).toString();
  const { client } = await signedInTo(options);
  const path = `${ROOT}/acknowledgements?${new URLSearchParams({ agency })}`;
  const read = await client.postText<ReadReport>(path, content, "application/xml");
  if (json) print(JSON.stringify(read, null, 2));
  else
    print(
      say(
        {
          en: `Read: ${read.original}${read.group === undefined ? "" : `, ${read.group}`}; ${read.applied} request(s) changed.`,
          id: `Terbaca: ${read.original}${read.group === undefined ? "" : `, ${read.group}`}; ${read.applied} permintaan berubah.`,
        },
        lang,
      ),
    );
  for (const { endToEndId = "", words } of read.faults) complain(`${endToEndId} ${words[lang]}`.trim());
  return read.faults.length > 0 ? Exit.yours : Exit.done;
}
