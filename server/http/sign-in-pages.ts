import type { FastifyReply, FastifyRequest } from "fastify";
import type { Myself } from "../actions/sessions.ts";
import type { SecondFactor } from "../actions/sign-in.ts";
import { gatewayProblems, type Language, ProblemError, type Words } from "../domain/problems.ts";
import type { AccountsGateway } from "./accounts.ts";
import { type App, languageOf } from "./app.ts";
import { html, style } from "./home.ts";
import { csrfOf, dropCookie, tokenOf } from "./sessions.ts";
import {
  fromOf,
  keepCookie,
  nameText,
  passwordText,
  requireCookie,
  requireOwnPage,
  type SignInGateway,
} from "./sign-in.ts";

/** Another issuer, and why it cannot be used where it is down. */
export type OtherIssuer = { id: string; name: Words; reason?: Words };
/** What a person is asked to agree to at the built-in OpenID provider. */
type Agreement = { uid: string; client: string; redirect: string; scopes: string[] };
export type PagesGateway = SignInGateway & {
  /** others through whom people sign in */
  issuers(): OtherIssuer[];
} & Pick<AccountsGateway, "answerInvitation" | "offerOneTimeCodes" | "confirmOneTimeCodes" | "renewRecoveryCodes"> & {
    /** answers a request to the OpenID provider */
    openId(request: FastifyRequest["raw"], response: FastifyReply["raw"]): Promise<void>;
    agreement(request: FastifyRequest["raw"], response: FastifyReply["raw"]): Promise<Agreement | undefined>;
    agree(request: FastifyRequest["raw"], response: FastifyReply["raw"], account: string | undefined): Promise<string>;
    secondFactorsOf(
      me: Myself,
    ): Promise<{ totp: boolean; passkeys: { id: string; label: string }[]; recoveryCodes: number }>;
  };

type Fields = Record<string, string>;
type Page = { title: string; body: string; script?: true };

/**
 * The pages of the built-in sign-in: plain forms that need no script, but for passkeys. The gateway's own people use them
 * directly; the OpenID provider's pages ask the session that these opened.
 */
export async function signInPages(app: App, gateway: PagesGateway): Promise<void> {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    "application/x-www-form-urlencoded",
    { parseAs: "string", bodyLimit: 16_384 },
    (_request, body, done) => done(null, Object.fromEntries(new URLSearchParams(body as string))),
  );
  app.addHook("onSend", async (_request, reply) => {
    reply.header("cache-control", "no-store");
  });
  const schema = { hide: true };
  // who is signed in is asked by each page: who is not is sent to sign in
  const config = { permission: "sessions.open" } as const;

  app.get("/sign-in/passkeys.js", { config, schema }, async (_request, reply) =>
    reply.type("text/javascript; charset=utf-8").send(PASSKEYS_SCRIPT),
  );
  app.get("/sign-in", { config, schema }, async (request, reply) => {
    const { next = "" } = request.query as Fields;
    return show(request, reply, signInPage(languageFor(request), localPath(next), gateway.issuers()));
  });
  app.post("/sign-in", { config, schema }, async (request, reply) => {
    const { name = "", password = "", next = "" } = fieldsOf(request);
    const language = languageFor(request);
    const go = localPath(next);
    return attempt(
      request,
      reply,
      (fault) => signInPage(language, go, gateway.issuers(), fault),
      async () => {
        requireOwnPage(request, gateway.origin());
        requireCookie(request);
        if (!nameText.safeParse(name).success || !passwordText.safeParse(password).success)
          throw new ProblemError("sign-in-wrong");
        const answer = await gateway.signInWithPassword({ name, password }, fromOf(request));
        if (!("signedIn" in answer)) return show(request, reply, secondPage(language, answer.ticket, go));
        await keepCookie(answer.signedIn, request, reply, gateway);
        return reply.redirect(go, 303);
      },
    );
  });
  app.post("/sign-in/second-factor", { config, schema }, async (request, reply) => {
    const { ticket = "", code = "", next = "" } = fieldsOf(request);
    const language = languageFor(request);
    const go = localPath(next);
    return attempt(
      request,
      reply,
      (fault) => secondPage(language, ticket, go, fault),
      async () => {
        requireOwnPage(request, gateway.origin());
        requireCookie(request);
        await keepCookie(await gateway.showSecondFactor(ticket, factorIn(code)), request, reply, gateway);
        return reply.redirect(go, 303);
      },
    );
  });

  app.get("/invitation", { config, schema }, async (request, reply) => {
    const { token = "" } = request.query as Fields;
    return show(request, reply, invitationPage(languageFor(request), token, gateway.issuers()));
  });
  app.post("/invitation", { config, schema }, async (request, reply) => {
    const { token = "", name = "", password = "", again = "" } = fieldsOf(request);
    const language = languageFor(request);
    return attempt(
      request,
      reply,
      (fault) => invitationPage(language, token, gateway.issuers(), fault, name),
      async () => {
        requireOwnPage(request, gateway.origin());
        if (!nameText.safeParse(name).success || !passwordText.safeParse(password).success || password !== again)
          return show(
            request,
            reply.code(422),
            invitationPage(language, token, gateway.issuers(), passwordsDiffer, name),
          );
        await gateway.answerInvitation({ secret: token, name, password });
        return reply.redirect("/sign-in?next=%2Faccount", 303);
      },
    );
  });

  app.get("/account", { config, schema }, async (request, reply) => {
    const opened = await mine(request);
    if (opened === undefined) return reply.redirect("/sign-in?next=%2Faccount", 303);
    return show(request, reply, await accountPage(languageFor(request), opened.me, opened.token));
  });
  app.post("/account/:act", { config, schema }, async (request, reply) => {
    const { act } = request.params as Fields;
    const language = languageFor(request);
    const opened = await mine(request, fieldsOf(request).csrf ?? "");
    if (opened === undefined) return reply.redirect("/sign-in?next=%2Faccount", 303);
    const { me, token } = opened;
    return attempt(
      request,
      reply,
      (fault) => {
        const { secret = "", uri = "" } = fieldsOf(request);
        // who mistyped the code goes on with the same secret
        const isOffer = act === "one-time-codes-confirmed" && uri.startsWith("otpauth://");
        return isOffer ? offerPage(language, { secret, uri }, token, fault) : accountPage(language, me, token, fault);
      },
      async () => {
        requireOwnPage(request, gateway.origin());
        if (act === "sign-out") {
          await gateway.signOut(token);
          dropCookie(request, reply);
          return reply.redirect("/sign-in", 303);
        }
        if (act === "sign-out-everywhere") {
          await gateway.endAllSessions(token);
          dropCookie(request, reply);
          return reply.redirect("/sign-in", 303);
        }
        if (act === "step-up") {
          await gateway.stepUp(token, factorIn(fieldsOf(request).code ?? ""));
          return reply.redirect("/account", 303);
        }
        if (act === "one-time-codes") {
          const offered = await gateway.offerOneTimeCodes(me);
          return show(request, reply, offerPage(language, offered, token));
        }
        if (act === "one-time-codes-confirmed") {
          const codes = await gateway.confirmOneTimeCodes(me, token, fieldsOf(request).code ?? "");
          return show(request, reply, codesPage(language, codes));
        }
        if (act === "recovery-codes")
          return show(request, reply, codesPage(language, await gateway.renewRecoveryCodes(me)));
        throw new ProblemError("not-found");
      },
    );
  });

  app.get("/oidc/interaction/:uid", { config, schema }, async (request, reply) => {
    const language = languageFor(request);
    const asked = await gateway.agreement(request.raw, reply.raw);
    const { uid } = request.params as Fields;
    if (asked === undefined || asked.uid !== uid) return show(request, reply.code(400), lostPage(language));
    const opened = await mine(request);
    if (opened?.me.account === undefined)
      return reply.redirect(`/sign-in?next=${encodeURIComponent(`/oidc/interaction/${uid}`)}`, 303);
    return show(request, reply, agreementPage(language, asked, opened.token), asked.redirect);
  });
  app.post("/oidc/interaction/:uid", { config, schema }, async (request, reply) => {
    const asked = await gateway.agreement(request.raw, reply.raw);
    const { csrf = "", agree = "" } = fieldsOf(request);
    if (asked?.uid !== (request.params as Fields).uid)
      return show(request, reply.code(400), lostPage(languageFor(request)));
    const opened = await mine(request, csrf);
    if (opened?.me.account === undefined) return reply.redirect("/sign-in", 303);
    requireOwnPage(request, gateway.origin());
    return reply.redirect(
      await gateway.agree(request.raw, reply.raw, agree === "yes" ? opened.me.account.id : undefined),
      303,
    );
  });

  /** Who is signed in with this browser; with `csrf`, on a form that changes something. @throws ProblemError csrf */
  async function mine(request: FastifyRequest, csrf?: string): Promise<{ me: Myself; token: string } | undefined> {
    const token = tokenOf(request, csrf);
    if (token === undefined) return undefined;
    try {
      const me = await gateway.whoIs(token);
      // a session of a key alone is nobody's account
      return me.account === undefined ? undefined : { me, token };
    } catch (error) {
      if (error instanceof ProblemError && gatewayProblems[error.code].status === 401) return undefined;
      throw error;
    }
  }

  async function accountPage(language: Language, me: Myself, token: string, fault?: ProblemError): Promise<Page> {
    const t = texts[language];
    const { totp, passkeys, recoveryCodes } = await gateway.secondFactorsOf(me);
    const button = (act: string, label: string, inner = "") =>
      `<form method="post" action="/account/${act}">${hidden("csrf", csrfOf(token))}${inner}<button>${html(label)}</button></form>`;
    const code = `<label>${html(t.code)} <input name="code" inputmode="numeric" autocomplete="one-time-code" required></label>`;
    const factors = [
      totp ? t.hasCodes : t.noCodes,
      ...passkeys.map(({ label }) => `${t.passkey}: ${label}`),
      `${t.recoveryLeft}: ${recoveryCodes}`,
    ];
    const sessions = (await gateway.listSessions(token)).map(
      ({ method, issued, current }) =>
        `<li>${html(`${t.methods[method]}, ${new Date(issued * 1000).toISOString().slice(0, 16).replace("T", " ")} UTC`)}${current ? ` (${html(t.here)})` : ""}</li>`,
    );
    return {
      title: t.account,
      script: true,
      body: `${faultBox(fault, language)}<p><code>${html(me.account?.id ?? "")}</code></p>
<h2>${html(t.secondFactor)}</h2><ul>${factors.map((each) => `<li>${html(each)}</li>`).join("")}</ul>
${totp ? button("step-up", t.stepUp, code) + button("recovery-codes", t.newRecovery) : ""}${button("one-time-codes", totp ? t.replaceCodes : t.addCodes)}
<p><button type="button" data-passkey="add" data-csrf="${html(csrfOf(token))}" hidden>${html(t.addPasskey)}</button> <span role="status" data-passkey-status></span></p>
<h2>${html(t.sessions)}</h2><ul>${sessions.join("")}</ul>${button("sign-out", t.signOut)}${button("sign-out-everywhere", t.everywhere)}
<h2>${html(t.data)}</h2><p><a href="/api/v1/me/data">${html(t.seeData)}</a></p>`,
    };
  }
}

/** The OpenID provider reads its own requests and writes its own answers. */
export async function openIdRoutes(app: App, gateway: Pick<PagesGateway, "openId">): Promise<void> {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", (_request, payload, done) => done(null, payload));
  app.route({
    method: ["GET", "POST", "OPTIONS"],
    url: "/oidc/*",
    config: { permission: "sessions.open" },
    schema: { hide: true },
    handler: async (request, reply) => {
      reply.hijack();
      await gateway.openId(request.raw, reply.raw);
    },
  });
}

/** Runs a form's work; what is refused is said on the form again. */
async function attempt(
  request: FastifyRequest,
  reply: FastifyReply,
  again: (fault: ProblemError) => Page | Promise<Page>,
  work: () => Promise<unknown>,
): Promise<unknown> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    request.problem = error.code;
    const { seconds } = error.values as { seconds?: number };
    if (error.code === "sign-in-slowed" && seconds !== undefined) reply.header("retry-after", String(seconds));
    return show(request, reply.code(gatewayProblems[error.code].status), await again(error));
  }
}

function fieldsOf(request: FastifyRequest): Fields {
  return (request.body ?? {}) as Fields;
}

function languageFor(request: FastifyRequest): Language {
  const { lang } = request.query as Fields;
  return lang === "id" || lang === "en" ? lang : languageOf(request);
}

/** Six digits are a one-time code, all else a recovery code. */
function factorIn(text: string): SecondFactor {
  const code = text.replace(/\s/g, "");
  return /^\d{6}$/.test(code) ? { code } : { recoveryCode: code.slice(0, 40) };
}

/** A path of our own to go on to; anything else could lead to a stranger's page. */
export const OWN_PATH = /^\/([\x21-\x2e\x30-\x5b\x5d-\x7e][\x21-\x5b\x5d-\x7e]*)?$/;
export function localPath(next: string): string {
  return OWN_PATH.test(next) ? next : "/account";
}

/** @param redirect where the form's answer may lead besides here: browsers hold that against the policy too */
function show(request: FastifyRequest, reply: FastifyReply, page: Page, redirect?: string): FastifyReply {
  const language = languageFor(request);
  const beyond = redirect === undefined ? "" : ` ${new URL(redirect).origin}`;
  return (
    reply
      .type("text/html; charset=utf-8")
      .header("vary", "accept-language")
      // with none at all, browsers would not say either that a form was sent from here
      .header("referrer-policy", "same-origin")
      .header(
        "content-security-policy",
        `default-src 'none'; style-src 'unsafe-inline'; script-src 'self'; connect-src 'self'; form-action 'self'${beyond}; base-uri 'none'; frame-ancestors 'none'`,
      )
      .send(framed(language, page))
  );
}

function framed(language: Language, { title, body, script }: Page): string {
  return `<!doctype html>
<html lang="${language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${html(title)} – Prasasti</title>
<style>${style}
main{max-width:30rem}h1{font-size:1.8rem}form{margin:1rem 0}label{display:block;margin:.8rem 0}input{display:block;width:100%;font:inherit;padding:.5rem;border:1px solid var(--line);border-radius:.4rem;background:var(--card);color:var(--ink)}
button{font:inherit;padding:.5rem 1rem;border:1px solid var(--accent);border-radius:.4rem;background:var(--card);color:var(--accent);cursor:pointer}.fault{border-left:.25rem solid #b3261e;padding:.2rem .8rem;background:var(--card)}li{margin:.3rem 0}
</style></head><body><main><nav><a href="/">Prasasti</a></nav><h1>${html(title)}</h1>
${body}
</main>${script ? '<script src="/sign-in/passkeys.js" defer></script>' : ""}</body></html>`;
}

function faultBox(fault: ProblemError | Words | undefined, language: Language): string {
  if (fault === undefined) return "";
  const problem = fault instanceof ProblemError ? gatewayProblems[fault.code] : undefined;
  const detail = fault instanceof ProblemError ? fault.detail : fault;
  const said = [problem?.title[language], detail[language], problem?.help[language]].filter((each) => each) as string[];
  return `<div class="fault" role="alert"><p>${said.map(html).join(" ")}</p></div>`;
}

const hidden = (name: string, value: string) => `<input type="hidden" name="${name}" value="${html(value)}">`;

/** Where a sign-in through another issuer came to nothing: the page to sign in at, and why. */
export async function signInFault(
  request: FastifyRequest,
  reply: FastifyReply,
  issuers: readonly OtherIssuer[],
  fault: ProblemError,
): Promise<FastifyReply> {
  request.problem = fault.code;
  const page = signInPage(languageFor(request), "/account", issuers, fault);
  return show(request, reply.code(gatewayProblems[fault.code].status), page);
}

/** @param query what goes with the person: where to, or an invitation */
function throughOthers(language: Language, issuers: readonly OtherIssuer[], query: Record<string, string>): string {
  const t = texts[language];
  const lines = issuers.map(({ id, name, reason }) =>
    reason === undefined
      ? `<p><a href="${html(`/sign-in/${id}?${new URLSearchParams(query)}`)}">${html(`${t.through} ${name[language]}`)}</a></p>`
      : `<p>${html(`${name[language]}: ${t.unavailable} (${reason[language]})`)}</p>`,
  );
  return lines.join("\n");
}

function signInPage(language: Language, next: string, issuers: readonly OtherIssuer[], fault?: ProblemError): Page {
  const t = texts[language];
  return {
    title: t.signIn,
    script: true,
    body: `${faultBox(fault, language)}<form method="post" action="/sign-in">${hidden("next", next)}
<label>${html(t.name)} <input name="name" autocomplete="username" required autofocus></label>
<label>${html(t.password)} <input name="password" type="password" autocomplete="current-password" required></label><button>${html(t.signIn)}</button></form>
<p><button type="button" data-passkey="sign-in" data-next="${html(next)}" hidden>${html(t.withPasskey)}</button> <span role="status" data-passkey-status></span></p>
${throughOthers(language, issuers, { return_to: next })}`,
  };
}

function secondPage(language: Language, ticket: string, next: string, fault?: ProblemError): Page {
  const t = texts[language];
  return {
    title: t.secondFactor,
    script: true,
    body: `${faultBox(fault, language)}<form method="post" action="/sign-in/second-factor">${hidden("ticket", ticket)}${hidden("next", next)}
<label>${html(t.codeOrRecovery)} <input name="code" autocomplete="one-time-code" required autofocus></label><button>${html(t.goOn)}</button></form>
<p><button type="button" data-passkey="sign-in" data-next="${html(next)}" hidden>${html(t.withPasskey)}</button> <span role="status" data-passkey-status></span></p>`,
  };
}

function invitationPage(
  language: Language,
  token: string,
  issuers: readonly OtherIssuer[],
  fault?: ProblemError | Words,
  name = "",
): Page {
  const t = texts[language];
  return {
    title: t.invitation,
    body: `${faultBox(fault, language)}<p>${html(t.invitationText)}</p><form method="post" action="/invitation">${hidden("token", token)}
<label>${html(t.name)} <input name="name" value="${html(name)}" autocomplete="username" maxlength="200" required></label>
<label>${html(t.newPassword)} <input name="password" type="password" autocomplete="new-password" minlength="12" maxlength="256" required></label>
<label>${html(t.again)} <input name="again" type="password" autocomplete="new-password" required></label><button>${html(t.goOn)}</button></form>
${throughOthers(language, issuers, { invitation: token, return_to: "/account" })}`,
  };
}

function offerPage(
  language: Language,
  { secret, uri }: { secret: string; uri: string },
  token: string,
  fault?: ProblemError,
): Page {
  const t = texts[language];
  return {
    title: t.addCodes,
    body: `${faultBox(fault, language)}<p>${html(t.offer)}</p><p><code>${html(secret.replace(/(.{4})/g, "$1 ").trim())}</code></p><p><a href="${html(uri)}">${html(t.openApp)}</a></p>
<form method="post" action="/account/one-time-codes-confirmed">${hidden("csrf", csrfOf(token))}${hidden("secret", secret)}${hidden("uri", uri)}<label>${html(t.code)} <input name="code" inputmode="numeric" autocomplete="one-time-code" required autofocus></label><button>${html(t.goOn)}</button></form>`,
  };
}

function codesPage(language: Language, codes: string[]): Page {
  const t = texts[language];
  return {
    title: t.recovery,
    body: `<p>${html(t.recoveryText)}</p><pre>${codes.map(html).join("\n")}</pre><p><a href="/account">${html(t.goOn)}</a></p>`,
  };
}

function agreementPage(language: Language, { uid, client, scopes, redirect }: Agreement, token: string): Page {
  const t = texts[language];
  const told = scopes.flatMap((scope) => (scope in t.scopes ? [t.scopes[scope as keyof typeof t.scopes]] : []));
  return {
    title: t.agreement,
    body: `<p><strong>${html(client)}</strong> (${html(new URL(redirect).host)}) ${html(t.asks)}</p><ul>${told.map((each) => `<li>${html(each)}</li>`).join("")}</ul>
<form method="post" action="/oidc/interaction/${html(uid)}">${hidden("csrf", csrfOf(token))}<button name="agree" value="yes">${html(t.goOn)}</button> <button name="agree" value="no">${html(t.cancel)}</button></form>`,
  };
}

function lostPage(language: Language): Page {
  return { title: texts[language].lost, body: `<p>${html(texts[language].lostText)}</p>` };
}

/** What the OpenID provider says to a person whose request can't go on. */
export function openIdErrorPage(error: string, description: string): string {
  return framed("en", {
    title: texts.en.lost,
    body: `<p>${html(`${error}: ${description}`)}</p><p lang="id">${html(texts.id.lostText)}</p><p>${html(texts.en.lostText)}</p>`,
  });
}

const passwordsDiffer = {
  en: "Name and two equal passwords are needed.",
  id: "Nama dan dua kata sandi yang sama diperlukan.",
};

const texts = {
  en: {
    ...{ signIn: "Sign in", name: "Name", password: "Password", withPasskey: "Sign in with a passkey" },
    ...{ through: "Sign in through", unavailable: "cannot be used at the moment" },
    ...{
      secondFactor: "Second factor",
      code: "Code of six digits",
      codeOrRecovery: "Code of six digits, or a recovery code",
    },
    ...{ goOn: "Go on", cancel: "Cancel", invitation: "Your account", newPassword: "Password, at least 12 characters" },
    again: "The password again",
    invitationText: "You were invited. Choose the name that you will sign in with, and a password.",
    ...{ account: "My account", addCodes: "Add one-time codes", replaceCodes: "Replace one-time codes" },
    ...{ addPasskey: "Add a passkey", sessions: "Where I am signed in", here: "here", signOut: "Sign out" },
    ...{ everywhere: "Sign out everywhere", data: "My data", seeData: "Everything that is kept of me (JSON)" },
    ...{ hasCodes: "One-time codes are set up", noCodes: "No one-time codes yet", passkey: "Passkey" },
    ...{
      recoveryLeft: "Recovery codes left",
      newRecovery: "New recovery codes",
      stepUp: "Show the second factor again",
    },
    offer: "Enter this secret in an authenticator app on your phone, then type the code that it shows.",
    openApp: "Open in an authenticator app on this device",
    recovery: "Recovery codes",
    recoveryText:
      "Each lets you in once if you lose your phone. They are shown this once: print them or write them down.",
    ...{ agreement: "Go on to another site?", asks: "asks for:", lost: "This can't go on" },
    lostText: "Go back to the site that you came from and begin again.",
    scopes: { openid: "your account's id", profile: "your name", email: "your e-mail address" },
    methods: {
      key: "Key of the register",
      password: "Password",
      passkey: "Passkey",
      oidc: "Another identity system",
      machine: "Machine",
    },
  },
  id: {
    ...{ signIn: "Masuk", name: "Nama", password: "Kata sandi", withPasskey: "Masuk dengan passkey" },
    ...{ through: "Masuk melalui", unavailable: "sedang tidak dapat dipakai" },
    ...{
      secondFactor: "Faktor kedua",
      code: "Kode enam digit",
      codeOrRecovery: "Kode enam digit, atau kode pemulihan",
    },
    ...{
      goOn: "Lanjut",
      cancel: "Batal",
      invitation: "Akun Anda",
      newPassword: "Kata sandi, paling sedikit 12 karakter",
    },
    again: "Ulangi kata sandi",
    invitationText: "Anda diundang. Pilih nama untuk masuk dan kata sandi.",
    ...{ account: "Akun saya", addCodes: "Tambah kode sekali pakai", replaceCodes: "Ganti kode sekali pakai" },
    ...{ addPasskey: "Tambah passkey", sessions: "Tempat saya masuk", here: "di sini", signOut: "Keluar" },
    ...{ everywhere: "Keluar di semua tempat", data: "Data saya", seeData: "Semua yang disimpan tentang saya (JSON)" },
    ...{ hasCodes: "Kode sekali pakai sudah terpasang", noCodes: "Belum ada kode sekali pakai", passkey: "Passkey" },
    ...{
      recoveryLeft: "Sisa kode pemulihan",
      newRecovery: "Kode pemulihan baru",
      stepUp: "Tunjukkan faktor kedua lagi",
    },
    offer: "Masukkan rahasia ini ke aplikasi autentikator di ponsel, lalu ketik kode yang tampil.",
    openApp: "Buka di aplikasi autentikator pada perangkat ini",
    recovery: "Kode pemulihan",
    recoveryText: "Masing-masing berlaku sekali bila ponsel hilang. Hanya ditampilkan sekali ini: cetak atau catat.",
    ...{ agreement: "Lanjut ke situs lain?", asks: "meminta:", lost: "Tidak dapat dilanjutkan" },
    lostText: "Kembali ke situs asal Anda dan mulai lagi.",
    scopes: { openid: "pengenal akun Anda", profile: "nama Anda", email: "alamat surel Anda" },
    methods: {
      key: "Kunci register",
      password: "Kata sandi",
      passkey: "Passkey",
      oidc: "Sistem identitas lain",
      machine: "Mesin",
    },
  },
} as const;

/** The one thing that needs a script: a browser shows passkeys to scripts alone. */
const PASSKEYS_SCRIPT = `"use strict";
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\\+/g, "-").replace(/\\//g, "_").replace(/=+$/, "");
const options = (given) => ({
  ...given,
  challenge: bytes(given.challenge),
  ...(given.user ? { user: { ...given.user, id: bytes(given.user.id) } } : {}),
  ...(given.excludeCredentials ? { excludeCredentials: given.excludeCredentials.map((one) => ({ type: "public-key", ...one, id: bytes(one.id) })) } : {}),
});
const told = (credential) => {
  const { response } = credential;
  const names = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  return {
    id: credential.id, rawId: text(credential.rawId), type: credential.type,
    clientExtensionResults: credential.getClientExtensionResults(),
    response: Object.fromEntries(names.filter((name) => response[name]).map((name) => [name, text(response[name])])),
  };
};
const post = async (path, body, csrf) => {
  const headers = { ...(body ? { "content-type": "application/json" } : {}), ...(csrf ? { "x-prasasti-csrf": csrf } : {}) };
  const answer = await fetch(path, { method: "POST", headers, body: body && JSON.stringify(body) });
  const value = await answer.json();
  if (!answer.ok) throw new Error([value.title, value.remedy].join(" "));
  return value;
};
const acts = {
  "sign-in": async ({ dataset }) => {
    const publicKey = options(await post("/api/v1/sessions/passkey-challenges"));
    const response = told(await navigator.credentials.get({ publicKey }));
    await post("/api/v1/sessions/passkey", { response, keep: "cookie" });
    location.assign(dataset.next);
  },
  add: async ({ dataset: { csrf } }) => {
    const publicKey = options(await post("/api/v1/me/passkey-challenges", undefined, csrf));
    const response = told(await navigator.credentials.create({ publicKey }));
    await post("/api/v1/me/passkeys", { response, label: new Date().toISOString().slice(0, 10) }, csrf);
    location.reload();
  },
};
if (window.PublicKeyCredential)
  for (const button of document.querySelectorAll("button[data-passkey]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const status = button.parentElement.querySelector("[data-passkey-status]");
      status.textContent = "";
      try { await acts[button.dataset.passkey](button); } catch (error) { status.textContent = error.message; }
    });
  }
`;
