import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const folder = new URL("../web/sign/", import.meta.url);
const read = (name: string) => readFileSync(new URL(name, folder), "utf8");
const sha256 = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/** The signing page as one file: script and style inside, allowed by their hashes; nothing else is, and no connection. */
export async function signingPage(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("main.ts", folder))],
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
  const policy = `default-src 'none'; script-src ${sha256(script)}; style-src ${sha256(style)}; base-uri 'none'; form-action 'none'`;
  return read("page.html")
    .replace("%CSP%", () => policy)
    .replace("%STYLE%", () => style)
    .replace("%SCRIPT%", () => script);
}
