import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import type { Run } from "../../../server/domain/connectors.ts";
import { runProgram } from "../killed-process.ts";

// A job killed as a power cut would, at every named place: it goes on without doubling and without losing a row.

const YAML = `
apiVersion: prasasti/connectors/v1
sources: { payments: { engine: csv, path: "in/*.csv", encoding: utf-8, delimiter: ";" } }
jobs: [{ id: sp2d, source: payments, sink: payments }]
`;
/** rows of each of two files: three batches of at most 1,000 */
const ROWS = 2_100;
/** each place, and the times that it is passed: once for each file, or for each of its batches */
const PLACES: readonly [string, readonly number[]][] = [
  ["capture-kept", [1, 2]],
  ["capture-noted", [1, 2]],
  ["rows-taken", [1, 2, 4, 6]],
  ["rows-noted", [1, 3, 5]],
  ["cursor-moved", [1, 2]],
];

type Told = { runs: Run[]; kept: string[]; log: string[]; pending: string[]; letters: string[] };

const PROGRAM = new URL("job-process.ts", import.meta.url);
async function runJob(folder: string, failpoint?: string): Promise<{ signal: string | null; told?: Told }> {
  const { signal, out } = await runProgram(PROGRAM, [folder, YAML], failpoint);
  return signal === null ? { signal, told: JSON.parse(out) as Told } : { signal };
}

describe("a job that is killed", function () {
  this.timeout(240_000);

  for (const [place, times] of PLACES)
    for (const time of times)
      it(`at ${place}, the ${time}. time, goes on without doubling and without losing a row`, async () => {
        const folder = await mkdtemp(path.join(tmpdir(), "prasasti-kill-"));
        try {
          await mkdir(path.join(folder, "in"));
          for (const name of ["a", "b"]) {
            const rows = Array.from({ length: ROWS }, (_, at) => (at === 7 ? `bad-${name};0` : `${name}${at};${at}`));
            await writeFile(path.join(folder, "in", `${name}.csv`), `no;amount\n${rows.join("\n")}\n`);
          }
          expect((await runJob(folder, `${place}:${time}`)).signal).to.equal("SIGKILL");
          // a second time, where the first one is being finished
          const again = await runJob(folder, "rows-taken:1");
          expect(again.signal).to.equal("SIGKILL");
          const { told } = await runJob(folder);
          const { runs, kept, log, pending, letters } = told!;
          const good = 2 * (ROWS - 1);
          expect(kept).to.have.length(good);
          expect(new Set(log.map((key) => key.split("/")[2]))).to.have.property("size", good);
          expect(log).to.have.length(good);
          expect(letters).to.have.length(2);
          expect(pending).to.deep.equal([]);
          expect(runs[0]).to.include({ state: "done", read: 2 * ROWS, setAside: 2 });
          for (const { read, carried, drafted, unchanged, merged, setAside, undecided, state } of runs) {
            expect(read + carried).to.equal(drafted + unchanged + merged + setAside);
            expect(undecided).to.equal(0);
            expect(state).to.be.oneOf(["done", "interrupted"]);
          }
        } finally {
          await rm(folder, { recursive: true, force: true });
        }
      });
});
