import type { SigningKey } from "../../server/cli/key-file.ts";
import { hashText, hashWords, idOf, signedDigest } from "../../server/domain/entries/entry.ts";
import { fromHex, type Hex, toHex } from "../../server/domain/entries/words.ts";
import { recover, sign } from "../../server/ledger/signatures.ts";

// What people sign of a migration before anything is on a chain: EIP-712, with a domain of its own, so that no signature
// here is one of the register and the other way round.

/**
 * `hash`: of the sealed plan. `profile`: SHA-256 of a source's profile. `wave` and `row`: id of an attempt on the ledger,
 * and the hash of one of its rows; `same`: it says what the old system says, and `why` what was seen.
 */
export type Statement =
  | { readonly says: "plan"; readonly plan: string; readonly hash: Hex }
  | { readonly says: "source"; readonly plan: string; readonly source: string; readonly profile: Hex }
  | { readonly says: "sample"; readonly wave: Hex; readonly row: Hex; readonly same: boolean; readonly why: string };

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
const SAMPLE = hashText("SampleVerdict(bytes32 wave,bytes32 row,bool same,string why,bytes32 holder,uint64 at)");

function wordsOf(statement: Statement, holder: string, at: number): Uint8Array {
  const by = idOf(holder);
  switch (statement.says) {
    case "plan":
      return hashWords(PLAN, hashText(statement.plan), statement.hash, by, at);
    case "source":
      return hashWords(SOURCE, hashText(statement.plan), hashText(statement.source), statement.profile, by, at);
    case "sample": {
      const { wave, row, same, why } = statement;
      return hashWords(SAMPLE, wave, row, same ? 1 : 0, hashText(why), by, at);
    }
  }
}

/** What is signed: 32 bytes. @param at seconds UTC */
export function statementDigest(statement: Statement, holder: string, at: number): Uint8Array {
  return signedDigest(SEPARATOR, wordsOf(statement, holder, at));
}

export function signStatement(statement: Statement, key: SigningKey, now: Date): SignedStatement {
  const at = Math.floor(now.getTime() / 1000);
  const signature = toHex(sign(statementDigest(statement, key.holder, at), key.secret));
  return { holder: key.holder, address: key.address, at, signature };
}

/** Whether the key of `address` signed exactly this, in that holder's name. */
export function isSigned(statement: Statement, { holder, address, at, signature }: SignedStatement): boolean {
  return recover(statementDigest(statement, holder, at), fromHex(signature)) === address;
}
