import { expect } from "chai";
import { compileMap } from "../../../migration/mapping/compile-map.ts";
import type { Fragment, ProcessFragment, SupplierFragment } from "../../../migration/mapping/mapped.ts";
import { readMap } from "../../../migration/mapping/read-map.ts";
import { readReferences } from "../../../migration/mapping/references.ts";
import type { Source } from "../../../migration/row.ts";
import { aMap, mapped, NIK, npwp, ours, type Row } from "./rows.ts";

const text = (fields: string, emit = 'record: { key: "$id", record: { text: $x } }', more = "") =>
  aMap(`  id: { from: id, required: key }\n${fields}`, emit, more);
const process = (fragments: readonly Fragment[]) =>
  fragments.find((each): each is ProcessFragment => each.entity === "process")!;
const supplier = (fragments: readonly Fragment[]) =>
  fragments.find((each): each is SupplierFragment => each.entity === "supplier")!;

describe("a mapped row", () => {
  it("keeps the raw text beside the clean one, for each change by its rule", () => {
    const { trail, fragments, faults } = mapped(text("  x: { from: x, do: [html, edges] }"), {
      id: "1",
      x: "  ,<p>Caf\u0065\u0301 &amp;\u00a0Bar</p>_x000d_ ",
    });
    expect(faults).to.deep.equal([]);
    expect(fragments).to.deep.equal([{ entity: "record", key: "1", record: { text: "Café & Bar" } }]);
    expect(trail.map(({ rule }) => rule)).to.deep.equal(["xlsx-escape", "nfc", "blanks", "html", "edges"]);
    expect(trail[0]!.before).to.equal("  ,<p>Caf\u0065\u0301 &amp;\u00a0Bar</p>_x000d_ ");
    for (const [at, change] of trail.entries()) if (at > 0) expect(change.before).to.equal(trail[at - 1]!.after);
    expect(trail.at(-1)!.after).to.equal("Café & Bar");
  });

  it("takes the first of a field's columns that has a value; placeholders have none, but 0 of an amount", () => {
    const map = text(
      "  x: { from: [a, b, c] }\n  v: { from: v, as: money }",
      'record: { key: "$id", value: $v, record: { text: $x } }',
    );
    expect(mapped(map, { id: "1", a: "-", b: "00.000", c: "here", v: "0" }).fragments).to.deep.equal([
      { entity: "record", key: "1", record: { text: "here" }, value: "0", currency: "IDR" },
    ]);
    expect(mapped(map, { id: "1", a: null, b: "", c: "-", v: "-" }).fragments).to.deep.equal([
      { entity: "record", key: "1", record: {} },
    ]);
  });

  it("is rejected whole, each reason with its column, and its neighbours are not", () => {
    const map = readMap(
      text("  x: { from: x, required: true }\n  v: { from: v, as: money, required: true }\n  d: { from: d, as: date }"),
      "x",
    );
    const run = compileMap(
      map,
      ["id", "x", "v", "d"].map((name) => ({ name })),
    );
    const rows: [(string | null)[], string[]][] = [
      [["1", "ok", "5", "2025-01-01"], []],
      [["0", "ok", "5", null], ["key-missing id"]],
      [["1", "-", "5", null], ["value-missing x"]],
      [
        ["1", "ok", "five", "31-12-2025"],
        ["money-unreadable v", "date-unreadable d"],
      ],
      [["1", "ok", "-5", null], ["money-negative v"]],
      [["1", "ok", "1".repeat(60), null], ["money-overflow v"]],
      [["1", "a\u0000b", "5", null], ["nul x"]],
      [["1", "x".repeat(5_000_000), "5", null], ["too-long x"]],
      [["1", "a\ud800", "5", null], ["undecodable x"]],
      [["1", "👩‍🔧 =cmd|' /C calc'!A0 \u202eabc", "5", null], []],
      [["1", "ok", "5", "2025-01-01"], []],
    ];
    for (const [values, expected] of rows) {
      const { faults, fragments } = run({ row: 1, at: "", values });
      expect(faults.map(({ code, column }) => `${code} ${column}`)).to.deep.equal(expected);
      expect(fragments).to.have.length(expected.length === 0 ? 1 : 0);
    }
  });

  it("that its source could not read has no fragments and the source's fault", () => {
    const run = compileMap(readMap(text("  x: { from: x }"), "x"), [{ name: "id" }, { name: "x" }]);
    expect(run({ row: 1, at: "", values: ["1", "a"], faults: [{ code: "digits-lost", column: "id" }] })).to.deep.equal({
      fragments: [],
      finance: [],
      trail: [],
      faults: [{ code: "digits-lost", column: "id" }],
      private: [],
    });
  });

  it("leaves out what cannot be read where the map says so, and shows it", () => {
    const { trail, fragments } = mapped(text("  x: { from: x, as: days, else: missing }"), { id: "1", x: "6 bulan" });
    expect(fragments[0]).to.deep.include({ record: {} });
    expect(trail).to.deep.equal([{ column: "x", before: "6 bulan", after: null, rule: "unreadable" }]);
  });

  it("rounds what is finer than a sen only where the map says so, and shows it", () => {
    const of = (more: string) =>
      mapped(text(`  x: { from: x, as: money${more} }`), { id: "1", x: "127730448.83999999" });
    expect(of("").faults).to.deep.equal([{ code: "money-unreadable", column: "x", found: "127730448.83999999" }]);
    const { trail, fragments } = of(", round: half-even");
    expect(fragments[0]).to.deep.include({ record: { text: { amount: 127730448.84, currency: "IDR" } } });
    expect(trail).to.deep.equal([
      { column: "x", before: "127730448.83999999", after: "127730448.84", rule: "round-half-even" },
    ]);
  });

  it("rejects an unknown code by the map's own table before the shared one", () => {
    const map = (more: string) => text("  x: { from: x, as: code, table: contract-status }", undefined, more);
    expect(mapped(map(""), { id: "1", x: "kontrak  SELESAI" }).fragments[0]).to.deep.include({
      record: { text: "completed" },
    });
    expect(mapped(map(""), { id: "1", x: "Selesai Sebagian" }).faults).to.deep.equal([
      { code: "code-unknown", column: "x", found: "Selesai Sebagian" },
    ]);
    const own = map("tables: { contract-status: { Selesai Sebagian: active, Batal: '' } }\n");
    expect(mapped(own, { id: "1", x: "Selesai Sebagian" }).fragments[0]).to.deep.include({
      record: { text: "active" },
    });
    expect(mapped(own, { id: "1", x: "Batal" }).fragments[0]).to.deep.include({ record: {} });
    expect(mapped(own, { id: "1", x: "Kontrak Selesai" }).faults).to.have.length(1);
  });

  it("makes a thing only where its conditions hold, and leaves out objects of missing fields", () => {
    const map = text(
      "  a: { from: a }\n  b: { from: b }\n  c: { from: c, when: { a: { is: [x, y] } } }",
      'record: { key: "$id", when: { a: present }, record: { o: { b: $b, type: fixed }, c: $c, p: { when: { a: { differsFrom: b } }, a: $a } , l: [{ b: $b }, { c: $c }] } }',
    );
    const of = (row: Row) =>
      mapped(map, { id: "1", ...row }).fragments.map((each) => (each as { record: unknown }).record);
    expect(of({ a: null, b: "1", c: "z" })).to.deep.equal([]);
    expect(of({ a: "x", b: null, c: "z" })).to.deep.equal([{ c: "z", l: [{ c: "z" }] }]);
    expect(of({ a: "w", b: "w", c: "z" })).to.deep.equal([{ o: { b: "w", type: "fixed" }, l: [{ b: "w" }] }]);
    expect(of({ a: "w", b: "v", c: "z" })).to.deep.equal([
      { o: { b: "v", type: "fixed" }, p: { a: "w" }, l: [{ b: "v" }] },
    ]);
  });

  it("looks things up in other tables, and says where a parent is missing", async () => {
    const map = readMap(
      text(
        "  x: { of: id, as: reference, reference: units, take: code, required: true }",
        undefined,
        "references: { units: { table: public.unit, key: ID, take: [code, name] } }\n",
      ),
      "x",
    );
    const source: Source = {
      name: "s",
      tables: async () => [
        {
          name: "unit",
          columns: ["name", "id", "code"].map((name) => ({ name, type: "text", nullable: true })),
          key: [],
          references: [],
        },
      ],
      async *rows() {
        yield [
          ["a", "1", " A1 "],
          ["b", "1", "later"],
          ["c", "2", "-"],
        ].map((values, at) => ({ row: at + 1, at: "", values }));
        return { rows: 3, last: "", sha256: "" };
      },
      close: async () => undefined,
    };
    const references = await readReferences(map, source);
    const of = (id: string) => mapped(map, { id }, { references });
    expect(of("1").fragments[0]).to.deep.include({ record: { text: "A1" } });
    expect(of("2").faults.map(({ code }) => code)).to.deep.equal(["value-missing"]);
    expect(of("3").faults.map(({ code }) => code)).to.deep.equal(["parent-missing"]);
    expect(await readReferences(ours("isb-satker"), source)).to.deep.equal({});
    const wrong = readMap(
      text("  x: { from: x }", undefined, "references: { units: { table: nowhere, key: id, take: [code] } }\n"),
      "x",
    );
    const fault = await readReferences(wrong, source).catch((error) => error);
    expect(fault).to.include({ code: "reference-missing" });
  });
});

describe("suppliers of a row", () => {
  const of = (row: Row, secret?: string) =>
    mapped(
      "isb-nontender-sppbj",
      {
        kd_nontender: "7",
        kd_satker_str: "1.01",
        nama_paket: "Meja",
        no_sppbj: "1",
        harga_final: "10",
        nama_penyedia: "CV. MAJU",
        npwp_penyedia: null,
        npwp_penyedia_16: null,
        bentuk_usaha_penyedia: null,
        ...row,
      },
      secret === undefined ? {} : { secret },
    );
  const firm = npwp("82603327");

  it("are named by the nine digits that stay, in whatever layout they come", () => {
    const dotted = `${firm.slice(0, 2)}.${firm.slice(2, 5)}.${firm.slice(5, 8)}.${firm[8]}-${firm.slice(9, 12)}.${firm.slice(12)}`;
    const spellings: Row[] = [
      { npwp_penyedia: firm },
      { npwp_penyedia: dotted },
      { npwp_penyedia_16: `0${firm}` },
      { npwp_penyedia: `${firm.slice(0, 9)}001000` },
    ];
    for (const row of spellings) {
      const { fragments, private: cells } = of(row);
      expect(supplier(fragments)).to.include({
        key: `npwp:${firm.slice(0, 9)}`,
        name: "CV MAJU",
        form: "CV",
        npwpCore: firm.slice(0, 9),
        person: false,
      });
      expect(cells.map((each) => each.class)).to.deep.equal(["npwp-entity"]);
    }
  });

  it("without a right number are named by their name", () => {
    for (const number of [
      null,
      "-",
      "00.000.000.0-000.000",
      `${firm.slice(0, 8)}${(Number(firm[8]) + 1) % 10}437000`,
    ]) {
      expect(supplier(of({ npwp_penyedia: number }).fragments)).to.include({ key: "name:MAJU", name: "CV MAJU" });
    }
  });

  it("get the legal form that stands in another column, which the trail shows", () => {
    const { fragments, trail } = of({
      nama_penyedia: "cvmajujaya",
      bentuk_usaha_penyedia: "Persekutuan Komanditer (CV / Commanditer Venoschaap )",
    });
    expect(supplier(fragments)).to.include({ name: "CV majujaya", form: "CV" });
    expect(trail.filter(({ rule }) => rule === "legal-form")).to.deep.equal([
      { column: "nama_penyedia", before: "cvmajujaya", after: "CV majujaya", rule: "legal-form" },
    ]);
  });

  it("that are persons keep their name and lose every number, from everywhere", () => {
    const persons: Row[] = [
      { nama_penyedia: "Adi Samaran 123", npwp_penyedia: NIK, npwp_penyedia_16: NIK },
      { nama_penyedia: "Adi Samaran 123", npwp_penyedia: firm, bentuk_usaha_penyedia: "Orang Perseorangan" },
      { nama_penyedia: "CV. MAJU", npwp_penyedia: NIK },
      { nama_penyedia: "Adi Samaran", npwp_penyedia: firm },
    ];
    for (const row of persons)
      for (const secret of [undefined, "a secret"]) {
        const result = of(row, secret);
        expect(result.faults).to.deep.equal([]);
        const all = JSON.stringify(result);
        expect(all).to.not.include(NIK).and.not.include(firm).and.not.include(firm.slice(0, 9));
        expect(result.private.some((each) => each.class === "npwp-person")).to.equal(true);
      }
    expect(supplier(of(persons[0]!).fragments)).to.deep.equal({
      entity: "supplier",
      key: "person:123 ADI SAMARAN",
      name: "Adi Samaran 123",
      person: true,
    });
    // with a secret two persons of one name are two, and one person is one under another spelling of his name
    const key = (row: Row) => supplier(of(row, "a secret").fragments).key;
    const other = NIK.replace("0015", "0016");
    expect(key({ nama_penyedia: "Adi", npwp_penyedia: NIK }))
      .to.equal(key({ nama_penyedia: "ADI SAMARAN", npwp_penyedia_16: NIK }))
      .and.to.match(/^person:[0-9a-f]{32}$/);
    expect(key({ nama_penyedia: "Adi", npwp_penyedia: NIK })).to.not.equal(
      key({ nama_penyedia: "Adi", npwp_penyedia: other }),
    );
  });
});

describe("personal data in a row", () => {
  it("in a public text is left out with its trail, in a key it rejects the row", () => {
    for (const [found, expected] of [
      [`Honor a.n. Budi NIK ${NIK}`, "nik"],
      ["hubungi 0812 3456 7890", "phone"],
      ["ke rekening BRI 0012-01-000123-30-1", "bank-account"],
      ["adi.samaran@gmail.com", "email"],
    ] as const) {
      const result = mapped(text("  x: { from: x, do: [edges] }"), { id: "1", x: `, ${found} ` });
      expect(result.fragments).to.deep.equal([{ entity: "record", key: "1", record: {} }]);
      expect(result.private).to.deep.equal([{ column: "x", class: expected }]);
      expect(result.trail).to.deep.equal([{ column: "x", before: `[${expected}]`, after: null, rule: "personal" }]);
    }
    const key = mapped(text("  x: { from: x }"), { id: NIK, x: "a" });
    expect(key.faults).to.deep.equal([{ code: "personal", column: "id" }]);
    expect(JSON.stringify(key)).to.not.include(NIK);
  });

  it("never comes out of any of our maps, whatever stands in its columns", () => {
    const secret = {
      npwp_penyedia: NIK,
      npwp_16_penyedia: NIK,
      npwp16_penyedia: NIK,
      npwp_penyedia_16: NIK,
      NPWP: NIK,
      npwp_pemenang: NIK,
      rkn_npwp: NIK,
      npwp_perseroan: NIK,
      nip_ppk: "197001012000011001",
      nama_ppk: "RAHASIA",
      jabatan_ppk: "RAHASIA",
      wakil_sah_penyedia: "RAHASIA",
      no_rek_bank: "001201000123301",
      nama_pemilik_rek_bank: "RAHASIA",
      alamat_penyedia: "RAHASIA",
      alamat_pengiriman: "RAHASIA",
      Alamat: "RAHASIA",
      Nm_Pemilik: "RAHASIA",
      No_Rekening: "001201000123301",
      Nm_Rekening: "RAHASIA",
      Rek_Penerima: "001201000123301",
      rkn_telepon: "081234567890",
      rkn_email: "RAHASIA@gmail.com",
      pemegang_saham: "RAHASIA",
      penanggung_jwb: "RAHASIA",
    };
    let cells = 0;
    for (const map of [
      "isb-nontender-contract",
      "isb-tender-contract",
      "isb-nontender-sppbj",
      "isb-nontender-bap",
      "isb-nontender-realization",
      "isb-nontender-result",
      "lpse-winners",
      "simda-kontrak",
      "simda-sp2d",
      "oss-nib",
      "spse-db-rekanan",
    ]) {
      const { fields } = ours(map).spec;
      const row: Record<string, string> = { ...secret };
      for (const { from, as } of Object.values(fields)) {
        for (const column of from === undefined ? [] : [from].flat())
          row[column] ??=
            as === "money" || as === "integer"
              ? "7"
              : as === "date"
                ? "2025-01-01"
                : as === "code"
                  ? "Kwitansi"
                  : `SPK 7`;
      }
      Object.assign(row, {
        status_kontrak: "Kontrak Selesai",
        mtd_pemilihan: "Tender",
        metode_pengadaan: "Tender",
        jenis_pengadaan: "Jasa Lainnya",
        kategori_pengadaan: "Jasa Lainnya",
        kategori: "Jasa Lainnya",
        status_nontender: "Selesai",
        anggota_kso: `Nama Anggota KSO: Adi, NPWP Anggota KSO: ${NIK}`,
        Waktu: "30 hari",
      });
      const result = mapped(map, row);
      expect(result.faults, map).to.deep.equal([]);
      expect(result.fragments.length, map).to.be.greaterThan(0);
      const all = JSON.stringify(result);
      for (const text of [NIK, "RAHASIA", "197001012000011001", "001201000123301", "081234567890"])
        expect(all, `${map}: ${text}`).to.not.include(text);
      cells += result.private.length;
    }
    expect(cells).to.be.greaterThan(100);
  });
});

describe("a contract of e-kontrak", () => {
  const row: Row = {
    kd_tender: "4451",
    kd_satker_str: "1.03",
    nama_satker: "DINAS PU",
    nama_paket: ", Jalan Tirtaraya",
    no_kontrak: "SP.01/PK/IX/2024",
    tgl_kontrak: "2024-09-02T00:00:00.000000Z",
    tgl_kontrak_awal: "2024-09-02T00:00:00.000000Z",
    tgl_kontrak_akhir: "2024-09-02T00:00:00.000000Z",
    nama_penyedia: "PT. TIRTA",
    npwp_penyedia: npwp("82603327"),
    nilai_kontrak: "15761893981.75",
    status_kontrak: "Kontrak Sedang Berjalan",
    versi_addendum: "0",
    lingkup_pekerjaan: "<p>Jalan&nbsp;baru</p>",
  };

  it("is one contract in all its versions, with the value of each", () => {
    const first = process(mapped("isb-tender-contract", row).fragments);
    expect(first).to.deep.include({ key: "4451", agency: "1.03", at: "2024-09-02T00:00:00Z", by: "DINAS PU" });
    expect(first.contracts).to.deep.equal({
      "4451-1": {
        number: "SP.01/PK/IX/2024",
        status: "active",
        value: "1576189398175",
        firstValue: "1576189398175",
        version: 0,
        currency: "IDR",
      },
    });
    expect(first.release.contracts).to.deep.equal([
      {
        id: "4451-1",
        awardID: "4451-1",
        title: "Jalan Tirtaraya",
        description: "Nomor kontrak: SP.01/PK/IX/2024",
        status: "active",
        value: { amount: 15761893981.75, currency: "IDR" },
        dateSigned: "2024-09-02T00:00:00Z",
        documents: [
          {
            id: "contract",
            documentType: "contractSigned",
            title: "Kontrak SP.01/PK/IX/2024",
            description: "Jalan baru",
            datePublished: "2024-09-02T00:00:00Z",
          },
        ],
      },
    ]);
    const second = process(
      mapped("isb-tender-contract", {
        ...row,
        no_kontrak: "SP.01.a",
        versi_addendum: "2",
        tgl_kontrak: "2024-12-02T00:00:00.000000Z",
        nilai_kontrak: "16014182775",
        status_kontrak: "Kontrak Selesai",
        alasan_addendum: "tambah volume",
      }).fragments,
    );
    expect(second.contracts).to.deep.equal({
      "4451-1": { number: "SP.01.a", status: "completed", value: "1601418277500", version: 2, currency: "IDR" },
    });
    const [contract] = second.release.contracts as Record<string, unknown>[];
    expect(contract).to.include({ id: "4451-1", status: "terminated" }).and.not.have.property("dateSigned");
    expect(contract!.amendments).to.deep.equal([
      { id: "addendum-2", date: "2024-12-02T00:00:00Z", description: "Adendum 2", rationale: "tambah volume" },
    ]);
  });

  it("that was never signed tells of the tender alone", () => {
    const { fragments, faults } = mapped("isb-tender-contract", {
      ...row,
      no_kontrak: null,
      tgl_kontrak: null,
      nilai_kontrak: null,
      nama_penyedia: null,
      npwp_penyedia: null,
      status_kontrak: null,
      versi_addendum: null,
      tgl_kontrak_awal: null,
      tgl_kontrak_akhir: null,
    });
    expect(faults).to.deep.equal([]);
    expect(fragments).to.deep.equal([
      {
        entity: "process",
        key: "4451",
        agency: "1.03",
        by: "DINAS PU",
        release: { tender: { id: "4451", title: "Jalan Tirtaraya" } },
      },
    ]);
  });
});

describe("OCDS of the old form", () => {
  const old = {
    ocid: "ocds-tirta-1",
    id: "1",
    date: "2016-01-01T00:00:00Z",
    tag: ["award"],
    initiationType: "tender",
    buyer: { name: "DINAS PU", identifier: { scheme: "ID-X", id: "9" } },
    tender: { id: "t", amendment: { rationale: "x" } },
    awards: [
      {
        id: "a",
        value: { amount: 5, currency: "IDR" },
        suppliers: [
          { name: "CV MAJU", identifier: { scheme: "ID-Y", id: "1" }, contactPoint: { email: "adi@gmail.com" } },
        ],
      },
    ],
    contracts: {
      id: "c",
      awardID: "a",
      status: "terminated",
      value: { amount: 5.5, currency: "IDR" },
      implementation: {
        transactions: [
          {
            id: "p",
            date: "2016-02-01T00:00:00Z",
            amount: { amount: 2.25, currency: "IDR" },
            providerOrganization: { scheme: "ID-X", id: "9", legalName: "DINAS PU" },
          },
        ],
      },
    },
  };

  it("comes out in the form of 1.1, without what is private in it", () => {
    const { fragments, faults } = mapped("ocds", {
      ocid: old.ocid,
      id: old.id,
      date: old.date,
      tag: "[]",
      release: JSON.stringify(old),
    });
    expect(faults).to.deep.equal([]);
    const found = process(fragments);
    expect(found).to.deep.include({
      key: "ocds-tirta-1",
      agency: "ID-X-9",
      at: "2016-01-01T00:00:00Z",
      by: "DINAS PU",
    });
    expect(found.release.buyer).to.deep.equal({ id: "ID-X-9", name: "DINAS PU" });
    expect(found.release.tender).to.deep.equal({ id: "t", amendments: [{ rationale: "x" }] });
    expect((found.release.parties as Record<string, unknown>[]).map(({ id, roles }) => [id, roles])).to.deep.equal([
      ["ID-X-9", ["buyer"]],
      ["ID-Y-1", ["supplier"]],
    ]);
    expect(found.contracts).to.deep.equal({
      c: {
        status: "completed",
        currency: "IDR",
        value: "550",
        documents: [{ kind: "payment", number: "p", amount: "225", on: "2016-02-01T00:00:00Z" }],
      },
    });
    expect(found.release.contracts).to.have.nested.property(
      "[0].implementation.transactions[0].payer.name",
      "DINAS PU",
    );
    expect(JSON.stringify(fragments)).to.not.include("gmail");
  });

  it("that is no JSON rejects its row", () => {
    expect(mapped("ocds", { ocid: "x", release: "{" }).faults.map(({ code }) => code)).to.include("value-unreadable");
  });
});
