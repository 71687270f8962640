import type { Hex } from "../entries/words.ts";
import type { ContractCard } from "../payments/contract-card.ts";

/**
 * What a contract still owes at the end of a day; decimal text of minor units, signed where a part may be over. What is
 * agreed splits without remainder: value = paid + certifiedUnpaid + keptBack + acceptedUncertified + notAccepted.
 */
type Obligation = {
  readonly ocid: string;
  readonly contractId: string;
  readonly agency: Hex;
  readonly currency: string;
  readonly supplier?: string;
  readonly title?: string;
  readonly until?: string;
  readonly value: string;
  readonly accepted: string;
  readonly certified: string;
  readonly paid: string;
  /** certificates (BAP) whose money has not left: a debt (utang belanja); negative: paid before it was certified */
  readonly certifiedUnpaid: string;
  /** withheld and recovered, less released and advanced: comes due later, or came early */
  readonly keptBack: string;
  /** delivered (BAST), no certificate yet */
  readonly acceptedUncertified: string;
  /** agreed, not delivered: a commitment, no debt */
  readonly notAccepted: string;
  readonly isLate: boolean;
};

const AMOUNTS = [
  "value",
  "accepted",
  "certified",
  "paid",
  "certifiedUnpaid",
  "keptBack",
  "acceptedUncertified",
  "notAccepted",
] as const;
type AmountName = (typeof AMOUNTS)[number];

/** `debt`: certified and not paid, of the contracts where something is. */
export type YearEnd = {
  readonly on: string;
  readonly totals: readonly ({
    readonly agency: Hex;
    readonly currency: string;
    readonly contracts: number;
    readonly debt: string;
  } & Readonly<Record<AmountName, string>>)[];
  /** contracts that still owe anything, the largest debt first */
  readonly open: readonly Obligation[];
};

/**
 * Obligations at the end of a day, as the register knows them now: a certificate, delivery, amendment or payment of a
 * later day does not count, whenever it was recorded; nor does a return.
 * @param on YYYY-MM-DD, such as 31 December
 */
export function yearEnd(cards: Iterable<ContractCard>, on: string): YearEnd {
  const all = [...cards].filter((card) => card.on === undefined || card.on <= on).map((card) => obligationOf(card, on));
  const totals = Map.groupBy(all, ({ agency, currency }) => `${agency} ${currency}`);
  const isOpen = ({ value, paid, certifiedUnpaid }: Obligation) => value !== paid || certifiedUnpaid !== "0";
  return {
    on,
    totals: [...totals]
      .sort(([a], [b]) => order(a, b))
      .map(([, some]) => {
        const { agency, currency } = some[0]!;
        const amounts = Object.fromEntries(
          AMOUNTS.map((name) => [name, String(sum(some.map((each) => BigInt(each[name]))))]),
        );
        const debt = String(
          sum(some.map(({ certifiedUnpaid }) => (certifiedUnpaid.startsWith("-") ? 0n : BigInt(certifiedUnpaid)))),
        );
        return { agency, currency, contracts: some.length, debt, ...(amounts as Record<AmountName, string>) };
      }),
    open: all.filter(isOpen).sort((a, b) => {
      const size = BigInt(b.certifiedUnpaid) - BigInt(a.certifiedUnpaid) || BigInt(b.value) - BigInt(a.value);
      return size > 0n ? 1 : size < 0n ? -1 : order(`${a.ocid} ${a.contractId}`, `${b.ocid} ${b.contractId}`);
    }),
  };
}

/** Amounts of a contract at the end of a day. */
export function standingAt(
  card: ContractCard,
  on: string,
): Record<"value" | "accepted" | "certified" | "payable" | "paid", bigint> {
  const later = <T extends { readonly on?: string }>(list: readonly T[]) => list.filter((each) => (each.on ?? "") > on);
  const lastBy = (list: readonly { on?: string; amount: string }[], now: string, before: string): bigint => {
    if (later(list).length === 0) return BigInt(now);
    const earlier = list.filter((each) => (each.on ?? "") <= on).sort((a, b) => order(a.on ?? "", b.on ?? ""));
    return BigInt(earlier.at(-1)?.amount ?? before);
  };
  const certificates = later(card.certificates);
  const total = (name: "certified" | "advance" | "released" | "recovered" | "withheld") => BigInt(card[name]);
  const payable = total("certified") + total("advance") + total("released") - total("recovered") - total("withheld");
  return {
    value: lastBy(card.amendments, card.value, card.firstValue),
    accepted: lastBy(card.deliveries, card.accepted, "0"),
    certified: BigInt(card.certified) - sum(certificates.map(({ gross }) => BigInt(gross))),
    payable: payable - sum(certificates.map(({ amount }) => BigInt(amount))),
    paid:
      BigInt(card.paid) -
      sum(later(card.payments).map(({ amount }) => BigInt(amount))) +
      sum(later(card.returns).map(({ amount }) => BigInt(amount))),
  };
}

function obligationOf(card: ContractCard, on: string): Obligation {
  const { value, accepted, certified, payable, paid } = standingAt(card, on);
  const { ocid, contractId, agency, currency, supplier, title, until } = card;
  const text = String;
  return {
    ...{ ocid, contractId, agency, currency },
    ...(supplier === undefined ? {} : { supplier: supplier.name }),
    ...(title === undefined ? {} : { title }),
    ...(until === undefined ? {} : { until }),
    ...{ value: text(value), accepted: text(accepted), certified: text(certified), paid: text(paid) },
    certifiedUnpaid: text(payable - paid),
    keptBack: text(certified - payable),
    acceptedUncertified: text(accepted - certified),
    notAccepted: text(value - accepted),
    isLate: until !== undefined && until < on && accepted < value,
  };
}

const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((all, amount) => all + amount, 0n);
const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
