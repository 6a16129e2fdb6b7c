import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import type { SSMClient } from '@aws-sdk/client-ssm'
import { type Clock, systemClock } from '@breakwater/circuit'
import { defaultLabel, type LabelChange, type Source, type SourceKind } from '../model.ts'
import type { Records } from '../records/records.ts'
import { describeSource } from './describe-source.ts'
import { changeIdOf, detectByLookUp, isBehind, type LabelChangeEvent } from './label-change.ts'

/** The clients and records with which a source is looked up and its label change put on record. */
interface LookUpDependencies {
  readonly secrets: Pick<SecretsManagerClient, 'send'>
  readonly ssm: Pick<SSMClient, 'send'>
  readonly records: Records
  readonly clock?: Clock
}

/** The source and label to look up. */
interface LookUpRequest {
  /** ARN or name; a parameter by its ARN, or as `ssm:NAME`. */
  readonly secretId: string
  readonly kind?: SourceKind
  /** @default the standard one */
  readonly label?: string
  /** The event that led to it. */
  readonly event?: LabelChangeEvent
}

/** The label change that is on record now; `gone` where nothing is there, or nothing holds the label. */
type LookUpResult =
  | { readonly change: 'new' | 'same' | 'old'; readonly labelChange: LabelChange; readonly source: Source }
  | { readonly change: 'gone'; readonly labelChange: undefined; readonly source: Source | undefined }

/** Two writers at once are rare, and one of them always wins. */
const maxTries = 10

/**
 * Looks up which version holds the label now, and puts its label change on record. An event is not trusted but for the time.
 *
 * @throws StoreError, what the clients throw, and an Error where the source is not yet as the event says.
 */
export async function lookUp(
  dependencies: LookUpDependencies,
  request: LookUpRequest,
): Promise<LookUpResult> {
  const { records, clock = systemClock } = dependencies
  const { secretId, kind, event } = request
  for (let tries = 0; tries < maxTries; tries++) {
    let lookedUpAt = clock.now()
    const first = await describeSource(dependencies, secretId, kind)
    if (!first) return { change: 'gone', labelChange: undefined, source: undefined }
    const label = request.label ?? defaultLabel[first.kind]
    const { value: record, revision } = await records.labelChange(first.arn, label)
    // The record may be newer than the look-up that came before it.
    const isNews = record !== undefined && !agrees(record, first.labels)
    if (isNews) lookedUpAt = clock.now()
    const source = isNews ? await describeSource(dependencies, first.arn, first.kind) : first
    if (!source) return { change: 'gone', labelChange: undefined, source: undefined }
    if (event && isBehind(source, label, event)) {
      throw new Error(`the look-up of ${source.arn} is older than the event: ask again`)
    }
    const detection = detectByLookUp({
      ...(record && { record }),
      source,
      label,
      ...(event && { event }),
      now: clock.now(),
      lookedUpAt,
    })
    const { labelChange, change } = detection
    if (!labelChange || change === 'gone') return { change: 'gone', labelChange: undefined, source }
    if (JSON.stringify(labelChange) === JSON.stringify(record)) return { change, labelChange, source }
    if ((await records.saveLabelChange(labelChange, revision)) === undefined) continue
    if (change === 'new') {
      await records.audit(source.arn, {
        at: clock.now(),
        act: 'recorded',
        change: changeIdOf(labelChange),
        label,
        versionId: labelChange.versionId,
        sequence: labelChange.sequence,
        reason: labelChange.bound,
      })
    }
    return { change, labelChange, source }
  }
  throw new Error(`the label change of ${secretId} could not be put on record: others write it all the time`)
}

function agrees({ label, versionId, previous }: LabelChange, labels: Source['labels']): boolean {
  return labels[label] === versionId && (label !== 'AWSCURRENT' || labels.AWSPREVIOUS === previous)
}
