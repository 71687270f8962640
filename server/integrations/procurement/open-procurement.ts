import { idOf } from "../../domain/entries/entry.ts";
import type { Hex } from "../../domain/entries/words.ts";
import type { Words } from "../../domain/problems.ts";
import type { Part, PartNeeds } from "../part.ts";
import { MapsOfRows } from "./map-of-rows.ts";
import { Procurement } from "./procurement.ts";
import { type ProposalQuery, Proposals } from "./proposals.ts";
import { Suppliers } from "./suppliers.ts";

/** Milliseconds in which a feed that follows another has begun: twice as long as a job that is due waits for its turn. */
const QUIET = 2_000;

/**
 * Opens the part that makes proposals of procurement feeds, and keeps those of all parts. Its calls: `proposals.list`,
 * `.show`, `.take`, `.release`, `.drop`, `.waiting`, `.matched`, `.agencies`, `.nameSupplier`.
 */
export async function openProcurement({
  storage,
  connectors,
  book,
  secret,
  now,
  call,
  report,
}: PartNeeds): Promise<Part> {
  const { settings, folder } = connectors;
  const proposals = new Proposals(storage, now);
  const jobs = new Map(settings.jobs.map((job) => [job.id, job]));
  const pseudonyms = Buffer.from(secret).toString("hex");
  const procurement = new Procurement({
    ...{ storage, book, proposals, now, report, quiet: QUIET },
    suppliers: new Suppliers(storage, book),
    maps: new MapsOfRows((job) => jobs.get(job)?.map, folder, pseudonyms),
    agencies: settings.agencies.map(({ id, codes, stem, post, openBefore }) => ({
      ...{ id, codes, stem },
      ...(post === undefined ? {} : { post: idOf(post) }),
      ...(openBefore === undefined ? {} : { openBefore: Date.parse(`${openBefore}T00:00:00Z`) / 1000 }),
    })),
    agencyOfJob: (job) => jobs.get(job)?.agency,
    // the registry is opened after this part
    heard: (said) => call("registry.said", said),
  });
  await procurement.resume();
  /** Whoever asks is told of all that has come. */
  const after = async <T>(told: () => Promise<T>) => procurement.planned().then(told);
  return {
    sinks: { procurement },
    onLedger: (ocids) => procurement.onLedger(ocids),
    calls: {
      "proposals.list": (query: ProposalQuery) => after(() => proposals.list(query)),
      "proposals.show": ({ id }: { id: string }) => proposals.show(id),
      "proposals.take": ({ ids, by }: { ids: readonly string[]; by: Hex }) => proposals.take(ids, by),
      "proposals.release": ({ ids, by }: { ids: readonly string[]; by: Hex }) => proposals.release(ids, by),
      "proposals.drop": ({ id, by, why }: { id: string; by: Hex; why: Words }) => proposals.drop(id, by, why),
      "proposals.waiting": (asked: { agencies?: readonly string[]; limit?: number }) =>
        after(() => procurement.waiting(asked)),
      "proposals.matched": (asked: { agencies?: readonly string[]; limit?: number }) =>
        after(() => procurement.matched(asked)),
      "proposals.sourceOf": ({ ocid }: { ocid: string }) => after(() => procurement.sourceOf(ocid)),
      "proposals.agencies": async () => settings.agencies.map(({ id }) => ({ id, hex: idOf(id) })),
      "proposals.nameSupplier": (named: { key: string; id: string; by: Hex }) => procurement.nameSupplier(named),
    },
    close: () => procurement.close(),
  };
}
