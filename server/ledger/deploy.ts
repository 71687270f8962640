import { readFileSync } from "node:fs";
import { AbiCoder, getCreateAddress, Interface, type InterfaceAbi } from "ethers";
import type { Hex } from "../domain/entries/words.ts";

/**
 * Deploys the register from the committed bytecode: six contracts that name each other by addresses computed before,
 * and the deployer's last act, which takes his power away. Every step is data, so that it can be repeated after a crash.
 */

const names = ["AccessManager", "Council", "Rules", "Authority", "Policy", "Ledger"] as const;
export type ContractName = (typeof names)[number];
export type Addresses = Record<ContractName, Hex>;

type Generated = { abi: InterfaceAbi; bytecode: string; deployedBytecode: string; sourceHash: string };

function generated(name: ContractName): Generated {
  return JSON.parse(readFileSync(new URL(`./generated/${name}.json`, import.meta.url), "utf8")) as Generated;
}

const loaded = new Map<ContractName, Generated>();
function artifact(name: ContractName): Generated {
  if (!loaded.has(name)) loaded.set(name, generated(name));
  return loaded.get(name)!;
}

export function interfaceOf(name: ContractName): Interface {
  return new Interface(artifact(name).abi);
}

export type DeploymentChoices = {
  /** members of the council and how many must agree (at least 2) */
  council: readonly string[];
  threshold: number;
  /** seconds between the council's agreement and its execution */
  councilDelay: number;
  /** seconds in which a registrar can veto a grant that needs two people */
  vetoDelay: number;
  /** seconds before a new rule set may begin */
  policyDelay: number;
  salt: Hex;
};

/** A transaction of the deployer; without `to` it creates a contract. */
export type Step = { to?: Hex; data: Hex };

/** Where the contracts of a deployer stand: that follows from his address alone. */
export function addressesOf(deployer: string, nonce = 0): Addresses {
  return Object.fromEntries(
    names.map((name, i) => [name, getCreateAddress({ from: deployer, nonce: nonce + i }).toLowerCase()]),
  ) as Addresses;
}

/** The eight transactions of a deployment, in the order of the deployer's nonces from `nonce` on. */
export function planDeployment(
  deployer: string,
  nonce: number,
  choices: DeploymentChoices,
): { addresses: Addresses; steps: Step[] } {
  const addresses = addressesOf(deployer, nonce);
  const { AccessManager, Council, Rules, Authority, Policy, Ledger } = addresses;
  const none = `0x${"0".repeat(40)}`;
  const create = (name: ContractName, types: string[], values: unknown[]): Step => ({
    data: (artifact(name).bytecode + AbiCoder.defaultAbiCoder().encode(types, values).slice(2)) as Hex,
  });
  const manager = interfaceOf("AccessManager");
  const admin = 0n;
  const steps: Step[] = [
    create("AccessManager", ["address"], [deployer]),
    create(
      "Council",
      ["address", "address[]", "uint16", "uint64"],
      [Authority, choices.council, choices.threshold, choices.councilDelay],
    ),
    create("Rules", [], []),
    create("Authority", ["address", "address", "uint64"], [Ledger, AccessManager, choices.vetoDelay]),
    create("Policy", ["address", "address", "uint64"], [Ledger, AccessManager, choices.policyDelay]),
    create(
      "Ledger",
      ["address", "address", "address", "address", "bytes32"],
      [Authority, Policy, Rules, none, choices.salt],
    ),
    { to: AccessManager, data: manager.encodeFunctionData("grantRole", [admin, Council, 0]) as Hex },
    { to: AccessManager, data: manager.encodeFunctionData("renounceRole", [admin, deployer]) as Hex },
  ];
  return { addresses, steps };
}
