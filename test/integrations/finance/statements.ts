/** An entry of a made-up statement; `minor`: sen, negative leaves the account. */
export type Entry = {
  minor: bigint;
  on: string;
  text?: string;
  reversal?: boolean;
  reference?: string;
  bankReference?: string;
  party?: string;
  partyAccount?: string;
};
export type Made = {
  id?: string;
  account?: string;
  currency?: string;
  opening: bigint;
  entries: Entry[];
  closing?: bigint;
};

const absolute = (minor: bigint) => (minor < 0n ? -minor : minor);

function amount(minor: bigint, point: string): string {
  const digits = absolute(minor).toString().padStart(3, "0");
  return `${digits.slice(0, -2)}${point}${digits.slice(-2)}`;
}

export function closingOf({ opening, entries, closing }: Made): bigint {
  return closing ?? entries.reduce((sum, { minor }) => sum + minor, opening);
}

const escaped = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** A camt.053 document of one or more statements. */
export function camt(
  statements: readonly Made[],
  { version = "08", prefix = "", head = '<?xml version="1.0" encoding="UTF-8"?>' } = {},
): string {
  const modern = Number(version) >= 8;
  const p = prefix === "" ? "" : `${prefix}:`;
  const tag = (name: string, inner: string, attributes = "") => `<${p}${name}${attributes}>${inner}</${p}${name}>`;
  const mark = (minor: bigint) => tag("CdtDbtInd", minor < 0n ? "DBIT" : "CRDT");
  const body = statements
    .map((made, index) => {
      const { id = `STM-${index + 1}`, account = "0010001234567", currency = "IDR", opening, entries } = made;
      const money = (minor: bigint) => tag("Amt", amount(minor, "."), ` Ccy="${currency}"`);
      const balance = (code: string, minor: bigint, on: string) =>
        tag(
          "Bal",
          tag("Tp", tag("CdOrPrtry", tag("Cd", code))) + money(minor) + mark(minor) + tag("Dt", tag("Dt", on)),
        );
      const days = entries.map(({ on }) => on);
      return tag(
        "Stmt",
        tag("Id", id) +
          tag("Acct", tag("Id", tag("Othr", tag("Id", account))) + tag("Ccy", currency)) +
          balance("OPBD", opening, days[0] ?? "2025-01-01") +
          balance("CLBD", closingOf(made), days.at(-1) ?? "2025-01-01") +
          entries
            .map(({ minor, on, text, reversal, reference, bankReference, party, partyAccount }) => {
              const side = minor < 0n ? "Cdtr" : "Dbtr";
              const name =
                party === undefined
                  ? ""
                  : tag(side, modern ? tag("Pty", tag("Nm", escaped(party))) : tag("Nm", escaped(party)));
              const other =
                partyAccount === undefined ? "" : tag(`${side}Acct`, tag("Id", tag("Othr", tag("Id", partyAccount))));
              return tag(
                "Ntry",
                money(minor) +
                  mark(minor) +
                  (reversal ? tag("RvslInd", "true") : "") +
                  tag("Sts", modern ? tag("Cd", "BOOK") : "BOOK") +
                  tag("BookgDt", tag("Dt", on)) +
                  tag("ValDt", tag("Dt", on)) +
                  (bankReference === undefined ? "" : tag("AcctSvcrRef", bankReference)) +
                  tag(
                    "NtryDtls",
                    tag(
                      "TxDtls",
                      (reference === undefined ? "" : tag("Refs", tag("EndToEndId", reference))) +
                        (name + other === "" ? "" : tag("RltdPties", name + other)) +
                        (text === undefined ? "" : tag("RmtInf", tag("Ustrd", escaped(text)))),
                    ),
                  ),
              );
            })
            .join(""),
      );
    })
    .join("");
  const namespace = `urn:iso:std:iso:20022:tech:xsd:camt.053.001.${version}`;
  return `${head}\n<${p}Document xmlns${prefix === "" ? "" : `:${prefix}`}="${namespace}">${tag("BkToCstmrStmt", tag("GrpHdr", tag("MsgId", "M1")) + body)}</${p}Document>`;
}

const yymmdd = (on: string) => on.slice(2).replaceAll("-", "");

/** MT940 messages, one for each statement. */
export function mt940(statements: readonly Made[], { end = "\r\n", blocks = true } = {}): string {
  return statements
    .map((made, index) => {
      const { id = `${index + 1}/1`, account = "0010001234567", currency = "IDR", opening, entries } = made;
      const days = entries.map(({ on }) => on);
      const balance = (minor: bigint, on: string) =>
        `${minor < 0n ? "D" : "C"}${yymmdd(on)}${currency}${amount(minor, ",")}`;
      const lines = [
        ":20:STARTUMS",
        `:25:${account}`,
        `:28C:${id}`,
        `:60F:${balance(opening, days[0] ?? "2025-01-01")}`,
        ...entries.flatMap(({ minor, on, text, reversal, reference = "NONREF", bankReference }) => {
          const mark = reversal ? (minor < 0n ? "RC" : "RD") : minor < 0n ? "D" : "C";
          return [
            `:61:${yymmdd(on)}${yymmdd(on).slice(2)}${mark}${amount(minor, ",")}NTRF${reference}${bankReference === undefined ? "" : `//${bankReference}`}`,
            ...(text === undefined ? [] : [`:86:${text}`]),
          ];
        }),
        `:62F:${balance(closingOf(made), days.at(-1) ?? "2025-01-01")}`,
      ];
      return blocks
        ? `{1:F01BANKIDJAAXXX0000000000}{2:O9401200250101BANKIDJAAXXX00000000002501011200N}{4:${end}${lines.join(end)}${end}-}${end}`
        : `${lines.join(end)}${end}`;
    })
    .join("");
}
