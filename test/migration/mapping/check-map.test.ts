import { expect } from "chai";
import { checkMap } from "../../../migration/mapping/check-map.ts";
import { compileMap } from "../../../migration/mapping/compile-map.ts";
import { mapJsonSchema } from "../../../migration/mapping/map-schema.ts";
import { MapFault, readMap } from "../../../migration/mapping/read-map.ts";
import { ourMaps, suggestMaps } from "../../../migration/mapping/suggest-maps.ts";
import { aMap } from "./rows.ts";

/** What is wrong with a map, as `line:column code-or-text`. */
function faultsOf(text: string, columns?: string[]): string[] {
  try {
    return checkMap(
      readMap(text, "x.yaml"),
      columns?.map((name) => ({ name })),
    ).faults.map(({ line, column, code }) => `${line}:${column} ${code}`);
  } catch (error) {
    if (!(error instanceof MapFault)) throw error;
    for (const { en, id } of error.placed) expect(en).to.not.equal(id);
    return error.placed.map(({ line, column, en }) => `${line}:${column} ${en}`);
  }
}

const record = (place: string) => `record: { key: "$id", record: { text: ${place} } }`;

describe("a mapping file", () => {
  it("is refused with the line and column of each fault, all at once", () => {
    const text = aMap("  id: { from: id, requird: key }\n  value: { from: nilai, as: many }", record("$id"));
    expect(faultsOf(text)).to.deep.equal([
      '6:19 fields.id: "requird" is no setting of a map. Remove it, or correct its spelling.',
      "7:29 fields.value.as: one of text, money, date, days, integer, flag, list, code, npwp, nik, company, form, members, reference, ocds is expected.",
    ]);
    expect(faultsOf("a: [1"))
      .to.have.length(1)
      .and.to.satisfy(([only]: string[]) => /^1:\d+ This is not YAML/.test(only!));
    expect(faultsOf("a: 1\na: 2")[0]).to.match(/^2:1 This is not YAML/);
    expect(faultsOf("- 1")[0]).to.match(/^1:1 /);
    expect(faultsOf("")[0]).to.match(/^1:1 /);
    expect(faultsOf(`x: &a [1]\ny: [${"*a, ".repeat(200)}]`)[0]).to.match(/^1:1 /);
  });

  const judged: [string, string, string[]][] = [
    ["a field without a source", aMap("  id: { as: text }", record("$id")), ["6:7 source"]],
    ["a field with two", aMap("  id: { from: id, value: x }", record("$id")), ["6:7 source"]],
    ["a field made of a later one", aMap("  id: { of: b }\n  b: { from: b }", record("$id")), ["6:13 unknown-field"]],
    ["a reference to no field", aMap("  id: { from: id }", record("$nothing")), ["7:39 unknown-field"]],
    [
      "a date's format for money",
      aMap("  id: { from: id }\n  v: { from: v, as: money, format: iso }", record("$v")),
      ["7:36 option"],
    ],
    ["a zone for a text", aMap("  id: { from: id, zone: UTC }", record("$id")), ["6:25 option"]],
    [
      "a code without its table",
      aMap("  id: { from: id }\n  c: { from: c, as: code, table: nowhere }", record("$c")),
      ["7:34 option"],
    ],
    ["a pattern that is none", aMap('  id: { from: id, do: [{ match: "(" }] }', record("$id")), ["6:24 pattern"]],
    [
      "a name that OCDS does not have",
      aMap(
        "  id: { from: id }",
        'process: { key: "$id", agency: "$id", release: { tender: { id: "$id", titel: "$id" } } }',
      ),
      ["7:78 place"],
    ],
    [
      "money where OCDS has a text",
      aMap(
        "  id: { from: id }\n  v: { from: v, as: money }",
        'process: { key: "$id", agency: "$id", release: { tender: { id: "$id", title: $v } } }',
      ),
      ["8:78 type"],
    ],
    [
      "a text where OCDS has a date",
      aMap(
        "  id: { from: id }",
        'process: { key: "$id", agency: "$id", release: { awards: [{ id: "$id", date: $id }] } }',
      ),
      ["7:78 type"],
    ],
    [
      "a text where OCDS has money",
      aMap(
        "  id: { from: id }",
        'process: { key: "$id", agency: "$id", release: { awards: [{ id: "$id", value: $id }] } }',
      ),
      ["7:79 type"],
    ],
    ["a currency that is none", aMap("  id: { from: id }", record("$id"), "currency: XYZ\n"), ["5:11 currency"]],
    ["nothing made of a row", aMap("  id: { from: id }", "ignore: []"), ["1:1 empty"]],
    [
      "text in place of a payment's value",
      aMap("  id: { from: id }", "payment: { key: $id, value: $id, record: {} }"),
      ["7:29 type"],
    ],
  ];
  for (const [what, text, expected] of judged)
    it(`is refused for ${what}`, () => expect(faultsOf(text)).to.deep.equal(expected));

  it("that lacks the column of a required field does not fit, under any of its names it does", () => {
    const text = aMap("  id: { from: [kd_rup, kd_rup_paket], required: key }\n  x: { from: other }", record("$id"));
    expect(faultsOf(text, ["kd", "other"])).to.deep.equal(["6:15 column-missing"]);
    expect(faultsOf(text, ["KD_RUP_PAKET"])).to.deep.equal([]);
    expect(checkMap(readMap(text, "x"), [{ name: "kd_rup" }, { name: "b" }, { name: "npwp" }])).to.deep.include({
      unmapped: ["b"],
      personal: [{ column: "npwp", class: "npwp-person" }],
    });
  });

  it("that would make personal data public is refused wherever it would, and never runs", () => {
    const emits = {
      record: record("$secret"),
      "a text with it inside": record('"No. {secret}"'),
      "a key": 'record: { key: "$secret", record: {} }',
      "a release": 'process: { key: "$id", agency: "$id", release: { tender: { id: "$id", title: $secret } } }',
      "an agency's code": 'agency: { key: "$id", name: $id, codes: [$secret] }',
      "who said it": 'process: { key: "$id", agency: "$id", by: "$secret", release: { tender: { id: "$id" } } }',
      "a document's number":
        'process: { key: "$id", agency: "$id", release: { tender: { id: "$id" } }, facts: [{ contract: "$id", documents: [{ kind: payment, number: "$secret", amount: $value }] }] }',
      "a supplier's name": "suppliers: { s: { name: $secret } }",
    };
    for (const column of [
      "npwp_penyedia",
      "nik",
      "nip_ppk",
      "no_rek_bank",
      "alamat_pengiriman",
      "telepon",
      "email",
      "wakil_sah_penyedia",
    ])
      for (const [where, emit] of Object.entries(emits)) {
        const text = aMap(
          `  id: { from: id }\n  value: { from: value, as: money }\n  secret: { from: [x, ${column}] }`,
          emit,
        );
        expect(
          faultsOf(text).map((each) => each.split(" ")[1]),
          `${column} in ${where}`,
        ).to.deep.equal(["personal"]);
        expect(() => compileMap(readMap(text, "x"), [{ name: "id" }]), where).to.throw(MapFault);
      }
    // by way of another field too
    expect(
      faultsOf(
        aMap(
          "  id: { from: id }\n  n: { from: nik }\n  m: { of: n, do: [slug] }\n  k: { join: '{m}-{id}' }",
          record("$k"),
        ),
      ),
    ).to.deep.equal(["10:39 personal"]);
    expect(faultsOf(aMap("  id: { from: id, as: npwp }", record("$id")))).to.deep.equal([
      "7:16 personal",
      "7:39 personal",
    ]);
  });

  it("has a digest that comments and blanks leave as it is and any other change does not", () => {
    const text = aMap("  id: { from: id }", record("$id"));
    const digest = readMap(text, "a").digest;
    expect(readMap(`# said\n${text.replaceAll(": ", ":  ")}`, "b").digest).to.equal(digest);
    expect(readMap(text.replace("from: id", "from: kd"), "a").digest).to.not.equal(digest);
    const coded = (to: string) =>
      readMap(
        aMap("  id: { from: id }\n  c: { from: c, as: code, table: t }", record("$c"), `tables: { t: { a: ${to} } }\n`),
        "a",
      ).digest;
    expect(coded("x")).to.not.equal(coded("y"));
  });

  it("has a JSON Schema", () => {
    expect(mapJsonSchema()).to.have.nested.property("properties.fields");
  });
});

describe("the maps that come with the software", () => {
  it("have nothing wrong with them, a title in both languages, and ids as their files", () => {
    expect(ourMaps().length).to.be.greaterThan(30);
    for (const map of ourMaps()) {
      expect(checkMap(map).faults, map.file).to.deep.equal([]);
      expect(map.file).to.equal(`${map.spec.id}.yaml`);
      expect(map.spec.title.en).to.not.equal(map.spec.title.id);
    }
  });

  it("are found by the columns of a table, and by its name where it has none", () => {
    const of = (columns: string[], table = "") =>
      suggestMaps(
        columns.map((name) => ({ name })),
        table,
      )[0];
    expect(of(["kd_nontender", "no_kontrak", "nilai_kontrak", "nama_penyedia", "npwp_penyedia"])).to.deep.equal({
      map: "isb-nontender-contract.yaml",
      id: "isb-nontender-contract",
      covers: 1,
    });
    expect(
      of(["kd_tender", "no_kontrak", "nilai_kontrak", "nama_penyedia", "versi_addendum", "kontrak_id"]),
    ).to.include({ id: "isb-tender-contract" });
    expect(of(["Tahun", "No_Kontrak", "No_Addendum", "Tgl_Addendum", "Keperluan", "Waktu", "Nilai"])).to.include({
      id: "simda-addendum",
      covers: 1,
    });
    expect(of(["nib", "nama_perseroan", "surprise"])).to.deep.include({ id: "oss-nib" });
    expect(of(["one", "two"])).to.equal(undefined);
    expect(of([])).to.equal(undefined);
    const nine = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];
    expect(of(nine, "spse45/dt_lelang.json")).to.include({ id: "spse45-tender-listing" });
    expect(of(nine, "spse45/dt_nonspk.json")).to.include({ id: "spse45-nontender-listing" });
    expect(of(["psr_id", "lls_id", "rkn_id", "psr_harga"], "ekontrak.peserta_nonlelang")).to.include({
      id: "spse-db-peserta-nontender",
    });
    expect(of(["psr_id", "lls_id", "rkn_id", "psr_harga"], "public.peserta")).to.include({ id: "spse-db-peserta" });
  });
});
