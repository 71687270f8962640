import type { Book, Events } from "../../../server/integrations/book.ts";
import type { StoredLine } from "../../../server/integrations/finance/bank-sink.ts";
import type { StoredDocument, StoredReturn } from "../../../server/integrations/finance/document-store.ts";
import { financePart } from "../../../server/integrations/finance/finance-part.ts";
import type { Part } from "../../../server/integrations/part.ts";
import { parseConnectors } from "../../../server/integrations/settings.ts";
import { openWorld, type World } from "../connect/world.ts";

export type FinanceWorld = World & {
  part: Part;
  documents(): Promise<StoredDocument[]>;
  returns(): Promise<StoredReturn[]>;
  lines(): Promise<StoredLine[]>;
  /** runs a job, and gives its counts */
  counts(job: string): Promise<{ read: number; drafted: number; unchanged: number; merged: number; setAside: number }>;
};

/** The part over a real store, with jobs and sources as connectors.yaml names them. */
export async function financeWorld(
  yaml: string,
  env: Record<string, string> = {},
  existing?: string,
): Promise<FinanceWorld> {
  let part: Part | undefined;
  const world = await openWorld(yaml, { env, sink: (name) => part?.sinks?.[name] }, existing);
  const read = parseConnectors(yaml, "connectors.yaml");
  if ("faults" in read) throw new Error("unreachable");
  part = await financePart.open({
    storage: world.storage,
    connectors: { file: "connectors.yaml", folder: world.folder, settings: read.settings },
    book: {} as Book,
    events: {} as Events,
    secret: Buffer.alloc(32, 7),
    now: Date.now,
    env,
    report,
    call: () => Promise.reject(new Error("no other part")),
  });
  const { calls } = part;
  return {
    ...world,
    part,
    documents: () => calls["finance.documents"]!({}) as Promise<StoredDocument[]>,
    returns: () => calls["finance.returns"]!({}) as Promise<StoredReturn[]>,
    lines: () => calls["finance.lines"]!({}) as Promise<StoredLine[]>,
    async counts(job) {
      const run = await world.jobs.run(job, "asked");
      if (run.state !== "done") throw new Error(`${job}: ${run.state} ${run.fault?.words.en}`);
      const { read: rows, drafted, unchanged, merged, setAside } = run;
      return { read: rows, drafted, unchanged, merged, setAside };
    },
  };
}

/** connectors.yaml with one treasury and two offices. */
export function connectorsYaml(sources: string, jobs: string): string {
  return `apiVersion: prasasti/connectors/v1
agencies:
  - { id: "ID-TIRTA-BPKAD", codes: ["5.02.0.00.0.00.01.0000"], stem: ocds-tirta-bpkad }
  - { id: "ID-TIRTA-PU", codes: ["1.3.1.2", "1.03.0.00.0.00.02.0000", "1.03.01"], stem: ocds-tirta-pu }
bankAccounts:
  - { name: RKUD, number: "001-0001-234567" }
sources:
${sources}
jobs:
${jobs}
`;
}

function report(error: unknown): never {
  throw error;
}
