import { randomBytes } from "node:crypto";
import { chmod, readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { type Hex, toHex } from "../../server/domain/entries/words.ts";
import { Fault } from "../../server/domain/fault.ts";
import { type Disclosure, digestIn, sealedForm } from "../../server/domain/sealing/seal.ts";
import { DataFolder } from "../../server/store/data-folder.ts";
import { Table } from "../../server/store/store.ts";
import { Vault } from "../../server/store/vault.ts";
import { type Temporary, temporaryFolder } from "../operations/prasasti.ts";

const ocid = "ocds-213czf-a-1";
const agency = `0x${"aa".repeat(32)}` as Hex;
const of = { ocid, agency };

function aDisclosure(value: string, subject: string, field = "id"): Disclosure & { sealed: string; subject: string } {
  const disclosure = {
    path: ["parties", subject, "identifier", field],
    salt: toHex(new Uint8Array(randomBytes(16))),
    value,
  };
  return { ...disclosure, sealed: sealedForm(ocid, disclosure), subject };
}

/** All bytes of the files of a folder. */
async function bytesOf(folder: string): Promise<Buffer> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = names.filter((each) => each.isFile()).map((each) => readFile(path.join(each.parentPath, each.name)));
  return Buffer.concat(await Promise.all(files));
}

describe("the vault", () => {
  let temporary: Temporary;
  let folder: DataFolder;
  let vault: Vault;
  beforeEach(async () => {
    temporary = await temporaryFolder();
    folder = await DataFolder.open(temporary.path);
    vault = await Vault.open(folder);
  });
  afterEach(async () => {
    await vault.close();
    await folder.close();
    await temporary[Symbol.asyncDispose]();
  });
  const reopen = async (masterFile?: string) => {
    await vault.close();
    vault = await Vault.open(folder, masterFile);
  };
  /** What a row of the closed vault holds, or a change of it. */
  const rows = async <T>(work: (table: Table) => Promise<T>): Promise<T> => {
    await vault.close();
    const table = await Table.open(folder.of("vault"));
    try {
      return await work(table);
    } finally {
      await table.close();
      vault = await Vault.open(folder);
    }
  };

  it("gives back what was kept, after a restart too, and writes none of it in clear", async () => {
    const [one, two] = [aDisclosure("3273121701850024", "ID-A"), aDisclosure("73.311.380.7-409.001", "ID-B")];
    await vault.keep(of, [one, two], 100);
    await reopen();
    for (const { sealed, salt, value, subject, path: at } of [one, two]) {
      expect(await vault.open(ocid, digestIn(sealed))).to.deep.equal({ salt, value });
      expect(await vault.look(ocid, digestIn(sealed))).to.deep.equal({ state: "kept", path: at, subject, agency });
    }
    await vault.close();
    const raw = await bytesOf(folder.of("vault"));
    for (const { value, salt } of [one, two])
      for (const secret of [String(value), salt.slice(2), Buffer.from(salt.slice(2), "hex")])
        expect(raw.includes(secret)).to.equal(false);
    vault = await Vault.open(folder);
  });

  it("makes one key for a subject, however many first values come at once", async () => {
    const many = Array.from({ length: 40 }, (_, at) => aDisclosure(`value ${at}`, "ID-A", `f${at}`));
    await Promise.all(many.map((each) => vault.keep(of, [each], 100)));
    for (const { sealed, value } of many) expect((await vault.open(ocid, digestIn(sealed)))?.value).to.equal(value);
  });

  it("never writes a value anew that it has, so no nonce meets its key again", async () => {
    const one = aDisclosure("3273121701850024", "ID-A");
    const key = `sealed/${ocid}/${digestIn(one.sealed)}`;
    await vault.keep(of, [one], 100);
    const first = await rows((table) => table.get(key));
    await vault.keep(of, [{ ...one, subject: "ID-OTHER" }, one], 200);
    expect(await rows((table) => table.get(key))).to.deep.equal(first);
  });

  it("opens nothing that was moved to another process, place or subject, or altered by a bit", async () => {
    const one = aDisclosure("3273121701850024", "ID-A");
    const digest = digestIn(one.sealed);
    await vault.keep(of, [one, aDisclosure("x", "ID-B")], 100);
    const key = `sealed/${ocid}/${digest}`;
    const row = await rows(async (table) => (await table.get<Record<string, unknown>>(key))!);
    const bytes = Buffer.from(String(row.text), "base64");
    bytes[20]! ^= 1;
    for (const [at, changed] of [
      ["ocds-213czf-a-2", row],
      [ocid, { ...row, path: ["parties", "ID-B", "identifier", "id"] }],
      [ocid, { ...row, subject: "ID-B" }],
      [ocid, { ...row, text: bytes.toString("base64") }],
      [ocid, { ...row, text: "AAAA" }],
    ] as const) {
      await rows((table) => table.put([{ key: `sealed/${at}/${digest}`, value: changed }]));
      expect(await vault.open(at, digest), JSON.stringify(changed)).to.equal(undefined);
    }
    await rows((table) => table.put([{ key, value: row }]));
    expect((await vault.open(ocid, digest))?.value).to.equal("3273121701850024");
  });

  it("keeps what is restricted and says so, until it is lifted", async () => {
    const one = aDisclosure("3273121701850024", "ID-A");
    await vault.keep(of, [one], 100);
    expect(await vault.restrict("ID-NOBODY", 150)).to.equal(false);
    expect(await vault.restrict("ID-A", 150)).to.equal(true);
    expect((await vault.look(ocid, digestIn(one.sealed)))?.state).to.equal("restricted");
    expect(await vault.subject("ID-A")).to.deep.equal({ since: 100, restricted: 150 });
    await vault.restrict("ID-A", undefined);
    expect((await vault.look(ocid, digestIn(one.sealed)))?.state).to.equal("kept");
  });

  it("destroys a subject's key and what is under it: neither is in any file afterwards, and others are untouched", async () => {
    const mine = Array.from({ length: 30 }, (_, at) => aDisclosure(`rahasia ${at}`, "ID-A", `f${at}`));
    const other = aDisclosure("milik orang lain", "ID-B");
    await vault.keep(of, [...mine, other], 100);
    const wrapped = await rows(async (table) => (await table.get<{ key: string }>("subject/ID-A"))!.key);
    const texts = await rows((table) =>
      Promise.all(
        mine.map(async ({ sealed }) => (await table.get<{ text: string }>(`sealed/${ocid}/${digestIn(sealed)}`))!.text),
      ),
    );
    const isIn = (raw: Buffer, text: string) => raw.includes(text.slice(10, 40));
    const before = await bytesOf(folder.of("vault"));
    expect(
      [wrapped, ...texts].filter((text) => !isIn(before, text)),
      "they are found while they are there",
    ).to.deep.equal([]);

    expect(await vault.destroy("ID-A", 200)).to.equal(30);
    const running = await bytesOf(folder.of("vault"));
    expect(
      [wrapped, ...texts].filter((text) => isIn(running, text)),
      "at once",
    ).to.deep.equal([]);
    await reopen();
    const after = await bytesOf(folder.of("vault"));
    expect(
      [wrapped, ...texts].filter((text) => isIn(after, text)),
      "after a restart",
    ).to.deep.equal([]);
    for (const { sealed, path: at, subject } of mine) {
      expect(await vault.open(ocid, digestIn(sealed))).to.equal(undefined);
      expect(await vault.look(ocid, digestIn(sealed))).to.deep.equal({
        state: "erased",
        path: at,
        subject,
        agency,
        erased: 200,
      });
    }
    expect(await vault.subject("ID-A")).to.equal(undefined);
    expect((await vault.open(ocid, digestIn(other.sealed)))?.value).to.equal("milik orang lain");
    // what comes later has a new key, and opens nothing of before
    const later = aDisclosure("baru", "ID-A");
    await vault.keep(of, [later, mine[0]!], 300);
    expect((await vault.open(ocid, digestIn(later.sealed)))?.value).to.equal("baru");
    expect(await vault.open(ocid, digestIn(mine[0]!.sealed))).to.equal(undefined);
  });

  it("drops what no entry came to hold, once its signature can no longer be on its way", async () => {
    const [recorded, refused, young] = ["a", "b", "c"].map((value) => aDisclosure(value, "ID-A", value));
    await vault.keep(of, [recorded!, refused!], 100);
    await vault.keep(of, [young!], 900);
    const looked: string[] = [];
    const isRecorded = async (_: string, digest: Hex) => {
      looked.push(digest);
      return digest === digestIn(recorded!.sealed);
    };
    expect(await vault.sweep(500, isRecorded)).to.equal(1);
    const states = async () =>
      Promise.all(
        [recorded, refused, young].map(async (each) => (await vault.look(ocid, digestIn(each!.sealed)))?.state),
      );
    expect(await states()).to.deep.equal(["kept", undefined, "kept"]);
    expect(looked).to.have.length(2);
    expect(await vault.sweep(500, isRecorded), "looked at once").to.equal(0);
    expect(looked).to.have.length(2);
  });

  describe("without its master key", () => {
    const openFault = async (masterFile?: string) => {
      try {
        await reopen(masterFile);
      } catch (error) {
        return error instanceof Fault ? error.code : error;
      }
      return undefined;
    };
    const keyFile = () => path.join(folder.of("keys"), "vault.key");
    afterEach(async () => {
      // a vault that did not open has nothing to close
      await rm(folder.of("vault"), { recursive: true, force: true });
      await rm(keyFile(), { force: true });
      vault = await Vault.open(folder);
    });

    it("does not open where it is lost, exchanged or unreadable, and names the fault without the key", async () => {
      const key = await readFile(keyFile(), "utf8");
      await rm(keyFile());
      expect(await openFault()).to.equal("vault-key-lost");
      await writeFile(keyFile(), randomBytes(32).toString("hex"), { mode: 0o600 });
      expect(await openFault()).to.equal("vault-key-differs");
      await writeFile(keyFile(), "not a key");
      expect(await openFault()).to.equal("vault-key-unreadable");
      const elsewhere = path.join(temporary.path, "master");
      expect(await openFault(elsewhere)).to.equal("vault-key-unreadable");
      await writeFile(elsewhere, key, { mode: 0o600 });
      for (const mode of [0o604, 0o602, 0o620, 0o666]) {
        await chmod(elsewhere, mode);
        expect(await openFault(elsewhere), mode.toString(8)).to.equal("vault-key-open");
      }
      await chmod(elsewhere, 0o440);
      expect(await openFault(elsewhere)).to.equal(undefined);
      await vault.close();
    });
  });
});
