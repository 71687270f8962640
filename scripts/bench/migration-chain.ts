import { randomBytes } from "node:crypto";
import { foundRegister } from "../../migration/load/found-register.ts";
import { openEmbedded } from "../../server/chain/embedded.ts";
import { serveRpc } from "../../server/chain/rpc.ts";
import { toHex } from "../../server/domain/entries/words.ts";
import { AGENCIES } from "./migration-project.ts";

// A fresh chain with its JSON-RPC and a register on it, in a process of its own, as a gateway keeps it. The argument is
// its folder; it prints how it is reached, with the keys of everybody in it, and ends at SIGTERM.

const token = toHex(randomBytes(32));
const chain = await openEmbedded({ folder: process.argv[2]!, chainId: 7_413 });
const { register, keys } = await foundRegister(chain, { agencies: AGENCIES });
const rpc = await serveRpc(chain, { token, port: 0 });
console.log(
  JSON.stringify({
    ...{ rpc: rpc.url, token, ledger: register.places.Ledger },
    keys: keys.map((key) => ({ ...key, secret: toHex(key.secret) })),
  }),
);
process.once("SIGTERM", () => void rpc.close().then(() => chain.close()));
