import {
  DescribeDaemonTaskDefinitionCommand,
  DescribeTaskDefinitionCommand,
  type TaskDefinition,
} from '@aws-sdk/client-ecs'
import { chunksOf, inParallel } from '../concurrency.ts'
import type { Revision } from '../model.ts'
import { revisionOf } from '../observe/task-definition.ts'
import { type DiscoveryContext, isRefused, reasonOf } from './ecs-calls.ts'
import type { RevisionCache } from './revision-cache.ts'
import { lastPart } from './services.ts'

/** What was looked up is kept after so many, so that a discovery that is cut short has not been for nothing. */
const keptAtOnce = 50

/** What the task definitions read, from the cache as far as it has them. */
export async function findRevisions(
  context: DiscoveryContext,
  arns: readonly string[],
  cache: RevisionCache,
): Promise<ReadonlyMap<string, Revision>> {
  const wanted = [...new Set(arns)].sort()
  const found = new Map(await tolerate(context, 'read', () => cache.get(wanted)))
  const unknown = wanted.filter(arn => !found.has(arn))
  for (const part of chunksOf(unknown, keptAtOnce)) {
    const described = await inParallel(part, context.concurrency, arn => describe(context, arn))
    const revisions = described.filter(revision => revision !== undefined)
    for (const revision of revisions) found.set(revision.arn, revision)
    await tolerate(context, 'written', () => cache.put(revisions))
  }
  return new Map(wanted.flatMap(arn => (found.has(arn) ? [[arn, found.get(arn)!] as const] : [])))
}

async function describe(context: DiscoveryContext, arn: string): Promise<Revision | undefined> {
  try {
    const definition = await lookUp(context, arn)
    return definition && { ...revisionOf(definition), arn }
  } catch (error) {
    // The permission is for all task definitions or for none: without it, nothing would seem to read anything.
    if (!isRefused(error) || /AccessDenied/.test(String((error as Error).name))) throw error
    context.problems.add(`Task definition ${lastPart(arn)}: it could not be described: ${reasonOf(error)}`)
    return undefined
  }
}

async function lookUp({ calls }: DiscoveryContext, arn: string): Promise<TaskDefinition | undefined> {
  if (!arn.includes(':daemon-task-definition/')) {
    const answer = await calls.make('DescribeTaskDefinition', (ecs, options) =>
      ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: arn }), options),
    )
    return answer.taskDefinition
  }
  const answer = await calls.make('DescribeDaemonTaskDefinition', (ecs, options) =>
    ecs.send(new DescribeDaemonTaskDefinitionCommand({ daemonTaskDefinition: arn }), options),
  )
  // Names its secrets in the same places.
  return answer.daemonTaskDefinition && ({ ...answer.daemonTaskDefinition, taskDefinitionArn: arn } as never)
}

/** Without the cache a discovery takes longer, and finds the same. */
async function tolerate<T>(
  { problems }: DiscoveryContext,
  what: string,
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    problems.add(`The cache of task definitions could not be ${what}: ${reasonOf(error)}`)
    return undefined
  }
}
