// The codes of docs/reference/formats.md section 2, and the one table of what each kind of entry may carry.
// contracts/Rules.sol holds the same table; test/contracts/layout.test.ts compares them.

export const Kind = {
  opening: 1,
  planning: 2,
  tender: 3,
  award: 4,
  contract: 5,
  countersignature: 6,
  amendment: 7,
  correction: 8,
  implementation: 9,
  guarantee: 10,
  certificate: 11,
  payment: 12,
  return: 13,
  hold: 14,
  status: 15,
  note: 16,
  withdrawal: 17,
} as const;
export type KindName = keyof typeof Kind;
export type Kind = (typeof Kind)[KindName];

/** The capacity in which somebody signs. */
export const Role = {
  procurement: 1,
  officer: 2,
  approver: 3,
  treasurer: 4,
  supplier: 5,
  auditor: 6,
  overseer: 7,
  head: 8,
  registrar: 9,
} as const;
export type RoleName = keyof typeof Role;
export type Role = (typeof Role)[RoleName];

/** The name of a role. */
export const roleName = (role: number): RoleName => (Object.keys(Role) as RoleName[])[role - 1]!;

/** Who keeps a key, as the registrar enrolled it. */
export const Custody = { passkey: 1, wallet: 2, remoteSigner: 3, hsm: 4, gateway: 5, machine: 6 } as const;
export type Custody = (typeof Custody)[keyof typeof Custody];

export const ContractStatus = {
  pending: 1,
  active: 2,
  completed: 3,
  stopped: 4,
  broken: 5,
  closed: 6,
  cancelled: 7,
  recordedInError: 8,
} as const;
export type ContractStatusName = keyof typeof ContractStatus;
export type ContractStatus = (typeof ContractStatus)[ContractStatusName];

/** `code` of planning, tender and award. */
export const StageCode = { new: 1, update: 2, amendment: 3, cancelled: 4 } as const;
export type StageCode = (typeof StageCode)[keyof typeof StageCode];

/** `code` of contract and opening. */
export const ContractForm = {
  receipt: 1,
  spk: 2,
  agreement: 3,
  order: 4,
  framework: 5,
  swakelola: 6,
  other: 7,
} as const;
export type ContractForm = (typeof ContractForm)[keyof typeof ContractForm];

/** `code` of an amendment: a mask. */
export const AmendmentMask = {
  administrative: 1,
  scope: 2,
  time: 4,
  kesempatan: 8,
  kahar: 16,
  priceAdjustment: 32,
  taxChange: 64,
  finalAccount: 128,
} as const;

export const ImplementationCode = {
  spmk: 1,
  siteHandOver: 2,
  mc0: 3,
  progress: 4,
  mc100: 5,
  partialBast: 6,
  pho: 7,
  fho: 8,
  report: 9,
} as const;
export type ImplementationCode = (typeof ImplementationCode)[keyof typeof ImplementationCode];

export const StatusCode = {
  activated: 1,
  completed: 2,
  stopped: 3,
  broken: 4,
  closed: 5,
  reopened: 6,
  cancelled: 7,
  recordedInError: 8,
} as const;
export type StatusCode = (typeof StatusCode)[keyof typeof StatusCode];

/** `code` of a guarantee is `type × 10 + action`. */
export const GuaranteeType = { bid: 1, performance: 2, advance: 3, maintenance: 4, appeal: 5, yearEnd: 6 } as const;
export const GuaranteeAction = { posted: 1, extended: 2, reduced: 3, called: 4, returned: 5 } as const;

type GuaranteeName = `${keyof typeof GuaranteeType}.${keyof typeof GuaranteeAction}`;
/** Every code of a guarantee, by `type.action`. */
const GuaranteeCode = Object.fromEntries(
  Object.entries(GuaranteeType).flatMap(([type, tens]) =>
    Object.entries(GuaranteeAction).map(([action, ones]) => [`${type}.${action}`, tens * 10 + ones]),
  ),
) as Readonly<Record<GuaranteeName, number>>;

/** `code` of a return: returned by the bank (retur), paid back (setor kembali), contra entry (kontra pos), void (batal). */
export const ReturnCode = { returned: 1, paidBack: 2, contraEntry: 3, voided: 4 } as const;

export const HoldCode = { held: 1, lifted: 2 } as const;

/** Kinds whose entries can be corrected; the others are undone by an act of their own, or by none. */
export const CORRECTABLE: ReadonlySet<number> = new Set([
  ...[Kind.opening, Kind.planning, Kind.tender, Kind.award, Kind.contract, Kind.amendment, Kind.implementation],
  ...[Kind.guarantee, Kind.certificate, Kind.payment, Kind.return],
]);

/** The codes of each kind that has a list of them; an amendment has a mask, `AmendmentMask`. */
export const CODES_OF: Readonly<Partial<Record<KindName, Readonly<Record<string, number>>>>> = {
  planning: StageCode,
  tender: StageCode,
  award: StageCode,
  contract: ContractForm,
  opening: ContractForm,
  implementation: ImplementationCode,
  guarantee: GuaranteeCode,
  return: ReturnCode,
  hold: HoldCode,
  status: StatusCode,
};

/** Marks of an entry: what an approver signed for (below 256), and what the ledger found by itself. */
export const Exception = {
  scopeAboveCap: 1,
  valueBelowCertified: 2,
  acceptedAboveValue: 4,
  certifiedAboveValue: 8,
  certifiedAboveAccepted: 16,
  late: 256,
  paidAboveValue: 512,
  paidWhileHeld: 1024,
  paidAfterClosure: 2048,
  beforeOpening: 4096,
  raisesFirstValue: 8192,
  imported: 16384,
  paidBeforeActive: 32768,
} as const;
export type ExceptionName = keyof typeof Exception;

/** Names of the marks in an exception mask. */
export function marksIn(mask: number): ExceptionName[] {
  return (Object.keys(Exception) as ExceptionName[]).filter((name) => mask & Exception[name]);
}

export const ItemType = { entry: 1, cancel: 2, row: 4 } as const;

/** Where a wave of legacy records stands; it counts while it is active or final. */
export const WaveState = { open: 1, closed: 2, active: 3, final: 4, rolledBack: 5 } as const;
export type WaveStateName = keyof typeof WaveState;

/** How much of a legacy row stands on the chain: all of it; its terms and a digest; the root of its lot. */
export const Tier = { whole: 1, terms: 2, archive: 3 } as const;

export const SignatureType = { secp256k1: 1, passkey: 2, bundle: 3, passkeyBundle: 4 } as const;

export const LeafType = { entry: 1, authority: 2, policy: 3, wave: 4, cancel: 5, anchor: 6 } as const;

/** Terms that are amounts in minor units. */
export const AMOUNT_TERMS = [
  "value",
  "scopeValue",
  "amount",
  "advance",
  "recovered",
  "withheld",
  "released",
  "documentTotal",
] as const;
/** Terms that are ids of 32 bytes. */
export const ID_TERMS = ["issuer", "documentKey", "party", "officer", "payer"] as const;

/** The fields of Terms after `present`, in the order of their bits. */
export const TERM_NAMES = ["code", "currency", ...AMOUNT_TERMS, ...ID_TERMS, "on", "until"] as const;
export type TermName = (typeof TERM_NAMES)[number];

/** The `present` mask of some terms. */
function maskOf(...names: readonly TermName[]): number {
  return names.reduce((mask, name) => mask | (1 << TERM_NAMES.indexOf(name)), 0);
}

type Need = "never" | "allowed" | "required";

/**
 * The basis that a kind signs: the leaf of the last entry of its section, of the contract's terms or of its execution.
 * `target`: of a correction, the section of a planning, tender or award, else the terms; of a withdrawal that section,
 * or the execution of an implementation; `none` is the zero id.
 */
type Basis = "none" | "planning" | "tender" | "award" | "terms" | "execution" | "target";

/** Terms of a kind. `required` is part of `allowed`; of each group in `together` all are present or none. */
export type TermsRule = { required: number; allowed: number; together: readonly number[] };

export type KindRule = {
  kind: Kind;
  /** Roles that may sign it first; empty: those of the entry that `refersTo` names. */
  roles: readonly Role[];
  /** Whether an approver must sign too: always, for some codes, when the rule set says so, never. */
  second: "always" | "code" | "policy" | "never";
  contractId: Need;
  awardId: Need;
  refersTo: Need;
  /** What the item must carry beside it: the leaf that `refersTo` names (where it names one), or an opening's balances. */
  preimage: "none" | "leaf" | "balances";
  basis: Basis;
  /** Codes it may have: a list, or a mask of bits of which at least one is set; none: it has no code, or any. */
  codes?: readonly number[] | { mask: number };
};

const everyRole: readonly Role[] = Object.values(Role);
const stageCodes = Object.values(StageCode);
const stage = { contractId: "never", refersTo: "never", preimage: "none", second: "never", codes: stageCodes } as const;
const ofContract = { contractId: "required", awardId: "never", preimage: "none" } as const;

export const KIND_RULES: { readonly [N in KindName]: KindRule & { kind: (typeof Kind)[N] } } = {
  opening: {
    kind: Kind.opening,
    roles: [Role.officer],
    second: "always",
    contractId: "allowed",
    awardId: "allowed",
    refersTo: "never",
    preimage: "balances",
    basis: "none",
    codes: Object.values(ContractForm),
  },
  planning: { kind: Kind.planning, roles: [Role.procurement], awardId: "never", basis: "planning", ...stage },
  tender: { kind: Kind.tender, roles: [Role.procurement], awardId: "never", basis: "tender", ...stage },
  award: {
    kind: Kind.award,
    roles: [Role.procurement, Role.officer],
    awardId: "required",
    basis: "award",
    ...stage,
  },
  contract: {
    kind: Kind.contract,
    ...ofContract,
    roles: [Role.officer],
    second: "policy",
    awardId: "allowed",
    refersTo: "never",
    basis: "terms",
    codes: Object.values(ContractForm),
  },
  countersignature: {
    kind: Kind.countersignature,
    ...ofContract,
    roles: [Role.supplier],
    second: "never",
    refersTo: "required",
    basis: "terms",
  },
  amendment: {
    kind: Kind.amendment,
    ...ofContract,
    roles: [Role.officer],
    second: "policy",
    refersTo: "never",
    basis: "terms",
    codes: { mask: 255 },
  },
  correction: {
    kind: Kind.correction,
    roles: [],
    second: "always",
    contractId: "allowed",
    awardId: "allowed",
    refersTo: "required",
    preimage: "leaf",
    basis: "target",
  },
  implementation: {
    kind: Kind.implementation,
    ...ofContract,
    roles: [Role.officer],
    second: "policy",
    refersTo: "never",
    basis: "none",
    codes: Object.values(ImplementationCode),
  },
  guarantee: {
    kind: Kind.guarantee,
    ...ofContract,
    roles: [Role.officer],
    second: "never",
    refersTo: "allowed",
    basis: "none",
    codes: Object.values(GuaranteeCode),
  },
  certificate: {
    kind: Kind.certificate,
    ...ofContract,
    roles: [Role.officer],
    second: "policy",
    refersTo: "allowed",
    basis: "execution",
  },
  payment: {
    kind: Kind.payment,
    ...ofContract,
    roles: [Role.treasurer],
    second: "never",
    refersTo: "never",
    basis: "none",
  },
  return: {
    kind: Kind.return,
    ...ofContract,
    roles: [Role.treasurer],
    second: "never",
    refersTo: "required",
    preimage: "leaf",
    basis: "none",
    codes: Object.values(ReturnCode),
  },
  hold: {
    kind: Kind.hold,
    ...ofContract,
    roles: [Role.officer, Role.treasurer, Role.head, Role.overseer],
    second: "never",
    refersTo: "never",
    basis: "none",
    codes: Object.values(HoldCode),
  },
  status: {
    kind: Kind.status,
    ...ofContract,
    roles: [Role.officer],
    second: "code",
    refersTo: "never",
    basis: "terms",
    codes: Object.values(StatusCode),
  },
  note: {
    kind: Kind.note,
    roles: everyRole,
    second: "never",
    contractId: "allowed",
    awardId: "allowed",
    refersTo: "allowed",
    preimage: "leaf",
    basis: "none",
  },
  withdrawal: {
    kind: Kind.withdrawal,
    roles: [],
    second: "always",
    contractId: "allowed",
    awardId: "allowed",
    refersTo: "required",
    preimage: "leaf",
    basis: "target",
  },
};

const nameOfKind = new Map<number, KindName>(Object.entries(Kind).map(([name, kind]) => [kind, name as KindName]));

/** The name of a kind; `undefined` for a number that is none. */
export function kindName(kind: number): KindName | undefined {
  return nameOfKind.get(kind);
}

/** Codes of an implementation that say how much is accepted so far. */
export const ACCEPTING_CODES: ReadonlySet<number> = new Set([
  ImplementationCode.progress,
  ImplementationCode.mc100,
  ImplementationCode.partialBast,
  ImplementationCode.pho,
  ImplementationCode.fho,
]);

function rule(required: readonly TermName[], more: readonly TermName[] = [], ...together: TermName[][]): TermsRule {
  return {
    required: maskOf(...required),
    allowed: maskOf(...required, ...more),
    together: together.map((names) => maskOf(...names)),
  };
}

/** Terms of each kind; where they differ by code or by having a contract, `termsRule` chooses. */
const TERMS_RULES = {
  openingOfProcess: rule(["on"], ["officer"]),
  opening: rule(["currency", "value", "documentKey", "on"], ["code", "party", "officer", "payer", "until"]),
  planning: rule(["code"], ["currency", "value", "on", "until"], ["currency", "value"]),
  tender: rule(["code"], ["currency", "value", "on", "until"], ["currency", "value"]),
  award: rule(["code", "currency", "value"], ["party", "officer", "on"]),
  awardCancelled: rule(["code"], ["officer", "on"]),
  contract: rule(["code", "currency", "value", "officer", "on"], ["party", "payer", "until", "documentKey"]),
  countersignature: rule([], ["on"]),
  amendment: rule(
    ["code", "on"],
    ["currency", "value", "scopeValue", "officer", "payer", "until"],
    ["currency", "value", "scopeValue"],
  ),
  implementation: rule(["code", "on"], ["documentKey", "until"]),
  acceptance: rule(["code", "on", "currency", "amount"], ["documentKey", "until"]),
  guarantee: rule(["code", "currency", "amount", "documentKey", "on", "until"]),
  certificate: rule(
    ["currency", "amount", "documentKey", "on"],
    ["advance", "recovered", "withheld", "released", "issuer"],
  ),
  payment: rule(["currency", "amount", "documentTotal", "issuer", "documentKey", "on"]),
  return: rule(["code", "currency", "amount", "issuer", "documentKey", "documentTotal", "on"]),
  hold: rule(["code", "on"], ["until", "issuer"]),
  status: rule(["code", "on"], ["until", "documentKey"]),
  note: rule([], ["on"]),
  noteOfProcess: rule([], ["on", "officer"]),
  withdrawal: rule([]),
  withdrawalOfProcess: rule([], ["officer"]),
} as const satisfies Record<string, TermsRule>;

/** What each kind must and may say, as a table in Markdown, for the reference. */
export function termsTable(): string {
  const named = (mask: number) => TERM_NAMES.filter((name) => mask & maskOf(name)).join(", ") || "–";
  const rows = Object.entries(TERMS_RULES).map(([name, { required, allowed, together }]) => {
    const words = name
      .replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
      .replace("acceptance", "implementation that accepts work");
    const joined = together.map((mask) => `; together: ${named(mask)}`).join("");
    return `| ${words} | ${named(required)} | ${named(allowed & ~required)}${joined} |`;
  });
  return ["| kind | must say | may say |", "|---|---|---|", ...rows].join("\n");
}

/**
 * The terms that an entry of `kind` must and may carry.
 * @param code its `code`, where it has one
 * @param hasContract whether it names a contract
 * For a correction: those of the entry that it names; of a payment also `code` 1, "was not in the opening's balance".
 */
export function termsRule(kind: Exclude<Kind, 8>, code: number | undefined, hasContract: boolean): TermsRule {
  switch (kind) {
    case Kind.opening:
      return hasContract ? TERMS_RULES.opening : TERMS_RULES.openingOfProcess;
    case Kind.award:
      return code === StageCode.cancelled ? TERMS_RULES.awardCancelled : TERMS_RULES.award;
    case Kind.implementation:
      return ACCEPTING_CODES.has(code ?? 0) ? TERMS_RULES.acceptance : TERMS_RULES.implementation;
    case Kind.note:
      return hasContract ? TERMS_RULES.note : TERMS_RULES.noteOfProcess;
    case Kind.withdrawal:
      return hasContract ? TERMS_RULES.withdrawal : TERMS_RULES.withdrawalOfProcess;
    default:
      return TERMS_RULES[nameOfKind.get(kind) as Exclude<KindName, "correction">];
  }
}

/**
 * The terms of a correction of an entry with this kind, code and contract: all that the kind requires, so that both
 * truths stand side by side; of a payment also `code` 1, "was not in the opening's balance".
 */
export function correctionTermsRule(kind: Exclude<Kind, 8>, code: number | undefined, hasContract: boolean): TermsRule {
  const rule = termsRule(kind, code, hasContract);
  return kind === Kind.payment ? { ...rule, allowed: rule.allowed | maskOf("code") } : rule;
}
