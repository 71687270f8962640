import {
  AmendmentMask,
  ContractForm,
  GuaranteeAction,
  GuaranteeType,
  ImplementationCode,
  Kind,
  StatusCode,
} from "../entries/kinds.ts";
import { percentOf } from "../entries/telling.ts";
import type { Act } from "../lifecycle/situation.ts";
import type { Json } from "../ocds/check-fields.ts";
import { isObject } from "../ocds/check-fields.ts";
import { awardIn, type ProcessView } from "../projection/process-view.ts";
import {
  advanceLimit,
  fineOf,
  recoveryOf,
  releaseFinding,
  retentionKept,
  retentionOf,
} from "./certificate-calculator.ts";
import { type Day, dayAt, dayOf, daysBetween, workingDaysBetween } from "./civil-days.ts";
import { readConditions } from "./conditions.ts";
import { type ContractStory, categoryOf, guaranteed, storyOf, truthsOf } from "./contract-story.ts";
import { above, bpsOf, bpsWords } from "./exact.ts";
import { type Finding, finding, sentence } from "./finding.ts";
import { guaranteeNames, isNeeded, nameOfType, performanceNeeded } from "./guarantee-register.ts";
import { type Category, type RuleBook, type RuleThen, rupiah, ruleOn as standing } from "./rule-table.ts";

/** What an act is judged against. Amounts in minor units, `nowMs` in milliseconds UTC. */
export type JudgedAct = {
  readonly act: Pick<Act, "kind" | "contractId" | "awardId" | "terms" | "refersTo">;
  /** what it says beside its terms: special conditions of a new contract stand here */
  readonly body?: Json | undefined;
  readonly process: ProcessView | undefined;
  readonly compiled: Json | undefined;
  /** the cap on added scope of the rule set in the ledger, in basis points */
  readonly capBps: bigint;
  /** whether the ledger binds certificates by accepted work: else going beyond is shown, and stops nobody */
  readonly certificatesBound: boolean;
  readonly nowMs: number;
  /** the table's own where left out */
  readonly ruleOn?: RuleBook | undefined;
};

/**
 * What the dated rules say of an act before anybody signs it, in the order of their weight. Facts that were recorded
 * elsewhere, payments and returns, are never judged here.
 */
export function judgeAct(judged: JudgedAct): Finding[] {
  const { act, process, compiled, nowMs, ruleOn } = judged;
  if (act.kind === Kind.contract) return inOrder(newContract(judged));
  if (process === undefined || act.contractId === "") return [];
  const story = storyOf(process, act.contractId, compiled, dayAt(nowMs, "WIB"), ruleOn);
  if (story === undefined) return [];
  const day =
    act.terms.on === undefined ? dayAt(nowMs, story.conditions.zone) : dayOf(act.terms.on, story.conditions.zone);
  const found = [...late(story, day, nowMs)];
  if (act.kind === Kind.amendment) found.push(...amendment(story, judged, day));
  else if (act.kind === Kind.implementation) found.push(...implementation(story, judged, day));
  else if (act.kind === Kind.guarantee) found.push(...guarantee(story, judged, day));
  else if (act.kind === Kind.certificate) found.push(...certificate(story, judged, day));
  else if (act.kind === Kind.status) found.push(...status(story, judged, day));
  else return [];
  return inOrder(found);
}

const weight = { refuse: 0, warn: 1, info: 2 } as const;
const inOrder = (found: Finding[]) => found.sort((a, b) => weight[a.level] - weight[b.level]);

/** Recorded long after it happened. */
function late({ conditions, signedOn, contract, ruleOn }: ContractStory, day: Day, nowMs: number): Finding[] {
  const then = ruleOn("late-recording", signedOn);
  const days = daysBetween(day, dayAt(nowMs, conditions.zone));
  if (days <= then.parameters.days) return [];
  return [
    finding(
      then,
      sentence(
        contract.currency,
        (_, told) => `It happened on ${told(day)}, ${days} days ago: it is marked as late, and an approver signs too.`,
        (_, told) => `Terjadi ${told(day)}, ${days} hari lalu: ditandai terlambat, dan PA/KPA ikut menandatangani.`,
      ),
      { on: day, days },
    ),
  ];
}

// ---- the contract is made

function newContract({ act, body, process, compiled, nowMs, ruleOn = standing }: JudgedAct): Finding[] {
  const { code: form = 0, value = 0n, currency = "IDR", on } = act.terms;
  const section = Array.isArray(body?.contracts) ? body.contracts[0] : undefined;
  const given = isObject(section) ? section.specialConditions : undefined;
  const { zone } = readConditions(given, "2018-07-01").conditions;
  const signedOn = on === undefined ? dayAt(nowMs, zone) : dayOf(on, zone);
  const tender = isObject(compiled?.tender) ? compiled.tender : {};
  const { conditions } = readConditions(given, signedOn, { category: categoryOf(tender), ruleOn });
  const { category } = conditions;
  const found: Finding[] = [];
  if (currency === "IDR") {
    found.push(...formFits(form, value, category, ruleOn("contract-form", signedOn)));
    const direct = ruleOn("direct-purchase", signedOn);
    const limit = rupiah(direct.parameters.upTo[category]);
    const method = String(tender.procurementMethodDetails ?? "");
    if (/pengadaan langsung/i.test(method) && value > limit) {
      found.push(
        finding(
          direct,
          sentence(
            currency,
            (money) => `${money(value)} by Pengadaan Langsung; for ${category} it goes up to ${money(limit)}.`,
            (money) =>
              `${money(value)} melalui Pengadaan Langsung; untuk ${categoryNames[category]} sampai ${money(limit)}.`,
          ),
          { value, limit, category },
        ),
      );
    }
  }
  const award = process === undefined ? undefined : awardIn(process, act.awardId);
  const letter =
    process === undefined || award === undefined
      ? undefined
      : truthsOf(process).findLast(({ kind, of, terms }) => kind === Kind.award && of === act.awardId && terms.on);
  if (letter?.terms.on !== undefined)
    found.push(
      ...signedLate(dayOf(letter.terms.on, zone), signedOn, ruleOn("late-signing", signedOn), "contractWorkingDays"),
    );
  return found;
}

const categoryNames: Readonly<Record<Category, string>> = {
  goods: "barang",
  works: "pekerjaan konstruksi",
  services: "jasa lainnya",
  consulting: "jasa konsultansi",
};

/** Receipt, SPK or agreement, by value. */
function formFits(form: number, value: bigint, category: Category, then: RuleThen<"contract-form">): Finding[] {
  const limit =
    form === ContractForm.receipt
      ? rupiah(then.parameters.receiptUpTo)
      : form === ContractForm.spk
        ? rupiah(then.parameters.spkUpTo[category])
        : undefined;
  if (limit === undefined || value <= limit) return [];
  const name = form === ContractForm.receipt ? "kuitansi" : "SPK";
  return [
    finding(
      then,
      sentence(
        "IDR",
        (money) => `A ${name} of ${money(value)}; for ${category} it goes up to ${money(limit)}.`,
        (money) => `${name} senilai ${money(value)}; untuk ${categoryNames[category]} sampai ${money(limit)}.`,
      ),
      { value, limit, category },
    ),
  ];
}

function signedLate(
  from: Day,
  to: Day,
  then: RuleThen<"late-signing">,
  which: "contractWorkingDays" | "startWorkingDays",
): Finding[] {
  const days = workingDaysBetween(from, to);
  const limit = then.parameters[which];
  if (days <= limit) return [];
  const [en, id] =
    which === "contractWorkingDays"
      ? ["the award's letter (SPPBJ)", "SPPBJ"]
      : ["the contract was signed", "kontrak ditandatangani"];
  return [
    finding(
      then,
      sentence(
        "IDR",
        (_, day) => `${days} working days after ${en} (${day(from)}); ${limit} are given.`,
        (_, day) => `${days} hari kerja setelah ${id} (${day(from)}); batasnya ${limit}.`,
      ),
      { from, to, days, limit },
    ),
  ];
}

// ---- it is changed

function amendment(story: ContractStory, { act, capBps }: JudgedAct, day: Day): Finding[] {
  const { contract, deadline, signedOn, conditions, doneOn } = story;
  const { currency } = contract;
  const { code = 0, scopeValue, until } = act.terms;
  const found: Finding[] = [];
  const first = BigInt(contract.firstValue);
  if (scopeValue !== undefined && scopeValue > BigInt(contract.scopeValue)) {
    const highest = first + (first * capBps) / 10_000n;
    const growth = percentOf(first, scopeValue) ?? "0.00";
    const cap = bpsWords(Number(capBps));
    const [en, id] = [`${growth} %`, `${growth.replace(".", ",")} %`];
    found.push(
      finding(
        story.ruleOn("scope-cap", signedOn),
        sentence(
          currency,
          (money) =>
            `Added scope: +${en} of the first value ${money(first)}; up to +${cap.en}, ${money(highest)}, may be.`,
          (money) =>
            `Pekerjaan tambah: +${id} dari nilai awal ${money(first)}; batasnya +${cap.id}, ${money(highest)}.`,
        ),
        { scopeValue, firstValue: first, highest, percent: growth },
        scopeValue > highest ? "refuse" : "info",
      ),
    );
    if (deadline !== undefined && day > deadline.dueOn && doneOn === undefined) {
      found.push(
        finding(
          story.ruleOn("scope-while-late", signedOn),
          sentence(
            currency,
            (_, told) => `The work is late since ${told(deadline.dueOn)}; scope is added while fines run.`,
            (_, told) => `Pekerjaan terlambat sejak ${told(deadline.dueOn)}; lingkup ditambah selama denda berjalan.`,
          ),
          { dueOn: deadline.dueOn, on: day },
        ),
      );
    }
  }
  if (until === undefined) return found;
  const end = dayOf(until, conditions.zone);
  const isChance = (code & AmendmentMask.kesempatan) !== 0 && (code & (AmendmentMask.time | AmendmentMask.kahar)) === 0;
  if (isChance && deadline !== undefined) {
    const then = story.ruleOn("more-time", signedOn);
    const days = daysBetween(deadline.dueOn, end);
    const across = end.slice(0, 4) > deadline.dueOn.slice(0, 4);
    const limit = across ? then.parameters.acrossYearDays : then.parameters.days;
    found.push(
      finding(
        then,
        sentence(
          currency,
          (_, told) =>
            `${days} days of extra time after ${told(deadline.dueOn)}; up to ${limit} are usual${across ? ", over the end of the year, for which the budget of the next must stand" : ""}. Fines run from that day.`,
          (_, told) =>
            `Kesempatan ${days} hari setelah ${told(deadline.dueOn)}; lazimnya sampai ${limit} hari${across ? ", melewati akhir tahun sehingga anggaran tahun berikutnya harus tersedia" : ""}. Denda berjalan sejak hari itu.`,
        ),
        { days, limit, dueOn: deadline.dueOn, until: end, acrossYear: String(across) },
        days > limit ? "warn" : "info",
      ),
    );
  }
  for (const each of Object.values(contract.guarantees)) {
    if (each.type !== GuaranteeType.performance || BigInt(each.amount) === 0n) continue;
    const ends = dayOf(each.until, conditions.zone);
    if (ends >= end) continue;
    found.push(
      finding(
        story.ruleOn("guarantee-covers-contract", signedOn),
        sentence(
          currency,
          (_, told) => `The contract will end on ${told(end)}, the performance guarantee on ${told(ends)}.`,
          (_, told) => `Kontrak akan berakhir ${told(end)}, jaminan pelaksanaan ${told(ends)}.`,
        ),
        { until: ends, end },
      ),
    );
  }
  return found;
}

// ---- it is carried out

function implementation(story: ContractStory, { act }: JudgedAct, day: Day): Finding[] {
  const { contract, signedOn, deadline, conditions } = story;
  const { currency } = contract;
  const { code = 0, amount } = act.terms;
  const { spmk, pho, fho } = ImplementationCode;
  const found: Finding[] = [];
  if (code === spmk) {
    if (contract.on !== undefined)
      found.push(...signedLate(signedOn, day, story.ruleOn("late-signing", signedOn), "startWorkingDays"));
    const needed = performanceNeeded(story);
    const secured = guaranteed(story, "performance", day);
    if (needed !== undefined && secured < needed.amount) {
      found.push(
        finding(
          story.ruleOn("performance-guarantee", signedOn),
          sentence(
            currency,
            (money) =>
              `The work starts with a performance guarantee of ${money(secured)}; ${money(needed.amount)} are needed${needed.lowBid ? ", 5 % of the HPS, for the bid was below 80 % of it" : ""}.`,
            (money) =>
              `Pekerjaan dimulai dengan jaminan pelaksanaan ${money(secured)}; diperlukan ${money(needed.amount)}${needed.lowBid ? ", 5 % dari HPS, karena penawaran di bawah 80 %" : ""}.`,
          ),
          { guaranteed: secured, needed: needed.amount },
        ),
      );
    }
  }
  const isDone = code === pho || code === fho || (amount !== undefined && amount >= BigInt(contract.value));
  if (isDone && deadline !== undefined && story.doneOn === undefined) {
    // the fine as this hand-over ends it
    const late = fineOf({ ...story, doneOn: day }, day);
    if (late !== undefined && late.days > 0) {
      found.push(
        finding(
          story.ruleOn("late-fine", signedOn),
          sentence(
            currency,
            (money, told) =>
              `Handed over ${late.days} days after ${told(deadline.dueOn)}: a fine of ${money(late.fine)} is due.`,
            (money, told) =>
              `Diserahterimakan ${late.days} hari setelah ${told(deadline.dueOn)}: denda ${money(late.fine)}.`,
          ),
          { days: late.days, paused: late.paused, fine: late.fine, dueOn: deadline.dueOn },
          "info",
        ),
      );
    }
  }
  if (code === pho && conditions.retention.method === "bond") {
    const enough = bpsOf(BigInt(contract.value), conditions.retention.bps);
    const bond = guaranteed(story, "maintenance", day);
    if (bond < enough) {
      found.push(
        finding(
          story.ruleOn("maintenance-guarantee", signedOn),
          sentence(
            currency,
            (money) => `Handed over with a maintenance bond of ${money(bond)}; ${money(enough)} are needed.`,
            (money) => `Diserahterimakan dengan jaminan pemeliharaan ${money(bond)}; diperlukan ${money(enough)}.`,
          ),
          { guaranteed: bond, needed: enough },
        ),
      );
    }
  }
  return found;
}

// ---- it is secured

function guarantee(story: ContractStory, { act }: JudgedAct, day: Day): Finding[] {
  const { contract, signedOn, deadline, conditions } = story;
  const { currency } = contract;
  const { code = 0, amount = 0n, until } = act.terms;
  const [type, action] = [nameOfType(Math.floor(code / 10)), code % 10];
  const { posted, extended, reduced, returned } = GuaranteeAction;
  const found: Finding[] = [];
  const ends = until === undefined ? undefined : dayOf(until, conditions.zone);
  const end = deadline?.chanceUntil ?? deadline?.dueOn;
  const sets = action === posted || action === extended;
  if (type === "performance" && sets && ends !== undefined && end !== undefined && ends < end) {
    found.push(
      finding(
        story.ruleOn("guarantee-covers-contract", signedOn),
        sentence(
          currency,
          (_, told) => `It ends on ${told(ends)}, before the contract does (${told(end)}).`,
          (_, told) => `Berakhir ${told(ends)}, sebelum kontrak berakhir (${told(end)}).`,
        ),
        { until: ends, end },
      ),
    );
  }
  if (type === "performance" && action === posted) {
    const needed = performanceNeeded(story);
    const all = amount + guaranteed(story, "performance", day);
    if (needed !== undefined && all < needed.amount) {
      found.push(
        finding(
          story.ruleOn("performance-guarantee", signedOn),
          sentence(
            currency,
            (money) => `With it ${money(all)} are guaranteed; ${money(needed.amount)} are needed.`,
            (money) => `Dengan ini terjamin ${money(all)}; diperlukan ${money(needed.amount)}.`,
          ),
          { guaranteed: all, needed: needed.amount },
        ),
      );
    }
  }
  if (type === "advance" && (action === reduced || action === returned)) {
    const outstanding = above(BigInt(contract.advance), BigInt(contract.recovered));
    const before = BigInt(contract.guarantees[act.refersTo]?.amount ?? 0);
    const others = guaranteed(story, "advance", day) - before;
    const left = (others > 0n ? others : 0n) + (action === reduced ? amount : 0n);
    if (left < outstanding) {
      found.push(
        finding(
          story.ruleOn("advance-guarantee", signedOn),
          sentence(
            currency,
            (money) => `${money(left)} will stand for ${money(outstanding)} of the advance that is not paid back.`,
            (money) => `Yang menjamin tinggal ${money(left)}, uang muka yang belum kembali ${money(outstanding)}.`,
          ),
          { outstanding, guaranteed: left },
        ),
      );
    }
  }
  if ((type === "performance" || type === "maintenance") && action === returned && isNeeded(story, type, day)) {
    const [en, id] = guaranteeNames[type];
    found.push(
      finding(
        story.ruleOn("guarantee-covers-contract", signedOn),
        {
          en: `The ${en} is given back while it is still needed.`,
          id: `${id} dikembalikan padahal masih diperlukan.`,
        },
        { type },
      ),
    );
  }
  return found;
}

// ---- it is certified for payment

function certificate(story: ContractStory, { act, certificatesBound }: JudgedAct, day: Day): Finding[] {
  const { contract, signedOn, kept, conditions } = story;
  const { currency } = contract;
  const { amount: gross = 0n, advance = 0n, recovered = 0n, withheld = 0n, released = 0n } = act.terms;
  const found: Finding[] = [];

  const bound = BigInt(contract.accepted) + guaranteed(story, "yearEnd", day);
  const certified = BigInt(contract.certified) + gross;
  if (gross > 0n && certified > bound) {
    found.push(
      finding(
        story.ruleOn("certificate-within-work", signedOn),
        sentence(
          currency,
          (money) => `With it ${money(certified)} are certified; ${money(bound)} are accepted.`,
          (money) => `Dengan ini ${money(certified)} disahkan; yang diterima ${money(bound)}.`,
        ),
        { certified, accepted: bound },
        certificatesBound ? "refuse" : "warn",
      ),
    );
  }
  if (advance > 0n) {
    const limit = advanceLimit(story);
    const all = BigInt(contract.advance) + advance;
    const rate = bpsWords(limit.bps);
    if (all > limit.amount && !limit.atLeast) {
      found.push(
        finding(
          story.ruleOn("advance-limit", signedOn),
          sentence(
            currency,
            (money) => `${money(all)} advanced; up to ${rate.en} of the contract, ${money(limit.amount)}, may be.`,
            (money) => `Uang muka ${money(all)}; batasnya ${rate.id} dari kontrak, ${money(limit.amount)}.`,
          ),
          { advance: all, limit: limit.amount, bps: limit.bps },
        ),
      );
    } else if (all < limit.amount && limit.atLeast) {
      found.push(
        finding(
          story.ruleOn("advance-limit", signedOn),
          sentence(
            currency,
            (money) => `${money(all)} advanced; a small firm is given at least ${rate.en}, ${money(limit.amount)}.`,
            (money) => `Uang muka ${money(all)}; usaha kecil diberi paling sedikit ${rate.id}, ${money(limit.amount)}.`,
          ),
          { advance: all, limit: limit.amount, bps: limit.bps },
          "info",
        ),
      );
    }
    const outstanding = above(all, BigInt(contract.recovered));
    const secured = guaranteed(story, "advance", day);
    if (secured < outstanding) {
      found.push(
        finding(
          story.ruleOn("advance-guarantee", signedOn),
          sentence(
            currency,
            (money) => `${money(outstanding)} will be advanced; the guarantee stands for ${money(secured)}.`,
            (money) => `Uang muka menjadi ${money(outstanding)}; jaminannya ${money(secured)}.`,
          ),
          { outstanding, guaranteed: secured },
        ),
      );
    }
  }
  if (gross > 0n) {
    const asked = recoveryOf(story, gross);
    if (recovered < asked.amount) {
      found.push(
        finding(
          story.ruleOn("advance-recovery", signedOn),
          sentence(
            currency,
            (money) => `${money(recovered)} of the advance are taken back; by the schedule ${money(asked.amount)}.`,
            (money) => `Uang muka diperhitungkan ${money(recovered)}; menurut jadwal ${money(asked.amount)}.`,
          ),
          { recovered, asked: asked.amount },
        ),
      );
    }
    const late = fineOf(story, day);
    const fine = above(late?.fine ?? 0n, kept.fines);
    const retention = retentionOf(story, gross, day).amount;
    if (fine > 0n && withheld < fine) {
      found.push(
        finding(
          story.ruleOn("late-fine", signedOn),
          sentence(
            currency,
            (money) =>
              `${late?.days} days late: ${money(fine)} of the fine are not taken yet; ${money(withheld)} are withheld here.`,
            (money) =>
              `Terlambat ${late?.days} hari: denda ${money(fine)} belum dipungut; di sini ditahan ${money(withheld)}.`,
          ),
          { days: late?.days ?? 0, fine, withheld },
        ),
      );
    } else if (withheld < fine + retention) {
      found.push(
        finding(
          story.ruleOn("retention", signedOn),
          sentence(
            currency,
            (money) =>
              `${money(withheld)} are withheld; retention asks for ${money(retention)}${fine > 0n ? ` beside the fine of ${money(fine)}` : ""}.`,
            (money) =>
              `Ditahan ${money(withheld)}; retensi semestinya ${money(retention)}${fine > 0n ? ` di samping denda ${money(fine)}` : ""}.`,
          ),
          { withheld, retention, fine },
        ),
      );
    }
  }
  const release = releaseFinding(story, day, released);
  if (release !== undefined) found.push(release);
  if (released > 0n) {
    const held = above(retentionKept(story), BigInt(contract.released));
    if (released > held) {
      found.push(
        finding(
          story.ruleOn("retention-release", signedOn),
          sentence(
            currency,
            (money) => `${money(released)} are released; ${money(held)} of retention are held, the rest are fines.`,
            (money) => `Dilepas ${money(released)}; retensi yang ditahan ${money(held)}, selebihnya denda.`,
          ),
          { released, held },
        ),
      );
    }
  }
  for (const each of Object.values(contract.guarantees)) {
    const ends = dayOf(each.until, conditions.zone);
    const type = nameOfType(each.type);
    if (BigInt(each.amount) === 0n || ends >= day || !isNeeded(story, type, day)) continue;
    const [en, id] = guaranteeNames[type];
    found.push(
      finding(
        story.ruleOn("guarantee-expiry", signedOn),
        sentence(
          currency,
          (_, told) => `The ${en} ended on ${told(ends)} and is still needed.`,
          (_, told) => `${id} berakhir ${told(ends)} padahal masih diperlukan.`,
        ),
        { until: ends, type },
      ),
    );
  }
  return found;
}

// ---- it ends

function status(story: ContractStory, { act }: JudgedAct, day: Day): Finding[] {
  const { contract, signedOn, kept } = story;
  const { currency } = contract;
  const { code } = act.terms;
  if (code !== StatusCode.closed && code !== StatusCode.broken && code !== StatusCode.completed) return [];
  const advance = above(BigInt(contract.advance), BigInt(contract.recovered));
  const retention = above(retentionKept(story), BigInt(contract.released));
  const late = fineOf(code === StatusCode.completed ? story : { ...story, doneOn: story.doneOn ?? day }, day);
  const fine = above(late?.fine ?? 0n, kept.fines);
  const performance = guaranteed(story, "performance", day);
  const open: [en: string, id: string, amount: bigint][] = [
    ["advance not paid back", "uang muka belum kembali", advance],
    ["fine not taken", "denda belum dipungut", fine],
    // retention is held beyond completion: its time is maintenance
    ["retention held", "retensi masih ditahan", code === StatusCode.closed ? retention : 0n],
    [
      "performance guarantee to be called",
      "jaminan pelaksanaan dicairkan",
      code === StatusCode.broken ? performance : 0n,
    ],
  ];
  const left = open.filter(([, , amount]) => amount > 0n);
  const blacklist = code === StatusCode.broken;
  if (left.length === 0 && !blacklist) return [];
  return [
    finding(
      story.ruleOn("ending-accounts", signedOn),
      sentence(
        currency,
        (money) =>
          `Still open: ${[...left.map(([en, , amount]) => `${en} ${money(amount)}`), ...(blacklist ? ["proposal for the blacklist"] : [])].join("; ")}.`,
        (money) =>
          `Masih terbuka: ${[...left.map(([, id, amount]) => `${id} ${money(amount)}`), ...(blacklist ? ["usulan daftar hitam"] : [])].join("; ")}.`,
      ),
      { advance, fine, retention, guaranteed: performance },
      left.length === 0 || code === StatusCode.completed ? "info" : "warn",
    ),
  ];
}
