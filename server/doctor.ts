import { existsSync } from "node:fs";
import { constants, copyFile, link, mkdir, mkdtemp, readdir, readFile, rm, stat, statfs } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { examineLog, logFaultWords, rowsFrom } from "./actions/access-log.ts";
import { ChainFault } from "./chain/chain.ts";
import type { Header } from "./chain/journal.ts";
import { decodeBlock, Journal } from "./chain/journal.ts";
import { type RegisterFile, readRegisterFile } from "./chain/network.ts";
import { Nodes } from "./chain/nodes.ts";
import type { Config } from "./config.ts";
import type { Hex } from "./domain/entries/words.ts";
import { ConfigFault, Fault } from "./domain/fault.ts";
import type { Language, Words } from "./domain/problems.ts";
import { brokenGlass, glassInWords } from "./domain/projection/offices.ts";
import type { RegisterView } from "./domain/projection/project-block.ts";
import { openForeign } from "./gateway/foreign.ts";
import { probe } from "./identity/directory.ts";
import type { IdentitySettings } from "./identity/settings.ts";
import { addressesOf } from "./ledger/deploy.ts";
import { checkCursor, checkRows, poisonIn } from "./ledger/follower.ts";
import { addressOfKey as addressOfSecret, signatureBackend } from "./ledger/signatures.ts";
import { addressOfKey, anchorsIn, checkOperator } from "./services.ts";
import { FORMAT, formatOf, lockOf, occupantOf, type Part, reasonOf, unusable } from "./store/data-folder.ts";
import { examineSafe, OWN_KEY } from "./store/safe.ts";
import { Table } from "./store/store.ts";

/** One matter that was looked at. `name` is for programs; a warning or fault says what to do. */
export type Check = { name: string; level: "ok" | "warn" | "fault"; text: Words; remedy?: Words };
type Say = (check: Check) => void;

const MB = 1024 * 1024;
const restore: Words = {
  en: "Keep the folder as it is, and restore it from the newest backup.",
  id: "Simpan folder apa adanya, dan pulihkan dari cadangan terbaru.",
};

/**
 * Looks at this machine, the settings and the data folder, and says what it finds. Changes nothing in the folder: its
 * databases are opened in copies made of links, since opening one tidies its files.
 */
export async function examine(settings: Config | Error, { data }: { data: string }, say: Say): Promise<void> {
  await machine(say);
  const config = settings instanceof Error ? undefined : settings;
  if (settings instanceof ConfigFault) for (const text of settings.faults) say(fault("settings", text));
  else if (settings instanceof Error) say(fault("settings", both(settings.message)));
  else say(ok("settings", { en: `settings: ${settings.mode}`, id: `pengaturan: ${settings.mode}` }));
  const running = await folder(data, config, say);
  if (config !== undefined && !running) await port(config, say);
  if (config?.identity !== undefined) await foreign(config.identity, say);
}

// ---- this machine

async function machine(say: Say): Promise<void> {
  const major = Number(process.versions.node.split(".")[0]);
  const node = both(`Node ${process.versions.node}, ${process.platform}-${process.arch}`);
  if (major >= 24) say(ok("node", node));
  else
    say(
      fault("node", node, {
        en: "Node 24 is needed; npm start brings it.",
        id: "Perlu Node 24; npm start membawanya.",
      }),
    );
  try {
    const { Engine, engineVersions } = await import("./chain/engine.ts");
    const genesis = { chainId: 1, hardfork: "london", blockGasLimit: 4_000_000_000, genesisTime: 1_700_000_000 };
    await (await Engine.start(genesis)).newest();
    say(
      ok("engine", { en: `chain engine runs: ${engineVersions()}`, id: `mesin rantai berjalan: ${engineVersions()}` }),
    );
  } catch (error) {
    say(
      fault(
        "engine",
        {
          en: `the chain engine does not load: ${reasonOf(error)}`,
          id: `mesin rantai tidak termuat: ${reasonOf(error)}`,
        },
        {
          en: "Delete node_modules and run npm start; it installs the part for this platform.",
          id: "Hapus node_modules lalu jalankan npm start; bagian untuk platform ini akan dipasang.",
        },
      ),
    );
  }
  if (signatureBackend === "native")
    say(ok("secp256k1", { en: "signatures: native secp256k1", id: "tanda tangan: secp256k1 asli" }));
  else
    say(
      warn(
        "secp256k1",
        {
          en: "signatures: WebAssembly, about four times slower",
          id: "tanda tangan: WebAssembly, sekitar empat kali lebih lambat",
        },
        {
          en: "secp256k1 has no native part for this platform; it works, only slower.",
          id: "secp256k1 tidak punya bagian asli untuk platform ini; tetap berfungsi, hanya lebih lambat.",
        },
      ),
    );
}

async function port({ host, port: number, rpcPort }: Config, say: Say): Promise<void> {
  for (const [name, at, wanted] of [
    ["port", host, number],
    ["rpc-port", "127.0.0.1", rpcPort ?? 0],
  ] as const) {
    if (wanted === 0) continue;
    const code = await new Promise<string | undefined>((resolve) => {
      const server = createServer()
        .once("error", (error: NodeJS.ErrnoException) => resolve(error.code))
        .listen(wanted, at, () => server.close(() => resolve(undefined)));
    });
    const where = `${at}:${wanted}`;
    if (code === undefined) say(ok(name, { en: `${where} is free`, id: `${where} bebas` }));
    else
      say(
        fault(
          name,
          { en: `${where} cannot be used (${code})`, id: `${where} tidak dapat dipakai (${code})` },
          {
            en: `Stop the program that has it, or choose another port with ${name === "port" ? "--port" : "PRASASTI_RPC_PORT"}.`,
            id: `Hentikan program yang memakainya, atau pilih port lain dengan ${name === "port" ? "--port" : "PRASASTI_RPC_PORT"}.`,
          },
        ),
      );
  }
}

// ---- issuers and directories of others

async function foreign(settings: IdentitySettings, say: Say): Promise<void> {
  // what an issuer says of itself can be asked without the key by which it knows us
  const noKey = { secret: async (_name: string, make: () => string) => make() };
  const { issuers } = await openForeign(noKey, settings, () => "");
  for (const { id, issuer, reason } of await issuers.examine(Math.floor(Date.now() / 1000)))
    if (reason === undefined)
      say(ok("issuer", { en: `issuer ${id} answers: ${issuer}`, id: `penerbit ${id} menjawab: ${issuer}` }));
    else
      say(
        fault(
          "issuer",
          { en: `issuer ${id}, ${issuer}: ${reason.en}`, id: `penerbit ${id}, ${issuer}: ${reason.id}` },
          {
            en: "Nobody can sign in through it. Check its address in the settings, and whether this machine reaches it.",
            id: "Tidak ada yang dapat masuk melaluinya. Periksa alamatnya di pengaturan, dan apakah mesin ini menjangkaunya.",
          },
        ),
      );
  for (const directory of settings.directories)
    try {
      await probe(directory);
      const { id, base } = directory;
      say(ok("directory", { en: `directory ${id} can be read: ${base}`, id: `direktori ${id} terbaca: ${base}` }));
    } catch (error) {
      say(faultOf("directory", error));
    }
}

// ---- the data folder

/** Says how the folder is; true where a gateway runs on it. */
async function folder(data: string, config: Config | undefined, say: Say): Promise<boolean> {
  const place = path.resolve(data);
  try {
    if ((await formatOf(place)) === undefined) {
      say(
        warn(
          "data",
          { en: `there is no data folder at ${place} yet`, id: `belum ada folder data di ${place}` },
          { en: "The first start makes it.", id: "Dibuat saat pertama kali dijalankan." },
        ),
      );
      return false;
    }
  } catch (error) {
    say(faultOf("format", unusable(place, error)));
    return false;
  }
  say(ok("format", { en: `data folder ${place}, format ${FORMAT}`, id: `folder data ${place}, format ${FORMAT}` }));
  await disk(place, say);
  await keys(place, say);
  const operator = await keyFiles(place, say);

  // a folder that was never locked has no lock to take, and making one would change it
  const lock = existsSync(path.join(place, "lock", "CURRENT"))
    ? await lockOf(place).catch((error: unknown) => error)
    : undefined;
  if (lock instanceof Error) {
    if (!(lock instanceof Fault && lock.code === "data-locked")) say(faultOf("lock", unusable(place, lock)));
    else await running(place, config, say);
    return lock instanceof Fault;
  }
  const scratch = await mkdtemp(path.join(tmpdir(), "prasasti-doctor-"));
  try {
    say(ok("lock", { en: "no process has it open", id: "tidak ada proses yang membukanya" }));
    await vault(place, scratch, config, say);
    await register(place, scratch, config, operator, say);
  } finally {
    await (lock as { close(): Promise<void> } | undefined)?.close();
    await rm(scratch, { recursive: true, force: true });
  }
  return false;
}

async function disk(place: string, say: Say): Promise<void> {
  const { bavail, bsize } = await statfs(place);
  const free = Math.floor((bavail * bsize) / MB);
  const text = {
    en: `${free.toLocaleString("en")} MB free on the disk`,
    id: `sisa ruang disk ${free.toLocaleString("id")} MB`,
  };
  const more = {
    en: "Free disk space; without it nothing can be recorded.",
    id: "Kosongkan ruang disk; tanpanya tidak ada yang dapat dicatat.",
  };
  say(free < 200 ? fault("disk", text, more) : free < 2048 ? warn("disk", text, more) : ok("disk", text));
}

async function keys(place: string, say: Say): Promise<void> {
  const names = await readdir(path.join(place, "keys")).catch(() => [] as string[]);
  const open: string[] = [];
  if (process.platform !== "win32")
    for (const name of ["", ...names])
      if (((await stat(path.join(place, "keys", name)).catch(() => undefined))?.mode ?? 0) & 0o077)
        open.push(`keys/${name}`);
  if (open.length === 0)
    say(
      ok("keys", {
        en: `${names.length} key files, readable by their owner only`,
        id: `${names.length} berkas kunci, hanya terbaca oleh pemiliknya`,
      }),
    );
  else
    say(
      fault(
        "keys",
        { en: `other users can read ${open.join(", ")}`, id: `pengguna lain dapat membaca ${open.join(", ")}` },
        { en: `chmod -R go= ${path.join(place, "keys")}`, id: `chmod -R go= ${path.join(place, "keys")}` },
      ),
    );
}

/** Tells key files that hold no key. The operator's address; "unknown" where his file is one of them. */
async function keyFiles(place: string, say: Say): Promise<Operator> {
  let operator: Operator;
  const names = await readdir(path.join(place, "keys")).catch(() => [] as string[]);
  for (const name of names.filter((each) => each.endsWith(".key") && each !== OWN_KEY)) {
    const file = path.join(place, "keys", name);
    try {
      const address = addressOfKey((await readFile(file, "utf8")).trim(), file);
      if (name === "operator.key") operator = address;
    } catch (error) {
      say(faultOf("keys", error));
      if (name === "operator.key") operator = "unknown";
    }
  }
  return operator;
}

type Operator = Hex | "unknown" | undefined;

/** Whether what is sealed can be opened with the master key that is there. */
async function vault(place: string, scratch: string, config: Config | undefined, say: Say): Promise<void> {
  if (!existsSync(path.join(place, "vault", "CURRENT"))) return;
  const copy = path.join(scratch, "vault");
  await linkedCopy(path.join(place, "vault"), copy);
  try {
    const { envelopes, broken } = await examineSafe(
      copy,
      config?.vaultKeyFile ?? path.join(place, "keys", OWN_KEY),
      (row, plain) => !row.startsWith("kept/") || row.endsWith(`/${addressOfSecret(plain)}`),
    );
    if (broken.length === 0)
      say(
        ok("vault", {
          en: `the vault opens with its key, and so does each of its ${envelopes} envelopes`,
          id: `brankas terbuka dengan kuncinya, begitu pula ${envelopes} amplop di dalamnya`,
        }),
      );
    for (const row of broken)
      say(
        fault(
          "vault",
          { en: `what is kept in ${row} does not open`, id: `isi ${row} tidak terbuka` },
          {
            en: "Restore the folder `vault` from a backup; of a kept signing key: revoke it, and let its holder have a new one.",
            id: "Pulihkan folder `vault` dari cadangan; untuk kunci tanda tangan tersimpan: cabut, lalu buat yang baru untuk pemegangnya.",
          },
        ),
      );
  } catch (error) {
    say(faultOf("vault", error));
  }
}

/** A gateway has the folder: what it says of itself is all that can be known from outside. */
async function running(place: string, config: Config | undefined, say: Say): Promise<void> {
  const occupant = await occupantOf(place);
  const who = occupant === undefined ? "" : ` (${occupant.pid})`;
  say(
    ok("lock", {
      en: `in use by a running process${who}; its databases are not examined`,
      id: `sedang dipakai proses${who}; basis datanya tidak diperiksa`,
    }),
  );
  const address = occupant?.address ?? (config && `http://${config.host}:${config.port}`);
  if (address === undefined) return;
  try {
    const [en, id] = await Promise.all([healthOf(address, "en"), healthOf(address, "id")]);
    const { ready, entries } = en!;
    if (ready)
      say(
        ok("ready", {
          en: `the gateway at ${address} takes writes: ${entries} entries`,
          id: `gateway di ${address} menerima penulisan: ${entries} entri`,
        }),
      );
    else
      say(
        warn(
          "ready",
          { en: `the gateway at ${address} is not ready`, id: `gateway di ${address} belum siap` },
          { en: "Wait, or see its reasons below.", id: "Tunggu, atau lihat alasannya di bawah." },
        ),
      );
    for (const [index, reason] of en!.reasons.entries())
      say(
        warn(
          "reason",
          { en: reason, id: id!.reasons[index] ?? reason },
          { en: "See the log of the gateway.", id: "Lihat log gateway." },
        ),
      );
  } catch (error) {
    say(
      warn(
        "ready",
        {
          en: `no gateway answers at ${address} (${reasonOf(error)})`,
          id: `tidak ada gateway yang menjawab di ${address} (${reasonOf(error)})`,
        },
        {
          en: "It may still be starting; ask again in a minute.",
          id: "Mungkin sedang mulai; tanya lagi semenit lagi.",
        },
      ),
    );
  }
}

type Health = { ready: boolean; reasons: string[]; entries: number };

async function healthOf(address: string, language: Language): Promise<Health> {
  const headers = { "accept-language": language };
  const response = await fetch(`${address}/health/ready`, { headers, signal: AbortSignal.timeout(5_000) });
  return (await response.json()) as Health;
}

/** Journal, projection and state of a folder that nobody has open. */
async function register(
  place: string,
  scratch: string,
  config: Config | undefined,
  operator: Operator,
  say: Say,
): Promise<void> {
  const copy = (part: Part) => linkedCopy(path.join(place, part), path.join(scratch, part));
  try {
    const kept = await readRegisterFile(path.join(place, "chain"));
    if (kept !== undefined) return await onNetwork(place, scratch, kept, config, operator, copy, say);
  } catch (error) {
    say(faultOf("network", error));
    return;
  }
  let journal: Journal;
  try {
    await copy("chain");
    journal = await Journal.openExisting(path.join(scratch, "chain"));
  } catch (error) {
    say(faultOf("journal", error));
    return;
  }
  try {
    const { header, height } = journal;
    await headerLines(header, journal, config, say);
    // the head file was compared when the journal opened
    say(
      ok("head", {
        en: `the journal ends where its head file says: block ${height}`,
        id: `jurnal berakhir sesuai berkas head: blok ${height}`,
      }),
    );
    let hashes: Map<number, string> | undefined = new Map();
    try {
      for await (const { number, payload } of journal.read(1, height)) hashes.set(number, decodeBlock(payload).hash);
      say(ok("checksums", { en: `checksums of all ${height} blocks fit`, id: `checksum semua ${height} blok cocok` }));
    } catch (error) {
      say(faultOf("checksums", error));
      hashes = undefined;
    }
    await projectionLines(copy, scratch, height, hashes, say);
    await stateLines(copy, scratch, height, operator, say);
    await accessLines(scratch, undefined, say);
  } catch (error) {
    say(faultOf("journal", error));
  } finally {
    await journal.close();
  }
}

/** A folder whose chain is kept by a network: its nodes, what this gateway can pay, projection and state. */
async function onNetwork(
  place: string,
  scratch: string,
  { chainId, founder, genesisHash }: RegisterFile,
  config: Config | undefined,
  operator: Operator,
  copy: (part: Part) => Promise<void>,
  say: Say,
): Promise<void> {
  const { Ledger } = addressesOf(founder);
  say(
    ok("register", {
      en: `register ${Ledger} on chain ${chainId}, deployed by ${founder}`,
      id: `register ${Ledger} di rantai ${chainId}, diterapkan oleh ${founder}`,
    }),
  );
  if (config === undefined) return;
  if (config.network === undefined)
    throw new ChainFault("other-engine", { folder: path.join(place, "chain"), found: "a network / jaringan" });
  const { urls, gasPrice } = config.network;
  const nodes = new Nodes({ urls, chainId: config.chainId, genesis: genesisHash });
  let newest = 0;
  try {
    for (const node of await nodes.examine())
      if (node instanceof ChainFault) say(faultOf("node", node));
      else {
        newest = Math.max(newest, node.block);
        const { name, block, version } = node;
        say(
          ok("node", { en: `node ${name}: block ${block}, ${version}`, id: `node ${name}: blok ${block}, ${version}` }),
        );
      }
    if (newest === 0) return;
    if (gasPrice > 0) await balances(place, nodes, say);
    if ((await nodes.request("eth_getCode", [Ledger, "latest"])) === "0x")
      say(
        warn(
          "ledger",
          { en: `there is no ledger at ${Ledger} yet`, id: `belum ada ledger di ${Ledger}` },
          {
            en: "The next start goes on with the deployment.",
            id: "Penerapan dilanjutkan saat berikutnya dijalankan.",
          },
        ),
      );
    await projectionLines(copy, scratch, newest, undefined, say);
    await stateLines(copy, scratch, newest, operator, say);
    await accessLines(scratch, await addressIn(place, "deployer"), say);
  } finally {
    nodes.close();
  }
}

/** The address of one of the gateway's own accounts. */
async function addressIn(place: string, name: string): Promise<Hex> {
  const file = path.join(place, "keys", `${name}.key`);
  return addressOfKey((await readFile(file, "utf8")).trim(), file);
}

/**
 * Whether the access log is as it was written, and as it was anchored in the register.
 * @param account the one whose anchors are this log's; undefined where all are
 */
async function accessLines(scratch: string, account: Hex | undefined, say: Say): Promise<void> {
  const [state, projection] = await Promise.all(
    ["state", "projection"].map((part) => Table.open(path.join(scratch, part)).catch(() => undefined)),
  );
  try {
    // what does not open is told already
    if (state === undefined || projection === undefined) return;
    const { rows, anchored, fault: found } = await examineLog(rowsFrom(state), await anchorsIn(projection, account));
    const text = {
      en: `the access log has ${rows} rows, ${anchored} of them anchored in the register`,
      id: `log akses memuat ${rows} baris, ${anchored} di antaranya dijangkarkan dalam register`,
    };
    if (found === undefined) say(ok("access-log", text));
    else say(fault("access-log", logFaultWords(found), restore));
  } finally {
    await state?.close();
    await projection?.close();
  }
}

async function balances(place: string, nodes: Nodes, say: Say): Promise<void> {
  for (const name of ["deployer", "writer", "relay"]) {
    const address = await addressIn(place, name);
    const balance = BigInt(await nodes.request<string>("eth_getBalance", [address, "latest"]));
    const text = {
      en: `the account ${name}, ${address}, has ${balance} wei`,
      id: `akun ${name}, ${address}, memiliki ${balance} wei`,
    };
    if (balance > 0n) say(ok("balance", text));
    else
      say(
        warn("balance", text, {
          en: "Give it a balance: gas has a price here.",
          id: "Beri saldo: gas berharga di sini.",
        }),
      );
  }
}

async function headerLines(header: Header, journal: Journal, config: Config | undefined, say: Say): Promise<void> {
  const { format, chainId, hardfork, genesisHash, charter } = header;
  const engine = (await journal.engine()) ?? "?";
  const line = `${format}, chain ${chainId}, ${hardfork}, genesis ${genesisHash}`;
  say(ok("journal", { en: `journal: ${line}`, id: `jurnal: ${line}` }));
  const { engineVersions } = await import("./chain/engine.ts").catch(() => ({ engineVersions: () => "?" }));
  const text = { en: `last replayed whole by ${engine}`, id: `terakhir diputar ulang utuh oleh ${engine}` };
  if (engine === engineVersions()) say(ok("engine-version", text));
  else
    say(
      warn("engine-version", text, {
        en: `This is ${engineVersions()}: the next start replays every block and compares, before anything is written.`,
        id: `Ini ${engineVersions()}: saat mulai, setiap blok diputar ulang dan dibandingkan sebelum ada yang ditulis.`,
      }),
    );
  if (config !== undefined && config.chainId !== chainId)
    say(
      fault(
        "chain-id",
        { en: `the settings name chain ${config.chainId}`, id: `pengaturan menyebut rantai ${config.chainId}` },
        {
          en: "Correct PRASASTI_MODE or PRASASTI_CHAIN_ID, or point to the right folder.",
          id: "Perbaiki PRASASTI_MODE atau PRASASTI_CHAIN_ID, atau arahkan ke folder yang benar.",
        },
      ),
    );
  if (charter !== undefined) {
    const { council, threshold } = JSON.parse(charter) as { council: string[]; threshold: number };
    say(
      ok("council", {
        en: `founded by a council of ${threshold} of ${council.length}`,
        id: `didirikan oleh dewan ${threshold} dari ${council.length}`,
      }),
    );
  }
}

async function projectionLines(
  copy: (part: Part) => Promise<void>,
  scratch: string,
  height: number,
  /** of all blocks; undefined where the journal cannot be trusted to tell */
  hashes: ReadonlyMap<number, string> | undefined,
  say: Say,
): Promise<void> {
  const rebuild = { en: "prasasti rebuild", id: "prasasti rebuild" };
  let projection: Table;
  try {
    await copy("projection");
    projection = await Table.open(path.join(scratch, "projection"));
  } catch (error) {
    say(
      fault(
        "projection",
        { en: `the projection cannot be read (${reasonOf(error)})`, id: `proyeksi tidak terbaca (${reasonOf(error)})` },
        rebuild,
      ),
    );
    return;
  }
  try {
    const register = await projection.get<RegisterView>("register");
    const block = register?.block ?? 0;
    const cursor = register ?? { block: 0, blockHash: "" };
    const lost = await (hashes && checkCursor(cursor, height, async (number) => hashes.get(number)))?.then(
      () => undefined,
      (error: unknown) => error,
    );
    const text = {
      en: `projection at block ${block} of ${height}, ${register?.entries ?? 0} entries`,
      id: `proyeksi di blok ${block} dari ${height}, ${register?.entries ?? 0} entri`,
    };
    await checkRows(register ?? { entries: 0, acts: 0, events: 0 }, (prefix) => projection.count(prefix));
    if (lost !== undefined) say(faultOf("projection", lost));
    else if (block === height) say(ok("projection", text));
    else
      say(
        warn("projection", text, {
          en: "The next start catches up by itself.",
          id: "Akan menyusul sendiri saat berikutnya dijalankan.",
        }),
      );
    for (const office of await brokenGlass(projection, Math.floor(Date.now() / 1000)))
      say(
        warn("break-glass", glassInWords(office), {
          en: "Ask the council why. A head or registrar can end it: prasasti office revoke.",
          id: "Tanyakan alasannya kepada dewan. Kepala instansi atau registrar dapat mengakhirinya: prasasti office revoke.",
        }),
      );
    const poison = await poisonIn(projection);
    if (poison.length === 0)
      say(ok("poison", { en: "no event was set aside", id: "tidak ada peristiwa yang disisihkan" }));
    for (const { block: at, index, reason } of poison)
      say(
        fault(
          "poison",
          {
            en: `block ${at}, event ${index} was set aside: ${reason}`,
            id: `blok ${at}, peristiwa ${index} disisihkan: ${reason}`,
          },
          {
            en: "Report it with this text; the chain holds it, and a rebuild by a mended version shows it.",
            id: "Laporkan beserta teks ini; rantai menyimpannya, dan rebuild oleh versi yang diperbaiki akan menampilkannya.",
          },
        ),
      );
  } catch (error) {
    say(faultOf("projection", error));
  } finally {
    await projection.close();
  }
}

async function stateLines(
  copy: (part: Part) => Promise<void>,
  scratch: string,
  height: number,
  operator: Operator,
  say: Say,
): Promise<void> {
  try {
    await copy("state");
    const state = await Table.open(path.join(scratch, "state"));
    let waiting = 0;
    for await (const _ of state.range("queue/")) waiting++;
    const known = await state.get<Hex>("operator");
    await state.close();
    if (operator !== "unknown") operatorLine(known, height, operator, say);
    const text = { en: `${waiting} submissions wait to be sent`, id: `${waiting} pengajuan menunggu dikirim` };
    if (waiting === 0) say(ok("submissions", text));
    else
      say(warn("submissions", text, { en: "The next start sends them.", id: "Dikirim saat berikutnya dijalankan." }));
  } catch (error) {
    say(
      fault(
        "state",
        { en: `the state cannot be read (${reasonOf(error)})`, id: `state tidak terbaca (${reasonOf(error)})` },
        restore,
      ),
    );
  }
}

function operatorLine(known: Hex | undefined, height: number, found: Hex | undefined, say: Say): void {
  try {
    checkOperator(known, height, found);
    const who = known ?? found;
    if (who !== undefined) say(ok("operator", { en: `the operator is ${who}`, id: `operatornya ${who}` }));
  } catch (error) {
    say(faultOf("operator", error));
  }
}

/**
 * A copy of a database folder. Level never changes a table file it has written, so those are linked where the file
 * system allows; the rest is small and copied.
 */
async function linkedCopy(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  if (!existsSync(from)) return; // opening the copy says what is missing
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [path.join(from, entry.name), path.join(to, entry.name)];
    if (entry.isDirectory()) await linkedCopy(source, target);
    else if (entry.name !== "LOCK") {
      const linked =
        entry.name.endsWith(".ldb") &&
        (await link(source, target).then(
          () => true,
          () => false,
        ));
      if (!linked) await copyFile(source, target, constants.COPYFILE_FICLONE);
    }
  }
}

// ---- lines

const both = (text: string): Words => ({ en: text, id: text });
const ok = (name: string, text: Words): Check => ({ name, level: "ok", text });
const warn = (name: string, text: Words, remedy: Words): Check => ({ name, level: "warn", text, remedy });
const fault = (name: string, text: Words, remedy?: Words): Check => ({
  name,
  level: "fault",
  text,
  ...(remedy ? { remedy } : {}),
});

function faultOf(name: string, error: unknown): Check {
  if (error instanceof Fault) return fault(name, error.explanation, error.remedy);
  return fault(name, both(`${name}: ${reasonOf(error)}`), restore);
}
