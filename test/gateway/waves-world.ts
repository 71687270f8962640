import { keccak256 } from "ethers";
import { sha256 } from "#hash";
import { type Act, ActCode, bodyTextOf, subjectOfAct } from "../../server/domain/entries/act.ts";
import { type Entry, entryHash, idOf, packBalances, type Terms } from "../../server/domain/entries/entry.ts";
import { Kind, Role, Tier } from "../../server/domain/entries/kinds.ts";
import { fromHex, type Hex, NO_ID, toHex, utf8 } from "../../server/domain/entries/words.ts";
import { canonicalJson } from "../../server/domain/json.ts";
import type { Lot } from "../../server/domain/projection/waves.ts";
import { actDigest, anAct } from "../../server/ledger/acts.ts";
import { packBatch, packEntry, packRow } from "../../server/ledger/codec.ts";
import { interfaceOf } from "../../server/ledger/deploy.ts";
import { sign } from "../../server/ledger/signatures.ts";
import { chainLots, encodeLot, lotDigest, openingBody, packCounts, waveIdOf } from "../../server/ledger/waves.ts";
import { secretOf } from "../../server/sandbox/people.ts";
import { balancesOf, type Row, treeOf } from "../contracts/waves-world.ts";
import { now, type Running } from "./world.ts";

/** Waves of the sandbox's regency: acts go through the gateway, lots and rows past it, as a migration sends them. */

export const LAMA = "ocds-213czf-lama-dpupr";
export const PU = idOf("ID-PRS-DPUPR");
const REGENCY = idOf("ID-PRS-TIRTARAYA");
const HEAD = "H-PRS-SEKDA";
const OVERSEER = "H-PRS-INSPEKTUR";
const PLAN = idOf("plan of a gateway test");
const DAY = 86_400;
const BEFORE = 1_700_000_000;

type RowGiven = {
  kind?: number;
  ocid?: string;
  contractId?: string;
  awardId?: string;
  terms?: Terms;
  body?: Record<string, unknown>;
  /** its body does not travel */
  away?: boolean;
  paid?: bigint;
};

export class WavesHere {
  readonly running: Running;
  readonly plan: string;
  readonly #lots = new Map<Hex, Lot[]>();

  constructor(running: Running, plan = "gateway test") {
    this.running = running;
    this.plan = plan;
  }

  id(name: string, attempt = 1): Hex {
    return waveIdOf(this.plan, name, attempt);
  }

  /** What an act posts; `signers`: the head, and an overseer where it takes two. */
  async posted(
    given: Partial<Act> & { code: number; post: Hex },
    body: Uint8Array = new Uint8Array(),
    signers?: [string, number, Hex][],
  ) {
    const { projection, separator } = this.running.services;
    const agency = given.agency ?? REGENCY;
    const drawn = anAct({ maker: idOf(HEAD), expires: now() + DAY, ...given, agency }, "");
    const previous = given.previous ?? (await projection.get<Hex>(`last/${subjectOfAct(drawn)}`)) ?? NO_ID;
    const act = { ...drawn, previous, digest: toHex(sha256(body)) };
    const two = act.code >= ActCode.activateWave;
    const people: [string, number, Hex][] = signers ?? [
      [HEAD, Role.head, REGENCY],
      ...(two ? [[OVERSEER, Role.overseer, NO_ID] as [string, number, Hex]] : []),
    ];
    const signatures = people.map(([who, role, at]) => ({
      ...{ holder: idOf(who), role, agency: at },
      signature: toHex(sign(actDigest(separator, act), secretOf(who))),
    }));
    return { act, signatures, body: bodyTextOf(act, body) };
  }

  async act(...values: Parameters<WavesHere["posted"]>) {
    const payload = await this.posted(...values);
    const answer = await this.running.app.inject({ method: "POST", url: "/api/v1/acts", payload });
    return { status: answer.statusCode, body: answer.json() };
  }

  async #done(...values: Parameters<WavesHere["posted"]>): Promise<void> {
    const { status, body } = await this.act(...values);
    if (status !== 201) throw new Error(JSON.stringify(body));
  }

  async open(wave: Hex, { after = [] as Hex[], detaches = false, grace = 0 } = {}): Promise<void> {
    const given = { code: ActCode.openWave, post: wave, key: PLAN, role: detaches ? 1 : 0, until: grace };
    await this.#done(given, openingBody(after));
    await this.#done({ code: ActCode.consentToWave, post: wave, key: PLAN, agency: PU });
  }

  async number(wave: Hex): Promise<number> {
    const { waves } = (await this.running.app.inject({ url: "/api/v1/migration/waves?limit=200" })).json();
    return (waves as { number: number; id: Hex }[]).find(({ id }) => id === wave)!.number;
  }

  row(wave: Hex, key: string, given: RowGiven = {}): Row & { body: string } {
    const { kind = Kind.opening, contractId = `K-${key}`, awardId = "", away = false, paid = 40_00n } = given;
    const ocid = given.ocid ?? `${LAMA}-${key}`;
    const said = given.body ?? { contracts: [{ id: contractId, title: `Lama ${key}` }] };
    const body = canonicalJson(said);
    const opens = kind === Kind.opening && contractId !== "";
    const balances = balancesOf({ on: BEFORE, paid });
    const preimage = opens ? packBalances(balances, "IDR") : new Uint8Array();
    const terms: Terms = given.terms ?? {
      ...{ code: 3, currency: "IDR", value: 110_00n, documentKey: toHex(fromHex(keccak256(preimage))) },
      ...{ party: idOf("ID-PRS-S-0001"), on: 0 },
    };
    const entry: Entry = {
      commandId: idOf(`${wave}|${ocid}|${kind}|${contractId}|${awardId}`),
      ...{ maker: idOf(HEAD), capacity: Role.head, ocid, contractId, awardId, agency: PU, kind },
      ...{ basis: NO_ID, seen: NO_ID, digest: toHex(sha256(utf8(body))), terms, refersTo: NO_ID, expires: 0 },
    };
    const packed = packEntry({
      ...{ entry, up: 0, stemLength: LAMA.length, signature: new Uint8Array(), approvals: [], preimage },
      body: away ? new Uint8Array() : utf8(body),
    });
    const value = opens ? (terms.value ?? 0n) : 0n;
    return { entry, packed, hash: toHex(entryHash(entry)), value, paid: opens ? paid : 0n, body };
  }

  /** Has a lot of these rows accepted. */
  async lot(wave: Hex, key: string, rows: readonly Row[], given: Partial<Lot> = {}): Promise<Lot> {
    const { services } = this.running;
    const lot: Lot = {
      ...{ wave, epoch: 1, agency: PU, lotKey: idOf(key), tier: Tier.whole, rows: rows.length, currency: "IDR" },
      root: treeOf(rows.map(({ hash }) => hash)).root,
      value: rows.reduce((sum, { value }) => sum + value, 0n),
      paid: rows.reduce((sum, { paid }) => sum + paid, 0n),
      ...{ cutOver: BEFORE + DAY, seen: services.register().seen, expires: now() + DAY },
      ...given,
    };
    const signature = sign(lotDigest(services.separator, lot), secretOf(HEAD));
    const by = { holder: idOf(HEAD), role: Role.head, agency: REGENCY, signature };
    await this.#relay("Waves", encodeLot(lot, by));
    this.#lots.set(wave, [...(this.#lots.get(wave) ?? []), lot]);
    return lot;
  }

  async #relay(to: "Waves" | "Ledger", data: Hex): Promise<void> {
    const { services } = this.running;
    const [told] = await services.relay([{ to: services.deployment.addresses[to], data }]);
    if (!told!.ok) throw new Error(`${to} refused`);
    await services.projected();
  }

  async load(wave: Hex, lot: Lot, rows: readonly Row[], only = rows.map((_, index) => index)): Promise<void> {
    const number = await this.number(wave);
    const { proofs } = treeOf(rows.map(({ hash }) => hash));
    const items = only.map((index) => packRow(number, lot.lotKey, proofs[index]!, rows[index]!.packed));
    const data = interfaceOf("Ledger").encodeFunctionData("submit", [packBatch(items)]) as Hex;
    await this.#relay("Ledger", data);
  }

  async close(wave: Hex, certificate = "{}"): Promise<void> {
    const lots = this.#lots.get(wave) ?? [];
    const until = lots.reduce((sum, { rows }) => sum + rows, 0);
    const holder = packCounts({ read: until + 6, rejected: 1, merged: 2, excluded: 3 });
    const given = { code: ActCode.closeWave, post: wave, from: 1, until, holder, key: chainLots(lots) };
    await this.#done(given, utf8(certificate));
  }

  async activate(wave: Hex): Promise<void> {
    await this.#done({ code: ActCode.activateWave, post: wave });
  }

  async rollBack(wave: Hex): Promise<void> {
    await this.#done({ code: ActCode.rollBackWave, post: wave }, utf8('{"reason":"uji coba"}'));
  }

  /** Opened, loaded and closed; in force unless `waits`. */
  async bring(
    wave: Hex,
    rows: readonly Row[],
    { detaches = false, waits = false, ...given }: { detaches?: boolean; waits?: boolean } & Partial<Lot> = {},
  ): Promise<Lot> {
    await this.open(wave, { detaches });
    const lot = await this.lot(wave, `lot of ${wave}`, rows, given);
    if (lot.tier !== Tier.archive) await this.load(wave, lot, rows);
    await this.close(wave);
    if (!waits) await this.activate(wave);
    return lot;
  }
}
