import { expect } from "chai";
import fc from "fast-check";
import type { Register } from "../../server/cli/register.ts";
import { idOf } from "../../server/domain/entries/entry.ts";
import { Exception } from "../../server/domain/entries/kinds.ts";
import { planReleases } from "../../server/domain/entries/plan.ts";
import { merge } from "../../server/domain/ocds/merge.ts";
import { now, type Running, startGateway } from "../gateway/world.ts";
import { APPROVER, MAKER, openRegister, POST, registerAll } from "../samples/authority.ts";
import { differences } from "../samples/compare.ts";
import { aRelease, fields } from "./releases.ts";

/** What split makes of random releases, signed and sent to the real ledger: it is recorded, or refused by a rule. */

const SIGNED = Object.values(Exception).reduce((mask, bit) => (bit < 256 ? mask | bit : mask), 0);

describe("random releases on the ledger", () => {
  let running: Running;
  let register: Register;

  before(async () => {
    running = await startGateway();
    await registerAll(running, [
      { id: "ID-A", name: "Dinas", kind: "agency", stems: ["ocds-213czf-a"] },
      { id: "ID-S", name: "PT Batu", kind: "supplier" },
    ]);
    register = await openRegister(running);
  });
  after(() => running.remove());

  it("are recorded and read back equal, or refused by a named rule", async () => {
    const names = new Map(["ID-A", "ID-S"].map((id) => [id, register.organisation(idOf(id))!.name]));
    const options = { now: now(), organisation: (id: `0x${string}`) => register.organisation(id), post: idOf(POST) };
    const rules = new Map<string, number>();
    let recorded = 0;
    let whole = 0;
    let process = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fields, { minLength: 1, maxLength: 4 }), async (steps) => {
        const ocid = `ocds-213czf-a-${++process}`;
        const releases = steps.map((step, day) => ({ ...aRelease(day, step), ocid }));
        const { planned } = planReleases(releases, undefined, options);
        const held = planned.filter(({ faults }) => faults.length === 0);
        for (const draft of held.flatMap(({ drafts }) => drafts)) {
          const { state, refusal } = await register.submit(draft, [MAKER], [APPROVER], {
            reference: "",
            exceptions: SIGNED,
          });
          expect(state).to.be.oneOf(["final", "refused"]);
          if (state === "final") recorded++;
          else {
            // an item that cannot be read, signed or referred to would be our own fault, not a rule of a contract's life
            expect(refusal!.rule, `${draft.kind} ${JSON.stringify(refusal!.values)}`).to.be.oneOf([
              "award-exceeded",
              "date-too-early",
              "invalid-transition",
              "unknown-award",
              "before-award",
            ]);
            rules.set(refusal!.rule, (rules.get(refusal!.rule) ?? 0) + 1);
            return;
          }
        }
        if (held.every(({ drafts }) => drafts.length === 0)) return;
        whole++;
        const url = `/api/v1/records/${ocid}`;
        const [record] = (await running.app.inject({ method: "GET", url })).json().records;
        const expected = merge(held.map(({ release }) => release)).compiledRelease;
        expect(differences(expected, record.compiledRelease, names)).to.deep.equal([]);
      }),
      { numRuns: 60, endOnFailure: true },
    );
    globalThis.process.stdout.write(
      `  ${recorded} entries recorded, ${whole} of ${process} processes whole; refused: ${[...rules].map(([rule, n]) => `${rule} ${n}`).join(", ")}\n`,
    );
    expect(whole).to.be.greaterThan(10);
  });
});
