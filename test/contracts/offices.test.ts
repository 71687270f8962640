import { expect } from "chai";
import { sha256 } from "#hash";
import { type Act, ActCode, officeKey } from "../../server/domain/entries/act.ts";
import { idOf } from "../../server/domain/entries/entry.ts";
import { Custody, Kind, Role } from "../../server/domain/entries/kinds.ts";
import { type Hex, NO_ID, toHex } from "../../server/domain/entries/words.ts";
import { actDigest, encodeAct, handOverBody, keyWord } from "../../server/ledger/acts.ts";
import { sign } from "../../server/ledger/signatures.ts";
import { Code } from "./codes.ts";
import { agency, type Person, parent, person, post, revertOf, type Signer, STEM, supplier, World } from "./world.ts";

/** Offices that are suspended, delegated and handed over, and the attacks on them, each refused by name. */

const DAY = 86_400;
const VETO = 3 * DAY;
const MESSAGE = sha256(Uint8Array.of(1));

describe("Offices", () => {
  let world: World;
  let p: World["people"];
  let registrar: Signer;
  let overseer: Signer;
  let head: Signer;
  let snapshot: unknown;
  const [deputy, other, successor] = [person("deputy"), person("other"), person("successor")];

  before(async function () {
    this.timeout(120_000);
    world = await World.build({ vetoDelay: VETO });
    p = world.people;
    registrar = [p.registrar!, Role.registrar];
    overseer = [p.overseer!, Role.overseer];
    head = [p.head!, Role.head, parent];
    for (const who of [deputy, other, successor]) await world.enrol(who);
  });
  beforeEach(async () => {
    snapshot = await world.chain.request({ method: "evm_snapshot", params: [] });
  });
  afterEach(async () => {
    await world.chain.request({ method: "evm_revert", params: [snapshot] });
  });

  type Given = Partial<Act> & { code: number };
  const refusal = async (maker: Signer, given: Given, others: Signer[] = [], body = "{}") =>
    (await revertOf(world.act(maker, given, others, body)))?.name;
  const refusalWith = async (maker: Signer, given: Given, others: Signer[] = [], body = "{}") => {
    const revert = await revertOf(world.act(maker, given, others, body));
    return revert && [revert.name, ...revert.args.map(String)];
  };
  type Signed = Awaited<ReturnType<World["signedAct"]>>;
  const relayed = async ({ act, signatures }: Signed, body = "{}") =>
    (await revertOf(world.relay(encodeAct(act, signatures, body))))?.name;

  type Question = { role: number; at: Hex; post?: Hex; up?: number };
  /** What the Ledger would be told of a signature by `who` in that capacity. */
  const asked = async (who: Person, { role, at, post: of = NO_ID, up = 0 }: Question) => {
    const bytes = sign(MESSAGE, who.key);
    const parts = [bytes.slice(0, 32), bytes.slice(32, 64), bytes[64]];
    const [code, office, , principal] = await world
      .contract("Authority")
      .getFunction("authorize")
      .staticCall(MESSAGE, who.holder, role, at, of, up, NO_ID, NO_ID, ...parts);
    return { code: Number(code), office: office as Hex, principal: principal as Hex };
  };
  const codeOf = async (who: Person, question: Question) => (await asked(who, question)).code;
  const asOfficer: Question = { role: Role.officer, at: agency, post };
  const asApprover: Question = { role: Role.approver, at: agency };
  const mineAt = async (time: number) => {
    await world.at(time);
    await world.chain.request({ method: "evm_mine", params: [] });
  };
  const on = (code: number, who: Person, { role, at, post: of = NO_ID }: Question, more: Partial<Act> = {}): Given => ({
    ...{ code, holder: who.holder, role, agency: at, post: of },
    ...more,
  });
  const officer = (): Signer => [p.officer!, Role.officer, agency];
  const approver = (): Signer => [p.approver!, Role.approver, agency];
  const soon = async (days = 10) => (await world.now()) + days * DAY;
  const delegated = async (to: Person, what: Question, more: Partial<Act> = {}): Promise<Given> =>
    on(ActCode.delegate, to, what, { until: await soon(), ...more });

  describe("suspended", () => {
    const suspend = () => on(ActCode.suspend, p.officer!, asOfficer);
    const resume = () => on(ActCode.resume, p.officer!, asOfficer);

    it("count for nothing until they are resumed, by the head, one above, or a registrar", async () => {
      const before = await asked(p.officer!, asOfficer);
      await world.act(head, suspend());
      expect(await codeOf(p.officer!, asOfficer)).to.equal(Code.OfficeSuspended);
      await world.act(registrar, resume());
      expect(await asked(p.officer!, asOfficer), "the same grant").to.deep.equal(before);
      await world.act(registrar, suspend());
      await world.act(head, resume());
      expect(await codeOf(p.officer!, asOfficer)).to.equal(Code.Accepted);
    });
    it("are nobody else's to suspend, and never one's own to resume", async () => {
      expect(await refusal([p.approver!, Role.head, agency], suspend())).to.equal("AuthorityNoOffice");
      expect(await refusal(officer(), suspend())).to.equal("AuthorityNoOffice");
      await world.act(registrar, on(ActCode.grant, p.officer!, { role: Role.head, at: agency }), [overseer]);
      await world.pass(VETO);
      await world.act(registrar, suspend());
      expect(await refusal([p.officer!, Role.head, agency], resume())).to.equal("AuthoritySamePerson");
      expect(await refusal(head, resume())).to.equal(undefined);
    });
    it("are suspended once, resumed once, and only while they run", async () => {
      expect(await refusal(head, resume())).to.equal("AuthorityKnown");
      await world.act(head, suspend());
      expect(await refusal(head, suspend())).to.equal("AuthorityKnown");
      await world.act(head, on(ActCode.revoke, p.officer!, asOfficer));
      expect(await refusal(head, resume())).to.equal("AuthorityTooLate");
      expect(await refusal(head, on(ActCode.suspend, deputy, asOfficer))).to.equal("AuthorityUnknown");
    });
    it("sign no acts: a suspended head grants nothing and delegates nothing", async () => {
      await world.act(registrar, on(ActCode.suspend, p.head!, { role: Role.head, at: parent }));
      expect(await refusal(head, on(ActCode.grant, deputy, asOfficer))).to.equal("AuthoritySuspended");
      expect(await refusal(head, await delegated(deputy, { role: Role.head, at: parent }))).to.equal(
        "AuthoritySuspended",
      );
    });
    it("are the council's where it alone appoints", async () => {
      for (const role of [Role.registrar, Role.overseer])
        expect(await refusal(registrar, on(ActCode.suspend, p.overseer!, { role, at: NO_ID }))).to.equal(
          "AuthorityCouncilOnly",
        );
    });
    it("end when their time is over, and are granted anew without the mark", async () => {
      await world.act(head, suspend());
      await world.act(head, on(ActCode.revoke, p.officer!, asOfficer));
      expect(await codeOf(p.officer!, asOfficer)).to.equal(Code.OfficeEnded);
      await world.act(head, on(ActCode.grant, p.officer!, asOfficer));
      expect(await codeOf(p.officer!, asOfficer)).to.equal(Code.Accepted);
    });
  });

  describe("delegated", () => {
    it("let another act from one moment to another, and tell for whom", async () => {
      const from = (await world.now()) + DAY;
      await world.act(officer(), await delegated(deputy, asOfficer, { from, until: from + DAY }));
      await mineAt(from - 1);
      expect(await codeOf(deputy, asOfficer)).to.equal(Code.OfficeNotYet);
      await mineAt(from);
      const { code, principal, office } = await asked(deputy, asOfficer);
      expect([code, principal]).to.deep.equal([Code.Accepted, p.officer!.holder]);
      expect(office).to.equal(await world.lastAct(officeKey(deputy.holder, agency, Role.officer, post)));
      expect(await asked(p.officer!, asOfficer), "he himself goes on").to.include({ code: 1, principal: NO_ID });
      await mineAt(from + DAY);
      expect(await codeOf(deputy, asOfficer)).to.equal(Code.OfficeEnded);
    });
    it("need an end that lies ahead, and not beyond the principal's own", async () => {
      expect(await refusal(officer(), await delegated(deputy, asOfficer, { until: 0 }))).to.equal("AuthorityBackdated");
      const past = await delegated(deputy, asOfficer, { from: (await world.now()) - 10 });
      expect(await refusal(officer(), past), "nor before its recording").to.equal("AuthorityBackdated");
      const until = await soon(5);
      await world.act(head, on(ActCode.grant, other, asOfficer, { until }));
      const own: Signer = [other, Role.officer, agency];
      expect(await refusal(own, await delegated(deputy, asOfficer, { until: until + 1 }))).to.equal("AuthorityTooLate");
      expect(await refusal(own, await delegated(deputy, asOfficer, { until }))).to.equal(undefined);
    });
    it("are one's own to give: in no other's name, in no office that one does not have", async () => {
      expect(await refusal(approver(), await delegated(deputy, asOfficer))).to.equal("AuthorityNoOffice");
      const others = await delegated(deputy, { ...asOfficer, post: idOf("ppk-2") });
      expect(await refusal(officer(), others), "another's post").to.equal("AuthorityNoOffice");
      expect(await refusal(head, await delegated(deputy, asOfficer)), "nor a head's, of others").to.equal(
        "AuthorityNoOffice",
      );
      expect(await refusal(officer(), await delegated(person("nobody"), asOfficer))).to.equal("AuthorityUnknown");
      expect(await refusal(officer(), await delegated(p.officer!, asOfficer))).to.equal("AuthoritySamePerson");
    });
    it("never reach further than what was delegated", async () => {
      const wide = await delegated(deputy, asOfficer, { custody: 1 });
      expect(await refusal(officer(), wide)).to.equal("AuthorityUnknown");
      const payer: Signer = [p.treasurer!, Role.treasurer, parent];
      const narrow: Question = { role: Role.treasurer, at: parent };
      await world.act(payer, await delegated(deputy, narrow));
      expect(await codeOf(deputy, { ...narrow, at: agency, up: 1 })).to.equal(Code.NoOffice);
      expect(await codeOf(deputy, narrow)).to.equal(Code.Accepted);
    });
    it("form no chain and no loop", async () => {
      await world.act(officer(), await delegated(deputy, asOfficer));
      const deputys: Signer = [deputy, Role.officer, agency];
      expect(await refusal(deputys, await delegated(other, asOfficer)), "a chain").to.equal("AuthorityDelegated");
      expect(await refusal(deputys, await delegated(p.officer!, asOfficer)), "a loop").to.equal("AuthorityDelegated");
      const later = await delegated(p.officer!, asOfficer);
      await world.act(head, on(ActCode.grant, other, asOfficer));
      expect(await refusal([other, Role.officer, agency], later), "over one's own").to.equal("AuthorityKnown");
    });
    it("are the council's where it alone appoints", async () => {
      for (const [who, role] of [registrar, overseer] as Signer[]) {
        const given = await delegated(deputy, { role, at: NO_ID });
        expect(await refusal([who, role], given)).to.equal("AuthorityCouncilOnly");
      }
      const none = await delegated(deputy, { role: 0, at: NO_ID });
      expect(await refusal([p.officer!, 0], none)).to.equal("AuthorityCouncilOnly");
    });
    it("are given with a key of one's own: the gateway can't place a key of its choice beside one that it keeps", async () => {
      const kept = person("kept");
      await world.enrol(kept, Custody.gateway);
      await world.act(head, on(ActCode.grant, kept, asOfficer));
      expect(await refusal([kept, Role.officer, agency], await delegated(deputy, asOfficer))).to.equal(
        "AuthorityOnlyGatewayKeys",
      );
    });
    it("end at once by the head, a registrar, or the principal himself, and by nobody else", async () => {
      for (const by of [head, registrar, [p.officer!, 0] as Signer]) {
        await world.act(officer(), await delegated(deputy, asOfficer));
        const ended = on(ActCode.revoke, deputy, asOfficer);
        expect(await refusal([p.officer2!, 0], ended)).to.equal("AuthorityNoOffice");
        expect(await refusal([deputy, 0], ended)).to.equal("AuthorityNoOffice");
        await world.act(by, ended);
        expect(await codeOf(deputy, asOfficer)).to.equal(Code.OfficeEnded);
      }
      expect(
        await refusal([p.officer!, 0], on(ActCode.revoke, p.officer2!, { ...asOfficer, post: idOf("ppk-2") })),
        "an office of another's own",
      ).to.equal("AuthorityNoOffice");
    });
    it("end with the principal's office, and do not come back with it", async () => {
      await world.act(officer(), await delegated(deputy, asOfficer));
      await world.act(head, on(ActCode.revoke, p.officer!, asOfficer));
      expect(await codeOf(deputy, asOfficer)).to.equal(Code.DelegationEnded);
      await world.act(head, on(ActCode.grant, p.officer!, asOfficer));
      expect(await codeOf(deputy, asOfficer), "granted anew").to.equal(Code.DelegationEnded);
      expect(await refusal(head, on(ActCode.suspend, deputy, asOfficer)), "it is over").to.equal("AuthorityTooLate");
      await world.act(officer(), await delegated(deputy, asOfficer));
      expect(await codeOf(deputy, asOfficer), "delegated anew").to.equal(Code.Accepted);
    });
    it("end with the suspension of the principal's office, and do not come back when it is resumed", async () => {
      await world.act(officer(), await delegated(deputy, asOfficer));
      await world.act(head, on(ActCode.suspend, p.officer!, asOfficer));
      expect(await codeOf(deputy, asOfficer)).to.equal(Code.DelegationEnded);
      await world.act(head, on(ActCode.resume, p.officer!, asOfficer));
      expect(await codeOf(deputy, asOfficer)).to.equal(Code.DelegationEnded);
    });
    it("may be suspended by themselves, and the principal goes on", async () => {
      await world.act(officer(), await delegated(deputy, asOfficer));
      await world.act(head, on(ActCode.suspend, deputy, asOfficer));
      expect(await codeOf(deputy, asOfficer)).to.equal(Code.OfficeSuspended);
      expect(await codeOf(p.officer!, asOfficer)).to.equal(Code.Accepted);
      await world.act(head, on(ActCode.resume, deputy, asOfficer));
      expect(await codeOf(deputy, asOfficer)).to.equal(Code.Accepted);
    });
    it("of a head sign what he signs, in his stead", async () => {
      await world.act(head, await delegated(deputy, { role: Role.head, at: parent }, { custody: 1 }));
      const stead: Signer = [deputy, Role.head, parent];
      expect(await refusal(stead, on(ActCode.grant, other, asOfficer))).to.equal(undefined);
      await world.act(registrar, on(ActCode.suspend, p.head!, { role: Role.head, at: parent }));
      expect(await refusal(stead, on(ActCode.revoke, other, asOfficer))).to.equal("AuthorityNoOffice");
    });
  });

  describe("never let anybody approve his own act", () => {
    const large = (by: Person, approvals: { by: Person }[], more = {}) => ({
      ...{ by, kind: Kind.contract, ocid: `${STEM}-large`, approvals },
      terms: { code: 2, currency: "IDR", value: 300_000_000_00n, officer: post, party: supplier, on: 1_700_000_000 },
      ...more,
    });
    const outcome = async (by: Person, ...approvers: Person[]) => {
      const choices = large(
        by,
        approvers.map((each) => ({ by: each })),
      );
      choices.terms.on = (await world.now()) - DAY;
      const { refused, recorded } = await world.submit(choices);
      return recorded
        ? Code.Accepted
        : [refused!.code, toHex(Uint8Array.from(Buffer.from(refused!.a.toString(16).padStart(64, "0"), "hex")))];
    };
    const one = (who: Person) => [Code.SamePerson, who.holder];
    const makeApprover = async (who: Person) => {
      await world.act(head, on(ActCode.grant, who, asApprover), [overseer]);
      await world.pass(VETO);
    };

    it("through a delegate who approves for him", async () => {
      await makeApprover(p.officer!);
      await world.act([p.officer!, Role.approver, agency], await delegated(deputy, asApprover));
      expect(await outcome(p.officer!, deputy)).to.deep.equal(one(p.officer!));
      expect(await outcome(p.officer!, p.officer!), "nor himself").to.deep.equal(one(p.officer!));
      expect(await outcome(p.officer!, p.approver!), "another may").to.equal(Code.Accepted);
    });
    it("through a delegate who made it for him", async () => {
      await makeApprover(p.officer!);
      await world.act(officer(), await delegated(deputy, asOfficer));
      expect(await outcome(deputy, p.officer!)).to.deep.equal(one(p.officer!));
      expect(await outcome(deputy, p.approver!)).to.equal(Code.Accepted);
    });
    it("through two delegates of one person", async () => {
      await makeApprover(p.officer!);
      await world.act(officer(), await delegated(deputy, asOfficer));
      await world.act([p.officer!, Role.approver, agency], await delegated(other, asApprover));
      expect(await outcome(deputy, other)).to.deep.equal(one(p.officer!));
    });
    it("as delegate of the one whose office approves", async () => {
      await world.act(approver(), await delegated(p.officer!, asApprover));
      expect(await outcome(p.officer!, p.officer!)).to.deep.equal(one(p.officer!));
    });
    it("crosswise: each for the other", async () => {
      await world.act(officer(), await delegated(p.approver!, asOfficer));
      await world.act(approver(), await delegated(p.officer!, asApprover));
      expect(await outcome(p.approver!, p.officer!)).to.deep.equal(one(p.officer!));
    });
    it("nor two approvals for one person", async () => {
      await world.act(approver(), await delegated(deputy, asApprover));
      expect(await outcome(p.officer!, p.approver!, deputy)).to.deep.equal(one(p.approver!));
      expect(await outcome(p.officer!, deputy, p.approver!)).to.deep.equal(one(p.approver!));
      expect(await outcome(p.officer!, deputy)).to.equal(Code.Accepted);
    });
    it("and a former, suspended or delegating-no-more holder signs nothing", async () => {
      await world.act(approver(), await delegated(deputy, asApprover));
      await world.act(head, on(ActCode.suspend, p.approver!, asApprover));
      expect(await outcome(p.officer!, p.approver!)).to.deep.equal([Code.OfficeSuspended, p.approver!.holder]);
      expect(await outcome(p.officer!, deputy)).to.deep.equal([Code.DelegationEnded, deputy.holder]);
      await world.act(head, on(ActCode.revoke, p.officer!, asOfficer));
      expect(await outcome(p.officer!)).to.deep.equal([Code.OfficeEnded, p.officer!.holder]);
    });
  });

  describe("that take two", () => {
    const grant = (who: Person) => on(ActCode.grant, who, asApprover);
    const atAgency: Question = { role: Role.head, at: agency };
    let local: Signer;
    beforeEach(async () => {
      await world.act(registrar, on(ActCode.grant, other, atAgency), [overseer]);
      await world.pass(VETO);
      local = [other, Role.head, agency];
    });

    it("are never granted to the head himself, to his delegate, or by his delegate to him or another delegate", async () => {
      expect(await refusal(local, grant(other), [overseer]), "to himself").to.equal("AuthoritySamePerson");
      await world.act(local, await delegated(deputy, atAgency));
      expect(await refusal(local, grant(deputy), [overseer]), "to his delegate").to.equal("AuthoritySamePerson");
      const stead: Signer = [deputy, Role.head, agency];
      expect(await refusal(stead, grant(other), [overseer]), "by his delegate").to.equal("AuthoritySamePerson");
      expect(await refusal(stead, grant(deputy), [overseer]), "by his delegate to himself").to.equal(
        "AuthoritySamePerson",
      );
      await world.act(head, on(ActCode.grant, other, asOfficer));
      await world.act([other, Role.officer, agency], await delegated(successor, asOfficer));
      expect(await refusal(stead, grant(successor), [overseer]), "to a delegate in another office").to.equal(
        "AuthoritySamePerson",
      );
      expect(await refusal(stead, grant(p.pokja!), [overseer]), "to somebody else").to.equal(undefined);
    });
    it("nor to one for whom the head acts", async () => {
      await world.act(officer(), await delegated(other, asOfficer));
      expect(await refusal(local, grant(p.officer!), [overseer])).to.equal("AuthoritySamePerson");
    });
    it("nor with the principal as overseer of what his delegate signs", async () => {
      await world.appoint(other, Role.overseer, { known: true });
      await world.act(local, await delegated(deputy, atAgency));
      const stead: Signer = [deputy, Role.head, agency];
      expect(await refusal(stead, grant(p.pokja!), [[other, Role.overseer]])).to.equal("AuthoritySamePerson");
      expect(await refusal(stead, grant(p.pokja!), [overseer])).to.equal(undefined);
    });
    it("again, when what was delegated is over by its date", async () => {
      const until = await soon(2);
      await world.act(local, await delegated(deputy, atAgency, { until }));
      await mineAt(until);
      expect(await refusal(local, grant(deputy), [overseer])).to.equal(undefined);
    });
    it("never begin before the office of the head who grants them, nor before their recording", async () => {
      const time = await world.now();
      const early: Given = on(ActCode.grant, p.pokja!, { role: Role.auditor, at: agency }, { from: time - VETO });
      expect(await refusal(local, early), "before his own office").to.equal("AuthorityBackdated");
      await world.act(registrar, on(ActCode.grant, deputy, atAgency), [overseer]);
      const notYet = { ...early, from: 0 };
      expect(await refusal([deputy, Role.head, agency], notYet), "while it is not in force").to.equal(
        "AuthorityNoOffice",
      );
    });
  });

  describe("handed over", () => {
    const asSecond: Question = { ...asOfficer, post: idOf("ppk-9") };
    const asPokja: Question = { role: Role.procurement, at: agency };
    const listed = (...offices: Question[]) =>
      handOverBody(
        offices.map(({ role, post: of = NO_ID }) => ({ role, post: of })),
        { letter: "SK 1/2026" },
      );
    const mutasi = (from: Person, to: Person, more: Partial<Act> = {}): Given => ({
      ...{ code: ActCode.handOver, holder: from.holder, key: to.holder, agency },
      ...more,
    });

    it("all at once, in one act of two: posts, reach and ends stay, and the former has nothing left", async () => {
      const until = await soon(100);
      await world.act(head, on(ActCode.grant, p.officer!, asSecond, { until, custody: 1 }));
      await world.act(head, on(ActCode.grant, p.officer!, asPokja));
      await world.act(head, mutasi(p.officer!, successor), [overseer], listed(asOfficer, asSecond, asPokja));
      const leaf = await world.lastAct(officeKey(p.officer!.holder, agency, 0, NO_ID));
      for (const what of [asOfficer, asSecond, asPokja]) {
        expect(await codeOf(p.officer!, what)).to.equal(Code.OfficeEnded);
        expect(await asked(successor, what)).to.deep.equal({ code: 1, office: leaf, principal: NO_ID });
      }
      await mineAt(until);
      expect(await codeOf(successor, asSecond)).to.equal(Code.OfficeEnded);
      expect(await codeOf(successor, asOfficer)).to.equal(Code.Accepted);
      expect(await outcomeOf(p.officer!), "a signature of the former").to.equal(Code.OfficeEnded);
    });
    const outcomeOf = async (by: Person) => {
      const terms = {
        code: 2,
        currency: "IDR",
        value: 1_00n,
        officer: post,
        party: supplier,
        on: (await world.now()) - DAY,
      };
      return (await world.submit({ by, kind: Kind.contract, terms })).refused?.code;
    };

    it("with what takes two after the delay, in which a registrar can veto it", async () => {
      await world.act(head, mutasi(p.approver!, successor), [overseer], listed(asApprover));
      const time = await world.now();
      expect(await codeOf(p.approver!, asApprover)).to.equal(Code.OfficeEnded);
      await mineAt(time + VETO - 1);
      expect(await codeOf(successor, asApprover)).to.equal(Code.OfficeNotYet);
      await world.undone(async () => {
        await mineAt(time + VETO);
        expect(await codeOf(successor, asApprover)).to.equal(Code.Accepted);
      });
    });
    it("and vetoed, never in force", async () => {
      await world.act(head, mutasi(p.approver!, successor), [overseer], listed(asApprover));
      await world.act(registrar, on(ActCode.veto, successor, asApprover));
      await world.pass(VETO);
      expect(await codeOf(successor, asApprover)).to.equal(Code.OfficeEnded);
      expect(await codeOf(p.approver!, asApprover)).to.equal(Code.OfficeEnded);
    });
    it("with nothing left out: an office that the list lacks is named", async () => {
      await world.act(head, on(ActCode.grant, p.officer!, asPokja));
      const given = mutasi(p.officer!, successor);
      const left = ["AuthorityLeftOut", String(asPokja.role), NO_ID];
      expect(await refusalWith(head, given, [overseer], listed(asOfficer))).to.deep.equal(left);
      expect(await refusalWith(head, given, [overseer], listed(asPokja))).to.deep.equal([
        "AuthorityLeftOut",
        String(Role.officer),
        post,
      ]);
      expect(await refusalWith(head, given, [overseer], "{}")).to.deep.equal(["AuthorityLeftOut", "2", post]);
      expect(await codeOf(p.officer!, asOfficer), "and nothing happened").to.equal(Code.Accepted);
    });
    it("nor more than there is: one that ended, or was never his", async () => {
      const given = mutasi(p.officer!, successor);
      const body = listed(asOfficer, asPokja);
      expect(await refusal(head, given, [overseer], body), "never his").to.equal("AuthorityNotHeld");
      await world.act(head, on(ActCode.grant, p.officer!, asPokja));
      await world.act(head, on(ActCode.revoke, p.officer!, asPokja));
      expect(await refusal(head, given, [overseer], body), "ended").to.equal("AuthorityNotHeld");
      expect(await refusal(head, given, [overseer], listed(asOfficer).slice(0, -25))).to.be.a("string");
      expect(await refusal(head, given, [overseer], listed(asOfficer))).to.equal(undefined);
      expect(await refusal(head, given, [overseer], listed(asOfficer)), "nothing left").to.equal("AuthorityUnknown");
    });
    it("with what is suspended or not in force yet, which is his too", async () => {
      const from = await soon(20);
      await world.act(head, on(ActCode.grant, p.officer!, asPokja, { from }));
      await world.act(head, on(ActCode.suspend, p.officer!, asOfficer));
      await world.act(head, mutasi(p.officer!, successor), [overseer], listed(asOfficer, asPokja));
      expect(await codeOf(successor, asOfficer)).to.equal(Code.Accepted);
      expect(await codeOf(successor, asPokja)).to.equal(Code.OfficeNotYet);
      await mineAt(from);
      expect(await codeOf(successor, asPokja)).to.equal(Code.Accepted);
      expect(await codeOf(p.officer!, asPokja)).to.equal(Code.OfficeEnded);
      expect(await refusal(head, on(ActCode.resume, p.officer!, asOfficer))).to.equal("AuthorityTooLate");
    });
    it("and what the former delegated ends; what was delegated to him ends, and nobody follows", async () => {
      await world.act(officer(), await delegated(deputy, asOfficer));
      await world.act(approver(), await delegated(p.officer!, asApprover));
      await world.act(head, mutasi(p.officer!, successor), [overseer], listed(asOfficer, asApprover));
      expect(await codeOf(deputy, asOfficer)).to.equal(Code.DelegationEnded);
      expect(await codeOf(p.officer!, asApprover)).to.equal(Code.OfficeEnded);
      expect(await codeOf(successor, asApprover)).to.equal(Code.NoOffice);
      expect(await codeOf(p.approver!, asApprover)).to.equal(Code.Accepted);
      expect(await refusal(officer(), await delegated(other, asOfficer)), "and he delegates no more").to.equal(
        "AuthorityNoOffice",
      );
    });
    it("to the one who stood in already", async () => {
      await world.act(officer(), await delegated(deputy, asOfficer));
      await world.act(head, mutasi(p.officer!, deputy), [overseer], listed(asOfficer));
      expect(await asked(deputy, asOfficer)).to.include({ code: 1, principal: NO_ID });
    });
    it("to nobody who has the same office, which would be lost", async () => {
      await world.act(head, on(ActCode.grant, successor, asOfficer));
      expect(await refusal(head, mutasi(p.officer!, successor), [overseer], listed(asOfficer))).to.equal(
        "AuthorityKnown",
      );
    });
    it("by a head or registrar and an overseer, who take no part in it", async () => {
      const [given, body] = [mutasi(p.officer!, successor), listed(asOfficer)];
      expect(await refusal(head, given, [], body)).to.equal("AuthoritySignatureMissing");
      expect(await refusal(head, given, [registrar], body)).to.equal("AuthorityNoOffice");
      expect(await refusal(officer(), given, [overseer], body)).to.equal("AuthorityNoOffice");
      expect(await refusal(head, mutasi(p.officer!, p.overseer!), [overseer], body)).to.equal("AuthoritySamePerson");
      expect(await refusal(head, mutasi(p.officer!, p.officer!), [overseer], body)).to.equal("AuthoritySamePerson");
      expect(await refusal(head, mutasi(p.officer!, person("nobody")), [overseer], body)).to.equal("AuthorityUnknown");
      expect(await refusal(head, { ...given, agency: idOf("unknown") }, [overseer], body)).to.equal(
        "AuthorityNoOffice",
      );
      const toHead = mutasi(p.approver!, p.head!);
      expect(await refusal(head, toHead, [overseer], listed(asApprover)), "an approver's to himself").to.equal(
        "AuthoritySamePerson",
      );
      expect(await refusal(registrar, given, [overseer], body)).to.equal(undefined);
    });
    it("of heads and suppliers by a registrar, who names them", async () => {
      const asHead: Question = { role: Role.head, at: parent };
      const given = mutasi(p.head!, successor, { agency: parent });
      expect(await refusal(head, given, [overseer], listed(asHead))).to.equal("AuthorityNoOffice");
      await world.act(registrar, given, [overseer], listed(asHead));
      expect(await refusal(head, on(ActCode.grant, deputy, asOfficer)), "at once").to.equal("AuthorityNoOffice");
      await world.pass(VETO);
      expect(await refusal([successor, Role.head, parent], on(ActCode.grant, deputy, asOfficer))).to.equal(undefined);
      const asDirector: Question = { role: Role.supplier, at: supplier };
      const firm = mutasi(p.director!, successor, { agency: supplier });
      expect(await refusal(registrar, firm, [overseer], listed(asDirector))).to.equal(undefined);
      expect(await codeOf(successor, asDirector)).to.equal(Code.Accepted);
    });
    it("and no privilege comes back: what was signed before for the former, or of his, does not count after it", async () => {
      await world.act(head, on(ActCode.revoke, p.officer!, asOfficer));
      const again = await world.signedAct(head, on(ActCode.grant, p.officer!, asOfficer), [], "{}");
      await world.act(head, on(ActCode.grant, p.officer!, asOfficer, { until: await soon() }));
      const before = await world.signedAct(officer(), await delegated(deputy, asOfficer), [], "{}");
      const resumed = await world.signedAct(head, on(ActCode.resume, p.officer!, asOfficer), [], "{}");
      const signed = await world.signedAct(head, mutasi(p.officer!, successor), [overseer], listed(asOfficer));
      expect(await relayed(signed, listed(asOfficer))).to.equal(undefined);
      expect(await relayed(again)).to.equal("AuthorityStaleAct");
      expect(await relayed(resumed)).to.equal("AuthorityStaleAct");
      expect(await relayed(before)).to.equal("AuthorityNoOffice");
      expect(await relayed(signed, listed(asOfficer)), "nor the hand-over again").to.equal("AuthorityStaleAct");
    });
    it("back again, by another hand-over", async () => {
      await world.act(head, mutasi(p.officer!, successor), [overseer], listed(asOfficer));
      await world.act(head, mutasi(successor, p.officer!), [overseer], listed(asOfficer));
      expect(await codeOf(p.officer!, asOfficer)).to.equal(Code.Accepted);
      expect(await codeOf(successor, asOfficer)).to.equal(Code.OfficeEnded);
      await world.act(head, mutasi(p.officer!, successor), [overseer], listed(asOfficer));
      expect(await codeOf(successor, asOfficer)).to.equal(Code.Accepted);
    });
    it("signed for another deployment, or with another body, it is no hand-over here", async () => {
      const signed = await world.signedAct(head, mutasi(p.officer!, successor), [overseer], listed(asOfficer));
      expect(await relayed(signed, listed(asPokja))).to.equal("AuthorityWrongBody");
      const elsewhere = actDigest(sha256(world.separator), signed.act);
      const [first, second] = signed.signatures;
      const foreign = { ...second!, signature: sign(elsewhere, p.overseer!.key) };
      expect(await relayed({ ...signed, signatures: [first!, foreign] }, listed(asOfficer))).to.equal(
        "AuthorityBadSignature",
      );
    });
    it("with what a council granted in an emergency, until the same end", async () => {
      const until = await soon(3);
      await world.decide("Authority", "breakGlass", [
        p.officer!.holder,
        agency,
        Role.procurement,
        NO_ID,
        until,
        "0x7b7d",
      ]);
      await world.act(head, mutasi(p.officer!, successor), [overseer], listed(asOfficer, asPokja));
      expect(await codeOf(successor, asPokja)).to.equal(Code.Accepted);
      await mineAt(until);
      expect(await codeOf(successor, asPokja)).to.equal(Code.OfficeEnded);
    });
  });

  it("keep their keys apart: a key that is replaced delegates and hands over nothing", async () => {
    const fresh = { ...person("officer's new key"), holder: p.officer!.holder };
    const given = await delegated(deputy, asOfficer);
    const signed = await world.signedAct(officer(), given, [], "{}");
    const replaced = {
      ...{ code: ActCode.replaceKey, holder: p.officer!.holder, key: keyWord(fresh.address), custody: 2 },
      post: keyWord(p.officer!.address),
    };
    await world.act(registrar, replaced, [overseer, [fresh, 0]]);
    expect(await relayed(signed)).to.equal("AuthorityBadSignature");
  });
});
