import { SignJWT } from "jose";
import { Issuers } from "../../server/identity/issuers.ts";
import { LyingIssuer } from "../../test/identity/issuers.ts";
import { machine } from "./gateway.ts";

/** What checking a token of another issuer takes with its keys at hand, and a whole sign-in with the question for the token. */
export async function tokens({ count }: { count: number }): Promise<void> {
  const issuer = await LyingIssuer.start();
  const settings = {
    ...{
      id: "x",
      name: { en: "x", id: "x" },
      issuer: issuer.url,
      clientId: "prasasti",
      scopes: ["openid"],
      claims: {},
    },
    ...{ secondFactor: { acr: [], amr: [] }, clockSkewSeconds: 30, authentication: { secret: "of the bench" } },
    algorithms: ["ES256" as const, "RS256" as const],
  };
  const issuers = await Issuers.over(
    [settings],
    () => "http://127.0.0.1:1",
    async () => "",
  );
  const now = () => Math.floor(Date.now() / 1000);
  const signed = (alg: "ES256" | "RS256", claims: Record<string, unknown>) =>
    new SignJWT({ sub: "somebody", ...claims })
      .setProtectedHeader({ alg, kid: alg })
      .setIssuer(issuer.url)
      .setAudience("prasasti")
      .setIssuedAt()
      .setExpirationTime("1m")
      .sign(issuer.keys[alg].privateKey);
  try {
    console.log(machine());
    for (const alg of ["ES256", "RS256"] as const) {
      const events = { "http://schemas.openid.net/event/backchannel-logout": {} };
      const checks = await spread(count, async (index) => {
        const token = await signed(alg, { jti: `${alg} ${index}`, events });
        return () => issuers.loggedOut("x", token, now());
      });
      console.log(`| a token of ${alg}, checked with cached keys | ${checks} |`);
      const whole = await spread(Math.ceil(count / 5), async () => {
        const { location, cookie } = await issuers.begin("x", { returnTo: "/" }, now());
        const asked = new URL(location).searchParams;
        issuer.idToken = await signed(alg, { nonce: asked.get("nonce") });
        const query = new URLSearchParams({ code: "c", state: asked.get("state")!, iss: issuer.url });
        return () => issuers.finish("x", query, () => cookie.value, now());
      });
      console.log(`| a callback of ${alg}, with the question for the token over loopback | ${whole} |`);
    }
  } finally {
    await issuer.stop();
  }
}

/** Times what `prepare` hands over; the first tenth warms up. */
async function spread(count: number, prepare: (index: number) => Promise<() => Promise<unknown>>): Promise<string> {
  const took: number[] = [];
  for (let index = 0; index < count; index++) {
    const run = await prepare(index);
    const begun = performance.now();
    await run();
    if (index >= count / 10) took.push(performance.now() - begun);
  }
  took.sort((one, other) => one - other);
  const at = (share: number) => took[Math.floor(took.length * share)]!.toFixed(2);
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`;
}
