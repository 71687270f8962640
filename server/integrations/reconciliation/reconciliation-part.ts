import { buffer } from "node:stream/consumers";
import { idOf } from "../../domain/entries/entry.ts";
import type { Hex } from "../../domain/entries/words.ts";
import { Fault } from "../../domain/fault.ts";
import type { PaymentState } from "../../domain/payments/matched-payment.ts";
import type { Language } from "../../domain/problems.ts";
import type { SpendingPlan } from "../../domain/reconciliation/absorption.ts";
import type { ContractLink } from "../../domain/reconciliation/case.ts";
import type { ClosingDocument, KeptClosing } from "../../domain/reconciliation/closing.ts";
import { dayAt } from "../../domain/rules/civil-days.ts";
import type { Organisation } from "../book.ts";
import { bankLinesSince } from "../finance/bank-sink.ts";
import { DocumentStore } from "../finance/document-store.ts";
import type { Part, PartNeeds } from "../part.ts";
import { bankLinksOf } from "../payments/bank-matches.ts";
import { paymentStateOf } from "../payments/payments.ts";
import { csvOf } from "../sheets/csv-of.ts";
import type { Sheet } from "../sheets/sheet.ts";
import { xlsxOf } from "../sheets/xlsx-of.ts";
import { absorptionPage } from "./absorption-page.ts";
import type { BankLink } from "./case-book.ts";
import { Closings } from "./closings.ts";
import { Following } from "./following.ts";
import { Reconciliation, type Scope } from "./reconciliation.ts";
import { reportPage } from "./report-page.ts";
import { absorptionSheets, differenceSheet, reportSheets, yearEndSheets } from "./report-sheets.ts";
import { yearEndPage } from "./year-end-page.ts";

type Format = "json" | "html" | "csv" | "xlsx";
/** A report as it is handed out: text, or the bytes of a workbook. */
type Handed = { readonly type: string; readonly content: string | Uint8Array };
type Asked = { agency: Hex; alone?: boolean; format: Format; language: Language };

/** Milliseconds between the end of one look at what was delivered and the next. */
const EVERY = 15_000;

/** How a document stands to contracts, by where it stands in matching; undefined: as it says itself. */
const LINKS: Readonly<Partial<Record<PaymentState, ContractLink>>> = {
  certain: "contract",
  accepted: "contract",
  recorded: "contract",
  doubtful: "open",
  notContract: "none",
};

/** Months held together: follows ledger, documents and banks; answers with reports; closes and opens again. */
export async function openReconciliation({ storage, book, connectors, now }: PartNeeds): Promise<Part> {
  const { jobs, reconciliation: settings, currency } = connectors.settings;
  /** in western Indonesia, where a day begins last */
  const today = () => dayAt(now(), "WIB");
  const reconciliation = new Reconciliation(storage, {
    ...{ accounts: settings.accounts, today },
    linkOf: async ({ key }) => {
      const state = await paymentStateOf(storage, key);
      return state && LINKS[state];
    },
  });
  const closings = new Closings(storage, reconciliation, now);
  const documents = new DocumentStore(storage);
  const issuers = new Set(
    jobs.flatMap(({ sink, agency }) => (sink === "payments" && agency !== undefined ? [agency] : [])),
  );
  const [onlyIssuer] = issuers.size === 1 ? issuers : [];
  /** @throws Fault where nobody says whose account it is */
  function treasuryOf(connector: string): Hex {
    const agency = jobs.find(({ id }) => id === connector)?.agency ?? onlyIssuer;
    if (agency === undefined) throw nobodys(connector);
    return idOf(agency);
  }
  const following = new Following({
    ...{ book, storage, cases: reconciliation.book },
    deliveries: {
      documents: (after) => documents.since(after),
      returns: () => documents.returns(),
      lines: (after) => bankLinesSince(storage, after),
      linksOf: (line) => bankLinksOf(storage, line),
      treasuryOf,
    },
  });

  /** The agency, with those below it unless it is asked alone. */
  async function scopeOf(agency: Hex, alone = false): Promise<Scope> {
    const all = new Map<Hex, Organisation>();
    for await (const each of book.organisations()) if (each.kind === "agency") all.set(each.hex, each);
    const isBelow = (hex: Hex | undefined): boolean =>
      hex !== undefined && (hex === agency || isBelow(all.get(hex)?.parent));
    const own = all.get(agency) ?? { hex: agency, id: agency, name: agency };
    const below = alone ? [] : [...all.values()].filter(({ hex }) => hex !== agency && isBelow(hex));
    return { agencies: [own, ...below].map(({ hex, id, name }) => ({ hex, id, name })) };
  }

  async function report({ agency, alone, period, format, language }: Asked & { period: string }): Promise<Handed> {
    await following.catchUp();
    const scope = await scopeOf(agency, alone);
    const differences = () => reconciliation.differences(scope, period);
    if (format === "csv") return csv(differenceSheet(differences(), scope, language));
    const told = await reconciliation.report(scope, period);
    if (format === "xlsx") return xlsx(reportSheets(told, differences(), language));
    const month = period.length > 4;
    const closing = month ? await closings.stateOf(agency, period) : undefined;
    const later = month ? await closings.laterChanges(scope, period) : undefined;
    const whole = { ...told, ...(closing === undefined ? {} : { closing }), ...(later === undefined ? {} : { later }) };
    return format === "html" ? { type: HTML, content: reportPage(whole, language) } : json(whole);
  }

  async function yearEnd({ agency, alone, on, format, language }: Asked & { on: string }): Promise<Handed> {
    await following.catchUp();
    const scope = await scopeOf(agency, alone);
    const told = await reconciliation.yearEnd(scope, on);
    if (format === "html") return { type: HTML, content: yearEndPage(told, scope, language) };
    if (format === "json") return json({ agency: scope.agencies[0], agencies: scope.agencies, ...told });
    const sheets = yearEndSheets(told, scope, language);
    return format === "xlsx" ? xlsx(sheets) : csv(sheets.at(-1)!);
  }

  async function absorption({ agency, alone, year, format, language }: Asked & { year: number }): Promise<Handed> {
    await following.catchUp();
    const scope = await scopeOf(agency, alone);
    const told = await reconciliation.absorption(scope, year, currency, today());
    if (format === "html") return { type: HTML, content: absorptionPage(told, scope, year, language) };
    if (format === "json") return json({ agencies: scope.agencies, year, absorption: told });
    const sheets = absorptionSheets(told, scope, language);
    return format === "xlsx" ? xlsx(sheets) : csv(sheets[0]!);
  }

  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  const look = async (): Promise<void> => {
    // what a look fails on is there at the next one, and whoever asks for a report is told
    await following.catchUp().catch(() => undefined);
    if (!closed) timer = setTimeout(() => void look(), EVERY);
  };
  timer = setTimeout(() => void look(), EVERY);
  return {
    calls: {
      "reconciliation.report": report,
      "reconciliation.yearEnd": yearEnd,
      "reconciliation.absorption": absorption,
      "reconciliation.closings": ({ agency }: { agency: Hex }) => closings.acts(agency),
      "reconciliation.propose": async ({ agency, month, act, reason }: Proposing) => {
        await following.catchUp();
        return closings.propose(await scopeOf(agency), month, act, reason);
      },
      "reconciliation.keep": async (signed: Omit<KeptClosing, "digest" | "keptAt">) => {
        await following.catchUp();
        return closings.keep(await scopeOf(signed.document.hex), signed);
      },
      "reconciliation.plan": async (plan: SpendingPlan) => {
        await reconciliation.keepPlan(plan);
        return plan;
      },
      "reconciliation.linkBankLines": ({ links }: { links: { account: string; key: string; links: BankLink[] }[] }) =>
        reconciliation.book.linkBankLines(links),
    },
    onFall: () => following.fallBack(),
    async close() {
      closed = true;
      clearTimeout(timer);
      await following.catchUp().catch(() => undefined); // nothing is half written when the store closes
    },
  };
}

function nobodys(connector: string): Fault {
  return new Fault("bank-treasury-unknown", {
    explanation: {
      en: `Bank lines of connector ${connector} are of nobody's account.`,
      id: `Baris bank dari konektor ${connector} tidak jelas milik siapa.`,
    },
    remedy: {
      en: "Name the treasury as `agency` of that job in connectors.yaml.",
      id: "Sebutkan kas daerahnya sebagai `agency` pada pekerjaan itu di connectors.yaml.",
    },
  });
}

type Proposing = { agency: Hex; month: string; act: ClosingDocument["act"]; reason?: string };

const HTML = "text/html; charset=utf-8";
const json = (value: unknown): Handed => ({ type: "application/json; charset=utf-8", content: JSON.stringify(value) });

/** With the mark by which Excel knows UTF-8. */
async function csv(sheet: Sheet): Promise<Handed> {
  const pieces = await Array.fromAsync(csvOf(sheet, { bom: true }));
  return { type: "text/csv; charset=utf-8", content: pieces.join("") };
}

async function xlsx(sheets: readonly Sheet[]): Promise<Handed> {
  const bytes = await buffer(xlsxOf(sheets));
  return { type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", content: new Uint8Array(bytes) };
}
