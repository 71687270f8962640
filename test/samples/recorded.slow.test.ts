import { randomBytes } from "node:crypto";
import { expect } from "chai";
import { idOf } from "../../server/domain/entries/entry.ts";
import { Exception } from "../../server/domain/entries/kinds.ts";
import { planReleases } from "../../server/domain/entries/plan.ts";
import { toHex } from "../../server/domain/entries/words.ts";
import { check } from "../../server/domain/ocds/check.ts";
import type { Json } from "../../server/domain/ocds/check-fields.ts";
import { MergeFault, merge } from "../../server/domain/ocds/merge.ts";
import { type FoundRelease, releasesIn } from "../../server/domain/ocds/releases.ts";
import { type SubjectDisclosure, sealFields } from "../../server/domain/sealing/seal-fields.ts";
import { now, startGateway } from "../gateway/world.ts";
import { describeWithSamples, sample, sampleFiles } from "../ocds/samples.ts";
import { APPROVER, type Body, MAKER, openRegister, POST, registerAll } from "./authority.ts";
import { differences, valuesOf } from "./compare.ts";

/**
 * Official worked examples and real releases, recorded with real signatures on a real chain as `prasasti submit` does,
 * and read back from the gateway. Files of one folder that tell one process belong together.
 */

type Told = {
  title: string;
  read: number;
  recorded: number;
  entries: number;
  sealed: number;
  refused: Map<string, number>;
};

/** Examples whose releases follow each other over several files. */
const together = [
  ["examples/change_history", /^examples\/(change_history\/[^/]*|milestones\/.*)\.json$/],
  ["examples/budget_and_spend", /^examples\/budget_and_spend\//],
  ["examples/sample-data, one by one", /^examples\/sample-data\/.*-0\d-.*\.json$/],
] as const;

function groups(): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const path of [...sampleFiles("examples"), ...sampleFiles("real")]) {
    const title = together.find(([, pattern]) => pattern.test(path))?.[0] ?? path;
    found.set(title, [...(found.get(title) ?? []), path]);
  }
  return found;
}

const newSalt = () => toHex(new Uint8Array(randomBytes(16)));
const textId = (value: unknown): string | undefined => {
  const { id } = (value ?? {}) as { id?: unknown };
  return typeof id === "string" ? id : undefined;
};
const entries = (value: unknown): Json[] => (Array.isArray(value) ? value : []);

/** Who buys and pays in these releases is an agency, whose ocids begin as its own; who wins is a supplier. */
function organisationsOf(releases: readonly Json[]): Map<string, Body> {
  const found = new Map<string, Body>();
  const add = (kind: Body["kind"], reference: unknown, ocid?: string) => {
    const id = textId(reference);
    if (id === undefined) return;
    const name = String((reference as { name?: unknown }).name ?? id);
    const known = found.get(id) ?? { id, name, kind, stems: [] };
    // a stem begins the ocids of one agency: here all but the last part of each
    if (ocid !== undefined) known.stems = [...new Set([...known.stems!, ocid.slice(0, ocid.lastIndexOf("-"))])];
    found.set(id, known);
  };
  for (const release of releases) {
    add("agency", release.buyer, String(release.ocid));
    for (const contract of entries(release.contracts)) {
      const { transactions } = (contract.implementation ?? {}) as { transactions?: unknown };
      for (const { payer } of entries(transactions)) add("agency", payer);
    }
  }
  for (const release of releases) {
    for (const award of entries(release.awards))
      for (const supplier of entries(award.suppliers)) add("supplier", supplier);
  }
  return found;
}

describeWithSamples("official and real releases, recorded and read back", () => {
  const told: Told[] = [];

  after(() => {
    const width = Math.max(...told.map(({ title }) => title.length));
    const rows = told.map(({ title, read, recorded, entries, sealed, refused }) => {
      const reasons = [...refused].map(([rule, count]) => `${rule} ${count}`).join(", ");
      return `  ${title.padEnd(width)}  ${String(read).padStart(4)}  ${String(recorded).padStart(8)}  ${String(entries).padStart(7)}  ${String(sealed).padStart(6)}  ${reasons}`;
    });
    process.stdout.write(
      `\n  ${"releases of".padEnd(width)}  read  recorded  entries  sealed  refused by\n${rows.join("\n")}\n`,
    );
  });

  for (const [title, files] of groups()) {
    const found: FoundRelease[] = files.flatMap((path) => releasesIn(sample(path)));
    if (found.length === 0) continue;
    it(`${title}: what holds is recorded and equal, what does not is refused by name`, async () => {
      const organisations = organisationsOf(found.map(({ release }) => release));
      const names = new Map([...organisations.values()].map(({ id, name }) => [id, name]));
      const outcome: Told = { title, read: found.length, recorded: 0, entries: 0, sealed: 0, refused: new Map() };
      told.push(outcome);
      const byId = new Map([...organisations.values()].map((body) => [idOf(body.id), body]));
      const options = {
        now: now(),
        organisation: (id: string) => byId.get(id as `0x${string}`),
        post: idOf(POST),
        extensions: found.flatMap(({ extensions }) => extensions),
      };
      const known = (id: string) => byId.get(idOf(id));
      const plans = [...Map.groupBy(found, ({ release }) => String(release.ocid))].map(([ocid, own]) => {
        // private contacts and addresses are sealed first, the same value with the same salt in every release
        const earlier: SubjectDisclosure[] = [];
        const sealed = own.map(({ release }) => {
          const { body, disclosures } = sealFields(release, { ocid, known, newSalt, earlier });
          earlier.push(...disclosures);
          return body;
        });
        outcome.sealed += earlier.length;
        const { planned } = planReleases(sealed, undefined, options);
        for (const { faults } of planned) {
          for (const rule of new Set(faults.map((fault) => fault.rule))) {
            outcome.refused.set(rule, (outcome.refused.get(rule) ?? 0) + 1);
          }
        }
        return { ocid, planned };
      });
      outcome.recorded = plans.flatMap(({ planned }) => planned).filter(({ faults }) => faults.length === 0).length;
      // a release is recorded or refused, never neither; both add up
      const refused = plans.flatMap(({ planned }) => planned).filter(({ faults }) => faults.length > 0).length;
      expect(outcome.recorded + refused).to.equal(outcome.read);
      if (outcome.recorded === 0) return;

      const running = await startGateway();
      try {
        await registerAll(running, [...organisations.values()]);
        const register = await openRegister(running);
        for (const { ocid, planned } of plans) {
          const holding = planned.filter(({ faults }) => faults.length === 0);
          for (const draft of holding.flatMap(({ drafts }) => drafts)) {
            const { state, refusal } = await register.submit(draft, [MAKER], [APPROVER], {
              reference: "",
              // an official example adds 22.7 % of scope: its approver signs for that
              exceptions: Exception.scopeAboveCap,
            });
            expect([state, refusal?.rule, refusal?.values], `${ocid} ${draft.kind}`).to.deep.equal([
              "final",
              undefined,
              undefined,
            ]);
            outcome.entries++;
          }
          const url = `/api/v1/records/${encodeURIComponent(ocid)}`;
          const [record] = (await running.app.inject({ method: "GET", url })).json().records;
          const given = holding.map(({ release }) => release);
          const expected = merge(given);
          expect(differences(expected.compiledRelease, record.compiledRelease, names), ocid).to.deep.equal([]);
          const values = (versioned: unknown) => valuesOf(versioned) as Json;
          const versions = differences(values(expected.versionedRelease), values(record.versionedRelease), names);
          expect(versions, `${ocid}, every value it had`).to.deep.equal([]);
          const errors = check(record.compiledRelease).faults.filter(({ level }) => level === "error");
          expect(errors).to.deep.equal([]);

          // sent once more, nothing is new
          const { planned: again } = planReleases(given, await register.published(ocid), options);
          expect(
            again.flatMap(({ drafts, faults }) => [...drafts, ...faults]),
            `${ocid} again`,
          ).to.deep.equal([]);
        }
      } finally {
        await running.remove();
      }
    });
  }

  it("merge, or say by name why not", () => {
    for (const path of sampleFiles("real")) {
      const releases = releasesIn(sample(path)).map(({ release }) => release);
      for (const own of Map.groupBy(releases, ({ ocid }) => ocid).values()) {
        try {
          expect(merge(own).compiledRelease.ocid).to.equal(own[0]!.ocid);
        } catch (error) {
          expect(error, path).to.be.instanceOf(MergeFault);
        }
      }
    }
  });

  it("of Portugal are all recorded, of Colombia none", () => {
    const of = (name: string) => told.find(({ title }) => title.includes(name))!;
    expect([of("portugal").read, of("portugal").recorded]).to.deep.equal([100, 100]);
    expect([of("colombia").read, of("colombia").recorded]).to.deep.equal([50, 0]);
    expect(of("colombia").refused.get("reference-unresolved")).to.equal(50);
    expect(told.reduce((sum, { read }) => sum + read, 0)).to.be.greaterThan(180);
  });
});
