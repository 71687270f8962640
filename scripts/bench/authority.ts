import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { tellAuthority } from "../../server/actions/tell-authority.ts";
import { ActCode, subjectOfAct } from "../../server/domain/entries/act.ts";
import { idOf } from "../../server/domain/entries/entry.ts";
import { Role } from "../../server/domain/entries/kinds.ts";
import { NO_ID, utf8 } from "../../server/domain/entries/words.ts";
import type { ActEvent } from "../../server/domain/projection/offices.ts";
import { projectBlock } from "../../server/domain/projection/project-block.ts";
import { anAct } from "../../server/ledger/acts.ts";
import { Table } from "../../server/store/store.ts";
import { machine } from "./gateway.ts";

/**
 * Who could do what on a day, over `count` grants of which most have ended, from the projection on disk: the whole answer
 * as text, without HTTP. The worst question is one that looks through all of them.
 */
export async function authority({ count }: { count: number }): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), "prasasti-bench-"));
  const table = await Table.open(path.join(folder, "projection"));
  const start = 1_700_000_000;
  const agencies = Array.from({ length: 40 }, (_, index) => idOf(`agency ${index}`));
  let sequence = 0;
  const event = (act: Parameters<typeof anAct>[0], time: number): ActEvent => {
    const whole = anAct(act, "{}");
    sequence++;
    const [leaf, subject] = [idOf(`leaf ${sequence}`), subjectOfAct(whole)];
    const signers = [{ holder: act.maker, role: Role.head, agency: agencies[0]!, custody: 2, office: leaf }];
    return {
      type: "act",
      leaf,
      subject,
      act: whole,
      registerSequence: sequence,
      timeMs: time * 1000,
      body: utf8("{}"),
      signers,
    };
  };
  const maker = idOf("head");
  for (let done = 0; done < count; done += 250) {
    const events: ActEvent[] = [];
    const time = start + done * 60;
    for (let i = done; i < Math.min(done + 250, count); i++) {
      const office = {
        maker,
        expires: 0,
        holder: idOf(`holder ${i}`),
        agency: agencies[i % 40]!,
        role: 1 + (i % 4),
        post: NO_ID,
      };
      events.push(event({ ...office, code: ActCode.grant }, time));
      if (i % 20 !== 0) events.push(event({ ...office, code: ActCode.revoke }, time + 30));
    }
    const block = { number: done / 250 + 1, hash: idOf(`block ${done}`), time };
    const { rows } = await projectBlock(block, events, { get: (key) => table.get(key), vetoDelay: 0 });
    await table.put([...rows].map(([key, value]) => ({ key, value })));
  }
  const end = start + count * 60 + 100;
  const middle = start + (count / 2) * 60;
  const reads = {
    get: <T>(key: string) => table.get<T>(key),
    range: table.range.bind(table) as Table["range"],
  };
  console.log(machine());
  console.log(`| grants | ${count}, ${Math.floor(count / 20)} of them running |`);
  const ask = async (what: string, query: Parameters<typeof tellAuthority>[0], limit = 100) => {
    const times: number[] = [];
    let found = 0;
    for (let i = 0; i < 60; i++) {
      const from = performance.now();
      const answer = await tellAuthority(query, undefined, limit, reads);
      JSON.stringify(answer);
      // the first ones warm up
      if (i >= 10) times.push(performance.now() - from);
      found = answer.offices.length;
    }
    times.sort((a, b) => a - b);
    const [median, p95] = [times[Math.floor(times.length / 2)]!, times[Math.floor(times.length * 0.95)]!];
    console.log(`| ${what} | ${found} told: median ${median.toFixed(1)} ms, p95 ${p95.toFixed(1)} ms |`);
  };
  const span = (moment: number) => ({ from: moment, until: moment });
  await ask("all, now, first page of 100", span(end));
  await ask("all, in the middle, first page of 100", span(middle));
  await ask("all treasurers, now: looks through every grant", { ...span(end), role: "treasurer" }, 500);
  await ask("one agency, now", { ...span(end), agency: agencies[0]! });
  await ask("one holder, in the middle", { ...span(middle), holder: idOf("holder 0") });
  await table.close();
  await rm(folder, { recursive: true });
}
