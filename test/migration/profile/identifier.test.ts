import { expect } from "chai";
import fc from "fast-check";
import { classOfDigits, identifierClass } from "../../../migration/profile/identifier.ts";

describe("the class of a tax number", () => {
  it("is the same by the short way and by the long one", () => {
    const separated = fc
      .tuple(
        fc.constantFrom(15 as const, 16 as const),
        fc.stringMatching(/^\d{16}$/),
        fc.array(fc.nat(15), { maxLength: 5 }),
        fc.boolean(),
        fc.boolean(),
      )
      .map(([length, all, gaps, zero, same]) => {
        const digits = same ? all[0]!.repeat(length) : `${zero ? "0" : ""}${all}`.slice(0, length);
        return { length, text: [...digits].map((digit, at) => (gaps.includes(at) ? `${digit}.` : digit)).join("") };
      });
    fc.assert(
      fc.property(separated, ({ length, text }) => {
        expect(classOfDigits(text, length)).to.equal(identifierClass(text));
      }),
      { numRuns: 2000 },
    );
  });

  it("knows numbers of other kinds", () => {
    expect(
      ["198501012010011001", "0160131530510001234567", "1.234", "PT 016013153051000", "-"].map(identifierClass),
    ).to.deep.equal(["18_nip_like", "22_nitku_like", "other", "other", "empty_or_null"]);
  });
});
