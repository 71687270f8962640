import { randomBytes } from "node:crypto";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import type { Hex } from "../../server/domain/entries/words.ts";
import { toHex } from "../../server/domain/entries/words.ts";
import { Fault } from "../../server/domain/fault.ts";
import { pseudonymOf } from "../../server/domain/pseudonym.ts";
import { DataFolder } from "../../server/store/data-folder.ts";
import { KeptKeys } from "../../server/store/kept-keys.ts";
import { Pseudonyms } from "../../server/store/pseudonyms.ts";
import { examineSafe, rotateMaster, Safe } from "../../server/store/safe.ts";
import { Table } from "../../server/store/store.ts";
import { type Temporary, temporaryFolder } from "../operations/prasasti.ts";

const [alice, bob] = [`0x${"a1".repeat(32)}`, `0x${"b2".repeat(32)}`] as [Hex, Hex];
const address = (text: string) => `0x${text.repeat(20)}` as Hex;
const month = (text: string) => Date.parse(`${text}-15T00:00:00Z`) / 1000;

async function bytesOf(folder: string): Promise<Buffer> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = names.filter((each) => each.isFile()).map((each) => readFile(path.join(each.parentPath, each.name)));
  return Buffer.concat(await Promise.all(files));
}

describe("what lies under the master key", () => {
  let temporary: Temporary;
  let folder: DataFolder;
  let safe: Safe;
  beforeEach(async () => {
    temporary = await temporaryFolder();
    folder = await DataFolder.open(temporary.path);
    safe = await Safe.open(folder);
  });
  afterEach(async () => {
    await safe.close();
    await folder.close();
    await temporary[Symbol.asyncDispose]();
  });
  const keyFile = () => path.join(folder.of("keys"), "vault.key");
  /** Does something with the rows of the closed safe. */
  const rows = async (work: (table: Table) => Promise<unknown>) => {
    await safe.close();
    const table = await Table.open(folder.of("vault"));
    await work(table).finally(() => table.close());
    safe = await Safe.open(folder);
  };
  const keep = async (holder: Hex, at: Hex, account?: string) => {
    const secret = new Uint8Array(randomBytes(32));
    const copy = Uint8Array.from(secret);
    await new KeptKeys(safe).keep({ address: at, holder, made: 100, ...(account ? { account } : {}) }, secret);
    expect(
      secret.every((byte) => byte === 0),
      "what was kept is wiped where it came from",
    ).to.equal(true);
    return copy;
  };
  const secretOf = (holder: Hex, at: Hex) =>
    new KeptKeys(safe).use(holder, at, (secret) => Buffer.from(secret).toString("hex"));

  describe("a kept key", () => {
    it("is found by its holder and by the account that had it made, and by nobody else", async () => {
      await keep(alice, address("01"), "A-AAAAAAAAAAAAAAAA");
      await keep(alice, address("02"));
      const keys = new KeptKeys(safe);
      const found = async (of: Parameters<KeptKeys["of"]>[0]) => (await keys.of(of)).map((key) => key.address).sort();
      expect(await found({ holder: alice })).to.deep.equal([address("01"), address("02")]);
      expect(await found({ account: "A-AAAAAAAAAAAAAAAA" })).to.deep.equal([address("01")]);
      expect(await found({ holder: bob, account: "A-BBBBBBBBBBBBBBBB" })).to.deep.equal([]);
      expect(await secretOf(bob, address("01"))).to.equal(undefined);
    });

    it("is in the clear only while it is used, and in no file", async () => {
      const secret = await keep(alice, address("01"));
      let seen: Uint8Array | undefined;
      await new KeptKeys(safe).use(alice, address("01"), (inside) => {
        seen = inside;
        expect([...inside]).to.deep.equal([...secret]);
      });
      expect(seen!.every((byte) => byte === 0)).to.equal(true);
      await expectRejected(
        new KeptKeys(safe).use(alice, address("01"), (inside) => {
          seen = inside;
          throw new Error("cut short");
        }),
      );
      expect(
        seen!.every((byte) => byte === 0),
        "wiped where its use fails too",
      ).to.equal(true);
      await safe.close();
      const raw = await bytesOf(folder.path);
      expect(raw.includes(Buffer.from(secret))).to.equal(false);
      expect(raw.includes(Buffer.from(secret).toString("hex"))).to.equal(false);
      safe = await Safe.open(folder);
    });

    it("moved to another holder or address, or altered, does not open, and doctor's look names it", async () => {
      await keep(alice, address("01"));
      const row = (await safe.rows.get<{ key: string }>(`kept/${alice}/${address("01")}`))!;
      const bytes = Buffer.from(row.key, "base64");
      bytes[20]! ^= 1;
      const wrong = {
        [`kept/${bob}/${address("01")}`]: row,
        [`kept/${alice}/${address("03")}`]: row,
        [`kept/${alice}/${address("04")}`]: { ...row, key: bytes.toString("base64") },
      };
      await safe.rows.put(Object.entries(wrong).map(([key, value]) => ({ key, value })));
      expect(await secretOf(bob, address("01"))).to.equal(undefined);
      expect(await secretOf(alice, address("03"))).to.equal(undefined);
      expect(await secretOf(alice, address("04"))).to.equal(undefined);
      await safe.close();
      const { envelopes, broken } = await examineSafe(folder.of("vault"), keyFile(), () => true);
      expect(envelopes).to.equal(5);
      expect(broken.sort()).to.deep.equal(Object.keys(wrong).sort());
      const unfit = await examineSafe(folder.of("vault"), keyFile(), (each) => !each.startsWith("kept/"));
      expect(unfit.broken).to.have.length(4);
      safe = await Safe.open(folder);
    });

    it("that is forgotten is in no file any longer, under whatever key", async () => {
      await keep(alice, address("01"), "A-AAAAAAAAAAAAAAAA");
      const { key } = (await safe.rows.get<{ key: string }>(`kept/${alice}/${address("01")}`))!;
      await new KeptKeys(safe).forget(alice, address("01"));
      expect(await new KeptKeys(safe).of({ account: "A-AAAAAAAAAAAAAAAA" })).to.deep.equal([]);
      await safe.close();
      expect((await bytesOf(folder.of("vault"))).includes(key)).to.equal(false);
      safe = await Safe.open(folder);
    });
  });

  describe("another master key", () => {
    const everything = async () => ({
      kept: await secretOf(alice, address("01")),
      lasting: safe.lasting("accounts").toString("hex"),
    });

    it("takes the place of the folder's own: all opens, the former key opens nothing, and no old envelope is left", async () => {
      await keep(alice, address("01"));
      const name = await new Pseudonyms(safe).of({ holder: alice }, month("2026-11"));
      const [before, former] = [await everything(), await readFile(keyFile(), "utf8")];
      const old = (await safe.rows.get<{ key: string }>(`kept/${alice}/${address("01")}`))!.key;
      await safe.close();
      expect(await rotateMaster(folder, {})).to.equal(3);
      expect(await readFile(keyFile(), "utf8")).to.not.equal(former);
      expect(await readdir(folder.of("keys"))).to.deep.equal(["vault.key"]);
      expect((await bytesOf(folder.of("vault"))).includes(old)).to.equal(false);
      safe = await Safe.open(folder);
      expect(await everything()).to.deep.equal(before);
      expect((await new Pseudonyms(safe).who(name, month("2026-11")))?.holder).to.equal(alice);
      await safe.close();
      const elsewhere = path.join(temporary.path, "former");
      await writeFile(elsewhere, former, { mode: 0o600 });
      expect(await codeOf(Safe.open(folder, elsewhere))).to.equal("vault-key-differs");
      safe = await Safe.open(folder);
    });

    it("in a file elsewhere is made, and made again is nothing but finished", async () => {
      await keep(alice, address("01"));
      const before = await everything();
      await safe.close();
      const [masterFile, to] = [path.join(temporary.path, "one"), path.join(temporary.path, "two")];
      await writeFile(masterFile, await readFile(keyFile(), "utf8"), { mode: 0o600 });
      expect(await rotateMaster(folder, { masterFile, to })).to.equal(2);
      expect(await rotateMaster(folder, { masterFile, to })).to.equal(0);
      safe = await Safe.open(folder, to);
      expect(await everything()).to.deep.equal(before);
      await safe.close();
      await rm(keyFile());
      expect(await codeOf(Safe.open(folder))).to.equal("vault-key-lost");
      safe = await Safe.open(folder, to);
    });

    it("is refused where one envelope does not open, and then nothing is changed", async () => {
      await keep(alice, address("01"));
      const row = (await safe.rows.get<object>(`kept/${alice}/${address("01")}`))!;
      await safe.rows.put([{ key: `kept/${bob}/${address("01")}`, value: row }]);
      await safe.close();
      const former = await readFile(keyFile(), "utf8");
      expect(await codeOf(rotateMaster(folder, {}))).to.equal("vault-envelope-broken");
      expect(await readFile(keyFile(), "utf8")).to.equal(former);
      safe = await Safe.open(folder);
      expect(await secretOf(alice, address("01"))).to.not.equal(undefined);
    });

    it("needs the present one", async () => {
      await keep(alice, address("01"));
      await safe.close();
      const [masterFile, to] = [path.join(temporary.path, "wrong"), path.join(temporary.path, "two")];
      await writeFile(masterFile, randomBytes(32).toString("hex"), { mode: 0o600 });
      expect(await codeOf(rotateMaster(folder, { masterFile, to }))).to.equal("vault-key-differs");
      safe = await Safe.open(folder);
      expect(await secretOf(alice, address("01"))).to.not.equal(undefined);
    });
  });

  describe("a pseudonym", () => {
    const person = { account: "A-AAAAAAAAAAAAAAAA", holder: alice, key: address("01") };

    it("is one for a person in a month, however many ask at once and after a restart, and another the next month", async () => {
      const names = new Pseudonyms(safe);
      const many = await Promise.all(Array.from({ length: 20 }, () => names.of(person, month("2026-11"))));
      expect(new Set(many).size).to.equal(1);
      expect(await new Pseudonyms(safe).of(person, month("2026-11"))).to.equal(many[0]);
      expect(await names.of(person, month("2026-12"))).to.not.equal(many[0]);
      expect(await names.of({ holder: alice }, month("2026-11"))).to.not.equal(many[0]);
      const { salt, ...known } = (await names.who(many[0]!, month("2026-11")))!;
      expect(known).to.deep.equal(person);
      expect(pseudonymOf(salt, person)).to.equal(many[0]);
    });

    it("is nobody's once its month is destroyed; those of other months are still known", async () => {
      const names = new Pseudonyms(safe);
      const [old, young] = [await names.of(person, month("2026-10")), await names.of(person, month("2026-11"))];
      const other = await names.of({ holder: bob }, month("2026-11"));
      const { salt } = (await names.who(old, month("2026-10")))!;
      expect(await names.forgetBefore(month("2026-11"))).to.deep.equal(["2026-10"]);
      expect(await names.who(old, month("2026-10"))).to.equal(undefined);
      expect((await names.who(young, month("2026-11")))?.account).to.equal(person.account);
      expect((await names.who(other, month("2026-11")))?.holder).to.equal(bob);
      expect([...(await names.all(({ holder }) => holder === alice))]).to.deep.equal([young]);
      await rows(async (table) => expect(await table.count("period/")).to.equal(1));
      expect((await bytesOf(folder.of("vault"))).includes(salt)).to.equal(false);
    });
  });

  it("has keys for other tables that stay the same under every master key, one for each purpose", async () => {
    const before = toHex(safe.lasting("accounts"));
    await safe.close();
    await rotateMaster(folder, {});
    safe = await Safe.open(folder);
    expect(toHex(safe.lasting("accounts"))).to.equal(before);
    await rows((table) => table.put([{ key: "purpose/accounts", value: { key: "AAAA" } }])).catch((error: Fault) => {
      expect(error.code).to.equal("vault-envelope-broken");
    });
    await rm(folder.of("vault"), { recursive: true });
    safe = await Safe.open(folder);
  });
});

async function codeOf(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
    return undefined;
  } catch (error) {
    return error instanceof Fault ? error.code : error;
  }
}

async function expectRejected(work: Promise<unknown>): Promise<void> {
  expect(
    await work.then(
      () => "done",
      () => "rejected",
    ),
  ).to.equal("rejected");
}
