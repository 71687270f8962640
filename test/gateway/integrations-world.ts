import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Integrations } from "../../server/integrations/integrations.ts";
import { emptyConnectors, parseConnectors } from "../../server/integrations/settings.ts";
import { openIntegrations } from "../../server/open-integrations.ts";
import type { Running } from "./world.ts";

type Beside = { readonly running: Running; readonly integrations: Integrations; readonly folder: string };

/** The thread of the integrations beside a tested gateway, with a folder of its own. */
export class IntegrationsHere {
  readonly running: Running;
  readonly integrations: Integrations;
  protected readonly folder: string;

  protected constructor({ running, integrations, folder }: Beside) {
    this.running = running;
    this.integrations = integrations;
    this.folder = folder;
  }

  /** @param yaml connectors.yaml; without it there is nothing to read. @param files by their places in the folder */
  protected static async beside(
    running: Running,
    { yaml, files = {}, program }: { yaml?: string; files?: Record<string, string>; program?: URL } = {},
  ): Promise<Beside> {
    const folder = await mkdtemp(path.join(tmpdir(), "prasasti-integrations-"));
    for (const [place, text] of Object.entries(files)) {
      await mkdir(path.dirname(path.join(folder, place)), { recursive: true });
      await writeFile(path.join(folder, place), text);
    }
    const read = yaml === undefined ? undefined : parseConnectors(yaml, "connectors.yaml");
    if (read !== undefined && "faults" in read) throw new Error(JSON.stringify(read.faults));
    const connectors = read && { file: "connectors.yaml", folder, settings: read.settings };
    const integrations = await openIntegrations(running.services, connectors ?? emptyConnectors(folder), program);
    return { running, integrations, folder };
  }

  async close(): Promise<void> {
    await this.integrations.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}
