import type { Words } from "../../server/domain/problems.ts";

/** What can be wrong with a plan: how grave it is, and what a person does about it. Stable codes. */
export const PLAN_RULES = {
  syntax: rule(
    "Put the text right there: indent with spaces, quote texts with a colon or hash, close brackets.",
    "Perbaiki teks di tempat itu: inden dengan spasi, beri tanda kutip pada teks bertitik dua atau pagar, tutup kurung.",
  ),
  todo: rule(
    "Only people know this: write it in place of the TODO.",
    "Hanya orang yang tahu: tulis sebagai ganti TODO.",
  ),
  missing: rule("Add the field.", "Tambahkan bidangnya."),
  "unknown-field": rule(
    "Remove it, or write its name as docs/reference/waves.schema.json has it.",
    "Hapus, atau tulis namanya seperti di docs/reference/waves.schema.json.",
  ),
  "wrong-shape": rule("Write what the field takes.", "Tulis sesuai isi bidang itu."),
  "not-text": rule(
    "Put it in quotes: identifiers and amounts are text, a number loses leading zeros and digits.",
    "Beri tanda kutip: nomor pengenal dan jumlah adalah teks, angka kehilangan nol di depan dan digit.",
  ),
  "secret-in-file": rule(
    "Take it out, change the password, and name the environment variable that holds the address (dsnEnv).",
    "Hapus, ganti kata sandinya, dan sebutkan nama variabel lingkungan yang memuat alamatnya (dsnEnv).",
  ),
  "env-name": rule(
    "Write the NAME of an environment variable, such as SIMDA_DSN.",
    "Tulis NAMA variabel lingkungan, misalnya SIMDA_DSN.",
  ),
  "personal-data": rule(
    "This text will be published: name an office instead, or move it into `contact`.",
    "Teks ini akan diumumkan: sebutkan jabatannya, atau pindahkan ke `contact`.",
  ),
  "id-twice": rule("Give one of them another id.", "Beri salah satunya id lain."),
  "source-unknown": rule("Name a source of `sources`.", "Sebutkan sumber dari `sources`."),
  "source-unused": warning(
    "Add a dataset that reads it, or remove it.",
    "Tambahkan dataset yang membacanya, atau hapus.",
  ),
  "path-outside": rule(
    "Copy the file into the folder of waves.yaml and name it from there.",
    "Salin berkasnya ke folder waves.yaml dan sebutkan dari sana.",
  ),
  "file-missing": rule(
    "Put the file there, or correct the path.",
    "Letakkan berkasnya di sana, atau betulkan jalurnya.",
  ),
  "map-missing": rule(
    "Copy a map with `prasasti migrate init`, or correct the path.",
    "Salin peta dengan `prasasti migrate init`, atau betulkan jalurnya.",
  ),
  "map-wrong": rule("See `prasasti migrate map check`.", "Lihat `prasasti migrate map check`."),
  "sign-off-missing": rule(
    "Add under signOff the office that owns the source.",
    "Tambahkan di signOff jabatan pemilik sumber itu.",
  ),
  "dataset-unknown": rule("Name a dataset of `datasets`.", "Sebutkan dataset dari `datasets`."),
  "dataset-in-no-wave": rule(
    "Put it into a wave, or remove it: rows of no wave would be left behind unsaid.",
    "Masukkan ke sebuah gelombang, atau hapus: baris tanpa gelombang akan tertinggal tanpa keterangan.",
  ),
  "dataset-in-two-waves": rule(
    'Part the waves by agencies or years; "*" in the later one means the rest.',
    'Pisahkan gelombang menurut instansi atau tahun; "*" pada yang kemudian berarti sisanya.',
  ),
  "wave-empty": rule("Name its datasets or entities.", "Sebutkan dataset atau entitasnya."),
  "wave-unknown": rule("Name a wave of this plan.", "Sebutkan gelombang dari rencana ini."),
  "wave-cycle": rule(
    "Take one of these out of `after`: no wave of a circle can be the first.",
    "Hapus salah satunya dari `after`: tidak ada gelombang dalam lingkaran yang dapat menjadi yang pertama.",
  ),
  "wave-too-early": rule(
    "Move its window behind the end of the wave that it waits for.",
    "Pindahkan jendelanya ke setelah akhir gelombang yang ditunggunya.",
  ),
  "windows-overlap": rule(
    "Move one of the windows: an agency is frozen by one wave at a time.",
    "Pindahkan salah satu jendela: sebuah instansi dibekukan oleh satu gelombang pada satu waktu.",
  ),
  "window-empty": rule("Let the window end after it starts.", "Jendela harus berakhir setelah dimulai."),
  "window-after-deadline": rule(
    "Move the window before the deadline, or have the deadline moved.",
    "Pindahkan jendela ke sebelum tenggat, atau minta tenggatnya diundur.",
  ),
  "rollback-after-deadline": warning(
    "Until then the old systems must stay able to lead again: plan for it, or shorten the rollback deadline.",
    "Sampai saat itu sistem lama harus mampu memimpin lagi: rencanakan, atau perpendek tenggat pembatalan.",
  ),
  "time-unreadable": rule(
    "Write 2026-03-02T20:00, or a date 2026-03-02.",
    "Tulis 2026-03-02T20:00, atau tanggal 2026-03-02.",
  ),
  "zone-unknown": rule(
    "Write Asia/Jakarta for WIB, Asia/Makassar for WITA, Asia/Jayapura for WIT.",
    "Tulis Asia/Jakarta untuk WIB, Asia/Makassar untuk WITA, Asia/Jayapura untuk WIT.",
  ),
  "time-gap": rule(
    "Choose another time: clocks of that zone are put forward over it.",
    "Pilih waktu lain: jam di zona itu dimajukan melewatinya.",
  ),
  "time-twice": rule(
    "Choose another time or add the offset: clocks of that zone show it twice.",
    "Pilih waktu lain atau tambahkan selisihnya: jam di zona itu menunjukkannya dua kali.",
  ),
  "offset-differs": rule(
    "WIB is +07:00, WITA +08:00, WIT +09:00: correct the offset or the zone.",
    "WIB +07:00, WITA +08:00, WIT +09:00: betulkan selisih atau zonanya.",
  ),
  "agency-unknown": rule("Name an id of `agencies`.", "Sebutkan id dari `agencies`."),
  "agency-without-codes": rule(
    "Write what each legacy system calls it: without codes none of its rows is recognised.",
    "Tulis sebutannya di tiap sistem lama: tanpa kode tidak satu pun barisnya dikenali.",
  ),
  "agency-without-stem": rule(
    "Have a stem registered for its waves and write it here.",
    "Minta stem didaftarkan untuk gelombangnya dan tulis di sini.",
  ),
  "agency-without-wave": warning(
    "Add it to the scope of a wave, or remove it.",
    "Masukkan ke lingkup sebuah gelombang, atau hapus.",
  ),
  "code-twice": rule(
    "Leave the code with the one agency that owns its rows.",
    "Sisakan kode itu pada satu instansi pemilik barisnya.",
  ),
  "stem-twice": rule(
    "Give each agency its own stem; none may begin with another and a hyphen.",
    "Beri tiap instansi stem sendiri; tidak boleh ada yang diawali stem lain dan tanda hubung.",
  ),
  "deputy-is-owner": rule(
    "Name somebody else: a deputy is there when the owner is not.",
    "Sebutkan orang lain: wakil hadir ketika pemiliknya tidak ada.",
  ),
  "approver-twice": rule(
    "Name two different people: one person never approves alone.",
    "Sebutkan dua orang berbeda: satu orang tidak pernah menyetujui sendirian.",
  ),
  "overseer-is-head": rule(
    "Name an overseer who is not the head of the lead agency: activation needs two people.",
    "Sebutkan pengawas yang bukan kepala instansi pemimpin: pengaktifan memerlukan dua orang.",
  ),
  "percent-range": rule("Write a number from 0 to 100.", "Tulis angka dari 0 sampai 100."),
  "number-range": rule("Write a number that can be.", "Tulis angka yang mungkin."),
  "payments-without-balances": rule(
    "Let a map of these contracts give `paid` or the payment documents: what was paid before must not be paid again.",
    "Peta kontraknya harus memberi `paid` atau dokumen pembayarannya: yang sudah dibayar tidak boleh dibayar lagi.",
  ),
  "no-pilot": warning(
    "Let one small agency with clean data go first: `prasasti migrate plan build` proposes one.",
    "Dahulukan satu instansi kecil dengan data bersih: `prasasti migrate plan build` mengusulkannya.",
  ),
  "pilot-open-contracts": warning(
    "Take an agency with fewer open contracts, or name single processes in scope.keys.",
    "Pilih instansi dengan kontrak berjalan lebih sedikit, atau sebutkan proses tertentu di scope.keys.",
  ),
  "lessons-not-required": warning(
    "Add requireLessons: true, so that what the pilot taught is written down before the rest goes.",
    "Tambahkan requireLessons: true, agar pelajaran dari percontohan ditulis sebelum sisanya berjalan.",
  ),
  "goal-equals-baseline": warning(
    "Write what should be better afterwards.",
    "Tulis apa yang harus menjadi lebih baik sesudahnya.",
  ),
  "rule-on-unknown": rule("Name a dataset, or an entity where one may.", "Sebutkan dataset, atau entitas bila boleh."),
  "rule-unreadable": rule(
    "Write one condition on columns of the dataset, such as `nilai_kontrak > 0`.",
    "Tulis satu syarat atas kolom dataset, misalnya `nilai_kontrak > 0`.",
  ),
  "when-unreadable": rule(
    "Write start, end or cutOver, and a duration: start-7d, end+1d.",
    "Tulis start, end atau cutOver, dan jangka waktu: start-7d, end+1d.",
  ),
  "training-late": warning("Train before the wave's window starts.", "Latih sebelum jendela gelombang dimulai."),
} as const satisfies Record<string, { level: "error" | "warning"; remedy: Words }>;

export type PlanRule = keyof typeof PLAN_RULES;

function rule(en: string, id: string) {
  return { level: "error", remedy: { en, id } } as const;
}

function warning(en: string, id: string) {
  return { level: "warning", remedy: { en, id } } as const;
}
