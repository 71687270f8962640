import { readFileSync } from "node:fs";
import { expect } from "chai";
import fc from "fast-check";
import { CompiledMerger, MergeFault, type MergeOptions, merge, ReleaseMerger } from "../../server/domain/ocds/merge.ts";
import { mergeRulesFromJsonSchema, mergeRulesFromPaths } from "../../server/domain/ocds/merge-rules.ts";
import { describeWithSamples, sample, samplePath } from "./samples.ts";

type Json = Record<string, unknown>;

const release = (day: number, fields: Json): Json => ({
  ocid: "ocds-213czf-1",
  id: `r-${day}`,
  date: `2026-01-${String(day).padStart(2, "0")}T00:00:00Z`,
  tag: ["tender"],
  initiationType: "tender",
  ...fields,
});

const ruleOf = (releases: unknown[], options?: MergeOptions) => {
  try {
    merge(releases, options);
  } catch (error) {
    if (error instanceof MergeFault) return error.rule;
    throw error;
  }
  return undefined;
};

describe("merging releases", () => {
  it("keeps the last value in the compiled release and every value in the versioned one", () => {
    const { compiledRelease, versionedRelease } = merge([
      release(2, { tender: { id: "t", title: "new" } }),
      release(1, { tender: { id: "t", title: "old" } }),
    ]);
    expect(compiledRelease).to.deep.equal({
      ocid: "ocds-213czf-1",
      id: "ocds-213czf-1-2026-01-02T00:00:00Z",
      date: "2026-01-02T00:00:00Z",
      tag: ["compiled"],
      initiationType: "tender",
      tender: { id: "t", title: "new" },
    });
    const version = (day: number, value: string) => ({
      releaseID: `r-${day}`,
      releaseDate: `2026-01-0${day}T00:00:00Z`,
      releaseTag: ["tender"],
      value,
    });
    expect(versionedRelease).to.deep.equal({
      ocid: "ocds-213czf-1",
      initiationType: [version(1, "tender")],
      tender: { id: [version(1, "t")], title: [version(1, "old"), version(2, "new")] },
    });
  });

  it("takes in the rules of an extension only where it is named", () => {
    const parts = (identifiers: Json[]) =>
      release(identifiers.length, { bids: { details: [{ id: "1", identifiers }] } });
    const releases = [parts([{ id: "1" }, { id: "2" }]), parts([{ id: "3" }])];
    const count = (options?: MergeOptions) =>
      (merge(releases, options).compiledRelease.bids as { details: { identifiers: Json[] }[] }).details[0]!.identifiers
        .length;
    expect(count()).to.equal(3);
    expect(count({ extensions: ["bids"] })).to.equal(2);
  });

  it("merges lists of suppliers as wholes under the rules of 1.0", () => {
    const releases = [1, 2].map((day) => release(day, { awards: [{ id: "a", suppliers: [{ id: `s-${day}` }] }] }));
    const suppliers = (version: "1.0" | "1.1") =>
      (merge(releases, { version }).compiledRelease.awards as { suppliers: Json[] }[])[0]!.suppliers;
    expect(suppliers("1.0")).to.deep.equal([{ id: "s-2" }]);
    expect(suppliers("1.1")).to.deep.equal([{ id: "s-1" }, { id: "s-2" }]);
  });

  it("reports by name what cannot be merged, with the place", () => {
    expect(ruleOf([release(1, { x: 1 }), release(2, { x: { y: 1 } })])).to.equal("type-change");
    expect(ruleOf([release(1, { x: { y: 1 } }), release(2, { x: [{ id: "1", y: 1 }] })])).to.equal("type-change");
    expect(ruleOf([release(1, { x: [{ id: {}, y: 1 }] })])).to.equal("id-not-simple");
    expect(ruleOf([release(1, {}), { ocid: "x" }])).to.equal("date-missing");
    expect(ruleOf([release(1, {}), { ocid: "x", date: null }])).to.equal("date-not-text");
    expect(ruleOf([release(1, {}), 5])).to.equal("release-not-object");
    expect(() => merge([release(1, { tender: { id: "1", a: 1 } }), release(2, { tender: { id: "1", a: { b: 1 } } })]))
      .to.throw(MergeFault)
      .with.property("pointer", "/tender/a");
  });

  it("takes true and 1 for no change in a versioned release, as the reference does", () => {
    const { compiledRelease, versionedRelease } = merge([release(1, { flag: 1 }), release(2, { flag: true })]);
    expect(compiledRelease.flag).to.equal(true);
    expect(versionedRelease.flag).to.have.lengthOf(1);
  });

  it("leaves its input as it was", () => {
    const releases = [release(1, { x: ["a"] }), release(2, { x: [{ id: "1", y: 1 }] })];
    const before = structuredClone(releases);
    merge(releases);
    expect(releases).to.deep.equal(before);
  });

  it("takes a field named __proto__ for a field", () => {
    const hostile = JSON.parse(
      '{"ocid":"o","id":"1","date":"d","tag":[],"__proto__":{"polluted":1},"a":[{"id":"__proto__","b":1}]}',
    );
    const { compiledRelease } = merge([hostile, { ...release(1, {}), constructor: { prototype: { polluted: 1 } } }]);
    expect(Object.hasOwn(compiledRelease, "__proto__")).to.equal(true);
    expect(compiledRelease.a).to.deep.equal([{ id: "__proto__", b: 1 }]);
    expect(({} as Json).polluted).to.equal(undefined);
  });
});

/** Releases of one process whose shapes agree, with unique dates unless told otherwise. */
const releases = (() => {
  const leaf = fc.constantFrom<unknown>("x", "y", 1, 2.5, false, null, "1");
  const entry = fc.record(
    {
      id: fc.constantFrom("1", "2", "3"),
      title: leaf,
      value: fc.record({ amount: leaf }, { requiredKeys: [] }),
      other: leaf,
    },
    { requiredKeys: ["id"] },
  );
  const entries = fc.uniqueArray(entry, { selector: ({ id }) => id, maxLength: 3 });
  const contents = fc.record(
    {
      tender: fc.record(
        {
          id: fc.constant("t"),
          title: leaf,
          items: entries,
          submissionMethod: fc.array(fc.string(), { maxLength: 2 }),
        },
        { requiredKeys: ["id"] },
      ),
      awards: entries,
      parties: fc.uniqueArray(
        fc.record({
          id: fc.constantFrom("a", "b"),
          roles: fc.array(fc.constantFrom("buyer", "payer"), { maxLength: 2 }),
        }),
        {
          selector: ({ id }) => id,
          maxLength: 2,
        },
      ),
      unknown: fc.record({ a: leaf, b: entries }, { requiredKeys: [] }),
    },
    { requiredKeys: [] },
  );
  return fc
    .array(contents, { minLength: 1, maxLength: 6 })
    .map((all) => all.map((fields, index) => release(index + 1, fields)));
})();

describe("properties of merging", () => {
  it("does not depend on the order of input where dates are unique", () => {
    fc.assert(
      fc.property(
        releases.chain((own) => fc.tuple(fc.constant(own), fc.shuffledSubarray(own, { minLength: own.length }))),
        ([own, shuffled]) => {
          expect(merge(shuffled)).to.deep.equal(merge(own));
        },
      ),
    );
  });

  it("gives the same one by one as all at once", () => {
    fc.assert(
      fc.property(releases, (own) => {
        const merger = new ReleaseMerger();
        const latest = new CompiledMerger();
        own.forEach((one, index) => {
          merger.append(one);
          latest.append(one);
          const { compiledRelease, versionedRelease } = merge(own.slice(0, index + 1));
          expect(merger.compiled()).to.deep.equal(compiledRelease);
          expect(latest.compiled()).to.deep.equal(compiledRelease);
          expect(merger.versioned()).to.deep.equal(versionedRelease);
        });
      }),
    );
  });

  it("gives the same when the compiled release so far is merged with the next", () => {
    fc.assert(
      fc.property(releases, (own) => {
        const folded = own.reduce((compiled, next) => merge([compiled, next]).compiledRelease);
        expect(withoutTraces(merge([folded]).compiledRelease)).to.deep.equal(withoutTraces(merge(own).compiledRelease));
      }),
    );
  });

  it("has in the compiled release the last values of the versioned one", () => {
    fc.assert(
      fc.property(releases, (own) => {
        const { compiledRelease, versionedRelease } = merge(own);
        const { id: _, date: __, tag: ___, ...rest } = compiledRelease;
        expect(withoutTraces(lastValues(versionedRelease) as Json)).to.deep.equal(withoutTraces(rest));
      }),
    );
  });
});

function lastValues(node: unknown): unknown {
  if (Array.isArray(node)) {
    return node.length && node.every((item) => Object.keys(item).join() === "releaseID,releaseDate,releaseTag,value")
      ? node.at(-1).value
      : node.map(lastValues);
  }
  if (typeof node !== "object" || node === null) return node;
  return Object.fromEntries(
    Object.entries(node)
      .map(([name, value]) => [name, lastValues(value)] as const)
      .filter(([, value]) => value !== null),
  );
}

/** Without id and date of the compiled release, and without what only nulls leave behind: empty objects and lists. */
function withoutTraces(release: Json): unknown {
  const clean = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(clean);
    if (typeof node !== "object" || node === null) return node;
    const kept = Object.entries(node)
      .map(([name, value]) => [name, clean(value)] as const)
      .filter(
        ([name, value]) =>
          name !== "submissionMethod" && !(typeof value === "object" && value !== null && !Object.keys(value).length),
      );
    return Object.fromEntries(kept);
  };
  const { id: _, date: __, ...rest } = release;
  return clean(rest);
}

describeWithSamples("merging as the reference implementation does", () => {
  const manifest = sample("merge-fixtures/manifest.json") as {
    case: string;
    schema: string;
    releases: string;
    compiled?: string;
    versioned?: string;
  }[];
  for (const { case: name, schema, releases: file, compiled, versioned } of manifest) {
    it(`reproduces ${name}`, () => {
      const fixture = (path: string) => sample(`merge-fixtures/${path}`);
      const own = schema.startsWith("schema/1.1.5")
        ? [{}]
        : schema.includes("1__0__3")
          ? [{ version: "1.0" as const }, { rules: mergeRulesFromJsonSchema(sample(schema)) }]
          : [{ rules: mergeRulesFromJsonSchema(sample(schema)) }];
      for (const options of own) {
        const merged = merge(fixture(file), options);
        if (compiled) expect(merged.compiledRelease).to.deep.equal(fixture(compiled));
        if (versioned) expect(merged.versionedRelease).to.deep.equal(fixture(versioned));
      }
    });
  }

  it("reproduces every vector", () => {
    const lines = readFileSync(samplePath("merge-vectors.jsonl"), "utf8").trim().split("\n");
    expect(lines.length).to.be.greaterThan(30);
    for (const line of lines) {
      const { releases: own, compiled, versioned } = JSON.parse(line);
      expect(merge(own)).to.deep.equal({ compiledRelease: compiled, versionedRelease: versioned });
    }
  });

  it("has the documented quirks", () => {
    for (const { name, releases: own, referenceCompiled, referenceVersioned } of sample("merge-quirks.json")) {
      const latest = new CompiledMerger();
      for (const one of own) latest.append(one);
      expect(latest.compiled(), name).to.deep.equal(referenceCompiled);
      if (referenceVersioned.error) {
        const merger = new ReleaseMerger();
        for (const one of own) merger.append(one);
        expect(merger.compiled(), name).to.deep.equal(referenceCompiled);
        expect(() => merger.versioned(), name).to.throw(MergeFault);
      } else {
        expect(merge(own), name).to.deep.equal({
          compiledRelease: referenceCompiled,
          versionedRelease: referenceVersioned,
        });
      }
    }
  });

  it("reproduces the worked examples", () => {
    const { releases: own } = sample("real/mexico-city-1.release-package.json");
    expect(merge(own, { version: "1.0" })).to.deep.equal({
      compiledRelease: sample("real/mexico-city-1.compiled.json"),
      versionedRelease: sample("real/mexico-city-1.versioned.json"),
    });
    const files = [
      "examples/merging-deletions/field_record.json",
      ...["tender", "award", "implementation"].map((stage) => `examples/change_history/records/${stage}.json`),
    ];
    for (const file of files) {
      for (const { releases: embedded, compiledRelease, versionedRelease } of sample(file).records) {
        const merged = merge(embedded);
        if (compiledRelease) expect(merged.compiledRelease, file).to.deep.equal(compiledRelease);
        if (versionedRelease) expect(merged.versionedRelease, file).to.deep.equal(versionedRelease);
      }
    }
  });

  it("derives the rules of our table from the official schema too", () => {
    const official = mergeRulesFromJsonSchema(sample("schema/1.1.5/release-schema.json"));
    const lines = readFileSync(samplePath("merge-vectors.jsonl"), "utf8").trim().split("\n");
    for (const line of lines.slice(0, 10)) {
      const { releases: own } = JSON.parse(line);
      expect(merge(own, { rules: official })).to.deep.equal(merge(own));
    }
    expect(mergeRulesFromPaths({ "a/b": "wholeListMerge" }).fields.get("a")?.fields.get("b")?.rule).to.equal(
      "wholeListMerge",
    );
  });
});
