import { expect } from "chai";
import fc from "fast-check";
import { type ReleaseFilter, readCursor, releasePage } from "../../server/actions/publish.ts";
import { ordered } from "../../server/domain/projection/ordered.ts";
import { Challenges } from "../../server/identity/challenges.ts";

/** A register of releases by their properties, in rows as the projection has them, read in key order. */
function register(releases: { agency: number; supplier: number; tag: number; gap: number }[]) {
  const rows = new Map<string, unknown>();
  const all: { id: string; at: number; agency: string; supplier: string; tag: string }[] = [];
  let time = 1_000_000;
  for (const [index, { gap, ...release }] of releases.entries()) {
    time += gap;
    const [agency, supplier, tag] = [`0xa${release.agency}`, `0xb${release.supplier}`, `t${release.tag}`];
    const sequence = index + 1;
    const at = time * 1000 + (index % 3);
    const key = `release/x/${ordered(sequence)}`;
    rows.set(key, { release: { id: String(sequence), date: new Date(at).toISOString() } });
    for (const list of ["all", `agency/${agency}`, `supplier/${supplier}`, `tag/${tag}`]) {
      rows.set(`by/${list}/${ordered(sequence)}`, { release: key, at });
      rows.set(`count/${list}`, ((rows.get(`count/${list}`) as number) ?? 0) + 1);
    }
    if (!rows.has(`second/${ordered(time)}`)) rows.set(`second/${ordered(time)}`, sequence);
    all.push({ id: String(sequence), at, agency, supplier, tag });
  }
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

describe("a page of releases", () => {
  const some = fc.array(fc.record({ agency: fc.nat(2), supplier: fc.nat(3), tag: fc.nat(1), gap: fc.nat(2) }), {
    maxLength: 120,
  });
  const maybe = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: undefined });

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
        async (releases, asked, limit) => {
          const rows = register(releases);
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
      })),
    );
    let reads = 0;
    const counted: typeof long = {
      ...long,
      async *range<T>(prefix: string, options = {}) {
        for await (const row of long.range<T>(prefix, options)) {
          reads++;
          yield row;
        }
      },
    };
    const page = await releasePage({ agency: "0xa1", tag: "t0", supplier: "0xb0" }, undefined, 100, counted);
    expect(page.items.map(({ id }) => id)).to.deep.equal(["701", "1401", "2101", "2801"]);
    expect(reads).to.be.lessThan(700);
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
