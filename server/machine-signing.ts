import { setTimeout as pause } from "node:timers/promises";
import { sha256 } from "#hash";
import { OfficeBook } from "./actions/office-book.ts";
import type { PostedEntry } from "./actions/submit-entry.ts";
import { addressOf } from "./chain/transaction.ts";
import { preimageOf, stemOf } from "./domain/entries/draft.ts";
import { type Entry, entryHash, idOf, signedDigest, termsToText } from "./domain/entries/entry.ts";
import { Custody, KIND_RULES, Kind, Role } from "./domain/entries/kinds.ts";
import { MAX_BUNDLE } from "./domain/entries/signature.ts";
import { fromHex, type Hex, NO_ID, toHex, utf8 } from "./domain/entries/words.ts";
import { Fault } from "./domain/fault.ts";
import { canonicalJson } from "./domain/json.ts";
import { officeFor } from "./domain/lifecycle/offices.ts";
import { ProblemError } from "./domain/problems.ts";
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
  services: Pick<Services, "projection" | "register" | "separator" | "submissions" | "report">;
  gateway: Pick<Gateway, "submit" | "history">;
  /** asks the integrations by the name of a call */
  call<T>(name: string, args?: unknown): Promise<T>;
  env: Readonly<Record<string, string | undefined>>;
  now(): number;
};

/** Milliseconds between two looks at what is proposed; doubled while there is nothing to sign. */
const LOOK = 2_000;
const LONGEST_LOOK = 60_000;
/** Seconds that a signature is good for. */
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
  const told = new Map<MachineSigner, string>();
  let rest = LOOK;
  while (!signal.aborted && signers.length > 0) {
    rest = Math.min(rest * 2, LONGEST_LOOK);
    for (const signer of signers) {
      try {
        if ((await signer.signOpen()) > 0) rest = LOOK;
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        const found = error instanceof Fault ? error.words : { en: reason, id: reason };
        // of one that goes on failing it is said once
        if (told.get(signer) === reason) continue;
        told.set(signer, reason);
        needs.services.report({
          en: `a machine could not sign: ${found.en}`,
          id: `mesin tidak dapat menandatangani: ${found.id}`,
        });
      }
    }
    await pause(rest, undefined, { signal, ref: false }).catch(() => {});
  }
}

/** One machine and its key. */
export class MachineSigner {
  readonly #machine: Machine;
  readonly #needs: Needs;
  readonly #offices: OfficeBook;
  /** proposals that the rules refused: they are people's to look at */
  readonly #refused = new Set<string>();
  #begun = false;
  /** the last proposal of a page with nothing to sign: the next look goes on after it, and begins anew at the end */
  #after: string | undefined;

  constructor(machine: Machine, needs: Needs) {
    this.#machine = machine;
    this.#needs = needs;
    this.#offices = new OfficeBook(needs.services.projection);
  }

  /** Signs and submits what is open and waits for nothing. @returns how many were submitted */
  async signOpen(): Promise<number> {
    const { call } = this.#needs;
    const { agency, kinds, jobs } = this.#machine;
    const asked = { agencies: [idOf(agency)], entries: kinds, jobs, limit: MAX_BUNDLE };
    if (!this.#begun) await this.#giveBack(asked);
    this.#begun = true;
    const { proposals } = await call<{ proposals: Told[] }>("proposals.list", { ...asked, after: this.#after });
    const ready = proposals.filter(({ id, waitsFor }) => waitsFor.length === 0 && !this.#refused.has(id));
    if (ready.length === 0) {
      this.#after = proposals.length < MAX_BUNDLE ? undefined : proposals.at(-1)!.id;
      return 0;
    }
    const secret = await this.#secret();
    const by = idOf(this.#machine.holder);
    let signed = 0;
    for (const proposal of ready) {
      await call("proposals.take", { ids: [proposal.id], by });
      let isSigned = false;
      try {
        isSigned = await this.#sign(proposal, secret);
        if (!isSigned) this.#refused.add(proposal.id);
      } catch (error) {
        if (!(error instanceof ProblemError)) throw error;
        this.#refused.add(proposal.id);
      } finally {
        if (isSigned) signed++;
        else await call("proposals.release", { ids: [proposal.id], by });
      }
    }
    return signed;
  }

  /** What it took and did not sign, since the process ended between the two, is open again. */
  async #giveBack(asked: object): Promise<void> {
    const { services, call } = this.#needs;
    const by = idOf(this.#machine.holder);
    const { proposals } = await call<{ proposals: Told[] }>("proposals.list", { ...asked, states: ["taken"] });
    for (const { id, taken } of proposals)
      if (taken?.by === by && (await services.submissions.byCommand(by, commandOf(id, by))) === undefined)
        await call("proposals.release", { ids: [id], by });
  }

  /** The key, which must be this machine's, in force, and enrolled as a machine's. */
  async #secret(): Promise<Uint8Array> {
    const { holder, keyEnv } = this.#machine;
    const text = secretOf(keyEnv, this.#needs.env);
    if (text === undefined || !/^(0x)?[0-9a-fA-F]{64}$/.test(text))
      throw new Fault("machine-key", {
        explanation: {
          en: `${keyEnv} holds no key of ${holder}.`,
          id: `${keyEnv} tidak berisi kunci ${holder}.`,
        },
        remedy: {
          en: `Set it, or ${keyEnv}_FILE, to the 32 bytes of the key as 64 hexadecimal digits.`,
          id: `Isi variabel itu, atau ${keyEnv}_FILE, dengan 32 bita kunci sebagai 64 angka heksadesimal.`,
        },
      });
    const secret = fromHex((text.startsWith("0x") ? text : `0x${text}`) as Hex);
    const view = await this.#needs.services.projection.get<HolderView>(`holder/${idOf(holder)}`);
    const key = view?.keys.find(({ address }) => address === addressOf(secret).toLowerCase());
    if (key === undefined || key.revoked || key.custody !== Custody.machine)
      throw new Fault("machine-key", {
        explanation: {
          en: `${keyEnv} is no machine's key of ${holder} in the register.`,
          id: `${keyEnv} bukan kunci mesin milik ${holder} dalam register.`,
        },
        remedy: {
          en: "Have a registrar enrol this key with custody `machine`; a person's key signs nothing by itself.",
          id: "Minta petugas pendaftaran mendaftarkan kunci ini dengan penyimpanan `machine`; kunci orang tidak menandatangani sendiri.",
        },
      });
    return secret;
  }

  async #sign({ id, drafts }: Proposal, secret: Uint8Array): Promise<boolean> {
    const { services, gateway, now } = this.#needs;
    const draft = draftFromText(drafts[0]!);
    const maker = idOf(this.#machine.holder);
    const { kind, ocid, contractId, awardId, agency = NO_ID, names, body } = draft;
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
        commandId: commandOf(id, maker),
        ...{ maker, capacity: role, ocid, contractId, awardId, agency, kind: Kind[kind] },
        basis: basisOf({ kind: Kind[kind], contractId, awardId, refersTo }, view),
        seen: services.register().seen,
        digest: toHex(sha256(bytes)),
        ...{ terms, refersTo, expires: now() + GOOD_FOR },
      };
      const signature = toHex(sign(signedDigest(services.separator, entryHash(entry)), secret));
      const preimage = preimageOf({ ...draft, terms }, named);
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
    const known = await this.#needs.services.projection.get<AgencyView>(`agency/${agency}`);
    return utf8(stemOf(ocid, known?.stems) ?? "").length;
  }
}

/** Follows from the proposal and the machine: signed again after a crash, it is the same command. */
function commandOf(proposal: string, maker: Hex): Hex {
  return toHex(sha256(utf8(JSON.stringify(["prasasti machine 1", proposal, maker]))));
}
