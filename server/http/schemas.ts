import { z } from "zod";
import { ACTS } from "../actions/access-log.ts";
import { momentOf } from "../actions/moments.ts";
import { ACCOUNT_ID } from "../domain/accounts.ts";
import { MAX_AMOUNT, MAX_BODY, NAME } from "../domain/entries/entry.ts";
import { Kind, type KindName, Role, type RoleName } from "../domain/entries/kinds.ts";
import { NO_ID } from "../domain/entries/words.ts";
import { codelists } from "../domain/ocds/codelists.ts";
import { instantOf } from "../domain/ocds/dates.ts";
import { isDay } from "../domain/rules/civil-days.ts";
import { rule } from "./rule-words.ts";

// Shapes of requests. Amounts are decimal text of minor units, ids 0x text of 32 bytes, times seconds UTC.

const hex = (bytes: number) =>
  z.string().regex(new RegExp(`^0x[0-9a-f]{${bytes * 2}}$`), `0x and ${bytes * 2} lower-case hexadecimal digits`);
export const id = hex(32);
const bytes = z
  .string()
  .regex(/^0x([0-9a-f]{2})*$/, rule("0x and lower-case hexadecimal bytes", "0x dan byte heksadesimal huruf kecil"));
const u8 = z.int().min(0).max(255);
const u32 = z.int().min(0).max(4_294_967_295);
const time = z.int().min(0).max(253_402_300_799);
const amount = z
  .string()
  // what is no number is not compared: BigInt would throw
  .regex(/^(0|[1-9][0-9]{0,38})$/, {
    error: rule("a whole number of minor units as text", "bilangan bulat satuan terkecil mata uang, sebagai teks"),
    abort: true,
  })
  .refine((text) => BigInt(text) <= MAX_AMOUNT, rule("below 2^128", "di bawah 2^128"));
const text = z
  .string()
  .max(200)
  .refine(
    (value) => value.isWellFormed() && Buffer.byteLength(value) <= 200,
    rule("at most 200 bytes of UTF-8", "paling banyak 200 byte UTF-8"),
  );

/** An id of OCDS. */
const name = text.regex(NAME, rule("no #, no control characters", "tanpa # dan tanpa karakter kendali"));

export const organisationText = z
  .string()
  .min(1)
  .max(200)
  .refine((value) => value.isWellFormed(), rule("whole characters", "karakter yang utuh"))
  .describe("an organisation by the id that releases give it, or by its id in the register");
const organisation = organisationText.optional();

const terms = z.strictObject({
  code: u32.optional(),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/)
    .optional(),
  value: amount.optional(),
  scopeValue: amount.optional(),
  amount: amount.optional(),
  advance: amount.optional(),
  recovered: amount.optional(),
  withheld: amount.optional(),
  released: amount.optional(),
  documentTotal: amount.optional(),
  issuer: id.optional(),
  documentKey: id.optional(),
  party: id.optional(),
  officer: id.optional(),
  payer: id.optional(),
  on: time.optional(),
  until: time.optional(),
});

const entry = z.strictObject({
  commandId: id,
  maker: id,
  capacity: u8,
  ocid: name.min(1),
  contractId: name,
  awardId: name,
  agency: id,
  kind: u8,
  basis: id,
  seen: id,
  digest: id,
  terms,
  refersTo: id,
  expires: time,
});

const approval = z.strictObject({ holder: id, capacity: u8, exceptions: u32, seen: id, expires: time });
const passkeySignature = z
  .strictObject({
    type: z.literal("webauthn"),
    x: id,
    y: id,
    r: id,
    s: id.describe("low: at most half the order of P-256"),
    authenticatorData: bytes.max(2 + 2 * 1024),
    clientDataJSON: bytes.max(2 + 2 * 1024),
  })
  .describe("of a passkey: the browser's assertion, whose challenge is the EIP-712 digest");
/** Under what stands by itself: cancels, acts, sign-ins. */
export const ownSignature = z.union([hex(65), passkeySignature]);
/** Under an entry or an approval. */
const signature = z.union([
  hex(65),
  passkeySignature,
  z
    .strictObject({
      type: z.literal("bundle"),
      root: id,
      count: z.int().min(0).max(65_535),
      capacity: u8.optional().describe("by default that of what is signed"),
      expires: time,
      index: z.int().min(0).max(65_535),
      proof: z.array(id).max(16).describe("siblings, the leaf's own first"),
      signature: ownSignature.describe("of the Bundle"),
    })
    .describe("of a bundle that this is one of"),
]);

export const signedApproval = z.strictObject({
  approval,
  up: u8.default(0),
  signature,
});

/** What opens a sealed value of the body. */
const disclosure = z.strictObject({
  path: z
    .array(z.union([z.string().max(500), z.int().min(0)]))
    .min(1)
    .max(64)
    .describe("names of fields; an entry of a list by its id, or by its position where it has none"),
  salt: z
    .string()
    .regex(/^0x([0-9a-f]{2}){16,32}$/)
    .describe("16 to 32 random bytes"),
  value: z.union([z.string().max(10_000), z.number(), z.boolean()]),
  subject: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe("whose it is: a party's id, or party#person; by default the party or person around the field"),
});

/** What cannot be seen: no `\p{Cc}`, which not every reader of the API's description knows. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
const VISIBLE = /^[^\u0000-\u001f\u007f-\u009f]*$/;
const purpose = z
  .string()
  .min(8)
  .max(500)
  .regex(VISIBLE, rule("no control characters", "tanpa karakter kendali"))
  .describe("what for; kept in the access log");
export const disclosureQuery = z.strictObject({
  purpose,
  digest: id.optional().describe("only the value with this digest"),
});
const reason = z
  .string()
  .min(8)
  .max(1_000)
  .regex(VISIBLE, rule("no control characters", "tanpa karakter kendali"))
  .describe("kept for ever; no personal data");
export const postedRequest = z.strictObject({
  subject: z.string().min(1).max(200).describe("a party's id, party#person, or document: and its hash"),
  kind: z.enum(["access", "correction", "erasure", "restriction", "lifting"]),
  reason,
  received: time.optional().describe("when it came, in seconds UTC; now where it is not given"),
});
export const postedDecision = z.strictObject({ decision: z.enum(["grant", "refuse"]), reason });
export const requestParam = z.object({
  id: z
    .string()
    .regex(/^[1-9][0-9]{0,14}$/, rule("a number", "sebuah bilangan"))
    .meta({ examples: ["1"] }),
});
export const documentQuery = z.strictObject({
  restricted: organisation.describe("kept encrypted, and given only to who may read what is sealed in this agency"),
  subject: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe("of a restricted document: under whose key; by default it has a key of its own"),
});

export const postedEntry = z.strictObject({
  entry,
  body: z.record(z.string(), z.unknown()).optional(),
  signature,
  approvals: z.array(signedApproval).max(4).default([]),
  up: u8.default(0),
  stemLength: u8.default(0),
  preimage: bytes.max(2 + 2 * 2048).optional(),
  disclosures: z
    .array(disclosure)
    .max(200)
    .default([])
    .describe("what opens sealed values of the body; kept in the vault, never signed, never on the chain"),
  replaces: id
    .optional()
    .describe("one's own submission of the same command that waits in vain, and that this one comes in place of"),
});

/** Of drafts: what they say, and what was signed of one. */
const draftContent = z.strictObject({
  entry: entry
    .pick({ kind: true, ocid: true, contractId: true, awardId: true, agency: true, terms: true })
    .extend({ refersTo: id.default(NO_ID) }),
  body: z.record(z.string(), z.unknown()).optional(),
  preimage: bytes.max(2 + 2 * 2048).optional(),
  disclosures: z.array(disclosure).max(200).default([]).describe("go to the vault, as those of a submission"),
  note: z
    .string()
    .max(1_000)
    .regex(VISIBLE, rule("no control characters", "tanpa karakter kendali"))
    .optional()
    .describe("for whoever goes on with it; no personal data"),
});
const version = z.int().min(1).max(999_999_999).describe("of the draft as it was read");
export const postedDraft = draftContent;
export const changedDraft = draftContent.extend({ version });
export const handedDraft = z.strictObject({ version, to: id.optional().describe("who is to sign; else whoever may") });
export const signedDraft = postedEntry.omit({ body: true, disclosures: true });
export const draftParam = z.object({
  id: z
    .string()
    .regex(/^D-[A-Z2-7]{16}$/, "D- and 16 letters of base32")
    .meta({ examples: ["D-ABCDEFGHIJKLMNOP"] }),
});

/** What an entry says before its maker adds his id, his command and the checkpoint that he has seen. */
export const unsignedEntry = z.strictObject({
  entry: entry
    .pick({ capacity: true, ocid: true, contractId: true, awardId: true, agency: true, kind: true, terms: true })
    .extend({ basis: id.optional(), refersTo: id.default(NO_ID), maker: id.optional(), commandId: id.optional() }),
  preimage: bytes.max(2 + 2 * 2048).optional(),
  body: z.record(z.string(), z.unknown()).optional().describe("judged as a submission's is"),
});

export const day = z
  .string()
  .refine(isDay, rule("must be a day, such as 2026-11-24", "harus berupa tanggal, seperti 2026-11-24"));
export const minorUnits = z
  .string()
  .regex(/^\d{1,38}$/, rule("must be minor units (sen) in digits", "harus satuan terkecil (sen) dalam angka"));

/** A whole number in an address: digits only, so that "", "1e2" or "0x10" are no numbers. */
export const whole = (least: number, most: number) =>
  z.preprocess(
    (given) => (typeof given === "string" && /^[0-9]{1,15}$/.test(given) ? Number(given) : given),
    z.int().min(least).max(most),
  );
export const number = (least: number, most: number, otherwise: number) => whole(least, most).default(otherwise);

// A misspelt filter must not quietly give everything: unknown names in an address are refused.

export const wait = z.strictObject({ wait: number(0, 60_000, 5_000).describe("milliseconds") });
export const versionQuery = z.strictObject({ version: whole(1, 999_999_999) });
export const limitQuery = z.strictObject({ limit: number(1, 200, 100) });
export const page = z.strictObject({ from: number(1, 999_999_999_999_999, 1), limit: number(1, 200, 50) });
export const accountQuery = z.strictObject({
  after: z.string().regex(ACCOUNT_ID).optional(),
  limit: number(1, 200, 50),
});
export const language = z.strictObject({ lang: z.enum(["en", "id"]).optional() });

const cursor = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,1000}$/)
  .optional()
  .describe("from the links of a page");
const moment = z
  .string()
  .max(40)
  .refine(
    (value) => instantOf(value) !== undefined,
    rule(
      "a date-time with its offset, such as 2026-11-24T00:00:00Z",
      "tanggal dan jam dengan selisih zona, seperti 2026-11-24T00:00:00Z",
    ),
  )
  .meta({ format: "date-time" })
  .optional();

export const accessQuery = z.strictObject({
  from: number(1, 999_999_999_999_999, 1).describe("the number of a row"),
  limit: number(1, 500, 100),
  who: z.string().min(1).max(80).optional().describe("an account, or a holder of the register"),
  act: z.enum(ACTS).optional(),
  ocid: z.string().min(1).max(200).optional(),
  subject: z.string().min(1).max(200).optional().describe("whose data"),
  since: moment.describe("rows of this moment or later; an offset's + is written %2B"),
  until: moment.describe("rows before this moment"),
});
export const accessProofQuery = z.strictObject({
  row: whole(1, 999_999_999_999_999).meta({ examples: [1] }),
});

const pastMoment = z
  .string()
  .max(40)
  .refine(
    (value) => instantOf(isDay(value) ? `${value}T00:00:00Z` : value) !== undefined,
    rule(
      "a day, or a date-time with its offset, such as 2026-11-24T00:00:00Z",
      "tanggal, atau tanggal dan jam dengan selisih zona, seperti 2026-11-24T00:00:00Z",
    ),
  )
  .optional();
const asKnown = pastMoment.describe(
  "what was recorded by this moment; a day stands for its end in western Indonesia, today for now",
);
const asOf = pastMoment.describe(
  "what was in force at this business moment, corrected by what is known; a day stands for its end in western Indonesia",
);

export const releasesQuery = z.strictObject({
  cursor,
  limit: number(1, 200, 100),
  since: moment.describe("releases of this moment or later; an offset's + is written %2B"),
  until: moment.describe("releases before this moment"),
  asKnown,
  agency: organisation,
  supplier: organisation,
  tag: z.enum([...codelists.releaseTag.codes] as [string, ...string[]]).optional(),
});
export const historyQuery = z.strictObject({ asKnown });
export const eventsQuery = z.strictObject({
  after: z
    .preprocess(
      (given) => (typeof given === "string" && /^[0-9]{1,15}$/.test(given) ? Number(given) : given),
      z.union([z.int().min(0).max(999_999_999_999_999), z.literal("now")]),
    )
    .default(0)
    .describe("the number of the last event that is known, or now"),
  limit: number(1, 1000, 100).describe("events of a page of JSON"),
  agency: organisation,
  ocid: z.string().min(1).max(200).optional(),
  kind: z
    .string()
    .regex(/^[a-zA-Z]{1,30}(,[a-zA-Z]{1,30}){0,29}$/)
    .optional()
    .describe("names of events, or kinds of entries or acts, with commas between"),
});
export const recordsQuery = z.strictObject({ cursor, limit: number(1, 100, 20) });
export const authorityQuery = z.strictObject({
  at: z
    .string()
    .max(40)
    .refine(
      (value) => momentOf(value, 0) !== undefined,
      rule(
        "a day, such as 2026-11-24, or a date-time with its offset",
        "tanggal, seperti 2026-11-24, atau tanggal dan jam dengan selisih zona",
      ),
    )
    .optional()
    .describe("a day in western Indonesia, or an instant; without it, now"),
  agency: organisation,
  holder: organisationText
    .optional()
    .describe("a holder by the id that the registrar gave, or by its id in the register"),
  role: z.enum(Object.keys(Role) as [RoleName, ...RoleName[]]).optional(),
  cursor,
  limit: number(1, 500, 100),
});
export const holdersQuery = z.strictObject({ cursor, limit: number(1, 500, 100) });
export const ocidsQuery = z.strictObject({ cursor, limit: number(1, 1000, 100) });
export const recordQuery = z.strictObject({
  releases: z.enum(["embedded", "linked"]).default("embedded"),
  asOf,
  asKnown,
});

/** A number of leaves, entries or the like, or a place among them. */
const count = whole(0, 999_999_999_999_999);

export const inclusionQuery = z
  .strictObject({
    leaf: id.optional().meta({ examples: [`0x${"0".repeat(64)}`] }),
    index: count.optional(),
    ocid: z.string().min(1).max(200).optional(),
    sequence: whole(1, 999_999_999_999_999).optional(),
    release: z.string().min(1).max(300).optional(),
    size: count.optional(),
  })
  .refine(
    ({ leaf, index, ocid, sequence, release }) =>
      [leaf, index, ocid].filter((given) => given !== undefined).length === 1 &&
      [sequence, release].filter((given) => given !== undefined).length === (ocid === undefined ? 0 : 1),
    rule(
      "one of: leaf; index; ocid and sequence; ocid and release",
      "salah satu: leaf; index; ocid dan sequence; ocid dan release",
    ),
  );
export const consistencyQuery = z.strictObject({ first: count, second: count.optional() });
export const sizeParam = z.object({ size: count.meta({ examples: [1] }) });
export const agencyParam = z.object({
  agency: z
    .string()
    .min(1)
    .max(200)
    .refine((value) => value.isWellFormed(), rule("whole characters", "karakter yang utuh"))
    .meta({ examples: ["ID-PRS-DPUPR"] }),
});
export const countQuery = z.strictObject({ count: count.optional() });
export const listQuery = z.strictObject({
  count: count.optional(),
  from: number(1, 999_999_999_999_999, 1),
  limit: number(1, 200, 100),
});

export const idParam = z.object({ id });
export const waveParam = z.object({ number: whole(1, 4_294_967_295).meta({ examples: [1] }) });
export const digestParam = z.object({ digest: id.meta({ examples: [`0x${"0".repeat(64)}`] }) });
export const waveBody = z.record(z.string(), z.unknown());
export const ocidParam = z.object({
  ocid: z
    .string()
    .min(1)
    .max(200)
    .meta({ examples: ["ocds-213czf-dpupr-jalan-2026-01"] }),
});

export const postedSignIn = z.strictObject({
  signIn: z.strictObject({
    origin: z
      .string()
      .min(1)
      .max(200)
      .meta({ examples: ["http://127.0.0.1:8080"] }),
    holder: id,
    nonce: id,
    issued: time,
    expires: time,
  }),
  signature: ownSignature,
});

const act = z.strictObject({
  code: z.int().min(0).max(65_535),
  maker: id,
  holder: id,
  agency: id,
  role: u8,
  post: id,
  key: id,
  custody: u8,
  from: time,
  until: time,
  digest: id,
  previous: id,
  expires: time,
});

export const postedAct = z.strictObject({
  act,
  signatures: z
    .array(z.strictObject({ holder: id, role: u8, agency: id, signature: ownSignature }))
    .min(1)
    .max(4),
  body: z
    .string()
    .max(MAX_BODY)
    .describe("whose SHA-256 is the digest; of the act that opens a wave, 0x and 64 digits for each wave before it"),
});

const words = z.string().min(3).max(1_000).regex(VISIBLE, rule("no control characters", "tanpa karakter kendali"));
export const postedReason = z.strictObject({ reason: words.describe("its maker sees it; no personal data") });
export const postedText = z.strictObject({ text: words.describe("kept beside the submission; no personal data") });

const kinds = z.enum(Object.keys(Kind) as [KindName, ...KindName[]]);
const roleNames = z.enum(Object.keys(Role) as [RoleName, ...RoleName[]]);
/** One question a request: whether somebody may do this. */
const question = z
  .strictObject({
    act: z.enum(["record", "approve", "refuse", "ask", "grant", "use"]),
    kind: kinds.optional().describe("record: what kind of entry"),
    ocid: name.optional(),
    contractId: name.optional(),
    awardId: name.optional(),
    agency: organisation.describe("record of a new process, grant, use: where"),
    refersTo: id.optional(),
    submission: id.optional().describe("approve, refuse, ask: which"),
    role: roleNames.optional().describe("grant: of which office; record: in which capacity"),
    holder: id.optional().describe("grant: to whom"),
    permission: z.string().max(60).optional().describe("use: a permission of docs/reference/roles.md"),
    entity: organisation,
  })
  .describe("what somebody asks whether he may");
const complete = ({ act, kind, submission, role, agency, permission }: z.infer<typeof question>) =>
  act === "record"
    ? kind !== undefined
    : act === "grant"
      ? role !== undefined && agency !== undefined
      : act === "use"
        ? permission !== undefined
        : submission !== undefined;
const INCOMPLETE =
  "record asks for kind; approve, refuse and ask for submission; grant for role and agency; use for permission";
export const questionQuery = question.refine(complete, INCOMPLETE);
export const questionBody = question
  .extend({ terms: terms.optional().describe("record: with them the rules are asked too") })
  .refine(complete, INCOMPLETE);

const cancel = z.strictObject({ target: id, holder: id, expires: time });

export const postedCancel = z.strictObject({ cancel, signature: ownSignature });

// ---- keys that the gateway keeps

export const keyParam = z.object({ address: hex(20).meta({ examples: [`0x${"0".repeat(40)}`] }) });
export const keyQuery = z.strictObject({ anyway: z.enum(["true", "false"]).default("false") });
export const postedKey = z.strictObject({
  holder: id.optional().describe("as whom somebody is to be enrolled whom the register does not know"),
});
const wholeEntry = {
  entry,
  body: z.record(z.string(), z.unknown()).optional().describe("the JSON whose canonical form has the entry's digest"),
  preimage: bytes.max(2 + 2 * 2048).optional(),
};
/** What a kept key is to sign: all of it. */
export const postedContent = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("entry"), ...wholeEntry }),
  z.strictObject({ type: z.literal("approval"), approval, ...wholeEntry }),
  z.strictObject({ type: z.literal("cancel"), cancel }),
  z.strictObject({
    type: z.literal("bundle"),
    entries: z
      .array(z.strictObject({ ...wholeEntry, approval: approval.optional() }))
      .min(1)
      .max(256)
      .describe("entries, or approvals of them, all in one capacity"),
    expires: time,
  }),
  z.strictObject({ type: z.literal("act"), act, body: z.string().max(MAX_BODY) }),
]);
