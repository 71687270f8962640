// Acts on holders, agencies and offices in the words of the people who sign and read them.

import type { Language } from "../problems.ts";
import { type Act, ActCode, isWaveAct, nameOfAct } from "./act.ts";
import { Custody } from "./kinds.ts";
import { roleInWords, timeInWords } from "./telling.ts";
import { type Hex, NO_ID } from "./words.ts";

const actNames: Record<keyof typeof ActCode, readonly [string, string]> = {
  enrol: ["enrols a holder", "mendaftarkan pemegang"],
  addKey: ["adds a key", "menambah kunci"],
  revokeKey: ["revokes a key", "mencabut kunci"],
  replaceKey: ["replaces a lost key", "mengganti kunci yang hilang"],
  registerAgency: ["registers an agency", "mendaftarkan instansi"],
  registerEntity: ["registers a supplier", "mendaftarkan penyedia"],
  addStem: ["adds an ocid stem", "menambah awalan ocid"],
  grant: ["grants an office", "memberi jabatan"],
  revoke: ["ends an office", "mengakhiri jabatan"],
  veto: ["vetoes a grant", "menolak pemberian jabatan"],
  moveAgency: ["moves an agency", "memindahkan instansi"],
  succeed: ["has an agency succeed another", "mengalihkan instansi ke penerusnya"],
  suspend: ["suspends an office", "membekukan jabatan"],
  resume: ["resumes an office", "memulihkan jabatan"],
  delegate: ["delegates an office", "mendelegasikan jabatan"],
  handOver: ["hands over all offices", "mengalihkan semua jabatan"],
  appoint: ["appoints", "mengangkat"],
  dismiss: ["dismisses", "memberhentikan"],
  breakGlass: ["breaks the glass", "tindakan darurat dewan"],
  decided: ["a decision of the council", "keputusan dewan"],
  openWave: ["opens a wave of legacy records", "membuka gelombang data lama"],
  consentToWave: ["agrees to a wave of legacy records", "menyetujui gelombang data lama"],
  leaseWave: ["hands a wave to another writer", "mengalihkan penulisan gelombang"],
  closeWave: ["closes a wave of legacy records", "menutup gelombang data lama"],
  activateWave: ["puts a wave of legacy records in force", "memberlakukan gelombang data lama"],
  rollBackWave: ["rolls back a wave of legacy records", "menarik kembali gelombang data lama"],
  finaliseWave: ["makes a wave of legacy records final", "memfinalkan gelombang data lama"],
};

/** What an act does; its number where it is none that we know. */
export function actInWords({ code }: { code: number }, language: Language): string {
  const known = actNames[nameOfAct(code) as keyof typeof ActCode];
  return known === undefined ? `act ${code}` : known[language === "id" ? 1 : 0];
}

const names = {
  holder: ["holder", "pemegang"],
  below: ["below", "di bawah"],
  from: ["from", "dari"],
  to: ["to", "kepada"],
  agency: ["agency", "instansi"],
  office: ["office", "jabatan"],
  post: ["post", "pos jabatan"],
  oldKey: ["old key", "kunci lama"],
  key: ["key", "kunci"],
  kept: ["kept", "disimpan"],
  reach: ["reach", "jangkauan"],
  begins: ["from", "mulai"],
  until: ["until", "sampai"],
  wave: ["wave", "gelombang"],
  plan: ["plan", "rencana"],
  epoch: ["writer's turn", "giliran penulis"],
  grace: ["days in which it may be rolled back", "hari selama boleh ditarik kembali"],
  edited: ["processes with later entries", "proses yang sudah ditandatangani lagi"],
  rows: ["rows", "baris"],
  counts: ["read, rejected, merged, excluded", "dibaca, ditolak, digabung, dikecualikan"],
  lots: ["lots", "lot"],
  migrated: ["migrated", "dimigrasikan"],
  certified: ["certificate", "sertifikat"],
  after: ["only after the wave", "hanya setelah gelombang"],
  delta: ["later entries, for the old system", "entri kemudian, untuk sistem lama"],
  expires: ["good until", "berlaku sampai"],
} as const satisfies Record<string, readonly [en: string, id: string]>;

/**
 * What an act says, as [name, value] pairs: the fields mean other things by code, and nothing that is set is left out but
 * its maker, the act before it and its body.
 * @param body of a hand-over: the offices in it are told
 * @param named what is known of an id
 */
export function actRowsInWords(
  act: Act,
  body: string | undefined,
  named: (id: Hex) => string,
  language: Language,
): [name: string, value: string][] {
  const rows: [string, string][] = [];
  const add = (name: keyof typeof names, value: string) => rows.push([names[name][language === "id" ? 1 : 0], value]);
  const time = (seconds: number) => timeInWords(seconds * 1000, language);
  if (isWaveAct(act.code)) {
    for (const [name, value] of waveRows(act, body, named, language)) add(name, value);
    add("expires", time(act.expires));
    return rows;
  }
  const onAgency = act.code === ActCode.registerAgency || act.code === ActCode.registerEntity;
  const handsOver = act.code === ActCode.handOver;
  const onKey = act.code <= ActCode.replaceKey;
  if (act.holder !== NO_ID) add(onAgency ? "below" : handsOver ? "from" : "holder", named(act.holder));
  if (handsOver) add("to", named(act.key));
  if (act.agency !== NO_ID) add("agency", named(act.agency));
  if (act.role !== 0 && act.code !== ActCode.addStem) add("office", roleInWords(act.role, language));
  if (act.post !== NO_ID)
    if (onKey) add("oldKey", addressIn(act.post));
    else add("post", named(act.post));
  if (onKey) {
    add("key", addressIn(act.key));
    const custody = Object.entries(Custody).find(([, code]) => code === act.custody)?.[0];
    if (custody !== undefined) add("kept", custody);
  } else if (act.custody === 1)
    add("reach", { en: "the agencies below too", id: "juga instansi di bawahnya" }[language]);
  if (act.from !== 0) add("begins", time(act.from));
  if (act.until !== 0) add("until", time(act.until));
  if (handsOver)
    for (const { role, post } of officesIn(body))
      add("office", `${roleInWords(role, language)}${post === NO_ID ? "" : ` ${named(post)}`}`);
  add("expires", time(act.expires));
  return rows;
}

/** Of an act on a wave: which, what its fields mean by code, and of its body what is signed for. */
function waveRows(
  act: Act,
  body: string | undefined,
  named: (id: Hex) => string,
  language: Language,
): [keyof typeof names, string][] {
  const rows: [keyof typeof names, string][] = [
    ["wave", act.post],
    ["agency", named(act.agency)],
  ];
  const { openWave, consentToWave, leaseWave, closeWave, rollBackWave } = ActCode;
  if (act.code === openWave || act.code === consentToWave) rows.push(["plan", act.key]);
  if (act.code === openWave) {
    rows.push(["grace", String(Math.ceil(act.until / 86_400))]);
    const stays = { en: "stay when it is rolled back", id: "tetap berlaku bila ditarik kembali" };
    const block = { en: "keep it from being rolled back", id: "menghalangi penarikan kembali" };
    rows.push(["edited", (act.role & 1 ? stays : block)[language]]);
    for (const id of (body ?? "").slice(2).match(/.{64}/g) ?? []) rows.push(["after", `0x${id}`]);
  }
  if (act.code === leaseWave || act.code === closeWave) rows.push(["epoch", String(act.from)]);
  if (act.code === closeWave) {
    const counts = act.holder.slice(2).match(/.{16}/g) ?? [];
    rows.push(["rows", String(act.until)]);
    const [read = 0n, ...others] = counts.map((count) => BigInt(`0x${count}`));
    rows.push(["counts", [read, ...others].map(String).join(", ")]);
    rows.push(["migrated", String(others.reduce((left, count) => left - count, read))]);
    rows.push(["lots", act.key]);
    for (const line of certified(body)) rows.push(["certified", line]);
  }
  if (act.code === rollBackWave && act.key !== NO_ID) rows.push(["delta", act.key]);
  return rows;
}

/**
 * The numbers and short texts of a certificate, two levels deep, as `name: value`: whoever signs sees the sums that he
 * signs for, however the certificate is made.
 */
function certified(body: string | undefined): string[] {
  const lines: string[] = [];
  const tell = (value: unknown, path: string) => {
    if (typeof value === "number" || typeof value === "boolean" || (typeof value === "string" && value.length <= 80))
      lines.push(`${path}: ${value}`);
    else if (typeof value === "object" && value !== null && path.split(".").length <= 2)
      for (const [name, inner] of Object.entries(value)) tell(inner, path === "" ? name : `${path}.${name}`);
  };
  try {
    tell(JSON.parse(body ?? ""), "");
  } catch {
    return []; // no JSON: its digest is signed all the same
  }
  return lines.slice(0, MOST_LINES);
}
const MOST_LINES = 40;

/** The address in a word. */
const addressIn = (word: Hex) => `0x${word.slice(26)}`;

function officesIn(body: string | undefined): { role: number; post: Hex }[] {
  try {
    return (JSON.parse(body ?? "") as { offices: { role: number; post: Hex }[] }).offices;
  } catch {
    return [];
  }
}
