import { expect } from "chai";
import fc from "fast-check";
import { tellNumber } from "../../../server/domain/registry/numbers.ts";
import { core } from "./world.ts";

describe("numbers of suppliers", () => {
  const told = (text: string) => {
    const { kind, valid, person, core: nine } = tellNumber(text);
    return { kind, valid, person, ...(nine === undefined ? {} : { core: nine }) };
  };

  it("are read in each form, with and without points", () => {
    const nine = core(1_234_567);
    const fifteen = `${nine}429001`;
    const written = fifteen.replace(/(\d\d)(\d{3})(\d{3})(\d)(\d{3})(\d{3})/, "$1.$2.$3.$4-$5.$6");
    expect(told(written)).to.deep.equal({ kind: "npwp15", valid: true, person: false, core: nine });
    expect(tellNumber(written).branch).to.equal("001");
    expect(told(`0${fifteen}`)).to.deep.equal({ kind: "npwp16", valid: true, person: false, core: nine });
    expect(told(`0${fifteen}000002`)).to.deep.equal({ kind: "nitku", valid: true, person: false, core: nine });
    expect(tellNumber(`0${fifteen}000002`).branch).to.equal("000002");
    expect(told("9120001234567")).to.deep.equal({ kind: "nib", valid: true, person: false });
    expect(told("3204051203800001")).to.deep.equal({ kind: "nik", valid: true, person: true });
    expect(told("198001012005011002")).to.deep.equal({ kind: "nip", valid: true, person: true });
  });

  it("are none where nothing or one digit stands, and say what is wrong else", () => {
    for (const text of ["", "-", "0", "0000000000000000", "00.000.000.0-000.000"])
      expect(told(text).kind, text).to.equal("none");
    expect(told("12345")).to.include({ kind: "unknown", valid: false });
    expect(told("NPWP 01")).to.include({ kind: "unknown", valid: false });
    // a resident's number is 16 digits too; region 99 is none
    expect(told("9904051203800001")).to.include({ kind: "npwp16", valid: false, person: true });
  });

  it("have a check digit that finds each slip of one digit and each swap of neighbours but 0 and 9", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 99_999_998 }),
        fc.nat(8),
        fc.integer({ min: 1, max: 9 }),
        (number, at, by) => {
          const nine = core(number);
          const slip = `${nine.slice(0, at)}${(Number(nine[at]) + by) % 10}${nine.slice(at + 1)}`;
          expect(tellNumber(`${slip}429000`).valid).to.equal(false);
          const swap = at === 8 ? nine : `${nine.slice(0, at)}${nine[at + 1]}${nine[at]}${nine.slice(at + 2)}`;
          const unseen = swap === nine || [nine[at], nine[at + 1]].sort().join("") === "09";
          if (!unseen) expect(tellNumber(`${swap}429000`).valid, swap).to.equal(false);
        },
      ),
    );
  });
});
