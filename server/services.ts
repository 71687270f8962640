import { randomBytes } from "node:crypto";
import path from "node:path";
import { AccessLog, headOf } from "./actions/access-log.ts";
import { certifyAgencies } from "./actions/certify-agency.ts";
import { Alterations } from "./actions/documents.ts";
import { EventFeed } from "./actions/follow-events.ts";
import { type BlockVoucher, finalityWords } from "./actions/prove.ts";
import { CANCEL, type Submission, Submissions } from "./actions/submissions.ts";
import { type Block, type Chain, ChainFault } from "./chain/chain.ts";
import { type EmbeddedChain, openEmbedded } from "./chain/embedded.ts";
import { type NetworkSettings, openNetwork, readRegisterFile } from "./chain/network.ts";
import { addressOf, signTransaction, type TransactionFields } from "./chain/transaction.ts";
import { blockDigest, checkpointDigest, domainSeparator } from "./domain/entries/entry.ts";
import type { WaveStateName } from "./domain/entries/kinds.ts";
import type { Anchor } from "./domain/entries/leaf.ts";
import { fromHex, type Hex, toHex } from "./domain/entries/words.ts";
import { Fault } from "./domain/fault.ts";
import type { Words } from "./domain/problems.ts";
import { brokenGlass } from "./domain/projection/offices.ts";
import { ordered } from "./domain/projection/ordered.ts";
import { ANCHORS, type EntryRow, type RegisterView } from "./domain/projection/project-block.ts";
import { WAVES, type WaveView } from "./domain/projection/waves.ts";
import { failpoint } from "./failpoint.ts";
import { type Charter, readCharter, writeCharter } from "./ledger/charter.ts";
import { checkpointSteps } from "./ledger/checkpoints.ts";
import {
  type Addresses,
  findRegister,
  interfaceOf,
  planDeployment,
  registerFault,
  type Step,
} from "./ledger/deploy.ts";
import { checkCursor, checkRows, damagedProjection, Follower, marksIn, poisonIn } from "./ledger/follower.ts";
import { type Outbox, Sender } from "./ledger/sender.ts";
import { sign } from "./ledger/signatures.ts";
import { AT_ONCE, BY_THE_SECOND, LedgerWriter } from "./ledger/writer.ts";
import { Metrics } from "./metrics.ts";
import { DataFolder } from "./store/data-folder.ts";
import { DocumentStore } from "./store/documents.ts";
import { KeptKeys } from "./store/kept-keys.ts";
import { Pseudonyms } from "./store/pseudonyms.ts";
import { Table } from "./store/store.ts";
import { Vault } from "./store/vault.ts";

type Deployment = { addresses: Addresses; salt: Hex; chainId: number };

/** Everything a gateway needs, wired: chain, ledger, projection, submissions. `close` ends it in order. */
export type Services = {
  chain: Chain;
  /** the same, where this process keeps it */
  embedded: EmbeddedChain | undefined;
  deployment: Deployment;
  /** EIP-712 domain separator of this register */
  separator: Uint8Array;
  projection: Table;
  state: Table;
  submissions: Submissions;
  documents: DocumentStore;
  /** tells open streams what is projected */
  feed: EventFeed;
  metrics: Metrics;
  alterations: Alterations;
  vault: Vault;
  accessLog: AccessLog;
  /** who stands behind the pseudonyms in it */
  names: Pseudonyms;
  keptKeys: KeptKeys;
  register(): RegisterView;
  /** Signs checkpoints as the operator; readers check it against `operator`. */
  signCheckpoint(size: number, root: Hex, time: number): Hex;
  operator: Hex;
  /** A block as the chain keeps it. */
  block(number: number): Promise<Block | undefined>;
  /** Signs a block as the operator, and says what that is worth on this chain. */
  vouch(number: number, hash: Hex): BlockVoucher;
  /** Sends calls of the gateway's own account, on the embedded chain in one block, and tells which succeeded. */
  relay(steps: readonly Step[]): Promise<{ ok: boolean; block: number }[]>;
  /** Has the ledger tell checkpoints of these agencies and of the log; resolves when they are projected. */
  checkpoint(agencies: readonly Hex[]): Promise<void>;
  /** What fixed this gateway's access log in the register so far, oldest first. */
  anchors(): Promise<Anchor[]>;
  /** Fixes the access log as it is in the register, with a checkpoint after it; resolves when that is projected. */
  anchor(): Promise<void>;
  /** Resolves when every block told so far is projected. */
  projected(): Promise<void>;
  /** Writes are possible: history is replayed and the writer runs. */
  writable(): boolean;
  /** Why writes are not possible, and what else needs somebody's eye. */
  readonly faults: readonly Words[];
  /** Adds to the faults: something that needs somebody's eye. */
  report(fault: Words): void;
  folder: DataFolder;
  /** Replays history, finishes the deployment and begins to write; until then there is only reading. */
  start(): Promise<void>;
  close(): Promise<void>;
};

/** A key of the gateway's own. */
class Account {
  readonly address: Hex;
  readonly #secret: Uint8Array;

  private constructor(secret: Uint8Array, address: Hex) {
    this.#secret = secret;
    this.address = address;
  }

  /** The one of that name in the folder's `keys`, made once. @throws Fault key-unreadable */
  static async open(folder: DataFolder, name: string): Promise<Account> {
    const text = await folder.secret(`${name}.key`, () => toHex(new Uint8Array(randomBytes(32))));
    const address = addressOfKey(text, path.join(folder.of("keys"), `${name}.key`));
    return new Account(fromHex(text), address);
  }

  signTransaction(fields: TransactionFields): Uint8Array {
    return signTransaction(fields, this.#secret).raw;
  }

  signDigest(digest: Uint8Array): Hex {
    return toHex(sign(digest, this.#secret));
  }
}

type Options = {
  data: string;
  chainId: number;
  /** what a register that is founded now is founded with */
  choices: Charter;
  /** file of the vault's master key; else one of the data folder's own */
  vaultKeyFile?: string | undefined;
  /** undefined: the chain is embedded */
  network?: NetworkSettings | undefined;
  onProgress?: (done: number, total: number) => void;
  /** milliseconds between the checkpoints of agencies with new entries; default a quarter of an hour */
  certifyEvery?: number;
  /** milliseconds between the anchors of the access log; default a day */
  anchorEvery?: number;
};

/** Opens the data folder and all that is in it, ready for writing. @throws Fault */
export async function openServices(options: Options): Promise<Services> {
  const services = await openForReading(options);
  try {
    await services.start();
    return services;
  } catch (error) {
    await services.close();
    throw error;
  }
}

/** Opens the data folder: what it holds can be read at once, `start` makes writing possible. @throws Fault */
export async function openForReading({
  data,
  chainId,
  choices,
  vaultKeyFile,
  network,
  onProgress,
  certifyEvery = 900_000,
  anchorEvery = 86_400_000,
}: Options): Promise<Services> {
  // where the rest does not open, what is open already is closed again, newest first
  await using opened = new AsyncDisposableStack();
  const kept = <T extends { close(): Promise<void> }>(one: T): T => opened.adopt(one, (each) => each.close());

  const folder = kept(await DataFolder.open(data));
  const account = (name: string) => Account.open(folder, name);
  // a lost key of writer or relay does no harm: anybody may send what people signed, so a new one goes on
  const [deployer, sender, relayer] = await Promise.all([account("deployer"), account("writer"), account("relay")]);
  const faults: Words[] = [];
  let measured: Metrics | undefined;
  let writing = false;
  let started = false;
  let replaying: Words = { en: "history is being replayed", id: "riwayat sedang diputar ulang" };
  const onFault = (fault: ChainFault) => {
    writing = false;
    faults.push(fault.words);
  };
  const projection = kept(
    await Table.open(folder.of("projection")).catch((error: unknown) => {
      throw damagedProjection(reasonOf(error), error);
    }),
  );
  const charter = writeCharter(choices);
  const place = { folder: folder.of("chain"), chainId, onFault };
  if (network === undefined && (await readRegisterFile(folder.of("chain"))) !== undefined)
    throw new ChainFault("other-engine", { folder: folder.of("chain"), found: "a network / jaringan" });
  const embedded =
    network === undefined
      ? kept(
          await openEmbedded({
            ...place,
            charter,
            onJournalled: (seconds) => measured?.journalled(seconds),
            onProgress: (done, total) => {
              replaying = {
                en: `history is being replayed: block ${done} of ${total}`,
                id: `riwayat sedang diputar ulang: blok ${done} dari ${total}`,
              };
              onProgress?.(done, total);
            },
          }),
        )
      : undefined;
  const chain: Chain =
    embedded ??
    kept(
      await openNetwork({
        ...place,
        urls: network!.urls,
        confirmations: network!.confirmations,
        known: await marksIn(projection),
        begin: async (past) => {
          if (network!.ledger !== undefined)
            return { charter, ...(await findRegister(network!.ledger, choices, past)) };
          const salt = toHex(new Uint8Array(randomBytes(32)));
          // far enough back that no reorganisation reaches it
          return { charter, founder: deployer.address, salt, from: Math.max(0, past.height - 100) };
        },
      }),
    );
  const founding = readCharter(chain.identity.charter, choices);
  const state = kept(await Table.open(folder.of("state")));
  const operator = await operatorOf(folder, state, embedded?.height() ?? (await marksIn(projection)).length);
  const documents = await DocumentStore.open(folder.of("documents"));
  const vault = kept(await Vault.open(folder, vaultKeyFile));
  const alterations = await Alterations.open(state);
  const names = new Pseudonyms(vault.safe);
  const keptKeys = new KeptKeys(vault.safe);
  const accessLog = await AccessLog.open(state, names);

  const salt = chain.identity.salt as Hex;
  // on a chain of its own, who deployed the register is the first sender of the first block
  const founder =
    chain.identity.founder ?? (await blockAt(chain, 1))?.transactions[0]?.from ?? (deployer.address as string);
  const { addresses, steps } = planDeployment(founder, 0, { ...founding, salt });
  if (network?.ledger !== undefined && network.ledger !== addresses.Ledger)
    throw registerFault("other-register", network.ledger, {
      en: `this data folder follows ${addresses.Ledger}`,
      id: `folder data ini mengikuti ${addresses.Ledger}`,
    });
  const deployment = { addresses, salt, chainId };
  const separator = domainSeparator({ chainId, verifyingContract: addresses.Ledger, salt });

  const follower = await Follower.over(projection, addresses, founding.vetoDelay);
  // a network begins where the projection ends, and sees for itself whether it follows
  if (embedded)
    await checkCursor(follower.register, chain.height(), async (number) => (await blockAt(chain, number))?.hash);
  await checkRows(follower.register, (prefix) => projection.count(prefix));
  const feed = new EventFeed();
  const waits = async () => {
    const now = Math.floor(Date.now() / 1000);
    let [waiting, longestWait] = [0, 0];
    for await (const { since } of submissions.awaiting()) {
      waiting++;
      longestWait = Math.max(longestWait, now - since);
    }
    return { waiting, longestWait };
  };
  const metrics = new Metrics(async () => ({
    ...(await waits()),
    entries: follower.register.entries,
    events: follower.register.events,
    lag: chain.height() - follower.register.block,
    queue: writer.waiting,
    poison: await projection.count("poison/"),
    faults: faults.length,
    glass: (await brokenGlass(projection, Math.floor(Date.now() / 1000))).length,
    waves: await waveStates(projection),
    writable: writing && !dead,
  }));
  measured = metrics;
  const submissions = new Submissions(state, (submission) => metrics.moved(submission));

  // where the newest block that submissions were settled by is not in the chain, that was put back from a backup
  const wasSetBack = async () => {
    const followed = await state.get<{ block: number; hash: string }>(FOLLOWED);
    if (followed === undefined) return chain.height() > 0;
    return followed.block > chain.height() || (await blockAt(chain, followed.block))?.hash !== followed.hash;
  };
  // of a network that is known at the start only, when its nodes answer
  let setBack = embedded ? await wasSetBack() : true;
  const remember = async () => {
    const newest = await blockAt(chain, chain.height());
    if (newest)
      await state.put([{ key: FOLLOWED, value: { block: newest.number, hash: newest.hash } }], { sync: true });
  };
  if (!setBack) await remember();

  const entryOf = async (maker: Hex, commandId: Hex) => {
    const sequence = await projection.get<string>(`command/${maker}/${commandId}`);
    return sequence === undefined ? undefined : projection.get<EntryRow>(`entry/${sequence}`);
  };
  const isRecorded = async ({ id, kind, maker, commandId, recorded }: Submission) =>
    // a cancel has no row; its number tells whether the log reaches to it
    kind === CANCEL
      ? recorded !== undefined && recorded.registerSequence <= follower.register.log.size
      : (await entryOf(maker, commandId))?.hash === id;

  const project = async (block: Block, final: number): Promise<void> => {
    const { outcomes, poison } = await follower.follow(block, final);
    for (const { index, reason } of poison) faults.push(poisonText(block.number, index, reason));
    failpoint("projected");
    // before what it settles, so that no loss of power leaves something settled in a block that is not remembered
    if (!setBack) await state.put([{ key: FOLLOWED, value: { block: block.number, hash: block.hash } }]);
    if (!embedded) await submissions.confirm(final);
    if (block.number <= final) await submissions.settle(outcomes, block.time);
    else await submissions.include(block.number, outcomes, block.time);
    feed.tell(follower.register.events);
  };
  // one block after the other, whether caught up or told
  let projecting: Promise<void> = Promise.resolve();
  let dead = false;
  const enqueue = (what: Words, work: () => Promise<void>) => {
    projecting = projecting.then(async () => {
      if (dead) return;
      try {
        await work();
      } catch (error) {
        dead = true;
        const reason = reasonOf(error);
        faults.push({ en: `${what.en}: ${reason}`, id: `${what.id}: ${reason}` });
      }
    });
  };
  if (embedded)
    for await (const { block, outcomes } of follower.catchUp(chain.blocks(follower.register.block + 1)))
      await submissions.settle(outcomes, block.time);
  feed.tell(follower.register.events);
  for (const { block, index, reason } of await poisonIn(projection)) faults.push(poisonText(block, index, reason));
  let finalBlock = chain.height();
  chain.follow({
    block(block, final) {
      finalBlock = final;
      const what = {
        en: `block ${block.number} could not be projected`,
        id: `blok ${block.number} tidak dapat diproyeksikan`,
      };
      enqueue(what, () => project(block, final));
    },
    takenBack(height) {
      const what = {
        en: `blocks above ${height} could not be taken back`,
        id: `blok di atas ${height} tidak dapat ditarik kembali`,
      };
      enqueue(what, async () => {
        await follower.takeBack(height);
        // before the blocks that come in their place: open readers are told what to forget
        feed.tell(follower.register.events);
        await submissions.takeBack(height, Math.floor(Date.now() / 1000));
      });
    },
  });

  const pace = embedded ? AT_ONCE : BY_THE_SECOND;
  const senderOf = (name: string, account: Account) =>
    new Sender({
      chain,
      address: account.address,
      ahead: pace.ahead,
      sign: (fields) => account.signTransaction({ chainId, gasPrice: network?.gasPrice ?? 0, ...fields }),
      outbox: outboxIn(state, name, (reason) => {
        setBack = true;
        faults.push({
          en: `what was about to be sent does not follow the chain and was set aside (${reason})`,
          id: `yang hendak dikirim tidak menyambung dengan rantai dan disisihkan (${reason})`,
        });
      }),
      onLost: (reason) =>
        faults.push({
          en: `after a reorganisation of the network, something sent again does not stand as before: ${reason}`,
          id: `setelah jaringan disusun ulang, ada kiriman ulang yang tidak berlaku seperti semula: ${reason}`,
        }),
    });
  const [deploying, writingAccount, relaying] = [
    senderOf("deployer", deployer),
    senderOf("writer", sender),
    senderOf("relay", relayer),
  ];
  /** Tells of each call, in order, whether it succeeded. */
  const sendSteps = async (through: Sender, some: readonly Step[]) => {
    const gas = Math.min(STEP_GAS, chain.largest.gas);
    const sent = await through.send(some.map(({ to, data }) => ({ to: to ?? null, data: fromHex(data), gas })));
    return sent.map(({ ok, blockNumber }) => ({ ok, block: blockNumber }));
  };
  const writer = new LedgerWriter({
    ledger: addresses.Ledger,
    sender: writingAccount,
    pace,
    largest: () => chain.largest,
    onSent: (items, seconds) => metrics.sent(items, seconds),
    onFailure: (error) => {
      writing = false;
      const reason = reasonOf(error);
      faults.push({ en: `writing stopped: ${reason}`, id: `penulisan berhenti: ${reason}` });
    },
  });

  let checkpointed = follower.register.checkpoint !== undefined;
  const relay = async (steps: readonly Step[]) => {
    const told = await sendSteps(relaying, steps);
    // The first checkpoint comes with the acts that any entry needs. An entry that names none as seen counts only until
    // there is one: a second signature for the first entry, which comes later, would find it gone.
    if (!checkpointed && (!embedded || follower.register.acts > 0)) {
      checkpointed = true;
      await sendSteps(relaying, checkpointSteps(addresses.Ledger, []));
    }
    return told;
  };
  const checkpoint = async (agencies: readonly Hex[]) => {
    const told = await relay(checkpointSteps(addresses.Ledger, agencies));
    if (told.some(({ ok }) => !ok)) throw new Error("the ledger did not tell a checkpoint");
    await projecting;
  };
  let timer: NodeJS.Timeout | undefined;
  let certifying: Promise<void> | undefined;
  let uncertified: Words[] = [];
  const certify = () => {
    if (!writing || dead || certifying !== undefined) return;
    certifying = certifyAgencies({
      get: (key) => projection.get(key),
      range: projection.range.bind(projection) as Table["range"],
      register: () => follower.register,
      checkpoint,
    }).then(
      () => {
        [uncertified, certifying] = [[], undefined];
      },
      (error: unknown) => {
        const reason = reasonOf(error);
        const en = `checkpoints of agencies could not be recorded: ${reason}`;
        const id = `checkpoint instansi tidak dapat dicatat: ${reason}`;
        [uncertified, certifying] = [[{ en, id }], undefined];
      },
    );
  };

  const anchors = () => anchorsIn(projection, embedded ? undefined : deployer.address);
  const anchor = async () => {
    const first = ((await anchors()).at(-1)?.rows ?? 0) + 1;
    const { rows } = accessLog;
    if (rows < first) return;
    const head = await headOf(accessLog.from(first), rows);
    const data = interfaceOf("Authority").encodeFunctionData("anchor", [head, rows]) as Hex;
    const steps = [{ to: addresses.Authority, data }, ...checkpointSteps(addresses.Ledger, [])];
    const [told] = await sendSteps(deploying, steps);
    if (!told!.ok) throw new Error(`the register does not let ${deployer.address} anchor`);
    await projecting;
  };
  // before anybody is answered; on a network once more, when its newest blocks are known
  await accessLog.goOnAfter((await anchors()).at(-1)?.rows ?? 0);
  let anchorTimer: NodeJS.Timeout | undefined;
  let anchoring: Promise<void> | undefined;
  let unanchored: Words[] = [];
  const anchorWhenDue = async () => {
    const last = (await anchors()).at(-1);
    const { value: oldest } = await accessLog.from((last?.rows ?? 0) + 1).next();
    if (oldest !== undefined && Date.now() - (last?.timeMs ?? oldest.at * 1000) >= anchorEvery) await anchor();
  };
  const keepAnchored = () => {
    if (!writing || dead || anchoring !== undefined) return;
    anchoring = anchorWhenDue().then(
      () => {
        [unanchored, anchoring] = [[], undefined];
      },
      (error: unknown) => {
        const reason = reasonOf(error);
        const en = `the access log could not be anchored: ${reason}`;
        const id = `log akses tidak dapat dijangkarkan: ${reason}`;
        [unanchored, anchoring] = [[{ en, id }], undefined];
      },
    );
  };

  let signed: { size: number; root: Hex; time: number; signature: Hex } | undefined;
  const resources = opened.move();
  return {
    chain,
    embedded,
    deployment,
    separator,
    projection,
    state,
    submissions,
    documents,
    feed,
    metrics,
    alterations,
    vault,
    accessLog,
    names,
    keptKeys,
    register: () => follower.register,
    operator: operator.address,
    signCheckpoint(size, root, time) {
      // every acknowledgement carries the newest one: it is signed once
      if (signed?.size !== size || signed.root !== root || signed.time !== time) {
        const signature = operator.signDigest(checkpointDigest(separator, size, root, time));
        signed = { size, root, time, signature };
      }
      return signed.signature;
    },
    block: (number) => blockAt(chain, number),
    vouch: (number, hash) => ({
      finality: { proven: false, by: chain.finality, words: finalityWords[chain.finality] },
      operator: operator.address,
      signature: operator.signDigest(blockDigest(separator, number, hash)),
    }),
    relay,
    checkpoint,
    anchors,
    anchor,
    projected: () => projecting,
    writable: () => writing && !dead && chain.online,
    get faults() {
      const now = [...faults, ...uncertified, ...unanchored, ...chain.troubles().map(({ words }) => words)];
      return started ? now : [replaying, ...now];
    },
    report: (fault) => void faults.push(fault),
    folder,
    async start() {
      await chain.ready();
      await deploying.start();
      // its steps are the deployer's nonces, so what is done is known from the chain
      for (let done = await chain.nonce(founder); done < steps.length; done++) {
        if (founder !== deployer.address) throw lostDeployer(founder);
        const [told] = await sendSteps(deploying, [steps[done]!]);
        if (!told!.ok) throw new Error(`deployment step ${done} failed`);
      }
      await Promise.all([writingAccount.start(), relaying.start()]);
      await projecting;
      await accessLog.goOnAfter((await anchors()).at(-1)?.rows ?? 0);
      if (setBack && (embedded || (await wasSetBack()))) {
        const count = await submissions.requeue(isRecorded, Math.floor(Date.now() / 1000));
        if (count > 0) faults.push(requeuedText(count));
      }
      if (setBack) await remember();
      setBack = false;
      await submissions.start((item) => writer.enqueue(item), entryOf, finalBlock);
      started = true;
      writing = true;
      timer = setInterval(certify, certifyEvery);
      anchorTimer = setInterval(keepAnchored, Math.min(anchorEvery, ANCHOR_LOOK));
      keepAnchored();
    },
    async close() {
      clearInterval(timer);
      clearInterval(anchorTimer);
      await certifying;
      await anchoring;
      await writer.stop();
      await projecting;
      await resources.disposeAsync();
    },
  };
}

/**
 * The operator's account. Readers know a register by who signs its checkpoints, so a lost key is never made anew where
 * there are blocks, and another one never takes its place: its address is kept apart from it, in `state`.
 * @throws Fault key-unreadable, operator-lost, operator-differs
 */
async function operatorOf(folder: DataFolder, state: Table, height: number): Promise<Account> {
  const known = await state.get<Hex>("operator");
  if (!folder.hasSecret("operator.key")) checkOperator(known, height, undefined);
  const operator = await Account.open(folder, "operator");
  checkOperator(known, height, operator.address);
  if (known === undefined) await state.put([{ key: "operator", value: operator.address }], { sync: true });
  return operator;
}

/**
 * @param known the operator's address as `state` remembers it
 * @param found that of the key file, if there is one
 * @throws Fault operator-lost, operator-differs
 */
export function checkOperator(known: Hex | undefined, height: number, found: Hex | undefined): void {
  if (found === undefined && (known !== undefined || height > 0)) throw operatorFault("lost", known);
  if (found !== undefined && known !== undefined && known !== found) throw operatorFault("differs", known);
}

/** The address of the key that a file in `keys` holds. @throws Fault key-unreadable */
export function addressOfKey(text: string, file: string): Hex {
  try {
    return addressOf(fromHex(text)) as Hex;
  } catch {
    // without the cause: its words may hold what is in the file
    throw keyUnreadable(file);
  }
}

/** How many waves stand in each state. */
async function waveStates(projection: Table): Promise<Partial<Record<WaveStateName, number>>> {
  const found: Partial<Record<WaveStateName, number>> = {};
  for await (const { value } of projection.range<WaveView>(WAVES)) found[value.state] = (found[value.state] ?? 0) + 1;
  return found;
}

async function blockAt(chain: Chain, number: number): Promise<Block | undefined> {
  for await (const block of chain.blocks(number, number)) return block;
}

/**
 * What fixed an access log in the register, oldest first. On a network each gateway has its own account; a chain of one's
 * own has one gateway, whatever became of its key.
 */
export async function anchorsIn(projection: Table, account: Hex | undefined): Promise<Anchor[]> {
  const prefix = account === undefined ? ANCHORS : `${ANCHORS}${account}/`;
  const found = await Array.fromAsync(projection.range<Anchor>(prefix), ({ value }) => value);
  return found.sort((a, b) => a.rows - b.rows);
}

/** Milliseconds after which it is looked again whether an anchor is due. */
const ANCHOR_LOOK = 600_000;
/** Enough for a step of the deployment, or an act. */
const STEP_GAS = 30_000_000;

/** Where the account of that name keeps what it sends: rows of `state`, one for each transaction. */
function outboxIn(state: Table, name: string, onAside: (reason: string) => void): Outbox {
  const key = (nonce: number) => `outbox/${name}/${ordered(nonce)}`;
  return {
    async keep(transactions, done) {
      const rows = transactions.map(({ nonce, raw }) => ({ key: key(nonce), value: toHex(raw) }));
      await state.put(rows, { sync: true, remove: done.map(key) });
    },
    kept: () =>
      Array.fromAsync(state.range<Hex>(`outbox/${name}/`), ({ key: row, value }) => ({
        nonce: Number(row.split("/").at(-1)),
        raw: fromHex(value),
      })),
    async setAside(transactions, reason) {
      const aside = { key: `outbox-aside/${name}/${Date.now()}`, value: transactions.map(({ raw }) => toHex(raw)) };
      await state.put([aside], { sync: true, remove: transactions.map(({ nonce }) => key(nonce)) });
      onAside(reason);
    },
  };
}

/** Row of `state`: the newest block that submissions were settled by. */
const FOLLOWED = "followed";

function requeuedText(count: number): Words {
  return {
    en: `${count} acknowledged submissions are no longer in the chain, which was put back from a backup: they are sent again. What is refused now must be signed anew; acts since the backup must be repeated.`,
    id: `${count} pengajuan yang sudah dikonfirmasi tidak ada lagi dalam rantai, yang dipulihkan dari cadangan: dikirim ulang. Yang kini ditolak harus ditandatangani lagi; tindakan sejak cadangan itu harus diulang.`,
  };
}

function poisonText(block: number, index: number, reason: string): Words {
  return { en: `block ${block}, event ${index}: ${reason}`, id: `blok ${block}, peristiwa ${index}: ${reason}` };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function lostDeployer(account: string): Fault {
  return new Fault("deployer-lost", {
    explanation: {
      en: `The deployment of the register by ${account} is unfinished, and keys/deployer.key is not its key.`,
      id: `Penerapan register oleh ${account} belum selesai, dan keys/deployer.key bukan kuncinya.`,
    },
    remedy: {
      en: "Restore keys/deployer.key from the backup. If nothing was recorded yet, begin with an empty data folder.",
      id: "Pulihkan keys/deployer.key dari cadangan. Bila belum ada yang dicatat, mulai dengan folder data kosong.",
    },
  });
}

const restoreKey = (name: string): Words => ({
  en: `Restore keys/${name}.key from the backup of the keys.`,
  id: `Pulihkan keys/${name}.key dari cadangan kunci.`,
});

function operatorFault(how: "lost" | "differs", address = ""): Fault {
  const of = address && ` ${address}`;
  const explanation = {
    lost: {
      en: `The operator's key${of} is lost: keys/operator.key is missing. It signs the checkpoints of this register, and readers know the register by it. No other was made.`,
      id: `Kunci operator${of} hilang: keys/operator.key tidak ada. Kunci itu menandatangani checkpoint register ini, dan pembaca mengenali register darinya. Tidak dibuat kunci lain.`,
    },
    differs: {
      en: `keys/operator.key is not the key of the operator${of} who signed the checkpoints of this register until now.`,
      id: `keys/operator.key bukan kunci operator${of} yang selama ini menandatangani checkpoint register ini.`,
    },
  };
  return new Fault(`operator-${how}`, { explanation: explanation[how], remedy: restoreKey("operator") });
}

export function keyUnreadable(file: string): Fault {
  const name = path.basename(file, ".key");
  return new Fault("key-unreadable", {
    explanation: {
      en: `The key file ${file} does not hold a key: 0x and 64 hexadecimal digits.`,
      id: `Berkas kunci ${file} tidak berisi kunci: 0x dan 64 digit heksadesimal.`,
    },
    remedy: restoreKey(name),
  });
}
