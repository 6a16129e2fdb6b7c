import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runs } from '../../../../test/tier.ts'
import type { LabelChange, Source } from '../model.ts'
import { beganBefore } from '../plan/staleness.ts'
import { detectByLookUp, type LabelChangeEvent } from './label-change.ts'

const t = Date.UTC(2026, 2, 1, 10)
const s = 1_000
const minute = 60 * s

const source = (current: string, changedAt: number, previous = 'Z'): Source => ({
  kind: 'secret',
  arn: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-a1b2c3',
  name: 'db',
  labels: { AWSCURRENT: current, AWSPREVIOUS: previous },
  changedAt,
})
const look = (from: Source, at: number, record?: LabelChange, event?: LabelChangeEvent) =>
  detectByLookUp({
    source: from,
    label: 'AWSCURRENT',
    now: at + s,
    lookedUpAt: at,
    ...(record && { record }),
    ...(event && { event }),
  })
const known = look(source('B', t), t + minute).labelChange!

describe('a look at a source that has not changed', () => {
  it('writes nothing so soon after the last one, and later when it was', () => {
    expect(look(source('B', t), t + minute + 29 * s, known)).toEqual({ change: 'same', labelChange: known })
    const later = look(source('B', t), t + 10 * minute, known)
    expect(later).toEqual({ change: 'same', labelChange: { ...known, checkedAt: t + 10 * minute } })
  })

  it('changes nothing but the record where no look is on record, as of an earlier release', () => {
    const { changedAt: _, checkedAt: __, ...before } = known
    const later = look(source('B', t), t + 10 * minute, before)
    expect(later).toEqual({ change: 'same', labelChange: { ...known, checkedAt: t + 10 * minute } })
  })
})

describe('a look at a source that has changed, with the label where it was', () => {
  const changed = look(source('B', t + 20 * minute), t + 30 * minute, known)

  it('is a change of its own, as the label may have gone away and come back', () => {
    expect(changed).toMatchObject({
      change: 'new',
      labelChange: { versionId: 'B', movedAt: t + 20 * minute, bound: 'upper', sequence: 2, earlier: [t] },
    })
  })

  it('concerns those who began between the two looks, and those of before', () => {
    const stale = (at: number) => beganBefore(at, changed.labelChange!)
    expect(stale(t - minute)).toBe(true)
    expect(stale(t + 500)).toBe(true)
    expect(stale(t + 2 * s)).toBe(false)
    expect(stale(t + 50 * s)).toBe(false)
    // Answers may be some seconds old.
    expect(stale(t + 58 * s)).toBe(true)
    expect(stale(t + 10 * minute)).toBe(true)
    expect(stale(t + 20 * minute + 500)).toBe(true)
    expect(stale(t + 22 * minute)).toBe(false)
  })

  it('is reported once', () => {
    expect(look(source('B', t + 20 * minute), t + 30 * minute, changed.labelChange!).change).toBe('same')
  })

  it('is no change where that is the end of the rotation itself', () => {
    expect(look(source('B', t + 4 * s), t + 30 * minute, known)).toMatchObject({
      change: 'same',
      labelChange: { sequence: 1, changedAt: t + 4 * s },
    })
  })

  it('gets its time from an event that comes late', () => {
    const event: LabelChangeEvent = { versionId: 'B', at: t + 20 * minute, origin: 'label-updated' }
    expect(
      look(source('B', t + 20 * minute + 300), t + 40 * minute, changed.labelChange!, event),
    ).toMatchObject({
      change: 'same',
      labelChange: { movedAt: t + 20 * minute, bound: 'exact', sequence: 2 },
    })
  })

  it('forgets what was sure once another version is there', () => {
    const moved = look(source('C', t + 60 * minute, 'B'), t + 61 * minute, changed.labelChange!)
    expect(moved).toMatchObject({ change: 'new', labelChange: { versionId: 'C', sequence: 3 } })
    expect(moved.labelChange).not.toHaveProperty('confirmed')
  })
})

it('a plan never takes a service for fresh that holds another version, though every event is lost', () => {
  const happening = fc.record({
    afterMs: fc.integer({ min: 11 * s, max: 40 * minute }),
    what: fc.constantFrom('A', 'A', 'B', 'B', 'C', 'tags', 'look', 'look'),
  })
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 30, size: 'max' }), history => {
      let at = t
      let now: { current: string; previous: string; changedAt: number } = {
        current: 'A',
        previous: 'Z',
        changedAt: t,
      }
      const reservation: { from: number; version: string }[] = [{ from: t - minute, version: 'A' }]
      let record: LabelChange | undefined
      const see = () => {
        record = look(source(now.current, now.changedAt, now.previous), at, record).labelChange!
      }
      for (const { afterMs, what } of history) {
        at += afterMs
        if (what === 'look') see()
        else if (what === 'tags') now = { ...now, changedAt: at }
        else if (what !== now.current) {
          now = { current: what, previous: now.current, changedAt: at }
          reservation.push({ from: at, version: what })
        }
      }
      at += minute
      see()
      for (let began = t - minute; began < at; began += 20 * s) {
        const { version } = reservation.findLast(({ from }) => from <= began)!
        if (version !== now.current)
          expect([began - t, beganBefore(began, record!)]).toEqual([began - t, true])
      }
    }),
    { seed: 6, numRuns: runs(100, 2_000) },
  )
})
