import type { LocalOperation } from '../aws/operations.ts'
import { shownCluster } from './describe.ts'
import { described, listed, namesIn, reader, tagsIn, withTags } from './protocol.ts'
import { arnIn, clusterAt, findCluster, type World } from './state.ts'

/** Operations on clusters. */
export function clusterOperations(world: World): Record<string, LocalOperation> {
  return {
    CreateCluster(input) {
      reader.only(input, ['clusterName', 'tags', 'settings'])
      const name = reader.optional(input, 'clusterName') ?? 'default'
      if (!/^[\w-]{1,255}$/.test(name)) {
        throw reader.refuse('Identifier contains invalid characters, or is longer than 255.')
      }
      const known = world.clusters.get(name)
      const settings = reader.objects(input, 'settings') ?? [{ name: 'containerInsights', value: 'disabled' }]
      const cluster = known ?? {
        name,
        arn: arnIn(world, `cluster/${name}`),
        tags: tagsIn(input),
        settings,
        services: new Map(),
        tasks: new Map(),
        stopped: new Map(),
      }
      world.clusters.set(name, cluster)
      return { cluster: shownCluster(world, cluster, true) }
    },
    DescribeClusters(input) {
      const names = namesIn(input, 'clusters', 100, 'clusters')
      const wanted = names.length === 0 ? ['default'] : names
      const tags = withTags(input)
      const { found, failures } = described(
        wanted,
        name => findCluster(world, name),
        name => arnIn(world, `cluster/${name}`),
      )
      return { clusters: found.map(cluster => shownCluster(world, cluster, tags)), failures }
    },
    ListClusters(input) {
      const arns = [...world.clusters.values()].map(({ arn }) => arn)
      return listed('clusterArns', arns, input, { usual: 100, most: 100 })
    },
    ListDaemons(input) {
      const cluster = reader.optional(input, 'clusterArn')
      if (cluster !== undefined) clusterAt(world, cluster)
      return { daemonSummariesList: [] }
    },
  }
}
