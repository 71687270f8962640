import { expect } from "chai";
import { recordExamples } from "../../scripts/examples.ts";
import { examples } from "../../server/http/openapi.ts";

/** What stands where, and of what type: all of an example but its ids, times and signatures. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shapeOf);
  if (typeof value !== "object" || value === null) return typeof value;
  const fields = Object.entries(value).map(([name, inner]) => [name, shapeOf(inner)] as const);
  // rows by their ids, which differ, and so does their order
  const byId = fields.length > 0 && fields.every(([name]) => /^0x[0-9a-f]{64}$/.test(name));
  return byId ? fields.map(([, shape]) => JSON.stringify(shape)).sort() : Object.fromEntries(fields);
}

describe("the examples of the API reference", function () {
  this.timeout(60_000);

  it("are shaped as a sandbox answers today; else record them again: npm run examples", async () => {
    expect(shapeOf(examples)).to.deep.equal(shapeOf(await recordExamples()));
  });
});
