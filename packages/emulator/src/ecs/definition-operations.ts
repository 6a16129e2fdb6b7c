import type { Input } from '../aws/json-service.ts'
import type { LocalOperation } from '../aws/operations.ts'
import { shownDefinition } from './describe.ts'
import { clientError, reader, shownTags, tagsIn, withTags } from './protocol.ts'
import { arnIn, findDefinition, type World } from './state.ts'
import type { Json, TaskDefinition } from './types.ts'

/** Operations on task definitions. */
export function definitionOperations(world: World): Record<string, LocalOperation> {
  function definitionAt(input: Input): TaskDefinition {
    const found = findDefinition(world, reader.text(input, 'taskDefinition'))
    if (!found) throw clientError('Unable to describe task definition.')
    return found
  }

  return {
    RegisterTaskDefinition(input) {
      const family = reader.text(input, 'family')
      if (!/^[\w-]{1,255}$/.test(family)) throw clientError('Family contains invalid characters.')
      const revisions = world.families.get(family) ?? []
      const revision = revisions.length + 1
      const content = contentOf(input)
      const definition: TaskDefinition = {
        arn: arnIn(world, `task-definition/${family}:${revision}`),
        family,
        revision,
        content,
        tags: tagsIn(input),
        registeredAt: world.agenda.now(),
        references: referencesOf(content),
      }
      world.families.set(family, [...revisions, definition])
      return { taskDefinition: shownDefinition(definition), tags: shownTags(definition.tags) }
    },
    DeregisterTaskDefinition(input) {
      const definition = definitionAt(input)
      definition.deregisteredAt ??= world.agenda.now()
      return { taskDefinition: shownDefinition(definition) }
    },
    DescribeTaskDefinition(input) {
      const definition = definitionAt(input)
      const tags = withTags(input) ? { tags: shownTags(definition.tags) } : {}
      return { taskDefinition: shownDefinition(definition), ...tags }
    },
  }
}

/** What was registered, with what the service fills in. */
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
