import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { Command } from "commander";
import { planCommands } from "../../../migration/cli/plan.ts";
import { writeKeyFile } from "../../../server/cli/key-file.ts";
import { idOf } from "../../../server/domain/entries/entry.ts";
import { addressOfKey, newSecret } from "../../../server/ledger/signatures.ts";
import { aFolder, put } from "./folder.ts";

type Said = { code: number; out: string; err: string };

/** The verbs as a person types them, with what they print and their exit code. */
async function migrate(...args: string[]): Promise<Said> {
  const command = new Command("migrate");
  for (const part of planCommands()) command.addCommand(part);
  const [out, err]: [string[], string[]] = [[], []];
  const [writeOut, writeErr] = [process.stdout.write, process.stderr.write];
  const before = process.exitCode;
  process.stdout.write = ((text: string) => out.push(String(text)) > 0) as typeof process.stdout.write;
  process.stderr.write = ((text: string) => err.push(String(text)) > 0) as typeof process.stderr.write;
  try {
    process.exitCode = undefined;
    await command.parseAsync(["node", "migrate", ...args]);
    return { code: Number(process.exitCode), out: out.join(""), err: err.join("") };
  } finally {
    process.exitCode = before;
    process.stdout.write = writeOut;
    process.stderr.write = writeErr;
  }
}

async function keyOf(folder: string, holder: string): Promise<string[]> {
  const secret = newSecret();
  const key = { name: holder.toLowerCase(), holder, holderId: idOf(holder), address: addressOfKey(secret), secret };
  await writeKeyFile(join(folder, "keys"), key, undefined, new Date());
  return ["--keys", join(folder, "keys"), "--as", key.name];
}

describe("the verbs of a plan", () => {
  it("lead from lint to approved, with the promised exit codes", async () => {
    await using folder = await aFolder();
    const at = ["--folder", folder.path, "--lang", "en"];
    const sekda = await keyOf(folder.path, "H-SEKDA");
    const inspektur = await keyOf(folder.path, "H-INSPEKTUR");
    expect((await migrate("plan", "approve", ...at, ...sekda)).code, "nothing is sealed").to.equal(6);
    expect((await migrate("plan", "lint", ...at)).code).to.equal(0);
    expect((await migrate("plan", "seal", ...at, "--dry-run")).out).to.include("would be sealed");
    expect((await migrate("plan", "seal", ...at)).out).to.match(/sealed: 0x[0-9a-f]{64}/);
    expect((await migrate("plan", "seal", ...at)).out).to.include("nothing changed");
    expect((await migrate("plan", "approve", ...at, ...sekda, "--dry-run")).code).to.equal(0);
    const first = await migrate("plan", "approve", ...at, ...sekda);
    expect([first.code, first.out.includes("one more person")]).to.deep.equal([0, true]);
    expect((await migrate("plan", "approve", ...at, ...(await keyOf(folder.path, "H-UKPBJ")))).code).to.equal(1);
    expect((await migrate("plan", "approve", ...at, ...inspektur)).out).to.include("approved: 0x");
    expect((await migrate("gates", ...at)).code).to.equal(6);
    expect((await migrate("gates", "W9", ...at)).code).to.equal(5);
    await put(
      folder.path,
      "waves.yaml",
      (await readFile(join(folder.path, "waves.yaml"), "utf8")).replace("target: 1", "target: 2"),
    );
    const stale = await migrate("plan", "approve", ...at, ...inspektur);
    expect([stale.code, stale.err.includes("goal G1, target: 1 → 2")]).to.deep.equal([8, true]);
    expect((await migrate("gates", ...at)).code).to.equal(8);
    expect((await migrate("plan", "diff", ...at)).out)
      .to.include("goal G1, target: 1 → 2")
      .and.to.include("Void: seal, approvals, rehearsals");
    await put(folder.path, "waves.yaml", "waves: [");
    expect((await migrate("plan", "seal", ...at)).code).to.equal(5);
  });

  it("lint in the person's language, and as JSON", async () => {
    await using folder = await aFolder();
    await put(
      folder.path,
      "waves.yaml",
      (await readFile(join(folder.path, "waves.yaml"), "utf8")).replace("baseline: 40, ", ""),
    );
    const id = await migrate("plan", "lint", "--folder", folder.path, "--lang", "id");
    expect([id.code, id.out.includes("sasaran ini tanpa nilai awal")]).to.deep.equal([5, true]);
    const json = JSON.parse((await migrate("plan", "lint", "--folder", folder.path, "--json")).out);
    expect([json.ok, json.faults[0].code, json.faults[0].path]).to.deep.equal([false, "missing", "/goals/0/baseline"]);
  });

  it("sign for a source, back up, verify and say what was touched", async () => {
    await using folder = await aFolder();
    const at = ["--folder", folder.path, "--lang", "en"];
    const lpse = await keyOf(folder.path, "H-LPSE");
    expect((await migrate("plan", "sign-off", "spse", ...at, ...lpse)).code, "no profile").to.equal(6);
    await put(folder.path, ".migrate/profile/spse.json", "{}");
    expect((await migrate("plan", "sign-off", "spse", ...at, ...lpse)).code).to.equal(0);
    expect((await migrate("backup", "verify", "W2", ...at)).code, "no backup").to.equal(6);
    expect((await migrate("backup", "create", "W2", ...at, "--dry-run")).out).to.include("spse, arsip");
    const made = await migrate("backup", "create", "W2", ...at);
    expect([made.code, made.out.includes("restored and compared")]).to.deep.equal([0, true]);
    expect((await migrate("backup", "verify", "W2", ...at)).code).to.equal(0);
    await rm(join(folder.path, ".migrate/backup/W2/arsip/data/arsip.csv"));
    const touched = await migrate("backup", "verify", "W2", ...at);
    expect([touched.code, touched.err.includes("arsip/data/arsip.csv is gone")]).to.deep.equal([6, true]);
    expect((await migrate("backup", "create", "W9", ...at)).code).to.equal(5);
  });

  it("begin a project, dry or for good", async () => {
    await using folder = await aFolder();
    await rm(join(folder.path, "waves.yaml"));
    await rm(join(folder.path, "maps"), { recursive: true });
    const dry = await migrate("init", folder.path, "--dry-run", "--lang", "en");
    expect([dry.code, dry.out.includes("apiVersion: prasasti/migration/v1")]).to.deep.equal([0, true]);
    expect(
      (await migrate("plan", "lint", "--folder", folder.path, "--lang", "en")).code,
      "nothing was written",
    ).to.equal(5);
    expect((await migrate("init", folder.path, "--lang", "en")).code).to.equal(0);
    expect((await migrate("init", folder.path, "--lang", "en")).code, "there is one now").to.equal(1);
    expect((await migrate("plan", "build", "--folder", folder.path, "--lang", "en")).code).to.equal(0);
  });

  it("each say in their help what they do, need and end with", () => {
    const leaves = (command: Command): Command[] =>
      command.commands.length === 0 ? [command] : command.commands.flatMap((each) => leaves(each as Command));
    const all = planCommands().flatMap(leaves);
    expect(all.map((each) => each.name())).to.deep.equal([
      "init",
      "build",
      "lint",
      "diff",
      "seal",
      "approve",
      "sign-off",
      "schema",
      "create",
      "verify",
      "gates",
    ]);
    for (const command of all.filter((each) => each.name() !== "schema")) {
      let help = "";
      command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
      expect(help, command.name())
        .to.match(/\nDoes /)
        .and.to.match(/\nExit /);
    }
  });
});
