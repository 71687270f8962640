import { randomBytes } from "node:crypto";
import { chmod, readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import type { Hex } from "../../server/domain/entries/words.ts";
import { addressOfKey, newSecret } from "../../server/ledger/signatures.ts";
import { DataFolder } from "../../server/store/data-folder.ts";
import { KeptKeys } from "../../server/store/kept-keys.ts";
import { examineSafe, Safe } from "../../server/store/safe.ts";
import { prasasti, type Temporary, temporaryFolder } from "./prasasti.ts";

const holder = `0x${"a1".repeat(32)}` as Hex;

describe("prasasti keys rotate", function () {
  this.timeout(60_000);
  let temporary: Temporary;
  let data: string;
  let secret: string;
  let address: Hex;
  beforeEach(async () => {
    temporary = await temporaryFolder();
    data = path.join(temporary.path, "data");
    const made = newSecret();
    [secret, address] = [Buffer.from(made).toString("hex"), addressOfKey(made)];
    await inSafe(undefined, (safe) => new KeptKeys(safe).keep({ address, holder, made: 1 }, made));
  });
  afterEach(() => temporary[Symbol.asyncDispose]());

  async function inSafe<T>(masterFile: string | undefined, work: (safe: Safe) => Promise<T>): Promise<T> {
    const folder = await DataFolder.open(data);
    try {
      const safe = await Safe.open(folder, masterFile);
      return await work(safe).finally(() => safe.close());
    } finally {
      await folder.close();
    }
  }
  const opens = (masterFile?: string) =>
    inSafe(masterFile, (safe) =>
      new KeptKeys(safe).use(holder, address, (inside) => Buffer.from(inside).toString("hex")),
    );
  const rotate = (args: string[] = [], settings: Record<string, string> = {}) =>
    prasasti(["keys", "rotate", "--data", data, "--lang", "en", ...args], settings);
  const keyFile = () => path.join(data, "keys", "vault.key");
  const ownKey = () => readFile(keyFile(), "utf8");
  const vaultLine = async (settings: Record<string, string> = {}) => {
    const { out } = await prasasti(["doctor", "--data", data, "--port", "0", "--json"], settings);
    return (JSON.parse(out).checks as { name: string; level: string; text: { en: string } }[]).find(
      ({ name }) => name === "vault",
    )!;
  };

  for (const place of ["rotate-key-made", "rotate-wrapped", "rotate-compacted"])
    it(`killed at ${place} loses nothing: all of it opens, for the next start too, and again it comes to its end`, async () => {
      const former = await ownKey();
      const killed = await rotate([], { PRASASTI_FAILPOINT: place });
      expect(killed.signal, killed.err).to.equal("SIGKILL");
      const { envelopes, broken } = await examineSafe(path.join(data, "vault"), keyFile(), () => true);
      expect([envelopes, broken]).to.deep.equal([2, []]);
      expect(await opens()).to.equal(secret);
      const again = await rotate();
      expect([again.exit, again.err]).to.deep.equal([0, ""]);
      expect(await opens()).to.equal(secret);
      expect(await ownKey()).to.not.equal(former);
      expect(await readdir(path.join(data, "keys"))).to.deep.equal(["vault.key"]);
    });

  it("killed between two files elsewhere is under the new one, and again it comes to its end", async () => {
    const [one, two] = [path.join(temporary.path, "one"), path.join(temporary.path, "two")];
    await writeFile(one, await ownKey(), { mode: 0o600 });
    await rm(keyFile());
    const settings = { PRASASTI_VAULT_KEY_FILE: one };
    const killed = await rotate(["--to", two], { ...settings, PRASASTI_FAILPOINT: "rotate-wrapped" });
    expect(killed.signal, killed.err).to.equal("SIGKILL");
    expect(await opens(two)).to.equal(secret);
    const again = await rotate(["--to", two], settings);
    expect(again.exit, again.err).to.equal(0);
    expect(again.out).to.include(`Set PRASASTI_VAULT_KEY_FILE to ${two}`);
    expect(await opens(two)).to.equal(secret);
    expect((await vaultLine({ PRASASTI_VAULT_KEY_FILE: two })).text.en).to.include("so does each of its 2 envelopes");
    expect((await readFile(two, "utf8")).trim()).to.match(/^[0-9a-f]{64}$/);
  });

  it("says what is wrong by name, and shows no key", async () => {
    const former = await ownKey();
    expect((await rotate(["--to", path.join(temporary.path, "two")])).exit, "its own key has one place").to.equal(2);
    const wrong = path.join(temporary.path, "wrong");
    expect((await rotate([], { PRASASTI_VAULT_KEY_FILE: wrong })).exit, "--to is missing").to.equal(2);
    const two = path.join(temporary.path, "two");
    await writeFile(wrong, randomBytes(32).toString("hex"), { mode: 0o600 });
    const other = await rotate(["--to", two], { PRASASTI_VAULT_KEY_FILE: wrong });
    expect([other.exit, other.err.includes("under another master key")]).to.deep.equal([1, true]);
    await chmod(keyFile(), 0o644);
    const open = await rotate();
    expect([open.exit, open.err.includes("Other users can read")]).to.deep.equal([1, true]);
    await chmod(keyFile(), 0o600);
    const folder = await DataFolder.open(data);
    const locked = await rotate().finally(() => folder.close());
    expect([locked.exit, locked.err.includes("in use by another process")]).to.deep.equal([1, true]);
    for (const { out, err } of [other, open, locked]) expect(out + err).to.not.include(former.trim());
    expect(await opens()).to.equal(secret);
  });
});
