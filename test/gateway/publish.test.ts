import { expect } from "chai";
import fc from "fast-check";
import { type ReleaseFilter, readCursor, releasePage } from "../../server/actions/publish.ts";
import { ordered } from "../../server/domain/projection/ordered.ts";
import { countKey, releaseList } from "../../server/domain/projection/project-block.ts";
import { laneOf, waveKey } from "../../server/domain/projection/waves.ts";
import { Challenges } from "../../server/identity/challenges.ts";

type Drawn = { agency: number; supplier: number; tag: number; gap: number; wave: number };

/**
 * A register of releases by their properties, in rows as the projection has them, read in key order. `since`: the place at
 * which each wave came into force, from the first wave on; undefined: it has not. `all` is what counts, as it is listed.
 */
function register(releases: Drawn[], since: readonly (number | undefined)[]) {
  const rows = new Map<string, unknown>();
  const found: { id: string; at: number; agency: string; supplier: string; tag: string; place: number }[] = [];
  for (const [index, sequence] of since.entries()) {
    const acts = sequence === undefined ? [] : [{ act: "activateWave", sequence }];
    const number = index + 1;
    rows.set(waveKey(number), { number, detaches: false, state: sequence === undefined ? "closed" : "active", acts });
  }
  let time = 1_000_000;
  for (const [index, { gap, ...release }] of releases.entries()) {
    time += gap;
    const [agency, supplier, tag] = [`0xa${release.agency}`, `0xb${release.supplier}`, `t${release.tag}`];
    // the odd places are those of acts
    const sequence = 2 * (index + 1);
    const at = time * 1000 + (index % 3);
    const key = `release/x/${ordered(sequence)}`;
    rows.set(key, { release: { id: String(sequence), date: new Date(at).toISOString() } });
    for (const list of ["all", `agency/${agency}`, `supplier/${supplier}`, `tag/${tag}`]) {
      const count = countKey(laneOf(release.wave), list);
      rows.set(`${releaseList(laneOf(release.wave), list)}${ordered(sequence)}`, { release: key, at });
      rows.set(count, ((rows.get(count) as number) ?? 0) + 1);
    }
    if (!rows.has(`second/${ordered(time)}`)) rows.set(`second/${ordered(time)}`, sequence);
    const began = release.wave === 0 ? 0 : since[release.wave - 1];
    const place = Math.max(sequence, began ?? 0);
    if (began !== undefined) found.push({ id: String(sequence), at, agency, supplier, tag, place });
  }
  const all = found.sort((a, b) => a.place - b.place || Number(a.id) - Number(b.id));
  const keys = [...rows.keys()].sort();
  return {
    all,
    entriesOf: async () => [],
    get: async <T>(key: string) => rows.get(key) as T | undefined,
    async *range<T>(
      prefix: string,
      { after, limit = -1, reverse = false }: { after?: string; limit?: number; reverse?: boolean } = {},
    ) {
      const found = keys.filter(
        (key) =>
          key.startsWith(prefix) && (after === undefined || (reverse ? key < prefix + after : key > prefix + after)),
      );
      if (reverse) found.reverse();
      for (const key of limit < 0 ? found : found.slice(0, limit)) yield { key, value: rows.get(key) as T };
    },
  };
}

/** The same rows, and how many of them were read. */
function counting(rows: ReturnType<typeof register>): [typeof rows, () => number] {
  let reads = 0;
  const counted: typeof rows = {
    ...rows,
    async *range<T>(prefix: string, options = {}) {
      for await (const row of rows.range<T>(prefix, options)) {
        reads++;
        yield row;
      }
    },
  };
  return [counted, () => reads];
}

describe("a page of releases", () => {
  const drawn = { agency: fc.nat(2), supplier: fc.nat(3), tag: fc.nat(1), gap: fc.nat(2) };
  // half of them began here
  const some = fc.array(fc.record({ ...drawn, wave: fc.nat(5).map((wave) => (wave > 3 ? 0 : wave)) }), {
    maxLength: 120,
  });
  const beginnings = fc.array(fc.option(fc.nat(120), { nil: undefined, freq: 3 }), { minLength: 3, maxLength: 3 });
  const maybe = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: undefined, freq: 1 });

  it("holds what the filter says, forwards and back, whatever the filter and the size", async () => {
    await fc.assert(
      fc.asyncProperty(
        some,
        fc.record({
          agency: maybe(fc.nat(3)),
          supplier: maybe(fc.nat(4)),
          tag: maybe(fc.nat(2)),
          since: maybe(fc.nat(250_000)),
          until: maybe(fc.nat(250_000)),
        }),
        fc.integer({ min: 1, max: 40 }),
        beginnings,
        async (releases, asked, limit, since) => {
          const rows = register(
            releases,
            since.map((half) => (half === undefined ? undefined : 2 * half + 1)),
          );
          const at = (offset: number | undefined) => (offset === undefined ? undefined : 1_000_000_000 + offset);
          const filter = {
            agency: asked.agency === undefined ? undefined : `0xa${asked.agency}`,
            supplier: asked.supplier === undefined ? undefined : `0xb${asked.supplier}`,
            tag: asked.tag === undefined ? undefined : `t${asked.tag}`,
            since: at(asked.since),
            until: at(asked.until),
          } as ReleaseFilter;
          const wanted = rows.all
            .filter(
              (release) =>
                (["agency", "supplier", "tag"] as const).every(
                  (name) => filter[name] === undefined || filter[name] === release[name],
                ) &&
                release.at >= (filter.since ?? 0) &&
                release.at < (filter.until ?? Infinity),
            )
            .map(({ id }) => id);
          const forward: string[] = [];
          let last: string | undefined;
          for (let cursor: string | undefined; ; ) {
            const page = await releasePage(filter, cursor, limit, rows);
            forward.push(...page.items.map(({ id }) => String(id)));
            if (page.total !== undefined) expect(page.total).to.equal(wanted.length);
            if (page.next === undefined) break;
            expect(page.items).to.have.length(limit);
            // a cursor that leads nowhere new would go on for ever
            expect(forward.length).to.be.at.most(wanted.length);
            last = cursor = page.next;
          }
          expect(forward).to.deep.equal(wanted);
          const back: string[] = [];
          for (let cursor = last; cursor !== undefined; ) {
            const page: Awaited<ReturnType<typeof releasePage>> = await releasePage(filter, cursor, limit, rows);
            back.unshift(...page.items.map(({ id }) => String(id)));
            cursor = page.prev;
          }
          if (last !== undefined) expect(back).to.deep.equal(wanted);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("finds rare meetings of long lists without reading them", async () => {
    const long = register(
      Array.from({ length: 3000 }, (_, i) => ({
        agency: i % 700 === 0 ? 1 : 0,
        supplier: i % 900 === 0 ? 1 : 0,
        tag: 0,
        gap: 1,
        wave: 0,
      })),
      [],
    );
    const [counted, reads] = counting(long);
    const page = await releasePage({ agency: "0xa1", tag: "t0", supplier: "0xb0" }, undefined, 100, counted);
    expect(page.items.map(({ id }) => id)).to.deep.equal(["1402", "2802", "4202", "5602"]);
    expect(reads()).to.be.lessThan(700);
  });

  it("reads nothing of a wave that does not count, however many releases it brought", async () => {
    const of = (wave: number) => ({ agency: 0, supplier: 0, tag: 0, gap: 0, wave });
    const many = Array.from({ length: 5000 }, () => of(1));
    const [counted, reads] = counting(register([of(0), ...many, of(0)], [undefined]));
    const page = await releasePage({}, undefined, 100, counted);
    expect(page.items.map(({ id }) => id)).to.deep.equal(["2", "10004"]);
    expect(page.total).to.equal(2);
    expect(reads()).to.be.lessThan(10);
  });

  it("reads only cursors that it wrote", () => {
    const read = (text: string) => readCursor(text, (key) => /^[0-9]{15}$/.test(key));
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String()), (text) => {
        expect(() => read(text))
          .to.throw()
          .with.property("code", "invalid-cursor");
      }),
    );
    expect(read(Buffer.from(`>${ordered(7)}`).toString("base64url"))).to.deep.equal({ way: "after", key: ordered(7) });
  });
});

describe("challenges", () => {
  it("are good for five minutes, once, and only where they were given", () => {
    const challenges = new Challenges();
    const { nonce, expires } = challenges.issue(1000);
    expect([challenges.judge(nonce, 1000), challenges.judge(nonce, expires - 1)]).to.deep.equal(["fresh", "fresh"]);
    expect(challenges.judge(nonce, expires)).to.equal("expired");
    expect(new Challenges().judge(nonce, 1000)).to.equal("unknown");
    expect([challenges.use(nonce, 1000), challenges.use(nonce, 1000)]).to.deep.equal([true, false]);
    expect(challenges.judge(nonce, 1001)).to.equal("used");
  });
});
