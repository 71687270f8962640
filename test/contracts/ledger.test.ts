import { expect } from "chai";
import { idOf } from "../../server/domain/entries/entry.ts";
import { Kind, Role } from "../../server/domain/entries/kinds.ts";
import { leafPreimage } from "../../server/domain/entries/leaf.ts";
import { fromHex, type Hex, NO_ID, toHex } from "../../server/domain/entries/words.ts";
import { LogFrontier } from "../../server/domain/proofs/log.ts";
import { packEntry } from "../../server/ledger/codec.ts";
import { interfaceOf } from "../../server/ledger/deploy.ts";
import { Code } from "./codes.ts";
import { agency, parent, person, post, STEM, supplier, World } from "./world.ts";

/** The Ledger with the real Authority, Policy and Rules: what is checked around the rules, and what is left behind. */

const DAY = 86_400;

describe("Ledger", () => {
  let world: World;
  let p: World["people"];
  let now = 0;
  let processes = 0;
  const ocid = () => `${STEM}-${++processes}`;
  const contractTerms = (value = 100_000_000_00n) => ({
    code: 2,
    currency: "IDR",
    value,
    officer: post,
    party: supplier,
    on: now - DAY,
  });
  const aContract = (given = {}) => ({
    by: p.officer!,
    kind: Kind.contract,
    ocid: ocid(),
    terms: contractTerms(),
    ...given,
  });
  const paymentTerms = (key: string, amount = 10n, total = amount) => ({
    currency: "IDR",
    amount,
    documentTotal: total,
    issuer: parent,
    documentKey: idOf(key),
    on: now - 60,
  });

  before(async function () {
    this.timeout(120_000);
    world = await World.build();
    p = world.people;
    now = await world.now();
  });

  const code = async (choices: Parameters<World["submit"]>[0]) => (await world.submit(choices)).refused?.code ?? 1;

  it("leads a contract from signing to payment, each entry chained to the one before", async () => {
    const at = ocid();
    const first = await world.record(aContract({ ocid: at, body: '{"title":"Jalan"}' }));
    expect(first.assigned).to.include({ processSequence: 1, previousProcess: NO_ID, exceptions: 0 });
    const start = await world.record({
      by: p.officer!,
      kind: Kind.implementation,
      ocid: at,
      terms: { code: 1, on: now - DAY },
    });
    expect(start.assigned).to.include({ processSequence: 2, previousProcess: first.leaf, previousAgency: first.leaf });
    const progress = await world.record({
      by: p.officer!,
      kind: Kind.implementation,
      ocid: at,
      terms: { code: 4, on: now - 60, currency: "IDR", amount: 60_000_000_00n },
    });
    const certificate = await world.record({
      by: p.officer!,
      kind: Kind.certificate,
      ocid: at,
      basis: progress.leaf,
      terms: { currency: "IDR", amount: 60_000_000_00n, documentKey: idOf("BAP-1"), on: now - 60 },
    });
    const payment = await world.record({
      by: p.treasurer!,
      kind: Kind.payment,
      ocid: at,
      up: 0,
      terms: { ...paymentTerms(`SP2D-${at}`, 100_000_000_01n) },
    });
    expect(payment.excess).to.equal(1n);
    expect(payment.assigned.exceptions).to.equal(512);
    expect(certificate.assigned.processSequence).to.equal(4);
    const state = await world.contract("Ledger").getFunction("contractOf")(first.process, idOf("K-1"));
    expect(state.toObject()).to.include({
      status: 2n,
      paid: 100_000_000_01n,
      certified: 60_000_000_00n,
      accepted: 60_000_000_00n,
      terms: first.leaf,
      execution: certificate.leaf,
    });
  });

  it("keeps an RFC 6962 log whose root an independent implementation gives", async () => {
    const frontier = new LogFrontier();
    const logs = await world.chain.provider.getLogs({ fromBlock: 0, toBlock: "latest" });
    const leafTopics = ["EntryRecorded", "Cancelled"].map((name) => interfaceOf("Ledger").getEvent(name)!.topicHash);
    const others = [
      interfaceOf("Authority").getEvent("ActRecorded")!.topicHash,
      interfaceOf("Policy").getEvent("RuleSetAdded")!.topicHash,
    ];
    for (const log of logs)
      if ([...leafTopics, ...others].includes(log.topics[0]!)) frontier.append(fromHex(log.topics[1]!));
    const { size, root } = await world.checkpoint();
    expect(size).to.equal(BigInt(frontier.size));
    expect(root).to.equal(toHex(frontier.root()));
    expect(world.seen).to.equal(root);
  });

  describe("refuses, with its name", () => {
    const refuses = (title: string, name: keyof typeof Code, choices: () => Parameters<World["submit"]>[0]) =>
      it(`${title}: ${name}`, async () => expect(await code(choices())).to.equal(Code[name]));

    refuses("an entry after its end", "Expired", () => aContract({ expires: now - 1 }));
    refuses("an end more than 31 days ahead", "ExpiresTooFar", () => aContract({ expires: now + 32 * DAY }));
    refuses("a checkpoint that was never stored", "UnknownSeen", () => aContract({ seen: idOf("x") }));
    refuses("a basis that is not the present one", "StaleBasis", () => aContract({ basis: idOf("x") }));
    refuses("a stem nobody has", "UnknownStem", () => aContract({ ocid: "ocds-213czf-abc-1", stemLength: 15 }));
    refuses("an ocid that only begins like a stem", "UnknownStem", () => aContract({ ocid: `${STEM}x1` }));
    refuses("a stem of another agency", "StemOfAnother", () => aContract({ agency: parent }));
    refuses("a payment of an unknown process", "UnknownProcess", () => ({
      by: p.treasurer!,
      kind: Kind.payment,
      ocid: `${STEM}-none`,
      terms: paymentTerms("a"),
    }));
    refuses("a signature of another key", "BadSignature", () =>
      aContract({ by: { ...p.officer!, key: p.pokja!.key } }),
    );
    refuses("a person nobody enrolled", "UnknownHolder", () => aContract({ by: person("nobody") }));
    refuses("an officer of another post", "NoOffice", () => aContract({ by: p.officer2! }));
    refuses("a role that the kind does not have", "WrongCapacity", () =>
      aContract({ by: p.pokja!, capacity: Role.procurement }),
    );
    refuses("an office that is not held", "NoOffice", () => aContract({ by: p.pokja!, capacity: Role.officer }));
    refuses("two hundred million alone", "SecondNeeded", () => aContract({ terms: contractTerms(200_000_000_00n) }));
    refuses("one's own approval", "SamePerson", () =>
      aContract({ terms: contractTerms(200_000_000_00n), approvals: [{ by: p.officer! }] }),
    );
    refuses("the same approver twice", "SamePerson", () =>
      aContract({ approvals: [{ by: p.approver! }, { by: p.approver! }] }),
    );
    refuses("five approvals", "TooManyApprovals", () => aContract({ approvals: Array(5).fill({ by: p.approver! }) }));
    refuses("an approval past its end", "Expired", () =>
      aContract({ approvals: [{ by: p.approver!, expires: now - 1 }] }),
    );
    refuses("an approval in a capacity that is not held", "NoOffice", () =>
      aContract({ approvals: [{ by: p.pokja! }] }),
    );
    refuses("an approval by a treasurer as such", "WrongCapacity", () =>
      aContract({ approvals: [{ by: p.treasurer!, capacity: Role.treasurer }] }),
    );
  });

  it("accepts two hundred million with an approver, also one from the agency above", async () => {
    const big = contractTerms(200_000_000_00n);
    await world.record(aContract({ terms: big, approvals: [{ by: p.approver! }] }));
    await world.record(aContract({ terms: big, approvals: [{ by: p.kabApprover!, up: 1 }] }));
  });

  it("accepts a command once: sent again, whole or changed, it is a duplicate that names its leaf", async () => {
    const choices = aContract({ commandId: idOf("once") });
    const first = await world.record(choices);
    const again = await world.submit({ ...choices, ocid: ocid() });
    expect(again.refused).to.include({ code: Code.DuplicateCommand, a: BigInt(first.leaf) });
    const other = await world.submit({
      by: p.pokja!,
      kind: Kind.planning,
      ocid: ocid(),
      commandId: idOf("once"),
      terms: { code: 1 },
    });
    expect(other.recorded, "the same id of another maker").to.not.equal(undefined);
  });

  it("does not use up a command that it refuses", async () => {
    const commandId = idOf("twice");
    expect(await code(aContract({ commandId, terms: contractTerms(300_000_000_00n) }))).to.equal(Code.SecondNeeded);
    await world.record(
      aContract({ commandId, terms: contractTerms(300_000_000_00n), approvals: [{ by: p.approver! }] }),
    );
  });

  it("refuses one bad item alone; the rest of its batch lands", async () => {
    const good = await world.item(aContract());
    const forged = await world.item(aContract({ by: { ...p.officer!, key: p.head!.key } }));
    const last = await world.item(aContract());
    const garbage = Uint8Array.from([1, 5, 2, 0, 0, 0xff, 1, 2, 3]);
    const outcomes = await world.send([
      packEntry(good.item),
      packEntry(forged.item),
      garbage,
      Uint8Array.from([9]),
      packEntry(last.item),
    ]);
    expect(outcomes.map((o) => o.refused?.code ?? "recorded")).to.deep.equal([
      "recorded",
      Code.BadSignature,
      Code.Malformed,
      Code.Malformed,
      "recorded",
    ]);
    expect(outcomes[1]!.refused!.hash).to.equal(forged.hash);
  });

  it("answers every mutation of an item with a code, and records only what was signed", async () => {
    const { item } = await world.item(aContract({ body: '{"a":1}' }));
    const bytes = packEntry(item);
    const mutants: Uint8Array[] = [];
    for (let i = 0; i < bytes.length; i++) {
      const mutant = bytes.slice();
      mutant[i]! ^= 1 << (i % 8);
      mutants.push(mutant);
    }
    const outcomes = (
      await Promise.all(
        [mutants.slice(0, 200), mutants.slice(200, 400), mutants.slice(400)].map((part) => world.send(part)),
      )
    ).flat();
    expect(outcomes).to.have.length(bytes.length);
    const recorded = outcomes.filter((o) => o.recorded !== undefined);
    // unsigned hints (up, stem length) may change without harm; nothing else passes
    for (const { recorded: r } of recorded) expect(r!.entry).to.deep.equal(item.entry);
    expect(recorded.length).to.be.at.most(1);
  });

  it("reverts a batch whose lengths are wrong, so that nothing of it lands", async () => {
    const ledger = world.contract("Ledger");
    for (const batch of ["0x", "0x02", "0x010001", "0x01000100000005aabb", "0x010000ff"]) {
      let failed = false;
      await ledger
        .getFunction("submit")
        .staticCall(batch)
        .catch(() => {
          failed = true;
        });
      expect(failed, batch).to.equal(true);
    }
  });

  it("lets a treasurer pay only what he covers", async () => {
    const at = ocid();
    await world.record(aContract({ ocid: at }));
    expect(
      await code({
        by: p.treasurer!,
        kind: Kind.payment,
        ocid: at,
        terms: { ...paymentTerms("SP-x"), issuer: agency },
        up: 0,
      }),
    ).to.equal(Code.NoOffice);
    await world.record({
      by: p.treasurer!,
      kind: Kind.payment,
      ocid: at,
      up: 1,
      terms: { ...paymentTerms("SP-y"), issuer: agency },
    });
    await world.grant(p.director!, Role.treasurer, agency);
    expect(await code({ by: p.director!, kind: Kind.payment, ocid: at, terms: paymentTerms("SP-z") })).to.equal(
      Code.NoOffice,
    );
  });

  it("pays one document once, however often it is sent, and lets it cover several contracts", async () => {
    const [one, two] = [ocid(), ocid()];
    await world.record(aContract({ ocid: one }));
    await world.record(aContract({ ocid: two }));
    const pay = (at: string, amount: bigint) => ({
      by: p.treasurer!,
      kind: Kind.payment,
      ocid: at,
      terms: paymentTerms("SP2D-shared", amount, 100n),
    });
    await world.record(pay(one, 60n));
    expect(await code(pay(one, 60n))).to.equal(Code.DocumentExceeded);
    expect(await code(pay(two, 41n))).to.equal(Code.DocumentExceeded);
    await world.record(pay(two, 40n));
    expect(await code(pay(two, 1n))).to.equal(Code.DocumentExceeded);
  });

  describe("corrections", () => {
    let at = "";
    let payment: Awaited<ReturnType<World["record"]>>;
    let terms: Hex;
    const correct = (given = {}) => ({
      by: p.treasurer!,
      kind: Kind.correction,
      capacity: Role.treasurer,
      ocid: at,
      basis: terms,
      refersTo: payment.leaf,
      preimage: leafPreimage(payment.entry, payment.assigned),
      terms: paymentTerms("SP2D-c", 7n),
      approvals: [{ by: p.approver! }],
      ...given,
    });
    before(async () => {
      at = ocid();
      terms = (await world.record(aContract({ ocid: at }))).leaf;
      payment = await world.record({
        by: p.treasurer!,
        kind: Kind.payment,
        ocid: at,
        terms: paymentTerms("SP2D-c", 10n),
      });
    });
    it("refuses one whose preimage is not the leaf", async () => {
      const preimage = leafPreimage(payment.entry, { ...payment.assigned, processSequence: 9 });
      expect(await code(correct({ preimage }))).to.equal(Code.WrongPreimage);
    });
    it("refuses one of an entry that is not in the log", async () => {
      const invented = { ...payment.entry, commandId: idOf("invented") };
      const preimage = leafPreimage(invented, payment.assigned);
      const { sha256 } = await import("#hash");
      expect(await code(correct({ preimage, refersTo: toHex(sha256(preimage)) }))).to.equal(Code.UnknownReference);
    });
    it("refuses one on another contract", async () => {
      const other = ocid();
      const basis = (await world.record(aContract({ ocid: other }))).leaf;
      expect(await code(correct({ ocid: other, basis }))).to.equal(Code.WrongReference);
    });
    it("applies new minus old, once; then the correction itself is what is corrected", async () => {
      const first = await world.record(correct());
      const paid = async () =>
        (await world.contract("Ledger").getFunction("contractOf")(payment.process, idOf("K-1"))).paid;
      expect(await paid()).to.equal(7n);
      expect(await code(correct({ basis: first.leaf }))).to.equal(Code.AlreadyCorrected);
      await world.record(
        correct({
          basis: first.leaf,
          refersTo: first.leaf,
          preimage: leafPreimage(first.entry, first.assigned),
          terms: paymentTerms("SP2D-c", 9n),
        }),
      );
      expect(await paid()).to.equal(9n);
    });
  });
});
