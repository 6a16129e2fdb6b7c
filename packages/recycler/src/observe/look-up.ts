import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import type { SSMClient } from '@aws-sdk/client-ssm'
import { type Clock, systemClock } from '@breakwater/circuit'
import { type Move, type Source, type SourceKind, standardLabel } from '../model.ts'
import type { Records } from '../records/records.ts'
import { describeSource } from './describe-source.ts'
import { changeIdOf, isBehind, type MoveEvent, noteLook } from './label-change.ts'

/** What it takes to look a source up and to put its move on record. */
interface LookUpParts {
  readonly secrets: Pick<SecretsManagerClient, 'send'>
  readonly ssm: Pick<SSMClient, 'send'>
  readonly records: Records
  readonly clock?: Clock
}

/** What is asked for. */
interface Wanted {
  /** ARN or name; a parameter by its ARN, or as `ssm:NAME`. */
  readonly secretId: string
  readonly kind?: SourceKind
  /** @default the standard one */
  readonly label?: string
  /** What an event told. */
  readonly event?: MoveEvent
}

/** What was found: `gone` where nothing is there, or nothing holds the label. */
type Noted =
  | { readonly change: 'new' | 'same' | 'old'; readonly move: Move; readonly source: Source }
  | { readonly change: 'gone'; readonly move: undefined; readonly source: Source | undefined }

/** Two writers at once are rare, and one of them always wins. */
const mostTries = 10

/**
 * Looks up which version holds the label now, and puts its move on record. An event is not trusted but for the time.
 *
 * @throws StoreError, what the clients throw, and an Error where the source is not yet as the event says.
 */
export async function lookUp(parts: LookUpParts, wanted: Wanted): Promise<Noted> {
  const { records, clock = systemClock } = parts
  const { secretId, kind, event } = wanted
  for (let tries = 0; tries < mostTries; tries++) {
    let lookedAt = clock.now()
    const first = await describeSource(parts, secretId, kind)
    if (!first) return { change: 'gone', move: undefined, source: undefined }
    const label = wanted.label ?? standardLabel[first.kind]
    const { value: record, revision } = await records.move(first.arn, label)
    // What is on record may be newer than what was seen before it was read.
    const isNews = record !== undefined && !agrees(record, first.labels)
    if (isNews) lookedAt = clock.now()
    const source = isNews ? await describeSource(parts, first.arn, first.kind) : first
    if (!source) return { change: 'gone', move: undefined, source: undefined }
    if (event && isBehind(source, label, event)) {
      throw new Error(`what is known of ${source.arn} is older than the event: ask again`)
    }
    const noted = noteLook({
      ...(record && { record }),
      source,
      label,
      ...(event && { event }),
      now: clock.now(),
      lookedAt,
    })
    const { move, change } = noted
    if (!move || change === 'gone') return { change: 'gone', move: undefined, source }
    if (JSON.stringify(move) === JSON.stringify(record)) return { change, move, source }
    if ((await records.saveMove(move, revision)) === undefined) continue
    if (change === 'new') {
      await records.audit(source.arn, {
        at: clock.now(),
        act: 'noted',
        change: changeIdOf(move),
        label,
        versionId: move.versionId,
        sequence: move.sequence,
        reason: move.bound,
      })
    }
    return { change, move, source }
  }
  throw new Error(`the move of ${secretId} could not be put on record: others write it all the time`)
}

function agrees({ label, versionId, previous }: Move, labels: Source['labels']): boolean {
  return labels[label] === versionId && (label !== 'AWSCURRENT' || labels.AWSPREVIOUS === previous)
}
