import type { FastifyInstance } from "fastify";
import { sha256 } from "#hash";
import {
  approvalHash,
  documentKeyOf,
  type Entry,
  entryHash,
  idOf,
  signedDigest,
  type Terms,
  termsFromText,
  termsToText,
} from "../domain/entries/entry.ts";
import { ContractForm, ImplementationCode, Kind, Role, StageCode, StatusCode } from "../domain/entries/kinds.ts";
import { leafPreimage } from "../domain/entries/leaf.ts";
import { type Hex, NO_ID, toHex, utf8 } from "../domain/entries/words.ts";
import { canonicalJson } from "../domain/json.ts";
import { basisOf, type ProcessView } from "../domain/projection/process-view.ts";
import type { SignedEntryRow } from "../domain/projection/project-block.ts";
import { sign } from "../ledger/signatures.ts";
import { seedId } from "./bootstrap.ts";
import { POST_KES, POST_KEU, POST_PU_1, POST_PU_2, secretOf } from "./people.ts";

/** Asks the gateway over HTTP. */
export type Ask = (method: "GET" | "POST", path: string, body?: unknown) => Promise<{ status: number; body: unknown }>;

/** Asks an application in this process, without a socket. */
export function askOf(app: Pick<FastifyInstance, "inject">): Ask {
  return async (method, path, body) => {
    const payload = body === undefined ? {} : { payload: body as object };
    const response = await app.inject({ method, url: encodeURI(path), ...payload });
    return { status: response.statusCode, body: response.json() };
  };
}

const DAY = 86_400;
const MILLION = 1_000_000_00n;

type Draft = {
  by: string;
  kind: number;
  terms: Terms;
  body?: Record<string, unknown>;
  contractId?: string;
  awardId?: string;
  approvals?: { by: string; exceptions?: number }[];
  up?: number;
  /** the number in the life of the entry that a correction names */
  corrects?: number;
  /** refused on purpose: shown in the sandbox as a refusal */
  refused?: true;
};
type Life = { ocid: string; stem: string; agency: string; drafts: Draft[] };

/**
 * Records a first set of lifelike contracts through the API, signed with the published keys. Command ids follow from
 * the drafts, so an interrupted seed goes on where it stopped.
 */
export async function seedSandbox(ask: Ask, separator: Uint8Array): Promise<void> {
  const now = Math.floor(Date.now() / 1000);
  for (const life of lives(now))
    for (const [index, draft] of life.drafts.entries()) await record(ask, separator, life, draft, index, now);
}

async function record(
  ask: Ask,
  separator: Uint8Array,
  life: Life,
  draft: Draft,
  index: number,
  now: number,
): Promise<void> {
  const { seen } = (await ask("GET", "/api/v1/ledger")).body as { seen: Hex };
  const found = await ask("GET", `/api/v1/processes/${life.ocid}`);
  const view = found.status === 200 ? (found.body as ProcessView) : undefined;
  const commandId = seedId(life.ocid, index);
  const history = view === undefined ? [] : await historyOf(ask, life.ocid);
  if (history.some((entry) => entry.commandId === commandId)) return;
  const roles: Record<number, number> = {
    [Kind.planning]: 1,
    [Kind.tender]: 1,
    [Kind.award]: 1,
    [Kind.payment]: Role.treasurer,
  };
  const corrected = draft.corrects === undefined ? undefined : history[draft.corrects];
  const body = draft.body === undefined ? new Uint8Array() : utf8(canonicalJson(draft.body));
  const entry: Entry = {
    commandId,
    maker: idOf(draft.by),
    capacity: (corrected && roles[corrected.kind]) ?? roles[draft.kind] ?? Role.officer,
    ocid: life.ocid,
    contractId: draft.contractId ?? "",
    awardId: draft.awardId ?? "",
    agency: idOf(life.agency),
    kind: draft.kind,
    basis: basisOf({ ...draft, refersTo: corrected?.leaf ?? NO_ID }, view),
    seen,
    digest: toHex(sha256(body)),
    terms: draft.terms,
    refersTo: corrected?.leaf ?? NO_ID,
    expires: now + 20 * DAY,
  };
  const hash = entryHash(entry);
  const approvals = (draft.approvals ?? []).map(({ by, exceptions = 0 }) => {
    const approval = { holder: idOf(by), capacity: Role.approver, exceptions, seen, expires: now + 20 * DAY };
    return {
      approval,
      up: 0,
      signature: toHex(sign(signedDigest(separator, approvalHash(hash, approval)), secretOf(by))),
    };
  });
  const terms = termsToText(entry.terms);
  const answer = await ask("POST", "/api/v1/submissions?wait=20000", {
    entry: { ...entry, terms },
    ...(draft.body === undefined ? {} : { body: draft.body }),
    signature: toHex(sign(signedDigest(separator, hash), secretOf(draft.by))),
    approvals,
    up: draft.up ?? 0,
    stemLength: view === undefined ? life.stem.length : 0,
    ...(corrected === undefined
      ? {}
      : { preimage: toHex(leafPreimage({ ...corrected, terms: termsFromText(corrected.terms) }, corrected.assigned)) }),
  });
  const expected = draft.refused ? 422 : 201;
  if (answer.status !== expected)
    throw new Error(`sandbox entry ${index} of ${life.ocid}: ${answer.status} ${JSON.stringify(answer.body)}`);
}

async function historyOf(ask: Ask, ocid: string): Promise<SignedEntryRow[]> {
  return ((await ask("GET", `/api/v1/processes/${ocid}/history`)).body as { history: SignedEntryRow[] }).history;
}

/** Twelve lives, told with what a regency's records hold. */
function lives(now: number): Life[] {
  const at = (daysAgo: number) => now - daysAgo * DAY;
  const [pokja, ppk, ppk2, ppkKes, pa, paKes, bud] = [
    "H-PRS-POKJA",
    "H-PRS-PPK-PU",
    "H-PRS-PPK2-PU",
    "H-PRS-PPK-KES",
    "H-PRS-PA-PU",
    "H-PRS-PA-KES",
    "H-PRS-BUD",
  ] as const;
  const idr = "IDR";
  const regency = idOf("ID-PRS-TIRTARAYA");
  const pay = (contractId: string, number: string, amount: bigint, daysAgo: number): Draft => ({
    by: bud,
    kind: Kind.payment,
    contractId,
    terms: {
      currency: idr,
      amount,
      documentTotal: amount,
      issuer: regency,
      documentKey: documentKeyOf(number),
      on: at(daysAgo),
    },
    body: { contracts: [{ id: contractId, implementation: { transactions: [{ documentNumber: number }] } }] },
  });
  const work = (by: string, contractId: string, code: number, daysAgo: number, amount?: bigint): Draft => ({
    by,
    kind: Kind.implementation,
    contractId,
    terms: { code, on: at(daysAgo), ...(amount === undefined ? {} : { currency: idr, amount }) },
  });
  const certify = (
    by: string,
    contractId: string,
    number: string,
    amount: bigint,
    daysAgo: number,
    more: Terms = {},
  ): Draft => ({
    by,
    kind: Kind.certificate,
    contractId,
    terms: { currency: idr, amount, documentKey: documentKeyOf(number), on: at(daysAgo), ...more },
  });
  const spk = (
    by: string,
    contractId: string,
    post: string,
    party: string,
    value: bigint,
    title: string,
    daysAgo: number,
  ): Draft => ({
    by,
    kind: Kind.contract,
    contractId,
    terms: {
      code: ContractForm.spk,
      currency: idr,
      value,
      officer: idOf(post),
      party: idOf(party),
      on: at(daysAgo),
      until: at(-60),
    },
    body: { contracts: [{ id: contractId, title }] },
  });

  const road = "01/SP/DPUPR/2026";
  const drain = "07/SPK/DPUPR/2026";
  const kit = "12/SPK/DINKES/2026";
  return [
    {
      ocid: "ocds-213czf-dpupr-jalan-2026-01",
      stem: "ocds-213czf-dpupr",
      agency: "ID-PRS-DPUPR",
      drafts: [
        {
          by: pokja,
          kind: Kind.planning,
          up: 1,
          terms: { code: StageCode.new, currency: idr, value: 1_500n * MILLION, on: at(29) },
          body: {
            planning: { rationale: "Peningkatan Jalan Tirta–Raya, RUP 45120001", budget: { id: "RUP-45120001" } },
          },
        },
        {
          by: pokja,
          kind: Kind.tender,
          up: 1,
          terms: { code: StageCode.new, currency: idr, value: 1_480n * MILLION, on: at(28) },
          body: {
            tender: {
              title: "Peningkatan Jalan Tirta–Raya",
              procurementMethod: "open",
              mainProcurementCategory: "works",
            },
          },
        },
        {
          by: pokja,
          kind: Kind.award,
          up: 1,
          awardId: "A-1",
          approvals: [{ by: pa }],
          terms: {
            code: StageCode.new,
            currency: idr,
            value: 1_400n * MILLION,
            party: idOf("ID-PRS-S-0001"),
            on: at(20),
          },
        },
        {
          by: ppk,
          kind: Kind.contract,
          contractId: road,
          awardId: "A-1",
          approvals: [{ by: pa }],
          terms: {
            code: ContractForm.agreement,
            currency: idr,
            value: 1_400n * MILLION,
            officer: idOf(POST_PU_1),
            party: idOf("ID-PRS-S-0001"),
            on: at(15),
            until: at(-120),
          },
          body: { contracts: [{ id: road, title: "Surat Perjanjian Peningkatan Jalan Tirta–Raya" }] },
        },
        work(ppk, road, ImplementationCode.spmk, 14),
        { ...certify(ppk, road, "BAP-01/2026", 0n, 13, { advance: 280n * MILLION }), approvals: [{ by: pa }] },
        pay(road, "SP2D-000412/2026", 280n * MILLION, 12),
        work(ppk, road, ImplementationCode.progress, 6, 560n * MILLION),
        {
          by: ppk,
          kind: Kind.amendment,
          contractId: road,
          approvals: [{ by: pa }],
          terms: { code: 2, currency: idr, value: 1_539n * MILLION, scopeValue: 1_539n * MILLION, on: at(5) },
          body: { contracts: [{ id: road, amendments: [{ rationale: "Tambahan drainase sisi utara (+9,93 %)" }] }] },
        },
        {
          ...certify(ppk, road, "BAP-02/2026", 560n * MILLION, 4, {
            recovered: 112n * MILLION,
            withheld: 28n * MILLION,
          }),
          approvals: [{ by: pa }],
        },
        pay(road, "SP2D-000498/2026", 420n * MILLION, 3),
      ],
    },
    {
      ocid: "ocds-213czf-dpupr-saluran-2026-07",
      stem: "ocds-213czf-dpupr",
      agency: "ID-PRS-DPUPR",
      drafts: [
        spk(ppk2, drain, POST_PU_2, "ID-PRS-S-0002", 148_750_000_50n, "Pemeliharaan saluran Pasar Lama", 25),
        work(ppk2, drain, ImplementationCode.spmk, 24),
        work(ppk2, drain, ImplementationCode.pho, 8, 148_750_000_50n),
        certify(ppk2, drain, "BAP-07/2026", 148_750_000_50n, 7),
        pay(drain, "SP2D-000455/2026", 148_750_000_50n, 6),
        // the same work paid once more: a fact, recorded with its excess
        pay(drain, "SP2D-000460/2026", 14_875_000_05n, 5),
        { by: ppk2, kind: Kind.status, contractId: drain, terms: { code: StatusCode.completed, on: at(4) } },
      ],
    },
    {
      ocid: "ocds-213czf-dinkes-alat-2026-12",
      stem: "ocds-213czf-dinkes",
      agency: "ID-PRS-DINKES",
      drafts: [
        spk(ppkKes, kit, POST_KES, "ID-PRS-S-0003", 95_000_000_00n, "Pengadaan alat pemeriksaan puskesmas", 22),
        work(ppkKes, kit, ImplementationCode.spmk, 21),
        work(ppkKes, kit, ImplementationCode.partialBast, 10, 59_000_000_00n),
        // recorded with two digits swapped, and corrected with a second signature
        {
          by: ppkKes,
          kind: Kind.correction,
          contractId: kit,
          corrects: 2,
          approvals: [{ by: paKes }],
          terms: { code: ImplementationCode.partialBast, currency: idr, amount: 95_000_000_00n, on: at(10) },
        },
        certify(ppkKes, kit, "BAP-12/2026", 95_000_000_00n, 9),
        pay(kit, "SP2D-000430/2026", 95_000_000_00n, 8),
        // refused: more than is accepted
        { ...certify(ppkKes, kit, "BAP-13/2026", 1_000_000_00n, 2), refused: true },
      ],
    },
    ...small.map(smallLife),
  ];

  /** A small contract without tender, as far as it has come: signed, started, accepted, certified, paid, completed. */
  function smallLife({ office, number, title, supplier, value, steps }: Small): Life {
    const { agency, stem, post, ppk: by, code } = offices[office];
    const contractId = `${number}/SPK/${code}/2026`;
    const all: Draft[] = [
      spk(by, contractId, post, supplier, value, title, 26),
      work(by, contractId, ImplementationCode.spmk, 25),
      work(by, contractId, ImplementationCode.pho, 9, value),
      certify(by, contractId, `BAP-${number}/${code}/2026`, value, 7),
      pay(contractId, `SP2D-${code}-${number}/2026`, value, 5),
      { by, kind: Kind.status, contractId, terms: { code: StatusCode.completed, on: at(3) } },
    ];
    return { ocid: `${stem}-spk-2026-${number}`, stem, agency, drafts: all.slice(0, steps) };
  }
}

const offices = {
  roads: { agency: "ID-PRS-DPUPR", stem: "ocds-213czf-dpupr", post: POST_PU_1, ppk: "H-PRS-PPK-PU", code: "DPUPR" },
  water: { agency: "ID-PRS-DPUPR", stem: "ocds-213czf-dpupr", post: POST_PU_2, ppk: "H-PRS-PPK2-PU", code: "DPUPR" },
  health: { agency: "ID-PRS-DINKES", stem: "ocds-213czf-dinkes", post: POST_KES, ppk: "H-PRS-PPK-KES", code: "DINKES" },
  finance: { agency: "ID-PRS-BPKAD", stem: "ocds-213czf-bpkad", post: POST_KEU, ppk: "H-PRS-PPK-KEU", code: "BPKAD" },
} as const;

type Small = {
  office: keyof typeof offices;
  number: string;
  title: string;
  supplier: string;
  /** sen */
  value: bigint;
  /** how many of the six steps of its life are done */
  steps: number;
};

const small: readonly Small[] = [
  {
    office: "roads",
    number: "21",
    title: "Penambalan jalan Lingkar Timur",
    supplier: "ID-PRS-S-0002",
    value: 187_600_000_00n,
    steps: 6,
  },
  {
    office: "roads",
    number: "22",
    title: "Perencanaan teknis jembatan Kali Bening",
    supplier: "ID-PRS-S-0004",
    value: 98_750_000_00n,
    steps: 4,
  },
  {
    office: "roads",
    number: "23",
    title: "Marka dan rambu jalan sekolah",
    supplier: "ID-PRS-S-0001",
    value: 74_312_500_00n,
    steps: 2,
  },
  {
    office: "water",
    number: "31",
    title: "Normalisasi saluran irigasi Sawah Lega",
    supplier: "ID-PRS-S-0002",
    value: 199_999_999_99n,
    steps: 5,
  },
  {
    office: "water",
    number: "32",
    title: "Pengawasan embung Cikarang Hilir",
    supplier: "ID-PRS-S-0004",
    value: 49_500_000_00n,
    steps: 1,
  },
  {
    office: "health",
    number: "41",
    title: "Bahan habis pakai laboratorium",
    supplier: "ID-PRS-S-0003",
    value: 163_218_450_25n,
    steps: 6,
  },
  {
    office: "health",
    number: "42",
    title: "Pemeliharaan lemari pendingin vaksin",
    supplier: "ID-PRS-S-0003",
    value: 38_400_000_00n,
    steps: 3,
  },
  {
    office: "finance",
    number: "51",
    title: "Lisensi aplikasi penatausahaan aset",
    supplier: "ID-PRS-S-0005",
    value: 145_000_000_00n,
    steps: 5,
  },
  {
    office: "finance",
    number: "52",
    title: "Pengadaan kertas dan alat tulis",
    supplier: "ID-PRS-S-0005",
    value: 12_345_678_90n,
    steps: 6,
  },
];
