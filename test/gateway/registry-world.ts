import { hkdfSync } from "node:crypto";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Events, EventsPage } from "../../server/integrations/book.ts";
import type { Integrations } from "../../server/integrations/integrations.ts";
import { SealedTexts } from "../../server/integrations/sealed-texts.ts";
import { emptyConnectors } from "../../server/integrations/settings.ts";
import { Addresses } from "../../server/integrations/webhooks/address-policy.ts";
import { Webhooks } from "../../server/integrations/webhooks/webhooks.ts";
import { openIntegrations } from "../../server/open-integrations.ts";
import { registerBook } from "../../server/register-book.ts";
import { Table } from "../../server/store/store.ts";
import { ossAnswer } from "../integrations/registry/world.ts";
import { Receiver } from "../integrations/webhooks/receiver.ts";
import { OPERATOR, type Running, signedIn, until } from "./world.ts";

/** One request of a tour: its route, and what it is asked. `as`: who asks, the operator unless said. */
export type Asked = {
  route: string;
  url: string;
  payload?: object | Buffer;
  as?: "operator" | "registrar" | "officer" | "nobody";
};
type Answer = { json(): unknown };
/** What of an answer leads to the next question. */
type Told = { subscriptions: { id: string }[]; letters: { sequence: number }[]; id: string };

/** The thread of the integrations beside a tested gateway, a receiver of webhooks, and an event that it has refused. */
export class RegistryHere {
  readonly integrations: Integrations;
  readonly receiver: Receiver;
  readonly #running: Running;

  private constructor(running: Running, integrations: Integrations, receiver: Receiver) {
    this.#running = running;
    this.integrations = integrations;
    this.receiver = receiver;
  }

  static async open(running: Running): Promise<RegistryHere> {
    const receiver = new Receiver();
    await receiver.open();
    await refusedEvents(running, receiver);
    receiver.always = undefined;
    return new RegistryHere(
      running,
      await openIntegrations(running.services, emptyConnectors(running.folder)),
      receiver,
    );
  }

  async close(): Promise<void> {
    await this.integrations.close();
    await this.receiver.close();
  }

  /** Asks every route of webhooks and of the registry, in an order in which each is answered. */
  async tour(ask: (asked: Asked, headers: Record<string, string>) => Promise<Answer>): Promise<void> {
    const tokens = {
      operator: OPERATOR,
      registrar: await signedIn(this.#running, "pendaftar", "H-PRS-PENDAFTAR"),
      officer: await signedIn(this.#running),
    };
    const each = async (route: string, payload?: object | Buffer, more: Partial<Asked> = {}) => {
      const { as = "operator", url = route.split(" ")[1]! } = more;
      const headers: Record<string, string> = as === "nobody" ? {} : { authorization: `Bearer ${tokens[as]}` };
      if (Buffer.isBuffer(payload)) headers["content-type"] = "application/octet-stream";
      const asked = { route, url, as, ...(payload === undefined ? {} : { payload }) };
      return (await ask(asked, headers)).json() as Told;
    };
    const hooks = "/api/v1/webhooks";
    const [refused] = (await each(`GET ${hooks}`)).subscriptions;
    const { id } = refused!;
    const of = (route: string) => ({ url: route.split(" ")[1]!.replace(":id", id) });
    const letters = `${hooks}/:id/dead-letters`;
    const dead = (await each(`GET ${letters}`, undefined, of(`GET ${letters}`))).letters;
    const letter = (index: number) => ({ url: `${hooks}/${id}/dead-letters/${dead[index]!.sequence}` });
    await each(`POST ${letters}/:sequence`, undefined, letter(0));
    await each(`DELETE ${letters}/:sequence`, undefined, letter(1));
    await each(
      `POST ${hooks}`,
      { url: this.receiver.url, kinds: ["payment"], agency: "ID-PRS-DPUPR" },
      { as: "officer" },
    );
    for (const what of ["pause", "resume", "secret", "ping"])
      await each(`POST ${hooks}/:id/${what}`, undefined, of(`POST ${hooks}/:id/${what}`));
    await each(`GET ${hooks}/:id`, undefined, of(`GET ${hooks}/:id`));
    await each(`DELETE ${hooks}/:id`, undefined, of(`DELETE ${hooks}/:id`));
    await each(`POST ${hooks}/keys`);
    await each("GET /.well-known/prasasti-webhook-keys.json", undefined, { as: "nobody" });

    await each("GET /api/v1/manual-entries");
    const registry = "/api/v1/registry";
    const files = `POST ${registry}/files`;
    const nib = "9120001234567";
    await each(files, Buffer.from(JSON.stringify(ossAnswer(nib))), { url: `${registry}/files?kind=oss&name=nib.json` });
    const list =
      "penyedia,nib,nomor_sk,tanggal_mulai,tanggal_selesai,status\nCV Contoh,9120001234567,SK-1,2025-01-01,2027-01-01,Aktif\n";
    await each(files, Buffer.from(list), { url: `${registry}/files?kind=blacklist&name=contoh&asOf=2026-01-31` });
    await each(`POST ${registry}/checks`, {
      nib,
      on: "2026-02-01",
      work: { title: "Rekonstruksi Jalan", category: "works" },
    });
    await each(`GET ${registry}/nib/:nib`, undefined, { url: `${registry}/nib/${nib}` });
    await each(`GET ${registry}/lists`);
    const proposed = await each(
      `POST ${registry}/links`,
      { kind: "nib", supplier: "ID-PRS-S-0001", with: nib, reason: "akta dibandingkan" },
      { as: "officer" },
    );
    await each(
      `POST ${registry}/links/:id`,
      { verdict: "accept", reason: "akta dibandingkan", from: "2019-03-04" },
      { as: "registrar", url: `${registry}/links/${proposed.id}` },
    );
    await each(`GET ${registry}/links`);
    await each(`GET ${registry}/suppliers/:id`, undefined, { url: `${registry}/suppliers/ID-PRS-S-0001` });
  }
}

/** Two events that a receiver refused for good, by a clock that hurries: as if they had been tried for a quarter of an hour. */
async function refusedEvents({ services }: Running, receiver: Receiver): Promise<void> {
  receiver.always = { status: 422 };
  const secret = Buffer.from(await services.folder.secret("integrations.secret", () => "07".repeat(32)), "hex");
  const rows = await Table.open(path.join(services.folder.of("integrations"), "rows"));
  const book = registerBook(services);
  const events: Events = {
    newest: async () => (await book({ about: "newest" })) as number,
    page: async (after, limit, filter) => (await book({ about: "events", after, limit, filter })) as EventsPage,
    news: () => pause(5),
  };
  const began = Date.now();
  const hooks = await Webhooks.open({
    ...{ rows, events, tick: 5 },
    sealed: new SealedTexts(Buffer.from(hkdfSync("sha256", secret, "", "prasasti webhooks 1", 32))),
    addresses: new Addresses({ loopback: true }),
    // never in the future of the clock that goes on with it
    now: () => began - 3_600_000 + (Date.now() - began) * 2_000,
  });
  const { subscription } = await hooks.subscribe("operator", { url: receiver.url, after: (await events.newest()) - 2 });
  await until("two are refused", async () => (await hooks.get(subscription.id)).deadLetters === 2);
  await hooks.close();
  await rows.close();
}

/** The routes that need signing in, with what each is asked where no integrations run. */
export const REGISTRY_ROUTES: readonly {
  route: string;
  url?: string;
  payload?: object;
  headers?: Record<string, string>;
}[] = [
  ...[
    "GET /api/v1/manual-entries",
    "GET /api/v1/webhooks",
    "POST /api/v1/webhooks/keys",
    "GET /api/v1/registry/lists",
    "GET /api/v1/registry/links",
  ].map((route) => ({ route })),
  { route: "POST /api/v1/webhooks", payload: { url: "https://example.go.id/hooks" } },
  ...[
    ...["GET /api/v1/webhooks/:id", "DELETE /api/v1/webhooks/:id", "GET /api/v1/webhooks/:id/dead-letters"],
    ...["pause", "resume", "secret", "ping"].map((what) => `POST /api/v1/webhooks/:id/${what}`),
    ...["POST", "DELETE"].map((method) => `${method} /api/v1/webhooks/:id/dead-letters/:sequence`),
  ].map((route) => ({
    route,
    url: route
      .split(" ")[1]!
      .replace(":id", `hook_${"0".repeat(24)}`)
      .replace(":sequence", "1"),
  })),
  { route: "POST /api/v1/registry/checks", payload: { nib: "9120001234567" } },
  { route: "GET /api/v1/registry/suppliers/:id", url: "/api/v1/registry/suppliers/ID-PRS-S-0001" },
  { route: "GET /api/v1/registry/nib/:nib", url: "/api/v1/registry/nib/9120001234567" },
  {
    route: "POST /api/v1/registry/links",
    payload: { kind: "nib", supplier: "ID-PRS-S-0001", with: "9120001234567", reason: "akta dibandingkan" },
  },
  {
    route: "POST /api/v1/registry/links/:id",
    url: `/api/v1/registry/links/${"0".repeat(24)}`,
    payload: { verdict: "accept", reason: "akta dibandingkan" },
  },
  {
    route: "POST /api/v1/registry/files",
    url: "/api/v1/registry/files?kind=blacklist&name=contoh",
    payload: Buffer.from("[]"),
    headers: { "content-type": "application/octet-stream" },
  },
];
