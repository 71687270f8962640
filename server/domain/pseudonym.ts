import { sha256 } from "#hash";
import { type Hex, toHex, utf8 } from "./entries/words.ts";
import { canonicalJson } from "./json.ts";

/** Who did something: account of the gateway, holder in the register, the key that he used; as far as he has them. */
export type Person = { account?: string; holder?: Hex; key?: Hex };

/**
 * What stands for a person in the access log: SHA-256 of the canonical `[salt, account, holder, key]`, with null for what
 * he has not. Whoever is given salt and person can check it; without the salt nobody can guess it.
 * @param salt 16 random bytes
 */
export function pseudonymOf(salt: Hex, { account, holder, key }: Person): Hex {
  return toHex(sha256(utf8(canonicalJson([salt, account ?? null, holder ?? null, key ?? null]))));
}
