import { termsFromText } from "../domain/entries/entry.ts";
import { Kind } from "../domain/entries/kinds.ts";
import type { Hex } from "../domain/entries/words.ts";
import { NO_ID } from "../domain/entries/words.ts";
import { policyFor, type RuleSet } from "../domain/lifecycle/policy.ts";
import type { Json } from "../domain/ocds/check-fields.ts";
import { ProblemError } from "../domain/problems.ts";
import { contractIn, type ProcessView } from "../domain/projection/process-view.ts";
import type { AgencyView } from "../domain/projection/project-block.ts";
import { RULE_SETS } from "../domain/projection/project-block.ts";
import { workOf } from "../domain/registry/kbli-fit.ts";
import {
  type CertificateAsk,
  type CertificateDraft,
  calculateCertificate,
  certificateDraft,
} from "../domain/rules/certificate-calculator.ts";
import { dayAt } from "../domain/rules/civil-days.ts";
import { storyOf } from "../domain/rules/contract-story.ts";
import { type ControlCard, controlCard } from "../domain/rules/control-card.ts";
import type { Finding } from "../domain/rules/finding.ts";
import { type GuaranteeLine, guaranteesOf } from "../domain/rules/guarantee-register.ts";
import { judgeAct } from "../domain/rules/judge-act.ts";
import type { RuleBook } from "../domain/rules/rule-table.ts";
import type { SupplierWarnings } from "./check-entry.ts";

type Needs = {
  /** seconds UTC */
  now(): number;
  process(ocid: string): Promise<ProcessView | undefined>;
  /** the compiled release of a process in force */
  compiled(ocid: string): Promise<Json | undefined>;
  /** a row of the projection */
  read<T>(key: string): Promise<T | undefined>;
  /** the dated rules, with what the agency changed */
  rules: RuleBook;
};

/**
 * The control card of a contract (kartu kendali) as it stands.
 * @throws ProblemError not-found where nothing of it is in force
 */
export async function cardOfContract(
  ocid: string,
  contractId: string,
  needs: Needs & { suppliers: SupplierWarnings },
): Promise<ControlCard> {
  const [process, compiled] = [await needs.process(ocid), await needs.compiled(ocid)];
  const names = new Map<Hex, string>();
  const ids = [process?.agency, contractIn(process, contractId)?.party].filter((id) => id !== undefined);
  for (const id of ids) names.set(id, await nameOf(id, needs));
  const card =
    process &&
    compiled &&
    controlCard(process, contractId, compiled, {
      nowMs: needs.now() * 1000,
      nameOf: (id) => names.get(id) ?? id,
      ruleOn: needs.rules,
    });
  if (card === undefined || compiled === undefined) throw new ProblemError("not-found");
  const contract = contractIn(process, contractId);
  if (contract?.party === undefined || contract.on === undefined) return card;
  // as it was on the day of signing: what came later does not undo a contract
  const on = dayAt(contract.on * 1000, "WIB");
  const findings = await needs.suppliers(contract.party, on, workOf(compiled, contractId));
  return { ...card, findings: [...findings, ...card.findings] };
}

async function nameOf(id: Hex, { read }: Needs): Promise<string> {
  const name = (await read<AgencyView>(`agency/${id}`))?.details.name;
  return typeof name === "string" ? name : id;
}

/**
 * Works out a payment certificate of a contract, with what the dated rules say of it; nothing is kept.
 * @throws ProblemError not-found
 */
export async function calculateForContract(
  ocid: string,
  contractId: string,
  ask: CertificateAsk & { number?: string | undefined },
  needs: Needs,
): Promise<CertificateDraft & { findings: readonly Finding[] }> {
  const [process, compiled] = [await needs.process(ocid), await needs.compiled(ocid)];
  const story =
    process && compiled && storyOf(process, contractId, compiled, dayAt(needs.now() * 1000, "WIB"), needs.rules);
  if (process === undefined || story === undefined) throw new ProblemError("not-found");
  const made = calculateCertificate(story, ask);
  const draft = certificateDraft(made, {
    ocid,
    contractId,
    on: ask.on,
    number: ask.number,
    zone: story.conditions.zone,
  });
  const sets = (await needs.read<RuleSet[]>(RULE_SETS)) ?? [];
  const { contract } = story;
  const now = needs.now();
  const policy = policyFor(sets, { kind: Kind.certificate, currency: contract.currency, on: contract.on ?? now, now });
  const act = { kind: Kind.certificate, contractId, awardId: "", refersTo: NO_ID, terms: termsFromText(draft.terms) };
  const judged = judgeAct({ act, process, compiled, ...policy, nowMs: now * 1000, ruleOn: needs.rules });
  // what the calculation says itself is not said twice
  const own = new Set(made.findings.map(({ rule, words }) => `${rule} ${words.en}`));
  return {
    ...draft,
    findings: [...made.findings, ...judged.filter(({ rule, words }) => !own.has(`${rule} ${words.en}`))],
  };
}

/** A guarantee of some contract, with whose it is. */
export type GuaranteeTold = GuaranteeLine & { ocid: string; contractId: string; agency: Hex; currency: string };

/**
 * The register of guarantees that somebody should look at: those of an agency that ended while they are needed, or end
 * within so many days, in the order of their ends. `next`: the process to go on after, where more are to be looked at.
 */
export async function alarmingGuarantees(
  {
    agency,
    within,
    after,
    limit,
  }: { agency?: Hex | undefined; within: number; after?: string | undefined; limit: number },
  needs: Needs & { processes(after: string | undefined): AsyncGenerator<ProcessView> },
): Promise<{ guarantees: GuaranteeTold[]; next?: string }> {
  const guarantees: GuaranteeTold[] = [];
  let looked = 0;
  for await (const process of needs.processes(after)) {
    const inTurn = agency === undefined || process.agency === agency;
    for (const contract of inTurn ? Object.values(process.contracts) : []) {
      if (Object.keys(contract.guarantees).length === 0) continue;
      const compiled = await needs.compiled(process.ocid);
      // of what a wave brought and is not in force, nothing is needed
      if (compiled === undefined) continue;
      const first = storyOf(process, contract.id, compiled, dayAt(needs.now() * 1000, "WIB"), needs.rules);
      if (first === undefined) continue;
      const today = dayAt(needs.now() * 1000, first.conditions.zone);
      const { currency } = contract;
      for (const line of guaranteesOf(first, today))
        if (line.alarm !== undefined && (line.alarm === "expired" || line.daysLeft <= within))
          guarantees.push({ ...line, ocid: process.ocid, contractId: contract.id, agency: process.agency, currency });
    }
    looked++;
    if (looked >= LOOKED_AT || guarantees.length >= limit) {
      guarantees.sort((a, b) => a.daysLeft - b.daysLeft);
      return { guarantees, next: process.ocid };
    }
  }
  return { guarantees: guarantees.sort((a, b) => a.daysLeft - b.daysLeft) };
}

/** Processes that one answer looks at: none reads the whole register in one request. */
const LOOKED_AT = 5_000;
