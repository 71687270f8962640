import { createReadStream } from "node:fs";
import { SaxesParser, type SaxesTag } from "saxes";
import {
  BankStatementSource,
  damagedStatement,
  isDay,
  type Statement,
  type StatementEvent,
  type StatementLine,
  scaled,
} from "./bank-statement.ts";
import type { SourceFile } from "./source-files.ts";

// camt.053 BankToCustomerStatement, ISO 20022, versions 001.02 to 001.13 (https://www.iso20022.org/catalogue-messages).

// ISO's namespace, or one that a network or a bank made of it (urn:swift:xsd:$camt.053.001.02)
const NAMESPACE = /(?:^|[:$/])camt\.053\.001\.(0[2-9]|1[0-3])$/;
/** A text or tag of more characters than this is nothing that a bank writes. */
const LONGEST = 1 << 20;
const DEEPEST = 64;
/** Payments of one entry that are told apart; an entry with more stays one line. */
const MOST_DETAILS = 100_000;

/** Bank statements of ISO 20022. */
export function camt053Source(name: string, files: readonly SourceFile[]): BankStatementSource {
  return new BankStatementSource(name, files, readCamt053);
}

/** Runs through a camt.053 file, in bounded memory however long it is. */
async function* readCamt053(file: string): AsyncGenerator<readonly StatementEvent[]> {
  const events: StatementEvent[] = [];
  const document = new CamtDocument(file, (event) => events.push(event));
  let decoder: TextDecoder | undefined;
  let bytes = 0;
  const write = (text: string) => document.write(text);
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: 1 << 16 }) as AsyncIterable<Buffer>) {
      decoder ??= new TextDecoder(encodingIn(chunk), { fatal: true });
      bytes += chunk.length;
      write(decoder.decode(chunk, { stream: true }));
      if (events.length > 0) yield events.splice(0);
    }
    if (bytes === 0) throw damagedStatement(file, "0 bytes", "0 byte");
    write(decoder?.decode() ?? "");
    document.end();
    if (events.length > 0) yield events.splice(0);
  } catch (cause) {
    if (cause instanceof Error && cause.name === "SourceFault") throw cause;
    throw damagedStatement(file, (cause as Error).message, (cause as Error).message, cause);
  }
}

/** By the mark at its start, else as its XML declaration says, else UTF-8. */
function encodingIn(start: Buffer): string {
  if (start[0] === 0xff && start[1] === 0xfe) return "utf-16le";
  if (start[0] === 0xfe && start[1] === 0xff) return "utf-16be";
  const declared = /^\s*<\?xml[^>]*\bencoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']/.exec(
    start.subarray(0, 200).toString("latin1").replace(/^ï»¿/, ""),
  )?.[1];
  return declared ?? "utf-8";
}

/** The texts of an element that are looked at, by their paths below it. */
type Texts = Map<string, string>;

class CamtDocument {
  readonly #file: string;
  readonly #emit: (event: StatementEvent) => void;
  readonly #parser = new SaxesParser({ position: true });
  #failure: unknown;
  #path: string[] = [];
  #text = "";
  /** by prefix, of the elements around the document */
  readonly #namespaces = new Map<string, string>();
  #isStatementFile = false;
  #hadDocument = false;
  #ordinal = 0;

  // of the statement that is being read
  #head: Texts = new Map();
  #balances: { code: string; signed: bigint | undefined; currency: string | undefined }[] = [];
  #begun = false;
  #statement: Statement = { name: "" };
  #fault: string | undefined;
  #entries = 0;

  // of the balance, entry, or detail that is being read
  #part: Texts = new Map();
  #entry: Texts = new Map();
  #details: Texts[] = [];
  #moreDetails = 0;
  #fed = 0;
  #heard = 0;

  constructor(file: string, emit: (event: StatementEvent) => void) {
    this.#file = file;
    this.#emit = emit;
    const parser = this.#parser;
    const guarded =
      <A extends unknown[]>(work: (...given: A) => void) =>
      (...given: A) => {
        if (this.#failure !== undefined) return;
        this.#heard = this.#fed;
        try {
          work(...given);
        } catch (error) {
          this.#failure = error;
        }
      };
    parser.on(
      "error",
      guarded((error: Error) => {
        throw damagedStatement(file, error.message, error.message, error);
      }),
    );
    parser.on(
      "doctype",
      guarded(() => {
        throw damagedStatement(
          file,
          "it declares a DOCTYPE, which may hide entities; it is refused unread",
          "berkas memuat DOCTYPE yang dapat menyembunyikan entitas; ditolak tanpa dibaca",
        );
      }),
    );
    parser.on(
      "opentag",
      guarded(({ name, attributes }: SaxesTag) => this.#open(local(name), name, attributes as Record<string, string>)),
    );
    parser.on(
      "closetag",
      guarded(({ name }: { name: string }) => this.#close(local(name))),
    );
    const text = guarded((found: string) => {
      this.#text += found;
      if (this.#text.length > LONGEST) throw damagedStatement(file, ...TOO_LONG);
    });
    parser.on("text", text);
    parser.on("cdata", text);
  }

  write(text: string): void {
    this.#fed += text.length;
    this.#parser.write(text);
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#fed - this.#heard > LONGEST) throw damagedStatement(this.#file, ...TOO_LONG);
  }

  end(): void {
    this.#parser.close();
    if (this.#failure !== undefined) throw this.#failure;
    if (!this.#hadDocument)
      throw damagedStatement(this.#file, "it holds no camt.053 document", "berkas tidak memuat dokumen camt.053");
  }

  #open(name: string, full: string, attributes: Record<string, string>): void {
    const path = this.#path;
    path.push(name);
    this.#text = "";
    if (path.length > DEEPEST) throw damagedStatement(this.#file, ...TOO_DEEP);
    if (!this.#isStatementFile)
      for (const [key, value] of Object.entries(attributes))
        if (/^xmlns(:|$)/.test(key)) this.#namespaces.set(key, value);
    if (name === "Document") {
      const prefix = full.includes(":") ? `xmlns:${full.slice(0, full.indexOf(":"))}` : "xmlns";
      const namespace = this.#namespaces.get(prefix) ?? "";
      // some banks leave it out: then what stands inside tells
      if (namespace !== "" && !NAMESPACE.test(namespace))
        throw damagedStatement(
          this.#file,
          `it is ${namespace}, and camt.053.001.02 to .13 are read`,
          `berkas ini ${namespace}, sedangkan yang dibaca camt.053.001.02 sampai .13`,
        );
      this.#isStatementFile = true;
      return;
    }
    if (!this.#isStatementFile) return;
    if (name === "BkToCstmrStmt") this.#hadDocument = true;
    if (name === "Stmt") {
      this.#head = new Map();
      this.#balances = [];
      this.#begun = false;
      this.#fault = undefined;
      this.#entries = 0;
      this.#ordinal++;
    } else if (name === "Bal" && path.at(-2) === "Stmt") this.#part = new Map();
    else if (name === "Ntry") {
      this.#begin();
      this.#entry = new Map();
      this.#details = [];
      this.#moreDetails = 0;
      this.#entries++;
    } else if (name === "TxDtls") this.#part = new Map();
    if (attributes.Ccy !== undefined) this.#keep("@Ccy", attributes.Ccy);
  }

  #close(name: string): void {
    const path = this.#path;
    const text = this.#text.trim();
    this.#text = "";
    if (text !== "") this.#keep("", text);
    path.pop();
    if (!this.#isStatementFile) return;
    if (name === "Document") this.#isStatementFile = false;
    else if (name === "Bal" && path.at(-1) === "Stmt") this.#balance();
    else if (name === "TxDtls") {
      if (this.#details.length < MOST_DETAILS) this.#details.push(this.#part);
      else this.#moreDetails++;
    } else if (name === "Ntry") this.#entryEnds();
    else if (name === "Stmt") this.#statementEnds();
  }

  /** Keeps a text by its path below the part that it stands in; of texts that repeat all, in lines. */
  #keep(suffix: string, text: string): void {
    const path = this.#path;
    const inside = (part: string) => path.lastIndexOf(part);
    let at = inside("TxDtls");
    let into: Texts = this.#part;
    if (at < 0) {
      at = inside("Ntry");
      into = this.#entry;
    }
    if (at < 0) {
      at = inside("Bal");
      into = this.#part;
    }
    if (at < 0) {
      at = inside("Stmt");
      into = this.#head;
    }
    if (at < 0) return;
    const key = path.slice(at + 1).join("/") + suffix;
    const before = into.get(key);
    if (before === undefined) into.set(key, text);
    else if (before.length + text.length < LONGEST) into.set(key, `${before}\n${text}`);
  }

  #balance(): void {
    const part = this.#part;
    const code = part.get("Tp/CdOrPrtry/Cd") ?? part.get("Tp/CdOrPrtry/Prtry") ?? part.get("Tp/Cd") ?? "";
    this.#balances.push({ code, signed: signedOf(part), currency: part.get("Amt@Ccy") });
  }

  #of(codes: readonly string[]): bigint | undefined {
    for (const code of codes) {
      const found = this.#balances.find((balance) => balance.code === code);
      if (found !== undefined) return found.signed;
    }
    return undefined;
  }

  /** At the first entry, or at the end of a statement without any: all that stands before entries is known. */
  #begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    const head = this.#head;
    const account = head.get("Acct/Id/IBAN") ?? head.get("Acct/Id/Othr/Id");
    const currency = head.get("Acct/Ccy") ?? this.#balances[0]?.currency;
    const opening = this.#of(["OPBD", "PRCD", "ITBD"]);
    if (this.#balances.some((balance) => balance.currency !== undefined && balance.currency !== currency))
      this.#fault ??= "Bal/Amt@Ccy";
    this.#statement = {
      name: `${this.#ordinal} ${head.get("Id") ?? ""}`.trim(),
      ...(account === undefined ? {} : { account }),
      ...(currency === undefined ? {} : { currency }),
      ...(opening === undefined ? {} : { opening }),
    };
    this.#emit({ kind: "begin", statement: this.#statement });
  }

  #statementEnds(): void {
    this.#begin();
    // of a page between others, the last of the interim balances closes it
    const closing =
      this.#of(["CLBD"]) ??
      (this.#balances.filter(({ code }) => code === "ITBD").length > 1 || this.#of(["OPBD", "PRCD"]) !== undefined
        ? this.#balances.findLast(({ code }) => code === "ITBD")?.signed
        : undefined);
    this.#emit({
      kind: "end",
      at: `statement ${this.#ordinal}`,
      ...(closing === undefined ? {} : { closing }),
      ...(this.#fault === undefined ? {} : { fault: this.#fault }),
    });
  }

  #entryEnds(): void {
    const entry = this.#entry;
    const at = `statement ${this.#ordinal}, entry ${this.#entries}, line ${this.#parser.line}`;
    const status = entry.get("Sts/Cd") ?? entry.get("Sts/Prtry") ?? entry.get("Sts") ?? "BOOK";
    // pending and informative entries are in no balance
    if (status !== "BOOK") return;
    const signed = signedOf(entry);
    const entryDate = dayOf(
      entry.get("BookgDt/Dt") ?? entry.get("BookgDt/DtTm") ?? entry.get("ValDt/Dt") ?? entry.get("ValDt/DtTm"),
    );
    const currency = entry.get("Amt@Ccy");
    const isForeign =
      currency !== undefined && this.#statement.currency !== undefined && currency !== this.#statement.currency;
    if (signed === undefined || entryDate === undefined || isForeign) {
      this.#fault ??= `Ntry/${signed === undefined ? "Amt" : isForeign ? "Amt@Ccy" : "BookgDt"} (${at})`;
      return;
    }
    const valueDate = dayOf(entry.get("ValDt/Dt") ?? entry.get("ValDt/DtTm"));
    const shared = {
      entryDate,
      ...(valueDate === undefined ? {} : { valueDate }),
      reversal: entry.get("RvslInd") === "true" || entry.get("RvslInd") === "1",
    };
    const parts = this.#moreDetails > 0 || this.#details.length < 2 ? undefined : this.#parts(signed, currency);
    if (parts === undefined) {
      this.#emit({
        kind: "line",
        line: { at, signed, ...shared, ...saidBy(entry, this.#details.length > 100 ? [] : this.#details, signed) },
      });
      return;
    }
    for (const [index, part] of parts.entries())
      this.#emit({
        kind: "line",
        line: {
          at: `${at}, payment ${index + 1}`,
          signed: part,
          ...shared,
          // what comes behind the payments are the bank's charges for them
          ...saidBy(entry, [this.#details[index] ?? CHARGES], part),
        },
      });
  }

  /**
   * What each payment of an entry moved, and behind them the charges, where all say so and together they are the entry.
   */
  #parts(signed: bigint, currency: string | undefined): bigint[] | undefined {
    const parts: bigint[] = [];
    for (const detail of this.#details) {
      const place = ["Amt", "AmtDtls/TxAmt/Amt", "AmtDtls/InstdAmt/Amt"].find((path) => detail.has(path)) ?? "Amt";
      const amount = scaled(detail.get(place) ?? "");
      if (amount === undefined) return undefined;
      const other = detail.get(`${place}@Ccy`);
      if (other !== undefined && currency !== undefined && other !== currency) return undefined;
      const mark = detail.get("CdtDbtInd");
      const isOut = mark === undefined ? signed < 0n : mark === "DBIT";
      parts.push(isOut ? -amount : amount);
    }
    const rest = signed - parts.reduce((sum, each) => sum + each, 0n);
    if (rest === 0n) return parts;
    const charges = [this.#entry, ...this.#details].reduce((sum, part) => sum + chargesIn(part), 0n);
    return rest === -charges ? [...parts, rest] : undefined;
  }
}

const CHARGES: Texts = new Map([["RmtInf/Ustrd", "Biaya bank"]]);

/** Charges that an entry or a payment tells, in any of the forms of the versions. */
function chargesIn(part: Texts): bigint {
  const told = ["TtlChrgsAndTaxAmt", "Rcrd/Amt", "Amt"].map((path) => part.get(`Chrgs/${path}`)).find((text) => text);
  return (told?.split("\n") ?? []).reduce((sum, text) => sum + (scaled(text) ?? 0n), 0n);
}

const TOO_LONG = [
  "a text in it is longer than any bank writes",
  "teks di dalamnya lebih panjang daripada wajar",
] as const;
const TOO_DEEP = ["its elements are nested too deeply", "elemennya bersarang terlalu dalam"] as const;

function local(name: string): string {
  return name.slice(name.indexOf(":") + 1);
}

/** Amount and mark; DBIT lowers the balance, also of a reversal. */
function signedOf(part: Texts): bigint | undefined {
  const amount = scaled(part.get("Amt") ?? "");
  const mark = part.get("CdtDbtInd");
  if (amount === undefined || (mark !== "DBIT" && mark !== "CRDT")) return undefined;
  return mark === "DBIT" ? -amount : amount;
}

/** A date, or the day of a time as the bank writes it, which is its own day. */
function dayOf(text: string | undefined): string | undefined {
  const day = text?.slice(0, 10);
  return day !== undefined && isDay(day) ? day : undefined;
}

/** References, other party and texts of an entry and its payments. */
function saidBy(
  entry: Texts,
  details: readonly Texts[],
  signed: bigint,
): Pick<
  StatementLine,
  "bankReference" | "reference" | "counterparty" | "counterpartyAccount" | "text" | "furtherText"
> {
  const [detail] = details;
  const party = signed < 0n ? "Cdtr" : "Dbtr";
  const first = (...paths: string[]) => paths.map((path) => detail?.get(path)).find((text) => text !== undefined);
  const bankReference = first("Refs/AcctSvcrRef") ?? entry.get("AcctSvcrRef") ?? entry.get("NtryRef");
  const reference =
    first("Refs/EndToEndId", "Refs/InstrId", "Refs/TxId", "Refs/PmtInfId") ?? entry.get("NtryDtls/Btch/PmtInfId");
  const isOne = details.length === 1;
  const counterparty = isOne ? first(`RltdPties/${party}/Pty/Nm`, `RltdPties/${party}/Nm`) : undefined;
  const counterpartyAccount = isOne
    ? first(`RltdPties/${party}Acct/Id/IBAN`, `RltdPties/${party}Acct/Id/Othr/Id`)
    : undefined;
  const texts = [
    ...new Set(
      details.flatMap((each) =>
        [
          each.get("RmtInf/Ustrd"),
          each.get("RmtInf/Strd/CdtrRefInf/Ref"),
          each.get("RmtInf/Strd/RfrdDocInf/Nb"),
          each.get("AddtlTxInf"),
        ].flatMap((text) => text?.split("\n") ?? []),
      ),
    ),
  ];
  const further = entry.get("AddtlNtryInf")?.replaceAll("\n", " ");
  return {
    ...(bankReference === undefined ? {} : { bankReference }),
    ...(reference === undefined ? {} : { reference }),
    ...(counterparty === undefined ? {} : { counterparty }),
    ...(counterpartyAccount === undefined ? {} : { counterpartyAccount }),
    ...(texts.length === 0 ? {} : { text: texts.join(" ").slice(0, 16_000) }),
    ...(further === undefined ? {} : { furtherText: further.slice(0, 8_000) }),
  };
}
