import { createHash } from "node:crypto";
import { Secret, TOTP } from "otpauth";
import { OPERATOR, type Running } from "../gateway/world.ts";

/** People of the built-in sign-in, through the real app. */

export const PASSWORD = "tiga kata yang jarang";

// biome-ignore lint/suspicious/noExplicitAny: answers are held against their schemas by the app itself
type Body = any;
export type Answered = { status: number; body: Body; headers: Record<string, unknown> };
type Asking = { token?: string; headers?: Record<string, string>; method?: "GET" | "POST" | "DELETE" | "PATCH" };

/** Asks the API: POST where there is a body, else GET. */
export async function ask({ app }: Running, url: string, body?: unknown, { token, headers = {}, method }: Asking = {}) {
  const response = await app.inject({
    method: method ?? (body === undefined ? "GET" : "POST"),
    url,
    headers: { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...headers },
    ...(body === undefined ? {} : { payload: body as object }),
  });
  const text = response.payload;
  const json = /json/.test(String(response.headers["content-type"]));
  return {
    status: response.statusCode,
    body: json ? JSON.parse(text) : { text },
    headers: response.headers,
  } as Answered;
}

/** A fresh invitation's secret, by the operator. */
export async function invited(
  running: Running,
  displayName = "Sri Wahyuni",
): Promise<{ account: string; secret: string }> {
  const { body, status } = await ask(
    running,
    "/api/v1/accounts/invitations",
    { displayName, email: "sri.wahyuni@contoh.go.id", reason: "pegawai baru" },
    { token: OPERATOR },
  );
  if (status !== 201) throw new Error(JSON.stringify(body));
  return { account: body.account, secret: new URL(body.link).searchParams.get("token")! };
}

let people = 0;
/** A person with a password, and the token of a session. */
export async function person(running: Running, password = PASSWORD) {
  const { account, secret } = await invited(running);
  const name = `pegawai-${++people}-${createHash("sha256").update(account).digest("hex").slice(0, 6)}`;
  const answered = await ask(running, "/api/v1/accounts/invitations/answers", { token: secret, name, password });
  if (answered.status !== 201) throw new Error(JSON.stringify(answered.body));
  const { body } = await ask(running, "/api/v1/sessions/password", { name, password });
  return { account, name, password, token: body.token as string };
}

/** The code of an authenticator app; `steps`: half minutes from now. */
export function codeOf(secret: string, steps = 0): string {
  return new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: Date.now() + steps * 30_000 });
}

/** A person with one-time codes set up; the code of now is used. */
export async function personWithCodes(running: Running) {
  const made = await person(running);
  const { body: offer } = await ask(running, "/api/v1/me/one-time-codes", undefined, {
    token: made.token,
    method: "POST",
  });
  const { body, status } = await ask(
    running,
    "/api/v1/me/one-time-codes/confirmation",
    { code: codeOf(offer.secret) },
    { token: made.token },
  );
  if (status !== 200) throw new Error(JSON.stringify(body));
  return { ...made, secret: offer.secret as string, recoveryCodes: body.recoveryCodes as string[] };
}
