import { canonicalJson, pointerStep } from "../json.ts";
import { type CheckFault, type CheckRuleName, checkFault } from "./check-rules.ts";
import { addedCodes, type Codelist, type CodelistName, codelists } from "./codelists.ts";
import { instantOf, parseDate } from "./dates.ts";
import { currencyExponent, MoneyFault, toMinor } from "./money.ts";
import type { ExtensionName, Field, JsonType, Model } from "./schema.ts";

export type Json = Record<string, unknown>;

/** A reference to an organization, found on the way through a release. */
export interface FoundReference {
  readonly pointer: string;
  /** The role that the organization must have; undefined where the field implies none. */
  readonly role: string | undefined;
  readonly organization: Json;
}

export interface FieldCheckOptions {
  readonly definitions: Model["definitions"];
  readonly extensions?: readonly ExtensionName[];
  /** Pointers of whole numbers written as `5.0`: draft-04 does not take them for integers. */
  readonly decimals?: ReadonlySet<string>;
  /** Also our own rules of form, not only the standard. Off for versioned releases and packages. */
  readonly rules?: boolean;
  readonly report: (fault: CheckFault) => void;
}

const roles: Readonly<Record<string, string>> = {
  buyer: "buyer",
  buyers: "buyer",
  procuringEntity: "procuringEntity",
  tenderers: "tenderer",
  suppliers: "supplier",
  payer: "payer",
  payee: "payee",
  sourceParty: "sourceParty",
  guarantor: "guarantor",
};

const typeNames: Readonly<Record<JsonType, readonly [string, string]>> = {
  string: ["text", "teks"],
  integer: ["a whole number", "bilangan bulat"],
  number: ["a number", "angka"],
  boolean: ["true or false", "true atau false"],
  array: ["a list", "larik"],
  object: ["an object", "objek"],
  null: ["null", "null"],
};

const scheme = "[A-Za-z][A-Za-z0-9+.-]*";
const character = "(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})";
const nameCharacter = "(?:[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})";
const hex = "[0-9A-Fa-f]{1,4}";
const octet = "(?:25[0-5]|2[0-4][0-9]|[01]?[0-9][0-9]?)";
const lastWords = `(?:${hex}:${hex}|(?:${octet}\\.){3}${octet})`;
const ipv6 = [
  `(?:${hex}:){6}${lastWords}`,
  `::(?:${hex}:){5}${lastWords}`,
  `(?:${hex})?::(?:${hex}:){4}${lastWords}`,
  `(?:(?:${hex}:){0,1}${hex})?::(?:${hex}:){3}${lastWords}`,
  `(?:(?:${hex}:){0,2}${hex})?::(?:${hex}:){2}${lastWords}`,
  `(?:(?:${hex}:){0,3}${hex})?::${hex}:${lastWords}`,
  `(?:(?:${hex}:){0,4}${hex})?::${lastWords}`,
  `(?:(?:${hex}:){0,5}${hex})?::${hex}`,
  `(?:(?:${hex}:){0,6}${hex})?::`,
].join("|");
const literal = `\\[(?:${ipv6}|v[0-9A-Fa-f]+\\.[A-Za-z0-9._~!$&'()*+,;=:-]+)\\]`;
const authority = `(?:(?:${nameCharacter}|:)*@)?(?:${literal}|${nameCharacter}*)(?::[0-9]*)?`;
const hierarchy = `(?://${authority}(?:/${character}*)*|/(?:${character}+(?:/${character}*)*)?|${character}+(?:/${character}*)*|)`;
/** RFC 3986, appendix A: `URI`, with a scheme. */
const uriPattern = new RegExp(`^${scheme}:${hierarchy}(?:\\?(?:${character}|[/?])*)?(?:#(?:${character}|[/?])*)?$`);

/** BCP 47, as the patterns of the standard have it. */
const languageTag =
  /^(?:(?:[A-Za-z]{2,3}(?:-[A-Za-z]{3}(?:-[A-Za-z]{3}){0,2})?|[A-Za-z]{4}|[A-Za-z]{5,8})(?:-[A-Za-z]{4})?(?:-(?:[A-Za-z]{2}|[0-9]{3}))?(?:-(?:[A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3}))*(?:-[0-9A-WY-Za-wy-z](?:-[A-Za-z0-9]{2,8})+)*(?:-x(?:-[A-Za-z0-9]{1,8})+)?|x(?:-[A-Za-z0-9]{1,8})+)$/;
/** What Python calls white space, as the official check for empty fields does; JavaScript's differs a little. */
const whiteSpace = new Set(
  "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000",
);
const earliest = Date.UTC(1990, 0, 1);
const latest = Date.UTC(2051, 0, 1);

/** Checks a value against the field table, and visits it for the rules that concern single fields. */
export class FieldCheck {
  readonly references: FoundReference[] = [];
  private readonly path: (string | number)[];
  private readonly options: FieldCheckOptions;

  constructor(options: FieldCheckOptions, path: readonly (string | number)[] = []) {
    this.options = options;
    this.path = [...path];
  }

  /** Reports every fault of the value. */
  check(declared: Field, value: unknown): void {
    const { definitions, rules } = this.options;
    const field = declared.ref ? (definitions[declared.ref] ?? {}) : declared;
    if (declared.deprecated && rules) this.fault("deprecated-field", [this.name(), declared.deprecated]);
    if (field.types && !this.hasType(field.types, value)) {
      this.fault("type", typeDetails(field.types, value));
      if (value === null && rules && holdsObjects(field)) this.fault("null-not-leaf");
    } else if (typeof value === "string") this.checkText(field, value);
    else if (typeof value === "number") {
      if (rules && this.name() === "id") this.fault("id-not-text", [value]);
    } else if (Array.isArray(value)) this.checkList(field, value);
    else if (isObject(value)) this.checkObject(field, value, declared.ref);
    else if (value === null && rules && holdsObjects(field)) this.fault("null-not-leaf");
  }

  private checkText(field: Field, value: string): void {
    if (field.minLength && value.length < field.minLength) this.fault("min-length");
    if (field.codelist) this.checkCode(field.codelist, value);
    if (field.format === "date-time") this.checkDate(value);
    else if (field.format === "uri" && !uriPattern.test(value)) this.fault("uri", [quoted(value)]);
    else if (field.format === "email" && !value.includes("@")) this.fault("email", [quoted(value)]);
    if (!this.options.rules) return;
    if (this.name() === "description" && value.length > 250) this.fault("description-length", [[...value].length]);
    if (this.name() === "language" && !languageTag.test(value)) this.fault("language-form", [quoted(value)]);
  }

  private checkDate(value: string): void {
    const date = parseDate(value);
    if (!date.ok) {
      this.fault("date-time", [quoted(value)]);
      if (date.rule === "date-offset" && this.options.rules) this.fault("date-offset", [quoted(value)]);
    } else if (this.options.rules && (date.instant < earliest || date.instant >= latest)) {
      this.fault("date-range", [quoted(value)]);
    }
  }

  private checkCode(name: CodelistName, value: string): void {
    const list: Codelist = codelists[name];
    if (list.codes.has(value)) return;
    for (const extension of this.options.extensions ?? []) {
      if (addedCodes[extension]?.[name]?.includes(value)) return;
    }
    if (list.closed) this.fault("codelist-closed", [quoted(value), name]);
    else if (this.options.rules) this.fault("codelist-open", [quoted(value), name]);
  }

  private checkList(field: Field, value: readonly unknown[]): void {
    if (field.minItems && value.length < field.minItems) this.fault("min-items");
    const duplicates =
      field.unique || (this.options.rules && this.mergesById(field)) ? duplicateEntries(value, ["id"]) : [];
    for (const { index, what } of duplicates) {
      this.at(index, () => this.fault(field.unique ? "duplicate-entry" : "duplicate-id", [what]));
    }
    const { items, codelist } = field;
    if (!items) return;
    const entry = codelist && !items.codelist ? { ...items, codelist } : items;
    const needsId = this.options.rules && this.mergesById(field);
    for (let index = 0; index < value.length; index++) {
      this.path.push(index);
      const item = value[index];
      this.check(entry, item);
      if (needsId && isObject(item) && (item.id === undefined || item.id === null)) this.fault("id-missing");
      this.path.pop();
    }
  }

  private mergesById(field: Field): boolean {
    const items = field.items?.ref ? this.options.definitions[field.items.ref] : field.items;
    return !field.wholeListMerge && items?.fields?.id !== undefined;
  }

  private checkObject(field: Field, value: Json, definition: string | undefined): void {
    const names = Object.keys(value);
    if (field.minProperties && names.length < field.minProperties) this.fault("min-properties");
    for (const name of field.required ?? []) {
      if (!Object.hasOwn(value, name)) this.fault("required", [name]);
    }
    for (const name of names) {
      const known = field.fields && Object.hasOwn(field.fields, name) ? field.fields[name] : undefined;
      this.path.push(name);
      if (known) this.check(known, value[name]);
      else if (this.options.rules) this.checkOtherField(field, name, value[name]);
      this.path.pop();
    }
    if (this.options.rules && definition) this.checkDefinition(definition, value);
  }

  private checkOtherField(field: Field, name: string, value: unknown): void {
    if (field.anyField) {
      if (field.anyField.types && !this.hasType(field.anyField.types, value)) {
        this.fault("pattern-field", typeDetails(field.anyField.types, value));
      }
      return;
    }
    if (!field.fields) return;
    const end = name.indexOf("_");
    const translated = end > 0 && languageTag.test(name.slice(end + 1));
    if (!translated) this.fault("unknown-field", [quoted(name)]);
    else if (field.translated?.includes(name.slice(0, end)) && typeof value !== "string" && value !== null) {
      this.fault("pattern-field", typeDetails(["string", "null"], value));
    }
  }

  // ---- rules of our own that concern one object

  private checkDefinition(definition: string, value: Json): void {
    if (definition === "OrganizationReference") {
      const field = this.path.findLast((step) => typeof step === "string")!;
      this.references.push({ pointer: this.pointer(), role: roles[field], organization: value });
    } else if (definition === "Value") this.checkMoney(value);
    else if (definition === "Period") this.checkPeriod(value);
    else if (definition === "Milestone") this.checkMilestone(value);
    else if (definition === "Document") this.checkDocument(value);
    else if (definition === "ContactPoint") this.checkContact(value);
  }

  private checkMoney({ amount, currency }: Json): void {
    if (typeof amount !== "number") return;
    this.path.push("amount");
    // a transaction may be negative: money that was paid back
    if (amount < 0 && !this.path.includes("transactions")) this.fault("amount-negative", [amount]);
    if (typeof currency !== "string") this.fault("currency-missing", [amount]);
    else if (currencyExponent(currency) !== undefined) {
      try {
        toMinor(Math.abs(amount), currency);
      } catch (error) {
        if (error instanceof MoneyFault && error.rule === "amount-precision")
          this.fault("amount-precision", [amount, currency]);
      }
      const limit = currency === "USD" ? 5e9 : currency === "IDR" ? 1e14 : 1e15;
      if (Math.abs(amount) > limit) this.fault("amount-range", [amount, currency]);
    }
    this.path.pop();
  }

  private checkPeriod(period: Json): void {
    const start = instantOf(period.startDate);
    const end = instantOf(period.endDate);
    const most = instantOf(period.maxExtentDate);
    if (start !== undefined && end !== undefined) {
      const days = (end - start) / 86_400_000;
      const { durationInDays } = period;
      if (days < 0) this.fault("period-order", ["startDate", "endDate"]);
      else if (typeof durationInDays === "number" && Math.abs(durationInDays - days) > 1) {
        this.at("durationInDays", () => this.fault("duration-days", [durationInDays, Math.floor(days)]));
      }
    }
    const first = end ?? start;
    if (first !== undefined && most !== undefined && most < first) {
      this.fault("period-order", [end === undefined ? "startDate" : "endDate", "maxExtentDate"]);
    }
  }

  private checkMilestone({ status, dateMet }: Json): void {
    if ((status === "scheduled" || status === "notMet") && typeof dateMet === "string") {
      this.at("dateMet", () => this.fault("milestone-date-met", [status]));
    }
  }

  private checkDocument({ documentType, datePublished, dateModified, format }: Json): void {
    const published = instantOf(datePublished);
    const modified = instantOf(dateModified);
    if (published !== undefined && modified !== undefined && modified < published) this.fault("document-dates");
    if (
      typeof format === "string" &&
      format !== "offline/print" &&
      !/^[a-z]+\/[A-Za-z0-9][A-Za-z0-9.+-]*(?:;.*)?$/.test(format)
    ) {
      this.at("format", () => this.fault("media-type", [quoted(format)]));
    }
    const section = this.section();
    const allowed = typeof documentType === "string" ? documentSections.get(documentType) : undefined;
    if (section && allowed && !allowed.includes(section)) {
      this.at("documentType", () => this.fault("document-section", [quoted(documentType), section]));
    }
  }

  private section(): string | undefined {
    const names = this.path.filter((step) => typeof step === "string");
    if (names.at(-1) !== "documents" || names.includes("milestones")) return undefined;
    const parent = names.at(-2);
    return parent === "awards" ? "award" : parent === "contracts" ? "contract" : parent;
  }

  private checkContact({ email, telephone }: Json): void {
    if (typeof email === "string" && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email))
      this.at("email", () => this.fault("email-form"));
    if (typeof telephone === "string" && !/^[+0-9(][-+0-9()./\s]{4,}(?:\s?(?:ext|x)\.?\s?[0-9]+)?$/i.test(telephone)) {
      this.at("telephone", () => this.fault("telephone-form"));
    }
  }

  // ---- places and kinds

  private hasType(types: readonly JsonType[], value: unknown): boolean {
    const kind = kindOf(value);
    if (types.includes(kind)) return true;
    if (kind !== "number" || !types.includes("integer") || !Number.isInteger(value)) return false;
    return !this.options.decimals?.size || !this.options.decimals.has(this.pointer());
  }

  private name(): string {
    return String(this.path.at(-1) ?? "");
  }

  private pointer(): string {
    return this.path.map(pointerStep).join("");
  }

  private at(step: string | number, report: () => void): void {
    this.path.push(step);
    report();
    this.path.pop();
  }

  private fault(rule: CheckRuleName, details: Parameters<typeof checkFault>[2] = []): void {
    this.options.report(checkFault(rule, this.pointer(), details));
  }
}

/** The sections to which documents of a type belong, for types that belong to few. */
const documentSections: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    planning:
      "plannedProcurementNotice procurementPlan marketStudies assetAndLiabilityAssessment riskProvisions needsAssessment feasibilityStudy projectPlan environmentalImpact",
    tender:
      "tenderNotice biddingDocuments technicalSpecifications evaluationCriteria evaluationReports contractDraft contractArrangements contractSchedule hearingNotice eligibilityCriteria clarifications shortlistedFirms complaints contractGuarantees billOfQuantity bidders conflictOfInterest illustration cancellationDetails",
    award:
      "awardNotice contractDraft contractArrangements contractSchedule winningBid complaints conflictOfInterest submissionDocuments cancellationDetails",
    contract:
      "contractNotice contractSigned contractArrangements contractSchedule contractAnnexe contractGuarantees subContract conflictOfInterest illustration submissionDocuments contractSummary cancellationDetails",
    implementation:
      "completionCertificate physicalProgressReport financialProgressReport finalAudit environmentalImpact conflictOfInterest debarments illustration cancellationDetails",
    details: "bidders illustration submissionDocuments",
  }).reduce((sections, [section, types]) => {
    for (const type of types.split(" ")) sections.set(type, [...(sections.get(type) ?? []), section]);
    return sections;
  }, new Map<string, string[]>()),
);

/**
 * The later of two entries that are the same: by the values of these fields where an entry has all of them; the rest,
 * as wholes. So does the official validator, though JSON Schema compares whole entries only.
 */
export function duplicateEntries(
  entries: readonly unknown[],
  names: readonly string[],
): { index: number; what: string }[] {
  const found: { index: number; what: string }[] = [];
  const seen = new Set<string>();
  let wholesCompared = false;
  for (const [index, entry] of entries.entries()) {
    const values = isObject(entry) ? names.map((name) => entry[name]) : [];
    if (values.length && values.every((value) => value !== null && value !== undefined && typeof value !== "object")) {
      const key = JSON.stringify(values.map((value) => (typeof value === "boolean" ? Number(value) : value)));
      if (seen.has(key)) found.push({ index, what: values.map((value) => quoted(value)).join(", ") });
      seen.add(key);
    } else if (!wholesCompared) {
      wholesCompared = true;
      const repeated = repeatedWhole(entries);
      if (repeated !== undefined) return [{ index: repeated, what: quoted(JSON.stringify(entries[repeated])) }];
    }
  }
  return found;
}

function repeatedWhole(entries: readonly unknown[]): number | undefined {
  const seen = new Set<string>();
  for (const [index, entry] of entries.entries()) {
    const whole = canonicalJson(entry);
    if (seen.has(whole)) return index;
    seen.add(whole);
  }
  return undefined;
}

/**
 * Reports fields that are given, but empty: blank text, `{}`, `[]`. As the official check does, an empty object is
 * passed over where it stands in a list, and lists in lists are not searched.
 */
export function checkEmptyFields(
  object: Json,
  path: readonly (string | number)[],
  report: (pointer: string) => void,
): void {
  const steps = [...path];
  const visit = (node: Json) => {
    for (const [name, value] of Object.entries(node)) {
      steps.push(name);
      if (isEmpty(value)) report(steps.map(pointerStep).join(""));
      else if (Array.isArray(value)) {
        for (const [index, item] of value.entries()) {
          steps.push(index);
          if (isObject(item)) visit(item);
          else if (isEmpty(item)) report(steps.map(pointerStep).join(""));
          steps.pop();
        }
      } else if (isObject(value)) visit(value);
      steps.pop();
    }
  };
  visit(object);
}

function isEmpty(value: unknown): boolean {
  if (typeof value === "string") {
    for (const letter of value) if (!whiteSpace.has(letter)) return false;
    return true;
  }
  if (Array.isArray(value)) return value.length === 0;
  return isObject(value) && Object.keys(value).length === 0;
}

export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): JsonType {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  const kind = typeof value;
  return kind === "string" || kind === "number" || kind === "boolean" ? kind : "object";
}

function holdsObjects(field: Field): boolean {
  const types = field.types ?? [];
  return types.includes("object") || (types.includes("array") && !field.wholeListMerge && !field.items?.types);
}

function typeDetails(
  types: readonly JsonType[],
  value: unknown,
): [readonly [string, string], readonly [string, string]] {
  const wanted = types.filter((type) => type !== "null" || types.length === 1).map((type) => typeNames[type]);
  const found = typeNames[kindOf(value)];
  return [
    [wanted.map(([english]) => english).join(" or "), wanted.map(([, indonesian]) => indonesian).join(" atau ")],
    found,
  ];
}

/** In quotes, and cut: a fault should not repeat a whole document. Whatever stands there, for `String` can fail on an object. */
export function quoted(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "");
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}...` : text);
}
