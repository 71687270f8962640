import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { expect } from "chai";
import {
  BrowserProvider,
  type Contract,
  ContractFactory,
  type Eip1193Provider,
  Interface,
  type InterfaceAbi,
} from "ethers";
import fc from "fast-check";
import { createHardhatRuntimeEnvironment } from "hardhat/hre";
import { sha256 } from "#hash";
import { SETTINGS } from "../../scripts/compile.ts";
import { type PasskeyChoices, SoftPasskey } from "../../scripts/soft-passkey.ts";
import {
  bytesOf,
  MAX_PASSKEY,
  type PostedPasskey,
  passkeyAddress,
  readAssertion,
  readPosted,
} from "../../server/domain/entries/signature.ts";
import { fromHex, type Hex, toHex, utf8 } from "../../server/domain/entries/words.ts";
import { interfaceOf } from "../../server/ledger/deploy.ts";
import { curves } from "../../server/ledger/signatures.ts";
import { Code } from "./codes.ts";
import { artifacts } from "./compile.ts";

/**
 * Passkeys.sol against two others: OpenZeppelin's WebAuthn, compiled for Cancun, and what the gateway judges by. What we
 * take OpenZeppelin takes; what it takes and we do not is not as a browser writes it.
 */

const DIGEST = sha256(utf8("a digest"));
const key = new SoftPasskey("somebody", "pengadaan.example", "https://pengadaan.example");

const WRAPPER = `// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;
import {WebAuthn} from "@openzeppelin/contracts/utils/cryptography/WebAuthn.sol";
contract Other {
  function verify(bytes32 digest, WebAuthn.WebAuthnAuth memory auth, bytes32 x, bytes32 y) external view returns (bool) {
    return WebAuthn.verify(abi.encodePacked(digest), auth, x, y);
  }
}`;

/** OpenZeppelin's library in a contract of its own, for the engine that it needs. */
function compileOther(): { abi: InterfaceAbi; bytecode: string } {
  const require = createRequire(import.meta.url);
  const solc = require("solc") as { compile(input: string, callbacks: object): string };
  const settings = { ...SETTINGS, evmVersion: "cancun" };
  const outputSelection = { "*": { "*": ["abi", "evm.bytecode.object"] } };
  const sources = { "Other.sol": { content: WRAPPER } };
  const input = JSON.stringify({ language: "Solidity", sources, settings: { ...settings, outputSelection } });
  const folder = path.dirname(require.resolve("@openzeppelin/contracts/package.json"));
  const read = (name: string) => readFileSync(path.join(folder, name.replace("@openzeppelin/contracts/", "")), "utf8");
  const output = JSON.parse(solc.compile(input, { import: (name: string) => ({ contents: read(name) }) }));
  const { abi, evm } = output.contracts["Other.sol"].Other;
  return { abi, bytecode: `0x${evm.bytecode.object}` };
}

describe("Passkeys", () => {
  let ours: Contract;
  let other: Contract;
  before(async function () {
    this.timeout(120_000);
    const hre = await createHardhatRuntimeEnvironment({
      networks: {
        cancun: {
          type: "edr-simulated",
          chainType: "l1",
          hardfork: "cancun",
          gasPrice: 0,
          initialBaseFeePerGas: 0,
          blockGasLimit: 100_000_000,
        },
      },
    });
    const connection = await hre.network.create("cancun");
    const provider = new BrowserProvider(connection.provider as Eip1193Provider, undefined, { cacheTimeout: -1 });
    const signer = await provider.getSigner();
    const { Passkeys } = await artifacts();
    const deploy = async (abi: InterfaceAbi, bytecode: string) =>
      (await new ContractFactory(abi, bytecode, signer).deploy()).waitForDeployment() as Promise<Contract>;
    ours = await deploy(interfaceOf("Passkeys").fragments as never, Passkeys!.bytecode);
    const { abi, bytecode } = compileOther();
    other = await deploy(abi, bytecode);
  });

  const packed = (posted: PostedPasskey) => bytesOf(readPosted(posted, 0));
  /** What the contract says of a signature of DIGEST, which is also what the gateway says. */
  const judged = async (bytes: Uint8Array) => {
    const [code, a, b, address] = await ours.getFunction("passkeyOf")(DIGEST, bytes);
    const read = readAssertion(DIGEST, bytes);
    if ("code" in read) expect([code, a, b]).to.deep.equal([BigInt(read.code), read.a, read.b]);
    else {
      const accepted = curves.isSigned(read);
      expect(code, "the curve").to.equal(accepted ? 1n : 40n);
      if (accepted)
        expect([toHex(a32(a)), toHex(a32(b)), address.toLowerCase()]).to.deep.equal([
          read.origin,
          read.rpIdHash,
          read.key,
        ]);
    }
    return { code: Number(code), a, b, address };
  };
  const a32 = (value: bigint) => fromHex(`0x${value.toString(16).padStart(64, "0")}`);
  const of = async (choices: PasskeyChoices = {}) => judged(packed(key.sign(DIGEST, choices)));
  const others = async (posted: PostedPasskey): Promise<boolean> => {
    const client = Buffer.from(posted.clientDataJSON.slice(2), "hex");
    const text = client.toString("latin1");
    // whoever hands it to OpenZeppelin says where the parts stand
    const place = (name: string) => Math.max(0, text.indexOf(name));
    // clientDataJSON as bytes: ethers would refuse what is no UTF-8
    const data = new Interface([
      "function verify(bytes32,(bytes32,bytes32,uint256,uint256,bytes,bytes),bytes32,bytes32) view returns (bool)",
    ]);
    const { r, s, x, y, authenticatorData, clientDataJSON } = posted;
    const auth = [r, s, place('"challenge":'), place('"type":'), authenticatorData, clientDataJSON];
    const call = data.encodeFunctionData("verify", [DIGEST, auth, x, y]).slice(10);
    const selector = other.interface.getFunction("verify")!.selector;
    const answer = await other.runner!.provider!.call({ to: await other.getAddress(), data: selector + call });
    return BigInt(answer) === 1n;
  };

  it("takes what a browser makes, and tells the passkey's address, origin and domain", async () => {
    const { code, address } = await of();
    expect(code).to.equal(Code.Accepted);
    const rpIdHash = toHex(sha256(utf8("pengadaan.example")));
    expect(address.toLowerCase()).to.equal(passkeyAddress(rpIdHash, key.x, key.y));
    expect(await others(key.sign(DIGEST))).to.equal(true);
  });

  for (const [name, choices, code] of [
    ["an older browser's, without crossOrigin", { rest: "}" }, Code.Accepted],
    ["with more members after crossOrigin", { rest: ',"crossOrigin":false,"x":{"a":"}"}}' }, Code.Accepted],
    ["with extensions", { flags: 0x85, extensions: new Uint8Array(40) }, Code.Accepted],
    ["of a synced key", { flags: 0x1d }, Code.Accepted],
    ["of a key that could be synced", { flags: 0x0d }, Code.Accepted],
    ["backed up without being eligible", { flags: 0x15 }, Code.PasskeyUser],
    ["without user verification", { flags: 0x01 }, Code.PasskeyUser],
    ["without the user", { flags: 0x04 }, Code.PasskeyUser],
    ["with no flags", { flags: 0 }, Code.PasskeyUser],
    ["of a registration", { type: "webauthn.create" }, Code.PasskeyClientData],
    ["of a payment", { type: "payment.get" }, Code.PasskeyClientData],
    ["of another challenge", { challenge: "A".repeat(43) }, Code.PasskeyChallenge],
    ["of a longer challenge", { challenge: `${"A".repeat(43)}=` }, Code.PasskeyChallenge],
    ["in a frame of another page", { rest: ',"crossOrigin":true}' }, Code.PasskeyClientData],
    ["with crossOrigin neither true nor false", { rest: ',"crossOrigin":falsehood}' }, Code.PasskeyClientData],
    ["with another member in its place", { rest: ',"topOrigin":"https://evil.example"}' }, Code.PasskeyClientData],
    ["that goes on after its end", { rest: "}}" }, Code.PasskeyClientData],
    ["that has no end", { rest: "" }, Code.PasskeyClientData],
    ["that is cut before crossOrigin ends", { rest: ',"crossOrigin":false' }, Code.PasskeyClientData],
    ["with a high s", { highS: true }, Code.BadSignature],
  ] as const)
    it(`${name}: ${code}`, async () => {
      expect((await of(choices)).code).to.equal(code);
    });

  it("refuses JSON that says more before the origin, or the same in another order", async () => {
    const { clientDataJSON } = key.assertion(DIGEST);
    const text = Buffer.from(clientDataJSON).toString();
    const origin = '"origin":"https://pengadaan.example"';
    for (const [client, code] of [
      [text.replace('"challenge"', '"challenge":"x","challenge"'), Code.PasskeyChallenge],
      [text.replace(origin, `"challenge":"x",${origin}`), Code.PasskeyClientData],
      [text.replace('{"type"', '{"a":"","type"'), Code.PasskeyClientData],
      [text.replace('{"type"', '{ "type"'), Code.PasskeyClientData],
      [`{"challenge":${text.slice(text.indexOf('"challenge":') + 12)}`, Code.PasskeyClientData],
      [text.replace('","origin"', '", "origin"'), Code.PasskeyClientData],
    ] as const)
      expect((await of({ client })).code, client).to.equal(code);
    // an origin cannot hold a quotation mark: what stands after one is no part of it
    const smuggled = await of({ origin: 'https://evil.example\\","origin":"https://pengadaan.example' });
    expect(smuggled.code).to.equal(Code.PasskeyClientData);
  });

  it("takes no signature of other bytes, of another key, or of no point of the curve", async () => {
    const good = key.sign(DIGEST);
    const elsewhere = new SoftPasskey("another", "pengadaan.example", "https://pengadaan.example");
    const zero = `0x${"0".repeat(64)}` as Hex;
    const flip = (hex: Hex): Hex => `${hex.slice(0, -1)}${hex.endsWith("0") ? "1" : "0"}` as Hex;
    for (const changed of [
      { x: elsewhere.x, y: elsewhere.y },
      { x: zero, y: zero },
      { y: flip(good.y) },
      { r: flip(good.r) },
      { s: flip(good.s) },
      { r: zero },
      { s: zero },
      { authenticatorData: flip(good.authenticatorData) },
    ])
      expect((await judged(packed({ ...good, ...changed }))).code, JSON.stringify(changed)).to.equal(Code.BadSignature);
  });

  it("takes envelopes from the shortest to 2,048 bytes, and is not led beyond their end", async () => {
    const long = (bytes: number) => {
      const base = packed(key.sign(DIGEST, { flags: 0x85 })).length;
      return packed(key.sign(DIGEST, { flags: 0x85, extensions: new Uint8Array(bytes - base) }));
    };
    expect((await judged(long(MAX_PASSKEY))).code).to.equal(Code.Accepted);
    expect((await judged(long(MAX_PASSKEY + 1))).code).to.equal(Code.SignatureMalformed);
    const whole = packed(key.sign(DIGEST));
    for (const length of [0, 1, 129, 130, 166, 167, 257]) {
      expect((await judged(whole.subarray(0, length))).code, `${length}`).to.equal(Code.SignatureMalformed);
    }
    // 130 + 37 + 91 bytes are the fewest in which the parts have room
    expect((await judged(whole.subarray(0, 258))).code).to.equal(Code.PasskeyClientData);
    for (const length of [0, 36, whole.length - 130 - 90, 65_535]) {
      const bytes = Uint8Array.from(whole);
      [bytes[128], bytes[129]] = [length >> 8, length & 255];
      expect((await judged(bytes)).code, `${length}`).to.equal(Code.SignatureMalformed);
    }
  });

  it("agrees with OpenZeppelin and with the gateway on envelopes changed at random", async function () {
    this.timeout(120_000);
    const byte = fc.integer({ min: 0, max: 255 });
    const arbitrary = fc.record({
      name: fc.constantFrom("one", "two", "three"),
      flags: fc.oneof(fc.constantFrom(0x05, 0x0d, 0x1d, 0x45), fc.constant(0x05), byte),
      rest: fc.constantFrom(
        ',"crossOrigin":false}',
        ',"crossOrigin":false}',
        "}",
        ',"crossOrigin":true}',
        ',"crossOrigin":false,"a":1}',
        "",
      ),
      origin: fc.oneof(fc.webUrl(), fc.webUrl(), fc.string({ maxLength: 30 })),
      change: fc.option(fc.record({ at: fc.nat(), to: byte }), { nil: undefined, freq: 2 }),
    });
    const met = new Map<number, number>();
    await fc.assert(
      fc.asyncProperty(arbitrary, async ({ name, change, ...choices }) => {
        fc.pre(choices.origin.isWellFormed());
        const good = new SoftPasskey(name).sign(DIGEST, choices);
        const parts = ["x", "y", "r", "s", "authenticatorData", "clientDataJSON"] as const;
        const posted = { ...good };
        if (change !== undefined) {
          // one byte of one part
          const part = parts[change.at % parts.length]!;
          const bytes = fromHex(good[part]);
          bytes[Math.floor(change.at / parts.length) % bytes.length] = change.to;
          posted[part] = toHex(bytes);
        }
        const { code } = await judged(packed(posted));
        met.set(code, (met.get(code) ?? 0) + 1);
        const theirs = await others(posted);
        if (code === Code.Accepted) expect(theirs, "what we take").to.equal(true);
        // what only we refuse is not as browsers write it
        else if (theirs) expect(code).to.equal(Code.PasskeyClientData);
      }),
      { numRuns: 400, seed: 20_261_127 },
    );
    expect(
      [...met.keys()].sort((a, b) => a - b),
      "every answer was met",
    ).to.deep.equal([
      Code.Accepted,
      Code.BadSignature,
      Code.PasskeyUser,
      Code.PasskeyClientData,
      Code.PasskeyChallenge,
    ]);
    expect(met.get(Code.Accepted)).to.be.greaterThan(40);
  });

  it("answers whatever bytes it is given, as the gateway does", async function () {
    this.timeout(60_000);
    const bundleOf = ours.getFunction("bundleOf");
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 600 }), fc.nat(300), async (bytes, capacity) => {
        await judged(bytes);
        expect((await bundleOf(DIGEST, capacity, bytes))[0]).to.not.equal(1n);
      }),
      { numRuns: 200 },
    );
  });
});
