import { sha256 } from "#hash";
import { addressOf, signTransaction } from "../chain/transaction.ts";
import { type Act, ActCode, officeKey } from "../domain/entries/act.ts";
import { idOf } from "../domain/entries/entry.ts";
import { Kind, Role } from "../domain/entries/kinds.ts";
import { rpIdHashOf } from "../domain/entries/signature.ts";
import { fromHex, type Hex, NO_ID, utf8 } from "../domain/entries/words.ts";
import { originKey } from "../domain/projection/project-block.ts";
import { actDigest, anAct, appointmentDigest, asCallData, encodeAct, keyWord } from "../ledger/acts.ts";
import { interfaceOf } from "../ledger/deploy.ts";
import { sign } from "../ledger/signatures.ts";
import type { Services } from "../services.ts";
import {
  AGENCIES,
  APPOINTED,
  COUNCIL_KEYS,
  COUNCIL_THRESHOLD,
  HOLDERS,
  OFFICES,
  type SandboxOffice,
  SUPPLIERS,
  sandboxSecret,
  secretOf,
} from "./people.ts";

const DAY = 86_400;
/** sen: from Rp 200 million on an approver signs too */
export const SECOND_SIGNATURE_FROM = 200_000_000_00n;

/** The sandbox's council: published accounts, two of three, without delays. */
export function sandboxChoices() {
  return {
    council: COUNCIL_KEYS.map((name) => addressOf(sandboxSecret(name))),
    threshold: COUNCIL_THRESHOLD,
    councilDelay: 0,
    vetoDelay: 0,
    policyDelay: 0,
  };
}

/**
 * Brings the invented regency into the register: who is appointed, enrolled, which agencies and offices there are, and
 * the first rule set, and on which `pages` passkeys may sign. Each step looks first whether it is done, so it can be repeated after an interruption.
 */
export async function bootstrapSandbox(services: Services, pages: readonly string[] = []): Promise<void> {
  const { addresses } = services.deployment;
  const known = async (key: string) => (await services.projection.get(key)) !== undefined;

  const decide = (to: Hex, data: Hex) => decideInSandbox(services, to, data);

  const [registrar, overseer] = [APPOINTED[0].holder, APPOINTED[1].holder];
  for (const { holder, role } of APPOINTED) {
    if (await known(`holder/${idOf(holder)}`)) continue;
    const { custody } = HOLDERS.find(({ id }) => id === holder)!;
    const [id, address] = [idOf(holder), addressOf(secretOf(holder))];
    const consent = { holder: id, role, key: keyWord(address), custody, until: 0, previous: NO_ID };
    const signature = sign(appointmentDigest(services.separator, consent, "{}"), secretOf(holder));
    const own = asCallData({ holder: id, role: 0, agency: NO_ID, signature });
    const values = [id, address, custody, role, 0, utf8("{}"), [own]];
    await decide(addresses.Authority, interfaceOf("Authority").encodeFunctionData("appoint", values) as Hex);
  }
  const sets = await services.chain.call(
    addresses.Policy,
    fromHex(interfaceOf("Policy").encodeFunctionData("sets", [])),
  );
  if (BigInt(`0x${Buffer.from(sets.subarray(32, 64)).toString("hex")}`) === 0n) {
    // as in the regulations: a surat perjanjian needs an award, +10 % of the first value, second signature from Rp 200 million
    const set = { validFrom: 0, capBps: 1000, awardForms: 1 << 3, second: Role.approver, certificatesBound: true };
    const kinds = [Kind.award, Kind.contract, Kind.amendment, Kind.certificate, Kind.status];
    const thresholds = kinds.map((kind) => ({ currency: "0x494452", kind, value: SECOND_SIGNATURE_FROM }));
    await decide(addresses.Policy, interfaceOf("Policy").encodeFunctionData("add", [set, thresholds]) as Hex);
  }

  for (const page of pages) {
    const { origin, hostname } = new URL(page);
    const row = { origin: idOf(origin), rpIdHash: rpIdHashOf(hostname) };
    if (await known(originKey(row))) continue;
    const values = [origin, hostname, true];
    await decide(addresses.Authority, interfaceOf("Authority").encodeFunctionData("setOrigin", values) as Hex);
  }

  const byRegistrar: ActSigner = { id: registrar, role: Role.registrar };

  const registrations: SandboxAct[] = [];
  for (const { id, name, parent } of AGENCIES) {
    const agency = idOf(id);
    if (await known(`agency/${agency}`)) continue;
    const holder = parent === undefined ? {} : { holder: idOf(parent) };
    const given = { code: ActCode.registerAgency, agency, ...holder };
    registrations.push({ signers: [byRegistrar], given, subject: agency, body: JSON.stringify({ id, name }) });
  }
  for (const { id, name, members } of SUPPLIERS) {
    const agency = idOf(id);
    if (await known(`agency/${agency}`)) continue;
    const body = JSON.stringify({ id, name, ...(members === undefined ? {} : { members }) });
    registrations.push({
      signers: [byRegistrar],
      given: { code: ActCode.registerEntity, agency },
      subject: agency,
      body,
    });
  }
  for (const { id, custody } of HOLDERS) {
    const holder = idOf(id);
    if (await known(`holder/${holder}`)) continue;
    const given = { code: ActCode.enrol, holder, key: keyWord(addressOf(secretOf(id))), custody };
    registrations.push({ signers: [byRegistrar, { id, role: 0 }], given, subject: holder });
  }
  await together(services, registrations);

  for (const [use, name] of [
    [1, "stem"],
    [2, "waveStem"],
  ] as const) {
    const stems: SandboxAct[] = [];
    for (const { id, [name]: body } of AGENCIES) {
      if (body === undefined || (await known(`stem/${body}`))) continue;
      const agency = idOf(id);
      stems.push({
        signers: [byRegistrar],
        given: { code: ActCode.addStem, agency, role: use },
        subject: agency,
        body,
      });
    }
    await together(services, stems);
  }
  // heads grant the other offices
  await grant(({ role }) => role === Role.head);
  await grant(({ role }) => role !== Role.head);

  async function grant(which: (office: SandboxOffice) => boolean): Promise<void> {
    const grants = OFFICES.filter(which).map(grantOf);
    const missing = await Promise.all(grants.map(async ({ subject }) => !(await known(`last/${subject}`))));
    await together(
      services,
      grants.filter((_, index) => missing[index]),
    );
  }

  function grantOf({ holder, agency, role, post, subtree }: SandboxOffice): SandboxAct {
    const at = agency === undefined ? NO_ID : idOf(agency);
    const fields = { holder: idOf(holder), agency: at, role, post: post === undefined ? NO_ID : idOf(post) };
    const top = rootOf(agency);
    const head = OFFICES.find((each) => each.role === Role.head && each.agency === top);
    const byHead: ActSigner = { id: head?.holder ?? registrar, role: Role.head, agency: idOf(top ?? "") };
    const maker = role === Role.head || role === Role.supplier ? byRegistrar : byHead;
    const two = role === Role.approver || role === Role.treasurer || role === Role.head;
    const second: ActSigner[] = two ? [{ id: overseer, role: Role.overseer }] : [];
    return {
      signers: [maker, ...second],
      given: { code: ActCode.grant, ...fields, custody: subtree ? 1 : 0 },
      subject: officeKey(fields.holder, at, role, fields.post),
    };
  }
}

/** One call of the council: proposed, confirmed and executed by its published members. */
export async function decideInSandbox(services: Services, to: Hex, data: Hex): Promise<void> {
  const { addresses, chainId } = services.deployment;
  const council = interfaceOf("Council");
  const call = async (member: string, name: string, values: unknown[]) => {
    const key = sandboxSecret(member);
    const nonce = await services.chain.nonce(addressOf(key));
    const input = fromHex(council.encodeFunctionData(name, values));
    const { raw } = signTransaction({ chainId, nonce, gas: 10_000_000, to: addresses.Council, data: input }, key);
    const [inclusion] = await services.chain.submit([raw]);
    if (!inclusion!.ok) throw new Error(`the council's ${name} failed`);
  };
  const first = await services.chain.call(addresses.Council, fromHex(council.encodeFunctionData("proposalCount", [])));
  const proposal = BigInt(`0x${Buffer.from(first).toString("hex")}`);
  await call(COUNCIL_KEYS[0]!, "propose", [to, data]);
  await call(COUNCIL_KEYS[1]!, "confirm", [proposal]);
  await call(COUNCIL_KEYS[1]!, "execute", [proposal]);
}

/** The agency at the top of the tree that an agency stands in. */
function rootOf(id: string | undefined): string | undefined {
  const parent = AGENCIES.find((agency) => agency.id === id)?.parent;
  return parent === undefined ? id : rootOf(parent);
}

/** In which role a person of the sandbox signs an act, and for which agency; role 0: for himself. */
export type ActSigner = { id: string; role: number; agency?: Hex };

type SandboxAct = {
  /** the maker first */
  readonly signers: readonly ActSigner[];
  readonly given: Partial<Act> & { code: number };
  readonly subject: Hex;
  readonly body?: string;
};

/** The call data of an act, signed with published keys. */
async function signedAct(services: Services, { signers, given, subject, body = "{}" }: SandboxAct): Promise<Hex> {
  const previous = (await services.projection.get<Hex>(`last/${subject}`)) ?? NO_ID;
  const expires = Math.floor(Date.now() / 1000) + DAY;
  const act = anAct({ maker: idOf(signers[0]!.id), expires, previous, ...given }, body);
  const digest = actDigest(services.separator, act);
  const signatures = signers.map(({ id, role, agency = NO_ID }) => ({
    holder: idOf(id),
    role,
    agency,
    signature: sign(digest, secretOf(id)),
  }));
  return encodeAct(act, signatures, body);
}

/** as many as a block has gas for */
const ACTS_A_BLOCK = 60;

/** Relays acts that do not build on each other, many in a block, in their order; resolves when they are projected. */
async function together(services: Services, acts: readonly SandboxAct[]): Promise<void> {
  const to = services.deployment.addresses.Authority;
  for (let from = 0; from < acts.length; from += ACTS_A_BLOCK) {
    const some = acts.slice(from, from + ACTS_A_BLOCK);
    const calls = await Promise.all(some.map(async (act) => ({ to, data: await signedAct(services, act) })));
    const told = await services.relay(calls);
    const refused = some[told.findIndex(({ ok }) => !ok)];
    if (refused !== undefined) throw new Error(`act ${refused.given.code} on ${refused.subject} was refused`);
  }
  await services.projected();
}

/** Signs an act with published keys, the maker's first, and relays it. */
export async function sendAct(
  services: Services,
  signers: readonly ActSigner[],
  given: Partial<Act> & { code: number },
  subject: Hex,
  body = "{}",
): Promise<void> {
  await together(services, [{ signers, given, subject, body }]);
}

/** A 32-byte number that follows from names: command ids of the seed, so that it can be repeated. */
export function seedId(...names: (string | number)[]): Hex {
  return `0x${Buffer.from(sha256(utf8(`sandbox ${names.join(" ")}`))).toString("hex")}`;
}
