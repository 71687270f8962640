import { expect } from "chai";
import fc from "fast-check";
import * as browser from "../../server/domain/hash-browser.ts";
import * as node from "../../server/domain/hash-node.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

describe("hashing", () => {
  it("gives the known digests of no bytes", () => {
    expect(hex(node.sha256(new Uint8Array()))).to.equal(
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    );
  });

  it("is the same in Node and in a page", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(hex(node.sha256(bytes))).to.equal(hex(browser.sha256(bytes)));
      }),
    );
  });
});
