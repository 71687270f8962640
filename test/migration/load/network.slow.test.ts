import { mkdir } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { Transaction } from "ethers";
import { keccak256 } from "#hash";
import { foundRegister } from "../../../migration/load/found-register.ts";
import { Register } from "../../../migration/load/register.ts";
import { type Hands, runWave } from "../../../migration/load/run-wave.ts";
import { verifyWave } from "../../../migration/load/verify-wave.ts";
import { accountKey } from "../../../migration/load/wave-account.ts";
import { openNetwork } from "../../../server/chain/network.ts";
import { addressOf } from "../../../server/chain/transaction.ts";
import { fromHex, type Hex, toHex } from "../../../server/domain/entries/words.ts";
import { ExternalNode } from "../../chain/external-nodes.ts";
import { door, Ground, standsOf, type Trick } from "./faults.ts";
import { AGENCIES, stageJob } from "./world.ts";

const silent = () => {};
const CHAIN_ID = 7_412;

describe("loading a wave over a network's nodes", function () {
  this.timeout(300_000);
  let ground: Ground;
  let undisturbed: Record<string, unknown>;
  const CHOICES = { wave: "N", processes: 40, rowsALot: 16 };
  before(async () => {
    ground = await Ground.open();
    const { register, keys, folder } = ground.world;
    const job = await stageJob(folder, CHOICES);
    await runWave(job, { register, keys, tell: silent });
    undisturbed = await standsOf(register, job.id);
  });
  after(() => ground.close());

  async function onNode(
    name: string,
    trick: Trick,
    work: (given: {
      node: ExternalNode;
      hands: Hands;
      job: Awaited<ReturnType<typeof stageJob>>;
      real: Register;
    }) => Promise<void>,
  ): Promise<void> {
    await using node = await ExternalNode.start(CHAIN_ID);
    const project = path.join(ground.world.folder, name);
    const folder = path.join(project, "founding");
    await mkdir(folder, { recursive: true });
    const begin = async () => ({ salt: "", charter: "", founder: "", from: 0 });
    const chain = await openNetwork({ folder, urls: [node.url], chainId: CHAIN_ID, confirmations: 0, begin });
    const { keys, register: real } = await foundRegister(chain, { agencies: AGENCIES });
    const job = await stageJob(ground.world.folder, { ...CHOICES, project });
    const front = await door(node.url, trick);
    const settings = { rpc: [front.url], ledger: real.places.Ledger, confirmations: 0 };
    const register = await Register.reach(settings, job.folder);
    try {
      await work({ node, job, real, hands: { register, keys, tell: silent } });
    } finally {
      await register.close();
      await front.close();
      await chain.close();
    }
  }

  it("ends as on the embedded chain", async () => {
    await onNode(
      "plain",
      async () => undefined,
      async ({ job, hands, real }) => {
        expect(await runWave(job, hands)).to.include({ end: "loaded", loaded: 160 });
        expect(await standsOf(real, job.id)).to.deep.equal(undisturbed);
        expect((await verifyWave(job, hands.register, silent)).differences).to.deep.equal([]);
      },
    );
  });

  it("F10: believes no receipt without its events: what the ledger has is looked up", async () => {
    let lies = 0;
    const trick: Trick = async ({ method }, pass) => {
      if (!/^eth_get(Transaction|Block)Receipts?$/.test(method)) return undefined;
      const answer = await pass();
      for (const receipt of [answer.result].flat() as ({ logs: unknown[] } | null)[])
        if (receipt && receipt.logs.length > 2 && lies < 2) {
          lies++;
          receipt.logs = [];
        }
      return answer;
    };
    await onNode("lies", trick, async ({ job, hands, real }) => {
      expect(await runWave(job, hands)).to.include({ end: "loaded", loaded: 160 });
      expect(lies).to.equal(2);
      expect(await standsOf(real, job.id)).to.deep.equal(undisturbed);
    });
  });

  it("F8: raises the fee of what no block takes, and loads each row once", async () => {
    const enough = 4_000_000_000;
    let left = 0;
    let countOf = async (_: string) => 0;
    // as a node that takes what pays too little and never puts it into a block
    const trick: Trick = async ({ id, method, params }) => {
      if (method !== "eth_sendRawTransaction") return undefined;
      const raw = fromHex(params[0] as Hex);
      const { gasPrice, data, nonce, from } = Transaction.from(params[0] as string);
      if (data.length < 4_000 || gasPrice! >= enough || nonce < (await countOf(from!))) return undefined;
      left++;
      return { id, result: toHex(keccak256(raw)) };
    };
    await onNode("dear", trick, async ({ node, job, hands, real }) => {
      const account = addressOf(await accountKey(job.folder, job.wave, job.attempt));
      countOf = async (from) => Number(await node.request("eth_getTransactionCount", from, "latest"));
      await node.request("hardhat_setBalance", account, "0x56bc75e2d63100000");
      const told: string[] = [];
      const tell: Hands["tell"] = (event, values) => {
        if (event === "trouble") told.push(String(values!.what));
      };
      const end = await runWave(job, { ...hands, tell, gasPrice: 2_000_000_000 }, { stuckAfter: 1_500 });
      expect(end).to.include({ end: "loaded", loaded: 160 });
      expect(left).to.be.at.least(1);
      expect(told.join(" ")).to.match(/the fee is raised to \d+ wei/);
      expect(await standsOf(real, job.id)).to.deep.equal(undisturbed);
    });
  });

  it("F9: loads again what a chain has lost that was put back to an older state", async () => {
    await onNode(
      "restored",
      async () => undefined,
      async ({ node, job, hands, real }) => {
        const late = { ...job, window: { start: 0, end: 1 } };
        expect(await runWave(late, hands)).to.include({ end: "stopped" });
        const snapshot = await node.request<string>("evm_snapshot");
        expect(await runWave(job, hands)).to.include({ end: "loaded", loaded: 160 });
        await node.request("evm_revert", snapshot);
        // blocks that are not ours: the heights that the journal knows are other blocks now
        for (let block = 0; block < 12; block++) await node.request("evm_mine");
        const again = await Register.reach(
          { rpc: [node.url], ledger: real.places.Ledger, confirmations: 0 },
          job.folder,
        );
        try {
          const told: string[] = [];
          const tell: Hands["tell"] = (event, values) => {
            if (event === "trouble") told.push(String(values!.what));
          };
          expect(await runWave(job, { ...hands, register: again, tell })).to.include({ end: "loaded", loaded: 160 });
          expect(told.join(" ")).to.match(/is not the one that the journal knows/);
          expect(await standsOf(again, job.id)).to.deep.equal(undisturbed);
        } finally {
          await again.close();
        }
      },
    );
  });
});
