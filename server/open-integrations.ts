import { randomBytes } from "node:crypto";
import { Integrations } from "./integrations/integrations.ts";
import type { ConnectorsFile } from "./integrations/settings.ts";
import { registerBook } from "./register-book.ts";
import type { Services } from "./services.ts";

/**
 * Starts the thread of the integrations beside the services: it asks of the register, and main counts what it does.
 * @param program of a test that has one of its own
 */
export async function openIntegrations(
  services: Services,
  connectors: ConnectorsFile,
  program?: URL,
): Promise<Integrations> {
  const { folder, metrics, register } = services;
  const secret = await folder.secret("integrations.secret", () => randomBytes(32).toString("hex"));
  return Integrations.start({
    folder: folder.of("integrations"),
    connectors,
    secret: Buffer.from(secret, "hex"),
    answer: registerBook(services),
    size: () => register().log.size,
    measure: (measure) => metrics.integrated(measure),
    onCrash: () => metrics.crashed(),
    ...(program === undefined ? {} : { program }),
  });
}
