import { readFile } from "node:fs/promises";
import { Command, Option } from "commander";
import { Contract, FetchRequest, type Interface, isError, JsonRpcProvider, type ParamType, Wallet } from "ethers";
import { idOf } from "../domain/entries/entry.ts";
import { Custody, Role } from "../domain/entries/kinds.ts";
import { fromHex, type Hex, NO_ID, toHex, utf8 } from "../domain/entries/words.ts";
import { asCallData } from "../ledger/acts.ts";
import { type Addresses, type ContractName, interfaceOf } from "../ledger/deploy.ts";
import { Client } from "./client.ts";
import { openKey } from "./key.ts";
import { defaultKeyFolder } from "./key-file.ts";
import { Exit, type Language, languageOption, print, run, strict, Usage, urlOption } from "./terminal.ts";

type Options = { url: string; rpc: string; token: string; keys: string; as?: string; lang: Language };

/** `council`: a member proposes, looks at, confirms and executes decisions, over the gateway's loopback JSON-RPC. */
export function councilCommand(): Command {
  const council = strict(new Command("council")).description(
    "Decide as the council: propose, show, confirm, execute. / Memutuskan sebagai dewan.",
  );
  const add = (name: string, description: string, signs: boolean) => {
    const command = strict(new Command(name))
      .description(description)
      .addOption(new Option("--rpc <address>", "the gateway's JSON-RPC").default("http://127.0.0.1:8545"))
      .addOption(new Option("--token <file>", "file with its token").default("data/keys/rpc.token"))
      .addOption(urlOption())
      .addOption(languageOption())
      .addHelpText("after", "\nExit codes: 0 done, 1 refused or not reachable, 2 usage.");
    if (signs)
      command
        .requiredOption("--as <key>", "the member's key, by name or file")
        .option("--keys <folder>", "where keys lie", defaultKeyFolder());
    council.addCommand(command);
    return command;
  };
  add("propose", "Propose a call of a contract of the register; prints the proposal's number.", true)
    .argument("<contract>", "Authority, Policy, Council or AccessManager")
    .argument("<function>", "its function, such as appoint")
    .argument("<arguments>", "JSON list; ids, roles and custody as words, such as H-PENDAFTAR, registrar, wallet")
    .action((contract: string, name: string, values: string, options: Options) =>
      run(options.lang, () => propose(contract, name, values, options)),
    );
  add("show", "Say in words what a proposal would do, and who can execute it from when.", false)
    .argument("<number>", "the proposal")
    .action((number: string, options: Options) => run(options.lang, () => show(number, options)));
  for (const [name, what] of [
    ["confirm", "Confirm a proposal of another member; says first what it does."],
    ["execute", "Carry out a proposal that enough members confirmed, after the council's delay."],
  ] as const)
    add(name, what, true)
      .argument("<number>", "the proposal")
      .action((number: string, options: Options) =>
        run(options.lang, async () => {
          await show(number, options);
          return send(name, [numberOf(number)], options);
        }),
      );
  return council;
}

type Proposal = { target: string; readyAt: bigint; done: boolean; confirmations: bigint; data: string };

async function propose(contract: string, name: string, text: string, options: Options): Promise<number> {
  const { addresses } = await registerOf(options);
  if (!(contract in addresses))
    throw usage(
      `There is no contract ${contract}: ${Object.keys(addresses).join(", ")}.`,
      `Tidak ada kontrak ${contract}: ${Object.keys(addresses).join(", ")}.`,
    );
  const abi = interfaceOf(contract as ContractName);
  const call = abi.getFunction(name);
  if (call === null) throw usage(`${contract} has no function ${name}.`, `${contract} tidak punya fungsi ${name}.`);
  let values: unknown;
  try {
    values = JSON.parse(text);
  } catch {
    throw usage("The arguments are not a JSON list.", "Argumennya bukan daftar JSON.");
  }
  if (!Array.isArray(values) || values.length !== call.inputs.length) {
    const inputs = call.inputs.map(({ type, name: of }) => `${of}: ${type}`).join(", ");
    throw usage(`${name} takes [${inputs}].`, `${name} memerlukan [${inputs}].`);
  }
  let data: string;
  try {
    data = abi.encodeFunctionData(
      call,
      call.inputs.map((input, index) => wordsToValue(input, (values as unknown[])[index], (values as unknown[])[0])),
    );
  } catch (error) {
    const reason = error instanceof Error ? error.message.slice(0, 200) : String(error);
    throw usage(reason, `Argumen tidak dapat dipakai: ${reason}`);
  }
  const number = await (await councilOf(options)).getFunction("proposalCount")();
  const exit = await send("propose", [addresses[contract as ContractName], data], options);
  if (exit === Exit.done) await show(String(number), options);
  return exit;
}

async function show(number: string, options: Options): Promise<number> {
  const { addresses } = await registerOf(options);
  const contract = await councilOf(options);
  try {
    const proposal = (await contract.getFunction("proposalOf")(numberOf(number))) as Proposal;
    const { target, readyAt, done, confirmations, data } = proposal;
    const name = (Object.keys(addresses) as ContractName[]).find((each) => addresses[each] === target.toLowerCase());
    const id = options.lang === "id";
    print(`${id ? "usulan" : "proposal"} ${number}: ${name === undefined ? `${target} ${data}` : inWords(name, data)}`);
    const when = new Date(Number(readyAt) * 1000).toISOString();
    const state = done
      ? id
        ? "sudah dilaksanakan"
        : "executed"
      : readyAt === 0n
        ? id
          ? "menunggu anggota lain"
          : "waits for other members"
        : id
          ? `dapat dilaksanakan mulai ${when}`
          : `can be executed from ${when}`;
    print(`  ${id ? "disetujui" : "confirmed by"} ${confirmations}; ${state}`);
    return Exit.done;
  } catch (error) {
    return refused(error);
  }
}

/** Signs as the member, sends, and says what came of it. The chain has no fees. */
async function send(name: string, values: unknown[], options: Options): Promise<number> {
  const { secret } = await openKey(options.as!, options.keys ?? defaultKeyFolder(), options.lang);
  const wallet = new Wallet(toHex(secret), await providerOf(options));
  const method = (await councilOf(options, wallet)).getFunction(name);
  try {
    const sent = await method(...values, { gasLimit: 10_000_000, gasPrice: 0, type: 0 });
    const receipt = await wallet.provider!.getTransactionReceipt(sent.hash);
    // a call says why; asked before, it would be at the time of the newest block, when a delay may not have ended
    if (receipt?.status !== 1) await method.staticCall(...values);
    if (receipt?.status !== 1) throw new Error(`${name} was included and failed`);
  } catch (error) {
    return refused(error);
  }
  print(`✓ ${name}`);
  return Exit.done;
}

function refused(error: unknown): number {
  const text = isError(error, "CALL_EXCEPTION") ? errorInWords(error.data) : (error as Error).message.slice(0, 300);
  process.stderr.write(`✗ ${text}\n`);
  return Exit.yours;
}

function errorInWords(data: string | null): string {
  for (const name of ["Council", "Authority", "Policy", "AccessManager"] as const) {
    const parsed = data === null ? null : interfaceOf(name).parseError(data);
    if (parsed !== null) return `${parsed.name}(${parsed.args.map(String).join(", ")})`;
  }
  return "refused without a reason / ditolak tanpa alasan";
}

function inWords(contract: ContractName, data: string): string {
  const abi: Interface = interfaceOf(contract);
  const call = abi.parseTransaction({ data });
  if (call === null) return `${contract} ${data}`;
  const values = call.fragment.inputs.map(({ name }, index) => `${name} ${String(call.args[index])}`);
  return `${contract}.${call.name}(${values.join(", ")})`;
}

/**
 * Ids, roles, kinds of custody and public texts may be given as words; the signatures of an appointed key (`prasasti
 * key consent`) as they were printed, for the holder who is the first argument.
 */
function wordsToValue({ type, name }: ParamType, value: unknown, holder: unknown): unknown {
  if (name === "own" && Array.isArray(value)) return value.map((each) => consentAsCallData(each, String(holder)));
  if (typeof value !== "string" || value.startsWith("0x")) return value;
  if (type === "bytes32") return idOf(value);
  if (type === "bytes") return toHex(utf8(value));
  if (name === "role" && value in Role) return Role[value as keyof typeof Role];
  if (name === "custody" && value in Custody) return Custody[value as keyof typeof Custody];
  return value;
}

function consentAsCallData(consent: unknown, holder: string): unknown {
  if (typeof consent !== "string" || !/^0x[0-9a-f]{130}$/.test(consent)) return consent;
  const id = holder.startsWith("0x") ? (holder as Hex) : idOf(holder);
  return asCallData({ holder: id, role: 0, agency: NO_ID, signature: fromHex(consent as Hex) });
}

type Register = { addresses: Addresses; chainId: number };

function registerOf({ url, lang }: Options): Promise<Register> {
  return new Client(url, { language: lang, patience: 5_000 }).get<Register>("/api/v1/ledger");
}

async function councilOf(options: Options, signer?: Wallet): Promise<Contract> {
  const { addresses } = await registerOf(options);
  return new Contract(addresses.Council, interfaceOf("Council"), signer ?? (await providerOf(options)));
}

async function providerOf(options: Options): Promise<JsonRpcProvider> {
  const { rpc, token } = options;
  const { chainId } = await registerOf(options);
  const secret = await readFile(token, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw usage(
      `${token}: ${error.code}; the gateway makes it when PRASASTI_RPC_PORT is set.`,
      `${token}: ${error.code}; gateway membuatnya bila PRASASTI_RPC_PORT diisi.`,
    );
  });
  const request = new FetchRequest(rpc);
  request.setHeader("authorization", `Bearer ${secret.trim()}`);
  request.timeout = 10_000;
  return new JsonRpcProvider(request, chainId, { staticNetwork: true });
}

function numberOf(text: string): bigint {
  if (!/^\d{1,9}$/.test(text)) throw usage(`${text} is not the number of a proposal.`, `${text} bukan nomor usulan.`);
  return BigInt(text);
}

function usage(en: string, id: string): Usage {
  return new Usage({ en, id });
}
