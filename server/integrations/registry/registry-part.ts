import { hkdfSync } from "node:crypto";
import type { Hex } from "../../domain/entries/words.ts";
import { Fault } from "../../domain/fault.ts";
import { ProblemError, type Words } from "../../domain/problems.ts";
import type { Work } from "../../domain/registry/kbli-fit.ts";
import { KBLI_MAPPINGS, type KbliMapping } from "../../domain/registry/kbli-mapping.ts";
import { FORMS, type NibRecord, readNibAnswer, SCALES, type Scale } from "../../domain/registry/nib.ts";
import { tellNumber } from "../../domain/registry/numbers.ts";
import {
  publishedWarnings,
  type SupplierFinding,
  type SupplierKnown,
  supplierFindings,
} from "../../domain/registry/supplier-findings.ts";
import type { Book } from "../book.ts";
import { Pace } from "../connect/pace.ts";
import type { Part, PartNeeds } from "../part.ts";
import { SealedTexts } from "../sealed-texts.ts";
import { secretOf } from "../secret-of.ts";
import { milliseconds } from "../settings.ts";
import type { SetAside, Sink, TakenRows, TakeResult } from "../sink.ts";
import { Blacklists, type ListRow } from "./blacklists.ts";
import { NibAnswers, type NibKnown } from "./nib-answers.ts";
import { digestOfFile, type FileRecord, plainName, recordsOf } from "./registry-file.ts";
import { type Link, SupplierRegistry, type SupplierSaid, type SupplierTold } from "./supplier-registry.ts";

/** What is asked of a supplier before something is signed. `on`: the day of the award or contract, `YYYY-MM-DD`. */
type CheckQuestion = {
  supplier?: Hex;
  nib?: string;
  npwp?: string;
  name?: string;
  on?: string;
  work?: Work;
  /** ask OSS even where its answer is current */
  refresh?: boolean;
  /** ask nobody: what is recorded, and at once */
  recorded?: boolean;
};

/** The answer: who it is, what OSS says, what to look at. Nobody's number is in it. */
export type Checked = {
  on: string;
  supplier?: SupplierTold & { id?: string; registeredName?: string };
  /** suppliers that the numbers or the name lead to, where it is not one */
  candidates?: Hex[];
  numbers: { given: "nib" | "npwp"; kind: string; valid: boolean; person: boolean; words: Words }[];
  nib:
    | {
        outcome: "found";
        record: NibRecord;
        form?: string;
        scale?: Words;
        at: string;
        source: "oss" | "file";
        sha256: string;
        stale: boolean;
      }
    | { outcome: "missing"; nib: string; at: string; sha256: string }
    | { outcome: "unasked" | "unavailable"; words: Words };
  lists: { name: string; asOf: string; sanctions: number }[];
  findings: SupplierFinding[];
};

/** What became of a file. `read` = taken + unchanged + setAside. */
export type Loaded = {
  kind: "oss" | "blacklist";
  sha256: string;
  read: number;
  taken: number;
  unchanged: number;
  setAside: { at: string; code: string; words: Words }[];
  list?: ListRow;
};

const day = (at: number) => new Date(at).toISOString().slice(0, 10);

/** The registry of suppliers: OSS, numbers, lines of business, blacklists. */
export async function openRegistry({ storage, connectors, book, secret, now, env }: PartNeeds): Promise<Part> {
  const settings = connectors.settings.registry;
  const sealed = new SealedTexts(Buffer.from(hkdfSync("sha256", secret, "", "prasasti registry 1", 32)));
  const { oss } = settings;
  const answers = new NibAnswers({
    ...{ rows: storage, sealed, now, pace: new Pace(oss?.rate ?? { requests: 60, per: "1m" }) },
    freshness: {
      found: milliseconds(oss?.validFor ?? "30d"),
      missing: milliseconds(oss?.missingFor ?? "1d"),
      stale: milliseconds(oss?.staleFor ?? "365d"),
    },
    ...(oss === undefined
      ? {}
      : {
          oss: () => {
            const userKey = secretOf(oss.userKeyEnv, env);
            if (userKey === undefined) throw keyMissing(oss.userKeyEnv);
            const basic = oss.basicEnv === undefined ? undefined : secretOf(oss.basicEnv, env);
            return { url: oss.url, userKey, basic, timeout: milliseconds(oss.timeout), retry: oss.retry };
          },
        }),
  });
  const suppliers = new SupplierRegistry({
    ...{ rows: storage, secret, now },
    answer: async (nib) => (await answers.knownAt(nib, now()))?.record,
  });
  const lists = new Blacklists(storage, sealed, now);
  const mappings: readonly KbliMapping[] = [...(settings.kbli as KbliMapping[]), ...KBLI_MAPPINGS].filter(
    ({ edition }, index, all) => all.findIndex((each) => each.edition === edition) === index,
  );

  const check = async (question: CheckQuestion): Promise<Checked> => {
    const on = question.on ?? day(now());
    const found = question.supplier === undefined ? await suppliers.find(question) : [question.supplier];
    const told = found.length === 1 ? await suppliers.tell(found[0]!) : undefined;
    const registered = told === undefined ? undefined : await book.organisation(told.supplier);
    const nib =
      question.nib?.replace(/\D/g, "") ?? (told && ((await suppliers.nibOf(told.supplier, on)) ?? told.nibs[0]?.value));
    const numbers = (["nib", "npwp"] as const)
      .filter((given) => question[given] !== undefined)
      .map((given) => {
        const { kind, valid, person, words } = tellNumber(question[given]!);
        const isOther = given === "nib" && kind !== "nib";
        return { given, kind, valid: valid && !isOther, person, words };
      });
    const oss = await ossOf(nib, question, told);
    const sanctions = await lists.inForce();
    const known = knownOf(question, told, registered?.name, oss);
    const perList = sanctions?.map((inForce) => withList(known, inForce)) ?? [known];
    const findings = perList.flatMap((each, index) =>
      supplierFindings(each, on, index === 0 ? question.work : undefined, mappings).filter(
        // what is not of a list is said once
        ({ rule }) => index === 0 || rule.startsWith("blacklist"),
      ),
    );
    return {
      ...{ on, numbers, nib: nibTold(oss), findings },
      ...(told === undefined
        ? {}
        : {
            supplier: {
              ...told,
              ...(registered === undefined ? {} : { id: registered.id, registeredName: registered.name }),
            },
          }),
      ...(found.length > 1 ? { candidates: found } : {}),
      lists: (sanctions ?? []).map(({ list: { name, asOf, sanctions: count } }) => ({ name, asOf, sanctions: count })),
    };
  };

  const ossOf = async (
    nib: string | undefined,
    { npwp, refresh = false, recorded = false }: CheckQuestion,
    told?: SupplierTold,
  ): Promise<NibKnown> => {
    const wrongForm = nib !== undefined && tellNumber(nib).kind !== "nib";
    if (nib !== undefined && !wrongForm) {
      const answer = recorded ? await answers.recorded(nib) : await answers.inquire(nib, { refresh });
      if (answer.outcome === "found") await suppliers.answered(answer.row.record);
      return answer;
    }
    const number = npwp === undefined ? undefined : tellNumber(npwp);
    // only with a number in hand: what a person wrote is asked, what we keep of persons is a digest
    if (number?.valid && refresh) {
      const answer = await answers.findByNpwp(number.digits);
      if (answer.outcome === "found") await suppliers.answered(answer.row.record);
      return answer;
    }
    return {
      outcome: "unasked",
      words: wrongForm
        ? { en: "that is no NIB", id: "itu bukan NIB" }
        : told === undefined
          ? { en: "no NIB is given", id: "NIB tidak diberikan" }
          : { en: "nobody has linked a NIB to it", id: "belum ada yang menautkan NIB kepadanya" },
    };
  };

  const load = async ({
    kind,
    name,
    asOf,
    by,
    bytes,
  }: {
    kind: "oss" | "blacklist";
    name: string;
    asOf?: string;
    by: string;
    bytes: Uint8Array;
  }): Promise<Loaded> => {
    const records = await recordsOf(bytes);
    const sha256 = digestOfFile(bytes);
    if (kind === "blacklist") {
      const { isNew, ...list } = await lists.load(bytes, records, { name, asOf: asOf ?? day(now()), by });
      const counted = isNew ? { taken: list.sanctions, unchanged: 0 } : { taken: 0, unchanged: list.sanctions };
      return { kind, sha256, read: list.read, ...counted, setAside: [...list.unread], list };
    }
    const outcome: Loaded = { kind, sha256, read: records.length, taken: 0, unchanged: 0, setAside: [] };
    const at = asOf === undefined ? undefined : Date.parse(`${asOf}T00:00:00Z`);
    for (const record of records) {
      const taken = await takeAnswer(record, { by, file: name, ...(at === undefined ? {} : { at }) });
      if (typeof taken === "string") outcome[taken]++;
      else outcome.setAside.push({ at: record.at, ...taken });
    }
    return outcome;
  };

  /** One answer of a file: each has a capture of its own, so that one business can be shown or forgotten alone. */
  const takeAnswer = async (
    { fields }: FileRecord,
    origin: { by: string; file: string; at?: number },
  ): Promise<"taken" | "unchanged" | { code: string; words: Words }> => {
    const answer = readNibAnswer(fields);
    if (answer.outcome !== "found") return { code: `oss-${answer.outcome}`, words: answer.words };
    const bytes = Buffer.from(JSON.stringify(fields));
    const before = await answers.knownAt(answer.record.nib, origin.at ?? now());
    if (before?.sha256 === digestOfFile(bytes)) return "unchanged";
    await answers.keep(answer.record.nib, answer, bytes, { source: "file", ...origin });
    await suppliers.answered(answer.record);
    return "taken";
  };

  const sink: Sink = {
    async take({ columns, rows, job, capture }: TakenRows): Promise<TakeResult> {
      let [drafted, unchanged] = [0, 0];
      const setAside: SetAside[] = [];
      const names = columns.map(plainName);
      for (const { row, at, values, faults } of rows) {
        const fields = Object.fromEntries(names.map((name, index) => [name, cellOf(values[index])]));
        const taken =
          faults !== undefined && faults.length > 0
            ? { code: faults[0]!.code, words: { en: "the row cannot be read", id: "baris tidak terbaca" } }
            : await takeAnswer({ at, fields }, { by: `connector ${job}`, file: capture });
        if (taken === "taken") drafted++;
        else if (taken === "unchanged") unchanged++;
        else setAside.push({ row, at, ...taken });
      }
      return { drafted, unchanged, merged: 0, setAside };
    },
    finish: async () => ({ drafted: 0, unchanged: 0, merged: 0, setAside: [] }),
  };

  return {
    calls: {
      "registry.check": check,
      "registry.findings": async (question: CheckQuestion) =>
        publishedWarnings((await check({ ...question, recorded: true })).findings),
      "registry.said": (said: SupplierSaid) => suppliers.said(said),
      "registry.load": load,
      "registry.supplier": async ({ supplier }: { supplier: Hex }) => {
        const [told, links] = await Promise.all([suppliers.tell(supplier), suppliers.links({ supplier })]);
        return { ...told, ...(await nameOf(book, supplier)), links };
      },
      "registry.links": ({ state, after, limit }: { state?: Link["state"]; after?: string; limit?: number }) =>
        suppliers.links(state === undefined ? {} : { state }, after, limit),
      "registry.propose": ({ kind, supplier, with: other, reason, by }: ProposeArguments) =>
        suppliers.proposeByHand(kind, supplier, other, { en: `${by}: ${reason}`, id: `${by}: ${reason}` }),
      "registry.decide": ({ id, verdict, by, reason, from }: DecideArguments) =>
        verdict === "undo"
          ? suppliers.undo(id, by, reason)
          : verdict === "reopen"
            ? suppliers.reopen(id, by, reason)
            : suppliers.decide(id, verdict, by, reason, from),
      /** what was known of a NIB at a moment, and all answers since */
      "registry.known": async ({ nib, at }: { nib: string; at?: number }) => {
        if (tellNumber(nib).kind !== "nib") throw new ProblemError("invalid-request", "nib");
        const row = await answers.knownAt(nib, at ?? now());
        const history = await Array.fromAsync(answers.history(nib));
        return { ...(row === undefined ? {} : { known: row }), answers: history.slice(0, 100) };
      },
      "registry.lists": () => lists.lists(),
      "registry.troubles": async () => (answers.trouble === undefined ? [] : [answers.trouble]),
      /** small or not, for advance limits; undefined: not known */
      "registry.scale": async ({ supplier, on }: { supplier: Hex; on: string }): Promise<Scale | undefined> => {
        const nib = await suppliers.nibOf(supplier, on);
        return nib === undefined ? undefined : (await answers.knownAt(nib, now()))?.record?.scale;
      },
    },
    sinks: { registry: sink },
    close: async () => answers.close(),
  };
}

type ProposeArguments = { kind: Link["kind"]; supplier: Hex; with: string; reason: string; by: string };
type DecideArguments = {
  id: string;
  verdict: "accept" | "refuse" | "undo" | "reopen";
  by: string;
  reason: string;
  from?: string;
};

async function nameOf(book: Book, supplier: Hex): Promise<{ id?: string; registeredName?: string }> {
  const found = await book.organisation(supplier);
  return found === undefined ? {} : { id: found.id, registeredName: found.name };
}

function knownOf(
  { name, npwp, nib }: CheckQuestion,
  told: SupplierTold | undefined,
  registeredName: string | undefined,
  oss: NibKnown,
): SupplierKnown {
  const number = npwp === undefined ? undefined : tellNumber(npwp);
  const own = [name, registeredName].filter((each) => each !== undefined);
  const cores = told?.npwpCores.map(({ value }) => value) ?? [];
  const wrong = number !== undefined && number.kind !== "none" && !number.valid ? 1 : 0;
  const record = oss.outcome === "found" ? oss.row.record : undefined;
  return {
    names: [...new Set([...own, ...(told?.names.map(({ value }) => value) ?? [])])],
    nibs: [
      ...new Set([
        ...(nib === undefined ? [] : [nib.replace(/\D/g, "")]),
        ...(record === undefined ? [] : [record.nib]),
      ]),
    ],
    npwpCores: [...new Set([...(number?.core === undefined ? [] : [number.core]), ...cores])],
    wrongNumbers: (told?.wrongNumbers ?? 0) + wrong,
    oss:
      oss.outcome === "found"
        ? { outcome: "found", record: oss.row.record, at: day(oss.row.at), stale: oss.stale }
        : oss.outcome === "missing"
          ? { outcome: "missing", at: day(oss.row.at) }
          : { outcome: oss.outcome, words: oss.words },
  };
}

function withList(known: SupplierKnown, inForce: InForceList): SupplierKnown {
  const { oss } = known;
  // the NPWP that OSS has for its NIB is its own too
  const core = oss.outcome === "found" ? oss.record.npwpCore : undefined;
  const own = { ...known, npwpCores: known.npwpCores.length === 0 && core !== undefined ? [core] : known.npwpCores };
  const { name, asOf } = inForce.list;
  return { ...own, blacklist: { name, asOf, sanctions: inForce.about(own) } };
}
type InForceList = NonNullable<Awaited<ReturnType<Blacklists["inForce"]>>>[number];

function nibTold(known: NibKnown): Checked["nib"] {
  if (!("row" in known)) return { outcome: known.outcome, words: known.words };
  const { nib, source, sha256 } = known.row;
  const at = new Date(known.row.at).toISOString();
  if (known.outcome === "missing") return { outcome: "missing", nib, at, sha256 };
  const { record } = known.row;
  const form = record.form === undefined ? undefined : FORMS[record.form];
  return {
    ...{ outcome: "found", record, at, source, sha256, stale: known.stale },
    ...(form === undefined ? {} : { form }),
    ...(record.scale === undefined ? {} : { scale: SCALES[record.scale] }),
  };
}

/** A cell that holds JSON text, as tables of nested answers do. */
function cellOf(value: string | null | undefined): unknown {
  if (value === null || value === undefined) return undefined;
  if (!/^[[{]/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

function keyMissing(variable: string): Fault {
  return new Fault("secret-missing", {
    explanation: { en: `The variable ${variable} is not set.`, id: `Variabel ${variable} tidak diisi.` },
    remedy: {
      en: `Put the key that OSS gave into ${variable}, or into a file that ${variable}_FILE names.`,
      id: `Isikan kunci dari OSS ke ${variable}, atau ke berkas yang disebut ${variable}_FILE.`,
    },
  });
}
