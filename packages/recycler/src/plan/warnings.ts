import type { Discovery, LabelChange, OtherTasks, Revision, ServiceFacts } from '../model.ts'
import { primaryOf } from './staleness.ts'
import type { Settings } from './tags.ts'
import { compare, counted, listed, utc } from './text.ts'

/** What to know before a service is recycled, in a sentence each. */
export function serviceWarnings(
  service: ServiceFacts,
  { unknown }: Settings,
  revision: Revision | undefined,
): string[] {
  const { circuitBreaker, alarms, rollback, desired, minimumHealthy } = service
  const warnings: string[] = []
  const primary = primaryOf(service)
  if (primary?.rolloutState === 'FAILED')
    warnings.push(`Its last deployment ${primary.id} failed, and recycling tries the same again.`)
  if (!circuitBreaker && !alarms)
    warnings.push(
      'No deployment circuit breaker and no alarm: a deployment that fails is noticed by the time limit only.',
    )
  if (circuitBreaker && !rollback)
    warnings.push(
      'The deployment circuit breaker rolls nothing back: a deployment that fails stays as it is.',
    )
  if (desired === 1 && minimumHealthy === 0)
    warnings.push('Its only task stops before the new one runs (minimum healthy 0 %): it is down meanwhile.')
  const images = (revision?.mutableImages ?? []).filter(moves)
  if (images.length > 0)
    warnings.push(
      `${listed(images)}: ${images.length === 1 ? 'a tag that moves' : 'tags that move'}; ` +
        'recycling may bring other code than runs now.',
    )
  if (unknown.length > 0) {
    const plural = unknown.length > 1
    warnings.push(
      `The ${plural ? 'tags' : 'tag'} ${listed(unknown)} ${plural ? 'mean' : 'means'} nothing: misspelt?`,
    )
  }
  return warnings
}

/** Whether an image has no tag, or one without a digit, such as `latest` or `stable`: these name what is newest. */
function moves(image: string): boolean {
  const tag = /:([^:/]+)$/.exec(image)?.[1]
  return tag === undefined || !/\d/.test(tag)
}

/** What the warnings of a whole plan are made of. */
interface Findings {
  readonly labelChange: LabelChange
  readonly discovery: Discovery
  /** Names of those that are readers only if an ambiguous reference means this source. */
  readonly ambiguous: readonly string[]
  /** Tasks of no service that name the source. */
  readonly others: readonly OtherTasks[]
  /** Task definitions of what is recycled. */
  readonly recycled: readonly (Revision | undefined)[]
}

/** What concerns the whole plan, in a sentence each. */
export function planWarnings({ labelChange, discovery, ambiguous, others, recycled }: Findings): string[] {
  const { services, revisions, problems } = discovery
  const warnings: string[] = []
  if (labelChange.bound === 'upper')
    warnings.push(
      `No event says when the label moved, only that it was no later than ${utc(labelChange.movedAt)}: services that ` +
        'began shortly before may be recycled though they have the new version.',
    )
  if (ambiguous.length > 0)
    warnings.push(
      `${listed(ambiguous)}: the reference may also mean another secret, whose ARN would be the same text; ` +
        'taken for a reader. Write the whole ARN to make it plain.',
    )
  const living = services.filter(({ status }) => status === 'ACTIVE')
  const runs = [...living, ...discovery.others]
  const unknown = runs.filter(
    ({ taskDefinition }) => taskDefinition === undefined || !revisions.has(taskDefinition),
  )
  if (unknown.length > 0)
    warnings.push(
      `${listed(names(unknown))}: the task definition could not be read, so that it cannot be known whether it ` +
        'names the source.',
    )
  const unreadable = runs.filter(
    ({ taskDefinition = '' }) => revisions.get(taskDefinition)?.unreadable.length,
  )
  if (unreadable.length > 0)
    // Only where they stand, for the secret itself may have been written there.
    warnings.push(
      `${listed(names(unreadable))}: a reference in the task definition cannot be understood, so that it ` +
        'cannot be known whether it names the source.',
    )
  if (others.length > 0) {
    const count = others.reduce((sum, tasks) => sum + tasks.count, 0)
    const [run, them] = count === 1 ? ['reads', 'it'] : ['read', 'them']
    warnings.push(
      `${counted(count, 'task')} of no service ${run} it, and nothing here recycles ${them}: ` +
        `${listed(names(others))}.`,
    )
  }
  // One line for what is usual: a warning at each would hide the others.
  const tagged = recycled.filter(one => one?.mutableImages.some(image => !moves(image))).length
  if (tagged > 0)
    warnings.push(
      `${counted(tagged, 'service')} ${tagged === 1 ? 'names' : 'name'} images by a version and not by digest: where such a tag was ` +
        'pushed again, recycling brings other code.',
    )
  return [...warnings, ...problems]
}

const names = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name).sort(compare)
