import { randomBytes } from "node:crypto";
import { addressOf, fromHex, signTransaction, toHex } from "../../server/chain/transaction.ts";
import type { SigningKey } from "../../server/cli/key-file.ts";
import { type Act, ActCode, subjectOfAct } from "../../server/domain/entries/act.ts";
import { idOf } from "../../server/domain/entries/entry.ts";
import { Custody, Kind, Role } from "../../server/domain/entries/kinds.ts";
import { type Hex, NO_ID, utf8 } from "../../server/domain/entries/words.ts";
import { actDigest, anAct, appointmentDigest, asCallData, encodeAct, keyWord } from "../../server/ledger/acts.ts";
import { interfaceOf, planDeployment } from "../../server/ledger/deploy.ts";
import { sign } from "../../server/ledger/signatures.ts";
import type { Reach } from "./reach.ts";
import { Register } from "./register.ts";

/** Who is in a register that is made for a rehearsal: agencies with their heads and stems of waves. */
export type Founding = {
  agencies: readonly { id: string; name: string; stem: string; head: string }[];
  /** further holders and their offices, such as those who sign entries on migrated processes */
  offices?: readonly { holder: string; agency: string; role: number; post?: string }[];
};

/** A register that exists for a while, and the keys of everybody in it. */
export type Founded = { register: Register; keys: SigningKey[]; keyOf(holder: string): SigningKey };

const DAY = 86_400;
const REGISTRAR = "petugas-pendaftaran-gladi";
const OVERSEER = "pengawas-gladi";

/**
 * Deploys a register on an empty chain and brings into it whom a wave needs, with keys made here: nothing of it counts
 * anywhere else, since its domain is its own.
 */
export async function foundRegister(chain: Reach, { agencies, offices = [] }: Founding): Promise<Founded> {
  await chain.ready();
  const { chainId } = chain.identity;
  const secrets = new Map<string, SigningKey>();
  const keyOf = (holder: string): SigningKey => {
    let key = secrets.get(holder);
    if (key === undefined) {
      const secret = new Uint8Array(randomBytes(32));
      key = { name: holder, holder, holderId: idOf(holder), address: addressOf(secret) as Hex, secret };
      secrets.set(holder, key);
    }
    return key;
  };
  const deployer = new Uint8Array(randomBytes(32));
  const council = [new Uint8Array(randomBytes(32)), new Uint8Array(randomBytes(32))] as const;
  const nonces = new Map<string, number>();
  const transaction = async (
    key: Uint8Array,
    to: Hex | undefined,
    data: Hex,
    gas = 30_000_000,
  ): Promise<Uint8Array> => {
    const from = addressOf(key);
    const nonce = nonces.get(from) ?? (await chain.nonce(from));
    nonces.set(from, nonce + 1);
    return signTransaction({ chainId, nonce, gas, to: to ?? null, data: fromHex(data) }, key).raw;
  };
  const submit = async (raws: readonly Uint8Array[]) => {
    const failed = (await chain.submit(raws)).findIndex(({ ok }) => !ok);
    if (failed >= 0) throw new Error(`founding a register for a rehearsal: transaction ${failed} failed`);
  };
  const { addresses, steps } = planDeployment(addressOf(deployer), 0, {
    ...{ council: council.map(addressOf), threshold: 2, councilDelay: 0, vetoDelay: 0, policyDelay: 0 },
    salt: toHex(randomBytes(32)) as Hex,
  });
  for (const { to, data } of steps) await submit([await transaction(deployer, to, data)]);
  const register = await Register.over(chain, addresses.Ledger);
  const { separator } = register;

  let proposals = 0;
  const decide = async (to: Hex, data: Hex) => {
    const code = interfaceOf("Council");
    const [first, second] = council;
    const call = (name: string, values: unknown[]) => code.encodeFunctionData(name, values) as Hex;
    await submit([await transaction(first, addresses.Council, call("propose", [to, data]))]);
    await submit([await transaction(second, addresses.Council, call("confirm", [proposals]))]);
    await submit([await transaction(second, addresses.Council, call("execute", [proposals]))]);
    proposals++;
  };
  const custody = Custody.wallet;
  for (const [holder, role] of [
    [REGISTRAR, Role.registrar],
    [OVERSEER, Role.overseer],
  ] as const) {
    const { holderId, address, secret } = keyOf(holder);
    const given = { holder: holderId, role, key: keyWord(address), custody, until: 0, previous: NO_ID };
    const signature = sign(appointmentDigest(separator, given, "{}"), secret);
    const own = asCallData({ holder: holderId, role: 0, agency: NO_ID, signature });
    const values = [holderId, address, custody, role, 0, utf8("{}"), [own]];
    await decide(addresses.Authority, interfaceOf("Authority").encodeFunctionData("appoint", values) as Hex);
  }
  const kinds = [Kind.award, Kind.contract, Kind.amendment, Kind.certificate, Kind.status];
  const thresholds = kinds.map((kind) => ({ currency: "0x494452", kind, value: 200_000_000_00n }));
  const set = { validFrom: 0, capBps: 1000, awardForms: 1 << 3, second: Role.approver, certificatesBound: true };
  await decide(addresses.Policy, interfaceOf("Policy").encodeFunctionData("add", [set, thresholds]) as Hex);

  type Signer = { holder: string; role: number; agency?: Hex };
  const last = new Map<Hex, Hex>();
  const act = async (signers: readonly Signer[], given: Partial<Act> & { code: number }, body = "{}") => {
    const expires = (await register.now()) + DAY;
    const draft = anAct({ maker: idOf(signers[0]!.holder), expires, ...given }, body);
    const subject = subjectOfAct(draft);
    const full = { ...draft, previous: last.get(subject) ?? (await register.lastAct(subject)) };
    const digest = actDigest(separator, full);
    const signatures = signers.map(({ holder, role, agency = NO_ID }) => ({
      ...{ holder: idOf(holder), role, agency, signature: sign(digest, keyOf(holder).secret) },
    }));
    await submit([await transaction(deployer, addresses.Authority, encodeAct(full, signatures, body), 5_000_000)]);
  };
  const registrar: Signer = { holder: REGISTRAR, role: Role.registrar };
  const overseer: Signer = { holder: OVERSEER, role: Role.overseer };
  const enrolled = new Set<string>();
  const enrol = async (holder: string) => {
    if (enrolled.has(holder)) return;
    enrolled.add(holder);
    const given = { code: ActCode.enrol, holder: idOf(holder), key: keyWord(keyOf(holder).address), custody };
    await act([registrar, { holder, role: 0 }], given);
  };
  for (const { id, name, stem, head } of agencies) {
    const agency = idOf(id);
    await act([registrar], { code: ActCode.registerAgency, agency }, JSON.stringify({ id, name }));
    await act([registrar], { code: ActCode.addStem, agency, role: 2 }, stem);
    await enrol(head);
    await act([registrar, overseer], { code: ActCode.grant, holder: idOf(head), agency, role: Role.head });
  }
  for (const { holder, agency: at, role, post } of offices) {
    await enrol(holder);
    const agency = idOf(at);
    const fields = { holder: idOf(holder), agency, role, post: post === undefined ? NO_ID : idOf(post) };
    const { head } = agencies.find(({ id }) => id === at)!;
    const byHead: Signer = { holder: head, role: Role.head, agency };
    const maker = role === Role.head || role === Role.supplier ? registrar : byHead;
    const two = role === Role.approver || role === Role.treasurer || role === Role.head;
    await act(two ? [maker, overseer] : [maker], { code: ActCode.grant, ...fields });
  }
  return { register, keyOf, keys: [...secrets.values()] };
}
