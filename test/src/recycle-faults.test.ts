import { expect, it } from 'vitest'
import { broken } from '../recycle/invariants.ts'
import { play } from '../recycle/scenario.ts'
import { runs } from '../tier.ts'

const seeds = Array.from({ length: runs(1, 10) }, (_, tens) =>
  Array.from({ length: 10 }, (_, one) => 10 * tens + one),
)

// The soak (npm run recycle:soak) plays 5,000.
it.each(seeds.map(some => [some[0]!, some.at(-1)!, some]))(
  'leaves no service stale and recycles none twice whatever goes wrong, seeds %d to %d',
  async (_from, _to, some) => {
    let updates = 0
    for (const seed of some) {
      const played = await play(seed)
      expect([seed, broken(played)]).toEqual([seed, []])
      updates += played.world.updates.length
    }
    expect(updates).toBeGreaterThan(10)
  },
)

it('held an old version that came and went unseen, in tasks that were scaled to nothing and back meanwhile', async () => {
  expect(broken(await play(14_484))).toEqual([])
})
