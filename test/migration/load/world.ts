// A wave to load, in a folder of its own: synthetic contracts of invented agencies, staged as `stage` would.

import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { keccak256, sha256 } from "#hash";
import { type Founded, type Founding, foundRegister } from "../../../migration/load/found-register.ts";
import type { Job } from "../../../migration/load/job.ts";
import {
  commandIdOf,
  type LotRow,
  LotRows,
  lotKey,
  recordHash,
  type StagedLot,
  waveId,
  writeLot,
} from "../../../migration/stage/lot.ts";
import { type EmbeddedChain, openEmbedded } from "../../../server/chain/embedded.ts";
import { type Balances, type Entry, entryHash, idOf, packBalances } from "../../../server/domain/entries/entry.ts";
import { ContractStatus, Kind } from "../../../server/domain/entries/kinds.ts";
import { type Hex, NO_ID, toHex, utf8 } from "../../../server/domain/entries/words.ts";
import { packEntry } from "../../../server/ledger/codec.ts";

const CHAIN_ID = 7_411;
export const AGENCIES = [
  { id: "ID-UJI-DISHUB", name: "Dinas Perhubungan (uji)", stem: "ocds-uji-lama-dishub", head: "kepala-dishub-uji" },
  { id: "ID-UJI-DPUPR", name: "Dinas PUPR (uji)", stem: "ocds-uji-lama-dpupr", head: "kepala-dpupr-uji" },
] as const;
const SUPPLIERS = [
  { id: "ID-UJI-S-1", name: "CV Sumber Uji" },
  { id: "ID-UJI-S-2", name: "PT Uji Sentosa" },
];

export type JobChoices = {
  wave?: string;
  attempt?: number;
  tier?: "A" | "B" | "C";
  /** processes of each agency; each gives two rows: an opening, and a contract's */
  processes?: number;
  rowsALot?: number;
  agencies?: readonly (typeof AGENCIES)[number][];
  after?: readonly Hex[];
  detaches?: boolean;
  grace?: number;
  /** changes an entry before it is hashed: for rows that the ledger refuses */
  change?: (entry: Entry, number: number) => Entry;
  project?: string;
  /** contracts in lots of tier C: their entries wait for promotion */
  archived?: boolean;
};

const empty = toHex(sha256(new Uint8Array()));

/** A register on an embedded chain of this process, with the agencies of the tests. */
export async function openWorld(
  founding: Founding = { agencies: AGENCIES },
): Promise<Founded & { chain: EmbeddedChain; folder: string; close(): Promise<void> }> {
  const folder = await mkdtemp(path.join(tmpdir(), "prasasti-load-"));
  const chain = await openEmbedded({ folder: path.join(folder, "chain"), chainId: CHAIN_ID });
  const founded = await foundRegister(chain, founding);
  return {
    ...{ ...founded, chain, folder },
    close: async () => {
      await chain.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** A staged wave in a project folder. */
export async function stageJob(folder: string, choices: JobChoices = {}): Promise<Job> {
  const { wave = "W1", attempt = 1, tier = "A", processes = 20, rowsALot = 16, agencies = AGENCIES } = choices;
  const project = choices.project ?? path.join(folder, `project-${wave}-${attempt}`);
  const stage = path.join(project, ".migrate", "stage", wave, String(attempt));
  await mkdir(stage, { recursive: true });
  const id = waveId("uji", wave, attempt);
  const lots: StagedLot[] = [];
  let read = 0;
  for (const agency of agencies) {
    const rows = tier === "C" ? archive(agency, processes) : contracts(id, agency, choices, tier, processes);
    read += rows.length;
    for (let from = 0; from < rows.length; from += rowsALot) {
      const number = lots.length;
      const some = rows.slice(from, from + rowsALot).sort((a, b) => Buffer.compare(utf8(a.row.key), utf8(b.row.key)));
      const head = {
        ...{ wave: id, number, agency: idOf(agency.id), agencyId: agency.id, head: agency.head },
        tier: choices.archived ? ("C" as const) : tier,
        ...{ entity: tier === "C" ? ("payment" as const) : ("process" as const), currency: "IDR" },
      };
      const key = lotKey(head, number);
      const taken = new LotRows();
      for (const { row, value, paid } of some) taken.add(row, value, paid);
      lots.push(await writeLot(stage, String(number), { ...head, key }, taken.take(true)));
    }
  }
  const signatory = (agency: (typeof AGENCIES)[number]) => ({ id: agency.head, places: [idOf(agency.id)] });
  const rejected = 3;
  return {
    ...{ project, folder: path.join(project, ".migrate"), wave, attempt, id },
    plan: { id: "uji", hash: toHex(createHash("sha256").update(`plan of ${wave}`).digest()) },
    lead: { ...agencies[0]!, agency: idOf(agencies[0]!.id), by: signatory(agencies[0]!) },
    agencies: agencies.map((each) => ({
      ...{ id: each.id, agency: idOf(each.id), name: each.name, stem: each.stem, by: signatory(each) },
    })),
    ...{ after: choices.after ?? [], detaches: choices.detaches ?? false, grace: choices.grace ?? 3600 },
    window: { start: Date.now() - 60_000, end: Date.now() + 3_600_000 },
    cutOver: Math.floor(Date.now() / 1000) - 86_400,
    stage: { folder: stage, lots },
    suppliers: tier === "C" ? [] : SUPPLIERS,
    counts: { read: read + rejected, migrated: read, rejected, merged: 0, excluded: 0 },
    ...{ reasons: { "money-negative": rejected }, reverseDelta: "sql" },
  };
}

type Worth = { row: LotRow; value: bigint; paid: bigint };

function contracts(
  wave: Hex,
  agency: (typeof AGENCIES)[number],
  { wave: name = "W1", change = (entry) => entry }: JobChoices,
  tier: "A" | "B",
  processes: number,
): Worth[] {
  const rows: Worth[] = [];
  const on = Math.floor(Date.now() / 86_400_000) * 86_400 - 30 * 86_400;
  for (let number = 1; number <= processes; number++) {
    const ocid = `${agency.stem}-${name}-${String(number).padStart(6, "0")}`;
    const base = {
      ...{ maker: idOf(agency.head), capacity: 8, ocid, agency: idOf(agency.id), basis: NO_ID, seen: NO_ID },
      ...{ refersTo: NO_ID, expires: 0, kind: Kind.opening },
    };
    const push = (
      section: string,
      entry: Omit<Entry, "commandId" | "digest">,
      body: string,
      worth: { value: bigint; paid: bigint; preimage: Uint8Array },
    ) => {
      const key = `${ocid}|${section}`;
      const bytes = utf8(body);
      const full = change(
        { ...entry, commandId: commandIdOf(wave, key), digest: body === "" ? empty : toHex(sha256(bytes)) },
        number,
      );
      const item = packEntry({
        ...{ entry: full, up: 0, stemLength: utf8(agency.stem).length, signature: new Uint8Array(), approvals: [] },
        ...{ preimage: worth.preimage, body: tier === "A" ? bytes : new Uint8Array() },
      });
      rows.push({
        row: {
          ...{ key, hash: entryHash(full), item, body: tier === "A" ? new Uint8Array() : bytes },
          from: [{ dataset: "kontrak", row: number, at: `line ${number + 1}` }],
        },
        ...worth,
      });
    };
    push(
      "1 opening",
      { ...base, contractId: "", awardId: "", terms: { on } },
      JSON.stringify({ tender: { id: ocid, title: `Pekerjaan uji ${number}` } }),
      { value: 0n, paid: 0n, preimage: new Uint8Array() },
    );
    const value = BigInt(number) * 1_000_000_00n;
    const paid = number % 2 === 0 ? value / 4n : 0n;
    const balances: Balances = {
      ...{ status: ContractStatus.active, firstValue: value, scopeValue: value, certified: paid, advance: 0n },
      ...{ recovered: 0n, withheld: 0n, released: 0n, paid, accepted: paid, on },
    };
    const preimage = packBalances(balances, "IDR");
    push(
      "2 contract",
      {
        ...{ ...base, contractId: `K-${number}`, awardId: "" },
        terms: {
          ...{ code: 2, currency: "IDR", value, documentKey: toHex(keccak256(preimage)) },
          ...{ party: idOf(SUPPLIERS[number % 2]!.id), officer: idOf(`ppk-${agency.id}`), on },
        },
      },
      JSON.stringify({ contracts: [{ id: `K-${number}`, title: `Kontrak uji ${number}` }] }),
      { value, paid, preimage },
    );
  }
  return rows;
}

function archive(agency: (typeof AGENCIES)[number], count: number): Worth[] {
  return Array.from({ length: count }, (_, index) => {
    const key = `SP2D-${agency.id}-${index + 1}`;
    const value = BigInt(index + 1) * 500_00n;
    const body = utf8(JSON.stringify({ amount: String(value), number: key }));
    const row: LotRow = {
      ...{ key, hash: recordHash("payment", key, body), item: new Uint8Array(), body },
      from: [{ dataset: "sp2d", row: index + 1, at: `line ${index + 2}` }],
    };
    return { row, value, paid: 0n };
  });
}
