import type { Words } from "../problems.ts";

/** Why the register refuses an act or a lot, by the name of its error in IAuthority.sol and IWaves.sol. */
export const actRefusals: Readonly<Record<string, Words>> = {
  AuthorityActExpired: {
    en: "The act has expired; sign it anew.",
    id: "Perbuatan ini kedaluwarsa; tanda tangani lagi.",
  },
  AuthorityActExpiresTooFar: {
    en: "The act may be good for at most 31 days.",
    id: "Perbuatan hanya boleh berlaku paling lama 31 hari.",
  },
  AuthorityWrongBody: { en: "The body is not the one that was signed.", id: "Isinya bukan yang ditandatangani." },
  AuthorityStaleAct: {
    en: "Another act on the same came in between, or this one was sent before; look, and sign anew.",
    id: "Ada perbuatan lain atas hal yang sama, atau perbuatan ini sudah dikirim; periksa, lalu tanda tangani lagi.",
  },
  AuthorityUnknownAct: { en: "There is no such act.", id: "Tidak ada perbuatan seperti itu." },
  AuthoritySignatureMissing: { en: "A signature is missing.", id: "Ada tanda tangan yang kurang." },
  AuthoritySurplusSignatures: {
    en: "There are more signatures than the act takes.",
    id: "Tanda tangan lebih banyak daripada yang diperlukan.",
  },
  AuthorityOnlyGatewayKeys: {
    en: "This takes a key that the gateway does not keep.",
    id: "Ini memerlukan kunci yang tidak disimpan gateway.",
  },
  AuthorityBadSignature: {
    en: "A signature is not of a key that counts for this holder here.",
    id: "Sebuah tanda tangan bukan dari kunci yang berlaku bagi pemegang ini di sini.",
  },
  AuthorityNoOffice: {
    en: "The signer has no office in force for this: it ended, has not begun, or was never his.",
    id: "Penanda tangan tidak memegang jabatan yang berlaku untuk ini: berakhir, belum mulai, atau tidak pernah ada.",
  },
  AuthoritySuspended: { en: "The signer's office is suspended.", id: "Jabatan penanda tangan sedang dibekukan." },
  AuthoritySamePerson: {
    en: "Two people are needed: nobody signs for himself, for whom he stands in, or for his own delegate.",
    id: "Diperlukan dua orang: tidak seorang pun menandatangani bagi dirinya, yang diwakilinya, atau penerima limpahannya.",
  },
  AuthorityKnown: {
    en: "That exists already: the id or key is taken, or the office runs or is in that state.",
    id: "Itu sudah ada: id atau kunci terpakai, atau jabatan masih berjalan atau sudah dalam keadaan itu.",
  },
  AuthorityUnknown: {
    en: "That is not known, or not possible here.",
    id: "Itu tidak dikenal, atau tidak mungkin di sini.",
  },
  AuthorityBackdated: {
    en: "Nothing begins before its recording or ends before it begins.",
    id: "Tidak ada yang mulai sebelum dicatat atau berakhir sebelum mulai.",
  },
  AuthorityTooLate: {
    en: "Too late: it is over, in force already, or goes beyond the principal's own office.",
    id: "Terlambat: sudah berakhir, sudah berlaku, atau melampaui jabatan pemberi limpahan.",
  },
  AuthorityCycle: { en: "An agency can't stand below itself.", id: "Instansi tidak dapat berada di bawah dirinya." },
  AuthorityTooDeep: { en: "Agencies stand at most eight levels deep.", id: "Instansi paling dalam delapan tingkat." },
  AuthorityStem: {
    en: "This stem can't be registered: it is taken, or begins or continues another.",
    id: "Awalan ini tidak dapat didaftarkan: terpakai, atau mengawali atau melanjutkan awalan lain.",
  },
  AuthorityCouncilOnly: { en: "The council alone decides this.", id: "Hanya dewan yang memutuskan ini." },
  AuthorityDelegated: {
    en: "A delegated office can't be delegated again.",
    id: "Jabatan limpahan tidak dapat dilimpahkan lagi.",
  },
  AuthorityLeftOut: {
    en: "The list leaves out an office that he holds there; make the hand-over anew.",
    id: "Daftar melewatkan jabatan yang dipegangnya di sana; buat ulang serah terimanya.",
  },
  AuthorityNotHeld: {
    en: "The list has more than he holds there; make the hand-over anew.",
    id: "Daftar memuat lebih dari yang dipegangnya di sana; buat ulang serah terimanya.",
  },
  WavesExpired: { en: "It has expired; sign it anew.", id: "Sudah kedaluwarsa; tanda tangani lagi." },
  WavesExpiresTooFar: {
    en: "It may be good for at most 31 days.",
    id: "Hanya boleh berlaku paling lama 31 hari.",
  },
  WavesWrongBody: {
    en: "The body is not the one that was signed, or is no list of wave ids.",
    id: "Isinya bukan yang ditandatangani, atau bukan daftar id gelombang.",
  },
  WavesStaleAct: {
    en: "Another act on this wave came in between, or this one was sent before; look, and sign anew.",
    id: "Ada perbuatan lain atas gelombang ini, atau perbuatan ini sudah dikirim; periksa, lalu tanda tangani lagi.",
  },
  WavesUnknownAct: { en: "There is no such act on a wave.", id: "Tidak ada perbuatan gelombang seperti itu." },
  WavesKnown: {
    en: "This attempt at the wave was opened before; a new attempt has a new number.",
    id: "Percobaan gelombang ini sudah pernah dibuka; percobaan baru bernomor baru.",
  },
  WavesUnknown: {
    en: "There is no such wave, or the act names no wave or no plan.",
    id: "Tidak ada gelombang itu, atau perbuatan tidak menyebut gelombang atau rencana.",
  },
  WavesState: {
    en: "The wave is not in the state that this takes (1 open, 2 closed, 3 active, 4 final, 5 rolled back).",
    id: "Keadaan gelombang tidak sesuai (1 terbuka, 2 tertutup, 3 berlaku, 4 final, 5 ditarik kembali).",
  },
  WavesPlanDiffers: {
    en: "The wave was opened by another plan than the one that is signed here.",
    id: "Gelombang dibuka dengan rencana lain daripada yang ditandatangani di sini.",
  },
  WavesAgencyDiffers: {
    en: "Another agency leads this wave: its head signs.",
    id: "Gelombang ini dipimpin instansi lain: kepalanya yang menandatangani.",
  },
  WavesNoConsent: {
    en: "The agency has not agreed to this wave; its head signs the consent first.",
    id: "Instansi belum menyetujui gelombang ini; kepalanya menandatangani persetujuan dahulu.",
  },
  WavesStaleEpoch: {
    en: "Another writer has taken over; this was made for a former one.",
    id: "Penulis lain sudah mengambil alih; ini dibuat untuk penulis sebelumnya.",
  },
  WavesLotDiffers: {
    en: "Another content was accepted under this lot's key; stage the lot under a new key, or in a new attempt.",
    id: "Isi lain sudah diterima dengan kunci lot ini; siapkan lot dengan kunci baru, atau dalam percobaan baru.",
  },
  WavesLotEmpty: { en: "The lot has no rows or no root.", id: "Lot tidak berisi baris atau tidak memiliki akar." },
  WavesTier: {
    en: "There is no such tier: 1 whole, 2 bodies off the chain, 3 archive.",
    id: "Tidak ada tingkat itu: 1 lengkap, 2 isi di luar rantai, 3 arsip.",
  },
  WavesCurrency: {
    en: "The currency is not three capital letters, or there is money without one.",
    id: "Mata uang bukan tiga huruf kapital, atau ada uang tanpa mata uang.",
  },
  WavesCutOverInFuture: {
    en: "The cut-over lies in the future; have it signed after it.",
    id: "Saat peralihan masih di depan; tanda tangani sesudahnya.",
  },
  WavesUnknownSeen: {
    en: "The checkpoint that the signer says he has seen is none of this ledger's.",
    id: "Checkpoint yang disebut penanda tangan sudah dilihat bukan milik ledger ini.",
  },
  WavesSeenTooOld: {
    en: "The checkpoint that the signer has seen is older than 31 days; sign with the newest.",
    id: "Checkpoint yang dilihat penanda tangan lebih tua dari 31 hari; tanda tangani dengan yang terbaru.",
  },
  WavesRowsMissing: {
    en: "Not all rows are loaded yet; load the rest, then close.",
    id: "Belum semua baris dimuat; muat sisanya, lalu tutup.",
  },
  WavesRowsDiffer: {
    en: "The lots hold another number of rows than the one that is signed.",
    id: "Jumlah baris lot berbeda dari yang ditandatangani.",
  },
  WavesLotsDiffer: {
    en: "The accepted lots are not those that the certificate was made for.",
    id: "Lot yang diterima bukan lot yang dimaksud sertifikat.",
  },
  WavesNotConserved: {
    en: "The counts do not add up: read must be migrated, rejected, merged and excluded together.",
    id: "Jumlahnya tidak cocok: yang dibaca harus sama dengan yang dimigrasikan, ditolak, digabung, dan dikecualikan.",
  },
  WavesPrerequisite: {
    en: "A wave that must come before is not in force.",
    id: "Gelombang yang harus mendahului tidak berlaku.",
  },
  WavesDependants: {
    en: "Other waves that are in force build on this one; roll those back first.",
    id: "Ada gelombang lain yang berlaku dan bertumpu padanya; tarik kembali yang itu dahulu.",
  },
  WavesNativeEntries: {
    en: "People have signed on its processes since, or paid on them: it cannot be rolled back.",
    id: "Prosesnya sudah ditandatangani atau dibayar sejak itu: tidak dapat ditarik kembali.",
  },
  WavesGraceRuns: {
    en: "The time in which it may be rolled back is not over.",
    id: "Tenggang untuk menariknya kembali belum lewat.",
  },
  WavesSignatures: {
    en: "The act takes another number of signatures: activation, rollback and finalising take two people.",
    id: "Jumlah tanda tangan tidak sesuai: pemberlakuan, penarikan, dan finalisasi memerlukan dua orang.",
  },
  WavesBadSignature: {
    en: "A signature does not count: the key, or the office of the signer, is not in force for this.",
    id: "Sebuah tanda tangan tidak berlaku: kunci atau jabatan penanda tangan tidak berlaku untuk ini.",
  },
  WavesWrongCapacity: {
    en: "A head signs first; the second person is an overseer.",
    id: "Kepala menandatangani lebih dahulu; orang kedua adalah inspektorat.",
  },
  WavesSamePerson: {
    en: "Two people are needed: the overseer is neither the head nor whom the head stands in for.",
    id: "Diperlukan dua orang: inspektorat bukan kepala itu sendiri maupun yang diwakilinya.",
  },
  WavesCancelled: {
    en: "The signer has taken this signature back, or the bundle that it stands in; have it signed anew.",
    id: "Penanda tangan sudah mencabut tanda tangan ini, atau bundel yang memuatnya; minta tanda tangan baru.",
  },
  WavesOnlyGatewayKeys: {
    en: "This takes a key that the gateway does not keep.",
    id: "Ini memerlukan kunci yang tidak disimpan gateway.",
  },
  WavesNotLedger: {
    en: "Only the ledger counts rows and entries.",
    id: "Hanya ledger yang menghitung baris dan entri.",
  },
};
