import { createHash, randomBytes } from "node:crypto";
import { readdir, readFile, truncate, writeFile } from "node:fs/promises";
import path from "node:path";
import { Writable } from "node:stream";
import { expect } from "chai";
import type { AccessTold } from "../../server/actions/access-log.ts";
import { idOf } from "../../server/domain/entries/entry.ts";
import { Kind } from "../../server/domain/entries/kinds.ts";
import { type Hex, toHex } from "../../server/domain/entries/words.ts";
import { check } from "../../server/domain/ocds/check.ts";
import { opens, sealedForm, sealedIn } from "../../server/domain/sealing/seal.ts";
import { type SubjectDisclosure, sealFields } from "../../server/domain/sealing/seal-fields.ts";
import { rebuild } from "../../server/rebuild.ts";
import { DataFolder } from "../../server/store/data-folder.ts";
import { keepWatch } from "../../server/watches.ts";
import { atSecond, now, posted, type Running, STEM, signedIn, startGateway, until } from "./world.ts";

const NIK = "3273121701850024";
const ACCOUNT = "0012345678901";
const MAIL = "tono.samaran@example.test";
const purpose = "pemeriksaan kontrak tahun 2026";

/** Everything the gateway wrote about what it does. */
class Log extends Writable {
  text = "";
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk;
    done();
  }
}

async function filesOf(folder: string): Promise<Buffer> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = names.filter((each) => each.isFile()).map((each) => readFile(path.join(each.parentPath, each.name)));
  return Buffer.concat(await Promise.all(files));
}

describe("sealed data", function () {
  this.timeout(60_000);
  let running: Running;
  const log = new Log();
  const secrets: string[] = [NIK, ACCOUNT, MAIL];
  before(async () => {
    running = await startGateway(undefined, { logger: { level: "trace", stream: log } });
  });
  after(() => running.remove());

  const newSalt = () => {
    const salt = toHex(new Uint8Array(randomBytes(16)));
    secrets.push(salt.slice(2));
    return salt;
  };
  const inClear = (supplier: string) => ({
    parties: [
      { id: supplier, identifier: { scheme: "ID-NIK", id: NIK }, contactPoint: { name: "Tono Samaran", email: MAIL } },
    ],
    contracts: [{ id: "K-1", title: "Pemeliharaan jalan", bankAccount: { number: ACCOUNT } }],
  });
  const aContract = (ocid: string, body: Record<string, unknown>, disclosures: readonly object[] = [], more = {}) => {
    const { id, payload } = posted(running.services.separator, running.services.register().seen, {
      ocid,
      body,
      ...more,
    });
    return { id, payload: { ...payload, disclosures } };
  };
  const send = async (payload: object) => {
    const response = await running.app.inject({ method: "POST", url: "/api/v1/submissions?wait=9000", payload });
    return { status: response.statusCode, body: response.json(), text: response.payload };
  };
  let count = 0;
  /** A recorded contract with four sealed values of a supplier. */
  const aSealedContract = async (supplier = "ID-PRS-S-0001") => {
    const ocid = `${STEM}-segel-${++count}`;
    const known = () => undefined;
    const { body, disclosures } = sealFields(inClear(supplier), { ocid, known, newSalt, otherwise: supplier });
    const { id, payload } = aContract(ocid, body, disclosures);
    const { status, body: told } = await send(payload);
    expect([status, told.state], JSON.stringify(told)).to.deep.equal([201, "final"]);
    return { ocid, id, payload, disclosures, body };
  };
  const ask = async (token: string | undefined, method: "GET" | "POST", url: string, payload?: object) => {
    const response = await running.app.inject({
      method,
      url,
      ...(token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }),
      ...(payload === undefined ? {} : { payload }),
    });
    return { status: response.statusCode, body: response.json(), headers: response.headers };
  };
  const read = (token: string | undefined, ocid: string, digest?: Hex) =>
    ask(token, "POST", `/api/v1/records/${ocid}/disclosures`, { purpose, ...(digest ? { digest } : {}) });
  const digestOf = (ocid: string, disclosure: SubjectDisclosure): Hex => `0x${sealedForm(ocid, disclosure).slice(-64)}`;
  const people = {
    officer: ["ppk-pu", "H-PRS-PPK-PU"],
    auditor: ["bpk", "H-PRS-BPK"],
    head: ["sekda", "H-PRS-SEKDA"],
    registrar: ["pendaftar", "H-PRS-PENDAFTAR"],
    overseer: ["inspektur", "H-PRS-INSPEKTUR"],
    otherOfficer: ["ppk-kes", "H-PRS-PPK-KES"],
    supplier: ["direktur-1", "H-PRS-DIR-1"],
    otherSupplier: ["direktur-2", "H-PRS-DIR-2"],
  } as const;
  const as = (who: keyof typeof people) => signedIn(running, people[who][0], people[who][1]);

  describe("in clear", () => {
    it("is refused with each place and rule, in both languages, without the value, and nothing is kept", async () => {
      const ocid = `${STEM}-terang`;
      const body = { ...inClear("ID-PRS-S-0001"), description: `rekening ${ACCOUNT}` };
      const { id, payload } = aContract(ocid, body);
      const entries = running.services.register().entries;
      const { status, body: problem, text } = await send(payload);
      expect([status, problem.type]).to.deep.equal([422, "/problems/personal-data"]);
      expect(
        problem.faults.map(({ pointer, rule }: { pointer: string; rule: string }) => [pointer, rule]),
      ).to.deep.equal([
        ["/body/parties/0/identifier/id", "private-field"],
        ["/body/parties/0/contactPoint/name", "private-field"],
        ["/body/parties/0/contactPoint/email", "private-field"],
        ["/body/contracts/0/bankAccount/number", "private-field"],
        ["/body/description", "bank-account"],
      ]);
      for (const secret of [NIK, ACCOUNT, MAIL]) expect(text).to.not.include(secret);
      const indonesian = await running.app.inject({
        method: "POST",
        url: "/api/v1/submissions",
        payload,
        headers: { "accept-language": "id" },
      });
      expect(indonesian.json().faults[0].message).to.match(/^Bidang ini memuat/);
      expect((await running.app.inject({ url: `/api/v1/submissions/${id}` })).statusCode).to.equal(404);
      expect(running.services.register().entries).to.equal(entries);
    });

    it("is refused in ids and in what the entry's terms say as text", async () => {
      for (const [more, pointer] of [
        [{ contractId: `SPK/${NIK}` }, "/entry/contractId"],
        [{ ocid: `${STEM}-${NIK}` }, "/entry/ocid"],
        [{ contractId: "SPK rek. 0012345678", ocid: `${STEM}-x` }, "/entry/contractId"],
      ] as const) {
        const { status, body: problem, text } = await send(aContract(`${STEM}-x`, {}, [], more).payload);
        expect([status, problem.faults?.[0]?.pointer], JSON.stringify(more)).to.deep.equal([422, pointer]);
        expect(text).to.not.include(NIK);
      }
    });

    it("is refused in an act of the registry too, whose words are as public", async () => {
      const act = async (body: string) => {
        const zero = `0x${"0".repeat(64)}`;
        const ids = { maker: zero, holder: zero, agency: zero, post: zero, key: zero, digest: zero, previous: zero };
        const payload = {
          act: { code: 6, role: 0, custody: 0, from: 0, until: 0, expires: 0, ...ids },
          signatures: [{ holder: zero, role: 9, agency: zero, signature: `0x${"00".repeat(65)}` }],
          body,
        };
        return (await running.app.inject({ method: "POST", url: "/api/v1/acts", payload })).json();
      };
      for (const details of [{ id: "ID-X", name: "Tono", nik: NIK }, { id: NIK, name: "Tono" }, `ocds-${NIK}`]) {
        const text = typeof details === "string" ? details : JSON.stringify(details);
        const problem = await act(text);
        expect(problem.type, text).to.equal("/problems/personal-data");
        expect(JSON.stringify(problem)).to.not.include(NIK);
      }
      expect((await act(JSON.stringify({ id: "ID-X", name: "PT X", npwp: "73.311.380.7-409.001" }))).type).to.equal(
        "/problems/act-refused",
      );
    });

    it("of public bodies and entities, as SPSE publishes it, is recorded", async () => {
      const body = {
        parties: [
          { id: "ID-PRS-DPUPR", contactPoint: { email: "dpupr@gmail.com", telephone: "0812 3456 7890" } },
          {
            id: "ID-PRS-S-0001",
            identifier: { scheme: "ID-NPWP", id: "73.311.380.7-409.001" },
            address: { streetAddress: "Jl. Melati 5", locality: "Tirtaraya" },
          },
        ],
      };
      const { status, body: told } = await send(aContract(`${STEM}-umum`, body).payload);
      expect(status, JSON.stringify(told)).to.equal(201);
    });
  });

  describe("sealed", () => {
    it("stands in releases and records as a digest, which the standard takes, and each disclosure opens", async () => {
      const { ocid, disclosures } = await aSealedContract();
      expect(disclosures).to.have.length(4);
      const [record] = (await running.app.inject({ url: `/api/v1/records/${ocid}` })).json().records;
      expect(check(record.releases[0]).faults.filter(({ level }) => level === "error")).to.deep.equal([]);
      for (const where of [record.releases[0], record.compiledRelease]) {
        const found = sealedIn(where);
        expect(found).to.have.length(4);
        for (const { value, path: at } of found) {
          const disclosure = disclosures.find((each) => JSON.stringify(each.path) === JSON.stringify(at))!;
          expect(opens(value, ocid, disclosure), String(at)).to.equal(true);
        }
      }
    });

    it("is opened only with a second factor, or a key, that was shown within five minutes", async () => {
      const { ocid } = await aSealedContract();
      const token = await as("auditor");
      const row = `session/0x${createHash("sha256").update(token).digest("hex")}`;
      const session = await running.services.state.get<{ issued: number }>(row);
      await running.services.state.put([{ key: row, value: { ...session, secondFactor: session!.issued - 301 } }]);
      const { status, body } = await read(token, ocid);
      expect([status, body.type]).to.deep.equal([403, "/problems/step-up-needed"]);
      expect(body.disclosures).to.equal(undefined);
      await running.services.state.put([{ key: row, value: session }]);
      expect((await read(token, ocid)).status).to.equal(200);
    });

    it("without a disclosure is taken: who sealed it may keep that himself", async () => {
      const ocid = `${STEM}-sendiri`;
      const { body } = sealFields(inClear("ID-PRS-S-0001"), { ocid, known: () => undefined, newSalt });
      expect((await send(aContract(ocid, body).payload)).status).to.equal(201);
      const { body: told } = await read(await as("auditor"), ocid);
      expect(told.disclosures.map(({ state }: { state: string }) => state)).to.deep.equal(Array(4).fill("elsewhere"));
    });

    it("with a disclosure that opens nothing there, or is nobody's, is refused, and nothing is kept", async () => {
      const ocid = `${STEM}-salah`;
      const { body, disclosures } = sealFields(inClear("ID-PRS-S-0001"), { ocid, known: () => undefined, newSalt });
      const [nik, , , account] = disclosures as [SubjectDisclosure, ...SubjectDisclosure[]];
      for (const [wrong, rule] of [
        [{ ...nik, value: `${NIK} ` }, "does-not-open"],
        [{ ...nik, salt: newSalt() }, "does-not-open"],
        [{ ...nik, path: ["parties", "ID-PRS-S-0002", "identifier", "id"] }, "no-such-place"],
        [{ ...nik, path: ["contracts", "K-1", "title"] }, "no-such-place"],
        [{ ...nik, subject: NIK }, "subject-personal"],
        [account, "no-subject"],
      ] as const) {
        const { status, body: problem, text } = await send(aContract(ocid, body, [wrong!]).payload);
        expect([status, problem.type, problem.faults?.[0]?.rule], rule).to.deep.equal([
          422,
          "/problems/disclosure-mismatch",
          rule,
        ]);
        for (const secret of secrets) expect(text).to.not.include(secret);
      }
      expect(await running.services.vault.digests(ocid)).to.deep.equal([]);
    });
  });

  describe("is read", () => {
    it("by auditors and officers of the agency, of those above it, and by the supplier himself; by nobody else", async () => {
      const { ocid, disclosures } = await aSealedContract();
      const expected = disclosures.map(({ value }) => value).sort();
      for (const who of ["officer", "auditor", "head", "supplier"] as const) {
        const { status, body, headers } = await read(await as(who), ocid);
        expect(status, who).to.equal(200);
        expect(body.disclosures.map(({ value }: { value: unknown }) => value).sort(), who).to.deep.equal(expected);
        expect(headers["cache-control"]).to.equal("no-store");
      }
      for (const who of ["otherOfficer", "otherSupplier", "registrar", "overseer"] as const) {
        const { status, body } = await read(await as(who), ocid);
        expect([status, body.type], who).to.deep.equal([403, "/problems/not-a-reader"]);
        expect(JSON.stringify(body)).to.not.include(ACCOUNT);
      }
      expect((await read(undefined, ocid)).status).to.equal(401);
      expect((await read(await as("auditor"), "none")).status).to.equal(404);
      expect((await read(await as("auditor"), ocid, `0x${"0".repeat(64)}`)).status).to.equal(404);
    });

    it("only once the reading stands in the log: who, when, what and what for; refused readings too", async () => {
      const { ocid, disclosures } = await aSealedContract();
      await read(await as("auditor"), ocid, digestOf(ocid, disclosures[0]!));
      await read(await as("otherSupplier"), ocid);
      const page = async (who: keyof typeof people, from = 1): Promise<AccessTold[]> => {
        const { status, body } = await ask(await as(who), "GET", `/api/v1/access-log?limit=500&from=${from}`);
        expect(status, who).to.equal(200);
        return body.rows;
      };
      const all = await page("overseer");
      const [given, refused] = all.filter((row) => row.ocid === ocid);
      expect(given).to.deep.include({
        ...{ act: "read-disclosures", outcome: "given", purpose, subjects: ["ID-PRS-S-0001"] },
        places: [{ digest: digestOf(ocid, disclosures[0]!), path: [...disclosures[0]!.path] }],
      });
      expect(Math.abs(given!.at - now())).to.be.lessThan(60);
      expect(given!.by?.holder).to.equal(idOf("H-PRS-BPK"));
      expect(refused).to.deep.include({ outcome: "refused", subjects: [], places: [] });
      expect(refused!.by?.holder).to.equal(idOf("H-PRS-DIR-2"));
      expect(all.map(({ sequence }) => sequence)).to.deep.equal(all.map((_, at) => at + 1));
      // the supplier sees who read what is his, an agency's people what concerns it, the others nothing
      expect((await page("supplier")).some((row) => row.sequence === given!.sequence)).to.equal(true);
      const others = (await page("otherSupplier")).filter((row) => row.ocid === ocid);
      expect(others.map(({ sequence }) => sequence)).to.deep.equal([refused!.sequence]);
      expect((await page("auditor")).some((row) => row.sequence === given!.sequence)).to.equal(true);
      const own = await page("otherOfficer");
      expect(own.map(({ by }) => by?.holder)).to.deep.equal(own.map(() => idOf("H-PRS-PPK-KES")));
      for (const secret of secrets) expect(JSON.stringify(all)).to.not.include(secret);
    });

    it("not without a purpose, nor for one that is itself such data", async () => {
      const { ocid } = await aSealedContract();
      const token = await as("auditor");
      for (const payload of [{}, { purpose: "" }, { purpose: "x" }, { purpose: `12345678${"\n"}` }])
        expect((await ask(token, "POST", `/api/v1/records/${ocid}/disclosures`, payload)).status).to.equal(400);
      const personal = { purpose: `memeriksa NIK ${NIK}` };
      const { body } = await ask(token, "POST", `/api/v1/records/${ocid}/disclosures`, personal);
      expect(body.type).to.equal("/problems/personal-data");
    });
  });

  describe("is asked about", () => {
    const file = async (who: keyof typeof people, subject: string, kind: string, reason = "surat permohonan 12/2026") =>
      ask(await as(who), "POST", "/api/v1/subject-requests", { subject, kind, reason });
    const decide = async (who: keyof typeof people, id: number, decision = "grant", reason = "sesuai hasil telaah") =>
      ask(await as(who), "POST", `/api/v1/subject-requests/${id}/decision`, { decision, reason });

    it("by a request that is due in three days, entered by who may", async () => {
      await aSealedContract();
      const { status, body } = await file("registrar", "ID-PRS-S-0001", "access");
      expect(status).to.equal(201);
      expect(body).to.deep.include({ state: "open", kind: "access", due: body.received + 3 * 86_400 });
      expect((await file("supplier", "ID-PRS-S-0001", "correction")).status).to.equal(201);
      expect((await file("otherSupplier", "ID-PRS-S-0001", "erasure")).status).to.equal(403);
      expect((await file("otherOfficer", "ID-PRS-S-0001", "erasure")).status).to.equal(403);
      expect((await file("registrar", "ID-NOBODY", "access")).status).to.equal(404);
      expect((await file("registrar", "ID-PRS-S-0001", "access", `pemilik NIK ${NIK}`)).body.type).to.equal(
        "/problems/personal-data",
      );
      const { body: own } = await ask(await as("supplier"), "GET", "/api/v1/subject-requests");
      expect(own.requests.map(({ subject }: { subject: string }) => subject)).to.deep.equal([
        "ID-PRS-S-0001",
        "ID-PRS-S-0001",
      ]);
      expect((await ask(await as("officer"), "GET", "/api/v1/subject-requests")).status).to.equal(403);
      const refused = await decide("registrar", body.id, "refuse");
      expect(refused.body).to.deep.include({ state: "refused" });
      expect((await decide("registrar", body.id)).body.type).to.equal("/problems/request-decided");
      expect((await decide("registrar", 999)).status).to.equal(404);
    });

    it("a restriction keeps what is there and gives out none of it, until it is lifted", async () => {
      const { ocid, disclosures } = await aSealedContract("ID-PRS-S-0003");
      const digest = digestOf(ocid, disclosures[0]!);
      const { body: request } = await file("overseer", "ID-PRS-S-0003", "restriction");
      expect((await decide("head", request.id)).body.decision.changed).to.be.greaterThan(3);
      const one = await read(await as("auditor"), ocid, digest);
      expect([one.status, one.body.type]).to.deep.equal([451, "/problems/subject-restricted"]);
      const all = await read(await as("auditor"), ocid);
      expect(all.body.disclosures.map(({ state }: { state: string }) => state)).to.deep.equal(
        Array(4).fill("restricted"),
      );
      expect(JSON.stringify(all.body)).to.not.include(ACCOUNT);
      const { body: lifting } = await file("registrar", "ID-PRS-S-0003", "lifting");
      await decide("registrar", lifting.id);
      expect((await read(await as("auditor"), ocid, digest)).body.disclosures[0].value).to.equal(NIK);
    });

    it("an erasure needs two people, destroys the key and breaks no proof; what was erased is gone for good", async () => {
      const { ocid, disclosures, payload, body } = await aSealedContract("ID-PRS-S-0005");
      const digest = digestOf(ocid, disclosures[0]!);
      const record = async () => (await running.app.inject({ url: `/api/v1/records/${ocid}` })).payload;
      const [before, hash] = [await record(), await running.services.projection.stateHash()];
      const size = running.services.register().log.size;
      const { body: request } = await file("registrar", "ID-PRS-S-0005", "erasure");
      expect((await decide("registrar", request.id)).body.type).to.equal("/problems/same-person-decides");
      expect((await decide("otherOfficer", request.id)).status).to.equal(403);
      const { status, body: decided } = await decide("head", request.id);
      expect([status, decided.state, decided.decision.changed]).to.deep.equal([200, "done", 4]);

      const gone = await read(await as("auditor"), ocid, digest);
      expect([gone.status, gone.body.type]).to.deep.equal([410, "/problems/erased"]);
      const { body: all } = await read(await as("auditor"), ocid);
      expect(all.disclosures.map(({ state }: { state: string }) => state)).to.deep.equal(Array(4).fill("erased"));
      expect(await record()).to.equal(before);
      expect(await running.services.projection.stateHash()).to.equal(hash);
      expect(running.services.register().log.size).to.equal(size);
      // the digest still checks what somebody was shown before
      const first = sealedIn(JSON.parse(before).records[0].releases[0]).map(({ value }) => value);
      expect(first.some((sealed) => opens(sealed, ocid, disclosures[0]!))).to.equal(true);
      // the same command is told its first answer; a new one does not bring back what was erased
      expect((await send(payload)).body.state).to.equal("final");
      const more = { kind: Kind.contract, contractId: "K-2" };
      const again = aContract(ocid, { parties: body.parties }, [disclosures[0]!], more);
      const refused = await send({ ...again.payload, stemLength: 0 });
      expect([refused.status, refused.body.type]).to.deep.equal([410, "/problems/erased"]);
      expect((await read(await as("auditor"), ocid, digest)).status).to.equal(410);
    });
  });

  describe("documents that are restricted", () => {
    const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");
    const placeOf = (hash: string, ending = ".sealed") =>
      path.join(running.folder, "documents", hash.slice(0, 2), hash + ending);
    const put = async (bytes: Buffer, query = "?restricted=ID-PRS-DPUPR", who: keyof typeof people = "officer") => {
      const response = await running.app.inject({
        method: "POST",
        url: `/api/v1/documents${query}`,
        payload: bytes,
        headers: { authorization: `Bearer ${await as(who)}`, "content-type": "application/pdf" },
      });
      return { status: response.statusCode, body: response.json() };
    };
    const get = async (
      hash: string,
      who?: keyof typeof people,
      headers: Record<string, string> = { "x-purpose": purpose },
    ) => {
      const signed = who === undefined ? {} : { authorization: `Bearer ${await as(who)}` };
      return running.app.inject({ url: `/api/v1/documents/${hash}`, headers: { ...signed, ...headers } });
    };
    const secretText = Buffer.from(`KTP ${NIK} `.repeat(5_000));

    it("lie encrypted on the disk, and are given to who may read them, with a purpose, into no cache", async () => {
      const { status, body } = await put(secretText);
      expect([status, body.restricted.agency]).to.deep.equal([201, idOf("ID-PRS-DPUPR")]);
      const answer = await get(body.sha256, "auditor");
      expect(answer.rawPayload.equals(secretText)).to.equal(true);
      expect(answer.headers["cache-control"]).to.equal("private, no-store");
      expect((await get(body.sha256)).statusCode).to.equal(401);
      for (const who of ["otherOfficer", "supplier", "registrar"] as const)
        expect((await get(body.sha256, who)).statusCode, who).to.equal(403);
      expect((await get(body.sha256, "auditor", {})).statusCode).to.equal(400);
      expect((await readFile(placeOf(body.sha256))).includes(NIK)).to.equal(false);
      const { body: rows } = await ask(await as("overseer"), "GET", "/api/v1/access-log?limit=500");
      const own = rows.rows.filter((row: AccessTold) => row.document === body.sha256);
      expect(own.map(({ outcome }: AccessTold) => outcome)).to.deep.equal(["given", "refused", "refused", "refused"]);
    });

    it("stay so whoever brings the bytes again, and what is public can't be brought as restricted", async () => {
      const { body } = await put(secretText, "");
      expect(body.restricted.agency).to.equal(idOf("ID-PRS-DPUPR"));
      expect((await filesOf(path.join(running.folder, "documents"))).includes(NIK)).to.equal(false);
      const open = randomBytes(100);
      expect((await put(open, "")).status).to.equal(201);
      expect((await put(open)).body.type).to.equal("/problems/document-public");
      expect((await put(open, "?restricted=ID-NOBODY")).status).to.equal(400);
      expect((await put(open, `?restricted=ID-PRS-DPUPR&subject=${NIK}`)).body.type).to.equal(
        "/problems/personal-data",
      );
      expect((await get(sha256(open))).statusCode).to.equal(200);
      expect(await readdir(path.join(running.folder, "documents", "incoming"))).to.deep.equal([]);
    });

    it("hold nothing or much, survive a restart, and a supplier reads what is kept under his key", async () => {
      const [empty, large] = [Buffer.alloc(0), randomBytes(3_000_000)];
      for (const bytes of [empty, large])
        expect((await put(bytes, "?restricted=ID-PRS-DPUPR&subject=ID-PRS-S-0001")).status).to.equal(201);
      await running.close();
      running = await startGateway(running.folder, { logger: { level: "trace", stream: log } });
      for (const bytes of [empty, large]) {
        expect((await get(sha256(bytes), "supplier")).rawPayload.equals(bytes)).to.equal(true);
        expect((await get(sha256(bytes), "otherSupplier")).statusCode).to.equal(403);
      }
    });

    it("that were altered, anywhere in the file, are never given out, until they are brought again", async () => {
      const bytes = randomBytes(5_000);
      const hash = sha256(bytes);
      await put(bytes);
      const whole = await readFile(placeOf(hash));
      for (const at of [0, 100, 256, 3_000, whole.length - 1]) {
        const altered = Buffer.from(whole);
        altered[at]! ^= 1;
        await writeFile(placeOf(hash), altered);
        const answer = await get(hash, "auditor");
        expect([answer.statusCode, answer.json().type], String(at)).to.deep.equal([500, "/problems/document-altered"]);
      }
      for (const length of [0, 200, 4_000]) {
        await writeFile(placeOf(hash), whole);
        await truncate(placeOf(hash), length);
        expect((await get(hash, "auditor")).statusCode, `${length} bytes`).to.equal(500);
      }
      expect((await put(bytes)).status).to.equal(200);
      expect((await get(hash, "auditor")).rawPayload.equals(bytes)).to.equal(true);
    });

    it("can be erased one by one, and then nobody reads them", async () => {
      const bytes = Buffer.from(`rahasia ${randomBytes(20).toString("hex")}`);
      const { body: kept } = await put(bytes);
      const subject = kept.restricted.subject;
      expect(subject).to.equal(`document:${kept.sha256}`);
      const filed = await ask(await as("registrar"), "POST", "/api/v1/subject-requests", {
        subject,
        kind: "erasure",
        reason: "retensi berakhir 2026",
      });
      const decision = { decision: "grant", reason: "jadwal retensi arsip" };
      const decided = await ask(
        await as("head"),
        "POST",
        `/api/v1/subject-requests/${filed.body.id}/decision`,
        decision,
      );
      expect(decided.body.decision.changed).to.equal(1);
      expect((await get(kept.sha256, "auditor")).statusCode).to.equal(410);
      expect((await put(bytes)).body.type).to.equal("/problems/erased");
    });
  });

  describe("documents on the disk", () => {
    const alarms = async () => (await running.app.inject({ url: "/health/ready" })).json().alarms as object[];
    const watch = async (work: () => Promise<void>) => {
      const stop = new AbortController();
      const watching = keepWatch(running.services, { hours: 1, bytesPerSecond: 1_000_000_000 }, stop.signal);
      await work();
      stop.abort();
      await watching;
    };

    it("are hashed again by themselves: one that changed raises an alarm and marks its record, until it is mended", async () => {
      const bytes = Buffer.from("Berita acara serah terima\n");
      const upload = async () =>
        running.app.inject({
          method: "POST",
          url: "/api/v1/documents",
          payload: bytes,
          headers: { authorization: `Bearer ${await as("officer")}`, "content-type": "text/plain" },
        });
      const { sha256, url } = (await upload()).json();
      const ocid = `${STEM}-dokumen`;
      await send(aContract(ocid, { contracts: [{ id: "K-1", documents: [{ id: "1", url }] }] }).payload);
      const record = async () => (await running.app.inject({ url: `/api/v1/records/${ocid}` })).json().records[0];
      expect(await record()).to.not.have.property("alarms");
      const place = path.join(running.folder, "documents", sha256.slice(0, 2), sha256);
      await writeFile(place, "Berita acara serah terimA\n");
      await watch(() => until("the change is seen", async () => (await alarms()).length > 0));
      expect(await alarms()).to.deep.equal([{ kind: "document", what: sha256, detail: "altered" }]);
      const marked = await record();
      expect(marked.alarms).to.deep.include({ kind: "document", sha256, found: "altered", at: marked.alarms[0].at });
      expect((await running.app.inject({ url: "/api/v1/records/none" })).statusCode).to.equal(404);
      const packed = (await running.app.inject({ url: `/api/v1/records/${ocid}` })).json();
      expect(check(packed).faults.filter(({ level }) => level === "error")).to.deep.equal([]);
      // put back on the disk by hand, the next look finds it whole
      await writeFile(place, bytes);
      await watch(() => until("it is whole again", async () => (await alarms()).length === 0));
      expect(await record()).to.not.have.property("alarms");
    });

    it("are hashed at their pace: nobody waits for a large one", async () => {
      const stop = new AbortController();
      const large = randomBytes(4_000_000);
      await running.app.inject({
        method: "POST",
        url: "/api/v1/documents",
        payload: large,
        headers: { authorization: `Bearer ${await as("officer")}`, "content-type": "application/zip" },
      });
      // a hundred times as long as one request may take
      const watching = keepWatch(running.services, { hours: 1, bytesPerSecond: 40_000 }, stop.signal);
      await atSecond(now() + 1);
      const begun = performance.now();
      expect((await running.app.inject({ url: "/api/v1/ocids" })).statusCode).to.equal(200);
      expect(performance.now() - begun).to.be.lessThan(1_000);
      stop.abort();
      await watching;
    });
  });

  // a block of its own, so that it comes after the others
  describe("after all that", () =>
    it("is nowhere in clear: not in the log, not on the chain, not in any file of the data folder", async () => {
      expect(log.text.length).to.be.greaterThan(10_000);
      for (const secret of secrets) expect(log.text).to.not.include(secret);
      await running.close();
      try {
        const raw = await filesOf(running.folder);
        expect(raw.includes("Pemeliharaan jalan"), "what is public is found").to.equal(true);
        for (const secret of secrets) {
          expect(raw.includes(secret), secret).to.equal(false);
          if (/^[0-9a-f]{32}$/.test(secret)) expect(raw.includes(Buffer.from(secret, "hex"))).to.equal(false);
        }
        const folder = await DataFolder.open(running.folder);
        const { drill } = await rebuild(folder, { verify: true, network: undefined, onProgress: () => {} });
        expect(drill!.after, "rebuilt from the chain, the projection is the same").to.equal(drill!.before);
        await folder.close();
      } finally {
        running = await startGateway(running.folder);
      }
    }));
});
