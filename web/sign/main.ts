import type { Language } from "../../server/domain/problems.ts";
import { h } from "../dom.ts";
import { inWords } from "./in-words.ts";
import { makePasskey, signWithPasskey } from "./passkey.ts";
import { type Request, RequestFault, readRequest } from "./request.ts";
import { texts } from "./texts.ts";
import { signWithWallet, wallets } from "./wallet.ts";

// The page: one request at a time, in words, signed here. Nothing is fetched unless somebody presses a button for it.

const page = document.getElementById("page")!;
let language: Language = navigator.language.startsWith("en") ? "en" : "id";
let view: "sign" | "make" = location.hash === "#passkey" ? "make" : "sign";
let given = "";
/** who opened this page and gave it the request; he gets the signature back, when the person says so */
let asker: { window: Window; origin: string } | undefined;
let addresses = localStorage.getItem("addresses") ?? "";

function show(): void {
  const t = texts[language];
  document.documentElement.lang = language;
  document.title = `${t.title} · Prasasti`;
  const tab = (name: typeof view, label: string) =>
    h("button", { ...(view === name && { "aria-current": "page" }), click: () => go(name) }, label);
  page.replaceChildren(
    h(
      "header",
      {},
      h("strong", {}, "Prasasti"),
      h("button", { class: "quiet", lang: language === "id" ? "en" : "id", click: () => turn() }, t.other),
    ),
    h("h1", {}, t.title),
    h("p", {}, t.lead),
    h("p", { class: "soft" }, t.offline),
    h("nav", {}, tab("sign", t.sign), tab("make", t.make)),
    view === "sign" ? signing() : making(),
  );
}

function go(name: typeof view): void {
  view = name;
  show();
}

function turn(): void {
  language = language === "id" ? "en" : "id";
  show();
}

// ---- signing

function signing(): HTMLElement {
  const t = texts[language];
  const text = h("textarea", { id: "request", spellcheck: "false" }) as HTMLTextAreaElement;
  text.value = given;
  const shown = h("section", { id: "shown", "aria-live": "polite" });
  const read = async () => {
    given = text.value;
    shown.replaceChildren();
    shown.replaceChildren(...(await told(given)));
  };
  const file = h("input", {
    type: "file",
    id: "file",
    accept: ".json,application/json",
    change: async () => {
      text.value = (await (file as HTMLInputElement).files?.[0]?.text()) ?? "";
      await read();
    },
  });
  if (given !== "") void read();
  return h(
    "div",
    {},
    h("label", { for: "file" }, t.file),
    file,
    h("label", { for: "request" }, t.give),
    text,
    h("button", { id: "read", click: read }, t.read),
    shown,
  );
}

async function told(text: string): Promise<Node[]> {
  const t = texts[language];
  if (text.trim() === "") return [];
  let request: Request;
  try {
    request = await readRequest(text);
  } catch (error) {
    const rule = error instanceof RequestFault ? error.rule : "not-typed-data";
    const detail = error instanceof Error ? error.message : "";
    return [h("h2", { class: "bad" }, t.refused), h("p", { id: "fault" }, `${t.faults[rule]} ${detail}`)];
  }
  const rows = inWords(request, language).map(({ name, value, strong }) =>
    h("tr", {}, h("th", { scope: "row" }, name), h("td", strong ? { class: "strong" } : {}, value)),
  );
  const { domain } = request.typedData;
  const outcome = h("div", { id: "outcome", "aria-live": "polite" });
  return [
    h("table", { id: "words" }, h("tbody", {}, ...rows)),
    ...body(request),
    h("h2", {}, t.register),
    h("p", { class: "digest" }, `${domain.chainId} · ${domain.verifyingContract} · ${domain.salt}`),
    h("h2", {}, t.digest),
    h("p", { class: "digest", id: "digest" }, request.digest),
    ...(request.bodyState === "absent" ? [] : [ways(request, outcome)]),
    outcome,
  ];
}

function body({ content, body: said, bodyState }: Request): Node[] {
  const t = texts[language];
  if (content.type === "Bundle")
    return content.items.flatMap((item, index) => [h("h2", {}, `${index + 1}.`), ...body(item)]);
  if (bodyState === "none") return [];
  if (bodyState === "absent") return [h("h2", {}, t.body), h("p", { class: "bad" }, t.bodyAbsent)];
  const text = typeof said === "string" ? said : JSON.stringify(said, undefined, 2);
  return [h("h2", {}, t.body), h("p", { class: "good" }, t.bodyMatches), h("pre", {}, text)];
}

function ways(request: Request, outcome: HTMLElement): HTMLElement {
  const t = texts[language];
  const field = h("input", {
    type: "text",
    id: "addresses",
    spellcheck: "false",
    input: () => {
      addresses = (field as HTMLInputElement).value;
      localStorage.setItem("addresses", addresses);
    },
  }) as HTMLInputElement;
  field.value = addresses;
  const trying = (way: () => Promise<unknown>) => async () => {
    outcome.replaceChildren();
    try {
      outcome.replaceChildren(...signed(request, await way()));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      outcome.replaceChildren(h("p", { class: "bad", id: "fault" }, why === "unknown-key" ? t.unknownKey : why));
    }
  };
  const passkey = trying(() => {
    if (!globalThis.isSecureContext || navigator.credentials === undefined) throw new Error(t.noPasskey);
    return signWithPasskey(request.digest, addresses.match(/0x[0-9a-fA-F]{40}/g) ?? []);
  });
  const wallet = trying(async () => {
    const [first] = await wallets();
    if (first === undefined) throw new Error(t.noWallet);
    return signWithWallet(first, request.typedData);
  });
  return h(
    "div",
    {},
    h("label", { for: "addresses" }, t.keys),
    field,
    h("p", { class: "soft" }, t.keysHelp),
    h("button", { id: "passkey", click: passkey }, t.passkey),
    h("button", { id: "wallet", class: "quiet", click: wallet }, t.wallet),
  );
}

/** The signature beside what was signed: what `prasasti` and the register take. */
function signed(request: Request, signature: unknown): Node[] {
  const t = texts[language];
  const { typedData, digest, signer, body: said } = request;
  const whole = { typedData, ...(said === undefined ? {} : { body: said }), digest, holder: signer, signature };
  const text = JSON.stringify(whole, undefined, 2);
  const address = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  return [
    h("p", { class: "good", id: "done" }, t.signed),
    h("a", { class: "button", download: `${digest.slice(2, 10)}.signed.json`, href: address }, t.save),
    ...(asker === undefined ? [] : [giveBack(asker, whole)]),
    h("pre", { id: "signature" }, text),
  ];
}

function giveBack({ window: opener, origin }: NonNullable<typeof asker>, whole: object): HTMLElement {
  const give = () => {
    opener.postMessage({ prasasti: "signed", ...whole }, origin);
    close();
  };
  return h("button", { id: "give", click: give }, `${texts[language].giveBack} ${origin}`);
}

/** A page that opened this one may hand it a request; it is told where the signature goes, and decides nothing. */
function listen(): void {
  if (opener === null) return;
  addEventListener("message", ({ data, origin, source }: MessageEvent) => {
    if (source !== opener || data?.prasasti !== "sign" || typeof data.request !== "string") return;
    asker = { window: opener as Window, origin };
    given = data.request;
    if (typeof data.addresses === "string" && addresses === "") addresses = data.addresses;
    show();
  });
  (opener as Window).postMessage({ prasasti: "ready" }, "*");
}

// ---- a new passkey

function making(): HTMLElement {
  const t = texts[language];
  const name = h("input", { type: "text", id: "name", autocomplete: "off" }) as HTMLInputElement;
  const outcome = h("div", { "aria-live": "polite" });
  const make = async () => {
    try {
      if (!globalThis.isSecureContext || navigator.credentials === undefined) throw new Error(t.noPasskey);
      const made = await makePasskey(name.value || "Prasasti");
      addresses = `${addresses} ${made.address}`.trim();
      localStorage.setItem("addresses", addresses);
      outcome.replaceChildren(
        h("p", { class: "good" }, t.made),
        h("pre", { id: "made" }, JSON.stringify(made, undefined, 2)),
      );
    } catch (error) {
      outcome.replaceChildren(h("p", { class: "bad", id: "fault" }, error instanceof Error ? error.message : ""));
    }
  };
  return h(
    "div",
    {},
    h("label", { for: "name" }, t.name),
    name,
    h("button", { id: "make", click: make }, t.make),
    outcome,
  );
}

show();
listen();
