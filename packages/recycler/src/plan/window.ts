/** Hours of some days of the week, by the clock of a place. */
export interface Window {
  /** On which days it opens, Monday is 0; sorted. */
  readonly days: readonly number[]
  /** Minutes since midnight. */
  readonly from: number
  /** Where this is not after `from`, it closes on the next day. */
  readonly to: number
  /** IANA time zone. */
  readonly zone: string
}

const dayNames = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']
const minuteMs = 60_000
const dayMs = 1_440 * minuteMs
const weekMs = 7 * dayMs
/** A Monday, 00:00 UTC. */
const monday = Date.UTC(1970, 0, 5)

/** How a window is written, for people. ECS takes no comma in a tag, so the example has none. */
export const windowForm =
  'days (optional, Mon to Sun, such as Sat+Sun or Mon-Fri), hours and a time zone (optional, default UTC), ' +
  'such as Sat+Sun 02:00-04:00 Europe/Lisbon; it may cross midnight'

/**
 * Reads a window: `02:00-04:00`, `Sat+Sun 22:00-01:30 Europe/Lisbon`, `Mon-Fri 00:00-24:00 America/New_York`. Between
 * days stands `+`, `/` or a comma; tags of ECS take no comma.
 *
 * @returns undefined where it cannot be read.
 * @example
 * const window = readWindow('Sat+Sun 02:00-04:00 Europe/Lisbon')
 */
export function readWindow(text: string): Window | undefined {
  const words = text.trim().split(/\s+/)
  const days = /^[A-Za-z]/.test(words[0]!) ? readDays(words.shift()!) : dayNames.map((_, day) => day)
  const [hours = '', zone = 'UTC', ...more] = words
  const [, from, to] = /^(\d\d:\d\d)-(\d\d:\d\d)$/.exec(hours)?.map(readTime) ?? []
  if (!days || from === undefined || to === undefined || from === 1_440 || from === to) return undefined
  return more.length === 0 && isZone(zone) ? { days, from, to, zone } : undefined
}

/**
 * Whether a window is open.
 *
 * @param now epoch ms.
 * @example
 * isOpen(readWindow('02:00-04:00')!, Date.UTC(2026, 0, 1, 3)) // true
 */
export function isOpen(window: Window, now: number): boolean {
  return msToOpening(window, localTime(window, now)) === 0
}

/**
 * The earliest time, from `now` on, at which a window is open by the clock of its zone: `now` itself, or a full minute.
 * Hours that are left out when the clocks go forward do not open it, and hours that come twice do so twice.
 *
 * @param now epoch ms.
 * @returns epoch ms.
 * @example
 * const notBefore = nextOpening(window, clock.now())
 */
export function nextOpening(window: Window, now: number): number {
  let at = now
  for (;;) {
    const ms = msToOpening(window, localTime(window, at))
    if (ms === 0) return at
    const change = firstChange(window.zone, at, at + ms)
    if (change === undefined) return at + ms
    at = change
  }
}

/** As if it were UTC. */
const localTime = ({ zone }: Window, at: number) => at + offsetAt(zone, at)

/** By a clock without daylight saving. */
function msToOpening({ days, from, to }: Window, local: number): number {
  const lengthMs = (to > from ? to - from : to - from + 1_440) * minuteMs
  const waits = days.map(day => {
    const since = local - monday - day * dayMs - from * minuteMs
    const intoMs = ((since % weekMs) + weekMs) % weekMs
    return intoMs < lengthMs ? 0 : weekMs - intoMs
  })
  return Math.min(...waits)
}

/** The minute of the first change of the clocks after `from` and up to `to`, of which there is at most one in a week. */
function firstChange(zone: string, from: number, to: number): number | undefined {
  const offset = offsetAt(zone, from)
  if (offsetAt(zone, to) === offset) return undefined
  let before = Math.floor(from / minuteMs)
  let after = Math.ceil(to / minuteMs)
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2)
    if (offsetAt(zone, middle * minuteMs) === offset) before = middle
    else after = middle
  }
  return after * minuteMs
}

/** `Sat+Sun`, `Mon-Fri`, or both mixed; `Fri-Mon` goes over the end of the week. */
function readDays(text: string): number[] | undefined {
  const days = new Set<number>()
  for (const part of text.split(/[+/,]/)) {
    const [first = -1, last = first, ...more] = part.split('-').map(name => dayNames.indexOf(name))
    if (first < 0 || last < 0 || more.length > 0) return undefined
    for (let day = first; day !== last; day = (day + 1) % 7) days.add(day)
    days.add(last)
  }
  return [...days].sort()
}

/** Minutes since midnight, up to 24:00. */
function readTime(text: string): number | undefined {
  const [hours = 0, minutes = 0] = text.split(':').map(Number)
  const time = hours * 60 + minutes
  return minutes < 60 && time <= 1_440 ? time : undefined
}

/** Making one takes a thousand times as long as using it. */
const formats = new Map<string, Intl.DateTimeFormat>()
const maxFormats = 100

const secondMs = 1_000

/** Whether it is the name of a time zone, such as `Europe/Lisbon` or `UTC`. */
function isZone(name: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+/-]*$/.test(name)) return false
  try {
    formatOf(name)
    return true
  } catch {
    return false
  }
}

/** By how much the clocks of a zone are ahead of UTC at a time, in ms. */
function offsetAt(zone: string, at: number): number {
  const fields: Record<string, number> = {}
  for (const { type, value } of formatOf(zone).formatToParts(at)) fields[type] = Number(value)
  const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = fields
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(at / secondMs) * secondMs
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone)
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      calendar: 'iso8601',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
    if (formats.size >= maxFormats) formats.clear()
    formats.set(timeZone, format)
  }
  return format
}
