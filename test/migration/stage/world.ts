import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Fragment, Mapped } from "../../../migration/mapping/mapped.ts";
import type { RowFault, Scan, SourceRow } from "../../../migration/row.ts";
import { readLot } from "../../../migration/stage/lot.ts";
import type { RowRules } from "../../../migration/stage/row-duplicates.ts";
import { type StageDataset, type StageInput, type StageResult, stage } from "../../../migration/stage/stage.ts";
import { SupplierRegister } from "../../../migration/stage/supplier-register.ts";

// Datasets made up here, in the shapes of procurement and treasury feeds, and a project folder to stage them in.

export type Cells = Record<string, string | null>;

const NO_RULES: Omit<RowRules, "columns"> = { ignored: new Set() };
export const CUT_OVER = Date.UTC(2026, 0, 1) / 1000;

/** Rows by column; a map from cells to fragments, or faults. */
export function dataset(
  id: string,
  rows: readonly Cells[],
  map: (cells: Cells) => readonly Fragment[] | RowFault,
  more: Partial<Omit<StageDataset, "rules">> & {
    rules?: Partial<RowRules>;
    batch?: number;
    money?: StageDataset["money"];
  } = {},
): StageDataset {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const { rules, batch = 1000, ...rest } = more;
  const values = (row: Cells) => columns.map((name) => row[name] ?? null);
  return {
    ...{ id, source: "uji", table: id, order: 10, columns, money: [] },
    rules: { ...NO_RULES, columns, ...rules },
    async *rows(): AsyncGenerator<readonly SourceRow[], Scan> {
      for (let at = 0; at < rows.length; at += batch) {
        yield rows.slice(at, at + batch).map((row, index) => ({
          row: at + index + 1,
          at: `line ${at + index + 2}`,
          values: values(row),
        }));
      }
      return { rows: rows.length, last: String(rows.length), sha256: "0" };
    },
    map({ values: given }): Mapped {
      const made = map(Object.fromEntries(columns.map((name, at) => [name, given[at] ?? null])));
      return Array.isArray(made)
        ? { finance: [], fragments: made as Fragment[], trail: [], faults: [], private: [] }
        : { finance: [], fragments: [], trail: [], faults: [made as RowFault], private: [] };
    },
    ...rest,
  };
}

/** Whole rupiah or with sen, in sen. */
export function rupiah(column: string, columns: readonly string[]): StageDataset["money"][number] {
  return {
    ...{ column, currency: "IDR", index: columns.indexOf(column) },
    read(text) {
      const [, whole, sen = ""] = /^(\d+)(?:\.(\d{1,2}))?$/.exec(text) ?? [];
      return whole === undefined ? undefined : BigInt(whole + sen.padEnd(2, "0"));
    },
  };
}

export const agencies = [
  {
    id: "ID-DISHUB",
    name: "DINAS PERHUBUNGAN",
    codes: ["11", "dishub"],
    stem: "ocds-lama-dishub",
    head: { holder: "kadishub" },
  },
  { id: "ID-DINKES", name: "DINAS KESEHATAN", codes: ["12"], stem: "ocds-lama-dinkes", head: { holder: "kadinkes" } },
];

/** A project folder that is gone after the test. */
export class Project {
  readonly folder = mkdtempSync(path.join(tmpdir(), "prasasti stage "));

  at(...names: string[]): string {
    return path.join(this.folder, ...names);
  }

  async stage(datasets: readonly StageDataset[], more: Partial<StageInput> = {}): Promise<StageResult> {
    const wave = more.wave ?? "W1";
    const attempt = more.attempt ?? 1;
    return stage({
      ...{ plan: "uji-2026", wave, attempt, tier: "A", cutOver: CUT_OVER, lead: "ID-DISHUB", agencies, datasets },
      leavesOut: () => undefined,
      supplierRules: ["npwp-core", "name-fingerprint", "key"],
      register: await SupplierRegister.open(this.at("decisions")),
      decisions: this.at("decisions"),
      folder: this.at("stage", wave, String(attempt)),
      rejects: this.at("rejects", wave),
      ...more,
    });
  }

  stageFolder(wave = "W1", attempt = 1): string {
    return this.at("stage", wave, String(attempt));
  }

  /** The bytes of every lot, by name. */
  lotBytes(wave = "W1", attempt = 1): Record<string, string> {
    const folder = path.join(this.stageFolder(wave, attempt), "lots");
    return Object.fromEntries(
      readdirSync(folder)
        .sort()
        .map((name) => [name, readFileSync(path.join(folder, name), "hex")]),
    );
  }

  async rows({ staged }: StageResult) {
    const all = await Promise.all(
      staged.lots.map((lot) => readLot(this.stageFolder(staged.wave, staged.attempt), lot)),
    );
    return all.flat();
  }

  /** Lines of the fate file, without its head. */
  fates(wave = "W1", attempt = 1): string[][] {
    const text = readFileSync(path.join(this.stageFolder(wave, attempt), "fates.tsv"), "utf8");
    return text
      .trimEnd()
      .split("\n")
      .slice(1)
      .map((line) => line.split("\t"));
  }

  rejects(dataset: string, wave = "W1"): string {
    const place = this.at("rejects", wave, `${dataset}.csv`);
    return existsSync(place) ? readFileSync(place, "utf8") : "";
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

// ---- a small SPSE: packages, contracts, minutes of payment, and a treasury's SP2D

export const firm = (name: string, core?: string): Fragment & { entity: "supplier" } => ({
  entity: "supplier",
  key: core === undefined ? `name:${name}` : `npwp:${core}`,
  name,
  person: false,
  ...(core === undefined ? {} : { npwpCore: core }),
});

const idr = (text: string) => ({ amount: Number(text), currency: "IDR" });
const sen = (text: string) => {
  const [whole = "0", part = ""] = text.split(".");
  return String(BigInt(whole + part.padEnd(2, "0").slice(0, 2)));
};

/** kd_paket, satker, judul, pagu */
export const announcements = (cells: Cells): Fragment[] => [
  {
    ...{ entity: "process", key: cells.kd_paket!, agency: cells.satker! },
    release: { tender: { id: cells.kd_paket, title: cells.judul, value: idr(cells.pagu!) } },
  },
];

/** kd_paket, satker, nilai, penyedia, npwp, versi */
export const contracts = (cells: Cells): Fragment[] | RowFault => {
  if (!/^\d+(\.\d{1,2})?$/.test(cells.nilai ?? "")) return { code: "money-unreadable", column: "nilai" };
  const supplier = firm(cells.penyedia!, cells.npwp ?? undefined);
  const id = `${cells.kd_paket}-1`;
  return [
    supplier,
    {
      ...{ entity: "process", key: cells.kd_paket!, agency: cells.satker! },
      release: {
        awards: [
          { id, status: "active", value: idr(cells.nilai!), suppliers: [{ id: supplier.key, name: supplier.name }] },
        ],
        contracts: [
          { id, awardID: id, status: "active", value: idr(cells.nilai!), dateSigned: "2025-03-01T00:00:00Z" },
        ],
      },
      contracts: { [id]: { value: sen(cells.nilai!), version: Number(cells.versi ?? 0), status: "active" } },
      at: "2025-03-01T00:00:00Z",
    },
  ];
};

/** kd_paket, satker, no_bap, besar, dimuat */
export const minutes = (cells: Cells): Fragment[] => {
  const id = `${cells.kd_paket}-1`;
  return [
    {
      ...{ entity: "process", key: cells.kd_paket!, agency: cells.satker! },
      release: { contracts: [{ id, implementation: {} }] },
      contracts: { [id]: { documents: [{ kind: "certificate", number: cells.no_bap!, amount: sen(cells.besar!) }] } },
    },
  ];
};

/** no_sp2d, satker, nilai, uraian, kontrak */
export const payments = (cells: Cells): Fragment[] | RowFault => {
  if (/^-/.test(cells.nilai ?? "")) return { code: "money-negative", column: "nilai" };
  if ((cells.nilai ?? "").length > 36) return { code: "money-overflow", column: "nilai" };
  if (!/^\d+(\.\d{1,2})?$/.test(cells.nilai ?? "")) return { code: "money-unreadable", column: "nilai" };
  if (cells.tanggal === "2025-02-30") return { code: "date-unreadable", column: "tanggal" };
  return [
    {
      ...{ entity: "payment", key: cells.no_sp2d!, agency: cells.satker!, value: sen(cells.nilai!), currency: "IDR" },
      ...(cells.kontrak === undefined || cells.kontrak === null ? {} : { contract: cells.kontrak }),
      record: { no_sp2d: cells.no_sp2d, nilai: cells.nilai, uraian: cells.uraian ?? null },
    },
  ];
};
