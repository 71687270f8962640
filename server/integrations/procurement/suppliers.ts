import { companyName, nameFingerprint } from "../../domain/company-name.ts";
import type { Hex } from "../../domain/entries/words.ts";
import { ProblemError } from "../../domain/problems.ts";
import type { Storage } from "../../domain/storage.ts";
import type { Book, Organisation } from "../book.ts";

const NAMED = "proc/named/";

/** Names that are remembered at most. */
const MOST_REMEMBERED = 50_000;

/** A person's word that a supplier of the sources is a registered one. */
type Named = { readonly id: string; readonly by: Hex; readonly at: number };

/**
 * Which registered organisation a supplier of the sources is: the one that a person named, else the only one that is
 * spelled so. Of two of one name nobody is taken by himself.
 */
export class Suppliers {
  readonly #storage: Storage;
  readonly #book: Book;
  readonly #byId = new Map<string, Organisation>();
  readonly #byHex = new Map<Hex, Organisation>();
  #byName = new Map<string, Organisation[]>();
  readonly #named = new Map<string, string>();
  /** what was looked for since the register last grew; null: nobody */
  readonly #found = new Map<string, Organisation | null>();
  #size = -1;

  constructor(storage: Storage, book: Book) {
    this.#storage = storage;
    this.#book = book;
  }

  /** Reads the register's organisations where it has grown since. @returns whether there are new ones */
  async refresh(): Promise<boolean> {
    if (this.#size < 0)
      for await (const { key, value } of this.#storage.range<Named>(NAMED))
        this.#named.set(decodeURIComponent(key.slice(NAMED.length)), value.id);
    const size = await this.#book.size();
    if (size === this.#size) return false;
    const before = this.#byId.size;
    const byName = new Map<string, Organisation[]>();
    for await (const organisation of this.#book.organisations()) {
      this.#byId.set(organisation.id, organisation);
      this.#byHex.set(organisation.hex, organisation);
      if (organisation.kind !== "supplier") continue;
      const name = nameFingerprint(organisation.name);
      const same = byName.get(name);
      if (same === undefined) byName.set(name, [organisation]);
      else same.push(organisation);
    }
    this.#byName = byName;
    this.#found.clear();
    this.#size = size;
    return this.#byId.size !== before;
  }

  organisation(hex: Hex): Organisation | undefined {
    return this.#byHex.get(hex);
  }

  agency(id: string): Organisation | undefined {
    const found = this.#byId.get(id);
    return found?.kind === "agency" ? found : undefined;
  }

  /** @param key as maps make it: `npwp:…`, `nib:…`, `name:…`, `person:…` */
  of(key: string, name: string | undefined): Organisation | undefined {
    const place = `${key}\n${name ?? ""}`;
    const known = this.#found.get(place);
    if (known !== undefined) return known === null ? undefined : known;
    const found = this.#find(key, name);
    if (this.#found.size >= MOST_REMEMBERED) this.#found.clear();
    this.#found.set(place, found ?? null);
    return found;
  }

  #find(key: string, name: string | undefined): Organisation | undefined {
    const named = this.#named.get(key);
    if (named !== undefined) return this.#byId.get(named);
    if (name === undefined) return undefined;
    const same = this.#byName.get(nameFingerprint(name)) ?? [];
    if (same.length <= 1 && same[0] !== undefined) return formsFit(same[0].name, name) ? same[0] : undefined;
    const fit = same.filter((each) => companyName(each.name).form === companyName(name).form);
    return fit.length === 1 ? fit[0] : undefined;
  }

  /** @throws ProblemError not-found where no such supplier is registered */
  async name(key: string, id: string, by: Hex, at: number): Promise<void> {
    await this.refresh();
    const found = this.#byId.get(id);
    if (found?.kind !== "supplier") throw new ProblemError("not-found");
    await this.#storage.put([{ key: `${NAMED}${encodeURIComponent(key)}`, value: { id, by, at } satisfies Named }], {
      sync: true,
    });
    this.#named.set(key, id);
    this.#found.clear();
  }
}

/** CV Maju and PT Maju are two firms; Maju may be either. */
function formsFit(a: string, b: string): boolean {
  const [one, other] = [companyName(a).form, companyName(b).form];
  return one === undefined || other === undefined || one === other;
}
