import type { Entry } from "../../server/domain/entries/entry.ts";
import { termsToText } from "../../server/domain/entries/entry.ts";
import { ID_TERMS, marksIn } from "../../server/domain/entries/kinds.ts";
import {
  kindInWords,
  markInWords,
  roleInWords,
  termInWords,
  termsInWords,
  timeInWords,
} from "../../server/domain/entries/telling.ts";
import { actInWords, actRowsInWords } from "../../server/domain/entries/telling-acts.ts";
import { NO_ID } from "../../server/domain/entries/words.ts";
import { canonicalJson } from "../../server/domain/json.ts";
import type { Language } from "../../server/domain/problems.ts";
import type { Request } from "./request.ts";
import { texts } from "./texts.ts";

/** A row of what is signed; `strong` for what people look at first. */
export type Row = { name: string; value: string; strong?: boolean };

/** Everything that is signed, in words: nothing of the content is left out, ids stand with what they are known as. */
export function inWords(request: Request, language: Language): Row[] {
  const t = texts[language];
  const named = (id: string) => (id === NO_ID ? "–" : (request.names.get(id) ?? id));
  const time = (seconds: number) => (seconds === 0 ? "–" : timeInWords(seconds * 1000, language));
  const { content } = request;
  switch (content.type) {
    case "Entry":
      return entryRows(content.entry, t.records, named, time, language);
    case "Approval": {
      const { approval } = content;
      const exceptions = marksIn(approval.exceptions).map((mark) => markInWords(mark, language));
      return [
        ...entryRows(content.entry, t.approves, named, time, language),
        { name: t.approver, value: named(approval.holder) },
        { name: t.capacity, value: roleInWords(approval.capacity, language) },
        { name: t.exceptions, value: exceptions.length === 0 ? "–" : exceptions.join("; "), strong: true },
        { name: t.seen, value: approval.seen },
        { name: t.expires, value: time(approval.expires) },
      ];
    }
    case "Cancel":
      return [
        { name: t.what, value: t.cancels, strong: true },
        { name: t.target, value: content.cancel.target },
        { name: t.holder, value: named(content.cancel.holder) },
        { name: t.expires, value: time(content.cancel.expires) },
      ];
    case "SignIn":
      return [
        { name: t.what, value: t.signsIn, strong: true },
        { name: t.origin, value: content.signIn.origin, strong: true },
        { name: t.holder, value: named(content.signIn.holder) },
        { name: t.issued, value: time(content.signIn.issued) },
        { name: t.expires, value: time(content.signIn.expires) },
        { name: t.nonce, value: content.signIn.nonce },
      ];
    case "Bundle":
      return [
        { name: t.what, value: `${t.bundles}: ${content.items.length}`, strong: true },
        ...content.items.flatMap((item, index) =>
          inWords(item, language).map((row) => ({ ...row, name: `${index + 1}. ${row.name}` })),
        ),
        { name: t.capacity, value: roleInWords(content.bundle.capacity, language) },
        { name: t.expires, value: time(content.bundle.expires) },
      ];
    case "Act": {
      const { act } = content;
      const { body } = request;
      const text = typeof body === "string" || body === undefined ? body : canonicalJson(body);
      const rows = actRowsInWords(act, text, named, language);
      return [
        { name: t.what, value: actInWords(act, language), strong: true },
        ...rows.map(([name, value]) => ({ name, value, strong: true })),
        { name: t.maker, value: named(act.maker) },
        { name: t.previous, value: act.previous },
      ];
    }
  }
}

function entryRows(
  entry: Entry,
  what: string,
  named: (id: string) => string,
  time: (seconds: number) => string,
  language: Language,
): Row[] {
  const t = texts[language];
  const terms = termsToText(entry.terms);
  const text = (name: string, value: string, strong = false): Row[] => (value === "" ? [] : [{ name, value, strong }]);
  return [
    { name: t.what, value: `${what}: ${kindInWords(entry.kind, language)}`, strong: true },
    { name: t.process, value: entry.ocid, strong: true },
    ...text(t.contract, entry.contractId, true),
    ...text(t.award, entry.awardId),
    ...termsInWords(entry.kind, terms, language).map(([name, value]) => ({ name, value, strong: true })),
    ...ID_TERMS.filter((name) => terms[name] !== undefined).map((name) => ({
      name: termInWords(name, language),
      value: named(String(terms[name])),
      strong: true,
    })),
    { name: t.agency, value: named(entry.agency) },
    { name: t.maker, value: named(entry.maker) },
    { name: t.capacity, value: roleInWords(entry.capacity, language) },
    ...(entry.refersTo === NO_ID ? [] : [{ name: t.refersTo, value: entry.refersTo }]),
    { name: t.basis, value: entry.basis === NO_ID ? "–" : entry.basis },
    { name: t.seen, value: entry.seen === NO_ID ? "–" : entry.seen },
    { name: t.command, value: entry.commandId },
    { name: t.expires, value: time(entry.expires) },
  ];
}
