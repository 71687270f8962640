import { expect } from "chai";
import type mysql from "mysql2/promise";
import { ThrowawayMariadb } from "../../../migration/plan/throwaway-mariadb.ts";
import { idOf } from "../../../server/domain/entries/entry.ts";
import { npwp } from "../../migration/mapping/rows.ts";
import { connectTo, needMariadb } from "../../migration/mariadb.ts";
import { needPostgres, Postgres } from "../../migration/postgres.ts";
import { texts, workbook } from "../../migration/sources/workbook.ts";
import { connectorsYaml, type FinanceWorld, financeWorld } from "./finance-world.ts";
import { TdsServer } from "./tds-server.ts";

const firm = npwp("82603327");
const treasury = idOf("ID-TIRTA-BPKAD");
const office = idOf("ID-TIRTA-PU");
const job = (id: string, source: string, table: string, map: string, more = "") =>
  `  - { id: ${id}, source: ${source}, table: ${table}, map: ${map}, sink: payments, agency: ID-TIRTA-BPKAD, rate: { requests: 10000, per: 1s }${more} }`;

describe("payments, from the systems that hold them", function () {
  this.timeout(90_000);
  const closing: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
  const opened = async (yaml: string, env: Record<string, string> = {}): Promise<FinanceWorld> => {
    const world = await financeWorld(yaml, env);
    closing.push(() => world.close());
    return world;
  };

  describe("SIMDA in SQL Server", () => {
    let server: TdsServer;
    beforeEach(async () => {
      server = await TdsServer.start();
      closing.push(() => server.stop());
      const text = (name: string, length = 100) => ({ name, type: "nvarchar", length });
      const number = (name: string) => ({ name, type: "int" });
      const units = ["Kd_Urusan", "Kd_Bidang", "Kd_Unit", "Kd_Sub"].map(number);
      const date = (name: string) => ({ name, type: "datetime" });
      server.tables.push(
        {
          name: "Ta_SP2D",
          columns: [number("Tahun"), text("No_SP2D"), text("No_SPM"), date("Tgl_SP2D"), text("Keterangan", 255)],
          key: ["Tahun", "No_SP2D"],
          rows: [
            [2019, "102384/SP2D/2019", "3116/LS/1.3.1.2/XI/2019", "2019-11-20 00:00:00.000", "Pembayaran termin I"],
            [2019, "102385/SP2D/2019", "3117/GU/1.3.1.2/XI/2019", "2019-11-20 00:00:00.000", "Ganti uang"],
            [2019, "102386/SP2D/2019", "9999/LS/1.3.1.2/XI/2019", "2019-11-21 00:00:00.000", "SPM belum ada"],
          ],
        },
        {
          name: "Ta_SPM",
          columns: [
            ...[number("Tahun"), text("No_SPM"), text("No_SPP"), number("Jn_SPM"), date("Tgl_SPM"), ...units],
            ...[text("Uraian", 255), text("Nm_Penerima"), text("Bank_Penerima"), text("Rek_Penerima"), text("NPWP")],
          ],
          key: ["Tahun", "No_SPM"],
          rows: [
            [
              ...[2019, "3116/LS/1.3.1.2/XI/2019", "77/SPP/2019", 3, "2019-11-18 00:00:00.000", 1, 3, 1, 2],
              ...["Peningkatan jalan Desa Sukaraja", "CV. MAJU JAYA", "BPD", "0099-8877-66", firm],
            ],
            [
              ...[2019, "3117/GU/1.3.1.2/XI/2019", "78/SPP/2019", 2, "2019-11-18 00:00:00.000", 1, 3, 1, 2],
              ...["GU November", "Adi Samaran", "BPD", "0012345678", "3278061704980015"],
            ],
          ],
        },
        {
          name: "Ta_SPM_Rinc",
          columns: [
            ...[number("Tahun"), text("No_SPM"), number("No_ID"), ...units],
            ...["Kd_Prog", "ID_Prog", "Kd_Keg", "Kd_Rek_1", "Kd_Rek_2", "Kd_Rek_3", "Kd_Rek_4", "Kd_Rek_5"].map(number),
            { name: "Nilai", type: "money" },
          ],
          key: ["Tahun", "No_SPM", "No_ID"],
          rows: [
            [2019, "3116/LS/1.3.1.2/XI/2019", 1, 1, 3, 1, 2, 15, 103, 5, 5, 2, 3, 21, 3, 1_000_000_000_0n],
            [2019, "3116/LS/1.3.1.2/XI/2019", 2, 1, 3, 1, 2, 15, 103, 5, 5, 2, 3, 21, 4, 98_000_0000n],
            [2019, "3117/GU/1.3.1.2/XI/2019", 1, 1, 3, 1, 2, 1, 103, 2, 5, 2, 2, 1, 1, 50_000_0000n],
          ],
        },
        {
          name: "Ta_SPM_Pot",
          columns: [
            ...[number("Tahun"), text("No_SPM"), number("Kd_Pot_Rek"), { name: "Nilai", type: "money" }],
            ...[text("Kd_Billing", 16), text("NTPN", 16)],
          ],
          key: ["Tahun", "No_SPM", "Kd_Pot_Rek"],
          rows: [
            [2019, "3116/LS/1.3.1.2/XI/2019", 4, 99_818_1800n, "820191122334455", "ABCD1234EFGH5678"],
            [2019, "3116/LS/1.3.1.2/XI/2019", 9, 19_963_6400n, "820191122334456", null],
          ],
        },
        {
          name: "Ref_Pot_SPM_Rek",
          columns: [number("Kd_Pot_Rek"), number("Kd_Pot")],
          key: ["Kd_Pot_Rek"],
          rows: [
            [4, 1],
            [9, 2],
          ],
        },
        {
          name: "Ref_Pot_SPM",
          columns: [number("Kd_Pot"), text("Nm_Pot")],
          key: ["Kd_Pot"],
          rows: [
            [1, "PPN"],
            [2, "PPh Pasal 4 ayat (2)"],
          ],
        },
        {
          name: "Ta_SPP_Kontrak",
          columns: [...[number("Tahun"), text("No_SPP"), text("No_Kontrak"), text("Keperluan", 255)], text("NPWP")],
          key: ["Tahun", "No_SPP"],
          rows: [[2019, "77/spp/2019 ", "602/7/SPK/2019", "Jalan Sukaraja", firm]],
        },
        {
          name: "Ta_Cheque",
          columns: [number("Tahun"), text("No_SP2D"), date("Tgl_Cair")],
          key: ["Tahun", "No_SP2D"],
          rows: [[2019, "102384/SP2D/2019", "2019-11-22 00:00:00.000"]],
        },
      );
    });

    const maps: Record<string, string> = {
      Ta_SP2D: "finance-simda-sp2d",
      Ta_SPM: "finance-simda-spm",
      Ta_SPM_Rinc: "finance-simda-spm-rinc",
      Ta_SPM_Pot: "finance-simda-spm-pot",
      Ta_SPP_Kontrak: "finance-simda-spp-kontrak",
      Ta_Cheque: "finance-simda-cheque",
    };
    const idIn = (table: string) => table.toLowerCase().replaceAll("_", "-");
    const world = () =>
      opened(
        connectorsYaml(
          "  simda: { engine: sqlserver, dsnEnv: SIMDA, encrypt: false }",
          Object.entries(maps)
            .map(([table, map]) => job(idIn(table), "simda", table, map))
            .join("\n"),
        ),
        { SIMDA: server.url() },
      );

    const orders = [
      Object.keys(maps),
      Object.keys(maps).toReversed(),
      ["Ta_SPM_Pot", "Ta_SP2D", "Ta_Cheque", "Ta_SPP_Kontrak", "Ta_SPM_Rinc", "Ta_SPM"],
    ];
    const results: unknown[] = [];
    for (const [index, order] of orders.entries())
      it(`joins its tables into documents, in any order (${index + 1})`, async () => {
        const { counts, documents, part } = await world();
        for (const table of order) {
          const { read, setAside, ...rest } = await counts(idIn(table));
          expect({ setAside, ...rest }, table).to.deep.equal({ setAside: 0, drafted: read, unchanged: 0, merged: 0 });
        }
        const found = (await documents()).sort((a, b) => (a.document.key < b.document.key ? -1 : 1));
        expect(found.map(({ document: { number } }) => number)).to.deep.equal(["102384/SP2D/2019", "102385/SP2D/2019"]);
        const { source: _, ...first } = found[0]!.document;
        expect(first).to.deep.equal({
          key: `${treasury}/2019/SP2D/102384/SP2D/2019`,
          issuer: treasury,
          year: 2019,
          type: "SP2D",
          number: "102384/SP2D/2019",
          on: "2019-11-20",
          cleared: "2019-11-22",
          route: "LS",
          currency: "IDR",
          gross: "109800000",
          net: "97821818",
          deductions: [
            { kind: "PPN", name: "PPN", amount: "9981818", billing: "820191122334455", ntpn: "ABCD1234EFGH5678" },
            { kind: "PPh4(2)", name: "PPh Pasal 4 ayat (2)", amount: "1996364", billing: "820191122334456" },
          ],
          spm: { number: "3116/LS/1.3.1.2/XI/2019", on: "2019-11-18" },
          spp: { number: "77/SPP/2019" },
          agency: office,
          lines: [
            { account: "5.2.3.21.03", chart: "permendagri13", subActivity: "103.15.5", amount: "100000000" },
            { account: "5.2.3.21.04", chart: "permendagri13", subActivity: "103.15.5", amount: "9800000" },
          ],
          payee: { name: "CV MAJU JAYA", npwpCore: firm.slice(0, 9), account: first.payee.account },
          purpose: "Pembayaran termin I · Peningkatan jalan Desa Sukaraja · Jalan Sukaraja",
          contractNumber: "602/7/SPK/2019",
        });
        // whoever got petty cash is a person: nothing of her leads back to her
        const second = found[1]!.document;
        expect(second).to.include({ route: "GU", gross: "5000000", net: "5000000" });
        expect(second.payee.person).to.match(/^[0-9a-f]{32}$/);
        const kept = JSON.stringify(await documents());
        for (const secret of ["3278061704980015", "0012345678", "0099-8877-66", firm])
          expect(kept).not.to.contain(secret);
        expect(await part.calls["finance.waiting"]!({})).to.deep.equal([{ number: "102386/SP2D/2019", for: "amount" }]);
        results.push(found.map(({ document: { source: __, ...rest } }) => rest));
      });

    it("gives the same documents in every order", () => {
      expect(results).to.have.length(orders.length);
      for (const result of results) expect(result).to.deep.equal(results[0]);
    });

    it("takes nothing twice, tells what changed, and what is gone from the source", async () => {
      const { counts, documents, part } = await world();
      const all = async () => {
        for (const table of Object.keys(maps)) await counts(idIn(table));
      };
      await all();
      const before = await documents();
      for (const table of Object.keys(maps)) {
        const { read, ...rest } = await counts(idIn(table));
        expect(rest, table).to.deep.equal({ drafted: 0, unchanged: read, merged: 0, setAside: 0 });
      }
      expect(await documents()).to.deep.equal(before);
      expect(before.map(({ version }) => version)).to.deep.equal([1, 1]);

      // an amount is corrected, and one deduction is taken out
      const [lines, kept, papers] = [
        server.tables.find(({ name }) => name === "Ta_SPM_Rinc")!,
        server.tables.find(({ name }) => name === "Ta_SPM_Pot")!,
        server.tables.find(({ name }) => name === "Ta_SP2D")!,
      ];
      lines.rows = lines.rows.map((row, at) => (at === 1 ? [...row.slice(0, -1), 99_000_0000n] : row));
      kept.rows = kept.rows.slice(0, 1);
      await all();
      const changed = (await documents()).find(({ document }) => document.number.startsWith("102384"))!;
      expect(changed).to.include({ version: 3, state: "inForce" });
      expect(changed.document).to.include({ gross: "109900000", net: "99918182" });
      const versions = (await part.calls["finance.versions"]!({ key: changed.document.key })) as {
        version: number;
        changes: { field: string; before?: string; after?: string }[];
      }[];
      expect(
        versions.map(({ version, changes }) => [version, changes.find(({ field }) => field !== "net")]),
      ).to.deep.equal([
        [2, { field: "gross", before: "109800000", after: "109900000" }],
        [3, { field: "deduction/PPh Pasal 4 ayat (2)", before: "1996364" }],
      ]);

      papers.rows = papers.rows.slice(1);
      await all();
      const gone = (await documents()).find(({ document }) => document.number.startsWith("102384"))!;
      expect(gone).to.include({ version: 3, state: "gone" });
      papers.rows = [
        [2019, "102384/SP2D/2019", "3116/LS/1.3.1.2/XI/2019", "2019-11-20 00:00:00.000", "Pembayaran termin I"],
        ...papers.rows,
      ];
      await all();
      expect((await documents()).find(({ document }) => document.number.startsWith("102384"))).to.include({
        version: 4,
        state: "inForce",
      });
    });

    it("takes a run that was cut off for no proof of absence", async () => {
      const { counts, documents, jobs } = await world();
      for (const table of Object.keys(maps)) await counts(idIn(table));
      server.cutAfter = 1;
      const run = jobs.run("ta-sp2d", "asked");
      setTimeout(() => {
        server.cutAfter = undefined;
      }, 500);
      expect((await run).state).to.equal("done");
      expect((await documents()).map(({ state }) => state)).to.deep.equal(["inForce", "inForce"]);
    });
  });

  describe("a mirror of SIPD in MariaDB", () => {
    let mariadb: ThrowawayMariadb;
    let client: mysql.Connection;
    let databases = 0;
    before(async function () {
      needMariadb(this);
      mariadb = await ThrowawayMariadb.start();
      client = await connectTo(mariadb, "mysql");
    });
    after(async () => {
      await client?.end();
      await mariadb?.stop();
    });

    const sipd = async () => {
      const name = `sipd${++databases}`;
      await client.query(`create database ${name} character set utf8mb4; use ${name};
        create table data_spp_sipd (id int primary key auto_increment, nomorSpp text, nilaiSpp double(20,0), tanggalSpp date,
          keteranganSpp text, idSkpd int, kode_skpd varchar(50), jenisSpp varchar(5), npwpPenerimaSpp text,
          nomorRekeningPenerimaSpp text, idKontrak int, idBA int, nama_tujuan text, idSpp int, active tinyint not null,
          tahun_anggaran year not null);
        create table data_sp2d_sipd_ri (id int primary key auto_increment, id_sp_2_d int, nomor_sp_2_d text,
          nilai_sp_2_d double(20,0), tanggal_sp_2_d text, nomor_spm text, kode_skpd text, jenis_sp_2_d text,
          is_transfer_sp_2_d tinyint, transfer_sp_2_d_at text, keterangan_sp_2_d text, nomor_spp text, active tinyint not null,
          tahun_anggaran year not null);
        create table data_sp2d_sipd_detail (id int primary key auto_increment, id_sp_2_d int, nomor_sp_2_d text, nomor_spm text,
          jumlah double(20,0), kode_rekening text, nama_pihak_ketiga text, npwp_pihak_ketiga text, no_rek_pihak_ketiga text,
          bank_pihak_ketiga text, keterangan_sp2d text, active tinyint not null, tahun_anggaran year not null);
        create table data_sp2d_sipd_detail_potongan (id int primary key auto_increment, id_sp_2_d int, id_pajak_potongan int,
          nama_pajak_potongan text, nilai_sp2d_pajak_potongan double(20,0), id_billing text, active tinyint not null,
          tahun_anggaran year not null);
        insert into data_spp_sipd (nomorSpp, nilaiSpp, tanggalSpp, keteranganSpp, jenisSpp, npwpPenerimaSpp, nama_tujuan, idSpp, active, tahun_anggaran)
          values ('03.01/02.0/000012/LS/1.03/P1/2/2024', 3000000000000000, '2024-02-20', 'Pembayaran pekerjaan gedung', 'LS', '00.000.000.0-000.000', 'SPK 602/15/KONTRAK/2024', 12, 1, 2024);
        insert into data_sp2d_sipd_ri (id_sp_2_d, nomor_sp_2_d, nilai_sp_2_d, tanggal_sp_2_d, nomor_spm, kode_skpd, jenis_sp_2_d, is_transfer_sp_2_d, transfer_sp_2_d_at, keterangan_sp_2_d, nomor_spp, active, tahun_anggaran)
          values (501, '03.01/04.0/000020/LS/1.03/P1/2/2024', 3000000000000000, '2024-02-28T00:00:00Z', '03.01/03.0/000018/LS/1.03/P1/2/2024', '1.03.0.00.0.00.02.0000', 'LS', 1, '2024-02-29T03:10:00Z', 'Pembayaran pekerjaan gedung', '03.01/02.0/000012/LS/1.03/P1/2/2024', 1, 2024),
                 (502, '03.01/04.0/000021/GU/1.03/P1/2/2024', 1500, '2024-02-28T00:00:00Z', 'x', '9.99', 'GU', 0, null, 'Ganti uang', null, 1, 2024),
                 (503, 'lama', 7, '2024-02-28T00:00:00Z', 'x', '9.99', 'GU', 0, null, 'diganti', null, 0, 2024);
        insert into data_sp2d_sipd_detail (id_sp_2_d, nomor_sp_2_d, nomor_spm, jumlah, kode_rekening, nama_pihak_ketiga, npwp_pihak_ketiga, no_rek_pihak_ketiga, bank_pihak_ketiga, keterangan_sp2d, active, tahun_anggaran)
          values (501, '03.01/04.0/000020/LS/1.03/P1/2/2024', 'm', 2000000000000000, '5.2.03.01.01.0001', 'PT. BANGUN', '0${firm}', '''00123456789', 'Bank X', 'Pembayaran pekerjaan gedung', 1, 2024),
                 (501, '03.01/04.0/000020/LS/1.03/P1/2/2024', 'm', 1000000000000000, '5.2.03.01.01.0002', 'PT. BANGUN', '0${firm}', '''00123456789', 'Bank X', 'Pembayaran pekerjaan gedung', 1, 2024);
        insert into data_sp2d_sipd_detail_potongan (id_sp_2_d, id_pajak_potongan, nama_pajak_potongan, nilai_sp2d_pajak_potongan, id_billing, active, tahun_anggaran)
          values (501, 1, 'Pajak Pertambahan Nilai', 297297297297297, '024', 1, 2024), (501, 6, 'PPh Pasal 4 (2)', 52, null, 1, 2024);`);
      const world = await opened(
        connectorsYaml(
          "  sipd: { engine: mysql, dsnEnv: SIPD }",
          [
            job("potongan", "sipd", "data_sp2d_sipd_detail_potongan", "finance-sipd-sp2d-potongan"),
            job("detail", "sipd", "data_sp2d_sipd_detail", "finance-sipd-sp2d-detail"),
            job("sp2d", "sipd", "data_sp2d_sipd_ri", "finance-sipd-sp2d"),
            job("spp", "sipd", "data_spp_sipd", "finance-sipd-spp"),
          ].join("\n"),
        ),
        { SIPD: mariadb.url(name) },
      );
      return { ...world, name };
    };

    it("becomes documents: deductions by SIPD's own ids, the contract in the field for the addressee", async () => {
      const { counts, documents } = await sipd();
      for (const each of ["potongan", "detail", "sp2d", "spp"]) expect(await counts(each)).to.include({ setAside: 0 });
      const [first, second] = (await documents())
        .map(({ document }) => document)
        .sort((a, b) => (a.key < b.key ? -1 : 1));
      const { source: _, payee, ...rest } = first!;
      expect(rest).to.deep.include({
        number: "03.01/04.0/000020/LS/1.03/P1/2/2024",
        on: "2024-02-28",
        cleared: "2024-02-29",
        route: "LS",
        gross: "300000000000000000",
        net: "270270270270265100",
        agency: office,
        purpose: "Pembayaran pekerjaan gedung · SPK 602/15/KONTRAK/2024",
      });
      expect(rest.deductions.map(({ kind, amount, billing }) => [kind, amount, billing])).to.deep.equal([
        ["PPN", "29729729729729700", "024"],
        ["PPh4(2)", "5200", undefined],
      ]);
      expect(rest.lines).to.deep.equal([
        { account: "5.2.03.01.01.0001", chart: "permendagri90", amount: "200000000000000000" },
        { account: "5.2.03.01.01.0002", chart: "permendagri90", amount: "100000000000000000" },
      ]);
      expect(rest.exceptions).to.equal(undefined);
      expect(payee).to.include({ name: "PT BANGUN", npwpCore: firm.slice(0, 9) });
      // an office that the settings do not name, and the row that the mirror has replaced
      expect(second!.exceptions!.map(({ code }) => code)).to.deep.equal(["agency-unknown"]);
      expect((await documents()).length).to.equal(2);
    });

    it("takes a row that the mirror has replaced for gone", async () => {
      const { counts, documents, name } = await sipd();
      for (const each of ["sp2d", "detail"]) await counts(each);
      await client.query(`update ${name}.data_sp2d_sipd_ri set active = 0 where id_sp_2_d = 502`);
      await counts("sp2d");
      expect(
        (await documents()).map(({ document, state }) => [document.number.slice(11, 17), state]).sort(),
      ).to.deep.equal([
        ["000020", "inForce"],
        ["000021", "gone"],
      ]);
    });

    it("sets aside a row that it cannot read, and takes none for gone meanwhile", async () => {
      const { counts, documents, name } = await sipd();
      await counts("sp2d");
      await client.query(`update ${name}.data_sp2d_sipd_ri set nilai_sp_2_d = null where id_sp_2_d = 502`);
      expect(await counts("sp2d")).to.deep.equal({ read: 3, drafted: 0, unchanged: 2, merged: 0, setAside: 1 });
      expect((await documents()).map(({ state }) => state)).to.deep.equal(["inForce", "inForce"]);
    });
  });

  describe("SIPKD, one database per year, in PostgreSQL", () => {
    let postgres: Postgres;
    before(async function () {
      needPostgres(this);
      postgres = await Postgres.start();
    });
    after(() => postgres?.server.stop());

    it("takes the year from its job, the words from its tables of codes", async () => {
      const { name, client } = await postgres.database(`
        create table daftunit (unitkey text primary key, kdunit text);
        create table stattrs (kdstatus text primary key, lblstatus text);
        create table daftphk3 (kdp3 text primary key, nmp3 text, npwp text, norcp3 text);
        create table matangr (mtgkey text primary key, kdper text);
        create table mkegiatan (kdkegunit text primary key, nukeg text);
        create table jpajak (pjkkey text primary key, nmpajak text);
        create table sp2d (unitkey text, nosp2d text primary key, nospm text, tglsp2d timestamp, tglspm timestamp, kdstatus text, nokontrak text, keperluan text, kdp3 text);
        create table sp2ddetr (nosp2d text, mtgkey text, kdkegunit text, nilai numeric(18,2), primary key (nosp2d, mtgkey, kdkegunit));
        create table sp2dpjk (unitkey text, nosp2d text, pjkkey text, nilai numeric(18,2), keterangan text, primary key (nosp2d, pjkkey));
        insert into daftunit values ('12_', '1.03.01.');
        insert into stattrs values ('24', 'SP2D-LS BARANG JASA');
        insert into daftphk3 values ('P1', 'PT. KARYA', '${firm}', '778899001');
        insert into matangr values ('m1', '5.2.2.03.05.');
        insert into mkegiatan values ('k1', '15.02.');
        insert into jpajak values ('j1', 'PPN'), ('j2', 'PPh Ps. 22');
        insert into sp2d values ('12_', '250/SP2D/LS/2020', '11/SPM', '2020-05-06', '2020-05-04', '24', '027/3/SPK', 'Belanja komputer', 'P1');
        insert into sp2ddetr values ('250/SP2D/LS/2020', 'm1', 'k1', 11000000.50);
        insert into sp2dpjk values ('12_', '250/SP2D/LS/2020', 'j1', 1000000, null), ('12_', '250/SP2D/LS/2020', 'j2', 150000.25, null);`);
      await client.end();
      const { counts, documents } = await opened(
        connectorsYaml(
          "  sipkd: { engine: postgres, dsnEnv: SIPKD }",
          [
            job("pajak", "sipkd", "sp2dpjk", "finance-sipkd-sp2dpjk", ", year: 2020"),
            job("sp2d", "sipkd", "sp2d", "finance-sipkd-sp2d", ", year: 2020"),
            job("rinci", "sipkd", "sp2ddetr", "finance-sipkd-sp2ddetr", ", year: 2020"),
          ].join("\n"),
        ),
        { SIPKD: postgres.server.url(name) },
      );
      for (const each of ["pajak", "sp2d", "rinci"]) expect(await counts(each)).to.include({ setAside: 0 });
      const [{ document } = {} as never] = await documents();
      const { source: _, payee, ...rest } = document;
      expect(payee).to.include({ name: "PT KARYA", npwpCore: firm.slice(0, 9) });
      expect(rest).to.deep.equal({
        key: `${treasury}/2020/SP2D/250/SP2D/LS/2020`,
        issuer: treasury,
        year: 2020,
        type: "SP2D",
        number: "250/SP2D/LS/2020",
        on: "2020-05-06",
        route: "LS",
        currency: "IDR",
        gross: "1100000050",
        net: "985000025",
        deductions: [
          { kind: "PPN", name: "PPN", amount: "100000000" },
          { kind: "PPh22", name: "PPh Ps. 22", amount: "15000025" },
        ],
        spm: { number: "11/SPM", on: "2020-05-04" },
        agency: office,
        lines: [{ account: "5.2.2.03.05", chart: "permendagri13", subActivity: "15.02.", amount: "1100000050" }],
        purpose: "Belanja komputer",
        contractNumber: "027/3/SPK",
      });
    });
  });

  describe("files", () => {
    it("takes a register as CSV and as XLSX for the same documents", async () => {
      const world = await opened(
        connectorsYaml(
          `  csv: { engine: csv, path: "csv/*.csv", encoding: windows-1252, delimiter: ";" }
  xlsx: { engine: xlsx, path: "register.xlsx", textColumns: ["Nomor SP2D", NPWP] }`,
          [job("csv", "csv", "register", "finance-register"), job("xlsx", "xlsx", "Sheet1", "finance-register")].join(
            "\n",
          ),
        ),
      );
      const head = [
        "Nomor SP2D",
        "Tanggal SP2D",
        "Nilai SP2D",
        "Nilai Netto",
        "PPN",
        "PPh 23",
        "Jenis",
        "Uraian",
        "Penerima",
        "NPWP",
        "Nomor Rekening",
        "Kode Rekening",
      ];
      const rows = [
        [
          "1/SP2D/2025",
          "03-01-2025",
          "Rp 1.110.000,00",
          "1.000.000,00",
          "110.000",
          "0",
          "LS",
          "SPK 1 – termin",
          "CV. MAJU",
          firm,
          "00123456",
          "5.1.02.02.08.0009",
        ],
        ["2/SP2D/2025", "3 Januari 2025", "500,00", "400,00", "", "60", "GU", "=cmd|x", "Toko A", "", "", "521211"],
        ["3/SP2D/2025", "31-02-2025", "1", "1", "", "", "LS", "", "", "", "", ""],
      ];
      await world.write(
        "csv/register.csv",
        Buffer.from(
          [head, ...rows]
            .map((row) => row.join(";"))
            .join("\r\n")
            .replaceAll("–", "\u0096"),
          "latin1",
        ),
      );
      // a look at it says beforehand what can be taken
      expect((await world.jobs.test("csv")).map).to.include({ mapped: 2, refused: 1 });
      expect(await world.counts("csv")).to.deep.equal({ read: 3, drafted: 2, unchanged: 0, merged: 0, setAside: 1 });
      const [first, second] = (await world.documents()).map(({ document }) => document);
      expect(first).to.deep.include({
        gross: "111000000",
        net: "100000000",
        route: "LS",
        on: "2025-01-03",
        purpose: "SPK 1 – termin",
      });
      expect(first!.exceptions).to.equal(undefined);
      expect(first!.lines).to.deep.equal([
        { account: "5.1.02.02.08.0009", chart: "permendagri90", amount: "111000000" },
      ]);
      expect(second!.exceptions!.map(({ code, words }) => [code, words.en.slice(0, 70)])).to.deep.equal([
        ["sums-differ", "Gross 500,00 less deductions 60,00 is 440,00, and 400,00 was paid. The"],
      ]);
      expect(second!.lines[0]!.chart).to.equal("unknown");
      await world.write(
        "register.xlsx",
        await workbook({
          sheets: [{ name: "Sheet1", rows: [head, ...rows].map((row, at) => texts(at + 1, ...row)).join("") }],
        }),
      );
      // the same papers by another way: what they say is kept a second time, and the documents stay as they are
      await world.counts("xlsx");
      expect((await world.documents()).map(({ document, version }) => [document.number, version])).to.deep.equal([
        ["1/SP2D/2025", 1],
        ["2/SP2D/2025", 1],
      ]);
    });

    it("looks at rows without keeping any, in a dry run", async () => {
      const world = await opened(
        connectorsYaml(
          `  csv: { engine: csv, path: "*.csv", encoding: utf-8, delimiter: ";" }`,
          job("csv", "csv", "r", "finance-register"),
        ),
      );
      await world.write("r.csv", "Nomor SP2D;Tanggal SP2D;Nilai SP2D\n7;01-02-2025;5\n8;31-02-2025;6\n");
      const dry = async () => {
        const { read, drafted, unchanged, setAside } = await world.jobs.run("csv", "asked", { dry: true });
        return { read, drafted, unchanged, setAside };
      };
      expect(await dry()).to.deep.equal({ read: 2, drafted: 1, unchanged: 0, setAside: 1 });
      expect(await Array.fromAsync(world.storage.keys("fin/"))).to.deep.equal([]);
      await world.counts("csv");
      expect(await dry()).to.deep.equal({ read: 2, drafted: 0, unchanged: 1, setAside: 1 });
    });

    it("sets aside the second of two rows that contradict each other, in every run", async () => {
      const world = await opened(
        connectorsYaml(
          `  csv: { engine: csv, path: "*.csv", encoding: utf-8, delimiter: ";" }`,
          job("csv", "csv", "r", "finance-register"),
        ),
      );
      await world.write(
        "r.csv",
        "Nomor SP2D;Tanggal SP2D;Nilai SP2D\n7;01-02-2025;5\n7;01-02-2025;6\n7;01-02-2025;5\n",
      );
      expect(await world.counts("csv")).to.deep.equal({ read: 3, drafted: 1, unchanged: 0, merged: 1, setAside: 1 });
      expect(await world.counts("csv")).to.deep.equal({ read: 3, drafted: 0, unchanged: 1, merged: 1, setAside: 1 });
      expect((await world.documents()).map(({ document, version }) => [document.gross, version])).to.deep.equal([
        ["500", 1],
      ]);
    });

    it("keeps returns, each once, and the whole of a corrected one", async () => {
      const world = await opened(
        connectorsYaml(
          `  csv: { engine: csv, path: "*.csv", encoding: utf-8, delimiter: ";" }`,
          job("retur", "csv", "retur", "finance-return"),
        ),
      );
      const write = (amount: string) =>
        world.write(
          "retur.csv",
          `Nomor;Tanggal;Jenis;Nomor SP2D;Nilai;Uraian\n9/R;04-02-2025;Retur SP2D;1/SP2D/2025;${amount};rekening tutup\n10/STS;05-02-2025;Setor Kembali;2/SP2D/2025;5;x\n11;05-02-2025;Hibah;2;5;x\n`,
        );
      await write("1.000,50");
      expect(await world.counts("retur")).to.deep.equal({ read: 3, drafted: 2, unchanged: 0, merged: 0, setAside: 1 });
      await write("1.000,75");
      expect(await world.counts("retur")).to.deep.equal({ read: 3, drafted: 1, unchanged: 1, merged: 0, setAside: 1 });
      const found = await world.returns();
      expect(found.map(({ return: { kind, of, amount }, version }) => [kind, of, amount, version])).to.deep.equal([
        ["paidBack", "2/SP2D/2025", "500", 1],
        ["returned", "1/SP2D/2025", "100075", 2],
      ]);
      expect(found[1]!.changes).to.deep.equal([{ field: "amount", before: "100050", after: "100075" }]);
    });

    it("keeps numbers of persons out of what it was paid for", async () => {
      const world = await opened(
        connectorsYaml(
          `  csv: { engine: csv, path: "*.csv", encoding: utf-8, delimiter: ";" }`,
          job("csv", "csv", "r", "finance-register"),
        ),
      );
      await world.write(
        "r.csv",
        "Nomor SP2D;Tanggal SP2D;Nilai SP2D;Uraian\n7;01-02-2025;5;SPK 602/1 ke rekening BRI no 001234567890 an Budi NIK 3278061704980015\n",
      );
      await world.counts("csv");
      const [{ document } = {} as never] = await world.documents();
      expect(document.purpose).to.equal("SPK 602/1 ke rekening BRI no […] an Budi NIK […]");
    });
  });
});
