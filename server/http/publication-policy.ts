const sections: readonly (readonly [titles: readonly [string, string], en: string, id: string])[] = [
  [
    ["What is published", "Apa yang dipublikasikan"],
    "Every entry that the ledger recorded is one OCDS 1.1 release at a permanent address, and never changes. The record of a process is the merge of its releases. Nothing that was recorded is left out; entries carry consecutive numbers, so a gap would be seen.",
    "Setiap entri yang dicatat ledger menjadi satu rilis OCDS 1.1 di alamat tetap dan tidak pernah berubah. Rekaman suatu proses adalah gabungan rilis-rilisnya. Tidak ada catatan yang dihilangkan; entri bernomor urut, sehingga celah akan terlihat.",
  ],
  [
    ["Licence", "Lisensi"],
    "Creative Commons Attribution 4.0: copy, change, sell; name the source.",
    "Creative Commons Atribusi 4.0: boleh disalin, diubah, dijual; sebutkan sumbernya.",
  ],
  [
    ["Identifiers and dates", "Pengenal dan tanggal"],
    "The id of a release is its ocid, a hyphen and the number of the entry in its process. Its date is the moment at which the ledger recorded it, in UTC, and is unique in its process; when something happened is in its own field. Amounts are exact.",
    "Id rilis adalah ocid, tanda hubung, dan nomor entri dalam prosesnya. Tanggal rilis adalah saat ledger mencatatnya, dalam UTC, dan unik dalam prosesnya; kapan sesuatu terjadi ada di bidangnya sendiri. Jumlah uang dicatat tepat.",
  ],
  [
    ["Corrections", "Ralat"],
    "What was recorded wrongly is corrected by a further release (ralat pencatatan); the first stays where it is. An amendment of the contract (adendum) is another thing, and is marked as one.",
    "Kesalahan pencatatan diperbaiki dengan rilis berikutnya (ralat pencatatan); rilis pertama tetap ada. Perubahan kontrak (adendum) adalah hal lain dan ditandai demikian.",
  ],
  [
    ["What is not published", "Apa yang tidak dipublikasikan"],
    "Identity and tax numbers of persons, private addresses and contacts, bank accounts: in their place stands a salted digest, from which nothing can be guessed. Text that looks like such data is refused before it is recorded. Names of suppliers and of officials in office are public, as in SPSE; so are contacts of public bodies and the address of a supplier that is a legal entity.",
    "NIK, NIP, dan NPWP orang, alamat dan kontak pribadi, rekening bank: di tempatnya berdiri digest bergaram, yang tidak dapat ditebak isinya. Teks yang tampak memuat data seperti itu ditolak sebelum dicatat. Nama penyedia dan pejabat yang bertugas bersifat publik, seperti di SPSE; begitu pula kontak badan publik dan alamat penyedia berbadan usaha.",
  ],
  [
    ["Limits", "Batas"],
    "No key and no registration is needed for reading. Who asks too often gets 429 with Retry-After. Follow links.next for everything; use since for what is new.",
    "Membaca tidak memerlukan kunci atau pendaftaran. Permintaan yang terlalu sering dijawab 429 dengan Retry-After. Ikuti links.next untuk semuanya; gunakan since untuk yang baru.",
  ],
];

/** The publication policy that every package names: one page, both languages side by side. */
export function publicationPolicy(): string {
  const part = ([[titleEn, titleId], en, id]: (typeof sections)[number]) =>
    `<section><div lang="id"><h2>${titleId}</h2><p>${id}</p></div><div lang="en"><h2>${titleEn}</h2><p>${en}</p></div></section>`;
  return `<!doctype html>
<html lang="id"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Prasasti: kebijakan publikasi / publication policy</title>
<style>body{margin:0;background:#fbfbf9;color:#1d2733;font:16px/1.6 system-ui,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
main{max-width:60rem;margin:0 auto;padding:2.5rem 1.25rem}section{display:grid;grid-template-columns:repeat(auto-fit,minmax(18rem,1fr));gap:0 2.5rem;border-top:1px solid #d9dee4}
h1{font-size:1.8rem;line-height:1.2}h2{font-size:1.1rem;margin:1rem 0 .2rem}p{margin:0 0 1rem}a{color:#0b5d56}</style></head>
<body><main><p><a href="/">Prasasti</a></p><h1>Kebijakan publikasi · Publication policy</h1>${sections.map(part).join("")}</main></body></html>`;
}
