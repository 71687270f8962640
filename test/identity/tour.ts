import { generateKeyPairSync } from "node:crypto";
import { idOf, signedDigest, signInHash } from "../../server/domain/entries/entry.ts";
import { type Hex, toHex } from "../../server/domain/entries/words.ts";
import { sign } from "../../server/ledger/signatures.ts";
import { sandboxSecret } from "../../server/sandbox/people.ts";
import { now, OPERATOR, type Running, signedIn } from "../gateway/world.ts";
import { Authenticator } from "./authenticator.ts";
import { type Answered, codeOf, PASSWORD } from "./world.ts";

type Method = "GET" | "POST" | "PATCH" | "DELETE";
/** Asks a route at an address; `token`: the bearer's. */
export type Ask = (
  method: Method,
  route: string,
  address: string,
  body?: object,
  token?: string,
) => Promise<Answered["body"]>;

const LETTER: Hex = `0x${"1e".repeat(32)}`;
const DAY = 86_400;

/** Once through everything that the built-in sign-in offers, each route with success at least once. */
export async function tour({ services, app }: Running, askAt: Ask): Promise<void> {
  const ask = (method: Method, route: string, body?: object, token?: string, address = route) =>
    askAt(method, `/api/v1/${route}`, `/api/v1/${address}`, body, token);
  const running = { services, app } as Running;
  const registrar = await signedIn(running, "pendaftar", "H-PRS-PENDAFTAR");
  const head = await signedIn(running, "sekda", "H-PRS-SEKDA");
  const origin = "http://127.0.0.1:8080";

  const person = { displayName: "Sri Wahyuni", email: "sri.wahyuni@contoh.go.id", reason: "pegawai baru" };
  const { account, link } = await ask("POST", "accounts/invitations", person, OPERATOR);
  const answer = { token: new URL(link).searchParams.get("token")!, name: "sri", password: PASSWORD };
  await ask("POST", "accounts/invitations/answers", answer);
  await ask("GET", "accounts", undefined, registrar);
  await ask("GET", "accounts/:id/person", undefined, registrar, `accounts/${account}/person`);
  const until = now() + 90 * DAY;
  const mandate = { entity: "ID-PRS-S-0001", nib: "8120012345678", until, letter: LETTER };
  await ask("POST", "accounts/:id/mandates", mandate, registrar, `accounts/${account}/mandates`);
  const reading = { agency: "ID-PRS-DPUPR", until, letter: LETTER };
  await ask("POST", "accounts/:id/reading", reading, head, `accounts/${account}/reading`);

  // a first sign-in, by password alone
  const { token } = await ask("POST", "sessions/password", { name: "sri", password: PASSWORD });
  const { secret } = await ask("POST", "me/one-time-codes", undefined, token);
  const confirmed = await ask("POST", "me/one-time-codes/confirmation", { code: codeOf(secret) }, token);
  const device = new Authenticator();
  const offer = await ask("POST", "me/passkey-challenges", undefined, token);
  const added = { response: device.create(offer, origin), label: "telepon" };
  const { id: passkey } = await ask("POST", "me/passkeys", added, token);
  const { recoveryCodes } = await ask("POST", "me/recovery-codes", undefined, token);
  await ask("PATCH", "me/data", { email: "sri@contoh.go.id" }, token);

  // then with a second factor
  const { ticket } = await ask("POST", "sessions/password", { name: "sri", password: PASSWORD, keep: "bearer" });
  await ask("POST", "sessions/second-factor", { ticket, shown: { code: codeOf(secret, 1) } });
  const challenge = await ask("POST", "sessions/passkey-challenges");
  const mine = (await ask("POST", "sessions/passkey", { response: device.get(challenge, origin) })).token as string;
  const again = await ask("POST", "sessions/passkey-challenges");
  const shown = { passkey: device.get(again, origin) };
  await ask("POST", "sessions/current/step-up", { shown }, mine);
  await ask("POST", "me/password", { password: `${PASSWORD} dan baru` }, mine);
  const other = await ask("POST", "sessions/passkey-challenges");
  const { token: second } = await ask("POST", "sessions/passkey", { response: device.get(other, origin) });
  const { sessions } = await ask("GET", "me/sessions", undefined, mine);
  const { id } = sessions.find(({ current }: { current: boolean }) => !current);
  await ask("DELETE", "me/sessions/:id", undefined, mine, `me/sessions/${id}`);
  const { nonce, origin: signedOrigin } = await ask("POST", "sessions/challenges");
  const holder = idOf("H-PRS-DIR-2");
  const signIn = { origin: signedOrigin, holder, nonce, issued: now(), expires: now() + 3600 };
  const signature = toHex(sign(signedDigest(services.separator, signInHash(signIn)), sandboxSecret("direktur-2")));
  await ask("POST", "me/holder", { signIn, signature }, mine);
  await ask("GET", "me/data", undefined, mine);
  await ask("DELETE", "me/passkeys/:id", undefined, mine, `me/passkeys/${passkey}`);
  await ask("DELETE", "me/sessions", undefined, mine);
  if (second === mine || confirmed.recoveryCodes.length !== 10) throw new Error("a token came twice");

  // machines
  const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { kty, crv, x, y } = publicKey.export({ format: "jwk" });
  const machine = { kind: "machine", name: "Pengirim dokumen", scopes: ["documents.keep"], jwk: { kty, crv, x, y } };
  const { client } = await ask("POST", "clients", machine, registrar);
  await ask("POST", "clients/:id/proofs", { overlap: 3600 }, registrar, `clients/${client.id}/proofs`);
  await ask("GET", "clients", undefined, registrar);
  await ask("DELETE", "clients/:id", undefined, registrar, `clients/${client.id}`);
  await ask("POST", "signing-keys", undefined, registrar);

  // one who is locked, opened again, and erases himself
  const lock = { state: "locked", reason: "cuti panjang" };
  await ask("POST", "accounts/:id/state", lock, registrar, `accounts/${account}/state`);
  await ask("POST", "accounts/:id/state", { ...lock, state: "active" }, registrar, `accounts/${account}/state`);
  const last = await ask("POST", "sessions/password", {
    name: "sri",
    password: `${PASSWORD} dan baru`,
    keep: "bearer",
  });
  const { token: leaving } = await ask("POST", "sessions/second-factor", {
    ticket: last.ticket,
    shown: { recoveryCode: recoveryCodes[0] },
  });
  await ask("POST", "me/erasure", { erase: "everything that names me" }, leaving);
}
