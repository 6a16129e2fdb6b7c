import type { Input } from '../aws/json-service.ts'
import type { SyncOperation } from '../aws/operations.ts'
import { describeDefinition } from './describe.ts'
import { arnIn, type EcsModel, findDefinition } from './model.ts'
import { clientError, includesTags, reader, readTags, tagList } from './protocol.ts'
import type { Json, TaskDefinition } from './types.ts'

/** Operations on task definitions. */
export function definitionOperations(model: EcsModel): Record<string, SyncOperation> {
  function definitionAt(input: Input): TaskDefinition {
    const found = findDefinition(model, reader.text(input, 'taskDefinition'))
    if (!found) throw clientError('Unable to describe task definition.')
    return found
  }

  return {
    RegisterTaskDefinition(input) {
      const family = reader.text(input, 'family')
      if (!/^[\w-]{1,255}$/.test(family)) throw clientError('Family contains invalid characters.')
      const revisions = model.families.get(family) ?? []
      const revision = revisions.length + 1
      const content = contentOf(input)
      const definition: TaskDefinition = {
        arn: arnIn(model, `task-definition/${family}:${revision}`),
        family,
        revision,
        content,
        tags: readTags(input),
        registeredAt: model.timers.now(),
        references: referencesOf(content),
      }
      model.families.set(family, [...revisions, definition])
      return { taskDefinition: describeDefinition(definition), tags: tagList(definition.tags) }
    },
    DeregisterTaskDefinition(input) {
      const definition = definitionAt(input)
      definition.deregisteredAt ??= model.timers.now()
      return { taskDefinition: describeDefinition(definition) }
    },
    DescribeTaskDefinition(input) {
      const definition = definitionAt(input)
      const tags = includesTags(input) ? { tags: tagList(definition.tags) } : {}
      return { taskDefinition: describeDefinition(definition), ...tags }
    },
  }
}

/** The registered content, with the defaults of the service. */
function contentOf(input: Input): Json {
  const { tags: _, ...content } = input
  const containers = reader.objects(input, 'containerDefinitions') ?? []
  if (containers.length === 0) throw clientError('Container definitions should not be null or empty.')
  for (const container of containers) {
    for (const name of ['name', 'image']) {
      if (!container[name]) throw clientError(`Container.${name} should not be null or empty.`)
    }
  }
  const compatible = reader.texts(input, 'requiresCompatibilities')
  return {
    placementConstraints: [],
    volumes: [],
    ...content,
    containerDefinitions: containers.map(container => ({ ...containerDefaults, ...container })),
    compatibilities: [...new Set(['EC2', ...compatible])],
  }
}

const containerDefaults = {
  cpu: 0,
  portMappings: [],
  essential: true,
  environment: [],
  mountPoints: [],
  volumesFrom: [],
  systemControls: [],
}

/** Every reference to a secret or parameter in a task definition, in the order they stand there. */
export function referencesOf(definition: Json): readonly string[] {
  const containers = list(definition.containerDefinitions).flatMap(container => [
    ...valuesIn(container.secrets),
    ...valuesIn(object(container.logConfiguration).secretOptions),
    object(container.repositoryCredentials).credentialsParameter,
  ])
  const volumes = list(definition.volumes).map(volume => {
    const { authorizationConfig } = object(volume.fsxWindowsFileServerVolumeConfiguration)
    return object(authorizationConfig).credentialsParameter
  })
  return [...containers, ...volumes].filter(value => typeof value === 'string')
}

function valuesIn(value: unknown): readonly unknown[] {
  return list(value).map(({ valueFrom }) => valueFrom)
}

function list(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.map(object) : []
}

function object(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {}
}
