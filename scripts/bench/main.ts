import { proofs } from "./proofs.ts";
import { reads } from "./reads.ts";
import { submissions } from "./submissions.ts";

/** `npm run bench -- submissions [--count N] [--clients N]`, `reads [--count N]` or `proofs [--count N]`: a table with the machine's facts. */
const [what, ...args] = process.argv.slice(2);
const option = (name: string, otherwise: number) => {
  const at = args.indexOf(`--${name}`);
  return at < 0 ? otherwise : Number(args[at + 1]);
};

if (what === "submissions") {
  await submissions({ count: option("count", 5_000), clients: option("clients", 200) });
} else if (what === "reads") {
  await reads({ count: option("count", 5_000) });
} else if (what === "proofs") {
  await proofs({ count: option("count", 150_000) });
} else {
  console.error(
    "usage: npm run bench -- submissions [--count N] [--clients N] | reads [--count N] | proofs [--count N]",
  );
  process.exit(2);
}
