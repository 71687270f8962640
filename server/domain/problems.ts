/**
 * Every problem the register tells anybody, in one place: what it is, whether trying again helps, and what to do.
 * Only `http` and the command line translate it into an answer.
 */

export type Language = "en" | "id";
export type Words = Record<Language, string>;

export type ProblemKind = {
  /** HTTP status; 422 for what the ledger refuses */
  status: number;
  /** the same request can succeed later without a change */
  retryable: boolean;
  title: Words;
  help: Words;
  /** of a refusal of the ledger: nothing that may happen meanwhile makes the same entry acceptable */
  certain?: true;
  /** names of the two values that travel with a refusal of the ledger */
  values?: readonly [a: string, b: string];
};

const both = (en: string, id: string): Words => ({ en, id });
function refused(title: Words, help: Words, a = "", b = "", retryable = false): ProblemKind {
  return { status: 422, retryable, title, help, values: [a, b] };
}
/** Of an entry that is wrong in itself, whatever the register knows by the time it arrives. */
const certainly = (kind: ProblemKind): ProblemKind => ({ ...kind, certain: true });
function http(status: number, title: Words, help: Words, retryable = false): ProblemKind {
  return { status, retryable, title, help };
}

const sendAnew = both("Correct the entry and sign it again.", "Perbaiki entri lalu tanda tangani lagi.");
const askRegistrar = both(
  "Ask the head of the agency or the registrar; `authority` shows who could sign.",
  "Tanyakan kepada kepala instansi atau registrar; `authority` menunjukkan siapa yang dapat menandatangani.",
);
const fetchAgain = both(
  "Fetch the record again, look at what changed, and sign anew.",
  "Ambil ulang catatan, lihat perubahannya, lalu tanda tangani kembali.",
);
const exception = both(
  "If it is right nevertheless, let an approver sign the named exception.",
  "Bila memang benar, mintalah pejabat penyetuju menandatangani pengecualian itu.",
);

const takeNewNonce = both("Take a new nonce and sign again.", "Ambil nonce baru lalu tanda tangani lagi.");

/** What the ledger answers, by its number in contracts/Codes.sol. */
export const ledgerProblems = {
  10: [
    "malformed",
    refused(both("The item cannot be read.", "Item tidak dapat dibaca."), sendAnew, "position", "expected"),
  ],
  11: [
    "text-too-long",
    refused(
      both("An id is empty or too long.", "Sebuah pengenal kosong atau terlalu panjang."),
      sendAnew,
      "length",
      "limit",
    ),
  ],
  12: [
    "terms-missing",
    certainly(
      refused(
        both("Terms that this kind requires are missing.", "Ketentuan yang wajib untuk jenis ini tidak ada."),
        sendAnew,
        "missing",
        "kind",
      ),
    ),
  ],
  13: [
    "terms-unused",
    certainly(
      refused(
        both("The entry has terms that its kind does not have.", "Entri memuat ketentuan yang tidak dikenal jenisnya."),
        sendAnew,
        "surplus",
        "kind",
      ),
    ),
  ],
  14: [
    "unknown-kind",
    certainly(refused(both("There is no such kind of entry.", "Jenis entri ini tidak ada."), sendAnew, "kind")),
  ],
  15: [
    "unknown-code",
    certainly(
      refused(
        both("There is no such code in this kind.", "Kode ini tidak ada dalam jenis tersebut."),
        sendAnew,
        "code",
        "kind",
      ),
    ),
  ],
  16: [
    "expired",
    refused(
      both("The signature has expired.", "Tanda tangan telah kedaluwarsa."),
      both("Sign again.", "Tanda tangani lagi."),
      "expires",
      "now",
    ),
  ],
  17: [
    "expires-too-far",
    refused(
      both("The signature would be valid for more than 31 days.", "Tanda tangan berlaku lebih dari 31 hari."),
      both("Sign again with a nearer end.", "Tanda tangani lagi dengan batas yang lebih dekat."),
      "expires",
      "latest",
    ),
  ],
  18: [
    "duplicate-command",
    refused(
      both("This command was recorded before.", "Perintah ini sudah tercatat."),
      both("Nothing is to be done: the first record stands.", "Tidak perlu tindakan: catatan pertama berlaku."),
      "leaf",
    ),
  ],
  19: [
    "stale-basis",
    refused(
      both("The record has moved on since it was signed.", "Catatan telah berubah sejak ditandatangani."),
      fetchAgain,
      "present",
      "signed",
    ),
  ],
  20: [
    "unknown-seen",
    refused(
      both(
        "The signed checkpoint is not one of this register.",
        "Checkpoint yang ditandatangani bukan milik register ini.",
      ),
      fetchAgain,
      "seen",
    ),
  ],
  21: [
    "seen-too-old",
    refused(
      both("The signed checkpoint is more than 31 days old.", "Checkpoint yang ditandatangani lebih dari 31 hari."),
      fetchAgain,
      "storedAt",
      "now",
    ),
  ],
  22: [
    "second-full",
    refused(
      both(
        "This process has a thousand entries in this second.",
        "Proses ini sudah memiliki seribu entri pada detik ini.",
      ),
      both("Send it again in a second.", "Kirim lagi sedetik kemudian."),
      "second",
      "",
      true,
    ),
  ],
  23: [
    "body-too-large",
    refused(
      both("The body is larger than 96 KiB.", "Isi lebih besar dari 96 KiB."),
      both(
        "Put attachments into documents and name them by hash.",
        "Simpan lampiran sebagai dokumen dan sebutkan hash-nya.",
      ),
      "length",
      "limit",
    ),
  ],
  30: [
    "unknown-stem",
    refused(
      both("The ocid does not begin with a registered stem.", "Ocid tidak diawali stem terdaftar."),
      askRegistrar,
      "stem",
      "agency",
    ),
  ],
  31: [
    "stem-of-another",
    refused(
      both("The ocid begins with another agency's stem.", "Ocid diawali stem instansi lain."),
      sendAnew,
      "stem",
      "agency",
    ),
  ],
  32: [
    "unknown-process",
    refused(
      both("The register has no such process.", "Proses ini tidak ada dalam register."),
      both(
        "Record its planning, tender, contract or opening first.",
        "Catat dahulu perencanaan, tender, kontrak, atau pembukaannya.",
      ),
      "process",
    ),
  ],
  33: [
    "wrong-agency",
    refused(
      both("The process belongs to another agency.", "Proses ini milik instansi lain."),
      sendAnew,
      "present",
      "signed",
    ),
  ],
  34: ["unknown-agency", refused(both("There is no such agency.", "Instansi ini tidak ada."), askRegistrar, "agency")],
  40: [
    "bad-signature",
    refused(
      both(
        "The signature is not by this person's key for this register.",
        "Tanda tangan bukan dari kunci orang ini untuk register ini.",
      ),
      both(
        "Check chain, ledger address and key, then sign again.",
        "Periksa rantai, alamat ledger, dan kunci, lalu tanda tangani lagi.",
      ),
      "holder",
      "agency",
    ),
  ],
  41: [
    "unknown-holder",
    refused(both("This person is not enrolled.", "Orang ini belum terdaftar."), askRegistrar, "holder", "agency"),
  ],
  42: [
    "no-office",
    refused(
      both("The signer does not hold this office here.", "Penanda tangan tidak memegang jabatan ini di sini."),
      askRegistrar,
      "holder",
      "agency",
    ),
  ],
  43: [
    "office-not-yet",
    refused(
      both("The signer's office has not begun.", "Jabatan penanda tangan belum dimulai."),
      askRegistrar,
      "holder",
      "agency",
      true,
    ),
  ],
  44: [
    "office-ended",
    refused(
      both("The signer's office has ended.", "Jabatan penanda tangan sudah berakhir."),
      askRegistrar,
      "holder",
      "agency",
    ),
  ],
  45: [
    "wrong-capacity",
    certainly(
      refused(
        both("This kind is not signed in this capacity.", "Jenis ini tidak ditandatangani dalam kapasitas tersebut."),
        askRegistrar,
        "capacity",
        "kind",
      ),
    ),
  ],
  46: [
    "same-person",
    refused(
      both(
        "Nobody approves his own act, nor through a delegate of himself.",
        "Tidak seorang pun menyetujui perbuatannya sendiri, atau melalui penerima pelimpahannya.",
      ),
      both("Let another person sign.", "Mintalah orang lain menandatangani."),
      "holder",
    ),
  ],
  47: [
    "second-needed",
    refused(
      both("A second signature is needed.", "Diperlukan tanda tangan kedua."),
      both("Let the named role approve the same entry.", "Mintalah peran yang disebut menyetujui entri yang sama."),
      "role",
      "threshold",
    ),
  ],
  48: [
    "cancelled-before",
    refused(
      both("The signer took this signature back.", "Penanda tangan telah menarik tanda tangan ini."),
      sendAnew,
      "hash",
    ),
  ],
  49: [
    "only-gateway-keys",
    refused(
      both("Both keys are kept by the gateway.", "Kedua kunci disimpan oleh gateway."),
      both("One of the two must sign with a key of his own.", "Salah satu harus menandatangani dengan kunci sendiri."),
      "signatures",
    ),
  ],
  50: [
    "signature-type",
    refused(
      both("This type of signature is not known here.", "Jenis tanda tangan ini tidak dikenal."),
      sendAnew,
      "type",
      "length",
    ),
  ],
  51: [
    "too-many-approvals",
    refused(both("There are more than four approvals.", "Persetujuan lebih dari empat."), sendAnew, "count", "limit"),
  ],
  52: [
    "not-covering",
    refused(
      both("The treasurer's office does not cover this contract.", "Jabatan bendahara tidak mencakup kontrak ini."),
      askRegistrar,
      "holder",
      "agency",
    ),
  ],
  53: [
    "key-revoked",
    refused(
      both("This key was revoked or is not valid yet.", "Kunci ini dicabut atau belum berlaku."),
      askRegistrar,
      "holder",
      "agency",
    ),
  ],
  54: [
    "office-suspended",
    refused(
      both("The signer's office is suspended.", "Jabatan penanda tangan sedang dibekukan."),
      both(
        "Another holder signs, or the head or registrar resumes the office.",
        "Pemegang lain menandatangani, atau kepala instansi atau registrar memulihkan jabatan itu.",
      ),
      "holder",
      "agency",
    ),
  ],
  55: [
    "delegation-ended",
    refused(
      both(
        "The office for which the signer stood in has ended or was suspended, and the delegation with it.",
        "Jabatan yang diwakili penanda tangan sudah berakhir atau dibekukan, dan pelimpahannya ikut berakhir.",
      ),
      askRegistrar,
      "holder",
      "agency",
    ),
  ],
  60: [
    "invalid-transition",
    refused(
      both("The present state does not allow this step.", "Keadaan sekarang tidak mengizinkan langkah ini."),
      fetchAgain,
      "status",
      "code",
    ),
  ],
  61: ["id-in-use", refused(both("This id is used already.", "Pengenal ini sudah dipakai."), sendAnew, "status")],
  62: [
    "unknown-contract",
    refused(
      both("The register has no such contract in this process.", "Kontrak ini tidak ada dalam proses tersebut."),
      both("Record the contract first, or correct its id.", "Catat kontraknya dahulu, atau perbaiki pengenalnya."),
      "contract",
    ),
  ],
  63: [
    "unknown-award",
    refused(
      both("The register has no such award in this process.", "Penetapan ini tidak ada dalam proses tersebut."),
      both("Record the award first, or correct its id.", "Catat penetapannya dahulu, atau perbaiki pengenalnya."),
      "award",
    ),
  ],
  64: [
    "award-needed",
    refused(
      both("A contract of this form needs an award.", "Kontrak bentuk ini memerlukan penetapan pemenang."),
      both("Record the award, then name it.", "Catat penetapannya, lalu sebutkan."),
      "form",
    ),
  ],
  65: [
    "award-exceeded",
    refused(
      both("The contracts on this award exceed its value.", "Kontrak atas penetapan ini melebihi nilainya."),
      sendAnew,
      "contracts",
      "award",
    ),
  ],
  66: [
    "currency-differs",
    refused(
      both("The currency is not the contract's.", "Mata uang berbeda dari kontrak."),
      sendAnew,
      "present",
      "signed",
    ),
  ],
  67: ["date-in-future", refused(both("The date lies ahead.", "Tanggal ada di masa depan."), sendAnew, "on", "now")],
  68: [
    "scope-above-cap",
    refused(
      both("Added scope passes the cap over the first value.", "Tambahan lingkup melampaui batas dari nilai awal."),
      exception,
      "scopeValue",
      "highest",
    ),
  ],
  69: [
    "value-below-certified",
    refused(
      both("The value would fall below what is certified.", "Nilai akan di bawah yang telah disertifikasi."),
      exception,
      "value",
      "certified",
    ),
  ],
  70: [
    "accepted-above-value",
    refused(
      both("More work is accepted than the contract's value.", "Pekerjaan yang diterima melebihi nilai kontrak."),
      exception,
      "accepted",
      "value",
    ),
  ],
  71: [
    "certified-above-value",
    refused(
      both("The certificates exceed the contract's value.", "Sertifikat pembayaran melebihi nilai kontrak."),
      exception,
      "certified",
      "value",
    ),
  ],
  72: [
    "certified-above-accepted",
    refused(
      both("More is certified than work is accepted.", "Yang disertifikasi melebihi pekerjaan yang diterima."),
      exception,
      "certified",
      "accepted",
    ),
  ],
  73: [
    "number-used",
    refused(
      both("A certificate with this number exists.", "Sertifikat dengan nomor ini sudah ada."),
      sendAnew,
      "documentKey",
    ),
  ],
  74: [
    "document-exceeded",
    refused(
      both("The payment document is used up.", "Nilai dokumen pembayaran sudah habis terpakai."),
      both(
        "A document is paid once: check whether it is recorded already.",
        "Satu dokumen dibayar sekali: periksa apakah sudah tercatat.",
      ),
      "shares",
      "documentTotal",
    ),
  ],
  75: [
    "document-total-differs",
    refused(
      both("The document was first recorded with another total.", "Dokumen pertama kali dicatat dengan jumlah lain."),
      sendAnew,
      "first",
      "signed",
    ),
  ],
  76: [
    "price-change-unmarked",
    refused(
      both("The price changes without its reason.", "Harga berubah tanpa alasannya."),
      both(
        "Mark price adjustment, tax change or final account.",
        "Tandai penyesuaian harga, perubahan pajak, atau perhitungan akhir.",
      ),
      "before",
      "after",
    ),
  ],
  77: [
    "scope-change-unmarked",
    refused(
      both("The scope changes without being marked.", "Lingkup berubah tanpa ditandai."),
      both("Mark the amendment as a change of scope.", "Tandai adendum sebagai perubahan lingkup."),
      "before",
      "after",
    ),
  ],
  78: [
    "unknown-reference",
    refused(
      both("The entry referred to is not in the log.", "Entri yang dirujuk tidak ada dalam log."),
      fetchAgain,
      "refersTo",
    ),
  ],
  79: [
    "wrong-preimage",
    refused(
      both(
        "What is sent beside the entry does not have the signed hash.",
        "Lampiran entri tidak sesuai hash yang ditandatangani.",
      ),
      sendAnew,
      "signed",
      "found",
    ),
  ],
  80: [
    "wrong-reference",
    refused(
      both("The entry referred to is of another kind or contract.", "Entri yang dirujuk berbeda jenis atau kontrak."),
      sendAnew,
      "kind",
      "contract",
    ),
  ],
  81: [
    "party-needed",
    certainly(
      refused(
        both("A contract of this form names its supplier.", "Kontrak bentuk ini menyebut penyedianya."),
        sendAnew,
        "form",
      ),
    ),
  ],
  82: [
    "party-differs",
    refused(both("The supplier is not the award's.", "Penyedia berbeda dari penetapan."), sendAnew, "award", "signed"),
  ],
  83: [
    "on-hold",
    refused(
      both("Payments of this contract are on hold.", "Pembayaran kontrak ini sedang ditangguhkan."),
      both("Wait for the hold to be lifted.", "Tunggu penangguhan dicabut."),
      "until",
      "",
      true,
    ),
  ],
  84: [
    "accepted-falls",
    refused(
      both("Accepted work cannot fall.", "Pekerjaan yang diterima tidak dapat berkurang."),
      both(
        "Correct the earlier entry, or reduce the scope first.",
        "Ralat entri sebelumnya, atau kurangi lingkup dahulu.",
      ),
      "present",
      "signed",
    ),
  ],
  85: [
    "recovered-above-advance",
    refused(
      both("More advance is recovered than was given.", "Uang muka yang dikembalikan melebihi yang diberikan."),
      sendAnew,
      "recovered",
      "advance",
    ),
  ],
  86: [
    "amount-too-large",
    refused(both("An amount is out of range.", "Sebuah jumlah di luar jangkauan."), sendAnew, "amount", "limit"),
  ],
  87: [
    "already-corrected",
    refused(
      both("The entry was corrected already.", "Entri ini sudah diralat."),
      both("Correct its last correction.", "Ralat ralat terakhirnya."),
      "correction",
    ),
  ],
  88: ["before-award", refused(both("The award is not in force.", "Penetapan tidak berlaku."), fetchAgain, "status")],
  89: [
    "released-above-withheld",
    refused(
      both("More is released than was withheld.", "Yang dilepas melebihi yang ditahan."),
      sendAnew,
      "released",
      "withheld",
    ),
  ],
  90: [
    "date-too-early",
    refused(both("The end lies before the beginning.", "Akhir mendahului awal."), sendAnew, "until", "on"),
  ],
  91: [
    "unknown-party",
    refused(both("The supplier is not registered.", "Penyedia belum terdaftar."), askRegistrar, "party"),
  ],
  92: [
    "rule-fault",
    refused(
      both("The rules could not judge this item.", "Aturan tidak dapat menilai item ini."),
      both("Report it with the request id.", "Laporkan beserta id permintaan."),
    ),
  ],
  94: [
    "date-too-late",
    certainly(
      refused(both("The end lies beyond the year 9999.", "Akhirnya melewati tahun 9999."), sendAnew, "until", "latest"),
    ),
  ],
  95: [
    "guarantee-differs",
    refused(
      both("The guarantee stands otherwise than signed.", "Jaminan tidak sama dengan yang ditandatangani."),
      fetchAgain,
      "present",
      "signed",
    ),
  ],
  96: [
    "below-returned",
    refused(
      both("More than this has come back of the payment.", "Yang sudah kembali dari pembayaran melebihi jumlah ini."),
      sendAnew,
      "returned",
      "amount",
    ),
  ],
  97: [
    "remainder-exceeded",
    refused(
      both("More would come back than was paid.", "Yang kembali akan melebihi yang dibayar."),
      sendAnew,
      "returned",
      "payment",
    ),
  ],
  98: [
    "nothing-to-sign",
    refused(
      both("The supplier has signed these terms already.", "Penyedia sudah menandatangani ketentuan ini."),
      sendAnew,
      "status",
    ),
  ],
  99: [
    "not-withdrawable",
    certainly(
      refused(
        both("An entry of this kind cannot be withdrawn.", "Entri jenis ini tidak dapat dibatalkan."),
        sendAnew,
        "kind",
        "code",
      ),
    ),
  ],
  100: [
    "has-dependants",
    refused(
      both("Later entries stand on this one.", "Entri lain bertumpu pada entri ini."),
      sendAnew,
      "number",
      "kind",
    ),
  ],
  101: [
    "not-held",
    refused(
      both("This capacity holds no payments back here.", "Kapasitas ini tidak sedang menangguhkan pembayaran di sini."),
      sendAnew,
      "capacity",
    ),
  ],
  110: [
    "signature-malformed",
    refused(
      both("The signature has no such form.", "Bentuk tanda tangan ini tidak dikenal."),
      both(
        "Build it as docs/reference/formats.md says, section 5.",
        "Susunlah menurut docs/reference/formats.md bagian 5.",
      ),
      "length",
      "expected",
    ),
  ],
  111: [
    "passkey-user",
    refused(
      both(
        "The passkey did not check who was using it.",
        "Kunci sandi (passkey) tidak memeriksa siapa yang memakainya.",
      ),
      both(
        "Sign again and confirm with fingerprint, face or PIN.",
        "Tanda tangani lagi dan konfirmasikan dengan sidik jari, wajah, atau PIN.",
      ),
      "flags",
      "expected",
    ),
  ],
  112: [
    "passkey-client-data",
    refused(
      both(
        "What the browser signed is no sign-in or signature of this page's own.",
        "Yang ditandatangani peramban bukan tanda tangan dari halaman ini sendiri.",
      ),
      both(
        "Sign again in an up-to-date browser, on the page itself, not in a frame.",
        "Tanda tangani lagi dengan peramban terbaru, di halaman itu sendiri, bukan di dalam bingkai.",
      ),
      "position",
      "length",
    ),
  ],
  113: [
    "passkey-challenge",
    refused(
      both("The passkey signed something else.", "Kunci sandi (passkey) menandatangani hal lain."),
      sendAnew,
      "digest",
      "length",
    ),
  ],
  114: [
    "passkey-origin",
    refused(
      both(
        "The passkey signed on a page whose address the council has not admitted.",
        "Kunci sandi (passkey) dipakai pada halaman yang alamatnya belum diizinkan dewan.",
      ),
      both(
        "Sign on the register's own page, or ask the council to admit this address.",
        "Tanda tangani di halaman register sendiri, atau mintalah dewan mengizinkan alamat itu.",
      ),
      "origin",
      "domain",
    ),
  ],
  115: [
    "bundle-size",
    refused(
      both("A bundle holds 1 to 256 signatures.", "Satu paket tanda tangan memuat 1 sampai 256."),
      both("Sign smaller bundles.", "Tanda tangani paket yang lebih kecil."),
      "count",
      "limit",
    ),
  ],
  116: [
    "bundle-expired",
    refused(
      both("The bundle's signature has expired.", "Tanda tangan paket sudah kedaluwarsa."),
      sendAnew,
      "expires",
      "now",
    ),
  ],
  117: [
    "bundle-capacity",
    refused(
      both("The bundle was signed in another capacity.", "Paket ditandatangani dalam kapasitas lain."),
      both("Sign a bundle in this capacity.", "Tanda tangani paket dalam kapasitas ini."),
      "signed",
      "capacity",
    ),
  ],
  118: [
    "bundle-proof",
    refused(
      both("This is not one of those that the bundle holds.", "Ini bukan salah satu dari isi paket itu."),
      both("Make its proof anew, or sign it by itself.", "Buat ulang buktinya, atau tanda tangani sendiri."),
      "index",
      "count",
    ),
  ],
  120: [
    "unknown-wave",
    refused(
      both("There is no such wave in the register.", "Gelombang ini tidak ada dalam register."),
      both(
        "Open the wave first; see prasasti migrate status.",
        "Buka gelombangnya dahulu; lihat prasasti migrate status.",
      ),
      "wave",
    ),
  ],
  121: [
    "wave-not-in-force",
    refused(
      both(
        "The wave of legacy records that brought this process is not in force.",
        "Gelombang data lama yang membawa proses ini tidak berlaku.",
      ),
      both(
        "Wait until the wave is activated; if it was rolled back, its next attempt brings the process again.",
        "Tunggu sampai gelombang diaktifkan; bila sudah ditarik kembali, percobaan berikutnya membawa proses ini lagi.",
      ),
      "wave",
      "state",
    ),
  ],
  122: [
    "wave-not-open",
    refused(
      both("The wave takes no more rows.", "Gelombang ini tidak menerima baris lagi."),
      both("Bring the row in another wave.", "Bawa baris itu dalam gelombang lain."),
      "wave",
      "state",
    ),
  ],
  123: [
    "unknown-lot",
    refused(
      both("The wave has accepted no such lot.", "Gelombang ini belum menerima lot itu."),
      both("Have the lot accepted before its rows.", "Ajukan lotnya sebelum baris-barisnya."),
      "lot",
      "wave",
    ),
  ],
  124: [
    "row-proof",
    refused(
      both("The row is not one of those that the lot's root holds.", "Baris ini bukan salah satu isi akar lot itu."),
      both("Stage the lot again from its source.", "Siapkan lagi lot itu dari sumbernya."),
      "hash",
      "root",
    ),
  ],
  125: [
    "row-differs",
    refused(
      both(
        "The row names another maker or moment than its lot, or leaves out the body that its lot puts on the chain.",
        "Baris ini menyebut pembuat atau waktu lain daripada lotnya, atau tidak membawa isi yang menurut lotnya dicatat di rantai.",
      ),
      both("Stage the lot again from its source.", "Siapkan lagi lot itu dari sumbernya."),
      "holder",
      "capacity",
    ),
  ],
  126: [
    "wave-overlap",
    refused(
      both(
        "The process stands in the register already: signed here, or brought by another wave.",
        "Proses ini sudah ada dalam register: ditandatangani di sini, atau dibawa gelombang lain.",
      ),
      both(
        "Leave it out of this wave, or roll back the other.",
        "Keluarkan dari gelombang ini, atau tarik kembali yang lain.",
      ),
      "wave",
      "other",
    ),
  ],
  127: [
    "lot-sums",
    refused(
      both(
        "The rows of the lot do not add up to the sums that its head signed.",
        "Jumlah baris-baris lot tidak sama dengan jumlah yang ditandatangani kepala instansi.",
      ),
      both("Stage the lot again from its source.", "Siapkan lagi lot itu dari sumbernya."),
      "left",
      "amount",
    ),
  ],
} as const satisfies Record<number, readonly [string, ProblemKind]>;

/** What the gateway itself answers. */
export const gatewayProblems = {
  "invalid-request": http(
    400,
    both("The request is not as described.", "Permintaan tidak sesuai uraian."),
    both("See the named places.", "Lihat tempat yang disebut."),
  ),
  "invalid-json": http(
    400,
    both("The body is not plain JSON.", "Isi bukan JSON yang sah."),
    both("See the named place.", "Lihat tempat yang disebut."),
  ),
  "invalid-cursor": http(
    400,
    both("The cursor is not one of ours.", "Kursor bukan milik kami."),
    both("Follow the links of a page.", "Ikuti tautan pada halaman."),
  ),
  "metrics-token": http(
    401,
    both("Metrics are for who holds their token.", "Metrik hanya untuk pemegang tokennya."),
    both(
      "Send the token in keys/metrics.token of the data folder as Authorization: Bearer.",
      "Kirim token dalam keys/metrics.token pada folder data sebagai Authorization: Bearer.",
    ),
  ),
  unauthenticated: http(
    401,
    both("Sign in first.", "Masuk dahulu."),
    both("Post a signed SignIn to /api/v1/sessions.", "Kirim SignIn bertanda tangan ke /api/v1/sessions."),
  ),
  "session-expired": http(
    401,
    both("The session has ended.", "Sesi telah berakhir."),
    both("Sign in again.", "Masuk lagi."),
  ),
  "session-key-revoked": http(
    401,
    both(
      "The key of this session was revoked, and the session with it.",
      "Kunci sesi ini dicabut, dan sesinya berakhir.",
    ),
    both("Sign in with a key in force.", "Masuk dengan kunci yang berlaku."),
  ),
  "not-found": http(
    404,
    both("There is nothing here.", "Tidak ada apa pun di sini."),
    both("Check the address; /docs lists what there is.", "Periksa alamatnya; /docs mencantumkan yang ada."),
  ),
  "unknown-leaf": http(
    404,
    both("The log holds no such leaf.", "Log tidak memuat daun itu."),
    both(
      "Check the leaf, the place or the entry; `/api/v1/entries` lists entries with their leaves.",
      "Periksa daun, tempat, atau entrinya; `/api/v1/entries` mencantumkan entri beserta daunnya.",
    ),
  ),
  "unknown-checkpoint": http(
    404,
    both("The ledger told no checkpoint of that size.", "Ledger tidak memberitahukan checkpoint berukuran itu."),
    both("`/api/v1/checkpoints` lists those there are.", "`/api/v1/checkpoints` mencantumkan yang ada."),
  ),
  "unknown-agency": http(
    404,
    both("No agency of that id is registered.", "Tidak ada instansi terdaftar dengan id itu."),
    both("`/api/v1/authority/agencies` lists them.", "`/api/v1/authority/agencies` mencantumkannya."),
  ),
  "no-certificate": http(
    404,
    both("There is no such certificate of this agency.", "Tidak ada surat keterangan demikian untuk instansi ini."),
    both(
      "POST to `/api/v1/certificates/agencies/{agency}` asks for one of now.",
      "POST ke `/api/v1/certificates/agencies/{agency}` meminta yang terbaru.",
    ),
  ),
  "method-not-allowed": http(
    405,
    both("This address takes other methods.", "Alamat ini menerima metode lain."),
    both("See the Allow header.", "Lihat header Allow."),
  ),
  "moment-in-future": http(
    400,
    both("That moment is still to come.", "Saat itu belum tiba."),
    both("Ask for a moment up to now.", "Mintalah saat yang tidak melewati sekarang."),
  ),
  "nothing-then": http(
    404,
    both("There was nothing of it at that moment.", "Pada saat itu belum ada apa pun tentangnya."),
    both("Ask for a later moment: `first` or after.", "Mintalah saat yang lebih kemudian: `first` atau sesudahnya."),
  ),
  "not-in-force": http(
    404,
    both(
      "A wave of legacy records brought this process, and does not count: it is not in force yet, or was rolled back.",
      "Proses ini dibawa gelombang data lama yang tidak berlaku: belum diberlakukan, atau sudah ditarik kembali.",
    ),
    both(
      "`/api/v1/records/{ocid}/history` tells what was recorded, `/api/v1/migration/waves/{wave}` where the wave stands.",
      "`/api/v1/records/{ocid}/history` menceritakan yang tercatat, `/api/v1/migration/waves/{wave}` keadaan gelombangnya.",
    ),
  ),
  "body-not-wanted": http(
    404,
    both(
      "No wave kept a body of this digest off the chain.",
      "Tidak ada gelombang yang menyimpan isi dengan digest ini di luar rantai.",
    ),
    both("Check the digest; send the body of an entry of tier B.", "Periksa digestnya; kirim isi entri tingkat B."),
  ),
  "key-reused": http(
    409,
    both("This command id was used for something else.", "Id perintah ini telah dipakai untuk hal lain."),
    both("Use a new command id.", "Gunakan id perintah baru."),
  ),
  "not-replaceable": http(
    409,
    both("It does not come in place of that submission.", "Pengajuan ini tidak dapat menggantikan pengajuan tersebut."),
    both(
      "Sign again under the same commandId, and name in `replaces` your own submission that waits.",
      "Tanda tangani lagi dengan commandId yang sama, dan sebutkan di `replaces` pengajuan sendiri yang menunggu.",
    ),
  ),
  "not-waiting": http(
    409,
    both("It does not wait for a second signature.", "Pengajuan ini tidak menunggu tanda tangan kedua."),
    both("Look at its state again.", "Lihat lagi keadaannya."),
  ),
  "approval-under-way": http(
    409,
    both(
      "Another approval of it is on its way to the ledger.",
      "Persetujuan lain atas pengajuan ini sedang menuju ledger.",
    ),
    both("Look in a moment what became of it.", "Lihat sebentar lagi hasilnya."),
    true,
  ),
  "sent-back": http(
    409,
    both("A person who could approve it has sent it back.", "Pejabat yang dapat menyetujui telah mengembalikannya."),
    both(
      "Its maker looks at the reason, signs it anew and submits again; the former signature does not go out any more.",
      "Pembuatnya membaca alasan, menandatangani lagi, dan mengajukan ulang; tanda tangan sebelumnya tidak dikirim lagi.",
    ),
  ),
  "proposal-not-open": http(
    409,
    both(
      "Somebody has taken, recorded or declined this proposal.",
      "Usulan ini sudah diambil, tercatat, atau ditolak.",
    ),
    both("Read the list of proposals again.", "Baca ulang daftar usulan."),
  ),
  "payment-shares": http(
    422,
    both("This payment cannot be shared out like that.", "Pembayaran ini tidak dapat dibagi seperti itu."),
    both(
      "Name contracts of the register, each once, with amounts that together are at most what the document pays.",
      "Sebutkan kontrak dalam register, masing-masing sekali, dengan jumlah yang seluruhnya tidak melebihi dokumen.",
    ),
  ),
  "payment-recorded": http(
    409,
    both(
      "The ledger has this payment already: a decision does not undo it.",
      "Pembayaran ini sudah tercatat di ledger: keputusan tidak membatalkannya.",
    ),
    both(
      "Record a return (returned, paid back, contra entry, void), or a correction.",
      "Catat pengembalian (retur, setor kembali, kontra pos, batal) atau ralat.",
    ),
  ),
  "decision-unknown": http(
    409,
    both("There is no such decision that still counts.", "Tidak ada keputusan itu yang masih berlaku."),
    both("Look at the payment's decisions again.", "Lihat kembali keputusan atas pembayaran itu."),
  ),
  "proposal-waits": http(
    409,
    both(
      "What must be recorded before this proposal is not recorded yet.",
      "Yang harus dicatat sebelum usulan ini belum tercatat.",
    ),
    both(
      "Take the earlier one too, or wait until it is recorded.",
      "Ambil juga yang terdahulu, atau tunggu sampai tercatat.",
    ),
  ),
  "draft-changed": http(
    412,
    both("The draft was changed meanwhile.", "Konsep ini telah diubah orang lain."),
    both("Read it again and repeat your change.", "Baca ulang lalu ulangi perubahan Anda."),
  ),
  "draft-signed": http(
    409,
    both("The draft was signed and is a submission now.", "Konsep ini sudah ditandatangani dan menjadi pengajuan."),
    both("Look at its submission.", "Lihat pengajuannya."),
  ),
  "draft-differs": http(
    422,
    both("What was signed is not what the draft says.", "Yang ditandatangani bukan isi konsep."),
    both("Read the draft again and sign what it says.", "Baca ulang konsep dan tandatangani isinya."),
  ),
  "not-cancellable": http(
    409,
    both("It can no longer be taken back.", "Tidak dapat ditarik lagi."),
    both("Record a correction.", "Catat ralat."),
  ),
  "basis-mismatch": http(
    412,
    both("The record is not at the version you name.", "Catatan tidak pada versi yang Anda sebut."),
    fetchAgain,
  ),
  "basis-moved": http(
    412,
    both("The record has moved on; nothing was queued.", "Catatan telah berubah; tidak ada yang diantrekan."),
    fetchAgain,
  ),
  "body-over-limit": http(
    422,
    both("The entry's body is longer than the ledger takes.", "Isi entri lebih panjang daripada yang diterima ledger."),
    both(
      "Shorten it: long documents are kept by their hash (documents).",
      "Persingkat: dokumen panjang disimpan menurut hash-nya (documents).",
    ),
  ),
  "body-not-publishable": http(
    422,
    both("The entry could not be published as it is.", "Entri tidak dapat diterbitkan apa adanya."),
    both(
      "Correct the named places and sign again; nothing was recorded.",
      "Perbaiki tempat yang disebut lalu tanda tangani lagi; tidak ada yang dicatat.",
    ),
  ),
  "size-beyond-log": http(
    422,
    both("The log is not that long.", "Log tidak sepanjang itu."),
    both(
      "Ask for a size up to the present one. If this gateway or another once showed you that size, keep what you have and tell an auditor.",
      "Mintalah ukuran sampai yang sekarang. Bila gateway ini atau yang lain pernah menunjukkan ukuran itu, simpan bukti Anda dan beri tahu pemeriksa.",
    ),
  ),
  "leaf-beyond-size": http(
    422,
    both("The log of that size does not hold the leaf yet.", "Log berukuran itu belum memuat daun tersebut."),
    both(
      "Ask for a size above the leaf's index; without a size, try again after the next checkpoint.",
      "Mintalah ukuran di atas indeks daun; tanpa ukuran, coba lagi setelah checkpoint berikutnya.",
    ),
  ),
  "sizes-reversed": http(
    422,
    both("The first log is longer than the second.", "Log pertama lebih panjang daripada log kedua."),
    both("Exchange `first` and `second`.", "Tukarkan `first` dan `second`."),
  ),
  "too-large": http(
    413,
    both("The request is too large.", "Permintaan terlalu besar."),
    both("Send less at once.", "Kirim lebih sedikit sekaligus."),
  ),
  "unsupported-media-type": http(
    415,
    both("This content type is not read here.", "Tipe konten ini tidak dibaca di sini."),
    both(
      "Send application/json; a document with one of the types that /docs lists.",
      "Kirim application/json; dokumen dengan salah satu tipe yang tercantum di /docs.",
    ),
  ),
  "digest-mismatch": http(
    422,
    both("The body does not have the signed digest.", "Isi tidak memiliki digest yang ditandatangani."),
    sendAnew,
  ),
  "act-refused": http(
    422,
    both("The register refused this act.", "Register menolak perbuatan ini."),
    both("The detail names the rule and its values.", "Rincian menyebut aturan dan nilainya."),
  ),
  "sign-in-other-origin": http(
    422,
    both("The sign-in is for another gateway.", "Masuk ini untuk gateway lain."),
    both(
      "Sign the origin that the challenge names; never sign one that a stranger gives you.",
      "Tandatangani origin yang disebut tantangan; jangan pernah menandatangani origin dari orang asing.",
    ),
  ),
  "sign-in-clock": http(
    422,
    both(
      "The sign-in was issued too long ago, or is still to come.",
      "Waktu terbit masuk terlalu lama atau belum tiba.",
    ),
    both("Set the clock of your machine, then sign anew.", "Setel jam mesin Anda, lalu tanda tangani lagi."),
  ),
  "sign-in-expired": http(422, both("The sign-in has expired.", "Masuk ini sudah kedaluwarsa."), takeNewNonce),
  "sign-in-too-long": http(
    422,
    both("The session would last more than 12 hours.", "Sesi akan berlangsung lebih dari 12 jam."),
    both("Sign again with a nearer end.", "Tanda tangani lagi dengan batas yang lebih dekat."),
  ),
  "sign-in-unknown-nonce": http(
    422,
    both("The nonce is not one that this gateway gave.", "Nonce ini bukan dari gateway ini."),
    takeNewNonce,
  ),
  "sign-in-nonce-expired": http(
    422,
    both("The nonce is more than five minutes old.", "Nonce sudah lebih dari lima menit."),
    takeNewNonce,
  ),
  "sign-in-nonce-used": http(422, both("The nonce was used before.", "Nonce ini sudah dipakai."), takeNewNonce),
  "sign-in-bad-signature": http(
    422,
    both("This is no signature of this sign-in.", "Ini bukan tanda tangan atas permintaan masuk ini."),
    both(
      "Sign with 65 bytes: r, s (low) and v (27 or 28); or with a passkey, on a page of the register.",
      "Tandatangani dengan 65 byte: r, s (rendah), dan v (27 atau 28); atau dengan passkey, di halaman register.",
    ),
  ),
  "sign-in-unknown-holder": http(
    422,
    both("The register knows no such holder.", "Register tidak mengenal pemegang ini."),
    askRegistrar,
  ),
  "sign-in-foreign-key": http(
    422,
    both(
      "None of this holder's keys signed this for this register.",
      "Tidak satu pun kunci pemegang ini menandatanganinya untuk register ini.",
    ),
    both(
      "Check holder, key and the chain, ledger and salt of /api/v1/ledger, then sign anew.",
      "Periksa pemegang, kunci, serta rantai, ledger, dan salt pada /api/v1/ledger, lalu tanda tangani lagi.",
    ),
  ),
  "sign-in-key-revoked": http(
    422,
    both("The key was revoked.", "Kunci ini sudah dicabut."),
    both(
      "Sign with a key in force; the registrar can enrol one.",
      "Gunakan kunci yang berlaku; registrar dapat mendaftarkannya.",
    ),
  ),
  "unknown-issuer": http(
    404,
    both("No such issuer is configured here.", "Penerbit itu tidak dikonfigurasi di sini."),
    both("`/api/v1/sign-in/issuers` lists them.", "`/api/v1/sign-in/issuers` mencantumkannya."),
  ),
  "issuer-unavailable": http(
    503,
    both("The issuer cannot be used at the moment.", "Penerbit sedang tidak dapat dipakai."),
    both(
      "Try again in a moment, or sign in another way; the operator sees the same in `prasasti doctor`.",
      "Coba sebentar lagi, atau masuk dengan cara lain; pengelola melihatnya juga di `prasasti doctor`.",
    ),
    true,
  ),
  "sign-in-not-begun-here": http(
    400,
    both(
      "This browser did not begin this sign-in, or too long ago.",
      "Peramban ini tidak memulai masuk ini, atau sudah terlalu lama.",
    ),
    both(
      "Begin again at this gateway's own page; a link that somebody sent does not sign you in.",
      "Mulailah lagi dari halaman gateway ini; tautan kiriman orang tidak dapat dipakai untuk masuk.",
    ),
  ),
  "sign-in-used": http(
    409,
    both("This sign-in was completed before.", "Masuk ini sudah diselesaikan."),
    both("Begin again.", "Mulai lagi."),
  ),
  "sign-in-denied": http(
    403,
    both("The issuer did not let you sign in.", "Penerbit tidak mengizinkan Anda masuk."),
    both(
      "Try again; if it stays so, ask those who run the issuer.",
      "Coba lagi; bila tetap demikian, tanyakan kepada pengelola penerbit.",
    ),
  ),
  "sign-in-code-refused": http(
    403,
    both("The issuer does not stand by what it sent.", "Penerbit tidak mengakui kiriman itu."),
    both(
      "Begin again; if it stays so, the operator checks the client's settings at the issuer.",
      "Mulai lagi; bila tetap demikian, pengelola memeriksa pengaturan klien di penerbit.",
    ),
  ),
  "sign-in-token-refused": http(
    403,
    both(
      "The token is not one of this issuer for this gateway, now.",
      "Token ini bukan dari penerbit itu untuk gateway ini saat ini.",
    ),
    both(
      "Begin again; if it stays so, tell the operator which check failed.",
      "Mulai lagi; bila tetap demikian, beri tahu pengelola pemeriksaan mana yang gagal.",
    ),
  ),
  "no-account": http(
    403,
    both("You have no account here yet.", "Anda belum memiliki akun di sini."),
    both(
      "Ask the registrar of your agency for an invitation; if you have an account, sign in to it and link this sign-in there.",
      "Mintalah undangan kepada registrar instansi Anda; bila sudah punya akun, masuk ke akun itu lalu tautkan cara masuk ini.",
    ),
  ),
  "logout-token-refused": http(
    400,
    both(
      "The logout token is not one of this issuer for this gateway, now.",
      "Token keluar ini bukan dari penerbit itu untuk gateway ini saat ini.",
    ),
    both("The value names the check that failed.", "Nilainya menyebut pemeriksaan yang gagal."),
  ),
  "unknown-directory": http(
    404,
    both("No such directory is configured here.", "Direktori itu tidak dikonfigurasi di sini."),
    both("The settings of identity name them.", "Pengaturan identitas menyebutkannya."),
  ),
  "directory-unavailable": http(
    503,
    both("The directory does not answer as it should.", "Direktori tidak menjawab sebagaimana mestinya."),
    both("Try again; `prasasti doctor` tells more.", "Coba lagi; `prasasti doctor` menjelaskan."),
    true,
  ),
  "unknown-entry": http(
    404,
    both(
      "The directory has nobody, or several, of that login name.",
      "Direktori tidak memiliki orang, atau memiliki beberapa, dengan nama masuk itu.",
    ),
    both("Check the name and the filter of the directory.", "Periksa nama itu dan filter direktori."),
  ),
  "sync-running": http(
    409,
    both("A sync of this directory is under way.", "Sinkronisasi direktori ini sedang berjalan."),
    both("Wait until it has ended.", "Tunggu sampai selesai."),
    true,
  ),
  "unknown-move": http(
    404,
    both("No move of this account waits to be confirmed.", "Tidak ada mutasi akun ini yang menunggu konfirmasi."),
    both("`/api/v1/identity/moves` lists those that do.", "`/api/v1/identity/moves` mencantumkan yang menunggu."),
  ),
  "personal-data": http(
    422,
    both("The entry would publish personal data for ever.", "Entri ini akan menerbitkan data pribadi untuk selamanya."),
    both(
      "Seal the named fields (`prasasti submit` does it) or leave them out, then sign anew; nothing was kept.",
      "Segel bidang yang disebut (`prasasti submit` melakukannya) atau hilangkan, lalu tanda tangani lagi; tidak ada yang disimpan.",
    ),
  ),
  "disclosure-mismatch": http(
    422,
    both("A disclosure opens nothing in this body.", "Sebuah pembuka tidak membuka apa pun dalam isi ini."),
    both(
      "Send for each sealed value its path, salt and value as they were sealed; nothing was kept.",
      "Kirim jalur, salt, dan nilai tiap nilai tersegel seperti saat disegel; tidak ada yang disimpan.",
    ),
  ),
  erased: http(
    410,
    both("It was erased, and can't be read here again.", "Sudah dihapus dan tidak dapat dibaca lagi di sini."),
    both(
      "The register of requests tells when and why. What is recorded stays provable; a new value is sealed with a new salt.",
      "Daftar permintaan menyebut kapan dan mengapa. Yang tercatat tetap terbukti; nilai baru disegel dengan salt baru.",
    ),
  ),
  "subject-restricted": http(
    451,
    both(
      "The person or entity has had its data restricted: kept, and not given out.",
      "Data orang atau badan ini dibatasi: disimpan dan tidak diberikan.",
    ),
    both("Ask the registrar; a restriction can be lifted.", "Tanyakan kepada registrar; pembatasan dapat dicabut."),
  ),
  "not-a-reader": http(
    403,
    both("None of your offices lets you read this.", "Tidak satu pun jabatan Anda membolehkan membaca ini."),
    both(
      "Auditors and officers of the agency may, those of agencies above it, and a supplier what is his own.",
      "Yang boleh: pemeriksa dan pejabat instansi itu atau instansi di atasnya, serta penyedia untuk datanya sendiri.",
    ),
  ),
  "not-allowed": http(
    403,
    both("None of your offices lets you do this.", "Tidak satu pun jabatan Anda membolehkan hal ini."),
    askRegistrar,
  ),
  "request-decided": http(
    409,
    both("The request was decided before.", "Permintaan ini sudah diputus."),
    both("File another request.", "Ajukan permintaan lain."),
  ),
  "same-person-decides": http(
    409,
    both("Who filed a request for erasure does not decide it.", "Pencatat permintaan penghapusan tidak memutusnya."),
    both("Let another registrar or a head decide it.", "Mintalah registrar lain atau kepala instansi memutusnya."),
  ),
  "document-public": http(
    409,
    both("These bytes are kept already, for everybody.", "Berkas ini sudah disimpan dan terbuka untuk semua."),
    both(
      "What was public cannot be taken back here. If it must not be, tell the operator.",
      "Yang sudah terbuka tidak dapat ditarik di sini. Bila tidak boleh terbuka, beri tahu pengelola.",
    ),
  ),
  "acknowledgement-unreadable": http(
    422,
    both("The bank's answer cannot be read.", "Jawaban bank tidak terbaca."),
    both(
      "Ask the bank for a pain.002 file; nothing was changed.",
      "Mintalah berkas pain.002 kepada bank; tidak ada yang berubah.",
    ),
  ),
  "document-altered": http(
    500,
    both("The stored file is not what was stored.", "Berkas tersimpan tidak lagi seperti saat disimpan."),
    both(
      "Take the file from whoever else has it, and tell the operator: its hash is the proof of which is right.",
      "Ambil berkas dari pihak lain yang memilikinya dan beri tahu pengelola: hash-nya membuktikan mana yang benar.",
    ),
  ),
  "account-unknown": http(
    404,
    both("There is no such account.", "Akun ini tidak ada."),
    both("Look the id up in the list of accounts.", "Cari pengenalnya di daftar akun."),
  ),
  "account-state": http(
    409,
    both("An account does not go from its state to that one.", "Akun tidak berpindah dari keadaannya ke keadaan itu."),
    both("Look at the account again.", "Lihat kembali akun tersebut."),
  ),
  "account-closed": http(
    401,
    both("This account is closed or locked.", "Akun ini ditutup atau dikunci."),
    both("Ask your registrar.", "Tanyakan kepada petugas pendaftaran Anda."),
  ),
  "no-holder": http(
    422,
    both("The register does not know you.", "Register belum mengenal Anda."),
    both(
      "Name the holder as whom a registrar is to enrol you: the 32 bytes that he tells you.",
      "Sebutkan pemegang (32 byte dari petugas pendaftaran) yang akan didaftarkan untuk Anda.",
    ),
  ),
  "holder-enrolled": http(
    409,
    both("This holder is enrolled in the register already.", "Pemegang ini sudah terdaftar dalam register."),
    both(
      "Sign in with one of his keys; where all are lost, registrar and overseer replace one.",
      "Masuk dengan salah satu kuncinya; bila semua hilang, petugas pendaftaran dan inspektorat mengganti kuncinya.",
    ),
  ),
  "kept-key-limit": http(
    409,
    both(
      "There are as many keys kept for you as there may be.",
      "Jumlah kunci yang disimpan untuk Anda sudah mencapai batas.",
    ),
    both("Forget one that is revoked.", "Hapus kunci yang sudah dicabut."),
  ),
  "kept-key-in-force": http(
    409,
    both("The register still takes this key.", "Register masih menerima kunci ini."),
    both(
      "Let it be revoked first; or forget it with anyway=true: nobody can sign with it then, and it must still be revoked.",
      "Cabut dahulu; atau hapus dengan anyway=true: setelah itu tidak seorang pun dapat memakainya, dan tetap harus dicabut.",
    ),
  ),
  "kept-key-revoked": http(
    409,
    both("This key was revoked.", "Kunci ini sudah dicabut."),
    both(
      "Sign with a key in force; make another and let it be enrolled.",
      "Pakai kunci yang berlaku; buat kunci lain dan mintalah pendaftarannya.",
    ),
  ),
  "kept-key-content": http(
    422,
    both("The gateway does not sign this with that key.", "Gateway tidak menandatangani ini dengan kunci itu."),
    both(
      "Send all that is to be signed, in your own name; a digest alone is never signed.",
      "Kirim seluruh isi yang akan ditandatangani, atas nama sendiri; digest saja tidak pernah ditandatangani.",
    ),
  ),
  "kept-key-broken": http(
    500,
    both("The kept key does not open.", "Kunci tersimpan tidak dapat dibuka."),
    both(
      "Tell the operator: `prasasti doctor` names it. Let it be revoked, and make another.",
      "Beri tahu pengelola: `prasasti doctor` menyebutkannya. Cabut kunci itu dan buat yang lain.",
    ),
  ),
  "not-anchored": http(
    404,
    both("This row is not anchored in the register yet.", "Baris ini belum dijangkarkan dalam register."),
    both(
      "New rows are anchored once a day; ask again then.",
      "Baris baru dijangkarkan sekali sehari; tanyakan lagi nanti.",
    ),
    true,
  ),
  "log-altered": http(
    500,
    both(
      "The access log is not as it was anchored in the register.",
      "Log akses tidak lagi seperti saat dijangkarkan dalam register.",
    ),
    both(
      "Tell the overseer and the operator: `prasasti doctor` names the first row that differs.",
      "Beri tahu inspektorat dan pengelola: `prasasti doctor` menyebutkan baris pertama yang berbeda.",
    ),
  ),
  "step-up-needed": http(
    403,
    both(
      "This needs a second factor that was shown in the last five minutes.",
      "Tindakan ini memerlukan faktor kedua yang ditunjukkan dalam lima menit terakhir.",
    ),
    both(
      "Show it once more: a code, a passkey, or signing in with your key. Who has none yet adds one to his account.",
      "Tunjukkan sekali lagi: kode, passkey, atau masuk dengan kunci Anda. Yang belum punya menambahkannya di akunnya.",
    ),
  ),
  "second-factor-needed": http(
    403,
    both(
      "What is sealed opens to nobody by a password alone.",
      "Yang tersegel tidak terbuka bagi siapa pun hanya dengan kata sandi.",
    ),
    both(
      "Sign in with a second factor, a passkey or your key.",
      "Masuk dengan faktor kedua, passkey, atau kunci Anda.",
    ),
  ),
  "scope-missing": http(
    403,
    both("This machine was not made for that.", "Mesin ini tidak dibuat untuk itu."),
    both(
      "Ask your registrar for a client with this scope.",
      "Mintalah klien dengan cakupan ini kepada petugas pendaftaran.",
    ),
  ),
  "passkey-refused": http(
    422,
    both("This passkey was not accepted.", "Passkey ini tidak diterima."),
    both(
      "Start again at this gateway's own address, with a passkey that was added to your account.",
      "Mulai lagi di alamat gateway ini sendiri, dengan passkey yang sudah ditambahkan ke akun Anda.",
    ),
  ),
  "too-many-sign-ins": http(
    503,
    both("Too many people sign in at this moment.", "Terlalu banyak orang masuk saat ini."),
    both("Try again in half a minute.", "Coba lagi setengah menit lagi."),
    true,
  ),
  "password-weak": http(
    422,
    both("This password is too easy to guess.", "Kata sandi ini terlalu mudah ditebak."),
    both(
      "At least 12 characters; three or four words that nobody else puts together are best.",
      "Paling sedikit 12 karakter; sebaiknya tiga atau empat kata yang tidak lazim berdampingan.",
    ),
  ),
  "sign-in-wrong": http(
    401,
    both("Name and password do not open an account.", "Nama dan kata sandi tidak membuka akun."),
    both(
      "Try again; who forgot the password, or whose account is closed, asks the registrar.",
      "Coba lagi; bila lupa kata sandi atau akun ditutup, tanyakan kepada petugas pendaftaran.",
    ),
  ),
  "sign-in-slowed": http(
    429,
    both("Too many wrong attempts; each costs a longer wait.", "Terlalu banyak percobaan salah; jeda makin panjang."),
    both(
      "Wait as Retry-After says. A passkey, or a browser that you signed in with before, does not wait for others' attempts.",
      "Tunggu sesuai Retry-After. Passkey, atau peramban yang pernah Anda pakai masuk, tidak menunggu percobaan orang lain.",
    ),
    true,
  ),
  "ticket-expired": http(
    401,
    both(
      "The password was shown too long ago, or has changed.",
      "Kata sandi ditunjukkan terlalu lama, atau telah diganti.",
    ),
    both("Begin with the password again.", "Mulai lagi dengan kata sandi."),
  ),
  "second-factor-wrong": http(
    422,
    both("This code is wrong, or was used before.", "Kode ini salah, atau sudah pernah dipakai."),
    both("Wait for the next code, or use a recovery code.", "Tunggu kode berikutnya, atau pakai kode pemulihan."),
  ),
  csrf: http(
    403,
    both("This request did not come from our own page.", "Permintaan ini tidak berasal dari halaman kami sendiri."),
    both(
      "Open our page anew and do it there; a program with a session in a cookie sends the header x-prasasti-csrf that `sessions/current` tells.",
      "Buka lagi halaman kami lalu lakukan di sana; program dengan sesi dalam cookie mengirim header x-prasasti-csrf sesuai `sessions/current`.",
    ),
  ),
  "cookie-needs-https": http(
    422,
    both("A session in a cookie needs https.", "Sesi dalam cookie memerlukan https."),
    both(
      "Reach the gateway by https, or from this machine itself; or ask for a bearer token.",
      "Capai gateway lewat https, atau dari mesin ini sendiri; atau mintalah token bearer.",
    ),
  ),
  "sign-in-again": http(
    403,
    both("You signed in too long ago for this.", "Anda masuk terlalu lama sebelum ini."),
    both("Sign in again, and do it within a quarter of an hour.", "Masuk lagi, lalu lakukan dalam seperempat jam."),
  ),
  "unknown-supplier": http(
    422,
    both("There is no such supplier in the register.", "Tidak ada penyedia itu dalam register."),
    both(
      "Register the supplier first; `authority/agencies` lists them.",
      "Daftarkan penyedia dahulu; `authority/agencies` memuat daftarnya.",
    ),
  ),
  "business-number": http(
    422,
    both("This is not a number of that supplier.", "Ini bukan nomor penyedia tersebut."),
    both(
      "A NIB has 13 digits; the core of an NPWP has nine, the last of them a check digit. One of both is needed.",
      "NIB terdiri atas 13 digit; inti NPWP sembilan digit, digit terakhirnya digit periksa. Salah satunya wajib.",
    ),
  ),
  "period-wrong": http(
    422,
    both(
      "This period ends before it begins, or is too long.",
      "Jangka waktu ini berakhir sebelum dimulai, atau terlalu lama.",
    ),
    both(
      "Name an end within the days told; give it anew when they are over.",
      "Sebutkan akhir dalam jumlah hari yang disebut; beri lagi setelah habis.",
    ),
  ),
  "client-unknown": http(
    404,
    both("There is no such client, or it was revoked.", "Klien ini tidak ada, atau telah dicabut."),
    both(
      "Look the id up in the list of clients; a revoked one is not brought back.",
      "Cari pengenalnya di daftar klien; yang dicabut tidak dihidupkan lagi.",
    ),
  ),
  "client-shape": http(
    422,
    both("This client lacks something, or has too much.", "Klien ini kurang atau kelebihan sesuatu."),
    both(
      "A site has a public key and addresses to go back to, and no scopes; a machine has scopes and no address.",
      "Situs mempunyai kunci publik dan alamat kembali, tanpa cakupan; mesin mempunyai cakupan, tanpa alamat.",
    ),
  ),
  "sign-in-linked": http(
    409,
    both("This sign-in belongs to an account already.", "Cara masuk ini sudah menjadi milik suatu akun."),
    both(
      "Choose another name, or sign in with the account that has it.",
      "Pilih nama lain, atau masuk dengan akun pemiliknya.",
    ),
  ),
  "holder-linked": http(
    409,
    both(
      "The holder belongs to another account, or the account to another holder.",
      "Pemegang ini milik akun lain, atau akun ini milik pemegang lain.",
    ),
    both("Ask your registrar which of them is right.", "Tanyakan kepada petugas pendaftaran mana yang benar."),
  ),
  "invitation-invalid": http(
    422,
    both("This invitation cannot be used.", "Undangan ini tidak dapat dipakai."),
    both(
      "Ask who invited you for a new link: each is good once, for seven days.",
      "Mintalah tautan baru kepada pengundang: setiap tautan berlaku sekali, selama tujuh hari.",
    ),
  ),
  "too-many-streams": http(
    429,
    both("Too many streams are open from this address.", "Terlalu banyak aliran terbuka dari alamat ini."),
    both(
      "Close one, or poll with Accept: application/json.",
      "Tutup salah satu, atau ambil berkala dengan Accept: application/json.",
    ),
    true,
  ),
  "too-many-requests": http(
    429,
    both("Too many requests.", "Terlalu banyak permintaan."),
    both("Wait as Retry-After says.", "Tunggu sesuai Retry-After."),
    true,
  ),
  internal: http(
    500,
    both("Something went wrong on our side.", "Terjadi kesalahan di pihak kami."),
    both("Report it with the request id.", "Laporkan beserta id permintaan."),
  ),
  "month-not-over": http(
    409,
    both("The month is not over yet.", "Bulan ini belum berakhir."),
    both("Close it from the first day of the next month on.", "Tutup mulai hari pertama bulan berikutnya."),
  ),
  "month-closed": http(
    409,
    both("The month is closed.", "Bulan ini sudah ditutup."),
    both(
      "What is recorded now shows as a later correction; reopen the month only where the closing itself was wrong.",
      "Yang dicatat sekarang tampak sebagai koreksi kemudian; buka kembali hanya bila penutupannya sendiri keliru.",
    ),
  ),
  "month-not-closed": http(
    409,
    both("The month is not closed.", "Bulan ini belum ditutup."),
    both("Only a closed month is reopened.", "Hanya bulan yang sudah ditutup dapat dibuka kembali."),
  ),
  "earlier-month-open": http(
    409,
    both("An earlier month of the year is still open.", "Bulan sebelumnya pada tahun itu masih terbuka."),
    both("Close the months in their order.", "Tutup bulan menurut urutannya."),
  ),
  "closing-changed": http(
    409,
    both("What was signed is not what the month says now.", "Yang ditandatangani bukan keadaan bulan itu sekarang."),
    both(
      "Fetch the closing again, look at what changed, and sign anew.",
      "Ambil ulang berita penutupan, lihat perubahannya, lalu tanda tangani kembali.",
    ),
  ),
  "closing-signature": http(
    422,
    both(
      "The signature is not that of the treasurer who is signed in.",
      "Tanda tangan bukan milik bendahara yang sedang masuk.",
    ),
    both(
      "Sign the closing act with a key of your own that is in force.",
      "Tanda tangani dengan kunci sendiri yang masih berlaku.",
    ),
  ),
  "unknown-connector": http(
    404,
    both("There is no connector of that name.", "Tidak ada konektor dengan nama itu."),
    both("List those that there are: prasasti connect list.", "Lihat daftarnya: prasasti connect list."),
  ),
  "connector-busy": http(
    409,
    both("The connector is running.", "Konektor sedang berjalan."),
    both("Wait until its run has ended, or pause it.", "Tunggu sampai selesai, atau jeda."),
    true,
  ),
  "connector-paused": http(
    409,
    both("The connector is paused.", "Konektor sedang dijeda."),
    both("Let it go on first: prasasti connect resume.", "Lanjutkan dahulu: prasasti connect resume."),
  ),
  "unknown-dead-letter": http(
    404,
    both("There is no row of that number set aside.", "Tidak ada baris tersisih dengan nomor itu."),
    both("List those that there are: prasasti connect dead.", "Lihat daftarnya: prasasti connect dead."),
  ),
  "unknown-alarm": http(
    404,
    both("There is no open alarm of that number.", "Tidak ada peringatan terbuka dengan nomor itu."),
    both("List those that there are: prasasti connect contract.", "Lihat daftarnya: prasasti connect contract."),
  ),
  "exports-busy": http(
    429,
    both("Too many tables are being made.", "Terlalu banyak tabel sedang dibuat."),
    both("Ask again in a minute, or for a shorter period.", "Coba lagi sebentar, atau minta periode lebih pendek."),
    true,
  ),
  "integrations-off": http(
    503,
    both("No integrations run here.", "Integrasi tidak berjalan di sini."),
    both(
      "Whoever runs the gateway sets PRASASTI_CONNECTORS; see docs/how-to/connect-systems.md.",
      "Pengelola gateway mengisi PRASASTI_CONNECTORS; lihat docs/how-to/connect-systems.md.",
    ),
  ),
  "integrations-stopped": http(
    503,
    both("The integrations are starting again.", "Integrasi sedang dijalankan lagi."),
    both("Try again in a moment; nothing is lost.", "Coba lagi sebentar; tidak ada yang hilang."),
    true,
  ),
  "not-ready": http(
    503,
    both("The register is still starting.", "Register masih memulai."),
    both("Reads work; try writing again in a moment.", "Membaca sudah bisa; coba menulis lagi sebentar."),
    true,
  ),
} as const satisfies Record<string, ProblemKind>;

export type GatewayProblem = keyof typeof gatewayProblems;

/** Where a request is wrong. */
export type Place = { pointer: string; rule: string; message: Words };

/** A problem on its way to the person it concerns. `values` are named as the problem names them. */
export class ProblemError extends Error {
  readonly code: GatewayProblem;
  readonly detail: Words;
  readonly values: Record<string, unknown>;
  readonly places: readonly Place[];

  /** @param detail in both languages; a text alone is one that has none: a name, values, or nothing */
  constructor(
    code: GatewayProblem,
    detail: Words | string = "",
    values: Record<string, unknown> = {},
    places: readonly Place[] = [],
  ) {
    const words = typeof detail === "string" ? both(detail, detail) : detail;
    super(words.en);
    this.name = "ProblemError";
    this.code = code;
    this.detail = words;
    this.values = values;
    this.places = places;
  }
}

export type Refusal = { code: number; a: bigint; b: bigint };

export type LedgerProblem = (typeof ledgerProblems)[keyof typeof ledgerProblems][0];
const codes = new Map<string, number>(Object.entries(ledgerProblems).map(([code, [name]]) => [name, Number(code)]));

/** The ledger's number of a problem. */
export function codeOf(name: LedgerProblem): number {
  return codes.get(name)!;
}

/** Whether the same entry would be refused whenever it came: then it need not be sent. */
export function isCertain({ code }: Refusal): boolean {
  return explainRefusal({ code, a: 0n, b: 0n }).kind.certain === true;
}

/** A refusal of the ledger in words, with its values by name (ids as 0x text, amounts and times as decimal text). */
export function explainRefusal({ code, a, b }: Refusal): {
  name: string;
  kind: ProblemKind;
  values: Record<string, string>;
} {
  const entry = (ledgerProblems as Record<number, readonly [string, ProblemKind]>)[code];
  const [name, kind] = entry ?? [`ledger-${code}`, ledgerProblems[92][1]];
  const values: Record<string, string> = {};
  const text = (value: bigint) => (value >> 160n > 0n ? `0x${value.toString(16).padStart(64, "0")}` : value.toString());
  const [nameA, nameB] = kind.values ?? ["", ""];
  if (nameA) values[nameA] = text(a);
  if (nameB) values[nameB] = text(b);
  return { name, kind, values };
}
