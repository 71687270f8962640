import { expect } from "chai";
import fc from "fast-check";
import { SaxesParser } from "saxes";
import type { ProblemError } from "../../../server/domain/problems.ts";
import { bankText } from "../../../server/integrations/requests/bank-text.ts";
import { declaredFile, layoutSchema, TooWide } from "../../../server/integrations/requests/declared-layout.ts";
import type { HandedFile } from "../../../server/integrations/requests/handed-file.ts";
import { pain001 } from "../../../server/integrations/requests/pain-001.ts";
import { readPain002 } from "../../../server/integrations/requests/pain-002.ts";

/** What leaves and what comes back: pain.001 held against the order and the types of the ISO schema, and refusals. */

// Elements of pain.001.001.09 that we write or could: children in the order of the schema, with how often each stands.
// Types by name: their text has a length or a form of its own.
type Child = readonly [name: string, type: string, least: number, most: number];
const SCHEMA: Readonly<Record<string, readonly Child[]>> = {
  Document: [["CstmrCdtTrfInitn", "Initiation", 1, 1]],
  Initiation: [
    ["GrpHdr", "GroupHeader85", 1, 1],
    ["PmtInf", "PaymentInstruction30", 1, Number.POSITIVE_INFINITY],
    ["SplmtryData", "Any", 0, Number.POSITIVE_INFINITY],
  ],
  GroupHeader85: [
    ["MsgId", "Max35Text", 1, 1],
    ["CreDtTm", "ISODateTime", 1, 1],
    ["Authstn", "Any", 0, 2],
    ["NbOfTxs", "Max15NumericText", 1, 1],
    ["CtrlSum", "DecimalNumber", 0, 1],
    ["InitgPty", "PartyIdentification135", 1, 1],
    ["FwdgAgt", "Any", 0, 1],
    ["InitnSrc", "Any", 0, 1],
  ],
  PaymentInstruction30: [
    ["PmtInfId", "Max35Text", 1, 1],
    ["PmtMtd", "PaymentMethod3Code", 1, 1],
    ["BtchBookg", "Boolean", 0, 1],
    ["NbOfTxs", "Max15NumericText", 0, 1],
    ["CtrlSum", "DecimalNumber", 0, 1],
    ["PmtTpInf", "Any", 0, 1],
    ["ReqdExctnDt", "DateAndDateTime2Choice", 1, 1],
    ["PoolgAdjstmntDt", "Any", 0, 1],
    ["Dbtr", "PartyIdentification135", 1, 1],
    ["DbtrAcct", "CashAccount38", 1, 1],
    ["DbtrAgt", "BranchAndFinancialInstitutionIdentification6", 1, 1],
    ["DbtrAgtAcct", "Any", 0, 1],
    ["InstrForDbtrAgt", "Any", 0, 1],
    ["UltmtDbtr", "Any", 0, 1],
    ["ChrgBr", "Any", 0, 1],
    ["ChrgsAcct", "Any", 0, 1],
    ["ChrgsAcctAgt", "Any", 0, 1],
    ["CdtTrfTxInf", "CreditTransferTransaction34", 1, Number.POSITIVE_INFINITY],
  ],
  CreditTransferTransaction34: [
    ["PmtId", "PaymentIdentification6", 1, 1],
    ["PmtTpInf", "Any", 0, 1],
    ["Amt", "AmountType4Choice", 1, 1],
    ["XchgRateInf", "Any", 0, 1],
    ["ChrgBr", "Any", 0, 1],
    ["MndtRltdInf", "Any", 0, 1],
    ["ChqInstr", "Any", 0, 1],
    ["UltmtDbtr", "Any", 0, 1],
    ["IntrmyAgt1", "Any", 0, 1],
    ["CdtrAgt", "BranchAndFinancialInstitutionIdentification6", 0, 1],
    ["CdtrAgtAcct", "Any", 0, 1],
    ["Cdtr", "PartyIdentification135", 0, 1],
    ["CdtrAcct", "CashAccount38", 0, 1],
    ["UltmtCdtr", "Any", 0, 1],
    ["InstrForCdtrAgt", "Any", 0, Number.POSITIVE_INFINITY],
    ["Purp", "Any", 0, 1],
    ["RmtInf", "RemittanceInformation16", 0, 1],
  ],
  PaymentIdentification6: [
    ["InstrId", "Max35Text", 0, 1],
    ["EndToEndId", "Max35Text", 1, 1],
    ["UETR", "Any", 0, 1],
  ],
  AmountType4Choice: [["InstdAmt", "ActiveOrHistoricCurrencyAndAmount", 1, 1]],
  DateAndDateTime2Choice: [["Dt", "ISODate", 1, 1]],
  PartyIdentification135: [
    ["Nm", "Max140Text", 0, 1],
    ["PstlAdr", "Any", 0, 1],
    ["Id", "Any", 0, 1],
  ],
  CashAccount38: [
    ["Id", "AccountIdentification4Choice", 1, 1],
    ["Tp", "Any", 0, 1],
    ["Ccy", "CurrencyCode", 0, 1],
    ["Nm", "Any", 0, 1],
  ],
  AccountIdentification4Choice: [["Othr", "GenericAccountIdentification1", 1, 1]],
  GenericAccountIdentification1: [["Id", "Max34Text", 1, 1]],
  BranchAndFinancialInstitutionIdentification6: [["FinInstnId", "FinancialInstitutionIdentification18", 1, 1]],
  FinancialInstitutionIdentification18: [
    ["BICFI", "BICFIDec2014Identifier", 0, 1],
    ["ClrSysMmbId", "ClearingSystemMemberIdentification2", 0, 1],
    ["LEI", "Any", 0, 1],
    ["Nm", "Max140Text", 0, 1],
  ],
  ClearingSystemMemberIdentification2: [
    ["ClrSysId", "Any", 0, 1],
    ["MmbId", "Max35Text", 1, 1],
  ],
  RemittanceInformation16: [
    ["Ustrd", "Max140Text", 0, Number.POSITIVE_INFINITY],
    ["Strd", "Any", 0, Number.POSITIVE_INFINITY],
  ],
};
const FORMS: Readonly<Record<string, RegExp>> = {
  Max34Text: /^.{1,34}$/s,
  Max35Text: /^.{1,35}$/s,
  Max140Text: /^.{1,140}$/s,
  Max15NumericText: /^[0-9]{1,15}$/,
  DecimalNumber: /^(?=[0-9.]{1,19}$)[0-9]+(\.[0-9]+)?$/,
  ActiveOrHistoricCurrencyAndAmount: /^(?=[0-9.]{1,19}$)[0-9]+(\.[0-9]{1,5})?$/,
  ISODate: /^\d{4}-\d{2}-\d{2}$/,
  ISODateTime: /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(Z|[+-]\d{2}:\d{2})$/,
  PaymentMethod3Code: /^(CHK|TRF|TRA)$/,
  Boolean: /^(true|false)$/,
  CurrencyCode: /^[A-Z]{3}$/,
  BICFIDec2014Identifier: /^[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?$/,
};
/** Of every text beside numbers: the set that all systems carry. */
const CARRIED = /^[A-Za-z0-9/\-?:().,'+ ]*$/;

type Node = { name: string; attributes: Record<string, string>; children: Node[]; text: string };

function parsed(xml: string): Node {
  const root: Node = { name: "", attributes: {}, children: [], text: "" };
  const open: Node[] = [root];
  const parser = new SaxesParser({ xmlns: true });
  parser.on("error", (error) => {
    throw error;
  });
  parser.on("opentag", ({ name, attributes, uri }) => {
    expect(uri).to.equal("urn:iso:std:iso:20022:tech:xsd:pain.001.001.09");
    const values = Object.entries(attributes).map(([key, { value }]) => [key, value]);
    const node: Node = { name, attributes: Object.fromEntries(values), children: [], text: "" };
    open.at(-1)!.children.push(node);
    open.push(node);
  });
  parser.on("text", (text) => {
    open.at(-1)!.text += text;
  });
  parser.on("closetag", () => open.pop());
  parser.write(xml).close();
  return root.children[0]!;
}

/** Holds a node against its type: children in order and number, texts in their form. */
function holds(node: Node, type: string, path = node.name): void {
  const children = SCHEMA[type];
  if (children === undefined) {
    expect(
      node.children.map(({ name }) => name),
      path,
    ).to.deep.equal([]);
    expect(FORMS[type], `${path} is of no known type`).to.not.equal(undefined);
    expect(node.text, path).to.match(FORMS[type]!);
    expect(node.text, path).to.match(CARRIED);
    return;
  }
  let at = 0;
  for (const [name, of, least, most] of children) {
    let count = 0;
    for (; node.children[at]?.name === name; at++, count++) holds(node.children[at]!, of, `${path}/${name}`);
    expect(count, `${path}/${name}`).to.be.within(least, most);
  }
  expect(node.children[at]?.name, `${path}: out of order or unknown`).to.equal(undefined);
}
const all = (node: Node, name: string): Node[] => [
  ...(node.name === name ? [node] : []),
  ...node.children.flatMap((child) => all(child, name)),
];

const file = (more: Partial<HandedFile> = {}): HandedFile => ({
  messageId: "PRS-20260302-0123456789ABCDEF0123",
  createdAt: Date.parse("2026-03-01T03:00:00Z"),
  executeOn: "2026-03-02",
  currency: "IDR",
  debtor: { name: "Kas Daerah Tirtaraya", account: "00199887766", bank: "110" },
  instructions: [
    {
      ...{ endToEndId: "PRS0123456789", amount: 1_250_000_50n, contractId: "07/SPK/2026", certificate: "BAP-1" },
      payee: { name: "PT Batu", account: "0012345678901", bank: "BBRIIDJA" },
      purpose: "07/SPK/2026 BAP-1",
    },
  ],
  ...more,
});

describe("pain.001", () => {
  it("has the elements of the schema in its order, with control sums over what is written", () => {
    const document = parsed(pain001(file()));
    holds(document, "Document");
    expect(all(document, "CtrlSum").map(({ text }) => text)).to.deep.equal(["1250000.50", "1250000.50"]);
    expect(all(document, "InstdAmt").map(({ text, attributes }) => [text, attributes.Ccy])).to.deep.equal([
      ["1250000.50", "IDR"],
    ]);
    expect(all(document, "BICFI").map(({ text }) => text)).to.deep.equal(["BBRIIDJA"]);
    expect(all(document, "MmbId").map(({ text }) => text)).to.deep.equal(["110"]);
  });

  it("writes whole rupiah where the bank takes no sen, and never drops any", () => {
    const [instruction] = file().instructions;
    const whole = file({ instructions: [{ ...instruction!, amount: 1_250_000_00n }] });
    expect(all(parsed(pain001(whole, { decimals: 0 })), "InstdAmt")[0]!.text).to.equal("1250000");
    expect(() => pain001(file(), { decimals: 0 })).to.throw(RangeError);
  });

  it("holds whatever names and purposes people have, within the limits, and adds up", () => {
    const odd = fc.oneof(
      fc.string({ unit: "grapheme", maxLength: 300 }),
      fc.constantFrom("<&>\"'", "=SUM(A1)", "\u202eabc", "ÄÖÜ ß é ñ 漢字 🏗️", "", "   ", "]]>", "\u0000\u0007"),
    );
    const instruction = fc.record({
      endToEndId: fc.stringMatching(/^[A-Z0-9]{1,35}$/),
      amount: fc.bigInt({ min: 1n, max: 10n ** 13n }),
      payee: fc.record({
        name: odd,
        account: fc.stringMatching(/^[0-9]{1,34}$/),
        bank: fc.constantFrom("BBRIIDJA", "008", "BNINIDJAXXX"),
      }),
      ...{ purpose: odd, contractId: odd, certificate: odd },
    });
    fc.assert(
      fc.property(fc.array(instruction, { minLength: 1, maxLength: 20 }), odd, (instructions, name) => {
        const document = parsed(pain001(file({ instructions, debtor: { ...file().debtor, name } })));
        holds(document, "Document");
        const cents = (text: string) => BigInt(text.replace(".", ""));
        const sum = all(document, "InstdAmt").reduce((total, { text }) => total + cents(text), 0n);
        for (const { text } of all(document, "CtrlSum")) expect(cents(text)).to.equal(sum);
        for (const { text } of all(document, "NbOfTxs")) expect(text).to.equal(String(instructions.length));
      }),
      { numRuns: 200 },
    );
  });

  it("has texts as banks take them", () => {
    expect(bankText("PT. Café & Söhne – “Öl”_2", 140)).to.equal("PT. Cafe + Sohne - .Ol.-2");
    expect(bankText("=HYPERLINK(1)", 140)).to.equal(".HYPERLINK(1)");
    expect(bankText("+62 812", 140)).to.equal("62 812");
    expect(bankText("  a\t\n b ", 140)).to.equal("a b");
    expect(bankText("x".repeat(200), 35)).to.have.length(35);
  });
});

describe("files by a declared layout", () => {
  const csv = layoutSchema.parse({
    form: "csv",
    delimiter: ";",
    header: true,
    first: [{ text: "H" }, { field: "messageId" }, { field: "count" }, { field: "sum" }],
    payment: [
      { text: "D" },
      { field: "sequence" },
      { field: "payeeName", name: "nama" },
      { field: "payeeAccount" },
      { field: "amount" },
      { field: "executeOn", date: "DD/MM/YYYY" },
    ],
  });
  it("are separated, with their header, and quoted where a cell has the separator", () => {
    const [instruction] = file().instructions;
    const made = declaredFile(
      file({ instructions: [{ ...instruction!, payee: { ...instruction!.payee, name: '=A;B, "C"' } }] }),
      csv,
    );
    expect(made).to.equal(
      ";sequence;nama;payeeAccount;amount;executeOn\r\nH;PRS-20260302-0123456789ABCDEF0123;1;1250000.50\r\nD;1;.A.B, .C.;0012345678901;1250000.50;02/03/2026\r\n",
    );
  });

  const fixed = (account: number) =>
    layoutSchema.parse({
      form: "fixed",
      implied: true,
      newline: "\n",
      payment: [
        { field: "payeeAccount", width: account },
        { field: "amount", width: 15, align: "right", pad: "0" },
        { field: "payeeName", width: 5 },
        { field: "executeOn", width: 8, date: "YYYYMMDD" },
      ],
      last: [
        { text: "T", width: 1 },
        { field: "count", width: 6, align: "right", pad: "0" },
      ],
    });
  it("are of fixed width: numbers filled from the left, names cut, accounts never", () => {
    expect(declaredFile(file(), fixed(16))).to.equal("0012345678901   000000125000050PT Ba20260302\nT000001\n");
    expect(() => declaredFile(file(), fixed(12)))
      .to.throw(TooWide)
      .with.property("field", "payeeAccount");
  });

  it("are declared whole: a column has a field or a text, and a fixed one its width", () => {
    expect(layoutSchema.safeParse({ form: "csv", payment: [{}] }).success).to.equal(false);
    expect(layoutSchema.safeParse({ form: "csv", payment: [{ field: "amount", text: "x" }] }).success).to.equal(false);
    expect(layoutSchema.safeParse({ form: "fixed", payment: [{ field: "amount" }] }).success).to.equal(false);
    expect(layoutSchema.safeParse({ form: "csv", payment: [{ field: "nik" }] }).success).to.equal(false);
  });
});

describe("pain.002", () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  const report = (inner: string, version = "10") =>
    bytes(
      `<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.${version}"><CstmrPmtStsRpt>${inner}</CstmrPmtStsRpt></Document>`,
    );
  const original =
    "<OrgnlGrpInfAndSts><OrgnlMsgId>M</OrgnlMsgId><GrpSts>RJCT</GrpSts><StsRsnInf><Rsn><Prtry>X9</Prtry></Rsn></StsRsnInf></OrgnlGrpInfAndSts>";

  it("is read in each of its versions, with a payment information's status for payments that have none", () => {
    const payment =
      "<OrgnlPmtInfAndSts><PmtInfSts>ACCP</PmtInfSts><TxInfAndSts><OrgnlEndToEndId>E</OrgnlEndToEndId></TxInfAndSts></OrgnlPmtInfAndSts>";
    for (const version of ["03", "10", "12"]) {
      const read = readPain002(
        report(`<GrpHdr><MsgId>B</MsgId><CreDtTm>2026-03-02T09:00:00</CreDtTm></GrpHdr>${original}${payment}`, version),
      );
      expect(read).to.deep.include({ messageId: "B", original: "M", group: "RJCT", reasons: [{ code: "X9" }] });
      // without an offset it is told in western Indonesia
      expect(read.createdAt).to.equal(Date.parse("2026-03-02T02:00:00Z"));
      expect(read.payments).to.deep.equal([{ endToEndId: "E", status: "ACCP", reasons: [] }]);
    }
  });

  it("is refused with a DOCTYPE, broken, of another kind, not UTF-8, empty, deep or large", () => {
    const bomb = '<!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>';
    const whole = new TextDecoder().decode(report(original));
    for (const [name, bad] of Object.entries({
      doctype: bytes(`${bomb}${whole}`),
      external: bytes(`<!DOCTYPE d SYSTEM "file:///etc/passwd">${whole}`),
      broken: bytes(whole.slice(0, -12)),
      entity: bytes(whole.replace("RJCT", "&x;")),
      other: bytes(whole.replaceAll("pain.002", "pain.001")),
      html: bytes("<html><body>Error</body></html>"),
      latin: Uint8Array.from([...whole].map((sign) => (sign === "M" ? 0xe9 : sign.charCodeAt(0)))),
      empty: new Uint8Array(),
      blank: bytes(" \n"),
      deep: report(`${"<a>".repeat(50)}${"</a>".repeat(50)}`),
      noOriginal: report("<GrpHdr><MsgId>B</MsgId></GrpHdr>"),
      large: new Uint8Array(16 * 1024 * 1024 + 1).fill(32),
    })) {
      let fault: ProblemError | undefined;
      try {
        readPain002(bad);
      } catch (error) {
        fault = error as ProblemError;
      }
      expect(fault?.code, name).to.equal("acknowledgement-unreadable");
      expect(fault!.detail.id, name).to.not.equal(fault!.detail.en);
    }
  });

  it("never dies otherwise, whatever bytes come", () => {
    const whole = report(`<GrpHdr><MsgId>B</MsgId></GrpHdr>${original}`);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 6 }), (changes) => {
        const bent = Uint8Array.from(whole);
        for (const [at, value] of changes) bent[at] = value;
        try {
          readPain002(bent);
        } catch (error) {
          expect((error as ProblemError).code).to.equal("acknowledgement-unreadable");
        }
      }),
      { numRuns: 500 },
    );
  });
});
