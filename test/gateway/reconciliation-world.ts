import { idOf, signedDigest } from "../../server/domain/entries/entry.ts";
import { toHex } from "../../server/domain/entries/words.ts";
import { actOf, type ClosingDocument, closingHash } from "../../server/domain/reconciliation/closing.ts";
import { sign } from "../../server/ledger/signatures.ts";
import { sandboxSecret } from "../../server/sandbox/people.ts";
import { IntegrationsHere } from "./integrations-world.ts";
import { now, type Running } from "./world.ts";

/** The thread of the integrations beside a tested gateway, with nothing to reconcile but what the register has. */
export class ReconciliationHere extends IntegrationsHere {
  static async open(running: Running): Promise<ReconciliationHere> {
    return new ReconciliationHere(await IntegrationsHere.beside(running));
  }
}

/** A month that is long over, in which nothing happened. */
const MONTH = "2020-01";
const months = Array.from({ length: 12 }, () => ({ financial: "1000000000", physical: 800 }));

/** Every route of reconciliation, with what it is asked; a closing is signed by `signClosing`. */
export const RECONCILIATION_ROUTES: readonly { route: string; payload?: object }[] = [
  { route: "PUT /api/v1/reconciliation/:agency/:year/plan", payload: { budget: "12000000000", months } },
  { route: "GET /api/v1/reconciliation/:agency/:period" },
  { route: "GET /api/v1/reconciliation/:agency/:year/year-end" },
  { route: "GET /api/v1/reconciliation/:agency/:year/absorption" },
  { route: "POST /api/v1/reconciliation/:agency/:month/closing", payload: { act: "close" } },
  { route: "PUT /api/v1/reconciliation/:agency/:month/closing", payload: unsigned("ID-PRS-TIRTARAYA") },
  { route: "GET /api/v1/reconciliation/:agency/closings" },
];

export const reconciliationUrl = (route: string, agency = "ID-PRS-TIRTARAYA", month = MONTH) =>
  route
    .split(" ")[1]!
    .replace(":agency", agency)
    .replace(/:period|:month/, month)
    .replace(":year", month.slice(0, 4));

/** A closing that nobody signed: as its schema has it, for the agency. */
export function unsigned(agency: string): object {
  const hex = idOf(agency);
  const word = `0x${"0".repeat(64)}`;
  return {
    document: { version: 1, act: "close", agency, hex, month: MONTH, number: 1, at: "2020-02-01T00:00:00.000Z" },
    act: { agency: hex, month: 202_001, act: 1, digest: word, previous: word, holder: word, issued: 0 },
    signature: `0x${"11".repeat(64)}1b`,
  };
}

/** What was proposed, signed by a person of the sandbox. */
export function signClosing(running: Running, document: ClosingDocument, key: string, holder: string): object {
  const act = actOf(document, idOf(holder), now());
  return {
    document,
    act,
    signature: toHex(sign(signedDigest(running.services.separator, closingHash(act)), sandboxSecret(key))),
  };
}
