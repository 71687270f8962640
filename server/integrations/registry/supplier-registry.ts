import { createHash, createHmac } from "node:crypto";
import { nameFingerprint } from "../../domain/company-name.ts";
import type { Hex } from "../../domain/entries/words.ts";
import type { SourcePlace } from "../../domain/payments/payment-document.ts";
import { ProblemError, type Words } from "../../domain/problems.ts";
import { keyPart, ordered } from "../../domain/projection/ordered.ts";
import type { NibRecord } from "../../domain/registry/nib.ts";
import { tellNumber } from "../../domain/registry/numbers.ts";
import type { Storage } from "../../domain/storage.ts";

// Which numbers and spellings belong to which registered supplier. Rows say what sources wrote, with when and where;
// what follows from them is proposed with its evidence and decided by a person, who can take it back.

/** What a source writes of a supplier that is registered. `on`: the day that it is about. */
export type SupplierSaid = {
  readonly supplier: Hex;
  readonly name?: string;
  readonly npwp?: string;
  readonly nib?: string;
  readonly on?: string;
  readonly source: SourcePlace;
};

/** A name or number as it was written: first and last day that it is about, how often, and one place of it. */
type Written = {
  readonly value: string;
  readonly first: string;
  readonly last: string;
  readonly count: number;
  readonly source: SourcePlace;
};

/** What a person decided. Times in milliseconds UTC. */
type Decision = { readonly by: string; readonly at: number; readonly reason: string };

/**
 * A link that is proposed or decided. `nib`: the supplier has this NIB; `same`: two registered suppliers are one.
 * Refused and undone ones stay, so that nothing is proposed twice.
 */
export type Link = {
  readonly id: string;
  readonly kind: "nib" | "same";
  readonly supplier: Hex;
  /** a NIB, or the id of the other supplier */
  readonly with: string;
  readonly evidence: readonly Evidence[];
  readonly state: "proposed" | "accepted" | "refused" | "undone";
  readonly proposedAt: number;
  /** of an accepted NIB: from which day it counts, for it may have had another before */
  readonly from?: string;
  readonly decided?: Decision;
  readonly undone?: Decision;
};
export type Evidence = { readonly kind: EvidenceKind; readonly weight: number; readonly words: Words };
type EvidenceKind =
  | "nib-written"
  | "npwp-core"
  | "name"
  | "name-differs"
  | "npwp-differs"
  | "person-number"
  | "by-hand";

const EVIDENCE: Readonly<Record<EvidenceKind, { weight: number; words: Words }>> = {
  "nib-written": {
    weight: 60,
    words: { en: "a source writes this NIB for it", id: "sumber menulis NIB ini untuknya" },
  },
  "npwp-core": {
    weight: 70,
    words: { en: "the same NPWP, but for office and branch", id: "NPWP sama, kecuali kantor dan cabang" },
  },
  "person-number": {
    weight: 70,
    words: { en: "the same number of a person", id: "nomor orang yang sama" },
  },
  name: { weight: 30, words: { en: "the same name", id: "nama sama" } },
  "name-differs": { weight: -20, words: { en: "another name", id: "nama berbeda" } },
  "npwp-differs": { weight: -60, words: { en: "another NPWP", id: "NPWP berbeda" } },
  "by-hand": { weight: 0, words: { en: "proposed by a person", id: "diusulkan orang" } },
};
/** Evidence that is worth a person's look. */
const WORTH = 50;
/** So many suppliers on one number or name tell nothing. */
const HOT = 20;

/** A supplier as the registry knows it. Numbers of persons are not among it: `hasPersonNumber` says that there is one. */
export type SupplierTold = {
  readonly supplier: Hex;
  readonly names: readonly Written[];
  readonly npwpCores: readonly Written[];
  readonly branches: readonly Written[];
  readonly nibs: readonly Written[];
  readonly wrongNumbers: number;
  readonly hasPersonNumber: boolean;
  /** NIB that a person accepted, newest first */
  readonly accepted: readonly { readonly nib: string; readonly from?: string }[];
  /** registered suppliers that a person found to be the same */
  readonly same: readonly Hex[];
};

type Claim = "name" | "core" | "branch" | "nib" | "person" | "wrong";
type ClaimRow = Written & { readonly claim: Claim };

type Needs = {
  readonly rows: Storage;
  /** numbers of persons are kept as digests keyed with it */
  readonly secret: Uint8Array;
  readonly now: () => number;
  /** what OSS said of a NIB, and which NIB have this NPWP core, as far as answers are recorded */
  readonly answer: (nib: string) => Promise<NibRecord | undefined>;
};

const UNKNOWN_DAY = "0000-00-00";

export class SupplierRegistry {
  readonly #needs: Needs;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  /**
   * Notes what a source writes of a supplier; the same again is counted. New numbers and names lead to proposals.
   * @returns whether it was new
   */
  said({ supplier, name, npwp, nib, on = UNKNOWN_DAY, source }: SupplierSaid): Promise<boolean> {
    return this.#inTurn(async () => {
      const claims: [Claim, string][] = [];
      const clean = name?.trim().replace(/\s+/g, " ");
      if (clean) claims.push(["name", clean.slice(0, 300)]);
      for (const number of [npwp, nib]) {
        if (number === undefined) continue;
        const told = tellNumber(number);
        if (told.kind === "none") continue;
        if (told.person) claims.push(["person", this.#digest(told.digits)]);
        else if (told.kind === "nib" && number === nib) claims.push(["nib", told.digits]);
        else if (told.core !== undefined) {
          claims.push(["core", told.core]);
          if (told.branch !== undefined) claims.push(["branch", told.branch]);
          // as it was written it helps nobody: the digest tells whether it was the same
        } else claims.push(["wrong", this.#digest(told.digits || number)]);
      }
      let isNew = false;
      const puts: { key: string; value: unknown }[] = [];
      for (const [claim, value] of claims) {
        const key = `reg/sup/${supplier}/${claim}/${keyPart(value)}`;
        const known = await this.#needs.rows.get<ClaimRow>(key);
        if (known === undefined) {
          isNew = true;
          puts.push({ key, value: { claim, value, first: on, last: on, count: 1, source } satisfies ClaimRow });
          const index = indexOf(claim, value);
          if (index !== undefined) puts.push({ key: `reg/by/${index}/${supplier}`, value: supplier });
        } else if (
          known.source.capture !== source.capture ||
          known.source.at !== source.at ||
          on < known.first ||
          on > known.last
        ) {
          const first = known.first === UNKNOWN_DAY || (on !== UNKNOWN_DAY && on < known.first) ? on : known.first;
          const last = on > known.last ? on : known.last;
          puts.push({ key, value: { ...known, first, last, count: known.count + 1 } });
        }
      }
      if (puts.length > 0) await this.#needs.rows.put(puts);
      if (isNew) await this.#propose(supplier);
      return isNew;
    });
  }

  /** An answer of OSS is recorded: it may be of a supplier that is known by its NPWP or name. */
  answered(record: NibRecord): Promise<void> {
    return this.#inTurn(async () => {
      const suppliers = new Set<Hex>();
      const by = [indexOf("nib", record.nib), indexOf("core", record.npwpCore ?? ""), indexOf("name", record.name)];
      for (const index of by) if (index !== undefined) for (const each of await this.#known(index)) suppliers.add(each);
      await this.#needs.rows.put([
        ...(record.npwpCore === undefined
          ? []
          : [{ key: `reg/oss/core/${record.npwpCore}/${record.nib}`, value: record.nib }]),
        { key: `reg/oss/name/${keyPart(nameFingerprint(record.name))}/${record.nib}`, value: record.nib },
      ]);
      for (const supplier of suppliers) await this.#propose(supplier);
    });
  }

  /** What is known of one supplier, of all that are the same together. */
  async tell(supplier: Hex): Promise<SupplierTold> {
    const same = await this.#sameAs(supplier);
    const found = new Map<Claim, Map<string, ClaimRow>>();
    const accepted: { nib: string; from?: string; at: number }[] = [];
    for (const each of [supplier, ...same]) {
      for await (const { value } of this.#needs.rows.range<ClaimRow>(`reg/sup/${each}/`)) {
        const rows = found.get(value.claim) ?? new Map<string, ClaimRow>();
        found.set(value.claim, rows);
        const before = rows.get(value.value);
        rows.set(value.value, before === undefined ? value : united(before, value));
      }
      for (const link of await this.links({ supplier: each, state: "accepted" }))
        if (link.kind === "nib" && link.supplier === each)
          accepted.push({
            nib: link.with,
            at: link.decided!.at,
            ...(link.from === undefined ? {} : { from: link.from }),
          });
    }
    const of = (claim: Claim) =>
      [...(found.get(claim)?.values() ?? [])]
        .map(({ claim: _, ...written }) => written)
        .sort((a, b) => (a.last === b.last ? b.count - a.count : a.last < b.last ? 1 : -1));
    return {
      ...{ supplier, names: of("name"), npwpCores: of("core"), branches: of("branch"), nibs: of("nib") },
      wrongNumbers: found.get("wrong")?.size ?? 0,
      hasPersonNumber: found.has("person"),
      accepted: accepted
        .sort((a, b) => (b.from ?? "").localeCompare(a.from ?? "") || b.at - a.at)
        .map(({ nib, from }) => ({ nib, ...(from === undefined ? {} : { from }) })),
      same,
    };
  }

  /** The NIB that a supplier had on a day, by decisions of people; undefined: nobody decided. */
  async nibOf(supplier: Hex, on: string): Promise<string | undefined> {
    const { accepted } = await this.tell(supplier);
    return (accepted.find(({ from }) => from === undefined || from <= on) ?? accepted.at(-1))?.nib;
  }

  /** Suppliers by NIB, NPWP or name, each once, with those that are the same only by their first. */
  async find({ nib, npwp, name }: { nib?: string; npwp?: string; name?: string }): Promise<Hex[]> {
    const core = npwp === undefined ? undefined : tellNumber(npwp);
    const by = [
      ...(nib === undefined ? [] : [indexOf("nib", nib)]),
      ...(core?.core === undefined ? [] : [indexOf("core", core.core)]),
      ...(core?.person ? [indexOf("person", this.#digest(core.digits))] : []),
      ...(name === undefined ? [] : [indexOf("name", name)]),
    ];
    const found = new Set<Hex>();
    for (const index of by) if (index !== undefined) for (const each of await this.#known(index)) found.add(each);
    return [...found].sort();
  }

  /** Links in the order of their proposal. */
  async links(
    { supplier, state }: { supplier?: Hex; state?: Link["state"] } = {},
    after = "",
    limit = 1_000,
  ): Promise<Link[]> {
    const found: Link[] = [];
    for await (const { value } of this.#needs.rows.range<Link>("reg/link/", { after })) {
      const isOf = supplier === undefined || value.supplier === supplier || value.with === supplier;
      if (isOf && (state === undefined || value.state === state)) found.push(value);
      if (found.length >= limit) break;
    }
    return found;
  }

  /** Proposes a link by hand, with a reason; it still has to be decided. @throws ProblemError invalid-request */
  proposeByHand(kind: Link["kind"], supplier: Hex, other: string, words: Words): Promise<Link> {
    return this.#inTurn(async () => {
      if (supplier === other || (kind === "nib" && tellNumber(other).kind !== "nib"))
        throw new ProblemError("invalid-request", {
          en: "A link joins a supplier with a NIB of 13 digits, or with another supplier.",
          id: "Tautan menghubungkan penyedia dengan NIB 13 angka, atau dengan penyedia lain.",
        });
      return (await this.#put(kind, supplier, other, [{ kind: "by-hand", weight: 0, words }], true))!;
    });
  }

  /**
   * A person decides a proposal. @param from of a NIB: from which day it counts
   * @throws ProblemError not-found, invalid-request where it is decided
   */
  decide(id: string, verdict: "accept" | "refuse", by: string, reason: string, from?: string): Promise<Link> {
    return this.#change(
      id,
      ["proposed"],
      (link, decided) => ({
        ...link,
        state: verdict === "accept" ? "accepted" : "refused",
        decided,
        ...(from === undefined ? {} : { from }),
      }),
      by,
      reason,
    );
  }

  /** Takes an accepted link back, or a refusal: it can be decided anew then. @throws ProblemError as `decide` */
  undo(id: string, by: string, reason: string): Promise<Link> {
    return this.#change(
      id,
      ["accepted", "refused"],
      (link, undone) => ({ ...link, state: "undone", undone }),
      by,
      reason,
    );
  }

  /** Lets an undone or refused proposal wait for a decision again. @throws ProblemError as `decide` */
  reopen(id: string, by: string, reason: string): Promise<Link> {
    return this.#change(
      id,
      ["undone", "refused"],
      (link, undone) => ({ ...link, state: "proposed", undone }),
      by,
      reason,
    );
  }

  #change(
    id: string,
    from: Link["state"][],
    next: (link: Link, decision: Decision) => Link,
    by: string,
    reason: string,
  ): Promise<Link> {
    return this.#inTurn(async () => {
      const { rows, now } = this.#needs;
      const key = await rows.get<string>(`reg/linkid/${id}`);
      const link = key === undefined ? undefined : await rows.get<Link>(key);
      if (key === undefined || link === undefined) throw new ProblemError("not-found");
      if (!from.includes(link.state))
        throw new ProblemError(
          "invalid-request",
          { en: `The link is ${link.state}.`, id: `Tautan berstatus ${STATES[link.state]}.` },
          { state: link.state },
        );
      const at = now();
      const changed = next(link, { by, at, reason });
      // every decision stays beside its link
      const deed = { id, state: changed.state, by, at, reason };
      await rows.put(
        [
          { key, value: changed },
          { key: `reg/deed/${ordered(at)}/${id}`, value: deed },
        ],
        { sync: true },
      );
      return changed;
    });
  }

  /** All decisions on links, in their order. */
  async *deeds(): AsyncGenerator<{ id: string; state: Link["state"]; by: string; at: number; reason: string }> {
    for await (const { value } of this.#needs.rows.range<never>("reg/deed/")) yield value;
  }

  // ---- proposals

  async #propose(supplier: Hex): Promise<void> {
    const own = await this.#claims(supplier);
    for (const nib of await this.#nibsNear(own)) {
      const record = await this.#needs.answer(nib);
      const evidence: Evidence[] = [];
      if (own.nib.has(nib)) evidence.push(by("nib-written"));
      if (record?.npwpCore !== undefined && own.core.size > 0)
        evidence.push(by(own.core.has(record.npwpCore) ? "npwp-core" : "npwp-differs"));
      if (record !== undefined && own.names.size > 0)
        evidence.push(by(own.names.has(nameFingerprint(record.name)) ? "name" : "name-differs"));
      await this.#put("nib", supplier, nib, evidence);
    }
    for (const other of await this.#othersNear(supplier, own)) {
      const its = await this.#claims(other);
      const evidence: Evidence[] = [];
      if (overlap(own.core, its.core)) evidence.push(by("npwp-core"));
      else if (own.core.size > 0 && its.core.size > 0) evidence.push(by("npwp-differs"));
      if (overlap(own.person, its.person)) evidence.push(by("person-number"));
      if (overlap(own.nib, its.nib)) evidence.push(by("nib-written"));
      evidence.push(by(overlap(own.names, its.names) ? "name" : "name-differs"));
      const [first, second] = supplier < other ? [supplier, other] : [other, supplier];
      await this.#put("same", first, second, evidence);
    }
  }

  async #claims(supplier: Hex): Promise<Record<"core" | "nib" | "person" | "names", Set<string>>> {
    const own = {
      core: new Set<string>(),
      nib: new Set<string>(),
      person: new Set<string>(),
      names: new Set<string>(),
    };
    for await (const {
      value: { claim, value },
    } of this.#needs.rows.range<ClaimRow>(`reg/sup/${supplier}/`)) {
      if (claim === "name") own.names.add(nameFingerprint(value));
      else if (claim === "core" || claim === "nib" || claim === "person") own[claim].add(value);
    }
    return own;
  }

  async #nibsNear(own: Record<"core" | "nib" | "names", Set<string>>): Promise<Set<string>> {
    const found = new Set(own.nib);
    const look = async (prefix: string) => {
      const some: string[] = [];
      for await (const { value } of this.#needs.rows.range<string>(prefix, { limit: HOT })) some.push(value);
      if (some.length < HOT) for (const nib of some) found.add(nib);
    };
    for (const core of own.core) await look(`reg/oss/core/${core}/`);
    for (const name of own.names) await look(`reg/oss/name/${keyPart(name)}/`);
    return found;
  }

  async #othersNear(supplier: Hex, own: Record<"core" | "nib" | "person" | "names", Set<string>>): Promise<Set<Hex>> {
    const found = new Set<Hex>();
    const look = async (index: string) => {
      const some = await this.#known(index);
      if (some.length < HOT) for (const other of some) if (other !== supplier) found.add(other);
    };
    for (const core of own.core) await look(`core/${core}`);
    for (const nib of own.nib) await look(`nib/${nib}`);
    for (const person of own.person) await look(`person/${person}`);
    for (const name of own.names) await look(`name/${keyPart(name)}`);
    return found;
  }

  /** Puts a proposal that is worth a look; one that was decided stays as it is. */
  async #put(
    kind: Link["kind"],
    supplier: Hex,
    other: string,
    evidence: readonly Evidence[],
    byHand = false,
  ): Promise<Link | undefined> {
    const weight = evidence.reduce((sum, each) => sum + each.weight, 0);
    const id = createHash("sha256").update(`${kind}/${supplier}/${other}`).digest("hex").slice(0, 24);
    const { rows, now } = this.#needs;
    const known = await rows.get<string>(`reg/linkid/${id}`);
    const before = known === undefined ? undefined : await rows.get<Link>(known);
    if (before !== undefined && (before.state !== "proposed" || byHand)) return before;
    if (weight < WORTH && !byHand && before === undefined) return undefined;
    const proposedAt = before?.proposedAt ?? now();
    const key = known ?? `reg/link/${ordered(proposedAt)}-${id}`;
    const link: Link = { id, kind, supplier, with: other, evidence, state: "proposed", proposedAt };
    await rows.put(
      [
        { key, value: link },
        { key: `reg/linkid/${id}`, value: key },
        { key: `reg/of/${supplier}/${id}`, value: key },
        ...(kind === "same" ? [{ key: `reg/of/${other}/${id}`, value: key }] : []),
      ],
      { sync: byHand },
    );
    return link;
  }

  /** All suppliers that accepted links join with this one. */
  async #sameAs(supplier: Hex): Promise<Hex[]> {
    const found = new Set<Hex>([supplier]);
    for (const each of found)
      for await (const { value: key } of this.#needs.rows.range<string>(`reg/of/${each}/`)) {
        const link = await this.#needs.rows.get<Link>(key);
        if (link?.kind !== "same" || link.state !== "accepted") continue;
        found.add(link.supplier);
        found.add(link.with as Hex);
      }
    found.delete(supplier);
    return [...found].sort();
  }

  async #known(index: string): Promise<Hex[]> {
    const found: Hex[] = [];
    for await (const { value } of this.#needs.rows.range<Hex>(`reg/by/${index}/`, { limit: 1_000 })) found.push(value);
    return found;
  }

  #digest(digits: string): string {
    return createHmac("sha256", this.#needs.secret).update(`person ${digits}`).digest("hex").slice(0, 32);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {});
    return done;
  }
}

const STATES: Readonly<Record<Link["state"], string>> = {
  proposed: "diusulkan",
  accepted: "diterima",
  refused: "ditolak",
  undone: "dibatalkan",
};

const by = (kind: EvidenceKind): Evidence => ({ kind, ...EVIDENCE[kind] });

function indexOf(claim: Claim, value: string): string | undefined {
  if (value === "") return undefined;
  if (claim === "name") {
    const print = nameFingerprint(value);
    return print === "" ? undefined : `name/${keyPart(print)}`;
  }
  return claim === "core" || claim === "nib" || claim === "person" ? `${claim}/${value}` : undefined;
}

function overlap(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  for (const each of a) if (b.has(each)) return true;
  return false;
}

function united(a: ClaimRow, b: ClaimRow): ClaimRow {
  return {
    ...a,
    first: a.first < b.first ? a.first : b.first,
    last: a.last > b.last ? a.last : b.last,
    count: a.count + b.count,
  };
}
