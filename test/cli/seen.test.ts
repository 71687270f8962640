import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { Client, type Send } from "../../server/cli/client.ts";
import { Register } from "../../server/cli/register.ts";
import { Exit, Usage } from "../../server/cli/terminal.ts";
import type { Hex } from "../../server/domain/entries/words.ts";
import { posted, type Running, startGateway } from "../gateway/world.ts";
import { prasasti } from "../operations/prasasti.ts";

describe("who signs, signs what he saw", function () {
  this.timeout(60_000);
  let folder: string;
  let home: string;
  let homeBefore: string | undefined;
  let running: Running;
  before(async () => {
    homeBefore = process.env.PRASASTI_HOME;
    folder = await mkdtemp(join(tmpdir(), "prasasti-seen-"));
    running = await startGateway(join(folder, "register"));
    await record();
  });
  beforeEach(async () => {
    // each person's machine has seen nothing yet
    home = await mkdtemp(join(folder, "home-"));
    process.env.PRASASTI_HOME = home;
  });
  after(async () => {
    await running.close();
    if (homeBefore === undefined) delete process.env.PRASASTI_HOME;
    else process.env.PRASASTI_HOME = homeBefore;
    await rm(folder, { recursive: true });
  });

  async function record(): Promise<void> {
    const { payload } = posted(running.services.separator, running.services.register().seen);
    const { statusCode, payload: text } = await running.app.inject({
      method: "POST",
      url: "/api/v1/submissions?wait=10000",
      payload,
    });
    expect(statusCode, text).to.equal(201);
  }
  const honest: Send = async (method, url, headers, body) => {
    const { statusCode, headers: told, payload } = await running.app.inject({ method, url, headers, payload: body });
    return { status: statusCode, headers: told as Record<string, string>, text: payload };
  };
  /** What a signer would name as seen, of whatever the gateway shows; or the exit code with which he is stopped. */
  const seen = async (send: Send = honest): Promise<Hex | number> => {
    const register = await Register.open(new Client("http://gateway", { send, patience: 0 }));
    return register.seen().catch((error: unknown) => {
      if (error instanceof Usage) return error.exit;
      throw error;
    });
  };
  const kept = async () => {
    const [name] = (await readdir(join(home, "seen"))).filter((each) => !each.includes("conflict"));
    return JSON.parse(await readFile(join(home, "seen", name!), "utf8"));
  };

  it("names the checkpoint that the ledger stored, and remembers the newest as the register grows", async () => {
    const { register } = running.services;
    expect(await seen()).to.equal(register().seen);
    expect(await kept()).to.deep.include({ size: register().checkpoint!.size, root: register().checkpoint!.root });
    for (let i = 0; i < 3; i++) {
      await record();
      expect(await seen()).to.equal(register().seen);
      expect(await kept()).to.deep.include({ size: register().checkpoint!.size, root: register().checkpoint!.root });
    }
  });

  it("stops where an older copy is shown, whether it stands still or goes another way to any length; the true one goes on", async () => {
    expect(await seen()).to.equal(running.services.register().seen);
    await running.close();
    await cp(join(folder, "register"), join(folder, "copy"), { recursive: true });
    running = await startGateway(join(folder, "register"));
    for (let i = 0; i < 2; i++) await record();
    expect(await seen()).to.equal(running.services.register().seen);
    const truth = await kept();
    await running.close();

    running = await startGateway(join(folder, "copy"));
    expect(running.services.register().log.size).to.equal(truth.size - 2);
    for (let more = -2; more <= 2; more++) {
      expect(running.services.register().log.size).to.equal(truth.size + more);
      expect(await seen(), `${more} entries more`).to.equal(Exit.otherHistory);
      expect(await kept()).to.deep.equal(truth);
      await record();
    }
    const conflict = (await readdir(join(home, "seen"))).find((name) => name.includes("conflict"))!;
    const { known, shown } = JSON.parse(await readFile(join(home, "seen", conflict), "utf8"));
    expect(known).to.deep.equal(truth);
    expect(shown)
      .to.include({ size: truth.size + 2, operator: truth.operator })
      .and.to.include.keys("signature");

    // `prasasti submit` as people run it
    const url = await running.app.listen({ host: "127.0.0.1", port: 0 });
    const form = join(folder, "one.json");
    const ocid = "ocds-213czf-dinkes-seen-1";
    const contract = {
      ocid,
      agency: "ID-PRS-DINKES",
      contract: "SPK-1",
      code: "spk",
      value: "1000000",
      supplier: "ID-PRS-S-0003",
      on: "2026-11-01",
    };
    await writeFile(form, JSON.stringify({ contract }));
    const entries = running.services.register().entries;
    for (const [lang, text] of [
      ["en", "SHOWS ANOTHER HISTORY THAN BEFORE. Sign nothing there."],
      ["id", "RIWAYAT YANG LAIN DARI SEBELUMNYA. Jangan menandatangani apa pun di sana."],
    ] as const) {
      const args = ["submit", form, "--as", "sandbox:ppk-kes", "--yes", "--lang", lang];
      const { exit, err } = await prasasti(args, { PRASASTI_URL: url, PRASASTI_HOME: home });
      expect(exit, err).to.equal(3);
      expect(err).to.contain(text).and.to.contain(conflict);
    }
    expect(running.services.register().entries).to.equal(entries);
    await running.close();

    running = await startGateway(join(folder, "register"));
    await record();
    expect(await seen()).to.equal(running.services.register().seen);
    expect((await kept()).size).to.equal(truth.size + 1);
  });

  it("stops where a gateway lies in any of its answers", async () => {
    await seen();
    await record();
    const truth = await kept();
    /** The gateway, with an answer changed on its way. */
    const lying =
      (path: string, change: (answer: Record<string, object>) => object): Send =>
      async (method, url, headers, body) => {
        const answer = await honest(method, url, headers, body);
        return url.startsWith(path) ? { ...answer, text: JSON.stringify(change(JSON.parse(answer.text))) } : answer;
      };
    const other = `0x${"77".repeat(32)}`;
    const lies: [what: string, lie: Send][] = [
      ["another root", lying("/api/v1/checkpoints", ({ newest }) => ({ newest: { ...newest, root: other } }))],
      [
        "another operator",
        lying("/api/v1/checkpoints", ({ newest }) => ({
          newest: { ...newest, operator: other.slice(0, 42) },
        })),
      ],
      ["no checkpoint", lying("/api/v1/checkpoints", () => ({}))],
      ["another proof", lying("/api/v1/proofs/consistency", () => ({ consistencyPath: [other] }))],
      ["a proof that is none", lying("/api/v1/proofs/consistency", () => ({ consistencyPath: ["0x"] }))],
      ["another checkpoint to sign", lying("/api/v1/ledger", (answer) => ({ ...answer, seen: other }))],
      ["another size of it", lying("/api/v1/ledger", (answer) => ({ ...answer, seenSize: 1 }))],
      ["a checkpoint to sign that is to come", lying("/api/v1/ledger", (answer) => ({ ...answer, seenSize: 999_999 }))],
    ];
    for (const [what, lie] of lies) expect(await seen(lie), what).to.equal(Exit.otherHistory);
    expect(await kept()).to.deep.include({ operator: truth.operator });
    expect(await seen()).to.equal(running.services.register().seen);
  });

  it("does not take trouble for a lie: a gateway that does not answer is asked again later", async () => {
    await seen();
    await record();
    const failing: Send = async (method, url, headers, body) =>
      url.startsWith("/api/v1/proofs") ? { status: 503, headers: {}, text: "{}" } : honest(method, url, headers, body);
    const caught = await seen(failing).catch((error: Error) => error.constructor.name);
    expect(caught).to.equal("Unavailable");
    expect(await seen()).to.equal(running.services.register().seen);
  });

  it("says which file is damaged instead of forgetting what it saw", async () => {
    await seen();
    const [name] = await readdir(join(home, "seen"));
    await writeFile(join(home, "seen", name!), '{"size":');
    expect(await seen()).to.equal(Exit.yours);
  });
});
