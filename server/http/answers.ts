import { z } from "zod";
import { ACTS } from "../actions/access-log.ts";
import type { SubmissionState } from "../actions/submissions.ts";
import { ACCOUNT_ID } from "../domain/accounts.ts";
import { id } from "./schemas.ts";

// Shapes of answers. Objects may have more fields than are named here; what is named is always there.

export const words = z.object({ en: z.string(), id: z.string() });
const time = z.int().describe("seconds since 1970, UTC");
export const amountText = z
  .string()
  .regex(/^-?[0-9]+$/)
  .describe("minor units");
const address = z.string().regex(/^0x[0-9a-f]{40}$/);
const hexBytes = z.string().regex(/^0x([0-9a-f]{2})*$/);

export const signedCheckpoint = z.looseObject({
  size: z.int().describe("leaves in the log"),
  root: id.describe("RFC 6962 root of these leaves"),
  time,
  operator: address,
  signature: hexBytes.describe("the operator's, of the EIP-712 type Checkpoint(uint64 size,bytes32 root,uint64 time)"),
});

export const logHead = z.object({ size: z.int().describe("leaves in the log"), root: id });
/** That a leaf stands in the log of that size. */
export const inclusionProof = z.looseObject({
  leaf: id,
  index: z.int().describe("place in the log, from 0"),
  ...logHead.shape,
  auditPath: z.array(id).describe("from the leaf's sibling up"),
});

/** That an event is in a block, and who vouches for the block. */
export const blockProof = {
  block: z.looseObject({ number: z.int(), hash: id, parentHash: id, time }),
  event: z.looseObject({
    header: hexBytes.describe("RLP; its keccak256 is the block's hash"),
    transaction: z.int().describe("place in the block, from 0"),
    nodes: z.array(hexBytes).describe("RLP of the tree of receipts, from the header's root to the receipt"),
    log: z.int().describe("place in the receipt, from 0"),
  }),
  finality: z.looseObject({ proven: z.boolean(), by: z.enum(["operator", "depth", "validators"]), words }),
  operator: address,
  signature: hexBytes.describe("the operator's, of the EIP-712 type Block(uint64 number,bytes32 hash)"),
};

const submissionStates = [
  "awaitingApproval",
  "queued",
  "included",
  "final",
  "refused",
  "expired",
  "cancelled",
] as const satisfies readonly SubmissionState[];

export const submission = z.looseObject({
  id: id.describe("hash of the signed entry"),
  maker: id,
  commandId: id,
  ocid: z.string(),
  kind: z.int(),
  state: z.enum(submissionStates),
  since: time,
  agency: id.optional(),
  expires: time.optional().describe("until when its maker's signature is good"),
  sentBack: z.object({ by: id, at: time }).optional().describe("who could have approved it sent it back"),
  replaces: id.optional().describe("the submission of the same command in whose place it came"),
  replacedBy: id.optional(),
  waitsFor: words,
  next: words,
  timeline: z.array(z.object({ state: z.string(), at: time })),
  refusal: z
    .looseObject({
      rule: z.string(),
      code: z.int(),
      title: words,
      help: words,
      values: z.record(z.string(), z.string()),
    })
    .optional(),
  recorded: z
    .looseObject({
      registerSequence: z.int(),
      processSequence: z.int(),
      leaf: id,
      timeMs: z.int(),
      excess: amountText,
      exceptions: z.int(),
    })
    .optional(),
  checkpoint: signedCheckpoint.optional(),
});

/** An office, and who holds it now. */
const incumbent = z.object({
  role: z.int(),
  agency: id.describe("zero: of the whole register"),
  post: id,
  up: z.int().describe("levels above the agency in question"),
  holders: z.array(id),
});

export const finding = z.object({
  rule: z.string(),
  level: z
    .enum(["refuse", "warn", "info"])
    .describe("`refuse`: clients stop before anybody signs; `warn`: who signs decides"),
  values: z.record(z.string(), z.string()).describe("amounts in minor units, days as YYYY-MM-DD"),
  words,
  regulation: z.string(),
  assurance: z.enum(["law", "secondary", "setting"]).describe("how sure the rule's figures are"),
  remedy: words,
  exception: z.string().optional().describe("of a refusal: the exception by which an approver lifts it"),
});

export const checked = z.object({
  verdict: z.enum(["acceptable", "refused"]),
  refusal: z
    .object({
      rule: z.string(),
      code: z.int(),
      title: words,
      help: words,
      detail: words.describe("the values in words"),
      values: z.record(z.string(), z.string()),
      certain: z.boolean().describe("whatever happens meanwhile, the same entry stays refused"),
    })
    .optional(),
  body: z
    .object({
      rule: z.string().describe("the problem that a submission would be answered with"),
      title: words,
      help: words,
      faults: z.array(z.object({ pointer: z.string(), rule: z.string(), message: words })),
    })
    .optional()
    .describe("what of the body can't be recorded"),
  basis: id.describe("what the maker signs as `basis`"),
  office: z
    .object({ role: z.string(), agency: id, post: id, up: z.int(), leaf: id })
    .optional()
    .describe("in which the maker would sign; `up`: how many levels above the agency it is held"),
  makers: z.array(incumbent).describe("who could make it now"),
  second: z
    .array(z.object({ role: z.string(), above: z.literal(true).optional() }))
    .describe("who signs beside the maker; `above`: in an office held above the agency"),
  exceptions: z.array(z.string()).describe("what an approver signs for by name"),
  marks: z.array(z.string()).describe("what the ledger will mark by itself"),
  excess: amountText.describe("how far what was paid will stand above the contract's value"),
  findings: z
    .array(finding)
    .describe(
      "what the dated rules (docs/reference/rules.md) say that the ledger does not hold; none of them is refused here",
    ),
  earlier: id.optional().describe("the submission that this command has already"),
});

export const entryRow = z.looseObject({
  leaf: id,
  kind: z.int(),
  ocid: z.string(),
  contractId: z.string(),
  awardId: z.string(),
  agency: id,
  maker: id,
  capacity: z.int(),
  commandId: id,
  terms: z.record(z.string(), z.union([z.string(), z.number()])),
  excess: amountText,
  body: z.string().describe("canonical JSON, or nothing"),
  block: z.int(),
  assigned: z.looseObject({ registerSequence: z.int(), processSequence: z.int(), timeMs: z.int() }),
  signers: z.array(z.looseObject({ holder: id, capacity: z.int(), custody: z.int(), office: id })),
});

const reference = { sequence: z.int(), release: z.url(), date: z.string().describe("when it was recorded") };
const signerTold = z.looseObject({
  holder: id,
  role: z.int(),
  office: words,
  officeLeaf: id.describe("leaf of the grant in the register's log"),
  agency: id.optional(),
  principal: id.optional().describe("for whom he stood in"),
  breakGlass: z.literal(true).optional().describe("in an office that the council granted in an emergency"),
  custody: z.int(),
  exceptions: z.array(z.string()),
});
const dayText = z.string().describe("the business day that the entry says");
const mark = z.looseObject({
  mark: z.string(),
  words,
  since: z.object(reference),
  last: z.object(reference),
  times: z.int(),
  act: words.optional().describe("who should act, and how"),
});

export const historyAnswer = z.object({
  ocid: z.string(),
  history: z.array(
    z.object({
      ...reference,
      kind: z.string(),
      contractId: z.string().optional(),
      awardId: z.string().optional(),
      words,
      remark: z.string().optional().describe("what a note says; of other entries the reason"),
      on: dayText.optional(),
      delay: z.object({ seconds: z.int(), words }).optional().describe("from the business day to the recording"),
      signers: z.array(signerTold),
      marks: z.array(z.string()),
      changes: z.array(
        z.object({
          path: z.string().describe("JSON pointer; entries of lists by their id"),
          before: z.unknown().optional(),
          after: z.unknown(),
        }),
      ),
      refersTo: z.object(reference).optional(),
      correctedBy: z.object(reference).optional(),
      withdrawnBy: z.object(reference).optional(),
      wave: z
        .object({
          ...{ number: z.int(), id, words },
          imported: z.boolean().describe("a head signed it with a lot, as it was found; else people signed it here"),
          standing: z.enum(["inForce", "waiting", "takenBack"]),
          legacyAt: z.string().optional().describe("when the older system said it"),
          migratedAt: z.string().optional().describe("when it was recorded here"),
          cutOver: z.string().optional(),
          bodyUnavailable: z.literal(true).optional().describe("its text is off the chain and not at hand here"),
          withdrawn: z.object({ at: z.string(), leaf: id, signers: z.array(id), words }).optional(),
        })
        .optional()
        .describe("of what stands on a process that a wave of legacy records brought"),
      faults: z.array(z.looseObject({ rule: z.string(), pointer: z.string() })),
    }),
  ),
  corrections: z.array(
    z.object({
      kind: z.string(),
      subject: z.string(),
      truths: z
        .array(
          z.object({
            ...reference,
            words,
            terms: z.record(z.string(), z.union([z.string(), z.number()])),
            signers: z.array(signerTold),
          }),
        )
        .describe("what was recorded first; last what is right now"),
      differences: z.array(
        z.object({ term: z.string(), words, recorded: words, right: words, since: z.object(reference) }),
      ),
    }),
  ),
  amendments: z.array(
    z.object({
      ...reference,
      contractId: z.string(),
      on: dayText,
      reasons: z.array(z.string()),
      terms: z.array(
        z.object({
          term: z.string(),
          words,
          before: z.union([z.string(), z.number()]).optional(),
          after: z.union([z.string(), z.number()]),
          difference: amountText.optional(),
          percent: z.string().optional().describe("of the amount before"),
          told: z.object({ before: words, after: words, difference: words.optional() }),
        }),
      ),
      correctedBy: z.object(reference).optional(),
    }),
  ),
  standing: z.array(
    z.object({
      contractId: z.string(),
      excess: z
        .object({ amount: amountText, currency: z.string(), since: z.object(reference), words, act: words })
        .optional(),
      marks: z.array(mark),
    }),
  ),
});

export const links = z.object({ next: z.url().optional(), prev: z.url().optional() });

const done = z.object({
  act: z.string(),
  leaf: id,
  registerSequence: z.int(),
  at: time,
  by: z
    .array(z.object({ holder: id, role: z.int(), agency: id, office: id }))
    .describe("who signed, the maker first, each by the grant of his office; empty: the council"),
  letter: z
    .object({ digest: id, reference: z.string().optional() })
    .describe("SHA-256 of the signed body, and how it names the letter"),
  ofPrincipal: z.literal(true).optional().describe("done to the office of him who delegated, and so ended this one"),
});
const office = z.looseObject({
  office: id.describe("its key, the subject of acts on it"),
  holder: id,
  agency: id,
  role: z.int(),
  post: id,
  from: time,
  until: time.describe("0: without end"),
  subtree: z.boolean(),
  leaf: id,
  principal: id.optional().describe("of a delegated office: who delegated his own"),
  suspended: z.literal(true).optional(),
  place: z.int().describe("its place in the list that a hand-over signs"),
});
export const officeTerm = office.extend({
  granted: done.extend({ until: time.describe("as it was set then; 0: without end") }),
  turns: z.array(done).describe("what happened to it since, oldest first"),
});
export const authorityAnswer = z.object({
  from: time,
  until: time.describe("the span that was asked for, in seconds UTC"),
  offices: z.array(
    z.object({
      office: id,
      holder: id,
      agency: id,
      role: z.int(),
      roleName: z.string(),
      post: id,
      subtree: z.boolean(),
      from: time,
      until: time.describe("as it was set by the grant; 0: without end"),
      state: z.enum(["inForce", "suspended"]),
      principal: id.optional().describe("of a delegated office: who delegated his own"),
      granted: done.extend({ until: time }),
      before: z.array(done).describe("what had happened to it by the end of the span, oldest first"),
      since: z.array(done).describe("what happened to it later"),
      ended: time.optional().describe("when it ends or ended, as is known now"),
    }),
  ),
  links: z.object({ next: z.url().optional() }).optional(),
});
export const holder = z.looseObject({
  id,
  keys: z.array(
    z.object({
      address,
      custody: z.int().describe("who keeps the key, as enrolled"),
      from: z.int().describe("seconds UTC from which it counts"),
      revoked: z.boolean(),
    }),
  ),
  leaf: id,
});
export const holderAnswer = z.object({ holder, offices: z.array(office) });
const accountId = z.string().regex(ACCOUNT_ID).describe("an account of this gateway");
export const sessionFields = {
  account: accountId.optional(),
  holder: id.optional(),
  key: address.optional().describe("the key of the register that opened it"),
  custody: z.int().optional(),
  method: z.enum(["key", "password", "passkey", "oidc", "machine"]),
  issuer: z.string().optional(),
  issued: time,
  expires: time,
  secondFactor: time.optional().describe("when a second factor, or a key of the register, was last shown"),
  scopes: z.array(z.string()).optional().describe("of a machine: what it may do"),
};
const mandate = z.object({
  entity: id,
  nib: z.string().optional(),
  npwpCore: z.string().optional(),
  from: time,
  until: time,
  letter: id.describe("SHA-256 of the letter"),
  inForce: z.boolean(),
});
const reading = z.object({
  agency: id,
  from: time,
  until: time,
  letter: id.describe("SHA-256 of the letter of assignment"),
  by: z.string().optional().describe("who gave it"),
  inForce: z.boolean(),
});
export const account = z.looseObject({
  id: accountId,
  kind: z.enum(["person", "machine"]),
  state: z.enum(["invited", "active", "locked", "left", "erased"]),
  changed: z.object({ at: time, reason: z.string() }),
  holder: id.optional(),
  entities: z.array(mandate.omit({ inForce: true })),
  links: z.array(z.object({ issuer: z.string(), subject: z.string(), since: time })).describe("ways to sign in"),
  reading: z.array(reading.omit({ inForce: true })),
  created: time,
});
export const client = z.looseObject({
  id: z.string(),
  kind: z.enum(["machine", "site"]),
  name: z.string(),
  account: accountId.optional(),
  scopes: z.array(z.string()),
  redirectUris: z.array(z.string()),
  proofs: z.array(z.object({ id: z.string(), kind: z.enum(["secret", "key"]), since: time, until: time.optional() })),
  created: time,
  by: z.string(),
  used: time.optional().describe("when it last got a token, to the minute"),
  revoked: time.optional(),
});
export const passkey = z.object({ id: z.string(), label: z.string(), since: time, used: time.optional() });
export const myself = z.object({
  session: z.object({
    ...sessionFields,
    csrf: z
      .string()
      .optional()
      .describe("of a session in a cookie: the header x-prasasti-csrf of what changes something"),
  }),
  holder: holder.optional(),
  offices: z.array(office.extend({ inForce: z.boolean() })),
  account: z
    .object({
      id: accountId,
      kind: z.enum(["person", "machine"]),
      entities: z.array(mandate).describe("suppliers that he acts for"),
      reading: z.array(reading).describe("agencies whose sealed data he may read for a time"),
    })
    .optional(),
});

export const agency = z.looseObject({
  id,
  kind: z.enum(["agency", "supplier"]),
  parent: id.optional(),
  details: z.record(z.string(), z.unknown()),
  leaf: id,
});

const packageFields = {
  uri: z.url(),
  version: z.literal("1.1"),
  extensions: z.array(z.url()),
  publishedDate: z.string(),
  publisher: z.looseObject({ name: z.string() }),
  license: z.url(),
  publicationPolicy: z.url(),
  links: links.optional(),
};
const release = z
  .looseObject({
    ocid: z.string(),
    id: z.string(),
    date: z.string(),
    tag: z.array(z.string()),
    initiationType: z.string(),
  })
  .describe("a release of OCDS 1.1.5");
export const releasePackage = z.looseObject({ ...packageFields, releases: z.array(release) });
export const recordPackage = z.looseObject({
  ...packageFields,
  records: z.array(
    z.looseObject({
      ocid: z.string(),
      releases: z.array(z.union([release, z.object({ url: z.url(), date: z.string(), tag: z.array(z.string()) })])),
      compiledRelease: release.optional(),
      versionedRelease: z.record(z.string(), z.unknown()).optional(),
    }),
  ),
});

export const documentAnswer = z.object({
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  size: z.int(),
  mediaType: z.string(),
  by: z.string().describe("a holder of the register, or an account"),
  at: time,
  restricted: z.object({ subject: z.string(), agency: id }).optional().describe("given only to who may read it"),
  url: z.url(),
});

const path = z.array(z.union([z.string(), z.int()]));
export const disclosures = z.object({
  disclosures: z.array(
    z.looseObject({
      sealed: z.string().describe("as it stands in the releases"),
      path: path.describe("where it stood when it was sealed"),
      releases: z.array(z.string()),
      state: z
        .enum(["open", "elsewhere", "restricted", "erased"])
        .describe("`elsewhere`: nothing that opens it was brought here"),
      subject: z.string().optional(),
      salt: hexBytes.optional(),
      value: z.union([z.string(), z.number(), z.boolean()]).optional(),
      erased: time.optional(),
    }),
  ),
});

const person = z
  .object({
    account: accountId
      .or(z.string().regex(/^C-[0-9A-F]{20}$/))
      .optional()
      .describe("an account; or a client that was changed"),
    holder: id.optional(),
    key: address.optional(),
    salt: hexBytes,
  })
  .describe("SHA-256 of the canonical [salt, account, holder, key], null for what is not there, is the pseudonym");
const accessRow = z.looseObject({
  sequence: z.int(),
  at: time,
  who: id.optional().describe("a pseudonym, another one each month; none where the gateway itself did it"),
  concerns: id.optional().describe("the pseudonym of the account that it was about"),
  by: person.optional(),
  about: person.optional(),
  act: z.enum(ACTS),
  outcome: z.enum(["given", "refused", "done"]),
  subjects: z.array(z.string()),
  places: z.array(z.object({ digest: id, path })),
  purpose: z.string(),
  previous: id.describe("hash of the row before"),
  hash: id.describe("SHA-256 of 0x00 and this row's canonical form (RFC 8785) without `hash`, `by` and `about`"),
});
export const accessLog = z.object({
  rows: z.array(accessRow),
  next: z.int().optional().describe("the number to go on from"),
});
export const accessProof = z.object({
  row: accessRow,
  anchor: z
    .object({ leaf: id, head: id, rows: z.int(), account: address, registerSequence: z.int(), timeMs: z.int() })
    .describe("what fixed it in the register's log: formats section 11"),
  index: z.int().describe("place, from 0, among the rows that the anchor adds"),
  size: z.int().describe("how many rows the anchor adds"),
  auditPath: z.array(id).describe("leads from the row's hash to the anchor's head"),
  inclusion: inclusionProof,
});

export const keptKey = z.object({
  address,
  holder: id,
  made: time,
  account: accountId.optional(),
  state: z.enum(["not enrolled", "in force", "not yet", "revoked"]).describe("as the register knows it"),
});
export const shown = z.object({
  digest: id.describe("the EIP-712 digest, worked out here"),
  words: z.array(z.string()).describe("what is signed"),
  notes: z.array(z.string()).describe("what to know first"),
  bundle: z
    .object({
      ...{ root: id, count: z.int(), capacity: z.int(), expires: time },
      proofs: z.array(z.array(id)).describe("of each entry, in their order"),
    })
    .optional()
    .describe("each entry is sent with a signature of type bundle: this, its `index`, its proof, and the signature"),
});

export const subjectRequest = z.object({
  id: z.int(),
  subject: z.string(),
  kind: z.enum(["access", "correction", "erasure", "restriction", "lifting"]),
  reason: z.string(),
  received: time,
  due: time.describe("three days after it came"),
  filedBy: z.string().describe("a holder of the register, or an account"),
  state: z.enum(["open", "done", "refused"]),
  decision: z
    .object({
      by: z.string(),
      at: time,
      reason: z.string(),
      changed: z.int().describe("values and documents that it reached"),
    })
    .optional(),
});

const rule = z.object({ rule: z.string(), title: words, help: words });
const second = z.array(z.object({ role: z.string(), above: z.literal(true).optional() }));
const said = z.object({
  sequence: z.int(),
  at: time,
  by: id,
  act: z.enum(["sentBack", "asked", "answered"]),
  text: z.string(),
});
export const saidAnswer = said;

const draftEntry = z.looseObject({
  kind: z.int(),
  ocid: z.string(),
  contractId: z.string(),
  awardId: z.string(),
  agency: id,
  refersTo: id,
  terms: z.record(z.string(), z.union([z.string(), z.number()])),
});
const deed = z.object({ by: id, at: time });
export const draft = z.object({
  id: z.string(),
  version: z.int().describe("counts its changes"),
  state: z.enum(["draft", "awaitingSignature", ...submissionStates]),
  made: deed,
  changed: deed,
  handed: deed
    .extend({ to: id.optional() })
    .optional()
    .describe("since when it waits for a signature, and whose where somebody is meant"),
  commandId: id.describe("under which it is signed"),
  submission: id.optional().describe("the entry that was signed of it"),
  entry: draftEntry,
  body: z.record(z.string(), z.unknown()).optional(),
  preimage: hexBytes.optional(),
  note: z.string().optional(),
});

export const tasks = z.object({
  tasks: z.array(
    z.object({
      task: z.enum(["sign", "approve", "answer", "signAgain"]),
      words: words.describe("why, and what to do"),
      draft: z.string().optional(),
      submission: id.optional(),
      kind: z.int(),
      kindWords: words,
      ocid: z.string(),
      contractId: z.string(),
      agency: id,
      since: time,
      reminder: z.enum(["none", "due", "overdue"]),
      reminderWords: words,
      expires: time.optional(),
      expired: z.literal(true).optional(),
      moved: z.literal(true).optional().describe("the record has moved on since its maker signed"),
      second: second.optional(),
      exceptions: z.array(z.string()).optional(),
      link: z.url().describe("where to look at it"),
    }),
  ),
  total: z.int(),
});

export const review = z.object({
  submission: z.looseObject({ id, maker: id, state: z.enum(submissionStates) }),
  entry: z.looseObject({ ocid: z.string(), kind: z.int() }).describe("what its maker signed, amounts as text"),
  body: z.string().describe("canonical JSON, or nothing; its SHA-256 is the entry's digest"),
  words: z.object({
    kind: words,
    agency: z.string(),
    terms: z.array(z.object({ term: z.string(), words, value: words, before: words.optional() })),
  }),
  differences: z
    .array(z.object({ path: z.string(), before: z.unknown().optional(), after: z.unknown() }))
    .describe("what would change in the record; entries of lists by their id"),
  documents: z.array(
    z.object({
      sha256: z.string(),
      title: z.string().optional(),
      url: z.string().optional(),
      stored: z.boolean().describe("this gateway keeps these bytes"),
    }),
  ),
  second,
  exceptions: z.array(z.string()).describe("what an approver signs for by name"),
  refusal: rule.optional().describe("what the rules would refuse though all signed, as they stand now"),
  moved: z
    .object({
      signed: id,
      present: id,
      since: z.array(z.object({ sequence: z.int(), kind: z.string(), release: z.url() })),
      words,
    })
    .optional()
    .describe("the record has moved on since its maker signed: he signs again"),
  approvers: z.array(incumbent).describe("who could approve it now"),
  approval: z
    .object({
      approval: z.looseObject({ holder: id, capacity: z.int(), exceptions: z.int(), seen: id, expires: time }),
      up: z.int(),
      typedData: z.looseObject({ primaryType: z.literal("Approval") }).describe("as eth_signTypedData_v4 takes it"),
      digest: id.describe("the hash of the typed data: what is signed"),
    })
    .optional()
    .describe("what the asker would sign"),
  why: rule.optional().describe("why the asker could not approve it"),
  talk: z.array(said),
});

const able = z.array(incumbent.extend({ roleName: z.string(), words }));
export const canAnswer = z.object({
  may: z.boolean(),
  because: words,
  rule: z.string().optional().describe("what stands against it"),
  as: z.object({ role: z.string(), agency: id, post: id, up: z.int() }).optional().describe("in which office"),
  who: able.describe("who can"),
  with: z.array(z.object({ words, who: able })).describe("who must sign beside"),
  check: checked.optional().describe("what the rules say, where terms were given"),
});
