import path from "node:path";
import { appendLines, readLines } from "./decisions.ts";

// Ids of suppliers: a running number, given once and kept. Never made of a tax or identity number, which could be found
// out by trying.

/**
 * A line of `decisions/suppliers.ndjson`: which keys are this supplier, and as what it was first registered; a later line
 * of the same id adds keys.
 */
type Line = { readonly id: string; readonly name: string; readonly keys: readonly string[]; readonly wave: string };

export class SupplierRegister {
  readonly #file: string;
  readonly #idOf = new Map<string, string>();
  readonly #first = new Map<string, Line>();
  readonly #added: Line[] = [];
  #last = 0;

  private constructor(file: string) {
    this.#file = file;
  }

  /** @param folder `decisions` of the project */
  static async open(folder: string): Promise<SupplierRegister> {
    const register = new SupplierRegister(path.join(folder, "suppliers.ndjson"));
    for (const line of (await readLines(register.#file)) as Line[]) register.#take(line);
    return register;
  }

  #take(line: Line): void {
    const { id, keys } = line;
    if (!this.#first.has(id)) this.#first.set(id, line);
    for (const key of keys) this.#idOf.set(key, id);
    this.#last = Math.max(this.#last, Number(id.slice(PREFIX.length)));
  }

  /** The supplier that a key names, as it was registered. */
  supplierOf(key: string): { id: string; name: string } | undefined {
    const id = this.#idOf.get(key);
    return id === undefined ? undefined : { id, name: this.#first.get(id)!.name };
  }

  /** The wave that brought a supplier. */
  waveOf(id: string): string | undefined {
    return this.#first.get(id)?.wave;
  }

  /** The id of a supplier with these keys: the lowest that one of them has, or the next. */
  register(keys: readonly string[], name: string, wave: string): string {
    const known = keys.flatMap((key) => this.#idOf.get(key) ?? []).sort((a, b) => numberIn(a) - numberIn(b));
    const id = known[0] ?? `${PREFIX}${String(this.#last + 1).padStart(6, "0")}`;
    const more = keys.filter((key) => this.#idOf.get(key) !== id);
    if (more.length > 0) {
      const line = { id, name, keys: more, wave };
      this.#take(line);
      this.#added.push(line);
    }
    return id;
  }

  /** Writes down what was registered since. */
  async keep(): Promise<void> {
    if (this.#added.length > 0) await appendLines(this.#file, this.#added);
    this.#added.length = 0;
  }
}

const PREFIX = "ID-PNY-";
const numberIn = (id: string) => Number(id.slice(PREFIX.length));
