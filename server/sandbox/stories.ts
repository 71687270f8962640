// The lives that docs/tutorial tells, one for each thing that a contract can meet. Refusals are part of them: each
// names the rule by which the ledger said no.

import {
  ContractForm,
  Exception,
  GuaranteeType,
  HoldCode,
  ImplementationCode,
  ReturnCode,
  Role,
  StageCode,
  StatusCode,
} from "../domain/entries/kinds.ts";
import type { Words } from "../domain/problems.ts";
import {
  type Books,
  type Contract,
  DESKS,
  type Desk,
  INSPECTOR,
  type Item,
  type Life,
  ocidOf,
  Process,
  rp,
  share,
  TREASURER,
} from "./life.ts";
import { POST_PU_3 } from "./people.ts";

const { agreement, spk, order, swakelola, receipt } = ContractForm;
const { progress, partialBast, pho, fho, mc100 } = ImplementationCode;
const M = 1_000_000;

type Story = {
  /** the page of docs/tutorial that tells it */
  readonly page: string;
  readonly title: Words;
  readonly desk: Desk;
  /** the ocid after the agency's stem */
  readonly local: string;
  readonly tell: (p: Process) => void;
};

const item = (description: string, unspsc: string, quantity: number, unit: string, price?: number): Item => ({
  description,
  unspsc,
  quantity,
  unit,
  ...(price === undefined ? {} : { price: rp(price) }),
});

/** BAST, BAP and SP2D of all that is left, and the end. */
function finish(contract: Contract, ago: number): void {
  contract.accept(pho, contract.value, ago);
  contract.certify(ago - 1, { amount: contract.value - contract.certified });
  contract.payDue(ago - 3);
  contract.status(StatusCode.completed, ago - 4);
}

const STORIES: readonly Story[] = [
  {
    page: "01-road",
    title: {
      en: "A road by tender: advance, instalments, retention, and an addendum at the cap",
      id: "Jalan lewat tender: uang muka, termin, retensi, dan adendum pada batas",
    },
    desk: DESKS.roads,
    local: "jalan-2026-01",
    tell(p) {
      const title = "Peningkatan Jalan Tirta–Raya";
      const winner = "ID-PRS-S-0001";
      const value = rp(1_400 * M);
      p.plan(rp(1_500 * M), title);
      p.tender({
        method: "Tender",
        title,
        category: "Pekerjaan Konstruksi",
        value: rp(1_480 * M),
        open: [150, 136],
        items: [
          item("Lapis aspal beton AC-WC", "72141000", 2_400, "ton"),
          item("Saluran samping pasangan batu", "72141100", 860, "meter"),
        ],
      });
      p.bids([winner, "ID-PRS-S-0002", "ID-PRS-S-0021"]);
      p.award("A-1", winner, value, 128);
      p.appoint("A-1", winner, value, 124);
      const c = p.contract({
        form: agreement,
        id: "01/SP/DPUPR/2026",
        awardId: "A-1",
        supplier: winner,
        value,
        title: `Surat Perjanjian ${title}`,
        signed: 120,
        lasts: 150,
        pricing: "Harga Satuan",
        instalments: [40, 35, 20, 5],
      });
      c.countersign(120);
      c.guarantee(GuaranteeType.performance, share(value, 500), 119, 180);
      c.handOverSite(118);
      c.start(117);
      const advance = c.guarantee(GuaranteeType.advance, share(value, 2_000), 116, 150);
      c.certify(115, { advance: share(value, 2_000) }, { why: "Uang muka 20 %" });
      c.payDue(112);
      c.mc0(110);
      c.progress(4_000, 78);
      c.certify(77, { amount: share(value, 6_000) }, { refused: "certified-above-accepted" });
      c.certify(76, {
        amount: share(value, 4_000),
        recovered: share(value, 800),
        withheld: share(share(value, 4_000), 500),
      });
      c.payDue(73);
      c.reduce(advance, 72, share(value, 1_200));
      c.amend(
        ["scope"],
        60,
        "Tambahan drainase sisi utara (+10,01 %)",
        { scope: rp(140_140_000) },
        {
          refused: "scope-above-cap",
        },
      );
      c.amend(["scope", "time"], 58, "Tambahan drainase sisi utara (+9,93 %), waktu +14 hari", {
        scope: rp(139 * M),
        days: 14,
      });
      c.countersign(57);
      c.progress(7_500, 20);
      const amount = c.accepted - c.certified;
      c.certify(18, { amount, recovered: share(value, 700), withheld: share(amount, 500) });
      c.payDue(12);
    },
  },
  {
    page: "02-paid-twice",
    title: { en: "The same work paid twice", id: "Pekerjaan yang sama dibayar dua kali" },
    desk: DESKS.water,
    local: "saluran-2026-07",
    tell(p) {
      const title = "Pemeliharaan saluran Pasar Lama";
      p.plan(rp(150 * M), title);
      p.tender({
        method: "Pengadaan Langsung",
        title,
        category: "Pekerjaan Konstruksi",
        value: rp(149_500_000),
        open: [28, 27],
      });
      const c = p.contract({
        form: spk,
        id: "07/SPK/DPUPR/2026",
        supplier: "ID-PRS-S-0002",
        value: rp(148_750_000.5),
        title,
        signed: 25,
        lasts: 21,
        items: [item("Pengerukan sedimen saluran", "72141100", 412, "meter kubik")],
      });
      c.countersign(25);
      c.start(24);
      c.accept(pho, c.value, 8);
      c.certify(7, { amount: c.value });
      const number = c.sp2d();
      c.pay(c.value, 6, { number });
      // sent once more under its own number: one document is paid once
      c.pay(c.value, 5, { number, refused: "document-exceeded" });
      // and under a new number: a cleared payment is a fact, recorded with its excess
      c.pay(rp(14_875_000.05), 5);
      c.note("SP2D kedua tanpa BAP: klarifikasi diminta kepada Kuasa BUD.", 4);
      c.status(StatusCode.completed, 4);
    },
  },
  {
    page: "03-swapped-digits",
    title: { en: "Two digits swapped: a correction", id: "Dua angka tertukar: ralat pencatatan" },
    desk: DESKS.health,
    local: "alat-2026-12",
    tell(p) {
      const title = "Pengadaan alat pemeriksaan puskesmas";
      p.plan(rp(100 * M), title);
      const c = p.contract({
        form: spk,
        id: "12/SPK/DINKES/2026",
        supplier: "ID-PRS-S-0003",
        value: rp(95 * M),
        title,
        signed: 22,
        lasts: 21,
        items: [item("Tensimeter digital", "42181500", 38, "unit", 2_500_000)],
      });
      c.countersign(22);
      c.start(21);
      const wrong = c.accept(partialBast, rp(59 * M), 10);
      c.certify(10, { amount: rp(95 * M) }, { refused: "certified-above-accepted" });
      p.correct(
        wrong,
        { amount: rp(95 * M) },
        {
          body: { contracts: [{ id: c.id }], remarks: [{ text: "BAST menyebut Rp 95.000.000; tercatat 59." }] },
        },
      );
      c.accepted = rp(95 * M);
      c.certify(9, { amount: rp(95 * M) }, { number: "BAP-12/DINKES/2026" });
      c.certify(9, { amount: rp(M) }, { number: "BAP-12/DINKES/2026", refused: "number-used" });
      c.payDue(8);
      c.status(StatusCode.completed, 6);
    },
  },
  {
    page: "04-retur",
    title: {
      en: "Money that comes back: retur, setor kembali, kontra pos, batal",
      id: "Uang yang kembali: retur, setor kembali, kontra pos, batal",
    },
    desk: DESKS.farming,
    local: "benih-2026-03",
    tell(p) {
      const title = "Benih padi inbrida untuk kelompok tani";
      p.plan(rp(190 * M), title);
      p.tender({
        method: "Pengadaan Langsung",
        title,
        category: "Pengadaan Barang",
        value: rp(186 * M),
        open: [28, 26],
      });
      const c = p.contract({
        form: spk,
        supplier: "ID-PRS-S-0007",
        value: rp(180 * M),
        title,
        signed: 24,
        lasts: 14,
        items: [item("Benih padi inbrida bersertifikat", "10151500", 12_000, "kilogram", 15_000)],
      });
      c.countersign(24);
      c.start(23);
      c.accept(partialBast, rp(120 * M), 15);
      c.certify(14, { amount: rp(120 * M) });
      const first = c.payDue(13);
      // the account was closed: the bank sends all of it back, and it is paid again
      c.comesBack(first, ReturnCode.returned, rp(120 * M), 12, { number: "RETUR-0001/2026" });
      const again = c.payDue(11);
      c.comesBack(again, ReturnCode.paidBack, rp(121 * M), 10, {
        number: "STS-0001/2026",
        refused: "remainder-exceeded",
      });
      // 200 kg did not germinate: paid back into the treasury
      c.comesBack(again, ReturnCode.paidBack, rp(3 * M), 10, { number: "STS-0002/2026" });
      // booked to a wrong account code, put right by a contra entry, and paid from the right one
      c.accept(pho, c.value, 8);
      c.certify(7, { amount: rp(60 * M) });
      const misbooked = c.pay(rp(20 * M), 6);
      c.comesBack(misbooked, ReturnCode.contraEntry, rp(20 * M), 6, { number: "KP-0001/2026" });
      // an SP2D that was cancelled before it cleared: its document is free again
      const number = c.sp2d();
      const void_ = c.pay(rp(60 * M), 5, { number });
      c.comesBack(void_, ReturnCode.voided, rp(60 * M), 5);
      c.pay(c.due, 4, { number });
      c.status(StatusCode.completed, 3);
    },
  },
  {
    page: "05-bridge-kso",
    title: {
      en: "A bridge over three years by a group (KSO), prices adjusted",
      id: "Jembatan tahun jamak oleh KSO, dengan penyesuaian harga",
    },
    desk: DESKS.highways,
    local: "jembatan-2026-01",
    tell(p) {
      const title = "Penggantian Jembatan Kali Bening (tahun jamak)";
      const group = "ID-PRS-KSO-01";
      const value = rp(48_500 * M);
      p.plan(rp(50_000 * M), title);
      p.tender({
        method: "Tender",
        title,
        category: "Pekerjaan Konstruksi",
        value: rp(49_900 * M),
        open: [470, 440],
        items: [item("Jembatan rangka baja 80 m", "72141100", 1, "paket")],
      });
      p.bids([group, "ID-PRS-S-0021"]);
      p.award("A-1", group, value, 420);
      const c = p.contract({
        form: agreement,
        awardId: "A-1",
        supplier: group,
        value,
        title: `Kontrak tahun jamak ${title}`,
        signed: 400,
        lasts: 730,
        pricing: "Harga Satuan",
        instalments: [15, 25, 30, 25, 5],
      });
      c.countersign(399);
      c.guarantee(GuaranteeType.performance, share(value, 500), 398, 800);
      const advance = c.guarantee(GuaranteeType.advance, share(value, 1_500), 396, 730);
      c.start(395);
      c.certify(390, { advance: share(value, 1_500) }, { why: "Uang muka 15 % (tahun jamak)" });
      c.payDue(385);
      for (const [percent, ago] of [
        [1_200, 300],
        [2_800, 210],
        [4_500, 120],
      ] as const) {
        c.progress(percent, ago);
        const amount = c.accepted - c.certified;
        c.certify(ago - 3, { amount, recovered: share(amount, 1_500), withheld: share(amount, 500) });
        c.payDue(ago - 8);
      }
      c.reduce(advance, 100, c.advanced - c.recovered);
      c.amend(
        ["scope"],
        92,
        "Penyesuaian harga tanpa tanda",
        { price: rp(1_455 * M) },
        { refused: "price-change-unmarked", approved: true },
      );
      c.amend(
        ["priceAdjustment"],
        90,
        "Penyesuaian harga satuan (eskalasi) untuk pekerjaan setelah bulan ke-18, +3 %",
        {
          price: rp(1_455 * M),
        },
      );
      c.countersign(89);
      c.progress(5_600, 25);
      const amount = c.accepted - c.certified;
      c.certify(22, { amount, recovered: share(amount, 1_500), withheld: share(amount, 500) });
      c.payDue(15);
    },
  },
  {
    page: "06-late-school",
    title: {
      en: "Late at the end of the year: kesempatan, a guarantee, and the fine",
      id: "Terlambat di akhir tahun: kesempatan, jaminan, dan denda",
    },
    desk: DESKS.schools,
    local: "rkb-2026-02",
    tell(p) {
      const title = "Pembangunan ruang kelas baru SMP Negeri 4 Raya";
      const winner = "ID-PRS-S-0008";
      const value = rp(862_500_000);
      p.plan(rp(900 * M), title);
      p.tender({ method: "Tender", title, category: "Pekerjaan Konstruksi", value: rp(888_250_000), open: [190, 178] });
      p.bids([winner, "ID-PRS-S-0011"]);
      p.award("A-1", winner, value, 168);
      const c = p.contract({
        form: agreement,
        awardId: "A-1",
        supplier: winner,
        value,
        title,
        signed: 160,
        lasts: 120,
        pricing: "Gabungan Lumsum dan Harga Satuan",
        instalments: [50, 45, 5],
      });
      c.countersign(160);
      const performance = c.guarantee(GuaranteeType.performance, share(value, 500), 159, 150);
      c.start(157);
      c.progress(5_000, 90);
      c.certify(88, { amount: share(value, 5_000), withheld: share(share(value, 5_000), 500) });
      c.payDue(84);
      // 88 % at the end of the term: fifty days are given, and the fine runs
      c.progress(8_800, 41);
      c.amend(["kesempatan"], 40, "Pemberian kesempatan menyelesaikan pekerjaan 50 hari dengan denda 1/1000 per hari", {
        days: 50,
      });
      c.countersign(39);
      c.extend(performance, 38, 60);
      const rest = value - c.accepted;
      const yearEnd = c.guarantee(GuaranteeType.yearEnd, rest, 38, 60);
      // the year's books close: what is not done yet is paid against the guarantee
      const amount = value - c.certified;
      c.certify(37, { amount, withheld: share(amount, 500) }, { refused: "certified-above-accepted" });
      c.certify(
        37,
        { amount, withheld: share(amount, 500) },
        { names: yearEnd, why: "Akhir tahun, dijamin Jaminan Sisa Pekerjaan" },
      );
      c.payDue(35);
      c.accept(pho, value, 12, {
        body: {
          contracts: [
            {
              id: c.id,
              implementation: { milestones: [{ description: "Selesai 28 hari setelah akhir masa kontrak" }] },
            },
          ],
        },
      });
      c.giveBack(yearEnd, 11);
      c.guarantee(GuaranteeType.maintenance, share(value, 500), 10, 180);
      c.certify(
        10,
        { released: c.withheld - share(value, 28 * 10) },
        { why: "Retensi diganti jaminan pemeliharaan, dikurangi denda 28 hari × 1/1000" },
      );
      c.payDue(8);
      c.status(StatusCode.completed, 7);
    },
  },
  {
    page: "07-flood",
    title: { en: "A flood: force majeure, then penghentian", id: "Banjir: keadaan kahar, lalu penghentian kontrak" },
    desk: DESKS.water,
    local: "irigasi-2026-04",
    tell(p) {
      const title = "Rehabilitasi jaringan irigasi Sawah Lega";
      const winner = "ID-PRS-S-0006";
      const value = rp(640 * M);
      p.plan(rp(700 * M), title);
      p.tender({ method: "Tender", title, category: "Pekerjaan Konstruksi", value: rp(672 * M), open: [140, 128] });
      p.bids([winner, "ID-PRS-S-0016", "ID-PRS-S-0002"]);
      p.award("A-1", winner, value, 120);
      const c = p.contract({
        form: agreement,
        awardId: "A-1",
        supplier: winner,
        value,
        title,
        signed: 112,
        lasts: 120,
      });
      c.countersign(112);
      const performance = c.guarantee(GuaranteeType.performance, share(value, 500), 111, 160);
      c.start(110);
      c.progress(3_500, 70);
      c.certify(68, { amount: c.accepted, withheld: share(c.accepted, 500) });
      c.payDue(64);
      c.amend(["kahar", "time"], 50, "Keadaan kahar: banjir bandang menurut keputusan bupati; waktu +45 hari", {
        days: 45,
      });
      c.countersign(49);
      c.progress(5_500, 24);
      // the valley stays under water: it is stopped, nobody's fault
      c.status(StatusCode.stopped, 20, { why: "Keadaan kahar berlanjut; penghentian kontrak disepakati para pihak." });
      c.amend(
        ["scope"],
        19,
        "Adendum biasa setelah penghentian",
        { scope: c.accepted - value },
        {
          refused: "invalid-transition",
        },
      );
      c.amend(["finalAccount"], 18, "Perhitungan akhir pekerjaan terpasang", { scope: c.accepted - value });
      c.accept(mc100, c.value, 17);
      const amount = c.value - c.certified;
      c.certify(16, { amount, released: c.withheld });
      c.payDue(12);
      c.giveBack(performance, 10);
      c.status(StatusCode.closed, 8);
    },
  },
  {
    page: "08-broken",
    title: {
      en: "A supplier who left: pemutusan, and the guarantees are called",
      id: "Penyedia pergi: pemutusan kontrak dan pencairan jaminan",
    },
    desk: DESKS.schools,
    local: "lab-2026-05",
    tell(p) {
      const title = "Pembangunan laboratorium SMA Negeri 2 Tirta";
      const winner = "ID-PRS-S-0011";
      const value = rp(1_180 * M);
      p.plan(rp(1_250 * M), title);
      p.tender({ method: "Tender", title, category: "Pekerjaan Konstruksi", value: rp(1_232 * M), open: [160, 146] });
      p.bids([winner, "ID-PRS-S-0008"]);
      p.award("A-1", winner, value, 138);
      const c = p.contract({
        form: agreement,
        awardId: "A-1",
        supplier: winner,
        value,
        title,
        signed: 130,
        lasts: 150,
      });
      c.countersign(130);
      const performance = c.guarantee(GuaranteeType.performance, share(value, 500), 129, 180);
      const advance = c.guarantee(GuaranteeType.advance, share(value, 3_000), 128, 180);
      c.start(127);
      c.certify(125, { advance: share(value, 3_000) }, { why: "Uang muka 30 %, usaha kecil" });
      c.payDue(121);
      c.progress(1_500, 80);
      c.certify(78, { amount: c.accepted, recovered: share(c.accepted, 3_000), withheld: share(c.accepted, 500) });
      c.payDue(74);
      c.report("Surat peringatan ketiga: lapangan ditinggalkan", 35);
      // the approver of another agency is no second pair of eyes here
      const stranger = [{ by: "H-PRS-PA-KES", exceptions: 0 }];
      c.status(StatusCode.broken, 28, { approvals: stranger, refused: "no-office" });
      c.status(StatusCode.broken, 28, { why: "Pemutusan sepihak setelah tiga surat peringatan." });
      c.call(performance, 25);
      c.call(advance, 25, { amount: rp(400 * M), refused: "guarantee-differs" });
      c.call(advance, 25, { amount: c.advanced - c.recovered });
      p.note("Penyedia diusulkan masuk daftar hitam.", 20);
      c.note("Dicatat untuk pemeriksaan: pencairan jaminan sesuai sisa uang muka.", 10, {
        by: "H-PRS-BPK",
        capacity: Role.auditor,
        up: 1,
      });
      c.status(StatusCode.closed, 5);
    },
  },
  {
    page: "09-reopened",
    title: { en: "Closed, and opened again", id: "Ditutup, lalu dibuka kembali" },
    desk: DESKS.roads,
    local: "marka-2026-09",
    tell(p) {
      const title = "Marka dan rambu jalan sekolah";
      p.plan(rp(190 * M), title);
      const c = p.contract({
        form: spk,
        supplier: "ID-PRS-S-0021",
        value: rp(174_312_500),
        title,
        signed: 28,
        lasts: 14,
        items: [item("Rambu zona selamat sekolah", "46161500", 46, "unit", 2_850_000)],
      });
      c.countersign(28);
      c.start(28);
      c.accept(pho, c.value, 18);
      const retention = share(c.value, 500);
      c.certify(17, { amount: c.value, withheld: retention });
      c.payDue(15);
      c.status(StatusCode.completed, 14);
      c.status(StatusCode.closed, 12);
      c.certify(10, { released: retention }, { refused: "invalid-transition" });
      c.status(StatusCode.reopened, 9, { why: "Retensi belum dibayar; dibuka untuk FHO." });
      c.status(StatusCode.reopened, 8, { why: "Rambu roboh dalam masa pemeliharaan; pekerjaan diperbaiki." });
      c.accept(fho, c.value, 5);
      c.certify(4, { released: retention });
      c.payDue(3);
      c.status(StatusCode.completed, 2);
      c.status(StatusCode.closed, 1);
    },
  },
  {
    page: "10-hold",
    title: {
      en: "Payments held, and who may lift the hold",
      id: "Pembayaran ditangguhkan, dan siapa yang dapat mencabutnya",
    },
    desk: DESKS.informatics,
    local: "aplikasi-2026-06",
    tell(p) {
      const title = "Pengembangan aplikasi pelayanan terpadu";
      p.plan(rp(200 * M), title);
      p.tender({
        method: "Pengadaan Langsung",
        title,
        category: "Jasa Lainnya",
        value: rp(198_750_000),
        open: [28, 28],
      });
      const c = p.contract({
        form: spk,
        supplier: "ID-PRS-S-0013",
        value: rp(196_000_000),
        title,
        signed: 26,
        lasts: 60,
        instalments: [50, 50],
      });
      c.countersign(26);
      c.start(25);
      c.progress(5_000, 14);
      c.certify(13, { amount: c.accepted });
      c.hold(HoldCode.held, 11, INSPECTOR, {
        why: "Pengaduan: kode sumber tidak diserahkan. Ditangguhkan menunggu pemeriksaan inspektorat.",
      });
      c.hold(HoldCode.held, 10, TREASURER, { why: "Menunggu klarifikasi.", days: 60 });
      // was on its way already: a fact, marked
      c.payDue(10);
      c.progress(8_000, 8);
      c.certify(8, { amount: c.accepted - c.certified }, { refused: "on-hold" });
      c.hold(
        HoldCode.lifted,
        7,
        { signs: { by: DESKS.informatics.officer, capacity: Role.officer, up: 0 } },
        { refused: "not-held" },
      );
      c.hold(HoldCode.lifted, 6, INSPECTOR, { why: "Kode sumber diserahkan dan diperiksa." });
      c.certify(6, { amount: c.accepted - c.certified }, { refused: "on-hold" });
      c.hold(HoldCode.lifted, 5, TREASURER);
      c.certify(4, { amount: c.accepted - c.certified });
      c.payDue(2);
    },
  },
  {
    page: "11-missing-nought",
    title: {
      en: "A nought was missing: a correction that raises the first value",
      id: "Satu nol hilang: ralat yang menaikkan nilai awal",
    },
    desk: DESKS.finance,
    local: "lisensi-2026-11",
    tell(p) {
      const title = "Lisensi aplikasi penatausahaan aset";
      p.plan(rp(180 * M), title);
      const c = p.contract({
        form: order,
        supplier: "ID-PRS-S-0005",
        value: rp(17_500_000),
        title,
        signed: 20,
        lasts: 14,
      });
      c.countersign(20);
      c.start(19);
      c.accept(partialBast, rp(175 * M), 9, { refused: "accepted-above-value" });
      p.correct(
        c.made,
        { value: rp(175 * M) },
        {
          body: {
            contracts: [{ id: c.id }],
            remarks: [{ text: "Surat pesanan menyebut Rp 175.000.000; satu angka nol tidak terketik." }],
          },
        },
      );
      [c.value, c.scope] = [rp(175 * M), rp(175 * M)];
      c.countersign(8);
      c.countersign(8, { refused: "nothing-to-sign" });
      finish(c, 8);
    },
  },
  {
    page: "12-new-officer",
    title: {
      en: "A new PPK, a new tax, and the old PPK's signature",
      id: "PPK baru, pajak baru, dan tanda tangan PPK lama",
    },
    desk: DESKS.roads,
    local: "lampu-2026-08",
    tell(p) {
      const title = "Pemeliharaan lampu penerangan jalan umum";
      p.plan(rp(195 * M), title);
      const c = p.contract({
        form: spk,
        supplier: "ID-PRS-S-0022",
        value: rp(177_600_000),
        title,
        signed: 60,
        lasts: 90,
        instalments: [50, 50],
      });
      c.countersign(60);
      c.start(58);
      c.amend(["taxChange"], 28, "Perubahan tarif PPN", { price: rp(1_600_000) });
      c.countersign(28);
      c.amend(["administrative"], 21, "Penggantian PPK menurut surat keputusan pengguna anggaran", {
        officer: POST_PU_3,
        by: "H-PRS-PPK3-PU",
      });
      c.countersign(20);
      c.progress(5_000, 15);
      c.certify(14, { amount: c.accepted }, { by: "H-PRS-PPK-PU", refused: "no-office" });
      c.certify(14, { amount: c.accepted });
      c.payDue(11);
    },
  },
  {
    page: "13-consultants",
    title: {
      en: "Consultants by selection, four eyes, and more time",
      id: "Konsultan lewat seleksi, empat mata, dan tambahan waktu",
    },
    desk: DESKS.roads,
    local: "ded-2026-03",
    tell(p) {
      const title = "DED Jembatan Cikarang Hilir";
      const winner = "ID-PRS-S-0004";
      const value = rp(359_473_500);
      p.plan(rp(400 * M), title);
      p.tender({ method: "Seleksi", title, category: "Jasa Konsultansi", value: rp(399_971_850), open: [110, 90] });
      p.bids([winner, "ID-PRS-S-0011"]);
      p.award("A-1", winner, value, 80, {
        approvals: [{ by: "H-PRS-POKJA", exceptions: 0 }],
        refused: "same-person",
      });
      p.award("A-1", winner, value, 80);
      p.appoint("A-1", winner, value, 76);
      p.contract({
        form: agreement,
        supplier: winner,
        value,
        title,
        signed: 73,
        lasts: 60,
        more: { refused: "award-needed" },
      });
      const c = p.contract({
        form: agreement,
        awardId: "A-1",
        supplier: winner,
        value,
        title: `Kontrak ${title}`,
        signed: 72,
        lasts: 60,
        pricing: "Waktu Penugasan",
        instalments: [30, 50, 20],
      });
      c.countersign(72);
      c.start(70);
      c.report("Laporan pendahuluan", 55);
      c.progress(3_000, 54);
      c.certify(52, { amount: c.accepted });
      c.payDue(48);
      c.amend(["time"], 30, "Data geoteknik terlambat; waktu +21 hari", { days: 21 });
      c.countersign(28);
      c.report("Laporan antara", 20);
      c.progress(8_000, 18);
      c.certify(16, { amount: c.accepted - c.certified });
      c.payDue(12);
    },
  },
  {
    page: "14-orders",
    title: {
      en: "One award, three orders, and one SP2D for two of them",
      id: "Satu penetapan, tiga surat pesanan, dan satu SP2D untuk dua di antaranya",
    },
    desk: DESKS.health,
    local: "obat-2026-02",
    tell(p) {
      const title = "Obat dan bahan medis habis pakai puskesmas";
      const winner = "ID-PRS-S-0017";
      p.plan(rp(600 * M), title);
      p.tender({ method: "E-Purchasing", title, category: "Pengadaan Barang", value: rp(590 * M), open: [28, 28] });
      p.award("A-1", winner, rp(480 * M), 27);
      const first = p.contract({
        form: order,
        awardId: "A-1",
        supplier: winner,
        value: rp(180 * M),
        title: `${title}, tahap 1`,
        signed: 26,
        lasts: 14,
      });
      const second = p.contract({
        form: order,
        awardId: "A-1",
        supplier: winner,
        value: rp(160 * M),
        title: `${title}, tahap 2`,
        signed: 22,
        lasts: 14,
      });
      p.contract({
        form: order,
        awardId: "A-1",
        supplier: winner,
        value: rp(150 * M),
        title: `${title}, tahap 3`,
        signed: 18,
        lasts: 14,
        more: { refused: "award-exceeded" },
      });
      const third = p.contract({
        form: order,
        awardId: "A-1",
        supplier: winner,
        value: rp(140 * M),
        title: `${title}, tahap 3`,
        signed: 17,
        lasts: 14,
      });
      for (const each of [first, second, third]) {
        each.countersign(16);
        each.start(16);
      }
      for (const each of [first, second]) {
        each.accept(partialBast, each.value, 10);
        each.certify(9, { amount: each.value });
      }
      // one SP2D pays two orders; its total is signed with each share
      const number = first.sp2d();
      const total = rp(340 * M);
      first.pay(first.due, 7, { number, total });
      second.pay(second.due, 7, { number, total: rp(350 * M), refused: "document-total-differs" });
      second.pay(second.due, 7, { number, total });
      third.pay(rp(M), 6, { number, total, refused: "document-exceeded" });
      for (const each of [first, second]) each.status(StatusCode.completed, 5);
    },
  },
  {
    page: "15-taken-back",
    title: {
      en: "What should not have been recorded: withdrawals",
      id: "Yang seharusnya tidak dicatat: pembatalan entri",
    },
    desk: DESKS.secretariat,
    local: "kendaraan-2026-01",
    tell(p) {
      const title = "Sewa kendaraan operasional";
      const winner = "ID-PRS-S-0012";
      const value = rp(312 * M);
      const plan = p.plan(rp(350 * M), title);
      p.tender({ method: "Tender Cepat", title, category: "Jasa Lainnya", value: rp(340 * M), open: [28, 24] });
      p.withdraw(plan, { refused: "has-dependants" });
      // the Pokja meant another package
      const mistake = p.tenderAgain(StageCode.cancelled);
      p.withdraw(mistake, { body: { remarks: [{ text: "Pembatalan tender dicatat pada paket yang salah." }] } });
      p.bids([winner, "ID-PRS-S-0014"]);
      const wrong = p.award("A-1", "ID-PRS-S-0014", value, 20);
      p.withdraw(wrong, { body: { remarks: [{ text: "Pemenang tertukar dengan peserta peringkat kedua." }] } });
      p.award("A-1", winner, value, 19);
      const c = p.contract({ form: agreement, awardId: "A-1", supplier: winner, value, title, signed: 15, lasts: 120 });
      c.countersign(15);
      const tooEarly = c.start(14);
      p.withdraw(tooEarly, { body: { remarks: [{ text: "SPMK dicatat sebelum kendaraan diserahkan." }] } });
      c.start(10);
      const remark = c.note("Kendaraan tiba di kantor yang salah.", 9);
      p.withdraw(remark);
      c.progress(2_500, 4);
    },
  },
  {
    page: "16-taken-over",
    title: { en: "Begun in the old system: an opening", id: "Dimulai di sistem lama: saldo awal" },
    desk: DESKS.water,
    local: "embung-2026-01",
    tell(p) {
      const title = "Pembangunan embung Cikarang Hilir (tahun jamak)";
      const value = rp(5_250 * M);
      const first = rp(5_000 * M);
      const c = p.contract({
        form: agreement,
        supplier: "ID-PRS-S-0006",
        value,
        title,
        signed: 420,
        lasts: 540,
        balances: {
          status: 2,
          firstValue: first,
          scopeValue: value,
          certified: rp(2_100 * M),
          advance: rp(750 * M),
          recovered: rp(315 * M),
          withheld: rp(105 * M),
          released: 0n,
          paid: rp(2_430 * M),
          accepted: rp(2_100 * M),
          on: p.day(40),
        },
      });
      // dated before the balance: it is in there already, and is not added
      c.pay(rp(180 * M), 45);
      c.paid -= rp(180 * M);
      c.accept(progress, rp(2_000 * M), 22, { refused: "accepted-falls" });
      c.progress(5_500, 20);
      const amount = c.accepted - c.certified;
      c.certify(18, { amount, recovered: rp(500 * M) }, { refused: "recovered-above-advance" });
      c.certify(18, { amount, recovered: share(amount, 1_500), withheld: share(amount, 500) });
      c.payDue(11);
    },
  },
  {
    page: "17-before-signing",
    title: {
      en: "Cancelled before it was signed, and one that was no contract",
      id: "Batal sebelum ditandatangani, dan yang bukan kontrak",
    },
    desk: DESKS.secretariat,
    local: "konsumsi-2026-04",
    tell(p) {
      const title = "Konsumsi rapat koordinasi camat";
      p.plan(rp(49_500_000), title);
      const c = p.contract({
        form: spk,
        supplier: "ID-PRS-S-0012",
        value: rp(48_960_000),
        title,
        signed: 12,
        lasts: 20,
      });
      c.status(StatusCode.cancelled, 10, { why: "Penyedia mengundurkan diri sebelum menandatangani." });
      const twin = p.contract({
        form: receipt,
        supplier: "ID-PRS-S-0020",
        value: rp(4_200_000),
        title: "Cetak undangan",
        signed: 9,
        lasts: 1,
      });
      twin.status(StatusCode.recordedInError, 8, { why: "Belanja uang persediaan, bukan kontrak." });
      p.contract({
        form: spk,
        supplier: "ID-PRS-S-0012",
        value: rp(48_960_000),
        title,
        signed: -30,
        lasts: 20,
        more: { refused: "date-in-future" },
      });
      const last = p.contract({
        form: spk,
        supplier: "ID-PRS-S-0014",
        value: rp(47_500_000),
        title,
        signed: 7,
        lasts: 20,
      });
      last.countersign(7);
      last.start(6);
    },
  },
  {
    page: "18-own-hands",
    title: {
      en: "Done by the agency itself: swakelola, and more than was agreed",
      id: "Dikerjakan sendiri: swakelola, dan melebihi yang disepakati",
    },
    desk: DESKS.farming,
    local: "penyuluhan-2026-01",
    tell(p) {
      const title = "Sekolah lapang pengendalian hama terpadu";
      p.plan(rp(120 * M), title);
      const c = p.contract({ form: swakelola, value: rp(110 * M), title, signed: 28, lasts: 25 });
      c.start(27);
      c.accept(progress, rp(114 * M), 9, { refused: "accepted-above-value" });
      // an approver signs that it is so nevertheless
      c.accept(progress, rp(114 * M), 9, { approved: Exception.acceptedAboveValue });
      c.certify(8, { amount: rp(110 * M) });
      c.payDue(5);
      c.status(StatusCode.completed, 4);
    },
  },
];

/** Where each story stands in the register. */
export const STORY_LINKS = STORIES.map(({ page, title, desk, local }) => ({ page, title, ocid: ocidOf(desk, local) }));

export function storyLives(today: number, books: Books): Life[] {
  return STORIES.map(({ desk, local, tell }) => {
    const process = new Process(desk, local, today, books);
    tell(process);
    return process.life;
  });
}
