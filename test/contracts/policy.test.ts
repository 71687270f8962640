import { expect } from "chai";
import { AbiCoder, type Contract, ContractFactory, keccak256 } from "ethers";
import { sha256 } from "#hash";
import { idOf } from "../../server/domain/entries/entry.ts";
import { Kind } from "../../server/domain/entries/kinds.ts";
import { fromHex, toHex } from "../../server/domain/entries/words.ts";
import { policyFor } from "../../server/domain/lifecycle/policy.ts";
import { letters } from "../../server/domain/lifecycle/rules.ts";
import { interfaceOf } from "../../server/ledger/deploy.ts";
import { readEvents } from "../../server/ledger/events.ts";
import { artifacts } from "./compile.ts";
import { revertOf, World } from "./world.ts";

/** Dated rule sets: when one may begin, what it may say, and which one an act finds. */

const DAY = 86_400;
const DELAY = 7 * DAY;
const IDR = 0x494452n;
const USD = 0x555344n;
const UNLIMITED = (1n << 256n) - 1n;

describe("Policy", () => {
  let world: World;
  let snapshot: unknown;
  /** the second of the first test's beginning; the world's first set stands since before it */
  let start = 0;
  before(async function () {
    this.timeout(120_000);
    world = await World.build({ policyDelay: DELAY });
    start = await world.now();
  });
  beforeEach(async () => {
    snapshot = await world.chain.request({ method: "evm_snapshot", params: [] });
  });
  afterEach(async () => {
    await world.chain.request({ method: "evm_revert", params: [snapshot] });
  });

  type Set = { validFrom: number; capBps: number; awardForms: number; second: number; certificatesBound: boolean };
  const aSet = (given: Partial<Set> = {}): Set => ({
    validFrom: start + 10 * DELAY,
    capBps: 500,
    awardForms: 6,
    second: 5,
    certificatesBound: false,
    ...given,
  });
  const threshold = (value: bigint, currency = "0x494452", kind: number = Kind.contract) => ({ currency, kind, value });
  const add = async (set: Set, thresholds: object[] = [], time?: number) =>
    (await revertOf(world.decide("Policy", "add", [set, thresholds], time)))?.name;
  const rules = async (
    on: number | bigint,
    time: number | bigint,
    currency = IDR,
    kind: number | bigint = Kind.contract,
  ) => {
    const answer = await world.contract("Policy").getFunction("rulesFor").staticCall(kind, currency, on, time);
    return answer.toObject() as Record<"capBps" | "awardForms" | "threshold" | "second" | "bound", bigint>;
  };

  it("takes a set that begins after the delay, and not a second before", async () => {
    const time = start + DAY;
    expect(await add(aSet({ validFrom: time + DELAY - 1 }), [], time)).to.equal("PolicyBackdated");
    expect(await add(aSet({ validFrom: time + 100 + DELAY }), [], time + 100)).to.equal(undefined);
  });
  it("takes sets in the order of their beginning only", async () => {
    const validFrom = start + 10 * DELAY;
    expect(await add(aSet({ validFrom }))).to.equal(undefined);
    expect(await add(aSet({ validFrom: validFrom - 1 }))).to.equal("PolicyBackdated");
    expect(await add(aSet({ validFrom }))).to.equal("PolicyBackdated");
    expect(await add(aSet({ validFrom: validFrom + 1 }))).to.equal(undefined);
    const sets = await world.contract("Policy").getFunction("sets").staticCall();
    expect(sets.map((set: Set) => Number(set.validFrom))).to.deep.equal([0, validFrom, validFrom + 1]);
  });
  it("has a cap of at most the first value itself", async () => {
    expect(await add(aSet({ capBps: 10_001 }))).to.equal("PolicyCap");
    expect(await add(aSet({ capBps: 10_000 }))).to.equal(undefined);
  });
  for (let role = 0; role <= 12; role++)
    it(`${[3, 5, 11].includes(role) ? "takes" : "refuses"} ${role} as the second signatory`, async () => {
      expect(await add(aSet({ second: role }))).to.equal([3, 5, 11].includes(role) ? undefined : "PolicySecond");
    });
  it("leaves a leaf that its event gives", async () => {
    const from = (await world.chain.provider.getBlockNumber()) + 1;
    const [set, thresholds] = [aSet(), [threshold(7n)]];
    await add(set, thresholds);
    const [log] = await world.chain.provider.getLogs({ fromBlock: from, address: world.addresses.Policy });
    const { args } = interfaceOf("Policy").parseLog(log!)!;
    const coder = AbiCoder.defaultAbiCoder();
    const content = coder.encode(
      ["tuple(uint64,uint16,uint32,uint8,bool)", "tuple(bytes3,uint8,uint128)[]"],
      [Object.values(set), thresholds.map((t) => [t.currency, t.kind, t.value])],
    );
    const zeros = Array(11).fill(0);
    const words = coder.encode(Array(18).fill("uint256"), [
      (1n << 240n) | (3n << 232n),
      idOf("RuleSet"),
      1,
      keccak256(content),
      ...zeros,
      args.registerSequence,
      args.timeMs,
      0,
    ]);
    expect(toHex(sha256(fromHex(words as `0x${string}`)))).to.equal(args.leaf);
  });

  describe("an act finds", () => {
    const change = () => start + 10 * DELAY;
    beforeEach(() => add(aSet({ validFrom: change() }), [threshold(100n), threshold(300_000_000_00n, "0x494452", 7)]));

    it("cap, forms and certificates' bound of the set in force on the contract's date", async () => {
      const time = change() + DAY;
      const before = { capBps: 1000n, awardForms: 8n, bound: 1n };
      const after = { capBps: 500n, awardForms: 6n, bound: 0n };
      expect(await rules(change() - 1, time)).to.include(before);
      expect(await rules(change(), time)).to.include(after);
      expect(await rules(0, time)).to.include(before);
      expect(await rules(change() - 1, change() - 1)).to.include(before);
      expect(await rules(change(), change())).to.include(after);
    });
    it("today's set for a date that lies ahead", async () => {
      expect(await rules(change() + DAY, change() - 1)).to.include({ capBps: 1000n });
      expect(await rules(UNLIMITED, change())).to.include({ capBps: 500n });
    });
    it("the stricter threshold of the set at its date and today's, whichever that is", async () => {
      const time = change() + DAY;
      const lowered = [Kind.contract, 200_000_000_00n, 100n, 100n] as const;
      const raised = [Kind.amendment, 200_000_000_00n, 300_000_000_00n, 200_000_000_00n] as const;
      for (const [kind, old, today, stricter] of [lowered, raised]) {
        expect((await rules(change() - 1, change() - 1, IDR, kind)).threshold).to.equal(old);
        expect((await rules(change(), time, IDR, kind)).threshold).to.equal(today);
        expect((await rules(change() - 1, time, IDR, kind)).threshold).to.equal(stricter);
      }
    });
    it("zero for a currency or kind that either set does not list", async () => {
      const time = change() + DAY;
      expect((await rules(change(), time, USD)).threshold).to.equal(0n);
      expect((await rules(0, time, USD)).threshold).to.equal(0n);
      expect((await rules(0, change() - 1, IDR, Kind.award)).threshold, "listed before").to.equal(200_000_000_00n);
      expect((await rules(0, time, IDR, Kind.award)).threshold, "no longer listed").to.equal(0n);
      expect((await rules(0, time, IDR, Kind.payment)).threshold).to.equal(0n);
    });
    it("the second signatory of today", async () => {
      expect((await rules(0, change() - 1)).second).to.equal(3n);
      expect((await rules(0, change())).second).to.equal(5n);
    });
    it("a threshold of zero where a set says zero, and the largest where it says that", async () => {
      const validFrom = change() + DELAY;
      const largest = (1n << 128n) - 1n;
      await add(aSet({ validFrom }), [threshold(0n), threshold(largest, "0x494452", 7)]);
      expect((await rules(validFrom, validFrom)).threshold).to.equal(0n);
      expect((await rules(validFrom, validFrom, IDR, 7)).threshold).to.equal(largest);
    });
  });

  it("lets nothing pass without an approver before there is a first set, which may begin at any time", async () => {
    const { abi, bytecode } = (await artifacts()).Policy!;
    const { Ledger, AccessManager } = world.addresses;
    const factory = new ContractFactory(abi, bytecode, world.chain.signer);
    const empty = (await factory.deploy(Ledger, AccessManager, DELAY)) as Contract;
    const answer = await empty.getFunction("rulesFor").staticCall(Kind.contract, IDR, 0, start);
    expect([...answer]).to.deep.equal([0n, UNLIMITED, 0n, 3n, 1n]);
    expect((await rules(0, 0)).capBps, "the world's first set began in 1970").to.equal(1000n);
  });

  it("is read before signing as it decides: the sets of its events, for any kind, currency and day", async () => {
    const days = [10 * DELAY, 12 * DELAY, 20 * DELAY];
    for (const [place, after] of days.entries()) {
      const set = aSet({
        validFrom: start + after,
        capBps: 100 * place,
        second: [3, 5, 11][place]!,
        awardForms: place,
      });
      const thresholds = [threshold(10n ** BigInt(place)), threshold(7n), threshold(5n + BigInt(place), "0x555344", 7)];
      expect(await add({ ...set, certificatesBound: place === 1 }, thresholds.slice(place % 2))).to.equal(undefined);
    }
    const { addresses, chain } = world;
    const logs = await chain.provider.getLogs({ address: addresses.Policy, fromBlock: 0 });
    const read = logs.map(({ topics, data }) => ({
      address: addresses.Policy,
      topics: [...topics],
      data: fromHex(data),
    }));
    const sets = readEvents(read as never, addresses).flatMap((e) => (e.type === "ruleSet" ? [e.ruleSet] : []));
    expect(sets).to.have.length(4);
    const moments = [0, start - 1, start, ...days.flatMap((after) => [start + after - 1, start + after])];
    for (const now of moments.filter((moment) => moment >= start)) {
      for (const on of moments) {
        for (const [kind, currency] of [
          [Kind.contract, "IDR"],
          [Kind.award, "IDR"],
          [Kind.amendment, "USD"],
          [Kind.contract, "EUR"],
        ] as const) {
          const found = policyFor(sets, { kind, currency, on, now });
          const { capBps, awardForms, threshold, second, bound } = await rules(on, now, letters(currency), kind);
          const expected = { capBps, awardForms: Number(awardForms), threshold, second: Number(second) };
          expect(found).to.deep.equal({ ...expected, certificatesBound: bound === 1n });
        }
      }
    }
  });
});
