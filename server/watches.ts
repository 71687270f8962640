import { setTimeout as pause } from "node:timers/promises";
import { recheckDocuments } from "./actions/documents.ts";
import { sweepSessions } from "./actions/sessions.ts";
import type { Hex } from "./domain/entries/words.ts";
import { keyPart } from "./domain/projection/ordered.ts";
import type { PublishedRelease } from "./domain/projection/project-block.ts";
import { storedDocuments } from "./gateway/stored-documents.ts";
import { sweepOpenId } from "./identity/provider.ts";
import type { Services } from "./services.ts";

// What goes on beside the requests, until somebody says stop.

/** What has ended by itself goes once an hour, until `signal`: sessions, codes and tokens of the OpenID provider. */
export async function tidySignIns({ state, report }: Services, signal: AbortSignal): Promise<void> {
  const now = () => Math.floor(Date.now() / 1000);
  while (!signal.aborted) {
    try {
      await sweepSessions({ state, now });
      await sweepOpenId(state, now());
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      report({
        en: `ended sessions are not tidied up: ${reason}`,
        id: `sesi yang berakhir tidak dirapikan: ${reason}`,
      });
      return;
    }
    await pause(3_600_000, undefined, { signal, ref: false }).catch(() => {});
  }
}

/** Seconds that a signature can be on its way, and a day: what a submission brought and no entry holds then goes. */
const UNCONFIRMED_SECONDS = 32 * 86_400;

/**
 * What goes on beside the requests, until `signal`: every document is hashed again once in so many hours, slowly, and
 * what was brought to the vault for entries that never came is dropped.
 */
export async function keepWatch(
  services: Services,
  { hours, bytesPerSecond }: { hours: number; bytesPerSecond: number },
  signal: AbortSignal,
): Promise<void> {
  const needs = storedDocuments(services);
  const rest = async (milliseconds: number) => {
    await pause(milliseconds, undefined, { signal, ref: false }).catch(() => {});
  };
  const pace = (bytes: number) => rest((bytes / bytesPerSecond) * 1000);
  while (!signal.aborted) {
    const begun = performance.now();
    try {
      await services.vault.sweep(needs.now() - UNCONFIRMED_SECONDS, (ocid, digest) =>
        isRecorded(services, ocid, digest),
      );
      if (hours > 0) await recheckDocuments({ ...needs, examine: (document) => needs.examine(document, pace), signal });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      services.report({
        en: `documents could not be looked at again: ${reason}`,
        id: `dokumen tidak dapat diperiksa ulang: ${reason}`,
      });
      return;
    }
    // a timer holds at most 24 days
    const period = Math.min(hours || 24, 500) * 3_600_000;
    await rest(Math.max(1_000, period - (performance.now() - begun)));
  }
}

/** Once a day, until `signal`: destroys what names people in rows of the access log that are older than so many days. */
export async function keepNamesShort(services: Services, days: number, signal: AbortSignal): Promise<void> {
  while (days > 0 && !signal.aborted) {
    try {
      await forgetNames(services, days, Math.floor(Date.now() / 1000));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      services.report({
        en: `names in the access log could not be destroyed: ${reason}`,
        id: `nama dalam log akses tidak dapat dimusnahkan: ${reason}`,
      });
    }
    await pause(86_400_000, undefined, { signal, ref: false }).catch(() => {});
  }
}

/** @param now seconds UTC @returns the months whose people nobody can name any longer */
export async function forgetNames({ names, accessLog }: Services, days: number, now: number): Promise<string[]> {
  const months = await names.forgetBefore(now - days * 86_400);
  for (const what of months)
    await accessLog.append({
      ...{ at: now, act: "forget-names", outcome: "done", what, subjects: [], places: [], purpose: "" },
    });
  return months;
}

async function isRecorded({ projection }: Services, ocid: string, digest: Hex): Promise<boolean> {
  for await (const { value } of projection.range<PublishedRelease>(`release/${keyPart(ocid)}/`))
    if (JSON.stringify(value.release).includes(digest.slice(2))) return true;
  return false;
}
