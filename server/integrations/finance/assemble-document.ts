import type {
  BudgetFacts,
  BudgetLineFragment,
  DeductionFacts,
  DeductionFragment,
  PaperFragment,
} from "../../../migration/mapping/mapped.ts";
import type { Hex } from "../../domain/entries/words.ts";
import { budgetAccount } from "../../domain/payments/budget-account.ts";
import { deductionKind } from "../../domain/payments/deduction-kind.ts";
import type {
  Deduction,
  DocumentException,
  Numbered,
  PaymentDocument,
  PaymentRoute,
  SourcePlace,
} from "../../domain/payments/payment-document.ts";
import { levelNumber, paymentKey } from "../../domain/payments/payment-key.ts";

/** What one source row said of one paper. */
export type Said = {
  readonly job: string;
  readonly place: Omit<SourcePlace, "connector">;
  readonly facts: PaperFragment | DeductionFragment | BudgetLineFragment;
};

/** All that is known of a payment's papers, each in the order of its rows' keys. */
export type Papers = {
  readonly own: readonly Said[];
  readonly spm: readonly Said[];
  readonly spp: readonly Said[];
  readonly contract: readonly Said[];
};

export type Assembling = {
  readonly issuer: Hex;
  readonly type: PaymentDocument["type"];
  /** by its year, where no row tells one */
  readonly year: number | undefined;
  agency(code: string): Hex | undefined;
};

/** Why there is no document yet, where a paper is there: what it waits for. */
export type Waiting = { readonly number: string; readonly for: "amount" | "date" | "number" };

const ROUTES: ReadonlySet<string> = new Set(["LS", "UP", "GU", "TU"]);

/** Sets of children by the job that told them: two jobs about one paper tell the same things twice. */
function byJob<F extends "deduction" | "budgetLine">(said: readonly Said[], entity: F) {
  const sets = new Map<string, (F extends "deduction" ? DeductionFacts : BudgetFacts)[]>();
  for (const { job, facts } of said) {
    const found =
      facts.entity === "paper"
        ? ((entity === "deduction" ? facts.deductions : facts.lines) ?? [])
        : facts.entity === entity
          ? [facts]
          : [];
    if (found.length === 0) continue;
    const list = sets.get(job) ?? [];
    list.push(...(found as typeof list));
    sets.set(job, list);
  }
  return [...sets.values()];
}

function sumOf(parts: readonly { readonly amount: string }[]): bigint {
  return parts.reduce((sum, { amount }) => sum + BigInt(amount), 0n);
}

/** The set whose sum is what is expected; else the one of most parts. */
function chosen<T extends { readonly amount: string }>(sets: readonly T[][], expected: bigint | undefined): T[] {
  return (
    (expected === undefined ? undefined : sets.find((set) => sumOf(set) === expected)) ??
    sets.toSorted((a, b) => b.length - a.length)[0] ??
    []
  );
}

/**
 * One payment document from all rows that speak of its papers. What its own paper says counts first, then its order
 * (SPM), then its request (SPP), then its contract. What does not agree stands on the document as an exception and never
 * keeps it out.
 */
export function assembleDocument(papers: Papers, about: Assembling): PaymentDocument | Waiting {
  return new Assembly(papers, about).document();
}

class Assembly {
  readonly #papers: Papers;
  readonly #about: Assembling;
  readonly #own: readonly PaperFragment[];
  readonly #spm: readonly PaperFragment[];
  readonly #spp: readonly PaperFragment[];
  readonly #contract: readonly PaperFragment[];
  readonly #exceptions: DocumentException[] = [];

  constructor(papers: Papers, about: Assembling) {
    this.#papers = papers;
    this.#about = about;
    [this.#own, this.#spm, this.#spp, this.#contract] = [papers.own, papers.spm, papers.spp, papers.contract].map(
      (said) => said.flatMap(({ facts }) => (facts.entity === "paper" ? [facts] : [])),
    ) as [PaperFragment[], PaperFragment[], PaperFragment[], PaperFragment[]];
  }

  document(): PaymentDocument | Waiting {
    const number = this.#own.find((facts) => facts.number !== undefined)?.number;
    if (number === undefined) return { number: "", for: "number" };
    const cleared = this.#one("cleared", this.#own);
    const on = this.#one("on", this.#own) ?? cleared ?? this.#first("on", this.#spm);
    if (on === undefined) return { number, for: "date" };
    const amounts = this.#amounts(number);
    if (amounts === undefined) return { number, for: "amount" };
    const year = this.#about.year ?? Number(on.slice(0, 4));
    const type = this.#about.type;
    const spm = this.#numbered("spm", this.#own, this.#spm);
    const spp = this.#numbered("spp", [...this.#own, ...this.#spm], this.#spp);
    const route = this.#first("route", [...this.#own, ...this.#spm, ...this.#spp]);
    const contracts = this.#contracts();
    const purpose = this.#purpose(contracts.slice(1));
    if (cleared !== undefined && cleared < on)
      this.#except("cleared-before-issued", {
        en: `The bank paid on ${cleared}, before the day of the document (${on}). The treasury must correct one of the two dates.`,
        id: `Bank membayar pada ${cleared}, sebelum tanggal dokumen (${on}). BUD harus membetulkan salah satu tanggal.`,
      });
    // what is issued on the last days of a year may be dated in the first month of the next
    if (!on.startsWith(`${year}-`) && !on.startsWith(`${year + 1}-01-`))
      this.#except("year-differs", {
        en: `It counts in the year ${year} and is dated ${on}. The treasury must correct the date or the year.`,
        id: `Dokumen ini masuk tahun ${year} tetapi bertanggal ${on}. BUD harus membetulkan tanggal atau tahunnya.`,
      });
    const agency = this.#agency();
    const { job, place } = this.#papers.own.find(({ facts }) => facts.entity === "paper" && facts.isAddition !== true)!;
    const currency = this.#own[0]!.currency;
    const delivery = this.#first("delivery", [...this.#own, ...this.#spm, ...this.#spp]);
    return {
      key: paymentKey(this.#about.issuer, { year, type, number }),
      issuer: this.#about.issuer,
      year,
      type,
      number,
      on,
      ...(cleared === undefined ? {} : { cleared }),
      ...(route !== undefined && ROUTES.has(route) ? { route: route as PaymentRoute } : {}),
      currency,
      gross: amounts.gross,
      net: amounts.net,
      deductions: amounts.deductions,
      ...(spm === undefined ? {} : { spm }),
      ...(spp === undefined ? {} : { spp }),
      ...(agency === undefined ? {} : { agency }),
      lines: amounts.lines,
      payee: this.#payee(),
      purpose,
      ...(contracts[0] === undefined ? {} : { contractNumber: contracts[0] }),
      ...(delivery === undefined ? {} : { deliveryNumber: delivery }),
      ...(this.#exceptions.length === 0 ? {} : { exceptions: this.#exceptions }),
      source: { ...place, connector: job },
    };
  }

  #except(code: DocumentException["code"], words: DocumentException["words"]): void {
    if (!this.#exceptions.some((each) => each.words.en === words.en)) this.#exceptions.push({ code, words });
  }

  #first<K extends keyof PaperFragment>(name: K, facts: readonly PaperFragment[]): PaperFragment[K] | undefined {
    return facts.find((each) => each[name] !== undefined)?.[name];
  }

  /** The first that is told; where another row of the same paper tells otherwise, that is an exception. */
  #one<K extends "on" | "cleared" | "gross" | "net">(name: K, facts: readonly PaperFragment[]): string | undefined {
    const told = facts.flatMap((each) => each[name] ?? []);
    const other = told.find((each) => each !== told[0]);
    if (other !== undefined) {
      const [a, b] = name === "gross" || name === "net" ? [shown(told[0]!), shown(other)] : [told[0], other];
      this.#except("sources-differ", {
        en: `Two rows of the sources tell different ${NAMES[name].en}: ${a} and ${b}. The first counts; the treasury must say which is right.`,
        id: `Dua baris sumber menyebut ${NAMES[name].id} yang berbeda: ${a} dan ${b}. Yang pertama dipakai; BUD harus memastikan yang benar.`,
      });
    }
    return told[0];
  }

  #amounts(number: string) {
    const { own, spm, spp } = this.#papers;
    const levels = [
      { said: own, facts: this.#own },
      { said: spm, facts: this.#spm },
      { said: spp, facts: this.#spp },
    ];
    const lineSets = levels.map(({ said }) => byJob(said, "budgetLine")).find((sets) => sets.length > 0) ?? [];
    let gross: string | undefined = this.#one("gross", this.#own);
    gross ??= lineSets.length === 0 ? undefined : String(sumOf(chosen(lineSets, undefined)));
    gross ??= this.#one("gross", this.#spm) ?? this.#one("gross", this.#spp);
    const net = this.#one("net", this.#own) ?? this.#one("net", this.#spm);
    const deductionSets = levels.map(({ said }) => byJob(said, "deduction")).find((sets) => sets.length > 0) ?? [];
    if (gross === undefined) {
      if (net === undefined) return undefined;
      // what was paid and what was kept back give what was asked for
      gross = String(BigInt(net) + sumOf(chosen(deductionSets, undefined)));
    }
    const lines = chosen(lineSets, BigInt(gross));
    const kept = chosen(deductionSets, net === undefined ? undefined : BigInt(gross) - BigInt(net));
    if (lines.length > 0 && sumOf(lines) !== BigInt(gross))
      this.#except("lines-differ", {
        en: `The budget lines of ${number} add up to ${shown(String(sumOf(lines)))}, and its gross amount is ${shown(gross)}. The office that asked for the payment must say which is right.`,
        id: `Rincian rekening ${number} berjumlah ${shown(String(sumOf(lines)))}, sedangkan nilai kotornya ${shown(gross)}. SKPD pemohon harus memastikan yang benar.`,
      });
    const computed = BigInt(gross) - sumOf(kept);
    if (net !== undefined && BigInt(net) !== computed)
      this.#except("sums-differ", {
        en: `Gross ${shown(gross)} less deductions ${shown(String(sumOf(kept)))} is ${shown(String(computed))}, and ${shown(net)} was paid. The treasury must find the deduction that is missing or wrong.`,
        id: `Nilai kotor ${shown(gross)} dikurangi potongan ${shown(String(sumOf(kept)))} menjadi ${shown(String(computed))}, sedangkan yang dibayar ${shown(net)}. BUD harus mencari potongan yang kurang atau salah.`,
      });
    if (net === undefined && computed < 0n)
      this.#except("net-negative", {
        en: `The deductions (${shown(String(sumOf(kept)))}) are more than the gross amount (${shown(gross)}). The treasury must correct them.`,
        id: `Potongan (${shown(String(sumOf(kept)))}) melebihi nilai kotor (${shown(gross)}). BUD harus membetulkannya.`,
      });
    return {
      gross,
      net: net ?? String(computed < 0n ? 0n : computed),
      deductions: kept.map(deductionOf).toSorted(byText),
      lines: lines
        .map(({ account, subActivity, fund, amount }) => ({
          ...budgetAccount(account),
          ...(subActivity === undefined ? {} : { subActivity }),
          ...(fund === undefined ? {} : { fund }),
          amount,
        }))
        .toSorted(byText),
    };
  }

  #numbered(
    name: "spm" | "spp",
    from: readonly PaperFragment[],
    itself: readonly PaperFragment[],
  ): Numbered | undefined {
    const told = from.flatMap((facts) => facts[name] ?? []);
    const number = told[0]?.number;
    if (number === undefined) return undefined;
    const on = told.find((each) => each.on !== undefined)?.on ?? this.#first("on", itself);
    return { number, ...(on === undefined ? {} : { on }) };
  }

  /** Every contract that a field meant for one names, each once. */
  #contracts(): string[] {
    const told = [...this.#own, ...this.#spm, ...this.#spp].flatMap(({ contract }) => contract ?? []);
    const seen = new Set<string>();
    return told.filter((number) => {
      const level = levelNumber(number);
      if (seen.has(level)) return false;
      seen.add(level);
      return true;
    });
  }

  /** Every text about it, each once; a text that another contains adds nothing. */
  #purpose(more: readonly string[]): string {
    const texts = [...this.#own, ...this.#spm, ...this.#spp, ...this.#contract].flatMap(({ purpose }) => purpose ?? []);
    const kept: string[] = [];
    for (const text of [...texts, ...more])
      if (!kept.some((each) => each.toLowerCase().includes(text.toLowerCase()))) kept.push(text);
    return kept.join(" · ").slice(0, 8_000);
  }

  #payee(): PaymentDocument["payee"] {
    const told = [this.#own, this.#spm, this.#spp, this.#contract].flatMap((facts) =>
      facts.flatMap(({ payee }) => payee ?? []),
    );
    const first = <K extends "name" | "npwpCore" | "person" | "account">(name: K) =>
      told.find((each) => each[name] !== undefined)?.[name];
    const [npwpCore, person, account] = [first("npwpCore"), first("person"), first("account")];
    return {
      name: first("name") ?? "",
      ...(npwpCore === undefined ? {} : { npwpCore }),
      ...(npwpCore !== undefined || person === undefined ? {} : { person }),
      ...(account === undefined ? {} : { account }),
    };
  }

  #agency(): Hex | undefined {
    const code = this.#first("agency", [...this.#own, ...this.#spm, ...this.#spp, ...this.#contract]);
    if (code === undefined) return undefined;
    const found = this.#about.agency(code);
    if (found === undefined)
      this.#except("agency-unknown", {
        en: `The office with the code ${code} is not named in the settings. Whoever runs the register must add it under \`agencies\`.`,
        id: `Kantor berkode ${code} tidak disebut dalam setelan. Pengelola register harus menambahkannya pada \`agencies\`.`,
      });
    return found;
  }
}

const NAMES = {
  on: { en: "dates", id: "tanggal" },
  cleared: { en: "days of payment", id: "tanggal cair" },
  gross: { en: "gross amounts", id: "nilai kotor" },
  net: { en: "net amounts", id: "nilai bersih" },
};

function deductionOf({ name, amount, billing, ntpn }: DeductionFacts): Deduction {
  return {
    kind: deductionKind(name),
    name,
    amount,
    ...(billing === undefined ? {} : { billing }),
    ...(ntpn === undefined ? {} : { ntpn }),
  };
}

/** In an order that does not depend on which row came first. */
function byText(a: object, b: object): number {
  const [one, other] = [JSON.stringify(a), JSON.stringify(b)];
  return one < other ? -1 : one > other ? 1 : 0;
}

/** Minor units as people write an amount: `1.234.567,89`. */
function shown(minor: string): string {
  const sign = minor.startsWith("-") ? "-" : "";
  const digits = (sign === "" ? minor : minor.slice(1)).padStart(3, "0");
  const whole = digits.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, ".");
  return `${sign}${whole},${digits.slice(-2)}`;
}
