import type { LocalOperation } from '../aws/counted.ts'
import { type Input, ServiceError } from '../aws/json-service.ts'
import type { Tags } from './types.ts'
import { reader, shownTags, tagsIn } from './words.ts'
import { findDefinition, type World } from './world.ts'

/** Operations on the tags of clusters, services, tasks and task definitions. */
export function tagOperations(world: World): Record<string, LocalOperation> {
  return {
    TagResource(input) {
      const tags = tagsAt(world, input)
      for (const [key, value] of tagsIn(input)) tags.set(key, value)
    },
    UntagResource(input) {
      const tags = tagsAt(world, input)
      for (const key of reader.texts(input, 'tagKeys')) tags.delete(key)
    },
    ListTagsForResource(input) {
      return { tags: shownTags(tagsAt(world, input)) }
    },
  }
}

const missing = {
  cluster: ['ClusterNotFoundException', 'Cluster not found.'],
  service: ['ServiceNotFoundException', 'Service not found.'],
} as Readonly<Record<string, readonly [code: string, message: string]>>

function tagsAt(world: World, input: Input): Tags {
  const arn = reader.text(input, 'resourceArn')
  const [kind = '', name = ''] = arn.split(':').slice(5).join(':').split('/')
  const cluster = world.clusters.get(name)
  const found =
    {
      cluster: cluster?.arn === arn ? cluster : undefined,
      service: [...(cluster?.services.values() ?? [])].find(service => service.arn === arn),
      task: cluster?.tasks.get(arn) ?? cluster?.stopped.get(arn),
      'task-definition': findDefinition(world, arn),
    }[kind] ?? undefined
  if (found) return found.tags
  const [code, message] = missing[kind] ?? [
    'InvalidParameterException',
    'The specified resource is not found.',
  ]
  throw new ServiceError(code, message)
}
