import { z } from "zod";

/** Settings, read once from the environment and the command line; every fault is reported at once. */
export type Config = {
  mode: "sandbox" | "production";
  data: string;
  port: number;
  host: string;
  empty: boolean;
  ocidPrefix: string;
  /** as people reach it, such as https://register.example; undefined: the address it listens on */
  origin: string | undefined;
  /** requests a minute from one address, 0 without limit; this machine itself is not counted */
  rateLimit: number;
  /** how many proxies stand before it: their X-Forwarded-For is believed, nobody else's */
  proxies: number;
  /** bytes of the largest document */
  maxDocument: number;
};

const EXAMPLE_PREFIX = "ocds-213czf";

const environment = z.object({
  PRASASTI_MODE: z.enum(["sandbox", "production"]).default("sandbox"),
  PRASASTI_DATA: z.string().min(1).default("data"),
  PRASASTI_PORT: z.coerce.number().int().min(0).max(65_535).default(8080),
  PRASASTI_HOST: z.string().min(1).default("127.0.0.1"),
  PRASASTI_OCID_PREFIX: z
    .string()
    .regex(/^ocds-[a-z0-9]{6}$/, "ocds- and six lower-case letters or digits")
    .default(EXAMPLE_PREFIX),
  PRASASTI_ORIGIN: z
    .string()
    .regex(/^https?:\/\/[a-z0-9.-]+(:[0-9]+)?$/, "http(s)://host, without a path or a slash at its end")
    .optional(),
  PRASASTI_RATE_LIMIT: z.coerce.number().int().min(0).max(1_000_000).default(6_000),
  PRASASTI_PROXIES: z.coerce.number().int().min(0).max(9).default(0),
  PRASASTI_MAX_DOCUMENT: z.coerce.number().int().min(1).max(4_294_967_296).default(33_554_432),
});

export class ConfigFault extends Error {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(faults.join("\n"));
    this.name = "ConfigFault";
    this.faults = faults;
  }
}

/** @throws ConfigFault with all faults, in English and Indonesian */
export function readConfig(
  env: Record<string, string | undefined>,
  flags: { data?: string; port?: string; empty?: boolean },
): Config {
  const given: Record<string, string | undefined> = {
    ...env,
    ...(flags.data === undefined ? {} : { PRASASTI_DATA: flags.data }),
    ...(flags.port === undefined ? {} : { PRASASTI_PORT: flags.port }),
  };
  const parsed = environment.safeParse(given);
  const faults = (parsed.error?.issues ?? []).map(
    ({ path, message }) => `${path.join(".")}: ${message} / nilai tidak sah`,
  );
  if (given.PRASASTI_MODE === "production") {
    if ((given.PRASASTI_OCID_PREFIX ?? EXAMPLE_PREFIX) === EXAMPLE_PREFIX)
      faults.push(
        `PRASASTI_OCID_PREFIX: ${EXAMPLE_PREFIX} is the standard's example; ask the Open Contracting Partnership for one of your own. / awalan ini contoh dari standar; mintalah awalan sendiri.`,
      );
    // the council's accounts come with the governance of a real register; until then nothing starts on sandbox keys
    faults.push(
      "PRASASTI_MODE: this version starts the sandbox only; in production it would have no council but the sandbox's published keys. / versi ini hanya menjalankan sandbox; di produksi hanya ada kunci sandbox yang diketahui umum.",
    );
  }
  if (faults.length > 0 || parsed.data === undefined) throw new ConfigFault(faults);
  const { PRASASTI_MODE, PRASASTI_DATA, PRASASTI_PORT, PRASASTI_HOST, PRASASTI_OCID_PREFIX } = parsed.data;
  const { PRASASTI_ORIGIN, PRASASTI_RATE_LIMIT, PRASASTI_PROXIES, PRASASTI_MAX_DOCUMENT } = parsed.data;
  return Object.freeze({
    mode: PRASASTI_MODE,
    data: PRASASTI_DATA,
    port: PRASASTI_PORT,
    host: PRASASTI_HOST,
    empty: flags.empty ?? false,
    ocidPrefix: PRASASTI_OCID_PREFIX,
    origin: PRASASTI_ORIGIN,
    rateLimit: PRASASTI_RATE_LIMIT,
    proxies: PRASASTI_PROXIES,
    maxDocument: PRASASTI_MAX_DOCUMENT,
  });
}
