import type { Hex } from "../../server/domain/entries/words.ts";
import type { TypedData } from "./request.ts";

// Browser wallets: EIP-6963 says who is there, EIP-1193 asks them.

type Provider = { request(call: { method: string; params?: unknown[] }): Promise<unknown> };
export type Wallet = { name: string; provider: Provider };

/** Wallets that announce themselves within `milliseconds`; the old global one where none does. */
export async function wallets(milliseconds = 300): Promise<Wallet[]> {
  const found = new Map<string, Wallet>();
  const heard = (event: Event) => {
    const { detail } = event as CustomEvent<{ info: { uuid: string; name: string }; provider: Provider }>;
    found.set(detail.info.uuid, { name: detail.info.name, provider: detail.provider });
  };
  addEventListener("eip6963:announceProvider", heard);
  dispatchEvent(new Event("eip6963:requestProvider"));
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  removeEventListener("eip6963:announceProvider", heard);
  const { ethereum } = globalThis as { ethereum?: Provider };
  if (found.size === 0 && ethereum !== undefined) return [{ name: "wallet", provider: ethereum }];
  return [...found.values()];
}

/** The wallet's own account signs the typed data; the wallet shows it once more. */
export async function signWithWallet({ provider }: Wallet, typedData: TypedData): Promise<Hex> {
  const [account] = (await provider.request({ method: "eth_requestAccounts" })) as Hex[];
  const EIP712Domain = [
    { name: "name", type: "string" },
    { name: "version", type: "string" },
    { name: "chainId", type: "uint256" },
    { name: "verifyingContract", type: "address" },
    { name: "salt", type: "bytes32" },
  ];
  const whole = JSON.stringify({ ...typedData, types: { EIP712Domain, ...typedData.types } });
  return (await provider.request({ method: "eth_signTypedData_v4", params: [account, whole] })) as Hex;
}
