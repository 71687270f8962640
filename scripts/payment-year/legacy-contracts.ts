import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { nameFingerprint } from "../../server/domain/company-name.ts";
import { idOf } from "../../server/domain/entries/entry.ts";
import type { Hex } from "../../server/domain/entries/words.ts";
import type { ContractCard } from "../../server/domain/payments/contract-card.ts";

type Row = Record<string, string | number | null>;

/**
 * Cards of the contracts in ISB feeds (`…Ekontrak-2Kontrak`, `…-4BAPBAST`) of a folder: the latest version of each, with
 * its certificates, each once. For invented years of payments upon real contracts; a register makes cards of its own.
 */
export function legacyContracts(folder: string): ContractCard[] {
  const rows = (part: string): Row[] =>
    (existsSync(folder) ? readdirSync(folder) : [])
      .filter((name) => name.includes(part) && name.endsWith(".json"))
      .flatMap((name) => JSON.parse(readFileSync(join(folder, name), "utf8")) as Row[]);
  const packageOf = (row: Row) => String(row.kd_nontender ?? row.kd_tender ?? "");
  const latest = new Map<string, Row>();
  for (const row of rows("Ekontrak-2Kontrak")) {
    const before = latest.get(packageOf(row));
    if (row.nilai_kontrak === null || row.nilai_kontrak === undefined) continue;
    if (before === undefined || Number(before.versi_addendum ?? 0) <= Number(row.versi_addendum ?? 0))
      latest.set(packageOf(row), row);
  }
  const certified = Map.groupBy(rows("Ekontrak-4BAPBAST"), packageOf);
  return [...latest].map(([id, row]) => cardOf(id, row, certified.get(id) ?? []));
}

function cardOf(id: string, row: Row, rows: readonly Row[]): ContractCard {
  const text = (value: unknown) => (typeof value === "string" ? value.trim() : "");
  const value = sen(row.nilai_kontrak);
  const ocid = `ocds-213czf-legacy-${id}`;
  const name = text(row.nama_penyedia);
  const core = coreOf(text(row.npwp16_penyedia ?? row.npwp_16_penyedia)) ?? coreOf(text(row.npwp_penyedia));
  const on = dayOf(row.tgl_kontrak);
  const until = dayOf(row.tgl_kontrak_akhir);
  const seen = new Set<string>();
  const certificates = rows.flatMap((each, at) => {
    const number = text(each.no_bap);
    const amount = String(sen(each.besar_pembayaran));
    const key = `${number} ${amount}`;
    if (seen.has(key) || amount === "0") return [];
    seen.add(key);
    const day = dayOf(each.tgl_bap);
    const leaf: Hex = idOf(`${ocid} ${key}`);
    return [{ leaf, sequence: at + 3, number, amount, gross: amount, ...(day === undefined ? {} : { on: day }) }];
  });
  return {
    ...{
      ocid,
      contractId: `${id}-1`,
      agency: idOf(text(row.kd_satker_str) || String(row.kd_satker)),
      status: "active",
    },
    ...{ currency: "IDR", value: String(value), firstValue: String(value), accepted: String(value) },
    certified: String(certificates.reduce((sum, { amount }) => sum + BigInt(amount), 0n)),
    ...{ advance: "0", recovered: "0", withheld: "0", released: "0", paid: "0", excess: "0", isHeld: false },
    ...(on === undefined ? {} : { on }),
    // start and end repeat the day of signing in these feeds
    ...(until === undefined || until === on ? {} : { until }),
    numbers: text(row.no_kontrak) === "" ? [] : [text(row.no_kontrak)],
    references: [...new Set(rows.map((each) => text(each.no_bast)).filter((number) => number !== ""))],
    title: text(row.nama_paket),
    planIds: [],
    packageIds: [id],
    supplier: { id: idOf(core ?? nameFingerprint(name)), name, ...(core === undefined ? {} : { npwpCores: [core] }) },
    ...{ budget: [], instalments: [], certificates, deliveries: [], payments: [], returns: [], amendments: [] },
  };
}

/** Rupiah as JSON has them, to the nearest sen. */
function sen(value: unknown): bigint {
  const [whole = "0", fraction = ""] = Number(value ?? 0)
    .toFixed(2)
    .split(".");
  return BigInt(whole) * 100n + BigInt(fraction || "0");
}

function coreOf(text: string): string | undefined {
  const digits = text.replace(/\D/g, "");
  if (/^0*$/.test(digits)) return undefined;
  return digits.length === 15
    ? digits.slice(0, 9)
    : digits.length === 16 && digits[0] === "0"
      ? digits.slice(1, 10)
      : undefined;
}

function dayOf(value: unknown): string | undefined {
  return typeof value === "string" && /^\d{4}-\d{2}-\d{2}/.test(value) ? value.slice(0, 10) : undefined;
}
