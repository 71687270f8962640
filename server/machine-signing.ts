import { setTimeout as pause } from "node:timers/promises";
import { sha256 } from "#hash";
import { OfficeBook } from "./actions/office-book.ts";
import type { PostedEntry } from "./actions/submit-entry.ts";
import { addressOf } from "./chain/transaction.ts";
import {
  type Entry,
  entryHash,
  idOf,
  packBalances,
  signedDigest,
  termsFromText,
  termsToText,
} from "./domain/entries/entry.ts";
import { Custody, KIND_RULES, Kind, Role } from "./domain/entries/kinds.ts";
import { leafPreimage } from "./domain/entries/leaf.ts";
import { fromHex, type Hex, NO_ID, toHex, utf8 } from "./domain/entries/words.ts";
import { canonicalJson } from "./domain/json.ts";
import { officeFor } from "./domain/lifecycle/offices.ts";
import { ProblemError, type Words } from "./domain/problems.ts";
import { keyPart } from "./domain/projection/ordered.ts";
import { basisOf, contractIn, type ProcessView } from "./domain/projection/process-view.ts";
import type { AgencyView, HolderView, SignedEntryRow } from "./domain/projection/project-block.ts";
import type { Proposal } from "./domain/proposals/proposal.ts";
import { draftFromText } from "./domain/proposals/proposal.ts";
import type { Gateway } from "./http/routes.ts";
import { secretOf } from "./integrations/secret-of.ts";
import type { Connectors } from "./integrations/settings.ts";
import { sign } from "./ledger/signatures.ts";
import type { Services } from "./services.ts";

type Machine = Connectors["machines"][number];
type Told = Proposal & { waitsFor: readonly string[] };

type Needs = {
  services: Pick<Services, "projection" | "register" | "separator" | "report">;
  gateway: Pick<Gateway, "submit" | "history">;
  /** asks the integrations by the name of a call */
  call<T>(name: string, args?: unknown): Promise<T>;
  env: Readonly<Record<string, string | undefined>>;
  now(): number;
};

/** Between two looks at what is proposed. */
const LOOK = 2_000;
const MOST = 256;
const GOOD_FOR = 86_400;

/**
 * Signs what machines were allowed to sign, until `signal`: of the kinds that the settings name, at their agency, by
 * offices that its head has granted. Its key is enrolled with custody `machine`, so each entry says on the ledger that no
 * person signed it; a key of any other custody signs nothing here. A machine never approves.
 */
export async function keepMachinesSigning(
  machines: readonly Machine[],
  needs: Needs,
  signal: AbortSignal,
): Promise<void> {
  const signers = machines.map((machine) => new MachineSigner(machine, needs));
  const told = new Set<string>();
  while (!signal.aborted && signers.length > 0) {
    for (const signer of signers) {
      try {
        await signer.signOpen();
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        const words: Words = {
          en: `a machine could not sign: ${reason}`,
          id: `mesin tidak dapat menandatangani: ${reason}`,
        };
        if (!told.has(reason)) needs.services.report(words);
        told.add(reason);
      }
    }
    await pause(LOOK, undefined, { signal, ref: false }).catch(() => {});
  }
}

/** One machine and its key. */
export class MachineSigner {
  readonly #machine: Machine;
  readonly #needs: Needs;
  readonly #offices: OfficeBook;
  /** proposals that the rules refused: they are people's to look at */
  readonly #refused = new Set<string>();

  constructor(machine: Machine, needs: Needs) {
    this.#machine = machine;
    this.#needs = needs;
    this.#offices = new OfficeBook(needs.services.projection);
  }

  /** Signs and submits what is open and waits for nothing. @returns how many were submitted */
  async signOpen(): Promise<number> {
    const { call } = this.#needs;
    const { agency, kinds, jobs } = this.#machine;
    const asked = { agencies: [idOf(agency)], entries: kinds, jobs, limit: MOST };
    const { proposals } = await call<{ proposals: Told[] }>("proposals.list", asked);
    const ready = proposals.filter(({ id, waitsFor }) => waitsFor.length === 0 && !this.#refused.has(id));
    if (ready.length === 0) return 0;
    const secret = await this.#secret();
    const by = idOf(this.#machine.holder);
    let signed = 0;
    for (const proposal of ready) {
      await call("proposals.take", { ids: [proposal.id], by });
      try {
        if (await this.#sign(proposal, secret)) {
          signed++;
          continue;
        }
      } catch (error) {
        if (!(error instanceof ProblemError)) throw error;
      }
      this.#refused.add(proposal.id);
      await call("proposals.release", { ids: [proposal.id], by });
    }
    return signed;
  }

  /** The key, which must be this machine's, in force, and enrolled as a machine's. */
  async #secret(): Promise<Uint8Array> {
    const { holder, keyEnv } = this.#machine;
    const text = secretOf(keyEnv, this.#needs.env);
    if (text === undefined || !/^(0x)?[0-9a-fA-F]{64}$/.test(text)) throw new Error(`${keyEnv} (${holder})`);
    const secret = fromHex((text.startsWith("0x") ? text : `0x${text}`) as Hex);
    const view = await this.#needs.services.projection.get<HolderView>(`holder/${idOf(holder)}`);
    const key = view?.keys.find(({ address }) => address === addressOf(secret).toLowerCase());
    if (key === undefined || key.revoked || key.custody !== Custody.machine)
      throw new Error(`${keyEnv} is no machine's key of ${holder} in the register`);
    return secret;
  }

  async #sign({ id, drafts }: Proposal, secret: Uint8Array): Promise<boolean> {
    const { services, gateway, now } = this.#needs;
    const draft = draftFromText(drafts[0]!);
    const maker = idOf(this.#machine.holder);
    const { kind, ocid, contractId, awardId, agency = NO_ID, names, balances, body } = draft;
    const view = await services.projection.get<ProcessView>(`process/${keyPart(ocid)}`);
    const named =
      names === undefined
        ? undefined
        : ((await gateway.history(ocid)) as SignedEntryRow[]).find(
            ({ assigned }) => assigned.processSequence === names,
          );
    const { tree, of } = await this.#offices.now();
    const contract = contractIn(view, contractId);
    const own = of(maker);
    const post = draft.terms.officer ?? contract?.post;
    const subject = named === undefined ? Kind[kind] : (view?.entries[named.leaf]?.kind ?? Kind[kind]);
    const roles = Object.values(KIND_RULES).find((rule) => rule.kind === subject)!.roles;
    for (const role of roles) {
      const seat = { role, agency, post: role === Role.officer ? post : NO_ID, covers: [] };
      const held = officeFor(maker, seat, own, tree, now());
      if (!("office" in held)) continue;
      const fills =
        (kind === "contract" || kind === "opening") && draft.terms.officer === undefined && role === Role.officer;
      const terms = fills && held.office.post !== NO_ID ? { ...draft.terms, officer: held.office.post } : draft.terms;
      const bytes = body === undefined ? new Uint8Array() : utf8(canonicalJson(body));
      const refersTo = named?.leaf ?? NO_ID;
      const entry: Entry = {
        commandId: toHex(sha256(utf8(JSON.stringify(["prasasti machine 1", id, maker])))),
        ...{ maker, capacity: role, ocid, contractId, awardId, agency, kind: Kind[kind] },
        basis: basisOf({ kind: Kind[kind], contractId, awardId, refersTo }, view),
        seen: services.register().seen,
        digest: toHex(sha256(bytes)),
        ...{ terms, refersTo, expires: now() + GOOD_FOR },
      };
      const signature = toHex(sign(signedDigest(services.separator, entryHash(entry)), secret));
      const preimage =
        named !== undefined
          ? toHex(leafPreimage({ ...named, terms: termsFromText(named.terms) }, named.assigned))
          : balances === undefined
            ? undefined
            : toHex(packBalances(balances, terms.currency ?? ""));
      const told = await gateway.submit(
        {
          entry: { ...entry, terms: termsToText(terms) },
          ...(body === undefined ? {} : { body }),
          ...(preimage === undefined ? {} : { preimage }),
          ...{ signature, approvals: [], up: held.up },
          stemLength: view === undefined ? await this.#stemLength(ocid, agency) : 0,
        } as PostedEntry,
        0,
        undefined,
      );
      return told.state !== "refused";
    }
    return false;
  }

  async #stemLength(ocid: string, agency: Hex): Promise<number> {
    const { stems = [] } = (await this.#needs.services.projection.get<AgencyView>(`agency/${agency}`)) ?? {};
    const found = stems.filter((stem) => ocid.startsWith(`${stem}-`)).sort((a, b) => b.length - a.length)[0];
    return found === undefined ? 0 : utf8(found).length;
  }
}
