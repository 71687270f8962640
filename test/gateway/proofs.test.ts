import { expect } from "chai";
import { keccak256, recoverAddress, TypedDataEncoder } from "ethers";
import { type Certificate, CertificatesOnDemand } from "../../server/actions/certify-agency.ts";
import {
  type CheckpointProof,
  type ConsistencyProof,
  type InclusionProof,
  proveConsistency,
} from "../../server/actions/prove.ts";
import { ActCode } from "../../server/domain/entries/act.ts";
import { idOf } from "../../server/domain/entries/entry.ts";
import { Role } from "../../server/domain/entries/kinds.ts";
import { fromHex, type Hex, NO_ID, toHex } from "../../server/domain/entries/words.ts";
import { ProblemError } from "../../server/domain/problems.ts";
import { listFault, type NumberedEntry } from "../../server/domain/proofs/completeness.ts";
import { isConsistent, rootOfPath } from "../../server/domain/proofs/log.ts";
import { agencyCheckpointIn, checkpointIn, type EventProof } from "../../server/domain/proofs/receipts.ts";
import { examples } from "../../server/http/openapi.ts";
import { actDigest, anAct } from "../../server/ledger/acts.ts";
import { interfaceOf } from "../../server/ledger/deploy.ts";
import { sign } from "../../server/ledger/signatures.ts";
import { secretOf } from "../../server/sandbox/people.ts";
import { WrittenTree } from "../proofs/rfc6962.ts";
import { contractTerms, now, posted, type Running, startGateway, until } from "./world.ts";

const DPUPR = "ID-PRS-DPUPR";

describe("proofs over HTTP", function () {
  this.timeout(60_000);
  let running: Running;
  let leaves: Hex[];
  let sizes: number[];
  before(async () => {
    running = await startGateway();
    for (let i = 0; i < 12; i++) await record();
    leaves = [];
    for (let index = 0; index < running.services.register().log.size; index++)
      leaves.push((await get(`inclusion?index=${index}`)).body.leaf);
    sizes = (await get("../checkpoints?limit=200")).body.checkpoints.map(({ size }: { size: number }) => size);
  });
  after(() => running.remove());

  async function ask(method: "GET" | "POST", url: string) {
    const response = await running.app.inject({ method, url });
    return { status: response.statusCode, body: response.json(), bytes: response.payload.length };
  }
  const get = (path: string) => {
    const { pathname, search } = new URL(path, "http://gateway/api/v1/proofs/");
    return ask("GET", pathname + search);
  };
  /** Records one contract; gives its ocid. */
  async function record(): Promise<string> {
    const { payload } = posted(running.services.separator, running.services.register().seen, {});
    const response = await running.app.inject({ method: "POST", url: "/api/v1/submissions?wait=10000", payload });
    expect(response.statusCode, response.payload).to.equal(201);
    return payload.entry.ocid;
  }
  const bytesOf = (index: number) => Buffer.from(fromHex(leaves[index]!));
  const written = () => new WrittenTree(bytesOf);
  const rootOf = (size: number) => toHex(written().mth(0, size));
  const ledgerSays = async () => {
    const own = interfaceOf("Ledger");
    const { chain, deployment } = running.services;
    const data = await chain.call(deployment.addresses.Ledger, fromHex(own.encodeFunctionData("log")));
    const [size, root] = own.decodeFunctionResult("log", data);
    return { size: Number(size), root };
  };

  describe("of inclusion", () => {
    it("lead from every leaf, of entries, acts and rule sets alike, to the root that the ledger contract itself computes", async () => {
      const ledger = await ledgerSays();
      expect(ledger).to.deep.equal({ size: leaves.length, root: rootOf(leaves.length) });
      expect(running.services.register().acts).to.be.greaterThan(20);
      for (const [index, leaf] of leaves.entries()) {
        const { status, body } = await get(`inclusion?leaf=${leaf}`);
        expect(status).to.equal(200);
        expect(body).to.deep.include({ leaf, index, size: ledger.size, root: ledger.root });
        expect(body.auditPath).to.deep.equal(
          written()
            .path(index, 0, ledger.size)
            .map((hash) => toHex(hash)),
        );
        expect(rootOfPath(leaf, index, body.size, body.auditPath)).to.equal(body.checkpoint.root);
      }
    });

    it("are the same by leaf, by place, by number in the process and by release", async () => {
      const ocid = await record();
      const [entry] = (await get(`../processes/${ocid}/history`)).body.history;
      const { body } = await get(`inclusion?leaf=${entry.leaf}`);
      expect(body.index).to.equal(entry.assigned.registerSequence - 1);
      for (const query of [`index=${body.index}`, `ocid=${ocid}&sequence=1`, `ocid=${ocid}&release=${ocid}-1`])
        expect((await get(`inclusion?${query}`)).body, query).to.deep.equal(body);
    });

    it("are given for any size from the leaf on, signed where the ledger told a checkpoint of it", async () => {
      for (const size of [6, 7, 8, 20, leaves.length - 1, leaves.length]) {
        const { body } = await get(`inclusion?index=5&size=${size}`);
        expect(body.root).to.equal(rootOf(size));
        expect(rootOfPath(leaves[5]!, 5, size, body.auditPath)).to.equal(body.root);
        expect(body.checkpoint?.root, String(size)).to.equal(sizes.includes(size) ? body.root : undefined);
      }
    });

    it("are there for an act as soon as its relay is answered", async () => {
      const body = '{"id":"ID-PRS-S-9999","name":"PT Baru"}';
      const maker = idOf("H-PRS-PENDAFTAR");
      const act = anAct(
        { code: ActCode.registerEntity, maker, agency: idOf("ID-PRS-S-9999"), expires: now() + 60 },
        body,
      );
      const signature = toHex(sign(actDigest(running.services.separator, act), secretOf("H-PRS-PENDAFTAR")));
      const payload = { act, signatures: [{ holder: maker, role: Role.registrar, agency: NO_ID, signature }], body };
      const { size } = running.services.register().log;
      const answer = await running.app.inject({ method: "POST", url: "/api/v1/acts", payload });
      expect(answer.statusCode, answer.payload).to.equal(201);
      const { status, body: proof } = await get(`inclusion?index=${size}`);
      expect(status).to.equal(200);
      expect(proof.leaf).to.equal(await running.services.projection.get(`last/${act.agency}`));
      expect(rootOfPath(proof.leaf, size, proof.size, proof.auditPath)).to.equal(proof.checkpoint.root);
    });

    it("are refused by name", async () => {
      const { size } = running.services.register().log;
      for (const [query, status, code] of [
        [`leaf=${idOf("no leaf")}`, 404, "unknown-leaf"],
        [`index=${size}`, 404, "unknown-leaf"],
        ["ocid=ocds-none-1&sequence=1", 404, "unknown-leaf"],
        ["ocid=ocds-none-1&release=ocds-other-1", 404, "unknown-leaf"],
        [`index=0&size=${size + 1}`, 422, "size-beyond-log"],
        ["index=5&size=5", 422, "leaf-beyond-size"],
        ["", 400, "invalid-request"],
        ["index=0&ocid=x", 400, "invalid-request"],
        ["ocid=x", 400, "invalid-request"],
        ["index=0&sequence=1", 400, "invalid-request"],
        ["ocid=x&sequence=1&release=x-1", 400, "invalid-request"],
        ["index=-1", 400, "invalid-request"],
        ["index=1e2", 400, "invalid-request"],
        ["leaf=0x12", 400, "invalid-request"],
        ["index=0&tree_size=5", 400, "invalid-request"],
      ] as const) {
        const answer = await get(`inclusion?${query}`);
        expect([answer.status, answer.body.type], query).to.deep.equal([status, `/problems/${code}`]);
      }
    });
  });

  describe("of consistency", () => {
    it("up to the newest checkpoint are refused while there is none, as on a network that has just begun", async () => {
      const none = { get: async () => undefined, register: () => ({ log: { size: 0, roots: [] } }) };
      const refused = await proveConsistency(0, undefined, none).catch((error: ProblemError) => error);
      expect(refused).to.be.instanceOf(ProblemError).and.include({ code: "unknown-checkpoint" });
    });

    it("hold between any two sizes, and end in a signed checkpoint", async () => {
      const { size } = running.services.register().checkpoint!;
      for (const first of [0, 1, 2, 3, 7, 8, 9, leaves.length - 1, leaves.length]) {
        const { body } = await get(`consistency?first=${first}`);
        expect(body.first).to.deep.equal({ size: first, root: rootOf(first) });
        expect(body.second).to.deep.equal({ size, root: body.checkpoint.root });
        expect(isConsistent(body.first, body.second, body.consistencyPath)).to.equal(true);
        const at = (await get(`consistency?first=${first}&second=${leaves.length}`)).body;
        const asWritten = first === 0 ? [] : written().proof(first, leaves.length);
        expect(at.consistencyPath).to.deep.equal(asWritten.map((hash) => toHex(hash)));
      }
    });

    it("are refused by name", async () => {
      const { size } = running.services.register().log;
      for (const [query, status, code] of [
        [`first=${size + 1}`, 422, "size-beyond-log"],
        [`first=0&second=${size + 1}`, 422, "size-beyond-log"],
        ["first=5&second=4", 422, "sizes-reversed"],
        ["", 400, "invalid-request"],
      ] as const) {
        const answer = await get(`consistency?${query}`);
        expect([answer.status, answer.body.type], query).to.deep.equal([status, `/problems/${code}`]);
      }
    });
  });

  /** Checks the operator's signature on a block with ethers. */
  function checkVoucher(body: {
    block: { number: number; hash: Hex };
    signature: Hex;
    operator: Hex;
    finality: object;
  }) {
    const { chainId, addresses, salt } = running.services.deployment;
    const domain = { name: "Prasasti", version: "1", chainId, verifyingContract: addresses.Ledger, salt };
    const types = {
      Block: [
        { name: "number", type: "uint64" },
        { name: "hash", type: "bytes32" },
      ],
    };
    const { number, hash } = body.block;
    const digest = TypedDataEncoder.hash(domain, types, { number, hash });
    expect(recoverAddress(digest, body.signature).toLowerCase()).to.equal(running.services.operator);
    expect(body.operator).to.equal(running.services.operator);
    expect(body.finality).to.deep.equal({
      proven: false,
      by: "operator",
      words: {
        en: "finality not proven: operator-signed",
        id: "finalitas tidak terbukti: ditandatangani operator",
      },
    });
  }

  it("of a checkpoint show its event in a block of the chain, and say that only the operator vouches for it", async () => {
    for (const size of sizes) {
      const { status, body } = await get(`checkpoint/${size}`);
      expect(status).to.equal(200);
      const told = checkpointIn(body.event, running.services.deployment.addresses.Ledger)!;
      expect(told).to.deep.include({ size, root: rootOf(size) });
      expect(told.block).to.deep.equal(body.block);
      const kept = (await running.services.block(told.block.number))!;
      expect([told.block.hash, told.block.time]).to.deep.equal([kept.hash, kept.time]);
      expect(keccak256(body.event.header)).to.equal(kept.hash);
      expect(body.checkpoint).to.deep.include({ size, root: told.root, time: kept.time });
      checkVoucher(body);
    }
    for (const size of [0, sizes[0]! + 1, 999_999]) {
      if (sizes.includes(size)) continue;
      const { status, body } = await get(`checkpoint/${size}`);
      expect([status, body.type]).to.deep.equal([404, "/problems/unknown-checkpoint"]);
    }
  });

  describe("of an agency's completeness", () => {
    const address = (agency: string, rest = "") => `../certificates/agencies/${agency}${rest}`;
    const post = (agency: string) => ask("POST", `/api/v1/certificates/agencies/${agency}`);
    const checked = ({ event }: { event: EventProof }) =>
      agencyCheckpointIn(event, running.services.deployment.addresses.Ledger)!;
    const listOf = async (agency: string, count: number): Promise<NumberedEntry[]> => {
      const entries: NumberedEntry[] = [];
      for (let next: string | undefined = address(agency, `/entries?count=${count}&limit=5`); next !== undefined; ) {
        const { body } = await get(next);
        expect(body.count).to.equal(count);
        entries.push(...body.entries);
        next = body.links?.next;
      }
      return entries;
    };

    it("are there for whoever asks; a list from which one entry is left out is seen", async () => {
      const none = await get(address("ID-PRS-DPUPR"));
      expect([none.status, none.body.type]).to.deep.equal([404, "/problems/no-certificate"]);
      const { status, body } = await post(DPUPR);
      expect(status).to.equal(200);
      const claim = checked(body);
      expect(claim).to.deep.equal({
        agency: idOf(DPUPR),
        count: body.count,
        head: body.head,
        size: body.size,
        block: body.block,
      });
      expect(body).to.include({ count: running.services.register().entries, newer: 0 });
      expect(body.proves.en).to.include("does not say that everything that happened was recorded");
      checkVoucher(body);
      expect((await get(address(DPUPR))).body).to.deep.equal(body);
      expect((await get(address(idOf(DPUPR)))).body.event).to.deep.equal(body.event);

      const entries = await listOf(DPUPR, claim.count);
      expect(entries.map(({ number }) => number)).to.deep.equal(entries.map((_, i) => i + 1));
      expect(listFault(claim, entries)).to.equal(undefined);
      // its head is a leaf of the log of that size
      const head = (await get(`inclusion?leaf=${claim.head}&size=${claim.size}`)).body;
      expect(rootOfPath(claim.head, head.index, claim.size, head.auditPath)).to.equal(head.root);

      for (const [i, { number }] of entries.entries()) {
        expect(listFault(claim, entries.toSpliced(i, 1))).to.deep.equal({ number, rule: "missing" });
        // left out, and the others numbered anew
        const renumbered = entries.toSpliced(i, 1).map((entry, at) => ({ ...entry, number: at + 1 }));
        const rule = i === entries.length - 1 ? "missing" : "not-an-entry";
        expect(listFault(claim, renumbered)).to.deep.equal({ number, rule });
        const shorter = { ...claim, count: claim.count - 1 };
        if (i === entries.length - 1) expect(listFault(shorter, renumbered)?.rule).to.equal("other-head");
      }
    });

    it("tell of entries that came since, and say so still when a newer one is there", async () => {
      const { body: first } = await post(DPUPR);
      await record();
      expect((await get(address(DPUPR))).body).to.deep.include({ count: first.count, newer: 1 });
      expect((await post(DPUPR)).body.count, "less than 10 seconds old").to.equal(first.count);
      await running.services.checkpoint([idOf(DPUPR)]);
      const { body: second } = await get(address(DPUPR));
      expect(second).to.deep.include({ count: first.count + 1, newer: 0 });
      expect(listFault(checked(second), await listOf(DPUPR, second.count))).to.equal(undefined);
      expect((await get(address(DPUPR, `?count=${first.count}`))).body).to.deep.include({
        count: first.count,
        newer: 1,
      });
      expect(listFault(checked(first), await listOf(DPUPR, first.count))).to.equal(undefined);
    });

    it("say of an agency without entries that it has none", async () => {
      const { body } = await post("ID-PRS-DINKES");
      expect(checked(body)).to.deep.include({ count: 0, head: NO_ID });
      expect(await listOf("ID-PRS-DINKES", 0)).to.deep.equal([]);
      expect(listFault(checked(body), [])).to.equal(undefined);
    });

    it("cost one block however many ask at once", async () => {
      const height = running.services.chain.height();
      const answers = await Promise.all(Array.from({ length: 40 }, () => post("ID-PRS-BPKAD")));
      expect(new Set(answers.map(({ status }) => status))).to.deep.equal(new Set([200]));
      expect(running.services.chain.height()).to.equal(height + 1);
    });

    it("are refused by name", async () => {
      for (const [method, path, status, code] of [
        ["GET", "ID-NONE", 404, "unknown-agency"],
        ["POST", "ID-NONE", 404, "unknown-agency"],
        ["GET", "ID-NONE/entries", 404, "unknown-agency"],
        ["GET", "ID-PRS-S-0001", 404, "unknown-agency"],
        ["GET", `${DPUPR}?count=999`, 404, "no-certificate"],
        ["GET", `${DPUPR}/entries?count=999`, 404, "no-certificate"],
        ["GET", `${DPUPR}?count=x`, 400, "invalid-request"],
        ["GET", `${DPUPR}/entries?from=0`, 400, "invalid-request"],
      ] as const) {
        const answer = await ask(method, `/api/v1/certificates/agencies/${path}`);
        expect([answer.status, answer.body.type], path).to.deep.equal([status, `/problems/${code}`]);
      }
    });
  });
});

describe("the proofs that the API reference shows", () => {
  const shown = (route: string) => (examples[`GET /api/v1/${route}`]! as { response: never }).response;
  it("hold", () => {
    const inclusion: InclusionProof & { checkpoint: { root: Hex } } = shown("proofs/inclusion");
    const { leaf, index, size, auditPath } = inclusion;
    expect(rootOfPath(leaf, index, size, auditPath)).to.equal(inclusion.checkpoint.root);
    const { first, second, consistencyPath }: ConsistencyProof = shown("proofs/consistency");
    expect(isConsistent(first, second, consistencyPath)).to.equal(true);
    const { ledger }: { ledger: Hex } = shown("ledger");
    const proof: CheckpointProof = shown("proofs/checkpoint/:size");
    expect(checkpointIn(proof.event, ledger)).to.deep.include({ root: proof.checkpoint.root, block: proof.block });
    const certificate: Certificate = shown("certificates/agencies/:agency");
    const { count, head, block } = certificate;
    expect(agencyCheckpointIn(certificate.event, ledger)).to.deep.include({ count, head, block });
  });
});

describe("certificates on demand", () => {
  it("are at most thirty a minute; who asks beyond is told to wait, and nothing is sent", async () => {
    const rows = new Map<string, unknown>();
    const agencies = Array.from({ length: 31 }, (_, i) => idOf(`agency ${i}`));
    for (const id of agencies) rows.set(`agency/${id}`, { id, kind: "agency" });
    let [clock, sent] = [1_000, 0];
    const onDemand = new CertificatesOnDemand({
      now: () => clock,
      get: async <T>(key: string) => rows.get(key) as T | undefined,
      async *range() {},
      ledger: NO_ID,
      block: async () => undefined,
      vouch: () => expect.fail("there is no block"),
      checkpoint: async () => {
        sent++;
      },
    });
    const answerTo = (agency: Hex) => onDemand.ask(agency).catch(({ code }: { code: string }) => code);
    for (const agency of agencies.slice(0, 30)) expect(await answerTo(agency)).to.equal("no-certificate");
    expect([await answerTo(agencies[30]!), sent]).to.deep.equal(["too-many-requests", 30]);
    clock += 60;
    expect([await answerTo(agencies[30]!), sent]).to.deep.equal(["no-certificate", 31]);
  });
});

describe("a gateway by itself", function () {
  this.timeout(60_000);
  it("has the ledger tell of agencies with new entries and of acts without a checkpoint, and is still where nothing is new", async () => {
    const running = await startGateway(undefined, { certifyEvery: 50 });
    const { services, app } = running;
    try {
      const certified = async () => (await app.inject({ url: `/api/v1/certificates/agencies/${DPUPR}` })).json().count;
      await until("acts of the beginning are in a checkpoint", () => {
        const { log, checkpoint } = services.register();
        return checkpoint?.size === log.size;
      });
      const { payload } = posted(services.separator, services.register().seen, { terms: contractTerms() });
      await app.inject({ method: "POST", url: "/api/v1/submissions?wait=10000", payload });
      await until("the agency's entry is certified", async () => (await certified()) === 1);
      const height = services.chain.height();
      await new Promise((done) => setTimeout(done, 250));
      expect(services.chain.height()).to.equal(height);
    } finally {
      await running.remove();
    }
  });
});
