import * as z from "zod";
import { currencyExponent } from "../../domain/ocds/money.ts";
import { dayAt } from "../../domain/rules/civil-days.ts";
import { bankText } from "./bank-text.ts";
import { amountText, type Decimals, type HandedFile, type Instruction } from "./handed-file.ts";

// Files for banks that take no ISO message: columns as the bank declares them, separated or of fixed width.

/** What a column can hold; of the file, or of one payment. */
const FIELDS = [
  ...(["messageId", "createdDate", "executeOn", "debtorName", "debtorAccount", "debtorBank", "count", "sum"] as const),
  ...(["currency", "sequence", "endToEndId", "payeeName", "payeeAccount", "payeeBank", "amount", "purpose"] as const),
  ...(["contractId", "certificate"] as const),
] as const;
type FieldName = (typeof FIELDS)[number];

const column = z
  .strictObject({
    field: z.enum(FIELDS).optional(),
    text: z.string().max(200).optional().describe("the same in every line, such as a record mark"),
    name: z.string().max(100).optional().describe("in the header line; the field's name where left out"),
    width: z.int().min(1).max(500).optional(),
    align: z.enum(["left", "right"]).default("left"),
    pad: z.string().length(1).default(" "),
    date: z.enum(["YYYY-MM-DD", "YYYYMMDD", "DDMMYYYY", "DD/MM/YYYY"]).default("YYYY-MM-DD"),
  })
  .refine(({ field, text }) => (field === undefined) !== (text === undefined), "a-column");

export const layoutSchema = z
  .strictObject({
    form: z.enum(["csv", "fixed"]),
    delimiter: z.enum([",", ";", "|", "\t"]).default(","),
    newline: z.enum(["\n", "\r\n"]).default("\r\n"),
    header: z.boolean().default(false).describe("of csv: names of the columns first"),
    first: z.array(column).default([]).describe("one line before the payments, with fields of the file"),
    payment: z.array(column).min(1),
    last: z.array(column).default([]).describe("one line after the payments"),
    implied: z.boolean().default(false).describe("amounts without their point: 1250 for 12.50"),
  })
  .refine(
    ({ form, first, payment, last }) =>
      form === "csv" || [...first, ...payment, ...last].every(({ width }) => width !== undefined),
    "a-width",
  );
export type Layout = z.output<typeof layoutSchema>;
type Column = Layout["payment"][number];

/** Fields that are never cut: half an account or an amount is another one. */
const WHOLE: ReadonlySet<FieldName> = new Set([
  ...(["messageId", "createdDate", "executeOn", "debtorAccount", "debtorBank", "count", "sum", "currency"] as const),
  ...(["sequence", "endToEndId", "payeeAccount", "payeeBank", "amount"] as const),
]);

/** A field of a payment or of the file that its column cannot hold. */
export class TooWide extends RangeError {
  readonly field: FieldName;
  /** undefined: of the file itself */
  readonly endToEndId: string | undefined;
  constructor(field: FieldName, width: number, endToEndId: string | undefined) {
    super(`${field} is longer than its ${width} characters.`);
    this.field = field;
    this.endToEndId = endToEndId;
  }
}

/**
 * The file by its declared layout. Texts are in the banks' character set, so no cell begins like a formula and none holds
 * the separator of lines.
 * @throws TooWide, RangeError where an amount has sen and the bank takes whole rupiah alone
 */
export function declaredFile(file: HandedFile, layout: Layout, decimals?: Decimals): string {
  const { form, delimiter, newline, header, first, payment, last } = layout;
  const values = new Values(file, layout, decimals);
  const line = (columns: readonly Column[], instruction?: Instruction, sequence = 0) => {
    const cells = columns.map((each) => {
      const value = each.text ?? values.of(each.field!, each.date, instruction, sequence);
      return form === "fixed" ? fixed(each, value, instruction) : quoted(limited(each, value, instruction), delimiter);
    });
    return cells.join(form === "fixed" ? "" : delimiter);
  };
  const lines = [
    ...(form === "csv" && header
      ? [payment.map((each) => quoted(each.name ?? each.field ?? "", delimiter)).join(delimiter)]
      : []),
    ...(first.length > 0 ? [line(first)] : []),
    ...file.instructions.map((instruction, index) => line(payment, instruction, index + 1)),
    ...(last.length > 0 ? [line(last)] : []),
  ];
  return lines.map((each) => each + newline).join("");
}

class Values {
  readonly #file: HandedFile;
  readonly #amount: (minor: bigint) => string;

  constructor(file: HandedFile, { implied }: Layout, decimals: Decimals | undefined) {
    this.#file = file;
    const exponent = currencyExponent(file.currency) ?? 2;
    this.#amount = (minor) => {
      const text = amountText(minor, exponent, decimals);
      return implied ? text.replace(".", "") : text;
    };
  }

  of(field: FieldName, date: Column["date"], instruction: Instruction | undefined, sequence: number): string {
    const { messageId, createdAt, executeOn, currency, debtor, instructions } = this.#file;
    switch (field) {
      case "messageId":
        return messageId;
      case "createdDate":
        return dated(dayAt(createdAt, "WIB"), date);
      case "executeOn":
        return dated(executeOn, date);
      case "debtorName":
        return bankText(debtor.name, 140);
      case "debtorAccount":
        return debtor.account;
      case "debtorBank":
        return debtor.bank;
      case "count":
        return String(instructions.length);
      case "sum":
        return this.#amount(instructions.reduce((all, { amount }) => all + amount, 0n));
      case "currency":
        return currency;
      case "sequence":
        return String(sequence);
      default:
        return instruction === undefined ? "" : this.#ofPayment(field, instruction);
    }
  }

  #ofPayment(field: FieldName, { endToEndId, payee, amount, purpose, contractId, certificate }: Instruction): string {
    switch (field) {
      case "endToEndId":
        return endToEndId;
      case "payeeName":
        return bankText(payee.name, 140);
      case "payeeAccount":
        return payee.account;
      case "payeeBank":
        return payee.bank;
      case "amount":
        return this.#amount(amount);
      case "purpose":
        return bankText(purpose, 140);
      case "contractId":
        return bankText(contractId, 140);
      default:
        return bankText(certificate, 140);
    }
  }
}

function dated(day: string, form: Column["date"]): string {
  const [year, month, date] = day.split("-") as [string, string, string];
  return form.replace("YYYY", year).replace("MM", month).replace("DD", date);
}

function limited({ field, width }: Column, value: string, instruction: Instruction | undefined): string {
  if (width === undefined || value.length <= width) return value;
  if (field === undefined || WHOLE.has(field)) throw new TooWide(field ?? "purpose", width, instruction?.endToEndId);
  return value.slice(0, width);
}

function fixed(each: Column, value: string, instruction: Instruction | undefined): string {
  const text = limited(each, value, instruction);
  return each.align === "right" ? text.padStart(each.width!, each.pad) : text.padEnd(each.width!, each.pad);
}

const quoted = (text: string, delimiter: string) =>
  text.includes(delimiter) || text.includes('"') ? `"${text.replaceAll('"', '""')}"` : text;
