import {
  type Discovery,
  defaultLabel,
  type LabelChange,
  type Reference,
  type Revision,
  type Source,
} from '../model.ts'
import { matcherOf } from '../observe/reference.ts'

/** How a task definition names the source. */
export interface Reading {
  /** `label`: by the label that moved, named or by default, so that a new task reads the new version. `version`: by its id, so that every task reads the same one. */
  readonly by: 'label' | 'version'
  /** Paths in the task definition. */
  readonly where: readonly string[]
  /** Whether all of them could also be the ARN of another secret, and it was not looked up which it is. */
  readonly ambiguous: boolean
}

/** The ARNs that ambiguous references really mean, by their text. */
type Resolved = ReadonlyMap<string, string>

/**
 * How a revision reads the source by the label that moved; undefined where it does not. A reference to a label that did not move changes nothing.
 */
export function readingOf(
  labelChange: LabelChange,
  revision: Revision,
  resolved: Resolved,
  matchOf = matcherOf(sourceOf(labelChange)),
): Reading | undefined {
  const { source: arn } = labelChange
  const found = revision.references.flatMap(reference => {
    const match = matchOf(reference)
    const meant = match?.ambiguous ? resolved.get(reference.written) : arn
    if (!match || (meant !== undefined && meant !== arn)) return []
    const by = readBy(reference, labelChange)
    return by ? [{ by, where: reference.where, ambiguous: meant === undefined }] : []
  })
  for (const by of ['label', 'version'] as const) {
    const these = found.filter(one => one.by === by)
    if (these.length === 0) continue
    return {
      by,
      where: these.map(({ where }) => where),
      ambiguous: these.every(({ ambiguous }) => ambiguous),
    }
  }
  return undefined
}

/** Those who read the source, by the ARN of the task definition. */
export function readings(
  labelChange: LabelChange,
  revisions: Discovery['revisions'],
  resolved: Resolved,
): ReadonlyMap<string, Reading> {
  const found = new Map<string, Reading>()
  const matchOf = matcherOf(sourceOf(labelChange))
  for (const [arn, revision] of revisions) {
    const reading = readingOf(labelChange, revision, resolved, matchOf)
    if (reading) found.set(arn, reading)
  }
  return found
}

/** The source of a label change, as a reference may name it. */
export function sourceOf({ kind, source, name }: LabelChange): Pick<Source, 'kind' | 'arn' | 'name'> {
  return { kind, arn: source, name }
}

function readBy({ versionId, label }: Reference, labelChange: LabelChange): Reading['by'] | undefined {
  if (versionId !== undefined) return 'version'
  const read = label ?? defaultLabel[labelChange.kind]
  // No event tells of AWSPREVIOUS: each time that AWSCURRENT moves, it goes to where that was.
  const moved = read === labelChange.label || (read === 'AWSPREVIOUS' && labelChange.label === 'AWSCURRENT')
  return moved ? 'label' : undefined
}
