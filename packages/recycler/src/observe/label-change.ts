import { createHash } from 'node:crypto'
import type { Move, Source } from '../model.ts'

/** What an event tells of a move. */
export interface MoveEvent {
  /** The version that got the label; CloudTrail and Parameter Store do not say. */
  readonly versionId?: string
  /** Epoch ms; whole seconds. */
  readonly at: number
  readonly origin: 'label-updated' | 'rotation-succeeded' | 'parameter-change'
}

/** What is known at the moment. */
export interface Sighting {
  /** What is on record of this source and label. Read it before the source is looked up. */
  readonly record?: Move
  /** The source as it is now. */
  readonly source: Source
  readonly label: string
  /** The event that made somebody look; none for a reconcile or a start by hand. */
  readonly event?: MoveEvent
  /** Epoch ms. */
  readonly now: number
}

/**
 * What follows from it. `new`: the label moved, take it up. `same`: it is the change on record; `move` may know its time
 * better, and is the record itself where nothing is to be written. `old`: the event is of a version that has lost the
 * label since. `gone`: nothing holds the label.
 */
export interface Noted {
  /** What goes on record; undefined for `gone` only. */
  readonly move: Move | undefined
  readonly change: 'new' | 'same' | 'old' | 'gone'
}

/** Times no further apart are of the same move: events have whole seconds, and are stamped a little after it. */
const slackMs = 5_000
const secondMs = 1_000

type Time = Pick<Move, 'movedAt' | 'bound'>

/**
 * Tells from a look-up and perhaps an event which version holds a label, since when, and whether that is news. The
 * look-up alone says which version. The time is never too early, as services that began before it count as stale: an
 * event's is taken where the source has not changed since, else when it changed last.
 *
 * Write the answer on condition that the record is still the one that was read; otherwise read and look up again. The
 * record must be read before the look-up, so that what another has written since is not taken for outdated.
 *
 * @example
 * const { move, change } = noteMove({ record, source, label: 'AWSCURRENT', event, now: clock.now() })
 * if (move && move !== record) await save(move)
 * if (change === 'new') await start(changeIdOf(move))
 */
export function noteMove({ record, source, label, event: told, now }: Sighting): Noted {
  const versionId = source.labels[label]
  if (versionId === undefined) return { move: undefined, change: 'gone' }
  // AWSPREVIOUS goes to the version that AWSCURRENT leaves; it says nothing of any other label.
  const previous = label === 'AWSCURRENT' ? source.labels.AWSPREVIOUS : undefined
  const event = told && { ...told, at: Math.min(told.at, now) }
  const unmoved = record?.versionId === versionId && (previous ?? record.previous) === record.previous
  if (record && unmoved && !cameBack(record, source, versionId, event)) {
    const { previous: _, ...rest } = record
    const move = { ...rest, ...(previous && { previous }), ...refined(record, versionId, event) }
    const change = event?.versionId === undefined || event.versionId === versionId ? 'same' : 'old'
    return { move: isDeepEqual(move, record) ? record : move, change }
  }
  const { movedAt, bound } = timeOf(source.changedAt, versionId, event)
  const earlier = record ? earlierMoves(record, now) : []
  const move: Move = {
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
  return { move, change: 'new' }
}

/**
 * Whether the look-up is older than what the event tells, as answers of Secrets Manager may be for a moment: then look
 * again a little later.
 *
 * @example
 * if (event && isBehind(source, 'AWSCURRENT', event)) throw new Error('looked up too early, try again')
 */
export function isBehind(source: Source, label: string, event: MoveEvent): boolean {
  const { versionId, at } = event
  return versionId !== undefined && source.labels[label] !== versionId && source.changedAt < at
}

/** Whether the label went away since the record and is back on the same version. */
function cameBack(record: Move, source: Source, versionId: string, event: MoveEvent | undefined): boolean {
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
function refined(record: Move, versionId: string, event: MoveEvent | undefined): Time {
  const { movedAt, bound } = record
  if (bound === 'upper') return timeOf(movedAt, versionId, event)
  const late = event?.versionId === versionId && event.at > movedAt
  return { movedAt: late ? event.at : movedAt, bound }
}

/** When the label moved, which was no later than `limit`. */
function timeOf(limit: number, versionId: string, event: MoveEvent | undefined): Time {
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

const isDeepEqual = (one: Move, other: Move) => {
  const fields = Object.entries(one)
  return (
    fields.length === Object.keys(other).length &&
    fields.every(([name, value]) => other[name as keyof Move] === value)
  )
}

/** A look-up, and when it was made. */
export interface LookSighting extends Sighting {
  /** When the source was asked, or a little earlier, in epoch ms. */
  readonly lookedAt: number
}

/** How old the last look on record may be before it is replaced by one that found the same, in ms. */
const refreshMs = 30_000
/** Spans that are kept; beyond that the oldest go, and services that began in them are recycled once too often. */
const mostSpans = 16

/**
 * What {@link noteMove} tells, and what it cannot: where all events are lost, a label may have gone away and come back
 * between two looks without a trace but that the source has changed. That counts as a move of its own. Only services that
 * began between the two looks can have got the other version; for all others it is on record that they have not, so that
 * new tags or a new description recycle nobody else.
 *
 * @example
 * const { move, change } = noteLook({ record, source, label: 'AWSCURRENT', now: clock.now(), lookedAt })
 */
export function noteLook({ lookedAt, ...sighting }: LookSighting): Noted {
  const { record, source, now } = sighting
  const noted = noteMove(sighting)
  if (!noted.move) return noted
  const look = { changedAt: source.changedAt, checkedAt: lookedAt }
  if (!record || noted.change === 'new') return { ...noted, move: { ...noted.move, ...look } }

  const { changedAt = source.changedAt, checkedAt = lookedAt } = record
  // The end of a rotation changes the source a moment after the label has moved.
  const isExplained = source.changedAt <= changedAt || source.changedAt <= noted.move.movedAt + slackMs
  if (isExplained) {
    const isKnown = record.changedAt !== undefined && changedAt >= source.changedAt
    if (isKnown && lookedAt - checkedAt < refreshMs) return noted
    return { ...noted, move: { ...noted.move, ...look } }
  }
  const span = { from: record.movedAt, until: checkedAt - slackMs }
  const move: Move = {
    ...noted.move,
    ...look,
    movedAt: source.changedAt,
    bound: 'upper',
    sequence: record.sequence + 1,
    seenAt: now,
    earlier: earlierMoves(record, now),
    sure: [...(record.sure ?? []), span].slice(-mostSpans),
  }
  return { move, change: 'new' }
}

const keptMs = 86_400_000
/** More than enough to tell, to some minutes, since when somebody has not heard of any of them. */
const mostKept = 32

/** The times of the moves before a new one, and nothing older than a day. */
export function earlierMoves(
  { earlier = [], movedAt }: Pick<Move, 'earlier' | 'movedAt'>,
  now: number,
): readonly number[] {
  const times = [...earlier, movedAt].filter(at => at >= now - keptMs)
  if (times.length <= mostKept) return times
  // The one that its neighbours stand for best; the first and the last stay.
  const gap = (index: number) => times[index + 1]! - times[index - 1]!
  let least = 1
  for (let index = 2; index < times.length - 1; index++) if (gap(index) < gap(least)) least = index
  return times.toSpliced(least, 1)
}

/** Leaves room for a hash of 12 characters, a sequence of 16, and hyphens: 64 in all. */
const longestName = 32

/**
 * Names a change: readable, the same for the same change, and different for any other. Of letters, digits, `_` and `-`,
 * at most 64, so that the name of an execution can begin with it.
 *
 * @param move the label's move; its sequence tells it from the other moves of the label.
 * @example
 * changeIdOf({ source: 'arn:aws:secretsmanager:…:secret:prod/db-a1b2c3', label: 'AWSCURRENT', sequence: 3, name: 'prod/db' })
 * // prod-db-0f0a94b4cb71-3
 */
export function changeIdOf({
  source,
  label,
  sequence,
  name,
}: Pick<Move, 'source' | 'label' | 'sequence' | 'name'>): string {
  const readable = name
    .replace(/[^A-Za-z0-9_-]+/g, '-')
    .slice(0, longestName)
    .replace(/^-+|-+$/g, '')
  const hash = createHash('sha256').update(`${source}#${label}`).digest('hex').slice(0, 12)
  return `${readable && `${readable}-`}${hash}-${sequence}`
}
