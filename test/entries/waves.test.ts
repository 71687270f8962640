import { expect } from "chai";
import fc from "fast-check";
import { sha256 } from "#hash";
import { type Act, ActCode, bodyBytesOf, bodyTextOf, isBodyOf, nameOfAct } from "../../server/domain/entries/act.ts";
import { idOf } from "../../server/domain/entries/entry.ts";
import { WaveState, type WaveStateName } from "../../server/domain/entries/kinds.ts";
import { actRowsInWords } from "../../server/domain/entries/telling-acts.ts";
import { type Hex, NO_ID, toHex, utf8 } from "../../server/domain/entries/words.ts";
import {
  afterWaveAct,
  lanesInForce,
  type Standing,
  standingCode,
  standingOf,
  type WaveView,
  waveAt,
} from "../../server/domain/projection/waves.ts";
import { anAct } from "../../server/ledger/acts.ts";
import { openingBody, packCounts } from "../../server/ledger/waves.ts";
import { inWords } from "../../web/sign/in-words.ts";
import { readRequest } from "../../web/sign/request.ts";

const HEAD = idOf("head");
const actOf = (given: Partial<Act> & { code: number }, body: Uint8Array): Act => ({
  ...anAct({ maker: HEAD, expires: 1_900_000_000, post: idOf("W1"), agency: idOf("ID-KAB"), ...given }, ""),
  digest: toHex(sha256(body)),
});

/** A wave after these acts, each a second after the one before. */
function waveAfter(codes: readonly number[], detaches = false): WaveView {
  return codes.reduce<WaveView | undefined>((view, code, index) => {
    const act = actOf({ code, role: code === ActCode.openWave && detaches ? 1 : 0 }, new Uint8Array());
    const told = { leaf: idOf(`${index}`), wave: 7, registerSequence: 100 + index, timeMs: 1_000 * index, signers: [] };
    return afterWaveAct(view, { act, body: new Uint8Array(), ...told });
  }, undefined)!;
}
const { openWave, consentToWave, leaseWave, closeWave, activateWave, finaliseWave, rollBackWave } = ActCode;
const lives: [WaveStateName, number[]][] = [
  ["open", [openWave, consentToWave, leaseWave]],
  ["closed", [openWave, closeWave]],
  ["active", [openWave, closeWave, activateWave]],
  ["final", [openWave, closeWave, activateWave, finaliseWave]],
  ["rolledBack", [openWave, closeWave, activateWave, rollBackWave]],
];

describe("what stands of a process that a wave brought", () => {
  it("follows from the wave's state, whether it detaches, and whether people signed on it; nothing else decides", () => {
    const told: Record<string, [Standing, Standing]> = {};
    for (const [name, codes] of lives)
      for (const detaches of [false, true]) {
        const wave = waveAfter(codes, detaches);
        expect(wave.state).to.equal(name);
        const [bare, touched] = [{ wave: 7 }, { wave: 7, touched: true as const }];
        told[`${name}${detaches ? ", detaches" : ""}`] = [standingOf(bare, wave), standingOf(touched, wave)];
        // the parts of the index that are read hold exactly what stands
        const prefixes = lanesInForce([wave]).map(({ prefix }) => prefix);
        const [whole, stays] = [prefixes.includes("wave/7/"), prefixes.includes("stays/7/")];
        expect(prefixes[0]).to.equal("");
        expect(whole, name).to.equal(standingOf(bare, wave) === "inForce");
        expect(whole || stays, name).to.equal(standingOf(touched, wave) === "inForce");
        // as Waves.standing answers
        const code = { open: 0, closed: 0, active: 1, final: 1, rolledBack: detaches ? 2 : 3 }[name as "open"];
        expect(standingCode(wave), name).to.equal(code);
      }
    const both = (standing: Standing): [Standing, Standing] => [standing, standing];
    expect(told).to.deep.equal({
      ...{ open: both("waiting"), "open, detaches": both("waiting") },
      ...{ closed: both("waiting"), "closed, detaches": both("waiting") },
      ...{ active: both("inForce"), "active, detaches": both("inForce") },
      ...{ final: both("inForce"), "final, detaches": both("inForce") },
      ...{ rolledBack: both("takenBack"), "rolledBack, detaches": ["takenBack", "inForce"] },
    });
    expect(standingOf({}, undefined)).to.equal("inForce");
    expect(standingOf({ wave: 7 }, undefined)).to.equal("waiting");
  });

  it("at a moment is what its acts had made of it by then; its rows stand where it came into force", () => {
    const wave = waveAfter([openWave, closeWave, activateWave, rollBackWave], true);
    const states = [-1, 0, 999, 1_000, 2_000, 2_999, 3_000].map((moment) => waveAt(wave, moment)?.state);
    expect(states).to.deep.equal([undefined, "open", "open", "closed", "active", "active", "rolledBack"]);
    expect(waveAt(wave, 2_000)!.acts.map(({ act }) => act)).to.deep.equal(["openWave", "closeWave", "activateWave"]);
    expect(lanesInForce([waveAt(wave, 2_500)!])).to.deep.equal([
      { prefix: "", since: 0 },
      { prefix: "wave/7/", since: 102 },
    ]);
    expect(lanesInForce([wave])[1]).to.deep.equal({ prefix: "stays/7/", since: 102 });
    expect(Object.keys(WaveState)).to.have.length(lives.length);
  });
});

describe("an act on a wave in words", () => {
  const named = (id: Hex) => (id === idOf("ID-KAB") ? "Kabupaten" : id);
  const certificate = JSON.stringify({
    plan: "kab-2026",
    sums: { IDR: { value: "1234567", paid: "89" } },
    rows: { migrated: 4 },
    long: "x".repeat(200),
    deep: { deeper: { deepest: { no: 1 } } },
  });
  const acts: [number, Partial<Act>, Uint8Array, string[]][] = [
    [
      openWave,
      { key: idOf("plan"), role: 1, until: 86_400 },
      openingBody([idOf("W0"), idOf("W9")]),
      [idOf("W0"), idOf("W9"), idOf("plan")],
    ],
    [consentToWave, { key: idOf("plan") }, utf8("{}"), [idOf("plan")]],
    [leaseWave, { from: 2 }, utf8("{}"), ["2"]],
    [
      closeWave,
      { from: 1, until: 4, key: idOf("lots"), holder: packCounts({ read: 10, rejected: 3, merged: 2, excluded: 1 }) },
      utf8(certificate),
      [
        "10, 3, 2, 1",
        "4",
        idOf("lots"),
        "sums.IDR.value: 1234567",
        "sums.IDR.paid: 89",
        "rows.migrated: 4",
        "plan: kab-2026",
      ],
    ],
    [activateWave, {}, utf8("{}"), []],
    [rollBackWave, { key: idOf("delta") }, utf8('{"reason":"salah"}'), [idOf("delta")]],
    [finaliseWave, {}, utf8("{}"), []],
  ];
  for (const [code, given, bytes, expected] of acts)
    it(`${nameOfAct(code)}: tells all that is signed, on the command line and the signing page alike`, async () => {
      const act = actOf({ code, ...given }, bytes);
      const body = bodyTextOf(act, bytes);
      expect(isBodyOf(act, body)).to.equal(true);
      for (const language of ["en", "id"] as const) {
        const rows = actRowsInWords(act, body, named, language);
        const told = rows.map(([, value]) => value);
        expect(told).to.include.members([act.post, "Kabupaten", ...expected]);
        expect(told.join("\n")).to.not.contain("xxxx").and.to.not.contain("deepest");
        const domain = {
          name: "Prasasti",
          version: "1",
          chainId: 1,
          verifyingContract: `0x${"ab".repeat(20)}`,
          salt: NO_ID,
        };
        const typedData = { domain, primaryType: "Act", message: act };
        const request = await readRequest(JSON.stringify({ typedData, body }));
        expect(request.bodyState).to.equal("matches");
        const shown = inWords(request, language).map(({ value }) => value);
        expect(shown).to.include.members([act.post, ...expected]);
      }
    });

  it("a body is the act's, or it is none; ids that a wave names stand as 0x text", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 4 }), (ids) => {
        const bytes = openingBody(ids.map((id) => idOf(`${id}`)));
        const act = actOf({ code: openWave }, bytes);
        expect(bodyBytesOf(act, bodyTextOf(act, bytes))).to.deep.equal(bytes);
        expect(isBodyOf(act, `${bodyTextOf(act, bytes)}00`)).to.equal(false);
      }),
    );
    expect(() => bodyBytesOf({ code: openWave }, "{}")).to.throw(RangeError);
    expect(isBodyOf(actOf({ code: openWave }, utf8("{}")), "{}")).to.equal(false);
  });
});
