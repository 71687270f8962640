import { Contract, type ContractRunner, type Log, Wallet } from "ethers";
import { sha256 } from "#hash";
import type { PasskeyChoices, SoftPasskey } from "../../scripts/soft-passkey.ts";
import { type Act, ActCode, officeKey, subjectOfAct } from "../../server/domain/entries/act.ts";
import {
  type Approval,
  approvalHash,
  domainSeparator,
  type Entry,
  entryHash,
  idOf,
  signedDigest,
  type Terms,
} from "../../server/domain/entries/entry.ts";
import { Kind, Role } from "../../server/domain/entries/kinds.ts";
import { readPosted } from "../../server/domain/entries/signature.ts";
import { fromHex, type Hex, NO_ID, toHex, utf8 } from "../../server/domain/entries/words.ts";
import {
  type ActSignature,
  actDigest,
  anAct,
  appointmentDigest,
  asCallData,
  encodeAct,
  keyWord,
} from "../../server/ledger/acts.ts";
import { type EntryItem, packBatch, packEntry, type Recorded, readRecorded } from "../../server/ledger/codec.ts";
import { type Addresses, type DeploymentChoices, interfaceOf, planDeployment } from "../../server/ledger/deploy.ts";
import { sign } from "../../server/ledger/signatures.ts";
import { startChain, type TestChain } from "./compile.ts";

/** A whole register on a fresh engine: real contracts, a regency with its offices, and people with keys. */

export type Person = { name: string; holder: Hex; key: Uint8Array; address: Hex };
export type Outcome = { recorded?: Recorded; refused?: { code: number; a: bigint; b: bigint; hash: Hex } };
export type EntryChoices = Partial<Omit<Entry, "terms" | "digest">> & {
  by: Person;
  kind: number;
  terms?: Terms;
  body?: string;
  approvals?: { by: Person; capacity?: number; exceptions?: number; up?: number; expires?: number; seen?: Hex }[];
  up?: number;
  stemLength?: number;
  preimage?: Uint8Array;
};

export function person(name: string): Person {
  const key = sha256(utf8(`sandbox ${name}`));
  return { name, holder: idOf(name), key, address: new Wallet(toHex(key)).address.toLowerCase() as Hex };
}

export const SALT = `0x${"5a".repeat(32)}` as Hex;
export const agency = idOf("ID-DPU");
export const parent = idOf("ID-KAB");
export const supplier = idOf("ID-PT-BATU");
export const post = idOf("ppk-1");
export const STEM = "ocds-213czf-dpu";
const ledgerEvents = interfaceOf("Ledger");
const DAY = 86_400;

/** Whoever signs an act: the person, his capacity, and the agency at which he holds it. */
export type Signer = [Person, number, Hex?];

/** An error of the contracts: its name and values. */
export type Revert = { name: string; args: unknown[] };

const contractNames = ["Ledger", "Authority", "Policy", "Waves", "Council", "AccessManager"] as const;

/** Why a call or transaction failed, by the contracts' own error ("" if it has none); undefined where it went through. */
export async function revertOf(call: Promise<unknown>): Promise<Revert | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    // ethers keeps what the engine answered in the one place or the other
    const { data, error: answer } = error as { data?: unknown; error?: { data?: unknown } };
    const bytes = data ?? answer?.data;
    if (bytes === "0x") return { name: "", args: [] };
    for (const name of contractNames) {
      const parsed = typeof bytes === "string" ? interfaceOf(name).parseError(bytes) : null;
      if (parsed !== null) return { name: parsed.name, args: [...parsed.args] };
    }
    throw error;
  }
}

export class World {
  readonly chain: TestChain;
  readonly addresses: Addresses;
  readonly separator: Uint8Array;
  readonly people: Record<string, Person>;
  seen: Hex = NO_ID;
  readonly choices: DeploymentChoices;
  #commands = 0;

  private constructor(chain: TestChain, addresses: Addresses, choices: DeploymentChoices) {
    this.chain = chain;
    this.choices = choices;
    this.addresses = addresses;
    this.separator = domainSeparator({ chainId: 777, verifyingContract: addresses.Ledger, salt: SALT });
    const names = [
      "registrar",
      "overseer",
      "head",
      "officer",
      "officer2",
      "approver",
      "kabApprover",
      "pokja",
      "treasurer",
      "director",
      "stranger",
    ];
    this.people = Object.fromEntries(names.map((name) => [name, person(name)]));
  }

  /** @param given delays of the deployment; none unless said otherwise */
  static async build(given: Partial<DeploymentChoices> = {}): Promise<World> {
    const chain = await startChain();
    const deployer = await chain.signer.getAddress();
    const council = await Promise.all([1, 2, 3].map(async (i) => (await chain.provider.getSigner(i)).getAddress()));
    const choices = { council, threshold: 2, councilDelay: 0, vetoDelay: 0, policyDelay: 0, salt: SALT, ...given };
    const { addresses, steps } = planDeployment(deployer, 0, choices);
    for (const { to, data } of steps)
      await chain.signer.sendTransaction({ ...(to ? { to } : {}), data, gasLimit: 30_000_000 });
    const world = new World(chain, addresses, choices);
    await world.#settle();
    return world;
  }

  contract(name: keyof Addresses, runner: ContractRunner = this.chain.signer): Contract {
    return new Contract(this.addresses[name], interfaceOf(name), runner);
  }

  async now(): Promise<number> {
    return (await this.chain.provider.getBlock("latest"))!.timestamp;
  }

  /** Moves the engine's clock to `time`, at the next block. */
  async at(time: number): Promise<void> {
    await this.chain.request({ method: "evm_setNextBlockTimestamp", params: [time] });
  }

  /** Lets time go by. */
  async pass(seconds: number): Promise<void> {
    if (seconds === 0) return;
    await this.chain.request({ method: "evm_increaseTime", params: [seconds] });
    await this.chain.request({ method: "evm_mine", params: [] });
  }

  /** What `change` does is undone after it, the clock included. */
  async undone<T>(change: () => Promise<T>): Promise<T> {
    const snapshot = await this.chain.request({ method: "evm_snapshot", params: [] });
    try {
      return await change();
    } finally {
      await this.chain.request({ method: "evm_revert", params: [snapshot] });
    }
  }

  /** The council decides: two of its members agree and, after its delay, execute; `time` is that of the execution. */
  async decide(target: keyof Addresses, call: string, values: unknown[], time?: number): Promise<void> {
    const data = this.contract(target).interface.encodeFunctionData(call, values);
    const [first, second] = [await this.chain.provider.getSigner(1), await this.chain.provider.getSigner(2)];
    const council = this.contract("Council", first);
    const number = await council.getFunction("propose").staticCall(this.addresses[target], data);
    await (await council.getFunction("propose")(this.addresses[target], data)).wait();
    await (await (council.connect(second) as Contract).getFunction("confirm")(number)).wait();
    await this.pass(this.choices.councilDelay);
    if (time !== undefined) await this.at(time);
    await (await council.getFunction("execute")(number)).wait();
  }

  /** The council names a registrar or overseer, who agrees with his key if he is new. */
  async appoint(who: Person, role: number, given: { until?: number; known?: boolean; custody?: number } = {}) {
    const { until = 0, known = false, custody = 2 } = given;
    const call = await this.appointment(who, role, until, custody);
    await this.decide(
      "Authority",
      "appoint",
      known ? [who.holder, `0x${"0".repeat(40)}`, 0, role, until, "0x", []] : call,
    );
  }

  /** The values of `appoint` for a new holder. */
  async appointment(who: Person, role: number, until = 0, custody = 2): Promise<unknown[]> {
    const previous = await this.lastAct(officeKey(who.holder, NO_ID, role, NO_ID));
    const key = keyWord(who.address);
    const digest = appointmentDigest(this.separator, { holder: who.holder, role, key, custody, until, previous }, "");
    const own = { holder: who.holder, role: 0, agency: NO_ID, signature: sign(digest, who.key) };
    return [who.holder, who.address, custody, role, until, "0x", [asCallData(own)]];
  }

  async lastAct(subject: Hex): Promise<Hex> {
    return (await this.contract("Authority").getFunction("lastAct")(subject)) as Hex;
  }

  /** Signs and sends an act; the maker first, then `others`. @returns its events */
  async act(
    maker: Signer,
    given: Partial<Act> & { code: number },
    others: Signer[] = [],
    body = "{}",
  ): Promise<readonly Log[]> {
    const { act, signatures } = await this.signedAct(maker, given, others, body);
    return this.relay(encodeAct(act, signatures, body));
  }

  async signedAct(
    maker: Signer,
    given: Partial<Act> & { code: number },
    others: Signer[],
    body: string,
  ): Promise<{ act: Act; signatures: ActSignature[] }> {
    const act = await this.prepareAct(maker[0], given, body);
    const digest = actDigest(this.separator, act);
    const signatures = [maker, ...others].map(([who, role, at]) => ({
      holder: who.holder,
      role,
      agency: at ?? NO_ID,
      signature: sign(digest, who.key),
    }));
    return { act, signatures };
  }

  async prepareAct(maker: Person, given: Partial<Act> & { code: number }, body: string): Promise<Act> {
    const act = anAct({ maker: maker.holder, expires: (await this.now()) + DAY, ...given }, body);
    const subject = subjectOfAct(act);
    return { ...act, previous: given.previous ?? (await this.lastAct(subject)) };
  }

  async relay(data: Hex): Promise<readonly Log[]> {
    const sent = await this.chain.signer.sendTransaction({ to: this.addresses.Authority, data, gasLimit: 5_000_000 });
    return (await sent.wait())!.logs;
  }

  async enrol(who: Person, custody = 2): Promise<void> {
    const { registrar } = this.people;
    await this.act(
      [registrar!, Role.registrar],
      { code: ActCode.enrol, holder: who.holder, key: keyWord(who.address), custody },
      [[who, 0]],
    );
  }

  /** A holder adds a passkey with his own key; the passkey agrees. */
  async addPasskey(who: Person, key: SoftPasskey, agreeing: PasskeyChoices = {}, custody = 1): Promise<void> {
    const given = { code: ActCode.addKey, holder: who.holder, key: keyWord(key.address), custody };
    const act = await this.prepareAct(who, given, "{}");
    const digest = actDigest(this.separator, act);
    const own = [sign(digest, who.key), readPosted(key.sign(digest, agreeing), 0)];
    const signatures = own.map((signature) => ({ holder: who.holder, role: 0, agency: NO_ID, signature }));
    await this.relay(encodeAct(act, signatures, "{}"));
  }

  async grant(who: Person, role: number, at: Hex, more: Partial<Act> = {}): Promise<void> {
    const { registrar, overseer, head } = this.people;
    const byRegistrar = role === Role.head || role === Role.supplier;
    const two = role === Role.approver || role === Role.treasurer || role === Role.head;
    await this.act(
      byRegistrar ? [registrar!, Role.registrar] : [head!, Role.head, parent],
      { code: ActCode.grant, holder: who.holder, agency: at, role, ...more },
      two ? [[overseer!, Role.overseer]] : [],
    );
  }

  async #settle(): Promise<void> {
    const p = this.people;
    await this.appoint(p.registrar!, Role.registrar);
    await this.appoint(p.overseer!, Role.overseer);
    const thresholds = [Kind.award, Kind.contract, Kind.amendment, Kind.certificate, Kind.status].map((kind) => ({
      currency: "0x494452",
      kind,
      value: 200_000_000_00n,
    }));
    const set = { validFrom: 0, capBps: 1000, awardForms: 1 << 3, second: Role.approver, certificatesBound: true };
    await this.decide("Policy", "add", [set, thresholds]);
    const registrar: Signer = [p.registrar!, Role.registrar];
    await this.act(
      registrar,
      { code: ActCode.registerAgency, agency: parent },
      [],
      '{"id":"ID-KAB","name":"Kabupaten Contoh"}',
    );
    await this.act(
      registrar,
      { code: ActCode.registerAgency, agency, holder: parent },
      [],
      '{"id":"ID-DPU","name":"Dinas PU"}',
    );
    await this.act(
      registrar,
      { code: ActCode.registerEntity, agency: supplier },
      [],
      '{"id":"ID-PT-BATU","name":"PT Batu"}',
    );
    await this.act(registrar, { code: ActCode.addStem, agency, role: 1 }, [], STEM);
    for (const who of Object.values(p))
      if (!["registrar", "overseer", "stranger"].includes(who.name)) await this.enrol(who);
    await this.grant(p.head!, Role.head, parent, { custody: 1 });
    await this.pass(this.choices.vetoDelay);
    await this.grant(p.officer!, Role.officer, agency, { post });
    await this.grant(p.officer2!, Role.officer, agency, { post: idOf("ppk-2") });
    await this.grant(p.approver!, Role.approver, agency);
    await this.grant(p.kabApprover!, Role.approver, parent, { custody: 1 });
    await this.grant(p.pokja!, Role.procurement, agency);
    await this.grant(p.treasurer!, Role.treasurer, parent, { custody: 1 });
    await this.grant(p.director!, Role.supplier, supplier);
    await this.pass(this.choices.vetoDelay);
  }

  /** A signed item; what is not chosen is a valid default. */
  async item(choices: EntryChoices): Promise<{ item: EntryItem; hash: Hex }> {
    const { by, body = "", approvals = [], up = 0, stemLength, preimage, terms = {}, ...fields } = choices;
    const now = await this.now();
    const roleOfKind: Record<number, number> = {
      ...{ [Kind.planning]: Role.procurement, [Kind.tender]: Role.procurement, [Kind.award]: Role.procurement },
      ...{ [Kind.payment]: Role.treasurer, [Kind.return]: Role.treasurer, [Kind.countersignature]: Role.supplier },
    };
    const entry: Entry = {
      commandId: `0x${(++this.#commands).toString(16).padStart(64, "0")}`,
      maker: by.holder,
      capacity: roleOfKind[fields.kind] ?? Role.officer,
      ocid: `${STEM}-1`,
      contractId: fields.kind > Kind.award ? "K-1" : "",
      awardId: "",
      agency,
      basis: NO_ID,
      seen: this.seen,
      refersTo: NO_ID,
      expires: now + DAY,
      ...fields,
      digest: toHex(sha256(utf8(body))),
      terms,
    };
    const hash = entryHash(entry);
    const signed = approvals.map(
      ({ by: who, capacity = Role.approver, exceptions = 0, up: above = 0, expires = now + DAY, seen = this.seen }) => {
        const approval: Approval = { holder: who.holder, capacity, exceptions, seen, expires };
        return {
          approval,
          up: above,
          signature: sign(signedDigest(this.separator, approvalHash(hash, approval)), who.key),
        };
      },
    );
    const item: EntryItem = {
      entry,
      up,
      stemLength: stemLength ?? STEM.length,
      signature: sign(signedDigest(this.separator, hash), by.key),
      approvals: signed,
      preimage: preimage ?? new Uint8Array(),
      body: utf8(body),
    };
    return { item, hash: toHex(hash) };
  }

  /** Sends packed items as one batch and tells what became of each, in order of the log. */
  async send(items: Uint8Array[]): Promise<Outcome[]> {
    return (await this.sendMeasured(items)).outcomes;
  }

  /** The same, with the gas that the batch took. */
  async sendMeasured(items: Uint8Array[]): Promise<{ outcomes: Outcome[]; gas: bigint }> {
    const data = ledgerEvents.encodeFunctionData("submit", [packBatch(items)]);
    const receipt = await (
      await this.chain.signer.sendTransaction({ to: this.addresses.Ledger, data, gasLimit: 500_000_000 })
    ).wait();
    const outcomes = receipt!.logs.map((log) => {
      const event = ledgerEvents.parseLog(log);
      if (event?.name === "EntryRecorded") return { recorded: readRecorded(log.topics, fromHex(log.data)) };
      if (event?.name !== "Refused") return {};
      return { refused: { hash: event.args[0], code: Number(event.args[1]), a: event.args[2], b: event.args[3] } };
    });
    return { outcomes, gas: receipt!.gasUsed };
  }

  async submit(choices: EntryChoices): Promise<Outcome> {
    return (await this.send([packEntry((await this.item(choices)).item)]))[0]!;
  }

  /** Submits what must be accepted. */
  async record(choices: EntryChoices): Promise<Recorded> {
    const { recorded, refused } = await this.submit(choices);
    if (recorded === undefined) throw new Error(`refused with ${refused?.code} (${refused?.a}, ${refused?.b})`);
    return recorded;
  }

  async checkpoint(): Promise<{ size: bigint; root: Hex }> {
    await (await this.contract("Ledger").getFunction("checkpoint")()).wait();
    const [size, root] = await this.contract("Ledger").getFunction("log")();
    const [seen] = await this.contract("Ledger").getFunction("newestSeen")();
    this.seen = seen;
    return { size, root };
  }
}
