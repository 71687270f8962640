import type { ComposeFault } from "../domain/entries/compose.ts";
import { Kind, kindName } from "../domain/entries/kinds.ts";
import { kindInWords, marksIn, roleInWords, termsInWords } from "../domain/entries/telling.ts";
import type { Hex } from "../domain/entries/words.ts";
import { MergeFault, merge } from "../domain/ocds/merge.ts";
import type { Language, Words } from "../domain/problems.ts";
import { keyPart, ordered } from "../domain/projection/ordered.ts";
import type { AgencyView, EntryRow, OfficeView, PublishedRelease } from "../domain/projection/project-block.ts";

/** A field that an entry changed: its place by ids, the value before (absent where there was none) and after. */
type Change = { path: string; before?: unknown; after: unknown };

/** One entry of a history, told. `office` says in which office each signer signed; names of people are not on the ledger. */
type HistoryLine = {
  releaseId: string;
  date: string;
  kind: string;
  words: Words;
  signers: { holder: Hex; role: number; office: Words; custody: number }[];
  /** names of the exceptions and other marks of the ledger */
  marks: string[];
  changes: Change[];
  /** what of the entry's body could not be published */
  faults: ComposeFault[];
};
export type History = HistoryLine[];

type Needs = {
  get<T>(key: string): Promise<T | undefined>;
  range<T>(prefix: string): AsyncGenerator<{ key: string; value: T }>;
  /** the entries of a process, oldest first */
  entriesOf(ocid: string): Promise<EntryRow[]>;
};

/** The history of a process in words: what changed, who signed it, in which office. Undefined for an unknown one. */
export async function tellHistory(ocid: string, needs: Needs): Promise<History | undefined> {
  const rows = await needs.entriesOf(ocid);
  if (rows.length === 0) return undefined;
  const published = new Map<number, PublishedRelease>();
  for (const { assigned } of rows) {
    const row = await needs.get<PublishedRelease>(`release/${keyPart(ocid)}/${ordered(assigned.processSequence)}`);
    if (row !== undefined) published.set(assigned.processSequence, row);
  }
  const changes = changesOf([...published.values()].map(({ release }) => release));
  const byLeaf = new Map(rows.map((row) => [row.leaf, row]));
  const known = new Map<string, Promise<Words>>();
  const officeOf = (holder: Hex, role: number, leaf: Hex) => {
    const key = `${holder}${role}${leaf}`;
    if (!known.has(key)) known.set(key, officeInWords(holder, role, leaf, needs));
    return known.get(key)!;
  };

  const lines: HistoryLine[] = [];
  for (const row of rows) {
    const releaseId = `${ocid}-${row.assigned.processSequence}`;
    const signers = await Promise.all(
      row.signers.map(async ({ holder, capacity, custody, office }) => ({
        holder,
        role: capacity,
        office: await officeOf(holder, capacity, office),
        custody,
      })),
    );
    const corrected = row.kind === Kind.correction ? byLeaf.get(row.refersTo) : undefined;
    lines.push({
      releaseId,
      date: new Date(row.assigned.timeMs).toISOString(),
      kind: kindName(row.kind) ?? String(row.kind),
      words: { en: inWords(row, corrected, signers, "en"), id: inWords(row, corrected, signers, "id") },
      signers,
      marks: marksIn(row.assigned.exceptions),
      changes: changes.get(releaseId) ?? [],
      faults: published.get(row.assigned.processSequence)?.faults ?? [],
    });
  }
  return lines;
}

function inWords(
  row: EntryRow,
  corrected: EntryRow | undefined,
  signers: HistoryLine["signers"],
  language: Language,
): string {
  const subject = [kindInWords(row.kind, language), row.contractId || row.awardId].filter(Boolean).join(" ");
  const of =
    corrected === undefined
      ? ""
      : ` (${language === "id" ? "atas no." : "of no."} ${corrected.assigned.processSequence})`;
  const before = new Map(corrected && termsInWords(corrected.kind, corrected.terms, language));
  const terms = termsInWords(corrected?.kind ?? row.kind, row.terms, language)
    .filter(([name, value]) => corrected === undefined || before.get(name) !== value)
    .map(([name, value]) =>
      corrected === undefined ? `${name} ${value}` : `${name} ${before.get(name) ?? "–"} → ${value}`,
    );
  const by = language === "id" ? "Ditandatangani oleh" : "Signed by";
  const what = terms.length === 0 ? "" : `: ${terms.join(", ")}`;
  return `${subject}${of}${what}. ${by} ${signers.map(({ office }) => office[language]).join(" + ")}.`;
}

async function officeInWords(holder: Hex, role: number, leaf: Hex, { get, range }: Needs): Promise<Words> {
  let agency: Hex | undefined;
  // the leaf of an office that has ended since is another one; the holder's only office of that role will do
  for await (const { value } of range<OfficeView>(`office/${holder}/${role}/`))
    if (value.leaf === leaf || agency === undefined) agency = value.agency;
  const found = agency === undefined ? undefined : await get<AgencyView>(`agency/${agency}`);
  const name = typeof found?.details.name === "string" ? found.details.name : undefined;
  return {
    en: roleInWords(role, "en") + (name === undefined ? "" : ` of ${name}`),
    id: roleInWords(role, "id") + (name === undefined ? "" : ` pada ${name}`),
  };
}

/** What each release changed, by its id: read off the versioned release, where every field has all its values. */
function changesOf(releases: readonly Record<string, unknown>[]): Map<string, Change[]> {
  const changes = new Map<string, Change[]>();
  const visit = (node: unknown, path: string): void => {
    if (Array.isArray(node)) {
      if (isVersions(node)) {
        for (const [index, { releaseID, value }] of node.entries()) {
          const before = index === 0 ? {} : { before: node[index - 1]!.value };
          changes.set(releaseID, [...(changes.get(releaseID) ?? []), { path, ...before, after: value }]);
        }
        return;
      }
      for (const [index, entry] of node.entries()) {
        const { id } = entry as { id?: unknown };
        visit(entry, `${path}/${typeof id === "string" || typeof id === "number" ? id : index}`);
      }
    } else if (typeof node === "object" && node !== null) {
      for (const [name, value] of Object.entries(node)) visit(value, `${path}/${name}`);
    }
  };
  try {
    visit(merge(releases, { extensions: ["prasasti"] }).versionedRelease, "");
  } catch (error) {
    // releases that can't be merged are still told by their terms
    if (!(error instanceof MergeFault)) throw error;
  }
  return changes;
}

function isVersions(list: readonly unknown[]): list is { releaseID: string; value: unknown }[] {
  return list.every((item) => typeof item === "object" && item !== null && "releaseID" in item && "releaseTag" in item);
}
