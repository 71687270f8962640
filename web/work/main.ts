import { sha256 } from "#hash";
import { type TermsText, TYPES, termsFromText, termsMessage } from "../../server/domain/entries/entry.ts";
import { kindName, Role, type RoleName } from "../../server/domain/entries/kinds.ts";
import { kindInWords, termsInWords, timeInWords } from "../../server/domain/entries/telling.ts";
import { type Hex, NO_ID, toHex, utf8 } from "../../server/domain/entries/words.ts";
import { canonicalJson } from "../../server/domain/json.ts";
import type { Language, Words } from "../../server/domain/problems.ts";
import { h } from "../dom.ts";
import { texts } from "./texts.ts";

// What waits for the person who is signed in. Everything shown here is what the gateway says; what is signed is shown
// once more, and worked out anew, by the signing page, which has no connection to the gateway.

type Key = { address: Hex; custody: number; revoked: boolean };
type Me = {
  session: { csrf?: string; holder?: Hex; secondFactor?: number };
  holder?: { id: Hex; keys: Key[] };
  offices: { agency: Hex; role: number; inForce: boolean }[];
};
type Task = {
  task: "sign" | "approve" | "answer" | "signAgain";
  words: Words;
  draft?: string;
  submission?: Hex;
  kindWords: Words;
  ocid: string;
  contractId: string;
  reminder: "none" | "due" | "overdue";
  reminderWords: Words;
  expires?: number;
};
type Review = {
  submission: { id: Hex; state: string };
  entry: { agency: Hex; maker: Hex; kind: number } & Record<string, unknown>;
  body: string;
  words: { kind: Words; agency: string; terms: { words: Words; value: Words; before?: Words }[] };
  differences: { path: string; before?: unknown; after: unknown }[];
  documents: { sha256: string; title?: string; stored: boolean }[];
  exceptions: string[];
  refusal?: { title: Words; help: Words };
  moved?: { words: Words; since: { sequence: number; kind: string; release: string }[] };
  approval?: { approval: Record<string, unknown>; up: number; typedData: object };
  why?: { title: Words; help: Words };
  talk: { kind?: string; by: Hex; at: number; text: string }[];
};
type Draft = {
  id: string;
  version: number;
  commandId: Hex;
  entry: {
    kind: number;
    ocid: string;
    contractId: string;
    awardId: string;
    agency: Hex;
    refersTo: Hex;
    terms: TermsText;
  };
  body?: Record<string, unknown>;
  preimage?: Hex;
  note?: string;
};
type Ledger = { domain: object; seen: Hex };
type Signed = { prasasti: "signed"; signature: unknown };

const page = document.getElementById("page")!;
let language: Language = navigator.language.startsWith("en") ? "en" : "id";
let me: Me | undefined;

/** A problem that the gateway answered with. */
class Refused extends Error {}

async function ask<T>(path: string, body?: unknown): Promise<T> {
  const headers: Record<string, string> = { accept: "application/json", "accept-language": language };
  if (body !== undefined) {
    headers["content-type"] = "application/json";
    headers["x-prasasti-csrf"] = me?.session.csrf ?? "";
  }
  const response = await fetch(path, {
    headers,
    ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
  });
  const told = response.status === 204 ? undefined : await response.json();
  if (response.ok) return told as T;
  const said = (value: unknown) =>
    typeof value === "object" && value !== null ? ((value as Words)[language] ?? "") : String(value ?? "");
  throw new Refused([said(told.title), said(told.detail), said(told.help)].filter((text) => text !== "").join(" "));
}

async function show(): Promise<void> {
  const t = texts[language];
  document.documentElement.lang = language;
  document.title = `${t.title} · Prasasti`;
  const content = h("section", { "aria-live": "polite" });
  page.replaceChildren(
    h(
      "header",
      {},
      h("span", {}, h("a", { href: "/" }, "Prasasti"), " · ", h("a", { href: "/account" }, t.account)),
      h("button", { class: "quiet", lang: language === "id" ? "en" : "id", click: turn }, t.other),
    ),
    h("h1", {}, t.title),
    content,
  );
  const open = location.hash.slice(1);
  try {
    me = await ask<Me>("/api/v1/sessions/current");
  } catch {
    const next = encodeURIComponent("/work");
    content.replaceChildren(
      h("p", {}, t.signedOut),
      h("a", { class: "button", href: `/sign-in?next=${next}` }, t.signIn),
    );
    return;
  }
  try {
    const nodes = open.startsWith("0x")
      ? await review(open)
      : open.startsWith("D-")
        ? await draft(open)
        : await inbox();
    content.replaceChildren(...nodes);
  } catch (error) {
    content.replaceChildren(fault(error));
  }
}

function turn(): void {
  language = language === "id" ? "en" : "id";
  void show();
}

function fault(error: unknown): HTMLElement {
  const text = error instanceof Error ? error.message : String(error);
  return h("p", { class: "bad", id: "fault" }, text);
}

// ---- the inbox

async function inbox(): Promise<Node[]> {
  const t = texts[language];
  const { tasks, total } = await ask<{ tasks: Task[]; total: number }>("/api/v1/tasks");
  const line = (task: Task) =>
    h(
      "li",
      {},
      h(
        "a",
        { href: `#${task.draft ?? task.submission}` },
        `${task.kindWords[language]} · ${task.ocid} ${task.contractId}`,
      ),
      h("p", {}, `${t.tasks[task.task]}: ${task.words[language]}`),
      h("p", { class: task.reminder === "overdue" ? "bad" : "soft" }, task.reminderWords[language]),
    );
  if (total === 0) return [h("p", { id: "none" }, t.none)];
  return [h("p", { class: "soft" }, `${total} ${t.waiting}`), h("ul", { class: "tasks" }, ...tasks.map(line))];
}

// ---- one of them

async function review(id: string): Promise<Node[]> {
  const t = texts[language];
  const told = await ask<Review>(`/api/v1/submissions/${id}/review`);
  const outcome = h("div", { id: "outcome", "aria-live": "polite" });
  const terms = told.words.terms.map(({ words, value, before }) =>
    row(words[language], before === undefined ? value[language] : `${before[language]} → ${value[language]}`),
  );
  const changes = told.differences.map(({ path, before, after }) =>
    row(path, `${before === undefined ? "" : `${JSON.stringify(before)} → `}${JSON.stringify(after)}`),
  );
  return [
    back(),
    h("h2", {}, `${told.words.kind[language]} · ${String(told.entry.ocid)} ${String(told.entry.contractId)}`),
    h("p", {}, told.words.agency),
    ...(told.moved === undefined ? [] : moved(told.moved)),
    ...(told.refusal === undefined
      ? []
      : [h("p", { class: "bad" }, `${told.refusal.title[language]} ${told.refusal.help[language]}`)]),
    h("table", { id: "words" }, h("tbody", {}, ...terms)),
    ...(changes.length === 0
      ? []
      : [
          h(
            "details",
            {},
            h("summary", {}, `${t.changes} (${changes.length})`),
            h("table", {}, h("tbody", {}, ...changes)),
          ),
        ]),
    ...documents(told),
    ...(told.exceptions.length === 0
      ? []
      : [h("h2", {}, t.exceptions), h("p", { class: "bad" }, told.exceptions.join(", "))]),
    ...talk(told),
    ...(told.approval === undefined ? whyNot(told) : [approving(told, outcome)]),
    outcome,
  ];
}

function row(name: string, value: string): HTMLElement {
  return h("tr", {}, h("th", { scope: "row" }, name), h("td", {}, value));
}

function back(): HTMLElement {
  return h("p", {}, h("a", { href: "#" }, `← ${texts[language].title}`));
}

function moved({ words, since }: NonNullable<Review["moved"]>): Node[] {
  const lines = since.map(({ sequence, kind, release }) =>
    h("li", {}, h("a", { href: release }, `${sequence}. ${kind}`)),
  );
  return [h("p", { class: "bad" }, words[language]), h("ul", {}, ...lines)];
}

function documents({ documents: named }: Review): Node[] {
  const t = texts[language];
  if (named.length === 0) return [];
  const lines = named.map(({ sha256: digest, title, stored }) =>
    h("li", {}, `${title ?? ""} `, h("span", { class: "digest" }, digest), stored ? "" : ` (${t.notStored})`),
  );
  return [h("h2", {}, t.documents), h("ul", {}, ...lines)];
}

function talk({ talk: said }: Review): Node[] {
  if (said.length === 0) return [];
  const lines = said.map(({ at, text }) => h("li", {}, `${timeInWords(at * 1000, language)}: ${text}`));
  return [h("h2", {}, texts[language].talk), h("ul", {}, ...lines)];
}

function whyNot({ why, submission }: Review): Node[] {
  const t = texts[language];
  const reason = why === undefined ? t.notYours : `${why.title[language]} ${why.help[language]}`;
  return [h("p", { class: "soft", id: "why" }, reason), answering(submission.id)];
}

function approving(told: Review, outcome: HTMLElement): HTMLElement {
  const t = texts[language];
  const { approval, up, typedData } = told.approval!;
  const text = h("input", { type: "text", id: "text", maxlength: "1000" }) as HTMLInputElement;
  const { id } = told.submission;
  const body = told.body === "" ? {} : { body: JSON.parse(told.body) };
  const approve = () =>
    signing({ typedData, ...body }, outcome, async ({ signature }) => {
      await ask(`/api/v1/submissions/${id}/approve?wait=20000`, { approval, up, signature });
      return t.approved;
    });
  const say = (what: "refuse" | "ask", done: string) => () =>
    trying(outcome, async () => {
      const said = what === "refuse" ? { reason: text.value } : { text: text.value };
      await ask(`/api/v1/submissions/${id}/${what}`, said);
      return done;
    });
  return h(
    "div",
    {},
    h("button", { id: "approve", click: approve }, t.approve),
    h("label", { for: "text" }, t.reason),
    text,
    h("button", { id: "refuse", class: "quiet", click: say("refuse", t.refused) }, t.refuse),
    h("button", { id: "ask", class: "quiet", click: say("ask", t.asked) }, t.ask),
  );
}

function answering(id: Hex): HTMLElement {
  const t = texts[language];
  const outcome = h("div", { "aria-live": "polite" });
  const text = h("input", { type: "text", id: "text", maxlength: "1000" }) as HTMLInputElement;
  const answer = () =>
    trying(outcome, async () => {
      await ask(`/api/v1/submissions/${id}/answer`, { text: text.value });
      return t.answered;
    });
  return h("div", {}, h("label", { for: "text" }, t.answer), text, h("button", { click: answer }, t.send), outcome);
}

// ---- a draft

async function draft(id: string): Promise<Node[]> {
  const t = texts[language];
  const told = await ask<Draft>(`/api/v1/drafts/${id}`);
  const { entry, body, preimage, note } = told;
  const outcome = h("div", { id: "outcome", "aria-live": "polite" });
  const terms = termsInWords(entry.kind, entry.terms, language).map(([name, value]) => row(name, value));
  const sign = async () => {
    try {
      const { up, stemLength, ...request } = await toSign(told);
      signing(request, outcome, async ({ signature }) => {
        const said = { ...request.typedData.message, terms: entry.terms };
        const posted = { entry: said, signature, up, stemLength, ...(preimage && { preimage }) };
        await ask(`/api/v1/drafts/${id}/signature?wait=20000`, posted);
        return t.signed;
      });
    } catch (error) {
      outcome.replaceChildren(fault(error));
    }
  };
  return [
    back(),
    h("h2", {}, `${kindInWords(entry.kind, language)} · ${entry.ocid} ${entry.contractId}`),
    ...(note === undefined ? [] : [h("p", {}, note)]),
    h("table", { id: "words" }, h("tbody", {}, ...terms)),
    ...(body === undefined ? [] : [h("pre", {}, JSON.stringify(body, undefined, 2))]),
    h("button", { id: "sign", click: sign }, t.sign),
    outcome,
  ];
}

/** The entry as its maker would sign it now. */
async function toSign({ entry, body, commandId }: Draft) {
  const { domain, seen } = await ask<Ledger>("/api/v1/ledger");
  const { kind, ocid, agency, contractId, awardId, refersTo, terms } = entry;
  const question = {
    ...{ act: "record", kind: kindName(kind), ocid, agency, terms },
    ...(contractId && { contractId }),
    ...(awardId && { awardId }),
    ...(refersTo !== NO_ID && { refersTo }),
  };
  type May = { may: boolean; because: Words; as?: { role: RoleName; up: number }; check?: { basis: Hex } };
  const { may, because, as, check } = await ask<May>("/api/v1/me/can", question);
  if (!may || as === undefined || check === undefined) throw new Refused(because[language]);
  const said = { ...entry, capacity: Role[as.role] };
  const message = {
    ...said,
    commandId,
    maker: me!.holder!.id,
    basis: check.basis,
    seen,
    digest: toHex(sha256(body === undefined ? new Uint8Array() : utf8(canonicalJson(body)))),
    terms: termsMessage(termsFromText(entry.terms)),
    expires: Math.floor(Date.now() / 1000) + 30 * 86_400,
  };
  const typedData = { domain, types: { Entry: TYPES.Entry, Terms: TYPES.Terms }, primaryType: "Entry", message };
  return { typedData, ...(body && { body }), up: as.up, stemLength: await stemOf(entry) };
}

/** How long the agency's stem of a new ocid is; 0 of one that is known. */
async function stemOf({ ocid, agency }: Draft["entry"]): Promise<number> {
  type Agencies = { agencies: { id: Hex; stems?: string[] }[] };
  const { agencies } = await ask<Agencies>("/api/v1/authority/agencies");
  const stems = agencies.find(({ id }) => id === agency)?.stems ?? [];
  const fits = stems.filter((stem) => ocid.startsWith(`${stem}-`)).map((stem) => utf8(stem).length);
  return Math.max(0, ...fits);
}

// ---- signing, on the other page

/** Says what came of some work where the page says so. */
async function trying(outcome: HTMLElement, work: () => Promise<string>): Promise<void> {
  try {
    outcome.replaceChildren(h("p", { class: "good", id: "done" }, await work()));
  } catch (error) {
    outcome.replaceChildren(fault(error));
  }
}

/** Opens the signing page with a request, and goes on with what it gives back. */
function signing(request: object, outcome: HTMLElement, then: (signed: Signed) => Promise<string>): void {
  const other = open("/sign");
  if (other === null) {
    outcome.replaceChildren(fault(new Error(texts[language].popup)));
    return;
  }
  // listened to before anything is waited for: the other page may be ready first
  const message = toHand(request);
  const listen = ({ data, source, origin }: MessageEvent) => {
    if (source !== other || origin !== location.origin) return;
    if (data?.prasasti === "ready") void message.then((said) => other.postMessage(said, location.origin));
    if (data?.prasasti !== "signed") return;
    removeEventListener("message", listen);
    void trying(outcome, () => then(data as Signed));
  };
  addEventListener("message", listen);
  message.catch((error) => outcome.replaceChildren(fault(error)));
}

/** What the signing page is given: beside the request the text ids of agencies, of which it believes those that hash right. */
async function toHand(request: object): Promise<object> {
  const addresses = (me?.holder?.keys ?? []).filter(({ revoked }) => !revoked).map(({ address }) => address);
  const { agencies } = await ask<{ agencies: { details: { id?: string } }[] }>("/api/v1/authority/agencies");
  const names = agencies.map(({ details }) => details.id).filter((id) => id !== undefined);
  return { prasasti: "sign", request: JSON.stringify({ ...request, names }), addresses: addresses.join(" ") };
}

addEventListener("hashchange", () => void show());
void show();
