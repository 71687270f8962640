import { z } from "zod";
import type { Hex } from "../domain/entries/words.ts";
import type { App } from "./app.ts";
import { sessionProblems } from "./sessions.ts";

// What the routes share that ask the integrations in somebody's name.

export type NamesOrganisations = {
  /** an organisation's id in the register, by that or by the one that releases give it */
  organisationId(text: string): Hex;
};

export const security = [{ bearer: [] }];
export const asking = [...sessionProblems, "not-allowed", "integrations-off", "integrations-stopped"] as const;
export const reason = z.string().trim().min(1).max(500).describe("why; kept for ever, so without personal data");
export const moment = z.int().describe("milliseconds UTC");

/** What is told to one person stays in no cache. */
export function unstored(app: App): void {
  app.addHook("onSend", async (_request, reply) => {
    if (!reply.hasHeader("cache-control")) reply.header("cache-control", "no-store");
  });
}
