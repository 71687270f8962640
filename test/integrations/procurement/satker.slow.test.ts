import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";

import type { SupplierFragment } from "../../../migration/mapping/mapped.ts";
import { Client } from "../../../server/cli/client.ts";
import { sandboxKey } from "../../../server/cli/key.ts";
import { Register } from "../../../server/cli/register.ts";
import { nameFingerprint } from "../../../server/domain/company-name.ts";
import { ActCode } from "../../../server/domain/entries/act.ts";
import { idOf } from "../../../server/domain/entries/entry.ts";
import { Exception, Role } from "../../../server/domain/entries/kinds.ts";
import { draftFromText } from "../../../server/domain/proposals/proposal.ts";
import type { Book, Organisation } from "../../../server/integrations/book.ts";
import { registerBook } from "../../../server/register-book.ts";
import { sendAct } from "../../../server/sandbox/bootstrap.ts";
import { POST_PU_1 } from "../../../server/sandbox/people.ts";
import { type Running, startGateway } from "../../gateway/world.ts";
import { describeWithLegacy, LEGACY } from "../../migration/samples.ts";
import { batchOf, type Row } from "./feeds.ts";
import { openWorld, type World } from "./world.ts";

// All that the feeds tell of one real office, proposed, signed by its people, and judged by a ledger.

const FOLDER = "isb-lkpp-kab-bandung-2025";
const BAP = "32_1082_SPSE-NonTenderEkontrak-4BAPBAST.json";

describeWithLegacy("a real office on a ledger", function (this: Mocha.Suite) {
  this.timeout(600_000);
  let running: Running;
  let world: World;
  const feeds = new Map<string, Row[]>();

  before(async () => {
    running = await startGateway();
    const satker = chosen();
    for (const name of readdirSync(path.join(LEGACY, FOLDER)).sort()) {
      const rows = (JSON.parse(readFileSync(path.join(LEGACY, FOLDER, name), "utf8")) as Row[])
        .filter((row) => row.kd_satker_str === satker)
        .map((row) =>
          Object.fromEntries(Object.entries(row).map(([key, value]) => [key, value === null ? null : String(value)])),
        );
      if (rows.length > 0 && !/MasterSatker|Struktur/.test(name)) feeds.set(name, rows);
    }
    const agencies = [{ id: "ID-PRS-DPUPR", codes: [satker], stem: "ocds-213czf-dpupr", post: idOf(POST_PU_1) }];
    world = await openWorld(bookOf(running), agencies, Date.now);
  });
  after(async () => {
    await world.close();
    await running.remove();
  });

  /** An office with many certificates and not too many contracts. */
  function chosen(): string {
    const count = (name: string) => {
      const counts = new Map<string, number>();
      for (const { kd_satker_str: of } of JSON.parse(readFileSync(path.join(LEGACY, FOLDER, name), "utf8")) as Row[])
        counts.set(of!, (counts.get(of!) ?? 0) + 1);
      return counts;
    };
    const contracts = count("33_1080_SPSE-NonTenderEkontrak-2Kontrak.json");
    const fit = [...count(BAP)].filter(([of]) => (contracts.get(of) ?? 0) <= 30).sort((a, b) => b[1] - a[1]);
    return fit[0]![0];
  }

  async function readAll(): Promise<number> {
    let drafted = 0;
    for (const [name, rows] of feeds) {
      const taken = await world.sink.take(batchOf(name, rows));
      await world.sink.finish(name);
      expect(taken.drafted + taken.unchanged + taken.merged + taken.setAside.length, name).to.equal(rows.length);
      drafted += taken.drafted;
    }
    return drafted;
  }

  it("is recorded by its officer, his colleague and their approver, certificates once; read again it brings nothing", async () => {
    await readAll();
    const registrar = { id: "H-PRS-PENDAFTAR", role: Role.registrar };
    const names = new Map<string, string>();
    for await (const { value } of world.storage.range<{ fragment: SupplierFragment }>("proc/supplier/"))
      names.set(nameFingerprint(value.fragment.name), value.fragment.name);
    for (const [at, name] of [...names.values()].entries()) {
      const id = `ID-UJI-S-${at}`;
      const body = JSON.stringify({ id, name });
      await sendAct(running.services, [registrar], { code: ActCode.registerEntity, agency: idOf(id) }, idOf(id), body);
    }
    await world.sink.onLedger([]);
    const url = await running.app.listen({ host: "127.0.0.1", port: 0 });
    const register = await Register.open(new Client(url));
    const [makers, approvers] = [[sandboxKey("pp-pu"), sandboxKey("ppk-pu")] as const, [sandboxKey("pa-pu")]];
    const exceptions = Exception.certifiedAboveValue | Exception.certifiedAboveAccepted | Exception.acceptedAboveValue;
    let recorded = 0;
    for (;;) {
      const open = await world.open();
      if (open.length === 0) break;
      const ready = open.filter(({ waitsFor }) => waitsFor.length === 0);
      expect(ready.length, "something waits in vain").to.be.greaterThan(0);
      await Promise.all(
        ready.map(async ({ drafts }) => {
          const draft = draftFromText(drafts[0]!);
          const told = await register.submit(draft, [...makers], approvers, { reference: "0", exceptions });
          expect(told.state, `${draft.kind} ${draft.ocid} ${JSON.stringify(told.refusal ?? "")}`).to.equal("final");
        }),
      );
      recorded += ready.length;
      await running.services.projected();
      await world.sink.onLedger([...new Set(ready.map(({ ocid }) => ocid))]);
    }
    expect(recorded).to.be.greaterThan(100);
    const certificates = new Map(
      feeds
        .get(BAP)!
        .map((row) => [
          JSON.stringify([row.kd_nontender, row.no_bap, row.besar_pembayaran]),
          Number(row.besar_pembayaran),
        ]),
    );
    let certified = 0n;
    for (const key of new Set(feeds.get(BAP)!.map((row) => row.kd_nontender)))
      for (const contract of Object.values(
        (await world.book.process(`ocds-213czf-dpupr-${key}`))?.view.contracts ?? {},
      ))
        certified += BigInt(contract.certified);
    expect(certified).to.equal(
      [...certificates.values()].reduce((sum, amount) => sum + BigInt(Math.round(amount * 100)), 0n),
    );
    expect(await readAll()).to.equal(0);
    expect(await world.open()).to.deep.equal([]);
  });
});

/** The book that the integrations have of a gateway's register. */
function bookOf({ services }: Running): Book {
  const ask = registerBook(services);
  return {
    size: () => ask({ about: "size" }) as Promise<number>,
    process: (ocid) => ask({ about: "process", ocid, waiting: false }) as ReturnType<Book["process"]>,
    async *touchedSince() {},
    organisation: (hex) => ask({ about: "organisation", hex }) as Promise<Organisation | undefined>,
    async *organisations() {
      for (let after: string | undefined; ; ) {
        const page = (await ask({ about: "organisations", after })) as {
          organisations: Organisation[];
          after?: string;
        };
        yield* page.organisations;
        if (page.after === undefined) return;
        after = page.after;
      }
    },
  };
}
