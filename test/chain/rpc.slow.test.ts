import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { FetchRequest, JsonRpcProvider, Wallet } from "ethers";
import { type EmbeddedChain, openEmbedded } from "../../server/chain/embedded.ts";
import { type RpcServer, serveRpc } from "../../server/chain/rpc.ts";

const chainId = 7356;
const token = "a token of the test, long enough";
const wallet = new Wallet(`0x${"08".repeat(32)}`);
/** Init code of a contract that never ends. */
const ENDLESS = "0x635b6000566000526004601cf3";

type Reply = { id: unknown; result?: unknown; error?: { code: number; message: string; data?: { code?: string } } };

describe("the JSON-RPC of the embedded chain", () => {
  let folder = "";
  let chain: EmbeddedChain;
  let rpc: RpcServer;

  const start = async () => {
    chain = await openEmbedded({ folder, chainId });
    rpc = await serveRpc(chain, { token, port: 0 });
  };
  const post = async (body: string, authorization = `Bearer ${token}`) => {
    const response = await fetch(rpc.url, { method: "POST", body, headers: { authorization } });
    return { status: response.status, reply: (await response.json()) as Reply };
  };
  const ask = async (method: string, ...params: unknown[]): Promise<Reply> =>
    (await post(JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }))).reply;
  const signed = (nonce: number, changes = {}) =>
    wallet.signTransaction({ type: 0, chainId, nonce, gasLimit: 100_000, gasPrice: 0, to: wallet.address, ...changes });

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "prasasti-rpc-"));
    await start();
    await chain.ready();
  });
  after(async () => {
    await rpc.close();
    await chain.close();
    await rm(folder, { recursive: true });
  });

  it("answers only who has the token", async () => {
    for (const wrong of ["", "Bearer", `Bearer ${token}x`, `bearer ${token}`, `Basic ${token}`]) {
      const { status, reply } = await post('{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}', wrong);
      expect([status, reply.error?.code], wrong).to.deep.equal([401, -32000]);
    }
    expect((await ask("eth_chainId")).result).to.equal(`0x${chainId.toString(16)}`);
  });

  it("listens on the loopback only, and wants a token worth the name", async () => {
    expect(new URL(rpc.url).hostname).to.equal("127.0.0.1");
    let refused: unknown;
    await serveRpc(chain, { token: "short", port: 0 }).catch((error) => {
      refused = error;
    });
    expect(refused).to.be.instanceOf(RangeError);
  });

  it("offers nothing that could act for others, change the clock or rewind the chain", async () => {
    const others = ["eth_sendTransaction", "eth_accounts", "evm_mine", "evm_revert", "evm_snapshot"];
    const more = [
      "hardhat_setBalance",
      "hardhat_reset",
      "hardhat_impersonateAccount",
      "debug_traceTransaction",
      "__proto__",
    ];
    for (const method of [...others, ...more]) expect((await ask(method)).error?.code, method).to.equal(-32601);
  });

  it("answers bad input with the errors of JSON-RPC, and nothing of its insides", async () => {
    const cases: [string, number, number][] = [
      ["{", 400, -32700],
      ["\u0000\uffff", 400, -32700],
      ["null", 200, -32600],
      ["7", 200, -32600],
      ["{}", 200, -32600],
      ['{"id":1,"method":7}', 200, -32600],
      ['{"id":{},"method":"eth_chainId"}', 200, -32600],
      ['{"id":1,"method":"eth_chainId","params":{}}', 200, -32602],
      ['{"id":1,"method":"eth_getBlockByNumber","params":["nonsense",false]}', 200, -32602],
      ['{"id":1,"method":"eth_sendRawTransaction","params":["0xzz"]}', 200, -32602],
      ['{"id":1,"method":"eth_sendRawTransaction","params":[]}', 200, -32602],
      [`{"id":1,"method":"eth_sendRawTransaction","params":["0x${"c1".repeat(60_000)}"]}`, 200, -32602],
      ["[]", 400, -32600],
      [`[${Array(101).fill("1").join()}]`, 400, -32600],
      [`"${"x".repeat(4_300_000)}"`, 413, -32600],
    ];
    for (const [body, status, code] of cases) {
      const { reply, status: got } = await post(body);
      expect([got, reply.error?.code], body.slice(0, 80)).to.deep.equal([status, code]);
      expect(JSON.stringify(reply)).to.not.match(/\bat .*:\d+:\d+|node_modules|\.ts/);
    }
    const get = await fetch(rpc.url, { headers: { authorization: `Bearer ${token}` } });
    expect(get.status).to.equal(405);
  });

  it("answers a batch in its order, good and bad side by side", async () => {
    const calls = ["eth_chainId", "evm_mine", "eth_blockNumber"].map((method, id) => ({ jsonrpc: "2.0", id, method }));
    const replies = (await post(JSON.stringify(calls))).reply as unknown as Reply[];
    expect(replies.map(({ id, error }) => [id, error?.code])).to.deep.equal([
      [0, undefined],
      [1, -32601],
      [2, undefined],
    ]);
  });

  it("refuses a transaction by name, and one that could exhaust memory", async () => {
    expect((await ask("eth_sendRawTransaction", await signed(5))).error?.data?.code).to.equal("nonce-gap");
    expect((await ask("eth_sendRawTransaction", await signed(0, { chainId: 1 }))).error?.data?.code).to.equal(
      "wrong-chain",
    );
    const dear = await signed(0, { gasLimit: 1_000_000_000 });
    expect((await ask("eth_sendRawTransaction", dear)).error?.data?.code).to.equal("too-much-gas");
    expect((await ask("eth_blockNumber")).result).to.equal("0x0");
  });

  it("stops a call that would never end", async function () {
    this.timeout(30_000);
    const [{ contractAddress }] = [await deploy(ENDLESS)];
    const reply = await ask("eth_call", { to: contractAddress, gas: "0xffffff" }, "latest");
    expect(reply.error).to.not.equal(undefined);
  });
  async function deploy(data: string): Promise<{ contractAddress: string }> {
    const hash = (await ask("eth_sendRawTransaction", await signed(0, { to: null, data }))).result;
    return (await ask("eth_getTransactionReceipt", hash)).result as { contractAddress: string };
  }

  it("works with ethers, for both kinds of transactions, and what was sent survives a restart", async function () {
    this.timeout(30_000);
    const request = new FetchRequest(rpc.url);
    request.setHeader("authorization", `Bearer ${token}`);
    const provider = new JsonRpcProvider(request, chainId, { staticNetwork: true });
    const sent = [
      await signed(1),
      await signed(2, { type: 2, gasPrice: undefined, maxFeePerGas: 0, maxPriorityFeePerGas: 0 }),
    ];
    const hashes: string[] = [];
    for (const raw of sent) {
      const { hash } = await provider.broadcastTransaction(raw);
      const receipt = await provider.getTransactionReceipt(hash);
      expect(receipt?.status).to.equal(1);
      hashes.push(hash);
    }
    provider.destroy();
    const height = chain.height();
    const before = await Promise.all(hashes.map((hash) => chain.inclusion(hash)));
    await rpc.close();
    await chain.close();
    await start();
    const early = await ask("eth_blockNumber");
    if (early.error) expect(early.error.data?.code).to.equal("starting");
    await chain.ready();
    expect(chain.height()).to.equal(height);
    expect(await Promise.all(hashes.map((hash) => chain.inclusion(hash)))).to.deep.equal(before);
  });
});
