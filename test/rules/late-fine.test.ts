import { expect } from "chai";
import fc from "fast-check";
import {
  addDays,
  dayAt,
  dayNumber,
  dayOf,
  daysBetween,
  isDay,
  startOf,
  workingDaysBetween,
} from "../../server/domain/rules/civil-days.ts";
import { bpsFrom, share } from "../../server/domain/rules/exact.ts";
import { lateFine } from "../../server/domain/rules/late-fine.ts";

/** Days of the calendar, and the fine for days that are late; each figure worked out by hand. */

const JUTA = 1_000_000_00n;
const usual = {
  ...{ signedOn: "2026-01-05", dueOn: "2026-06-30", value: 1_110n * JUTA, accepted: [], basis: "contract" as const },
  ...{ taxBps: 1_100, pauses: [] },
};

describe("days of a contract", () => {
  it("are those that the clocks of its zone show", () => {
    // 23:30 WIB on 30 June is 00:30 WITA and 01:30 WIT on 1 July
    const moment = Date.parse("2026-06-30T16:30:00Z");
    expect(dayAt(moment, "WIB")).to.equal("2026-06-30");
    expect(dayAt(moment, "WITA")).to.equal("2026-07-01");
    expect(dayAt(moment, "WIT")).to.equal("2026-07-01");
    for (const zone of ["WIB", "WITA", "WIT"] as const) {
      expect(dayOf(startOf("2026-07-01", zone), zone)).to.equal("2026-07-01");
      expect(dayOf(startOf("2026-07-01", zone) - 1, zone)).to.equal("2026-06-30");
      // a date without a time, as feeds write it, is the same day everywhere
      expect(dayOf(Date.parse("2026-07-01T00:00:00Z") / 1000, zone)).to.equal("2026-07-01");
    }
  });

  it("count over leap days, month ends and new years", () => {
    expect(daysBetween("2024-02-28", "2024-03-01")).to.equal(2);
    expect(daysBetween("2026-02-28", "2026-03-01")).to.equal(1);
    expect(daysBetween("2000-02-28", "2000-03-01")).to.equal(2);
    expect(daysBetween("2100-02-28", "2100-03-01")).to.equal(1);
    expect(addDays("2026-12-31", 50)).to.equal("2027-02-19");
    for (const none of ["2026-02-29", "2026-13-01", "2026-1-1", "", "2026-06-31", 5])
      expect(isDay(none)).to.equal(false);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 60_000 }), fc.integer({ min: -9_000, max: 9_000 }), (from, days) => {
        const day = addDays("1970-01-01", from);
        return dayNumber(day) === from && daysBetween(day, addDays(day, days)) === days;
      }),
    );
  });

  it("of work are Mondays to Fridays after the first", () => {
    // Friday 2 January to Monday 5 January 2026
    expect(workingDaysBetween("2026-01-02", "2026-01-05")).to.equal(1);
    expect(workingDaysBetween("2026-01-05", "2026-01-23")).to.equal(14);
    expect(workingDaysBetween("2026-01-05", "2026-01-26")).to.equal(15);
    expect(workingDaysBetween("2026-01-05", "2026-01-05")).to.equal(0);
  });
});

describe("exact shares", () => {
  it("are rounded once, a half upwards", () => {
    expect(share(5n, 1n, 10n)).to.equal(1n);
    expect(share(4n, 1n, 10n)).to.equal(0n);
    expect(share(15n, 1n, 10n)).to.equal(2n);
    expect(share(-5n, 1n, 10n)).to.equal(-1n);
    expect(share(10n ** 30n + 1n, 1n, 2n)).to.equal(5n * 10n ** 29n + 1n);
  });

  it("are read from per cents as people write them", () => {
    expect(bpsFrom("2,65")).to.equal(265);
    expect(bpsFrom(2.65)).to.equal(265);
    expect(bpsFrom("11")).to.equal(1_100);
    expect(bpsFrom("100")).to.equal(10_000);
    for (const none of ["100.01", "-1", "1.234", "", "five", undefined, 1e-7])
      expect(bpsFrom(none)).to.equal(undefined);
  });
});

describe("the fine for lateness", () => {
  it("is nothing on the last day, and 1/1000 of the value before PPN for the day after it", () => {
    expect(lateFine({ ...usual, until: "2026-06-30" })).to.include({ days: 0, fine: 0n });
    // 1,110 million with 11 % PPN are 1,000 million without: a day costs 1 million
    expect(lateFine({ ...usual, until: "2026-07-01" })).to.include({ days: 1, fine: JUTA });
    expect(lateFine({ ...usual, until: "2026-07-15" })).to.include({ days: 15, fine: 15n * JUTA });
  });

  it("is of the whole value where no PPN is in it, rounded to the sen at its end alone", () => {
    expect(lateFine({ ...usual, taxBps: 0, value: 100n * JUTA, until: "2026-07-02" }).fine).to.equal(2n * 100_000_00n);
    // 3 days × Rp 1,000.01 × 1/1000 / 1.11 = Rp 2.70273 → 270 sen; day by day it would be 90 + 90 + 90
    expect(lateFine({ ...usual, value: 100_001n, until: "2026-07-03" }).fine).to.equal(270n);
    // 7 days × Rp 1,000.01 × 1/1000 / 1.11 = 630.637 sen → 631; day by day 7 × 90 = 630
    expect(lateFine({ ...usual, value: 100_001n, until: "2026-07-07" }).fine).to.equal(631n);
  });

  it("has no cap since 2018; before, it stops at the guarantee, or at 5 % of the value", () => {
    const long = { ...usual, until: addDays("2026-06-30", 200) };
    expect(lateFine(long))
      .to.include({ fine: 200n * JUTA })
      .and.not.have.property("uncapped");
    const old = { ...long, signedOn: "2018-06-30", dueOn: "2018-12-31", until: addDays("2018-12-31", 200) };
    expect(lateFine(old)).to.include({ fine: 55_500_000_00n, uncapped: 200n * JUTA });
    expect(lateFine({ ...old, guarantee: 50n * JUTA })).to.include({ fine: 50n * JUTA });
    expect(lateFine({ ...old, until: addDays("2018-12-31", 50), guarantee: 50n * JUTA }).fine).to.equal(50n * JUTA);
    expect(lateFine({ ...old, until: addDays("2018-12-31", 49), guarantee: 50n * JUTA })).to.not.have.property(
      "uncapped",
    );
    // the rule set changes with 1 July 2018
    expect(lateFine({ ...old, signedOn: "2018-07-01" }).fine).to.equal(200n * JUTA);
  });

  it("rests on days of kahar, each once", () => {
    const until = "2026-07-10";
    const pauses = [
      { from: "2026-07-03", until: "2026-07-05" },
      { from: "2026-07-05", until: "2026-07-06" },
      // before the due day nothing is late that could rest
      { from: "2026-06-20", until: "2026-07-01" },
    ];
    expect(lateFine({ ...usual, until, pauses })).to.include({ days: 5, paused: 5, fine: 5n * JUTA });
    expect(lateFine({ ...usual, until, pauses: [{ from: "2026-01-01", until: "2026-12-31" }] })).to.include({
      days: 0,
      fine: 0n,
    });
  });

  it("of the part not done falls with what is accepted, from the day after", () => {
    const accepted = [
      { on: "2026-05-01", amount: 555n * JUTA },
      { on: "2026-07-04", amount: 888n * JUTA },
    ];
    const late = lateFine({ ...usual, basis: "remaining", accepted, until: "2026-07-10" });
    // 4 days × 555 million, 6 days × 222 million; / 1.11: 4 × 500 + 6 × 200 = 3,200 million; 1/1000
    expect(late.spans.map(({ days, basis }) => [days, basis / JUTA])).to.deep.equal([
      [4, 555n],
      [6, 222n],
    ]);
    expect(late.fine).to.equal(3_200_000_00n);
  });

  it("counts every late day once, whatever is accepted and rests meanwhile", () => {
    const day = fc.integer({ min: -30, max: 120 }).map((days) => addDays("2026-06-30", days));
    const step = fc.record({ on: day, amount: fc.bigInt({ min: 0n, max: 2_000n * JUTA }) });
    const pause = fc.tuple(day, fc.nat(20)).map(([from, days]) => ({ from, until: addDays(from, days) }));
    fc.assert(
      fc.property(
        fc.array(step),
        fc.array(pause),
        day,
        fc.constantFrom("contract", "remaining"),
        (steps, pauses, until, basis) => {
          const accepted = steps.sort((a, b) => (a.on < b.on ? -1 : 1));
          const late = lateFine({ ...usual, accepted, pauses, until, basis: basis as "contract" });
          expect(late.days + late.paused).to.equal(Math.max(0, daysBetween("2026-06-30", until)));
          expect(late.fine <= BigInt(late.days) * JUTA).to.equal(true);
          for (const [index, span] of late.spans.entries())
            if (index > 0) expect(span.from).to.equal(addDays(late.spans[index - 1]!.until, 1));
        },
      ),
    );
  });
});
