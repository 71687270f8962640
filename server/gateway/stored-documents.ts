import type { Readable } from "node:stream";
import type { DocumentRow } from "../actions/documents.ts";
import type { Services } from "../services.ts";
import { DocumentTooLarge } from "../store/documents.ts";
import { DOCUMENT } from "../store/vault.ts";
import { lineageIn } from "./people.ts";

/** What the use cases of documents need, over the store and the vault. */
export function storedDocuments({ documents, vault, state, alterations, accessLog, projection }: Services) {
  const unwrapOf = ({ sha256, restricted }: DocumentRow) =>
    restricted && ((wrapped: string) => vault.unwrapDocumentKey(restricted.subject, sha256, wrapped));
  return {
    now: () => Math.floor(Date.now() / 1000),
    state,
    alterations,
    keep: (
      bytes: Readable,
      limit: number,
      encrypted: boolean,
      admit: (hash: string, key: Uint8Array) => Promise<string | undefined>,
    ) =>
      documents.keep(bytes, limit, encrypted, admit).catch((error: unknown) => {
        if (error instanceof DocumentTooLarge) return undefined;
        throw error;
      }),
    examine: (document: DocumentRow, pace?: (bytes: number) => Promise<void>) =>
      documents.examine(document.sha256, unwrapOf(document), pace),
    read: (document: DocumentRow) => documents.read(document.sha256, unwrapOf(document)),
    wrapKey: vault.wrapDocumentKey.bind(vault),
    look: async (sha256: string) => (await vault.look(DOCUMENT, `0x${sha256}`))?.state,
    lineage: lineageIn(projection),
    log: accessLog.append.bind(accessLog),
  };
}
