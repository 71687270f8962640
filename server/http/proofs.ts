import { z } from "zod";
import type { Certificate, ListedEntry } from "../actions/certify-agency.ts";
import type { AskedLeaf, CheckpointProof, ConsistencyProof, InclusionProof } from "../actions/prove.ts";
import { sequenceIn } from "../actions/publish.ts";
import type { Hex } from "../domain/entries/words.ts";
import { ProblemError, type Words } from "../domain/problems.ts";
import { blockProof, inclusionProof, links, logHead, signedCheckpoint, words } from "./answers.ts";
import type { App } from "./app.ts";
import { writable } from "./register.ts";
import { agencyParam, consistencyQuery, countQuery, id, inclusionQuery, listQuery, sizeParam } from "./schemas.ts";

export type ProofsGateway = {
  ready(): { ready: boolean; reasons: readonly Words[] };
  /** with the operator's signature, where the ledger told a checkpoint of the size */
  proveInclusion(asked: AskedLeaf, size: number | undefined): Promise<InclusionProof>;
  proveConsistency(first: number, second: number | undefined): Promise<ConsistencyProof>;
  proveCheckpoint(
    size: number,
  ): Promise<Omit<CheckpointProof, "checkpoint"> & { checkpoint: z.infer<typeof signedCheckpoint> }>;
  /** @param agency its id in releases or in the register */
  certificate(agency: string, count: number | undefined): Promise<Certificate>;
  certificateNow(agency: string): Promise<Certificate>;
  numberedEntries(
    agency: string,
    count: number | undefined,
    from: number,
    limit: number,
  ): Promise<{ entries: ListedEntry[]; count: number }>;
};

const size = z.int().describe("leaves in the log");
const hashes = z.array(id);

const certificate = z.looseObject({
  agency: id,
  count: z.int().describe("entries that the agency had"),
  head: id.describe("leaf of the last of them; zero where there is none"),
  size: size.describe("leaves in the log then"),
  newer: z.int().describe("entries recorded since"),
  ...blockProof,
  proves: words,
  entries: z.url().describe("the list that this certificate is about"),
});

const proves: Words = {
  en: "By the time of this block the register held exactly entries 1 to `count` of this agency, the last with the leaf `head`: a list numbered so, in which each entry names the leaf before it, lacks nothing. It does not say that everything that happened was recorded, nor more of the block than `finality` says.",
  id: "Sampai waktu blok ini register memuat tepat entri 1 sampai `count` dari instansi ini, yang terakhir dengan daun `head`: daftar bernomor demikian, yang tiap entrinya menyebut daun sebelumnya, tidak kekurangan apa pun. Ini tidak menyatakan bahwa semua yang terjadi telah dicatat, dan tentang blok tidak menyatakan lebih dari `finality`.",
};

/** Which leaf a reader asks for: exactly one way of naming it. */
function askedLeaf(query: z.infer<typeof inclusionQuery>): AskedLeaf {
  const { leaf, index, ocid, sequence, release } = query;
  if (leaf !== undefined) return { leaf: leaf as Hex };
  if (index !== undefined) return { index };
  const number = sequence ?? (release === undefined ? undefined : sequenceIn(ocid!, release));
  if (number === undefined) throw new ProblemError("unknown-leaf");
  return { ocid: ocid!, sequence: number };
}

export async function proofRoutes(
  app: App,
  gateway: ProofsGateway,
  absolute: (request: { protocol: string; host: string }, path: string) => string,
): Promise<void> {
  app.get(
    "/api/v1/proofs/inclusion",
    {
      config: { permission: "register.read" },
      schema: {
        tags: ["Proofs"],
        summary: "That a leaf stands in the log: its audit path",
        description:
          "RFC 6962 section 2.1.1, for any leaf: of an entry, an act of authority, a rule set, a cancel. Name it by `leaf`, or by `index` (from 0), or as an entry by `ocid` and `sequence` (from 1, in its process), or by `ocid` and `release` (the id of its release). `size` is any size of the log up to now; without it, the newest checkpoint. `checkpoint` is there where the ledger told one of that size. How to check: docs/reference/formats.md section 8.",
        querystring: inclusionQuery,
        response: {
          200: inclusionProof.extend({ checkpoint: signedCheckpoint.optional() }),
        },
        problems: ["unknown-leaf", "unknown-checkpoint", "size-beyond-log", "leaf-beyond-size"],
      },
    },
    async (request) => gateway.proveInclusion(askedLeaf(request.query), request.query.size) as never,
  );
  app.get(
    "/api/v1/proofs/consistency",
    {
      config: { permission: "register.read" },
      schema: {
        tags: ["Proofs"],
        summary: "That the log of one size begins with that of another: nothing was rewritten in between",
        description:
          "RFC 6962 section 2.1.2. `second` is any size up to now; without it, the newest checkpoint. Compare `first.root` with the root that you hold.",
        querystring: consistencyQuery,
        response: {
          200: z.looseObject({
            first: logHead,
            second: logHead,
            consistencyPath: hashes,
            checkpoint: signedCheckpoint.optional().describe("of the second"),
          }),
        },
        problems: ["unknown-checkpoint", "size-beyond-log", "sizes-reversed"],
      },
    },
    async (request) => gateway.proveConsistency(request.query.first, request.query.second) as never,
  );
  app.get(
    "/api/v1/proofs/checkpoint/:size",
    {
      config: { permission: "register.read" },
      schema: {
        tags: ["Proofs"],
        summary: "That the ledger told a checkpoint: its event in the block that holds it",
        description:
          "The block's header, the path in its tree of receipts, and who vouches for the block; `finality` says what that is worth. `/api/v1/checkpoints` lists the sizes.",
        params: sizeParam,
        response: { 200: z.looseObject({ checkpoint: signedCheckpoint, ...blockProof }) },
        problems: ["unknown-checkpoint"],
      },
    },
    async (request) => gateway.proveCheckpoint(request.params.size) as never,
  );

  type Request = { protocol: string; host: string };
  const told = (request: Request, agency: string, given: Certificate) => ({
    ...given,
    proves,
    entries: absolute(
      request,
      `/api/v1/certificates/agencies/${encodeURIComponent(agency)}/entries?count=${given.count}`,
    ),
  });
  app.get(
    "/api/v1/certificates/agencies/:agency",
    {
      config: { permission: "register.read" },
      schema: {
        tags: ["Proofs"],
        summary: "How many entries an agency had by a moment, shown by the ledger",
        description:
          "The newest certificate, or the one for `count` entries. The gateway has the ledger tell a new one at least every quarter of an hour where there are new entries; POST asks for one now.",
        params: agencyParam,
        querystring: countQuery,
        response: { 200: certificate },
        problems: ["unknown-agency", "no-certificate"],
      },
    },
    async (request) => {
      const { agency } = request.params;
      return told(request, agency, await gateway.certificate(agency, request.query.count)) as never;
    },
  );
  app.post(
    "/api/v1/certificates/agencies/:agency",
    {
      config: { permission: "register.certify" },
      schema: {
        tags: ["Proofs"],
        summary: "A certificate of now, for anybody",
        description:
          "Has the ledger tell the agency's count and head, and answers with the certificate; one that is less than 10 seconds old is given as it is. At most 30 a minute for all agencies together.",
        params: agencyParam,
        response: { 200: certificate },
        problems: ["unknown-agency", "not-ready"],
      },
    },
    async (request) => {
      writable(gateway);
      const { agency } = request.params;
      return told(request, agency, await gateway.certificateNow(agency)) as never;
    },
  );
  app.get(
    "/api/v1/certificates/agencies/:agency/entries",
    {
      config: { permission: "register.read" },
      schema: {
        tags: ["Proofs"],
        summary: "The entries that a certificate is about, by their consecutive number",
        description:
          "`preimage` are the bytes whose SHA-256 is the leaf (docs/reference/formats.md section 4): they hold the number, the agency and the leaf before. `links.next` leads on to the last entry of the certificate for `count`.",
        params: agencyParam,
        querystring: listQuery,
        response: {
          200: z.looseObject({
            count: z.int(),
            entries: z.array(
              z.looseObject({
                number: z.int().describe("in the agency, from 1"),
                leaf: id,
                preimage: z.string().regex(/^0x[0-9a-f]{2816}$/),
                ocid: z.string(),
                processSequence: z.int(),
                timeMs: z.int(),
              }),
            ),
            links: links.optional(),
          }),
        },
        problems: ["unknown-agency", "no-certificate"],
      },
    },
    async (request, reply) => {
      const { agency } = request.params;
      const { count, from, limit } = request.query;
      const found = await gateway.numberedEntries(agency, count, from, limit);
      const last = found.entries.at(-1)?.number ?? found.count;
      const next = `/api/v1/certificates/agencies/${encodeURIComponent(agency)}/entries?count=${found.count}&from=${last + 1}&limit=${limit}`;
      reply.header("x-total-count", found.count);
      return { ...found, ...(last < found.count ? { links: { next: absolute(request, next) } } : {}) } as never;
    },
  );
}
