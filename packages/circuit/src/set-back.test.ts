import { expect, it } from 'vitest'
import { type ClosedRecord, initialRecord } from './index.ts'
import { moved } from './set-back.ts'

const hour = 3_600_000
const since = 10 * hour
const closed: ClosedRecord = {
  ...(initialRecord as ClosedRecord),
  since,
  suspectSince: since + 1_000,
  suspectUntil: since + 21_000,
  calmUntil: since + 61_000,
}

it('a suspicion and a rest end as soon as before, and keep the name and the circuit the time it closed', () => {
  expect(moved(closed, -hour)).toEqual({
    ...closed,
    suspectUntil: closed.suspectUntil - hour,
    calmUntil: closed.calmUntil - hour,
  })
})

it('no end lies before all time, as the store keeps none that does', () => {
  expect(moved(closed, -20 * hour)).toEqual({ ...closed, suspectUntil: 0, calmUntil: 0 })
})

it('a ramp moves along, and is still one', () => {
  const ramp = { ...closed, recovering: true, suspectSince: since }
  expect(moved(ramp, -hour)).toMatchObject({ since: since - hour, suspectSince: since - hour })
})

it('a suspicion that was raised in a ramp is not taken for the ramp', () => {
  const suspected = { ...closed, recovering: true }
  expect(moved(suspected, -hour)).toMatchObject({ since: since - hour, suspectSince: since + 1_000 })
})
