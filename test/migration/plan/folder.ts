import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A project folder of an operator, with a plan against which nothing stands. */
export async function aFolder(
  files: Readonly<Record<string, string>> = {},
): Promise<{ path: string; [Symbol.asyncDispose](): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), "prasasti plan "));
  for (const [name, text] of Object.entries({ ...WHOLE, ...files })) await put(path, name, text);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

export async function put(folder: string, name: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, name)), { recursive: true });
  await writeFile(join(folder, name), text);
}

const wave = (id: string, day: number, more: string, last = "") => `
  - id: ${id}
${more}
    lead: ID-77-SETDA
    overseer: { office: Inspektur, holder: H-INSPEKTUR }
    owner: { office: Kepala UKPBJ, holder: H-UKPBJ, contact: { phone: "+62 811-0000-001" } }
    deputy: { office: Kepala Bidang LPSE, holder: H-LPSE }
    window: { start: "2026-03-${day}T20:00", end: "2026-03-${day + 1}T04:00", overrun: pause }
    backup: { restoreTest: required, maxAgeDays: 3 }
    rehearsal: { maxAgeDays: 7, maxEtaErrorPercent: 20 }
    goNoGo: { rejectsMaxPercent: 0.5, mismatchesMax: 0, unreviewedDuplicatesMax: 0, controlTotalsDelta: "0", samplesSigned: 30 }
    rollback:
      trigger: ["a mismatch is found"]
      deadline: 14d
      edited: block
      reverseDelta: csv${last}`;

export const PLAN = `# a plan, with comments
apiVersion: prasasti/migration/v1
id: kab-tirtaraya-2026
name: Kabupaten Tirtaraya, contracts of 2024 and 2025
currency: IDR
timezone: Asia/Jakarta
deadline: "2026-12-31"
approvers:
  - { office: Sekretaris Daerah, holder: H-SEKDA }
  - { office: Inspektur, holder: H-INSPEKTUR }
sources:
  spse: { engine: json, path: "data/spse/*.json" }
  arsip: { engine: csv, path: data/arsip.csv, encoding: utf-8, delimiter: "," }
signOff:
  - { source: spse, office: Kepala LPSE, holder: H-LPSE }
  - { source: arsip, office: Kepala Arsip, holder: H-ARSIP }
agencies:
  - { id: ID-77-SETDA, name: SEKRETARIAT DAERAH, codes: ["100"], stem: ocds-tirta-lama-setda, head: { holder: H-SEKDA } }
  - { id: ID-77-PU, name: DINAS PU, codes: ["200", "1.03.0"], stem: ocds-tirta-lama-pu, head: { holder: H-KADIS-PU } }
datasets:
  - { id: satker, source: spse, table: satker, map: maps/satker.yaml, order: 10 }
  - { id: kontrak, source: spse, table: kontrak, map: maps/kontrak.yaml, order: 40 }
  - { id: arsip, source: arsip, table: arsip, map: maps/arsip.yaml, order: 10 }
quality:
  - { id: Q1, on: kontrak, check: "nilai_kontrak > 0", level: fail, onRow: reject }
dedupe:
  - { on: process, rules: [exact-row] }
waves:${wave("W0", 2 * 5, '    after: []\n    tier: C\n    datasets: [satker]\n    scope: { agencies: "*" }')}${wave("W1", 15, "    after: [W0]\n    pilot: true\n    tier: A\n    datasets: [kontrak]\n    scope: { agencies: [ID-77-PU] }", '\n    communication: [{ when: start-7d, audience: PPK, channel: surat, text: Dibekukan semalam }]\n    training: [{ role: PPK, material: docs/ppk.md, doneBy: "2026-03-01" }]')}${wave("W2", 20, '    after: [W1]\n    tier: B\n    datasets: [kontrak, arsip]\n    scope: { agencies: "*" }\n    requireLessons: true')}
goals:
  - { id: G1, metric: minutes to find a contract, baseline: 40, target: 1 }
risks:
  - { id: R1, text: the source is down in the window, likelihood: 2, impact: 4, mitigation: use the backup, owner: Kepala LPSE }
budget:
  currency: IDR
  items:
    - { name: training, amount: "25000000.00" }
`;

/** A map of a table with kd, kd_satker, nama, nilai, status. */
export function aMap(id: string, makes: string): string {
  return `apiVersion: prasasti/map/v1
id: ${id}
title: { en: ${id}, id: ${id} }
match: { all: [kd_satker] }
fields:
  key: { from: kd }
  code: { from: kd_satker }
  name: { from: nama }
  value: { from: [nilai_kontrak, nilai], as: money }
  status: { from: status, as: code, table: contract-status }
  day: { from: tanggal, as: date, format: [iso] }
${makes}
`;
}

const PROCESS = `process:
  key: $key
  agency: $code
  at: $day
  release: { tender: { id: $key } }
  facts: [{ contract: "{key}-1", status: $status, value: $value }]`;

export const PAYMENT = "payment: { key: $key, agency: $code, value: $value, record: { id: $key } }";

const WHOLE: Readonly<Record<string, string>> = {
  "waves.yaml": PLAN,
  "data/spse/satker.json": '[{"kd_satker": "200", "nama": "DINAS PU"}]',
  "data/spse/kontrak.json": '[{"kd": "1", "kd_satker": "200", "nilai_kontrak": 1000}]',
  "data/arsip.csv": "kd,kd_satker,nilai\n7,100,500\n",
  "maps/satker.yaml": aMap("satker", "agency: { key: $code, name: $name, codes: [$code] }"),
  "maps/kontrak.yaml": aMap("kontrak", PROCESS),
  "maps/arsip.yaml": aMap("arsip", PROCESS),
};
