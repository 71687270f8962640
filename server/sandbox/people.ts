// The invented regency of the sandbox: agencies, suppliers, people, their offices and their published keys.
// Nothing here is real: no such regency, firm or person exists.

import { sha256 } from "#hash";
import { Custody, Role } from "../domain/entries/kinds.ts";

/** The sandbox has its own chain id, so nothing signed here can ever count in a production register. */
export const SANDBOX_CHAIN_ID = 3_101_945;

export type SandboxAgency = {
  /** OCDS party id; the agency's id on the ledger is its hash */
  readonly id: string;
  readonly name: string;
  readonly parent?: string;
  /** begins the ocids of this agency */
  readonly stem?: string;
  /** reserved for records taken over from older systems */
  readonly waveStem?: string;
  readonly locality: string;
};

export const AGENCIES: readonly SandboxAgency[] = [
  { id: "ID-PRS-TIRTARAYA", name: "Pemerintah Kabupaten Tirtaraya (contoh)", locality: "Tirtaraya" },
  {
    id: "ID-PRS-DPUPR",
    name: "Dinas Pekerjaan Umum dan Penataan Ruang Kabupaten Tirtaraya (contoh)",
    parent: "ID-PRS-TIRTARAYA",
    stem: "ocds-213czf-dpupr",
    waveStem: "ocds-213czf-lama-dpupr",
    locality: "Tirtaraya",
  },
  {
    id: "ID-PRS-DINKES",
    name: "Dinas Kesehatan Kabupaten Tirtaraya (contoh)",
    parent: "ID-PRS-TIRTARAYA",
    stem: "ocds-213czf-dinkes",
    waveStem: "ocds-213czf-lama-dinkes",
    locality: "Tirtaraya",
  },
  {
    id: "ID-PRS-BPKAD",
    name: "Badan Pengelolaan Keuangan dan Aset Daerah Kabupaten Tirtaraya (contoh)",
    parent: "ID-PRS-TIRTARAYA",
    stem: "ocds-213czf-bpkad",
    waveStem: "ocds-213czf-lama-bpkad",
    locality: "Tirtaraya",
  },
  {
    id: "ID-PRS-DISDIK",
    name: "Dinas Pendidikan Kabupaten Tirtaraya (contoh)",
    parent: "ID-PRS-TIRTARAYA",
    stem: "ocds-213czf-disdik",
    waveStem: "ocds-213czf-lama-disdik",
    locality: "Tirtaraya",
  },
  {
    id: "ID-PRS-DISTAN",
    name: "Dinas Pertanian dan Ketahanan Pangan Kabupaten Tirtaraya (contoh)",
    parent: "ID-PRS-TIRTARAYA",
    stem: "ocds-213czf-distan",
    waveStem: "ocds-213czf-lama-distan",
    locality: "Tirtaraya",
  },
  {
    id: "ID-PRS-DISKOMINFO",
    name: "Dinas Komunikasi dan Informatika Kabupaten Tirtaraya (contoh)",
    parent: "ID-PRS-TIRTARAYA",
    stem: "ocds-213czf-diskominfo",
    waveStem: "ocds-213czf-lama-diskominfo",
    locality: "Tirtaraya",
  },
  {
    id: "ID-PRS-SETDA",
    name: "Sekretariat Daerah Kabupaten Tirtaraya (contoh)",
    parent: "ID-PRS-TIRTARAYA",
    stem: "ocds-213czf-setda",
    waveStem: "ocds-213czf-lama-setda",
    locality: "Tirtaraya",
  },
  { id: "ID-PRS-KEMSARANA", name: "Kementerian Sarana Nusantara (contoh)", locality: "Kota Laras" },
  {
    id: "ID-PRS-PJN",
    name: "Satuan Kerja Pelaksanaan Jalan Nasional Wilayah Tirtaraya (contoh)",
    parent: "ID-PRS-KEMSARANA",
    stem: "ocds-213czf-pjn",
    waveStem: "ocds-213czf-lama-pjn",
    locality: "Tirtaraya",
  },
  { id: "ID-PRS-KPPN", name: "Kantor Pelayanan Perbendaharaan Negara Laras (contoh)", locality: "Kota Laras" },
];

export type SandboxSupplier = {
  readonly id: string;
  readonly name: string;
  readonly locality: string;
  /** of a group (KSO): who belongs to it, the leader first, and each one's share in percent */
  readonly members?: readonly { readonly id: string; readonly name: string; readonly share: number }[];
};

export const SUPPLIERS: readonly SandboxSupplier[] = [
  { id: "ID-PRS-S-0001", name: "PT Bangun Jembatan Lestari (contoh)", locality: "Tirtaraya" },
  { id: "ID-PRS-S-0002", name: "CV Sumber Batu Mandiri (contoh)", locality: "Tirtaraya" },
  { id: "ID-PRS-S-0003", name: "PT Medika Sarana Nusa (contoh)", locality: "Kota Laras" },
  { id: "ID-PRS-S-0004", name: "CV Cipta Rancang Konsultan (contoh)", locality: "Kota Laras" },
  { id: "ID-PRS-S-0005", name: "PT Data Karya Semesta (contoh)", locality: "Kota Laras" },
  { id: "ID-PRS-S-0006", name: "PT Tirta Karya Utama (contoh)", locality: "Tirtaraya" },
  { id: "ID-PRS-S-0007", name: "CV Anugerah Tani Makmur (contoh)", locality: "Tirtaraya" },
  { id: "ID-PRS-S-0008", name: "PT Graha Sekolah Nusantara (contoh)", locality: "Kota Laras" },
  { id: "ID-PRS-S-0009", name: "CV Pustaka Cendekia (contoh)", locality: "Tirtaraya" },
  { id: "ID-PRS-S-0010", name: "PT Sinar Alkesindo Prima (contoh)", locality: "Kota Laras" },
  { id: "ID-PRS-S-0011", name: "PT Rancang Bangun Konsulindo (contoh)", locality: "Kota Laras" },
  { id: "ID-PRS-S-0012", name: "CV Mitra Tata Boga (contoh)", locality: "Tirtaraya" },
  { id: "ID-PRS-S-0013", name: "PT Jaringan Nusa Digital (contoh)", locality: "Kota Laras" },
  { id: "ID-PRS-S-0014", name: "CV Bersih Asri Sejahtera (contoh)", locality: "Tirtaraya" },
  { id: "ID-PRS-S-0015", name: "PT Lintas Beton Perkasa (contoh)", locality: "Kota Laras" },
  { id: "ID-PRS-S-0016", name: "CV Karya Drainase Abadi (contoh)", locality: "Tirtaraya" },
  { id: "ID-PRS-S-0017", name: "PT Farmasi Sehat Sentosa (contoh)", locality: "Kota Laras" },
  { id: "ID-PRS-S-0018", name: "CV Meubel Jati Lestari (contoh)", locality: "Tirtaraya" },
  { id: "ID-PRS-S-0019", name: "PT Agro Benih Unggul (contoh)", locality: "Kota Laras" },
  { id: "ID-PRS-S-0020", name: "CV Percetakan Sinar Pagi (contoh)", locality: "Tirtaraya" },
  { id: "ID-PRS-S-0021", name: "PT Hamparan Aspal Raya (contoh)", locality: "Kota Laras" },
  { id: "ID-PRS-S-0022", name: "CV Listrik Terang Mandiri (contoh)", locality: "Tirtaraya" },
  {
    id: "ID-PRS-KSO-01",
    name: "KSO Lestari–Beton Jembatan Kali Bening (contoh)",
    locality: "Kota Laras",
    members: [
      { id: "ID-PRS-S-0001", name: "PT Bangun Jembatan Lestari (contoh)", share: 60 },
      { id: "ID-PRS-S-0015", name: "PT Lintas Beton Perkasa (contoh)", share: 40 },
    ],
  },
];

export type SandboxHolder = {
  readonly id: string;
  readonly key: string;
  readonly name: string;
  readonly custody: Custody;
};

const wallet = Custody.wallet;

/** `key` names the person's published key: `--as sandbox:ppk-pu`. */
export const HOLDERS: readonly SandboxHolder[] = [
  { id: "H-PRS-PENDAFTAR", key: "pendaftar", name: "Wulan Prameswari (petugas pendaftaran, contoh)", custody: wallet },
  { id: "H-PRS-INSPEKTUR", key: "inspektur", name: "Ratna Kusumawardani (inspektur, contoh)", custody: wallet },
  { id: "H-PRS-SEKDA", key: "sekda", name: "Hadi Prasetyo Nugroho (sekretaris daerah, contoh)", custody: wallet },
  { id: "H-PRS-POKJA", key: "pokja", name: "Dewi Anggraeni Putri (Pokja, contoh)", custody: wallet },
  { id: "H-PRS-PA-PU", key: "pa-pu", name: "Bambang Wiratmoko (PA dinas PUPR, contoh)", custody: wallet },
  { id: "H-PRS-PPK-PU", key: "ppk-pu", name: "Siti Rahayu Lestari (PPK bina marga, contoh)", custody: wallet },
  { id: "H-PRS-PPK2-PU", key: "ppk2-pu", name: "Yusuf Maulana Hakim (PPK sumber daya air, contoh)", custody: wallet },
  { id: "H-PRS-PA-KES", key: "pa-kes", name: "Endang Sulistyowati (PA dinas kesehatan, contoh)", custody: wallet },
  { id: "H-PRS-PPK-KES", key: "ppk-kes", name: "Agus Setiawan Wibowo (PPK dinas kesehatan, contoh)", custody: wallet },
  { id: "H-PRS-PA-KEU", key: "pa-keu", name: "Lukman Hakim Santoso (PA BPKAD, contoh)", custody: wallet },
  { id: "H-PRS-PPK-KEU", key: "ppk-keu", name: "Nur Aini Rahmawati (PPK BPKAD, contoh)", custody: wallet },
  { id: "H-PRS-BUD", key: "bud", name: "Sri Mulyaningsih Utami (Kuasa BUD, contoh)", custody: wallet },
  { id: "H-PRS-BPK", key: "bpk", name: "Teguh Wicaksono (pemeriksa, contoh)", custody: wallet },
  { id: "H-PRS-DIR-1", key: "direktur-1", name: "Joko Purnomo (direktur penyedia, contoh)", custody: wallet },
  { id: "H-PRS-DIR-2", key: "direktur-2", name: "Made Suryadi (direktur penyedia, contoh)", custody: wallet },
  { id: "H-PRS-DIR-3", key: "direktur-3", name: "Maria Kristiani (direktur penyedia, contoh)", custody: wallet },
  { id: "H-PRS-PP-PU", key: "pp-pu", name: "Rudi Hartanto (pejabat pengadaan dinas PUPR, contoh)", custody: wallet },
  {
    id: "H-PRS-PP-KES",
    key: "pp-kes",
    name: "Fitri Handayani (pejabat pengadaan dinas kesehatan, contoh)",
    custody: wallet,
  },
  {
    id: "H-PRS-PP-KEU",
    key: "pp-keu",
    name: "Dimas Aryo Pamungkas (pejabat pengadaan BPKAD, contoh)",
    custody: wallet,
  },
  { id: "H-PRS-PA-DIK", key: "pa-dik", name: "Retno Wulandari (PA dinas pendidikan, contoh)", custody: wallet },
  { id: "H-PRS-PPK-DIK", key: "ppk-dik", name: "Arif Budiman Syah (PPK dinas pendidikan, contoh)", custody: wallet },
  {
    id: "H-PRS-PP-DIK",
    key: "pp-dik",
    name: "Lestari Ningrum (pejabat pengadaan dinas pendidikan, contoh)",
    custody: wallet,
  },
  { id: "H-PRS-PA-TAN", key: "pa-tan", name: "Slamet Riyanto (PA dinas pertanian, contoh)", custody: wallet },
  { id: "H-PRS-PPK-TAN", key: "ppk-tan", name: "Dian Permatasari (PPK dinas pertanian, contoh)", custody: wallet },
  {
    id: "H-PRS-PP-TAN",
    key: "pp-tan",
    name: "Wahyu Nugroho Adi (pejabat pengadaan dinas pertanian, contoh)",
    custody: wallet,
  },
  { id: "H-PRS-PA-INFO", key: "pa-info", name: "Yohana Tambunan (PA diskominfo, contoh)", custody: wallet },
  { id: "H-PRS-PPK-INFO", key: "ppk-info", name: "Rizky Firmansyah (PPK diskominfo, contoh)", custody: wallet },
  {
    id: "H-PRS-PP-INFO",
    key: "pp-info",
    name: "Indah Puspita Sari (pejabat pengadaan diskominfo, contoh)",
    custody: wallet,
  },
  { id: "H-PRS-PA-SETDA", key: "pa-setda", name: "Gunawan Sutrisno (PA sekretariat daerah, contoh)", custody: wallet },
  {
    id: "H-PRS-PPK-SETDA",
    key: "ppk-setda",
    name: "Kartika Dewi Sekar (PPK sekretariat daerah, contoh)",
    custody: wallet,
  },
  {
    id: "H-PRS-PP-SETDA",
    key: "pp-setda",
    name: "Bayu Anggara (pejabat pengadaan sekretariat daerah, contoh)",
    custody: wallet,
  },
  {
    id: "H-PRS-PA-PJN",
    key: "pa-pjn",
    name: "Hendra Kusuma Jaya (KPA satker jalan nasional, contoh)",
    custody: wallet,
  },
  { id: "H-PRS-PPK-PJN", key: "ppk-pjn", name: "Nyoman Artawan (PPK satker jalan nasional, contoh)", custody: wallet },
  {
    id: "H-PRS-PP-PJN",
    key: "pp-pjn",
    name: "Taufik Hidayatullah (Pokja satker jalan nasional, contoh)",
    custody: wallet,
  },
  { id: "H-PRS-PPK3-PU", key: "ppk3-pu", name: "Ahmad Zulkarnain (PPK bina marga pengganti, contoh)", custody: wallet },
  { id: "H-PRS-SEKJEN", key: "sekjen", name: "Ari Wicaksana Putra (pimpinan kementerian, contoh)", custody: wallet },
  { id: "H-PRS-KEPALA-KPPN", key: "kepala-kppn", name: "Laksmi Paramitha (kepala KPPN, contoh)", custody: wallet },
  { id: "H-PRS-KPPN", key: "kppn", name: "Danang Setyawan (seksi pencairan KPPN, contoh)", custody: wallet },
  {
    id: "H-PRS-BEND-DIK",
    key: "bend-dik",
    name: "Mulyati Rahayu (bendahara pengeluaran dinas pendidikan, contoh)",
    custody: wallet,
  },
  { id: "H-PRS-DIR-4", key: "direktur-4", name: "Putu Wirawan (direktur penyedia, contoh)", custody: wallet },
  { id: "H-PRS-DIR-5", key: "direktur-5", name: "Rina Marlina (direktur penyedia, contoh)", custody: wallet },
  { id: "H-PRS-DIR-6", key: "direktur-6", name: "Samuel Hutapea (direktur penyedia, contoh)", custody: wallet },
  { id: "H-PRS-DIR-7", key: "direktur-7", name: "Nurhayati Salim (direktur penyedia, contoh)", custody: wallet },
  { id: "H-PRS-DIR-8", key: "direktur-8", name: "Anton Wijayanto (direktur penyedia, contoh)", custody: wallet },
  { id: "H-PRS-DIR-9", key: "direktur-9", name: "Citra Maharani (direktur penyedia, contoh)", custody: wallet },
  { id: "H-PRS-DIR-10", key: "direktur-10", name: "Eko Prasetyo (direktur penyedia, contoh)", custody: wallet },
  { id: "H-PRS-DIR-11", key: "direktur-11", name: "Sulastri Wongso (direktur penyedia, contoh)", custody: wallet },
  { id: "H-PRS-DIR-12", key: "direktur-12", name: "Kevin Halim (direktur penyedia, contoh)", custody: wallet },
  { id: "H-PRS-DIR-13", key: "direktur-13", name: "Dadang Suhendar (direktur penyedia, contoh)", custody: wallet },
  { id: "H-PRS-DIR-14", key: "direktur-14", name: "Bonifasius Lawe (direktur penyedia, contoh)", custody: wallet },
  { id: "H-PRS-DIR-15", key: "direktur-15", name: "Asep Kurniawan (direktur penyedia, contoh)", custody: wallet },
  { id: "H-PRS-DIR-16", key: "direktur-16", name: "Vera Anggraini (direktur penyedia, contoh)", custody: wallet },
  { id: "H-PRS-DIR-17", key: "direktur-17", name: "Sutarjo Hadi (direktur penyedia, contoh)", custody: wallet },
  { id: "H-PRS-DIR-18", key: "direktur-18", name: "Melati Kusumo (direktur penyedia, contoh)", custody: wallet },
  { id: "H-PRS-DIR-19", key: "direktur-19", name: "Ujang Sopandi (direktur penyedia, contoh)", custody: wallet },
  { id: "H-PRS-DIR-20", key: "direktur-20", name: "Robertus Simanjuntak (direktur penyedia, contoh)", custody: wallet },
  { id: "H-PRS-DIR-21", key: "direktur-21", name: "Teguh Santoso (direktur penyedia, contoh)", custody: wallet },
  { id: "H-PRS-DIR-22", key: "direktur-22", name: "Fajar Ramadhan (direktur penyedia, contoh)", custody: wallet },
];

/** Council members: two of three decide. They are accounts, not holders. */
export const COUNCIL_KEYS: readonly string[] = ["dewan-1", "dewan-2", "dewan-3"];
export const COUNCIL_THRESHOLD = 2;

export type SandboxOffice = {
  readonly holder: string;
  /** an agency, or for role supplier a supplier; absent for registrars and overseers */
  readonly agency?: string;
  readonly role: Role;
  readonly post?: string;
  /** holds for the agencies below too */
  readonly subtree?: true;
};

export const POST_PU_1 = "POST-DPUPR-PPK-BINAMARGA";
export const POST_PU_2 = "POST-DPUPR-PPK-SDA";
export const POST_PU_3 = "POST-DPUPR-PPK-BINAMARGA-2";
export const POST_KES = "POST-DINKES-PPK-1";
export const POST_KEU = "POST-BPKAD-PPK-1";
export const POST_DIK = "POST-DISDIK-PPK-1";
export const POST_TAN = "POST-DISTAN-PPK-1";
export const POST_INFO = "POST-DISKOMINFO-PPK-1";
export const POST_SETDA = "POST-SETDA-PPK-1";
export const POST_PJN = "POST-PJN-PPK-1";

/** In the order in which they are granted: the heads first, since they grant the rest. */
export const OFFICES: readonly SandboxOffice[] = [
  { holder: "H-PRS-SEKDA", agency: "ID-PRS-TIRTARAYA", role: Role.head, subtree: true },
  { holder: "H-PRS-SEKJEN", agency: "ID-PRS-KEMSARANA", role: Role.head, subtree: true },
  { holder: "H-PRS-KEPALA-KPPN", agency: "ID-PRS-KPPN", role: Role.head },
  { holder: "H-PRS-POKJA", agency: "ID-PRS-TIRTARAYA", role: Role.procurement, subtree: true },
  { holder: "H-PRS-BUD", agency: "ID-PRS-TIRTARAYA", role: Role.treasurer, subtree: true },
  { holder: "H-PRS-BPK", agency: "ID-PRS-TIRTARAYA", role: Role.auditor, subtree: true },
  { holder: "H-PRS-PA-PU", agency: "ID-PRS-DPUPR", role: Role.approver },
  { holder: "H-PRS-PPK-PU", agency: "ID-PRS-DPUPR", role: Role.officer, post: POST_PU_1 },
  { holder: "H-PRS-PPK2-PU", agency: "ID-PRS-DPUPR", role: Role.officer, post: POST_PU_2 },
  { holder: "H-PRS-PA-KES", agency: "ID-PRS-DINKES", role: Role.approver },
  { holder: "H-PRS-PPK-KES", agency: "ID-PRS-DINKES", role: Role.officer, post: POST_KES },
  { holder: "H-PRS-PA-KEU", agency: "ID-PRS-BPKAD", role: Role.approver },
  { holder: "H-PRS-PPK-KEU", agency: "ID-PRS-BPKAD", role: Role.officer, post: POST_KEU },
  { holder: "H-PRS-DIR-1", agency: "ID-PRS-S-0001", role: Role.supplier },
  { holder: "H-PRS-DIR-2", agency: "ID-PRS-S-0002", role: Role.supplier },
  { holder: "H-PRS-DIR-3", agency: "ID-PRS-S-0003", role: Role.supplier },
  { holder: "H-PRS-PP-PU", agency: "ID-PRS-DPUPR", role: Role.procurement },
  { holder: "H-PRS-PP-KES", agency: "ID-PRS-DINKES", role: Role.procurement },
  { holder: "H-PRS-PP-KEU", agency: "ID-PRS-BPKAD", role: Role.procurement },
  { holder: "H-PRS-PA-DIK", agency: "ID-PRS-DISDIK", role: Role.approver },
  { holder: "H-PRS-PPK-DIK", agency: "ID-PRS-DISDIK", role: Role.officer, post: POST_DIK },
  { holder: "H-PRS-PP-DIK", agency: "ID-PRS-DISDIK", role: Role.procurement },
  { holder: "H-PRS-PA-TAN", agency: "ID-PRS-DISTAN", role: Role.approver },
  { holder: "H-PRS-PPK-TAN", agency: "ID-PRS-DISTAN", role: Role.officer, post: POST_TAN },
  { holder: "H-PRS-PP-TAN", agency: "ID-PRS-DISTAN", role: Role.procurement },
  { holder: "H-PRS-PA-INFO", agency: "ID-PRS-DISKOMINFO", role: Role.approver },
  { holder: "H-PRS-PPK-INFO", agency: "ID-PRS-DISKOMINFO", role: Role.officer, post: POST_INFO },
  { holder: "H-PRS-PP-INFO", agency: "ID-PRS-DISKOMINFO", role: Role.procurement },
  { holder: "H-PRS-PA-SETDA", agency: "ID-PRS-SETDA", role: Role.approver },
  { holder: "H-PRS-PPK-SETDA", agency: "ID-PRS-SETDA", role: Role.officer, post: POST_SETDA },
  { holder: "H-PRS-PP-SETDA", agency: "ID-PRS-SETDA", role: Role.procurement },
  { holder: "H-PRS-PA-PJN", agency: "ID-PRS-PJN", role: Role.approver },
  { holder: "H-PRS-PPK-PJN", agency: "ID-PRS-PJN", role: Role.officer, post: POST_PJN },
  { holder: "H-PRS-PP-PJN", agency: "ID-PRS-PJN", role: Role.procurement },
  { holder: "H-PRS-DIR-4", agency: "ID-PRS-S-0004", role: Role.supplier },
  { holder: "H-PRS-DIR-5", agency: "ID-PRS-S-0005", role: Role.supplier },
  { holder: "H-PRS-DIR-6", agency: "ID-PRS-S-0006", role: Role.supplier },
  { holder: "H-PRS-DIR-7", agency: "ID-PRS-S-0007", role: Role.supplier },
  { holder: "H-PRS-DIR-8", agency: "ID-PRS-S-0008", role: Role.supplier },
  { holder: "H-PRS-DIR-9", agency: "ID-PRS-S-0009", role: Role.supplier },
  { holder: "H-PRS-DIR-10", agency: "ID-PRS-S-0010", role: Role.supplier },
  { holder: "H-PRS-DIR-11", agency: "ID-PRS-S-0011", role: Role.supplier },
  { holder: "H-PRS-DIR-12", agency: "ID-PRS-S-0012", role: Role.supplier },
  { holder: "H-PRS-DIR-13", agency: "ID-PRS-S-0013", role: Role.supplier },
  { holder: "H-PRS-DIR-14", agency: "ID-PRS-S-0014", role: Role.supplier },
  { holder: "H-PRS-DIR-15", agency: "ID-PRS-S-0015", role: Role.supplier },
  { holder: "H-PRS-DIR-16", agency: "ID-PRS-S-0016", role: Role.supplier },
  { holder: "H-PRS-DIR-17", agency: "ID-PRS-S-0017", role: Role.supplier },
  { holder: "H-PRS-DIR-18", agency: "ID-PRS-S-0018", role: Role.supplier },
  { holder: "H-PRS-DIR-19", agency: "ID-PRS-S-0019", role: Role.supplier },
  { holder: "H-PRS-DIR-20", agency: "ID-PRS-S-0020", role: Role.supplier },
  { holder: "H-PRS-DIR-21", agency: "ID-PRS-S-0021", role: Role.supplier },
  { holder: "H-PRS-DIR-22", agency: "ID-PRS-S-0022", role: Role.supplier },
  // who signs for the group: the director of its leader
  { holder: "H-PRS-DIR-1", agency: "ID-PRS-KSO-01", role: Role.supplier },
  { holder: "H-PRS-PPK3-PU", agency: "ID-PRS-DPUPR", role: Role.officer, post: POST_PU_3 },
  { holder: "H-PRS-KPPN", agency: "ID-PRS-KPPN", role: Role.treasurer },
  { holder: "H-PRS-BEND-DIK", agency: "ID-PRS-DISDIK", role: Role.treasurer },
];

/** Who is appointed by the council, before anyone else can be enrolled. */
export const APPOINTED = [
  { holder: "H-PRS-PENDAFTAR", role: Role.registrar },
  { holder: "H-PRS-INSPEKTUR", role: Role.overseer },
] as const;

/** The published secret of a sandbox key: anyone can compute it, which is why production refuses these keys. */
export function sandboxSecret(key: string): Uint8Array {
  return sha256(new TextEncoder().encode(`prasasti sandbox key, published, worth nothing: ${key}`));
}

/** The published secret of a person, by holder id. */
export function secretOf(holder: string): Uint8Array {
  return sandboxSecret(HOLDERS.find(({ id }) => id === holder)!.key);
}

/** All names of published keys. */
export function sandboxKeyNames(): string[] {
  return [...HOLDERS.map(({ key }) => key), ...COUNCIL_KEYS];
}
