import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { Kind } from "../../../server/domain/entries/kinds.ts";
import type { Published } from "../../../server/domain/entries/plan.ts";
import type { Hex } from "../../../server/domain/entries/words.ts";
import type { Json } from "../../../server/domain/ocds/check-fields.ts";
import type { BankAccount } from "../../../server/domain/payments/payment-request.ts";
import type { ProcessView } from "../../../server/domain/projection/process-view.ts";
import { Outbox, type Route } from "../../../server/integrations/requests/outbox.ts";
import { Table } from "../../../server/store/store.ts";
import { AGENCY, CONTRACT, JUTA, Life, SUPPLIER } from "../../rules/lives.ts";

/** An outbox over a Level and a folder of its own; the register is what a life says. */

export const AGENCY_ACCOUNT = "001-99.887766";
export const SUPPLIER_ACCOUNT = "0012345678901";
export const accounts: readonly BankAccount[] = [
  { party: "ID-A", account: AGENCY_ACCOUNT, bank: "110" },
  { party: "ID-S", account: SUPPLIER_ACCOUNT, bank: "BBRIIDJA", holder: "PT Batu & Kawan – “Café”" },
];

/** A contract with accepted work and so many certificates of these amounts, in sen. */
export function certified(...amounts: readonly bigint[]): Life {
  const life = new Life().contract(1_000n * JUTA, "2026-01-05", "2026-06-30").accepted(1_000n * JUTA, "2026-02-01");
  for (const amount of amounts) life.certified({ amount, withheld: amount / 20n }, "2026-02-02");
  return life;
}

export type World = { folder: string; out: string; storage: Table; outbox: Outbox; life: Life; clock: { now: number } };

export async function openWorld(
  life: Life,
  { folder, ...route }: Partial<Route> & { folder?: string } = {},
): Promise<World> {
  const home = folder ?? (await mkdtemp(path.join(tmpdir(), "prasasti-requests-")));
  const storage = await Table.open(path.join(home, "rows"));
  const out = path.join(home, "out");
  const clock = { now: Date.parse("2026-03-01T03:00:00Z") };
  const world = { folder: home, out, storage, life, clock } as World;
  world.outbox = new Outbox({
    storage,
    book: {
      process: async () => publishedBy(world.life),
      organisation: async (hex: Hex) =>
        hex === AGENCY
          ? { id: "ID-A", hex, name: "Dinas", kind: "agency" }
          : hex === SUPPLIER
            ? { id: "ID-S", hex, name: "PT Batu", kind: "supplier" }
            : undefined,
    },
    routes: [{ agency: AGENCY, name: "Dinas PU", folder: out, format: "pain.001", ...route }],
    digest: (account) => `digest of ${account.length}/${account.at(-1)}`,
    now: () => clock.now,
  });
  return world;
}

export async function closeWorld({ storage, folder }: World): Promise<void> {
  await storage.close();
  await rm(folder, { recursive: true });
}

/** As the register publishes it: certificates with their numbers. */
function publishedBy(life: Life): Published {
  const view = life.view as ProcessView;
  const milestones = Object.values(view.entries)
    .filter(({ kind }) => kind === Kind.certificate)
    .map(({ sequence }) => ({ id: `${view.ocid}-${sequence}`, documentNumber: `BAP/${sequence}` }));
  const releases: Json[] = [
    {
      ...{ ocid: view.ocid, id: "r", date: "2026-01-01T00:00:00Z", tag: ["contract"], initiationType: "tender" },
      contracts: [{ id: CONTRACT, awardID: "A", implementation: { milestones } }],
    },
  ];
  return { view, releases };
}

/** The files that a reader of the folder sees, by name. */
export async function visible({ out }: Pick<World, "out">): Promise<Record<string, string>> {
  const names = await readdir(out).catch(() => [] as string[]);
  const files = names.filter((name) => !name.startsWith("."));
  return Object.fromEntries(
    await Promise.all(files.map(async (name) => [name, await readFile(path.join(out, name), "utf8")])),
  );
}
