import { readFileSync } from "node:fs";
import { expect } from "chai";
import { z } from "zod";
import { namesInIndonesian, valueForms, valuesInWords } from "../../server/domain/entries/refusals.ts";
import {
  explainRefusal,
  gatewayProblems,
  type LedgerProblem,
  ledgerProblems,
  type ProblemKind,
} from "../../server/domain/problems.ts";
import { rule, ruleWords } from "../../server/http/rule-words.ts";

describe("problems", () => {
  const source = readFileSync(new URL("../../contracts/Codes.sol", import.meta.url), "utf8");
  const codes = [...source.matchAll(/constant (\w+) = (\d+);/g)].map(
    ([, name, code]) => [name!, Number(code)] as const,
  );

  it("explains every code of the ledger, under its own name, and no other", () => {
    const kebab = (name: string) => name.replace(/(?<=[a-z])[A-Z]/g, "-$&").toLowerCase();
    const found = Object.entries(ledgerProblems).map(([code, [name]]) => [Number(code), name]);
    const expected = codes.filter(([, code]) => code !== 1).map(([name, code]) => [code, kebab(name)]);
    expect(found).to.deep.equal(expected);
  });

  it("has a title and a help in both languages for each", () => {
    const kinds: ProblemKind[] = [
      ...Object.values(gatewayProblems),
      ...Object.values(ledgerProblems).map(([, kind]) => kind),
    ];
    for (const { title, help } of kinds) {
      for (const text of [title.en, title.id, help.en, help.id]) expect(text).to.match(/\.$/);
      expect(title.en).to.not.equal(title.id);
    }
  });

  it("tells each refusal with its values, in words that differ by language", () => {
    for (const [code, [name, kind]] of Object.entries(ledgerProblems) as [string, [LedgerProblem, ProblemKind]][]) {
      const labels = (kind.values ?? []).filter((label) => label !== "");
      // not every value is used of every code; a form is there for each that is
      expect(valueForms[name].length, name).to.be.at.most(labels.length);
      const refusal = { code: Number(code), a: 4n, b: 5n };
      const [en, id] = [valuesInWords(refusal, "IDR", "en"), valuesInWords(refusal, "IDR", "id")];
      expect(en.split("; ").filter(Boolean), name).to.have.length(valueForms[name].length);
      if (valueForms[name].length > 0) expect(en, name).to.not.equal(id);
      for (const label of labels) expect(namesInIndonesian, `${name}: ${label}`).to.have.property(label);
    }
  });

  it("tells money, moments, roles and kinds as people read them", () => {
    const told = (code: number, a: bigint, b: bigint) => valuesInWords({ code, a, b }, "IDR", "id");
    expect(told(68, 11_000_000_001n, 1_100_000_000n)).to.equal(
      "nilai lingkup: Rp 110.000.000,01; tertinggi yang diizinkan: Rp 11.000.000",
    );
    expect(told(47, 11n, 20_000_000_000n)).to.equal("peran: PA/KPA instansi di atasnya; ambang: Rp 200.000.000");
    expect(told(45, 4n, 5n)).to.equal("kapasitas: bendahara/BUD; jenis: kontrak");
    expect(told(60, 5n, 11n)).to.equal("keadaan: diputus; kode: 11");
    expect(told(83, (1n << 64n) - 1n, 0n)).to.equal("sampai: tanpa batas");
    expect(told(76, BigInt.asUintN(256, -100n), 200n)).to.equal("sebelum: −Rp 1; sesudah: Rp 2");
    expect(valuesInWords({ code: 66, a: 0x494452n, b: 0x555344n }, undefined, "en")).to.equal(
      "present: IDR; signed: USD",
    );
    expect(valuesInWords({ code: 12, a: 0b110n, b: 5n }, undefined, "en")).to.equal(
      "missing: currency, value; kind: contract",
    );
  });

  it("tells in both languages what a schema found, ours as we wrote it, and which sort came", () => {
    const found = (schema: z.ZodType, value: unknown) => {
      const { code: keyword, path: _, message, ...params } = schema.safeParse(value).error!.issues[0]!;
      return ruleWords({ keyword, message, params });
    };
    const told = [
      found(z.string(), undefined),
      found(z.string(), 5),
      found(z.enum(["machine", "site"]), "robot"),
      found(z.int().max(9), 10),
      found(z.string().min(3), "x"),
      found(z.strictObject({}), { lebih: 1 }),
      found(z.string().regex(/^a$/, rule("only an a", "hanya a")), "b"),
      found(
        z.string().refine(() => false, rule("never", "tidak pernah")),
        "b",
      ),
    ];
    expect(told.map(({ id }) => id)).to.deep.equal([
      "Input tidak valid: diharapkan string, diterima undefined",
      "Input tidak valid: diharapkan string, diterima number",
      'Pilihan tidak valid: diharapkan salah satu dari "machine"|"site"',
      "Terlalu besar: diharapkan number menjadi <=9",
      "Terlalu kecil: diharapkan string memiliki >=3 karakter",
      'Kunci tidak dikenali : "lebih"',
      "hanya a",
      "tidak pernah",
    ]);
    expect(told.at(-1)).to.deep.equal({ en: "never", id: "tidak pernah" });
  });

  it("uses no words of our machine room", () => {
    const texts = [...Object.values(gatewayProblems), ...Object.values(ledgerProblems).map(([, kind]) => kind)]
      .flatMap(({ title, help }) => [title.en, title.id, help.en, help.id])
      .filter((text) =>
        /\b(EVM|EDR|ABI|Level|Fastify|zod|revert|worker|projection|proyeksi|undefined|null)\b/i.test(text),
      );
    expect(texts).to.deep.equal([]);
  });

  it("names the values of a refusal, ids as ids and numbers as numbers", () => {
    const { name, values } = explainRefusal({ code: 19, a: 1n << 255n, b: 5n });
    expect(name).to.equal("stale-basis");
    expect(values).to.deep.equal({ present: `0x8${"0".repeat(63)}`, signed: "5" });
  });
});
