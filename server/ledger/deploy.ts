import { readFileSync } from "node:fs";
import { AbiCoder, getCreateAddress, Interface, type InterfaceAbi } from "ethers";
import type { Block } from "../chain/chain.ts";
import type { Hex } from "../domain/entries/words.ts";
import { Fault } from "../domain/fault.ts";

/**
 * Deploys the register from the committed bytecode: eight contracts that name each other by addresses computed before,
 * and the deployer's last act, which takes his power away: all but that of anchoring the gateway's access log. Every
 * step is data, so that it can be repeated after a crash.
 */

const names = ["AccessManager", "Council", "Rules", "Passkeys", "Authority", "Policy", "Ledger", "Waves"] as const;
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

/** The twelve transactions of a deployment, in the order of the deployer's nonces from `nonce` on. */
export function planDeployment(
  deployer: string,
  nonce: number,
  choices: DeploymentChoices,
): { addresses: Addresses; steps: Step[] } {
  const addresses = addressesOf(deployer, nonce);
  const { AccessManager, Council, Rules, Passkeys, Authority, Policy, Ledger, Waves } = addresses;
  const create = (name: ContractName, types: string[], values: unknown[]): Step => ({
    data: (artifact(name).bytecode + AbiCoder.defaultAbiCoder().encode(types, values).slice(2)) as Hex,
  });
  const manager = interfaceOf("AccessManager");
  const [admin, gateways] = [0n, 1n];
  const steps: Step[] = [
    create("AccessManager", ["address"], [deployer]),
    create(
      "Council",
      ["address", "address[]", "uint16", "uint64"],
      [Authority, choices.council, choices.threshold, choices.councilDelay],
    ),
    create("Rules", [], []),
    create("Passkeys", [], []),
    create(
      "Authority",
      ["address", "address", "address", "uint64"],
      [Ledger, Passkeys, AccessManager, choices.vetoDelay],
    ),
    create("Policy", ["address", "address", "uint64"], [Ledger, AccessManager, choices.policyDelay]),
    create(
      "Ledger",
      ["address", "address", "address", "address", "bytes32"],
      [Authority, Policy, Rules, Waves, choices.salt],
    ),
    create("Waves", ["address", "address"], [Ledger, Authority]),
    // who founds the register keeps one right, to anchor its access log; the council can give it to others, and take it
    {
      to: AccessManager,
      data: manager.encodeFunctionData("setTargetFunctionRole", [
        Authority,
        [interfaceOf("Authority").getFunction("anchor")!.selector],
        gateways,
      ]) as Hex,
    },
    { to: AccessManager, data: manager.encodeFunctionData("grantRole", [gateways, deployer, 0]) as Hex },
    { to: AccessManager, data: manager.encodeFunctionData("grantRole", [admin, Council, 0]) as Hex },
    { to: AccessManager, data: manager.encodeFunctionData("renounceRole", [admin, deployer]) as Hex },
  ];
  return { addresses, steps };
}

/** What is looked at to find a register: a chain as it was. */
type Past = {
  height: number;
  codeAt(address: string, block: number): Promise<Uint8Array>;
  block(number: number): Promise<Block>;
};

/**
 * Finds the register whose Ledger stands at an address, and makes sure of it: who deployed it, and that each of his
 * steps is what this software deploys with these choices.
 * @throws Fault no-register, other-register
 */
export async function findRegister(
  ledger: Hex,
  choices: Omit<DeploymentChoices, "salt">,
  past: Past,
): Promise<{ founder: string; salt: Hex; from: number }> {
  const stands = (address: string) =>
    firstBlock(past.height, async (at) => (await past.codeAt(address, at)).length > 0);
  const made = await stands(ledger);
  if (made === undefined)
    throw registerFault("no-register", ledger, {
      en: `there is no contract at it in block ${past.height}`,
      id: `tidak ada kontrak di alamat itu pada blok ${past.height}`,
    });
  const { transactions } = await past.block(made);
  const creation = transactions.find(({ from, to }) => to === null && addressesOf(from).Ledger === ledger);
  if (creation === undefined)
    throw registerFault("other-register", ledger, {
      en: "what stands there was not deployed by this software",
      id: "yang ada di sana tidak diterapkan oleh perangkat lunak ini",
    });
  // the salt is the last word of what Ledger was made with
  const salt: Hex = `0x${Buffer.from(creation.input.subarray(-32)).toString("hex")}`;
  const founder = creation.from;
  const { addresses, steps } = planDeployment(founder, 0, { ...choices, salt });
  const began = (await stands(addresses.AccessManager))!;
  let done = 0;
  for (let number = began; number <= past.height && done < steps.length; number++)
    for (const { from, to, input, ok } of (await past.block(number)).transactions) {
      const step = from === founder ? steps[done] : undefined;
      if (step === undefined) continue;
      const same = ok && to === (step.to ?? null) && `0x${Buffer.from(input).toString("hex")}` === step.data;
      const name = names[done] ?? "AccessManager";
      if (!same)
        throw registerFault("other-register", ledger, {
          en: `step ${done + 1} of its deployment, on ${name}, is not what this version makes of the council file`,
          id: `langkah ${done + 1} penerapannya, pada ${name}, bukan yang dibuat versi ini dari berkas dewan`,
        });
      done++;
    }
  if (done < steps.length)
    throw registerFault("other-register", ledger, {
      en: `its deployment is unfinished: ${done} of ${steps.length} steps`,
      id: `penerapannya belum selesai: ${done} dari ${steps.length} langkah`,
    });
  return { founder, salt, from: began - 1 };
}

/** The first block in which something is so that stays so; undefined where it is not in the newest. */
async function firstBlock(height: number, is: (block: number) => Promise<boolean>): Promise<number | undefined> {
  if (!(await is(height))) return undefined;
  let [without, withIt] = [0, height];
  while (withIt - without > 1) {
    const middle = Math.floor((without + withIt) / 2);
    if (await is(middle)) withIt = middle;
    else without = middle;
  }
  return withIt;
}

/** @param why what shows that this is not the register that is meant */
export function registerFault(code: "no-register" | "other-register", ledger: string, why: { en: string; id: string }) {
  return new Fault(code, {
    explanation: {
      en: `PRASASTI_LEDGER names ${ledger}, but ${why.en}.`,
      id: `PRASASTI_LEDGER menyebut ${ledger}, tetapi ${why.id}.`,
    },
    remedy: {
      en: "Correct the address, the council file, the version of this software, or the data folder. Nothing was changed.",
      id: "Perbaiki alamat, berkas dewan, versi perangkat lunak, atau folder data. Tidak ada yang diubah.",
    },
  });
}
