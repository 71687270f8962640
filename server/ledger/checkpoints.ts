import type { Hex } from "../domain/entries/words.ts";
import { interfaceOf, type Step } from "./deploy.ts";

/** The calls, which anybody may send, by which the ledger tells checkpoints of these agencies and of the whole log. */
export function checkpointSteps(ledger: Hex, agencies: readonly Hex[]): Step[] {
  const own = interfaceOf("Ledger");
  const call = (name: string, ...values: Hex[]): Step => ({
    to: ledger,
    data: own.encodeFunctionData(name, values) as Hex,
  });
  return [...agencies.map((agency) => call("checkpointAgency", agency)), call("checkpoint")];
}
