import { keccak256 } from "ethers";
import { sha256 } from "#hash";
import { type Act, ActCode } from "../../server/domain/entries/act.ts";
import {
  type Balances,
  type Entry,
  entryHash,
  idOf,
  packBalances,
  type Terms,
} from "../../server/domain/entries/entry.ts";
import { ContractStatus, Kind, Role, Tier } from "../../server/domain/entries/kinds.ts";
import { fromHex, type Hex, NO_ID, toHex, utf8 } from "../../server/domain/entries/words.ts";
import type { Lot } from "../../server/domain/projection/waves.ts";
import { type ActSignature, actDigest, anAct } from "../../server/ledger/acts.ts";
import { type EntryItem, packEntry, packRow } from "../../server/ledger/codec.ts";
import { sign } from "../../server/ledger/signatures.ts";
import {
  chainLots,
  encodeLot,
  encodeWaveAct,
  lotDigest,
  openingBody,
  packCounts,
  waveIdOf,
} from "../../server/ledger/waves.ts";
import { agency, type Outcome, type Person, parent, supplier, type World } from "./world.ts";

/** Waves on a test world: rows, their tree, lots, acts. The tree here is written apart from the product's own. */

export const WAVE_STEM = "ocds-213czf-lama-dpu";
const DAY = 86_400;
export const PLAN = idOf("plan of a test");

export type Row = { entry: Entry; packed: Uint8Array; hash: Hex; value: bigint; paid: bigint };
export type Tree = { root: Hex; proofs: Hex[][] };

export const balancesOf = (given: Partial<Balances> = {}): Balances => ({
  status: ContractStatus.active,
  firstValue: 100_00n,
  scopeValue: 100_00n,
  certified: 0n,
  advance: 0n,
  recovered: 0n,
  withheld: 0n,
  released: 0n,
  paid: 40_00n,
  accepted: 0n,
  on: 1_600_000_000,
  ...given,
});

const pair = (a: Hex, b: Hex): Hex => keccak256(a < b ? `${a}${b.slice(2)}` : `${b}${a.slice(2)}`) as Hex;

/** OpenZeppelin's tree: leaves hashed twice, pairs sorted, an odd node carried up. */
export function treeOf(hashes: readonly Hex[]): Tree {
  let level = hashes.map((hash, index) => ({ node: keccak256(keccak256(hash)) as Hex, under: [index] }));
  const proofs: Hex[][] = hashes.map(() => []);
  while (level.length > 1) {
    const next: typeof level = [];
    for (let i = 0; i < level.length; i += 2) {
      const [left, right] = [level[i]!, level[i + 1]];
      if (right === undefined) {
        next.push(left);
        continue;
      }
      for (const index of left.under) proofs[index]!.push(right.node);
      for (const index of right.under) proofs[index]!.push(left.node);
      next.push({ node: pair(left.node, right.node), under: [...left.under, ...right.under] });
    }
    level = next;
  }
  return { root: level[0]!.node, proofs };
}

export class Waves {
  readonly world: World;
  readonly #lots = new Map<Hex, { lotKey: Hex; root: Hex }[]>();

  constructor(world: World) {
    this.world = world;
  }

  /** The stem that is reserved for waves, and the first checkpoint. */
  async settle(): Promise<void> {
    const { registrar } = this.world.people;
    await this.world.act([registrar!, Role.registrar], { code: ActCode.addStem, agency, role: 2 }, [], WAVE_STEM);
    await this.world.checkpoint();
  }

  id(name: string, attempt = 1): Hex {
    return waveIdOf("test", name, attempt);
  }

  view<T>(call: string, ...values: unknown[]): Promise<T> {
    return this.world.contract("Waves").getFunction(call)(...values) as Promise<T>;
  }

  async number(wave: Hex): Promise<number> {
    return Number(await this.view<bigint>("numberOf", wave));
  }

  async wave(wave: Hex) {
    const found = await this.view<{ toObject(): Record<string, unknown> }>("waveOf", await this.number(wave));
    return found.toObject() as Record<string, never>;
  }

  /** Signs and sends an act on a wave: the head of the regency, and an overseer where it takes two. */
  async act(given: Partial<Act> & { code: number; post: Hex }, choices: ActChoices = {}) {
    const { act, signatures, body } = await this.signed(given, choices);
    return this.relay(encodeWaveAct(act, signatures, body));
  }

  async signed(given: Partial<Act> & { code: number; post: Hex }, choices: ActChoices = {}) {
    const { head, overseer } = this.world.people;
    const two = given.code >= ActCode.activateWave;
    const { by = head!, at = parent, second = two ? overseer! : undefined, body = new Uint8Array() } = choices;
    const agencyOf = given.agency ?? parent;
    const subject =
      given.code === ActCode.consentToWave ? (keccak256(`${given.post}${agencyOf.slice(2)}`) as Hex) : given.post;
    const previous = given.previous ?? (await this.view<Hex>("lastAct", subject));
    const expires = (await this.world.now()) + DAY;
    const digest = toHex(sha256(body));
    const act = { ...anAct({ maker: by.holder, expires, ...given, agency: agencyOf, previous }, ""), digest };
    const signature = (who: Person, role: number, place: Hex): ActSignature => ({
      holder: who.holder,
      role,
      agency: place,
      signature: sign(actDigest(this.world.separator, act), who.key),
    });
    const signatures = [signature(by, choices.role ?? Role.head, at)];
    if (second !== undefined) signatures.push(signature(second, choices.secondRole ?? Role.overseer, NO_ID));
    return { act, signatures, body };
  }

  async relay(data: Hex) {
    const sent = await this.world.chain.signer.sendTransaction({
      to: this.world.addresses.Waves,
      data,
      gasLimit: 5_000_000,
    });
    return (await sent.wait())!;
  }

  async open(wave: Hex, { after = [], detaches = false, grace = 0 }: OpenChoices = {}): Promise<void> {
    const given = { code: ActCode.openWave, post: wave, key: PLAN, role: detaches ? 1 : 0, until: grace };
    await this.act(given, { body: openingBody(after) });
    await this.act({ code: ActCode.consentToWave, post: wave, key: PLAN, agency });
  }

  /** A row that opens a contract on a process of its own, or the process alone. */
  row(wave: Hex, key: string, given: RowChoices = {}): Row {
    const { kind = Kind.opening, contractId = `K-${key}`, balances = balancesOf(), away = false } = given;
    const body = given.body ?? `{"title":"${key}"}`;
    const opens = kind === Kind.opening && contractId !== "";
    const preimage = opens ? packBalances(balances, "IDR") : new Uint8Array();
    const value = given.value ?? 110_00n;
    const terms: Terms =
      given.terms ??
      (opens
        ? { code: 3, currency: "IDR", value, documentKey: toHex(fromHex(keccak256(preimage))), party: supplier, on: 0 }
        : { on: 1_600_000_000 });
    const entry: Entry = {
      commandId: idOf(`${wave}|${key}|${kind}|${contractId}`),
      maker: this.world.people.head!.holder,
      capacity: Role.head,
      ocid: given.ocid ?? `${WAVE_STEM}-${key}`,
      contractId,
      awardId: given.awardId ?? "",
      agency,
      kind,
      basis: NO_ID,
      seen: NO_ID,
      digest: toHex(sha256(utf8(body))),
      terms,
      refersTo: NO_ID,
      expires: 0,
      ...given.entry,
    };
    const item: EntryItem = {
      entry,
      up: 0,
      stemLength: WAVE_STEM.length,
      signature: new Uint8Array(),
      approvals: [],
      preimage,
      body: away ? new Uint8Array() : utf8(body),
    };
    return {
      entry,
      packed: packEntry(item),
      hash: toHex(entryHash(entry)),
      value: opens ? value : 0n,
      paid: opens ? balances.paid : 0n,
    };
  }

  async lot(wave: Hex, key: string, rows: readonly Row[], given: Partial<Lot> = {}): Promise<Lot> {
    const now = await this.world.now();
    return {
      wave,
      epoch: Number((await this.wave(wave)).epoch),
      agency,
      lotKey: idOf(key),
      tier: Tier.whole,
      root: treeOf(rows.map(({ hash }) => hash)).root,
      rows: rows.length,
      currency: "IDR",
      value: rows.reduce((sum, { value }) => sum + value, 0n),
      paid: rows.reduce((sum, { paid }) => sum + paid, 0n),
      cutOver: now - DAY,
      seen: this.world.seen,
      expires: now + DAY,
      ...given,
    };
  }

  accept(lot: Lot, by: Person = this.world.people.head!, at: Hex = parent, role: number = Role.head) {
    const signature = sign(lotDigest(this.world.separator, lot), by.key);
    return this.acceptWith(lot, { holder: by.holder, role, agency: at, signature });
  }

  async acceptWith(lot: Lot, signature: ActSignature) {
    const receipt = await this.relay(encodeLot(lot, signature));
    const lots = this.#lots.get(lot.wave) ?? [];
    if (receipt.logs.length > 0) this.#lots.set(lot.wave, [...lots, lot]);
    return receipt;
  }

  /** Rows of a lot, each with its proof, packed for the ledger. */
  async items(wave: Hex, lotKey: Hex, rows: readonly Row[], only: readonly number[] = rows.map((_, i) => i)) {
    const number = await this.number(wave);
    const { proofs } = treeOf(rows.map(({ hash }) => hash));
    return only.map((index) => packRow(number, lotKey, proofs[index]!, rows[index]!.packed));
  }

  async load(wave: Hex, lot: Lot, rows: readonly Row[], only?: readonly number[]): Promise<Outcome[]> {
    return this.world.send(await this.items(wave, lot.lotKey, rows, only));
  }

  async close(wave: Hex, given: Partial<Act> = {}): Promise<void> {
    const { rows, epoch } = await this.wave(wave);
    const [until, from] = [Number(rows), Number(epoch)];
    const holder = packCounts({ read: until + 3, rejected: 1, merged: 1, excluded: 1 });
    const key = chainLots(this.#lots.get(wave) ?? []);
    await this.act({ code: ActCode.closeWave, post: wave, from, until, holder, key, ...given }, { body: utf8("{}") });
  }

  async activate(wave: Hex): Promise<void> {
    await this.act({ code: ActCode.activateWave, post: wave });
  }

  async rollBack(wave: Hex): Promise<void> {
    await this.act({ code: ActCode.rollBackWave, post: wave }, { body: utf8('{"reason":"test"}') });
  }

  /** Opened, with one lot of these rows, loaded, closed and in force. */
  async bring(wave: Hex, rows: readonly Row[], given: OpenChoices & Partial<Lot> = {}): Promise<Lot> {
    const { after, detaches, grace, ...fields } = given;
    await this.open(wave, { ...(after && { after }), ...(detaches && { detaches }), ...(grace && { grace }) });
    const lot = await this.lot(wave, "lot 1", rows, fields);
    await this.accept(lot);
    if (lot.tier !== Tier.archive) await this.load(wave, lot, rows);
    await this.close(wave);
    await this.activate(wave);
    return lot;
  }
}

export type ActChoices = {
  by?: Person;
  at?: Hex;
  role?: number;
  second?: Person;
  secondRole?: number;
  body?: Uint8Array;
};
export type OpenChoices = { after?: readonly Hex[]; detaches?: boolean; grace?: number };
export type RowChoices = {
  kind?: number;
  contractId?: string;
  awardId?: string;
  ocid?: string;
  balances?: Balances;
  terms?: Terms;
  value?: bigint;
  body?: string;
  away?: boolean;
  entry?: Partial<Entry>;
};
