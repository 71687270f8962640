import type { SigningKey } from "../../server/cli/key-file.ts";
import { hashText, hashWords, idOf, signedDigest } from "../../server/domain/entries/entry.ts";
import { fromHex, type Hex, toHex } from "../../server/domain/entries/words.ts";
import { recover, sign } from "../../server/ledger/signatures.ts";

// What people sign of a migration before anything is on a chain: EIP-712, with a domain of its own, so that no signature
// here is one of the register and the other way round.

/** `hash`: of the sealed plan. `profile`: SHA-256 of a source's profile. */
export type Statement =
  | { readonly says: "plan"; readonly plan: string; readonly hash: Hex }
  | { readonly says: "source"; readonly plan: string; readonly source: string; readonly profile: Hex };

/** Who signed, when (seconds UTC by the signer's clock). That the key is that holder's is the register's to say. */
export type SignedStatement = {
  readonly holder: string;
  readonly address: Hex;
  readonly at: number;
  readonly signature: Hex;
};

const SEPARATOR = hashWords(
  hashText("EIP712Domain(string name,string version)"),
  hashText("Prasasti migration"),
  hashText("1"),
);
const PLAN = hashText("PlanApproval(string plan,bytes32 hash,bytes32 holder,uint64 at)");
const SOURCE = hashText("SourceSignOff(string plan,string source,bytes32 profile,bytes32 holder,uint64 at)");

function digestOf(statement: Statement, holder: string, at: number): Uint8Array {
  const plan = hashText(statement.plan);
  const words =
    statement.says === "plan"
      ? hashWords(PLAN, plan, statement.hash, idOf(holder), at)
      : hashWords(SOURCE, plan, hashText(statement.source), statement.profile, idOf(holder), at);
  return signedDigest(SEPARATOR, words);
}

export function signStatement(statement: Statement, key: SigningKey, now: Date): SignedStatement {
  const at = Math.floor(now.getTime() / 1000);
  const signature = toHex(sign(digestOf(statement, key.holder, at), key.secret));
  return { holder: key.holder, address: key.address, at, signature };
}

/** Whether the key of `address` signed exactly this, in that holder's name. */
export function isSigned(statement: Statement, { holder, address, at, signature }: SignedStatement): boolean {
  return recover(digestOf(statement, holder, at), fromHex(signature)) === address;
}
