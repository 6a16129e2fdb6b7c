import { describe, expect, it } from 'vitest'
import type { LabelChange, Source } from '../model.ts'
import { detectLabelChange, isBehind, type LabelChangeEvent } from './label-change.ts'

const t = Date.UTC(2026, 2, 1, 10)
const s = 1_000
const label = 'AWSCURRENT'

const source = (current: string, changedAt: number, previous?: string): Source => ({
  kind: 'secret',
  arn: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/db-a1b2c3',
  name: 'prod/db',
  labels: { AWSCURRENT: current, ...(previous && { AWSPREVIOUS: previous }) },
  changedAt,
})
const parameter = (version: string, changedAt: number): Source => ({
  kind: 'parameter',
  arn: 'arn:aws:ssm:eu-west-1:111122223333:parameter/db',
  name: '/db',
  labels: { LATEST: version },
  changedAt,
})
const event = (versionId: string, at: number): LabelChangeEvent => ({
  versionId,
  at,
  origin: 'label-updated',
})

/** What is on record after a look-up, with an event or without. */
function detection(from: Source, given?: LabelChangeEvent, record?: LabelChange, now = t + 600 * s) {
  const name = from.kind === 'secret' ? label : 'LATEST'
  return detectLabelChange({
    source: from,
    label: name,
    now,
    ...(given && { event: given }),
    ...(record && { record }),
  })
}
const record = (...given: Parameters<typeof detection>): LabelChange => detection(...given).labelChange!

describe('a label change that is seen first', () => {
  it('takes the version from the look-up and the time from the event', () => {
    expect(detection(source('B', t + 400, 'A'), event('B', t), undefined, t + 2 * s)).toEqual({
      change: 'new',
      labelChange: {
        source: source('B', t).arn,
        kind: 'secret',
        name: 'prod/db',
        label: 'AWSCURRENT',
        versionId: 'B',
        previous: 'A',
        movedAt: t,
        bound: 'exact',
        sequence: 1,
        seenAt: t + 2 * s,
      },
    })
  })

  it('was at the latest when the source changed last, where no event tells', () => {
    expect(record(source('B', t))).toMatchObject({ versionId: 'B', movedAt: t, bound: 'upper' })
  })

  it('takes nothing but the news from an event of a version that has lost the label since', () => {
    expect(detection(source('C', t + 60 * s), event('B', t))).toMatchObject({
      change: 'new',
      labelChange: { versionId: 'C', movedAt: t + 60 * s, bound: 'upper' },
    })
  })

  it('distrusts the time of an event after which the source changed again: the label may have gone and come back', () => {
    expect(record(source('A', t + 60 * s, 'B'), event('A', t))).toMatchObject({
      movedAt: t + 60 * s,
      bound: 'upper',
    })
  })

  it('is not too early by the end of a rotation, which changes the source again', () => {
    expect(record(source('B', t + 3 * s), event('B', t))).toMatchObject({
      movedAt: t + 3 * s,
      bound: 'exact',
    })
  })

  it('knows the time by an event without a version only where that is of the last change', () => {
    const rotated: LabelChangeEvent = { at: t, origin: 'rotation-succeeded' }
    expect(record(source('B', t - 2 * s), rotated)).toMatchObject({ movedAt: t - 2 * s, bound: 'exact' })
    expect(record(source('B', t - 60 * s), rotated)).toMatchObject({ movedAt: t - 60 * s, bound: 'upper' })
    expect(record(source('B', t + 60 * s), rotated)).toMatchObject({ movedAt: t + 60 * s, bound: 'upper' })
    const changed: LabelChangeEvent = { at: t, origin: 'parameter-change' }
    expect(record(parameter('7', t + 200), changed)).toMatchObject({ movedAt: t + 200, bound: 'exact' })
  })

  it('is never in the future, whatever an event says', () => {
    expect(record(source('B', t), event('B', t + 86_400 * s), undefined, t + s).movedAt).toBe(t + s)
  })

  it('is none where nothing holds the label', () => {
    expect(detectLabelChange({ source: source('B', t), label: 'blue', now: t })).toEqual({
      labelChange: undefined,
      change: 'gone',
    })
  })
})

describe('a label change that is on record', () => {
  const known = record(source('B', t, 'A'), event('B', t))
  const bounded = record(source('B', t + s, 'A'))

  it('is the same with the same event again, with others, with none, and after new tags', () => {
    const rotated: LabelChangeEvent = { at: t + 100 * s, origin: 'rotation-succeeded' }
    for (const given of [event('B', t), event('B', t - 60 * s), rotated, undefined]) {
      const again = detection(source('B', t + 300 * s, 'A'), given, known)
      expect(again.change).toBe('same')
      expect(again.labelChange).toBe(known)
    }
  })

  it('stays as it is after an event of an earlier version', () => {
    const old = detection(source('B', t, 'A'), event('A', t - 60 * s), known)
    expect(old.change).toBe('old')
    expect(old.labelChange).toBe(known)
  })

  it('gets its time from an event that comes after a look-up without one', () => {
    expect(detection(source('B', t + s, 'A'), event('B', t), bounded)).toEqual({
      change: 'same',
      labelChange: { ...bounded, movedAt: t, bound: 'exact' },
    })
  })

  it('keeps its upper bound where the event is much earlier: it may be of a time before the label went away', () => {
    expect(detection(source('B', t + s, 'A'), event('B', t - 60 * s), bounded).labelChange).toBe(bounded)
  })

  it('is later rather than too early, where two events differ by a few seconds', () => {
    expect(detection(source('B', t + 3 * s, 'A'), event('B', t + 3 * s), known)).toEqual({
      change: 'same',
      labelChange: { ...known, movedAt: t + 3 * s },
    })
  })

  it('is another one when another version holds the label', () => {
    expect(detection(source('C', t + 60 * s, 'B'), event('C', t + 60 * s), known)).toMatchObject({
      change: 'new',
      labelChange: { versionId: 'C', previous: 'B', movedAt: t + 60 * s, bound: 'exact', sequence: 2 },
    })
    // By an event of the version that is on record, too.
    expect(detection(source('C', t + 60 * s, 'B'), event('B', t), known)).toMatchObject({
      change: 'new',
      labelChange: { versionId: 'C', movedAt: t + 60 * s, bound: 'upper', sequence: 2 },
    })
  })

  it('is followed by none that is earlier, whatever the clocks say', () => {
    expect(record(source('C', t - 2 * s, 'B'), undefined, known)).toMatchObject({ movedAt: t, sequence: 2 })
  })

  it('is another one when the label is back and AWSPREVIOUS tells where it was', () => {
    expect(detection(source('B', t + 60 * s, 'C'), undefined, known)).toMatchObject({
      change: 'new',
      labelChange: { versionId: 'B', previous: 'C', movedAt: t + 60 * s, bound: 'upper', sequence: 2 },
    })
  })

  it('is the same when AWSPREVIOUS was taken away, which no label change does', () => {
    const { previous: _, ...without } = known
    expect(detection(source('B', t + 60 * s), undefined, known)).toEqual({
      change: 'same',
      labelChange: without,
    })
  })

  it('is another one when an event tells of a later label change to the same version', () => {
    expect(detection(source('B', t + 60 * s, 'A'), event('B', t + 60 * s), known)).toMatchObject({
      change: 'new',
      labelChange: { versionId: 'B', movedAt: t + 60 * s, bound: 'exact', sequence: 2 },
    })
  })

  it('is another one when an event tells of a later label change away, and the label is back', () => {
    expect(detection(source('B', t + 90 * s, 'A'), event('A', t + 60 * s), known)).toMatchObject({
      change: 'new',
      labelChange: { versionId: 'B', movedAt: t + 90 * s, bound: 'upper', sequence: 2 },
    })
  })

  it('is not decided by a look-up from before the event', () => {
    const early = source('B', t, 'A')
    const later = event('C', t + 60 * s)
    expect(detection(early, later, known)).toEqual({ change: 'old', labelChange: known })
    expect(isBehind(early, label, later)).toBe(true)
    expect(isBehind(source('C', t + 60 * s, 'B'), label, later)).toBe(false)
    expect(isBehind(source('D', t + 90 * s, 'C'), label, later)).toBe(false)
    expect(isBehind(early, label, { at: t + 60 * s, origin: 'rotation-succeeded' })).toBe(false)
  })

  it('is another one when the parameter was deleted and made anew, and has the same number', () => {
    const first = record(parameter('1', t), { at: t, origin: 'parameter-change' })
    const created: LabelChangeEvent = { at: t + 60 * s, origin: 'parameter-change' }
    expect(detection(parameter('1', t + 60 * s), created, first)).toMatchObject({
      change: 'new',
      labelChange: { versionId: '1', movedAt: t + 60 * s, sequence: 2 },
    })
    expect(detection(parameter('1', t), created, first)).toEqual({ change: 'same', labelChange: first })
  })

  it('does not look at AWSPREVIOUS for other labels', () => {
    const blue = (previous: string): Source => ({
      ...source('B', t, previous),
      labels: { AWSCURRENT: 'B', AWSPREVIOUS: previous, blue: 'X' },
    })
    const first = detectLabelChange({ source: blue('A'), label: 'blue', now: t }).labelChange!
    expect(detectLabelChange({ record: first, source: blue('C'), label: 'blue', now: t })).toEqual({
      change: 'same',
      labelChange: first,
    })
  })
})
