import type { Words } from "../problems.ts";
import { isLuhn, isNik, isNip } from "../sealing/personal-numbers.ts";

/**
 * What a number of a firm or person is by its form. NPWP (PMK 112/2022): 15 digits, of which the ninth checks the eight
 * before it, then tax office and branch; 16 digits: 0 and the old 15 for organisations, the NIK for residents. NITKU: 16
 * digits and 6 for the place of business. NIB (PP 5/2021): 13 digits, of which none checks the others.
 */
type NumberKind = "nib" | "npwp15" | "npwp16" | "nik" | "nitku" | "nip" | "none" | "unknown";

export type NumberTold = {
  kind: NumberKind;
  /** its form is right, with its check digit where it has one */
  valid: boolean;
  /** it names a person: never shown, compared by keyed digest alone */
  person: boolean;
  digits: string;
  /** of an organisation's NPWP: what stays when office and branch change */
  core?: string;
  /** of an NPWP: `000` is the head office; of a NITKU: `000000` is */
  branch?: string;
  words: Words;
};

/** Reads a cell that holds one number, however it is written. Never throws. */
export function tellNumber(text: string): NumberTold {
  const digits = text.replace(/[\s.\-/]/g, "");
  const told = (kind: NumberKind, valid: boolean, words: Words, more: Partial<NumberTold> = {}): NumberTold => ({
    ...{ kind, valid, person: false, digits, words },
    ...more,
  });
  if (digits === "" || /^(\d)\1*$/.test(digits))
    return told(
      "none",
      false,
      { en: "no number: empty or one digit repeated", id: "bukan nomor: kosong atau satu angka berulang" },
      { digits: "" },
    );
  if (!/^\d+$/.test(digits))
    return told("unknown", false, { en: "not only digits", id: "tidak hanya angka" }, { digits: "" });
  switch (digits.length) {
    case 13:
      return told("nib", true, {
        en: "13 digits, as a NIB has; no digit of it checks the others, so ask OSS",
        id: "13 angka seperti NIB; tidak ada angka pemeriksa, jadi tanyakan OSS",
      });
    case 15:
      return npwp(digits, "npwp15", told);
    case 16:
      if (digits.startsWith("0")) return npwp(digits.slice(1), "npwp16", told);
      if (isNik(digits))
        return told(
          "nik",
          true,
          { en: "a NIK, used as a person's NPWP", id: "NIK, dipakai sebagai NPWP orang" },
          { person: true },
        );
      return told(
        "npwp16",
        false,
        {
          en: "16 digits without a 0 in front, and no NIK: region or day of birth is impossible",
          id: "16 angka tanpa 0 di depan dan bukan NIK: wilayah atau tanggal lahir tidak mungkin",
        },
        // whoever typed it meant a person's
        { person: true },
      );
    case 18:
      return isNip(digits)
        ? told("nip", true, { en: "a NIP of an official", id: "NIP pegawai" }, { person: true })
        : told("unknown", false, { en: "18 digits that are no NIP", id: "18 angka yang bukan NIP" }, { person: true });
    case 22: {
      const { valid, core, person } = tellNumber(digits.slice(0, 16));
      return told(
        "nitku",
        valid,
        valid
          ? { en: "a NITKU: NPWP and place of business", id: "NITKU: NPWP dan tempat kegiatan usaha" }
          : { en: "a NITKU whose NPWP is wrong", id: "NITKU yang NPWP-nya salah" },
        { person, branch: digits.slice(16), ...(core === undefined ? {} : { core }) },
      );
    }
    default:
      return told("unknown", false, {
        en: `${digits.length} digits: NIB has 13, NPWP 15 or 16, NIK 16, NIP 18, NITKU 22`,
        id: `${digits.length} angka: NIB 13, NPWP 15 atau 16, NIK 16, NIP 18, NITKU 22`,
      });
  }
}

function npwp(
  fifteen: string,
  kind: "npwp15" | "npwp16",
  told: (kind: NumberKind, valid: boolean, words: Words, more: Partial<NumberTold>) => NumberTold,
): NumberTold {
  const core = fifteen.slice(0, 9);
  const branch = fifteen.slice(12);
  return isLuhn(core)
    ? told(
        kind,
        true,
        { en: "an NPWP; its check digit is right", id: "NPWP; angka pemeriksanya benar" },
        { core, branch },
      )
    : told(
        kind,
        false,
        {
          en: "an NPWP whose ninth digit does not check the eight before it: a slip of a digit",
          id: "NPWP yang angka kesembilannya tidak cocok dengan delapan angka sebelumnya: salah ketik",
        },
        { branch },
      );
}
