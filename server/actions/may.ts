import type { TermsText } from "../domain/entries/entry.ts";
import { KIND_RULES, Kind, type KindName, Role, type RoleName, roleName } from "../domain/entries/kinds.ts";
import { kindInWords, roleInWords } from "../domain/entries/telling.ts";
import { type Hex, NO_ID } from "../domain/entries/words.ts";
import { officeFor, rolesOfMaker, type Seat, seatsOfMaker } from "../domain/lifecycle/offices.ts";
import { outOfForce } from "../domain/lifecycle/rules.ts";
import type { Act, Situation } from "../domain/lifecycle/situation.ts";
import {
  codeOf,
  explainRefusal,
  gatewayProblems,
  type Language,
  ProblemError,
  type Refusal,
  type Words,
} from "../domain/problems.ts";
import { admits, GRANTED_BY, type Need, permissionOf } from "../domain/roles.ts";
import { approverOf, approversOf, type MetNeeds, meetSubmission } from "./approvals.ts";
import { type Checked, checkEntry, makersOf, meet, type UnsignedEntry } from "./check-entry.ts";
import { type Incumbent, type Offices, whoCan } from "./office-book.ts";
import { holderOf, type Myself } from "./sessions.ts";
import { stateAt } from "./submissions.ts";

/** What somebody asks whether he may. */
export type Question =
  | {
      act: "record";
      kind: KindName;
      ocid?: string | undefined;
      contractId?: string | undefined;
      awardId?: string | undefined;
      agency?: Hex | undefined;
      refersTo?: Hex | undefined;
      /** the capacity in which; else any of the kind's */
      role?: RoleName | undefined;
      /** with the terms the rules are asked too */
      terms?: TermsText | undefined;
    }
  | { act: "approve" | "refuse" | "ask"; submission: Hex }
  | { act: "grant"; role: RoleName; agency: Hex; holder?: Hex | undefined }
  | { act: "use"; permission: string; agency?: Hex | undefined; entity?: Hex | undefined };

/** An office that can, by public names and ids. */
export type Able = Incumbent & { roleName: RoleName; words: Words };

export type Answer = {
  may: boolean;
  /** why, or why not */
  because: Words;
  /** the rule that stands against it: of the ledger or of the gateway */
  rule?: string;
  /** in which office, where one does */
  as?: { role: RoleName; agency: Hex; post: Hex; up: number };
  /** who can; whoever they are, the ledger or the gateway asks for all of `with` */
  who: Able[];
  /** who must sign beside, each in one of these offices */
  with: { words: Words; who: Able[] }[];
  /** what the rules say, where terms were given */
  check?: Checked;
};

type Needs = MetNeeds & Omit<Parameters<typeof checkEntry>[1], keyof MetNeeds>;

const both = (say: (language: Language) => string): Words => ({ en: say("en"), id: say("id") });

/**
 * Whether somebody may do something as the register stands now; if not why not, and who can.
 * @throws ProblemError not-found for a submission that is none, invalid-request for a permission that is none
 */
export async function may(me: Myself, question: Question, needs: Needs): Promise<Answer> {
  const offices = await needs.offices();
  switch (question.act) {
    case "record":
      return mayRecord(me, question, offices, needs);
    case "grant":
      return mayGrant(me, question, offices, needs.now());
    case "use":
      return mayUse(me, question, offices, needs.now());
    default:
      return mayDecide(me, question, needs);
  }
}

async function mayRecord(
  me: Myself,
  question: Extract<Question, { act: "record" }>,
  offices: Offices,
  needs: Needs,
): Promise<Answer> {
  const { kind, ocid = "", contractId = "", awardId = "", refersTo = NO_ID, role, terms } = question;
  const view = await needs.process(ocid);
  const agency = question.agency ?? (view?.agency as Hex | undefined) ?? NO_ID;
  const number = KIND_RULES[kind].kind;
  if (agency === NO_ID || (view === undefined && !BEGINS.has(number)))
    return { ...refused({ code: codeOf("unknown-process"), a: 0n, b: 0n }), who: [], with: [] };
  const entry = { ...{ kind: number, ocid, contractId, awardId, agency, refersTo }, terms: terms ?? {} };
  const { situation, act, facts } = await meet({ entry: { ...entry, capacity: 0 } }, needs);
  const roles = role === undefined ? rolesOfMaker(situation, act) : [Role[role]];
  const subject = both((language) => kindInWords(number, language));
  const able = roles.flatMap((capacity) => anyPost(situation, { ...act, capacity }, offices, facts.now, terms));
  const who = able.map((each) => told(each, offices));
  const answer = { who, with: [] };
  const waits = outOfForce(situation);
  if (waits !== undefined) return { ...answer, ...refused(waits) };
  const holder = me.session.holder;
  if (holder === undefined) return { ...answer, may: false, because: noKeys, rule: "not-allowed" };
  let refusal: Refusal = { code: codeOf("no-office"), a: BigInt(holder), b: BigInt(agency) };
  for (const capacity of roles) {
    const seats = seatsFor(situation, { ...act, capacity }, terms);
    const held = seats.map((seat) => officeFor(holder, seat, offices.of(holder), offices.tree, facts.now));
    const missing = held.find((each) => "refusal" in each);
    if (missing !== undefined && "refusal" in missing) {
      if (missing.refusal.code !== codeOf("no-office")) refusal = missing.refusal;
      continue;
    }
    const [first] = held;
    if (first === undefined || !("office" in first)) continue;
    const { post, agency: at } = first.office;
    const as = { role: roleName(capacity), agency: at, post, up: first.up };
    if (terms === undefined) {
      const en = `Your office as ${roleInWords(capacity, "en")} can make an entry of the kind ${subject.en}; what it says is judged when it is said.`;
      const id = `Jabatan Anda sebagai ${roleInWords(capacity, "id")} dapat membuat entri jenis ${subject.id}; isinya dinilai saat disebutkan.`;
      return { ...answer, may: true, because: { en, id }, as };
    }
    const unsigned: UnsignedEntry = { entry: { ...entry, capacity, maker: holder } };
    const check = await checkEntry(unsigned, needs);
    const beside = check.second.map(({ role: second, above }) => ({
      words: both((language) => {
        const name = roleInWords(Role[second], language);
        return above ? `${name} ${language === "id" ? "instansi di atasnya" : "of an agency above"}` : name;
      }),
      who: whoCan(secondSeat(Role[second], situation, { ...act, capacity }), offices, facts.now, {
        from: above ? 1 : 0,
        except: [holder],
      }).map((each) => told(each, offices)),
    }));
    if (check.refusal !== undefined)
      return { ...answer, may: false, because: check.refusal.title, rule: check.refusal.rule, with: beside, check };
    const en = `The rules take it${beside.length > 0 ? ", if the others named here sign too" : ""}.`;
    const id = `Aturan menerimanya${beside.length > 0 ? ", bila yang lain di sini juga menandatangani" : ""}.`;
    return { ...answer, may: true, because: { en, id }, as, with: beside, check };
  }
  return { ...answer, ...refused(refusal) };
}

/** Kinds that begin a process. */
const BEGINS: ReadonlySet<number> = new Set([Kind.opening, Kind.planning, Kind.tender, Kind.contract]);

/** The seats of a maker; where nobody has said yet which post a new contract names, any post. */
function seatsFor(situation: Situation, act: Act, terms: TermsText | undefined): Seat[] {
  const open = act.capacity === Role.officer && situation.contract === undefined && terms?.officer === undefined;
  return seatsOfMaker(situation, act).map((seat) => (open ? { ...seat, post: undefined } : seat));
}

function anyPost(situation: Situation, act: Act, offices: Offices, now: number, terms: TermsText | undefined) {
  const [seat] = seatsFor(situation, act, terms);
  return seat?.post === undefined
    ? whoCan(seat!, offices, now)
    : makersOf(situation, act, offices, now).filter(({ role }) => role === act.capacity);
}

function secondSeat(role: number, situation: Situation, { agency, terms }: Act): Seat {
  const entity = terms.party ?? situation.contract?.party ?? NO_ID;
  return { role, agency: role === Role.supplier ? entity : agency, post: NO_ID, covers: [] };
}

async function mayDecide(
  me: Myself,
  { act, submission: id }: Extract<Question, { submission: Hex }>,
  needs: Needs,
): Promise<Answer> {
  const met = await meetSubmission(id, needs);
  const who = approversOf(met).map((each) => told(each, met.offices));
  const answer = { who, with: [] };
  if (me.session.holder === undefined) return { ...answer, may: false, because: noKeys, rule: "not-allowed" };
  const could = approverOf(holderOf(me), met);
  if ("refusal" in could) return { ...answer, ...refused(could.refusal) };
  const state = stateAt(met.submission, needs.now());
  const rule = state === "refused" && met.submission.sentBack !== undefined ? "sent-back" : "not-waiting";
  if (state !== "awaitingApproval") return { ...answer, may: false, because: gatewayProblems[rule].title, rule };
  if (act === "approve" && met.refusal !== undefined) return { ...answer, ...refused(met.refusal) };
  if (act === "approve" && met.item.entry.basis !== met.present)
    return { ...answer, ...refused({ code: codeOf("stale-basis"), a: 0n, b: 0n }) };
  const { capacity, up, office } = could;
  const en = `Your office as ${roleInWords(capacity, "en")} can, and you did not sign it.`;
  const because = {
    en,
    id: `Jabatan Anda sebagai ${roleInWords(capacity, "id")} dapat, dan Anda tidak menandatanganinya.`,
  };
  const as = { role: roleName(capacity), agency: office.agency, post: office.post, up };
  return { ...answer, may: true, because, as };
}

function mayGrant(
  me: Myself,
  { role, agency, holder: about }: Extract<Question, { act: "grant" }>,
  offices: Offices,
  now: number,
): Answer {
  const { first, second } = GRANTED_BY[role];
  if (first === "council") {
    const because: Words = {
      en: "The council alone appoints registrars and overseers.",
      id: "Hanya dewan yang mengangkat petugas pendaftaran dan inspektorat.",
    };
    return { may: false, because, rule: "act-refused", who: [], with: [] };
  }
  const seat = (of: number): Seat => {
    const everywhere = of === Role.registrar || of === Role.overseer;
    return { role: of, agency: everywhere ? NO_ID : agency, post: NO_ID, covers: [] };
  };
  const firstRole = Role[first];
  const able = (of: number, except: readonly Hex[]) =>
    whoCan(seat(of), offices, now, { except }).map((each) => told(each, offices));
  // nobody grants to himself what an overseer signs too, and no overseer signs what is his
  const none = about === undefined || second === undefined ? [] : [about];
  const holder = me.session.holder;
  const beside = second === undefined ? [] : [Role[second]];
  const answer = {
    who: able(firstRole, none),
    with: beside.map((of) => ({
      words: both((language) => roleInWords(of, language)),
      who: able(of, [...none, ...(holder === undefined ? [] : [holder])]),
    })),
  };
  if (holder === undefined) return { ...answer, may: false, because: noKeys, rule: "not-allowed" };
  const held = officeFor(holder, seat(firstRole), offices.of(holder), offices.tree, now);
  if ("refusal" in held) return { ...answer, ...refused(held.refusal) };
  if (none.includes(holder))
    return { ...answer, ...refused({ code: codeOf("same-person"), a: BigInt(holder), b: 0n }) };
  const en = `Your office as ${roleInWords(firstRole, "en")} can${second ? ", with the other signature named here" : ""}.`;
  const id = `Jabatan Anda sebagai ${roleInWords(firstRole, "id")} dapat${second ? ", dengan tanda tangan lain yang disebut di sini" : ""}.`;
  const { agency: at, post } = held.office;
  return { ...answer, may: true, because: { en, id }, as: { role: first, agency: at, post, up: held.up } };
}

function mayUse(
  me: Myself,
  { permission: name, agency, entity }: Extract<Question, { act: "use" }>,
  offices: Offices,
  now: number,
): Answer {
  const permission = permissionOf(name);
  if (permission === undefined)
    throw new ProblemError("invalid-request", {
      en: `There is no permission ${name}: docs/reference/roles.md lists them.`,
      id: `Tidak ada izin ${name}: docs/reference/roles.md mencantumkannya.`,
    });
  const { who, en, id } = permission;
  const place = agency === undefined && entity === undefined ? undefined : { agency, entity };
  const yes = admits(who, me, place, offices.tree);
  const needs: readonly Need[] = typeof who === "string" ? [] : who;
  const able = needs.flatMap(({ roles, scope }) =>
    roles.flatMap((role) => {
      const at = scope === "entity" ? entity : scope === "register" ? NO_ID : agency;
      return at === undefined ? [] : whoCan({ role, agency: at, post: undefined, covers: [] }, offices, now);
    }),
  );
  const because: Words = yes
    ? { en: `You may ${en}.`, id: `Anda boleh ${id}.` }
    : {
        en: `None of your offices lets you ${en} there.`,
        id: `Tidak satu pun jabatan Anda membolehkan ${id} di sana.`,
      };
  const named = able.map((each) => told(each, offices));
  return { may: yes, because, ...(yes ? {} : { rule: "not-allowed" }), who: named, with: [] };
}

const noKeys: Words = {
  en: "This account has no keys in the register: nobody signs with it.",
  id: "Akun ini tidak memiliki kunci dalam register: tidak ada yang menandatangani dengannya.",
};

function refused(refusal: Refusal): Pick<Answer, "may" | "because" | "rule"> {
  const { name, kind } = explainRefusal(refusal);
  return { may: false, because: kind.title, rule: name };
}

/** An office in words: its role, and of which agency. */
function told(incumbent: Incumbent, offices: Offices): Able {
  const { role, agency } = incumbent;
  const { details } = offices.agency(agency) ?? {};
  const name = typeof details?.name === "string" ? details.name : "";
  const words = both((language) => {
    const of = name === "" ? "" : ` ${language === "id" ? "pada" : "of"} ${name}`;
    return `${roleInWords(role, language)}${of}`;
  });
  return { ...incumbent, roleName: roleName(role), words };
}
