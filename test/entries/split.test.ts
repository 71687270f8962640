import { expect } from "chai";
import fc from "fast-check";
import { keccak256 } from "#hash";
import { idOf, packBalances } from "../../server/domain/entries/entry.ts";
import { ContractStatus, KIND_RULES, Kind } from "../../server/domain/entries/kinds.ts";
import { type Plan, planReleases } from "../../server/domain/entries/plan.ts";
import type { Organisation } from "../../server/domain/entries/split.ts";
import { toHex } from "../../server/domain/entries/words.ts";
import { canonicalJson } from "../../server/domain/json.ts";
import { check } from "../../server/domain/ocds/check.ts";
import type { Json } from "../../server/domain/ocds/check-fields.ts";
import { difference } from "../../server/domain/ocds/difference.ts";
import { merge } from "../../server/domain/ocds/merge.ts";
import { differences } from "../samples/compare.ts";
import { aRelease, buyer, fields, idr, ocid, parties, supplier } from "./releases.ts";

/** From releases to entries, and back. */

const organisations: Organisation[] = [
  { id: "ID-A", name: "Dinas", kind: "agency" },
  { id: "ID-P", name: "Kas Daerah", kind: "agency" },
  { id: "ID-S", name: "PT Batu", kind: "supplier" },
];
const names = new Map(organisations.map(({ id, name }) => [id, name]));
const byId = new Map(organisations.map((each) => [idOf(each.id), each]));
const NOW = 1_795_000_000; // 2026-11-18
const options = { now: NOW, post: idOf("POST"), organisation: (id: string) => byId.get(id as `0x${string}`) };

const award = (fields: Json = {}) => ({ id: "A", status: "active", value: idr(100), suppliers: [supplier], ...fields });
const contract = (fields: Json = {}) => ({ id: "K", awardID: "A", status: "active", value: idr(100), ...fields });

function plan(...releases: Json[]): Plan {
  return planReleases(releases, undefined, options);
}
const kindsOf = ({ planned }: Plan) => planned.map(({ drafts }) => drafts.map(({ kind }) => kind));
const rulesOf = ({ planned }: Plan) => planned.flatMap(({ faults }) => faults.map(({ rule }) => rule));
const compiled = (releases: readonly Json[]) => merge(releases).compiledRelease;

describe("split", () => {
  it("gives one entry a section, in the order in which the ledger takes them", () => {
    const release = aRelease(1, {
      planning: { budget: { amount: idr(120) } },
      tender: { id: "T", title: "Jalan", value: idr(110) },
      awards: [award()],
      contracts: [contract({ dateSigned: "2026-11-10T00:00:00Z", status: "pending" })],
    });
    expect(kindsOf(plan(release))).to.deep.equal([["planning", "tender", "award", "contract"]]);
  });

  it("refuses what the ledger has no room for before anything of the release is signed, and a date that is an object", () => {
    const fresh = contract({ dateSigned: "2026-11-10T00:00:00Z" });
    const release = (fields: Json) => aRelease(1, { awards: [award()], contracts: [fresh], ...fields });
    const long = "é".repeat(101);
    for (const [fields, rule] of [
      [{ ocid: `ocds-213czf-${long}` }, "id-unfit"],
      [{ awards: [award({ id: long })], contracts: [{ ...fresh, awardID: long }] }, "id-unfit"],
      [{ contracts: [{ ...fresh, id: "K#1" }] }, "id-unfit"],
      [{ contracts: [{ ...fresh, id: "K\u0007" }] }, "id-unfit"],
      [{ contracts: [{ ...fresh, value: idr(1e38) }] }, "amount-beyond"],
    ] as const) {
      const result = plan(release(fields));
      expect(rulesOf(result), rule).to.include(rule);
      expect(kindsOf(result)).to.deep.equal([[]]);
    }
    expect(rulesOf(plan(release({}), release({ id: "r", date: { toString: 1 } })))).to.include("type");
  });

  it("signs a fresh contract as such, and activates it; an older one begins in mid-life with its balances", () => {
    const fresh = contract({ dateSigned: "2026-11-10T00:00:00Z" });
    expect(kindsOf(plan(aRelease(1, { awards: [award()], contracts: [fresh] })))).to.deep.equal([
      ["opening", "award", "contract", "status"],
    ]);
    const old = contract({
      dateSigned: "2025-11-10T00:00:00Z",
      implementation: { transactions: [{ id: "1", date: "2026-01-01T00:00:00Z", value: idr(30) }] },
    });
    const { planned } = plan(aRelease(1, { awards: [award()], contracts: [old] }));
    const [, , opening, payment] = planned[0]!.drafts;
    expect([opening!.kind, opening!.awardId, payment!.kind]).to.deep.equal(["opening", "A", "payment"]);
    expect(opening!.balances).to.deep.include({ status: ContractStatus.active, firstValue: 100_00n, paid: 30_00n });
  });

  it("begins every contract of another system in mid-life, however young, with the balances given", () => {
    const young = contract({ dateSigned: "2026-11-10T00:00:00Z", status: "active" });
    const released = aRelease(1, { awards: [award()], contracts: [young, { ...young, id: "L" }] });
    const given = { status: ContractStatus.completed, firstValue: 90_00n, certified: 40_00n, paid: 30_00n, on: 5 };
    const asFound = (id: string) => (id === "K" ? given : {});
    const { planned } = planReleases([released], undefined, { ...options, asFound });
    const drafts = planned[0]!.drafts;
    expect(drafts.map(({ kind, contractId }) => kind + contractId)).to.deep.equal([
      ...["opening", "award", "openingK", "openingL"],
    ]);
    expect(drafts[2]!.balances).to.deep.include({ ...given, scopeValue: 100_00n, accepted: 0n });
    // the hash of the balances is what is signed
    expect(drafts[2]!.terms.documentKey).to.equal(toHex(keccak256(packBalances(drafts[2]!.balances!, "IDR"))));
    expect(drafts[3]!.balances).to.deep.include({ status: ContractStatus.active, firstValue: 100_00n, paid: 0n });
    // without that option the same release is a young contract, as ever
    expect(kindsOf(plan(released))[0]).to.deep.equal([
      ...["opening", "award", "contract", "status", "contract", "status"],
    ]);
  });

  it("takes one entry for a tender or award that another system had cancelled, and says so in the release", () => {
    const released = aRelease(1, {
      tender: { id: "T", title: "Jalan", status: "cancelled" },
      awards: [award({ status: "cancelled" })],
    });
    const made = planReleases([released], undefined, { ...options, asFound: () => ({}) });
    expect(kindsOf(made)).to.deep.equal([["tender", "award"]]);
    const { tender, awards } = compiled(made.releases) as { tender: Json; awards: Json[] };
    expect([tender.title, tender.statusDetails]).to.deep.equal(["Jalan", "cancelled"]);
    expect([awards[0]!.status, awards[0]!.statusDetails]).to.deep.equal(["pending", "cancelled"]);
    expect(kindsOf(plan(released))).to.deep.equal([["tender", "tender", "award", "award"]]);
  });

  it("records a contract that nobody dated with the day of its signing unknown", () => {
    const made = plan(aRelease(1, { awards: [award()], contracts: [contract()] }));
    const opening = made.planned[0]!.drafts.find(({ contractId }) => contractId === "K")!;
    expect([opening.kind, opening.terms.on]).to.deep.equal(["opening", 0]);
    expect((compiled(made.releases).contracts as Json[])[0]).to.not.have.property("dateSigned");
  });

  it("gives nothing for a release sent again, and for one that says what is known", () => {
    const first = aRelease(1, { tender: { id: "T", title: "Jalan" } });
    expect(kindsOf(plan(first, first, aRelease(2, { tender: { id: "T", title: "Jalan" } })))).to.deep.equal([
      ["tender"],
      [],
      [],
    ]);
  });

  it("refuses an older release that would put values back, and passes over one that changed nothing then", () => {
    const titled = (day: number, title: string) => aRelease(day, { tender: { id: "T", title } });
    const before = plan(titled(1, "Jalan"), titled(9, "Jembatan"));
    const published = { view: before.view!, releases: before.releases };
    const late = planReleases([titled(3, "Gedung")], published, options);
    expect(rulesOf(late)).to.deep.equal(["release-older"]);
    const empty = planReleases([titled(3, "Jalan")], published, options);
    expect([kindsOf(empty), rulesOf(empty)]).to.deep.equal([[[]], []]);
  });

  it("refuses a release that was recorded with other content: one never changes under its id", () => {
    const first = aRelease(1, { tender: { id: "T", title: "Jalan" } });
    expect(rulesOf(plan(first, { ...first, tender: { id: "T", title: "Jembatan" } }))).to.deep.equal([
      "release-changed",
    ]);
  });

  it("finds nothing new in an award that is repeated under another spelling of its supplier", () => {
    const spelled = (name: string) => ({
      awards: [award({ suppliers: [{ id: "ID-S", name }] })],
      parties: [parties[0]!, { id: "ID-S", name, roles: ["supplier"] }],
    });
    expect(kindsOf(plan(aRelease(1, spelled("PT Batu")), aRelease(2, spelled("PT. BATU")))).at(-1)).to.deep.equal([]);
  });

  it("makes an amendment of amended terms, with the scope as it will be", () => {
    const begun = aRelease(1, { awards: [award()], contracts: [contract()] });
    const amended = aRelease(2, {
      tag: ["contractAmendment"],
      contracts: [
        contract({
          value: idr(108),
          period: { endDate: "2026-12-31T00:00:00Z" },
          amendments: [{ id: "1", date: "2026-01-02T00:00:00Z", rationale: "Tambah volume", releaseID: "x" }],
        }),
      ],
    });
    const made = plan(begun, amended);
    const [draft] = made.planned[1]!.drafts;
    expect(draft!.kind).to.equal("amendment");
    expect(draft!.terms).to.deep.include({ code: 2 | 4, value: 108_00n, scopeValue: 108_00n });
    const [whole] = compiled(made.releases).contracts as { amendments: Json[] }[];
    // the ids of releases are the register's
    expect(whole!.amendments[0]).to.deep.include({ id: "1", rationale: "Tambah volume", releaseID: `${ocid}-4` });
  });

  it("makes a correction of a changed value that no amendment explains", () => {
    const begun = aRelease(1, { awards: [award()], contracts: [contract()] });
    const made = plan(begun, aRelease(2, { tag: ["contractUpdate"], contracts: [contract({ value: idr(90) })] }));
    const [draft] = made.planned[1]!.drafts;
    expect([draft!.kind, draft!.names, draft!.terms.value]).to.deep.equal(["correction", 3, 90_00n]);
  });

  it("takes a document's number as the same document wherever it pays, and a publisher's id as the contract's own", () => {
    const paid = (id: string, transaction: Json) =>
      contract({
        id,
        implementation: { transactions: [{ id: "1", date: "2026-01-01T00:00:00Z", value: idr(1), ...transaction }] },
      });
    const keys = (transaction: Json) => {
      const release = aRelease(1, { awards: [award()], contracts: [paid("K", transaction), paid("L", transaction)] });
      return new Set(
        plan(release).planned[0]!.drafts.flatMap(({ kind, terms }) => (kind === "payment" ? [terms.documentKey] : [])),
      );
    };
    expect(keys({}).size).to.equal(2);
    expect(keys({ documentNumber: "SP2D-1" }).size).to.equal(1);
  });

  for (const [title, fields, rule] of [
    [
      "an unregistered buyer",
      { buyer: { id: "ID-X", name: "X" }, parties: [...parties, { id: "ID-X", name: "X", roles: ["buyer"] }] },
      "buyer-unregistered",
    ],
    ["a new process without buyer", { buyer: undefined }, "buyer-missing"],
    ["an award without value", { awards: [{ id: "A", suppliers: [supplier] }] }, "award-value-missing"],
    ["two suppliers of one award", { awards: [award({ suppliers: [supplier, buyer] })] }, "supplier-many"],
    [
      "an unregistered supplier",
      {
        awards: [award({ suppliers: [{ id: "ID-Y", name: "Y" }] })],
        parties: [...parties, { id: "ID-Y", name: "Y", roles: ["supplier"] }],
      },
      "supplier-unregistered",
    ],
    ["an unsuccessful award", { awards: [award({ status: "unsuccessful" })] }, "award-status"],
    ["a contract on no known award", { contracts: [contract()] }, "award-unknown"],
    [
      "a contract without value",
      { awards: [award()], contracts: [contract({ value: undefined })] },
      "contract-value-missing",
    ],
    [
      "a day of signing removed by null",
      { awards: [award()], contracts: [contract({ dateSigned: null })] },
      "term-null",
    ],
    [
      "a signing date with parts of a second",
      { awards: [award()], contracts: [contract({ dateSigned: "2026-01-01T00:00:00.5Z" })] },
      "date-precision",
    ],
    [
      "a milestone that says what was accepted",
      { awards: [award()], contracts: [contract({ implementation: { milestones: [{ id: "1", accepted: idr(1) }] } })] },
      "milestone-terms",
    ],
    [
      "a transaction in another currency",
      {
        awards: [award()],
        contracts: [
          contract({
            implementation: {
              transactions: [{ id: "1", date: "2026-01-01T00:00:00Z", value: { amount: 1, currency: "USD" } }],
            },
          }),
        ],
      },
      "currency-differs",
    ],
    [
      "a transaction without date",
      { awards: [award()], contracts: [contract({ implementation: { transactions: [{ id: "1", value: idr(1) }] } })] },
      "transaction-incomplete",
    ],
    [
      "money paid back as a transaction",
      {
        awards: [award()],
        contracts: [
          contract({ implementation: { transactions: [{ id: "1", date: "2026-01-01T00:00:00Z", value: idr(-1) }] } }),
        ],
      },
      "transaction-negative",
    ],
    ["a compiled release", { tag: ["compiled"] }, "tag-compiled"],
    ["a broken reference", { tender: { id: "T", tenderers: [{ id: "ID-Z", name: "Z" }] } }, "reference-unresolved"],
  ] as const) {
    it(`refuses ${title} by name, in both languages, and signs nothing of it`, () => {
      const release = JSON.parse(JSON.stringify(aRelease(1, fields as Json))) as Json;
      const { planned } = plan(release);
      expect(planned[0]!.drafts).to.deep.equal([]);
      const fault = planned[0]!.faults.find((each) => each.rule === rule);
      expect(fault, rulesOf({ planned, releases: [] } as unknown as Plan).join()).to.not.equal(undefined);
      expect(fault!.message).to.not.equal(fault!.messageId);
    });
  }

  it("and composing are inverse: merging what the register publishes equals merging what was sent", () => {
    fc.assert(
      fc.property(fc.array(fields, { minLength: 1, maxLength: 5 }), (steps) => {
        const releases = steps.map((step, day) => aRelease(day, step));
        const { planned, releases: told } = plan(...releases);
        const held = planned.filter(({ faults }) => faults.length === 0).map(({ release }) => release);
        if (held.length === 0) return;
        expect(differences(compiled(held), compiled(told), names)).to.deep.equal([]);
        for (const release of told) {
          expect(check(release).faults.filter(({ level }) => level === "error")).to.deep.equal([]);
        }
        for (const { kind, terms, contractId } of planned.flatMap(({ drafts }) => drafts)) {
          expect(KIND_RULES[kind].kind).to.equal(Kind[kind]);
          if (kind === "payment") expect([terms.amount, contractId]).to.not.include(undefined);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("is total: any JSON gives entries or named faults", () => {
    const release = fc.record({
      base: fields,
      more: fc.dictionary(fc.string({ maxLength: 6 }), fc.jsonValue(), { maxKeys: 3 }),
    });
    fc.assert(
      fc.property(release, fc.jsonValue(), ({ base, more }, any) => {
        for (const value of [
          aRelease(1, { ...base, ...more }),
          { ...aRelease(1, base), contracts: any },
          { ocid, tag: [], x: any },
        ]) {
          const { planned } = plan(JSON.parse(JSON.stringify(value)) as Json);
          for (const { faults } of planned)
            for (const { rule, message } of faults) expect([rule, message]).to.not.include("");
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe("difference", () => {
  it("merged to what is known gives what merging the whole gives", () => {
    fc.assert(
      fc.property(fields, fields, (a, b) => {
        const [first, second] = [aRelease(1, a), aRelease(2, b)];
        const known = compiled([first]);
        const added = difference(known, second) ?? {};
        const { id, date, tag } = second;
        expect(canonicalJson(compiled([first, { ...added, ocid, id, date, tag }]))).to.equal(
          canonicalJson(compiled([first, second])),
        );
      }),
      { numRuns: 300 },
    );
  });
});
