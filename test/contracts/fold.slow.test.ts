import { expect } from "chai";
import fc from "fast-check";
import { Kind, kindName } from "../../server/domain/entries/kinds.ts";
import { Code } from "./codes.ts";
import { Process, settleLives } from "./ledger-life.ts";
import { actFrom, Documents, draws } from "./lives.ts";
import { STEM, World } from "./world.ts";

/**
 * Whole lives through the ledger: what it records or refuses, the projection's fold of its events, and what the rules
 * before signing foresaw. The locks that entries sign are the fold's.
 */

const plain = (value: unknown) => JSON.stringify(value, (_, each) => (typeof each === "bigint" ? String(each) : each));

/** What the ledger finds of signatures and offices, which the rules before signing do not look at. */
const OF_SIGNERS: ReadonlySet<number> = new Set([Code.NoOffice, Code.OfficeEnded, Code.NotCovering, Code.SamePerson]);

const DAY = 86_400;

describe("The projection's fold and the rules before signing beside the ledger", () => {
  it("have the same verdicts, amounts, status, parties and heads at every entry of a random life", async () => {
    const world = await World.build();
    await settleLives(world);
    let processes = 0;
    let judged = 0;
    const recorded = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(fc.array(draws, { minLength: 20, maxLength: 50 }), async (drawn) => {
        const documents = new Documents();
        const one = new Process(world, `${STEM}-f${++processes}`, documents);
        const told: string[] = [];
        for (const draw of drawn) {
          await world.pass([0, 0, 0, 0, 0, 0, 1, 9, 20, 31][draw.days]! * DAY);
          const now = await world.now();
          const act = actFrom(draw, one.life, one.names, now);
          // nobody has the post of a contract that is not there
          const { contractId, kind } = act;
          if (kindName(kind) === undefined) continue;
          if (kind > Kind.contract && contractId !== "" && one.view?.contracts[contractId] === undefined) continue;
          const { outcome, verdict } = await one.go(act);
          told.push(
            `${plain(act)} -> ${plain(outcome.refused) ?? "recorded"}; foreseen ${plain(verdict.refusal) ?? "recorded"}`,
          );
          const story = told.join("\n");
          if (outcome.refused !== undefined) {
            const { code, a, b } = outcome.refused;
            if (OF_SIGNERS.has(code)) continue;
            judged++;
            expect({ code, a, b }, story).to.deep.equal(verdict.refusal);
            continue;
          }
          judged++;
          expect(verdict.refusal, story).to.equal(undefined);
          const of = kindName(one.view!.entries[outcome.recorded!.leaf]!.kind)!;
          const name = kind === Kind.correction ? `correction of ${of}` : of;
          recorded.set(name, (recorded.get(name) ?? 0) + 1);
          await one.compare(act).catch((error: Error) => {
            throw new Error(`${error.message}\n${plain((error as { expected?: unknown }).expected)}\n${story}`);
          });
        }
      }),
      {
        numRuns: Number(globalThis.process.env.LEDGER_LIVES ?? 24),
        endOnFailure: true,
        seed: Number(globalThis.process.env.SEED ?? 1945),
      },
    );
    if (globalThis.process.env.SHOW) console.log(judged, recorded);
    for (const kind of ["opening", "planning", "tender", "award", "contract", "amendment", "implementation", "payment"])
      expect(recorded.get(kind), kind).to.be.greaterThan(2);
    for (const kind of ["status", "guarantee", "hold", "note", "return", "withdrawal"])
      expect(recorded.get(kind), kind).to.be.greaterThan(0);
    for (const kind of ["opening", "award", "contract", "payment"])
      expect(recorded.get(`correction of ${kind}`), kind).to.be.greaterThan(1);
  }).timeout(300_000);
});
