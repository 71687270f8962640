import { growth } from "./growth.ts";
import { plain } from "./plain.ts";
import { proofs } from "./proofs.ts";
import { reads } from "./reads.ts";
import { signIns } from "./sign-ins.ts";
import { submissions } from "./submissions.ts";
import { tokens } from "./tokens.ts";

/** `npm run bench -- WHAT [--count N] [--clients N]`: a table with the machine's facts. Not a test: nothing fails for being slow. */
const programs = { submissions, reads, growth, proofs, plain, "sign-ins": signIns, tokens };
const [what = "", ...args] = process.argv.slice(2);
const option = (name: string, otherwise: number) => {
  const at = args.indexOf(`--${name}`);
  return at < 0 ? otherwise : Number(args[at + 1]);
};

if (Object.hasOwn(programs, what)) {
  const count = option("count", what === "proofs" ? 150_000 : what === "sign-ins" ? 1_200 : 5_000);
  await programs[what as keyof typeof programs]({ count, clients: option("clients", 200) });
} else {
  console.error(`usage: npm run bench -- ${Object.keys(programs).join(" | ")} [--count N] [--clients N]`);
  process.exit(2);
}
