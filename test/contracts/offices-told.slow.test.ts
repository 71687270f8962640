import { expect } from "chai";
import { sha256 } from "#hash";
import { type Act, ActCode, officeKey } from "../../server/domain/entries/act.ts";
import { idOf } from "../../server/domain/entries/entry.ts";
import { Role } from "../../server/domain/entries/kinds.ts";
import { fromHex, type Hex, NO_ID } from "../../server/domain/entries/words.ts";
import { inForce, type OfficeView } from "../../server/domain/projection/offices.ts";
import { projectBlock, type Rows } from "../../server/domain/projection/project-block.ts";
import { handOverBody } from "../../server/ledger/acts.ts";
import { readEvents } from "../../server/ledger/events.ts";
import { sign } from "../../server/ledger/signatures.ts";
import { agency, type Person, parent, person, revertOf, type Signer, World } from "./world.ts";

/**
 * Whatever acts come, in whatever order: what the register folds of them says of every office, at every moment, what the
 * contract says. `SEED=n` draws others.
 */

const SEEDS = process.env.SEED ? [Number(process.env.SEED)] : [1, 2];
const STEPS = 120;
const VETO = 3_600;
const MESSAGE = sha256(Uint8Array.of(1));

function randomly(seed: number) {
  let state = seed;
  const next = (below: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
  return { next, pick: <T>(list: readonly T[]): T => list[next(list.length)]! };
}

describe("Offices, as acts tell of them", function () {
  this.timeout(120_000);
  const done = new Map<number, number>();
  for (const seed of SEEDS)
    it(`are what the contract says, and none counts after its end, its suspension or a hand-over (seed ${seed})`, async () => {
      const { next, pick } = randomly(seed);
      const world = await World.build({ vetoDelay: VETO });
      const { registrar, overseer, head } = world.people;
      const people = ["a", "b", "c", "d"].map((name) => person(`${name} ${seed}`));
      for (const who of people) await world.enrol(who);
      const kinds = [
        { role: Role.officer, post: idOf("ppk-1") },
        { role: Role.approver, post: NO_ID },
        { role: Role.procurement, post: NO_ID },
        { role: Role.head, post: NO_ID },
      ];
      const rows: Rows = new Map();
      let block = 0;
      const follow = async (): Promise<void> => {
        const latest = await world.chain.provider.getBlockNumber();
        for (; block <= latest; block++) {
          const logs = await world.chain.provider.getLogs({ fromBlock: block, toBlock: block });
          const events = readEvents(
            logs.map(({ address, topics, data, index, transactionHash }) => ({
              ...{ address: address.toLowerCase() as Hex, topics: topics as Hex[], data: fromHex(data as Hex) },
              ...{ index, transactionHash: transactionHash as Hex },
            })),
            world.addresses,
          );
          const { timestamp, hash } = (await world.chain.provider.getBlock(block))!;
          const get = async <T>(key: string) => structuredClone(rows.get(key)) as T | undefined;
          const made = await projectBlock({ number: block, hash: hash!, time: timestamp }, events, {
            get,
            vetoDelay: VETO,
          });
          expect(made.poison).to.deep.equal([]);
          for (const [key, value] of made.rows) rows.set(key, structuredClone(value));
        }
      };
      const viewOf = (who: Person, { role, post }: (typeof kinds)[number]) =>
        rows.get(`office/${who.holder}/${role}/${officeKey(who.holder, agency, role, post)}`) as OfficeView | undefined;
      const authorize = world.contract("Authority").getFunction("authorize");
      const compare = async (step: number): Promise<void> => {
        const now = await world.now();
        for (const who of people)
          for (const kind of kinds) {
            const bytes = sign(MESSAGE, who.key);
            const parts = [bytes.slice(0, 32), bytes.slice(32, 64), bytes[64]];
            const [code, leaf, , principal] = await authorize.staticCall(
              ...[MESSAGE, who.holder, kind.role, agency, kind.post, 0, NO_ID, NO_ID, ...parts],
            );
            const view = viewOf(who, kind);
            const counts = view !== undefined && inForce(view, now);
            const what = `step ${step}: ${who.name}, role ${kind.role}, code ${code}`;
            expect(counts, what).to.equal(Number(code) === 1);
            if (counts) expect([view.granted.leaf, view.principal ?? NO_ID], what).to.deep.equal([leaf, principal]);
            if (view !== undefined && view.until !== 0 && view.until <= now) expect(Number(code), what).to.not.equal(1);
          }
      };
      await follow();
      for (let step = 0; step < STEPS; step++) {
        const time = await world.now();
        const pairs = people.flatMap((each) => kinds.map((of) => [each, of] as const));
        // mostly somebody who holds what the act is about
        const holding = pairs.filter(([each, of]) => {
          const view = viewOf(each, of);
          return view !== undefined && (view.until === 0 || view.until > time);
        });
        const [who, kind] = pick(holding.length > 0 && next(3) > 0 ? holding : pairs);
        const to = pick(people);
        const about = { holder: who.holder, agency, ...kind };
        const by: Signer = pick([
          [registrar!, Role.registrar],
          [head!, Role.head, parent],
        ] as Signer[]);
        const second: Signer = [overseer!, Role.overseer];
        const until = pick([0, time + 900, time + 5_000, time + 20_000]);
        const held = people
          .flatMap((each) => kinds.map((of) => viewOf(each, of)))
          .filter(
            (view) => view !== undefined && view.holder === who.holder && (view.until === 0 || view.until > time + 1),
          )
          .sort((a, b) => a!.place - b!.place);
        const body = handOverBody(held.map((view) => ({ role: view!.role, post: view!.post })));
        const own: Signer = [who, kind.role, agency];
        type Drawn = [Signer, Partial<Act> & { code: number }, Signer[]?, string?];
        const grantBy: Signer = kind.role === Role.head ? [registrar!, Role.registrar] : [head!, Role.head, parent];
        const two = kind.role === Role.approver || kind.role === Role.head ? [second] : [];
        const from = pick([0, 0, time + 500]);
        const drawn: Drawn = pick<Drawn>([
          [grantBy, { ...about, code: ActCode.grant, until, from }, two],
          [grantBy, { ...about, code: ActCode.grant, until }, two],
          [by, { ...about, code: ActCode.revoke }],
          [by, { ...about, code: ActCode.suspend }],
          [by, { ...about, code: ActCode.resume }],
          [[registrar!, Role.registrar], { ...about, code: ActCode.veto }],
          [own, { ...about, holder: to.holder, code: ActCode.delegate, until: time + pick([800, 9_000]), from }],
          [own, { ...about, holder: to.holder, code: ActCode.delegate, until: time + 4_000 }],
          [[who, 0], { ...about, holder: to.holder, code: ActCode.revoke }],
          [
            [registrar!, Role.registrar],
            { code: ActCode.handOver, holder: who.holder, key: to.holder, agency },
            [second],
            body,
          ],
        ]);
        const [maker, given, others = [], text = "{}"] = drawn;
        const revert = await revertOf(world.act(maker, given, others, text));
        if (revert === undefined) done.set(given.code, (done.get(given.code) ?? 0) + 1);
        if (next(4) === 0) await world.pass(pick([100, 900, VETO]));
        await follow();
        await compare(step);
      }
    });
  it("were of every sort", () => {
    for (const code of [8, 9, 10, 13, 14, 15, 16])
      expect(done.get(code) ?? 0, `acts ${code} that were accepted`).to.be.greaterThan(0);
  });
});
