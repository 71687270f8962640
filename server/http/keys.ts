import { z } from "zod";
import type { KeptKeyView, Shown, SignedContent } from "../actions/kept-keys.ts";
import type { Myself } from "../actions/sessions.ts";
import type { Hex } from "../domain/entries/words.ts";
import type { Language } from "../domain/problems.ts";
import { keptKey, shown } from "./answers.ts";
import { type App, languageOf } from "./app.ts";
import { myselfOf } from "./guard.ts";
import { keyParam, keyQuery, postedContent, postedKey } from "./schemas.ts";
import { sessionProblems, tokenOf } from "./sessions.ts";

export type KeysGateway = {
  keptKeys(me: Myself): Promise<KeptKeyView[]>;
  makeKey(me: Myself, holder: Hex | undefined): Promise<KeptKeyView>;
  forgetKey(me: Myself, address: Hex, anyway: boolean): Promise<void>;
  showForKey(me: Myself, address: Hex, content: SignedContent, language: Language): Promise<Shown>;
  signWithKey(
    token: string,
    me: Myself,
    address: Hex,
    content: SignedContent,
    language: Language,
  ): Promise<Shown & { signature: Hex }>;
};

const security = [{ bearer: [] }];
const content = ["kept-key-content", "kept-key-revoked", "not-found", "holder-linked"] as const;

export async function keyRoutes(app: App, gateway: KeysGateway): Promise<void> {
  app.addHook("onSend", async (_request, reply) => {
    reply.header("cache-control", "no-store");
  });
  app.get(
    "/api/v1/keys",
    {
      config: { permission: "keys.keep" },
      schema: {
        tags: ["Work"],
        summary: "Signing keys that the gateway keeps for me, and whether the register takes them",
        security,
        response: { 200: z.object({ keys: z.array(keptKey) }) },
        problems: [...sessionProblems, "holder-linked"],
      },
    },
    async (request) => ({ keys: await gateway.keptKeys(myselfOf(request)) }) as never,
  );
  app.post(
    "/api/v1/keys",
    {
      config: { permission: "keys.keep" },
      schema: {
        tags: ["Work"],
        summary: "Have the gateway make and keep a signing key for me",
        description:
          "For who has no passkey and no wallet. The register marks it as kept by the gateway (custody 5), and where two signatures are needed takes one such key only. It is good for nothing until it is enrolled: by the act `enrol`, or `addKey` for who has a key of his own, which it signs itself through `signatures` below.",
        body: postedKey,
        security,
        response: { 201: keptKey },
        problems: [...sessionProblems, "no-holder", "holder-enrolled", "kept-key-limit"],
      },
    },
    async (request, reply) => {
      const me = myselfOf(request);
      return reply.code(201).send((await gateway.makeKey(me, request.body.holder as Hex | undefined)) as never);
    },
  );
  app.delete(
    "/api/v1/keys/:address",
    {
      config: { permission: "keys.keep" },
      schema: {
        tags: ["Work"],
        summary: "Forget a kept key for good, once it is revoked in the register",
        description: "One that the register still takes only with `anyway=true`; it must still be revoked then.",
        params: keyParam,
        querystring: keyQuery,
        security,
        response: { 204: z.undefined().describe("forgotten") },
        problems: [...sessionProblems, "not-found", "kept-key-in-force", "holder-linked"],
      },
    },
    async (request, reply) => {
      const me = myselfOf(request);
      await gateway.forgetKey(me, request.params.address as Hex, request.query.anyway === "true");
      return reply.code(204).send();
    },
  );
  app.post(
    "/api/v1/keys/:address/signatures/preview",
    {
      config: { permission: "keys.keep" },
      schema: {
        tags: ["Work"],
        summary: "What a kept key would sign, in words, and what to know first",
        description:
          "The digest is worked out here from the whole content, as it will be for the signature. `notes` say what the register would refuse, and whose signature with what key is needed beside it.",
        params: keyParam,
        body: postedContent,
        security,
        response: { 200: shown },
        problems: [...sessionProblems, ...content],
      },
    },
    async (request) => {
      const me = myselfOf(request);
      const { address } = request.params;
      return gateway.showForKey(me, address as Hex, request.body as SignedContent, languageOf(request)) as never;
    },
  );
  app.post(
    "/api/v1/keys/:address/signatures",
    {
      config: { permission: "keys.keep" },
      schema: {
        tags: ["Work"],
        summary: "Sign one thing with a kept key",
        description:
          "An entry, an approval, a cancel, a bundle or an act, sent whole: never a digest. It takes a second factor that was shown in the last five minutes and uses it up; who signs with a key of his own to sign in has shown one. The access log has it before the signature leaves.",
        params: keyParam,
        body: postedContent,
        security,
        response: { 201: shown.extend({ signature: z.string() }) },
        problems: [...sessionProblems, ...content, "step-up-needed", "kept-key-broken"],
      },
    },
    async (request, reply) => {
      const token = tokenOf(request);
      const me = myselfOf(request);
      const { address } = request.params;
      const signed = await gateway.signWithKey(
        token!,
        me,
        address as Hex,
        request.body as SignedContent,
        languageOf(request),
      );
      return reply.code(201).send(signed as never);
    },
  );
}
