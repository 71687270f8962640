import type { Words } from "../problems.ts";
import { type Named, type Sanction, sanctionOf, sanctionOn } from "./blacklist.ts";
import { kbliFit, type Work } from "./kbli-fit.ts";
import type { KbliMapping } from "./kbli-mapping.ts";
import { isSameName, type NibRecord, nibOn } from "./nib.ts";

/** What may be said of a supplier, by name. */
export type SupplierRule =
  | `blacklist-${"same-name" | "other-time" | "unknown"}`
  | `nib-${"missing" | "unknown" | "later" | "ended" | "other-npwp" | "other-name" | "stale"}`
  | `kbli-${"differs" | "unknown"}`
  | "blacklisted"
  | "npwp-form";

/** Of these everybody may know what a list or OSS publishes; the others follow from numbers that only officers see. */
const PUBLISHED: ReadonlySet<SupplierRule> = new Set([
  ...(["blacklisted", "blacklist-same-name", "nib-later", "nib-ended", "kbli-differs"] as const),
]);

/** Warnings that may stand beside a contract that everybody reads: before it is signed, and on its control card. */
export function publishedWarnings(findings: readonly SupplierFinding[]): SupplierFinding[] {
  return findings.filter(({ rule, level }) => level === "warn" && PUBLISHED.has(rule));
}

/**
 * What somebody should know of a supplier before he signs: by which rule, with which values, and what he does about it.
 * `warn` is signed knowingly, `info` says what is not known or was so at another time; nothing here refuses.
 */
export type SupplierFinding = {
  readonly rule: SupplierRule;
  readonly level: "warn" | "info";
  readonly values: Readonly<Record<string, string>>;
  readonly words: Words;
  readonly regulation: string;
  /** by writings about the regulation, not by its text: ask a PPK before relying on it */
  readonly assurance: "secondary";
  readonly remedy: Words;
};
type Found = Omit<SupplierFinding, "assurance">;

/** What is known of the supplier on the day that is judged. */
export type SupplierKnown = Named & {
  /** OSS's answer: what it says, or why there is none. `at`: when it was asked, `YYYY-MM-DD` */
  readonly oss:
    | { readonly outcome: "found"; readonly record: NibRecord; readonly at: string; readonly stale: boolean }
    | { readonly outcome: "missing"; readonly at: string }
    | { readonly outcome: "unasked" | "unavailable"; readonly words?: Words };
  /** NPWP that were written for it and whose form is wrong */
  readonly wrongNumbers: number;
  /** sanctions of the list in force, with the name of the list and the day it is of; undefined: no list is loaded */
  readonly blacklist?: { readonly name: string; readonly asOf: string; readonly sanctions: readonly Sanction[] };
};

const LKPP = "PerLKPP 4/2021; Perpres 16/2018 Ps. 78, 81";
const OSS = "PP 5/2021 Ps. 176; PP 28/2025";
const KBLI = "PP 5/2021; Peraturan BPS 2/2020";
/** NIB is issued since PP 24/2018; earlier contracts had none. */
const NIB_SINCE = "2018-07-01";

const SURE: Readonly<Record<"certain" | "likely" | "possible", Words>> = {
  certain: { en: "by NIB or NPWP", id: "menurut NIB atau NPWP" },
  likely: { en: "by name and the shown digits of its NPWP", id: "menurut nama dan angka NPWP yang tampak" },
  possible: { en: "by name alone", id: "menurut nama saja" },
};

/**
 * What somebody should know of a supplier before an award or contract of a day is signed, as warnings: none of it stops
 * him. What is not known is said as not known.
 * @param on the day of the award or contract, `YYYY-MM-DD`
 */
export function supplierFindings(
  known: SupplierKnown,
  on: string,
  work: Work | undefined,
  mappings: readonly KbliMapping[],
): SupplierFinding[] {
  const fit = work === undefined ? [] : fitFindings(known, work, mappings);
  return [...blacklistFindings(known, on), ...nibFindings(known, on), ...fit].map((found) => ({
    ...found,
    assurance: "secondary",
  }));
}

function blacklistFindings({ blacklist, ...supplier }: SupplierKnown, on: string): Found[] {
  if (blacklist === undefined)
    return [
      {
        ...{ rule: "blacklist-unknown", level: "info", values: {}, regulation: LKPP },
        words: { en: "No blacklist is loaded: nothing is known.", id: "Daftar hitam belum dimuat: tidak diketahui." },
        remedy: {
          en: "Look it up at the national blacklist portal, or load its file: prasasti registry load.",
          id: "Periksa di portal daftar hitam nasional, atau muat berkasnya: prasasti registry load.",
        },
      },
    ];
  const findings: Found[] = [];
  for (const sanction of blacklist.sanctions) {
    const sure = sanctionOf(sanction, supplier);
    if (sure === undefined) continue;
    const when = sanctionOn(sanction, on);
    const { decree, from = "?", until = "?", reason, by } = sanction;
    const values = {
      ...{ decree, from, until, state: sanction.state, sureness: sure, source: blacklist.name, asOf: blacklist.asOf },
      ...(reason === undefined ? {} : { reason }),
      ...(by === undefined ? {} : { by }),
    };
    const of = {
      en: `decree ${decree}, ${from} to ${until}${reason === undefined ? "" : `, ${reason}`} (${blacklist.name} of ${blacklist.asOf}; ${SURE[sure].en})`,
      id: `SK ${decree}, ${from} s.d. ${until}${reason === undefined ? "" : `, ${reason}`} (${blacklist.name} per ${blacklist.asOf}; ${SURE[sure].id})`,
    };
    if (when === "active")
      findings.push({
        ...{
          rule: sure === "possible" ? "blacklist-same-name" : "blacklisted",
          level: "warn",
          values,
          regulation: LKPP,
        },
        words:
          sure === "possible"
            ? {
                en: `A business of this name is on the blacklist: ${of.en}.`,
                id: `Usaha bernama sama ada di daftar hitam: ${of.id}.`,
              }
            : {
                en: `The supplier is on the blacklist on that day: ${of.en}.`,
                id: `Penyedia masuk daftar hitam pada hari itu: ${of.id}.`,
              },
        remedy:
          sure === "possible"
            ? {
                en: "Compare NIB or NPWP with the decree before signing.",
                id: "Cocokkan NIB atau NPWP dengan SK sebelum tanda tangan.",
              }
            : {
                en: "Do not award or sign before the sanction is cleared; a contract signed earlier is carried out.",
                id: "Jangan tetapkan atau tanda tangani sebelum sanksi jelas; kontrak yang lebih dulu ditandatangani tetap dilaksanakan.",
              },
      });
    else if (sure !== "possible")
      findings.push({
        ...{ rule: "blacklist-other-time", level: "info", values, regulation: LKPP },
        words: {
          en: `A sanction that does not count on that day: ${of.en}.`,
          id: `Sanksi yang tidak berlaku pada hari itu: ${of.id}.`,
        },
        remedy: { en: "Nothing is to be done.", id: "Tidak perlu tindakan." },
      });
  }
  return findings;
}

function nibFindings({ oss, names, npwpCores, wrongNumbers }: SupplierKnown, on: string): Found[] {
  const findings: Found[] = [];
  const add = (
    rule: SupplierRule,
    level: Found["level"],
    values: Found["values"],
    words: Words,
    remedy: Words,
    regulation: string = OSS,
  ) => findings.push({ rule, level, values, words, remedy, regulation });
  const ask = {
    en: "Ask the supplier for its NIB, and look it up at oss.go.id.",
    id: "Minta NIB penyedia dan periksa di oss.go.id.",
  };
  if (wrongNumbers > 0)
    add(
      "npwp-form",
      "warn",
      { count: String(wrongNumbers) },
      {
        en: "An NPWP written for it has a wrong check digit or length.",
        id: "NPWP yang ditulis untuknya salah angka pemeriksa atau panjangnya.",
      },
      { en: "Compare it with the tax card.", id: "Cocokkan dengan kartu NPWP." },
      "PMK 112/2022",
    );
  if (oss.outcome === "missing")
    add(
      "nib-missing",
      "warn",
      { asked: oss.at },
      { en: `OSS knew no such NIB on ${oss.at}.`, id: `OSS tidak mengenal NIB itu pada ${oss.at}.` },
      ask,
    );
  else if (oss.outcome !== "found") {
    if (on >= NIB_SINCE)
      add(
        "nib-unknown",
        "info",
        {},
        {
          en: `Its NIB is not known here${oss.words === undefined ? "" : ` (${oss.words.en})`}.`,
          id: `NIB-nya belum diketahui di sini${oss.words === undefined ? "" : ` (${oss.words.id})`}.`,
        },
        ask,
      );
  } else {
    const { record } = oss;
    const state = nibOn(record, on);
    if (state === "notYet" && on >= NIB_SINCE)
      add(
        "nib-later",
        "warn",
        { nib: record.nib, issued: record.issuedOn!, on },
        {
          en: `Its NIB was issued on ${record.issuedOn}, after that day.`,
          id: `NIB-nya terbit ${record.issuedOn}, sesudah hari itu.`,
        },
        { en: "Ask for the licence that it had then.", id: "Minta izin usaha yang berlaku waktu itu." },
      );
    if (state === "ended")
      add(
        "nib-ended",
        "warn",
        { nib: record.nib, until: record.validUntil!, on },
        {
          en: `The business is entered until ${record.validUntil} only.`,
          id: `Usaha hanya tercatat sampai ${record.validUntil}.`,
        },
        { en: "Ask for its renewal.", id: "Minta pembaruannya." },
      );
    if (record.npwpCore !== undefined && npwpCores.length > 0 && !npwpCores.includes(record.npwpCore))
      add(
        "nib-other-npwp",
        "warn",
        { nib: record.nib },
        { en: "The NPWP at OSS is not the one that is used here.", id: "NPWP di OSS bukan yang dipakai di sini." },
        {
          en: "Find out which is right; perhaps the NIB is another's.",
          id: "Pastikan mana yang benar; mungkin NIB milik pihak lain.",
        },
      );
    if (names.length > 0 && !names.some((name) => isSameName(name, record.name)))
      add(
        "nib-other-name",
        "info",
        { nib: record.nib, name: record.name },
        { en: `At OSS it is called ${record.name}.`, id: `Di OSS namanya ${record.name}.` },
        { en: "Look whether it changed its name or is another.", id: "Periksa apakah berganti nama atau pihak lain." },
      );
    if (oss.stale)
      add(
        "nib-stale",
        "info",
        { asked: oss.at },
        {
          en: `OSS did not answer now; this is what it said on ${oss.at}.`,
          id: `OSS tidak menjawab sekarang; ini jawabannya pada ${oss.at}.`,
        },
        { en: "Ask again later.", id: "Tanyakan lagi nanti." },
      );
  }
  return findings;
}

function fitFindings({ oss }: SupplierKnown, work: Work, mappings: readonly KbliMapping[]): Found[] {
  const activities = oss.outcome === "found" ? oss.record.activities : [];
  const { fit, why, rules, expected, found, edition } = kbliFit(work, activities, mappings);
  if (fit === "fits") return [];
  const asked = {
    en: rules.map(({ words }) => words.en).join(", "),
    id: rules.map(({ words }) => words.id).join(", "),
  };
  const values = {
    ...(expected.length === 0 ? {} : { expected: expected.join(" ") }),
    ...(found.length === 0 ? {} : { found: found.slice(0, 50).join(" ") }),
    ...(edition === undefined ? {} : { edition: String(edition) }),
    ...(why === undefined ? {} : { why }),
  };
  if (fit === "differs")
    return [
      {
        ...{ rule: "kbli-differs", level: "warn", values, regulation: KBLI },
        words: {
          en: `None of its lines of business is such that do this work (${asked.en}: KBLI ${expected.join(", ")}).`,
          id: `Tidak ada bidang usahanya yang sesuai pekerjaan ini (${asked.id}: KBLI ${expected.join(", ")}).`,
        },
        remedy: {
          en: "Compare with the KBLI that the tender asked for; the mapping is by words of the title and may be too narrow.",
          id: "Cocokkan dengan KBLI yang diminta pemilihan; pemetaan menurut kata pada judul dapat terlalu sempit.",
        },
      },
    ];
  const because: Words = {
    "no-activities": { en: "its lines of business are not known here", id: "bidang usahanya tidak diketahui di sini" },
    "no-work": { en: "the work is not described", id: "pekerjaan tidak diuraikan" },
    "no-rule": {
      en: "no KBLI is declared for such work",
      id: "tidak ada KBLI yang dinyatakan untuk pekerjaan seperti ini",
    },
    edition: {
      en: "its codes are of an edition of KBLI that is not mapped",
      id: "kodenya dari edisi KBLI yang belum dipetakan",
    },
  }[why ?? "no-rule"];
  return [
    {
      ...{ rule: "kbli-unknown", level: "info", values, regulation: KBLI },
      words: {
        en: `Whether its lines of business fit is not known: ${because.en}.`,
        id: `Kesesuaian bidang usaha tidak diketahui: ${because.id}.`,
      },
      remedy: { en: "Judge by the documents of the tender.", id: "Nilai dari dokumen pemilihan." },
    },
  ];
}
