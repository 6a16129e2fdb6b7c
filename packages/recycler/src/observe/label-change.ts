import { createHash } from 'node:crypto'
import type { LabelChange, Source } from '../model.ts'

/** The part of an event that concerns a label change. */
export interface LabelChangeEvent {
  /** The version that got the label; CloudTrail and Parameter Store do not say. */
  readonly versionId?: string
  /** Epoch ms; whole seconds. */
  readonly at: number
  readonly origin: 'label-updated' | 'rotation-succeeded' | 'parameter-change'
}

/** What was observed of a label at one moment: its record, a look-up and perhaps an event. */
export interface Observation {
  /** What is on record of this source and label. Read it before the source is looked up. */
  readonly record?: LabelChange
  /** The source as it is now. */
  readonly source: Source
  readonly label: string
  /** The event that led to the look-up; none for a reconcile or a start by hand. */
  readonly event?: LabelChangeEvent
  /** Epoch ms. */
  readonly now: number
}

/**
 * What follows from an observation. `new`: the label moved, take it up. `same`: it is the change on record; `labelChange` may know its time
 * better, and is the record itself where nothing is to be written. `old`: the event is of a version that has lost the
 * label since. `gone`: nothing holds the label.
 */
export interface Detection {
  /** What goes on record; undefined for `gone` only. */
  readonly labelChange: LabelChange | undefined
  readonly change: 'new' | 'same' | 'old' | 'gone'
}

/** Times no further apart are of the same label change: events have whole seconds, and are stamped a little after it. */
const slackMs = 5_000
const secondMs = 1_000

type Time = Pick<LabelChange, 'movedAt' | 'bound'>

/**
 * Tells from a look-up and perhaps an event which version holds a label, since when, and whether that is news. The
 * look-up alone says which version. The time is never too early, as services that began before it count as stale: an
 * event's is taken where the source has not changed since, else when it changed last.
 *
 * Write the answer on condition that the record is still the one that was read; otherwise read and look up again. The
 * record must be read before the look-up, so that what another has written since is not taken for outdated.
 *
 * @example
 * const { labelChange, change } = detectLabelChange({ record, source, label: 'AWSCURRENT', event, now: clock.now() })
 * if (labelChange && labelChange !== record) await save(labelChange)
 * if (change === 'new') await start(changeIdOf(labelChange))
 */
export function detectLabelChange({ record, source, label, event: given, now }: Observation): Detection {
  const versionId = source.labels[label]
  if (versionId === undefined) return { labelChange: undefined, change: 'gone' }
  // AWSPREVIOUS goes to the version that AWSCURRENT leaves; it says nothing of any other label.
  const previous = label === 'AWSCURRENT' ? source.labels.AWSPREVIOUS : undefined
  const event = given && { ...given, at: Math.min(given.at, now) }
  const unmoved = record?.versionId === versionId && (previous ?? record.previous) === record.previous
  if (record && unmoved && !cameBack(record, source, versionId, event)) {
    const { previous: _, ...rest } = record
    const labelChange = { ...rest, ...(previous && { previous }), ...refined(record, versionId, event) }
    const change = event?.versionId === undefined || event.versionId === versionId ? 'same' : 'old'
    return { labelChange: isDeepEqual(labelChange, record) ? record : labelChange, change }
  }
  const { movedAt, bound } = timeOf(source.changedAt, versionId, event)
  const earlier = record ? earlierTimes(record, now) : []
  const labelChange: LabelChange = {
    source: source.arn,
    kind: source.kind,
    name: source.name,
    label,
    versionId,
    ...(previous && { previous }),
    // It came after the last one in any case.
    movedAt: Math.max(movedAt, record?.movedAt ?? 0),
    bound,
    sequence: (record?.sequence ?? 0) + 1,
    seenAt: now,
    ...(earlier.length > 0 && { earlier }),
  }
  return { labelChange, change: 'new' }
}

/**
 * Whether the look-up is older than what the event tells, as answers of Secrets Manager may be for a moment: then look
 * again a little later.
 *
 * @example
 * if (event && isBehind(source, 'AWSCURRENT', event)) throw new Error('looked up too early, try again')
 */
export function isBehind(source: Source, label: string, event: LabelChangeEvent): boolean {
  const { versionId, at } = event
  return versionId !== undefined && source.labels[label] !== versionId && source.changedAt < at
}

/** Whether the label went away since the record and is back on the same version. */
function cameBack(
  record: LabelChange,
  source: Source,
  versionId: string,
  event: LabelChangeEvent | undefined,
): boolean {
  if (!event || event.at <= record.movedAt + slackMs) return false
  switch (event.origin) {
    case 'label-updated':
      if (event.versionId === undefined) return false
      // It was on another version then; a look-up from before that would say nothing.
      return event.versionId === versionId || source.changedAt >= event.at
    case 'parameter-change':
      // A change that leaves the version number: the parameter was deleted and made anew.
      return source.changedAt > record.movedAt + slackMs
    default:
      return false
  }
}

/** What the event adds to the time on record; it never makes it too early. */
function refined(record: LabelChange, versionId: string, event: LabelChangeEvent | undefined): Time {
  const { movedAt, bound } = record
  if (bound === 'upper') return timeOf(movedAt, versionId, event)
  const late = event?.versionId === versionId && event.at > movedAt
  return { movedAt: late ? event.at : movedAt, bound }
}

/** When the label moved, which was no later than `limit`. */
function timeOf(limit: number, versionId: string, event: LabelChangeEvent | undefined): Time {
  const upper: Time = { movedAt: limit, bound: 'upper' }
  if (!event) return upper
  const before = limit - event.at
  if (event.versionId === undefined) {
    // It may tell of an earlier version, unless the last change and the event are one.
    return Math.abs(before) <= slackMs ? { ...upper, bound: 'exact' } : upper
  }
  // Changed again long after the event: perhaps only its tags, perhaps the label went away and came back.
  if (event.versionId !== versionId || before > slackMs) return upper
  return { movedAt: before > secondMs ? limit : event.at, bound: 'exact' }
}

const isDeepEqual = (one: LabelChange, other: LabelChange) => {
  const fields = Object.entries(one)
  return (
    fields.length === Object.keys(other).length &&
    fields.every(([name, value]) => other[name as keyof LabelChange] === value)
  )
}

/** An observation, and when the source was looked up. */
export interface LookUpObservation extends Observation {
  /** When the look-up was sent, or a little earlier, in epoch ms. */
  readonly lookedUpAt: number
}

/** How old the last look-up on record may be before it is replaced by one that found the same, in ms. */
const refreshMs = 30_000
/** Spans that are kept; beyond that the oldest go, and services that began in them are recycled once too often. */
const maxSpans = 16

/**
 * What {@link detectLabelChange} tells, and what it cannot: where all events are lost, a label may have gone away and come back
 * between two look-ups without a trace but that the source has changed. That counts as a label change of its own. Only services that
 * began between the two look-ups can have got the other version; for all others it is on record that they have not, so that
 * new tags or a new description recycle no other service.
 *
 * @example
 * const { labelChange, change } = detectByLookUp({ record, source, label: 'AWSCURRENT', now: clock.now(), lookedUpAt })
 */
export function detectByLookUp({ lookedUpAt, ...observation }: LookUpObservation): Detection {
  const { record, source, now } = observation
  const detection = detectLabelChange(observation)
  if (!detection.labelChange) return detection
  const lookUp = { changedAt: source.changedAt, checkedAt: lookedUpAt }
  if (!record || detection.change === 'new')
    return { ...detection, labelChange: { ...detection.labelChange, ...lookUp } }

  const { changedAt = source.changedAt, checkedAt = lookedUpAt } = record
  // The end of a rotation changes the source a moment after the label has moved.
  const isExplained =
    source.changedAt <= changedAt || source.changedAt <= detection.labelChange.movedAt + slackMs
  if (isExplained) {
    const isKnown = record.changedAt !== undefined && changedAt >= source.changedAt
    if (isKnown && lookedUpAt - checkedAt < refreshMs) return detection
    return { ...detection, labelChange: { ...detection.labelChange, ...lookUp } }
  }
  const span = { from: record.movedAt, until: checkedAt - slackMs }
  const labelChange: LabelChange = {
    ...detection.labelChange,
    ...lookUp,
    movedAt: source.changedAt,
    bound: 'upper',
    sequence: record.sequence + 1,
    seenAt: now,
    earlier: earlierTimes(record, now),
    confirmed: [...(record.confirmed ?? []), span].slice(-maxSpans),
  }
  return { labelChange, change: 'new' }
}

const keptMs = 86_400_000
/** More than enough to tell, to some minutes, since when a service is stale. */
const maxKept = 32

/** The times of the label changes before a new one, and nothing older than a day. */
export function earlierTimes(
  { earlier = [], movedAt }: Pick<LabelChange, 'earlier' | 'movedAt'>,
  now: number,
): readonly number[] {
  const times = [...earlier, movedAt].filter(at => at >= now - keptMs)
  if (times.length <= maxKept) return times
  // The one that its neighbours stand for best; the first and the last stay.
  const gap = (index: number) => times[index + 1]! - times[index - 1]!
  let narrowest = 1
  for (let index = 2; index < times.length - 1; index++) if (gap(index) < gap(narrowest)) narrowest = index
  return times.toSpliced(narrowest, 1)
}

/** Leaves room for a hash of 12 characters, a sequence of 16, and hyphens: 64 in all. */
const maxNameLength = 32

/**
 * Names a change: readable, the same for the same change, and different for any other. Of letters, digits, `_` and `-`,
 * at most 64, so that the name of an execution can begin with it.
 *
 * @param labelChange the label change; its sequence tells it from the other label changes of the label.
 * @example
 * changeIdOf({ source: 'arn:aws:secretsmanager:…:secret:prod/db-a1b2c3', label: 'AWSCURRENT', sequence: 3, name: 'prod/db' })
 * // prod-db-0f0a94b4cb71-3
 */
export function changeIdOf({
  source,
  label,
  sequence,
  name,
}: Pick<LabelChange, 'source' | 'label' | 'sequence' | 'name'>): string {
  const readable = name
    .replace(/[^A-Za-z0-9_-]+/g, '-')
    .slice(0, maxNameLength)
    .replace(/^-+|-+$/g, '')
  const hash = createHash('sha256').update(`${source}#${label}`).digest('hex').slice(0, 12)
  return `${readable && `${readable}-`}${hash}-${sequence}`
}
