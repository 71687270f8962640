import type { Ajv } from "ajv";
import { expect } from "chai";
import fc from "fast-check";
import { parseJson } from "../../server/domain/json.ts";
import { check } from "../../server/domain/ocds/check.ts";
import { type CheckRuleName, checkRules } from "../../server/domain/ocds/check-rules.ts";
import { merge } from "../../server/domain/ocds/merge.ts";
import { modelOf } from "../../server/domain/ocds/schema.ts";
import { zodOf } from "../../server/domain/ocds/zod.ts";
import { describeWithSamples, sample, sampleBytes, sampleFiles } from "./samples.ts";

// biome-ignore lint/suspicious/noExplicitAny: tests put wrong things in any place
type Loose = any;

const day = (number: number) => `2026-03-${String(number).padStart(2, "0")}T00:00:00Z`;
const idr = (amount: number) => ({ amount, currency: "IDR" });

/** A release without any fault, from budget to payment. */
function aRelease(): Loose {
  return {
    ocid: "ocds-a1b2c3-0001",
    id: "0001-7",
    date: day(28),
    tag: ["implementation"],
    initiationType: "tender",
    language: "id",
    parties: [
      {
        id: "ID-PRS-DPU",
        name: "Dinas PU",
        roles: ["buyer", "procuringEntity", "payer"],
        contactPoint: { email: "pu@contoh.go.id", telephone: "+62 22 1234567" },
      },
      { id: "ID-PRS-1", name: "PT Satu", roles: ["tenderer", "supplier", "payee"] },
    ],
    buyer: { id: "ID-PRS-DPU", name: "Dinas PU" },
    planning: { budget: { amount: idr(1_100_000_000) } },
    tender: {
      id: "t",
      title: "Jalan",
      title_en: "Road",
      status: "complete",
      procurementMethod: "open",
      procuringEntity: { id: "ID-PRS-DPU", name: "Dinas PU" },
      value: idr(1_000_000_000),
      tenderPeriod: { startDate: day(1), endDate: day(5), durationInDays: 4 },
      numberOfTenderers: 1,
      tenderers: [{ id: "ID-PRS-1", name: "PT Satu" }],
      documents: [
        {
          id: "d",
          documentType: "tenderNotice",
          url: "https://contoh.go.id/d.pdf",
          format: "application/pdf",
          datePublished: day(1),
          dateModified: day(2),
        },
      ],
    },
    awards: [
      {
        id: "a",
        status: "active",
        date: day(6),
        value: idr(982_451_653.01),
        suppliers: [{ id: "ID-PRS-1", name: "PT Satu" }],
      },
    ],
    contracts: [
      {
        id: "c",
        awardID: "a",
        status: "active",
        value: idr(982_451_653.01),
        dateSigned: day(10),
        implementation: {
          transactions: [
            {
              id: "p1",
              date: day(20),
              value: idr(982_451_653),
              payer: { id: "ID-PRS-DPU" },
              payee: { id: "ID-PRS-1" },
            },
            { id: "p2", date: day(21), value: idr(-0.5), payer: { id: "ID-PRS-DPU" }, payee: { id: "ID-PRS-1" } },
          ],
          milestones: [{ id: "m", status: "met", dateMet: day(19) }],
        },
      },
    ],
  };
}

const aPackage = (...releases: unknown[]): Loose => ({
  uri: "https://contoh.go.id/p",
  version: "1.1",
  publishedDate: day(28),
  publisher: { name: "Contoh" },
  license: "https://creativecommons.org/licenses/by/4.0/",
  releases: releases.length ? releases : [aRelease()],
});

const aRecord = (): Loose => {
  const { compiledRelease, versionedRelease } = merge([aRelease()]);
  return { ocid: "ocds-a1b2c3-0001", releases: [aRelease()], compiledRelease, versionedRelease };
};
const records = (...own: unknown[]): Loose => {
  const { releases: _, ...rest } = aPackage();
  return { ...rest, records: own };
};

const changed = (change: (release: Loose) => void) => {
  const release = aRelease();
  change(release);
  return release;
};
const changedPackage = (change: (own: Loose) => void) => {
  const own = aPackage();
  change(own);
  return own;
};
const changedRecord = (change: (record: Loose) => void) => {
  const own = aRecord();
  change(own);
  return own;
};
const extension = (repository: string) =>
  `https://raw.githubusercontent.com/open-contracting-extensions/ocds_${repository}_extension/master/extension.json`;

/** For each rule: input that breaks it, and where the fault must be reported. */
const breaches: Record<CheckRuleName, [input: unknown, pointer: string][]> = {
  "not-ocds": [
    ["text", ""],
    [null, ""],
  ],
  required: [
    [changed((r) => delete r.date), ""],
    [changed((r) => delete r.contracts[0].awardID), "/contracts/0"],
    [{}, ""],
    [changedPackage((p) => delete p.publisher.name), "/publisher"],
    [{ ocid: "ocds-a1b2c3-1", compiledRelease: aRelease() }, ""],
  ],
  "version-missing": [[changedPackage((p) => delete p.version), ""]],
  "version-pattern": [
    [
      changedPackage((p) => {
        p.version = "v1";
      }),
      "/version",
    ],
  ],
  type: [
    [
      changed((r) => {
        r.tender.value.amount = "1";
      }),
      "/tender/value/amount",
    ],
    [
      changed((r) => {
        r.tender.items = {};
      }),
      "/tender/items",
    ],
    [
      changed((r) => {
        r.tender.numberOfTenderers = 1.5;
      }),
      "/tender/numberOfTenderers",
    ],
    [
      changed((r) => {
        r.id = 7;
      }),
      "/id",
    ],
    [
      changedRecord((r) => {
        r.versionedRelease.tender.title = "x";
      }),
      "/versionedRelease/tender/title",
    ],
  ],
  "date-time": [
    [
      changed((r) => {
        r.date = "2026-02-30T00:00:00Z";
      }),
      "/date",
    ],
  ],
  uri: [
    [
      changed((r) => {
        r.tender.documents[0].url = "contoh.go.id/a b";
      }),
      "/tender/documents/0/url",
    ],
    [
      changedPackage((p) => {
        p.uri = "";
      }),
      "/uri",
    ],
  ],
  email: [
    [
      {
        ...aPackage(
          changed((r) => {
            r.parties[0].beneficialOwners = [{ id: "1", email: "x" }];
          }),
        ),
        extensions: [extension("beneficialOwners")],
      },
      "/releases/0/parties/0/beneficialOwners/0/email",
    ],
  ],
  "min-length": [
    [
      changed((r) => {
        r.ocid = "";
      }),
      "/ocid",
    ],
  ],
  "min-items": [
    [
      changed((r) => {
        r.tag = [];
      }),
      "/tag",
    ],
    [{ ...aPackage(), releases: [] }, "/releases"],
  ],
  "min-properties": [
    [
      {
        ...aPackage(
          changed((r) => {
            r.contracts[0].implementation.financialProgress = {};
          }),
        ),
        extensions: [extension("budget_and_spend")],
      },
      "/releases/0/contracts/0/implementation/financialProgress",
    ],
  ],
  "codelist-closed": [
    [
      changed((r) => {
        r.tender.status = "Complete";
      }),
      "/tender/status",
    ],
    [
      changed((r) => {
        r.tag = ["bogus"];
      }),
      "/tag/0",
    ],
    [
      changed((r) => {
        r.awards[0].value.currency = "Rp";
      }),
      "/awards/0/value/currency",
    ],
  ],
  "duplicate-entry": [[changed((r) => r.awards.push({ id: "a" })), "/awards/1"]],
  "duplicate-release": [
    [aPackage(aRelease(), aRelease()), "/releases/1"],
    [[aRelease(), aRelease()], "/1"],
  ],
  "duplicate-record": [[records(aRecord(), aRecord()), "/records/1"]],
  "mixed-releases": [
    [changedRecord((r) => r.releases.push({ url: "https://contoh.go.id/p#1", date: day(1) })), "/releases"],
  ],
  "ambiguous-releases": [
    [
      changedRecord((r) => {
        r.releases[0].url = "https://contoh.go.id/p#1";
      }),
      "/releases",
    ],
  ],
  "empty-field": [
    [
      changed((r) => {
        r.tender.title = " \t";
      }),
      "/tender/title",
    ],
    [
      changed((r) => {
        r.tender.items = [];
      }),
      "/tender/items",
    ],
    [
      changed((r) => {
        r.planning = {};
      }),
      "/planning",
    ],
    [
      changed((r) => {
        r.other = [""];
      }),
      "/other/0",
    ],
    [
      changedRecord((r) => {
        r.note = "";
      }),
      "/note",
    ],
  ],
  "extension-broken": [[{ ...aPackage(), extensions: [extension("transactions_relatedMilestone")] }, "/extensions/0"]],

  "empty-metadata": [
    [
      changedPackage((p) => {
        p.publisher.uid = "";
      }),
      "/publisher/uid",
    ],
  ],
  "version-unsupported": [
    [
      changedPackage((p) => {
        p.version = "1.0";
      }),
      "/version",
    ],
  ],
  "extension-unknown": [[{ ...aPackage(), extensions: ["https://contoh.go.id/extension.json"] }, "/extensions/0"]],
  links: [[{ ...aPackage(), links: { next: "/page/2" } }, "/links/next"]],
  "pattern-field": [
    [
      changed((r) => {
        r.tender.title_en = 5;
      }),
      "/tender/title_en",
    ],
  ],
  "unknown-field": [
    [
      changed((r) => {
        r.tender.foo = 1;
      }),
      "/tender/foo",
    ],
  ],
  "deprecated-field": [
    [
      changed((r) => {
        r.tender.amendment = { rationale: "x" };
      }),
      "/tender/amendment",
    ],
  ],
  "codelist-open": [
    [
      changed((r) => {
        r.tender.awardCriteria = "murah";
      }),
      "/tender/awardCriteria",
    ],
  ],
  "ocid-prefix": [
    [
      changed((r) => {
        r.ocid = "OCDS-a1b2c3-1";
      }),
      "/ocid",
    ],
  ],
  "release-id-hash": [
    [
      changed((r) => {
        r.id = "a#1";
      }),
      "/id",
    ],
  ],
  "release-date-repeated": [
    [
      [
        aRelease(),
        changed((r) => {
          r.id = "other";
        }),
      ],
      "/1/date",
    ],
  ],
  "id-not-text": [
    [
      changed((r) => {
        r.tender.id = 1;
      }),
      "/tender/id",
    ],
  ],
  "id-missing": [
    [
      changed((r) => {
        r.contracts[0].amendments = [{ rationale: "x" }];
      }),
      "/contracts/0/amendments/0",
    ],
  ],
  "duplicate-id": [[changed((r) => r.tender.documents.push({ id: "d" })), "/tender/documents/1"]],
  "null-not-leaf": [
    [
      changed((r) => {
        r.planning = null;
      }),
      "/planning",
    ],
    [
      changed((r) => {
        r.tender.documents = null;
      }),
      "/tender/documents",
    ],
    [
      changed((r) => {
        r.parties[0].details = null;
      }),
      "/parties/0/details",
    ],
  ],
  "date-offset": [
    [
      changed((r) => {
        r.awards[0].date = "2026-03-06";
      }),
      "/awards/0/date",
    ],
  ],
  "release-date-form": [
    [
      changed((r) => {
        r.date = "2026-03-28T07:00:00+07:00";
      }),
      "/date",
    ],
  ],
  "date-range": [
    [
      changed((r) => {
        r.tender.tenderPeriod = { startDate: "1970-01-01T00:00:00Z" };
      }),
      "/tender/tenderPeriod/startDate",
    ],
  ],
  "description-length": [
    [
      changed((r) => {
        r.tender.description = "x".repeat(251);
      }),
      "/tender/description",
    ],
  ],
  "email-form": [
    [
      changed((r) => {
        r.parties[0].contactPoint.email = "pu";
      }),
      "/parties/0/contactPoint/email",
    ],
  ],
  "telephone-form": [
    [
      changed((r) => {
        r.parties[0].contactPoint.telephone = "tidak ada";
      }),
      "/parties/0/contactPoint/telephone",
    ],
  ],
  "language-form": [
    [
      changed((r) => {
        r.language = "bahasa Indonesia";
      }),
      "/language",
    ],
  ],
  "media-type": [
    [
      changed((r) => {
        r.tender.documents[0].format = "PDF";
      }),
      "/tender/documents/0/format",
    ],
  ],
  "document-section": [
    [
      changed((r) => {
        r.tender.documents[0].documentType = "finalAudit";
      }),
      "/tender/documents/0/documentType",
    ],
  ],
  "amount-negative": [
    [
      changed((r) => {
        r.tender.value.amount = -1;
      }),
      "/tender/value/amount",
    ],
  ],
  "amount-precision": [
    [
      changed((r) => {
        r.tender.value.amount = 1_000_000_000.001;
      }),
      "/tender/value/amount",
    ],
  ],
  "amount-range": [
    [
      changed((r) => {
        r.tender.value.amount = 2e14;
      }),
      "/tender/value/amount",
    ],
  ],
  "currency-missing": [
    [
      changed((r) => {
        delete r.tender.value.currency;
      }),
      "/tender/value/amount",
    ],
  ],
  "payments-exceed-contract": [
    [
      changed((r) => {
        r.contracts[0].implementation.transactions[0].value.amount += 1;
      }),
      "/contracts/0/implementation/transactions",
    ],
  ],
  "contract-award-ratio": [
    [
      changed((r) => {
        r.awards[0].value.amount = 10;
      }),
      "/awards/0/value",
    ],
  ],
  "budget-tender-ratio": [
    [
      changed((r) => {
        r.planning.budget.amount.amount = 10;
      }),
      "/planning/budget/amount",
    ],
  ],
  "reference-unresolved": [
    [
      changed((r) => {
        r.buyer.id = "x";
      }),
      "/buyer/id",
    ],
    [
      changed((r) => {
        r.awards[0].suppliers[0] = { name: "PT Satu" };
      }),
      "/awards/0/suppliers/0",
    ],
    [
      changed((r) => {
        r.parties[1].id = "1";
        r.tender.tenderers[0].id = 1;
      }),
      "/tender/tenderers/0/id",
    ],
  ],
  "award-unresolved": [
    [
      changed((r) => {
        r.contracts[0].awardID = "x";
      }),
      "/contracts/0/awardID",
    ],
  ],
  "party-role": [
    [
      changed((r) => {
        r.parties[1].roles = ["tenderer", "payee"];
      }),
      "/awards/0/suppliers/0",
    ],
  ],
  "party-role-unused": [
    [
      changed((r) => {
        r.tag = ["compiled"];
        delete r.tender.tenderers;
        delete r.tender.numberOfTenderers;
      }),
      "/parties/1/roles/0",
    ],
  ],
  "party-name": [
    [
      changed((r) => {
        r.buyer.name = "Dinas Pekerjaan Umum";
      }),
      "/buyer/name",
    ],
  ],
  "milestone-unresolved": [
    [
      changed((r) => {
        r.contracts[0].implementation.transactions[0].relatedImplementationMilestone = { id: "x" };
      }),
      "/contracts/0/implementation/transactions/0/relatedImplementationMilestone",
    ],
  ],
  "period-order": [
    [
      changed((r) => {
        r.tender.tenderPeriod.endDate = "2026-02-01T00:00:00Z";
      }),
      "/tender/tenderPeriod",
    ],
  ],
  "duration-days": [
    [
      changed((r) => {
        r.tender.tenderPeriod.durationInDays = 9;
      }),
      "/tender/tenderPeriod/durationInDays",
    ],
  ],
  "date-sequence": [
    [
      changed((r) => {
        r.awards[0].date = day(2);
      }),
      "/awards/0/date",
    ],
    [
      changed((r) => {
        r.contracts[0].dateSigned = day(5);
      }),
      "/contracts/0/dateSigned",
    ],
    [
      changed((r) => {
        r.contracts[0].implementation.transactions[0].date = day(9);
      }),
      "/contracts/0/implementation/transactions/0/date",
    ],
  ],
  "date-after-release": [
    [
      changed((r) => {
        r.contracts[0].dateSigned = "2026-04-01T00:00:00Z";
      }),
      "/contracts/0/dateSigned",
    ],
    [
      changed((r) => {
        r.contracts[0].implementation.milestones[0].dateMet = day(29);
      }),
      "/contracts/0/implementation/milestones/0/dateMet",
    ],
  ],
  "document-dates": [
    [
      changed((r) => {
        r.tender.documents[0].datePublished = day(3);
      }),
      "/tender/documents/0",
    ],
  ],
  "award-under-tender": [
    [
      changed((r) => {
        r.tender.status = "active";
      }),
      "/tender/status",
    ],
  ],
  "contract-under-award": [
    [
      changed((r) => {
        r.awards[0].status = "pending";
      }),
      "/contracts/0/awardID",
    ],
  ],
  "payment-under-contract": [
    [
      changed((r) => {
        r.contracts[0].status = "pending";
      }),
      "/contracts/0/implementation/transactions",
    ],
  ],
  "milestone-date-met": [
    [
      changed((r) => {
        r.contracts[0].implementation.milestones[0].status = "scheduled";
      }),
      "/contracts/0/implementation/milestones/0/dateMet",
    ],
  ],
  "tenderers-number": [
    [
      changed((r) => {
        r.tender.numberOfTenderers = 3;
      }),
      "/tender/numberOfTenderers",
    ],
  ],
  "direct-tenderers": [
    [
      changed((r) => {
        r.tender.procurementMethod = "direct";
        r.tender.numberOfTenderers = 2;
      }),
      "/tender/procurementMethod",
    ],
  ],
};

describe("checking OCDS", () => {
  it("finds nothing in a release, package and record that are right", () => {
    for (const value of [aRelease(), [aRelease()], aPackage(), records(aRecord())]) {
      expect(check(value).faults).to.deep.equal([]);
    }
  });

  for (const [rule, cases] of Object.entries(breaches) as [CheckRuleName, [unknown, string][]][]) {
    it(`reports ${rule}`, () => {
      for (const [input, pointer] of cases) {
        const { valid, faults } = check(input);
        const fault = faults.find((found) => found.rule === rule && found.pointer === pointer);
        expect(fault, JSON.stringify(faults.map((found) => `${found.rule} ${found.pointer}`))).not.to.equal(undefined);
        expect(fault).to.include({ level: checkRules[rule].level });
        if (checkRules[rule].level === "error") expect(valid).to.equal(false);
        expect(fault!.message)
          .to.include(pointer || "top level")
          .and.not.match(/\{\d\}|undefined/);
        expect(fault!.messageId).not.to.match(/\{\d\}|undefined/);
        expect(fault!.messageId).not.to.equal(fault!.message);
      }
    });
  }

  it("is valid where only rules of our own are broken", () => {
    for (const [rule, cases] of Object.entries(breaches) as [CheckRuleName, [unknown, string][]][]) {
      if (
        checkRules[rule].level !== "rule" ||
        rule === "null-not-leaf" ||
        rule === "date-offset" ||
        rule === "amount-negative"
      )
        continue;
      for (const [input] of cases) {
        const { valid, faults } = check(input);
        expect(valid, `${rule}: ${faults.find(({ level }) => level === "error")?.message}`).to.equal(true);
      }
    }
  });

  it("does not take 5.0 for an integer, as the text is told apart", () => {
    const parsed = parseJson(
      new TextEncoder().encode(JSON.stringify(aRelease()).replace('"numberOfTenderers":1', '"numberOfTenderers":1.0')),
    );
    if (!parsed.ok) throw new Error("not parsed");
    expect(check(parsed.value, parsed).faults.map(({ pointer }) => pointer)).to.deep.equal([
      "/tender/numberOfTenderers",
    ]);
    expect(check(parsed.value).valid).to.equal(true);
  });

  it("accepts any shape without throwing", () => {
    const names = fc.constantFrom(
      "releases",
      "records",
      "ocid",
      "id",
      "tender",
      "awards",
      "contracts",
      "parties",
      "implementation",
      "transactions",
      "value",
      "amount",
      "date",
      "extensions",
      "compiledRelease",
      "versionedRelease",
      "tag",
      "roles",
      "period",
      "x",
    );
    const anything = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: "medium" },
        fc.constantFrom(null, true, 0, -1.5, "", "x", "IDR", "2026-01-01T00:00:00Z"),
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(names, tie("value"), { maxKeys: 6 }),
      ),
    })).value;
    fc.assert(
      fc.property(anything, (value) => typeof check(value).valid === "boolean"),
      { numRuns: 500 },
    );
  });

  it("has zod schemas that refuse what the table refuses", () => {
    const { release, definitions } = modelOf();
    const schema = zodOf(release, definitions);
    expect(schema.safeParse(aRelease()).success).to.equal(true);
    for (const rule of ["type", "date-time", "codelist-closed", "min-length", "min-items"] as const) {
      for (const [input] of breaches[rule]) {
        if ((input as Loose).ocid !== undefined && !("compiledRelease" in (input as Loose))) {
          expect(schema.safeParse(input).success, rule).to.equal(false);
        }
      }
    }
  });
});

/** The sample files in which the official validator finds errors (libcoveocds 0.17.0, run on all of them). */
const officialFaults: readonly string[] = [
  "examples/merging-deletions/field_record.json",
  "examples/sample-data/release-template-1__1__5.json",
  "real/colombia-cce-2021-a.release-package.json",
  "real/mexico-city-1.compiled.json",
  "real/mexico-city-1.release-package.json",
  "real/mexico-city-1.versioned.json",
  "real/mexico-city-3.release-package.json",
  "real/mexico-inah-1.record-package.json",
  "real/upgrade/1.ocds-1.0.release-package.json",
  "real/upgrade/1.ocds-1.1.release-package.json",
];

describeWithSamples("checking the official samples", () => {
  it("has the official validator's verdict on every file", () => {
    const files = [...sampleFiles("examples"), ...sampleFiles("real")];
    expect(files.length).to.be.greaterThan(30);
    const invalid = files.filter((file) => {
      const parsed = parseJson(sampleBytes(file));
      expect(parsed.ok, file).to.equal(true);
      return parsed.ok && !check(parsed.value, parsed).valid;
    });
    expect(invalid).to.deep.equal(officialFaults);
  });

  it("finds in the Colombian file what is known of it", () => {
    const { faults } = check(sample("real/colombia-cce-2021-a.release-package.json"));
    const count = (...rules: CheckRuleName[]) => faults.filter(({ rule }) => rules.includes(rule)).length;
    expect(count("type", "uri")).to.equal(3);
    expect(count("empty-field")).to.equal(19);
    const suppliers = faults.filter(
      ({ rule, pointer }) => rule === "reference-unresolved" && /awards\/\d+\/suppliers/.test(pointer),
    );
    expect(suppliers.length).to.be.at.least(50);
    const buyers = faults.filter(({ rule, pointer }) => rule === "reference-unresolved" && /buyer/.test(pointer));
    expect(buyers.filter(({ pointer }) => pointer.endsWith("/id"))).to.have.lengthOf(16);
    expect(buyers).to.have.lengthOf(31); // 15 buyers have no id at all
  });

  it("agrees with the official schema on what is wrong with the kinds of values", async () => {
    const { default: AjvDraft4 } = await import("ajv-draft-04");
    const { default: addFormats } = await import("ajv-formats");
    // both are CommonJS, whose types and values disagree on what `default` is
    const ajv = new (AjvDraft4 as unknown as typeof Ajv)({ strict: false, allErrors: true });
    (addFormats as unknown as (ajv: Ajv, formats: string[]) => void)(ajv, ["date-time", "uri"]);
    const validate = ajv.compile(sample("schema/1.1.5/release-schema.json"));
    for (const rule of ["type", "required", "date-time", "codelist-closed", "min-length", "min-items"] as const) {
      for (const [input] of breaches[rule]) {
        if ((input as Loose).ocid !== undefined && !("compiledRelease" in (input as Loose)))
          expect(validate(input), rule).to.equal(false);
      }
    }
    expect(validate(aRelease()), JSON.stringify(validate.errors)).to.equal(true);
  });
});
