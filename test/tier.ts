const asked = process.env.TEST_TIER ?? 'short'
if (asked !== 'short' && asked !== 'long')
  throw new TypeError(`TEST_TIER: got "${asked}"; allowed is short, long`)

/** Which of the two tiers of tests runs: `npm test` is the short one, `npm run test:long` sets TEST_TIER=long. */
export const tier: 'short' | 'long' = asked

/**
 * How many runs of a property, seeds or calls a test takes: a sample in `npm test`, many in `npm run test:long`. What is
 * asserted of each is the same in both.
 *
 * @example
 * fc.assert(property, { numRuns: runs(200, 2_000) })
 */
export function runs(short: number, long: number): number {
  return tier === 'long' ? long : short
}
