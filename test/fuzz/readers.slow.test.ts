import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { AbiCoder, concat } from "ethers";
import fc from "fast-check";
import { keccak256, sha256 } from "#hash";
import { readCursor } from "../../server/actions/publish.ts";
import { ChainFault } from "../../server/chain/chain.ts";
import { decodeBlock, format, Journal } from "../../server/chain/journal.ts";
import { KeyFault, type KeyFile, openKeyFile, readKeyFile, writeKeyFile } from "../../server/cli/key-file.ts";
import { DraftFault, isShortForm, readShortForm } from "../../server/cli/short-form.ts";
import { settings as configSettings, readConfig } from "../../server/config.ts";
import { balancesFromText, entryHash, idOf, packBalances, readBalances } from "../../server/domain/entries/entry.ts";
import { Kind } from "../../server/domain/entries/kinds.ts";
import { chainSigners, leafHash, leafPreimage } from "../../server/domain/entries/leaf.ts";
import { planReleases } from "../../server/domain/entries/plan.ts";
import { fromHex, type Hex, NO_ID, toHex, utf8 } from "../../server/domain/entries/words.ts";
import { ConfigFault, Fault } from "../../server/domain/fault.ts";
import { canonicalJson, parseJson } from "../../server/domain/json.ts";
import { check } from "../../server/domain/ocds/check.ts";
import { MergeFault, merge } from "../../server/domain/ocds/merge.ts";
import { releasesIn } from "../../server/domain/ocds/releases.ts";
import { ProblemError, type Words } from "../../server/domain/problems.ts";
import { listFault } from "../../server/domain/proofs/completeness.ts";
import { auditPath, consistencyPath, isConsistent, LogFrontier, rootOfPath } from "../../server/domain/proofs/log.ts";
import { proveEvent, readEventProof } from "../../server/domain/proofs/receipts.ts";
import { decodeRlp, encodeRlp } from "../../server/domain/proofs/rlp.ts";
import { screenBody } from "../../server/domain/sealing/screen.ts";
import { opens, sealedForm, sealedIn } from "../../server/domain/sealing/seal.ts";
import { sealFields } from "../../server/domain/sealing/seal-fields.ts";
import { CodecFault, packEntry, readRecorded, unpackEntry } from "../../server/ledger/codec.ts";
import { addressOfKey } from "../../server/ledger/signatures.ts";
import { readCouncil } from "../../server/production.ts";
import { formatOf } from "../../server/store/data-folder.ts";
import { aRelease, idr, ocid, supplier } from "../entries/releases.ts";
import { describeWithSamples, sample, sampleBytes, sampleFiles } from "../ocds/samples.ts";
import { badText, changed, cut, cuts, edits, jsonText, junk, settings, Tally } from "./mutate.ts";

/** Every reader of what others wrote: it refuses by name, or gives what it read; it never breaks, and never reads another thing. */
describe("every reader under bad input", function () {
  this.timeout(120_000);
  const tally = new Tally();
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), "prasasti-fuzz-"));
  });
  after(() => {
    rmSync(folder, { recursive: true });
    tally.tell("readers");
  });

  const assertAll = <T>(target: string, runs: number, arbitrary: fc.Arbitrary<T>, test: (given: T) => void) =>
    fc.assert(
      fc.property(arbitrary, (given) => {
        tally.add(target);
        test(given);
      }),
      settings(runs),
    );
  const assertAllLater = <T>(target: string, runs: number, given: fc.Arbitrary<T>, test: (given: T) => Promise<void>) =>
    fc.assert(
      fc.asyncProperty(given, async (given) => {
        tally.add(target);
        await test(given);
      }),
      settings(runs),
    );

  /** What a file with that text gives to whoever reads it. */
  function read(text: string): { value: unknown } | undefined {
    const parsed = parseJson(utf8(text.toWellFormed()));
    return parsed.ok ? parsed : undefined;
  }
  const expectWords = ({ message, messageId }: { message: string; messageId: string }) => {
    expect(message).to.be.a("string").and.not.equal("");
    expect(messageId).to.be.a("string").and.not.equal("");
  };

  const organisations = { "ID-A": "agency", "ID-P": "agency", "ID-S": "supplier" } as const;
  const organisation = (id: string) => {
    const found = Object.entries(organisations).find(([text]) => idOf(text) === id);
    return found && { id: found[0], name: found[0], kind: found[1] };
  };
  const options = { now: 1_795_000_000, post: idOf("POST"), organisation };
  const releases = [
    aRelease(1, {
      planning: { budget: { amount: idr(120), description: "APBD" } },
      tender: { id: "T", title: "Jalan", value: idr(110), items: [{ id: "1", description: "aspal", quantity: 2 }] },
    }),
    aRelease(2, {
      tag: ["award", "contract"],
      awards: [{ id: "A", status: "active", value: idr(100), suppliers: [supplier] }],
      contracts: [
        {
          id: "K",
          awardID: "A",
          status: "active",
          value: idr(100),
          dateSigned: "2026-01-02T00:00:00Z",
          period: { startDate: "2026-01-02T00:00:00Z", endDate: "2026-06-02T00:00:00Z" },
          implementation: { transactions: [{ id: "1", date: "2026-01-03T00:00:00Z", value: idr(30) }] },
        },
      ],
    }),
  ];
  const files: unknown[] = [
    releases,
    releases[1],
    {
      uri: "https://a.example/1",
      version: "1.1",
      publishedDate: "2026-01-01T00:00:00Z",
      publisher: { name: "A" },
      releases,
    },
    { version: "1.1", records: [{ ocid, releases, compiledRelease: merge(releases).compiledRelease }] },
  ];

  describe("of OCDS", () => {
    const anyFile = fc.constantFrom(...files);
    checkFiles(
      "OCDS",
      400,
      fc.tuple(anyFile, edits).map(([file, list]) => changed(file, list)),
    );
    checkFiles("OCDS of junk", 150, junk);

    it("merges a line of junk into a line, each by itself, in the command", () => {
      const lines = fc
        .sample(fc.tuple(anyFile, edits, cuts), { ...settings(150), numRuns: settings(150).numRuns })
        .map(([file, list, bytes], index) => {
          const text = jsonText(index % 3 === 0 ? file : changed(file, list));
          const line = index % 3 === 1 ? cut(utf8(text), bytes) : utf8(text);
          return Buffer.from(line).filter((byte) => byte !== 10);
        });
      const input = Buffer.concat(lines.flatMap((line) => [line, Buffer.from("\n")]));
      const command = path.resolve("server/main.ts");
      const { stdout, stderr, status } = spawnSync(process.execPath, [command, "ocds", "merge", "--jsonl"], {
        input,
        encoding: "utf8",
        maxBuffer: 1 << 28,
      });
      for (const _ of lines) tally.add("ocds merge --jsonl");
      expect(stderr).to.equal("");
      expect(status).to.equal(1);
      const told = stdout.trimEnd().split("\n");
      expect(told).to.have.length(lines.length);
      for (const line of told)
        expect(JSON.parse(line)).to.satisfy((one: object) => "fault" in one || "compiledRelease" in one);
    });
  });

  describeWithSamples("of real OCDS files", () => {
    it("checks, merges and splits what was changed in them", () => {
      const names = sampleFiles("real").filter((name) => sampleBytes(name).length < 200_000);
      expect(names.length).to.be.greaterThan(0);
      const given = fc.tuple(fc.constantFrom(...names), edits).map(([name, list]) => changed(sample(name), list));
      assertAll("real OCDS files", 60, given, readWhole);
    });
  });

  function checkFiles(target: string, runs: number, given: fc.Arbitrary<unknown>): void {
    it(`checks, merges and splits ${target}, or names its faults in both languages`, () =>
      assertAll(target, runs, given, readWhole));
  }

  function readWhole(value: unknown): void {
    const parsed = read(jsonText(value));
    if (parsed === undefined) return;
    const { valid, faults } = check(parsed.value);
    expect(valid).to.equal(!faults.some(({ level }) => level === "error"));
    faults.forEach(expectWords);
    const found = releasesIn(parsed.value);
    const own = found.map(({ release }) => release);
    try {
      // what was merged is JSON, and merges to itself
      expect(() => canonicalJson(merge(own))).to.not.throw(TypeError);
    } catch (error) {
      expect(error).to.be.instanceOf(MergeFault);
      expectWords(error as MergeFault);
    }
    for (const [, each] of Map.groupBy(own, (release) => release.ocid)) {
      const { planned } = planReleases(each, undefined, options);
      expect(planned).to.have.length(each.length);
      for (const { faults, drafts } of planned) {
        faults.forEach(expectWords);
        for (const draft of drafts) expectSignable(draft);
      }
    }
  }

  /** A draft can be hashed and packed as it is, or says in a fault why not. */
  function expectSignable({
    kind,
    ocid,
    contractId,
    awardId,
    terms,
    body,
  }: ReturnType<typeof readShortForm>): Uint8Array {
    const text = body === undefined ? new Uint8Array() : utf8(canonicalJson(body));
    const entry = {
      ...{ commandId: NO_ID, maker: NO_ID, capacity: 1, ocid, contractId, awardId, agency: NO_ID, kind: Kind[kind] },
      ...{ basis: NO_ID, seen: NO_ID, digest: toHex(sha256(text)), terms, refersTo: NO_ID, expires: 1 },
    };
    entryHash(entry);
    const rest = { up: 0, stemLength: 1, signature: new Uint8Array(65), approvals: [], preimage: new Uint8Array() };
    return packEntry({ entry, ...rest, body: text });
  }

  const forms = [
    {
      contract: {
        ocid,
        contract: "K-1",
        code: "agreement",
        value: "1.250.000,50",
        supplier: "ID-S",
        post: "P",
        on: "2026-11-24",
      },
    },
    {
      payment: {
        ocid,
        contract: "K-1",
        amount: "1.000",
        total: "5.000",
        number: "SP2D-1",
        issuer: "ID-A",
        on: "2026-11-24",
      },
    },
    {
      amendment: {
        ocid,
        contract: "K-1",
        code: ["scope", "time"],
        value: "5",
        scopeValue: 5,
        until: "2026-12-24",
        remark: "x",
      },
    },
    {
      correction: {
        ocid,
        of: "payment",
        corrects: 3,
        contract: "K-1",
        amount: "1",
        number: "SP2D-1",
        details: { a: 1 },
      },
    },
    {
      opening: {
        ocid,
        contract: "K-1",
        code: "agreement",
        value: "10",
        firstValue: "9",
        status: "active",
        balanceOn: "2026-10-31",
        paid: 1,
      },
    },
    { note: { ocid, entry: 1, remark: "catatan", details: { title: "x" } } },
  ];
  it("short forms: a draft that can be signed, or a fault with its place", () =>
    assertAll("short forms", 1500, fc.tuple(fc.constantFrom<object>(...forms), edits), ([form, list]) => {
      const parsed = read(jsonText(changed(form, list)));
      if (parsed === undefined || !isShortForm(parsed.value)) return;
      try {
        expectSignable(readShortForm(parsed.value));
      } catch (error) {
        expect(error).to.be.instanceOf(DraftFault);
        expect((error as DraftFault).pointer).to.match(/^\//);
        expect((error as DraftFault).text).to.have.all.keys("en", "id");
      }
    }));

  it("JSON: refuses with a place, or gives a value whose canonical text reads back as itself", () =>
    assertAll("JSON", 1500, fc.tuple(fc.constantFrom<unknown>(...files, ...forms), cuts), ([file, list]) => {
      const parsed = parseJson(cut(utf8(jsonText(file)), list));
      if (!parsed.ok) {
        for (const fault of parsed.faults) {
          expectWords(fault);
          expect(fault.line).to.be.greaterThan(0);
        }
        return;
      }
      const text = canonicalJson(parsed.value);
      expect(canonicalJson(JSON.parse(text))).to.equal(text);
    }));

  it("key files: a key whose address is its own, or a fault in both languages", async () => {
    const secret = Uint8Array.from({ length: 32 }, () => 7);
    const key = { name: "a", holder: "H", holderId: idOf("H"), address: addressOfKey(secret), secret };
    const plain = JSON.parse(readFileSync(await writeKeyFile(folder, key, undefined, new Date(0)), "utf8"));
    const sealed = JSON.parse(
      readFileSync(await writeKeyFile(folder, { ...key, name: "b" }, "sandi", new Date(0)), "utf8"),
    );
    // a guess as dear as a real one would be all that this test does
    sealed.sealed.cost = 1024;
    const file = path.join(folder, "changed.json");
    const given = fc.tuple(
      fc.constantFrom<unknown>(plain, sealed),
      fc.oneof(edits, fc.constant([])),
      fc.option(cuts),
      fc.integer({ min: 1024, max: 5000 }),
    );
    await assertAllLater("key files", 250, given, async ([value, list, bytes, cost]) => {
      const text = utf8(jsonText(changed(value, list)).replace('"cost":1024', `"cost":${cost}`));
      writeFileSync(file, bytes === null ? text : cut(text, bytes));
      try {
        const opened: KeyFile = await readKeyFile(folder, file);
        const { address, secret } = await openKeyFile(opened, async () => "sandi");
        expect(addressOfKey(secret)).to.equal(address);
      } catch (error) {
        if (!(error instanceof KeyFault)) throw error;
        expect(error.english).to.not.equal("");
        expect(error.indonesian).to.not.equal("");
      }
    });
  });

  const members = [1, 2, 3].map((byte) => addressOfKey(new Uint8Array(32).fill(byte)));
  const council = { members, threshold: 2, councilDelay: 60, vetoDelay: 60, policyDelay: 60 };
  const expectBoth = (faults: readonly Words[]) => {
    for (const { en, id } of faults) expectWords({ message: en, messageId: id });
  };

  it("council files: a council, or faults in both languages", async () => {
    const file = path.join(folder, "council.json");
    await assertAllLater("council files", 300, fc.tuple(edits, fc.option(cuts)), async ([list, bytes]) => {
      const text = utf8(jsonText(changed(council, list)));
      writeFileSync(file, bytes === null ? text : cut(text, bytes));
      const faults: Words[] = [];
      const read = await readCouncil(file, faults);
      expectBoth(faults);
      expect(read === undefined).to.equal(faults.length > 0);
      for (const member of read?.council ?? []) expect(member).to.match(/^0x[0-9a-f]{40}$/);
    });
  });

  it("settings: a whole configuration, or every fault in both languages", async () => {
    const file = path.join(folder, "real-council.json");
    writeFileSync(file, jsonText(council));
    const good: Record<string, string> = {
      PRASASTI_MODE: "production",
      PRASASTI_DATA: path.join(folder, "none"),
      PRASASTI_COUNCIL: file,
      PRASASTI_OCID_PREFIX: "ocds-abc123",
      PRASASTI_CHAIN_ID: "77001",
      PRASASTI_CHAIN: "network",
      PRASASTI_NODES: "http://127.0.0.1:1,http://127.0.0.1:2",
    };
    const names = Object.keys(configSettings);
    const value = fc.oneof(
      badText.filter((text) => text !== "production"),
      fc.constantFrom(
        "0",
        "1",
        "65536",
        "8080",
        "network",
        "embedded",
        "production",
        "http://a:b@c/",
        "file:///etc/passwd",
      ),
    );
    const given = fc.tuple(fc.boolean(), fc.array(fc.tuple(fc.constantFrom(...names), value), { maxLength: 4 }));
    await assertAllLater("settings", 600, given, async ([real, list]) => {
      try {
        const config = await readConfig({ ...(real ? good : {}), ...Object.fromEntries(list) }, {});
        expect(Number.isSafeInteger(config.port) && Number.isSafeInteger(config.chainId)).to.equal(true);
        expect(config).to.not.satisfy((one: object) => Object.values(one).some(Number.isNaN));
      } catch (error) {
        expect(error, String(error)).to.be.instanceOf(ConfigFault);
        expectBoth((error as ConfigFault).faults);
      }
    });
  });

  it("FORMAT: the format of this layout, or a refusal by name", async () => {
    const data = path.join(folder, "format");
    mkdirSync(data);
    await assertAllLater(
      "FORMAT",
      200,
      fc.oneof(
        cuts.map((list) => cut(utf8("1\n"), list)),
        fc.uint8Array(),
      ),
      async (bytes) => {
        writeFileSync(path.join(data, "FORMAT"), bytes);
        try {
          expect(await formatOf(data)).to.equal(1);
          expect(new TextDecoder().decode(bytes).trim()).to.equal("1");
        } catch (error) {
          if (!(error instanceof Fault)) throw error;
          expect(error.code).to.equal("data-format");
        }
      },
    );
  });

  it("journals: every block as it was written, or the fault that keeps it from being read", async () => {
    const chain = path.join(folder, "journal-whole");
    const header = {
      ...{ format, chainId: 5, hardfork: "london", genesisHash: NO_ID, engine: "x" },
      ...{ genesis: {}, blockGasLimit: 1 },
    };
    const blocks = Array.from({ length: 12 }, (_, i) => new Uint8Array(200 + i).fill(i + 1));
    const whole = await Journal.open(chain, 5, async () => header as never);
    for (const [index, block] of blocks.entries()) await whole.append(index + 1, block);
    await whole.close();
    const names = (readdirSync(chain, { recursive: true, encoding: "utf8" }) as string[]).filter(
      (name) => statSync(path.join(chain, name)).isFile() && !/LOCK|LOG/.test(path.basename(name)),
    );
    const copy = path.join(folder, "journal-changed");
    let refused = 0;
    await assertAllLater("journals", 80, fc.tuple(fc.constantFrom(...names), cuts), async ([name, list]) => {
      rmSync(copy, { recursive: true, force: true });
      cpSync(chain, copy, { recursive: true });
      const file = path.join(copy, name);
      writeFileSync(file, cut(readFileSync(file), list));
      try {
        const journal = await Journal.openExisting(copy);
        try {
          const read: Uint8Array[] = [];
          for await (const { payload } of journal.read(1, journal.height)) read.push(new Uint8Array(payload));
          // a tail can go unseen only together with the note beside the journal that tells of it
          expect(read).to.deep.equal(name === "head" ? blocks.slice(0, read.length) : blocks);
        } finally {
          await journal.close();
        }
      } catch (error) {
        if (!(error instanceof ChainFault)) throw error;
        refused++;
      }
    });
    expect(refused).to.be.greaterThan(5);
  });

  it("packed items: a fault with its byte, or an item that packs and reads back as itself", () => {
    const payment = readShortForm({ payment: { ...forms[1]!.payment } } as never);
    const items = [expectSignable(payment), expectSignable(readShortForm(forms[0] as never)), full()];
    let whole = 0;
    assertAll("packed items", 6000, fc.tuple(fc.constantFrom(...items), cuts), ([item, list]) => {
      const bytes = cut(item, list);
      try {
        const read = unpackEntry(bytes);
        const again = packEntry(read);
        // "none" can be written out; the ledger takes both, and both say the same
        expect(unpackEntry(again)).to.deep.equal(read);
        if ((bytes[5]! & ~again[5]!) === 0) expect(toHex(again)).to.equal(toHex(bytes));
        entryHash(read.entry);
        whole++;
      } catch (error) {
        if (!(error instanceof CodecFault)) throw error;
        expect(error.position).to.be.within(0, bytes.length);
      }
    });
    expect(whole).to.be.greaterThan(100);
  });

  it("events of the ledger: what its leaf says, or set aside by name", () => {
    const item = full();
    const { entry, approvals } = unpackEntry(item);
    const makers = [{ holder: entry.maker, capacity: 1, exceptions: 0, seen: entry.seen }];
    const signers = [...makers, ...approvals.map(({ approval }) => approval)].map((signer) => ({
      ...{ holder: signer.holder, capacity: signer.capacity, exceptions: signer.exceptions, seen: signer.seen },
      ...{ custody: 2, office: idOf("office") },
    }));
    const assigned = {
      ...{ registerSequence: 7, processSequence: 3, agencySequence: 5, timeMs: 1_795_000_000_000 },
      ...{ previousProcess: idOf("p"), previousAgency: idOf("q"), wave: 0 },
      ...{ signers: toHex(chainSigners(signers)), exceptions: 1 },
    };
    const leaf = toHex(leafHash(leafPreimage(entry, assigned)));
    const custodies = concat(signers.flatMap(({ custody, office }) => [Uint8Array.of(custody), fromHex(office)]));
    const types = ["uint256", "uint256", "uint256", "uint256", "bytes32", "bytes32", "uint256", "bytes32", "uint256"];
    const values = [...Object.values(assigned), 9n, custodies, item];
    const data = fromHex(AbiCoder.defaultAbiCoder().encode([...types, "uint256", "bytes", "bytes"], values));
    const topics = [idOf("EntryRecorded"), leaf, idOf("process"), idOf("agency")];
    expect(readRecorded(topics, data)).to.deep.include({ entry, assigned, signers, excess: 9n });
    assertAll("events", 3000, cuts, (list) => {
      try {
        const read = readRecorded(topics, cut(data, list));
        expect(read).to.deep.include({ entry, assigned, signers });
      } catch (error) {
        if (!(error instanceof CodecFault)) expect(error).to.be.instanceOf(RangeError);
      }
    });
  });

  /** An item that has everything. */
  function full(): Uint8Array {
    const id = idOf("x");
    const body = utf8('{"a":1}');
    const terms = { code: 1, currency: "IDR", value: 5n, party: id, on: 9, until: 10 };
    const entry = {
      ...{ commandId: id, maker: id, capacity: 1, ocid, contractId: "K", awardId: "A", agency: id, kind: Kind.opening },
      ...{ basis: id, seen: id, digest: toHex(sha256(body)), terms, refersTo: id, expires: 99 },
    };
    const approval = { holder: id, capacity: 3, exceptions: 1, seen: id, expires: 5 };
    const approvals = [{ approval, up: 0, signature: new Uint8Array(65).fill(3) }];
    return packEntry({
      entry,
      up: 1,
      stemLength: 4,
      signature: new Uint8Array(65).fill(2),
      approvals,
      preimage: packBalances(balances, "IDR"),
      body,
    });
  }

  const balances = balancesFromText({
    ...{ status: 2, firstValue: "100", scopeValue: "100", certified: "50", advance: "0", recovered: "0" },
    ...{ withheld: "0", released: "0", paid: "50", accepted: "60", on: 1_700_000_000 },
  });
  it("preimages: balances whose words are those that were read", () =>
    assertAll("preimages", 500, cuts, (list) => {
      const bytes = packBalances(balances, "IDR");
      const turned = cut(
        bytes,
        list.map((one) => ({ ...one, how: "flip" as const })),
      );
      const read = readBalances(turned);
      const used = [1, 3, 4, 5, 6, 7, 8, 9, 10, 16, 17];
      // a number beyond what a date or a state can be is not told as another one
      if (read.status > Number.MAX_SAFE_INTEGER || read.on > Number.MAX_SAFE_INTEGER) return;
      const again = packBalances(read, "IDR");
      for (const word of used)
        expect(toHex(again, word * 32, word * 32 + 32)).to.equal(toHex(turned, word * 32, word * 32 + 32));
    }));

  it("RLP and the blocks of a journal: a RangeError, or bytes that encode to themselves", () => {
    const block = encodeRlp([
      new Uint8Array([1]),
      new Uint8Array([2]),
      new Uint8Array(32),
      new Uint8Array(32),
      [],
      [],
      new Uint8Array(60),
    ]);
    assertAll(
      "RLP",
      3000,
      fc.oneof(
        cuts.map((list) => cut(block, list)),
        fc.uint8Array({ maxLength: 80 }),
      ),
      (bytes) => {
        try {
          expect(toHex(encodeRlp(decodeRlp(bytes)))).to.equal(toHex(bytes));
          decodeBlock(bytes);
        } catch (error) {
          expect(error).to.be.instanceOf(RangeError);
        }
      },
    );
  });

  describe("of proofs", () => {
    const leaves = Array.from({ length: 23 }, (_, i) => sha256(Uint8Array.of(i)));
    const nodes = new Map<string, Hex>();
    const log = new LogFrontier();
    const roots: Hex[] = [toHex(log.root())];
    for (const leaf of leaves) {
      log.append(leaf, (height, index, hash) => nodes.set(`${height}/${index}`, toHex(hash)));
      roots.push(toHex(log.root()));
    }
    const readNode = async (height: number, index: number) => nodes.get(`${height}/${index}`)!;

    it("of inclusion: only what was logged leads to the root, and nothing breaks", async () => {
      const given = fc.tuple(fc.nat(22), edits);
      await assertAllLater("inclusion", 1500, given, async ([index, list]) => {
        const proof = { leaf: toHex(leaves[index]!), index, size: 23, path: await auditPath(index, 23, readNode) };
        expect(rootOfPath(proof.leaf, index, 23, proof.path)).to.equal(roots[23]);
        const other = changed(proof, list) as typeof proof | null;
        const { leaf, index: at, size, path } = other ?? ({} as typeof proof);
        if (rootOfPath(leaf, at, size, path) !== roots[23]) return;
        expect({ leaf, at: at + 0, path }).to.deep.equal({ leaf: proof.leaf, at: index, path: proof.path });
      });
    });

    it("of consistency: only logs that were, and nothing breaks", async () => {
      const given = fc.tuple(fc.integer({ min: 1, max: 22 }), edits);
      await assertAllLater("consistency", 1500, given, async ([size, list]) => {
        const proof = {
          first: { size, root: roots[size]! },
          second: { size: 23, root: roots[23]! },
          path: await consistencyPath(size, 23, readNode),
        };
        expect(isConsistent(proof.first, proof.second, proof.path)).to.equal(true);
        const other = changed(proof, list) as typeof proof | null;
        const { first, second, path } = other ?? ({} as typeof proof);
        if (!isConsistent(first, second, path) || second.root !== roots[23]) return;
        expect(first.root === roots[size] || first.size === 0 || first.size === second.size).to.equal(true);
      });
    });

    it("of events: the event that is in the block, or none", () => {
      const logs = Array.from({ length: 5 }, (_, i) => ({
        transactionHash: idOf(`t${i}`),
        address: `0x${"1".repeat(39)}${i}`,
        topics: [idOf(`topic${i}`)],
        data: new Uint8Array(40).fill(i),
      }));
      const transactions = logs.map(({ transactionHash: hash }) => ({ hash, type: 2, ok: true, gasUsed: 21_000 }));
      const fields: Uint8Array[] = Array.from({ length: 16 }, () => new Uint8Array([1]));
      fields[0] = new Uint8Array(32);
      // the root is that of the tree which the proof itself is made of
      const draft = proveEvent({ header: encodeRlp(fields), transactions, logs }, () => true)!;
      fields[5] = keccak256(fromHex(draft.nodes[0]!));
      const header = encodeRlp(fields);
      const given = fc.tuple(
        fc.nat(4),
        fc.oneof(
          edits.map((list) => ({ list })),
          cuts.map((bytes) => ({ bytes })),
        ),
      );
      assertAll("event proofs", 1500, given, ([index, how]) => {
        const proof = proveEvent({ header, transactions, logs }, (log) => log === logs[index])!;
        const good = readEventProof(proof)!;
        expect(good.log).to.deep.include({ address: logs[index]!.address });
        const at = index % proof.nodes.length;
        const other =
          "list" in how
            ? (changed(proof, how.list) as typeof proof | null)
            : {
                ...proof,
                nodes: proof.nodes.map((node, i) => (i === at ? toHex(cut(fromHex(node), how.bytes)) : node)),
              };
        const read = readEventProof(other ?? ({} as typeof proof));
        // whatever it shows of this block is what stands in it
        if (read?.block.hash !== good.block.hash) return;
        expect(logs.map(({ address }) => address)).to.include(read.log.address);
      });
    });

    it("of completeness: a fault with its number, or the whole list", () => {
      const text = `0x000101${"0".repeat(2 * (44 * 32 - 3))}` as Hex;
      const claim = { agency: NO_ID, count: 1, head: idOf("x") };
      assertAll("lists", 800, edits, (list) => {
        const entries = changed([{ number: 1, preimage: text }], list) as { number: number; preimage: Hex }[];
        if (!Array.isArray(entries) || entries.some((each) => typeof each !== "object" || each === null)) return;
        expect(listFault(claim, entries)?.rule).to.be.a("string");
      });
    });
  });

  describe("of what is sealed", () => {
    const body = {
      parties: [
        { id: "ID-S", name: "PT Batu", additionalIdentifiers: [{ scheme: "ID-NPWP", id: "01.234.567.8-901.000" }] },
        { id: "P", contactPoint: { name: "Ani", email: "ani@a.example", telephone: "081234567890" } },
      ],
      contracts: [{ id: "K", bankAccount: "0012345678", signatories: [{ id: "1", nik: "3273121701850024" }] }],
    };
    const known = (id: string) => (id === "ID-S" ? ({ kind: "supplier", name: "PT Batu" } as const) : undefined);
    const newSalt = (): Hex => `0x${"ab".repeat(16)}`;

    it("bodies: each seal opens with its own disclosure, and the screen reads whatever comes", () =>
      assertAll("bodies", 800, edits, (list) => {
        const parsed = read(jsonText(changed(body, list)));
        if (parsed === undefined) return;
        screenBody(parsed.value, known);
        const { body: sealed, disclosures } = sealFields(parsed.value, { ocid, known, newSalt });
        const forms = new Set(sealedIn(sealed).map(({ value }) => value));
        for (const disclosure of disclosures) {
          const form = sealedForm(ocid, disclosure);
          expect(forms.has(form)).to.equal(true);
          expect(opens(form, ocid, disclosure)).to.equal(true);
        }
      }));

    it("disclosures: only the value that was sealed opens it", () => {
      const good = { path: ["contracts", "K", "bankAccount"], salt: newSalt(), value: "0012345678" };
      const form = sealedForm(ocid, good);
      assertAll("disclosures", 1000, fc.tuple(edits, badText), ([list, text]) => {
        const other = changed({ form, ocid, good }, list) as { form: string; ocid: string; good: typeof good } | null;
        if (opens(other?.form as string, other?.ocid as string, other?.good as typeof good) && other?.form === form)
          expect({ ...other.good }).to.deep.include(good);
        expect(opens(text, ocid, good)).to.equal(false);
      });
    });
  });

  it("cursors: none but what was written as one", () => {
    const isKey = (key: string) => /^[0-9]{15}$/.test(key);
    const good = Buffer.from(">000000000000012").toString("base64url");
    const given = fc.oneof(
      badText,
      cuts.map((list) => Buffer.from(cut(utf8(good), list)).toString("latin1")),
    );
    assertAll("cursors", 1500, given, (text) => {
      try {
        const { way, key } = readCursor(text, isKey)!;
        expect(Buffer.from(`${way === "after" ? ">" : "<"}${key}`).toString("base64url")).to.equal(text);
      } catch (error) {
        expect(error).to.be.instanceOf(ProblemError);
        expect((error as ProblemError).code).to.equal("invalid-cursor");
      }
    });
  });
});
