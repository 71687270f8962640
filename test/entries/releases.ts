import fc from "fast-check";
import type { Json } from "../../server/domain/ocds/check-fields.ts";

/** Releases of one process, built or drawn at random: valid against the standard, whatever the ledger says of them. */

export const ocid = "ocds-213czf-a-1";
export const buyer = { id: "ID-A", name: "Dinas" };
export const supplier = { id: "ID-S", name: "PT Batu" };
export const parties = [
  { ...buyer, roles: ["buyer"] },
  { ...supplier, roles: ["supplier"] },
];
export const idr = (amount: number) => ({ amount, currency: "IDR" });

export function aRelease(day: number, fields: Json): Json {
  const date = `2026-0${1 + Math.floor(day / 28)}-${String(1 + (day % 28)).padStart(2, "0")}T00:00:00Z`;
  return {
    ocid,
    id: `r-${day}`,
    date,
    tag: ["tender"],
    initiationType: "tender",
    language: "id",
    parties,
    buyer,
    ...fields,
  };
}
const amount = fc.integer({ min: 0, max: 10_000_000 }).map((sen) => idr(sen / 100));
const text = fc.constantFrom("Jalan", "Jembatan", "Gedung", "Irigasi");
const day = fc.integer({ min: 1, max: 28 }).map((n) => `2026-02-${String(n).padStart(2, "0")}T00:00:00Z`);
const some = <T>(values: Record<string, fc.Arbitrary<T>>) =>
  fc.record(values, { requiredKeys: [] }) as fc.Arbitrary<Json>;
const listed = (entry: fc.Arbitrary<Json>, ids: readonly string[]) =>
  fc
    .subarray([...ids], { minLength: 1 })
    .chain((chosen) => fc.tuple(...chosen.map((id) => entry.map((each) => ({ ...each, id })))));
const items = listed(some<unknown>({ description: text, quantity: fc.integer({ min: 1, max: 9 }) }), ["1", "2"]);
const milestones = listed(some<unknown>({ title: text, status: fc.constantFrom("scheduled", "met"), dueDate: day }), [
  "m1",
  "m2",
]);
const someAwards = listed(
  fc
    .tuple(some<unknown>({ title: text, date: day, items }), amount)
    .map(([rest, value]) => ({ ...rest, status: "active", value, suppliers: [supplier] })),
  ["A"],
);
const transactions = listed(fc.record({ value: amount, date: day }), ["t1", "t2"]);
const someContracts = listed(
  fc
    .tuple(
      some<unknown>({
        title: text,
        description: text,
        dateSigned: day,
        period: some({ startDate: day, endDate: day }),
        status: fc.constantFrom("pending", "active", "terminated"),
        items,
        milestones,
        implementation: some<unknown>({ transactions, milestones }),
      }),
      amount,
    )
    .map(([rest, value]) => ({ ...rest, awardID: "A", value })),
  ["K", "L"],
);
/** Sections as a publisher fills them, each of them or none. */
export const fields: fc.Arbitrary<Json> = some<unknown>({
  tag: fc.constantFrom(["tender"], ["contract"], ["contractAmendment"], ["contractUpdate"], ["implementation"]),
  planning: some<unknown>({ rationale: text, budget: some<unknown>({ description: text, amount }) }),
  tender: some<unknown>({
    title: text,
    value: amount,
    items,
    tenderPeriod: some({ startDate: day, endDate: day }),
  }).map((tender) => ({ ...tender, id: "T" })),
  awards: someAwards,
  contracts: someContracts,
  relatedProcesses: fc.constant([
    { id: "1", relationship: ["planning"], scheme: "ocid", identifier: "ocds-213czf-a-0" },
  ]),
}).map((release) => strip(release) as Json);

/** Empty objects say nothing, and are faults. */
function strip(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(strip);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value)
    .map(([key, inner]) => [key, strip(inner)] as const)
    .filter(([, inner]) => !(typeof inner === "object" && inner !== null && Object.keys(inner).length === 0));
  return Object.fromEntries(kept);
}
