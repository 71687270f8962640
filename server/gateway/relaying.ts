import { contractOf, type SignedAct } from "../actions/relay-act.ts";
import { fromHex, textOf } from "../domain/entries/words.ts";
import { encodeAct } from "../ledger/acts.ts";
import { checkpointSteps } from "../ledger/checkpoints.ts";
import { interfaceOf } from "../ledger/deploy.ts";
import { encodeWaveAct } from "../ledger/waves.ts";
import type { Services } from "../services.ts";

/** What relaying an act needs: the projection first, then the chain's own answer before anything is sent. */
export function relaying({ deployment, projection, chain, relay, projected }: Services, now: () => number) {
  const callOf = ({ act, signatures, body }: SignedAct) => {
    const contract = contractOf(act);
    const data = contract === "Waves" ? encodeWaveAct(act, signatures, body) : encodeAct(act, signatures, textOf(body));
    return { contract, to: deployment.addresses[contract], data } as const;
  };
  return {
    now,
    read: <T>(key: string) => projection.get<T>(key),
    /** the name and values of the error with which its contract would refuse */
    async wouldRefuse(signed: SignedAct): Promise<{ name: string; values: readonly unknown[] } | undefined> {
      const { contract, to, data } = callOf(signed);
      try {
        await chain.call(to, fromHex(data));
        return undefined;
      } catch (error) {
        const { data: revert } = error as { data?: unknown };
        if (typeof revert !== "string") throw error;
        const parsed = interfaceOf(contract).parseError(revert);
        return { name: parsed?.name ?? "", values: [...(parsed?.args ?? [])] };
      }
    },
    async relay(signed: SignedAct) {
      // with a checkpoint in the same block, so that the act can be proven at once
      const { to, data } = callOf(signed);
      const step = { to, data };
      const [told] = await relay([step, ...checkpointSteps(deployment.addresses.Ledger, [])]);
      // who has the answer finds the act when he asks, and the checkpoint that came with it
      await projected();
      return told!;
    },
  };
}
