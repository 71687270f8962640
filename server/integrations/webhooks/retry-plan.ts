/** Seconds to wait before each further attempt; then an hour each time, so that the end of an outage is soon noticed. */
const FIRST = [5, 30, 120, 600, 1_800];
const LATER = 3_600;
/** How long a receiver that is down is tried: three days, in milliseconds. */
const PATIENCE = 3 * 86_400_000;
/** An event that its receiver refuses as such is not tried for days: what follows it waits. */
const REFUSED_ATTEMPTS = 5;
/** No receiver may put us off for longer than this at a time, in milliseconds. */
const LONGEST_WISH = 6 * 3_600_000;

/** What is known of an event that did not arrive. Times in milliseconds UTC. */
export type Trying = { readonly attempts: number; readonly firstAt: number };

/**
 * When to try again, in milliseconds UTC; undefined: enough. Up to a tenth is added by chance, so that receivers that
 * came down together are not asked together.
 * @param wish what the receiver asked for (Retry-After), in milliseconds
 */
export function nextAttempt(
  { attempts, firstAt }: Trying,
  kind: "refused" | "unreachable",
  now: number,
  wish = 0,
  chance: () => number = Math.random,
): number | undefined {
  if (kind === "refused" && attempts >= REFUSED_ATTEMPTS) return undefined;
  const wait = Math.max((FIRST[attempts - 1] ?? LATER) * 1_000, Math.min(wish, LONGEST_WISH));
  const at = now + Math.round(wait * (1 + chance() / 10));
  // the last attempt is made when patience ends, not an hour before
  if (now - firstAt >= PATIENCE) return undefined;
  return Math.min(at, Math.max(firstAt + PATIENCE, now + 1_000));
}
