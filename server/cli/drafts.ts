// What a file says, as drafts of entries: short forms, or OCDS releases split against what is recorded.

import { readFileSync } from "node:fs";
import { basename } from "node:path";
import type { Draft } from "../domain/entries/draft.ts";
import { idOf } from "../domain/entries/entry.ts";
import { planReleases } from "../domain/entries/plan.ts";
import type { Hex } from "../domain/entries/words.ts";
import { canonicalJson, parseJson } from "../domain/json.ts";
import { type FoundRelease, releasesIn } from "../domain/ocds/releases.ts";
import { contractIn } from "../domain/projection/process-view.ts";
import type { SubjectDisclosure } from "../domain/sealing/seal-fields.ts";
import type { SigningKey } from "./key-file.ts";
import type { Register } from "./register.ts";
import { disclosuresOf, personalIn, type SealedPlace, sealBody, sealDraft } from "./seal-drafts.ts";
import { DraftFault, isShortForm, readShortForm } from "./short-form.ts";
import { complain, type Language, paint, say, Usage } from "./terminal.ts";

/**
 * `copy`: how many lines before say the same; it tells equal entries apart, wherever they stand in the file. `release`:
 * the one that it was split from; the entries of one release need each other.
 */
export type Line = {
  readonly place: string;
  readonly draft: Draft;
  readonly copy: number;
  readonly release?: string;
  /** what opens the sealed values of its body */
  readonly disclosures: readonly SubjectDisclosure[];
};

type Read = { place: string; value: unknown };

/** The JSON values of a file: one, those of a list, or one a line. What is not JSON is printed; then nothing is given. */
export function readValues(file: string, lang: Language): Read[] | undefined {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file === "-" ? 0 : file);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    throw new Usage({ en: `Cannot read ${file}: ${code}.`, id: `${file} tidak dapat dibaca: ${code}.` });
  }
  const whole = parseJson(bytes, { maxBytes: 1 << 30 });
  if (whole.ok) {
    const list = Array.isArray(whole.value) ? whole.value : [whole.value];
    return list.map((value, index) => ({ place: list.length > 1 ? `${index + 1}` : basename(file), value }));
  }
  // bytes, not text: what is not UTF-8 must be refused, not replaced
  const parsed = linesOf(bytes).flatMap((line, index) =>
    line.every((byte) => byte <= 0x20) ? [] : [{ place: `${index + 1}`, result: parseJson(line) }],
  );
  if (parsed.length < 2 || parsed[0]?.result.ok !== true) {
    // one value, with its fault somewhere inside
    for (const { line, column, message, messageId } of whole.faults) {
      complain(`${basename(file)}:${line}:${column}: ${lang === "id" ? messageId : message}`);
    }
    return undefined;
  }
  const values: Read[] = [];
  for (const { place, result } of parsed) {
    if (result.ok) values.push({ place, value: result.value });
    else complain(`${place}: ${lang === "id" ? result.faults[0]!.messageId : result.faults[0]!.message}`);
  }
  return values.length === parsed.length ? values : undefined;
}

function linesOf(bytes: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = [];
  let from = 0;
  for (let end = bytes.indexOf(0x0a); end >= 0; end = bytes.indexOf(0x0a, from)) {
    lines.push(bytes.subarray(from, end));
    from = end + 1;
  }
  lines.push(bytes.subarray(from));
  return lines;
}

/** The drafts of what was read, and how much of it cannot be recorded; each fault is printed. */
export async function draftsOf(
  values: readonly Read[],
  register: Register,
  makers: readonly [SigningKey, ...SigningKey[]],
  { lang, agency, post, anew }: { lang: Language; agency?: string; post?: string; anew?: boolean },
): Promise<{ lines: Line[]; faulty: number; releases: number; sealed: SealedPlace[] }> {
  const lines: Line[] = [];
  const sealed: SealedPlace[] = [];
  const copies = new Map<string, number>();
  let faulty = 0;
  const add = (place: string, draft: Draft, disclosures: readonly SubjectDisclosure[], release?: string) => {
    const personal = personalIn(draft, register);
    for (const { pointer, ...message } of personal) complain(`${place} ${pointer}: ${say(message, lang)}`);
    if (personal.length > 0) {
      faulty++;
      return;
    }
    const text = canonicalJson(draft.source);
    const copy = copies.get(text) ?? 0;
    copies.set(text, copy + 1);
    lines.push({ place, draft, copy, disclosures, ...(release === undefined ? {} : { release }) });
  };
  const found: (FoundRelease & { place: string })[] = [];
  const said = new Said(register);
  // the same value again keeps the salt it had further up, as it will when the file is sent again
  const opened = new Map<string, readonly SubjectDisclosure[]>();
  for (const { place, value } of values) {
    const releases = releasesIn(value);
    if (releases.length > 0) {
      found.push(...releases.map((each) => ({ ...each, place: `${place}${each.pointer}` })));
      continue;
    }
    try {
      if (!isShortForm(value)) throw new DraftFault("", notKnown);
      const form = readShortForm(value);
      said.add(form);
      const bare = await withPost(form, said, register, makers, post);
      const earlier = opened.get(form.ocid) ?? [];
      const { draft, disclosures, sealed: places } = await sealDraft(bare, said, register, makers, { earlier, anew });
      sealed.push(...places);
      opened.set(form.ocid, [...earlier, ...disclosures]);
      add(place, draft, disclosures);
    } catch (error) {
      if (!(error instanceof DraftFault)) throw error;
      faulty++;
      complain(`${place} ${error.pointer}: ${say(error.text, lang)}`);
    }
  }
  const now = Math.floor(Date.now() / 1000);
  for (const [ocid, inClear] of Map.groupBy(found, ({ release }) => String(release.ocid))) {
    const own: (typeof inClear)[number][] = [];
    const disclosures: SubjectDisclosure[] = [];
    for (const each of inClear) {
      const { body, ...more } = await sealBody(each.release, ocid, register, makers, {
        earlier: disclosures,
        anew,
      });
      own.push({ ...each, release: body });
      disclosures.push(...more.disclosures);
      sealed.push(...more.sealed);
    }
    const published = await register.published(ocid);
    const { buyer } = own[0]!.release as { buyer?: { id?: unknown } };
    const given = agency ?? (typeof buyer?.id === "string" ? buyer.id : undefined);
    const at = published?.view.agency ?? (given === undefined ? undefined : idOf(given));
    const itsPost = post === undefined ? at && (await register.postOf(makers, at)) : idOf(post);
    const { planned } = planReleases(
      own.map(({ release }) => release),
      published,
      {
        now,
        organisation: (id) => register.organisation(id),
        extensions: own.flatMap(({ extensions }) => extensions),
        ...(at === undefined ? {} : { agency: at }),
        ...(itsPost === undefined ? {} : { post: itsPost }),
      },
    );
    for (const { release, drafts, faults } of planned) {
      const { place } = own.find((each) => each.release === release)!;
      if (faults.length > 0) faulty++;
      for (const { rule, message, messageId } of faults) {
        complain(`${place} ${lang === "id" ? messageId : message} ${paint("dim", `(${rule})`)}`);
      }
      for (const draft of drafts) {
        const { disclosures: own, astray } = disclosuresOf(draft, disclosures);
        for (const path of astray) complain(`${place} ${path}: ${say(cannotSeal, lang)}`);
        if (astray.length > 0) faulty++;
        else add(place, draft, own, `${ocid} ${String(release.id)}`);
      }
    }
  }
  return { lines, faulty, releases: found.length, sealed };
}

/** Whose processes and contracts are: as the short forms so far say, which are not recorded yet, else as recorded. */
class Said {
  readonly #register: Register;
  readonly #agencies = new Map<string, Hex>();
  readonly #parties = new Map<string, Hex>();

  constructor(register: Register) {
    this.#register = register;
  }

  add({ ocid, contractId, agency, terms }: Draft): void {
    if (agency !== undefined) this.#agencies.set(ocid, agency);
    if (terms.party !== undefined) this.#parties.set(canonicalJson([ocid, contractId]), terms.party);
  }

  async agencyOf({ ocid }: Draft): Promise<Hex | undefined> {
    return this.#agencies.get(ocid) ?? ((await this.#register.process(ocid))?.agency as Hex | undefined);
  }

  async partyOf({ ocid, contractId }: Draft): Promise<Hex | undefined> {
    const said = this.#parties.get(canonicalJson([ocid, contractId]));
    return said ?? contractIn(await this.#register.process(ocid), contractId)?.party;
  }
}

/** A contract names the officer's post: the one that was said, or that of who signs. */
async function withPost(
  draft: Draft,
  said: Said,
  register: Register,
  makers: readonly SigningKey[],
  post: string | undefined,
): Promise<Draft> {
  if ((draft.kind !== "contract" && draft.kind !== "opening") || draft.terms.officer !== undefined) return draft;
  const agency = post === undefined ? await said.agencyOf(draft) : undefined;
  const officer = post === undefined ? agency && (await register.postOf(makers, agency)) : idOf(post);
  return officer === undefined ? draft : { ...draft, terms: { ...draft.terms, officer } };
}

const notKnown = {
  en: "is neither an OCDS release or package nor a short form (see --help).",
  id: "bukan rilis atau paket OCDS, bukan pula bentuk singkat (lihat --help).",
};

const cannotSeal = {
  en: "cannot be sealed inside a payment of a release. Leave it out here, and record it with a short form.",
  id: "tidak dapat disegel di dalam pembayaran sebuah rilis. Hilangkan dari sini dan catat dengan bentuk singkat.",
};
