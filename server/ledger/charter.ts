import { Fault } from "../domain/fault.ts";
import type { DeploymentChoices } from "./deploy.ts";

/**
 * What a register was founded with: its council and its delays. It stands in the header of the journal, so a later start
 * with another file can never found another register, or pretend that this one has another council.
 */
export type Charter = Omit<DeploymentChoices, "salt">;

const names = ["council", "threshold", "councilDelay", "vetoDelay", "policyDelay"] as const;

/** The text that the chain keeps. Equal charters give equal texts. */
export function writeCharter(charter: Charter): string {
  const council = charter.council.map((address) => address.toLowerCase()).sort();
  return JSON.stringify(Object.fromEntries(names.map((name) => [name, name === "council" ? council : charter[name]])));
}

/**
 * The charter that a chain was founded with; `configured` where the chain is older than charters.
 * @throws Fault other-charter, naming each difference
 */
export function readCharter(kept: string | undefined, configured: Charter): Charter {
  if (kept === undefined || kept === writeCharter(configured)) return configured;
  const founding = JSON.parse(kept) as Record<string, unknown>;
  const given = JSON.parse(writeCharter(configured)) as Record<string, unknown>;
  const text = (value: unknown) => (Array.isArray(value) ? value.join(" ") : String(value));
  const differences = names.filter((name) => text(founding[name]) !== text(given[name]));
  const list = (was: string, is: string) =>
    differences.map((name) => `${name}: ${was} ${text(founding[name])}, ${is} ${text(given[name])}`).join("; ");
  throw new Fault("other-charter", {
    explanation: {
      en: `This register was founded with another council file (${list("founded with", "the file says")}).`,
      id: `Register ini didirikan dengan berkas dewan lain (${list("didirikan dengan", "berkas menyebut")}).`,
    },
    remedy: {
      en: "Give the file it was founded with; the council changes its members by its own decision (Council.change), not by the file.",
      id: "Berikan berkas saat pendirian; dewan mengubah anggotanya dengan keputusannya sendiri (Council.change), bukan lewat berkas.",
    },
  });
}

/** The delay for a veto of a kept charter; none where the chain is older than charters. */
export function vetoDelayIn(kept: string | undefined): number {
  return kept === undefined ? 0 : (JSON.parse(kept) as Charter).vetoDelay;
}
