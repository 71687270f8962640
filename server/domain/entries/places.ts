import { type KindName, TERM_NAMES, type TermName } from "./kinds.ts";

/**
 * Where the terms of each kind stand in the OCDS release of its entry: the one place that says what of a release the
 * rules have seen. A body may fill every other place of its own section, and never these. Terms without a place are
 * seen in states, histories and proofs (docs/reference/formats.md), not in OCDS.
 */
export const PLACES: Readonly<Partial<Record<KindName, Readonly<Partial<Record<TermName, string>>>>>> = {
  opening: {
    value: "/contracts/0/value",
    on: "/contracts/0/dateSigned",
    until: "/contracts/0/period/endDate",
    party: "/awards/0/suppliers/0/id",
  },
  planning: { value: "/planning/budget/amount" },
  tender: { value: "/tender/value", on: "/tender/tenderPeriod/startDate", until: "/tender/tenderPeriod/endDate" },
  award: {
    code: "/awards/0/status",
    value: "/awards/0/value",
    on: "/awards/0/date",
    party: "/awards/0/suppliers/0/id",
  },
  contract: {
    value: "/contracts/0/value",
    on: "/contracts/0/dateSigned",
    until: "/contracts/0/period/endDate",
    party: "/awards/0/suppliers/0/id",
  },
  amendment: {
    value: "/contracts/0/value",
    on: "/contracts/0/amendments/0/date",
    until: "/contracts/0/period/endDate",
  },
  implementation: {
    amount: "/contracts/0/implementation/milestones/0/accepted",
    on: "/contracts/0/implementation/milestones/0/dateMet",
  },
  certificate: {
    amount: "/contracts/0/implementation/milestones/0/certified",
    advance: "/contracts/0/implementation/milestones/0/advance",
    recovered: "/contracts/0/implementation/milestones/0/recovered",
    withheld: "/contracts/0/implementation/milestones/0/withheld",
    released: "/contracts/0/implementation/milestones/0/released",
    on: "/contracts/0/implementation/milestones/0/dateMet",
  },
  payment: {
    amount: "/contracts/0/implementation/transactions/0/value",
    issuer: "/contracts/0/implementation/transactions/0/payer/id",
    on: "/contracts/0/implementation/transactions/0/date",
  },
  guarantee: {
    code: "/contracts/0/guarantees/0/status",
    amount: "/contracts/0/guarantees/0/value",
    on: "/contracts/0/guarantees/0/date",
    until: "/contracts/0/guarantees/0/period/endDate",
  },
  return: {
    code: "/contracts/0/implementation/transactions/0/returnType",
    amount: "/contracts/0/implementation/transactions/0/value",
    issuer: "/contracts/0/implementation/transactions/0/payer/id",
    on: "/contracts/0/implementation/transactions/0/date",
  },
  hold: {
    code: "/contracts/0/holds/0/status",
    on: "/contracts/0/holds/0/period/startDate",
    until: "/contracts/0/holds/0/period/endDate",
  },
  status: { code: "/contracts/0/status" },
  note: { on: "/remarks/0/date" },
};

/** The places as a table in Markdown, for the reference. */
export function placesTable(): string {
  const rows = Object.entries(PLACES).map(([kind, places]) => {
    const cells = TERM_NAMES.flatMap((term) => (places[term] === undefined ? [] : [`${term} \`${places[term]}\``]));
    return `| ${kind} | ${cells.join(", ")} |`;
  });
  return ["| kind | its terms stand at |", "|---|---|", ...rows].join("\n");
}
