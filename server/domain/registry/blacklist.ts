import { nameFingerprint } from "../company-name.ts";
import { tellNumber } from "./numbers.ts";

/**
 * A sanction of the blacklist (daftar hitam), as it is published: the business, its numbers as far as they are shown,
 * the decree, from when until when. Persons and addresses that a list names are not taken over. Dates `YYYY-MM-DD`.
 */
export type Sanction = {
  readonly name: string;
  /** the digits of an NPWP with `?` where the list hides one; an organisation's */
  readonly npwp?: string;
  readonly nib?: string;
  readonly decree: string;
  readonly from?: string;
  readonly until?: string;
  readonly state: SanctionState;
  /** what was broken, as the list says it in a few words */
  readonly reason?: string;
  /** who imposed it */
  readonly by?: string;
};
export type SanctionState = "active" | "ended" | "revoked" | "suspended" | "unknown";

/** How sure it is that a sanction is of this supplier. */
export type Sureness = "certain" | "likely" | "possible";

/** A supplier by what is known of it; `npwpCores`: nine digits each, of organisations. */
export type Named = {
  readonly names: readonly string[];
  readonly nibs: readonly string[];
  readonly npwpCores: readonly string[];
};

/** Digits and `?`, of an NPWP that may be masked with any sign; undefined where nothing is left of it, or it names a person. */
export function maskedNpwp(text: string): string | undefined {
  const signs = text.replace(/[\s.\-/]/g, "").replace(/[^0-9]/g, "?");
  const fifteen = signs.length === 16 && /^[0?]/.test(signs) ? signs.slice(1) : signs;
  if (fifteen.length !== 15 || !/[1-9]/.test(fifteen)) return undefined;
  if (!fifteen.includes("?")) {
    const { valid, person } = tellNumber(fifteen);
    return valid && !person ? fifteen : undefined;
  }
  // two or three open digits would fit half of the country
  return fifteen.slice(0, 9).replaceAll("?", "").length >= 4 ? fifteen : undefined;
}

/** Reads a sanction's state as lists write it. */
export function sanctionState(text: string): SanctionState {
  const said = text.toLowerCase();
  if (/cabut|batal|revoke|dihapus/.test(said)) return "revoked";
  if (/tunda|nunda|suspend|tangguh/.test(said)) return "suspended";
  if (/selesai|berakhir|habis|expired|non ?-?aktif|tidak aktif|inactive|turun tayang/.test(said)) return "ended";
  if (/aktif|active|tayang|berlaku/.test(said)) return "active";
  return "unknown";
}

/**
 * Whether a sanction is of this supplier. NIB or the whole NPWP core decides; a masked number needs the name beside it; a
 * name alone is possible, unless a number says that it is another.
 */
export function sanctionOf(sanction: Sanction, supplier: Named): Sureness | undefined {
  const { nib, npwp } = sanction;
  if (nib !== undefined && supplier.nibs.includes(nib)) return "certain";
  const mask = npwp?.slice(0, 9);
  const whole = mask !== undefined && !mask.includes("?");
  if (whole && supplier.npwpCores.includes(mask)) return "certain";
  const print = nameFingerprint(sanction.name);
  const isNamed = print !== "" && supplier.names.some((name) => nameFingerprint(name) === print);
  if (!isNamed) return undefined;
  if (mask === undefined || supplier.npwpCores.length === 0)
    return nib !== undefined && supplier.nibs.length > 0 ? undefined : "possible";
  const fits = supplier.npwpCores.some((core) =>
    [...core].every((digit, at) => mask[at] === "?" || mask[at] === digit),
  );
  return fits ? "likely" : undefined;
}

/** Whether a sanction counts on a day. A suspended or revoked one did not stop counting before its list said so. */
export function sanctionOn({ from, until, state }: Sanction, on: string): "active" | "before" | "after" | "lifted" {
  if (state === "revoked" || state === "suspended") return "lifted";
  if (from !== undefined && on < from) return "before";
  if (until !== undefined) return on > until ? "after" : "active";
  return state === "ended" ? "after" : "active";
}
