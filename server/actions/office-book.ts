import type { Hex } from "../domain/entries/words.ts";
import { type InTree, type Office, officeFor, placesFrom, type Seat } from "../domain/lifecycle/offices.ts";
import type { AgencyView, OfficeView } from "../domain/projection/project-block.ts";
import type { Storage } from "../domain/storage.ts";

/** All offices and agencies at one moment of the register. */
export type Offices = {
  tree: InTree;
  agency(id: Hex): AgencyView | undefined;
  of(holder: Hex): readonly Office[];
  at(role: number, agency: Hex): readonly Office[];
};

/** An office that somebody could sign in, told: public ids only. */
export type Incumbent = { role: number; agency: Hex; post: Hex; up: number; holders: Hex[] };

/** Offices by who holds them and by where they are, read once for as long as nothing was granted or ended. */
export class OfficeBook {
  readonly #rows: Pick<Storage, "range">;
  #known: { newest: string; offices: Promise<Offices> } | undefined;

  constructor(rows: Pick<Storage, "range">) {
    this.#rows = rows;
  }

  async now(): Promise<Offices> {
    let newest = "";
    for await (const { key, value } of this.#rows.range<{ leaf: Hex }>("act/", { reverse: true, limit: 1 }))
      newest = `${key} ${value.leaf}`;
    if (this.#known?.newest !== newest) this.#known = { newest, offices: this.#read() };
    return this.#known.offices;
  }

  async #read(): Promise<Offices> {
    const agencies = new Map<Hex, AgencyView>();
    for await (const { value } of this.#rows.range<AgencyView>("agency/")) agencies.set(value.id, value);
    const byHolder = new Map<Hex, Office[]>();
    const byPlace = new Map<string, Office[]>();
    const add = <Key>(map: Map<Key, Office[]>, key: Key, office: Office) => {
      const list = map.get(key);
      if (list === undefined) map.set(key, [office]);
      else list.push(office);
    };
    for await (const { value } of this.#rows.range<OfficeView>("office/")) {
      add(byHolder, value.holder, value);
      add(byPlace, `${value.role} ${value.agency}`, value);
    }
    const agency = (id: Hex) => agencies.get(id);
    return {
      tree: agency,
      agency,
      of: (holder) => byHolder.get(holder) ?? [],
      at: (role, place) => byPlace.get(`${role} ${place}`) ?? [],
    };
  }
}

/**
 * Who could sign from a seat now, nearest first; `up` 0: at the agency itself. Nobody of `except`.
 * @param from only offices held at least so many levels above
 */
export function whoCan(
  seat: Seat,
  offices: Offices,
  now: number,
  { from = 0, except = [] as readonly Hex[] } = {},
): Incumbent[] {
  const found: Incumbent[] = [];
  for (const { place, up } of placesFrom(seat.agency, offices.tree)) {
    if (up < from) continue;
    for (const office of offices.at(seat.role, place)) {
      const { holder, principal, post } = office;
      if (except.includes(holder) || (principal !== undefined && except.includes(principal))) continue;
      if (!("office" in officeFor(holder, seat, [office], offices.tree, now, up))) continue;
      const known = found.find((each) => each.agency === place && each.post === post);
      if (known === undefined) found.push({ role: seat.role, agency: place, post, up, holders: [holder] });
      else known.holders.push(holder);
    }
  }
  return found;
}
