import { readFileSync } from "node:fs";
import { expect } from "chai";
import { type Contract, ContractFactory } from "ethers";
import {
  Custody,
  Exception,
  KIND_RULES,
  Kind,
  type KindName,
  Role,
  TERM_NAMES,
  termsRule,
} from "../../server/domain/entries/kinds.ts";
import { artifacts, startChain } from "./compile.ts";

/** What stands in two places because two languages need it: the struct as it lies in memory, and the table of terms. */

type Component = { name: string; type: string };
const source = (name: string) => readFileSync(new URL(`../../contracts/${name}`, import.meta.url), "utf8");
const constant = (text: string, name: string) => Number(new RegExp(`${name} = (\\d+);`).exec(text)?.[1]);

describe("one item in memory", () => {
  let image: Component[] = [];
  let outcome: Component[] = [];
  before(async () => {
    const step = (await artifacts()).Rules!.abi.find((f) => (f as Component).name === "step") as unknown as Record<
      "inputs" | "outputs",
      { components: Component[] }[]
    >;
    image = step.inputs[0]!.components;
    outcome = step.outputs[0]!.components;
  });

  it("has only full words, as many as Memory says", () => {
    expect(new Set([...image, ...outcome].map((c) => c.type))).to.deep.equal(new Set(["uint256", "bytes32"]));
    expect(image).to.have.length(constant(source("Image.sol"), "IMAGE_WORDS"));
    expect(outcome).to.have.length(constant(source("Image.sol"), "OUTCOME_WORDS"));
  });

  it("begins with the leaf: header, Entry, Terms and the assigned words", () => {
    const names = image.map((c) => c.name);
    const at = (name: string) => constant(source("Image.sol"), name);
    expect(names[at("ENTRY_AT")]).to.equal("entryType");
    expect(names[at("TERMS_AT")]).to.equal("termsType");
    expect(names.slice(at("TERMS_AT") + 2, at("TERMS_AT") + 19)).to.deep.equal([...TERM_NAMES]);
    expect(names[at("ASSIGNED_AT")]).to.equal("registerSequence");
    expect(names[at("LEAF_WORDS") - 1]).to.equal("exceptions");
    const old = names.slice(at("OLD_TERMS_AT") + 2, at("OLD_TERMS_AT") + 19);
    expect(old).to.deep.equal(TERM_NAMES.map((name) => `old${name[0]!.toUpperCase()}${name.slice(1)}`));
  });
});

describe("words in both languages", () => {
  const solidity = source("Words.sol");
  const library = (name: string) => new RegExp(`library ${name} \\{([^]*?)\\n\\}`).exec(solidity)![1]!;
  const renamed: Record<string, string> = { transition: "status" };
  const camel = (name: string) => name[0]!.toLowerCase() + name.slice(1);

  for (const [name, table] of [
    ["Kind", Kind],
    ["Role", Role],
    ["Exception", Exception],
  ] as const) {
    it(`${name} is the same`, () => {
      const found = [...library(name).matchAll(/constant ([A-Z][A-Za-z]+) = (\d+);/g)]
        .map(([, key, value]) => [renamed[camel(key!)] ?? camel(key!), Number(value)] as const)
        .filter(([key, value]) => value !== 0 && key !== "parentApprover");
      expect(Object.fromEntries(found)).to.deep.equal({ ...table });
    });
  }
  it("custody 5 is the gateway's", () => {
    expect(constant(source("Ledger.sol"), "GATEWAY_CUSTODY")).to.equal(Custody.gateway);
  });
});

describe("the table of terms", () => {
  let rules: Contract;
  before(async () => {
    const { signer } = await startChain();
    const { abi, bytecode } = (await artifacts()).Rules!;
    rules = (await new ContractFactory(abi, bytecode, signer).deploy()) as Contract;
  });
  for (const [name, rule] of Object.entries(KIND_RULES) as [KindName, (typeof KIND_RULES)[KindName]][]) {
    if (name === "correction") continue; // judged by the table of the kind it corrects
    it(`${name}: the same in Rules and in domain`, async () => {
      for (let code = 0; code <= 10; code++) {
        const [required, allowed, roles] = await rules.getFunction("table")(rule.kind, code);
        const expected = termsRule(rule.kind as Exclude<Kind, 8>, code, true);
        expect(Number(required), `required, code ${code}`).to.equal(expected.required);
        expect(Number(allowed), `allowed, code ${code}`).to.equal(expected.allowed);
        expect(Number(roles)).to.equal(rule.roles.reduce((mask, role) => mask | (1 << role), 0));
      }
    });
  }
});
