import { type Document, isMap, isScalar, LineCounter, parseDocument } from "yaml";
import type { z } from "zod";
import type { Words } from "../../server/domain/problems.ts";

/** What is wrong with a YAML file of settings, and where; lines and columns from 1. */
export type PlacedFault = Words & { readonly file: string; readonly line: number; readonly column: number };

/** Where a value stands; of what is not there, what is nearest around it. */
export type Place = (path: readonly (string | number)[]) => { line: number; column: number };

/** As one text with its place before it, as compilers say it. */
export function withPlace({ file, line, column, en, id }: PlacedFault): Words {
  return { en: `${file}:${line}:${column}: ${en}`, id: `${file}:${line}:${column}: ${id}` };
}

/** What a file is called in a message about a name that it does not have, and words for its own messages by their code. */
type Vocabulary = { readonly what: Words; readonly forms: Readonly<Record<string, Words>> };

/**
 * Reads YAML 1.2 by a schema: what it says and where, or everything that is wrong with its form, in two languages. A
 * schema's own message may be a code of `forms`.
 */
export function placedYaml<T extends z.ZodType>(
  text: string,
  file: string,
  schema: T,
  vocabulary: Vocabulary,
): { value: z.output<T>; place: Place } | { faults: readonly PlacedFault[] } {
  const lines = new LineCounter();
  const document = parseDocument(text, { version: "1.2", lineCounter: lines, uniqueKeys: true, prettyErrors: false });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  if (document.errors.length > 0) {
    return {
      faults: document.errors.map(({ pos, message }) => ({
        file,
        ...at(pos[0]),
        en: `This is not YAML: ${message}`,
        id: `Ini bukan YAML: ${message}`,
      })),
    };
  }
  const place = (path: readonly (string | number)[]) => at(offsetOf(document, path));
  let content: unknown;
  try {
    content = document.toJS({ maxAliasCount: 100 });
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    const fault = { en: `This is not read: ${message}.`, id: `Ini tidak dibaca: ${message}.` };
    return { faults: [{ file, line: 1, column: 1, ...fault }] };
  }
  const result = schema.safeParse(content);
  if (!result.success)
    return {
      faults: result.error.issues.flatMap((issue) =>
        faultsOf(issue, document, at, vocabulary).map((fault) => ({ file, ...fault })),
      ),
    };
  return { value: result.data as z.output<T>, place };
}

/** Where the value at a path begins, or what is nearest around it. */
function offsetOf(document: Document, path: readonly (string | number)[]): number {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true) as { range?: [number, number, number] | null } | undefined;
    if (node?.range) return node.range[0];
  }
  return document.contents?.range?.[0] ?? 0;
}

function keyOffset(document: Document, path: readonly (string | number)[], key: string): number {
  const parent = path.length === 0 ? document.contents : document.getIn(path, true);
  if (!isMap(parent)) return offsetOf(document, path);
  const pair = parent.items.find((item) => isScalar(item.key) && item.key.value === key);
  return isScalar(pair?.key) && pair.key.range ? pair.key.range[0] : offsetOf(document, path);
}

type Issue = z.core.$ZodIssue;
type Placed = Words & { line: number; column: number };

const A_NAME: Words = {
  en: "a name begins with a small letter and has letters and digits",
  id: "nama diawali huruf kecil dan berisi huruf dan angka",
};

function faultsOf(
  issue: Issue,
  document: Document,
  at: (offset: number) => { line: number; column: number },
  vocabulary: Vocabulary,
): Placed[] {
  const { what, forms } = vocabulary;
  const path = issue.path as (string | number)[];
  const where = path.length === 0 ? { en: "The file", id: "Berkas" } : { en: path.join("."), id: path.join(".") };
  const here = at(offsetOf(document, path));
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => ({
        ...at(keyOffset(document, path, key)),
        en: `${where.en}: "${key}" is no setting of ${what.en}. Remove it, or correct its spelling.`,
        id: `${where.id}: "${key}" bukan setelan ${what.id}. Hapus, atau perbaiki ejaannya.`,
      }));
    case "invalid_value":
      return [
        {
          ...here,
          en: `${where.en}: one of ${issue.values.join(", ")} is expected.`,
          id: `${where.id}: harus salah satu dari ${issue.values.join(", ")}.`,
        },
      ];
    case "invalid_type":
      return [
        {
          ...here,
          en: `${where.en}: ${issue.expected} is expected, and is missing or of another kind.`,
          id: `${where.id}: diharapkan ${issue.expected}, tetapi tidak ada atau jenisnya lain.`,
        },
      ];
    case "invalid_union": {
      // the alternative that came furthest tells most
      const [best] = issue.errors.toSorted(
        (a, b) => Math.max(0, ...b.map((each) => each.path.length)) - Math.max(0, ...a.map((each) => each.path.length)),
      );
      const inner = best?.filter(({ path: below }) => below.length > 0) ?? [];
      if (inner.length > 0)
        return inner.flatMap((each) =>
          faultsOf({ ...each, path: [...path, ...each.path] } as Issue, document, at, vocabulary),
        );
      return [
        {
          ...here,
          en: `${where.en}: this is none of the forms that may stand here.`,
          id: `${where.id}: bukan salah satu bentuk yang boleh ada di sini.`,
        },
      ];
    }
    case "invalid_key":
      return [{ ...here, en: `${where.en}: ${A_NAME.en}.`, id: `${where.id}: ${A_NAME.id}.` }];
    default: {
      const form = forms[issue.message] ?? { en: issue.message, id: issue.message };
      return [{ ...here, en: `${where.en}: ${form.en}.`, id: `${where.id}: ${form.id}.` }];
    }
  }
}

/**
 * Where a password, a key or an address with one stands in a text, comments included. The value is not repeated: what
 * complains must not leak.
 */
export function secretsIn(text: string): { line: number; column: number }[] {
  return text.split(/\r\n|[\r\n]/).flatMap((line, index) => {
    const found =
      /[a-z][a-z0-9+.-]*:\/\/[^\s/@:]*:[^\s/@]+@/i.exec(line) ??
      /\b(?:password|passwd|pwd|kata_?sandi|secret|token|api_?key|private_?key)["']?\s*[:=]\s*["']?(?!\{env:)[^\s"'#]/i.exec(
        line,
      );
    return found === null ? [] : [{ line: index + 1, column: found.index + 1 }];
  });
}

export const SECRET_IN_FILE: Words = {
  en: "a password, key or address with one stands in the file",
  id: "ada kata sandi, kunci atau alamat yang memuatnya dalam berkas",
};
