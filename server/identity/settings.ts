import { createPrivateKey, type KeyObject } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { FilterParser } from "ldapts";
import { z } from "zod";
import type { Words } from "../domain/problems.ts";

/**
 * The settings of sign-in through other systems: a JSON file, `identity.json` of the data folder or the one that
 * PRASASTI_IDENTITY names. Files that it names are sought beside it. Every fault is told at once.
 */

/** Signatures of id tokens that can be allowed: made with a private key, so that who checks them can't make them. */
const ALGORITHMS = ["ES256", "ES384", "RS256", "PS256", "EdDSA"] as const;
/** An issuer's clock may be this far off at most, in seconds. */
const MOST_SKEW = 60;

/** A message in both languages, as one text: `inLanguage` takes it apart. */
const said = (en: string, id: string) => `${en}\0${id}`;
const inLanguage = (message: string, index: 0 | 1) => message.split("\0")[index] ?? message;

const words = z.strictObject({ en: z.string().min(1).max(80), id: z.string().min(1).max(80) });
const slug = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{0,31}$/,
    said("must be 1 to 32 lower-case letters, digits, hyphens", "harus 1 sampai 32 huruf kecil, angka, tanda hubung"),
  );
const file = z.string().min(1).max(1_024);
const claim = z.string().min(1).max(100);
const attribute = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9-]{0,63}$/, said("must be the name of an attribute", "harus nama atribut"));

const loopback = (url: URL) => /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(url.hostname);
/** Whether what travels to this address is protected, or never leaves this machine. */
export function isSafeAddress(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && (url.protocol === "https:" || (url.protocol === "http:" && loopback(url)));
}

const issuer = z
  .strictObject({
    id: slug,
    name: words,
    issuer: z
      .url()
      .refine(
        isSafeAddress,
        said("must be https; http only on this machine itself", "harus https; http hanya di mesin ini sendiri"),
      )
      .refine(
        (text) => !/[?#]|\/\/[^/]*@/.test(text),
        said("must have no query, fragment or password", "tidak boleh memuat query, fragmen, atau kata sandi"),
      ),
    clientId: z.string().min(1).max(200),
    privateKeyFile: file.optional(),
    clientSecretFile: file.optional(),
    scopes: z.array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/)).default(["openid"]),
    claims: z
      .strictObject({ name: claim, email: claim, nip: claim, supplier: claim, directory: claim })
      .partial()
      .default({}),
    directory: slug.optional(),
    secondFactor: z
      .strictObject({ acr: z.array(z.string().min(1)).default([]), amr: z.array(z.string().min(1)).default([]) })
      .default({ acr: [], amr: [] }),
    algorithms: z.array(z.enum(ALGORITHMS)).min(1).default(["ES256", "RS256", "PS256"]),
    clockSkewSeconds: z.int().min(0).max(MOST_SKEW).default(30),
  })
  .refine(({ scopes }) => scopes.includes("openid"), {
    path: ["scopes"],
    message: said("must have openid", "harus memuat openid"),
  })
  .refine(({ privateKeyFile, clientSecretFile }) => !(privateKeyFile && clientSecretFile), {
    path: ["clientSecretFile"],
    message: said("not together with privateKeyFile", "tidak bersama privateKeyFile"),
  })
  .refine(({ claims, directory }) => (claims.directory === undefined) === (directory === undefined), {
    path: ["directory"],
    message: said("goes together with claims.directory", "berpasangan dengan claims.directory"),
  });

const directory = z
  .strictObject({
    id: slug,
    name: words,
    url: z
      .string()
      .regex(
        /^ldaps?:\/\/(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(?::\d{1,5})?$/,
        said("must be ldap(s)://host or ldap(s)://host:port", "harus ldap(s)://host atau ldap(s)://host:port"),
      ),
    startTls: z.boolean().default(false),
    caFile: file.optional(),
    base: z.string().min(1).max(1_024),
    filter: z.string().min(1).max(4_096),
    bindDn: z.string().min(1).max(1_024),
    bindPasswordFile: file,
    kind: z.enum(["ldap", "ad"]).default("ldap"),
    login: attribute.optional(),
    department: attribute.optional(),
    disabled: z.strictObject({ attribute, values: z.array(z.string()).min(1) }).optional(),
    onMove: z.enum(["tell", "hold"]).default("tell"),
    everyMinutes: z.int().min(0).max(10_080).default(60),
    pageSize: z.int().min(1).max(5_000).default(500),
    timeoutSeconds: z.int().min(1).max(60).default(10),
    stop: z
      .strictObject({ percent: z.int().min(1).max(50).default(20), floor: z.int().min(0).max(50).default(5) })
      .default({ percent: 20, floor: 5 }),
  })
  .refine(
    ({ url, startTls }) => url.startsWith("ldaps:") || startTls || loopback(new URL(url.replace("ldap:", "http:"))),
    {
      path: ["startTls"],
      message: said(
        "must be true, or the url ldaps: the password would travel in clear",
        "harus true, atau url memakai ldaps: kata sandi akan terkirim terbuka",
      ),
    },
  )
  .refine(({ url, startTls }) => !(url.startsWith("ldaps:") && startTls), {
    path: ["startTls"],
    message: said("not together with ldaps", "tidak bersama ldaps"),
  })
  .refine(({ filter }) => readable(filter), {
    path: ["filter"],
    message: said("is not a filter of RFC 4515", "bukan filter RFC 4515"),
  });

function readable(filter: string): boolean {
  try {
    FilterParser.parseString(filter);
    return true;
  } catch {
    return false;
  }
}

const settings = z
  .strictObject({
    $schema: z.string().optional(),
    issuers: z.array(issuer).default([]),
    directories: z.array(directory).default([]),
  })
  .superRefine(({ issuers, directories }, { addIssue }) => {
    for (const [name, list] of Object.entries({ issuers, directories }))
      for (const [index, { id }] of list.entries())
        if (list.findIndex((each) => each.id === id) < index)
          addIssue({
            code: "custom",
            path: [name, index, "id"],
            message: said(`there is another ${id}`, `ada ${id} lain`),
          });
    for (const [index, each] of issuers.entries()) {
      if (each.directory !== undefined && !directories.some(({ id }) => id === each.directory))
        addIssue({
          code: "custom",
          path: ["issuers", index, "directory"],
          message: said(`there is no directory ${each.directory}`, `tidak ada direktori ${each.directory}`),
        });
      // one subject must not be two people, nor one token good at two doors
      if (issuers.findIndex((other) => other.issuer === each.issuer) < index)
        addIssue({
          code: "custom",
          path: ["issuers", index, "issuer"],
          message: said("is named twice", "disebut dua kali"),
        });
    }
    for (const [index, { base }] of directories.entries())
      if (directories.findIndex((other) => linkOf(other) === linkOf({ base })) < index)
        addIssue({
          code: "custom",
          path: ["directories", index, "base"],
          message: said("is named twice", "disebut dua kali"),
        });
  });

type Parsed = z.output<typeof settings>;
/** How the gateway shows an issuer that it is the client: by a P-256 key, its own where none is named, or a secret. */
type ClientAuthentication = { key: KeyObject } | { secret: string } | "own key";
export type IssuerSettings = Omit<Parsed["issuers"][number], "privateKeyFile" | "clientSecretFile"> & {
  authentication: ClientAuthentication;
};
export type DirectorySettings = Omit<Parsed["directories"][number], "bindPasswordFile" | "caFile"> & {
  bindPassword: string;
  ca: string | undefined;
};
export type IdentitySettings = { issuers: readonly IssuerSettings[]; directories: readonly DirectorySettings[] };

/** As which issuer an entry of this directory is linked to an account. */
export function linkOf({ base }: { base: string }): string {
  return `ldap:${base.toLowerCase().replaceAll(/\s*,\s*/g, ",")}`;
}

/**
 * Reads the file. Undefined where it is not there and nobody named it.
 * @param named it must be there
 * @param faults is added to: what is wrong, by place
 */
export async function readIdentity(
  place: string,
  named: boolean,
  faults: Words[],
): Promise<IdentitySettings | undefined> {
  const text = await readFile(place, "utf8").catch((error: NodeJS.ErrnoException) => {
    // where the data folder itself cannot be used, that is what is told
    if (named || (error.code !== "ENOENT" && error.code !== "ENOTDIR"))
      faults.push({
        en: `PRASASTI_IDENTITY: ${place}: ${error.code}.`,
        id: `PRASASTI_IDENTITY: ${place}: ${error.code}.`,
      });
  });
  if (text === undefined) return undefined;
  const wrong = (at: string, en: string, id: string) =>
    faults.push({ en: `${place}: ${at}${en}.`, id: `${place}: ${at}${id}.` });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    wrong("", `is no JSON: ${(error as Error).message}`, `bukan JSON: ${(error as Error).message}`);
    return undefined;
  }
  const parsed = settings.safeParse(json);
  if (!parsed.success) {
    const indonesian = settings.safeParse(json, { error: z.locales.id().localeError }).error?.issues ?? [];
    for (const [index, { path: at, message }] of parsed.error.issues.entries())
      wrong(
        at.length > 0 ? `${at.join(".")}: ` : "",
        inLanguage(message, 0),
        inLanguage(indonesian[index]?.message ?? message, 1),
      );
    return undefined;
  }
  const beside = (name: string) => path.resolve(path.dirname(place), name);
  const read = async (at: string, name: string | undefined) => {
    if (name === undefined) return undefined;
    const found = await readFile(beside(name), "utf8").catch((error: NodeJS.ErrnoException) => {
      wrong(
        `${at}: `,
        `${beside(name)} cannot be read (${error.code})`,
        `${beside(name)} tidak terbaca (${error.code})`,
      );
      return undefined;
    });
    if (found?.trim() === "") wrong(`${at}: `, `${beside(name)} is empty`, `${beside(name)} kosong`);
    return found;
  };
  const issuers: IssuerSettings[] = [];
  for (const [index, { privateKeyFile, clientSecretFile, ...rest }] of parsed.data.issuers.entries()) {
    const at = `issuers.${index}`;
    const [pem, secret] = [
      await read(`${at}.privateKeyFile`, privateKeyFile),
      await read(`${at}.clientSecretFile`, clientSecretFile),
    ];
    let authentication: ClientAuthentication = secret === undefined ? "own key" : { secret: secret.trim() };
    if (pem !== undefined) {
      const key = p256Key(pem);
      if (key === undefined)
        wrong(`${at}.privateKeyFile: `, "is no private P-256 key in PEM", "bukan kunci privat P-256 dalam PEM");
      else authentication = { key };
    }
    issuers.push({ ...rest, authentication });
  }
  const directories: DirectorySettings[] = [];
  for (const [index, { bindPasswordFile, caFile, ...rest }] of parsed.data.directories.entries()) {
    const at = `directories.${index}`;
    const bindPassword = (await read(`${at}.bindPasswordFile`, bindPasswordFile))?.replace(/\r?\n$/, "") ?? "";
    directories.push({ ...rest, bindPassword, ca: await read(`${at}.caFile`, caFile) });
  }
  return { issuers, directories };
}

/** The private P-256 key of a PEM text; undefined where it is none. */
export function p256Key(pem: string): KeyObject | undefined {
  try {
    const key = createPrivateKey(pem);
    return key.asymmetricKeyDetails?.namedCurve === "prime256v1" ? key : undefined;
  } catch {
    return undefined;
  }
}
