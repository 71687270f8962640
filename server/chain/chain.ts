import { Fault } from "../domain/fault.ts";
import type { Words } from "../domain/problems.ts";

/**
 * What writer and follower need of a chain, whichever engine keeps it: `embedded.ts` in this process, `network.ts` on
 * nodes that are reached by JSON-RPC. Both pass one behaviour suite.
 */
export interface Chain {
  readonly identity: ChainIdentity;

  /**
   * Who vouches that a block stays: `operator`, who keeps this chain alone, or `depth`: nobody does; a block counts as
   * final once `confirmations` others stand on it. `validators`: their signatures, which we check.
   */
  readonly finality: "operator" | "depth" | "validators";

  /** How many blocks stand on one that is told as final; 0 where each block is final when it is told. */
  readonly confirmations: number;

  /** The largest transaction that it takes. */
  readonly largest: { bytes: number; gas: number };

  /** Resolves when the chain takes transactions and answers calls; rejects with `ChainFault` if it never will. */
  ready(): Promise<void>;

  /**
   * What is wrong now and may pass by itself: nodes that do not answer. Empty in good times, and always on the embedded
   * chain. What never passes is told to `onFault` of who opened it.
   */
  troubles(): readonly ChainFault[];

  /** Whether it takes transactions now, so that they are in a block soon. */
  readonly online: boolean;

  /** Number of the newest block that was told, 0 when there is none. Known at once, before `ready`. */
  height(): number;

  /**
   * Blocks `from` to `to` in order, both included; without `to`, up to the height when called. The embedded chain has
   * them before `ready`. Throws `ChainFault` at a block that cannot be trusted.
   */
  blocks(from: number, to?: number): AsyncIterable<Block>;

  /**
   * Tells a listener of each new block, in order, after it is durable; returns the way to stop. Blocks that were there
   * at the start are not told again: read those with `blocks`, after subscribing.
   */
  follow(listener: Listener): () => void;

  /**
   * Sends signed transactions and resolves, one inclusion each in the same order, when all are in blocks that were told.
   * The caller keeps the bytes before it sends them, and sends the same bytes again when it does not know what became of
   * them, or when their block was taken back: one that is already included gives its inclusion once more. Waits for
   * `ready`, and through troubles.
   *
   * The embedded chain puts what one call brings that is new into one block, in that order, or refuses all of it. A
   * transaction that ran and failed is included, with `ok` false.
   *
   * Throws `TransactionRefused` if nothing was sent, `ChainFault` if the outcome is not known.
   */
  submit(transactions: readonly Uint8Array[]): Promise<Inclusion[]>;

  /** Where a transaction stands in a block that was told, if it does. */
  inclusion(transactionHash: string): Promise<Inclusion | undefined>;

  /**
   * Runs a call on the newest state. For tools and checks at the start: the engine does one thing at a time. Throws
   * `RpcFailure` where the call fails.
   */
  call(to: string, data: Uint8Array): Promise<Uint8Array>;

  /** How many transactions of this sender are included: the nonce of his next one. */
  nonce(address: string): Promise<number>;

  /** The contract code at an address, empty if there is none. */
  code(address: string): Promise<Uint8Array>;

  close(): Promise<void>;
}

/** What is told of a chain, in order. */
export type Listener = {
  /** A new block, on top of the one told before. Blocks up to the number `final` stay; on the embedded chain, itself. */
  block(block: Block, final: number): void;
  /**
   * The chain was reorganised: blocks above `height` are not part of it any more, and others follow. Never said of a
   * block that was told as final, and never on the embedded chain.
   */
  takenBack(height: number): void;
};

/**
 * What tells one chain from another; `salt` is 32 random bytes of this deployment, for its EIP-712 domain. `charter` is
 * what its founder wrote down when the chain was made; the chain keeps it as it is and never reads it. `founder`: who
 * deploys the register on a chain that others use too; on the embedded chain, the first sender of the first block.
 */
export type ChainIdentity = {
  chainId: number;
  genesisHash: string;
  salt: string;
  charter?: string;
  founder?: string;
};

/** Hashes and addresses are 0x text in lower case; times are seconds since 1970 in UTC. */
export type Block = {
  number: number;
  hash: string;
  parentHash: string;
  time: number;
  /** RLP of the header; its keccak256 is `hash`. What proofs of the block's events end in. */
  header: Uint8Array;
  transactions: IncludedTransaction[];
  /** All logs of the block in ledger order. */
  logs: Log[];
};

type IncludedTransaction = {
  hash: string;
  /** EIP-2718; 0 for a legacy transaction */
  type: number;
  from: string;
  /** null: it created a contract */
  to: string | null;
  input: Uint8Array;
  /** It ran to its end; otherwise it changed nothing but the sender's nonce. */
  ok: boolean;
  gasUsed: number;
};

export type Log = {
  /** Place among all logs of the block. */
  index: number;
  transactionHash: string;
  address: string;
  topics: string[];
  data: Uint8Array;
};

export type Inclusion = {
  transactionHash: string;
  blockNumber: number;
  blockHash: string;
  ok: boolean;
  gasUsed: number;
};

export type RefusalCode = "malformed" | "wrong-chain" | "nonce-used" | "nonce-gap" | "too-much-gas" | "not-accepted";

/** The transactions of a `submit` were not sent, and why; `index` is the place of the first bad one in that call. */
export class TransactionRefused extends Error {
  readonly code: RefusalCode;
  readonly index: number;

  constructor(code: RefusalCode, index: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "TransactionRefused";
    this.code = code;
    this.index = index;
  }
}

/** What the engine or a node answered to a call that failed; `data` is the revert data, if there is some. */
export class RpcFailure extends Error {
  readonly code: number;
  readonly data: unknown;

  constructor(code: number, message: string, data: unknown, options?: ErrorOptions) {
    super(message, options);
    this.name = "RpcFailure";
    this.code = code;
    this.data = data;
  }
}

export type FaultCode = keyof typeof faults;

/** The values a fault's text may name. `engines` are version texts. */
export type FaultValues = {
  block?: number;
  found?: string;
  expected?: string;
  folder?: string;
  /** host and port of a node */
  node?: string;
};

/**
 * The chain can't go on, or this part of it can't be trusted. `block` names the place, `explanation` what is wrong and
 * `remedy` what a person does about it, both in English and Indonesian. Nothing is ever repaired or cut silently.
 */
export class ChainFault extends Fault {
  declare readonly code: FaultCode;
  readonly values: FaultValues;

  constructor(code: FaultCode, values: FaultValues = {}, options?: ErrorOptions) {
    super(code, faults[code](values), options);
    this.name = "ChainFault";
    this.values = values;
  }

  get block(): number | undefined {
    return this.values.block;
  }
}

const restore: Words = {
  en: "Keep this folder as it is for examination, restore the chain folder from the newest backup, and compare it with checkpoints held outside.",
  id: "Simpan folder ini apa adanya untuk diperiksa, pulihkan folder chain dari cadangan terbaru, lalu bandingkan dengan checkpoint yang disimpan di luar.",
};

const restart: Words = {
  en: "Free disk space or mend the disk, then restart: everything that was acknowledged is kept.",
  id: "Kosongkan ruang disk atau perbaiki disk, lalu mulai ulang: semua yang sudah dikonfirmasi tetap tersimpan.",
};

const wait: Words = {
  en: "Start it, or mend the network between. It goes on by itself; what was acknowledged is kept.",
  id: "Jalankan node itu, atau perbaiki jaringannya. Berlanjut sendiri; yang sudah dikonfirmasi tetap tersimpan.",
};

const faults = {
  locked: ({ folder }) => ({
    explanation: {
      en: `The chain folder ${folder} is in use by another process.`,
      id: `Folder chain ${folder} sedang dipakai proses lain.`,
    },
    remedy: { en: "Stop the other process first.", id: "Hentikan dahulu proses lain itu." },
  }),
  "no-journal": ({ folder }) => ({
    explanation: { en: `There is no journal in ${folder}.`, id: `Tidak ada jurnal di ${folder}.` },
    remedy: {
      en: "Point to the right data folder; a first start of the gateway makes the journal.",
      id: "Arahkan ke folder data yang benar; jurnal dibuat saat gateway pertama kali dijalankan.",
    },
  }),
  "journal-unreadable": ({ folder, found }) => ({
    explanation: {
      en: `The journal in ${folder} cannot be read (${found}).`,
      id: `Jurnal di ${folder} tidak dapat dibaca (${found}).`,
    },
    remedy: restore,
  }),
  "header-altered": ({ folder }) => ({
    explanation: {
      en: `The header of the journal in ${folder} is missing or not as it was written.`,
      id: `Kepala jurnal di ${folder} hilang atau tidak seperti saat ditulis.`,
    },
    remedy: restore,
  }),
  "other-format": ({ found, expected }) => ({
    explanation: {
      en: `The journal has format ${found}; this version reads ${expected}.`,
      id: `Jurnal berformat ${found}; versi ini membaca ${expected}.`,
    },
    remedy: {
      en: "Start the version of the software that wrote it, or a newer one.",
      id: "Jalankan versi perangkat lunak yang menulisnya, atau yang lebih baru.",
    },
  }),
  "other-chain": ({ found, expected }) => ({
    explanation: {
      en: `The journal belongs to chain ${found}, the configuration names chain ${expected}.`,
      id: `Jurnal ini milik rantai ${found}, sedangkan konfigurasi menyebut rantai ${expected}.`,
    },
    remedy: {
      en: "Correct the chain id in the configuration, or point to the right data folder.",
      id: "Perbaiki chain id dalam konfigurasi, atau arahkan ke folder data yang benar.",
    },
  }),
  "missing-block": ({ block }) => ({
    explanation: {
      en: `Block ${block} is missing from the journal although later blocks are there.`,
      id: `Blok ${block} hilang dari jurnal padahal blok sesudahnya ada.`,
    },
    remedy: restore,
  }),
  "misplaced-block": ({ block, found }) => ({
    explanation: {
      en: `In the place of block ${block} the journal holds block ${found}.`,
      id: `Di tempat blok ${block}, jurnal berisi blok ${found}.`,
    },
    remedy: restore,
  }),
  "altered-block": ({ block }) => ({
    explanation: {
      en: `Block ${block} in the journal, or the one before it, is not as it was written: its checksum does not fit.`,
      id: `Blok ${block} dalam jurnal, atau blok sebelumnya, tidak seperti saat ditulis: checksum tidak cocok.`,
    },
    remedy: restore,
  }),
  "unreadable-block": ({ block, found }) => ({
    explanation: {
      en: `Block ${block} cannot be read from the journal (${found}): a file of it is damaged or cut, or the disk fails.`,
      id: `Blok ${block} tidak dapat dibaca dari jurnal (${found}): salah satu berkasnya rusak atau terpotong, atau disk bermasalah.`,
    },
    remedy: restore,
  }),
  "lost-tail": ({ block, found }) => ({
    explanation: {
      en: `The journal ends before block ${block}, which was written and acknowledged; its last block is ${found}.`,
      id: `Jurnal berakhir sebelum blok ${block}, yang sudah ditulis dan dikonfirmasi; blok terakhirnya ${found}.`,
    },
    remedy: {
      en: `${restore.en} Only if this folder is itself a restored older backup: delete the file "head" in it.`,
      id: `${restore.id} Hanya bila folder ini memang cadangan lama yang dipulihkan: hapus berkas "head" di dalamnya.`,
    },
  }),
  "replay-differs": ({ block, found, expected }) => ({
    explanation: {
      en: `Replaying block ${block} gave ${found}; the journal says ${expected}.`,
      id: `Pemutaran ulang blok ${block} menghasilkan ${found}; jurnal menyebut ${expected}.`,
    },
    remedy: restore,
  }),
  "engine-differs": ({ block, found, expected }) => ({
    explanation: {
      en: `This engine (${found}) does not reproduce block ${block} written by ${expected}. Nothing was changed.`,
      id: `Mesin ini (${found}) tidak menghasilkan ulang blok ${block} yang ditulis oleh ${expected}. Tidak ada yang diubah.`,
    },
    remedy: {
      en: `Go back to the version of the software that ran with ${expected}.`,
      id: `Kembalilah ke versi perangkat lunak yang memakai ${expected}.`,
    },
  }),
  "clock-behind": ({ block, found, expected }) => ({
    explanation: {
      en: `The clock says ${found}, which is before the newest block ${block} of ${expected}.`,
      id: `Jam menunjukkan ${found}, lebih awal daripada blok terbaru ${block} pada ${expected}.`,
    },
    remedy: {
      en: "Set the clock of this machine (NTP), then try again; nothing was written.",
      id: "Setel jam mesin ini (NTP), lalu coba lagi; tidak ada yang ditulis.",
    },
  }),
  "journal-write-failed": ({ block, found }) => ({
    explanation: {
      en: `Block ${block} could not be written to the journal (${found}). It was not acknowledged.`,
      id: `Blok ${block} tidak dapat ditulis ke jurnal (${found}). Blok itu tidak dikonfirmasi.`,
    },
    remedy: restart,
  }),
  "engine-failed": ({ found }) => ({
    explanation: { en: `The chain engine failed (${found}).`, id: `Mesin rantai gagal (${found}).` },
    remedy: {
      en: "Restart; if it happens again, report it with this text.",
      id: "Mulai ulang; bila terulang, laporkan beserta teks ini.",
    },
  }),
  "node-unreachable": ({ node, found }) => ({
    explanation: { en: `The node ${node} does not answer (${found}).`, id: `Node ${node} tidak menjawab (${found}).` },
    remedy: wait,
  }),
  "node-of-another-chain": ({ node, found, expected }) => ({
    explanation: {
      en: `The node ${node} keeps ${found}, not ${expected}. Nothing is sent to it or read from it.`,
      id: `Node ${node} menyimpan ${found}, bukan ${expected}. Tidak ada yang dikirim ke sana atau dibaca darinya.`,
    },
    remedy: {
      en: "Correct PRASASTI_NODES or PRASASTI_CHAIN_ID, or point to the right data folder.",
      id: "Perbaiki PRASASTI_NODES atau PRASASTI_CHAIN_ID, atau arahkan ke folder data yang benar.",
    },
  }),
  "node-behind": ({ node, block, expected }) => ({
    explanation: {
      en: `The node ${node} is at block ${block}; block ${expected} was there before.`,
      id: `Node ${node} berada di blok ${block}; blok ${expected} sudah pernah ada.`,
    },
    remedy: {
      en: "Wait until it has caught up, or name a node in PRASASTI_NODES that has. If its data was deleted, it never will without its peers.",
      id: "Tunggu sampai menyusul, atau sebutkan node yang lengkap di PRASASTI_NODES. Bila datanya terhapus, ia tidak akan menyusul tanpa node lain.",
    },
  }),
  "node-without-history": ({ node, block, found }) => ({
    explanation: {
      en: `The node ${node} does not tell the state of block ${block} (${found}), which is needed to find the register.`,
      id: `Node ${node} tidak memberi keadaan blok ${block} (${found}), yang diperlukan untuk menemukan register.`,
    },
    remedy: {
      en: "For the first start with PRASASTI_LEDGER, name a node that keeps all states (archive) in PRASASTI_NODES.",
      id: "Untuk pertama kali dengan PRASASTI_LEDGER, sebutkan node yang menyimpan semua keadaan (archive) di PRASASTI_NODES.",
    },
  }),
  "node-refused": ({ node, found }) => ({
    explanation: {
      en: `The node ${node} refused a transaction after it had taken others of the same batch (${found}).`,
      id: `Node ${node} menolak transaksi setelah menerima yang lain dari kelompok yang sama (${found}).`,
    },
    remedy: {
      en: "See the node's limits on gas and size, then restart: everything that was acknowledged is sent again.",
      id: "Periksa batas gas dan ukuran node itu, lalu mulai ulang: semua yang sudah dikonfirmasi dikirim ulang.",
    },
  }),
  "blocks-moved": ({ block }) => ({
    explanation: {
      en: `Block ${block} changed while it was read: the network was being reorganised.`,
      id: `Blok ${block} berubah saat dibaca: jaringan sedang disusun ulang.`,
    },
    remedy: { en: "Try again in a moment.", id: "Coba lagi sebentar lagi." },
  }),
  "final-taken-back": ({ node, block, found, expected }) => ({
    explanation: {
      en: `The network was reorganised deeper than it is configured to be believed: at block ${block}, told as final, the node ${node} has ${found} instead of ${expected}.`,
      id: `Jaringan disusun ulang lebih dalam daripada yang dipercaya menurut konfigurasi: di blok ${block}, yang disebut final, node ${node} memuat ${found}, bukan ${expected}.`,
    },
    remedy: {
      en: "Ask the validators what happened and compare with checkpoints held outside. Then raise PRASASTI_CONFIRMATIONS and run prasasti rebuild: submissions that are no longer recorded are sent again.",
      id: "Tanyakan kepada para validator dan bandingkan dengan checkpoint di luar. Lalu naikkan PRASASTI_CONFIRMATIONS dan jalankan prasasti rebuild: pengajuan yang tidak lagi tercatat dikirim ulang.",
    },
  }),
  "other-engine": ({ folder, found }) => ({
    explanation: {
      en: `The folder ${folder} belongs to a register on ${found}.`,
      id: `Folder ${folder} milik register pada ${found}.`,
    },
    remedy: {
      en: "Correct PRASASTI_CHAIN, or point to the right data folder.",
      id: "Perbaiki PRASASTI_CHAIN, atau arahkan ke folder data yang benar.",
    },
  }),
  "register-file-unreadable": ({ folder, found }) => ({
    explanation: {
      en: `${folder} cannot be read (${found}): it names the register that this data folder follows.`,
      id: `${folder} tidak dapat dibaca (${found}): berkas itu menyebut register yang diikuti folder data ini.`,
    },
    remedy: {
      en: "Put it back from a backup; or begin with an empty data folder and PRASASTI_LEDGER.",
      id: "Pulihkan dari cadangan; atau mulai dengan folder data kosong dan PRASASTI_LEDGER.",
    },
  }),
  closed: () => ({
    explanation: { en: "The chain was closed.", id: "Rantai sudah ditutup." },
    remedy: { en: "Restart to go on.", id: "Mulai ulang untuk melanjutkan." },
  }),
} satisfies Record<string, (values: FaultValues) => { explanation: Words; remedy: Words }>;

/** All of them. */
export const faultCodes = Object.keys(faults) as FaultCode[];

/** What a caught error says. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : `${error}`;
}
