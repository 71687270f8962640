import type { Words } from "../problems.ts";

/** Why the register refuses an act, by the name of its error in contracts/interfaces/IAuthority.sol. */
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
};
