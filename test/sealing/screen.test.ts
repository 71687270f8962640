import { expect } from "chai";
import fc from "fast-check";
import type { Known } from "../../server/domain/sealing/private-fields.ts";
import { type ScreenRule, screenBody, screenPlaces, screenTexts } from "../../server/domain/sealing/screen.ts";
import { account, around, mobile, nik, nip, npwp, npwpWritten } from "./people.ts";

const nobody: Known = () => undefined;
const inText = (text: string) => screenTexts({ text }).map(({ rule }) => rule);
const RUNS = 2_000;

/** Every one of thousands of generated texts is found, by this rule among others. */
const finds = (texts: fc.Arbitrary<string>, rule: ScreenRule) =>
  fc.assert(
    fc.property(texts, (text) => inText(text).includes(rule)),
    { numRuns: RUNS },
  );
const passes = (texts: fc.Arbitrary<string>, numRuns = RUNS) =>
  fc.assert(
    fc.property(texts, (text) => inText(text).length === 0),
    { numRuns },
  );

const digits = (length: number) =>
  fc.array(fc.nat(9), { minLength: length, maxLength: length }).map((all) => all.join(""));
const grouped = (number: string, size: number, separator: string) =>
  number.replace(new RegExp(`(\\d{${size}})(?=\\d)`, "g"), `$1${separator}`);

describe("the screen", () => {
  it("reads whatever stands in place of a scheme or a role", () => {
    const identifier = { scheme: { toString: 1 }, id: "3273121701850024" };
    const found = screenBody({ parties: [{ id: "P-1", name: "Ani", roles: [{ toString: 1 }], identifier }] }, nobody);
    expect(found.map(({ pointer }) => pointer)).to.include("/parties/0/identifier/id");
  });

  it("lets no number of an identity's length pass in a name, whatever its digits", () => {
    const inName = (name: string) => screenBody({ parties: [{ id: "P-1", name }] }, nobody).map(({ rule }) => rule);
    fc.assert(
      fc.property(
        digits(16).filter((each) => /[1-9]/.test(each)),
        fc.constantFrom("", " ", " / NIK-"),
        (number, between) => {
          expect(inName(`CV Maju${between}${number}`)).to.not.deep.equal([]);
          expect(inName(`CV Maju${between}${grouped(number, 4, " ")}`)).to.not.deep.equal([]);
        },
      ),
      { numRuns: 500 },
    );
    for (const name of ["PT Maju 2000", "CV Jaya 45 (KSO)", "SMP Negeri 1 Kota 12345678"])
      expect(inName(name)).to.deep.equal([]);
  });

  describe("finds in free text, wherever it stands and however it is spaced,", () => {
    it("a NIK", () => {
      finds(around(nik), "nik");
      finds(around(nik, "NIK: "), "nik");
      finds(around(nik.map((n) => grouped(n, 4, " "))), "nik");
      finds(around(nik.map((n) => `${n.slice(0, 6)}.${n.slice(6, 12)}.${n.slice(12)}`)), "nik");
      finds(around(nik.map((n) => `NIK${n}`)), "nik");
    });

    it("a NIP, also with its blanks", () => {
      finds(around(nip), "nip");
      finds(
        around(
          nip.map((n) => `${n.slice(0, 8)} ${n.slice(8, 14)} ${n[14]} ${n.slice(15)}`),
          "NIP. ",
        ),
        "nip",
      );
    });

    it("an NPWP: with its points, with blanks, bare behind its name, and the sixteen digits of 2024", () => {
      finds(around(npwpWritten), "npwp");
      finds(around(npwp, "NPWP "), "npwp");
      finds(around(npwp, "No. NPWP: "), "npwp");
      finds(
        around(
          npwp.map((n) => grouped(n, 3, " ")),
          "NPWP ",
        ),
        "npwp",
      );
      finds(around(npwp.map((n) => `0${n}`)), "npwp");
    });

    it("a mobile number", () => {
      finds(around(mobile), "mobile");
      finds(around(mobile.map((n) => `+62${n.slice(1)}`)), "mobile");
      finds(
        around(
          mobile.map((n) => grouped(n, 4, "-")),
          "HP ",
        ),
        "mobile",
      );
      finds(
        around(
          mobile.map((n) => `62${n.slice(1)}`),
          "WA ",
        ),
        "mobile",
      );
    });

    it("an account number near the words for it", () => {
      for (const label of [
        "rekening ",
        "No. Rek. ",
        "nomor rekening BRI ",
        "rekening Bank Jabar a.n. Tono: ",
        "Bank BJB ",
      ])
        finds(around(account, label), "bank-account");
      finds(
        around(
          account.map((n) => grouped(n, 4, "-")),
          "rekening ",
        ),
        "bank-account",
      );
    });

    it("a private e-mail address", () => {
      const name = fc.stringMatching(/^[a-z]{3,10}[.]?[a-z0-9]{2,5}$/);
      finds(
        around(fc.tuple(name, fc.constantFrom("gmail.com", "yahoo.co.id", "outlook.com")).map((p) => p.join("@"))),
        "email",
      );
    });

    it("what hides behind digits of another script or invisible signs", () => {
      const wide = (n: string) => [...n].map((d) => String.fromCodePoint(0xff10 + Number(d))).join("");
      finds(around(nik.map(wide)), "nik");
      finds(around(nik.map((n) => grouped(n, 4, "\u200b"))), "nik");
    });
  });

  describe("lets pass what every contract is full of:", () => {
    const plain: readonly string[] = [
      "250461302001528",
      "102384/SP2D/2019",
      "3116/LS/1.2.1.1/XI/2019",
      "SP2D nomor 250461302001528 tanggal 28-02-2025",
      "000.3.2/08/SPK.PRC/DESAIN.ARSITEK.TIPE1/KEC.CILENGKRANG/2025",
      "SP 1-2/282/UM.02.00/IX/2023",
      "900.1.10.2/909/TA.DATA/DISPAKAN",
      "1.02.02.2.01.0003.5.2.03.01.01.0006.",
      "kode rekening 5.1.02.02.08.0009 belanja jasa",
      "Rekening Belanja 5.1.02.02.08.0009",
      "rekening koran per 31-12-2025",
      "dibayar ke rekening penyedia sebesar Rp 1.277.304.500",
      "rekening kas umum daerah, 12.500.000.000 rupiah",
      "NTPN 3273121701850024",
      "id billing 820250412345678",
      "kode billing: 0820 2504 1234 567",
      "virtual account 8877012345678901",
      "RUP 54420749;54420750",
      "kode tender 10391540000",
      "KBLI 42101, NIB 1234567890123",
      "ocds-213czf-dpupr-jalan-2026-01",
      "0000000000000000",
      "00.000.000.0-000.000",
      "https://lpse.example.go.id/eproc4/lelang/10391540000/pengumumanlelang",
      "2025-03-21T00:00:00.000000Z",
      "bank garansi 1234567890123/BG/2025",
      "Jl. Raya Soreang KM 17, telp (022) 5891580",
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
      "dpupr@tirtaraya.go.id",
    ];
    for (const text of plain) it(text, () => expect(inText(text)).to.deep.equal([]));

    it("generated numbers of payments, taxes, packages, contracts, dates and amounts", () => {
      passes(around(digits(15), "SP2D "));
      passes(around(digits(15)), 500);
      passes(around(digits(16), "NTPN "));
      passes(around(digits(15), "kode billing "));
      passes(around(digits(8), "RUP "));
      passes(around(digits(13), "NIB "));
      passes(
        around(
          fc.integer({ min: 1_000_000_000, max: 99_999_999_999 }).map((n) => `${n}000`.slice(0, 11)),
          "paket ",
        ),
      );
      passes(
        around(
          fc.nat(999_999_999).map((n) => n.toLocaleString("id-ID")),
          "rekening Rp ",
        ),
      );
      passes(
        around(
          fc
            .tuple(
              fc.nat(999),
              fc.nat(9999),
              fc.constantFrom("SPK", "SP", "BAST"),
              fc.integer({ min: 2012, max: 2030 }),
            )
            .map(([a, b, c, y]) => `${a}.3/${b}/${c}/DPUPR/${y}`),
        ),
      );
    });

    it("a number of sixteen digits at random looks like a NIK in less than one of thirty, like anything in one of twenty", () => {
      let [found, any] = [0, 0];
      // the seed is fixed: the rates are facts of the rules, not of this run
      for (const text of fc.sample(digits(16), { numRuns: 20_000, seed: 7 })) {
        const rules = inText(`nomor ${text}`);
        if (rules.includes("nik")) found++;
        if (rules.length > 0) any++;
      }
      expect(found / 20_000).to.be.lessThan(1 / 30);
      expect(any / 20_000).to.be.lessThan(1 / 20);
    });
  });

  describe("knows the fields", () => {
    const known: Known = (id) =>
      ({
        "ID-DINAS": { kind: "agency" as const, name: "Dinas PUPR" },
        "ID-PT": { kind: "supplier" as const, name: "PT Bangun Jembatan" },
        "ID-ORANG": { kind: "supplier" as const, name: "Tono Samaran" },
      })[id];
    const contactPoint = {
      name: "Tono",
      email: "tono@pt.example",
      telephone: "022 5891580",
      url: "https://pt.example",
    };
    const address = { streetAddress: "Jl. Melati 5", locality: "Tirtaraya", postalCode: "40911" };
    const pointers = (party: object) =>
      screenBody({ parties: [party] }, known).map(({ pointer }) => pointer.slice("/parties/0/".length));

    it("of public bodies: contacts and addresses are public", () => {
      expect(pointers({ id: "ID-DINAS", contactPoint, address })).to.deep.equal([]);
      expect(pointers({ id: "ID-OTHER", roles: ["procuringEntity"], contactPoint, address })).to.deep.equal([]);
      expect(screenBody({ tender: { procuringEntity: { id: "X", contactPoint } } }, known)).to.deep.equal([]);
      expect(
        pointers({ id: "ID-DINAS", contactPoint: { telephone: "0812 3456 7890", email: "dinas@gmail.com" } }),
      ).to.deep.equal([]);
    });

    it("of a supplier that is a legal entity: its address and tax number are public, its people's contacts are not", () => {
      const identifier = { scheme: "ID-NPWP", id: "73.311.380.7-409.001" };
      const contacts = ["contactPoint/name", "contactPoint/email", "contactPoint/telephone"];
      expect(pointers({ id: "ID-PT", contactPoint, address, identifier })).to.deep.equal(contacts);
      // saying so makes no public body of it
      expect(pointers({ id: "ID-PT", roles: ["buyer"], contactPoint })).to.deep.equal(contacts);
    });

    it("of a supplier that is a person: the address and the number that names him are private too", () => {
      const identifier = { scheme: "ID-NPWP", id: "73.311.380.7-409.001" };
      expect(pointers({ id: "ID-ORANG", address, identifier })).to.have.members([
        "address/streetAddress",
        "address/postalCode",
        "identifier/id",
      ]);
      const more = [{ scheme: "ID-KTP", id: "x" }, { id: "3273121701850024" }, { scheme: "NIB", id: "1234567890123" }];
      expect(pointers({ id: "ID-ORANG", additionalIdentifiers: more })).to.deep.equal([
        "additionalIdentifiers/0/id",
        "additionalIdentifiers/1/id",
      ]);
    });

    it("of persons: identity, address, contacts and birth are private; of beneficial owners the name too", () => {
      const person = {
        id: "p1",
        name: "Tono",
        identifier: { id: "7" },
        address,
        email: "t@x.example",
        birthDate: "1985-01-17",
      };
      const inPersons = [
        "identifier/id",
        "address/streetAddress",
        "address/locality",
        "address/postalCode",
        "email",
        "birthDate",
      ];
      expect(pointers({ id: "ID-DINAS", persons: [person] })).to.have.members(inPersons.map((at) => `persons/0/${at}`));
      const owners = pointers({ id: "ID-PT", beneficialOwners: [person] });
      expect(owners).to.have.members(["name", ...inPersons].map((at) => `beneficialOwners/0/${at}`));
    });

    it("by their names, however they are spelled", () => {
      const places = (fields: object) =>
        screenBody({ contracts: [{ id: "K", ...fields }] }, nobody).map(({ pointer }) => pointer);
      for (const fields of [
        { nik: "3273121701850024" },
        { nomorKTP: "3273121701850024" },
        { npwp_penyedia: "733113807409001" },
        { npwp16Penyedia: 733113807614000 },
        { nip_ppk: "19850217 201001 1 024" },
        { no_rek_bank: "0012345678" },
        { bankAccount: { number: "0012345678" } },
        { bankAccount: { holder: "Tono Samaran" } },
        { payee: { bankAccounts: [{ accountNumber: "0012-01-000123-30-5" }] } },
        { tanggal_lahir: "1985-01-17" },
      ])
        expect(places(fields), JSON.stringify(fields)).to.have.length(1);
      for (const fields of [
        { kode_rekening: "5.1.02.02.08.0009" },
        { nama_rek_bank: "Bank BJB" },
        { accountCode: "52203050001" },
        { npwp: "00.000.000.0-000.000" },
        { nip: "-" },
        { value: { amount: 3_273_121_701_850_024, currency: "IDR" } },
        { technique: "3273" },
      ])
        expect(places(fields), JSON.stringify(fields)).to.deep.equal([]);
    });

    it("never repeats what it found: not the value, and not a name that is one", () => {
      const secret = "3273121701850024";
      const found = screenBody(
        { contracts: [{ id: "K", title: secret, [secret]: { npwp: "733113807409001" } }] },
        nobody,
      );
      expect(found.map(({ pointer }) => pointer)).to.have.members([
        "/contracts/0/title",
        "/contracts/0",
        "/contracts/0",
      ]);
      expect(JSON.stringify(screenPlaces(found))).to.not.include(secret);
    });

    it("takes sealed values, and refuses what only claims to be one", () => {
      const sealed = `sealed:sha256:${"a".repeat(64)}`;
      const party = (id: unknown) => ({ id: "ID-ORANG", identifier: { scheme: "NIK", id } });
      expect(pointers(party(sealed))).to.deep.equal([]);
      for (const wrong of [
        "sealed:",
        `${sealed}0`,
        sealed.toUpperCase().replace("SEALED", "sealed"),
        "sealed:3273121701850024",
      ])
        expect(pointers(party(wrong)), wrong).to.deep.equal(["identifier/id"]);
      expect(screenBody({ parties: [{ id: sealed }] }, known)).to.have.length(1);
    });
  });
});
