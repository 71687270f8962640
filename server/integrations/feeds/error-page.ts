import { open } from "node:fs/promises";
import { FeedFault } from "./feed-fault.ts";
import { plain } from "./plain.ts";

/** How much of a page is looked at for its title. */
const HEAD = 65_536;

/** The title of a page for people; empty where it has none, undefined where the file is no such page. */
export async function errorPage(path: string): Promise<string | undefined> {
  const head = await headOf(path);
  if (!/^(?:\ufeff)?\s*<(?:!doctype|!--|html|head|body|title|meta|div|h1|br|b>|p>|\?xml)/i.test(head)) return undefined;
  return plain(/<(?:title|h1)[^>]*>([^<]*)</i.exec(head)?.[1] ?? "");
}

async function headOf(path: string): Promise<string> {
  const handle = await open(path);
  try {
    const bytes = Buffer.alloc(HEAD);
    const { bytesRead } = await handle.read(bytes, 0, HEAD, 0);
    return bytes.toString("utf8", 0, bytesRead);
  } finally {
    await handle.close();
  }
}

export function htmlFault(title: string): FeedFault {
  const named = title === "" ? "" : ` (“${title}”)`;
  return new FeedFault(
    "feed-html",
    {
      en: `The source sent a page for people${named} in place of data, and called it a success.`,
      id: `Sumber mengirim halaman untuk orang${named}, bukan data, dan menyebutnya berhasil.`,
    },
    {
      en: "Open the address in a browser: it is mostly maintenance, a sign-in page or a firewall.",
      id: "Buka alamat itu di peramban: biasanya pemeliharaan, halaman masuk, atau tembok api.",
    },
  );
}
