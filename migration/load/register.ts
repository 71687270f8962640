import { mkdir, readFile } from "node:fs/promises";
import path from "node:path";
import { ChainFault, type Log, RpcFailure } from "../../server/chain/chain.ts";
import { openNetwork } from "../../server/chain/network.ts";
import { Nodes } from "../../server/chain/nodes.ts";
import { fromHex, toHex } from "../../server/chain/transaction.ts";
import { domainSeparator } from "../../server/domain/entries/entry.ts";
import { type Hex, utf8 } from "../../server/domain/entries/words.ts";
import { Fault } from "../../server/domain/fault.ts";
import type { Words } from "../../server/domain/problems.ts";
import { addressesOf, type ContractName, interfaceOf } from "../../server/ledger/deploy.ts";
import { writeWhole } from "../stage/lot.ts";
import { LoopbackChain } from "./loopback-chain.ts";
import type { Reach } from "./reach.ts";

/** How the register is reached. */
export type RegisterSettings = {
  /** JSON-RPC of its nodes, or of the gateway's embedded chain */
  rpc: readonly string[];
  /** bearer token of the embedded chain's JSON-RPC */
  token?: string | undefined;
  /** the Ledger's address; undefined: that of the embedded chain's founder */
  ledger?: Hex | undefined;
  chainId?: number | undefined;
  /** blocks on top of one that counts; 0 for the embedded chain */
  confirmations?: number | undefined;
};

/** Which register the project folder loads into: looked at at every start, and never changed. */
type Pin = { chainId: number; genesisHash: string; ledger: Hex; salt: Hex };

/** Where the register's contracts stand, as its Ledger names them. */
export type Places = Record<"Ledger" | "Authority" | "Policy" | "Waves", Hex>;

/** Blocks of one question for events, to begin with. */
const FIRST_PAGE = 16;
/** Characters of an answer above which the next question asks for less: nodes and proxies cut at 10 MiB. */
const WISHED = 4_000_000;

/** The register that waves are loaded into: its chain, its contracts, what they answer. */
export class Register {
  readonly chain: Reach;
  readonly places: Places;
  /** of its EIP-712 domain */
  readonly separator: Uint8Array;
  readonly chainId: number;
  readonly genesisHash: string;

  private constructor(chain: Reach, places: Places, separator: Uint8Array) {
    this.chain = chain;
    this.places = places;
    this.separator = separator;
    this.chainId = chain.identity.chainId;
    this.genesisHash = chain.identity.genesisHash;
  }

  /**
   * The register of a chain that is open already. @throws Fault no-register
   * @param ledger undefined: that of the founder of the embedded chain
   */
  static async over(chain: Reach, ledger?: Hex): Promise<Register> {
    await chain.ready();
    const address = ledger ?? (await ledgerOfFounder(chain));
    if (address === undefined || (await chain.code(address)).length === 0)
      throw fault(
        "no-register",
        {
          en: `there is no Ledger at ${address ?? "the place that the founder of this chain would have given it"}`,
          id: `tidak ada Ledger di ${address ?? "tempat yang diberikan pendiri rantai ini"}`,
        },
        { en: "Name it with --ledger 0x….", id: "Sebutkan dengan --ledger 0x…." },
      );
    const read = async (name: string): Promise<string> => {
      const code = interfaceOf("Ledger");
      const answer = await chain.call(address, fromHex(code.encodeFunctionData(name, [])));
      return String(code.decodeFunctionResult(name, answer)[0]).toLowerCase();
    };
    const [Authority, Policy, Waves, salt, own] = await Promise.all(
      ["authority", "policy", "waves", "salt", "domainSeparator"].map(read),
    );
    const separator = domainSeparator({
      chainId: chain.identity.chainId,
      verifyingContract: address,
      salt: salt as Hex,
    });
    if (toHex(separator) !== own)
      throw fault(
        "other-register",
        { en: `the Ledger at ${address} has another domain`, id: `Ledger di ${address} mempunyai domain lain` },
        {
          en: "Nothing signed here would count there: correct --ledger or the chain id.",
          id: "Yang ditandatangani di sini tidak berlaku di sana: perbaiki --ledger atau chain id.",
        },
      );
    const places = { Ledger: address, Authority, Policy, Waves } as Places;
    return new Register(chain, places, separator);
  }

  /**
   * Reaches the register over JSON-RPC. At the first contact chain id, genesis and Ledger are written into
   * `<folder>/register.json`; every later contact must find the same.
   * @param folder the tool's own, `.migrate`
   * @throws Fault other-register; ChainFault where a node keeps another chain or does not answer
   */
  static async reach(settings: RegisterSettings, folder: string): Promise<Register> {
    const pinned = await readPin(folder);
    const { rpc: urls, token } = settings;
    const chainId = settings.chainId ?? pinned?.chainId ?? (await chainIdOf(urls[0]!, token));
    if (pinned !== undefined && (pinned.chainId !== chainId || (settings.ledger ?? pinned.ledger) !== pinned.ledger))
      throw otherRegister(`chain ${chainId}, ${settings.ledger ?? pinned.ledger}`, pinned);
    if (token !== undefined) {
      const chain = await LoopbackChain.open({ url: urls[0]!, token, chainId, genesis: pinned?.genesisHash });
      return Register.#pinned(chain, settings, folder, pinned);
    }
    const nodes = new Nodes({ urls, chainId, genesis: pinned?.genesisHash });
    let known: { number: number; hash: string };
    try {
      const head = (await nodes.request("eth_getBlockByNumber", ["latest", false])) as { number: string };
      // what was sent before is found by its receipt, so nothing older than what may still move is followed
      const from = Math.max(0, Number(head.number) - (settings.confirmations ?? 0));
      const mark = (await nodes.request("eth_getBlockByNumber", [`0x${from.toString(16)}`, false])) as { hash: string };
      known = { number: from, hash: mark.hash };
    } finally {
      nodes.close();
    }
    const chainFolder = path.join(folder, "chain");
    await mkdir(chainFolder, { recursive: true });
    const chain = await openNetwork({
      ...{ folder: chainFolder, urls, chainId, known: [known] },
      ...(settings.confirmations === undefined ? {} : { confirmations: settings.confirmations }),
      // only chain id and genesis of that file are used here: the register is found by its Ledger
      begin: async () => ({ salt: "", charter: "", founder: "", from: known.number }),
    });
    return Register.#pinned(chain, settings, folder, pinned);
  }

  static async #pinned(
    chain: Reach,
    settings: RegisterSettings,
    folder: string,
    pinned: Pin | undefined,
  ): Promise<Register> {
    const { chainId } = chain.identity;
    try {
      const register = await Register.over(chain, settings.ledger ?? pinned?.ledger);
      const salt = await register.text("Ledger", "salt");
      const found: Pin = {
        ...{ chainId, genesisHash: chain.identity.genesisHash },
        ...{ ledger: register.places.Ledger, salt: salt as Hex },
      };
      if (pinned === undefined) await writePin(folder, found);
      else if (JSON.stringify(pinned) !== JSON.stringify(found)) throw otherRegister(JSON.stringify(found), pinned);
      return register;
    } catch (error) {
      await chain.close();
      throw error;
    }
  }

  close(): Promise<void> {
    return this.chain.close();
  }

  /** What a view of a contract answers on the newest state. @throws RpcFailure where the call fails */
  async view(contract: keyof Places, name: string, values: unknown[] = []): Promise<readonly unknown[]> {
    const code = interfaceOf(contract as ContractName);
    const answer = await this.chain.call(this.places[contract], fromHex(code.encodeFunctionData(name, values)));
    return [...code.decodeFunctionResult(name, answer)];
  }

  /** The one value that a view answers, as text in lower case. */
  async text(contract: keyof Places, name: string, values: unknown[] = []): Promise<string> {
    return String((await this.view(contract, name, values))[0]).toLowerCase();
  }

  /** Leaf of the newest act on a holder, agency or office of Authority. */
  async lastAct(subject: Hex): Promise<Hex> {
    return (await this.text("Authority", "lastAct", [subject])) as Hex;
  }

  /** Time of the newest block, in seconds UTC: the clock that acts and lots are judged by. */
  async now(): Promise<number> {
    const block = (await this.chain.request("eth_getBlockByNumber", ["latest", false])) as { timestamp: string };
    return Number(block.timestamp);
  }

  /** Number of the newest block. */
  async height(): Promise<number> {
    return Number(await this.chain.request("eth_blockNumber", []));
  }

  /**
   * Events of a contract in ledger order, page by page; a page is as large as its node answers well. The last block of
   * each page is looked at again: where it was replaced meanwhile, the page is read anew.
   * @param topics as eth_getLogs takes them
   */
  async *logs(
    contract: keyof Places,
    topics: readonly (Hex | string | readonly string[] | null)[],
    from: number,
    to: number,
  ): AsyncGenerator<(Log & { blockNumber: number })[]> {
    let page = FIRST_PAGE;
    const ask = async (first: number): Promise<{ answered: RpcLog[]; next: number }> => {
      for (;;) {
        const last = Math.min(to, first + page - 1);
        const asked = { address: this.places[contract], topics, fromBlock: quantity(first), toBlock: quantity(last) };
        let answered: RpcLog[];
        // the embedded chain never takes a block back
        const moves = this.chain.light !== true;
        const hash = moves ? await this.#hashOf(last) : "";
        try {
          answered = (await this.chain.request("eth_getLogs", [asked])) as RpcLog[];
        } catch (error) {
          // too much for one answer, in whatever words this engine says it
          const refused = error instanceof RpcFailure || (error instanceof ChainFault && error.code !== "closed");
          if (!refused || page === 1) throw error;
          page = Math.max(1, Math.floor(page / 4));
          continue;
        }
        if ((moves && (await this.#hashOf(last)) !== hash) || answered.some((log) => log.removed === true)) continue;
        const size = answered.reduce((sum, { data }) => sum + data.length, 0);
        if (size > 2 * WISHED) page = Math.max(1, page >> 1);
        else if (size < WISHED / 2) page = Math.min(100_000, page * 2);
        return { answered, next: last + 1 };
      }
    };
    let asked = from <= to ? ask(from) : undefined;
    while (asked !== undefined) {
      const { answered, next } = await asked;
      // the node reads the next page while this one is worked on
      asked = next <= to ? ask(next) : undefined;
      asked?.catch(() => {});
      yield answered.map((log, index) => ({
        index,
        transactionHash: log.transactionHash,
        address: log.address.toLowerCase(),
        topics: log.topics,
        data: fromHex(log.data),
        blockNumber: Number(log.blockNumber),
      }));
    }
  }

  async #hashOf(block: number): Promise<string> {
    const found = (await this.chain.request("eth_getBlockByNumber", [quantity(block), false])) as {
      hash: string;
    } | null;
    return found?.hash ?? "";
  }
}

type RpcLog = {
  address: string;
  topics: string[];
  data: string;
  blockNumber: string;
  transactionHash: string;
  removed?: boolean;
};

function quantity(value: number): string {
  return `0x${value.toString(16)}`;
}

/** The embedded chain's founder sent its first transaction. */
async function ledgerOfFounder(chain: Reach): Promise<Hex | undefined> {
  const first = (await chain.request("eth_getBlockByNumber", ["0x1", true])) as {
    transactions: { from: string }[];
  } | null;
  const founder = first?.transactions[0]?.from;
  return founder === undefined ? undefined : addressesOf(founder).Ledger;
}

async function chainIdOf(url: string, token: string | undefined): Promise<number> {
  const host = new URL(url).host;
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_chainId", params: [] }),
      signal: AbortSignal.timeout(10_000),
    });
    const { result } = (await response.json()) as { result?: string };
    if (result === undefined) throw new Error(`HTTP ${response.status}`);
    return Number(result);
  } catch (cause) {
    const { code, message, cause: inner } = cause as Error & { code?: string; cause?: { code?: string } };
    throw new ChainFault("node-unreachable", { node: host, found: inner?.code ?? code ?? message }, { cause });
  }
}

function otherRegister(found: string, pinned: Pin): Fault {
  return fault(
    "other-register",
    {
      en: `this project loads into ${pinned.ledger} on chain ${pinned.chainId} (genesis ${pinned.genesisHash}), not into ${found}`,
      id: `proyek ini memuat ke ${pinned.ledger} pada rantai ${pinned.chainId} (genesis ${pinned.genesisHash}), bukan ke ${found}`,
    },
    {
      en: "Correct the address; another register takes a project folder of its own.",
      id: "Perbaiki alamatnya; register lain memerlukan folder proyek tersendiri.",
    },
  );
}

function fault(code: string, explanation: Words, remedy: Words): Fault {
  return new Fault(code, {
    explanation: { en: `${explanation.en}.`, id: `${explanation.id}.` },
    remedy,
  });
}

async function readPin(folder: string): Promise<Pin | undefined> {
  try {
    return JSON.parse(await readFile(path.join(folder, "register.json"), "utf8")) as Pin;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

async function writePin(folder: string, pin: Pin): Promise<void> {
  await writeWhole(path.join(folder, "register.json"), utf8(`${JSON.stringify(pin)}\n`));
}
