import { describe, expect, it } from 'vitest'
import { readSettings } from './tags.ts'

const tagged = (name: string, text: string) => readSettings({ [`breakwater:${name}`]: text })

describe('settings by tag', () => {
  it('are defaults without tags, whatever other tags there are', () => {
    expect(readSettings({ team: 'payments', recycle: 'true' })).toEqual({
      recycle: undefined,
      wave: 0,
      delayMs: 0,
      window: undefined,
      canary: false,
      problems: [],
      unknown: [],
    })
  })

  it('are read', () => {
    expect(
      readSettings({
        'breakwater:recycle': 'true',
        'breakwater:wave': '1000',
        'breakwater:delay': '10m',
        'breakwater:window': '02:00-04:00',
        'breakwater:canary': 'true',
      }),
    ).toEqual({
      recycle: true,
      wave: 1_000,
      delayMs: 600_000,
      window: { days: [0, 1, 2, 3, 4, 5, 6], from: 120, to: 240, zone: 'UTC' },
      canary: true,
      problems: [],
      unknown: [],
    })
    expect(tagged('recycle', 'false').recycle).toBe(false)
  })

  it.each([
    ['90s', 90_000],
    ['2h', 7_200_000],
    ['24h', 86_400_000],
    ['0s', 0],
  ])('wait %s', (text, ms) => {
    expect(tagged('delay', text)).toMatchObject({ delayMs: ms, problems: [] })
  })

  it.each([
    ['recycle', 'True', 'true or false'],
    ['recycle', '', 'true or false'],
    ['canary', 'yes', 'true or false'],
    ['wave', '-1', 'a whole number from 0 to 1000'],
    ['wave', '1001', 'a whole number from 0 to 1000'],
    ['wave', '1.5', 'a whole number from 0 to 1000'],
    ['delay', '25h', 'a time such as 90s, 10m or 2h, at most 24h'],
    ['delay', '10', 'a time such as 90s, 10m or 2h, at most 24h'],
    ['delay', '1d', 'a time such as 90s, 10m or 2h, at most 24h'],
  ])('refuse breakwater:%s=%s, and say what is allowed', (name, text, allowed) => {
    const settings = tagged(name, text)
    expect(settings.problems).toEqual([`breakwater:${name} is "${text}"; allowed is ${allowed}`])
    expect({ ...settings, problems: [] }).toEqual(readSettings({}))
  })

  it('report all that is wrong, and quote no more than 64 characters of it', () => {
    const { problems } = readSettings({ 'breakwater:wave': 'x'.repeat(256), 'breakwater:window': 'sometime' })
    expect(problems).toHaveLength(2)
    expect(problems[0]).toContain(`"${'x'.repeat(64)}"`)
    expect(problems[1]).toMatch(/^breakwater:window is "sometime"; allowed is days .* Sat\+Sun 02:00-04:00/)
  })

  it('name tags that look like settings and are none', () => {
    expect(readSettings({ 'breakwater:windw': '02:00-04:00', 'breakwater:dely': '1s' }).unknown).toEqual([
      'breakwater:dely',
      'breakwater:windw',
    ])
  })
})
