import type { Words } from "../problems.ts";

/**
 * Which lines of business can do which work: words of a package's title, or its category, to groups of KBLI (the first
 * digits of their codes). Data, dated: an edition of KBLI has its own mapping, and where none is declared nothing is
 * judged. An agency can bring its own (`registry.kbli` of connectors.yaml).
 */
export type KbliMapping = {
  readonly edition: number;
  /** from when the edition counts, `YYYY-MM-DD` */
  readonly since: string;
  readonly source: string;
  readonly rules: readonly KbliRule[];
};

export type KbliRule = {
  readonly id: string;
  readonly words: Words;
  /** of OCDS: `works`, `goods`, `services`, `consultingServices`; any where left out */
  readonly category?: string;
  /** beginnings of words, in small letters; several words in a row are one term. None: it counts where no other rule of the category does */
  readonly terms: readonly string[];
  /** the first digits of codes that fit */
  readonly groups: readonly string[];
};

const rule = (
  id: string,
  en: string,
  indonesian: string,
  groups: string,
  terms: string,
  category?: string,
): KbliRule => ({
  ...{ id, words: { en, id: indonesian } },
  ...(category === undefined ? {} : { category }),
  terms: terms === "" ? [] : terms.split(", "),
  groups: groups.split(" "),
});

/** Groups of trade in general: who may sell what no narrower rule names. */
const TRADE = "45 46 47";

/** KBLI 2020 (Peraturan BPS 2/2020). */
const KBLI_2020: KbliMapping = {
  edition: 2020,
  since: "2020-09-24",
  source: "Peraturan BPS 2/2020",
  rules: [
    rule(
      "building",
      "building construction",
      "konstruksi gedung",
      "41 43",
      "pembangunan gedung, rehab gedung, rehabilitasi gedung, renovasi gedung, ruang kelas, pembangunan kantor, puskesmas pembantu, rumah dinas, rumah susun, pembangunan pasar, pembangunan masjid, pembangunan toilet, jamban",
      "works",
    ),
    rule(
      "road",
      "roads and bridges",
      "jalan dan jembatan",
      "42 43",
      "jalan, jembatan, hotmix, pengaspalan, aspal, trotoar, drainase, gorong, paving, box culvert, talud, tembok penahan",
      "works",
    ),
    rule(
      "water-works",
      "irrigation, rivers, water pipes",
      "irigasi, sungai, dan perpipaan",
      "42 43",
      "irigasi, embung, bendung, sungai, normalisasi, tanggul, spam, perpipaan, air bersih, sumur bor, ipal, sanitasi",
      "works",
    ),
    rule(
      "electric-works",
      "electrical installation",
      "instalasi listrik",
      "43 42",
      "instalasi listrik, penerangan jalan, pju, jaringan listrik, panel surya, plts",
      "works",
    ),
    rule("works", "construction", "konstruksi", "41 42 43", "", "works"),
    rule(
      "planning",
      "design and supervision of construction",
      "perencanaan dan pengawasan konstruksi",
      "71",
      "perencanaan teknis, ded, pengawasan, supervisi, konsultan perencana, manajemen konstruksi, survei, pemetaan, topografi, geoteknik, amdal, ukl",
      "consultingServices",
    ),
    rule(
      "study",
      "studies and advice",
      "kajian dan konsultansi",
      "70 71 72 73 69 74",
      "kajian, studi, penyusunan, masterplan, rencana induk, naskah akademik, appraisal, penilaian aset, audit, hukum",
      "consultingServices",
    ),
    rule(
      "it-consulting",
      "information technology advice",
      "konsultansi teknologi informasi",
      "62 63 70",
      "aplikasi, sistem informasi, perangkat lunak, software, website",
      "consultingServices",
    ),
    rule("consulting", "consulting", "konsultansi", "62 63 69 70 71 72 73 74", "", "consultingServices"),
    rule(
      "catering",
      "food and drink",
      "makan dan minum",
      "56",
      "makan minum, makanan dan minuman, makan dan minum, katering, catering, konsumsi, jamuan, nasi, snack",
    ),
    rule(
      "cleaning",
      "cleaning and gardens",
      "kebersihan dan taman",
      "81",
      "kebersihan, cleaning service, pertamanan, taman, tenaga kebersihan",
    ),
    rule("guarding", "guarding", "pengamanan", "80", "pengamanan, satpam, tenaga keamanan, jasa keamanan, security"),
    rule(
      "workers",
      "supply of workers",
      "penyediaan tenaga kerja",
      "78 81 80 82",
      "outsourcing, tenaga alih daya, alih daya, tenaga kerja, pramubakti",
    ),
    rule(
      "vehicle-rent",
      "hire of vehicles and machines",
      "sewa kendaraan dan peralatan",
      "77 49 50 51 52",
      "sewa kendaraan, sewa mobil, sewa alat, sewa bus, sewa genset, sewa tenda, sewa peralatan",
    ),
    rule(
      "vehicle-repair",
      "repair of vehicles",
      "pemeliharaan kendaraan",
      "45",
      "pemeliharaan kendaraan, servis kendaraan, suku cadang kendaraan, ban kendaraan, service kendaraan",
    ),
    rule(
      "vehicles",
      "vehicles",
      "kendaraan",
      "45 29 30 46",
      "pengadaan kendaraan, kendaraan dinas, mobil ambulan, ambulance, sepeda motor, mobil",
    ),
    rule(
      "printing",
      "printing",
      "percetakan",
      "18 58 17",
      "cetak, percetakan, penggandaan, fotokopi, spanduk, baliho, penjilidan",
    ),
    rule(
      "software",
      "software and data services",
      "perangkat lunak dan layanan data",
      "62 63 58",
      "aplikasi, sistem informasi, perangkat lunak, software, lisensi, website, hosting, cloud",
    ),
    rule(
      "network",
      "telecommunication",
      "telekomunikasi",
      "61 43 62",
      "internet, bandwidth, jaringan komputer, fiber optic, telekomunikasi, cctv",
    ),
    rule(
      "computers",
      "computers and office machines",
      "komputer dan mesin kantor",
      "46 47 26 62 95",
      "komputer, laptop, printer, server, notebook, scanner, proyektor",
    ),
    rule(
      "drugs",
      "medicines and medical supplies",
      "obat dan alat kesehatan",
      "21 32 46 47 26",
      "obat, alat kesehatan, alkes, bahan medis, reagen, vaksin, bmhp, farmasi",
    ),
    rule("furniture", "furniture", "mebel", "31 46 47 16", "mebel, meubel, meubelair, meja, kursi, lemari"),
    rule("clothing", "clothing", "pakaian", "14 15 46 47 13", "pakaian dinas, seragam, batik, sepatu, konveksi"),
    rule("fuel", "fuel", "bahan bakar", "46 47 19", "bahan bakar, bbm, solar, pertalite, pelumas"),
    rule(
      "training",
      "training and events",
      "pelatihan dan acara",
      "85 82 70 55 56 79",
      "pelatihan, bimtek, bimbingan teknis, diklat, workshop, seminar, event organizer, penyelenggaraan acara, sosialisasi",
    ),
    rule(
      "travel",
      "travel and lodging",
      "perjalanan dan penginapan",
      "79 55 51 49",
      "tiket, perjalanan, hotel, penginapan, akomodasi",
    ),
    rule("insurance", "insurance", "asuransi", "65 66", "asuransi"),
    rule(
      "media",
      "advertising and media",
      "publikasi dan media",
      "73 58 59 60 63 74",
      "publikasi, iklan, media massa, advertorial, dokumentasi, videografi",
    ),
    rule("waste", "waste", "sampah dan limbah", "37 38 39", "sampah, limbah, pengangkutan sampah"),
    rule(
      "farm",
      "seeds, animals, feed",
      "bibit, ternak, dan pakan",
      "01 02 03 46 47 10 20",
      "bibit, benih, ternak, pupuk, pakan, ikan, pestisida",
    ),
    rule(
      "books",
      "books and teaching aids",
      "buku dan alat peraga",
      "58 46 47 32 18",
      "buku, alat peraga, alat tulis, atk, alat olahraga",
    ),
    rule(
      "goods",
      "trade and manufacture",
      "perdagangan dan industri",
      `${TRADE} 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33`,
      "",
      "goods",
    ),
  ],
};

/** The mappings that come with the software, by edition. None is declared for KBLI 2025 yet: its fit is unknown, and said so. */
export const KBLI_MAPPINGS: readonly KbliMapping[] = [KBLI_2020];
