import { hkdfSync } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import type { EventFilter } from "../book.ts";
import type { Part, PartNeeds } from "../part.ts";
import { SealedTexts } from "../sealed-texts.ts";
import { Addresses } from "./address-policy.ts";
import { type Subscriber, Webhooks } from "./webhooks.ts";

/** Which subscription, and whose it must be: left out, the operator asks, who sees all. */
type About = { id: string; of?: Subscriber };

/** Signed webhooks: what may be asked of them from the other side of the thread. */
export async function openWebhooks({ storage, connectors, events, secret, now, report }: PartNeeds): Promise<Part> {
  const { inside, loopback, ca } = connectors.settings.webhooks;
  const hooks = await Webhooks.open({
    ...{ rows: storage, events, now, report },
    sealed: new SealedTexts(Buffer.from(hkdfSync("sha256", secret, "", "prasasti webhooks 1", 32))),
    addresses: new Addresses({ inside, loopback }),
    ...(ca === undefined ? {} : { ca: await readFile(path.resolve(connectors.folder, ca), "utf8") }),
  });
  return {
    calls: {
      "webhooks.subscribe": ({
        by,
        ...asked
      }: {
        by: Subscriber;
        url: string;
        filter?: EventFilter;
        after?: number | "now";
      }) => hooks.subscribe(by, asked),
      "webhooks.list": ({ of }: { of?: Subscriber }) => hooks.list(of),
      "webhooks.get": ({ id, of }: About) => hooks.get(id, of),
      "webhooks.pause": ({ id, of }: About) => hooks.pause(id, of),
      "webhooks.resume": ({ id, of }: About) => hooks.resume(id, of),
      "webhooks.remove": ({ id, of }: About) => hooks.remove(id, of),
      "webhooks.rotateSecret": ({ id, of }: About) => hooks.rotateSecret(id, of),
      "webhooks.ping": ({ id, of }: About) => hooks.ping(id, of),
      "webhooks.deadLetters": ({ id, of, after, limit }: About & { after?: number; limit?: number }) =>
        hooks.deadLetters(id, after, limit, of),
      "webhooks.resend": ({ id, of, sequence }: About & { sequence: number }) => hooks.resend(id, sequence, of),
      "webhooks.drop": ({ id, of, sequence }: About & { sequence: number }) => hooks.drop(id, sequence, of),
      "webhooks.keys": async () => hooks.publicKeys(),
      "webhooks.rotateKey": () => hooks.rotateKey(),
      "webhooks.alarms": () => hooks.alarms(),
    },
    onFall: (low) => hooks.fell(low),
    close: () => hooks.close(),
  };
}
