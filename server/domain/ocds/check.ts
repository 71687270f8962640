import { pointerStep } from "../json.ts";
import {
  checkEmptyFields,
  duplicateEntries,
  FieldCheck,
  type FoundReference,
  isObject,
  type Json,
  quoted,
} from "./check-fields.ts";
import { type CheckFault, type CheckRuleName, checkFault } from "./check-rules.ts";
import {
  type ExtensionName,
  extensionAt,
  extensions,
  linkedRelease,
  modelOf,
  ownExtensions,
  record,
  recordPackage,
  releasePackage,
  versionPattern,
} from "./schema.ts";
import { versionedRelease } from "./versioned-schema.ts";
import { checkRelease } from "./write-rules.ts";

export interface CheckOptions {
  /** Extensions that hold besides those a package names. */
  readonly extensions?: readonly ExtensionName[];
  /** From `parseJson`: whole numbers that were written like `5.0`. */
  readonly decimals?: readonly string[];
}

export interface CheckResult {
  /** No fault of level `error`: the data conform to OCDS 1.1. */
  readonly valid: boolean;
  readonly faults: readonly CheckFault[];
}

type Path = readonly (string | number)[];

/**
 * Checks a release, a list of releases (or of records), a record, or a package of either, against OCDS 1.1.5 and
 * against our own rules. `valid` agrees with the official Data Review Tool; `test/ocds/check.test.ts` lists where not.
 */
export function check(value: unknown, options: CheckOptions = {}): CheckResult {
  const checker = new Checker(options);
  checker.checkAny(value);
  return { valid: checker.faults.every(({ level }) => level === "rule"), faults: checker.faults };
}

/**
 * The one pass that composing a release needs: the place of the first fault against the standard, and its references
 * to organizations. Our own rules and whole-release rules are not asked.
 */
export function inspect(release: Json): { error: string | undefined; references: readonly FoundReference[] } {
  const model = modelOf(ALL_EXTENSIONS);
  let error: string | undefined;
  const report = (fault: CheckFault) => {
    if (fault.level === "error") error ??= fault.pointer;
  };
  const options = { definitions: model.definitions, extensions: ALL_EXTENSIONS, rules: true, report };
  const fields = new FieldCheck(options);
  fields.check(model.release, release);
  checkEmptyFields(release, [], (pointer) => {
    error ??= pointer;
  });
  return { error, references: fields.references };
}

const ALL_EXTENSIONS = Object.keys({ ...extensions, ...ownExtensions }) as ExtensionName[];

class Checker {
  readonly faults: CheckFault[] = [];
  private readonly report = (fault: CheckFault) => {
    this.faults.push(fault);
  };
  private readonly decimals: ReadonlySet<string>;
  private extensions: readonly ExtensionName[];

  constructor({ extensions = [], decimals = [] }: CheckOptions) {
    this.extensions = extensions;
    this.decimals = new Set(decimals);
  }

  checkAny(value: unknown): void {
    if (Array.isArray(value)) {
      if (isObject(value[0]) && Object.hasOwn(value[0], "compiledRelease")) this.checkRecords(value, []);
      else this.checkReleases(value, []);
    } else if (!isObject(value)) this.fault("not-ocds", []);
    else if (Object.hasOwn(value, "ocid")) {
      if (Object.hasOwn(value, "compiledRelease") || Object.hasOwn(value, "releases")) this.checkRecord(value, []);
      else this.checkRelease(value, []);
    } else this.checkPackage(value);
  }

  // ---- packages

  private checkPackage(value: Json): void {
    const isRecords = Object.hasOwn(value, "records");
    this.takeExtensions(value.extensions);
    if (!Object.hasOwn(value, "version")) this.fault("version-missing", []);
    const { required = [], ...shape } = isRecords ? recordPackage : releasePackage;
    this.checkFields({ ...shape, required: required.filter((name) => name !== "version") }, value, [], false);

    const { version } = value;
    if (typeof version === "string") {
      if (!versionPattern.test(version)) this.fault("version-pattern", ["version"], [quoted(version)]);
      else if (version !== "1.1") this.fault("version-unsupported", ["version"], [version]);
    }
    this.checkMetadata(value);
    if (isRecords) this.checkRecords(value.records, ["records"]);
    else if (Object.hasOwn(value, "releases")) this.checkReleases(value.releases, ["releases"]);
    // the official check for empty fields reads releases or records, whichever a package of both was taken for
  }

  private takeExtensions(addresses: unknown): void {
    if (!Array.isArray(addresses)) return;
    const names = new Set(this.extensions);
    for (const [index, address] of addresses.entries()) {
      const name = extensionAt(address);
      if (name) names.add(name);
      else if (typeof address === "string") this.fault("extension-unknown", ["extensions", index], [quoted(address)]);
      if (name === "transaction_milestones") {
        this.fault("extension-broken", ["extensions", index], [quoted(address), "MilestoneReference"]);
      }
    }
    this.extensions = [...names];
  }

  /** What the standard lets pass in a package, but a reader stumbles over. */
  private checkMetadata({ releases: _, records: __, links, ...metadata }: Json): void {
    checkEmptyFields(metadata, [], (pointer) => this.report(checkFault("empty-metadata", pointer)));
    if (links === undefined) return;
    const check = new FieldCheck(
      {
        definitions: {},
        report: ({ pointer }) => this.report(checkFault("links", pointer)),
      },
      ["links"],
    );
    const address = { types: ["string"], format: "uri" } as const;
    check.check({ types: ["object"], fields: { next: address, prev: address } }, links);
  }

  // ---- releases

  private checkReleases(value: unknown, path: Path): void {
    if (!this.isList(value, path)) return;
    for (const { index, what } of duplicateEntries(value, ["ocid", "id"])) {
      this.fault("duplicate-release", [...path, index], [what]);
    }
    this.checkReleaseDates(value, path);
    for (const [index, release] of value.entries()) this.checkRelease(release, [...path, index]);
  }

  private isList(value: unknown, path: Path): value is unknown[] {
    this.checkFields({ types: ["array"], minItems: 1 }, value, path, false);
    return Array.isArray(value);
  }

  private checkReleaseDates(releases: readonly unknown[], path: Path): void {
    const seen = new Set<string>();
    for (const [index, release] of releases.entries()) {
      if (!isObject(release) || typeof release.date !== "string") continue;
      const key = JSON.stringify([release.ocid, release.date]);
      if (seen.has(key)) {
        this.fault("release-date-repeated", [...path, index, "date"], [quoted(release.ocid), release.date]);
      }
      seen.add(key);
    }
  }

  private checkRelease(release: unknown, path: Path): void {
    const check = this.releaseCheck(path);
    check.check(modelOf(this.extensions).release, release);
    if (!isObject(release)) return;
    this.checkEmpty(release, path);
    checkRelease(release, pointerOf(path), check.references, this.report);
  }

  private releaseCheck(path: Path, report = this.report, rules = true): FieldCheck {
    const { extensions, decimals } = this;
    return new FieldCheck({ definitions: modelOf(extensions).definitions, extensions, decimals, rules, report }, path);
  }

  private checkEmpty(object: Json, path: Path): void {
    checkEmptyFields(object, path, (pointer) => this.report(checkFault("empty-field", pointer)));
  }

  // ---- records

  private checkRecords(value: unknown, path: Path): void {
    if (!this.isList(value, path)) return;
    for (const { index, what } of duplicateEntries(value, ["ocid"])) {
      this.fault("duplicate-record", [...path, index], [what]);
    }
    for (const [index, entry] of value.entries()) this.checkRecord(entry, [...path, index]);
  }

  private checkRecord(value: unknown, path: Path): void {
    this.checkFields(record, value, path, false);
    if (!isObject(value)) return;
    const { compiledRelease, versionedRelease: versioned, releases, ...rest } = value;
    const has = (name: string) => Object.hasOwn(value, name);
    if (has("releases")) this.checkRecordReleases(releases, [...path, "releases"]);
    if (has("compiledRelease")) this.checkRelease(compiledRelease, [...path, "compiledRelease"]);
    if (has("versionedRelease")) {
      this.checkFields(versionedRelease, versioned, [...path, "versionedRelease"], false);
      this.checkEmpty({ versionedRelease: versioned }, path);
    }
    // the compiled and embedded releases report their own
    this.checkEmpty(rest, path);
    for (const name of ["compiledRelease", "releases"]) {
      const part = value[name];
      const isBare = Array.isArray(part) ? part.length === 0 : isObject(part) && Object.keys(part).length === 0;
      if (isBare || part === "") this.fault("empty-field", [...path, name]);
    }
  }

  /** The standard asks for one of two shapes: releases, or links to releases. */
  private checkRecordReleases(value: unknown, path: Path): void {
    if (!this.isList(value, path) || value.length === 0) return;
    const linked = value.every((entry) => !(isObject(entry) && Object.hasOwn(entry, "id")));
    const embedded = value.every((entry) => isObject(entry) && Object.hasOwn(entry, "id"));
    if (linked) {
      for (const [index, entry] of value.entries()) {
        this.checkFields(linkedRelease, entry, [...path, index], false);
        if (isObject(entry)) this.checkEmpty(entry, [...path, index]);
      }
    } else if (embedded) {
      if (value.every((entry) => this.isLink(entry))) this.fault("ambiguous-releases", path);
      this.checkReleaseDates(value, path);
      for (const [index, entry] of value.entries()) this.checkRelease(entry, [...path, index]);
    } else this.fault("mixed-releases", path);
  }

  private isLink(entry: unknown): boolean {
    let valid = true;
    this.releaseCheck(
      [],
      () => {
        valid = false;
      },
      false,
    ).check(linkedRelease, entry);
    return valid;
  }

  // ----

  private checkFields(field: Parameters<FieldCheck["check"]>[0], value: unknown, path: Path, rules: boolean): void {
    this.releaseCheck(path, this.report, rules).check(field, value);
  }

  private fault(rule: CheckRuleName, path: Path, details: Parameters<typeof checkFault>[2] = []): void {
    this.report(checkFault(rule, pointerOf(path), details));
  }
}

function pointerOf(path: Path): string {
  return path.map(pointerStep).join("");
}
