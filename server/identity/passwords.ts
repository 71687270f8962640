import { argon2, randomBytes, timingSafeEqual } from "node:crypto";
import { ProblemError } from "../domain/problems.ts";

/**
 * argon2id as OWASP's least: 19 MiB, two passes, one lane; 30 ms of one core. It runs in the thread pool of Node, two at
 * a time: as many as the machines that this is made for have cores, and two threads of the four stay for the disk.
 */
const PARAMETERS = { memory: 19_456, passes: 2, parallelism: 1 } as const;
const TAG = 32;
const AT_ONCE = 2;
/** How many wait at most: half a minute of work. Who comes then is asked to come again. */
const WAITING = 1_000;

type Parameters = { memory: number; passes: number; parallelism: number };

/** Password hashes as PHC text (`$argon2id$v=19$m=…,t=…,p=…$salt$tag`). */
export class Passwords {
  #running = 0;
  readonly #waiting: (() => void)[] = [];
  /** what an unknown person's password is held against, so that it takes as long as a known one's */
  readonly #decoy = this.hash(randomBytes(32).toString("base64"));

  /** @throws ProblemError too-many-sign-ins */
  async hash(password: string): Promise<string> {
    const salt = randomBytes(16);
    const tag = await this.#derive(password, salt, PARAMETERS, TAG);
    const { memory, passes, parallelism } = PARAMETERS;
    return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${base64(salt)}$${base64(tag)}`;
  }

  /**
   * Whether it is the password of this hash; never where there is no hash, after the same work.
   * @throws ProblemError too-many-sign-ins
   */
  async verify(password: string, hash: string | undefined): Promise<boolean> {
    const { salt, tag, ...parameters } = parse(hash ?? (await this.#decoy));
    const derived = await this.#derive(password, salt, parameters, tag.length);
    return timingSafeEqual(derived, tag) && hash !== undefined;
  }

  /** Whether a hash was made with less than is asked for today: then it is made anew when its password is at hand. */
  isOutdated(hash: string): boolean {
    const { memory, passes, parallelism } = parse(hash);
    return memory !== PARAMETERS.memory || passes !== PARAMETERS.passes || parallelism !== PARAMETERS.parallelism;
  }

  async #derive(password: string, nonce: Buffer, parameters: Parameters, tagLength: number): Promise<Buffer> {
    if (this.#running >= AT_ONCE) {
      if (this.#waiting.length >= WAITING) throw new ProblemError("too-many-sign-ins");
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else this.#running++;
    try {
      const message = Buffer.from(password.normalize("NFKC"));
      return await new Promise((resolve, reject) =>
        argon2("argon2id", { message, nonce, tagLength, ...parameters }, (error, key) =>
          error === null ? resolve(key) : reject(error),
        ),
      );
    } finally {
      // whoever waits longest takes the place over
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }
}

function parse(hash: string): Parameters & { salt: Buffer; tag: Buffer } {
  const match = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/.exec(hash);
  if (match === null) throw new Error("not a password hash");
  const [, memory, passes, parallelism, salt, tag] = match;
  return {
    ...{ memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) },
    ...{ salt: Buffer.from(salt!, "base64"), tag: Buffer.from(tag!, "base64") },
  };
}

const base64 = (bytes: Buffer) => bytes.toString("base64").replaceAll("=", "");
