import { idOf } from "../entries/entry.ts";
import { Role } from "../entries/kinds.ts";
import type { Hex } from "../entries/words.ts";
import type { AgencyView, OfficeView } from "../projection/project-block.ts";

/**
 * Who may open sealed values and restricted documents of an agency: its auditors and its own officers, or those of an
 * agency above whose office covers it; and a supplier what concerns himself.
 */
const READERS: ReadonlySet<number> = new Set([
  Role.auditor,
  Role.procurement,
  Role.officer,
  Role.approver,
  Role.treasurer,
  Role.head,
]);

type Office = OfficeView & { inForce: boolean };

/** An agency and those above it, nearest first. */
export type Lineage = readonly Pick<AgencyView, "id" | "ended">[];

/** Whether one of these offices, in force, covers the agency that the lineage begins with. */
export function covers(offices: readonly Office[], lineage: Lineage, roles: ReadonlySet<number>): boolean {
  // the offices of an agency that succeeded another count there as its own
  let succeeded = true;
  return lineage.some(({ id, ended = false }) => {
    const held = offices.some(
      ({ inForce, role, agency, subtree }) => inForce && agency === id && roles.has(role) && (succeeded || subtree),
    );
    succeeded &&= ended;
    return held;
  });
}

export function mayReadAgency(offices: readonly Office[], lineage: Lineage): boolean {
  return covers(offices, lineage, READERS);
}

/** Whether somebody signs for the supplier that a subject (`party` or `party#person`) belongs to. */
export function isOwnSubject(offices: readonly Office[], subject: string): boolean {
  const party: Hex = idOf(partyOfSubject(subject));
  return offices.some(({ inForce, role, agency }) => inForce && role === Role.supplier && agency === party);
}

function partyOfSubject(subject: string): string {
  return subject.split("#")[0]!;
}

/** Whether somebody has one of these offices anywhere, in force. */
export function holds(offices: readonly Office[], ...roles: readonly number[]): boolean {
  return offices.some(({ inForce, role }) => inForce && roles.includes(role));
}
