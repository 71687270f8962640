import { expect } from "chai";
import { WindowClock } from "../../../migration/load/window-clock.ts";
import { clockText, windowOf, windowsAt } from "../../../migration/plan/time.ts";

describe("the windows of a wave", () => {
  const plan = { timezone: "Asia/Jakarta" };
  const of = (zone: string | undefined) =>
    windowOf(plan, {
      window: {
        ...{ start: "2026-03-16T20:00", end: "2026-03-17T04:00", overrun: "pause" as const },
        further: [{ start: "2026-03-17T20:00", end: "2026-03-18T04:00" }],
        ...(zone === undefined ? {} : { zone }),
      },
    });

  it("are told by the clocks of WIB, WITA and WIT, an hour apart", () => {
    const names = [undefined, "Asia/Makassar", "Asia/Jayapura"].map((zone) => clockText(of(zone).start, of(zone).zone));
    expect(names).to.deep.equal([
      "2026-03-16 20:00 WIB (2026-03-16 13:00 UTC)",
      "2026-03-16 20:00 WITA (2026-03-16 12:00 UTC)",
      "2026-03-16 20:00 WIT (2026-03-16 11:00 UTC)",
    ]);
  });

  it("open at their first moment, are over at their end, and the next one is known", () => {
    const windows = of("Asia/Jayapura");
    const [next] = windows.further;
    expect(windowsAt(windows, windows.start).open).to.equal(windows);
    expect(windowsAt(windows, windows.start - 1)).to.deep.include({ open: undefined, next: windows });
    expect(windowsAt(windows, windows.end)).to.deep.equal({ open: undefined, next });
    expect(windowsAt(windows, next!.end)).to.deep.equal({ open: undefined, next: undefined });
  });

  it("end on time though the clock is set back, stands still or jumps, and by the blocks where it is slow", () => {
    let [wall, passed] = [1_000_000, 50];
    const clock = () =>
      new WindowClock(
        1_010_000,
        () => wall,
        () => passed,
      );
    const back = clock();
    [wall, passed] = [900_000, 10_049];
    expect(back.isOver()).to.equal(false);
    passed = 10_050;
    expect(back.isOver()).to.equal(true);
    [wall, passed] = [1_000_000, 0];
    const ahead = clock();
    wall = 1_010_000;
    expect(ahead.isOver()).to.equal(true);
    wall = 1_000_000;
    expect(ahead.isOver(), "what was over stays over").to.equal(true);
    const slow = clock();
    slow.see(1_009_999);
    expect(slow.isOver()).to.equal(false);
    slow.see(1_010_000);
    expect(slow.isOver()).to.equal(true);
  });
});
