import type { SyncOperation } from '../aws/operations.ts'
import { describeCluster } from './describe.ts'
import { arnIn, clusterAt, type EcsModel, findCluster } from './model.ts'
import { describeAll, includesTags, listPage, namesIn, reader, readTags } from './protocol.ts'

/** Operations on clusters. */
export function clusterOperations(model: EcsModel): Record<string, SyncOperation> {
  return {
    CreateCluster(input) {
      reader.only(input, ['clusterName', 'tags', 'settings'])
      const name = reader.optional(input, 'clusterName') ?? 'default'
      if (!/^[\w-]{1,255}$/.test(name)) {
        throw reader.refuse('Identifier contains invalid characters, or is longer than 255.')
      }
      const existing = model.clusters.get(name)
      const settings = reader.objects(input, 'settings') ?? [{ name: 'containerInsights', value: 'disabled' }]
      const cluster = existing ?? {
        name,
        arn: arnIn(model, `cluster/${name}`),
        tags: readTags(input),
        settings,
        services: new Map(),
        tasks: new Map(),
        stopped: new Map(),
      }
      model.clusters.set(name, cluster)
      return { cluster: describeCluster(model, cluster, true) }
    },
    DescribeClusters(input) {
      const names = namesIn(input, 'clusters', 100, 'clusters')
      const requested = names.length === 0 ? ['default'] : names
      const tags = includesTags(input)
      const { found, failures } = describeAll(
        requested,
        name => findCluster(model, name),
        name => arnIn(model, `cluster/${name}`),
      )
      return { clusters: found.map(cluster => describeCluster(model, cluster, tags)), failures }
    },
    ListClusters(input) {
      const arns = [...model.clusters.values()].map(({ arn }) => arn)
      return listPage('clusterArns', arns, input, { defaultSize: 100, maxSize: 100 })
    },
    ListDaemons(input) {
      const cluster = reader.optional(input, 'clusterArn')
      if (cluster !== undefined) clusterAt(model, cluster)
      return { daemonSummariesList: [] }
    },
  }
}
