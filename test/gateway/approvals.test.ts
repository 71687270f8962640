import { expect } from "chai";
import { sha256 } from "#hash";
import {
  approvalHash,
  domainSeparator,
  type Entry,
  entryHash,
  idOf,
  signedDigest,
  termsFromText,
  termsToText,
} from "../../server/domain/entries/entry.ts";
import { Kind, Role } from "../../server/domain/entries/kinds.ts";
import { fromHex, type Hex, NO_ID, toHex, utf8 } from "../../server/domain/entries/words.ts";
import { canonicalJson } from "../../server/domain/json.ts";
import { sign } from "../../server/ledger/signatures.ts";
import { secretOf } from "../../server/sandbox/people.ts";
import {
  approve,
  atSecond,
  type Choices,
  contractTerms,
  now,
  posted,
  type Running,
  signedIn,
  startGateway,
} from "./world.ts";

// Who waits for whom, from a draft to what is recorded or comes to nothing: over HTTP, on a real chain.

const LARGE = 250_000_000_00n;
const MAKER = "H-PRS-PPK-PU";
const APPROVER = "H-PRS-PA-PU";
const PEOPLE = {
  maker: ["ppk-pu", MAKER],
  colleague: ["ppk2-pu", "H-PRS-PPK2-PU"],
  approver: ["pa-pu", APPROVER],
  otherApprover: ["pa-kes", "H-PRS-PA-KES"],
  otherOfficer: ["ppk-kes", "H-PRS-PPK-KES"],
  pokja: ["pokja", "H-PRS-POKJA"],
  procurement: ["pp-pu", "H-PRS-PP-PU"],
  auditor: ["bpk", "H-PRS-BPK"],
  supplier: ["direktur-1", "H-PRS-DIR-1"],
} as const;
type Name = keyof typeof PEOPLE;

describe("approval work", function () {
  this.timeout(60_000);
  let running: Running;
  const tokens = {} as Record<Name, string>;
  before(async () => {
    running = await startGateway();
    for (const name of Object.keys(PEOPLE) as Name[]) tokens[name] = await signedIn(running, ...PEOPLE[name]);
    // the checkpoint that signers name comes with the first entry
    await send(posted(running.services.separator, NO_ID).payload);
  });
  after(() => running.remove());

  const separator = () => running.services.separator;
  const seen = () => running.services.register().seen;
  async function ask(who: Name | undefined, method: "GET" | "POST" | "PUT" | "DELETE", url: string, payload?: object) {
    const headers = who === undefined ? {} : { authorization: `Bearer ${tokens[who]}` };
    const response = await running.app.inject({ method, url, headers, ...(payload ? { payload } : {}) });
    return { status: response.statusCode, body: response.payload === "" ? undefined : response.json() };
  }
  const send = (payload: object) => ask(undefined, "POST", "/api/v1/submissions?wait=9000", payload);
  /** A contract above the threshold, submitted: it waits for an approver. */
  async function waiting(choices: Choices = {}) {
    const made = posted(separator(), seen(), { terms: contractTerms(LARGE), ...choices });
    const { status, body } = await send(made.payload);
    expect([status, body.state], JSON.stringify(body)).to.deep.equal([202, "awaitingApproval"]);
    return { ...made, url: `/api/v1/submissions/${made.id}` };
  }
  const approval = (id: Hex, by = APPROVER) => approve(separator(), fromHex(id), seen(), by);
  const approving = (id: Hex, by = APPROVER) =>
    ask(undefined, "POST", `/api/v1/submissions/${id}/approve?wait=9000`, approval(id, by));
  const inbox = async (who: Name) =>
    (await ask(who, "GET", "/api/v1/tasks?limit=200")).body.tasks as Record<string, never>[];
  const taskOf = async (who: Name, submission: Hex) =>
    (await inbox(who)).find((task) => task.submission === submission) as Record<string, unknown> | undefined;
  const reason = { reason: "Nilai tidak sesuai dokumen penawaran." };

  describe("inbox", () => {
    it("holds what waits for one's approval, why and since when, and nobody else's inbox does", async () => {
      const { id } = await waiting();
      const task = await taskOf("approver", id);
      expect(task).to.include({ task: "approve", kind: Kind.contract, reminder: "none" });
      expect(task!.second).to.deep.equal([{ role: "approver" }]);
      expect(task!.link).to.match(new RegExp(`/api/v1/submissions/${id}/review$`));
      for (const other of ["maker", "colleague", "otherApprover", "auditor", "supplier"] as const)
        expect(await taskOf(other, id), other).to.equal(undefined);
      expect((await approving(id)).body.state).to.equal("final");
      expect(await taskOf("approver", id), "once recorded").to.equal(undefined);
    });

    it("is for who is signed in", async () => {
      expect((await ask(undefined, "GET", "/api/v1/tasks")).status).to.equal(401);
    });
  });

  describe("review", () => {
    it("shows what is signed: terms in words, differences, documents, typed data with the hash that is signed", async () => {
      const kept = await running.app.inject({
        method: "POST",
        url: "/api/v1/documents",
        headers: { authorization: `Bearer ${tokens.maker}`, "content-type": "text/plain" },
        payload: "kontrak",
      });
      const { sha256: stored } = kept.json();
      const body = {
        contracts: [
          {
            id: "K-1",
            title: "Jalan Bening",
            documents: [
              { id: "d1", title: "Kontrak", url: `https://register.example/api/v1/documents/${stored}` },
              { id: "d2", title: "Lain", url: `https://elsewhere.example/${"ab".repeat(32)}` },
            ],
          },
        ],
      };
      const { id, url, payload } = await waiting({ body });
      const { status, body: shown } = await ask("approver", "GET", `${url}/review`);
      expect(status, JSON.stringify(shown)).to.equal(200);
      const value = shown.words.terms.find(({ term }: { term: string }) => term === "value");
      expect(value.value.id).to.equal("Rp 250.000.000");
      expect(shown.documents).to.deep.equal([
        { sha256: stored, title: "Kontrak", url: body.contracts[0]!.documents[0]!.url, stored: true },
        { sha256: "ab".repeat(32), title: "Lain", url: body.contracts[0]!.documents[1]!.url, stored: false },
      ]);
      expect(shown.differences).to.deep.include({ path: "/contracts/K-1/title", after: "Jalan Bening" });
      expect(shown.exceptions).to.deep.equal([]);
      // nothing of it is taken on trust: the entry and body give the submission's id, the typed data its hash
      const entry: Entry = { ...shown.entry, terms: termsFromText(shown.entry.terms) };
      expect(toHex(entryHash(entry))).to.equal(id);
      expect(toHex(sha256(utf8(shown.body)))).to.equal(payload.entry.digest);
      const { domain, message } = shown.approval.typedData;
      expect(message).to.deep.include({ ...shown.approval.approval, holder: idOf(APPROVER) });
      const digest = signedDigest(domainSeparator(domain), approvalHash(entryHash(entry), shown.approval.approval));
      expect(shown.approval.digest).to.equal(toHex(digest));
      const signature = toHex(sign(digest, secretOf(APPROVER)));
      const { body: recorded } = await ask(undefined, "POST", `${url}/approve?wait=9000`, {
        approval: shown.approval.approval,
        up: shown.approval.up,
        signature,
      });
      expect(recorded.state).to.equal("final");
    });

    it("is shown to its maker, to who could make or approve it there, and to nobody else", async () => {
      const { url } = await waiting();
      for (const who of ["maker", "colleague", "approver", "supplier"] as const)
        expect((await ask(who, "GET", `${url}/review`)).status, who).to.equal(200);
      for (const who of ["otherApprover", "otherOfficer", "auditor"] as const)
        expect((await ask(who, "GET", `${url}/review`)).status, who).to.equal(404);
      expect((await ask(undefined, "GET", `${url}/review`)).status).to.equal(401);
      const { body } = await ask("maker", "GET", `${url}/review`);
      expect(body.why.rule).to.equal("same-person");
      expect(body.approval).to.equal(undefined);
    });

    it("says what changed since its maker signed, and what he signs anew takes its place", async () => {
      const first = await waiting();
      const ocid = first.payload.entry.ocid;
      expect((await approving(first.id)).body.state).to.equal("final");
      const basisOf = async () =>
        (await ask(undefined, "GET", `/api/v1/processes/${ocid}`)).body.contracts["K-1"].termsHead as Hex;
      const amendment = (basis: Hex, value: bigint, more: Choices = {}) => {
        const terms = { code: 2, currency: "IDR", value, scopeValue: value, on: now() - 60 };
        return { ocid, kind: Kind.amendment, basis, terms, ...more };
      };
      const old = await waiting(amendment(await basisOf(), LARGE + 10_000_000_00n));
      const other = await waiting(amendment(await basisOf(), LARGE + 5_000_000_00n));
      expect((await approving(other.id)).body.state).to.equal("final");

      const { body: shown } = await ask("approver", "GET", `${old.url}/review`);
      expect(shown.moved.since.map(({ kind }: { kind: string }) => kind)).to.deep.equal(["amendment"]);
      expect(shown.moved.since[0].release).to.match(new RegExp(`/api/v1/releases/${ocid}/${ocid}-2$`));
      expect(await taskOf("maker", old.id)).to.include({ task: "signAgain", moved: true });
      expect(await taskOf("approver", old.id)).to.include({ task: "approve", moved: true });
      const { commandId } = old.payload.entry;
      const anew = posted(separator(), seen(), { ...amendment(await basisOf(), LARGE + 10_000_000_00n), commandId });
      const without = await send(anew.payload);
      expect([without.status, without.body.type]).to.deep.equal([409, "/problems/key-reused"]);
      const { body: replaced } = await send({ ...anew.payload, replaces: old.id });
      expect(replaced).to.include({ state: "awaitingApproval", replaces: old.id });
      const { body: former } = await ask(undefined, "GET", old.url);
      expect(former).to.include({ state: "cancelled", replacedBy: anew.id });
      expect(await taskOf("maker", old.id)).to.equal(undefined);
      expect((await approving(anew.id)).body.state).to.equal("final");
    });

    it("takes the place of no other command, and of nobody else's", async () => {
      const first = await waiting();
      const other = posted(separator(), seen(), { terms: contractTerms(LARGE) });
      const refused = await send({ ...other.payload, replaces: first.id });
      expect([refused.status, refused.body.type]).to.deep.equal([409, "/problems/not-replaceable"]);
    });
  });

  describe("sending back", () => {
    it("gives it back to its maker with the reason; nobody approves it any more, also not with the same signature sent again", async () => {
      const { id, url, payload } = await waiting();
      const { status, body } = await ask("approver", "POST", `${url}/refuse`, reason);
      expect([status, body.state, body.refusal.rule], JSON.stringify(body)).to.deep.equal([
        200,
        "refused",
        "sent-back",
      ]);
      expect(body.sentBack).to.include({ by: idOf(APPROVER) });
      const { body: open } = await ask(undefined, "GET", url);
      expect(JSON.stringify(open), "the reason is not public").to.not.contain("penawaran");
      const task = await taskOf("maker", id);
      expect(task).to.include({ task: "signAgain" });
      expect((task!.words as { id: string }).id).to.contain(reason.reason);
      expect(await taskOf("approver", id)).to.equal(undefined);

      const late = await approving(id);
      expect([late.status, late.body.type]).to.deep.equal([409, "/problems/sent-back"]);
      expect((await send(payload)).body).to.include({ state: "refused" });
      expect((await approving(id)).status, "after the same signature again").to.equal(409);

      const talk = (await ask("maker", "GET", `${url}/review`)).body.talk;
      expect(talk).to.have.length(1);
      expect(talk[0]).to.deep.include({ sequence: 1, by: idOf(APPROVER), act: "sentBack", text: reason.reason });
      expect(talk[0].at).to.be.within(now() - 60, now());

      // its maker signs anew, under the same command: the ledger takes one of both, whatever happens
      const { commandId, ocid } = payload.entry;
      const anew = posted(separator(), seen(), { terms: contractTerms(LARGE + 1n), commandId, ocid });
      expect((await send(anew.payload)).body).to.include({ state: "awaitingApproval", replaces: id });
      expect(await taskOf("maker", id)).to.equal(undefined);
      expect((await approving(anew.id)).body.state).to.equal("final");
    });

    it("is for who could approve it, with a second factor of the last minutes, and for what waits", async () => {
      const { id, url } = await waiting();
      for (const who of ["maker", "colleague", "otherApprover", "auditor"] as const) {
        const { status, body } = await ask(who, "POST", `${url}/refuse`, reason);
        expect([status, body.type], who).to.deep.equal([403, "/problems/not-allowed"]);
      }
      expect((await ask(undefined, "POST", `${url}/refuse`, reason)).status).to.equal(401);
      const personal = await ask("approver", "POST", `${url}/refuse`, { reason: "rekening BRI 0012345678901" });
      expect(personal.body.type).to.equal("/problems/personal-data");
      expect((await approving(id)).body.state).to.equal("final");
      const late = await ask("approver", "POST", `${url}/refuse`, reason);
      expect([late.status, late.body.type]).to.deep.equal([409, "/problems/not-waiting"]);
    });

    it("asks for a second factor once more, where the last is more than five minutes old", async () => {
      const { url } = await waiting();
      const token = tokens.approver;
      const row = `session/${toHex(sha256(utf8(token)))}`;
      const session = await running.services.state.get<{ issued: number }>(row);
      const older = { ...session, secondFactor: session!.issued - 301 };
      await running.services.state.put([{ key: row, value: older }]);
      const { status, body } = await ask("approver", "POST", `${url}/refuse`, reason);
      expect([status, body.type]).to.deep.equal([403, "/problems/step-up-needed"]);
      expect((await ask("approver", "GET", `${url}/review`)).status, "looking needs none").to.equal(200);
      await running.services.state.put([{ key: row, value: session }]);
    });

    it("and approving at once: one of both wins, and the other is told so", async () => {
      for (let round = 0; round < 6; round++) {
        const { id, url } = await waiting();
        const both = round % 2 === 0;
        const sendingBack = () => ask("approver", "POST", `${url}/refuse`, reason);
        const [first, second] = both
          ? await Promise.all([sendingBack(), approving(id)])
          : (await Promise.all([approving(id), sendingBack()])).reverse();
        const { body } = await ask(undefined, "GET", url);
        if (body.state === "final") {
          expect([first!.status, second!.body.state]).to.deep.equal([409, "final"]);
        } else {
          expect(body.state).to.equal("refused");
          expect([first!.status, second!.status]).to.deep.equal([200, 409]);
        }
      }
    });
  });

  describe("two approvers at once", () => {
    it("lead to one record; who came second is told of it, or to look again", async () => {
      const { id } = await waiting();
      const entries = running.services.register().entries;
      const answers = await Promise.all([approving(id), approving(id), approving(id)]);
      for (const { status, body } of answers)
        expect(body.state ?? body.type, String(status)).to.be.oneOf(["final", "/problems/approval-under-way"]);
      expect(answers.filter(({ body }) => body.state === "final")).to.not.have.length(0);
      expect(running.services.register().entries).to.equal(entries + 1);
    });

    it("one whose signature is refused does not cost the other's", async () => {
      const { id } = await waiting();
      const [refused, recorded] = await Promise.all([approving(id, "H-PRS-PA-KES"), approving(id)]);
      expect([refused.status, refused.body.refusal.rule]).to.deep.equal([422, "no-office"]);
      expect(recorded.body.state).to.equal("final");
    });
  });

  describe("nobody", () => {
    it("approves his own act: refused with the ledger's code, and nothing is sent", async () => {
      const { id, url } = await waiting();
      const blocks = running.services.chain.height();
      const { status, body } = await approving(id, MAKER);
      expect([status, body.refusal.rule, body.refusal.code]).to.deep.equal([422, "same-person", 46]);
      expect(running.services.chain.height()).to.equal(blocks);
      expect((await ask(undefined, "GET", url)).body.state).to.equal("awaitingApproval");
    });
  });

  describe("asking back", () => {
    it("stands in the maker's inbox until he answers; what waits goes on waiting, and the talk is kept", async () => {
      const { id, url } = await waiting();
      const asked = await ask("approver", "POST", `${url}/ask`, { text: "Mengapa nilainya bulat?" });
      expect(asked.status).to.equal(201);
      expect(await taskOf("maker", id)).to.include({ task: "answer" });
      for (const who of ["approver", "colleague"] as const)
        expect((await ask(who, "POST", `${url}/answer`, { text: "Sesuai HPS." })).status, who).to.equal(403);
      expect((await ask("maker", "POST", `${url}/answer`, { text: "Sesuai HPS." })).status).to.equal(201);
      expect(await taskOf("maker", id)).to.equal(undefined);
      const { body } = await ask("approver", "GET", `${url}/review`);
      expect(body.talk.map(({ act, by }: { act: string; by: Hex }) => [act, by])).to.deep.equal([
        ["asked", idOf(APPROVER)],
        ["answered", idOf(MAKER)],
      ]);
      expect((await ask("otherApprover", "POST", `${url}/ask`, { text: "Mengapa begitu?" })).status).to.equal(403);
      expect((await approving(id)).body.state).to.equal("final");
      expect((await ask("approver", "POST", `${url}/ask`, { text: "Mengapa begitu?" })).body.type).to.equal(
        "/problems/not-waiting",
      );
    });
  });

  describe("expiry", () => {
    it("ends the waiting: it says so and what to do, nobody approves or sends it back, its maker signs anew", async () => {
      const expires = now() + 2;
      const { id, url, payload } = await waiting({ expires });
      await atSecond(expires + 1);
      const { body } = await ask(undefined, "GET", url);
      expect(body.state).to.equal("expired");
      expect(body.next.en).to.match(/signs it again/);
      expect(await taskOf("maker", id)).to.include({ task: "signAgain", expired: true });
      expect(await taskOf("approver", id)).to.include({ task: "approve", expired: true });
      const blocks = running.services.chain.height();
      const late = await approving(id);
      expect([late.status, late.body.refusal.rule]).to.deep.equal([422, "expired"]);
      expect(running.services.chain.height(), "nothing was sent").to.equal(blocks);
      expect((await ask("approver", "POST", `${url}/refuse`, reason)).body.type).to.equal("/problems/not-waiting");
      const { commandId, ocid } = payload.entry;
      const anew = posted(separator(), seen(), { terms: contractTerms(LARGE), commandId, ocid });
      expect((await send({ ...anew.payload, replaces: id })).body.state).to.equal("awaitingApproval");
      expect((await approving(anew.id)).body.state).to.equal("final");
      expect((await ask(undefined, "GET", url)).body).to.include({ state: "cancelled", replacedBy: anew.id });
    });
  });

  describe("drafts", () => {
    const PLANNING = { kind: Kind.planning, contractId: "", terms: { code: 1 } };
    const content = (given: object = {}, title = "Jembatan") => ({
      entry: {
        kind: Kind.contract,
        ocid: `ocds-213czf-dpupr-k${Math.random().toString(36).slice(2)}`,
        contractId: "K-1",
        awardId: "",
        agency: idOf("ID-PRS-DPUPR"),
        terms: termsToText(contractTerms(LARGE)),
        ...given,
      },
      ...(given === PLANNING ? {} : { body: { contracts: [{ id: "K-1", title }] } }),
      note: "mohon diperiksa",
    });
    const make = async (who: Name = "colleague", given: object = {}, title?: string) => {
      const answer = await ask(who, "POST", "/api/v1/drafts", content(given, title));
      expect(answer.status, JSON.stringify(answer.body)).to.equal(201);
      return answer.body;
    };
    /** The draft as somebody signs it. */
    const signed = (
      draft: ReturnType<typeof content> & { commandId: Hex; body?: object },
      by = MAKER,
      more: object = {},
    ) => {
      const { entry, body, commandId } = draft;
      const whole: Entry = {
        ...{ capacity: Role.officer, basis: NO_ID, refersTo: NO_ID, seen: seen(), expires: now() + 86_400 },
        ...{
          commandId,
          maker: idOf(by),
          digest: toHex(sha256(body === undefined ? utf8("") : utf8(canonicalJson(body)))),
        },
        ...entry,
        terms: termsFromText(entry.terms),
        ...more,
      };
      const hash = entryHash(whole);
      const signature = toHex(sign(signedDigest(separator(), hash), secretOf(by)));
      const payload = { entry: { ...whole, terms: termsToText(whole.terms) }, signature, stemLength: 17 };
      return { id: toHex(hash), payload };
    };

    it("become a submission by a signature, and that is recorded by a second: draft, awaitingSignature, awaitingApproval, final", async () => {
      const draft = await make();
      expect(draft.state).to.equal("draft");
      expect((await inbox("maker")).filter((task) => task.draft === draft.id)).to.deep.equal([]);
      const handing = { version: 1, to: idOf(MAKER) };
      const { body: handed } = await ask("colleague", "POST", `/api/v1/drafts/${draft.id}/handing`, handing);
      expect(handed.state).to.equal("awaitingSignature");
      expect((await inbox("maker")).find((task) => task.draft === draft.id)).to.include({ task: "sign" });
      expect((await inbox("colleague")).filter((task) => task.draft === draft.id)).to.deep.equal([]);
      const { id, payload } = signed(handed);
      const url = `/api/v1/drafts/${draft.id}/signature?wait=9000`;
      const sent = await ask("maker", "POST", url, payload);
      expect([sent.status, sent.body.state, sent.body.id]).to.deep.equal([202, "awaitingApproval", id]);
      expect((await ask("maker", "POST", url, payload)).body, "once more").to.include({
        state: "awaitingApproval",
        id,
      });
      const read = async () => (await ask("maker", "GET", `/api/v1/drafts/${draft.id}`)).body;
      expect(await read()).to.include({ state: "awaitingApproval", submission: id });
      expect((await approving(id)).body.state).to.equal("final");
      expect((await read()).state).to.equal("final");
    });

    it("of two signers at once only one leads to a submission", async () => {
      const draft = await make("pokja", PLANNING);
      const url = `/api/v1/drafts/${draft.id}/signature?wait=9000`;
      const by = (holder: string, up: number) => {
        const { id, payload } = signed(draft, holder, { capacity: Role.procurement });
        return { id, payload: { ...payload, up } };
      };
      const [one, two] = [by("H-PRS-POKJA", 1), by("H-PRS-PP-PU", 0)];
      const entries = running.services.register().entries;
      const answers = await Promise.all([
        ask("pokja", "POST", url, one.payload),
        ask("procurement", "POST", url, two.payload),
      ]);
      const told = answers.map(({ body }) => body.state ?? body.type);
      expect(told.sort()).to.deep.equal(["/problems/draft-signed", "final"]);
      for (const [who, { payload }] of [
        ["pokja", one],
        ["procurement", two],
      ] as const)
        expect((await ask(who, "POST", url, payload)).status).to.be.oneOf([201, 409]);
      expect(running.services.register().entries).to.equal(entries + 1);
    });

    it("are signed as they are, by who is signed in", async () => {
      const draft = await make();
      const url = `/api/v1/drafts/${draft.id}/signature`;
      const terms = contractTerms(LARGE + 1n);
      const other = await ask("maker", "POST", url, signed(draft, MAKER, { terms }).payload);
      expect([other.status, other.body.type]).to.deep.equal([422, "/problems/draft-differs"]);
      expect(other.body.faults.map(({ pointer }: { pointer: string }) => pointer)).to.deep.equal(["/entry/terms"]);
      const body = { contracts: [{ id: "K-1", title: "Lain" }] };
      const changed = await ask("maker", "POST", url, signed({ ...draft, body }).payload);
      expect(changed.body.faults.map(({ pointer }: { pointer: string }) => pointer)).to.deep.equal(["/entry/digest"]);
      const notHis = await ask("colleague", "POST", url, signed(draft).payload);
      expect([notHis.status, notHis.body.type]).to.deep.equal([403, "/problems/not-allowed"]);
      expect((await ask("maker", "GET", `/api/v1/drafts/${draft.id}`)).body.state).to.equal("draft");
    });

    it("are changed by one after the other, each as he read it, until they are signed; one sent back is open again", async () => {
      const draft = await make();
      const url = `/api/v1/drafts/${draft.id}`;
      const next = { ...content(), version: 1 };
      const { body: changed } = await ask("maker", "PUT", url, next);
      expect(changed).to.include({ version: 2, state: "draft" });
      const late = await ask("colleague", "PUT", url, next);
      expect([late.status, late.body.type]).to.deep.equal([412, "/problems/draft-changed"]);
      const { id, payload } = signed(changed);
      expect((await ask("maker", "POST", `${url}/signature?wait=9000`, payload)).body.state).to.equal(
        "awaitingApproval",
      );
      for (const [method, path, given] of [
        ["PUT", url, { ...content(), version: 2 }],
        ["POST", `${url}/handing`, { version: 2 }],
        ["DELETE", `${url}?version=2`, undefined],
      ] as const)
        expect((await ask("maker", method, path, given)).body.type, method).to.equal("/problems/draft-signed");
      await ask("approver", "POST", `/api/v1/submissions/${id}/refuse`, reason);
      const { body: again } = await ask("maker", "PUT", url, { ...content(), version: 2 });
      expect(again).to.include({ version: 3, state: "draft" });
      expect(again.commandId, "another content is another command").to.not.equal(draft.commandId);
      expect((await ask("maker", "DELETE", `${url}?version=3`)).status).to.equal(204);
      expect((await ask("maker", "GET", url)).status).to.equal(404);
    });

    it("do not exist for others: nothing of one, field by field, is told to anybody but its agency's people of the right roles", async () => {
      const draft = await make("colleague", {}, "Jembatan Rahasia");
      const url = `/api/v1/drafts/${draft.id}`;
      for (const who of ["maker", "colleague", "approver"] as const) {
        expect((await ask(who, "GET", url)).status, who).to.equal(200);
        const { drafts } = (await ask(who, "GET", "/api/v1/drafts?limit=200")).body;
        expect(
          drafts.map(({ id }: { id: string }) => id),
          who,
        ).to.include(draft.id);
      }
      const secrets = ["Jembatan Rahasia", "mohon diperiksa", draft.id, draft.commandId, draft.entry.ocid];
      const others: (Name | undefined)[] = ["otherOfficer", "otherApprover", "auditor", undefined];
      for (const who of others) {
        const answers = [
          await ask(who, "GET", url),
          await ask(who, "GET", "/api/v1/drafts?limit=200"),
          await ask(who, "GET", "/api/v1/tasks?limit=200"),
          await ask(who, "PUT", url, { ...content(), version: 1 }),
          await ask(who, "POST", `${url}/handing`, { version: 1 }),
          await ask(who, "POST", `${url}/signature`, signed(draft).payload),
          await ask(who, "DELETE", `${url}?version=1`),
        ];
        for (const [index, { status, body }] of answers.entries()) {
          const hidden =
            who === undefined ? [401] : index === 1 || index === 2 ? [200] : index === 3 ? [403, 404] : [404];
          expect(status, `${who} ${index}`).to.be.oneOf(hidden);
          for (const secret of secrets) expect(JSON.stringify(body), `${who} ${index}`).to.not.contain(secret);
        }
      }
      // what everybody reads tells nothing of it either
      for (const path of ["/api/v1/events", "/api/v1/entries", "/api/v1/releases", "/metrics", "/health/ready"]) {
        const { payload } = await running.app.inject({ url: path, headers: { accept: "application/json" } });
        for (const secret of secrets) expect(payload, path).to.not.contain(secret);
      }
      expect((await ask("maker", "GET", url)).body, "and nobody changed it").to.deep.equal(draft);
    });

    it("are made by people of that agency alone, and hold nothing personal in clear", async () => {
      const elsewhere = await ask("otherOfficer", "POST", "/api/v1/drafts", content());
      expect([elsewhere.status, elsewhere.body.type]).to.deep.equal([403, "/problems/not-allowed"]);
      const planning = await ask(
        "maker",
        "POST",
        "/api/v1/drafts",
        content({ kind: Kind.planning, terms: { code: 1 } }),
      );
      expect(planning.status, "an officer plans nothing").to.equal(403);
      const body = { contracts: [{ id: "K-1", title: "rekening BRI 0012345678901" }] };
      const personal = await ask("maker", "POST", "/api/v1/drafts", { ...content(), body });
      expect([personal.status, personal.body.type]).to.deep.equal([422, "/problems/personal-data"]);
      const note = await ask("maker", "POST", "/api/v1/drafts", { ...content(), note: "rekening BRI 0012345678901" });
      expect(note.body.type).to.equal("/problems/personal-data");
    });
  });
});
