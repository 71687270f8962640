import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import type { SigningKey } from "../../server/cli/key-file.ts";
import type { Hex } from "../../server/domain/entries/words.ts";
import { Fault } from "../../server/domain/fault.ts";
import { readPlan } from "./read-plan.ts";
import type { Plan } from "./schema.ts";
import { isSigned, signStatement } from "./statement.ts";

// The owner of a source has seen what stands in it, and says so over the profile's hash.

/** Where the profile of a source lies. */
const profileOf = (source: string) => `.migrate/profile/${source}.json`;

const hex = (bytes: number) =>
  z.custom<Hex>((value) => typeof value === "string" && new RegExp(`^0x[0-9a-f]{${2 * bytes}}$`).test(value));
const signOffSchema = z.strictObject({
  format: z.literal("prasasti-sign-off"),
  version: z.literal(1),
  plan: z.string(),
  source: z.string(),
  profile: hex(32),
  office: z.string(),
  holder: z.string(),
  address: hex(20),
  at: z.int(),
  signature: hex(65),
});
export type SignOff = z.infer<typeof signOffSchema>;

/**
 * Signs for a source, in `sign-off/<source>.json`.
 * @throws Fault `source-unknown`, `not-the-owner`, `profile-missing`
 */
export async function signOff(
  folder: string,
  source: string,
  key: SigningKey,
  now: Date,
  { dryRun = false } = {},
): Promise<SignOff> {
  const plan = await readPlan(folder);
  const owner = plan.signOff.find((each) => each.source === source);
  if (!owner || !(source in plan.sources)) throw unknownSource(source, plan);
  if (owner.holder !== key.holder) throw notTheOwner(source, owner, key.holder);
  const profile = await profileHash(folder, source);
  if (profile === undefined) throw profileMissing(source);
  const { holder, address, at, signature } = signStatement(
    { says: "source", plan: plan.id, source, profile },
    key,
    now,
  );
  const signed: SignOff = {
    ...{ format: "prasasti-sign-off", version: 1, plan: plan.id, source, profile, office: owner.office },
    ...{ holder, address, at, signature },
  };
  if (dryRun) return signed;
  await mkdir(join(folder, "sign-off"), { recursive: true });
  await writeFile(join(folder, "sign-off", `${source}.json`), `${JSON.stringify(signed, null, 2)}\n`);
  return signed;
}

export type SignOffState = "signed" | "unsigned" | "profile-missing" | "profile-changed" | "wrong";

/** Whether the owner that the plan names has signed for the source as its profile is now. */
export async function signOffState(folder: string, plan: Plan, source: string): Promise<SignOffState> {
  let text: string;
  try {
    text = await readFile(join(folder, "sign-off", `${source}.json`), "utf8");
  } catch {
    return (await profileHash(folder, source)) === undefined ? "profile-missing" : "unsigned";
  }
  const parsed = signOffSchema.safeParse(asJson(text)).data;
  const owner = plan.signOff.find((each) => each.source === source);
  if (!parsed || parsed.source !== source || parsed.plan !== plan.id || parsed.holder !== owner?.holder) return "wrong";
  if (!isSigned({ says: "source", plan: plan.id, source, profile: parsed.profile }, parsed)) return "wrong";
  const profile = await profileHash(folder, source);
  if (profile === undefined) return "profile-missing";
  return parsed.profile === profile ? "signed" : "profile-changed";
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** SHA-256 of the profile's bytes; undefined where there is none. */
async function profileHash(folder: string, source: string): Promise<Hex | undefined> {
  const digest = createHash("sha256");
  try {
    for await (const chunk of createReadStream(join(folder, profileOf(source)))) digest.update(chunk);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  return `0x${digest.digest("hex")}`;
}

function unknownSource(source: string, { signOff }: Plan): Fault {
  const list = signOff.map((each) => each.source).join(", ");
  return new Fault("source-unknown", {
    explanation: {
      en: `The plan names nobody who signs for ${source}.`,
      id: `Rencana tidak menyebut siapa yang menandatangani ${source}.`,
    },
    remedy: { en: `Sources with an owner: ${list}.`, id: `Sumber yang berpemilik: ${list}.` },
  });
}

function notTheOwner(source: string, owner: { office: string; holder: string }, holder: string): Fault {
  return new Fault("not-the-owner", {
    explanation: { en: `${holder} does not own source ${source}.`, id: `${holder} bukan pemilik sumber ${source}.` },
    remedy: {
      en: `${owner.office} (${owner.holder}) signs for it.`,
      id: `${owner.office} (${owner.holder}) yang menandatanganinya.`,
    },
  });
}

function profileMissing(source: string): Fault {
  return new Fault("profile-missing", {
    explanation: { en: `Source ${source} was never profiled.`, id: `Sumber ${source} belum diprofilkan.` },
    remedy: {
      en: `First run: prasasti migrate profile ${source}`,
      id: `Jalankan dulu: prasasti migrate profile ${source}`,
    },
  });
}
