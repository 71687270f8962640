import { expect } from "chai";
import { sha256 } from "#hash";
import { type Act, ActCode, officeKey, subjectOfAct } from "../../server/domain/entries/act.ts";
import { actRefusals } from "../../server/domain/entries/act-refusals.ts";
import {
  approvalHash,
  type Entry,
  entryHash,
  idOf,
  signedDigest,
  termsFromText,
  termsToText,
} from "../../server/domain/entries/entry.ts";
import { KIND_RULES, Kind, type KindName, Role, type RoleName } from "../../server/domain/entries/kinds.ts";
import { leafPreimage } from "../../server/domain/entries/leaf.ts";
import { fromHex, type Hex, NO_ID, toHex, utf8 } from "../../server/domain/entries/words.ts";
import { codeOf } from "../../server/domain/problems.ts";
import type { EntryRow } from "../../server/domain/projection/project-block.ts";
import { actDigest, anAct, encodeAct } from "../../server/ledger/acts.ts";
import { type EntryItem, packBatch, packEntry } from "../../server/ledger/codec.ts";
import { interfaceOf } from "../../server/ledger/deploy.ts";
import { sign } from "../../server/ledger/signatures.ts";
import { sendAct } from "../../server/sandbox/bootstrap.ts";
import { POST_KES, POST_PU_1, secretOf } from "../../server/sandbox/people.ts";
import { approve, contractTerms, now, posted, type Running, signedIn, startGateway } from "./world.ts";

// The gateway's table mirrors the ledger: what it foresees of an act is what the ledger answers when the same bytes come
// to it past the gateway, code by code. Nothing here is sent through the gateway but questions.

const PLACES = {
  own: {
    agency: "ID-PRS-DPUPR",
    stem: "ocds-213czf-dpupr",
    officer: "H-PRS-PPK-PU",
    post: POST_PU_1,
    party: "ID-PRS-S-0002",
  },
  other: {
    agency: "ID-PRS-DINKES",
    stem: "ocds-213czf-dinkes",
    officer: "H-PRS-PPK-KES",
    post: POST_KES,
    party: "ID-PRS-S-0003",
  },
} as const;
type PlaceName = keyof typeof PLACES;

/** Somebody in each role: most at the first place alone, a few above both. */
const PEOPLE: readonly (readonly [RoleName, string])[] = [
  ["procurement", "H-PRS-PP-PU"],
  ["officer", "H-PRS-PPK-PU"],
  ["officer", "H-PRS-PPK2-PU"],
  ["approver", "H-PRS-PA-PU"],
  ["treasurer", "H-PRS-BUD"],
  ["treasurer", "H-PRS-BEND-DIK"],
  ["supplier", "H-PRS-DIR-2"],
  ["auditor", "H-PRS-BPK"],
  ["overseer", "H-PRS-INSPEKTUR"],
  ["head", "H-PRS-SEKDA"],
  ["head", "H-PRS-SEKJEN"],
  ["registrar", "H-PRS-PENDAFTAR"],
];

describe("past the gateway", function () {
  this.timeout(120_000);
  let running: Running;
  const ocids = {} as Record<PlaceName, string>;
  let commands = 0;
  before(async () => {
    running = await startGateway();
    for (const name of Object.keys(PLACES) as PlaceName[]) {
      const { agency, stem, officer, post, party } = PLACES[name];
      ocids[name] = `${stem}-p1`;
      const terms = { ...contractTerms(), officer: idOf(post), party: idOf(party) };
      const { payload } = posted(running.services.separator, seen(), {
        ...{ by: officer, agency: idOf(agency), ocid: ocids[name], terms },
      });
      const answer = await ask("POST", "/api/v1/submissions?wait=9000", { ...payload, stemLength: stem.length });
      expect(answer.state).to.equal("final");
    }
  });
  after(() => running.remove());

  const seen = () => running.services.register().seen;
  const separator = () => running.services.separator;
  async function ask(method: "GET" | "POST", url: string, payload?: object, headers = {}) {
    return (await running.app.inject({ method, url, headers, ...(payload ? { payload } : {}) })).json();
  }

  /** Sends a packed item straight to the Ledger contract. @returns the code of its refusal, 1 where it was recorded */
  async function straight(packed: Uint8Array): Promise<number> {
    const { services } = running;
    const { newest } = services.feed;
    const { entries } = services.register();
    const data = interfaceOf("Ledger").encodeFunctionData("submit", [packBatch([packed])]) as Hex;
    const [told] = await services.relay([{ to: services.deployment.addresses.Ledger, data }]);
    expect(told!.ok, "the batch").to.equal(true);
    await services.projected();
    if (services.register().entries > entries) return 1;
    const { events } = await ask("GET", `/api/v1/events?after=${newest}&limit=10`);
    const refused = events.find(({ event }: { event: string }) => event === "refused");
    expect(refused, JSON.stringify(events)).to.be.an("object");
    return codeOf(refused.rule);
  }

  /** An entry as somebody would sign it in a capacity at a place, of every kind: as right as can be but for who signs. */
  async function entryOf(kind: KindName, role: RoleName, by: string, name: PlaceName) {
    const { agency, stem } = PLACES[name];
    const ocid = ocids[name];
    const number = Kind[kind];
    const process = await ask("GET", `/api/v1/processes/${ocid}`);
    const contract = process.contracts["K-1"];
    const { preimage, contractId: need } = KIND_RULES[kind];
    const named: EntryRow | undefined =
      preimage === "leaf" ? (await ask("GET", `/api/v1/processes/${ocid}/history`)).history[0] : undefined;
    const leaf =
      named && leafPreimage({ ...(named as never as Entry), terms: termsFromText(named.terms) }, named.assigned);
    const bases: Record<string, Hex | undefined> = {
      planning: process.planning?.head,
      tender: process.tender?.head,
      terms: contract.termsHead,
      execution: contract.executionHead,
    };
    const begins = kind === "contract" || kind === "opening";
    const { basis: section } = KIND_RULES[kind];
    const of = section === "target" ? "terms" : section;
    const entry: Entry = {
      commandId: `0x${(++commands).toString(16).padStart(64, "c")}`,
      maker: idOf(by),
      capacity: Role[role],
      ocid,
      contractId: begins ? `K-${commands + 1}` : need === "never" ? "" : "K-1",
      awardId: kind === "award" ? `A-${commands}` : "",
      agency: idOf(agency),
      kind: number,
      basis: begins ? NO_ID : (bases[of] ?? NO_ID),
      seen: seen(),
      digest: toHex(sha256(utf8(""))),
      terms: kind === "contract" ? { ...contractTerms(), officer: idOf(PLACES[name].post) } : { on: now() - 60 },
      refersTo: named?.leaf ?? NO_ID,
      expires: now() + 3_600,
    };
    const hash = entryHash(entry);
    const item: EntryItem = {
      ...{ entry, up: 0, stemLength: stem.length, approvals: [], body: new Uint8Array() },
      signature: sign(signedDigest(separator(), hash), secretOf(by)),
      preimage: leaf ?? new Uint8Array(),
    };
    return { entry, item, hash };
  }

  for (const [role, by] of PEOPLE)
    it(`${by} as ${role}: an entry of each kind at each place is refused as foreseen, and taken as foreseen`, async () => {
      let refusedForOffice = 0;
      for (const kind of Object.keys(Kind) as KindName[]) {
        if (kind === "opening") continue; // its balances come first: test/contracts/borders.test.ts
        for (const name of ["own", "other"] as const) {
          const { entry, item } = await entryOf(kind, role, by, name);
          const { commandId: _, seen: __, digest: ___, expires: ____, ...unsigned } = entry;
          const preimage = item.preimage.length > 0 ? { preimage: toHex(item.preimage) } : {};
          const foreseen = await ask("POST", "/api/v1/checks", {
            ...{ entry: { ...unsigned, terms: termsToText(entry.terms) }, ...preimage },
          });
          const expected = foreseen.refusal?.code ?? (foreseen.second.length > 0 ? codeOf("second-needed") : 1);
          if (expected === codeOf("no-office")) refusedForOffice++;
          const code = await straight(packEntry({ ...item, up: foreseen.office?.up ?? 0 }));
          expect(code, `${kind} at ${name}: ${JSON.stringify(foreseen.refusal?.rule)}`).to.equal(expected);
        }
      }
      // who has an office above both places, or in the whole register, is refused by the rules alone
      const above = ["H-PRS-BUD", "H-PRS-BPK", "H-PRS-SEKDA", "H-PRS-INSPEKTUR", "H-PRS-PENDAFTAR"].includes(by);
      if (above) expect(refusedForOffice).to.equal(0);
      else expect(refusedForOffice).to.be.greaterThan(10);
    });

  it("an approval is refused as foreseen, whoever signs it, in whatever capacity and from whatever level", async () => {
    const codes = new Set<number>();
    const { payload, id } = posted(separator(), seen(), { terms: contractTerms(250_000_000_00n) });
    const url = `/api/v1/submissions/${id}`;
    expect((await ask("POST", "/api/v1/submissions?wait=9000", payload)).state).to.equal("awaitingApproval");
    for (const [role, by] of PEOPLE)
      for (const capacity of [Role.approver, Role.supplier, Role[role]])
        for (const up of [0, 1, 2]) {
          const base = approve(separator(), fromHex(id), seen(), by);
          const { signature, approval } = { ...base, ...signedAs({ ...base.approval, capacity }, fromHex(id), by) };
          if (by === "H-PRS-PA-PU" && capacity === Role.approver && up === 0) continue; // the one that is taken
          const foreseen = await ask("POST", `${url}/approve`, { approval, up, signature });
          expect(foreseen.refusal?.code, JSON.stringify(foreseen)).to.be.a("number");
          const entry = { ...payload.entry, terms: termsFromText(payload.entry.terms) };
          const packed = packEntry({
            ...{ entry, up: 0, stemLength: payload.stemLength, preimage: new Uint8Array(), body: new Uint8Array() },
            signature: fromHex(payload.signature),
            approvals: [{ approval, up, signature: fromHex(signature) }],
          });
          expect(await straight(packed), `${by} as ${capacity}, ${up} above`).to.equal(foreseen.refusal.code);
          codes.add(foreseen.refusal.code);
        }
    const names = ["no-office", "wrong-capacity", "same-person"] as const;
    expect(codes).to.deep.equal(new Set(names.map(codeOf)));
    expect((await ask("GET", url)).state, "none of them counted").to.equal("awaitingApproval");
  });

  function signedAs(approval: Parameters<typeof approvalDigest>[1], hash: Uint8Array, by: string) {
    return { approval, signature: toHex(sign(approvalDigest(hash, approval), secretOf(by))) };
  }
  function approvalDigest(hash: Uint8Array, approval: ReturnType<typeof approve>["approval"]): Uint8Array {
    return signedDigest(separator(), approvalHash(hash, approval));
  }

  describe("offices that are delegated or suspended", () => {
    const [principal, delegate] = ["H-PRS-PPK-PU", "H-PRS-PPK-DIK"];
    const place = PLACES.own;
    const office = { agency: idOf(place.agency), role: Role.officer, post: idOf(place.post) };
    const head = { id: "H-PRS-SEKDA", role: Role.head, agency: idOf("ID-PRS-TIRTARAYA") };

    async function change(signers: Parameters<typeof sendAct>[1], given: Partial<Act> & { code: number }) {
      const subject = officeKey(given.holder!, given.agency!, given.role!, given.post ?? NO_ID);
      await sendAct(running.services, signers, given, subject);
      await running.services.projected();
    }
    /** What a check foresees of a contract by somebody at the post, and what the ledger answers. */
    async function tried(by: string, approvals: EntryItem["approvals"] = [], value?: bigint) {
      const terms = { ...contractTerms(value), officer: idOf(place.post), party: idOf(place.party) };
      const { payload } = posted(separator(), seen(), { by, agency: office.agency, terms });
      const { commandId: _, seen: __, digest: ___, expires: ____, ...unsigned } = payload.entry;
      const foreseen = await ask("POST", "/api/v1/checks", { entry: unsigned });
      const entry = { ...payload.entry, terms };
      const item = {
        ...{ entry, up: 0, stemLength: place.stem.length, approvals },
        ...{ preimage: new Uint8Array(), body: new Uint8Array(), signature: fromHex(payload.signature) },
      };
      return { foreseen: foreseen.refusal?.rule as string | undefined, code: await straight(packEntry(item)) };
    }

    it("a delegate signs until his principal's office is suspended, then he does no more, whatever follows", async () => {
      expect(await tried(delegate)).to.deep.equal({ foreseen: "no-office", code: codeOf("no-office") });
      const until = now() + 3_600;
      await change([{ id: principal, role: Role.officer, agency: office.agency }], {
        ...{ code: ActCode.delegate, ...office, holder: idOf(delegate), until },
      });
      expect(await tried(delegate)).to.deep.equal({ foreseen: undefined, code: 1 });
      await change([head], { code: ActCode.suspend, ...office, holder: idOf(principal) });
      for (const [by, rule] of [
        [principal, "office-suspended"],
        [delegate, "delegation-ended"],
      ] as const)
        expect(await tried(by)).to.deep.equal({ foreseen: rule, code: codeOf(rule) });
      await change([head], { code: ActCode.resume, ...office, holder: idOf(principal) });
      expect(await tried(principal)).to.deep.equal({ foreseen: undefined, code: 1 });
      expect(await tried(delegate)).to.deep.equal({ foreseen: "delegation-ended", code: codeOf("delegation-ended") });
    });

    it("one that was suspended before its principal's ended stays suspended", async () => {
      const until = now() + 3_600;
      await change([{ id: principal, role: Role.officer, agency: office.agency }], {
        ...{ code: ActCode.delegate, ...office, holder: idOf("H-PRS-PPK-KEU"), until },
      });
      await change([head], { code: ActCode.suspend, ...office, holder: idOf("H-PRS-PPK-KEU") });
      await change([head], { code: ActCode.suspend, ...office, holder: idOf(principal) });
      await change([head], { code: ActCode.resume, ...office, holder: idOf(principal) });
      const rule = "office-suspended";
      expect(await tried("H-PRS-PPK-KEU")).to.deep.equal({ foreseen: rule, code: codeOf(rule) });
    });

    it("nobody approves what was signed for him, nor through his delegate what he signed", async () => {
      const approver = { ...office, role: Role.approver, post: NO_ID };
      const until = now() + 3_600;
      // the officer himself stands in for the approver: his own entries he approves in no name
      await change([{ id: "H-PRS-PA-PU", role: Role.approver, agency: office.agency }], {
        ...{ code: ActCode.delegate, ...approver, holder: idOf("H-PRS-PPK-KES"), until },
      });
      await change([{ id: "H-PRS-PA-PU", role: Role.approver, agency: office.agency }], {
        ...{ code: ActCode.delegate, ...approver, holder: idOf(principal), until },
      });
      await change([{ id: principal, role: Role.officer, agency: office.agency }], {
        ...{ code: ActCode.delegate, ...office, holder: idOf("H-PRS-PPK-TAN"), until },
      });
      const waiting = async (by: string) => {
        const terms = { ...contractTerms(250_000_000_00n), officer: idOf(place.post), party: idOf(place.party) };
        const made = posted(separator(), seen(), { by, agency: office.agency, terms });
        const told = await ask("POST", "/api/v1/submissions?wait=9000", made.payload);
        expect(told.state, JSON.stringify(told)).to.equal("awaitingApproval");
        return { ...made, entry: { ...made.payload.entry, terms } };
      };
      for (const [maker, by, rule] of [
        // for whom the maker signed; who signed himself, in another's name
        ["H-PRS-PPK-TAN", principal, "same-person"],
        [principal, principal, "same-person"],
        [principal, "H-PRS-PPK-KES", undefined],
      ] as const) {
        const { id, entry, payload } = await waiting(maker);
        const approval = approve(separator(), fromHex(id), seen(), by);
        const packed = packEntry({
          ...{ entry, up: 0, stemLength: place.stem.length, preimage: new Uint8Array(), body: new Uint8Array() },
          signature: fromHex(payload.signature),
          approvals: [{ ...approval, signature: fromHex(approval.signature) }],
        });
        if (rule === undefined) expect(await straight(packed)).to.equal(1);
        else {
          const foreseen = await ask("POST", `/api/v1/submissions/${id}/approve?wait=9000`, approval);
          expect(foreseen.refusal?.rule, JSON.stringify(foreseen)).to.equal(rule);
          expect(await straight(packed), `${by} approves what ${maker} made`).to.equal(codeOf(rule));
        }
      }
    });

    it("two who approve in one name are one", async () => {
      const terms = { ...contractTerms(250_000_000_00n), officer: idOf(place.post), party: idOf(place.party) };
      const { id, payload } = posted(separator(), seen(), { by: principal, agency: office.agency, terms });
      const both = ["H-PRS-PA-PU", "H-PRS-PPK-KES"].map((by) => approve(separator(), fromHex(id), seen(), by));
      const packed = packEntry({
        ...{ entry: { ...payload.entry, terms }, up: 0, stemLength: place.stem.length },
        ...{ preimage: new Uint8Array(), body: new Uint8Array(), signature: fromHex(payload.signature) },
        approvals: both.map((each) => ({ ...each, signature: fromHex(each.signature) })),
      });
      expect(await straight(packed)).to.equal(codeOf("same-person"));
    });

    it("an act by who is suspended is refused as Authority would, and never sent", async () => {
      await change([{ id: "H-PRS-PENDAFTAR", role: Role.registrar, agency: NO_ID }], {
        ...{ code: ActCode.suspend, holder: idOf(head.id), agency: head.agency, role: Role.head, post: NO_ID },
      });
      const given = { code: ActCode.grant, ...office, role: Role.auditor, post: NO_ID, holder: idOf("H-PRS-DIR-3") };
      const bare = anAct({ maker: idOf(head.id), expires: now() + 3_600, ...given }, "{}");
      const previous = (await ask("GET", `/api/v1/authority/last/${subjectOfAct(bare)}`)).leaf as Hex;
      const whole = { ...bare, previous };
      const signature = sign(actDigest(separator(), whole), secretOf(head.id));
      const signer = { holder: idOf(head.id), role: Role.head, agency: head.agency };
      const height = running.services.chain.height();
      const told = await ask("POST", "/api/v1/acts", {
        ...{ act: whole, body: "{}", signatures: [{ ...signer, signature: toHex(signature) }] },
      });
      expect(told.detail, JSON.stringify(told)).to.contain(" AuthoritySuspended(");
      expect(running.services.chain.height()).to.equal(height);
      const data = fromHex(encodeAct(whole, [{ ...signer, signature }], "{}"));
      const { chain, deployment } = running.services;
      const error = await chain.call(deployment.addresses.Authority, data).then(
        () => "taken",
        (refused: { data: string }) => interfaceOf("Authority").parseError(refused.data)!.name,
      );
      expect(error).to.equal("AuthoritySuspended");
      await change([{ id: "H-PRS-PENDAFTAR", role: Role.registrar, agency: NO_ID }], {
        ...{ code: ActCode.resume, holder: idOf(head.id), agency: head.agency, role: Role.head, post: NO_ID },
      });
    });
  });

  describe("acts", () => {
    type Signer = { by: string; role: number; agency?: Hex; secret?: Uint8Array };
    const registrar: Signer = { by: "H-PRS-PENDAFTAR", role: Role.registrar };
    const overseer: Signer = { by: "H-PRS-INSPEKTUR", role: Role.overseer };
    const head: Signer = { by: "H-PRS-SEKDA", role: Role.head, agency: idOf("ID-PRS-TIRTARAYA") };
    const ministry: Signer = { by: "H-PRS-SEKJEN", role: Role.head, agency: idOf("ID-PRS-KEMSARANA") };
    const officer: Signer = { by: "H-PRS-PPK-PU", role: Role.head, agency: idOf("ID-PRS-DPUPR") };
    const PU = idOf("ID-PRS-DPUPR");
    const grant = (role: number, holder = "H-PRS-BPK", agency = PU) => ({
      code: ActCode.grant,
      holder: idOf(holder),
      agency,
      role,
    });

    async function act(signers: readonly Signer[], given: Partial<Act> & { code: number }, body = "{}") {
      const bare = anAct({ maker: idOf(signers[0]!.by), expires: now() + 3_600, ...given }, "{}");
      const last = (await ask("GET", `/api/v1/authority/last/${subjectOfAct(bare)}`)).leaf as Hex;
      const whole = { ...bare, previous: given.previous ?? last };
      const digest = actDigest(separator(), whole);
      const signatures = signers.map(({ by, role, agency = NO_ID, secret = secretOf(by) }) => ({
        ...{ holder: idOf(by), role, agency, signature: sign(digest, secret) },
      }));
      return { whole, signatures, body };
    }
    /** The error with which Authority answers a call of its own. */
    async function contractError(data: Hex): Promise<string> {
      const { chain, deployment } = running.services;
      try {
        await chain.call(deployment.addresses.Authority, fromHex(data));
        return "taken";
      } catch (error) {
        return interfaceOf("Authority").parseError((error as { data: string }).data)!.name;
      }
    }

    const refused: Record<string, () => ReturnType<typeof act>> = {
      "a head grants elsewhere": () => act([ministry], grant(Role.auditor)),
      "an officer grants as head": () => act([officer], grant(Role.auditor)),
      "a head grants an approver alone": () => act([head], grant(Role.approver)),
      "a head grants himself what takes an overseer": () => act([head, overseer], grant(Role.approver, head.by)),
      "an overseer signs what is his": () => act([head, overseer], grant(Role.approver, overseer.by)),
      "a registrar grants as a head": () => act([registrar], grant(Role.auditor)),
      "a head grants a registrar": () => act([head, overseer], grant(Role.registrar, "H-PRS-BPK", NO_ID)),
      "it begins before it is recorded": () => act([head], { ...grant(Role.auditor), from: now() - 86_400 }),
      "it follows another act than the last": () => act([head], { ...grant(Role.auditor), previous: PU }),
      "it has expired": () => act([head], { ...grant(Role.auditor), expires: now() - 60 }),
      "it expires too late": () => act([head], { ...grant(Role.auditor), expires: now() + 40 * 86_400 }),
      "its body is another": () => act([head], grant(Role.auditor), '{"x":1}'),
      "its maker is not the first to sign": async () =>
        act([{ ...overseer }, head], { ...grant(Role.auditor), maker: idOf(head.by) }),
      "a stranger's key signs": () => act([{ ...head, secret: secretOf("H-PRS-BPK") }], grant(Role.auditor)),
      "nobody of that name is enrolled": () =>
        act([{ ...head, by: "H-NOBODY", secret: secretOf(head.by) }], grant(Role.auditor)),
      "one signature too many": () => act([head, overseer], grant(Role.auditor)),
      "the agency is known": () => act([registrar], { code: ActCode.registerAgency, agency: PU, previous: NO_ID }),
      "there is no such act": () => act([registrar], { code: 99, agency: PU }),
      "there is no act 0": () => act([registrar], { code: 0, agency: PU }),
      "the council alone does it": () => act([registrar], { code: ActCode.appoint, role: Role.registrar }),
    };
    for (const [what, make] of Object.entries(refused))
      it(`is refused as Authority would, and never sent: ${what}`, async () => {
        const { whole, signatures, body } = await make();
        const height = running.services.chain.height();
        const told = await ask("POST", "/api/v1/acts", {
          ...{
            act: whole,
            body,
            signatures: signatures.map((each) => ({ ...each, signature: toHex(each.signature) })),
          },
        });
        expect(told.type, JSON.stringify(told)).to.equal("/problems/act-refused");
        expect(running.services.chain.height(), "blocks").to.equal(height);
        const error = await contractError(encodeAct(whole, signatures, body));
        expect(error).to.not.equal("taken");
        expect(told.detail.replace(actRefusals[error]!.en, "").trim().split("(")[0]).to.equal(error);
      });

    it("what should pass is relayed, once", async () => {
      const { whole, signatures, body } = await act([head], grant(Role.auditor, "H-PRS-PPK-PU"));
      const payload = {
        act: whole,
        body,
        signatures: signatures.map((each) => ({ ...each, signature: toHex(each.signature) })),
      };
      const first = await running.app.inject({ method: "POST", url: "/api/v1/acts", payload });
      expect(first.statusCode, first.payload).to.equal(201);
      expect((await ask("POST", "/api/v1/acts", payload)).detail).to.match(/ AuthorityStaleAct\(/);
    });

    it("me/can foresees who grants: as the chain takes it", async () => {
      for (const [signers, role, about] of [
        [[head], Role.auditor, "H-PRS-DIR-3"],
        [[ministry], Role.auditor, "H-PRS-DIR-3"],
        [[head, overseer], Role.approver, "H-PRS-DIR-3"],
        [[head, overseer], Role.approver, head.by],
        [[officer], Role.auditor, "H-PRS-DIR-3"],
      ] as const) {
        const [{ by }] = signers;
        const key = { "H-PRS-SEKDA": "sekda", "H-PRS-SEKJEN": "sekjen", "H-PRS-PPK-PU": "ppk-pu" }[by]!;
        const headers = { authorization: `Bearer ${await signedIn(running, key, by)}` };
        const name = Object.keys(Role)[role - 1];
        const url = `/api/v1/me/can?act=grant&role=${name}&agency=${PU}&holder=${idOf(about)}`;
        const answer = await ask("GET", url, undefined, headers);
        const { whole, signatures, body } = await act(signers, grant(role, about));
        const error = await contractError(encodeAct(whole, signatures, body));
        expect(answer.may, `${by} grants ${name}: ${JSON.stringify(answer)}`).to.equal(error === "taken");
      }
    });
  });

  describe("cancels", () => {
    it("of nobody's signature, or too late, are answered with the ledger's code and never sent", async () => {
      const { id } = posted(separator(), seen());
      const cancel = { target: id, holder: idOf("H-PRS-PPK-PU"), expires: now() + 60 };
      const forged = `0x${"11".repeat(65)}`;
      const height = running.services.chain.height();
      for (const [given, rule] of [
        [cancel, "bad-signature"],
        [{ ...cancel, holder: idOf("H-NOBODY") }, "unknown-holder"],
        [{ ...cancel, expires: now() - 60 }, "expired"],
        [{ ...cancel, expires: now() + 40 * 86_400 }, "expires-too-far"],
      ] as const)
        expect((await ask("POST", "/api/v1/cancels", { cancel: given, signature: forged })).refusal.rule).to.equal(
          rule,
        );
      expect(running.services.chain.height()).to.equal(height);
    });
  });
});
