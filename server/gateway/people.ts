import { accessOf } from "../actions/access-log.ts";
import { changeAccountState, giveMandate, giveReading, listAccounts, tellAccount } from "../actions/change-account.ts";
import { who } from "../actions/disclosures.ts";
import { answerInvitation, inviteAccount, requireKeeper } from "../actions/invite-account.ts";
import { addClient, revokeClient, rotateClient } from "../actions/machine-clients.ts";
import {
  addPasskey,
  changePassword,
  confirmOneTimeCodes,
  correctMyData,
  eraseMe,
  linkHolder,
  offerOneTimeCodes,
  offerPasskey,
  ownAccount,
  removePasskey,
  renewRecoveryCodes,
  tellMyData,
} from "../actions/own-account.ts";
import { organisationId } from "../actions/publish.ts";
import {
  endSession,
  endSessions,
  listSessions,
  openMachineSession,
  type SignInNeeds,
  sessionId,
  signIn,
  signOut,
  whoIs,
} from "../actions/sessions.ts";
import { showSecondFactor, signInWithPasskey, signInWithPassword, stepUp } from "../actions/sign-in.ts";
import { idOf } from "../domain/entries/entry.ts";
import type { Hex } from "../domain/entries/words.ts";
import type { AgencyView } from "../domain/projection/project-block.ts";
import type { Person } from "../domain/pseudonym.ts";
import type { AccountsGateway } from "../http/accounts.ts";
import type { SessionsGateway } from "../http/sessions.ts";
import type { SignInGateway } from "../http/sign-in.ts";
import { openIdErrorPage, type PagesGateway } from "../http/sign-in-pages.ts";
import { Accounts } from "../identity/accounts.ts";
import { Challenges, newToken } from "../identity/challenges.ts";
import { Clients, type OidcClient } from "../identity/clients.ts";
import { Credentials } from "../identity/credentials.ts";
import { Passwords } from "../identity/passwords.ts";
import { OpenIdProvider } from "../identity/provider.ts";
import { Slowing } from "../identity/slowing.ts";
import type { Services } from "../services.ts";
import type { Table } from "../store/store.ts";

/** Who signs in, and how: the part of the gateway that knows accounts. `sessions`: what asking who somebody is needs. */
export function identityOf(
  { state, vault, accessLog, names, projection, keptKeys }: Services,
  {
    origin,
    now,
    holder,
    domain,
    operatorToken,
    signer,
  }: Pick<SignInNeeds, "now" | "holder" | "signer"> & {
    origin(): string;
    domain: unknown;
    operatorToken: string | undefined;
  },
): SessionsGateway &
  SignInGateway &
  AccountsGateway &
  Omit<PagesGateway, "issuers"> & {
    sessions: SignInNeeds;
    accounts: Accounts;
    link(account: string, holder: Hex): Promise<void>;
  } {
  const challenges = new Challenges();
  const sealing = vault.sealing("accounts");
  const accounts: Accounts = new Accounts({
    now,
    state,
    sealing,
    async ended(account) {
      await endSessions(account, { state });
      await provider.forget(account);
    },
  });
  const operatorHash = operatorToken && sessionId(operatorToken);
  const sessions: SignInNeeds = {
    now,
    origin,
    state,
    holder,
    account: accounts.get.bind(accounts),
    accountOf: accounts.byHolder.bind(accounts),
    newToken,
    isOperator: (token: string) => sessionId(token) === operatorHash,
    told: (me, act) =>
      accessLog.append({
        ...{ ...who(me, now()), act, outcome: "done", what: me.session.method, subjects: [], places: [], purpose: "" },
      }),
    judgeNonce: challenges.judge.bind(challenges),
    useNonce: challenges.use.bind(challenges),
    signer,
  };
  const passwords = new Passwords();
  const credentials = new Credentials({ state, sealing, accounts, passwords, now, origin });
  const clients = new Clients({ state, sealing, now });
  const provider: OpenIdProvider = new OpenIdProvider({
    ...{ state, sealing, clients, now, origin },
    account: sessions.account,
    personal: accounts.personal.bind(accounts),
    machine: (token, opened) => openMachineSession(token, opened, sessions),
    errorPage: openIdErrorPage,
  });
  const slowing = new Slowing();
  const signingIn = {
    ...sessions,
    byLink: accounts.byLink.bind(accounts),
    localSubject: accounts.localSubject.bind(accounts),
    checkPassword: credentials.checkPassword.bind(credentials),
    knowsBrowser: credentials.knowsBrowser.bind(credentials),
    secondFactors: credentials.secondFactors.bind(credentials),
    ticket: credentials.ticket.bind(credentials),
    accountOfTicket: credentials.accountOf.bind(credentials),
    useTotp: credentials.useTotp.bind(credentials),
    useRecoveryCode: credentials.useRecoveryCode.bind(credentials),
    usePasskey: (response: unknown) => credentials.usePasskey(response as Parameters<typeof credentials.usePasskey>[0]),
    attempt: slowing.attempt.bind(slowing),
    passed: slowing.passed.bind(slowing),
  };
  const keeping = {
    ...{ now, lineage: lineageIn(projection) },
    log: accessLog.append.bind(accessLog),
    get: accounts.get.bind(accounts),
    list: accounts.list.bind(accounts),
    create: accounts.create.bind(accounts),
    personal: accounts.personal.bind(accounts),
    invite: accounts.invite.bind(accounts),
    invited: accounts.invited.bind(accounts),
    redeem: accounts.redeem.bind(accounts),
    localSubject: accounts.localSubject.bind(accounts),
    setState: accounts.setState.bind(accounts),
    addMandate: accounts.addMandate.bind(accounts),
    addReading: accounts.addReading.bind(accounts),
    agency: (id: Hex) => projection.get<AgencyView>(`agency/${id}`),
    withPassword: credentials.withPassword.bind(credentials),
    endSessions: (account: string) => endSessions(account, { state }),
  };
  const machines = {
    ...keeping,
    client: clients.get.bind(clients),
    add: clients.add.bind(clients) as (
      client: Parameters<typeof clients.add>[0],
      jwk: unknown,
    ) => ReturnType<typeof clients.add>,
    rotate: clients.rotate.bind(clients) as (
      id: string,
      jwk: unknown,
      overlap: number,
    ) => ReturnType<typeof clients.rotate>,
    revoke: clients.revoke.bind(clients),
  };
  const toldClient = async ({ client, secret }: { client: OidcClient; secret?: string }) => ({
    client: await clients.tell(client),
    ...(secret === undefined ? {} : { secret }),
  });
  const own = {
    ...sessions,
    ...keeping,
    secondFactors: signingIn.secondFactors,
    offerTotp: credentials.offerTotp.bind(credentials),
    confirmTotp: credentials.confirmTotp.bind(credentials),
    renewRecoveryCodes: credentials.renewRecoveryCodes.bind(credentials),
    passkeyOffer: credentials.passkeyOffer.bind(credentials),
    addPasskey: (id: string, response: unknown, label: string) =>
      credentials.addPasskey(id, response as Parameters<typeof credentials.addPasskey>[1], label),
    removePasskey: credentials.removePasskey.bind(credentials),
    setPassword: credentials.setPassword.bind(credentials),
    setHolder: accounts.setHolder.bind(accounts),
    setPersonal: accounts.setPersonal.bind(accounts),
    describe: credentials.describe.bind(credentials),
    accessRows: (is: (person: Person) => boolean) =>
      accessOf(is, {
        from: accessLog.from.bind(accessLog),
        pseudonyms: names.all.bind(names),
        who: names.who.bind(names),
      }),
    erase: accounts.erase.bind(accounts),
    credentialRows: credentials.rowsOf.bind(credentials),
    keptKeys,
  };

  return {
    sessions,
    link: async (account, of) => void (await accounts.setHolder(account, of)),
    accounts,
    origin,
    challenge: () => ({ ...challenges.issue(now()), origin: origin(), domain }),
    signIn: (signed, signature) => signIn(signed, signature, sessions),
    whoIs: (token, scope) => whoIs(token, sessions, scope),
    async signOut(token) {
      const me = await whoIs(token, sessions, "any").catch(() => undefined);
      if (me !== undefined) await sessions.told(me, "sign-out");
      await signOut(token, sessions);
    },
    signInWithPassword: (asked, from) => signInWithPassword(asked, from, signingIn),
    showSecondFactor: (ticket, shown) => showSecondFactor(ticket, shown, signingIn),
    passkeyChallenge: () => credentials.passkeyChallenge(),
    signInWithPasskey: (response) => signInWithPasskey(response, signingIn),
    stepUp: async (token, shown) => stepUp(await whoIs(token, sessions), token, shown, signingIn),
    async listSessions(token) {
      const listed = await listSessions(ownAccount(await whoIs(token, sessions)), sessions);
      return listed.map((session) => ({ ...session, current: session.id === sessionId(token) }));
    },
    async endSession(token, id) {
      const me = await whoIs(token, sessions);
      await endSession(ownAccount(me), id, sessions);
      await sessions.told(me, "sign-out");
    },
    endAllSessions: async (token) => {
      const me = await whoIs(token, sessions);
      const account = ownAccount(me);
      await sessions.told(me, "sign-out");
      await provider.forget(account);
      return endSessions(account, sessions);
    },
    rememberBrowser: (account) => credentials.rememberBrowser(account),
    invite: (me, asked) => inviteAccount(me, asked, keeping),
    answerInvitation: (asked) => answerInvitation(asked, keeping),
    tellAccount: (me, id) => tellAccount(me, id, keeping),
    listAccounts: (me, after, limit) => listAccounts(me, after, limit, keeping),
    changeAccountState: (me, id, asked) => changeAccountState(me, id, asked, keeping),
    giveMandate: (me, id, { entity, ...asked }) =>
      giveMandate(me, id, { ...asked, entity: organisationId(entity, idOf)! }, keeping),
    giveReading: (me, id, { agency, ...asked }) =>
      giveReading(me, id, { ...asked, agency: organisationId(agency, idOf)! }, keeping),
    addClient: (me, asked) => addClient(me, asked, machines).then(toldClient),
    rotateClient: (me, id, asked) => rotateClient(me, id, asked, machines).then(toldClient),
    revokeClient: async (me, id) => clients.tell(await revokeClient(me, id, machines)),
    listClients: async (me) => {
      requireKeeper(me, now());
      return clients.list();
    },
    rotateKeys: async (me) => {
      requireKeeper(me, now());
      await provider.rotateKeys();
    },
    myData: (me) => tellMyData(me, own),
    correctMyData: (me, change) => correctMyData(me, change, own),
    eraseMe: (me) => eraseMe(me, own),
    changePassword: (me, token, password) => changePassword(me, token, password, own),
    offerOneTimeCodes: (me) => offerOneTimeCodes(me, own),
    confirmOneTimeCodes: (me, token, code) => confirmOneTimeCodes(me, token, code, own),
    renewRecoveryCodes: (me) => renewRecoveryCodes(me, own),
    offerPasskey: (me) => offerPasskey(me, own),
    addPasskey: (me, token, given) => addPasskey(me, token, given, own),
    removePasskey: (me, passkey) => removePasskey(me, passkey, own),
    async linkHolder(me, token, signed, signature) {
      await linkHolder(me, token, signed, signature, own);
      return whoIs(token, sessions);
    },
    secondFactorsOf: async (me) => credentials.secondFactors(ownAccount(me)),
    openId: (request, response) => provider.answer(request, response),
    agreement: (request, response) => provider.interaction(request, response),
    agree: (request, response, account) => provider.finish(request, response, account),
  };
}

/** An agency and those above it, as the projection knows them. */
export function lineageIn(projection: Table): (agency: Hex) => Promise<AgencyView[]> {
  return async (agency) => {
    const found: AgencyView[] = [];
    for (let id: Hex | undefined = agency; id !== undefined && found.length <= 8; id = found.at(-1)?.parent) {
      const view: AgencyView | undefined = await projection.get<AgencyView>(`agency/${id}`);
      if (view === undefined) break;
      found.push(view);
    }
    return found;
  };
}
