import type { Move } from '../model.ts'
import { earlierMoves } from './earlier.ts'
import { type Noted, noteMove, type Sighting, slackMs } from './note-move.ts'

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
