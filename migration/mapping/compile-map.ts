import { companyName, nameFingerprint } from "../../server/domain/company-name.ts";
import { isObject, type Json } from "../../server/domain/ocds/check-fields.ts";
import type { Field, Model } from "../../server/domain/ocds/schema.ts";
import { remembered } from "../../server/domain/remembered.ts";
import { isNik } from "../../server/domain/sealing/personal-numbers.ts";
import type { ReasonCode, RowFault, SourceRow } from "../row.ts";
import { checkMap } from "./check-map.ts";
import { financeFragments } from "./finance-fragments.ts";
import {
  CLEANING,
  type DateFormat,
  dateOf,
  daysOf,
  flagOf,
  formOf,
  integerOf,
  isPlaceholder,
  isTidy,
  keyOf,
  listOf,
  type Member,
  type Money,
  type MoneyFormat,
  membersOf,
  moneyOf,
  type Npwp,
  npwpOf,
  plainAmount,
  roundHalfEven,
  STEPS,
  type StepName,
  Unreadable,
  zoneMinutes,
} from "./functions.ts";
import { personDigest } from "./keyed-digest.ts";
import {
  columnIndex,
  columnsOf,
  fieldsIn,
  isPersonalField,
  isReference,
  publicFields,
  RELEASE_MODEL,
  sourcesOf,
} from "./map-fields.ts";
import type { Condition, FactsSpec, FieldSpec, MapSpec, SupplierSpec, ValueType } from "./map-schema.ts";
import type {
  AgencyFragment,
  Change,
  ContractFacts,
  ContractStatusWord,
  Deed,
  FinanceFragment,
  Fragment,
  Mapped,
  PaidDocument,
  PersonalClass,
  PrivateCell,
  ProcessFragment,
  SupplierFragment,
} from "./mapped.ts";
import { factsOfRelease, ocdsPart } from "./ocds-rows.ts";
import { classOfColumn, classOfName, classOfText, classToMask } from "./personal.ts";
import { MapFault, type MapFile } from "./read-map.ts";
import type { References } from "./references.ts";

export type CompileOptions = {
  /** rows of the tables that the map looks things up in, see `readReferences` */
  readonly references?: References;
  /** of the project: persons are told apart by a keyed hash of their number, which leads back to no number; without it by name alone */
  readonly secret?: string;
};

/** The longest cell that is read: a body of the register holds 96 KiB in all. */
const LONGEST = 32_768;

/** Types of which 0 is a value. */
const COUNTS: ReadonlySet<ValueType> = new Set(["money", "integer", "days", "flag"]);

type Slot = number;
type Values = unknown[];
type Supplier = { readonly ref: { readonly id: string; readonly name: string }; readonly fragment: SupplierFragment };
type Evaluate = (values: Values) => unknown;

/**
 * A map for a table with these columns: what it makes of a row. The function is pure but for buffers of its own, so it
 * must not be called again before it returns. A row with a fault has no fragments.
 * @throws MapFault where the map does not fit the columns or would make personal data public
 */
export function compileMap(
  map: MapFile,
  columns: readonly { readonly name: string }[],
  options: CompileOptions = {},
): (row: SourceRow) => Mapped {
  const { faults } = checkMap(map, columns);
  if (faults.length > 0) throw new MapFault(faults);
  const compiled = new CompiledMap(
    map,
    columns.map(({ name }) => name),
    options,
  );
  return (row) => compiled.map(row);
}

class CompiledMap {
  readonly #spec: MapSpec;
  readonly #columns: readonly string[];
  readonly #options: CompileOptions;
  readonly #slots = new Map<string, Slot>();
  readonly #fields: ((values: Values) => unknown)[] = [];
  readonly #suppliers: ((values: Values) => Supplier | undefined)[] = [];
  readonly #personal: readonly { index: number; column: string; class: PersonalClass }[];
  /** what stands in the trail for a cell of a column that is personal by its name */
  readonly #masks: readonly (string | undefined)[];
  readonly #fragments: ((values: Values, into: Fragment[]) => void)[] = [];
  readonly #finances: ((values: Values, into: FinanceFragment[]) => void)[] = [];
  readonly #values: Values;
  readonly #cells: (string | null)[];
  readonly #isCleaned: Uint8Array;
  #row: SourceRow = { row: 0, at: "", values: [] };
  #trail: Change[] = [];
  #faults: RowFault[] = [];
  #private: PrivateCell[] = [];
  #entityNumbers = false;
  #isWithheld = false;

  constructor(map: MapFile, columns: readonly string[], options: CompileOptions) {
    this.#spec = map.spec;
    this.#columns = columns;
    this.#options = options;
    this.#personal = columns.flatMap((column, index) => {
      const found = classOfColumn(column);
      return found === undefined ? [] : [{ index, column, class: found }];
    });
    this.#masks = columns.map((column) => {
      const found = classOfColumn(column);
      return found === undefined ? undefined : `[${found}]`;
    });
    this.#cells = new Array(columns.length).fill(null);
    this.#isCleaned = new Uint8Array(columns.length);
    const shown = publicFields(map.spec);
    for (const [name, field] of Object.entries(map.spec.fields)) {
      const origin =
        columnsOf(field).flatMap((column) => columnIndex(columns, column) ?? [])[0] ??
        sourcesOf(field).flatMap((of) => this.#origins.get(of) ?? [])[0];
      if (origin !== undefined) this.#origins.set(name, origin);
      this.#slots.set(name, this.#slots.size);
      this.#fields.push(this.#field(field, shown.has(name), map));
    }
    for (const [name, supplier] of Object.entries(map.spec.suppliers)) {
      this.#slots.set(name, this.#slots.size);
      this.#suppliers.push(this.#supplier(supplier));
    }
    this.#values = new Array(this.#slots.size).fill(undefined);
    this.#emit();
    this.#money();
  }

  map(row: SourceRow): Mapped {
    this.#row = row;
    this.#trail = [];
    this.#faults = row.faults === undefined ? [] : [...row.faults];
    this.#private = [];
    this.#entityNumbers = false;
    this.#isCleaned.fill(0);
    const values = this.#values;
    values.fill(undefined);
    const fragments: Fragment[] = [];
    const finance: FinanceFragment[] = [];
    if (this.#faults.length === 0) {
      const count = this.#fields.length;
      for (let at = 0; at < count; at++) values[at] = this.#fields[at]!(values);
      for (let at = 0; at < this.#suppliers.length; at++) {
        const supplier = this.#suppliers[at]!(values);
        if (supplier === undefined) continue;
        values[count + at] = supplier;
        fragments.push(supplier.fragment);
      }
      if (this.#faults.length === 0) for (const emit of this.#fragments) emit(values, fragments);
      if (this.#faults.length === 0) for (const emit of this.#finances) emit(values, finance);
    }
    for (const { index, column, class: found } of this.#personal) {
      const value = row.values[index];
      if (value === null || value === undefined || value === "") continue;
      this.#private.push({ column, class: found === "npwp-person" && this.#entityNumbers ? "npwp-entity" : found });
    }
    return {
      fragments: this.#faults.length === 0 ? fragments : [],
      finance: this.#faults.length === 0 ? finance : [],
      trail: this.#trail,
      faults: this.#faults,
      private: this.#private,
    };
  }

  // ---- cells

  #note(index: number, before: string | null, after: string | null, rule: string): void {
    // a text joined of others has no cell of its own
    if (index < 0) return;
    const mask = this.#masks[index];
    const told =
      mask === undefined
        ? { before, after }
        : { before: before === null ? null : mask, after: after === null ? null : mask };
    this.#trail.push({ column: this.#columns[index]!, ...told, rule });
  }

  #fault(code: ReasonCode, index: number | undefined, found?: string | null): undefined {
    const column = index === undefined || index < 0 ? {} : { column: this.#columns[index]! };
    const shown =
      found === undefined || found === null || (index !== undefined && this.#masks[index] !== undefined)
        ? undefined
        : found.slice(0, 80);
    const isSafe = shown !== undefined && classToMask(shown) === undefined;
    this.#faults.push({ code, ...column, ...(isSafe ? { found: shown } : {}) });
    return undefined;
  }

  /** A cell without what every text is cleaned of; null where it is empty. */
  #cell(index: number): string | null {
    if (this.#isCleaned[index] === 1) return this.#cells[index]!;
    this.#isCleaned[index] = 1;
    const raw = this.#row.values[index];
    const text =
      raw === null || raw === undefined || raw === ""
        ? null
        : raw.length <= LONGEST && isTidy(raw)
          ? raw
          : this.#cleaned(raw, index);
    this.#cells[index] = text;
    return text;
  }

  #cleaned(raw: string, index: number): string | null {
    if (raw.length > LONGEST) return this.#fault("too-long", index) ?? null;
    if (raw.includes("\u0000")) return this.#fault("nul", index) ?? null;
    if (!raw.isWellFormed()) return this.#fault("undecodable", index) ?? null;
    let text = raw;
    for (const [rule, step] of Object.entries(CLEANING)) {
      const after = step(text);
      if (after !== text) this.#note(index, text, after, rule);
      text = after;
    }
    return text === "" ? null : text;
  }

  // ---- fields

  #field(field: FieldSpec, isShown: boolean, map: MapFile): (values: Values) => unknown {
    const { join, value: constant, required } = field;
    if (constant !== undefined) return () => constant;
    const cells = columnsOf(field).flatMap((name) => columnIndex(this.#columns, name) ?? []);
    const convert = this.#converter(field, map);
    const steps = (field.do ?? []).map(stepOf);
    const absent = new Set([...this.#spec.missing, ...(field.missing ?? [])].map((text) => text.toLowerCase()));
    const counts = COUNTS.has(field.as);
    const isText = field.as === "text" || field.as === "company" || field.as === "list" || field.as === "reference";
    // what a text is joined of has been looked at: dates and numbers side by side only look like somebody's
    const screens = isShown && isText && join === undefined;
    // a code that a table knows is no placeholder: 0 is a category of SPSE
    const known =
      field.as === "code"
        ? new Set(Object.keys(map.tables[field.table!] ?? {}).map((each) => each.toLowerCase()))
        : undefined;
    const sources = sourcesOf(field).map((of) => ({ at: this.#slots.get(of)!, origin: this.#origins.get(of) ?? -1 }));
    const joined = join === undefined ? undefined : this.#text(join);
    const missing = required === "key" ? "key-missing" : "value-missing";
    const first = cells[0];
    const holds = field.when === undefined ? undefined : this.#when(field.when);

    const read = (start: string, index: number): unknown => {
      let text = start;
      for (const { rule, apply } of steps) {
        const after = apply(text);
        if (after !== text) this.#note(index, text, after === "" ? null : after, rule);
        text = after;
      }
      if (text === "") return undefined;
      if (
        (isPlaceholder(text) && (!counts || !text.includes("0")) && known?.has(text) !== true) ||
        (absent.size > 0 && absent.has(text.toLowerCase()))
      ) {
        this.#note(index, text, null, "placeholder");
        return undefined;
      }
      const key = required === "key" ? keyOf(text) : text;
      if (typeof key === "string" && key !== text) this.#note(index, text, key, "whole-number");
      const result = key instanceof Unreadable ? key : convert(key, index);
      if (result instanceof Unreadable) {
        if (field.else === "missing") this.#note(index, text, null, "unreadable");
        else this.#fault(result.code, index, text);
        return undefined;
      }
      if (screens && result !== undefined) {
        const shown = typeof result === "string" ? result : (result as string[]).join(" ");
        const personal = field.as === "company" ? classOfName(shown) : classOfText(shown);
        if (personal !== undefined) return this.#withhold(index, personal);
      }
      return result;
    };

    return (values) => {
      if (holds !== undefined && !holds(values)) return undefined;
      let result: unknown;
      this.#isWithheld = false;
      const before = this.#faults.length;
      if (joined !== undefined) {
        const text = joined(values);
        if (text !== undefined) result = read(text, -1);
      } else if (sources.length > 0) {
        for (const { at, origin } of sources) {
          const given = textOf(values[at]);
          if (given === undefined) continue;
          result = read(given, origin);
          if (result !== undefined || this.#faults.length > before) break;
        }
      } else {
        for (let at = 0; at < cells.length; at++) {
          const index = cells[at]!;
          const text = this.#cell(index);
          if (text === null) continue;
          result = read(text, index);
          if (result !== undefined || this.#faults.length > before) break;
        }
      }
      if (result === undefined && required !== false && this.#faults.length === before) {
        this.#fault(this.#isWithheld ? "personal" : missing, first);
      }
      return result;
    };
  }

  /** Of a field: the first column that it comes from, for the trail. */
  readonly #origins = new Map<string, number>();

  /** A public text in which somebody's number stands is left out, and out of the trail. */
  #withhold(index: number, personal: PersonalClass): undefined {
    this.#isWithheld = true;
    const column = this.#columns[index];
    if (column === undefined) return undefined;
    this.#trail = this.#trail.filter((change) => change.column !== column);
    this.#trail.push({ column, before: `[${personal}]`, after: null, rule: "personal" });
    this.#private.push({ column, class: personal });
    return undefined;
  }

  #converter(field: FieldSpec, map: MapFile): (text: string, index: number) => unknown {
    const { currency } = this.#spec;
    switch (field.as) {
      case "text":
        return (text) => text;
      case "money": {
        const format = (field.format ?? "plain") as MoneyFormat;
        const rounds = field.round !== undefined;
        return (text, index) => {
          // no budget of the country is as large: somebody's number has slipped a column
          if (text.length === 16 && isNik(text)) return this.#withhold(index, "nik");
          const plain = plainAmount(text, format);
          if (plain instanceof Unreadable) return plain;
          if (plain !== text) this.#note(index, text, plain, `money-${format}`);
          if (!rounds) return moneyOf(plain, currency);
          const rounded = roundHalfEven(plain, 2);
          if (rounded !== plain && Number(rounded) !== Number(plain))
            this.#note(index, plain, rounded, "round-half-even");
          return moneyOf(rounded, currency);
        };
      }
      case "date": {
        const formats = (
          field.format === undefined ? ["iso"] : typeof field.format === "string" ? [field.format] : field.format
        ) as DateFormat[];
        const minutes = zoneMinutes(field.zone ?? this.#spec.timezone)!;
        const read = remembered((text) => dateOf(text, formats, minutes));
        return (text, index) => {
          const date = read(text);
          if (date instanceof Unreadable) return date;
          if (date.format !== "iso") this.#note(index, text, date.text, `date-${date.format}`);
          return date.text;
        };
      }
      case "days":
        return (text, index) => {
          const days = daysOf(text);
          if (!(days instanceof Unreadable)) this.#note(index, text, String(days), "days");
          return days;
        };
      case "integer":
        return integerOf;
      case "flag":
        return flagOf;
      case "list": {
        const separators = field.separators ?? ";,";
        return (text) => {
          const list = listOf(text, separators);
          return list.length === 0 ? undefined : list;
        };
      }
      case "code": {
        const name = field.table!;
        const table = new Map(Object.entries(map.tables[name]!).map(([from, to]) => [from.toLowerCase(), to]));
        const otherwise = table.get("*");
        const unknown = new Unreadable("code-unknown");
        return (text, index) => {
          const code = table.get(text.toLowerCase()) ?? otherwise;
          if (code === undefined) return unknown;
          this.#note(index, text, code === "" ? null : code, `code-${name}`);
          return code === "" ? undefined : code;
        };
      }
      case "npwp":
      case "nik":
        return (text, index) => {
          const number = npwpOf(text);
          if (number.class === "empty_or_null" || number.class === "all_same_digit") {
            this.#note(index, text, null, "placeholder");
            return undefined;
          }
          if (number.digits !== text) this.#note(index, text, number.digits, "npwp-digits");
          return number;
        };
      case "company":
        return (text, index) => {
          const { name } = companyName(text);
          if (name !== text) this.#note(index, text, name, "company-name");
          return name;
        };
      case "form":
        return formOf;
      case "members":
        return (text) => membersOf(text, currency);
      case "reference": {
        const { key: _, ...reference } = this.#spec.references[field.reference!]!;
        const rows = this.#options.references?.[field.reference!];
        const at = reference.take.indexOf(field.take!);
        const parentMissing = new Unreadable("parent-missing");
        return (text) => {
          const found = rows?.get(text);
          if (found === undefined) return parentMissing;
          const taken = found[at];
          return taken === null || taken === undefined || isPlaceholder(taken)
            ? undefined
            : taken.normalize("NFC").replace(/\s+/g, " ").trim();
        };
      }
      case "ocds":
        return (text) => ocdsPart(text, field.take);
    }
  }

  // ---- suppliers

  #supplier(spec: SupplierSpec): (values: Values) => Supplier | undefined {
    const slot = (reference: string | undefined) =>
      reference === undefined ? undefined : this.#slots.get(reference.slice(1));
    const name = slot(spec.name)!;
    const numbers = (spec.npwp ?? []).map((each) => slot(each)!);
    const forms = (spec.form ?? []).map((each) => slot(each)!);
    const nib = slot(spec.nib);
    const members = slot(spec.members);
    const { secret } = this.#options;
    const origin = this.#origins.get(spec.name.slice(1));

    return (values) => {
      const given = values[name] as string | undefined;
      if (given === undefined) return undefined;
      const told = forms.flatMap((at) => (values[at] as { form?: string; person: boolean } | undefined) ?? []);
      const found = numbers.flatMap((at) => (values[at] as Npwp | undefined) ?? []);
      const inName = companyName(given).form;
      const form = told.find((each) => each.form !== undefined)?.form ?? inName;
      const person = isPerson(given, found, told);
      let shown = given;
      if (
        !person &&
        form !== undefined &&
        inName === undefined &&
        (form === "PT" || form === "CV" || form === "Firma")
      ) {
        // cvmajujaya: only where the form is told elsewhere can the letters be taken for it
        const glued =
          given.toLowerCase().startsWith(form.toLowerCase()) && given.length > form.length + 3 && form !== "Firma";
        shown = `${form} ${(glued ? given.slice(form.length) : given).trim()}`;
        if (origin !== undefined) this.#note(origin, given, shown, "legal-form");
      }
      const number = person
        ? undefined
        : (found.find((each) => each.core !== undefined) ?? found.find((each) => !each.nik));
      const core = number?.core;
      const code = nib === undefined ? undefined : (values[nib] as string | undefined);
      if (number !== undefined && !found.some((each) => each.nik)) this.#entityNumbers = true;
      const print = () => nameFingerprint(shown) || shown;
      let key: string;
      if (person) {
        const own = found.find((each) => each.nik) ?? found[0];
        const digits = own === undefined ? undefined : own.nik ? own.digits : (own.core ?? own.digits);
        const keyed = secret !== undefined && digits !== undefined;
        key = `person:${keyed ? personDigest(secret, digits) : print()}`;
      } else key = core !== undefined ? `npwp:${core}` : code !== undefined ? `nib:${code}` : `name:${print()}`;
      const fragment: SupplierFragment = {
        entity: "supplier",
        key,
        name: shown,
        ...(form === undefined ? {} : { form }),
        ...(number === undefined ? {} : { npwp: number.digits }),
        ...(core === undefined ? {} : { npwpCore: core }),
        ...(code === undefined || person ? {} : { nib: code }),
        person,
        ...(members === undefined || values[members] === undefined ? {} : { members: values[members] as Member[] }),
      };
      return { ref: { id: key, name: shown }, fragment };
    };
  }

  // ---- fragments

  #emit(): void {
    const { process, agency, payment, record, currency } = this.#spec;
    if (agency !== undefined) {
      const key = this.#text(agency.key);
      const name = this.#text(agency.name);
      const parent = agency.parent === undefined ? undefined : this.#text(agency.parent);
      const codes = agency.codes.map((code) => this.#text(code));
      const holds = this.#when(agency.when);
      this.#fragments.push((values, into) => {
        if (!holds(values)) return;
        const found = { key: key(values), name: name(values) };
        if (found.key === undefined || found.name === undefined) return this.#fault("key-missing", undefined);
        const above = parent?.(values);
        const fragment: AgencyFragment = {
          entity: "agency",
          key: found.key,
          name: found.name,
          ...(above === undefined ? {} : { parent: above }),
          codes: [...new Set(codes.flatMap((code) => code(values) ?? []))],
        };
        into.push(fragment);
      });
    }
    if (process !== undefined) {
      const key = this.#text(process.key);
      const agencyOf = this.#text(process.agency);
      const at = process.at === undefined ? undefined : this.#slot(process.at);
      const by = process.by === undefined ? undefined : this.#text(process.by);
      const partOf = process.part === undefined ? undefined : this.#text(process.part);
      const release = this.#template(process.release, RELEASE_MODEL, RELEASE_MODEL.release);
      const facts = process.facts.map((each) => this.#facts(each));
      const holds = this.#when(process.when);
      const isOcds = typeof process.release === "string";
      this.#fragments.push((values, into) => {
        if (!holds(values)) return;
        const id = key(values);
        if (id === undefined) return this.#fault("key-missing", undefined);
        const owner = agencyOf(values);
        if (owner === undefined) return this.#fault("agency-unknown", undefined);
        const content = (release(values) as Json | undefined) ?? {};
        const contracts: Record<string, ContractFacts> = isOcds ? factsOfRelease(content) : {};
        for (const each of facts) each(values, contracts);
        const said = at === undefined ? undefined : (values[at] as string | undefined);
        const office = by?.(values);
        const part = partOf?.(values);
        const fragment: ProcessFragment = {
          entity: "process",
          key: id,
          agency: owner,
          release: content,
          ...(Object.keys(contracts).length === 0 ? {} : { contracts }),
          ...(said === undefined ? {} : { at: said }),
          ...(office === undefined ? {} : { by: office }),
          ...(part === undefined ? {} : { part: part.toUpperCase() }),
        };
        into.push(fragment);
      });
    }
    if (payment !== undefined) {
      const key = this.#text(payment.key);
      const agencyOf = payment.agency === undefined ? undefined : this.#text(payment.agency);
      const contract = payment.contract === undefined ? undefined : this.#text(payment.contract);
      const value = this.#slot(payment.value);
      const on = payment.on === undefined ? undefined : this.#slot(payment.on);
      const content = this.#template(payment.record);
      const holds = this.#when(payment.when);
      this.#fragments.push((values, into) => {
        if (!holds(values)) return;
        const id = key(values);
        const amount = values[value] as Money | undefined;
        if (id === undefined) return this.#fault("key-missing", undefined);
        if (amount === undefined) return this.#fault("value-missing", undefined);
        const owner = agencyOf?.(values);
        const of = contract?.(values);
        const day = on === undefined ? undefined : (values[on] as string | undefined);
        into.push({
          entity: "payment",
          key: id,
          ...(owner === undefined ? {} : { agency: owner }),
          ...(of === undefined ? {} : { contract: of }),
          record: (content(values) as Json | undefined) ?? {},
          value: amount.minor,
          currency,
          ...(day === undefined ? {} : { on: day }),
        });
      });
    }
    if (record !== undefined) {
      const key = this.#text(record.key);
      const agencyOf = record.agency === undefined ? undefined : this.#text(record.agency);
      const value = record.value === undefined ? undefined : this.#slot(record.value);
      const content = this.#template(record.record);
      const holds = this.#when(record.when);
      this.#fragments.push((values, into) => {
        if (!holds(values)) return;
        const id = key(values);
        if (id === undefined) return this.#fault("key-missing", undefined);
        const owner = agencyOf?.(values);
        const amount = value === undefined ? undefined : (values[value] as Money | undefined);
        into.push({
          entity: "record",
          key: id,
          ...(owner === undefined ? {} : { agency: owner }),
          record: (content(values) as Json | undefined) ?? {},
          ...(amount === undefined ? {} : { value: amount.minor, currency }),
        });
      });
    }
  }

  #money(): void {
    const emits = financeFragments(this.#spec, {
      text: (pattern) => this.#text(pattern),
      field: (reference) => {
        const at = this.#slot(reference);
        return (values) => values[at];
      },
      when: (conditions) => this.#when(conditions),
      fault: (code) => this.#fault(code, undefined),
      isPerson,
      secret: this.#options.secret,
    });
    this.#finances.push(...emits);
  }

  #facts(spec: FactsSpec): (values: Values, into: Record<string, ContractFacts>) => void {
    const contract = this.#text(spec.contract);
    const holds = this.#when(spec.when);
    const status = spec.status === undefined ? undefined : this.#text(spec.status);
    const amounts = (
      ["value", "certified", "paid", "accepted", "advance", "recovered", "withheld", "released"] as const
    ).flatMap((name) => {
      const reference = spec[name];
      return reference === undefined ? [] : [[name, this.#slot(reference)] as const];
    });
    const { version } = spec;
    const number = spec.number === undefined ? undefined : this.#text(spec.number);
    const versionAt = typeof version === "string" ? this.#slot(version) : undefined;
    const documents = (spec.documents ?? []).map((each) => ({
      kind: each.kind,
      number: this.#text(each.number),
      amount: this.#slot(each.amount),
      on: each.on === undefined ? undefined : this.#slot(each.on),
      holds: this.#when(each.when),
    }));
    const deeds = (spec.deeds ?? []).map((each) => ({
      kind: each.kind,
      number: this.#text(each.number),
      on: each.on === undefined ? undefined : this.#slot(each.on),
      holds: this.#when(each.when),
    }));
    return (values, into) => {
      if (!holds(values)) return;
      const id = contract(values);
      if (id === undefined) return;
      const facts: { -readonly [K in keyof ContractFacts]: ContractFacts[K] } = {};
      const word = status?.(values);
      if (word !== undefined) facts.status = word as ContractStatusWord;
      for (const [name, at] of amounts) {
        const money = values[at] as Money | undefined;
        if (money !== undefined) facts[name] = money.minor;
      }
      const written = number?.(values);
      if (written !== undefined) facts.number = written;
      const told =
        versionAt === undefined ? (version as number | undefined) : (values[versionAt] as number | undefined);
      if (told !== undefined) facts.version = told;
      if (told === 0 && facts.value !== undefined) facts.firstValue = facts.value;
      const papers: PaidDocument[] = [];
      for (const each of documents) {
        const money = values[each.amount] as Money | undefined;
        const paper = each.number(values);
        if (money === undefined || paper === undefined || !each.holds(values)) continue;
        const day = each.on === undefined ? undefined : (values[each.on] as string | undefined);
        papers.push({ kind: each.kind, number: paper, amount: money.minor, ...(day === undefined ? {} : { on: day }) });
      }
      if (papers.length > 0) facts.documents = papers;
      const done: Deed[] = [];
      for (const each of deeds) {
        const paper = each.number(values);
        if (paper === undefined || !each.holds(values)) continue;
        const day = each.on === undefined ? undefined : (values[each.on] as string | undefined);
        done.push({ kind: each.kind, number: paper, ...(day === undefined ? {} : { on: day }) });
      }
      if (done.length > 0) facts.deeds = done;
      if (Object.keys(facts).length === 0) return;
      facts.currency = this.#spec.currency;
      into[id] = facts;
    };
  }

  #slot(reference: string): Slot {
    return this.#slots.get(reference.slice(1))!;
  }

  #when(conditions: Readonly<Record<string, Condition>> | undefined): (values: Values) => boolean {
    const all = Object.entries(conditions ?? {}).map(([name, condition]): ((values: Values) => boolean) => {
      const at = this.#slots.get(name)!;
      if (condition === "present") return (values) => values[at] !== undefined;
      if (condition === "absent") return (values) => values[at] === undefined;
      if ("differsFrom" in condition) {
        const other = this.#slots.get(condition.differsFrom)!;
        return (values) =>
          values[at] !== undefined && values[other] !== undefined && textOf(values[at]) !== textOf(values[other]);
      }
      const isNot = "not" in condition;
      const texts = new Set([isNot ? condition.not : condition.is].flat());
      return (values) => {
        const text = textOf(values[at]);
        return isNot ? text === undefined || !texts.has(text) : text !== undefined && texts.has(text);
      };
    });
    if (all.length === 0) return () => true;
    return (values) => all.every((holds) => holds(values));
  }

  /** A text of constants and fields: `$name` or with `{name}` in it; undefined where one of them is. */
  #text(pattern: string): (values: Values) => string | undefined {
    if (isReference(pattern)) {
      const at = this.#slot(pattern);
      return (values) => textOf(values[at]);
    }
    const parts = pattern.split(/(\{[a-z][A-Za-z0-9]*\})/).filter((part) => part !== "");
    if (!parts.some((part) => part.startsWith("{"))) return () => pattern;
    const slots = parts.map((part) =>
      part.startsWith("{") && part.endsWith("}") ? this.#slots.get(part.slice(1, -1))! : part,
    );
    return (values) => {
      let text = "";
      for (const part of slots) {
        const piece = typeof part === "string" ? part : textOf(values[part]);
        if (piece === undefined) return undefined;
        text += piece;
      }
      return text;
    };
  }

  /** A part of a release or record. What is missing is left out, and an object of nothing but missing fields with it. */
  #template(node: unknown, model?: Model, declared?: Field): Evaluate {
    const field = declared?.ref === undefined ? declared : model?.definitions[declared.ref];
    if (typeof node === "string") return this.#leaf(node, declared);
    if (Array.isArray(node)) {
      const items = node.map((each) => this.#template(each, model, field?.items));
      return (values) => {
        const list: unknown[] = [];
        for (const item of items) {
          const value = item(values);
          if (value !== undefined) list.push(value);
        }
        return list.length === 0 ? undefined : list;
      };
    }
    if (!isObject(node)) return () => node;
    const { when, ...rest } = node;
    const holds = when === undefined ? undefined : this.#when(when as Record<string, Condition>);
    const names = Object.keys(rest);
    const parts = names.map((name) => this.#template(rest[name], model, field?.fields?.[name] ?? field?.anyField));
    const depends = names.map((name) => name !== "id" && dependsOnRow(rest[name]));
    const isConstant = !depends.some(Boolean);
    const count = names.length;
    return (values) => {
      if (holds !== undefined && !holds(values)) return undefined;
      const result: Json = {};
      let tells = isConstant;
      for (let at = 0; at < count; at++) {
        const value = parts[at]!(values);
        if (value === undefined) continue;
        result[names[at]!] = value;
        if (depends[at]!) tells = true;
      }
      return tells ? result : undefined;
    };
  }

  #leaf(text: string, declared: Field | undefined): Evaluate {
    if (!isReference(text)) return this.#text(text);
    const name = text.slice(1);
    const at = this.#slot(text);
    const spec = this.#spec.fields[name];
    // whatever a map says, a cell that is personal by its column's name goes nowhere from here
    if (spec !== undefined && isPersonalField(this.#spec, name)) return () => undefined;
    if (spec === undefined) return (values) => (values[at] as Supplier | undefined)?.ref;
    if (spec.as === "money") {
      const { currency } = this.#spec;
      // a place for an amount alone; elsewhere it stands with its currency
      if (declared?.types !== undefined) return (values) => (values[at] as Money | undefined)?.amount;
      return (values) => {
        const money = values[at] as Money | undefined;
        return money === undefined ? undefined : { amount: money.amount, currency };
      };
    }
    if (spec.as === "list" && declared?.types?.includes("array") !== true && declared !== undefined)
      return (values) => textOf(values[at]);
    if (
      declared?.types !== undefined &&
      !declared.types.includes("integer") &&
      !declared.types.includes("number") &&
      declared.types.includes("string")
    ) {
      return (values) => textOf(values[at]);
    }
    return (values) => values[at];
  }
}

/** Without a legal form anywhere a name is taken for a person's, unless its number can only be an organisation's. */
function isPerson(
  name: string | undefined,
  numbers: readonly Npwp[],
  forms: readonly { form?: string; person: boolean }[],
): boolean {
  if (forms.some((each) => each.person)) return true;
  const form =
    forms.find((each) => each.form !== undefined)?.form ?? (name === undefined ? undefined : companyName(name).form);
  return form === undefined && !numbers.some((number) => number.class === "16_leading0_ok");
}

function textOf(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.join("; ");
  if (typeof value === "object" && value !== null) {
    if ("minor" in value) return (value as Money).minor;
    if ("fragment" in value) return (value as Supplier).ref.id;
    return undefined;
  }
  return String(value);
}

function dependsOnRow(node: unknown): boolean {
  if (typeof node === "string") return fieldsIn(node).length > 0;
  if (Array.isArray(node)) return node.some(dependsOnRow);
  return isObject(node) && Object.entries(node).some(([name, value]) => name !== "when" && dependsOnRow(value));
}

type Step = { rule: string; apply: (text: string) => string };

function stepOf(step: NonNullable<FieldSpec["do"]>[number]): Step {
  if (typeof step === "string") return { rule: step, apply: STEPS[step as StepName] };
  if ("match" in step) {
    const pattern = new RegExp(step.match, "u");
    return {
      rule: "match",
      apply: (text) => {
        const found = pattern.exec(text);
        return found === null ? "" : (found[1] ?? found[0]).trim();
      },
    };
  }
  if ("remove" in step) {
    const pattern = new RegExp(step.remove, "gu");
    return { rule: "remove", apply: (text) => text.replace(pattern, "").trim() };
  }
  const pattern = new RegExp(step.replace, "gu");
  return { rule: "replace", apply: (text) => text.replace(pattern, step.with).trim() };
}
