import type { Chain } from "../../server/chain/chain.ts";

/** A chain that also passes JSON-RPC calls on: nodes of a network, the embedded chain's loopback, or one in this process. */
export type Reach = Pick<
  Chain,
  | "identity"
  | "confirmations"
  | "largest"
  | "troubles"
  | "ready"
  | "follow"
  | "submit"
  | "call"
  | "nonce"
  | "code"
  | "close"
> & {
  request(method: string, params: unknown[]): Promise<unknown>;
  /** its blocks are told without their transactions and events: those are asked for */
  readonly light?: boolean;
};
