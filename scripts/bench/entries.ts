import { idOf, type Terms } from "../../server/domain/entries/entry.ts";
import { ImplementationCode, Kind, Role } from "../../server/domain/entries/kinds.ts";
import type { Hex } from "../../server/domain/entries/words.ts";
import { seedId } from "../../server/sandbox/bootstrap.ts";
import { contractTerms, posted, STEM } from "../../test/gateway/world.ts";

// Individually signed entries with 2 KB bodies: contracts, each a process of its own, and what happens in them.

export type Draft = { kind: number; by: Signer; terms: Terms; name: string; approver?: string };
type Signer = { holder: string; capacity: number };

const officer: Signer = { holder: "H-PRS-PPK-PU", capacity: Role.officer };
const treasurer: Signer = { holder: "H-PRS-BUD", capacity: Role.treasurer };
const yesterday = Math.floor(Date.now() / 1000) - 86_400;
const currency = "IDR";
const issuer = idOf("ID-PRS-TIRTARAYA");

/** @param value below the sandbox's threshold one signature is enough, above it an approver signs too */
export const aContract = (value = 50_000_000_00n, approver?: string): Draft => ({
  kind: Kind.contract,
  by: officer,
  name: "contract",
  terms: { ...contractTerms(value), party: idOf("ID-PRS-S-0002") },
  ...(approver === undefined ? {} : { approver }),
});
export const aStart = (): Draft => ({
  kind: Kind.implementation,
  by: officer,
  name: "spmk",
  terms: { code: ImplementationCode.spmk, on: yesterday },
});
export const aProgress = (): Draft => ({
  kind: Kind.implementation,
  by: officer,
  name: "progress",
  terms: { code: ImplementationCode.progress, currency, amount: 20_000_000_00n, on: yesterday },
});
export const aPayment = (number: string): Draft => ({
  kind: Kind.payment,
  by: treasurer,
  name: number,
  terms: {
    currency,
    amount: 10_000_000_00n,
    documentTotal: 10_000_000_00n,
    issuer,
    documentKey: idOf(number),
    on: yesterday,
  },
});

export const ocidOf = (number: number) => `${STEM}-bench-${number}`;

/** An entry of the process with this number, as it is posted. */
export function signed(separator: Uint8Array, seen: Hex, number: number, draft: Draft = aContract()): string {
  const { kind, by, terms, name, approver } = draft;
  const { payload } = posted(separator, seen, {
    commandId: seedId("bench", number, name),
    by: by.holder,
    capacity: by.capacity,
    kind,
    ocid: ocidOf(number),
    terms,
    body: { contracts: [{ id: "K-1", title: `Paket ${number}`, description: "x".repeat(1_950) }] },
    approvals: approver === undefined ? [] : [{ by: approver }],
  });
  return JSON.stringify({ ...payload, stemLength: kind === Kind.contract ? STEM.length : 0 });
}
