import { expect } from "chai";
import { sha256 } from "#hash";
import {
  type Approval,
  approvalHash,
  type Domain,
  domainSeparator,
  type Entry,
  entryHash,
  idOf,
  signedDigest,
  signInHash,
  termsToText,
} from "../../server/domain/entries/entry.ts";
import { Kind, Role } from "../../server/domain/entries/kinds.ts";
import { type Hex, NO_ID, toHex, utf8 } from "../../server/domain/entries/words.ts";
import { sign } from "../../server/ledger/signatures.ts";
import { POST_PU_1, secretOf } from "../../server/sandbox/people.ts";
import { Gateway, type Temporary, temporaryFolder } from "../operations/prasasti.ts";

// kill -9 where drafts and approvals are written: what was answered is kept, what was not is there or not, and nothing
// doubles when it is sent again.

const MAKER = "H-PRS-PPK-PU";
const APPROVER = "H-PRS-PA-PU";
/** of yesterday: what is recorded late needs an approver */
const SIGNED_ON = Math.floor(Date.now() / 1000) - 86_400;
const now = () => Math.floor(Date.now() / 1000);

describe("kill -9 in approval work", function () {
  this.timeout(120_000);
  let folder: Temporary;
  beforeEach(async () => {
    folder = await temporaryFolder();
  });
  afterEach(() => folder[Symbol.asyncDispose]());

  async function ask(gateway: Gateway, path: string, body?: object, token?: string, method = body ? "POST" : "GET") {
    const headers = { "content-type": "application/json", ...(token ? { authorization: `Bearer ${token}` } : {}) };
    const answer = await fetch(`${gateway.url}/api/v1/${path}`, {
      method,
      headers,
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    return (await answer.json()) as Record<string, never> & { id: never; state: string };
  }
  /** A session, and what signers need; `killed`: the answer to a request that a kill cut off. */
  async function signIn(gateway: Gateway, holder: string) {
    const { domain, seen } = (await ask(gateway, "ledger")) as never as { domain: Domain; seen: Hex };
    const separator = domainSeparator(domain);
    const { nonce, origin } = (await ask(gateway, "sessions/challenges", {})) as never as {
      nonce: Hex;
      origin: string;
    };
    const given = { origin, holder: idOf(holder), nonce, issued: now(), expires: now() + 3_600 };
    const signature = toHex(sign(signedDigest(separator, signInHash(given)), secretOf(holder)));
    const { token } = (await ask(gateway, "sessions", { signIn: given, signature })) as never as { token: string };
    return { token, separator, seen };
  }
  const killed = (request: Promise<unknown>) =>
    request.then(
      () => "answered",
      () => "cut off",
    );

  const draftOf = (ocid: string, value: bigint) => ({
    entry: {
      ...{ kind: Kind.contract, ocid, contractId: "K-1", awardId: "", agency: idOf("ID-PRS-DPUPR"), refersTo: NO_ID },
      terms: termsToText({
        ...{
          code: 2,
          currency: "IDR",
          value,
          officer: idOf(POST_PU_1),
          party: idOf("ID-PRS-S-0001"),
          on: SIGNED_ON,
        },
      }),
    },
  });
  const OCID = "ocds-213czf-dpupr-kill";
  function signedEntry(separator: Uint8Array, seen: Hex, value: bigint, commandId: Hex, expires: number) {
    const { entry } = draftOf(OCID, value);
    const { terms: _, ...rest } = entry;
    const terms = {
      code: 2,
      currency: "IDR",
      value,
      officer: idOf(POST_PU_1),
      party: idOf("ID-PRS-S-0001"),
      on: SIGNED_ON,
    };
    const whole: Entry = {
      ...{ ...rest, terms, commandId, maker: idOf(MAKER), capacity: Role.officer, basis: NO_ID, seen, expires },
      digest: toHex(sha256(utf8(""))),
    };
    const hash = entryHash(whole);
    const signature = toHex(sign(signedDigest(separator, hash), secretOf(MAKER)));
    return { hash, id: toHex(hash), payload: { entry: { ...whole, terms: entry.terms }, signature, stemLength: 17 } };
  }
  const entries = async (gateway: Gateway) =>
    ((await ask(gateway, "entries?limit=200")) as never as { total: number }).total;

  it("at draft-stored: the draft is there, as it was sent", async () => {
    await using gateway = await Gateway.start(folder.path, "draft-stored");
    const { token } = await signIn(gateway, MAKER);
    const draft = draftOf(OCID, 100n);
    expect(await killed(ask(gateway, "drafts", draft, token))).to.equal("cut off");
    expect(await gateway.ended).to.equal("SIGKILL");
    await using again = await Gateway.start(folder.path);
    const { token: next } = await signIn(again, MAKER);
    const { drafts } = (await ask(again, "drafts", undefined, next)) as never as {
      drafts: { entry: object; state: string }[];
    };
    expect(drafts.map(({ entry, state }) => ({ entry, state }))).to.deep.equal([{ ...draft, state: "draft" }]);
    await again.stop();
  });

  for (const place of ["draft-signed", "submission-stored"] as const)
    it(`at ${place}: signing the draft once more leads to one record`, async () => {
      await using gateway = await Gateway.start(folder.path, place);
      const { token, separator, seen } = await signIn(gateway, MAKER);
      const { id, commandId } = (await ask(gateway, "drafts", draftOf(OCID, 100n), token)) as never as {
        id: string;
        commandId: Hex;
      };
      const expires = now() + 3_600;
      const { payload, id: hash } = signedEntry(separator, seen, 100n, commandId, expires);
      expect(await killed(ask(gateway, `drafts/${id}/signature?wait=9000`, payload, token))).to.equal("cut off");
      expect(await gateway.ended).to.equal("SIGKILL");
      await using again = await Gateway.start(folder.path);
      const { token: next } = await signIn(again, MAKER);
      for (let repeat = 0; repeat < 2; repeat++)
        expect((await ask(again, `drafts/${id}/signature?wait=9000`, payload, next)).state).to.equal("final");
      expect(await ask(again, `drafts/${id}`, undefined, next)).to.include({ state: "final", submission: hash });
      expect(await entries(again)).to.equal(1);
      await again.stop();
    });

  it("at sent-back: it is sent back, with its reason, and nobody approves it any more", async () => {
    const value = 250_000_000_00n;
    await using gateway = await Gateway.start(folder.path, "sent-back");
    const { token, separator, seen } = await signIn(gateway, APPROVER);
    const { id, hash, payload } = signedEntry(separator, seen, value, idOf("kill"), now() + 3_600);
    expect((await ask(gateway, "submissions?wait=9000", payload)).state).to.equal("awaitingApproval");
    expect(await killed(ask(gateway, `submissions/${id}/refuse`, { reason: "belum lengkap" }, token))).to.equal(
      "cut off",
    );
    expect(await gateway.ended).to.equal("SIGKILL");
    await using again = await Gateway.start(folder.path);
    expect((await ask(again, `submissions/${id}`)).state).to.equal("refused");
    const { token: maker } = await signIn(again, MAKER);
    const { talk } = (await ask(again, `submissions/${id}/review`, undefined, maker)) as never as { talk: object[] };
    expect(talk).to.have.length(1);
    expect(talk[0]).to.include({ act: "sentBack", text: "belum lengkap", by: idOf(APPROVER) });
    const { tasks } = (await ask(again, "tasks", undefined, maker)) as never as { tasks: { task: string }[] };
    expect(tasks.map(({ task }) => task)).to.deep.equal(["signAgain"]);
    const approval: Approval = {
      ...{ holder: idOf(APPROVER), capacity: Role.approver, exceptions: 0, seen, expires: now() + 60 },
    };
    const signature = toHex(sign(signedDigest(separator, approvalHash(hash, approval)), secretOf(APPROVER)));
    const late = await ask(again, `submissions/${id}/approve`, { approval, up: 0, signature });
    expect(late).to.include({ type: "/problems/sent-back" });
    expect(await entries(again)).to.equal(0);
    await again.stop();
  });
});
