// Follows deliveries and closes a month in a process of its own, for the test that kills it.

import { actOf } from "../../../server/domain/reconciliation/closing.ts";
import { Closings } from "../../../server/integrations/reconciliation/closings.ts";
import { Following } from "../../../server/integrations/reconciliation/following.ts";
import { Reconciliation } from "../../../server/integrations/reconciliation/reconciliation.ts";
import { Table } from "../../../server/store/store.ts";
import { AGENCY, OTHER, TREASURY } from "./cases.ts";
import { madeUpYear } from "./made-up-year.ts";

const [folder] = process.argv.slice(2) as [string];
const table = await Table.open(folder);
const reconciliation = new Reconciliation(table, { accounts: [] });
const year = madeUpYear(21, 1_300);
const later = async function* <T extends { seq: number }>(all: readonly T[], after: number) {
  for (const each of all) if (each.seq > after) yield each;
};
const inForce = "inForce" as const;
const following = new Following({
  book: {
    size: async () => year.processes.length,
    process: async (ocid) => year.processes.find((each) => each.ocid === ocid)?.published,
    async *touchedSince(position) {
      const rest = year.processes.slice(position).map(({ ocid }) => ocid);
      if (rest.length > 0) yield { ocids: rest, next: year.processes.length };
    },
    organisation: async () => undefined,
    async *organisations() {},
  },
  cases: reconciliation.book,
  storage: table,
  deliveries: {
    documents: (after) =>
      later(
        year.documents.map(({ document }, at) => ({ document, seq: at + 1, state: inForce })),
        after,
      ),
    returns: () =>
      later(
        year.returns.map((each, at) => ({ return: each, seq: at + 1, state: inForce })),
        0,
      ),
    lines: (after) =>
      later(
        year.lines.map((line, at) => ({ line, seq: at + 1 })),
        after,
      ),
    treasuryOf: () => TREASURY,
  },
});
await following.catchUp();
const scope = { agencies: [TREASURY, AGENCY, OTHER].map((hex) => ({ hex, id: hex, name: hex })) };
const closings = new Closings(table, reconciliation, () => Date.parse("2027-02-01T00:00:00Z"));
if ((await closings.acts(TREASURY)).length === 0) {
  const document = await closings.propose(scope, "2026-01", "close");
  const act = actOf(document, TREASURY, 1);
  await closings.keep(scope, { document, act, signature: "0x00", key: "0x01" });
}
const report = await reconciliation.report(scope, "2026");
const acts = await closings.acts(TREASURY);
process.stdout.write(JSON.stringify({ report, acts, later: await closings.laterChanges(scope, "2026-01") }));
await table.close();
