import type { Words } from "../../server/domain/problems.ts";

/** Where in the life of a package the rows of a table stand, in that order; the last four stand beside it. */
export const STAGES = {
  plan: { en: "plan (RUP)", id: "rencana (RUP)" },
  announcement: { en: "announcement", id: "pengumuman" },
  result: { en: "result", id: "hasil" },
  award: { en: "award (SPPBJ)", id: "penunjukan (SPPBJ)" },
  contract: { en: "contract", id: "kontrak" },
  order: { en: "order to begin (SPMK)", id: "perintah mulai kerja (SPMK)" },
  acceptance: { en: "acceptance and payment certificate (BAST, BAP)", id: "serah terima dan pembayaran (BAST, BAP)" },
  payment: { en: "payment (SP2D)", id: "pembayaran (SP2D)" },
  recording: { en: "recorded purchase", id: "pencatatan" },
  agency: { en: "agencies", id: "satuan kerja" },
  supplier: { en: "suppliers", id: "penyedia" },
  other: { en: "other", id: "lainnya" },
} as const satisfies Record<string, Words>;
export type Stage = keyof typeof STAGES;

/** Told from the names of its columns alone, of whichever system. */
export function stageOf(columns: readonly string[]): Stage {
  const names = columns.map((name) => name.toLowerCase().replaceAll("_", ""));
  const has = (...wanted: string[]) => wanted.some((name) => names.includes(name));
  if (has("nosp2d", "nomorsp2d")) return "payment";
  if (has("nobap", "nobast", "besarpembayaran")) return "acceptance";
  if (has("nospmkspp", "nospmk")) return "order";
  if (has("nokontrak", "nomorkontrak") && has("nilaikontrak", "nilai", "tglkontrak")) return "contract";
  if (has("nosppbj") && has("hargafinal", "tglsppbj")) return "award";
  if (has("jenisrealisasi", "norealisasi")) return "recording";
  if (has("nilaipenawaran", "nilaikontrak", "hasillelang", "namapemenang", "psrharga")) return "result";
  if (
    has("kdtender", "kdnontender", "kdlelang", "llsid", "pktid") &&
    has("hps", "pagu", "pkthps", "pktpagu", "namapaket", "pktnama", "llsstatus")
  )
    return "announcement";
  if (
    has("kdrup", "kdruppaket", "rupid", "motodestr", "metodepemilihanpenyedia") &&
    has("pagu", "totalpagu", "namapaket", "nama")
  )
    return "plan";
  if (has("namasatker", "stknama", "nmsatker") && has("kdsatker", "stkid", "kdsatkerstr")) return "agency";
  if (
    names.some((name) => name.includes("npwp") || name === "nib") &&
    names.some((name) => /nama|rknnama|nmperusahaan/.test(name))
  )
    return "supplier";
  return "other";
}
