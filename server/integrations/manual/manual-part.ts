import { idOf } from "../../domain/entries/entry.ts";
import type { Hex } from "../../domain/entries/words.ts";
import type { SourcePlace } from "../../domain/payments/payment-document.ts";
import type { Words } from "../../domain/problems.ts";
import type { EntryView } from "../../domain/projection/process-view.ts";
import type { Proposal } from "../../domain/proposals/proposal.ts";
import type { Part, PartNeeds } from "../part.ts";
import type { SourceOfProcess } from "../procurement/procurement.ts";
import { type Arrived, ManualEntries, type ManualEntry, type ManualState } from "./manual-entries.ts";

/** Milliseconds between two looks at what waits for its source. */
const EVERY = 30_000;

const BY_KEY: Words = { en: "by the keys of its source", id: "menurut kunci dari sumbernya" };
const PAID: Words = {
  en: "a finance system has a document of this number and treasury",
  id: "sistem keuangan memiliki dokumen bernomor dan berpenerbit ini",
};

/** Entries that people typed although a connected system has them. Opened after procurement and payments, which it asks. */
export async function openManual({ storage, connectors, book, now, call }: PartNeeds): Promise<Part> {
  const { agencies, jobs } = connectors.settings;
  const hexes = new Map(agencies.map(({ id }) => [idOf(id), id]));
  const manual = new ManualEntries({
    ...{ rows: storage, book, now },
    covering(agency, of) {
      const id = hexes.get(agency);
      if (id === undefined) return [];
      return jobs.filter((job) => job.sink === of && (job.agency ?? id) === id).map((job) => job.id);
    },
    async *proposals() {
      for await (const { value } of storage.range<Proposal>("proposal/")) yield value;
    },
    arrived: (entry, terms) =>
      entry.kind === "payment" || entry.kind === "return" ? paymentSource(entry, terms) : procurementSource(entry),
  });

  const paymentSource = async ({ amount }: ManualEntry, terms: EntryView["terms"]): Promise<Arrived | undefined> => {
    const { issuer, documentKey, documentTotal } = terms;
    if (issuer === undefined || documentKey === undefined) return undefined;
    type Found = { gross: string; currency: string; source: SourcePlace };
    const [found] = await call<Found[]>("payments.documentsOf", { issuer, documentKey });
    if (found === undefined) return undefined;
    const same = found.gross === String(documentTotal ?? amount) && found.currency === terms.currency;
    return { how: PAID, at: now(), same, place: found.source };
  };
  const procurementSource = async ({ ocid, kind, sequence }: ManualEntry): Promise<Arrived | undefined> => {
    const found = await call<SourceOfProcess | undefined>("proposals.sourceOf", { ocid });
    if (!found?.says.includes(kind)) return undefined;
    const { how = BY_KEY, at = now() } = found.matched ?? {};
    return { how, at, same: !found.corrects.includes(sequence), place: found.place };
  };

  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<unknown> = Promise.resolve();
  const look = (): void => {
    looking = manual.refresh().catch(() => undefined); // what a look fails on is there at the next one
    timer = setTimeout(look, EVERY).unref();
  };
  timer = setTimeout(look, EVERY).unref();
  return {
    calls: {
      "manual.list": async (asked: { agencies?: Hex[]; state?: ManualState; limit?: number }) => {
        await manual.refresh(asked.agencies);
        return manual.list(asked);
      },
    },
    onLedger: (ocids) => manual.onLedger(ocids),
    async close() {
      clearTimeout(timer);
      await looking;
    },
  };
}
