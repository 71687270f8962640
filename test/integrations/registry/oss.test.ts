import { expect } from "chai";
import type { Checked, Loaded } from "../../../server/integrations/registry/registry-part.ts";
import { A, core, Oss, ossAnswer, PERSONS, registryWorld, type World } from "./world.ts";

const NIB = "9120001234567";
const DAY = 86_400_000;

describe("NIB from OSS", function () {
  this.timeout(30_000);
  let oss: Oss;
  let world: World;
  beforeEach(async () => {
    oss = new Oss();
    world = await registryWorld(await oss.open());
  });
  afterEach(async () => {
    await world.close();
    await oss.close();
  });
  const check = (more: Record<string, unknown> = {}) =>
    world.call<Checked>("registry.check", { nib: NIB, on: "2025-06-01", ...more });
  const says = (status: number, body: unknown, headers: Record<string, string> = {}) => {
    oss.answer = (_, response) =>
      response.writeHead(status, headers).end(typeof body === "string" ? body : JSON.stringify(body));
  };

  it("is asked for with the key, and its answer told without its people", async () => {
    const checked = await check();
    expect(oss.asked[0]!.body).to.deep.equal({ INQUERYNIB: { nib: NIB } });
    expect(oss.asked[0]!.headers).to.include({ user_key: "kunci-rahasia" });
    expect(checked.nib).to.deep.include({ outcome: "found", source: "oss", stale: false, form: "CV" });
    const { record } = checked.nib as Extract<Checked["nib"], { outcome: "found" }>;
    expect(record).to.deep.include({
      nib: NIB,
      name: "MAJU JAYA",
      issuedOn: "2019-03-04",
      scale: "small",
      isSmall: true,
      npwpCore: core(1_234_567),
    });
    expect(record.activities.map(({ kbli }) => kbli)).to.deep.equal(["41011", "42101"]);
    expect((await world.call<{ answers: unknown[] }>("registry.known", { nib: NIB })).answers).to.have.length(1);
    const told = JSON.stringify([checked, await world.call("registry.known", { nib: NIB })]);
    const stored = JSON.stringify(await Array.fromAsync(world.rows.range("")));
    for (const person of [...PERSONS, "kunci-rahasia"]) {
      expect(told, person).not.to.include(person);
      expect(stored, person).not.to.include(person);
    }
  });

  it("is asked once while its answer is current, again later, and at once where somebody wants it", async () => {
    await Promise.all([check(), check(), check()]);
    await check();
    expect(oss.asked).to.have.length(1);
    await check({ refresh: true });
    expect(oss.asked).to.have.length(2);
    world.later(31 * DAY);
    await check();
    expect(oss.asked).to.have.length(3);
    await world.restart();
    await check();
    expect(oss.asked).to.have.length(3);
  });

  it("tells what it said before, marked, where it fails now", async () => {
    await check();
    world.later(31 * DAY);
    says(500, ossFault(500));
    const checked = await check();
    expect(checked.nib).to.include({ outcome: "found", stale: true });
    expect(checked.findings.map(({ rule }) => rule)).to.include("nib-stale");
    expect(oss.asked).to.have.length(4);
    world.later(400 * DAY);
    expect((await check()).nib).to.include({ outcome: "unavailable" });
  });

  it("is left alone for a while after it has failed several times, and asked again then", async () => {
    says(504, ossFault(504));
    for (let times = 0; times < 3; times++) await check();
    const asked = oss.asked.length;
    expect((await check()).nib).to.include({ outcome: "unavailable" });
    expect(oss.asked).to.have.length(asked);
    world.later(61_000);
    await check();
    expect(oss.asked.length).to.be.greaterThan(asked);
  });

  it("is not asked again where it refuses the key, and somebody is told", async () => {
    for (const code of [401, 403]) {
      says(code, ossFault(code));
      const before = oss.asked.length;
      expect((await check()).nib).to.include({ outcome: "unavailable" });
      expect(oss.asked.length - before).to.equal(1);
    }
    expect(await world.call("registry.troubles")).to.have.length(1);
  });

  it("knows no such NIB, with any of its ways to say so, for a day", async () => {
    for (const [nib, status, body] of [
      ["1111111111112", 404, ossFault(404)],
      ["1111111111113", 200, ossFault(404)],
      ["1111111111114", 200, { responinqueryNIB: { kode: 200, keterangan: "Data NIB tidak ditemukan" } }],
    ] as const) {
      says(status, body);
      const checked = await check({ nib });
      expect(checked.nib, nib).to.include({ outcome: "missing", nib });
      expect(checked.findings.map(({ rule }) => rule)).to.include("nib-missing");
    }
    const asked = oss.asked.length;
    await check({ nib: "1111111111112" });
    expect(oss.asked).to.have.length(asked);
    world.later(DAY + 1);
    await check({ nib: "1111111111112" });
    expect(oss.asked).to.have.length(asked + 1);
  });

  it("is not believed where a page, half a document, another NIB or too much comes", async () => {
    const bad: [string, number, string, Record<string, string>?][] = [
      ["a page with 200", 200, "<html>maintenance</html>"],
      ["half of it", 200, JSON.stringify(ossAnswer(NIB)).slice(0, 200)],
      ["nothing", 200, ""],
      ["another NIB", 200, JSON.stringify(ossAnswer("9120009999999"))],
      ["a redirect", 302, "", { location: "http://127.0.0.1:1/" }],
      ["a list", 200, "[]"],
      ["twice the same name", 200, '{"responinqueryNIB":{"kode":200,"kode":404}}'],
    ];
    for (const [name, status, body, headers] of bad) {
      says(status, body, headers);
      const checked = await check();
      expect(checked.nib, name).to.include({ outcome: "unavailable" });
      world.later(3_700_000);
    }
    expect(await Array.fromAsync(world.rows.keys("reg/nib/"))).to.deep.equal([]);
  });

  it("is given up after a while where it hangs", async () => {
    oss.answer = () => {};
    const began = performance.now();
    expect((await check()).nib).to.include({ outcome: "unavailable" });
    expect(performance.now() - began).to.be.lessThan(8_000);
  });

  it("keeps each answer with its moment, so that what was known on a day can be told", async () => {
    await check();
    world.later(40 * DAY);
    oss.answer = ({ body }, response) =>
      response.end(
        JSON.stringify(ossAnswer(body.INQUERYNIB!.nib!, { nama_perseroan: "MAJU JAYA ABADI", skala_usaha: "03" })),
      );
    await check();
    const known = (at: number) =>
      world.call<{ known?: { record: { name: string } }; answers: unknown[] }>("registry.known", { nib: NIB, at });
    const then = Date.UTC(2026, 0, 15);
    expect((await known(then - 1)).known).to.equal(undefined);
    expect((await known(then + DAY)).known!.record.name).to.equal("MAJU JAYA");
    expect((await known(then + 41 * DAY)).known!.record.name).to.equal("MAJU JAYA ABADI");
    expect((await known(then)).answers).to.have.length(2);
  });

  it("warns of a NIB that came after the day, that ended before, that is another's, and of its name", async () => {
    const rules = async (more: Record<string, unknown>, answer: Record<string, unknown> = {}) => {
      oss.answer = ({ body }, response) => response.end(JSON.stringify(ossAnswer(body.INQUERYNIB!.nib!, answer)));
      const checked = await check({ refresh: true, ...more });
      for (const { words, remedy } of checked.findings)
        for (const text of [words.en, words.id, remedy.en, remedy.id]) expect(text).to.match(/\S/);
      return checked.findings.filter(({ rule }) => rule.startsWith("n")).map(({ rule }) => rule);
    };
    expect(await rules({ name: "CV. Maju Jaya", npwp: `${core(1_234_567)}429000` })).to.deep.equal([]);
    expect(await rules({ on: "2019-01-01" })).to.deep.equal(["nib-later"]);
    expect(await rules({ on: "2015-01-01" })).to.deep.equal([]);
    expect(await rules({}, { jangka_waktu: "2024-12-31" })).to.deep.equal(["nib-ended"]);
    expect(await rules({}, { jangka_waktu: "9999-12-31" })).to.deep.equal([]);
    expect(await rules({ npwp: `${core(7_654_321)}429000` })).to.deep.equal(["nib-other-npwp"]);
    expect(await rules({ npwp: "123456789012345" })).to.deep.equal(["npwp-form"]);
    expect(await rules({ name: "PT Sama Sekali Lain" })).to.deep.equal(["nib-other-name"]);
  });

  it("leaves the number of a person who trades in the answer", async () => {
    oss.answer = ({ body }, response) =>
      response.end(
        JSON.stringify(ossAnswer(body.INQUERYNIB!.nib!, { jenis_perseroan: "17", npwp_perseroan: "3204051203800001" })),
      );
    const { nib } = (await check()) as { nib: { record: Record<string, unknown> } };
    expect(nib.record).to.include({ person: true }).and.not.to.have.property("npwpCore");
    expect(JSON.stringify(nib)).not.to.include("3204051203800001");
  });

  it("comes as a file too: one answer, a list, a table; what is none is set aside with its place", async () => {
    const offline = await registryWorld();
    try {
      const load = (text: string | Buffer, name: string) =>
        offline.call<Loaded>("registry.load", { kind: "oss", name, by: "H-1", bytes: Buffer.from(text as string) });
      expect(await load(JSON.stringify(ossAnswer(NIB)), "nib.json")).to.include({ read: 1, taken: 1 });
      expect(await load(JSON.stringify(ossAnswer(NIB)), "nib.json")).to.include({ read: 1, taken: 0, unchanged: 1 });
      const many = [ossAnswer("9120001234568"), { nib: "1" }, ossAnswer("9120001234569").responinqueryNIB.dataNIB];
      const loaded = await load(JSON.stringify(many), "many.json");
      expect(loaded).to.include({ read: 3, taken: 2 });
      expect(loaded.setAside).to.have.length(1);
      expect(loaded.setAside[0]).to.include({ at: "#2", code: "oss-unreadable" });
      const table = `nib;nama_perseroan;jenis_perseroan;npwp_perseroan;kbli;tgl_terbit_nib\n9120001234570;CV Tabel;02;${core(2_222_222)}429000;41011,42101;2020-01-01\n;Tanpa;02;;;\n`;
      expect(await load(table, "nib.csv")).to.include({ read: 2, taken: 1 });
      const checked = await offline.call<Checked>("registry.check", { nib: "9120001234570", on: "2025-01-01" });
      expect(checked.nib).to.deep.include({ outcome: "found", source: "file" });
      expect((checked.nib as Extract<Checked["nib"], { outcome: "found" }>).record.activities).to.have.length(2);
      const stored = JSON.stringify(await Array.fromAsync(offline.rows.range("")));
      for (const person of PERSONS) expect(stored, person).not.to.include(person);
      for (const bad of ["", "<html></html>", "{", "\u0000\u0001"])
        expect((await load(bad, "bad").catch((error) => error)).message, JSON.stringify(bad)).to.be.a("string");
      expect(
        (await offline.call<Checked>("registry.check", { nib: "9120001234599", on: "2025-01-01" })).nib,
      ).to.include({ outcome: "unasked" });
      expect(
        (await offline.call<Checked>("registry.check", { supplier: A, on: "2025-01-01" })).findings.map(
          ({ rule }) => rule,
        ),
      ).to.deep.equal(["blacklist-unknown", "nib-unknown"]);
    } finally {
      await offline.close();
    }
  });
});

function ossFault(code: number) {
  return { responinqueryNIB: { kode: code, keterangan: "Terjadi kesalahan sistem, hubungi tim teknis OSS" } };
}
