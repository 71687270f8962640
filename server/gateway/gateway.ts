import { randomBytes } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { type Access, proveAccess, tellAccess } from "../actions/access-log.ts";
import { approveEntry } from "../actions/approve-entry.ts";
import { cancelSignature } from "../actions/cancel-signature.ts";
import { CertificatesOnDemand, certificateOf, numberedEntries } from "../actions/certify-agency.ts";
import { checkEntry, type UnsignedEntry } from "../actions/check-entry.ts";
import { alarmingGuarantees, calculateForContract, cardOfContract } from "../actions/contract-card.ts";
import { assertPublicAct, readDisclosures, who } from "../actions/disclosures.ts";
import { type DocumentRow, keepDocument, readDocument } from "../actions/documents.ts";
import {
  changeDraft,
  deleteDraft,
  draftId,
  findDraft,
  handDraft,
  listDrafts,
  makeDraft,
  readDraft,
  signDraft,
} from "../actions/drafts.ts";
import { eventPage, followEvents } from "../actions/follow-events.ts";
import {
  forgetKeptKey,
  listKeptKeys,
  makeKeptKey,
  type SignedContent,
  showForKeptKey,
  signWithKeptKey,
} from "../actions/kept-keys.ts";
import { may, type Question } from "../actions/may.ts";
import { OfficeBook } from "../actions/office-book.ts";
import { proveCheckpoint, proveConsistency, proveInclusion } from "../actions/prove.ts";
import {
  holderPage,
  lastChange,
  ocidPage,
  organisationId,
  recordAt,
  recordOf,
  releaseOf,
  releasePage,
} from "../actions/publish.ts";
import { Refusals } from "../actions/refusals.ts";
import { type PostedAct, relayAct } from "../actions/relay-act.ts";
import { review } from "../actions/review.ts";
import { isOperator, type Myself, personOf, useStepUp, whoIs } from "../actions/sessions.ts";
import { standingNow } from "../actions/standing.ts";
import { decideRequest, fileRequest, listRequests } from "../actions/subject-requests.ts";
import { CANCEL } from "../actions/submissions.ts";
import { type PostedEntry, submitEntry } from "../actions/submit-entry.ts";
import { answer, ask, sendBack } from "../actions/talk.ts";
import { type Reminders, tasksOf } from "../actions/tasks.ts";
import { tellAuthority, tellOffice } from "../actions/tell-authority.ts";
import { tellHistory } from "../actions/tell-history.ts";
import { bodyKey, bringBody, listLots, listWaves, tellWave, withBody } from "../actions/tell-waves.ts";
import { type Act, ActCode, actStructHash, nameOfAct } from "../domain/entries/act.ts";
import {
  entryHash,
  idOf,
  MAX_APPROVALS,
  MAX_BODY,
  MAX_TEXT,
  signInHash,
  termsFromText,
} from "../domain/entries/entry.ts";
import { readPosted } from "../domain/entries/signature.ts";
import { type Hex, NO_ID, toHex } from "../domain/entries/words.ts";
import { type Language, ProblemError } from "../domain/problems.ts";
import { brokenGlass, glassInWords } from "../domain/projection/offices.ts";
import { keyPart, ordered } from "../domain/projection/ordered.ts";
import type { ProcessView } from "../domain/projection/process-view.ts";
import {
  type AgencyView,
  type CheckpointRow,
  type EntryRow,
  type HolderView,
  type OfficeView,
  ORIGINS,
  type PublishedRelease,
  type SignedEntryRow,
} from "../domain/projection/project-block.ts";
import type { PasskeyOrigin } from "../domain/projection/register-event.ts";
import { type RuleBook, ruleOn } from "../domain/rules/rule-table.ts";
import { type EventQuery, type StreamLimits, streamLimits } from "../http/events.ts";
import { EXAMPLE, homePage, type ToldStory } from "../http/home.ts";
import type { Gateway } from "../http/routes.ts";
import { Issuers } from "../identity/issuers.ts";
import type { Integrations } from "../integrations/integrations.ts";
import { packCancel, packEntry, unpackEntry } from "../ledger/codec.ts";
import { addressOfKey, newSecret, sign } from "../ledger/signatures.ts";
import { STORY_LINKS } from "../sandbox/stories.ts";
import type { Services } from "../services.ts";
import type { KeptKey } from "../store/kept-keys.ts";
import type { Table } from "../store/store.ts";
import { connectedGateway } from "./connected.ts";
import { exportedFile } from "./exported-file.ts";
import { type Foreign, foreignGateway } from "./foreign.ts";
import { identityOf, lineageIn } from "./people.ts";
import { relaying } from "./relaying.ts";
import { signersOf } from "./signers.ts";
import { storedDocuments } from "./stored-documents.ts";

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
  /** the dated rules; undefined: as the table has them */
  rules?: RuleBook | undefined;
  /** the identity systems of others; undefined: there are none */
  foreign?: Foreign | undefined;
  /** the thread that reads other systems; undefined: there is none, or not yet */
  integrations?: () => Integrations | undefined;
};

/** The gateway that the routes speak to, over the services that were wired. */
export function gatewayOver(
  services: Services,
  options: GatewayOptions,
): Gateway & { keepForeign(signal: AbortSignal): Promise<void> } {
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
      if (row !== undefined) rows.push(await withBody(row, state.get.bind(state)));
    }
    return rows;
  };
  const process = (ocid: string) => projection.get<ProcessView>(`process/${keyPart(ocid)}`);
  /** @throws ProblemError not-in-force where there is a process that does not count */
  const expectNone = async (ocid: string) => {
    const view = await process(ocid);
    if (view?.wave === undefined) return;
    const standing = await standingNow(view, reads.get);
    throw new ProblemError("not-in-force", "", { wave: view.wave, standing });
  };
  const holder = async (id: Hex) => {
    const found = await projection.get<HolderView>(`holder/${id}`);
    if (found === undefined) return undefined;
    return { holder: found, offices: await collect(projection.range<OfficeView>(`office/${id}/`)) };
  };
  const offices = new OfficeBook(projection);
  const reads = {
    get: <T>(key: string) => projection.get<T>(key),
    range: projection.range.bind(projection) as Table["range"],
    keys: projection.keys.bind(projection),
    entriesOf: history,
    get now() {
      return latest();
    },
  };
  const signers = signersOf(services, now);
  const { misjudged, signerOf } = signers;
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
  const { sessions, link, accounts, ...identity } = identityOf(services, {
    origin,
    now,
    holder,
    domain,
    operatorToken: options.operatorToken,
    async signer(signed, signature) {
      const by = await signerOf(signInHash(signed), readPosted(signature, 0), 0);
      return "code" in by ? undefined : by.key;
    },
  });
  const {
    troubles,
    keep: keepForeign,
    ...foreign
  } = foreignGateway({ accounts, sessions, foreign: options.foreign ?? { issuers: Issuers.none, directories: [] } });
  const { vault, alterations, accessLog, keptKeys, names } = services;
  const documents = { ...storedDocuments(services), limit: maxDocument };
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
  const access = {
    from: accessLog.from.bind(accessLog),
    lineage,
    pseudonyms: names.all.bind(names),
    who: names.who.bind(names),
    anchors: services.anchors,
    inclusion: (leaf: Hex) => proveInclusion({ leaf }, undefined, log),
  };
  /** A deed that is about nobody's sealed data. */
  const logged = (deed: Pick<Access, "act" | "outcome"> & Partial<Access>) =>
    accessLog.append({ at: now(), subjects: [], places: [], purpose: "", ...deed });
  const compiled = async (ocid: string) =>
    (await recordOf(ocid, undefined, reads))?.compiledRelease as Record<string, unknown> | undefined;
  const refusals = new Refusals();
  const check = (unsigned: UnsignedEntry) => checkEntry(unsigned, checking);
  const keys = {
    now,
    separator: services.separator,
    actHash: actStructHash,
    holder,
    kept: keptKeys.of.bind(keptKeys),
    async make(key: Omit<KeptKey, "address">) {
      const secret = newSecret();
      const made = { ...key, address: addressOfKey(secret) };
      await keptKeys.keep(made, secret);
      return made;
    },
    link,
    sign: (of: Hex, address: Hex, digest: Uint8Array) =>
      keptKeys.use(of, address, (secret) => toHex(sign(digest, secret))),
    forget: keptKeys.forget.bind(keptKeys),
    submission: (id: Hex) => submissions.get(id),
    custodies: signers.custodies,
    check,
    async nameOf(id: Hex) {
      const known = await projection.get<AgencyView>(`agency/${id}`);
      return typeof known?.details.name === "string" ? `${known.details.name} (${known.details.id})` : id;
    },
    log: disclosures.log,
  };
  // a second factor counts for one signature: no two take it at once
  let signing: Promise<unknown> = Promise.resolve();
  const signWithKey = (token: string, me: Myself, address: Hex, content: SignedContent, language: Language) => {
    const done = signing.then(() =>
      signWithKeptKey(me, address, content, language, { ...keys, useStepUp: () => useStepUp(token, sessions) }),
    );
    signing = done.catch(() => {});
    return done;
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
      const kept = await submissions.kept(id);
      return kept?.submission.kind === CANCEL ? undefined : kept && { ...kept, item: unpackEntry(kept.item) };
    },
    process,
    read: reads.get,
    offices: () => offices.now(),
  };
  const talking = { ...met, state, sendBack: submissions.sendBack.bind(submissions) };
  const drafts = {
    ...met,
    state,
    newId: () => ({ id: draftId(randomBytes(16)), commandId: toHex(new Uint8Array(randomBytes(32))) }),
    look: disclosures.look,
    keepDisclosures: vault.keep.bind(vault),
    inTurn: oneByOne,
    log: disclosures.log,
    signing: new Map<string, Hex>(),
    submit: (posted: PostedEntry, wait: number) => submit(posted, wait, undefined),
  };

  const integrations = options.integrations ?? (() => undefined);
  const { supplierWarnings, hookAlarms, ...connected } = connectedGateway(integrations, {
    ...{ now, holder, log: logged, agencyOf: disclosures.agencyOf, offices: met.offices },
    signerOf: (hash, signature) => signerOf(hash, signature, 0),
    history: async (ocid) => (await history(ocid)) as SignedEntryRow[],
    draft: (id) => findDraft(id, drafts),
    makeDraft: (me, posted, under) => makeDraft(me, posted, { ...drafts, newId: () => under }),
  });

  const checking = {
    ...met,
    byCommand: (maker: Hex, commandId: Hex) => submissions.byCommand(maker, commandId),
    compiled,
    rules: options.rules ?? ruleOn,
    suppliers: supplierWarnings,
  };

  return {
    ...foreign,
    keepForeign,
    ...connected,
    exportTable: (name, filter, form) => ({
      content: exportedFile(name, filter, form, { ...reads, entriesOf: history, breathe: setImmediate }),
      entries: services.register().entries,
    }),
    publicOrigin: () => publicOrigin,
    waves: {
      list: (from, limit) => listWaves(from, limit, reads),
      tell: (number) => tellWave(number, reads),
      lots: (number, from, limit) => listLots(number, from, limit, reads),
      bringBody: (digest, body) => bringBody(digest, body, { get: reads.get, state }),
      body: (digest) => state.get<string>(bodyKey(digest)),
    },
    ledger: async () => ({
      mode: options.mode,
      chainId: deployment.chainId,
      ledger: deployment.addresses.Ledger,
      addresses: deployment.addresses,
      salt: deployment.salt,
      domain,
      seen: services.register().seen,
      seenSize: services.register().seenSize,
      entries: services.register().entries,
      origins: (await collect(projection.range<PasskeyOrigin>(ORIGINS)))
        .filter(({ allowed }) => allowed)
        .map(({ origin: page, rpId }) => ({ origin: page, rpId })),
      operator: services.operator,
      finality: services.chain.finality,
      confirmations: services.chain.confirmations,
      limits: { body: MAX_BODY, text: MAX_TEXT, approvals: MAX_APPROVALS, expiresDays: 31 },
    }),
    register: services.register,
    ready: () => ({
      ready: services.writable(),
      reasons: [...services.faults, ...troubles(), ...(integrations()?.troubles() ?? [])],
    }),
    async alarms() {
      const poison = await Array.fromAsync(projection.range<{ reason: string }>("poison/", { limit: 100 }));
      return [
        ...poison.map(({ key, value }) => ({ kind: "poison" as const, what: key, detail: value.reason })),
        ...alterations.list().map(({ sha256, found }) => ({ kind: "document" as const, what: sha256, detail: found })),
        ...(await brokenGlass(projection, now())).map((office) => ({
          kind: "breakGlass" as const,
          what: office.granted.leaf,
          detail: glassInWords(office).en,
        })),
        ...(await hookAlarms()),
      ];
    },
    signedCheckpoint,
    confirmations: () => services.chain.confirmations,
    submission: (id) => submissions.get(id),
    check,
    contracts: {
      card: (ocid, contractId) => cardOfContract(ocid, contractId, checking),
      certificate: (ocid, contractId, ask) => calculateForContract(ocid, contractId, ask, checking),
      guarantees: ({ agency, ...asked }) =>
        alarmingGuarantees(
          { ...asked, agency: organisationId(agency, idOf) },
          {
            ...checking,
            async *processes(after) {
              const from = after === undefined ? {} : { after: keyPart(after) };
              for await (const { value } of projection.range<ProcessView>("process/", from)) yield value;
            },
          },
        ),
    },
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
        kept: (of) => submissions.kept(of),
        misjudged,
        withApproval: (packed, { signature, ...given }) => {
          const item = unpackEntry(packed);
          const others = item.approvals.filter(({ approval: { holder: by } }) => by !== given.approval.holder);
          const signed = { ...given, signature: readPosted(signature, given.approval.capacity) };
          return packEntry({ ...item, approvals: [...others, signed] });
        },
        ...sending,
      }),
    cancel: (cancel, signature, wait) =>
      cancelSignature(cancel, signature, wait, {
        now,
        pack: (given, signed) => packCancel({ cancel: given, signature: signed }),
        misjudged,
        submission: (id) => submissions.get(id),
        ...sending,
      }),
    async act(posted) {
      // ids that a wave names are no text
      if (posted.act.code !== ActCode.openWave) assertPublicAct(posted.body);
      const relayed = await relayAct(posted as PostedAct, {
        ...relaying(services, now),
        signerOf: signers.signerOfAct,
      });
      // his who signed it: whoever brought it has changed nothing
      const { code, maker: holder, agency } = posted.act as Act;
      await logged({
        ...{ holder, act: "relay-act", outcome: "done", what: nameOfAct(code) },
        ...(agency === NO_ID ? {} : { agency }),
      });
      return relayed;
    },
    async process(ocid) {
      const view = await process(ocid);
      return view && { ...view, standing: await standingNow(view, reads.get) };
    },
    history,
    tellHistory: (ocid, asKnown) => tellHistory(ocid, asKnown, reads),
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
    async entries(from, limit) {
      const rows = await collect(projection.range<EntryRow>("entry/", { after: ordered(from - 1), limit }));
      return Promise.all(rows.map((row) => withBody(row, state.get.bind(state))));
    },
    checkpoints: (after, limit) => collect(projection.range("checkpoint/", { after: ordered(after - 1), limit })),
    agencies: () => collect(projection.range<AgencyView>("agency/")),
    holder,
    authority: ({ agency, holder: whose, ...query }, cursor, limit) =>
      tellAuthority(
        { ...query, agency: organisationId(agency, idOf), holder: organisationId(whose, idOf) },
        cursor,
        limit,
        reads,
      ),
    office: (key) => tellOffice(key, reads),
    holders: (cursor, limit) => holderPage(cursor, limit, reads),
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
      const record = plain ? await recordOf(ocid, linkTo, reads) : await recordAt(ocid, moments, linkTo, reads);
      if (record === undefined) await expectNone(ocid);
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
    ...identity,
    async refused(token, what) {
      const me = await whoIs(token, sessions, "any").catch(() => undefined);
      if (me === undefined || isOperator(me) || !refusals.counts(personOf(me), now())) return;
      await logged({ ...who(me, now()), act: "refused", outcome: "refused", what });
    },
    keptKeys: (me) => listKeptKeys(me, keys),
    makeKey: (me, of) => makeKeptKey(me, of, keys),
    forgetKey: (me, address, anyway) => forgetKeptKey(me, address, anyway, keys),
    showForKey: (me, address, content, language) => showForKeptKey(me, address, content, language, keys),
    signWithKey,
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
    accessLog: (me, from, limit, filter) => tellAccess(me, from, limit, filter, access),
    proveAccess: (me, row) => proveAccess(me, row, access),
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
        waves: (await listWaves(1, 1, reads)).length > 0,
        filling: filling?.(),
        confirmations: services.chain.confirmations,
      });
    },
  };
}

/** The stories of the sandbox that are recorded here. */
async function storiesIn(process: (ocid: string) => Promise<ProcessView | undefined>): Promise<ToldStory[]> {
  const known = await Promise.all(STORY_LINKS.map(async (each) => (await process(each.ocid)) !== undefined));
  return STORY_LINKS.filter((_, index) => known[index]);
}
