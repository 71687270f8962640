import { accountDigest } from "../../../migration/mapping/keyed-digest.ts";
import type { MapFile } from "../../../migration/mapping/read-map.ts";
import { type References, readReferences } from "../../../migration/mapping/references.ts";
import { openSource } from "../../../migration/sources/open-source.ts";
import { sourceSettings } from "../../../migration/sources/settings.ts";
import { idOf } from "../../domain/entries/entry.ts";
import type { Hex } from "../../domain/entries/words.ts";
import { Fault } from "../../domain/fault.ts";
import { readJobMap } from "../connect/job-map.ts";
import type { Part, PartNeeds } from "../part.ts";
import { secretOf } from "../secret-of.ts";
import type { JobSettings } from "../settings.ts";
import { BankSink } from "./bank-sink.ts";
import { PaymentsSink } from "./payments-sink.ts";

/** Most documents or lines in one answer of a call. */
const PAGE = 1_000;

/** Payments and bank lines, from the systems that hold them. */
export const financePart = {
  name: "finance",
  async open(needs: PartNeeds): Promise<Part> {
    const secret = Buffer.from(needs.secret).toString("hex");
    const { settings, folder } = needs.connectors;
    const agencies = new Map<string, Hex>();
    for (const { id, codes } of settings.agencies) for (const code of codes) agencies.set(levelCode(code), idOf(id));
    const maps = new Map<string, MapFile>();
    const job = (id: string): JobSettings & { readonly file: MapFile; references(): Promise<References> } => {
      const found = settings.jobs.find((each) => each.id === id);
      if (found?.map === undefined) throw incomplete(id, "map");
      const file = maps.get(id) ?? readJobMap(found.map, folder);
      maps.set(id, file);
      return { ...found, file, references: () => referencesOf(needs, found, file) };
    };
    const accounts = new Map(
      settings.bankAccounts.flatMap(({ name, number }) => {
        const digest = accountDigest(secret, number);
        return digest === undefined ? [] : [[digest, name] as const];
      }),
    );
    const payments = new PaymentsSink(needs.storage, {
      secret,
      job: (id) => {
        const { file, agency, year, references } = job(id);
        if (agency === undefined) throw incomplete(id, "agency");
        return { map: file, issuer: idOf(agency), references, ...(year === undefined ? {} : { year }) };
      },
      agency: (code) => agencies.get(levelCode(code)),
    });
    const bank = new BankSink(needs.storage, {
      secret,
      job: (id) => {
        const { file, account, references } = job(id);
        const own = settings.bankAccounts.find(({ name }) => name === account);
        const digest = own === undefined ? undefined : accountDigest(secret, own.number);
        return { map: file, references, ...(digest === undefined ? {} : { account: digest }) };
      },
      accountName: (digest) => accounts.get(digest),
    });
    // what was laid down before a crash becomes documents now
    for (const issuer of new Set(
      settings.jobs.flatMap(({ sink, agency }) => (sink === "payments" && agency !== undefined ? [idOf(agency)] : [])),
    ))
      await payments.assemble(issuer);

    return {
      sinks: { payments, bank },
      calls: {
        "finance.document": ({ key }: { key: string }) => payments.documents.document(key),
        "finance.documents": ({ after = 0 }: { after?: number }) => page(payments.documents.since(after)),
        "finance.versions": async ({ key }: { key: string }) => Array.fromAsync(payments.documents.versions(key)),
        "finance.returns": async () => Array.fromAsync(payments.documents.returns()),
        "finance.waiting": () => page(payments.documents.waiting()),
        "finance.lines": ({ after = 0 }: { after?: number }) => page(bank.since(after)),
      },
      close: async () => {},
    };
  },
};

const NEEDED = {
  map: {
    en: "how its columns are read; name a map that comes with the software or a file of your own under `map`",
    id: "cara membaca kolomnya; sebutkan peta bawaan atau berkas sendiri pada `map`",
  },
  agency: {
    en: "which treasury issues its payments; name it under `agency`",
    id: "instansi penerbit pembayarannya; sebutkan pada `agency`",
  },
};

function incomplete(job: string, what: keyof typeof NEEDED): Fault {
  return new Fault("connector-incomplete", {
    explanation: {
      en: `The job ${job} does not say ${NEEDED[what].en.split(";")[0]}.`,
      id: `Pekerjaan ${job} tidak menyebut ${NEEDED[what].id.split(";")[0]}.`,
    },
    remedy: {
      en: `In connectors.yaml, ${NEEDED[what].en.split("; ")[1]}.`,
      id: `Di connectors.yaml, ${NEEDED[what].id.split("; ")[1]}.`,
    },
  });
}

async function page<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const row of rows) if (found.push(row) === PAGE) break;
  return found;
}

/** Codes of offices are written with zeros and points of many kinds: `1.03.01.02`, `1.3.1.2`, `1-03-01-02`. */
function levelCode(code: string): string {
  return code
    .trim()
    .toUpperCase()
    .split(/[.\-/ ]+/)
    .filter((part) => part !== "")
    .map((part) => part.replace(/^0+(?=.)/, ""))
    .join(".");
}

/** Read of the source when they are first needed, and kept, so that captured answers can be read again without it. */
async function referencesOf(
  { storage, connectors, env }: PartNeeds,
  job: JobSettings,
  map: MapFile,
): Promise<References> {
  if (Object.keys(map.spec.references).length === 0) return {};
  const key = `fin/references/${job.id}`;
  const { data: settings } = sourceSettings.safeParse(connectors.settings.sources[job.source]);
  // sources that are asked over HTTP have no tables to look things up in
  if (settings === undefined) return {};
  try {
    const source = await openSource(settings, connectors.folder, {
      name: job.source,
      env: "dsnEnv" in settings ? { [settings.dsnEnv]: secretOf(settings.dsnEnv, env) } : {},
    });
    try {
      const read = await readReferences(map, source);
      await storage.put(
        [{ key, value: Object.fromEntries(Object.entries(read).map(([name, rows]) => [name, [...rows]])) }],
        {
          sync: true,
        },
      );
      return read;
    } finally {
      await source.close();
    }
  } catch (error) {
    const kept = await storage.get<Record<string, [string, (string | null)[]][]>>(key);
    if (kept === undefined) throw error;
    return Object.fromEntries(Object.entries(kept).map(([name, rows]) => [name, new Map(rows)]));
  }
}
