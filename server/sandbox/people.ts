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
];

export type SandboxSupplier = { readonly id: string; readonly name: string; readonly locality: string };

export const SUPPLIERS: readonly SandboxSupplier[] = [
  { id: "ID-PRS-S-0001", name: "PT Bangun Jembatan Lestari (contoh)", locality: "Tirtaraya" },
  { id: "ID-PRS-S-0002", name: "CV Sumber Batu Mandiri (contoh)", locality: "Tirtaraya" },
  { id: "ID-PRS-S-0003", name: "PT Medika Sarana Nusa (contoh)", locality: "Kota Laras" },
  { id: "ID-PRS-S-0004", name: "CV Cipta Rancang Konsultan (contoh)", locality: "Kota Laras" },
  { id: "ID-PRS-S-0005", name: "PT Data Karya Semesta (contoh)", locality: "Kota Laras" },
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
export const POST_KES = "POST-DINKES-PPK-1";
export const POST_KEU = "POST-BPKAD-PPK-1";

/** In the order in which they are granted: the heads first, since they grant the rest. */
export const OFFICES: readonly SandboxOffice[] = [
  { holder: "H-PRS-SEKDA", agency: "ID-PRS-TIRTARAYA", role: Role.head, subtree: true },
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
