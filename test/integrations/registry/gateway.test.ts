import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect } from "chai";
import { idOf } from "../../../server/domain/entries/entry.ts";
import { Kind } from "../../../server/domain/entries/kinds.ts";
import type { Integrations } from "../../../server/integrations/integrations.ts";
import { emptyConnectors } from "../../../server/integrations/settings.ts";
import { openIntegrations } from "../../../server/open-integrations.ts";
import { contractTerms, OPERATOR, posted, type Running, signedIn, startGateway } from "../../gateway/world.ts";
import { ossAnswer, PERSONS } from "./world.ts";

const MAIN = fileURLToPath(new URL("../../../server/main.ts", import.meta.url));
const NIB = "9120001234567";
const NIK = "3204051203800001";

describe("the registry of a gateway", function () {
  this.timeout(120_000);
  let running: Running;
  let integrations: Integrations | undefined;
  before(async () => {
    running = await startGateway(undefined, { integrations: () => integrations });
    integrations = await openIntegrations(running.services, emptyConnectors(running.folder));
  });
  after(async () => {
    await integrations?.close();
    await running.remove();
  });
  const ask = async (method: "GET" | "POST", url: string, token: string | undefined, payload?: object | Buffer) => {
    const headers = {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(Buffer.isBuffer(payload) ? { "content-type": "application/octet-stream" } : {}),
    };
    const response = await running.app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) });
    return { status: response.statusCode, text: response.body, body: response.json() };
  };
  const file = (token: string, query: string, text: string) =>
    ask("POST", `/api/v1/registry/files?${query}`, token, Buffer.from(text));

  it("takes a file in, and tells officers what to know of a supplier before they sign", async () => {
    const officer = await signedIn(running);
    const loaded = await file(OPERATOR, "kind=oss&name=nib.json", JSON.stringify(ossAnswer(NIB)));
    expect(loaded.body, loaded.text).to.include({ read: 1, taken: 1 });
    const list = `penyedia,nib,nomor_sk,tanggal_mulai,tanggal_selesai,status\nCV Contoh,${NIB},SK-1,2025-01-01,2099-01-01,Aktif\n`;
    expect((await file(OPERATOR, "kind=blacklist&name=LKPP&asOf=2026-01-31", list)).status).to.equal(200);
    const work = { title: "Pengadaan Obat", category: "goods" };
    const { body } = await ask("POST", "/api/v1/registry/checks", officer, { nib: NIB, on: "2026-02-01", work });
    expect(body.findings.map(({ rule }: { rule: string }) => rule)).to.deep.equal(["blacklisted", "kbli-differs"]);
    expect(body.nib.record.name).to.equal("MAJU JAYA");
    for (const person of PERSONS) expect(JSON.stringify(body)).not.to.include(person);
  });

  it("answers nobody without an office, no supplier, and decides links by a registrar alone", async () => {
    const supplier = await signedIn(running, "direktur-2", "H-PRS-DIR-2");
    const [officer, registrar] = [await signedIn(running), await signedIn(running, "pendaftar", "H-PRS-PENDAFTAR")];
    expect((await ask("POST", "/api/v1/registry/checks", undefined, { nib: NIB })).status).to.equal(401);
    expect((await ask("POST", "/api/v1/registry/checks", supplier, { nib: NIB })).status).to.equal(403);
    expect((await file(officer, "kind=oss&name=x", "[]")).status).to.equal(403);
    const asked = { kind: "nib", supplier: "ID-PRS-S-0001", with: NIB, reason: "akta dibandingkan" };
    expect((await ask("POST", "/api/v1/registry/links", OPERATOR, asked)).status).to.be.oneOf([401, 403]);
    const { body: link } = await ask("POST", "/api/v1/registry/links", officer, asked);
    const decision = { verdict: "accept", reason: "akta dibandingkan", from: "2019-03-04" };
    for (const token of [officer, OPERATOR])
      expect((await ask("POST", `/api/v1/registry/links/${link.id}`, token, decision)).status).to.equal(403);
    expect((await ask("POST", `/api/v1/registry/links/${link.id}`, registrar, decision)).body.state).to.equal(
      "accepted",
    );
    const { body } = await ask("POST", "/api/v1/registry/checks", officer, {
      supplier: "ID-PRS-S-0001",
      on: "2026-02-01",
    });
    expect(body.supplier).to.deep.include({ id: "ID-PRS-S-0001", accepted: [{ nib: NIB, from: "2019-03-04" }] });
    expect(body.findings.map(({ rule }: { rule: string }) => rule)).to.include("blacklisted");
    const personal = { ...decision, verdict: "undo", reason: "rekening BRI 0012345678" };
    expect((await ask("POST", `/api/v1/registry/links/${link.id}`, registrar, personal)).body.type).to.equal(
      "/problems/personal-data",
    );
  });

  it("warns of a sanction before an award or contract is signed, and on the control card of one that was", async () => {
    const { services, app } = running;
    const of = (party: string) => {
      const terms = { ...contractTerms(), party: idOf(party) };
      return posted(services.separator, services.register().seen, {
        terms,
        body: { contracts: [{ id: "K-1", title: "Pengadaan Obat" }] },
      });
    };
    const before = async (kind: number, party: string) => {
      const {
        kind: _,
        digest: __,
        seen,
        expires,
        ...entry
      } = of(party).payload.entry as unknown as Record<string, unknown>;
      const { body } = await ask("POST", "/api/v1/checks", undefined, {
        entry: { ...entry, kind, awardId: kind === Kind.award ? "A-1" : "" },
      });
      return body.findings as { rule: string; words: { id: string }; values: Record<string, string> }[];
    };
    for (const kind of [Kind.award, Kind.contract]) {
      const [found, ...others] = await before(kind, "ID-PRS-S-0001");
      expect(found, String(kind)).to.include({ rule: "blacklisted" });
      expect(found!.values).to.include({ decree: "SK-1", source: "LKPP", asOf: "2026-01-31" });
      for (const { rule } of others) expect(rule).not.to.match(/^(npwp|nib-other|nib-unknown|kbli-unknown)/);
      expect((await before(kind, "ID-PRS-S-0002")).filter(({ rule }) => rule.startsWith("blacklist"))).to.deep.equal(
        [],
      );
    }
    const { payload } = of("ID-PRS-S-0001");
    const { statusCode, body } = await app.inject({ method: "POST", url: "/api/v1/submissions?wait=9000", payload });
    expect(statusCode, body).to.be.lessThan(300);
    const card = await ask("GET", `/api/v1/processes/${payload.entry.ocid}/contracts/K-1/card`, undefined);
    expect(
      card.body.findings.map(({ rule }: { rule: string }) => rule),
      card.text,
    ).to.include.members(["blacklisted", "kbli-differs"]);
    for (const person of PERSONS) expect(card.text).not.to.include(person);
  });

  it("is asked with a number of a person and tells it to nobody, nor to its own log", async () => {
    const officer = await signedIn(running);
    const { text, body } = await ask("POST", "/api/v1/registry/checks", officer, { npwp: NIK, refresh: true });
    expect(body.numbers).to.deep.equal([
      { given: "npwp", kind: "nik", valid: true, person: true, words: body.numbers[0].words },
    ]);
    expect(text).not.to.include(NIK);
    const rows = JSON.stringify(await Array.fromAsync(running.services.state.range("")));
    expect(rows).not.to.include(NIK);
  });

  it("refuses what is too large or no file of its kind", async () => {
    const large = await ask(
      "POST",
      "/api/v1/registry/files?kind=oss&name=x",
      OPERATOR,
      Buffer.alloc(64 * 1024 * 1024 + 1),
    );
    expect(large.status).to.equal(413);
    for (const text of ["", "<html>", "{"])
      expect((await file(OPERATOR, "kind=oss&name=x", text)).status, text).to.equal(400);
    expect((await file(OPERATOR, "kind=persons&name=x", "[]")).status).to.equal(400);
  });

  it("is used from the command line", async () => {
    const url = await running.app.listen({ host: "127.0.0.1", port: 0 });
    const folder = await mkdtemp(path.join(tmpdir(), "prasasti-registry-cli-"));
    const prasasti = async (...args: string[]) => {
      const run = promisify(execFile)(process.execPath, [MAIN, "registry", ...args, "--url", url, "--lang", "en"]);
      const { stdout, code } = await run.then(
        ({ stdout }) => ({ stdout, code: 0 }),
        (error: { stdout: string; stderr: string; code: number }) => ({
          stdout: error.stdout + error.stderr,
          code: error.code,
        }),
      );
      return { stdout, code };
    };
    const [officer, registrar] = ["sandbox:ppk-pu", "sandbox:pendaftar"];
    try {
      const sanctions = path.join(folder, "list.csv");
      await writeFile(sanctions, "penyedia,nomor_sk,status\nPT Dua,SK-2,Aktif\n,SK-3,Aktif\n");
      const loaded = await prasasti("load", sanctions, "--kind", "blacklist", "--as", registrar);
      expect(loaded.code, loaded.stdout).to.equal(4);
      expect(loaded.stdout).to.include("2 read = 1 taken + 0 unchanged + 1 set aside");
      const checked = await prasasti(
        "check",
        "--nib",
        NIB,
        "--on",
        "2026-02-01",
        "--title",
        "Rekonstruksi Jalan",
        "--as",
        officer,
      );
      expect(checked.code, checked.stdout).to.equal(4);
      expect(checked.stdout).to.include("MAJU JAYA").and.to.include("SK-1");
      const clean = await prasasti("check", "--name", "PT Tidak Dikenal", "--on", "2015-01-01", "--as", officer);
      expect(clean.code, clean.stdout).to.equal(0);
      expect((await prasasti("check")).code).to.equal(2);
      const proposed = await prasasti(
        "link",
        "propose",
        "ID-PRS-S-0002",
        "--same",
        "ID-PRS-S-0003",
        "--reason",
        "akta",
        "--as",
        officer,
      );
      const [id] = proposed.stdout.split(" ");
      expect((await prasasti("link", "--as", officer)).stdout).to.include(id);
      expect((await prasasti("link", "accept", id!, "--reason", "akta", "--as", officer)).code).to.equal(1);
      const accepted = await prasasti("link", "accept", id!, "--reason", "akta", "--as", registrar);
      expect(accepted.stdout).to.include("accepted");
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
