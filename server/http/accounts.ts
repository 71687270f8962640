import { z } from "zod";
import type { addClient, rotateClient } from "../actions/machine-clients.ts";
import type { Myself } from "../actions/sessions.ts";
import { ACCOUNT_ID, type Account, type Personal, SCOPES } from "../domain/accounts.ts";
import type { SignIn } from "../domain/entries/entry.ts";
import type { PostedSignature } from "../domain/entries/signature.ts";
import type { Hex } from "../domain/entries/words.ts";
import { account, client, myself, passkey } from "./answers.ts";
import type { App } from "./app.ts";
import { myselfOf } from "./guard.ts";
import { rule } from "./rule-words.ts";
import { accountQuery, id, organisationText, postedSignIn } from "./schemas.ts";
import { dropCookie, sessionProblems } from "./sessions.ts";
import { nameText, needed, passkeyResponse, passwordText } from "./sign-in.ts";

type Given = { client: { id: string }; secret?: string };
type Jwk = { kty: "EC"; crv: "P-256"; x: string; y: string; kid?: string | undefined };

export type AccountsGateway = {
  invite(
    me: Myself,
    asked: { personal?: Personal | undefined; account?: string | undefined; forget?: "secondFactors"; reason: string },
  ): Promise<{ account: string; secret: string; expires: number }>;
  answerInvitation(asked: { secret: string; name: string; password: string }): Promise<Account>;
  tellAccount(me: Myself, id: string): Promise<object>;
  listAccounts(me: Myself, after: string | undefined, limit: number): Promise<{ accounts: Account[]; next?: string }>;
  changeAccountState(
    me: Myself,
    id: string,
    asked: { state: "active" | "locked" | "left"; reason: string },
  ): Promise<Account>;
  giveMandate(
    me: Myself,
    id: string,
    asked: { entity: string; nib?: string; npwp?: string; from?: number; until: number; letter: Hex },
  ): Promise<Account>;
  giveReading(
    me: Myself,
    id: string,
    asked: { agency: string; from?: number; until: number; letter: Hex },
  ): Promise<Account>;
  addClient(me: Myself, asked: Parameters<typeof addClient<Jwk, never>>[1]): Promise<Given>;
  rotateClient(me: Myself, id: string, asked: Parameters<typeof rotateClient<Jwk, never>>[2]): Promise<Given>;
  revokeClient(me: Myself, id: string): Promise<object>;
  listClients(me: Myself): Promise<object[]>;
  rotateKeys(me: Myself): Promise<void>;
  myData(me: Myself): Promise<object>;
  correctMyData(me: Myself, change: object): Promise<Personal>;
  eraseMe(me: Myself): Promise<object>;
  changePassword(me: Myself, token: string, password: string): Promise<void>;
  offerOneTimeCodes(me: Myself): Promise<{ secret: string; uri: string; expires: number }>;
  confirmOneTimeCodes(me: Myself, token: string, code: string): Promise<string[]>;
  renewRecoveryCodes(me: Myself): Promise<string[]>;
  offerPasskey(me: Myself): Promise<object>;
  addPasskey(me: Myself, token: string, given: { response: unknown; label: string }): Promise<object>;
  removePasskey(me: Myself, passkey: string): Promise<void>;
  linkHolder(me: Myself, token: string, signIn: SignIn, signature: PostedSignature): Promise<Myself>;
};

const time = z.int().min(0).max(253_402_300_799).describe("seconds since 1970, UTC");
const words = z.string().min(3).max(200);
const accountParam = z.object({
  id: z
    .string()
    .regex(ACCOUNT_ID)
    .meta({ examples: ["A-AAAAAAAAAAAAAAAA"] }),
});
const clientParam = z.object({
  id: z
    .string()
    .regex(/^C-[0-9A-F]{20}$/)
    .meta({ examples: [`C-${"0".repeat(20)}`] }),
});
const personal = {
  displayName: z.string().min(1).max(200),
  email: z.email().max(200).optional(),
  nip: z
    .string()
    .regex(/^\d{18}$/)
    .optional()
    .describe("employee number of a civil servant"),
};
const coordinate = z.string().regex(/^[A-Za-z0-9_-]{43}$/);
const jwk = z
  .strictObject({
    kty: z.literal("EC"),
    crv: z.literal("P-256"),
    x: coordinate,
    y: coordinate,
    kid: z.string().min(1).max(100).optional(),
  })
  .describe("public key of the client's signatures (private_key_jwt, ES256)");
/** https, or plain http on the reader's own machine; compared letter by letter. */
const redirectUri = z
  .string()
  .max(500)
  .refine(
    (value) => {
      const url = URL.parse(value);
      const local = url?.hostname === "127.0.0.1" || url?.hostname === "localhost";
      return url !== null && url.hash === "" && (url.protocol === "https:" || (url.protocol === "http:" && local));
    },
    rule("an https address without a fragment", "alamat https tanpa fragmen"),
  );
const codes = z.object({ recoveryCodes: z.array(z.string()).describe("each good once; told this once") });
const keeping = ["not-allowed", "step-up-needed", "csrf"] as const;
const oneself = ["not-allowed", "step-up-needed", "sign-in-again", "csrf"] as const;

/** Who has an account, what was given to it, and what a person does with his own. */
export async function accountRoutes(
  app: App,
  gateway: AccountsGateway,
  absolute: (request: { protocol: string; host: string }, path: string) => string,
): Promise<void> {
  app.addHook("onSend", async (_request, reply) => {
    reply.header("cache-control", "no-store");
  });
  const security = [{ bearer: [] }];

  app.post(
    "/api/v1/accounts/invitations",
    {
      config: { permission: "accounts.manage" },
      schema: {
        tags: ["Accounts"],
        summary: "Invite a person: a link, good once and for seven days",
        description:
          "For registrars, and for the operator with the token in `keys/operator.token` of the data folder. With `account`, a new link for one who lost his password; with `forget` his second factors go too. Give the link to the person himself: whoever has it first answers it. Only its hash is kept.",
        body: z.union([
          z.strictObject({ ...personal, reason: words }),
          z.strictObject({
            account: accountParam.shape.id,
            forget: z.literal("secondFactors").optional(),
            reason: words,
          }),
        ]),
        security,
        response: { 201: z.object({ account: accountParam.shape.id, link: z.url(), expires: time }) },
        problems: [...sessionProblems, ...keeping, "personal-data", "account-unknown", "account-state"],
      },
    },
    async (request, reply) => {
      const asked = request.body;
      const { reason } = asked;
      const { secret, ...invited } = await gateway.invite(
        myselfOf(request),
        "account" in asked
          ? { account: asked.account, reason, ...(asked.forget === undefined ? {} : { forget: asked.forget }) }
          : { personal: only(asked), reason },
      );
      return reply.code(201).send({ ...invited, link: absolute(request, `/invitation?token=${secret}`) });
    },
  );
  app.post(
    "/api/v1/accounts/invitations/answers",
    {
      config: { permission: "sessions.open" },
      schema: {
        tags: ["Accounts"],
        summary: "Answer an invitation with a name and a password",
        description: "A link that is unknown, used, expired or of a closed account is answered alike.",
        body: z.strictObject({ token: z.string().min(1).max(100), name: nameText, password: passwordText }),
        response: { 201: z.object({ account: accountParam.shape.id }) },
        problems: ["invitation-invalid", "password-weak", "sign-in-linked", "too-many-sign-ins"],
      },
    },
    async (request, reply) => {
      const { token: secret, name, password } = request.body;
      const answered = await gateway.answerInvitation({ secret, name, password });
      return reply.code(201).send({ account: answered.id });
    },
  );
  app.get(
    "/api/v1/accounts",
    {
      config: { permission: "accounts.manage" },
      schema: {
        tags: ["Accounts"],
        summary: "Accounts in the order of their ids, without names",
        querystring: accountQuery,
        security,
        response: { 200: z.object({ accounts: z.array(account), next: z.string().optional() }) },
        problems: [...sessionProblems, "not-allowed", "step-up-needed"],
      },
    },
    async (request) =>
      (await gateway.listAccounts(myselfOf(request), request.query.after, request.query.limit)) as never,
  );
  app.get(
    "/api/v1/accounts/:id/person",
    {
      config: { permission: "accounts.manage" },
      schema: {
        tags: ["Accounts"],
        summary: "An account; for registrars with the person's name, and the look is logged",
        params: accountParam,
        security,
        response: { 200: account.extend({ displayName: z.string().optional() }) },
        problems: [...sessionProblems, "not-allowed", "step-up-needed", "account-unknown"],
      },
    },
    async (request) => (await gateway.tellAccount(myselfOf(request), request.params.id)) as never,
  );
  app.post(
    "/api/v1/accounts/:id/state",
    {
      config: { permission: "accounts.manage" },
      schema: {
        tags: ["Accounts"],
        summary: "Lock an account, close that of one who left, or open it again; its sessions end at once",
        params: accountParam,
        body: z.strictObject({ state: z.enum(["active", "locked", "left"]), reason: words }),
        security,
        response: { 200: account },
        problems: [...sessionProblems, ...keeping, "account-unknown", "account-state", "personal-data"],
      },
    },
    async (request) => (await gateway.changeAccountState(myselfOf(request), request.params.id, request.body)) as never,
  );
  app.post(
    "/api/v1/accounts/:id/mandates",
    {
      config: { permission: "accounts.mandate" },
      schema: {
        tags: ["Accounts"],
        summary: "Let a person act for a supplier until a day, by a letter",
        description:
          "By a registrar. NIB or NPWP is needed and must not differ from what the register knows of the supplier. At most five years; the same letter with an earlier `until` ends it.",
        params: accountParam,
        body: z.strictObject({
          entity: organisationText,
          nib: z.string().max(30).optional().describe("13 digits"),
          npwp: z.string().max(30).optional().describe("its core of nine digits, or 15 or 16 digits"),
          from: time.optional(),
          until: time,
          letter: id.describe("SHA-256 of the letter"),
        }),
        security,
        response: { 200: account },
        problems: [
          ...sessionProblems,
          ...keeping,
          "account-unknown",
          "unknown-supplier",
          "business-number",
          "period-wrong",
        ],
      },
    },
    async (request) =>
      (await gateway.giveMandate(myselfOf(request), request.params.id, request.body as never)) as never,
  );
  app.post(
    "/api/v1/accounts/:id/reading",
    {
      config: { permission: "accounts.reading" },
      schema: {
        tags: ["Accounts"],
        summary: "Let an auditor read what is sealed of one agency, for the time of his assignment",
        description:
          "By the agency's head or overseer, to somebody else. At most 366 days; it ends by itself. The same letter with an earlier `until` ends it sooner.",
        params: accountParam,
        body: z.strictObject({
          agency: organisationText,
          from: time.optional(),
          until: time,
          letter: id.describe("SHA-256 of the letter of assignment"),
        }),
        security,
        response: { 200: account },
        problems: [...sessionProblems, ...keeping, "account-unknown", "unknown-agency", "period-wrong"],
      },
    },
    async (request) =>
      (await gateway.giveReading(myselfOf(request), request.params.id, request.body as never)) as never,
  );

  app.get(
    "/api/v1/clients",
    {
      config: { permission: "accounts.manage" },
      schema: {
        tags: ["Accounts"],
        summary: "Machines and sites that may ask for tokens, and when each was last here",
        security,
        response: { 200: z.object({ clients: z.array(client) }) },
        problems: [...sessionProblems, "not-allowed", "step-up-needed"],
      },
    },
    async (request) => ({ clients: await gateway.listClients(myselfOf(request)) }) as never,
  );
  app.post(
    "/api/v1/clients",
    {
      config: { permission: "accounts.manage" },
      schema: {
        tags: ["Accounts"],
        summary: "Add a machine or a site",
        description: `A \`machine\` asks \`POST /oidc/token\` for a token of ten minutes (client credentials) with its key, or with a secret that is told once. Its scopes: ${SCOPES.join(", ")}. A \`site\` sends its people to the built-in OpenID provider (code with PKCE, redirect addresses compared letter by letter) and proves itself by its key.`,
        body: z.strictObject({
          kind: z.enum(["machine", "site"]),
          name: z.string().min(1).max(100),
          scopes: z.array(z.enum(SCOPES)).max(10).default([]),
          redirectUris: z.array(redirectUri).max(10).default([]),
          jwk: jwk.optional(),
        }),
        security,
        response: { 201: z.object({ client, secret: z.string().optional() }) },
        problems: [...sessionProblems, ...keeping, "personal-data", "client-shape"],
      },
    },
    async (request, reply) =>
      reply.code(201).send((await gateway.addClient(myselfOf(request), request.body as never)) as never),
  );
  app.post(
    "/api/v1/clients/:id/proofs",
    {
      config: { permission: "accounts.manage" },
      schema: {
        tags: ["Accounts"],
        summary: "A new secret or key for a client; the one before goes on for a while",
        params: clientParam,
        body: z.strictObject({
          jwk: jwk.optional(),
          overlap: z
            .int()
            .min(0)
            .max(7 * 86_400)
            .default(86_400)
            .describe("seconds that the one before goes on"),
        }),
        security,
        response: { 201: z.object({ client, secret: z.string().optional() }) },
        problems: [...sessionProblems, ...keeping, "client-unknown", "client-shape"],
      },
    },
    async (request, reply) =>
      reply
        .code(201)
        .send((await gateway.rotateClient(myselfOf(request), request.params.id, request.body as never)) as never),
  );
  app.delete(
    "/api/v1/clients/:id",
    {
      config: { permission: "accounts.manage" },
      schema: {
        tags: ["Accounts"],
        summary: "Revoke a client: at once, with every token that it has",
        params: clientParam,
        security,
        response: { 200: client },
        problems: [...sessionProblems, ...keeping, "client-unknown"],
      },
    },
    async (request) => (await gateway.revokeClient(myselfOf(request), request.params.id)) as never,
  );
  app.post(
    "/api/v1/signing-keys",
    {
      config: { permission: "accounts.manage" },
      schema: {
        tags: ["Accounts"],
        summary: "A new signing key of the built-in OpenID provider, before its 90 days are over",
        security,
        response: { 204: z.undefined().describe("the next token is signed with it; the JWKS has the old ones too") },
        problems: [...sessionProblems, ...keeping],
      },
    },
    async (request, reply) => {
      await gateway.rotateKeys(myselfOf(request));
      return reply.code(204).send();
    },
  );

  app.get(
    "/api/v1/me/data",
    {
      config: { permission: "accounts.own" },
      schema: {
        tags: ["Accounts"],
        summary: "Everything that is kept of me here",
        security,
        response: {
          200: z.looseObject({
            account,
            personal: z.looseObject({ displayName: z.string().optional() }),
            signIn: z.looseObject({}),
            sessions: z.array(z.looseObject({})),
            accessLog: z.array(z.looseObject({})).describe("what I did and what was done to my account"),
            requests: z.array(z.looseObject({})),
            stays: z.array(z.looseObject({})).describe("what an erasure leaves, and why"),
          }),
        },
        problems: [...sessionProblems, "not-allowed"],
      },
    },
    async (request) => (await gateway.myData(myselfOf(request))) as never,
  );
  app.patch(
    "/api/v1/me/data",
    {
      config: { permission: "accounts.own" },
      schema: {
        tags: ["Accounts"],
        summary: "Put right what is said of me",
        body: z.strictObject({ ...personal, displayName: personal.displayName.optional() }),
        security,
        response: { 200: z.looseObject({ displayName: z.string() }) },
        problems: [...sessionProblems, "not-allowed", "csrf"],
      },
    },
    async (request) => (await gateway.correctMyData(myselfOf(request), request.body)) as never,
  );
  app.post(
    "/api/v1/me/erasure",
    {
      config: { permission: "accounts.own" },
      schema: {
        tags: ["Accounts"],
        summary: "Erase me: my name, my ways to sign in, my sessions",
        description: "Nothing brings it back. The answer tells what stays, and why.",
        body: z.strictObject({ erase: z.literal("everything that names me") }),
        security,
        response: {
          200: z.object({
            account: accountParam.shape.id,
            erased: time,
            stays: z.array(z.object({ what: z.looseObject({}), why: z.looseObject({}) })),
          }),
        },
        problems: [...sessionProblems, ...oneself],
      },
    },
    async (request, reply) => {
      const told = await gateway.eraseMe(myselfOf(request));
      dropCookie(request, reply);
      return told as never;
    },
  );
  app.post(
    "/api/v1/me/password",
    {
      config: { permission: "accounts.own" },
      schema: {
        tags: ["Accounts"],
        summary: "Change my password; every other session ends",
        body: z.strictObject({ password: passwordText }),
        security,
        response: { 204: z.undefined().describe("changed") },
        problems: [...sessionProblems, ...oneself, "password-weak", "too-many-sign-ins"],
      },
    },
    async (request, reply) => {
      await gateway.changePassword(myselfOf(request), needed(request), request.body.password);
      return reply.code(204).send();
    },
  );
  app.post(
    "/api/v1/me/one-time-codes",
    {
      config: { permission: "accounts.own" },
      schema: {
        tags: ["Accounts"],
        summary: "A secret for one-time codes; it counts once a code of it was shown",
        security,
        response: {
          201: z.object({ secret: z.string(), uri: z.string().describe("otpauth:, for a QR code"), expires: time }),
        },
        problems: [...sessionProblems, ...oneself],
      },
    },
    async (request, reply) => reply.code(201).send(await gateway.offerOneTimeCodes(myselfOf(request))),
  );
  app.post(
    "/api/v1/me/one-time-codes/confirmation",
    {
      config: { permission: "accounts.own" },
      schema: {
        tags: ["Accounts"],
        summary: "Show a first code; from then on codes are asked for",
        body: z.strictObject({ code: z.string().regex(/^\d{6}$/) }),
        security,
        response: { 200: codes },
        problems: [...sessionProblems, ...oneself, "second-factor-wrong"],
      },
    },
    async (request) => ({
      recoveryCodes: await gateway.confirmOneTimeCodes(myselfOf(request), needed(request), request.body.code),
    }),
  );
  app.post(
    "/api/v1/me/recovery-codes",
    {
      config: { permission: "accounts.own" },
      schema: {
        tags: ["Accounts"],
        summary: "New recovery codes in place of those before",
        security,
        response: { 201: codes },
        problems: [...sessionProblems, ...keeping],
      },
    },
    async (request, reply) =>
      reply.code(201).send({ recoveryCodes: await gateway.renewRecoveryCodes(myselfOf(request)) }),
  );
  app.post(
    "/api/v1/me/passkey-challenges",
    {
      config: { permission: "accounts.own" },
      schema: {
        tags: ["Accounts"],
        summary: "What a device needs to make a passkey for me",
        security,
        response: {
          201: z
            .looseObject({ challenge: z.string() })
            .describe("what `navigator.credentials.create` takes as `publicKey`"),
        },
        problems: [...sessionProblems, ...oneself],
      },
    },
    async (request, reply) => reply.code(201).send((await gateway.offerPasskey(myselfOf(request))) as never),
  );
  app.post(
    "/api/v1/me/passkeys",
    {
      config: { permission: "accounts.own" },
      schema: {
        tags: ["Accounts"],
        summary: "Add the passkey that a device made",
        body: z.strictObject({ response: passkeyResponse, label: z.string().min(1).max(60) }),
        security,
        response: { 201: passkey },
        problems: [...sessionProblems, ...oneself, "passkey-refused"],
      },
    },
    async (request, reply) =>
      reply.code(201).send((await gateway.addPasskey(myselfOf(request), needed(request), request.body)) as never),
  );
  app.delete(
    "/api/v1/me/passkeys/:id",
    {
      config: { permission: "accounts.own" },
      schema: {
        tags: ["Accounts"],
        summary: "Take a passkey away",
        params: z.object({
          id: z
            .string()
            .min(1)
            .max(1_500)
            .meta({ examples: ["none"] }),
        }),
        security,
        response: { 204: z.undefined().describe("gone") },
        problems: [...sessionProblems, ...keeping, "not-found"],
      },
    },
    async (request, reply) => {
      await gateway.removePasskey(myselfOf(request), request.params.id);
      return reply.code(204).send();
    },
  );
  app.post(
    "/api/v1/me/holder",
    {
      config: { permission: "accounts.own" },
      schema: {
        tags: ["Accounts"],
        summary: "Show that I have a holder's key, by signing as for a sign-in; my offices count here from then on",
        body: postedSignIn,
        security,
        response: { 200: myself },
        problems: [
          ...sessionProblems,
          ...([
            "not-allowed",
            "csrf",
            "holder-linked",
            "sign-in-other-origin",
            "sign-in-clock",
            "sign-in-expired",
          ] as const),
          ...(["sign-in-too-long", "sign-in-unknown-nonce", "sign-in-nonce-expired", "sign-in-nonce-used"] as const),
          ...([
            "sign-in-bad-signature",
            "sign-in-unknown-holder",
            "sign-in-foreign-key",
            "sign-in-key-revoked",
          ] as const),
        ],
      },
    },
    async (request) => {
      const { signIn, signature } = request.body;
      return (await gateway.linkHolder(
        myselfOf(request),
        needed(request),
        signIn as SignIn,
        signature as Hex,
      )) as never;
    },
  );
}

function only({
  displayName,
  email,
  nip,
}: {
  displayName: string;
  email?: string | undefined;
  nip?: string | undefined;
}): Personal {
  return { displayName, ...(email === undefined ? {} : { email }), ...(nip === undefined ? {} : { nip }) };
}
