import { buffer } from "node:stream/consumers";
import { expect } from "chai";
import { maskedNpwp, sanctionState } from "../../../server/domain/registry/blacklist.ts";
import { kbliFit } from "../../../server/domain/registry/kbli-fit.ts";
import { KBLI_MAPPINGS } from "../../../server/domain/registry/kbli-mapping.ts";
import type { Checked, Loaded } from "../../../server/integrations/registry/registry-part.ts";
import { xlsxOf } from "../../../server/integrations/sheets/xlsx-of.ts";
import { A, core, registryWorld, type World } from "./world.ts";

describe("lines of business", () => {
  const fit = (title: string, category: string | undefined, ...codes: string[]) => {
    const activities = codes.map((code) => {
      const [kbli, edition] = code.split("@") as [string, string | undefined];
      return { kbli, ...(edition === undefined ? {} : { edition: Number(edition) }) };
    });
    const { fit, why } = kbliFit({ title, ...(category === undefined ? {} : { category }) }, activities, KBLI_MAPPINGS);
    return why === undefined ? fit : `${fit} ${why}`;
  };

  it("fit what is to be done, by the words of its title or by its category", () => {
    expect(fit("Rehabilitasi Gedung SDN 3 Soreang", "works", "41011")).to.equal("fits");
    expect(fit("Rekonstruksi Jalan Cibodas - Suntenjaya", "works", "42101")).to.equal("fits");
    expect(fit("Rekonstruksi Jalan Cibodas", "works", "62019", "47111")).to.equal("differs");
    expect(fit("Belanja Makanan dan Minuman Rapat", "services", "56210")).to.equal("fits");
    expect(fit("Belanja Makan Minum Rapat", undefined, "41011")).to.equal("differs");
    expect(fit("Pengembangan Aplikasi Perizinan", "consultingServices", "62019")).to.equal("fits");
    expect(fit("Pekerjaan yang tidak bernama", "works", "43210")).to.equal("fits");
    expect(fit("DED Gedung Kantor", "consultingServices", "71102")).to.equal("fits");
  });

  it("are unknown, and not a yes, where nothing is declared or known", () => {
    expect(fit("Sesuatu yang lain", "services", "41011")).to.equal("unknown no-rule");
    expect(fit("Jalan", "works")).to.equal("unknown no-activities");
    expect(fit("", undefined, "41011")).to.equal("unknown no-work");
    expect(fit("Rekonstruksi Jalan", "works", "42101@2025")).to.equal("unknown edition");
    expect(fit("Rekonstruksi Jalan", "works", "62019@2020", "42101@2025")).to.equal("unknown edition");
    expect(fit("Rekonstruksi Jalan", "works", "62019@2020")).to.equal("differs");
  });

  it("have mappings whose groups are digits, whose words are small, and whose ids are used once", () => {
    for (const { rules } of KBLI_MAPPINGS) {
      expect(new Set(rules.map(({ id }) => id)).size).to.equal(rules.length);
      for (const { groups, terms, words } of rules) {
        for (const group of groups) expect(group).to.match(/^\d{2,5}$/);
        for (const term of terms) expect(term).to.equal(term.toLowerCase().trim());
        expect(words.id).to.match(/\S/);
      }
    }
  });
});

describe("the blacklist", function () {
  this.timeout(30_000);
  let world: World;
  beforeEach(async () => {
    world = await registryWorld();
  });
  afterEach(() => world.close());
  const nine = core(1_234_567);
  const load = (bytes: string | Uint8Array, asOf = "2025-06-30", name = "LKPP") =>
    world.call<Loaded>("registry.load", {
      kind: "blacklist",
      name,
      asOf,
      by: "H-1",
      bytes: Buffer.from(bytes as Uint8Array),
    });
  const check = async (more: Record<string, unknown>) => {
    const { findings } = await world.call<Checked>("registry.check", { on: "2025-03-01", ...more });
    return findings.filter(({ rule }) => rule.startsWith("blacklist"));
  };
  const rules = async (more: Record<string, unknown>) => (await check(more)).map(({ rule }) => rule);
  const HEAD = "penyedia,npwp,nib,nomor_sk,tanggal_mulai,tanggal_selesai,status,direktur,alamat,pelanggaran,instansi";
  const csv = (...lines: string[]) => `${HEAD}\n${lines.join("\n")}\n`;

  it("warns with decree, reason and source where the day is within the sanction, and by how sure it is", async () => {
    expect(await rules({ name: "CV Maju Jaya" })).to.deep.equal(["blacklist-unknown"]);
    const loaded = await load(
      csv(
        `"CV. MAJU JAYA",${nine.slice(0, 2)}.${nine.slice(2, 5)}.***.*-***.000,,SK-1/2024,01-09-2024,31/08/2025,Aktif,Budi Santosa,Jl. Melati 5,Mengundurkan diri,Dinas PU`,
        "PT Bernomor,,9120001234567,SK-2/2024,2024-01-01,2026-01-01,Tayang,,,Pemutusan kontrak,Dinas PU",
        "PT Dicabut,,9120001234568,SK-3/2024,2024-01-01,2026-01-01,Dicabut oleh PTUN,,,,",
        "PT Lampau,,9120001234569,SK-4/2020,1 Januari 2020,31 Desember 2021,Selesai,,,,",
      ),
    );
    expect(loaded).to.include({ kind: "blacklist", read: 4, taken: 4, unchanged: 0 });
    const [sure] = await check({ name: "Maju Jaya CV", npwp: `${nine}429000` });
    expect(sure).to.deep.include({ rule: "blacklisted", level: "warn" });
    expect(sure!.values).to.deep.include({
      decree: "SK-1/2024",
      from: "2024-09-01",
      until: "2025-08-31",
      sureness: "likely",
      source: "LKPP",
      asOf: "2025-06-30",
      reason: "Mengundurkan diri",
      by: "Dinas PU",
    });
    expect(sure!.words.id).to.match(/SK-1\/2024/);
    expect(sure!.regulation).to.match(/PerLKPP/);
    expect(await rules({ name: "CV Maju Jaya" })).to.deep.equal(["blacklist-same-name"]);
    // the same name under a number that the shown digits exclude is another
    expect(await rules({ name: "CV Maju Jaya", npwp: `${core(9_876_543)}429000` })).to.deep.equal([]);
    expect(await rules({ nib: "9120001234567" })).to.deep.equal(["blacklisted"]);
    expect(await rules({ nib: "9120001234568" })).to.deep.equal(["blacklist-other-time"]);
    expect(await rules({ nib: "9120001234569" })).to.deep.equal(["blacklist-other-time"]);
    expect(await rules({ nib: "9120001234567", on: "2026-01-01" })).to.deep.equal(["blacklisted"]);
    expect(await rules({ nib: "9120001234567", on: "2026-01-02" })).to.deep.equal(["blacklist-other-time"]);
    expect(await rules({ nib: "9120001234567", on: "2023-12-31" })).to.deep.equal(["blacklist-other-time"]);
    expect(await rules({ nib: "9120001234570", name: "PT Bersih" })).to.deep.equal([]);
  });

  it("finds a registered supplier by what sources wrote of it", async () => {
    const source = { connector: "isb", capture: "c", at: "row 1" };
    await world.call("registry.said", {
      supplier: A,
      name: "CV Lama Jaya",
      npwp: `${nine}429000`,
      on: "2024-01-01",
      source,
    });
    await load(csv(`CV Baru,${nine}429001,,SK-9,2025-01-01,2026-01-01,Aktif,,,,`));
    expect(await rules({ supplier: A })).to.deep.equal(["blacklisted"]);
  });

  it("shows no person, no address, and no text in which one may hide", async () => {
    await load(
      csv(
        "PT Satu,3204051203800001,,SK-1,2024-01-01,2026-01-01,Aktif,Budi Santosa,Jl. Melati 5,Direktur Budi Santosa memalsukan,Dinas",
        'PT Dua,,,SK-2,2024-01-01,2026-01-01,Aktif,Siti Rahmawati,081234567890,"Pemalsuan oleh 3204051203800001",Dinas',
      ),
    );
    const told = JSON.stringify([
      await check({ name: "PT Satu" }),
      await check({ name: "PT Dua" }),
      await world.call("registry.lists"),
    ]);
    const stored = JSON.stringify(await Array.fromAsync(world.rows.range("")));
    for (const person of ["Budi Santosa", "Siti", "3204051203800001", "Jl. Melati", "081234567890"]) {
      expect(told, person).not.to.include(person);
      expect(stored, person).not.to.include(person);
    }
    expect(await rules({ name: "PT Satu" })).to.deep.equal(["blacklist-same-name"]);
  });

  it("is replaced by a newer list of its name, and each load stays", async () => {
    await load(csv("PT Satu,,9120001234567,SK-1,2024-01-01,2026-01-01,Aktif,,,,"), "2025-01-31");
    await load(csv("PT Dua,,9120001234568,SK-2,2024-01-01,2026-01-01,Aktif,,,,"), "2025-02-28");
    expect(await rules({ nib: "9120001234567" })).to.deep.equal([]);
    expect(await rules({ nib: "9120001234568" })).to.deep.equal(["blacklisted"]);
    // an older one that is brought later does not win
    await load(csv("PT Tiga,,9120001234569,SK-3,2024-01-01,2026-01-01,Aktif,,,,"), "2024-12-31");
    expect(await rules({ nib: "9120001234568" })).to.deep.equal(["blacklisted"]);
    await load(csv("PT Daerah,,9120001234570,SK-4,2024-01-01,2026-01-01,Aktif,,,,"), "2025-01-01", "Pemda");
    expect(await rules({ nib: "9120001234570" })).to.deep.equal(["blacklisted"]);
    expect(await world.call("registry.lists")).to.have.length(4);
    const again = await load(csv("PT Dua,,9120001234568,SK-2,2024-01-01,2026-01-01,Aktif,,,,"), "2025-02-28");
    expect(again).to.include({ taken: 0, unchanged: 1 });
    await world.restart();
    expect(await rules({ nib: "9120001234568" })).to.deep.equal(["blacklisted"]);
  });

  it("sets aside what is no sanction, with its place and why: nothing is lost silently", async () => {
    const loaded = await load(
      csv(
        ",,,SK-1,2024-01-01,2026-01-01,Aktif,,,,",
        "PT Dua,,,,2024-01-01,2026-01-01,Aktif,,,,",
        "PT Tiga,,,SK-3,31-02-2024,2026-01-01,Aktif,,,,",
        "PT Empat,,,SK-4,2026-01-01,2024-01-01,Aktif,,,,",
        "PT Lima,,,SK-5,2024-01-01,9999-12-31,Aktif,,,,",
      ),
    );
    expect(loaded).to.include({ read: 5, taken: 1 });
    expect(loaded.setAside.map(({ code }) => code)).to.deep.equal([
      "value-missing",
      "value-missing",
      "date-unreadable",
      "date-unreadable",
    ]);
    expect(loaded.setAside[0]!.at).to.match(/line 2/);
  });

  it("is read from JSON and from a workbook as well", async () => {
    const list = [
      {
        penyedia: "PT Satu",
        nib: "9120001234567",
        nomor_sk: "SK-1",
        masa_berlaku: "01-01-2024 s.d. 01-01-2026",
        status: "Aktif",
      },
    ];
    expect(await load(JSON.stringify({ data: list, total: 1 }))).to.include({ read: 1, taken: 1 });
    expect(await rules({ nib: "9120001234567" })).to.deep.equal(["blacklisted"]);
    expect(await rules({ nib: "9120001234567", on: "2026-02-01" })).to.deep.equal(["blacklist-other-time"]);
    const titles = ["Nama Penyedia", "Nomor NIB", "No. SK", "Tgl Mulai", "Tgl Selesai", "Status"];
    const book = xlsxOf([
      {
        name: "Daftar Hitam",
        columns: titles.map((title) => ({ title, kind: title.startsWith("Tgl") ? "date" : "text" })),
        rows: [["PT Buku", "9120001234571", "SK-7", "2024-01-01", "2026-01-01", "Aktif"]],
      },
    ]);
    expect(await load(await buffer(book), "2025-07-01")).to.include({ read: 1, taken: 1 });
    expect(await rules({ nib: "9120001234571" })).to.deep.equal(["blacklisted"]);
  });

  it("reads masks, and what a state says", () => {
    expect(maskedNpwp("01.234.***.*-***.***")).to.equal("01234??????????");
    expect(maskedNpwp("01.2xx.xxx.x-xxx.xxx")).to.equal(undefined);
    expect(maskedNpwp(`${nine}429000`)).to.equal(`${nine}429000`);
    expect(maskedNpwp(`0${nine}429000`)).to.equal(`${nine}429000`);
    expect(maskedNpwp("3204051203800001")).to.equal(undefined);
    expect(["Aktif", "Tidak Aktif", "Dicabut", "Penundaan", "Selesai", "?"].map(sanctionState)).to.deep.equal([
      "active",
      "ended",
      "revoked",
      "suspended",
      "ended",
      "unknown",
    ]);
  });
});
