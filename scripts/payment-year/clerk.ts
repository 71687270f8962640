import type { ContractCard } from "../../server/domain/payments/contract-card.ts";
import type { Chance } from "./chance.ts";
import type { ContractEvent, Firm } from "./contracts.ts";
import { dateOf, dayOf, MONTHS, ROMAN } from "./days-of-year.ts";

export const DIGITS = "0123456789";
export const LETTERS = "abcdefghijklmnoprstuvwyABCDEFGHIJKLMNOPRSTUVWY";

/** How people write and copy: names, numbers of contracts and purposes of payments, with everyday carelessness. */
export class Clerk {
  readonly #chance: Chance;

  constructor(chance: Chance) {
    this.#chance = chance;
  }

  /** Everyday spellings: case, dots, order of the legal form, blanks. */
  spelled(name: string): string {
    const draw = this.#chance.next();
    if (draw < 0.35) return name;
    if (draw < 0.5) return name.toUpperCase();
    if (draw < 0.6) return name.toLowerCase().replace(/\. /, ".");
    if (draw < 0.7) return name.replace(/^(?:CV|PT|UD)\.?\s*/, "");
    if (draw < 0.8) return `${name.replace(/^(CV|PT|UD)\.?\s*/, "")}, ${/^(CV|PT|UD)/.exec(name)?.[0] ?? "CV"}`;
    if (draw < 0.9) return name.replace(/ /g, "  ");
    return this.slip(name, LETTERS, 1);
  }

  /** A contract's number as somebody copied it. */
  written(card: ContractCard, kind: string): string {
    const number = card.numbers[0] ?? "";
    if (kind === "wrongNumber") return this.slip(number, DIGITS, 1, /\d(?=[^/]*$|\d*[ /-])/);
    if (kind === "typo") {
      const once = this.slip(number, this.#chance.happens(0.6) ? DIGITS : LETTERS, 1);
      return this.#chance.happens(0.35) ? this.slip(once, LETTERS, 1) : once;
    }
    if (kind === "rewritten" || this.#chance.happens(0.25)) return this.#rewritten(number);
    return number;
  }

  #rewritten(number: string): string {
    let text = number;
    for (let times = 1 + this.#chance.below(3); times > 0; times--) {
      const draw = this.#chance.below(9);
      if (draw === 0) text = text.replace(/\s+/g, "");
      else if (draw === 1) text = text.replace(/\//g, " / ");
      else if (draw === 2)
        text = text.replace(
          /\/(I{1,3}|I?V|VI{1,3}|IX|XI{0,2})\//,
          (_, roman) => `/${String(ROMAN.indexOf(roman) + 1).padStart(2, "0")}/`,
        );
      else if (draw === 3) text = text.replace(/0/g, "O");
      else if (draw === 4) text = text.replace(/1/g, "l");
      else if (draw === 5) text = text.toLowerCase();
      else if (draw === 6) text = text.replace(/[-–]/g, " – ");
      else if (draw === 7) text = text.replace(/(\d)(\d)/, "$1 $2");
      else text = text.replace(/\//g, ".");
    }
    return text;
  }

  /** One slip of a hand: a sign replaced, lost, doubled, or swapped with the next. */
  slip(text: string, signs: string, times: number, where = /[A-Za-z0-9]/): string {
    let slipped = text;
    for (let left = times; left > 0; left--) {
      const isOf = signs === DIGITS ? /\d/ : /[A-Za-z]/;
      const places = [...slipped].flatMap((sign, at) => (where.test(sign) && isOf.test(sign) ? [at] : []));
      if (places.length === 0) return slipped;
      const at = this.#chance.pick(places);
      const draw = this.#chance.next();
      const other = this.#chance.pick([...signs].filter((sign) => sign !== slipped[at]));
      if (draw < 0.5) slipped = slipped.slice(0, at) + other + slipped.slice(at + 1);
      else if (draw < 0.7) slipped = slipped.slice(0, at) + slipped.slice(at + 1);
      else if (draw < 0.85) slipped = slipped.slice(0, at) + slipped[at] + slipped.slice(at);
      else slipped = slipped.slice(0, at) + (slipped[at + 1] ?? "") + slipped[at] + slipped.slice(at + 2);
    }
    return slipped;
  }

  purpose(events: readonly ContractEvent[], numbers: readonly string[], firm: Firm): string {
    const [event] = events as readonly [ContractEvent];
    const { card, label, certificate } = event;
    const title = this.#titled(events.map((each) => each.card.title ?? ""));
    const word = this.#chance.pick([
      "SPK No.",
      "Kontrak Nomor",
      "SPK Nomor :",
      "sesuai Kontrak",
      "No. Kontrak",
      "SP No",
      "Surat Perjanjian Nomor",
    ]);
    const list = numbers.length > 1 && this.#chance.happens(0.5) ? numbers.join(" dan ") : numbers.join(", ");
    const day = card.on === undefined ? "" : ` tanggal ${this.#dateText(dayOf(card.on))}`;
    const said = numbers.length === 0 ? "" : ` ${word} ${list}${this.#chance.happens(0.5) ? day : ""}`;
    const bap = certificate && this.#chance.happens(numbers.length === 0 ? 0 : 0.2) ? ` BAP ${certificate}` : "";
    const to = this.#chance.happens(0.3) ? ` kepada ${firm.name}` : "";
    const what = this.#chance.pick([
      "Pembayaran",
      "Pemb.",
      "Dibayarkan",
      "Byr",
      "Belanja",
      "LS",
      "Pelunasan",
      "Pembayaran Belanja Modal",
    ]);
    const part = label === "100%" ? (this.#chance.happens(0.3) ? " (100%)" : "") : ` ${label}`;
    const text = `${what} ${title}${part}${to}${said}${bap}`.replace(/\s+/g, " ").trim();
    const cased = this.#chance.happens(0.3) ? text.toUpperCase() : text;
    return cased.slice(0, this.#chance.pick([120, 160, 255, 255, 255]));
  }

  #titled(titles: readonly string[]): string {
    const [title = ""] = titles;
    const draw = this.#chance.next();
    if (draw < 0.55) return title;
    if (draw < 0.7) return title.split(" ").slice(0, 3).join(" ");
    if (draw < 0.85)
      return title
        .replace(/Rehabilitasi/i, "Rehab")
        .replace(/Pemeliharaan/i, "Pemel.")
        .replace(/Pengadaan/i, "Peng.")
        .replace(/Pembangunan/i, "Pemb.");
    return this.#chance.pick([
      "Belanja Barang dan Jasa",
      "Belanja Jasa Konsultansi",
      "Belanja Modal",
      "kegiatan dinas",
    ]);
  }

  #dateText(day: number): string {
    const date = dateOf(day);
    const [year, month, of] = date.split("-") as [string, string, string];
    return this.#chance.pick([
      `${Number(of)} ${MONTHS[Number(month) - 1]} ${year}`,
      `${of}-${month}-${year}`,
      `${of}/${month}/${year.slice(2)}`,
    ]);
  }
}
