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
    expect(hex(node.keccak256(new Uint8Array()))).to.equal(
      "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470",
    );
  });

  it("is the same in Node and in a page", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(hex(node.sha256(bytes))).to.equal(hex(browser.sha256(bytes)));
        expect(hex(node.keccak256(bytes))).to.equal(hex(browser.keccak256(bytes)));
      }),
    );
  });
});
