import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";

/** A device with passkeys, as WebAuthn level 2 has it: ES256, attestation none. What it says can be told to be wrong. */
export class Authenticator {
  readonly #keys = new Map<string, { key: KeyObject; user: string }>();

  /** Makes a passkey for what `navigator.credentials.create` would be given. */
  create(options: Options, origin: string, { verified = true } = {}) {
    const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const id = randomBytes(32);
    this.#keys.set(id.toString("base64url"), { key: privateKey, user: options.user!.id });
    const { x, y } = publicKey.export({ format: "jwk" });
    const point = [x, y].map((part) => Buffer.from(part!, "base64url"));
    const cose = Buffer.concat([
      Buffer.from("a5010203262001215820", "hex"),
      point[0]!,
      Buffer.from("225820", "hex"),
      point[1]!,
    ]);
    const attested = Buffer.concat([Buffer.alloc(16), Buffer.from([0, id.length]), id, cose]);
    const data = Buffer.concat([dataOf(options.rp!.id, verified, 0x40), attested]);
    // {"fmt": "none", "attStmt": {}, "authData": data}
    const attestation = Buffer.concat([
      Buffer.from("a363666d74646e6f6e656761747453746d74a0686175746844617461", "hex"),
      Buffer.from([0x59, data.length >> 8, data.length & 255]),
      data,
    ]);
    return credentialOf(id.toString("base64url"), {
      clientDataJSON: clientData("webauthn.create", options.challenge, origin),
      attestationObject: attestation.toString("base64url"),
    });
  }

  /** Signs what `navigator.credentials.get` would be given, with the newest passkey. */
  get(options: Options, origin: string, { verified = true } = {}) {
    const [id, { key, user }] = [...this.#keys].at(-1)!;
    const data = dataOf(options.rpId!, verified, 0);
    const client = clientData("webauthn.get", options.challenge, origin);
    const hash = createHash("sha256").update(Buffer.from(client, "base64url")).digest();
    return credentialOf(id, {
      clientDataJSON: client,
      authenticatorData: data.toString("base64url"),
      signature: sign("sha256", Buffer.concat([data, hash]), key).toString("base64url"),
      userHandle: user,
    });
  }
}

type Options = { challenge: string; rpId?: string; rp?: { id: string }; user?: { id: string } };

function clientData(type: string, challenge: string, origin: string): string {
  return Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false })).toString("base64url");
}

function dataOf(rpId: string, verified: boolean, flags: number): Buffer {
  const bits = flags | 1 | (verified ? 4 : 0);
  return Buffer.concat([createHash("sha256").update(rpId).digest(), Buffer.from([bits, 0, 0, 0, 0])]);
}

function credentialOf(id: string, response: Record<string, string>) {
  return { id, rawId: id, type: "public-key" as const, clientExtensionResults: {}, response };
}
