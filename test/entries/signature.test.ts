import { expect } from "chai";
import { build } from "esbuild";
import { sha256 } from "#hash";
import { SoftPasskey } from "../../scripts/soft-passkey.ts";
import * as here from "../../server/domain/entries/signature.ts";
import { fromHex, type Hex, toHex, utf8 } from "../../server/domain/entries/words.ts";
import { rootOfPath } from "../../server/domain/proofs/log.ts";
import { curves } from "../../server/ledger/signatures.ts";

const DIGEST = sha256(utf8("a digest"));
const hashes = (count: number) => Array.from({ length: count }, (_, i) => sha256(utf8(`entry ${i}`)));

describe("signatures in hand", () => {
  it("are 65 bytes of secp256k1, or their type and what follows", () => {
    const plain = new Uint8Array(65).fill(2);
    expect([here.typeOf(plain), here.bytesOf(plain)]).to.deep.equal([1, plain]);
    for (const [type, length] of [
      [2, 10],
      [4, 300],
    ] as const) {
      const other = new Uint8Array(length).fill(7);
      other[0] = type;
      expect([here.typeOf(other), here.bytesOf(other).length]).to.deep.equal([type, length - 1]);
    }
    expect(here.typeOf(new Uint8Array())).to.equal(0);
  });

  describe("of a bundle", () => {
    for (const count of [1, 2, 3, 5, 8, 255, 256])
      it(`each of ${count} has a proof, which is good for no other place`, async () => {
        const { root, proofs } = await here.bundleOver(hashes(count));
        const leaves = hashes(count).map((hash) => toHex(sha256(new Uint8Array([0, ...hash]))));
        for (const [index, proof] of proofs.entries()) {
          expect(rootOfPath(leaves[index]!, index, count, proof)).to.equal(root);
          expect(proof.length).to.be.at.most(8);
          if (count > 1) expect(rootOfPath(leaves[index]!, (index + 1) % count, count, proof)).to.not.equal(root);
        }
      });

    it("are 1 to 256", async () => {
      for (const count of [0, 257]) {
        const error = await here.bundleOver(hashes(count)).catch((reason: unknown) => reason);
        expect(error, `${count}`).to.be.instanceOf(RangeError);
      }
    });
  });

  describe("of a browser", () => {
    it("are taken as it gives them: DER, s high or low, the key as SubjectPublicKeyInfo", () => {
      const key = new SoftPasskey("somebody");
      const answer = key.assertion(DIGEST);
      const posted = here.fromAssertion(key.publicKey, answer);
      expect(posted).to.include({ type: "webauthn", x: key.x, y: key.y });
      // the other s of the same signature is as valid to a browser, and comes half of the time
      const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
      const integer = (value: bigint) => {
        const bytes = fromHex(`0x00${value.toString(16).padStart(64, "0")}`);
        const from = bytes.findIndex((byte, i) => byte !== 0 || bytes[i + 1]! > 127);
        return [2, bytes.length - from, ...bytes.subarray(from)];
      };
      const body = [...integer(BigInt(posted.r)), ...integer(order - BigInt(posted.s))];
      const high = Uint8Array.from([0x30, body.length, ...body]);
      expect(here.fromAssertion(key.publicKey, { ...answer, signature: high })).to.deep.equal(posted);
      const read = here.readAssertion(DIGEST, here.bytesOf(here.readPosted(posted, 0)));
      expect("code" in read ? read : curves.isSigned(read)).to.equal(true);
    });

    it("of another curve, or cut, are refused", () => {
      const key = new SoftPasskey("somebody");
      const answer = key.assertion(DIGEST);
      expect(() => here.fromAssertion(key.publicKey.subarray(1), answer)).to.throw(RangeError);
      expect(() => here.pointOf(new Uint8Array(91))).to.throw(RangeError);
      for (const signature of [answer.signature.subarray(0, -1), new Uint8Array([...answer.signature, 0])])
        expect(() => here.fromAssertion(key.publicKey, { ...answer, signature })).to.throw(RangeError);
    });
  });

  it("are made in a page as they are here", async () => {
    const entry = new URL("../../server/domain/entries/signature.ts", import.meta.url).pathname;
    // as for a page: what is not for Node
    const { outputFiles } = await build({
      entryPoints: [decodeURIComponent(entry)],
      bundle: true,
      write: false,
      format: "esm",
      platform: "browser",
      conditions: ["browser"],
    });
    const source = Buffer.from(outputFiles[0]!.contents).toString("base64");
    const page = (await import(`data:text/javascript;base64,${source}`)) as typeof here;
    const key = new SoftPasskey("somebody");
    const separator = sha256(utf8("a domain"));
    const made = async (by: typeof here) => {
      const { root, count, proofs } = await by.bundleOver(hashes(5));
      const posted = by.fromAssertion(key.publicKey, key.assertion(DIGEST));
      const of = { type: "bundle" as const, root, count, capacity: 2, expires: 2_000, index: 3, proof: proofs[3]! };
      const signature = by.readPosted({ ...of, signature: posted }, 2);
      const given = { separator, hash: hashes(5)[3]!, capacity: 2, signature, now: 1_000 };
      return {
        ...{ root, proofs, posted, signature: toHex(signature), challenge: by.challengeOf(DIGEST) },
        address: by.passkeyAddress(by.rpIdHashOf("localhost"), key.x as Hex, key.y),
        judged: String(
          JSON.stringify(by.whoSigned(given, curves), (_, value) => (typeof value === "bigint" ? `${value}` : value)),
        ),
      };
    };
    const ours = await made(here);
    expect(await made(page)).to.deep.equal(ours);
    // the passkey signed another digest than the bundle's
    expect(JSON.parse(ours.judged).code).to.equal(113);
  });
});
