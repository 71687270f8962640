import type { Part, PartNeeds } from "./part.ts";
import { openRequests } from "./requests/requests-part.ts";

/** The parts by their names, in the order in which they are opened: later ones may ask earlier ones. One line each. */
export const PARTS: readonly { readonly name: string; open(needs: PartNeeds): Promise<Part> }[] = [
  { name: "requests", open: openRequests },
];
