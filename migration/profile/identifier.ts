import { isLuhn, isNik, isNip } from "../../server/domain/sealing/personal-numbers.ts";

/**
 * What kind of number of a person or firm a text is. NPWP: 9 digits of which the last is a Luhn check digit, tax office,
 * branch; as 16 digits a 0 before the old 15 for firms, the NIK for residents (`16_nik_like`: does not begin with 0). NIK: region, day of birth (women + 40),
 * serial. NIP: day of birth, month of appointment, sex, serial.
 */
export type IdentifierClass =
  | "empty_or_null"
  | "all_same_digit"
  | "15_checkdigit_ok"
  | "15_checkdigit_wrong"
  | "16_leading0_ok"
  | "16_leading0_wrong"
  | "16_nik_like"
  | "13_digits"
  | "18_nip_like"
  | "22_nitku_like"
  | "scientific"
  | "other";

/** For a text of which this many characters are digits; letters make it `other`. */
export function identifierClass(text: string): IdentifierClass {
  const trimmed = text.trim();
  if (trimmed === "") return "empty_or_null";
  if (/^\d[.,]\d+e\+?\d+$/i.test(trimmed)) return "scientific";
  const digits = trimmed.replace(/\D/g, "");
  if (digits === "") return "empty_or_null";
  if (/\p{L}/u.test(trimmed)) return "other";
  if (/^(\d)\1*$/.test(digits) && digits.length > 1) return "all_same_digit";
  switch (digits.length) {
    case 13:
      return "13_digits";
    case 15:
      return isLuhn(digits.slice(0, 9)) ? "15_checkdigit_ok" : "15_checkdigit_wrong";
    case 16:
      if (digits.startsWith("0")) return isLuhn(digits.slice(1, 10)) ? "16_leading0_ok" : "16_leading0_wrong";
      return "16_nik_like";
    case 18:
      return isNip(digits) ? "18_nip_like" : "other";
    case 22:
      return "22_nitku_like";
    default:
      return "other";
  }
}

/** As `identifierClass`, for a text without letters that has 15 or 16 digits: most of them, and many millions. */
export function classOfDigits(text: string, digits: 15 | 16): IdentifierClass {
  let sum = 0;
  let position = 0;
  let first = 0;
  let several = false;
  // with sixteen the check digit is that of the fifteen after the 0
  const skip = digits - 15;
  for (let at = 0; position < digits; at++) {
    const digit = text.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) continue;
    if (position === 0) first = digit;
    else if (digit !== first) several = true;
    const place = position - skip;
    if (place >= 0 && place < 9) {
      const counted = place % 2 === 1 ? digit * 2 : digit;
      sum += counted > 9 ? counted - 9 : counted;
    }
    position++;
  }
  if (!several) return "all_same_digit";
  const right = sum % 10 === 0;
  if (digits === 15) return right ? "15_checkdigit_ok" : "15_checkdigit_wrong";
  if (first !== 0) return "16_nik_like";
  return right ? "16_leading0_ok" : "16_leading0_wrong";
}

/** Whether sixteen digits are a NIK with region and day of birth; other numbers of persons are not. */
export function hasBirthDate(text: string): boolean {
  return isNik(text.replace(/\D/g, ""));
}
