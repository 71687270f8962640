import { SaxesParser } from "saxes";
import { parseDate } from "../../domain/ocds/dates.ts";
import type { StatusReason } from "../../domain/payments/payment-request.ts";
import { ProblemError } from "../../domain/problems.ts";

/** What a bank says of one payment: its status code as sent. */
type PaymentStatus = { readonly endToEndId: string; readonly status: string; readonly reasons: StatusReason[] };

/** An acknowledgement, as pain.002 tells it. `group` is the status of the whole message, where it has one. */
export type StatusReport = {
  readonly messageId: string;
  /** milliseconds UTC; undefined where the report does not say the moment */
  readonly createdAt?: number;
  readonly original: string;
  readonly group?: string;
  readonly reasons: StatusReason[];
  readonly payments: PaymentStatus[];
};

const MAX_BYTES = 16 * 1024 * 1024;
const MAX_DEPTH = 32;
const NAMESPACE = /^urn:iso:std:iso:20022:tech:xsd:pain\.002\.001\.\d{2}$/;

/**
 * Reads a CustomerPaymentStatusReport (pain.002.001.03 and later). Documents with a DOCTYPE are refused before any
 * entity is looked at, so are others than pain.002, broken ones and those above 16 MiB.
 * @throws ProblemError acknowledgement-unreadable
 */
export function readPain002(bytes: Uint8Array): StatusReport {
  if (bytes.length > MAX_BYTES) throw unreadable("larger than 16 MiB", "lebih besar dari 16 MiB");
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw unreadable("not UTF-8", "bukan UTF-8");
  }
  if (text.trim() === "") throw unreadable("empty", "kosong");
  const report = new Report();
  const parser = new SaxesParser({ xmlns: true, position: true });
  parser.on("doctype", () => {
    throw unreadable(
      "one with a DOCTYPE, which may hide entities",
      "memuat DOCTYPE, yang dapat menyembunyikan entitas",
    );
  });
  parser.on("error", (error) => {
    throw unreadable(`no XML (${error.message})`, `bukan XML (${error.message})`);
  });
  parser.on("opentag", ({ local, uri }) => report.open(local, uri));
  parser.on("text", (found) => report.said(found));
  parser.on("cdata", (found) => report.said(found));
  parser.on("closetag", () => report.close());
  parser.write(text).close();
  return report.result();
}

/** One report in the making, element by element. */
class Report {
  #path: string[] = [];
  #text = "";
  #messageId = "";
  #createdAt: number | undefined;
  #original = "";
  #group: string | undefined;
  readonly #reasons: StatusReason[] = [];
  readonly #payments: PaymentStatus[] = [];
  #payment: { endToEndId: string; status: string; reasons: StatusReason[] } | undefined;
  /** the status of a payment information and its reasons, for the payments below it that have none of their own */
  #information = "";
  #reason: { code?: string; text?: string } | undefined;

  open(name: string, uri: string): void {
    if (this.#path.length === 0 && (name !== "Document" || !NAMESPACE.test(uri)))
      throw unreadable(`not pain.002 (${name})`, `bukan pain.002 (${name})`);
    if (this.#path.length >= MAX_DEPTH) throw unreadable("nested too deeply", "bersarang terlalu dalam");
    this.#path.push(name);
    this.#text = "";
    if (name === "TxInfAndSts") this.#payment = { endToEndId: "", status: "", reasons: [] };
    else if (name === "StsRsnInf") this.#reason = {};
    else if (name === "OrgnlPmtInfAndSts") this.#information = "";
  }

  said(text: string): void {
    this.#text += text;
  }

  close(): void {
    const path = this.#path.slice(2).join("/");
    const text = this.#text.trim();
    const name = this.#path.pop();
    this.#text = "";
    const below = this.#path.at(-1);
    if (path === "GrpHdr/MsgId") this.#messageId = text;
    else if (path === "GrpHdr/CreDtTm") this.#createdAt = moment(text);
    else if (path === "OrgnlGrpInfAndSts/OrgnlMsgId") this.#original = text;
    else if (path === "OrgnlGrpInfAndSts/GrpSts") this.#group = text;
    else if (name === "PmtInfSts") this.#information = text;
    else if (name === "OrgnlEndToEndId" && below === "TxInfAndSts") this.#payment!.endToEndId = text;
    else if (name === "TxSts") this.#payment!.status = text;
    else if ((name === "Cd" || name === "Prtry") && below === "Rsn" && this.#reason)
      this.#reason.code = text.slice(0, 35);
    else if (name === "AddtlInf" && this.#reason) this.#reason.text = masked(`${this.#reason.text ?? ""} ${text}`);
    else if (name === "StsRsnInf") {
      const reasons = this.#payment?.reasons ?? this.#reasons;
      reasons.push(this.#reason ?? {});
      this.#reason = undefined;
    } else if (name === "TxInfAndSts") {
      const { status, ...payment } = this.#payment!;
      this.#payments.push({ ...payment, status: status || this.#information });
      this.#payment = undefined;
    }
  }

  result(): StatusReport {
    if (this.#original === "")
      throw unreadable("without the message that it answers", "tidak menyebut pesan yang dijawab");
    return {
      messageId: this.#messageId,
      ...(this.#createdAt === undefined ? {} : { createdAt: this.#createdAt }),
      original: this.#original,
      ...(this.#group === undefined ? {} : { group: this.#group }),
      reasons: this.#reasons,
      payments: this.#payments,
    };
  }
}

/** A moment of XML; without an offset it is told in western Indonesia. */
function moment(text: string): number | undefined {
  const told = parseDate(text);
  if (told.ok) return told.instant;
  const local = parseDate(`${text}+07:00`);
  return local.ok ? local.instant : undefined;
}

/** What a bank writes may hold an account number: long runs of digits do not stay here. */
function masked(text: string): string {
  return text
    .trim()
    .replace(/\d(?:[\s.-]?\d){5,}/g, "…")
    .slice(0, 140);
}

function unreadable(en: string, id: string): ProblemError {
  return new ProblemError("acknowledgement-unreadable", { en: `It is ${en}.`, id: `Berkas ini ${id}.` });
}
