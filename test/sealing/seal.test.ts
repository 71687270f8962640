import { expect } from "chai";
import fc from "fast-check";
import { utf8 } from "../../server/domain/entries/words.ts";
import * as browser from "../../server/domain/hash-browser.ts";
import { canonicalJson } from "../../server/domain/json.ts";
import {
  type Disclosure,
  digestIn,
  isSealed,
  leavesOf,
  opens,
  type Path,
  replaceLeaves,
  sealedForm,
  sealedIn,
} from "../../server/domain/sealing/seal.ts";
import { sealFields } from "../../server/domain/sealing/seal-fields.ts";

const ocid = "ocds-213czf-a-1";
const salt = (n: number) => `0x${String(n).padStart(32, "0")}` as const;
const disclosure: Disclosure = {
  path: ["parties", "ID-S", "identifier", "id"],
  salt: salt(1),
  value: "3273121701850024",
};

describe("a sealed value", () => {
  it("is the SHA-256 of the canonical [salt, ocid, path, value], the same in a page", () => {
    const bytes = utf8(canonicalJson([salt(1), ocid, disclosure.path, disclosure.value]));
    const digest = Buffer.from(browser.sha256(bytes)).toString("hex");
    expect(sealedForm(ocid, disclosure)).to.equal(`sealed:sha256:${digest}`);
    expect(digestIn(sealedForm(ocid, disclosure))).to.equal(`0x${digest}`);
  });

  it("is opened by its own disclosure alone: not in another process, at another place, with another salt or value", () => {
    const sealed = sealedForm(ocid, disclosure);
    expect(opens(sealed, ocid, disclosure)).to.equal(true);
    const others: [string, object][] = [
      ["ocds-213czf-a-2", {}],
      [ocid, { path: ["parties", "ID-S", "identifier", "legalName"] }],
      [ocid, { path: ["parties", "ID-T", "identifier", "id"] }],
      [ocid, { path: ["parties", 0, "identifier", "id"] }],
      [ocid, { salt: salt(2) }],
      [ocid, { salt: `${salt(1)}00` }],
      [ocid, { salt: "0x01" }],
      [ocid, { value: 3273121701850024 }],
      [ocid, { value: "3273121701850024 " }],
    ];
    for (const [where, more] of others)
      expect(opens(sealed, where, { ...disclosure, ...more }), JSON.stringify(more)).to.equal(false);
    for (const text of ["", "sealed:", sealed.slice(0, -1), `${sealed}0`, sealed.toUpperCase()])
      expect(opens(text, ocid, disclosure), text).to.equal(false);
  });

  it("takes salts of 16 to 32 bytes, and no fewer", () => {
    for (const [bytes, good] of [
      [15, false],
      [16, true],
      [32, true],
      [33, false],
    ] as const) {
      const form = () => sealedForm(ocid, { ...disclosure, salt: `0x${"ab".repeat(bytes)}` });
      if (good) expect(isSealed(form())).to.equal(true);
      else expect(form).to.throw(RangeError);
    }
  });

  it("has one path in any body: by names and ids, by position where an entry has no id of its own", () => {
    const paths = (body: object) => leavesOf(body).map(({ path }) => path);
    expect(
      paths({ a: [{ id: "x", n: 1 }, { n: 2 }, { id: 7, n: 3 }, { id: "x", n: 4 }] }).filter(
        (path) => path.at(-1) === "n",
      ),
    ).to.deep.equal([
      ["a", "x", "n"],
      ["a", 1, "n"],
      ["a", "7", "n"],
      ["a", 3, "n"],
    ] satisfies Path[]);
    // here the id is the value itself
    expect(paths({ additionalIdentifiers: [{ id: "1" }] })).to.deep.equal([["additionalIdentifiers", 0, "id"]]);
  });

  it("finds and replaces every value of any JSON, and nothing else", () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.string().filter((key) => key !== "__proto__"),
          fc.jsonValue(),
        ),
        (body) => {
          const paths = leavesOf(body).map(({ path }) => JSON.stringify(path));
          expect(new Set(paths).size).to.equal(paths.length);
          expect(replaceLeaves(body, ({ value }) => value)).to.deep.equal(body);
          const marked = replaceLeaves(body, ({ pointer }) => `at ${pointer}`);
          for (const { value, pointer } of leavesOf(marked)) expect(value).to.equal(`at ${pointer}`);
          expect(leavesOf(marked).length).to.equal(paths.length);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe("sealing a body", () => {
  const body = {
    parties: [
      {
        id: "ID-S",
        name: "Tono Samaran",
        identifier: { scheme: "ID-NIK", id: "3273121701850024" },
        contactPoint: { email: "a@b.example" },
      },
    ],
    contracts: [{ id: "K", title: "Jalan", bankAccount: { number: "0012345678", holder: "T. Samaran" } }],
  };
  let last = 0;
  const options = { ocid, known: () => undefined, newSalt: () => salt(++last) };

  it("seals what the table names, tells what and whose, and each opens", () => {
    const { body: sealed, disclosures, sealed: places } = sealFields(body, { ...options, otherwise: "ID-S" });
    expect(places.map(({ pointer, data }) => [pointer, data])).to.deep.equal([
      ["/parties/0/identifier/id", "nik"],
      ["/parties/0/contactPoint/email", "contact"],
      ["/contracts/0/bankAccount/number", "bankAccount"],
      ["/contracts/0/bankAccount/holder", "bankAccount"],
    ]);
    const leaves = sealedIn(sealed);
    expect(leaves.map(({ value }, at) => opens(value, ocid, disclosures[at]!))).to.deep.equal([true, true, true, true]);
    expect(new Set(disclosures.map((each) => each.salt)).size).to.equal(4);
    expect(disclosures.map(({ subject }) => subject)).to.deep.equal(["ID-S", "ID-S", "ID-S", "ID-S"]);
    expect(sealed.contracts[0]!.title).to.equal("Jalan");
    for (const { value } of disclosures) expect(JSON.stringify(sealed)).to.not.include(`"${value}"`);
    expect(sealFields(sealed, options).sealed).to.deep.equal([]);
  });

  it("keeps the salt of what is unchanged, and takes a new one for what is not", () => {
    const first = sealFields(body, options);
    const changed = structuredClone(body);
    changed.contracts[0]!.bankAccount.number = "0099999999";
    const second = sealFields(changed, { ...options, earlier: first.disclosures });
    const [before, after] = [first.disclosures, second.disclosures].map((list) => list.map((each) => each.salt));
    expect(before!.map((each, at) => each === after![at])).to.deep.equal([true, true, false, true]);
    expect(sealFields(body, { ...options, earlier: second.disclosures }).disclosures[2]!.salt).to.not.equal(before![2]);
  });

  it("names the person inside a party as the subject", () => {
    const { disclosures } = sealFields(
      { parties: [{ id: "ID-S", persons: [{ id: "p1", name: "Tono", email: "a@b.example" }] }] },
      options,
    );
    expect(disclosures.map(({ subject, path }) => [subject, path.join("/")])).to.deep.equal([
      ["ID-S#p1", "parties/ID-S/persons/p1/email"],
    ]);
  });
});
