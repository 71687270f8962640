import { ActCode } from "../../server/domain/entries/act.ts";
import type { Entry } from "../../server/domain/entries/entry.ts";
import { termsToText } from "../../server/domain/entries/entry.ts";
import { Custody, ID_TERMS, marksIn } from "../../server/domain/entries/kinds.ts";
import {
  actInWords,
  kindInWords,
  markInWords,
  roleInWords,
  termInWords,
  termsInWords,
  timeInWords,
} from "../../server/domain/entries/telling.ts";
import { NO_ID } from "../../server/domain/entries/words.ts";
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
      const onKey = act.code <= ActCode.replaceKey;
      const onAgency = act.code === ActCode.registerAgency || act.code === ActCode.registerEntity;
      const handsOver = act.code === ActCode.handOver;
      const custody = Object.entries(Custody).find(([, code]) => code === act.custody)?.[0];
      const address = (word: string) => `0x${word.slice(26)}`;
      const rows: (Row | false)[] = [
        { name: t.what, value: actInWords(act, language), strong: true },
        act.holder !== NO_ID && {
          name: onAgency ? t.below : handsOver ? t.from : t.holder,
          value: named(act.holder),
          strong: true,
        },
        handsOver && { name: t.to, value: named(act.key), strong: true },
        act.agency !== NO_ID && { name: t.agency, value: named(act.agency), strong: true },
        act.role !== 0 &&
          act.code !== ActCode.addStem && { name: t.capacity, value: roleInWords(act.role, language), strong: true },
        act.post !== NO_ID && { name: onKey ? t.oldKey : t.post, value: onKey ? address(act.post) : named(act.post) },
        onKey && { name: t.key, value: address(act.key), strong: true },
        onKey && custody !== undefined && { name: t.custody, value: custody },
        !onKey && act.custody === 1 && { name: t.reach, value: t.reaches },
        act.from !== 0 && { name: t.from, value: time(act.from) },
        act.until !== 0 && { name: t.until, value: time(act.until) },
        { name: t.maker, value: named(act.maker) },
        { name: t.previous, value: act.previous },
        { name: t.expires, value: time(act.expires) },
      ];
      return rows.filter((row) => row !== false);
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
