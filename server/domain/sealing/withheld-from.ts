import { isObject, type Json } from "../ocds/check-fields.ts";
import { screenBody } from "./screen.ts";

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
