import { remembered } from "./remembered.ts";

// Names of firms as people spell them: one rule for the migration, the connectors and the matching of payments.

/** What stands for a legal form in names, by the form's short word. `PD` and `UD` are one-man businesses with a trade name. */
const FORMS: readonly (readonly [form: string, pattern: string])[] = [
  ["PT", "P\\.?\\s?T"],
  ["CV", "C\\.?\\s?V"],
  ["Firma", "FIRMA|FA"],
  ["Koperasi", "KOPERASI|KOP|KSU|KPRI|PRIMKOP\\w*|PUSKOP\\w*|INKOP\\w*"],
  ["Yayasan", "YAYASAN|YYS"],
  ["Perum", "PERUM|PERUSAHAAN UMUM"],
  ["Perumda", "PERUMDA|PERUSAHAAN DAERAH|PDAM|BUMD"],
  ["BUMDes", "BUMDES(?:MA)?"],
  ["Perkumpulan", "PERKUMPULAN|LEMBAGA|IKATAN|ASOSIASI|PERSATUAN"],
  ["Universitas", "UNIVERSITAS|INSTITUT|POLITEKNIK|SEKOLAH TINGGI|AKADEMI|STMIK|STIE"],
  ["Instansi", "DINAS|BADAN|BALAI|PUSAT|KEMENTERIAN|RUMAH SAKIT|RSUD|PUSKESMAS|KANTOR|LEMBAGA"],
  ["UD", "U\\.?\\s?D"],
  ["PD", "P\\.?\\s?D"],
  ["Toko", "TOKO|TB|APOTEK|APOTIK|PERCETAKAN|BENGKEL|RUMAH MAKAN|RM|CATERING|KATERING|HOTEL|WARUNG|SPBU|STUDIO"],
];
const AT_START = FORMS.map(
  ([form, pattern]) => [form, new RegExp(`^[\\s.,/\\-(]*(?:${pattern})(?=[\\s.,/)\\-]|$)[\\s.,/)\\-]*`, "i")] as const,
);
const AT_END = FORMS.slice(0, 3).map(
  ([form, pattern]) => [form, new RegExp(`[\\s.,/(\\-]+(?:${pattern})[\\s.,)]*$`, "i")] as const,
);
const SHORT_FORMS: ReadonlySet<string> = new Set(["PT", "CV", "UD", "PD", "Firma"]);

/**
 * A name of a firm with its legal form, written once and in front as `CV Maju Jaya`, whatever stood there (`cv.maju jaya`,
 * `MAJU JAYA CV`, `CV /MAJU JAYA`). The letters of the name stay as they are. `form` is undefined where the name tells none.
 */
export const companyName = remembered((text: string): { readonly name: string; readonly form?: string } => {
  for (const [form, pattern] of AT_START) {
    const found = pattern.exec(text);
    if (found === null) continue;
    // words such as Koperasi and Toko are a part of the name, and stay as they were written
    if (!SHORT_FORMS.has(form)) return { name: text, form };
    const rest = text.slice(found[0].length).trim();
    return rest === "" ? { name: text } : { name: `${form} ${rest}`, form };
  }
  for (const [form, pattern] of AT_END) {
    const found = pattern.exec(text);
    if (found !== null && found.index > 1) return { name: `${form} ${text.slice(0, found.index).trim()}`, form };
  }
  return { name: text };
});

/** What is left of a name when spelling does not count: capital letters and digits, words sorted, no legal form. */
export const nameFingerprint = remembered((name: string): string => {
  const { name: whole, form } = companyName(name);
  const bare = form !== undefined && SHORT_FORMS.has(form) ? whole.slice(form.length) : whole;
  const words = bare
    .normalize("NFKD")
    .toUpperCase()
    .replace(/[^A-Z0-9 ]+/g, " ")
    .split(" ")
    .filter((word) => word !== "" && word !== "TBK");
  return [...new Set(words)].sort().join(" ");
});
