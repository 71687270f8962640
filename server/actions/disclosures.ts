import { organisationsIn } from "../domain/entries/body.ts";
import { idOf } from "../domain/entries/entry.ts";
import type { Hex } from "../domain/entries/words.ts";
import { type Place, ProblemError } from "../domain/problems.ts";
import type { AgencyView, PublishedRelease } from "../domain/projection/project-block.ts";
import { type Known, subjectAround, subjectName } from "../domain/sealing/private-fields.ts";
import { isOwnSubject, type Lineage, mayReadAgency } from "../domain/sealing/readers.ts";
import { screenBody, screenPlaces, screenTexts } from "../domain/sealing/screen.ts";
import {
  type Disclosure,
  digestIn,
  opens,
  type Path,
  pathText,
  type Sealable,
  sealedIn,
  sealedText,
} from "../domain/sealing/seal.ts";
import type { Access } from "./access-log.ts";
import type { Myself } from "./sessions.ts";

/** What a client sends beside the signed body. `subject`: whose it is; else the party or person around the field. */
export type PostedDisclosure = Disclosure & { subject?: string | undefined };
/** One that opens what stands in the body. */
export type CheckedDisclosure = Disclosure & { sealed: string; subject: string };

type Kept = { state: "kept" | "restricted" | "erased"; path: Path; subject: string; agency: Hex; erased?: number };
type Look = (ocid: string, digest: Hex) => Promise<Kept | undefined>;

/**
 * Holds what was sent against the sealed values of the body. A sealed value without a disclosure is taken: whoever
 * sealed it may keep what opens it himself.
 * @throws ProblemError disclosure-mismatch, erased, personal-data
 */
export async function checkDisclosures(
  ocid: string,
  body: unknown,
  posted: readonly PostedDisclosure[],
  look: Look,
): Promise<CheckedDisclosure[]> {
  const places = new Map(sealedIn(body).map((leaf) => [JSON.stringify(leaf.path), leaf]));
  const faults: Place[] = [];
  const checked: CheckedDisclosure[] = [];
  for (const [index, { subject: given, ...disclosure }] of posted.entries()) {
    const leaf = places.get(JSON.stringify(disclosure.path));
    const subject = given ?? (leaf && subjectName(subjectAround(leaf.around)));
    const fault =
      leaf === undefined
        ? "no-such-place"
        : !opens(leaf.value, ocid, disclosure)
          ? "does-not-open"
          : subject === undefined
            ? "no-subject"
            : screenTexts({ subject }).length > 0
              ? "subject-personal"
              : undefined;
    if (fault !== undefined) faults.push({ pointer: `/disclosures/${index}`, rule: fault, message: mismatches[fault] });
    else checked.push({ ...disclosure, sealed: leaf!.value, subject: subject! });
  }
  if (faults.length > 0) throw new ProblemError("disclosure-mismatch", faults[0]!.message, {}, faults);
  for (const { sealed, path } of checked) {
    const kept = await look(ocid, digestIn(sealed));
    if (kept?.state === "erased")
      throw new ProblemError("erased", "", { digest: digestIn(sealed), path: pathText(path) });
  }
  return checked;
}

const mismatches = {
  "no-such-place": {
    en: "Nothing sealed stands at this path of the body.",
    id: "Tidak ada nilai tersegel di jalur ini pada isi.",
  },
  "does-not-open": {
    en: "Salt and value do not give the digest that stands there.",
    id: "Salt dan nilai tidak menghasilkan digest yang tertera.",
  },
  "no-subject": {
    en: "Say in `subject` whose it is: a party's id, or party#person. The place does not tell.",
    id: "Sebutkan di `subject` milik siapa: id pihak, atau pihak#orang. Tempatnya tidak menyebutkan.",
  },
  "subject-personal": {
    en: "The subject's name is itself personal data. Use the id of the party or person in the register.",
    id: "Nama subjek itu sendiri data pribadi. Gunakan id pihak atau orang dalam register.",
  },
} as const;

/** What the registry knows of the organisations that a body names. */
export async function knownIn(body: Uint8Array, read: <T>(key: string) => Promise<T | undefined>): Promise<Known> {
  const views = new Map<Hex, AgencyView>();
  for (const id of organisationsIn({ body })) {
    const view = await read<AgencyView>(`agency/${id}`);
    if (view !== undefined) views.set(id, view);
  }
  return (id) => {
    const view = views.get(idOf(id));
    return view && { kind: view.kind, name: typeof view.details.name === "string" ? view.details.name : "" };
  };
}

/**
 * What an act says is public for ever: the details of an agency or supplier as JSON, or a stem.
 * @throws ProblemError personal-data
 */
export function assertPublicAct(body: string): void {
  let details: unknown = body;
  try {
    details = JSON.parse(body);
  } catch {
    // a stem is no JSON
  }
  // details are those of an organisation
  const found = screenBody({ parties: [details] }, () => undefined);
  if (found.length === 0) return;
  const places = screenPlaces(
    found.map((each) => ({ ...each, pointer: each.pointer.replace(/^\/parties\/0/, "/body") })),
  );
  throw new ProblemError("personal-data", places[0]!.message, {}, places);
}

/** A sealed value of a process, as those who may read see it. `elsewhere`: nothing that opens it was brought here. */
export type ReadDisclosure = {
  sealed: string;
  path: Path;
  /** the releases in which it stands; none yet of an entry that is on its way or was refused */
  releases: string[];
} & (
  | { state: "open"; subject: string; salt: Hex; value: Sealable }
  | { state: "elsewhere" }
  | { state: "restricted"; subject: string }
  | { state: "erased"; subject: string; erased: number }
);

type ReadNeeds = {
  now(): number;
  /** the agency of a process, undefined where there is no such process */
  agencyOf(ocid: string): Promise<Hex | undefined>;
  lineage(agency: Hex): Promise<Lineage>;
  releases(ocid: string): AsyncGenerator<{ value: PublishedRelease }>;
  look: Look;
  /** all that was brought for a process */
  digests(ocid: string): Promise<Hex[]>;
  open(ocid: string, digest: Hex): Promise<{ salt: Hex; value: Sealable } | undefined>;
  log(access: Access): Promise<void>;
};

/**
 * Gives what opens the sealed values of a process to who may read them, after the reading stands in the access log.
 * @param digest only this one; its absence is then a problem
 * @throws ProblemError not-found, not-a-reader, erased, subject-restricted, personal-data
 */
export async function readDisclosures(
  me: Myself,
  ocid: string,
  { purpose, digest }: { purpose: string; digest?: Hex | undefined },
  needs: ReadNeeds,
): Promise<ReadDisclosure[]> {
  assertPublicWords("purpose", purpose);
  const agency = await needs.agencyOf(ocid);
  const found = await sealedOf(ocid, needs);
  if (agency === undefined && found.length === 0) throw new ProblemError("not-found");
  const asked = digest === undefined ? found : found.filter(({ sealed }) => digestIn(sealed) === digest);
  if (digest !== undefined && asked.length === 0) throw new ProblemError("not-found");
  const readable = new Map<Hex, Promise<boolean>>();
  const reads = (of: Hex) => {
    const known = readable.get(of) ?? needs.lineage(of).then((lineage) => mayReadAgency(me, lineage));
    readable.set(of, known);
    return known;
  };

  let mayRead = agency !== undefined && (await reads(agency));
  const told: ReadDisclosure[] = [];
  const opened: { digest: Hex; path: Path; subject: string }[] = [];
  for (const each of asked) {
    const key = digestIn(each.sealed);
    const kept = await needs.look(ocid, key);
    // what no entry holds belongs to the agency that brought it
    const owner = each.releases.length > 0 ? agency : kept?.agency;
    const own = kept !== undefined && isOwnSubject(me, kept.subject);
    if (!own && (owner === undefined || !(await reads(owner)))) continue;
    mayRead = true;
    if (kept === undefined) {
      told.push({ ...each, state: "elsewhere" });
      continue;
    }
    const { path, subject } = kept;
    if (kept.state === "erased") {
      if (digest !== undefined) throw new ProblemError("erased", "", { digest, erased: kept.erased });
      told.push({ ...each, path, state: "erased", subject, erased: kept.erased! });
    } else if (kept.state === "restricted") {
      if (digest !== undefined) throw new ProblemError("subject-restricted", "", { subject });
      told.push({ ...each, path, state: "restricted", subject });
    } else {
      const disclosure = await needs.open(ocid, key);
      // destroyed in between
      if (disclosure === undefined) continue;
      opened.push({ digest: key, path, subject });
      told.push({ ...each, path, state: "open", subject, ...disclosure });
    }
  }
  await needs.log({
    ...who(me, needs.now()),
    act: "read-disclosures",
    outcome: mayRead ? "given" : "refused",
    ocid,
    ...(agency === undefined ? {} : { agency }),
    subjects: [...new Set(opened.map(({ subject }) => subject))],
    places: opened.map(({ digest: of, path }) => ({ digest: of, path })),
    purpose,
  });
  if (!mayRead) throw new ProblemError("not-a-reader");
  return told;
}

/** The logs outlive the data: why something was read or asked must not be the data. @throws ProblemError personal-data */
export function assertPublicWords(field: string, words: string): void {
  const [found] = screenTexts({ [field]: words });
  if (found === undefined) return;
  const message = {
    en: "These words are kept for ever and hold personal data. Say it without.",
    id: "Kata-kata ini disimpan selamanya dan memuat data pribadi. Sebutkan tanpa data itu.",
  };
  throw new ProblemError("personal-data", message, {}, [{ ...found, message }]);
}

/** Whose reading or deed it is, for the access log. */
export function who({ session }: Myself, at: number): Pick<Access, "at" | "holder" | "key" | "account"> {
  const { holder, key, account } = session;
  return {
    at,
    ...(holder === undefined ? {} : { holder }),
    ...(key === undefined ? {} : { key }),
    ...(account === undefined ? {} : { account }),
  };
}

/** The sealed values of a process, each once: those of its releases, then what was brought and stands in none. */
async function sealedOf(
  ocid: string,
  { releases, digests }: Pick<ReadNeeds, "releases" | "digests">,
): Promise<{ sealed: string; path: Path; releases: string[] }[]> {
  const found = new Map<string, { sealed: string; path: Path; releases: string[] }>();
  for await (const { value } of releases(ocid)) {
    const id = String(value.release.id ?? ocid);
    for (const { value: sealed, path } of sealedIn(value.release)) {
      const known = found.get(sealed);
      if (known === undefined) found.set(sealed, { sealed, path, releases: [id] });
      else if (known.releases.at(-1) !== id) known.releases.push(id);
    }
  }
  for (const digest of await digests(ocid)) {
    const sealed = sealedText(digest);
    if (!found.has(sealed)) found.set(sealed, { sealed, path: [], releases: [] });
  }
  return [...found.values()];
}
