// A sender of webhooks as a process of its own, so that a test can kill it: `sender.ts FOLDER URL EVENTS`.
import { SealedTexts } from "../../../server/integrations/sealed-texts.ts";
import { Addresses } from "../../../server/integrations/webhooks/address-policy.ts";
import { Webhooks } from "../../../server/integrations/webhooks/webhooks.ts";
import { Table } from "../../../server/store/store.ts";
import { Feed } from "./feed.ts";

const [folder, url, events] = process.argv.slice(2) as [string, string, string];
const rows = await Table.open(folder);
const feed = new Feed();
feed.add(Number(events));
// so that attempts which failed come at once
const started = Date.now();
const hooks = await Webhooks.open({
  rows,
  events: feed,
  sealed: new SealedTexts(Buffer.alloc(32, 7)),
  addresses: new Addresses({ loopback: true }),
  now: () => Date.now() + (Date.now() - started) * 20_000,
  tick: 5,
  timeout: 2_000,
});
if ((await hooks.list()).length === 0) await hooks.subscribe("operator", { url, after: 0 });
const timer = setInterval(async () => {
  const [told] = await hooks.list();
  if (told!.position < Number(events)) return;
  clearInterval(timer);
  await hooks.close();
  await rows.close();
  process.exit(0);
}, 10);
