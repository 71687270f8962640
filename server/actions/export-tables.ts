import { idOf } from "../domain/entries/entry.ts";
import { Exception, type ExceptionName, Kind, marksIn } from "../domain/entries/kinds.ts";
import { actOn, kindInWords, marksInWords, stateInWords } from "../domain/entries/telling.ts";
import type { Hex } from "../domain/entries/words.ts";
import { covers } from "../domain/lifecycle/offices.ts";
import type { Json } from "../domain/ocds/check-fields.ts";
import { currencyExponent } from "../domain/ocds/money.ts";
import { type ContractCard, contractCards } from "../domain/payments/contract-card.ts";
import type { Language, Words } from "../domain/problems.ts";
import { keyPart } from "../domain/projection/ordered.ts";
import type { ProcessView } from "../domain/projection/process-view.ts";
import type { AgencyView, EntryRow, PublishedRelease } from "../domain/projection/project-block.ts";
import { dayAt } from "../domain/rules/civil-days.ts";
import type { Storage } from "../domain/storage.ts";
import { ocidPage, organisationId, whole } from "./publish.ts";

/** What people open in a program for tables; of what the register publishes, so for everybody. */
export const EXPORTS = ["contracts", "payments", "exceptions", "suppliers"] as const;
export type ExportName = (typeof EXPORTS)[number];

/** Of an agency and those below it, and of a period; days as `YYYY-MM-DD`, both included. What is absent leaves nothing out. */
export type ExportFilter = { agency?: string | undefined; from?: string | undefined; until?: string | undefined };

/** Minor units, and how many digits its currency has. */
type Amount = { minor: string | bigint; exponent: number };
type Cell = string | bigint | number | Amount | null | undefined;
type ColumnKind = "text" | "money" | "date" | "count";
/** A column by its name in programs, its heading for people, and what stands in it. */
export type ExportColumn = { name: string; kind: ColumnKind; title: Words; about: Words };
/** A table whose rows are made while they are written. */
type ExportTable = {
  name: string;
  columns: { title: string; kind: ColumnKind }[];
  rows: AsyncIterable<readonly Cell[]> | Iterable<readonly Cell[]>;
};

type Needs = Pick<Storage, "get" | "range"> & {
  keys(prefix: string, options?: { after?: string; limit?: number; reverse?: boolean }): AsyncGenerator<string>;
  /** the entries of a process, oldest first, with their bodies as far as they are at hand */
  entriesOf(ocid: string): Promise<EntryRow[]>;
  /** lets others have their turn: a table of all contracts is seconds of work */
  breathe(): Promise<unknown>;
};

const column = (
  name: string,
  kind: ColumnKind,
  en: string,
  id: string,
  aboutEn: string,
  aboutId: string,
): ExportColumn => ({
  ...{ name, kind },
  title: { en, id },
  about: { en: aboutEn, id: aboutId },
});
const PROCESS = column(
  "ocid",
  "text",
  "Process (ocid)",
  "Proses (ocid)",
  "the contracting process",
  "proses pengadaan",
);
const CONTRACT = column(
  "contract",
  "text",
  "Contract",
  "Kontrak",
  "id of the contract in its process",
  "pengenal kontrak dalam prosesnya",
);
const AGENCY = [
  column("agency", "text", "Agency", "Instansi", "id of the agency as registered", "pengenal instansi dalam register"),
  column("agencyName", "text", "Name of the agency", "Nama instansi", "its name today", "namanya saat ini"),
];
const SUPPLIER = [
  column(
    "supplier",
    "text",
    "Supplier",
    "Penyedia",
    "id of the supplier as registered",
    "pengenal penyedia dalam register",
  ),
  column("supplierName", "text", "Name of the supplier", "Nama penyedia", "its name today", "namanya saat ini"),
];
const KIND = column("kind", "text", "Kind", "Jenis", "what was recorded", "yang dicatat");
const CURRENCY = column("currency", "text", "Currency", "Mata uang", "ISO 4217", "ISO 4217");
const money = (name: string, en: string, id: string, aboutEn: string, aboutId: string) =>
  column(name, "money", en, id, aboutEn, aboutId);
const day = (name: string, en: string, id: string, aboutEn: string, aboutId: string) =>
  column(name, "date", en, id, aboutEn, aboutId);
const MARKS = column(
  "marks",
  "text",
  "What stands out",
  "Catatan khusus",
  "exceptions of its entries, in words",
  "pengecualian pada entrinya, dalam kata-kata",
);

/** The columns of each table, in their order. */
export const EXPORT_COLUMNS: Readonly<Record<ExportName, readonly ExportColumn[]>> = {
  contracts: [
    ...[PROCESS, CONTRACT],
    column("numbers", "text", "Numbers", "Nomor", "numbers under which people know it", "nomor yang dikenal orang"),
    column("title", "text", "Title", "Judul", "what it is for", "uraian pekerjaan"),
    ...[...AGENCY, ...SUPPLIER],
    column("status", "text", "State", "Keadaan", "where the contract stands", "keadaan kontrak"),
    day("signedOn", "Signed on", "Tanggal kontrak", "day of signing", "tanggal penandatanganan"),
    day("until", "Until", "Berakhir", "end of the contract, with its amendments", "akhir kontrak sesudah adendum"),
    CURRENCY,
    money("firstValue", "First value", "Nilai awal", "as first signed", "saat pertama ditandatangani"),
    money("value", "Value", "Nilai", "as amended", "sesudah adendum"),
    money("accepted", "Accepted", "Diterima", "work accepted so far", "pekerjaan yang sudah diterima"),
    money("certified", "Certified", "BAP", "authorised to be paid so far", "jumlah menurut BAP"),
    money(
      "withheld",
      "Withheld",
      "Ditahan",
      "retention and fines kept back, less what was released",
      "retensi dan denda yang ditahan, dikurangi yang dilepas",
    ),
    money(
      "paid",
      "Paid",
      "Dibayar",
      "cleared payments less returns, gross of tax",
      "pembayaran cair dikurangi pengembalian, bruto",
    ),
    money(
      "remaining",
      "Remaining",
      "Sisa",
      "value less paid; below nothing where more was paid",
      "nilai dikurangi dibayar; negatif bila lebih bayar",
    ),
    money("excess", "Excess", "Kelebihan", "paid beyond the value", "dibayar melebihi nilai"),
    column("held", "text", "On hold", "Ditangguhkan", "payments are on hold", "pembayaran ditangguhkan"),
    column("plans", "text", "Plans (RUP)", "RUP", "ids of the plans", "pengenal RUP"),
    MARKS,
  ],
  payments: [
    ...[PROCESS, CONTRACT, KIND, ...AGENCY, ...SUPPLIER],
    column("issuer", "text", "Treasury", "Penerbit", "who issued the document", "penerbit dokumen"),
    column(
      "number",
      "text",
      "Number",
      "Nomor",
      "of the SP2D or receipt, where the entry says it",
      "nomor SP2D atau kuitansi bila disebut",
    ),
    day("on", "Paid on", "Tanggal bayar", "day on which it cleared", "tanggal pencairan"),
    CURRENCY,
    money("amount", "Amount", "Jumlah", "the share of this contract, gross of tax", "bagian kontrak ini, bruto"),
    money(
      "documentTotal",
      "Total of the document",
      "Jumlah dokumen",
      "all shares of the document together",
      "jumlah seluruh bagian dokumen",
    ),
    money("returned", "Returned", "Dikembalikan", "how much of it came back", "bagian yang kembali"),
    money(
      "counted",
      "Counted",
      "Diperhitungkan",
      "how much of it counts as paid; nothing where the opening balance has it already. Of a contract these add up to what is paid",
      "bagian yang diperhitungkan sebagai dibayar; nihil bila sudah ada dalam saldo awal. Jumlahnya per kontrak sama dengan yang dibayar",
    ),
    column(
      "documentKey",
      "text",
      "Key of the document",
      "Kunci dokumen",
      "by which one document is paid once",
      "agar satu dokumen dibayar sekali",
    ),
    column("entry", "count", "Entry", "Entri", "number of the entry in its process", "nomor entri dalam prosesnya"),
    MARKS,
  ],
  exceptions: [
    ...[PROCESS, CONTRACT, ...AGENCY, ...SUPPLIER],
    column("entry", "count", "Entry", "Entri", "number of the entry in its process", "nomor entri dalam prosesnya"),
    KIND,
    day("recordedOn", "Recorded on", "Dicatat", "day of recording, western Indonesia", "tanggal pencatatan (WIB)"),
    column(
      "what",
      "text",
      "What stands out",
      "Catatan khusus",
      "the exception, in words",
      "pengecualian dalam kata-kata",
    ),
    column(
      "who",
      "text",
      "Who should act, and how",
      "Siapa bertindak",
      "what somebody does about it",
      "tindakan yang diperlukan",
    ),
    CURRENCY,
    money("amount", "Amount", "Jumlah", "of the entry", "jumlah pada entri"),
    money(
      "excess",
      "Excess",
      "Kelebihan",
      "paid beyond the value, as the ledger computed",
      "kelebihan bayar menurut buku besar",
    ),
  ],
  suppliers: [
    ...SUPPLIER,
    CURRENCY,
    column(
      "contracts",
      "count",
      "Contracts",
      "Kontrak",
      "contracts in this currency",
      "jumlah kontrak dalam mata uang ini",
    ),
    column("agencies", "count", "Agencies", "Instansi", "agencies with which it has them", "jumlah instansi"),
    money("value", "Value", "Nilai", "of these contracts, as amended", "nilai kontrak sesudah adendum"),
    money("paid", "Paid", "Dibayar", "on these contracts", "dibayar atas kontrak ini"),
    money("excess", "Excess", "Kelebihan", "paid beyond their values", "dibayar melebihi nilai"),
    day("first", "First signed", "Pertama", "day of the first contract", "tanggal kontrak pertama"),
    day("last", "Last signed", "Terakhir", "day of the last contract", "tanggal kontrak terakhir"),
  ],
};

/**
 * A table with its headings in a language, and rows that are read from the register as they are written: nothing grows
 * with it but, of suppliers, one sum each. A second table explains the headings. Money has the digits of its row's
 * currency.
 */
export function exportTable(
  name: ExportName,
  filter: ExportFilter,
  language: Language,
  needs: Needs,
): { table: ExportTable; about: ExportTable } {
  const columns = EXPORT_COLUMNS[name];
  const [heading, meaning] = language === "id" ? ["Kolom", "Keterangan"] : ["Column", "Meaning"];
  return {
    table: {
      name: NAMES[name][language],
      columns: columns.map(({ title, kind }) => ({ title: title[language], kind })),
      rows: ROWS[name](filter, language, needs),
    },
    about: {
      name: meaning,
      columns: [heading, meaning].map((title) => ({ title, kind: "text" })),
      rows: columns.map(({ title, about }) => [title[language], about[language]]),
    },
  };
}

const NAMES: Readonly<Record<ExportName, Words>> = {
  contracts: { en: "Contracts", id: "Kontrak" },
  payments: { en: "Payments", id: "Pembayaran" },
  exceptions: { en: "Exceptions", id: "Pengecualian" },
  suppliers: { en: "Suppliers", id: "Penyedia" },
};

type RowsOf = (filter: ExportFilter, language: Language, needs: Needs) => AsyncGenerator<readonly Cell[]>;
const ROWS: Readonly<Record<ExportName, RowsOf>> = {
  contracts: contractRows,
  payments: paymentRows,
  exceptions: exceptionRows,
  suppliers: supplierRows,
};

async function* contractRows(filter: ExportFilter, language: Language, needs: Needs): AsyncGenerator<readonly Cell[]> {
  const names = new Names(needs.get);
  for await (const { view, cards } of processes(filter, needs))
    for (const card of cards) {
      if (!isWithin(card.on, filter)) continue;
      const { value, paid, withheld, released, numbers, planIds, isHeld, on, until } = card;
      const amount = (minor: string | bigint) => scaled(minor, card.currency);
      yield [
        ...[card.ocid, card.contractId, numbers.join("; "), card.title],
        ...(await names.of(view.agency)),
        ...(await names.of(card.supplier?.id)),
        ...[stateInWords(card.status, language), on, until, card.currency],
        ...[card.firstValue, value, card.accepted, card.certified].map(amount),
        ...[BigInt(withheld) - BigInt(released), paid, BigInt(value) - BigInt(paid), card.excess].map(amount),
        ...[isHeld ? YES[language] : "", planIds.join("; ")],
        marksInWords(view.contracts[card.contractId]?.exceptions ?? 0, language).join("; "),
      ];
    }
}

async function* paymentRows(filter: ExportFilter, language: Language, needs: Needs): AsyncGenerator<readonly Cell[]> {
  const names = new Names(needs.get);
  for await (const { view, cards } of processes(filter, needs))
    for (const card of cards) {
      const contract = view.contracts[card.contractId];
      const begun = contract?.balanceOn === undefined ? undefined : dateOf(contract.balanceOn);
      const wanted = card.payments.filter(({ on }) => isWithin(on, filter));
      if (wanted.length === 0 && (begun === undefined || !isWithin(begun, filter))) continue;
      // most processes have nothing that stands out, and their entries need not be read
      const entries = contract?.exceptions || begun !== undefined ? await needs.entriesOf(card.ocid) : [];
      const whose = [...(await names.of(view.agency)), ...(await names.of(card.supplier?.id))];
      const amount = (minor: string | bigint) => scaled(minor, card.currency);
      // what was paid before the contract was taken over stands in its opening alone
      const opening = entries.findLast(
        ({ kind, contractId }) => kind === Kind.opening && contractId === card.contractId,
      );
      if (opening?.balances !== undefined && opening.balances.paid !== "0" && isWithin(begun, filter)) {
        const paid = String(opening.balances.paid);
        yield [
          ...[card.ocid, card.contractId, kindInWords(Kind.opening, language), ...whose, "", "", begun, card.currency],
          ...[paid, paid, "0", paid].map(amount),
          ...["", opening.assigned.processSequence, marksInWords(opening.assigned.exceptions, language).join("; ")],
        ];
      }
      for (const { leaf, sequence, number, on, amount: share, total, returned, documentKey, issuer } of wanted) {
        const marks = entries.find((each) => each.leaf === leaf)?.assigned.exceptions ?? 0;
        yield [
          ...[card.ocid, card.contractId, kindInWords(Kind.payment, language), ...whose],
          ...[(await names.of(issuer))[1], number, on, card.currency],
          ...[share, total, returned ?? "0"].map(amount),
          // one that is in the opening balance already is not added once more
          amount(marks & Exception.beforeOpening ? "0" : BigInt(share) - BigInt(returned ?? "0")),
          ...[documentKey, sequence, marksInWords(marks, language).join("; ")],
        ];
      }
    }
}

/** Marks that say how something came here, not that somebody must look at it. */
const NO_MATTER = Exception.imported;

async function* exceptionRows(filter: ExportFilter, language: Language, needs: Needs): AsyncGenerator<readonly Cell[]> {
  const names = new Names(needs.get);
  for await (const { view } of processes(filter, needs)) {
    const contracts = Object.values(view.contracts);
    if (contracts.every(({ exceptions, excess }) => (exceptions & ~NO_MATTER) === 0 && excess === "0")) continue;
    for (const row of await needs.entriesOf(view.ocid)) {
      const { assigned, contractId, kind, terms, excess } = row;
      const marks = marksIn(assigned.exceptions & ~NO_MATTER);
      const recorded = dayAt(assigned.timeMs, "WIB");
      if ((marks.length === 0 && excess === "0") || !isWithin(recorded, filter)) continue;
      // what a wave brought and lost is no entry of the process as it stands
      if (assigned.wave !== (view.wave ?? 0)) continue;
      const contract = contracts.find(({ id }) => id === contractId);
      const currency = String(terms.currency ?? contract?.currency ?? "");
      const known: readonly (ExceptionName | undefined)[] = marks.length === 0 ? [undefined] : marks;
      for (const mark of known)
        yield [
          ...[view.ocid, contractId],
          ...(await names.of(view.agency)),
          ...(await names.of(contract?.party)),
          ...[assigned.processSequence, kindInWords(kind, language), recorded],
          ...[
            mark === undefined ? "" : marksInWords(Exception[mark], language)[0],
            mark === undefined ? "" : actOn(mark, language),
          ],
          currency,
          scaled(String(terms.amount ?? terms.value ?? "0"), currency),
          scaled(excess, currency),
        ];
    }
  }
}

async function* supplierRows(filter: ExportFilter, _language: Language, needs: Needs): AsyncGenerator<readonly Cell[]> {
  type Sum = {
    contracts: number;
    agencies: Set<Hex>;
    value: bigint;
    paid: bigint;
    excess: bigint;
    first: string;
    last: string;
  };
  const sums = new Map<string, Sum>();
  for await (const { view, cards } of processes(filter, needs))
    for (const { supplier, currency, on, value, paid, excess } of cards) {
      if (supplier === undefined || !isWithin(on, filter)) continue;
      const key = `${supplier.id} ${currency}`;
      const sum = sums.get(key) ?? {
        contracts: 0,
        agencies: new Set(),
        value: 0n,
        paid: 0n,
        excess: 0n,
        first: "",
        last: "",
      };
      sums.set(key, sum);
      sum.contracts++;
      sum.agencies.add(view.agency);
      sum.value += BigInt(value);
      sum.paid += BigInt(paid);
      sum.excess += BigInt(excess);
      if (on !== undefined && (sum.first === "" || on < sum.first)) sum.first = on;
      if (on !== undefined && on > sum.last) sum.last = on;
    }
  const names = new Names(needs.get);
  for (const [key, { contracts, agencies, value, paid, excess, first, last }] of [...sums].sort(([a], [b]) =>
    a < b ? -1 : 1,
  )) {
    const [id, currency] = key.split(" ") as [Hex, string];
    yield [
      ...(await names.of(id)),
      ...[currency, contracts, agencies.size],
      ...[value, paid, excess].map((minor) => scaled(minor, currency)),
      ...[first, last],
    ];
  }
}

/** Processes in force of an agency and those below it, with the cards of their contracts, in the order of their ocids. */
async function* processes(
  { agency }: ExportFilter,
  needs: Needs,
): AsyncGenerator<{ view: ProcessView; cards: ContractCard[] }> {
  const above = organisationId(agency, idOf);
  const tree = new Map<Hex, AgencyView>();
  if (above !== undefined) for await (const { value } of needs.range<AgencyView>("agency/")) tree.set(value.id, value);
  let cursor: string | undefined;
  do {
    const { items, next } = await ocidPage(cursor, 200, needs);
    for (const ocid of items) {
      await needs.breathe();
      const key = keyPart(ocid);
      const view = await needs.get<ProcessView>(`process/${key}`);
      if (view === undefined) continue;
      if (above !== undefined && !covers(above, view.agency as Hex, true, (id) => tree.get(id))) continue;
      const releases: Json[] = [];
      for await (const { value } of needs.range<PublishedRelease>(`release/${key}/`))
        releases.push((await whole(value, needs)).release as Json);
      yield { view, cards: contractCards({ view, releases }) };
    }
    cursor = next;
  } while (cursor !== undefined);
}

/** Ids and names of organisations, each read once. */
class Names {
  readonly #get: Storage["get"];
  readonly #known = new Map<string, readonly [id: string, name: string]>();

  constructor(get: Storage["get"]) {
    this.#get = get;
  }

  async of(id: Hex | undefined): Promise<readonly [id: string, name: string]> {
    if (id === undefined) return ["", ""];
    let known = this.#known.get(id);
    if (known === undefined) {
      const details = (await this.#get<AgencyView>(`agency/${id}`))?.details ?? {};
      const text = (value: unknown, otherwise: string) => (typeof value === "string" ? value : otherwise);
      known = [text(details.id, id), text(details.name, "")];
      this.#known.set(id, known);
    }
    return known;
  }
}

const YES: Readonly<Record<Language, string>> = { en: "yes", id: "ya" };

/** What has no day is of no period. */
function isWithin(on: string | undefined, { from, until }: ExportFilter): boolean {
  if (from === undefined && until === undefined) return true;
  return on !== undefined && (from === undefined || on >= from) && (until === undefined || on <= until);
}

/** The day of a date, which is midnight UTC, in seconds. */
function dateOf(seconds: number): string {
  return new Date(seconds * 1_000).toISOString().slice(0, 10);
}

/** An amount with the digits of its currency. */
function scaled(minor: string | bigint, currency: string): Amount {
  return { minor, exponent: currencyExponent(currency) ?? 2 };
}
