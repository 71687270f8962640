// The register as a signer needs it: its state, who may sign in which office, and checkpoints that are remembered.

import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { sha256 } from "#hash";
import type { Checked } from "../actions/check-entry.ts";
import { type Submission, stateWords } from "../actions/submissions.ts";
import type { Draft } from "../domain/entries/draft.ts";
import { preimageOf, stemOf } from "../domain/entries/draft.ts";
import {
  type Approval,
  approvalHash,
  bundleHash,
  type Domain,
  domainSeparator,
  type Entry,
  entryHash,
  signedDigest,
  signInHash,
  type TermsText,
  termsFromText,
  termsToText,
} from "../domain/entries/entry.ts";
import {
  Exception,
  type ExceptionName,
  KIND_RULES,
  Kind,
  type KindName,
  kindName,
  ReturnCode,
  Role,
} from "../domain/entries/kinds.ts";
import type { Published } from "../domain/entries/plan.ts";
import { bundleOver, MAX_BUNDLE, type PostedSignature } from "../domain/entries/signature.ts";
import type { Organisation } from "../domain/entries/split.ts";
import { type Hex, NO_ID, toHex, utf8 } from "../domain/entries/words.ts";
import { canonicalJson, optional } from "../domain/json.ts";
import { codeOfException } from "../domain/lifecycle/rules.ts";
import type { Json } from "../domain/ocds/check-fields.ts";
import { explainRefusal, type Words } from "../domain/problems.ts";
import { inForce } from "../domain/projection/offices.ts";
import { awardIn, basisOf, contractIn, type ProcessView } from "../domain/projection/process-view.ts";
import type { AgencyView, OfficeView, SignedEntryRow } from "../domain/projection/project-block.ts";
import type { Finding } from "../domain/rules/finding.ts";
import type { Disclosure, Path } from "../domain/sealing/seal.ts";
import type { SubjectDisclosure } from "../domain/sealing/seal-fields.ts";
import { sign } from "../ledger/signatures.ts";
import { type Client, Refusal } from "./client.ts";
import type { SigningKey } from "./key-file.ts";
import { home, type SignedCheckpoint, seenOf } from "./seen.ts";
import { Exit, Usage } from "./terminal.ts";

/** A submission as the gateway tells it. */
export type Told = Submission & {
  waitsFor: Words;
  next: Words;
  checkpoint?: SignedCheckpoint;
  /** refused before the key signed: there is no submission */
  unsigned?: true;
};

/** `reference` tells apart two drafts that say the same; `wait` in milliseconds. */
export type SubmitOptions = {
  reference: string;
  /** sign anew what waits in vain or was sent back; else its first answer is told */
  again?: boolean | undefined;
  exceptions?: number;
  wait?: number;
  disclosures?: readonly SubjectDisclosure[] | undefined;
  /** told before anybody signs: what the dated rules say of the entry */
  onFindings?: ((findings: readonly Finding[]) => void) | undefined;
};

/** What a key signs, as a struct hash, and in which capacity. */
export type ToSign = { hash: Uint8Array; key: SigningKey; capacity: number };

/** An entry that the rules would take, before anybody signed it. */
export type Prepared = {
  entry: Entry;
  maker: ToSign;
  approvals: { approval: Approval; up: number; by: ToSign }[];
  /** all of it that is posted but the signatures */
  posted: object;
};

type Agency = Omit<AgencyView, "details"> & { details: { id?: string; name?: string } };

/** Days that a signature is good for; the ledger takes up to 31. */
const GOOD_FOR = 14 * 86_400;

/** One register, opened: signs drafts and sends them. */
export class Register {
  readonly client: Client;
  readonly separator: Uint8Array;
  readonly salt: Hex;
  readonly mode: string;
  #seen: Promise<Hex> | undefined;
  readonly #agencies: ReadonlyMap<Hex, Agency>;
  readonly #tokens = new Map<Hex, Promise<string>>();
  readonly #opened = new Map<string, Opened>();
  readonly #offices = new Map<Hex, Promise<OfficeView[]>>();

  private constructor(client: Client, ledger: { domain: Domain; mode: string }, agencies: readonly Agency[]) {
    this.client = client;
    this.separator = domainSeparator(ledger.domain);
    this.salt = ledger.domain.salt;
    this.mode = ledger.mode;
    this.#agencies = new Map(agencies.map((agency) => [agency.id, agency]));
  }

  static async open(client: Client): Promise<Register> {
    const [ledger, { agencies }] = await Promise.all([
      client.get<{ domain: Domain; mode: string }>("/api/v1/ledger"),
      client.get<{ agencies: Agency[] }>("/api/v1/authority/agencies"),
    ]);
    return new Register(client, ledger, agencies);
  }

  /**
   * The checkpoint to sign as seen, proven to go on from what this machine saw last.
   * @throws Usage where the gateway cannot prove it; Refusal, Unavailable
   */
  async seen(): Promise<Hex> {
    this.#seen ??= seenOf(this);
    const seen = await this.#seen;
    // only before the first checkpoint is there none to have seen
    if (seen === NO_ID) this.#seen = undefined;
    return seen;
  }

  /** The public name of an agency or supplier, else its id shortened. */
  nameOf(id: Hex): string {
    return this.#agencies.get(id)?.details.name ?? `${id.slice(0, 10)}…`;
  }

  /** A registered agency or supplier. */
  organisation(id: Hex): Organisation | undefined {
    const found = this.#agencies.get(id);
    if (found === undefined) return undefined;
    return { id: found.details.id ?? id, name: found.details.name ?? id, kind: found.kind };
  }

  /** What is published of a process, for planning what its next releases add. */
  async published(ocid: string): Promise<Published> {
    const [view, packed] = await Promise.all([
      this.process(ocid),
      this.client.find<{ records: { releases: Record<string, unknown>[] }[] }>(
        `/api/v1/records/${encodeURIComponent(ocid)}`,
      ),
    ]);
    const releases = packed?.records[0]?.releases;
    return view === undefined || releases === undefined ? undefined : { view, releases };
  }

  /** Whether somebody has an office that the council gives for the whole register, now. */
  async holds(key: SigningKey, role: number): Promise<boolean> {
    const now = Math.floor(Date.now() / 1000);
    return (await this.#officesOf(key.holderId)).some((office) => office.role === role && inForce(office, now));
  }

  /** Where somebody is head of an agency, or of one above that covers it. */
  async headOf(key: SigningKey, agency: Hex): Promise<Hex | undefined> {
    const up = await this.#placeOf(Role.head, key, { agency, payer: agency });
    let place: Hex | undefined = up === undefined ? undefined : agency;
    for (let level = 0; level < (up ?? 0) && place !== undefined; level++) place = this.#agencies.get(place)?.parent;
    return place;
  }

  /** Whether somebody holds an office in which entries of this kind are made at an agency; a correction's is told later. */
  async maySign(kind: KindName, agency: Hex, key: SigningKey): Promise<boolean> {
    const roles = KIND_RULES[kind].roles.length === 0 ? [Role.officer, Role.procurement] : KIND_RULES[kind].roles;
    const offices = await this.#officesOf(key.holderId);
    const now = Math.floor(Date.now() / 1000);
    for (
      let place: Hex | undefined = agency, up = 0;
      place !== undefined;
      place = this.#agencies.get(place)?.parent, up++
    ) {
      const at = place;
      const held = offices.some(
        (office) =>
          roles.includes(office.role as Role) &&
          office.agency === at &&
          (up === 0 || office.subtree) &&
          inForce(office, now),
      );
      if (held) return true;
    }
    return false;
  }

  /** The post that one of these people has as officer of an agency, or of one above it. */
  async postOf(people: readonly SigningKey[], agency: Hex): Promise<Hex | undefined> {
    const offices = (await Promise.all(people.map(({ holderId }) => this.#officesOf(holderId)))).flat();
    for (let place: Hex | undefined = agency; place !== undefined; place = this.#agencies.get(place)?.parent) {
      const held = offices.find((office) => office.role === Role.officer && office.agency === place);
      if (held !== undefined && held.post !== NO_ID) return held.post;
    }
    return undefined;
  }

  process(ocid: string): Promise<ProcessView | undefined> {
    return this.client.find(`/api/v1/processes/${encodeURIComponent(ocid)}`);
  }

  async history(ocid: string): Promise<SignedEntryRow[]> {
    const path = `/api/v1/processes/${encodeURIComponent(ocid)}/history`;
    return (await this.client.find<{ history: SignedEntryRow[] }>(path))?.history ?? [];
  }

  /**
   * Signs a draft and sends it; a draft that was sent before gives its first answer.
   * @throws Refusal, Unavailable, Usage
   */
  async submit(
    given: Draft,
    makers: readonly [SigningKey, ...SigningKey[]],
    approvers: readonly SigningKey[],
    options: SubmitOptions,
  ): Promise<Told> {
    const prepared = await this.prepare(given, makers, approvers, options);
    return "posted" in prepared ? this.send(prepared, (each) => this.#sign(each), options.wait) : prepared;
  }

  #sign({ hash, key }: ToSign): Hex {
    return toHex(sign(signedDigest(this.separator, hash), key.secret));
  }

  /**
   * Signs all that these will be sent with in as few bundles as their signers and capacities allow: 256 in each at most.
   * What it answers gives each its signature; `bundles` tells how often a key signed.
   */
  async signTogether(
    prepared: readonly Prepared[],
  ): Promise<{ bundles: number; signatureOf: (each: ToSign) => PostedSignature }> {
    const made = new Map<string, PostedSignature>();
    const place = ({ hash, key, capacity }: ToSign) => `${toHex(hash)}/${key.holderId}/${capacity}`;
    const all = prepared.flatMap(({ maker, approvals }) => [maker, ...approvals.map(({ by }) => by)]);
    let bundles = 0;
    for (const group of Map.groupBy(all, ({ key, capacity }) => `${key.holderId}/${capacity}`).values())
      for (let from = 0; from < group.length; from += MAX_BUNDLE) {
        const some = group.slice(from, from + MAX_BUNDLE);
        const { key, capacity } = some[0]!;
        const { root, count, proofs } = await bundleOver(some.map(({ hash }) => hash));
        const bundle = { root, count, capacity, expires: Math.floor(Date.now() / 1000) + GOOD_FOR };
        const signature = this.#sign({ hash: bundleHash(bundle), key, capacity });
        for (const [index, each] of some.entries())
          made.set(place(each), { type: "bundle", ...bundle, index, proof: proofs[index]!, signature });
        bundles++;
      }
    return { bundles, signatureOf: (each) => made.get(place(each))! };
  }

  /** Sends what was prepared, with the signatures that it is given. @throws Refusal, Unavailable */
  async send(
    { entry, maker, approvals, posted }: Prepared,
    signatureOf: (each: ToSign) => PostedSignature,
    wait = 20_000,
  ): Promise<Told> {
    const signed = {
      ...posted,
      signature: signatureOf(maker),
      approvals: approvals.map(({ by, ...approval }) => ({ ...approval, signature: signatureOf(by) })),
    };
    const told = await this.#post(signed, entry.commandId, wait);
    if (told.state !== "awaitingApproval") await forgetEntry(entry.commandId);
    else if (told.id === toHex(maker.hash)) await keepEntry(entry);
    return told;
  }

  /**
   * Makes the entry of a draft and asks the rules: what is to be signed, or the refusal that it would meet. `reference`
   * tells apart two drafts that say the same.
   * @throws Refusal, Unavailable, Usage
   */
  async prepare(
    given: Draft,
    makers: readonly [SigningKey, ...SigningKey[]],
    approvers: readonly SigningKey[],
    options: SubmitOptions,
  ): Promise<Prepared | Told> {
    const view = await this.process(given.ocid);
    const named =
      given.names === undefined
        ? undefined
        : (await this.history(given.ocid)).find(({ assigned }) => assigned.processSequence === given.names);
    if (named === undefined && given.names !== undefined) throw unknownEntry(given);
    const draft = named === undefined ? given : besides(given, named);
    const agency = draft.agency ?? (view?.agency as Hex | undefined);
    if (agency === undefined) {
      throw new Usage(
        {
          en: `${draft.ocid} is new: say its "agency".`,
          id: `${draft.ocid} masih baru: sebutkan "agency" (instansinya).`,
        },
        Exit.yours,
      );
    }
    const seen = await this.seen();
    if (view === undefined && this.organisation(agency)?.kind !== "agency") throw unknownAgency(draft);
    // of what was corrected before, the kind of the entry that began it
    const undoes = draft.kind === "correction" || draft.kind === "withdrawal";
    const subject = (undoes && named && view?.entries[named.leaf]?.kind) || Kind[draft.kind];
    const now = Math.floor(Date.now() / 1000);
    const { body } = draft;
    const bytes = body === undefined ? new Uint8Array() : utf8(canonicalJson(body));
    const contract = contractIn(view, draft.contractId);
    if (contract === undefined && needsContract(subject)) throw unknownContract(draft);
    const { terms } = draft;
    const at: Places = {
      agency,
      payer: terms.issuer ?? contract?.payer ?? agency,
      ...optional("party", terms.party ?? contract?.party ?? awardIn(view, draft.awardId)?.party),
      ...optional("post", terms.officer ?? contract?.post),
    };
    // a note is taken back in the capacity in which it was made
    const asBefore = draft.kind === "withdrawal" && subject === Kind.note ? named?.capacity : undefined;
    const roles = asBefore === undefined ? KIND_RULES[kindName(subject)!].roles : [asBefore as Role];
    const { maker, capacity, up } = await this.#makerOf(roles, makers, at);
    const basis = basisOf({ ...draft, kind: Kind[draft.kind], refersTo: named?.leaf ?? NO_ID }, view);
    const commandId = commandIdOf(maker.holderId, draft, options.reference);
    let entry: Entry = {
      commandId,
      maker: maker.holderId,
      capacity,
      ocid: draft.ocid,
      contractId: draft.contractId,
      awardId: draft.awardId,
      agency,
      kind: Kind[draft.kind],
      basis,
      seen,
      digest: toHex(sha256(bytes)),
      terms: draft.terms,
      // the supplier signs the terms as they stand
      refersTo: named?.leaf ?? (draft.kind === "countersignature" ? basis : NO_ID),
      expires: now + GOOD_FOR,
    };
    let replaces: Hex | undefined;
    const foreseen = await this.#foresee(
      entry,
      { ...optional("preimage", preimageOf(draft, named)), ...besideRules(draft) },
      approvers.length > 0,
      options,
    );
    if (foreseen !== undefined && "earlier" in foreseen) {
      const { earlier } = foreseen;
      const first = await this.client.get<Told>(`/api/v1/submissions/${earlier}`);
      const kept = await keptEntry(commandId);
      const ended = first.sentBack !== undefined || first.state === "expired";
      const moved = first.state === "awaitingApproval" && kept?.basis !== basis;
      if (options.again && (ended || moved)) replaces = earlier;
      // what a person sent back does not go out again because a command was repeated
      else if (ended) return first;
      // an approver signs the very entry that waits for him, so it is sent again as it was, not made anew
      else entry = kept ?? entry;
    } else if (foreseen !== undefined)
      return { ...foreseen, id: toHex(entryHash(entry)), maker: entry.maker, commandId, ocid: entry.ocid };
    const hash = entryHash(entry);
    const approvals = await Promise.all(
      approvers.map(async (key) => {
        const place = await this.#approverOf(key, at);
        const approval = {
          holder: key.holderId,
          capacity: place.capacity,
          exceptions: options.exceptions ?? 0,
          seen,
          expires: entry.expires,
        };
        const by = { hash: approvalHash(hash, approval), key, capacity: place.capacity };
        return { approval, up: place.up, by };
      }),
    );
    const posted = {
      entry: { ...entry, terms: termsToText(entry.terms) },
      ...(body === undefined ? {} : { body }),
      up,
      stemLength: view === undefined ? this.#stemLength(draft, agency) : 0,
      ...optional("preimage", preimageOf(draft, named)),
      disclosures: options.disclosures ?? [],
      ...(replaces === undefined ? {} : { replaces }),
    };
    return { entry, maker: { hash, key: maker, capacity }, approvals, posted };
  }

  /**
   * What the rules say before the key signs: undefined where the entry may go out, else its refusal. A command that was
   * sent before is not judged once more: its submission is named.
   * @throws Usage where an approver must sign an exception and none was named
   */
  async #foresee(
    entry: Entry,
    beside: { preimage?: Hex; body?: Json },
    approved: boolean,
    { exceptions: signed = 0, onFindings }: SubmitOptions,
  ): Promise<
    | Pick<Told, "kind" | "state" | "since" | "timeline" | "refusal" | "waitsFor" | "next" | "unsigned">
    | { earlier: Hex }
    | undefined
  > {
    const { maker, commandId, capacity, ocid, contractId, awardId, agency, kind, basis, refersTo } = entry;
    const asked = { maker, commandId, capacity, ocid, contractId, awardId, agency, kind, basis, refersTo };
    const question = { entry: { ...asked, terms: termsToText(entry.terms) }, ...beside };
    const checked = await this.client.post<Checked>("/api/v1/checks", question);
    const { refusal, exceptions, earlier, findings } = checked;
    if (earlier !== undefined) return { earlier };
    if (refusal !== undefined) {
      const since = Math.floor(Date.now() / 1000);
      const { waitsFor, next } = stateWords.refused;
      return { kind, state: "refused", since, timeline: [], refusal, waitsFor, next, unsigned: true };
    }
    const missing = exceptions.filter((name) => !approved || (signed & Exception[name]) === 0);
    if (missing.length > 0) throw needsException(entry, missing);
    onFindings?.(findings);
    const stopping = findings.filter(
      ({ level, exception }) =>
        level === "refuse" && (exception === undefined || !approved || (signed & Exception[exception]) === 0),
    );
    if (stopping.length > 0) throw stoppedByRule(entry, stopping);
    return undefined;
  }

  /**
   * What the dated rules say of a draft as its process stands now; nothing where it cannot be asked yet, such as of a
   * contract whose award is not recorded.
   */
  async findings(draft: Draft): Promise<readonly Finding[]> {
    const agency = draft.agency ?? ((await this.process(draft.ocid))?.agency as Hex | undefined);
    if (agency === undefined || draft.names !== undefined) return [];
    const { ocid, contractId, awardId, terms } = draft;
    const capacity = KIND_RULES[draft.kind].roles[0] ?? Role.officer;
    const entry = { kind: Kind[draft.kind], capacity, ocid, contractId, awardId, agency, refersTo: NO_ID };
    const question = { entry: { ...entry, terms: termsToText(terms) }, ...besideRules(draft) };
    return (await this.client.post<Checked>("/api/v1/checks", question)).findings;
  }

  /**
   * What opens the sealed values of a process that were brought before, as far as one of these people may read them: the
   * same value keeps its salt, so that what is sent again is the same.
   */
  async opened(ocid: string, people: readonly SigningKey[]): Promise<Opened> {
    const known = this.#opened.get(ocid);
    if (known !== undefined) return known;
    const found: Opened = { open: [], closed: [] };
    for (const key of people) {
      try {
        const { disclosures } = await this.client.post<{ disclosures: ({ state: string } & Disclosure)[] }>(
          `/api/v1/records/${encodeURIComponent(ocid)}/disclosures`,
          { purpose: "prasasti submit: what is unchanged keeps its salt" },
          { authorization: `Bearer ${await this.tokenOf(key)}` },
        );
        for (const each of disclosures) {
          if (each.state === "open") found.open.push(each);
          else found.closed.push(each.path);
        }
        break;
      } catch (error) {
        // nothing is there yet, or another of them may read it
        if (!(error instanceof Refusal && [403, 404].includes(error.problem.status))) throw error;
      }
    }
    this.#opened.set(ocid, found);
    return found;
  }

  /** A session of this person with the gateway. @throws Usage where it asks for a signature that is good elsewhere */
  tokenOf(key: SigningKey): Promise<string> {
    const known = this.#tokens.get(key.holderId);
    if (known !== undefined) return known;
    const token = (async () => {
      const challenge = await this.client.post<{ nonce: Hex; origin: string }>("/api/v1/sessions/challenges", {});
      // a session signed for another origin is what a gateway in between would want
      if (challenge.origin !== new URL(this.client.url).origin) throw otherOrigin(challenge.origin, this.client.url);
      const issued = Math.floor(Date.now() / 1000);
      const { nonce, origin } = challenge;
      const signIn = { origin, holder: key.holderId, nonce, issued, expires: issued + 3600 };
      const signature = toHex(sign(signedDigest(this.separator, signInHash(signIn)), key.secret));
      return (await this.client.post<{ token: string }>("/api/v1/sessions", { signIn, signature })).token;
    })();
    this.#tokens.set(key.holderId, token);
    return token;
  }

  /** Bytes of the stem with which a new ocid begins. */
  #stemLength({ ocid, stem }: Draft, agency: Hex): number {
    const stems = this.#agencies.get(agency)?.stems ?? [];
    const found = stem ?? stemOf(ocid, stems);
    if (found !== undefined) return Buffer.byteLength(found);
    const list = stems.map((each) => `${each}-…`).join(", ") || "-";
    throw new Usage(
      {
        en: `${ocid} begins with no stem of ${this.nameOf(agency)}. Its ocids begin with: ${list}`,
        id: `${ocid} tidak berawalan milik ${this.nameOf(agency)}. Awalan ocid-nya: ${list}`,
      },
      Exit.yours,
    );
  }

  async #post(posted: unknown, commandId: Hex, wait: number): Promise<Told> {
    try {
      return await this.client.post<Told>(`/api/v1/submissions?wait=${wait}`, posted, { "idempotency-key": commandId });
    } catch (error) {
      const told = error instanceof Refusal ? await this.#earlier(error) : undefined;
      if (told === undefined) throw error;
      return told;
    }
  }

  /** Sent before, with other times in it: the first answer. Refused by a rule: the refusal is the answer. */
  async #earlier({ problem }: Refusal): Promise<Told | undefined> {
    if (typeof problem.more.state === "string") return problem.more as unknown as Told;
    const { submission } = (problem.more.values ?? {}) as { submission?: Hex };
    if (!problem.type.endsWith("/key-reused") || submission === undefined) return undefined;
    return this.client.get<Told>(`/api/v1/submissions/${submission}`);
  }

  /** Who of these people holds an office with one of these roles, the first role first; else the first of them. */
  async #makerOf(roles: readonly Role[], makers: readonly [SigningKey, ...SigningKey[]], at: Places) {
    for (const role of roles) {
      for (const maker of makers) {
        const place = await this.#placeOf(role, maker, at);
        if (place !== undefined) return { maker, capacity: role, up: place };
      }
    }
    // no office is found here: the ledger decides, and its refusal names the rule
    return { maker: makers[0], capacity: roles[0] ?? Role.officer, up: 0 };
  }

  /** The capacity in which somebody approves, and how many levels above the agency his office is held. */
  async #approverOf(key: SigningKey, at: Places): Promise<{ capacity: number; up: number }> {
    for (const role of [Role.approver, Role.supplier]) {
      const up = await this.#placeOf(role, key, at);
      if (up !== undefined) return { capacity: role, up };
    }
    return { capacity: Role.approver, up: 0 };
  }

  /** How many levels above the place of a role a holder has this office; undefined where he has none. */
  async #placeOf(role: number, key: SigningKey, at: Places): Promise<number | undefined> {
    const offices = await this.#officesOf(key.holderId);
    const now = Math.floor(Date.now() / 1000);
    // the council appoints overseers and registrars for the whole register
    const everywhere = role === Role.overseer || role === Role.registrar ? NO_ID : undefined;
    let place = everywhere ?? (role === Role.treasurer ? at.payer : role === Role.supplier ? at.party : at.agency);
    // an office of an agency that succeeded the one below counts there as its own
    let succeeded = true;
    for (let up = 0; place !== undefined && up <= 8; up++) {
      const held = offices.some(
        (office) =>
          office.role === role &&
          office.agency === place &&
          // an officer acts in the post that the contract names
          (role !== Role.officer || office.post === (at.post ?? NO_ID)) &&
          (succeeded || office.subtree) &&
          inForce(office, now),
      );
      if (held) return up;
      succeeded &&= this.#agencies.get(place)?.ended === true;
      place = this.#agencies.get(place)?.parent;
    }
    return undefined;
  }

  #officesOf(holder: Hex): Promise<OfficeView[]> {
    let offices = this.#offices.get(holder);
    if (offices === undefined) {
      offices = this.client
        .find<{ offices: OfficeView[] }>(`/api/v1/authority/holders/${holder}`)
        .then((found) => found?.offices ?? []);
      this.#offices.set(holder, offices);
    }
    return offices;
  }
}

/** What opens sealed values, and the places of those that nothing opens any more, or not now. */
type Opened = { open: Disclosure[]; closed: Path[] };

/** Where an entry's signers hold their offices. */
type Places = { agency: Hex; payer: Hex; party?: Hex; post?: Hex };

/** Whether a kind acts on a contract which must be there. */
function needsContract(kind: number): boolean {
  return kind !== Kind.contract && KIND_RULES[kindName(kind)!].contractId === "required";
}

/** A draft with what follows from the entry that it names. */
function besides(draft: Draft, { contractId, awardId, terms: text }: SignedEntryRow): Draft {
  if (draft.kind === "note" || draft.kind === "withdrawal") return { ...draft, contractId, awardId };
  if (draft.kind !== "return") return draft;
  const { issuer, documentKey, documentTotal } = termsFromText(text);
  const voids = draft.terms.code === ReturnCode.voided;
  const document = { ...optional("documentKey", documentKey), ...optional("documentTotal", documentTotal) };
  return { ...draft, terms: { ...optional("issuer", issuer), ...(voids ? document : {}), ...draft.terms } };
}

function needsException({ ocid }: Entry, missing: readonly ExceptionName[]): Usage {
  const flags = missing.map((name) => `--exception ${name}`).join(" ");
  const titles = missing.map((name) => explainRefusal({ code: codeOfException(name), a: 0n, b: 0n }).kind.title);
  const [en, id] = (["en", "id"] as const).map((lang) => titles.map((title) => title[lang]).join(" "));
  return new Usage(
    {
      en: `${ocid}: ${en} Nothing was signed. If it is right nevertheless, an approver signs it: ${flags} --approve KEY`,
      id: `${ocid}: ${id} Tidak ada yang ditandatangani. Bila memang benar, pejabat penyetuju menandatanganinya: ${flags} --approve KUNCI`,
    },
    Exit.yours,
  );
}

/** A contract's special conditions stand in its body: the rules look at them. */
function besideRules({ kind, body }: Draft): { body?: Json } {
  return kind === "contract" && body !== undefined ? { body } : {};
}

function stoppedByRule({ ocid }: Entry, findings: readonly Finding[]): Usage {
  const told = (lang: "en" | "id") =>
    findings.map(({ words, remedy, regulation }) => `${words[lang]} ${remedy[lang]} (${regulation})`).join(" ");
  return new Usage(
    {
      en: `${ocid}: ${told("en")} Nothing was signed.`,
      id: `${ocid}: ${told("id")} Tidak ada yang ditandatangani.`,
    },
    Exit.yours,
  );
}

function otherOrigin(origin: string, url: string): Usage {
  return new Usage(
    {
      en: `The gateway at ${url} asks to sign in to ${origin}. Name that one with --url, if it is the right one.`,
      id: `Gateway di ${url} meminta masuk ke ${origin}. Sebutkan alamat itu dengan --url bila memang benar.`,
    },
    Exit.yours,
  );
}

function unknownAgency({ ocid }: Draft): Usage {
  return new Usage(
    {
      en: `The agency named for ${ocid} is not registered here. Correct its id, or ask the registrar.`,
      id: `Instansi untuk ${ocid} tidak terdaftar di sini. Betulkan id-nya, atau tanyakan petugas pendaftaran.`,
    },
    Exit.yours,
  );
}

function unknownContract({ ocid, contractId }: Draft): Usage {
  return new Usage(
    {
      en: `There is no contract ${contractId} in ${ocid}. Record the contract first, or correct the ids.`,
      id: `Tidak ada kontrak ${contractId} di ${ocid}. Catat kontraknya lebih dulu, atau betulkan id-nya.`,
    },
    Exit.yours,
  );
}

function unknownEntry({ ocid, names }: Draft): Usage {
  return new Usage(
    {
      en: `${ocid} has no entry ${names}; \`prasasti history\` lists them.`,
      id: `${ocid} tidak memiliki entri ${names}; lihat \`prasasti history\`.`,
    },
    Exit.yours,
  );
}

/** What must travel beside an entry: the leaf that it names, or the balances of an opening. */
const waitingFile = (commandId: Hex) => join(home(), "waiting", `${commandId.slice(2)}.json`);

/** An entry that was sent from here and waits for a second signature; undefined where there is none or it has expired. */
async function keptEntry(commandId: Hex): Promise<Entry | undefined> {
  let text: string;
  try {
    text = await readFile(waitingFile(commandId), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  const { terms, ...rest } = JSON.parse(text) as Omit<Entry, "terms"> & { terms: TermsText };
  return rest.expires * 1000 < Date.now() ? undefined : { ...rest, terms: termsFromText(terms) };
}

async function keepEntry(entry: Entry): Promise<void> {
  const file = waitingFile(entry.commandId);
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(`${file}.new`, `${JSON.stringify({ ...entry, terms: termsToText(entry.terms) })}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
}

function forgetEntry(commandId: Hex): Promise<void> {
  return rm(waitingFile(commandId), { force: true });
}

/** Follows from who signs what: the same draft always has the same id, so repeating never records twice. */
export function commandIdOf(maker: Hex, { source }: Draft, reference: string): Hex {
  return toHex(sha256(utf8(canonicalJson(["prasasti submit 1", maker, source, reference]))));
}
