import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const folder = new URL("../web/", import.meta.url);
const read = (name: string) => readFileSync(new URL(name, folder), "utf8");
const sha256 = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/**
 * A page as one file: script and style inside, allowed by their hashes, and nothing else.
 * @param connect whom it may ask over the network; nobody, where the page is to stand alone
 */
async function page(name: "sign" | "work", connect: "'none'" | "'self'"): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(`${name}/main.ts`, folder))],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2022",
    minify: true,
    charset: "utf8",
    legalComments: "none",
    conditions: ["browser", "default"],
  });
  const script = outputFiles[0]!.text.trim().replaceAll("</script", "<\\/script");
  const style = read("style.css").trim();
  const policy = [
    "default-src 'none'",
    `script-src ${sha256(script)}`,
    `style-src ${sha256(style)}`,
    `connect-src ${connect}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  return read("page.html")
    .replace("%CSP%", () => policy)
    .replace("%STYLE%", () => style)
    .replace("%SCRIPT%", () => script);
}

/** The pages that the gateway serves as they are. */
export async function pages(): Promise<Record<"sign" | "work", string>> {
  return { sign: await page("sign", "'none'"), work: await page("work", "'self'") };
}
