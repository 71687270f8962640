import { randomBytes } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { Writable } from "node:stream";
import { expect } from "chai";
import { sha256 } from "#hash";
import { type AccessRow, rowsFrom } from "../../server/actions/access-log.ts";
import { type Act, ActCode } from "../../server/domain/entries/act.ts";
import { approvalHash, cancelHash, type Entry, idOf, signedDigest } from "../../server/domain/entries/entry.ts";
import { Custody, Role } from "../../server/domain/entries/kinds.ts";
import { fromHex, type Hex, NO_ID, toHex, utf8 } from "../../server/domain/entries/words.ts";
import { canonicalJson } from "../../server/domain/json.ts";
import { Accounts } from "../../server/identity/accounts.ts";
import { actDigest, anAct, keyWord } from "../../server/ledger/acts.ts";
import { addressOfKey, recover, sign } from "../../server/ledger/signatures.ts";
import { sendAct } from "../../server/sandbox/bootstrap.ts";
import { sandboxSecret, secretOf } from "../../server/sandbox/people.ts";
import { person } from "../identity/world.ts";
import { approve, contractTerms, now, posted, type Running, STEM, signedIn, startGateway } from "./world.ts";

const DAY = 86_400;
const body = { contracts: [{ id: "K-1", title: "Pemeliharaan jalan" }] };

describe("keys that the gateway keeps", function () {
  this.timeout(60_000);
  let running: Running;
  let log = "";
  const secrets: Buffer[] = [];
  before(async () => {
    const stream = new Writable({
      write(chunk, _encoding, done) {
        log += chunk;
        done();
      },
    });
    running = await startGateway(undefined, { logger: { level: "trace", stream } });
  });
  after(() => running.remove());

  type Method = "GET" | "POST" | "DELETE";
  const ask = async (token: string | undefined, method: Method, url: string, payload?: object, language = "en") => {
    const response = await running.app.inject({
      method,
      url,
      headers: { "accept-language": language, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
      ...(payload === undefined ? {} : { payload }),
    });
    return { status: response.statusCode, body: response.body === "" ? {} : response.json() };
  };
  const officer = () => signedIn(running);
  const approver = () => signedIn(running, "pa-pu", "H-PRS-PA-PU");
  const signature = (token: string, address: Hex, content: object) =>
    ask(token, "POST", `/api/v1/keys/${address}/signatures`, content);
  const preview = (token: string, address: Hex, content: object, language?: string) =>
    ask(token, "POST", `/api/v1/keys/${address}/signatures/preview`, content, language);
  const rows = () => Array.fromAsync(rowsFrom(running.services.state));
  const newest = async (): Promise<AccessRow> => (await rows()).at(-1)!;
  const lastAct = async (subject: Hex) => (await running.services.projection.get<Hex>(`last/${subject}`)) ?? NO_ID;
  const make = async (token: string): Promise<Hex> => {
    const { status, body: made } = await ask(token, "POST", "/api/v1/keys", {});
    expect([status, made.state], JSON.stringify(made)).to.deep.equal([201, "not enrolled"]);
    await running.services.keptKeys.use(made.holder, made.address, (secret) => secrets.push(Buffer.from(secret)));
    return made.address;
  };
  /** The act by which a holder adds a kept key to his own. */
  const addKey = async (holder: Hex, address: Hex, more: Partial<Act> = {}) =>
    anAct(
      {
        code: ActCode.addKey,
        maker: holder,
        holder,
        key: keyWord(address),
        custody: Custody.gateway,
        previous: await lastAct(holder),
        expires: now() + DAY,
        ...more,
      },
      "{}",
    );
  /** A kept key that the register takes, of a sandbox person. */
  const enrolled = async (signIn: () => Promise<string>, name: string): Promise<Hex> => {
    const holder = idOf(name);
    const token = await signIn();
    const address = await make(token);
    const act = await addKey(holder, address);
    const { status, body: given } = await signature(token, address, { type: "act", act, body: "{}" });
    expect(status, JSON.stringify(given)).to.equal(201);
    const own = toHex(sign(actDigest(running.services.separator, act), secretOf(name)));
    const as = { holder, role: 0, agency: NO_ID };
    const told = await ask(undefined, "POST", "/api/v1/acts", {
      act,
      signatures: [
        { ...as, signature: own },
        { ...as, signature: given.signature },
      ],
      body: "{}",
    });
    expect(told.status, JSON.stringify(told.body)).to.be.lessThan(300);
    return address;
  };
  const anEntry = (more: Partial<Entry> = {}): { payload: object; entry: Record<string, unknown>; hash: Hex } => {
    const ocid = `${STEM}-kunci-${randomBytes(4).toString("hex")}`;
    const { seen } = running.services.register();
    const { payload, id } = posted(running.services.separator, seen, { ocid, body, ...more });
    return { payload, entry: payload.entry as unknown as Record<string, unknown>, hash: id };
  };
  const forSigning = () => {
    const { entry } = anEntry();
    return { type: "entry", entry, body };
  };

  let own: Hex;
  let ofApprover: Hex;
  before(async () => {
    own = await enrolled(officer, "H-PRS-PPK-PU");
    ofApprover = await enrolled(approver, "H-PRS-PA-PU");
  });

  it("are enrolled by an act like any other, marked as kept by the gateway, and listed to their holder", async () => {
    const { body: told } = await ask(await officer(), "GET", "/api/v1/keys");
    expect(told.keys).to.deep.equal([
      { address: own, holder: idOf("H-PRS-PPK-PU"), made: told.keys[0].made, state: "in force" },
    ]);
    const me = await ask(await officer(), "GET", "/api/v1/sessions/current");
    expect(me.body.holder.keys.find(({ address }: { address: Hex }) => address === own)).to.include({ custody: 5 });
    expect((await ask(await approver(), "GET", "/api/v1/keys")).body.keys[0].address).to.equal(ofApprover);
    expect((await ask(undefined, "GET", "/api/v1/keys")).status).to.equal(401);
  });

  it("sign an entry that the ledger takes; the access log has it, with what was signed, before the signature leaves", async () => {
    const { payload, entry } = anEntry();
    const token = await officer();
    const { status, body: given } = await signature(token, own, { type: "entry", entry, body });
    expect(status, JSON.stringify(given)).to.equal(201);
    expect(given.words.join("\n")).to.include("contract").and.include("Rp 100.000.000").and.include("PT ");
    expect(given.notes).to.deep.equal([]);
    expect(recover(fromHex(given.digest), fromHex(given.signature))).to.equal(own);
    const row = await newest();
    expect(row).to.include({ act: "sign-with-key", what: "entry", signed: given.digest, ocid: entry.ocid });
    expect((await running.services.names.who(row.who!, row.at))?.key).to.equal(own);
    const sent = await ask(undefined, "POST", "/api/v1/submissions?wait=9000", {
      ...payload,
      signature: given.signature,
    });
    expect(sent.body.state, JSON.stringify(sent.body)).to.equal("final");
  });

  it("are shown what they would sign in words of both languages, and that takes no step-up and signs nothing", async () => {
    const token = await officer();
    const content = forSigning();
    const before = running.services.accessLog.rows;
    const { status, body: shown } = await preview(token, own, content, "id");
    expect(status).to.equal(200);
    expect(shown).to.not.have.property("signature");
    expect(shown.words[0]).to.equal(`kontrak ${content.entry.ocid}`);
    expect(shown.words)
      .to.include("sebagai: PPK")
      .and.include(`isi: ${canonicalJson(body)}`);
    expect(running.services.accessLog.rows).to.equal(before);
    const { status: signed, body: given } = await signature(token, own, content);
    expect([signed, given.digest]).to.deep.equal([201, shown.digest]);
  });

  describe("take a second factor for each signature", () => {
    const needsStepUp = { status: 403, type: "/problems/step-up-needed" };
    const outcome = ({ status, body: told }: { status: number; body: { type?: string } }) => ({
      status,
      type: told.type,
    });

    it("that is used up by it, whether the next asks at once or later", async () => {
      const token = await officer();
      const answers = await Promise.all([1, 2, 3].map(() => signature(token, own, forSigning())));
      expect(answers.map(({ status }) => status).sort()).to.deep.equal([201, 403, 403]);
      expect(outcome(await signature(token, own, forSigning()))).to.deep.equal(needsStepUp);
      expect((await signature(await officer(), own, forSigning())).status).to.equal(201);
    });

    it("not older than five minutes, and of this session", async () => {
      const token = await officer();
      const factor = `session-factor/${toHex(sha256(utf8(token)))}`;
      await running.services.state.put([{ key: factor, value: now() - 302 }]);
      expect(outcome(await signature(token, own, forSigning()))).to.deep.equal(needsStepUp);
      await running.services.state.put([{ key: factor, value: now() - 290 }]);
      expect((await signature(token, own, forSigning())).status).to.equal(201);
      expect((await signature(token, own, forSigning())).status).to.equal(403);
      expect((await signature("x".repeat(43), own, forSigning())).status).to.equal(401);
    });

    it("which a mistake in what is to be signed does not cost", async () => {
      const token = await officer();
      const { entry } = anEntry();
      expect((await signature(token, own, { type: "entry", entry, body: {} })).status).to.equal(422);
      expect((await signature(token, own, { type: "entry", entry, body })).status).to.equal(201);
    });
  });

  describe("never sign", () => {
    const refused = async (content: object, address = own) => {
      const token = await officer();
      const answer = await signature(token, address, content);
      const { status } = await preview(token, address, content);
      expect(status, "the preview says the same").to.equal(answer.status);
      return [answer.status, answer.body.type];
    };

    it("for another account, which is not even told that there is such a key", async () => {
      const token = await approver();
      for (const address of [own, `0x${"12".repeat(20)}` as Hex]) {
        const signed = await signature(token, address, forSigning());
        expect([signed.status, signed.body.type]).to.deep.equal([404, "/problems/not-found"]);
        expect((await preview(token, address, forSigning())).status).to.equal(404);
        expect((await ask(token, "DELETE", `/api/v1/keys/${address}?anyway=true`)).status).to.equal(404);
      }
      expect((await ask(await officer(), "GET", "/api/v1/keys")).body.keys).to.have.length(1);
    });

    it("a digest that somebody brings, in whatever dress", async () => {
      const { entry, hash } = anEntry();
      for (const content of [
        { digest: hash },
        { type: "digest", digest: hash },
        { type: "entry", digest: hash },
        { type: "entry", entry, body, digest: hash },
        { type: "signIn", signIn: { origin: "http://127.0.0.1:8080", holder: idOf("H-PRS-PPK-PU") } },
        [hash],
      ])
        expect((await refused(content))[0], JSON.stringify(content)).to.equal(400);
      // a body by its hash alone
      expect(await refused({ type: "entry", entry })).to.deep.equal([422, "/problems/kept-key-content"]);
      // what a hash stands for must be known here
      const cancel = { target: hash, holder: idOf("H-PRS-PPK-PU"), expires: now() + DAY };
      expect(await refused({ type: "cancel", cancel })).to.deep.equal([404, "/problems/not-found"]);
    });

    it("in the name of another holder", async () => {
      const wrong = [422, "/problems/kept-key-content"];
      const other = idOf("H-PRS-PA-PU");
      const { entry } = anEntry({ maker: other });
      expect(await refused({ type: "entry", entry, body })).to.deep.equal(wrong);
      const approval = { holder: other, capacity: 4, exceptions: 0, seen: NO_ID, expires: now() + DAY };
      expect(await refused({ type: "approval", entry, body, approval })).to.deep.equal(wrong);
      const mine = { ...approval, holder: idOf("H-PRS-PPK-PU") };
      const ownEntry = anEntry().entry;
      expect(await refused({ type: "approval", entry: ownEntry, body, approval: mine }), "his own entry").to.deep.equal(
        wrong,
      );
      const cancel = { target: NO_ID, holder: other, expires: now() + DAY };
      expect(await refused({ type: "cancel", cancel })).to.deep.equal(wrong);
    });

    it("as a key that is marked as its holder's own, or anything else before it is enrolled", async () => {
      const wrong = [422, "/problems/kept-key-content"];
      const address = await make(await officer());
      const holder = idOf("H-PRS-PPK-PU");
      for (const custody of [1, 2, 6])
        expect(
          await refused({ type: "act", act: await addKey(holder, address, { custody }), body: "{}" }, address),
        ).to.deep.equal(wrong);
      for (const more of [{ key: keyWord(ofApprover) }, { holder: idOf("H-PRS-PA-PU") }, { code: ActCode.grant }])
        expect(
          await refused({ type: "act", act: await addKey(holder, address, more), body: "{}" }, address),
        ).to.deep.equal(wrong);
      expect(await refused({ type: "act", act: await addKey(holder, address), body: "[]" }, address)).to.deep.equal(
        wrong,
      );
      expect(await refused(forSigning(), address)).to.deep.equal(wrong);
      expect((await ask(await officer(), "DELETE", `/api/v1/keys/${address}`)).status).to.equal(204);
    });

    it("where the envelope was moved to another holder, or altered", async () => {
      const { rows: table } = running.services.vault.safe;
      const [officers, approvers] = [idOf("H-PRS-PPK-PU"), idOf("H-PRS-PA-PU")];
      const mine = await table.get(`kept/${officers}/${own}`);
      await table.put([{ key: `kept/${officers}/${own}`, value: await table.get(`kept/${approvers}/${ofApprover}`) }]);
      const answer = await signature(await officer(), own, forSigning());
      expect([answer.status, answer.body.type]).to.deep.equal([500, "/problems/kept-key-broken"]);
      await table.put([{ key: `kept/${officers}/${own}`, value: mine }]);
      expect((await signature(await officer(), own, forSigning())).status).to.equal(201);
    });
  });

  describe("where two signatures are needed", () => {
    const large = { terms: contractTerms(300_000_000_00n) };

    it("say before that a second person signs with a key of his own", async () => {
      const { entry } = anEntry(large as never);
      const { body: shown } = await preview(await officer(), own, { type: "entry", entry, body });
      expect(shown.notes[0]).to.match(/second person signs this too, with a key that the gateway does not keep/);
      const indonesian = await preview(await officer(), own, { type: "entry", entry, body }, "id");
      expect(indonesian.body.notes[0]).to.match(/tidak disimpan gateway/);
      const { body: bad } = await preview(await officer(), own, {
        type: "entry",
        entry: { ...entry, capacity: Role.treasurer },
        body,
      });
      expect(bad.notes.length, "and what would be refused").to.be.greaterThan(0);
    });

    it("two kept keys are said before to be too few, and refused by the ledger; one of the two is enough", async () => {
      const { payload, entry, hash } = anEntry(large as never);
      const content = { type: "entry", entry, body };
      const { body: given } = await signature(await officer(), own, content);
      const sent = await ask(undefined, "POST", "/api/v1/submissions?wait=9000", {
        ...payload,
        signature: given.signature,
      });
      expect(sent.body.state, JSON.stringify(sent.body)).to.equal("awaitingApproval");
      const approval = {
        holder: idOf("H-PRS-PA-PU"),
        capacity: Role.approver,
        exceptions: 0,
        seen: running.services.register().seen,
        expires: now() + DAY,
      };
      const asked = { type: "approval", entry, body, approval };
      const { status, body: second } = await signature(await approver(), ofApprover, asked);
      expect(status, JSON.stringify(second)).to.equal(201);
      expect(second.notes[0]).to.match(/until one signs with a key of his own/);
      expect(second.words[0]).to.equal("approves as: approver");
      expect(second.digest).to.equal(
        toHex(signedDigest(running.services.separator, approvalHash(fromHex(hash), approval))),
      );
      const both = await ask(undefined, "POST", `/api/v1/submissions/${hash}/approve?wait=9000`, {
        approval,
        up: 0,
        signature: second.signature,
      });
      expect(both.body.refusal?.rule, JSON.stringify(both.body)).to.equal("only-gateway-keys");
      const { seen } = running.services.register();
      const ownApproval = approve(running.services.separator, fromHex(hash), seen, "H-PRS-PA-PU");
      const done = await ask(undefined, "POST", `/api/v1/submissions/${hash}/approve?wait=9000`, ownApproval);
      expect(done.body.state, JSON.stringify(done.body)).to.equal("final");
    });

    it("one that the gateway keeps can't add another: said before", async () => {
      const token = await officer();
      const address = await make(token);
      const act = await addKey(idOf("H-PRS-PPK-PU"), address);
      const { body: shown } = await preview(token, own, { type: "act", act, body: "{}" });
      expect(shown.words[0]).to.equal("adds a key");
      expect(shown.words).to.include(`key: ${address}`);
      expect(shown.notes[0]).to.match(/cannot add another/);
      await ask(token, "DELETE", `/api/v1/keys/${address}`);
    });
  });

  it("sign a bundle, listed whole in words, with one second factor; each entry of it is recorded", async () => {
    const all = [anEntry(), anEntry(), anEntry()];
    const entries = all.map(({ entry }) => ({ entry, body }));
    const expires = now() + DAY;
    const token = await officer();
    const { status, body: given } = await signature(token, own, { type: "bundle", entries, expires });
    expect(status, JSON.stringify(given)).to.equal(201);
    expect(given.words).to.have.length(5);
    for (const [at, { entry }] of all.entries())
      expect(given.words[at + 1]).to.match(new RegExp(`^${at + 1}\\. contract ${entry.ocid} · `));
    expect(await newest()).to.include({ act: "sign-with-key", what: "bundle", signed: given.digest });
    const { proofs, ...bundle } = given.bundle;
    for (const [index, { payload }] of all.entries()) {
      const place = { type: "bundle", ...bundle, index, proof: proofs[index], signature: given.signature };
      const url = "/api/v1/submissions?wait=9000";
      const sent = await ask(undefined, "POST", url, { ...payload, signature: place });
      expect(sent.body.state, JSON.stringify(sent.body)).to.equal("final");
    }
    expect((await signature(token, own, { type: "bundle", entries, expires })).status).to.equal(403);
    const mixed = [entries[0], { ...entries[1], entry: { ...entries[1]!.entry, capacity: Role.approver } }];
    const refused = await signature(await officer(), own, { type: "bundle", entries: mixed, expires });
    expect([refused.status, refused.body.type]).to.deep.equal([422, "/problems/kept-key-content"]);
  });

  it("take back a signature of an entry that is known here", async () => {
    const { payload, hash, entry } = anEntry({ terms: contractTerms(300_000_000_00n) } as never);
    await ask(undefined, "POST", "/api/v1/submissions?wait=9000", payload);
    const cancel = { target: hash, holder: idOf("H-PRS-PPK-PU"), expires: now() + DAY };
    const { body: given } = await signature(await officer(), own, { type: "cancel", cancel });
    expect(given.words[0]).to.equal(`takes back the signature of: contract ${entry.ocid}`);
    expect(given.digest).to.equal(toHex(signedDigest(running.services.separator, cancelHash(cancel))));
    const told = await ask(undefined, "POST", "/api/v1/cancels?wait=9000", { cancel, signature: given.signature });
    expect(told.body.state, JSON.stringify(told.body)).to.equal("final");
  });

  describe("for an account whom the register does not know", () => {
    const token = randomBytes(32).toString("base64url");
    const holder = idOf("H-PRS-BARU");
    let account: string;
    before(async () => {
      const { state, vault } = running.services;
      const accounts = new Accounts({ state, sealing: vault.sealing("accounts"), now, ended: async () => {} });
      ({ id: account } = await accounts.create("person", { displayName: "Baru" }, "uji"));
      await accounts.setState(account, "active", "uji");
      const session = { account, method: "password", issued: now(), expires: now() + 3600, secondFactor: now() };
      await state.put([{ key: `session/${toHex(sha256(utf8(token)))}`, value: session }]);
    });

    it("consent to the enrolment by a registrar, and the account has that holder from then on", async () => {
      expect((await ask(token, "POST", "/api/v1/keys", {})).body.type).to.equal("/problems/no-holder");
      const taken = await ask(token, "POST", "/api/v1/keys", { holder: idOf("H-PRS-BUD") });
      expect([taken.status, taken.body.type]).to.deep.equal([409, "/problems/holder-enrolled"]);
      const { status, body: made } = await ask(token, "POST", "/api/v1/keys", { holder });
      expect([status, made.account], JSON.stringify(made)).to.deep.equal([201, account]);
      const act = anAct(
        {
          ...{ code: ActCode.enrol, maker: idOf("H-PRS-PENDAFTAR"), holder, key: keyWord(made.address) },
          ...{ custody: Custody.gateway, expires: now() + DAY },
        },
        "{}",
      );
      const { body: given } = await signature(token, made.address, { type: "act", act, body: "{}" });
      const digest = actDigest(running.services.separator, act);
      const registrar = toHex(sign(digest, secretOf("H-PRS-PENDAFTAR")));
      const told = await ask(undefined, "POST", "/api/v1/acts", {
        act,
        signatures: [
          { holder: act.maker, role: Role.registrar, agency: NO_ID, signature: registrar },
          { holder, role: 0, agency: NO_ID, signature: given.signature },
        ],
        body: "{}",
      });
      expect(told.status, JSON.stringify(told.body)).to.be.lessThan(300);
      expect(await newest()).to.include({ act: "relay-act", what: "enrol" });
      const { body: listed } = await ask(token, "GET", "/api/v1/keys");
      expect(listed.keys[0].state).to.equal("in force");
      expect((await ask(token, "GET", "/api/v1/sessions/current")).body.session.holder).to.equal(holder);
    });
  });

  it("go with the account of whom they were kept for, when he erases it", async () => {
    const { account, token } = await person(running);
    const { body: kept } = await ask(token, "POST", "/api/v1/keys", { holder: idOf("H-PRS-PERGI") });
    expect(await running.services.keptKeys.of({ account })).to.have.length(1);
    const erased = await ask(token, "POST", "/api/v1/me/erasure", { erase: "everything that names me" });
    expect(erased.status, JSON.stringify(erased.body)).to.equal(200);
    expect(await running.services.keptKeys.of({ account, holder: kept.holder })).to.deep.equal([]);
    expect(await running.services.keptKeys.use(kept.holder, kept.address, () => "open")).to.equal(undefined);
  });

  it("are at most eight of one holder", async () => {
    const supplier = await signedIn(running, "direktur-2", "H-PRS-DIR-2");
    for (let made = 0; made < 8; made++) await make(supplier);
    const answer = await ask(supplier, "POST", "/api/v1/keys", {});
    expect([answer.status, answer.body.type]).to.deep.equal([409, "/problems/kept-key-limit"]);
  });

  describe("at their end", () => {
    it("sign nothing once they are revoked, and are forgotten then, or earlier where that is meant", async () => {
      const inForce = await ask(await officer(), "DELETE", `/api/v1/keys/${own}`);
      expect([inForce.status, inForce.body.type]).to.deep.equal([409, "/problems/kept-key-in-force"]);
      const holder = idOf("H-PRS-PPK-PU");
      const registrar = { id: "H-PRS-PENDAFTAR", role: Role.registrar };
      await sendAct(running.services, [registrar], { code: ActCode.revokeKey, holder, key: keyWord(own) }, holder);
      const answer = await signature(await officer(), own, forSigning());
      expect([answer.status, answer.body.type]).to.deep.equal([409, "/problems/kept-key-revoked"]);
      expect((await ask(await officer(), "DELETE", `/api/v1/keys/${own}`)).status).to.equal(204);
      expect(await newest()).to.include({ act: "forget-key" });
      expect((await ask(await officer(), "GET", "/api/v1/keys")).body.keys).to.deep.equal([]);
      expect((await ask(await approver(), "DELETE", `/api/v1/keys/${ofApprover}?anyway=true`)).status).to.equal(204);
      expect((await ask(await approver(), "DELETE", `/api/v1/keys/${ofApprover}`)).status).to.equal(404);
    });

    it("were in the clear nowhere: not in the log, not in an answer, not in any file", async () => {
      expect(secrets.length).to.be.greaterThan(8);
      expect(log).to.include("/signatures").and.not.include("Bearer");
      await running.close();
      const names = await readdir(running.folder, { recursive: true, withFileTypes: true });
      const files = names.filter((each) => each.isFile());
      const raw = Buffer.concat(
        await Promise.all(files.map((each) => readFile(path.join(each.parentPath, each.name)))),
      );
      for (const secret of secrets) {
        expect(log).to.not.include(secret.toString("hex"));
        expect(raw.includes(secret)).to.equal(false);
        expect(raw.includes(secret.toString("hex"))).to.equal(false);
        expect(addressOfKey(secret)).to.match(/^0x/);
      }
      expect(raw.includes(Buffer.from(sandboxSecret("ppk-pu")))).to.equal(false);
      running = await startGateway(running.folder);
    });
  });
});
