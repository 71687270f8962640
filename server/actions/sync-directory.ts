import type { Account } from "../domain/accounts.ts";
import { Fault } from "../domain/fault.ts";
import { ProblemError, type Words } from "../domain/problems.ts";
import { ordered } from "../domain/projection/ordered.ts";
import type { Storage } from "../domain/storage.ts";

/**
 * What a directory of people says is carried over to the accounts that are linked to it: who left can sign in no more,
 * who moved is told to those who see to offices. Offices themselves stand on the ledger and are nobody's to take away
 * here: a head revokes or hands them over.
 */

export type Directory = {
  id: string;
  name: Words;
  /** as which issuer its entries are linked */
  link: string;
  /** `hold`: who moved can sign in again once a registrar confirmed it */
  onMove: "tell" | "hold";
  /** more removals than this share, and than this number, are not believed without a person's word */
  stop: { percent: number; floor: number };
};

type Reading = {
  entries: ReadonlyMap<string, { entry: string; department: string; disabled: boolean }>;
  isThere(entry: string): Promise<boolean>;
};

type Needs = {
  /** milliseconds UTC */
  now(): number;
  state: Storage;
  accounts: {
    list(after: string | undefined, limit: number): Promise<Account[]>;
    get(id: string): Promise<Account | undefined>;
    setState(id: string, state: "active" | "locked" | "left", reason: string): Promise<Account>;
  };
  /** Reads all of it, or throws a Fault. */
  read<T>(directory: string, use: (reading: Reading) => Promise<T>): Promise<T>;
};

/** Somebody whose department changed, until a registrar says that his offices were seen to. */
export type Move = { account: string; directory: string; from: string; to: string; at: number; held: boolean };

/** One sync, as the journal keeps it; accounts by their ids alone. `at`, `ended`: milliseconds UTC. */
export type Sync = {
  directory: string;
  at: number;
  ended?: number;
  dryRun: boolean;
  /** `begun`: it did not come to its end, or is still at it; `stopped`: too many would have gone; `failed`: not read */
  outcome: "begun" | "done" | "stopped" | "failed";
  /** people in the directory, and accounts that are linked to it and may sign in */
  read: number;
  linked: number;
  left: { account: string; why: "absent" | "disabled" }[];
  moved: { account: string; from: string; to: string }[];
  /** accounts that left and stand in the directory again: a registrar opens them */
  returned: string[];
  /** people in the directory without an account */
  withoutAccount: number;
  reason?: Words;
};

type Compared = Pick<Sync, "read" | "linked" | "left" | "moved" | "returned" | "withoutAccount"> & {
  firstSeen: { account: string; to: string }[];
};

const JOURNAL = "directory-sync/";
const MOVES = "directory-move/";
const placeRow = (directory: string, account: string) => `directory-place/${directory}/${account}`;

export class DirectorySync {
  readonly #directories: readonly Directory[];
  readonly #needs: Needs;
  readonly #running = new Set<string>();
  /** what the last sync of each said, where it needs somebody's eye */
  readonly #troubles = new Map<string, Words>();

  constructor(directories: readonly Directory[], needs: Needs) {
    this.#directories = directories;
    this.#needs = needs;
  }

  /** What stands in the way of the last syncs. */
  troubles(): Words[] {
    return [...this.#troubles.values()];
  }

  /** @throws ProblemError unknown-directory */
  directory(id: string): Directory {
    const found = this.#directories.find((each) => each.id === id);
    if (found === undefined) throw new ProblemError("unknown-directory", "", { directory: id });
    return found;
  }

  /**
   * One sync. What it would do and what it did are one journal row; a directory that was not read whole changes nothing.
   * @param confirm the exact number of removals that a person agreed to
   * @throws ProblemError unknown-directory, sync-running
   */
  async run(id: string, { dryRun = false, confirm }: { dryRun?: boolean; confirm?: number } = {}): Promise<Sync> {
    const directory = this.directory(id);
    if (this.#running.has(id)) throw new ProblemError("sync-running", "", { directory: id });
    this.#running.add(id);
    try {
      const { now, state, read } = this.#needs;
      const at = now();
      const key = `${JOURNAL}${ordered(at)}-${id}`;
      let sync: Sync = {
        ...{ directory: id, at, dryRun, outcome: "begun" as const, read: 0, linked: 0 },
        ...{ left: [], moved: [], returned: [], withoutAccount: 0 },
      };
      await state.put([{ key, value: sync }], { sync: true });
      try {
        const { firstSeen, ...compared } = await read(id, (reading) => this.#compare(directory, reading));
        sync = { ...sync, ...compared };
        const reason = whyStop(sync, directory, confirm);
        if (reason !== undefined) sync = { ...sync, outcome: "stopped", reason };
        else {
          if (!dryRun) await this.#apply(directory, sync, firstSeen);
          sync = { ...sync, outcome: "done" };
        }
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
        sync = { ...sync, outcome: "failed", reason: error.words };
      }
      const value = { ...sync, ended: now() };
      await state.put([{ key, value }], { sync: true });
      if (value.reason === undefined) this.#troubles.delete(id);
      else this.#troubles.set(id, value.reason);
      return value;
    } finally {
      this.#running.delete(id);
    }
  }

  /** Syncs, newest first. */
  journal(limit: number): Promise<Sync[]> {
    return Array.fromAsync(this.#needs.state.range<Sync>(JOURNAL, { limit, reverse: true }), ({ value }) => value);
  }

  /** Who moved and was not seen to yet. */
  moves(): Promise<Move[]> {
    return Array.fromAsync(this.#needs.state.range<Move>(MOVES), ({ value }) => value);
  }

  /** That the offices of somebody who moved were seen to. @throws ProblemError unknown-move */
  async confirmMove(account: string): Promise<Move> {
    const move = await this.#needs.state.get<Move>(`${MOVES}${account}`);
    if (move === undefined) throw new ProblemError("unknown-move", "", { account });
    await this.#release(move, "move confirmed");
    return move;
  }

  async #release({ account, held }: Move, reason: string): Promise<void> {
    const { accounts, state } = this.#needs;
    // who was locked for another reason meanwhile stays locked
    const found = held ? await accounts.get(account) : undefined;
    if (found?.state === "locked" && found.changed.reason === HELD) await accounts.setState(account, "active", reason);
    await state.put([], { sync: true, remove: [`${MOVES}${account}`] });
  }

  async #compare(directory: Directory, { entries, isThere }: Reading): Promise<Compared> {
    const { id, link } = directory;
    const { state } = this.#needs;
    const found: Pick<Compared, "left" | "moved" | "returned" | "firstSeen"> = {
      ...{ left: [], moved: [], returned: [], firstSeen: [] },
    };
    const known = new Set<string>();
    let linked = 0;
    for await (const { id: account, state: now, links } of this.#accounts()) {
      const subject = links.find(({ issuer }) => issuer === link)?.subject;
      if (subject === undefined || now === "erased") continue;
      known.add(subject);
      const entry = entries.get(subject);
      const there = entry !== undefined && !entry.disabled;
      if (now === "left") {
        if (there) found.returned.push(account);
        continue;
      }
      linked++;
      if (!there) {
        // of each that is missing the directory is asked by name: a reading with holes must not cost anybody his account
        if (entry === undefined && (await isThere(subject))) throw holes(id);
        found.left.push({ account, why: entry === undefined ? "absent" : "disabled" });
        continue;
      }
      const before = await state.get<string>(placeRow(id, account));
      const to = entry.department;
      if (before === undefined) found.firstSeen.push({ account, to });
      else if (before !== to) found.moved.push({ account, from: before, to });
    }
    const withoutAccount = [...entries.values()].filter(({ entry, disabled }) => !disabled && !known.has(entry)).length;
    return { read: entries.size, linked, ...found, withoutAccount };
  }

  async *#accounts(): AsyncGenerator<Account> {
    let after: string | undefined;
    for (;;) {
      const some = await this.#needs.accounts.list(after, 500);
      yield* some;
      after = some.at(-1)?.id;
      if (some.length < 500) return;
    }
  }

  async #apply({ id, onMove }: Directory, { left, moved, at }: Sync, firstSeen: Compared["firstSeen"]): Promise<void> {
    const { accounts, state } = this.#needs;
    for (const { account, why } of left) {
      await accounts.setState(
        account,
        "left",
        why === "absent" ? `not in directory ${id}` : `disabled in directory ${id}`,
      );
      await state.put([], { remove: [placeRow(id, account), `${MOVES}${account}`] });
    }
    await state.put(firstSeen.map(({ account, to }) => ({ key: placeRow(id, account), value: to })));
    for (const { account, from, to } of moved) {
      const key = `${MOVES}${account}`;
      const open = await state.get<Move>(key);
      const place = { key: placeRow(id, account), value: to };
      if (open !== undefined && open.from === to) {
        await state.put([place]);
        await this.#release(open, "moved back");
      } else {
        const hold = onMove === "hold" && (open?.held || (await accounts.get(account))?.state === "active");
        const move: Move = { account, directory: id, from: open?.from ?? from, to, at, held: hold === true };
        await state.put([place, { key, value: move }], { sync: true });
        if (hold && !open?.held) await accounts.setState(account, "locked", HELD);
      }
    }
  }
}

const HELD = "moved, to be confirmed";

/** Why a sync does not go on, where a person must look first. */
function whyStop({ left, linked, read }: Sync, { stop }: Directory, confirm: number | undefined): Words | undefined {
  const gone = left.length;
  if (confirm === gone) return undefined;
  const asks = { en: `To go on: confirm ${gone}.`, id: `Untuk melanjutkan: konfirmasi ${gone}.` };
  if (confirm !== undefined)
    return {
      en: `${confirm} removals were confirmed, ${gone} are due: nothing was changed. ${asks.en}`,
      id: `${confirm} penghapusan dikonfirmasi, ${gone} yang akan terjadi: tidak ada yang diubah. ${asks.id}`,
    };
  const many = gone > stop.floor && gone * 100 > linked * stop.percent;
  if (many || (read === 0 && gone > 0))
    return {
      en: `${gone} of ${linked} linked accounts would leave, ${read} people were read: nothing was changed. Check base, filter and account of the directory. ${asks.en}`,
      id: `${gone} dari ${linked} akun tertaut akan keluar, ${read} orang terbaca: tidak ada yang diubah. Periksa base, filter, dan akun direktori. ${asks.id}`,
    };
  return undefined;
}

function holes(id: string): Fault {
  return new Fault("directory-partial", {
    explanation: {
      en: `${id}: the directory was not read whole: it has somebody who was not among those read.`,
      id: `${id}: direktori tidak terbaca utuh: ada orang yang tidak termasuk yang terbaca.`,
    },
    remedy: {
      en: "Nobody was taken for one that left; the next sync tries again.",
      id: "Tidak ada yang dianggap keluar; sinkronisasi berikutnya mencoba lagi.",
    },
  });
}
