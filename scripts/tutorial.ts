// Fills the recorded parts of docs/tutorial from a sandbox that was just begun:
// `node scripts/start.mjs run scripts/tutorial.ts`. Days are counted from that of the recording (D), and no hash or
// clock time is shown, so that the pages are the same every day: test/sandbox/stories.test.ts holds them to that.

import { readdir, readFile, writeFile } from "node:fs/promises";
import { idOf } from "../server/domain/entries/entry.ts";
import { Kind, marksIn } from "../server/domain/entries/kinds.ts";
import { kindInWords, marksInWords, moneyInWords, termsInWords } from "../server/domain/entries/telling.ts";
import type { ContractView, ProcessView } from "../server/domain/projection/process-view.ts";
import type { SignedEntryRow } from "../server/domain/projection/project-block.ts";
import { seedId } from "../server/sandbox/bootstrap.ts";
import type { Life } from "../server/sandbox/life.ts";
import { HOLDERS } from "../server/sandbox/people.ts";
import { type Ask, askOf, firstDay, sandboxLives, seedSandbox, type ToldRefusal } from "../server/sandbox/seed.ts";
import { STORY_LINKS } from "../server/sandbox/stories.ts";
import { startGateway } from "../test/gateway/world.ts";

const folder = new URL("../docs/tutorial/", import.meta.url);
const DAY = 86_400;

/** The pages by name, with every recorded part as this register tells it now. */
export async function tutorialPages(ask: Ask, refusals: readonly ToldRefusal[]): Promise<Map<string, string>> {
  const today = await firstDay(ask);
  const lives = new Map(sandboxLives(today, "stories").map((life) => [life.ocid, life]));
  const pages = new Map<string, string>();
  for (const name of (await readdir(folder)).filter((each) => each.endsWith(".md"))) {
    const text = await readFile(new URL(name, folder), "utf8");
    const story = STORY_LINKS.find(({ page }) => `${page}.md` === name);
    // the story of a migration is recorded by a test of its own: test/samples/migration.slow.test.ts
    if (story === undefined && name !== "README.md") continue;
    pages.set(name, story === undefined ? text : await filled(text, lives.get(story.ocid)!));
  }
  return pages;

  async function filled(text: string, life: Life): Promise<string> {
    const rows = (await ask("GET", `/api/v1/processes/${life.ocid}/history`)).body as { history: SignedEntryRow[] };
    const view = (await ask("GET", `/api/v1/processes/${life.ocid}`)).body as ProcessView;
    const parts: Record<string, string> = {
      entries: await entriesOf(life, rows.history),
      state: Object.values(view.contracts).map(stateOf).join("\n\n"),
      look: lookAt(life.ocid),
    };
    return text.replace(/(<!-- recorded: (\w+) -->\n)[\s\S]*?(<!-- end -->)/g, (_, start, part, end) => {
      if (parts[part] === undefined) throw new Error(`nothing is recorded as ${part}`);
      return `${start}\n${parts[part]}\n\n${end}`;
    });
  }

  /** What happened, refusals between what was recorded. */
  async function entriesOf({ ocid, steps }: Life, rows: readonly SignedEntryRow[]): Promise<string> {
    const byCommand = new Map(rows.map((row) => [row.commandId, row]));
    const byLeaf = new Map(rows.map((row) => [row.leaf, row]));
    const lines = ["| no. | day | what | it says | signed by | marks |", "|---|---|---|---|---|---|"];
    for (const [index, step] of steps.entries()) {
      const row = byCommand.get(seedId(ocid, index));
      const on = step.terms.on;
      const day = on === undefined ? "" : on === today ? "D" : `D−${(today - on) / DAY}`.replace("−-", "+");
      const signers = [step.by, ...(row?.signers.slice(1).map(({ holder }) => holder) ?? [])].map(personOf);
      const of = row === undefined ? undefined : byLeaf.get(row.refersTo);
      const what =
        kindInWords(Kind[step.kind], "en") + (of === undefined ? "" : ` of no. ${of.assigned.processSequence}`);
      const kind = row?.kind === Kind.correction ? kindOf(of!, byLeaf) : Kind[step.kind];
      const said = termsInWords(kind, row?.terms ?? textOf(step.terms), "en")
        .filter(([name]) => name !== "date" && name !== "until")
        .map(([name, value]) => (name === "code" ? value : `${name} ${value}`));
      const ends = step.terms.until === undefined ? [] : [`until D${signed((step.terms.until - today) / DAY)}`];
      const marks =
        row === undefined
          ? await refusalOf(ocid, index)
          : marksIn(row.assigned.exceptions)
              .map((mark) => `\`${mark}\``)
              .join(", ");
      const number = row === undefined ? "✗" : String(row.assigned.processSequence);
      lines.push(`| ${[number, day, what, [...said, ...ends].join(", "), signers.join(" + "), marks].join(" | ")} |`);
    }
    return lines.join("\n");
  }

  async function refusalOf(ocid: string, step: number): Promise<string> {
    const told = refusals.find((each) => each.ocid === ocid && each.step === step);
    if (told === undefined) throw new Error(`step ${step} of ${ocid} was not refused in this run`);
    const { body } = await ask("GET", `/api/v1/submissions/${told.submission}`);
    const { refusal } = body as { refusal: { rule: string; title: { en: string } } };
    return `**refused: \`${refusal.rule}\`** ${refusal.title.en}`;
  }
}

const signed = (days: number) => (days < 0 ? `−${-days}` : `+${days}`);

function kindOf(row: SignedEntryRow, byLeaf: ReadonlyMap<string, SignedEntryRow>): number {
  const of = row.kind === Kind.correction ? byLeaf.get(row.refersTo) : undefined;
  return of === undefined ? row.kind : kindOf(of, byLeaf);
}

function textOf(terms: object): Record<string, string | number> {
  return Object.fromEntries(
    Object.entries(terms).map(([name, value]) => [name, typeof value === "bigint" ? String(value) : value]),
  );
}

/** A person by holder id or its hash: the name, and what he is. */
function personOf(holder: string): string {
  const found = HOLDERS.find(({ id }) => id === holder || idOf(id) === holder);
  return found?.name.replace(", contoh)", ")") ?? holder;
}

function stateOf(contract: ContractView): string {
  const money = [
    "value",
    "firstValue",
    "accepted",
    "certified",
    "advance",
    "recovered",
    "withheld",
    "released",
    "paid",
    "excess",
  ] as const;
  const shown = money.filter((name) => contract[name] !== "0" || name === "paid");
  const amounts = shown.map((name) => `${name} ${moneyInWords(contract[name], contract.currency)}`);
  const holds = Object.keys(contract.holds);
  const more = [
    contract.supplierSigned ? "signed by the supplier" : "not signed by the supplier",
    ...(holds.length > 0 ? [`held by ${holds.map((name) => name).join(", ")}`] : []),
    ...(contract.exceptions > 0 ? [`marks: ${marksInWords(contract.exceptions, "en").join(", ")}`] : []),
  ];
  return `\`${contract.id}\`: **${contract.status}**, ${more.join("; ")}\n\n    ${amounts.join("\n    ")}`;
}

function lookAt(ocid: string): string {
  const origin = "http://127.0.0.1:8080/api/v1";
  return [
    "```",
    `npx prasasti history ${ocid}`,
    `curl -s '${origin}/records/${ocid}/history'`,
    `curl -s '${origin}/processes/${ocid}'`,
    `curl -s '${origin}/records/${ocid}'`,
    "```",
  ].join("\n");
}

if (import.meta.main) {
  const running = await startGateway();
  const ask = askOf(running.app);
  const refusals: ToldRefusal[] = [];
  const onRefusal = (told: ToldRefusal) => refusals.push(told);
  await seedSandbox(ask, running.services.separator, { only: "stories", onRefusal });
  for (const [name, text] of await tutorialPages(ask, refusals)) await writeFile(new URL(name, folder), text);
  await running.remove();
}
