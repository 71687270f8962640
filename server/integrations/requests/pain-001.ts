import { currencyExponent } from "../../domain/ocds/money.ts";
import { bankText } from "./bank-text.ts";
import { amountText, BIC, type Decimals, type HandedFile } from "./handed-file.ts";

/**
 * A payment request as pain.001.001.09 (ISO 20022 CustomerCreditTransferInitiationV09): one group, one payment
 * information, a transaction for each instruction; elements in the order of the schema, texts within its 35, 70 and 140
 * characters, control sums over what is written. A request, not a transfer: the treasury's bank decides.
 * @throws RangeError where an amount has sen and the bank takes whole rupiah alone
 */
export function pain001(file: HandedFile, { decimals }: { decimals?: Decimals | undefined } = {}): string {
  const { messageId, createdAt, executeOn, currency, debtor, instructions } = file;
  const exponent = currencyExponent(currency) ?? 2;
  const money = (minor: bigint) => amountText(minor, exponent, decimals);
  const sum = money(instructions.reduce((all, { amount }) => all + amount, 0n));
  const count = String(instructions.length);
  const debtorName = bankText(debtor.name, 140);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09">',
    "<CstmrCdtTrfInitn>",
    "<GrpHdr>",
    tag("MsgId", messageId),
    // ISODateTime with the offset: no reader takes it for local time
    tag("CreDtTm", `${new Date(createdAt).toISOString().slice(0, 19)}Z`),
    tag("NbOfTxs", count),
    tag("CtrlSum", sum),
    `<InitgPty>${tag("Nm", debtorName)}</InitgPty>`,
    "</GrpHdr>",
    "<PmtInf>",
    tag("PmtInfId", messageId),
    tag("PmtMtd", "TRF"),
    tag("BtchBookg", "false"),
    tag("NbOfTxs", count),
    tag("CtrlSum", sum),
    `<ReqdExctnDt>${tag("Dt", executeOn)}</ReqdExctnDt>`,
    `<Dbtr>${tag("Nm", debtorName)}</Dbtr>`,
    `<DbtrAcct>${account(debtor.account)}${tag("Ccy", currency)}</DbtrAcct>`,
    `<DbtrAgt>${bank(debtor.bank)}</DbtrAgt>`,
    ...instructions.map(({ endToEndId, amount, payee, purpose }) =>
      [
        "<CdtTrfTxInf>",
        `<PmtId>${tag("InstrId", endToEndId)}${tag("EndToEndId", endToEndId)}</PmtId>`,
        `<Amt><InstdAmt Ccy="${escaped(currency)}">${money(amount)}</InstdAmt></Amt>`,
        `<CdtrAgt>${bank(payee.bank)}</CdtrAgt>`,
        `<Cdtr>${tag("Nm", bankText(payee.name, 140))}</Cdtr>`,
        `<CdtrAcct>${account(payee.account)}</CdtrAcct>`,
        `<RmtInf>${tag("Ustrd", bankText(purpose, 140))}</RmtInf>`,
        "</CdtTrfTxInf>",
      ].join(""),
    ),
    "</PmtInf>",
    "</CstmrCdtTrfInitn>",
    "</Document>",
    "",
  ].join("\n");
}

/** A text element; the schema has no empty ones. */
const tag = (name: string, text: string) => `<${name}>${escaped(text === "" ? "-" : text)}</${name}>`;

const account = (number: string) => `<Id><Othr>${tag("Id", number)}</Othr></Id>`;

/** By its BIC, else by its code in the national clearing. */
const bank = (code: string) =>
  `<FinInstnId>${BIC.test(code) ? tag("BICFI", code) : `<ClrSysMmbId>${tag("MmbId", code)}</ClrSysMmbId>`}</FinInstnId>`;

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};
const escaped = (text: string) => text.replace(/[&<>"']/g, (sign) => entities[sign]!);
