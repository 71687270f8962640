import { sha256 } from "#hash";
import { addressOf, signTransaction } from "../chain/transaction.ts";
import { type Act, ActCode } from "../domain/entries/act.ts";
import { idOf } from "../domain/entries/entry.ts";
import { Kind, Role } from "../domain/entries/kinds.ts";
import { fromHex, type Hex, NO_ID, utf8 } from "../domain/entries/words.ts";
import { actDigest, anAct, appointmentDigest, asCallData, encodeAct, keyWord, officeKey } from "../ledger/acts.ts";
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
 * the first rule set. Each step looks first whether it is done, so it can be repeated after an interruption.
 */
export async function bootstrapSandbox(services: Services): Promise<void> {
  const { addresses, chainId } = services.deployment;
  const known = async (key: string) => (await services.projection.get(key)) !== undefined;

  /** One call of the council: proposed, confirmed and executed by its published members. */
  const decide = async (to: Hex, data: Hex) => {
    const council = interfaceOf("Council");
    const call = async (member: string, name: string, values: unknown[]) => {
      const key = sandboxSecret(member);
      const nonce = await services.chain.nonce(addressOf(key));
      const input = fromHex(council.encodeFunctionData(name, values));
      const { raw } = signTransaction({ chainId, nonce, gas: 10_000_000, to: addresses.Council, data: input }, key);
      const [inclusion] = await services.chain.submit([raw]);
      if (!inclusion!.ok) throw new Error(`the council's ${name} failed`);
    };
    const first = await services.chain.call(
      addresses.Council,
      fromHex(council.encodeFunctionData("proposalCount", [])),
    );
    const proposal = BigInt(`0x${Buffer.from(first).toString("hex")}`);
    await call(COUNCIL_KEYS[0]!, "propose", [to, data]);
    await call(COUNCIL_KEYS[1]!, "confirm", [proposal]);
    await call(COUNCIL_KEYS[1]!, "execute", [proposal]);
  };

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
    const thresholds = [Kind.award, Kind.contract, Kind.amendment, Kind.certificate, Kind.status].map((kind) => ({
      currency: "0x494452",
      kind,
      value: 200_000_000_00n,
    }));
    await decide(addresses.Policy, interfaceOf("Policy").encodeFunctionData("add", [set, thresholds]) as Hex);
  }

  const act = (signers: ActSigner[], given: Partial<Act> & { code: number }, subject: Hex, body?: string) =>
    sendAct(services, signers, given, subject, body);
  const byRegistrar: ActSigner = { id: registrar, role: Role.registrar };

  for (const { id, name, parent, stem, waveStem } of AGENCIES) {
    const agency = idOf(id);
    if (!(await known(`agency/${agency}`))) {
      const holder = parent === undefined ? {} : { holder: idOf(parent) };
      await act(
        [byRegistrar],
        { code: ActCode.registerAgency, agency, ...holder },
        agency,
        JSON.stringify({ id, name }),
      );
    }
    for (const [text, use] of [
      [stem, 1],
      [waveStem, 2],
    ] as const) {
      if (text === undefined || (await known(`stem/${text}`))) continue;
      await act([byRegistrar], { code: ActCode.addStem, agency, role: use }, agency, text);
    }
  }
  for (const { id, name } of SUPPLIERS) {
    const agency = idOf(id);
    if (await known(`agency/${agency}`)) continue;
    await act([byRegistrar], { code: ActCode.registerEntity, agency }, agency, JSON.stringify({ id, name }));
  }
  for (const { id, custody } of HOLDERS) {
    const holder = idOf(id);
    if (await known(`holder/${holder}`)) continue;
    const key = keyWord(addressOf(secretOf(id)));
    await act([byRegistrar, { id, role: 0 }], { code: ActCode.enrol, holder, key, custody }, holder);
  }
  const suppliers = new Set(SUPPLIERS.map(({ id }) => id));
  for (const office of OFFICES) await grant(office);

  async function grant({ holder, agency, role, post, subtree }: SandboxOffice): Promise<void> {
    const at = agency === undefined ? NO_ID : idOf(agency);
    const fields = { holder: idOf(holder), agency: at, role, post: post === undefined ? NO_ID : idOf(post) };
    const subject = officeKey(fields.holder, at, role, fields.post);
    if (await known(`last/${subject}`)) return;
    const byHead: ActSigner = { id: "H-PRS-SEKDA", role: Role.head, agency: idOf("ID-PRS-TIRTARAYA") };
    const maker = role === Role.head || suppliers.has(agency ?? "") ? byRegistrar : byHead;
    const two = role === Role.approver || role === Role.treasurer || role === Role.head;
    const second: ActSigner[] = two ? [{ id: overseer, role: Role.overseer }] : [];
    await act([maker, ...second], { code: ActCode.grant, ...fields, custody: subtree ? 1 : 0 }, subject);
  }
}

/** In which role a person of the sandbox signs an act, and for which agency; role 0: for himself. */
export type ActSigner = { id: string; role: number; agency?: Hex };

/** Signs an act with published keys, the maker's first, and relays it; resolves when it is projected. */
export async function sendAct(
  services: Services,
  signers: readonly ActSigner[],
  given: Partial<Act> & { code: number },
  subject: Hex,
  body = "{}",
): Promise<void> {
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
  const call = { to: services.deployment.addresses.Authority, data: encodeAct(act, signatures, body) };
  const [told] = await services.relay([call]);
  if (!told!.ok) throw new Error(`act ${act.code} on ${subject} was refused`);
  await services.projected();
}

/** A 32-byte number that follows from names: command ids of the seed, so that it can be repeated. */
export function seedId(...names: (string | number)[]): Hex {
  return `0x${Buffer.from(sha256(utf8(`sandbox ${names.join(" ")}`))).toString("hex")}`;
}
