import { expect } from "chai";
import { keccak256, sha256 } from "#hash";
import { ActCode } from "../../server/domain/entries/act.ts";
import {
  type Balances,
  cancelHash,
  idOf,
  packBalances,
  readBalances,
  signedDigest,
  type Terms,
} from "../../server/domain/entries/entry.ts";
import { Exception, Kind, Role } from "../../server/domain/entries/kinds.ts";
import { leafPreimage } from "../../server/domain/entries/leaf.ts";
import { fromHex, type Hex, NO_ID, toHex } from "../../server/domain/entries/words.ts";
import { packCancel, packEntry, type Recorded, readRecorded } from "../../server/ledger/codec.ts";
import { interfaceOf } from "../../server/ledger/deploy.ts";
import { sign } from "../../server/ledger/signatures.ts";
import { Code } from "./codes.ts";
import { agency, type EntryChoices, type Person, parent, person, post, STEM, supplier, World } from "./world.ts";

/**
 * What must be true of the ledger whatever is sent to it: random lives with all kinds, good and bad, and after each
 * batch the sums that follow from the log alone beside what the contracts say. `SEED=n` draws other lives.
 */

const SEEDS = process.env.SEED ? [Number(process.env.SEED)] : [1, 2];
const PROCESSES = 6;
const BATCHES = 120;
const DAY = 86_400;
const VALUE = 1_000n;
const [COMPLETED, CLOSED] = [3, 6];
const events = { Ledger: interfaceOf("Ledger"), Authority: interfaceOf("Authority"), Policy: interfaceOf("Policy") };

/** RFC 6962 section 2.1, word for word. */
function rootOf(leaves: Uint8Array[]): Uint8Array {
  if (leaves.length === 0) return sha256(new Uint8Array());
  if (leaves.length === 1) return leaves[0]!;
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return sha256(Uint8Array.from([1, ...rootOf(leaves.slice(0, k)), ...rootOf(leaves.slice(k))]));
}

/** Small numbers that look random and are the same for the same seed (mulberry32). */
function randomly(seed: number) {
  let state = seed;
  const next = (below: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
  const pick = <T>(list: readonly T[]): T => list[next(list.length)]!;
  return { next, pick, mostly: (n: number) => next(n) !== 0 };
}

/** An entry in force: what is true of it now, under the leaf that it had first. */
type Fact = {
  kind: number;
  contractId: string;
  awardId: string;
  terms: Terms;
  last: Recorded;
  of?: Hex;
  balances?: Balances;
};
const sum = (amounts: (bigint | undefined)[]) => amounts.reduce<bigint>((all, each) => all + (each ?? 0n), 0n);

/** One process as its log tells it. */
class Told {
  readonly facts = new Map<Hex, Fact>();
  /** the leaf under which a later entry of the same thing is kept */
  readonly first = new Map<Hex, Hex>();
  readonly entries: Recorded[] = [];
  readonly marks = new Map<string, number>();
  readonly reopened = new Set<string>();
  agreements = 0;

  add(recorded: Recorded, balances?: Balances): void {
    const { leaf, entry, assigned } = recorded;
    const { kind, contractId, awardId, terms, refersTo } = entry;
    this.entries.push(recorded);
    this.marks.set(contractId, (this.marks.get(contractId) ?? 0) | assigned.exceptions);
    const first = this.first.get(refersTo) ?? refersTo;
    if (kind === Kind.correction) {
      this.first.set(leaf, first);
      Object.assign(this.facts.get(first)!, { terms, last: recorded });
    } else if (kind === Kind.withdrawal) {
      const gone = this.facts.get(first)!;
      if (gone.kind === Kind.award && gone.terms.code === 1) this.agreements--;
      this.facts.delete(first);
    } else {
      const of = kind === Kind.return || kind === Kind.guarantee ? { of: first } : {};
      this.facts.set(leaf, { kind, contractId, awardId, terms, last: recorded, ...of, ...(balances && { balances }) });
      this.first.set(leaf, leaf);
      const agrees = kind === Kind.contract || (kind === Kind.opening && contractId !== "");
      if (agrees || (kind === Kind.award && terms.code === 1)) this.agreements++;
      if (kind === Kind.status && terms.code === 6) this.reopened.add(contractId);
    }
  }

  of(kind: number, contractId?: string): [Hex, Fact][] {
    return [...this.facts].filter(
      ([, f]) => f.kind === kind && (contractId === undefined || f.contractId === contractId),
    );
  }

  paidOf(contractId: string): bigint {
    const had = this.of(Kind.opening, contractId)[0]?.[1].balances;
    const counts = ({ on = 0, code }: Terms, isReturn: boolean) =>
      had === undefined || on > had.on || (!isReturn && code === 1);
    const amounts = (kind: number) =>
      this.of(kind, contractId)
        .filter(([, { terms }]) => counts(terms, kind === Kind.return))
        .map(([, { terms }]) => terms.amount);
    return (had?.paid ?? 0n) + sum(amounts(Kind.payment)) - sum(amounts(Kind.return));
  }
}

describe("The ledger, whatever is sent to it", () => {
  for (const seed of SEEDS)
    it(`keeps its chains, sums and ends (seed ${seed})`, async () => {
      const { next, pick, mostly } = randomly(seed);
      const world = await World.build();
      const p = world.people;
      const ledger = world.contract("Ledger");
      const read = async (name: string, ...of: unknown[]) => (await ledger.getFunction(name)(...of)).toObject();
      const auditor = person("auditor");
      const leaving = person("leaving");
      for (const who of [auditor, leaving]) await world.enrol(who);
      await world.grant(auditor, Role.auditor, agency);
      const ends = (await world.now()) + 40 * 3600;
      await world.grant(leaving, Role.officer, agency, { post, until: ends });
      const start = await world.now();

      const told = Array.from({ length: PROCESSES }, () => new Told());
      const ocidOf = (index: number) => `${STEM}-i${index}`;
      const statuses = new Map<string, number>();
      const accepted = new Map<number, number>();
      const refusals = new Set<number>();
      const leaves: Uint8Array[] = [];
      let block = 0;
      let recordedSoFar: Uint8Array[] = [];

      /** What happened since the last time, by the events alone. */
      const follow = async (): Promise<Recorded[]> => {
        const latest = await world.chain.provider.getBlockNumber();
        const found: Recorded[] = [];
        for (const name of ["Ledger", "Authority", "Policy"] as const) {
          const address = world.addresses[name];
          for (const log of await world.chain.provider.getLogs({ address, fromBlock: block, toBlock: latest })) {
            const event = events[name].parseLog(log);
            if (event?.name === "EntryRecorded") {
              const recorded = readRecorded(log.topics, fromHex(log.data as Hex));
              expect(toHex(sha256(leafPreimage(recorded.entry, recorded.assigned)))).to.equal(recorded.leaf);
              found.push(recorded);
              leaves[recorded.assigned.registerSequence - 1] = fromHex(recorded.leaf);
            } else if (event?.args.leaf !== undefined && event.name !== "GlassBroken") {
              leaves[Number(event.args.registerSequence) - 1] = fromHex(event.args.leaf);
            }
          }
        }
        block = latest + 1;
        return found;
      };
      await follow();

      const naming = ({ leaf, entry, assigned }: Recorded): Partial<EntryChoices> => ({
        ...{ refersTo: leaf, preimage: leafPreimage(entry, assigned) },
        ...{ contractId: entry.contractId, awardId: entry.awardId },
      });

      /** Something that somebody might send about a process: mostly possible, sometimes not. */
      const draw = async (index: number): Promise<EntryChoices> => {
        const [ocid, process] = [ocidOf(index), told[index]!];
        const place = await read("processOf", idOf(ocid));
        const award = await read("awardOf", idOf(ocid), idOf("A-1"));
        const contractId = pick(["K-1", "K-1", "K-2"]);
        const c = await read("contractOf", idOf(ocid), idOf(contractId));
        const now = await world.now();
        const on = start - pick([0, 60, DAY]);
        const money = (amount: number | bigint): Terms => ({
          currency: mostly(40) ? "IDR" : "USD",
          amount: BigInt(amount),
        });
        const officer: Person = pick([p.officer!, p.officer!, leaving]);
        const approvals = mostly(8) ? [{ by: p.approver!, exceptions: mostly(4) ? 0 : 31 }] : [];
        const base = { by: officer, ocid, contractId };
        const any = (kind: number) => pick(process.of(kind, mostly(10) ? contractId : undefined))?.[1].last;
        const treasurer = { by: p.treasurer!, capacity: Role.treasurer };
        const document = (name: number, amount: number, total: bigint): Terms => ({
          ...money(amount),
          ...{ documentTotal: total, issuer: parent, documentKey: idOf(`${index} ${name}`), on },
        });
        const value = pick([VALUE, VALUE + 50n, VALUE + 100n, VALUE + 101n, VALUE - 300n]);
        const contractTerms: Terms = { code: 2, currency: "IDR", value: VALUE, officer: post, party: supplier, on };
        const until = now + pick([3600, DAY, 90 * DAY]);
        const kinds: Record<number, () => EntryChoices | undefined> = {
          [Kind.opening]: () => {
            const balances: Balances = {
              ...{
                status: pick([1, 2, 2, 3, 6]),
                firstValue: VALUE,
                scopeValue: VALUE,
                accepted: VALUE,
                certified: 100n,
              },
              ...{ advance: 0n, recovered: 0n, withheld: 0n, released: 0n, paid: 50n * VALUE, on: start - 30 },
            };
            const documentKey = toHex(keccak256(packBalances(balances, "IDR")));
            const terms = {
              currency: "IDR",
              value: VALUE,
              documentKey,
              on: start - 400 * DAY,
              officer: post,
              party: supplier,
            };
            return {
              ...base,
              by: p.officer!,
              kind: Kind.opening,
              terms,
              approvals,
              preimage: packBalances(balances, "IDR"),
            };
          },
          ...Object.fromEntries(
            ([Kind.planning, Kind.tender] as const).map((kind) => [
              kind,
              () => ({
                ...{ by: p.pokja!, kind, ocid, contractId: "", terms: { code: pick([1, 1, 2, 4]) } },
                basis: kind === Kind.planning ? place.planningHead : place.tenderHead,
              }),
            ]),
          ),
          [Kind.award]: () => {
            const code = pick([1, 1, 2, 4]);
            const terms: Terms = code === 4 ? { code } : { code, currency: "IDR", value: 3n * VALUE, party: supplier };
            return { by: p.pokja!, kind: Kind.award, ocid, contractId: "", awardId: "A-1", basis: award.head, terms };
          },
          [Kind.contract]: () => ({
            ...{ ...base, by: p.officer!, kind: Kind.contract, awardId: award.status === 2n ? "A-1" : "" },
            ...{ terms: contractTerms, approvals: mostly(3) ? [] : [{ by: p.director!, capacity: Role.supplier }] },
          }),
          [Kind.countersignature]: () => ({
            ...{
              ...base,
              by: p.director!,
              kind: Kind.countersignature,
              terms: { on },
              basis: c.terms,
              refersTo: c.terms,
            },
          }),
          [Kind.amendment]: () => ({
            ...{ ...base, kind: Kind.amendment, basis: c.terms, approvals },
            terms: { code: 2 + 32, on, currency: "IDR", value, scopeValue: value },
          }),
          [Kind.correction]: () => {
            const was = pick([...process.facts.values()])?.last;
            if (was === undefined) return undefined;
            const terms = { ...was.entry.terms };
            if (terms.amount !== undefined) terms.amount = BigInt(pick([0, 10, 30, 60, 100]));
            if (terms.documentKey !== undefined && !mostly(4)) terms.documentKey = idOf(`${index} ${next(4)}`);
            const isPayment = was.entry.capacity === Role.treasurer;
            const { planningHead, tenderHead } = place;
            const bases: Record<string, Hex> = { 2: planningHead, 3: tenderHead, 4: award.head };
            const kind = process.facts.get(process.first.get(was.leaf)!)!.kind;
            return {
              ...{ ocid, kind: Kind.correction, capacity: was.entry.capacity, terms, approvals, ...naming(was) },
              ...{ by: isPayment ? p.treasurer! : was.entry.capacity === Role.procurement ? p.pokja! : p.officer! },
              basis: bases[kind] ?? (was.entry.contractId === contractId ? c.terms : NO_ID),
            };
          },
          [Kind.implementation]: () => {
            const code = pick([1, 1, 2, 4, 4, 8, 9]);
            const accepts =
              code === 4 || code === 8 ? money(pick([c.accepted, c.value, c.accepted + 100n, c.value + 1n])) : {};
            return { ...base, kind: Kind.implementation, terms: { code, on, ...accepts }, approvals };
          },
          [Kind.guarantee]: () => {
            const posting = any(Kind.guarantee);
            const action = posting === undefined ? 1 : pick([1, 2, 3, 4, 4, 5]);
            const type =
              posting === undefined || action === 1 ? pick([2, 6]) : Math.floor(posting.entry.terms.code! / 10);
            const { terms = {}, leaf = NO_ID } =
              posting === undefined ? {} : { terms: posting.entry.terms, leaf: process.first.get(posting.leaf)! };
            const end = action === 1 ? until : terms.until! + (action === 2 ? DAY : 0);
            const amount = BigInt(
              action === 3 || action === 4 ? pick([5, 10, 40]) : action === 1 ? 50 : pick([50, 45, 40, 5]),
            );
            const number = idOf(`${index} g${next(6)}`);
            return {
              ...{ ...base, kind: Kind.guarantee, refersTo: action === 1 ? NO_ID : leaf },
              terms: { code: type * 10 + action, currency: "IDR", amount, documentKey: number, on, until: end },
            };
          },
          [Kind.certificate]: () => {
            const yearEnd = process.of(Kind.guarantee, contractId).find(([, { terms }]) => terms.code === 61)?.[0];
            return {
              ...{
                ...base,
                kind: Kind.certificate,
                basis: c.execution,
                approvals,
                refersTo: mostly(3) ? NO_ID : (yearEnd ?? NO_ID),
              },
              terms: { ...money(pick([100, 300, 500])), documentKey: idOf(`${index} b${next(8)}`), on },
            };
          },
          [Kind.payment]: () => ({
            ...base,
            ...treasurer,
            kind: Kind.payment,
            terms: document(next(4), pick([30, 60, 100, 400]), 400n),
          }),
          [Kind.return]: () => {
            const was = any(Kind.payment);
            if (was === undefined) return undefined;
            const code = pick([1, 2, 3, 4, 4]);
            const { terms } = was.entry;
            const { code: _, ...same } = terms;
            const own =
              code === 4
                ? { ...same, amount: BigInt(pick([10, 30, 60])), on }
                : document(next(3) + 10, pick([10, 30, 60]), 90n);
            return { ...base, ...treasurer, kind: Kind.return, ...naming(was), terms: { ...own, code } };
          },
          [Kind.hold]: () => {
            const [by, capacity, up] = pick([
              [officer, Role.officer, 0],
              [p.treasurer!, Role.treasurer, 1],
              [p.overseer!, Role.overseer, 0],
              [p.head!, Role.head, 1],
            ] as const);
            const held = pick([1, 2, 2]) === 1 ? { code: 1, until: now + pick([3600, 20 * 3600]) } : { code: 2 };
            return { ...base, by, capacity, up, kind: Kind.hold, terms: { on, ...held } };
          },
          [Kind.status]: () => {
            const usual = [[1], [1, 7, 8], [2, 3, 4, 2], [5, 6, 5], [5, 6], [5], [6, 5]][Number(c.status)] ?? [1, 6];
            return {
              ...base,
              kind: Kind.status,
              basis: c.terms,
              approvals,
              terms: { code: mostly(6) ? pick(usual) : pick([1, 2, 5, 6, 7]), on },
            };
          },
          [Kind.note]: () => {
            const was = any(Kind.payment);
            return {
              ...base,
              by: auditor,
              capacity: Role.auditor,
              kind: Kind.note,
              terms: {},
              ...(was && mostly(2) ? naming(was) : {}),
            };
          },
          [Kind.withdrawal]: () => {
            const was = pick(
              [...process.facts.values()].filter(({ kind }) => (mostly(6) ? [2, 3, 4, 9, 16].includes(kind) : true)),
            )?.last;
            if (was === undefined) return undefined;
            const kind = process.facts.get(process.first.get(was.leaf)!)!.kind;
            const bases: Record<string, Hex> = {
              2: place.planningHead,
              3: place.tenderHead,
              4: award.head,
              9: c.execution,
            };
            const by =
              { [Role.procurement]: p.pokja!, [Role.auditor]: auditor, [Role.treasurer]: p.treasurer! }[
                was.entry.capacity
              ] ?? officer;
            return {
              by,
              ocid,
              kind: Kind.withdrawal,
              capacity: was.entry.capacity,
              basis: bases[kind] ?? NO_ID,
              approvals,
              terms: {},
              ...naming(was),
            };
          },
        };
        if (place.count === 0n) return kinds[index % 3 === 2 ? Kind.opening : pick([Kind.planning, Kind.contract])]!()!;
        const kind = c.status === 0n && mostly(3) ? pick([2, 3, 4, 5, 5, index % 3 === 2 ? 1 : 5]) : 1 + next(17);
        return kinds[kind]!() ?? { ...base, by: auditor, capacity: Role.auditor, kind: Kind.note, terms: {} };
      };

      const check = async (found: Recorded[]): Promise<void> => {
        const [size, root] = await ledger.getFunction("log")();
        expect(leaves.filter(Boolean).length, "no gap in the register").to.equal(Number(size));
        expect(root, "the log's root").to.equal(toHex(rootOf(leaves)));
        for (const index of new Set(found.map(({ entry }) => Number(entry.ocid.split("-i")[1])))) {
          const [ocid, process] = [ocidOf(index), told[index]!];
          process.entries.forEach(({ assigned }, at) => {
            expect(assigned.processSequence).to.equal(at + 1);
            expect(assigned.previousProcess).to.equal(process.entries[at - 1]?.leaf ?? NO_ID);
          });
          expect(await read("processOf", idOf(ocid))).to.include({
            ...{ head: process.entries.at(-1)!.leaf, count: BigInt(process.entries.length) },
            agreements: BigInt(process.agreements),
          });
          for (const contractId of ["K-1", "K-2"]) await checkContract(index, contractId, found);
          await checkDocuments(process);
        }
        const all = told
          .flatMap(({ entries }) => entries)
          .sort((a, b) => a.assigned.agencySequence - b.assigned.agencySequence);
        all.forEach(({ assigned, entry }, at) => {
          expect(assigned.agencySequence, "no gap in the agency").to.equal(at + 1);
          expect(assigned.previousAgency).to.equal(all[at - 1]?.leaf ?? NO_ID);
          if (entry.maker === leaving.holder)
            expect(assigned.timeMs, "no office after its end").to.be.below(ends * 1000);
        });
      };
      const checkContract = async (index: number, contractId: string, found: Recorded[]): Promise<void> => {
        const [ocid, process] = [ocidOf(index), told[index]!];
        const c = await read("contractOf", idOf(ocid), idOf(contractId));
        if (c.status === 0n) return expect(process.of(Kind.contract, contractId)).to.deep.equal([]) && undefined;
        const marks = process.marks.get(contractId) ?? 0;
        expect(c.paid, "paid = payments − returns").to.equal(process.paidOf(contractId));
        const last = found.filter(({ entry }) => entry.ocid === ocid && entry.contractId === contractId).at(-1);
        if (last !== undefined) expect(last.excess, "excess").to.equal(c.paid > c.value ? c.paid - c.value : 0n);
        const imported = process.of(Kind.opening, contractId).length > 0;
        if (!imported && (marks & Exception.scopeAboveCap) === 0)
          expect(c.scopeValue * 10n <= c.firstValue * 11n, "cap").to.equal(true);
        if ((marks & (Exception.certifiedAboveValue | Exception.valueBelowCertified)) === 0)
          expect(c.certified + c.advance - c.recovered <= c.value, "certified within value").to.equal(true);
        const before = statuses.get(`${index} ${contractId}`) ?? 0;
        const now = Number(c.status);
        if (before >= CLOSED && now !== before) {
          expect([before, process.reopened.has(contractId)], "closed stays closed").to.deep.equal([CLOSED, true]);
        }
        process.reopened.delete(contractId);
        statuses.set(`${index} ${contractId}`, now);
      };
      const checkDocuments = async (process: Told): Promise<void> => {
        const payments = process.of(Kind.payment);
        const returns = process.of(Kind.return);
        const used = new Map<string, bigint>();
        for (const [leaf, { terms }] of payments) {
          const back = returns.filter(([, { of }]) => of === leaf).map(([, f]) => f.terms);
          expect(sum(back.map(({ amount }) => amount)) <= terms.amount!, "returned within the payment").to.equal(true);
          const voided = sum(back.filter(({ code }) => code === 4).map(({ amount }) => amount));
          used.set(terms.documentKey!, (used.get(terms.documentKey!) ?? 0n) + terms.amount! - voided);
        }
        for (const [documentKey, shares] of used) {
          const document = await read("documentOf", parent, documentKey);
          expect(document.used, "shares of a document").to.equal(shares);
          expect(shares <= document.total, "shares within their document").to.equal(true);
        }
      };

      for (let batch = 0; batch < BATCHES; batch++) {
        const items: Uint8Array[] = [];
        const balances = new Map<string, Balances>();
        for (let index = 0; index < PROCESSES; index++) {
          if (!mostly(6)) continue;
          const choices = await draw(index);
          if (choices.kind === Kind.opening) balances.set(choices.ocid!, readBalances(choices.preimage!));
          items.push(packEntry((await world.item(choices)).item));
        }
        if (!mostly(4) && recordedSoFar.length > 0) items.push(pick(recordedSoFar));
        if (!mostly(8)) {
          const cancel = { target: idOf(`${batch}`), holder: p.pokja!.holder, expires: (await world.now()) + DAY };
          items.push(
            packCancel({ cancel, signature: sign(signedDigest(world.separator, cancelHash(cancel)), p.pokja!.key) }),
          );
        }
        if (!mostly(20))
          await world.act(
            [p.registrar!, Role.registrar],
            { code: ActCode.registerAgency, agency: idOf(`x${batch}`), holder: parent },
            [],
            "{}",
          );
        const outcomes = await world.send(items);
        for (const { refused } of outcomes) if (refused !== undefined) refusals.add(refused.code);
        const found = await follow();
        expect(found.length, "what the log tells is what was answered").to.equal(
          outcomes.filter(({ recorded }) => recorded).length,
        );
        for (const recorded of found) {
          told[Number(recorded.entry.ocid.split("-i")[1])]!.add(recorded, balances.get(recorded.entry.ocid));
          accepted.set(recorded.entry.kind, (accepted.get(recorded.entry.kind) ?? 0) + 1);
        }
        recordedSoFar = [...recordedSoFar, ...items.slice(0, found.length)].slice(-20);
        await check(found);
        await world.pass(next(3600));
      }
      if (process.env.SHOW)
        console.log(
          [...accepted].sort((a, b) => a[0] - b[0]),
          [...refusals].sort(),
        );
      for (let kind = 1; kind <= 17; kind++)
        expect(accepted.get(kind) ?? 0, `entries of kind ${kind}`).to.be.greaterThan(0);
      expect([...refusals]).to.include.members([
        Code.DuplicateCommand,
        Code.OfficeEnded,
        Code.StaleBasis,
        Code.DocumentExceeded,
      ]);
      expect([...statuses.values()].some((status) => status >= COMPLETED)).to.equal(true);
    }).timeout(120_000);
});
