import { expect } from "chai";
import { accountDigest } from "../../../migration/mapping/keyed-digest.ts";
import type { PaperFragment } from "../../../migration/mapping/mapped.ts";
import { withoutPersonal } from "../../../migration/mapping/personal.ts";
import { budgetAccount } from "../../../server/domain/payments/budget-account.ts";
import { deductionKind } from "../../../server/domain/payments/deduction-kind.ts";
import { levelNumber } from "../../../server/domain/payments/payment-key.ts";
import { assembleDocument, type Papers, type Said } from "../../../server/integrations/finance/assemble-document.ts";
import { NIK } from "../../migration/mapping/rows.ts";

describe("the words of payments", () => {
  it("know a budget account's chart by its form", () => {
    for (const [text, account, chart] of [
      ["5.2.2.03.05", "5.2.2.03.05", "permendagri13"],
      ["5.2.2.3.5.", "5.2.2.3.5", "permendagri13"],
      ["5220305", "5.2.2.03.05", "permendagri13"],
      ["5.1.02.02.08.0009", "5.1.02.02.08.0009", "permendagri90"],
      [" 5.1.02.02.08.0009;", "5.1.02.02.08.0009", "permendagri90"],
      ["510202080009", "5.1.02.02.08.0009", "permendagri90"],
      ["018.01.06.2022.EBA.001.051.A.521211.0.1.2", "018.01.06.2022.EBA.001.051.A.521211.0.1.2", "segments12"],
      ["521211", "521211", "unknown"],
      ["5.1.02", "5.1.02", "unknown"],
      ["1.03.02.2.01.0005", "1.03.02.2.01.0005", "unknown"],
    ])
      expect(budgetAccount(text!), text).to.deep.equal({ account, chart });
  });

  it("know a deduction's kind by its name", () => {
    for (const [name, kind] of [
      ["PPN", "PPN"],
      ["Pajak Pertambahan Nilai", "PPN"],
      ["Penerimaan PFK - PPN Pusat", "PPN"],
      ["PPnBM", "other"],
      ["PPN BM", "other"],
      ["Penerimaan PFK - PPh Ps. 23", "PPh23"],
      ["PPh Pasal 21", "PPh21"],
      ["PPh21", "PPh21"],
      ["pph_22", "PPh22"],
      ["PPh Pasal 4 Ayat (2)", "PPh4(2)"],
      ["PPh Ps. 4 (2) Final", "PPh4(2)"],
      ["PPh 4(2)", "PPh4(2)"],
      ["PPh Final Jasa Konstruksi", "PPh4(2)"],
      ["Retensi 5%", "retention"],
      ["Denda keterlambatan", "fine"],
      ["Pengembalian Uang Muka", "advance"],
      ["Iuran Wajib Pegawai 1%", "other"],
      ["Penerimaan PFK - Lainnya", "other"],
      ["BPJS Kesehatan 4%", "other"],
    ])
      expect(deductionKind(name!), name).to.equal(kind);
  });

  it("level numbers of papers and of accounts", () => {
    expect(levelNumber(" 3116/ls/1.2.1.1 / XI\u20132019")).to.equal("3116/LS/1.2.1.1/XI-2019");
    const digest = accountDigest("key", "0011-22 33.44");
    for (const same of ["001122 3344", "'0011223344", "1122-3344"]) expect(accountDigest("key", same)).to.equal(digest);
    expect(accountDigest("other", "0011223344")).not.to.equal(digest);
    for (const none of ["-", "...", "123", ""]) expect(accountDigest("key", none)).to.equal(undefined);
  });

  it("strike out what leads to a person, and nothing else", () => {
    for (const [text, left] of [
      [`bayar ${NIK} utk SPK 602/7/2024`, "bayar […] utk SPK 602/7/2024"],
      ["No SP2D 250461302001528 tanggal 12-03-2024", "No SP2D 250461302001528 tanggal 12-03-2024"],
      [`${NIK} dan ${NIK}, SPK 602/7`, "[…] dan […], SPK 602/7"],
      ["hub 081234567890 atau budi@gmail.com", "hub […] atau […]"],
      ["SPK 602/7/SPK/2024 senilai Rp 1.000.000.000,00", "SPK 602/7/SPK/2024 senilai Rp 1.000.000.000,00"],
    ])
      expect(withoutPersonal(text!)).to.equal(left);
  });
});

describe("a document of several papers", () => {
  const said = (job: string, facts: Partial<PaperFragment>): Said => ({
    job,
    place: { capture: "c", at: "line 2" },
    facts: { entity: "paper", paper: "SP2D", number: "7", currency: "IDR", ...facts } as PaperFragment,
  });
  const made = (papers: Partial<Papers>) =>
    assembleDocument(
      { own: [], spm: [], spp: [], contract: [], ...papers },
      { issuer: `0x${"1".repeat(64)}`, type: "SP2D", year: 2024, agency: () => undefined },
    );
  const codes = (papers: Partial<Papers>) => {
    const document = made(papers);
    return "for" in document ? document.for : (document.exceptions ?? []).map(({ code }) => code);
  };

  it("does not count twice what two systems say of the same deductions and lines", () => {
    const document = made({
      own: [
        said("cms", {
          on: "2024-03-01",
          gross: "1000",
          net: "900",
          deductions: [{ name: "PPN", amount: "100", ntpn: "N" }],
          lines: [{ account: "5", amount: "1000" }],
        }),
        said("sipd", {
          on: "2024-03-01",
          gross: "1000",
          deductions: [
            { name: "PPN", amount: "60" },
            { name: "PPN", amount: "30" },
          ],
          lines: [{ account: "5", amount: "600" }],
        }),
      ],
    });
    expect(document).to.deep.include({
      gross: "1000",
      net: "900",
      deductions: [{ kind: "PPN", name: "PPN", amount: "100", ntpn: "N" }],
    });
    expect("lines" in document && document.lines).to.have.length(1);
    expect("exceptions" in document).to.equal(false);
  });

  it("shows what does not agree, in the words of who must act, and counts all the same", () => {
    const day = { on: "2024-03-01" };
    expect(
      codes({ own: [said("a", { ...day, gross: "5", net: "5" }), said("b", { ...day, gross: "6" })] }),
    ).to.deep.equal(["sources-differ"]);
    expect(codes({ own: [said("a", { ...day, gross: "5", net: "4" })] })).to.deep.equal(["sums-differ"]);
    expect(
      codes({ own: [said("a", { ...day, gross: "5", deductions: [{ name: "PPN", amount: "6" }] })] }),
    ).to.deep.equal(["net-negative"]);
    expect(codes({ own: [said("a", { ...day, gross: "5", lines: [{ account: "5", amount: "4" }] })] })).to.deep.equal([
      "lines-differ",
    ]);
    expect(codes({ own: [said("a", { ...day, gross: "5", cleared: "2024-02-01" })] })).to.deep.equal([
      "cleared-before-issued",
    ]);
    for (const on of ["2027-03-01", "2023-11-12", "2025-02-01"])
      expect(codes({ own: [said("a", { on, gross: "5" })] }), on).to.deep.equal(["year-differs"]);
    expect(codes({ own: [said("a", { on: "2025-01-04", gross: "5" })] })).to.deep.equal([]);
    expect(codes({ own: [said("a", { ...day, gross: "5", agency: "x" })] })).to.deep.equal(["agency-unknown"]);
    const all = made({
      own: [said("a", { on: "2027-03-01", cleared: "2024-02-01", gross: "5", net: "9", agency: "x" })],
    });
    for (const { words } of "exceptions" in all ? all.exceptions! : []) {
      expect(words.en).to.match(/must/);
      expect(words.id).to.match(/harus/);
    }
  });

  it("waits for an amount, a date, a number", () => {
    expect(codes({ own: [said("a", { on: "2024-03-01" })] })).to.equal("amount");
    expect(codes({ own: [said("a", { gross: "5" })] })).to.equal("date");
    expect(codes({ own: [said("a", { number: undefined as never, id: "5", gross: "5" })] })).to.equal("number");
    // what was paid and kept back is what was asked for
    const net = made({
      own: [said("a", { on: "2024-03-01", net: "90", deductions: [{ name: "PPN", amount: "10" }] })],
    });
    expect(net).to.include({ gross: "100", net: "90" });
  });
});
