import type { BudgetLine } from "./payment-document.ts";

/**
 * Which chart a budget account is of, by its form, and its usual writing. Permendagri 13/2006: five levels,
 * `5.2.2.03.05`. Permendagri 90/2019: six levels, `5.1.02.02.08.0009`. Ministries (PMK 187/2017 and after): twelve
 * segments. What has another form keeps its text.
 */
export function budgetAccount(text: string): Pick<BudgetLine, "account" | "chart"> {
  const account = text.replace(/\s+/g, "").replace(/[.,;]+$/, "");
  const parts = account.split(/[.\-/]/);
  if (parts.length === 12 && parts.every((part) => /^[0-9A-Z]+$/i.test(part))) return { account, chart: "segments12" };
  const isDotted = /^[4-9](?:\.\d{1,4})+$/.test(account);
  if (isDotted && parts.length === 6 && parts[5]!.length === 4) return { account, chart: "permendagri90" };
  if (isDotted && parts.length === 5 && parts[4]!.length <= 3) return { account, chart: "permendagri13" };
  const [, ...ninety] = /^([4-9])(\d)(\d{2})(\d{2})(\d{2})(\d{4})$/.exec(account) ?? [];
  if (ninety.length > 0) return { account: ninety.join("."), chart: "permendagri90" };
  const [, ...thirteen] = /^([4-9])(\d)(\d)(\d{2})(\d{2})$/.exec(account) ?? [];
  if (thirteen.length > 0) return { account: thirteen.join("."), chart: "permendagri13" };
  return { account, chart: "unknown" };
}
