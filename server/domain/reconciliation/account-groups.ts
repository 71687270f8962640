import type { BudgetLine } from "../payments/payment-document.ts";

type Chart = BudgetLine["chart"];
/** That an account of the chart of Permendagri 13/2006 and one of Permendagri 90/2019 are, or may be, for the same. */
export type AccountPair = { readonly from: string; readonly to: string };
/** Accounts of both charts that can only be compared together. */
export type AccountGroup = {
  readonly name: string;
  readonly permendagri13: readonly string[];
  readonly permendagri90: readonly string[];
};

/**
 * Which accounts of the two charts belong together. The mapping 13 → 90 is many to many, so an amount of one chart cannot
 * be split over the other without guessing; but the smallest sets of accounts that are closed under the declared pairs
 * can be compared, and that is what a group is. An account below a declared one (`5.2.2.03.05` under `5.2.2.03`) goes
 * with it; one that nobody declared stands alone.
 */
export class AccountGroups {
  readonly #byAccount = new Map<string, AccountGroup>();

  constructor(pairs: readonly AccountPair[]) {
    const upper = new Map<string, string>();
    const rootOf = (node: string): string => {
      const above = upper.get(node) ?? node;
      if (above === node) return node;
      const root = rootOf(above);
      upper.set(node, root);
      return root;
    };
    for (const { from, to } of pairs) {
      const [a, b] = [nodeOf("permendagri13", from), nodeOf("permendagri90", to)];
      for (const node of [a, b]) if (!upper.has(node)) upper.set(node, node);
      const [first, second] = [rootOf(a), rootOf(b)].sort() as [string, string];
      upper.set(second, first);
    }
    const members = Map.groupBy([...upper.keys()].sort(), rootOf);
    for (const nodes of members.values()) {
      const of = (chart: Chart) =>
        nodes.filter((node) => node.startsWith(`${chart} `)).map((node) => node.slice(chart.length + 1));
      const [permendagri13, permendagri90] = [of("permendagri13"), of("permendagri90")];
      const group = { name: permendagri90.join(" + "), permendagri13, permendagri90 };
      for (const node of nodes) this.#byAccount.set(node, group);
    }
  }

  /** undefined where no pair names it, or what it stands below. */
  of(chart: Chart, account: string): AccountGroup | undefined {
    for (let at = account; at !== ""; at = at.slice(0, Math.max(0, at.lastIndexOf(".")))) {
      const group = this.#byAccount.get(nodeOf(chart, at));
      if (group !== undefined) return group;
    }
    return undefined;
  }
}

function nodeOf(chart: Chart, account: string): string {
  return `${chart} ${account.trim().replace(/\.+$/, "")}`;
}
