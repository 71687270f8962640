import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Client } from "../../../server/cli/client.ts";
import { openKey } from "../../../server/cli/key.ts";
import type { SigningKey } from "../../../server/cli/key-file.ts";
import { Register, type ToSign } from "../../../server/cli/register.ts";
import { readShortForm } from "../../../server/cli/short-form.ts";
import type { Draft } from "../../../server/domain/entries/draft.ts";
import { idOf } from "../../../server/domain/entries/entry.ts";
import type { PaymentDocument, ReturnDocument } from "../../../server/domain/payments/payment-document.ts";
import { draftFromText } from "../../../server/domain/proposals/proposal.ts";
import type { Book, Events } from "../../../server/integrations/book.ts";
import { DocumentStore } from "../../../server/integrations/finance/document-store.ts";
import type { Integrations } from "../../../server/integrations/integrations.ts";
import type { Calls, Part } from "../../../server/integrations/part.ts";
import { Payments } from "../../../server/integrations/payments/payments.ts";
import { paymentCalls } from "../../../server/integrations/payments/payments-part.ts";
import { Proposals } from "../../../server/integrations/procurement/proposals.ts";
import { openReconciliation } from "../../../server/integrations/reconciliation/reconciliation-part.ts";
import { parseConnectors } from "../../../server/integrations/settings.ts";
import type { AnswerTo, Question } from "../../../server/integrations/thread.ts";
import { registerBook } from "../../../server/register-book.ts";
import { Table } from "../../../server/store/store.ts";
import { type Running, startGateway, until } from "../../gateway/world.ts";

export const TREASURY = idOf("ID-PRS-TIRTARAYA");

/** A real register with payments beside it, whose documents the test writes as the finance sink does. */
export type World = {
  running: Running;
  url: string;
  register: Register;
  storage: Table;
  book: Book;
  /** what the gateway asks of the integrations; a test may add another part's */
  calls: Calls;
  documents: DocumentStore;
  proposals: Proposals;
  payments: Payments;
  /** records short forms, by sandbox people, and tells payments of it */
  record(by: string, forms: object[], approver?: string): Promise<void>;
  keep(...documents: PaymentDocument[]): Promise<void>;
  keepReturn(document: ReturnDocument): Promise<void>;
  /** takes all open proposals and signs them in one act; how often the key signed */
  signAll(by: string): Promise<{ signed: number; bundles: number }>;
  /** tells payments what the ledger has since the last time */
  tell(): Promise<void>;
  /** as after a restart: everything is read anew */
  reopen(): Promise<void>;
  close(): Promise<void>;
};

export async function openWorld(): Promise<World> {
  let url = "";
  // the part that the gateway asks, opened below: it needs the register
  const calls: Calls = {};
  const integrations = {
    call: (name: string, args?: unknown) => calls[name]!(args),
    troubles: () => [],
  };
  const running = await startGateway(undefined, {
    listensOn: () => url,
    integrations: () => integrations as unknown as Integrations,
  });
  url = await running.app.listen({ host: "127.0.0.1", port: 0 });
  const folder = await mkdtemp(path.join(tmpdir(), "prasasti-payments-"));
  const home = process.env.PRASASTI_HOME;
  process.env.PRASASTI_HOME = path.join(folder, "home");
  const register = await Register.open(new Client(url, { language: "en" }));
  const storage = await Table.open(path.join(folder, "rows"));
  const documents = new DocumentStore(storage);
  const proposals = new Proposals(storage, Date.now);
  const book = bookOf(running);
  const key = (name: string): Promise<SigningKey> => openKey(`sandbox:${name}`, "", "en");
  let position = 0;
  const world: World = {
    ...{ running, url, register, storage, book, calls, documents, proposals },
    payments: new Payments({ storage, book, documents, proposals, now: Date.now }),
    async record(by, forms, approver) {
      const maker = await key(by);
      const approvers = approver === undefined ? [] : [await key(approver)];
      for (const form of forms) {
        const draft = readShortForm(form as Parameters<typeof readShortForm>[0]);
        const told = await register.submit(draft, [maker], approvers, { reference: "" });
        if (told.state !== "final" && told.state !== "included")
          throw new Error(`${told.state} ${JSON.stringify(told.refusal ?? told.waitsFor)}`);
      }
      await tell();
    },
    async keep(...some) {
      for (const document of some) {
        const before = await documents.document(document.key);
        const version = (before?.version ?? 0) + 1;
        const { put, remove } = await documents.rowsFor({ document, version, state: "inForce" }, before);
        await storage.put(put, { sync: true, remove });
      }
      await world.payments.run();
    },
    async keepReturn(document) {
      const seq = await documents.nextSeq();
      const value = { return: document, version: 1, seq, state: "inForce", job: "test", hash: "" };
      await storage.put([{ key: `fin/return/${document.key}`, value }], { sync: true });
      await world.payments.run();
    },
    async signAll(by) {
      const maker = await key(by);
      const { proposals: open } = await proposals.list({ limit: 256 });
      const taken = await proposals.take(
        open.map(({ id }) => id),
        maker.holderId,
      );
      const drafts: Draft[] = taken.flatMap((each) => each.drafts.map(draftFromText));
      const prepared = [];
      for (const draft of drafts) {
        const found = await register.prepare(draft, [maker], [], { reference: "" });
        if (!("posted" in found)) throw new Error(JSON.stringify(found));
        prepared.push(found);
      }
      const { bundles, signatureOf } = await register.signTogether(prepared);
      for (const each of prepared) {
        const told = await register.send(each, signatureOf as (of: ToSign) => ReturnType<typeof signatureOf>);
        if (told.state !== "final" && told.state !== "included")
          throw new Error(`${told.state} ${JSON.stringify(told.refusal ?? told.waitsFor)}`);
      }
      await tell();
      return { signed: prepared.length, bundles };
    },
    async reopen() {
      await world.payments.close();
      world.payments = new Payments({ storage, book, documents, proposals, now: Date.now });
      Object.assign(calls, paymentCalls(world.payments, proposals));
    },
    tell,
    async close() {
      await world.payments.close();
      await storage.close();
      await running.remove();
      if (home === undefined) delete process.env.PRASASTI_HOME;
      else process.env.PRASASTI_HOME = home;
      await rm(folder, { recursive: true });
    },
  };
  Object.assign(calls, paymentCalls(world.payments, proposals));
  async function tell(): Promise<void> {
    await until("the projection to follow", async () => (await book.size()) === running.services.register().log.size);
    for await (const { ocids, next } of book.touchedSince(position)) {
      await world.payments.onLedger(ocids);
      position = next;
    }
  }
  return world;
}

/** Reconciliation over the same rows and register, by the settings of a connectors.yaml. */
export async function openReconciliationOf({ storage, book }: World, yaml: string): Promise<Part> {
  const read = parseConnectors(yaml, "connectors.yaml");
  if ("faults" in read) throw new Error(JSON.stringify(read.faults));
  return openReconciliation({
    ...{ storage, book, now: Date.now, env: {}, events: {} as Events, secret: new Uint8Array(32) },
    connectors: { file: "connectors.yaml", folder: "/", settings: read.settings } as never,
    report: (error) => {
      throw error;
    },
    call: async () => {
      throw new Error("not asked");
    },
  });
}

function bookOf(running: Running): Book {
  const answer = registerBook(running.services);
  const ask = <Q extends Question>(question: Q) => answer(question) as Promise<AnswerTo[Q["about"]]>;
  return {
    size: () => ask({ about: "size" }),
    process: (ocid, waiting) => ask({ about: "process", ocid, waiting: waiting !== undefined }),
    async *touchedSince(position) {
      for (let at: { next: number; after: string | undefined } = { next: position, after: undefined }; ; ) {
        const page = await ask({ about: "touched", position: at.next, after: at.after });
        if (page === undefined) return;
        yield page;
        at = page;
      }
    },
    organisation: (hex) => ask({ about: "organisation", hex }),
    async *organisations() {
      yield* (await ask({ about: "organisations", after: undefined })).organisations;
    },
  };
}

let serial = 0;
/** An SP2D of the regency's treasury, changed by what is chosen. Amounts in sen. */
export function anSp2d(choices: Partial<PaymentDocument> & { gross: string }): PaymentDocument {
  const number = choices.number ?? `${String(++serial).padStart(5, "0")}/SP2D-LS/1.03/2026`;
  return {
    key: `${TREASURY}/2026/SP2D/${number.toUpperCase()}`,
    issuer: TREASURY,
    year: 2026,
    type: "SP2D",
    number,
    on: "2026-11-20",
    route: "LS",
    currency: "IDR",
    net: choices.gross,
    deductions: [],
    agency: idOf("ID-PRS-DPUPR"),
    lines: [],
    payee: { name: "CV Batu Alam" },
    purpose: "Pembayaran",
    source: { connector: "simda", capture: "0".repeat(64), at: `row ${serial}` },
    ...choices,
  };
}
