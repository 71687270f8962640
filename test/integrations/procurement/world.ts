import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { compose } from "../../../server/domain/entries/compose.ts";
import { idOf, termsFromText } from "../../../server/domain/entries/entry.ts";
import { foresee } from "../../../server/domain/entries/foresee.ts";
import { Kind } from "../../../server/domain/entries/kinds.ts";
import type { Published } from "../../../server/domain/entries/plan.ts";
import { type Hex, NO_ID, utf8 } from "../../../server/domain/entries/words.ts";
import { canonicalJson } from "../../../server/domain/json.ts";
import { type DraftText, draftFromText, type Proposal } from "../../../server/domain/proposals/proposal.ts";
import type { Book, Organisation } from "../../../server/integrations/book.ts";
import { MapsOfRows } from "../../../server/integrations/procurement/map-of-rows.ts";
import { Procurement, type ProcurementAgency } from "../../../server/integrations/procurement/procurement.ts";
import {
  type ProposalQuery,
  Proposals,
  type ToldProposal,
} from "../../../server/integrations/procurement/proposals.ts";
import { Suppliers } from "../../../server/integrations/procurement/suppliers.ts";
import type { TakeResult } from "../../../server/integrations/sink.ts";
import { Table } from "../../../server/store/store.ts";
import { batchOf, type Row, SATKER } from "./feeds.ts";

export const AGENCY: Organisation = {
  id: "ID-UJI-DINAS",
  hex: idOf("ID-UJI-DINAS"),
  name: "Dinas Uji",
  kind: "agency",
  stems: ["ocds-uji-dinas", "ocds-uji-dinas-lama"],
};
export const STEM = "ocds-uji-dinas";
export const POST = idOf("POST-UJI");
/** 27 November 2026 */
export const NOW = Date.parse("2026-11-27T05:00:00Z");

export function supplier(id: string, name: string): Organisation {
  return { id, hex: idOf(id), name, kind: "supplier" };
}

/**
 * A record without a chain, for what needs many entries and no signatures: what is proposed is laid down by the fold that
 * the projection is made with. Whether the ledger takes it is asked in ledger.test.ts.
 */
export class FoldedBook implements Book {
  readonly processes = new Map<string, NonNullable<Published>>();
  readonly known: Organisation[];
  #size = 1;

  constructor(known: Organisation[]) {
    this.known = known;
  }

  async size() {
    return this.#size;
  }
  async process(ocid: string): Promise<Published> {
    return this.processes.get(ocid);
  }
  async *touchedSince() {}
  async organisation(hex: Hex) {
    return this.known.find((each) => each.hex === hex);
  }
  async *organisations() {
    yield* this.known;
  }

  register(...organisations: Organisation[]): void {
    this.known.push(...organisations);
    this.#size++;
  }

  /** Lays down an entry. @returns its faults of form */
  record(text: DraftText): readonly unknown[] {
    const { ocid, kind, contractId, awardId, agency, terms, names, balances, body } = draftFromText(text);
    const published = this.processes.get(ocid);
    const leaf = Object.entries(published?.view.entries ?? {}).find(([, { sequence }]) => sequence === names)?.[0];
    const entry = foresee(
      {
        ...{ kind: Kind[kind], ocid, contractId, awardId, agency: agency ?? published?.view.agency ?? NO_ID, terms },
        ...{
          refersTo: (leaf ?? NO_ID) as Hex,
          body: body === undefined ? new Uint8Array() : utf8(canonicalJson(body)),
        },
        ...(balances === undefined ? {} : { balances }),
      },
      published?.view,
    );
    const { release, faults, after } = compose(published?.view, entry, (id) =>
      this.known.find((each) => each.hex === id),
    );
    this.processes.set(ocid, { view: after, releases: [...(published?.releases ?? []), release] });
    this.#size++;
    return faults;
  }
}

export type World = Awaited<ReturnType<typeof openWorld>>;

/** The sink over a real store in a temporary folder. */
export async function openWorld(
  book: FoldedBook | Book = new FoldedBook([
    AGENCY,
    supplier("ID-UJI-S-1", "CV Sumber Uji"),
    supplier("ID-UJI-S-2", "PT Uji Sentosa"),
  ]),
  agencies: readonly ProcurementAgency[] = [{ id: AGENCY.id, codes: [SATKER], stem: STEM, post: POST }],
  now = () => NOW,
  agencyOfJob: () => string | undefined = () => undefined,
  quiet?: number,
) {
  const folder = await mkdtemp(path.join(tmpdir(), "prasasti-procurement-"));
  const storage = await Table.open(folder);
  const proposals = new Proposals(storage, now);
  const suppliers = new Suppliers(storage, book);
  const sink = new Procurement({
    ...{ storage, book, proposals, suppliers, agencies, now },
    maps: new MapsOfRows(() => undefined, folder, "uji"),
    agencyOfJob,
    ...(quiet === undefined ? {} : { quiet }),
  });
  const open = async (query: ProposalQuery = {}): Promise<ToldProposal[]> =>
    (await proposals.list({ limit: 1e9, ...query })).proposals;
  return {
    ...{ folder, storage, proposals, suppliers, sink, book, open },
    /** A run of a job: read = drafted + unchanged + merged + set aside, or it throws. */
    async feed(job: string, rows: readonly Row[]): Promise<TakeResult> {
      const taken = await sink.take(batchOf(job, rows));
      const rest = await sink.finish(job);
      const { drafted, unchanged, merged, setAside } = taken;
      const sum = drafted + unchanged + merged + setAside.length + rest.setAside.length;
      if (sum !== rows.length) throw new Error(`${rows.length} rows read, ${sum} accounted for`);
      return taken;
    },
    /** Lays down all that is open, and tells the sink. */
    async recordAll(): Promise<Proposal[]> {
      if (!(book instanceof FoldedBook)) throw new Error("only a folded book is written to");
      const all = await open();
      for (const { drafts } of all) {
        const faults = book.record(drafts[0]!);
        if (faults.length > 0) throw new Error(JSON.stringify(faults));
      }
      await sink.onLedger([...new Set(all.map(({ ocid }) => ocid))]);
      return all;
    },
    async close(): Promise<void> {
      await sink.close();
      await storage.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** What a list of proposals would record, in short. */
export function inShort(proposals: readonly Proposal[]): string[] {
  return proposals.map(
    ({ kind, drafts }) =>
      `${kind} ${drafts[0]!.kind}${drafts[0]!.terms.code === undefined ? "" : ` ${drafts[0]!.terms.code}`}`,
  );
}

export const termsOf = (proposal: Proposal | undefined) => termsFromText(proposal!.drafts[0]!.terms);
