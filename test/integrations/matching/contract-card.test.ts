import { expect } from "chai";
import { idOf } from "../../../server/domain/entries/entry.ts";
import { planReleases } from "../../../server/domain/entries/plan.ts";
import { contractCards } from "../../../server/domain/payments/contract-card.ts";

const ocid = "ocds-213czf-dpupr-9001";
const buyer = { id: "ID-PRS-DPUPR", name: "Dinas PU" };
const firm = { id: "ID-PRS-S-1", name: "CV Batu Alam" };
const idr = (amount: number) => ({ amount, currency: "IDR" });

/** What the register would publish of releases as the maps of procurement feeds make them. */
function published(...releases: object[]) {
  const plan = planReleases(
    releases.map((release, at) => ({
      ...{ ocid, id: `r-${at}`, date: `2026-0${at + 1}-10T00:00:00Z`, initiationType: "tender", language: "id", buyer },
      parties: [
        { ...buyer, roles: ["buyer"] },
        { ...firm, roles: ["supplier"], additionalIdentifiers: [{ scheme: "ID-NPWP", id: "01.234.567.8-901.000" }] },
      ],
      ...release,
    })),
    undefined,
    {
      now: Math.floor(Date.parse("2026-11-20T00:00:00Z") / 1000),
      organisation: (id) => ({
        id: id === idOf(firm.id) ? firm.id : buyer.id,
        name: id === idOf(firm.id) ? firm.name : buyer.name,
        kind: id === idOf(firm.id) ? "supplier" : "agency",
      }),
      extensions: [],
      agency: idOf(buyer.id),
      post: idOf("POST"),
    },
  );
  const faults = plan.planned.flatMap(({ faults: each }) => each);
  expect(faults, JSON.stringify(faults)).to.deep.equal([]);
  return contractCards({ view: plan.view!, releases: plan.releases });
}

describe("a contract as money sees it", () => {
  it("says every number and id under which people and systems know it", () => {
    const [card] = published({
      tag: ["planning", "tender", "award", "contract"],
      planning: {
        budget: { id: "5.1.02.01.01.0024;5.2.02.10.01.0002", projectID: "53001122;53001123", description: "APBD" },
      },
      tender: { id: "10140244000", title: "Rehabilitasi Jalan Cibiru" },
      awards: [{ id: "10140244000-1", status: "active", value: idr(50_000_000), suppliers: [firm] }],
      contracts: [
        {
          id: "10140244000-1",
          awardID: "10140244000-1",
          title: "Rehabilitasi Jalan Cibiru",
          description: "Nomor kontrak: 000.3.3/ 3526 /PU/2026",
          status: "active",
          value: idr(50_000_000),
          dateSigned: "2026-01-10T00:00:00Z",
          documents: [
            { id: "contract", documentType: "contractSigned", title: "Kontrak 000.3.3/ 3526 /PU/2026" },
            { id: "spmk", documentType: "contractSchedule", title: "SPMK/SPP 000.3.3/3530/PU/2026" },
            { id: "a1", documentType: "contractAnnexe", title: "Adendum 1: 000.3.3/3526.a/PU/2026" },
          ],
          milestones: [
            { id: "t1", title: "Termin 1: 30 %", type: "payment" },
            { id: "t2", title: "Termin 2: 70 %", type: "payment" },
          ],
          implementation: {
            documents: [
              {
                id: "bap:1",
                documentType: "financialProgressReport",
                title: "Berita acara pembayaran 900/12/BAP/PU/2026",
              },
            ],
          },
        },
      ],
    });
    expect(card!.numbers).to.include.members([
      "000.3.3/ 3526 /PU/2026",
      "000.3.3/3530/PU/2026",
      "000.3.3/3526.a/PU/2026",
    ]);
    expect(card!.references).to.deep.equal(["900/12/BAP/PU/2026"]);
    expect(card!.planIds).to.deep.equal(["53001122", "53001123"]);
    expect(card!.packageIds).to.include("10140244000");
    expect(card!.budget.map(({ account }) => account)).to.deep.equal(["5.1.02.01.01.0024", "5.2.02.10.01.0002"]);
    expect(card!.instalments).to.deep.equal(["1500000000", "3500000000"]);
    expect(card).to.include({ value: "5000000000", title: "Rehabilitasi Jalan Cibiru", agency: idOf(buyer.id) });
    expect(card!.supplier).to.deep.include({ name: firm.name, id: idOf(firm.id) });
    expect(card!.supplier!.npwpCores).to.deep.equal(["012345678"]);
  });
});
