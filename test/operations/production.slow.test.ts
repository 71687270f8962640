import { cp, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { Contract, FetchRequest, JsonRpcProvider, sha256, toUtf8Bytes, Wallet } from "ethers";
import { openKeyFile, readKeyFile } from "../../server/cli/key-file.ts";
import { idOf } from "../../server/domain/entries/entry.ts";
import { interfaceOf } from "../../server/ledger/deploy.ts";
import { COUNCIL_KEYS, sandboxSecret } from "../../server/sandbox/people.ts";
import { atSecond, until } from "../gateway/world.ts";
import { Gateway, prasasti } from "./prasasti.ts";

const guide = fileURLToPath(new URL("../../docs/how-to/start-production.md", import.meta.url));
const ZERO = `0x${"0".repeat(64)}`;
const members = ["dewan-1", "dewan-2", "dewan-3"];

describe("a production register", function () {
  this.timeout(120_000);
  let home = "";
  let data = "";
  let text = "";
  let settings: Record<string, string>;
  let gateway: Gateway;
  let registrar: Wallet;
  let consent = "";
  const addresses = new Map<string, string>();
  const secrets = { PRASASTI_PASSPHRASE: "sembilan sepuluh sebelas" };

  /** Code blocks of the guide in one language. */
  const blocks = (language: string) =>
    [...text.matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, "gs"))].map(([, block]) => block!);
  /** The guide's commands of one verb, as arguments; what stands for a value of the reader's is filled in. */
  const commands = (verb: string) =>
    blocks("sh")
      .flatMap((block) => block.split("\n"))
      .filter((line) => line.startsWith(`npx prasasti ${verb} `))
      .map((line) =>
        [
          ...line
            .replace("0xREGISTRAR", registrar?.address)
            .replace("0xCONSENT", consent)
            .matchAll(/'([^']*)'|(\S+)/g),
        ]
          .map(([, quoted, plain]) => quoted ?? plain!)
          .slice(2),
      );
  const council = (changes: object = {}) => ({
    members: members.map((name) => addresses.get(name)!),
    threshold: 2,
    councilDelay: 1,
    vetoDelay: 86_400,
    policyDelay: 86_400,
    ...changes,
  });
  const writeCouncil = (value: unknown) => writeFile(join(home, "council.json"), JSON.stringify(value));
  /** Runs a verb of `council` against the gateway that runs. */
  const asMember = () => {
    const rpc = /JSON-RPC: (http:\/\/127\.0\.0\.1:\d+)/.exec(gateway.output())![1]!;
    const common = ["--rpc", rpc, "--token", join(data, "keys", "rpc.token"), "--url", gateway.url];
    return (args: string[]) =>
      prasasti([...args, ...common, ...(args.includes("--as") ? ["--keys", join(home, "keys")] : [])], secrets);
  };
  const serve = (changes: Record<string, string> = {}, folder = data) =>
    prasasti(["serve", "--data", folder, "--port", "0"], { ...settings, ...changes });

  before(async () => {
    home = await mkdtemp(join(tmpdir(), "prasasti-production-"));
    data = join(home, "data");
    text = await readFile(guide, "utf8");
    for (const name of members) {
      const args = commands("key")[0]!.map((word) => word.replace("dewan-1", name).replace("DEWAN-1", name));
      const made = await prasasti([...args, "--keys", join(home, "keys"), "--json"], secrets);
      expect(made.exit, made.err).to.equal(0);
      addresses.set(name, JSON.parse(made.out).address);
    }
    const start = blocks("sh").find((block) => block.includes("PRASASTI_MODE"))!;
    settings = Object.fromEntries(
      [...start.matchAll(/^(PRASASTI_\w+)=(\S+)$/gm)].map(([, name, value]) => [name!, value!]),
    );
    settings.PRASASTI_COUNCIL = join(home, settings.PRASASTI_COUNCIL!);
    settings.PRASASTI_RPC_PORT = "0";
    await writeCouncil(council());
  });
  after(async () => {
    await gateway?.stop();
    await rm(home, { recursive: true, force: true });
  });

  it("names everything unsafe at once, in both languages, and makes nothing", async () => {
    const published = new Wallet(Buffer.from(sandboxSecret(COUNCIL_KEYS[0]!)).toString("hex")).address;
    await writeCouncil(council({ members: [published, published], threshold: 1, councilDelay: 0, vetoDelay: 0 }));
    const { exit, err } = await serve({
      PRASASTI_OCID_PREFIX: "ocds-213czf",
      PRASASTI_CHAIN_ID: "3101945",
      PRASASTI_RPC_PORT: "70000",
      PRASASTI_FAILPOINT: "nowhere",
    });
    expect(exit).to.equal(1);
    for (const word of [
      "published sandbox key",
      "named twice",
      "1 members",
      "threshold 1",
      "councilDelay is zero",
      "vetoDelay is zero",
      "standard's example",
      "3101945 is the sandbox's",
      'PRASASTI_RPC_PORT: "70000" is not a port number',
      "PRASASTI_FAILPOINT",
      "kunci sandbox umum",
      "contoh dari standar",
    ])
      expect(err).to.contain(word);
    expect(await stat(data).catch(() => "absent")).to.equal("absent");
  });

  it("wants prefix, chain id and council to be given at all", async () => {
    const { exit, err } = await prasasti(["serve", "--data", data], { PRASASTI_MODE: "production" });
    expect(exit).to.equal(1);
    for (const name of [
      "PRASASTI_OCID_PREFIX: missing",
      "PRASASTI_CHAIN_ID: missing",
      "PRASASTI_COUNCIL: name the file",
    ])
      expect(err).to.contain(name);
  });

  it("names the place in a council file that cannot be read", async () => {
    const cases: [string, string][] = [
      ["{", "council.json: "],
      ['{"threshold":2,"threshold":3}', "council.json: "],
      [JSON.stringify(council({ members: ["0x12", addresses.get("dewan-1")] })), "/members/0: not an address"],
      [
        JSON.stringify(council({ members: [addresses.get("dewan-1")!.replace(/[a-f]/, (c) => c.toUpperCase())] })),
        "/members/0",
      ],
      [JSON.stringify(council({ councilDelay: -1 })), "/councilDelay"],
      [JSON.stringify({ ...council(), extra: 1 }), "extra"],
    ];
    for (const [file, word] of cases) {
      await writeFile(join(home, "council.json"), file);
      const { exit, err } = await serve();
      expect(exit, file).to.equal(1);
      expect(err, file).to.contain(word);
      expect(err).not.to.match(/\bat .*:\d+:\d+/);
    }
    await writeFile(join(home, "council.json"), blocks("json")[0]!);
    expect((await serve({ PRASASTI_RPC_PORT: "x" }, join(home, "none"))).err, "the guide's own file").not.to.contain(
      "PRASASTI_COUNCIL",
    );
    await writeCouncil(council());
  });

  it("refuses a folder with published, guessable or open keys, or of a sandbox", async () => {
    const sandbox = join(home, "sandbox");
    await (await Gateway.start(sandbox)).stop();
    await writeFile(join(sandbox, "keys", "operator.key"), `0x${Buffer.from(sandboxSecret("bud")).toString("hex")}\n`);
    await writeFile(join(sandbox, "keys", "relay.key"), `${ZERO.slice(0, -1)}1\n`);
    await writeFile(join(sandbox, "keys", "rpc.token"), "secret\n", { mode: 0o644 });
    const { exit, err } = await serve({}, sandbox);
    expect(exit).to.equal(1);
    for (const word of ["sandbox key", "guessable", "holds a sandbox", "a token this short", "other users can read it"])
      expect(err).to.contain(word);
  });

  it("starts empty, with nothing of the sandbox", async () => {
    gateway = await Gateway.start(data, undefined, settings);
    expect(gateway.output()).to.contain("Prasasti production").and.to.contain("(0 entries");
    const get = async (path: string) => (await fetch(`${gateway.url}${path}`)).text();
    expect(JSON.parse(await get("/api/v1/authority/agencies"))).to.deep.equal({ agencies: [] });
    expect(JSON.parse(await get("/api/v1/ledger"))).to.include({ mode: "production", chainId: 620_417 });
    for (const page of [await get("/?lang=en"), await get("/?lang=id")])
      expect(page)
        .to.match(/Prasasti/)
        .and.not.to.match(/sandbox|213czf|dpupr/i);
    expect((await stat(join(data, "keys", "rpc.token"))).mode & 0o777).to.equal(0o600);
    expect(gateway.output()).not.to.contain((await readFile(join(data, "keys", "rpc.token"), "utf8")).trim());
  });

  it("is led by its council over JSON-RPC: a registrar is appointed by two of three, after the delay", async () => {
    const act = asMember();
    const [, make, agree] = commands("key") as [string[], string[], string[]];
    const at = ["--keys", join(home, "keys")];
    expect((await prasasti([...make, ...at], secrets)).exit).to.equal(0);
    const file = await readKeyFile(join(home, "keys"), "pendaftar");
    const { secret } = await openKeyFile(file, async () => secrets.PRASASTI_PASSPHRASE);
    registrar = new Wallet(`0x${Buffer.from(secret).toString("hex")}`);
    const agreed = await prasasti([...agree, ...at, "--url", gateway.url], secrets);
    expect(agreed.exit, agreed.err).to.equal(0);
    consent = agreed.out.trim();
    const [propose, show, confirm, execute] = commands("council") as [string[], string[], string[], string[]];

    const proposed = await act(propose);
    expect(proposed.exit, proposed.err).to.equal(0);
    expect(proposed.out)
      .to.contain("Authority.appoint")
      .and.to.contain(registrar.address)
      .and.to.contain("waits for other");
    expect((await act(execute)).err, "one alone").to.contain("CouncilNotReady");
    expect((await act(show)).exit).to.equal(0);
    expect((await act(confirm)).exit).to.equal(0);
    const [, ready] = /can be executed from (\S+)/.exec((await act(show)).out)!;
    await atSecond(Date.parse(ready!) / 1000);
    const executed = await act(execute);
    expect(executed.exit, executed.err).to.equal(0);
    expect((await act(execute)).err, "twice").to.contain("CouncilDone");
  });

  it("admits the page on which people sign with passkeys, and says so to everybody", async () => {
    const act = asMember();
    const [propose, confirm, execute] = commands("council").slice(4) as [string[], string[], string[]];
    const proposed = await act(propose);
    expect(proposed.exit, proposed.err).to.equal(0);
    expect(proposed.out).to.contain("Authority.setOrigin(origin https://register.example.go.id, rpId example.go.id");
    const confirmed = await act(confirm);
    expect(confirmed.exit, confirmed.err).to.equal(0);
    // a council's delay of one second, counted from the second in which the last one agreed
    await atSecond(Math.floor(Date.now() / 1000) + 2);
    const executed = await act(execute);
    expect(executed.exit, executed.err).to.equal(0);
    const origins = [{ origin: "https://register.example.go.id", rpId: "example.go.id" }];
    await until("the gateway tells it", async () => {
      const told = (await (await fetch(`${gateway.url}/api/v1/ledger`)).json()) as { origins: object[] };
      return JSON.stringify(told.origins) === JSON.stringify(origins);
    });
  });

  it("answers other programs over JSON-RPC: a member proposes with ethers, a stranger is refused", async () => {
    const rpc = /JSON-RPC: (http:\/\/127\.0\.0\.1:\d+)/.exec(gateway.output())![1]!;
    const request = new FetchRequest(rpc);
    request.setHeader("authorization", `Bearer ${(await readFile(join(data, "keys", "rpc.token"), "utf8")).trim()}`);
    const provider = new JsonRpcProvider(request, 620_417, { staticNetwork: true });
    const { addresses: at } = (await (await fetch(`${gateway.url}/api/v1/ledger`)).json()) as {
      addresses: { Council: string; Authority: string };
    };
    const as = (wallet: Wallet) => new Contract(at.Council, interfaceOf("Council"), wallet.connect(provider));
    const data_ = interfaceOf("Authority").encodeFunctionData("dismiss", [ZERO, 9, "0x"]);
    const how = { gasLimit: 10_000_000, gasPrice: 0, type: 0 };
    const { hash } = await as(registrar).getFunction("propose")(at.Authority, data_, how);
    expect((await provider.getTransactionReceipt(hash))?.status, "no member").to.equal(0);
    const count = await as(registrar).getFunction("proposalCount")();
    expect(count).to.equal(2n);
    provider.destroy();
  });

  it("lets the appointed registrar register an agency through the API", async () => {
    const { domain } = (await (await fetch(`${gateway.url}/api/v1/ledger`)).json()) as { domain: object };

    const agency = idOf("ID-CONTOH-DINAS");
    const body = JSON.stringify({ id: "ID-CONTOH-DINAS", name: "Dinas Contoh" });
    const act = {
      code: 5,
      maker: idOf("H-PENDAFTAR"),
      holder: ZERO,
      agency,
      role: 0,
      post: ZERO,
      key: ZERO,
      custody: 0,
      from: 0,
      until: 0,
      digest: sha256(toUtf8Bytes(body)),
      previous: ZERO,
      expires: Math.floor(Date.now() / 1000) + 3600,
    };
    const words = ["holder", "agency"].map((name) => ({ name, type: "bytes32" }));
    const types = {
      Act: [
        { name: "code", type: "uint16" },
        { name: "maker", type: "bytes32" },
        ...words,
        { name: "role", type: "uint8" },
        { name: "post", type: "bytes32" },
        { name: "key", type: "bytes32" },
        { name: "custody", type: "uint8" },
        { name: "from", type: "uint64" },
        { name: "until", type: "uint64" },
        { name: "digest", type: "bytes32" },
        { name: "previous", type: "bytes32" },
        { name: "expires", type: "uint64" },
      ],
    };
    const signature = await registrar.signTypedData(domain, types, act);
    const response = await fetch(`${gateway.url}/api/v1/acts`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ act, signatures: [{ holder: act.maker, role: 9, agency: ZERO, signature }], body }),
    });
    expect(response.status, await response.text()).to.equal(201);
    const { agencies } = (await (await fetch(`${gateway.url}/api/v1/authority/agencies`)).json()) as {
      agencies: { id: string; details: { name: string } }[];
    };
    expect(agencies.map(({ id, details }) => [id, details.name])).to.deep.equal([[agency, "Dinas Contoh"]]);
  });

  it("keeps its founding: the same council goes on, another file is named with each difference", async () => {
    await gateway.stop();
    await writeCouncil(council({ members: [...council().members].reverse() }));
    gateway = await Gateway.start(data, undefined, settings);
    await gateway.stop();
    await writeCouncil(council({ threshold: 3, vetoDelay: 5 }));
    const other = await serve();
    expect(other.exit).to.equal(1);
    expect(other.err)
      .to.contain("threshold: founded with 2, the file says 3")
      .and.to.contain("vetoDelay")
      .and.to.contain("didirikan");
    await writeCouncil(council());
    const chain = await serve({ PRASASTI_CHAIN_ID: "620418" });
    expect(chain.exit).to.equal(1);
    expect(chain.err).to.contain("belongs to chain 620417");
    const sandbox = await prasasti(["serve", "--data", data, "--port", "0"]);
    expect(sandbox.exit, "not as a sandbox either").to.equal(1);
    gateway = await Gateway.start(data, undefined, settings);
    const { agencies } = (await (await fetch(`${gateway.url}/api/v1/authority/agencies`)).json()) as {
      agencies: unknown[];
    };
    expect(agencies).to.have.length(1);
  });

  it("does not found another register where the deployer's key is lost", async () => {
    await gateway.stop();
    const copy = join(home, "copy");
    await cp(data, copy, { recursive: true });
    await rm(join(copy, "keys", "deployer.key"));
    const before = (await prasasti(["rebuild", "--data", data, "--json"])).out;
    gateway = await Gateway.start(copy, undefined, settings);
    const { agencies } = (await (await fetch(`${gateway.url}/api/v1/authority/agencies`)).json()) as {
      agencies: unknown[];
    };
    expect(agencies).to.have.length(1);
    expect(JSON.parse(before)).to.deep.include({ ok: true, acts: 3 });
  });

  it("names a port that is taken, and how to choose another", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => other.once("listening", resolve));
    const port = String((other.address() as AddressInfo).port);
    for (const [name, remedy] of [
      ["PRASASTI_PORT", "--port"],
      ["PRASASTI_RPC_PORT", "PRASASTI_RPC_PORT"],
    ] as const) {
      const args = name === "PRASASTI_PORT" ? ["--port", port] : ["--port", "0"];
      const { exit, err } = await prasasti(["serve", "--data", data, ...args], { ...settings, [name]: port });
      expect(exit, name).to.equal(1);
      expect(err).to.contain(`127.0.0.1:${port} is in use`).and.to.contain(remedy).and.to.contain("sedang dipakai");
    }
    other.close();
  });
});
