import { expect } from "chai";
import { sha256 } from "#hash";
import { type Act, ActCode, officeKey } from "../../server/domain/entries/act.ts";
import { idOf, signedDigest } from "../../server/domain/entries/entry.ts";
import { Custody, Role } from "../../server/domain/entries/kinds.ts";
import { chainSigners } from "../../server/domain/entries/leaf.ts";
import { fromHex, type Hex, NO_ID, toHex } from "../../server/domain/entries/words.ts";
import { actDigest, encodeAct, keyWord } from "../../server/ledger/acts.ts";
import { interfaceOf } from "../../server/ledger/deploy.ts";
import { sign } from "../../server/ledger/signatures.ts";
import { Code } from "./codes.ts";
import {
  agency,
  type Person,
  parent,
  person,
  post,
  type Revert,
  revertOf,
  type Signer,
  supplier,
  World,
} from "./world.ts";

/** Holders, keys, agencies, stems, offices and the acts that change them, each rule on both sides of its border. */

const DAY = 86_400;
const VETO = 3 * DAY;
const MESSAGE = sha256(Uint8Array.of(1));

describe("Authority", () => {
  let world: World;
  let p: World["people"];
  let registrar: Signer;
  let overseer: Signer;
  let head: Signer;
  let snapshot: unknown;
  const gateway = person("kept by the gateway");

  before(async function () {
    this.timeout(120_000);
    world = await World.build({ vetoDelay: VETO });
    p = world.people;
    registrar = [p.registrar!, Role.registrar];
    overseer = [p.overseer!, Role.overseer];
    head = [p.head!, Role.head, parent];
    await world.enrol(gateway, Custody.gateway);
  });
  beforeEach(async () => {
    snapshot = await world.chain.request({ method: "evm_snapshot", params: [] });
  });
  afterEach(async () => {
    await world.chain.request({ method: "evm_revert", params: [snapshot] });
  });

  type Given = Partial<Act> & { code: number };
  /** Why an act is refused; undefined where it is recorded. */
  const refusal = async (
    maker: Signer,
    given: Given,
    others: Signer[] = [],
    body = "{}",
  ): Promise<string | undefined> => (await revertOf(world.act(maker, given, others, body)))?.name;
  /** The same, at that very second. */
  const refusalAt = async (time: number, maker: Signer, given: Given, others: Signer[] = []) => {
    const { act, signatures } = await world.signedAct(maker, { expires: time + 60, ...given }, others, "{}");
    await world.at(time);
    return (await revertOf(world.relay(encodeAct(act, signatures, "{}"))))?.name;
  };
  const authority = () => world.contract("Authority");
  const view = async (name: string, ...values: unknown[]) =>
    authority()
      .getFunction(name)
      .staticCall(...values);

  type Question = { role: number; at: Hex; post?: Hex; up?: number; coverA?: Hex; coverB?: Hex };
  /** What the Ledger would be told of a signature by `who` in that capacity, in the newest block's second. */
  const asked = async (who: Person, { role, at, post = NO_ID, up = 0, coverA = NO_ID, coverB = NO_ID }: Question) => {
    const bytes = sign(MESSAGE, who.key);
    const [r, s, v] = [bytes.slice(0, 32), bytes.slice(32, 64), bytes[64]];
    const [code, office, custody] = await view(
      "authorize",
      ...[MESSAGE, who.holder, role, at, post, up, coverA, coverB, r, s, v],
    );
    return { code: Number(code), office, custody } as { code: number; office: Hex; custody: bigint };
  };
  const codeOf = async (who: Person, question: Question) => (await asked(who, question)).code;
  const signs = async (who: Person) => {
    const bytes = sign(signedDigest(world.separator, MESSAGE), who.key);
    const claim = [who.holder, 0, NO_ID, NO_ID, 0, NO_ID, NO_ID];
    return Number((await view("prove", MESSAGE, claim, 1, bytes)).code);
  };
  const mineAt = async (time: number) => {
    await world.at(time);
    await world.chain.request({ method: "evm_mine", params: [] });
  };
  const enrolment = (who: Person, more: Partial<Act> = {}): Given => ({
    code: ActCode.enrol,
    holder: who.holder,
    key: keyWord(who.address),
    custody: Custody.wallet,
    ...more,
  });
  const grantOf = (who: Person, role: number, at: Hex, more: Partial<Act> = {}): Given => ({
    code: ActCode.grant,
    holder: who.holder,
    role,
    agency: at,
    ...more,
  });
  const anAgency = async (name: string, above: Hex = NO_ID) => {
    await world.act(registrar, { code: ActCode.registerAgency, agency: idOf(name), holder: above });
    return idOf(name);
  };
  /** The same person with another key. */
  const with_ = (who: Person, key: string): Person => ({ ...person(key), holder: who.holder });

  /** The second form of the same signature: high s, the other v. */
  const otherForm = (bytes: Uint8Array): Uint8Array => {
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
    const other = bytes.slice();
    other.set(fromHex(`0x${(order - BigInt(toHex(bytes, 32, 64))).toString(16).padStart(64, "0")}`), 32);
    other[64] = bytes[64] === 27 ? 28 : 27;
    return other;
  };

  describe("enrolling a holder", () => {
    const newcomer = person("newcomer");

    it("takes a registrar and the key itself", async () => {
      expect(await signs(newcomer)).to.equal(Code.UnknownHolder);
      await world.enrol(newcomer);
      expect(await signs(newcomer)).to.equal(Code.Accepted);
    });
    it("is refused where the key does not agree", async () => {
      const given = enrolment(newcomer);
      expect(await refusal(registrar, given)).to.equal("AuthoritySignatureMissing");
      expect(await refusal(registrar, given, [[with_(newcomer, "another key"), 0]])).to.equal("AuthorityBadSignature");
      expect(
        await refusal(registrar, given, [[{ ...newcomer, holder: p.head!.holder }, 0]]),
        "in another's name",
      ).to.equal("AuthorityBadSignature");
      expect(await refusal(registrar, enrolment(newcomer, { key: NO_ID }), [[newcomer, 0]])).to.equal(
        "AuthorityBadSignature",
      );
    });
    it("is refused where the key agrees with the second form of its signature", async () => {
      const { act, signatures } = await world.signedAct(registrar, enrolment(newcomer), [[newcomer, 0]], "{}");
      const second = { ...signatures[1]!, signature: otherForm(signatures[1]!.signature) };
      const data = encodeAct(act, [signatures[0]!, second], "{}");
      expect((await revertOf(world.relay(data)))?.name).to.equal("AuthorityBadSignature");
    });
    it("is refused where the key's word holds more than an address", async () => {
      const key = `0x01${keyWord(newcomer.address).slice(4)}` as Hex;
      expect(await refusal(registrar, enrolment(newcomer, { key }), [[newcomer, 0]])).to.equal("AuthorityUnknown");
    });
    for (const custody of [0, 7, 255])
      it(`is refused with custody ${custody}`, async () =>
        expect(await refusal(registrar, enrolment(newcomer, { custody }), [[newcomer, 0]])).to.equal(
          "AuthorityUnknown",
        ));
    for (const custody of [1, 6])
      it(`records custody ${custody}, which the Ledger is told with each signature`, async () => {
        await world.act(registrar, enrolment(newcomer, { custody }), [[newcomer, 0]]);
        await world.act(head, grantOf(newcomer, Role.auditor, agency));
        expect((await asked(newcomer, { role: Role.auditor, at: agency })).custody).to.equal(BigInt(custody));
      });
    it("is nobody's but a registrar's", async () => {
      for (const [who, role, at] of [overseer, head, [newcomer, 0]] as Signer[]) {
        const expected = who === newcomer ? "AuthorityBadSignature" : "AuthorityNoOffice";
        expect(await refusal([who, role, at], enrolment(newcomer), [[newcomer, 0]]), who.name).to.equal(expected);
        expect(await refusal([who, Role.registrar], enrolment(newcomer), [[newcomer, 0]]), who.name).to.equal(expected);
      }
    });
    it("happens once: the id is taken, by a holder or by an agency, and zero is none", async () => {
      const again = { ...newcomer, holder: p.officer!.holder };
      expect(await refusal(registrar, enrolment(again), [[again, 0]])).to.equal("AuthorityKnown");
      const asAgency = { ...newcomer, holder: agency };
      expect(await refusal(registrar, enrolment(asAgency), [[asAgency, 0]])).to.equal("AuthorityKnown");
      const nobody = { ...newcomer, holder: NO_ID };
      expect(await refusal(registrar, enrolment(nobody), [[nobody, 0]])).to.equal("AuthorityKnown");
    });
    it("never gives a key that has a holder to another one, not even when it is revoked", async () => {
      const thief = { ...p.officer!, holder: newcomer.holder };
      expect(await refusal(registrar, enrolment(thief), [[thief, 0]])).to.equal("AuthorityKnown");
      const key = keyWord(p.officer!.address);
      await world.act(registrar, { code: ActCode.revokeKey, holder: p.officer!.holder, key });
      expect(await refusal(registrar, enrolment(thief), [[thief, 0]])).to.equal("AuthorityKnown");
      expect(
        await refusal(registrar, { code: ActCode.addKey, holder: p.officer!.holder, key, custody: 2 }, [
          overseer,
          [p.officer!, 0],
        ]),
        "nor back to its own",
      ).to.equal("AuthorityKnown");
    });
  });

  describe("a holder's further key", () => {
    const further = () => with_(p.officer!, "officer's phone");
    const added = (): Given => ({ ...enrolment(further()), code: ActCode.addKey, custody: Custody.passkey });

    it("is added by himself, at once", async () => {
      await world.act([p.officer!, 0], added(), [[further(), 0]]);
      expect(await codeOf(further(), { role: Role.officer, at: agency, post })).to.equal(Code.Accepted);
      expect(await signs(p.officer!), "the first one stays").to.equal(Code.Accepted);
    });
    it("is refused without its own signature", async () => {
      expect(await refusal([p.officer!, 0], added())).to.equal("AuthoritySignatureMissing");
      expect(await refusal([p.officer!, 0], added(), [[p.officer!, 0]])).to.equal("AuthorityBadSignature");
    });
    it("can't be added with a key that the gateway keeps, which could then pass as the holder's own", async () => {
      const own = with_(gateway, "own");
      const given: Given = { ...enrolment(own), code: ActCode.addKey };
      expect(await refusal([gateway, 0], given, [[own, 0]])).to.equal("AuthorityOnlyGatewayKeys");
    });
    it("is added by no registrar alone, else he could sign as anybody; with an overseer it waits for a veto", async () => {
      expect(await refusal(registrar, added(), [[further(), 0]])).to.equal("AuthoritySamePerson");
      expect(await refusal(registrar, added())).to.equal("AuthoritySignatureMissing");
      await world.act(registrar, added(), [overseer, [further(), 0]]);
      const time = await world.now();
      await mineAt(time + VETO - 1);
      expect(await signs(further())).to.equal(Code.KeyRevoked);
      await mineAt(time + VETO);
      expect(await signs(further())).to.equal(Code.Accepted);
    });
    it("is added to nobody who is not enrolled", async () => {
      const nobody = person("nobody");
      const given: Given = { ...enrolment(nobody), code: ActCode.addKey };
      expect(await refusal(registrar, given, [overseer, [nobody, 0]])).to.equal("AuthorityUnknown");
      const asAgency = { ...nobody, holder: agency };
      expect(await refusal(registrar, { ...given, holder: agency }, [overseer, [asAgency, 0]]), "an agency").to.equal(
        "AuthorityUnknown",
      );
    });
  });

  describe("revoking a key", () => {
    const revoked = (who: Person): Given => ({
      code: ActCode.revokeKey,
      holder: who.holder,
      key: keyWord(who.address),
    });

    it("is the holder's or a registrar's, and ends its signatures at once", async () => {
      await world.act([p.officer!, 0], revoked(p.officer!));
      expect(await codeOf(p.officer!, { role: Role.officer, at: agency, post })).to.equal(Code.KeyRevoked);
      await world.act(registrar, revoked(p.pokja!));
      expect(await signs(p.pokja!)).to.equal(Code.KeyRevoked);
      expect(await refusal([p.officer!, 0], revoked(p.officer!)), "an act of a revoked key").to.equal(
        "AuthorityBadSignature",
      );
    });
    it("is nobody else's", async () => {
      expect(await refusal([p.officer2!, 0], revoked(p.officer!))).to.equal("AuthorityNoOffice");
      expect(await refusal(head, revoked(p.officer!))).to.equal("AuthorityNoOffice");
    });
    it("is refused for a key of another, of nobody, or already revoked", async () => {
      expect(await refusal(registrar, { ...revoked(p.officer!), key: keyWord(p.head!.address) })).to.equal(
        "AuthorityUnknown",
      );
      const nobody = { ...person("nobody"), holder: NO_ID };
      expect(await refusal(registrar, revoked(nobody))).to.equal("AuthorityUnknown");
      await world.act(registrar, revoked(p.officer!));
      expect(await refusal(registrar, revoked(p.officer!))).to.equal("AuthorityUnknown");
    });
  });

  describe("replacing a lost key", () => {
    const fresh = () => with_(p.approver!, "approver's new key");
    const replaced = (more: Partial<Act> = {}): Given => ({
      ...enrolment(fresh()),
      code: ActCode.replaceKey,
      post: keyWord(p.approver!.address),
      ...more,
    });
    const all = (): Signer[] => [overseer, [fresh(), 0]];

    it("kills the old one at once and wakes the new one when nobody has vetoed it", async () => {
      await world.act(registrar, replaced(), all());
      const time = await world.now();
      expect(await signs(p.approver!)).to.equal(Code.KeyRevoked);
      await mineAt(time + VETO - 1);
      expect(await signs(fresh())).to.equal(Code.KeyRevoked);
      await mineAt(time + VETO);
      expect(await signs(fresh())).to.equal(Code.Accepted);
    });
    it("needs the overseer and the new key, each for itself", async () => {
      expect(await refusal(registrar, replaced())).to.equal("AuthoritySignatureMissing");
      expect(await refusal(registrar, replaced(), [overseer])).to.equal("AuthoritySignatureMissing");
      expect(
        await refusal(registrar, replaced(), [
          [p.head!, Role.overseer],
          [fresh(), 0],
        ]),
      ).to.equal("AuthorityNoOffice");
      expect(await refusal(registrar, replaced(), [overseer, [p.approver!, 0]])).to.equal("AuthorityBadSignature");
      expect(await refusal(overseer, replaced(), [registrar, [fresh(), 0]]), "the wrong way round").to.equal(
        "AuthorityNoOffice",
      );
    });
    it("is vetoed by a registrar who revokes the new key within the delay", async () => {
      await world.act(registrar, replaced(), all());
      const time = await world.now();
      await world.act(registrar, {
        code: ActCode.revokeKey,
        holder: p.approver!.holder,
        key: keyWord(fresh().address),
      });
      await mineAt(time + VETO);
      expect(await signs(fresh())).to.equal(Code.KeyRevoked);
    });
    it("is vetoed by another registrar than the one who signed it, and then given anew with an overseer", async () => {
      const second: Signer = [person("second registrar"), Role.registrar];
      await world.appoint(second[0], Role.registrar);
      await world.act(registrar, replaced(), all());
      const time = await world.now();
      const veto = { code: ActCode.revokeKey, holder: p.approver!.holder, key: keyWord(fresh().address) };
      expect(await refusalAt(time + VETO - 1, second, veto)).to.equal(undefined);
      await mineAt(time + VETO);
      expect(await signs(fresh())).to.equal(Code.KeyRevoked);
      expect(await signs(p.approver!), "nor does the old one come back").to.equal(Code.KeyRevoked);
      const third = with_(p.approver!, "approver's third key");
      const added: Given = { ...enrolment(third), code: ActCode.addKey };
      expect(await refusal(second, added, [overseer, [third, 0]])).to.equal(undefined);
      await world.pass(VETO);
      expect(await signs(third)).to.equal(Code.Accepted);
    });
    it("is refused for a key that is not the holder's, and for nobody", async () => {
      expect(await refusal(registrar, replaced({ post: keyWord(p.head!.address) }), all())).to.equal(
        "AuthorityUnknown",
      );
      expect(
        await refusal(registrar, replaced({ post: `0xff${keyWord(p.approver!.address).slice(4)}` }), all()),
      ).to.equal("AuthorityUnknown");
      const nobody = { ...person("nobody"), holder: NO_ID };
      expect(
        await refusal(registrar, replaced({ ...enrolment(nobody), code: ActCode.replaceKey, post: NO_ID }), [
          overseer,
          [nobody, 0],
        ]),
      ).to.equal("AuthorityUnknown");
    });
    it("is no overseer's to agree to when it is his own", async () => {
      const own = with_(p.overseer!, "overseer's new key");
      const given: Given = { ...replaced(), ...enrolment(own), code: ActCode.replaceKey };
      expect(await refusal(registrar, { ...given, post: keyWord(p.overseer!.address) }, [overseer, [own, 0]])).to.equal(
        "AuthoritySamePerson",
      );
    });
  });

  describe("two people", () => {
    it("are two: a registrar who is overseer too does not agree with himself", async () => {
      await world.appoint(p.registrar!, Role.overseer, { known: true });
      const given = grantOf(p.stranger!, Role.head, agency);
      await world.enrol(p.stranger!);
      expect(await refusal(registrar, given, [[p.registrar!, Role.overseer]])).to.equal("AuthoritySamePerson");
      expect(await refusal(registrar, given, [overseer])).to.equal(undefined);
    });
    it("do not both sign with keys that the gateway keeps", async () => {
      const [first, second] = [person("kept registrar"), person("kept overseer")];
      await world.appoint(first, Role.registrar, { custody: Custody.gateway });
      await world.appoint(second, Role.overseer, { custody: Custody.gateway });
      const given = grantOf(p.officer!, Role.head, agency);
      expect(await refusal([first, Role.registrar], given, [[second, Role.overseer]])).to.equal(
        "AuthorityOnlyGatewayKeys",
      );
      const fresh = with_(p.officer!, "officer's new key");
      const replaced: Given = {
        ...enrolment(fresh),
        code: ActCode.replaceKey,
        post: keyWord(p.officer!.address),
      };
      expect(
        await refusal([first, Role.registrar], replaced, [
          [second, Role.overseer],
          [fresh, 0],
        ]),
        "the new key does not count",
      ).to.equal("AuthorityOnlyGatewayKeys");
      expect(await refusal([first, Role.registrar], given, [overseer]), "one own key is enough").to.equal(undefined);
    });
  });

  describe("agencies", () => {
    const registered = (name: string, above: Hex = NO_ID): Given => ({
      code: ActCode.registerAgency,
      agency: idOf(name),
      holder: above,
    });

    it("are registered once, below one that is known, by a registrar", async () => {
      expect(await refusal(registrar, registered("new", idOf("unknown")))).to.equal("AuthorityUnknown");
      expect(await refusal(registrar, { ...registered("x"), agency: NO_ID })).to.equal("AuthorityKnown");
      expect(await refusal(registrar, { ...registered("x"), agency })).to.equal("AuthorityKnown");
      expect(await refusal(registrar, { ...registered("x"), agency: p.head!.holder }), "a holder's id").to.equal(
        "AuthorityKnown",
      );
      expect(await refusal(head, registered("new", parent))).to.equal("AuthorityNoOffice");
      expect(await refusal(registrar, registered("new", parent))).to.equal(undefined);
    });
    it("and suppliers stand in trees of their own", async () => {
      const branch: Given = { code: ActCode.registerEntity, agency: idOf("branch"), holder: parent };
      expect(await refusal(registrar, branch)).to.equal("AuthorityUnknown");
      expect(await refusal(registrar, { ...branch, holder: supplier })).to.equal(undefined);
      expect(await refusal(registrar, registered("new", supplier))).to.equal("AuthorityUnknown");
      expect(await view("isEntity", idOf("branch"))).to.equal(true);
      expect(await view("isEntity", agency)).to.equal(false);
      expect(await view("isEntity", idOf("unknown"))).to.equal(false);
    });
    it("stand at most eight levels deep", async () => {
      let above = parent;
      for (let level = 2; level <= 8; level++) above = await anAgency(`level ${level}`, above);
      expect(await refusal(registrar, registered("level 9", above))).to.equal("AuthorityTooDeep");
      await world.act(head, grantOf(p.officer!, Role.auditor, parent, { custody: 1 }));
      expect(await codeOf(p.officer!, { role: Role.auditor, at: above, up: 7 }), "from the top to the bottom").to.equal(
        Code.Accepted,
      );
    });

    describe("move", () => {
      const moved = (which: Hex, to: Hex): Given => ({ code: ActCode.moveAgency, agency: which, holder: to });

      it("with a registrar and an overseer, below another or to the top", async () => {
        const other = await anAgency("other");
        expect(await refusal(registrar, moved(agency, other))).to.equal("AuthoritySignatureMissing");
        expect(await refusal(registrar, moved(agency, other), [overseer])).to.equal(undefined);
        expect(await codeOf(p.treasurer!, { role: Role.treasurer, at: agency, up: 1 }), "no longer above").to.equal(
          Code.NoOffice,
        );
        expect(await refusal(registrar, moved(agency, NO_ID), [overseer])).to.equal(undefined);
        expect(await refusal(registrar, moved(agency, parent), [overseer])).to.equal(undefined);
        expect(await codeOf(p.treasurer!, { role: Role.treasurer, at: agency, up: 1 })).to.equal(Code.Accepted);
      });
      it("never below themselves", async () => {
        const below = await anAgency("below", agency);
        for (const to of [agency, below])
          expect(await refusal(registrar, moved(agency, to), [overseer])).to.equal("AuthorityCycle");
        expect(await refusal(registrar, moved(parent, below), [overseer])).to.equal("AuthorityCycle");
      });
      it("never so that what stands below them is too deep", async () => {
        const top = await anAgency("top");
        const second = await anAgency("second", top);
        await anAgency("third", second);
        let above = parent;
        for (let level = 2; level <= 5; level++) above = await anAgency(`level ${level}`, above);
        // five levels and three are eight
        expect(await refusal(registrar, moved(top, above), [overseer])).to.equal(undefined);
        expect(await refusal(registrar, moved(top, NO_ID), [overseer])).to.equal(undefined);
        above = await anAgency("level 6", above);
        expect(await refusal(registrar, moved(top, above), [overseer])).to.equal("AuthorityTooDeep");
      });
      it("only where both are agencies that are known", async () => {
        expect(await refusal(registrar, moved(idOf("unknown"), parent), [overseer])).to.equal("AuthorityUnknown");
        expect(await refusal(registrar, moved(supplier, parent), [overseer])).to.equal("AuthorityUnknown");
        expect(await refusal(registrar, moved(agency, supplier), [overseer])).to.equal("AuthorityUnknown");
        expect(await refusal(registrar, moved(agency, idOf("unknown")), [overseer])).to.equal("AuthorityUnknown");
      });
    });

    describe("succession", () => {
      let successor: Hex;
      const succeeded = (which: Hex, by: Hex): Given => ({ code: ActCode.succeed, agency: which, holder: by });
      beforeEach(async () => {
        successor = await anAgency("successor", parent);
      });

      it("lets the offices of the successor sign for what the old agency began, those of its other neighbours not", async () => {
        const neighbour = await anAgency("neighbour", parent);
        await world.act(head, grantOf(p.officer2!, Role.officer, successor, { post }));
        await world.act(head, grantOf(p.pokja!, Role.officer, neighbour, { post }));
        expect(await codeOf(p.officer2!, { role: Role.officer, at: agency, post, up: 1 })).to.equal(Code.NoOffice);
        await world.act(registrar, succeeded(agency, successor), [overseer]);
        expect(await codeOf(p.officer2!, { role: Role.officer, at: agency, post, up: 1 })).to.equal(Code.Accepted);
        expect(await codeOf(p.pokja!, { role: Role.officer, at: agency, post, up: 1 })).to.equal(Code.NoOffice);
        expect(await codeOf(p.approver!, { role: Role.approver, at: successor, up: 1 }), "not the other way").to.equal(
          Code.NoOffice,
        );
        expect(
          await codeOf(p.kabApprover!, { role: Role.approver, at: agency, up: 2 }),
          "what covers the successor covers it too",
        ).to.equal(Code.Accepted);
      });
      it("lets the successor's treasurer pay for it, without a subtree", async () => {
        await world.act(registrar, succeeded(agency, successor), [overseer]);
        await world.act(head, grantOf(p.pokja!, Role.treasurer, successor), [overseer]);
        await world.pass(VETO);
        expect(await codeOf(p.pokja!, { role: Role.treasurer, at: successor, coverA: agency })).to.equal(Code.Accepted);
        expect(await codeOf(p.pokja!, { role: Role.treasurer, at: successor, coverA: parent })).to.equal(
          Code.NotCovering,
        );
      });
      it("closes the old agency to new processes, stems, offices and agencies below", async () => {
        const stem = toHex(fromHex(idOf("ocds-213czf-dpu")));
        expect(Number(await view("checkStem", stem, agency, 1))).to.equal(Code.Accepted);
        await world.act(registrar, succeeded(agency, successor), [overseer]);
        expect(Number(await view("checkStem", stem, agency, 1))).to.equal(Code.UnknownStem);
        expect(await refusal(registrar, { code: ActCode.addStem, agency, role: 1 }, [], "ocds-213czf-more")).to.equal(
          "AuthorityUnknown",
        );
        expect(await refusal(head, grantOf(p.pokja!, Role.auditor, agency))).to.equal("AuthorityUnknown");
        expect(await refusal(registrar, registered("below", agency))).to.equal("AuthorityUnknown");
        expect(await refusal(registrar, succeeded(agency, parent), [overseer]), "once").to.equal("AuthorityUnknown");
        expect(
          await refusal(registrar, { code: ActCode.moveAgency, agency, holder: parent }, [overseer]),
          "nor moved away",
        ).to.equal("AuthorityUnknown");
        expect(
          await refusal(head, { ...grantOf(p.officer!, Role.officer, agency, { post }), code: ActCode.revoke }),
        ).to.equal(undefined);
      });
      it("is by another agency that goes on, with two people", async () => {
        expect(await refusal(registrar, succeeded(agency, successor))).to.equal("AuthoritySignatureMissing");
        expect(await refusal(registrar, succeeded(agency, agency), [overseer])).to.equal("AuthorityCycle");
        expect(await refusal(registrar, succeeded(parent, agency), [overseer])).to.equal("AuthorityCycle");
        expect(await refusal(registrar, succeeded(agency, NO_ID), [overseer])).to.equal("AuthorityUnknown");
        expect(await refusal(registrar, succeeded(agency, supplier), [overseer])).to.equal("AuthorityUnknown");
        await world.act(registrar, succeeded(successor, parent), [overseer]);
        expect(await refusal(registrar, succeeded(agency, successor), [overseer]), "an ended one").to.equal(
          "AuthorityUnknown",
        );
      });
    });
  });

  describe("stems of ocids", () => {
    const stem = (text: string, role = 1, at = agency) =>
      refusal(registrar, { code: ActCode.addStem, agency: at, role }, [], text);
    const check = async (text: string, at: Hex) => Number(await view("checkStem", idOf(text), at, 1));

    it("belong to one agency, which others are told", async () => {
      expect(await stem("ocds-213czf-two")).to.equal(undefined);
      expect(await check("ocds-213czf-two", agency)).to.equal(Code.Accepted);
      expect(await check("ocds-213czf-two", parent)).to.equal(Code.StemOfAnother);
      expect(await check("ocds-213czf-three", agency)).to.equal(Code.UnknownStem);
      expect(await stem("ocds-213czf-two", 1, parent), "registered already").to.equal("AuthorityStem");
    });
    it("never begin with another stem and a hyphen, whichever comes first", async () => {
      expect(await stem("ocds-213czf-dpu-jalan", 1, parent)).to.equal("AuthorityStem");
      expect(await stem("ocds-213czf", 1, parent)).to.equal("AuthorityStem");
      expect(await stem("ocds", 1, parent)).to.equal("AuthorityStem");
      expect(await stem("ocds-213czf-dpu-", 1, parent)).to.equal("AuthorityStem");
      expect(await stem("ocds-213czf-dpuj", 1, parent), "no hyphen between").to.equal(undefined);
      expect(await stem("ocds-213czf-dp", 1, parent)).to.equal(undefined);
      expect(await stem("213czf-dpu", 1, parent)).to.equal(undefined);
    });
    it("have 1 to 100 bytes", async () => {
      expect(await stem("")).to.equal("AuthorityStem");
      expect(await stem("x".repeat(101))).to.equal("AuthorityStem");
      expect(await stem("x".repeat(100))).to.equal(undefined);
      expect(await stem("y")).to.equal(undefined);
    });
    it("serve native entries or waves, one of an agency the latter, which then is closed to native ones", async () => {
      expect(await stem("ocds-213czf-lama", 0)).to.equal("AuthorityStem");
      expect(await stem("ocds-213czf-lama", 3)).to.equal("AuthorityStem");
      expect(await stem("ocds-213czf-lama", 2)).to.equal(undefined);
      expect(await check("ocds-213czf-lama", agency)).to.equal(Code.UnknownStem);
      expect(await stem("ocds-213czf-lama2", 2)).to.equal("AuthorityStem");
      expect(await stem("ocds-213czf-lama2", 2, parent)).to.equal(undefined);
    });
    it("are a registrar's to add, to an agency", async () => {
      expect(await stem("ocds-213czf-x", 1, supplier)).to.equal("AuthorityUnknown");
      expect(await stem("ocds-213czf-x", 1, idOf("unknown"))).to.equal("AuthorityUnknown");
      const given: Given = { code: ActCode.addStem, agency, role: 1 };
      expect(await refusal(head, given, [], "ocds-213czf-x")).to.equal("AuthorityNoOffice");
    });
  });

  describe("granting an office", () => {
    const granted = (role: number, more: Partial<Act> = {}) => grantOf(p.pokja!, role, agency, more);

    for (const role of ["procurement", "officer", "auditor"] as const)
      it(`${role}: a head alone`, async () => {
        const at = role === "procurement" ? idOf("other") : agency;
        if (at !== agency) await anAgency("other", parent);
        expect(await refusal([p.overseer!, Role.head, parent], grantOf(p.pokja!, Role[role], at))).to.equal(
          "AuthorityNoOffice",
        );
        expect(await refusal(registrar, grantOf(p.pokja!, Role[role], at))).to.equal("AuthorityNoOffice");
        expect(await refusal(head, grantOf(p.pokja!, Role[role], at))).to.equal(undefined);
      });
    for (const role of ["approver", "treasurer"] as const)
      it(`${role}: a head and an overseer, after the delay for a veto`, async () => {
        const given = granted(Role[role]);
        expect(await refusal(head, given)).to.equal("AuthoritySignatureMissing");
        expect(await refusal(head, given, [registrar])).to.equal("AuthorityNoOffice");
        expect(await refusal(registrar, given, [overseer])).to.equal("AuthorityNoOffice");
        await world.act(head, given, [overseer]);
        const time = await world.now();
        await mineAt(time + VETO - 1);
        expect(await codeOf(p.pokja!, { role: Role[role], at: agency })).to.equal(Code.OfficeNotYet);
        await mineAt(time + VETO);
        expect(await codeOf(p.pokja!, { role: Role[role], at: agency })).to.equal(Code.Accepted);
      });
    it("head: a registrar and an overseer, after the delay", async () => {
      const given = granted(Role.head);
      expect(await refusal(head, given, [overseer])).to.equal("AuthorityNoOffice");
      expect(await refusal(registrar, given)).to.equal("AuthoritySignatureMissing");
      await world.act(registrar, given, [overseer]);
      const time = await world.now();
      const early = grantOf(p.officer!, Role.auditor, agency);
      expect(await refusalAt(time + VETO - 1, [p.pokja!, Role.head, agency], early)).to.equal("AuthorityNoOffice");
      expect(await refusalAt(time + VETO, [p.pokja!, Role.head, agency], early)).to.equal(undefined);
    });
    it("supplier: a registrar alone, for an entity", async () => {
      expect(await refusal(head, grantOf(p.pokja!, Role.supplier, supplier))).to.equal("AuthorityNoOffice");
      expect(await refusal(registrar, grantOf(p.pokja!, Role.supplier, agency))).to.equal("AuthorityUnknown");
      expect(await refusal(registrar, grantOf(p.pokja!, Role.supplier, supplier))).to.equal(undefined);
      expect(await codeOf(p.pokja!, { role: Role.supplier, at: supplier })).to.equal(Code.Accepted);
    });
    it("is refused for offices of agencies at an entity or nowhere", async () => {
      expect(await refusal(registrar, grantOf(p.pokja!, Role.officer, supplier))).to.equal("AuthorityUnknown");
      expect(await refusal(registrar, grantOf(p.pokja!, Role.head, supplier), [overseer])).to.equal("AuthorityUnknown");
      expect(await refusal(head, grantOf(p.pokja!, Role.officer, idOf("unknown")))).to.equal("AuthorityUnknown");
      expect(await refusal(head, grantOf(p.pokja!, Role.officer, NO_ID))).to.equal("AuthorityUnknown");
    });
    for (const role of [0, Role.overseer, Role.registrar, 10, 11, 255])
      it(`leaves role ${role} to the council`, async () => {
        expect(await refusal(head, granted(role), [overseer])).to.equal("AuthorityCouncilOnly");
        expect(await refusal(registrar, { ...granted(role), agency: NO_ID }, [overseer])).to.equal(
          "AuthorityCouncilOnly",
        );
      });
    it("is refused to somebody who is not enrolled, and to an agency", async () => {
      expect(await refusal(head, grantOf(person("nobody"), Role.officer, agency))).to.equal("AuthorityUnknown");
      expect(await refusal(head, granted(Role.officer, { holder: parent }))).to.equal("AuthorityUnknown");
    });
    it("gives nobody an office that takes two by his own signature", async () => {
      expect(await refusal(head, grantOf(p.head!, Role.approver, agency), [overseer])).to.equal("AuthoritySamePerson");
      expect(await refusal(head, grantOf(p.overseer!, Role.approver, agency), [overseer])).to.equal(
        "AuthoritySamePerson",
      );
      expect(await refusal(registrar, grantOf(p.registrar!, Role.head, agency), [overseer])).to.equal(
        "AuthoritySamePerson",
      );
      expect(await refusal(head, grantOf(p.head!, Role.officer, agency)), "an officer's he may").to.equal(undefined);
    });
    it("reaches down from a head whose office covers a subtree, and not from another", async () => {
      await world.act(registrar, grantOf(p.officer!, Role.head, parent), [overseer]);
      await anAgency("other");
      await world.act(registrar, grantOf(p.officer2!, Role.head, idOf("other"), { custody: 1 }), [overseer]);
      await world.pass(VETO);
      const given = granted(Role.auditor);
      expect(await refusal([p.officer!, Role.head, parent], given)).to.equal("AuthorityNoOffice");
      expect(await refusal([p.officer2!, Role.head, idOf("other")], given)).to.equal("AuthorityNoOffice");
      expect(await refusal([p.officer!, Role.head, parent], { ...given, agency: parent })).to.equal(undefined);
      expect(await refusal(head, given)).to.equal(undefined);
    });
    it("begins now or later, never before its recording", async () => {
      const time = (await world.now()) + 100;
      const given = granted(Role.auditor, { from: time });
      expect(await refusalAt(time + 1, head, given)).to.equal("AuthorityBackdated");
      expect(await refusalAt(time + 2, head, { ...given, from: time + 2 })).to.equal(undefined);
      expect(await codeOf(p.pokja!, { role: Role.auditor, at: agency })).to.equal(Code.Accepted);
      await world.act(head, { ...given, holder: p.officer!.holder, from: time + 1000 });
      await mineAt(time + 999);
      expect(await codeOf(p.officer!, { role: Role.auditor, at: agency })).to.equal(Code.OfficeNotYet);
      await mineAt(time + 1000);
      expect(await codeOf(p.officer!, { role: Role.auditor, at: agency })).to.equal(Code.Accepted);
    });
    it("takes the later of the delay's end and its own beginning", async () => {
      const later = (await world.now()) + VETO + DAY;
      await world.act(head, granted(Role.approver, { from: later }), [overseer]);
      await mineAt(later - 1);
      expect(await codeOf(p.pokja!, { role: Role.approver, at: agency })).to.equal(Code.OfficeNotYet);
      await mineAt(later);
      expect(await codeOf(p.pokja!, { role: Role.approver, at: agency })).to.equal(Code.Accepted);
      await world.act(head, { ...granted(Role.treasurer), from: (await world.now()) + DAY }, [overseer]);
      await world.pass(2 * DAY);
      expect(await codeOf(p.pokja!, { role: Role.treasurer, at: agency }), "the delay is longer").to.equal(
        Code.OfficeNotYet,
      );
    });
    it("ends at `until`, which lies after its beginning", async () => {
      const time = (await world.now()) + 100;
      expect(await refusalAt(time, head, granted(Role.auditor, { until: time }))).to.equal("AuthorityBackdated");
      expect(await refusalAt(time + 1, head, granted(Role.auditor, { from: time + 9, until: time + 9 }))).to.equal(
        "AuthorityBackdated",
      );
      expect(await refusalAt(time + 2, head, granted(Role.approver, { until: time + 2 + VETO }), [overseer])).to.equal(
        "AuthorityBackdated",
      );
      expect(await refusalAt(time + 3, head, granted(Role.auditor, { until: time + 10 }))).to.equal(undefined);
      await mineAt(time + 9);
      expect(await codeOf(p.pokja!, { role: Role.auditor, at: agency })).to.equal(Code.Accepted);
      await mineAt(time + 10);
      expect(await codeOf(p.pokja!, { role: Role.auditor, at: agency })).to.equal(Code.OfficeEnded);
      expect(await refusal(head, granted(Role.auditor)), "and may be granted anew").to.equal(undefined);
      expect(await codeOf(p.pokja!, { role: Role.auditor, at: agency })).to.equal(Code.Accepted);
    });
    it("is refused while the office runs or waits", async () => {
      await world.act(head, granted(Role.auditor));
      expect(await refusal(head, granted(Role.auditor))).to.equal("AuthorityKnown");
      await world.act(head, granted(Role.approver), [overseer]);
      expect(await refusal(head, granted(Role.approver), [overseer])).to.equal("AuthorityKnown");
    });
    it("covers the agencies below only where it says so, with `custody` 1 and no other number", async () => {
      expect(await refusal(head, granted(Role.auditor, { custody: 2 }))).to.equal("AuthorityUnknown");
      const below = await anAgency("below", agency);
      await world.act(head, granted(Role.auditor));
      expect(await codeOf(p.pokja!, { role: Role.auditor, at: below, up: 1 })).to.equal(Code.NoOffice);
      await world.act(head, grantOf(p.officer!, Role.auditor, agency, { custody: 1 }));
      expect(await codeOf(p.officer!, { role: Role.auditor, at: below, up: 1 })).to.equal(Code.Accepted);
    });
    it("tells the Ledger the leaf of the grant", async () => {
      const [log] = await world.act(head, granted(Role.auditor));
      expect((await asked(p.pokja!, { role: Role.auditor, at: agency })).office).to.equal(log!.topics[1]);
    });
  });

  describe("ending an office", () => {
    const office = (): Given => grantOf(p.officer!, Role.officer, agency, { post });
    const revoke = (): Given => ({ ...office(), code: ActCode.revoke });
    const veto = (who: Person, role: number): Given => ({ ...grantOf(who, role, agency), code: ActCode.veto });

    it("by revocation is a head's or a registrar's, and at once", async () => {
      for (const who of [head, registrar]) {
        await world.undone(async () => {
          expect(await codeOf(p.officer!, { role: Role.officer, at: agency, post })).to.equal(Code.Accepted);
          expect(await refusal(who, revoke())).to.equal(undefined);
          expect(await codeOf(p.officer!, { role: Role.officer, at: agency, post })).to.equal(Code.OfficeEnded);
        });
      }
      expect(await refusal([p.officer!, Role.officer, agency], revoke())).to.equal("AuthorityNoOffice");
      expect(await refusal(overseer, revoke())).to.equal("AuthorityNoOffice");
      expect(await refusal([p.officer!, Role.head, agency], revoke())).to.equal("AuthorityNoOffice");
    });
    it("is refused for an office never granted, of another post, or over", async () => {
      expect(await refusal(head, { ...revoke(), post: idOf("ppk-9") })).to.equal("AuthorityUnknown");
      await world.act(head, revoke());
      expect(await refusal(head, revoke())).to.equal("AuthorityTooLate");
      expect(await refusal(head, office()), "but it can be granted again").to.equal(undefined);
    });
    for (const who of ["registrar", "overseer"] as const)
      it(`is not a registrar's where it is that of ${who}: the council alone dismisses him`, async () => {
        const given = { ...grantOf(p[who]!, Role[who], NO_ID), code: ActCode.revoke };
        expect(await refusal(registrar, given)).to.equal("AuthorityCouncilOnly");
      });
    it("by veto is a registrar's, until the second before it would begin", async () => {
      const given = grantOf(p.pokja!, Role.approver, agency);
      await world.act(head, given, [overseer]);
      const begins = (await world.now()) + VETO;
      expect(await refusal(head, veto(p.pokja!, Role.approver))).to.equal("AuthorityNoOffice");
      expect(await refusal(overseer, veto(p.pokja!, Role.approver))).to.equal("AuthorityNoOffice");
      await world.undone(async () =>
        expect(await refusalAt(begins, registrar, veto(p.pokja!, Role.approver))).to.equal("AuthorityTooLate"),
      );
      expect(await refusalAt(begins - 1, registrar, veto(p.pokja!, Role.approver))).to.equal(undefined);
      await mineAt(begins);
      expect(await codeOf(p.pokja!, { role: Role.approver, at: agency })).to.equal(Code.OfficeEnded);
      expect(await refusal(head, given, [overseer]), "and it can be granted anew").to.equal(undefined);
    });
    it("is vetoed once, and never where nothing was granted", async () => {
      await world.act(head, grantOf(p.pokja!, Role.approver, agency), [overseer]);
      await world.act(registrar, veto(p.pokja!, Role.approver));
      expect(await refusal(registrar, veto(p.pokja!, Role.approver))).to.equal("AuthorityTooLate");
      expect(await refusal(registrar, veto(p.pokja!, Role.treasurer))).to.equal("AuthorityTooLate");
    });
  });

  describe("what the Ledger asks", () => {
    it("is answered by the office at exactly that many levels above", async () => {
      const question = { role: Role.approver, at: agency };
      expect(await codeOf(p.kabApprover!, question)).to.equal(Code.NoOffice);
      expect(await codeOf(p.kabApprover!, { ...question, up: 1 })).to.equal(Code.Accepted);
      for (const up of [2, 8, 9, 255])
        expect(await codeOf(p.kabApprover!, { ...question, up }), `${up}`).to.equal(Code.NoOffice);
      expect(await codeOf(p.approver!, { ...question, up: 1 })).to.equal(Code.NoOffice);
    });
    it("tells another post, another role and another agency apart", async () => {
      const question = { role: Role.officer, at: agency, post };
      expect(await codeOf(p.officer!, question)).to.equal(Code.Accepted);
      expect(await codeOf(p.officer!, { ...question, post: NO_ID })).to.equal(Code.NoOffice);
      expect(await codeOf(p.officer!, { ...question, role: Role.approver })).to.equal(Code.NoOffice);
      expect(await codeOf(p.officer!, { ...question, at: parent })).to.equal(Code.NoOffice);
    });
    it("tells who covers the contract's agency or its payer", async () => {
      const other = await anAgency("other");
      const question = { role: Role.treasurer, at: parent };
      expect(await codeOf(p.treasurer!, { ...question, coverA: parent })).to.equal(Code.Accepted);
      expect(await codeOf(p.treasurer!, { ...question, coverA: agency })).to.equal(Code.Accepted);
      expect(await codeOf(p.treasurer!, { ...question, coverA: other })).to.equal(Code.NotCovering);
      expect(await codeOf(p.treasurer!, { ...question, coverA: other, coverB: agency })).to.equal(Code.Accepted);
      expect(await codeOf(p.treasurer!, { ...question, coverA: other, coverB: idOf("unknown") })).to.equal(
        Code.NotCovering,
      );
      await world.act(head, grantOf(p.pokja!, Role.treasurer, parent), [overseer]);
      await world.pass(VETO);
      expect(await codeOf(p.pokja!, { ...question, coverA: parent })).to.equal(Code.Accepted);
      expect(await codeOf(p.pokja!, { ...question, coverA: agency }), "without a subtree").to.equal(Code.NotCovering);
    });
    it("takes one form of a signature: low s, v of 27 or 28", async () => {
      const bytes = sign(MESSAGE, p.officer!.key);
      const [r, s, v] = [toHex(bytes, 0, 32), toHex(bytes, 32, 64), bytes[64]!];
      const other = v === 27 ? 28 : 27;
      const ask = async (...form: unknown[]) =>
        Number(
          (
            await view(
              "authorize",
              ...[MESSAGE, p.officer!.holder, Role.officer, agency, post, 0, NO_ID, NO_ID, ...form],
            )
          )[0],
        );
      expect(await ask(r, s, v)).to.equal(Code.Accepted);
      expect(await ask(r, s, other)).to.equal(Code.BadSignature);
      const high = otherForm(bytes);
      expect(await ask(r, toHex(high, 32, 64), high[64])).to.equal(Code.BadSignature);
      for (const odd of [0, 1, 26, 29, 255, 256 + v])
        expect(await ask(r, s, odd), `v ${odd}`).to.equal(Code.BadSignature);
      expect(await ask(NO_ID, s, v)).to.equal(Code.BadSignature);
      expect(await ask(r, NO_ID, v)).to.equal(Code.BadSignature);
    });
  });

  describe("an act", () => {
    const given = (): Given => ({ code: ActCode.registerAgency, agency: idOf("new") });
    const relayed = async (signed: Awaited<ReturnType<World["signedAct"]>>, body = "{}") =>
      (await revertOf(world.relay(encodeAct(signed.act, signed.signatures, body))))?.name;

    it("counts until the second it expires, and lives 31 days at most", async () => {
      const time = (await world.now()) + 100;
      const month = 31 * DAY;
      expect(await refusalAt(time, registrar, { ...given(), expires: time - 1 })).to.equal("AuthorityActExpired");
      expect(await refusalAt(time + 1, registrar, { ...given(), expires: time + 1 })).to.equal(undefined);
      expect(
        await refusalAt(time + 2, registrar, { ...given(), agency: idOf("b"), expires: time + 3 + month }),
      ).to.equal("AuthorityActExpiresTooFar");
      expect(
        await refusalAt(time + 3, registrar, { ...given(), agency: idOf("b"), expires: time + 3 + month }),
      ).to.equal(undefined);
    });
    it("counts once: sent again it names a last act that is no longer the last", async () => {
      const signed = await world.signedAct(head, grantOf(p.pokja!, Role.auditor, agency), [], "{}");
      expect(await relayed(signed)).to.equal(undefined);
      expect(await relayed(signed)).to.equal("AuthorityStaleAct");
      await world.act(head, { ...grantOf(p.pokja!, Role.auditor, agency), code: ActCode.revoke });
      expect(await relayed(signed), "also after a revocation").to.equal("AuthorityStaleAct");
    });
    it("is refused where it names no act, or another than the last", async () => {
      const revoke: Given = { code: ActCode.revokeKey, holder: p.officer!.holder, key: keyWord(p.officer!.address) };
      expect(await refusal(registrar, { ...revoke, previous: NO_ID })).to.equal("AuthorityStaleAct");
      expect(await refusal(registrar, { ...revoke, previous: idOf("x") })).to.equal("AuthorityStaleAct");
    });
    it("signed for another deployment is no signature here", async () => {
      const signed = await world.signedAct(registrar, given(), [], "{}");
      const elsewhere = sha256(world.separator);
      const signature = sign(actDigest(elsewhere, signed.act), p.registrar!.key);
      expect(await relayed({ ...signed, signatures: [{ ...signed.signatures[0]!, signature }] })).to.equal(
        "AuthorityBadSignature",
      );
    });
    it("is as it was signed: any changed field makes the signature another's", async () => {
      const signed = await world.signedAct(head, grantOf(p.pokja!, Role.auditor, agency), [], "{}");
      const changes: Partial<Act>[] = [
        { role: Role.procurement },
        { post: idOf("x") },
        { key: idOf("x") },
        { custody: 1 },
        { from: (await world.now()) + DAY },
        { until: (await world.now()) + DAY },
        { expires: signed.act.expires + 1 },
        { holder: p.officer!.holder },
        { agency: parent },
      ];
      for (const change of changes) {
        const act = { ...signed.act, ...change };
        const previous = await world.lastAct(officeKey(act.holder, act.agency, act.role, act.post));
        // the role is held already, or the signature is wrong: nothing of it passes
        expect(await relayed({ ...signed, act: { ...act, previous } }), JSON.stringify(change)).to.equal(
          "AuthorityBadSignature",
        );
      }
    });
    it("comes with the body whose digest it signs", async () => {
      const signed = await world.signedAct(registrar, given(), [], "{}");
      expect(await relayed(signed, "{} ")).to.equal("AuthorityWrongBody");
      expect(await relayed(signed, "")).to.equal("AuthorityWrongBody");
    });
    for (const code of [0, 17, 19, 20, 21, 22, 65_535])
      it(`with code ${code} is unknown`, async () =>
        expect(await refusal(registrar, { ...given(), code })).to.equal("AuthorityUnknownAct"));
    it("is signed by its maker first, and by somebody", async () => {
      const signed = await world.signedAct(registrar, { ...given(), maker: p.head!.holder }, [], "{}");
      expect(await relayed(signed)).to.equal("AuthoritySignatureMissing");
      expect(await relayed({ ...signed, signatures: [] })).to.equal("AuthoritySignatureMissing");
    });
    it("takes no signature that it does not check, so no invented signer stands in the log", async () => {
      const invented: Signer = [{ ...p.head!, key: p.stranger!.key }, Role.head, parent];
      expect(await refusal(registrar, given(), [invented])).to.equal("AuthoritySurplusSignatures");
      expect(await refusal(registrar, given(), [overseer])).to.equal("AuthoritySurplusSignatures");
    });
    it("names the capacity that was checked: whoever relays it can't write another", async () => {
      const signed = await world.signedAct(registrar, given(), [], "{}");
      const as = (role: number, at: Hex) => ({
        ...signed,
        signatures: [{ ...signed.signatures[0]!, role, agency: at }],
      });
      expect(await relayed(as(Role.head, NO_ID))).to.equal("AuthorityNoOffice");
      expect(await relayed(as(Role.registrar, parent))).to.equal("AuthorityNoOffice");
      expect(await relayed(as(Role.registrar, NO_ID))).to.equal(undefined);
    });
    it("may be relayed by anybody", async () => {
      const { act, signatures } = await world.signedAct(registrar, given(), [], "{}");
      const stranger = await world.chain.provider.getSigner(7);
      const data = encodeAct(act, signatures, "{}");
      await (await stranger.sendTransaction({ to: world.addresses.Authority, data, gasLimit: 5_000_000 })).wait();
      expect(await world.lastAct(idOf("new"))).to.not.equal(NO_ID);
    });
    it("is a leaf that its event alone gives, its signers with their offices included", async () => {
      const [log] = await world.act(head, grantOf(p.pokja!, Role.treasurer, agency), [overseer]);
      const { args } = interfaceOf("Authority").parseLog(log!)!;
      const [leaf, , words, sequence, timeMs, signers, , packed] = args;
      const word = (value: bigint) => fromHex(`0x${value.toString(16).padStart(64, "0")}`);
      const header = new Uint8Array(32);
      header.set([0, 1, 2]);
      const parts = [header, ...words.map((w: Hex) => fromHex(w)), word(sequence), word(timeMs), fromHex(signers)];
      expect(toHex(sha256(new Uint8Array(parts.flatMap((part) => [...part]))))).to.equal(leaf);
      const bytes = fromHex(packed);
      const size = 32 + 1 + 32 + 1 + 32 + 3 + 65;
      const read = Array.from({ length: bytes.length / size }, (_, i) => {
        const at = i * size;
        return {
          holder: toHex(bytes, at, at + 32),
          capacity: bytes[at + 32]!,
          custody: bytes[at + 65]!,
          office: toHex(bytes, at + 66, at + 98),
          exceptions: 0,
          seen: NO_ID,
        };
      });
      expect(toHex(chainSigners(read))).to.equal(signers);
      expect(read.map((r) => [r.holder, r.capacity])).to.deep.equal([
        [p.head!.holder, Role.head],
        [p.overseer!.holder, Role.overseer],
      ]);
      const subject = officeKey(p.head!.holder, parent, Role.head, NO_ID);
      expect(read[0]!.office).to.equal(await world.lastAct(subject));
    });
  });

  describe("the council", () => {
    const fresh = person("fresh");
    const decided = async (call: string, values: unknown[], time?: number): Promise<Revert | undefined> =>
      revertOf(world.decide("Authority", call, values, time));
    const nameOf = async (call: string, values: unknown[], time?: number) => (await decided(call, values, time))?.name;
    const known = (who: Person, role: number, until = 0) => [
      who.holder,
      `0x${"0".repeat(40)}`,
      0,
      role,
      until,
      "0x",
      [],
    ];

    it("appoints registrars and overseers, enrolling a new one's key with that key's agreement", async () => {
      await world.appoint(fresh, Role.registrar);
      expect(await refusal([fresh, Role.registrar], { code: ActCode.registerAgency, agency: idOf("new") })).to.equal(
        undefined,
      );
      const appointment = await world.lastAct(officeKey(fresh.holder, NO_ID, Role.registrar, NO_ID));
      expect(await world.lastAct(fresh.holder), "the next act on him names the appointment's leaf").to.equal(
        appointment,
      );
      const revoke: Given = { code: ActCode.revokeKey, holder: fresh.holder, key: keyWord(fresh.address) };
      expect(await refusal([fresh, 0], { ...revoke, previous: NO_ID })).to.equal("AuthorityStaleAct");
      expect(await refusal([fresh, 0], revoke)).to.equal(undefined);
    });
    it("enrols no key without its agreement", async () => {
      const values = await world.appointment(fresh, Role.registrar);
      const own = (values[6] as Record<string, unknown>[])[0]!;
      expect(await nameOf("appoint", [...values.slice(0, 6), []])).to.equal("AuthoritySignatureMissing");
      expect(await nameOf("appoint", [...values.slice(0, 6), [own, own]])).to.equal("AuthoritySurplusSignatures");
      const stolen = [values[0], p.stranger!.address, ...values.slice(2)];
      expect(await nameOf("appoint", stolen)).to.equal("AuthorityBadSignature");
      const otherwise = [...values.slice(0, 3), Role.overseer, ...values.slice(4)];
      expect(await nameOf("appoint", otherwise), "agreed to another office").to.equal("AuthorityBadSignature");
      expect(await nameOf("appoint", [NO_ID, ...values.slice(1)])).to.equal("AuthorityKnown");
      expect(await nameOf("appoint", [agency, ...values.slice(1)]), "an agency's id").to.equal("AuthorityKnown");
      const taken = await world.appointment({ ...p.head!, holder: fresh.holder }, Role.registrar);
      expect(await nameOf("appoint", taken), "a key that has a holder").to.equal("AuthorityKnown");
      expect(await nameOf("appoint", await world.appointment(fresh, Role.registrar, 0, 7)), "custody 7").to.equal(
        "AuthorityUnknown",
      );
    });
    it("appoints one who is enrolled without touching his keys", async () => {
      expect(await nameOf("appoint", await world.appointment(with_(p.officer!, "x"), Role.overseer))).to.equal(
        "AuthorityKnown",
      );
      expect(await nameOf("appoint", known(p.officer!, Role.overseer))).to.equal(undefined);
      expect(await refusal(head, grantOf(p.pokja!, Role.approver, agency), [[p.officer!, Role.overseer]])).to.equal(
        undefined,
      );
    });
    for (const role of [0, 1, 2, 3, 4, 5, 6, 8, 10])
      it(`appoints and dismisses nobody as ${role}`, async () => {
        expect(await nameOf("appoint", known(p.officer!, role))).to.equal("AuthorityCouncilOnly");
        expect(await nameOf("dismiss", [p.officer!.holder, role, "0x"])).to.equal("AuthorityCouncilOnly");
      });
    it("appoints until a moment that lies ahead", async () => {
      const time = (await world.now()) + 1000;
      expect(await nameOf("appoint", known(p.officer!, Role.registrar, time), time)).to.equal("AuthorityBackdated");
      expect(await nameOf("appoint", known(p.officer!, Role.registrar, time + 101), time + 100)).to.equal(undefined);
      const enrol = { code: ActCode.registerAgency, agency: idOf("new") };
      expect(await refusalAt(time + 101, [p.officer!, Role.registrar], enrol)).to.equal("AuthorityNoOffice");
    });
    it("dismisses at once, and only who is in office", async () => {
      expect(await nameOf("dismiss", [p.officer!.holder, Role.registrar, "0x"])).to.equal("AuthorityUnknown");
      expect(await nameOf("dismiss", [p.registrar!.holder, Role.registrar, "0x"])).to.equal(undefined);
      expect(await refusal(registrar, { code: ActCode.registerAgency, agency: idOf("new") })).to.equal(
        "AuthorityNoOffice",
      );
      expect(await nameOf("dismiss", [p.registrar!.holder, Role.registrar, "0x"])).to.equal("AuthorityTooLate");
      expect(await nameOf("appoint", known(p.registrar!, Role.registrar)), "and may appoint him again").to.equal(
        undefined,
      );
    });

    describe("breaks the glass", () => {
      const week = 7 * DAY;
      const glass = (until: number, more: Partial<{ who: Hex; at: Hex; role: number; post: Hex }> = {}) => {
        const { who = p.pokja!.holder, at = agency, role = Role.approver, post: place = NO_ID } = more;
        return [who, at, role, place, until, "0x7b7d"];
      };

      it("for at most seven days, then the office is over", async () => {
        const time = (await world.now()) + 1000;
        expect(await nameOf("breakGlass", glass(time + week + 1), time)).to.equal("AuthorityBackdated");
        expect(await nameOf("breakGlass", glass(time + 100), time + 100)).to.equal("AuthorityBackdated");
        expect(await nameOf("breakGlass", glass(time + 200 + week), time + 200)).to.equal(undefined);
        await mineAt(time + 200 + week - 1);
        expect(await codeOf(p.pokja!, { role: Role.approver, at: agency })).to.equal(Code.Accepted);
        await mineAt(time + 200 + week);
        expect(await codeOf(p.pokja!, { role: Role.approver, at: agency })).to.equal(Code.OfficeEnded);
      });
      it("with a mark of its own, which is a leaf", async () => {
        const from = (await world.chain.provider.getBlockNumber()) + 1;
        await world.decide(
          "Authority",
          "breakGlass",
          glass((await world.now()) + DAY, { role: Role.officer, post: idOf("p") }),
        );
        const logs = (await world.chain.provider.getLogs({ fromBlock: from, address: world.addresses.Authority })).map(
          (log) => interfaceOf("Authority").parseLog(log)!,
        );
        expect(logs.map((log) => log.name)).to.deep.equal(["ActRecorded", "GlassBroken"]);
        expect(BigInt(logs[0]!.args.words[1])).to.equal(BigInt(ActCode.breakGlass));
        expect(logs[0]!.args.words[6]).to.equal(idOf("p"));
        expect(logs[0]!.args.leaf).to.equal(logs[1]!.args.leaf);
        expect((await asked(p.pokja!, { role: Role.officer, at: agency, post: idOf("p") })).office).to.equal(
          logs[0]!.args.leaf,
        );
      });
      it("for nobody unknown, at no unknown place, in no unknown role", async () => {
        const until = (await world.now()) + DAY;
        expect(await nameOf("breakGlass", glass(until, { who: idOf("nobody") }))).to.equal("AuthorityUnknown");
        expect(await nameOf("breakGlass", glass(until, { who: agency }))).to.equal("AuthorityUnknown");
        expect(await nameOf("breakGlass", glass(until, { at: idOf("unknown") }))).to.equal("AuthorityUnknown");
        expect(await nameOf("breakGlass", glass(until, { at: supplier }))).to.equal("AuthorityUnknown");
        expect(await nameOf("breakGlass", glass(until, { at: NO_ID }))).to.equal("AuthorityUnknown");
        expect(await nameOf("breakGlass", glass(until, { role: Role.registrar }))).to.equal("AuthorityUnknown");
        expect(await nameOf("breakGlass", glass(until, { role: 0 }))).to.equal("AuthorityUnknown");
        expect(await nameOf("breakGlass", glass(until, { role: 10 }))).to.equal("AuthorityUnknown");
        expect(await nameOf("breakGlass", glass(until, { at: NO_ID, role: Role.registrar }))).to.equal(undefined);
      });
      it("never over an office that runs, which would end with it", async () => {
        const until = (await world.now()) + DAY;
        const running = { who: p.approver!.holder };
        expect(await nameOf("breakGlass", glass(until, running))).to.equal("AuthorityKnown");
        expect(await codeOf(p.approver!, { role: Role.approver, at: agency })).to.equal(Code.Accepted);
      });
      it("so that a head or registrar can end it before", async () => {
        await world.decide("Authority", "breakGlass", glass((await world.now()) + DAY));
        const revoke = { ...grantOf(p.pokja!, Role.approver, agency), code: ActCode.revoke };
        expect(await refusal(head, revoke)).to.equal(undefined);
        expect(await codeOf(p.pokja!, { role: Role.approver, at: agency })).to.equal(Code.OfficeEnded);
      });
    });
  });
});
