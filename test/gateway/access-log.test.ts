import { randomBytes } from "node:crypto";
import { expect } from "chai";
import { sha256 } from "#hash";
import {
  type AccessProof,
  type AccessRow,
  type AccessTold,
  examineLog,
  hashOf,
  headOf,
  rowsFrom,
} from "../../server/actions/access-log.ts";
import { idOf, termsToText } from "../../server/domain/entries/entry.ts";
import { Kind } from "../../server/domain/entries/kinds.ts";
import { anchorPreimage } from "../../server/domain/entries/leaf.ts";
import { NO_ID, toHex } from "../../server/domain/entries/words.ts";
import { ordered } from "../../server/domain/projection/ordered.ts";
import { rootOfPath } from "../../server/domain/proofs/log.ts";
import { pseudonymOf } from "../../server/domain/pseudonym.ts";
import { rebuild } from "../../server/rebuild.ts";
import { DataFolder } from "../../server/store/data-folder.ts";
import { forgetNames } from "../../server/watches.ts";
import { contractTerms, now, posted, type Running, STEM, signedIn, startGateway, until } from "./world.ts";

const people = {
  officer: ["ppk-pu", "H-PRS-PPK-PU"],
  auditor: ["bpk", "H-PRS-BPK"],
  head: ["sekda", "H-PRS-SEKDA"],
  registrar: ["pendaftar", "H-PRS-PENDAFTAR"],
  overseer: ["inspektur", "H-PRS-INSPEKTUR"],
  otherOfficer: ["ppk-kes", "H-PRS-PPK-KES"],
  supplier: ["direktur-1", "H-PRS-DIR-1"],
} as const;
type Who = keyof typeof people;

describe("the access log", function () {
  this.timeout(60_000);
  let running: Running;
  before(async () => {
    running = await startGateway();
  });
  after(() => running.remove());

  const as = (who: Who) => signedIn(running, people[who][0], people[who][1]);
  const ask = async (token: string | undefined, method: "GET" | "POST" | "DELETE", url: string, payload?: object) => {
    const response = await running.app.inject({
      method,
      url,
      ...(token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }),
      ...(payload === undefined ? {} : { payload }),
    });
    return { status: response.statusCode, body: response.body === "" ? {} : response.json() };
  };
  const log = async (who: Who, query = ""): Promise<AccessTold[]> => {
    const { status, body } = await ask(await as(who), "GET", `/api/v1/access-log?limit=500${query}`);
    expect(status, JSON.stringify(body)).to.equal(200);
    return body.rows;
  };
  const rows = () => Array.fromAsync(rowsFrom(running.services.state));
  const examined = async () => examineLog(rowsFrom(running.services.state), await running.services.anchors());
  /** Changes a row as it lies in the database, and puts back what was there. */
  const withRow = async (
    sequence: number,
    change: (row: AccessRow) => object | undefined,
    work: () => Promise<void>,
  ) => {
    const key = `access/${ordered(sequence)}`;
    const row = (await running.services.state.get<AccessRow>(key))!;
    const changed = change(structuredClone(row));
    await running.services.state.put(changed === undefined ? [] : [{ key, value: changed }], {
      remove: changed === undefined ? [key] : [],
    });
    await work().finally(() => running.services.state.put([{ key, value: row }]));
  };
  const newest = () => running.services.accessLog.rows;

  describe("has a row", () => {
    it("of each sign-in and sign-out, before it is answered", async () => {
      const before = newest();
      const token = await as("officer");
      await ask(token, "DELETE", "/api/v1/sessions/current");
      const [signedIn, signedOut] = (await rows()).slice(before);
      expect(signedIn).to.include({ act: "sign-in", outcome: "done", what: "key" });
      expect(signedOut).to.include({ act: "sign-out", outcome: "done" });
      expect(await ask(token, "DELETE", "/api/v1/sessions/current")).to.include({ status: 204 });
      expect(newest(), "of no session there is none").to.equal(before + 2);
    });

    it("of each permission that was refused, with the route, and of one person no more than ten a minute", async () => {
      const token = await as("officer");
      const before = newest();
      await Promise.all(Array.from({ length: 15 }, () => ask(token, "GET", "/api/v1/subject-requests")));
      const refused = (await rows()).slice(before);
      expect(refused.length).to.be.within(10, 11); // the minute may have ended in between
      for (const row of refused)
        expect(row).to.deep.include({
          ...{ act: "refused", outcome: "refused", what: "GET /api/v1/subject-requests not-allowed", subjects: [] },
        });
      expect((await ask(undefined, "GET", "/api/v1/subject-requests")).status).to.equal(401);
      expect(newest(), "of strangers nothing is written").to.equal(before + refused.length);
    });

    it("of each draft that somebody is shown, and of each list of them; of one that he may not see, nothing", async () => {
      const token = await as("officer");
      const terms = termsToText(contractTerms());
      const entry = { kind: Kind.contract, ocid: `${STEM}-konsep-log`, contractId: "K-1", awardId: "", terms };
      const made = await ask(token, "POST", "/api/v1/drafts", { entry: { ...entry, agency: idOf("ID-PRS-DPUPR") } });
      expect(made.status, JSON.stringify(made.body)).to.equal(201);
      const { id } = made.body;
      const before = newest();
      await ask(token, "GET", `/api/v1/drafts/${id}`);
      await ask(token, "GET", "/api/v1/drafts");
      const shown = (await rows()).slice(before);
      expect(shown.map(({ act, what }) => [act, what])).to.deep.equal([
        ["read-draft", id],
        ["read-draft", "1 of a list"],
      ]);
      for (const row of shown) expect(row).to.not.have.any.keys("ocid", "agency");
      const other = await as("otherOfficer");
      const then = newest();
      expect((await ask(other, "GET", `/api/v1/drafts/${id}`)).status).to.equal(404);
      expect((await ask(other, "GET", "/api/v1/drafts")).body.drafts).to.deep.equal([]);
      expect(newest()).to.equal(then);
    });

    it("that tells nobody's name, holder, account or key", async () => {
      for (const row of await rows())
        for (const [key, holder] of Object.values(people)) {
          expect(JSON.stringify(row)).to.not.include(idOf(holder).slice(2));
          expect(JSON.stringify(row)).to.not.include(key);
        }
    });
  });

  describe("is told", () => {
    it("with who it was and the salt that shows it, to those who may see it", async () => {
      const all = await log("overseer");
      const row = all.find(({ act, by }) => act === "sign-in" && by?.holder === idOf("H-PRS-PPK-PU"))!;
      const { salt, ...person } = row.by!;
      expect(pseudonymOf(salt, person)).to.equal(row.who);
      expect(all.map(({ sequence }) => sequence)).to.deep.equal(all.map((_, at) => at + 1));
      for (const { by: _, hash, ...bare } of all) expect(hashOf(bare)).to.equal(hash);
    });

    it("to everybody what he did himself, and no more", async () => {
      await as("supplier");
      for (const who of ["officer", "supplier", "auditor"] as const) {
        const own = await log(who);
        expect(own.length, who).to.be.greaterThan(0);
        for (const { by } of own) expect(by?.holder, who).to.equal(idOf(people[who][1]));
      }
      expect((await ask(undefined, "GET", "/api/v1/access-log")).status).to.equal(401);
    });

    it("by who, act, process, subject and time, alone and together", async () => {
      const ocid = `${STEM}-akses`;
      const { payload } = posted(running.services.separator, running.services.register().seen, { ocid });
      await running.app.inject({ method: "POST", url: "/api/v1/submissions?wait=9000", payload });
      const purpose = "pemeriksaan berkala";
      await ask(await as("auditor"), "POST", `/api/v1/records/${ocid}/disclosures`, { purpose });
      const auditor = idOf("H-PRS-BPK");
      const found = await log("overseer", `&who=${auditor}&act=read-disclosures&ocid=${ocid}`);
      expect(found.map(({ ocid: of, by, act }) => [of, by?.holder, act])).to.deep.equal([
        [ocid, auditor, "read-disclosures"],
      ]);
      expect(await log("overseer", `&who=${auditor}&subject=ID-NOBODY`)).to.deep.equal([]);
      expect(await log("overseer", "&who=A-AAAAAAAAAAAAAAAA")).to.deep.equal([]);
      const at = new Date((now() + 60) * 1000).toISOString();
      expect(await log("overseer", `&since=${at}`)).to.deep.equal([]);
      expect((await log("overseer", `&until=${at}`)).length).to.be.greaterThan(5);
      // a head sees what concerns his agency, whatever he asks for
      expect((await log("head", `&ocid=${ocid}`)).length).to.equal(1);
      expect((await log("otherOfficer", `&ocid=${ocid}`)).length).to.equal(0);
      const overseer = await as("overseer");
      for (const query of ["act=steal", "since=yesterday", "whom=x", "limit=0"])
        expect((await ask(overseer, "GET", `/api/v1/access-log?${query}`)).status, query).to.equal(400);
    });

    it("in pages that go on where the last ended, also where few of the rows may be seen", async () => {
      const token = await as("overseer");
      const all = await log("overseer");
      const paged: AccessTold[] = [];
      for (let from: number | undefined = 1; from !== undefined; ) {
        const { body } = await ask(token, "GET", `/api/v1/access-log?limit=3&from=${from}`);
        paged.push(...body.rows);
        from = body.next;
      }
      expect(paged.slice(0, all.length)).to.deep.equal(all);
    });
  });

  describe("is anchored", () => {
    const anchored = async () => (await running.services.anchors()).at(-1)?.rows ?? 0;

    it("in the register's log: the leaf says up to which row, and the root over the rows since the last", async () => {
      await running.services.anchor();
      const rowsThen = newest();
      const [first] = await running.services.anchors();
      expect(first).to.include({ rows: rowsThen });
      expect(toHex(sha256(anchorPreimage(first!)))).to.equal(first!.leaf);
      expect(first!.head).to.equal(await headOf(rowsFrom(running.services.state), rowsThen));
      const { body } = await ask(undefined, "GET", `/api/v1/proofs/inclusion?leaf=${first!.leaf}`);
      expect(body.index).to.equal(first!.registerSequence - 1);
      const { body: page } = await ask(undefined, "GET", "/api/v1/events?kind=anchor");
      expect(page.events[0]).to.include({ event: "anchor", rows: rowsThen, head: first!.head });
      // no new row, nothing to anchor
      await running.services.anchor();
      expect(await running.services.anchors()).to.have.length(1);
      await as("officer");
      await running.services.anchor();
      const second = (await running.services.anchors())[1]!;
      expect(second.head).to.equal(await headOf(rowsFrom(running.services.state, rowsThen + 1), second.rows));
      expect(await examined()).to.deep.equal({ rows: second.rows, anchored: second.rows, anchors: 2 });
    });

    it("by itself when the last anchor is old, and not before", async () => {
      await as("officer");
      const before = await anchored();
      await running.close();
      running = await startGateway(running.folder);
      await running.services.projected();
      expect(await anchored(), "a day has not passed").to.equal(before);
      await running.close();
      running = await startGateway(running.folder, { anchorEvery: 1 });
      await until("the log is anchored", async () => (await anchored()) > before);
      await running.close();
      running = await startGateway(running.folder);
    });

    it("so that anybody who may see a row can prove it, and nobody else", async () => {
      const proof = async (who: Who, row: number) =>
        ask(await as(who), "GET", `/api/v1/access-log/proof?row=${row}`) as Promise<{
          status: number;
          body: AccessProof & { type: string };
        }>;
      const anchors = await running.services.anchors();
      for (const row of [1, anchors[0]!.rows, anchors[0]!.rows + 1]) {
        const { status, body } = await proof("overseer", row);
        expect(status).to.equal(200);
        const { by: _, about: __, hash, ...bare } = body.row;
        expect(hashOf(bare)).to.equal(hash);
        expect(body.row.sequence).to.equal(row);
        expect(rootOfPath(hash, body.index, body.size, body.auditPath)).to.equal(body.anchor.head);
        expect(toHex(sha256(anchorPreimage(body.anchor))))
          .to.equal(body.anchor.leaf)
          .and.equal(body.inclusion.leaf);
        const { leaf, index, size, auditPath, root } = body.inclusion;
        expect(rootOfPath(leaf, index, size, auditPath)).to.equal(root);
      }
      const mine = (await log("officer"))[0]!.sequence;
      expect((await proof("officer", mine)).status).to.equal(200);
      const others = (await log("overseer")).find(({ by }) => by?.holder === idOf("H-PRS-INSPEKTUR"))!.sequence;
      expect((await proof("officer", others)).status).to.equal(404);
      expect((await proof("overseer", 999_999)).status).to.equal(404);
      const { body: young } = await proof("overseer", newest());
      expect(young.type).to.equal("/problems/not-anchored");
      await withRow(
        2,
        (row) => ({ ...row, purpose: "lain" }),
        async () => {
          // any row of the same anchor: its root is no longer the one that was anchored... or the row itself differs
          expect((await proof("overseer", 2)).body.type).to.equal("/problems/log-altered");
        },
      );
    });
  });

  describe("that was changed in the database is found", () => {
    const fault = async () => (await examined()).fault;
    before(async () => {
      await as("officer");
      await running.services.anchor();
    });

    it("at the first row that differs: altered, taken out, or put in another's place", async () => {
      expect(await fault()).to.equal(undefined);
      const altered = (first: number, last = first) => ({ how: "altered", first, last });
      await withRow(
        3,
        (row) => ({ ...row, purpose: "lain" }),
        async () => void expect(await fault()).to.deep.equal(altered(3)),
      );
      await withRow(
        3,
        (row) => ({ ...row, who: NO_ID }),
        async () => void expect(await fault()).to.deep.equal(altered(3)),
      );
      await withRow(
        3,
        () => undefined,
        async () => void expect(await fault()).to.deep.equal({ how: "missing", first: 3, last: 3 }),
      );
      await withRow(
        1,
        () => undefined,
        async () => void expect(await fault()).to.deep.equal({ how: "missing", first: 1, last: 1 }),
      );
      // whole in itself: the row after it still knows the former
      await withRow(
        3,
        ({ hash: _, ...row }) => {
          const bare = { ...row, purpose: "lain" };
          return { ...bare, hash: hashOf(bare) };
        },
        async () => void expect(await fault()).to.deep.equal(altered(3, 4)),
      );
      await withRow(
        newest(),
        () => undefined,
        async () => void expect(await fault()).to.deep.equal({ how: "missing", first: newest(), last: newest() }),
      );
    });

    it("by what was anchored, where it was written anew with all that follows", async () => {
      const all = await rows();
      const [first] = await running.services.anchors();
      let previous = all[1]!.hash;
      const forged = all.slice(2).map(({ hash: _, ...row }) => {
        const bare = { ...row, purpose: row.sequence === 3 ? "lain" : row.purpose, previous };
        previous = hashOf(bare);
        return { ...bare, hash: previous };
      });
      async function* log() {
        yield* [...all.slice(0, 2), ...forged];
      }
      expect((await examineLog(log(), [])).fault, "without anchors nobody sees it").to.equal(undefined);
      const { fault: found } = await examineLog(log(), await running.services.anchors());
      expect(found).to.deep.equal({ how: "altered", first: 1, last: first!.rows });
    });

    it("by an anchor that was changed in the projection beside it", async () => {
      const anchors = await running.services.anchors();
      const other = toHex(new Uint8Array(randomBytes(32)));
      const { fault: found } = await examineLog(rowsFrom(running.services.state), [
        { ...anchors[0]!, head: other },
        ...anchors.slice(1),
      ]);
      expect(found).to.deep.equal({ how: "altered", first: anchors[0]!.rows, last: anchors[0]!.rows });
    });

    it("by rebuild --verify, against what the chain itself says", async () => {
      const key = `access/${ordered(2)}`;
      const row = (await running.services.state.get<AccessRow>(key))!;
      const verify = async () => {
        await running.close();
        const folder = await DataFolder.open(running.folder);
        try {
          return (await rebuild(folder, { verify: true, network: undefined, onProgress() {} })).access!;
        } finally {
          await folder.close();
          running = await startGateway(running.folder);
        }
      };
      expect((await verify()).fault).to.equal(undefined);
      await running.services.state.put([{ key, value: { ...row, purpose: "lain" } }], { sync: true });
      expect((await verify()).fault).to.deep.equal({ how: "altered", first: 2, last: 2 });
      await running.services.state.put([{ key, value: row }], { sync: true });
    });
  });

  describe("in the years after", () => {
    it("put back from a backup goes on after what was anchored: what is lost stays visible, and no number is given twice", async () => {
      const anchored = (await running.services.anchors()).at(-1)!.rows;
      const last = `access/${ordered(anchored)}`;
      const after = (await rows())
        .filter(({ sequence }) => sequence > anchored)
        .map((row) => `access/${ordered(row.sequence)}`);
      await running.services.state.put([], { sync: true, remove: [last, ...after] });
      await running.close();
      running = await startGateway(running.folder);
      await as("officer");
      expect(newest()).to.equal(anchored + 1);
      expect((await rows()).at(-1)).to.include({ sequence: anchored + 1, previous: NO_ID });
      expect((await examined()).fault).to.deep.equal({ how: "missing", first: anchored, last: anchored });
      await running.services.anchor();
      expect((await running.services.anchors()).at(-1)!.rows).to.equal(anchored + 1);
    });

    it("whose names are too old tells nobody any longer, and every hash and proof stays", async () => {
      const before = await rows();
      const later = now() + 400 * 86_400;
      expect(await forgetNames(running.services, 365, later)).to.have.length(1);
      const all = await log("overseer");
      const old = all.filter(({ sequence }) => sequence <= before.at(-1)!.sequence);
      expect(old.every(({ by, who }) => by === undefined && who !== undefined)).to.equal(true);
      expect((await rows()).slice(0, before.length)).to.deep.equal(before);
      expect((await rows()).at(-2))
        .to.include({ act: "forget-names" })
        .and.not.have.property("who");
      expect(await log("overseer", `&who=${idOf("H-PRS-PPK-KES")}`)).to.deep.equal([]);
      const { status, body } = await ask(await as("overseer"), "GET", "/api/v1/access-log/proof?row=1");
      expect([status, body.row.by]).to.deep.equal([200, undefined]);
      expect(await forgetNames(running.services, 365, now())).to.deep.equal([]);
    });
  });
});
