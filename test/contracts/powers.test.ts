import { expect } from "chai";
import { JsonRpcSigner } from "ethers";
import fc from "fast-check";
import { officeKey } from "../../server/domain/entries/act.ts";
import { idOf } from "../../server/domain/entries/entry.ts";
import { Role } from "../../server/domain/entries/kinds.ts";
import { fromHex, NO_ID, toHex, utf8 } from "../../server/domain/entries/words.ts";
import { type ContractName, interfaceOf } from "../../server/ledger/deploy.ts";
import { sign } from "../../server/ledger/signatures.ts";
import { agency, parent, post, revertOf, STEM, supplier, World } from "./world.ts";

/** What one account alone can do after deployment: nothing but what anybody may. And what the Ledger asks always answers. */

describe("after deployment", () => {
  let world: World;
  before(async function () {
    this.timeout(120_000);
    world = await World.build();
  });

  /** Every function that changes something: the values of a try, and the error that it must meet; null where anybody may. */
  const attempts = (): Record<
    Exclude<ContractName, "Rules" | "Passkeys">,
    Record<string, [unknown[], string | null]>
  > => {
    const { people: p, addresses } = world;
    const stranger = p.stranger!.address;
    const role = 0n;
    const unauthorized = "AccessManagerUnauthorizedAccount";
    const restricted = "AccessManagedUnauthorized";
    const call = interfaceOf("AccessManager").encodeFunctionData("grantRole", [role, stranger, 0]);
    const set = { validFrom: 2_000_000_000, capBps: 1, awardForms: 0, second: 3, certificatesBound: false };
    const lot = [NO_ID, 1, NO_ID, NO_ID, 1, NO_ID, 1, "IDR", 0, 0, 0, NO_ID, 2_000_000_000];
    const act = [0, NO_ID, NO_ID, NO_ID, 0, NO_ID, NO_ID, 0, 0, 0, NO_ID, NO_ID, 0];
    return {
      AccessManager: {
        cancel: [[stranger, addresses.Policy, "0x12345678"], "AccessManagerNotScheduled"],
        consumeScheduledOp: [[stranger, "0x12345678"], ""],
        execute: [
          [addresses.Policy, interfaceOf("Policy").encodeFunctionData("add", [set, []])],
          "AccessManagerUnauthorizedCall",
        ],
        grantRole: [[role, stranger, 0], unauthorized],
        labelRole: [[7, "x"], unauthorized],
        multicall: [[[call]], unauthorized],
        renounceRole: [[role, addresses.Council], "AccessManagerBadConfirmation"],
        revokeRole: [[role, addresses.Council], unauthorized],
        schedule: [
          [addresses.Policy, interfaceOf("Policy").encodeFunctionData("add", [set, []]), 0],
          "AccessManagerUnauthorizedCall",
        ],
        setGrantDelay: [[7, 1], unauthorized],
        setRoleAdmin: [[7, 8], unauthorized],
        setRoleGuardian: [[7, 8], unauthorized],
        setTargetAdminDelay: [[addresses.Authority, 1], unauthorized],
        setTargetClosed: [[addresses.Authority, true], unauthorized],
        setTargetFunctionRole: [[addresses.Policy, ["0x12345678"], 7], unauthorized],
        updateAuthority: [[addresses.Authority, stranger], unauthorized],
      },
      Authority: {
        act: [[act, [], "0x"], "AuthorityActExpired"],
        anchor: [[NO_ID, 1], restricted],
        appoint: [[p.stranger!.holder, stranger, 2, Role.registrar, 0, "0x", []], restricted],
        breakGlass: [[p.officer!.holder, agency, Role.approver, NO_ID, 2_000_000_000, "0x"], restricted],
        decided: [[stranger, "0x"], restricted],
        dismiss: [[p.registrar!.holder, Role.registrar, "0x"], restricted],
        // whose key signed what is true whoever asks: it may be remembered
        prove: [[NO_ID, [NO_ID, 0, NO_ID, NO_ID, 0, NO_ID, NO_ID], 1, "0x"], null],
        setAuthority: [[stranger], restricted],
        setOrigin: [["https://example.org", "example.org", true], restricted],
      },
      Council: {
        change: [[stranger, true, 2], "CouncilOnlyItself"],
        confirm: [[0], null],
        execute: [[0], null],
        propose: [[addresses.Policy, "0x"], null],
        withdraw: [[0], null],
      },
      Ledger: {
        append: [[2, Array(14).fill(NO_ID), NO_ID], "LedgerNotRegister"],
        checkpoint: [[], null],
        checkpointAgency: [[agency], null],
        submit: [["0x"], "LedgerBatchMalformed"],
      },
      Policy: {
        add: [[set, []], restricted],
        setAuthority: [[stranger], restricted],
      },
      Waves: {
        accept: [[lot, [NO_ID, 0, NO_ID, 1, "0x"]], "WavesUnknown"],
        act: [[act, [], "0x"], "WavesExpired"],
        admit: [[[1, NO_ID, NO_ID, NO_ID, NO_ID, 0, 0, 0, false], []], "WavesNotLedger"],
        touch: [[1, true, true], "WavesNotLedger"],
      },
    };
  };

  it("every function that changes something is among those tried here", () => {
    for (const [name, tried] of Object.entries(attempts())) {
      const functions = interfaceOf(name as ContractName)
        .fragments.filter((f) => f.type === "function")
        .filter((f) => !["view", "pure"].includes((f as unknown as { stateMutability: string }).stateMutability))
        .map((f) => (f as unknown as { name: string }).name);
      expect(functions.sort(), name).to.deep.equal(Object.keys(tried).sort());
    }
    for (const [name, mutability] of [
      ["Rules", "pure"],
      ["Passkeys", "view"],
    ] as const)
      for (const f of interfaceOf(name).fragments.filter(({ type }) => type === "function"))
        expect((f as unknown as { stateMutability: string }).stateMutability, `${name} has no state`).to.equal(
          mutability,
        );
  });

  for (const [who, account] of [
    ["the deployer", 0],
    ["a member of the council alone", 1],
    ["an outsider", 7],
    ["the account of a registrar's key", "registrar"],
  ] as const)
    it(`${who} can change nothing${who === "the deployer" ? ", but anchor the gateway's access log" : ""}`, async () => {
      const { provider, request } = world.chain;
      const address = account === "registrar" ? world.people.registrar!.address : undefined;
      if (address !== undefined) await request({ method: "hardhat_impersonateAccount", params: [address] });
      const signer =
        address === undefined ? await provider.getSigner(Number(account)) : new JsonRpcSigner(provider, address);
      for (const [name, tried] of Object.entries(attempts())) {
        for (const [call, [values, expected]] of Object.entries(tried)) {
          if (expected === null) continue; // the council's own rules are in its test
          const contract = world.contract(name as ContractName, signer);
          const refused = await revertOf(contract.getFunction(call).staticCall(...values));
          const may = who === "the deployer" && call === "anchor";
          expect(refused?.name, `${name}.${call}`).to.equal(may ? undefined : expected);
        }
      }
    });

  it("the council is the only admin, at once and of everything; the deployer may anchor, and nobody has another role", async () => {
    const manager = world.contract("AccessManager");
    const granted = await manager.queryFilter("RoleGranted");
    const revoked = await manager.queryFilter("RoleRevoked");
    const accountOf = (log: (typeof granted)[number]) => interfaceOf("AccessManager").parseLog(log)!.args;
    const deployer = await world.chain.signer.getAddress();
    expect(granted.map((log) => accountOf(log).roleId)).to.deep.equal([0n, 1n, 0n]);
    expect(accountOf(granted[1]!).account).to.equal(deployer);
    expect(revoked.map((log) => accountOf(log).account)).to.deep.equal([deployer]);
    expect([...(await manager.getFunction("hasRole")(0, world.addresses.Council))]).to.deep.equal([true, 0n]);
    expect([...(await manager.getFunction("hasRole")(0, deployer))]).to.deep.equal([false, 0n]);
  });

  it("contracts name each other as planned", async () => {
    const { AccessManager, Authority, Ledger, Passkeys, Policy, Rules, Waves } = world.addresses;
    const named = async (name: ContractName, call: string) =>
      ((await world.contract(name).getFunction(call)()) as string).toLowerCase();
    expect(await named("Ledger", "authority")).to.equal(Authority);
    expect(await named("Ledger", "policy")).to.equal(Policy);
    expect(await named("Ledger", "rules")).to.equal(Rules);
    expect(await named("Ledger", "waves")).to.equal(Waves);
    expect(await named("Waves", "ledger")).to.equal(Ledger);
    expect(await named("Waves", "authority")).to.equal(Authority);
    for (const name of ["Authority", "Policy"] as const) {
      expect(await named(name, "ledger")).to.equal(Ledger);
      expect(await named(name, "authority")).to.equal(AccessManager);
    }
    expect(await named("Authority", "passkeys")).to.equal(Passkeys);
    expect(await named("Council", "authority")).to.equal(Authority);
  });

  describe("what the Ledger asks is answered", () => {
    const word = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => toHex(bytes));
    const number = fc.oneof(
      fc.bigInt({ min: 0n, max: (1n << 256n) - 1n }),
      fc.integer({ min: 0, max: 300 }).map(BigInt),
      fc.constantFrom(27n, 28n, (1n << 256n) - 1n),
    );
    const digest = toHex(utf8("a digest of thirty-two bytes ...".slice(0, 32)));
    const ids = () => Object.values(world.people).map((who) => who.holder);
    const id = () => fc.oneof(word, fc.constantFrom(NO_ID, agency, parent, supplier, post, idOf(STEM), ...ids()));
    /** Half of them good signatures of enrolled people, so that what comes after the signature is reached too. */
    const signature = () =>
      fc.oneof(
        fc.record({ digest: fc.oneof(word, fc.constant(digest)), holder: id(), r: word, s: word, v: number }),
        fc.constantFrom(...Object.values(world.people)).map((who) => {
          const bytes = sign(fromHex(digest), who.key);
          return { digest, holder: who.holder, r: toHex(bytes, 0, 32), s: toHex(bytes, 32, 64), v: BigInt(bytes[64]!) };
        }),
      );
    const answers = async (name: ContractName, call: string, values: unknown[]) => {
      const answer = await world
        .contract(name)
        .getFunction(call)
        .staticCall(...values);
      expect(answer, call).to.not.equal(undefined);
      return answer;
    };

    it("by Authority, whatever the words", async function () {
      this.timeout(60_000);
      const arbitrary = fc.record({
        role: number,
        at: id(),
        place: id(),
        up: number,
        coverA: id(),
        coverB: id(),
        signed: signature(),
        type: fc.oneof(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 255 })),
        bytes: fc.uint8Array({ maxLength: 400 }),
      });
      const seen = new Set<bigint>();
      await fc.assert(
        fc.asyncProperty(arbitrary, async (q) => {
          const { digest: signedDigest, holder, r, s, v } = q.signed;
          const [code] = await answers("Authority", "authorize", [
            ...[signedDigest, holder, q.role, q.at, q.place, q.up, q.coverA, q.coverB, r, s, v],
          ]);
          seen.add(code);
          const claim = [holder, q.role, q.at, q.place, q.up, q.coverA, q.coverB];
          const { code: proven } = await answers("Authority", "prove", [signedDigest, claim, q.type, q.bytes]);
          seen.add(proven);
          await answers("Authority", "checkStem", [q.at, holder, 1]);
          await answers("Authority", "isEntity", [q.at]);
          await answers("Authority", "lastAct", [q.at]);
          const subject = await answers("Authority", "officeKey", [holder, q.at, q.role, q.place]);
          if (q.role < 1n << 48n) expect(subject).to.equal(officeKey(holder, q.at, Number(q.role), q.place));
        }),
        { numRuns: 120 },
      );
      expect([...seen].every((code) => code >= 40n || code === 1n)).to.equal(true);
      expect(seen.size, "more than one way to be refused was met").to.be.at.least(3);
    });

    it("by Policy, whatever the words", async function () {
      this.timeout(60_000);
      await fc.assert(
        fc.asyncProperty(number, number, number, number, async (kind, currency, on, time) => {
          const answer = await answers("Policy", "rulesFor", [kind, currency, on, time]);
          expect(Number(answer.capBps)).to.be.at.most(10_000);
        }),
        { numRuns: 120 },
      );
    });

    it("by Policy with several sets, at their borders and between", async function () {
      this.timeout(60_000);
      const now = await world.now();
      const begins = [1000, 2000, 3000].map((more) => now + 1000 + more);
      for (const [i, validFrom] of begins.entries())
        await world.decide("Policy", "add", [
          { validFrom, capBps: i, awardForms: i, second: 3, certificatesBound: false },
          [],
        ]);
      const moment = fc.oneof(fc.constantFrom(...begins.flatMap((at) => [at - 1, at, at + 1])).map(BigInt), number);
      await fc.assert(
        fc.asyncProperty(moment, moment, async (on, time) => {
          const { capBps } = await answers("Policy", "rulesFor", [5, 0x494452, on, time]);
          // the definition: the newest set that had begun on the earlier of the two days
          const day = on < time ? on : time;
          const newest = begins.findLastIndex((at) => BigInt(at) <= day);
          expect(capBps).to.equal(newest < 0 ? 1000n : BigInt(newest));
        }),
        { numRuns: 150 },
      );
    });
  });
});
