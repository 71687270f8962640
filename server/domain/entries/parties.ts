import { type FoundReference, isObject, type Json } from "../ocds/check-fields.ts";
import { idOf } from "./entry.ts";
import type { Hex } from "./words.ts";

/** An organisation as the registry knows it: its OCDS party id and name, both public. */
export type Party = { id: string; name: string };
export type Registry = (id: Hex) => Party | undefined;

/** Roles that follow from terms: a body cannot give them. */
export const ROLES_FROM_TERMS: ReadonlySet<string> = new Set(["buyer", "supplier", "payer", "payee"]);

/**
 * The organisations of a release, each once: all that it refers to and all that its body names. What the registry says
 * of one wins over the body, in the references too. `roles` is the union of all roles so far, as `parties.roles` merges
 * as a whole list.
 * @param references those of the release; they are given the registry's names
 * @param said what the body says of parties
 * @param used organisations that terms name
 */
export function partiesOf(
  references: readonly FoundReference[],
  said: unknown,
  used: ReadonlySet<Hex>,
  rolesSoFar: Readonly<Record<Hex, readonly string[]>>,
  registry: Registry,
): { parties: Json[]; roles: Record<Hex, string[]> } {
  const found = new Map<Hex, { base: Json; more: Set<string> }>();
  const add = (of: Hex, base: Json): Set<string> => {
    const known = found.get(of);
    if (known !== undefined) {
      known.base = { ...base, ...known.base };
      return known.more;
    }
    const more = new Set<string>();
    found.set(of, { base, more });
    return more;
  };
  for (const of of used) add(of, {});
  for (const each of Array.isArray(said) ? said : []) {
    if (!isObject(each) || typeof each.id !== "string") continue;
    const { roles, ...base } = each;
    const more = add(idOf(each.id), base);
    for (const role of Array.isArray(roles) ? roles : []) {
      if (typeof role === "string" && role !== "" && !ROLES_FROM_TERMS.has(role)) more.add(role);
    }
  }
  for (const { role, organization } of references) {
    if (typeof organization.id !== "string") continue;
    const of = idOf(organization.id);
    if (organization.name !== undefined) organization.name = registry(of)?.name ?? organization.name;
    const name = typeof organization.name === "string" ? { name: organization.name } : {};
    const more = add(of, { id: organization.id, ...name });
    if (role !== undefined) more.add(role);
  }
  const roles: Record<Hex, string[]> = {};
  const parties = [...found].map(([of, { base, more }]) => {
    const union = [...new Set([...(rolesSoFar[of] ?? []), ...more])];
    roles[of] = union;
    const party: Json = { ...base, ...(registry(of) ?? (base.id === undefined ? { id: of, name: of } : {})) };
    return union.length === 0 ? party : { ...party, roles: union };
  });
  return { parties, roles };
}
