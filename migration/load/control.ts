import { randomBytes } from "node:crypto";
import { mkdir, readFile, rm, stat } from "node:fs/promises";
import path from "node:path";
import { utf8 } from "../../server/domain/entries/words.ts";
import { writeWhole } from "../stage/lot.ts";

/** What a running load was told: by `pause`, `resume`, `throttle` and `panic`, from any terminal of the folder. */
export type Orders = {
  paused: boolean;
  /** rows a second at most; undefined: as fast as the chain takes them */
  rowsASecond?: number;
  /** stop at once: what is under way is not waited for */
  panic: boolean;
};

const none: Orders = { paused: false, panic: false };

/**
 * Orders to whoever loads a wave, in a file of the project folder: written whole, read a few times a second, and still
 * there when nobody was listening. Nothing has to be reachable for it, and whoever can write the folder may give them.
 */
export class Control {
  readonly #file: string;
  #read = 0;
  #changed = "";
  #orders: Orders = none;

  /** @param folder the tool's own, `.migrate` */
  constructor(folder: string, wave: string) {
    this.#file = path.join(folder, "control", `${wave}.json`);
  }

  async give(orders: Partial<Orders>): Promise<Orders> {
    const now = { ...(await this.#load()), ...orders };
    await mkdir(path.dirname(this.#file), { recursive: true });
    await writeWhole(this.#file, utf8(`${JSON.stringify({ ...now, mark: randomBytes(4).toString("hex") })}\n`));
    return now;
  }

  /** What stands now; the file is looked at five times a second at most. */
  async orders(): Promise<Orders> {
    if (performance.now() - this.#read < 200) return this.#orders;
    this.#read = performance.now();
    const found = await stat(this.#file, { bigint: true }).catch(() => undefined);
    const mark = found === undefined ? "none" : `${found.mtimeNs} ${found.ino}`;
    if (mark !== this.#changed) [this.#changed, this.#orders] = [mark, await this.#load()];
    return this.#orders;
  }

  /** A new start begins without the orders of the last one. */
  async clear(): Promise<void> {
    await rm(this.#file, { force: true });
    this.#orders = none;
  }

  async #load(): Promise<Orders> {
    try {
      const { paused, panic, rowsASecond } = JSON.parse(await readFile(this.#file, "utf8")) as Orders;
      return { paused: paused === true, panic: panic === true, ...(rowsASecond === undefined ? {} : { rowsASecond }) };
    } catch {
      return none;
    }
  }
}
