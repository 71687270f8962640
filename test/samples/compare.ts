import { isObject, type Json } from "../../server/domain/ocds/check-fields.ts";
import { instantOf } from "../../server/domain/ocds/dates.ts";

/**
 * Compares a compiled release that the register made of somebody's releases with the merge of those releases. What the
 * ledger or the registry assigns may differ, and only that: it is listed here.
 */

/** Fields that the register gives its own value, wherever they stand. */
const ASSIGNED_EVERYWHERE = new Set(["amendsReleaseID", "releaseID"]);
/** Top-level fields that the register assigns. */
const ASSIGNED_AT_TOP = new Set(["id", "date", "tag", "initiationType"]);
/** Places that the register fills though the input says nothing there; `*` is any entry of a list. */
const FILLED = new Set([
  "/language",
  "/buyer",
  "/parties/*",
  "/tender/procuringEntity",
  "/awards/*/status",
  "/contracts/*/status",
  "/contracts/*/implementation/transactions/*/payer",
  "/contracts/*/implementation/transactions/*/payee",
]);

export type Difference = { pointer: string; expected: unknown; actual: unknown };

/** @param names the registry's name of each registered organisation by its OCDS id: it wins over the input's */
export function differences(expected: Json, actual: Json, names: ReadonlyMap<string, string>): Difference[] {
  const found: Difference[] = [];
  compare(expected, plain(actual), "", "");
  return found;

  function compare(want: unknown, have: unknown, pointer: string, shape: string): void {
    if (Array.isArray(want) && Array.isArray(have) && want.every(hasId) && have.every(hasId)) {
      const rest = new Map(have.map((entry) => [entry.id, entry]));
      for (const entry of want) {
        compare(entry, rest.get(entry.id), `${pointer}/${entry.id}`, `${shape}/*`);
        rest.delete(entry.id);
      }
      for (const [id, entry] of rest) unexpected(entry, `${pointer}/${id}`, `${shape}/*`);
    } else if (isObject(want) && isObject(have)) {
      for (const [key, value] of Object.entries(want)) {
        if (ASSIGNED_EVERYWHERE.has(key) || (pointer === "" && ASSIGNED_AT_TOP.has(key))) continue;
        // the register keeps the union of the roles that an organisation has had
        if (shape === "/parties/*" && key === "roles") {
          const missing = (value as string[]).filter((role) => !(have.roles as string[]).includes(role));
          if (missing.length > 0) found.push({ pointer: `${pointer}/roles`, expected: value, actual: have.roles });
        } else if (key === "name" && typeof want.id === "string" && names.has(want.id)) {
          compare(names.get(want.id), have.name, `${pointer}/name`, `${shape}/name`);
        } else compare(value, have[key], `${pointer}/${key}`, `${shape}/${key}`);
      }
      for (const [key, value] of Object.entries(have)) {
        if (key in want || ASSIGNED_EVERYWHERE.has(key) || (pointer === "" && ASSIGNED_AT_TOP.has(key))) continue;
        if (shape === "/parties/*" && key === "roles") continue;
        if (key === "name" && typeof want.id === "string" && names.has(want.id)) continue;
        unexpected(value, `${pointer}/${key}`, `${shape}/${key}`);
      }
    } else if (!same(want, have)) found.push({ pointer, expected: want, actual: have });
  }

  function unexpected(value: unknown, pointer: string, shape: string): void {
    if (!FILLED.has(shape)) found.push({ pointer, expected: undefined, actual: value });
  }
}

/** Transactions under the numbers of their documents: their ids are the register's. */
function plain(compiled: Json): Json {
  const contracts = (compiled.contracts as Json[] | undefined)?.map((contract) => {
    const { implementation } = contract as { implementation?: Json };
    const transactions = (implementation?.transactions as Json[] | undefined)?.map(({ documentNumber, ...rest }) => ({
      ...rest,
      id: documentNumber ?? rest.id,
    }));
    return transactions === undefined ? contract : { ...contract, implementation: { ...implementation, transactions } };
  });
  return contracts === undefined ? compiled : { ...compiled, contracts };
}

/** Dates are the same where they name the same moment. */
function same(a: unknown, b: unknown): boolean {
  const [left, right] = [instantOf(a), instantOf(b)];
  return left !== undefined && right !== undefined ? left === right : JSON.stringify(a) === JSON.stringify(b);
}

function hasId(value: unknown): value is Json {
  return isObject(value) && typeof value.id === "string";
}
