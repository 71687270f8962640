import { idOf } from "../domain/entries/entry.ts";
import { ProblemError } from "../domain/problems.ts";
import { admits, PERMISSIONS } from "../domain/roles.ts";
import { organisationId } from "./publish.ts";
import { isOperator, type Myself } from "./sessions.ts";

export type ManualStates = "waiting" | "reconciled" | "differs";
type Needs = {
  /** asks the integrations by the name of a call. @throws ProblemError integrations-off */
  call<T>(name: string, args?: unknown): Promise<T>;
};
export type ManualEntriesTold = { entries: Record<string, unknown>[]; counts: Record<ManualStates, number> };

/**
 * Entries that people recorded although a connector covers their agency, and whether the source has come since.
 * @throws ProblemError not-allowed, integrations-off
 */
export async function manualEntries(
  me: Myself,
  { agency, state, limit }: { agency?: string | undefined; state?: ManualStates | undefined; limit: number },
  { call }: Needs,
): Promise<ManualEntriesTold> {
  if (!isOperator(me) && !admits(PERMISSIONS["connectors.read"].who, me)) throw new ProblemError("not-allowed");
  const of = organisationId(agency, idOf);
  return call("manual.list", {
    limit,
    ...(of === undefined ? {} : { agencies: [of] }),
    ...(state === undefined ? {} : { state }),
  });
}
