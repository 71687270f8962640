import { sha256 } from "#hash";
import { type Act, actStructHash, isBodyOf } from "../../server/domain/entries/act.ts";
import {
  type Approval,
  approvalHash,
  type Bundle,
  bundleHash,
  type Cancel,
  cancelHash,
  type Domain,
  domainSeparator,
  type Entry,
  entryHash,
  idOf,
  type SignIn,
  signedDigest,
  signInHash,
  type Terms,
} from "../../server/domain/entries/entry.ts";
import { AMOUNT_TERMS, ID_TERMS, TERM_NAMES } from "../../server/domain/entries/kinds.ts";
import { bundleOver } from "../../server/domain/entries/signature.ts";
import { type Hex, toHex, utf8 } from "../../server/domain/entries/words.ts";
import { canonicalJson, parseJson } from "../../server/domain/json.ts";

// What somebody is asked to sign. Only the types of this register are known here, and every hash is worked out from the
// content in this page: whoever made the request can't have something else signed than what is shown.

/** EIP-712 typed data as wallets take it; `body` and `names` stand beside it and are checked against it. */
export type TypedData = {
  domain: Domain & { name: string; version: string };
  types: Record<string, { name: string; type: string }[]>;
  primaryType: string;
  message: Record<string, unknown>;
};

type Content =
  | { type: "Entry"; entry: Entry }
  | { type: "Approval"; entry: Entry; approval: Approval }
  | { type: "Cancel"; cancel: Cancel }
  | { type: "SignIn"; signIn: SignIn }
  | { type: "Act"; act: Act }
  | { type: "Bundle"; bundle: Bundle; items: Request[] };

export type Request = {
  typedData: TypedData;
  content: Content;
  /** the digest that is signed, worked out here */
  digest: Hex;
  /** who signs, and in which capacity */
  signer: Hex;
  /** the entry's or act's body, where it came with the request and is the one that is signed */
  body: unknown;
  bodyState: "none" | "matches" | "absent";
  /** text ids that were proven to be those of ids in the message */
  names: ReadonlyMap<string, string>;
};

/** Why a request is not shown. */
export class RequestFault extends Error {
  readonly rule:
    | "not-json"
    | "not-typed-data"
    | "other-register"
    | "unknown-type"
    | "bad-field"
    | "body-differs"
    | "bundle-differs";
  constructor(rule: RequestFault["rule"], detail = "") {
    super(detail);
    this.rule = rule;
  }
}

/**
 * Reads a request: typed data itself, or an object with `typedData`, `body` and `names`; a bundle's has the requests of
 * all that it holds as `items`, in their order.
 * @throws RequestFault
 */
export async function readRequest(text: string): Promise<Request> {
  const parsed = parseJson(utf8(text));
  if (!parsed.ok) throw new RequestFault("not-json", parsed.faults[0]?.pointer);
  return read(parsed.value);
}

async function read(value: unknown): Promise<Request> {
  const given = value as { typedData?: unknown; body?: unknown; names?: unknown; items?: unknown };
  const typedData = (given.typedData ?? given) as TypedData;
  if (typeof typedData?.domain !== "object" || typeof typedData.message !== "object")
    throw new RequestFault("not-typed-data");
  const { domain } = typedData;
  if (domain.name !== "Prasasti" || domain.version !== "1") throw new RequestFault("other-register", domain.name);
  let content: Content;
  let digest: Hex;
  try {
    content = await contentOf(typedData, given.items);
    digest = toHex(signedDigest(domainSeparator({ ...domain, chainId: Number(domain.chainId) }), hashOf(content)));
  } catch (error) {
    if (error instanceof RequestFault) throw error;
    throw new RequestFault("bad-field", error instanceof Error ? error.message : "");
  }
  return {
    typedData,
    content,
    digest,
    signer: signerOf(content),
    ...bodyOf(content, given.body),
    names: namesOf(given.names),
  };
}

async function contentOf({ domain, primaryType, message }: TypedData, items: unknown): Promise<Content> {
  switch (primaryType) {
    case "Entry":
      return { type: "Entry", entry: entryOf(message) };
    case "Approval":
      return {
        type: "Approval",
        entry: entryOf(message.entry as Record<string, unknown>),
        approval: {
          holder: message.holder as Hex,
          capacity: Number(message.capacity),
          exceptions: Number(message.exceptions),
          seen: message.seen as Hex,
          expires: Number(message.expires),
        },
      };
    case "Cancel":
      return {
        type: "Cancel",
        cancel: { target: message.target as Hex, holder: message.holder as Hex, expires: Number(message.expires) },
      };
    case "SignIn":
      return {
        type: "SignIn",
        signIn: {
          origin: String(message.origin),
          holder: message.holder as Hex,
          nonce: message.nonce as Hex,
          issued: Number(message.issued),
          expires: Number(message.expires),
        },
      };
    case "Act": {
      const numbers = new Set(["code", "role", "custody", "from", "until", "expires"]);
      const act = Object.entries(message).map(([name, value]) => [name, numbers.has(name) ? Number(value) : value]);
      return { type: "Act", act: Object.fromEntries(act) as Act };
    }
    case "Bundle": {
      const bundle = {
        root: message.root as Hex,
        count: Number(message.count),
        capacity: Number(message.capacity),
        expires: Number(message.expires),
      };
      return { type: "Bundle", bundle, items: await heldBy(bundle, domain, items) };
    }
    default:
      throw new RequestFault("unknown-type", primaryType);
  }
}

/** What a bundle holds: all of it, by one person in one capacity, each with its body. @throws RequestFault */
async function heldBy(
  { root, count, capacity }: Bundle,
  domain: TypedData["domain"],
  given: unknown,
): Promise<Request[]> {
  const items = await Promise.all((Array.isArray(given) ? given : []).map(read));
  const isAlike = ({ typedData, content, signer, bodyState }: Request) =>
    JSON.stringify(domainSeparator(typedData.domain)) === JSON.stringify(domainSeparator(domain)) &&
    (content.type === "Entry" ? content.entry : content.type === "Approval" ? content.approval : undefined)
      ?.capacity === capacity &&
    content.type === items[0]!.content.type &&
    signer === items[0]!.signer &&
    bodyState !== "absent";
  if (items.length === 0 || items.length !== count || !items.every(isAlike))
    throw new RequestFault("bundle-differs", `${items.length} / ${count}`);
  const tree = await bundleOver(items.map(({ content }) => hashOf(content)));
  if (tree.root !== root) throw new RequestFault("bundle-differs", root);
  return items;
}

function entryOf(message: Record<string, unknown>): Entry {
  const terms = message.terms as Record<string, unknown>;
  const present = Number(terms.present);
  const [amounts, ids] = [new Set<string>(AMOUNT_TERMS), new Set<string>(ID_TERMS)];
  const said: [string, unknown][] = [];
  for (const [bit, name] of TERM_NAMES.entries()) {
    const value = terms[name];
    const isThere = (present & (1 << bit)) !== 0;
    const isZero = value === undefined || value === "" || /^(0x)?0*$/.test(String(value));
    // a value that is not said would be hashed, and shown nowhere
    if (!isThere && !isZero) throw new RequestFault("bad-field", `terms.${name}`);
    if (!isThere) continue;
    const isText = ids.has(name) || name === "currency";
    said.push([name, isText ? value : amounts.has(name) ? BigInt(String(value)) : Number(value)]);
  }
  return {
    commandId: message.commandId as Hex,
    maker: message.maker as Hex,
    capacity: Number(message.capacity),
    ocid: String(message.ocid),
    contractId: String(message.contractId),
    awardId: String(message.awardId),
    agency: message.agency as Hex,
    kind: Number(message.kind),
    basis: message.basis as Hex,
    seen: message.seen as Hex,
    digest: message.digest as Hex,
    terms: Object.fromEntries(said) as Terms,
    refersTo: message.refersTo as Hex,
    expires: Number(message.expires),
  };
}

function hashOf(content: Content): Uint8Array {
  switch (content.type) {
    case "Entry":
      return entryHash(content.entry);
    case "Approval":
      return approvalHash(entryHash(content.entry), content.approval);
    case "Cancel":
      return cancelHash(content.cancel);
    case "SignIn":
      return signInHash(content.signIn);
    case "Act":
      return actStructHash(content.act);
    case "Bundle":
      return bundleHash(content.bundle);
  }
}

function signerOf(content: Content): Hex {
  switch (content.type) {
    case "Entry":
      return content.entry.maker;
    case "Approval":
      return content.approval.holder;
    case "Cancel":
      return content.cancel.holder;
    case "SignIn":
      return content.signIn.holder;
    case "Act":
      return content.act.maker;
    case "Bundle":
      return content.items[0]!.signer;
  }
}

/** The body that came with the request, where it is the one whose digest is signed. @throws RequestFault body-differs */
function bodyOf(content: Content, given: unknown): Pick<Request, "body" | "bodyState"> {
  const digest = "entry" in content ? content.entry.digest : "act" in content ? content.act.digest : undefined;
  if (digest === undefined) return { body: undefined, bodyState: "none" };
  const said = (bytes: Uint8Array) => toHex(sha256(bytes)) === digest;
  if (given === undefined) return { body: undefined, bodyState: said(new Uint8Array()) ? "none" : "absent" };
  // a stem is a text; everything else is an object in its canonical form
  const text = typeof given === "string" ? given : canonicalJson(given);
  if (content.type === "Act" ? !isBodyOf(content.act, text) : !said(utf8(text)))
    throw new RequestFault("body-differs", digest);
  return { body: given, bodyState: "matches" };
}

/** Names count where they hash to the id that they are given for. */
function namesOf(given: unknown): Map<string, string> {
  const names = typeof given === "object" && given !== null ? Object.values(given) : [];
  return new Map(names.filter((name) => typeof name === "string").map((name) => [idOf(name), name]));
}
