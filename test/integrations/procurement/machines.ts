import { addressOf } from "../../../server/chain/transaction.ts";
import { type Act, ActCode, subjectOfAct } from "../../../server/domain/entries/act.ts";
import { idOf } from "../../../server/domain/entries/entry.ts";
import { Role } from "../../../server/domain/entries/kinds.ts";
import { type Hex, NO_ID } from "../../../server/domain/entries/words.ts";
import { actDigest, anAct, encodeAct, keyWord } from "../../../server/ledger/acts.ts";
import { sign } from "../../../server/ledger/signatures.ts";
import { secretOf } from "../../../server/sandbox/people.ts";
import { now, type Running } from "../../gateway/world.ts";

/** Enrols a holder with a key of this custody, and has the head of its agency grant it an office. */
export async function enrolled(
  { services }: Running,
  holder: string,
  secret: Uint8Array,
  custody: number,
  office: { agency: string; role: number; post?: Hex },
): Promise<void> {
  const key = keyWord(addressOf(secret) as Hex);
  const agency = idOf(office.agency);
  const relay = async (
    given: Partial<Act> & { code: number },
    signers: { id: string; role: number; agency?: Hex; secret: Uint8Array }[],
  ) => {
    const bare = anAct({ maker: idOf(signers[0]!.id), expires: now() + 3_600, ...given }, "{}");
    const previous = (await services.projection.get<Hex>(`last/${subjectOfAct(bare)}`)) ?? NO_ID;
    const act = { ...bare, previous };
    const digest = actDigest(services.separator, act);
    const signatures = signers.map(({ id, role, agency: at = NO_ID, secret: own }) => ({
      holder: idOf(id),
      role,
      agency: at,
      signature: sign(digest, own),
    }));
    const [told] = await services.relay([
      { to: services.deployment.addresses.Authority, data: encodeAct(act, signatures, "{}") },
    ]);
    if (!told!.ok) throw new Error(`act ${given.code} on ${holder} was refused`);
    await services.projected();
  };
  const registrar = { id: "H-PRS-PENDAFTAR", role: Role.registrar, secret: secretOf("H-PRS-PENDAFTAR") };
  await relay({ code: ActCode.enrol, holder: idOf(holder), key, custody }, [
    registrar,
    { id: holder, role: 0, secret },
  ]);
  const head = {
    id: "H-PRS-SEKDA",
    role: Role.head,
    agency: idOf("ID-PRS-TIRTARAYA"),
    secret: secretOf("H-PRS-SEKDA"),
  };
  const { role, post = NO_ID } = office;
  await relay({ code: ActCode.grant, holder: idOf(holder), agency, role, post }, [head]);
}
