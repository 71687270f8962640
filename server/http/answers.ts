import { z } from "zod";
import { id } from "./schemas.ts";

// Shapes of answers. Objects may have more fields than are named here; what is named is always there.

export const words = z.object({ en: z.string(), id: z.string() });
const time = z.int().describe("seconds since 1970, UTC");
const amountText = z
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

export const submission = z.looseObject({
  id: id.describe("hash of the signed entry"),
  maker: id,
  commandId: id,
  ocid: z.string(),
  kind: z.int(),
  state: z.enum(["awaitingApproval", "queued", "included", "final", "refused", "cancelled"]),
  since: time,
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

export const links = z.object({ next: z.url().optional(), prev: z.url().optional() });

const office = z.looseObject({
  holder: id,
  agency: id,
  role: z.int(),
  post: id,
  from: time,
  until: time.describe("0: without end"),
  subtree: z.boolean(),
  leaf: id,
});
const holder = z.looseObject({
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
export const myself = z.object({
  session: z.object({ holder: id, key: address, custody: z.int(), issued: time, expires: time }),
  holder,
  offices: z.array(office.extend({ inForce: z.boolean() })),
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
  by: id,
  at: time,
  url: z.url(),
});
