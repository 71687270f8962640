// What concerns a person is sealed before anything is split, shown or signed; what is left in clear is looked at.

import { randomBytes } from "node:crypto";
import type { Draft } from "../domain/entries/draft.ts";
import { idOf } from "../domain/entries/entry.ts";
import { type Hex, toHex } from "../domain/entries/words.ts";
import { isObject, type Json } from "../domain/ocds/check-fields.ts";
import type { PrivateData } from "../domain/sealing/private-fields.ts";
import { screenBody, screenPlaces, screenTexts } from "../domain/sealing/screen.ts";
import { type Path, pathText, sealedForm, sealedIn } from "../domain/sealing/seal.ts";
import { disclosuresFor, type SubjectDisclosure, sealFields } from "../domain/sealing/seal-fields.ts";
import type { SigningKey } from "./key-file.ts";
import type { Register } from "./register.ts";
import { Exit, type Text, Usage } from "./terminal.ts";

export type SealedPlace = { path: Path; data: PrivateData };
type Sealed<T> = { body: T; disclosures: SubjectDisclosure[]; sealed: SealedPlace[] };

/**
 * `otherwise`: whose a value is where its place does not tell; `earlier`: what the same file sealed of this process
 * before; `anew`: a value where one was erased is another
 */
export type SealChoices = {
  otherwise?: string | undefined;
  earlier?: readonly SubjectDisclosure[];
  anew?: boolean | undefined;
};

/** Seals what a release or a body says of persons; what was sealed before and is unchanged keeps its salt. */
export async function sealBody<T>(
  body: T,
  ocid: string,
  register: Register,
  makers: readonly [SigningKey, ...SigningKey[]],
  { otherwise, earlier = [], anew = false }: SealChoices = {},
): Promise<Sealed<T>> {
  const known = (id: string) => register.organisation(idOf(id));
  const options = { ocid, known, newSalt: () => toHex(new Uint8Array(randomBytes(16))), otherwise };
  const first = sealFields(body, options);
  if (first.sealed.length === 0) return first;
  const { open, closed } = await register.opened(ocid, makers);
  const kept = [...earlier, ...open];
  const result = sealFields(body, { ...options, earlier: kept });
  const salts = new Set(kept.map(({ salt }) => salt));
  const gone = new Set(closed.map(pathText));
  const doubtful = result.disclosures.find(({ path, salt }) => !salts.has(salt) && gone.has(pathText(path)));
  if (doubtful !== undefined && !anew) throw notComparable(ocid, pathText(doubtful.path));
  return result;
}

/** A value that was erased can't be compared: sending the same file again would record it as another. */
function notComparable(ocid: string, place: string): Usage {
  return new Usage(
    {
      en: `${ocid} ${place}: a value here was erased or is restricted, so nobody can tell whether this is the same. Nothing was sent. If it is a new value: --anew`,
      id: `${ocid} ${place}: nilai di sini telah dihapus atau dibatasi, sehingga tidak dapat dibandingkan. Tidak ada yang dikirim. Bila ini nilai baru: --anew`,
    },
    Exit.yours,
  );
}

/**
 * A draft with its body sealed. Its source is sealed too: command ids are made of it, and stand on the chain.
 * @param contracts tells the supplier of its contract: whose it is where the place does not tell
 */
export async function sealDraft(
  draft: Draft,
  contracts: { partyOf(draft: Draft): Promise<Hex | undefined> },
  register: Register,
  makers: readonly [SigningKey, ...SigningKey[]],
  choices: Omit<SealChoices, "otherwise">,
): Promise<{ draft: Draft } & Omit<Sealed<unknown>, "body">> {
  if (draft.body === undefined) return { draft, disclosures: [], sealed: [] };
  const party = await contracts.partyOf(draft);
  const otherwise = party === undefined ? undefined : register.organisation(party)?.id;
  const { body, disclosures, sealed } = await sealBody(draft.body, draft.ocid, register, makers, {
    ...choices,
    otherwise,
  });
  if (sealed.length === 0) return { draft, disclosures, sealed };
  const [name, form] = Object.entries(draft.source)[0]!;
  const source = { [name]: { ...(isObject(form) ? form : {}), details: body } };
  return { draft: { ...draft, body, source }, disclosures, sealed };
}

/** The disclosures that go with a draft which was split from a sealed release, or why there are none. */
export function disclosuresOf(
  { body, ocid }: Draft,
  disclosures: readonly SubjectDisclosure[],
): { disclosures: SubjectDisclosure[]; astray: string[] } {
  const leaves = sealedIn(body);
  const found = disclosuresFor(leaves, ocid, disclosures);
  // an entry that the register itself numbers, as a payment, stands elsewhere than in its source: a seal would not fit
  const sealed = new Set(disclosures.map((each) => sealedForm(ocid, each)));
  const placed = new Set(found.map(({ path }) => pathText(path)));
  const astray = leaves.filter(({ value, path }) => sealed.has(value) && !placed.has(pathText(path)));
  return { disclosures: found, astray: astray.map(({ path }) => pathText(path)) };
}

/** What of a draft may not be signed, as it would be public for ever. */
export function personalIn(draft: Draft, register: Register): (Text & { pointer: string })[] {
  const { ocid, contractId, awardId } = draft;
  const body: Json = draft.body ?? {};
  const found = [
    ...screenTexts({ ocid, contract: contractId, award: awardId }),
    ...screenBody(body, (id) => register.organisation(idOf(id))),
  ];
  return screenPlaces(found).map(({ pointer, message }) => ({ pointer, ...message }));
}
