import type { Json } from './types.ts'

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
