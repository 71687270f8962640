import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";

/** A cell as the server holds it: what a type holds besides text and numbers is written as the engine writes it. */
type Cell = string | number | bigint | boolean | Buffer | null;
type TdsColumn = {
  readonly name: string;
  /** `int`, `bigint`, `bit`, `decimal`, `money`, `datetime`, `datetime2`, `date`, `nvarchar`, `varbinary`, `uniqueidentifier` */
  readonly type: string;
  readonly length?: number;
  readonly precision?: number;
  readonly scale?: number;
};
export type TdsTable = {
  readonly name: string;
  readonly schema?: string;
  readonly columns: readonly TdsColumn[];
  readonly key?: readonly string[];
  rows: readonly (readonly Cell[])[];
};

const EOM = 1;
const TYPES = { batch: 1, rpc: 3, response: 4, attention: 6, login: 16, prelogin: 18 } as const;

/**
 * A server that speaks enough of TDS 7.4 (MS-TDS) for a real client: prelogin, login, SQL batches and sp_executesql,
 * columns, rows with and without null bitmaps, errors, attention, answers of many packets. It is no engine: it knows the
 * questions that our source asks and answers them from tables in memory, with texts as CONVERT writes them; any other
 * question but `select * from` a table is an error 102.
 */
export class TdsServer {
  readonly tables: TdsTable[] = [];
  readonly asked: string[] = [];
  snapshots = true;
  version = "15.0.2000.5";
  password = "rahasia";
  /** cuts the connection after so many rows of a scan */
  cutAfter: number | undefined;
  /** answers the next scan with this error */
  error: { number: number; message: string } | undefined;
  /** ends a scan after so many rows, as if it were whole */
  endAfter: number | undefined;
  /** called when a scan begins */
  onScan: (() => void) | undefined;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
    server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
      socket.on("error", () => {});
      void new Talk(this, socket).run().catch(() => socket.destroy());
    });
  }

  static async start(): Promise<TdsServer> {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new TdsServer(server);
  }

  url(database = "Simda_2024", password = this.password): string {
    const { port } = this.#server.address() as { port: number };
    return `mssql://sa:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`;
  }

  get connections(): number {
    return this.#sockets.size;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }
}

/** What a question gives: columns on the wire, and rows. */
type Answer = {
  readonly columns: readonly Wire[];
  readonly rows: Iterable<readonly Cell[]>;
  readonly isScan?: boolean;
};
type Wire = { readonly name: string; readonly type: TdsColumn };

class SqlError extends Error {
  readonly number: number;
  constructor(number: number, message: string) {
    super(message);
    this.number = number;
  }
}

class Talk {
  readonly #server: TdsServer;
  readonly #socket: Socket;
  #buffer = Buffer.alloc(0);
  #attention = false;
  #wake = () => {};
  #ended = false;
  #packetSize = 4096;
  #out: Buffer[] = [];
  #outLength = 0;
  #packet = 1;

  constructor(server: TdsServer, socket: Socket) {
    this.#server = server;
    this.#socket = socket;
    socket.on("data", (data: Buffer) => {
      this.#buffer = Buffer.concat([this.#buffer, data]);
      // an attention may come while rows are sent
      if (this.#buffer.length >= 8 && this.#buffer[0] === TYPES.attention) this.#attention = true;
      this.#wake();
    });
    socket.on("close", () => {
      this.#ended = true;
      this.#wake();
    });
  }

  async run(): Promise<void> {
    for (;;) {
      const message = await this.#message();
      if (message === undefined) return;
      const { type, data } = message;
      if (type === TYPES.prelogin) this.#prelogin();
      else if (type === TYPES.login) this.#login(data);
      else if (type === TYPES.batch) await this.#answer(sqlOf(data), false);
      else if (type === TYPES.rpc) await this.#answer(statementOf(data), true);
      else if (type === TYPES.attention) {
        this.#attention = false;
        this.#write(done(0xfd, 0x20));
      }
      await this.#flush(true);
    }
  }

  // ---- packets

  async #message(): Promise<{ type: number; data: Buffer } | undefined> {
    const parts: Buffer[] = [];
    for (;;) {
      while (this.#buffer.length < 8 || this.#buffer.length < this.#buffer.readUInt16BE(2)) {
        if (this.#ended) return undefined;
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
      const length = this.#buffer.readUInt16BE(2);
      const [type, status] = [this.#buffer[0]!, this.#buffer[1]!];
      parts.push(this.#buffer.subarray(8, length));
      this.#buffer = this.#buffer.subarray(length);
      if ((status & EOM) !== 0) return { type, data: Buffer.concat(parts) };
    }
  }

  #write(bytes: Buffer): void {
    this.#out.push(bytes);
    this.#outLength += bytes.length;
  }

  /** Sends whole packets, and at the end of an answer the rest. */
  async #flush(isEnd: boolean): Promise<void> {
    let all = Buffer.concat(this.#out);
    const most = this.#packetSize - 8;
    const send = (part: Buffer, isLast: boolean) => {
      const head = Buffer.from([TYPES.response, isLast ? EOM : 0, 0, 0, 0, 0, this.#packet++ & 0xff, 0]);
      head.writeUInt16BE(part.length + 8, 2);
      return this.#socket.write(Buffer.concat([head, part]));
    };
    let isFree = true;
    while (all.length > most) {
      isFree = send(all.subarray(0, most), false);
      all = all.subarray(most);
    }
    if (isEnd) {
      send(all, true);
      all = Buffer.alloc(0);
      this.#packet = 1;
    }
    this.#out = all.length > 0 ? [all] : [];
    this.#outLength = all.length;
    if (!isFree && !this.#ended) await Promise.race([once(this.#socket, "drain"), once(this.#socket, "close")]);
  }

  // ---- tokens

  #prelogin(): void {
    const options: [number, Buffer][] = [
      [0, Buffer.from([15, 0, 7, 208, 0, 0])],
      // no encryption: what travels here stays on this machine
      [1, Buffer.from([2])],
      [2, Buffer.from([0])],
      [4, Buffer.from([0])],
    ];
    let at = options.length * 5 + 1;
    const heads = options.map(([token, value]) => {
      const head = Buffer.alloc(5);
      head[0] = token;
      head.writeUInt16BE(at, 1);
      head.writeUInt16BE(value.length, 3);
      at += value.length;
      return head;
    });
    this.#write(Buffer.concat([...heads, Buffer.from([0xff]), ...options.map(([, value]) => value)]));
  }

  #login(data: Buffer): void {
    const text = (at: number) => {
      const [offset, length] = [data.readUInt16LE(at), data.readUInt16LE(at + 2)];
      return data.subarray(offset, offset + 2 * length);
    };
    const password = Buffer.from(text(44)).map((byte) => {
      const plain = byte ^ 0xa5;
      return ((plain << 4) | (plain >> 4)) & 0xff;
    });
    if (Buffer.from(password).toString("utf16le") !== this.#server.password) {
      this.#write(errorToken(18456, "Login failed for user 'sa'."));
      this.#write(done(0xfd, 2));
      return;
    }
    const database = text(68).toString("utf16le");
    this.#write(envChange(1, varchar(database), varchar("master")));
    this.#write(envChange(7, Buffer.from([5, ...COLLATION]), Buffer.from([0])));
    const version = Buffer.from([15, 0, 7, 208]);
    const ack = Buffer.concat([Buffer.from([1, 0x74, 0, 0, 4]), varchar("Microsoft SQL Server"), version]);
    this.#write(Buffer.concat([token(0xad, ack.length), ack]));
    this.#write(envChange(4, varchar(String(this.#packetSize)), varchar("4096")));
    this.#write(done(0xfd, 0));
  }

  async #answer(sql: string, isRpc: boolean): Promise<void> {
    this.#server.asked.push(sql);
    const last = isRpc ? 0xfe : 0xfd;
    try {
      if (/begin transaction/i.test(sql)) {
        this.#write(envChange(8, Buffer.from([8, 1, 0, 0, 0, 0, 0, 0, 0]), Buffer.from([0])));
        this.#write(done(0xfd, 0));
        return;
      }
      if (/^\s*set /i.test(sql)) {
        this.#write(done(0xfd, 0));
        return;
      }
      const answer = answerTo(sql, this.#server);
      this.#write(columnsToken(answer.columns));
      if (answer.isScan) this.#server.onScan?.();
      if (answer.isScan && this.#server.error !== undefined) {
        const { number, message } = this.#server.error;
        this.#server.error = undefined;
        throw new SqlError(number, message);
      }
      let count = 0;
      for (const row of answer.rows) {
        if (answer.isScan && this.#server.endAfter !== undefined && count >= this.#server.endAfter) break;
        if (answer.isScan && this.#server.cutAfter !== undefined && count >= this.#server.cutAfter) {
          this.#socket.destroy();
          return;
        }
        this.#write(rowToken(answer.columns, row));
        count++;
        if (this.#outLength > 32_768) {
          await this.#flush(false);
          if (this.#attention || this.#ended) break;
        }
      }
      if (isRpc) {
        this.#write(done(0xff, 0x11, count));
        this.#write(Buffer.from([0x79, 0, 0, 0, 0]));
        this.#write(done(0xfe, 0));
      } else this.#write(done(0xfd, 0x10, count));
    } catch (error) {
      if (!(error instanceof SqlError)) throw error;
      this.#write(errorToken(error.number, error.message));
      this.#write(done(last, 2));
    }
  }
}

// ---- what is asked

function sqlOf(data: Buffer): string {
  return data.subarray(data.readUInt32LE(0)).toString("utf16le");
}

/** The first parameter of sp_executesql. */
function statementOf(data: Buffer): string {
  let at = data.readUInt32LE(0);
  const name = data.readUInt16LE(at);
  at += 2;
  if (name !== 0xffff) throw new Error("a procedure by name");
  if (data.readUInt16LE(at) !== 10) throw new Error("not sp_executesql");
  at += 4;
  at += 1 + 2 * data[at]! + 1;
  if (data[at] !== 0xe7) throw new Error(`a statement of type ${data[at]}`);
  const most = data.readUInt16LE(at + 1);
  at += 3 + 5;
  if (most !== 0xffff) return data.subarray(at + 2, at + 2 + data.readUInt16LE(at)).toString("utf16le");
  at += 8;
  const parts: Buffer[] = [];
  for (let length = data.readUInt32LE(at); length > 0; length = data.readUInt32LE(at)) {
    parts.push(data.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return Buffer.concat(parts).toString("utf16le");
}

const nvarchar = (name: string): Wire => ({ name, type: { name, type: "nvarchar", length: 4000 } });

function answerTo(sql: string, { tables, snapshots, version }: TdsServer): Answer {
  const text = sql.replace(/\s+/g, " ").trim();
  if (text.includes("snapshot_isolation_state"))
    return { columns: [nvarchar(""), nvarchar("")], rows: [[version, snapshots ? "1" : "0"]] };
  if (text.includes("from information_schema.columns"))
    return {
      columns: Array.from({ length: 9 }, () => nvarchar("")),
      rows: tables.flatMap(({ schema = "dbo", name, columns, key = [] }) =>
        columns.map((column) => [
          schema,
          name,
          column.name,
          column.type,
          key.includes(column.name) ? "NO" : "YES",
          column.length === undefined ? null : String(column.length),
          column.precision === undefined ? null : String(column.precision),
          column.type === "decimal" ? String(column.scale ?? 0) : null,
          column.type === "datetime2" ? String(column.scale ?? 7) : null,
        ]),
      ),
    };
  if (text.includes("from information_schema.table_constraints"))
    return {
      columns: Array.from({ length: 8 }, () => nvarchar("")),
      rows: tables.flatMap(({ schema = "dbo", name, key = [] }) =>
        key.map((column) => [schema, name, column, "PRIMARY KEY", `PK_${name}`, null, null, null]),
      ),
    };
  const named = (quoted: string) => {
    const [schema, name] = quoted.slice(1, -1).split("].[");
    const found = tables.find((table) => (table.schema ?? "dbo") === schema && table.name === name);
    if (found === undefined) throw new SqlError(208, `Invalid object name '${schema}.${name}'.`);
    return found;
  };
  const [, counted] = /^select count_big\(\*\) from (\S+)$/.exec(text) ?? [];
  if (counted !== undefined)
    return {
      columns: [{ name: "", type: { name: "", type: "bigint" } }],
      rows: [[BigInt(named(counted).rows.length)]],
    };
  const [, top, list, from, by] =
    /^select (top \(1\) )?(.*?) from (\[\S+\]\.\[\S+\]) t order by (.*)$/.exec(text) ?? [];
  if (list !== undefined) {
    const table = named(from!);
    const place = (expression: string) => {
      const [, column] = /t\.\[((?:[^\]]|\]\])+)\]/.exec(expression) ?? [];
      const found = table.columns.findIndex(({ name }) => name === column?.replaceAll("]]", "]"));
      if (found < 0) throw new SqlError(207, `Invalid column name '${column}'.`);
      return found;
    };
    const columns = splitList(list).map((expression) => {
      const at = place(expression);
      return { at, cast: castOf(expression, table.columns[at]!) };
    });
    const order = splitList(by!).map((expression) => ({ at: place(expression), isDown: expression.endsWith(" desc") }));
    const rows = table.rows.toSorted((a, b) => {
      for (const { at, isDown } of order) {
        const way = compare(a[at]!, b[at]!);
        if (way !== 0) return isDown ? -way : way;
      }
      return 0;
    });
    return {
      columns: columns.map(() => ({ name: "", type: { name: "", type: "nvarchar", length: -1 } })),
      rows: (function* () {
        for (const row of top === undefined ? rows : rows.slice(0, 1))
          yield columns.map(({ at, cast }) => cast(row[at]!));
      })(),
      isScan: top === undefined,
    };
  }
  const [, whole] = /^select \* from (\S+)$/.exec(text) ?? [];
  if (whole !== undefined) {
    const table = named(whole);
    return { columns: table.columns.map((type) => ({ name: type.name, type })), rows: table.rows };
  }
  throw new SqlError(102, `Incorrect syntax near '${text.slice(0, 40)}'.`);
}

function splitList(list: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let part = "";
  for (const character of list) {
    if (character === "(") depth++;
    if (character === ")") depth--;
    if (character === "," && depth === 0) {
      parts.push(part.trim());
      part = "";
    } else part += character;
  }
  return [...parts, part.trim()];
}

function compare(a: Cell, b: Cell): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? -1 : 1;
  if (typeof a === "string" && typeof b === "string") {
    // by code points, as a BIN2 collation does
    const [one, other] = [Buffer.from(a, "utf8"), Buffer.from(b, "utf8")];
    return Buffer.compare(one, other);
  }
  return a < b ? -1 : a > b ? 1 : 0;
}

/** What CONVERT with the style of our question writes. */
function castOf(expression: string, { type, scale = 7 }: TdsColumn): (value: Cell) => string | null {
  const wants = (pattern: RegExp) => {
    if (!pattern.test(expression)) throw new SqlError(8114, `Error converting data type ${type}: ${expression}.`);
  };
  const text = (write: (value: Exclude<Cell, null>) => string) => (value: Cell) =>
    value === null ? null : write(value);
  switch (type) {
    case "money":
      wants(/^convert\(nvarchar\(\d+\), .*, 2\)$/);
      return text((value) => decimalText(BigInt(value as bigint), 4));
    case "decimal":
      wants(/^convert\(nvarchar\(\d+\), [^,]*\)$/);
      return text((value) => decimalText(BigInt(value as bigint), scale));
    case "bit":
      return text((value) => (value ? "1" : "0"));
    case "date":
      wants(/, 23\)$/);
      return text(String);
    case "datetime":
    case "datetime2":
      wants(/, 121\)$/);
      return text(String);
    case "varbinary":
      wants(/^N'\\x' \+ lower\(convert\(nvarchar\(max\), convert\(varbinary\(max\), .*\), 2\)\)$/);
      return text((value) => `\\x${(value as Buffer).toString("hex")}`);
    default:
      return text(String);
  }
}

function decimalText(value: bigint, scale: number): string {
  const sign = value < 0n ? "-" : "";
  const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, "0");
  return scale === 0 ? sign + digits : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

// ---- what is answered

const COLLATION = [0x09, 0x04, 0xd0, 0x00, 0x34];

function varchar(text: string): Buffer {
  return Buffer.concat([Buffer.from([text.length]), Buffer.from(text, "utf16le")]);
}

function token(kind: number, length: number): Buffer {
  const head = Buffer.alloc(3);
  head[0] = kind;
  head.writeUInt16LE(length, 1);
  return head;
}

function envChange(kind: number, now: Buffer, before: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from([kind]), now, before]);
  return Buffer.concat([token(0xe3, body.length), body]);
}

function done(kind: number, status: number, count = 0): Buffer {
  const body = Buffer.alloc(13);
  body[0] = kind;
  body.writeUInt16LE(status, 1);
  body.writeBigUInt64LE(BigInt(count), 5);
  return body;
}

function errorToken(number: number, message: string): Buffer {
  const head = Buffer.alloc(8);
  head.writeInt32LE(number, 0);
  head[4] = 1;
  head[5] = 16;
  head.writeUInt16LE(message.length, 6);
  const line = Buffer.alloc(4);
  line.writeUInt32LE(1);
  const body = Buffer.concat([head, Buffer.from(message, "utf16le"), varchar("SQL"), varchar(""), line]);
  return Buffer.concat([token(0xaa, body.length), body]);
}

function columnsToken(columns: readonly Wire[]): Buffer {
  const head = Buffer.alloc(3);
  head[0] = 0x81;
  head.writeUInt16LE(columns.length, 1);
  return Buffer.concat([
    head,
    ...columns.map(({ name, type }) => Buffer.concat([Buffer.from([0, 0, 0, 0, 1, 0]), typeInfo(type), varchar(name)])),
  ]);
}

function typeInfo({ type, length = -1, precision = 18, scale }: TdsColumn): Buffer {
  switch (type) {
    case "int":
      return Buffer.from([0x26, 4]);
    case "bigint":
      return Buffer.from([0x26, 8]);
    case "bit":
      return Buffer.from([0x68, 1]);
    case "decimal":
      return Buffer.from([0x6a, 17, precision, scale ?? 0]);
    case "money":
      return Buffer.from([0x6e, 8]);
    case "datetime2":
      return Buffer.from([0x2a, scale ?? 7]);
    default: {
      const most = length === -1 ? 0xffff : length * 2;
      return Buffer.from([0xe7, most & 0xff, most >> 8, ...COLLATION]);
    }
  }
}

function rowToken(columns: readonly Wire[], row: readonly Cell[]): Buffer {
  // rows with a null have a bitmap of them
  if (row.every((cell) => cell !== null))
    return Buffer.concat([Buffer.from([0xd1]), ...row.map((cell, at) => cellOf(columns[at]!.type, cell!))]);
  const bitmap = Buffer.alloc(Math.ceil(columns.length / 8));
  const values: Buffer[] = [];
  for (const [at, cell] of row.entries()) {
    if (cell === null) bitmap[at >> 3]! |= 1 << (at & 7);
    else values.push(cellOf(columns[at]!.type, cell));
  }
  return Buffer.concat([Buffer.from([0xd2]), bitmap, ...values]);
}

function cellOf({ type, length = -1, scale = 7 }: TdsColumn, cell: Exclude<Cell, null>): Buffer {
  switch (type) {
    case "int": {
      const value = Buffer.alloc(5);
      value[0] = 4;
      value.writeInt32LE(Number(cell), 1);
      return value;
    }
    case "bigint": {
      const value = Buffer.alloc(9);
      value[0] = 8;
      value.writeBigInt64LE(BigInt(cell as bigint), 1);
      return value;
    }
    case "bit":
      return Buffer.from([1, cell ? 1 : 0]);
    case "decimal": {
      let magnitude = BigInt(cell as bigint);
      const value = Buffer.alloc(18);
      value[0] = 17;
      value[1] = magnitude < 0n ? 0 : 1;
      if (magnitude < 0n) magnitude = -magnitude;
      for (let at = 2; at < 18; at++, magnitude >>= 8n) value[at] = Number(magnitude & 0xffn);
      return value;
    }
    case "money": {
      const money = BigInt(cell as bigint);
      const value = Buffer.alloc(9);
      value[0] = 8;
      value.writeInt32LE(Number(money >> 32n), 1);
      value.writeUInt32LE(Number(money & 0xffffffffn), 5);
      return value;
    }
    case "datetime2": {
      const [day, clock = "00:00:00"] = String(cell).split(" ");
      const days = Math.round((Date.parse(`${day}T00:00:00Z`) - Date.parse("0001-01-01T00:00:00Z")) / 86_400_000);
      const [hours, minutes, seconds] = clock.split(":");
      const [whole, fraction = ""] = seconds!.split(".");
      let ticks =
        (BigInt(hours!) * 3_600n + BigInt(minutes!) * 60n + BigInt(whole!)) * 10n ** BigInt(scale) +
        BigInt(fraction.padEnd(scale, "0").slice(0, scale) || "0");
      const value = Buffer.alloc(9);
      value[0] = 8;
      for (let at = 1; at < 6; at++, ticks >>= 8n) value[at] = Number(ticks & 0xffn);
      value.writeUIntLE(days, 6, 3);
      return value;
    }
    default: {
      const text = Buffer.from(String(cell), "utf16le");
      if (length !== -1) {
        const head = Buffer.alloc(2);
        head.writeUInt16LE(text.length);
        return Buffer.concat([head, text]);
      }
      const head = Buffer.alloc(8);
      head.writeBigUInt64LE(BigInt(text.length));
      const chunks: Buffer[] = [];
      for (let at = 0; at < text.length; at += 4_000) {
        const part = text.subarray(at, at + 4_000);
        const size = Buffer.alloc(4);
        size.writeUInt32LE(part.length);
        chunks.push(size, part);
      }
      return Buffer.concat([head, ...chunks, Buffer.alloc(4)]);
    }
  }
}
