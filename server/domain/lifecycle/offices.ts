import { KIND_RULES, Kind, kindName, Role } from "../entries/kinds.ts";
import { type Hex, NO_ID } from "../entries/words.ts";
import { codeOf, type LedgerProblem, type Refusal } from "../problems.ts";
import type { AgencyView, OfficeView } from "../projection/project-block.ts";
import { subjectOf } from "./rules.ts";
import type { Act, Situation } from "./situation.ts";

// In which office an entry is signed, as contracts/Ledger.sol `_sign` and contracts/Authority.sol `authorize` have it.
// test/gateway/past-the-gateway.test.ts holds both against each other.

/** An office as far as signing asks. `principal`: who delegated it; a suspended one counts for nothing. */
export type Office = Pick<
  OfficeView,
  "holder" | "agency" | "role" | "post" | "from" | "until" | "subtree" | "leaf" | "principal" | "suspended"
> &
  Partial<Pick<OfficeView, "granted" | "turns">>;

/**
 * Where a signature counts: the agency (or entity) at which the office is held, or above which; the post of an officer;
 * and of a treasurer the agencies of which he must cover one.
 */
export type Seat = {
  role: number;
  agency: Hex;
  /** undefined: any, where nobody has said yet which */
  post: Hex | undefined;
  covers: readonly Hex[];
};

/** An agency as the tree knows it. */
export type InTree = (id: Hex) => Pick<AgencyView, "parent" | "ended"> | undefined;

/** Levels that an office may be held above: contracts/Authority.sol MAX_DEPTH. */
const MOST_ABOVE = 8;

/** Seats that the maker must have, each of them: in his capacity, at what the entry names. */
export function seatsOfMaker(situation: Situation, act: Act): Seat[] {
  const { capacity, contractId, terms } = act;
  const { contract, named, award } = situation;
  const seat = (agency: Hex, post: Hex = NO_ID, covers: readonly Hex[] = []): Seat => ({
    ...{ role: capacity, agency, post, covers },
  });
  switch (capacity) {
    case Role.officer: {
      // a correction that leaves the post as it was does not name another
      const names =
        terms.officer !== undefined &&
        (act.kind !== Kind.correction || terms.officer !== (named?.terms.officer ?? NO_ID));
      const own = contractId === "" || names ? terms.officer : contract?.post;
      return [seat(act.agency, own ?? NO_ID)];
    }
    case Role.treasurer: {
      const payer = contract?.payer;
      const covers = payer === undefined ? [act.agency] : [act.agency, payer];
      const at = terms.issuer ?? payer ?? act.agency;
      const old = named?.terms.issuer;
      const former = act.kind === Kind.correction && old !== undefined && old !== terms.issuer ? old : undefined;
      return former === undefined ? [seat(at, NO_ID, covers)] : [seat(at, NO_ID, covers), seat(at, NO_ID, [former])];
    }
    case Role.supplier:
      return [seat((contractId === "" ? award?.party : contract?.party) ?? NO_ID)];
    case Role.overseer:
    case Role.registrar:
      return [seat(NO_ID)];
    default:
      return [seat(act.agency)];
  }
}

/** Roles in which an entry may be made: of its kind, of what it corrects or withdraws, or of the note that it withdraws. */
export function rolesOfMaker(situation: Situation, act: Act): readonly Role[] {
  const { named } = situation;
  const isUndone = act.kind === Kind.withdrawal;
  if (isUndone && named?.kind === Kind.note) return [named.capacity as Role];
  const name = kindName(isUndone ? (named?.kind ?? 0) : subjectOf(situation, act));
  return name === undefined ? [] : KIND_RULES[name].roles;
}

/** The seat of somebody who approves in this capacity. */
export function seatOfApproval(capacity: number, { contract }: Situation, { agency, terms }: Act): Seat {
  const at = capacity === Role.supplier ? (terms.party ?? contract?.party ?? NO_ID) : agency;
  return { role: capacity, agency: at, post: NO_ID, covers: [] };
}

/** An office that counts for a seat, and how many levels above it is held; else what the ledger would answer. */
export type Held = { office: Office; up: number } | { refusal: Refusal };

/**
 * Whether one of a holder's offices counts for a seat now (seconds UTC). A level that was signed is asked for alone;
 * without one, the nearest that counts is found.
 */
export function officeFor(
  holder: Hex,
  seat: Seat,
  offices: readonly Office[],
  tree: InTree,
  now: number,
  signedUp?: number,
): Held {
  const refuse = (name: LedgerProblem): Held => ({
    refusal: { code: codeOf(name), a: BigInt(holder), b: BigInt(seat.agency) },
  });
  let nearest: { rank: number; held: Held } = { rank: 0, held: refuse("no-office") };
  const found = (rank: number, name: LedgerProblem) => {
    if (rank > nearest.rank) nearest = { rank, held: refuse(name) };
  };
  for (const { place, up } of placesFrom(seat.agency, tree)) {
    if (signedUp !== undefined && up !== signedUp) continue;
    for (const office of offices) {
      if (office.holder !== holder || office.role !== seat.role || office.agency !== place) continue;
      if (seat.post !== undefined && office.post !== seat.post) continue;
      if (up > 0 && !covers(place, seat.agency, office.subtree, tree)) continue;
      if (office.from > now) found(1, "office-not-yet");
      else if (isOver(office, now)) found(2, "office-ended");
      else if (isSuspended(office)) found(3, "office-suspended");
      else if (office.until !== 0 && office.until <= now) found(4, "delegation-ended");
      else if (seat.covers.length > 0 && !seat.covers.some((each) => covers(place, each, office.subtree, tree)))
        found(5, "not-covering");
      else return { office, up };
    }
  }
  return nearest.held;
}

/**
 * Over by itself. A delegated office whose principal's own ended before it is not: the ledger still has it, as a
 * delegation without an office behind it.
 */
function isOver({ until, granted, turns }: Office, now: number): boolean {
  const withPrincipal = turns?.at(-1)?.ofPrincipal === true;
  const end = withPrincipal ? (granted?.until ?? 0) : until;
  return end !== 0 && end <= now;
}

/** Suspended, also where the principal's office ended afterwards and the projection tells that alone. */
function isSuspended({ suspended, turns }: Office): boolean {
  return suspended === true || turns?.findLast(({ ofPrincipal }) => ofPrincipal !== true)?.act === "suspend";
}

/** An agency and those above it, with how many levels above they stand. */
export function placesFrom(agency: Hex, tree: InTree): { place: Hex; up: number }[] {
  const places = [{ place: agency, up: 0 }];
  for (let up = 1; up <= MOST_ABOVE; up++) {
    const parent = tree(places.at(-1)!.place)?.parent;
    if (parent === undefined || parent === NO_ID) break;
    places.push({ place: parent, up });
  }
  return places;
}

/** Whether an office at `upper` counts for `lower`: there, for what it succeeded, or (covering a subtree) from above. */
export function covers(upper: Hex, lower: Hex, subtree: boolean, tree: InTree): boolean {
  let place: Hex | undefined = lower;
  for (let level = 0; level < MOST_ABOVE && place !== undefined && place !== NO_ID; level++) {
    if (place === upper) return true;
    const agency: ReturnType<InTree> = tree(place);
    if (!subtree && agency?.ended !== true) return false;
    place = agency?.parent;
  }
  return false;
}

/** Everybody in whose name an office is used: its holder, and who delegated it to him. */
export function peopleOf({ holder, principal }: Pick<Office, "holder" | "principal">): Hex[] {
  return principal === undefined ? [holder] : [holder, principal];
}
