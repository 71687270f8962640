import type { AgencyView, EntryRow, HolderView, OfficeView, PublishedRelease } from "./actions/project-block.ts";
import { submitEntry } from "./actions/submit-entry.ts";
import { fromHex, type Hex, NO_ID } from "./domain/entries/words.ts";
import { fromUnixSeconds } from "./domain/ocds/dates.ts";
import { merge } from "./domain/ocds/merge.ts";
import { ProblemError } from "./domain/problems.ts";
import { ordered } from "./domain/projection/ordered.ts";
import type { ProcessView } from "./domain/projection/process-view.ts";
import { homePage } from "./http/home.ts";
import type { Gateway } from "./http/routes.ts";
import { encodeAct } from "./ledger/acts.ts";
import { packCancel, packEntry, unpackEntry } from "./ledger/codec.ts";
import { interfaceOf } from "./ledger/deploy.ts";
import type { Services } from "./services.ts";

/** The gateway that the routes speak to, over the services that were wired. */
export function gatewayOver(services: Services, options: { mode: "sandbox" | "production" }): Gateway {
  const { projection, submissions, deployment } = services;
  const now = () => Math.floor(Date.now() / 1000);

  const collect = async <T>(rows: AsyncGenerator<{ key: string; value: T }>): Promise<T[]> => {
    const values: T[] = [];
    for await (const { value } of rows) values.push(value);
    return values;
  };
  const signedCheckpoint = () => {
    const { checkpoint } = services.register();
    if (checkpoint === undefined) return undefined;
    const { size, root, time } = checkpoint;
    return { size, root, time, operator: services.operator, signature: services.signCheckpoint(size, root, time) };
  };

  return {
    ledger: () => ({
      mode: options.mode,
      chainId: deployment.chainId,
      ledger: deployment.addresses.Ledger,
      addresses: deployment.addresses,
      salt: deployment.salt,
      domain: {
        name: "Prasasti",
        version: "1",
        chainId: deployment.chainId,
        verifyingContract: deployment.addresses.Ledger,
        salt: deployment.salt,
      },
      seen: services.register().seen,
      entries: services.register().entries,
      operator: services.operator,
      finality: services.chain.finality,
      limits: { body: 98_304, text: 200, approvals: 4, expiresDays: 31 },
    }),
    register: services.register,
    ready: () => ({ ready: services.writable(), reasons: services.faults }),
    signedCheckpoint,
    submission: (id) => submissions.get(id),
    submit: (posted, wait) =>
      submitEntry(posted, wait, {
        now,
        pack: packEntry,
        submit: (given, item, at) => submissions.submit(given, item, at),
        release: (item) => submissions.release(item),
        settled: (id, milliseconds) => submissions.settled(id, milliseconds),
      }),
    async approve(id, { approval, up, signature }, wait) {
      const packed = await submissions.item(id);
      const submission = await submissions.get(id);
      if (packed === undefined || submission === undefined) throw new ProblemError("not-found");
      if (submission.state === "final") return submission;
      const item = unpackEntry(packed);
      const others = item.approvals.filter((other) => other.approval.holder !== approval.holder);
      const again = packEntry({ ...item, approvals: [...others, { approval, up, signature: fromHex(signature) }] });
      const { isNew, ...told } = await submissions.submit(submission, again, now());
      if (isNew) await submissions.release(again);
      return (await submissions.settled(id, wait)) ?? told;
    },
    async cancel({ cancel, signature }) {
      const given = { target: cancel.target as Hex, holder: cancel.holder as Hex, expires: cancel.expires };
      await submissions.release(packCancel({ cancel: given, signature: fromHex(signature) }));
    },
    async act({ act, signatures, body }) {
      const data = encodeAct(
        act as Parameters<typeof encodeAct>[0],
        signatures.map((s) => ({
          ...s,
          holder: s.holder as Hex,
          agency: s.agency as Hex,
          signature: fromHex(s.signature),
        })),
        body,
      );
      const { ok, block } = await services.relay(deployment.addresses.Authority, data);
      if (!ok) throw new ProblemError("act-refused", await whyRefused(services, data));
      return { block };
    },
    process: (ocid) => projection.get<ProcessView>(`process/${ocid}`),
    async history(ocid) {
      const rows: EntryRow[] = [];
      for await (const { value } of projection.range<string>(`of/${ocid}/`)) {
        const row = await projection.get<EntryRow>(`entry/${value}`);
        if (row !== undefined) rows.push(row);
      }
      return rows;
    },
    entries: (from, limit) => collect(projection.range<EntryRow>("entry/", { after: ordered(from - 1), limit })),
    async ocids(after, limit) {
      const found: string[] = [];
      for await (const { key } of projection.range("process/", { ...(after === undefined ? {} : { after }), limit }))
        found.push(key.slice("process/".length));
      return found;
    },
    checkpoints: (after, limit) => collect(projection.range("checkpoint/", { after: ordered(after - 1), limit })),
    agencies: () => collect(projection.range<AgencyView>("agency/")),
    async holder(id) {
      const holder = await projection.get<HolderView>(`holder/${id}`);
      if (holder === undefined) return undefined;
      return { holder, offices: await collect(projection.range<OfficeView>(`office/${id}/`)) };
    },
    lastAct: async (subject) => (await projection.get<Hex>(`last/${subject}`)) ?? NO_ID,
    async releases(after, limit) {
      const releases: Record<string, unknown>[] = [];
      let last = 0;
      for await (const { value } of projection.range<EntryRow>("entry/", { after: ordered(after), limit })) {
        last = value.assigned.registerSequence;
        const key = `release/${value.ocid}/${ordered(value.assigned.processSequence)}`;
        const published = await projection.get<PublishedRelease>(key);
        if (published !== undefined) releases.push(published.release);
      }
      return { releases, ...(releases.length === limit ? { next: last } : {}) };
    },
    async release(ocid, id) {
      const sequence = id.startsWith(`${ocid}-`) ? Number(id.slice(ocid.length + 1)) : Number.NaN;
      if (!Number.isSafeInteger(sequence) || sequence < 1) return undefined;
      const published = await projection.get<PublishedRelease>(`release/${ocid}/${ordered(sequence)}`);
      return published?.release.id === id ? published : undefined;
    },
    async record(ocid) {
      const releases: Record<string, unknown>[] = [];
      for await (const { value } of projection.range<PublishedRelease>(`release/${ocid}/`))
        releases.push(value.release);
      if (releases.length === 0) return undefined;
      return { ocid, releases, ...merge(releases, { extensions: [] }) };
    },
    async processCount() {
      let count = 0;
      for await (const _ of projection.range("process/")) count++;
      return count;
    },
    packageHead(uri) {
      const time = services.register().checkpoint?.time ?? 0;
      return {
        uri,
        version: "1.1",
        publishedDate: fromUnixSeconds(time),
        publisher: { name: options.mode === "sandbox" ? "Prasasti sandbox: nothing here is real" : "Prasasti" },
      };
    },
    home: (language) =>
      homePage({ language, mode: options.mode, register: services.register(), operator: services.operator }),
  };
}

/** The name and values of the error with which Authority refuses, asked of the chain once more. */
async function whyRefused(services: Services, data: Hex): Promise<string> {
  try {
    await services.chain.call(services.deployment.addresses.Authority, fromHex(data));
    return "";
  } catch (error) {
    const { data: revert } = error as { data?: unknown };
    if (typeof revert !== "string") return "";
    const parsed = interfaceOf("Authority").parseError(revert);
    return parsed === null ? "" : `${parsed.name}(${parsed.args.map(String).join(", ")})`;
  }
}
