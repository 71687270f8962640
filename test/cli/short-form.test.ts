import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { sandboxKey } from "../../server/cli/key.ts";
import { KeyFault, openKeyFile, readKeyFile, writeKeyFile } from "../../server/cli/key-file.ts";
import { commandIdOf } from "../../server/cli/register.ts";
import { DraftFault, readAmount, readShortForm } from "../../server/cli/short-form.ts";
import { AmendmentMask } from "../../server/domain/entries/kinds.ts";
import { addressOfKey } from "../../server/ledger/signatures.ts";

describe("short forms", () => {
  it("read amounts as people here write them, exactly", () => {
    for (const [text, minor] of [
      ["1.250.000,50", 125_000_050n],
      ["1250000.50", 125_000_050n],
      ["1250000,5", 125_000_050n],
      ["1.250.000", 125_000_000n],
      ["0,01", 1n],
      ["9.824.516.530.000.000,01", 982_451_653_000_000_001n],
      [1250000.5, 125_000_050n],
    ] as const) {
      expect(readAmount(text, "IDR", "/amount"), String(text)).to.equal(minor);
    }
    expect(readAmount("1500", "JPY", "/amount")).to.equal(1500n);
  });

  it("refuse amounts that are finer than sen, negative, or no amounts", () => {
    for (const text of ["1,005", "0.0001", "-5", "1.25.000", "1,250,000.50", "Rp 5", "", "1e6", null, {}]) {
      expect(() => readAmount(text, "IDR", "/amount"), String(text)).to.throw(DraftFault);
    }
  });

  it("refuse amounts and ids that the ledger has no room for", () => {
    const most = `${(1n << 128n) - 1n}`.replace(/(..)$/, ",$1");
    expect(readAmount(most, "IDR", "/amount")).to.equal((1n << 128n) - 1n);
    for (const amount of [`${(1n << 128n) / 100n + 1n}`, 1e40])
      expect(() => readAmount(amount, "IDR", "/amount"), String(amount)).to.throw(DraftFault);
    const form = { ocid: "o-1", contract: "K", code: "scope", on: "2026-11-24" };
    for (const changes of [
      { ocid: "o".repeat(201) },
      { contract: "é".repeat(101) },
      { award: "A#1" },
      { ocid: "a\u0007" },
    ]) {
      expect(() => readShortForm({ amendment: { ...form, ...changes } }), JSON.stringify(changes)).to.throw(DraftFault);
    }
  });

  it("refuse amounts whose comma may mean thousands, whatever digits follow it", () => {
    for (const text of ["1,000", "1,250", "12,500", "1.250,000", "1.250.000,500", "0,000"]) {
      expect(() => readAmount(text, "IDR", "/amount"), text).to.throw(DraftFault, "is no amount");
    }
    expect(readAmount("1,0000", "IDR", "/amount")).to.equal(100n);
  });

  it("read the codes of an amendment as a mask", () => {
    const form = { amendment: { ocid: "o-1", contract: "K", code: ["scope", "time"], on: "2026-11-24" } };
    const { terms } = readShortForm(form);
    expect(terms.code).to.equal(AmendmentMask.scope | AmendmentMask.time);
    expect(terms.on, "midnight in western Indonesia").to.equal(Date.UTC(2026, 10, 23, 17) / 1000);
  });

  it("read an opening with its balances, each exactly, and its hash", () => {
    const { terms, balances } = readShortForm({
      opening: {
        ocid: "ocds-213czf-dpupr-lama-1",
        contract: "K-1",
        code: "agreement",
        value: "110.000.000,00",
        firstValue: "100.000.000",
        status: "active",
        paid: "45.000.000,01",
        balanceOn: "2026-10-31",
      },
    });
    expect(balances).to.deep.include({ status: 2, firstValue: 100_000_000_00n, scopeValue: 100_000_000_00n });
    expect(balances).to.deep.include({ paid: 45_000_000_01n, accepted: 0n });
    expect(terms).to.deep.include({ value: 110_000_000_00n, on: 0 });
    expect(terms).to.not.have.property("scopeValue");
    expect(terms.documentKey).to.match(/^0x[0-9a-f]{64}$/);
  });

  it("take a document's number for one document however it is typed, and publish it", () => {
    const paid = (number: string) =>
      readShortForm({ payment: { ocid: "x", contract: "K", amount: "1", number, issuer: "ID", on: "2026-10-31" } });
    const keys = ["SP2D-1/26", " sp2d-1/26 ", "SP2D\u20131/26", "\uff33P2D-1/26"].map(
      (number) => paid(number).terms.documentKey,
    );
    expect(new Set(keys).size).to.equal(1);
    expect(paid("SP2D-1/26").body).to.deep.equal({
      contracts: [{ id: "K", implementation: { transactions: [{ documentNumber: "SP2D-1/26" }] } }],
    });
    expect(() => paid("  ")).to.throw(DraftFault);
  });

  it("are refused by name, whatever stands in place of an object", () => {
    for (const value of [null, 5, "x", []]) {
      expect(() => readShortForm({ payment: value } as never)).to.throw(DraftFault);
    }
    expect(() => readShortForm({ correction: { ocid: "x", of: "toString", corrects: 1 } })).to.throw(DraftFault);
  });

  it("say which field is unknown", () => {
    expect(() => readShortForm({ payment: { ocid: "o-1", jumlah: "5" } })).to.throw("/payment/jumlah");
  });

  it("have a command id that follows from who says what", () => {
    const draft = readShortForm({ payment: { ocid: "o-1", amount: "5" } });
    const swapped = readShortForm({ payment: { amount: "5", ocid: "o-1" } });
    const [a, b] = [sandboxKey("bud").holderId, sandboxKey("pokja").holderId];
    expect(commandIdOf(a, draft, "0")).to.equal(commandIdOf(a, swapped, "0"));
    expect(commandIdOf(a, draft, "0")).not.to.equal(commandIdOf(b, draft, "0"));
    expect(commandIdOf(a, draft, "0")).not.to.equal(commandIdOf(a, draft, "1"));
  });
});

describe("key files", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "prasasti-keys-"));
  });
  after(() => rm(folder, { recursive: true }));

  it("give the key back for its passphrase, and for no other; a changed holder is found", async () => {
    const key = { ...sandboxKey("bud"), name: "bud" };
    const path = await writeKeyFile(folder, key, "tujuh delapan", new Date());
    const file = await readKeyFile(folder, "bud");
    const opened = await openKeyFile(file, async () => "tujuh delapan");
    expect(addressOfKey(opened.secret)).to.equal(key.address);
    const fault = async (word: string, changed = file) =>
      openKeyFile(changed, async () => word).then(
        () => undefined,
        (error) => error,
      );
    expect(await fault("tujuh Delapan")).to.be.instanceOf(KeyFault);
    expect(await fault("tujuh delapan", { ...file, holder: "H-OTHER" })).to.be.instanceOf(KeyFault);
    expect(await readFile(path, "utf8")).not.to.contain(Buffer.from(key.secret).toString("hex"));
  });

  it("refuse a plain file whose key is not that of its address, or no key at all", async () => {
    const key = { ...sandboxKey("bud"), name: "plain" };
    await writeKeyFile(folder, key, undefined, new Date());
    const file = await readKeyFile(folder, "plain");
    const never = () => Promise.reject(new Error("asked"));
    expect((await openKeyFile(file, never)).address).to.equal(key.address);
    const { address } = sandboxKey("sekda");
    for (const changes of [{ address }, { plain: `0x${"00".repeat(32)}` }, { plain: `0x${"ff".repeat(32)}` }]) {
      const fault = await openKeyFile({ ...file, ...changes }, never).catch((error) => error);
      expect(fault, JSON.stringify(changes)).to.be.instanceOf(KeyFault);
    }
  });

  it("refuse what is no key file, and costs that would exhaust the machine or are none", async () => {
    const file = JSON.parse(await readFile(join(folder, "bud.json"), "utf8"));
    for (const cost of [2 ** 40, 1500])
      await writeFile(join(folder, `${cost}.json`), JSON.stringify({ ...file, sealed: { ...file.sealed, cost } }));
    for (const name of [String(2 ** 40), "1500", "none"]) {
      expect(
        await readKeyFile(folder, name).then(
          () => undefined,
          (error) => error,
        ),
      ).to.be.instanceOf(KeyFault);
    }
  });
});
