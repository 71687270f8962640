import { z } from "zod";
import type { Words } from "../domain/problems.ts";

const ours = new Map<string, string>();
const indonesian = z.locales.id().localeError;

/** Names a rule of ours in both languages: what a schema says travels as its English words. */
export function rule(en: string, id: string): string {
  ours.set(en, id);
  return en;
}

/** What a schema found, in both languages. @param found as zod tells it, without what was sent */
export function ruleWords(found: { keyword: string; message?: string; params: object }): Words {
  const { keyword, message: en = "", params } = found;
  const own = ours.get(en);
  if (own !== undefined) return { en, id: own };
  const told = indonesian({ code: keyword, path: [], ...params } as never);
  const id = typeof told === "string" ? told : (told?.message ?? en);
  // which sort came is known only from the English words
  const received = /received (\w+)$/.exec(en)?.[1];
  return { en, id: received === undefined ? id : id.replace(/\w+$/, received) };
}
