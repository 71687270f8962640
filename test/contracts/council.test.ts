import { expect } from "chai";
import { Contract, ContractFactory } from "ethers";
import { sha256 } from "#hash";
import { fromHex, type Hex, toHex } from "../../server/domain/entries/words.ts";
import { keyWord } from "../../server/ledger/acts.ts";
import { interfaceOf } from "../../server/ledger/deploy.ts";
import { artifacts } from "./compile.ts";
import { parent, revertOf, World } from "./world.ts";

/** The council: m of n, after a delay, and never one. */

const HOUR = 3_600;

describe("Council", () => {
  let world: World;
  let accounts: string[];
  let snapshot: unknown;
  before(async function () {
    this.timeout(120_000);
    world = await World.build({ councilDelay: HOUR });
    accounts = await Promise.all(
      [0, 1, 2, 3, 4, 5].map(async (i) => (await world.chain.provider.getSigner(i)).getAddress()),
    );
  });
  beforeEach(async () => {
    snapshot = await world.chain.request({ method: "evm_snapshot", params: [] });
  });
  afterEach(async () => {
    await world.chain.request({ method: "evm_revert", params: [snapshot] });
  });

  /** Members are accounts 1 to 3. @returns the name of the error, undefined where it went through */
  const by = async (account: number, call: string, ...values: unknown[]): Promise<string | undefined> =>
    (await errorOf(account, call, ...values))?.name;
  const errorOf = async (account: number, call: string, ...values: unknown[]) => {
    const council = world.contract("Council", await world.chain.provider.getSigner(account));
    return revertOf(council.getFunction(call)(...values, { gasLimit: 5_000_000 }));
  };
  const view = async (call: string, ...values: unknown[]) =>
    world
      .contract("Council")
      .getFunction(call)
      .staticCall(...values);
  const byAt = async (time: number, account: number, call: string, ...values: unknown[]) => {
    await world.at(time);
    return by(account, call, ...values);
  };
  const encoded = (name: "Council" | "Policy", call: string, values: unknown[]) =>
    interfaceOf(name).encodeFunctionData(call, values);
  /** A change of membership: what the council proposes to itself. */
  const proposeChange = async (
    account: number,
    member: string,
    belongs: boolean,
    threshold: number,
  ): Promise<bigint> => {
    const data = encoded("Council", "change", [member, belongs, threshold]);
    expect(await by(account, "propose", world.addresses.Council, data)).to.equal(undefined);
    return (await view("proposalCount")) - 1n;
  };
  const agreed = async (member: string, belongs: boolean, threshold: number): Promise<bigint> => {
    const proposal = await proposeChange(1, member, belongs, threshold);
    expect(await by(2, "confirm", proposal)).to.equal(undefined);
    return proposal;
  };
  const newcomer = () => accounts[4]!;

  it("executes what enough members confirmed, at the end of the delay and not a second before", async () => {
    const proposal = await proposeChange(1, newcomer(), true, 3);
    expect(await by(1, "execute", proposal), "one member is not enough").to.equal("CouncilNotReady");
    await world.pass(10 * HOUR);
    expect(await by(1, "execute", proposal), "nor one member who waits").to.equal("CouncilNotReady");
    expect(await by(2, "confirm", proposal)).to.equal(undefined);
    const ready = (await world.now()) + HOUR;
    expect((await view("proposalOf", proposal)).readyAt).to.equal(BigInt(ready));
    expect(await byAt(ready - 1, 1, "execute", proposal)).to.equal("CouncilNotReady");
    expect(await byAt(ready, 1, "execute", proposal)).to.equal(undefined);
    expect([await view("threshold"), await view("memberCount"), await view("isMember", newcomer())]).to.deep.equal([
      3n,
      4n,
      true,
    ]);
    expect(await by(1, "execute", proposal), "once").to.equal("CouncilDone");
    expect(await by(3, "confirm", proposal)).to.equal("CouncilDone");
    expect(await by(2, "withdraw", proposal)).to.equal("CouncilDone");
  });

  it("hears members only", async () => {
    const proposal = await agreed(newcomer(), true, 2);
    for (const account of [0, 4, 5]) {
      expect(await by(account, "propose", world.addresses.Council, "0x")).to.equal("CouncilNotMember");
      for (const call of ["confirm", "withdraw", "execute"])
        expect(await by(account, call, proposal), `${call} by ${account}`).to.equal("CouncilNotMember");
    }
  });

  it("counts each member once", async () => {
    const proposal = await proposeChange(1, newcomer(), true, 2);
    expect(await by(1, "confirm", proposal)).to.equal("CouncilAlreadyConfirmed");
    expect((await view("proposalOf", proposal)).confirmations).to.equal(1n);
  });

  it("names a proposal that there is not", async () => {
    const next = await view("proposalCount");
    for (const call of ["confirm", "withdraw", "execute"])
      expect(await by(1, call, next)).to.equal("CouncilUnknownProposal");
    expect((await revertOf(view("proposalOf", next)))?.name).to.equal("CouncilUnknownProposal");
  });

  it("lets a member take back his confirmation, after which the delay begins anew", async () => {
    const proposal = await agreed(newcomer(), true, 2);
    expect(await by(3, "withdraw", proposal)).to.equal("CouncilNotConfirmed");
    await world.pass(HOUR - 10);
    expect(await by(2, "withdraw", proposal)).to.equal(undefined);
    await world.pass(HOUR);
    expect(await by(1, "execute", proposal)).to.equal("CouncilNotReady");
    expect(await by(3, "confirm", proposal)).to.equal(undefined);
    const ready = (await world.now()) + HOUR;
    expect(await byAt(ready - 1, 1, "execute", proposal)).to.equal("CouncilNotReady");
    expect(await byAt(ready, 2, "execute", proposal), "by a member who is against it, too").to.equal(undefined);
  });

  it("does not begin the delay anew for one confirmation more or less above the threshold", async () => {
    const proposal = await agreed(newcomer(), true, 2);
    const ready = (await world.now()) + HOUR;
    await world.pass(100);
    expect(await by(3, "confirm", proposal)).to.equal(undefined);
    expect((await view("proposalOf", proposal)).readyAt).to.equal(BigInt(ready));
    expect(await by(2, "withdraw", proposal)).to.equal(undefined);
    expect((await view("proposalOf", proposal)).readyAt).to.equal(BigInt(ready));
    expect(await by(2, "withdraw", proposal), "once").to.equal("CouncilNotConfirmed");
    expect(await byAt(ready, 1, "execute", proposal)).to.equal(undefined);
  });

  it("lets all that was open lapse when its members or threshold change", async () => {
    const open = await agreed(newcomer(), true, 3);
    const change = await agreed(accounts[3]!, false, 2);
    await world.pass(HOUR);
    expect(await by(2, "execute", change)).to.equal(undefined);
    expect(await view("era")).to.equal(1n);
    for (const call of ["confirm", "withdraw", "execute"])
      expect(await by(1, call, open), call).to.equal("CouncilLapsed");
    expect(await by(3, "propose", world.addresses.Council, "0x"), "and he is out").to.equal("CouncilNotMember");
    const next = await agreed(newcomer(), true, 2);
    await world.pass(HOUR);
    expect(await by(1, "execute", next), "what is proposed after it counts").to.equal(undefined);
    expect(await by(4, "propose", world.addresses.Council, "0x")).to.equal(undefined);
  });

  for (const [member, belongs, threshold, title] of [
    [4, true, 1, "a threshold of one"],
    [4, true, 5, "a threshold above its members"],
    [3, false, 3, "a member less than its threshold"],
  ] as const)
    it(`never comes to ${title}`, async () => {
      const proposal = await agreed(accounts[member]!, belongs, threshold);
      await world.pass(HOUR);
      expect(await by(1, "execute", proposal)).to.equal("CouncilThreshold");
      expect(await view("memberCount")).to.equal(3n);
    });

  it("changes itself by its own decision only", async () => {
    for (const account of [0, 1, 5])
      expect(await by(account, "change", newcomer(), true, 2)).to.equal("CouncilOnlyItself");
  });

  it("passes on why a call failed; the proposal stays open", async () => {
    const set = { validFrom: 0, capBps: 1000, awardForms: 0, second: 3, certificatesBound: true };
    expect(await by(1, "propose", world.addresses.Policy, encoded("Policy", "add", [set, []]))).to.equal(undefined);
    const proposal = (await view("proposalCount")) - 1n;
    await by(2, "confirm", proposal);
    await world.pass(HOUR);
    expect(await by(1, "execute", proposal)).to.equal("PolicyBackdated");
    expect((await view("proposalOf", proposal)).done).to.equal(false);
  });

  it("does not take a call of nothing for done", async () => {
    await by(1, "propose", accounts[5], "0x12345678");
    const proposal = (await view("proposalCount")) - 1n;
    await by(2, "confirm", proposal);
    await world.pass(HOUR);
    expect(await errorOf(1, "execute", proposal)).to.deep.equal({ name: "CouncilNoContract", args: [accounts[5]] });
  });

  it("leaves each decision in the register's log, its own changes included", async () => {
    const data = encoded("Council", "change", [newcomer(), true, 3]) as Hex;
    const proposal = await agreed(newcomer(), true, 3);
    await world.pass(HOUR);
    const before = (await world.checkpoint()).size;
    const from = (await world.chain.provider.getBlockNumber()) + 1;
    expect(await by(1, "execute", proposal)).to.equal(undefined);
    expect((await world.checkpoint()).size).to.equal(before + 1n);
    const [log] = await world.chain.provider.getLogs({ fromBlock: from, address: world.addresses.Authority });
    const { name, args } = interfaceOf("Authority").parseLog(log!)!;
    expect(name).to.equal("ActRecorded");
    expect(BigInt(args.words[1])).to.equal(23n);
    expect(args.words[7]).to.equal(keyWord(world.addresses.Council));
    expect(args.words[11]).to.equal(toHex(sha256(fromHex(data))));
    expect(args.body).to.equal(data);
    expect(await world.lastAct(args.subject)).to.equal(args.leaf);
  });

  it("hands its rights to another by two decisions, the last of them the successor's", async () => {
    const zero = 0n;
    const rights = (account: string) => world.contract("AccessManager").getFunction("hasRole")(zero, account);
    const { Council } = world.addresses;
    const own = await revertOf(world.decide("AccessManager", "revokeRole", [zero, Council]));
    expect(own?.name, "it can't be without a council").to.equal("AccessManagedUnauthorized");
    await world.decide("AccessManager", "grantRole", [zero, accounts[5], 0]);
    expect((await rights(accounts[5]!))[0]).to.equal(true);
    const successor = await world.chain.provider.getSigner(5);
    await (await world.contract("AccessManager", successor).getFunction("revokeRole")(zero, Council)).wait();
    expect((await rights(Council))[0]).to.equal(false);
    const call = await revertOf(world.decide("Authority", "dismiss", [world.people.registrar!.holder, 9, "0x"]));
    expect(call?.name).to.equal("AccessManagedUnauthorized");
  });

  it("makes one leaf of what Authority records itself", async () => {
    const { size } = await world.checkpoint();
    await world.decide("Authority", "breakGlass", [
      world.people.pokja!.holder,
      parent,
      3,
      `0x${"00".repeat(32)}`,
      (await world.now()) + 2 * HOUR,
      "0x",
    ]);
    expect((await world.checkpoint()).size).to.equal(size + 1n);
  });

  describe("at its birth", () => {
    const born = async (members: string[], threshold: number) => {
      const { abi, bytecode } = (await artifacts()).Council!;
      const factory = new ContractFactory(abi, bytecode, world.chain.signer);
      const { data } = await factory.getDeployTransaction(world.addresses.Authority, members, threshold, 0);
      return (await revertOf(world.chain.signer.sendTransaction({ data, gasLimit: 5_000_000 })))?.name;
    };
    it("has a threshold from two to its members, each counted once", async () => {
      const [, a, b, c] = accounts as [string, string, string, string];
      expect(await born([a, b, c], 1)).to.equal("CouncilThreshold");
      expect(await born([a, b, c], 4)).to.equal("CouncilThreshold");
      expect(await born([a, a, a], 2)).to.equal("CouncilThreshold");
      expect(await born([a, b, c], 2)).to.equal(undefined);
      expect(await born([a, b], 2)).to.equal(undefined);
    });
    it("says who its members are", async () => {
      const council = new Contract(world.addresses.Council, interfaceOf("Council"), world.chain.provider);
      const members = (await council.queryFilter("MembersChanged")).map(
        (log) => interfaceOf("Council").parseLog(log)!.args[0],
      );
      expect(members).to.deep.equal(accounts.slice(1, 4));
    });
  });
});
