import { readdirSync } from "node:fs";
import { expect } from "chai";
import { addedCodes, codelists } from "../../server/domain/ocds/codelists.ts";
import { type MergeRules, mergeRules10, mergeRulesOf } from "../../server/domain/ocds/merge-rules.ts";
import {
  type Extension,
  type ExtensionName,
  extensionAt,
  extensions,
  type Field,
  linkedRelease,
  modelOf,
  record,
  recordPackage,
  releasePackage,
} from "../../server/domain/ocds/schema.ts";
import { versionedRelease } from "../../server/domain/ocds/versioned-schema.ts";
import { describeWithSamples, sample, sampleBytes, samplePath } from "./samples.ts";

// biome-ignore lint/suspicious/noExplicitAny: JSON Schema as it comes
type Schema = any;

/** An official schema in the words of our table. Throws on a keyword that the table has no word for. */
function fieldOf(schema: Schema): Field {
  const field: Record<string, unknown> = {};
  for (const [keyword, value] of Object.entries<Schema>(schema)) {
    switch (keyword) {
      case "title":
      case "description":
      case "default":
      case "id":
      case "$schema":
      case "definitions":
      case "pattern":
      case "openCodelist":
        break;
      case "type":
        field.types = Array.isArray(value) ? value : [value];
        break;
      case "$ref":
        field.ref = value.split("/").at(-1);
        break;
      case "codelist":
        field.codelist = value.replace(".csv", "");
        expect(codelists).to.have.property(field.codelist as string);
        expect(codelists[field.codelist as "method"].closed, value).to.equal(schema.openCodelist === false);
        break;
      case "enum":
        // checked with the code lists
        break;
      case "uniqueItems":
        field.unique = value;
        break;
      case "deprecated":
        field.deprecated = value.deprecatedVersion;
        break;
      case "properties":
        field.fields = Object.fromEntries(Object.entries(value).map(([name, sub]) => [name, fieldOf(sub)]));
        break;
      case "items":
        field.items = fieldOf(value);
        break;
      case "patternProperties": {
        const names = Object.keys(value);
        if (names[0] === "[A-Za-z0-9._-]") field.anyField = fieldOf(value[names[0]]);
        else {
          field.translated = names.map((name) => /^\^\((\w+)_\(/.exec(name)![1]);
          for (const sub of Object.values<Schema>(value)) expect(sub.type).to.deep.equal(["string", "null"]);
        }
        break;
      }
      case "minLength":
      case "minItems":
      case "minProperties":
      case "required":
      case "format":
      case "omitWhenMerged":
      case "wholeListMerge":
      case "versionId":
        field[keyword] = value;
        break;
      default:
        throw new Error(`no word for ${keyword}`);
    }
  }
  return field as Field;
}

/** Every closed enumeration in a schema, by its path. */
function* enumsOf(schema: Schema, path: string[] = []): Generator<{ path: string; codes: string[]; list: string }> {
  if (typeof schema !== "object" || schema === null) return;
  const listed = schema.enum ?? schema.items?.enum;
  if (listed && schema.codelist) yield { path: path.join("/"), codes: listed, list: schema.codelist };
  for (const [name, sub] of Object.entries(schema)) if (typeof sub === "object") yield* enumsOf(sub, [...path, name]);
}

function codesOf(csv: string): string[] {
  const [header = [], ...rows] = [...csvRows(csv)];
  const column = header.findIndex((name) => name.toLowerCase() === "code");
  return rows.map((row) => row[column]!).filter(Boolean);
}

function* csvRows(text: string): Generator<string[]> {
  let row: string[] = [];
  for (const [, quotedCell, cell = "", end] of text
    .replace(/^\ufeff/, "")
    .matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/g)) {
    row.push(quotedCell ?? cell);
    if (end !== ",") {
      if (row.length > 1) yield row;
      row = [];
    }
  }
}

describeWithSamples("the field table and the official schemas", () => {
  it("has the same fields of a release, path by path", () => {
    const official = sample("schema/1.1.5/release-schema.json");
    const model = modelOf();
    expect(model.release).to.deep.equal(fieldOf(official));
    expect(Object.keys(model.definitions).sort()).to.deep.equal(Object.keys(official.definitions).sort());
    for (const [name, definition] of Object.entries(official.definitions)) {
      expect(model.definitions[name], name).to.deep.equal(fieldOf(definition));
    }
  });

  for (const [name, extension] of Object.entries(extensions) as [ExtensionName, Extension][]) {
    it(`has the same fields of the extension ${name}`, () => {
      if (name === "pagination") return;
      const official = sample(`extensions/${name}/release-schema.json`);
      const patch = fieldOf({ properties: official.properties ?? {} }).fields;
      expect(extension.release ?? {}).to.deep.equal(patch);
      const definitions = Object.fromEntries(
        Object.entries(official.definitions ?? {}).map(([key, value]) => [key, fieldOf(value)]),
      );
      expect(extension.definitions ?? {}).to.deep.equal(definitions);
    });
  }

  it("knows every extension that is there, by the address that it has", () => {
    expect(Object.keys(extensions).sort()).to.deep.equal(readdirSync(samplePath("extensions")).sort());
    for (const [name, { repository }] of Object.entries(extensions)) {
      const base = `https://raw.githubusercontent.com/open-contracting-extensions/ocds_${repository}_extension`;
      expect(extensionAt(`${base}/master/extension.json`)).to.equal(name);
      expect(extensionAt(`https://extensions.open-contracting.org/en/extensions/${name}/v1.1/`)).to.equal(name);
    }
    expect(extensionAt("https://example.org/extension.json")).to.equal(undefined);
  });

  it("has the same fields of packages and records", () => {
    const releases = fieldOf(sample("schema/1.1.5/release-package-schema.json"));
    const { releases: list, ...releaseFields } = releases.fields!;
    expect(releasePackage).to.deep.equal({ ...releases, fields: releaseFields });
    expect(list).to.include({ minItems: 1, unique: true });

    const official = sample("schema/1.1.5/record-package-schema.json");
    const records = fieldOf(official);
    const { records: _, ...recordFields } = records.fields!;
    expect(recordPackage).to.deep.equal({ ...records, fields: recordFields });

    const { ocid, releases: either } = official.definitions.record.properties;
    expect(record).to.deep.equal({
      types: ["object"],
      fields: { ocid: fieldOf(ocid) },
      required: official.definitions.record.required,
    });
    expect(linkedRelease).to.deep.equal(fieldOf(either.oneOf[0].items));
    expect(either.oneOf[1].items.$ref).to.match(/release-schema\.json$/);
  });

  it("derives the shape of a versioned release", () => {
    const official = sample("schema/1.1.5/versioned-release-validation-schema.json");
    const definitions = Object.fromEntries(
      Object.entries(official.definitions).map(([name, definition]) => [name, fieldOf(definition)]),
    );
    expect(resolved(versionedRelease, modelOf().definitions)).to.deep.equal(resolved(fieldOf(official), definitions));
  });

  it("has the same codes", () => {
    const official = new Map<string, string[]>();
    for (const file of readdirSync(samplePath("codelists/1.1.5"))) {
      official.set(file.replace(".csv", ""), codesOf(new TextDecoder().decode(sampleBytes(`codelists/1.1.5/${file}`))));
    }
    const added: Record<string, Record<string, string[]>> = {};
    for (const name of Object.keys(extensions)) {
      const folder = `extensions/${name}/codelists`;
      const files = readdirSync(samplePath(`extensions/${name}`)).includes("codelists")
        ? readdirSync(samplePath(folder))
        : [];
      for (const file of files) {
        const codes = codesOf(new TextDecoder().decode(sampleBytes(`${folder}/${file}`)));
        if (file.startsWith("+")) added[name] = { ...added[name], [file.slice(1, -4)]: codes };
        else official.set(file.slice(0, -4), codes);
      }
    }
    expect(official.size).to.be.greaterThan(20);
    expect(Object.keys(codelists).sort()).to.deep.equal([...official.keys()].sort());
    for (const [name, codes] of official) {
      expect([...codelists[name as keyof typeof codelists].codes].sort(), name).to.deep.equal(codes.sort());
    }
    expect(addedCodes).to.deep.equal(added);
  });

  it("closes the lists that the schemas enumerate, code by code", () => {
    const files = ["schema/1.1.5/release-schema.json", "schema/1.1.5/record-package-schema.json"];
    for (const name of Object.keys(extensions))
      if (name !== "pagination") files.push(`extensions/${name}/release-schema.json`);
    let count = 0;
    for (const file of files) {
      for (const { path, codes, list } of enumsOf(sample(file))) {
        const own = codelists[list.replace(".csv", "") as keyof typeof codelists];
        expect([...own.codes].sort(), path).to.deep.equal(codes.filter((code) => code !== null).sort());
        expect(own.closed, path).to.equal(true);
        count++;
      }
    }
    expect(count).to.be.greaterThan(10);
  });

  it("gives the merge rules that the schemas hold: 24 paths in 1.1, 15 in 1.0", () => {
    const pathsOf = (rules: MergeRules): string[] =>
      [...rules.fields].flatMap(([name, own]) =>
        own.rule ? [`${name}:${own.rule}`] : pathsOf(own).map((path) => `${name}/${path}`),
      );
    expect(pathsOf(mergeRulesOf())).to.have.lengthOf(24);
    expect(pathsOf(mergeRulesOf()).filter((path) => path.endsWith("omitWhenMerged"))).to.have.lengthOf(3);
    expect(pathsOf(mergeRules10)).to.have.lengthOf(15);
  });
});

/** Without references, and without what has no meaning in a versioned release. */
function resolved(declared: Field, definitions: Readonly<Record<string, Field>>): unknown {
  const field = declared.ref ? definitions[declared.ref]! : declared;
  const { versionId: _, deprecated: __, translated: ___, wholeListMerge: ____, fields, items, ...rest } = field;
  return {
    ...rest,
    ...(fields && {
      fields: Object.fromEntries(Object.entries(fields).map(([name, sub]) => [name, resolved(sub, definitions)])),
    }),
    ...(items && { items: resolved(items, definitions) }),
  };
}
