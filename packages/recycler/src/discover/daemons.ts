import {
  type DaemonDetail,
  DescribeDaemonCommand,
  DescribeDaemonRevisionsCommand,
  ListDaemonsCommand,
} from '@aws-sdk/client-ecs'
import type { OtherTasks } from '../model.ts'
import { partsOf } from '../parts-of.ts'
import type { ClusterFacts } from './clusters.ts'
import { inParallel } from './in-parallel.ts'
import { type Look, unlessRefused } from './look.ts'
import { lastPart } from './service-facts.ts'

/** As many as DescribeDaemonRevisions takes. */
const atOnce = 20

/** The managed daemons of the clusters: one entry for each revision that runs. */
export async function findDaemons(look: Look, clusters: readonly ClusterFacts[]): Promise<OtherTasks[]> {
  const listed = await inParallel(clusters, look.concurrency, async cluster => {
    const daemons = await listDaemons(look, cluster)
    return daemons.map(arn => ({ cluster: cluster.arn, arn }))
  })
  const running = await inParallel(listed.flat(), look.concurrency, async ({ cluster, arn }) => {
    const { currentRevisions = [] } = (await describe(look, arn)) ?? {}
    const revisions = currentRevisions.length > 0 ? currentRevisions : [{}]
    return revisions.map(({ arn: revision, totalRunningCount: count = 0 }) => ({
      cluster,
      arn,
      revision,
      count,
    }))
  })
  const all = running.flat()
  const definitions = await definitionsOf(
    look,
    all.flatMap(({ revision }) => revision ?? []),
  )
  return all.map(({ cluster, arn, revision, count }) => ({
    kind: 'managed-daemon',
    cluster,
    name: arn,
    taskDefinition: definitions.get(`${revision}`),
    count,
  }))
}

async function listDaemons(look: Look, { arn: clusterArn, name }: ClusterFacts): Promise<string[]> {
  const arns = new Set<string>()
  await unlessRefused(look, `Cluster ${name}: its managed daemons could not be listed`, () =>
    look.calls.pages(
      'ListDaemons',
      (ecs, token, options) =>
        ecs.send(new ListDaemonsCommand({ clusterArn, maxResults: 100, ...token }), options),
      ({ daemonSummariesList = [] }) => {
        for (const { daemonArn } of daemonSummariesList) if (daemonArn) arns.add(daemonArn)
      },
    ),
  )
  return [...arns]
}

async function describe(look: Look, daemonArn: string): Promise<DaemonDetail | undefined> {
  const what = `Managed daemon ${lastPart(daemonArn)}: it could not be described`
  const answer = await unlessRefused(look, what, () =>
    look.calls.make('DescribeDaemon', (ecs, options) =>
      ecs.send(new DescribeDaemonCommand({ daemonArn }), options),
    ),
  )
  return answer?.daemon
}

/** Task definitions by the ARN of the daemon's revision. */
async function definitionsOf(look: Look, revisions: readonly string[]): Promise<Map<string, string>> {
  const definitions = new Map<string, string>()
  await inParallel(partsOf(revisions, atOnce), look.concurrency, async part => {
    const what = 'Revisions of managed daemons could not be described'
    const answer = await unlessRefused(look, what, () =>
      look.calls.make('DescribeDaemonRevisions', (ecs, options) =>
        ecs.send(new DescribeDaemonRevisionsCommand({ daemonRevisionArns: part }), options),
      ),
    )
    for (const { arn, reason } of answer?.failures ?? [])
      look.problems.add(`Revision ${arn} of a managed daemon could not be described: ${reason}`)
    for (const { daemonRevisionArn, daemonTaskDefinitionArn } of answer?.daemonRevisions ?? [])
      if (daemonRevisionArn && daemonTaskDefinitionArn)
        definitions.set(daemonRevisionArn, daemonTaskDefinitionArn)
  })
  return definitions
}
