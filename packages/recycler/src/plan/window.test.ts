import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runs } from '../../../../test/tier.ts'
import { isOpen, nextOpening, readWindow, type Window } from './window.ts'

const all = [0, 1, 2, 3, 4, 5, 6]
const minuteMs = 60_000
const dayMs = 1_440 * minuteMs

describe('a maintenance window', () => {
  it.each([
    ['02:00-04:00', { days: all, from: 120, to: 240, zone: 'UTC' }],
    ['Sat+Sun 02:00-04:00 Europe/Lisbon', { days: [5, 6], from: 120, to: 240, zone: 'Europe/Lisbon' }],
    ['Sat,Sun 02:00-04:00 Europe/Lisbon', { days: [5, 6], from: 120, to: 240, zone: 'Europe/Lisbon' }],
    ['Sun/Sat 22:30-01:15', { days: [5, 6], from: 1_350, to: 75, zone: 'UTC' }],
    [
      'Mon-Fri 00:00-24:00 America/New_York',
      { days: [0, 1, 2, 3, 4], from: 0, to: 1_440, zone: 'America/New_York' },
    ],
    ['Sat-Mon+Wed 05:00-06:00', { days: [0, 2, 5, 6], from: 300, to: 360, zone: 'UTC' }],
    [' Mon  05:00-06:00  Etc/GMT+1 ', { days: [0], from: 300, to: 360, zone: 'Etc/GMT+1' }],
  ])('is read from %j', (text, window) => {
    expect(readWindow(text)).toEqual(window)
  })

  it.each([
    '',
    'Sat',
    '2:00-4:00',
    '02:00',
    '02:00-02:00',
    '02:60-03:00',
    '02:00-24:01',
    '24:00-02:00',
    'sat 02:00-04:00',
    'Sat+ 02:00-04:00',
    'Sat Sun 02:00-04:00',
    'Mon-Wed-Fri 02:00-04:00',
    'Samstag 02:00-04:00',
    '02:00-04:00 Europe/Atlantis',
    '02:00-04:00 +01:00',
    '02:00-04:00 UTC UTC',
    '02:00-04:00,05:00-06:00',
  ])('is not read from %j', text => {
    expect(readWindow(text)).toBeUndefined()
  })

  it('is written in characters that ECS takes in a tag', () => {
    for (const text of ['Sat+Sun 02:00-04:00 Europe/Lisbon', 'Mon-Fri/Sun 22:00-01:00 Etc/GMT+1']) {
      expect(text).toMatch(/^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u)
      expect(readWindow(text)).toBeDefined()
    }
  })

  it('crosses midnight on the days on which it opens', () => {
    const window = readWindow('Sat 23:00-01:00')!
    const saturday = Date.UTC(2026, 2, 7)
    expect(isOpen(window, saturday + 30 * minuteMs)).toBe(false)
    expect(isOpen(window, saturday + 23 * 60 * minuteMs)).toBe(true)
    expect(isOpen(window, saturday + dayMs + 59 * minuteMs)).toBe(true)
    expect(isOpen(window, saturday + dayMs + 60 * minuteMs)).toBe(false)
    expect(nextOpening(window, saturday + dayMs + 60 * minuteMs)).toBe(
      saturday + 7 * dayMs + 23 * 60 * minuteMs,
    )
  })

  it('opens later, or on the next day, where the clocks leave its hours out', () => {
    // In New York it is 01:59 and then 03:00 on 2026-03-08, a Sunday.
    const midnight = Date.UTC(2026, 2, 8, 5)
    const three = Date.UTC(2026, 2, 8, 7)
    expect(nextOpening(readWindow('02:30-04:00 America/New_York')!, midnight)).toBe(three)
    expect(nextOpening(readWindow('02:00-03:00 America/New_York')!, midnight)).toBe(Date.UTC(2026, 2, 9, 6))
    expect(nextOpening(readWindow('Sun 02:00-03:00 America/New_York')!, midnight)).toBe(
      Date.UTC(2026, 2, 15, 6),
    )
  })

  it('opens twice where its hours come twice', () => {
    // In Lisbon it is 01:59 and then 01:00 on 2026-10-25.
    const window = readWindow('01:15-01:30 Europe/Lisbon')!
    const first = Date.UTC(2026, 9, 25, 0, 15)
    expect(nextOpening(window, first - 1)).toBe(first)
    expect(nextOpening(window, first + 15 * minuteMs)).toBe(first + 60 * minuteMs)
  })
})

const changes = [
  ['Europe/Lisbon', Date.UTC(2026, 2, 29, 1)],
  ['Europe/Lisbon', Date.UTC(2026, 9, 25, 1)],
  ['America/New_York', Date.UTC(2026, 2, 8, 7)],
  ['America/New_York', Date.UTC(2026, 10, 1, 6)],
  // By half an hour.
  ['Australia/Lord_Howe', Date.UTC(2026, 3, 4, 15)],
  ['Australia/Lord_Howe', Date.UTC(2026, 9, 3, 15, 30)],
  ['UTC', Date.UTC(2026, 0, 1)],
] as const

describe.each(changes)('the next opening, around the change of clocks of %s at %i', (zone, change) => {
  const from = change - 4 * dayMs
  /** Day of the week and minute of the day by the clocks there, for each minute of 19 days. */
  const minutes = tableOf(zone, from, 19)
  const openAt = ({ days, from, to }: Window, [day, minute]: readonly [number, number]) =>
    to > from
      ? days.includes(day) && minute >= from && minute < to
      : (days.includes(day) && minute >= from) || (days.includes((day + 6) % 7) && minute < to)

  it('is the earliest minute that is inside of the window', () => {
    const time = fc.oneof(
      fc.integer({ min: 0, max: 1_439 }),
      fc.integer({ min: 0, max: 16 }).map(n => n * 15),
    )
    const windows = fc
      .record({ days: fc.subarray(all, { minLength: 1 }), from: time, to: time, zone: fc.constant(zone) })
      .filter(window => window.from !== window.to)
    const times = fc.integer({ min: 0, max: 5 * 1_440 })
    fc.assert(
      fc.property(windows, times, fc.integer({ min: 0, max: 59_999 }), (window, minute, ms) => {
        const inside = minutes.map(local => openAt(window, local))
        const now = from + minute * minuteMs + ms
        const later = inside.indexOf(true, minute + 1)
        expect(isOpen(window, now)).toBe(inside[minute])
        expect(nextOpening(window, now)).toBe(inside[minute] ? now : from + later * minuteMs)
      }),
      { seed: 6, numRuns: runs(40, 1_000) },
    )
  })
})

function tableOf(timeZone: string, from: number, days: number): [number, number][] {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
  })
  const names = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']
  // Clocks change at half hours; between these they go on by the minute.
  return Array.from({ length: days * 48 }, (_, half) => {
    const [, name, hour, minute] = /^(\w+),? (\d\d):(\d\d)$/.exec(format.format(from + half * 30 * minuteMs))!
    const local = Number(hour) * 60 + Number(minute)
    return Array.from({ length: 30 }, (_, more): [number, number] => [names.indexOf(name!), local + more])
  }).flat()
}
