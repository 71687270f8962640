import type { PaymentDocument } from "../../domain/payments/payment-document.ts";
import type { DocumentChange } from "./document-store.ts";

/** What a document states, by field; parts of a list are fields of their own, so that one more is an addition. */
function factsOf(document: PaymentDocument): Map<string, string> {
  const { on, cleared, route, currency, gross, net, spm, spp, agency, payee, contractNumber, deliveryNumber } =
    document;
  const facts = new Map<string, string>();
  const put = (field: string, value: string | undefined) => {
    if (value !== undefined && value !== "") facts.set(field, value);
  };
  put("on", on);
  put("cleared", cleared);
  put("route", route);
  put("currency", currency);
  put("gross", gross);
  put("net", net);
  put("spm", spm?.number);
  put("spp", spp?.number);
  put("agency", agency);
  put("payee", payee.name);
  put("payee.npwp", payee.npwpCore ?? payee.person);
  put("payee.account", payee.account);
  put("contract", contractNumber);
  put("delivery", deliveryNumber);
  put("purpose", document.purpose);
  const counts = new Map<string, number>();
  const part = (list: string, name: string, value: string) => {
    const nth = (counts.get(`${list}/${name}`) ?? 0) + 1;
    counts.set(`${list}/${name}`, nth);
    facts.set(`${list}/${name}${nth > 1 ? `#${nth}` : ""}`, value);
  };
  for (const { name, amount } of document.deductions) part("deduction", name, amount);
  for (const { account, subActivity, amount } of document.lines)
    part("line", `${account}${subActivity === undefined ? "" : ` ${subActivity}`}`, amount);
  return facts;
}

/** Fields whose value is shown to nobody: only that they changed. */
const DIGESTS: ReadonlySet<string> = new Set(["payee.npwp", "payee.account"]);

/**
 * What a document says otherwise than before. `isNewVersion` where something that was said has changed or is gone; an
 * addition, and a net amount that follows from it, are none. Undefined where nothing differs.
 */
export function documentChanges(
  before: PaymentDocument,
  after: PaymentDocument,
): { changes: DocumentChange[]; isNewVersion: boolean } | undefined {
  const [old, now] = [factsOf(before), factsOf(after)];
  const changes: DocumentChange[] = [];
  let isNewVersion = false;
  const grew = [...now.keys()].some((field) => field.startsWith("deduction/") && !old.has(field));
  for (const field of new Set([...old.keys(), ...now.keys()])) {
    const [was, is] = [old.get(field), now.get(field)];
    if (was === is) continue;
    const shown = DIGESTS.has(field)
      ? {}
      : { ...(was === undefined ? {} : { before: was }), ...(is === undefined ? {} : { after: is }) };
    changes.push({ field, ...shown });
    const follows =
      was === undefined ||
      (field === "net" && grew && old.get("gross") === now.get("gross")) ||
      (field === "purpose" && is?.includes(was));
    if (!follows) isNewVersion = true;
  }
  const differs = changes.length > 0 || JSON.stringify(without(before)) !== JSON.stringify(without(after));
  return differs ? { changes, isNewVersion } : undefined;
}

/** All but where it was read: the same said in another file is the same. */
function without({ source: _, ...document }: PaymentDocument): unknown {
  return document;
}
