import type { Language, Words } from "../../server/domain/problems.ts";
import { count, decimal, rupiah, share } from "../../server/domain/report/spelled.ts";
import type { ColumnProfile } from "./column.ts";
import type { Inventory } from "./inventory.ts";
import type { AwardProfile, LinkProfile } from "./links.ts";
import type { KeyProfile, PairName, TableProfile } from "./profile.ts";
import type { QualityRule } from "./quality.ts";
import { STAGES } from "./stage-of.ts";

/** `block`: nothing may be migrated before it is settled; `warn`: somebody decides; `info`: good to know. */
export type Severity = "block" | "warn" | "info";

/** One place where a check found something. */
type Found = {
  readonly table: string;
  readonly column?: string;
  readonly says: Words;
  /** counted rows or values */
  readonly count: number;
  /** some of the rows, from 1 */
  readonly rows?: readonly number[];
  /** settled by a rule of the plan, which it names */
  readonly settledBy?: string;
};

export type CheckResult = {
  readonly id: string;
  readonly severity: Severity;
  readonly title: Words;
  readonly looks: Words;
  readonly remedy: Words;
  readonly found: readonly Found[];
  /** `passed`: looked and found nothing; `settled`: all of it by the plan; `open`: somebody's to settle; `idle`: nothing to look at */
  readonly verdict: "passed" | "open" | "settled" | "idle";
};

/** What the plan says that bears on checks; all of it may be missing before there is a plan. */
export type PlanFacts = {
  /** legacy codes of all agencies of the plan */
  readonly agencies?: readonly string[];
  /** dataset by table: `source/table` → id */
  readonly datasets?: ReadonlyMap<string, string>;
  /** dedupe rules by dataset or entity */
  readonly dedupe?: ReadonlyMap<string, readonly string[]>;
};

export type AssessInput = {
  readonly inventory: Inventory;
  readonly profiles: readonly TableProfile[];
  readonly links: readonly LinkProfile[];
  readonly awards: readonly AwardProfile[];
  readonly plan: PlanFacts;
};

type Check = {
  readonly severity: Severity;
  readonly title: Words;
  readonly looks: Words;
  readonly remedy: Words;
  /** undefined: there was nothing to look at */
  find(input: AssessInput): Found[] | undefined;
};

/** Whether migration may go on: no blocking check is open. */
export function isBlocked(results: readonly CheckResult[]): boolean {
  return results.some(({ severity, verdict }) => severity === "block" && verdict === "open");
}

/** Runs all checks, in the order of their ids. */
export function assess(input: AssessInput): CheckResult[] {
  return Object.entries(CHECKS).map(([id, check]) => {
    const found = check.find(input);
    const { severity, title, looks, remedy } = check;
    const verdict =
      found === undefined
        ? "idle"
        : found.length === 0
          ? "passed"
          : found.every(({ settledBy }) => settledBy !== undefined)
            ? "settled"
            : "open";
    return { id, severity, title, looks, remedy, found: found ?? [], verdict };
  });
}

/** Rules that any table can be held against, by the names of its columns; their findings are those of the check they name. */
export function standardRules(columns: readonly string[]): QualityRule[] {
  const rules: QualityRule[] = [];
  for (const start of columns) {
    const ends = [
      start.replace(/awal/i, "akhir"),
      start.replace(/mulai/i, "selesai"),
      start.replace(/start/i, "end"),
    ].filter((name) => name !== start && columns.includes(name));
    for (const end of new Set(ends))
      if (/tgl|tanggal|date/i.test(start))
        rules.push({ id: `MIG-A033 ${end}`, check: `${quoted(end)} >= ${quoted(start)}`, level: "warn" });
  }
  const ceiling = columns.find((name) => /^(?:pkt_)?hps$/i.test(name));
  for (const value of columns.filter((name) => /^(?:hasil_lelang|nilai_kontrak|nilai_negosiasi)$/i.test(name)))
    if (ceiling !== undefined)
      rules.push({
        id: `MIG-A047 ${value}`,
        check: `${quoted(value)} <= ${quoted(ceiling)} or ${quoted(ceiling)} = 0`,
        level: "warn",
      });
  return rules;
}

function quoted(column: string): string {
  return /^[\p{L}_][\p{L}\p{N}_]*$/u.test(column) ? column : `\`${column}\``;
}

// ---- what several checks ask

const both = (en: string, id: string): Words => ({ en, id });

function columnsThat(
  { profiles }: AssessInput,
  wanted: (
    column: TableProfile["columns"][number],
    profile: TableProfile,
  ) => { count: number; says: Words; rows?: readonly number[] } | undefined,
): Found[] {
  return profiles.flatMap((profile) =>
    profile.columns.flatMap((column) => {
      const found = wanted(column, profile);
      return found === undefined || found.count === 0 ? [] : [{ table: profile.table, column: column.name, ...found }];
    }),
  );
}

/** Cells with an oddity. */
function oddities(input: AssessInput, ...names: (keyof ColumnProfile["odd"])[]): Found[] {
  return columnsThat(input, ({ odd, firstRows }, { rows }) => {
    const found = names.reduce((sum, name) => Math.max(sum, odd[name] ?? 0), 0);
    const first = names.flatMap((name) => (name === "spaces" ? [] : (firstRows[name] ?? [])));
    return {
      count: found,
      says: cellsOf(found, rows),
      ...(first.length === 0 ? {} : { rows: [Math.min(...first)] }),
    };
  });
}

function cellsOf(found: number, rows: number): Words {
  return both(`${count(found)} cells (${share(found, rows)})`, `${count(found)} sel (${share(found, rows)})`);
}

function faultsOf({ profiles }: AssessInput, ...codes: string[]): Found[] {
  return profiles.flatMap(({ table, faults }) =>
    faults
      .filter(({ code }) => codes.includes(code))
      .map(({ column, count: times, at }) => ({
        table,
        ...(column === "" ? {} : { column }),
        count: times,
        says: both(`${count(times)}, first at ${at}`, `${count(times)}, pertama di ${at}`),
      })),
  );
}

function pairsOf(
  { profiles }: AssessInput,
  name: PairName,
  says: (pair: TableProfile["pairs"][number]) => Words,
): Found[] | undefined {
  const looked = profiles.filter(({ pairs }) => pairs.some((pair) => pair.name === name));
  if (looked.length === 0) return undefined;
  return looked.flatMap(({ table, pairs }) =>
    pairs
      .filter((pair) => pair.name === name && pair.several > 0)
      .map((pair) => ({
        table,
        column: pair.of,
        count: pair.several,
        says: says(pair),
        rows: pair.examples.flat().slice(0, 6),
      })),
  );
}

/** The key that tells most rows apart: fewest missing, then fewest that differ, then the shortest. */
function bestKey(profile: TableProfile): KeyProfile | undefined {
  return [...profile.keys].sort(
    (a, b) => a.missing - b.missing || a.differing - b.differing || a.columns.length - b.columns.length,
  )[0];
}

function nameOf(key: KeyProfile): string {
  return key.columns.join(" + ");
}

function identifiers(
  input: AssessInput,
  classes: readonly string[],
  says: (found: number, filled: number) => Words,
): Found[] | undefined {
  const looked = input.profiles.some(({ columns }) => columns.some((column) => column.identifiers !== null));
  if (!looked) return undefined;
  return columnsThat(input, ({ identifiers: found, kind }) => {
    if (found === null || kind === "nip") return undefined;
    const times = Object.entries(found).reduce((sum, [name, many]) => sum + (classes.includes(name) ? many : 0), 0);
    const filled = Object.entries(found).reduce((sum, [name, many]) => sum + (name === "empty_or_null" ? 0 : many), 0);
    return { count: times, says: says(times, filled) };
  });
}

function money(
  input: AssessInput,
  wanted: (number: NonNullable<ColumnProfile["number"]>, rows: number) => { count: number; says: Words },
): Found[] | undefined {
  const looked = input.profiles.some(({ columns }) => columns.some(({ kind }) => kind === "money"));
  if (!looked) return undefined;
  return columnsThat(input, ({ kind, number }, { rows }) =>
    kind === "money" && number !== null ? wanted(number, rows) : undefined,
  );
}

function dates(
  input: AssessInput,
  wanted: (
    date: NonNullable<ColumnProfile["date"]>,
    column: ColumnProfile,
  ) => { count: number; says: Words; rows?: readonly number[] },
): Found[] | undefined {
  const looked = input.profiles.some(({ columns }) => columns.some(({ date }) => date !== null));
  if (!looked) return undefined;
  return columnsThat(input, (column) =>
    column.kind === "date" && column.date !== null ? wanted(column.date, column) : undefined,
  );
}

function ruled({ profiles }: AssessInput, id: string): Found[] | undefined {
  const looked = profiles.flatMap(({ table, rules }) =>
    rules.filter((rule) => rule.id.startsWith(id)).map((rule) => ({ table, rule })),
  );
  if (looked.length === 0) return undefined;
  return looked
    .filter(({ rule }) => rule.broken > 0)
    .map(({ table, rule: { check, broken, judged, examples } }) => ({
      table,
      count: broken,
      says: both(
        `not so in ${count(broken)} of ${count(judged)} rows: ${check}`,
        `tidak terpenuhi pada ${count(broken)} dari ${count(judged)} baris: ${check}`,
      ),
      rows: examples,
    }));
}

function linked({ links }: AssessInput, from: readonly string[], to: readonly string[]): Found[] | undefined {
  const looked = links.filter(
    (link) => from.includes(link.from.stage) && to.includes(link.to.stage) && !link.by.includes("("),
  );
  if (looked.length === 0) return undefined;
  return looked
    .filter(({ without }) => without > 0)
    .map(({ by, from, to, keys, without, examples }) => ({
      table: from.tables.join(", "),
      column: by,
      count: without,
      says: both(
        `${count(without)} of ${count(keys)} are in no ${STAGES[to.stage].en} (${to.tables.join(", ")})`,
        `${count(without)} dari ${count(keys)} tidak ada di ${STAGES[to.stage].id} (${to.tables.join(", ")})`,
      ),
      rows: examples.filter(({ table }) => table === from.tables[0]).map(({ row }) => row),
    }));
}

/** The rule of the plan that takes repeated rows out, if there is one for the table. */
function dedupedBy({ plan }: AssessInput, profile: TableProfile, ...rules: string[]): string | undefined {
  const dataset = plan.datasets?.get(`${profile.source}/${profile.table}`);
  if (dataset === undefined || plan.dedupe === undefined) return undefined;
  const entities = ["process", "payment", "supplier", "agency", "record"];
  for (const on of [dataset, ...entities])
    for (const rule of plan.dedupe.get(on) ?? []) if (rules.includes(rule)) return `dedupe: ${on}, ${rule}`;
  return undefined;
}

// ---- the checks

/** By their stable ids: a number is never used again, and a check that is dropped leaves its number behind. */
export const CHECKS: Readonly<Record<string, Check>> = {
  "MIG-A001": {
    severity: "block",
    title: both("No key", "Tanpa kunci"),
    looks: both(
      "Tables in which no column, declared or named like one, tells rows apart.",
      "Tabel yang tidak memiliki kolom, dinyatakan atau bernama demikian, yang membedakan baris.",
    ),
    remedy: both(
      "Name the columns that make a row unique as `key` of the dataset's map; ask the owner of the source which they are.",
      "Sebutkan kolom yang membuat baris unik sebagai `key` dalam peta dataset; tanyakan kepada pemilik sumber.",
    ),
    find: ({ profiles }) =>
      profiles
        .filter(({ rows }) => rows > 0)
        .flatMap((profile) => {
          const key = bestKey(profile);
          if (key === undefined)
            return [
              {
                table: profile.table,
                count: profile.rows,
                says: both("no column to try", "tidak ada kolom untuk dicoba"),
              },
            ];
          return key.missing > profile.rows / 2
            ? [
                {
                  table: profile.table,
                  column: nameOf(key),
                  count: key.missing,
                  says: both(
                    `the best candidate is empty in ${count(key.missing)} of ${count(profile.rows)} rows`,
                    `calon terbaik kosong pada ${count(key.missing)} dari ${count(profile.rows)} baris`,
                  ),
                },
              ]
            : [];
        }),
  },
  "MIG-A002": {
    severity: "block",
    title: both("A declared key stands for several contents", "Kunci yang dinyatakan memuat beberapa isi"),
    looks: both(
      "Keys that the source declares, and rows of one key that differ in more than when they were loaded.",
      "Kunci yang dinyatakan sumber, dan baris berkunci sama yang berbeda selain waktu pemuatannya.",
    ),
    remedy: both(
      "A declared key that is broken means that the file is not what the source held: export it again. Otherwise add the column that tells the rows apart to the key.",
      "Kunci yang dilanggar berarti berkas berbeda dari isi sumber: ekspor ulang. Bila tidak, tambahkan kolom pembeda ke kunci.",
    ),
    find: ({ profiles }) => {
      const declared = profiles.flatMap(({ table, keys }) =>
        keys.filter((key) => key.declared).map((key) => ({ table, key })),
      );
      return declared.length === 0
        ? undefined
        : declared.filter(({ key }) => key.differing > 0).map(({ table, key }) => differing(table, key));
    },
  },
  "MIG-A003": {
    severity: "warn",
    title: both("One key, several contents", "Satu kunci, beberapa isi"),
    looks: both(
      "Columns named like a key (package code, with its version where there is one) in rows that differ: versions, instalments, or errors.",
      "Kolom yang bernama seperti kunci (kode paket, dengan versinya bila ada) pada baris yang berbeda: versi, termin, atau kesalahan.",
    ),
    remedy: both(
      "Look at the rows. Versions and instalments are told apart by a further column: name it in the map. What contradicts itself is decided by a person: `prasasti migrate dedupe`.",
      "Lihat barisnya. Versi dan termin dibedakan oleh kolom lain: sebutkan dalam peta. Yang bertentangan diputuskan orang: `prasasti migrate dedupe`.",
    ),
    find: ({ profiles }) =>
      profiles.flatMap(({ table, keys }) => {
        const offered = keys.filter((key) => !key.declared);
        // the longest that all rows have tells most: where it tells all apart, the shorter ones need not
        const whole = offered.filter(({ missing }) => missing === 0);
        const longest = (whole.length > 0 ? whole : offered).toSorted((a, b) => b.columns.length - a.columns.length)[0];
        return longest === undefined || longest.differing === 0 ? [] : [differing(table, longest)];
      }),
  },
  "MIG-A004": {
    severity: "warn",
    title: both("Rows without a key", "Baris tanpa kunci"),
    looks: both(
      "Rows in which a key column is null, empty, zero or a dash.",
      "Baris yang kolom kuncinya null, kosong, nol, atau tanda hubung.",
    ),
    remedy: both(
      "They will be rejected as `key-missing`. Let the owner of the source fill them in, or accept the rejects.",
      "Baris ini akan ditolak sebagai `key-missing`. Minta pemilik sumber melengkapinya, atau terima penolakannya.",
    ),
    find: ({ profiles }) =>
      profiles.flatMap(({ table, keys, rows }) =>
        keys
          .filter(({ missing, columns }) => missing > 0 && columns.length === 1)
          .map((key) => ({ table, column: nameOf(key), count: key.missing, says: cellsOf(key.missing, rows) })),
      ),
  },
  "MIG-A005": {
    severity: "block",
    title: both("Amounts counted twice", "Jumlah terhitung dua kali"),
    looks: both(
      "Rows that were sent again, and what that adds to the sums of certificates and payments if they are summed as they come.",
      "Baris yang terkirim ulang, dan berapa tambahannya pada jumlah pembayaran bila dijumlahkan apa adanya.",
    ),
    remedy: both(
      "Add a dedupe rule of the plan for the dataset: `exact-row`, or `ignoring-load-stamps` where rows differ only in when they were loaded. Each merged row is listed with its twin.",
      "Tambahkan aturan dedupe untuk dataset itu: `exact-row`, atau `ignoring-load-stamps` bila baris hanya berbeda waktu muatnya. Setiap baris yang digabung dicatat bersama kembarannya.",
    ),
    find: (input) => {
      const paying = input.profiles.filter(
        ({ stage }) => stage === "acceptance" || stage === "payment" || stage === "recording",
      );
      if (paying.length === 0) return undefined;
      return paying.flatMap((profile) => {
        const settledBy = dedupedBy(
          input,
          profile,
          ...(profile.reloaded > profile.repeated ? ["ignoring-load-stamps"] : ["exact-row", "ignoring-load-stamps"]),
        );
        return profile.sums
          .filter(({ raw, withoutReloaded, column }) => raw !== withoutReloaded && PAID.test(column))
          .map(({ column, raw, withoutReloaded }) => ({
            table: profile.table,
            column,
            count: profile.reloaded,
            says: both(
              `${rupiah(raw)} as the rows come, ${rupiah(withoutReloaded)} without the ${count(profile.reloaded)} rows sent again`,
              `${rupiah(raw)} apa adanya, ${rupiah(withoutReloaded)} tanpa ${count(profile.reloaded)} baris yang terkirim ulang`,
            ),
            ...(settledBy === undefined ? {} : { settledBy }),
          }));
      });
    },
  },
  "MIG-A006": {
    severity: "warn",
    title: both("Rows sent again", "Baris terkirim ulang"),
    looks: both(
      "Rows with the same content in all columns, and in all but those that say when a row was loaded.",
      "Baris yang sama isinya di semua kolom, dan di semua kolom kecuali penanda waktu muat.",
    ),
    remedy: both(
      "Decide by a dedupe rule of the plan; nothing is merged without one.",
      "Putuskan dengan aturan dedupe dalam rencana; tanpa itu tidak ada yang digabung.",
    ),
    find: (input) =>
      input.profiles
        .filter(({ reloaded }) => reloaded > 0)
        .map((profile) => {
          const settledBy = dedupedBy(
            input,
            profile,
            ...(profile.reloaded > profile.repeated ? ["ignoring-load-stamps"] : ["exact-row", "ignoring-load-stamps"]),
          );
          const { table, repeated, reloaded, rows, stamps } = profile;
          return {
            table,
            count: reloaded,
            says:
              stamps.length === 0
                ? both(
                    `${count(repeated)} of ${count(rows)} rows (${share(repeated, rows)}) are the same in every column`,
                    `${count(repeated)} dari ${count(rows)} baris (${share(repeated, rows)}) sama di semua kolom`,
                  )
                : both(
                    `${count(repeated)} rows the same in every column, ${count(reloaded)} of ${count(rows)} (${share(reloaded, rows)}) but for ${stamps.join(", ")}`,
                    `${count(repeated)} baris sama di semua kolom, ${count(reloaded)} dari ${count(rows)} (${share(reloaded, rows)}) selain ${stamps.join(", ")}`,
                  ),
            ...(settledBy === undefined ? {} : { settledBy }),
          };
        }),
  },
  "MIG-A007": {
    severity: "warn",
    title: both("A contract number of several packages", "Satu nomor kontrak pada beberapa paket"),
    looks: both(
      "Numbers of contracts that stand in rows of different packages.",
      "Nomor kontrak yang muncul pada paket berbeda.",
    ),
    remedy: both(
      "Never use the number as a key: the maps take source, package and version. Ask the PPK which of the two is right.",
      "Jangan memakai nomor sebagai kunci: peta memakai sumber, paket, dan versi. Tanyakan kepada PPK mana yang benar.",
    ),
    find: (input) =>
      pairsOf(input, "number-used-again", ({ several, values, with: other }) =>
        both(
          `${count(several)} of ${count(values)} numbers stand with several ${other}`,
          `${count(several)} dari ${count(values)} nomor memiliki beberapa ${other}`,
        ),
      ),
  },
  "MIG-A008": {
    severity: "warn",
    title: both("A payment document of several contracts", "Satu dokumen pembayaran untuk beberapa kontrak"),
    looks: both(
      "Numbers of BAP or SP2D that stand with different contracts.",
      "Nomor BAP atau SP2D yang muncul pada kontrak berbeda.",
    ),
    remedy: both(
      "One document may pay several contracts: then each part is entered under it. Where it was typed wrong, correct it in the source.",
      "Satu dokumen dapat membayar beberapa kontrak: setiap bagiannya dicatat. Bila salah ketik, perbaiki di sumber.",
    ),
    find: (input) =>
      pairsOf(input, "document-of-several-contracts", ({ several, values, with: other }) =>
        both(
          `${count(several)} of ${count(values)} documents stand with several ${other}`,
          `${count(several)} dari ${count(values)} dokumen memiliki beberapa ${other}`,
        ),
      ),
  },
  "MIG-A010": {
    severity: "block",
    title: both("Not the declared encoding", "Bukan pengodean yang dinyatakan"),
    looks: both(
      "Bytes that are no text of the encoding that the plan declares, and files that are surely in another, though every byte can be read.",
      "Byte yang bukan teks dalam pengodean yang dinyatakan rencana, dan berkas yang pasti memakai pengodean lain walau setiap bytenya terbaca.",
    ),
    remedy: both(
      "Look at the proposal of `prasasti migrate inventory`, and declare the encoding in which the file was really written; a file with two encodings is exported again.",
      "Lihat usulan `prasasti migrate inventory`, lalu nyatakan pengodean yang sebenarnya; berkas dengan dua pengodean harus diekspor ulang.",
    ),
    find: (input) => [
      ...faultsOf(input, "undecodable"),
      ...input.inventory.proposals.flatMap(({ source, table, encoding, declared }) => {
        const read = input.profiles.find((each) => each.source === source && each.table === table);
        // ASCII alone is the same text in every encoding
        const beyond = read?.columns.reduce((sum, { odd }) => sum + (odd.nonAscii ?? 0), 0) ?? 0;
        if (!encoding.sure || encoding.value === declared.encoding.toLowerCase() || beyond === 0) return [];
        return [
          {
            table,
            count: beyond,
            says: both(
              `declared ${declared.encoding}, but ${encoding.value}: ${encoding.why.en}`,
              `dinyatakan ${declared.encoding}, padahal ${encoding.value}: ${encoding.why.id}`,
            ),
          },
        ];
      }),
    ],
  },
  "MIG-A011": {
    severity: "warn",
    title: both("Texts already spoilt", "Teks sudah rusak"),
    looks: both(
      "Traces of a wrong encoding inside the data (Ã©, â€œ, �): the source itself holds them so.",
      "Jejak pengodean salah di dalam data (Ã©, â€œ, �): sumbernya sendiri menyimpan demikian.",
    ),
    remedy: both(
      "Repair by a step of the map where the rule is known; what is � is lost and needs the paper.",
      "Perbaiki dengan langkah peta bila aturannya diketahui; yang berupa � sudah hilang dan perlu dokumen kertas.",
    ),
    find: (input) => oddities(input, "mojibake", "replacement", "loneSurrogate"),
  },
  "MIG-A012": {
    severity: "warn",
    title: both("Control characters", "Karakter kendali"),
    looks: both(
      "Characters that no text should have, the null character among them.",
      "Karakter yang tidak semestinya ada dalam teks, termasuk karakter nol.",
    ),
    remedy: both(
      "Rows with a null character are rejected (`nul`); for the others add the cleaning step of the map.",
      "Baris dengan karakter nol ditolak (`nul`); untuk yang lain tambahkan langkah pembersihan peta.",
    ),
    find: (input) => [...oddities(input, "control", "nul"), ...faultsOf(input, "nul")],
  },
  "MIG-A013": {
    severity: "info",
    title: both("Markup in texts", "Markup dalam teks"),
    looks: both(
      "HTML tags and entities, and escapes that spreadsheets leave (_x000d_).",
      "Tag dan entitas HTML, serta sisa lembar kerja (_x000d_).",
    ),
    remedy: both(
      "The maps take it out with a trail per cell; check a few by eye.",
      "Peta membersihkannya dengan jejak per sel; periksa beberapa dengan mata.",
    ),
    find: (input) => oddities(input, "html", "entity", "spreadsheetEscape"),
  },
  "MIG-A014": {
    severity: "info",
    title: both("Stray blanks", "Spasi berlebih"),
    looks: both(
      "Blanks at either end or two in a row, and characters that look like blanks or like nothing.",
      "Spasi di ujung atau ganda, dan karakter yang tampak seperti spasi atau tidak tampak.",
    ),
    remedy: both(
      "The maps tidy them with a trail; numbers of documents keep single blanks inside.",
      "Peta merapikannya dengan jejak; nomor dokumen mempertahankan spasi tunggal di dalam.",
    ),
    find: (input) => oddities(input, "spaces", "invisible"),
  },
  "MIG-A015": {
    severity: "warn",
    title: both("Texts that a spreadsheet would run", "Teks yang akan dijalankan lembar kerja"),
    looks: both(
      "Cells that begin with = or @, or with + or - before letters.",
      "Sel yang diawali = atau @, atau + atau - sebelum huruf.",
    ),
    remedy: both(
      "They stay text here. Do not open the files in a spreadsheet before somebody has looked at them.",
      "Di sini tetap teks. Jangan buka berkas di lembar kerja sebelum diperiksa.",
    ),
    find: (input) => oddities(input, "formula"),
  },
  "MIG-A016": {
    severity: "block",
    title: both("Rows that are no rows of the table", "Baris yang bukan baris tabel"),
    looks: both(
      "More or fewer columns than the header, quotes in the wrong place, lines that are not JSON.",
      "Kolom lebih atau kurang dari judul, tanda kutip salah tempat, baris yang bukan JSON.",
    ),
    remedy: both(
      "Declare the delimiter and quote of the file in the plan as its program wrote them; if it wrote them wrong, export again.",
      "Nyatakan pemisah dan tanda kutip berkas dalam rencana; bila programnya salah menulis, ekspor ulang.",
    ),
    find: (input) => faultsOf(input, "ragged", "quote-misplaced", "not-json", "name-twice"),
  },
  "MIG-A020": {
    severity: "block",
    title: both("Numbers damaged by a spreadsheet", "Nomor rusak oleh lembar kerja"),
    looks: both(
      "Tax and identity numbers that went through a number format: 3,2E+15, or a last digit that is always 0 (Excel keeps 15 digits).",
      "NPWP dan NIK yang pernah menjadi angka: 3,2E+15, atau digit terakhir selalu 0 (Excel menyimpan 15 digit).",
    ),
    remedy: both(
      "The lost digits cannot be computed: export again from the source with these columns as text, or match suppliers by name and have a person confirm.",
      "Digit yang hilang tidak dapat dihitung: ekspor ulang dari sumber dengan kolom ini sebagai teks, atau cocokkan penyedia menurut nama dengan konfirmasi orang.",
    ),
    find: (input) => {
      const scientific =
        identifiers(input, ["scientific"], (found) =>
          both(`${count(found)} written as 1,2E+15`, `${count(found)} tertulis sebagai 1,2E+15`),
        ) ?? [];
      return [...faultsOf(input, "digits-lost"), ...scientific];
    },
  },
  "MIG-A021": {
    severity: "warn",
    title: both("NPWP with a wrong check digit", "NPWP dengan digit periksa salah"),
    looks: both(
      "The ninth digit of 15-digit numbers, and of 16-digit numbers that begin with 0.",
      "Digit kesembilan NPWP 15 digit, dan 16 digit yang diawali 0.",
    ),
    remedy: both(
      "Kept as found and used for no match. Let the supplier or the tax office confirm the number.",
      "Disimpan apa adanya dan tidak dipakai untuk pencocokan. Minta konfirmasi penyedia atau KPP.",
    ),
    find: (input) =>
      identifiers(input, ["15_checkdigit_wrong", "16_leading0_wrong"], (found, filled) =>
        both(`${count(found)} of ${count(filled)} filled`, `${count(found)} dari ${count(filled)} terisi`),
      ),
  },
  "MIG-A022": {
    severity: "warn",
    title: both("NPWP that is none", "NPWP bukan nomor"),
    looks: both(
      "One digit repeated (0000…), cut numbers (13 digits), other lengths.",
      "Satu digit berulang (0000…), nomor terpotong (13 digit), panjang lain.",
    ),
    remedy: both(
      "They count as missing. Such suppliers are matched by name, and a person confirms.",
      "Dianggap kosong. Penyedia seperti ini dicocokkan menurut nama dan dikonfirmasi orang.",
    ),
    find: (input) =>
      identifiers(input, ["all_same_digit", "13_digits", "other", "22_nitku_like"], (found, filled) =>
        both(`${count(found)} of ${count(filled)} filled`, `${count(found)} dari ${count(filled)} terisi`),
      ),
  },
  "MIG-A023": {
    severity: "warn",
    title: both("Suppliers without a usable number", "Penyedia tanpa nomor yang dapat dipakai"),
    looks: both("Rows whose tax number is empty.", "Baris yang NPWP-nya kosong."),
    remedy: both(
      "Fill in from the supplier's registration (SIKaP, NIB) before dedupe, or decide by name in its review.",
      "Lengkapi dari data penyedia (SIKaP, NIB) sebelum dedupe, atau putuskan menurut nama dalam peninjauan.",
    ),
    find: (input) =>
      identifiers(input, ["empty_or_null"], (found, filled) =>
        both(`${count(found)} empty, ${count(filled)} filled`, `${count(found)} kosong, ${count(filled)} terisi`),
      ),
  },
  "MIG-A024": {
    severity: "warn",
    title: both("One NPWP under several names", "Satu NPWP dengan beberapa nama"),
    looks: both(
      "Spellings of the supplier's name that go with one number.",
      "Ejaan nama penyedia yang memakai satu nomor.",
    ),
    remedy: both(
      "The dedupe rule `npwp-core` joins them; the review shows each spelling.",
      "Aturan dedupe `npwp-core` menyatukannya; peninjauan menampilkan setiap ejaan.",
    ),
    find: (input) =>
      pairsOf(input, "spellings-of-npwp", ({ several, values }) =>
        both(`${count(several)} of ${count(values)} numbers`, `${count(several)} dari ${count(values)} nomor`),
      ),
  },
  "MIG-A025": {
    severity: "warn",
    title: both("One name under several NPWP", "Satu nama dengan beberapa NPWP"),
    looks: both(
      "Names, without case, marks and legal form, that go with several numbers: branches, or different firms.",
      "Nama, tanpa huruf besar, tanda, dan bentuk badan, yang memiliki beberapa nomor: cabang, atau perusahaan berbeda.",
    ),
    remedy: both(
      "Never merged by name alone. Numbers with one core are branches; the rest a person decides.",
      "Tidak pernah digabung hanya menurut nama. Nomor dengan inti sama adalah cabang; sisanya diputuskan orang.",
    ),
    find: (input) =>
      pairsOf(input, "npwps-of-name", ({ several, values }) =>
        both(`${count(several)} of ${count(values)} names`, `${count(several)} dari ${count(values)} nama`),
      ),
  },
  "MIG-A030": {
    severity: "warn",
    title: both("Dates a day off", "Tanggal bergeser sehari"),
    looks: both(
      "Moments at 15, 16 or 17 o'clock UTC sharp: midnight of the next day in WIT, WITA or WIB.",
      "Waktu tepat pukul 15, 16, atau 17 UTC: tengah malam hari berikutnya di WIT, WITA, atau WIB.",
    ),
    remedy: both(
      "Declare the zone of these columns in the map, so that the day is the one that people wrote.",
      "Nyatakan zona kolom ini dalam peta, agar harinya sesuai yang ditulis orang.",
    ),
    find: (input) =>
      dates(input, ({ midnightZone, count: all }) => ({
        count: midnightZone,
        says: both(
          `${count(midnightZone)} of ${count(all)} moments`,
          `${count(midnightZone)} dari ${count(all)} waktu`,
        ),
      })),
  },
  "MIG-A031": {
    severity: "warn",
    title: both("Dates that are none", "Tanggal yang mustahil"),
    looks: both("A month 13, a 30 February, 0000-00-00.", "Bulan 13, 30 Februari, 0000-00-00."),
    remedy: both(
      "Such rows are rejected as `date-unreadable` where the date is needed. Correct them in the source.",
      "Baris ini ditolak sebagai `date-unreadable` bila tanggalnya wajib. Perbaiki di sumber.",
    ),
    find: (input) =>
      dates(input, ({ impossible }, { firstRows }) => ({
        count: impossible,
        says: both(`${count(impossible)} cells`, `${count(impossible)} sel`),
        ...(firstRows.impossible === undefined ? {} : { rows: [firstRows.impossible] }),
      })),
  },
  "MIG-A032": {
    severity: "warn",
    title: both("Years that cannot be", "Tahun di luar nalar"),
    looks: both(
      "Dates before 1990 or after 2100, and budget years outside of these.",
      "Tanggal sebelum 1990 atau sesudah 2100, dan tahun anggaran di luar itu.",
    ),
    remedy: both(
      "Correct them in the source, or leave the rows out by a rule of the plan.",
      "Perbaiki di sumber, atau keluarkan barisnya dengan aturan rencana.",
    ),
    find: (input) => [
      ...(dates(input, ({ outside, min, max }, { firstRows }) => ({
        count: outside,
        says: both(
          `${count(outside)} dates, from ${min} to ${max}`,
          `${count(outside)} tanggal, dari ${min} sampai ${max}`,
        ),
        ...(firstRows.outside === undefined ? {} : { rows: [firstRows.outside] }),
      })) ?? []),
      ...input.profiles.flatMap(({ table, years }) => {
        const wrong = (years?.counts ?? []).filter(({ value }) => !(Number(value) >= 1990 && Number(value) <= 2100));
        if (years === null || wrong.length === 0 || !/tahun/i.test(years.column)) return [];
        const rows = wrong.reduce((sum, each) => sum + each.count, 0);
        const listed = wrong
          .slice(0, 5)
          .map(({ value }) => value)
          .join(", ");
        return [
          {
            table,
            column: years.column,
            count: rows,
            says: both(`${count(rows)} rows: ${listed}`, `${count(rows)} baris: ${listed}`),
          },
        ];
      }),
    ],
  },
  "MIG-A033": {
    severity: "warn",
    title: both("End before start", "Selesai sebelum mulai"),
    looks: both(
      "Pairs of columns that say when something begins and ends.",
      "Pasangan kolom yang menyatakan awal dan akhir.",
    ),
    remedy: both(
      "Correct the dates in the source; make it a rule of the plan where such rows must not pass.",
      "Perbaiki tanggal di sumber; jadikan aturan rencana bila baris demikian tidak boleh lewat.",
    ),
    find: (input) => ruled(input, "MIG-A033"),
  },
  "MIG-A034": {
    severity: "info",
    title: both("Dates in several forms", "Tanggal dalam beberapa bentuk"),
    looks: both(
      "Columns whose dates are written in more than one way.",
      "Kolom yang tanggalnya ditulis dengan lebih dari satu cara.",
    ),
    remedy: both(
      "List the forms in the map; day and month are never guessed.",
      "Cantumkan bentuknya dalam peta; hari dan bulan tidak pernah ditebak.",
    ),
    find: (input) =>
      dates(input, ({ forms, count: all }) => {
        const names = Object.entries(forms).map(([name, times]) => `${name} ${count(times)}`);
        return { count: names.length > 1 ? all : 0, says: both(names.join(", "), names.join(", ")) };
      }),
  },
  "MIG-A035": {
    severity: "info",
    title: both("Days written as midnight UTC", "Hari ditulis sebagai tengah malam UTC"),
    looks: both(
      "Moments at 00:00 UTC, which is 07:00 WIB: they mean the day.",
      "Waktu pukul 00:00 UTC, yaitu 07:00 WIB: maksudnya hari itu.",
    ),
    remedy: both(
      "The maps read them as days; do not shift them into a zone.",
      "Peta membacanya sebagai hari; jangan digeser ke zona waktu.",
    ),
    find: (input) =>
      dates(input, ({ midnightUtc, count: all }) => ({
        count: midnightUtc,
        says: both(`${count(midnightUtc)} of ${count(all)}`, `${count(midnightUtc)} dari ${count(all)}`),
      })),
  },
  "MIG-A040": {
    severity: "info",
    title: both("Fractions of a rupiah", "Pecahan rupiah"),
    looks: both("Amounts with digits after the point.", "Jumlah dengan angka di belakang koma."),
    remedy: both(
      "Kept exactly in sen. A contract that differs from its award by less than a rupiah was rounded.",
      "Disimpan tepat dalam sen. Kontrak yang berbeda kurang dari satu rupiah dari penunjukannya adalah pembulatan.",
    ),
    find: (input) =>
      money(input, ({ fractional, count: all }) => ({
        count: fractional,
        says: both(`${count(fractional)} of ${count(all)} amounts`, `${count(fractional)} dari ${count(all)} jumlah`),
      })),
  },
  "MIG-A041": {
    severity: "warn",
    title: both("Finer than a sen", "Lebih halus dari sen"),
    looks: both(
      "Amounts with more than two digits after the point that count: traces of floating-point arithmetic.",
      "Jumlah dengan lebih dari dua angka di belakang koma: jejak aritmetika pecahan biner.",
    ),
    remedy: both(
      "Say `round` in the map, so that each rounding stands in the trail; otherwise these rows are rejected.",
      "Tulis `round` dalam peta agar setiap pembulatan tercatat; bila tidak, baris ini ditolak.",
    ),
    find: (input) =>
      money(input, ({ finer, count: all }) => ({
        count: finer,
        says: both(`${count(finer)} of ${count(all)} amounts`, `${count(finer)} dari ${count(all)} jumlah`),
      })),
  },
  "MIG-A042": {
    severity: "warn",
    title: both("Point or comma: thousands or fraction", "Titik atau koma: ribuan atau pecahan"),
    looks: both(
      "Amounts such as 1.234 that can be read two ways, and how the rest of the column is written.",
      "Jumlah seperti 1.234 yang dapat dibaca dua cara, dan bentuk sisanya dalam kolom.",
    ),
    remedy: both(
      "Declare the form of money in the map; the sums of this profile use the reading shown.",
      "Nyatakan bentuk uang dalam peta; jumlah pada profil ini memakai pembacaan yang ditampilkan.",
    ),
    find: (input) =>
      money(input, ({ ambiguous, readAs, count: all }) => ({
        count: ambiguous,
        says: both(
          `${count(ambiguous)} of ${count(all)}, read as ${readAs === "thousands" ? "thousands" : "a fraction"}`,
          `${count(ambiguous)} dari ${count(all)}, dibaca sebagai ${readAs === "thousands" ? "ribuan" : "pecahan"}`,
        ),
      })),
  },
  "MIG-A043": {
    severity: "warn",
    title: both("Negative amounts", "Jumlah negatif"),
    looks: both("Money below zero.", "Uang di bawah nol."),
    remedy: both(
      "Rejected as `money-negative`: a return is a payment of another kind. Correct the source or map it so.",
      "Ditolak sebagai `money-negative`: pengembalian adalah jenis pembayaran lain. Perbaiki sumber atau petakan demikian.",
    ),
    find: (input) =>
      money(input, ({ negative, min }) => ({
        count: negative,
        says: both(`${count(negative)}, the least ${decimal(min)}`, `${count(negative)}, terkecil ${decimal(min)}`),
      })),
  },
  "MIG-A044": {
    severity: "warn",
    title: both("Amounts in short words", "Jumlah dalam singkatan"),
    looks: both("3,8 Jt or 22,1 M: rounded for display.", "3,8 Jt atau 22,1 M: dibulatkan untuk tampilan."),
    remedy: both(
      "Fit for search, not for balances: take the amounts from another feed.",
      "Cukup untuk pencarian, bukan untuk saldo: ambil jumlah dari sumber lain.",
    ),
    find: (input) => {
      const looked = input.profiles.some(({ columns }) => columns.some(({ number }) => number !== null));
      if (!looked) return undefined;
      return columnsThat(input, ({ number }) => {
        const times = number?.forms.short ?? 0;
        return { count: times, says: both(`${count(times)} amounts`, `${count(times)} jumlah`) };
      });
    },
  },
  "MIG-A045": {
    severity: "info",
    title: both("Amounts far from the others", "Jumlah jauh dari yang lain"),
    looks: both(
      "Money more than five robust standard deviations from the median of logarithms.",
      "Uang lebih dari lima simpangan baku kekar dari median logaritma.",
    ),
    remedy: both(
      "Look at the largest and the smallest: a digit too many or too few hides among them.",
      "Lihat yang terbesar dan terkecil: digit berlebih atau kurang ada di antaranya.",
    ),
    find: (input) =>
      money(input, ({ outliers, min, max }) => {
        const below = outliers?.below ?? 0;
        const above = outliers?.above ?? 0;
        return {
          count: below + above,
          says: both(
            `${count(above)} above, ${count(below)} below; from ${rupiah(min)} to ${rupiah(max)}`,
            `${count(above)} di atas, ${count(below)} di bawah; dari ${rupiah(min)} sampai ${rupiah(max)}`,
          ),
        };
      }),
  },
  "MIG-A046": {
    severity: "warn",
    title: both("A contract ten times its award", "Kontrak sepuluh kali penunjukannya"),
    looks: both(
      "Values of contracts against those of their awards: a ratio above 9 or below 1/9.",
      "Nilai kontrak terhadap nilai penunjukannya: rasio di atas 9 atau di bawah 1/9.",
    ),
    remedy: both(
      "A digit slipped. Ask the PPK for the document before the wave; a value that is signed stays.",
      "Satu digit tergelincir. Minta dokumennya kepada PPK sebelum gelombang; nilai yang ditandatangani akan tetap.",
    ),
    find: ({ awards }) =>
      awards.length === 0
        ? undefined
        : awards
            .filter(({ tenfold }) => tenfold > 0)
            .map(({ by, tenfold, compared, examples }) => ({
              table: examples[0]?.table ?? by,
              column: by,
              count: tenfold,
              says: both(
                `${count(tenfold)} of ${count(compared)} pairs`,
                `${count(tenfold)} dari ${count(compared)} pasang`,
              ),
              rows: examples.map(({ row }) => row),
            })),
  },
  "MIG-A047": {
    severity: "warn",
    title: both("Above the owner's estimate", "Di atas HPS"),
    looks: both("Results and contract values above HPS.", "Hasil dan nilai kontrak di atas HPS."),
    remedy: both(
      "The rules forbid it, so one of the two is wrong or was changed later. Mark, and ask the Pokja.",
      "Aturan melarangnya, jadi salah satu keliru atau diubah kemudian. Tandai, dan tanyakan Pokja.",
    ),
    find: (input) => ruled(input, "MIG-A047"),
  },
  "MIG-A048": {
    severity: "info",
    title: both("Contracts against their awards", "Kontrak terhadap penunjukannya"),
    looks: both(
      "How many contracts have the value of their award, are rounded, lie above or below.",
      "Berapa kontrak yang nilainya sama dengan penunjukan, dibulatkan, di atas, atau di bawah.",
    ),
    remedy: both(
      "Differences below a rupiah are roundings; the rest is listed for the PPK.",
      "Selisih di bawah satu rupiah adalah pembulatan; sisanya didaftar untuk PPK.",
    ),
    find: ({ awards }) =>
      awards.length === 0
        ? undefined
        : awards
            .filter(({ compared, equal }) => compared > equal)
            .map(({ by, compared, equal, rounded, above, below }) => ({
              table: by,
              count: compared - equal,
              says: both(
                `of ${count(compared)}: ${count(equal)} equal, ${count(rounded)} rounded, ${count(above)} above, ${count(below)} below`,
                `dari ${count(compared)}: ${count(equal)} sama, ${count(rounded)} dibulatkan, ${count(above)} di atas, ${count(below)} di bawah`,
              ),
            })),
  },
  "MIG-A050": {
    severity: "warn",
    title: both("Contracts without an award", "Kontrak tanpa penunjukan"),
    looks: both("Packages that have a contract but no SPPBJ.", "Paket yang memiliki kontrak tetapi tanpa SPPBJ."),
    remedy: both(
      "Such contracts open with their balances and name no award. Ask for the missing feed first.",
      "Kontrak demikian dibuka dengan saldonya tanpa menyebut penunjukan. Mintalah dahulu datanya.",
    ),
    find: (input) => linked(input, ["contract"], ["award"]),
  },
  "MIG-A051": {
    severity: "info",
    title: both("Awards without a contract", "Penunjukan tanpa kontrak"),
    looks: both("Packages that have an SPPBJ but no contract.", "Paket yang memiliki SPPBJ tetapi tanpa kontrak."),
    remedy: both(
      "Migrated as awards. The PPK says whether the contract was never signed or never typed in.",
      "Dimigrasikan sebagai penunjukan. PPK menyatakan apakah kontraknya tidak pernah ditandatangani atau tidak diinput.",
    ),
    find: (input) => linked(input, ["award"], ["contract"]),
  },
  "MIG-A052": {
    severity: "warn",
    title: both("Work without a contract", "Pelaksanaan tanpa kontrak"),
    looks: both(
      "Orders, acceptances and payments of packages that have no contract.",
      "SPMK, serah terima, dan pembayaran paket yang tidak memiliki kontrak.",
    ),
    remedy: both(
      "They are rejected as `parent-missing` unless the contract comes. Ask for the contract feed of the same period.",
      "Ditolak sebagai `parent-missing` kecuali kontraknya ada. Mintalah data kontrak periode yang sama.",
    ),
    find: (input) => linked(input, ["order", "acceptance", "payment"], ["contract"]),
  },
  "MIG-A053": {
    severity: "info",
    title: both("Contracts without acceptance", "Kontrak tanpa serah terima"),
    looks: both("Contracts for which no BAST or BAP row exists.", "Kontrak yang tidak memiliki baris BAST atau BAP."),
    remedy: both(
      "Their paid and accepted balances open at zero: take them from the finance system, or say that they are unknown.",
      "Saldo dibayar dan diterima dibuka nol: ambil dari sistem keuangan, atau nyatakan tidak diketahui.",
    ),
    find: (input) => linked(input, ["contract"], ["acceptance"]),
  },
  "MIG-A054": {
    severity: "warn",
    title: both("Packages that were never announced", "Paket yang tidak pernah diumumkan"),
    looks: both(
      "Awards and contracts of packages that no announcement has.",
      "Penunjukan dan kontrak dari paket yang tidak ada dalam pengumuman.",
    ),
    remedy: both(
      "Ask for the announcement feed of the same years; else they open without their tender.",
      "Mintalah data pengumuman tahun yang sama; bila tidak, dibuka tanpa tendernya.",
    ),
    find: (input) => linked(input, ["award", "contract", "result"], ["announcement"]),
  },
  "MIG-A055": {
    severity: "warn",
    title: both("References that lead nowhere", "Rujukan tanpa tujuan"),
    looks: both(
      "Values of declared foreign keys that are not in the table they point to, and references to tables that are not there.",
      "Nilai kunci asing yang tidak ada di tabel tujuannya, dan rujukan ke tabel yang tidak ada.",
    ),
    remedy: both(
      "Take the missing table into the sources, or accept that these rows are rejected as `parent-missing`.",
      "Masukkan tabel yang kurang ke sumber, atau terima bahwa baris ini ditolak sebagai `parent-missing`.",
    ),
    find: ({ links, inventory: { dangling } }) => [
      ...links
        .filter(({ by, without }) => by.includes("(") && without > 0)
        .map(({ by, from, keys, without }) => ({
          table: from.tables[0]!,
          column: by,
          count: without,
          says: both(`${count(without)} of ${count(keys)} values`, `${count(without)} dari ${count(keys)} nilai`),
        })),
      ...dangling.map(({ table, to }) => ({
        table,
        count: 1,
        says: both(`points to ${to}, which is not there`, `merujuk ${to} yang tidak ada`),
      })),
    ],
  },
  "MIG-A060": {
    severity: "block",
    title: both("Agencies that the plan does not name", "Instansi yang tidak disebut rencana"),
    looks: both(
      "Codes of agencies in the rows, against the codes of the plan.",
      "Kode instansi pada baris, terhadap kode dalam rencana.",
    ),
    remedy: both(
      "Add the code to the agency that it means (`codes`), or register that agency first. Rows of unknown agencies are rejected.",
      "Tambahkan kodenya pada instansi yang dimaksud (`codes`), atau daftarkan instansinya dahulu. Baris dari instansi tak dikenal ditolak.",
    ),
    find: ({ profiles, plan: { agencies } }) => {
      if (agencies === undefined) return undefined;
      const known = new Set(agencies);
      // a list of agencies names those too that have nothing to migrate
      const owned = profiles.filter(({ stage }) => stage !== "agency");
      const looked = owned.filter((profile) => profile.agencies.some(({ column }) => !/nama/i.test(column)));
      if (looked.length === 0) return undefined;
      return looked.flatMap((profile) => {
        // a feed may name the agency in two columns by two codes: the one that the plan knows best counts
        const [best] = profile.agencies
          .filter(({ column }) => !/nama/i.test(column))
          .map(({ column, counts }) => {
            const unknown = counts.filter(({ value }) => !known.has(value));
            return { column, unknown, rows: unknown.reduce((sum, each) => sum + each.count, 0) };
          })
          .sort((a, b) => a.rows - b.rows);
        if (best === undefined || best.rows === 0) return [];
        const listed = best.unknown
          .slice(0, 5)
          .map(({ value }) => value)
          .join(", ");
        const more = best.unknown.length > 5 ? ` … (${count(best.unknown.length)})` : "";
        return [
          {
            table: profile.table,
            column: best.column,
            count: best.rows,
            says: both(`${count(best.rows)} rows: ${listed}${more}`, `${count(best.rows)} baris: ${listed}${more}`),
          },
        ];
      });
    },
  },
  "MIG-A061": {
    severity: "warn",
    title: both("Two charts of accounts", "Dua bagan akun"),
    looks: both(
      "Budget accounts of Permendagri 13 (5 levels) and 90 (6 levels), or of the central budget, in one column.",
      "Kode rekening Permendagri 13 (5 tingkat) dan 90 (6 tingkat), atau anggaran pusat, dalam satu kolom.",
    ),
    remedy: both(
      "The way from the old chart to the new is many to many: keep the code as found, and give the mapping table of the region where reports need one.",
      "Dari bagan lama ke baru banyak ke banyak: simpan kode apa adanya, dan sertakan tabel pemetaan daerah bila laporan memerlukannya.",
    ),
    find: (input) => {
      const looked = input.profiles.some(({ columns }) =>
        columns.some(({ charts }) => Object.values(charts).some((times) => times > 0)),
      );
      if (!looked) return undefined;
      return columnsThat(input, ({ charts }) => {
        const used = Object.entries(charts).filter(([, times]) => times > 0);
        const text = used.map(([name, times]) => `${name} ${count(times)}`).join(", ");
        return { count: used.length > 1 ? used.reduce((sum, [, times]) => sum + times, 0) : 0, says: both(text, text) };
      });
    },
  },
  "MIG-A062": {
    severity: "info",
    title: both("Several plans in one cell", "Beberapa RUP dalam satu sel"),
    looks: both(
      "Lists joined by ; in columns of plans and accounts.",
      "Daftar yang digabung dengan ; pada kolom RUP dan rekening.",
    ),
    remedy: both(
      "The maps split them; a package then has several budget lines.",
      "Peta memisahkannya; satu paket lalu memiliki beberapa sumber anggaran.",
    ),
    find: (input) =>
      columnsThat(input, ({ name, patterns }) => {
        if (!/rup|mak|rek/i.test(name)) return undefined;
        const lists = patterns.values
          .filter(({ value }) => value.includes(";"))
          .reduce((sum, each) => sum + each.count, 0);
        return { count: lists, says: both(`${count(lists)} cells`, `${count(lists)} sel`) };
      }),
  },
  "MIG-A070": {
    severity: "warn",
    title: both("Personal data in free text", "Data pribadi dalam teks bebas"),
    looks: both(
      "Numbers of persons, accounts, telephones and addresses of mail inside texts of columns that are not made for them.",
      "Nomor orang, rekening, telepon, dan alamat surel di dalam teks pada kolom yang bukan untuk itu.",
    ),
    remedy: both(
      "Keep the column out of public bodies in the map, or split the number off; the screen refuses it otherwise.",
      "Keluarkan kolom ini dari isi publik dalam peta, atau pisahkan nomornya; bila tidak, penyaring menolaknya.",
    ),
    find: (input) =>
      columnsThat(input, ({ personsInText, personal }) =>
        personal === null
          ? { count: personsInText, says: both(`${count(personsInText)} cells`, `${count(personsInText)} sel`) }
          : undefined,
      ),
  },
  "MIG-A071": {
    severity: "info",
    title: both("Columns with personal data", "Kolom berisi data pribadi"),
    looks: both(
      "Columns that concern persons, by their names, and NIK used as NPWP.",
      "Kolom yang menyangkut orang, menurut namanya, dan NIK sebagai NPWP.",
    ),
    remedy: both(
      "They stay off chain; this report shows their forms only. Have the data protection officer read the list.",
      "Tidak masuk rantai; laporan ini hanya menampilkan bentuknya. Mintalah pejabat pelindungan data membaca daftar ini.",
    ),
    find: (input) =>
      columnsThat(input, ({ personal, identifiers, birthDates }, { rows }) => {
        if (personal === null) return undefined;
        const niks = identifiers?.["16_nik_like"] ?? 0;
        return {
          count: rows,
          says:
            niks > 0
              ? both(
                  `${personal}; ${count(niks)} NIK-like numbers, ${count(birthDates)} with a day of birth`,
                  `${personal}; ${count(niks)} nomor mirip NIK, ${count(birthDates)} memuat tanggal lahir`,
                )
              : both(personal, personal),
        };
      }),
  },
  "MIG-A080": {
    severity: "warn",
    title: both("An empty feed", "Data kosong"),
    looks: both("Tables without a row, and files of 0 bytes.", "Tabel tanpa baris, dan berkas 0 byte."),
    remedy: both(
      "Ask whether there was nothing or whether the pull failed, and pull again.",
      "Tanyakan apakah memang kosong atau penarikannya gagal, lalu tarik ulang.",
    ),
    find: ({ inventory: { tables } }) =>
      tables
        .filter(({ rows, bytes }) => rows === 0 || bytes === 0)
        .map(({ table, bytes }) => ({
          table,
          count: 1,
          says: bytes === 0 ? both("0 bytes", "0 byte") : both("no row", "tanpa baris"),
        })),
  },
  "MIG-A081": {
    severity: "info",
    title: both("Columns in another order", "Urutan kolom berbeda"),
    looks: both(
      "Tables of one source with the same columns in another order.",
      "Tabel dari satu sumber dengan kolom sama dalam urutan lain.",
    ),
    remedy: both(
      "Maps name columns and do not count them, so nothing is to be done; who reads the files by place should know.",
      "Peta menyebut nama kolom, bukan urutannya, jadi tidak perlu tindakan; yang membaca menurut posisi perlu tahu.",
    ),
    find: ({ inventory: { tables } }) => reordered(tables, true),
  },
  "MIG-A082": {
    severity: "warn",
    title: both("Files of one kind with different columns", "Berkas sejenis dengan kolom berbeda"),
    looks: both(
      "Tables of one source whose names differ only in digits, and whose columns are not the same.",
      "Tabel satu sumber yang namanya hanya berbeda angka, tetapi kolomnya tidak sama.",
    ),
    remedy: both(
      "Give each its own dataset and map, or pull them again from one version of the feed.",
      "Beri masing-masing dataset dan peta sendiri, atau tarik ulang dari satu versi.",
    ),
    find: ({ inventory: { tables } }) => reordered(tables, false),
  },
  "MIG-A083": {
    severity: "warn",
    title: both("References in a circle", "Rujukan melingkar"),
    looks: both("Tables that point to each other.", "Tabel yang saling merujuk."),
    remedy: both(
      "No order satisfies all of them: load them in one wave, where rows wait for their parents.",
      "Tidak ada urutan yang memenuhi semuanya: muat dalam satu gelombang, dengan baris menunggu induknya.",
    ),
    find: ({ inventory: { cycles } }) =>
      cycles.map((circle) => ({
        table: circle[0]!,
        count: circle.length,
        says: both(`${[...circle, circle[0]].join(" → ")}`, `${[...circle, circle[0]].join(" → ")}`),
      })),
  },
  "MIG-A084": {
    severity: "block",
    title: both("A table of the plan is not there", "Tabel dalam rencana tidak ada"),
    looks: both(
      "Datasets of the plan whose table no source has.",
      "Dataset dalam rencana yang tabelnya tidak ada di sumber.",
    ),
    remedy: both(
      "Correct `table` of the dataset; `prasasti migrate inventory` lists the names.",
      "Perbaiki `table` dataset; `prasasti migrate inventory` menampilkan namanya.",
    ),
    find: ({ inventory: { tables }, plan: { datasets } }) => {
      if (datasets === undefined) return undefined;
      const there = new Set(tables.map(({ source, table }) => `${source}/${table}`));
      return [...datasets]
        .filter(([place]) => !there.has(place))
        .map(([place, id]) => ({ table: place, count: 1, says: both(`dataset ${id}`, `dataset ${id}`) }));
    },
  },
  "MIG-A090": {
    severity: "block",
    title: both("A rule of the plan is broken too often", "Aturan rencana terlalu sering dilanggar"),
    looks: both(
      "Quality rules of level fail with `maxPercent`, or that stop: more rows break them than they allow.",
      "Aturan mutu tingkat fail dengan `maxPercent`, atau yang menghentikan: dilanggar lebih banyak baris dari batasnya.",
    ),
    remedy: both(
      "Correct the source, or have the owner of the wave change the rule and seal the plan anew.",
      "Perbaiki sumber, atau minta pemilik gelombang mengubah aturan dan menyegel ulang rencana.",
    ),
    find: (input) => quality(input, "fail"),
  },
  "MIG-A091": {
    severity: "warn",
    title: both("A rule of the plan is broken", "Aturan rencana dilanggar"),
    looks: both(
      "Quality rules of level warn beyond `maxPercent`, and rules of level fail within it.",
      "Aturan mutu tingkat warn di atas `maxPercent`, dan tingkat fail di bawahnya.",
    ),
    remedy: both(
      "Rows that break a rule of level fail are rejected or left out, each with its reason; see the list before sealing.",
      "Baris yang melanggar aturan fail ditolak atau dikeluarkan, masing-masing dengan alasan; lihat daftarnya sebelum menyegel.",
    ),
    find: (input) => quality(input, "warn"),
  },
};

const PAID = /bayar|nilai_?sp2d|nilai_?realisasi|^nilai$|cair|jumlah/i;

function differing(table: string, key: KeyProfile): Found {
  return {
    table,
    column: nameOf(key),
    count: key.differing,
    says: both(
      `${count(key.differing)} of ${count(key.distinct)} keys stand in ${count(key.differingRows)} rows that differ`,
      `${count(key.differing)} dari ${count(key.distinct)} kunci ada pada ${count(key.differingRows)} baris yang berbeda`,
    ),
    rows: key.examples[0] ?? [],
  };
}

/** Tables of one source against the first of their kind: those that differ in the order of columns, or in the columns. */
function reordered(tables: Inventory["tables"], sameColumns: boolean): Found[] {
  const kinds = Map.groupBy(tables, ({ source, table }) => `${source}\0${table.replace(/\d+/g, "#")}`);
  return [...kinds.values()].flatMap(([first, ...others]) => {
    if (first === undefined) return [];
    const names = first.columns.map(({ name }) => name);
    const sorted = [...names].sort().join();
    return others.flatMap(({ table, columns }) => {
      const theirs = columns.map(({ name }) => name);
      const same = [...theirs].sort().join() === sorted;
      if (same !== sameColumns || (same && theirs.join() === names.join())) return [];
      if (same) {
        const moved = theirs.filter((name, at) => names[at] !== name).length;
        return [
          {
            table,
            count: moved,
            says: both(
              `${count(moved)} columns stand elsewhere than in ${first.table}`,
              `${count(moved)} kolom berbeda posisi dari ${first.table}`,
            ),
          },
        ];
      }
      const added = theirs.filter((name) => !names.includes(name));
      const gone = names.filter((name) => !theirs.includes(name));
      const text = [...added.map((name) => `+${name}`), ...gone.map((name) => `−${name}`)].slice(0, 8).join(" ");
      return [
        {
          table,
          count: added.length + gone.length,
          says: both(`against ${first.table}: ${text}`, `terhadap ${first.table}: ${text}`),
        },
      ];
    });
  });
}

function quality({ profiles }: AssessInput, severity: "fail" | "warn"): Found[] | undefined {
  const rules = profiles.flatMap(({ table, rules }) =>
    rules.filter(({ id }) => !id.startsWith("MIG-A")).map((rule) => ({ table, rule })),
  );
  if (rules.length === 0) return undefined;
  return rules
    .filter(({ rule }) => {
      const over =
        rule.level === "fail" &&
        !rule.within &&
        (rule.maxPercent !== undefined || rule.onRow === "stop" || rule.onRow === undefined);
      if (severity === "fail") return over;
      return !over && rule.broken > 0 && (rule.level === "fail" || !rule.within);
    })
    .map(({ table, rule: { id, check, broken, judged, maxPercent, examples } }) => ({
      table,
      column: id,
      count: broken,
      says: both(
        `${check}: not so in ${count(broken)} of ${count(judged)} rows (${share(broken, judged)}${maxPercent === undefined ? "" : `; at most ${String(maxPercent).replace(".", ",")} %`})`,
        `${check}: tidak terpenuhi pada ${count(broken)} dari ${count(judged)} baris (${share(broken, judged)}${maxPercent === undefined ? "" : `; paling banyak ${String(maxPercent).replace(".", ",")} %`})`,
      ),
      rows: examples,
    }));
}

/** The published list of checks, as Markdown. */
export function checksTable(): string {
  const cell = (text: string) => text.replaceAll("|", "\\|");
  const line =
    (language: Language) =>
    ({ title, looks, remedy }: Check) =>
      `**${cell(title[language])}** ${cell(looks[language])} → ${cell(remedy[language])}`;
  return [
    "| id | | English | Indonesia |",
    "|---|---|---|---|",
    ...Object.entries(CHECKS).map(
      ([id, check]) => `| \`${id}\` | ${check.severity} | ${line("en")(check)} | ${line("id")(check)} |`,
    ),
  ].join("\n");
}
