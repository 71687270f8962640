import { generateKeyPairSync } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { isOperator, type Myself, requireStepUp, type SessionNeeds } from "../actions/sessions.ts";
import { signedOutElsewhere, signInElsewhere, sweepIssuerSessions } from "../actions/sign-in-elsewhere.ts";
import { DirectorySync } from "../actions/sync-directory.ts";
import { Role } from "../domain/entries/kinds.ts";
import { Fault } from "../domain/fault.ts";
import { ProblemError, type Words } from "../domain/problems.ts";
import type { DirectoriesGateway } from "../http/directories.ts";
import type { IssuersGateway } from "../http/issuers.ts";
import type { Accounts } from "../identity/accounts.ts";
import { findEntry, withReading } from "../identity/directory.ts";
import { Issuers } from "../identity/issuers.ts";
import { type DirectorySettings, type IdentitySettings, linkOf } from "../identity/settings.ts";
import type { DataFolder } from "../store/data-folder.ts";

/** The identity systems of others: issuers to sign in through, directories that say who left. */
export type Foreign = { issuers: Issuers; directories: readonly DirectorySettings[] };

/** @param origin the gateway's own, as people reach it; asked when it is needed */
export async function openForeign(
  folder: Pick<DataFolder, "secret">,
  settings: IdentitySettings | undefined,
  origin: () => string,
): Promise<Foreign> {
  const ownKey = () =>
    folder.secret("issuers.pem", () =>
      generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    );
  const issuers = await Issuers.over(settings?.issuers ?? [], origin, ownKey);
  return { issuers, directories: settings?.directories ?? [] };
}

type Needs = { accounts: Accounts; sessions: SessionNeeds; foreign: Foreign };
type Gateway = Omit<IssuersGateway, "signOut" | "origin" | "rememberBrowser"> & DirectoriesGateway;
/** How often issuers are asked whether they are there, in seconds. */
const LOOK_SECONDS = 300;

/** What the routes of issuers and directories ask of the gateway. */
export function foreignGateway({ accounts, sessions, foreign: { issuers, directories } }: Needs): Gateway & {
  /** what needs somebody's eye */
  troubles(): Words[];
  /** Looks after issuers and directories until `signal`. */
  keep(signal: AbortSignal): Promise<void>;
} {
  const { now, state } = sessions;
  const directory = (id: string) => directories.find((each) => each.id === id)!;
  const needs = { accounts, sessions, linkOf: (id: string) => linkOf(directory(id)) };
  const sync = new DirectorySync(
    directories.map((each) => ({ ...each, link: linkOf(each) })),
    {
      now: Date.now,
      state,
      accounts,
      read: (id, use) => withReading(directory(id), now(), use),
    },
  );
  const mayManage = (me: Myself) => {
    if (!isOperator(me) && !me.offices.some(({ role, inForce }) => inForce && role === Role.registrar))
      throw new ProblemError("not-allowed");
  };
  const mayChange = (me: Myself) => {
    mayManage(me);
    requireStepUp(me, now());
  };
  return {
    issuers: () => issuers.list(),
    beginElsewhere: (id, errand) => issuers.begin(id, errand, now()),
    async finishElsewhere(id, query, cookie) {
      const vouched = await issuers.finish(id, query, cookie, now());
      return { signedIn: await signInElsewhere(vouched, needs), returnTo: vouched.errand.returnTo };
    },
    async loggedOutElsewhere(id, token) {
      await signedOutElsewhere(await issuers.loggedOut(id, token, now()), needs);
    },
    endSessionElsewhere: (issuer) => issuers.endSession(issuer, now()),
    jwks: () => issuers.jwks,
    directories(me) {
      mayManage(me);
      return directories.map(({ id, name }) => ({ id, name }));
    },
    async syncDirectory(me, id, asked) {
      if (asked.dryRun) mayManage(me);
      else mayChange(me);
      return sync.run(id, asked);
    },
    async syncs(me, limit) {
      mayManage(me);
      return sync.journal(limit);
    },
    async moves(me) {
      mayManage(me);
      return sync.moves();
    },
    async confirmMove(me, account) {
      mayChange(me);
      await sync.confirmMove(account);
    },
    async linkEntry(me, id, account, login) {
      mayChange(me);
      sync.directory(id);
      const found = await findEntry(directory(id), login, now()).catch((error: unknown) => {
        if (error instanceof Fault) throw new ProblemError("directory-unavailable", error.words, { directory: id });
        throw error;
      });
      if (found === undefined) throw new ProblemError("unknown-entry", "", { directory: id });
      await accounts.link(account, linkOf(directory(id)), found.entry);
    },
    troubles() {
      const down = issuers
        .list()
        .flatMap(({ id, reason }) =>
          reason === undefined ? [] : [{ en: `issuer ${id}: ${reason.en}`, id: `penerbit ${id}: ${reason.id}` }],
        );
      return [...down, ...sync.troubles()];
    },
    async keep(signal) {
      const due = new Map(directories.map((each) => [each.id, 0]));
      for (let looked = 0; !signal.aborted; await pause(1_000, undefined, { signal, ref: false }).catch(() => {})) {
        if (now() >= looked + LOOK_SECONDS) {
          looked = now();
          await issuers.examine(looked);
          await sweepIssuerSessions(sessions);
        }
        for (const { id, everyMinutes } of directories) {
          if (everyMinutes === 0 || now() < due.get(id)!) continue;
          due.set(id, now() + everyMinutes * 60);
          // one that somebody runs by hand at this moment is as good
          await sync.run(id).catch((error: unknown) => {
            if (!(error instanceof ProblemError)) throw error;
          });
        }
      }
    },
  };
}
