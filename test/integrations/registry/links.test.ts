import { expect } from "chai";
import type { ProblemError } from "../../../server/domain/problems.ts";
import type { Link, SupplierTold } from "../../../server/integrations/registry/supplier-registry.ts";
import { A, B, core, hex, ossAnswer, registryWorld, type World } from "./world.ts";

describe("links between suppliers and their numbers", function () {
  this.timeout(30_000);
  let world: World;
  beforeEach(async () => {
    world = await registryWorld();
  });
  afterEach(() => world.close());
  const nine = core(1_234_567);
  const NIB = "9120001234567";
  const source = (at: string) => ({ connector: "isb", capture: "c", at });
  let rows = 0;
  const said = (supplier: string, more: Record<string, unknown>) =>
    world.call<boolean>("registry.said", { supplier, source: source(`row ${++rows}`), ...more });
  const links = (state?: Link["state"]) => world.call<Link[]>("registry.links", state === undefined ? {} : { state });
  const decide = (id: string, verdict: string, more: Record<string, unknown> = {}) =>
    world.call<Link>("registry.decide", { id, verdict, by: "H-REGISTRAR", reason: "akta dibandingkan", ...more });
  const tell = (supplier: string) => world.call<SupplierTold & { links: Link[] }>("registry.supplier", { supplier });
  const oss = (nib = NIB, more: Record<string, unknown> = {}) =>
    world.call("registry.load", {
      kind: "oss",
      name: "nib.json",
      by: "H-1",
      bytes: Buffer.from(JSON.stringify(ossAnswer(nib, more))),
    });

  it("are proposed with evidence, whichever came first, and change nothing until a person accepts", async () => {
    await said(A, { name: "CV. Maju Jaya", npwp: `${nine}429000`, on: "2024-02-01" });
    expect(await links()).to.deep.equal([]);
    await oss();
    const [link] = await links("proposed");
    expect(link).to.include({ kind: "nib", supplier: A, with: NIB });
    expect(link!.evidence.map(({ kind }) => kind)).to.deep.equal(["npwp-core", "name"]);
    expect((await tell(A)).accepted).to.deep.equal([]);
    await decide(link!.id, "accept", { from: "2019-03-04" });
    expect((await tell(A)).accepted).to.deep.equal([{ nib: NIB, from: "2019-03-04" }]);
    expect(await world.call("registry.scale", { supplier: A, on: "2025-01-01" })).to.equal("small");
    const checked = await world.call<{ nib: { outcome: string } }>("registry.check", { supplier: A, on: "2025-01-01" });
    expect(checked.nib.outcome).to.equal("found");
  });

  it("are not proposed for a name alone, nor where the NPWP differs", async () => {
    await oss();
    await said(A, { name: "CV Maju Jaya" });
    await said(B, { name: "CV Maju Jaya", npwp: `${core(7_654_321)}429000` });
    expect(await links()).to.deep.equal([]);
  });

  it("join two suppliers that are one, and come apart again", async () => {
    await said(A, { name: "CV Maju Jaya", npwp: `${nine}429000`, on: "2023-01-01" });
    await said(B, { name: "PT Maju Jaya Abadi", npwp: `0${nine}614000`, on: "2024-01-01" });
    const [link] = await links("proposed");
    expect(link).to.include({ kind: "same", supplier: A, with: B });
    expect((await tell(A)).names.map(({ value }) => value)).to.deep.equal(["CV Maju Jaya"]);
    await decide(link!.id, "accept");
    const told = await tell(B);
    expect(told.same).to.deep.equal([A]);
    expect(told.names.map(({ value, first }) => [value, first])).to.deep.equal([
      ["PT Maju Jaya Abadi", "2024-01-01"],
      ["CV Maju Jaya", "2023-01-01"],
    ]);
    await decide(link!.id, "undo");
    expect((await tell(B)).same).to.deep.equal([]);
    expect((await tell(B)).names).to.have.length(1);
    const [undone] = await links("undone");
    expect(undone!.undone).to.deep.include({ by: "H-REGISTRAR", reason: "akta dibandingkan" });
    await decide(link!.id, "reopen");
    await decide(link!.id, "refuse");
    // what was refused is not proposed again by the same evidence
    await said(B, { name: "PT Maju Jaya Abadi Sentosa", npwp: `${nine}429000` });
    expect(await links("proposed")).to.deep.equal([]);
    expect((await world.call<Link[]>("registry.links", {})).length).to.equal(1);
  });

  it("follow a chain of suppliers, and lose only what one undone link held", async () => {
    const C = hex("c");
    for (const [supplier, name] of [
      [A, "CV Satu Nama"],
      [B, "CV Dua Nama"],
      [C, "CV Tiga Nama"],
    ] as const)
      await said(supplier, { name, npwp: `${nine}429000` });
    const proposed = await links("proposed");
    expect(proposed).to.have.length(3);
    const between = (a: string, b: string) => proposed.find((link) => link.supplier === a && link.with === b)!;
    await decide(between(A, B).id, "accept");
    await decide(between(B, C).id, "accept");
    expect((await tell(A)).same).to.deep.equal([B, C]);
    await decide(between(A, B).id, "undo");
    expect((await tell(A)).same).to.deep.equal([]);
    expect((await tell(C)).same).to.deep.equal([B]);
  });

  it("are decided once, by whoever decides first", async () => {
    await said(A, { name: "CV Maju Jaya", npwp: `${nine}429000` });
    await oss();
    const [link] = await links("proposed");
    const outcomes = await Promise.allSettled([decide(link!.id, "accept"), decide(link!.id, "refuse")]);
    expect(outcomes.map(({ status }) => status)).to.deep.equal(["fulfilled", "rejected"]);
    const code = (work: Promise<unknown>) => work.catch((error: ProblemError) => error.code);
    expect(await code(decide("nothing", "accept"))).to.equal("not-found");
    expect(await code(decide(link!.id, "reopen"))).to.equal("invalid-request");
    expect(
      await code(world.call("registry.propose", { kind: "nib", supplier: A, with: "123", by: "H", reason: "x" })),
    ).to.equal("invalid-request");
    expect(
      await code(world.call("registry.propose", { kind: "same", supplier: A, with: A, by: "H", reason: "x" })),
    ).to.equal("invalid-request");
  });

  it("can be proposed by hand, and count for the days since they began", async () => {
    const old = await world.call<Link>("registry.propose", {
      kind: "nib",
      supplier: A,
      with: "9120001111111",
      by: "H-1",
      reason: "akta",
    });
    const now = await world.call<Link>("registry.propose", {
      kind: "nib",
      supplier: A,
      with: NIB,
      by: "H-1",
      reason: "akta",
    });
    await decide(old.id, "accept", { from: "2018-08-01" });
    await decide(now.id, "accept", { from: "2023-01-01" });
    await oss(NIB, { skala_usaha: "03" });
    await oss("9120001111111", { skala_usaha: "01" });
    expect(await world.call("registry.scale", { supplier: A, on: "2020-01-01" })).to.equal("micro");
    expect(await world.call("registry.scale", { supplier: A, on: "2024-01-01" })).to.equal("medium");
  });

  it("keep numbers of persons as digests alone, and still find the same person", async () => {
    const nik = "3204051203800001";
    await said(A, { name: "Toko Budi", npwp: nik });
    await said(B, { name: "Toko Budi", npwp: nik });
    const [link] = await links("proposed");
    expect(link!.evidence.map(({ kind }) => kind)).to.deep.equal(["person-number", "name"]);
    const told = await tell(A);
    expect(told.hasPersonNumber).to.equal(true);
    expect(JSON.stringify([told, await links(), await Array.fromAsync(world.rows.range(""))])).not.to.include(nik);
    expect(await world.call("registry.check", { npwp: nik, on: "2025-01-01" })).to.have.deep.property("candidates", [
      A,
      B,
    ]);
  });

  it("propose nothing by a number or name that half the country has", async () => {
    for (let index = 0; index < 30; index++)
      await said(`0x${String(index).padStart(64, "0")}`, { name: "CV Sama", npwp: `${nine}429000` });
    expect((await links()).length).to.be.lessThan(200);
    const before = (await links()).length;
    await said(hex("f"), { name: "CV Sama", npwp: `${nine}429000` });
    expect(await links()).to.have.length(before);
  });

  it("count what was written, its first and last day, and once what was read twice from one place", async () => {
    const one = { name: "CV Maju Jaya", source: source("row 1") };
    await said(A, { ...one, on: "2024-03-01" });
    expect(await said(A, { ...one, on: "2024-03-01" })).to.equal(false);
    await said(A, { name: "CV  Maju   Jaya ", on: "2023-01-01" });
    const { names } = await tell(A);
    expect(names).to.have.length(1);
    expect(names[0]).to.include({ value: "CV Maju Jaya", first: "2023-01-01", last: "2024-03-01", count: 2 });
  });
});
