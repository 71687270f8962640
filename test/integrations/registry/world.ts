import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Hex } from "../../../server/domain/entries/words.ts";
import type { Organisation } from "../../../server/integrations/book.ts";
import type { Part } from "../../../server/integrations/part.ts";
import { openRegistry } from "../../../server/integrations/registry/registry-part.ts";
import { emptyConnectors, parseConnectors } from "../../../server/integrations/settings.ts";
import { Table } from "../../../server/store/store.ts";

export const hex = (digit: string) => `0x${digit.repeat(64)}` as Hex;
export const A = hex("a");
export const B = hex("b");
/** what must never leave a capture */
export const PERSONS = ["Budi Santosa", "3204051203800001", "Siti Rahmawati", "081234567890", "Jl. Melati 5"];

/** Nine digits that check, of a number. */
export function core(number: number): string {
  const eight = String(number).padStart(8, "0");
  for (let check = 0; check < 10; check++) {
    let sum = 0;
    for (const [at, sign] of [...`${eight}${check}`].entries()) {
      const digit = Number(sign) * (at % 2 === 1 ? 2 : 1);
      sum += digit > 9 ? digit - 9 : digit;
    }
    if (sum % 10 === 0) return `${eight}${check}`;
  }
  throw new Error("no digit checks");
}

/** An answer as OSS gives it, with its people in it. */
export function ossAnswer(nib: string, more: Record<string, unknown> = {}) {
  return {
    responinqueryNIB: {
      kode: "200",
      keterangan: "Data ditemukan",
      dataNIB: {
        nib,
        tgl_terbit_nib: "2019-03-04",
        tgl_perubahan_nib: "2023-05-06",
        oss_id: "I-201903041122334455667",
        jenis_pelaku_usaha: "01",
        skala_usaha: "02",
        flag_umk: "Y",
        status_badan_hukum: "01",
        npwp_perseroan: `${core(1_234_567)}429000`,
        nama_perseroan: "MAJU JAYA",
        jenis_perseroan: "02",
        alamat_perseroan: "Jl. Melati 5",
        nomor_telpon_perseroan: "081234567890",
        pemegang_saham: [{ nama_pemegang_saham: "Budi Santosa", no_identitas_pemegang_saham: "3204051203800001" }],
        penanggung_jwb: [{ nama_penanggung_jwb: "Siti Rahmawati", no_hp_penanggung_jwb: "081234567890" }],
        legalitas: [{ no_legal: "12", nama_notaris: "Budi Santosa" }],
        data_proyek: [
          { kbli: "41011", uraian_usaha: "Konstruksi Gedung Hunian", nama_pj: "Siti Rahmawati" },
          { kbli: "42101", uraian_usaha: "Konstruksi Bangunan Sipil Jalan" },
        ],
        ...more,
      },
    },
  };
}

type Answering = (
  request: { body: { INQUERYNIB?: Record<string, string> }; headers: IncomingMessage["headers"] },
  response: ServerResponse,
) => void;

/** OSS as a local server: answers what a test says, and remembers what it was asked. */
export class Oss {
  readonly asked: { body: { INQUERYNIB?: Record<string, string> }; headers: IncomingMessage["headers"] }[] = [];
  answer: Answering = ({ body }, response) =>
    response.setHeader("content-type", "application/json").end(JSON.stringify(ossAnswer(body.INQUERYNIB?.nib ?? "")));
  readonly #server = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request.setEncoding("utf8")) text += chunk;
    const asked = { body: JSON.parse(text), headers: request.headers };
    this.asked.push(asked);
    this.answer(asked, response);
  });

  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/inqueryNIB`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

export type World = {
  part: Part;
  rows: Table;
  call<T>(name: string, args?: unknown): Promise<T>;
  /** milliseconds that pass at once */
  later(milliseconds: number): void;
  restart(): Promise<void>;
  close(): Promise<void>;
};

/** The registry's part with a store of its own. @param oss address of OSS; undefined: none is set up */
export async function registryWorld(oss?: string, yaml = ""): Promise<World> {
  const folder = await mkdtemp(path.join(tmpdir(), "prasasti-registry-test-"));
  const rows = await Table.open(folder);
  let ahead = 0;
  const settings =
    oss === undefined
      ? emptyConnectors(folder).settings
      : read(`
apiVersion: prasasti/connectors/v1
registry:
  oss:
    url: ${oss}
    userKeyEnv: OSS_KEY
    timeout: 1s
    rate: { requests: 10000, per: 1s }
    retry: { attempts: 3, first: 1s, most: 1s }
${yaml}`);
  const organisations: Organisation[] = [
    { id: "S-1", hex: A, name: "CV Maju Jaya", kind: "supplier" },
    { id: "S-2", hex: B, name: "PT Lain", kind: "supplier" },
  ];
  const open = () =>
    openRegistry({
      storage: rows,
      report(error) {
        throw error;
      },
      connectors: { file: "connectors.yaml", folder, settings },
      book: {
        size: async () => 0,
        process: async () => undefined as never,
        touchedSince: async function* () {},
        organisation: async (id) => organisations.find((each) => each.hex === id),
        organisations: async function* () {
          yield* organisations;
        },
      },
      events: {
        newest: async () => 0,
        page: async () => ({ events: [], next: 0, newest: 0 }),
        news: async () => {},
      },
      secret: Buffer.alloc(32, 3),
      now: () => Date.UTC(2026, 0, 15) + ahead,
      env: { OSS_KEY: "kunci-rahasia" },
      call: () => Promise.reject(new Error("nobody else is here")),
    });
  let part = await open();
  return {
    get part() {
      return part;
    },
    rows,
    call: <T>(name: string, args?: unknown) => part.calls[name]!(args) as Promise<T>,
    later: (milliseconds) => {
      ahead += milliseconds;
    },
    async restart() {
      await part.close();
      part = await open();
    },
    async close() {
      await part.close();
      await rows.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function read(text: string) {
  const parsed = parseConnectors(text, "connectors.yaml");
  if ("faults" in parsed) throw new Error(JSON.stringify(parsed.faults));
  return parsed.settings;
}
