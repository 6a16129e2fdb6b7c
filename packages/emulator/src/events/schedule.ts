import { invalid } from '@breakwater/circuit/shared'

const minuteMs = 60_000
const units: Record<string, number> = { minute: minuteMs, hour: 60 * minuteMs, day: 24 * 60 * minuteMs }
const allowed =
  'rate(n minutes | hours | days), or cron(minutes hours * * ? *) with numbers, lists, steps or *, in UTC; days, months and years are not supported'

/** When a schedule comes next, epoch ms, after a time, epoch ms. */
export type Schedule = (after: number) => number

/**
 * Reads a ScheduleExpression: every `rate(…)`, and a `cron(…)` that is the same every day.
 *
 * @throws TypeError for any other.
 * @example
 * scheduleOf('ScheduleExpression', 'rate(5 minutes)')(Date.now())
 */
export function scheduleOf(name: string, expression: unknown): Schedule {
  const text = typeof expression === 'string' ? expression : ''
  const [, count, unit, plural] = /^rate\(([1-9]\d*) (minute|hour|day)(s?)\)$/.exec(text) ?? []
  if (unit && (plural === '') === (count === '1')) return after => after + Number(count) * units[unit]!

  const [, minuteField = '', hourField = '', rest = ''] = /^cron\((\S+) (\S+) (.+)\)$/.exec(text) ?? []
  const minutes = numbersOf(minuteField, 60)
  const hours = numbersOf(hourField, 24)
  if (!minutes || !hours || !['* * ? *', '? * * *'].includes(rest)) throw invalid(name, expression, allowed)
  return after => {
    let at = (Math.floor(after / minuteMs) + 1) * minuteMs
    while (!minutes.has(new Date(at).getUTCMinutes()) || !hours.has(new Date(at).getUTCHours()))
      at += minuteMs
    return at
  }
}

/** The numbers below `end` that a field of a cron expression names; undefined if it names none, or in another way. */
function numbersOf(field: string, end: number): ReadonlySet<number> | undefined {
  const numbers = new Set<number>()
  for (const part of field.split(',')) {
    const [, from, step] = /^(\*|\d+)(?:\/([1-9]\d*))?$/.exec(part) ?? []
    if (from === undefined || (from !== '*' && Number(from) >= end)) return undefined
    const first = from === '*' ? 0 : Number(from)
    const by = step === undefined ? (from === '*' ? 1 : end) : Number(step)
    for (let number = first; number < end; number += by) numbers.add(number)
  }
  return numbers
}
