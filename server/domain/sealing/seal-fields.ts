import type { Hex } from "../entries/words.ts";
import { type Known, type PrivateData, privateData, subjectAround, subjectName } from "./private-fields.ts";
import { type Disclosure, type Leaf, opens, type Path, replaceLeaves, type Sealable, sealedForm } from "./seal.ts";

/** A disclosure on its way to a vault. `subject`: the person or entity under whose key it is kept. */
export type SubjectDisclosure = Disclosure & { subject?: string };

type Choices = {
  ocid: string;
  known: Known;
  newSalt(): Hex;
  /** opened earlier in this process: the same value at the same place keeps its salt, so that nothing seems changed */
  earlier?: readonly Disclosure[];
  /** whose the values are where the body does not tell */
  otherwise?: string | undefined;
};

/**
 * Seals all that the table of private fields names. Gives the body with sealed values in place, what opens them, and
 * where they stand.
 */
export function sealFields<T>(
  body: T,
  { ocid, known, newSalt, earlier = [], otherwise }: Choices,
): { body: T; disclosures: SubjectDisclosure[]; sealed: { path: Path; pointer: string; data: PrivateData }[] } {
  const disclosures: SubjectDisclosure[] = [];
  const sealed: { path: Path; pointer: string; data: PrivateData }[] = [];
  const byPath = Map.groupBy(earlier, ({ path }) => JSON.stringify(path));
  const saltOf = (path: Path, value: Sealable) =>
    byPath.get(JSON.stringify(path))?.find((each) => each.value === value)?.salt ?? newSalt();
  const change = (leaf: Leaf) => {
    const data = privateData(leaf, known);
    if (data === undefined || isEntryId(leaf)) return leaf.value;
    const { path, pointer } = leaf;
    const value = leaf.value as Sealable;
    const subject = subjectName(subjectAround(leaf.around)) ?? otherwise;
    const disclosure = { path, salt: saltOf(path, value), value };
    disclosures.push({ ...disclosure, ...(subject === undefined ? {} : { subject }) });
    sealed.push({ path, pointer, data });
    return sealedForm(ocid, disclosure);
  };
  return { body: replaceLeaves(body, change), disclosures, sealed };
}

/** The id of an entry in a list, which paths are made of: the screen refuses one that is a person's number. */
function isEntryId({ name, path, value }: Leaf): boolean {
  return name === "id" && path.at(-2) === String(value);
}

/** The disclosures of a list that open sealed values of a body which stand where they say. */
export function disclosuresFor(
  leaves: readonly Leaf[],
  ocid: string,
  disclosures: readonly SubjectDisclosure[],
): SubjectDisclosure[] {
  return leaves.flatMap(({ value, path }) => {
    const own = disclosures.find(
      (each) => JSON.stringify(each.path) === JSON.stringify(path) && opens(String(value), ocid, each),
    );
    return own === undefined ? [] : [own];
  });
}
