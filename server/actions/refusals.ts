const A_MINUTE = 10;

/** Which refusals are written down: of one person a few a minute, so that nobody fills the access log with them. */
export class Refusals {
  #minute = 0;
  readonly #of = new Map<string, number>();

  counts(person: string, at: number): boolean {
    const minute = Math.floor(at / 60);
    if (minute !== this.#minute) this.#of.clear();
    this.#minute = minute;
    const count = (this.#of.get(person) ?? 0) + 1;
    this.#of.set(person, count);
    return count <= A_MINUTE;
  }
}
