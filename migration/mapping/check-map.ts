import { isObject } from "../../server/domain/ocds/check-fields.ts";
import { currencyExponent } from "../../server/domain/ocds/money.ts";
import type { Field } from "../../server/domain/ocds/schema.ts";
import type { Words } from "../../server/domain/problems.ts";
import { DATE_FORMATS, MONEY_FORMATS } from "./functions.ts";
import {
  columnIndex,
  columnsOf,
  fieldsIn,
  isPersonalField,
  isReference,
  RELEASE_MODEL,
  sourcesOf,
} from "./map-fields.ts";
import type { BudgetSpec, DeductionSpec, FieldSpec, ValueType } from "./map-schema.ts";
import type { PersonalClass } from "./mapped.ts";
import { classOfColumn, PERSONAL_WORDS } from "./personal.ts";
import type { PlacedFault } from "./placed-yaml.ts";
import type { MapFile } from "./read-map.ts";

export type MapCheck = {
  readonly faults: readonly (PlacedFault & { readonly code: MapFaultCode })[];
  /** columns of the source that the map neither reads nor ignores */
  readonly unmapped: readonly string[];
  /** columns of the source that are personal by their name, and stay out of every public place */
  readonly personal: readonly { readonly column: string; readonly class: PersonalClass }[];
};

type MapFaultCode =
  | "source" // a field with no or several sources
  | "unknown-field"
  | "type"
  | "option"
  | "pattern"
  | "place" // not a field of OCDS
  | "personal"
  | "column-missing"
  | "empty"
  | "currency";

type Path = readonly (string | number)[];

/**
 * What is wrong with a map in itself, and, where columns are given, with the map for a table that has them.
 */
export function checkMap(map: MapFile, columns?: readonly { readonly name: string }[]): MapCheck {
  return new Check(
    map,
    columns?.map(({ name }) => name),
  ).run();
}

class Check {
  readonly #map: MapFile;
  readonly #columns: readonly string[] | undefined;
  readonly #faults: (PlacedFault & { code: MapFaultCode })[] = [];

  constructor(map: MapFile, columns: readonly string[] | undefined) {
    this.#map = map;
    this.#columns = columns;
  }

  run(): MapCheck {
    const { spec } = this.#map;
    if (currencyExponent(spec.currency) === undefined)
      this.#fault("currency", ["currency"], {
        en: `${spec.currency} is not a currency of ISO 4217.`,
        id: `${spec.currency} bukan mata uang ISO 4217.`,
      });
    if (
      [
        spec.process,
        spec.agency,
        spec.payment,
        spec.record,
        spec.paymentDocument,
        spec.deduction,
        spec.budgetLine,
        spec.return,
        spec.bankLine,
      ].every((part) => part === undefined) &&
      Object.keys(spec.suppliers).length === 0
    ) {
      this.#fault("empty", [], {
        en: "This map makes nothing of a row. Add process, agency, payment, record, suppliers, paymentDocument, deduction, budgetLine, return or bankLine.",
        id: "Peta ini tidak menghasilkan apa pun. Tambahkan process, agency, payment, record, suppliers, paymentDocument, deduction, budgetLine, return, atau bankLine.",
      });
    }
    const declared = new Set<string>();
    for (const [name, field] of Object.entries(spec.fields)) {
      this.#field(name, field, declared);
      declared.add(name);
    }
    for (const [name, supplier] of Object.entries(spec.suppliers)) {
      const at = ["suppliers", name];
      if (Object.hasOwn(spec.fields, name))
        this.#fault("source", at, {
          en: `${name} is a field already. Give the supplier another name.`,
          id: `${name} sudah menjadi bidang. Beri nama lain pada penyedia.`,
        });
      this.#needs([...at, "name"], supplier.name, ["company", "text"]);
      for (const [index, each] of (supplier.npwp ?? []).entries())
        this.#needs([...at, "npwp", index], each, ["npwp", "nik"]);
      for (const [index, each] of (supplier.form ?? []).entries()) this.#needs([...at, "form", index], each, ["form"]);
      if (supplier.nib !== undefined) this.#needs([...at, "nib"], supplier.nib, ["text"]);
      if (supplier.members !== undefined) this.#needs([...at, "members"], supplier.members, ["members"]);
      for (const key of ["name", "nib"] as const)
        if (supplier[key] !== undefined) this.#public([...at, key], supplier[key]);
    }
    const { process, agency, payment, record } = spec;
    if (process !== undefined) {
      const isOcds = typeof process.release === "string" && spec.fields[process.release.slice(1)]?.as === "ocds";
      if (isOcds) this.#text(["process", "release"], process.release as string, true);
      else if (!isObject(process.release))
        this.#fault("type", ["process", "release"], {
          en: "process.release is an object of OCDS sections, or a field read as ocds.",
          id: "process.release adalah objek bagian OCDS, atau bidang yang dibaca sebagai ocds.",
        });
      else this.#template(["process", "release"], process.release, RELEASE_MODEL.release);
      for (const key of ["key", "agency", "by", "part"] as const)
        if (process[key] !== undefined) this.#text(["process", key], process[key]);
      if (process.at !== undefined) this.#needs(["process", "at"], process.at, ["date", "ocds"]);
      this.#when(["process", "when"], process.when);
      for (const [index, facts] of process.facts.entries()) {
        const at = ["process", "facts", index];
        this.#text([...at, "contract"], facts.contract);
        if (facts.status !== undefined) this.#text([...at, "status"], facts.status);
        if (facts.number !== undefined) this.#text([...at, "number"], facts.number);
        if (typeof facts.version === "string") this.#needs([...at, "version"], facts.version, ["integer"]);
        for (const key of [
          "value",
          "certified",
          "paid",
          "accepted",
          "advance",
          "recovered",
          "withheld",
          "released",
        ] as const) {
          if (facts[key] !== undefined) this.#needs([...at, key], facts[key], ["money"]);
        }
        this.#when([...at, "when"], facts.when);
        for (const [number, document] of (facts.documents ?? []).entries()) {
          const there = [...at, "documents", number];
          this.#text([...there, "number"], document.number);
          this.#needs([...there, "amount"], document.amount, ["money"]);
          if (document.on !== undefined) this.#needs([...there, "on"], document.on, ["date"]);
          this.#when([...there, "when"], document.when);
        }
        for (const [number, deed] of (facts.deeds ?? []).entries()) {
          const there = [...at, "deeds", number];
          this.#text([...there, "number"], deed.number);
          if (deed.on !== undefined) this.#needs([...there, "on"], deed.on, ["date"]);
          this.#when([...there, "when"], deed.when);
        }
      }
    }
    if (agency !== undefined) {
      for (const key of ["key", "name", "parent"] as const)
        if (agency[key] !== undefined) this.#text(["agency", key], agency[key]);
      for (const [index, code] of agency.codes.entries()) this.#text(["agency", "codes", index], code);
      this.#when(["agency", "when"], agency.when);
    }
    if (payment !== undefined) {
      for (const key of ["key", "agency", "contract"] as const)
        if (payment[key] !== undefined) this.#text(["payment", key], payment[key]);
      this.#needs(["payment", "value"], payment.value, ["money"]);
      if (payment.on !== undefined) this.#needs(["payment", "on"], payment.on, ["date"]);
      this.#template(["payment", "record"], payment.record);
      this.#when(["payment", "when"], payment.when);
    }
    if (record !== undefined) {
      for (const key of ["key", "agency"] as const)
        if (record[key] !== undefined) this.#text(["record", key], record[key]);
      if (record.value !== undefined) this.#needs(["record", "value"], record.value, ["money"]);
      this.#template(["record", "record"], record.record);
      this.#when(["record", "when"], record.when);
    }
    this.#finance();
    const columns = this.#columns ?? [];
    const used = new Set(
      [...Object.values(spec.fields).flatMap(columnsOf), ...spec.ignore].map((column) => column.toLowerCase()),
    );
    const personal = columns.flatMap((column) => {
      const found = classOfColumn(column);
      return found === undefined ? [] : [{ column, class: found }];
    });
    const isPersonal = new Set(personal.map(({ column }) => column));
    return {
      faults: this.#faults,
      unmapped: columns.filter((column) => !used.has(column.toLowerCase()) && !isPersonal.has(column)),
      personal,
    };
  }

  /** Sections about money: who was paid and on which account may be read there alone, for it leaves the map as a digest. */
  #finance(): void {
    const { paymentDocument, deduction, budgetLine, return: returned, bankLine } = this.#map.spec;
    const texts = (path: Path, part: object, names: readonly string[]) => {
      for (const name of names) {
        const text = (part as Record<string, unknown>)[name];
        if (typeof text === "string") this.#text([...path, name], text);
      }
    };
    const needs = (path: Path, part: object, types: Readonly<Record<string, ValueType>>) => {
      for (const [name, type] of Object.entries(types)) {
        const text = (part as Record<string, unknown>)[name];
        if (typeof text === "string") this.#needs([...path, name], text, [type]);
      }
    };
    const identified = (path: Path, { number, id }: { number?: string | undefined; id?: string | undefined }) => {
      if (number !== undefined || id !== undefined) return;
      this.#fault("source", path, {
        en: `${path.join(".")} names a paper by number or id.`,
        id: `${path.join(".")} menyebut dokumen melalui number atau id.`,
      });
    };
    if (paymentDocument !== undefined) {
      const at = ["paymentDocument"];
      identified(at, paymentDocument);
      texts(at, paymentDocument, ["number", "key", "id", "route", "agency", "contract", "delivery"]);
      needs(at, paymentDocument, { year: "integer", on: "date", cleared: "date", gross: "money", net: "money" });
      for (const name of ["spm", "spp"] as const) {
        const part = paymentDocument[name];
        if (part === undefined) continue;
        texts([...at, name], part, ["number"]);
        needs([...at, name], part, { on: "date" });
      }
      for (const [index, each] of (paymentDocument.purpose ?? []).entries())
        this.#text([...at, "purpose", index], each);
      const { payee } = paymentDocument;
      if (payee !== undefined) {
        const there = [...at, "payee"];
        if (payee.name !== undefined) this.#needs([...there, "name"], payee.name, ["company", "text"]);
        if (payee.account !== undefined) this.#needs([...there, "account"], payee.account, ["text"]);
        for (const [index, each] of (payee.npwp ?? []).entries())
          this.#needs([...there, "npwp", index], each, ["npwp", "nik"]);
        for (const [index, each] of (payee.form ?? []).entries())
          this.#needs([...there, "form", index], each, ["form"]);
      }
      for (const [index, line] of (paymentDocument.lines ?? []).entries()) this.#budget([...at, "lines", index], line);
      for (const [index, each] of (paymentDocument.deductions ?? []).entries())
        this.#withheld([...at, "deductions", index], each);
      this.#when([...at, "when"], paymentDocument.when);
    }
    for (const [name, part] of Object.entries({ deduction, budgetLine })) {
      if (part === undefined) continue;
      identified([name, "of"], part.of);
      texts([name, "of"], part.of, ["number", "id"]);
      texts([name], part, ["key"]);
      needs([name], part, { year: "integer" });
    }
    if (deduction !== undefined) this.#withheld(["deduction"], deduction);
    if (budgetLine !== undefined) this.#budget(["budgetLine"], budgetLine);
    if (returned !== undefined) {
      texts(["return"], returned, ["number", "kind", "of", "agency"]);
      needs(["return"], returned, { year: "integer", on: "date", amount: "money" });
      for (const [index, each] of (returned.text ?? []).entries()) this.#text(["return", "text", index], each);
      this.#when(["return", "when"], returned.when);
    }
    if (bankLine !== undefined) {
      const at = ["bankLine"];
      texts(at, bankLine, ["currency", "direction", "statement", "reference"]);
      needs(at, bankLine, { on: "date", valueOn: "date", amount: "money", debit: "money", credit: "money" });
      needs(at, bankLine, { reversal: "flag", account: "text", counterpartyAccount: "text" });
      if (bankLine.counterparty !== undefined)
        this.#needs([...at, "counterparty"], bankLine.counterparty, ["company", "text"]);
      if (bankLine.balance !== undefined) this.#needs([...at, "balance"], bankLine.balance, ["text", "money"]);
      for (const [index, each] of (bankLine.text ?? []).entries()) this.#text([...at, "text", index], each);
      const single = bankLine.amount !== undefined && bankLine.debit === undefined && bankLine.credit === undefined;
      const pair = bankLine.amount === undefined && bankLine.debit !== undefined && bankLine.credit !== undefined;
      if (!single && !pair)
        this.#fault("source", at, {
          en: "bankLine needs amount with direction, or debit and credit.",
          id: "bankLine memerlukan amount dengan direction, atau debit dan credit.",
        });
      if (single && bankLine.direction === undefined)
        this.#fault("source", at, {
          en: "bankLine has an amount and no direction: name what says debit or credit.",
          id: "bankLine memiliki amount tanpa direction: sebutkan yang menyatakan debit atau credit.",
        });
      this.#when([...at, "when"], bankLine.when);
    }
  }

  #budget(path: Path, line: BudgetSpec): void {
    for (const name of ["account", "subActivity", "fund"] as const)
      if (line[name] !== undefined) this.#text([...path, name], line[name]);
    this.#needs([...path, "amount"], line.amount, ["money"]);
    this.#when([...path, "when"], line.when);
  }

  #withheld(path: Path, each: DeductionSpec): void {
    // the name of a deduction's account (Nm_Rekening) is one of the chart, whatever its column looks like
    for (const name of fieldsIn(each.name))
      if (this.#typeOf(name) === undefined) this.#unknown([...path, "name"], name);
    for (const name of ["billing", "ntpn"] as const)
      if (each[name] !== undefined) this.#text([...path, name], each[name]);
    this.#needs([...path, "amount"], each.amount, ["money"]);
    this.#when([...path, "when"], each.when);
  }

  #fault(code: MapFaultCode, path: Path, words: Words): void {
    this.#faults.push({ code, file: this.#map.file, ...this.#map.place(path), ...words });
  }

  #field(name: string, field: FieldSpec, declared: ReadonlySet<string>): void {
    const at = ["fields", name];
    const sources = [field.from, field.of, field.join, field.value].filter((each) => each !== undefined);
    if (sources.length !== 1) {
      this.#fault("source", at, {
        en: `${name} needs one of from, of, join and value.`,
        id: `${name} perlu tepat satu dari from, of, join, dan value.`,
      });
    }
    for (const other of [...sourcesOf(field), ...(field.join === undefined ? [] : fieldsIn(field.join))]) {
      if (!declared.has(other)) {
        this.#fault("unknown-field", [...at, field.of === undefined ? "join" : "of"], {
          en: `${name} is made of ${other}, which is not declared before it.`,
          id: `${name} dibuat dari ${other} yang tidak dinyatakan sebelumnya.`,
        });
      }
    }
    for (const other of Object.entries(field.when ?? {}).flatMap(([each, condition]) => [
      each,
      ...(typeof condition === "object" && "differsFrom" in condition ? [condition.differsFrom] : []),
    ])) {
      if (!declared.has(other)) {
        this.#fault("unknown-field", [...at, "when"], {
          en: `${name} depends on ${other}, which is not declared before it.`,
          id: `${name} bergantung pada ${other} yang tidak dinyatakan sebelumnya.`,
        });
      }
    }
    for (const [index, step] of (field.do ?? []).entries()) {
      if (typeof step === "string") continue;
      const pattern = "match" in step ? step.match : "remove" in step ? step.remove : step.replace;
      try {
        new RegExp(pattern, "u");
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        this.#fault("pattern", [...at, "do", index], { en: `${name}: ${message}.`, id: `${name}: ${message}.` });
      }
    }
    this.#options(name, field, at);
    const { spec, tables } = this.#map;
    if (field.as === "code" && (field.table === undefined || tables[field.table] === undefined)) {
      this.#fault("option", [...at, "table"], {
        en: `${name} is a code: name its table, of this file or of the shared codes.`,
        id: `${name} adalah kode: sebutkan tabelnya, di berkas ini atau di kode bersama.`,
      });
    }
    if (field.as === "reference") {
      const reference = field.reference === undefined ? undefined : spec.references[field.reference];
      if (reference === undefined || field.take === undefined || !reference.take.includes(field.take)) {
        this.#fault("option", [...at, "reference"], {
          en: `${name} is looked up: name the reference, and which of its columns to take.`,
          id: `${name} dicari: sebutkan reference dan kolom (take) yang diambil.`,
        });
      }
    }
    if (this.#columns !== undefined && field.required !== false && field.from !== undefined) {
      const names = columnsOf(field);
      if (!names.some((column) => columnIndex(this.#columns!, column) !== undefined)) {
        this.#fault("column-missing", [...at, "from"], {
          en: `${name} is required, and the table has no column ${names.join(", ")}. Name the column that holds it.`,
          id: `${name} wajib ada, tetapi tabel tidak punya kolom ${names.join(", ")}. Sebutkan kolom yang memuatnya.`,
        });
      }
    }
  }

  /** Options belong to types; a format to money or dates. */
  #options(name: string, field: FieldSpec, at: Path): void {
    const belongs: Partial<Record<keyof FieldSpec, readonly ValueType[]>> = {
      format: ["money", "date"],
      zone: ["date"],
      round: ["money"],
      table: ["code"],
      separators: ["list"],
      reference: ["reference"],
      take: ["reference", "ocds"],
    };
    for (const [option, types] of Object.entries(belongs)) {
      if (field[option as keyof FieldSpec] !== undefined && !types.includes(field.as)) {
        this.#fault("option", [...at, option], {
          en: `${name}: ${option} is of ${types.join(" and ")}, and ${name} is ${field.as}.`,
          id: `${name}: ${option} berlaku untuk ${types.join(" dan ")}, sedangkan ${name} adalah ${field.as}.`,
        });
      }
    }
    if (field.format === undefined) return;
    const formats: readonly string[] = [field.format].flat();
    const allowed: readonly string[] = field.as === "money" ? MONEY_FORMATS : DATE_FORMATS;
    if (
      (field.as === "money" || field.as === "date") &&
      (formats.some((format) => !allowed.includes(format)) || (field.as === "money" && formats.length > 1))
    ) {
      this.#fault("option", [...at, "format"], {
        en: `${name}: a format of ${field.as} is one of ${allowed.join(", ")}.`,
        id: `${name}: format ${field.as} adalah salah satu dari ${allowed.join(", ")}.`,
      });
    }
  }

  #typeOf(name: string): ValueType | "supplier" | undefined {
    const { fields, suppliers } = this.#map.spec;
    return Object.hasOwn(fields, name) ? fields[name]!.as : Object.hasOwn(suppliers, name) ? "supplier" : undefined;
  }

  #needs(path: Path, reference: string, types: readonly ValueType[]): void {
    const name = reference.slice(1);
    const type = this.#typeOf(name);
    if (type === undefined) this.#unknown(path, name);
    else if (!(types as readonly string[]).includes(type)) {
      this.#fault("type", path, {
        en: `${path.join(".")} wants ${types.join(" or ")}, and ${name} is ${type}.`,
        id: `${path.join(".")} memerlukan ${types.join(" atau ")}, sedangkan ${name} adalah ${type}.`,
      });
    }
  }

  #unknown(path: Path, name: string): void {
    this.#fault("unknown-field", path, {
      en: `${name} is no field of this map.`,
      id: `${name} bukan bidang peta ini.`,
    });
  }

  /** Texts are made of what can be written as a text. */
  #text(path: Path, pattern: string, whole = false): void {
    for (const name of fieldsIn(pattern)) {
      const type = this.#typeOf(name);
      if (type === undefined) this.#unknown(path, name);
      else if (!whole && (type === "members" || type === "form")) {
        this.#fault("type", path, { en: `${name} is ${type} and no text.`, id: `${name} adalah ${type}, bukan teks.` });
      }
    }
    this.#public(path, pattern);
  }

  #public(path: Path, pattern: string): void {
    for (const name of fieldsIn(pattern)) {
      if (!isPersonalField(this.#map.spec, name)) continue;
      const columns = columnsOf(this.#map.spec.fields[name]!);
      const found = columns.map(classOfColumn).find((each) => each !== undefined) ?? "npwp-person";
      const words = PERSONAL_WORDS[found];
      this.#fault("personal", path, {
        en: `${name} (${columns.join(", ") || "made of other fields"}) holds ${words.en} and must not be public. Remove it here; a supplier's numbers are given under suppliers, which keeps those of persons out.`,
        id: `${name} (${columns.join(", ") || "dibuat dari bidang lain"}) memuat ${words.id} dan tidak boleh terbuka. Hapus di sini; nomor penyedia diberikan di suppliers, yang menahan milik perorangan.`,
      });
    }
  }

  #when(path: Path, conditions: Readonly<Record<string, unknown>> | undefined): void {
    for (const [name, condition] of Object.entries(conditions ?? {})) {
      const others = isObject(condition) && typeof condition.differsFrom === "string" ? [condition.differsFrom] : [];
      for (const each of [name, ...others]) if (this.#typeOf(each) === undefined) this.#unknown([...path, name], each);
    }
  }

  /** A part of a release by the table of OCDS fields, or of a record, which has a form of its own. */
  #template(path: Path, node: unknown, declared?: Field): void {
    const field = declared?.ref === undefined ? declared : RELEASE_MODEL.definitions[declared.ref];
    if (typeof node === "string") {
      this.#text(path, node, true);
      if (declared !== undefined) this.#place(path, node, declared, field ?? {});
    } else if (Array.isArray(node)) {
      if (field !== undefined && field.types !== undefined && !field.types.includes("array"))
        this.#wrongPlace(path, "array");
      for (const [index, each] of node.entries()) this.#template([...path, index], each, field?.items);
    } else if (isObject(node)) {
      if (field?.types !== undefined && !field.types.includes("object")) this.#wrongPlace(path, "object");
      for (const [name, value] of Object.entries(node)) {
        const there = [...path, name];
        if (name === "when") {
          this.#when(there, isObject(value) ? value : undefined);
          continue;
        }
        const inner = field?.fields?.[name] ?? field?.anyField;
        if (field?.fields !== undefined && inner === undefined) {
          this.#fault("place", there, {
            en: `${there.slice(2).join(".")} is no field of OCDS 1.1 or of the extensions of the register.`,
            id: `${there.slice(2).join(".")} bukan bidang OCDS 1.1 atau ekstensi register.`,
          });
        } else this.#template(there, value, inner);
      }
    }
  }

  #wrongPlace(path: Path, kind: string): void {
    this.#fault("type", path, {
      en: `${path.slice(2).join(".")} takes no ${kind}.`,
      id: `${path.slice(2).join(".")} tidak menerima ${kind}.`,
    });
  }

  /** Whether what stands at a leaf is of the kind that OCDS has there. */
  #place(path: Path, node: string, declared: Field, field: Field): void {
    if (!isReference(node)) {
      if (field.types !== undefined && !field.types.includes("string")) this.#wrongPlace(path, "text");
      if (field.format === "date-time") this.#wrongPlace(path, "text");
      return;
    }
    const type = this.#typeOf(node.slice(1));
    if (type === undefined) return;
    const wants = (expected: string) =>
      this.#fault("type", path, {
        en: `${path.slice(2).join(".")} is ${expected} in OCDS, and ${node.slice(1)} is ${type}.`,
        id: `${path.slice(2).join(".")} dalam OCDS adalah ${expected}, sedangkan ${node.slice(1)} adalah ${type}.`,
      });
    if (declared.ref === "Value") {
      if (type !== "money") wants("money");
    } else if (declared.ref === "OrganizationReference") {
      if (type !== "supplier") wants("an organisation");
    } else if (declared.ref !== undefined) wants("an object");
    else if (field.format === "date-time") {
      if (type !== "date") wants("a date");
    } else if (
      field.types?.includes("number") ||
      (field.types?.includes("integer") && !field.types.includes("string"))
    ) {
      if (type !== "money" && type !== "integer" && type !== "days") wants("a number");
    } else if (field.types?.includes("array")) {
      if (type !== "list") wants("a list");
    } else if (field.types?.includes("boolean")) {
      if (type !== "flag") wants("true or false");
    } else if (field.types?.includes("string")) {
      if (
        type === "money" ||
        type === "supplier" ||
        type === "members" ||
        type === "form" ||
        type === "ocds" ||
        type === "flag"
      )
        wants("text");
    }
  }
}
