import { inParallel } from '../concurrency.ts'
import { type Discovery, defaultLabel, type LabelChange } from '../model.ts'
import { lookUp } from '../observe/look-up.ts'
import { plan } from '../plan/plan.ts'
import { compare, listed } from '../plan/text.ts'
import type { Plan } from '../plan/types.ts'
import type { StaleRequest } from '../workflow/protocol.ts'
import { planOptionsOf } from './next.ts'
import { dated, discovered, factsOf } from './plan-facts.ts'
import type { PlannerDependencies } from './planner-options.ts'

/** Look-ups at a time: well below what Secrets Manager and Parameter Store take. */
const atOnce = 4

/** What was seen of all that services read. */
export interface Survey {
  /** A plan for each label change, as of now. */
  readonly plans: readonly Plan[]
  /** Secrets and parameters of which nothing could be seen. */
  readonly unseen: number
  /** What could not be looked at, in a sentence each. */
  readonly problems: readonly string[]
}

/**
 * Looks at everything that services read, or at one source and label, puts label changes on record, and says of each what a
 * plan would be now. Nothing is started.
 *
 * @throws StoreError; what the clients throw.
 */
export async function survey(dependencies: PlannerDependencies, only?: StaleRequest): Promise<Survey> {
  const { records, options = {} } = dependencies
  const discovery = await discovered(dependencies)
  const problems = [...discovery.problems]
  const labelChanges = new Map<string, LabelChange>()
  let unseen = 0
  await inParallel(only ? [askedFor(only)] : sourcesOf(discovery), atOnce, async one => {
    const why = one.elsewhere ?? (await look(dependencies, one, labelChanges))
    if (why === undefined) return
    unseen++
    const readers = one.readers.size > 0 ? `, read by ${listed([...one.readers].sort(compare))}` : ''
    problems.push(`${one.secretId}${readers}: ${why}`)
  })
  const all = await records.labelChanges(undefined, error => problems.push(error.message))
  const plans: Plan[] = []
  for (const labelChange of labelChanges.values()) {
    const facts = await factsOf(dependencies, labelChange, discovery, all)
    plans.push(plan(await dated(dependencies, { ...facts, options: planOptionsOf(options) })))
  }
  return { plans, unseen, problems: problems.sort() }
}

/** Puts on record what a source is like now; answers why it could not. */
async function look(
  dependencies: PlannerDependencies,
  { secretId, kind, label }: Wanted,
  labelChanges: Map<string, LabelChange>,
): Promise<string | undefined> {
  try {
    const request = { secretId, ...(kind && { kind }), ...(label !== undefined && { label }) }
    const { labelChange, source } = await lookUp(dependencies, request)
    if (!labelChange)
      return source
        ? `no version of it has the label ${label ?? defaultLabel[source.kind]}`
        : `there is no such ${kind ?? 'secret or parameter'}`
    labelChanges.set(`${labelChange.source}#${labelChange.label}`, labelChange)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** Something that services name, with the label that they ask for. */
interface Wanted {
  readonly secretId: string
  /** @default what the text says */
  readonly kind: LabelChange['kind'] | undefined
  /** @default the standard one */
  readonly label: string | undefined
  /** Names of the services. */
  readonly readers: Set<string>
  /** Why it cannot be looked up here. */
  readonly elsewhere: string | undefined
}

/** Everything that a service names, each with the label it asks for, once. */
function sourcesOf({ services, revisions }: Discovery): readonly Wanted[] {
  const found = new Map<string, Wanted>()
  for (const { name: reader, taskDefinition = '' } of services) {
    const [, , , here] = taskDefinition.split(':')
    for (const reference of revisions.get(taskDefinition)?.references ?? []) {
      const { kind, partition, region, account, name, versionId } = reference
      if (versionId !== undefined) continue
      const secretId =
        kind === 'secret'
          ? `arn:${partition}:secretsmanager:${region}:${account}:secret:${name}`
          : `arn:${partition}:ssm:${region}:${account}:parameter/${name.replace(/^\//, '')}`
      const label = reference.label ?? defaultLabel[kind]
      const key = `${secretId}#${label}`
      const elsewhere =
        region === here
          ? undefined
          : `it is in ${region}, and only ${here} is looked at: it is not known whether they hold the current version`
      const known = found.get(key) ?? { secretId, kind, label, readers: new Set(), elsewhere }
      known.readers.add(reader)
      found.set(key, known)
    }
  }
  return [...found.values()]
}

function askedFor({ secretId, label }: StaleRequest): Wanted {
  return { secretId: secretId!, kind: undefined, label, readers: new Set(), elsewhere: undefined }
}
