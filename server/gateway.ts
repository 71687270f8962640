import { randomBytes } from "node:crypto";
import type { Readable } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { tellAccess } from "./actions/access-log.ts";
import { approveEntry } from "./actions/approve-entry.ts";
import { cancelSignature } from "./actions/cancel-signature.ts";
import { CertificatesOnDemand, certificateOf, numberedEntries } from "./actions/certify-agency.ts";
import { checkEntry } from "./actions/check-entry.ts";
import { assertPublicAct, readDisclosures } from "./actions/disclosures.ts";
import { type DocumentRow, keepDocument, readDocument, recheckDocuments } from "./actions/documents.ts";
import { changeDraft, deleteDraft, handDraft, listDrafts, makeDraft, readDraft, signDraft } from "./actions/drafts.ts";
import { eventPage, followEvents } from "./actions/follow-events.ts";
import { may, type Question } from "./actions/may.ts";
import { OfficeBook } from "./actions/office-book.ts";
import { proveCheckpoint, proveConsistency, proveInclusion } from "./actions/prove.ts";
import { lastChange, ocidPage, organisationId, recordAt, recordOf, releaseOf, releasePage } from "./actions/publish.ts";
import { type PostedAct, relayAct } from "./actions/relay-act.ts";
import { review } from "./actions/review.ts";
import { endSessions, sessionId, signIn, signOut, whoIs } from "./actions/sessions.ts";
import { decideRequest, fileRequest, listRequests } from "./actions/subject-requests.ts";
import { type PostedEntry, submitEntry } from "./actions/submit-entry.ts";
import { answer, ask, sendBack } from "./actions/talk.ts";
import { type Reminders, tasksOf } from "./actions/tasks.ts";
import { tellHistory } from "./actions/tell-history.ts";
import type { Act } from "./domain/entries/act.ts";
import {
  entryHash,
  idOf,
  MAX_APPROVALS,
  MAX_BODY,
  MAX_TEXT,
  type SignIn,
  signedDigest,
  signInHash,
  termsFromText,
} from "./domain/entries/entry.ts";
import { fromHex, type Hex, NO_ID, toHex } from "./domain/entries/words.ts";
import type { Refusal } from "./domain/problems.ts";
import { keyPart, ordered } from "./domain/projection/ordered.ts";
import type { ProcessView } from "./domain/projection/process-view.ts";
import type {
  AgencyView,
  CheckpointRow,
  EntryRow,
  HolderView,
  OfficeView,
  PublishedRelease,
} from "./domain/projection/project-block.ts";
import { type EventQuery, type StreamLimits, streamLimits } from "./http/events.ts";
import { EXAMPLE, homePage, type ToldStory } from "./http/home.ts";
import type { Gateway } from "./http/routes.ts";
import { Accounts } from "./identity/accounts.ts";
import { Challenges, newToken } from "./identity/challenges.ts";
import { actDigest, encodeAct, officeKey, subjectOf } from "./ledger/acts.ts";
import { checkpointSteps } from "./ledger/checkpoints.ts";
import { packCancel, packEntry, unpackEntry } from "./ledger/codec.ts";
import { interfaceOf } from "./ledger/deploy.ts";
import { recover } from "./ledger/signatures.ts";
import { STORY_LINKS } from "./sandbox/stories.ts";
import type { Services } from "./services.ts";
import { DocumentTooLarge } from "./store/documents.ts";
import type { Table } from "./store/store.ts";
import { DOCUMENT } from "./store/vault.ts";

export type GatewayOptions = {
  mode: "sandbox" | "production";
  /** the configured public origin; without one, addresses are those that each reader used */
  publicOrigin?: string | undefined;
  /** the origin that people sign in to, where none is configured: the address that the gateway listens on */
  listensOn?: () => string;
  /** how far the sandbox is filled, while it is */
  filling?: () => { done: number; total: number } | undefined;
  /** bytes of the largest document */
  maxDocument?: number;
  streams?: Partial<StreamLimits>;
  /** after how many days what waits is due, and overdue */
  reminders?: Reminders;
  /** who may read the metrics; undefined: everybody */
  metricsToken?: string | undefined;
  /** with which the operator invites the first people; undefined: nobody is the operator */
  operatorToken?: string | undefined;
};

/** Codes of contracts/Codes.sol that the gateway foresees. */
const [BAD_SIGNATURE, UNKNOWN_HOLDER] = [40, 41];

/** The gateway that the routes speak to, over the services that were wired. */
export function gatewayOver(services: Services, options: GatewayOptions): Gateway {
  const { projection, state, submissions, deployment } = services;
  const { reminders = { dueDays: 3, overdueDays: 7 } } = options;
  const { publicOrigin, listensOn = () => "http://127.0.0.1:8080", maxDocument = 33_554_432 } = options;
  const origin = () => publicOrigin ?? listensOn();
  const now = () => Math.floor(Date.now() / 1000);
  // blocks may run a little ahead of the clock
  const latest = () => Math.max(Date.now(), (services.register().checkpoint?.time ?? 0) * 1000 + 999);

  const collect = <T>(rows: AsyncGenerator<{ key: string; value: T }>): Promise<T[]> =>
    Array.fromAsync(rows, ({ value }) => value);
  const signed = ({ size, root, time }: CheckpointRow) => ({
    ...{ size, root, time, operator: services.operator },
    signature: services.signCheckpoint(size, root, time),
  });
  const signedCheckpoint = () => {
    const { checkpoint } = services.register();
    return checkpoint && signed(checkpoint);
  };
  /** The operator's signature on the root that a proof leads to, where the ledger told a checkpoint of that size. */
  const signedAt = async (size: number) => {
    const row = await projection.get<CheckpointRow>(`checkpoint/${ordered(size)}`);
    return row === undefined ? {} : { checkpoint: signed(row) };
  };

  const domain = {
    name: "Prasasti",
    version: "1",
    chainId: deployment.chainId,
    verifyingContract: deployment.addresses.Ledger,
    salt: deployment.salt,
  };
  const history = async (ocid: string) => {
    const rows: EntryRow[] = [];
    for await (const { value } of projection.range<string>(`of/${keyPart(ocid)}/`)) {
      const row = await projection.get<EntryRow>(`entry/${value}`);
      if (row !== undefined) rows.push(row);
    }
    return rows;
  };
  const process = (ocid: string) => projection.get<ProcessView>(`process/${keyPart(ocid)}`);
  const holder = async (id: Hex) => {
    const found = await projection.get<HolderView>(`holder/${id}`);
    if (found === undefined) return undefined;
    return { holder: found, offices: await collect(projection.range<OfficeView>(`office/${id}/`)) };
  };
  const offices = new OfficeBook(projection);
  const acts = actsOf(services, () => Math.floor(latest() / 1000));
  const reads = {
    get: <T>(key: string) => projection.get<T>(key),
    range: projection.range.bind(projection) as Table["range"],
    keys: projection.keys.bind(projection),
  };
  /** Whether it is the signature of one of a holder's keys that count now; else what the ledger would answer. */
  const misjudged = async (hash: Uint8Array, signature: Uint8Array, id: Hex): Promise<Refusal | undefined> => {
    const refusal = await judge(hash, signature, id);
    if (refusal !== undefined) services.metrics.refused(refusal.code);
    return refusal;
  };
  const judge = async (hash: Uint8Array, signature: Uint8Array, id: Hex): Promise<Refusal | undefined> => {
    const known = await projection.get<HolderView>(`holder/${id}`);
    if (known === undefined) return { code: UNKNOWN_HOLDER, a: BigInt(id), b: 0n };
    const key = recover(signedDigest(services.separator, hash), signature);
    const own = known.keys.find(({ address }) => address === key);
    if (own !== undefined && !own.revoked && own.from <= now()) return undefined;
    return { code: BAD_SIGNATURE, a: BigInt(key ?? 0), b: BigInt(id) };
  };
  const log = { get: reads.get, register: services.register };
  const blocks = {
    ...reads,
    ledger: deployment.addresses.Ledger,
    block: services.block,
    vouch: services.vouch,
  };
  const onDemand = new CertificatesOnDemand({ ...blocks, now, checkpoint: services.checkpoint });
  const sending = {
    submit: submissions.submit.bind(submissions),
    release: submissions.release.bind(submissions),
    settled: submissions.settled.bind(submissions),
  };
  const events = { range: reads.range, feed: services.feed };
  const wanted = ({ agency, ...filter }: EventQuery) => ({ ...filter, agency: organisationId(agency, idOf) });
  const challenges = new Challenges();
  const accounts: Accounts = new Accounts({
    now,
    state,
    sealing: services.vault.sealing("accounts"),
    ended: async (account) => void (await endSessions(account, { state })),
  });
  const operatorHash = options.operatorToken && sessionId(options.operatorToken);
  const sessions = {
    now,
    origin,
    state,
    holder,
    account: accounts.get.bind(accounts),
    accountOf: accounts.byHolder.bind(accounts),
    newToken,
    isOperator: (token: string) => sessionId(token) === operatorHash,
    judgeNonce: challenges.judge.bind(challenges),
    useNonce: challenges.use.bind(challenges),
    recover: (signed: SignIn, signature: Hex) =>
      recover(signedDigest(services.separator, signInHash(signed)), fromHex(signature)),
  };
  const { vault, alterations, accessLog } = services;
  const documents = { ...documentsOf(services), limit: maxDocument };
  const lineage = lineageIn(projection);
  const disclosures = {
    now,
    agencyOf: async (ocid: string) => (await process(ocid))?.agency as Hex | undefined,
    lineage,
    releases: (ocid: string) => projection.range<PublishedRelease>(`release/${keyPart(ocid)}/`),
    look: vault.look.bind(vault),
    digests: vault.digests.bind(vault),
    open: vault.open.bind(vault),
    log: accessLog.append.bind(accessLog),
  };
  const subjects = {
    ...disclosures,
    state,
    agencyOfDocument: async (sha256: string) =>
      (await state.get<DocumentRow>(`document/${sha256}`))?.restricted?.agency,
    subject: vault.subject.bind(vault),
    holdings: vault.holdings.bind(vault),
    restrict: vault.restrict.bind(vault),
    destroy: vault.destroy.bind(vault),
  };
  // two decisions of one request, or two requests under one number, must not meet
  let deciding: Promise<unknown> = Promise.resolve();
  const oneByOne = <T>(work: () => Promise<T>): Promise<T> => {
    const done = deciding.then(work);
    deciding = done.catch(() => {});
    return done;
  };

  const submit: Gateway["submit"] = (posted, wait, ifMatch) =>
    submitEntry(posted, wait, ifMatch, {
      now,
      pack: packEntry,
      byCommand: (maker, commandId) => submissions.byCommand(maker, commandId),
      process,
      read: (key) => projection.get(key),
      misjudged,
      look: disclosures.look,
      keepDisclosures: vault.keep.bind(vault),
      ...sending,
    });
  const met = {
    now,
    submission: (id: Hex) => submissions.get(id),
    async unpacked(id: Hex) {
      const packed = await submissions.item(id);
      return packed && unpackEntry(packed);
    },
    process,
    read: reads.get,
    offices: () => offices.now(),
  };
  const checking = {
    ...met,
    byCommand: (maker: Hex, commandId: Hex) => submissions.byCommand(maker, commandId),
  };
  const talking = { ...met, state, sendBack: submissions.sendBack.bind(submissions) };
  const drafts = {
    ...met,
    state,
    newId: newDraftId,
    look: disclosures.look,
    keepDisclosures: vault.keep.bind(vault),
    inTurn: oneByOne,
    signing: new Map<string, Hex>(),
    submit: (posted: PostedEntry, wait: number) => submit(posted, wait, undefined),
  };

  return {
    publicOrigin: () => publicOrigin,
    origin,
    ledger: () => ({
      mode: options.mode,
      chainId: deployment.chainId,
      ledger: deployment.addresses.Ledger,
      addresses: deployment.addresses,
      salt: deployment.salt,
      domain,
      seen: services.register().seen,
      seenSize: services.register().seenSize,
      entries: services.register().entries,
      operator: services.operator,
      finality: services.chain.finality,
      confirmations: services.chain.confirmations,
      limits: { body: MAX_BODY, text: MAX_TEXT, approvals: MAX_APPROVALS, expiresDays: 31 },
    }),
    register: services.register,
    ready: () => ({ ready: services.writable(), reasons: services.faults }),
    async alarms() {
      const poison = await Array.fromAsync(projection.range<{ reason: string }>("poison/", { limit: 100 }));
      return [
        ...poison.map(({ key, value }) => ({ kind: "poison" as const, what: key, detail: value.reason })),
        ...alterations.list().map(({ sha256, found }) => ({ kind: "document" as const, what: sha256, detail: found })),
      ];
    },
    signedCheckpoint,
    confirmations: () => services.chain.confirmations,
    submission: (id) => submissions.get(id),
    check: (unsigned) => checkEntry(unsigned, checking),
    may: (me, question) => {
      const of = (id: string | undefined) => organisationId(id, idOf);
      const { agency, entity, ...rest } = question as { agency?: string; entity?: string } & Question;
      return may(me, { ...rest, agency: of(agency), entity: of(entity) } as Question, checking);
    },
    tasks: (me, limit) =>
      tasksOf(me, limit, { ...met, state, awaiting: () => submissions.awaiting(), drafts, reminders }),
    review: (me, id) =>
      review(me, id, {
        ...met,
        state,
        domain,
        separator: services.separator,
        seen: () => services.register().seen,
        record: (ocid) => recordOf(ocid, undefined, reads),
      }),
    sendBack: (me, id, reason) => sendBack(me, id, reason, talking),
    ask: (me, id, text) => ask(me, id, text, talking),
    answer: (me, id, text) => answer(me, id, text, talking),
    drafts: {
      make: (me, posted) => makeDraft(me, posted, drafts),
      list: (me, limit) => listDrafts(me, limit, drafts),
      read: (me, id) => readDraft(me, id, drafts),
      change: (me, id, version, posted) => changeDraft(me, id, version, posted, drafts),
      hand: (me, id, version, to) => handDraft(me, id, version, to, drafts),
      remove: (me, id, version) => deleteDraft(me, id, version, drafts),
      sign: (me, id, signed, wait) => {
        const hash = toHex(entryHash({ ...signed.entry, terms: termsFromText(signed.entry.terms) }));
        return signDraft(me, id, { ...signed, hash }, wait, drafts);
      },
    },
    submit,
    approve: (id, approval, wait) =>
      approveEntry(id, approval, wait, {
        ...met,
        item: (of) => submissions.item(of),
        misjudged,
        withApproval: (packed, { signature, ...given }) => {
          const item = unpackEntry(packed);
          const others = item.approvals.filter(({ approval: { holder: by } }) => by !== given.approval.holder);
          return packEntry({ ...item, approvals: [...others, { ...given, signature: fromHex(signature) }] });
        },
        ...sending,
      }),
    cancel: (cancel, signature, wait) =>
      cancelSignature(cancel, signature, wait, {
        now,
        misjudged,
        pack: (given, signed) => packCancel({ cancel: given, signature: fromHex(signed) }),
        submission: (id) => submissions.get(id),
        ...sending,
      }),
    act: (posted) => {
      assertPublicAct(posted.body);
      return relayAct(posted as PostedAct, acts);
    },
    process,
    history,
    tellHistory: (ocid, asKnown) => tellHistory(ocid, asKnown, { ...reads, entriesOf: history, now: latest() }),
    now: latest,
    seconds: now,
    events: {
      newest: () => services.feed.newest,
      page: (after, limit, filter) => eventPage(after, limit, wanted(filter), events),
      open: () => services.feed.open(),
      follow: (after, filter, heartbeat, reader) => followEvents(after, wanted(filter), heartbeat, reader, events),
      opened: (count) => services.metrics.streams(count),
      limits: { ...streamLimits, ...options.streams },
    },
    metrics: () => services.metrics.text(),
    metricsToken: options.metricsToken,
    entries: (from, limit) => collect(projection.range<EntryRow>("entry/", { after: ordered(from - 1), limit })),
    checkpoints: (after, limit) => collect(projection.range("checkpoint/", { after: ordered(after - 1), limit })),
    agencies: () => collect(projection.range<AgencyView>("agency/")),
    holder,
    lastAct: async (subject) => (await projection.get<Hex>(`last/${subject}`)) ?? NO_ID,
    releases: ({ agency, supplier, ...filter }, cursor, limit) =>
      releasePage(
        { ...filter, agency: organisationId(agency, idOf), supplier: organisationId(supplier, idOf) },
        cursor,
        limit,
        reads,
      ),
    ocids: (cursor, limit) => ocidPage(cursor, limit, reads),
    release: (ocid, id) => releaseOf(ocid, id, reads),
    async record(ocid, moments = {}, linkTo) {
      const plain = moments.asOf === undefined && moments.asKnown === undefined;
      const record = plain
        ? await recordOf(ocid, linkTo, reads)
        : await recordAt(ocid, moments, linkTo, { ...reads, entriesOf: history, now: latest() });
      const altered = record === undefined ? [] : alterations.in(record);
      // beside what the standard has: the record is as it was recorded, a file that it names is not
      return altered.length === 0
        ? record
        : { ...record, alarms: altered.map((each) => ({ kind: "document", ...each })) };
    },
    lastChange: (releases) => lastChange(releases, services.register().checkpoint?.time ?? 0),
    publisher: () => ({
      name: options.mode === "sandbox" ? "Prasasti sandbox: nothing here is real" : "Prasasti",
    }),
    challenge: () => ({ ...challenges.issue(now()), origin: origin(), domain }),
    signIn: (signed, signature) => signIn(signed, signature, sessions),
    whoIs: (token, scope) => whoIs(token, sessions, scope),
    signOut: (token) => signOut(token, sessions),
    maxDocument,
    keepDocument: (bytes, declared, by, restricted) =>
      keepDocument(
        bytes,
        declared,
        by,
        restricted && { agency: organisationId(restricted.agency, idOf)!, subject: restricted.subject },
        documents,
      ),
    readDocument: (hash, token, purpose) =>
      readDocument(hash, () => whoIs(token, sessions, "sealed.read"), purpose, documents),
    readDisclosures: (me, ocid, asked) => readDisclosures(me, ocid, asked, disclosures),
    accessLog: (me, from, limit) => tellAccess(me, from, limit, { from: accessLog.from.bind(accessLog), lineage }),
    fileRequest: (me, request) => oneByOne(() => fileRequest(me, request, subjects)),
    decideRequest: (me, id, decision) => oneByOne(() => decideRequest(me, id, decision, subjects)),
    listRequests: (me) => listRequests(me, state),
    proveInclusion: async (asked, size) => {
      const proof = await proveInclusion(asked, size, log);
      return { ...proof, ...(await signedAt(proof.size)) };
    },
    proveConsistency: async (first, second) => {
      const proof = await proveConsistency(first, second, log);
      return { ...proof, ...(await signedAt(proof.second.size)) };
    },
    async proveCheckpoint(size) {
      const { checkpoint, ...proof } = await proveCheckpoint(size, blocks);
      return { checkpoint: signed(checkpoint), ...proof };
    },
    certificate: (agency, count) => certificateOf(organisationId(agency, idOf)!, count, blocks),
    certificateNow: (agency) => onDemand.ask(organisationId(agency, idOf)!),
    numberedEntries: (agency, count, from, limit) =>
      numberedEntries(organisationId(agency, idOf)!, count, from, limit, blocks),
    async home(language, address) {
      const known = (await process(EXAMPLE)) !== undefined;
      const example = known ? EXAMPLE : (await ocidPage(undefined, 1, reads)).items[0];
      const { mode, filling } = options;
      return homePage({
        language,
        mode,
        register: services.register(),
        origin: address,
        example,
        stories: mode === "sandbox" ? await storiesIn(process) : [],
        filling: filling?.(),
        confirmations: services.chain.confirmations,
      });
    },
  };
}

/** An agency and those above it, as the projection knows them. */
function lineageIn(projection: Table): (agency: Hex) => Promise<AgencyView[]> {
  return async (agency) => {
    const found: AgencyView[] = [];
    for (let id: Hex | undefined = agency; id !== undefined && found.length <= 8; id = found.at(-1)?.parent) {
      const view: AgencyView | undefined = await projection.get<AgencyView>(`agency/${id}`);
      if (view === undefined) break;
      found.push(view);
    }
    return found;
  };
}

/** What the use cases of documents need, over the store and the vault. */
function documentsOf({ documents, vault, state, alterations, accessLog, projection }: Services) {
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

/** Seconds that a signature can be on its way, and a day: what a submission brought and no entry holds then goes. */
const UNCONFIRMED_SECONDS = 32 * 86_400;

/**
 * What goes on beside the requests, until `signal`: every document is hashed again once in so many hours, slowly, and
 * what was brought to the vault for entries that never came is dropped.
 */
export async function keepWatch(
  services: Services,
  { hours, bytesPerSecond }: { hours: number; bytesPerSecond: number },
  signal: AbortSignal,
): Promise<void> {
  const needs = documentsOf(services);
  const rest = async (milliseconds: number) => {
    await pause(milliseconds, undefined, { signal, ref: false }).catch(() => {});
  };
  const pace = (bytes: number) => rest((bytes / bytesPerSecond) * 1000);
  while (!signal.aborted) {
    const begun = performance.now();
    try {
      await services.vault.sweep(needs.now() - UNCONFIRMED_SECONDS, (ocid, digest) =>
        isRecorded(services, ocid, digest),
      );
      if (hours > 0) await recheckDocuments({ ...needs, examine: (document) => needs.examine(document, pace), signal });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      services.report({
        en: `documents could not be looked at again: ${reason}`,
        id: `dokumen tidak dapat diperiksa ulang: ${reason}`,
      });
      return;
    }
    // a timer holds at most 24 days
    const period = Math.min(hours || 24, 500) * 3_600_000;
    await rest(Math.max(1_000, period - (performance.now() - begun)));
  }
}

async function isRecorded({ projection }: Services, ocid: string, digest: Hex): Promise<boolean> {
  for await (const { value } of projection.range<PublishedRelease>(`release/${keyPart(ocid)}/`))
    if (JSON.stringify(value.release).includes(digest.slice(2))) return true;
  return false;
}

/** The stories of the sandbox that are recorded here. */
async function storiesIn(process: (ocid: string) => Promise<ProcessView | undefined>): Promise<ToldStory[]> {
  const known = await Promise.all(STORY_LINKS.map(async (each) => (await process(each.ocid)) !== undefined));
  return STORY_LINKS.filter((_, index) => known[index]);
}

/** The name of a draft, and the command under which it will be signed. */
function newDraftId(): { id: string; commandId: Hex } {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const id = Array.from(randomBytes(16), (byte) => letters[byte % 32]).join("");
  return { id: `D-${id}`, commandId: toHex(new Uint8Array(randomBytes(32))) };
}

/** What relaying an act needs: the projection first, then the chain's own answer before anything is sent. */
function actsOf(services: Services, now: () => number) {
  const { deployment, separator, projection, chain } = services;
  const encoded = ({ act, signatures, body }: PostedAct) =>
    encodeAct(
      act,
      signatures.map((each) => ({ ...each, signature: fromHex(each.signature) })),
      body,
    );
  return {
    now,
    read: <T>(key: string) => projection.get<T>(key),
    subjectOf,
    officeKey,
    recover: (act: Act, signature: Hex) => recover(actDigest(separator, act), fromHex(signature)),
    async wouldRefuse(posted: PostedAct): Promise<string | undefined> {
      try {
        await chain.call(deployment.addresses.Authority, fromHex(encoded(posted)));
        return undefined;
      } catch (error) {
        const { data: revert } = error as { data?: unknown };
        if (typeof revert !== "string") throw error;
        const parsed = interfaceOf("Authority").parseError(revert);
        return parsed === null ? "" : `${parsed.name}(${parsed.args.map(String).join(", ")})`;
      }
    },
    async relay(posted: PostedAct) {
      // with a checkpoint in the same block, so that the act can be proven at once
      const step = { to: deployment.addresses.Authority, data: encoded(posted) };
      const [told] = await services.relay([step, ...checkpointSteps(deployment.addresses.Ledger, [])]);
      // who has the answer finds the act when he asks, and the checkpoint that came with it
      await services.projected();
      return told!;
    },
  };
}
