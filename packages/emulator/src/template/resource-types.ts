import { invalid } from '@breakwater/circuit/shared'
import type { PropertyList, ResourceType, ServiceDefinition } from './service.ts'
import { apiGateway } from './services/api-gateway.ts'
import { containers } from './services/containers.ts'
import { dynamodb } from './services/dynamodb.ts'
import { events } from './services/events.ts'
import { inertTypes } from './services/inert.ts'
import { lambda } from './services/lambda.ts'
import { sqs } from './services/sqs.ts'
import { stepFunctions } from './services/step-functions.ts'
import { unsupported } from './services/unsupported.ts'
import type { ResolvedResource } from './types.ts'

/**
 * The services in the order in which they start; they close in the reverse order. SQS comes first, since other resources
 * refer to a queue by its URL, which holds the port. Lambda comes last: its environments get the endpoints of all
 * others, and callers that still wait for a function are answered when its environments end.
 */
export const services: readonly ServiceDefinition[] = [
  sqs,
  dynamodb,
  unsupported,
  events,
  containers,
  stepFunctions,
  apiGateway,
  lambda,
]

/** A type of resource, and the service that makes it; none for a type that does nothing here. */
export interface KnownType extends ResourceType {
  readonly service?: ServiceDefinition
}

/** Every type that a template may hold. */
export const resourceTypes: ReadonlyMap<string, KnownType> = new Map<string, KnownType>([
  ...services.flatMap(service =>
    Object.entries(service.types).map(([name, type]) => [name, { ...type, service }] as const),
  ),
  ...Object.entries(inertTypes),
])

/** @throws TypeError for a type that is not known, naming those that are. */
export function typeOf(where: string, type: string): KnownType {
  const known = resourceTypes.get(type)
  if (known) return known
  throw invalid(`${where}.Type`, type, `one of ${[...resourceTypes.keys()].sort().join(', ')}`)
}

/**
 * The resources by the service that makes them, in order.
 *
 * @throws TypeError naming the first resource or property that is not supported.
 */
export function byService(
  resources: readonly ResolvedResource[],
): ReadonlyMap<ServiceDefinition, readonly ResolvedResource[]> {
  const sorted = new Map<ServiceDefinition, ResolvedResource[]>(services.map(service => [service, []]))
  for (const resource of resources) {
    const { service, properties } = typeOf(resource.where, resource.type)
    if (!service) continue
    if (properties) checkProperties(resource, properties)
    sorted.get(service)!.push(resource)
  }
  return sorted
}

/** Refuses properties that would be silently without effect. */
function checkProperties(
  { where, properties }: ResolvedResource,
  { supported, ignored }: PropertyList,
): void {
  for (const [name, value] of Object.entries(properties)) {
    if (supported.includes(name) || Object.hasOwn(ignored, name)) continue
    throw invalid(
      `${where}.Properties.${name}`,
      value,
      `nothing: it is not supported locally (${supported.join(', ')} are)`,
    )
  }
}
