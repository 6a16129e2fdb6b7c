import { expect, it } from 'vitest'
import { duration, utc } from './text.ts'

it('utc writes times in UTC and whole seconds', () => {
  expect(utc(Date.UTC(2026, 2, 1, 9, 5, 7, 999))).toBe('2026-03-01 09:05:07 UTC')
})

it.each([
  [0, '0 s'],
  [-5_000, '0 s'],
  [400, '0 s'],
  [59_600, '1 min'],
  [61_000, '1 min 1 s'],
  [3_600_000 * 2, '2 h'],
  [86_400_000 * 2 + 5_000, '2 d'],
  [86_400_000 * 5 + 3_600_000 * 15 + 59_000, '5 d 15 h'],
])('duration writes %i ms in the two units that matter: %s', (ms, text) => {
  expect(duration(ms)).toBe(text)
})
