import { moneyInWords } from "../entries/telling.ts";
import { currencyExponent, fromMinor } from "../ocds/money.ts";
import type { Words } from "../problems.ts";
import { type Day, startOf, type Zone } from "./civil-days.ts";
import { type ContractStory, guaranteed, hasFinalHandOver } from "./contract-story.ts";
import { above, beforeTax, bpsOf, bpsWords, least, share, WHOLE } from "./exact.ts";
import { type Finding, finding, sentence } from "./finding.ts";
import { type LateFine, lateFine } from "./late-fine.ts";
import { rupiah } from "./rule-table.ts";

/** What a certificate is for: work done, an advance at the start, or the release of retention at the end. */
export type CertificatePurpose = "work" | "advance" | "retention";

/** Amounts in minor units; what is not given is worked out. */
export type CertificateAsk = {
  readonly purpose: CertificatePurpose;
  /** of the certificate (BAP), in the contract's zone */
  readonly on: Day;
  /** of work: gross now; else what was accepted and is not certified */
  readonly gross?: bigint;
  /** of an advance; else what was agreed or the rule gives */
  readonly advance?: bigint;
  /** of retention to release; else all that is held */
  readonly release?: bigint;
};

/**
 * One line of a certificate: what is added (positive) or taken (negative), in minor units, and why. The lines that
 * `counts` add up to the net, to the sen; the others are information.
 */
type CertificateLine = {
  readonly line: LineName;
  readonly amount: string;
  readonly counts: boolean;
  readonly words: Words;
  readonly regulation?: string;
};
type LineName =
  | "gross"
  | "advance"
  | "recovered"
  | "retention"
  | "fine"
  | "released"
  | "beforeTax"
  | "valueAddedTax"
  | "incomeTax"
  | "transfer";

/** Terms of a `certificate` entry, as decimal text of minor units; absent where nothing is to be said. */
type CertificateTerms = {
  amount: string;
  advance?: string;
  recovered?: string;
  withheld?: string;
  released?: string;
};

export type Certificate = {
  readonly currency: string;
  readonly lines: readonly CertificateLine[];
  readonly net: string;
  readonly terms: CertificateTerms;
  /** retention and fine apart, for the certificate's body: terms hold only their sum */
  readonly deductions: readonly { type: "retention" | "fine"; amount: string }[];
  readonly findings: readonly Finding[];
};

/** How lines are rounded, for who reads them. */
export const ROUNDING: Words = {
  en: "Each line is rounded once, to the sen, a half upwards; the net is the sum of the rounded lines.",
  id: "Setiap baris dibulatkan sekali, ke sen, setengah ke atas; jumlah bersih adalah jumlah baris yang sudah dibulatkan.",
};

/**
 * Works out a payment certificate (BAP) of a contract: gross, and each deduction as a line of its own, with its
 * reasoning. The result asks nothing of the ledger; what it would refuse is found by the check before signing.
 */
export function calculateCertificate(story: ContractStory, ask: CertificateAsk): Certificate {
  const { contract } = story;
  const { currency } = contract;
  const findings: Finding[] = [];
  const lines: CertificateLine[] = [];
  const add = (line: LineName, amount: bigint, words: Words, more: { regulation?: string; counts?: boolean } = {}) => {
    const { counts = true, regulation } = more;
    lines.push({ line, amount: String(amount), counts, words, ...(regulation === undefined ? {} : { regulation }) });
    return amount;
  };
  const terms: CertificateTerms = { amount: "0" };
  const deductions: { type: "retention" | "fine"; amount: string }[] = [];

  if (ask.purpose === "advance") {
    const { amount, words, regulation } = advanceOf(story, ask.advance);
    add("advance", amount, words, { regulation });
    terms.advance = String(amount);
  }
  if (ask.purpose === "work") {
    const open = above(BigInt(contract.accepted), BigInt(contract.certified));
    const gross = ask.gross ?? open;
    terms.amount = String(gross);
    add("gross", gross, grossWords(story, ask.gross !== undefined), {
      regulation: story.ruleOn("certificate-within-work", story.signedOn).regulation,
    });
    let left = gross;
    const recovery = recoveryOf(story, gross);
    const recovered = least(recovery.amount, left);
    if (recovered > 0n) {
      add("recovered", -recovered, recovery.words, { regulation: recovery.regulation });
      terms.recovered = String(recovered);
      left -= recovered;
    }
    const kept = retentionOf(story, gross, ask.on);
    const retention = least(kept.amount, left);
    if (retention > 0n) {
      add("retention", -retention, kept.words, { regulation: kept.regulation });
      deductions.push({ type: "retention", amount: String(retention) });
      left -= retention;
    }
    const late = fineOf(story, ask.on);
    const due = above(late?.fine ?? 0n, story.kept.fines);
    const fine = least(due, left);
    if (late !== undefined && fine > 0n) {
      add("fine", -fine, fineWords(story, late, fine), { regulation: late.regulation });
      deductions.push({ type: "fine", amount: String(fine) });
    }
    if (due > fine) {
      findings.push(
        finding(
          story.ruleOn("late-fine", story.signedOn),
          sentence(
            currency,
            (money) =>
              `${money(due - fine)} of the fine is left when this certificate is used up: the supplier pays it in.`,
            (money) => `Sisa denda ${money(due - fine)} tidak tertampung berita acara ini: penyedia menyetorkannya.`,
          ),
          { left: due - fine },
        ),
      );
    }
    if (retention + fine > 0n) terms.withheld = String(retention + fine);
  }
  if (ask.purpose === "retention") {
    const { amount, words, regulation } = releaseOf(story, ask.release);
    add("released", amount, words, { regulation });
    if (amount > 0n) terms.released = String(amount);
    const missing = releaseFinding(story, ask.on, amount);
    if (missing !== undefined) findings.push(missing);
  }
  const net = lines.reduce((sum, { amount, counts }) => (counts ? sum + BigInt(amount) : sum), 0n);
  taxLines(story, lines, net, add);
  if (story.kept.untold > 0n && ask.purpose !== "advance") {
    findings.push(
      finding(
        story.ruleOn("retention", story.signedOn),
        sentence(
          currency,
          (money) =>
            `Earlier certificates withhold ${money(story.kept.untold)} without saying what for: counted as retention here.`,
          (money) =>
            `Berita acara terdahulu menahan ${money(story.kept.untold)} tanpa menyebut untuk apa: di sini dihitung sebagai retensi.`,
        ),
        { untold: story.kept.untold },
        "info",
      ),
    );
  }
  if (story.conditionFaults.length > 0) findings.push(unreadConditions(story));
  return { currency, lines, net: String(net), terms, deductions, findings };

  function taxLines(
    { contract, conditions }: ContractStory,
    lines: readonly CertificateLine[],
    net: bigint,
    add: (line: LineName, amount: bigint, words: Words, more: { regulation?: string; counts?: boolean }) => bigint,
  ): void {
    if (contract.currency !== "IDR" || net <= 0n) return;
    const fine = lines.find(({ line }) => line === "fine");
    // a fine is no smaller price: taxes are of what the work earns
    const earned = net - BigInt(fine?.amount ?? 0);
    const base = beforeTax(earned, conditions.taxBps);
    const vat = earned - base;
    const income = bpsOf(base, conditions.incomeTax.bps);
    const then = { vat: story.ruleOn("value-added-tax", ask.on), income: story.ruleOn("income-tax", ask.on) };
    const [vatRate, incomeRate] = [bpsWords(conditions.taxBps), bpsWords(conditions.incomeTax.bps)];
    add(
      "beforeTax",
      base,
      { en: `What is taxed: before PPN of ${vatRate.en}.`, id: `Dasar pengenaan pajak: sebelum PPN ${vatRate.id}.` },
      { counts: false, regulation: then.vat.regulation },
    );
    add(
      "valueAddedTax",
      -vat,
      { en: `PPN ${vatRate.en}, which the treasurer takes.`, id: `PPN ${vatRate.id}, dipungut bendahara.` },
      { counts: false, regulation: then.vat.regulation },
    );
    const { name } = conditions.incomeTax;
    add(
      "incomeTax",
      -income,
      {
        en: `${name} ${incomeRate.en} of it, which the treasurer withholds.`,
        id: `${name} ${incomeRate.id} dari dasar itu, dipotong bendahara.`,
      },
      { counts: false, regulation: then.income.regulation },
    );
    add(
      "transfer",
      net - vat - income,
      {
        en: "What reaches the supplier's account if these taxes are right.",
        id: "Yang sampai ke rekening penyedia bila pajak tersebut benar.",
      },
      { counts: false },
    );
  }
}

// ---- the advance, its limit and its recovery

/** The advance limit of a contract by its rule, in basis points and minor units; `atLeast`: a floor, not a ceiling. */
export function advanceLimit({ contract, conditions, signedOn, ruleOn }: ContractStory): {
  bps: number;
  amount: bigint;
  atLeast: boolean;
  regulation: string;
} {
  const { parameters, regulation } = ruleOn("advance-limit", signedOn);
  const value = BigInt(contract.value);
  const tier = parameters.small.find(({ above: from, upTo }) => value > rupiah(from) && value <= rupiah(upTo));
  const { bps, atLeast } = conditions.multiYear
    ? { bps: parameters.multiYearBps, atLeast: false }
    : conditions.supplierSize === "small" && tier !== undefined
      ? { bps: tier.bps, atLeast: tier.bound === "atLeast" }
      : { bps: parameters.otherBps, atLeast: false };
  return { bps, amount: bpsOf(value, bps), atLeast, regulation };
}

function advanceOf(story: ContractStory, given: bigint | undefined) {
  const { contract, conditions } = story;
  const limit = advanceLimit(story);
  const bps = conditions.advanceBps ?? limit.bps;
  const whole = bpsOf(BigInt(contract.value), bps);
  const amount = given ?? above(whole, BigInt(contract.advance));
  const rate = bpsWords(bps);
  const value = moneyInWords(contract.value, contract.currency);
  const words: Words =
    given === undefined
      ? {
          en: `Advance: ${rate.en} of the contract's value ${value}, less what was advanced before.`,
          id: `Uang muka: ${rate.id} dari nilai kontrak ${value}, dikurangi yang sudah diberikan.`,
        }
      : { en: "Advance, as given.", id: "Uang muka, sesuai yang diberikan." };
  return { amount, words, regulation: limit.regulation };
}

/**
 * What of the advance is taken back with a certificate of so much work: so that the sum of all recoveries stands to the
 * advance as the work between the two stages of the schedule does to the whole of it.
 */
export function recoveryOf(story: ContractStory, gross: bigint): { amount: bigint; words: Words; regulation: string } {
  const { contract, conditions, signedOn } = story;
  const [value, advance, recovered] = [BigInt(contract.value), BigInt(contract.advance), BigInt(contract.recovered)];
  const { fromBps, toBps } = conditions.advanceRecovery;
  const work = BigInt(contract.certified) + gross;
  // at work × 10,000 / value basis points of the whole, kept as a fraction until the end
  const done = least(above(work * WHOLE, value * BigInt(fromBps)), value * BigInt(toBps - fromBps));
  const span = value * BigInt(toBps - fromBps);
  const target = span === 0n ? advance : share(advance, done, span);
  const amount = above(target, recovered);
  const progress = value === 0n ? 10_000n : (work * WHOLE) / value;
  const stage = bpsWords(Number(progress));
  const money = (sum: bigint) => moneyInWords(sum, contract.currency);
  const [from, to] = [bpsWords(fromBps), bpsWords(toBps)];
  return {
    amount,
    words: {
      en: `Advance ${money(advance)}, taken back between ${from.en} and ${to.en} of the work; with this certificate ${stage.en}: ${money(target)}, less ${money(recovered)} before.`,
      id: `Uang muka ${money(advance)}, diperhitungkan antara ${from.id} dan ${to.id} pekerjaan; dengan berita acara ini ${stage.id}: ${money(target)}, dikurangi ${money(recovered)} sebelumnya.`,
    },
    regulation: story.ruleOn("advance-recovery", signedOn).regulation,
  };
}

// ---- retention

/** Retention that was kept back, told or untold; what is released of it is not subtracted. */
export function retentionKept({ kept }: ContractStory): bigint {
  return kept.retention + kept.untold;
}

export function retentionOf(story: ContractStory, gross: bigint, on: Day) {
  const { contract, conditions, signedOn } = story;
  const { method, bps } = conditions.retention;
  const { regulation } = story.ruleOn("retention", signedOn);
  const whole = bpsOf(BigInt(contract.certified) + gross, bps);
  const bond = guaranteed(story, "maintenance", on);
  const bonded = bond > 0n && bond >= bpsOf(BigInt(contract.value), bps);
  const money = (sum: bigint) => moneyInWords(sum, contract.currency);
  const amount = method !== "withheld" || bonded ? 0n : above(whole, retentionKept(story));
  const rate = bpsWords(bps);
  const words: Words = {
    en: `Retention: ${rate.en} of all that is certified, ${money(whole)}, less ${money(retentionKept(story))} kept before.`,
    id: `Retensi: ${rate.id} dari seluruh yang disahkan, ${money(whole)}, dikurangi ${money(retentionKept(story))} yang sudah ditahan.`,
  };
  return { amount, words, regulation };
}

function releaseOf(story: ContractStory, given: bigint | undefined) {
  const { contract, signedOn } = story;
  const held = above(retentionKept(story), BigInt(contract.released));
  const money = moneyInWords(held, contract.currency);
  const words: Words = {
    en: `Retention released, of ${money} that is held.`,
    id: `Retensi dilepas, dari ${money} yang ditahan.`,
  };
  return { amount: given ?? held, words, regulation: story.ruleOn("retention-release", signedOn).regulation };
}

/** What speaks against releasing retention on that day: neither final hand-over nor bond. */
export function releaseFinding(story: ContractStory, on: Day, amount: bigint): Finding | undefined {
  if (amount === 0n || hasFinalHandOver(story, on)) return undefined;
  const bond = guaranteed(story, "maintenance", on);
  const all = amount + BigInt(story.contract.released);
  if (bond >= all) return undefined;
  return finding(
    story.ruleOn("retention-release", story.signedOn),
    sentence(
      story.contract.currency,
      (money) =>
        `${money(amount)} is to be released without a final hand-over (FHO); the bond stands for ${money(bond)}.`,
      (money) => `${money(amount)} akan dilepas tanpa serah terima akhir (FHO); jaminan pemeliharaan ${money(bond)}.`,
    ),
    { released: amount, guaranteed: bond },
  );
}

// ---- the fine

/** The fine that is due by a day: work that is not handed over is late until then. Undefined without a deadline. */
export function fineOf(story: ContractStory, on: Day): LateFine | undefined {
  const { contract, conditions, deadline, doneOn, accepted, signedOn } = story;
  if (deadline === undefined) return undefined;
  const performance = guaranteed(story, "performance", "0000-01-01");
  return lateFine({
    signedOn,
    ruleOn: story.ruleOn,
    dueOn: deadline.dueOn,
    until: doneOn !== undefined && doneOn < on ? doneOn : on,
    value: BigInt(contract.value),
    accepted,
    basis: conditions.fineBasis,
    taxBps: conditions.taxBps,
    pauses: conditions.kahar,
    ...(performance > 0n ? { guarantee: performance } : {}),
  });
}

function fineWords(story: ContractStory, late: LateFine, taken: bigint): Words {
  const { contract, conditions, deadline, kept } = story;
  const money = (sum: bigint) => moneyInWords(sum, contract.currency);
  const tax = bpsWords(conditions.taxBps);
  const spans = late.spans.map(({ days, basis }) => `${days} × ${money(basis)}`).join(" + ");
  const rest = taken < late.fine ? late.fine - taken : 0n;
  return {
    en: `Fine: ${late.days} days after ${deadline?.dueOn}${late.paused > 0 ? `, ${late.paused} more rest for kahar` : ""}; ${late.perMille}/1000 of ${spans}, before PPN of ${tax.en}: ${money(late.fine)}${late.uncapped === undefined ? "" : ` (capped, else ${money(late.uncapped)})`}${rest > 0n ? `, less ${money(kept.fines)} taken before` : ""}.`,
    id: `Denda: ${late.days} hari setelah ${deadline?.dueOn}${late.paused > 0 ? `, ${late.paused} hari lain tidak dihitung karena kahar` : ""}; ${late.perMille}/1000 dari ${spans}, sebelum PPN ${tax.id}: ${money(late.fine)}${late.uncapped === undefined ? "" : ` (dibatasi, semestinya ${money(late.uncapped)})`}${rest > 0n ? `, dikurangi ${money(kept.fines)} yang sudah dipungut` : ""}.`,
  };
}

function grossWords({ contract }: ContractStory, given: boolean): Words {
  const money = (amount: bigint | string) => moneyInWords(amount, contract.currency);
  const [accepted, certified] = [money(contract.accepted), money(contract.certified)];
  return given
    ? {
        en: `Gross as given; ${accepted} is accepted, ${certified} certified before.`,
        id: `Bruto sesuai yang diberikan; diterima ${accepted}, sudah disahkan ${certified}.`,
      }
    : {
        en: `Gross: accepted ${accepted}, less ${certified} certified before.`,
        id: `Bruto: diterima ${accepted}, dikurangi ${certified} yang sudah disahkan.`,
      };
}

function unreadConditions({ signedOn, conditionFaults, contract, ruleOn }: ContractStory): Finding {
  const places = conditionFaults.map(({ pointer, words }) => [`${pointer} ${words.en}`, `${pointer} ${words.id}`]);
  return finding(
    ruleOn("special-conditions", signedOn),
    {
      en: `Special conditions of ${contract.id} that cannot be read count as left out: ${places.map(([en]) => en).join("; ")}.`,
      id: `Syarat khusus ${contract.id} yang tidak terbaca dianggap tidak ada: ${places.map(([, id]) => id).join("; ")}.`,
    },
    {},
  );
}

/** A certificate as an entry would say it: its terms, and the short form that `prasasti submit` takes. */
export type CertificateDraft = Omit<Certificate, "findings" | "terms"> & {
  readonly terms: CertificateTerms & { currency: string; on: number };
  readonly shortForm: { readonly certificate: Readonly<Record<string, unknown>> };
};

/** The calculation as a draft; its number is to be said before it is signed. */
export function certificateDraft(
  { findings: _, terms, ...made }: Certificate,
  place: { ocid: string; contractId: string; on: Day; number?: string | undefined; zone: Zone },
): CertificateDraft {
  const { currency, deductions } = made;
  const exponent = currencyExponent(currency) ?? 2;
  const text = (minor: string) => {
    const digits = minor.padStart(exponent + 1, "0");
    return exponent === 0 ? digits : `${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
  };
  const amounts = Object.fromEntries(Object.entries(terms).map(([name, minor]) => [name, text(minor)]));
  const lines = deductions.map(({ type, amount }) => ({
    type,
    amount: { amount: fromMinor(BigInt(amount), currency), currency },
  }));
  const details = lines.length === 0 ? {} : { details: { implementation: { milestones: [{ deductions: lines }] } } };
  return {
    ...made,
    terms: { ...terms, currency, on: startOf(place.on, place.zone) },
    shortForm: {
      certificate: {
        ...{ ocid: place.ocid, contract: place.contractId, number: place.number ?? "", on: place.on, currency },
        ...amounts,
        ...details,
      },
    },
  };
}
