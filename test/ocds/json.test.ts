import { expect } from "chai";
import fc from "fast-check";
import { canonicalJson, type JsonFault, type JsonLimits, parseJson } from "../../server/domain/json.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const faultsOf = (input: string | Uint8Array, limits?: JsonLimits): readonly JsonFault[] => {
  const result = parseJson(typeof input === "string" ? bytes(input) : input, limits);
  return result.ok ? [] : result.faults;
};

describe("reading JSON", () => {
  const refused: Record<string, [input: string | Uint8Array, pointer: string, line: number, column: number][]> = {
    encoding: [
      [Uint8Array.of(0xff, 0xfe, 0x7b, 0, 0x7d, 0), "", 1, 1],
      [Uint8Array.of(0xfe, 0xff, 0, 0x7b, 0, 0x7d), "", 1, 1],
      [Uint8Array.of(0x7b, 0, 0x7d, 0), "", 1, 1],
      [Buffer.from('{\n"a":"caf\xe9"}', "latin1"), "", 2, 9],
      [Buffer.from('["\xc3', "latin1"), "", 1, 3],
      [Buffer.from('["\xed\xa0\x80"]', "latin1"), "", 1, 3],
    ],
    syntax: [
      ["", "", 1, 1],
      ["[1,\n  2,]", "/2", 2, 5],
      ['{"a":1,}', "", 1, 8],
      ["{'a':1}", "", 1, 2],
      ["[01]", "/0", 1, 2],
      ["[1.]", "/0", 1, 2],
      ["[.5]", "/0", 1, 2],
      ["[+1]", "/0", 1, 2],
      ["[1e]", "/0", 1, 2],
      ["tru", "", 1, 1],
      ["true1", "", 1, 1],
      ["{} {}", "", 1, 4],
      ['"a', "", 1, 1],
      ['"\\x"', "", 1, 2],
      ['"\\u12g4"', "", 1, 2],
      ['"tab\t"', "", 1, 5],
    ],
    depth: [[`${"[".repeat(65)}${"]".repeat(65)}`, "/0".repeat(64), 1, 65]],
    "duplicate-key": [
      ['{"a":{"b":1,"b":1}}', "/a/b", 1, 13],
      ['{"a":1,"\\u0061":2}', "/a", 1, 8],
    ],
    "forbidden-key": [
      ['{"__proto__":{}}', "/__proto__", 1, 2],
      ['{"a":[{"constructor":1}]}', "/a/0/constructor", 1, 8],
      ['{"prototype":1}', "/prototype", 1, 2],
    ],
    "lone-surrogate": [
      ['["\\ud800"]', "/0", 1, 2],
      ['["\\udc00\\ud800"]', "/0", 1, 2],
    ],
    "null-character": [['{"a":"x\\u0000"}', "/a", 1, 6]],
    "not-a-number": [
      ["[NaN]", "/0", 1, 2],
      ["[-Infinity]", "/0", 1, 2],
    ],
    "number-precision": [
      ["[9007199254740993]", "/0", 1, 2],
      ["[0.1000000000000000055]", "/0", 1, 2],
      ["[1e999]", "/0", 1, 2],
      ["[1e-999]", "/0", 1, 2],
      ["[123456789012345678]", "/0", 1, 2],
    ],
  };
  for (const [rule, cases] of Object.entries(refused)) {
    it(`refuses by the name ${rule}, with the place`, () => {
      for (const [input, pointer, line, column] of cases) {
        const [fault] = faultsOf(input);
        expect(fault, String(input)).to.include({ rule, pointer, line, column });
        expect(fault!.messageId).not.to.equal(fault!.message);
      }
    });
  }

  it("refuses more bytes than allowed", () => {
    expect(faultsOf("[1,2]", { maxBytes: 4 })[0]).to.include({ rule: "too-large" });
    expect(faultsOf("[1,2]", { maxBytes: 5 })).to.be.empty;
  });

  it("lists several faults at once", () => {
    const rules = faultsOf('{"a":NaN,"a":"\\u0000","b":9007199254740993}').map(({ rule }) => rule);
    expect(rules).to.deep.equal(["not-a-number", "duplicate-key", "null-character", "number-precision"]);
  });

  it("accepts a byte order mark, and amounts that a double holds", () => {
    expect(parseJson(bytes('\ufeff{"a":[982451653000000,0.01,1e21,-0,5.0,9007199254740992]}'))).to.deep.equal({
      ok: true,
      value: { a: [982451653000000, 0.01, 1e21, 0, 5, 9007199254740992] },
      decimals: ["/a/2", "/a/4"],
    });
  });

  it("escapes names in pointers", () => {
    expect(faultsOf('{"a/b~c":NaN}')[0]?.pointer).to.equal("/a~1b~0c");
  });

  it("never throws, whatever the bytes", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (input) => typeof parseJson(input).ok === "boolean"));
    fc.assert(
      fc.property(fc.json(), fc.nat(), fc.string({ maxLength: 3 }), (text, at, inserted) => {
        const place = at % (text.length + 1);
        return typeof parseJson(bytes(text.slice(0, place) + inserted + text.slice(place))).ok === "boolean";
      }),
    );
  });

  it("reads what it accepts as JSON.parse does, and accepts what JSON.stringify writes", () => {
    const names = fc
      .string()
      .filter((name) => !["__proto__", "constructor", "prototype"].includes(name) && !name.includes("\0"));
    const values = fc.letrec((tie) => ({
      value: fc.oneof(
        fc.constantFrom(null, true, false),
        fc.string({ unit: "grapheme" }).filter((text) => !text.includes("\0")),
        fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (number === 0 ? 0 : number)),
        fc.array(tie("value"), { maxLength: 4 }),
        fc.dictionary(names, tie("value"), { maxKeys: 4, noNullPrototype: true }),
      ),
    })).value;
    fc.assert(
      fc.property(values, fc.constantFrom(undefined, 2), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        const result = parseJson(bytes(text));
        expect(result.ok && result.value, text).to.deep.equal(JSON.parse(text));
      }),
    );
  });
});

describe("canonical JSON", () => {
  it("sorts names by UTF-16 and writes numbers shortest (RFC 8785)", () => {
    expect(canonicalJson({ b: [1e21, 0.01, -0], "€": "\u000f\n", a: null })).to.equal(
      '{"a":null,"b":[1e+21,0.01,0],"€":"\\u000f\\n"}',
    );
  });

  it("refuses what is no JSON", () => {
    expect(() => canonicalJson(undefined)).to.throw(TypeError);
    expect(() => canonicalJson({ a: Number.NaN })).to.throw();
    expect(() => canonicalJson("\ud800")).to.throw();
  });
});
