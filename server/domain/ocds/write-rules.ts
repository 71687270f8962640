import { pointerStep } from "../json.ts";
import { type FoundReference, isObject, type Json, quoted } from "./check-fields.ts";
import { type CheckFault, type CheckRuleName, checkFault } from "./check-rules.ts";
import { instantOf } from "./dates.ts";
import { currencyExponent, fromMinor, toMinor } from "./money.ts";

type Details = Parameters<typeof checkFault>[2];

interface Place {
  readonly object: Json;
  readonly pointer: string;
}

/**
 * The rules of our own that look at more than one place of a release. They expect no particular shape: what the field
 * table refuses is passed over here.
 */
export function checkRelease(
  release: Json,
  base: string,
  references: readonly FoundReference[],
  report: (fault: CheckFault) => void,
): void {
  const fault = (rule: CheckRuleName, pointer: string, details: Details = []) =>
    report(checkFault(rule, pointer, details));
  const tender = isObject(release.tender) ? { object: release.tender, pointer: `${base}/tender` } : undefined;
  const awards = entries(release, base, "awards");
  const contracts = entries(release, base, "contracts");
  const compiled = Array.isArray(release.tag) && release.tag.includes("compiled");

  checkIdentifiers(release, base, compiled, fault);
  checkParties(release, base, references, compiled, fault);
  checkStates(tender, awards, contracts, fault);
  checkOrder(tender, awards, contracts, fault);
  checkPastDates(release, base, fault);
  checkValues(release, base, tender, awards, contracts, fault);
  checkMilestoneReferences(contracts, fault);
}

type Report = (rule: CheckRuleName, pointer: string, details?: Details) => void;

function checkIdentifiers({ ocid, id, date }: Json, base: string, compiled: boolean, fault: Report): void {
  if (typeof ocid === "string" && !/^ocds-[a-z0-9]{6}/.test(ocid)) fault("ocid-prefix", `${base}/ocid`, [quoted(ocid)]);
  if (typeof id === "string" && id.includes("#")) fault("release-id-hash", `${base}/id`, [quoted(id)]);
  if (
    !compiled &&
    typeof date === "string" &&
    instantOf(date) !== undefined &&
    !/T\d\d:\d\d:\d\d(?:\.\d{3})?Z$/.test(date)
  ) {
    fault("release-date-form", `${base}/date`, [quoted(date)]);
  }
}

function checkParties(
  release: Json,
  base: string,
  references: readonly FoundReference[],
  compiled: boolean,
  fault: Report,
): void {
  const parties = entries(release, base, "parties");
  const used = new Set<string>();
  for (const { pointer, role, organization } of references) {
    const { id, name } = organization;
    const matches = id === undefined ? [] : parties.filter(({ object }) => object.id === id);
    if (matches.length !== 1) {
      fault("reference-unresolved", `${pointer}${id === undefined ? "" : "/id"}`, [
        quoted(id ?? name ?? ""),
        matches.length,
      ]);
      continue;
    }
    const party = matches[0]!.object;
    if (role) {
      used.add(JSON.stringify([id, role]));
      if (!(Array.isArray(party.roles) && party.roles.includes(role))) fault("party-role", pointer, [quoted(id), role]);
    }
    if (typeof name === "string" && typeof party.name === "string" && name !== party.name) {
      fault("party-name", `${pointer}/name`, [quoted(name)]);
    }
  }
  // only a compiled release shows all the uses of a party
  if (!compiled) return;
  for (const { object, pointer } of parties) {
    if (!Array.isArray(object.roles)) continue;
    for (const [index, role] of object.roles.entries()) {
      if (referencedRoles.has(role) && !used.has(JSON.stringify([object.id, role]))) {
        fault("party-role-unused", `${pointer}/roles/${index}`, [role]);
      }
    }
  }
}

const referencedRoles: ReadonlySet<unknown> = new Set([
  "buyer",
  "procuringEntity",
  "tenderer",
  "supplier",
  "payer",
  "payee",
]);

function checkStates(
  tender: Place | undefined,
  awards: readonly Place[],
  contracts: readonly Place[],
  fault: Report,
): void {
  const tenderStatus = tender?.object.status;
  if (typeof tenderStatus === "string" && tenderStatus !== "complete" && (awards.length || contracts.length)) {
    fault("award-under-tender", `${tender!.pointer}/status`, [tenderStatus]);
  }
  for (const { object: contract, pointer } of contracts) {
    const { awardID, status } = contract;
    const matches = awards.filter(({ object }) => object.id === awardID);
    if (awardID !== undefined && matches.length !== 1)
      fault("award-unresolved", `${pointer}/awardID`, [quoted(awardID), matches.length]);
    const awardStatus = matches[0]?.object.status;
    if (
      (awardStatus === "pending" || awardStatus === "cancelled" || awardStatus === "unsuccessful") &&
      status !== "cancelled"
    ) {
      fault("contract-under-award", `${pointer}/awardID`, [awardStatus]);
    }
    if ((status === "pending" || status === "cancelled") && transactionsOf(contract, pointer).length) {
      fault("payment-under-contract", `${pointer}/implementation/transactions`, [status]);
    }
  }
  if (!tender) return;
  const { numberOfTenderers, tenderers, procurementMethod } = tender.object;
  const listed = Array.isArray(tenderers) ? tenderers.length : undefined;
  if (typeof numberOfTenderers === "number" && listed !== undefined && numberOfTenderers !== listed) {
    fault("tenderers-number", `${tender.pointer}/numberOfTenderers`, [numberOfTenderers, listed]);
  }
  const count = Math.max(listed ?? 0, typeof numberOfTenderers === "number" ? numberOfTenderers : 0);
  if (procurementMethod === "direct" && count > 1)
    fault("direct-tenderers", `${tender.pointer}/procurementMethod`, [count]);
}

/** Tender end ≤ award ≤ signing ≤ payment. */
function checkOrder(
  tender: Place | undefined,
  awards: readonly Place[],
  contracts: readonly Place[],
  fault: Report,
): void {
  const ordered = (later: Dated, earlier: Dated) => {
    const [after, before] = [instantOf(later.value), instantOf(earlier.value)];
    if (after !== undefined && before !== undefined && after < before) {
      fault("date-sequence", later.pointer, [later.name, String(later.value), earlier.name, String(earlier.value)]);
    }
  };
  const period = tender?.object.tenderPeriod;
  const tenderEnd: Dated = {
    name: "tender/tenderPeriod/endDate",
    value: isObject(period) ? period.endDate : undefined,
    pointer: "",
  };
  const awardDate = ({ object, pointer }: Place): Dated => ({
    name: "award/date",
    value: object.date,
    pointer: `${pointer}/date`,
  });
  for (const award of awards) ordered(awardDate(award), tenderEnd);
  for (const { object: contract, pointer } of contracts) {
    const signed: Dated = { name: "contract/dateSigned", value: contract.dateSigned, pointer: `${pointer}/dateSigned` };
    const award = awards.find(({ object }) => object.id === contract.awardID);
    ordered(signed, award ? awardDate(award) : tenderEnd);
    for (const { object, pointer: at } of transactionsOf(contract, pointer)) {
      ordered({ name: "transaction/date", value: object.date, pointer: `${at}/date` }, signed);
    }
  }
}

interface Dated {
  readonly name: string;
  readonly value: unknown;
  readonly pointer: string;
}

const pastFields = new Set(["dateSigned", "dateMet", "datePublished", "dateModified"]);
/** Lists whose `date` tells of something that has happened. */
const pastLists = new Set(["awards", "transactions", "amendments"]);

function checkPastDates(release: Json, base: string, fault: Report): void {
  const released = instantOf(release.date);
  if (released === undefined) return;
  const visit = (node: Json, pointer: string, list: string) => {
    for (const [name, value] of Object.entries(node)) {
      const place = `${pointer}${pointerStep(name)}`;
      if (typeof value === "string" && (pastFields.has(name) || (name === "date" && pastLists.has(list)))) {
        const instant = instantOf(value);
        if (instant !== undefined && instant > released)
          fault("date-after-release", place, [value, String(release.date)]);
      } else if (Array.isArray(value)) {
        for (const [index, item] of value.entries()) if (isObject(item)) visit(item, `${place}/${index}`, name);
      } else if (isObject(value)) visit(value, place, "");
    }
  };
  visit(release, base, "");
}

function checkValues(
  release: Json,
  base: string,
  tender: Place | undefined,
  awards: readonly Place[],
  contracts: readonly Place[],
  fault: Report,
): void {
  const planning = release.planning;
  const budget = isObject(planning) && isObject(planning.budget) ? minorOf(planning.budget.amount) : undefined;
  const asked = minorOf(tender?.object.value);
  if (budget && asked && !isBetweenHalfAndOneAndAHalf(budget, asked))
    fault("budget-tender-ratio", `${base}/planning/budget/amount`);

  for (const { object: award, pointer } of awards) {
    const granted = minorOf(award.value);
    const own = contracts.filter(({ object }) => object.awardID === award.id && object.value !== undefined);
    const agreed = total(own.map(({ object }) => object.value));
    if (granted && agreed && !isBetweenHalfAndOneAndAHalf(agreed, granted)) {
      fault("contract-award-ratio", `${pointer}/value`, [quoted(award.id)]);
    }
  }
  for (const { object: contract, pointer } of contracts) {
    const value = minorOf(contract.value);
    const paid = total(transactionsOf(contract, pointer).map(({ object }) => object.value));
    if (value && paid && value.currency === paid.currency && paid.minor > value.minor) {
      fault("payments-exceed-contract", `${pointer}/implementation/transactions`, [
        shown(paid),
        shown(value),
        value.currency,
      ]);
    }
  }
}

interface Money {
  readonly minor: bigint;
  readonly currency: string;
}

function minorOf(value: unknown): Money | undefined {
  if (!isObject(value)) return undefined;
  const { amount, currency } = value;
  if (typeof amount !== "number" || typeof currency !== "string" || currencyExponent(currency) === undefined)
    return undefined;
  try {
    const minor = toMinor(Math.abs(amount), currency);
    return { minor: amount < 0 ? -minor : minor, currency };
  } catch {
    return undefined;
  }
}

/** Undefined if a value is missing or the currencies differ: then nothing can be said. */
function total(values: readonly unknown[]): Money | undefined {
  let sum: Money | undefined;
  for (const value of values) {
    const money = minorOf(value);
    if (!money || (sum && sum.currency !== money.currency)) return undefined;
    sum = { minor: (sum?.minor ?? 0n) + money.minor, currency: money.currency };
  }
  return sum;
}

function isBetweenHalfAndOneAndAHalf(money: Money, of: Money): boolean {
  if (money.currency !== of.currency || of.minor === 0n) return true;
  return money.minor * 2n >= of.minor && money.minor * 2n <= of.minor * 3n;
}

function shown({ minor, currency }: Money): string {
  try {
    return String(fromMinor(minor, currency));
  } catch {
    return `${minor}`;
  }
}

function checkMilestoneReferences(contracts: readonly Place[], fault: Report): void {
  for (const { object: contract, pointer } of contracts) {
    if (!isObject(contract.implementation)) continue;
    const milestones = entries(contract.implementation, `${pointer}/implementation`, "milestones");
    for (const { object, pointer: at } of transactionsOf(contract, pointer)) {
      const reference = object.relatedImplementationMilestone;
      if (isObject(reference) && !milestones.some(({ object: milestone }) => milestone.id === reference.id)) {
        fault("milestone-unresolved", `${at}/relatedImplementationMilestone`, [quoted(reference.id)]);
      }
    }
  }
}

function transactionsOf(contract: Json, pointer: string): Place[] {
  return isObject(contract.implementation)
    ? entries(contract.implementation, `${pointer}/implementation`, "transactions")
    : [];
}

function entries(parent: Json, pointer: string, name: string): Place[] {
  const list = parent[name];
  if (!Array.isArray(list)) return [];
  return list.flatMap((object, index) =>
    isObject(object) ? [{ object, pointer: `${pointer}/${name}/${index}` }] : [],
  );
}
