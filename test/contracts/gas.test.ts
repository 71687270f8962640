import { readFileSync, writeFileSync } from "node:fs";
import { expect } from "chai";
import { SoftPasskey } from "../../scripts/soft-passkey.ts";
import { ActCode } from "../../server/domain/entries/act.ts";
import { bundleHash, entryHash, hashWords, idOf, signedDigest } from "../../server/domain/entries/entry.ts";
import { Kind, Role, Tier } from "../../server/domain/entries/kinds.ts";
import { leafPreimage } from "../../server/domain/entries/leaf.ts";
import { bundleOver, type PostedBundle, readPosted } from "../../server/domain/entries/signature.ts";
import { toHex } from "../../server/domain/entries/words.ts";
import type { Lot } from "../../server/domain/projection/waves.ts";
import { type EntryItem, packEntry, type Recorded } from "../../server/ledger/codec.ts";
import { sign } from "../../server/ledger/signatures.ts";
import { gasOf } from "../../server/ledger/writer.ts";
import { PLAN, type Row, Waves } from "./waves-world.ts";
import { agency, type EntryChoices, parent, post, STEM, supplier, World } from "./world.ts";

/**
 * Gas of an entry of each kind, held against docs/reference/contracts.md: who makes the ledger dearer or cheaper by more
 * than the tolerance says so there. `UPDATE_GAS=1 npm test -- test/contracts/gas.test.ts` writes the page's table anew.
 */

const BATCH = 20;
/** signatures and ids differ from run to run, and a zero byte of calldata costs less */
const TOLERANCE = 0.01;
const PAGE = new URL("../../docs/reference/contracts.md", import.meta.url);
const DAY = 86_400;
const body = JSON.stringify({ description: "x".repeat(2_048 - 18) });

/** Where the page tells of gas: from that heading to the next one. */
function sectionOf(page: string): { at: number; end: number } {
  const at = page.indexOf("\n## Gas");
  const next = page.indexOf("\n## ", at + 1);
  return { at, end: next < 0 ? page.length : next };
}

function tableOf(page: string): Map<string, number> {
  const { at, end } = sectionOf(page);
  const rows = page.slice(at, end).matchAll(/^\| (.+?) \| ([\d,]+) \|/gm);
  return new Map([...rows].map(([, name, gas]) => [name!, Number(gas!.replaceAll(",", ""))]));
}

describe("gas", () => {
  const measured = new Map<string, { gas: number; bytes: number }>();
  let dearest = { gas: 0, bytes: 0, recorded: false };

  before(async function () {
    this.timeout(120_000);
    const world = await World.build();
    const p = world.people;
    const now = await world.now();
    const money = { currency: "IDR", value: 100_000_000_00n };
    const on = now - DAY;
    expect(Buffer.byteLength(body)).to.equal(2_048);

    /** A batch of one kind, each entry in its own process. */
    const batch = async (
      name: string,
      choices: (i: number) => EntryChoices,
      signed: (hashes: Uint8Array[]) => Promise<Uint8Array[]> = async () => [],
    ): Promise<Recorded[]> => {
      const made: EntryItem[] = [];
      for (let i = 0; i < BATCH; i++) made.push((await world.item({ ocid: `${STEM}-${i}`, body, ...choices(i) })).item);
      const signatures = await signed(made.map(({ entry }) => entryHash(entry)));
      const items = made.map((item, i) => packEntry({ ...item, signature: signatures[i] ?? item.signature }));
      const { outcomes, gas } = await world.sendMeasured(items);
      const refused = outcomes.find((outcome) => outcome.refused !== undefined)?.refused;
      if (refused !== undefined) throw new Error(`${name}: refused with ${refused.code} (${refused.a}, ${refused.b})`);
      const bytes = items.reduce((sum, item) => sum + item.length, 0);
      measured.set(name, { gas: Math.round(Number(gas) / BATCH), bytes: Math.round(bytes / BATCH) });
      return outcomes.map((outcome) => outcome.recorded!);
    };
    const { officer, pokja, approver, treasurer, director } = p;
    const approvals = [{ by: approver! }];
    const contract = { code: 2, ...money, officer: post, party: supplier, on };

    await batch("planning, a new process", () => ({ by: pokja!, kind: Kind.planning, terms: { code: 1, ...money } }));
    await batch("tender", () => ({ by: pokja!, kind: Kind.tender, terms: { code: 1, ...money } }));
    const award = { code: 1, ...money, party: supplier, on };
    await batch("award", () => ({ by: pokja!, kind: Kind.award, awardId: "A-1", terms: award }));
    const contracts = await batch("contract on an award", () => ({
      by: officer!,
      kind: Kind.contract,
      awardId: "A-1",
      terms: { ...contract, code: 3 },
    }));
    await batch("contract that opens a process", (i) => ({
      by: officer!,
      kind: Kind.contract,
      ocid: `${STEM}-direct-${i}`,
      terms: contract,
    }));
    await batch("the same with a second signature", (i) => ({
      by: officer!,
      kind: Kind.contract,
      ocid: `${STEM}-large-${i}`,
      terms: { ...contract, value: 300_000_000_00n },
      approvals,
    }));
    await batch("implementation: SPMK", () => ({ by: officer!, kind: Kind.implementation, terms: { code: 1, on } }));
    const progress = await batch("implementation: progress", () => ({
      by: officer!,
      kind: Kind.implementation,
      terms: { code: 4, on, currency: "IDR", amount: 60_000_000_00n },
    }));
    await batch("certificate", (i) => ({
      by: officer!,
      kind: Kind.certificate,
      basis: progress[i]!.leaf,
      terms: { currency: "IDR", amount: 50_000_000_00n, documentKey: idOf("BAP-1"), on },
    }));
    const paid = (amount: bigint, i: number) => ({
      currency: "IDR",
      amount,
      documentTotal: 50_000_000_00n,
      issuer: parent,
      documentKey: idOf(`SP2D-${i}`),
      on,
    });
    const payments = await batch("payment", (i) => ({
      by: treasurer!,
      kind: Kind.payment,
      terms: paid(50_000_000_00n, i),
    }));
    const amendment = { code: 2, on, currency: "IDR", value: 110_000_000_00n, scopeValue: 110_000_000_00n };
    const amendments = await batch("amendment", (i) => ({
      by: officer!,
      kind: Kind.amendment,
      basis: contracts[i]!.leaf,
      terms: amendment,
    }));
    const corrections = await batch("correction of a payment, two signatures", (i) => ({
      by: treasurer!,
      kind: Kind.correction,
      capacity: Role.treasurer,
      basis: amendments[i]!.leaf,
      refersTo: payments[i]!.leaf,
      preimage: leafPreimage(payments[i]!.entry, payments[i]!.assigned),
      terms: paid(40_000_000_00n, i),
      approvals,
    }));
    await batch("status", (i) => ({
      by: officer!,
      kind: Kind.status,
      basis: corrections[i]!.leaf,
      terms: { code: 2, on },
    }));
    const naming = ({ leaf, entry, assigned }: Recorded) => ({
      refersTo: leaf,
      preimage: leafPreimage(entry, assigned),
      ocid: entry.ocid,
      contractId: entry.contractId,
    });
    const direct = await batch("contract for the acts below", (i) => ({
      by: officer!,
      kind: Kind.contract,
      ocid: `${STEM}-acts-${i}`,
      terms: contract,
    }));
    measured.delete("contract for the acts below");
    const acts = (i: number) => ({ ocid: `${STEM}-acts-${i}` });
    await batch("countersignature", (i) => ({
      by: director!,
      kind: Kind.countersignature,
      ...acts(i),
      ...{ basis: direct[i]!.leaf, refersTo: direct[i]!.leaf, terms: { on } },
    }));
    const guarantee = { code: 21, currency: "IDR", amount: 5_000_000_00n, documentKey: idOf("JAM-1"), on, until: now };
    const postings = await batch("guarantee: posted", (i) => ({
      by: officer!,
      kind: Kind.guarantee,
      ...acts(i),
      terms: guarantee,
    }));
    await batch("guarantee: called", (i) => ({
      by: officer!,
      kind: Kind.guarantee,
      ...acts(i),
      ...{ refersTo: postings[i]!.leaf, terms: { ...guarantee, code: 24 } },
    }));
    await batch("hold", (i) => ({ by: officer!, kind: Kind.hold, ...acts(i), terms: { code: 1, on } }));
    const notes = await batch("note", (i) => ({ by: pokja!, kind: Kind.note, capacity: Role.procurement, ...acts(i) }));
    const key = new SoftPasskey("pokja");
    await world.decide("Authority", "setOrigin", [key.origin, key.rpId, true]);
    await world.addPasskey(pokja!, key);
    const digestOf = (hash: Uint8Array) => signedDigest(world.separator, hash);
    const note = (i: number) => ({ by: pokja!, kind: Kind.note, capacity: Role.procurement, ...acts(i) });
    /** One of a bundle of as many as a batch has. */
    const bundled = (signs: (digest: Uint8Array) => PostedBundle["signature"]) => async (hashes: Uint8Array[]) => {
      const { root, count, proofs } = await bundleOver(hashes);
      const of = { root, count, capacity: Role.procurement, expires: now + 20 * DAY };
      const signature = signs(digestOf(bundleHash(of)));
      return proofs.map((proof, index) => readPosted({ type: "bundle", ...of, index, proof, signature }, 0));
    };
    await batch("note signed by a passkey", note, async (hashes) =>
      hashes.map((hash) => readPosted(key.sign(digestOf(hash)), 0)),
    );
    await batch(
      "note in a bundle of 20, signed by a passkey",
      note,
      bundled((digest) => key.sign(digest)),
    );
    await batch(
      "note in a bundle of 20",
      note,
      bundled((digest) => toHex(sign(digest, pokja!.key))),
    );
    await batch("withdrawal of a note, two signatures", (i) => ({
      by: pokja!,
      kind: Kind.withdrawal,
      capacity: Role.procurement,
      approvals,
      ...naming(notes[i]!),
    }));
    const more = await batch("payment for a return", (i) => ({
      by: treasurer!,
      kind: Kind.payment,
      ...acts(i),
      terms: { ...paid(50_000_000_00n, i), documentKey: idOf(`SP2D-acts-${i}`) },
    }));
    measured.delete("payment for a return");
    await batch("return", (i) => ({
      by: treasurer!,
      kind: Kind.return,
      ...naming(more[i]!),
      terms: { code: 1, ...paid(10_000_000_00n, i), documentKey: idOf(`R-${i}`) },
    }));
    const words: bigint[] = Array(18).fill(0n);
    [words[1], words[3], words[4], words[16]] = [2n, money.value, money.value, BigInt(on)];
    words[2] = BigInt(idOf("IDR"));
    const preimage = Buffer.concat(words.map((word) => Buffer.from(word.toString(16).padStart(64, "0"), "hex")));
    await batch("opening, two signatures", (i) => ({
      by: officer!,
      kind: Kind.opening,
      ocid: `${STEM}-old-${i}`,
      contractId: "K-1",
      preimage,
      approvals,
      terms: { ...contract, documentKey: toHex(hashWords(...words)), on: on - 400 * DAY },
    }));
    const receipt = await (await world.contract("Ledger").getFunction("checkpoint")()).wait();
    measured.set("checkpoint(), the first of a day", { gas: Number(receipt.gasUsed), bytes: 0 });
    await measureWaves(world);
    // the dearest there is: an opening with all the signatures it may have, long texts that are not ASCII, nothing else
    await world.checkpoint();
    await world.grant(p.officer2!, Role.approver, agency);
    const long = "é".repeat(100);
    const dear = await world.item({
      by: officer!,
      kind: Kind.opening,
      ocid: `${STEM}-${"é".repeat(91)}`,
      contractId: long,
      preimage,
      approvals: [
        { by: approver! },
        { by: p.officer2! },
        { by: p.kabApprover!, up: 1 },
        { by: director!, capacity: Role.supplier },
      ],
      terms: { ...contract, documentKey: toHex(hashWords(...words)), on: on - 400 * DAY },
    });
    const packed = packEntry(dear.item);
    const { outcomes, gas } = await world.sendMeasured([packed]);
    dearest = { gas: Number(gas), bytes: packed.length, recorded: outcomes[0]?.recorded !== undefined };
    if (process.env.UPDATE_GAS === "1") write();
  });

  /** A wave of three lots, of 20 rows each: what its acts and lots cost, and a row of each tier. */
  async function measureWaves(world: World): Promise<void> {
    const waves = new Waves(world);
    await waves.settle();
    const wave = waves.id("gas");
    const once = async (name: string, sent: Promise<{ gasUsed: bigint }>): Promise<void> => {
      measured.set(name, { gas: Number((await sent).gasUsed), bytes: 0 });
    };
    await once("wave: opened", waves.act({ code: ActCode.openWave, post: wave, key: PLAN }));
    await waves.act({ code: ActCode.consentToWave, post: wave, key: PLAN, agency });
    const lots: { lot: Lot; rows: Row[] }[] = [];
    for (const tier of [Tier.whole, Tier.terms, Tier.archive]) {
      const away = tier === Tier.terms;
      const rows = Array.from({ length: BATCH }, (_, i) => waves.row(wave, `${tier}-${i}`, { body, away }));
      const lot = await waves.lot(wave, `lot ${tier}`, rows, { tier });
      const accepted = waves.accept(lot);
      if (tier === Tier.terms) await once("wave: a lot accepted", accepted);
      await accepted;
      lots.push({ lot, rows });
    }
    const load = async (name: string, { lot, rows }: { lot: Lot; rows: Row[] }): Promise<void> => {
      const items = await waves.items(wave, lot.lotKey, rows);
      const { outcomes, gas } = await world.sendMeasured(items);
      expect(outcomes.filter(({ recorded }) => recorded !== undefined)).to.have.length(BATCH);
      const bytes = items.reduce((sum, item) => sum + item.length, 0);
      measured.set(name, { gas: Math.round(Number(gas) / BATCH), bytes: Math.round(bytes / BATCH) });
    };
    await load("row of tier A: contract that opens a process", lots[0]!);
    await load("row of tier B: the same, its body kept off the chain", lots[1]!);
    await waves.close(wave);
    await once("wave: put in force", waves.act({ code: ActCode.activateWave, post: wave }));
    await load("row of tier C: promoted, with its body", lots[2]!);
    await once("wave: rolled back, whatever its size", waves.act({ code: ActCode.rollBackWave, post: wave }));
  }

  function write(): void {
    const page = readFileSync(PAGE, "utf8");
    const { at, end } = sectionOf(page);
    const rows = [...measured].map(
      ([name, { gas, bytes }]) => `| ${name} | ${gas.toLocaleString("en")} | ${bytes.toLocaleString("en")} |`,
    );
    const text = `
## Gas

Of one entry, in batches of ${BATCH} with bodies of 2,048 bytes (London rules, the share of the transaction included). \`test/contracts/gas.test.ts\` measures it and holds it against this table within ${TOLERANCE * 100} %.

| entry | gas | bytes of the item |
|---|---|---|
${rows.join("\n")}
`;
    writeFileSync(PAGE, `${page.slice(0, at)}${text}${page.slice(end)}`);
  }

  it("of each kind is what the reference says", () => {
    const told = tableOf(readFileSync(PAGE, "utf8"));
    expect([...told.keys()]).to.deep.equal([...measured.keys()]);
    for (const [name, { gas }] of measured)
      expect(gas, name).to.be.within(told.get(name)! * (1 - TOLERANCE), told.get(name)! * (1 + TOLERANCE));
  });

  it("of rolling back a wave does not grow with it", async () => {
    const world = await World.build();
    const waves = new Waves(world);
    await waves.settle();
    const spent: number[] = [];
    for (const count of [1, 150]) {
      const wave = waves.id("size", count);
      const rows = Array.from({ length: count }, (_, i) => waves.row(wave, `${count}-${i}`));
      await waves.bring(wave, rows);
      spent.push(Number((await waves.act({ code: ActCode.rollBackWave, post: wave })).gasUsed));
    }
    // the log's own path: one node more or less for each bit of its size
    expect(Math.abs(spent[1]! - spent[0]!)).to.be.below(12 * 3_000);
    expect(spent[1]!).to.be.below(300_000);
  });

  it("of the dearest item, with four approvals and long texts, is at most a half of what it is sent with", () => {
    expect(dearest.recorded).to.equal(true);
    expect(dearest.gas).to.be.above(Math.max(...[...measured.values()].map(({ gas }) => gas)));
    expect(dearest.gas).to.be.below(gasOf(dearest.bytes, 0) / 2);
  });
});
