import { expect } from "chai";
import fc from "fast-check";
import { recordAt, recordOf } from "../../server/actions/publish.ts";
import { tellHistory } from "../../server/actions/tell-history.ts";
import { type Balances, idOf, type Terms } from "../../server/domain/entries/entry.ts";
import { Exception, Kind } from "../../server/domain/entries/kinds.ts";
import { type Hex, NO_ID, utf8 } from "../../server/domain/entries/words.ts";
import { ProblemError } from "../../server/domain/problems.ts";
import { momentsOf } from "../../server/domain/projection/in-force.ts";
import type { RecordedEntry } from "../../server/domain/projection/process-view.ts";
import { type EntryRow, projectBlock } from "../../server/domain/projection/project-block.ts";

/** What a register said at a moment, and what was in force at one, over the rows that a projection really makes. */

const OCID = "ocds-213czf-a-1";
const [AGENCY, SUPPLIER, OFFICE] = ["ID-A", "ID-S", "office"].map(idOf) as [Hex, Hex, Hex];
const DAY = 86_400;
/** Recording begins here; business days lie before it. */
const RECORDED = 1_790_000_000;
const day = (n: number) => RECORDED - (400 - n) * DAY;

type Given = {
  kind: number;
  terms: Terms;
  names?: number;
  body?: object;
  balances?: Balances;
  awardId?: string;
  marks?: number;
  excess?: bigint;
};

/** Entries of one process, recorded one a minute. `names`: the place of the entry that one refers to. */
function recorded(given: readonly Given[]): RecordedEntry[] {
  return given.map(({ kind, terms, names, body, balances, awardId, marks = 0, excess = 0n }, index) => {
    const follows = kind === Kind.correction || kind === Kind.withdrawal;
    const subject = names === undefined || !follows ? kind : given[names]!.kind;
    const stage = subject === Kind.planning || subject === Kind.tender || subject === Kind.award;
    return {
      leaf: idOf(`leaf ${index}`),
      hash: idOf(`hash ${index}`),
      kind,
      ocid: OCID,
      contractId: stage ? "" : "K",
      awardId: awardId ?? (subject === Kind.award ? "W" : ""),
      agency: AGENCY,
      terms,
      refersTo: names === undefined ? NO_ID : idOf(`leaf ${names}`),
      assigned: {
        ...{ registerSequence: index + 1, processSequence: index + 1, agencySequence: index + 1 },
        ...{ timeMs: (RECORDED + index * 60) * 1000, previousProcess: NO_ID, previousAgency: NO_ID, wave: 0 },
        ...{ signers: NO_ID, exceptions: marks },
      },
      excess,
      signers: [{ holder: idOf("maker"), capacity: 2, custody: 2, office: OFFICE, exceptions: 0, seen: NO_ID }],
      commandId: idOf(`command ${index}`),
      maker: idOf("maker"),
      capacity: 2,
      digest: NO_ID,
      body: body === undefined ? new Uint8Array() : utf8(JSON.stringify(body)),
      ...(balances && { balances }),
    };
  });
}

/** A register that has projected these entries, each in a block of its own. */
async function registerOf(entries: readonly RecordedEntry[]) {
  const rows = new Map<string, unknown>();
  const get = async <T>(key: string) => rows.get(key) as T | undefined;
  for (const [id, name] of [
    [AGENCY, "Dinas"],
    [SUPPLIER, "PT Batu"],
  ] as const)
    rows.set(`agency/${id}`, { id, kind: "agency", details: { id: name, name }, stems: [], leaf: NO_ID });
  for (const [index, entry] of entries.entries()) {
    const block = { number: index + 1, hash: "0x", time: RECORDED + index * 60 };
    const projected = await projectBlock(block, [{ type: "entry", leaf: entry.leaf, entry }], { get, vetoDelay: 0 });
    expect(projected.poison).to.deep.equal([]);
    // through JSON, as it is kept
    for (const [key, value] of projected.rows) rows.set(key, JSON.parse(JSON.stringify(value)));
  }
  async function* range<T>(prefix: string) {
    for (const key of [...rows.keys()].filter((each) => each.startsWith(prefix)).sort())
      yield { key, value: rows.get(key) as T };
  }
  const needs = {
    get,
    range,
    now: (RECORDED + 1_000_000) * 1000,
    entriesOf: async () => {
      const found: EntryRow[] = [];
      for await (const { value } of range<EntryRow>("entry/")) found.push(value);
      return found;
    },
  };
  return {
    plain: () => recordOf(OCID, undefined, needs),
    at: (moments: { asOf?: number; asKnown?: number }) => recordAt(OCID, moments, undefined, needs),
    history: (asKnown?: number) => tellHistory(OCID, asKnown, needs),
    now: needs.now,
  };
}

// biome-ignore lint/suspicious/noExplicitAny: read as any reader would
type Compiled = any;
const compiledOf = (record: unknown): Compiled => (record as Compiled).compiledRelease;
const idr = { currency: "IDR" };
const money = (value: bigint): Terms => ({ currency: "IDR", value });
const contract = (value: bigint, on: number, more: Terms = {}): Given => ({
  kind: Kind.contract,
  terms: { code: 2, ...money(value), officer: idOf("post"), party: SUPPLIER, on, ...more },
});
const amendment = (value: bigint, on: number, more: Terms = {}): Given => ({
  kind: Kind.amendment,
  terms: { code: 2, ...money(value), scopeValue: value, on, ...more },
});
const payment = (amount: bigint, on: number): Given => ({
  kind: Kind.payment,
  terms: { currency: "IDR", amount, documentTotal: amount, issuer: AGENCY, documentKey: NO_ID, on },
});
const correction = (names: number, terms: Terms): Given => ({ kind: Kind.correction, names, terms });
const at = (n: number) => day(n) * 1000;
async function codeOf(asked: Promise<unknown>): Promise<string> {
  return asked.then(
    () => "answered",
    (error) => (error instanceof ProblemError ? error.code : String(error)),
  );
}

describe("what was in force at a business moment", () => {
  const valueAt = async (given: Given[], moment: number) => {
    const compiled = compiledOf(await (await registerOf(recorded(given))).at({ asOf: moment }));
    return compiled.contracts?.[0].value.amount;
  };

  it("knows an amendment from its day on, whenever it was recorded", async () => {
    const life = [contract(100_00n, day(10)), amendment(120_00n, day(20))];
    expect([await valueAt(life, at(20) - 1), await valueAt(life, at(20))]).to.deep.equal([100, 120]);
  });
  it("takes out of a total the part of an amendment that was recorded before, and was of a later day", async () => {
    const life = [contract(100_00n, day(10)), amendment(120_00n, day(30)), amendment(130_00n, day(20))];
    expect(await valueAt(life, at(25))).to.equal(110);
    expect(await valueAt([...life, correction(2, amendment(135_00n, day(20)).terms)], at(25))).to.equal(115);
    expect(await valueAt([...life, correction(1, amendment(125_00n, day(30)).terms)], at(25))).to.equal(110);
    expect(await valueAt(life, at(30))).to.equal(130);
  });
  it("is corrected by what was recorded since, and an entry whose day was corrected counts from the right day", async () => {
    const life = [contract(100_00n, day(10)), payment(40_00n, day(20)), correction(1, payment(30_00n, day(25)).terms)];
    const register = await registerOf(recorded(life));
    const paid = async (moment: number) =>
      compiledOf(await register.at({ asOf: moment })).contracts[0].implementation?.transactions?.map(
        ({ value }: Compiled) => value.amount,
      );
    expect([await paid(at(20)), await paid(at(25))]).to.deep.equal([undefined, [30]]);
  });
  it("has an undated award from the day of the contract on it, and nothing of a contract before it began", async () => {
    const award: Given = { kind: Kind.award, terms: { code: 1, ...money(100_00n), party: SUPPLIER } };
    const other: Given = { ...award, awardId: "V" };
    const life = [award, other, { ...contract(100_00n, day(10)), awardId: "W" }, payment(5_00n, day(1))];
    const moments = momentsOf(recorded(life));
    expect(moments).to.deep.equal([at(10), (RECORDED + 60) * 1000, at(10), at(10)]);
    expect(await codeOf((await registerOf(recorded(life))).at({ asOf: at(9) }))).to.equal("nothing-then");
  });
  it("begins an opening with the day of its balances, and keeps them", async () => {
    const nothing = { certified: 0n, advance: 0n, recovered: 0n, withheld: 0n, released: 0n, accepted: 0n };
    const balances = { status: 2, firstValue: 90_00n, scopeValue: 90_00n, paid: 7_00n, on: day(10), ...nothing };
    const terms = { code: 2, ...money(100_00n), documentKey: NO_ID, on: day(2) };
    const life = [{ kind: Kind.opening, terms, balances }, amendment(110_00n, day(20)), payment(1_00n, day(15))];
    expect(await codeOf((await registerOf(recorded(life))).at({ asOf: at(5) }))).to.equal("nothing-then");
    const compiled = compiledOf(await (await registerOf(recorded(life))).at({ asOf: at(15) }));
    expect(compiled.contracts[0]).to.deep.include({ status: "active", value: { amount: 100, currency: "IDR" } });
    expect(compiled.contracts[0].implementation.transactions).to.have.length(1);
  });
  it("counts anew what is paid above the value, where a payment or an amendment does not count yet", async () => {
    const over = { ...payment(90_00n, day(15)), marks: Exception.paidAboveValue, excess: 30_00n };
    const life = [contract(100_00n, day(10)), payment(40_00n, day(30)), over, payment(20_00n, day(16))];
    const register = await registerOf(recorded([...life.slice(0, 3), { ...life[3]!, excess: 50_00n }]));
    const excess = async (moment: number) =>
      compiledOf(await register.at({ asOf: moment })).contracts[0].excess?.amount;
    expect([await excess(at(15)), await excess(at(16)), await excess(at(30))]).to.deep.equal([undefined, 10, 50]);
  });
  it("lets a stage that was taken back begin anew on an earlier day", async () => {
    const planning = (on: number): Given => ({ kind: Kind.planning, terms: { code: 1, on } });
    const life = [planning(day(30)), { kind: Kind.withdrawal, terms: {}, names: 0 }, planning(day(20))];
    expect(momentsOf(recorded(life))).to.deep.equal([at(30), at(30), at(20)]);
  });
  it("leaves published releases as they are, and refuses moments before the first entry and to come", async () => {
    const life = [contract(100_00n, day(10)), amendment(120_00n, day(30)), amendment(130_00n, day(20))];
    const register = await registerOf(recorded(life));
    const [all, then] = [await register.plain(), await register.at({ asOf: at(25) })] as [Compiled, Compiled];
    expect(then.releases).to.deep.equal([all.releases[0], all.releases[2]]);
    for (const name of ["asOf", "asKnown"]) {
      expect(await codeOf(register.at({ [name]: register.now + 1 }))).to.equal("moment-in-future");
      expect(await codeOf(register.at({ [name]: 0 }))).to.equal("nothing-then");
    }
    expect(await codeOf(register.history(0))).to.equal("nothing-then");
  });

  // ---- lives drawn at random, with an account of them kept beside

  type Draw = { what: number; on: number; amount: number; which: number };
  const draws = fc.array(fc.record({ what: fc.nat(9), on: fc.nat(60), amount: fc.nat(50), which: fc.nat(20) }), {
    minLength: 1,
    maxLength: 14,
  });
  /** What is true of a contract: its first value and day, and each amendment's and payment's part and day. */
  type Truth = { place: number; kind: number; part: bigint; on: number; last: number; terms: Terms };
  function lifeOf(drawn: readonly Draw[]): { given: Given[]; truths: Truth[] } {
    const given = [contract(1_000n, day(10))];
    const truths: Truth[] = [
      { place: 0, kind: Kind.contract, part: 1_000n, on: day(10), last: 0, terms: given[0]!.terms },
    ];
    const present = () => truths.filter(({ kind }) => kind !== Kind.payment).reduce((sum, { part }) => sum + part, 0n);
    for (const { what, on, amount, which } of drawn) {
      const more = BigInt(amount);
      const place = given.length;
      if (what < 4) {
        const entry = amendment(present() + more, day(on));
        truths.push({ place, kind: Kind.amendment, part: more, on: day(on), last: place, terms: entry.terms });
        given.push(entry);
      } else if (what < 7) {
        const entry = payment(more, day(on));
        truths.push({ place, kind: Kind.payment, part: more, on: day(on), last: place, terms: entry.terms });
        given.push(entry);
      } else {
        const truth = truths[which % truths.length]!;
        const name = truth.kind === Kind.payment ? "amount" : "value";
        const scope = truth.kind === Kind.amendment ? { scopeValue: truth.terms.scopeValue! + more } : {};
        const terms: Terms = { ...truth.terms, ...scope, [name]: truth.terms[name]! + more, on: day(on) };
        given.push({ ...correction(truth.last, terms), kind: Kind.correction });
        Object.assign(truth, { part: truth.part + more, on: day(on), last: place, terms });
      }
    }
    return { given, truths };
  }
  /** Corrections of corrections read as what they correct in the end. */
  const entriesOf = (given: Given[]) => recorded(given.map((one) => one));

  it("is, for any life, the sum of what counts by its right day; at the end the plain record", async () => {
    await fc.assert(
      fc.asyncProperty(draws, fc.nat(70), async (drawn, moment) => {
        const { given, truths } = lifeOf(drawn);
        const register = await registerOf(entriesOf(given));
        expect(await register.at({ asOf: register.now })).to.deep.equal(await register.plain());
        const began = truths[0]!.on;
        if (began > day(moment)) return;
        const counting = truths.filter(({ on }) => on <= day(moment));
        const value = counting.filter(({ kind }) => kind !== Kind.payment).reduce((sum, { part }) => sum + part, 0n);
        const paid = counting.filter(({ kind }) => kind === Kind.payment).map(({ part }) => Number(part) / 100);
        const [only] = compiledOf(await register.at({ asOf: at(moment) })).contracts;
        expect(only.value.amount).to.equal(Number(value) / 100);
        const told = (only.implementation?.transactions ?? []).map((each: Compiled) => each.value.amount);
        expect(told).to.deep.equal(paid);
      }),
      { numRuns: 150 },
    );
  });
  it("does not change with entries that come later and concern later days", async () => {
    await fc.assert(
      fc.asyncProperty(draws, draws, fc.integer({ min: 10, max: 60 }), async (drawn, later, moment) => {
        const { given } = lifeOf(drawn);
        // what comes concerns days after the moment, and corrects nothing that counts before it
        const more = later.map((draw) => ({ ...draw, what: draw.what % 7, on: moment + 1 + (draw.on % 20) }));
        const whole = lifeOf([...drawn, ...more]).given;
        expect(whole.slice(0, given.length)).to.deep.equal(given);
        const [before, after] = [await registerOf(entriesOf(given)), await registerOf(entriesOf(whole))];
        const asked = async (register: typeof before) =>
          register.at({ asOf: at(moment) }).catch((error: ProblemError) => error.code);
        expect(await asked(after)).to.deep.equal(await asked(before));
      }),
      { numRuns: 100 },
    );
  });
  it("as known at a moment is the record of a register that stopped then, alone and together with a business day", async () => {
    await fc.assert(
      fc.asyncProperty(draws, fc.nat(13), fc.nat(60), async (drawn, stop, moment) => {
        const entries = entriesOf(lifeOf(drawn).given);
        const count = Math.min(stop + 1, entries.length);
        const [whole, stopped] = [await registerOf(entries), await registerOf(entries.slice(0, count))];
        // until the millisecond before the next
        const asKnown = (RECORDED + count * 60) * 1000 - 1;
        expect(await whole.at({ asKnown })).to.deep.equal(await stopped.plain());
        expect(await whole.history(asKnown)).to.deep.equal(await stopped.history());
        const asked = async (record: Promise<unknown>) => record.catch((error: ProblemError) => error.code);
        expect(await asked(whole.at({ asKnown, asOf: at(moment) }))).to.deep.equal(
          await asked(stopped.at({ asOf: at(moment) })),
        );
      }),
      { numRuns: 100 },
    );
  });
});

describe("a history", () => {
  const life = [
    contract(100_00n, day(10), { until: day(100) }),
    payment(40_00n, day(20)),
    correction(1, payment(30_00n, day(20)).terms),
    correction(2, payment(35_00n, day(22)).terms),
    { ...payment(90_00n, day(30)), marks: Exception.paidAboveValue, excess: 25_00n },
    { ...amendment(110_00n, day(40), { until: day(130), officer: idOf("other") }), excess: 15_00n },
  ];
  const told = async () => (await (await registerOf(recorded(life))).history())!;

  it("says of each entry its day, how much later it was recorded, and the office it was signed in", async () => {
    const { lines } = await told();
    expect(lines[0]).to.deep.include({
      on: new Date(at(10)).toISOString().replace(".000", ""),
      delay: { seconds: 390 * DAY, words: { en: "390 days", id: "390 hari" } },
    });
    const [signer] = lines[0]!.signers;
    expect(signer).to.deep.include({ role: 2, officeLeaf: OFFICE, custody: 2 });
  });
  it("names each field that changed by a pointer of ids, with its value before", async () => {
    const { lines } = await told();
    const pointer = `/contracts/K/implementation/transactions/${OCID}-2/value/amount`;
    const values = lines.map(({ changes }) => changes.find(({ path }) => path === pointer));
    expect(values).to.deep.equal([
      undefined,
      { path: pointer, after: 40 },
      { path: pointer, before: 40, after: 30 },
      { path: pointer, before: 30, after: 35 },
      undefined,
      undefined,
    ]);
  });
  it("has both truths of what was corrected, through corrections of corrections, each since its entry", async () => {
    const { corrections, lines } = await told();
    expect(corrections).to.have.length(1);
    const [{ truths, differences }] = corrections as [(typeof corrections)[0]];
    expect(truths.map(({ sequence }) => sequence)).to.deep.equal([2, 3, 4]);
    expect(truths.every(({ signers }) => signers.length === 1)).to.equal(true);
    const amount = differences.find(({ term }) => term === "amount")!;
    expect([amount.recorded.id, amount.right.id, amount.since.sequence]).to.deep.equal(["Rp 40", "Rp 35", 4]);
    const total = differences.map(({ term, since }) => [term, since.sequence]);
    expect(total).to.deep.include(["on", 4]);
    expect(lines.map(({ correctedBy }) => correctedBy?.sequence)).to.deep.equal([
      ...[undefined, 3, 4, undefined, undefined, undefined],
    ]);
    expect(lines[3]!.words.en).to.include("(of no. 3): amount Rp 30 → Rp 35");
  });
  it("shows semula and menjadi of an amendment, difference and part of the whole", async () => {
    const { amendments } = await told();
    expect(amendments).to.have.length(1);
    const terms = Object.fromEntries(
      amendments[0]!.terms.map(({ term, told: { before, after, difference }, percent }) => [
        term,
        [before.id, after.id, difference?.id, percent],
      ]),
    );
    expect(terms.value).to.deep.equal(["Rp 100", "Rp 110", "+Rp 10 (+10,00 %)", "10.00"]);
    expect(terms.until![2]).to.equal("+30 hari");
    expect(terms.officer![0]).to.equal(`${idOf("post").slice(0, 10)}…`);
    expect(amendments[0]!.reasons).to.deep.equal(["scope"]);
  });
  it("tells what every kind is called, what its code means, and which entry it speaks of", async () => {
    const spoken = (kind: number, code: number, names?: number): Given => ({
      ...{ kind, terms: { code, ...idr, amount: 5_00n, on: day(30) } },
      ...(names === undefined ? {} : { names }),
    });
    const lines = (await (
      await registerOf(
        recorded([
          ...[
            contract(100_00n, day(10)),
            spoken(Kind.guarantee, 21),
            spoken(Kind.guarantee, 24, 1),
            payment(40_00n, day(20)),
          ],
          ...[spoken(Kind.return, 4, 3), spoken(Kind.hold, 1), { kind: Kind.note, terms: {}, names: 3 }],
          ...[
            { kind: Kind.withdrawal, terms: {}, names: 6 },
            { kind: Kind.countersignature, terms: {}, names: 0 },
          ],
        ]),
      )
    ).history())!.lines;
    const words = lines.map(({ words: { id } }) => id.split(/, jumlah|\. Ditanda/)[0]);
    expect(words.slice(1, 3)).to.deep.equal([
      "jaminan K: jenis jaminan pelaksanaan diserahkan",
      "jaminan K (untuk no. 2): jenis jaminan pelaksanaan dicairkan",
    ]);
    expect(words.slice(4)).to.deep.equal([
      ...["pengembalian K (untuk no. 4): jenis batal", "penangguhan pembayaran K: jenis ditangguhkan"],
      ...["catatan K (tentang no. 4)", "pembatalan entri K (atas no. 7)", "tanda tangan penyedia K (untuk no. 1)"],
    ]);
    expect(lines[6]!.withdrawnBy?.sequence).to.equal(8);
  });
  it("keeps in sight what is paid above the value, since which entry, and who should act", async () => {
    const { standing } = await told();
    expect(standing).to.have.length(1);
    expect(standing[0]!.excess).to.deep.include({ amount: "1500", currency: "IDR" });
    expect(standing[0]!.excess!.since.sequence).to.equal(5);
    expect(standing[0]!.excess!.words.id).to.equal("dibayar melebihi nilai: Rp 15");
    expect(standing[0]!.marks.map(({ mark, times }) => [mark, times])).to.deep.equal([["paidAboveValue", 1]]);
    const compiled = compiledOf(await (await registerOf(recorded(life))).plain());
    expect(compiled.contracts[0]).to.deep.include({
      excess: { amount: 15, currency: "IDR" },
      exceptions: ["paidAboveValue"],
    });
    expect(compiled.contracts[0].implementation.transactions[1].exceptions).to.deep.equal(["paidAboveValue"]);
  });
});
