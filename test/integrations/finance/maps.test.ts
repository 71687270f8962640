import { expect } from "chai";
import { checkMap } from "../../../migration/mapping/check-map.ts";
import type { MapSpec } from "../../../migration/mapping/map-schema.ts";
import { readMap } from "../../../migration/mapping/read-map.ts";
import type { References } from "../../../migration/mapping/references.ts";
import { ourMaps, suggestMaps } from "../../../migration/mapping/suggest-maps.ts";
import { sinksOf } from "../../../server/integrations/connect/job-map.ts";
import { aMap, mapped, NIK, npwp, ours, type Row } from "../../migration/mapping/rows.ts";

const firm = npwp("82603327");
const secret = "of the installation";
const rows = (entries: Record<string, (string | null)[]>) => new Map(Object.entries(entries));
const references: References = {
  accounts: rows({ "4": ["1"], m1: ["5.2.2.03.05."] }),
  names: rows({ "1": ["PPN"] }),
  units: rows({ "12_": ["1.03.01."] }),
  states: rows({ "24": ["SP2D-LS"] }),
  payees: rows({ P1: ["PT. KARYA", firm, "778899001"] }),
  activities: rows({ k1: ["15.02."] }),
  taxes: rows({ j1: ["PPh Ps. 22"] }),
};
const units = { Kd_Urusan: "1", Kd_Bidang: "3", Kd_Unit: "1", Kd_Sub: "2" };

/** A made-up row in the shape of each map, and what must come of it, in the order of the map's sections. */
const CASES: Record<string, { row: Row; gives: object[] }[]> = {
  "finance-simda-spp": [
    {
      row: {
        Tahun: "2019",
        No_SPP: "77/SPP",
        Tgl_SPP: "2019-11-17 00:00:00",
        Jn_SPP: "3",
        Uraian: "Jalan",
        Nm_Penerima: "CV. MAJU",
        NPWP: firm,
        Rek_Penerima: "0099",
        ...units,
      },
      gives: [
        {
          paper: "SPP",
          number: "77/SPP",
          year: 2019,
          on: "2019-11-17",
          route: "LS",
          agency: "1.3.1.2",
          purpose: ["Jalan"],
          payee: { name: "CV MAJU", npwpCore: firm.slice(0, 9) },
        },
      ],
    },
  ],
  "finance-simda-spp-kontrak": [
    {
      row: { Tahun: "2019", No_SPP: "77/SPP", No_Kontrak: "602/7/SPK", Keperluan: "Jalan", NPWP: firm, Nilai: "5" },
      gives: [{ paper: "SPP", number: "77/SPP", key: "602/7/SPK", contract: "602/7/SPK", purpose: ["Jalan"] }],
    },
  ],
  "finance-simda-kontrak": [
    {
      row: {
        Tahun: "2019",
        No_Kontrak: "602/7/SPK",
        Keperluan: "Jalan",
        Nm_Perusahaan: "CV. MAJU",
        NPWP: firm,
        No_Rekening: "1122334455",
        ...units,
      },
      gives: [
        {
          paper: "contract",
          number: "602/7/SPK",
          year: 2019,
          payee: { name: "CV MAJU", npwpCore: firm.slice(0, 9), account: "digest" },
        },
      ],
    },
  ],
  "finance-simda-spm": [
    {
      row: {
        Tahun: "2019",
        No_SPM: "1/SPM",
        No_SPP: "77/SPP",
        Jn_SPM: "2",
        Tgl_SPM: "2019-11-18",
        Uraian: "GU",
        Nm_Penerima: "Adi",
        NPWP: NIK,
        ...units,
      },
      gives: [
        {
          paper: "SPM",
          number: "1/SPM",
          route: "GU",
          spp: { number: "77/SPP" },
          payee: { name: "Adi", person: "digest" },
        },
      ],
    },
  ],
  "finance-simda-spm-rinc": [
    {
      row: {
        Tahun: "2019",
        No_SPM: "1/SPM",
        No_ID: "1",
        Kd_Prog: "15",
        ID_Prog: "103",
        Kd_Keg: "5",
        Kd_Rek_1: "5",
        Kd_Rek_2: "2",
        Kd_Rek_3: "3",
        Kd_Rek_4: "1",
        Kd_Rek_5: "12",
        Nilai: "1000.5000",
      },
      gives: [
        {
          entity: "budgetLine",
          of: { paper: "SPM", number: "1/SPM", year: 2019 },
          account: "5.2.3.01.12",
          subActivity: "103.15.5",
          amount: "100050",
        },
      ],
    },
    {
      row: {
        Tahun: "2021",
        No_SPM: "1/SPM",
        No_ID: "1",
        Kd_Rek90_1: "5",
        Kd_Rek90_2: "1",
        Kd_Rek90_3: "2",
        Kd_Rek90_4: "2",
        Kd_Rek90_5: "8",
        Kd_Rek90_6: "9",
        Nilai: "1",
      },
      gives: [{ account: "5.1.02.02.08.0009", amount: "100" }],
    },
  ],
  "finance-simda-spm-pot": [
    {
      row: { Tahun: "2019", No_SPM: "1/SPM", Kd_Pot_Rek: "4", Nilai: "10", Kd_Billing: "0820", NTPN: "ABC" },
      gives: [
        {
          entity: "deduction",
          of: { paper: "SPM", number: "1/SPM", year: 2019 },
          key: "4",
          name: "PPN",
          amount: "1000",
          billing: "0820",
          ntpn: "ABC",
        },
      ],
    },
    {
      row: { Tahun: "2019", No_SPM: "1/SPM", Kd_Pot_Rek: "99", Nilai: "10" },
      gives: [{ name: "potongan 99" }],
    },
  ],
  "finance-simda-sp2d": [
    {
      row: {
        Tahun: "2019",
        No_SP2D: "10236",
        No_SPM: "1/SPM",
        Tgl_SP2D: "2019-11-20 00:00:00.000",
        Keterangan: "Termin I",
      },
      gives: [
        {
          paper: "SP2D",
          number: "10236",
          year: 2019,
          on: "2019-11-20",
          spm: { number: "1/SPM" },
          purpose: ["Termin I"],
        },
      ],
    },
  ],
  "finance-simda-cheque": [
    {
      row: { Tahun: "2019", No_SP2D: "10236", Tgl_Cair: "2019-11-22 09:10:00" },
      gives: [{ number: "10236", isAddition: true, cleared: "2019-11-22" }],
    },
  ],
  "finance-sipkd-sp2d": [
    {
      row: {
        UNITKEY: "12_",
        NOSP2D: "250",
        NOSPM: "11",
        TGLSP2D: "2020-05-06",
        TGLSPM: "2020-05-04",
        KDSTATUS: "24",
        NOKONTRAK: "027/3",
        KEPERLUAN: "Komputer",
        KDP3: "P1",
      },
      gives: [
        {
          number: "250",
          on: "2020-05-06",
          route: "LS",
          agency: "1.03.01",
          contract: "027/3",
          spm: { number: "11", on: "2020-05-04" },
          payee: { name: "PT KARYA", npwpCore: firm.slice(0, 9), account: "digest" },
        },
      ],
    },
  ],
  "finance-sipkd-spm": [
    {
      row: { UNITKEY: "12_", NOSPM: "11", NOSPP: "9", TGLSPM: "2020-05-04", KEPERLUAN: "Komputer" },
      gives: [{ paper: "SPM", number: "11", spp: { number: "9" } }],
    },
  ],
  "finance-sipkd-sp2ddetr": [
    {
      row: { NOSP2D: "250", MTGKEY: "m1", KDKEGUNIT: "k1", NILAI: "5.5" },
      gives: [
        {
          of: { paper: "SP2D", number: "250" },
          key: "m1/k1",
          account: "5.2.2.03.05",
          subActivity: "15.02.",
          amount: "550",
        },
      ],
    },
    { row: { NOSP2D: "250", MTGKEY: "m2", KDKEGUNIT: null, NILAI: "5.5" }, gives: [{ key: "m2", account: "m2" }] },
  ],
  "finance-sipkd-sp2dpjk": [
    {
      row: { NOSP2D: "250", PJKKEY: "j1", NILAI: "5" },
      gives: [{ of: { paper: "SP2D", number: "250" }, name: "PPh Ps. 22", amount: "500" }],
    },
  ],
  "finance-sipd-spp": [
    {
      row: {
        active: "1",
        tahun_anggaran: "2024",
        nomorSpp: "12/LS",
        idSpp: "12",
        nilaiSpp: "1e15",
        tanggalSpp: "2024-02-20",
        jenisSpp: "LS",
        keteranganSpp: "Gedung",
        nama_tujuan: "SPK 602/15",
        npwpPenerimaSpp: "00.000.000.0-000.000",
      },
      gives: [
        { paper: "SPP", number: "12/LS", id: "12", gross: "100000000000000000", purpose: ["Gedung", "SPK 602/15"] },
      ],
    },
    { row: { active: "0", nomorSpp: "12/LS", nilaiSpp: "5" }, gives: [] },
  ],
  "finance-sipd-spp-detail": [
    {
      row: {
        active: "1",
        idSpp: "12",
        id: "7",
        kode_rekening: "5.1.02.01.01.0024",
        kode_sub_kegiatan: "1.03.02.2.01.0005",
        nilaiDetailSpp: "5",
      },
      gives: [
        { of: { paper: "SPP", id: "12" }, key: "7", account: "5.1.02.01.01.0024", subActivity: "1.03.02.2.01.0005" },
      ],
    },
  ],
  "finance-sipd-spm": [
    {
      row: {
        active: "1",
        tahun_anggaran: "2024",
        nomorSpm: "18",
        nilaiSpm: "5",
        tanggalSpm: "2024-02-21",
        nomorSpp: "12",
        jenisSpm: "TU",
      },
      gives: [{ paper: "SPM", number: "18", gross: "500", route: "TU", spp: { number: "12" } }],
    },
  ],
  "finance-sipd-sp2d": [
    {
      row: {
        nomorSp2d: "20",
        tanggalSp2d: "2024-02-28",
        nilaiSp2d: "1500.4999999999",
        nomorSpm: "18",
        active: "1",
        tahun_anggaran: "2024",
      },
      gives: [{ paper: "SP2D", number: "20", gross: "150050", spm: { number: "18" }, on: "2024-02-28" }],
    },
    {
      row: {
        nomor_sp_2_d: "21",
        tanggal_sp_2_d: "2024-02-28T00:00:00Z",
        nilai_sp_2_d: "7",
        nomor_spm: "18",
        kode_skpd: "1.03",
        jenis_sp_2_d: "GU",
        is_transfer_sp_2_d: "1",
        transfer_sp_2_d_at: "2024-02-28T20:10:00Z",
        tahun: "2024",
        id_sp_2_d: "501",
      },
      gives: [{ number: "21", id: "501", route: "GU", agency: "1.03", on: "2024-02-28", cleared: "2024-02-29" }],
    },
  ],
  "finance-sipd-sp2d-detail": [
    {
      row: {
        active: "1",
        nomor_sp_2_d: "20",
        id_sp_2_d: "501",
        id: "3",
        kode_rekening: "5.2.03.01.01.0001",
        jumlah: "5",
        nama_pihak_ketiga: "PT. BANGUN",
        npwp_pihak_ketiga: `0${firm}`,
        no_rek_pihak_ketiga: "'00123456789",
        keterangan_sp2d: "Gedung",
      },
      gives: [
        {
          entity: "paper",
          number: "20",
          isAddition: true,
          payee: { name: "PT BANGUN", npwpCore: firm.slice(0, 9), account: "digest" },
        },
        { entity: "budgetLine", key: "5.2.03.01.01.0001/3", amount: "500" },
      ],
    },
  ],
  "finance-sipd-sp2d-potongan": [
    {
      row: {
        active: "1",
        id: "9",
        id_sp_2_d: "501",
        id_pajak_potongan: "6",
        nama_pajak_potongan: "PPh Pasal 4 (2)",
        nilai_sp2d_pajak_potongan: "52",
        id_billing: "024",
      },
      gives: [
        { of: { paper: "SP2D", id: "501" }, key: "6/9", name: "PPh Pasal 4 (2)", amount: "5200", billing: "024" },
      ],
    },
  ],
  "finance-cms-sp2d": [
    {
      row: {
        Tahun: "2019",
        No_SP2D: "102384/SP2D/2019",
        Tgl_SP2D: "2019-11-20 00:00:00.000",
        No_SPM: "3116/LS/1.2.1.1/XI/2019",
        Jn_SPM: "LS",
        Nm_Penerima: "CV MAJU",
        Keterangan: "Jalan",
        NPWP: firm,
        Rek_Penerima: "0011-22",
        Nilai: "798000.0000",
        Cair: "1",
        TglCair: "2019-11-21 00:00:00.000",
      },
      gives: [
        {
          number: "102384/SP2D/2019",
          gross: "79800000",
          cleared: "2019-11-21",
          route: "LS",
          spm: { number: "3116/LS/1.2.1.1/XI/2019" },
        },
      ],
    },
  ],
  "finance-cms-potongan": [
    {
      row: {
        Tahun: "2019",
        No_SP2D: "102384/SP2D/2019",
        Kd_Rek_1: "7",
        Kd_Rek_2: "1",
        Kd_Rek_3: "1",
        Kd_Rek_4: "4",
        Kd_Rek_5: "3",
        Nm_Rekening: "Penerimaan PFK - PPh Ps. 23",
        Nilai: "79800.0000",
        kd_billing: "",
        NTPN: "",
      },
      gives: [
        {
          of: { paper: "SP2D", number: "102384/SP2D/2019", year: 2019 },
          key: "7.1.1.4.3",
          name: "Penerimaan PFK - PPh Ps. 23",
          amount: "7980000",
        },
      ],
    },
  ],
  "finance-register": [
    {
      row: {
        "Nomor SP2D": "1",
        "Tanggal SP2D": "3 Januari 2025",
        "Nilai SP2D": "Rp 1.110,00",
        PPN: "110",
        "ID Billing PPN": "0820",
        "PPh 21": "0",
        Jenis: "Ganti Uang Persediaan",
        "Nomor BAST": "BAST/1",
      },
      gives: [
        {
          number: "1",
          on: "2025-01-03",
          gross: "111000",
          route: "GU",
          delivery: "BAST/1",
          deductions: [{ name: "PPN", amount: "11000", billing: "0820" }],
        },
      ],
    },
  ],
  "finance-sakti": [
    {
      row: {
        "Nomor SP2D": "250461302001528",
        "Kode Satker": "060420",
        "Tanggal SP2D": "03-01-2025",
        "Jumlah Pengeluaran": "1.000",
        "Jumlah Potongan": "100",
        "Jumlah Pembayaran": "900",
        "Jenis SPM": "GUP",
        COA: "018.01.06.2022.EBA.001.051.A.521211.0.1.2",
        CAN: "CAN/9",
        NRS: "88",
        Uraian: "x",
      },
      gives: [
        {
          number: "250461302001528",
          agency: "060420",
          gross: "100000",
          net: "90000",
          route: "GU",
          purpose: ["x", "CAN/9", "88"],
          lines: [{ account: "018.01.06.2022.EBA.001.051.A.521211.0.1.2", amount: "100000" }],
        },
      ],
    },
  ],
  "finance-return": [
    {
      row: { Nomor: "9/R", Tanggal: "04-02-2025", Jenis: "Kontra Pos", "Nomor SP2D": "1", Nilai: "5", Uraian: "x" },
      gives: [
        { entity: "return", number: "9/R", kind: "contraEntry", of: "1", amount: "500", on: "2025-02-04", text: "x" },
      ],
    },
  ],
  "bank-statement": [
    {
      row: {
        statement: "1 A",
        account: "0010001234567",
        currency: "IDR",
        entryDate: "2025-01-02",
        valueDate: "2025-01-03",
        amount: "5.00",
        direction: "debit",
        reversal: "true",
        balance: "-1.00",
        bankReference: "NONREF",
        reference: "R",
        text: "t",
      },
      gives: [
        {
          entity: "bankLine",
          account: "digest",
          on: "2025-01-02",
          valueOn: "2025-01-03",
          amount: "500",
          direction: "debit",
          reversal: true,
          balance: "-1.00",
          reference: "R",
          text: "t",
        },
      ],
    },
  ],
  "bank-csv": [
    {
      row: { Tanggal: "01/03/2025", Keterangan: "x", Debet: "1.000,50", Kredit: "0,00", Saldo: "5" },
      gives: [{ amount: "100050", direction: "debit", balance: "5" }],
    },
    { row: { Tanggal: "01/03/2025", Keterangan: "SALDO", Debet: "", Kredit: null, Saldo: "5" }, gives: [] },
  ],
  "bank-csv-signed": [
    {
      row: { Tanggal: "01/03/2025", Uraian: "x", Jumlah: "1.000,50", "D/K": "K" },
      gives: [{ amount: "100050", direction: "credit" }],
    },
    {
      row: { Tanggal: "01/03/2025", Uraian: "x", Jumlah: "1.000,50 DB" },
      gives: [{ amount: "100050", direction: "debit" }],
    },
    {
      row: { Tanggal: "01/03/2025", Uraian: "x", Jumlah: "-1.000,50" },
      gives: [{ amount: "100050", direction: "debit" }],
    },
  ],
};

/** Digests by the word: what they are is none of a test's business. */
const shown = (fragment: object) =>
  JSON.parse(JSON.stringify(fragment), (_, value) =>
    typeof value === "string" && /^[0-9a-f]{32}$/.test(value) ? "digest" : value,
  );

describe("each map of money that comes with the software", () => {
  it("has a row here", () => {
    const money = ourMaps().filter(({ spec }) => /^(finance|bank)-/.test(spec.id));
    expect(Object.keys(CASES).toSorted()).to.deep.equal(money.map(({ spec }) => spec.id).toSorted());
  });

  for (const [id, cases] of Object.entries(CASES))
    for (const [index, { row, gives }] of cases.entries())
      it(`${id} maps a row of its shape${index === 0 ? "" : ` (${index + 1})`}`, () => {
        const { finance, faults, fragments } = mapped(id, row, { references, secret });
        expect(faults).to.deep.equal([]);
        expect(fragments).to.deep.equal([]);
        expect(finance).to.have.length(gives.length);
        for (const [at, expected] of gives.entries()) expect(shown(finance[at]!)).to.deep.include(expected);
        // what names a person or an account is in none of it
        for (const number of [firm, NIK, "1122334455", "0010001234567", "00123456789"])
          expect(JSON.stringify(finance)).not.to.contain(number);
      });

  it("is recognized by its columns, reads or leaves out all of them, and is no map of a migration", () => {
    for (const [id, cases] of Object.entries(CASES)) {
      const map = ours(id);
      const columns = Object.keys(cases[0]!.row).map((name) => ({ name }));
      expect(checkMap(map, columns).faults, id).to.deep.equal([]);
      expect(checkMap(map, columns).unmapped, id).to.deep.equal([]);
      expect(
        suggestMaps(columns).map((each) => each.id),
        id,
      ).not.to.contain(id);
      // of those for connectors it is the first
      const isOfMoney = (spec: MapSpec) => sinksOf(spec).has("payments") || sinksOf(spec).has("bank");
      expect(suggestMaps(columns, "", isOfMoney)[0]?.id, id).to.equal(id);
    }
  });
});

describe("sections about money in a map", () => {
  const fields = `  number: { from: no, required: key }
  dated: { from: tanggal, as: date }
  value: { from: nilai, as: money }
  account: { from: no_rekening }
  npwp: { from: npwp, as: npwp }`;
  const faultsOf = (section: string) =>
    checkMap(readMap(aMap(fields, section), "map.yaml")).faults.map(
      ({ code, line, en }) => `${code} ${line} ${en.slice(0, 60)}`,
    );

  it("may hold an account and a tax number of the payee, which leave as digests, and nowhere else", () => {
    expect(
      faultsOf("paymentDocument: { paper: SP2D, number: $number, payee: { account: $account, npwp: [$npwp] } }"),
    ).to.deep.equal([]);
    for (const section of [
      "paymentDocument: { paper: SP2D, number: $account }",
      "paymentDocument: { paper: SP2D, number: $number, purpose: [$account] }",
      "paymentDocument: { paper: SP2D, number: $number, contract: 'x {account}' }",
      "deduction: { of: { paper: SPM, number: $number }, key: $account, name: x, amount: $value }",
      "bankLine: { on: $dated, amount: $value, direction: debit, reference: $account }",
      "return: { number: $number, on: $dated, kind: returned, of: $number, amount: $value, text: [$account] }",
    ])
      expect(faultsOf(section)[0], section).to.match(/^personal /);
  });

  it("name fields of the right types, and papers by number or id", () => {
    expect(faultsOf("paymentDocument: { paper: SP2D }")[0]).to.contain("names a paper by number or id");
    expect(
      faultsOf("budgetLine: { of: { paper: SPM }, key: $number, account: $number, amount: $value }")[0],
    ).to.contain("by number or id");
    expect(faultsOf("paymentDocument: { paper: SP2D, number: $number, gross: $dated }")[0]).to.match(
      /^type .*wants money/,
    );
    expect(faultsOf("paymentDocument: { paper: SP2D, number: $number, on: $nothing }")[0]).to.match(/^unknown-field/);
    expect(
      faultsOf(
        "paymentDocument: { paper: SP2D, number: $number, deductions: [{ name: $nothing, amount: $value }] }",
      )[0],
    ).to.match(/^unknown-field/);
    expect(faultsOf("bankLine: { on: $dated, amount: $value }")[0]).to.contain("no direction");
    expect(faultsOf("bankLine: { on: $dated, debit: $value }")[0]).to.contain("debit and credit");
    expect(() => readMap(aMap(fields, "paymentDocument: { paper: cek, number: $number }"), "map.yaml")).to.throw(
      "one of",
    );
  });

  it("refuses a return of no known kind and a line that is both debit and credit", () => {
    const row = { no: "1", tanggal: "2025-01-01", nilai: "5" };
    const codes = (section: string, more: Row = {}) =>
      mapped(aMap(fields, section), { ...row, ...more }).faults.map(({ code }) => code);
    expect(codes("return: { number: $number, on: $dated, kind: hibah, of: $number, amount: $value }")).to.deep.equal([
      "value-unreadable",
    ]);
    expect(codes("bankLine: { on: $dated, debit: $value, credit: $value }")).to.deep.equal(["value-unreadable"]);
    expect(codes("bankLine: { on: $dated, amount: $value, direction: keluar }")).to.deep.equal(["value-unreadable"]);
    expect(codes("bankLine: { on: $dated, debit: $value, credit: $value }", { nilai: "0" })).to.deep.equal([]);
  });
});
