import { SourceFault } from "./source-fault.ts";

// What a database that is read may do to a scan, whatever its make.

export function connectionCut(name: string, cause?: unknown): SourceFault {
  const why = cause instanceof Error ? `: ${cause.message}` : "";
  return new SourceFault(
    "source-cut",
    {
      en: `The connection to ${name} ended before the rows did${why}.`,
      id: `Koneksi ke ${name} terputus sebelum baris habis${why}.`,
    },
    {
      en: "Nothing that was read counts; look after the network and the server, then start again.",
      id: "Yang sudah dibaca tidak dihitung; periksa jaringan dan server, lalu mulai lagi.",
    },
    { cause },
  );
}

export function sourceUnreachable(name: string, cause: Error): SourceFault {
  return new SourceFault(
    "source-unreachable",
    {
      en: `${name} does not let us in: ${cause.message || cause.name}.`,
      id: `${name} tidak dapat dihubungi: ${cause.message || cause.name}.`,
    },
    {
      en: "Check the address, user and password in the variable that `dsnEnv` names, and that the server is up.",
      id: "Periksa alamat, pengguna, dan kata sandi dalam variabel yang disebut `dsnEnv`, dan apakah server hidup.",
    },
    { cause },
  );
}

export function sourceRefuses(name: string, error: Error): SourceFault {
  return new SourceFault(
    "source-unreachable",
    { en: `${name} refuses: ${error.message}.`, id: `${name} menolak: ${error.message}.` },
    { en: "Ask whoever runs that database.", id: "Tanyakan kepada pengelola basis data itu." },
    { cause: error },
  );
}

export function undeclared(name: string): SourceFault {
  return new SourceFault(
    "source-setting",
    {
      en: `The database of ${name} has the encoding SQL_ASCII: it does not know what its bytes mean.`,
      id: `Basis data ${name} berpengodean SQL_ASCII: basis data itu tidak tahu arti byte-nya.`,
    },
    {
      en: "Declare `encoding` of the source, as utf-8 or windows-1252.",
      id: "Nyatakan `encoding` sumber itu, misalnya utf-8 atau windows-1252.",
    },
  );
}

export function columnsChanged(table: string, cause?: unknown): SourceFault {
  return new SourceFault(
    "source-changed",
    {
      en: `The table ${table} was altered, emptied or dropped since the snapshot was taken.`,
      id: `Tabel ${table} diubah, dikosongkan, atau dihapus sejak snapshot diambil.`,
    },
    {
      en: "Find out who did it; then take the inventory again and seal the plan anew.",
      id: "Cari tahu siapa yang melakukannya; lalu inventarisasi ulang dan segel kembali rencana.",
    },
    { cause },
  );
}

export function incomplete(table: string, expected: number, found: number): SourceFault {
  return new SourceFault(
    "source-cut",
    {
      en: `The scan of ${table} ended after ${found} of ${expected} rows, or not at its last key.`,
      id: `Pemindaian ${table} berakhir setelah ${found} dari ${expected} baris, atau bukan pada kunci terakhirnya.`,
    },
    { en: "Nothing that was read counts; start again.", id: "Yang sudah dibaca tidak dihitung; mulai lagi." },
  );
}
