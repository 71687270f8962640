import { ROLES_FROM_TERMS } from "../../server/domain/entries/parties.ts";
import { isObject, type Json } from "../../server/domain/ocds/check-fields.ts";
import { instantOf } from "../../server/domain/ocds/dates.ts";

/**
 * Compares a compiled release that the register made of somebody's releases with the merge of those releases. What the
 * ledger or the registry assigns may differ, and only that: it is listed here.
 */

/** Fields that the register gives its own value, wherever they stand. */
const ASSIGNED_EVERYWHERE = new Set(["amendsReleaseID", "releaseID"]);
/** Top-level fields that the register assigns. */
const ASSIGNED_AT_TOP = new Set(["id", "date", "tag", "initiationType", "sourceRelease"]);
/** Places that the register fills though the input says nothing there; `*` is any entry of a list. */
const FILLED = new Set([
  "/language",
  "/buyer",
  "/parties/*",
  "/tender/procuringEntity",
  "/awards/*/status",
  "/contracts/*/status",
  // an amendment that its publisher only tagged
  "/contracts/*/amendments",
  "/contracts/*/amendments/*",
  "/contracts/*/amendments/*/date",
  // what the ledger marked
  "/contracts/*/excess",
  "/contracts/*/exceptions",
  "/contracts/*/implementation/transactions/*/exceptions",
  "/contracts/*/implementation/transactions/*/payer",
  "/contracts/*/implementation/transactions/*/payee",
]);

/** Fields that the register may lead through more states than the input shows. */
const STEPWISE = new Set(["/contracts/*/status"]);

export type Difference = { pointer: string; expected: unknown; actual: unknown };

/** @param names the registry's name of each registered organisation by its OCDS id: it wins over the input's */
export function differences(expected: Json, actual: Json, names: ReadonlyMap<string, string>): Difference[] {
  const found: Difference[] = [];
  compare(expected, plain(actual), "", "");
  return found;

  /** The registry's name of the organisation that an object refers to; in a versioned release its id is a list. */
  function nameOf(reference: Json): string | undefined {
    return names.get(String([reference.id].flat().at(-1)));
  }

  function compare(want: unknown, have: unknown, pointer: string, shape: string): void {
    if (Array.isArray(want) && Array.isArray(have) && want.every(hasId) && have.every(hasId)) {
      const rest = new Map(have.map((entry) => [entry.id, entry]));
      for (const entry of want) {
        compare(entry, rest.get(entry.id), `${pointer}/${entry.id}`, `${shape}/*`);
        rest.delete(entry.id);
      }
      for (const [id, entry] of rest) unexpected(entry, `${pointer}/${id}`, `${shape}/*`);
    } else if (Array.isArray(want) && Array.isArray(have) && want.length === have.length) {
      for (const [index, each] of want.entries()) compare(each, have[index], `${pointer}/${index}`, `${shape}/*`);
    } else if (isObject(want) && isObject(have)) {
      for (const [key, value] of Object.entries(want)) {
        if (ASSIGNED_EVERYWHERE.has(key) || (pointer === "" && ASSIGNED_AT_TOP.has(key))) continue;
        // the register keeps the union of the roles that an organisation has had, and gives some of them itself
        if (shape === "/parties/*" && key === "roles") {
          const kept = new Set(((have.roles ?? []) as unknown[]).flat());
          const missing = (value as unknown[])
            .flat()
            .filter((role) => !kept.has(role) && !ROLES_FROM_TERMS.has(String(role)));
          if (missing.length > 0) found.push({ pointer: `${pointer}/roles`, expected: value, actual: have.roles });
        } else if (key === "name" && nameOf(want) !== undefined) {
          const name = nameOf(want);
          compare(Array.isArray(have.name) ? [name] : name, have.name, `${pointer}/name`, `${shape}/name`);
        } else if (STEPWISE.has(`${shape}/${key}`) && Array.isArray(value) && Array.isArray(have[key])) {
          // a contract that arrives active is recorded as pending first, if it was signed these days
          compare(value.at(-1), (have[key] as unknown[]).at(-1), `${pointer}/${key}`, `${shape}/${key}`);
        } else compare(value, have[key], `${pointer}/${key}`, `${shape}/${key}`);
      }
      for (const [key, value] of Object.entries(have)) {
        if (key in want || ASSIGNED_EVERYWHERE.has(key) || (pointer === "" && ASSIGNED_AT_TOP.has(key))) continue;
        if (shape === "/parties/*" && key === "roles") continue;
        if (key === "name" && nameOf(want) !== undefined) continue;
        unexpected(value, `${pointer}/${key}`, `${shape}/${key}`);
      }
    } else if (!same(want, have)) found.push({ pointer, expected: want, actual: have });
  }

  function unexpected(value: unknown, pointer: string, shape: string): void {
    if (!FILLED.has(shape)) found.push({ pointer, expected: undefined, actual: value });
  }
}

/** A versioned release as the values that each field has had, one after the other: releases and dates are the register's. */
export function valuesOf(versioned: unknown): unknown {
  if (Array.isArray(versioned)) {
    const isLeaf =
      versioned.length > 0 && versioned.every((each) => isObject(each) && "releaseID" in each && "value" in each);
    return isLeaf ? versioned.map(({ value }) => value) : versioned.map(valuesOf);
  }
  if (!isObject(versioned)) return versioned;
  return Object.fromEntries(Object.entries(versioned).map(([key, value]) => [key, valuesOf(value)]));
}

/** Transactions under the ids that their publisher gave them: theirs are the register's. */
function plain(compiled: Json): Json {
  const contracts = (compiled.contracts as Json[] | undefined)?.map((contract) => {
    const { implementation } = contract as { implementation?: Json };
    const transactions = (implementation?.transactions as Json[] | undefined)?.map(({ sourceID, ...rest }) => ({
      ...rest,
      id: (Array.isArray(sourceID) ? sourceID[0] : sourceID) ?? rest.id,
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
