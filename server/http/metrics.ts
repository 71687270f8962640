import { timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { sha256 } from "#hash";
import { utf8 } from "../domain/entries/words.ts";
import { ProblemError } from "../domain/problems.ts";
import type { App } from "./app.ts";
import { tokenOf } from "./sessions.ts";

export type MetricsGateway = {
  metrics(): Promise<string>;
  /** who may read them; undefined: everybody */
  metricsToken: string | undefined;
};

export async function metricsRoutes(app: App, gateway: MetricsGateway): Promise<void> {
  app.get(
    "/metrics",
    {
      config: { permission: "service.measure" },
      schema: {
        tags: ["Service"],
        summary: "Figures of this gateway for Prometheus",
        description:
          "In production with the bearer token in `keys/metrics.token` of the data folder; in the sandbox for everybody.",
        security: [{}, { bearer: [] }],
        response: { 200: { description: "text format 0.0.4", content: { "text/plain": { schema: z.string() } } } },
        problems: ["metrics-token"],
      },
    },
    async (request, reply) => {
      const { metricsToken } = gateway;
      if (metricsToken !== undefined && !same(tokenOf(request), metricsToken)) throw new ProblemError("metrics-token");
      reply.header("cache-control", "no-store").type("text/plain; version=0.0.4; charset=utf-8");
      return reply.send(await gateway.metrics());
    },
  );
}

/** Compared by their hashes, in a time that tells nothing of either. */
function same(given: string | undefined, token: string): boolean {
  return timingSafeEqual(sha256(utf8(given ?? "")), sha256(utf8(token)));
}
