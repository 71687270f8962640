import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { expect } from "chai";
import { openNetwork } from "../../server/chain/network.ts";
import { addressOf, signTransaction } from "../../server/chain/transaction.ts";
import { type Domain, domainSeparator } from "../../server/domain/entries/entry.ts";
import type { Hex } from "../../server/domain/entries/words.ts";
import { SANDBOX_CHAIN_ID } from "../../server/sandbox/people.ts";
import { posted } from "../gateway/world.ts";
import { Gateway, temporaryFolder } from "../operations/prasasti.ts";
import { behavesLikeAChain, type Subject } from "./behaviour.ts";
import { Clique, geth } from "./clique.ts";

/** The same on go-ethereum 1.13 with Clique, an engine of real validators. */
const chainId = 20261;

async function onClique(): Promise<Subject & { clique: Clique }> {
  const clique = await Clique.start(chainId);
  const folder = mkdtempSync(join(tmpdir(), "prasasti-network-"));
  const begin = async () => ({ founder: `0x${"1".repeat(40)}`, salt: `0x${"2".repeat(64)}`, charter: "", from: 0 });
  const chain = await openNetwork({ folder, urls: clique.urls, chainId, begin });
  await chain.ready();
  const dispose = async () => {
    await chain.close();
    await clique[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  };
  return { clique, chain, keys: [new Uint8Array(32).fill(5), new Uint8Array(32).fill(6)], dispose };
}

if (geth === undefined) {
  describe("go-ethereum with Clique", () => {
    it("is tried where PRASASTI_GETH names its program", function () {
      console.log("    PRASASTI_GETH is not set: the chain is not tried on go-ethereum.");
      this.skip();
    });
  });
} else {
  behavesLikeAChain("go-ethereum with Clique", onClique);

  describe("go-ethereum with Clique", function () {
    this.timeout(120_000);

    it("tells its signers, and what was sent is included once through a kill of the node", async () => {
      const { clique, chain, keys, dispose } = await onClique();
      const [node] = clique.validators;
      try {
        expect(chain.confirmations).to.equal(2);
        const to = `0x${"c".repeat(40)}`;
        const raws = Array.from(
          { length: 60 },
          (_, nonce) => signTransaction({ chainId, nonce, gas: 50_000, to, data: Uint8Array.of(nonce) }, keys[0]).raw,
        );
        const sent = Promise.all(raws.map((raw) => chain.submit([raw])));
        await pause(300);
        await node!.kill();
        await node!.start();
        const inclusions = (await sent).flat();
        expect(inclusions.every(({ ok }) => ok)).to.equal(true);
        expect(await chain.nonce(addressOf(keys[0]))).to.equal(raws.length);
      } finally {
        await dispose();
      }
    });
  });

  describe("a gateway on three validators", function () {
    this.timeout(240_000);

    it("loses and doubles nothing of what it acknowledged when a validator is killed, and goes on with two", async () => {
      await using clique = await Clique.start(SANDBOX_CHAIN_ID, 3, 1_000_000_000);
      await using folder = await temporaryFolder();
      const env = { PRASASTI_CHAIN: "network", PRASASTI_NODES: clique.urls.join() };
      await using gateway = await Gateway.start(folder.path, undefined, env);
      const ask = async <T>(path: string) => (await (await fetch(`${gateway.url}${path}`)).json()) as T;
      const told = await ask<{ domain: Domain; seen: Hex; finality: string; confirmations: number }>("/api/v1/ledger");
      expect([told.finality, told.confirmations], "2(⌊3/2⌋+1)").to.deep.equal(["depth", 4]);

      const acknowledged: string[] = [];
      const separator = domainSeparator(told.domain);
      const post = async () => {
        const { id, payload } = posted(separator, told.seen);
        const given = { method: "POST", headers: { "content-type": "application/json" } };
        const answer = await fetch(`${gateway.url}/api/v1/submissions?wait=0`, {
          ...given,
          body: JSON.stringify(payload),
        });
        const text = await answer.text();
        // while it finds another node it says that it cannot record
        expect(answer.status, text).to.be.oneOf([202, 503]);
        if (answer.status === 202) acknowledged.push(id);
      };
      const record = async (enough: () => boolean) => {
        while (!enough()) {
          await Promise.all([post(), post(), post()]);
          await pause(30);
        }
      };
      // the one that is asked: it takes with it what no other node has heard of yet
      let atKill = Number.POSITIVE_INFINITY;
      const kill = async () => {
        await soon("some are recorded", () => acknowledged.length > 100);
        await clique.validators[0]!.kill();
        atKill = acknowledged.length;
      };
      await Promise.all([kill(), record(() => acknowledged.length > atKill + 200)]);
      for (const id of acknowledged) {
        const isFinal = async () => (await ask<{ state: string }>(`/api/v1/submissions/${id}`)).state === "final";
        await soon(`${id.slice(0, 8)} is final`, isFinal);
      }

      const hashes: string[] = [];
      type Page = { entries: { hash: string }[]; links?: { next: string } };
      for (let next: string | undefined = `${gateway.url}/api/v1/entries?limit=200`; next !== undefined; ) {
        const page: Page = await ask<Page>(next.slice(gateway.url.length));
        hashes.push(...page.entries.map(({ hash }) => hash));
        next = page.links?.next;
      }
      expect(hashes, "each once").to.have.length(acknowledged.length).and.to.have.members(acknowledged);
      const { ready, reasons } = await ask<{ ready: boolean; reasons: string[] }>("/health/ready");
      expect(ready, "with two of three").to.equal(true);
      expect(reasons.join(), "names the one that is gone").to.include(new URL(clique.urls[0]!).host);
      await gateway.stop();
    });
  });
}

/** Waits for what a network with a block a second brings about; fails where it does not within a minute. */
async function soon(what: string, happened: () => boolean | Promise<boolean>): Promise<void> {
  const giveUp = performance.now() + 60_000;
  while (!(await happened())) {
    if (performance.now() > giveUp) throw new Error(`waited in vain: ${what}`);
    await pause(50);
  }
}
