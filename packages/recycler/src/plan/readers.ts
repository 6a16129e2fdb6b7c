import {
  type Discovery,
  defaultLabel,
  type LabelChange,
  type Reference,
  type Revision,
  type Source,
} from '../model.ts'
import { matcherOf } from '../observe/reference.ts'

/** How a task definition names what moved. */
export interface Reading {
  /** `moved`: a new task reads the new version. `pinned`: it reads the same version for ever. */
  readonly kind: 'moved' | 'pinned'
  /** Paths in the task definition. */
  readonly where: readonly string[]
  /** Whether all of them could also be the ARN of another secret, and it was not looked up which it is. */
  readonly unsure: boolean
}

/** The ARNs that ambiguous references really mean, by their text. */
type Resolved = ReadonlyMap<string, string>

/**
 * How a revision reads what moved; undefined where it does not. A reference to a label that did not move changes nothing.
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
    const how = howRead(reference, labelChange)
    return how ? [{ how, where: reference.where, unsure: meant === undefined }] : []
  })
  for (const kind of ['moved', 'pinned'] as const) {
    const these = found.filter(({ how }) => how === kind)
    if (these.length === 0) continue
    return { kind, where: these.map(({ where }) => where), unsure: these.every(({ unsure }) => unsure) }
  }
  return undefined
}

/** Those who read what moved, by the ARN of the task definition. */
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

/** What moved, as a reference may name it. */
export function sourceOf({ kind, source, name }: LabelChange): Pick<Source, 'kind' | 'arn' | 'name'> {
  return { kind, arn: source, name }
}

function howRead({ versionId, label }: Reference, labelChange: LabelChange): Reading['kind'] | undefined {
  if (versionId !== undefined) return 'pinned'
  const read = label ?? defaultLabel[labelChange.kind]
  // No event tells of AWSPREVIOUS: each time that AWSCURRENT moves, it goes to where that was.
  const moved = read === labelChange.label || (read === 'AWSPREVIOUS' && labelChange.label === 'AWSCURRENT')
  return moved ? 'moved' : undefined
}
