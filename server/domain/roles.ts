import type { Scope as MachineScope } from "./accounts.ts";
import { KIND_RULES, type Role, type RoleName, Role as Roles } from "./entries/kinds.ts";
import type { Hex } from "./entries/words.ts";
import { covers, type InTree, type Office } from "./lifecycle/offices.ts";
import type { Words } from "./problems.ts";

/**
 * Who may do what through the gateway: one table. Every route names one of these permissions; the guard of the HTTP
 * shell applies it, `me/can` tells it, docs/reference/roles.md is made of it. What an entry of each kind needs is not
 * said here once more: that is `KIND_RULES`, and the ledger's own rules.
 */

/**
 * Where an office must be held: at the agency in question or above it in an office that covers it; as the supplier in
 * question; anywhere in the register.
 */
type Scope = "covering" | "entity" | "register";

/** One way to have a permission. `of`: the roles that may sign some kind of entry, so that nobody is forgotten. */
export type Need = { roles: readonly Role[]; scope: Scope };

/**
 * `public`: everybody. `signature`: whoever signed what is sent; the signature is looked at, not a session. `operator`:
 * who holds the operator's token. `signedIn`: whoever has a session. `account`: whoever has one of an account of his
 * own, a person's. `maker`: who made what it is about. Else one of the needs.
 */
export type Who = "public" | "signature" | "operator" | "signedIn" | "account" | "maker" | readonly Need[];

export type Permission = {
  who: Who;
  /** the second factor must have been shown within the last five minutes */
  stepUp?: true;
  /**
   * whether the guard can judge it by the offices alone, or the use case does, which knows more: which process, whose
   * document. It then logs refusals too.
   */
  by?: "useCase";
  /** what a machine must have been allowed; without it no machine has the permission */
  scope?: MachineScope | "any";
  en: string;
  id: string;
};

const covering = (...roles: Role[]): Need => ({ roles, scope: "covering" });
const entity: Need = { roles: [Roles.supplier], scope: "entity" };
const register = (...roles: Role[]): Need => ({ roles, scope: "register" });

/** Roles that may make an entry of some kind alone or first; a correction and a withdrawal have those of their target. */
const MAKERS: readonly Role[] = [
  ...new Set(
    Object.values(KIND_RULES)
      .filter(({ kind }) => kind !== KIND_RULES.note.kind)
      .flatMap(({ roles }) => roles),
  ),
];
const atAgency = MAKERS.filter((role) => role !== Roles.supplier && role !== Roles.overseer);

/** Who may read what is sealed, of an agency; a supplier what is his own. */
const READERS: readonly Role[] = [
  ...[Roles.auditor, Roles.procurement, Roles.officer, Roles.approver, Roles.treasurer, Roles.head],
];

export const PERMISSIONS = {
  "service.read": {
    who: "public",
    en: "see whether the gateway works, its description and its problems",
    id: "melihat keadaan gateway, uraian, dan masalahnya",
  },
  "service.measure": { who: "operator", en: "read the metrics", id: "membaca metrik" },
  "register.read": {
    who: "public",
    en: "read releases, records, entries, events, proofs, agencies and offices",
    id: "membaca rilis, rekaman, entri, peristiwa, bukti, instansi, dan jabatan",
  },
  "register.certify": {
    who: "public",
    en: "ask for a certificate of completeness as of now",
    id: "meminta surat keterangan kelengkapan terkini",
  },
  "entries.check": {
    who: "public",
    en: "ask what the rules say of an entry before it is signed",
    id: "menanyakan penilaian aturan atas entri sebelum ditandatangani",
  },
  "entries.submit": {
    who: "signature",
    en: "submit an entry, signed by its maker in an office of its kind",
    id: "mengajukan entri, ditandatangani pembuatnya dalam jabatan sesuai jenisnya",
  },
  "entries.approve": {
    who: "signature",
    en: "approve an entry by a second signature; never one's own, nor through a delegate",
    id: "menyetujui entri dengan tanda tangan kedua; tidak untuk entri sendiri, tidak pula melalui yang diberi delegasi",
  },
  "entries.cancel": {
    who: "signature",
    en: "take back one's own signature before it counts",
    id: "menarik tanda tangan sendiri sebelum berlaku",
  },
  "acts.relay": {
    who: "signature",
    en: "relay an act on holders, agencies, offices or waves of legacy records, signed by all whom it takes",
    id: "meneruskan tindakan atas pemegang, instansi, jabatan, atau gelombang data lama, ditandatangani semua yang diperlukan",
  },
  "migration.bodies": {
    who: "signature",
    en: "bring a body that a wave of legacy records kept off the chain; its digest was signed",
    id: "membawa isi yang disimpan gelombang data lama di luar rantai; digestnya sudah ditandatangani",
  },
  "submissions.read": {
    who: "public",
    en: "see where a submission stands, by its number",
    id: "melihat keadaan pengajuan menurut nomornya",
  },
  "sessions.open": { who: "public", en: "sign in and out", id: "masuk dan keluar" },
  "sessions.tell": {
    scope: "any",
    who: "signedIn",
    en: "see who one is, and sign out at an issuer too",
    id: "melihat siapa diri sendiri, dan keluar di penerbit juga",
  },
  "accounts.manage": {
    who: [register(Roles.registrar)],
    by: "useCase",
    scope: "accounts.manage",
    en: "invite, lock and look up people and machines, and keep directories of others; the operator may too",
    id: "mengundang, mengunci, dan melihat orang serta mesin, dan mengurus direktori; pengelola juga boleh",
  },
  "accounts.mandate": {
    who: [register(Roles.registrar)],
    by: "useCase",
    en: "let a person act for a supplier until a day, by a letter",
    id: "membolehkan seseorang bertindak bagi penyedia sampai suatu hari, dengan surat",
  },
  "accounts.reading": {
    who: [covering(Roles.head), register(Roles.overseer)],
    by: "useCase",
    en: "give an auditor the reading of what is sealed, for a time and on a letter",
    id: "memberi pemeriksa hak baca data tersegel, untuk jangka waktu dan surat tugas tertentu",
  },
  "accounts.own": {
    who: "account",
    en: "see, correct and erase what is stored about oneself, and change how one signs in",
    id: "melihat, memperbaiki, dan menghapus data diri sendiri, dan mengubah cara masuk",
  },
  "keys.keep": {
    who: "signedIn",
    en: "have the gateway keep a key of one's own, and sign one thing at a time with it",
    id: "menitipkan kunci sendiri pada gateway, dan menandatangani satu hal setiap kali dengannya",
  },
  "me.can": {
    who: "signedIn",
    en: "ask whether one may do something, and who can",
    id: "menanyakan apakah boleh melakukan sesuatu, dan siapa yang bisa",
  },
  "tasks.read": {
    who: "signedIn",
    en: "see what waits for one's own signature, approval or answer",
    id: "melihat yang menunggu tanda tangan, persetujuan, atau jawaban sendiri",
  },
  "drafts.write": {
    who: [covering(...atAgency), register(Roles.overseer), entity],
    by: "useCase",
    en: "prepare, change, hand on and sign drafts of one's agency, of kinds that one's office may sign",
    id: "menyiapkan, mengubah, meneruskan, dan menandatangani konsep instansi sendiri, untuk jenis sesuai jabatan",
  },
  "drafts.read": {
    who: [covering(...atAgency, Roles.approver), register(Roles.overseer), entity],
    by: "useCase",
    en: "read drafts of one's agency, of kinds that one's office may sign or approve",
    id: "membaca konsep instansi sendiri, untuk jenis yang dapat ditandatangani atau disetujui jabatannya",
  },
  "proposals.read": {
    who: [covering(...atAgency, Roles.approver, Roles.auditor, Roles.head)],
    by: "useCase",
    en: "see what connected systems propose to record of one's agency, what waits there, and why",
    id: "melihat usulan pencatatan dari sistem terhubung untuk instansi sendiri, yang menunggu, dan sebabnya",
  },
  "proposals.take": {
    who: [covering(...atAgency)],
    by: "useCase",
    en: "take proposals of kinds that one's office may sign, decline them, and say which registered supplier is meant",
    id: "mengambil usulan yang dapat ditandatangani jabatannya, menolaknya, dan menyebut penyedia terdaftar yang dimaksud",
  },
  "submissions.review": {
    who: [covering(...atAgency, Roles.approver), register(Roles.overseer), entity],
    by: "useCase",
    en: "see what is to be approved: terms, differences, documents, what is signed, what was said",
    id: "melihat yang akan disetujui: ketentuan, perubahan, dokumen, yang ditandatangani, dan percakapannya",
  },
  "submissions.refuse": {
    who: [covering(Roles.approver), entity],
    by: "useCase",
    stepUp: true,
    en: "send back what waits for one's approval, with a reason",
    id: "mengembalikan yang menunggu persetujuan, dengan alasan",
  },
  "submissions.ask": {
    who: [covering(Roles.approver), entity],
    by: "useCase",
    en: "ask the maker about what waits for one's approval",
    id: "bertanya kepada pembuat tentang yang menunggu persetujuan",
  },
  "submissions.answer": {
    who: "maker",
    by: "useCase",
    en: "answer what was asked about one's own entry",
    id: "menjawab pertanyaan atas entri sendiri",
  },
  "documents.keep": {
    scope: "documents.keep",
    who: "signedIn",
    en: "store a document",
    id: "menyimpan dokumen",
  },
  "documents.read": {
    scope: "sealed.read",
    who: "public",
    by: "useCase",
    en: "read a document; a restricted one as what is sealed",
    id: "membaca dokumen; yang terbatas seperti data tersegel",
  },
  "disclosures.read": {
    scope: "sealed.read",
    who: [covering(...READERS), entity],
    by: "useCase",
    stepUp: true,
    en: "read what opens sealed values, with a purpose that is kept",
    id: "membaca pembuka nilai tersegel, dengan tujuan yang dicatat",
  },
  "access-log.read": {
    scope: "access-log.read",
    who: [register(Roles.overseer, Roles.registrar), covering(Roles.auditor, Roles.head), entity],
    by: "useCase",
    en: "see who read what is sealed and who did what; everybody sees what he did himself",
    id: "melihat siapa yang membaca data tersegel dan siapa melakukan apa; setiap orang melihat yang dilakukannya sendiri",
  },
  "payments.read": {
    who: [covering(Roles.treasurer, Roles.officer, Roles.approver, Roles.auditor, Roles.head)],
    by: "useCase",
    en: "see payments of one's treasury or office's budget, their evidence, the queue and the decisions",
    id: "melihat pembayaran kas atau anggaran instansi sendiri, buktinya, antreannya, dan keputusannya",
  },
  "payments.decide": {
    who: [covering(Roles.treasurer)],
    by: "useCase",
    en: "decide which contracts payments of one's treasury are of, and take what is proposed to sign it",
    id: "memutuskan kontrak mana yang dibayar oleh kas sendiri, dan mengambil usulan untuk ditandatangani",
  },
  "connectors.read": {
    who: [register(Roles.treasurer, Roles.procurement, Roles.officer, Roles.auditor, Roles.registrar)],
    by: "useCase",
    scope: "connectors.manage",
    en: "see what is read from other systems, what came of it and what was set aside; the operator may too",
    id: "melihat apa yang dibaca dari sistem lain, hasilnya, dan yang disisihkan; pengelola juga boleh",
  },
  "connectors.operate": {
    who: [register(Roles.registrar)],
    by: "useCase",
    scope: "connectors.manage",
    en: "run, pause and test connectors, retry or drop what was set aside, accept changed columns; the operator may too",
    id: "menjalankan, menjeda, dan menguji konektor, mencoba lagi atau melepas yang disisihkan, menerima kolom yang berubah; pengelola juga boleh",
  },
  "payment-requests.read": {
    who: [
      covering(Roles.officer, Roles.treasurer, Roles.approver, Roles.auditor, Roles.head),
      register(Roles.overseer),
    ],
    by: "useCase",
    en: "see what an agency asks its treasury to pay, and what became of it",
    id: "melihat permintaan pembayaran instansi kepada bendahara umum dan hasilnya",
  },
  "payment-requests.operate": {
    who: [covering(Roles.officer, Roles.treasurer)],
    by: "useCase",
    en: "prepare payment requests, hand them over as files and take the bank's answers; no money is moved by it",
    id: "menyiapkan permintaan pembayaran, menyerahkannya sebagai berkas, dan menerima jawaban bank; tidak memindahkan uang",
  },
  "webhooks.own": {
    who: "signedIn",
    by: "useCase",
    scope: "connectors.manage",
    en: "have events sent to an address, see and change one's own subscriptions; the operator all of them",
    id: "meminta peristiwa dikirim ke suatu alamat, melihat dan mengubah langganan sendiri; pengelola semuanya",
  },
  "suppliers.read": {
    who: [
      register(
        ...[Roles.procurement, Roles.officer, Roles.approver, Roles.treasurer],
        ...[Roles.head, Roles.auditor, Roles.overseer, Roles.registrar],
      ),
    ],
    by: "useCase",
    scope: "connectors.manage",
    en: "ask what is known of a supplier: NIB, numbers, lines of business, blacklist; the operator may too",
    id: "menanyakan hal penyedia: NIB, nomor, bidang usaha, daftar hitam; pengelola juga boleh",
  },
  "suppliers.propose": {
    who: [
      register(
        ...[Roles.procurement, Roles.officer, Roles.approver, Roles.treasurer],
        ...[Roles.head, Roles.auditor, Roles.overseer, Roles.registrar],
      ),
    ],
    by: "useCase",
    en: "propose which numbers and which other registered suppliers belong to a supplier",
    id: "mengusulkan nomor dan penyedia terdaftar lain yang termasuk satu penyedia",
  },
  "suppliers.load": {
    who: [register(Roles.registrar, Roles.overseer)],
    by: "useCase",
    scope: "connectors.manage",
    en: "bring OSS answers and blacklists as files; the operator may too",
    id: "membawa jawaban OSS dan daftar hitam sebagai berkas; pengelola juga boleh",
  },
  "suppliers.link": {
    who: [register(Roles.registrar)],
    by: "useCase",
    en: "decide which numbers and which other registered suppliers belong to a supplier, and take it back",
    id: "memutuskan nomor dan penyedia terdaftar lain yang termasuk satu penyedia, dan membatalkannya",
  },
  "reconciliation.read": {
    who: [covering(Roles.treasurer, Roles.head, Roles.auditor, Roles.approver)],
    by: "useCase",
    en: "see how ledger, SP2D and bank agree, what is owed at the year's end and how a budget is absorbed",
    id: "melihat kecocokan register, SP2D, dan bank, kewajiban akhir tahun, dan serapan anggaran",
  },
  "reconciliation.close": {
    who: [covering(Roles.treasurer)],
    by: "useCase",
    stepUp: true,
    en: "close a month of reconciliation with one's signature, open it again, and declare the year's plan",
    id: "menutup bulan rekonsiliasi dengan tanda tangan sendiri, membukanya kembali, dan menyatakan rencana tahunan",
  },
  "requests.list": {
    scope: "requests.read",
    who: [register(Roles.overseer, Roles.registrar, Roles.head), entity],
    by: "useCase",
    en: "see what people asked about their data",
    id: "melihat permintaan orang atas datanya",
  },
  "requests.file": {
    who: [register(Roles.overseer, Roles.registrar, Roles.head), entity],
    by: "useCase",
    en: "enter a request of a data subject",
    id: "mencatat permintaan subjek data",
  },
  "requests.decide": {
    who: [register(Roles.registrar), covering(Roles.head)],
    by: "useCase",
    en: "decide a request of a data subject",
    id: "memutus permintaan subjek data",
  },
} as const satisfies Record<string, Permission>;

export type PermissionName = keyof typeof PERMISSIONS;

/** The permission of that name; undefined where there is none. */
export function permissionOf(name: string): Permission | undefined {
  return Object.hasOwn(PERMISSIONS, name) ? PERMISSIONS[name as PermissionName] : undefined;
}

/** What is not for everybody, field by field: who sees it, by the permission that gives it. */
export const FIELDS: readonly { field: Words; permission: PermissionName; rule: Words }[] = [
  {
    field: { en: "sealed values and what opens them", id: "nilai tersegel dan pembukanya" },
    permission: "disclosures.read",
    rule: {
      en: "everybody sees the digest alone; value and salt are given with a purpose, and the access log keeps it",
      id: "umum hanya melihat digest; nilai dan salt diberikan dengan tujuan yang dicatat dalam log akses",
    },
  },
  {
    field: { en: "bank accounts", id: "rekening bank" },
    permission: "disclosures.read",
    rule: {
      en: "always sealed; an entry that shows one in clear is refused",
      id: "selalu tersegel; entri yang memuatnya terbuka ditolak",
    },
  },
  {
    field: {
      en: "drafts: terms, body, who prepares them, that there are any",
      id: "konsep: ketentuan, isi, penyusun, dan adanya",
    },
    permission: "drafts.read",
    rule: {
      en: "never public, never on the chain; to others a draft does not exist",
      id: "tidak pernah terbuka dan tidak pernah di rantai; bagi yang lain konsep itu tidak ada",
    },
  },
  {
    field: {
      en: "body of a submission, reasons, questions and answers",
      id: "isi pengajuan, alasan, pertanyaan, dan jawaban",
    },
    permission: "submissions.review",
    rule: {
      en: "everybody who knows its number sees its state; the body becomes public when it is recorded, the talk never",
      id: "yang mengetahui nomornya melihat keadaannya; isi terbuka setelah dicatat, percakapan tidak pernah",
    },
  },
  {
    field: {
      en: "proposals of connected systems: what they would record, where they are from",
      id: "usulan dari sistem terhubung: yang akan dicatat dan asalnya",
    },
    permission: "proposals.read",
    rule: {
      en: "never public before they are recorded; to others a proposal does not exist",
      id: "tidak terbuka sebelum tercatat; bagi yang lain usulan itu tidak ada",
    },
  },
  {
    field: { en: "restricted documents", id: "dokumen terbatas" },
    permission: "documents.read",
    rule: { en: "as sealed values", id: "seperti nilai tersegel" },
  },
];

/** What somebody has done with an office at a moment. */
type Holding = Office & { inForce: boolean };

/** What it is about: the agency, and the supplier, where there is one. */
export type Place = { agency?: Hex | undefined; entity?: Hex | undefined };

/**
 * Whether offices give a permission. Without a place: somewhere; with one: there.
 * @param tree agencies by id, for offices that cover those below
 */
export function allows(who: Who, offices: readonly Holding[], place?: Place, tree: InTree = () => undefined): boolean {
  if (typeof who === "string") return true;
  return who.some(({ roles, scope }) =>
    offices.some(({ inForce, suspended, role, agency, subtree }) => {
      if (!inForce || suspended === true || !roles.includes(role as Role)) return false;
      if (place === undefined || scope === "register") return true;
      if (scope === "entity") return place.entity === agency;
      return place.agency !== undefined && covers(agency, place.agency, subtree, tree);
    }),
  );
}

/** Whether somebody who is signed in has a permission: as `allows`, and by his account. */
export function admits(
  who: Who,
  { offices, account }: { offices: readonly Holding[]; account?: { kind: "person" | "machine" } },
  place?: Place,
  tree?: InTree,
): boolean {
  if (who === "operator") return false;
  if (who === "account") return account?.kind === "person";
  return allows(who, offices, place, tree);
}

/**
 * Who grants an office, and who signs it too: contracts/Authority.sol `_grant`. A head grants at his agency, or below
 * where his office covers it.
 */
export const GRANTED_BY: Readonly<Record<RoleName, { first: "head" | "registrar" | "council"; second?: "overseer" }>> =
  {
    procurement: { first: "head" },
    officer: { first: "head" },
    approver: { first: "head", second: "overseer" },
    treasurer: { first: "head", second: "overseer" },
    supplier: { first: "registrar" },
    auditor: { first: "head" },
    overseer: { first: "council" },
    head: { first: "registrar", second: "overseer" },
    registrar: { first: "council" },
  };

/** Roles that some need of a permission names. */
export function rolesIn(who: Who): readonly Role[] {
  return typeof who === "string" ? [] : who.flatMap(({ roles }) => roles);
}
