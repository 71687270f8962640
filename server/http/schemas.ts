import { z } from "zod";

// Shapes of requests. Amounts are decimal text of minor units, ids 0x text of 32 bytes, times seconds UTC.

const hex = (bytes: number) =>
  z.string().regex(new RegExp(`^0x[0-9a-f]{${bytes * 2}}$`), `0x and ${bytes * 2} lower-case hexadecimal digits`);
export const id = hex(32);
const bytes = z.string().regex(/^0x([0-9a-f]{2})*$/, "0x and lower-case hexadecimal bytes");
const u8 = z.int().min(0).max(255);
const u32 = z.int().min(0).max(4_294_967_295);
const time = z.int().min(0).max(253_402_300_799);
const amount = z
  .string()
  .regex(/^(0|[1-9][0-9]{0,38})$/, "a whole number of minor units as text")
  .refine((text) => BigInt(text) < 1n << 128n, "below 2^128");
const text = z
  .string()
  .max(200)
  .refine((value) => value.isWellFormed() && Buffer.byteLength(value) <= 200, "at most 200 bytes of UTF-8");

export const terms = z.strictObject({
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

export const entry = z.strictObject({
  commandId: id,
  maker: id,
  capacity: u8,
  ocid: text.min(1),
  contractId: text,
  awardId: text,
  agency: id,
  kind: u8,
  basis: id,
  seen: id,
  digest: id,
  terms,
  refersTo: id,
  expires: time,
});

export const signedApproval = z.strictObject({
  approval: z.strictObject({ holder: id, capacity: u8, exceptions: u32, seen: id, expires: time }),
  up: u8.default(0),
  signature: hex(65),
});

export const postedEntry = z.strictObject({
  entry,
  body: z.record(z.string(), z.unknown()).optional(),
  signature: hex(65),
  approvals: z.array(signedApproval).max(4).default([]),
  up: u8.default(0),
  stemLength: u8.default(0),
  preimage: bytes.max(2 + 2 * 2048).optional(),
});

export const wait = z.object({ wait: z.coerce.number().int().min(0).max(60_000).default(5_000) });
export const page = z.object({
  from: z.coerce.number().int().min(1).default(1),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

export const postedAct = z.strictObject({
  act: z.strictObject({
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
  }),
  signatures: z
    .array(z.strictObject({ holder: id, role: u8, agency: id, signature: hex(65) }))
    .min(1)
    .max(4),
  body: z.string().max(10_000),
});

export const postedCancel = z.strictObject({
  cancel: z.strictObject({ target: id, holder: id, expires: time }),
  signature: hex(65),
});
