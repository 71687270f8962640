import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { z } from "zod";
import type { App } from "./app.ts";

/** Pages that are one file each, made of web/ by `npm run generate`, and served byte for byte. */
const read = (name: string) => readFileSync(new URL(`../../web/dist/${name}.html`, import.meta.url), "utf8");

/** What a page allows itself stands in it; as a header it also says that no frame may hold it. */
function policyOf(page: string): string {
  const policy = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(page)?.[1];
  if (policy === undefined) throw new Error("a page of web/dist has no policy");
  return `${policy}; frame-ancestors 'none'`;
}

export async function pageRoutes(
  app: App,
  absolute: (request: { protocol: string; host: string }, path: string) => string,
): Promise<void> {
  const config = { permission: "service.read" } as const;
  const [sign, work] = [read("sign"), read("work")];
  for (const [url, page] of [
    ["/sign", sign],
    ["/work", work],
  ] as const) {
    const policy = policyOf(page);
    app.get(url, { config, schema: { hide: true } }, async (_request, reply) =>
      reply.type("text/html; charset=utf-8").header("content-security-policy", policy).send(page),
    );
  }
  const sha256 = createHash("sha256").update(sign).digest("hex");
  app.get(
    "/api/v1/signing-page",
    {
      config,
      schema: {
        tags: ["Work"],
        summary: "The page that shows what is signed, and its hash",
        description:
          "One file that asks nobody anything: it works out from the content what a digest stands for. Save it, compare its SHA-256 with web/dist/sign.html of the source, and host it where you trust; passkeys need an origin that the council admitted.",
        response: { 200: z.object({ url: z.url(), sha256: z.string(), bytes: z.int() }) },
      },
    },
    async (request) => ({ url: absolute(request, "/sign"), sha256, bytes: Buffer.byteLength(sign) }),
  );
}
