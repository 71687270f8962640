import { expect } from "chai";
import { idOf } from "../../../server/domain/entries/entry.ts";
import { Custody, Kind, Role } from "../../../server/domain/entries/kinds.ts";
import { toHex } from "../../../server/domain/entries/words.ts";
import { gatewayOver } from "../../../server/gateway/gateway.ts";
import type { Gateway } from "../../../server/http/routes.ts";
import { MachineSigner } from "../../../server/machine-signing.ts";
import { ProposalsHere } from "../../gateway/proposals-world.ts";
import { now, OPERATOR, type Running, signedIn, startGateway, until } from "../../gateway/world.ts";
import { enrolled } from "./machines.ts";

// A machine that an agency allowed to sign imports of chosen kinds, on a real embedded ledger.

const HOLDER = "M-PRS-IMPOR-PU";
const secret = new Uint8Array(32).fill(7);

describe("a machine that signs what is imported", function () {
  this.timeout(60_000);
  let running: Running;
  let here: ProposalsHere;
  let gateway: Gateway;
  before(async () => {
    let integrations: ProposalsHere["integrations"] | undefined;
    running = await startGateway(undefined, { integrations: () => integrations });
    here = await ProposalsHere.open(running);
    integrations = here.integrations;
    gateway = gatewayOver(running.services, {
      mode: "sandbox",
      operatorToken: OPERATOR,
      integrations: () => integrations,
    });
    await here.read(running);
    const office = { agency: "ID-PRS-DPUPR", role: Role.procurement };
    await enrolled(running, HOLDER, secret, Custody.machine, office);
  });
  after(async () => {
    await here.close();
    await running.remove();
  });

  const call = <T>(name: string, args?: unknown) => here.integrations.call<T>(name, args);
  const machine = (more = {}) => ({
    ...{
      holder: HOLDER,
      keyEnv: "PRASASTI_MACHINE_KEY",
      agency: "ID-PRS-DPUPR",
      kinds: ["planning" as const],
      ...more,
    },
  });
  const signer = (more = {}, key: Uint8Array = secret) =>
    new MachineSigner(machine(more), {
      ...{ services: running.services, gateway, call, now },
      env: { PRASASTI_MACHINE_KEY: toHex(key) },
    });
  const list = async (states: string[]) =>
    (
      await call<{ proposals: { ocid: string; drafts: { kind: string }[] }[] }>("proposals.list", {
        limit: 256,
        states,
      })
    ).proposals;
  const open = () => list(["open"]);
  const recorded = (count: number) =>
    until("the integrations heard of it", async () => (await list(["recorded"])).length === count);

  it("signs only the kinds that it was allowed, which is marked on the ledger by its key's custody", async () => {
    const before = await open();
    expect(await signer().signOpen()).to.equal(2);
    const ocid = before[0]!.ocid;
    await until("it is recorded", async () => (await gateway.process(ocid)) !== undefined);
    const [entry] = await gateway.history(ocid);
    expect([entry!.kind, entry!.maker, entry!.capacity]).to.deep.equal([Kind.planning, idOf(HOLDER), Role.procurement]);
    expect(entry!.signers[0]).to.include({ custody: Custody.machine });
    await recorded(2);
    expect((await open()).map(({ drafts }) => drafts[0]!.kind)).to.include("tender");
    expect(await signer().signOpen()).to.equal(0);
  });

  it("signs nothing with a key that is enrolled as a person's, or not at all", async () => {
    const fault = (work: Promise<unknown>) =>
      work.then(
        () => "signed",
        (error: Error) => error.message,
      );
    expect(await fault(signer({ kinds: ["tender"] }, new Uint8Array(32).fill(9)).signOpen())).to.contain(
      "no machine's key",
    );
    const person = new Uint8Array(32).fill(11);
    await enrolled(running, "M-PRS-ORANG", person, Custody.wallet, { agency: "ID-PRS-DPUPR", role: Role.procurement });
    expect(await fault(signer({ holder: "M-PRS-ORANG", kinds: ["tender"] }, person).signOpen())).to.contain(
      "no machine's key",
    );
  });

  it("approves nothing: what is recorded late waits for a person's second signature", async () => {
    const entries = running.services.register().entries;
    expect(await signer({ kinds: ["tender"] }).signOpen()).to.equal(2);
    expect((await list(["taken"])).map(({ drafts }) => drafts[0]!.kind)).to.deep.equal(["tender", "tender"]);
    const me = await gateway.whoIs(await signedIn(running, "pa-pu", "H-PRS-PA-PU"), "any");
    await until("both wait", async () => {
      const { tasks } = await gateway.tasks(me, 10);
      return tasks.filter(({ task, kind }) => task === "approve" && kind === Kind.tender).length === 2;
    });
    expect(running.services.register().entries).to.equal(entries);
  });

  it("gives back after a restart what it had taken and not signed", async () => {
    const [first] = (await call<{ proposals: { id: string }[] }>("proposals.list", { limit: 1, entries: ["award"] }))
      .proposals;
    await call("proposals.take", { ids: [first!.id], by: idOf(HOLDER) });
    await signer({ kinds: ["award"] }).signOpen();
    expect((await call<{ state: string }>("proposals.show", { id: first!.id })).state).to.equal("open");
  });

  it("leaves to people what its offices may not sign", async () => {
    // no head has let it sign contracts
    const kinds = ["contract", "status"] as const;
    const before = (await open()).length;
    expect(await signer({ kinds }).signOpen()).to.equal(0);
    expect((await open()).length).to.equal(before);
  });
});
