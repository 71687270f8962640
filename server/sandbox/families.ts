// Ordinary lives: what most of a regency's contracts are, drawn by a generator with a fixed seed. Each happens as far
// as its days have passed.

import {
  type AmendmentMask,
  ContractForm,
  GuaranteeType,
  ImplementationCode,
  StageCode,
  StatusCode,
} from "../domain/entries/kinds.ts";
import {
  type Books,
  type Contract,
  type ContractGiven,
  DESKS,
  type Item,
  type Life,
  type Method,
  Process,
  rp,
  share,
} from "./life.ts";

const M = 1_000_000;
const { pho, fho, partialBast } = ImplementationCode;

/** Numbers from a seed (mulberry32): the same ones everywhere. */
class Dice {
  #state: number;
  constructor(seed: number) {
    this.#state = seed;
  }
  /** from 0 to below 1 */
  roll(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }
  /** a whole number, both ends included */
  between(least: number, most: number): number {
    return least + Math.floor(this.roll() * (most - least + 1));
  }
  oneOf<T>(list: readonly T[]): T {
    return list[this.between(0, list.length - 1)]!;
  }
  /** true in so many of a hundred throws */
  in100(times: number): boolean {
    return this.roll() * 100 < times;
  }
  /** between two amounts of rupiah, small ones more often; some with sen, as unit prices give them */
  value(least: number, most: number): bigint {
    const rupiah = least * (most / least) ** this.roll();
    return this.in100(12) ? rp(Math.round(rupiah * 100) / 100) : rp(Math.round(rupiah / 500) * 500);
  }
}

type Category = "Pekerjaan Konstruksi" | "Pengadaan Barang" | "Jasa Konsultansi" | "Jasa Lainnya";
type Desk = keyof typeof DESKS;
type Package = {
  readonly desk: Desk;
  readonly category: Category;
  /** what is bought; a place follows */
  readonly what: string;
  readonly unspsc: string;
  readonly unit: string;
  /** rupiah of one unit */
  readonly price?: number;
  readonly suppliers: readonly number[];
};

const works = (desk: Desk, what: string, unspsc: string, unit: string, ...suppliers: number[]): Package => ({
  desk,
  category: "Pekerjaan Konstruksi",
  what,
  unspsc,
  unit,
  suppliers,
});
const goods = (
  desk: Desk,
  what: string,
  unspsc: string,
  unit: string,
  price: number,
  ...suppliers: number[]
): Package => ({ desk, category: "Pengadaan Barang", what, unspsc, unit, price, suppliers });
const service = (desk: Desk, category: Category, what: string, unspsc: string, ...suppliers: number[]): Package => ({
  desk,
  category,
  what,
  unspsc,
  unit: "paket",
  suppliers,
});

const WORKS: readonly Package[] = [
  works("roads", "Rehabilitasi jalan", "72141000", "meter", 1, 2, 15, 21),
  works("roads", "Pemeliharaan berkala jalan", "72141000", "meter", 2, 15, 21),
  works("roads", "Pembangunan tembok penahan tanah", "72141100", "meter", 1, 15, 16),
  works("roads", "Pemasangan lampu penerangan jalan", "72151500", "titik", 22),
  works("water", "Normalisasi saluran", "72141100", "meter", 2, 6, 16),
  works("water", "Rehabilitasi pintu air", "72141100", "unit", 6, 16),
  works("water", "Pembangunan sumur bor", "72141100", "unit", 6, 16),
  works("health", "Rehabilitasi puskesmas pembantu", "72121400", "meter persegi", 8, 15),
  works("schools", "Rehabilitasi ruang kelas", "72121400", "ruang", 8, 11),
  works("schools", "Pembangunan jamban sekolah", "72121400", "unit", 8, 16),
  works("schools", "Penataan halaman sekolah", "72121400", "meter persegi", 8, 14),
  works("farming", "Jalan usaha tani", "72141000", "meter", 2, 6),
  works("farming", "Rehabilitasi balai benih", "72121400", "unit", 6, 8),
  works("secretariat", "Pemeliharaan gedung kantor", "72101500", "paket", 8, 14),
];
const GOODS: readonly Package[] = [
  goods("schools", "Meja dan kursi siswa", "56121500", "set", 1_150_000, 18, 8),
  goods("schools", "Buku perpustakaan", "55101500", "eksemplar", 68_500, 9, 20),
  goods("schools", "Laptop guru", "43211500", "unit", 9_875_000, 5, 13),
  goods("health", "Reagen laboratorium", "41116000", "kotak", 1_245_000, 3, 10, 17),
  goods("health", "Lemari pendingin vaksin", "42281500", "unit", 38_400_000, 3, 10),
  goods("health", "Antropometri posyandu", "42181500", "set", 5_850_000, 10),
  goods("farming", "Pupuk organik", "10171500", "kilogram", 3_450, 7, 19),
  goods("farming", "Benih jagung hibrida", "10151500", "kilogram", 98_000, 7, 19),
  goods("farming", "Traktor tangan", "21101500", "unit", 34_250_000, 7, 19),
  goods("informatics", "Perangkat jaringan", "43222600", "unit", 14_750_000, 5, 13),
  goods("informatics", "Perpanjangan lisensi keamanan", "43231500", "lisensi", 2_640_000, 13),
  goods("finance", "Kertas dan alat tulis kantor", "14111500", "rim", 56_250, 9, 20),
  goods("finance", "Komputer penatausahaan", "43211500", "unit", 13_400_000, 5),
  goods("secretariat", "Pakaian dinas", "53102700", "stel", 785_000, 9, 18),
  goods("secretariat", "Mebel ruang rapat", "56101500", "set", 11_250_000, 18),
];
const CONSULTANTS: readonly Package[] = [
  service("roads", "Jasa Konsultansi", "Pengawasan teknis jalan", "81101500", 4, 11),
  service("roads", "Jasa Konsultansi", "Perencanaan teknis jembatan", "81101500", 4, 11),
  service("water", "Jasa Konsultansi", "Studi kelayakan embung", "81101500", 4, 11),
  service("schools", "Jasa Konsultansi", "Perencanaan gedung sekolah", "81101500", 4, 11),
  service("health", "Jasa Konsultansi", "Pengawasan pembangunan puskesmas", "81101500", 11),
  service("informatics", "Jasa Konsultansi", "Penyusunan arsitektur SPBE", "81111500", 13, 5),
  service("highways", "Jasa Konsultansi", "Supervisi preservasi jalan nasional", "81101500", 4, 11),
];
const SERVICES: readonly Package[] = [
  service("secretariat", "Jasa Lainnya", "Jasa kebersihan kantor", "76111500", 14),
  service("secretariat", "Jasa Lainnya", "Konsumsi rapat", "90101600", 12),
  service("schools", "Jasa Lainnya", "Cetak naskah ujian", "82121500", 20, 9),
  service("health", "Jasa Lainnya", "Kalibrasi alat kesehatan", "81101500", 10),
  service("informatics", "Jasa Lainnya", "Pemeliharaan aplikasi", "81112200", 13, 5),
  service("finance", "Jasa Lainnya", "Penilaian aset daerah", "80101500", 11),
];

const PLACES = [
  "Sukamaju",
  "Cikarang Hilir",
  "Pasar Lama",
  "Sawah Lega",
  "Kali Bening",
  "Lingkar Timur",
  "Tirta Kencana",
  "Raya Barat",
  "Pasir Putih",
  "Karang Anyar",
  "Sumber Rejo",
  "Bukit Indah",
  "Muara Tirta",
  "Tegal Sari",
  "Wanasari",
  "Lembah Raya",
] as const;

const supplierId = (number: number): string => `ID-PRS-S-${String(number).padStart(4, "0")}`;

/** The generator of all ordinary lives. */
class Families {
  readonly lives: Life[] = [];
  readonly #dice = new Dice(2026);
  readonly #today: number;
  readonly #books: Books;

  constructor(today: number, books: Books) {
    this.#today = today;
    this.#books = books;
  }

  /** As many lives as asked for, each told by `tell`. */
  many(count: number, packages: readonly Package[], local: string, tell: (given: Telling) => void): void {
    for (let index = 0; index < count; index++) {
      const pack = packages[index % packages.length]!;
      const desk = DESKS[pack.desk];
      const number = this.#books.next(`${local} ${desk.code}`);
      const process = new Process(desk, `${local}-2026-${number}`, this.#today, this.#books);
      const title = `${pack.what} ${this.#dice.oneOf(PLACES)}`;
      tell({ p: process, pack, title, dice: this.#dice, supplier: supplierId(this.#dice.oneOf(pack.suppliers)) });
      this.lives.push(process.life);
    }
  }
}

type Telling = { p: Process; pack: Package; title: string; dice: Dice; supplier: string };

/** A priced item whose sum is the value. */
function priced({ what, unspsc, unit, price = 0 }: Package, quantity: number): { items: Item[]; value: bigint } {
  const items = [{ description: what, unspsc, quantity, unit, price: rp(price) }];
  return { items, value: rp(price) * BigInt(quantity) };
}

const plainItems = ({ what, unspsc, unit }: Package, quantity: number): Item[] => [
  { description: what, unspsc, quantity, unit },
];

/** RUP and non-tender announcement of a small purchase. */
function announced({ p, pack, title, dice }: Telling, method: Method, value: bigint, signed: number): void {
  const estimate = share(value, dice.between(10_050, 10_400));
  p.plan(share(estimate, dice.between(10_000, 10_600)), title);
  p.tender({ method, title, category: pack.category, value: estimate, open: [signed + 4, signed + 2] });
}

/** Handed over, certified, paid and ended, as far as the days have passed. `fined`: days too late. */
function delivered(contract: Contract, at: number, dice: Dice, fined: number, retention: boolean): void {
  if (at < 0) return;
  contract.accept(pho, contract.value, at);
  if (at < 2) return;
  const rest = contract.value - contract.certified;
  const fine = share(contract.value, 10 * fined);
  const held = retention ? share(rest, 500) : 0n;
  const why = fined === 0 ? {} : { why: `Denda keterlambatan ${fined} hari × 1/1000` };
  contract.certify(at - 2, { amount: rest, withheld: held + fine }, why);
  const paid = at - 2 - dice.between(2, 6);
  if (paid < 0) return;
  contract.payDue(paid);
  if (paid < 1) return;
  contract.status(StatusCode.completed, paid - 1);
  if (!retention) {
    if (paid >= 6 && dice.in100(60)) contract.status(StatusCode.closed, paid - 6);
    return;
  }
  const released = at - 60;
  if (released < 0) return;
  contract.accept(fho, contract.value, released);
  contract.certify(released, { released: held });
  if (released < 3) return;
  contract.payDue(released - 3);
  contract.status(StatusCode.closed, Math.max(0, released - 5));
}

/** A signed contract at work. */
function begun(p: Process, given: ContractGiven, dice: Dice): Contract {
  const contract = p.contract(given);
  if (given.supplier !== undefined && given.signed >= 1 && dice.in100(92)) contract.countersign(given.signed - 1);
  if (given.signed >= 2) contract.start(given.signed - 2);
  return contract;
}

/** Pengadaan Langsung: an SPK. */
function spkLife(telling: Telling): void {
  const { p, pack, title, dice, supplier } = telling;
  const most = pack.category === "Pekerjaan Konstruksi" && dice.in100(18) ? 395 : 199;
  const value = dice.value(most === 395 ? 205 * M : 24 * M, most * M);
  const isWork = pack.category === "Pekerjaan Konstruksi";
  const signed = dice.in100(8) ? dice.between(0, 1) : dice.in100(70) ? dice.between(6, 28) : dice.between(29, 95);
  const lasts = isWork ? dice.oneOf([30, 45, 60, 75]) : dice.oneOf([10, 14, 21, 30]);
  const items = plainItems(pack, dice.between(1, isWork ? 900 : 40));
  announced(telling, "Pengadaan Langsung", value, signed);
  const c = begun(p, { form: ContractForm.spk, supplier, value, title, signed, lasts, items, pricing: "Lumsum" }, dice);
  const middle = signed - Math.round(lasts / 2);
  if (lasts >= 30 && middle >= 1) {
    if (dice.in100(12)) {
      c.amend(["scope"], middle, "Tambah kurang volume menurut keadaan lapangan", {
        scope: share(value, dice.between(100, 950)),
      });
      c.countersign(middle);
    } else if (dice.in100(8)) {
      c.amend(["time"], middle, "Cuaca; waktu +10 hari", { days: 10 });
      c.countersign(middle);
    }
    c.progress(dice.between(35, 65) * 100, middle - 1);
  }
  const fined = dice.in100(10) ? dice.between(1, 9) : 0;
  delivered(c, signed - lasts - fined, dice, fined, isWork && dice.in100(50));
}

/** E-Purchasing: a surat pesanan of priced goods. */
function orderLife(telling: Telling): void {
  const { p, pack, title, dice, supplier } = telling;
  const wanted = dice.value(12 * M, dice.in100(15) ? 460 * M : 190 * M);
  const unit = rp(pack.price ?? 1);
  const { items, value } = priced(pack, Math.max(1, Number(wanted / unit)));
  const signed = dice.in100(75) ? dice.between(4, 28) : dice.between(29, 80);
  const lasts = dice.oneOf([7, 10, 14, 21]);
  announced(telling, "E-Purchasing", value, signed);
  const c = begun(p, { form: ContractForm.order, supplier, value, title, signed, lasts, items }, dice);
  const at = signed - lasts;
  if (at >= 3 && dice.in100(25)) {
    c.accept(partialBast, share(value, 5_000), at + 2);
    c.certify(at + 1, { amount: share(value, 5_000) });
    c.payDue(at);
  }
  const fined = dice.in100(6) ? dice.between(1, 5) : 0;
  delivered(c, at - fined, dice, fined, false);
}

/** Kuitansi: bought and paid within days, by the treasurer of the agency where there is one. */
function receiptLife({ p, title, dice, supplier }: Telling): void {
  const value = dice.value(1.2 * M, 45 * M);
  const signed = dice.between(5, 28);
  p.plan(value, title);
  const c = p.contract({ form: ContractForm.receipt, supplier, value, title, signed, lasts: 3 });
  c.start(signed);
  c.accept(partialBast, value, signed - 1);
  c.certify(signed - 1, { amount: value });
  const own = p.desk.agency === "ID-PRS-DISDIK";
  c.pay(value, signed - 3, own ? { by: "H-PRS-BEND-DIK", issuer: p.desk.agency } : {});
  c.status(StatusCode.completed, signed - 3);
}

/** Tender of works: guarantee, advance, instalments, retention, addenda, PHO and FHO. */
function tenderLife({ p, pack, title, dice, supplier }: Telling): void {
  const value = dice.value(260 * M, 9_800 * M);
  const signed = dice.between(20, 270);
  const lasts = dice.oneOf([90, 120, 150, 180]);
  const estimate = share(value, dice.between(10_100, 11_900));
  const bidders = [...new Set([supplier, ...pack.suppliers.map(supplierId), supplierId(dice.between(1, 22))])];
  const items = plainItems(pack, dice.between(40, 2_400));
  p.plan(share(estimate, dice.between(10_000, 10_500)), title);
  p.tender({
    method: dice.in100(12) ? "Tender Cepat" : "Tender",
    title,
    category: pack.category,
    value: estimate,
    open: [signed + 34, signed + 20],
    items,
  });
  p.bids(bidders.slice(0, dice.between(1, bidders.length)));
  p.award("A-1", supplier, value, signed + 9);
  if (dice.in100(60)) p.appoint("A-1", supplier, value, signed + 5);
  const instalments = dice.oneOf([
    [30, 40, 25, 5],
    [50, 45, 5],
    [25, 25, 25, 20, 5],
  ]);
  const pricing = dice.oneOf(["Harga Satuan", "Gabungan Lumsum dan Harga Satuan"]);
  const agreement = { form: ContractForm.agreement, awardId: "A-1", supplier, value, title, signed, lasts };
  const c = begun(p, { ...agreement, items, instalments, pricing }, dice);
  const performance = c.guarantee(GuaranteeType.performance, share(value, 500), signed, lasts + 60);
  const hasAdvance = dice.in100(65);
  const percent = value <= rp(2_500 * M) ? dice.oneOf([2_000, 3_000]) : 2_000;
  const advance = hasAdvance ? c.guarantee(GuaranteeType.advance, share(value, percent), signed - 3, lasts + 30) : -1;
  if (hasAdvance) {
    c.certify(signed - 5, { advance: share(value, percent) }, { why: `Uang muka ${percent / 100} %` });
    c.payDue(signed - 9);
  }
  const addendum = dice.oneOf(ADDENDA);
  let done = 0;
  for (const [index, part] of instalments.slice(0, -1).entries()) {
    done += part * 100;
    const at = signed - Math.round((lasts * done) / 10_000) + dice.between(-2, 3);
    if (at < 12) return;
    if (index === 1 && addendum.length > 0) {
      const scope = addendum.includes("scope") ? share(value, dice.between(-300, 900)) : 0n;
      const price = addendum.includes("priceAdjustment") ? share(value, dice.between(80, 240)) : 0n;
      const days = addendum.includes("time") || addendum.includes("kahar") ? dice.oneOf([7, 14, 21]) : 0;
      c.amend(addendum, at + 4, `Adendum ${index}: ${RATIONALES[addendum[0]!]}`, { scope, price, days });
      c.countersign(at + 3);
    }
    const isLast = index === instalments.length - 2;
    if (isLast) c.accept(pho, c.value, at);
    else c.progress(done, at);
    const amount = isLast ? c.value - c.certified : c.accepted - c.certified;
    const left = c.advanced - c.recovered;
    const recovered = isLast ? left : share(c.advanced, part * 100);
    c.certify(at - 2, { amount, recovered: recovered < left ? recovered : left, withheld: share(amount, 500) });
    c.payDue(at - 8);
    const outstanding = c.advanced - c.recovered;
    if (hasAdvance && outstanding > 0n) c.reduce(advance, at - 9, outstanding);
    else if (hasAdvance) c.giveBack(advance, at - 9);
  }
  const handedOver = signed - lasts - 14;
  if (handedOver < 4) return;
  c.status(StatusCode.completed, handedOver);
  c.guarantee(GuaranteeType.maintenance, share(c.value, 500), handedOver - 1, 200);
  c.giveBack(performance, handedOver - 2);
  c.certify(handedOver - 3, { released: c.withheld }, { why: "Retensi diganti jaminan pemeliharaan" });
  if (handedOver < 12) return;
  c.payDue(handedOver - 8);
  if (handedOver < 60) return;
  c.accept(fho, c.value, handedOver - 50);
  c.status(StatusCode.closed, handedOver - 52);
}

const ADDENDA: readonly (readonly (keyof typeof AmendmentMask)[])[] = [
  [],
  [],
  ["scope"],
  ["scope", "time"],
  ["time"],
  ["administrative"],
  ["priceAdjustment"],
  ["kahar"],
];
const RATIONALES: Partial<Record<keyof typeof AmendmentMask, string>> = {
  scope: "penyesuaian volume dengan keadaan lapangan",
  time: "perpanjangan waktu karena hujan di atas rata-rata",
  administrative: "perubahan nomor rekening dan alamat surat",
  priceAdjustment: "penyesuaian harga satuan aspal",
  kahar: "keadaan kahar: longsor menutup jalan masuk",
};

/** Seleksi of consultants: reports and stages of work. */
function consultantLife({ p, pack, title, dice, supplier }: Telling): void {
  const value = dice.value(105 * M, 1_400 * M);
  const signed = dice.between(10, 170);
  const lasts = dice.oneOf([60, 90, 120]);
  const estimate = share(value, dice.between(10_100, 11_500));
  p.plan(share(estimate, 10_300), title);
  p.tender({ method: "Seleksi", title, category: pack.category, value: estimate, open: [signed + 40, signed + 22] });
  p.bids([supplier, ...pack.suppliers.map(supplierId).filter((id) => id !== supplier)]);
  p.award("A-1", supplier, value, signed + 12);
  const instalments = [30, 40, 30];
  const agreement = { form: ContractForm.agreement, awardId: "A-1", supplier, value, title, signed, lasts };
  const c = begun(p, { ...agreement, instalments, pricing: "Waktu Penugasan" }, dice);
  const reports = ["Laporan pendahuluan", "Laporan antara", "Laporan akhir"];
  let done = 0;
  for (const [index, part] of instalments.entries()) {
    done += part * 100;
    const at = signed - Math.round((lasts * done) / 10_000);
    if (at < 8) return;
    c.report(reports[index]!, at);
    if (index === 2) c.accept(pho, value, at);
    else c.progress(done, at);
    c.certify(at - 2, { amount: c.accepted - c.certified });
    c.payDue(at - 6);
  }
  c.status(StatusCode.completed, Math.max(0, signed - lasts - 8));
}

/** Swakelola: the agency itself, paid as it goes. */
function ownLife({ p, title, dice }: Telling): void {
  const value = dice.value(30 * M, 180 * M);
  const signed = dice.between(20, 60);
  p.plan(value, title);
  const c = p.contract({ form: ContractForm.swakelola, value, title, signed, lasts: 60 });
  c.start(signed - 1);
  c.progress(4_000, signed - 14);
  c.certify(signed - 15, { amount: c.accepted });
  c.payDue(signed - 18);
}

/** Penunjukan Langsung in an emergency: the work begins at once, the value is agreed as it is done. */
function emergencyLife({ p, pack, title, dice, supplier }: Telling): void {
  const value = dice.value(220 * M, 900 * M);
  const signed = dice.between(15, 28);
  const name = `Penanganan darurat: ${title}`;
  p.plan(value, name);
  p.tender({ method: "Penunjukan Langsung", title: name, category: pack.category, value, open: [29, 29] });
  p.award("A-1", supplier, value, signed);
  const agreement = { form: ContractForm.agreement, awardId: "A-1", supplier, value, title: name, signed, lasts: 30 };
  const c = begun(p, agreement, dice);
  c.progress(dice.between(30, 70) * 100, signed - 9);
  c.certify(signed - 10, { amount: c.accepted });
  c.payDue(signed - 13);
}

/** A tender that found nobody. */
function failedLife({ p, pack, title, dice }: Telling): void {
  const value = dice.value(300 * M, 2_000 * M);
  const open = dice.between(20, 28);
  p.plan(value, title);
  p.tender({ method: "Tender", title, category: pack.category, value, open: [open, open - 12] });
  const body = { tender: { description: "Tender gagal: tidak ada penawaran yang memenuhi syarat" } };
  p.tenderAgain(StageCode.cancelled, { body });
}

/** The same lives in every register: what differs is the day from which dates are counted. */
export function ordinaryLives(today: number, books: Books): Life[] {
  const families = new Families(today, books);
  families.many(64, [...WORKS, ...SERVICES], "pl", spkLife);
  families.many(50, GOODS, "ep", orderLife);
  families.many(16, [...SERVICES, ...GOODS.filter(({ desk }) => desk === "schools")], "kw", receiptLife);
  families.many(32, [...WORKS, { ...WORKS[0]!, desk: "highways" }], "tender", tenderLife);
  families.many(14, CONSULTANTS, "seleksi", consultantLife);
  families.many(8, [...GOODS, ...WORKS].slice(6, 14), "sw", ownLife);
  families.many(4, WORKS.slice(2), "darurat", emergencyLife);
  families.many(4, WORKS.slice(4), "gagal", failedLife);
  return families.lives;
}
