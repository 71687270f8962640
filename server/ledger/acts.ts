import { sha256 } from "#hash";
import { type Act, ActCode, type ActSigner, actStructHash } from "../domain/entries/act.ts";
import { signedDigest } from "../domain/entries/entry.ts";
import { bytesOf, typeOf } from "../domain/entries/signature.ts";
import { type Hex, NO_ID, readUint, toHex, utf8, WORD } from "../domain/entries/words.ts";
import { interfaceOf } from "./deploy.ts";

// Signed acts of Authority: who is enrolled, which agencies and offices there are (docs/reference/formats.md section 7).

export type ActSignature = { holder: Hex; role: number; agency: Hex; signature: Uint8Array };

/** An act with zeros where nothing is given; `body` is the public text that it signs the SHA-256 of. */
export function anAct(given: Partial<Act> & { code: number; maker: Hex; expires: number }, body: string): Act {
  return {
    holder: NO_ID,
    agency: NO_ID,
    role: 0,
    post: NO_ID,
    key: NO_ID,
    custody: 0,
    from: 0,
    until: 0,
    previous: NO_ID,
    digest: toHex(sha256(utf8(body))),
    ...given,
  };
}

/** The digest that the first key of a registrar or overseer signs when the council names him. */
export function appointmentDigest(
  separator: Uint8Array,
  given: Pick<Act, "holder" | "role" | "key" | "custody" | "until" | "previous">,
  body: string,
): Uint8Array {
  return actDigest(separator, anAct({ code: ActCode.appoint, maker: NO_ID, expires: 0, ...given }, body));
}

/** The key field of an act: an address as a word. */
export function keyWord(address: string): Hex {
  return `0x${"0".repeat(24)}${address.slice(2).toLowerCase()}`;
}

/** The digest that the signers of an act sign. */
export function actDigest(separator: Uint8Array, act: Act): Uint8Array {
  return signedDigest(separator, actStructHash(act));
}

/**
 * The body of a hand-over: it begins with the offices that are handed over, in the order of their first grants, as the
 * ledger reads them.
 * @param more what else it says in public, such as the letter
 */
export function handOverBody(
  offices: readonly { role: number; post: Hex }[],
  more: Readonly<Record<string, unknown>> = {},
): string {
  const { offices: _, ...rest } = more;
  return JSON.stringify({ offices: offices.map(({ role, post }) => ({ role, post })), ...rest });
}

/** Call data of Authority.act. */
export function encodeAct(act: Act, signatures: readonly ActSignature[], body: string): Hex {
  const values = [act, signatures.map(asCallData), utf8(body)];
  return interfaceOf("Authority").encodeFunctionData("act", values) as Hex;
}

/** A signature as Authority's functions take it. */
export function asCallData({ holder, role, agency, signature }: ActSignature) {
  return { holder, role, agency, signatureType: typeOf(signature), signature: bytesOf(signature) };
}

/** The act that an ActRecorded event tells: 14 words, its type hash first. */
export function readAct(data: Uint8Array): Act {
  const number = (i: number) => Number(readUint(data, i * WORD, WORD));
  const id = (i: number) => toHex(data, i * WORD, (i + 1) * WORD);
  return {
    code: number(1),
    maker: id(2),
    holder: id(3),
    agency: id(4),
    role: number(5),
    post: id(6),
    key: id(7),
    custody: number(8),
    from: number(9),
    until: number(10),
    digest: id(11),
    previous: id(12),
    expires: number(13),
  };
}

/** The signers that an ActRecorded event tells: holder 32, role 1, agency 32, custody 1, office leaf 32, signature. */
export function readActSigners(packed: Uint8Array): ActSigner[] {
  const signers: ActSigner[] = [];
  // of a signature: its type 1, length 2, bytes
  for (let start = 0; start + 101 <= packed.length; start += 101 + Number(readUint(packed, start + 99, 2))) {
    const id = (place: number) => toHex(packed, start + place, start + place + WORD);
    signers.push({
      holder: id(0),
      role: packed[start + 32]!,
      agency: id(33),
      custody: packed[start + 65]!,
      office: id(66),
    });
  }
  return signers;
}
