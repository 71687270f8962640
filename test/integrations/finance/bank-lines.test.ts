import { expect } from "chai";
import fc from "fast-check";
import { BankSink } from "../../../server/integrations/finance/bank-sink.ts";
import { ours } from "../../migration/mapping/rows.ts";
import { connectorsYaml, type FinanceWorld, financeWorld } from "./finance-world.ts";
import { camt, closingOf, type Entry, type Made, mt940 } from "./statements.ts";

const account = "0010001234567";
const jobs = (id: string, source: string, map: string, more = "") =>
  `  - { id: ${id}, source: ${source}, map: ${map}, sink: bank, rate: { requests: 10000, per: 1s }${more} }`;

describe("bank lines", function () {
  this.timeout(120_000);
  const closing: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
  const opened = async (): Promise<FinanceWorld> => {
    const world = await financeWorld(
      connectorsYaml(
        `  camt: { engine: camt053, path: "camt/*.xml" }
  swift: { engine: mt940, path: "swift/*.sta" }
  csv: { engine: csv, path: "csv/*.csv", encoding: utf-8, delimiter: ";" }`,
        [
          jobs("camt", "camt", "bank-statement"),
          jobs("swift", "swift", "bank-statement"),
          jobs("pair", "csv", "bank-csv", ", table: pair, account: RKUD"),
          jobs("signed", "csv", "bank-csv-signed", ", table: signed, account: RKUD"),
          jobs("nobody", "csv", "bank-csv", ", table: pair"),
        ].join("\n"),
      ),
    );
    closing.push(() => world.close());
    return world;
  };
  const day = (at: number) => `2025-03-${String(at).padStart(2, "0")}`;
  const sum = (lines: readonly { line: { amount: string; direction: string } }[]) =>
    lines.reduce(
      (all, { line }) => all + (line.direction === "debit" ? -BigInt(line.amount) : BigInt(line.amount)),
      0n,
    );

  it("keeps a line of every format with what it says, its accounts as digests", async () => {
    const world = await opened();
    const made: Made = {
      account,
      opening: 100_000n,
      entries: [
        {
          minor: -2_505n,
          on: day(1),
          text: "SP2D 10236 SPK 602/7",
          reference: "10236",
          bankReference: "FT1",
          party: "CV MAJU",
          partyAccount: "'00 99-88 776",
        },
      ],
    };
    await world.write("camt/a.xml", camt([made]));
    expect(await world.counts("camt")).to.deep.equal({ read: 1, drafted: 1, unchanged: 0, merged: 0, setAside: 0 });
    const [{ line } = {} as never] = await world.lines();
    const { key: _, source, account: digest, counterparty, ...rest } = line;
    expect(rest).to.deep.equal({
      accountName: "RKUD",
      on: day(1),
      valueOn: day(1),
      currency: "IDR",
      amount: "2505",
      direction: "debit",
      reversal: false,
      reference: "10236",
      text: "SP2D 10236 SPK 602/7 · FT1",
    });
    expect(digest).to.match(/^[0-9a-f]{32}$/);
    expect(counterparty!.name).to.equal("CV MAJU");
    expect(counterparty!.account).to.match(/^[0-9a-f]{32}$/);
    expect(source.at).to.contain("statement 1, entry 1");
    expect(JSON.stringify(await world.lines())).not.to.contain("1234567");
  });

  for (const [job, folder, write] of [
    ["camt", "camt/%.xml", camt],
    ["swift", "swift/%.sta", mt940],
  ] as const)
    it(`takes a line that two ${job} files hold once, and two equal lines of one day twice`, async () => {
      const world = await opened();
      const twin: Entry = { minor: -1_000n, on: day(3), text: "gaji" };
      const all: Entry[] = [
        { minor: 5_000n, on: day(1), text: "setoran" },
        twin,
        twin,
        { minor: 1_000n, on: day(3), text: "retur" },
        twin,
        { minor: 7n, on: day(5) },
      ];
      const opening = 100_000n;
      const part = (from: number, until: number): Made => ({
        account,
        opening: all.slice(0, from).reduce((total, { minor }) => total + minor, opening),
        entries: all.slice(from, until),
      });
      await world.write(folder.replace("%", "a"), write([part(0, 4)]));
      await world.write(folder.replace("%", "b"), write([part(1, 6)]));
      // the same again under another name, and cut in the middle of a day
      await world.write(folder.replace("%", "c"), write([part(0, 2)]));
      await world.write(folder.replace("%", "d"), write([part(2, 6)]));
      const { read, drafted, merged, setAside, unchanged } = await world.counts(job);
      expect({ read, drafted, merged, setAside, unchanged }).to.deep.equal({
        read: 15,
        drafted: 6,
        merged: 9,
        setAside: 0,
        unchanged: 0,
      });
      expect(await world.lines()).to.have.length(6);
      expect(sum(await world.lines())).to.equal(all.reduce((total, { minor }) => total + minor, 0n));
      expect(await world.counts(job)).to.include({ drafted: 0, setAside: 0 });
    });

  it("cuts a year into any overlapping statements and has each line once", async () => {
    const entry = fc.record({
      minor: fc.bigInt({ min: -3n, max: 3n }).filter((minor) => minor !== 0n),
      on: fc.nat({ max: 5 }),
      text: fc.constantFrom("a", "b"),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(entry, { minLength: 1, maxLength: 12 }),
        fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 4 }),
        async (given, cuts) => {
          const world = await opened();
          const all = given
            .toSorted((a, b) => a.on - b.on)
            .map(({ minor, on, text }): Entry => ({ minor, on: day(on + 1), text }));
          // statements of whole days, as banks make them; together they hold all
          const days = [...new Set(all.map(({ on }) => on))];
          const ranges = [
            [0, days.length - 1],
            ...cuts.map(([a, b]) => [a % days.length, b % days.length].toSorted((x, y) => x - y)),
          ];
          for (const [index, [from, until]] of ranges.entries()) {
            const first = all.findIndex(({ on }) => on >= days[from!]!);
            const entries = all.filter(({ on }) => on >= days[from!]! && on <= days[until!]!);
            const opening = all.slice(0, first).reduce((total, { minor }) => total + minor, 1_000n);
            await world.write(
              `swift/${index}.sta`,
              mt940([{ account, opening, entries }], { end: "\n", blocks: false }),
            );
          }
          await world.counts("swift");
          expect(await world.lines()).to.have.length(all.length);
          expect(sum(await world.lines())).to.equal(closingOf({ opening: 0n, entries: all }));
        },
      ),
      { numRuns: 15 },
    );
  });

  it("counts on where a crash has cut a file, though its lines tell no balance", async () => {
    const world = await opened();
    const map = ours("bank-csv");
    const restarted = () =>
      new BankSink(world.storage, {
        secret: "s",
        job: () => ({ map, account: "a".repeat(32), references: async () => ({}) }),
        accountName: () => "RKUD",
      });
    const columns = ["Tanggal", "Keterangan", "Debet", "Kredit"];
    const fee = (row: number) => ({
      row,
      at: `line ${row + 1}`,
      values: ["01-03-2025", "biaya transfer", "2.500,00", ""],
    });
    const batch = (capture: string, ...rows: number[]) => ({
      job: "pair",
      table: "pair",
      capture,
      columns,
      rows: rows.map(fee),
    });
    await restarted().take(batch("file", 1, 2));
    // the process ends before anybody noted that the second batch was taken, and again behind it
    await restarted().take(batch("file", 3, 4));
    expect(await restarted().take(batch("file", 3, 4))).to.include({ drafted: 0, unchanged: 2 });
    const last = restarted();
    expect(await last.take(batch("file", 5))).to.include({ drafted: 1 });
    await last.finish("pair");
    expect(await Array.fromAsync(last.lines())).to.have.length(5);
    // the next day's file holds them all, and one more
    const next = restarted();
    expect(await next.take(batch("longer", 1, 2, 3, 4, 5, 6))).to.include({ drafted: 1, unchanged: 5 });
    // and the same file once more in the same run
    expect(await next.take(batch("longer", 1, 2, 3, 4, 5, 6))).to.include({ drafted: 0, unchanged: 5, merged: 1 });
    await next.finish("pair");
    expect(await Array.fromAsync(world.storage.keys("bank/note/"))).to.deep.equal([]);
  });

  it("sets aside lines of a statement that does not add up: they are letters, not lines", async () => {
    const world = await opened();
    const made: Made = {
      account,
      opening: 10n,
      entries: [
        { minor: 5n, on: day(1) },
        { minor: 6n, on: day(2) },
      ],
    };
    await world.write("swift/a.sta", mt940([{ ...made, closing: 22n }, made]));
    expect(await world.counts("swift")).to.deep.equal({ read: 4, drafted: 2, unchanged: 0, merged: 0, setAside: 2 });
    expect(await world.lines()).to.have.length(2);
  });

  it("takes no dollars for rupiah, and nothing whose decimals are other ones", async () => {
    const world = await opened();
    const entries: Entry[] = [{ minor: 500n, on: day(1) }];
    await world.write(
      "camt/a.xml",
      camt([
        { account, currency: "USD", opening: 0n, entries },
        { account, currency: "JPY", opening: 0n, entries },
      ]),
    );
    expect(await world.counts("camt")).to.deep.equal({ read: 2, drafted: 1, unchanged: 0, merged: 0, setAside: 1 });
    expect((await world.lines()).map(({ line: { currency } }) => currency)).to.deep.equal(["USD"]);
  });

  it("reads CSV with columns for debit and credit, and leaves out what moves nothing", async () => {
    const world = await opened();
    await world.write(
      "csv/pair.csv",
      [
        "Tanggal;Keterangan;Debet;Kredit;Saldo;No Referensi",
        "01/03/2025;SALDO AWAL;;;1.000.000,00;",
        "01/03/2025;SP2D 10236;250.000,50;0,00;749.999,50;FT1",
        "01/03/2025;Setoran;0,00;1,00;750.000,50;FT2",
        "01/03/2025;rusak;1,00;1,00;750.000,50;FT3",
        "01/03/2025;SP2D 10236;250.000,50;0,00;500.000,00;FT1",
      ].join("\r\n"),
    );
    expect(await world.counts("pair")).to.deep.equal({ read: 5, drafted: 3, unchanged: 1, merged: 0, setAside: 1 });
    expect((await world.lines()).map(({ line: { amount, direction } }) => [amount, direction]).sort()).to.deep.equal([
      ["100", "credit"],
      ["25000050", "debit"],
      ["25000050", "debit"],
    ]);
    expect(await world.counts("pair")).to.include({ unchanged: 4, drafted: 0 });
    // a file that names no account, and a job that names none
    expect(await world.counts("nobody")).to.include({ read: 5, setAside: 4 });
  });

  it("reads CSV with one column of amounts, by D and K or by its sign", async () => {
    const world = await opened();
    await world.write(
      "csv/signed.csv",
      "Tanggal;Uraian;Jumlah;D/K\n01-03-2025;a;1.000,00;D\n01-03-2025;b;2.000,00;K\n01-03-2025;c;3.000,00;X\n",
    );
    expect(await world.counts("signed")).to.deep.equal({ read: 3, drafted: 2, unchanged: 0, merged: 0, setAside: 1 });
    expect(sum(await world.lines())).to.equal(100_000n);
    const other = await opened();
    await other.write(
      "csv/signed.csv",
      "Tanggal;Uraian;Jumlah\n01-03-2025;a;-1.000,00\n01-03-2025;b;2.000,00\n01-03-2025;c;(500,00)\n",
    );
    expect(await other.counts("signed")).to.include({ drafted: 3, setAside: 0 });
    expect(sum(await other.lines())).to.equal(50_000n);
  });
});
