import path from "node:path";
import * as z from "zod";
import { accountDigest } from "../../../migration/mapping/keyed-digest.ts";
import { idOf } from "../../domain/entries/entry.ts";
import type { Hex } from "../../domain/entries/words.ts";
import { DEDUCTION_KINDS } from "../../domain/payments/payment-document.ts";
import { type BankAccount, REQUEST_STATES } from "../../domain/payments/payment-request.ts";
import { ProblemError } from "../../domain/problems.ts";
import { isDay } from "../../domain/rules/civil-days.ts";
import type { Part, PartNeeds } from "../part.ts";
import { Outbox } from "./outbox.ts";

/** Payment requests as a part of the integrations: kept in step with the register, handed over when somebody asks. */
export async function openRequests({ storage, book, connectors, secret, now }: PartNeeds): Promise<Part> {
  const routes = connectors.settings.requests.map(({ agency, folder, format, layout, decimals }) => ({
    agency: idOf(agency) as Hex,
    name: connectors.settings.agencies.find(({ id }) => id === agency)?.name ?? agency,
    folder: path.resolve(connectors.folder, folder),
    format,
    ...(layout === undefined ? {} : { layout }),
    ...(decimals === undefined ? {} : { decimals }),
  }));
  // under the key under which finance systems' accounts are kept: the same account has one digest
  const key = Buffer.from(secret).toString("hex");
  const outbox = new Outbox({ storage, book, routes, digest: (account) => accountDigest(key, account), now });
  await outbox.recover();
  const routed = new Set(routes.map(({ agency }) => agency));
  return {
    calls: {
      "requests.list": async (asked: unknown) => {
        const { after, limit, ...filter } = read(listed, asked);
        return outbox.list(filter as never, { after, limit });
      },
      "requests.files": async (asked: unknown) => ({ files: await outbox.files(read(ofAgency, asked).agency as Hex) }),
      "requests.prepare": async (asked: unknown) => {
        const { ocid, changes } = read(prepared, asked);
        return { requests: await outbox.prepare(ocid, changes as never) };
      },
      "requests.handOver": async (asked: unknown) => {
        const { agency, ids, accounts, executeOn } = read(handed, asked);
        return outbox.handOver({ agency: agency as Hex, ids, accounts: accounts as BankAccount[], executeOn });
      },
      "requests.acknowledge": async (asked: unknown) => {
        const { content, agency } = read(answered, asked);
        return outbox.acknowledge(content, agency as Hex | undefined);
      },
    },
    // requests come by themselves only where somebody said where they go
    async onLedger(ocids) {
      for (const ocid of ocids) {
        if (routed.size === 0) return;
        const published = await book.process(ocid);
        // of a process that does not count any more what was asked is taken back
        if (published === undefined || routed.has(published.view.agency)) await outbox.refresh(ocid);
      }
    },
    close: async () => {},
  };
}

const hex = z.string().regex(/^0x[0-9a-f]{64}$/);
const text = z.string().min(1).max(500);
const amount = z.string().regex(/^\d{1,39}$/);
const ofAgency = z.object({ agency: hex.optional() });
const listed = z.object({
  agency: hex.optional(),
  state: z.enum(REQUEST_STATES).optional(),
  ocid: text.optional(),
  after: text.optional(),
  limit: z.int().min(1).max(1000).default(100),
});
const deduction = z.object({
  kind: z.enum(DEDUCTION_KINDS),
  name: text,
  amount,
  billing: text.optional(),
  ntpn: text.optional(),
});
const prepared = z.object({
  ocid: text,
  changes: z
    .array(z.object({ id: text, deductions: z.array(deduction).max(20).optional(), again: z.boolean().optional() }))
    .max(1000)
    .default([]),
});
const handed = z.object({
  agency: hex,
  ids: z.array(text).max(10_000).optional(),
  accounts: z
    .array(z.object({ party: text, account: z.string().max(100), bank: z.string().max(100), holder: text.optional() }))
    .max(100_000),
  executeOn: z.string().refine(isDay),
});
const answered = z.object({ agency: hex.optional(), content: z.instanceof(Uint8Array) });

/** What main sends comes from the same program; a wrong form is told by its places alone, never with what was sent. */
function read<T extends z.ZodType>(schema: T, asked: unknown): z.output<T> {
  const parsed = schema.safeParse(asked ?? {});
  if (parsed.success) return parsed.data;
  const places = parsed.error.issues.map(({ path: at }) => `/${at.join("/")}`);
  throw new ProblemError("invalid-request", places.join(", "));
}
