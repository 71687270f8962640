import { readFile } from "node:fs/promises";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect } from "chai";
import { parse } from "yaml";
import { planJsonSchema, planSchema } from "../../../migration/plan/schema.ts";
import { waveChooser } from "../../../migration/plan/scope.ts";
import { instantIn, secondsOf, windowOf } from "../../../migration/plan/time.ts";
import { PLAN } from "./folder.ts";

describe("the published schema of waves.yaml", () => {
  it("is what the software reads by; npm run generate writes it", async () => {
    const published = await readFile(new URL("../../../docs/reference/waves.schema.json", import.meta.url), "utf8");
    expect(JSON.parse(published)).to.deep.equal(planJsonSchema());
  });

  it("accepts a good plan and names what is wrong with a bad one, as an editor does", () => {
    const judge = new Ajv2020({ allErrors: true, strict: false }).compile(planJsonSchema());
    expect(judge(parse(PLAN)), JSON.stringify(judge.errors)).to.equal(true);
    expect(judge(parse(PLAN.replace("edited: block", "edited: withdraw")))).to.equal(false);
    expect(judge.errors!.map(({ instancePath }) => instancePath)).to.include("/waves/0/rollback/edited");
    expect(judge(parse(PLAN.replace("pilot: true", "pilott: true")))).to.equal(false);
  });
});

describe("times of a plan", () => {
  const at = (text: string, zone: string) => {
    const instant = instantIn(text, zone);
    return typeof instant === "number" ? new Date(instant).toISOString().slice(0, 16) : instant;
  };

  it("are what clocks in WIB, WITA and WIT show", () => {
    expect(at("2026-03-02T20:00", "Asia/Jakarta")).to.equal("2026-03-02T13:00");
    expect(at("2026-03-02T20:00", "Asia/Makassar")).to.equal("2026-03-02T12:00");
    expect(at("2026-03-02T20:00", "Asia/Jayapura")).to.equal("2026-03-02T11:00");
    expect(at("2026-03-02", "Asia/Jayapura")).to.equal("2026-03-01T15:00");
    expect(at("2026-03-02T20:00+08:00", "Asia/Makassar")).to.equal("2026-03-02T12:00");
    expect(at("2026-03-02T12:00Z", "Asia/Makassar")).to.equal("2026-03-02T12:00");
  });

  it("are refused where no clock shows them, or one shows them twice", () => {
    expect(at("2026-03-02T20:00+07:00", "Asia/Makassar")).to.equal("offset-differs");
    expect(at("2026-03-29T02:30", "Europe/Berlin")).to.equal("gap");
    expect(at("2026-10-25T02:30", "Europe/Berlin")).to.equal("twice");
    expect(at("2026-10-25T02:30+01:00", "Europe/Berlin")).to.equal("2026-10-25T01:30");
    expect(at("2026-10-25T02:30+02:00", "Europe/Berlin")).to.equal("2026-10-25T00:30");
    for (const zone of ["WIB", "WITA", "GMT+7", "EST", "Asia/Bandung", ""])
      expect(at("2026-03-02", zone)).to.equal("no-such-zone");
    for (const text of ["2026-02-29", "2026-13-01", "2026-03-02T24:00", "2 Maret 2026", "2026-3-2", ""])
      expect(at(text, "Asia/Jakarta"), text).to.equal("not-a-time");
  });

  it("give a wave its window and cut-over", () => {
    const plan = planSchema.parse(parse(PLAN));
    const { start, end, cutOver } = windowOf(plan, plan.waves[0]!);
    expect([end - start, cutOver]).to.deep.equal([8 * 3_600_000, start]);
    expect(["90m", "72h", "14d", "2w"].map(secondsOf)).to.deep.equal([5_400, 259_200, 1_209_600, 1_209_600]);
  });
});

describe("which wave takes a row", () => {
  const plan = planSchema.parse(parse(PLAN));
  const waveOf = waveChooser(plan);

  it("is the first whose scope accepts it, so that a star after a pilot is the rest", () => {
    expect(waveOf({ dataset: "kontrak", agency: "ID-77-PU" })).to.equal("W1");
    expect(waveOf({ dataset: "kontrak", agency: "ID-77-SETDA" })).to.equal("W2");
    expect(waveOf({ dataset: "satker" })).to.equal("W0");
    expect(waveOf({ dataset: "lain" })).to.equal(undefined);
  });

  it("minds years, single processes, what is left out, and the order of `after` rather than of the file", () => {
    const [w0, w1, w2] = plan.waves as [(typeof plan.waves)[0], (typeof plan.waves)[0], (typeof plan.waves)[0]];
    const chooser = waveChooser({
      waves: [
        { ...w2, scope: { agencies: "*", except: ["ID-77-SETDA"], years: [2024] } },
        { ...w1, scope: { agencies: ["ID-77-PU"], keys: ["7"] } },
        { ...w0, datasets: [], entities: ["supplier"] },
      ],
    });
    const kontrak = { dataset: "kontrak", agency: "ID-77-PU" };
    expect(chooser({ ...kontrak, key: "7", year: 2024 })).to.equal("W1");
    expect(chooser({ ...kontrak, key: "8", year: 2024 })).to.equal("W2");
    expect(chooser({ ...kontrak, key: "8", year: 2023 })).to.equal(undefined);
    expect(chooser({ dataset: "kontrak", agency: "ID-77-SETDA", year: 2024 })).to.equal(undefined);
    expect(chooser({ dataset: "kontrak", entity: "supplier" })).to.equal("W0");
  });
});
