import { readFileSync } from "node:fs";
import { expect } from "chai";
import { explainRefusal, gatewayProblems, ledgerProblems, type ProblemKind } from "../../server/domain/problems.ts";

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
