/**
 * Shares of an amount by weights, in whole minor units, that add up to it exactly: each share is rounded towards zero,
 * and what is left goes, a unit each, to those that lost the largest fraction, the earlier first.
 * @param weights not negative; where all are zero the first takes all
 */
export function apportion(amount: bigint, weights: readonly bigint[]): bigint[] {
  const all = weights.reduce((sum, weight) => sum + weight, 0n);
  if (all === 0n) return weights.map((_, at) => (at === 0 ? amount : 0n));
  const size = amount < 0n ? -amount : amount;
  const shares = weights.map((weight) => (size * weight) / all);
  const lost = weights.map((weight, at) => ({ at, fraction: (size * weight) % all }));
  let left = Number(size - shares.reduce((sum, share) => sum + share, 0n));
  lost.sort((a, b) => (a.fraction > b.fraction ? -1 : a.fraction < b.fraction ? 1 : a.at - b.at));
  for (const { at } of lost) if (left-- > 0) shares[at]! += 1n;
  return amount < 0n ? shares.map((share) => -share) : shares;
}
