import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { screenBody } from "../../server/domain/sealing/screen.ts";
import { leavesOf } from "../../server/domain/sealing/seal.ts";
import { describeWithSamples, sample, sampleFiles, samplePath } from "../ocds/samples.ts";

/** The screen over real records: what it refuses that is nobody's, and what of tax numbers it lets pass. */

const nobody = () => undefined;
const legacy = () => samplePath("../legacy-samples");

type Cell = { field: string; value: unknown };

function* cells(): Generator<Cell> {
  const files = readdirSync(legacy(), { recursive: true, encoding: "utf8" }).sort();
  for (const name of files) {
    const path = join(legacy(), name);
    if (name.endsWith(".json") && name !== "FACTS.json") {
      for (const { name: field, value } of leavesOf(JSON.parse(readFileSync(path, "utf8")))) yield { field, value };
    } else if (name.endsWith(".csv")) {
      const [head, ...rows] = readFileSync(path, "utf8")
        .split("\n")
        .map((line) => line.split(/[,;](?=(?:[^"]*"[^"]*")*[^"]*$)/));
      for (const row of rows) for (const [at, value] of row.entries()) yield { field: head![at] ?? "", value };
    }
  }
}

describeWithSamples("the screen over real records", () => {
  it("of e-procurement: refuses less than one text in 50,000 that is no person's number, and every number that is", function () {
    this.timeout(60_000);
    let [texts, refused, numbers, missed] = [0, 0, 0, 0];
    for (const { field, value } of cells()) {
      if (value === null || value === "") continue;
      const isNumber = /npwp/i.test(field);
      // zeros alone, or what is no number at all, names nobody
      if (isNumber && !/[1-9].*\d{3}/.test(String(value))) continue;
      const found = screenBody({ [field]: value }, nobody).length > 0;
      if (isNumber) {
        numbers++;
        if (!found) missed++;
      } else {
        texts++;
        if (found) refused++;
      }
    }
    process.stdout.write(`      ${texts} texts, ${refused} refused; ${numbers} tax numbers, ${missed} missed\n`);
    expect(texts).to.be.greaterThan(150_000);
    expect(refused / texts).to.be.lessThan(1 / 50_000);
    expect(numbers).to.be.greaterThan(6_000);
    expect(missed).to.equal(0);
  });

  it("of OCDS publishers: refuses what stands in private fields, and nothing that a text says", () => {
    let [values, inFields, inTexts] = [0, 0, 0];
    for (const path of [...sampleFiles("real"), ...sampleFiles("examples")]) {
      const release = sample(path);
      values += leavesOf(release).length;
      for (const { rule } of screenBody(release, nobody)) {
        if (rule === "private-field") inFields++;
        else inTexts++;
      }
    }
    process.stdout.write(`      ${values} values, ${inFields} in private fields, ${inTexts} refused in texts\n`);
    expect(values).to.be.greaterThan(20_000);
    expect(inTexts / values).to.be.lessThan(1 / 10_000);
    expect(inFields).to.be.greaterThan(100);
  });
});
