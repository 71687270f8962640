import { isNip } from "../../server/domain/sealing/personal-numbers.ts";
import { rulesInName, type ScreenRule, screenTexts } from "../../server/domain/sealing/screen.ts";
import type { PersonalClass } from "./mapped.ts";

// Which cells hold what concerns a person: by the column's name, before a row is read, and by what a cell holds.

const OFFICE: ReadonlySet<string> = new Set(["satker", "instansi", "lpse", "agency", "klpd", "skpd", "opd", "stk"]);
const CHART: ReadonlySet<string> = new Set(["kode", "kd", "code", "mak", "belanja", "uraian", "akun", "ref"]);

/**
 * What a column holds by the words of its name: `npwp16_penyedia`, `Nm_Pemilik`, `noRekening`. Addresses of public bodies
 * (`alamat_satker`) are public, and so are accounts of the chart (`kode_rekening`).
 */
export function classOfColumn(name: string): PersonalClass | undefined {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "");
  const has = (pattern: RegExp) => words.some((word) => pattern.test(word));
  if (has(/^(nik|ktp|noktp)$/)) return "nik";
  if (has(/^npwp\d*$/)) return "npwp-person";
  if (has(/^nip(baru|lama)?$/)) return "nip";
  if (has(/^(lahir|birth|birthdate)$/)) return "birth";
  if (has(/^(alamat|address|domisili)$/) && !words.some((word) => OFFICE.has(word))) return "address";
  if (has(/^(telp|telpon|telepon|tlp|hp|phone|telephone|mobile|fax|faks|faximile|ponsel|whatsapp|wa|kontakperson)$/))
    return "phone";
  if (has(/^(email|surel|mail)$/)) return "email";
  if (has(/^(rek|rekening|norek|account|iban|bankaccount)$/) && !words.some((word) => CHART.has(word)))
    return "bank-account";
  if (has(/^(pemilik|pimpinan|direktur|penandatangan|signatory|penanggungjawab|jwb|pemegang|pengurus)$/))
    return "signatory";
  if (words.includes("wakil") && words.some((word) => word === "sah" || word === "penyedia")) return "signatory";
  if (words.includes("penanggung")) return "signatory";
  if (has(/^(ppk|pokja|pp|pptk|pejabat|pegawai|peg|bendahara|kpa)$/) && has(/^(nama|nm|jabatan|name)$/))
    return "official";
  if (words.includes("jabatan")) return "official";
  return undefined;
}

const CLASS_OF: Partial<Record<ScreenRule, PersonalClass>> = {
  nik: "nik",
  npwp: "npwp-person",
  nip: "nip",
  "bank-account": "bank-account",
  mobile: "phone",
  email: "email",
};

/** What a text holds that may not be public; undefined for most texts, quickly. */
export function classOfText(text: string): PersonalClass | undefined {
  if (!mayHoldNumber(text) && !text.includes("@")) return undefined;
  const [found] = screenTexts({ text });
  return found === undefined ? undefined : CLASS_OF[found.rule];
}

/** The same of the name of a supplier or agency, where no long number is at home. */
export function classOfName(name: string): PersonalClass | undefined {
  const [rule] = mayHoldNumber(name) || name.includes("@") ? rulesInName(name) : [];
  return rule === undefined ? undefined : CLASS_OF[rule];
}

/**
 * What a text holds that may not be told to whoever reads a report or a log. It sees more than what keeps a text from
 * the register: sixteen digits with a slip in them, or in the middle of a word. A mask too many does no harm.
 */
export function classToMask(text: string): PersonalClass | undefined {
  const found = classOfText(text);
  if (found !== undefined) return found;
  for (const [run] of text.matchAll(/(?<!\d)(?:\d{16}|\d{18})(?!\d)/g)) {
    if (run.length === 18 ? isNip(run) : !/^(.)\1*$/.test(run)) return run.length === 18 ? "nip" : "nik";
  }
  return undefined;
}

/**
 * Whether the screen need look at a text at all: the shortest number it knows, an account's, has eight digits, with no
 * more than one blank, point or hyphen between two. Texts with other than ASCII, where digits may be disguised, it sees.
 */
function mayHoldNumber(text: string): boolean {
  let run = 0;
  let gap = true;
  let isPlain = true;
  let digits = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code >= 48 && code <= 57) {
      digits++;
      if (++run >= 8) return true;
      gap = false;
    } else if (code > 126) {
      isPlain = false;
      // digits of other scripts count as digits
      digits++;
    } else if (!gap && (code === 32 || code === 46 || code === 45)) gap = true;
    else {
      run = 0;
      gap = true;
    }
  }
  return !isPlain && digits >= 8;
}

/** The words of a class, for reports. */
export const PERSONAL_WORDS: Readonly<Record<PersonalClass, { en: string; id: string }>> = {
  nik: { en: "identity numbers (NIK)", id: "NIK" },
  "npwp-person": { en: "tax numbers (NPWP)", id: "NPWP" },
  "npwp-entity": { en: "tax numbers of organisations (NPWP)", id: "NPWP badan" },
  nip: { en: "civil servants' numbers (NIP)", id: "NIP" },
  address: { en: "addresses", id: "alamat" },
  phone: { en: "telephone numbers", id: "nomor telepon" },
  email: { en: "e-mail addresses", id: "alamat surel" },
  "bank-account": { en: "bank accounts", id: "rekening bank" },
  birth: { en: "dates of birth", id: "tanggal lahir" },
  signatory: { en: "who signed for a supplier", id: "penanda tangan penyedia" },
  official: { en: "names of officials", id: "nama pejabat" },
};
