import { readFile } from "node:fs/promises";
import path from "node:path";
import { Option } from "commander";
import { occupantOf } from "../store/data-folder.ts";
import { Client } from "./client.ts";
import { Exit, type Language, Usage } from "./terminal.ts";

/**
 * The gateway that has a data folder open, as its operator: whoever can read the folder.
 * @param url where another than that gateway is meant
 * @param patience milliseconds
 */
export async function operatorOf(
  { data, url, lang }: { data: string; url?: string | undefined; lang: Language },
  patience: number,
): Promise<Client> {
  const file = path.join(data, "keys", "operator.token");
  const token = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new Usage(
      {
        en: `${file}: ${error.code}. Name the data folder of the gateway with --data; its first start makes this file.`,
        id: `${file}: ${error.code}. Sebutkan folder data gateway dengan --data; berkas ini dibuat saat pertama kali dijalankan.`,
      },
      Exit.yours,
    );
  });
  const address = url ?? (await occupantOf(data))?.address;
  if (address === undefined)
    throw new Usage(
      {
        en: `No gateway has ${path.resolve(data)} open; start it, or name it with --url.`,
        id: `Tidak ada gateway yang membuka ${path.resolve(data)}; jalankan dulu, atau sebutkan dengan --url.`,
      },
      Exit.yours,
    );
  return new Client(address, { token: token.trim(), language: lang, patience });
}

/** @param besides what else the default depends on */
export function operatorUrlOption(besides = ""): Option {
  const where = `the gateway (default: the one that has the data folder open${besides})`;
  return new Option("--url <address>", where).env("PRASASTI_URL");
}
