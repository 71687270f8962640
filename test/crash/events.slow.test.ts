import { setTimeout as pause } from "node:timers/promises";
import { expect } from "chai";
import { Gateway, temporaryFolder } from "../operations/prasasti.ts";
import { CarefulClient, numbersFrom, registerOf } from "./careful-client.ts";

/** Follows the events of a gateway that may go away and come back at another address, and hangs up now and then. */
class Follower {
  readonly sequences: number[] = [];
  readonly submissions = new Set<string>();
  hangUps = 0;
  #ended = false;
  readonly #done: Promise<void>;

  /** @param random how long until it hangs up */
  constructor(address: () => string, random: () => number) {
    this.#done = this.#follow(address, random);
  }

  get last(): number {
    return this.sequences.at(-1) ?? 0;
  }

  async #follow(address: () => string, random: () => number): Promise<void> {
    while (!this.#ended) {
      const hangUp = AbortSignal.timeout(Math.floor(30 + random() * 400));
      const headers: Record<string, string> = { accept: "text/event-stream" };
      if (this.last > 0) headers["last-event-id"] = String(this.last);
      try {
        const response = await fetch(`${address()}/api/v1/events`, { headers, signal: hangUp });
        let text = "";
        for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
          const frames = (text + chunk).split("\n\n");
          // what is cut off in the middle of a frame was not told
          text = frames.pop()!;
          for (const frame of frames) this.#hear(frame);
        }
      } catch {
        await pause(10);
      }
      this.hangUps++;
    }
  }

  #hear(frame: string): void {
    const data = /^data: (.*)$/m.exec(frame)?.[1];
    if (data === undefined) return;
    const { sequence, submission } = JSON.parse(data) as { sequence: number; submission?: string };
    this.sequences.push(sequence);
    if (submission !== undefined) this.submissions.add(submission);
  }

  async end(): Promise<void> {
    this.#ended = true;
    await this.#done;
  }
}

describe("readers of events, through kill -9 and hang-ups", function () {
  this.timeout(300_000);

  it("get every event once and in order, over two kills and 2,000 entries", async () => {
    await using folder = await temporaryFolder();
    const seed = Number(process.env.PRASASTI_SEED ?? Date.now() % 1_000_000);
    const random = numbersFrom(seed);
    let gateway = await Gateway.start(folder.path);
    let address = gateway.url;
    const followers = Array.from({ length: 3 }, () => new Follower(() => address, random));
    try {
      const first = new CarefulClient(await registerOf(address), "pertama");
      first.prepare(1);
      await first.sendOpen(address);
      const client = new CarefulClient(await registerOf(address), "peristiwa");
      client.prepare(2_000);
      for (let kills = 0; kills < 2; kills++) {
        const sending = client.sendOpen(address, 32);
        await pause(600 + random() * 600);
        gateway.kill();
        await sending;
        expect(await gateway.ended).to.equal("SIGKILL");
        gateway = await Gateway.start(folder.path);
        address = gateway.url;
      }
      expect(client.open, `some are left (PRASASTI_SEED=${seed})`).not.to.have.length(0);
      expect(await client.sendOpen(address, 32)).to.equal("all acknowledged");
      const { newest } = (await (await fetch(`${address}/api/v1/events?after=now`)).json()) as { newest: number };
      for (let waited = 0; followers.some(({ last }) => last < newest) && waited < 2_000; waited++) await pause(10);
      const all = Array.from({ length: newest }, (_, index) => index + 1);
      for (const follower of followers) {
        expect(follower.sequences, `PRASASTI_SEED=${seed}`).to.deep.equal(all);
        expect(client.prepared.filter(({ hash }) => !follower.submissions.has(hash))).to.deep.equal([]);
        expect(follower.hangUps).to.be.greaterThan(5);
      }
    } finally {
      await Promise.all(followers.map((follower) => follower.end()));
      await gateway[Symbol.asyncDispose]();
    }
  });
});
