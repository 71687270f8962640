import { randomBytes } from "node:crypto";
import path from "node:path";
import { RpcFailure, TransactionRefused } from "../../server/chain/chain.ts";
import { addressOf, fromHex, signTransaction } from "../../server/chain/transaction.ts";
import { KeyFault, openKeyFile, readKeyFile, type SigningKey, writeKeyFile } from "../../server/cli/key-file.ts";
import { idOf } from "../../server/domain/entries/entry.ts";
import type { Hex } from "../../server/domain/entries/words.ts";
import { Fault } from "../../server/domain/fault.ts";
import { type ContractName, interfaceOf } from "../../server/ledger/deploy.ts";
import { type Outbox, Sender } from "../../server/ledger/sender.ts";
import { Fee } from "./fee.ts";
import type { Places, Register } from "./register.ts";

/** A call to one of the register's contracts. */
export type WaveCall = { to: keyof Places; data: Hex; gas?: number };

const GAS = 3_000_000;

/**
 * The account that sends all of one attempt at a wave, and nothing else: so a nonce that another transaction took is
 * seen. It signs transactions, never acts: whoever has its key can only pass on what people signed.
 */
export class WaveAccount {
  readonly secret: Uint8Array;
  readonly address: string;
  readonly #register: Register;
  readonly #outbox: Outbox;
  readonly #fee: Fee;
  #sender: Sender | undefined;

  constructor(options: {
    register: Register;
    outbox: Outbox;
    secret: Uint8Array;
    gasPrice: number;
    stuckAfter?: number | undefined;
    onTrouble?: (what: string) => void;
  }) {
    this.#register = options.register;
    this.#outbox = options.outbox;
    this.secret = options.secret;
    this.address = addressOf(options.secret);
    const { outbox, secret, gasPrice: price, stuckAfter, onTrouble } = options;
    const { chain } = options.register;
    this.#fee = new Fee({ chain, outbox, secret, address: this.address, price, stuckAfter, onTrouble });
  }

  /** Sends again what was under way when a process ended, and waits for it: only then is the state what was meant. */
  async settle(): Promise<Sender> {
    const { chain, chainId } = this.#register;
    this.#sender ??= new Sender({
      chain,
      address: this.address,
      sign: (fields) => signTransaction({ chainId, gasPrice: this.#fee.price, ...fields }, this.secret).raw,
      outbox: this.#outbox,
      onLost: () => {},
      ahead: 1,
    });
    await this.#sender.start();
    return this.#sender;
  }

  /**
   * Sends calls in order, after each was tried on the newest state, and resolves when all are in blocks.
   * @throws Fault ledger-refused with the contract's own error where one would fail, or did
   */
  async send(calls: readonly WaveCall[]): Promise<void> {
    if (calls.length === 0) return;
    const { chain, places } = this.#register;
    // its nonce is read from the chain each time: rows went out in between
    const sender = await this.settle();
    await tryCall(this.#register, calls[0]!);
    this.#fee.progressed();
    const sent = sender.send(
      calls.map(({ to, data, gas = GAS }) => ({
        to: places[to],
        data: fromHex(data),
        gas: Math.min(gas, chain.largest.gas),
      })),
    );
    await this.#fee.watch(sent);
    try {
      const failed = (await sent).findIndex(({ ok }) => !ok);
      if (failed < 0) return;
      await tryCall(this.#register, calls[failed]!);
      throw refusal(calls[failed]!.to, undefined);
    } catch (error) {
      // the same calls for a higher fee are there in their place: what they did, the state tells
      if (this.#fee.raised && error instanceof TransactionRefused && error.code === "nonce-used") return;
      throw error;
    }
  }
}

/** Runs a call on the newest state. @throws Fault ledger-refused */
async function tryCall({ chain, places }: Register, { to, data }: WaveCall): Promise<void> {
  try {
    await chain.call(places[to], fromHex(data));
  } catch (error) {
    if (!(error instanceof RpcFailure)) throw error;
    throw refusal(to, error);
  }
}

/** Revert data, wherever an engine puts it. */
function revertData(failure: RpcFailure): string | undefined {
  const found = /0x[0-9a-f]{8,}/i.exec(JSON.stringify(failure.data ?? ""));
  return found?.[0];
}

function refusal(to: keyof Places, failure: RpcFailure | undefined): Fault {
  const data = failure === undefined ? undefined : revertData(failure);
  const parsed = data === undefined ? null : interfaceOf(to as ContractName).parseError(data);
  const values = (parsed?.fragment.inputs ?? []).map(({ name }, at) => `${name} ${parsed!.args[at]}`).join(", ");
  const said = parsed === null ? (failure?.message ?? "reverted") : `${parsed.name}(${values})`;
  return new WaveRefused(parsed?.name ?? "", said, { cause: failure });
}

/** A contract refused a call; `error` is the name of its own error, such as WavesLotDiffers. */
class WaveRefused extends Fault {
  readonly error: string;
  constructor(error: string, said: string, options?: ErrorOptions) {
    const remedy = remedies[error] ?? {
      en: "Look at `prasasti migrate status`, put it right, and run the same command again.",
      id: "Lihat `prasasti migrate status`, perbaiki, lalu jalankan perintah yang sama.",
    };
    super(
      "ledger-refused",
      { explanation: { en: `The ledger refuses: ${said}.`, id: `Buku besar menolak: ${said}.` }, remedy },
      options,
    );
    this.error = error;
  }
}

const again = (en: string, id: string) => ({ en, id });
const remedies: Record<string, { en: string; id: string }> = {
  WavesNoConsent: again(
    "The agency has not consented to this plan: have its head sign the consent in the folder acts.",
    "Instansi belum menyetujui rencana ini: minta kepalanya menandatangani persetujuan di folder acts.",
  ),
  WavesStaleEpoch: again(
    "Another writer has taken the lease of this wave. Let it go on, or take the lease over with --take-over.",
    "Penulis lain telah mengambil alih gelombang ini. Biarkan ia melanjutkan, atau ambil alih dengan --take-over.",
  ),
  WavesLotDiffers: again(
    "A lot with this key and other content is on the ledger: the stage has changed. Make a new attempt with `replan`.",
    "Lot dengan kunci ini dan isi lain sudah ada di buku besar: hasil penyiapan berubah. Buat percobaan baru dengan `replan`.",
  ),
  WavesNativeEntries: again(
    "People have signed entries on its processes since: see `rollback --plan`. Payments are never taken back.",
    "Sudah ada entri yang ditandatangani pada prosesnya: lihat `rollback --plan`. Pembayaran tidak pernah ditarik kembali.",
  ),
  WavesDependants: again(
    "Another wave builds on this one: roll that one back first.",
    "Gelombang lain bergantung pada gelombang ini: tarik kembali gelombang itu dahulu.",
  ),
  WavesPrerequisite: again(
    "A wave that must be in force before is not: activate it first.",
    "Gelombang yang harus berlaku lebih dahulu belum berlaku: aktifkan dahulu.",
  ),
  WavesGraceRuns: again(
    "The time in which it can be rolled back has not passed yet.",
    "Masa untuk menarik kembali belum lewat.",
  ),
  WavesCutOverInFuture: again(
    "The cut-over has not come yet: load in the window of the plan.",
    "Waktu peralihan belum tiba: muat dalam jendela rencana.",
  ),
  WavesExpired: again(
    "Its signature has expired: have it signed anew.",
    "Tanda tangannya kedaluwarsa: minta tanda tangan baru.",
  ),
  WavesStaleAct: again(
    "Another act on this wave came between: make the act anew and have it signed.",
    "Ada perbuatan lain atas gelombang ini: buat ulang perbuatannya dan minta tanda tangan.",
  ),
};

/** The key of a wave's account: of a file named by the operator, or made once in the tool's own folder. */
export async function accountKey(folder: string, wave: string, attempt: number, file?: string): Promise<Uint8Array> {
  const keys = path.join(folder, "keys");
  const name = `${wave}-${attempt}`.toLowerCase().replaceAll(/[^a-z0-9._-]/g, "-");
  const noPassphrase = async () => {
    throw new KeyFault(
      "The account of a wave cannot have a passphrase: it sends while nobody is there. It signs no acts.",
      "Akun gelombang tidak boleh memakai frasa sandi: ia mengirim tanpa ditunggui. Ia tidak menandatangani perbuatan.",
    );
  };
  try {
    return (await openKeyFile(await readKeyFile(keys, file ?? name), noPassphrase)).secret;
  } catch (error) {
    if (file !== undefined || !(error instanceof KeyFault) || !/no key/.test(error.english)) throw error;
  }
  const secret = new Uint8Array(randomBytes(32));
  const holder = `migration account ${name}`;
  const key: SigningKey = { name, holder, holderId: idOf(holder), address: addressOf(secret) as Hex, secret };
  await writeKeyFile(keys, key, undefined, new Date());
  return secret;
}
