import { expect } from "chai";
import fc from "fast-check";
import { codelists } from "../../server/domain/ocds/codelists.ts";
import { formatDate, fromUnixSeconds, instantOf, parseDate, toUnixSeconds } from "../../server/domain/ocds/dates.ts";
import { currencyExponent, fromMinor, MoneyFault, toMinor } from "../../server/domain/ocds/money.ts";

const rule = (action: () => unknown) => {
  try {
    action();
  } catch (error) {
    if (error instanceof MoneyFault) return error.rule;
    throw error;
  }
  return undefined;
};

describe("money", () => {
  it("knows the minor unit of every currency of the list", () => {
    for (const code of codelists.currency.codes) expect(currencyExponent(code), code).to.be.within(0, 4);
    expect(["IDR", "JPY", "KWD", "CLF"].map(currencyExponent)).to.deep.equal([2, 0, 3, 4]);
  });

  it("turns amounts into minor units exactly", () => {
    expect(toMinor(982451653000000, "IDR")).to.equal(98245165300000000n);
    expect(toMinor(0.01, "IDR")).to.equal(1n);
    expect(toMinor(0.07, "IDR")).to.equal(7n);
    expect(toMinor(1.15, "USD")).to.equal(115n);
    expect(toMinor(1e21, "JPY")).to.equal(10n ** 21n);
    expect(toMinor(1e-7 * 0, "IDR")).to.equal(0n);
  });

  it("refuses by name", () => {
    expect(rule(() => toMinor(-1, "IDR"))).to.equal("amount-negative");
    expect(rule(() => toMinor(0.001, "IDR"))).to.equal("amount-precision");
    expect(rule(() => toMinor(1e-7, "IDR"))).to.equal("amount-precision");
    expect(rule(() => toMinor(0.5, "JPY"))).to.equal("amount-precision");
    expect(rule(() => toMinor(1, "ZZZ"))).to.equal("currency-unknown");
    expect(rule(() => toMinor(1, "toString"))).to.equal("currency-unknown");
    expect(rule(() => toMinor(Number.NaN, "IDR"))).to.equal("amount-number");
    expect(rule(() => fromMinor(900719925474099301n, "IDR"))).to.equal("amount-inexact");
  });

  it("comes back from minor units as it went, or is refused by name", () => {
    const currencies = fc.constantFrom("IDR", "JPY", "KWD", "CLF", "USD");
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 15n }), currencies, (minor, currency) => {
        expect(toMinor(fromMinor(minor, currency), currency)).to.equal(minor);
        expect(fromMinor(-minor, currency)).to.equal(-fromMinor(minor, currency));
      }),
    );
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 24n }), currencies, (minor, currency) => {
        const fault = rule(() => expect(toMinor(fromMinor(minor, currency), currency)).to.equal(minor));
        expect(fault).to.be.oneOf([undefined, "amount-inexact"]);
      }),
    );
  });
});

describe("dates", () => {
  it("wants an offset, and says so by name", () => {
    expect(parseDate("2026-11-24T00:00:00Z")).to.deep.equal({ ok: true, instant: Date.UTC(2026, 10, 24) });
    expect(parseDate("2026-11-24T07:00:00.5+07:00")).to.deep.equal({ ok: true, instant: Date.UTC(2026, 10, 24) + 500 });
    for (const text of ["2026-11-24", "2026-11-24T00:00:00", "2026-11-24 10:00"]) {
      expect(parseDate(text), text).to.deep.equal({ ok: false, rule: "date-offset" });
    }
    for (const text of [
      "",
      "24-11-2026",
      "2026-02-29T00:00:00Z",
      "2026-13-01T00:00:00Z",
      "2026-01-01T24:00:00Z",
      "2026-01-01T00:00:60Z",
      "0000-01-01T00:00:00Z",
    ]) {
      expect(parseDate(text), text).to.deep.equal({ ok: false, rule: "date-time" });
    }
  });

  it("writes one form, to the second or the millisecond", () => {
    fc.assert(
      fc.property(fc.integer({ min: -62135596800, max: 253402300799 }), (seconds) => {
        expect(toUnixSeconds(fromUnixSeconds(seconds))).to.equal(seconds);
        expect(instantOf(formatDate(seconds * 1000 + 7, "milliseconds"))).to.equal(seconds * 1000 + 7);
      }),
    );
    expect(fromUnixSeconds(0)).to.equal("1970-01-01T00:00:00Z");
    expect(() => fromUnixSeconds(1e12)).to.throw(RangeError);
  });

  it("agrees with the clock of the language on what it accepts", () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date("0001-01-01T00:00:00Z"), max: new Date("9999-12-31T00:00:00Z"), noInvalidDate: true }),
        (date) => instantOf(date.toISOString()) === date.getTime(),
      ),
    );
  });
});
