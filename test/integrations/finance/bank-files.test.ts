import { expect } from "chai";
import fc from "fast-check";
import type { SourceRow } from "../../../migration/row.ts";
import { faultOf, files, read } from "../../migration/sources/reading.ts";
import { camt, closingOf, type Made, mt940 } from "./statements.ts";

const COLUMNS = [
  "statement",
  "account",
  "currency",
  "entryDate",
  "valueDate",
  "amount",
  "direction",
  "reversal",
  "balance",
  "bankReference",
  "reference",
  "counterparty",
  "counterpartyAccount",
  "text",
  "furtherText",
];
const named = ({ values }: SourceRow) =>
  Object.fromEntries(COLUMNS.map((name, at) => [name, values[at]]).filter(([, value]) => value !== null));

const rowsOf = async (engine: "camt053" | "mt940", content: string | Uint8Array, settings: object = {}) => {
  await using folder = await files({ "bank.txt": content });
  const source = await folder.open({ engine, path: "bank.txt", ...settings });
  return (await read(source)).rows;
};
const refusal = (engine: "camt053" | "mt940", content: string | Uint8Array, settings: object = {}) =>
  faultOf(() => rowsOf(engine, content, settings));

/** Sen that rows without a fault move. */
const moved = (rows: readonly SourceRow[]) =>
  rows
    .filter(({ faults }) => faults === undefined)
    .map(named)
    .reduce((sum, { amount, direction }) => {
      const [whole, fraction] = amount!.split(".");
      const minor = BigInt(whole! + fraction!.padEnd(2, "0"));
      return direction === "debit" ? sum - minor : sum + minor;
    }, 0n);

const two: Made = {
  opening: 100_000n,
  entries: [
    {
      minor: -25_050n,
      on: "2025-01-02",
      text: "SP2D 10236 & <lunas>",
      reference: "10236",
      party: "CV MAJU",
      partyAccount: "0099",
    },
    { minor: 5n, on: "2025-01-03", reversal: true, bankReference: "B77" },
  ],
};

describe("camt.053", () => {
  for (const version of ["02", "04", "06", "08", "10", "13"])
    it(`is read in version ${version}`, async () => {
      const rows = await rowsOf("camt053", camt([two], { version }));
      expect(rows.map(named)).to.deep.equal([
        {
          statement: "1 STM-1",
          account: "0010001234567",
          currency: "IDR",
          entryDate: "2025-01-02",
          valueDate: "2025-01-02",
          amount: "250.50",
          direction: "debit",
          reversal: "false",
          balance: "749.50",
          reference: "10236",
          counterparty: "CV MAJU",
          counterpartyAccount: "0099",
          text: "SP2D 10236 & <lunas>",
        },
        {
          statement: "1 STM-1",
          account: "0010001234567",
          currency: "IDR",
          entryDate: "2025-01-03",
          valueDate: "2025-01-03",
          amount: "0.05",
          direction: "credit",
          reversal: "true",
          balance: "749.55",
          bankReference: "B77",
        },
      ]);
    });

  it("is read with a prefix, as UTF-16 and as Windows-1252 where it says so", async () => {
    const text = { ...two, entries: [{ ...two.entries[0]!, text: "Jl. Ahmad – blok É" }] };
    expect((await rowsOf("camt053", camt([text], { prefix: "ns0" })))[0]!.values[13]).to.equal("Jl. Ahmad – blok É");
    const wide = camt([text], { head: '<?xml version="1.0" encoding="UTF-16"?>' });
    expect((await rowsOf("camt053", Buffer.from(`\ufeff${wide}`, "utf16le")))[0]!.values[13]).to.equal(
      "Jl. Ahmad – blok É",
    );
    const head = '<?xml version="1.0" encoding="windows-1252"?>';
    const bytes = Buffer.from(camt([text], { head }).replace("–", "\u0096"), "latin1");
    expect((await rowsOf("camt053", bytes))[0]!.values[13]).to.equal("Jl. Ahmad – blok É");
    // the same bytes under a false flag
    expect(await refusal("camt053", Buffer.from(camt([text]).replace("–", "\u0096"), "latin1"))).to.include({
      code: "source-damaged",
    });
  });

  it("sets aside every line of a statement that does not add up, and no other", async () => {
    const rows = await rowsOf("camt053", camt([two, { ...two, closing: 74_956n }, two]));
    expect(rows.map(({ faults }) => faults?.map(({ code }) => code))).to.deep.equal([
      undefined,
      undefined,
      ["balance-differs"],
      ["balance-differs"],
      undefined,
      undefined,
    ]);
    expect(rows[2]!.faults![0]!.found).to.equal("1000.00 + -250.45 ≠ 749.56");
  });

  it("tells of a statement without lines that does not add up, by a line of its own", async () => {
    const rows = await rowsOf(
      "camt053",
      camt([
        { opening: 5n, entries: [], closing: 6n },
        { opening: 5n, entries: [] },
      ]),
    );
    expect(rows.map(({ faults }) => faults?.[0]?.code)).to.deep.equal(["balance-differs"]);
  });

  it("refuses a statement without a balance", async () => {
    const rows = await rowsOf("camt053", camt([two]).replace("CLBD", "XPCD"));
    expect(rows.map(({ faults }) => faults?.[0]?.code)).to.deep.equal(["balance-missing", "balance-missing"]);
  });

  it("tells the payments of an entry apart where they add up to it, and else keeps the entry whole", async () => {
    const detail = (sum: string, text: string, mark = "DBIT") =>
      `<TxDtls><Refs><EndToEndId>${text}</EndToEndId></Refs><Amt Ccy="IDR">${sum}</Amt><CdtDbtInd>${mark}</CdtDbtInd><RmtInf><Ustrd>${text}</Ustrd></RmtInf></TxDtls>`;
    const batch = (details: string) =>
      camt([{ opening: 100_000n, entries: [{ minor: -30_000n, on: "2025-02-01" }] }]).replace(
        /<NtryDtls>.*<\/NtryDtls>/,
        `<NtryDtls><Btch><PmtInfId>P1</PmtInfId><NbOfTxs>2</NbOfTxs></Btch>${details}</NtryDtls>`,
      );
    const rows = await rowsOf(
      "camt053",
      batch(detail("100.00", "A") + detail("250.00", "B") + detail("50.00", "retur", "CRDT")),
    );
    expect(
      rows.map(named).map(({ amount, direction, text, balance }) => [amount, direction, text, balance]),
    ).to.deep.equal([
      ["100.00", "debit", "A", "900.00"],
      ["250.00", "debit", "B", "650.00"],
      ["50.00", "credit", "retur", "700.00"],
    ]);
    const whole = await rowsOf("camt053", batch(detail("100.00", "A") + detail("250.00", "B")));
    expect(whole.map(named).map(({ amount, text }) => [amount, text])).to.deep.equal([["300.00", "A B"]]);
    const amountsOf = camt([two]).replace(
      /<TxDtls>/,
      '<TxDtls><AmtDtls><TxAmt><Amt Ccy="IDR">250.50</Amt></TxAmt></AmtDtls>',
    );
    expect(await rowsOf("camt053", amountsOf)).to.have.length(2);
  });

  it("is read in the namespaces of banks, in an envelope, and without any; what is inside tells", async () => {
    const [xmlns] = /xmlns="[^"]*"/.exec(camt([two]))!;
    const named = (other: string) => camt([two]).replace(xmlns, other);
    for (const text of [
      named('xmlns="urn:swift:xsd:$camt.053.001.02"'),
      named('xmlns="http://bank.example/xsd/camt.053.001.08"'),
      named(""),
      camt([two], {
        prefix: "n",
        head: "<?xml version='1.0'?><e:Envelope xmlns:e='urn:x' xmlns:n='urn:iso:std:iso:20022:tech:xsd:camt.053.001.08'><e:Header/>",
      })
        .replace(/ xmlns:n="[^"]*"/, "")
        .concat("</e:Envelope>"),
    ])
      expect(moved(await rowsOf("camt053", text)), text.slice(0, 200)).to.equal(-25_045n);
    expect((await refusal("camt053", "<Document><CstmrCdtTrfInitn/></Document>")).text).to.contain("no camt.053");
  });

  it("tells a bank's charges apart from the payments of a batch, and payments by what was instructed", async () => {
    const batch = camt([{ opening: 100_000n, entries: [{ minor: -30_600n, on: "2025-02-01" }] }]);
    const detail = (sum: string, more = "") =>
      `<TxDtls><AmtDtls><InstdAmt><Amt Ccy="IDR">${sum}</Amt></InstdAmt></AmtDtls>${more}<RmtInf><Ustrd>SP2D ${sum}</Ustrd></RmtInf></TxDtls>`;
    for (const charges of [
      [
        "<Chrgs><TtlChrgsAndTaxAmt Ccy='IDR'>6.00</TtlChrgsAndTaxAmt><Rcrd><Amt Ccy='IDR'>6.00</Amt></Rcrd></Chrgs>",
        "",
      ],
      ["", "<Chrgs><Rcrd><Amt Ccy='IDR'>2.00</Amt></Rcrd><Rcrd><Amt Ccy='IDR'>4.00</Amt></Rcrd></Chrgs>"],
      ["<Chrgs><Amt Ccy='IDR'>6</Amt></Chrgs>", ""],
    ] as const) {
      const rows = await rowsOf(
        "camt053",
        batch.replace(
          /<NtryDtls>.*<\/NtryDtls>/,
          `${charges[0]}<NtryDtls>${detail("100.00", charges[1])}${detail("200.00")}</NtryDtls>`,
        ),
      );
      expect(rows.map(named).map(({ amount, text }) => [amount, text])).to.deep.equal([
        ["100.00", "SP2D 100.00"],
        ["200.00", "SP2D 200.00"],
        ["6.00", "Biaya bank"],
      ]);
    }
  });

  it("leaves out entries that are pending, which are in no balance", async () => {
    const pending = camt([two]).replace(
      "</Stmt>",
      '<Ntry><Amt Ccy="IDR">9.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>PDNG</Cd></Sts><BookgDt><Dt>2025-01-03</Dt></BookgDt></Ntry></Stmt>',
    );
    expect((await rowsOf("camt053", pending)).map(({ faults }) => faults)).to.deep.equal([undefined, undefined]);
  });

  it("refuses by name: DOCTYPE, entities, other messages, no bytes, half a file, endless texts and depths", async () => {
    const doctype = camt([two], { head: '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]>' });
    expect((await refusal("camt053", doctype)).text).to.contain("DOCTYPE");
    expect((await refusal("camt053", camt([two]).replace("SP2D", "&jahat;"))).code).to.equal("source-damaged");
    const other = camt([two]).replace("camt.053.001.08", "camt.052.001.08");
    expect((await refusal("camt053", other)).text).to.contain("camt.052.001.08");
    expect((await refusal("camt053", camt([two], { version: "01" }))).text).to.contain("camt.053.001.01");
    expect((await refusal("camt053", "")).text).to.contain("0 bytes");
    expect((await refusal("camt053", camt([two]).slice(0, 900))).code).to.equal("source-damaged");
    expect((await refusal("camt053", "<html><body>Maaf</body></html>")).code).to.equal("source-damaged");
    expect((await refusal("camt053", `<a>${"x".repeat(3 << 20)}`)).code).to.equal("source-damaged");
    expect((await refusal("camt053", camt([two]).replace("<Ntry>", `<Ntry>${"<x>".repeat(100)}`))).text).to.contain(
      "deeply",
    );
  });

  it("takes no number for a float and no id for a number", async () => {
    const large: Made = {
      account: "007",
      opening: 0n,
      entries: [{ minor: 9_007_199_254_740_993_11n, on: "2025-01-02" }],
    };
    const [row] = await rowsOf("camt053", camt([large]));
    expect(named(row!)).to.include({ amount: "9007199254740993.11", account: "007" });
  });
});

describe("MT940", () => {
  for (const [name, end, blocks] of [
    ["CRLF and blocks", "\r\n", true],
    ["LF alone", "\n", false],
    ["CR alone", "\r", true],
    ["LF and blocks", "\n", true],
  ] as const)
    it(`is read with ${name}`, async () => {
      const rows = await rowsOf("mt940", mt940([two, two], { end, blocks }));
      expect(rows).to.have.length(4);
      expect(named(rows[0]!)).to.deep.equal({
        statement: "1 1/1 2025-01-02",
        account: "0010001234567",
        currency: "IDR",
        entryDate: "2025-01-02",
        valueDate: "2025-01-02",
        amount: "250.50",
        direction: "debit",
        reversal: "false",
        balance: "749.50",
        reference: "10236",
        text: "SP2D 10236 & <lunas>",
      });
      expect(named(rows[3]!)).to.include({ direction: "credit", reversal: "true", bankReference: "B77" });
      expect(rows.every(({ faults }) => faults === undefined)).to.equal(true);
    });

  const message = (entries: string, closing: string) =>
    `:20:X\n:25:BANKIDJA/0010001234567IDR\n:28C:5/1\n:60F:C250101IDR1000,\n${entries}\n:62F:${closing}\n`;

  it("reads every form of field 61", async () => {
    const rows = await rowsOf(
      "mt940",
      message(
        [
          ":61:250102D100,NMSCNONREF",
          ":61:2501020103CR50,5NTRF10236/SP2D//BREF",
          ":61:250102RC10,NTRFx",
          ":61:250102RDR20,25S103y//z",
          ":61:2501030102C1,NTRFabc",
          "tambahan dari bank",
          ":61:250103EC999,NTRFnanti",
          ":61:250104C0,00",
        ].join("\n"),
        "C250104IDR961,75",
      ),
    );
    expect(
      rows
        .map(named)
        .map(({ entryDate, amount, direction, reversal, reference, bankReference, furtherText }) => [
          entryDate,
          amount,
          direction,
          reversal,
          reference,
          bankReference,
          furtherText,
        ]),
    ).to.deep.equal([
      ["2025-01-02", "100.00", "debit", "false", "NONREF", undefined, undefined],
      ["2025-01-03", "50.50", "credit", "false", "10236/SP2D", "BREF", undefined],
      ["2025-01-02", "10.00", "debit", "true", "x", undefined, undefined],
      ["2025-01-02", "20.25", "credit", "true", "y", "z", undefined],
      ["2025-01-02", "1.00", "credit", "false", "abc", undefined, "tambahan dari bank"],
      ["2025-01-04", "0.00", "credit", "false", undefined, undefined, undefined],
    ]);
    expect(rows.every(({ faults }) => faults === undefined)).to.equal(true);
    expect(named(rows[0]!).account).to.equal("0010001234567");
  });

  it("reads what banks write otherwise: letters of the currency, years in full, points, zeros, blanks, several fields 86", async () => {
    const statement = (balance: (amount: string) => string, lines: string[], account = "0010001234567") =>
      [":20:X", `:25:${account}`, ":28C:1/1", `:60F:${balance("1")}`, ...lines, `:62F:${balance("2")}`, "-", ""].join(
        "\n",
      );
    const plain = (of: string) => `C250102IDR${of === "1" ? "1000000" : "750000"},00`;
    for (const [what, text] of [
      ["two letters", statement(plain, [":61:2501020102DDR250000,00NTRFA", ":86:SP2D", ":86:417"])],
      ["three letters", statement(plain, [":61:2501020102DIDR250000,00NTRFA", ":86:SP2D 417"])],
      [
        "years in full",
        statement((of) => plain(of).replace("250102", "20250102"), [":61:202501020102D250000,NTRFA", ":86:SP2D 417"]),
      ],
      [
        "points",
        statement(
          (of) => (of === "1" ? "C250102IDR1.000.000,00" : "C250102IDR750.000"),
          [":61:250102D250.000NTRFA", ":86:SP2D 417"],
        ),
      ],
      [
        "commas",
        statement(
          (of) => (of === "1" ? "C250102IDR1,000,000.00" : "C250102IDR750,000.00"),
          [":61:250102D250,000.00NTRFA", ":86:SP2D 417"],
        ),
      ],
      [
        "zeros and blanks",
        statement(
          (of) => plain(of).replace("IDR", "IDR 000000000000"),
          [":61:250102D 000000000000250000,00NTRFA", ":86:SP2D 417"],
          "0010001234567/IDR",
        ),
      ],
      ["indented", statement(plain, [":61:250102D250000,00NTRFA", ":86:SP2D 417"]).replaceAll(/^:/gm, " :")],
      ["a rule inside a text", statement(plain, [":61:250102D250000,00NTRFA", ":86:SP2D", "-", "417"])],
    ] as const) {
      const rows = (await rowsOf("mt940", text)).map((row) => ({ ...named(row), faults: row.faults }));
      expect(rows, what).to.have.length(1);
      expect(rows[0], what).to.deep.include({ amount: "250000.00", account: "0010001234567", faults: undefined });
      expect(rows[0], what)
        .to.have.property("text")
        .that.matches(/^SP2D -? ?417$/);
    }
    // who is paid and who pays stand under the same words
    const both = "/ORDP//NAME/PEMKAB/ACCT/1/BENM//NAME/CV ABC/ACCT/99887766/REMI/SP2D 9";
    for (const [mark, counterparty, left] of [
      ["D", "CV ABC", "750000"],
      ["C", "PEMKAB", "1250000"],
    ] as const) {
      const text = statement(
        (of) => `C250102IDR${of === "1" ? "1000000" : left},00`,
        [`:61:250102${mark}250000,00NTRFA`, `:86:${both}`],
      );
      expect(named((await rowsOf("mt940", text))[0]!)).to.include({ counterparty, text: "SP2D 9" });
    }
  });

  it("puts an entry at the turn of the year into the right one", async () => {
    const rows = await rowsOf(
      "mt940",
      message(":61:2412310102D1,NTRFa\n:61:2501021231D1,NTRFb\n:61:2402290229D1,NTRFc", "C250102IDR997,"),
    );
    expect(rows.map(named).map(({ entryDate }) => entryDate)).to.deep.equal(["2025-01-02", "2024-12-31", "2024-02-29"]);
  });

  it("reads field 86 in numbered parts, under code words and as free text", async () => {
    const rows = await rowsOf(
      "mt940",
      message(
        [
          ":61:250102D1,NTRFa",
          ":86:166?00TRANSFER?20PEMBAYARAN SPK 602/12/S",
          "PK/2025 TERMIN?21 II?30BCA?310099887766?32CV MAJU?33 JAYA?60 LUNAS",
          ":61:250102D1,NTRFNONREF",
          ":86:/EREF/10236/REMI/Bayar SPK 602//NAME/PT X/",
          ":61:250102D1,NTRFb",
          `:86:${"A".repeat(60)} 602/`,
          "7/SPK akhir",
          "baris kedua",
        ].join("\n"),
        "C250104IDR997,",
      ),
    );
    expect(
      rows.map(named).map(({ text, counterparty, counterpartyAccount, reference }) => ({
        text,
        counterparty,
        counterpartyAccount,
        reference,
      })),
    ).to.deep.equal([
      {
        text: "PEMBAYARAN SPK 602/12/SPK/2025 TERMIN II LUNAS",
        counterparty: "CV MAJU JAYA",
        counterpartyAccount: "0099887766",
        reference: "a",
      },
      { text: "Bayar SPK 602", counterparty: "PT X", counterpartyAccount: undefined, reference: "10236" },
      {
        text: `${"A".repeat(60)} 602/7/SPK akhir baris kedua`,
        counterparty: undefined,
        counterpartyAccount: undefined,
        reference: "b",
      },
    ]);
  });

  it("reads statements that go on in the next message, and checks each part", async () => {
    const first = message(":61:250102D100,NTRFa", "C250102IDR900,").replace(":62F:", ":62M:");
    const second = message(":61:250102D100,NTRFa", "C250102IDR800,")
      .replace(":60F:C250101IDR1000,", ":60M:C250102IDR900,")
      .replace("5/1", "5/2");
    const rows = await rowsOf("mt940", first + second);
    expect(rows.map(named).map(({ balance, statement }) => [balance, statement])).to.deep.equal([
      ["900.00", "1 5/1 2025-01-01"],
      ["800.00", "2 5/2 2025-01-02"],
    ]);
    const broken = await rowsOf("mt940", first + second.replace("IDR800", "IDR801"));
    expect(broken.map(({ faults }) => faults?.[0]?.code)).to.deep.equal([undefined, "balance-differs"]);
  });

  it("sets aside a statement with a part that cannot be read, whole, and no other", async () => {
    const bad = message(":61:250102D100,NTRFa\n:61:rusak", "C250102IDR900,");
    const rows = await rowsOf("mt940", bad + message(":61:250102D100,NTRFa", "C250102IDR900,"));
    expect(rows.map(({ faults }) => faults?.[0]?.code)).to.deep.equal(["statement-damaged", undefined]);
    const noDay = message(":61:250230D100,NTRFa", "C250102IDR900,");
    expect((await rowsOf("mt940", noDay)).map(({ faults }) => faults?.[0]?.code)).to.deep.equal(["statement-damaged"]);
    const currencies = message(":61:250102D100,NTRFa", "C250102USD900,");
    expect((await rowsOf("mt940", currencies)).map(({ faults }) => faults?.[0]?.code)).to.deep.equal([
      "statement-damaged",
    ]);
    const open = message(":61:250102D100,NTRFa", "C250102IDR900,").replace(/:62F:.*\n/, "");
    expect((await rowsOf("mt940", open)).map(({ faults }) => faults?.[0]?.code)).to.deep.equal(["balance-missing"]);
  });

  it("refuses by name: no bytes, other files, other encodings, endless lines and fields", async () => {
    expect((await refusal("mt940", "")).text).to.contain("0 bytes");
    expect((await refusal("mt940", "<html>Maaf</html>\n")).text).to.contain("MT940");
    const latin = Buffer.from(mt940([{ ...two, entries: [{ ...two.entries[0]!, text: "É" }] }]), "latin1");
    expect((await refusal("mt940", latin)).text).to.contain("utf-8");
    expect((await rowsOf("mt940", latin, { encoding: "windows-1252" }))[0]!.values[13]).to.equal("É");
    expect((await refusal("mt940", "x".repeat(100_000))).code).to.equal("source-damaged");
    const endless = message(`:61:250102D100,NTRFa\n:86:${"baris\n".repeat(600)}`, "C250102IDR900,");
    expect((await refusal("mt940", endless)).code).to.equal("source-damaged");
  });

  it("is read with a mark at its start and as UTF-16", async () => {
    expect(await rowsOf("mt940", `\ufeff${mt940([two], { blocks: false })}`)).to.have.length(2);
    const wide = Buffer.from(`\ufeff${mt940([two])}`, "utf16le");
    expect(await rowsOf("mt940", wide, { encoding: "utf-16le" })).to.have.length(2);
    expect(await rowsOf("mt940", wide.swap16(), { encoding: "utf-16be" })).to.have.length(2);
  });
});

describe("readers of bank statements, with anything", function () {
  this.timeout(120_000);
  const day = fc
    .integer({ min: 0, max: 364 })
    .map((at) => new Date(Date.UTC(2025, 0, 1 + at)).toISOString().slice(0, 10));
  const entry = fc.record(
    {
      minor: fc.bigInt({ min: -(10n ** 13n), max: 10n ** 13n }),
      on: day,
      text: fc.stringMatching(/^[A-Za-z0-9 ?/.,]{1,60}$/),
      reversal: fc.boolean(),
      reference: fc.stringMatching(/^[A-Z0-9]{1,12}$/),
    },
    { requiredKeys: ["minor", "on"] },
  );
  const statement = fc.record({
    opening: fc.bigInt({ min: -(10n ** 13n), max: 10n ** 13n }),
    entries: fc.array(entry, { maxLength: 8 }),
  });
  const made = fc.array(statement, { minLength: 1, maxLength: 4 });
  const formats = [
    ["camt053", (all: Made[]) => camt(all)],
    ["mt940", (all: Made[]) => mt940(all)],
  ] as const;

  for (const [engine, write] of formats) {
    it(`${engine}: every statement that adds up is read to the sen`, async () => {
      await fc.assert(
        fc.asyncProperty(made, async (all) => {
          const rows = await rowsOf(engine, write(all));
          expect(rows.filter(({ faults }) => faults !== undefined)).to.deep.equal([]);
          expect(rows).to.have.length(all.flatMap(({ entries }) => entries).length);
          expect(moved(rows)).to.equal(all.reduce((sum, each) => sum + closingOf(each) - each.opening, 0n));
        }),
        { numRuns: 60 },
      );
    });

    it(`${engine}: bytes changed, lost or put in never crash it and never give a wrong sum`, async () => {
      const change = fc.record({ at: fc.nat(), drop: fc.nat({ max: 40 }), put: fc.string({ maxLength: 8 }) });
      await fc.assert(
        fc.asyncProperty(made, fc.array(change, { minLength: 1, maxLength: 4 }), async (all, changes) => {
          let text = write(all);
          for (const { at, drop, put } of changes) {
            const place = at % text.length;
            text = text.slice(0, place) + put + text.slice(place + drop);
          }
          let rows: SourceRow[];
          try {
            rows = await rowsOf(engine, text);
          } catch (error) {
            expect((error as { code?: string }).code, String(error)).to.match(/^source-/);
            return;
          }
          // of each statement that counts, its lines lead from the balance before the first to that after the last
          const balances = new Map<string, bigint[]>();
          for (const row of rows) {
            if (row.faults !== undefined) continue;
            const { statement: name, amount, direction, balance } = named(row);
            const list = balances.get(name!) ?? [];
            const minor = (plain: string) =>
              BigInt(
                plain
                  .replace("-", "")
                  .split(".")
                  .map((part, index) => (index === 0 ? part : part.padEnd(5, "0")))
                  .join(""),
              ) * (plain.startsWith("-") ? -1n : 1n);
            const now = minor(balance!);
            const signed = direction === "debit" ? -minor(amount!) : minor(amount!);
            if (list.length > 0) expect(now - list.at(-1)!).to.equal(signed);
            balances.set(name!, [...list, now]);
          }
        }),
        { numRuns: 150 },
      );
    });

    it(`${engine}: takes no bytes at all for a statement`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async (bytes) => {
          expect((await refusal(engine, bytes)).code).to.match(/^source-/);
        }),
        { numRuns: 60 },
      );
    });
  }
});
