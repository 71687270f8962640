import { expect } from "chai";
import { type PasskeyChoices, SoftPasskey } from "../../scripts/soft-passkey.ts";
import { ActCode } from "../../server/domain/entries/act.ts";
import {
  approvalHash,
  bundleHash,
  cancelHash,
  entryHash,
  idOf,
  signedDigest,
  signInHash,
  termsFromText,
} from "../../server/domain/entries/entry.ts";
import { Role } from "../../server/domain/entries/kinds.ts";
import { bundleOver, type PostedPasskey } from "../../server/domain/entries/signature.ts";
import { type Hex, NO_ID, toHex } from "../../server/domain/entries/words.ts";
import { actDigest, anAct, keyWord } from "../../server/ledger/acts.ts";
import { sign } from "../../server/ledger/signatures.ts";
import { secretOf } from "../../server/sandbox/people.ts";
import { approve, now, posted, type Running, startGateway } from "./world.ts";

/** Passkeys and bundles through HTTP, on a real chain: what the ledger refuses is refused before anything is kept. */

const DAY = 86_400;
const PPK = "H-PRS-PPK-PU";
const KPA = "H-PRS-PA-PU";
type Answer = { status: number; body: Record<string, unknown> & { state?: string; refusal?: { rule: string } } };

describe("passkeys and bundles at the gateway", () => {
  let running: Running;
  const officers = new SoftPasskey("ppk");
  const approvers = new SoftPasskey("kpa");

  before(async function () {
    this.timeout(60_000);
    running = await startGateway();
    await addKey(PPK, officers);
    await addKey(KPA, approvers);
  });
  after(() => running.remove());

  const seen = () => running.services.register().seen;
  const post = async (url: string, payload: unknown): Promise<Answer> => {
    const answer = await running.app.inject({ method: "POST", url, payload: payload as object });
    return { status: answer.statusCode, body: answer.json() };
  };
  const get = async (url: string) => (await running.app.inject({ url })).json();
  const digestOf = (hash: Uint8Array) => signedDigest(running.services.separator, hash);
  const submit = (payload: unknown) => post("/api/v1/submissions?wait=20000", payload);
  const ruleOf = ({ status, body }: Answer) => [status, body.refusal?.rule ?? body.type];

  /** A person adds a passkey with his own key, through POST /acts; what was answered. */
  async function addKey(holder: string, key: SoftPasskey, choices: PasskeyChoices = {}): Promise<Answer> {
    const { leaf } = await get(`/api/v1/authority/last/${idOf(holder)}`);
    const given = { code: ActCode.addKey, holder: idOf(holder), key: keyWord(key.address), custody: 1, previous: leaf };
    const act = anAct({ maker: idOf(holder), expires: now() + DAY, ...given }, "{}");
    const digest = actDigest(running.services.separator, act);
    const own = { holder: idOf(holder), role: 0, agency: NO_ID };
    const signatures = [
      { ...own, signature: toHex(sign(digest, secretOf(holder))) },
      { ...own, signature: key.sign(digest, choices) },
    ];
    return post("/api/v1/acts", { act, signatures, body: "{}" });
  }
  /** An acceptable contract, and the hash of what is signed. */
  const contract = (choices: Parameters<typeof posted>[2] = {}) => {
    const { payload } = posted(running.services.separator, seen(), choices);
    const hash = entryHash({ ...payload.entry, terms: termsFromText(payload.entry.terms) } as never);
    return { payload, hash };
  };

  it("a person enrols a passkey, which is listed like any other key", async () => {
    const { holder } = await get(`/api/v1/authority/holders/${idOf(PPK)}`);
    expect(holder.keys.map(({ address, custody }: never) => [address, custody])).to.deep.include([officers.address, 1]);
  });

  it("tells pages where passkeys may sign", async () => {
    expect((await get("/api/v1/ledger")).origins).to.deep.equal([
      { origin: "http://localhost:8080", rpId: "localhost" },
    ]);
  });

  it("takes an entry, its approval and a cancel that passkeys signed", async () => {
    const { payload, hash } = contract();
    const recorded = await submit({ ...payload, signature: officers.sign(digestOf(hash)) });
    expect([recorded.status, recorded.body.state]).to.deep.equal([201, "final"]);
    // from Rp 200 million on an approver signs too
    const large = contract({ terms: { ...termsFromText(payload.entry.terms), value: 250_000_000_00n } });
    const waits = await submit({ ...large.payload, signature: officers.sign(digestOf(large.hash)) });
    expect([waits.status, waits.body.state]).to.deep.equal([202, "awaitingApproval"]);
    const { approval, up } = approve(running.services.separator, large.hash, seen(), KPA);
    const digest = digestOf(approvalHash(large.hash, approval));
    const at = `/api/v1/submissions/${toHex(large.hash)}/approve?wait=20000`;
    expect(ruleOf(await post(at, { approval, up, signature: approvers.sign(digest, { flags: 1 }) }))).to.deep.equal([
      422,
      "passkey-user",
    ]);
    const approved = await post(at, { approval, up, signature: approvers.sign(digest) });
    expect([approved.status, approved.body.state]).to.deep.equal([201, "final"]);

    const unsent = contract();
    const cancel = { target: toHex(unsent.hash), holder: idOf(PPK), expires: now() + DAY };
    const cancels = (signature: PostedPasskey) => post("/api/v1/cancels?wait=20000", { cancel, signature });
    const cancelDigest = digestOf(cancelHash(cancel));
    expect(ruleOf(await cancels(approvers.sign(cancelDigest)))).to.deep.equal([422, "bad-signature"]);
    expect((await cancels(officers.sign(cancelDigest))).status).to.equal(201);
    const late = await submit({ ...unsent.payload, signature: officers.sign(digestOf(unsent.hash)) });
    expect(ruleOf(late)).to.deep.equal([422, "cancelled-before"]);
  });

  it("signs in with a passkey, which is then the session's key", async () => {
    const ask = async (choices: PasskeyChoices = {}, key = officers) => {
      const { nonce, origin } = (await post("/api/v1/sessions/challenges", {})).body as { nonce: Hex; origin: string };
      const signIn = { origin, holder: idOf(PPK), nonce, issued: now(), expires: now() + 3600 };
      return post("/api/v1/sessions", { signIn, signature: key.sign(digestOf(signInHash(signIn)), choices) });
    };
    const { status, body } = await ask();
    expect(status).to.equal(201);
    expect((body.me as { session: object }).session).to.include({ key: officers.address, custody: 1 });
    const bad = "/problems/sign-in-bad-signature";
    expect((await ask({ origin: "https://evil.example" })).body.type).to.equal(bad);
    expect((await ask({ rpId: "evil.example" })).body.type).to.equal(bad);
    expect((await ask({ flags: 1 })).body.type).to.equal(bad);
    expect((await ask({ challenge: "A".repeat(43) })).body.type).to.equal(bad);
    expect((await ask({}, approvers)).body.type).to.equal("/problems/sign-in-foreign-key");
  });

  it("refuses by name what the ledger would, keeps nothing of it, and sends nothing", async () => {
    const { payload, hash } = contract();
    const block = running.services.register().block;
    const refused = async (choices: PasskeyChoices, key = officers) =>
      ruleOf(await submit({ ...payload, signature: key.sign(digestOf(hash), choices) }));
    for (const [choices, rule] of [
      [{ flags: 0x01 }, "passkey-user"],
      [{ origin: "https://evil.example" }, "passkey-origin"],
      [{ origin: "http://localhost:8081" }, "passkey-origin"],
      [{ rpId: "evil.example" }, "passkey-origin"],
      [{ type: "webauthn.create" }, "passkey-client-data"],
      [{ rest: ',"crossOrigin":true}' }, "passkey-client-data"],
      [{ challenge: "A".repeat(43) }, "passkey-challenge"],
      [{ highS: true }, "bad-signature"],
    ] as const)
      expect(await refused(choices), rule).to.deep.equal([422, rule]);
    expect(await refused({}, approvers)).to.deep.equal([422, "bad-signature"]);
    const short = { ...officers.sign(digestOf(hash)), authenticatorData: "0x00" as Hex };
    expect(ruleOf(await submit({ ...payload, signature: short }))).to.deep.equal([422, "signature-malformed"]);
    const noPasskey = { ...officers.sign(digestOf(hash)), x: "0x00" };
    expect((await submit({ ...payload, signature: noPasskey })).status).to.equal(400);
    expect((await get(`/api/v1/submissions/${toHex(hash)}`)).type).to.equal("/problems/not-found");
    expect(running.services.register().block).to.equal(block);
    expect((await submit({ ...payload, signature: officers.sign(digestOf(hash)) })).status).to.equal(201);
  });

  it("relays no act that a passkey did not agree to as it must", async () => {
    const block = running.services.register().block;
    const answer = await addKey(PPK, new SoftPasskey("unwilling"), { flags: 1 });
    expect([answer.status, answer.body.type]).to.deep.equal([422, "/problems/act-refused"]);
    expect(String(answer.body.detail)).to.contain("AuthorityBadSignature").and.to.contain("111");
    expect(running.services.register().block).to.equal(block);
  });

  describe("a bundle", () => {
    const sealed = async (hashes: Uint8Array[], key: SoftPasskey, capacity: number, expires = now() + DAY) => {
      const { root, count, proofs } = await bundleOver(hashes);
      const hash = bundleHash({ root, count, capacity, expires });
      const signature = key.sign(digestOf(hash));
      const signatures = proofs.map((proof, index) => ({ ...BUNDLE, root, count, index, proof, expires, signature }));
      return { hash: toHex(hash), signatures };
    };
    const BUNDLE = { type: "bundle" };

    it("of 256 entries is signed once and recorded whole", async function () {
      this.timeout(120_000);
      const all = Array.from({ length: 256 }, () => contract());
      const { signatures } = await sealed(
        all.map(({ hash }) => hash),
        officers,
        Role.officer,
      );
      const answers = await Promise.all(all.map(({ payload }, i) => submit({ ...payload, signature: signatures[i] })));
      expect(answers.filter(({ status }) => status === 201).length).to.equal(256);
      // each is its own submission: sent again it gives its first answer
      const again = await submit({ ...all[100]!.payload, signature: signatures[100] });
      expect(again.body.recorded).to.deep.equal(answers[100]!.body.recorded);
    });

    it("of approvals is signed once for entries that wait", async () => {
      const large = { ...termsFromText(contract().payload.entry.terms), value: 250_000_000_00n };
      const all = Array.from({ length: 5 }, () => contract({ terms: large }));
      for (const { payload } of all) expect((await submit(payload)).status).to.equal(202);
      const approvals = all.map(({ hash }) => approve(running.services.separator, hash, seen(), KPA).approval);
      const hashes = all.map(({ hash }, i) => approvalHash(hash, approvals[i]!));
      const { signatures } = await sealed(hashes, approvers, Role.approver);
      for (const [i, { hash }] of all.entries()) {
        const approval = { approval: approvals[i], up: 0, signature: signatures[i] };
        const answer = await post(`/api/v1/submissions/${toHex(hash)}/approve?wait=20000`, approval);
        expect([answer.status, answer.body.state]).to.deep.equal([201, "final"]);
      }
    });

    it("is refused by name, and nothing of it is kept", async () => {
      const [one, two] = [contract(), contract()];
      const hashes = [one.hash, two.hash];
      const { signatures, hash } = await sealed(hashes, officers, Role.officer);
      const refused = async (signature: unknown) => ruleOf(await submit({ ...one.payload, signature }));
      const good = signatures[0]!;
      expect(await refused(signatures[1])).to.deep.equal([422, "bundle-proof"]);
      expect(await refused({ ...good, index: 2 })).to.deep.equal([422, "bundle-proof"]);
      expect(await refused({ ...good, count: 257 })).to.deep.equal([422, "bundle-size"]);
      expect(await refused({ ...good, count: 0 })).to.deep.equal([422, "bundle-size"]);
      expect(await refused({ ...good, capacity: Role.approver })).to.deep.equal([422, "bundle-capacity"]);
      expect(await refused({ ...good, expires: now() - 1 })).to.deep.equal([422, "bundle-expired"]);
      expect(await refused({ ...good, expires: now() + 32 * DAY })).to.deep.equal([422, "expires-too-far"]);
      // other numbers are another bundle, which the passkey did not sign
      expect(await refused({ ...good, expires: now() + 2 * DAY })).to.deep.equal([422, "passkey-challenge"]);
      const asApprover = await sealed(hashes, officers, Role.approver);
      expect(await refused(asApprover.signatures[0])).to.deep.equal([422, "passkey-challenge"]);
      expect((await get(`/api/v1/submissions/${toHex(one.hash)}`)).type).to.equal("/problems/not-found");
      // taken back, it stands for none of its entries
      const cancel = { target: hash, holder: idOf(PPK), expires: now() + DAY };
      const signature = officers.sign(digestOf(cancelHash(cancel)));
      expect((await post("/api/v1/cancels?wait=20000", { cancel, signature })).status).to.equal(201);
      expect(await refused(good)).to.deep.equal([422, "cancelled-before"]);
      expect((await submit({ ...one.payload, signature: officers.sign(digestOf(one.hash)) })).status).to.equal(201);
    });

    it("signed by secp256k1 counts the same", async () => {
      const all = [contract(), contract(), contract()];
      const { root, count, proofs } = await bundleOver(all.map(({ hash }) => hash));
      const expires = now() + DAY;
      const hash = bundleHash({ root, count, capacity: Role.officer, expires });
      const signature = toHex(sign(digestOf(hash), secretOf(PPK)));
      for (const [index, { payload }] of all.entries()) {
        const shown = { ...BUNDLE, root, count, index, proof: proofs[index], expires, signature };
        expect((await submit({ ...payload, signature: shown })).status).to.equal(201);
      }
    });
  });

  it("many passkeys at once are recorded, at most twenty in a block", async function () {
    this.timeout(60_000);
    const all = Array.from({ length: 45 }, () => contract());
    const answers = await Promise.all(
      all.map(({ payload, hash }) => submit({ ...payload, signature: officers.sign(digestOf(hash)) })),
    );
    expect(answers.map(({ status }) => status)).to.deep.equal(Array(45).fill(201));
    const rows = await Promise.all(all.map(({ payload }) => get(`/api/v1/processes/${payload.entry.ocid}/history`)));
    const inBlock = Map.groupBy(rows, ({ history }) => history[0].block as number);
    expect(Math.max(...[...inBlock.values()].map(({ length }) => length))).to.be.within(2, 20);
  });
});
