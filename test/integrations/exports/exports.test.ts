import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect } from "chai";
import { parse } from "csv-parse/sync";
import { EXPORT_COLUMNS, type ExportName } from "../../../server/actions/export-tables.ts";
import type { ProcessView } from "../../../server/domain/projection/process-view.ts";
import { askOf, seedSandbox } from "../../../server/sandbox/seed.ts";
import { posted, type Running, startGateway } from "../../gateway/world.ts";
import { files, valuesOf } from "../../migration/sources/reading.ts";

const MAIN = fileURLToPath(new URL("../../../server/main.ts", import.meta.url));

describe("tables for people", function () {
  this.timeout(180_000);
  let running: Running;
  before(async () => {
    running = await startGateway();
    const { app, services } = running;
    await seedSandbox(askOf(app), services.separator);
    // texts that a program for tables would run, or that would break its cells
    for (const title of ['=HYPERLINK("http://evil.example";"x")', "+1+1", '@SUM(1); "a", b\nnext line', "-2"]) {
      const { payload } = posted(services.separator, services.register().seen, {
        body: { contracts: [{ id: "K-1", title }] },
      });
      const response = await app.inject({ method: "POST", url: "/api/v1/submissions?wait=9000", payload });
      expect(response.json().state, response.body).to.be.oneOf(["included", "final"]);
    }
  });
  after(() => running.remove());

  const ask = (name: ExportName, query = "") => running.app.inject({ url: `/api/v1/exports/${name}?${query}` });
  /** Rows by the programs' names of their columns. */
  const table = async (name: ExportName, query = "") => {
    const response = await ask(name, `lang=en&${query}`);
    expect(response.statusCode, response.body).to.equal(200);
    const rows: string[][] = parse(response.body, { bom: true });
    const names = EXPORT_COLUMNS[name].map((column) => column.name);
    expect(rows[0]).to.deep.equal(EXPORT_COLUMNS[name].map(({ title }) => title.en));
    return rows.slice(1).map((row) => Object.fromEntries(names.map((each, index) => [each, row[index]!])));
  };
  const views = async () => {
    const found: ProcessView[] = [];
    for await (const { value } of running.services.projection.range<ProcessView>("process/")) found.push(value);
    return found;
  };
  const sen = (text: string) => BigInt(text.replace(".", ""));

  it("hold every contract of the register with its money, exactly", async () => {
    const rows = await table("contracts");
    const contracts = (await views()).flatMap(({ ocid, contracts }) =>
      Object.values(contracts)
        .filter(({ status }) => status !== "cancelled" && status !== "recordedInError")
        .map((contract) => ({ ocid, ...contract })),
    );
    expect(rows).to.have.length(contracts.length);
    expect(contracts.length).to.be.greaterThan(20);
    for (const contract of contracts) {
      const row = rows.find(({ ocid, contract: id }) => ocid === contract.ocid && id === contract.id)!;
      expect(sen(row.value!), contract.ocid).to.equal(BigInt(contract.value));
      expect(sen(row.paid!)).to.equal(BigInt(contract.paid));
      expect(sen(row.remaining!)).to.equal(BigInt(contract.value) - BigInt(contract.paid));
      expect(sen(row.excess!)).to.equal(BigInt(contract.excess));
    }
  });

  it("hold every payment in force and what openings brought; what counts of them adds up to what contracts say is paid", async () => {
    const [payments, contracts] = [await table("payments"), await table("contracts")];
    expect(payments.length).to.be.greaterThan(20);
    const sums = new Map<string, bigint>();
    for (const { ocid, contract, counted } of payments) {
      const key = `${ocid} ${contract}`;
      sums.set(key, (sums.get(key) ?? 0n) + sen(counted!));
    }
    for (const { ocid, contract, paid } of contracts)
      expect(sums.get(`${ocid} ${contract}`) ?? 0n, `${ocid} ${contract}`).to.equal(sen(paid!));
  });

  it("hold what stands out, with who should act; and sums of suppliers that add up to the contracts", async () => {
    const exceptions = await table("exceptions");
    expect(exceptions.map(({ what }) => what).join(" ")).to.match(/paid/i);
    expect(exceptions.some(({ who }) => who !== "")).to.equal(true);
    const [contracts, suppliers] = [await table("contracts"), await table("suppliers")];
    const total = (rows: Record<string, string>[], name: string) =>
      rows.reduce((sum, row) => sum + sen(row[name]!), 0n);
    const withSupplier = contracts.filter(({ supplier }) => supplier !== "");
    expect(total(suppliers, "value")).to.equal(total(withSupplier, "value"));
    expect(total(suppliers, "paid")).to.equal(total(withSupplier, "paid"));
    expect(suppliers.reduce((sum, { contracts: count }) => sum + Number(count), 0)).to.equal(withSupplier.length);
  });

  it("are of an agency with those below it, and of a period with both its days", async () => {
    const all = await table("contracts");
    const one = await table("contracts", "agency=ID-PRS-DPUPR");
    expect(one.length).to.be.within(1, all.length - 1);
    expect(new Set(one.map(({ agency }) => agency))).to.deep.equal(new Set(["ID-PRS-DPUPR"]));
    expect(await table("contracts", "agency=ID-NOBODY")).to.deep.equal([]);
    const days = all
      .map(({ signedOn }) => signedOn!)
      .filter(Boolean)
      .sort();
    const [first, last] = [days[0]!, days.at(-1)!];
    expect(await table("contracts", `from=${first}&until=${last}`)).to.have.length(days.length);
    expect(await table("contracts", `from=${first}&until=${first}`)).to.have.length(
      days.filter((day) => day === first).length,
    );
  });

  it("never hold a cell that a program would run", async () => {
    for (const query of ["lang=en", "lang=id"]) {
      const response = await ask("contracts", query);
      const rows: string[][] = parse(response.body, { bom: true, delimiter: query === "lang=id" ? ";" : "," });
      const texts = rows.slice(1).flatMap((row) => row.filter((cell) => !/^-?\d+([.,]\d\d)?$/.test(cell)));
      expect(texts.filter((cell) => /^[=+\-@\t\r]/.test(cell))).to.deep.equal([]);
      expect(texts.some((cell) => cell.startsWith("'=HYPERLINK("))).to.equal(true);
      expect(texts).to.include('\'@SUM(1); "a", b\nnext line');
    }
  });

  it("are in the reader's form: Indonesian headings, semicolons, decimal commas, the day first", async () => {
    const response = await running.app.inject({
      url: "/api/v1/exports/payments",
      headers: { "accept-language": "id" },
    });
    const [head, first] = parse(response.body, { bom: true, delimiter: ";" }) as string[][];
    expect(response.body.startsWith("\ufeff")).to.equal(true);
    expect(head).to.include.members(["Instansi", "Tanggal bayar", "Jumlah"]);
    expect(first![head!.indexOf("Tanggal bayar")]).to.match(/^\d\d\/\d\d\/\d{4}$/);
    expect(first![head!.indexOf("Jumlah")]).to.match(/^\d+,\d\d$/);
    const iso = (await ask("payments", "lang=id&delimiter=,&decimal=.&dates=iso")).body;
    const [, row] = parse(iso, { bom: true }) as string[][];
    expect(row![head!.indexOf("Tanggal bayar")]).to.match(/^\d{4}-\d\d-\d\d$/);
    expect((await ask("payments", "delimiter=,&decimal=,")).statusCode).to.equal(400);
  });

  it("are the same in a workbook, which explains its columns in a second sheet", async () => {
    const response = await ask("contracts", "format=xlsx&lang=en");
    expect(response.headers).to.include({ "content-disposition": 'attachment; filename="prasasti-contracts.xlsx"' });
    await using folder = await files({ "t.xlsx": response.rawPayload });
    const source = await folder.open({ engine: "xlsx", path: "t.xlsx" });
    expect((await source.tables()).map(({ name }) => name)).to.deep.equal(["Contracts", "Meaning"]);
    const rows = await valuesOf(source, "Contracts");
    const csv = await table("contracts");
    expect(rows).to.have.length(csv.length);
    const at = EXPORT_COLUMNS.contracts.findIndex(({ name }) => name === "value");
    for (const [index, row] of rows.entries()) expect(Number(row[at])).to.equal(Number(csv[index]!.value));
    expect(await valuesOf(source, "Meaning")).to.have.length(EXPORT_COLUMNS.contracts.length);
    await source.close();
  });

  it("are described for programs, and refuse what they do not know", async () => {
    const { exports } = (await running.app.inject({ url: "/api/v1/exports" })).json();
    expect(exports.map(({ name }: { name: string }) => name)).to.deep.equal([
      "contracts",
      "payments",
      "exceptions",
      "suppliers",
    ]);
    for (const query of ["from=2026-02-30", "from=yesterday", "format=pdf", "unknown=1"])
      expect((await ask("contracts", query)).statusCode, query).to.equal(400);
    expect((await running.app.inject({ url: "/api/v1/exports/persons" })).statusCode).to.equal(400);
  });

  it("show no number of a person", async () => {
    for (const name of ["contracts", "payments", "exceptions", "suppliers"] as const) {
      const { body } = await ask(name);
      expect(body).not.to.match(/(?<![0-9a-fx])\d{16}(?![0-9a-f,.])/);
    }
  });

  it("come into a file on the command line, whole or not at all", async () => {
    const url = await running.app.listen({ host: "127.0.0.1", port: 0 });
    const folder = await mkdtemp(path.join(tmpdir(), "prasasti-export-"));
    const prasasti = (...args: string[]) =>
      promisify(execFile)(process.execPath, [MAIN, "export", ...args], { cwd: folder }).then(
        () => 0,
        (error: { code: number }) => error.code,
      );
    try {
      expect(await prasasti("suppliers", "--url", url, "--format", "csv", "--lang", "en")).to.equal(0);
      const written = await readFile(path.join(folder, "suppliers.csv"), "utf8");
      expect(written).to.equal((await ask("suppliers", "lang=en")).body);
      expect(await prasasti("contracts", "--url", url, "--from", "yesterday")).to.equal(1);
      expect(await prasasti("nothing", "--url", url)).to.equal(2);
      expect(await prasasti("contracts", "--url", "http://127.0.0.1:1")).to.equal(75);
      expect(await readdir(folder)).to.deep.equal(["suppliers.csv"]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
