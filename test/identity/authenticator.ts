import { randomBytes } from "node:crypto";
import { SoftPasskey } from "../../scripts/soft-passkey.ts";
import { fromHex } from "../../server/domain/entries/words.ts";

const NOTHING = new Uint8Array();
/** user present, and user verified where he was asked who he is */
const flagsOf = (verified: boolean) => (verified ? 5 : 1);

/** A device with passkeys behind a browser's WebAuthn: ES256, attestation none. What it says can be told to be wrong. */
export class Authenticator {
  readonly #keys = new Map<string, { passkey: SoftPasskey; user: string }>();

  /** Makes a passkey for what `navigator.credentials.create` would be given. */
  create({ challenge, rp, user }: Options, origin: string, { verified = true } = {}) {
    const id = randomBytes(32);
    const passkey = new SoftPasskey(id.toString("hex"), rp!.id, origin);
    this.#keys.set(id.toString("base64url"), { passkey, user: user!.id });
    const cose = [Buffer.from("a5010203262001215820", "hex"), fromHex(passkey.x)];
    cose.push(Buffer.from("225820", "hex"), fromHex(passkey.y));
    const attested = Buffer.concat([Buffer.alloc(16), Buffer.from([0, id.length]), id, ...cose]);
    const choices = { type: "webauthn.create", challenge, flags: flagsOf(verified) | 0x40, extensions: attested };
    const { authenticatorData, clientDataJSON } = passkey.assertion(NOTHING, choices);
    // {"fmt": "none", "attStmt": {}, "authData": authenticatorData}
    const attestationObject = Buffer.concat([
      Buffer.from("a363666d74646e6f6e656761747453746d74a0686175746844617461", "hex"),
      Buffer.from([0x59, authenticatorData.length >> 8, authenticatorData.length & 255]),
      authenticatorData,
    ]);
    return credentialOf(id.toString("base64url"), { clientDataJSON, attestationObject });
  }

  /** Signs what `navigator.credentials.get` would be given, with the newest passkey. */
  get({ challenge, rpId }: Options, origin: string, { verified = true } = {}) {
    const [id, { passkey, user }] = [...this.#keys].at(-1)!;
    const choices = { challenge, rpId: rpId!, origin, flags: flagsOf(verified) };
    return credentialOf(id, passkey.assertion(NOTHING, choices), { userHandle: user });
  }
}

type Options = { challenge: string; rpId?: string; rp?: { id: string }; user?: { id: string } };

function credentialOf(id: string, bytes: Record<string, Uint8Array>, more: Record<string, string> = {}) {
  const told = Object.entries(bytes).map(([name, value]) => [name, Buffer.from(value).toString("base64url")]);
  const response = { ...Object.fromEntries(told), ...more } as Record<string, string>;
  return { id, rawId: id, type: "public-key" as const, clientExtensionResults: {}, response };
}
