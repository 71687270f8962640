import { authority } from "./authority.ts";
import { connect } from "./connect.ts";
import { growth } from "./growth.ts";
import { feeds, matching, payments, reconcile } from "./integrations.ts";
import { migrate } from "./migrate.ts";
import { network } from "./network.ts";
import { plain } from "./plain.ts";
import { proofs } from "./proofs.ts";
import { reads } from "./reads.ts";
import { signIns } from "./sign-ins.ts";
import { submissions } from "./submissions.ts";
import { tokens } from "./tokens.ts";

/** `npm run bench -- WHAT [--count N] [--clients N]`, `migrate [--rows N] [--ten-million] [--only SECTIONS]`: a table with the machine's facts. Not a test: nothing fails for being slow. */
const programs = {
  submissions,
  reads,
  growth,
  proofs,
  authority,
  plain,
  network,
  "sign-ins": signIns,
  tokens,
  migrate,
  connect,
  feeds,
  payments,
  matching,
  reconcile,
};
const [what = "", ...args] = process.argv.slice(2);
const option = (name: string, otherwise: number) => {
  const at = args.indexOf(`--${name}`);
  return at < 0 ? otherwise : Number(args[at + 1]);
};

if (Object.hasOwn(programs, what)) {
  const usual: Record<string, number> = {
    matching: 100_000,
    proofs: 150_000,
    authority: 10_000,
    "sign-ins": 1_200,
    migrate: 2_000,
    connect: 10,
    feeds: 200_000,
    payments: 200_000,
    reconcile: 200_000,
  };
  const count = option("count", usual[what] ?? 5_000);
  await programs[what as keyof typeof programs]({
    ...{ count, clients: option("clients", 200), rows: option("rows", 1_000_000) },
    ...{ tenMillion: args.includes("--ten-million"), only: args[args.indexOf("--only") + 1 || args.length] ?? "" },
  });
} else {
  console.error(`usage: npm run bench -- ${Object.keys(programs).join(" | ")} [--count N] [--clients N]`);
  process.exit(2);
}
