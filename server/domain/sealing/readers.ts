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

/** Somebody with his offices, and what his account was given beside them. */
export type Reader = {
  offices: readonly Office[];
  account?: {
    entities: readonly { entity: Hex; inForce: boolean }[];
    reading: readonly { agency: Hex; inForce: boolean }[];
  };
};

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

/** A grant for an assignment opens one agency and what that one succeeded, nothing below. */
export function mayReadAgency({ offices, account }: Reader, lineage: Lineage): boolean {
  if (covers(offices, lineage, READERS)) return true;
  const granted = (of: Hex) => account?.reading.some(({ agency, inForce }) => inForce && agency === of) ?? false;
  let succeeded = true;
  return lineage.some(({ id, ended = false }) => {
    const held = succeeded && granted(id);
    succeeded &&= ended;
    return held;
  });
}

/** Whether somebody signs for, or has a mandate of, the supplier that a subject (`party` or `party#person`) belongs to. */
export function isOwnSubject({ offices, account }: Reader, subject: string): boolean {
  const party: Hex = idOf(partyOfSubject(subject));
  return (
    offices.some(({ inForce, role, agency }) => inForce && role === Role.supplier && agency === party) ||
    (account?.entities.some(({ inForce, entity }) => inForce && entity === party) ?? false)
  );
}

function partyOfSubject(subject: string): string {
  return subject.split("#")[0]!;
}

/** Whether somebody has one of these offices anywhere, in force. */
export function holds(offices: readonly Office[], ...roles: readonly number[]): boolean {
  return offices.some(({ inForce, role }) => inForce && roles.includes(role));
}
