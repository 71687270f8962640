import { compose, composeRules } from "../domain/entries/compose.ts";
import { BALANCES_BYTES, type Entry, MAX_BODY, readBalances } from "../domain/entries/entry.ts";
import { foresee } from "../domain/entries/foresee.ts";
import { Kind } from "../domain/entries/kinds.ts";
import { ProblemError } from "../domain/problems.ts";
import type { ProcessView } from "../domain/projection/process-view.ts";
import { registryFor } from "../domain/projection/project-block.ts";
import { screenBody, screenPlaces, screenTexts } from "../domain/sealing/screen.ts";
import { knownIn } from "./disclosures.ts";

/** What of an entry its body is judged with. */
type Judged = {
  entry: Pick<Entry, "kind" | "ocid" | "contractId" | "awardId" | "agency" | "terms" | "refersTo">;
  body: Uint8Array;
  preimage: Uint8Array;
};

type Needs = {
  process(ocid: string): Promise<ProcessView | undefined>;
  /** a row of the projection */
  read<T>(key: string): Promise<T | undefined>;
};

/** @throws ProblemError body-over-limit */
export function assertFits(body: Uint8Array): void {
  if (body.length > MAX_BODY) throw new ProblemError("body-over-limit", "", { bytes: body.length, limit: MAX_BODY });
}

/**
 * What the chain holds stays for ever, so nothing of a person's may come there in clear.
 * @throws ProblemError personal-data with each place and rule
 */
export async function assertNothingPersonal(
  { entry, body }: Judged,
  given: unknown,
  { read }: Pick<Needs, "read">,
): Promise<void> {
  const { ocid, contractId, awardId } = entry;
  const inTexts = screenTexts({ ocid, contractId, awardId }).map((each) => ({
    ...each,
    pointer: `/entry${each.pointer}`,
  }));
  const inBody = given === undefined ? [] : screenBody(given, await knownIn(body, read));
  const found = [...inTexts, ...inBody.map((each) => ({ ...each, pointer: `/body${each.pointer}` }))];
  if (found.length === 0) return;
  const places = screenPlaces(found);
  throw new ProblemError("personal-data", places[0]!.message, {}, places);
}

/**
 * A body that could not be published whole would be left out for ever, and an amount that no JSON number holds.
 * @throws ProblemError body-not-publishable with each place and rule
 */
export async function assertPublishable(
  { entry, body, preimage }: Judged,
  { process, read }: Pick<Needs, "process" | "read">,
): Promise<void> {
  const view = await process(entry.ocid);
  const opens = entry.kind === Kind.opening && preimage.length === BALANCES_BYTES;
  const balances = opens ? { balances: readBalances(preimage) } : {};
  const next = foresee({ ...entry, body, ...balances }, view);
  const { faults } = compose(view, next, await registryFor(next, view, read));
  if (faults.length === 0) return;
  const places = faults.map(({ pointer, rule }) => ({ pointer, rule, message: composeRules[rule] }));
  throw new ProblemError("body-not-publishable", composeRules[faults[0]!.rule], {}, places);
}
