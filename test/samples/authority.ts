import { Client } from "../../server/cli/client.ts";
import { sandboxKey } from "../../server/cli/key.ts";
import { Register } from "../../server/cli/register.ts";
import { ActCode, officeKey } from "../../server/domain/entries/act.ts";
import { idOf } from "../../server/domain/entries/entry.ts";
import { Role } from "../../server/domain/entries/kinds.ts";
import { type Hex, NO_ID } from "../../server/domain/entries/words.ts";
import { type ActSigner, sendAct } from "../../server/sandbox/bootstrap.ts";
import type { Running } from "../gateway/world.ts";

/** The agencies and suppliers of somebody's files, registered on a test register; two people hold all offices there. */

const ROOT = "ID-PRS-TIRTARAYA";
export const MAKER = sandboxKey("ppk-pu");
export const APPROVER = sandboxKey("pa-pu");
export const POST = "POST-SAMPLES";

const registrar: ActSigner = { id: "H-PRS-PENDAFTAR", role: Role.registrar };
const overseer: ActSigner = { id: "H-PRS-INSPEKTUR", role: Role.overseer };
const head: ActSigner = { id: "H-PRS-SEKDA", role: Role.head, agency: idOf(ROOT) };

export type Body = { id: string; name: string; kind: "agency" | "supplier"; stems?: string[] };

export async function registerAll({ services }: Running, organisations: readonly Body[]): Promise<void> {
  const act = (signers: ActSigner[], given: Parameters<typeof sendAct>[2], subject: Hex, body?: string) =>
    sendAct(services, signers, given, subject, body);
  const [maker, approver] = [MAKER.holder, APPROVER.holder];
  for (const [holder, role, post] of [
    [maker, Role.procurement, ""],
    [maker, Role.officer, POST],
    [maker, Role.treasurer, ""],
    [approver, Role.approver, ""],
  ] as const) {
    const office = { holder: idOf(holder), agency: idOf(ROOT), role, post: post === "" ? NO_ID : idOf(post) };
    const two = role === Role.treasurer || role === Role.approver;
    const subject = officeKey(office.holder, office.agency, role, office.post);
    await act(two ? [head, overseer] : [head], { code: ActCode.grant, ...office, custody: 1 }, subject);
  }
  for (const { id, name, kind, stems = [] } of organisations) {
    const agency = idOf(id);
    const body = JSON.stringify({ id, name });
    if (kind === "supplier") await act([registrar], { code: ActCode.registerEntity, agency }, agency, body);
    else await act([registrar], { code: ActCode.registerAgency, agency, holder: idOf(ROOT) }, agency, body);
    for (const stem of stems) await act([registrar], { code: ActCode.addStem, agency, role: 1 }, agency, stem);
  }
}

/** The register as the command line opens it, over the application without a socket. */
export function openRegister({ app }: Running): Promise<Register> {
  const send = async (
    method: "GET" | "POST" | "PUT" | "DELETE",
    url: string,
    headers: Readonly<Record<string, string>>,
    body?: string | Uint8Array,
  ) => {
    const response = await app.inject({
      method,
      url,
      headers,
      ...(body === undefined ? {} : { payload: Buffer.from(body) }),
    });
    return { status: response.statusCode, headers: response.headers as Record<string, string>, text: response.body };
  };
  return Register.open(new Client("http://register.test", { send }));
}
