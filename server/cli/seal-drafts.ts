// What concerns a person is sealed before anything is split, shown or signed; what is left in clear is looked at.

import { randomBytes } from "node:crypto";
import type { Draft } from "../domain/entries/draft.ts";
import { idOf } from "../domain/entries/entry.ts";
import { toHex } from "../domain/entries/words.ts";
import { isObject, type Json } from "../domain/ocds/check-fields.ts";
import { contractIn } from "../domain/projection/process-view.ts";
import type { PrivateData } from "../domain/sealing/private-fields.ts";
import { screenBody, screenPlaces, screenTexts } from "../domain/sealing/screen.ts";
import { type Path, pathText, sealedForm, sealedIn } from "../domain/sealing/seal.ts";
import { disclosuresFor, type SubjectDisclosure, sealFields } from "../domain/sealing/seal-fields.ts";
import type { SigningKey } from "./key-file.ts";
import type { Register } from "./register.ts";
import type { Text } from "./terminal.ts";

export type SealedPlace = { path: Path; data: PrivateData };
type Sealed<T> = { body: T; disclosures: SubjectDisclosure[]; sealed: SealedPlace[] };

/** Seals what a release or a body says of persons; what was sealed before and is unchanged keeps its salt. */
export async function sealBody<T>(
  body: T,
  ocid: string,
  register: Register,
  makers: readonly [SigningKey, ...SigningKey[]],
  { otherwise, earlier = [] }: { otherwise?: string | undefined; earlier?: readonly SubjectDisclosure[] } = {},
): Promise<Sealed<T>> {
  const known = (id: string) => register.organisation(idOf(id));
  const options = { ocid, known, newSalt: () => toHex(new Uint8Array(randomBytes(16))), otherwise };
  const first = sealFields(body, options);
  if (first.sealed.length === 0) return first;
  return sealFields(body, { ...options, earlier: [...earlier, ...(await register.opened(ocid, makers))] });
}

/** A draft with its body sealed. Its source is sealed too: command ids are made of it, and stand on the chain. */
export async function sealDraft(
  draft: Draft,
  register: Register,
  makers: readonly [SigningKey, ...SigningKey[]],
): Promise<{ draft: Draft } & Omit<Sealed<unknown>, "body">> {
  if (draft.body === undefined) return { draft, disclosures: [], sealed: [] };
  const party = draft.terms.party ?? contractIn(await register.process(draft.ocid), draft.contractId)?.party;
  const otherwise = party === undefined ? undefined : register.organisation(party)?.id;
  const { body, disclosures, sealed } = await sealBody(draft.body, draft.ocid, register, makers, { otherwise });
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
