import { sha256 } from "#hash";
import { type Act, ActCode, isBodyOf } from "../domain/entries/act.ts";
import {
  type Approval,
  approvalHash,
  type Bundle,
  bundleHash,
  type Cancel,
  cancelHash,
  type Entry,
  entryHash,
  signedDigest,
  type TermsText,
  termsFromText,
} from "../domain/entries/entry.ts";
import { Custody, ID_TERMS } from "../domain/entries/kinds.ts";
import { bundleOver } from "../domain/entries/signature.ts";
import {
  dayInWords,
  kindInWords,
  marksInWords,
  roleInWords,
  termInWords,
  termsInWords,
} from "../domain/entries/telling.ts";
import { actInWords, actRowsInWords } from "../domain/entries/telling-acts.ts";
import { type Hex, NO_ID, toHex, utf8 } from "../domain/entries/words.ts";
import { canonicalJson } from "../domain/json.ts";
import { type Language, ProblemError, type Words } from "../domain/problems.ts";
import type { HolderView } from "../domain/projection/project-block.ts";
import type { Access } from "./access-log.ts";
import type { Checked, UnsignedEntry } from "./check-entry.ts";
import { who } from "./disclosures.ts";
import type { Myself } from "./sessions.ts";
import { CANCEL, type Submission } from "./submissions.ts";

/**
 * Keys that the gateway keeps for people on machines without passkeys. The register marks them as such (custody 5), and
 * where two signatures are needed takes them for one of the two only. The gateway signs with one what its holder shows
 * whole, one thing at a time, each after a second factor of its own: what is signed is worked out here, never taken as a
 * digest.
 */

type EntryText = Omit<Entry, "terms"> & { terms: TermsText };
type WithBody = { entry: EntryText; body?: Record<string, unknown> | undefined; preimage?: Hex | undefined };

/** What is to be signed, whole. A bundle of entries or approvals is one thing. */
export type SignedContent =
  | ({ type: "entry" } & WithBody)
  | ({ type: "approval"; approval: Approval } & WithBody)
  | { type: "cancel"; cancel: Cancel }
  | { type: "bundle"; entries: readonly (WithBody & { approval?: Approval | undefined })[]; expires: number }
  | { type: "act"; act: Act; body: string };

/**
 * What would be signed: its digest, what it says, and what its holder ought to know first. Of a bundle, with what each of
 * its entries is sent with beside the signature.
 */
export type Shown = { digest: Hex; words: string[]; notes: string[]; bundle?: Bundle & { proofs: Hex[][] } };

type KeptKey = { address: Hex; holder: Hex; made: number; account?: string };
/** A kept key; `state` as the register knows it. */
export type KeptKeyView = KeptKey & {
  state: "not enrolled" | "in force" | "not yet" | "revoked";
};

const MAX_KEPT_KEYS = 8;

type Needs = {
  now(): number;
  /** EIP-712 domain separator of this register */
  separator: Uint8Array;
  actHash(act: Act): Uint8Array;
  holder(id: Hex): Promise<{ holder: HolderView } | undefined>;
  /** the keys kept for a holder, or made for an account */
  kept(of: { holder?: Hex | undefined; account?: string | undefined }): Promise<KeptKey[]>;
  /** makes and keeps a new one */
  make(key: Omit<KeptKey, "address">): Promise<KeptKey>;
  /** writes down that an account has a holder's keys; throws holder-linked where another has them */
  link(account: string, holder: Hex): Promise<void>;
  /** signs a digest with a kept key; undefined where it does not open */
  sign(holder: Hex, address: Hex, digest: Uint8Array): Promise<Hex | undefined>;
  forget(holder: Hex, address: Hex): Promise<void>;
  submission(id: Hex): Promise<Submission | undefined>;
  /** who keeps the keys that signed a submission so far */
  custodies(id: Hex): Promise<number[]>;
  check(unsigned: UnsignedEntry): Promise<Checked>;
  /** what an id of an organisation, post or document stands for, as far as the register says it */
  nameOf(id: Hex): Promise<string>;
  log(access: Access): Promise<void>;
};

/**
 * The keys kept for who is signed in. An account that had no holder in the register has the one for whom its kept key
 * was enrolled: that key's signature under the enrolment was this account's.
 * @throws ProblemError holder-linked
 */
export async function listKeptKeys(
  me: Myself,
  needs: Pick<Needs, "kept" | "holder" | "now" | "link">,
): Promise<KeptKeyView[]> {
  const { holder, account } = me.session;
  const keys = await Promise.all((await needs.kept({ holder, account })).map((key) => viewOf(key, needs)));
  const enrolled = keys.find((key) => key.state === "in force" && key.account === account);
  if (holder === undefined && account !== undefined && enrolled) await needs.link(account, enrolled.holder);
  return keys;
}

async function viewOf(key: KeptKey, { holder, now }: Pick<Needs, "holder" | "now">): Promise<KeptKeyView> {
  const own = (await holder(key.holder))?.holder.keys.find(({ address }) => address === key.address);
  if (own === undefined) return { ...key, state: "not enrolled" };
  return { ...key, state: own.revoked ? "revoked" : own.from > now() ? "not yet" : "in force" };
}

/**
 * Makes a key for who is signed in. It is good for nothing until a registrar enrols it: that act it signs itself.
 * @param asked the holder as whom somebody is to be enrolled whom the register does not know
 * @throws ProblemError no-holder, holder-enrolled, kept-key-limit
 */
export async function makeKeptKey(me: Myself, asked: Hex | undefined, needs: Needs): Promise<KeptKeyView> {
  const { account } = me.session;
  const holder = me.session.holder ?? asked;
  if (holder === undefined || (me.session.holder === undefined && account === undefined))
    throw new ProblemError("no-holder");
  // an enrolled holder's further keys are his who has one of his keys
  if (holder !== me.session.holder && (await needs.holder(holder)) !== undefined)
    throw new ProblemError("holder-enrolled", "", { holder });
  if ((await needs.kept({ holder: me.session.holder, account })).length >= MAX_KEPT_KEYS)
    throw new ProblemError("kept-key-limit", "", { limit: MAX_KEPT_KEYS });
  const made = needs.now();
  await needs.log({ ...deed(me, made), act: "make-key", outcome: "done" });
  const key = await needs.make({ holder, made, ...(account === undefined ? {} : { account }) });
  return { ...key, state: "not enrolled" };
}

/**
 * Forgets a kept key for good. One that the register still takes is forgotten only where that is `anyway` meant: nobody
 * can sign with it then, and it is still to be revoked.
 * @throws ProblemError not-found, kept-key-in-force
 */
export async function forgetKeptKey(me: Myself, address: Hex, anyway: boolean, needs: Needs): Promise<void> {
  const key = await own(me, address, needs);
  if ((key.state === "in force" || key.state === "not yet") && !anyway)
    throw new ProblemError("kept-key-in-force", "", { address });
  await needs.log({ ...deed(me, needs.now(), address), act: "forget-key", outcome: "done" });
  await needs.forget(key.holder, address);
}

/** What would be signed with a kept key, in words. @throws ProblemError as signWithKeptKey, but for the step-up */
export async function showForKeptKey(
  me: Myself,
  address: Hex,
  content: SignedContent,
  language: Language,
  needs: Needs,
): Promise<Shown> {
  const key = await own(me, address, needs);
  const read = await readContent(content, key, needs);
  return shownOf(content, read, language, needs);
}

/**
 * Signs one thing with a kept key. It takes a second factor of the last five minutes and uses it up: the next signature
 * takes another. The access log has it before the signature leaves.
 * @throws ProblemError not-found, kept-key-revoked, kept-key-content, step-up-needed, kept-key-broken
 */
export async function signWithKeptKey(
  me: Myself,
  address: Hex,
  content: SignedContent,
  language: Language,
  needs: Needs & {
    /** uses up the second factor that was shown last in this session; throws step-up-needed where none is fresh */
    useStepUp(): Promise<void>;
  },
): Promise<Shown & { signature: Hex }> {
  const key = await own(me, address, needs);
  const read = await readContent(content, key, needs);
  const shown = await shownOf(content, read, language, needs);
  await needs.useStepUp();
  const { ocid, agency } = read;
  await needs.log({
    ...deed(me, needs.now(), address),
    act: "sign-with-key",
    outcome: "given",
    what: content.type,
    signed: shown.digest,
    ...(ocid === undefined ? {} : { ocid }),
    ...(agency === undefined || agency === NO_ID ? {} : { agency }),
  });
  const signature = await needs.sign(key.holder, address, read.digest);
  if (signature === undefined) throw new ProblemError("kept-key-broken");
  return { ...shown, signature };
}

/** A key kept for who is signed in; of another's nothing is said, not even that it is there. */
async function own(me: Myself, address: Hex, needs: Needs): Promise<KeptKeyView> {
  const key = (await listKeptKeys(me, needs)).find((each) => each.address === address);
  if (key === undefined) throw new ProblemError("not-found");
  return key;
}

/** The row of a deed; with a kept key, that is the key he used. */
function deed(me: Myself, at: number, key?: Hex): Omit<Access, "act" | "outcome"> {
  return { ...who(me, at), ...(key === undefined ? {} : { key }), subjects: [], places: [], purpose: "" };
}

type Read = {
  digest: Uint8Array;
  ocid?: string;
  agency?: Hex;
  submission?: Submission;
  bundle?: Bundle & { proofs: Hex[][] };
};

/** The digest of what is shown whole, where this key may sign it. @throws ProblemError kept-key-content, kept-key-revoked, not-found */
async function readContent(content: SignedContent, key: KeptKeyView, needs: Needs): Promise<Read> {
  const consents = content.type === "act" && isConsent(content.act, key);
  if (key.state === "revoked") throw new ProblemError("kept-key-revoked", "", { address: key.address });
  if (key.state !== "in force" && !consents)
    throw new ProblemError("kept-key-content", {
      en: "The key is not in force: it can sign only the act by which a registrar enrols it.",
      id: "Kunci belum berlaku: hanya dapat menandatangani tindakan pendaftarannya oleh petugas pendaftaran.",
    });
  const digestOf = (hash: Uint8Array) => signedDigest(needs.separator, hash);
  switch (content.type) {
    case "entry":
    case "approval": {
      const { ocid, agency } = content.entry;
      return { digest: digestOf(hashIn(content, key)), ocid, agency };
    }
    case "bundle": {
      const { entries, expires } = content;
      const capacities = new Set(entries.map(({ entry, approval }) => (approval ?? entry).capacity));
      const kinds = new Set(entries.map(({ approval }) => approval === undefined));
      const agencies = new Set(entries.map(({ entry }) => entry.agency));
      if (capacities.size !== 1 || kinds.size !== 1)
        throw new ProblemError("kept-key-content", {
          en: "A bundle holds entries, or approvals, all signed in one capacity.",
          id: "Sebuah bundel memuat entri, atau persetujuan, semuanya ditandatangani dalam satu peran.",
        });
      const { root, count, proofs } = await bundleOver(entries.map((each) => hashIn(each, key)));
      const bundle = { root, count, capacity: [...capacities][0]!, expires, proofs };
      return {
        ...{ digest: digestOf(bundleHash(bundle)), bundle },
        ...(agencies.size === 1 ? { agency: entries[0]!.entry.agency } : {}),
      };
    }
    case "cancel": {
      const { cancel } = content;
      assertMine(cancel.holder, key);
      // a hash says nothing to who signs: what it stands for must be known here
      const submission = await needs.submission(cancel.target);
      if (submission === undefined || submission.kind === CANCEL) throw new ProblemError("not-found");
      return { digest: digestOf(cancelHash(cancel)), ocid: submission.ocid, submission };
    }
    case "act": {
      const { act, body } = content;
      if (!isBodyOf(act, body)) throw otherBody();
      if (consents && act.custody !== Custody.gateway)
        throw new ProblemError("kept-key-content", {
          en: "The register must know this key as one that the gateway keeps: custody 5.",
          id: "Register harus mengenal kunci ini sebagai kunci yang disimpan gateway: custody 5.",
        });
      return { digest: digestOf(needs.actHash(act)), agency: act.agency };
    }
  }
}

const ENROLLING: ReadonlySet<number> = new Set([ActCode.enrol, ActCode.addKey, ActCode.replaceKey, ActCode.appoint]);

/** Whether an act gives this key to its holder. */
function isConsent({ code, holder, key }: Act, { address, holder: own }: KeptKeyView): boolean {
  return ENROLLING.has(code) && holder === own && `0x${key.slice(26)}` === address;
}

/** The hash of an entry, or of an approval of it, in the name of the key's holder. */
function hashIn(content: WithBody & { approval?: Approval | undefined }, key: KeptKeyView): Uint8Array {
  const { entry, approval } = content;
  assertMine(approval === undefined ? entry.maker : approval.holder, key);
  if (approval === undefined) return hashOfEntry(content);
  if (entry.maker === key.holder)
    throw new ProblemError("kept-key-content", {
      en: "Nobody approves his own entry.",
      id: "Tidak seorang pun menyetujui entrinya sendiri.",
    });
  return approvalHash(hashOfEntry(content), approval);
}

function hashOfEntry({ entry, body }: WithBody): Uint8Array {
  const text = body === undefined ? new Uint8Array() : utf8(canonicalJson(body));
  if (toHex(sha256(text)) !== entry.digest) throw otherBody();
  return entryHash({ ...entry, terms: termsFromText(entry.terms) });
}

function otherBody(): ProblemError {
  return new ProblemError("kept-key-content", {
    en: "The body that was sent is not the one whose digest would be signed.",
    id: "Isi yang dikirim bukan isi yang digest-nya akan ditandatangani.",
  });
}

function assertMine(holder: Hex, key: KeptKeyView): void {
  if (holder !== key.holder)
    throw new ProblemError("kept-key-content", {
      en: "It would be signed in the name of another holder.",
      id: "Tanda tangan ini atas nama pemegang lain.",
    });
}

// ---- in words

async function shownOf(content: SignedContent, read: Read, language: Language, needs: Needs): Promise<Shown> {
  return {
    digest: toHex(read.digest),
    words: await wordsOf(content, read, language, needs),
    notes: (await notesOf(content, needs)).map((note) => note[language]),
    ...(read.bundle && { bundle: read.bundle }),
  };
}

async function wordsOf(
  content: SignedContent,
  { submission }: Read,
  language: Language,
  needs: Needs,
): Promise<string[]> {
  const until = (expires: number) => [label(titles.expires, language, dayInWords(expires * 1000, language))];
  switch (content.type) {
    case "entry":
    case "approval":
      return signedInWords(content, language, needs);
    case "bundle": {
      const each = await Promise.all(content.entries.map((entry) => signedInWords(entry, language, needs)));
      return [
        label(titles.bundle, language, String(each.length)),
        ...each.map((lines, index) => `${index + 1}. ${lines.join(" · ")}`),
        ...until(content.expires),
      ];
    }
    case "cancel": {
      const { kind, ocid } = submission!;
      return [
        label(titles.cancels, language, `${kindInWords(kind, language)} ${ocid}`),
        ...until(content.cancel.expires),
      ];
    }
    case "act": {
      const { act, body } = content;
      const ids = [act.holder, act.agency, act.post, act.key].filter((id) => id !== NO_ID);
      const known = new Map(await Promise.all(ids.map(async (id) => [id, await needs.nameOf(id)] as const)));
      const rows = actRowsInWords(act, body, (id) => known.get(id) ?? id, language);
      return [
        actInWords(act, language),
        ...rows.map(([name, value]) => `${name}: ${value}`),
        label(titles.body, language, body),
      ];
    }
  }
}

/** An entry, or an approval of it, and until when that counts. */
async function signedInWords(
  content: WithBody & { approval?: Approval | undefined },
  language: Language,
  needs: Needs,
): Promise<string[]> {
  const { entry, approval } = content;
  const approves =
    approval === undefined
      ? []
      : [
          label(titles.approves, language, roleInWords(approval.capacity, language)),
          ...marksInWords(approval.exceptions, language),
        ];
  const { expires } = approval ?? entry;
  return [
    ...approves,
    ...(await entryInWords(content, language, needs)),
    label(titles.expires, language, dayInWords(expires * 1000, language)),
  ];
}

async function entryInWords({ entry, body }: WithBody, language: Language, needs: Needs): Promise<string[]> {
  const { kind, ocid, contractId, awardId, agency, capacity, terms } = entry;
  const ids = await Promise.all(
    ID_TERMS.filter((name) => terms[name] !== undefined).map(async (name) => {
      return `${termInWords(name, language)}: ${await needs.nameOf(terms[name] as Hex)}`;
    }),
  );
  return [
    `${kindInWords(kind, language)} ${ocid}`,
    label(titles.as, language, roleInWords(capacity, language)),
    label(titles.agency, language, await needs.nameOf(agency)),
    ...(contractId === "" ? [] : [label(titles.contract, language, contractId)]),
    ...(awardId === "" ? [] : [label(titles.award, language, awardId)]),
    ...termsInWords(kind, terms, language).map(([name, value]) => `${name}: ${value}`),
    ...ids,
    ...(body === undefined ? [] : [label(titles.body, language, canonicalJson(body))]),
  ];
}

/** What its holder ought to know before he signs: what would be refused, and who must sign beside him with what key. */
async function notesOf(content: SignedContent, needs: Needs): Promise<Words[]> {
  if (content.type === "bundle") {
    const found = new Set<Words>();
    for (const { approval, ...entry } of content.entries)
      for (const note of await notesOf(
        approval === undefined ? { type: "entry", ...entry } : { type: "approval", approval, ...entry },
        needs,
      ))
        found.add(note);
    return [...found];
  }
  if (content.type === "entry") {
    const { verdict, refusal, second } = await needs.check({ entry: content.entry, preimage: content.preimage });
    if (verdict === "refused" && refusal !== undefined) return [refusal.title, refusal.detail];
    return second.length > 0 ? [notes.second] : [];
  }
  if (content.type === "approval") {
    const hash = toHex(hashOfEntry(content));
    const custodies = await needs.custodies(hash);
    return custodies.every((custody) => custody === Custody.gateway) ? [notes.onlyKept] : [];
  }
  if (content.type === "act" && content.act.code === ActCode.addKey && content.act.maker === content.act.holder)
    return [notes.addKey];
  return [];
}

const notes = {
  second: {
    en: "A second person signs this too, with a key that the gateway does not keep: two kept keys are refused.",
    id: "Orang kedua juga menandatangani ini, dengan kunci yang tidak disimpan gateway: dua kunci tersimpan ditolak.",
  },
  onlyKept: {
    en: "All who signed this so far did it with keys that the gateway keeps: the register refuses it until one signs with a key of his own.",
    id: "Semua yang menandatangani sejauh ini memakai kunci yang disimpan gateway: register menolaknya sampai ada yang memakai kunci sendiri.",
  },
  addKey: {
    en: "Adding a key takes the signature of a key of one's own: one that the gateway keeps cannot add another.",
    id: "Menambah kunci perlu tanda tangan kunci milik sendiri: kunci yang disimpan gateway tidak dapat menambah kunci lain.",
  },
} satisfies Record<string, Words>;

const titles = {
  as: { en: "as", id: "sebagai" },
  bundle: { en: "one signature over so many", id: "satu tanda tangan atas sejumlah" },
  approves: { en: "approves as", id: "menyetujui sebagai" },
  cancels: { en: "takes back the signature of", id: "menarik kembali tanda tangan atas" },
  agency: { en: "agency", id: "instansi" },
  contract: { en: "contract", id: "kontrak" },
  award: { en: "award", id: "penetapan" },
  body: { en: "text", id: "isi" },
  expires: { en: "this signature counts until", id: "tanda tangan ini berlaku sampai" },
} satisfies Record<string, Words>;

function label(title: Words, language: Language, value: string): string {
  return `${title[language]}: ${value}`;
}
