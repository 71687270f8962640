import { type Foreign, openForeign } from "../../server/gateway/foreign.ts";
import { OPERATOR, type Running } from "../gateway/world.ts";
import { LyingIssuer } from "./issuers.ts";
import type { Ask } from "./tour.ts";
import { personWithCodes } from "./world.ts";

/** An issuer that answers, and a directory that does not: enough to show every route of them. */
export async function someOthers(): Promise<{ foreign: Foreign; issuer: LyingIssuer }> {
  const issuer = await LyingIssuer.start();
  const name = { en: "Civil servants (SIASN)", id: "ASN (SIASN)" };
  const settings = {
    issuers: [
      {
        ...{ id: "siasn", name, issuer: issuer.url, clientId: "prasasti", scopes: ["openid"], claims: {} },
        ...{ secondFactor: { acr: [], amr: [] }, clockSkewSeconds: 30, authentication: "own key" as const },
        algorithms: ["ES256" as const],
      },
    ],
    directories: [
      {
        ...{ id: "ad", name: { en: "Regency directory", id: "Direktori kabupaten" }, kind: "ad" as const },
        ...{ url: "ldaps://127.0.0.1:1", startTls: false, ca: undefined, base: "DC=kabupaten,DC=example" },
        ...{ filter: "(objectClass=user)", bindDn: "CN=baca", bindPassword: "x", onMove: "tell" as const },
        ...{ everyMinutes: 0, pageSize: 500, timeoutSeconds: 2, stop: { percent: 20, floor: 5 } },
      },
    ],
  };
  const folder = { secret: async (_name: string, make: () => string) => make() };
  return { foreign: await openForeign(folder, settings, () => "http://127.0.0.1:8080"), issuer };
}

export const NOBODY = `A-${"A".repeat(16)}`;

/** Once through what issuers and directories offer, each route that answers JSON with success at least once. */
export async function tourOfOthers(running: Running, ask: Ask): Promise<void> {
  const { token } = await personWithCodes(running);
  await ask(
    "POST",
    "/api/v1/sign-in/issuers/:issuer/links",
    "/api/v1/sign-in/issuers/siasn/links",
    { returnTo: "/account" },
    token,
  );
  await ask("GET", "/api/v1/sign-in/issuers", "/api/v1/sign-in/issuers");
  await ask("POST", "/api/v1/sign-in/sign-out", "/api/v1/sign-in/sign-out", undefined, token);
  await ask("GET", "/.well-known/prasasti-jwks.json", "/.well-known/prasasti-jwks.json");
  const of = "/api/v1/identity/directories";
  await ask("GET", of, of, undefined, OPERATOR);
  await ask("POST", `${of}/:directory/syncs`, `${of}/ad/syncs`, { dryRun: true }, OPERATOR);
  await ask("GET", "/api/v1/identity/syncs", "/api/v1/identity/syncs", undefined, OPERATOR);
  await ask("GET", "/api/v1/identity/moves", "/api/v1/identity/moves", undefined, OPERATOR);
}
