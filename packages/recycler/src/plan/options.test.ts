import { describe, expect, it } from 'vitest'
import { checkPlanOptions } from './options.ts'

const defaults = {
  optIn: true,
  quietPeriodMs: 60_000,
  maximumWaitMs: 900_000,
  canaries: 1,
  waveSize: 10,
  deploymentTimeoutMs: 1_800_000,
}

describe('the options of a plan', () => {
  it('have defaults', () => {
    expect(checkPlanOptions()).toEqual(defaults)
    expect(checkPlanOptions({ waveSize: 3, canaries: 0, quietPeriodMs: 0 })).toEqual({
      ...defaults,
      waveSize: 3,
      canaries: 0,
      quietPeriodMs: 0,
    })
  })

  it('wait no shorter than the quiet period', () => {
    expect(checkPlanOptions({ quietPeriodMs: 3_600_000 }).maximumWaitMs).toBe(3_600_000)
  })

  it.each([
    [null, 'options: got null; allowed is an object'],
    [
      { quietMs: 1 },
      'option: got "quietMs"; allowed is optIn, quietPeriodMs, maximumWaitMs, canaries, waveSize, deploymentTimeoutMs',
    ],
    [{ optIn: 'yes' }, 'optIn: got "yes"; allowed is true or false'],
    [{ quietPeriodMs: -1 }, 'quietPeriodMs: got -1; allowed is a number from 0 to 86400000'],
    [{ quietPeriodMs: '60' }, 'quietPeriodMs: got "60"; allowed is a number from 0 to 86400000'],
    [{ quietPeriodMs: Number.NaN }, 'quietPeriodMs: got NaN; allowed is a number from 0 to 86400000'],
    [
      { maximumWaitMs: 1_000 },
      'maximumWaitMs: got 1000; allowed is a number from 60000 (quietPeriodMs) to 86400000',
    ],
    [{ canaries: 1.5 }, 'canaries: got 1.5; allowed is a whole number from 0 to 1000'],
    [{ waveSize: 0 }, 'waveSize: got 0; allowed is a whole number from 1 to 1000'],
  ])('refuse %j', (options, message) => {
    expect(() => checkPlanOptions(options as never)).toThrow(new TypeError(`plan: ${message}`))
  })
})
