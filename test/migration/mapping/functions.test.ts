import { expect } from "chai";
import {
  type DateFormat,
  dateOf,
  daysOf,
  formOf,
  isPlaceholder,
  isTidy,
  keyOf,
  listOf,
  type MoneyFormat,
  membersOf,
  moneyOf,
  npwpOf,
  plainAmount,
  roundHalfEven,
  STEPS,
  spelledNumber,
  Unreadable,
} from "../../../migration/mapping/functions.ts";
import { classOfColumn, classOfText } from "../../../migration/mapping/personal.ts";
import { companyName, nameFingerprint } from "../../../server/domain/company-name.ts";
import { isLuhn } from "../../../server/domain/sealing/personal-numbers.ts";
import { screenTexts } from "../../../server/domain/sealing/screen.ts";

/** An NPWP core of these eight digits with its right check digit, or a wrong one. */
function core(eight: string, isRight = true): string {
  const digit = [..."0123456789"].find((each) => isLuhn(eight + each))!;
  return eight + (isRight ? digit : String((Number(digit) + 1) % 10));
}

const NIK = "3204061704980015";
const shown = (value: unknown) => (value instanceof Unreadable ? value.code : value);

describe("amounts of legacy systems", () => {
  const cases: [string, MoneyFormat, string][] = [
    ["1234.56", "plain", "1234.56"],
    ["24300000.0000", "plain", "24300000.0000"],
    ["1.2E+7", "plain", "12000000"],
    ["1.277304500000000E9", "plain", "1277304500.000000"],
    ["-5", "plain", "money-negative"],
    ["1,5", "plain", "money-unreadable"],
    ["1.234.567", "plain", "money-unreadable"],
    ["=1+1", "plain", "money-unreadable"],
    ["1.234.567,89", "id", "1234567.89"],
    ["Rp 1.234.567,89", "id", "1234567.89"],
    ["Rp1.000,-", "id", "1000"],
    ["Rp. 383.900.000,00", "id", "383900000.00"],
    ["1234567", "id", "1234567"],
    ["-1.000,00", "id", "money-negative"],
    ["1.23,45", "id", "money-unreadable"],
    ["1,234,567.89", "id", "money-unreadable"],
    ["3,8 Jt", "short", "3800000"],
    ["22,1 M", "short", "22100000000"],
    ["1 T", "short", "1000000000000"],
    ["325.5 Jt", "short", "325500000"],
    ["1.000 Jt", "short", "1000000000"],
    ["571 Jt", "short", "571000000"],
    ["500 rb", "short", "500000"],
    ["3,8 X", "short", "money-unreadable"],
    ["Nilai Kontrak belum dibuat", "id", "money-unreadable"],
  ];
  for (const [text, format, expected] of cases) {
    it(`reads ${text} (${format}) as ${expected}`, () => {
      expect(shown(plainAmount(text, format))).to.equal(expected);
    });
  }

  it("gives minor units and the number that is exactly as much", () => {
    expect(moneyOf("434661479.65", "IDR")).to.deep.equal({ minor: "43466147965", amount: 434661479.65 });
    expect(moneyOf("0", "IDR")).to.deep.equal({ minor: "0", amount: 0 });
    expect(moneyOf("24300000.0000", "IDR")).to.deep.equal({ minor: "2430000000", amount: 24300000 });
    expect(moneyOf("007.5", "IDR")).to.deep.equal({ minor: "750", amount: 7.5 });
    expect(moneyOf("10", "JPY")).to.deep.equal({ minor: "10", amount: 10 });
  });

  it("refuses what is finer than a sen, and rounds it only when told, halves to the even neighbour", () => {
    expect(shown(moneyOf("127730448.83999999", "IDR"))).to.equal("money-unreadable");
    expect(roundHalfEven("127730448.83999999", 2)).to.equal("127730448.84");
    expect(roundHalfEven("0.125", 2)).to.equal("0.12");
    expect(roundHalfEven("0.135", 2)).to.equal("0.14");
    expect(roundHalfEven("0.1250000001", 2)).to.equal("0.13");
    expect(roundHalfEven("9.999", 2)).to.equal("10.00");
    expect(roundHalfEven("1.5", 0)).to.equal("2");
    expect(roundHalfEven("5", 2)).to.equal("5");
  });

  it("refuses what a number of JSON or the ledger cannot hold", () => {
    expect(shown(moneyOf("9007199254740993", "IDR"))).to.equal("money-overflow");
    expect(shown(moneyOf(`1${"0".repeat(40)}`, "IDR"))).to.equal("money-overflow");
    // whole trillions are held exactly
    expect(moneyOf("100000000000000000", "IDR")).to.deep.equal({ minor: "10000000000000000000", amount: 1e17 });
  });

  it("turns every amount to minor units and back without a change", () => {
    for (let at = 0; at < 2_000; at++) {
      const sen = BigInt(Math.floor(Math.random() * 9e14));
      const text = `${sen / 100n}.${String(sen % 100n).padStart(2, "0")}`;
      expect(moneyOf(text, "IDR")).to.deep.equal({ minor: String(sen), amount: Number(text) });
    }
  });
});

describe("dates of legacy systems", () => {
  const jakarta = 420;
  const cases: [string, DateFormat[], string][] = [
    ["2025-03-21T00:00:00.000000Z", ["iso"], "2025-03-21T00:00:00Z"],
    ["2024-02-29T00:00:00Z", ["iso"], "2024-02-29T00:00:00Z"],
    ["2025-02-29T00:00:00Z", ["iso"], "date-unreadable"],
    ["2025-03-21", ["iso"], "2025-03-21T00:00:00Z"],
    ["2025-03-21T10:00:00+07:00", ["iso"], "2025-03-21T03:00:00Z"],
    ["2025-03-21 00:00:00", ["local"], "2025-03-21T00:00:00Z"],
    ["2025-03-21 00:00:00", ["iso"], "date-unreadable"],
    ["2025-01-03 18:00:00", ["local"], "2025-01-03T11:00:00Z"],
    ["2025-01-03 03:00:00", ["local"], "2025-01-02T20:00:00Z"],
    ["2025-01-03 18:00:00.000000Z", ["local-z"], "2025-01-03T11:00:00Z"],
    ["2025-01-03 18:00:00.000000Z", ["local"], "date-unreadable"],
    ["Jul 3, 2025, 12:00:00AM", ["english"], "2025-07-03T00:00:00Z"],
    ["Jul 3, 2025, 12:30:00PM", ["english"], "2025-07-03T05:30:00Z"],
    ["Jul 33, 2025, 12:00:00AM", ["english"], "date-unreadable"],
    ["31 Desember 2023", ["indonesian"], "2023-12-31T00:00:00Z"],
    ["Senin, 1 Agustus 2022", ["indonesian"], "2022-08-01T00:00:00Z"],
    ["31 Nopember 2023", ["indonesian"], "date-unreadable"],
    ["31-12-2023", ["dmy"], "2023-12-31T00:00:00Z"],
    ["31/12/2023", ["dmy"], "2023-12-31T00:00:00Z"],
    ["12/31/2023", ["dmy"], "date-unreadable"],
    ["1393222414168", ["epoch-ms"], "2014-02-24T06:13:34Z"],
    ["1393174800000", ["epoch-ms"], "2014-02-24T00:00:00Z"],
    ["45194", ["excel"], "2023-09-25T00:00:00Z"],
    ["43732", ["excel-1904"], "2023-09-25T00:00:00Z"],
    ["45194.5", ["excel"], "2023-09-25T05:00:00Z"],
    ["0000-00-00", ["iso"], "date-unreadable"],
    ["1024-01-01", ["iso"], "date-unreadable"],
    ["2024-13-01", ["iso", "local", "dmy"], "date-unreadable"],
  ];
  for (const [text, formats, expected] of cases) {
    it(`reads ${text} (${formats.join()}) as ${expected}`, () => {
      const date = dateOf(text, formats, jakarta);
      expect(date instanceof Unreadable ? date.code : date.text).to.equal(expected);
    });
  }

  it("never shifts a day, whatever the zone", () => {
    for (const minutes of [420, 480, 540, 0, -300])
      for (const [text, format] of [
        ["2025-03-21 00:00:00", "local"],
        ["2025-03-21", "iso"],
        ["21-03-2025", "dmy"],
        ["Mar 21, 2025, 12:00:00AM", "english"],
      ] as const)
        expect(dateOf(text, [format], minutes)).to.include({ text: "2025-03-21T00:00:00Z" });
  });
});

describe("durations of legacy systems", () => {
  const cases: [string, number | string][] = [
    ["30 (tiga puluh) hari kalender", 30],
    ["120 (seratus dua puluh) Hari Kalendar", 120],
    ["Selama 45 (empat puluh lima) hari kalender", 45],
    ["15 Hari Kalender", 15],
    ["30 (empat puluh) hari", "value-unreadable"],
    ["Hari Kalender", "value-unreadable"],
    ["45 Hari Kerja", "value-unreadable"],
    ["6 bulan", "value-unreadable"],
    ["30", "value-unreadable"],
    ["30 hari mulai 1 Maret", "value-unreadable"],
  ];
  for (const [text, expected] of cases)
    it(`reads ${text} as ${expected}`, () => expect(shown(daysOf(text))).to.equal(expected));

  it("reads numbers in words", () => {
    expect(
      ["sebelas", "dua belas", "seratus", "tiga ratus enam puluh lima", "seribu dua ratus", "dua ribu lima"].map(
        spelledNumber,
      ),
    ).to.deep.equal([11, 12, 100, 365, 1200, 2005]);
    expect(spelledNumber("banyak")).to.equal(undefined);
  });
});

describe("tax numbers", () => {
  const right = core("82603327");
  it("are told apart as the profile tells them", () => {
    expect(npwpOf(`${right.slice(0, 2)}.${right.slice(2, 5)}.${right.slice(5, 8)}.${right[8]}-437.000`)).to.deep.equal({
      digits: `${right}437000`,
      class: "15_checkdigit_ok",
      core: right,
      nik: false,
    });
    expect(npwpOf(`0${right}437000`)).to.include({ class: "16_leading0_ok", core: right });
    expect(npwpOf(`${core("82603327", false)}437000`))
      .to.include({ class: "15_checkdigit_wrong" })
      .and.not.have.property("core");
    expect(npwpOf(NIK)).to.include({ class: "16_nik_like", nik: true }).and.not.have.property("core");
    expect(npwpOf("00.000.000.0-000.000").class).to.equal("all_same_digit");
    expect(npwpOf("0000000000000000").class).to.equal("all_same_digit");
    expect([npwpOf(null).class, npwpOf(" - ").class, npwpOf("8260332743700").class]).to.deep.equal([
      "empty_or_null",
      "empty_or_null",
      "13_digits",
    ]);
    expect(npwpOf("0").class).to.equal("all_same_digit");
    expect(npwpOf(`NPWP ${right}437000`).core).to.equal(right);
  });
});

describe("names of firms", () => {
  it("carry their legal form once and in front, whatever was written", () => {
    const spellings = [
      "CV. MAJU JAYA",
      "CV MAJU JAYA",
      "cv.MAJU JAYA",
      "MAJU JAYA CV",
      "CV /MAJU JAYA",
      "C.V. MAJU JAYA",
      "MAJU JAYA, CV.",
    ];
    expect(new Set(spellings.map((text) => companyName(text).name))).to.deep.equal(new Set(["CV MAJU JAYA"]));
    expect(companyName("PT. Bina Karya, Tbk.")).to.deep.equal({ name: "PT Bina Karya, Tbk.", form: "PT" });
    expect(companyName("PTERODON JAYA")).to.deep.equal({ name: "PTERODON JAYA" });
    expect(companyName("CV")).to.deep.equal({ name: "CV" });
    expect(companyName("KOPERASI Karyawan Sejahtera")).to.include({
      name: "KOPERASI Karyawan Sejahtera",
      form: "Koperasi",
    });
    expect(companyName("Adi Samaran")).to.deep.equal({ name: "Adi Samaran" });
  });

  it("have one fingerprint for all spellings, and others for others", () => {
    expect(new Set(["CV. MAJU JAYA", "Maju Jaya", "maju  jaya CV", "Jaya, Maju"].map(nameFingerprint))).to.deep.equal(
      new Set(["JAYA MAJU"]),
    );
    expect(nameFingerprint("CV Maju Jaya 2")).to.equal("2 JAYA MAJU");
  });

  it("say a person by the form that SPSE gives", () => {
    expect(formOf("Orang Perseorangan").person).to.equal(true);
    expect(formOf("Konsultan Perseorangan").person).to.equal(true);
    expect(formOf("Perseroan Terbatas (PT) Perorangan")).to.deep.equal({ form: "PT", person: false });
    expect(formOf("Persekutuan Komanditer (CV / Commanditer Venoschaap )")).to.deep.equal({
      form: "CV",
      person: false,
    });
  });

  it("of a consortium are read from one text, commas in names and all", () => {
    const number = core("82603327");
    const text = `Nama Anggota KSO: PT. SATU, Tbk, NPWP Anggota KSO: ${number}437000, Jenis Anggota KSO: Kemitraan, Nilai Anggota KSO: 238.924.340,50; Nama Anggota KSO: CV. DUA, NPWP Anggota KSO: -, Jenis Anggota KSO: Subkontrak, Nilai Anggota KSO: 1.000,00`;
    expect(membersOf(text, "IDR")).to.deep.equal([
      { name: "PT SATU, Tbk", npwpCore: number, role: "Kemitraan", value: "23892434050" },
      { name: "CV DUA", role: "Subkontrak", value: "100000" },
    ]);
    expect(shown(membersOf("dua perusahaan", "IDR"))).to.equal("value-unreadable");
  });
});

describe("texts of legacy systems", () => {
  it("that stand for nothing are known: zeros and signs in any layout", () => {
    for (const text of ["0", "-", ".", "...", "(-)", "00.000.000.0-000.000", "0000-00-00 00:00:00", "--"])
      expect(isPlaceholder(text), text).to.equal(true);
    for (const text of ["1", "A", "0a", "10", "SPK/0"]) expect(isPlaceholder(text), text).to.equal(false);
  });

  it("lose tags, entities and labels, and nothing that is written", () => {
    expect(STEPS.html("<p>a.&nbsp;Lingkup\r\n &amp; tugas &lt; 5 &#8211; x</p>")).to.equal(
      "a. Lingkup & tugas < 5 – x",
    );
    expect(STEPS.html("harga < 5 juta & > 3 juta")).to.equal("harga < 5 juta & > 3 juta");
    expect(STEPS.labels("Pagar <span class='label label-warning'>Tender Ulang</span>")).to.equal("Pagar");
    expect(STEPS.edges(",Jasa Konsultansi,")).to.equal("Jasa Konsultansi");
    expect(STEPS.slug("602.1/04/SPK #2/I")).to.equal("602-1-04-SPK-2-I");
  });

  it("are read right where they were read wrong before, and left alone elsewhere", () => {
    expect(STEPS.unmojibake("Pembangunan â€“ Tahap II")).to.equal("Pembangunan – Tahap II");
    expect(STEPS.unmojibake("Café Ñandú")).to.equal("Café Ñandú");
  });

  it("are split into parts, each once", () => {
    expect(listOf("30296551;30296572; 30296551;0;-", ";,")).to.deep.equal(["30296551", "30296572"]);
  });

  it("name a thing the same however its number was written, and nothing where digits are lost", () => {
    for (const [text, expected] of [
      ["10060496000", "10060496000"],
      ["10060496000.0", "10060496000"],
      ["10060496000.00", "10060496000"],
      ["900719925474099312345", "900719925474099312345"],
      ["5.02.0", "5.02.0"],
      ["1.00604960E+10", "digits-lost"],
      ["1e+10", "digits-lost"],
      ["12E3", "12E3"],
      ['{"id":1}', "value-unreadable"],
      ["[1,2]", "value-unreadable"],
    ] as const) {
      const key = keyOf(text);
      expect(typeof key === "string" ? key : key.code, text).to.equal(expected);
    }
    expect(listOf("51000001.0; 51000002", ";,")).to.deep.equal(["51000001", "51000002"]);
  });

  it("are tidy only where cleaning would change nothing", () => {
    for (const text of ["a b", "A/1", "x"]) expect(isTidy(text)).to.equal(true);
    for (const text of [" a", "a ", "a  b", "a\tb", "é", "a\u00a0b", "a_x000d_b", ""])
      expect(isTidy(text), JSON.stringify(text)).to.equal(false);
  });
});

describe("personal data", () => {
  it("is known by the name of its column", () => {
    const classes = {
      npwp16_penyedia: "npwp-person",
      NPWP: "npwp-person",
      nip_ppk: "nip",
      nama_ppk: "official",
      jabatan_wakil_penyedia: "signatory",
      wakil_sah_penyedia: "signatory",
      no_rek_bank: "bank-account",
      No_Rekening: "bank-account",
      Nm_Rekening: "bank-account",
      rek_penerima: "bank-account",
      alamat_pengiriman: "address",
      Nm_Pemilik: "signatory",
      rkn_telepon: "phone",
      rkn_email: "email",
      nik: "nik",
      noRekening: "bank-account",
    };
    for (const [column, expected] of Object.entries(classes)) expect(classOfColumn(column), column).to.equal(expected);
    for (const column of [
      "alamat_satker",
      "kode_rekening",
      "Kd_Rek_1",
      "nama_paket",
      "nama_penyedia",
      "kd_satker",
      "Nilai",
      "nama_satker",
      "no_kontrak",
    ])
      expect(classOfColumn(column), column).to.equal(undefined);
  });

  it("is looked for wherever the screen could find it: the quick look misses nothing", () => {
    const pieces = [
      "NIK ",
      NIK,
      " rekening BRI ",
      "0012-01-000123-30-1",
      "0812 3456 7890",
      " no ",
      "/SPK/",
      "12.345.678.9-012.000",
      "x@gmail.com",
      "٣٢٠٤٠٦١٧٠٤٩٨٠٠١٥",
      "bank jaya 1234 5678",
      ". ",
      "-",
      " ",
    ];
    let found = 0;
    for (let at = 0; at < 20_000; at++) {
      const text = Array.from(
        { length: 1 + Math.floor(Math.random() * 4) },
        () => pieces[Math.floor(Math.random() * pieces.length)],
      ).join("");
      const screened = screenTexts({ text }).length > 0;
      if (screened) found++;
      expect(classOfText(text) !== undefined, text).to.equal(screened);
    }
    expect(found).to.be.greaterThan(5_000);
  });
});
