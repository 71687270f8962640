import { expect } from "chai";
import { idOf } from "../../../server/domain/entries/entry.ts";
import { MapsOfRows } from "../../../server/integrations/procurement/map-of-rows.ts";
import { Procurement, type SupplierHeard } from "../../../server/integrations/procurement/procurement.ts";
import type { SupplierTold } from "../../../server/integrations/registry/supplier-registry.ts";
import { aPackage, batchOf, SATKER, SETS } from "../procurement/feeds.ts";
import { AGENCY, NOW, openWorld, POST, STEM, type World } from "../procurement/world.ts";
import { core, type World as Registry, registryWorld } from "./world.ts";

const NPWP = `${core(1_234_567)}429000`;

describe("what procurement feeds call a registered supplier", function () {
  this.timeout(30_000);
  let world: World;
  let registry: Registry;
  before(async () => {
    world = await openWorld();
    registry = await registryWorld();
  });
  after(async () => {
    await world.close();
    await registry.close();
  });
  /** Every feed through a sink that tells the registry, whoever hears it. */
  const feed = async (heard: (said: SupplierHeard) => Promise<unknown>) => {
    const sink = new Procurement({
      ...{ storage: world.storage, book: world.book, proposals: world.proposals, suppliers: world.suppliers, heard },
      maps: new MapsOfRows(() => undefined, world.folder, "uji"),
      agencies: [{ id: AGENCY.id, codes: [SATKER], stem: STEM, post: POST }],
      now: () => NOW,
    });
    for (const set of SETS) {
      const rows = aPackage({})[set].map((row) => ("npwp_penyedia" in row ? { ...row, npwp_penyedia: NPWP } : row));
      await sink.take(batchOf(set, rows));
      await sink.finish(set);
    }
    await sink.close();
  };

  it("reaches the registry, once, with its number and where it stands; also where nobody heard it at first", async () => {
    let deaf = 3;
    let times = 0;
    await feed(async (said) => {
      if (deaf-- > 0) throw new Error("the registry is not open yet");
      times++;
      return registry.call("registry.said", said);
    });
    expect(times).to.be.within(1, 3);
    const told = await registry.call<SupplierTold>("registry.supplier", { supplier: idOf("ID-UJI-S-1") });
    expect(told.names.map(({ value }) => value)).to.deep.equal(["CV Sumber Uji"]);
    expect(told.npwpCores.map(({ value }) => value)).to.deep.equal([NPWP.slice(0, 9)]);
    expect(told.npwpCores[0]!.source).to.include.keys("connector", "capture", "at");
    // and found by it
    const found = await registry.call<{ supplier?: { supplier: string } }>("registry.check", {
      npwp: NPWP,
      on: "2026-01-01",
    });
    expect(found.supplier?.supplier).to.equal(idOf("ID-UJI-S-1"));
  });
});
