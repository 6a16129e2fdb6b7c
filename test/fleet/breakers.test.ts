import { findScenario, simulate } from '@breakwater/simulator'
import { describe, expect, it } from 'vitest'
import { breakers } from './breakers.ts'

const outage = findScenario('outage')

describe('the breakers of the comparison', () => {
  it.each([['breakwater', undefined], ...breakers.map(breaker => [breaker.name, breaker] as const)] as const)(
    '%s opens in an outage and lets calls through again after it',
    async (_name, breaker) => {
      const { measures } = await simulate(outage, { seed: 1, size: 10, breaker })
      expect(measures.shed).toBeGreaterThan(0)
      expect(measures.succeeded).toBeGreaterThan(250)
    },
  )

  it('leave real time in place after a run under the virtual date', async () => {
    const [cockatiel] = breakers
    await simulate(outage, { seed: 1, size: 1, breaker: cockatiel })
    expect(Math.abs(Date.now() - performance.timeOrigin - performance.now())).toBeLessThan(60_000)
  })
})
