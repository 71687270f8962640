import { type Act, ActCode, type ActSigner, officeKey } from "../entries/act.ts";
import { Role } from "../entries/kinds.ts";
import { roleInWords } from "../entries/telling.ts";
import { type Hex, NO_ID, textOf } from "../entries/words.ts";
import { isObject } from "../ocds/check-fields.ts";
import type { Words } from "../problems.ts";
import type { Storage } from "../storage.ts";
import { ordered } from "./ordered.ts";
import type { RegisterEvent } from "./register-event.ts";

// Offices as the acts on them tell, as contracts/Authority.sol applies them: each term from its grant to its end.

export type ActName = keyof typeof ActCode;
export type ActEvent = Extract<RegisterEvent, { type: "act" }>;

/** An act that was done: when (seconds UTC), by whom, on which letter. Nobody's names stand here. */
export type Done = {
  act: ActName;
  leaf: Hex;
  registerSequence: number;
  at: number;
  /** those who signed, the maker first; empty for what the council decided */
  by: Pick<ActSigner, "holder" | "role" | "agency" | "office">[];
  /** the digest of the body that was signed, and how that names the letter */
  letter: { digest: Hex; reference?: string };
  /** it was done to the principal's office, and ended what was delegated of it */
  ofPrincipal?: true;
};

/** One term of an office, from one grant to its end. Times in seconds UTC. */
export type OfficeView = {
  /** the key of the office, which all its terms share */
  office: Hex;
  holder: Hex;
  agency: Hex;
  role: number;
  post: Hex;
  from: number;
  /** when it ends, or ended; 0: no end is set */
  until: number;
  subtree: boolean;
  /** the newest act on it */
  leaf: Hex;
  /** its place among all terms of the register */
  term: string;
  /** its place in the list that a hand-over of its holder's offices at this agency signs */
  place: number;
  /** the act that began it; `until` as it was set then */
  granted: Done & { until: number };
  /** of a delegated office: the holder who delegated his own */
  principal?: Hex;
  /** it counts for nothing until it is resumed */
  suspended?: true;
  /** what happened to it since, oldest first */
  turns: Done[];
};
/** What is looked through: from, until, role, and whether it covers a subtree. */
export type TermIndex = [from: number, until: number, role: number, subtree: boolean];

type Rows = Map<string, unknown>;
type Read = <T>(key: string) => Promise<T | undefined>;
type Place = { role: number; post: Hex };

/** Offices whose grant an overseer signs too, and a registrar can veto. */
const TAKE_TWO: ReadonlySet<number> = new Set([Role.approver, Role.treasurer, Role.head]);

/** Whether an office counts at a moment (seconds UTC), as it stands now. */
export function inForce({ from, until, suspended }: OfficeView, at: number): boolean {
  return from <= at && (until === 0 || at < until) && suspended === undefined;
}

/** Rows of all terms, or of those of a holder, at an agency, or of one office; each ends in the term. */
export const termLists = {
  all: "term-in/",
  holder: (id: Hex) => `term-of/${id}/`,
  agency: (id: Hex) => `term-at/${id}/`,
  office: (key: Hex) => `term-as/${key}/`,
} as const;

export const termRow = (term: string) => `term/${term}`;

/** Row of an office that the council granted in an emergency, by its term. */
const GLASS = "glass/";

/** Row of the newest term of an office. */
function officeRow({ holder, role, office }: Pick<OfficeView, "holder" | "role" | "office">): string {
  return `office/${holder}/${role}/${office}`;
}

/** Offices that the council granted in an emergency, as long as they run (seconds UTC). */
export async function brokenGlass(rows: Pick<Storage, "get" | "range">, at: number): Promise<OfficeView[]> {
  const found: OfficeView[] = [];
  for await (const { key } of rows.range(GLASS)) {
    const view = await rows.get<OfficeView>(termRow(key.slice(GLASS.length)));
    if (view !== undefined && (view.until === 0 || at < view.until)) found.push(view);
  }
  return found;
}

/** What everybody should know of an office that was granted in an emergency. */
export function glassInWords({ holder, agency, role, until, granted }: OfficeView): Words {
  const [from, to] = [granted.at, until].map((time) => new Date(time * 1000).toISOString());
  const where = agency === NO_ID ? { en: "", id: "" } : { en: ` at ${agency}`, id: ` pada ${agency}` };
  return {
    en: `the council broke the glass on ${from}: ${roleInWords(role, "en")}${where.en} for ${holder} until ${to}`,
    id: `dewan memecah kaca pada ${from}: ${roleInWords(role, "id")}${where.id} bagi ${holder} sampai ${to}`,
  };
}

/** The rows that an act on offices leads to. @returns false for an act on something else */
export async function projectOffices(event: ActEvent, rows: Rows, read: Read, vetoDelay: number): Promise<boolean> {
  const { act, subject } = event;
  const name = actName(act);
  const done = doneIn(event, name);
  const { at, leaf } = done;
  const { holder, agency, role, post, until } = act;
  const running = (view: OfficeView | undefined): view is OfficeView =>
    view !== undefined && (view.until === 0 || view.until > at);
  const newest = (of: Hex, as: number, office: Hex) => read<OfficeView>(officeRow({ holder: of, role: as, office }));

  const keep = (view: OfficeView): void => {
    rows.set(officeRow(view), view);
    rows.set(termRow(view.term), view);
    const index: TermIndex = [view.from, view.until, view.role, view.subtree];
    for (const list of [
      termLists.all,
      termLists.holder(view.holder),
      termLists.agency(view.agency),
      termLists.office(view.office),
    ])
      rows.set(list + view.term, index);
  };
  let begun = 0;
  type New = Pick<OfficeView, "holder" | "agency" | "role" | "post" | "from" | "until" | "subtree" | "principal">;
  const begin = async (given: New): Promise<OfficeView> => {
    const places = placesRow(given.holder, given.agency);
    const known = (await read<Place[]>(places)) ?? [];
    let place = known.findIndex((each) => each.role === given.role && each.post === given.post);
    if (place < 0) place = known.push({ role: given.role, post: given.post }) - 1;
    rows.set(places, known);
    const office = officeKey(given.holder, given.agency, given.role, given.post);
    const term = `${ordered(event.registerSequence)}.${String(begun++).padStart(3, "0")}`;
    const { until: end } = given;
    const view: OfficeView = { ...given, office, leaf, term, place, granted: { ...done, until: end }, turns: [] };
    keep(view);
    // signers name the leaf of the grant, whatever becomes of the office later
    rows.set(`grant/${leaf}`, view);
    // the newest act on the office, also where it is one of several in a hand-over
    rows.set(`last/${office}`, leaf);
    return view;
  };
  const turn = (view: OfficeView, change: Partial<OfficeView>, more: Pick<Done, "ofPrincipal"> = {}): void => {
    const { suspended: _, ...rest } = view;
    keep({ ...rest, ...change, leaf, turns: [...view.turns, { ...done, ...more }] });
  };
  /** What was delegated of an office is over when that ends, and when it is suspended. */
  const endDelegated = async (office: Hex): Promise<void> => {
    for (const key of (await read<string[]>(delegatedRow(office))) ?? []) {
      const view = await read<OfficeView>(key);
      if (running(view) && view.principal !== undefined) turn(view, { until: at }, { ofPrincipal: true });
    }
    rows.set(delegatedRow(office), []);
  };
  const end = async (view: OfficeView): Promise<void> => {
    turn(view, { until: at });
    await endDelegated(view.office);
  };
  const beginning = (as: number) => (TAKE_TWO.has(as) ? at + vetoDelay : at);

  switch (name) {
    case "grant":
      await begin({
        ...{ holder, agency, role, post, until },
        ...{ from: Math.max(act.from, beginning(role)), subtree: act.custody === 1 },
      });
      return true;
    case "appoint":
      await begin({ holder, agency, role, post, until, from: at, subtree: false });
      return true;
    case "breakGlass": {
      const { term } = await begin({ holder, agency, role, post, until, from: at, subtree: false });
      rows.set(GLASS + term, leaf);
      return true;
    }
    case "delegate": {
      const view = await begin({
        ...{ holder, agency, role, post, until, principal: act.maker },
        ...{ from: Math.max(act.from, at), subtree: act.custody === 1 },
      });
      const list = delegatedRow(officeKey(act.maker, agency, role, post));
      const known = (await read<string[]>(list)) ?? [];
      rows.set(list, [...known.filter((key) => key !== officeRow(view)), officeRow(view)]);
      return true;
    }
    case "revoke":
    case "veto":
    case "dismiss": {
      const view = await newest(holder, role, subject);
      if (view !== undefined) await end(view);
      return true;
    }
    case "suspend":
    case "resume": {
      const view = await newest(holder, role, subject);
      if (view === undefined) return true;
      turn(view, name === "suspend" ? { suspended: true } : {});
      if (name === "suspend") await endDelegated(subject);
      return true;
    }
    case "handOver":
      for (const { role: as, post: of } of (await read<Place[]>(placesRow(holder, agency))) ?? []) {
        const view = await newest(holder, as, officeKey(holder, agency, as, of));
        if (!running(view)) continue;
        await end(view);
        rows.set(`last/${view.office}`, leaf);
        if (view.principal !== undefined) continue;
        const from = Math.max(view.from, beginning(as));
        await begin({ holder: act.key, agency, role: as, post: of, from, until: view.until, subtree: view.subtree });
      }
      return true;
    default:
      return false;
  }
}

const placesRow = (holder: Hex, agency: Hex) => `places/${holder}/${agency}`;
const delegatedRow = (office: Hex) => `delegated/${office}`;

const names = new Map<number, ActName>(Object.entries(ActCode).map(([name, code]) => [code, name as ActName]));

function actName({ code }: Act): ActName {
  const name = names.get(code);
  if (name === undefined) throw new Error(`there is no act ${code}`);
  return name;
}

function doneIn({ act, leaf, registerSequence, timeMs, body, signers }: ActEvent, name: ActName): Done {
  const reference = referenceIn(textOf(body));
  return {
    ...{ act: name, leaf, registerSequence, at: Math.floor(timeMs / 1000) },
    by: signers.map(({ holder, role, agency, office }) => ({ holder, role, agency, office })),
    letter: { digest: act.digest, ...(reference === undefined ? {} : { reference }) },
  };
}

/** How a body names the letter: `{"letter": "SK 821/12/2026"}`. */
function referenceIn(text: string): string | undefined {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return undefined;
  }
  const letter = isObject(body) ? body.letter : undefined;
  return typeof letter === "string" && letter.trim() !== "" ? letter.slice(0, 200) : undefined;
}
