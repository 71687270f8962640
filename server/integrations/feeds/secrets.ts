import { secretOf } from "../secret-of.ts";
import { FeedFault } from "./feed-fault.ts";

const uuid = /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/gi;
const named = /([?&](?:[a-z_.-]*(?:token|key|secret|password|signature)[a-z_.-]*)=)[^&#\s]*/gi;
const placeholder = /\{env:([A-Za-z_][A-Za-z0-9_]*)\}/g;

/**
 * The secrets of one feed. Settings name the variable, never the value. What was looked up is masked in every text that
 * leaves the feed; so are identifiers in the form of an ISB key, and query parameters whose name says that they are secret.
 */
export class Secrets {
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #values = new Set<string>();

  constructor(env: Readonly<Record<string, string | undefined>>) {
    this.#env = env;
  }

  /** whether anything secret goes into the requests */
  get any(): boolean {
    return this.#values.size > 0;
  }

  of(name: string): string {
    const value = secretOf(name, this.#env);
    if (value === undefined)
      throw new FeedFault(
        "feed-setting",
        { en: `The variable ${name} is not set.`, id: `Variabel ${name} tidak diisi.` },
        {
          en: `Set ${name}, or ${name}_FILE to a file that holds it.`,
          id: `Isi ${name}, atau ${name}_FILE dengan berkas yang memuatnya.`,
        },
      );
    // it goes into headers and addresses
    if (!/^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/.test(value))
      throw new FeedFault(
        "feed-setting",
        {
          en: `The variable ${name} holds line ends, or characters that no header can carry.`,
          id: `Variabel ${name} memuat ganti baris, atau karakter yang tidak bisa dibawa header.`,
        },
        { en: "Set it to the secret alone.", id: "Isi dengan rahasia itu saja." },
      );
    this.keep(value);
    return value;
  }

  /** Masks this too from now on: a session that a server gave us. */
  keep(value: string): void {
    if (value.length < 4) return;
    this.#values.add(value);
    this.#values.add(encodeURIComponent(value));
  }

  /** The text with {env:NAME} filled in. */
  filled(template: string, write: (value: string) => string = (value) => value): string {
    return template.replace(placeholder, (_, name: string) => write(this.of(name)));
  }

  /** The text as others may see it. */
  masked(text: string): string {
    let shown = text;
    // the longest first: a secret may be part of another
    for (const value of [...this.#values].sort((a, b) => b.length - a.length)) shown = shown.replaceAll(value, "***");
    return shown.replace(uuid, "***").replace(named, "$1***");
  }
}
