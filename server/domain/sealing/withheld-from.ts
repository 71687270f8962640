import { isObject, type Json } from "../ocds/check-fields.ts";
import { isNotText, rulesIn, screenBody } from "./screen.ts";

/** What stands in the place of a text that was left out. */
const WITHHELD = "[data pribadi / personal data]";

/** A body without texts that hold somebody's numbers: what is on the chain stays there for ever. */
export function withheldFrom(
  body: Json | undefined,
  known: Parameters<typeof screenBody>[1],
): { body: Json | undefined; left: number } {
  if (body === undefined) return { body, left: 0 };
  const found = screenBody(body, known);
  if (found.length === 0) return { body, left: 0 };
  const copy = structuredClone(body);
  for (const { pointer } of found) {
    const steps = pointer
      .split("/")
      .slice(1)
      .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
    const last = steps.pop()!;
    let node: unknown = copy;
    for (const step of steps)
      node = Array.isArray(node)
        ? (node[Number(step)] ?? node.find((each) => isObject(each) && each.id === step))
        : isObject(node)
          ? node[step]
          : undefined;
    if (Array.isArray(node)) node[Number(last)] = WITHHELD;
    else if (isObject(node) && last in node) {
      if (typeof node[last] === "string") node[last] = WITHHELD;
      else delete node[last];
    }
  }
  return { body: copy, left: new Set(found.map(({ pointer }) => pointer)).size };
}

/** Names of fields that the screen looks at by their names. */
const TELLING =
  /nik|ktp|npwp|nip|rek|account|iban|address|contact|phone|mail|fax|birth|lahir|person|owner|identifier|signator|part(y|ies)$/i;

/**
 * Whether `screenBody` could find anything: looks at texts and names alone, without the places where they stand, which
 * makes it quick for the many bodies in which there is nothing.
 */
export function mayHoldPersonal(value: unknown): boolean {
  if (typeof value === "string") return value.length >= 8 && rulesIn(value).size > 0;
  if (typeof value === "number") return value >= 1e15;
  if (Array.isArray(value)) return value.some(mayHoldPersonal);
  if (!isObject(value)) return false;
  for (const name in value) {
    const inner = value[name];
    if (TELLING.test(name) || (name.length >= 10 && /\d/.test(name) && rulesIn(name).size > 0)) return true;
    if ((typeof inner === "object" || !isNotText(name)) && mayHoldPersonal(inner)) return true;
  }
  return false;
}
