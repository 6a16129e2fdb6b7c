import { expect, test } from 'vitest'
import { scheduleOf } from './schedule.ts'

const at = (time: string) => Date.parse(`2027-01-15T${time}Z`)

test.each([
  ['rate(1 minute)', '08:00:30', '08:01:30'],
  ['rate(5 minutes)', '08:00:30', '08:05:30'],
  ['rate(2 hours)', '08:00:00', '10:00:00'],
  ['cron(0 10 * * ? *)', '08:00:00', '10:00:00'],
  ['cron(15,45 * ? * * *)', '08:15:00', '08:45:00'],
  ['cron(0/10 8,9 * * ? *)', '08:51:00', '09:00:00'],
  ['cron(* * * * ? *)', '08:00:59', '08:01:00'],
])('%s after %s is %s', (expression, after, next) => {
  expect(scheduleOf('S', expression)(at(after))).toBe(at(next))
})

test('a daily time goes on to the next day', () => {
  expect(scheduleOf('S', 'cron(30 7 * * ? *)')(at('08:00:00'))).toBe(at('07:30:00') + 86_400_000)
})

test.each([
  'rate(1 minutes)',
  'rate(5 minute)',
  'rate(0 minutes)',
  'rate(5 seconds)',
  'at(2027-01-15T08:00:00)',
  'cron(0 10 ? * MON-FRI *)',
  'cron(0 10 1 * ? *)',
  'cron(60 10 * * ? *)',
  'cron(0 24 * * ? *)',
  'cron(0 8-9 * * ? *)',
  'cron(0 10 * * * *)',
  5,
])('the schedule %s is refused', expression => {
  expect(() => scheduleOf('Nightly.ScheduleExpression', expression)).toThrow(
    /^Nightly\.ScheduleExpression: got .*; allowed is rate\(/,
  )
})
