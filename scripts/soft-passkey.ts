import { p256 } from "@noble/curves/nist.js";
import { sha256 } from "#hash";
import { challengeOf, fromAssertion, type PostedPasskey, passkeyAddress } from "../server/domain/entries/signature.ts";
import { fromHex, type Hex, toHex, utf8 } from "../server/domain/entries/words.ts";

/** A passkey as an authenticator and a browser make one: its key is that of its name, its signatures are the same each time. */

export type PasskeyChoices = {
  rpId?: string;
  origin?: string;
  type?: string;
  challenge?: string;
  /** user present 1, user verified 4, backup eligible 8, backed up 16 */
  flags?: number;
  /** what follows the origin in clientDataJSON */
  rest?: string;
  /** clientDataJSON as it is, instead of what a browser writes */
  client?: string;
  /** what follows the counter in authenticatorData */
  extensions?: Uint8Array;
  highS?: boolean;
};

const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const word = (value: bigint): Hex => `0x${value.toString(16).padStart(64, "0")}`;

export class SoftPasskey {
  readonly #secret: Uint8Array;
  readonly rpId: string;
  readonly origin: string;
  /** SubjectPublicKeyInfo */
  readonly publicKey: Uint8Array;
  readonly x: Hex;
  readonly y: Hex;

  constructor(name: string, rpId = "localhost", origin = "http://localhost:8080") {
    [this.rpId, this.origin] = [rpId, origin];
    this.#secret = sha256(utf8(`passkey ${name}`));
    const point = p256.getPublicKey(this.#secret, false);
    this.publicKey = new Uint8Array([...fromHex("0x3059301306072a8648ce3d020106082a8648ce3d030107034200"), ...point]);
    [this.x, this.y] = [toHex(point, 1, 33), toHex(point, 33)];
  }

  get address(): Hex {
    return passkeyAddress(toHex(sha256(utf8(this.rpId))), this.x, this.y);
  }

  /** What the browser answers; its signature is DER. */
  assertion(digest: Uint8Array, choices: PasskeyChoices = {}) {
    const { rpId = this.rpId, origin = this.origin, type = "webauthn.get", challenge = challengeOf(digest) } = choices;
    const { flags = 0x05, rest = ',"crossOrigin":false}', extensions = new Uint8Array() } = choices;
    const authenticatorData = new Uint8Array([...sha256(utf8(rpId)), flags, 0, 0, 0, 0, ...extensions]);
    const head = `{"type":"${type}","challenge":"${challenge}","origin":"${origin}"`;
    const clientDataJSON = utf8(choices.client ?? `${head}${rest}`);
    const message = new Uint8Array([...authenticatorData, ...sha256(clientDataJSON)]);
    const signature = p256.sign(message, this.#secret, { lowS: true, prehash: true, format: "der" });
    return { authenticatorData, clientDataJSON, signature };
  }

  /** The same, as it is posted. */
  sign(digest: Uint8Array, choices: PasskeyChoices = {}): PostedPasskey {
    const posted = fromAssertion(this.publicKey, this.assertion(digest, choices));
    return choices.highS ? { ...posted, s: word(ORDER - BigInt(posted.s)) } : posted;
  }
}
